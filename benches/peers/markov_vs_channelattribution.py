"""1M path strings: first + last + linear + Markov, cosell against ChannelAttribution, same process and input.

usage: markov_vs_channelattribution.py FILE.parquet [--reps 3] [--replicates 200]

ChannelAttribution runs its heuristics and its Markov model (simulated, at its defaults); cosell reads the strings, runs the
three rules and the exact Markov model. Prints CPU seconds (medians) and the ratio for orders 1 and 2, how far the peer's
simulated shares are from the exact ones, and what resampling costs: replicates of order 1, all of it, over reading and
fitting once, by the clock and in CPU seconds.
"""

import argparse
import contextlib
import io
import json
import resource
import statistics
import time
import warnings
from collections.abc import Callable
from functools import partial

import cosell
import pandas as pd

warnings.filterwarnings("ignore")


def cpu() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def timed(call: Callable[[], object]) -> tuple[float, float, object]:
    wall, before = time.perf_counter(), cpu()
    result = call()
    return time.perf_counter() - wall, cpu() - before, result


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("file")
    parser.add_argument("--reps", type=int, default=3)
    parser.add_argument("--replicates", type=int, default=200)
    args = parser.parse_args()
    import matplotlib

    matplotlib.use("Agg")
    with contextlib.redirect_stdout(io.StringIO()):
        import ChannelAttribution
    frame = pd.read_parquet(args.file)

    def read() -> cosell.Journeys:
        return cosell.Journeys.from_paths(
            frame, path="path", conversions="total_conversions", value="total_conversion_value", nulls="total_null"
        )

    def ours(order: int) -> pd.DataFrame:
        journeys = read()
        for name in ("first_touch", "last_touch", "linear"):
            journeys.attribute(name)
        return journeys.attribute("markov", order=order).totals.to_pandas().set_index("channel")

    def theirs(order: int) -> pd.DataFrame:
        with contextlib.redirect_stdout(io.StringIO()):
            options = {"var_value": "total_conversion_value", "flg_pro": False}
            ChannelAttribution.heuristic_models(frame, "path", "total_conversions", **options)
            return ChannelAttribution.markov_model(
                frame, "path", "total_conversions", var_null="total_null", order=order, verbose=False, **options
            )

    found: dict[str, object] = {"journeys": len(frame)}
    for order in (1, 2):
        spent: dict[str, list[float]] = {"cosell": [], "ChannelAttribution": []}
        for _ in range(args.reps):
            _, seconds, mine = timed(partial(ours, order))
            spent["cosell"].append(seconds)
            _, seconds, peer = timed(partial(theirs, order))
            spent["ChannelAttribution"].append(seconds)
        other = peer.set_index("channel_name")["total_conversions"]
        exact = mine["conversions"] / mine["conversions"].sum()
        off = ((other / other.sum() - exact) / exact).abs()
        medians = {name: statistics.median(times) for name, times in spent.items()}
        found[f"order_{order}"] = {
            "cpu_s": {name: round(value, 4) for name, value in medians.items()},
            "times_faster": round(medians["ChannelAttribution"] / medians["cosell"], 1),
            "peer_off_relative": {"median": round(float(off.median()), 4), "largest": round(float(off.max()), 4)},
        }
    once = [timed(lambda: read().attribute("markov"))[:2] for _ in range(args.reps)]
    credit = read().attribute("markov")
    many = [timed(lambda: credit.intervals(replicates=args.replicates))[:2] for _ in range(args.reps)]
    once_wall, once_cpu = (statistics.median(t[i] for t in once) for i in (0, 1))
    many_wall, many_cpu = (statistics.median(t[i] for t in many) for i in (0, 1))
    found["resampling"] = {
        "replicates": args.replicates,
        "once_s": {"wall": round(once_wall, 4), "cpu": round(once_cpu, 4)},
        "all_replicates_s": {"wall": round(many_wall, 4), "cpu": round(many_cpu, 4)},
        "times": {"wall": round(many_wall / once_wall, 1), "cpu": round(many_cpu / once_cpu, 1)},
    }
    print(json.dumps(found))


if __name__ == "__main__":
    main()
