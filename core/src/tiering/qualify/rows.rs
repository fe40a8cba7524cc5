//! A frame whose rows are judged each by itself.

use std::borrow::Cow;
use std::sync::Arc;

use super::super::base::Base;
use super::super::frame::{attributes, check_columns, enrolments, finite, given_name, ids, numbers, texts};
use super::super::program::Compiled;
use crate::error::Result;
use crate::table::{NULL, RawTable, RawValues};

/// Reads a frame in the order of its rows: ids and scopes may be missing, and may stand in several rows. Of the partners'
/// records only the columns of `record` are read.
///
/// # Errors
/// A column that the programme needs is missing; a value of the wrong type.
pub(super) fn read(program: &Compiled, mut frame: RawTable<'_>, record: &[&str]) -> Result<Base> {
    frame.check()?;
    let names = frame.column_names();
    let has = |name: &str| names.iter().any(|n| n == name);
    check_columns(program, &names)?;
    let mut base = Base::empty(program);
    base.numbered = !has("partner_id");
    if base.numbered {
        base.partner = vec![NULL; frame.rows()];
    } else {
        let (partners, partner) = ids(&frame, "partner_id")?;
        (base.partners, base.partner) = (Arc::new(partners), partner);
    }
    if let Some(scope) = program.document.scope.as_ref().filter(|scope| has(&scope.by)) {
        let (scopes, scope) = texts(&frame, &scope.by)?;
        (base.scopes, base.scope) = (Arc::new(scopes), scope);
    }
    base.attributes = attributes(program, &frame)?;
    if !record.is_empty() {
        base.enrolment = enrolments(program, &frame, record, base.partner.len())?;
    }
    // The metrics last, because they are taken out of the frame.
    for (column, values) in base.columns.iter_mut().enumerate() {
        let name = given_name(program, column);
        if has(&name) {
            *values = Some(taken(&mut frame, &name)?);
        }
    }
    Ok(base)
}

/// The numbers of a column; those of a frame that owns them as they are change hands without a copy.
fn taken(frame: &mut RawTable<'_>, name: &str) -> Result<Vec<f64>> {
    if let [chunk] = frame.chunks.as_mut_slice()
        && let Some(column) = chunk.columns.iter_mut().find(|c| c.name == name && c.valid.is_none())
        && let RawValues::F64(Cow::Owned(values)) = &mut column.values
    {
        let values = std::mem::take(values);
        finite(name, &values)?;
        return Ok(values);
    }
    numbers(frame, name)
}
