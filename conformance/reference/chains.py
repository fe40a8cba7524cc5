"""Markov chains of channels in exact fractions, from the definitions.

A state is a window of `order` touches (a shorter path is one state), equal states in a row are one. The removal effect
is 1 minus the chance to convert without the channel over the chance with it; the same for value.
"""

from __future__ import annotations

import math
from collections import defaultdict
from fractions import Fraction
from typing import NamedTuple

State = tuple[str, ...]
ZERO = Fraction(0)


class Row(NamedTuple):
    """How the journeys of one path ended."""

    path: State
    conversions: Fraction
    nulls: Fraction
    value: Fraction


class Chain:
    """Counts of starts, steps and ends."""

    def __init__(self, rows: list[Row], order: int) -> None:
        self.start: dict[State, Fraction] = defaultdict(Fraction)
        self.steps: dict[State, dict[State, Fraction]] = {}
        self.ends: dict[State, list[Fraction]] = {}
        for row in rows:
            weight = row.conversions + row.nulls
            if row.path and weight:
                self._add(row, order, weight)

    def _add(self, row: Row, order: int, weight: Fraction) -> None:
        state = row.path[:order]
        self._know(state)
        self.start[state] += weight
        for channel in row.path[order:]:
            following = (*state[1:], channel)
            if following != state:
                self._know(following)
                self.steps[state][following] = self.steps[state].get(following, ZERO) + weight
                state = following
        for i, part in enumerate((row.conversions, row.nulls, row.value)):
            self.ends[state][i] += part

    def _know(self, state: State) -> None:
        self.steps.setdefault(state, {})
        self.ends.setdefault(state, [ZERO, ZERO, ZERO])

    def states(self) -> list[State]:
        return sorted(self.ends, key=lambda state: (len(state), state))

    def total(self, state: State) -> Fraction:
        return sum(self.steps[state].values(), ZERO) + self.ends[state][0] + self.ends[state][1]

    def without(self, gone: set[State]) -> Chain:
        """Who would have come to these states takes the other ways in proportion; who has none is lost."""
        rest = Chain([], 1)
        for state in self.ends.keys() - gone:
            rest.steps[state] = {to: weight for to, weight in self.steps[state].items() if to not in gone}
            rest.ends[state] = list(self.ends[state])
            if rest.total(state) == 0:
                rest.ends[state] = [ZERO, Fraction(1), ZERO]
            if state in self.start:
                rest.start[state] = self.start[state]
        return rest

    def outcome(self, lost: set[State]) -> tuple[Fraction, Fraction]:
        """The chance to convert and the value of a path, where who comes to the `lost` states is lost."""
        states = [state for state in self.states() if state not in lost]
        starts = sum(self.start.values(), ZERO)
        if not starts:
            return ZERO, ZERO
        place = {state: i for i, state in enumerate(states)}
        matrix = [[Fraction(int(i == j)) for j in range(len(states))] for i in range(len(states))]
        right = [self.start.get(state, ZERO) / starts for state in states]
        for state in states:
            for to, weight in self.steps[state].items():
                if to in place:
                    matrix[place[to]][place[state]] -= weight / self.total(state)
        visits = solve(matrix, right)
        share = [visits[place[state]] / self.total(state) for state in states]
        return (
            sum((s * self.ends[state][0] for s, state in zip(share, states, strict=True)), ZERO),
            sum((s * self.ends[state][2] for s, state in zip(share, states, strict=True)), ZERO),
        )

    def transitions(self) -> list[tuple[str, str, Fraction, Fraction]]:
        """From, to, count and probability."""
        starts = sum(self.start.values(), ZERO)
        rows = [("(start)", s, self.start[s], starts) for s in self.states() if s in self.start]
        found = [(a, " > ".join(b), count, count / total) for a, b, count, total in rows]
        for state in self.states():
            total = self.total(state)
            steps = sorted(self.steps[state].items(), key=lambda step: (len(step[0]), step[0]))
            onward = [(" > ".join(to), weight) for to, weight in steps]
            ends = list(zip(("(conversion)", "(null)"), self.ends[state][:2], strict=True))
            found += [(" > ".join(state), to, count, count / total) for to, count in onward + ends if count]
        return found


def solve(matrix: list[list[Fraction]], right: list[Fraction]) -> list[Fraction]:
    """The solution of linear equations, by elimination."""
    rows = [[*row, value] for row, value in zip(matrix, right, strict=True)]
    for i in range(len(rows)):
        pivot = next(r for r in range(i, len(rows)) if rows[r][i] != 0)
        rows[i], rows[pivot] = rows[pivot], rows[i]
        rows[i] = [x / rows[i][i] for x in rows[i]]
        for r, row in enumerate(rows):
            if r != i and row[i] != 0:
                rows[r] = [x - row[i] * y for x, y in zip(row, rows[i], strict=True)]
    return [row[-1] for row in rows]


def channels(rows: list[Row]) -> list[str]:
    """The channels in the order of results."""
    return sorted({c for row in rows for c in row.path}, key=lambda name: (name.startswith("("), name))


def effects(
    rows: list[Row], order: int = 1, removal: str = "null", sequences: list[list[str]] | None = None
) -> list[tuple[Fraction, Fraction]]:
    """The effects on conversions and on value of each channel, then of each sequence."""
    if removal == "refit":
        return [_share_with(rows, channel) for channel in channels(rows)]
    chain = Chain(rows, order)
    full = chain.outcome(set())
    found = []
    for wanted in [[channel] for channel in channels(rows)] + (sequences or []):
        gone = {s for s in chain.states() if any(list(s[i : i + len(wanted)]) == wanted for i in range(len(s)))}
        rest = chain.outcome(gone) if removal == "null" else chain.without(gone).outcome(set())
        found.append((_lost(rest[0], full[0]), _lost(rest[1], full[1])))
    return found


def _lost(rest: Fraction, full: Fraction) -> Fraction:
    return ZERO if full == 0 else 1 - rest / full


def _share_with(rows: list[Row], channel: str) -> tuple[Fraction, Fraction]:
    (all_conversions, all_value), (conversions, value) = (
        whole(rows),
        whole([row for row in rows if channel in row.path]),
    )
    return (conversions / all_conversions if all_conversions else ZERO, value / all_value if all_value else ZERO)


def whole(rows: list[Row]) -> tuple[Fraction, Fraction]:
    """The conversions, and the value of what converted."""
    ended = [row for row in rows if row.conversions]
    return sum((row.conversions for row in ended), ZERO), sum((row.value for row in ended), ZERO)


def divide(total: Fraction, shares: list[Fraction]) -> list[Fraction]:
    """A total by shares; a share below 0 gets nothing, and shares of nothing get nothing."""
    shares = [max(share, ZERO) for share in shares]
    of = sum(shares, ZERO)
    return [total * share / of if of else ZERO for share in shares]


def divide_exactly(total: int, shares: list[Fraction]) -> list[int]:
    """A whole total by largest remainder, ties to the earlier."""
    ideal = divide(Fraction(total), shares)
    parts = [math.floor(x) for x in ideal]
    order = sorted((i for i, x in enumerate(ideal) if x), key=lambda i: (parts[i] - ideal[i], i))
    for i in order[: total - sum(parts)]:
        parts[i] += 1
    return parts
