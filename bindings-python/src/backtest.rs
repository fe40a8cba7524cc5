//! Backtests of programmes: two reviews compared, many days replayed, numbers changed and designed; tiers recommended.

use cosell::document::from_value;
use cosell::table::RawTable;
use cosell::tiering::{
    DesignOptions, Program, ProgramCompareOptions, ProgramReview as Review, RecommendOptions, SensitivityOptions,
    recommend,
};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyTuple};
use serde_json::Value;

use crate::error::unsupported;
use crate::input::Input;
use crate::program::json;
use crate::program_review::ProgramReview;
use crate::review::{result, table};
use crate::run::run;
use crate::table::Table;
use crate::value::{Options, read, to_python, to_value};

/// A table of the caller that may be left out.
fn taken(object: Option<&Bound<'_, PyAny>>, field: &str) -> PyResult<Option<Input>> {
    object.map(|o| Input::take(o, field)).transpose()
}

fn raw<'a>(input: Option<&'a mut Input>, field: &str) -> cosell::Result<Option<RawTable<'a>>> {
    input.map(Input::raw).transpose().map_err(|e| e.within(field))
}

/// Two reviews of the same partners.
pub fn compare_of<'py>(
    py: Python<'py>,
    [before, after]: [&Review; 2],
    stakes: Option<&Bound<'py, PyAny>>,
    options: Options,
) -> PyResult<Bound<'py, PyAny>> {
    let (mut stakes, options) = (taken(stakes, "stakes")?, options.document());
    let found = run(py, before.partners().max(after.partners()), None, |_| {
        let options: ProgramCompareOptions = read(&options, &["other", "stakes"])?;
        before.compare(after, raw(stakes.as_mut(), "stakes")?.as_ref(), &options)
    })?;
    result(py, "ProgramComparison", [table(py, &found.movements)?, table(py, &found.moves)?, table(py, &found.flows)?])
}

/// One programme over the partners of many days.
pub fn replay_of<'py>(
    program: &Program,
    frames: &Bound<'py, PyAny>,
    previous: Option<&Bound<'py, PyAny>>,
    progress: Option<&Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyAny>> {
    let py = frames.py();
    let (mut days, mut tables) = (Vec::new(), Vec::new());
    let kind = frames.get_type().name()?;
    let no_list = |_| unsupported(py, "frames", format!("frames is of type {kind}; expected a list of (as_of, frame)"));
    for (at, pair) in frames.try_iter().map_err(no_list)?.enumerate() {
        let (pair, field) = (pair?, format!("frames[{at}]"));
        let Ok((day, frame)) = pair.extract::<(Bound<'py, PyAny>, Bound<'py, PyAny>)>() else {
            let kind = pair.get_type().name()?;
            return Err(unsupported(
                py,
                &field,
                format!("{field} is of type {kind}; expected a pair of as_of and frame"),
            ));
        };
        days.push(to_value(&day, "as_of")?);
        tables.push((Input::take(&frame, &field)?, field));
    }
    let mut previous = taken(previous, "previous")?;
    let rows = tables.iter().map(|(table, _)| table.rows()).fold(0, usize::saturating_add);
    let found = run(py, rows, progress, |monitor| {
        let days: Vec<String> = from_value(&Value::Array(days)).map_err(|e| e.within("frames"))?;
        let frames: Vec<RawTable<'_>> = tables
            .iter_mut()
            .map(|(table, field)| table.raw().map_err(|e| e.within(field)))
            .collect::<cosell::Result<_>>()?;
        let frames: Vec<(&str, &RawTable<'_>)> = days.iter().map(String::as_str).zip(&frames).collect();
        let replay = program.replay_frames(&frames, raw(previous.as_mut(), "previous")?.as_ref(), monitor)?;
        Ok((replay.decisions()?, replay.flows(), replay.reviews().to_vec()))
    })?;
    let (decisions, flows, reviews) = found;
    let reviews = reviews.into_iter().map(|review| Bound::new(py, ProgramReview::new(review)));
    let reviews = PyTuple::new(py, reviews.collect::<PyResult<Vec<_>>>()?)?.into_any();
    result(py, "ProgramReplay", [reviews, table(py, &decisions)?, table(py, &flows)?])
}

/// Every number that decides, a little lower and higher.
pub fn sensitivity_of<'py>(
    program: &Program,
    partners: &Bound<'py, PyAny>,
    [previous, stakes]: [Option<&Bound<'py, PyAny>>; 2],
    options: Options,
    progress: Option<&Bound<'py, PyAny>>,
) -> PyResult<Table> {
    let (py, options) = (partners.py(), options.document());
    let mut partners = Input::take(partners, "partners")?;
    let (mut previous, mut stakes) = (taken(previous, "previous")?, taken(stakes, "stakes")?);
    let found = run(py, partners.rows(), progress, |monitor| {
        let options: SensitivityOptions = read(&options, &["partners", "previous", "stakes", "progress"])?;
        let partners = partners.raw().map_err(|e| e.within("partners"))?;
        let (previous, stakes) = (raw(previous.as_mut(), "previous")?, raw(stakes.as_mut(), "stakes")?);
        program.sensitivity_frame(&partners, previous.as_ref(), stakes.as_ref(), &options, monitor)
    })?;
    Ok(Table::new(found))
}

/// The bound that lets in a wished share.
pub fn design_of<'py>(
    program: &Program,
    partners: &Bound<'py, PyAny>,
    options: Options,
    progress: Option<&Bound<'py, PyAny>>,
) -> PyResult<Table> {
    let (py, options) = (partners.py(), options.document());
    let mut partners = Input::take(partners, "partners")?;
    let found = run(py, partners.rows(), progress, |monitor| {
        let options: DesignOptions = read(&options, &["partners", "progress"])?;
        program.design_frame(&partners.raw().map_err(|e| e.within("partners"))?, &options, monitor)
    })?;
    Ok(Table::new(found))
}

/// Drafts a programme from how partners are distributed.
///
/// Args:
///     periods: a list of frames, the earliest first, each with partner_id and a column for each metric; the last one is
///         what tiers are made of.
///     metrics: the columns that make the score. Required.
///     contribution: the column with what a partner contributed in a period; weights are fitted to that of the next.
///     weights: weights by metric, where they are not fitted; one metric needs none.
///     tiers: how many tiers; by default as few as fit.
///     most_tiers: the most tiers where their number is not given. Default 5.
///     fit: the wished goodness of variance fit. Default 0.8.
///     program: the id of the draft.
///
/// Returns:
///     A `RecommendedTiers`: document, breaks, fits, weights, validation.
///
/// Raises:
///     ConfigError: an option is missing or wrong.
///     DataError: a column is missing, a value is no number, or there is not enough to fit or to judge weights with.
///
/// Example:
///     >>> draft = cosell.recommend_program([partners], metrics=["revenue"])
///     >>> cosell.Program(draft.document).tiers
///     ['registered', 'bronze']
#[pyfunction]
#[pyo3(
    signature = (periods, metrics=None, *, contribution=None, weights=None, tiers=None, most_tiers=None, fit=None,
        program=None, **unknown),
    text_signature = "(periods, metrics, *, contribution=None, weights=None, tiers=None, most_tiers=None, fit=None, \
        program=None)",
)]
#[allow(clippy::too_many_arguments)]
pub fn recommend_program<'py>(
    periods: &Bound<'py, PyAny>,
    metrics: Option<&Bound<'py, PyAny>>,
    contribution: Option<&Bound<'py, PyAny>>,
    weights: Option<&Bound<'py, PyAny>>,
    tiers: Option<&Bound<'py, PyAny>>,
    most_tiers: Option<&Bound<'py, PyAny>>,
    fit: Option<&Bound<'py, PyAny>>,
    program: Option<&Bound<'py, PyAny>>,
    unknown: Option<&Bound<'py, PyDict>>,
) -> PyResult<Bound<'py, PyAny>> {
    let py = periods.py();
    let options = Options::new()
        .set("metrics", metrics)?
        .set("contribution", contribution)?
        .set("weights", weights)?
        .set("tiers", tiers)?
        .set("most_tiers", most_tiers)?
        .set("fit", fit)?
        .set("program", program)?
        .unknown(unknown)?
        .document();
    let kind = periods.get_type().name()?;
    if !periods.is_instance_of::<PyList>() && !periods.is_instance_of::<PyTuple>() {
        return Err(unsupported(py, "periods", format!("periods is of type {kind}; expected a list of frames")));
    }
    let take = |(at, frame): (usize, PyResult<Bound<'py, PyAny>>)| {
        let frame = frame?;
        let field = format!("periods[{at}]");
        Ok((Input::take(&frame, &field)?, field))
    };
    let mut periods = periods.try_iter()?.enumerate().map(take).collect::<PyResult<Vec<_>>>()?;
    let rows = periods.iter().map(|(period, _)| period.rows()).fold(0, usize::saturating_add);
    let (found, document) = run(py, rows, None, |_| {
        let options: RecommendOptions = read(&options, &["periods"])?;
        let periods: Vec<RawTable<'_>> = periods
            .iter_mut()
            .map(|(period, field)| period.raw().map_err(|e| e.within(field)))
            .collect::<cosell::Result<_>>()?;
        let found = recommend(&periods.iter().collect::<Vec<_>>(), &options)?;
        let document = json(&found.document)?;
        Ok((found, document))
    })?;
    let tables = [&found.breaks, &found.fits, &found.weights, &found.validation];
    let tables = tables.into_iter().map(|t| table(py, t)).collect::<PyResult<Vec<_>>>()?;
    result(py, "RecommendedTiers", std::iter::once(to_python(py, &document)?).chain(tables))
}
