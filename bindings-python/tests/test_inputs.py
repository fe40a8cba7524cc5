"""Every kind of table gives the same ecosystem."""

from __future__ import annotations

import csv
import io
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.ipc
import pytest

import cosell
from conftest import DEALS

COLUMNS: dict[str, list[Any]] = {name: [row[name] for row in DEALS] for name in DEALS[0]}


def as_csv(rows: list[dict[str, Any]]) -> bytes:
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def as_ipc(table: pa.Table, file: bool) -> bytes:
    sink = pa.BufferOutputStream()
    new = pyarrow.ipc.new_file if file else pyarrow.ipc.new_stream
    with new(sink, table.schema) as writer:
        writer.write_table(table)
    return bytes(sink.getvalue())


def relation() -> Any:
    frame = pd.DataFrame(DEALS)
    return duckdb.connect().from_df(frame)


FORMS: dict[str, Callable[[], Any]] = {
    "records": lambda: DEALS,
    "records in a tuple": lambda: tuple(DEALS),
    "lists": lambda: COLUMNS,
    "pandas": lambda: pd.DataFrame(DEALS),
    "pandas, categorical": lambda: pd.DataFrame(DEALS).astype({"status": "category", "currency": "category"}),
    "pandas, chunked by concat": lambda: pd.concat([pd.DataFrame(DEALS[:1]), pd.DataFrame(DEALS[1:])]),
    "polars": lambda: pl.DataFrame(DEALS),
    "polars, categorical": lambda: pl.DataFrame(DEALS).with_columns(pl.col("status").cast(pl.Categorical)),
    "pyarrow": lambda: pa.Table.from_pylist(DEALS),
    "pyarrow, chunks": lambda: pa.Table.from_batches(pa.Table.from_pylist(DEALS).to_batches(max_chunksize=1)),
    "pyarrow, batch": lambda: pa.RecordBatch.from_pylist(DEALS),
    "pyarrow, reader": lambda: pa.Table.from_pylist(DEALS).to_reader(),
    "duckdb": relation,
    "pandas series": lambda: {name: pd.Series(values) for name, values in COLUMNS.items()},
    "polars series": lambda: {name: pl.Series(values) for name, values in COLUMNS.items()},
    "pyarrow chunks": lambda: {name: pa.chunked_array([values[:1], values[1:]]) for name, values in COLUMNS.items()},
    "numpy": lambda: {name: np.array(values) for name, values in COLUMNS.items()},
    "csv": lambda: as_csv(DEALS),
    "csv, bytearray": lambda: bytearray(as_csv(DEALS)),
    "arrow stream": lambda: as_ipc(pa.Table.from_pylist(DEALS), file=False),
    "arrow file": lambda: as_ipc(pa.Table.from_pylist(DEALS), file=True),
    "cosell": lambda: cosell.Ecosystem(opportunities=DEALS).opportunities,
}


@pytest.mark.parametrize("form", FORMS)
def test_every_form_gives_the_same_table(form: str) -> None:
    expected = cosell.Ecosystem(opportunities=DEALS).opportunities.to_csv()
    assert cosell.Ecosystem(opportunities=FORMS[form]()).opportunities.to_csv() == expected


def test_a_filtered_pandas_frame_brings_no_index() -> None:
    frame = pd.DataFrame(DEALS)
    table = cosell.Ecosystem(opportunities=frame[frame["amount"] < 1000]).opportunities
    assert table["opportunity_id"] == ["O-2"]
    assert table.column_names == list(frame.columns)


def test_a_sliced_frame_gives_its_own_rows() -> None:
    frame = pl.DataFrame([{**DEALS[0], "opportunity_id": f"O-{i:02}"} for i in range(20)])
    for kind in (frame[5:8], frame.to_arrow()[5:8], frame[5:8].with_columns(pl.col("status").cast(pl.Categorical))):
        assert cosell.Ecosystem(opportunities=kind).opportunities["opportunity_id"] == ["O-05", "O-06", "O-07"]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (date(2026, 1, 10), datetime(2026, 1, 10, tzinfo=UTC)),
        (datetime(2026, 1, 10, 12, 30), datetime(2026, 1, 10, 12, 30, tzinfo=UTC)),
        (
            datetime(2026, 1, 10, 12, tzinfo=timezone(timedelta(hours=-5))),
            datetime(2026, 1, 10, 17, tzinfo=UTC),
        ),
        (pd.Timestamp("2026-01-10 12:30"), datetime(2026, 1, 10, 12, 30, tzinfo=UTC)),
        (np.datetime64("2026-01-10T12:30"), datetime(2026, 1, 10, 12, 30, tzinfo=UTC)),
        ("2026-01-10T12:30:00+01:00", datetime(2026, 1, 10, 11, 30, tzinfo=UTC)),
    ],
)
def test_times_of_every_type_are_read(value: Any, expected: datetime) -> None:
    eco = cosell.Ecosystem(opportunities=[{**DEALS[0], "created_at": value}])
    assert eco.opportunities["created_at"] == [expected]


@pytest.mark.parametrize("unit", ["D", "s", "ms", "us", "ns"])
def test_numpy_times_of_every_unit_are_read(unit: str) -> None:
    columns: dict[str, Any] = {**COLUMNS, "closed_at": np.array(["2026-03-01", "NaT"], dtype=f"datetime64[{unit}]")}
    columns["status"] = ["won", "open"]
    closed = cosell.Ecosystem(opportunities=columns).opportunities["closed_at"]
    assert closed[0].date() == date(2026, 3, 1)
    assert closed[1] is None


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (Decimal("1234.56"), "1234.56"),
        (1234.56, "1234.56"),
        ("1234.56", "1234.56"),
        (1234, "1234.00"),
        (np.int64(1234), "1234.00"),
        (np.float32(0.25), "0.25"),
        (None, None),
        (pd.NA, None),
    ],
)
def test_amounts_of_every_type_are_exact(value: Any, expected: str | None) -> None:
    eco = cosell.Ecosystem(opportunities=[{**DEALS[0], "amount": value}])
    amount = eco.opportunities.to_dicts(decimals=True)[0]["amount"]
    assert amount == (None if expected is None else Decimal(expected))


def test_ids_keep_their_kind() -> None:
    rows = [{**DEALS[0], "opportunity_id": 7}, {**DEALS[1], "opportunity_id": 2**63 + 1}]
    assert cosell.Ecosystem(opportunities=rows).opportunities["opportunity_id"] == [7, 2**63 + 1]


def test_missing_values_among_text_are_missing_not_nan() -> None:
    rows: Any = (
        pd.DataFrame(DEALS).astype(object).assign(closed_at=["2026-03-01", float("nan")], status=["won", "open"])
    )
    closed = cosell.Ecosystem(opportunities=rows.to_dict("records")).opportunities["closed_at"]
    assert closed[1] is None


def test_lists_name_several_types() -> None:
    partners: list[dict[str, Any]] = [
        {"partner_id": "P-1", "types": ["isv", "msp"]},
        {"partner_id": "P-2", "types": "reseller"},
    ]
    eco = cosell.Ecosystem(opportunities=DEALS, partners=partners)
    assert sorted(eco.partners["types"][0].split(";")) == ["isv", "msp"]
    assert (
        cosell.Ecosystem(opportunities=DEALS, partners=pl.DataFrame(partners[:1])).partners["types"]
        == eco.partners["types"][:1]
    )


def test_empty_tables_are_tables() -> None:
    frame = pl.DataFrame(DEALS).clear()
    empty: Any
    for empty in (frame, frame.to_pandas(), [], {name: [] for name in COLUMNS}):
        eco = cosell.Ecosystem(opportunities=DEALS, touchpoints=[], accounts=None)
        assert len(cosell.Ecosystem(opportunities=empty).opportunities) == 0
        assert eco.table_names == ["opportunities", "touchpoints"]


def test_columns_and_values_are_renamed() -> None:
    rows = [
        {("Id" if k == "opportunity_id" else k): v for k, v in {**row, "status": "Closed"}.items()} for row in DEALS
    ]
    eco = cosell.Ecosystem(
        opportunities=rows,
        columns={"opportunities": {"Id": "opportunity_id"}},
        values={"opportunities": {"status": {"Closed": "won"}}},
    )
    assert eco.opportunities["status"] == ["won", "won"]


def test_pandas_frames_are_read_and_made_without_pyarrow() -> None:
    code = """
import sys
sys.modules["pyarrow"] = None
import cosell, pandas as pd
deal = dict(opportunity_id="O-1", account_id="A-1", status="won", created_at=pd.Timestamp("2026-01-10", tz="UTC"))
frame = pd.DataFrame([{**deal, "amount": 5.0}, {**deal, "opportunity_id": "O-2", "amount": None}])
table = cosell.Ecosystem(opportunities=frame[frame["status"] == "won"], currency="USD").opportunities
assert table["amount"] == [5.0, None], table
assert list(table.to_pandas()["opportunity_id"]) == ["O-1", "O-2"]
"""
    subprocess.run([sys.executable, "-c", code], check=True)
