"""Journeys, credit, measurements and the review."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest

import cosell
from conftest import AS_OF, DEALS, TOUCHES


def small() -> cosell.Ecosystem:
    return cosell.Ecosystem(opportunities=DEALS, touchpoints=TOUCHES)


def test_the_ledger_adds_up_to_the_totals() -> None:
    credit = small().journeys().attribute("linear")
    totals = credit.totals.to_dicts(decimals=True)
    assert [row["channel"] for row in totals] == ["P-1", "P-2", "(vendor)"]
    assert sum(row["value"] for row in totals) == Decimal("1200.50")
    ledger = credit.ledger
    assert ledger is not None
    assert sum(row["value"] for row in ledger.to_dicts(decimals=True)) == Decimal("1200.50")
    assert credit.diagnostics["exact"] is True
    assert credit.model == {"linear": {}}


def test_every_model_takes_its_options() -> None:
    journeys = small().journeys()
    credits = [
        journeys.attribute("first_touch"),
        journeys.attribute("last_touch"),
        journeys.attribute("first_partner_touch"),
        journeys.attribute("last_partner_touch"),
        journeys.attribute("position_based", first=0.5, last=0.5),
        journeys.attribute("position_based", preset="w"),
        journeys.attribute("time_decay", half_life_days=14),
        journeys.attribute("role_weighted", weights={"closer": 1}, other=1),
        journeys.attribute("custom_weights", weights=[1, 2]),
        journeys.attribute("touch_weighted", missing=0.5),
        journeys.attribute("markov", order=2),
        journeys.attribute({"time_decay": {"half_life_days": 14}}),
    ]
    for credit in credits:
        assert sum(row["value"] for row in credit.totals.to_dicts(decimals=True)) == Decimal("1200.50")


@pytest.mark.parametrize(
    ("model", "options", "code", "field"),
    [
        ("linaer", {}, "unknown_model", "model"),
        ("time_decay", {"half_life": 3}, "unknown_option", "time_decay.half_life"),
        ("time_decay", {"half_life_days": -3}, "option_out_of_range", "time_decay.half_life_days"),
        ({"time_decay": {}}, {"half_life_days": 3}, "invalid_option", "model"),
        (["linear"], {}, "invalid_option", "model"),
    ],
)
def test_a_wrong_model_is_an_error_with_a_path(model: Any, options: Any, code: str, field: str) -> None:
    with pytest.raises(cosell.ConfigError) as caught:
        small().journeys().attribute(model, **options)
    assert (caught.value.code, caught.value.field) == (code, field)


def test_journeys_come_from_touches_and_outcomes() -> None:
    touches = {
        "deal": [1, 1, 2, 9],
        "source": ["a", "b", "a", "a"],
        "ts": ["2026-01-01", "2026-01-02", "2026-01-03", "2026-01-04"],
    }
    outcomes = {"deal": [1, 2], "value_minor": [100, 51]}
    journeys = cosell.Journeys.from_touchpoints(
        touches, outcomes, journey="deal", channel="source", at="ts", value="value_minor", currency="USD"
    )
    assert (len(journeys), journeys.touches, journeys.channels) == (2, 3, ["a", "b"])
    assert journeys.diagnostics["set_aside"]["touches_of_unlisted_journeys"] == 1
    assert journeys.attribute("last_touch").totals.to_dicts(decimals=True)[0]["value"] == Decimal("0.51")


def test_journeys_come_from_paths() -> None:
    rows = b"path,total_conversions,total_conversion_value,total_null\na > b,3,30.5,1\nb,1,2,0\n"
    journeys = cosell.Journeys.from_paths(rows, value="total_conversion_value", nulls="total_null")
    credit = journeys.attribute("first_touch")
    assert credit.totals["conversions"] == [3.0, 1.0]
    assert credit.totals["value"] == [30.5, 2.0]
    assert "first touch" in str(cosell.review(journeys)).lower()


def test_one_journey_is_attributed_like_many() -> None:
    touches: Any = [{"channel": row["partner_id"], "at": row["at"], "kind": row["kind"]} for row in TOUCHES]
    one = cosell.attribute_journey(
        touches, "time_decay", value=1200.5, currency="USD", closed_at="2026-03-01", half_life_days=7
    )
    ledger = small().journeys().attribute("time_decay", half_life_days=7).ledger
    assert ledger is not None
    many = ledger.to_dicts()
    assert [(r["channel"], r["value"], r["reason"]) for r in one] == [
        (r["channel"], r["value"], r["reason"]) for r in many
    ]


def test_one_journey_of_names() -> None:
    rows = cosell.attribute_journey(["a", "b", None], "linear", value="100.00", currency="USD", decimals=True)
    assert [row["value"] for row in rows] == [Decimal("33.34"), Decimal("33.33"), Decimal("33.33")]
    assert rows[2]["channel"] == "(vendor)"
    assert cosell.attribute_journey(["a"], "linear")[0]["value"] is None


@pytest.mark.parametrize(
    ("touches", "options", "code", "field"),
    [
        ("abc", {}, "unsupported_input", "touches"),
        ([], {}, "not_enough_data", "touches"),
        ([{"chanel": "a"}], {}, "unknown_option", "touches[0].chanel"),
        ([{"channel": 1.5}], {}, "wrong_type", "touches[0].channel"),
        ([{"channel": "a", "at": 5}], {}, "wrong_type", "touches[0].at"),
        ([{"channel": "a", "at": "soon"}], {}, "invalid_date", "touches[0].at"),
        (["a"], {"closed_at": "soon"}, "invalid_date", "closed_at"),
        (["a"], {"value": float("nan")}, "not_finite", "value"),
        (["a"], {"value": [1]}, "wrong_type", "value"),
        (["a"], {"conversions": -1.0}, "option_out_of_range", "conversions"),
        (["(vendor)"], {}, "reserved_name", "touches[0].channel"),
    ],
)
def test_a_journey_that_cannot_be_read_is_an_error(touches: Any, options: Any, code: str, field: str) -> None:
    with pytest.raises(cosell.CosellError) as caught:
        cosell.attribute_journey(touches, "linear", **options)
    assert (caught.value.code, caught.value.field) == (code, field)


def test_measurements_come_as_tables(eco: cosell.Ecosystem, credit: cosell.Credit) -> None:
    buckets = eco.involvement(AS_OF).buckets
    assert buckets["bucket"] == ["sourced_only", "sourced_and_influenced", "influenced_only", "none"]
    assert abs(sum(buckets["share"]) - 1) < 1e-12
    assert len(eco.pipeline(AS_OF).metrics) > 0
    assert eco.ropi(credit, AS_OF, margin=0.65).total["ropi"][0] > 0
    with pytest.raises(cosell.ConfigError) as caught:
        eco.ropi(credit, AS_OF, margin=1.5)
    assert caught.value.field == "margin"


def test_partners_at_shared_accounts_are_questions(eco: cosell.Ecosystem) -> None:
    found = eco.inferred_influence(AS_OF)
    # `quiet` of examples/data/expected.json.
    assert (found.partners["partner_id"][0], found.partners["reason"][0]) == ("P-099", "beyond_chance")
    assert found.partners["rank"] == list(range(1, len(found.partners) + 1))
    assert sum(found.partners["deals"]) == len(found.deals) == found.diagnostics["pairs_of_partner_and_deal"]
    assert found.diagnostics["is_credit"] is False
    few = eco.inferred_influence(AS_OF, months=12, kinds=[], relationships=["msp"], compare_by=["type"], min_deals=5)
    assert set(few.deals["relationship"]) == {"msp"}
    with pytest.raises(cosell.ConfigError) as caught:
        eco.inferred_influence(AS_OF, false_discovery_rate=2)
    assert caught.value.field == "false_discovery_rate"


def test_a_review_holds_every_result(eco: cosell.Ecosystem) -> None:
    review = cosell.review(
        eco, AS_OF, {"models": ["linear", {"time_decay": {"half_life_days": 14}}], "ropi": {"margin": 0.65}}
    )
    assert str(review.as_of) == AS_OF
    assert [model.label for model in review.models] == ["linear", "time_decay"]
    assert review.credit.column_names == ["channel", "name", "linear", "time_decay"]
    assert review.confidence is not None
    assert review.involvement is not None
    assert review.pipeline is not None
    assert review.inferred_influence is not None
    assert review.ropi is not None
    assert json.loads(json.dumps(review.to_dict()))["as_of"] == AS_OF
    assert "Partner review" in str(review)
    page = cosell.report(review)
    assert page.lower().startswith("<!doctype html>")
    with pytest.raises(cosell.ConfigError) as caught:
        cosell.review(eco, AS_OF, {"modells": []})  # type: ignore[arg-type]
    assert caught.value.field == "modells"
    with pytest.raises(cosell.DataError):
        cosell.review("x", AS_OF)  # type: ignore[arg-type]


def test_a_review_says_how_sure_its_credit_is(eco: cosell.Ecosystem) -> None:
    sure = cosell.review(eco, AS_OF, {"confidence": {"model": "first_touch", "intervals": {"seed": 7}}}).confidence
    assert sure is not None
    partners = sure.partners
    assert partners["rank"] == list(range(1, len(partners) + 1))
    for low, share, high in zip(partners["share_low"], partners["share"], partners["share_high"], strict=True):
        assert (low is None) == (high is None)
        assert low is None or (0 <= low < high and share <= 1)
    assert len(sure.pairs) == 20 * 19 / 2
    # Five models by default, and the two that learn from the data.
    assert len(sure.agreement) == 7 * 6 / 2
    assert len(sure.reasons) > 0
    assert sure.diagnostics["model"] == "first_touch"
    assert sure.diagnostics["intervals"]["options"]["replicates"] == 200
    with pytest.raises(cosell.ConfigError) as caught:
        cosell.review(eco, AS_OF, {"confidence": {"model": {"time_decay": {"half_life_days": -1}}}})
    assert caught.value.field == "confidence.model.time_decay.half_life_days"


def test_credit_is_laid_out_by_dimensions(eco: cosell.Ecosystem, credit: cosell.Credit) -> None:
    cells = eco.credit_by(credit, by=["type", "quarter"], first_month=2)
    assert cells.column_names == ["type", "quarter", "deals", "touches", "conversions", "value", "share"]
    value, total = cells.to_dicts(decimals=True), credit.totals.to_dicts(decimals=True)
    assert sum(row["value"] for row in value) == sum(row["value"] for row in total)
    assert eco.credit_by(credit).column_names[0] == "partner"
    with pytest.raises(cosell.ConfigError) as caught:
        eco.credit_by(credit, by=["partner", "knid"])
    assert (caught.value.code, caught.value.field) == ("invalid_option", "by[1]")
    with pytest.raises(cosell.ConfigError) as caught:
        eco.credit_by(eco.journeys(channel="type").attribute("linear"))
    assert caught.value.field == "credit"


def test_open_pipeline_is_expected_by_stage(eco: cosell.Ecosystem) -> None:
    sure, none = [
        eco.journeys(outcome="open", as_of=AS_OF, stage_probability={"*": chance}).attribute("linear").totals
        for chance in (1.0, 0.0)
    ]
    assert sum(sure["value"]) > 0
    assert sum(none["value"]) == 0


def test_dates_may_be_objects(eco: cosell.Ecosystem) -> None:
    from datetime import date

    assert cosell.review(eco, date(2026, 11, 20)).to_dict() == cosell.review(eco, AS_OF).to_dict()
