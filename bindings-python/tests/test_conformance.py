"""The conformance cases, which Rust and Node run too: `conformance/README.md` says how they are read and compared."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

import cosell

CASES = Path(__file__).resolve().parents[2] / "conformance" / "cases"
# A table is a keyword in Python, and an unknown one may be anything.
OF_KEYWORDS = {"unknown_table": "unknown_option"}
PROGRAMS = Path(__file__).resolve().parents[2] / "examples" / "programs"
# What is found while bytes become columns.
OF_READING = {"malformed_csv", "duplicate_column"}


def cases() -> Iterator[Any]:
    for path in sorted(CASES.glob("*.json")):
        for case in json.loads(path.read_text(encoding="utf-8")):
            yield pytest.param(case, id=f"{path.stem}-{case['name']}")


def expand(value: Any) -> Any:
    """Replace the markers by the values that they stand for."""
    if isinstance(value, list):
        return [expand(item) for item in value]
    if not isinstance(value, dict):
        return value
    if "$int" in value:
        return int(value["$int"])
    if "$float" in value:
        return float(value["$float"])
    if "$repeat" in value:
        return value["$repeat"][0] * value["$repeat"][1]
    if "$deep" in value:
        deep: list[Any] = []
        for _ in range(value["$deep"] - 1):
            deep = [deep]
        return deep
    return {key: expand(item) for key, item in value.items()}


def table(value: Any) -> Any:
    return value["csv"].encode() if isinstance(value, dict) and "csv" in value else expand(value)


def ecosystem(case: Any) -> cosell.Ecosystem:
    tables = {name: table(rows) for name, rows in case.get("tables", {}).items()}
    return cosell.Ecosystem(**tables, **expand(case.get("options") or {}))


def journeys(case: Any) -> cosell.Journeys:
    return ecosystem(case).journeys(**expand(case.get("journeys") or {}))


def model(case: Any) -> Any:
    return expand(case["model"])


def options(case: Any) -> Any:
    return expand(case.get("options") or {})


def credited(found: cosell.Journeys, case: Any) -> cosell.Credit:
    return found.attribute(model(case))


def given_journeys(case: Any) -> cosell.Journeys:
    if "paths" in case:
        return cosell.Journeys.from_paths(table(case["paths"]), **options(case))
    return cosell.Journeys.from_touchpoints(table(case["touches"]), table(case["outcomes"]), **options(case))


def intervals(credit: cosell.Credit, case: Any) -> Any:
    return credit.intervals(**expand(case["intervals"]))


def state(document: Any) -> cosell.AttributionState:
    made = cosell.AttributionState(document["model"], keep_paths=document.get("keep_paths"))
    for part in document["parts"]:
        made.update(given_journeys(part))
    return made


def merged_state(case: Any) -> Any:
    """States of parts, merged into the first one, to bytes and back, and finished."""
    first, *others = case["states"]
    merged = state(first)
    for other in others:
        merged.merge(state(other))
    of = case.get("bytes", {})
    data = bytearray(bytes.fromhex(of["hex"]) if "hex" in of else merged.to_bytes())[: of.get("keep")]
    if "flip" in of:
        data[of["flip"]] ^= 1
    keep_paths = of.get("keep_paths", first.get("keep_paths"))
    back = cosell.AttributionState.from_bytes(bytes(data), of.get("model", first["model"]), keep_paths=keep_paths)
    credit = back.finish()
    return intervals(credit, case) if "intervals" in case else credit


def ropi(case: Any) -> Any:
    eco = ecosystem(case)
    credit = credited(eco.journeys(**expand(case.get("journeys") or {})), case)
    return eco.ropi(credit, **expand(case.get("ropi") or {}))


def credit_by(case: Any) -> Any:
    eco = ecosystem(case)
    credit = credited(eco.journeys(**expand(case.get("journeys") or {})), case)
    return SimpleNamespace(cells=eco.credit_by(credit, **expand(case.get("credit_by") or {})))


def program(case: Any, name: str = "program") -> cosell.Program:
    document = case[name]
    is_file = isinstance(document, str)
    return cosell.Program.from_file(PROGRAMS / document) if is_file else cosell.Program(expand(document))


def beside(case: Any, *names: str) -> dict[str, Any]:
    """The tables of a case that stand among the keyword arguments."""
    return {name: table(case[name]) for name in names if name in case}


def reviewed(case: Any, name: str = "program") -> cosell.ProgramReview:
    made = program(case, name)
    partners = table(case["partners"]) if "partners" in case else ecosystem(case)
    return made.review(partners, **beside(case, "previous"), **expand(case.get("review") or {}))


def linted(case: Any) -> Any:
    made = program(case)
    findings, paths = made.lint(), dict[str, list[str]]()
    for row in findings.to_dicts():
        paths.setdefault(row["code"], []).append(row["path"])
    return SimpleNamespace(findings=findings, paths=paths, is_monotone=made.is_monotone)


def compared(case: Any) -> Any:
    before, after = reviewed(case), reviewed(case, "other")
    return before.compare(after, **beside(case, "stakes"), **expand(case.get("compare") or {}))


def sensitivity(case: Any) -> Any:
    given = beside(case, "previous", "stakes") | expand(case.get("sensitivity") or {})
    return SimpleNamespace(effects=program(case).sensitivity(table(case["partners"]), **given))


def climbed(case: Any) -> Any:
    """What climbing takes and brings; only what the case asks for."""
    review = reviewed(case)
    found: dict[str, Any] = {}
    if "gaps" in case:
        found |= {"gaps": review.gaps(**case["gaps"]), "progress": review.progress(**case["gaps"])}
    if "actions" in case:
        found |= {"actions": review.actions(**case["actions"]), "out_of_reach": review.out_of_reach(**case["actions"])}
    if "economics" in case:
        economics = review.economics(**case["economics"])
        found |= {"climbs": economics.climbs, "tiers": economics.tiers}
    if "segments" in case:
        found["segments"] = review.segments(**case["segments"])
    if "enablement" in case:
        found["enablement"] = review.enablement(**case["enablement"])
    return SimpleNamespace(**found)


def qualify(case: Any) -> Any:
    found = cosell.Program(expand(case["program"])).qualify(
        table(case["partners"]), **expand(case.get("qualify") or {})
    )
    arrays = {name: list(getattr(found, name)) for name in ("codes", "track_codes", "scores")}
    same = {name: getattr(found, name) for name in ("tiers", "tracks", "table", "counts", "cutoffs")}
    return SimpleNamespace(**arrays, **same, gaps=found.gaps(**expand(case.get("gaps") or {})))


def many_days(case: Any, **given: Any) -> tuple[Any, dict[str, Any]]:
    """Return the partners of many days, and what comes beside them."""
    given |= beside(case, "previous", "stakes")
    if "partners" in case:
        return [(day, table(frame)) for day, frame in case["partners"]], given
    eco = ecosystem(case)
    if "model" in case:
        given["credit"] = {"influence": credited(eco.journeys(**expand(case.get("journeys") or {})), case)}
    return eco, given


def replay(case: Any) -> Any:
    partners, given = many_days(case, **expand(case.get("replay") or {}))
    return program(case).replay(partners, **given)


def backtest(case: Any) -> Any:
    partners, given = many_days(case, **expand(case.get("backtest") or {}))
    return program(case).backtest(program(case, "other"), partners, **given)


def applied(case: Any) -> Any:
    eco = ecosystem(case)
    learned = credited(eco.journeys(**expand(case.get("journeys") or {})), case)
    return learned.apply(eco.journeys(**expand(case["open"])))


RUNS: dict[str, Callable[[Any], Any]] = {
    "ecosystem": ecosystem,
    "journeys": journeys,
    "attribute": lambda case: credited(journeys(case), case),
    "from_touchpoints": lambda case: credited(given_journeys(case), case),
    "from_paths": lambda case: credited(given_journeys(case), case),
    "intervals": lambda case: intervals(credited(given_journeys(case), case), case),
    "calibrate": lambda case: credited(given_journeys(case), case).calibrate(
        table(case["experiments"]), **expand(case.get("calibrate") or {})
    ),
    "state": merged_state,
    "compare": lambda case: given_journeys(case).compare(expand(case["models"]), **expand(case.get("compare") or {})),
    "select_order": lambda case: given_journeys(case).select_order(**expand(case.get("order") or {})),
    "say": lambda case: SimpleNamespace(said=cosell.say(case["code"], case.get("parameters"), words=case.get("words"))),
    "simulate": lambda case: cosell.simulate_journeys(**expand(case.get("simulate") or {})),
    "attribute_journey": lambda case: [
        cosell.attribute_journey(expand(case["touches"]), model(case), decimals=decimals, **options(case))
        for decimals in (True, False)
    ],
    # One touch with a time supports every model.
    "model": lambda case: cosell.Journeys.from_touchpoints(
        {"opportunity_id": [1], "partner_id": ["a"], "at": ["2026-01-01"]}, {"opportunity_id": [1]}
    ).attribute(model(case)),
    "involvement": lambda case: ecosystem(case).involvement(**expand(case.get("involvement") or {})),
    "pipeline": lambda case: ecosystem(case).pipeline(**expand(case.get("pipeline") or {})),
    "inferred_influence": lambda case: ecosystem(case).inferred_influence(
        **expand(case.get("inferred_influence") or {})
    ),
    "apply": applied,
    "ropi": ropi,
    "credit_by": credit_by,
    "program": reviewed,
    "replay": replay,
    "backtest": backtest,
    "program_text": lambda case: cosell.Program.from_text(expand(case["text"]), case["format"]),
    "program_lint": linted,
    "program_diff": lambda case: SimpleNamespace(changes=program(case).diff(program(case, "other"))),
    "program_compare": compared,
    "program_sensitivity": sensitivity,
    "program_design": lambda case: SimpleNamespace(
        shares=program(case).design(table(case["partners"]), **expand(case.get("design") or {}))
    ),
    "program_recommend": lambda case: cosell.recommend_program(
        [table(period) for period in case["periods"]], **expand(case.get("recommend") or {})
    ),
    "program_climb": climbed,
    "review_tiers": lambda case: (
        cosell.review(ecosystem(case), case.get("as_of"), config=expand(case.get("config"))).tiers
    ),
    "facts": lambda case: SimpleNamespace(facts=reviewed(case).facts(**expand(case["facts"]))),
    "benefits": lambda case: SimpleNamespace(benefits=program(case).benefits(**expand(case["benefits"]))),
    "qualify": qualify,
}


@pytest.mark.parametrize("case", list(cases()))
def test_conformance(case: Any) -> None:
    run = RUNS[case["run"]]
    if "error" not in case:
        expected = case["expect"]
        result = run(case["input"])
        for key, wanted in expected.items():
            compare(key, wanted, result)
        return
    code, field = case["error"]["code"], case["error"]["field"]
    with pytest.raises(cosell.CosellError) as caught:
        run(case["input"])
    error = caught.value
    # What is wrong before a table has its place in an ecosystem has no table in its field; Python adds it.
    tables = (f"{name}.{field}".rstrip(".") for name in case["input"].get("tables", {}))
    codes = {code, OF_KEYWORDS.get(code) if field in case["input"].get("tables", {}) else code}
    assert error.code in codes, str(error)
    assert error.field in {field, *(tables if code in OF_READING else ())}, str(error)


def compare(key: str, wanted: Any, result: Any) -> None:
    if isinstance(result, list):
        same_rows(wanted, *result)
    elif key == "tables":
        for name, rows in wanted.items():
            same_table(rows, result.table(name))
    elif key in ("diagnostics", "channels") and isinstance(result, cosell.Credit):
        compare(key, wanted, result.journeys)
    elif key == "credit_diagnostics":
        same(wanted, result.diagnostics)
    elif isinstance(result, cosell.Credit) and key in result.table_names:
        same_table(wanted, result.table(key))
    else:
        actual = getattr(result, key)
        if isinstance(actual, cosell.Table):
            same_table(wanted, actual)
        else:
            same(expand(wanted), actual)


def same_table(wanted: Any, actual: cosell.Table) -> None:
    exact, floats = actual.to_dicts(decimals=True), actual.to_dicts()
    if isinstance(wanted, list):
        same_rows(wanted, exact, floats)
        return
    key = actual.column_names[0]
    for name, row in wanted.items():
        at = [found[key] for found in floats].index(name)
        same_row(row, exact[at], floats[at])


def same_rows(wanted: list[Any], exact: list[Any], floats: list[Any]) -> None:
    assert len(floats) == len(wanted), floats
    for row in zip(wanted, exact, floats, strict=True):
        same_row(*row)


def same_row(wanted: Any, exact: Any, floats: Any) -> None:
    for column, value in wanted.items():
        assert column in floats
        if isinstance(value, str) and isinstance(exact[column], Decimal):
            assert str(exact[column]) == value
        else:
            same(expand(value), floats[column])


def same(wanted: Any, actual: Any) -> None:
    if isinstance(wanted, dict):
        for key, value in wanted.items():
            same(value, actual[key])
    elif isinstance(wanted, list):
        assert len(wanted) == len(actual)
        for item in zip(wanted, actual, strict=True):
            same(*item)
    elif isinstance(actual, datetime):
        assert actual.isoformat().replace("+00:00", "Z") == wanted
    elif isinstance(actual, date):
        assert actual.isoformat() == wanted
    elif isinstance(wanted, float) or isinstance(actual, float):
        assert type(actual) in (int, float)
        assert abs(wanted - actual) <= 1e-12 * (abs(wanted) or 1)
    else:
        assert (type(wanted), wanted) == (type(actual), actual)
