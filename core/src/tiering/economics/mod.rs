//! The partner's own account of the next tier: what it is worth in a year, what it costs to get there, and when that is
//! paid back.
//!
//! `net gain = (worth of the next tier - worth of the tier held) - (its fee - the fee paid now)`, all per year and in the
//! programme's currency; `payback = cost of the cheapest actions / (net gain / 12)` months. Climbing pays where the net
//! gain is above 0 and the payback lies within the horizon. A benefit that states no worth for a tier adds nothing to it.

mod enablement;
mod review;
mod segments;

pub(crate) use self::enablement::{enablement, enablement_table};
pub use self::review::{Economics, SegmentAxis, SegmentOptions};
pub use self::segments::Cuts;
pub(crate) use self::segments::{Axis, segment};
use super::actions::{CheckedCosts, plan};
use super::base::Base;
use super::benefits::{self, granted};
use super::compile::Numbers;
use super::evaluate::{Context, Evaluated, NO_TRACK};
use super::gaps::{number_column, row_columns, tier_column};
use super::program::Compiled;
use super::top::Cutoffs;
use crate::calendar::Date;
use crate::document::out_of_range;
use crate::engine::monitor::Monitor;
use crate::engine::parallel;
use crate::error::Result;
use crate::table::result::{TextColumn, column};
use crate::table::{Column, ColumnData, Table};

/// What a tier is worth to a partner in a year, and what it costs to hold.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct TierWorth {
    /// The sum of its benefits; `None`: no benefit of the track states what it is worth.
    pub(crate) worth: Option<f64>,
    /// The yearly fee.
    pub(crate) fee: f64,
}

/// What each tier is worth in a track on a day, the lowest first.
///
/// # Errors
/// Numbers of `benefits.*.worth` and `tiers[*].fee` that cannot be resolved.
pub(crate) fn tier_worths(program: &Compiled, track: usize, day: Date) -> Result<Vec<TierWorth>> {
    let document = &program.document;
    let name = program.track_names.get(track).cloned().flatten();
    let numbers = Numbers::new(document, program.currency, name.as_deref(), &program.track_names, &program.tiers);
    let granted: Vec<_> = granted(program, name.as_deref(), day).filter(|(_, b)| !b.worth.is_empty()).collect();
    let of_tier = |rule: &super::program::TierRule| -> Result<TierWorth> {
        let mut worth = (!granted.is_empty()).then_some(0.0);
        for (id, benefit) in &granted {
            if let (Some(sum), Some(own)) = (worth.as_mut(), benefits::worth(&numbers, id, benefit, &rule.tier)?) {
                *sum += own;
            }
        }
        let listed = document.tiers.iter().enumerate().find(|(_, t)| t.tier == rule.tier);
        let fee = match listed.and_then(|(at, tier)| tier.fee.as_ref().map(|fee| (at, fee))) {
            Some((at, fee)) => numbers.value(fee, &format!("tiers[{at}].fee"))?,
            None => 0.0,
        };
        Ok(TierWorth { worth, fee })
    };
    program.tiers.iter().map(of_tier).collect()
}

/// Whether a partner has reason to climb.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Reason {
    /// It is paid back within the horizon.
    Pays,
    /// It is paid back, but later than that.
    TooSlow,
    /// The next tier is not worth more than it costs to hold.
    NoGain,
    /// No set of actions reaches the next tier.
    OutOfReach,
    /// No benefit states what it is worth.
    NoWorth,
    /// It has the highest tier.
    NoNextTier,
    /// No track is for it.
    NoTrack,
}

impl Reason {
    /// As tables name it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Pays => "pays",
            Self::TooSlow => "too_slow",
            Self::NoGain => "no_gain",
            Self::OutOfReach => "out_of_reach",
            Self::NoWorth => "no_worth",
            Self::NoNextTier => "no_next_tier",
            Self::NoTrack => "no_track",
        }
    }
}

/// A row's account of its next tier.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Climb {
    /// The row of the base.
    pub(crate) row: usize,
    /// The next tier.
    pub(crate) tier: Option<usize>,
    /// How much more the tier is worth in a year.
    pub(crate) worth: Option<f64>,
    /// How much more it costs to hold in a year.
    pub(crate) fee: Option<f64>,
    /// What the cheapest actions cost; `None`: not reached.
    pub(crate) cost: Option<f64>,
    /// Whether no actions are cheaper.
    pub(crate) proven: bool,
    pub(crate) payback_months: Option<f64>,
    pub(crate) reason: Reason,
}

/// Within how many months climbing must be paid back, where nothing else is said.
pub(crate) const HORIZON_MONTHS: f64 = 12.0;

/// What accounts are drawn up from.
#[derive(Clone, Copy)]
pub(crate) struct Accounts<'a> {
    pub(crate) program: &'a Compiled,
    pub(crate) base: &'a Base,
    pub(crate) context: &'a Context,
    pub(crate) cutoffs: &'a Cutoffs,
    pub(crate) evaluated: &'a Evaluated,
    pub(crate) costs: &'a CheckedCosts,
    /// The day on which benefits must be in effect.
    pub(crate) day: Date,
    /// See [`HORIZON_MONTHS`].
    pub(crate) horizon_months: f64,
    pub(crate) monitor: &'a Monitor,
}

impl Accounts<'_> {
    /// The accounts of rows whose tiers are `current`, in their order.
    ///
    /// # Errors
    /// A horizon that is not above 0; numbers of the document that cannot be resolved.
    pub(crate) fn climbs(
        &self,
        rows: &[usize],
        current: &(impl Fn(usize) -> Option<usize> + Sync),
    ) -> Result<Vec<Climb>> {
        if !(self.horizon_months > 0.0 && self.horizon_months.is_finite()) {
            return Err(out_of_range("horizon_months", self.horizon_months, "a number of months above 0"));
        }
        let tracks = 0..self.program.tracks.len();
        let worths = tracks.map(|track| tier_worths(self.program, track, self.day)).collect::<Result<Vec<_>>>()?;
        // A search is worth hundreds of plain rows.
        let size = rows.len().saturating_mul(256);
        let parts = parallel::map(parallel::pieces(rows.len(), 64), size, |range| {
            range.map(|at| self.climb(&worths, current(rows[at]), rows[at])).collect::<Result<Vec<_>>>()
        })?;
        Ok(parts.concat())
    }

    fn climb(&self, worths: &[Vec<TierWorth>], current: Option<usize>, row: usize) -> Result<Climb> {
        self.monitor.check()?;
        let none = |reason: Reason, tier: Option<usize>| Climb {
            row,
            tier,
            worth: None,
            fee: None,
            cost: None,
            proven: true,
            payback_months: None,
            reason,
        };
        let track = self.evaluated.track.get(row).copied().filter(|&track| track != NO_TRACK).map(usize::from);
        let Some((track, worths)) = track.and_then(|track| worths.get(track).map(|w| (track, w))) else {
            return Ok(none(Reason::NoTrack, None));
        };
        let next = current.map_or(0, |tier| tier + 1);
        let Some(there) = worths.get(next) else { return Ok(none(Reason::NoNextTier, None)) };
        let here = current.and_then(|tier| worths.get(tier)).copied();
        let worth = there.worth.map(|worth| worth - here.and_then(|h| h.worth).unwrap_or(0.0));
        let fee = there.fee - here.map_or(0.0, |h| h.fee);
        let plan = plan(self.program, self.base, self.context, self.cutoffs, self.costs, (track, row, next))?;
        let net = worth.map(|worth| worth - fee);
        let payback_months = match (plan.cost, net) {
            (Some(cost), Some(net)) if net > 0.0 => Some(cost / (net / 12.0)),
            _ => None,
        };
        let reason = match (plan.cost, net, payback_months) {
            (_, None, _) => Reason::NoWorth,
            (None, ..) => Reason::OutOfReach,
            (.., Some(months)) if months <= self.horizon_months => Reason::Pays,
            (.., Some(_)) => Reason::TooSlow,
            (.., None) => Reason::NoGain,
        };
        let fee = Some(fee);
        Ok(Climb { worth, fee, cost: plan.cost, proven: plan.proven, payback_months, ..none(reason, Some(next)) })
    }
}

/// Accounts as a table, in the order of the base: partner_id, scope, tier (the next one), worth_gained, extra_fee and
/// net_gain (per year), cost, proven, payback_months, pays, reason.
pub(crate) fn climbs_table(program: &Compiled, base: &Base, climbs: &[Climb]) -> Table {
    let all = || climbs.iter();
    let number = |x: Option<f64>| x.unwrap_or(f64::NAN);
    let mut reasons = TextColumn::default();
    all().for_each(|c| reasons.push(Some(c.reason.name())));
    let flags =
        |name: &str, of: fn(&Climb) -> bool| column(name, ColumnData::Bool(all().map(|c| Some(of(c))).collect()));
    let mut columns: Vec<Column> = row_columns(base, all().map(|c| c.row as u32)).into();
    columns.extend([
        tier_column(program, "tier", all().map(|c| c.tier.unwrap_or(usize::MAX))),
        number_column("worth_gained", all().map(|c| number(c.worth))),
        number_column("extra_fee", all().map(|c| number(c.fee))),
        number_column("net_gain", all().map(|c| number(c.worth) - number(c.fee))),
        number_column("cost", all().map(|c| number(c.cost))),
        flags("proven", |c| c.proven),
        number_column("payback_months", all().map(|c| number(c.payback_months))),
        flags("pays", |c| c.reason == Reason::Pays),
        reasons.finish("reason"),
    ]);
    Table::new(columns)
}

/// How many of those below a tier have reason to climb to it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct TierPull {
    pub(crate) tier: usize,
    /// Those whose next tier it is and whose account says something: the tier states what it is worth.
    pub(crate) partners: usize,
    /// Those of them that some actions bring there.
    pub(crate) reachable: usize,
    /// Those of them for whom that pays.
    pub(crate) pays: usize,
}

impl TierPull {
    /// The share of partners for whom climbing pays; `None`: there are none.
    pub(crate) fn share(&self) -> Option<f64> {
        (self.partners > 0).then(|| self.pays as f64 / self.partners as f64)
    }

    /// Whether no rational partner climbs: a finding about the programme.
    pub(crate) fn is_not_worth_climbing(&self) -> bool {
        self.partners > 0 && self.pays == 0
    }
}

/// The pull of each tier, the lowest first.
pub(crate) fn pulls(program: &Compiled, climbs: &[Climb]) -> Vec<TierPull> {
    let mut pulls: Vec<TierPull> =
        (0..program.tiers.len()).map(|tier| TierPull { tier, partners: 0, reachable: 0, pays: 0 }).collect();
    for climb in climbs.iter().filter(|c| c.worth.is_some()) {
        if let Some(pull) = climb.tier.and_then(|tier| pulls.get_mut(tier)) {
            pull.partners += 1;
            pull.reachable += usize::from(climb.cost.is_some());
            pull.pays += usize::from(climb.reason == Reason::Pays);
        }
    }
    pulls
}

/// The pull of each tier as a table, the lowest first: tier, partners, reachable, pays, share, and the finding
/// `tier_not_worth_climbing` where no rational partner climbs.
pub(crate) fn pulls_table(program: &Compiled, pulls: &[TierPull]) -> Table {
    let all = || pulls.iter();
    let counts = |name: &str, of: fn(&TierPull) -> usize| {
        column(name, ColumnData::Int(all().map(|p| Some(of(p) as i64)).collect()))
    };
    let mut findings = TextColumn::default();
    all().for_each(|p| findings.push(p.is_not_worth_climbing().then_some("tier_not_worth_climbing")));
    Table::new(vec![
        tier_column(program, "tier", all().map(|p| p.tier)),
        counts("partners", |p| p.partners),
        counts("reachable", |p| p.reachable),
        counts("pays", |p| p.pays),
        number_column("share", all().map(|p| p.share().unwrap_or(f64::NAN))),
        findings.finish("finding"),
    ])
}

#[cfg(test)]
mod tests;
