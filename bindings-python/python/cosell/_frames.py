"""Tables as the frames of other libraries, each imported only when it is asked for."""

from __future__ import annotations

import importlib
import importlib.util
from typing import Any

from ._cosell import Table


def to_pandas(table: Table) -> Any:
    """Make a pandas DataFrame: through pyarrow where it is installed, else column by column."""
    pandas = importlib.import_module("pandas")
    if importlib.util.find_spec("pyarrow") is not None:
        return to_pyarrow(table).to_pandas()
    return pandas.DataFrame({name: table[name] for name in table.column_names})


def to_polars(table: Table) -> Any:
    """Make a polars DataFrame."""
    return importlib.import_module("polars").DataFrame(table)


def to_pyarrow(table: Table) -> Any:
    """Make a pyarrow Table."""
    return importlib.import_module("pyarrow").table(table)
