"""Tables leave in every form, and every object pickles, copies and shows itself."""

from __future__ import annotations

import copy
import pickle
from datetime import date
from decimal import Decimal
from typing import Any

import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import cosell
from conftest import AS_OF, DEALS


def test_a_table_leaves_in_every_form(credit: cosell.Credit) -> None:
    totals = credit.totals
    rows = len(totals)
    assert list(totals.to_pandas().columns) == totals.column_names
    assert totals.to_polars().columns == totals.column_names
    assert totals.to_pyarrow().column_names == totals.column_names
    for frame in (totals.to_pandas(), totals.to_polars(), totals.to_pyarrow(), totals.to_dicts(), totals["value"]):
        assert len(frame) == rows
    arrow: Any = getattr(pd.DataFrame, "from_arrow")(totals)  # noqa: B009 - newer than the stubs of pandas
    assert len(pl.DataFrame(totals)) == len(pa.table(totals)) == len(arrow) == rows
    counted = duckdb.sql("select count(*) from totals")
    assert counted is not None
    assert counted.fetchall() == [(rows,)]


def test_amounts_are_floats_or_exact_decimals(credit: cosell.Credit) -> None:
    floats, exact = credit.totals.to_dicts(), credit.totals.to_dicts(decimals=True)
    assert all(type(row["value"]) is float for row in floats)
    assert all(type(row["value"]) is Decimal for row in exact)
    assert credit.totals.to_polars(decimals=True).schema["value"] == pl.Decimal(38, 2)
    assert credit.totals.to_pyarrow(decimals=True).schema.field("value").type == pa.decimal128(38, 2)
    assert credit.totals.to_pandas(decimals=True)["value"][0] == exact[0]["value"]
    assert credit.totals.to_pyarrow().schema.field("value").type == pa.float64()


def test_times_leave_in_utc(eco: cosell.Ecosystem) -> None:
    deals = eco.opportunities
    assert deals.to_pyarrow().schema.field("created_at").type == pa.timestamp("us", "UTC")
    assert deals.to_pyarrow().schema.field("close_on").type == pa.date32()
    created = deals["created_at"][0]
    assert created == deals.to_pyarrow()["created_at"][0].as_py()
    assert next(day for day in deals["close_on"] if day is not None).__class__ is date


def test_a_requested_schema_is_honoured(credit: cosell.Credit) -> None:
    wanted = pa.schema(
        [(f.name, pa.large_string() if f.type == pa.string() else f.type) for f in pa.schema(credit.totals)]
    )
    capsule = credit.totals.__arrow_c_stream__(wanted.__arrow_c_schema__())
    assert capsule is not None
    assert pa.schema(credit.totals).names == credit.totals.column_names


def test_a_table_shows_itself(eco: cosell.Ecosystem) -> None:
    assert "P-001" in repr(eco.partners)
    partners = [{"partner_id": "<script>", "name": "a & b"}]
    page = cosell.Ecosystem(opportunities=DEALS, partners=partners).partners._repr_html_()
    assert "&lt;script&gt;" in page
    assert "<script>" not in page


def same(before: Any, after: Any) -> None:
    assert type(before) is type(after)
    assert repr(before) == repr(after)


def test_everything_pickles_and_copies(eco: cosell.Ecosystem, credit: cosell.Credit) -> None:
    review = cosell.review(eco, AS_OF)
    things = [
        eco,
        credit,
        credit.journeys,
        credit.totals,
        eco.opportunities,
        review,
        review.confidence,
        review.involvement,
        eco.pipeline(AS_OF),
        eco.inferred_influence(AS_OF),
    ]
    for thing in things:
        same(thing, pickle.loads(pickle.dumps(thing)))
        same(thing, copy.copy(thing))
        same(thing, copy.deepcopy(thing))


def test_pickled_objects_give_the_same_results(eco: cosell.Ecosystem, credit: cosell.Credit) -> None:
    back = pickle.loads(pickle.dumps(eco))
    for name in eco.table_names:
        assert back.table(name).to_csv() == eco.table(name).to_csv()
    assert (back.rejected.to_csv(), back.findings.to_csv()) == (eco.rejected.to_csv(), eco.findings.to_csv())
    assert back.options == eco.options
    review = cosell.review(eco, AS_OF)
    assert cosell.review(back, AS_OF).to_dict() == review.to_dict()
    assert cosell.report(pickle.loads(pickle.dumps(review))) == cosell.report(review)
    again, ledger = pickle.loads(pickle.dumps(credit)).ledger, credit.ledger
    assert ledger is not None
    assert again.to_csv() == ledger.to_csv()


def test_applied_credit_and_what_is_expected_survive_pickling(eco: cosell.Ecosystem) -> None:
    chances = {"Negotiation": 0.6, "*": 0.1}
    learned = eco.journeys(as_of=AS_OF).attribute("markov")
    applied = learned.apply(eco.journeys(outcome="open", as_of=AS_OF, stage_probability=chances))
    back = pickle.loads(pickle.dumps(applied))
    assert (back.totals.to_csv(), back.diagnostics) == (applied.totals.to_csv(), applied.diagnostics)
    with pytest.raises(cosell.ConfigError):
        applied.intervals()
    config: Any = {"parts": ["pipeline"], "expected": {"stage_probability": chances, "model": "markov"}}
    review = cosell.review(eco, AS_OF, config)
    assert pickle.loads(pickle.dumps(review)).expected.to_csv() == review.expected.to_csv()
    expected = {row["channel"]: row["expected_value"] for row in review.expected.to_dicts(decimals=True)}
    applied_to = {row["channel"]: row["value"] for row in applied.totals.to_dicts(decimals=True)}
    assert {channel: value for channel, value in expected.items() if channel in applied_to} == applied_to
    assert sum(expected.values()) == sum(applied_to.values())


PROGRAMME = ("enrollments", "people", "credentials", "activities", "measurements", "lines")


def test_the_tables_of_the_programme_are_attributes(eco: cosell.Ecosystem) -> None:
    for name in PROGRAMME:
        table = getattr(eco, name)
        assert len(table) > 0
        assert table.to_csv() == eco.table(name).to_csv()
    # A line has the currency of its opportunity, and an extra column stays.
    currency = {row["opportunity_id"]: row["currency"] for row in eco.opportunities.to_dicts()}
    lines = eco.lines.to_dicts()
    assert {row["currency"] for row in lines} == {"EUR", "USD"}
    assert all(row["currency"] == currency[row["opportunity_id"]] and row["quantity"] > 0 for row in lines)


def test_ids_of_several_kinds_pickle() -> None:
    eco = cosell.Ecosystem(
        partners=[{"partner_id": 7}],
        accounts=[{"account_id": "A"}],
        measurements=[
            {"subject": "partner", "id": "7", "metric": "csat", "value": 4.5, "at": "2026-01-31"},
            {"subject": "account", "id": "A", "metric": "health", "value": 80, "at": "2026-01-31"},
        ],
    )
    back = pickle.loads(pickle.dumps(eco))
    assert back.measurements["id"] == eco.measurements["id"] == ["7", "A"]
    assert back.measurements.to_csv() == eco.measurements.to_csv()


def test_altered_bytes_do_not_unpickle(credit: cosell.Credit) -> None:
    from cosell import _cosell

    for thing, rebuild in ((credit.totals, _cosell._table_from_bytes), (credit.journeys, _cosell._journeys_from_bytes)):
        data = thing.__reduce__()[1][0]
        assert isinstance(data, bytes)
        for cut in (0, 8, len(data) // 2, len(data) - 1):
            with pytest.raises(cosell.DataError):
                rebuild(data[:cut])


def test_an_ecosystem_shows_its_size(eco: cosell.Ecosystem) -> None:
    assert repr(eco).startswith("Ecosystem(exchange_rates: 38")
    assert eco.currency == "USD"
    assert eco.options["timezone"] == "UTC"
