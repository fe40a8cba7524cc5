"""Tiers of 20,000 partners against zen-engine, rule-engine and json-logic, in one process: four tiers of eight thresholds.

    python benches/peers/tiers_vs_rules.py [PARTNERS] [PARTNERS_OF_PEERS]

From ready columns (numpy arrays, and Arrow); the peers are called once for each partner. They come from PyPI and are left out
where they are not installed: pip install zen-engine rule-engine panzi-json-logic
"""

import json
import sys
import time
from collections.abc import Callable

import cosell
import numpy
import pyarrow

TIERS = ["bronze", "silver", "gold", "platinum"]
METRICS = [f"m{i}" for i in range(8)]
ROWS = int(sys.argv[1]) if len(sys.argv) > 1 else 20_000
FEW = int(sys.argv[2]) if len(sys.argv) > 2 else 2_000
LIMITS = [[tier * 10 + metric for metric in range(8)] for tier in range(4)]

DRAWN = numpy.random.default_rng(7).integers(0, 90, (8, ROWS)).astype(float)
COLUMNS = dict(zip(METRICS, DRAWN, strict=True))
MET = numpy.array([(DRAWN >= numpy.array(limits)[:, None]).all(axis=0) for limits in LIMITS])
EXPECTED = numpy.where(MET.any(axis=0), 3 - MET[::-1].argmax(axis=0), -1)
FACTS = [dict(zip(METRICS, (float(x) for x in DRAWN[:, row]), strict=True)) for row in range(FEW)]


def best(work: Callable[[], object], rounds: int) -> float:
    least = float("inf")
    for _ in range(rounds):
        begin = time.perf_counter()
        work()
        least = min(least, time.perf_counter() - begin)
    return least * 1e6


def zen() -> Callable[[dict[str, float]], int]:
    from zen import ZenEngine

    ends = [("in", "inputNode"), ("out", "outputNode")]
    content = {
        "hitPolicy": "first",
        "inputs": [{"id": m, "name": m, "field": m} for m in METRICS],
        "outputs": [{"id": "tier", "name": "tier", "field": "tier"}],
        "rules": [
            {"_id": str(t), "tier": str(t)} | {m: f">= {limit}" for m, limit in zip(METRICS, LIMITS[t], strict=True)}
            for t in (3, 2, 1, 0)
        ],
    }
    at = {"position": {"x": 0, "y": 0}}
    document = {
        "contentType": "application/vnd.gorules.decision",
        "nodes": [{"id": name, "name": name, "type": kind} | at for name, kind in ends]
        + [{"id": "table", "name": "table", "type": "decisionTableNode", "content": content} | at],
        "edges": [
            {"id": "a", "type": "edge", "sourceId": "in", "targetId": "table"},
            {"id": "b", "type": "edge", "sourceId": "table", "targetId": "out"},
        ],
    }
    decision = ZenEngine().create_decision(json.dumps(document))
    return lambda facts: int((decision.evaluate(facts)["result"] or {}).get("tier", -1))


def rule_engine() -> Callable[[dict[str, float]], int]:
    from rule_engine import Rule

    texts = [" and ".join(f"{m} >= {limit}" for m, limit in zip(METRICS, limits, strict=True)) for limits in LIMITS]
    rules = [(tier, Rule(texts[tier])) for tier in (3, 2, 1, 0)]
    return lambda facts: next((tier for tier, rule in rules if rule.matches(facts)), -1)


def json_logic() -> Callable[[dict[str, float]], int]:
    from json_logic import jsonLogic

    def meets(tier: int) -> object:
        return {"and": [{">=": [{"var": m}, limit]} for m, limit in zip(METRICS, LIMITS[tier], strict=True)]}

    rule = {"if": [meets(3), 3, meets(2), 2, meets(1), 1, meets(0), 0, -1]}
    return lambda facts: jsonLogic(rule, facts)


def measure_peers() -> dict[str, float]:
    peers = {}
    for name, make in {"zen-engine": zen, "rule-engine": rule_engine, "json-logic": json_logic}.items():
        try:
            tier = make()
        except ImportError:
            continue
        found = [tier(facts) for facts in FACTS[:200]]
        assert found == EXPECTED[:200].tolist(), name
        peers[name] = best(lambda tier=tier: [tier(facts) for facts in FACTS], 2) / FEW
    return peers


def measure() -> dict[str, float]:
    program = cosell.Program(
        {
            "program": "bench",
            "version": "1",
            "tiers": [{"tier": tier, "rank": rank + 1} for rank, tier in enumerate(TIERS)],
            "metrics": {name: {"measure": "given", "unit": "number"} for name in METRICS},
            "qualification": {
                tier: {
                    "all": [
                        {"threshold": {"metric": m, "at_least": limit}} for m, limit in zip(METRICS, limits, strict=True)
                    ]
                }
                for tier, limits in zip(TIERS, LIMITS, strict=True)
            },
        }
    )
    arrow = pyarrow.table(COLUMNS)
    for frame in (COLUMNS, arrow):
        assert (numpy.asarray(program.qualify(frame).codes) == EXPECTED).all()
    ids = {"partner_id": numpy.arange(ROWS)} | COLUMNS
    tiers = {
        "tiers, numpy": best(lambda: program.qualify(COLUMNS).codes, 30),
        "tiers, Arrow": best(lambda: program.qualify(arrow).codes, 30),
        "tiers with ids, numpy": best(lambda: program.qualify(ids).codes, 30),
        "tiers and all gaps, numpy": best(lambda: len(program.qualify(COLUMNS).gaps("every")), 15),
        "decisions (review), numpy": best(lambda: program.review(ids, "2026-11-20").decisions, 5),
    }
    return {what: us / ROWS for what, us in tiers.items()}


peers = measure_peers()
print(json.dumps({"partners": ROWS, "us_per_partner": {name: round(us, 3) for name, us in peers.items()}}))
for what, us in measure().items():
    print(json.dumps({"what": what, "us": float(f"{us:.3g}"), "over": {name: round(peer / us) for name, peer in peers.items()}}))
