"""The small results: a few Tables each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ._cosell import ProgramReview, Table


@dataclass(frozen=True)
class Confidence:
    """How sure the credit of one model is, and how far the models agree.

    Attributes:
        partners: per partner, by rank: rank, channel, name, journeys, value (conversions where there is no value),
            value_low, value_high, share, share_low, share_high, rank_low, rank_high, chance_first, note.
        models: per partner, by the same rank, and model: channel, name, model, value, value_low, value_high, share,
            share_low, share_high, note.
        pairs: per pair of the first partners: channel, other, chance_above, note.
        agreement: per pair of models: model_a, model_b, rank_correlation, share_distance, top_overlap.
        reasons: why models disagree, by channel: channel, code, model_high, share_high, model_low, share_low,
            difference, evidence, baseline.
        diagnostics: the model that was resampled, and how intervals and comparison were made.

    Example:
        >>> cosell.review(eco, "2026-11-20").confidence.partners
    """

    partners: Table
    models: Table
    pairs: Table
    agreement: Table
    reasons: Table
    diagnostics: dict[str, Any]


@dataclass(frozen=True)
class Involvement:
    """Sourced, influenced and involved won revenue.

    Attributes:
        partners: per partner: partner_id, name, sourced_deals, sourced_value, influenced_not_sourced_deals,
            influenced_not_sourced_value, involved_deals, involved_value.
        buckets: disjoint parts of all won revenue: bucket, deals, value, share.
        metrics: figures: metric, value, numerator, denominator, n, low, high, unit, convention, note, and what of them
            are amounts exactly: value_amount, numerator_amount, denominator_amount.

    Example:
        >>> eco.involvement("2026-11-20").buckets
    """

    partners: Table
    buckets: Table
    metrics: Table


@dataclass(frozen=True)
class Pipeline:
    """Open pipeline and the partners' part in it.

    Attributes:
        partners: per partner: partner_id, name, open_deals, open_value.
        metrics: figures, with the columns of `Involvement.metrics`.

    Example:
        >>> eco.pipeline("2026-11-20").metrics
    """

    partners: Table
    metrics: Table


@dataclass(frozen=True)
class Economics:
    """What partners have from climbing to their next tier.

    Attributes:
        climbs: per partner: partner_id, scope, tier (the next one), worth_gained, extra_fee, net_gain (per year), cost
            (of the cheapest actions), proven, payback_months, pays, reason.
        tiers: per tier, the lowest first: tier, partners (whose next tier it is), reachable, pays, share, finding.

    Example:
        >>> review.economics({"deals": {"cost": 900}}).tiers
    """

    climbs: Table
    tiers: Table


@dataclass(frozen=True)
class InferredInfluence:
    """Partners that share the accounts of deals without anything on the deals: candidates to ask about, never credit.

    Attributes:
        partners: per candidate, the one to ask first in front: partner_id, name, rank, deals, won, lost, open,
            won_value, open_value, accounts, late_deals, undated_deals, shared_deals, on_record_deals, shared_by_chance,
            compared_deals, compared_won, expected_won, lift, low, high, p_value, q_value, reason.
        deals: per candidate and deal: partner_id, name, opportunity_id, account_id, status, created_at, closed_at,
            value, evidence, relationship, relationship_from, touches, last_touch_at, ask.
        metrics: figures, with the columns of `Involvement.metrics`.
        diagnostics: what was looked at, left out and assumed.

    Example:
        >>> eco.inferred_influence("2026-11-20").partners
    """

    partners: Table
    deals: Table
    metrics: Table
    diagnostics: dict[str, Any]


@dataclass(frozen=True)
class Ropi:
    """Return on partner investment.

    Attributes:
        partners: per partner: partner_id, name, credited_value, gross_margin, direct_cost, shared_cost, cost, ropi,
            revenue_multiple, note.
        total: all partners together, one row.
        metrics: figures, with the columns of `Involvement.metrics`.

    Example:
        >>> eco.ropi(credit, "2026-11-20", margin=0.65).partners
    """

    partners: Table
    total: Table
    metrics: Table


@dataclass(frozen=True)
class TierReview:
    """What the partner programme decides, and what is about to change.

    Attributes:
        distribution: per tier, the highest first: tier, partners, share, value and value_share (of credited won
            revenue).
        decisions: per partner: what it qualified for, earned and holds, the recommendation and why.
        reasons: why each decision is as it is: partner_id, name, place, code, tier, on.
        progress: how far partners are from the next tier, the closest first.
        gaps: what stands between partners and the next tier.
        actions: the cheapest ways to the next tier; empty without costs.
        movements: from, to, direction, partners.
        rule_change: who would move by the change of rules alone; empty without the version before.
        at_risk: what is lost if nothing else happens, the earliest first.
        findings: what has to be said of the metrics.
        lint: what makes no sense in the document.
        metrics: figures, with the columns of `Involvement.metrics`.
        diagnostics: the programme, its version and tiers, and where the tiers before come from.

    Example:
        >>> cosell.review(eco, "2026-11-20", config={"program": document}).tiers.decisions
    """

    distribution: Table
    decisions: Table
    reasons: Table
    progress: Table
    gaps: Table
    actions: Table
    movements: Table
    rule_change: Table
    at_risk: Table
    findings: Table
    lint: Table
    metrics: Table
    diagnostics: dict[str, Any]


@dataclass(frozen=True)
class Intervals:
    """How far credit can be trusted.

    Attributes:
        channels: per channel, in the order of the totals: channel, journeys (converted, with the channel), conversions,
            conversions_low, conversions_high, value, value_low, value_high (where there are values), share, share_low,
            share_high, share_standard_error, enough, note.
        ranks: per channel, by rank of its share: rank, channel, share, rank_low, rank_high, chance_first,
            note.
        pairs: per pair of the first channels by rank: channel, other, chance_above, note.
        diagnostics: how they were made.

    Example:
        >>> journeys.attribute("markov").intervals(method="bca").ranks
    """

    channels: Table
    ranks: Table
    pairs: Table
    diagnostics: dict[str, Any]


@dataclass(frozen=True)
class Calibration:
    """Credit combined with experiments.

    Attributes:
        channels: per channel, in the order of the totals: channel, model, model_standard_error, experiment,
            experiment_standard_error, calibrated, standard_error, low, high, weight_of_experiment, conflict (z), notes
            (codes with semicolons between them).
        diagnostics: how it was made.

    Example:
        >>> credit.calibrate([{"channel": "acme", "effect": 0.2, "standard_error": 0.05}]).channels
    """

    channels: Table
    diagnostics: dict[str, Any]


@dataclass(frozen=True)
class ModelResult:
    """The credit of one model of a review.

    Attributes:
        label: its column in `Review.credit`.
        model: the model and its options as a document.
        totals: credit per channel.
        diagnostics: what the model assumed and set aside.

    Example:
        >>> review.models[0].totals
    """

    label: str
    model: dict[str, Any]
    totals: Table
    diagnostics: dict[str, Any]


@dataclass(frozen=True)
class Comparison:
    """Many models on the same journeys.

    Attributes:
        credit: per channel: channel, then for each model its value (conversions where there is no value) and its
            share; spread.
        agreement: per pair of models: model_a, model_b, rank_correlation, share_distance, top_overlap.
        reasons: why models disagree: channel, code, model_high, share_high, model_low, share_low, difference,
            evidence, baseline.
        diagnostics: the models as documents, the shares of journeys with one touch and one channel, notes.

    Example:
        >>> journeys.compare(["linear", "markov"]).agreement
    """

    credit: Table
    agreement: Table
    reasons: Table
    diagnostics: dict[str, Any]


@dataclass(frozen=True)
class OrderSelection:
    """Which order of Markov chain journeys support.

    Attributes:
        orders: per order: order, states, parameters, log_likelihood (cross-validated), log_likelihood_per_step,
            behind_best, standard_error, unseen_share, bic, auc.
        recommended: the order to take.
        diagnostics: the reason, the order that each measure likes best, and what was counted.

    Example:
        >>> journeys.select_order(max_order=3).recommended
    """

    orders: Table
    recommended: int
    diagnostics: dict[str, Any]


@dataclass(frozen=True)
class Simulation:
    """Simulated journeys, and what is true of them.

    Attributes:
        paths: path, total_conversions, total_conversion_value, total_null.
        touches: opportunity_id, partner_id, at.
        outcomes: opportunity_id, converted, value, closed_at.
        truth: per channel: channel, effect, touches, journeys, incremental_conversions, incremental_value,
            incremental_share.
        diagnostics: the conversions expected, those expected without any effect, those drawn; the options.

    Example:
        >>> cosell.simulate_journeys().truth
    """

    paths: Table
    touches: Table
    outcomes: Table
    truth: Table
    diagnostics: dict[str, Any]


@dataclass(frozen=True)
class ProgramComparison:
    """What is different between two reviews of the same partners.

    Attributes:
        movements: per pair of tiers: from, to, direction (up, down, same, other), partners, stake,
            worth_gained, worth_lost.
        moves: per partner that does not stay where it is: partner_id, from, to, direction, stake, worth_before,
            worth_after, decides, further, metric, actual, required, because.
        flows: the movements as edges of a Sankey diagram: source, target, partners, stake.

    Example:
        >>> this_year.compare(next_year).movements
    """

    movements: Table
    moves: Table
    flows: Table


@dataclass(frozen=True)
class ProgramReplay:
    """One programme over many days.

    Attributes:
        reviews: the review of each day.
        decisions: the decisions of all days, one below the other; a later review takes them as `previous`.
        flows: moves between effective tiers from day to day: from_day, to_day, source, target, partners.

    Example:
        >>> program.replay([("2026-10-31", october), ("2026-11-30", november)]).decisions
    """

    reviews: tuple[ProgramReview, ...]
    decisions: Table
    flows: Table


@dataclass(frozen=True)
class ProgramBacktest:
    """Two versions over the same partners and days.

    Attributes:
        before: the replay of the first programme.
        after: the replay of the other one.
        movements: per day and pair of tiers: as_of, from, to, direction (up, down, same, other), partners, stake,
            revenue, credit, worth_gained, worth_lost; the last day is where the versions end.
        moves: per day and partner that the other programme puts elsewhere: as_of, partner_id, from, to, direction,
            stake, revenue, credit, worth_before, worth_after, decides, further, metric, actual, required, because.
        criteria: the moves of each day by the criterion that decides them, the most partners first: as_of, direction,
            decides (None: policy alone), metric, partners, stake, revenue, credit, worth_gained, worth_lost.
        flows: the movements as edges of a Sankey diagram: as_of, source, target, partners, stake, revenue, credit.

    Example:
        >>> program.backtest(next_year, eco, days=["2026-10-31", "2026-11-30"]).criteria
    """

    before: ProgramReplay
    after: ProgramReplay
    movements: Table
    moves: Table
    criteria: Table
    flows: Table


@dataclass(frozen=True)
class RecommendedTiers:
    """A draft of a programme and what it rests on.

    Attributes:
        document: the draft: every threshold is an assumed number, to be edited.
        breaks: per tier, the lowest first: tier, from, to, partners.
        fits: per number of tiers that was looked at: tiers, fit, chosen.
        weights: per metric: metric, weight.
        validation: how well the last period was predicted: prediction, partners, r_squared, rank_correlation; no rows
            where weights were not fitted.

    Example:
        >>> cosell.recommend_program([partners], metrics=["revenue"]).breaks
    """

    document: dict[str, Any]
    breaks: Table
    fits: Table
    weights: Table
    validation: Table
