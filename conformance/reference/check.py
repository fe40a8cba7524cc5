"""Computes what the cases of chains, resamples, calibration and programmes expect once more, without cosell.

python conformance/reference/check.py
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import programs
import resamples
from chains import ZERO, Chain, Row, channels, divide, divide_exactly, effects, whole

CASES = Path(__file__).resolve().parents[1] / "cases"
DOCUMENTS = CASES.parents[1] / "examples" / "programs"
PLAIN, CENTS = 10**12, 100


def rows_of(source: Any) -> list[Row]:
    """The rows of aggregated paths."""
    options = source.get("options", {})
    separator = options.get("separator", ">")
    found = []
    for record in source["paths"]:
        path = tuple(name.strip() for name in record["path"].split(separator))
        numbers = [record.get(name, 0) for name in ("total_conversions", options.get("nulls"), options.get("value"))]
        found.append(Row(path, *(Fraction(str(number)) for number in numbers)))
    return found


def one_model(model: Any) -> tuple[str, dict[str, Any]]:
    return (model, {}) if isinstance(model, str) else next(iter(model.items()))


class Check:
    """One case, and what is wrong with it."""

    def __init__(self, name: str) -> None:
        self.name, self.wrong, self.compared = name, list[str](), 0

    def column(self, table: list[dict[str, Any]], name: str, found: list[Any]) -> None:
        for row, value in zip(table, found, strict=True):
            if name in row:
                self.cell(f"{name} of {row.get('channel', row)}", row[name], value)

    def cell(self, what: str, wanted: Any, found: Any) -> None:
        self.compared += 1
        if isinstance(wanted, (int, float)) and not isinstance(wanted, bool) and found is not None:
            same = abs(float(found) - wanted) <= 1e-12 * (abs(wanted) or 1)
        else:
            same = wanted == found
        if not same:
            self.wrong.append(f"{self.name}, {what}: expected {wanted}, found {found}")


def check_chain(check: Check, source: Any, expected: Any) -> None:
    rows, options = rows_of(source), dict(one_model(source["model"])[1])
    if options.pop("credit", "global") != "global":
        return
    sequences = options.get("sequences", [])
    names, found = channels(rows), effects(rows, **options)
    totals = expected["totals"]
    conversions, value = whole(rows)
    own = found[: len(names)]
    has_value = "value" in source.get("options", {})
    check.column(totals, "removal_effect", [effect[0] for effect in own])
    check.column(totals, "conversions", divide(conversions, [effect[0] for effect in own]))
    if has_value:
        check.column(totals, "removal_effect_value", [effect[1] for effect in own])
        if "currency" in source["options"]:
            parts = divide_exactly(int(value * CENTS), [effect[1] for effect in own])
            check.column(totals, "value", [f"{part // CENTS}.{part % CENTS:02d}" for part in parts])
        else:
            check.column(totals, "value", divide(value, [effect[1] for effect in own]))
    by_sequence = found[len(names) :]
    check.column(expected.get("sequences", []), "removal_effect", [effect[0] for effect in by_sequence])
    check.column(expected.get("sequences", []), "sequence", [" > ".join(sequence) for sequence in sequences])
    if "transitions" in expected:
        steps = Chain(rows, options.get("order", 1)).transitions()
        for i, name in enumerate(("from", "to", "count", "probability")):
            check.column(expected["transitions"], name, [step[i] for step in steps])


def sampled(source: Any) -> tuple[list[str], list[Row], list[resamples.Unit]]:
    """The channels, the rows and the units of a case."""
    if "touches" in source:
        paths: dict[str, list[str]] = {}
        for touch in sorted(source["touches"], key=lambda touch: touch["at"]):
            paths.setdefault(touch["opportunity_id"], []).append(touch["partner_id"])
        rows = [Row(tuple(path), Fraction(1), ZERO, ZERO) for path in paths.values()]
        keys = [resamples.xxh64(name.encode(), 0) for name in paths]
        of = [resamples.Unit(r.path, True, key, Fraction(1), ZERO) for r, key in zip(rows, keys, strict=True)]
        return channels(rows), rows, of
    rows = rows_of(source)
    scale = CENTS if "currency" in source.get("options", {}) else PLAIN
    return channels(rows), rows, resamples.units(rows, scale)


def fit_of(source: Any, names: list[str]) -> resamples.Fit:
    return {"linear": resamples.linear, "markov": resamples.markov}[one_model(source["model"])[0]](names)


def estimate_of(source: Any, names: list[str], rows: list[Row]) -> resamples.Credit:
    linear = one_model(source["model"])[0] == "linear"
    return resamples.exactly_linear(names, rows) if linear else resamples.markov(names)(rows)


def check_intervals(check: Check, source: Any, expected: Any) -> None:
    names, rows, of = sampled(source)
    fit, options = fit_of(source, names), source["intervals"]
    drawn = resamples.replicates(of, fit, options["replicates"], options.get("seed", 0))
    without = resamples.jackknife(of, fit) if options.get("method") == "bca" else None
    estimate = estimate_of(source, names, rows)
    basis = int("value" in source.get("options", {}))
    table, level = expected["channels"], options.get("level", 0.95)
    for measure in ("conversions", "value", "share"):
        if measure == "value" and not basis:
            continue
        for i, row in enumerate(table):

            def of_credit(credit: resamples.Credit, i: int = i, measure: str = measure) -> Fraction:
                return resamples.share(credit, i, basis) if measure == "share" else credit[i][measure == "value"]

            values = [of_credit(credit) for credit in drawn]
            left = None if without is None else [of_credit(credit) for credit in without]
            by_value = measure == "value" or (measure == "share" and bool(basis))
            behind = resamples.effective(rows, names[i], by_value)
            low, high = resamples.interval(values, of_credit(estimate), level, behind, left)
            enough = row.get("enough", True)
            check.cell(f"{measure}_low of {names[i]}", row[f"{measure}_low"], low if enough else None)
            check.cell(f"{measure}_high of {names[i]}", row[f"{measure}_high"], high if enough else None)
            if measure == "share" and enough:
                check.cell(f"error of {names[i]}", row["share_standard_error"], resamples.deviation(values))
    for row in expected.get("ranks", []):
        i = names.index(row["channel"])
        firsts = [max(part[basis] for part in credit) for credit in drawn]
        tied = [sum(part[basis] == first for part in credit) for credit, first in zip(drawn, firsts, strict=True)]
        wins = [Fraction(c[i][basis] == f, t) for c, f, t in zip(drawn, firsts, tied, strict=True)]
        if "chance_first" in row:
            check.cell(f"{row['channel']} first", row["chance_first"], sum(wins, ZERO) / len(wins))
    for row in expected.get("pairs", []):
        a, b = names.index(row["channel"]), names.index(row["other"])
        gaps = [credit[a][basis] - credit[b][basis] for credit in drawn]
        chance = sum((gap > 0) + (gap == 0) / 2 for gap in gaps) / len(gaps)
        check.cell(f"{row['channel']} above {row['other']}", row["chance_above"], chance)


def check_calibration(check: Check, source: Any, expected: Any) -> None:
    names, rows, of = sampled(source)
    fit, options = fit_of(source, names), source["calibrate"]
    drawn = resamples.replicates(of, fit, options["replicates"], options.get("seed", 0))
    scale, basis = options.get("scale", "share"), int("value" in source.get("options", {}))

    def measured(credit: resamples.Credit) -> list[Fraction]:
        own = basis if scale == "share" else int(scale == "value")
        return [resamples.share(credit, i, own) * counted for i in range(len(names))]

    estimate = estimate_of(source, names, rows)
    counted = Fraction(1) if scale == "share" else sum((part[scale == "value"] for part in estimate), ZERO)
    model = measured(estimate)
    column = {name: options.get(name, name) for name in ("channel", "effect", "standard_error")}
    cells = [[row[column[name]] for name in column] for row in source["experiments"]]
    experiments = sorted((names.index(name), Fraction(str(e)), Fraction(str(error)) ** 2) for name, e, error in cells)
    draws = [list(v) for v in zip(*map(measured, drawn), strict=True)]
    found = resamples.calibrate(model, draws, experiments, options.get("model_bias", "estimate") == "estimate")
    for name in resamples.Calibrated._fields:
        check.column(expected["channels"], name, [getattr(row, name) for row in found])
    z = resamples.NORMAL.inv_cdf(0.5 + options.get("level", 0.95) / 2)
    check.column(expected["channels"], "low", [float(row.calibrated) - z * row.standard_error for row in found])
    check.column(expected["channels"], "high", [float(row.calibrated) + z * row.standard_error for row in found])


def partners_of(source: Any) -> list[dict[str, Any]]:
    if isinstance(source, list):
        return source

    def cell(text: str) -> Any:
        return None if text == "" else int(text) if text.isdecimal() else text

    rows = csv.DictReader(source["csv"].splitlines())
    return [{name: cell(text) for name, text in row.items()} for row in rows]


def check_program(check: Check, source: Any, expected: Any) -> None:
    document = document_of(source)
    # What depends on earlier decisions is worked out by hand.
    if "sticky" in check.name or "held" in check.name:
        return
    judges = programs.review(document, partners_of(source["partners"]))
    by_partner = {judge.row["partner_id"]: judge for judge in judges}
    ranks = {t["tier"]: t["rank"] for t in document["tiers"]}
    names = sorted({row["partner_id"] for row in partners_of(source["partners"])})
    for name, row in zip(names, expected.get("decisions", []), strict="decisions" in expected):
        judge = by_partner.get(name)
        check.cell(f"partner of {name}", row.get("partner_id", name), name)
        if "track" in row:
            check.cell(f"track of {name}", row["track"], judge and judge.track)
        if "score" in row:
            check.cell(f"score of {name}", row["score"], judge and judge.score())
        if "qualified" in row or ("effective" in row and plain(source)):
            tier = row.get("qualified", row.get("effective"))
            check.cell(f"tier of {name}", ranks.get(tier, 0), judge.tier() if judge else 0)
    lines = [(name, line) for name, judge in sorted(by_partner.items()) for line in cards(document, judge)]
    for (name, line), row in zip(lines, expected.get("scorecards", []), strict="scorecards" in expected):
        for column in ("line", "points", "max_points"):
            if column in row:
                check.cell(f"{column} of {name}.{line.line}", row[column], getattr(line, column))
    for name, row in zip(names, expected.get("metrics", []), strict="metrics" in expected):
        for metric in row.keys() - {"partner_id"}:
            check.cell(f"{metric} of {name}", row[metric], by_partner[name].metric(metric))


def document_of(source: Any) -> Any:
    """The document of a case, or that of the file that it names."""
    named = source["program"]
    return json.loads((DOCUMENTS / named).read_text(encoding="utf-8")) if isinstance(named, str) else named


def plain(source: Any) -> bool:
    """Whether what a partner qualifies for today is what it holds."""
    document = document_of(source)
    looks_back = {"attainment", "deadlines", "exceptions", "maintenance", "review"} & document.keys()
    by_tier = any({"attainment", "review"} & tier.keys() for tier in document["tiers"])
    recorded = any("tier" in row for row in partners_of(source["partners"]))
    return not (looks_back or by_tier or recorded or "previous" in source)


def cards(document: Any, judge: programs.Judge) -> list[programs.Line]:
    return [line for name in sorted(document.get("scorecards", {})) for line in judge.scorecard(name)]


def checks() -> Iterator[Check]:
    by_run = {
        "intervals": check_intervals,
        "calibrate": check_calibration,
        "from_paths": check_chain,
        "program": check_program,
    }
    for file in ("markov.json", "estimates.json", "programs.json"):
        for case in json.loads((CASES / file).read_text(encoding="utf-8")):
            if "expect" in case and case["run"] in by_run:
                check = Check(case["name"])
                by_run[case["run"]](check, case["input"], case["expect"])
                yield check


def main() -> None:
    done = list(checks())
    wrong = [line for check in done for line in check.wrong]
    wrong.append(f"{sum(check.compared for check in done)} numbers of {len(done)} cases, {len(wrong)} wrong")
    print("\n".join(wrong))
    if len(wrong) > 1:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
