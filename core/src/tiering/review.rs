//! A review of all partners on a day: decisions, their reasons, gaps, scorecards.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::base::{Base, Enrolment};
use super::document::Effective;
use super::evaluate::{Context, Evaluated, NO_TRACK, evaluate, highest};
use super::facts::Measurement;
use super::forecast::{self, Loss};
use super::formula::Columns;
use super::history::{self, History};
use super::measure::{Finding, MeasureInputs, Measured, measure};
use super::program::{ColumnRole, Compiled, Node, Program};
use super::standing::{Decision, Past, Reason, Today, decide, fixed_track, held_months};
use super::top::Cutoffs;
use super::{decisions, frame};
use crate::attribution::Credit;
use crate::calendar::Date;
use crate::engine::monitor::Monitor;
use crate::error::{Code, Error, Result};
use crate::facts::{Ecosystem, Id};
use crate::table::{CellRef, Interner, Key, KeySpace, RawTable, Table};

/// How a review is made.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct ProgramReviewOptions {
    /// The day that is decided about; ISO 8601. Required.
    pub as_of: Option<String>,
    /// How many months ahead losses are looked for, where facts are at hand. 0: none.
    pub forecast_months: u32,
}

impl Default for ProgramReviewOptions {
    fn default() -> Self {
        Self { as_of: None, forecast_months: 6 }
    }
}

/// What a review of an ecosystem takes beside it.
#[derive(Debug, Clone, Default)]
pub struct ReviewInputs<'a> {
    /// The decisions of earlier reviews.
    pub previous: Option<&'a RawTable<'a>>,
    /// Ready metrics: `partner_id`, perhaps the scope, and columns that are called as metrics are.
    pub metrics: Option<&'a RawTable<'a>>,
    /// Credit by the names that metrics give it.
    pub credit: BTreeMap<String, &'a Credit>,
}

impl<'a> ReviewInputs<'a> {
    /// The earlier decisions, for a review of a frame, which holds its own metrics.
    ///
    /// # Errors
    /// [`Code::InvalidOption`] where there are ready metrics or credit, which go with an ecosystem only.
    pub fn beside_frame(&self) -> Result<Option<&'a RawTable<'a>>> {
        let given = [("metrics", self.metrics.is_some()), ("credit", !self.credit.is_empty())];
        match given.iter().find(|(_, is_given)| *is_given) {
            None => Ok(self.previous),
            Some((name, _)) => {
                let message = format!(
                    "{name} goes with an ecosystem; a frame of partners holds every metric itself, one column for each"
                );
                Err(Error::new(Code::InvalidOption, *name, message))
            }
        }
    }
}

/// A review of all partners on a day. A review of an ecosystem holds on to it, for the facts behind each number.
#[derive(Debug, Clone)]
pub struct ProgramReview {
    pub(crate) program: Program,
    pub(crate) as_of: Date,
    pub(crate) base: Base,
    pub(crate) evaluated: Evaluated,
    pub(crate) cutoffs: Cutoffs,
    pub(crate) history: History,
    /// One for each partner, in the order of the base.
    pub(crate) decided: Vec<Decided>,
    pub(crate) findings: Vec<Finding>,
    pub(crate) losses: Vec<Loss>,
    /// What it was measured from; `None`: its metrics were handed in.
    pub(crate) measurement: Option<Measurement>,
}

/// A partner's decision and the row of the base that counts for it.
#[derive(Debug, Clone)]
pub(crate) struct Decided {
    pub(crate) partner: u32,
    /// The row of its best scope.
    pub(crate) row: usize,
    pub(crate) decision: Decision,
}

/// Reads the day that a review is about.
///
/// # Errors
/// It is missing, no ISO 8601 date, or outside of the version's time.
pub(crate) fn need_day(program: &Compiled, as_of: Option<&str>) -> Result<Date> {
    let Some(text) = as_of else {
        let message =
            "as_of is missing: the day that is decided about, such as \"2026-11-20\" (nothing here reads a clock)";
        return Err(Error::new(Code::MissingOption, "as_of", message));
    };
    let day = day_of(text, "as_of")?;
    within_version(program, day, "as_of")?;
    Ok(day)
}

/// Reads a day that an option names.
///
/// # Errors
/// It is no ISO 8601 date.
pub(crate) fn day_of(text: &str, field: &str) -> Result<Date> {
    // An instant, as languages write a date with a time, is its day in UTC.
    let instant = || frame::date(CellRef::Text(text)).ok().flatten();
    Date::parse(text)
        .or_else(|e| instant().ok_or(e))
        .map_err(|e| Error::new(Code::InvalidDate, field, format!("{field}: {e}")))
}

/// Checks that the version holds on a day.
///
/// # Errors
/// The day is outside of the version's time.
pub(crate) fn within_version(program: &Compiled, day: Date, field: &str) -> Result<()> {
    let Effective { from, to } = program.document.effective;
    if from.is_some_and(|from| day < from) || to.is_some_and(|to| to < day) {
        let show = |date: Option<Date>, open: &str| date.map_or(open.to_owned(), |d| d.to_string());
        let message = format!(
            "version {:?} of programme {:?} holds from {} to {}, and {field} is {day}; use the version of that day",
            program.document.version,
            program.document.program,
            show(from, "ever"),
            show(to, "further notice")
        );
        return Err(Error::new(Code::OptionOutOfRange, field, message));
    }
    Ok(())
}

impl Program {
    /// Reviews the partners of a frame: one row for each partner (and scope), one column for each metric that is not made of
    /// others, and for each attribute that a criterion names; `tier`, `track`, `enrolled_on` and `tier_since` where known.
    ///
    /// `previous` are the decisions of earlier reviews: of one, or of many for rules that look back.
    ///
    /// # Errors
    /// A missing day, metric or attribute; a value of the wrong type; previous decisions that do not fit.
    ///
    /// ```
    /// use cosell::engine::monitor::Monitor;
    /// use cosell::table::RawTable;
    /// use cosell::tiering::{Program, ProgramReviewOptions};
    /// let program = Program::from_json(r#"{
    ///     "program": "services", "version": "2026",
    ///     "tiers": [{"tier": "member", "rank": 1}, {"tier": "gold", "rank": 2}],
    ///     "metrics": {"deals": {"measure": "given", "unit": "count"}},
    ///     "qualification": {"gold": {"threshold": {"metric": "deals", "at_least": 5}}}
    /// }"#)?;
    /// let partners = RawTable::from_json(&[
    ///     serde_json::json!({"partner_id": "P-1", "deals": 5}),
    ///     serde_json::json!({"partner_id": "P-2", "deals": 4}),
    /// ])?;
    /// let options = ProgramReviewOptions { as_of: Some("2026-11-20".into()), ..Default::default() };
    /// let review = program.review_frame(&partners, None, &options, &Monitor::none())?;
    /// assert_eq!(review.decisions()?.text(0, "effective"), "gold");
    /// assert_eq!(review.decisions()?.text(1, "effective"), "member");
    /// # Ok::<(), cosell::Error>(())
    /// ```
    pub fn review_frame(
        &self,
        partners: &RawTable<'_>,
        previous: Option<&RawTable<'_>>,
        options: &ProgramReviewOptions,
        monitor: &Monitor,
    ) -> Result<ProgramReview> {
        let as_of = need_day(self.compiled(), options.as_of.as_deref())?;
        let base = frame::read(self.compiled(), partners)?;
        let history = self.history(&base, previous, as_of)?;
        self.review_base(base, history, None, as_of, monitor)
    }

    /// Reviews the partners of an ecosystem: those enrolled in the programme on the day, or every partner where the
    /// ecosystem has no enrollments. Its metrics are measured from what was known on the day.
    ///
    /// # Errors
    /// A missing day, table, column, credit or ready metric; a name or type in the document that does not fit the facts, with
    /// its path; an amount without a rate; previous decisions that do not fit.
    ///
    /// ```
    /// use cosell::engine::monitor::Monitor;
    /// use cosell::facts::{Activity, Ecosystem};
    /// use cosell::tiering::{Program, ProgramReviewOptions, ReviewInputs};
    /// let program = Program::from_json(r#"{
    ///     "program": "services", "version": "2026",
    ///     "tiers": [{"tier": "member", "rank": 1}, {"tier": "gold", "rank": 2}],
    ///     "metrics": {"trainings": {"measure": {"count": {"from": "activities", "window": {"rolling_months": 12}}}}},
    ///     "qualification": {"gold": {"threshold": {"metric": "trainings", "at_least": 1}}}
    /// }"#)?;
    /// let activity = |partner: &str, at: &str| Activity {
    ///     partner_id: Some(partner.into()), at: Some(at.into()), kind: Some("training".into()), ..Default::default()
    /// };
    /// let eco = Ecosystem::builder().records([activity("P-1", "2026-03-01"), activity("P-2", "2025-03-01")]).build()?;
    /// let options = ProgramReviewOptions { as_of: Some("2026-11-20".into()), ..Default::default() };
    /// let review = program.review(&eco, &ReviewInputs::default(), &options, &Monitor::none())?;
    /// assert_eq!(review.decisions()?.text(0, "effective"), "gold");
    /// assert_eq!(review.decisions()?.text(1, "effective"), "member");
    /// # Ok::<(), cosell::Error>(())
    /// ```
    pub fn review(
        &self,
        eco: &Ecosystem,
        inputs: &ReviewInputs<'_>,
        options: &ProgramReviewOptions,
        monitor: &Monitor,
    ) -> Result<ProgramReview> {
        let as_of = need_day(self.compiled(), options.as_of.as_deref())?;
        let history = self.history_of(eco, inputs, as_of)?;
        self.review_facts(eco, inputs, history, as_of, options.forecast_months, monitor)
    }

    /// Reviews the partners of an ecosystem after what is known of the past.
    pub(crate) fn review_facts(
        &self,
        eco: &Ecosystem,
        inputs: &ReviewInputs<'_>,
        history: History,
        as_of: Date,
        forecast_months: u32,
        monitor: &Monitor,
    ) -> Result<ProgramReview> {
        let measured = measure_inputs(inputs, &history);
        let Measured { base, handed_in, findings } = measure(self.compiled(), eco, &measured, as_of, monitor)?;
        let mut review = self.review_base(base, history, None, as_of, monitor)?;
        review.findings = findings;
        review.losses = forecast::losses(&review, eco, &measured, forecast_months, monitor)?;
        let credit = inputs.credit.iter().map(|(name, credit)| (name.clone(), (*credit).clone())).collect();
        review.measurement = Some(Measurement { eco: eco.clone(), credit, tiers: measured.tiers, handed_in });
        Ok(review)
    }

    /// The earlier decisions about the partners of an ecosystem.
    pub(crate) fn history_of(&self, eco: &Ecosystem, inputs: &ReviewInputs<'_>, as_of: Date) -> Result<History> {
        let read = |previous| history::read(self.compiled(), eco.keys(KeySpace::Partner), previous, as_of);
        inputs.previous.map_or_else(|| Ok(History::default()), read)
    }

    pub(crate) fn history(&self, base: &Base, previous: Option<&RawTable<'_>>, as_of: Date) -> Result<History> {
        match previous {
            Some(previous) => history::read(self.compiled(), &base.partners, previous, as_of),
            None => Ok(History::default()),
        }
    }

    /// Reviews a base; without cut-offs, those of the base itself.
    pub(crate) fn review_base(
        &self,
        base: Base,
        history: History,
        cutoffs: Option<Cutoffs>,
        as_of: Date,
        monitor: &Monitor,
    ) -> Result<ProgramReview> {
        let program = self.compiled();
        monitor.begin("decide", base.rows())?;
        let context = context(program, &base, &history, as_of);
        let cutoffs = cutoffs.unwrap_or_else(|| Cutoffs::of(program, &base));
        let evaluated = evaluate(program, &base, &context, &cutoffs)?;
        let decided = decide_all(program, &base, &evaluated, &history, as_of);
        monitor.advance(base.rows())?;
        Ok(ProgramReview {
            program: self.clone(),
            as_of,
            base,
            evaluated,
            cutoffs,
            history,
            decided,
            findings: Vec::new(),
            losses: Vec::new(),
            measurement: None,
        })
    }
}

/// What is measured from beside the facts: credit, ready metrics, and the tiers that partners hold.
pub(crate) fn measure_inputs<'a>(inputs: &ReviewInputs<'a>, history: &History) -> MeasureInputs<'a> {
    let held = |(code, past): (u32, &Vec<Past>)| Some((code, past.last()?.effective?));
    let tiers = (0..).zip(&history.of_partner).filter_map(held).collect();
    MeasureInputs { credit: inputs.credit.clone(), given: inputs.metrics, tiers }
}

/// What is known of rows beside their metrics.
pub(crate) fn context(program: &Compiled, base: &Base, history: &History, as_of: Date) -> Context {
    let past = |row: usize| history.of(base.partner[row]);
    let none = Enrolment::default();
    let enrolment = |row: usize| base.enrolment.get(row).unwrap_or(&none);
    let sticky = program.document.tracks.as_ref().is_some_and(|t| t.sticky_months.is_some());
    let looks_back = program.tracks.iter().any(|t| t.nodes.iter().any(|n| matches!(n, Node::Held { .. })));
    let rows = |wanted: bool| if wanted { 0..base.rows() } else { 0..0 };
    Context {
        fixed_track: rows(sticky).map(|row| fixed_track(program, as_of, past(row), enrolment(row))).collect(),
        held_months: rows(looks_back).map(|row| held_months(program, as_of, past(row))).collect(),
    }
}

/// The id of a partner as documents name it.
pub(crate) fn id_of(base: &Base, partner: u32) -> Id {
    key_id(&base.partners, partner)
}

/// The id that a code stands for.
pub(crate) fn key_id(partners: &Interner, code: u32) -> Id {
    match partners.key(code) {
        Key::Int(number) => i64::try_from(number).map_or_else(|_| Id::Text(number.to_string()), Id::Int),
        Key::Text(text) => Id::Text(text.to_owned()),
    }
}

/// The decisions about all partners of a base.
pub(crate) fn decide_all(
    program: &Compiled,
    base: &Base,
    evaluated: &Evaluated,
    history: &History,
    as_of: Date,
) -> Vec<Decided> {
    let mut decided = Vec::with_capacity(base.rows());
    let mut from = 0;
    while from < base.rows() {
        let partner = base.partner[from];
        let until = (from..base.rows()).find(|&row| base.partner[row] != partner).unwrap_or(base.rows());
        let rank = |row: usize| {
            let score = evaluated.score[row];
            (
                evaluated.track[row] != NO_TRACK,
                highest(evaluated.qualifies[row]),
                if score.is_nan() { -1.0 } else { score },
            )
        };
        let mut best = from;
        for row in from + 1..until {
            let (a, b) = (rank(row), rank(best));
            // Of equal scopes the first by name stands.
            if (a.0, a.1) > (b.0, b.1) || ((a.0, a.1) == (b.0, b.1) && a.2 > b.2) {
                best = row;
            }
        }
        let today = Today {
            track: Some(evaluated.track[best]).filter(|&t| t != NO_TRACK).map(usize::from),
            qualifies: (from..until).fold(0, |mask, row| mask | evaluated.qualifies[row]),
            keeps: (from..until).fold(0, |mask, row| mask | evaluated.keeps[row]),
        };
        let id = id_of(base, partner);
        let enrolment = base.enrolment.get(best).copied().unwrap_or_default();
        let decision = decide(program, &id, as_of, &today, history.of(partner), &enrolment);
        decided.push(Decided { partner, row: best, decision });
        from = until;
    }
    decided
}

impl ProgramReview {
    /// The programme that was reviewed.
    pub fn program(&self) -> &Program {
        &self.program
    }

    /// The day that was decided about.
    pub fn as_of(&self) -> Date {
        self.as_of
    }

    /// How many partners were decided about.
    pub fn partners(&self) -> usize {
        self.decided.len()
    }

    /// One row for each partner, in the order of their ids: what it qualified for, earned and holds, the recommendation and
    /// why. The columns behind `because` carry what a later review needs to know: hand the table in as `previous`.
    ///
    /// # Errors
    /// Only faults of this library.
    pub fn decisions(&self) -> Result<Table> {
        decisions::table(self)
    }

    /// Why each decision is as it is, one row for each reason: partner_id, place, code, tier, on.
    pub fn reasons(&self) -> Table {
        decisions::reasons(self)
    }

    /// The lines and totals of scorecards: partner_id, scope, scorecard, line (null: the total), points, max_points; of the
    /// scope that counts.
    pub fn scorecards(&self) -> Table {
        decisions::scorecards(self)
    }

    /// The metrics of every partner (and scope): one row for each, one column for each metric, in the order of their names.
    pub fn metrics(&self) -> Table {
        decisions::metrics(self)
    }

    /// What is lost if nothing else happens: partner_id, cause, tier, on, lost_on, drops_to, criterion, metric, actual, required,
    /// unit.
    pub fn forecast(&self) -> Table {
        forecast::table(self)
    }

    /// What has to be said of the metrics: metric, code, rows, message.
    pub fn findings(&self) -> Table {
        decisions::findings(self)
    }

    /// The cut-offs of populations: criterion, track, metric, within, cutoff, population. `evaluate` takes them for one partner.
    pub fn cutoffs(&self) -> Table {
        decisions::cutoffs(self.program.compiled(), &self.cutoffs)
    }

    /// The columns of a track's rules for one row.
    pub(crate) fn columns_of(&self, row: usize) -> Columns<'_> {
        let mut columns = Columns::new(&self.base.columns, row..row + 1);
        let track = usize::from(self.evaluated.track[row]);
        if let Some(rules) = self.program.compiled().tracks.get(track) {
            columns.derive(&rules.formulas);
        }
        columns
    }
}

/// The reasons of a decision as their codes, in order.
pub(crate) fn codes(reasons: &[Reason]) -> String {
    reasons.iter().map(|r| r.code).collect::<Vec<_>>().join(", ")
}

/// The scorecards of a programme: name, total, lines.
pub(crate) fn cards(program: &Compiled) -> BTreeMap<&str, (usize, Vec<usize>)> {
    let mut cards: BTreeMap<&str, (usize, Vec<usize>)> = BTreeMap::new();
    for (at, column) in program.columns.iter().enumerate() {
        match column.kind {
            ColumnRole::Total => cards.entry(&column.name).or_default().0 = at,
            ColumnRole::Line => {
                let card = column.name.split_once('.').map_or(column.name.as_str(), |(card, _)| card);
                cards.entry(card).or_default().1.push(at);
            }
            ColumnRole::Base | ColumnRole::Derived => {}
        }
    }
    cards
}
