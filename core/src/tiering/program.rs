//! [`Program`]: a document whose names are resolved and whose numbers are checked, ready to run.
//!
//! Every metric, every line of a scorecard and every scorecard is a *column*; a metric that is compared with itself some
//! months ago has one more. Criteria are a list of nodes in which children stand before their parents. Numbers may depend
//! on the track, so each track has nodes and formulas of its own; the columns are the same for all.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value;

use super::compile::{self, Numbers};
use super::document::{Attainment, Condition, Goal, Measure, MetricUnit, ProgramDocument, ReviewPolicy};
use crate::document::{self, Format};
use crate::error::{Code, Error, Result};
use crate::money::Currency;

/// The most tiers of a programme.
pub(crate) const MAX_TIERS: usize = 32;
/// The most tracks of a programme.
pub(crate) const MAX_TRACKS: usize = 32;

/// A partner programme, checked and ready to run; cheap to clone and safe to share between threads.
#[derive(Debug, Clone)]
pub struct Program {
    inner: Arc<Compiled>,
}

impl Program {
    /// A programme from its typed document.
    ///
    /// # Errors
    /// Unknown names, circles, tiers without order, impossible numbers: each with the path in the document.
    ///
    /// ```
    /// use cosell::tiering::Program;
    /// let program = Program::from_json(r#"{
    ///     "program": "services", "version": "2026",
    ///     "tiers": [{"tier": "member", "rank": 1}, {"tier": "gold", "rank": 2}],
    ///     "metrics": {"deals": {"measure": "given", "unit": "count"}},
    ///     "qualification": {"gold": {"threshold": {"metric": "deals", "at_least": 5}}}
    /// }"#)?;
    /// assert_eq!(program.tier_names(), ["member", "gold"]);
    /// # Ok::<(), cosell::Error>(())
    /// ```
    pub fn new(document: ProgramDocument) -> Result<Self> {
        Ok(Self { inner: Arc::new(compile::compile(document)?) })
    }

    /// A programme from a JSON value.
    ///
    /// # Errors
    /// Those of [`Program::new`]; unknown keys and wrong types, with the path.
    pub fn from_value(value: &Value) -> Result<Self> {
        Self::new(document::from_value(value)?)
    }

    /// A programme from JSON text.
    ///
    /// # Errors
    /// Those of [`Program::from_value`]; text that is not JSON, too long or too deep.
    pub fn from_json(text: &str) -> Result<Self> {
        Self::from_value(&document::value_from_text(text)?)
    }

    /// A programme from text in any of the formats.
    ///
    /// # Errors
    /// Those of [`ProgramDocument::from_text`] and of [`Program::new`].
    ///
    /// ```
    /// use cosell::document::Format;
    /// use cosell::tiering::Program;
    /// let text = "program: summit\nversion: '2026'\ntiers: [{tier: gold, rank: 1}]\n";
    /// assert_eq!(Program::from_text(text, Format::Yaml)?.tier_names(), ["gold"]);
    /// # Ok::<(), cosell::Error>(())
    /// ```
    pub fn from_text(text: &str, format: Format) -> Result<Self> {
        Self::new(ProgramDocument::from_text(text, format)?)
    }

    /// A programme from the bytes of a file.
    ///
    /// # Errors
    /// [`Code::InvalidDocument`] where they are no UTF-8; those of [`Program::from_text`].
    pub fn from_bytes(bytes: &[u8], format: Format) -> Result<Self> {
        let text = std::str::from_utf8(bytes).map_err(|fault| {
            let at = fault.valid_up_to();
            Error::new(
                Code::InvalidDocument,
                "",
                format!("the document is no UTF-8 text at byte {at}; save it as UTF-8"),
            )
        })?;
        Self::from_text(text, format)
    }

    /// The document.
    pub fn document(&self) -> &ProgramDocument {
        &self.inner.document
    }

    /// The tiers, the lowest first.
    pub fn tier_names(&self) -> Vec<&str> {
        self.inner.tiers.iter().map(|t| t.tier.as_str()).collect()
    }

    pub(crate) fn compiled(&self) -> &Compiled {
        &self.inner
    }
}

/// What a document says, with names resolved.
#[derive(Debug)]
pub(crate) struct Compiled {
    pub(crate) document: ProgramDocument,
    pub(crate) currency: Option<Currency>,
    /// The lowest first.
    pub(crate) tiers: Vec<TierRule>,
    /// At least one; a programme without tracks has one without a name.
    pub(crate) tracks: Vec<TrackRules>,
    pub(crate) track_names: Vec<Option<String>>,
    /// Metrics by name, the same some months ago, lines and totals of scorecards.
    pub(crate) columns: Vec<ColumnRule>,
    /// The attributes that criteria name; conditions refer to them by number.
    pub(crate) attributes: Vec<String>,
    /// The columns by the names under which they are handed in.
    pub(crate) given: BTreeMap<String, usize>,
    /// The columns that have to be handed in where no other one is: with all of them there, none is missing.
    pub(crate) needed: Vec<usize>,
}

impl Compiled {
    /// The numbers of a measure, which is made before a partner's track is known: none of them can be by track.
    pub(crate) fn numbers(&self) -> Numbers<'_> {
        Numbers::new(&self.document, self.currency, None, &self.track_names, &self.tiers)
    }

    /// The column of that name, measured today.
    pub(crate) fn column(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|c| c.name == name && c.months_ago == 0)
    }

    /// The number of a tier, the lowest is 0.
    pub(crate) fn tier(&self, name: &str) -> Option<usize> {
        self.tiers.iter().position(|t| t.tier == name)
    }
}

/// A tier.
#[derive(Debug)]
pub(crate) struct TierRule {
    pub(crate) tier: String,
    pub(crate) attainment: Attainment,
    /// When partners come to it and fall from it.
    pub(crate) review: ReviewPolicy,
    /// Whether that is its own, and not the programme's.
    pub(crate) own_review: bool,
}

/// A column of numbers, one for each partner (and scope).
#[derive(Debug, Clone)]
pub(crate) struct ColumnRule {
    /// The metric, `scorecard.line` or scorecard.
    pub(crate) name: String,
    pub(crate) kind: ColumnRole,
    pub(crate) unit: MetricUnit,
    pub(crate) goal: Goal,
    /// Measured as of so many months before the day.
    pub(crate) months_ago: u32,
}

/// Where the numbers of a column come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ColumnRole {
    /// Handed in, or measured from the facts.
    Base,
    /// Made of other columns.
    Derived,
    /// A line of a scorecard.
    Line,
    /// The total of a scorecard.
    Total,
}

/// The rules of one track.
#[derive(Debug, Default)]
pub(crate) struct TrackRules {
    /// `None` in a programme without tracks.
    pub(crate) track: Option<String>,
    /// Derived columns, lines and totals; each stands behind those that it is made of.
    pub(crate) formulas: Vec<(usize, Formula)>,
    /// Children stand before their parents.
    pub(crate) nodes: Vec<Node>,
    /// The place of each node in the document.
    pub(crate) paths: Vec<String>,
    /// The node of each tier's qualification; `None`: everybody meets it for the lowest tier, nobody for another.
    pub(crate) qualification: Vec<Option<usize>>,
    /// The node of each tier's maintenance; the qualification's where the document has none.
    pub(crate) maintenance: Vec<Option<usize>>,
    /// Which partners the track is for; `None`: all others.
    pub(crate) when: Option<usize>,
    /// The column that is shown as the score.
    pub(crate) score: Option<usize>,
}

/// How a column is made of others.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Formula {
    Ratio { of: usize, to: usize, to_at_most: Option<f64>, when_zero: Option<f64> },
    Change { now: usize, then: usize, relative: bool, base_at_least: Option<f64> },
    Highest(Vec<(usize, f64)>),
    Lowest(Vec<(usize, f64)>),
    Sum(Vec<(usize, f64)>),
    Line { max: f64, points: LineFormula },
    Total { lines: Vec<usize>, max: f64 },
}

/// How the points of a line are made; alternatives are (column, threshold).
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum LineFormula {
    BestOf(Vec<(usize, f64)>),
    SumOf(Vec<(usize, f64)>),
    Full(usize, f64),
    /// (from, points), from the lowest.
    Bands(usize, Vec<(f64, f64)>),
    Steps(Vec<StepFormula>),
}

/// A step of a line.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct StepFormula {
    pub(crate) column: usize,
    pub(crate) need: f64,
    pub(crate) each: f64,
    pub(crate) max: f64,
}

/// A criterion.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Node {
    Always,
    All(Vec<usize>),
    Any(Vec<usize>),
    NOf(usize, Vec<usize>),
    Not(usize),
    Test(Test),
    /// Each of these columns is above 0.
    Positive(Vec<usize>),
    Top(TopRule),
    Attribute {
        attribute: usize,
        condition: Condition,
    },
    Held {
        tier: usize,
        months: u32,
    },
}

/// Bounds of a column.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Test {
    pub(crate) column: usize,
    pub(crate) low: Option<Bound>,
    pub(crate) high: Option<Bound>,
    /// Shown as a gate of yes and no.
    pub(crate) gate: bool,
}

/// A bound, which itself is in or out.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Bound {
    pub(crate) limit: f64,
    pub(crate) strict: bool,
}

impl Test {
    #[inline]
    pub(crate) fn holds(&self, value: f64) -> bool {
        let low = self.low.is_none_or(|b| if b.strict { value > b.limit } else { value >= b.limit });
        let high = self.high.is_none_or(|b| if b.strict { value < b.limit } else { value <= b.limit });
        // A missing value lies within no bounds.
        low && high && !value.is_nan()
    }
}

/// The top of a population.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct TopRule {
    pub(crate) column: usize,
    pub(crate) share: f64,
    /// Attributes that divide the population.
    pub(crate) within: Vec<usize>,
}

/// What a measure gives, where the document does not say.
pub(crate) fn unit_of(measure: &Measure, units: &BTreeMap<&str, MetricUnit>) -> MetricUnit {
    let of_input = |name: &str| units.get(name).copied().unwrap_or(MetricUnit::Number);
    match measure {
        Measure::Count(_) => MetricUnit::Count,
        Measure::CountDistinct(facts) if facts.of.as_deref() == Some("person_id") => MetricUnit::People,
        Measure::CountDistinct(_) => MetricUnit::Count,
        Measure::Points(_) => MetricUnit::Points,
        Measure::Coverage(_) => MetricUnit::Share,
        // A sum of amounts is known to be money where it is measured; a document can say so.
        Measure::Sum(facts) | Measure::Average(facts) | Measure::Maximum(facts) => match facts.of.as_deref() {
            Some("amount" | "recurring_amount" | "value") => MetricUnit::Money,
            _ => MetricUnit::Number,
        },
        Measure::Ratio(ratio) if of_input(&ratio.of) == of_input(&ratio.to) => MetricUnit::Share,
        Measure::Change(change) if change.relative => MetricUnit::Share,
        Measure::Change(change) => of_input(&change.of),
        Measure::Ago(ago) => of_input(&ago.of),
        Measure::HighestOf(inputs) | Measure::LowestOf(inputs) | Measure::SumOf(inputs) => {
            inputs.first().map_or(MetricUnit::Number, |input| of_input(&input.metric))
        }
        Measure::Given | Measure::Latest(_) | Measure::Ratio(_) => MetricUnit::Number,
    }
}
