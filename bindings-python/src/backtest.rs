//! Backtests of programmes: reviews compared, many days replayed, versions tried, numbers changed and designed; tiers recommended.

use cosell::table::RawTable;
use cosell::tiering::{
    BacktestOptions, DesignOptions, Program, ProgramCompareOptions, ProgramReplay, ProgramReview as Review,
    RecommendOptions, ReplayOptions, SensitivityOptions, recommend,
};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyTuple};

use crate::error::wrong_type;
use crate::input::Input;
use crate::partners::{BESIDE, Beside, Given, History, Partners, raw_frames};
use crate::program::json;
use crate::program_review::ProgramReview;
use crate::review::{result, table};
use crate::run::run;
use crate::table::Table;
use crate::value::{Options, read, to_python};

/// Two reviews of the same partners.
pub fn compare_of<'py>(
    py: Python<'py>,
    [before, after]: [&Review; 2],
    given: &Given<'_, 'py>,
    options: Options,
    progress: Option<&Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyAny>> {
    let (mut beside, options) = (Beside::take(given)?, options.document());
    let found = run(py, before.partners().max(after.partners()), progress, |monitor| {
        let options: ProgramCompareOptions = read(&options, &["other", "stakes", "progress"])?;
        beside.with(|_, stakes| before.compare(after, stakes, &options, monitor))
    })?;
    result(py, "ProgramComparison", [table(py, &found.movements)?, table(py, &found.moves)?, table(py, &found.flows)?])
}

/// A replay with its tables made.
type Replayed = (Vec<Review>, cosell::table::Table, cosell::table::Table);

fn replayed(replay: &ProgramReplay) -> cosell::Result<Replayed> {
    Ok((replay.reviews().to_vec(), replay.decisions()?, replay.flows()))
}

fn replay_result(py: Python<'_>, (reviews, decisions, flows): Replayed) -> PyResult<Bound<'_, PyAny>> {
    let reviews = reviews.into_iter().map(|review| Bound::new(py, ProgramReview::new(review)));
    let reviews = PyTuple::new(py, reviews.collect::<PyResult<Vec<_>>>()?)?.into_any();
    result(py, "ProgramReplay", [reviews, table(py, &decisions)?, table(py, &flows)?])
}

/// One programme over many days.
pub fn replay_of<'py>(
    program: &Program,
    partners: &Bound<'py, PyAny>,
    given: &Given<'_, 'py>,
    options: Options,
    progress: Option<&Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyAny>> {
    let (py, options) = (partners.py(), options.document());
    let (mut partners, mut beside) = (History::take(partners)?, Beside::take(given)?);
    let found = run(py, partners.rows(), progress, |monitor| {
        let options: ReplayOptions = read(&options, &["partners", "previous", "credit", "progress"])?;
        beside.with(|inputs, _| match &mut partners {
            History::Facts(eco) => replayed(&program.replay(&eco.inner, inputs, &options, monitor)?),
            History::Frames(frames) => {
                options.beside_frames()?;
                let frames = raw_frames(frames)?;
                let frames: Vec<(&str, &RawTable<'_>)> = frames.iter().map(|(day, frame)| (*day, frame)).collect();
                replayed(&program.replay_frames(&frames, inputs.beside_frame()?, monitor)?)
            }
        })
    })?;
    replay_result(py, found)
}

/// Two versions over the same partners and days.
pub fn backtest_of<'py>(
    [program, other]: [&Program; 2],
    partners: &Bound<'py, PyAny>,
    given: &Given<'_, 'py>,
    options: Options,
    progress: Option<&Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyAny>> {
    let (py, options) = (partners.py(), options.document());
    let (mut partners, mut beside) = (History::take(partners)?, Beside::take(given)?);
    let (before, after, tables) = run(py, partners.rows(), progress, |monitor| {
        let options: BacktestOptions =
            read(&options, &["other", "partners", "previous", "stakes", "credit", "progress"])?;
        let found = beside.with(|inputs, stakes| match &mut partners {
            History::Facts(eco) => program.backtest(other, &eco.inner, inputs, stakes, &options, monitor),
            History::Frames(frames) => {
                let previous = inputs.beside_frame()?;
                let frames = raw_frames(frames)?;
                let frames: Vec<(&str, &RawTable<'_>)> = frames.iter().map(|(day, frame)| (*day, frame)).collect();
                program.backtest_frames(other, &frames, previous, stakes, &options, monitor)
            }
        })?;
        let tables = [found.movements, found.moves, found.criteria, found.flows];
        Ok((replayed(&found.before)?, replayed(&found.after)?, tables))
    })?;
    let replays = [replay_result(py, before)?, replay_result(py, after)?];
    let tables = tables.iter().map(|t| table(py, t)).collect::<PyResult<Vec<_>>>()?;
    result(py, "ProgramBacktest", replays.into_iter().chain(tables))
}

/// Every number that decides, a little lower and higher.
pub fn sensitivity_of<'py>(
    program: &Program,
    partners: &Bound<'py, PyAny>,
    given: &Given<'_, 'py>,
    options: Options,
    progress: Option<&Bound<'py, PyAny>>,
) -> PyResult<Table> {
    let (py, options) = (partners.py(), options.document());
    let (mut partners, mut beside) = (Partners::take(partners)?, Beside::take(given)?);
    let found = run(py, partners.rows(), progress, |monitor| {
        let options: SensitivityOptions = read(&options, &BESIDE[1..])?;
        beside.with(|inputs, stakes| match &mut partners {
            Partners::Facts(eco) => program.sensitivity(&eco.inner, inputs, stakes, &options, monitor),
            Partners::Frame(frame) => {
                let frame = frame.raw().map_err(|e| e.within("partners"))?;
                program.sensitivity_frame(&frame, inputs.beside_frame()?, stakes, &options, monitor)
            }
        })
    })?;
    Ok(Table::new(found))
}

/// The bound that lets in a wished share.
pub fn design_of<'py>(
    program: &Program,
    partners: &Bound<'py, PyAny>,
    given: &Given<'_, 'py>,
    options: Options,
    progress: Option<&Bound<'py, PyAny>>,
) -> PyResult<Table> {
    let (py, options) = (partners.py(), options.document());
    let (mut partners, mut beside) = (Partners::take(partners)?, Beside::take(given)?);
    let found = run(py, partners.rows(), progress, |monitor| {
        let options: DesignOptions = read(&options, &["partners", "previous", "metrics", "credit", "progress"])?;
        beside.with(|inputs, _| match &mut partners {
            Partners::Facts(eco) => program.design(&eco.inner, inputs, &options, monitor),
            Partners::Frame(frame) => {
                let frame = frame.raw().map_err(|e| e.within("partners"))?;
                program.design_frame(&frame, inputs.beside_frame()?, &options, monitor)
            }
        })
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
///     progress: called with a Progress now and then; what it raises cancels.
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
        program=None, progress=None, **unknown),
    text_signature = "(periods, metrics, *, contribution=None, weights=None, tiers=None, most_tiers=None, fit=None, \
        program=None, progress=None)",
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
    progress: Option<&Bound<'py, PyAny>>,
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
    if !periods.is_instance_of::<PyList>() && !periods.is_instance_of::<PyTuple>() {
        return Err(wrong_type(periods, "periods", "a list of frames"));
    }
    let take = |(at, frame): (usize, PyResult<Bound<'py, PyAny>>)| {
        let frame = frame?;
        let field = format!("periods[{at}]");
        Ok((Input::take(&frame, &field)?, field))
    };
    let mut periods = periods.try_iter()?.enumerate().map(take).collect::<PyResult<Vec<_>>>()?;
    let rows = periods.iter().map(|(period, _)| period.rows()).fold(0, usize::saturating_add);
    let (found, document) = run(py, rows, progress, |monitor| {
        let options: RecommendOptions = read(&options, &["periods", "progress"])?;
        let periods: Vec<RawTable<'_>> = periods
            .iter_mut()
            .map(|(period, field)| period.raw().map_err(|e| e.within(field)))
            .collect::<cosell::Result<_>>()?;
        let found = recommend(&periods.iter().collect::<Vec<_>>(), &options, monitor)?;
        let document = json(&found.document)?;
        Ok((found, document))
    })?;
    let tables = [&found.breaks, &found.fits, &found.weights, &found.validation];
    let tables = tables.into_iter().map(|t| table(py, t)).collect::<PyResult<Vec<_>>>()?;
    result(py, "RecommendedTiers", std::iter::once(to_python(py, &document)?).chain(tables))
}
