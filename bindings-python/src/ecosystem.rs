//! `cosell.Ecosystem`: the checked set of input tables.

use cosell::attribution::CubeOptions;
use cosell::facts::{Ecosystem as Inner, EcosystemOptions, TABLES};
use cosell_arrow::{ecosystem_from_bytes, ecosystem_to_bytes};
use pyo3::prelude::*;
use pyo3::types::{PyAny, PyBytes, PyDict};
use serde_json::Value;

use crate::credit::Credit;
use crate::error::{checked, guard, instance, text};
use crate::input::Input;
use crate::journeys::Journeys;
use crate::review::{inferred_influence_of, involvement_of, journeys_of, pipeline_of, ropi_of};
use crate::run::run;
use crate::table::Table;
use crate::value::{Options, PROGRESS, read, refuse, to_python};

/// The input tables, checked against each other: an immutable snapshot.
///
/// Every table may be a frame (pandas, polars, pyarrow, duckdb, Spark: anything with the Arrow C stream), a list of
/// dicts, a dict of columns, or CSV as bytes. Only `opportunities`, with `touchpoints` or `opportunity_partners`, is
/// needed to begin.
///
/// Args:
///     opportunities: the deals: opportunity_id, account_id, status, created_at, amount and more.
///     touchpoints: what partners and the vendor did: at, kind, opportunity_id or account_id, partner_id.
///     partners: the partners: partner_id, name, types and more.
///     accounts: the end customers: account_id, name and more.
///     account_partners: partners and their relationships with accounts.
///     opportunity_partners: partners and their roles on deals.
///     registrations: lead, referral and deal registrations.
///     investments: what was spent on partners.
///     enrollments: partners in programmes, with track, region and tier.
///     people: who works at which partner.
///     credentials: certifications, competencies and the like of partners and their people.
///     activities: trainings, webinars and what else partners do.
///     measurements: metrics of partners, accounts and opportunities that were computed elsewhere.
///     lines: the products that opportunities are made of.
///     aliases: merged and renamed ids.
///     exchange_rates: currency, on, rate (units of `currency` per unit).
///     currency: the currency of the results; needed where the amounts have several.
///     max_rate_age_days: the most days that an exchange rate may be old.
///     timezone: the zone of dates and of timestamps without an offset.
///     columns: per table, the source's column names to ours.
///     values: per table and column, the source's words to ours.
///     rollup: whose parents stand for them: "partners", "accounts".
///     on_invalid: "error", or "reject" to move unusable rows to `rejected`.
///     progress: called with a Progress now and then; what it raises cancels.
///
/// Raises:
///     DataError: a table cannot be read, or a row cannot be used.
///     ConfigError: an option is wrong.
///
/// Example:
///     >>> eco = cosell.Ecosystem(opportunities=deals, touchpoints=touches, currency="USD")
#[pyclass(frozen, module = "cosell")]
#[derive(Clone)]
pub struct Ecosystem {
    pub inner: Inner,
}

/// The rows of every table together: how large work on the ecosystem is.
pub fn rows(eco: &Inner) -> usize {
    eco.table_names().iter().filter_map(|name| eco.row_count(name)).sum()
}

#[pymethods]
impl Ecosystem {
    #[new]
    #[pyo3(
        signature = (*, opportunities=None, touchpoints=None, partners=None, accounts=None,
            account_partners=None, opportunity_partners=None, registrations=None, investments=None,
            enrollments=None, people=None, credentials=None, activities=None, measurements=None, lines=None,
            aliases=None, exchange_rates=None, currency=None, max_rate_age_days=None, timezone=None, columns=None, values=None, rollup=None,
            on_invalid=None, progress=None, **unknown),
        text_signature = "(*, opportunities=None, touchpoints=None, partners=None, accounts=None, \
            account_partners=None, opportunity_partners=None, registrations=None, investments=None, \
            enrollments=None, people=None, credentials=None, activities=None, measurements=None, lines=None, \
            aliases=None, exchange_rates=None, \
            currency=None, max_rate_age_days=None, timezone=None, columns=None, values=None, rollup=None, on_invalid=None, \
            progress=None)",
    )]
    #[allow(clippy::too_many_arguments)]
    fn new(
        py: Python<'_>,
        opportunities: Option<&Bound<'_, PyAny>>,
        touchpoints: Option<&Bound<'_, PyAny>>,
        partners: Option<&Bound<'_, PyAny>>,
        accounts: Option<&Bound<'_, PyAny>>,
        account_partners: Option<&Bound<'_, PyAny>>,
        opportunity_partners: Option<&Bound<'_, PyAny>>,
        registrations: Option<&Bound<'_, PyAny>>,
        investments: Option<&Bound<'_, PyAny>>,
        enrollments: Option<&Bound<'_, PyAny>>,
        people: Option<&Bound<'_, PyAny>>,
        credentials: Option<&Bound<'_, PyAny>>,
        activities: Option<&Bound<'_, PyAny>>,
        measurements: Option<&Bound<'_, PyAny>>,
        lines: Option<&Bound<'_, PyAny>>,
        aliases: Option<&Bound<'_, PyAny>>,
        exchange_rates: Option<&Bound<'_, PyAny>>,
        currency: Option<&Bound<'_, PyAny>>,
        max_rate_age_days: Option<&Bound<'_, PyAny>>,
        timezone: Option<&Bound<'_, PyAny>>,
        columns: Option<&Bound<'_, PyAny>>,
        values: Option<&Bound<'_, PyAny>>,
        rollup: Option<&Bound<'_, PyAny>>,
        on_invalid: Option<&Bound<'_, PyAny>>,
        progress: Option<&Bound<'_, PyAny>>,
        unknown: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<Self> {
        let options = Options::new()
            .set("currency", currency)?
            .set("max_rate_age_days", max_rate_age_days)?
            .set("timezone", timezone)?
            .set("columns", columns)?
            .set("values", values)?
            .set("rollup", rollup)?
            .set("on_invalid", on_invalid)?
            .unknown(unknown)?
            .document();
        let tables = [
            ("opportunities", opportunities),
            ("touchpoints", touchpoints),
            ("partners", partners),
            ("accounts", accounts),
            ("account_partners", account_partners),
            ("opportunity_partners", opportunity_partners),
            ("registrations", registrations),
            ("investments", investments),
            ("enrollments", enrollments),
            ("people", people),
            ("credentials", credentials),
            ("activities", activities),
            ("measurements", measurements),
            ("lines", lines),
            ("aliases", aliases),
            ("exchange_rates", exchange_rates),
        ];
        guard(py, || {
            let mut inputs = Vec::new();
            for (name, table) in tables {
                if let Some(table) = table {
                    inputs.push((name, Input::take(table, name)?));
                }
            }
            build(py, inputs, &options, progress)
        })
    }

    /// The opportunities as a Table.
    #[getter]
    fn opportunities(&self, py: Python<'_>) -> PyResult<Table> {
        self.own(py, "opportunities")
    }

    /// The touchpoints as a Table.
    #[getter]
    fn touchpoints(&self, py: Python<'_>) -> PyResult<Table> {
        self.own(py, "touchpoints")
    }

    /// The partners as a Table.
    #[getter]
    fn partners(&self, py: Python<'_>) -> PyResult<Table> {
        self.own(py, "partners")
    }

    /// The accounts as a Table.
    #[getter]
    fn accounts(&self, py: Python<'_>) -> PyResult<Table> {
        self.own(py, "accounts")
    }

    /// The partners of the accounts, with their relationships, as a Table.
    #[getter]
    fn account_partners(&self, py: Python<'_>) -> PyResult<Table> {
        self.own(py, "account_partners")
    }

    /// The partners on opportunities, with their roles, as a Table.
    #[getter]
    fn opportunity_partners(&self, py: Python<'_>) -> PyResult<Table> {
        self.own(py, "opportunity_partners")
    }

    /// The registrations as a Table.
    #[getter]
    fn registrations(&self, py: Python<'_>) -> PyResult<Table> {
        self.own(py, "registrations")
    }

    /// The investments as a Table.
    #[getter]
    fn investments(&self, py: Python<'_>) -> PyResult<Table> {
        self.own(py, "investments")
    }

    /// The partners in programmes, with their tiers, as a Table.
    #[getter]
    fn enrollments(&self, py: Python<'_>) -> PyResult<Table> {
        self.own(py, "enrollments")
    }

    /// The people at the partners as a Table.
    #[getter]
    fn people(&self, py: Python<'_>) -> PyResult<Table> {
        self.own(py, "people")
    }

    /// The credentials as a Table.
    #[getter]
    fn credentials(&self, py: Python<'_>) -> PyResult<Table> {
        self.own(py, "credentials")
    }

    /// The activities as a Table.
    #[getter]
    fn activities(&self, py: Python<'_>) -> PyResult<Table> {
        self.own(py, "activities")
    }

    /// The measurements as a Table.
    #[getter]
    fn measurements(&self, py: Python<'_>) -> PyResult<Table> {
        self.own(py, "measurements")
    }

    /// The lines of the opportunities as a Table.
    #[getter]
    fn lines(&self, py: Python<'_>) -> PyResult<Table> {
        self.own(py, "lines")
    }

    /// The aliases as a Table.
    #[getter]
    fn aliases(&self, py: Python<'_>) -> PyResult<Table> {
        self.own(py, "aliases")
    }

    /// The exchange rates as a Table.
    #[getter]
    fn exchange_rates(&self, py: Python<'_>) -> PyResult<Table> {
        self.own(py, "exchange_rates")
    }

    /// A table by name.
    ///
    /// Args:
    ///     name: such as "opportunities".
    ///
    /// Raises:
    ///     ConfigError: there is no such table.
    ///     DataError: the ecosystem was not given it.
    ///
    /// Example:
    ///     >>> eco.table("partners").column_names
    #[pyo3(signature = (name, **unknown), text_signature = "($self, name)")]
    fn table(&self, py: Python<'_>, name: &Bound<'_, PyAny>, unknown: Option<&Bound<'_, PyDict>>) -> PyResult<Table> {
        refuse(py, unknown, &["name"])?;
        self.own(py, &text(name, "name")?)
    }

    /// The names of the tables that were given.
    #[getter]
    fn table_names(&self) -> Vec<&'static str> {
        self.inner.table_names()
    }

    /// The rows that could not be used: table, row (counted from 0, a header aside), column, code, message,
    /// amount_at_stake, rows.
    #[getter]
    fn rejected(&self) -> Table {
        Table::new(self.inner.rejected().clone())
    }

    /// What is implausible but usable, with the same columns as `rejected`.
    #[getter]
    fn findings(&self) -> Table {
        Table::new(self.inner.findings().clone())
    }

    /// The currency of results; None where no amount has one.
    #[getter]
    fn currency(&self) -> Option<&'static str> {
        self.inner.currency().map(cosell::money::Currency::code)
    }

    /// The options, with every default filled in.
    #[getter]
    fn options<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        to_python(py, &checked(py, serde_json::to_value(self.inner.options()).map_err(cosell::Error::internal))?)
    }

    /// Journeys: the touches of each opportunity, in order.
    ///
    /// Args:
    ///     outcome: "won" (lost is a null), "won_only", or "open" (attribution of the pipeline).
    ///     channel: "partner", "type", "region", "kind", "role", or a column such as "partners.country".
    ///     lookback_days: how many days before its creation a journey begins, or "all".
    ///     lookback_touches: how many touches count, the last ones, or "all".
    ///     vendor_touches: "channel" or "drop".
    ///     account_touches: "through_close", "through_creation" or "drop".
    ///     roles: "if_no_touches", "always" or "never": whether opportunity_partners serve as touches.
    ///     repeats: "keep", "first", "last" or "collapse".
    ///     kinds: the kinds of touches that count; roles used as touches count if "(role)" is among them.
    ///     as_of: the day that open opportunities are seen from.
    ///     stage_probability: with outcome "open": the chance to win by stage ("*": stages not named), for expected values.
    ///     progress: called with a Progress now and then; what it raises cancels.
    ///
    /// Raises:
    ///     ConfigError: an option is wrong.
    ///     DataError: a table is missing.
    ///
    /// Example:
    ///     >>> eco.journeys(lookback_days=180).attribute("linear").totals
    #[pyo3(
        signature = (*, outcome=None, channel=None, lookback_days=None, lookback_touches=None,
            vendor_touches=None, account_touches=None, roles=None, repeats=None, kinds=None, as_of=None,
            stage_probability=None, progress=None, **unknown),
        text_signature = "($self, *, outcome=None, channel=None, lookback_days=None, lookback_touches=None, \
            vendor_touches=None, account_touches=None, roles=None, repeats=None, kinds=None, as_of=None, \
            stage_probability=None, progress=None)",
    )]
    #[allow(clippy::too_many_arguments)]
    fn journeys(
        &self,
        py: Python<'_>,
        outcome: Option<&Bound<'_, PyAny>>,
        channel: Option<&Bound<'_, PyAny>>,
        lookback_days: Option<&Bound<'_, PyAny>>,
        lookback_touches: Option<&Bound<'_, PyAny>>,
        vendor_touches: Option<&Bound<'_, PyAny>>,
        account_touches: Option<&Bound<'_, PyAny>>,
        roles: Option<&Bound<'_, PyAny>>,
        repeats: Option<&Bound<'_, PyAny>>,
        kinds: Option<&Bound<'_, PyAny>>,
        as_of: Option<&Bound<'_, PyAny>>,
        stage_probability: Option<&Bound<'_, PyAny>>,
        progress: Option<&Bound<'_, PyAny>>,
        unknown: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<Journeys> {
        let options = Options::new()
            .set("outcome", outcome)?
            .set("channel", channel)?
            .set("lookback_days", lookback_days)?
            .set("lookback_touches", lookback_touches)?
            .set("vendor_touches", vendor_touches)?
            .set("account_touches", account_touches)?
            .set("roles", roles)?
            .set("repeats", repeats)?
            .set("kinds", kinds)?
            .set("as_of", as_of)?
            .set("stage_probability", stage_probability)?
            .unknown(unknown)?;
        journeys_of(py, self, options, progress)
    }

    /// Sourced, influenced and involved won revenue, per partner and in total.
    ///
    /// Args:
    ///     as_of: the day that is looked from.
    ///     sourced_rule: "registration", "first_touch" or "field".
    ///     account_registrations: "within_validity" (a registration that names an account only counts for what is created
    ///         there until it expires) or "drop".
    ///     kinds: the kinds of touches that count; roles count beside them.
    ///     lookback_days: how many days before the creation a touch counts, or "all".
    ///     account_touches: "through_close", "through_creation" or "drop".
    ///     months: only opportunities closed in so many months up to as_of.
    ///     progress: called with a Progress now and then; what it raises cancels.
    ///
    /// Raises:
    ///     ConfigError: an option is wrong.
    ///     DataError: a table is missing.
    ///
    /// Example:
    ///     >>> eco.involvement("2026-11-20").buckets
    #[pyo3(
        signature = (as_of=None, *, sourced_rule=None, account_registrations=None, kinds=None, lookback_days=None, account_touches=None,
            months=None, progress=None, **unknown),
        text_signature = "($self, as_of, *, sourced_rule=None, account_registrations=None, kinds=None, lookback_days=None, \
            account_touches=None, months=None, progress=None)",
    )]
    #[allow(clippy::too_many_arguments)]
    fn involvement<'py>(
        &self,
        py: Python<'py>,
        as_of: Option<&Bound<'py, PyAny>>,
        sourced_rule: Option<&Bound<'py, PyAny>>,
        account_registrations: Option<&Bound<'py, PyAny>>,
        kinds: Option<&Bound<'py, PyAny>>,
        lookback_days: Option<&Bound<'py, PyAny>>,
        account_touches: Option<&Bound<'py, PyAny>>,
        months: Option<&Bound<'py, PyAny>>,
        progress: Option<&Bound<'py, PyAny>>,
        unknown: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let options = Options::new()
            .set("as_of", as_of)?
            .set("sourced_rule", sourced_rule)?
            .set("account_registrations", account_registrations)?
            .set("kinds", kinds)?
            .set("lookback_days", lookback_days)?
            .set("account_touches", account_touches)?
            .set("months", months)?
            .unknown(unknown)?;
        involvement_of(py, self, options, progress)
    }

    /// Open pipeline, and the partners' part in it.
    ///
    /// Args:
    ///     as_of: the day that is looked from.
    ///     kinds: the kinds of touches that count; roles count beside them.
    ///     lookback_days: how many days before the creation a touch counts, or "all".
    ///     account_touches: "through_close", "through_creation" or "drop".
    ///     progress: called with a Progress now and then; what it raises cancels.
    ///
    /// Raises:
    ///     ConfigError: an option is wrong.
    ///     DataError: a table or an exchange rate is missing.
    ///
    /// Example:
    ///     >>> eco.pipeline("2026-11-20").metrics
    #[pyo3(
        signature = (as_of=None, *, kinds=None, lookback_days=None, account_touches=None, progress=None,
            **unknown),
        text_signature = "($self, as_of, *, kinds=None, lookback_days=None, account_touches=None, progress=None)",
    )]
    fn pipeline<'py>(
        &self,
        py: Python<'py>,
        as_of: Option<&Bound<'py, PyAny>>,
        kinds: Option<&Bound<'py, PyAny>>,
        lookback_days: Option<&Bound<'py, PyAny>>,
        account_touches: Option<&Bound<'py, PyAny>>,
        progress: Option<&Bound<'py, PyAny>>,
        unknown: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let options = Options::new()
            .set("as_of", as_of)?
            .set("kinds", kinds)?
            .set("lookback_days", lookback_days)?
            .set("account_touches", account_touches)?
            .unknown(unknown)?;
        pipeline_of(py, self, options, progress)
    }

    /// Partners that share the accounts of deals without anything on the deals: candidates to ask about, never credit.
    ///
    /// Args:
    ///     as_of: the day that is looked from.
    ///     window_days: how many days before the creation a touch on the account counts, or "all".
    ///     months: only opportunities closed in so many months up to as_of, and the open ones.
    ///     kinds: the kinds of touches on accounts that count; an empty list: none.
    ///     relationships: the relationships that count; an empty list: none.
    ///     compare_by: what makes deals comparable: "type", "region", "product".
    ///     min_deals: the fewest compared deals for which a partner is judged.
    ///     min_accounts: the fewest accounts of these deals.
    ///     min_comparable: the fewest other deals that a deal is compared with.
    ///     false_discovery_rate: the largest part of the partners beyond chance that may be there by luck.
    ///     progress: called with a Progress now and then; what it raises cancels.
    ///
    /// Raises:
    ///     ConfigError: an option is wrong.
    ///     DataError: a table or an exchange rate is missing.
    ///
    /// Example:
    ///     >>> eco.inferred_influence("2026-11-20").partners
    #[pyo3(
        signature = (as_of=None, *, window_days=None, months=None, kinds=None, relationships=None, compare_by=None,
            min_deals=None, min_accounts=None, min_comparable=None, false_discovery_rate=None, progress=None,
            **unknown),
        text_signature = "($self, as_of, *, window_days=None, months=None, kinds=None, relationships=None, \
            compare_by=None, min_deals=None, min_accounts=None, min_comparable=None, false_discovery_rate=None, \
            progress=None)",
    )]
    #[allow(clippy::too_many_arguments)]
    fn inferred_influence<'py>(
        &self,
        py: Python<'py>,
        as_of: Option<&Bound<'py, PyAny>>,
        window_days: Option<&Bound<'py, PyAny>>,
        months: Option<&Bound<'py, PyAny>>,
        kinds: Option<&Bound<'py, PyAny>>,
        relationships: Option<&Bound<'py, PyAny>>,
        compare_by: Option<&Bound<'py, PyAny>>,
        min_deals: Option<&Bound<'py, PyAny>>,
        min_accounts: Option<&Bound<'py, PyAny>>,
        min_comparable: Option<&Bound<'py, PyAny>>,
        false_discovery_rate: Option<&Bound<'py, PyAny>>,
        progress: Option<&Bound<'py, PyAny>>,
        unknown: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let options = Options::new()
            .set("as_of", as_of)?
            .set("window_days", window_days)?
            .set("months", months)?
            .set("kinds", kinds)?
            .set("relationships", relationships)?
            .set("compare_by", compare_by)?
            .set("min_deals", min_deals)?
            .set("min_accounts", min_accounts)?
            .set("min_comparable", min_comparable)?
            .set("false_discovery_rate", false_discovery_rate)?
            .unknown(unknown)?;
        inferred_influence_of(py, self, options, progress)
    }

    /// Return on partner investment.
    ///
    /// Args:
    ///     credit: what the partners have earned; channels must be partners.
    ///     as_of: the last day of the window.
    ///     margin: gross margin: one rate from 0 to 1, or a dict by product with "*" for the others.
    ///     shared_key: how shared costs are divided: "credit", "direct_cost", "equal", or a dict of shares.
    ///     months: the months of the window.
    ///     progress: called with a Progress now and then; what it raises cancels.
    ///
    /// Raises:
    ///     ConfigError: an option is wrong.
    ///     DataError: a table is missing.
    ///
    /// Example:
    ///     >>> eco.ropi(credit, "2026-11-20", margin=0.65).partners
    #[pyo3(
        signature = (credit, as_of=None, *, margin=None, shared_key=None, months=None, progress=None, **unknown),
        text_signature = "($self, credit, as_of, *, margin=None, shared_key=None, months=None, progress=None)",
    )]
    #[allow(clippy::too_many_arguments)]
    fn ropi<'py>(
        &self,
        py: Python<'py>,
        credit: &Bound<'py, PyAny>,
        as_of: Option<&Bound<'py, PyAny>>,
        margin: Option<&Bound<'py, PyAny>>,
        shared_key: Option<&Bound<'py, PyAny>>,
        months: Option<&Bound<'py, PyAny>>,
        progress: Option<&Bound<'py, PyAny>>,
        unknown: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let options = Options::new()
            .set("as_of", as_of)?
            .set("margin", margin)?
            .set("shared_key", shared_key)?
            .set("months", months)?
            .unknown(unknown)?;
        let credit = instance::<Credit>(credit, "credit", "Credit")?.get();
        ropi_of(py, self, credit, options, progress)
    }

    /// Credit by several dimensions at once; it adds up to the credit along each of them.
    ///
    /// Args:
    ///     credit: credit of journeys of this ecosystem by partner, of a model with a ledger.
    ///     by: "partner", "parent", "type", "region", "country", "kind", "role", "month", "quarter", "year", "product",
    ///         "opportunity_type", or a column such as "accounts.industry".
    ///     first_month: the month in which fiscal years begin, 1 to 12.
    ///     progress: called with a Progress now and then; what it raises cancels.
    ///
    /// Returns:
    ///     A Table: one column per dimension, deals, touches, conversions, value, share.
    ///
    /// Raises:
    ///     ConfigError: a dimension is not known, or the credit is of other journeys.
    ///     DataError: a column was not given.
    ///
    /// Example:
    ///     >>> eco.credit_by(credit, by=("type", "quarter")).to_pandas()
    #[pyo3(
        signature = (credit, by=None, *, first_month=None, progress=None, **unknown),
        text_signature = "($self, credit, by=None, *, first_month=None, progress=None)",
    )]
    fn credit_by(
        &self,
        py: Python<'_>,
        credit: &Bound<'_, PyAny>,
        by: Option<&Bound<'_, PyAny>>,
        first_month: Option<&Bound<'_, PyAny>>,
        progress: Option<&Bound<'_, PyAny>>,
        unknown: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<Table> {
        let options = Options::new().set("by", by)?.set("first_month", first_month)?.unknown(unknown)?.document();
        let credit = &instance::<Credit>(credit, "credit", "Credit")?.get().inner;
        run(py, rows(&self.inner), progress, |monitor| {
            self.inner.credit_by(credit, &read::<CubeOptions>(&options, PROGRESS)?, monitor).map(Table::new)
        })
    }

    fn __repr__(&self) -> String {
        self.inner.to_string()
    }

    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> PyResult<(Bound<'py, PyAny>, (Bound<'py, PyBytes>,))> {
        let (py, inner) = (slf.py(), &slf.get().inner);
        let bytes = checked(py, py.detach(|| ecosystem_to_bytes(inner)))?;
        Ok((py.import("cosell._cosell")?.getattr("_ecosystem_from_bytes")?, (PyBytes::new(py, &bytes),)))
    }

    fn __copy__(slf: Bound<'_, Self>) -> Bound<'_, Self> {
        slf
    }

    fn __deepcopy__<'py>(slf: Bound<'py, Self>, _memo: &Bound<'py, PyAny>) -> Bound<'py, Self> {
        slf
    }
}

impl Ecosystem {
    fn own(&self, py: Python<'_>, name: &str) -> PyResult<Table> {
        checked(py, py.detach(|| self.inner.table(name))).map(Table::new)
    }
}

fn build(
    py: Python<'_>,
    mut inputs: Vec<(&'static str, Input)>,
    options: &Value,
    progress: Option<&Bound<'_, PyAny>>,
) -> PyResult<Ecosystem> {
    let rows = inputs.iter().map(|(_, input)| input.rows()).sum();
    run(py, rows, progress, move |monitor| {
        let names: Vec<&str> = TABLES.iter().map(|table| table.name).chain(PROGRESS.iter().copied()).collect();
        let options: EcosystemOptions = read(options, &names)?;
        let mut builder = Inner::builder().options(options).monitor(monitor);
        for (name, input) in &mut inputs {
            builder = builder.table(name, input.raw().map_err(|e| e.within(name))?);
        }
        builder.build().map(|inner| Ecosystem { inner })
    })
}

/// An ecosystem from the bytes that pickling wrote.
#[pyfunction]
pub fn _ecosystem_from_bytes(py: Python<'_>, data: &[u8]) -> PyResult<Ecosystem> {
    run(py, data.len(), None, |monitor| ecosystem_from_bytes(data, monitor).map(|inner| Ecosystem { inner }))
}
