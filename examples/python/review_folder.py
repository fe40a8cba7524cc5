"""The partner review on any folder of CSV files named like the input tables, in a few lines.

.venv/bin/python examples/python/review_folder.py FOLDER [OUT.html]

`python -m cosell review FOLDER -o OUT.html` does the same from the shell, and reads Parquet too.
"""

import json
import sys
from pathlib import Path

import cosell


def main(folder: Path, page: Path | None) -> None:
    config = json.loads((folder / "review.json").read_text(encoding="utf-8"))
    options = config.pop("ecosystem", {})
    tables = {file.stem: file.read_bytes() for file in sorted(folder.glob("*.csv"))}
    eco = cosell.Ecosystem(**tables, **options)
    result = cosell.review(eco, config=config)
    print(result)
    if page is not None:
        page.write_text(cosell.report(result), encoding="utf-8")
        print(f"wrote {page}")


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    main(Path(sys.argv[1]), Path(sys.argv[2]) if len(sys.argv) > 2 else None)
