"""The keyed Poisson bootstrap, its intervals and the calibration to experiments, from the definitions.

Equal outcomes of a path are one unit, keyed by XXH64 of its content; replicate `r` takes it Poisson(n) times. A draw is
two rounds of the finaliser of SplitMix64 over (seed, key, counter). Shares are exact fractions.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from decimal import Decimal, getcontext
from fractions import Fraction
from statistics import NormalDist
from typing import NamedTuple

from chains import ZERO, Row, State, divide, effects, solve, whole

getcontext().prec = 60
WORD = (1 << 64) - 1
P1, P2, P3 = 0x9E3779B185EBCA87, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9
P4, P5 = 0x85EBCA77C2B2AE63, 0x27D4EB2F165667C5
GROUPS = 50
PARTS = 10**9
NORMAL = NormalDist()

# Credit per channel: conversions and value.
Credit = list[tuple[Fraction, Fraction]]
Fit = Callable[[list[Row]], Credit]


def _rotate(word: int, bits: int) -> int:
    return ((word << bits) | (word >> (64 - bits))) & WORD


def _round(lane: int, word: int) -> int:
    return _rotate((lane + word * P2) & WORD, 31) * P1 & WORD


def xxh64(data: bytes, seed: int) -> int:
    """XXH64, by its specification."""
    place, value = 0, (seed + P5) & WORD
    if len(data) >= 32:
        lanes = [(seed + P1 + P2) & WORD, (seed + P2) & WORD, seed, (seed - P1) & WORD]
        while place + 32 <= len(data):
            words = [int.from_bytes(data[place + 8 * i : place + 8 * i + 8], "little") for i in range(4)]
            lanes = [_round(lane, word) for lane, word in zip(lanes, words, strict=True)]
            place += 32
        value = sum(_rotate(lane, bits) for lane, bits in zip(lanes, (1, 7, 12, 18), strict=True)) & WORD
        for lane in lanes:
            value = ((value ^ _round(0, lane)) * P1 + P4) & WORD
    value = (value + len(data)) & WORD
    while place + 8 <= len(data):
        value ^= _round(0, int.from_bytes(data[place : place + 8], "little"))
        value, place = (_rotate(value, 27) * P1 + P4) & WORD, place + 8
    if place + 4 <= len(data):
        value ^= int.from_bytes(data[place : place + 4], "little") * P1 & WORD
        value, place = (_rotate(value, 23) * P2 + P3) & WORD, place + 4
    for byte in data[place:]:
        value = _rotate(value ^ (byte * P5 & WORD), 11) * P1 & WORD
    value = (value ^ (value >> 33)) * P2 & WORD
    value = (value ^ (value >> 29)) * P3 & WORD
    return value ^ (value >> 32)


def _mix(z: int) -> int:
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9 & WORD
    z = (z ^ (z >> 27)) * 0x94D049BB133111EB & WORD
    return z ^ (z >> 31)


def word(seed: int, key: int, counter: int) -> int:
    """Draw number `counter` of a key."""
    state = xxh64(key.to_bytes(8, "little"), seed)
    return _mix(_mix((state + counter * 0x9E3779B97F4A7C15) & WORD) ^ _mix(~state & WORD))


def poisson(seed: int, key: int, replicate: int, mean: Fraction) -> int:
    """How often a replicate takes a unit, by inversion; means below 10."""
    if mean == 1:
        drawn, below = word(seed, key, replicate), Decimal(0)
        for k in range(21):
            below += Decimal(-1).exp() / math.factorial(k)
            if drawn < int(below * 2**64):
                return k
        return 21
    rest = (word(seed, key, (replicate + 1) << 20) >> 11) / 2**53
    chance = math.exp(-float(mean))
    for k in range(120):
        if rest < chance:
            return k
        rest -= chance
        chance *= float(mean) / (k + 1)
    return 120


class Unit(NamedTuple):
    """Equal outcomes of a path, or one journey with an id."""

    path: State
    converted: bool
    key: int
    mean: Fraction
    value: Fraction


def units(rows: list[Row], scale: int) -> list[Unit]:
    """Rows merged by path, outcome and value per conversion, which is a whole number of 1/scale."""
    merged: dict[tuple[State, bool, int], Fraction] = {}
    for row in rows:
        if row.conversions:
            one = (row.path, True, int(row.value * scale / row.conversions))
            merged[one] = merged.get(one, ZERO) + row.conversions
        if row.nulls:
            one = (row.path, False, 0)
            merged[one] = merged.get(one, ZERO) + row.nulls
    found = []
    for (path, converted, value), count in merged.items():
        names = b"".join(xxh64(name.encode(), 2).to_bytes(8, "little") for name in path)
        content = xxh64(names, 3).to_bytes(8, "little") + value.to_bytes(16, "little", signed=True)
        key = xxh64(content + bytes([not converted]), 1)
        found.append(Unit(path, converted, key, count, Fraction(value, scale)))
    return found


def resample(of: list[Unit], times: Callable[[Unit], int | Fraction]) -> list[Row]:
    """The rows where each unit is taken so many times."""
    found: dict[State, list[Fraction]] = {}
    for unit in of:
        taken, sums = times(unit), found.setdefault(unit.path, [ZERO, ZERO, ZERO])
        sums[0 if unit.converted else 1] += taken
        sums[2] += taken * unit.value
    return [Row(path, *sums) for path, sums in found.items()]


def replicates(of: list[Unit], fit: Fit, count: int, seed: int) -> list[Credit]:
    """The credit of each replicate."""

    def drawn(replicate: int) -> list[Row]:
        return resample(of, lambda unit: poisson(seed, unit.key, replicate, unit.mean))

    return [fit(drawn(replicate)) for replicate in range(count)]


def jackknife(of: list[Unit], fit: Fit) -> list[Credit]:
    """Everything but one of 50 parts; equal outcomes are spread over the parts evenly."""

    def kept(unit: Unit, group: int) -> int:
        count, place = int(unit.mean), (group - unit.key) % GROUPS
        return count - count // GROUPS - (place < count % GROUPS)

    def rest(group: int) -> list[Row]:
        return resample(of, lambda unit: kept(unit, group))

    return [fit(rest(group)) for group in range(GROUPS)]


def exactly_linear(names: list[str], rows: list[Row]) -> Credit:
    """Linear credit as it is: the parts are divided no coarser than the amounts."""
    parts = [[(Fraction(row.path.count(name), len(row.path)), row) for row in rows] for name in names]
    return [(sum((p * r.conversions for p, r in of), ZERO), sum((p * r.value for p, r in of), ZERO)) for of in parts]


def linear(names: list[str]) -> Fit:
    """Linear credit as resamples have it: a conversion has 10^9 parts, the odd ones to the earlier touches."""

    def fit(rows: list[Row]) -> Credit:
        sums = {name: [ZERO, ZERO] for name in names}
        for row in rows:
            each, odd = divmod(PARTS, len(row.path))
            for i, name in enumerate(row.path):
                part = Fraction(each + (i < odd), PARTS)
                sums[name][0] += row.conversions * part
                sums[name][1] += row.value * part
        return [(sums[name][0], sums[name][1]) for name in names]

    return fit


def markov(names: list[str]) -> Fit:
    """Global credit by the effects of a chain of order 1."""

    def fit(rows: list[Row]) -> Credit:
        rows = [row for row in rows if row.conversions or row.nulls]
        known = sorted({name for row in rows for name in row.path})
        found = dict(zip(known, effects(rows), strict=True))
        parts = [found.get(name, (ZERO, ZERO)) for name in names]
        columns = [divide(total, [part[i] for part in parts]) for i, total in enumerate(whole(rows))]
        return list(zip(*columns, strict=True))

    return fit


def share(credit: Credit, channel: int, basis: int) -> Fraction:
    """A channel's share: of conversions (0) or of value (1)."""
    of = sum((part[basis] for part in credit), ZERO)
    return credit[channel][basis] / of if of else ZERO


def quantile(ordered: list[Fraction], p: float) -> float:
    """Type 7."""
    place = (len(ordered) - 1) * p
    below = math.floor(place)
    low, high = float(ordered[below]), float(ordered[min(below + 1, len(ordered) - 1)])
    return low + (place - below) * (high - low)


def deviation(values: list[Fraction]) -> float:
    mean = sum(values, ZERO) / len(values)
    return math.sqrt(sum(((v - mean) ** 2 for v in values), ZERO) / (len(values) - 1))


def effective(rows: list[Row], name: str, by_value: bool) -> float:
    """How many converted journeys stand behind a channel; by value (Kish), (sum v)^2 / sum v^2."""
    of = [row for row in rows if row.conversions and name in row.path]
    count = sum((row.conversions for row in of), ZERO)
    squares = sum((row.value**2 / row.conversions for row in of), ZERO)
    if not by_value or not squares:
        return float(count)
    return float(min(count, sum((row.value for row in of), ZERO) ** 2 / squares))


def expanded(level: float, n: float) -> float:
    """The tail of an interval by Student's quantile (Abramowitz, Stegun 26.7.5) for n journeys (Hesterberg 2015)."""
    n, z = max(n, 3.0), -NORMAL.inv_cdf((1 - level) / 2)
    v = n - 1
    terms = [
        z,
        (z**3 + z) / 4,
        (5 * z**5 + 16 * z**3 + 3 * z) / 96,
        (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384,
        (79 * z**9 + 776 * z**7 + 1482 * z**5 - 1920 * z**3 - 945 * z) / 92160,
    ]
    t = sum(term / v**power for power, term in enumerate(terms))
    return math.erfc(t * math.sqrt(n / v) / math.sqrt(2)) / 2


def interval(
    values: list[Fraction], estimate: Fraction, level: float, behind: float, without: list[Fraction] | None
) -> tuple[float, float]:
    """The percentile interval, or with a jackknife the BCa one."""
    ordered, tail = sorted(values), expanded(level, behind)
    chances = [tail, 1 - tail]
    if without is not None:
        n = len(values)
        below = sum(v < estimate for v in values) + sum(v == estimate for v in values) / 2
        z0 = NORMAL.inv_cdf(min(max(below / n, 0.5 / n), 1 - 0.5 / n))
        mean = sum(without, ZERO) / len(without)
        squares = float(sum(((mean - v) ** 2 for v in without), ZERO))
        cubes = float(sum(((mean - v) ** 3 for v in without), ZERO))
        a = cubes / (6 * squares * math.sqrt(squares)) if squares else 0.0
        moved = [z0 + NORMAL.inv_cdf(p) for p in chances]
        chances = [math.erfc(-(z0 + z / (1 - a * z)) / math.sqrt(2)) / 2 for z in moved]
    return quantile(ordered, chances[0]), quantile(ordered, chances[1])


class Calibrated(NamedTuple):
    """One channel after the update of least variance."""

    model: Fraction
    model_standard_error: float
    calibrated: Fraction
    standard_error: float
    weight_of_experiment: Fraction | None
    conflict: float | None


def calibrate(
    model: list[Fraction],
    draws: list[list[Fraction]],
    experiments: list[tuple[int, Fraction, Fraction]],
    doubts_model: bool = True,
) -> list[Calibrated]:
    """Each experiment is a channel, its effect and its variance."""
    centred = [[v - sum(values, ZERO) / len(values) for v in values] for values in draws]

    def sampled(a: int, b: int) -> Fraction:
        return sum((x * y for x, y in zip(centred[a], centred[b], strict=True)), ZERO) / (len(draws[a]) - 1)

    # What the experiments lie further away than chance explains is the model's own bias (DerSimonian and Laird).
    least = sum((abs(m) for m in model), ZERO) / 1_000_000
    sizes = [max(abs(m), least) for m in model]

    def spread(a: int, b: int) -> Fraction:
        return (a == b) * sizes[a] - sizes[a] * sizes[b] / sum(sizes, ZERO)

    gaps = [(effect - model[c], 1 / (sampled(c, c) + variance), spread(c, c)) for c, effect, variance in experiments]
    excess = sum((w * gap * gap for gap, w, _ in gaps), ZERO) - len(gaps)
    bias = max(ZERO, excess / sum((w * s for _, w, s in gaps), ZERO)) if doubts_model else ZERO

    def covariance(a: int, b: int) -> Fraction:
        return sampled(a, b) + bias * spread(a, b)

    inner = [[covariance(a, b) + (va if a == b else 0) for b, _, _ in experiments] for a, _, va in experiments]
    step = solve(inner, [effect - model[c] for c, effect, _ in experiments])
    found = []
    for channel, own in enumerate(model):
        cross = [covariance(channel, c) for c, _, _ in experiments]
        moved = own + sum((x * y for x, y in zip(cross, step, strict=True)), ZERO)
        variance = covariance(channel, channel)
        left = variance - sum((x * y for x, y in zip(cross, solve(inner, cross), strict=True)), ZERO)
        weight, conflict = None, None
        for c, effect, doubt in experiments:
            if c == channel:
                weight = variance / (variance + doubt)
                conflict = float(effect - own) / math.sqrt(sampled(c, c) + doubt)
        found.append(Calibrated(own, math.sqrt(sampled(channel, channel)), moved, math.sqrt(left), weight, conflict))
    return found
