"""`python -m cosell review`."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest

import cosell
from conftest import AS_OF, SAMPLE
from cosell.__main__ import TABLES, main


def test_a_folder_of_csv_becomes_text_and_a_page(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = tmp_path / "review.html"
    arguments = [
        "review",
        str(SAMPLE),
        "-o",
        str(page),
        "--as-of",
        AS_OF,
        "--currency",
        "USD",
        "--on-invalid",
        "reject",
    ]
    assert main(arguments) == 0
    assert "Partner review" in capsys.readouterr().out
    assert page.read_text(encoding="utf-8").lower().startswith("<!doctype html>")


def test_a_folder_of_parquet_gives_the_same(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], eco: cosell.Ecosystem
) -> None:
    for name in eco.table_names:
        eco.table(name).to_polars(decimals=True).write_parquet(tmp_path / f"{name}.parquet")
    config = tmp_path / "config.json"
    config.write_text(json.dumps({"models": ["last_touch"], "ecosystem": {"currency": "USD"}}))
    assert main(["review", str(tmp_path), "--as-of", AS_OF, "--config", str(config)]) == 0
    assert "Last touch" in capsys.readouterr().out


def test_a_folder_brings_its_own_config(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for path in SAMPLE.glob("*.csv"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    ecosystem = {"currency": "USD", "on_invalid": "reject"}
    config = {"as_of": AS_OF, "models": ["first_touch"], "ecosystem": ecosystem}
    (tmp_path / "review.json").write_text(json.dumps(config))
    assert main(["review", str(tmp_path)]) == 0
    assert "First touch" in capsys.readouterr().out


def test_a_file_of_paths_is_reviewed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    frame = pl.DataFrame({"path": ["a > b", "b"], "total_conversions": [3, 1], "worth": [30.0, 5.0]})
    frame.write_parquet(tmp_path / "paths.parquet")
    config = tmp_path / "config.json"
    config.write_text(json.dumps({"paths": {"value": "worth"}}))
    assert main(["review", str(tmp_path / "paths.parquet"), "--config", str(config)]) == 0
    assert "Linear" in capsys.readouterr().out


def test_earlier_decisions_are_where_tiers_begin(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for path in SAMPLE.glob("*.csv"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    tiers = [{"tier": "member", "rank": 1}, {"tier": "gold", "rank": 2}]
    program = {"program": "services", "version": "1", "tiers": tiers}
    (tmp_path / "program.json").write_text(json.dumps(program))
    (tmp_path / "program.yaml").write_text("program: services\nversion: 1\ntiers: none\n")
    partner = pl.read_csv(SAMPLE / "partners.csv")["partner_id"][0]
    earlier = tmp_path / "decisions.csv"
    earlier.write_text(f"partner_id,as_of,effective\n{partner},2026-01-31,gold\n")
    arguments = [
        "review",
        str(tmp_path),
        "--as-of",
        AS_OF,
        "--currency",
        "USD",
        "--on-invalid",
        "reject",
        "--previous",
        str(earlier),
    ]
    assert main(arguments) == 2
    assert "go with the partner programme" in capsys.readouterr().err
    assert main([*arguments, "--program", str(tmp_path / "program.json")]) == 0
    # Of all partners only the one that was decided about has been in a tier of this programme.
    assert re.search(r"Movements: \d+ up, 0 down, 1 as before", capsys.readouterr().out)
    assert main([*arguments, "--program", str(tmp_path / "program.yaml")]) == 2
    assert "program.yaml" in capsys.readouterr().err


def test_faults_are_said_and_give_code_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["review", str(tmp_path)]) == 2
    assert "holds none of opportunities.csv" in capsys.readouterr().err
    assert main(["review", str(tmp_path / "missing.csv")]) == 2
    assert "missing.csv does not exist" in capsys.readouterr().err
    assert main(["review", str(tmp_path / "MISSINGFOLDER")]) == 2
    assert "expected a folder with opportunities.csv" in capsys.readouterr().err
    (tmp_path / "opportunities.csv").write_text("a,b\n1,2\n")
    assert main(["review", str(tmp_path)]) == 2
    assert "error: opportunities needs a column" in capsys.readouterr().err


def test_the_module_runs(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "cosell", "--version"]
    done = subprocess.run(command, check=True, capture_output=True, text=True, cwd=tmp_path, env=os.environ)
    assert done.stdout.strip() == f"cosell {cosell.__version__}"


def test_the_tables_are_those_of_the_ecosystem(eco: cosell.Ecosystem) -> None:
    assert sorted(TABLES) == sorted(eco.table_names)


def test_versions_are_shown(capsys: pytest.CaptureFixture[str]) -> None:
    cosell.show_versions()
    assert re.search(r"^polars +\d", capsys.readouterr().out, re.MULTILINE)
