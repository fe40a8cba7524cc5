//! Running a review: each part by its own capability, put side by side.

use hashbrown::HashMap;
use serde_json::{Value, json};

use super::confidence::confidence;
use super::config::{Part, ReviewConfig, model_of};
use super::expected::expected;
use super::metric::{MetricRows, Ratio};
use super::tiers::{TierInputs, program_of, tiers};
use super::{Involvement, ModelResult, Pipeline, Review, Ropi, TierReview};
use crate::attribution::{
    Channel, Credit, InferredInfluenceOptions, InvolvementOptions, Journeys, JourneysOptions, Model, Outcome,
    PipelineOptions, RopiOptions, UNATTRIBUTED, UNSPECIFIED, VENDOR,
};
use crate::calendar::Date;
use crate::engine::monitor::Monitor;
use crate::error::{Code, Error, Result};
use crate::facts::read::as_of_instant;
use crate::facts::{Ecosystem, TABLES};
use crate::money::fixed_to_f64;
use crate::table::result::{TextColumn, column};
use crate::table::{ColumnData, KeySpace, RawTable, Table, Unit, ValueRef};

/// What was not computed, and why.
#[derive(Default)]
struct Notes {
    part: TextColumn,
    code: TextColumn,
    message: TextColumn,
}

impl Notes {
    fn push(&mut self, part: &str, code: &str, message: &str) {
        self.part.push(Some(part));
        self.code.push(Some(code));
        self.message.push(Some(message));
    }

    /// A part that the data cannot support is a note; every other error stays one.
    fn missing<T>(&mut self, part: &str, result: Result<T>) -> Result<Option<T>> {
        match result {
            Ok(found) => Ok(Some(found)),
            Err(error) if matches!(error.code(), Code::MissingTable | Code::MissingColumn | Code::NotEnoughData) => {
                self.push(part, error.code().as_str(), error.message());
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    fn finish(self) -> Table {
        Table::new(vec![self.part.finish("part"), self.code.finish("code"), self.message.finish("message")])
    }
}

/// The partner review of an ecosystem.
///
/// A part that the data cannot support is left out and said so in [`Review::notes`].
///
/// # Errors
/// A missing `as_of`; a bad option, with its path; a missing exchange rate of an open opportunity.
pub fn review(eco: &Ecosystem, config: &ReviewConfig, monitor: &Monitor) -> Result<Review> {
    review_with(eco, config, None, monitor)
}

/// The partner review of an ecosystem whose programme has decided before: `previous` are the decisions of earlier reviews.
///
/// # Errors
/// Those of [`review`]; previous decisions that do not fit the programme, or of which there is none in the config.
pub fn review_with(
    eco: &Ecosystem,
    config: &ReviewConfig,
    previous: Option<&RawTable<'_>>,
    monitor: &Monitor,
) -> Result<Review> {
    let as_of = config.as_of.clone().ok_or_else(|| {
        Error::new(
            Code::MissingOption,
            "as_of",
            "as_of is missing: the day that the review looks from, such as \"2026-11-20\" (nothing here reads a clock)",
        )
    })?;
    let day = eco.zone().date_of(as_of_instant(&as_of, eco.zone())?);
    let runs = |part: Part| config.parts.contains(&part);
    let models = config.labelled_models()?;
    let ropi_model = model_of("ropi", &config.ropi.model)?;
    let program = program_of(config)?;
    if previous.is_some() && program.is_none() {
        let message =
            "previous decisions go with the partner programme that decided; give it as \"program\" in the config";
        return Err(Error::new(Code::InvalidOption, "previous", message));
    }
    let program = program.filter(|_| runs(Part::Tiers));
    let mut notes = Notes::default();
    let journeys_options = with_day(&config.journeys, &as_of);
    let mut journeys = None;
    let of_journeys = [(Part::Credit, "credit"), (Part::Confidence, "confidence"), (Part::Ropi, "ropi")];
    if let Some((_, part)) = of_journeys.into_iter().find(|(part, _)| runs(*part)) {
        journeys = notes.missing(part, eco.journeys(&journeys_options, monitor).map_err(|e| e.within("journeys")))?;
    }
    let mut results = Vec::new();
    if let (true, Some(journeys)) = (runs(Part::Credit), &journeys) {
        results = run_models(journeys, &models, &mut notes, monitor)?;
    }
    let by_partner = config.journeys.channel == Channel::Partner;
    let names = if by_partner { partner_names(eco) } else { HashMap::new() };
    let mut sure = None;
    if let (true, Some(journeys)) = (runs(Part::Confidence), &journeys) {
        sure = notes.missing("confidence", confidence(journeys, config, &names, monitor))?;
    }
    let mut involvement = None;
    if runs(Part::Involvement) {
        let options = InvolvementOptions { as_of: Some(as_of.clone()), ..config.involvement.clone() };
        involvement =
            notes.missing("involvement", eco.involvement(&options, monitor).map_err(|e| e.within("involvement")))?;
        note_metrics("involvement", involvement.as_ref().map(|i| &i.metrics), &mut notes);
    }
    let mut pipeline = None;
    if runs(Part::Pipeline) {
        let options = PipelineOptions { as_of: Some(as_of.clone()), ..config.pipeline.clone() };
        pipeline = notes.missing("pipeline", eco.pipeline(&options, monitor).map_err(|e| e.within("pipeline")))?;
        note_metrics("pipeline", pipeline.as_ref().map(|p| &p.metrics), &mut notes);
    }
    let found = expected(eco, config, (&as_of, journeys.as_ref()), &names, monitor);
    let expected = notes.missing("expected", found)?.flatten().unwrap_or_default();
    let mut inferred_influence = None;
    if runs(Part::InferredInfluence) {
        let options = InferredInfluenceOptions { as_of: Some(as_of.clone()), ..config.inferred_influence.clone() };
        let found = eco.inferred_influence(&options, monitor).map_err(|e| e.within("inferred_influence"));
        inferred_influence = notes.missing("inferred_influence", found)?;
        note_metrics("inferred_influence", inferred_influence.as_ref().map(|i| &i.metrics), &mut notes);
    }
    let mut ropi = None;
    if runs(Part::Ropi) {
        let computed = journeys.as_ref().map(|j| run_ropi(eco, config, &as_of, &ropi_model, j, monitor));
        ropi = notes.missing("ropi", computed.transpose())?.flatten();
        note_metrics("ropi", ropi.as_ref().map(|r| &r.metrics), &mut notes);
    }
    let mut tier_review = None;
    if let Some(program) = &program {
        let of_partners = if by_partner { HashMap::new() } else { partner_names(eco) };
        let names = if by_partner { &names } else { &of_partners };
        let inputs = TierInputs { as_of: &as_of, journeys: journeys.as_ref(), names, previous };
        tier_review = match tiers(eco, config, program, &inputs, monitor) {
            // What the caller handed in is an error, not a part that the data cannot feed.
            Err(error) if error.field().split('.').next() == Some("previous") => return Err(error),
            found => notes.missing("tiers", found)?,
        };
    }
    let credit = credit_table(&results, &names);
    let headline =
        headline(&results, involvement.as_ref(), (pipeline.as_ref(), &expected), ropi.as_ref(), tier_review.as_ref());
    monitor.begin("done", 0)?;
    Ok(Review {
        as_of: Some(day),
        currency: eco.currency(),
        config: serde_json::to_value(config).unwrap_or_default(),
        coverage: coverage(eco),
        headline,
        credit,
        models: results,
        confidence: sure,
        involvement,
        pipeline,
        expected,
        inferred_influence,
        ropi,
        tiers: tier_review,
        rejected: eco.rejected().clone(),
        findings: eco.findings().clone(),
        notes: notes.finish(),
    })
}

/// The review of journeys, of which no programme has decided before.
///
/// # Errors
/// Those of [`review_journeys`]; previous decisions, which go with the partners of an ecosystem.
pub fn review_journeys_with(
    journeys: &Journeys,
    config: &ReviewConfig,
    previous: Option<&RawTable<'_>>,
    monitor: &Monitor,
) -> Result<Review> {
    if previous.is_some() {
        let message = "previous decisions go with an ecosystem; a programme decides nothing about journeys alone";
        return Err(Error::new(Code::InvalidOption, "previous", message));
    }
    review_journeys(journeys, config, monitor)
}

/// The review of journeys that have no ecosystem behind them, such as aggregated paths: credit under every model,
/// and how sure it is.
///
/// # Errors
/// A bad option, with its path.
pub fn review_journeys(journeys: &Journeys, config: &ReviewConfig, monitor: &Monitor) -> Result<Review> {
    let models = config.labelled_models()?;
    let mut notes = Notes::default();
    let results = run_models(journeys, &models, &mut notes, monitor)?;
    let mut sure = None;
    if config.parts.contains(&Part::Confidence) {
        sure = notes.missing("confidence", confidence(journeys, config, &HashMap::new(), monitor))?;
    }
    let program = program_of(config)?.filter(|_| config.parts.contains(&Part::Tiers));
    let asked =
        [config.expected.stage_probability.is_some().then_some("expected"), program.is_some().then_some("tiers")];
    for part in ["involvement", "pipeline", "inferred_influence", "ropi"].into_iter().chain(asked.into_iter().flatten())
    {
        notes.push(part, "no_ecosystem", "it goes by tables such as partners and opportunities");
    }
    let as_of = config
        .as_of
        .as_deref()
        .map(Date::parse)
        .transpose()
        .map_err(|e| Error::new(Code::InvalidOption, "as_of", format!("as_of: {e}")))?;
    let empty = || crate::facts::empty_report();
    monitor.begin("done", 0)?;
    Ok(Review {
        as_of,
        currency: journeys.inner.unit.and_then(Unit::currency),
        config: serde_json::to_value(config).unwrap_or_default(),
        coverage: coverage_of_journeys(journeys),
        headline: headline(&results, None, (None, &Table::default()), None, None),
        credit: credit_table(&results, &HashMap::new()),
        models: results,
        confidence: sure,
        involvement: None,
        pipeline: None,
        expected: Table::default(),
        inferred_influence: None,
        ropi: None,
        tiers: None,
        rejected: empty(),
        findings: empty(),
        notes: notes.finish(),
    })
}

pub(super) fn with_day(options: &JourneysOptions, as_of: &str) -> JourneysOptions {
    let day = options.as_of.clone().or_else(|| Some(as_of.to_owned()));
    JourneysOptions { as_of: day, ..options.clone() }
}

fn run_models(
    journeys: &Journeys,
    models: &[(String, Model)],
    notes: &mut Notes,
    monitor: &Monitor,
) -> Result<Vec<ModelResult>> {
    let mut results = Vec::new();
    let credits = journeys.attribute_each(models.iter().map(|(_, model)| model), monitor)?;
    for ((label, model), credit) in models.iter().zip(credits) {
        if let Some(credit) = notes.missing(label, credit)? {
            results.push(ModelResult {
                label: label.clone(),
                model: model.document(),
                totals: credit.totals().clone(),
                diagnostics: credit.diagnostics().clone(),
            });
        }
    }
    Ok(results)
}

/// Credit of won opportunities by partner, whatever the review shows.
pub(super) fn partner_credit(
    eco: &Ecosystem,
    config: &ReviewConfig,
    as_of: &str,
    model: &Model,
    journeys: Option<&Journeys>,
    part: &str,
    monitor: &Monitor,
) -> Result<Credit> {
    let fits = config.journeys.channel == Channel::Partner && config.journeys.outcome != Outcome::Open;
    let own;
    let journeys = if let Some(journeys) = journeys.filter(|_| fits) {
        journeys
    } else {
        let own_options =
            JourneysOptions { channel: Channel::Partner, outcome: Outcome::Won, ..config.journeys.clone() };
        let options = with_day(&own_options, as_of);
        own = eco.journeys(&options, monitor).map_err(|e| e.within("journeys"))?;
        &own
    };
    journeys.attribute(model, monitor).map_err(|e| e.within(part))
}

fn run_ropi(
    eco: &Ecosystem,
    config: &ReviewConfig,
    as_of: &str,
    model: &Model,
    journeys: &Journeys,
    monitor: &Monitor,
) -> Result<Ropi> {
    eco.need("investments")?;
    let credit = partner_credit(eco, config, as_of, model, Some(journeys), "ropi", monitor)?;
    if credit.journeys().inner.unit.is_none() {
        let message = "the opportunities have no amounts, so there is no revenue to return";
        return Err(Error::new(Code::NotEnoughData, "opportunities.amount", message));
    }
    let options = RopiOptions {
        as_of: Some(as_of.to_owned()),
        margin: config.ropi.margin.clone(),
        shared_key: config.ropi.shared_key.clone(),
        months: config.ropi.months,
    };
    eco.ropi(&credit, &options, monitor).map_err(|e| e.within("ropi"))
}

/// Figures without a value are noted once.
fn note_metrics(part: &str, metrics: Option<&Table>, notes: &mut Notes) {
    let Some(metrics) = metrics else { return };
    let mut seen: Vec<String> = Vec::new();
    for row in 0..metrics.len() {
        let code = metrics.text(row, "note");
        if !code.is_empty() && !seen.contains(&code) {
            notes.push(part, &code, &metrics.text(row, "convention"));
            seen.push(code);
        }
    }
}

fn partner_names(eco: &Ecosystem) -> HashMap<String, String> {
    let keys = eco.keys(KeySpace::Partner);
    let name = |code: u32| Some((keys.key(code).to_string(), eco.partner_name(code)?));
    (0..keys.len() as u32).filter_map(name).collect()
}

/// Credit per channel under each model side by side.
fn credit_table(results: &[ModelResult], names: &HashMap<String, String>) -> Table {
    let Some(first) = results.first() else { return Table::new(Vec::new()) };
    let shown = ["value", "value_minor"].into_iter().find(|name| first.totals.column(name).is_some());
    let shown = shown.unwrap_or("conversions");
    let order = order_by_credit(&first.totals, shown);
    let mut channel = TextColumn::default();
    let mut name = TextColumn::default();
    for &row in &order {
        let id = first.totals.text(row, "channel");
        name.push(names.get(&id).map(String::as_str));
        channel.push(Some(&id));
    }
    let mut columns = vec![channel.finish("channel"), name.finish("name")];
    for result in results {
        // Every model sees the same journeys, so the channels are the same, in the same order.
        let totals = result.totals.take(&order);
        if let Some(data) = totals.column(shown) {
            columns.push(column(&result.label, data.clone()));
        }
    }
    Table::new(columns)
}

pub(super) fn order_by_credit(totals: &Table, shown: &str) -> Vec<usize> {
    let exact = |row: usize| match totals.value(row, shown) {
        ValueRef::Money(amount, _) => amount,
        other => (other.as_f64().unwrap_or(0.0) * 1e9) as i128,
    };
    let special = |row: usize| [VENDOR, UNATTRIBUTED, UNSPECIFIED].contains(&totals.text(row, "channel").as_str());
    let mut order: Vec<usize> = (0..totals.len()).collect();
    // The sort keeps the order of channels among equals.
    order.sort_by_key(|&row| (special(row), std::cmp::Reverse(exact(row))));
    order
}

fn headline(
    results: &[ModelResult],
    involvement: Option<&Involvement>,
    (pipeline, expected): (Option<&Pipeline>, &Table),
    ropi: Option<&Ropi>,
    tiers: Option<&TierReview>,
) -> Table {
    let mut rows = MetricRows::default();
    if let Some(involvement) = involvement {
        rows.extend(&involvement.metrics);
    }
    if let Some(first) = results.first() {
        credited_share(first, &mut rows);
    }
    if let Some(pipeline) = pipeline {
        rows.extend(&pipeline.metrics);
    }
    expected_pipeline(expected, pipeline, &mut rows);
    if let Some(ropi) = ropi {
        rows.extend(&ropi.metrics);
    }
    if let Some(tiers) = tiers {
        rows.extend(&tiers.metrics);
    }
    rows.finish()
}

/// What is expected of all open deals, where chances are given.
fn expected_pipeline(expected: &Table, pipeline: Option<&Pipeline>, rows: &mut MetricRows) {
    let Some(ColumnData::Money(values, unit)) = expected.column("expected_value") else { return };
    let total: i128 = values.iter().flatten().sum();
    let deals = pipeline.and_then(|p| p.metrics.number(0, "n")).unwrap_or(0.0) as i64;
    let convention = "amounts of open deals times the chance of their stage";
    rows.push(
        "expected_pipeline",
        Some(fixed_to_f64(total, unit.digits())),
        Ratio::none(deals),
        "money",
        convention,
        None,
    );
}

/// How much of what was won the first model credits to partners.
fn credited_share(result: &ModelResult, rows: &mut MetricRows) {
    let totals = &result.totals;
    let (mut all, mut partners) = (0_i128, 0_i128);
    let mut amounts = None;
    let values = match totals.column("value").or(totals.column("value_minor")) {
        Some(ColumnData::Money(values, unit)) => {
            amounts = Some(*unit);
            values.iter().map(|v| v.unwrap_or(0)).collect()
        }
        // Conversions are shown with nine decimals.
        _ => (0..totals.len())
            .map(|r| (totals.number(r, "conversions").unwrap_or(0.0) * 1e9) as i128)
            .collect::<Vec<_>>(),
    };
    for (row, value) in values.iter().enumerate() {
        all += value;
        if ![VENDOR, UNATTRIBUTED].contains(&totals.text(row, "channel").as_str()) {
            partners += value;
        }
    }
    let conversions = result.diagnostics["journeys"]["conversions"].as_f64().unwrap_or(0.0);
    let n = conversions as i64;
    let ratio = match amounts {
        Some(unit) => Ratio::of_amounts(partners, all, unit, n),
        None => Ratio::of(fixed_to_f64(partners, 9), fixed_to_f64(all, 9), n),
    };
    let convention = format!("credit of all channels but (vendor) and (unattributed), model {}", result.label);
    let note = (all == 0).then_some("no_won_revenue");
    rows.push("credited_share", ratio.value(), ratio, "share", &convention, note);
}

fn coverage(eco: &Ecosystem) -> Table {
    let mut names = TextColumn::default();
    let (mut rows, mut rejected, mut findings) = (Vec::new(), Vec::new(), Vec::new());
    let lines = |table: &Table, name: &str| -> i64 {
        (0..table.len())
            .filter(|&r| table.text(r, "table") == name)
            .map(|r| table.number(r, "rows").unwrap_or(0.0) as i64)
            .sum()
    };
    for spec in TABLES {
        let Some(stored) = eco.stored(spec.name) else { continue };
        names.push(Some(spec.name));
        rows.push(Some(stored.rows() as i64));
        rejected.push(Some(lines(eco.rejected(), spec.name)));
        findings.push(Some(lines(eco.findings(), spec.name)));
    }
    coverage_table(names, rows, rejected, findings)
}

fn coverage_of_journeys(journeys: &Journeys) -> Table {
    let mut names = TextColumn::default();
    names.push(Some("journeys"));
    coverage_table(names, vec![Some(journeys.len() as i64)], vec![Some(0)], vec![Some(0)])
}

fn coverage_table(
    names: TextColumn,
    rows: Vec<Option<i64>>,
    rejected: Vec<Option<i64>>,
    findings: Vec<Option<i64>>,
) -> Table {
    Table::new(vec![
        names.finish("table"),
        column("rows", ColumnData::Int(rows)),
        column("rejected", ColumnData::Int(rejected)),
        column("findings", ColumnData::Int(findings)),
    ])
}

impl Review {
    /// The review as one JSON document: every table as rows, money in major units.
    pub fn to_json(&self) -> Value {
        let rows = |table: &Table| Value::Array(table.to_json());
        json!({
            "as_of": self.as_of,
            "currency": self.currency,
            "config": self.config,
            "coverage": rows(&self.coverage),
            "headline": rows(&self.headline),
            "credit": rows(&self.credit),
            "models": self.models.iter().map(|m| json!({
                "label": m.label, "model": m.model, "totals": rows(&m.totals), "diagnostics": m.diagnostics,
            })).collect::<Vec<_>>(),
            "confidence": self.confidence.as_ref().map(|c| json!({
                "partners": rows(&c.partners), "models": rows(&c.models), "pairs": rows(&c.pairs), "agreement": rows(&c.agreement),
                "reasons": rows(&c.reasons), "diagnostics": c.diagnostics,
            })),
            "involvement": self.involvement.as_ref().map(|i| json!({
                "partners": rows(&i.partners), "buckets": rows(&i.buckets), "metrics": rows(&i.metrics),
            })),
            "pipeline": self.pipeline.as_ref().map(|p| json!({"partners": rows(&p.partners), "metrics": rows(&p.metrics)})),
            "expected": rows(&self.expected),
            "inferred_influence": self.inferred_influence.as_ref().map(|i| json!({
                "partners": rows(&i.partners), "deals": rows(&i.deals), "metrics": rows(&i.metrics),
                "diagnostics": i.diagnostics,
            })),
            "ropi": self.ropi.as_ref().map(|r| json!({
                "partners": rows(&r.partners), "total": rows(&r.total), "metrics": rows(&r.metrics),
            })),
            "tiers": self.tiers.as_ref().map(|t| json!({
                "distribution": rows(&t.distribution), "decisions": rows(&t.decisions), "reasons": rows(&t.reasons),
                "progress": rows(&t.progress), "gaps": rows(&t.gaps), "actions": rows(&t.actions),
                "movements": rows(&t.movements), "rule_change": rows(&t.rule_change), "at_risk": rows(&t.at_risk),
                "findings": rows(&t.findings), "lint": rows(&t.lint), "metrics": rows(&t.metrics),
                "diagnostics": t.diagnostics,
            })),
            "rejected": rows(&self.rejected),
            "findings": rows(&self.findings),
            "notes": rows(&self.notes),
        })
    }
}
