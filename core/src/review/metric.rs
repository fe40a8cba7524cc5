//! A figure with its numerator, denominator, count, interval, convention and, where it has no value, the reason.
//!
//! Figures of one table count different things, so `value`, `numerator` and `denominator` are plain numbers; those of them
//! that are amounts stand in `value_amount`, `numerator_amount` and `denominator_amount` too, exact as in every other table.

use crate::money::fixed_to_f64;
use crate::table::result::{TextColumn, column};
use crate::table::{ColumnData, Table, Unit, ValueRef};

/// An exact amount in its unit.
pub(crate) type Amount = (i128, Unit);

/// A part of a figure.
#[derive(Debug, Clone, Copy)]
enum Quantity {
    Number(f64),
    Amount(Amount),
}

impl Quantity {
    fn number(self) -> f64 {
        match self {
            Self::Number(number) => number,
            Self::Amount((amount, unit)) => fixed_to_f64(amount, unit.digits()),
        }
    }

    fn amount(self) -> Option<Amount> {
        match self {
            Self::Number(_) => None,
            Self::Amount(amount) => Some(amount),
        }
    }

    /// What stands in a row of a finished table.
    fn of_row(table: &Table, row: usize, name: &str) -> Option<Self> {
        match table.value(row, &format!("{name}_amount")) {
            ValueRef::Money(amount, unit) => Some(Self::Amount((amount, unit))),
            _ => table.number(row, name).map(Self::Number),
        }
    }
}

/// What a figure is made of.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ratio {
    parts: Option<(Quantity, Quantity)>,
    n: i64,
    /// How many of the `n` count, where the interval of their share is wanted.
    counted: Option<i64>,
    /// An interval that is known already.
    interval: Option<(f64, f64)>,
}

impl Ratio {
    /// A plain figure over `n` rows.
    pub(crate) fn none(n: i64) -> Self {
        Self { parts: None, n, counted: None, interval: None }
    }

    /// A quotient of numbers over `n` rows.
    pub(crate) fn of(numerator: f64, denominator: f64, n: i64) -> Self {
        Self { parts: Some((Quantity::Number(numerator), Quantity::Number(denominator))), ..Self::none(n) }
    }

    /// A quotient of amounts of one unit over `n` rows.
    pub(crate) fn of_amounts(numerator: i128, denominator: i128, unit: Unit, n: i64) -> Self {
        let amount = |amount: i128| Quantity::Amount((amount, unit));
        Self { parts: Some((amount(numerator), amount(denominator))), ..Self::none(n) }
    }

    /// With the number of rows that count, whose share gets the interval.
    pub(crate) fn counted(self, count: i64) -> Self {
        Self { counted: Some(count), ..self }
    }

    /// The quotient; none where the denominator is zero.
    pub(crate) fn value(&self) -> Option<f64> {
        let (numerator, denominator) = self.parts?;
        (denominator.number() != 0.0).then(|| numerator.number() / denominator.number())
    }

    /// The 95% Wilson interval of the share by count (Wilson 1927).
    fn interval(&self) -> Option<(f64, f64)> {
        match (self.interval, self.counted) {
            (None, Some(counted)) => wilson(counted, self.n),
            (known, _) => known,
        }
    }
}

/// The 95% interval of a share of `k` in `n` (Wilson 1927); none without cases.
pub(crate) fn wilson(k: i64, n: i64) -> Option<(f64, f64)> {
    const Z: f64 = 1.959_963_984_540_054;
    if n == 0 {
        return None;
    }
    let (k, n) = (k as f64, n as f64);
    let (p, z2) = (k / n, Z * Z);
    let middle = (p + z2 / (2.0 * n)) / (1.0 + z2 / n);
    let half = Z * (p * (1.0 - p) / n + z2 / (4.0 * n * n)).sqrt() / (1.0 + z2 / n);
    Some(((middle - half).max(0.0), (middle + half).min(1.0)))
}

/// A table of figures while it grows.
#[derive(Default)]
pub(crate) struct MetricRows {
    metric: TextColumn,
    value: Vec<Option<Quantity>>,
    ratio: Vec<Ratio>,
    unit: TextColumn,
    convention: TextColumn,
    note: TextColumn,
}

impl MetricRows {
    /// Adds a figure; `note` is the code of the reason where there is no value, or of a warning.
    pub(crate) fn push(
        &mut self,
        metric: &str,
        value: Option<f64>,
        ratio: Ratio,
        unit: &str,
        convention: &str,
        note: Option<&str>,
    ) {
        self.add(metric, value.map(Quantity::Number), ratio, unit, convention, note);
    }

    /// Adds an amount over `n` rows.
    pub(crate) fn push_amount(&mut self, metric: &str, amount: Amount, n: i64, convention: &str) {
        self.add(metric, Some(Quantity::Amount(amount)), Ratio::none(n), "money", convention, None);
    }

    fn add(
        &mut self,
        metric: &str,
        value: Option<Quantity>,
        ratio: Ratio,
        unit: &str,
        convention: &str,
        note: Option<&str>,
    ) {
        self.metric.push(Some(metric));
        self.value.push(value);
        self.ratio.push(ratio);
        self.unit.push(Some(unit));
        self.convention.push(Some(convention));
        self.note.push(note);
    }

    /// Adds the rows of a finished table.
    pub(crate) fn extend(&mut self, table: &Table) {
        for row in 0..table.len() {
            let text = |name: &str| Some(table.text(row, name)).filter(|t| !t.is_empty());
            let (metric, unit) = (text("metric").unwrap_or_default(), text("unit").unwrap_or_default());
            let number = |name: &str| table.number(row, name);
            let part = |name: &str| Quantity::of_row(table, row, name);
            let ratio = Ratio {
                parts: part("numerator").zip(part("denominator")),
                n: number("n").unwrap_or(0.0) as i64,
                counted: None,
                interval: number("low").zip(number("high")),
            };
            let (convention, note) = (text("convention").unwrap_or_default(), text("note"));
            self.add(&metric, part("value"), ratio, &unit, &convention, note.as_deref());
        }
    }

    /// Columns: metric, value, numerator, denominator, n, low, high (95% interval of the share by count), unit,
    /// convention, note, value_amount, numerator_amount, denominator_amount (exact, where they are amounts).
    pub(crate) fn finish(self) -> Table {
        let value: Vec<Option<Quantity>> = self.value;
        let numerator: Vec<Option<Quantity>> = self.ratio.iter().map(|r| r.parts.map(|p| p.0)).collect();
        let denominator: Vec<Option<Quantity>> = self.ratio.iter().map(|r| r.parts.map(|p| p.1)).collect();
        let number = |of: &[Option<Quantity>]| ColumnData::Float(of.iter().map(|q| q.map(Quantity::number)).collect());
        // All amounts of a table are in one unit: that of the ecosystem, or of the journeys.
        let mut all = [&value, &numerator, &denominator].into_iter().flatten();
        let unit = all.find_map(|q| q.and_then(Quantity::amount)).map_or(Unit::Minor, |(_, unit)| unit);
        let exact = |q: &Option<Quantity>| q.and_then(Quantity::amount).filter(|a| a.1 == unit).map(|a| a.0);
        let amount = |of: &[Option<Quantity>]| ColumnData::Money(of.iter().map(exact).collect(), unit);
        let interval =
            |of: fn((f64, f64)) -> f64| ColumnData::Float(self.ratio.iter().map(|r| r.interval().map(of)).collect());
        let n = ColumnData::Int(self.ratio.iter().map(|r| Some(r.n)).collect());
        Table::new(vec![
            self.metric.finish("metric"),
            column("value", number(&value)),
            column("numerator", number(&numerator)),
            column("denominator", number(&denominator)),
            column("n", n),
            column("low", interval(|i| i.0)),
            column("high", interval(|i| i.1)),
            self.unit.finish("unit"),
            self.convention.finish("convention"),
            self.note.finish("note"),
            column("value_amount", amount(&value)),
            column("numerator_amount", amount(&numerator)),
            column("denominator_amount", amount(&denominator)),
        ])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_interval_is_wilsons() {
        // 8 of 10: 0.4902 to 0.9433 (Newcombe 1998, method 3).
        let (low, high) = Ratio::of(8.0, 10.0, 10).counted(8).interval().unwrap();
        assert!((low - 0.4902).abs() < 5e-5 && (high - 0.9433).abs() < 5e-5, "{low} {high}");
        assert_eq!(Ratio::of(1.0, 0.0, 0).counted(0).interval(), None);
    }

    #[test]
    fn amounts_are_exact_beyond_the_digits_of_a_float() {
        let unit = Unit::Currency(crate::money::Currency::parse("USD").unwrap());
        // 2^53 + 1 cents are no float of dollars and cents.
        let (odd, most) = ((1_i128 << 53) + 1, i128::from(i64::MAX));
        let mut rows = MetricRows::default();
        rows.push_amount("won_revenue", (odd, unit), 2, "x");
        rows.push("share", Some(0.5), Ratio::of_amounts(odd, most, unit, 2), "share", "x", None);
        rows.push("by_count", Some(0.5), Ratio::of(1.0, 2.0, 2), "share", "x", None);
        let table = rows.finish();
        let mut again = MetricRows::default();
        again.extend(&table);
        for table in [table, again.finish()] {
            let amount = |row: usize, name: &str| table.value(row, name);
            assert_eq!(amount(0, "value_amount"), ValueRef::Money(odd, unit));
            assert_eq!(amount(1, "numerator_amount"), ValueRef::Money(odd, unit));
            assert_eq!(amount(1, "denominator_amount"), ValueRef::Money(most, unit));
            assert_eq!((amount(1, "value_amount"), amount(2, "numerator_amount")), (ValueRef::Null, ValueRef::Null));
            assert_eq!((table.number(2, "numerator"), table.number(1, "value")), (Some(1.0), Some(0.5)));
        }
    }
}
