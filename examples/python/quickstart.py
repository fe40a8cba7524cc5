"""A small ecosystem, credited under two models, why, and one journey credited on the spot.

make python && .venv/bin/python examples/python/quickstart.py
"""

import cosell

opportunities = [
    {"opportunity_id": "O-1", "account_id": "A-1", "status": "won", "amount": 12_000, "currency": "USD",
     "created_at": "2026-02-01", "closed_at": "2026-05-10"},
    {"opportunity_id": "O-2", "account_id": "A-1", "status": "won", "amount": 8_500.50, "currency": "USD",
     "created_at": "2026-03-15", "closed_at": "2026-04-30"},
]  # fmt: skip

# A touch without a partner is the vendor's own.
touchpoints = [
    {"opportunity_id": "O-1", "partner_id": "northwind", "at": "2026-01-20", "kind": "referral"},
    {"opportunity_id": "O-1", "partner_id": None, "at": "2026-02-10", "kind": "demo"},
    {"opportunity_id": "O-1", "partner_id": "contoso", "at": "2026-04-02", "kind": "workshop"},
    {"opportunity_id": "O-2", "partner_id": "contoso", "at": "2026-03-16", "kind": "referral"},
]

eco = cosell.Ecosystem(opportunities=opportunities, touchpoints=touchpoints)
journeys = eco.journeys(lookback_days=90)
for model in ("linear", "position_based"):
    print(f"{model}\n{journeys.attribute(model).totals}\n")

print(f"why: one row per touch\n{journeys.attribute('linear').ledger}\n")

print("one journey at once")
for row in cosell.attribute_journey(["northwind", "contoso", "northwind"], "linear", value=100, currency="USD"):
    print(row)
