"""PathData against reference numbers; the data is found through `COSELL_DATA`, without which the tests are skipped."""

from __future__ import annotations

import csv
import os
from pathlib import Path
from typing import Literal

import pytest

import cosell
from cosell.__main__ import main

REFERENCE = Path(__file__).parents[2] / "core" / "tests" / "data" / "pathdata_heuristics.csv"
MODELS: tuple[tuple[Literal["first_touch", "last_touch", "linear"], str], ...] = (
    ("first_touch", "first"),
    ("last_touch", "last"),
    ("linear", "linear"),
)

pytestmark = pytest.mark.skipif(
    "COSELL_DATA" not in os.environ, reason="COSELL_DATA is not set (a folder with pathdata.csv)"
)


def data() -> Path:
    return Path(os.environ["COSELL_DATA"]) / "pathdata.csv"


def reference() -> dict[str, dict[str, str]]:
    with REFERENCE.open(encoding="utf-8") as file:
        return {row["channel"]: row for row in csv.DictReader(file)}


def test_first_last_and_linear_are_those_of_the_reference() -> None:
    journeys = cosell.Journeys.from_paths(data().read_bytes(), value="total_conversion_value", nulls="total_null")
    wanted = reference()
    for model, prefix in MODELS:
        rows = journeys.attribute(model).totals.to_dicts()
        assert {row["channel"] for row in rows} == set(wanted)
        for row in rows:
            known = wanted[row["channel"]]
            assert row["conversions"] == pytest.approx(float(known[f"{prefix}_conv"]), rel=1e-9)
            assert row["value"] == pytest.approx(float(known[f"{prefix}_val"]), rel=1e-9)


def test_the_review_of_paths_holds_the_same_numbers(capsys: pytest.CaptureFixture[str]) -> None:
    journeys = cosell.Journeys.from_paths(data().read_bytes(), value="total_conversion_value", nulls="total_null")
    review = cosell.review(journeys, config={"models": ["first_touch", "last_touch", "linear"]})
    wanted = reference()
    for row in review.credit.to_dicts():
        for model, prefix in MODELS:
            assert row[model] == pytest.approx(float(wanted[row["channel"]][f"{prefix}_val"]), rel=1e-9)
    assert main(["review", str(data()), "--value", "total_conversion_value", "--nulls", "total_null"]) == 0
    assert "24,524.7096" in capsys.readouterr().out
