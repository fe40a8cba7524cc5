//! What a touch is called: the channel of a partner or of a touch, and its role.

use std::sync::Arc;

use hashbrown::HashMap;

use crate::attribution::options::Channel;
use crate::error::{Code, Error, Result, did_you_mean, one_of, quoted};
use crate::facts::store::{Chunk, Stored, Values};
use crate::facts::{Ecosystem, opportunity_partners, partners, touchpoints};
use crate::table::{Interner, Key, KeySpace, NULL};

/// How a touch becomes a channel: by its partner, or by a column of its own.
pub(super) struct Naming {
    /// The channel of each partner, by code of the partner.
    pub(super) by_partner: Option<Vec<u32>>,
    pub(super) by_touch: Option<TouchColumn>,
    /// The names behind the channel codes; partners are their own codes.
    pub(super) names: Arc<Interner>,
}

pub(super) enum TouchColumn {
    Column(usize),
    Role,
}

impl Naming {
    pub(super) fn new(eco: &Ecosystem, channel: &Channel) -> Result<Self> {
        let partner = |column: usize| Self::of_partner_column(eco, column);
        match channel {
            Channel::Partner => {
                let keys = eco.keys(KeySpace::Partner);
                let roots = (0..keys.len() as u32).map(|c| eco.partner_root(c)).collect();
                Ok(Self { by_partner: Some(roots), by_touch: None, names: Arc::clone(keys) })
            }
            Channel::Type => partner(partners::Col::types as usize),
            Channel::Region => partner(partners::Col::region as usize),
            Channel::Kind => Self::of_touch_column(eco, touchpoints::Col::kind as usize),
            Channel::Role => Ok(Self { by_partner: None, by_touch: Some(TouchColumn::Role), names: Arc::default() }),
            Channel::Column(table, name) => {
                let stored = eco.need(table)?;
                let column = stored.spec.column(name).or_else(|| stored.attribute(name).map(|(index, _)| index));
                let Some(column) = column else {
                    let names = || {
                        let attributes = stored.attributes.iter().map(|a| a.name.as_str());
                        stored.spec.columns.iter().map(|c| c.name).chain(attributes)
                    };
                    let hint = did_you_mean(name, names());
                    return Err(Error::new(
                        Code::UnknownColumn,
                        "channel",
                        format!("{table} has no column {}; it has {}{hint}", quoted(name), one_of(names())),
                    ));
                };
                if table == "partners" { partner(column) } else { Self::of_touch_column(eco, column) }
            }
        }
    }

    /// Channels by a column of the partners; the column's own dictionary, or the texts of its values.
    fn of_partner_column(eco: &Ecosystem, column: usize) -> Result<Self> {
        let stored = eco.need("partners")?;
        let chunk = eco.keyed("partners");
        check_given(stored, column)?;
        let mut names = Interner::default();
        let mut by_partner = vec![NULL; eco.keys(KeySpace::Partner).len()];
        for (code, channel) in by_partner.iter_mut().enumerate() {
            if let Some(row) = eco.row_of("partners", eco.partner_root(code as u32))
                && let Some(text) = text_of(eco, stored, &chunk, column, row)
            {
                *channel = names.intern(Key::Text(&text))?;
            }
        }
        Ok(Self { by_partner: Some(by_partner), by_touch: None, names: Arc::new(names) })
    }

    fn of_touch_column(eco: &Ecosystem, column: usize) -> Result<Self> {
        let stored = eco.need("touchpoints")?;
        check_given(stored, column)?;
        let names = match stored.spec.columns.get(column).map(|c| c.kind) {
            Some(crate::table::ColumnKind::Id(space)) => Arc::clone(eco.keys(space)),
            _ => Arc::clone(&stored.dictionaries[column]),
        };
        let coded = stored.chunks.iter().all(|c| matches!(c.columns.get(column), Some(None | Some(Values::Codes(_)))));
        if !coded {
            return Err(Error::new(
                Code::InvalidOption,
                "channel",
                "channels need a column of ids or text; this one holds numbers or times",
            ));
        }
        Ok(Self { by_partner: None, by_touch: Some(TouchColumn::Column(column)), names })
    }
}

/// A column that names channels must have been given.
pub(in crate::attribution) fn check_given(stored: &Stored, column: usize) -> Result<()> {
    let absent = |c: &Arc<Chunk>| c.columns.get(column).is_none_or(Option::is_none);
    if stored.rows() == 0 || !stored.chunks.iter().all(absent) {
        return Ok(());
    }
    let (table, name) = (stored.spec.name, stored.spec.columns.get(column).map_or("", |c| c.name));
    let message = format!("channels by {table}.{name} need that column, which the table was not given");
    Err(Error::new(Code::MissingColumn, "channel", message).with("column", format!("{table}.{name}")))
}

/// The value of a cell as text, for channels.
pub(in crate::attribution) fn text_of(
    eco: &Ecosystem,
    stored: &Stored,
    chunk: &Chunk,
    column: usize,
    row: usize,
) -> Option<String> {
    match chunk.columns.get(column)?.as_ref()? {
        Values::Codes(codes) => match stored.spec.columns.get(column).map(|c| c.kind) {
            Some(crate::table::ColumnKind::Id(space)) => eco.keys(space).show(codes[row]),
            _ => stored.dictionaries[column].show(codes[row]),
        },
        Values::Number(_) => chunk.number(column, row).map(|n| n.to_string()),
        Values::Small(_) => chunk.member(column, row).map(|m| (m == 1).to_string()),
        Values::Days(_) => chunk.date(column, row).map(|d| crate::calendar::Date(d).to_string()),
        Values::Wide(_) => chunk.instant(column, row).map(crate::calendar::format_instant),
    }
}

/// The roles of touches and of opportunity_partners in one numbering.
pub(super) struct RoleBook {
    pub(super) roles: Interner,
    /// From the touchpoints' dictionary.
    pub(super) of_touches: Vec<u32>,
    /// From the dictionary of opportunity_partners.
    pub(super) of_rows: Vec<u32>,
    /// The role of a partner on an opportunity: the first by name where there are several.
    pub(super) on: HashMap<(u32, u32), u32>,
}

impl RoleBook {
    pub(super) fn new(eco: &Ecosystem) -> Result<Self> {
        let mut roles = Interner::default();
        let mut map = |table: &str, column: usize| -> Result<Vec<u32>> {
            let Some(stored) = eco.stored(table) else { return Ok(Vec::new()) };
            let dictionary = &stored.dictionaries[column];
            (0..dictionary.len() as u32).map(|c| roles.intern(dictionary.key(c))).collect()
        };
        let of_touches = map("touchpoints", touchpoints::Col::role as usize)?;
        let of_rows = map("opportunity_partners", opportunity_partners::Col::role as usize)?;
        let ranks = roles.ranks();
        let mut on: HashMap<(u32, u32), u32> = HashMap::new();
        for (_, _, deal, partner, role) in role_rows(eco, &of_rows) {
            let known = on.entry((deal, partner)).or_insert(role);
            if ranks[role as usize] < ranks[*known as usize] {
                *known = role;
            }
        }
        Ok(Self { roles, of_touches, of_rows, on })
    }
}

/// The rows of opportunity_partners: where they stand, opportunity, partner root, role.
pub(super) fn role_rows<'a>(
    eco: &'a Ecosystem,
    roles: &'a [u32],
) -> impl Iterator<Item = (&'a Chunk, usize, u32, u32, u32)> + 'a {
    use opportunity_partners::Col;
    eco.stored("opportunity_partners").into_iter().flat_map(|s| &s.chunks).flat_map(move |chunk| {
        (0..chunk.rows).map(move |row| {
            let role = chunk.code(Col::role as usize, row);
            let role = roles.get(role as usize).copied().unwrap_or(NULL);
            let partner = eco.partner_root(chunk.code(Col::partner_id as usize, row));
            (&**chunk, row, chunk.code(Col::opportunity_id as usize, row), partner, role)
        })
    })
}
