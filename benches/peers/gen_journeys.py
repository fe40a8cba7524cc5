"""Deterministic synthetic journeys as aggregated path strings (Parquet).

usage: gen_journeys.py N OUT.parquet [CHANNELS=20] [MEAN_LENGTH=4] [SEED=1]

The first touch is Zipf(1.1); the next one repeats its channel with probability 0.3, else follows a fixed affinity row;
lengths are geometric; a logistic model of the channels seen decides on conversion; values are lognormal.
"""

import sys

import numpy as np
import pandas as pd


def journeys(n: int, channels: int = 20, mean_length: float = 4.0, seed: int = 1) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    length = rng.geometric(1 / mean_length, n)
    offset = np.zeros(n + 1, np.int64)
    np.cumsum(length, out=offset[1:])
    zipf = 1 / np.arange(1, channels + 1) ** 1.1
    zipf /= zipf.sum()
    affinity = rng.gamma(0.5, 1, (channels, channels)) * zipf
    affinity /= affinity.sum(1, keepdims=True)
    cumulated = np.cumsum(0.3 * np.eye(channels) + 0.7 * affinity, 1)
    cumulated[:, -1] = 1
    channel = np.empty(offset[-1], np.uint8)
    current, index, k = rng.choice(channels, n, p=zipf).astype(np.int64), np.arange(n), 0
    while len(index):
        channel[offset[index] + k] = current
        more = length[index] > k + 1
        index, current, k = index[more], current[more], k + 1
        if len(index):
            current = (cumulated[current] < rng.random(len(index))[:, None]).sum(1)
    beta, journey = rng.normal(0.15, 0.35, channels), np.repeat(np.arange(n), length)
    lift = np.zeros(n)
    for c in range(channels):
        seen = np.zeros(n, bool)
        seen[journey[channel == c]] = True
        lift += beta[c] * seen
    converted = rng.random(n) < 1 / (1 + np.exp(2.2 - lift - 0.05 * length))
    value = np.where(converted, rng.lognormal(8, 1, n), 0.0)
    names = [f"ch{c:02d}" for c in range(channels)]
    words, ends = [names[c] for c in channel.tolist()], offset.tolist()
    return pd.DataFrame({
        "path": [" > ".join(words[ends[i] : ends[i + 1]]) for i in range(n)],
        "total_conversions": converted.astype(int),
        "total_conversion_value": value,
        "total_null": 1 - converted.astype(int),
    })  # fmt: skip


if __name__ == "__main__":
    arguments = sys.argv[1:]
    numbers = [float(a) for a in arguments[2:]]
    kwargs = dict(zip(["channels", "mean_length", "seed"], [int(x) if i != 1 else x for i, x in enumerate(numbers)]))
    journeys(int(float(arguments[0])), **kwargs).to_parquet(arguments[1])
