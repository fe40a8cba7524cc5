"""The command line: `python -m cosell review FOLDER -o review.html`.

It reads files and the clock, which the library itself never does; everything else is the library's business.
"""

from __future__ import annotations

import argparse
import importlib
import importlib.util
import json
import sys
from datetime import date
from pathlib import Path
from typing import Any

import cosell

TABLES = (
    "opportunities",
    "touchpoints",
    "partners",
    "accounts",
    "account_partners",
    "opportunity_partners",
    "registrations",
    "investments",
    "enrollments",
    "people",
    "credentials",
    "activities",
    "measurements",
    "lines",
    "aliases",
    "exchange_rates",
)
# The config that a folder may hold beside its tables.
CONFIG = "review.json"


def main(arguments: list[str] | None = None) -> int:
    """Run the command line and return the exit code: 0, or 2 where something was wrong."""
    options = parser().parse_args(arguments)
    try:
        run_review(options)
    except (cosell.CosellError, OSError, json.JSONDecodeError, ImportError) as error:
        clear()
        print(f"error: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        clear()
        print("interrupted", file=sys.stderr)
        return 130
    return 0


def parser() -> argparse.ArgumentParser:
    """Describe the arguments."""
    top = argparse.ArgumentParser(prog="python -m cosell", description="The engine for partner ecosystem intelligence.")
    top.add_argument("--version", action="version", version=f"cosell {cosell.__version__}")
    commands = top.add_subparsers(dest="command", required=True)
    review = commands.add_parser(
        "review",
        help="the partner review of a folder of tables, or of one file of aggregated paths",
        description=f"SOURCE is a folder with CSV or Parquet files named as the tables ({', '.join(TABLES)}), "
        "or one CSV or Parquet file of aggregated paths.",
    )
    review.add_argument("source", type=Path, metavar="SOURCE")
    review.add_argument("-o", "--output", type=Path, metavar="PAGE.html", help="write the report as one HTML page")
    review.add_argument("--as-of", metavar="DATE", help="the day that the review looks from; by default today")
    review.add_argument("--currency", help="the currency of the results")
    review.add_argument("--timezone", help="the zone of dates and of timestamps without an offset")
    review.add_argument("--on-invalid", choices=["error", "reject"], help="what happens to rows that cannot be used")
    review.add_argument(
        "--program", type=Path, metavar="FILE", help="the document of the partner programme: JSON, YAML or TOML"
    )
    review.add_argument(
        "--previous",
        type=Path,
        metavar="FILE",
        help="earlier decisions of the programme, as CSV or Parquet, where tiers begin",
    )
    review.add_argument(
        "--config",
        type=Path,
        metavar="FILE.json",
        help='the config of the review, by default review.json in the folder; its key "ecosystem" holds options of the '
        'ecosystem, "paths" those of aggregated paths',
    )
    paths = review.add_argument_group("columns of a file of aggregated paths")
    paths.add_argument("--path", metavar="COLUMN", help="the path")
    paths.add_argument("--conversions", metavar="COLUMN", help="how often it converted")
    paths.add_argument("--value", metavar="COLUMN", help="the value of those conversions")
    paths.add_argument("--nulls", metavar="COLUMN", help="how often it did not convert")
    paths.add_argument("--separator", metavar="TEXT", help="what stands between two channels")
    review.add_argument("-q", "--quiet", action="store_true", help="do not print the report as text")
    return top


def run_review(options: argparse.Namespace) -> None:
    """Read the files, run the review and write the report."""
    if not options.source.exists():
        raise FileNotFoundError(
            f"{options.source} does not exist (looked for in {Path.cwd()}); expected a folder with {TABLES[0]}.csv and "
            "other tables, or one CSV or Parquet file of aggregated paths"
        )
    config: dict[str, Any] = {}
    file = options.config or next(filter(Path.is_file, [options.source / CONFIG]), None)
    if file is not None:
        try:
            config = json.loads(file.read_text(encoding="utf-8"))
        except json.JSONDecodeError as error:
            raise cosell.ConfigError(f"{file} is not JSON: {error}", "invalid_document", "config") from error
        if not isinstance(config, dict):
            raise cosell.ConfigError(f"{file} holds no JSON object", "invalid_document", "config")
    if options.program is not None:
        try:
            config["program"] = cosell.Program.from_file(options.program).document
        except cosell.CosellError as error:
            raise type(error)(f"{options.program}: {error}", error.code, error.field) from error
    ecosystem, paths = config.pop("ecosystem", {}), config.pop("paths", {})
    if options.source.is_dir():
        result = of_folder(options, config, ecosystem)
    else:
        columns = given(options, "path", "conversions", "value", "nulls", "separator", "currency")
        journeys = cosell.Journeys.from_paths(read(options.source), **{**paths, **columns}, progress=show)
        previous = earlier(options)
        result = cosell.review(journeys, config=config, previous=previous, progress=show)  # type: ignore[arg-type]
    clear()
    if not options.quiet:
        print(result)
    if options.output is not None:
        options.output.write_text(cosell.report(result), encoding="utf-8")
        print(f"wrote {options.output}", file=sys.stderr)


def of_folder(options: argparse.Namespace, config: dict[str, Any], ecosystem: dict[str, Any]) -> cosell.Review:
    """Run the review of a folder of tables."""
    tables = {name: read(path) for name in TABLES if (path := find(options.source, name)) is not None}
    if not tables:
        raise cosell.DataError(
            f"{options.source} holds none of {', '.join(f'{name}.csv' for name in TABLES)} (or .parquet)",
            "missing_table",
            "source",
        )
    print(f"tables: {', '.join(tables)}", file=sys.stderr)
    as_of = options.as_of or config.get("as_of")
    if as_of is None:
        as_of = date.today().isoformat()
        print(f"as of {as_of}, today; choose another day with --as-of", file=sys.stderr)
    settings = {**ecosystem, **given(options, "currency", "timezone", "on_invalid")}
    eco = cosell.Ecosystem(**tables, **settings, progress=show)
    return cosell.review(eco, as_of, config, previous=earlier(options), progress=show)  # type: ignore[arg-type]


def earlier(options: argparse.Namespace) -> Any:
    """Return the earlier decisions, where there are any."""
    return None if options.previous is None else read(options.previous)


def given(options: argparse.Namespace, *names: str) -> dict[str, Any]:
    """Return the options that were given."""
    return {name: value for name in names if (value := getattr(options, name)) is not None}


def find(folder: Path, name: str) -> Path | None:
    """Return the file of a table, CSV before Parquet."""
    candidates = (folder / f"{name}{suffix}" for suffix in (".csv", ".parquet"))
    return next((path for path in candidates if path.is_file()), None)


def read(path: Path) -> Any:
    """Return a CSV file as bytes and a Parquet file as a frame of whichever library is installed."""
    if path.suffix.lower() != ".parquet":
        return path.read_bytes()
    if importlib.util.find_spec("pyarrow") is not None:
        return importlib.import_module("pyarrow.parquet").read_table(path)
    if importlib.util.find_spec("polars") is not None:
        return importlib.import_module("polars").read_parquet(path)
    if importlib.util.find_spec("duckdb") is not None:
        return importlib.import_module("duckdb").read_parquet(str(path))
    raise ImportError(f"{path} is a Parquet file: install pyarrow, polars or duckdb to read it")


def show(progress: cosell.Progress) -> None:
    """Show how far the work is, on a terminal only."""
    if sys.stderr.isatty():
        print(f"\r\x1b[K{progress.stage}: {progress.done:,} of {progress.total:,}", end="", file=sys.stderr, flush=True)


def clear() -> None:
    """Clear the line of progress."""
    if sys.stderr.isatty():
        print("\r\x1b[K", end="", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
