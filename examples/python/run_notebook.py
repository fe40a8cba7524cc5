"""Runs a notebook without Jupyter: its code cells in one namespace, with what they print as their output.

make python && .venv/bin/python examples/python/run_notebook.py examples/python/which_models_recover_truth.ipynb

The outputs are written into the notebook. Results of cosell are the same bits on every machine, so the tests run the cells
and expect the very outputs that are committed.
"""

import contextlib
import io
import json
import sys
from collections.abc import Iterator
from pathlib import Path


def run(notebook: dict) -> Iterator[tuple[dict, str]]:
    """Each code cell with what it prints."""
    namespace: dict = {"__name__": "__main__"}
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            printed = io.StringIO()
            with contextlib.redirect_stdout(printed):
                exec(compile("".join(cell["source"]), cell["id"], "exec"), namespace)  # noqa: S102
            yield cell, printed.getvalue()


def main(path: str) -> None:
    """Runs the notebook of that path and writes its outputs."""
    file = Path(path)
    notebook = json.loads(file.read_text(encoding="utf-8"))
    for number, (cell, printed) in enumerate(run(notebook), start=1):
        text = printed.splitlines(keepends=True)
        cell["execution_count"] = number
        cell["outputs"] = [{"name": "stdout", "output_type": "stream", "text": text}] if text else []
    file.write_text(json.dumps(notebook, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1])
