//! Position-based: fixed shares to the first and the last touch, and, in the W shape, to the touch at the creation of the
//! opportunity; the other touches share the rest equally.
//!
//! The U shape is 40/20/40, the W shape 30/30/30/10. One touch has everything; two touches share first : last. The
//! creation's touch is the last one at or before the creation. Where there is no such touch between the first and the last
//! (or the creation is unknown) the preset W falls back to the U shape, and shares of the caller's own to first : last :
//! rest without the creation's; the reason says so. Without other touches the fixed shares are scaled up.

use serde::{Deserialize, Serialize};

use crate::attribution::journeys::View;
use crate::attribution::model::{Looks, Reason, Rule, Spread, check_weight, parts};
use crate::error::{Code, Error, Result};

/// A named shape.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Preset {
    /// 40 first, 20 between, 40 last.
    U,
    /// 30 first, 30 creation, 30 last, 10 the others.
    W,
}

/// Fixed shares by position; give a preset or shares, not both. Default: the U shape.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct PositionBased {
    /// A named shape: `u` (0.4 first, 0.4 last) or `w` (0.3 first, creation and last; `u` where the creation has no touch).
    pub preset: Option<Preset>,
    /// The share of the first touch, 0 to 1. Default 0.4.
    pub first: Option<f64>,
    /// The share of the last touch, 0 to 1. Default 0.4.
    pub last: Option<f64>,
    /// The share of the last touch at or before the creation, 0 to 1. Default 0: no such share. Where that touch is the
    /// first or the last, or the creation is unknown, the other shares divide it in proportion.
    pub creation: Option<f64>,
}

impl PositionBased {
    fn shares(&self) -> (f64, f64, f64) {
        match self.preset {
            Some(Preset::W) => (0.3, 0.3, 0.3),
            Some(Preset::U) => (0.4, 0.0, 0.4),
            None => (self.first.unwrap_or(0.4), self.creation.unwrap_or(0.0), self.last.unwrap_or(0.4)),
        }
    }

    pub(crate) fn check(&self) -> Result<()> {
        let given = [("first", self.first), ("creation", self.creation), ("last", self.last)];
        if self.preset.is_some()
            && let Some((name, _)) = given.iter().find(|(_, share)| share.is_some())
        {
            return Err(Error::new(
                Code::InvalidOption,
                *name,
                format!("both preset and {name} are given; a preset fixes every share"),
            ));
        }
        for (name, share) in given {
            check_weight(name, share.unwrap_or(0.0), 1.0)?;
        }
        let (first, creation, last) = self.shares();
        let sum = first + creation + last;
        if sum > 1.0 + 1e-9 {
            return Err(crate::document::out_of_range("first", sum, "first + creation + last of at most 1"));
        }
        Ok(())
    }

    pub(crate) fn rule(&self) -> Result<PositionRule> {
        self.check()?;
        let (first, creation, last) = self.shares();
        let (first, creation, last) = (parts(first), parts(creation), parts(last));
        let rest = 1_000_000_000_u64.saturating_sub(first + creation + last);
        // Weights are relative: left without the creation's share, own shares keep their proportion.
        let fallback = match self.preset {
            Some(Preset::W) => (400_000_000, 400_000_000, 200_000_000),
            _ => (first, last, rest),
        };
        Ok(PositionRule { first, creation, last, rest, fallback, preset: self.preset.is_some() })
    }
}

/// Shares in parts per 10^9.
pub(crate) struct PositionRule {
    first: u64,
    creation: u64,
    last: u64,
    rest: u64,
    /// First, last and rest where the creation has no touch of its own.
    fallback: (u64, u64, u64),
    preset: bool,
}

impl PositionRule {
    /// The touch at the creation, where it lies between the first and the last.
    fn creation_touch(&self, journey: &View<'_>) -> Option<usize> {
        if self.creation == 0 {
            return None;
        }
        let (at, created) = (journey.at?, journey.created?);
        let place = at.partition_point(|&t| t <= created).checked_sub(1)?;
        (place > 0 && place + 1 < journey.len).then_some(place)
    }
}

impl Rule for PositionRule {
    fn weigh(&self, journey: &View<'_>, weights: &mut [u64]) -> Spread {
        let last = journey.len - 1;
        if last == 0 {
            return Spread::One(0);
        }
        if last == 1 {
            if self.first + self.last == 0 {
                return Spread::Equal;
            }
            (weights[0], weights[1]) = (self.first, self.last);
            return Spread::Weighted;
        }
        let middle = self.creation_touch(journey);
        let falls_back = self.creation > 0 && middle.is_none();
        let (first_share, last_share, rest) =
            if falls_back { self.fallback } else { (self.first, self.last, self.rest) };
        let others = journey.len as u64 - 2 - u64::from(middle.is_some());
        // Everything is multiplied by the number of the others, so that their part of the rest stays whole.
        let scale = others.max(1);
        weights.fill(if others > 0 { rest } else { 0 });
        weights[0] = first_share * scale;
        weights[last] = last_share * scale;
        if let Some(place) = middle {
            weights[place] = self.creation * scale;
        }
        if weights.iter().all(|&w| w == 0) { Spread::Equal } else { Spread::Weighted }
    }

    fn reason(&self, journey: &View<'_>, spread: Spread, index: usize) -> Reason {
        let last = journey.len - 1;
        let middle = self.creation_touch(journey);
        let fallback = self.creation > 0 && middle.is_none() && last > 1;
        let end = match index {
            _ if last == 0 => return "only_touch",
            _ if spread == Spread::Equal => return "no_weighted_position",
            i if Some(i) == middle => return "position_creation",
            0 => 0,
            i if i == last => 2,
            _ => 1,
        };
        match (fallback, self.preset) {
            (false, _) => ["position_first", "position_middle", "position_last"][end],
            (true, true) => ["position_first_u_shape", "position_middle_u_shape", "position_last_u_shape"][end],
            (true, false) => {
                ["position_first_no_creation", "position_middle_no_creation", "position_last_no_creation"][end]
            }
        }
    }

    fn looks_at(&self) -> Looks {
        if self.creation == 0 { Looks::Path } else { Looks::Creation }
    }
}
