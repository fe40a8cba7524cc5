"""attribute_journey from Python: one journey of eight touches, one model, end to end; microseconds per call."""

import json
import time

import cosell

TOUCHES = [
    {"channel": f"P-{i % 5}", "at": f"2026-0{1 + i // 4}-1{i}T10:00:00Z", "kind": "demo", "role": "influencer"} for i in range(8)
]


def measure(touches: list[object], **options: object) -> float:
    best = float("inf")
    for _ in range(7):
        begin = time.perf_counter()
        for _ in range(5000):
            cosell.attribute_journey(touches, "linear", **options)
        best = min(best, (time.perf_counter() - begin) / 5000)
    return round(best * 1e6, 2)


if __name__ == "__main__":
    names = [touch["channel"] for touch in TOUCHES]
    print(json.dumps({
        "dicts_us": measure(TOUCHES, value=1000.0, currency="USD"),
        "names_us": measure(names, value=1000.0, currency="USD"),
    }))  # fmt: skip
