//! Performance against potential: where each row stands in a grid of two metrics.
//!
//! Each axis is cut at values, or at quantiles (type 7) of the rows that have a value on it; a row at a cut belongs above
//! it. A row that lacks a value on one of the axes is in no segment.

use serde::{Deserialize, Serialize};

use super::super::base::Base;
use super::super::gaps::row_columns;
use crate::document::out_of_range;
use crate::engine::quantile::quantile;
use crate::error::{Code, Error, Result};
use crate::table::result::TextColumn;
use crate::table::{Column, Table};

/// Where an axis is cut.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Cuts {
    /// At quantiles: chances above 0 and below 1, rising.
    Quantiles(Vec<f64>),
    /// At values, rising.
    Values(Vec<f64>),
}

/// An axis of the grid.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Axis<'a> {
    /// `performance` or `potential`: where an error is.
    pub(crate) name: &'a str,
    /// The value of each row; NaN is missing.
    pub(crate) values: &'a [f64],
    pub(crate) cuts: Cuts,
    /// The names of its bands from the lowest, one more than cuts; empty: low and high, low, middle and high, or numbers.
    pub(crate) bands: Vec<String>,
}

/// The segments of rows.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Segments {
    /// For each row, its bands of performance and of potential from the lowest; `None`: a value is missing.
    pub(crate) cells: Vec<Option<(usize, usize)>>,
    bands: [Vec<String>; 2],
    names: Vec<Vec<String>>,
}

/// Cuts rows into a grid; `names` are those of the cells, one list for each band of performance from the lowest, each with
/// one name for each band of potential; empty: the names of both bands, such as `high_low`.
///
/// # Errors
/// Cuts that do not rise or are no chances; names that do not fit the grid; an axis without any value to take quantiles of.
pub(crate) fn segment(performance: &Axis<'_>, potential: &Axis<'_>, names: &[Vec<String>]) -> Result<Segments> {
    if performance.values.len() != potential.values.len() {
        let (a, b) = (performance.values.len(), potential.values.len());
        let text = format!("{} has {a} rows and {} has {b}", performance.name, potential.name);
        return Err(Error::new(Code::LengthMismatch, potential.name, text));
    }
    let cuts = [performance.cut_values()?, potential.cut_values()?];
    let bands = [performance.band_names(cuts[0].len())?, potential.band_names(cuts[1].len())?];
    let names = if names.is_empty() {
        let row = |first: &String| bands[1].iter().map(|second| format!("{first}_{second}")).collect();
        bands[0].iter().map(row).collect()
    } else {
        let (rows, columns) = (bands[0].len(), bands[1].len());
        if names.len() != rows || names.iter().any(|row| row.len() != columns) {
            let text = format!("the names do not fit the grid; expected {rows} lists of {columns} names");
            return Err(Error::new(Code::InvalidOption, "names", text));
        }
        names.to_vec()
    };
    let band = |cuts: &[f64], value: f64| cuts.iter().filter(|&&cut| value >= cut).count();
    let cell = |(&a, &b): (&f64, &f64)| (!a.is_nan() && !b.is_nan()).then(|| (band(&cuts[0], a), band(&cuts[1], b)));
    let cells: Vec<Option<(usize, usize)>> = performance.values.iter().zip(potential.values).map(cell).collect();
    Ok(Segments { cells, bands, names })
}

impl Axis<'_> {
    fn cut_values(&self) -> Result<Vec<f64>> {
        let (kind, given) = match &self.cuts {
            Cuts::Quantiles(list) => ("quantiles", list),
            Cuts::Values(list) => ("values", list),
        };
        let path = |at: usize| format!("{}.{kind}[{at}]", self.name);
        if given.is_empty() {
            let text = "there is no cut; name at least one";
            return Err(Error::new(Code::InvalidOption, format!("{}.{kind}", self.name), text));
        }
        for (at, &cut) in given.iter().enumerate() {
            let chance = matches!(self.cuts, Cuts::Quantiles(_));
            if !cut.is_finite() || (chance && !(cut > 0.0 && cut < 1.0)) {
                let expected = if chance { "a chance above 0 and below 1" } else { "a finite number" };
                return Err(out_of_range(&path(at), cut, expected));
            }
            if at > 0 && given[at - 1] >= cut {
                return Err(out_of_range(&path(at), cut, "a number above the one before it"));
            }
        }
        if let Cuts::Values(list) = &self.cuts {
            return Ok(list.clone());
        }
        let mut sorted: Vec<f64> = self.values.iter().copied().filter(|v| !v.is_nan()).collect();
        if sorted.is_empty() {
            let text = format!("no row has a value of {}: there are no quantiles", self.name);
            return Err(Error::new(Code::NotEnoughData, self.name, text));
        }
        sorted.sort_by(f64::total_cmp);
        Ok(given.iter().map(|&p| quantile(&sorted, p)).collect())
    }

    fn band_names(&self, cuts: usize) -> Result<Vec<String>> {
        let plain = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        match (self.bands.len(), cuts) {
            (0, 1) => Ok(plain(&["low", "high"])),
            (0, 2) => Ok(plain(&["low", "middle", "high"])),
            (0, _) => Ok((1..=cuts + 1).map(|band| band.to_string()).collect()),
            (given, _) if given == cuts + 1 => Ok(self.bands.clone()),
            (given, _) => {
                let text = format!("{given} names for {} bands; give one for each band", cuts + 1);
                Err(Error::new(Code::InvalidOption, format!("{}.bands", self.name), text))
            }
        }
    }
}

impl Segments {
    /// The name of a row's segment.
    pub(crate) fn name(&self, row: usize) -> Option<&str> {
        let (a, b) = self.cells.get(row).copied().flatten()?;
        Some(self.names.get(a)?.get(b)?.as_str())
    }

    /// One row for each row of the base: partner_id, scope, performance and potential (the bands), segment; null where a
    /// value is missing.
    pub(crate) fn table(&self, base: &Base) -> Table {
        let rows = 0..self.cells.len();
        let mut columns: Vec<Column> = row_columns(base, rows.clone().map(|row| row as u32)).into();
        let band = |row: usize, axis: usize| {
            let (a, b) = self.cells[row]?;
            self.bands[axis].get(if axis == 0 { a } else { b }).map(String::as_str)
        };
        let texts = |name: &str, text: &dyn Fn(usize) -> Option<String>| {
            let mut column = TextColumn::default();
            rows.clone().for_each(|row| column.push(text(row).as_deref()));
            column.finish(name)
        };
        columns.extend([
            texts("performance", &|row| band(row, 0).map(str::to_owned)),
            texts("potential", &|row| band(row, 1).map(str::to_owned)),
            texts("segment", &|row| self.name(row).map(str::to_owned)),
        ]);
        Table::new(columns)
    }
}
