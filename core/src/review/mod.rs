//! The partner review: one config says which capabilities run on an ecosystem, one object holds every result.
//!
//! `review` computes and `report` renders: nothing here knows about text or HTML, and nothing there computes a figure.

use serde_json::Value;

use crate::calendar::Date;
use crate::money::Currency;
use crate::table::Table;

mod compute;
mod confidence;
mod config;
mod expected;
mod metric;
mod tiers;

pub use compute::{review, review_journeys, review_journeys_with, review_with};
pub use config::{Part, ReviewConfidence, ReviewConfig, ReviewExpected, ReviewRopi, ReviewTiers};
pub(crate) use metric::{MetricRows, Ratio, wilson};

/// Everything that a partner review found.
#[derive(Debug, Clone)]
pub struct Review {
    /// The day that the review looks from; `None` for aggregated paths, which have no dates.
    pub as_of: Option<Date>,
    /// The currency of every amount; `None` for plain numbers.
    pub currency: Option<Currency>,
    /// The config that was used, with every default filled in.
    pub config: Value,
    /// What was read. Columns: table, rows (used), rejected, findings; in the order of the input tables.
    pub coverage: Table,
    /// The figures of the first screen. Columns: metric, value, numerator, denominator, n, low, high, unit
    /// (`money`, `share`, `count`, `ratio`), convention, note, value_amount, numerator_amount, denominator_amount (the same,
    /// exact, where they are amounts).
    pub headline: Table,
    /// Credit per channel under each model side by side. Columns: channel, name, then for each model `<label>` (value;
    /// conversions where there is no value); ordered by the first model's credit, largest first, names in parentheses
    /// last.
    pub credit: Table,
    /// Each model's own result, in the order of the config.
    pub models: Vec<ModelResult>,
    /// How sure the credit is; `None` where the review has none.
    pub confidence: Option<Confidence>,
    /// Sourced and influenced revenue; `None` where the review has none.
    pub involvement: Option<Involvement>,
    /// Open pipeline; `None` where the review has none.
    pub pipeline: Option<Pipeline>,
    /// What is expected of open deals beside what was won, as credit of one model; empty where the config gives no chances. Columns:
    /// channel, name, won_value, expected_value (where there are amounts), expected_deals; the largest expected value first, names
    /// in parentheses last.
    pub expected: Table,
    /// Partners to ask about, never credit; `None` where the review has none.
    pub inferred_influence: Option<InferredInfluence>,
    /// Return on partner investment; `None` where the review has none.
    pub ropi: Option<Ropi>,
    /// Tiers of the partner programme; `None` where the review has none.
    pub tiers: Option<TierReview>,
    /// The rows that could not be used: table, row, column, code, message, amount_at_stake, rows.
    pub rejected: Table,
    /// What is implausible but usable, with the same columns.
    pub findings: Table,
    /// What was not computed, and why. Columns: part, code, message.
    pub notes: Table,
}

/// The credit of one model.
#[derive(Debug, Clone)]
pub struct ModelResult {
    /// The column name in [`Review::credit`], such as `linear` or `time_decay`.
    pub label: String,
    /// The model and its options as a document.
    pub model: Value,
    /// Columns: channel, conversions, value, share.
    pub totals: Table,
    /// What the model assumed and set aside.
    pub diagnostics: Value,
}

/// How sure the credit of one model is, how far that of the others can be trusted, and how far the models agree.
#[derive(Debug, Clone)]
pub struct Confidence {
    /// Per partner, by rank of its share. Columns: rank, channel, name, journeys (converted, with the partner), value (in
    /// major units; conversions where there is no value), value_low, value_high, share, share_low, share_high (no bounds
    /// where there are too few journeys), rank_low, rank_high, chance_first, note (`too_few_journeys`).
    pub partners: Table,
    /// Per partner, by the same rank, and model: those of the review, or those that the config names. Columns: channel, name,
    /// model, value, value_low, value_high, share, share_low, share_high, note.
    pub models: Table,
    /// Per pair of the first partners by rank. Columns: channel, other, chance_above, note.
    pub pairs: Table,
    /// Per pair of models: those of the review, `markov` and `shapley`. Columns: model_a, model_b, rank_correlation,
    /// share_distance (the share of the credit that would change hands), top_overlap.
    pub agreement: Table,
    /// Why models disagree, by channel, the largest difference first. Columns: channel, code, model_high, share_high,
    /// model_low, share_low, difference, evidence, baseline.
    pub reasons: Table,
    /// The model that was resampled, and how intervals and comparison were made.
    pub diagnostics: Value,
}

/// Sourced, influenced and involved won revenue.
#[derive(Debug, Clone)]
pub struct Involvement {
    /// Per partner, by id. Columns: partner_id, name, sourced_deals, sourced_value, influenced_not_sourced_deals,
    /// influenced_not_sourced_value, involved_deals, involved_value.
    pub partners: Table,
    /// Disjoint parts of all won revenue. Columns: bucket (`sourced_only`, `sourced_and_influenced`, `influenced_only`,
    /// `none`), deals, value, share.
    pub buckets: Table,
    /// Figures. Columns as [`Review::headline`].
    pub metrics: Table,
}

/// Open pipeline and the partners' part in it.
#[derive(Debug, Clone)]
pub struct Pipeline {
    /// Per partner, by id. Columns: partner_id, name, open_deals, open_value.
    pub partners: Table,
    /// Figures. Columns as [`Review::headline`].
    pub metrics: Table,
}

/// Partners that share the accounts of deals without anything on the deals: candidates to ask about, never credit.
#[derive(Debug, Clone)]
pub struct InferredInfluence {
    /// Per candidate, the one to ask first in front: those beyond chance, then those within it, then those that cannot be
    /// judged; within each by won value, open value and number of deals, largest first, then by id. Columns: partner_id,
    /// name, rank, deals, won, lost, open, won_value, open_value, accounts, late_deals (it came after the creation),
    /// undated_deals (since when it was there is not known), shared_deals (those on record included), on_record_deals,
    /// shared_by_chance (at accounts drawn at random), compared_deals, compared_won, expected_won (at the win rates of
    /// comparable deals), lift (won / expected), low, high (95%), p_value (as many wins or more by chance), q_value (over
    /// all that are judged), reason (`beyond_chance`, `within_chance`; without lift: `too_few_deals`,
    /// `too_few_comparable_deals`, `too_few_accounts`, `no_expected_wins`).
    pub partners: Table,
    /// Per candidate and deal, in the order of the candidates, then by the id of the deal. Columns: partner_id, name,
    /// opportunity_id, account_id, status, created_at, closed_at, value (of won and open deals), evidence (`relationship`,
    /// `account_touch`, `relationship_and_account_touch`), relationship, relationship_from, touches (on the account, in the
    /// window), last_touch_at, ask (`present_before`, `came_during`, `since_when`, `open_deal`).
    pub deals: Table,
    /// Figures. Columns as [`Review::headline`].
    pub metrics: Table,
    /// What was looked at, left out and assumed.
    pub diagnostics: Value,
}

/// Return on partner investment.
#[derive(Debug, Clone)]
pub struct Ropi {
    /// Per partner, by id. Columns: partner_id, name, credited_value, gross_margin, direct_cost, shared_cost, cost, ropi,
    /// revenue_multiple, note (a code where there is no value).
    pub partners: Table,
    /// All partners together, one row, the same columns without partner_id and name.
    pub total: Table,
    /// Figures. Columns as [`Review::headline`].
    pub metrics: Table,
}

/// What the partner programme decides today, and what is about to change.
#[derive(Debug, Clone)]
pub struct TierReview {
    /// Per tier, the highest first; a row without a tier last, where partners hold none. Columns: tier, partners, share (of all
    /// partners), value (won revenue credited to them) and value_share (of all credit) where there are amounts.
    pub distribution: Table,
    /// Per partner, by id: what it qualified for, earned and holds, the recommendation and why. Columns as
    /// [`ProgramReview::decisions`](crate::tiering::ProgramReview::decisions), with name.
    pub decisions: Table,
    /// Why each decision is as it is. Columns: partner_id, name, place, code, tier, on.
    pub reasons: Table,
    /// Per partner below the highest tier, the closest to the next one first. Columns: partner_id, name, effective, scope, tier
    /// (the next one), satisfied, total, gaps, plan_cost (of the cheapest way, where costs are given).
    pub progress: Table,
    /// What stands between partners and the next tier, in the order of `progress`. Columns as
    /// [`ProgramReview::gaps`](crate::tiering::ProgramReview::gaps), with name.
    pub gaps: Table,
    /// The cheapest ways to the next tier; empty without costs. Columns as
    /// [`ProgramReview::actions`](crate::tiering::ProgramReview::actions), with name.
    pub actions: Table,
    /// How many partners came from which tier to which, the highest first. Columns: from, to (null: no tier), direction, partners.
    pub movements: Table,
    /// Who would move by the change of rules alone; empty without the version before. Columns: from, to, direction, partners,
    /// stake, worth_gained, worth_lost.
    pub rule_change: Table,
    /// What is lost if nothing else happens, the earliest first. Columns as
    /// [`ProgramReview::forecast`](crate::tiering::ProgramReview::forecast), with name.
    pub at_risk: Table,
    /// What has to be said of the metrics. Columns: metric, code, rows, message.
    pub findings: Table,
    /// What is allowed in the document and makes no sense. Columns: severity, code, path, message, suggestion.
    pub lint: Table,
    /// Figures. Columns as [`Review::headline`].
    pub metrics: Table,
    /// The programme, its version and tiers, and where the tiers before come from.
    pub diagnostics: Value,
}

impl TierReview {
    /// The tables with their names, as every language names them.
    pub fn tables(&self) -> [(&'static str, &Table); 12] {
        [
            ("distribution", &self.distribution),
            ("decisions", &self.decisions),
            ("reasons", &self.reasons),
            ("progress", &self.progress),
            ("gaps", &self.gaps),
            ("actions", &self.actions),
            ("movements", &self.movements),
            ("rule_change", &self.rule_change),
            ("at_risk", &self.at_risk),
            ("findings", &self.findings),
            ("lint", &self.lint),
            ("metrics", &self.metrics),
        ]
    }
}
