"""Data-driven credit from aggregated paths: a Markov chain, how far it can be trusted, an experiment, and parts.

make python && .venv/bin/python examples/python/data_driven.py
"""

import cosell

# How often each path of partners was taken: deals won, deals lost, and what the won ones brought.
paths = [
    {"path": "northwind > contoso", "won": 62, "lost": 80, "amount": 744_000},
    {"path": "contoso", "won": 40, "lost": 25, "amount": 410_500},
    {"path": "fabrikam > contoso > northwind", "won": 18, "lost": 95, "amount": 305_000},
    {"path": "fabrikam > northwind", "won": 9, "lost": 70, "amount": 88_200},
    {"path": "tailwind", "won": 3, "lost": 14, "amount": 21_000},
]  # fmt: skip


def read(rows):
    return cosell.Journeys.from_paths(rows, conversions="won", nulls="lost", value="amount", currency="USD")


credit = read(paths).attribute("markov")
print(f"what would be lost without each partner\n{credit.totals}\n")
print(f"the chain\n{credit.table('transitions')}\n")

intervals = credit.intervals(replicates=500, level=0.95, method="bca", seed=0)
for row in intervals.channels.to_dicts():
    sure = f"{row['share_low']:.3f} to {row['share_high']:.3f}" if row["enough"] else row["note"]
    print(f"{row['channel']:<10} {row['share']:.3f}  {sure}")
print(f"\nhow firm are the ranks\n{intervals.ranks}\n")

# An experiment has shown what northwind brings: a share of 0.25, give or take 0.03.
experiments = [{"channel": "northwind", "effect": 0.25, "standard_error": 0.03}]
for row in credit.calibrate(experiments, scale="share").channels.to_dicts():
    numbers = f"{row['model']:.3f} -> {row['calibrated']:.3f} +- {row['standard_error']:.3f}"
    print(f"{row['channel']:<10} {numbers}  {row['notes'] or ''}")

# The same from two parts that were read apart, one of them on another machine: its state travels as bytes.
here, there = cosell.AttributionState("markov"), cosell.AttributionState("markov")
here.update(read(paths[:2]))
there.update(read(paths[2:]))
here.merge(cosell.AttributionState.from_bytes(there.to_bytes(), "markov"))
print(f"\nin two parts, the same to the byte: {here.finish().totals.to_csv() == credit.totals.to_csv()}")
