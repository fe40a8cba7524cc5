"""Program.evaluate from Python: one partner of ten metrics, four tiers of eight thresholds, with the gaps to the next tier.

End to end; microseconds per call.
"""

import json
import time

import cosell

TIERS = ["member", "silver", "gold", "platinum"]
METRICS = [f"metric_{i}" for i in range(10)]
DOCUMENT = {
    "program": "bench",
    "version": "1",
    "tiers": [{"tier": tier, "rank": rank + 1} for rank, tier in enumerate(TIERS)],
    "metrics": {name: {"measure": "given", "unit": "count"} for name in METRICS},
    "qualification": {
        tier: {"all": [{"threshold": {"metric": METRICS[i], "at_least": 5 * rank + i}} for i in range(8)]}
        for rank, tier in enumerate(TIERS)
    },
}
# Of the second tier, and short of the third in four of its eight thresholds.
PARTNER = {name: 5 + i + (5 if i % 2 else 0) for i, name in enumerate(METRICS)}
LAST = {"program": "bench", "version": "1", "as_of": "2026-10-20", "effective": "silver", "standing": "silver"}


def measure(**options: object) -> float:
    program = cosell.Program(DOCUMENT)
    verdict = program.evaluate(PARTNER, "2026-11-20", **options)
    assert verdict["effective"] == "silver"
    assert len(verdict["next_tiers"][0]["gaps"]) == 4
    best = float("inf")
    for _ in range(7):
        begin = time.perf_counter()
        for _ in range(5000):
            program.evaluate(PARTNER, "2026-11-20", **options)
        best = min(best, (time.perf_counter() - begin) / 5000)
    return round(best * 1e6, 2)


if __name__ == "__main__":
    print(json.dumps({"alone_us": measure(), "with_previous_us": measure(previous=LAST, partner_id="P-1")}))
