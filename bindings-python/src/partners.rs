//! The partners that programmes decide about, and the tables that come beside them.

use cosell::document::from_value;
use cosell::table::RawTable;
use cosell::tiering::ReviewInputs;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyTuple};

use crate::credit::Credit;
use crate::ecosystem::{Ecosystem, rows};
use crate::error::{checked, instance, wrong_type};
use crate::input::Input;
use crate::table::Table;
use crate::value::to_value;

/// The partners of one day: facts, or a frame of ready metrics.
pub enum Partners {
    Facts(Ecosystem),
    Frame(Input),
}

impl Partners {
    pub fn take(partners: &Bound<'_, PyAny>) -> PyResult<Self> {
        match partners.cast::<Ecosystem>() {
            Ok(eco) => Ok(Self::Facts(eco.get().clone())),
            Err(_) => Input::take(partners, "partners").map(Self::Frame),
        }
    }

    pub fn rows(&self) -> usize {
        match self {
            Self::Facts(eco) => rows(&eco.inner),
            Self::Frame(frame) => frame.rows(),
        }
    }
}

/// The partners of many days: facts, or frames with their days.
pub enum History {
    Facts(Ecosystem),
    Frames(Vec<(String, Input)>),
}

impl History {
    pub fn take(partners: &Bound<'_, PyAny>) -> PyResult<Self> {
        const EXPECTED: &str = "an Ecosystem, or a list of pairs of a day and a frame";
        if let Ok(eco) = partners.cast::<Ecosystem>() {
            return Ok(Self::Facts(eco.get().clone()));
        }
        let py = partners.py();
        if partners.is_instance_of::<Table>() {
            return Err(wrong_type(partners, "partners", EXPECTED));
        }
        let pairs = partners.try_iter().map_err(|_| wrong_type(partners, "partners", EXPECTED))?;
        let pair = |(at, pair): (usize, PyResult<Bound<'_, PyAny>>)| {
            let (pair, field) = (pair?, format!("partners[{at}]"));
            let is_pair = pair.is_instance_of::<PyTuple>() || pair.is_instance_of::<PyList>();
            if !is_pair || pair.len()? != 2 {
                return Err(wrong_type(&pair, &field, "a pair of a day and a frame"));
            }
            let day = to_value(&pair.get_item(0)?, &field)?;
            let day: String = checked(py, from_value(&day).map_err(|e| e.within(&field)))?;
            Ok((day, Input::take(&pair.get_item(1)?, &field)?))
        };
        pairs.enumerate().map(pair).collect::<PyResult<_>>().map(Self::Frames)
    }

    pub fn rows(&self) -> usize {
        match self {
            Self::Facts(eco) => rows(&eco.inner),
            Self::Frames(frames) => frames.iter().map(|(_, frame)| frame.rows()).fold(0, usize::saturating_add),
        }
    }
}

/// The tables of days, each with its day.
pub fn raw_frames(frames: &mut [(String, Input)]) -> cosell::Result<Vec<(&str, RawTable<'_>)>> {
    let mut raw = Vec::with_capacity(frames.len());
    for (at, (day, frame)) in frames.iter_mut().enumerate() {
        raw.push((day.as_str(), frame.raw().map_err(|e| e.within(&format!("partners[{at}]")))?));
    }
    Ok(raw)
}

/// What comes beside partners: tables, and credit.
#[derive(Default)]
pub struct Beside {
    pub previous: Option<Input>,
    pub stakes: Option<Input>,
    pub metrics: Option<Input>,
    pub credit: Vec<(String, Credit)>,
}

/// The keywords for what [`Beside`] holds, and the others of such calls that are no options.
pub const BESIDE: &[&str] = &["other", "partners", "previous", "stakes", "metrics", "credit", "progress"];

/// The keyword arguments that [`Beside`] is taken from.
pub struct Given<'a, 'py> {
    pub previous: Option<&'a Bound<'py, PyAny>>,
    pub stakes: Option<&'a Bound<'py, PyAny>>,
    pub metrics: Option<&'a Bound<'py, PyAny>>,
    pub credit: Option<&'a Bound<'py, PyAny>>,
}

impl Beside {
    pub fn take(given: &Given<'_, '_>) -> PyResult<Self> {
        let table = |object: Option<&Bound<'_, PyAny>>, field| object.map(|o| Input::take(o, field)).transpose();
        Ok(Self {
            previous: table(given.previous, "previous")?,
            stakes: table(given.stakes, "stakes")?,
            metrics: table(given.metrics, "metrics")?,
            credit: given.credit.map(credits).transpose()?.unwrap_or_default(),
        })
    }

    /// Runs work with what is beside, and the stakes.
    pub fn with<T>(
        &mut self,
        work: impl FnOnce(&ReviewInputs<'_>, Option<&RawTable<'_>>) -> cosell::Result<T>,
    ) -> cosell::Result<T> {
        let previous = raw(&mut self.previous, "previous")?;
        let metrics = raw(&mut self.metrics, "metrics")?;
        let stakes = raw(&mut self.stakes, "stakes")?;
        let credit = self.credit.iter().map(|(name, credit)| (name.clone(), &credit.inner)).collect();
        work(&ReviewInputs { previous: previous.as_ref(), metrics: metrics.as_ref(), credit }, stakes.as_ref())
    }
}

fn raw<'a>(input: &'a mut Option<Input>, field: &str) -> cosell::Result<Option<RawTable<'a>>> {
    input.as_mut().map(Input::raw).transpose().map_err(|e| e.within(field))
}

/// Credit by name.
fn credits(credit: &Bound<'_, PyAny>) -> PyResult<Vec<(String, Credit)>> {
    let named = instance::<PyDict>(credit, "credit", "a dict of Credit by name")?;
    let one = |(name, value): (Bound<'_, PyAny>, Bound<'_, PyAny>)| {
        let name: String = name.extract()?;
        let field = format!("credit.{name}");
        let credit = instance::<Credit>(&value, &field, "a Credit")?.get().clone();
        Ok((name, credit))
    };
    named.iter().map(one).collect()
}
