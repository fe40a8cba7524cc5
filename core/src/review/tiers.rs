//! Tiers: what the partner programme of the config decides today, put side by side.
//!
//! Nothing is decided here: [`Program::review`] decides, its tables are ordered by what a reader acts on first.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

use hashbrown::HashMap;
use serde_json::{Value, json};

use super::TierReview;
use super::compute::partner_credit;
use super::config::ReviewConfig;
use super::metric::{MetricRows, Ratio};
use crate::attribution::{Credit, Journeys};
use crate::calendar::Date;
use crate::engine::monitor::Monitor;
use crate::error::Result;
use crate::facts::Ecosystem;
use crate::table::result::{TextColumn, column};
use crate::table::{Column, ColumnData, RawTable, Table, Unit, ValueRef};
use crate::tiering::document::Effective;
use crate::tiering::{Program, ProgramCompareOptions, ProgramReview, ProgramReviewOptions, Reach, ReviewInputs};

/// What the part takes beside the ecosystem.
pub(super) struct TierInputs<'a> {
    pub(super) as_of: &'a str,
    /// The journeys of the review, where it has them.
    pub(super) journeys: Option<&'a Journeys>,
    pub(super) names: &'a HashMap<String, String>,
    /// The decisions of earlier reviews.
    pub(super) previous: Option<&'a RawTable<'a>>,
}

/// The programme of the config, checked; `None` where it has none.
pub(super) fn program_of(config: &ReviewConfig) -> Result<Option<Program>> {
    config.program.as_ref().map(|document| Program::from_value(document).map_err(|e| e.within("program"))).transpose()
}

/// The version before, checked and taken to hold today; `None` where the config has none.
fn program_before(config: &ReviewConfig) -> Result<Option<Program>> {
    let within = |e: crate::Error| e.within("tiers.program_before");
    let Some(document) = &config.tiers.program_before else { return Ok(None) };
    let mut document = Program::from_value(document).map_err(within)?.document().clone();
    document.effective = Effective::default();
    Program::new(document).map(Some).map_err(within)
}

/// What the programme says of every partner.
pub(super) fn tiers(
    eco: &Ecosystem,
    config: &ReviewConfig,
    program: &Program,
    inputs: &TierInputs<'_>,
    monitor: &Monitor,
) -> Result<TierReview> {
    let before = program_before(config)?;
    let model = config.model_or_first("tiers", config.tiers.model.as_ref())?;
    let mut wanted = BTreeSet::new();
    for document in config.program.iter().chain(&config.tiers.program_before) {
        credits_named(document, &mut wanted);
    }
    // The distribution shows credit where there is some; a programme that reads credit cannot do without.
    let credit = partner_credit(eco, config, inputs.as_of, &model, inputs.journeys, "tiers", monitor);
    let credit = match credit {
        Err(error) if !wanted.is_empty() => return Err(error),
        found => found.ok(),
    };
    let of_name = |name: &String| Some((name.clone(), credit.as_ref()?));
    let given = ReviewInputs {
        previous: inputs.previous,
        metrics: None,
        credit: wanted.iter().filter_map(of_name).collect::<BTreeMap<_, _>>(),
    };
    let options =
        ProgramReviewOptions { as_of: Some(inputs.as_of.to_owned()), forecast_months: config.tiers.forecast_months };
    let review = program.review(eco, &given, &options, monitor)?;
    let changed = before
        .map(|before| -> Result<Table> {
            let options = ProgramReviewOptions { forecast_months: 0, ..options.clone() };
            let given = ReviewInputs { previous: None, ..given.clone() };
            let old = before.review(eco, &given, &options, monitor).map_err(|e| e.within("tiers.program_before"))?;
            // Both without a past, so that only the rules differ.
            let new = program.review(eco, &given, &options, monitor)?;
            Ok(old.compare(&new, None, &ProgramCompareOptions::default(), monitor)?.movements)
        })
        .transpose()?;
    assemble(config, program, &review, credit.as_ref(), inputs, changed, monitor)
}

fn assemble(
    config: &ReviewConfig,
    program: &Program,
    review: &ProgramReview,
    credit: Option<&Credit>,
    inputs: &TierInputs<'_>,
    changed: Option<Table>,
    monitor: &Monitor,
) -> Result<TierReview> {
    let names = inputs.names;
    let decisions = named(&review.decisions()?, names);
    let (plans, actions) = if config.tiers.costs.is_empty() {
        (HashMap::new(), Table::default())
    } else {
        let actions = review.actions(&config.tiers.costs, monitor).map_err(|e| e.within("tiers"))?;
        (costs_of(&actions), named(&actions, names))
    };
    let (progress, order) = by_closeness(&review.progress(Reach::Next)?, &decisions, &plans, names);
    let gaps = in_order(&named(&review.gaps(Reach::Next)?, names), &order);
    let at_risk = by_date(&named(&review.forecast(), names));
    let document = program.document();
    Ok(TierReview {
        metrics: figures(&decisions, &progress, &at_risk, config.tiers.forecast_months),
        distribution: distribution(program, &decisions, credit),
        movements: movements(program, &decisions),
        rule_change: changed.unwrap_or_default(),
        reasons: named(&review.reasons(), names),
        decisions,
        progress,
        gaps,
        actions,
        at_risk,
        findings: review.findings(),
        lint: program.lint(),
        diagnostics: json!({
            "program": document.program, "version": document.version, "name": document.name,
            "before": if inputs.previous.is_some() { "decisions" } else { "enrollments" },
            "forecast_months": config.tiers.forecast_months,
            "tiers": program.tier_names(),
        }),
    })
}

/// The names of the credits that a document reads.
fn credits_named(document: &Value, found: &mut BTreeSet<String>) {
    match document {
        Value::Object(fields) => {
            let name = fields.get("from").and_then(|from| from.get("credit")).and_then(Value::as_str);
            found.extend(name.map(str::to_owned));
            fields.values().for_each(|value| credits_named(value, found));
        }
        Value::Array(items) => items.iter().for_each(|item| credits_named(item, found)),
        _ => {}
    }
}

/// The table with the partners' names behind their ids.
fn named(table: &Table, names: &HashMap<String, String>) -> Table {
    let mut shown = TextColumn::default();
    for row in 0..table.len() {
        shown.push(names.get(&table.text(row, "partner_id")).map(String::as_str));
    }
    let mut columns: Vec<Column> = table.columns().to_vec();
    columns.insert(1.min(columns.len()), shown.finish("name"));
    Table::new(columns)
}

/// What the cheapest set of each partner costs.
fn costs_of(actions: &Table) -> HashMap<String, f64> {
    let cost = |row: usize| Some((actions.text(row, "partner_id"), actions.number(row, "plan_cost")?));
    (0..actions.len()).filter_map(cost).collect()
}

/// How far partners are from the next tier, the closest first: by the part of its criteria that is met, then by how few are
/// not, then by cost, then by id.
fn by_closeness(
    progress: &Table,
    decisions: &Table,
    plans: &HashMap<String, f64>,
    names: &HashMap<String, String>,
) -> (Table, Vec<String>) {
    let whole = |row: usize, name: &str| progress.number(row, name).unwrap_or(0.0) as u64;
    let cost = |row: usize| plans.get(&progress.text(row, "partner_id")).copied().unwrap_or(f64::INFINITY);
    let mut rows: Vec<usize> = (0..progress.len()).collect();
    rows.sort_by(|&a, &b| {
        let (of_a, of_b) = (whole(a, "satisfied") * whole(b, "total"), whole(b, "satisfied") * whole(a, "total"));
        let open = |row: usize| whole(row, "total").saturating_sub(whole(row, "satisfied"));
        let order = of_b.cmp(&of_a).then_with(|| open(a).cmp(&open(b)));
        // Rows come in the order of the ids, which the sort keeps.
        order.then_with(|| cost(a).total_cmp(&cost(b)))
    });
    let table = progress.take(&rows);
    let held: HashMap<String, usize> =
        (0..decisions.len()).map(|row| (decisions.text(row, "partner_id"), row)).collect();
    let ids: Vec<String> = (0..table.len()).map(|row| table.text(row, "partner_id")).collect();
    let mut effective = TextColumn::default();
    for id in &ids {
        let tier = held.get(id).map(|&row| decisions.text(row, "effective")).filter(|tier| !tier.is_empty());
        effective.push(tier.as_deref());
    }
    let mut columns: Vec<Column> = named(&table, names).columns().to_vec();
    columns.insert(2.min(columns.len()), effective.finish("effective"));
    columns.push(column("plan_cost", ColumnData::Float(ids.iter().map(|id| plans.get(id).copied()).collect())));
    (Table::new(columns), ids)
}

/// Rows in the order of their partners in a list.
fn in_order(table: &Table, order: &[String]) -> Table {
    let place: HashMap<&str, usize> = order.iter().enumerate().map(|(at, id)| (id.as_str(), at)).collect();
    let mut rows: Vec<usize> = (0..table.len()).collect();
    rows.sort_by_key(|&row| place.get(table.text(row, "partner_id").as_str()).copied().unwrap_or(usize::MAX));
    table.take(&rows)
}

/// Losses by the day on which the tier goes, else the day of the cause; what has no day stands last.
fn by_date(losses: &Table) -> Table {
    let day = |row: usize, name: &str| match losses.value(row, name) {
        ValueRef::Date(day) => Some(day),
        _ => None,
    };
    let key = |row: usize| (day(row, "lost_on").unwrap_or(Date(i32::MAX)).0, day(row, "on").map_or(i32::MAX, |d| d.0));
    let mut rows: Vec<usize> = (0..losses.len()).collect();
    rows.sort_by_key(|&row| key(row));
    losses.take(&rows)
}

/// The tier of a decision as its place in the programme, the lowest is 1; 0 without one.
fn rank(tiers: &[&str], tier: &str) -> usize {
    tiers.iter().position(|name| *name == tier).map_or(0, |at| at + 1)
}

fn tier_at<'t>(tiers: &[&'t str], rank: usize) -> Option<&'t str> {
    rank.checked_sub(1).and_then(|at| tiers.get(at).copied())
}

/// Partners and the won revenue credited to them, by tier, the highest first.
fn distribution(program: &Program, decisions: &Table, credit: Option<&Credit>) -> Table {
    let tiers = program.tier_names();
    let ranks: Vec<usize> = (0..decisions.len()).map(|row| rank(&tiers, &decisions.text(row, "effective"))).collect();
    let counts: Vec<i64> =
        (0..=tiers.len()).map(|at| ranks.iter().filter(|rank| **rank == at).count() as i64).collect();
    let shown: Vec<usize> = (0..=tiers.len()).rev().filter(|at| *at > 0 || counts[*at] > 0).collect();
    let mut names = TextColumn::default();
    shown.iter().for_each(|&at| names.push(tier_at(&tiers, at)));
    let all = decisions.len() as f64;
    let share = |count: i64| (all > 0.0).then(|| count as f64 / all);
    let mut columns = vec![
        names.finish("tier"),
        column("partners", ColumnData::Int(shown.iter().map(|&at| Some(counts[at])).collect())),
        column("share", ColumnData::Float(shown.iter().map(|&at| share(counts[at])).collect())),
    ];
    if let Some((values, unit, sum)) = credited(decisions, credit) {
        let of_tier = |at: usize| (0..ranks.len()).filter(|&row| ranks[row] == at).map(|row| values[row]).sum::<i128>();
        let won: Vec<i128> = shown.iter().map(|&at| of_tier(at)).collect();
        let part = |won: i128| Ratio::of_amounts(won, sum, unit, 0).value();
        columns.push(column("value", ColumnData::Money(won.iter().map(|&won| Some(won)).collect(), unit)));
        columns.push(column("value_share", ColumnData::Float(won.iter().map(|&won| part(won)).collect())));
    }
    Table::new(columns)
}

/// The won revenue credited to each partner of the decisions, its unit, and all that is credited.
fn credited(decisions: &Table, credit: Option<&Credit>) -> Option<(Vec<i128>, Unit, i128)> {
    let totals = credit?.totals();
    let Some(ColumnData::Money(values, unit)) = totals.column("value").or(totals.column("value_minor")) else {
        return None;
    };
    let of_partner: HashMap<String, i128> =
        values.iter().enumerate().map(|(row, value)| (totals.text(row, "channel"), value.unwrap_or(0))).collect();
    let own = |row: usize| of_partner.get(&decisions.text(row, "partner_id")).copied().unwrap_or(0);
    Some(((0..decisions.len()).map(own).collect(), *unit, values.iter().map(|value| value.unwrap_or(0)).sum()))
}

/// How many partners came from which tier to which, in the order of the tiers, the highest first.
fn movements(program: &Program, decisions: &Table) -> Table {
    let tiers = program.tier_names();
    let mut counts: BTreeMap<(usize, usize), i64> = BTreeMap::new();
    for row in 0..decisions.len() {
        let at = |name: &str| rank(&tiers, &decisions.text(row, name));
        *counts.entry((at("previous"), at("effective"))).or_default() += 1;
    }
    let (mut from, mut to, mut direction) = (TextColumn::default(), TextColumn::default(), TextColumn::default());
    let mut partners = Vec::new();
    for ((before, after), count) in counts.into_iter().rev() {
        from.push(tier_at(&tiers, before));
        to.push(tier_at(&tiers, after));
        direction.push(Some(match after.cmp(&before) {
            Ordering::Greater => "up",
            Ordering::Less => "down",
            Ordering::Equal => "same",
        }));
        partners.push(Some(count));
    }
    Table::new(vec![
        from.finish("from"),
        to.finish("to"),
        direction.finish("direction"),
        column("partners", ColumnData::Int(partners)),
    ])
}

/// The figures of the first screen.
fn figures(decisions: &Table, progress: &Table, at_risk: &Table, months: u32) -> Table {
    let all = decisions.len();
    let tiered = (0..all).filter(|&row| !decisions.text(row, "effective").is_empty()).count();
    let lacking = |open: f64| {
        let whole = |row: usize, name: &str| progress.number(row, name).unwrap_or(0.0);
        (0..progress.len()).filter(|&row| whole(row, "total") - whole(row, "satisfied") == open).count()
    };
    let losing: BTreeSet<String> = (0..at_risk.len()).map(|row| at_risk.text(row, "partner_id")).collect();
    let mut rows = MetricRows::default();
    let mut push = |metric: &str, count: usize, convention: &str| {
        rows.push(
            metric,
            Some(count as f64),
            Ratio::of(count as f64, all as f64, all as i64),
            "count",
            convention,
            None,
        );
    };
    push("partners_in_tiers", tiered, "partners that hold a tier today");
    push("close_to_promotion", lacking(1.0), "all criteria of the next tier but one are met");
    push(
        "meets_next_tier",
        lacking(0.0),
        "all criteria of the next tier are met, and the programme has not moved the partner yet",
    );
    if months > 0 {
        push(
            "tiers_at_risk",
            losing.len(),
            &format!("partners that lose a tier within {months} months if nothing else happens"),
        );
    }
    rows.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Code;
    use crate::facts::{Activity, Enrollment};
    use crate::review::{Part, Review, review, review_with};

    /// Gold takes three trainings in twelve months; each promotion happens at once.
    fn program() -> Value {
        json!({
            "program": "services", "version": "2026",
            "tiers": [{"tier": "member", "rank": 1}, {"tier": "gold", "rank": 2}],
            "metrics": {"trainings": {"measure": {"count": {"from": "activities", "window": {"rolling_months": 12}}}}},
            "qualification": {"gold": {"threshold": {"metric": "trainings", "at_least": 3}}}
        })
    }

    fn eco() -> Ecosystem {
        let on = |partner: &str, at: &str| Activity {
            partner_id: Some(partner.into()),
            at: Some(at.into()),
            kind: Some("training".into()),
            ..Default::default()
        };
        let of = |partner: &str, tier: &str| Enrollment {
            partner_id: Some(partner.into()),
            program: Some("services".into()),
            tier: Some(tier.into()),
            valid_from: Some("2026-01-01".into()),
            ..Default::default()
        };
        // P-1 keeps three until the first of them is a year old; P-2 has two; P-3 none.
        let rows = [
            ("P-1", "2026-01-15"),
            ("P-1", "2026-03-01"),
            ("P-1", "2026-04-01"),
            ("P-2", "2026-03-01"),
            ("P-2", "2026-05-01"),
        ];
        Ecosystem::builder()
            .records(rows.map(|(partner, at)| on(partner, at)))
            .records([of("P-1", "member"), of("P-2", "member"), of("P-3", "gold")])
            .build()
            .unwrap()
    }

    fn config() -> ReviewConfig {
        ReviewConfig {
            as_of: Some("2026-11-20".into()),
            parts: vec![Part::Tiers],
            program: Some(program()),
            ..ReviewConfig::default()
        }
    }

    fn reviewed(config: &ReviewConfig) -> Result<Review> {
        review(&eco(), config, &Monitor::none())
    }

    #[test]
    fn tiers_are_counted_and_what_comes_next_is_said() {
        let mut config = config();
        config.tiers.costs = serde_json::from_value(json!({"trainings": {"cost": 400.0}})).unwrap();
        let found = reviewed(&config).unwrap().tiers.unwrap();
        let counts: Vec<_> = (0..2).map(|row| found.distribution.number(row, "partners")).collect();
        assert_eq!((found.distribution.text(0, "tier"), counts), ("gold".to_owned(), vec![Some(1.0), Some(2.0)]));
        let moves: Vec<_> = (0..found.movements.len())
            .map(|row| {
                (
                    found.movements.text(row, "from"),
                    found.movements.text(row, "direction"),
                    found.movements.number(row, "partners"),
                )
            })
            .collect();
        let wanted = [("gold", "down", 1.0), ("member", "up", 1.0), ("member", "same", 1.0)];
        assert_eq!(moves, wanted.map(|(from, way, n)| (from.to_owned(), way.to_owned(), Some(n))));
        // One training is missing for P-2, three for P-3: of one criterion each meets none, so the cheaper way comes first.
        let plan = |row: usize| (found.progress.text(row, "partner_id"), found.progress.number(row, "plan_cost"));
        assert_eq!((plan(0), plan(1)), (("P-2".to_owned(), Some(400.0)), ("P-3".to_owned(), Some(1200.0))));
        assert_eq!((found.gaps.text(0, "partner_id"), found.gaps.number(0, "missing")), ("P-2".to_owned(), Some(1.0)));
        assert_eq!((found.at_risk.len(), found.at_risk.text(0, "partner_id")), (1, "P-1".to_owned()));
    }

    #[test]
    fn the_change_of_rules_alone_is_shown() {
        let mut before = program();
        before["effective"] = json!({"to": "2025-12-31"});
        before["qualification"]["gold"]["threshold"]["at_least"] = json!(2);
        let mut config = config();
        config.tiers.program_before = Some(before);
        let found = reviewed(&config).unwrap().tiers.unwrap();
        // With two trainings P-2 was gold; it is the only one that the new rule moves.
        let down: Vec<_> = (0..found.rule_change.len())
            .filter(|&row| found.rule_change.text(row, "direction") == "down")
            .map(|row| {
                (
                    found.rule_change.text(row, "from"),
                    found.rule_change.text(row, "to"),
                    found.rule_change.number(row, "partners"),
                )
            })
            .collect();
        assert_eq!(down, [("gold".to_owned(), "member".to_owned(), Some(1.0))]);
    }

    #[test]
    fn decisions_of_an_earlier_review_are_where_movements_start() {
        let previous = RawTable::from_json(&[
            json!({"partner_id": "P-1", "as_of": "2026-10-20", "effective": "gold", "standing": "gold", "program": "services", "version": "2026"}),
        ])
        .unwrap();
        let found = review_with(&eco(), &config(), Some(&previous), &Monitor::none()).unwrap().tiers.unwrap();
        assert_eq!(found.diagnostics["before"], "decisions");
        let row = (0..found.decisions.len()).find(|&row| found.decisions.text(row, "partner_id") == "P-1").unwrap();
        assert_eq!(found.decisions.text(row, "previous"), "gold");
        // What was handed in is an error, not a part that the data cannot feed.
        let undated = RawTable::from_json(&[json!({"partner_id": "P-1", "effective": "gold"})]).unwrap();
        let error = review_with(&eco(), &config(), Some(&undated), &Monitor::none()).unwrap_err();
        assert_eq!((error.code(), error.field()), (Code::MissingColumn, "previous.as_of"));
    }

    #[test]
    fn a_programme_that_nobody_is_in_says_so_in_both_reports() {
        let mut config = config();
        config.program.as_mut().unwrap()["program"] = json!("service");
        let review = reviewed(&config).unwrap();
        let why = "no partner is enrolled in \"service\"";
        let text = review.to_string();
        let page = crate::report::html(&review);
        assert!(text.contains("No partner is in the programme.") && text.contains(why), "{text}");
        assert!(text.contains("the enrollments are in \"services\""), "{text}");
        assert!(page.contains("no partner is enrolled in"), "{page}");
        assert!(!text.contains("loses a tier within"), "{text}");
    }

    #[test]
    fn faults_are_named_with_their_path_in_the_config() {
        let fails = |change: fn(&mut ReviewConfig)| {
            let mut config = config();
            change(&mut config);
            reviewed(&config).unwrap_err().field().to_owned()
        };
        assert_eq!(fails(|c| c.program.as_mut().unwrap()["tiers"][1]["rank"] = json!(1)), "program.tiers[1].rank");
        assert_eq!(fails(|c| c.program.as_mut().unwrap()["tiers"][1]["rank"] = json!("x")), "program.tiers[1].rank");
        assert_eq!(fails(|c| c.tiers.program_before = Some(json!({"program": "p"}))), "tiers.program_before.version");
        assert_eq!(fails(|c| c.tiers.model = Some("linaer".into())), "tiers.model");
        let costs = |c: &mut ReviewConfig| {
            c.tiers.costs = serde_json::from_value(json!({"traiings": {"cost": 1.0}})).unwrap();
        };
        assert_eq!(fails(costs), "tiers.costs.traiings");
    }

    #[test]
    fn without_a_programme_nothing_is_said() {
        let found = reviewed(&ReviewConfig { program: None, ..config() }).unwrap();
        assert!(found.tiers.is_none() && found.notes.is_empty());
        let found = reviewed(&ReviewConfig { parts: vec![Part::Pipeline], ..config() }).unwrap();
        assert!(found.tiers.is_none());
    }

    #[cfg(feature = "report")]
    #[test]
    fn the_reports_say_it_and_escape_what_the_programme_holds() {
        let mut config = config();
        config.program.as_mut().unwrap()["tiers"][1]["name"] = json!("<b>Gold</b>");
        let found = reviewed(&config).unwrap();
        let page = crate::report::html(&found);
        assert!(page.contains("<section id=\"tiers\"") && page.contains("class=\"flow\""));
        assert!(page.contains("&lt;b&gt;Gold&lt;/b&gt;") && !page.contains("<b>"));
        assert!(page.contains("trainings: 2, needs 3"));
        let text = found.to_string();
        assert!(text.contains("── Tiers ") && text.contains("1 up, 1 down, 1 as before."), "{text}");
        let plain = reviewed(&ReviewConfig { program: None, ..config }).unwrap();
        assert!(!crate::report::html(&plain).contains("id=\"tiers\"") && !plain.to_string().contains("── Tiers "));
    }
}
