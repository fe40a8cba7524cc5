"""Chains, intervals, calibration, and attribution of journeys that come in parts."""

from __future__ import annotations

import copy
import pickle
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pandas as pd
import polars as pl
import pytest

import cosell
from cosell._options import Model

PATHS = [
    {"path": "acme > globex", "total_conversions": 30, "total_null": 40, "value": 3000},
    {"path": "globex", "total_conversions": 50, "total_null": 10, "value": 7500.5},
    {"path": "globex > initech > acme", "total_conversions": 20, "total_null": 60, "value": 900},
    {"path": "initech", "total_conversions": 4, "total_null": 90, "value": 100},
]


def journeys(rows: Any = PATHS) -> cosell.Journeys:
    return cosell.Journeys.from_paths(rows, value="value", nulls="total_null")


def parts(model: Any, keep_paths: bool | None = None, **options: Any) -> cosell.AttributionState:
    state = cosell.AttributionState(model, keep_paths=keep_paths, **options)
    for row in reversed(PATHS):
        part = cosell.AttributionState(model, keep_paths=keep_paths, **options)
        part.update(journeys([row]))
        state.merge(part)
    return state


def test_a_model_has_further_tables() -> None:
    credit = journeys().attribute("markov", order=2, sequences=[["acme", "globex"]])
    assert credit.table_names == ["transitions", "sequences"]
    assert credit.table("sequences")["sequence"] == ["acme > globex"]
    assert credit.ledger is None
    assert credit.diagnostics["markov"]["order"] == 2
    with pytest.raises(cosell.ConfigError) as caught:
        credit.table("transition")
    assert (caught.value.code, caught.value.details["available"]) == ("unknown_table", ["transitions", "sequences"])
    assert journeys().attribute("linear").table_names == []


def test_credit_per_journey_has_a_ledger() -> None:
    credit = journeys().attribute("markov", credit="journey")
    assert credit.ledger is not None
    assert set(credit.ledger["reason"]) == {"removal_effect", "only_touch"}


def test_intervals_hold_the_estimate_and_come_again() -> None:
    credit = journeys().attribute("markov")
    found = credit.intervals(replicates=200, method="bca", seed=7)
    for row in found.channels.to_dicts():
        assert row["share_low"] < row["share"] < row["share_high"]
    assert found.diagnostics["options"]["method"] == "bca"
    again = credit.intervals(replicates=200, method="bca", seed=7)
    assert found.channels.to_csv() == again.channels.to_csv()
    assert found.ranks["rank"] == [1, 2, 3]
    assert len(found.pairs) == 3
    assert pickle.loads(pickle.dumps(found)).ranks.to_csv() == found.ranks.to_csv()


def test_experiments_come_as_any_frame() -> None:
    credit = journeys().attribute("markov")
    rows = {"channel": ["acme"], "effect": [0.2], "standard_error": [0.02]}
    frames: list[Any] = [pd.DataFrame(rows), pl.DataFrame(rows), rows, pl.DataFrame(rows).to_dicts()]
    tables = [credit.calibrate(frame, replicates=100).channels.to_csv() for frame in frames]
    assert len(set(tables)) == 1
    found = credit.calibrate(rows, replicates=100, model_bias="none")
    first = found.channels.to_dicts()[0]
    assert first["standard_error"] < min(0.02, first["model_standard_error"])
    assert sum(found.channels["calibrated"]) == pytest.approx(1, abs=1e-12)
    assert found.diagnostics["experiments"] == 1


@pytest.mark.parametrize("keep_paths", [None, True])
@pytest.mark.parametrize("model", ["linear", "markov"])
def test_parts_give_the_whole(model: Any, keep_paths: bool | None) -> None:
    whole = cosell.AttributionState(model, keep_paths=keep_paths)
    whole.update(journeys())
    merged = parts(model, keep_paths)
    assert merged.to_bytes() == whole.to_bytes()
    credit = merged.finish()
    assert credit.totals.to_csv() == journeys().attribute(model).totals.to_csv()
    assert credit.ledger is None
    assert credit.model == journeys().attribute(model).model
    assert merged.keeps_paths is (model == "markov" or keep_paths is True)
    # More can be read after it was finished, and the credit is as it was.
    merged.update(journeys())
    assert sum(merged.finish().totals["conversions"]) == pytest.approx(208)
    assert sum(credit.totals["conversions"]) == pytest.approx(104)


@pytest.mark.parametrize("keep_paths", [None, True])
@pytest.mark.parametrize("model", ["linear", "markov"])
def test_states_and_their_credit_pickle_and_copy(model: Any, keep_paths: bool | None) -> None:
    state = parts(model, keep_paths)
    for other in (pickle.loads(pickle.dumps(state)), copy.copy(state), copy.deepcopy(state)):
        assert (other.to_bytes(), repr(other)) == (state.to_bytes(), repr(state))
        # A copy is a state of its own.
        before = state.to_bytes()
        other.update(journeys())
        assert state.to_bytes() == before != other.to_bytes()
    back = cosell.AttributionState.from_bytes(state.to_bytes(), model, keep_paths=keep_paths)
    assert back.to_bytes() == state.to_bytes()
    credit = state.finish()
    again = pickle.loads(pickle.dumps(credit))
    assert (again.totals.to_csv(), again.ledger) == (credit.totals.to_csv(), None)


def test_a_state_is_not_merged_with_itself_but_with_a_copy() -> None:
    state = parts("markov")
    before = state.to_bytes()
    with pytest.raises(cosell.ConfigError, match="everything would count twice") as caught:
        state.merge(state)
    assert (caught.value.code, caught.value.field) == ("invalid_option", "other")
    assert state.to_bytes() == before
    state.merge(copy.copy(state))
    assert sum(state.finish().totals["conversions"]) == pytest.approx(208)


def test_a_mismatch_names_the_option_and_both_values() -> None:
    state = cosell.AttributionState("markov", order=2)
    for call in (
        lambda: cosell.AttributionState("markov").merge(state),
        lambda: cosell.AttributionState.from_bytes(state.to_bytes(), "markov"),
    ):
        with pytest.raises(cosell.ConfigError) as caught:
            call()
        error = caught.value
        assert (error.code, error.field) == ("incompatible_state", "markov.order")
        assert (error.details["got"], error.details["expected"]) == (2, 1)


def test_options_of_models_are_typed_everywhere() -> None:
    # What mypy refuses is refused when it runs, too.
    with pytest.raises(cosell.ConfigError):
        cosell.AttributionState("markov", oder=2)  # type: ignore[call-overload]
    with pytest.raises(cosell.ConfigError):
        cosell.AttributionState.from_bytes(b"", "linear", order=2)  # type: ignore[call-overload]
    with pytest.raises(cosell.ConfigError):
        cosell.attribute_journey(["a"], "time_decay", half_life=2)  # type: ignore[call-overload]
    with pytest.raises(cosell.ConfigError):
        cosell.attribute_journey(["a"], "position_based", first="much")  # type: ignore[call-overload]
    credit = cosell.attribute_journey(["a", "b"], "position_based", first=0.25, last=0.75)
    assert [touch["weight"] for touch in credit] == [0.25, 0.75]
    model: Model = {"markov": {"order": 2}}
    assert cosell.AttributionState(model, keep_paths=True).keeps_paths


def test_threads_may_share_a_state() -> None:
    state = cosell.AttributionState("markov")
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda row: state.update(journeys([row])), PATHS * 5))
    assert sum(state.finish().totals["conversions"]) == pytest.approx(520)


def test_kept_paths_have_intervals_and_sums_say_why_not() -> None:
    kept = parts("linear", keep_paths=True).finish().intervals(replicates=50)
    assert kept.channels.to_csv() == journeys().attribute("linear").intervals(replicates=50).channels.to_csv()
    sums = parts("linear").finish()
    for call in (sums.intervals, lambda: sums.calibrate([{"channel": "acme", "effect": 1, "standard_error": 1}])):
        with pytest.raises(cosell.DataError, match="keep_paths=true") as caught:
            call()
        assert (caught.value.code, caught.value.field) == ("not_enough_data", "keep_paths")
    # They are counted, and no model can look at them again.
    assert len(sums.journeys) == len(journeys())
    assert repr(sums.journeys).endswith("channels; only sums kept)")
    assert sums.diagnostics["journeys"]["held"] == "sums"
    with pytest.raises(cosell.DataError, match="keep_paths=true"):
        sums.journeys.attribute("last_touch")


def test_a_failed_call_leaves_the_state_as_it_was() -> None:
    state = parts("markov")
    before = state.to_bytes()
    with pytest.raises(cosell.ConfigError) as refused:
        state.update(cosell.Journeys.from_paths(PATHS))
    assert refused.value.code == "incompatible_state"
    with pytest.raises(cosell.ConfigError):
        state.merge(parts("markov", order=2))
    for data in (b"", before[:-1], before[:-1] + bytes([before[-1] ^ 1])):
        with pytest.raises(cosell.DataError) as caught:
            cosell.AttributionState.from_bytes(data, "markov")
        assert caught.value.code == "corrupt_state"
    assert state.to_bytes() == before


def test_long_work_is_cancelled_by_its_progress() -> None:
    def stop(_: cosell.Progress) -> None:
        raise ZeroDivisionError

    credit = journeys().attribute("markov")
    with pytest.raises(ZeroDivisionError):
        credit.intervals(replicates=100_000, progress=stop)
    with pytest.raises(ZeroDivisionError):
        credit.calibrate({"channel": ["acme"], "effect": [0.2], "standard_error": [0.1]}, progress=stop)
    with pytest.raises(ZeroDivisionError):
        parts("markov").finish(progress=stop)
    stages: list[str] = []
    credit.intervals(replicates=50, progress=lambda at: stages.append(at.stage))
    assert stages[-1] == "resampling"
