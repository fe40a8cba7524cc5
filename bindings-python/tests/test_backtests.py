"""Backtests of programmes: what the bindings add to the core's own tests. Expected values are counted by hand."""

from __future__ import annotations

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
        (lambda p, r: p.replay(5), "unsupported_input", "frames"),
        (lambda p, r: p.replay([5]), "unsupported_input", "frames[0]"),
        (lambda p, r: p.replay([(DAY, 5)]), "unsupported_input", "frames[0]"),
        (lambda p, r: p.replay([(DAY, PARTNERS), (DAY, PARTNERS)]), "invalid_option", "as_of"),
        (lambda p, r: p.replay([], after=1), "unknown_option", "after"),
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
        (lambda p, r: RECOMMEND(PARTNERS[0], ["deals"]), "unsupported_input", "periods"),
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
