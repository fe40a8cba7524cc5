//! [`Counted`]: how many journeys and touches there were, also where those that are held stand for many or are none.

use super::journeys::Journeys;
use crate::engine::accumulate::{StateReader, StateWriter};
use crate::error::Result;

/// What diagnostics count of journeys. Sums of it do not depend on how the journeys were divided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Counted {
    pub(crate) journeys: u64,
    pub(crate) touches: u64,
    /// Journeys without touches.
    pub(crate) untouched: u64,
    /// Those of them that converted.
    pub(crate) unattributed: u64,
    /// With twelve decimals.
    pub(crate) conversions: i128,
    /// With twelve decimals.
    pub(crate) nulls: i128,
}

impl Counted {
    /// What the rows of journeys are, each for itself.
    pub(super) fn rows_of(journeys: &Journeys) -> Self {
        let inner = &*journeys.inner;
        let untouched = || (0..journeys.rows()).filter(|&j| inner.starts[j] == inner.starts[j + 1]);
        let unattributed = match journeys.sample().unattributed().conversions {
            0 => 0,
            _ => untouched().filter(|&j| inner.conversions.get(j) != 0).count(),
        };
        Self {
            journeys: journeys.rows() as u64,
            touches: inner.channel.len() as u64,
            untouched: untouched().count() as u64,
            unattributed: unattributed as u64,
            conversions: inner.conversions.total(),
            nulls: inner.nulls.total(),
        }
    }

    /// Both together.
    pub(super) fn plus(self, other: Self) -> Self {
        Self {
            journeys: self.journeys.saturating_add(other.journeys),
            touches: self.touches.saturating_add(other.touches),
            untouched: self.untouched.saturating_add(other.untouched),
            unattributed: self.unattributed.saturating_add(other.unattributed),
            conversions: self.conversions.saturating_add(other.conversions),
            nulls: self.nulls.saturating_add(other.nulls),
        }
    }

    /// Both together, where both are known.
    pub(super) fn join(mine: Option<Self>, other: Option<Self>) -> Option<Self> {
        mine.zip(other).map(|(mine, other)| mine.plus(other))
    }

    pub(super) fn write(counted: Option<Self>, to: &mut StateWriter) {
        to.u64(counted.is_some().into());
        if let Some(own) = counted {
            [own.journeys, own.touches, own.untouched, own.unattributed].into_iter().for_each(|n| to.u64(n));
            [own.conversions, own.nulls].into_iter().for_each(|n| to.i128(n));
        }
    }

    pub(super) fn read(from: &mut StateReader<'_>) -> Result<Option<Self>> {
        if from.u64()? == 0 {
            return Ok(None);
        }
        let (journeys, touches, untouched, unattributed) = (from.u64()?, from.u64()?, from.u64()?, from.u64()?);
        let (conversions, nulls) = (from.i128()?, from.i128()?);
        Ok(Some(Self { journeys, touches, untouched, unattributed, conversions, nulls }))
    }
}
