//! What was learned on journeys that ended, applied to others: to open deals, whose end no model can learn from.
//!
//! A model that learns finds a weight of each channel: its removal effect (`markov`), its contribution (`shapley` but for the games
//! that divide each journey equally, `shao_li`, `leave_one_out`). Each of the other journeys is divided by the weights of its
//! touches' channels, as `markov` with credit `journey` divides those that it learned from. A weight below 0 counts as 0; so does that of
//! a channel that was not seen, which is noted; a journey whose touches all weigh nothing is divided equally. Rules have nothing to
//! learn and divide the other journeys as they are. Every journey is divided exactly, so totals are those of the journeys.
//!
//! Source of the weights per journey: Google's `fractribution`.

use std::sync::Arc;

use hashbrown::HashMap;
use serde_json::json;

use super::credit::Credit;
use super::estimate::{Fit, Sharing};
use super::journeys::Journeys;
use super::model::Rule;
use crate::engine::monitor::Monitor;
use crate::error::Result;
use crate::money::fixed_to_f64;

impl Credit {
    /// Credit of other journeys, such as open ones, by what this credit has learned from its own.
    ///
    /// The result has a ledger; with `stage_probability` its values are expected ones and add up to what is expected of the journeys.
    ///
    /// # Errors
    /// [`crate::Code::NotEnoughData`] where the model needs times that the journeys do not have; [`crate::Code::Cancelled`].
    ///
    /// ```
    /// use cosell::attribution::{Journeys, Model, PathsOptions};
    /// use cosell::engine::monitor::Monitor;
    /// let of = |csv: &str| Journeys::from_paths(&cosell::table::read_csv(csv.as_bytes())?, &PathsOptions::default(), &Monitor::none());
    /// let closed = of("path,total_conversions\nacme > globex,3\nacme,1\n")?;
    /// let learned = closed.attribute(&Model::from_value(&"markov".into())?, &Monitor::none())?;
    /// // Without acme nothing converts, without globex a quarter does: 4 to 3.
    /// let open = learned.apply(&of("path,total_conversions\nglobex > acme,7\n")?, &Monitor::none())?;
    /// assert_eq!(open.totals().number(0, "conversions"), Some(4.0));
    /// # Ok::<(), cosell::Error>(())
    /// ```
    pub fn apply(&self, journeys: &Journeys, monitor: &Monitor) -> Result<Self> {
        let inner = &journeys.inner;
        let Some(learned) = self.learned() else {
            let rule = self.model().rule(&inner.roles, &inner.channels)?;
            journeys.check_times(&*rule, self.model())?;
            return journeys.applied(self, Fit::new(Sharing::Journeys(Arc::clone(&rule))), rule, monitor);
        };
        let own = self.journeys();
        let names = own.channels();
        let numbers: HashMap<&str, usize> = names.iter().enumerate().map(|(i, name)| (name.as_str(), i)).collect();
        let places: Vec<Option<usize>> =
            journeys.channels().iter().map(|name| numbers.get(name.as_str()).copied()).collect();
        let unseen = places.iter().filter(|place| place.is_none()).count();
        let rule: Arc<dyn Rule> = Arc::new(learned.placed(&places));
        let mut fit = Fit::new(Sharing::Journeys(Arc::clone(&rule)));
        let from = json!({
            "journeys": own.len(),
            "conversions": fixed_to_f64(own.inner.conversions.total(), 12),
            "nulls": fixed_to_f64(own.inner.nulls.total(), 12),
            "channels": names.len(),
        });
        fit.diagnostics.insert("learned_from".to_owned(), from);
        if unseen > 0 {
            fit.note("channels_not_learned", json!({"channels": unseen}));
        }
        journeys.applied(self, fit, rule, monitor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attribution::{IntervalsOptions, Model, PathsOptions};
    use crate::error::Code;
    use crate::table::read_csv;
    use proptest::prelude::*;
    use serde_json::Value;

    fn journeys(rows: &str) -> Journeys {
        let csv = format!("path,total_conversions,total_conversion_value,total_null\n{rows}");
        let options = PathsOptions {
            value: Some("total_conversion_value".to_owned()),
            nulls: Some("total_null".to_owned()),
            ..PathsOptions::default()
        };
        Journeys::from_paths(&read_csv(csv.as_bytes()).unwrap(), &options, &Monitor::none()).unwrap()
    }

    fn learned(model: Value, rows: &str) -> Credit {
        journeys(rows).attribute(&Model::from_value(&model).unwrap(), &Monitor::none()).unwrap()
    }

    #[test]
    fn global_effects_weigh_each_journey_as_those_of_journeys_do() {
        let closed = "a > b,6,60,4\nb,3,30,7\na > c > b,2,20,1\nc,1,9,8\n";
        let open = journeys("c > a,2,200,0\nb > a > a,5,50,0\nnew,1,1,0\nnew > b,1,1,0\n");
        let apply = |credit: &str| {
            learned(json!({"markov": {"credit": credit}}), closed).apply(&open, &Monitor::none()).unwrap()
        };
        let (global, journey) = (apply("global"), apply("journey"));
        assert_eq!(global.totals().to_csv(), journey.totals().to_csv());
        assert_eq!(global.diagnostics()["notes"], json!([{"code": "channels_not_learned", "channels": 1}]));
        assert_eq!(global.diagnostics()["learned_from"]["journeys"], 4);
        // Nothing is known of "new": alone it has its journey, beside b it has none of it.
        let row = (0..4).find(|&r| global.totals().text(r, "channel") == "new").unwrap();
        assert_eq!(global.totals().number(row, "conversions"), Some(1.0));
        let ledger = global.ledger(&Monitor::none()).unwrap().unwrap();
        assert!((0..ledger.len()).any(|r| ledger.text(r, "reason") == "removal_effect"));
    }

    #[test]
    fn journeys_that_were_learned_from_are_divided_as_they_were() {
        let closed = "a > b,6,60,4\nb,3,30,7\na > c > b,2,20,1\n";
        for model in [
            json!({"markov": {"credit": "journey"}}),
            json!("linear"),
            json!("shapley"),
            json!({"shapley": {"game": "ordered"}}),
        ] {
            let own = learned(model, closed);
            let again = own.apply(own.journeys(), &Monitor::none()).unwrap();
            for name in ["conversions", "value"] {
                let of = |credit: &Credit| -> Vec<String> {
                    (0..credit.totals().len()).map(|row| credit.totals().text(row, name)).collect()
                };
                assert_eq!(of(&again), of(&own));
            }
        }
    }

    #[test]
    fn what_was_applied_has_no_intervals_of_its_own() {
        let applied =
            learned(json!("markov"), "a > b,6,60,4\n").apply(&journeys("a,1,1,0\n"), &Monitor::none()).unwrap();
        let error = applied.intervals(&IntervalsOptions::default(), &Monitor::none()).unwrap_err();
        assert_eq!((error.code(), error.field()), (Code::InvalidOption, "credit"));
        assert!(applied.learned_from().is_some());
    }

    proptest! {
        #[test]
        fn totals_are_those_of_the_journeys(
            model in prop::sample::select(vec!["markov", "shao_li", "leave_one_out", "rate", "linear"]),
            paths in prop::collection::vec((prop::collection::vec(0..5_usize, 1..6), 1..1000_i64), 1..8),
        ) {
            let model = if model == "rate" { json!({"shapley": {"game": "rate"}}) } else { json!(model) };
            let own = learned(model, "n0 > n1,6,60,4\nn1,3,30,7\nn2 > n0 > n1,2,20,1\nn3,0,0,5\n");
            let row = |(path, value): &(Vec<usize>, i64)| {
                let names: Vec<String> = path.iter().map(|c| format!("n{c}")).collect();
                format!("{},1,{value},0\n", names.join(" > "))
            };
            let rows: String = paths.iter().map(row).collect();
            let totals = own.apply(&journeys(&rows), &Monitor::none()).unwrap().totals().clone();
            let sum: f64 = (0..totals.len()).map(|r| totals.number(r, "value").unwrap()).sum();
            let wanted: i64 = paths.iter().map(|(_, value)| value).sum();
            prop_assert!((sum - wanted as f64).abs() < 1e-6, "{sum} {wanted}");
        }
    }
}
