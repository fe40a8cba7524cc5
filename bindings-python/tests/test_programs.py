"""Partner programmes: what the bindings add to the conformance cases."""

from __future__ import annotations

import copy
import json
import pickle
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any, cast

import pytest

import cosell

ROOT = Path(__file__).resolve().parents[2]
DOCUMENT: dict[str, Any] = {
    "program": "services",
    "version": "2026",
    "tiers": [{"tier": "member", "rank": 1}, {"tier": "gold", "rank": 2, "fee": 100}],
    "metrics": {
        "deals": {"measure": "given", "unit": "count"},
        "people": {"measure": "given", "unit": "people"},
    },
    "qualification": {"gold": {"all": [
        {"threshold": {"metric": "deals", "at_least": 5}},
        {"threshold": {"metric": "people", "at_least": 2}},
    ]}},
    "benefits": {"funds": {"tiers": {"gold": True}, "worth": {"gold": 5000}}},
    "enablement": [{"metric": "people", "training": "Foundations", "days": 10}],
}  # fmt: skip
PARTNERS = [{"partner_id": "P-1", "deals": 3, "people": 2}, {"partner_id": "P-2", "deals": 7, "people": 2}]
DAY = "2026-11-20"


@pytest.fixture
def program() -> cosell.Program:
    return cosell.Program(DOCUMENT)


@pytest.fixture
def review(program: cosell.Program) -> cosell.ProgramReview:
    return program.review(PARTNERS, DAY)


def test_one_partner_gets_its_tier_why_and_its_gaps(program: cosell.Program) -> None:
    verdict = program.evaluate({"deals": 3, "people": 2}, DAY, gaps="next", costs={"deals": {"cost": 900}})
    assert (verdict["effective"], verdict["because"][0]["code"]) == ("member", "entered")
    ahead = verdict["next_tiers"][0]
    assert (ahead["tier"], ahead["satisfied"], ahead["total"]) == ("gold", 1, 2)
    assert [(gap["metric"], gap["missing"]) for gap in ahead["gaps"]] == [("deals", 2.0)]
    cheapest = ahead["cheapest"]
    assert cheapest is not None
    assert cheapest["cost"] == 1800.0


def test_an_earlier_verdict_is_handed_in_again(program: cosell.Program) -> None:
    first = program.evaluate({"deals": 7, "people": 2}, "2026-10-20")
    then = program.evaluate({"deals": 7, "people": 2}, DAY, previous=first)
    assert (then["previous"], then["recommendation"]) == ("gold", "hold")


def test_a_review_gives_every_table(review: cosell.ProgramReview) -> None:
    costs = {"deals": cosell_cost(900), "people": cosell_cost(50)}
    half: Any = {"metric": "deals", "cuts": {"values": [5]}}
    assert review.decisions["effective"] == ["member", "gold"]
    assert (len(review), review.as_of, review.program.tiers) == (2, date(2026, 11, 20), ["member", "gold"])
    assert review.gaps()["missing"] == [2]
    assert review.progress("every")["satisfied"] == [1]
    assert review.actions(costs)["cost"] == [1800.0]
    assert len(review.out_of_reach(costs)) == 0
    assert review.economics(costs, horizon_months=12).climbs["pays"] == [True, False]
    assert review.segments(half, half)["segment"] == ["low_low", "high_high"]
    assert len(review.enablement("2026-12-24")) == 0
    assert review.metrics["deals"] == [3, 7]
    assert [len(t) for t in (review.scorecards, review.cutoffs, review.forecast, review.findings)] == [0, 0, 0, 0]
    assert review.reasons["partner_id"] == ["P-1", "P-2"]
    assert review.decisions.to_csv() == review.decisions.to_csv()


def cosell_cost(cost: float) -> Any:
    return {"cost": cost}


def test_explaining_gives_the_same_gaps(review: cosell.ProgramReview) -> None:
    explained = review.explain("P-1", {"deals": {"cost": 900}})
    assert explained["next_tiers"][0]["gaps"][0]["missing"] == 2.0
    assert explained["next_tiers"][0]["cheapest"]["cost"] == 1800.0


def test_facts_and_benefits_of_ready_metrics(program: cosell.Program, review: cosell.ProgramReview) -> None:
    facts = review.facts("P-1", "deals")
    assert (facts["kind"], facts["value"], facts["unit"]) == (["handed_in"], [3.0], ["count"])
    assert review.facts("P-1")["metric"] == ["deals", "people"]
    shown = review.explain("P-1")["metrics"]["deals"]["facts"]
    assert (shown["count"], shown["more"], shown["first"][0]["kind"]) == (1, 0, "handed_in")
    assert "facts" not in review.explain("P-1", facts=0)["metrics"]["deals"]
    assert (review.benefits["partner_id"], review.benefits["worth"]) == (["P-2"], [5000.0])
    assert program.benefits("gold", as_of=date(2026, 11, 20))["value"] == ["true"]
    assert len(program.benefits("member", as_of=DAY)) == 0


def test_facts_are_the_rows_of_an_ecosystem() -> None:
    window = {"rolling_months": 12}
    measure = {"count": {"from": "activities", "window": window}}
    document: Any = {**DOCUMENT, "metrics": {**DOCUMENT["metrics"], "deals": {"measure": measure}}}
    rows = [{"partner_id": "P-1", "at": at, "kind": "call"} for at in ("2026-05-01", "2025-05-01", "2026-06-01")]
    ready = [{"partner_id": "P-1", "people": 2}]
    review = cosell.Program(document).review(cosell.Ecosystem(activities=rows), DAY, metrics=ready)
    del rows
    facts = copy.copy(review).facts("P-1", metric="deals")
    assert facts["at"] == [date(2026, 5, 1), date(2026, 6, 1)]
    assert facts["id"] == ["call", "call"]


def test_documents_come_from_files_and_texts(tmp_path: Path, program: cosell.Program) -> None:
    file = tmp_path / "services.json"
    file.write_text(json.dumps(DOCUMENT), encoding="utf-8")
    assert cosell.Program.from_file(file) == cosell.Program.from_file(str(file)) == program
    assert cosell.Program.from_text(json.dumps(DOCUMENT)) == program
    text = "program: s\nversion: '1'\ntiers: [{tier: gold, rank: 1}]\n"
    assert cosell.Program.from_text(text, format="yaml").tiers == ["gold"]
    odd = tmp_path / "services.rules"
    odd.write_text(text, encoding="utf-8")
    assert cosell.Program.from_file(odd, format="yaml").tiers == ["gold"]
    with pytest.raises(cosell.ConfigError, match=r"\.json, \.yaml"):
        cosell.Program.from_file(odd)
    with pytest.raises(FileNotFoundError, match=r"missing\.json"):
        cosell.Program.from_file(tmp_path / "missing.json")
    file.write_bytes(b"\xff\xfe{")
    with pytest.raises(cosell.ConfigError, match="UTF-8"):
        cosell.Program.from_file(file)


def test_programmes_and_reviews_pickle(program: cosell.Program, review: cosell.ProgramReview) -> None:
    assert pickle.loads(pickle.dumps(program)) == copy.deepcopy(program) == copy.copy(program) == program
    assert copy.deepcopy(review).decisions.to_csv() == review.decisions.to_csv()
    restored = pickle.loads(pickle.dumps(review))
    assert restored.decisions.to_csv() == review.decisions.to_csv()
    assert restored.gaps().to_csv() == review.gaps().to_csv()


def test_types_in_a_frame_are_those_of_the_table_of_partners() -> None:
    isv = cosell.Program({**DOCUMENT, "qualification": {"gold": {"attribute": {"field": "types", "is": "isv"}}}})
    texts: list[Any] = ["isv;msp", " MSP | ISV ", ["msp", "isv"], "msp", None]
    frame = [{"partner_id": at, "deals": 1, "people": 1, "types": types} for at, types in enumerate(texts)]
    tiers = [row["effective"] for row in isv.review(frame, as_of=DAY).decisions.to_dicts()]
    assert tiers == ["gold", "gold", "gold", "member", "member"]
    verdict = isv.evaluate({"deals": 1, "people": 1}, DAY, attributes={"types": "Msp;Isv"})
    assert verdict["effective"] == "gold"


def test_options_may_be_those_of_numpy(program: cosell.Program) -> None:
    numpy = pytest.importorskip("numpy")
    pandas = pytest.importorskip("pandas")
    metrics = {"deals": numpy.int64(5), "people": numpy.float64(5)}
    days = (numpy.datetime64(DAY), numpy.datetime64(f"{DAY}T08", "ns"), numpy.datetime64(f"{DAY}T08", "s"))
    assert [program.evaluate(metrics, day)["as_of"] for day in days] == [DAY] * 3
    assert program.evaluate({"deals": pandas.NA, "people": 1}, DAY)["effective"] == "member"
    frame = {"partner_id": ["a", "b"], "deals": [9, 1], "people": [9, 1]}
    shares = numpy.array([0.5])
    found = program.design(frame, DAY, threshold="qualification.gold.all[0].threshold", shares=shares)
    assert len(found) == 1
    with pytest.raises(cosell.DataError, match="got a list"):
        program.evaluate({"deals": numpy.array([5]), "people": 1}, DAY)


def test_a_programme_may_stand_in_a_config(program: cosell.Program) -> None:
    touch = {"partner_id": "P-1", "opportunity_id": "O", "at": "2026-01-02", "kind": "call"}
    eco = cosell.Ecosystem(touchpoints=[touch])
    metrics: dict[str, Any] = {"deals": {"measure": {"count": {"from": "touchpoints"}}}}
    gold: dict[str, Any] = {"threshold": {"metric": "deals", "at_least": 1}}
    counted = cosell.Program({**DOCUMENT, "metrics": metrics, "qualification": {"gold": gold}, "enablement": []})
    given: list[Any] = [counted, counted.document]
    tiers = [cosell.review(eco, DAY, config={"program": one}).tiers for one in given]
    assert tiers[0] is not None
    assert tiers[1] is not None
    assert tiers[0].decisions.to_csv() == tiers[1].decisions.to_csv()


def test_a_table_has_no_days(review: cosell.ProgramReview, program: cosell.Program) -> None:
    with pytest.raises(cosell.ConfigError) as caught:
        program.replay(cast(Any, review.metrics), days=[DAY])
    assert caught.value.field == "partners"


def test_versions_are_compared_and_linted(program: cosell.Program) -> None:
    harder = cosell.Program({**DOCUMENT, "qualification": {"gold": {"threshold": {"metric": "deals", "at_least": 6}}}})
    assert len(program.diff(program)) == 0
    assert len(program.diff(harder)) >= 1
    assert "code" in program.lint().column_names


def test_days_may_have_a_time(program: cosell.Program) -> None:
    metrics = {"deals": 3, "people": 2}
    days = (DAY, date(2026, 11, 20), datetime(2026, 11, 20, 8))
    assert [program.evaluate(metrics, day)["as_of"] for day in days] == [DAY] * 3


@pytest.mark.parametrize(
    ("call", "code", "field"),
    [
        (lambda p, r: p.evaluate({"deals": 3, "people": 2}), "missing_option", "as_of"),
        (lambda p, r: p.evaluate({"deal": 3}, DAY), "unknown_name", "metrics.deal"),
        (lambda p, r: p.evaluate({"deals": 3}, DAY), "missing_column", "metrics.people"),
        (lambda p, r: p.evaluate({"deals": "x", "people": 1}, DAY), "wrong_type", "metrics.deals"),
        (lambda p, r: p.evaluate({"deals": 3, "people": 1}, DAY, gap="next"), "unknown_option", "gap"),
        (lambda p, r: p.evaluate({"deals": 3, "people": 1}, DAY, costs={"x": {"cost": 1}}), "unknown_name", "costs.x"),
        (lambda p, r: p.review(PARTNERS), "missing_option", "as_of"),
        (lambda p, r: p.review(5, DAY), "unsupported_input", "partners"),
        (lambda p, r: p.review(PARTNERS, DAY, metrics=PARTNERS), "invalid_option", "metrics"),
        (lambda p, r: p.review(PARTNERS, DAY, credit=[]), "invalid_option", "credit"),
        (lambda p, r: p.review(PARTNERS, DAY, credit={"a": 1}), "invalid_option", "credit.a"),
        (lambda p, r: r.gaps("all"), "invalid_option", "reach"),
        (lambda p, r: r.actions(), "missing_option", "costs"),
        (lambda p, r: r.enablement(), "missing_option", "needed_on"),
        (lambda p, r: r.enablement("2026-01-01"), "invalid_option", "needed_on"),
        (lambda p, r: r.explain("P-3"), "unknown_name", "partner_id"),
        (lambda p, r: r.explain("P-1", facts=-1), "option_out_of_range", "facts"),
        (lambda p, r: r.facts("P-3"), "unknown_name", "partner_id"),
        (lambda p, r: r.facts("P-1", "deal"), "unknown_name", "metric"),
        (lambda p, r: r.facts(), "missing_option", "partner_id"),
        (lambda p, r: p.benefits("golden", as_of=DAY), "unknown_name", "tier"),
        (lambda p, r: p.benefits("gold"), "missing_option", "as_of"),
        (lambda p, r: p.benefits("gold", as_of=DAY, trak="x"), "unknown_option", "trak"),
        (lambda p, r: cosell.Program.from_text("{}", cast("Any", "jsn")), "invalid_option", "format"),
    ],
)
def test_what_is_wrong_is_named(
    call: Any, code: str, field: str, program: cosell.Program, review: cosell.ProgramReview
) -> None:
    with pytest.raises(cosell.CosellError) as caught:
        call(program, review)
    assert (caught.value.code, caught.value.field) == (code, field), str(caught.value)


def sample_tables(backwards: bool) -> Iterator[tuple[str, bytes]]:
    for path in sorted((ROOT / "examples" / "data").glob("*.csv")):
        head, *rows = path.read_text(encoding="utf-8").splitlines()
        yield path.stem, "\n".join([head, *(reversed(rows) if backwards else rows)]).encode()


def fnv(text: str) -> str:
    digest = 0xCBF29CE484222325
    for byte in text.encode():
        digest = (digest ^ byte) * 0x100000001B3 & 0xFFFFFFFFFFFFFFFF
    return f"{digest:016x}"


@pytest.mark.parametrize("backwards", [False, True])
@pytest.mark.parametrize("threads", [1, 2])
def test_the_review_of_the_sample_has_the_same_bytes_in_every_language(threads: int, backwards: bool) -> None:
    """Rust and Node say the same: core/tests/program_digest.rs, tests/program.test.mjs."""
    wanted = json.loads((ROOT / "conformance" / "digests.json").read_text(encoding="utf-8"))["services"]
    before = cosell.threads()
    cosell.set_threads(threads)
    try:
        tables: dict[str, Any] = dict(sample_tables(backwards))
        eco = cosell.Ecosystem(**tables, currency="USD", max_rate_age_days=45, on_invalid="reject")
        program = cosell.Program.from_file(ROOT / "examples" / "programs" / "services.json")
        review = program.review(eco, DAY, credit={"influence": eco.journeys().attribute("linear")})
        found = {
            name: fnv(table.to_csv())
            for name, table in [
                ("decisions", review.decisions), ("metrics", review.metrics), ("gaps", review.gaps("every")),
                ("forecast", review.forecast), ("benefits", review.benefits), ("facts", review.facts("P-017")),
            ]
        }  # fmt: skip
    finally:
        cosell.set_threads(before)
    assert found == wanted
