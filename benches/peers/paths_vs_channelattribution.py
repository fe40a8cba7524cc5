"""1M path strings: first + last + linear, cosell against ChannelAttribution's heuristics, same process and input.

usage: paths_vs_channelattribution.py FILE.parquet [--reps 3]

Prints CPU seconds of both (medians), the ratio, and the largest relative difference of the results.
"""

import argparse
import contextlib
import io
import json
import resource
import statistics
import warnings

import cosell
import pandas as pd

warnings.filterwarnings("ignore")


def cpu() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("file")
    parser.add_argument("--reps", type=int, default=3)
    args = parser.parse_args()
    import matplotlib

    matplotlib.use("Agg")
    with contextlib.redirect_stdout(io.StringIO()):
        import ChannelAttribution
    frame = pd.read_parquet(args.file)

    def ours() -> dict[str, object]:
        journeys = cosell.Journeys.from_paths(
            frame, path="path", conversions="total_conversions", value="total_conversion_value", nulls="total_null"
        )
        return {name: journeys.attribute(name).totals for name in ("first_touch", "last_touch", "linear")}

    def theirs() -> pd.DataFrame:
        with contextlib.redirect_stdout(io.StringIO()):
            return ChannelAttribution.heuristic_models(
                frame, "path", "total_conversions", var_value="total_conversion_value", flg_pro=False
            )

    spent: dict[str, list[float]] = {"cosell": [], "ChannelAttribution": []}
    for _ in range(args.reps):
        for name, call in (("cosell", ours), ("ChannelAttribution", theirs)):
            before = cpu()
            result = call()
            spent[name].append(cpu() - before)
            if name == "cosell":
                mine = result
            else:
                peer = result
    worst = 0.0
    for name, column in (("first_touch", "first_touch"), ("last_touch", "last_touch"), ("linear", "linear_touch")):
        table = mine[name].to_pandas().set_index("channel")
        for suffix, own in (("_conversions", "conversions"), ("_value", "value")):
            other = peer.set_index("channel_name")[column + suffix]
            worst = max(worst, float(((table[own] - other) / other).abs().max()))
    medians = {name: statistics.median(times) for name, times in spent.items()}
    print(json.dumps({
        "journeys": len(frame),
        "cpu_s": {name: round(value, 4) for name, value in medians.items()},
        "times_faster": round(medians["ChannelAttribution"] / medians["cosell"], 1),
        "largest_relative_difference": worst,
    }))  # fmt: skip


if __name__ == "__main__":
    main()
