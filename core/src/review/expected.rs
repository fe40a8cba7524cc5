//! What is expected of open deals, as credit beside what was won: one model divides both.
//!
//! What a model learns it learns on closed deals, and that divides the open ones ([`Credit::apply`](crate::attribution::Credit::apply)). An
//! open deal counts by the chance of its stage; amounts are split exactly, so the column adds up to what is expected.

use std::collections::BTreeMap;

use hashbrown::HashMap;

use super::compute::{order_by_credit, with_day};
use super::config::ReviewConfig;
use crate::attribution::{Credit, Journeys, JourneysOptions, Outcome};
use crate::engine::monitor::Monitor;
use crate::error::Result;
use crate::facts::Ecosystem;
use crate::table::result::{TextColumn, column};
use crate::table::{Column, ColumnData, Table};

/// Credit of won and of open deals per channel; `None` where the config gives no chances.
///
/// Columns: channel, name, won_value, expected_value (where there are amounts), expected_deals; the largest expected value first, names in
/// parentheses last.
pub(super) fn expected(
    eco: &Ecosystem,
    config: &ReviewConfig,
    (as_of, journeys): (&str, Option<&Journeys>),
    names: &HashMap<String, String>,
    monitor: &Monitor,
) -> Result<Option<Table>> {
    let Some(chances) = &config.expected.stage_probability else { return Ok(None) };
    let model = config.model_or_first("expected", config.expected.model.as_ref())?;
    let own;
    let closed = if let Some(journeys) = journeys.filter(|_| config.journeys.outcome != Outcome::Open) {
        journeys
    } else {
        let options = JourneysOptions { outcome: Outcome::Won, stage_probability: None, ..config.journeys.clone() };
        own = eco.journeys(&with_day(&options, as_of), monitor).map_err(|e| e.within("journeys"))?;
        &own
    };
    let options = JourneysOptions {
        outcome: Outcome::Open,
        stage_probability: Some(chances.clone()),
        ..with_day(&config.journeys, as_of)
    };
    let open = eco.journeys(&options, monitor).map_err(|e| {
        let of_chances = e.field().starts_with("stage_probability");
        e.within(if of_chances { "expected" } else { "journeys" })
    })?;
    let won = closed.attribute(&model, monitor).map_err(|e| e.within("expected"))?;
    let open = won.apply(&open, monitor).map_err(|e| e.within("expected"))?;
    Ok(Some(table(&won, &open, names)))
}

fn table(won: &Credit, open: &Credit, names: &HashMap<String, String>) -> Table {
    let (won, open) = (won.totals(), open.totals());
    let shown = ["value", "value_minor"].into_iter().find(|name| open.column(name).is_some());
    let rows = |table: &Table| -> BTreeMap<String, usize> {
        (0..table.len()).map(|row| (table.text(row, "channel"), row)).collect()
    };
    let (of_won, of_open) = (rows(won), rows(open));
    let only_won = of_won.keys().filter(|name| !of_open.contains_key(*name));
    let channels: Vec<&String> = of_open.keys().chain(only_won).collect();
    let (mut ids, mut shown_names) = (TextColumn::default(), TextColumn::default());
    for channel in &channels {
        ids.push(Some(channel));
        shown_names.push(names.get(*channel).map(String::as_str));
    }
    let mut columns = vec![ids.finish("channel"), shown_names.finish("name")];
    if let Some(shown) = shown {
        columns.extend(amounts(won, shown, &channels, &of_won, "won_value"));
        columns.extend(amounts(open, shown, &channels, &of_open, "expected_value"));
    }
    let deals =
        |channel: &&String| of_open.get(*channel).and_then(|&row| open.number(row, "conversions")).unwrap_or(0.0);
    columns.push(column("expected_deals", ColumnData::Float(channels.iter().map(|c| Some(deals(c))).collect())));
    let table = Table::new(columns);
    let order = order_by_credit(&table, if shown.is_some() { "expected_value" } else { "expected_deals" });
    table.take(&order)
}

/// The amounts of some channels; one without a row has earned nothing.
fn amounts(
    table: &Table,
    from: &str,
    channels: &[&String],
    rows: &BTreeMap<String, usize>,
    to: &str,
) -> Option<Column> {
    let ColumnData::Money(values, unit) = table.column(from)? else { return None };
    let amount = |channel: &&String| rows.get(*channel).and_then(|&row| values.get(row).copied()).unwrap_or(Some(0));
    Some(column(to, ColumnData::Money(channels.iter().map(amount).collect(), *unit)))
}

#[cfg(test)]
mod tests {
    use crate::document::from_value;
    use crate::engine::monitor::Monitor;
    use crate::error::{Code, Result};
    use crate::facts::Ecosystem;
    use crate::review::{Review, ReviewConfig, review};
    use crate::table::read_csv;
    use serde_json::{Value, json};

    fn reviewed(expected: Value) -> Result<Review> {
        let opportunities = b"opportunity_id,account_id,status,stage,amount,currency,created_at,closed_at\n\
            1,A,won,,100.00,USD,2026-01-10,2026-02-10\n2,A,won,,40.00,USD,2026-01-10,2026-02-10\n\
            3,A,lost,,10.00,USD,2026-01-10,2026-02-10\n4,A,open,late,1000.00,USD,2026-03-01,\n\
            5,A,open,early,10.05,USD,2026-03-01,\n6,A,open,early,70.00,USD,2026-03-01,\n";
        let touches = b"opportunity_id,partner_id,at,kind\n1,p,2026-01-11,demo\n1,q,2026-01-12,demo\n2,p,2026-01-12,demo\n3,q,2026-01-12,demo\n\
            4,q,2026-03-02,demo\n4,p,2026-03-03,demo\n5,q,2026-03-02,demo\n";
        let eco = Ecosystem::builder()
            .table("opportunities", read_csv(opportunities).unwrap())
            .table("touchpoints", read_csv(touches).unwrap())
            .table("partners", read_csv(b"partner_id,name\np,Pine\nq,\n").unwrap())
            .build()
            .unwrap();
        let config = json!({"as_of": "2026-06-01", "parts": ["pipeline"], "models": ["linear"], "expected": expected});
        review(&eco, &from_value::<ReviewConfig>(&config)?, &Monitor::none())
    }

    fn rows(review: &Review) -> Vec<String> {
        let table = &review.expected;
        let cells = ["channel", "name", "won_value", "expected_value", "expected_deals"];
        (0..table.len()).map(|row| cells.map(|c| table.text(row, c)).join(" ")).collect()
    }

    #[test]
    fn what_is_expected_stands_beside_what_was_won() {
        // 600.00 of deal 4, half to each; a tenth of 10.05 (half to even: 1.00) to q; 7.00 of deal 6, which nobody touched.
        let found = reviewed(json!({"stage_probability": {"late": 0.6, "*": 0.1}})).unwrap();
        let wanted = ["q  50.00 301.00 0.4", "p Pine 90.00 300.00 0.3", "(unattributed)  0.00 7.00 0.1"];
        assert_eq!(rows(&found), wanted);
        let row = (0..found.headline.len()).find(|&r| found.headline.text(r, "metric") == "expected_pipeline").unwrap();
        assert_eq!((found.headline.number(row, "value"), found.headline.number(row, "n")), (Some(608.0), Some(3.0)));
        assert!(found.to_string().contains("Expected beside won"), "{found}");
        assert!(crate::report::html(&found).contains("301.00"));
    }

    #[test]
    fn what_was_learned_on_closed_deals_divides_the_open_ones() {
        // The chain: a start at p twice, at q once; from p to q or to the conversion, half each; from q to the conversion or to
        // the null, half each. It converts (2/3)(1/2 + 1/4) + (1/3)(1/2) = 2/3; without p (1/3)(1/2) = 1/6, without q (2/3)(1/2) = 1/3:
        // effects 3/4 and 1/2, so 3 : 2 of 600.00.
        let found = reviewed(json!({"stage_probability": {"late": 0.6, "*": 0.1}, "model": "markov"})).unwrap();
        let expected: Vec<String> = (0..3).map(|row| found.expected.text(row, "expected_value")).collect();
        assert_eq!(expected, ["360.00", "241.00", "7.00"]);
    }

    #[test]
    fn nothing_is_expected_where_no_chance_is_given_and_bad_chances_say_where() {
        assert!(reviewed(json!({})).unwrap().expected.is_empty());
        let fails = |expected: Value| reviewed(expected).map(|_| ()).unwrap_err();
        let error = fails(json!({"stage_probability": {"late": 0.6}}));
        assert_eq!((error.code(), error.field()), (Code::UnknownName, "expected.stage_probability"));
        let error = fails(json!({"stage_probability": {"*": 2}}));
        assert_eq!((error.code(), error.field()), (Code::OptionOutOfRange, "expected.stage_probability.*"));
        assert_eq!(fails(json!({"stage_probability": {"*": 0.5}, "model": "linaer"})).field(), "expected.model");
    }
}
