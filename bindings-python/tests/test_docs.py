"""The code of the README and of the page on programmes runs as it stands there."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

import cosell

ROOT = Path(__file__).resolve().parents[2]
TABLES = sorted((ROOT / "examples" / "data").glob("*.csv"))


def blocks(page: str) -> list[str]:
    """The blocks of Python code of a page."""
    return re.findall(r"```python\n(.*?)```", (ROOT / page).read_text(encoding="utf-8"), re.DOTALL)


def block(page: str, mark: str) -> str:
    """The one block that holds a mark."""
    [found] = [code for code in blocks(page) if mark in code]
    return found


def test_the_readme_runs(capsys: pytest.CaptureFixture[str]) -> None:
    names: dict[str, Any] = {}
    exec(blocks("README.md")[0], names)
    printed = capsys.readouterr().out.strip()
    assert printed in (ROOT / "README.md").read_text(encoding="utf-8")
    exec(block("README.md", "program = cosell.Program({"), names)
    assert names["verdict"]["effective"] == "member"
    assert names["verdict"]["next_tiers"][0]["gaps"][0]["missing"] == 2


def test_the_page_on_programmes_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    tables: dict[str, Any] = {file.stem: file.read_bytes() for file in TABLES}
    eco = cosell.Ecosystem(**tables, currency="USD", on_invalid="reject", max_rate_age_days=45)
    program = cosell.Program.from_file("examples/programs/services.json")
    credit = eco.journeys().attribute("linear")
    metrics = program.review(eco, as_of="2026-11-20", credit={"influence": credit}).metrics
    first = metrics.to_dicts()[0]
    names: dict[str, Any] = {"cosell": cosell, "eco": eco, "program": program, "next_year": program}
    names["metrics"] = {name: first[name] for name in program.document["metrics"] if name in first}
    names["costs"] = {"certified_people": {"cost": 1500, "step": 1}}
    names["performance"] = names["potential"] = {"metric": "won_amount", "cuts": {"quantiles": [0.5]}}
    types = {row["partner_id"]: row["types"] for row in eco.partners.to_dicts()}
    rows = [{**row, "types": types[row["partner_id"]]} for row in metrics.to_dicts()]
    names["october"] = names["november"] = rows
    names["last_verdict"] = None
    page = "docs/programs.md"
    exec(block(page, "program.evaluate(metrics").replace("attributes={...}", 'attributes={"types": "msp"}'), names)
    assert names["verdict"]["effective"] in program.tiers
    for mark in ("review = program.review(eco", "year = program.replay(eco", "tried = program.backtest("):
        exec(block(page, mark), names)
    assert len(names["review"].decisions) == 136
    assert len(names["year"].reviews) == 9
    assert len(names["tried"].moves) == 0
