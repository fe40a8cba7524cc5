"""The part of the partner review that speaks of tiers."""

from __future__ import annotations

import pickle
from typing import Any

import pytest

import cosell


def program(rank: int = 2) -> dict[str, Any]:
    return {
        "program": "services",
        "version": "1",
        "tiers": [{"tier": "member", "rank": 1}, {"tier": "gold", "rank": rank}],
        "metrics": {"touches": {"measure": {"count": {"from": "touchpoints"}}}},
        "qualification": {"gold": {"threshold": {"metric": "touches", "at_least": 2}}},
    }


@pytest.fixture
def eco() -> cosell.Ecosystem:
    deal = {"opportunity_id": "O", "account_id": "A", "status": "won", "amount": 10, "created_at": "2026-01-05"}
    touches = [("P-1", "2026-01-06"), ("P-1", "2026-01-07"), ("P-2", "2026-01-07")]
    return cosell.Ecosystem(
        partners=[{"partner_id": "P-1"}, {"partner_id": "P-2"}],
        accounts=[{"account_id": "A"}],
        opportunities=[deal | {"closed_at": "2026-02-01", "currency": "USD"}],
        touchpoints=[{"opportunity_id": "O", "partner_id": p, "at": at, "kind": "call"} for p, at in touches],
        currency="USD",
    )


def test_a_review_says_which_tiers_partners_hold(eco: cosell.Ecosystem) -> None:
    review = cosell.review(eco, "2026-11-20", config={"program": program()})
    assert review.tiers is not None
    held = {row["partner_id"]: row["effective"] for row in review.tiers.decisions.to_dicts()}
    assert held == {"P-1": "gold", "P-2": "member"}
    counts = {row["tier"]: row["partners"] for row in review.tiers.distribution.to_dicts()}
    assert (counts["gold"], counts["member"]) == (1, 1)
    assert pickle.loads(pickle.dumps(review)).tiers.decisions.to_dicts() == review.tiers.decisions.to_dicts()
    assert "gold" in str(review)
    assert "gold" in cosell.report(review)


def test_without_a_programme_nothing_is_said(eco: cosell.Ecosystem) -> None:
    assert cosell.review(eco, "2026-11-20").tiers is None


def test_a_fault_of_the_programme_has_its_place(eco: cosell.Ecosystem) -> None:
    with pytest.raises(cosell.ConfigError) as caught:
        cosell.review(eco, "2026-11-20", config={"program": program(rank=1)})
    assert (caught.value.code, caught.value.field) == ("invalid_option", "program.tiers[1].rank")


def test_tiers_move_from_where_earlier_decisions_left_them(eco: cosell.Ecosystem) -> None:
    earlier = [{"partner_id": "P-2", "as_of": "2026-10-20", "effective": "gold", "program": "services", "version": "1"}]
    found = cosell.review(eco, "2026-11-20", config={"program": program()}, previous=earlier).tiers
    assert found is not None
    assert {row["partner_id"]: row["previous"] for row in found.decisions.to_dicts()}["P-2"] == "gold"
    assert found.diagnostics["before"] == "decisions"
    journeys = eco.journeys()
    with pytest.raises(cosell.ConfigError) as alone:
        cosell.review(eco, "2026-11-20", previous=earlier)
    with pytest.raises(cosell.ConfigError) as of_journeys:
        cosell.review(journeys, config={"program": program()}, previous=earlier)
    for caught in (alone, of_journeys):
        assert (caught.value.code, caught.value.field) == ("invalid_option", "previous")
    with pytest.raises(cosell.DataError) as fault:
        cosell.review(eco, "2026-11-20", config={"program": program()}, previous=[{"partner_id": "P-2"}])
    assert (fault.value.code, fault.value.field) == ("missing_column", "previous.as_of")
