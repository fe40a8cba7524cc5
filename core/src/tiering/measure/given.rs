//! Metrics that are handed in ready: as columns of a frame by partner, else as rows of the table of measurements.

use super::field::World;
use super::population::Population;
use super::{Finding, MeasureInputs};
use crate::error::{Code, Error, Result, quoted};
use crate::facts::measurements::{self, Col};
use crate::table::intern::key_of;
use crate::table::{CellRef, Interner, Key, KeySpace, NULL, RawChunk, RawTable};
use crate::tiering::document::{Condition, Facts, Scalar, Source};
use crate::tiering::frame::{self, given_name};
use crate::tiering::program::{ColumnRole, Compiled};

/// A frame of metrics, read: one line for each partner, or for each scope of it.
#[derive(Debug, Default)]
pub(super) struct Frame {
    /// The partner's place in the population and the scope's name, where the frame has one.
    lines: Vec<(u32, Option<String>)>,
    /// The numbers of the columns that it has; NaN is missing.
    columns: Vec<Option<Vec<f64>>>,
}

impl Frame {
    /// Reads the columns that are called as metrics are.
    pub(super) fn read(
        program: &Compiled,
        world: &World<'_>,
        population: &Population,
        inputs: &MeasureInputs<'_>,
        findings: &mut Vec<Finding>,
    ) -> Result<Self> {
        let mut frame = Self { lines: Vec::new(), columns: vec![None; program.columns.len()] };
        let Some(table) = inputs.given else { return Ok(frame) };
        table.check().map_err(|e| e.within("metrics"))?;
        let names: Vec<String> = (0..program.columns.len()).map(|column| given_name(program, column)).collect();
        for (place, rule) in program.columns.iter().enumerate() {
            let measured = matches!(rule.kind, ColumnRole::Base | ColumnRole::Derived);
            if measured && table.parts().any(|chunk| chunk.column(&names[place]).is_some()) {
                frame.columns[place] = Some(Vec::new());
            }
        }
        let by = program.document.scope.as_ref().map(|scope| scope.by.as_str());
        let mut strangers = 0;
        let mut first = 0;
        for chunk in table.parts() {
            for row in 0..chunk.rows {
                let Some(partner) = partner_of(chunk, row, first + row, world)? else {
                    strangers += 1;
                    continue;
                };
                let Some(partner) = population.place(partner) else {
                    strangers += 1;
                    continue;
                };
                let scope = by.and_then(|by| chunk.column("scope").or_else(|| chunk.column(by)));
                let scope = scope.map(|c| c.cell(row)).filter(|c| !c.is_null()).map(name_of);
                frame.lines.push((partner, scope));
                for (place, values) in frame.columns.iter_mut().enumerate() {
                    let Some(values) = values else { continue };
                    let name = &names[place];
                    let cell = chunk.column(name).map_or(CellRef::Null, |c| c.cell(row));
                    values.push(number(cell, table, name, first + row)?);
                }
            }
            first += chunk.rows;
        }
        if strangers > 0 {
            let message = "rows of the metrics that were handed in are of no partner of the programme".to_owned();
            findings.push(Finding { metric: None, code: "given_not_measured", rows: strangers, message });
        }
        frame.check_unique(world, population)?;
        Ok(frame)
    }

    /// A frame of which only is known which columns it has.
    pub(super) fn of_columns(there: &[bool]) -> Self {
        Self { lines: Vec::new(), columns: there.iter().map(|&there| there.then(Vec::new)).collect() }
    }

    fn check_unique(&self, world: &World<'_>, population: &Population) -> Result<()> {
        let mut lines: Vec<&(u32, Option<String>)> = self.lines.iter().collect();
        lines.sort_unstable();
        let Some(twice) = lines.windows(2).find(|pair| pair[0] == pair[1]) else { return Ok(()) };
        let code = population.partners[twice[0].0 as usize];
        let id = world.eco.keys(KeySpace::Partner).show(code).unwrap_or_default();
        let text = format!("the metrics that were handed in have two rows for partner {}; give one", quoted(&id));
        Err(Error::new(Code::DuplicateId, "metrics.partner_id", text).with("partner_id", id))
    }

    /// The scopes that it names, by partner.
    pub(super) fn scopes(&self, names: &mut Interner) -> Result<Vec<(u32, u32)>> {
        let named = self.lines.iter().filter_map(|(partner, scope)| Some((*partner, scope.as_deref()?)));
        named.map(|(partner, scope)| Ok((partner, names.intern(Key::Text(scope))?))).collect()
    }

    pub(super) fn has(&self, column: usize) -> bool {
        self.columns.get(column).is_some_and(Option::is_some)
    }

    /// The numbers of a column by row of the population; a line without a scope holds for all that have no line.
    pub(super) fn numbers(&self, column: usize, population: &Population) -> Option<Vec<f64>> {
        let values = self.columns.get(column)?.as_ref()?;
        let mut numbers = vec![f64::NAN; population.rows()];
        for ((partner, _), value) in self.lines.iter().zip(values).filter(|((_, scope), _)| scope.is_none()) {
            population.rows_of(*partner).for_each(|row| numbers[row] = *value);
        }
        for ((partner, scope), value) in self.lines.iter().zip(values) {
            let scope = scope.as_deref().and_then(|s| population.scopes.find(Key::Text(s)));
            if let Some(row) = scope.and_then(|scope| population.row(*partner, scope)) {
                numbers[row as usize] = *value;
            }
        }
        Some(numbers)
    }
}

fn name_of(cell: CellRef<'_>) -> String {
    if let CellRef::Text(text) = cell { text.trim_ascii().to_owned() } else { cell.show() }
}

/// The partner of a line; `None` where the ecosystem has no such one.
fn partner_of(chunk: &RawChunk<'_>, row: usize, line: usize, world: &World<'_>) -> Result<Option<u32>> {
    const FIELD: &str = "metrics.partner_id";
    let Some(column) = chunk.column("partner_id") else {
        let text = "the metrics that were handed in have no column \"partner_id\"; give one row for each partner";
        return Err(Error::new(Code::MissingColumn, FIELD, text));
    };
    let keys = world.eco.keys(KeySpace::Partner);
    let key = key_of(column.cell(row)).map_err(|e| Error::new(e.code(), FIELD, e.message()).with("row", line))?;
    let Some(key) = key else {
        let text = format!("row {line} of the metrics that were handed in names no partner");
        return Err(Error::new(Code::NullValue, FIELD, text).with("row", line));
    };
    Ok(super::source::find(keys, key))
}

fn number(cell: CellRef<'_>, table: &RawTable<'_>, name: &str, line: usize) -> Result<f64> {
    let number = match cell {
        CellRef::Text(text) if table.untyped && !cell.is_null() => {
            text.trim().parse().ok().filter(|n: &f64| n.is_finite())
        }
        _ => frame::number(cell),
    };
    match number {
        Some(number) if number.is_nan() => Ok(f64::NAN),
        Some(number) if number.is_finite() => Ok(number + 0.0),
        _ => {
            let text =
                format!("metrics.{name}, row {line}: expected a finite number, or true or false, got {}", cell.show());
            Err(Error::new(Code::WrongType, format!("metrics.{name}"), text).with("row", line))
        }
    }
}

/// Whether the table of measurements has a metric of partners under this name.
pub(super) fn is_measured(world: &World<'_>, name: &str) -> bool {
    let Some(stored) = world.eco.stored(measurements::SPEC.name) else { return false };
    stored.dictionaries[Col::metric as usize].find(Key::Text(name)).is_some_and(|code| {
        let partner =
            |chunk: &crate::facts::store::Chunk, row: usize| chunk.member(Col::subject as usize, row) == Some(0);
        stored.chunks.iter().any(|chunk| {
            let metrics = chunk.codes(Col::metric as usize).unwrap_or_default();
            metrics.iter().enumerate().any(|(row, &metric)| metric == code && partner(chunk, row))
        })
    })
}

/// Where a given metric stands among the measurements: its latest value of the partner as a whole, or by scope.
pub(super) fn facts(world: &World<'_>, name: &str, scoped: bool) -> Facts {
    let text = |text: &str| Some(Scalar::Text(text.to_owned()));
    let condition = |field: &str, is| Condition { field: field.to_owned(), is, ..Condition::default() };
    let mut conditions = vec![condition("metric", text(name)), condition("subject", text("partner"))];
    let has_scope = world.eco.stored(measurements::SPEC.name).is_some_and(|stored| {
        stored.chunks.iter().any(|c| c.codes(Col::scope as usize).is_some_and(|s| s.iter().any(|&s| s != NULL)))
    });
    if has_scope {
        conditions.push(Condition { exists: Some(scoped), ..condition("scope", None) });
    }
    Facts {
        from: Source::Measurements,
        of: Some("value".to_owned()),
        conditions,
        window: None,
        date: None,
        via: None,
        scope: (scoped && has_scope).then(|| "scope".to_owned()),
    }
}

/// Nobody gives a metric that has to be given.
pub(super) fn nowhere(name: &str) -> Error {
    let text = format!(
        "nobody gives the metric {}; hand in a column {name:?} of metrics by partner_id, or rows of the table measurements \
         with subject \"partner\" and metric {name:?}",
        quoted(name)
    );
    Error::new(Code::MissingColumn, format!("metrics.{name}"), text).with("metric", name)
}
