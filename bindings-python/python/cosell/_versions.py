"""What is installed: for bug reports."""

from __future__ import annotations

import importlib
import sys

from ._cosell import __version__, threads


def show_versions() -> None:
    """Print the versions of cosell, Python and the libraries that it works with.

    Example:
        >>> cosell.show_versions()
    """
    # Both take longer to import than cosell itself.
    metadata = importlib.import_module("importlib.metadata")
    platform = importlib.import_module("platform")
    print(f"cosell    {__version__}")
    print(f"threads   {threads()}")
    print(f"python    {sys.version.split()[0]}")
    print(f"platform  {platform.platform()}")
    for name in ("pandas", "polars", "pyarrow", "duckdb", "numpy"):
        try:
            version = metadata.version(name)
        except metadata.PackageNotFoundError:
            version = "not installed"
        print(f"{name:<9} {version}")
