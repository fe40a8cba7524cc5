"""Attribution of journeys that come in parts: update, merge, bytes, finish. docs/streaming.md says what is exact.

make python && .venv/bin/python examples/python/streaming.py
"""

import cosell

# Two months of deals, and a third one that another machine has read. Each part holds whole journeys.
january = [
    {"path": "northwind > contoso", "won": 62, "lost": 80, "amount": 744_000.01},
    {"path": "contoso", "won": 40, "lost": 25, "amount": 410_500},
]
february = [
    {"path": "northwind > contoso", "won": 11, "lost": 9, "amount": 120_000},
    {"path": "fabrikam > contoso > northwind", "won": 18, "lost": 95, "amount": 305_000},
]
march = [{"path": "fabrikam > northwind", "won": 9, "lost": 70, "amount": 88_200}]


def read(rows):
    return cosell.Journeys.from_paths(rows, conversions="won", nulls="lost", value="amount", currency="USD")


state = cosell.AttributionState("position_based", keep_paths=True)
for month in (january, february):
    state.update(read(month))
print(state)

# On the other machine: a state of the same model and options, which travels as bytes.
there = cosell.AttributionState("position_based", keep_paths=True)
there.update(read(march))
data = there.to_bytes()

# A state says what does not fit, and stays as it was.
try:
    state.merge(cosell.AttributionState.from_bytes(data, "position_based", keep_paths=True, first=0.5))
except cosell.ConfigError as error:
    print(f"{error.code} at {error.field}: got {error.details['got']}, expected {error.details['expected']}")

state.merge(cosell.AttributionState.from_bytes(data, "position_based", keep_paths=True))
credit = state.finish()
print(f"\n{credit.totals}\n{credit.journeys}\n")

whole = read(january + february + march).attribute("position_based")
print(f"the same as all at once: {credit.totals.to_csv() == whole.totals.to_csv()}")
print(f"intervals too: {credit.intervals().channels.to_csv() == whole.intervals().channels.to_csv()}")
