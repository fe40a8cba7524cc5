from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import cosell

SAMPLE = Path(__file__).resolve().parents[2] / "examples" / "data"
AS_OF = "2026-11-20"

DEALS: list[dict[str, Any]] = [
    {
        "opportunity_id": "O-1",
        "account_id": "A-1",
        "status": "won",
        "amount": 1200.5,
        "currency": "USD",
        "created_at": "2026-01-10",
        "closed_at": "2026-03-01",
    },
    {
        "opportunity_id": "O-2",
        "account_id": "A-2",
        "status": "lost",
        "amount": 99.99,
        "currency": "USD",
        "created_at": "2026-01-11",
        "closed_at": "2026-02-01",
    },
]
TOUCHES: list[dict[str, Any]] = [
    {"opportunity_id": "O-1", "partner_id": "P-1", "at": "2026-01-12T10:00:00Z", "kind": "demo"},
    {"opportunity_id": "O-1", "partner_id": "P-2", "at": "2026-02-01T10:00:00Z", "kind": "demo"},
    {"opportunity_id": "O-1", "partner_id": None, "at": "2026-02-10T10:00:00Z", "kind": "call"},
]


@pytest.fixture(scope="session")
def eco() -> cosell.Ecosystem:
    """The sample ecosystem of the repository."""
    tables: dict[str, Any] = {path.stem: path.read_bytes() for path in SAMPLE.glob("*.csv")}
    return cosell.Ecosystem(**tables, currency="USD", on_invalid="reject")


@pytest.fixture(scope="session")
def credit(eco: cosell.Ecosystem) -> cosell.Credit:
    return eco.journeys(lookback_days=90).attribute("linear")
