"""The notebooks of the examples: their cells run, and print what is committed with them."""

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
