//! Several models on the same journeys: what their Markov chains need of the paths is counted once.

use super::chain::{Counted, fits};
use super::credit::Credit;
use super::journeys::Journeys;
use super::model::Model;
use crate::engine::monitor::Monitor;
use crate::error::Result;

impl Journeys {
    /// Credit under each of some models, in their order, as [`Journeys::attribute`] gives it.
    ///
    /// # Errors
    /// [`crate::Code::Cancelled`]; each item has the errors of its own model.
    #[doc(hidden)] // Callers take `compare`; the benches look at the work alone.
    pub fn attribute_each<'a>(
        &'a self,
        models: impl IntoIterator<Item = &'a Model> + Clone,
        monitor: &'a Monitor,
    ) -> Result<impl Iterator<Item = Result<Credit>>> {
        let counted = self.count_for(models.clone(), monitor)?;
        Ok(models.into_iter().map(move |model| self.attribute_counted(model, counted.as_ref(), monitor)))
    }

    /// The steps of all chains, where there is more than one: those of the highest order hold the others.
    fn count_for<'a>(&self, models: impl IntoIterator<Item = &'a Model>, monitor: &Monitor) -> Result<Option<Counted>> {
        let sample = self.sample();
        let order = |model: &Model| if let Model::Markov(chain) = model { Some(chain.order) } else { None };
        let orders: Vec<usize> =
            models.into_iter().filter_map(order).filter(|&k| k > 0 && fits(sample.channels, k)).collect();
        match orders.iter().max() {
            Some(&highest) if orders.len() > 1 => Counted::of(&sample, highest, monitor).map(Some),
            _ => Ok(None),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attribution::PathsOptions;
    use crate::error::Code;
    use crate::table::{Table, read_csv};
    use serde_json::json;

    #[test]
    fn several_models_give_what_each_gives_alone() {
        let csv = b"path,total_conversions,nulls\na > b > c,3,1\nb > a > b,1,4\nc > c > a > a,2,2\nb,0.5,1\n";
        let options = PathsOptions { nulls: Some("nulls".to_owned()), ..PathsOptions::default() };
        let none = Monitor::none();
        let journeys = Journeys::from_paths(&read_csv(csv).unwrap(), &options, &none).unwrap();
        let documents = [
            json!({"markov": {"order": 1}}),
            json!("linear"),
            json!({"markov": {"order": 3, "removal": "detour"}}),
            json!({"time_decay": {"half_life_days": 7}}),
            json!({"markov": {"order": 2, "credit": "journey"}}),
            json!({"shapley": {"game": "set"}}),
        ];
        let models = Model::list(&documents).unwrap();
        for (model, together) in models.iter().zip(journeys.attribute_each(&models, &none).unwrap()) {
            match journeys.attribute(model, &none) {
                Ok(alone) => {
                    let together = together.unwrap();
                    assert_eq!(together.totals().to_csv(), alone.totals().to_csv());
                    assert_eq!(together.diagnostics(), alone.diagnostics());
                    let transitions = |credit: &Credit| credit.table("transitions").map(Table::to_csv).ok();
                    assert_eq!(transitions(&together), transitions(&alone));
                }
                // Paths have no times.
                Err(error) => {
                    assert_eq!((model.name(), error.code()), ("time_decay", Code::NotEnoughData));
                    assert_eq!(together.unwrap_err().code(), Code::NotEnoughData);
                }
            }
        }
    }
}
