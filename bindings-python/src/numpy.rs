//! numpy arrays as columns, through the buffer protocol: numpy itself is neither linked nor imported.

use cosell::table::{RawColumn, RawValues};
use pyo3::buffer::{Element, PyBuffer};
use pyo3::prelude::*;

/// A one-dimensional array of numbers, flags or timestamps as a column; `None` for any other array.
pub fn column(name: &str, array: &Bound<'_, PyAny>) -> PyResult<Option<RawColumn<'static>>> {
    if array.getattr("ndim")?.extract::<usize>()? != 1 {
        return Ok(None);
    }
    let kind: String = array.getattr("dtype")?.getattr("str")?.extract()?;
    let values = match kind.trim_start_matches(['<', '=', '|']) {
        "f8" => RawValues::F64(copied::<f64>(array)?.into()),
        "f4" => RawValues::F32(copied::<f32>(array)?.into()),
        "i8" => RawValues::I64(copied::<i64>(array)?.into()),
        "i4" => RawValues::I32(copied::<i32>(array)?.into()),
        "u8" => RawValues::U64(copied::<u64>(array)?.into()),
        "u4" => RawValues::U32(copied::<u32>(array)?.into()),
        "b1" => {
            let bytes = copied::<u8>(&array.call_method1("view", ("u1",))?)?;
            RawValues::Bool(bytes.into_iter().map(|b| b != 0).collect())
        }
        "M8[D]" => return instants(name, &array.call_method1("astype", ("M8[s]",))?, 1, true).map(Some),
        "M8[s]" => return instants(name, array, 1, false).map(Some),
        "M8[ms]" => return instants(name, array, 1_000, false).map(Some),
        "M8[us]" => return instants(name, array, 1_000_000, false).map(Some),
        "M8[ns]" => return instants(name, array, 1_000_000_000, false).map(Some),
        _ => return Ok(None),
    };
    Ok(Some(RawColumn::new(name.to_owned(), values)))
}

fn copied<T: Element>(array: &Bound<'_, PyAny>) -> PyResult<Vec<T>> {
    PyBuffer::<T>::get(array)?.to_vec(array.py())
}

/// `datetime64` values, whose smallest integer is `NaT`; those counted in days are dates.
fn instants(name: &str, array: &Bound<'_, PyAny>, per_second: i64, days: bool) -> PyResult<RawColumn<'static>> {
    const SECONDS_PER_DAY: i64 = 86_400;
    let values = copied::<i64>(&array.call_method1("view", ("i8",))?)?;
    let valid: Vec<bool> = values.iter().map(|&v| v != i64::MIN).collect();
    let values = if days {
        RawValues::Days(values.iter().map(|&v| (v.div_euclid(SECONDS_PER_DAY)) as i32).collect())
    } else {
        RawValues::Timestamp(values.into(), per_second, false)
    };
    Ok(RawColumn { name: name.to_owned().into(), values, valid: Some(valid.into()) })
}
