"""The examples run: the cells of notebooks print what is committed with them, scripts what they promise."""

from __future__ import annotations

import json
import runpy
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).resolve().parents[2] / "examples" / "python"


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.ipynb")), ids=lambda path: path.stem)
def test_notebook(path: Path) -> None:
    run = runpy.run_path(str(EXAMPLES / "run_notebook.py"))["run"]
    notebook = json.loads(path.read_text(encoding="utf-8"))
    for cell, printed in run(notebook):
        committed = "".join(text for output in cell["outputs"] for text in output["text"])
        assert printed == committed, f"{cell['id']}: run examples/python/run_notebook.py {path.name}"


def test_parts_give_the_whole(capsys: pytest.CaptureFixture[str]) -> None:
    runpy.run_path(str(EXAMPLES / "streaming.py"))
    printed = capsys.readouterr().out
    for line in (
        "AttributionState(position_based, 4 journeys, paths kept)",
        "incompatible_state at position_based.first: got None, expected 0.5",
        "Journeys(5 journeys, 10 touches, 3 channels; distinct paths kept)",
        "the same as all at once: True",
        "intervals too: True",
    ):
        assert line in printed
