//! What is at stake with each partner: a column of a table of its own, a metric of the programme, or what the facts say.

use std::collections::BTreeMap;

use super::super::compile::{compile, unknown_name};
use super::super::document::{ProgramDocument, Tier};
use super::super::frame::number;
use super::super::measure::{MeasureInputs, measure};
use super::super::program::Compiled;
use super::super::review::{ProgramReview, ReviewInputs, id_of};
use crate::calendar::Date;
use crate::engine::exact_sum::ExactSum;
use crate::engine::monitor::Monitor;
use crate::error::{Code, Error, Result, quoted};
use crate::facts::{Ecosystem, Id};
use crate::table::intern::key_of;
use crate::table::{Key, RawTable};

/// The stake of each partner that has one.
pub(super) type Stakes = BTreeMap<Id, f64>;

/// What facts say is at stake, beside the name of a credit: the revenue won in the last twelve months, and the credit where
/// there is one.
pub(super) const REVENUE: &str = "revenue";
pub(super) const CREDIT: &str = "credit";

/// Reads the stakes: from `stakes`, a table of `partner_id` and the column `name` (`stake` where none is named), else from the
/// metric of that name, else from the facts, where they are at hand.
pub(super) fn stakes(
    review: &ProgramReview,
    stakes: Option<&RawTable<'_>>,
    name: Option<&str>,
    facts: Option<&FactStakes<'_>>,
) -> Result<Stakes> {
    match (stakes, name, facts) {
        (Some(table), name, _) => of_table(table, name.unwrap_or("stake")),
        (None, Some(name), Some(facts)) if review.program.compiled().column(name).is_none() => {
            facts.named(review, name)
        }
        (None, Some(metric), _) => of_metric(review, metric, &[]),
        (None, None, _) => Ok(Stakes::new()),
    }
}

/// What facts say is at stake with the partners of a programme, on any day.
///
/// It is measured as the metrics of a programme are: of a deal each partner with a role on it has all of its amount, what
/// closed later than the day is not won yet, and amounts come to the programme's currency.
pub(super) struct FactStakes<'a> {
    program: Compiled,
    eco: &'a Ecosystem,
    inputs: &'a ReviewInputs<'a>,
    monitor: &'a Monitor,
}

impl<'a> FactStakes<'a> {
    pub(super) fn new(
        program: &Compiled,
        eco: &'a Ecosystem,
        inputs: &'a ReviewInputs<'a>,
        monitor: &'a Monitor,
    ) -> Result<Self> {
        let own = &program.document;
        let won = |field: &str| serde_json::json!([{"field": field, "is": "won"}]);
        let sum = |from: serde_json::Value, of: &str, status: &str| {
            let facts =
                serde_json::json!({"from": from, "of": of, "where": won(status), "window": {"rolling_months": 12}});
            serde_json::json!({"measure": {"sum": facts}})
        };
        let of_credit = |name: &String| sum(serde_json::json!({"credit": name}), "value", "opportunity.status");
        let credits = inputs.credit.keys().enumerate().map(|(at, name)| (credit_metric(at), of_credit(name)));
        let mut metrics: serde_json::Map<String, serde_json::Value> = credits.collect();
        metrics.insert(REVENUE.to_owned(), sum("opportunities".into(), "amount", "status"));
        let document = ProgramDocument {
            // Without a scope each partner has one row; by its name it has the partners that the programme has.
            program: own.program.clone(),
            version: own.version.clone(),
            currency: own.currency.clone(),
            exchange_rates: own.exchange_rates.clone(),
            metrics: crate::document::from_value(&metrics.into())?,
            tiers: vec![Tier { tier: "all".to_owned(), rank: 1, ..Tier::default() }],
            ..ProgramDocument::default()
        };
        Ok(Self { program: compile(document)?, eco, inputs, monitor })
    }

    /// The revenue, and the credit of that name; empty where the tables for it were not given.
    pub(super) fn on(&self, day: Date, credit: Option<&str>) -> Result<[Stakes; 2]> {
        let inputs = MeasureInputs { credit: self.inputs.credit.clone(), ..MeasureInputs::default() };
        let base = measure(&self.program, self.eco, &inputs, day, self.monitor)?.base;
        let of = |name: &str| -> Stakes {
            let Some(column) = self.program.column(name) else { return Stakes::new() };
            let value = |row: usize| Some((id_of(&base, base.partner[row]), base.value(column, row)?));
            (0..base.rows()).filter_map(value).collect()
        };
        let credit = credit.and_then(|name| self.inputs.credit.keys().position(|known| known == name));
        Ok([of(REVENUE), credit.map(|at| of(&credit_metric(at))).unwrap_or_default()])
    }

    /// The credit at stake: the one that is named, else the only one.
    ///
    /// # Errors
    /// None has that name; several, and none is named.
    pub(super) fn credit(&self, name: Option<&str>, option: &str) -> Result<Option<&str>> {
        let known = || self.inputs.credit.keys().map(String::as_str);
        match name {
            Some(name) => match known().find(|known| *known == name) {
                Some(known) => Ok(Some(known)),
                None => Err(unknown_name(option, "credit", name, known())),
            },
            None if self.inputs.credit.len() > 1 => {
                let list = known().map(quoted).collect::<Vec<_>>().join(", ");
                let message =
                    format!("{option} is missing: several credits are handed in, {list}; say which is at stake");
                Err(Error::new(Code::MissingOption, option, message))
            }
            None => Ok(known().next()),
        }
    }

    fn named(&self, review: &ProgramReview, name: &str) -> Result<Stakes> {
        let by_name = self.inputs.credit.contains_key(name).then_some(name);
        if name == REVENUE {
            return self.on(review.as_of, None).map(|[revenue, _]| revenue);
        }
        if by_name.is_some() || (name == CREDIT && !self.inputs.credit.is_empty()) {
            let credit = self.credit(by_name, "stake")?;
            return self.on(review.as_of, credit).map(|[_, credit]| credit);
        }
        let credits = self.inputs.credit.keys().map(String::as_str);
        of_metric(review, name, &credits.chain([REVENUE]).collect::<Vec<_>>())
    }
}

/// What the metric of a credit is called: credits may have names that metrics cannot have.
fn credit_metric(at: usize) -> String {
    format!("credit {at}")
}

fn of_table(table: &RawTable<'_>, name: &str) -> Result<Stakes> {
    table.check()?;
    let names = table.column_names();
    for needed in ["partner_id", name] {
        if !names.iter().any(|n| n == needed) {
            let hint = crate::error::did_you_mean(needed, names.iter().map(String::as_str));
            let message = format!("stakes have no column {}; expected partner_id and {name}{hint}", quoted(needed));
            return Err(Error::new(Code::MissingColumn, format!("stakes.{needed}"), message).with("available", names));
        }
    }
    let mut sums: BTreeMap<Id, ExactSum> = BTreeMap::new();
    let mut from = 0;
    for chunk in table.parts() {
        let (Some(ids), Some(values)) = (chunk.column("partner_id"), chunk.column(name)) else { continue };
        for row in 0..chunk.rows {
            let field = format!("stakes.{name}");
            let id = key_of(ids.cell(row))?.map(|key| match key {
                Key::Int(number) => i64::try_from(number).map_or_else(|_| Id::Text(number.to_string()), Id::Int),
                Key::Text(text) => Id::Text(text.to_owned()),
            });
            let Some(id) = id else {
                let message = format!("stakes, row {}: the id is missing", from + row);
                return Err(Error::new(Code::NullValue, "stakes.partner_id", message).with("row", from + row));
            };
            let value = number(values.cell(row)).filter(|v| !v.is_infinite()).ok_or_else(|| {
                let got = values.cell(row).show();
                let message = format!("{field}, row {}: expected a finite number, got {got}", from + row);
                Error::new(Code::WrongType, field, message).with("row", from + row)
            })?;
            if !value.is_nan() {
                sums.entry(id).or_default().add(value);
            }
        }
        from += chunk.rows;
    }
    Ok(sums.into_iter().map(|(id, sum)| (id, sum.value())).collect())
}

fn of_metric(review: &ProgramReview, metric: &str, others: &[&str]) -> Result<Stakes> {
    let program = review.program.compiled();
    let Some(column) = program.column(metric) else {
        let known = program.columns.iter().filter(|c| c.months_ago == 0).map(|c| c.name.as_str());
        return Err(unknown_name("stake", "metric", metric, known.chain(others.iter().copied())));
    };
    let of = |decided: &super::super::review::Decided| {
        let value = review.columns_of(decided.row).at(column, 0);
        (!value.is_nan()).then(|| (id_of(&review.base, decided.partner), value))
    };
    Ok(review.decided.iter().filter_map(of).collect())
}
