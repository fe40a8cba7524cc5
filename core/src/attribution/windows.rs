//! Journeys from an ecosystem.
//!
//! Each opportunity is a journey: won is a conversion, lost a null, open is left out. A touch belongs to it from the
//! lookback before its creation until its close; a touch on the account serves every opportunity of the account whose
//! window holds it. Where no partner has touched it, the roles of `opportunity_partners` serve as touches. A role has no
//! kind: where `kinds` names those that count, roles serve only if `(role)` is among them. Touches after the close are set
//! aside and counted.

mod deals;
mod naming;

use std::sync::Arc;

use self::deals::Aside;
pub(super) use self::deals::Deals;
use self::naming::{Naming, RoleBook, TouchColumn, role_rows};
pub(super) use self::naming::{check_given, text_of};
use super::group::{Hits, Rules, group};
use super::journeys::{Counts, Held, Inner, Journeys, ONE, number_channels};
use super::options::{JourneysOptions, Outcome, Roles, VendorTouches};
use super::paths::document;
use super::weights::{UNWEIGHTED, weight_of};
use super::{UNSPECIFIED, VENDOR};
use crate::engine::monitor::Monitor;
use crate::engine::parallel;
use crate::error::{Code, Error, Result, did_you_mean, one_of, quoted};
use crate::facts::store::Chunk;
use crate::facts::{Ecosystem, opportunities, opportunity_partners, touchpoints};
use crate::money::div_half_even;
use crate::table::{Interner, Key, KeySpace, NULL, Unit};

const UNKNOWN: i64 = i64::MIN;
/// The parts of a chance: nine decimals are exact.
const CERTAIN: i128 = 1_000_000_000;
/// The name that lets roles in among the `kinds` that count: a role has no kind of its own.
const ROLE_KIND: &str = "(role)";
/// Rows that one worker takes at once.
const PIECE: usize = 1 << 17;

impl Ecosystem {
    /// Journeys of the opportunities, ordered by opportunity.
    ///
    /// # Errors
    /// A missing table or attribute; an option out of range; a missing exchange rate for open opportunities.
    pub fn journeys(&self, options: &JourneysOptions, monitor: &Monitor) -> Result<Journeys> {
        let deals = Deals::new(self, options)?;
        let naming = Naming::new(self, &options.channel)?;
        if self.stored("touchpoints").is_none() && self.stored("opportunity_partners").is_none() {
            return Err(Error::new(
                Code::MissingTable,
                "touchpoints",
                "journeys need the table \"touchpoints\" or \"opportunity_partners\", and the ecosystem has neither",
            ));
        }
        let kinds = self.wanted_kinds(options)?;
        let shared = Shared {
            eco: self,
            options,
            deals: &deals,
            naming: &naming,
            kinds,
            roles: RoleBook::new(self)?,
            weighted: self.has_weights(),
        };
        let mut found = shared.touches(monitor)?;
        shared.add_roles(&mut found);
        shared.finish(found, monitor)
    }

    /// Whether the tables have weights of touches, or shares of roles.
    fn has_weights(&self) -> bool {
        let given = |table: &str, column: usize| {
            self.stored(table).is_some_and(|s| s.chunks.iter().any(|c| c.columns[column].is_some()))
        };
        given("touchpoints", touchpoints::Col::weight as usize)
            || given("opportunity_partners", opportunity_partners::Col::share as usize)
    }

    /// Which kinds of touches count, by code of the touchpoints' dictionary; `None`: all.
    pub(super) fn wanted_kinds(&self, options: &JourneysOptions) -> Result<Option<Vec<bool>>> {
        let (Some(kinds), Some(stored)) = (&options.kinds, self.stored("touchpoints")) else { return Ok(None) };
        let dictionary = &stored.dictionaries[touchpoints::Col::kind as usize];
        let mut wanted = vec![false; dictionary.len()];
        for kind in kinds.iter().filter(|k| *k != ROLE_KIND) {
            if let Some(code) = dictionary.find(Key::Text(kind)) {
                wanted[code as usize] = true;
            } else {
                let names: Vec<String> = dictionary.order().iter().filter_map(|&c| dictionary.show(c)).collect();
                let hint = did_you_mean(kind, names.iter().map(String::as_str));
                let known = one_of(names.iter().map(String::as_str));
                return Err(Error::new(
                    Code::UnknownName,
                    "kinds",
                    format!("no touch has the kind {}; the data has {known}{hint}", quoted(kind)),
                ));
            }
        }
        Ok(Some(wanted))
    }
}

/// What finding touches needs.
struct Shared<'a> {
    eco: &'a Ecosystem,
    options: &'a JourneysOptions,
    deals: &'a Deals,
    naming: &'a Naming,
    kinds: Option<Vec<bool>>,
    roles: RoleBook,
    /// Whether touches or roles have weights of their own.
    weighted: bool,
}

/// What was found.
#[derive(Default)]
struct Found {
    hits: Vec<Hits>,
    after: u64,
    before: u64,
    vendor_dropped: u64,
    other_kinds: u64,
    of_no_journey: u64,
    role_touches: u64,
    /// Roles that would have served, had `kinds` let them.
    other_roles: u64,
}

/// Channel codes of a vendor's touch and of a touch without the attribute; real ones are replaced later.
const VENDOR_CODE: u32 = NULL - 1;
const UNSPECIFIED_CODE: u32 = NULL - 2;

impl Shared<'_> {
    fn touches(&self, monitor: &Monitor) -> Result<Found> {
        let Some(stored) = self.eco.stored("touchpoints") else { return Ok(Found::default()) };
        let jobs: Vec<_> = stored
            .chunks
            .iter()
            .flat_map(|c| parallel::pieces(c.rows, PIECE).into_iter().map(move |r| (c, r)))
            .collect();
        monitor.begin("journeys", stored.rows())?;
        let parts = parallel::map(jobs, stored.rows(), |(chunk, range)| {
            let rows = range.len();
            let mut part = Found { hits: vec![Hits::default()], ..Found::default() };
            range.for_each(|row| self.touch(chunk, row, &mut part));
            monitor.advance(rows)?;
            Ok(part)
        })?;
        let mut found = Found::default();
        for part in parts {
            found.hits.extend(part.hits);
            found.after += part.after;
            found.before += part.before;
            found.vendor_dropped += part.vendor_dropped;
            found.other_kinds += part.other_kinds;
            found.of_no_journey += part.of_no_journey;
        }
        Ok(found)
    }

    fn touch(&self, chunk: &Chunk, row: usize, part: &mut Found) {
        use touchpoints::Col;
        let Some(at) = chunk.instant(Col::at as usize, row) else { return };
        let kind = chunk.code(Col::kind as usize, row);
        if self.kinds.as_ref().is_some_and(|k| kind == NULL || !k[kind as usize]) {
            part.other_kinds += 1;
            return;
        }
        let raw_partner = chunk.code(Col::partner_id as usize, row);
        let vendor = raw_partner == NULL;
        if vendor && self.options.vendor_touches == VendorTouches::Drop {
            part.vendor_dropped += 1;
            return;
        }
        let partner = if vendor { NULL } else { self.eco.partner_root(raw_partner) };
        let opportunity = chunk.code(Col::opportunity_id as usize, row);
        let touch_role =
            self.roles.of_touches.get(chunk.code(Col::role as usize, row) as usize).copied().unwrap_or(NULL);
        let mut place = |slot: u32| {
            let deal = slot as usize;
            let role = if touch_role == NULL {
                self.roles.on.get(&(self.deals.codes[deal], partner)).copied().unwrap_or(NULL)
            } else {
                touch_role
            };
            let channel = self.channel(vendor, raw_partner, role, chunk, row);
            let hits = &mut part.hits[0];
            hits.slot.push(slot);
            hits.at.push(at);
            hits.channel.push(channel);
            hits.touch.push(chunk.code(Col::touch_id as usize, row));
            hits.kind.push(kind);
            hits.role.push(role);
            hits.vendor.push(vendor);
            if self.weighted {
                hits.weight.push(weight_of(chunk.number(Col::weight as usize, row)));
            }
        };
        if opportunity != NULL {
            match self.deals.slot_of.get(opportunity as usize) {
                Some(&slot) if slot != NULL => match self.deals.place(slot as usize, at) {
                    Ok(()) => place(slot),
                    Err(Aside::After) => part.after += 1,
                    Err(Aside::Before) => part.before += 1,
                },
                _ => part.of_no_journey += 1,
            }
            return;
        }
        let account = self.eco.account_root(chunk.code(Col::account_id as usize, row));
        // A touch outside of one opportunity's window is not late for it: it may serve another one.
        let through = self.options.account_touches;
        let mut serves = false;
        for &slot in self.deals.of_account(account) {
            if self.deals.serves_account(slot as usize, at, through) {
                place(slot);
                serves = true;
            }
        }
        part.of_no_journey += u64::from(!serves);
    }

    fn channel(&self, vendor: bool, partner: u32, role: u32, chunk: &Chunk, row: usize) -> u32 {
        if vendor {
            return VENDOR_CODE;
        }
        let code = match (&self.naming.by_partner, &self.naming.by_touch) {
            (Some(of), _) => of.get(partner as usize).copied().unwrap_or(NULL),
            (None, Some(TouchColumn::Role)) => role,
            (None, Some(TouchColumn::Column(column))) => chunk.code(*column, row),
            (None, None) => NULL,
        };
        if code == NULL { UNSPECIFIED_CODE } else { code }
    }

    /// Roles as touches.
    fn add_roles(&self, found: &mut Found) {
        if self.options.roles == Roles::Never {
            return;
        }
        let mut touched = vec![false; self.deals.rows.len()];
        for hits in &found.hits {
            for (&slot, &vendor) in hits.slot.iter().zip(&hits.vendor) {
                touched[slot as usize] |= !vendor;
            }
        }
        let wanted = self.options.kinds.as_ref().is_none_or(|kinds| kinds.iter().any(|k| k == ROLE_KIND));
        let mut hits = Hits::default();
        for (chunk, row, opportunity, partner, role) in role_rows(self.eco, &self.roles.of_rows) {
            let slot = self.deals.slot_of.get(opportunity as usize).copied().unwrap_or(NULL);
            if slot == NULL || (self.options.roles == Roles::IfNoTouches && touched[slot as usize]) {
                continue;
            }
            let at = match self.deals.role_at(slot as usize, chunk, row) {
                Ok(at) => at,
                Err(Aside::After) => {
                    found.after += 1;
                    continue;
                }
                Err(Aside::Before) => {
                    found.before += 1;
                    continue;
                }
            };
            if !wanted {
                found.other_roles += 1;
                continue;
            }
            let code = match (&self.naming.by_partner, &self.naming.by_touch) {
                (Some(of), _) => of.get(partner as usize).copied().unwrap_or(NULL),
                (None, Some(TouchColumn::Role)) => role,
                _ => NULL,
            };
            hits.slot.push(slot);
            hits.at.push(at);
            hits.channel.push(if code == NULL { UNSPECIFIED_CODE } else { code });
            hits.touch.push(NULL);
            hits.kind.push(NULL);
            hits.role.push(role);
            hits.vendor.push(false);
            if self.weighted {
                hits.weight.push(weight_of(chunk.number(opportunity_partners::Col::share as usize, row)));
            }
            found.role_touches += 1;
        }
        found.hits.push(hits);
    }

    fn finish(self, mut found: Found, monitor: &Monitor) -> Result<Journeys> {
        let names: &Interner = if matches!(self.naming.by_touch, Some(TouchColumn::Role)) {
            &self.roles.roles
        } else {
            &self.naming.names
        };
        let mut used = vec![false; names.len()];
        let (mut has_vendor, mut unspecified) = (false, 0_u64);
        for &code in found.hits.iter().flat_map(|h| &h.channel) {
            match code {
                VENDOR_CODE => has_vendor = true,
                UNSPECIFIED_CODE => unspecified += 1,
                code => used[code as usize] = true,
            }
        }
        super::journeys::check_reserved(names, "channel")?;
        let special: Vec<&str> = [(unspecified > 0, UNSPECIFIED), (has_vendor, VENDOR)]
            .iter()
            .filter(|(on, _)| *on)
            .map(|(_, n)| *n)
            .collect();
        let (channels, numbers, _) = number_channels(names, &used, &special)?;
        let number = |name| channels.find(Key::Text(name)).unwrap_or(NULL);
        let (vendor_number, unspecified_number) = (number(VENDOR), number(UNSPECIFIED));
        for channel in found.hits.iter_mut().flat_map(|h| &mut h.channel) {
            *channel = match *channel {
                VENDOR_CODE => vendor_number,
                UNSPECIFIED_CODE => unspecified_number,
                code => numbers[code as usize],
            };
        }
        let touch_ids = self.eco.keys(KeySpace::Touch);
        let has_ids = !touch_ids.is_empty();
        let kinds =
            self.eco.stored("touchpoints").map(|s| Arc::clone(&s.dictionaries[touchpoints::Col::kind as usize]));
        let grouped = group(
            &found.hits,
            &Rules {
                journeys: self.deals.rows.len(),
                touch_ids: has_ids.then_some(touch_ids),
                kinds: kinds.as_deref(),
                keep_kinds: kinds.is_some(),
                roles: Some(&self.roles.roles),
                has_vendor,
                weighted: self.weighted,
                last_touches: self.options.lookback_touches.count("lookback_touches")?,
                repeats: self.options.repeats,
            },
            monitor,
        )?;
        let chances = self.chances()?;
        let (values, unit) = self.values(chances.as_deref())?;
        let set_aside = vec![
            ("touches_after_the_close", found.after),
            ("touches_before_the_lookback", found.before),
            ("touches_of_no_journey", found.of_no_journey),
            ("touches_of_other_kinds", found.other_kinds),
            ("vendor_touches_dropped", found.vendor_dropped),
            ("touches_beyond_the_last_ones", grouped.beyond_lookback),
            ("repeated_touches_dropped", grouped.repeated),
            ("touches_without_the_channel", unspecified),
            ("roles_used_as_touches", found.role_touches),
            ("roles_of_no_wanted_kind", found.other_roles),
        ];
        let deals = self.deals;
        Journeys::new(Inner {
            channels,
            starts: grouped.starts,
            channel: grouped.channel,
            at: Some(grouped.at),
            kind: kinds.map(|kinds| (grouped.kind, kinds)),
            role: Some(grouped.role),
            roles: Arc::new(self.roles.roles),
            vendor: has_vendor.then_some(grouped.vendor),
            weight: Some(grouped.weight).filter(|w| w.iter().any(|&w| w != UNWEIGHTED)),
            touch: has_ids.then(|| (grouped.touch, Arc::clone(touch_ids))),
            ids: Some((deals.codes.clone(), Arc::clone(self.eco.keys(KeySpace::Opportunity)))),
            conversions: match chances {
                Some(chances) => Counts::Fixed(chances.into_iter().map(|c| c * (ONE / CERTAIN)).collect()),
                None => Counts::Flags(deals.won.clone()),
            },
            nulls: Counts::Flags(deals.won.iter().map(|w| !w).collect()),
            values,
            unit,
            created: Some(deals.created.clone()),
            closed: Some(deals.closed.clone()),
            set_aside,
            options: document("ecosystem", self.options),
            held: Held::All,
            notes: Vec::new(),
            sums: std::sync::OnceLock::new(),
        })
    }

    /// The chance of each open opportunity to be won, of [`CERTAIN`]; `None`: nothing was said of it.
    fn chances(&self) -> Result<Option<Vec<i128>>> {
        let Some(given) = &self.options.stage_probability else { return Ok(None) };
        if self.options.outcome != Outcome::Open {
            let message = "stage_probability is the chance of open opportunities; it needs outcome=\"open\"";
            return Err(Error::new(Code::InvalidOption, "stage_probability", message));
        }
        if let Some((stage, chance)) = given.iter().find(|(_, chance)| !(0.0..=1.0).contains(*chance)) {
            let field = format!("stage_probability.{stage}");
            return Err(crate::document::out_of_range(&field, chance, "a number from 0 to 1"));
        }
        let part = |chance: f64| (chance * CERTAIN as f64).round() as i128;
        let stored = self.eco.need("opportunities")?;
        let (chunk, column) = (self.eco.keyed("opportunities"), opportunities::Col::stage as usize);
        let of = |&row: &usize| {
            let stage = text_of(self.eco, stored, &chunk, column, row);
            let found = stage.as_ref().and_then(|stage| given.get(stage)).or_else(|| given.get("*"));
            found.map(|&chance| part(chance)).ok_or_else(|| {
                let shown = stage.map_or("no stage".to_owned(), |stage| format!("the stage {}", quoted(&stage)));
                let named = one_of(given.keys().map(String::as_str));
                let message = format!(
                    "an open opportunity has {shown}; stage_probability names {named}: add it, or \"*\" for all others"
                );
                Error::new(Code::UnknownName, "stage_probability", message)
            })
        };
        self.deals.rows.iter().map(of).collect::<Result<Vec<i128>>>().map(Some)
    }

    /// What each won opportunity is worth, in the ecosystem's currency; of open ones what is expected of them.
    fn values(&self, chances: Option<&[i128]>) -> Result<(Option<Vec<i128>>, Option<Unit>)> {
        let has_amounts = self.eco.keyed("opportunities").wide(opportunities::Col::amount as usize).is_some();
        let Some(currency) = self.eco.currency().filter(|_| has_amounts) else { return Ok((None, None)) };
        let values = self
            .deals
            .rows
            .iter()
            .zip(&self.deals.won)
            .enumerate()
            .map(|(deal, (&row, &won))| {
                if !won {
                    return Ok(0);
                }
                let value = self.eco.opportunity_value(row, self.deals.as_of)?.map_or(0, i128::from);
                Ok(chances.map_or(value, |chances| div_half_even(value * chances[deal], CERTAIN)))
            })
            .collect::<Result<Vec<i128>>>()?;
        Ok((Some(values), Some(Unit::Currency(currency))))
    }
}
