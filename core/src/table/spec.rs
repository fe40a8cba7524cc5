//! What the columns of an input table are.
//!
//! Each table of `facts` declares its columns once, as a [`TableSpec`]; reading, checking, documentation and schemas all
//! come from it.

/// A kind of thing that has ids of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum KeySpace {
    /// Partners.
    Partner,
    /// Accounts.
    Account,
    /// Opportunities.
    Opportunity,
    /// Touchpoints.
    Touch,
    /// Registrations.
    Registration,
    /// People.
    Person,
    /// Campaigns.
    Campaign,
    /// Owners (users of the CRM).
    Owner,
    /// Lines of opportunities.
    Line,
}

impl KeySpace {
    /// How many kinds there are.
    pub const COUNT: usize = 9;

    /// As a message names it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Partner => "partner",
            Self::Account => "account",
            Self::Opportunity => "opportunity",
            Self::Touch => "touch",
            Self::Registration => "registration",
            Self::Person => "person",
            Self::Campaign => "campaign",
            Self::Owner => "owner",
            Self::Line => "line",
        }
    }
}

/// Which end of a day a date without a time stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Edge {
    /// Its first microsecond: the date starts a period or dates an event.
    Start,
    /// Its last microsecond: the date ends a period.
    End,
}

/// What the values of a column are.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub enum ColumnKind {
    /// Ids of a key space.
    Id(KeySpace),
    /// Ids of any key space, kept as text.
    AnyId,
    /// Ids of the key space that another column of the row names: that column, a closed list, and the key space of each of
    /// its members.
    IdOf(&'static str, &'static [KeySpace]),
    /// Any text.
    Text,
    /// One of a closed list; any other value is a fault, because rules depend on it.
    Closed(&'static [&'static str]),
    /// One of an open list; other values are kept as `custom:...` and reported.
    Class(&'static [&'static str]),
    /// Several of an open list.
    Classes(&'static [&'static str]),
    /// An amount of money in the currency of its row.
    Amount,
    /// An ISO 4217 code.
    Currency,
    /// A positive factor, read exactly to twelve decimals.
    Rate,
    /// A finite number between two bounds, inclusive.
    Number(f64, f64),
    /// An instant.
    Instant(Edge),
    /// A civil date.
    Date,
    /// True or false.
    Flag,
}

impl ColumnKind {
    /// The type, as documents and messages name it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Id(_) | Self::AnyId | Self::IdOf(..) => "id (text or whole number)",
            Self::Text => "text",
            Self::Closed(_) => "one of a list",
            Self::Class(_) => "one of an open list",
            Self::Classes(_) => "one or more of an open list",
            Self::Amount => "amount (decimal, number or text)",
            Self::Currency => "ISO 4217 code",
            Self::Rate => "positive decimal number",
            Self::Number(..) => "number",
            Self::Instant(_) => "instant (timestamp, date or ISO 8601 text)",
            Self::Date => "date",
            Self::Flag => "true or false",
        }
    }
}

/// One column of an input table.
#[derive(Debug, Clone, Copy)]
pub struct ColumnSpec {
    /// Its name.
    pub name: &'static str,
    /// What its values are.
    pub kind: ColumnKind,
    /// Whether every row needs a value.
    pub required: bool,
    /// What it means.
    pub doc: &'static str,
}

/// One input table.
#[derive(Debug, Clone, Copy)]
pub struct TableSpec {
    /// Its name.
    pub name: &'static str,
    /// What it holds.
    pub doc: &'static str,
    /// The column of its own ids, which other tables refer to.
    pub key: Option<&'static str>,
    /// The columns whose values stand once together, where that is more than the key alone; a row without a value of the
    /// first one may stand as often as it likes.
    pub unique: &'static [&'static str],
    /// Its columns, in order.
    pub columns: &'static [ColumnSpec],
}

impl TableSpec {
    /// The column of that name.
    pub fn column(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|c| c.name == name)
    }

    /// The columns whose values stand once together: those of `unique`, else the key; none where rows may repeat.
    pub(crate) fn unique_columns(&self) -> Vec<usize> {
        let key = self.key.as_slice();
        let names = if self.unique.is_empty() { key } else { self.unique };
        names.iter().filter_map(|name| self.column(name)).collect()
    }

    /// The key spaces of a column of ids, each with the column and the member of its list that choose it, where a column
    /// does; none for other columns.
    pub(crate) fn spaces(&self, column: usize) -> Vec<(Option<(usize, u8)>, KeySpace)> {
        match self.columns[column].kind {
            ColumnKind::Id(space) => vec![(None, space)],
            ColumnKind::IdOf(by, spaces) => {
                let Some(by) = self.column(by) else { return Vec::new() };
                (0_u8..).zip(spaces).map(|(member, &space)| (Some((by, member)), space)).collect()
            }
            _ => Vec::new(),
        }
    }
}
