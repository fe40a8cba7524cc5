//! Benefits: what a tier and track are entitled to on a day.
//!
//! A benefit is granted to the tiers that it lists, in its tracks (none named: in all), on the days of its own time. Nothing
//! is inherited: a tier that a benefit does not list does not have it, whatever the tiers below have; and one that it lists
//! with `false` does not have it either.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use super::asked::BenefitOptions;
use super::compile::{Numbers, fault, unknown_name};
use super::decisions::{days, texts};
use super::document::{Benefit, Scalar};
use super::program::{Compiled, Program};
use super::review::{Decided, ProgramReview, need_day};
use super::top::shown;
use crate::calendar::Date;
use crate::error::Result;
use crate::table::result::column;
use crate::table::{Column, ColumnData, Table};

/// The benefits that a track has on a day, by id; `None`: those that every track has.
pub(crate) fn granted<'a>(
    program: &'a Compiled,
    track: Option<&'a str>,
    day: Date,
) -> impl Iterator<Item = (&'a str, &'a Benefit)> {
    let in_track = move |tracks: &[String]| tracks.is_empty() || tracks.iter().any(|own| Some(own.as_str()) == track);
    let all = program.document.benefits.iter().filter(move |(_, benefit)| {
        let (from, to) = (benefit.effective.from, benefit.effective.to);
        in_track(&benefit.tracks) && from.is_none_or(|from| from <= day) && to.is_none_or(|to| day <= to)
    });
    all.map(|(id, benefit)| (id.as_str(), benefit))
}

/// What a benefit is worth to a tier in a year; `None`: it does not say.
pub(crate) fn worth(numbers: &Numbers<'_>, id: &str, benefit: &Benefit, tier: &str) -> Result<Option<f64>> {
    numbers.optional(benefit.worth.get(tier), &format!("benefits.{id}.worth.{tier}"))
}

/// Something that a tier is entitled to.
struct Entitlement<'a> {
    id: &'a str,
    benefit: &'a Benefit,
    value: &'a Scalar,
    worth: Option<f64>,
}

fn entitlements<'a>(
    program: &'a Compiled,
    tier: &str,
    track: Option<&'a str>,
    day: Date,
) -> Result<Vec<Entitlement<'a>>> {
    let numbers = Numbers::new(&program.document, program.currency, track, &program.track_names, &program.tiers);
    let of_tier = |(id, benefit): (&'a str, &'a Benefit)| {
        let value = benefit.tiers.get(tier).filter(|value| **value != Scalar::Flag(false))?;
        Some(worth(&numbers, id, benefit, tier).map(|worth| Entitlement { id, benefit, value, worth }))
    };
    granted(program, track, day).filter_map(of_tier).collect()
}

/// The columns of entitlements.
fn columns(all: &[&Entitlement<'_>]) -> Vec<Column> {
    let shown: Vec<String> = all.iter().map(|e| shown(e.value)).collect();
    let number = |value: &Scalar| match value {
        Scalar::Number(number) => Some(*number),
        Scalar::Flag(_) | Scalar::Text(_) => None,
    };
    vec![
        texts("benefit", all.iter().map(|e| Some(e.id))),
        texts("name", all.iter().map(|e| e.benefit.name.as_deref())),
        texts("value", shown.iter().map(|text| Some(text.as_str()))),
        column("number", ColumnData::Float(all.iter().map(|e| number(e.value)).collect())),
        column("worth", ColumnData::Float(all.iter().map(|e| e.worth).collect())),
        days("from", all.iter().map(|e| e.benefit.effective.from)),
        days("to", all.iter().map(|e| e.benefit.effective.to)),
    ]
}

impl Program {
    /// What a tier (of a track) is entitled to on a day, in the order of the benefits' ids: benefit, name, value (as text),
    /// number (where it is one), worth (in a year, in the programme's currency), from and to (the days on which it is
    /// granted). A benefit is granted to the tiers that it lists and to no others: none is inherited from the tiers below.
    ///
    /// # Errors
    /// [`Code::UnknownName`](crate::Code::UnknownName) where the programme has no such tier or track; a missing day, or one
    /// outside of the version's time.
    ///
    /// ```
    /// use cosell::tiering::{BenefitOptions, Program};
    /// let program = Program::from_json(r#"{
    ///     "program": "services", "version": "2026",
    ///     "tiers": [{"tier": "member", "rank": 1}, {"tier": "gold", "rank": 2}],
    ///     "benefits": {"discount": {"name": "Discount on list prices", "tiers": {"member": 0.1, "gold": 0.2}}}
    /// }"#)?;
    /// let gold = BenefitOptions { tier: "gold".into(), as_of: Some("2026-11-20".into()), ..Default::default() };
    /// let benefits = program.benefits(&gold)?;
    /// assert_eq!((benefits.text(0, "benefit"), benefits.number(0, "number")), ("discount".into(), Some(0.2)));
    /// # Ok::<(), cosell::Error>(())
    /// ```
    pub fn benefits(&self, options: &BenefitOptions) -> Result<Table> {
        let program = self.compiled();
        let BenefitOptions { tier, track, as_of } = options;
        if program.tier(tier).is_none() {
            return Err(unknown_name("tier", "tier", tier, program.tiers.iter().map(|t| t.tier.as_str())));
        }
        if program.document.tracks.is_none() && track.is_some() {
            return Err(fault("track", "the programme has no tracks; leave track out"));
        }
        let tracks = || program.track_names.iter().flatten().map(String::as_str);
        if let Some(track) = track.as_deref().filter(|track| !tracks().any(|known| known == *track)) {
            return Err(unknown_name("track", "track", track, tracks()));
        }
        let found = entitlements(program, tier, track.as_deref(), need_day(program, as_of.as_deref())?)?;
        Ok(Table::new(columns(&found.iter().collect::<Vec<_>>())))
    }
}

impl ProgramReview {
    /// What each partner is entitled to on the day of the review, by the tier that it effectively holds and its track:
    /// partner_id, tier, track, and the columns of [`Program::benefits`]; in the order of partners, then of benefits.
    ///
    /// # Errors
    /// A worth that is not given for the track.
    pub fn benefits(&self) -> Result<Table> {
        let program = self.program.compiled();
        let holds = |d: &Decided| Some((d.decision.effective?, d.decision.track));
        let mut lists: BTreeMap<(usize, Option<usize>), Vec<Entitlement<'_>>> = BTreeMap::new();
        for of in self.decided.iter().filter_map(holds) {
            if let Entry::Vacant(free) = lists.entry(of) {
                let track = of.1.and_then(|track| program.track_names[track].as_deref());
                free.insert(entitlements(program, &program.tiers[of.0].tier, track, self.as_of)?);
            }
        }
        let of_one = |d: &Decided| holds(d).map(|of| (d.partner, of));
        let all = || {
            let partners = self.decided.iter().filter_map(of_one);
            partners.flat_map(|(partner, of)| lists.get(&of).into_iter().flatten().map(move |e| (partner, of, e)))
        };
        let mut table = vec![
            self.partner_ids(all().map(|(partner, ..)| partner)),
            texts("tier", all().map(|(_, (tier, _), _)| self.tier_name(Some(tier)))),
            texts("track", all().map(|(_, (_, track), _)| track.and_then(|t| program.track_names[t].as_deref()))),
        ];
        table.extend(columns(&all().map(|(.., e)| e).collect::<Vec<_>>()));
        Ok(Table::new(table))
    }
}
