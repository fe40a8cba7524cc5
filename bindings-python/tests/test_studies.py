"""Models compared, the order of a chain, and journeys whose truth is known."""

from __future__ import annotations

import pytest

import cosell

PATHS = [
    {"path": "a > b", "total_conversions": 30, "total_null": 10},
    {"path": "b > a", "total_conversions": 5, "total_null": 40},
]


def paths() -> cosell.Journeys:
    return cosell.Journeys.from_paths(PATHS, nulls="total_null")


def test_models_stand_side_by_side() -> None:
    found = paths().compare(["first_touch", {"markov": {"order": 2}}, "markov"], top=1, difference=0.1)
    assert found.credit.column_names[:2] == ["channel", "first_touch"]
    assert found.credit["markov_2_share"] == paths().attribute("markov").totals["share"]
    assert len(found.agreement) == 3
    assert found.diagnostics["options"] == {"top": 1, "difference": 0.1}


def test_the_recommended_order_fits_the_model() -> None:
    found = paths().select_order(max_order=2, folds=3, seed=1)
    assert found.orders["order"] == [1, 2]
    # Two touches back is the start of the path, which tells that its end is near.
    assert found.recommended == 2
    assert found.diagnostics["reason"]["code"] == "foretells_best"


def test_simulated_journeys_are_the_same_as_paths_and_as_touches() -> None:
    simulation = cosell.simulate_journeys(journeys=500, seed=3)
    assert simulation.diagnostics["journeys"] == len(simulation.outcomes) == 500
    by_path = cosell.Journeys.from_paths(simulation.paths, value="total_conversion_value", nulls="total_null")
    by_touch = cosell.Journeys.from_touchpoints(
        simulation.touches, simulation.outcomes, value="value", conversions="converted", outcome_at="closed_at"
    )
    assert by_path.attribute("linear").totals["value"] == pytest.approx(by_touch.attribute("linear").totals["value"])
    assert simulation.paths.to_csv() == cosell.simulate_journeys(journeys=500, seed=3).paths.to_csv()


def test_progress_is_called_and_cancels() -> None:
    def stop(progress: cosell.Progress) -> None:
        raise KeyError("stop")

    with pytest.raises(KeyError, match="stop"):
        cosell.simulate_journeys(progress=stop)
    with pytest.raises(KeyError, match="stop"):
        paths().select_order(progress=stop)


def test_models_must_be_a_list() -> None:
    with pytest.raises(cosell.ConfigError) as caught:
        paths().compare("linear")  # type: ignore[arg-type]
    assert (caught.value.code, caught.value.field) == ("invalid_option", "models")
