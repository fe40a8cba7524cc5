//! What is at stake with each partner: a column of a table of its own, or a metric of the programme.

use std::collections::BTreeMap;

use super::super::compile::unknown_name;
use super::super::frame::number;
use super::super::review::{ProgramReview, id_of};
use crate::engine::exact_sum::ExactSum;
use crate::error::{Code, Error, Result, quoted};
use crate::facts::Id;
use crate::table::intern::key_of;
use crate::table::{Key, RawTable};

/// The stake of each partner that has one.
pub(super) type Stakes = BTreeMap<Id, f64>;

/// Reads the stakes: from `stakes`, a table of `partner_id` and the column `name` (`stake` where none is named), else from the
/// metric of that name.
pub(super) fn stakes(review: &ProgramReview, stakes: Option<&RawTable<'_>>, name: Option<&str>) -> Result<Stakes> {
    match (stakes, name) {
        (Some(table), name) => of_table(table, name.unwrap_or("stake")),
        (None, Some(metric)) => of_metric(review, metric),
        (None, None) => Ok(Stakes::new()),
    }
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

fn of_metric(review: &ProgramReview, metric: &str) -> Result<Stakes> {
    let program = review.program.compiled();
    let Some(column) = program.column(metric) else {
        let known = program.columns.iter().filter(|c| c.months_ago == 0).map(|c| c.name.as_str());
        return Err(unknown_name("stake", "metric", metric, known));
    };
    let of = |decided: &super::super::review::Decided| {
        let value = review.columns_of(decided.row).at(column, 0);
        (!value.is_nan()).then(|| (id_of(&review.base, decided.partner), value))
    };
    Ok(review.decided.iter().filter_map(of).collect())
}
