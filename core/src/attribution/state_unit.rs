//! What the values of a state are in, and its name in the state's bytes.

use crate::error::{Code, Error, Result};
use crate::money::Currency;
use crate::table::Unit;

/// What the values that a state has read are in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum StateUnit {
    /// Nothing was read yet.
    #[default]
    Unread,
    /// This unit; `None`: there are no values.
    Of(Option<Unit>),
}

impl StateUnit {
    /// The unit after reading values of `unit`.
    pub(super) fn then(self, unit: Option<Unit>) -> Result<Self> {
        match self {
            Self::Of(known) if known != unit => {
                let (got, expected) = (Self::Of(unit).words(), self.words());
                let message = format!("the new journeys have {got}, those before {expected}; convert them first");
                let error = Error::new(Code::IncompatibleState, "value", message);
                Err(error.with("got", got).with("expected", expected))
            }
            _ => Ok(Self::Of(unit)),
        }
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Unread => "unset",
            Self::Of(None) => "none",
            Self::Of(Some(Unit::Minor)) => "minor",
            Self::Of(Some(Unit::Plain(_))) => "plain",
            Self::Of(Some(Unit::Currency(currency))) => currency.code(),
        }
    }

    fn words(self) -> String {
        match self {
            Self::Unread => "nothing yet".to_owned(),
            Self::Of(None) => "no values".to_owned(),
            Self::Of(Some(Unit::Minor)) => "values in minor units without a currency".to_owned(),
            Self::Of(Some(Unit::Plain(_))) => "values that are plain numbers".to_owned(),
            Self::Of(Some(Unit::Currency(currency))) => format!("values in {}", currency.code()),
        }
    }

    /// The unit; none where nothing was read.
    pub(super) fn unit(self) -> Option<Unit> {
        match self {
            Self::Unread => None,
            Self::Of(unit) => unit,
        }
    }

    /// The unit of a name; plain values with so many decimals.
    pub(super) fn named(name: &str, digits: u8) -> Result<Self> {
        Ok(match name {
            "unset" => Self::Unread,
            "none" => Self::Of(None),
            "minor" => Self::Of(Some(Unit::Minor)),
            "plain" => Self::Of(Some(Unit::Plain(digits))),
            code => Self::Of(Some(Unit::Currency(Currency::parse(code).map_err(|_| {
                Error::new(Code::CorruptState, "state", "the state's values are in a currency that does not exist")
            })?))),
        })
    }
}
