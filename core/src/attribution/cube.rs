//! Credit by several dimensions at once: partner, parent, type, region, country, kind, role, period, product, or any column of
//! the partners, opportunities or accounts.
//!
//! The cube is a sum over the ledger, so it adds up to the credit exactly, to the minor unit, along every dimension. Where the
//! model divides totals and not journeys, it is a sum over the totals, and its dimensions are those of the partner. A
//! journey without touches stays `(unattributed)`; a cell that the data leaves empty is a missing value.

use hashbrown::HashMap;
use serde::{Deserialize, Serialize};

use super::UNATTRIBUTED;
use super::credit::{Credit, SPLIT_ONE, value_column};
use super::journeys::{ChannelOrder, ONE};
use super::weigher::parts_of;
use super::windows::text_of;
use crate::calendar::FiscalYear;
use crate::document::out_of_range;
use crate::engine::monitor::Monitor;
use crate::error::{Code, Error, Result, did_you_mean, one_of, quoted};
use crate::facts::{Ecosystem, opportunities, partners};
use crate::money::fixed_to_f64;
use crate::table::result::{TextColumn, column};
use crate::table::{ColumnData, Interner, Key, KeySpace, NULL, Table};

/// How credit is laid out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct CubeOptions {
    /// The dimensions: `partner`, `parent` (the partner's topmost), `type` (several types of a partner are one class, named by
    /// all of them), `region`, `country`, `kind`, `role`, `month`, `quarter`,
    /// `year` (of the close, else of the day that open opportunities are seen from), `product`, `opportunity_type`, or a
    /// column such as `partners.lifecycle_stage`, `opportunities.owner_id`, `accounts.industry`. Default `partner`. Credit without
    /// a ledger (`markov` as it is) has the partner's dimensions only: `partner` to `country`, and columns of `partners`.
    pub by: Vec<String>,
    /// The month in which fiscal years begin, 1 to 12. Default 1: calendar years.
    pub first_month: u8,
}

impl Default for CubeOptions {
    fn default() -> Self {
        Self { by: vec!["partner".to_owned()], first_month: 1 }
    }
}

const NAMES: [&str; 12] = [
    "partner",
    "parent",
    "type",
    "region",
    "country",
    "kind",
    "role",
    "month",
    "quarter",
    "year",
    "product",
    "opportunity_type",
];

/// How many of the names, from the first, are dimensions of the partner.
const OF_PARTNER: usize = 5;

/// The values of a dimension: by what they are looked up, and the code of each.
enum Source {
    Partner(Vec<u32>),
    Deal(Vec<u32>),
    Kind,
    Role,
}

struct Dimension {
    name: String,
    source: Source,
    values: Interner,
}

/// What one cell of the cube has.
#[derive(Default)]
struct Sum {
    conversions: i128,
    value: i128,
    touches: i64,
    deals: i64,
    /// The journey that was counted last, plus one.
    last: usize,
}

impl Ecosystem {
    /// Credit by several dimensions at once.
    ///
    /// Columns: one per dimension, then deals (converted journeys), touches, conversions, value (where the journeys have
    /// values), share. Rows are ordered by the dimensions, names in parentheses and missing values last. A deal counts
    /// once in each cell that one of its touches falls in.
    ///
    /// # Errors
    /// An unknown or repeated dimension or a column that was not given; credit of other journeys, or by another channel than
    /// the partner; a dimension of touches or deals where the credit has no ledger; [`Code::Cancelled`].
    pub fn credit_by(&self, credit: &Credit, options: &CubeOptions, monitor: &Monitor) -> Result<Table> {
        if !(1..=12).contains(&options.first_month) {
            return Err(out_of_range("first_month", options.first_month, "a whole number from 1 to 12"));
        }
        let (_, channels) = self.partners_of(credit)?;
        let mut dimensions = Vec::new();
        for (i, name) in options.by.iter().enumerate() {
            if options.by[..i].contains(name) {
                let message = format!("by names {} twice", quoted(name));
                return Err(Error::new(Code::InvalidOption, format!("by[{i}]"), message));
            }
            let dimension = Dimension::new(self, name, credit, &channels, options.first_month);
            let dimension = dimension.and_then(|d| d.fits(credit)).map_err(|e| match e.field() {
                "by" => Error::new(e.code(), format!("by[{i}]"), e.message()),
                _ => e,
            })?;
            dimensions.push(dimension);
        }
        let cells = add_up(credit, &dimensions, monitor)?;
        Ok(lay_out(cells, &dimensions, credit))
    }
}

impl Dimension {
    fn new(eco: &Ecosystem, name: &str, credit: &Credit, channels: &[u32], first_month: u8) -> Result<Self> {
        let mut values = Interner::default();
        let source = match name {
            "partner" => Source::Partner(of_names(&credit.journeys().channels(), &mut values)?),
            "parent" => Source::Partner(of_parents(eco, credit, channels, &mut values)?),
            "type" => of_partners(eco, partners::Col::types as usize, credit, channels, &mut values)?,
            "region" => of_partners(eco, partners::Col::region as usize, credit, channels, &mut values)?,
            "country" => of_partners(eco, partners::Col::country as usize, credit, channels, &mut values)?,
            "kind" => Source::Kind,
            "role" => Source::Role,
            "month" | "quarter" | "year" => of_periods(eco, name, credit, first_month, &mut values)?,
            "product" => of_deals(eco, opportunities::Col::product as usize, credit, &mut values)?,
            "opportunity_type" => of_deals(eco, opportunities::Col::r#type as usize, credit, &mut values)?,
            other => of_column(eco, other, credit, channels, &mut values)?,
        };
        let inner = &credit.journeys().inner;
        if matches!(source, Source::Kind) {
            values = inner.kind.as_ref().map(|(_, kinds)| (**kinds).clone()).unwrap_or_default();
        } else if matches!(source, Source::Role) {
            values = (*inner.roles).clone();
        }
        Ok(Self { name: name.to_owned(), source, values })
    }

    /// The dimension, where the credit can be laid out by it: totals know their partners and nothing else.
    fn fits(self, credit: &Credit) -> Result<Self> {
        if credit.rule().is_some() || matches!(self.source, Source::Partner(_)) {
            return Ok(self);
        }
        let message = format!(
            "{} differs from deal to deal, and this credit by {} divides totals and not journeys; take a model with a ledger, such as markov(credit=\"journey\"), or dimensions of the partner: {} or a column of partners",
            quoted(&self.name),
            credit.model().name(),
            one_of(NAMES[..OF_PARTNER].iter().copied())
        );
        Err(Error::new(Code::InvalidOption, "by", message))
    }

    /// The code of a channel; without one, that of journeys without touches.
    fn code_of_channel(&self, channel: Option<usize>) -> u32 {
        match &self.source {
            Source::Partner(codes) => channel.map_or(codes.last(), |c| codes.get(c)).copied().unwrap_or(NULL),
            _ => NULL,
        }
    }

    /// The code of a touch of a journey; without a touch, of the journey.
    fn code(&self, credit: &Credit, journey: usize, touch: Option<usize>) -> u32 {
        let inner = &credit.journeys().inner;
        match (&self.source, touch) {
            (Source::Partner(_), touch) => self.code_of_channel(touch.map(|t| inner.channel[t] as usize)),
            (Source::Deal(codes), _) => codes[journey],
            (Source::Kind, Some(touch)) => inner.kind.as_ref().map_or(NULL, |(codes, _)| codes[touch]),
            (Source::Role, Some(touch)) => inner.role.as_ref().map_or(NULL, |codes| codes[touch]),
            (Source::Kind | Source::Role, None) => NULL,
        }
    }
}

/// The names themselves, and last the one of journeys without touches.
fn of_names(names: &[String], values: &mut Interner) -> Result<Vec<u32>> {
    names.iter().map(String::as_str).chain([UNATTRIBUTED]).map(|name| values.intern(Key::Text(name))).collect()
}

/// Values of the partners behind the channels; a name in parentheses stands for itself.
fn by_partner(
    credit: &Credit,
    channels: &[u32],
    values: &mut Interner,
    value: impl Fn(u32) -> Option<String>,
) -> Result<Vec<u32>> {
    let names = credit.journeys().channels();
    let mut codes = Vec::with_capacity(channels.len() + 1);
    for (name, &partner) in names.iter().zip(channels) {
        let text = if partner == NULL { Some(name.clone()) } else { value(partner) };
        codes.push(text.map_or(Ok(NULL), |text| values.intern(Key::Text(&text)))?);
    }
    codes.push(values.intern(Key::Text(UNATTRIBUTED))?);
    Ok(codes)
}

/// The topmost parent of each partner.
fn of_parents(eco: &Ecosystem, credit: &Credit, channels: &[u32], values: &mut Interner) -> Result<Vec<u32>> {
    let keys = eco.keys(KeySpace::Partner);
    let chunk = eco.keyed("partners");
    let parent = |code: u32| eco.row_of("partners", code).map(|row| chunk.code(partners::Col::parent_id as usize, row));
    by_partner(credit, channels, values, |partner| {
        let mut top = partner;
        // Parents never form a circle: a circle is rejected when the tables are read. The count is a second lock.
        for _ in 0..keys.len() {
            match parent(top) {
                Some(next) if next != NULL && next != top => top = next,
                _ => break,
            }
        }
        keys.show(top)
    })
}

fn of_partners(
    eco: &Ecosystem,
    index: usize,
    credit: &Credit,
    channels: &[u32],
    values: &mut Interner,
) -> Result<Source> {
    let stored = eco.need("partners")?;
    let chunk = eco.keyed("partners");
    super::windows::check_given(stored, index).map_err(in_by)?;
    let value = |partner| text_of(eco, stored, &chunk, index, eco.row_of("partners", partner)?);
    Ok(Source::Partner(by_partner(credit, channels, values, value)?))
}

fn in_by(error: Error) -> Error {
    Error::new(error.code(), "by", error.message().replace("channels by", "the dimension"))
}

fn of_deals(eco: &Ecosystem, index: usize, credit: &Credit, values: &mut Interner) -> Result<Source> {
    let stored = eco.need("opportunities")?;
    let chunk = eco.keyed("opportunities");
    super::windows::check_given(stored, index).map_err(in_by)?;
    by_deal(eco, credit, values, |row| text_of(eco, stored, &chunk, index, row))
}

/// Values of the opportunities, by their rows.
fn by_deal(
    eco: &Ecosystem,
    credit: &Credit,
    values: &mut Interner,
    value: impl Fn(usize) -> Option<String>,
) -> Result<Source> {
    let Some((deals, _)) = &credit.journeys().inner.ids else { return Ok(Source::Deal(Vec::new())) };
    let mut codes = Vec::with_capacity(deals.len());
    for &deal in deals {
        let text = eco.row_of("opportunities", deal).and_then(&value);
        codes.push(text.map_or(Ok(NULL), |text| values.intern(Key::Text(&text)))?);
    }
    Ok(Source::Deal(codes))
}

fn of_periods(eco: &Ecosystem, name: &str, credit: &Credit, first_month: u8, values: &mut Interner) -> Result<Source> {
    let fiscal = FiscalYear { first_month };
    let closed = credit.journeys().inner.closed.as_deref().unwrap_or_default();
    let mut codes = Vec::with_capacity(closed.len());
    for &instant in closed {
        if instant == i64::MIN {
            codes.push(NULL);
            continue;
        }
        let date = eco.zone().date_of(instant);
        let label = match name {
            "month" => date.to_string()[..7].to_owned(),
            "quarter" => fiscal.quarter(date).label,
            _ => fiscal.year(date).label,
        };
        // A fiscal year that is the calendar year is called by it.
        let label = if first_month == 1 { label.trim_start_matches("FY").to_owned() } else { label };
        codes.push(values.intern(Key::Text(&label))?);
    }
    Ok(Source::Deal(codes))
}

/// A column of partners, opportunities or accounts, by name.
fn of_column(eco: &Ecosystem, name: &str, credit: &Credit, channels: &[u32], values: &mut Interner) -> Result<Source> {
    let Some((table @ ("partners" | "opportunities" | "accounts"), wanted)) = name.split_once('.') else {
        let hint = did_you_mean(name, NAMES);
        let message = format!(
            "unknown dimension {}; expected {}, or a column of partners, opportunities or accounts such as \"accounts.industry\"{hint}",
            quoted(name),
            one_of(NAMES)
        );
        return Err(Error::new(Code::InvalidOption, "by", message));
    };
    let stored = eco.need(table)?;
    let found = stored.spec.column(wanted).or_else(|| stored.attribute(wanted).map(|(index, _)| index));
    let index = found.ok_or_else(|| {
        let names = || {
            let attributes = stored.attributes.iter().map(|a| a.name.as_str());
            stored.spec.columns.iter().map(|c| c.name).chain(attributes)
        };
        let hint = did_you_mean(wanted, names());
        let message = format!("{table} has no column {}; it has {}{hint}", quoted(wanted), one_of(names()));
        Error::new(Code::UnknownColumn, "by", message)
    })?;
    match table {
        "partners" => of_partners(eco, index, credit, channels, values),
        "opportunities" => of_deals(eco, index, credit, values),
        _ => {
            super::windows::check_given(stored, index).map_err(in_by)?;
            let (chunk, deals) = (eco.keyed("accounts"), eco.keyed("opportunities"));
            by_deal(eco, credit, values, |row| {
                let account = deals.code(opportunities::Col::account_id as usize, row);
                text_of(eco, stored, &chunk, index, eco.row_of("accounts", account)?)
            })
        }
    }
}

fn add_up(credit: &Credit, dimensions: &[Dimension], monitor: &Monitor) -> Result<HashMap<Vec<u32>, Sum>> {
    let rule = credit.rule();
    let journeys = credit.journeys();
    let inner = &journeys.inner;
    let mut cells: HashMap<Vec<u32>, Sum> = HashMap::new();
    let mut weights = Vec::new();
    monitor.begin("attribution", journeys.rows())?;
    for journey in 0..journeys.rows() {
        if journey % 65_536 == 0 {
            monitor.advance(65_536.min(journeys.rows() - journey))?;
        }
        let conversions = inner.conversions.get(journey);
        if conversions == 0 {
            continue;
        }
        let value = inner.values.as_ref().map_or(0, |v| v[journey]);
        let whole = conversions * (SPLIT_ONE / ONE);
        let (from, to) = (inner.starts[journey], inner.starts[journey + 1]);
        let mut add = |touch: Option<usize>, conversions: i128, value: i128| {
            let key = dimensions.iter().map(|d| d.code(credit, journey, touch)).collect();
            let sum = cells.entry(key).or_default();
            sum.conversions += conversions;
            sum.value += value;
            sum.touches += i64::from(touch.is_some());
            sum.deals += i64::from(sum.last != journey + 1);
            sum.last = journey + 1;
        };
        if from == to {
            add(None, whole, value);
            continue;
        }
        let Some(rule) = rule else {
            // What the deals have earned is known of all of them together.
            (from..to).for_each(|touch| add(Some(touch), 0, 0));
            continue;
        };
        weights.clear();
        weights.resize(to - from, 0);
        let spread = rule.weigh(&journeys.view(journey), &mut weights);
        let (c, v) = (parts_of(whole, spread, &weights), parts_of(value, spread, &weights));
        (from..to).for_each(|touch| add(Some(touch), c[touch - from], v[touch - from]));
    }
    for (channel, [conversions, value]) in credit.sums().iter().enumerate().filter(|_| rule.is_none()) {
        // Journeys without touches have been counted already.
        if channel < inner.channels.len() && (*conversions, *value) != (0, 0) {
            let key = dimensions.iter().map(|d| d.code_of_channel(Some(channel))).collect();
            let sum = cells.entry(key).or_default();
            sum.conversions += conversions;
            sum.value += value;
        }
    }
    Ok(cells)
}

fn lay_out(cells: HashMap<Vec<u32>, Sum>, dimensions: &[Dimension], credit: &Credit) -> Table {
    let ranks: Vec<Vec<u32>> = dimensions.iter().map(|d| ranks(&d.values)).collect();
    let place = |d: usize, code: u32| if code == NULL { NULL } else { ranks[d][code as usize] };
    let mut rows: Vec<(Vec<u32>, Sum)> = cells.into_iter().collect();
    rows.sort_by_cached_key(|(key, _)| key.iter().enumerate().map(|(d, &code)| place(d, code)).collect::<Vec<u32>>());
    let unit = credit.journeys().inner.unit;
    let mut columns = Vec::new();
    for (d, dimension) in dimensions.iter().enumerate() {
        let mut texts = TextColumn::default();
        for (key, _) in &rows {
            texts.push(dimension.values.show(key[d]).filter(|_| key[d] != NULL).as_deref());
        }
        columns.push(texts.finish(&dimension.name));
    }
    let whole: i128 = rows.iter().map(|(_, s)| if unit.is_some() { s.value } else { s.conversions }).sum();
    let share = |s: &Sum| {
        let part = if unit.is_some() { s.value } else { s.conversions };
        (whole != 0).then(|| part as f64 / whole as f64)
    };
    columns.push(column("deals", ColumnData::Int(rows.iter().map(|(_, s)| Some(s.deals)).collect())));
    columns.push(column("touches", ColumnData::Int(rows.iter().map(|(_, s)| Some(s.touches)).collect())));
    let conversions = rows.iter().map(|(_, s)| Some(fixed_to_f64(s.conversions, 18))).collect();
    columns.push(column("conversions", ColumnData::Float(conversions)));
    if let Some(unit) = unit {
        let money = ColumnData::Money(rows.iter().map(|(_, s)| Some(s.value)).collect(), unit);
        columns.push(column(value_column(unit), money));
    }
    columns.push(column("share", ColumnData::Float(rows.iter().map(|(_, s)| share(s)).collect())));
    Table::new(columns)
}

/// The place of each value in results.
fn ranks(values: &Interner) -> Vec<u32> {
    let mut order: Vec<u32> = (0..values.len() as u32).collect();
    order.sort_by_cached_key(|&code| ChannelOrder::of(values.show(code).unwrap_or_default()));
    let mut ranks = vec![0; order.len()];
    order.iter().enumerate().for_each(|(rank, &code)| ranks[code as usize] = rank as u32);
    ranks
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attribution::{JourneysOptions, Model, Outcome};
    use crate::table::read_csv;
    use serde_json::{Value, json};

    fn ecosystem() -> Ecosystem {
        let opportunities = b"opportunity_id,account_id,status,stage,amount,currency,created_at,closed_at,product\n\
            1,A,won,,100.00,USD,2026-01-10,2026-02-10,core\n2,A,won,,50.01,USD,2026-03-01,2026-05-10,addon\n\
            3,B,won,,7,USD,2026-03-01,2026-05-20,core\n4,B,open,late,1000,USD,2026-03-01,,core\n\
            5,B,open,early,10.05,USD,2026-03-01,,core\n";
        let touches = b"opportunity_id,partner_id,at,kind\n1,p,2026-01-11,demo\n1,q,2026-01-12,demo\n\
            1,p,2026-01-13,training\n2,q,2026-03-02,demo\n2,,2026-03-03,call\n4,p,2026-03-02,demo\n5,q,2026-03-02,demo\n";
        let partners = b"partner_id,types,region,parent_id\np,reseller,EMEA,\nq,isv,,p\n";
        let accounts = b"account_id,industry\nA,retail\nB,energy\n";
        let table = |bytes: &'static [u8]| read_csv(bytes).unwrap();
        Ecosystem::builder()
            .table("opportunities", table(opportunities))
            .table("touchpoints", table(touches))
            .table("partners", table(partners))
            .table("accounts", table(accounts))
            .build()
            .unwrap()
    }

    fn cube(eco: &Ecosystem, by: &[&str]) -> Result<Table> {
        let journeys = eco.journeys(&JourneysOptions::default(), &Monitor::none())?;
        let credit = journeys.attribute(&Model::from_value(&json!("linear"))?, &Monitor::none())?;
        let by = by.iter().map(|d| (*d).to_owned()).collect();
        eco.credit_by(&credit, &CubeOptions { by, first_month: 2 }, &Monitor::none())
    }

    #[test]
    fn cells_add_up_to_the_credit_along_every_dimension() {
        let eco = ecosystem();
        // Linear: deal 1 gives p 33.34 and 33.33 (largest remainder, earlier touch first), q 33.33; deal 2 q 25.01, vendor 25.00; deal 3 nobody.
        let table = cube(&eco, &["partner"]).unwrap();
        let rows: Vec<String> = (0..table.len())
            .map(|r| ["partner", "deals", "touches", "value"].map(|c| table.text(r, c)).join(" "))
            .collect();
        assert_eq!(rows, ["p 1 2 66.67", "q 2 2 58.34", "(vendor) 1 1 25.00", "(unattributed) 1 0 7.00"]);
        for by in [&["kind", "quarter"][..], &["type"], &["parent", "product"], &["accounts.industry", "region"], &[]] {
            let table = cube(&eco, by).unwrap();
            let total: f64 = (0..table.len()).map(|r| table.number(r, "value").unwrap()).sum();
            assert!((total - 157.01).abs() < 1e-9, "{by:?} {table}");
        }
    }

    #[test]
    fn dimensions_are_read_where_they_stand() {
        let eco = ecosystem();
        let table = cube(&eco, &["quarter", "kind", "parent"]).unwrap();
        let rows: Vec<String> = (0..table.len())
            .map(|r| ["quarter", "kind", "parent", "value"].map(|c| table.text(r, c)).join("|"))
            .collect();
        // Fiscal years begin in February: February 2026 is the first quarter of FY2027, May the second.
        let wanted = [
            "FY2027 Q1|demo|p|66.67",
            "FY2027 Q1|training|p|33.33",
            "FY2027 Q2|call|(vendor)|25.00",
            "FY2027 Q2|demo|p|25.01",
            "FY2027 Q2||(unattributed)|7.00",
        ];
        assert_eq!(rows, wanted);
    }

    #[test]
    fn totals_are_laid_out_by_the_partner_and_by_nothing_else() {
        let eco = ecosystem();
        let journeys = eco.journeys(&JourneysOptions::default(), &Monitor::none()).unwrap();
        let credit = |model: Value| journeys.attribute(&Model::from_value(&model).unwrap(), &Monitor::none()).unwrap();
        let global = credit(json!({"leave_one_out": {}}));
        let by = |by: &[&str]| {
            let by = by.iter().map(|d| (*d).to_owned()).collect();
            eco.credit_by(&global, &CubeOptions { by, first_month: 1 }, &Monitor::none())
        };
        // Without p 100.00 of 150.01 is lost, without q all of it, without the vendor's touches 50.01: 100.00 : 150.01 : 50.01 of
        // 150.01, the odd cent to the earlier. Deals and touches are counted as ever.
        let table = by(&["type"]).unwrap();
        let rows: Vec<String> = (0..table.len())
            .map(|r| ["type", "deals", "touches", "value"].map(|c| table.text(r, c)).join(" "))
            .collect();
        assert_eq!(rows, ["isv 2 2 75.01", "reseller 1 2 50.00", "(vendor) 1 1 25.00", "(unattributed) 1 0 7.00"]);
        for dimensions in [&["partner"][..], &["parent"], &["region", "type"], &["partners.region"], &[]] {
            let table = by(dimensions).unwrap();
            let total: f64 = (0..table.len()).map(|r| table.number(r, "value").unwrap()).sum();
            assert!((total - 157.01).abs() < 1e-9, "{dimensions:?} {table}");
        }
        let error = by(&["type", "quarter"]).unwrap_err();
        assert_eq!((error.code(), error.field()), (Code::InvalidOption, "by[1]"));
        assert!(error.message().contains("credit by leave_one_out divides totals"), "{error}");
    }

    #[test]
    fn bad_dimensions_say_what_there_is() {
        let eco = ecosystem();
        let error = cube(&eco, &["partner", "knid"]).unwrap_err();
        assert_eq!((error.code(), error.field()), (Code::InvalidOption, "by[1]"));
        assert!(error.message().contains("did you mean \"kind\""), "{error}");
        assert_eq!(cube(&eco, &["kind", "kind"]).unwrap_err().field(), "by[1]");
        assert_eq!(cube(&eco, &["accounts.size"]).unwrap_err().code(), Code::UnknownColumn);
        assert_eq!(cube(&eco, &["country"]).unwrap_err().code(), Code::MissingColumn);
    }

    #[test]
    fn open_opportunities_count_what_is_expected_of_them() {
        let eco = ecosystem();
        let options = |chances: &[(&str, f64)]| JourneysOptions {
            outcome: Outcome::Open,
            as_of: Some("2026-06-01".to_owned()),
            stage_probability: Some(chances.iter().map(|(s, p)| ((*s).to_owned(), *p)).collect()),
            ..JourneysOptions::default()
        };
        let journeys = |chances: &[(&str, f64)]| eco.journeys(&options(chances), &Monitor::none());
        let model = Model::from_value(&json!("linear")).unwrap();
        let credit = journeys(&[("late", 0.6), ("*", 0.1)]).unwrap().attribute(&model, &Monitor::none()).unwrap();
        let table = eco.credit_by(&credit, &CubeOptions::default(), &Monitor::none()).unwrap();
        let cell =
            |row: usize| (table.text(row, "partner"), table.number(row, "conversions"), table.text(row, "value"));
        assert_eq!(cell(0), ("p".to_owned(), Some(0.6), "600.00".to_owned()));
        // A tenth of 10.05 lies half way between two cents: half to even.
        assert_eq!(cell(1), ("q".to_owned(), Some(0.1), "1.00".to_owned()));
        assert_eq!(journeys(&[("late", 0.6)]).unwrap_err().code(), Code::UnknownName);
        assert_eq!(journeys(&[("*", 1.5)]).unwrap_err().code(), Code::OptionOutOfRange);
        let won = JourneysOptions { outcome: Outcome::Won, ..options(&[("*", 0.5)]) };
        assert_eq!(eco.journeys(&won, &Monitor::none()).unwrap_err().code(), Code::InvalidOption);
    }
}
