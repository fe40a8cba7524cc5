//! Credit: what each touch of each converted journey has earned, as totals per channel and as a ledger.
//!
//! Every amount is split exactly (largest remainder, ties to the earlier touch), so the ledger adds up to the amounts and
//! the totals to the ledger, to the minor unit. Conversions and plain values are split at eighteen decimals. All sums are
//! integers: neither threads nor the order of the journeys can change a bit.

use std::sync::{Arc, OnceLock};

use serde_json::{Value, json};

use super::UNATTRIBUTED;
use super::chain::Counted;
use super::estimate::{ByChannel, Fit, Sharing, apportion};
use super::journeys::{Held, Journeys, ONE};
use super::model::{Learner, Model, Rule};
use super::weigher::{Scratch, Weigher};
use crate::engine::monitor::Monitor;
use crate::engine::parallel;
use crate::error::{Code, Error, Result, did_you_mean, one_of, quoted};
use crate::money::fixed_to_f64;
use crate::table::result::{TextColumn, column};
use crate::table::{ColumnData, Table, Unit};

/// Decimals at which conversions and plain values are split.
pub(crate) const SPLIT_DIGITS: u8 = 18;
/// From twelve to eighteen decimals.
pub(crate) const FINER: i128 = 1_000_000;

/// The credit that a model gives.
#[derive(Debug, Clone)]
pub struct Credit {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    journeys: Journeys,
    model: Model,
    /// How each journey is divided; `None`: the model divides the totals only.
    rule: Option<Shared>,
    /// Per channel and, last, what is not attributed; empty for credit of parts.
    sums: Sums,
    /// What the model has learned of each channel.
    learned: Option<Learned>,
    /// The credit that had learned what this one applies.
    learned_from: Option<Credit>,
    totals: Table,
    tables: Vec<(&'static str, Table)>,
    diagnostics: Value,
    ledger: OnceLock<Arc<Table>>,
}

/// A rule that a credit keeps for its ledger.
struct Shared(Arc<dyn Rule>);

impl std::fmt::Debug for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Rule")
    }
}

/// What a credit keeps of its channels.
#[derive(Clone)]
struct Learned(Arc<ByChannel>);

impl std::fmt::Debug for Learned {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ByChannel")
    }
}

/// Credit per channel: conversions and value, in units of the split.
pub(super) type Sums = Vec<[i128; 2]>;

impl Journeys {
    /// Credit under a model.
    ///
    /// # Errors
    /// A bad option of the model; [`Code::NotEnoughData`] where the model needs times that the journeys do not have.
    ///
    /// ```
    /// use cosell::attribution::{Journeys, Model, PathsOptions};
    /// use cosell::engine::monitor::Monitor;
    /// let csv = b"path,total_conversions\nacme > globex > acme,3\n";
    /// let paths = cosell::table::read_csv(csv)?;
    /// let journeys = Journeys::from_paths(&paths, &PathsOptions::default(), &Monitor::none())?;
    /// let credit = journeys.attribute(&Model::from_value(&"linear".into())?, &Monitor::none())?;
    /// assert_eq!(credit.totals().number(0, "conversions"), Some(2.0));
    /// # Ok::<(), cosell::Error>(())
    /// ```
    pub fn attribute(&self, model: &Model, monitor: &Monitor) -> Result<Credit> {
        self.attribute_counted(model, None, monitor)
    }

    /// Credit under a model, where the steps of chains may have been counted before.
    pub(super) fn attribute_counted(
        &self,
        model: &Model,
        counted: Option<&Counted>,
        monitor: &Monitor,
    ) -> Result<Credit> {
        self.need_rows()?;
        match model.learner(&self.inner.roles, &self.inner.channels)? {
            Learner::Rule(rule) => {
                self.check_times(&*rule, model)?;
                let sums = self.sums(&*rule, monitor)?;
                Ok(Credit { inner: Arc::new(self.credit(model, Some(rule), sums, None)) })
            }
            Learner::Estimator(estimator) => {
                if self.inner.options["ecosystem"]["outcome"] == "open" {
                    let message = format!(
                        "{} learns from how journeys ended, and open ones have not; attribute closed journeys and apply that credit to these (credit.apply), or take a rule such as linear",
                        model.name()
                    );
                    return Err(Error::new(Code::NotEnoughData, "model", message));
                }
                monitor.begin("attribution", self.rows())?;
                let mut fit = estimator.fit(&self.sample().with_steps(counted), true, monitor)?;
                fit.note_paths(self);
                let (rule, sums) = match &fit.sharing {
                    Sharing::Journeys(rule) => (Some(Arc::clone(rule)), self.sums(&**rule, monitor)?),
                    Sharing::Global { conversions, value } => {
                        (None, self.shared_sums(conversions, value.as_deref().unwrap_or(conversions)))
                    }
                };
                let learned = fit.sharing.learned(model.learned_reason()).map(|l| Learned(Arc::new(l)));
                Ok(Credit { inner: Arc::new(Inner { learned, ..self.credit(model, rule, sums, Some(fit)) }) })
            }
        }
    }

    /// The credit of every channel, journey by journey.
    fn sums(&self, rule: &dyn Rule, monitor: &Monitor) -> Result<Sums> {
        monitor.begin("attribution", self.rows())?;
        let weigher = Weigher { journeys: self, rule };
        let size = self.rows().div_ceil(parallel::threads() * 4).max(1024);
        let parts =
            parallel::map(parallel::pieces(self.rows(), size), self.inner.channel.len() + self.rows(), |range| {
                monitor.check()?;
                let mut sums = vec![[0_i128; 2]; weigher.width()];
                let mut scratch = Scratch::default();
                for journey in weigher.converted(range.clone()) {
                    weigher.add(journey, &mut scratch, &mut sums);
                }
                monitor.advance(range.len())?;
                Ok(sums)
            })?;
        let mut sums = vec![[0_i128; 2]; weigher.width()];
        for part in parts {
            add_sums(&mut sums, &part);
        }
        Ok(sums)
    }

    /// The credit of every channel where everything is divided at once; journeys without touches stay apart.
    fn shared_sums(&self, conversions: &[f64], value: &[f64]) -> Sums {
        let all = self.sample().attributable();
        let finer = if matches!(self.inner.unit, Some(Unit::Plain(_))) { FINER } else { 1 };
        let parts = apportion(all.conversions * FINER, conversions);
        let values = apportion(all.value * finer, value);
        let mut sums: Sums = parts.into_iter().zip(values).map(|(c, v)| [c, v]).collect();
        sums.push(self.without_touches());
        sums
    }

    pub(super) fn check_times(&self, rule: &dyn Rule, model: &Model) -> Result<()> {
        if rule.needs_times() && self.inner.at.is_none() {
            return Err(Error::new(
                Code::NotEnoughData,
                "model",
                format!("the model {} needs the times of touches, which aggregated paths do not have", model.name()),
            ));
        }
        Ok(())
    }

    fn credit(&self, model: &Model, rule: Option<Arc<dyn Rule>>, sums: Sums, fit: Option<Fit>) -> Inner {
        let names: Vec<String> = self.channels();
        let unattributed = sums.last().copied().filter(|s| *s != [0, 0] || self.has_unattributed());
        let rows: Vec<(String, [i128; 2])> = names
            .into_iter()
            .zip(sums.iter().copied())
            .chain(unattributed.map(|s| (UNATTRIBUTED.to_owned(), s)))
            .collect();
        let totals = totals_table(&rows, self.value_unit());
        let mut diagnostics = json!({"model": model.document(), "journeys": self.diagnostics()});
        diagnostics["unattributed_journeys"] = json!(self.counted().map(|counted| counted.unattributed));
        diagnostics["exact"] = json!(true);
        for (name, note) in model.notes(&self.inner) {
            diagnostics[name] = note;
        }
        let (mut columns, mut tables) = (Vec::new(), Vec::new());
        if let Some(fit) = fit {
            (columns, tables) = (fit.columns, fit.tables);
            fit.diagnostics.into_iter().for_each(|(key, value)| diagnostics[key] = value);
        }
        let all = self.sample().attributable();
        if all.conversions == 0 && diagnostics.get("notes").is_none() {
            let nulls = fixed_to_f64(all.nulls, 12);
            diagnostics["notes"] = json!([{"code": "nothing_to_attribute", "nulls": nulls}]);
        }
        let totals = with_columns(totals, columns);
        let (model, rule, ledger) = (model.clone(), rule.map(Shared), OnceLock::new());
        let (learned, learned_from) = (None, None);
        Inner { journeys: self.clone(), model, rule, sums, learned, learned_from, totals, tables, diagnostics, ledger }
    }

    /// Credit of these journeys by a rule that another credit has learned.
    pub(super) fn applied(&self, from: &Credit, fit: Fit, rule: Arc<dyn Rule>, monitor: &Monitor) -> Result<Credit> {
        let sums = self.sums(&*rule, monitor)?;
        let learned_from = Some(from.clone());
        let inner = Inner { learned_from, ..self.credit(from.model(), Some(rule), sums, Some(fit)) };
        Ok(Credit { inner: Arc::new(inner) })
    }

    /// What converted journeys without touches have brought, in units of the split.
    fn without_touches(&self) -> [i128; 2] {
        let inner = &self.inner;
        let finer = if matches!(inner.unit, Some(Unit::Plain(_))) { FINER } else { 1 };
        let rest = self.sample().unattributed();
        [rest.conversions * FINER, rest.value * finer]
    }

    pub(super) fn has_unattributed(&self) -> bool {
        self.sample().unattributed().conversions != 0
    }

    /// The unit of split values.
    pub(super) fn value_unit(&self) -> Option<Unit> {
        self.inner.unit.map(|unit| match unit {
            Unit::Plain(_) => Unit::Plain(SPLIT_DIGITS),
            other => other,
        })
    }
}

fn add_sums(into: &mut Sums, from: &Sums) {
    for (sum, part) in into.iter_mut().zip(from) {
        sum[0] += part[0];
        sum[1] += part[1];
    }
}

/// The name of the column of values: minor units of an unnamed currency go out as they came in.
pub(crate) fn value_column(unit: Unit) -> &'static str {
    if unit == Unit::Minor { "value_minor" } else { "value" }
}

pub(super) fn totals_table(rows: &[(String, [i128; 2])], unit: Option<Unit>) -> Table {
    let mut names = TextColumn::default();
    rows.iter().for_each(|(name, _)| names.push(Some(name)));
    let conversions: Vec<i128> = rows.iter().map(|(_, s)| s[0]).collect();
    let values: Vec<i128> = rows.iter().map(|(_, s)| s[1]).collect();
    let by = if unit.is_some() { &values } else { &conversions };
    let total: i128 = by.iter().sum();
    let share = |part: i128| (total != 0).then(|| part as f64 / total as f64);
    let shares = by.iter().map(|&p| share(p)).collect();
    let mut columns = vec![
        names.finish("channel"),
        column(
            "conversions",
            ColumnData::Float(conversions.iter().map(|&c| Some(fixed_to_f64(c, SPLIT_DIGITS))).collect()),
        ),
    ];
    if let Some(unit) = unit {
        columns.push(column(value_column(unit), ColumnData::Money(values.iter().map(|&v| Some(v)).collect(), unit)));
    }
    columns.push(column("share", ColumnData::Float(shares)));
    Table::new(columns)
}

/// The totals with the columns of an estimator, which know nothing of `(unattributed)`.
fn with_columns(totals: Table, columns: Vec<crate::table::Column>) -> Table {
    let rows = totals.len();
    let mut all = totals.into_columns();
    for mut own in columns {
        own.data.pad(rows);
        all.push(own);
    }
    Table::new(all)
}

impl Credit {
    /// Credit of parts, without a ledger.
    pub(super) fn assembled(journeys: Journeys, model: &Model, totals: Table, diagnostics: Value) -> Self {
        let (model, ledger) = (model.clone(), OnceLock::new());
        let (sums, tables) = (Sums::new(), Vec::new());
        let (learned, learned_from) = (None, None);
        let inner =
            Inner { journeys, model, rule: None, sums, learned, learned_from, totals, tables, diagnostics, ledger };
        Self { inner: Arc::new(inner) }
    }

    /// The same credit of journeys that stand for many: without a ledger, with totals of their own where those are given.
    pub(super) fn of_state(&self, totals: Option<Table>) -> Self {
        let own = &*self.inner;
        let inner = Inner {
            journeys: own.journeys.clone(),
            model: own.model.clone(),
            rule: None,
            sums: Sums::new(),
            learned: own.learned.clone(),
            learned_from: own.learned_from.clone(),
            totals: totals.unwrap_or_else(|| own.totals.clone()),
            tables: own.tables.clone(),
            diagnostics: own.diagnostics.clone(),
            ledger: OnceLock::new(),
        };
        Self { inner: Arc::new(inner) }
    }

    /// Credit per channel, ordered by channel. Columns: channel, conversions, value (where the journeys have values; `value_minor` where they came as
    /// minor units without a currency),
    /// share (of value; of conversions where there is no value).
    pub fn totals(&self) -> &Table {
        &self.inner.totals
    }

    /// The model.
    pub fn model(&self) -> &Model {
        &self.inner.model
    }

    /// What the model assumed, what was set aside and how exact the result is.
    pub fn diagnostics(&self) -> &Value {
        &self.inner.diagnostics
    }

    /// The journeys that the credit is for.
    pub fn journeys(&self) -> &Journeys {
        &self.inner.journeys
    }

    /// One row per touch of each converted journey, ordered by journey and place in it.
    ///
    /// Columns: journey, touch (its id, else its place from 1), channel, at, conversions, value, weight (its share of the
    /// journey), reason (a code). A journey without touches is one row of the channel `(unattributed)` with no touch.
    ///
    /// `None` for models that divide the totals and not the journeys.
    ///
    /// # Errors
    /// [`Code::Cancelled`].
    pub fn ledger(&self, monitor: &Monitor) -> Result<Option<&Table>> {
        Ok(self.kept_ledger(monitor)?.map(AsRef::as_ref))
    }

    /// The credit that had learned what this one applies ([`Credit::apply`]); `None` where this one learned by itself.
    pub fn learned_from(&self) -> Option<&Credit> {
        self.inner.learned_from.as_ref()
    }

    /// What the model has learned of each channel; `None` for rules.
    pub(super) fn learned(&self) -> Option<&ByChannel> {
        self.inner.learned.as_ref().map(|learned| &*learned.0)
    }

    /// How each journey is divided; `None` where only the totals are.
    pub(crate) fn rule(&self) -> Option<&dyn Rule> {
        self.inner.rule.as_ref().map(|shared| &*shared.0)
    }

    /// Conversions and value per channel, in units of the split, and last what is not attributed; empty for credit of parts.
    pub(crate) fn sums(&self) -> &[[i128; 2]] {
        &self.inner.sums
    }

    /// How each journey is divided.
    ///
    /// # Errors
    /// [`Code::InvalidOption`] where the model divides the totals only.
    pub(crate) fn need_rule(&self) -> Result<&dyn Rule> {
        self.rule().ok_or_else(|| {
            let message = match self.inner.journeys.inner.held {
                Held::All => {
                    "credit divides totals and not journeys; take a model with a ledger, such as markov(credit=\"journey\")"
                }
                _ => "credit comes from a state, which keeps no journeys; take that of journeys.attribute",
            };
            Error::new(Code::InvalidOption, "credit", message)
        })
    }

    /// A further table of the model, such as the `transitions` of a Markov chain. A state there is its channels with ` > `
    /// between them; a name that holds `>` as a word of its own, or begins with `"`, stands in double quotes, as in JSON:
    /// `"a > b" > c`.
    ///
    /// # Errors
    /// [`Code::UnknownTable`], with the names that there are.
    pub fn table(&self, name: &str) -> Result<&Table> {
        self.inner.tables.iter().find(|(known, _)| *known == name).map(|(_, table)| table).ok_or_else(|| {
            let names = self.table_names();
            let expected = match names.len() {
                0 => format!("{} has no further tables", self.inner.model.name()),
                _ => format!("expected {}{}", one_of(names.iter().copied()), did_you_mean(name, names.iter().copied())),
            };
            Error::new(Code::UnknownTable, "name", format!("no table {} here; {expected}", quoted(name)))
                .with("available", names)
        })
    }

    /// The names of the further tables.
    pub fn table_names(&self) -> Vec<&'static str> {
        self.inner.tables.iter().map(|(name, _)| *name).collect()
    }

    /// The same ledger, shared: a holder that outlives the credit needs no copy.
    ///
    /// # Errors
    /// [`Code::Cancelled`].
    pub fn shared_ledger(&self, monitor: &Monitor) -> Result<Option<Arc<Table>>> {
        Ok(self.kept_ledger(monitor)?.map(Arc::clone))
    }

    fn kept_ledger(&self, monitor: &Monitor) -> Result<Option<&Arc<Table>>> {
        let Some(Shared(rule)) = &self.inner.rule else { return Ok(None) };
        if let Some(ledger) = self.inner.ledger.get() {
            return Ok(Some(ledger));
        }
        let built = Arc::new(super::ledger::build(&self.inner.journeys, &**rule, monitor)?);
        Ok(Some(self.inner.ledger.get_or_init(|| built)))
    }
}

/// One conversion with the decimals of the split.
pub(super) const SPLIT_ONE: i128 = ONE * FINER;
