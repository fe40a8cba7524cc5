//! The tables that metrics read: how their rows belong to partners and customers, and what dates them.

use std::borrow::Cow;
use std::sync::Arc;

use crate::attribution::Credit;
use crate::engine::monitor::Monitor;
use crate::error::{Code, Error, Result, quoted};
use crate::facts::store::{AttributeKind, Chunk, NULL_WIDE, Stored, Values as Column};
use crate::facts::{
    Ecosystem, account_partners, activities, credentials, investments, lines, measurements, opportunities, people,
    registrations, touchpoints,
};
use crate::table::{ColumnData, ColumnKind, ColumnSpec, Edge, Interner, Key, KeySpace, NULL, TableSpec, Unit};
use crate::tiering::document::Source;

/// How a row belongs to partners.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Owner {
    /// By this column.
    Column(usize),
    /// By its opportunity, as `via` says.
    Opportunity,
    /// By what was measured: the partner itself, or those of the account or opportunity.
    Subject,
}

/// What metrics know of a table.
#[derive(Debug, Clone, Copy)]
pub(super) struct Described {
    pub(super) spec: &'static TableSpec,
    pub(super) owner: Owner,
    /// The column of the opportunity; for the table of opportunities, of itself.
    pub(super) opportunity: Option<usize>,
    pub(super) account: Option<usize>,
    /// The column that dates a row.
    pub(super) date: usize,
    /// The first and last day of a row that has a period.
    pub(super) period: Option<(usize, usize)>,
    /// Whether rows count while they are in force, where the document does not say.
    pub(super) in_force: bool,
    /// What tells rows apart that have no key, beside their partner and date.
    pub(super) identity: &'static [usize],
}

/// What is known of the table of a source.
pub(super) fn described(source: &Source) -> Described {
    let table = |spec, owner, date: usize| Described {
        spec,
        owner,
        opportunity: None,
        account: None,
        date,
        period: None,
        in_force: false,
        identity: &[],
    };
    match source {
        Source::Opportunities => {
            use opportunities::Col;
            Described {
                opportunity: Some(Col::opportunity_id as usize),
                account: Some(Col::account_id as usize),
                ..table(&opportunities::SPEC, Owner::Opportunity, Col::closed_at as usize)
            }
        }
        Source::Lines => {
            use lines::Col;
            Described {
                opportunity: Some(Col::opportunity_id as usize),
                period: Some((Col::start_on as usize, Col::end_on as usize)),
                identity: &[Col::opportunity_id as usize, Col::line_id as usize],
                ..table(&lines::SPEC, Owner::Opportunity, Col::start_on as usize)
            }
        }
        Source::Credentials => {
            use credentials::Col;
            Described {
                period: Some((Col::earned_on as usize, Col::expires_on as usize)),
                in_force: true,
                identity: &[Col::code as usize, Col::kind as usize, Col::level as usize, Col::person_id as usize],
                ..table(&credentials::SPEC, Owner::Column(Col::partner_id as usize), Col::earned_on as usize)
            }
        }
        Source::People => {
            use people::Col;
            Described {
                period: Some((Col::valid_from as usize, Col::valid_to as usize)),
                in_force: true,
                ..table(&people::SPEC, Owner::Column(Col::partner_id as usize), Col::valid_from as usize)
            }
        }
        Source::Activities => {
            use activities::Col;
            Described {
                account: Some(Col::account_id as usize),
                identity: &[Col::kind as usize, Col::person_id as usize, Col::account_id as usize],
                ..table(&activities::SPEC, Owner::Column(Col::partner_id as usize), Col::at as usize)
            }
        }
        Source::Registrations => {
            use registrations::Col;
            Described {
                opportunity: Some(Col::opportunity_id as usize),
                account: Some(Col::account_id as usize),
                period: Some((Col::submitted_at as usize, Col::expires_at as usize)),
                ..table(&registrations::SPEC, Owner::Column(Col::partner_id as usize), Col::submitted_at as usize)
            }
        }
        Source::Touchpoints => {
            use touchpoints::Col;
            Described {
                opportunity: Some(Col::opportunity_id as usize),
                account: Some(Col::account_id as usize),
                identity: &[
                    Col::opportunity_id as usize,
                    Col::account_id as usize,
                    Col::kind as usize,
                    Col::person_id as usize,
                ],
                ..table(&touchpoints::SPEC, Owner::Column(Col::partner_id as usize), Col::at as usize)
            }
        }
        Source::Investments => {
            use investments::Col;
            Described {
                period: Some((Col::service_from as usize, Col::service_to as usize)),
                identity: &[Col::category as usize, Col::campaign_id as usize],
                ..table(&investments::SPEC, Owner::Column(Col::partner_id as usize), Col::on as usize)
            }
        }
        Source::Measurements => {
            use measurements::Col;
            Described {
                identity: &[Col::subject as usize, Col::id as usize, Col::metric as usize, Col::scope as usize],
                ..table(&measurements::SPEC, Owner::Subject, Col::at as usize)
            }
        }
        Source::AccountPartners => {
            use account_partners::Col;
            Described {
                account: Some(Col::account_id as usize),
                period: Some((Col::valid_from as usize, Col::valid_to as usize)),
                in_force: true,
                identity: &[Col::account_id as usize, Col::relationship as usize],
                ..table(&account_partners::SPEC, Owner::Column(Col::partner_id as usize), Col::valid_from as usize)
            }
        }
        Source::Credit(_) => Described {
            opportunity: Some(CREDIT_OPPORTUNITY),
            identity: &[CREDIT_OPPORTUNITY],
            ..table(&CREDIT, Owner::Column(CREDIT_PARTNER), CREDIT_AT)
        },
    }
}

/// The rows of a source.
pub(super) fn rows<'a>(
    eco: &'a Ecosystem,
    source: &Source,
    credit: &std::collections::BTreeMap<String, &Credit>,
    path: &str,
    monitor: &Monitor,
) -> Result<(Cow<'a, Stored>, u64)> {
    if let Source::Credit(name) = source {
        let Some(credit) = credit.get(name) else {
            let text = format!(
                "{path} reads the credit {}, which was not handed in; give it as credit={{{name:?}: ...}}",
                quoted(name)
            );
            return Err(Error::new(Code::MissingOption, format!("credit.{name}"), text).with("option", path));
        };
        let (stored, strangers) = ledger(eco, credit, &format!("credit.{name}"), monitor)?;
        return Ok((Cow::Owned(stored), strangers));
    }
    let name = described(source).spec.name;
    need(eco, name, path).map(|stored| (Cow::Borrowed(stored), 0))
}

/// A table that a part of the document needs.
pub(super) fn need<'a>(eco: &'a Ecosystem, name: &str, path: &str) -> Result<&'a Stored> {
    eco.stored(name).ok_or_else(|| {
        let text = format!(
            "{path} reads the table {name:?}, which the ecosystem was not given; give it, or change the metric"
        );
        Error::new(Code::MissingTable, name, text).with("option", path)
    })
}

/// Fails where a column that a part of the document needs was not given; a table without rows has every column.
pub(super) fn need_column(stored: &Stored, column: usize, path: &str) -> Result<()> {
    let given = stored.chunks.iter().any(|c| c.columns.get(column).is_some_and(Option::is_some));
    if given || stored.rows() == 0 {
        return Ok(());
    }
    let (table, column) = (stored.spec.name, stored.spec.columns.get(column).map_or("", |c| c.name));
    let text = format!(
        "{path} reads {table}.{column}, which the ecosystem was not given; give the column, or change the metric"
    );
    Err(Error::new(Code::MissingColumn, format!("{table}.{column}"), text).with("option", path))
}

/// The kind of a column or attribute by its number.
pub(super) fn kind_of(stored: &Stored, column: usize) -> Option<Result<ColumnKind, AttributeKind>> {
    let width = stored.spec.columns.len();
    match stored.spec.columns.get(column) {
        Some(spec) => Some(Ok(spec.kind)),
        None => stored.attributes.get(column - width).map(|a| Err(a.kind)),
    }
}

const CREDIT_PARTNER: usize = 0;
const CREDIT_OPPORTUNITY: usize = 1;
const CREDIT_AT: usize = 2;

const fn credit_column(name: &'static str, kind: ColumnKind) -> ColumnSpec {
    ColumnSpec { name, kind, required: false, doc: "" }
}

/// The ledger of a credit as a table of facts.
static CREDIT: TableSpec = TableSpec {
    name: "credit",
    doc: "",
    key: None,
    unique: &[],
    columns: &[
        credit_column("partner_id", ColumnKind::Id(KeySpace::Partner)),
        credit_column("opportunity_id", ColumnKind::Id(KeySpace::Opportunity)),
        credit_column("at", ColumnKind::Instant(Edge::Start)),
        credit_column("conversions", ColumnKind::Number(f64::MIN, f64::MAX)),
        credit_column("value", ColumnKind::Amount),
        credit_column("currency", ColumnKind::Currency),
        credit_column("weight", ColumnKind::Number(f64::MIN, f64::MAX)),
    ],
};
/// The same with values that have no currency.
static PLAIN_CREDIT: TableSpec = TableSpec {
    name: "credit",
    doc: "",
    key: None,
    unique: &[],
    columns: &[
        credit_column("partner_id", ColumnKind::Id(KeySpace::Partner)),
        credit_column("opportunity_id", ColumnKind::Id(KeySpace::Opportunity)),
        credit_column("at", ColumnKind::Instant(Edge::Start)),
        credit_column("conversions", ColumnKind::Number(f64::MIN, f64::MAX)),
        credit_column("value", ColumnKind::Number(f64::MIN, f64::MAX)),
        credit_column("currency", ColumnKind::Currency),
        credit_column("weight", ColumnKind::Number(f64::MIN, f64::MAX)),
    ],
};

/// The ledger of a credit by partner, and how many of its rows name no partner of the ecosystem.
fn ledger(eco: &Ecosystem, credit: &Credit, path: &str, monitor: &Monitor) -> Result<(Stored, u64)> {
    let Some(table) = credit.shared_ledger(monitor)? else {
        let text = format!(
            "{path} divides totals and not journeys; take a model with a ledger, such as markov(credit=\"journey\")"
        );
        return Err(Error::new(Code::InvalidOption, path, text));
    };
    let rows = table.len();
    let codes = |name: &str, space: KeySpace| -> Vec<u32> {
        let Some(ColumnData::Keys(codes, names)) = table.column(name) else { return vec![NULL; rows] };
        let known = eco.keys(space);
        let own: Vec<u32> = (0..names.len() as u32).map(|code| find(known, names.key(code)).unwrap_or(NULL)).collect();
        codes.iter().map(|&code| own.get(code as usize).copied().unwrap_or(NULL)).collect()
    };
    let partner = codes("channel", KeySpace::Partner);
    let numbers = |name: &str| match table.column(name) {
        Some(ColumnData::Float(values)) => Column::Number(values.iter().map(|v| v.unwrap_or(f64::NAN)).collect()),
        _ => Column::Number(vec![f64::NAN; rows]),
    };
    let (spec, value, currency) = match table.column("value").or_else(|| table.column("value_minor")) {
        Some(ColumnData::Money(values, Unit::Currency(currency))) => {
            let minor = values.iter().map(|v| v.map_or(Ok(NULL_WIDE), i64::try_from)).collect::<Result<_, _>>();
            let Ok(minor) = minor else {
                let text = format!("{path} has an amount beyond 64-bit minor units");
                return Err(Error::new(Code::AmountOutOfRange, path, text));
            };
            (&CREDIT, Some(Column::Wide(minor)), Some(Column::Small(vec![currency.number(); rows])))
        }
        Some(ColumnData::Money(values, unit)) => {
            let digits = unit.digits();
            let plain = |v: &Option<i128>| v.map_or(f64::NAN, |v| crate::money::fixed_to_f64(v, digits));
            (&PLAIN_CREDIT, Some(Column::Number(values.iter().map(plain).collect())), None)
        }
        _ => (&CREDIT, None, None),
    };
    let at = match table.column("at") {
        Some(ColumnData::Instant(at)) => at.clone(),
        _ => vec![NULL_WIDE; rows],
    };
    let reserved = |code: u32| match table.column("channel") {
        Some(ColumnData::Keys(_, names)) => matches!(names.key(code), Key::Text(t) if t.starts_with('(')),
        _ => true,
    };
    let strangers = match table.column("channel") {
        Some(ColumnData::Keys(codes, _)) => {
            let stranger = |(&code, &own): (&u32, &u32)| own == NULL && code != NULL && !reserved(code);
            codes.iter().zip(&partner).filter(|&pair| stranger(pair)).count() as u64
        }
        _ => 0,
    };
    let columns = vec![
        Some(Column::Codes(partner)),
        Some(Column::Codes(codes("journey", KeySpace::Opportunity))),
        Some(Column::Wide(at)),
        Some(numbers("conversions")),
        value,
        currency,
        Some(numbers("weight")),
    ];
    let chunk = Chunk { rows, columns, source: (0..rows as u32).collect() };
    let dictionaries = vec![Arc::default(); spec.columns.len()];
    Ok((Stored { spec, chunks: vec![Arc::new(chunk)], dictionaries, attributes: Vec::new() }, strangers))
}

/// The code of an id that may be written as text where the ids are whole numbers.
pub(super) fn find(known: &Interner, key: Key<'_>) -> Option<u32> {
    known.find(key).or_else(|| match key {
        Key::Text(text) => known.find(Key::Int(text.parse().ok()?)),
        Key::Int(id) => known.find(Key::Text(&id.to_string())),
    })
}

/// The row of each code of a table with a key in its first column.
pub(super) fn rows_by_code(chunk: &Chunk, codes: usize) -> Vec<u32> {
    let mut rows = vec![NULL; codes];
    for (row, &code) in chunk.codes(0).unwrap_or_default().iter().enumerate() {
        if let Some(place) = rows.get_mut(code as usize) {
            *place = row as u32;
        }
    }
    rows
}
