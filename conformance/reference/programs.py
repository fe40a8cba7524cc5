"""Programmes once more, without cosell: metrics made of others, scorecards and criteria of the day, in exact fractions.

What looks back (attainment, review, grace, exceptions) is not computed here: those expectations are worked out by hand.
"""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any, NamedTuple

ZERO = Fraction(0)
Row = dict[str, Any]


def only(of: dict[str, Any]) -> tuple[str, Any]:
    """The key and the value of an object with one key, as enums are written."""
    return next(iter(of.items()))


def exact(value: Any) -> Fraction | None:
    return None if value is None else Fraction(str(int(value) if isinstance(value, bool) else value))


class Line(NamedTuple):
    """A row of the scorecards; the total has no line."""

    scorecard: str
    line: str | None
    points: Fraction
    max_points: Fraction


class Judge:
    """One row (a partner, or a scope of it) by the rules of one track."""

    def __init__(self, document: Any, track: str | None, row: Row, population: list[Row]) -> None:
        self.document, self.track, self.row, self.population = document, track, row, population

    def number(self, number: Any, default: Any = None) -> Fraction:
        number = default if number is None else number
        if not isinstance(number, dict):
            return Fraction(str(number))
        kind, of = only(number)
        if kind == "parameter":
            return Fraction(str(self.document["parameters"][of]["value"]))
        if kind == "money":
            rate = self.document.get("exchange_rates", {}).get(of["currency"], 1)
            return Fraction(str(of["amount"])) * Fraction(str(rate))
        if kind == "by_track":
            return self.number(of[self.track] if self.track in of else of["otherwise"])
        raise ValueError(kind)

    def metric(self, name: str, months: int = 0) -> Fraction | None:
        """A metric, handed in or made of others; `None` where it has no value."""
        given = f"{name}_{months}_months_ago" if months else name
        if given in self.row:
            return exact(self.row[given])
        measure = self.document["metrics"][name]["measure"]
        if isinstance(measure, str):
            return None
        kind, of = only(measure)
        if kind == "ratio":
            above, below = self.metric(of["of"], months), self.metric(of["to"], months)
            if below is not None and "to_at_most" in of:
                below = min(below, self.number(of["to_at_most"]))
            if below == 0:
                return self.number(of["when_zero"]) if "when_zero" in of else None
            return None if above is None or below is None else above / below
        if kind == "change":
            now, then = self.metric(of["of"], months), self.metric(of["of"], months + of["months"])
            if now is None or then is None or ("base_at_least" in of and then < self.number(of["base_at_least"])):
                return None
            if not of.get("relative"):
                return now - then
            return (now - then) / then if then else None
        if kind == "ago":
            return self.metric(of["of"], months + of["months"])
        if kind in ("sum_of", "highest_of", "lowest_of"):
            inputs = [i for i in of if not i.get("tracks") or self.track in i["tracks"]]
            values = [(self.metric(i["metric"], months), self.number(i.get("times"), 1)) for i in inputs]
            known = [value * times for value, times in values if value is not None]
            make = {"sum_of": sum, "highest_of": max, "lowest_of": min}[kind]
            return Fraction(make(known)) if known else None
        return None

    def points(self, kind: str, of: Any, most: Fraction) -> Fraction:
        def share(alternative: Any) -> Fraction:
            if alternative.get("tracks") and self.track not in alternative["tracks"]:
                return ZERO
            value = self.metric(alternative["metric"]) or ZERO
            return max(ZERO, most * value / self.number(alternative["threshold"]))

        if kind == "linear":
            return share(of)
        if kind == "best_of":
            return max(share(alternative) for alternative in of)
        if kind == "sum_of":
            return sum((share(alternative) for alternative in of), ZERO)
        if kind == "full":
            return most if share(of) >= most else ZERO
        if kind == "bands":
            value = self.metric(of["metric"])
            reached = [b for b in of["bands"] if value is not None and value >= self.number(b["at_least"])]
            return self.number(reached[-1]["points"]) if reached else ZERO
        total = ZERO
        for step in of:
            value = self.metric(step["metric"]) or ZERO
            if value < self.number(step.get("need"), 0):
                break
            each = value * self.number(step.get("points_each"), 0)
            total += min(each, self.number(step["max_points"])) if "max_points" in step else each
        return total

    def scorecard(self, name: str) -> list[Line]:
        card, lines = self.document["scorecards"][name], []
        for line in card["lines"]:
            most = self.number(line["max_points"])
            points = self.points(*only(line["points"]), most)
            lines.append(Line(name, line["line"], min(max(points, ZERO), most), most))
        most = self.number(card.get("max_points"), sum((line.max_points for line in lines), ZERO))
        return [*lines, Line(name, None, min(most, sum((line.points for line in lines), ZERO)), most)]

    def value(self, name: str) -> Fraction | None:
        """A metric, or the total of a scorecard."""
        if name in self.document.get("scorecards", {}):
            return self.scorecard(name)[-1].points
        return self.metric(name)

    def top(self, of: Any) -> bool:
        value = self.value(of["metric"])
        alike = [r for r in self.population if all(r[name] == self.row[name] for name in of.get("within", []))]
        others = [Judge(self.document, self.track, row, self.population).value(of["metric"]) for row in alike]
        known = sorted((v for v in others if v is not None), reverse=True)
        return value is not None and value >= known[math.ceil(self.number(of["share"]) * len(known)) - 1]

    def attribute(self, of: Any) -> bool:
        got = self.row.get(of["field"])
        values = got if isinstance(got, list) else [] if got is None else [got]
        tests = {
            "is": lambda limit: limit in values,
            "is_not": lambda limit: limit not in values,
            "in": lambda limit: any(value in limit for value in values),
            "not_in": lambda limit: not any(value in limit for value in values),
            "at_least": lambda limit: any(value >= limit for value in values),
            "more_than": lambda limit: any(value > limit for value in values),
            "at_most": lambda limit: any(value <= limit for value in values),
            "less_than": lambda limit: any(value < limit for value in values),
            "exists": lambda limit: limit == bool(values),
        }
        return all(tests[test](limit) for test, limit in of.items() if test != "field")

    def met(self, criterion: Any) -> bool:
        if criterion == "always":
            return True
        kind, of = only(criterion)
        if kind == "all":
            return all(self.met(part) for part in of)
        if kind == "any":
            return any(self.met(part) for part in of)
        if kind == "n_of":
            return sum(self.met(part) for part in of["of"]) >= of["n"]
        if kind == "not":
            return not self.met(of)
        if kind == "every_line_positive":
            return all(line.points > 0 for line in self.scorecard(of))
        if kind == "top":
            return self.top(of)
        if kind == "attribute":
            return self.attribute(of)
        if kind == "qualifies":
            return self.qualifies(of)
        if kind == "gate":
            return (self.metric(of) or 0) >= 1
        if kind == "threshold":
            value = self.value(of["metric"])
            limits = {name: self.number(limit) for name, limit in of.items() if name != "metric"}
            return value is not None and all(
                {
                    "at_least": value >= limit,
                    "more_than": value > limit,
                    "at_most": value <= limit,
                    "less_than": value < limit,
                }[name]
                for name, limit in limits.items()
            )
        raise ValueError(kind)

    def qualifies(self, tier: str) -> bool:
        tracks = self.document.get("tracks", {}).get("list", [])
        own = next((t.get("qualification", {}) for t in tracks if t["track"] == self.track), {})
        criterion = own.get(tier, self.document.get("qualification", {}).get(tier))
        if criterion is None:
            # Without criteria everybody has the lowest tier, and any other is given by hand.
            return tier == min(self.document["tiers"], key=lambda t: t["rank"])["tier"]
        return self.met(criterion)

    def tier(self) -> int:
        """The rank of the highest tier whose criteria are met; 0 for none."""
        return max((t["rank"] for t in self.document["tiers"] if self.qualifies(t["tier"])), default=0)

    def score(self) -> Fraction | None:
        cards = self.document.get("scorecards", {})
        return self.scorecard(next(iter(cards)))[-1].points if len(cards) == 1 else None


def judged(document: Any, row: Row, population: list[Row]) -> Judge | None:
    """The row by the rules of its track; `None` where no track is for it."""
    tracks = document.get("tracks")
    if tracks is None:
        return Judge(document, None, row, population)
    judges = [Judge(document, track["track"], row, population) for track in tracks["list"]]
    choose = tracks.get("choose", "classified")
    if choose == "enrolled":
        return next((judge for judge in judges if judge.track == row.get("track")), None)
    open_to = [j for j, track in zip(judges, tracks["list"], strict=True) if j.met(track.get("when", "always"))]
    if choose == "classified":
        return next(iter(open_to), None)
    return max(open_to, key=lambda judge: (judge.tier(), judge.score() or ZERO), default=None)


def review(document: Any, rows: list[Row]) -> list[Judge]:
    """The judge of the best scope of each partner, in the order of the partners."""
    by = document.get("scope", {}).get("by")
    best: dict[str, Judge] = {}
    for row in sorted(rows, key=lambda row: (row["partner_id"], row.get(by) or "")):
        judge = judged(document, row, rows)
        if judge is None:
            continue
        before = best.get(row["partner_id"])
        if before is None or (judge.tier(), judge.score() or ZERO) > (before.tier(), before.score() or ZERO):
            best[row["partner_id"]] = judge
    return list(best.values())
