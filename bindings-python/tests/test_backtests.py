"""Backtests of programmes: what the bindings add to the core's own tests. Expected values are counted by hand."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

import cosell

DAY = "2026-11-20"
PARTNERS = [{"partner_id": f"P-{n}", "deals": n, "revenue": 100 * n} for n in range(1, 11)]

# Calls that the types refuse are made through it.
RECOMMEND: Any = cosell.recommend_program


def version(name: str, deals: int) -> cosell.Program:
    return cosell.Program({
        "program": "services",
        "version": name,
        "tiers": [{"tier": "member", "rank": 1}, {"tier": "gold", "rank": 2}],
        "metrics": {name: {"measure": "given", "unit": "count"} for name in ("deals", "revenue")},
        "qualification": {"gold": {"threshold": {"metric": "deals", "at_least": deals}}},
        "review": {"demotion": {"grace_days": 90}},
    })  # fmt: skip


@pytest.fixture
def program() -> cosell.Program:
    return version("2026", 5)


def test_more_never_hurts_in_a_programme_of_lower_bounds(program: cosell.Program) -> None:
    assert program.is_monotone
    document = program.document
    document["qualification"] = {"gold": {"not": {"threshold": {"metric": "deals", "at_least": 5}}}}
    assert not cosell.Program(document).is_monotone


def test_a_harder_version_moves_those_between_the_bounds() -> None:
    before = version("2026", 5).review(PARTNERS, DAY)
    after = version("2027", 8).review(PARTNERS, DAY)
    change = before.compare(after, stake="revenue")
    # P-5, P-6 and P-7 meet 5 deals but not 8; 500 + 600 + 700 are at stake.
    assert [row["partner_id"] for row in change.moves.to_dicts()] == ["P-5", "P-6", "P-7"]
    assert {row["required"] for row in change.moves.to_dicts()} == {8.0}
    [down] = [row for row in change.movements.to_dicts() if row["direction"] == "down"]
    assert (down["from"], down["to"], down["partners"], down["stake"]) == ("gold", "member", 3, 1800.0)
    assert sum(row["partners"] for row in change.flows.to_dicts()) == 10
    stakes = [{"partner_id": "P-5", "credit": 7.5}, {"partner_id": "P-5", "credit": 1}]
    [down] = [
        row
        for row in before.compare(after, stakes=stakes, stake="credit").movements.to_dicts()
        if row["direction"] == "down"
    ]
    assert down["stake"] == 8.5


def test_a_replay_hands_each_decision_on(program: cosell.Program) -> None:
    days: list[tuple[str | date, int]] = [(date(2026, 1, 31), 5), ("2026-02-28", 4), ("2026-06-30", 4)]
    frames = [(day, [{"partner_id": "P-1", "deals": deals, "revenue": 0}]) for day, deals in days]
    replay = program.replay(frames)
    # Grace of 90 days holds in February and is over in June.
    assert [row["effective"] for row in replay.decisions.to_dicts()] == ["gold", "gold", "member"]
    assert [review.as_of for review in replay.reviews] == [date(2026, 1, 31), date(2026, 2, 28), date(2026, 6, 30)]
    assert [row["partners"] for row in replay.flows.to_dicts()] == [1, 1]
    later = program.replay(frames[1:], previous=replay.reviews[0].decisions)
    assert [row["effective"] for row in later.decisions.to_dicts()] == ["gold", "member"]


def test_numbers_move_by_their_share_and_at_least_by_one(program: cosell.Program) -> None:
    effects = program.sensitivity(PARTNERS, DAY, change=0.4, stake="revenue").to_dicts()
    found = {
        row["to"]: (row["partners_up"], row["partners_down"], row["stake_up"], row["stake_down"]) for row in effects
    }
    # Of 5: 3 lets in P-3 and P-4, 7 leaves out P-5 and P-6.
    assert found == {3.0: (2, 0, 700.0, 0.0), 7.0: (0, 2, 0.0, 1100.0)}


def test_the_bound_that_lets_in_a_share(program: cosell.Program) -> None:
    shares = program.design(PARTNERS, DAY, threshold="qualification.gold.threshold", shares=[0.2, 0.5]).to_dicts()
    assert [(row["wished"], row["threshold"], row["partners"]) for row in shares] == [(2, 9.0, 2), (5, 6.0, 5)]


def test_a_draft_breaks_where_the_partners_do() -> None:
    periods = [[{"partner_id": n, "revenue": n} for n in (1, 2, 3, 50, 51, 52)]]
    draft = cosell.recommend_program(tuple(periods), ["revenue"], program="emea")
    assert [(row["from"], row["to"], row["partners"]) for row in draft.breaks.to_dicts()] == [(1, 3, 3), (50, 52, 3)]
    assert draft.document["program"] == "emea"
    assert cosell.Program(draft.document).tiers == ["registered", "bronze"]
    assert [row["tiers"] for row in draft.fits.to_dicts() if row["chosen"]] == [2]
    assert (draft.weights.to_dicts(), len(draft.validation)) == ([{"metric": "revenue", "weight": 1.0}], 0)


@pytest.mark.parametrize(
    ("call", "code", "field"),
    [
        (lambda p, r: r.compare(r, stake="revenu"), "unknown_name", "stake"),
        (lambda p, r: r.compare(r, stakes=[{"partner_id": 1}]), "missing_column", "stakes.stake"),
        (lambda p, r: r.compare(r, steak="deals"), "unknown_option", "steak"),
        (lambda p, r: r.compare(p), "invalid_option", "other"),
        (lambda p, r: p.diff(r), "invalid_option", "other"),
        (lambda p, r: p.backtest(r, [(DAY, PARTNERS)]), "invalid_option", "other"),
        (lambda p, r: p.replay(5), "invalid_option", "partners"),
        (lambda p, r: p.replay([5]), "invalid_option", "partners[0]"),
        (lambda p, r: p.replay([(DAY, PARTNERS), (DAY,)]), "invalid_option", "partners[1]"),
        (lambda p, r: p.replay([(5, PARTNERS)]), "invalid_option", "partners[0]"),
        (lambda p, r: p.replay([("2026-02-30", PARTNERS)]), "invalid_date", "partners[0]"),
        (lambda p, r: p.replay([(DAY, 5)]), "unsupported_input", "partners[0]"),
        (lambda p, r: p.replay([(DAY, PARTNERS), (DAY, PARTNERS)]), "invalid_option", "partners[1]"),
        (lambda p, r: p.replay([(DAY, PARTNERS)], days=[DAY]), "invalid_option", "days"),
        (lambda p, r: p.replay([(DAY, PARTNERS)], credit={}, monthly={"from": DAY}), "missing_option", "monthly.to"),
        (lambda p, r: p.replay([(DAY, PARTNERS)], credit=[]), "invalid_option", "credit"),
        (lambda p, r: p.replay([], after=1), "unknown_option", "after"),
        (lambda p, r: p.replay(ECO), "missing_option", "days"),
        (lambda p, r: p.replay(ECO, days=["soon"]), "invalid_date", "days[0]"),
        (lambda p, r: p.backtest(p, [], stake="deals"), "missing_option", "partners"),
        (lambda p, r: p.backtest(p, ECO, days=[DAY], stake_credit="linear"), "unknown_name", "stake_credit"),
        (lambda p, r: p.sensitivity(PARTNERS, DAY, metrics=PARTNERS), "invalid_option", "metrics"),
        (lambda p, r: p.design(PARTNERS, DAY, credit={"a": 5}), "invalid_option", "credit.a"),
        (lambda p, r: p.sensitivity(PARTNERS), "missing_option", "as_of"),
        (lambda p, r: p.sensitivity(PARTNERS, DAY, change=1), "option_out_of_range", "change"),
        (lambda p, r: p.sensitivity(PARTNERS, DAY, chnge=1), "unknown_option", "chnge"),
        (lambda p, r: p.design(PARTNERS, DAY, shares=[0.5]), "missing_option", "threshold"),
        (lambda p, r: p.design(PARTNERS, DAY, threshold="x", shares=[0.5]), "unknown_name", "threshold"),
        (
            lambda p, r: p.design(PARTNERS, DAY, threshold="qualification.gold.threshold", shares=[2]),
            "option_out_of_range",
            "shares[0]",
        ),
        (lambda p, r: RECOMMEND([PARTNERS]), "missing_option", "metrics"),
        (lambda p, r: RECOMMEND(PARTNERS[0], ["deals"]), "invalid_option", "periods"),
        (lambda p, r: RECOMMEND([], ["deals"]), "not_enough_data", "periods"),
        (lambda p, r: RECOMMEND([PARTNERS], ["deal"]), "missing_column", "deal"),
    ],
)
def test_what_is_wrong_is_named(
    call: Callable[[Any, Any], Any], code: str, field: str, program: cosell.Program
) -> None:
    with pytest.raises(cosell.CosellError) as caught:
        call(program, program.review(PARTNERS, DAY))
    assert (caught.value.code, caught.value.field) == (code, field), str(caught.value)


def test_only_a_review_can_be_compared(program: cosell.Program) -> None:
    with pytest.raises(TypeError):
        program.review(PARTNERS, DAY).compare(program)  # type: ignore[arg-type]


# Won deals with their partner; C-1 has two, the second one in February, C-2 has one.
DEALS = [("O-1", "C-1", "2026-01-10", 100), ("O-2", "C-1", "2026-02-10", 200), ("O-3", "C-2", "2026-01-20", 70)]
ECO: cosell.Ecosystem = cosell.Ecosystem(
    partners=[{"partner_id": partner} for partner in ("C-1", "C-2")],
    opportunities=[
        {"opportunity_id": deal, "account_id": "A", "status": "won", "amount": amount, "currency": "USD",
         "created_at": "2025-12-01", "closed_at": closed}
        for deal, _, closed, amount in DEALS
    ],
    opportunity_partners=[{"opportunity_id": d, "partner_id": p, "role": "influencer"} for d, p, _, _ in DEALS],
    touchpoints=[{"opportunity_id": d, "partner_id": p, "at": at, "kind": "meeting"} for d, p, at, _ in DEALS],
    currency="USD",
)  # fmt: skip


def of_deals(name: str, deals: int) -> cosell.Program:
    won: Any = {"from": "opportunities", "where": [{"field": "status", "is": "won"}]}
    return cosell.Program({
        "program": "services",
        "version": name,
        "tiers": [{"tier": "member", "rank": 1}, {"tier": "gold", "rank": 2}],
        "metrics": {"deals": {"measure": {"count": won}}},
        "qualification": {"gold": {"threshold": {"metric": "deals", "at_least": deals}}},
    })  # fmt: skip


def test_an_ecosystem_is_replayed_as_it_was_known() -> None:
    found = of_deals("1", 2).replay(ECO, monthly={"from": "2026-01-31", "to": "2026-03-15"})
    assert [review.as_of for review in found.reviews] == [date(2026, 1, 31), date(2026, 2, 28)]
    tiers = [(row["partner_id"], row["effective"]) for row in found.decisions.to_dicts()]
    assert tiers == [("C-1", "member"), ("C-2", "member"), ("C-1", "gold"), ("C-2", "member")]
    again = of_deals("1", 2).replay(ECO, days=[date(2026, 2, 28)], previous=found.reviews[0].decisions)
    assert again.decisions.to_csv() == found.reviews[1].decisions.to_csv()


def test_versions_are_tried_with_what_is_at_stake() -> None:
    credit = {"influence": ECO.journeys().attribute("linear")}
    tried = of_deals("1", 1).backtest(of_deals("2", 2), ECO, days=["2026-01-31", "2026-02-28"], credit=credit)
    moves = [(r["as_of"], r["partner_id"], r["revenue"], r["credit"], r["required"]) for r in tried.moves.to_dicts()]
    january, february = date(2026, 1, 31), date(2026, 2, 28)
    assert moves == [(january, "C-1", 100, 100, 2), (january, "C-2", 70, 70, 2), (february, "C-2", 70, 70, 2)]
    assert [row["partners"] for row in tried.criteria.to_dicts()] == [2, 1]
    assert len(tried.before.reviews) == len(tried.after.reviews) == 2
    frames = [(DAY, [{"partner_id": "C-1", "deals": 1}])]
    assert len(of_deals("1", 1).backtest(of_deals("2", 2), frames, stake="deals").moves) == 1


def test_facts_are_shaken_and_designed_with() -> None:
    program = of_deals("1", 2)
    rows = program.sensitivity(ECO, "2026-02-28", change=0.5, stake="revenue").to_dicts()
    # At three deals C-1 with 300 falls, at one C-2 with 70 rises.
    assert {(row["to"], row["stake_up"], row["stake_down"]) for row in rows} == {(3, 0, 300), (1, 70, 0)}
    [row] = program.design(ECO, "2026-02-28", threshold="qualification.gold.threshold", shares=[1]).to_dicts()
    assert (row["threshold"], row["partners"]) == (1, 2)


def test_reviews_and_what_they_give_pickle() -> None:
    credit = {"influence": ECO.journeys().attribute("linear")}
    program = of_deals("1", 2)
    review = program.review(ECO, "2026-02-28", credit=credit)
    back = pickle.loads(pickle.dumps(review))
    for name in ("decisions", "reasons", "scorecards", "metrics", "cutoffs", "forecast", "findings"):
        assert getattr(back, name).to_csv() == getattr(review, name).to_csv()
    assert (back.program, back.as_of, len(back)) == (review.program, review.as_of, len(review))
    assert pickle.dumps(back) == pickle.dumps(review)
    assert back.gaps("every").to_csv() == review.gaps("every").to_csv()
    tried = program.backtest(of_deals("2", 1), ECO, days=["2026-01-31", "2026-02-28"])
    again = pickle.loads(pickle.dumps(tried))
    assert again.moves.to_csv() == tried.moves.to_csv()
    assert again.after.reviews[1].decisions.to_csv() == tried.after.reviews[1].decisions.to_csv()
    comparison = pickle.loads(pickle.dumps(review.compare(back)))
    assert comparison.movements.to_csv() == review.compare(back).movements.to_csv()
    economics = pickle.loads(pickle.dumps(review.economics({"deals": {"cost": 5}})))
    assert economics.climbs.to_csv() == review.economics({"deals": {"cost": 5}}).climbs.to_csv()
    reduced = review.__reduce__()
    assert isinstance(reduced, tuple)
    rebuild, (data,) = reduced
    with pytest.raises(cosell.DataError) as caught:
        rebuild(data[:-1])
    assert caught.value.code == "corrupt_state"


def test_long_calls_are_watched_and_cancelled(program: cosell.Program) -> None:
    review = program.review(PARTNERS, DAY)

    def stop(progress: cosell.Progress) -> None:
        raise KeyError(progress.stage)

    for call in (
        lambda: review.compare(review, progress=stop),
        lambda: RECOMMEND([PARTNERS], ["revenue"], progress=stop),
        lambda: program.replay([(DAY, PARTNERS)], progress=stop),
        lambda: program.backtest(program, ECO, days=[DAY], progress=stop),
    ):
        with pytest.raises(KeyError):
            call()
