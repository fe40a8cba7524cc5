//! A figure with its numerator, denominator, count, interval, convention and, where it has no value, the reason.

use crate::table::result::{TextColumn, column};
use crate::table::{ColumnData, Table};

/// What a figure is made of.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ratio {
    numerator: Option<f64>,
    denominator: Option<f64>,
    n: i64,
    /// How many of the `n` count, where the interval of their share is wanted.
    counted: Option<i64>,
    /// An interval that is known already.
    interval: Option<(f64, f64)>,
}

impl Ratio {
    /// A plain figure over `n` rows.
    pub(crate) fn none(n: i64) -> Self {
        Self { numerator: None, denominator: None, n, counted: None, interval: None }
    }

    /// A quotient over `n` rows.
    pub(crate) fn of(numerator: f64, denominator: f64, n: i64) -> Self {
        Self { numerator: Some(numerator), denominator: Some(denominator), n, counted: None, interval: None }
    }

    /// With the number of rows that count, whose share gets the interval.
    pub(crate) fn counted(self, count: i64) -> Self {
        Self { counted: Some(count), ..self }
    }

    /// The quotient; none where the denominator is zero.
    pub(crate) fn value(&self) -> Option<f64> {
        match (self.numerator, self.denominator) {
            (Some(n), Some(d)) if d != 0.0 => Some(n / d),
            _ => None,
        }
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
    value: Vec<Option<f64>>,
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
            self.push(
                &metric,
                number("value"),
                Ratio {
                    numerator: number("numerator"),
                    denominator: number("denominator"),
                    n: number("n").unwrap_or(0.0) as i64,
                    counted: None,
                    interval: number("low").zip(number("high")),
                },
                &unit,
                &text("convention").unwrap_or_default(),
                text("note").as_deref(),
            );
        }
    }

    /// Columns: metric, value, numerator, denominator, n, low, high (95% interval of the share by count), unit,
    /// convention, note.
    pub(crate) fn finish(self) -> Table {
        let of = |f: fn(&Ratio) -> Option<f64>| ColumnData::Float(self.ratio.iter().map(f).collect());
        let (numerator, denominator) = (of(|r| r.numerator), of(|r| r.denominator));
        let (low, high) = (of(|r| r.interval().map(|i| i.0)), of(|r| r.interval().map(|i| i.1)));
        let n = ColumnData::Int(self.ratio.iter().map(|r| Some(r.n)).collect());
        Table::new(vec![
            self.metric.finish("metric"),
            column("value", ColumnData::Float(self.value)),
            column("numerator", numerator),
            column("denominator", denominator),
            column("n", n),
            column("low", low),
            column("high", high),
            self.unit.finish("unit"),
            self.convention.finish("convention"),
            self.note.finish("note"),
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
}
