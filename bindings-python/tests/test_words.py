"""Words for codes: the catalogue, the sentence of a row, and a page in other words."""

from __future__ import annotations

from typing import Any

import pytest

import cosell


def test_the_catalogue_has_codes_of_rows_and_of_errors() -> None:
    words = cosell.words()
    assert words["model.linear"] == "Linear"
    assert words["error.unknown_option"] == "The option does not exist."
    assert all(text for text in words.values())


def test_every_reason_of_a_comparison_and_of_a_ledger_can_be_said() -> None:
    paths = [
        {"path": "a > b > c", "total_conversions": 60, "total_null": 300},
        {"path": "c > a", "total_conversions": 40, "total_null": 10},
    ]
    journeys = cosell.Journeys.from_paths(paths, nulls="total_null")
    reasons = journeys.compare(["first_touch", "last_touch", "linear", "markov"]).reasons.to_dicts()
    assert reasons
    for row in reasons:
        said = cosell.say(row["code"], row)
        assert said.endswith(".")
        assert "{" not in said
    ledger = journeys.attribute("linear").ledger
    assert ledger is not None
    assert {cosell.say(f"reason.{row['reason']}") for row in ledger.to_dicts()} == {"The same for every touch."}


def test_a_page_in_other_words() -> None:
    journeys = cosell.Journeys.from_paths([{"path": "a > b", "total_conversions": 60}])
    review = cosell.review(journeys)
    assert "Partnerbericht" in cosell.report(review, words={"ui.title": "Partnerbericht"})
    assert "Partnerbericht" not in cosell.report(review)
    wrong: Any = {"ui.title": 3}
    with pytest.raises(cosell.ConfigError) as error:
        cosell.report(review, words=wrong)
    assert error.value.field == "words.ui.title"
