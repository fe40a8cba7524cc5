"""A programme as a document: one partner decided on a request, all of them reviewed, the next review, one explained.

make python && .venv/bin/python examples/python/program.py
"""

import cosell

program = cosell.Program.from_text(
    """
program: services
version: "2026"
tiers: [{tier: member, rank: 1}, {tier: gold, rank: 2}]
metrics:
  deals: {measure: given, unit: count}
  people: {measure: given, unit: people}
qualification:
  gold:
    all:
      - threshold: {metric: deals, at_least: 5}
      - threshold: {metric: people, at_least: 2}
benefits:
  discount: {name: Discount on list prices, tiers: {member: 0.1, gold: 0.2}}
""",
    format="yaml",
)
costs = {"deals": {"cost": 900}, "people": {"cost": 400}}

# The request path: one partner at once, in microseconds.
verdict = program.evaluate({"deals": 3, "people": 2}, as_of="2026-11-20", costs=costs)
ahead = verdict["next_tiers"][0]
print(f"{verdict['effective']}; {ahead['tier']} takes {ahead['gaps'][0]['missing']:g} more {ahead['gaps'][0]['metric']}\n")

# All partners: a frame of ready metrics, or an Ecosystem whose facts they are measured from.
partners = [
    {"partner_id": "northwind", "deals": 7, "people": 3},
    {"partner_id": "contoso", "deals": 4, "people": 2},
]
review = program.review(partners, as_of="2026-11-20")
for row in review.decisions.to_dicts():
    print(row["partner_id"], row["effective"], row["recommendation"], row["because"])
# Where only tiers are asked for, of as many rows as there are.
print(program.qualify({"deals": [7, 4], "people": [3, 2]}).counts.to_dicts())
print(f"\n{review.gaps()}\n\n{review.actions(costs)}\n")

# Down to the facts (here handed in; of an Ecosystem, its rows), and what gold is entitled to.
print(f"{review.facts('contoso', 'deals')}\n\n{program.benefits('gold', as_of='2026-11-20')}\n")

# The next review builds on this one.
later = program.review(partners, as_of="2026-12-20", previous=review.decisions)
print(later.decisions["previous"], review.explain("contoso", costs)["next_tiers"][0]["cheapest"])
