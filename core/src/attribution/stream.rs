//! [`AttributionState`]: attribution over sets of journeys that are read one after the other, or on different machines.
//!
//! A rule keeps credit per channel; a model that learns from all journeys, and any model that is asked to keep paths, keeps
//! the distinct paths with how they ended. Both are integers by name, so states can be merged in any order, by channels that
//! each has seen, to the same bytes. The rows are whole journeys: a journey must not be divided between sets.

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::credit::Credit;
use super::journeys::Journeys;
use super::model::{Learner, Looks, Model};
use super::path_sums::PathSums;
use super::state_model::{StateModel, check_same, mismatch};
use super::sums::CreditAccumulator;
use crate::engine::accumulate::{Accumulator, StateReader};
use crate::engine::monitor::Monitor;
use crate::error::{Code, Error, Result};
use crate::table::{Interner, Table};

/// What a state keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct StateOptions {
    /// Keep the distinct paths of a rule too, so that its credit can have intervals; models that learn always do.
    /// Default `false`.
    pub keep_paths: bool,
}

/// Attribution of journeys that come in parts.
///
/// ```
/// use cosell::attribution::{AttributionState, Journeys, Model, PathsOptions};
/// use cosell::engine::monitor::Monitor;
/// let read = |csv: &[u8]| {
///     Journeys::from_paths(&cosell::table::read_csv(csv)?, &PathsOptions::default(), &Monitor::none())
/// };
/// let model = Model::from_value(&"markov".into())?;
/// let mut here = AttributionState::new(model.clone(), false)?;
/// here.update(&read(b"path,total_conversions\nacme > globex,3\n")?)?;
/// let mut there = AttributionState::new(model.clone(), false)?;
/// there.update(&read(b"path,total_conversions\nglobex,1\n")?)?;
/// here.merge(AttributionState::from_bytes(model, false, &there.to_bytes())?)?;
/// let credit = here.finish(&Monitor::none())?;
/// assert_eq!(credit.totals().text(0, "channel"), "acme");
/// # Ok::<(), cosell::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct AttributionState {
    model: Model,
    work: Work,
}

#[derive(Debug, Clone)]
enum Work {
    Sums(CreditAccumulator),
    Paths(Box<PathSums>),
}

impl AttributionState {
    /// Nothing read yet. `keep_paths` keeps the distinct paths of a rule too, so that the finished credit can have
    /// intervals; for a rule that looks at times, roles or weights that is an error.
    ///
    /// # Errors
    /// [`Code::InvalidOption`]; a bad option of the model.
    pub fn new(model: Model, keep_paths: bool) -> Result<Self> {
        let work = match kept(&model, keep_paths)? {
            Kept::Paths { rule, vendor } => Work::Paths(Box::new(PathSums::new(rule.then_some(&model), vendor))),
            Kept::Sums => Work::Sums(CreditAccumulator::new(model.clone())),
        };
        Ok(Self { model, work })
    }

    /// Reads whole journeys.
    ///
    /// # Errors
    /// Values in another unit than before; a model that needs times that the journeys lack; journeys of which only sums were
    /// kept. The state is then as before.
    pub fn update(&mut self, journeys: &Journeys) -> Result<()> {
        match &mut self.work {
            Work::Sums(sums) => sums.update(journeys),
            Work::Paths(paths) => paths.update(journeys),
        }
    }

    /// Takes over what another state has read.
    ///
    /// # Errors
    /// [`Code::IncompatibleState`] where the other one has another model, options or unit; it says which, and what each has.
    /// The state is then as before.
    pub fn merge(&mut self, other: Self) -> Result<()> {
        check_same(&self.model, &other.model)?;
        let (mine, theirs) = (self.keeps_paths(), other.keeps_paths());
        match (&mut self.work, other.work) {
            (Work::Sums(mine), Work::Sums(theirs)) => mine.merge(theirs),
            (Work::Paths(mine), Work::Paths(theirs)) => mine.merge(*theirs),
            _ => {
                let message = format!(
                    "keep_paths is {theirs} in the other state and {mine} in this one; only states that keep the same can be merged"
                );
                Err(mismatch("keep_paths", message, theirs.into(), mine.into()))
            }
        }
    }

    /// The error of a state that is to be merged with itself: everything would count twice.
    pub fn merged_with_itself() -> Error {
        let message = "other is this very state, so everything would count twice; give another state";
        Error::new(Code::InvalidOption, "other", message)
    }

    /// The credit of everything that was read. It has no ledger: the journeys themselves were not kept.
    ///
    /// # Errors
    /// [`Code::Cancelled`]; sums beyond 128 bits.
    pub fn finish(&self, monitor: &Monitor) -> Result<Credit> {
        match &self.work {
            Work::Sums(sums) => Ok(Credit::of_sums(&self.model, sums.journeys()?, sums.clone().finish()?)),
            Work::Paths(paths) => {
                let credit = paths.journeys()?.attribute(&self.model, monitor)?;
                Ok(credit.of_state(paths.totals()?))
            }
        }
    }

    /// The model.
    pub fn model(&self) -> &Model {
        &self.model
    }

    /// Whether the distinct paths are kept.
    pub fn keeps_paths(&self) -> bool {
        matches!(self.work, Work::Paths(_))
    }

    /// The state in bytes; the same whichever way and in whatever order the journeys came.
    pub fn to_bytes(&self) -> Vec<u8> {
        match &self.work {
            Work::Sums(sums) => sums.to_bytes(),
            Work::Paths(paths) => paths.to_bytes(&self.model),
        }
    }

    /// The state from its bytes; model and `keep_paths` must be those that it was made with.
    ///
    /// # Errors
    /// [`Code::CorruptState`], [`Code::IncompatibleState`], which says what differs; those of [`AttributionState::new`].
    pub fn from_bytes(model: Model, keep_paths: bool, bytes: &[u8]) -> Result<Self> {
        let kept = kept(&model, keep_paths)?;
        check_kept(&model, matches!(kept, Kept::Paths { .. }), bytes)?;
        let work = match kept {
            Kept::Paths { rule, vendor } => Work::Paths(Box::new(PathSums::from_bytes(&model, rule, vendor, bytes)?)),
            Kept::Sums => Work::Sums(CreditAccumulator::from_bytes(model.clone(), bytes)?),
        };
        Ok(Self { model, work })
    }
}

/// In a line: what a notebook or console shows.
impl std::fmt::Display for AttributionState {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (counted, kept) = match &self.work {
            Work::Sums(sums) => (sums.counted(), "sums"),
            Work::Paths(paths) => (paths.counted(), "paths"),
        };
        let journeys = counted.map_or_else(String::new, |counted| format!("{} journeys, ", counted.journeys));
        write!(f, "AttributionState({}, {journeys}{kept} kept)", self.model.name())
    }
}

/// What a state keeps.
enum Kept {
    /// Credit per channel.
    Sums,
    /// Distinct paths, and for a rule credit per channel too; `vendor`: and which touches are the vendor's own.
    Paths { rule: bool, vendor: bool },
}

fn kept(model: &Model, wanted: bool) -> Result<Kept> {
    // Only whether it is a rule is asked; channels that options name are looked for when journeys are there.
    if model.learns() {
        return Ok(Kept::Paths { rule: false, vendor: false });
    }
    let looks = match model.learner(&Interner::default(), &Interner::default())? {
        Learner::Rule(rule) => rule.looks_at(),
        Learner::Estimator(estimator) => estimator.rule().map_or(Looks::Path, |rule| rule.looks_at()),
    };
    if !wanted {
        return Ok(Kept::Sums);
    }
    if looks.fits_a_path() {
        return Ok(Kept::Paths { rule: true, vendor: looks == Looks::Vendor });
    }
    let message = format!(
        "keep_paths keeps channels in their order, but {} looks at {} too; leave it out, or take a model that does not",
        model.name(),
        looks.words()
    );
    Err(Error::new(Code::InvalidOption, "keep_paths", message))
}

/// Fails where bytes are of a state that keeps something else, naming what differs.
fn check_kept(model: &Model, paths: bool, bytes: &[u8]) -> Result<()> {
    let states = [(CreditAccumulator::KIND, CreditAccumulator::VERSION), (PathSums::KIND, PathSums::VERSION)];
    let found = StateReader::kind(bytes)?;
    let Some(place) = states.iter().position(|(kind, _)| *kind == found) else { return Ok(()) };
    if (place == 1) == paths {
        return Ok(());
    }
    // The model may be what differs: then that is said.
    StateModel::open(bytes, states[place].0, states[place].1, model)?;
    let message = format!("the state was made with keep_paths {}, not {paths}; give what it was made with", !paths);
    Err(mismatch("keep_paths", message, (!paths).into(), paths.into()))
}

impl Credit {
    /// Credit of which only the totals were kept.
    fn of_sums(model: &Model, journeys: Journeys, totals: Table) -> Self {
        let mut diagnostics =
            json!({"model": model.document(), "journeys": journeys.diagnostics(), "exact": true, "state": "sums"});
        diagnostics["unattributed_journeys"] = json!(journeys.counted().map(|counted| counted.unattributed));
        Self::assembled(journeys, model, totals, diagnostics)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::attribution::{IntervalsOptions, PathsOptions};
    use crate::table::read_csv;

    fn journeys(rows: &[&str]) -> Journeys {
        let csv = format!("path,total_conversions,n,v\n{}\n", rows.join("\n"));
        let options =
            PathsOptions { value: Some("v".to_owned()), nulls: Some("n".to_owned()), ..PathsOptions::default() };
        Journeys::from_paths(&read_csv(csv.as_bytes()).unwrap(), &options, &Monitor::none()).unwrap()
    }

    const ROWS: [&str; 5] = ["a > b,3,2,6", "10 > b,40,10,80.5", "a,20,0,30", "9 > a > b,2,7,1", "a > b,1,0,100"];

    fn state(model: &Model, keep: bool, rows: &[&str]) -> AttributionState {
        let mut state = AttributionState::new(model.clone(), keep).unwrap();
        state.update(&journeys(rows)).unwrap();
        state
    }

    #[test]
    fn parts_in_any_order_give_the_bytes_and_the_credit_of_the_whole() {
        for document in [json!("linear"), json!("markov"), json!({"markov": {"order": 2, "credit": "journey"}})] {
            let model = Model::from_value(&document).unwrap();
            for keep in [false, true] {
                let whole = state(&model, keep, &ROWS);
                for cut in 0..=ROWS.len() {
                    let (first, second) = ROWS.split_at(cut);
                    let mut merged = state(&model, keep, second);
                    let other = state(&model, keep, first).to_bytes();
                    merged.merge(AttributionState::from_bytes(model.clone(), keep, &other).unwrap()).unwrap();
                    assert_eq!(merged.to_bytes(), whole.to_bytes());
                    let (a, b) = (merged.finish(&Monitor::none()).unwrap(), whole.finish(&Monitor::none()).unwrap());
                    assert_eq!(a.totals().to_csv(), b.totals().to_csv());
                }
                let credit = whole.finish(&Monitor::none()).unwrap();
                let direct = journeys(&ROWS).attribute(&model, &Monitor::none()).unwrap();
                assert_eq!(credit.totals().to_csv(), direct.totals().to_csv());
                assert!(credit.ledger(&Monitor::none()).unwrap().is_none());
            }
        }
    }

    #[test]
    fn kept_paths_give_the_intervals_of_the_whole() {
        let model = Model::from_value(&json!("linear")).unwrap();
        let options = IntervalsOptions { replicates: 50, ..IntervalsOptions::default() };
        let credit = state(&model, true, &ROWS).finish(&Monitor::none()).unwrap();
        let direct = journeys(&ROWS).intervals(&model, &options, &Monitor::none()).unwrap();
        let kept = credit.intervals(&options, &Monitor::none()).unwrap();
        assert_eq!(kept.channels.to_csv(), direct.channels.to_csv());
        let sums = state(&model, false, &ROWS).finish(&Monitor::none()).unwrap();
        assert_eq!(sums.intervals(&options, &Monitor::none()).unwrap_err().code(), Code::NotEnoughData);
    }

    #[test]
    fn states_that_do_not_fit_are_refused_and_change_nothing() {
        let linear = Model::from_value(&json!("linear")).unwrap();
        let markov = Model::from_value(&json!("markov")).unwrap();
        let mut mine = state(&markov, false, &ROWS);
        let before = mine.to_bytes();
        let other = Model::from_value(&json!({"markov": {"order": 2}})).unwrap();
        assert_eq!(mine.merge(state(&other, false, &ROWS)).unwrap_err().code(), Code::IncompatibleState);
        assert_eq!(mine.merge(state(&linear, true, &ROWS)).unwrap_err().code(), Code::IncompatibleState);
        let options = PathsOptions { value: Some("v".into()), currency: Some("EUR".into()), ..PathsOptions::default() };
        let paths = read_csv(b"path,total_conversions,v\na,1,1\n").unwrap();
        let euros = Journeys::from_paths(&paths, &options, &Monitor::none()).unwrap();
        assert_eq!(mine.update(&euros).unwrap_err().code(), Code::IncompatibleState);
        assert_eq!(mine.to_bytes(), before);
        for at in 0..before.len() {
            let mut altered = before.clone();
            altered[at] ^= 1;
            assert!(AttributionState::from_bytes(markov.clone(), false, &altered).is_err());
            assert!(AttributionState::from_bytes(markov.clone(), false, &before[..at]).is_err());
        }
        assert_eq!(AttributionState::from_bytes(linear, true, &before).unwrap_err().code(), Code::IncompatibleState);
        let decay = Model::from_value(&json!("time_decay")).unwrap();
        assert_eq!(AttributionState::new(decay, true).unwrap_err().field(), "keep_paths");
    }

    #[test]
    fn a_mismatch_names_the_option_and_both_of_its_values() {
        let model = |document: Value| Model::from_value(&document).unwrap();
        let (first, second) = (model(json!("markov")), model(json!({"markov": {"order": 2}})));
        let said = |error: Error| {
            let of = |name: &str| error.details()[name].clone();
            (error.code(), error.field().to_owned(), of("got"), of("expected"))
        };
        let wanted = (Code::IncompatibleState, "markov.order".to_owned(), json!(2), json!(1));
        let two = state(&second, false, &ROWS);
        assert_eq!(said(state(&first, false, &ROWS).merge(two.clone()).unwrap_err()), wanted);
        assert_eq!(said(AttributionState::from_bytes(first.clone(), false, &two.to_bytes()).unwrap_err()), wanted);
        let linear = model(json!("linear"));
        let sums = state(&linear, false, &ROWS);
        // Another model is said before what is kept.
        let error = AttributionState::from_bytes(first.clone(), false, &sums.to_bytes()).unwrap_err();
        assert_eq!(said(error), (Code::IncompatibleState, "model".into(), json!("linear"), json!("markov")));
        for error in [
            AttributionState::from_bytes(linear.clone(), true, &sums.to_bytes()).unwrap_err(),
            state(&linear, true, &ROWS).merge(sums).unwrap_err(),
        ] {
            assert_eq!(said(error), (Code::IncompatibleState, "keep_paths".into(), json!(false), json!(true)));
        }
    }

    #[test]
    fn a_state_is_shown_in_a_line() {
        let model = Model::from_value(&json!("markov")).unwrap();
        let own = state(&model, false, &ROWS);
        assert_eq!(own.to_string(), "AttributionState(markov, 5 journeys, paths kept)");
        let journeys = own.finish(&Monitor::none()).unwrap().journeys().to_string();
        assert_eq!(journeys, "Journeys(5 journeys, 10 touches, 4 channels; distinct paths kept)");
        assert_eq!(super::tests::journeys(&ROWS).to_string(), "Journeys(5 journeys, 10 touches, 4 channels)");
    }

    #[test]
    fn counts_are_those_of_the_journeys_and_not_of_their_paths() {
        // Three journeys of one path, one of another and one without a conversion: seven touches.
        let rows = ["a > b,1,0,1", "a > b,1,0,1", "a > b,1,0,1", "a,0,1,0"];
        let model = |name: &str| Model::from_value(&json!(name)).unwrap();
        for (name, keep, held) in [("linear", false, "sums"), ("linear", true, "paths"), ("markov", false, "paths")] {
            let mut own = state(&model(name), keep, &rows[..2]);
            own.merge(state(&model(name), keep, &rows[2..])).unwrap();
            let own = AttributionState::from_bytes(model(name), keep, &own.to_bytes()).unwrap();
            let credit = own.finish(&Monitor::none()).unwrap();
            let (journeys, told) = (credit.journeys(), &credit.diagnostics()["journeys"]);
            assert_eq!((journeys.len(), journeys.touches(), journeys.channels()), (4, 7, vec!["a".into(), "b".into()]));
            assert_eq!((&told["journeys"], &told["touches"], &told["held"]), (&json!(4), &json!(7), &json!(held)));
            assert_eq!((&told["conversions"], &told["nulls"]), (&json!(3.0), &json!(1.0)), "{name}");
            // What is not held cannot be looked at once more, also after bytes.
            let back = Journeys::from_bytes(&journeys.to_bytes()).unwrap();
            assert_eq!(back.diagnostics(), journeys.diagnostics());
            let again = back.attribute(&model("last_touch"), &Monitor::none()).map(|credit| credit.totals().len());
            match held {
                "sums" => assert_eq!(again.unwrap_err().field(), "keep_paths"),
                _ => assert_eq!(again.unwrap(), 2),
            }
        }
    }

    #[test]
    fn kept_paths_divide_each_journey_by_itself() {
        // Two journeys of one cent over two touches: the earlier touch has each cent; both at once would be one each.
        let paths = read_csv(b"path,total_conversions,v\na > b,1,0.01\na > b,1,0.01\n").unwrap();
        let options = PathsOptions { value: Some("v".into()), currency: Some("USD".into()), ..PathsOptions::default() };
        let journeys = Journeys::from_paths(&paths, &options, &Monitor::none()).unwrap();
        let linear = Model::from_value(&json!("linear")).unwrap();
        let mut state = AttributionState::new(linear, true).unwrap();
        state.update(&journeys).unwrap();
        let credit = state.finish(&Monitor::none()).unwrap();
        assert_eq!((credit.totals().number(0, "value"), credit.totals().number(1, "value")), (Some(0.02), Some(0.0)));
        let options = IntervalsOptions { replicates: 10, ..IntervalsOptions::default() };
        let found = credit.intervals(&options, &Monitor::none()).unwrap();
        assert_eq!(found.channels.number(0, "value"), Some(0.02));
    }

    #[test]
    fn paths_are_kept_with_the_touches_that_are_the_vendors() {
        // A channel that is the vendor's in one journey and a partner's in the other.
        let touches = "opportunity_id,partner_id,at\n1,,2026-01-01\n1,a,2026-01-02\n2,b,2026-01-01\n2,a,2026-01-02\n";
        let outcomes = read_csv(b"opportunity_id\n1\n2\n").unwrap();
        let read = |csv: &str| read_csv(csv.as_bytes()).unwrap();
        let options = crate::attribution::TouchpointsOptions::default();
        let journeys = Journeys::from_touchpoints(&read(touches), &outcomes, &options, &Monitor::none()).unwrap();
        for (name, wanted) in [("first_partner_touch", [1.0, 1.0, 0.0]), ("last_partner_touch", [2.0, 0.0, 0.0])] {
            let model = Model::from_value(&json!(name)).unwrap();
            let mut state = AttributionState::new(model.clone(), true).unwrap();
            state.update(&journeys).unwrap();
            let bytes = state.to_bytes();
            let credit = AttributionState::from_bytes(model, true, &bytes).unwrap().finish(&Monitor::none()).unwrap();
            let totals = credit.totals();
            let found = [0, 1, 2].map(|row| totals.number(row, "conversions").unwrap());
            assert_eq!((found, totals.text(2, "channel")), (wanted, "(vendor)".to_owned()), "{name}");
            let options = IntervalsOptions { replicates: 10, ..IntervalsOptions::default() };
            assert_eq!(credit.intervals(&options, &Monitor::none()).unwrap().channels.len(), 3);
        }
        for (document, kept) in [
            (json!("position_based"), true),
            (json!({"position_based": {"preset": "w"}}), false),
            (json!({"position_based": {"creation": 0.1}}), false),
            (json!("role_weighted"), false),
        ] {
            let model = Model::from_value(&document).unwrap();
            assert_eq!(AttributionState::new(model, true).is_ok(), kept, "{document}");
        }
    }
}
