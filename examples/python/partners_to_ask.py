"""Partners that share the accounts of deals without anything on the deals: questions, never credit.

.venv/bin/python examples/python/partners_to_ask.py [FOLDER]
"""

import sys
from pathlib import Path

import cosell


def main(folder: Path) -> None:
    tables = {file.stem: file.read_bytes() for file in sorted(folder.glob("*.csv"))}
    eco = cosell.Ecosystem(**tables, currency="USD", on_invalid="reject")
    found = eco.inferred_influence("2026-11-20", window_days=180)
    for row in found.partners.to_dicts()[:5]:
        lift = "" if row["lift"] is None else f", lift {row['lift']:.2f} ({row['low']:.2f} to {row['high']:.2f})"
        print(f"{row['rank']}. {row['name']}: {row['won']} won, {row['won_value']:,.2f}{lift}: {row['reason']}")
    first = found.deals.to_dicts()[0]
    print(f"Ask {first['name']} about {first['opportunity_id']}: {first['ask']} ({first['evidence']})")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parents[1] / "data")
