"""Errors name what is wrong, with a code and a field, and no input crashes the process."""

from __future__ import annotations

import inspect
import pickle
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest

import cosell
from conftest import AS_OF, DEALS, TOUCHES


def fails(**arguments: Any) -> cosell.CosellError:
    with pytest.raises(cosell.CosellError) as caught:
        cosell.Ecosystem(**arguments)
    return caught.value


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ("deals.csv", "read the file first"),
        (pl.LazyFrame(DEALS), "collect it first"),
        (5, "of type int"),
        ({"amount": 5}, '"amount"'),
        ({"amount": np.zeros((2, 2))}, "one-dimensional"),
        ([{1: 2}], "not text"),
        (b"PAR1....", "Parquet"),
        (object(), "of type object"),
        (pl.Series("amount", [1]), ".to_frame()"),
        (pd.Series([1], name="amount"), ".to_frame()"),
    ],
)
def test_what_is_no_table_is_refused_with_advice(table: Any, words: str) -> None:
    error = fails(opportunities=table)
    assert isinstance(error, cosell.DataError)
    assert error.code == "unsupported_input"
    assert error.field.startswith("opportunities")
    assert words in str(error)


@pytest.mark.parametrize(
    ("arguments", "code", "field"),
    [
        ({"opportunities": [{"opportunity_id": 1}]}, "missing_column", "opportunities.account_id"),
        ({"opportunities": {"a": [1, 2], "b": [1]}}, "length_mismatch", "opportunities.b"),
        ({"opportunities": [DEALS[0], 1]}, "wrong_type", "opportunities.row 1"),
        ({"opportunities": b"\xff\xfe"}, "malformed_csv", "opportunities"),
        ({"opportunities": b"ARROW1 but not really"}, "malformed_arrow", "opportunities"),
        ({"opportunities": pl.DataFrame({"x": [b"1"]})}, "wrong_type", "opportunities.x"),
        ({"opportunities": [{**DEALS[0], "opportunity_id": 2**200}]}, "wrong_type", "opportunities.opportunity_id"),
        (
            {"opportunities": [{**DEALS[0], "opportunity_id": 2**100}]},
            "number_out_of_range",
            "opportunities.opportunity_id",
        ),
        ({"opportunities": [{**DEALS[0], "amount": 10**30}]}, "amount_out_of_range", "opportunities.amount"),
        ({"opportunities": [{**DEALS[0], "amount": float("nan")}]}, "not_finite", "opportunities.amount"),
        ({"opportunities": [{**DEALS[0], "status": {"a": 1}}]}, "wrong_type", "opportunities.status"),
        ({"opportunities": [{**DEALS[0], "status": "wun"}]}, "unknown_value", "opportunities.status"),
        ({"opportunities": DEALS, "currency": "EURO"}, "unknown_currency", "currency"),
    ],
)
def test_faults_of_the_data_have_a_code_and_a_field(arguments: dict[str, Any], code: str, field: str) -> None:
    error = fails(**arguments)
    assert isinstance(error, cosell.DataError)
    assert isinstance(error, ValueError)
    assert (error.code, error.field) == (code, field)


@pytest.mark.parametrize(
    ("options", "code", "field"),
    [
        ({"on_invalid": "rejct"}, "invalid_option", "on_invalid"),
        ({"rollup": ["x"]}, "invalid_option", "rollup[0]"),
        ({"timezone": "Mars/Olympus"}, "unknown_timezone", "timezone"),
        ({"max_rate_age_days": 2**100}, "invalid_option", "max_rate_age_days"),
        ({"max_rate_age_days": -1}, "option_out_of_range", "max_rate_age_days"),
        ({"max_rate_age_days": float("inf")}, "invalid_option", "max_rate_age_days"),
        ({"currency": object()}, "invalid_option", "currency"),
        ({"columns": {"deals": {}}}, "unknown_table", "columns.deals"),
    ],
)
def test_faults_of_options_have_a_path(options: dict[str, Any], code: str, field: str) -> None:
    error = fails(opportunities=DEALS, **options)
    assert isinstance(error, cosell.ConfigError)
    assert (error.code, error.field) == (code, field)


def test_a_slip_gets_a_suggestion() -> None:
    error = fails(opportunities=DEALS, on_invalid="rejct")
    assert 'did you mean "reject"' in str(error)
    assert error.details["available"] == ["error", "reject"]


@pytest.mark.parametrize(
    ("call", "name", "value", "suggestion"),
    [
        (lambda eco: cosell.Ecosystem, "oportunities", [], "opportunities"),
        (lambda eco: cosell.Ecosystem, "curency", "USD", "currency"),
        (lambda eco: eco.journeys, "lookback", 90, "lookback_days"),
        (lambda eco: eco.journeys, "progres", print, "progress"),
        (lambda eco: partial(eco.involvement, AS_OF), "month", 3, "months"),
        (lambda eco: partial(eco.pipeline, AS_OF), "kind", ["demo"], "kinds"),
        (lambda eco: partial(eco.ropi, eco.journeys().attribute("linear"), AS_OF), "margins", 1, "margin"),
        (lambda eco: partial(eco.journeys().attribute, "linear"), "progres", print, "progress"),
        (lambda eco: eco.opportunities.to_dicts, "decimal", True, "decimals"),
        (lambda eco: partial(cosell.Journeys.from_paths, []), "seperator", ",", "separator"),
        (lambda eco: partial(cosell.Journeys.from_touchpoints, [], []), "chanel", "x", "channel"),
        (lambda eco: partial(cosell.attribute_journey, ["a"], "linear"), "val", 1, "value"),
        (lambda eco: partial(cosell.attribute_journey, ["a"], {"linear": {}}), "val", 1, "value"),
        (lambda eco: partial(cosell.attribute_journey, ["a"], "linear"), "decimal", True, "decimals"),
        (lambda eco: partial(cosell.review, eco, AS_OF), "konfig", {}, "config"),
        (lambda eco: partial(cosell.report, cosell.review(eco, AS_OF)), "reviews", "x", "review"),
        (lambda eco: eco.journeys().attribute("linear").intervals, "replicate", 9, "replicates"),
        (lambda eco: partial(eco.journeys().attribute("linear").calibrate, []), "scales", "share", "scale"),
        (lambda eco: partial(eco.journeys().attribute("linear").table, "x"), "names", "x", "name"),
        (lambda eco: partial(cosell.AttributionState, "linear"), "keep_path", True, "keep_paths"),
        (lambda eco: cosell.AttributionState("linear").finish, "progres", print, "progress"),
        (lambda eco: partial(eco.journeys().compare, ["linear"]), "diference", 0.1, "difference"),
        (lambda eco: eco.journeys().select_order, "fold", 3, "folds"),
        (lambda eco: cosell.simulate_journeys, "base_rates", 0.1, "base_rate"),
        (lambda eco: partial(cosell.set_threads, 2), "thread", 2, "threads"),
        (lambda eco: partial(eco.table, "opportunities"), "names", "x", "name"),
    ],
)
def test_an_unknown_keyword_is_both_errors_with_a_suggestion(
    eco: cosell.Ecosystem, call: Callable[[Any], Any], name: str, value: Any, suggestion: str
) -> None:
    with pytest.raises(cosell.ConfigError) as caught:
        call(eco)(**{name: value})
    error = caught.value
    assert isinstance(error, TypeError)
    assert (error.code, error.field, error.details["suggestion"]) == ("unknown_option", name, suggestion)
    assert f'did you mean "{suggestion}"?' in str(error)
    back = pickle.loads(pickle.dumps(error))
    assert (type(back), back.details) == (type(error), error.details)


def test_a_missing_option_is_a_type_error_too(eco: cosell.Ecosystem) -> None:
    with pytest.raises(TypeError) as caught:
        eco.involvement()  # type: ignore[call-arg]
    assert isinstance(caught.value, cosell.ConfigError)
    assert (caught.value.code, caught.value.field) == ("missing_option", "as_of")


@pytest.mark.parametrize(
    ("call", "field"),
    [
        (lambda eco: cosell.set_threads("2"), "threads"),  # type: ignore[arg-type]
        (lambda eco: cosell.report(None), "review"),  # type: ignore[arg-type]
        (lambda eco: cosell.AttributionState.from_bytes("x", "linear"), "data"),  # type: ignore[call-overload]
        (lambda eco: cosell.AttributionState("linear").merge(None), "other"),  # type: ignore[arg-type]
        (lambda eco: cosell.AttributionState("linear").update([]), "journeys"),  # type: ignore[arg-type]
        (lambda eco: eco.ropi(None, AS_OF), "credit"),
        (lambda eco: eco.credit_by("linear"), "credit"),
        (lambda eco: eco.table(3), "name"),
        (lambda eco: eco.journeys().attribute("linear").table(None), "name"),
        (lambda eco: eco.opportunities.to_dicts("yes"), "decimals"),
        (lambda eco: cosell.attribute_journey(["a"], "linear", decimals=1), "decimals"),  # type: ignore[call-overload]
    ],
)
def test_an_argument_of_the_wrong_type_is_both_errors(
    eco: cosell.Ecosystem, call: Callable[[Any], Any], field: str
) -> None:
    with pytest.raises(cosell.ConfigError) as caught:
        call(eco)
    error = caught.value
    assert isinstance(error, TypeError)
    assert (error.code, error.field) == ("invalid_option", field)
    assert f"{field} is of type {error.details['got']}; expected {error.details['expected']}" in str(error)


def test_an_option_that_is_none_gets_its_default_at_any_depth(eco: cosell.Ecosystem) -> None:
    config: Any = {"confidence": {"intervals": {"seed": None, "replicates": 20}}, "journeys": {"channel": None}}
    assert cosell.review(eco, AS_OF, config).config["confidence"]["intervals"]["seed"] == 0


def test_a_signature_shows_what_a_call_takes() -> None:
    shown = str(inspect.signature(cosell.Ecosystem.involvement))
    assert shown.startswith("(self, /, as_of, *, sourced_rule=None,")
    assert "unknown" not in shown


@pytest.mark.parametrize(
    ("column", "values", "code"),
    [
        ("amount", [10.5, "n/a"], "wrong_type"),
        ("amount", [10, "1,234.50"], "wrong_type"),
        ("opportunity_id", [1, "two"], "id_kind_mismatch"),
        ("created_at", ["2026-01-10", 7], "wrong_type"),
    ],
)
def test_a_pandas_column_of_mixed_types_names_the_row(column: str, values: list[Any], code: str) -> None:
    frame = pd.DataFrame(DEALS[:2])
    frame[column] = pd.Series(values, dtype=object)
    error = fails(opportunities=frame)
    assert isinstance(error, cosell.DataError)
    assert (error.code, error.field, error.details["row"]) == (code, f"opportunities.{column}", 1)


def test_mixed_columns_that_mean_something_are_read() -> None:
    frame = pd.DataFrame(DEALS[:2])
    frame["amount"] = pd.Series([10, "20.50"], dtype=object)
    frame["note"] = pd.Series(["x", None], dtype=object)
    frame["extra"] = pd.Series([1, "x"], dtype=object)
    eco = cosell.Ecosystem(opportunities=frame, currency="USD")
    assert eco.opportunities["amount"] == [10.0, 20.5]
    assert eco.opportunities["extra"] == ["1", "x"]


def test_messages_say_what_can_be_done() -> None:
    one = fails(opportunities=[{**DEALS[0], "status": "wun"}])
    for words in ("did you mean", 'values={"opportunities": {"status"', 'on_invalid="reject"', "rows count from 0"):
        assert words in str(one)
    touch = {**TOUCHES[0], "opportunity_id": "O-99"}
    assert "table aliases" in str(fails(opportunities=DEALS, touchpoints=[touch]))
    separated = fails(opportunities=[{**DEALS[0], "amount": "1,234.50"}])
    assert "without thousands separators" in str(separated)
    slip = fails(opportunities=DEALS, columns={"opportunities": {"amount": "amuont"}})
    assert (slip.code, slip.details["suggestion"]) == ("unknown_column", "amount")


def test_findings_print_to_their_end() -> None:
    eco = cosell.Ecosystem(partners=[{"partner_id": 1, "regoin": "x"}])
    assert 'did you mean "region"?' in repr(eco.findings)


def test_errors_pickle_with_their_fields() -> None:
    error = fails(opportunities=DEALS, on_invalid="rejct")
    back = pickle.loads(pickle.dumps(error))
    assert type(back) is cosell.ConfigError
    assert (str(back), back.code, back.field, back.details) == (str(error), error.code, error.field, error.details)


def test_a_deep_or_circular_option_is_refused() -> None:
    deep: dict[str, Any] = {}
    for _ in range(100_000):
        deep = {"a": deep}
    circle: list[Any] = []
    circle.append(circle)
    wide: list[Any] = []
    for _ in range(40):
        wide = [wide, wide]
    for value, code in ((deep, "too_deep"), (circle, "too_deep"), (wide, "too_large")):
        assert fails(opportunities=DEALS, columns=value).code == code
    with pytest.raises(cosell.ConfigError) as caught:
        cosell.attribute_journey(["a"], deep)  # type: ignore[call-overload]
    assert caught.value.code == "too_deep"
    while deep:  # taken apart by hand: the interpreter would recurse
        deep = deep["a"]


def test_a_deep_value_of_a_row_is_a_wrong_type() -> None:
    deep: list[Any] = []
    for _ in range(100_000):
        deep = [deep]
    assert fails(opportunities=[{**DEALS[0], "status": deep}]).code == "wrong_type"
    while deep:
        deep = deep[0]


def test_a_panic_is_an_internal_error() -> None:
    from cosell import _cosell

    with pytest.raises(cosell.InternalError) as caught:
        _cosell._panic()
    assert caught.value.code == "internal"
    assert "please report it" in str(caught.value)


def test_threads_are_checked() -> None:
    for wrong in (-1, 100_000):
        with pytest.raises(cosell.ConfigError, match=f"threads is {wrong}; expected a whole number from 0"):
            cosell.set_threads(wrong)
    before = cosell.threads()
    cosell.set_threads(2)
    assert cosell.threads() == 2
    cosell.set_threads(0)
    assert cosell.threads() == before


def test_an_unknown_table_or_column_is_said() -> None:
    eco = cosell.Ecosystem(opportunities=DEALS)
    with pytest.raises(cosell.ConfigError, match="did you mean"):
        eco.table("partner")
    with pytest.raises(cosell.DataError) as caught:
        _ = eco.partners
    assert caught.value.code == "missing_table"
    with pytest.raises(KeyError, match="opportunity_id"):
        eco.opportunities["id"]


def test_rejected_rows_are_shown() -> None:
    eco = cosell.Ecosystem(
        opportunities=[*DEALS, {**DEALS[0], "opportunity_id": None}], touchpoints=TOUCHES, on_invalid="reject"
    )
    assert eco.rejected["code"] == ["null_value"]
    assert eco.rejected["row"] == [2]
