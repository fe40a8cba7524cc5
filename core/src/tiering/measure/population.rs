//! Who is measured: the rows of a base.
//!
//! Where the ecosystem has enrollments, they are the partners that are enrolled in the programme on the day; else every
//! partner of the table of partners that had joined by then (those without a date have), else every partner that any table
//! names. Partners that are rolled up stand in their topmost parent. Where the programme judges scopes, a partner has a row
//! for each scope that one of its rows or its enrollment names, whatever the window of the metric, and one row without a
//! scope where there is none.

use std::collections::BTreeMap;
use std::sync::Arc;

use hashbrown::HashMap;

use super::Finding;
use crate::calendar::Date;
use crate::error::{did_you_mean, one_of, quoted};
use crate::facts::enrollments::Col;
use crate::facts::{Ecosystem, partners};
use crate::table::{Interner, Key, KeySpace, NULL};
use crate::tiering::base::Enrolment;
use crate::tiering::program::Compiled;

/// A row of the enrollments of this programme.
#[derive(Debug, Clone, Copy)]
pub(super) struct Enrolled {
    /// The partner that it stands for.
    pub(super) partner: u32,
    pub(super) from: Date,
    pub(super) to: Option<Date>,
    /// Codes of the dictionaries of the table.
    pub(super) track: u32,
    pub(super) region: u32,
    pub(super) tier: u32,
    /// The chunk and row.
    pub(super) place: (usize, usize),
}

/// The partners that are measured, and their scopes.
#[derive(Debug, Default)]
pub(super) struct Population {
    /// The partners by code, in the order of their ids.
    pub(super) partners: Vec<u32>,
    /// The place of each partner's code in `partners`, through its topmost parent; [`NULL`] where it is not measured.
    pub(super) index: Vec<u32>,
    /// The first row of each partner; one more than there are partners.
    pub(super) starts: Vec<u32>,
    /// The scope of each row.
    pub(super) scope: Vec<u32>,
    pub(super) scopes: Arc<Interner>,
    /// The enrollments in force on the day, by partner; `None`: there is no such table.
    pub(super) enrolled: Option<Vec<Enrolled>>,
    /// All that are known by the day.
    history: Vec<Enrolled>,
}

impl Population {
    /// The partners of a programme on a day, `only` those where they are named; without scopes.
    pub(super) fn new(
        program: &Compiled,
        eco: &Ecosystem,
        day: Date,
        only: Option<&[u32]>,
        findings: &mut Vec<Finding>,
    ) -> Self {
        let history = history(program, eco, day, findings);
        let keys = eco.keys(KeySpace::Partner);
        let mut wanted = vec![false; keys.len()];
        let mut mark = |code: u32| {
            if let Some(place) = wanted.get_mut(eco.partner_root(code) as usize) {
                *place = true;
            }
        };
        let enrolled = history
            .as_ref()
            .map(|all| all.iter().filter(|e| e.to.is_none_or(|to| day <= to)).copied().collect::<Vec<Enrolled>>());
        match (&enrolled, eco.stored(partners::SPEC.name)) {
            (Some(enrolled), _) => enrolled.iter().for_each(|e| mark(e.partner)),
            (None, Some(_)) => {
                let chunk = eco.keyed(partners::SPEC.name);
                for row in 0..chunk.rows {
                    let joined = chunk.date(partners::Col::joined_on as usize, row);
                    if joined.is_none_or(|joined| joined <= day.0) {
                        mark(chunk.code(partners::Col::partner_id as usize, row));
                    }
                }
            }
            (None, None) => (0..keys.len() as u32).for_each(mark),
        }
        if let Some(only) = only {
            let named: hashbrown::HashSet<u32> = only.iter().map(|&code| eco.partner_root(code)).collect();
            (0_u32..).zip(wanted.iter_mut()).for_each(|(code, wanted)| *wanted &= named.contains(&code));
        }
        let partners: Vec<u32> = keys.order().into_iter().filter(|&code| wanted[code as usize]).collect();
        let mut place = vec![NULL; keys.len()];
        (0_u32..).zip(&partners).for_each(|(at, &code)| place[code as usize] = at);
        let root = |code: u32| place.get(eco.partner_root(code) as usize).copied().unwrap_or(NULL);
        let index = (0..keys.len() as u32).map(root).collect();
        let count = partners.len() as u32;
        Self {
            partners,
            index,
            starts: (0..=count).collect(),
            scope: vec![NULL; count as usize],
            scopes: Arc::default(),
            enrolled,
            history: history.unwrap_or_default(),
        }
    }

    /// The number of rows.
    pub(super) fn rows(&self) -> usize {
        self.scope.len()
    }

    /// The place of a partner's code; `None` where it is not measured.
    #[inline]
    pub(super) fn place(&self, code: u32) -> Option<u32> {
        self.index.get(code as usize).copied().filter(|&at| at != NULL)
    }

    /// Gives each partner a row for each of its scopes: pairs of a partner's place and a scope's number.
    pub(super) fn divide(&mut self, mut pairs: Vec<(u32, u32)>, scopes: Interner) {
        let ranks = scopes.ranks();
        pairs.sort_unstable_by_key(|&(partner, scope)| (partner, ranks[scope as usize]));
        pairs.dedup();
        let mut pairs = pairs.into_iter().peekable();
        self.starts.clear();
        self.scope.clear();
        for partner in 0..self.partners.len() as u32 {
            self.starts.push(self.scope.len() as u32);
            let before = self.scope.len();
            while let Some((_, scope)) = pairs.next_if(|&(p, _)| p == partner) {
                self.scope.push(scope);
            }
            if self.scope.len() == before {
                self.scope.push(NULL);
            }
        }
        self.starts.push(self.scope.len() as u32);
        self.scopes = Arc::new(scopes);
    }

    /// The rows of a partner.
    pub(super) fn rows_of(&self, partner: u32) -> std::ops::Range<usize> {
        let at = |place: usize| self.starts.get(place).copied().unwrap_or_default() as usize;
        at(partner as usize)..at(partner as usize + 1)
    }

    /// The row of a partner and scope.
    #[inline]
    pub(super) fn row(&self, partner: u32, scope: u32) -> Option<u32> {
        self.rows_of(partner).find(|&row| self.scope[row] == scope).map(|row| row as u32)
    }

    /// The partner's place of each row.
    pub(super) fn partner_of_rows(&self) -> Vec<u32> {
        (0..self.partners.len() as u32).flat_map(|p| self.rows_of(p).map(move |_| p)).collect()
    }

    /// What the enrollments say of each row, and which of them it is: for a scope that is a region, that of the region,
    /// else one without a region, else any; of several the latest, then by track, region and tier.
    pub(super) fn enrolments(&self, program: &Compiled, eco: &Ecosystem) -> Vec<(Enrolment, Option<Enrolled>)> {
        let (Some(enrolled), Some(stored)) = (&self.enrolled, eco.stored("enrollments")) else {
            return vec![(Enrolment::default(), None); self.rows()];
        };
        let name =
            |column: Col, code: u32| (code != NULL).then(|| stored.dictionaries[column as usize].show(code)).flatten();
        let group = |all: &[Enrolled]| {
            let mut by: HashMap<u32, Vec<Enrolled>> = HashMap::new();
            all.iter()
                .filter_map(|e| Some((self.place(e.partner)?, *e)))
                .for_each(|(p, e)| by.entry(p).or_default().push(e));
            by
        };
        let (now, ever) = (group(enrolled), group(&self.history));
        let by_region = program.document.scope.as_ref().is_some_and(|scope| scope.by == "region");
        let of_row = |(row, partner): (usize, u32)| {
            let scope = (self.scope[row] != NULL).then(|| self.scopes.show(self.scope[row])).flatten();
            let fits = |e: &Enrolled| match name(Col::region, e.region) {
                region if by_region && region.is_some() && region == scope => 2,
                None => 1,
                Some(_) => 0,
            };
            let texts =
                |e: &Enrolled| (name(Col::track, e.track), name(Col::region, e.region), name(Col::tier, e.tier));
            let all = now.get(&partner).map_or(&[][..], Vec::as_slice);
            let best = all
                .iter()
                .max_by(|a, b| (fits(a), a.from).cmp(&(fits(b), b.from)).then_with(|| texts(b).cmp(&texts(a))));
            let Some(best) = best else { return (Enrolment::default(), None) };
            let past = ever.get(&partner).map_or(&[][..], Vec::as_slice);
            let since = |same: &dyn Fn(&Enrolled) -> bool| first_day(past.iter().filter(|e| same(e)), best.from);
            let track = name(Col::track, best.track);
            let enrolment = Enrolment {
                tier: name(Col::tier, best.tier).and_then(|tier| program.tier(&tier)),
                track: track.and_then(|t| program.track_names.iter().position(|n| n.as_deref() == Some(t.as_str()))),
                enrolled_on: Some(since(&|_| true)),
                tier_since: Some(since(&|e| e.tier == best.tier)),
            };
            (enrolment, Some(*best))
        };
        (0..).zip(self.partner_of_rows()).map(of_row).collect()
    }

    /// Says which tiers of enrollments the programme does not have: whoever is in one begins without a tier.
    pub(super) fn unknown_tiers(
        program: &Compiled,
        eco: &Ecosystem,
        enrolments: &[(Enrolment, Option<Enrolled>)],
    ) -> Vec<Finding> {
        let Some(stored) = eco.stored("enrollments") else { return Vec::new() };
        let names = &stored.dictionaries[Col::tier as usize];
        let mut unknown: BTreeMap<String, u64> = BTreeMap::new();
        for (enrolment, enrolled) in enrolments {
            let code = enrolled.map_or(NULL, |e| e.tier);
            if enrolment.tier.is_none() && code != NULL {
                *unknown.entry(names.show(code).unwrap_or_default()).or_default() += 1;
            }
        }
        let known = || program.tiers.iter().map(|t| t.tier.as_str());
        let say = |(name, rows): (String, u64)| {
            let hint = did_you_mean(&name, known());
            let tiers = one_of(known());
            let message =
                format!("enrolled in tier {}, which is not one of {tiers}; counts as no tier{hint}", quoted(&name));
            Finding { metric: None, code: "unknown_enrolled_tier", rows, message }
        };
        unknown.into_iter().map(say).collect()
    }
}

/// The first day of the periods that lead to a day without a gap.
fn first_day<'e>(periods: impl Iterator<Item = &'e Enrolled>, from: Date) -> Date {
    let mut periods: Vec<(Date, Date)> =
        periods.map(|e| (e.from, e.to.map_or(crate::calendar::MAX_DATE, |to| to.add_days(1)))).collect();
    periods.sort_unstable_by(|a, b| b.cmp(a));
    // The latest beginnings first: each that reaches the first day so far leads further back.
    let mut first = from;
    loop {
        let before =
            periods.iter().filter(|(begin, end)| *begin < first && *end >= first).map(|(begin, _)| *begin).min();
        match before {
            Some(begin) => first = begin,
            None => return first,
        }
    }
}

/// The enrollments of the programme that had begun by a day; `None`: the ecosystem has no such table.
fn history(program: &Compiled, eco: &Ecosystem, day: Date, findings: &mut Vec<Finding>) -> Option<Vec<Enrolled>> {
    let stored = eco.stored("enrollments")?;
    let name = program.document.program.as_str();
    let programs = &stored.dictionaries[Col::program as usize];
    let mut rows = Vec::new();
    if let Some(code) = programs.find(Key::Text(name)) {
        for (at, chunk) in stored.chunks.iter().enumerate() {
            let programs = chunk.codes(Col::program as usize).unwrap_or_default();
            for row in programs.iter().enumerate().filter(|(_, c)| **c == code).map(|(row, _)| row) {
                let Some(from) = chunk.instant(Col::valid_from as usize, row) else { continue };
                let date = |instant: i64| eco.zone().date_of(instant);
                let text = |column: Col| chunk.code(column as usize, row);
                rows.push(Enrolled {
                    partner: chunk.code(Col::partner_id as usize, row),
                    from: date(from),
                    to: chunk.instant(Col::valid_to as usize, row).map(date),
                    track: text(Col::track),
                    region: text(Col::region),
                    tier: text(Col::tier),
                    place: (at, row),
                });
            }
        }
        rows.retain(|e| e.from <= day);
    }
    if rows.iter().all(|e| e.to.is_some_and(|to| to < day)) {
        let known: Vec<String> = (0..programs.len() as u32).filter_map(|c| programs.show(c)).collect();
        let hint = did_you_mean(name, known.iter().map(String::as_str).filter(|k| *k != name));
        let others: Vec<String> = known.iter().filter(|k| *k != name).take(5).map(|k| quoted(k)).collect();
        let others =
            if others.is_empty() { String::new() } else { format!("; the enrollments are in {}", others.join(", ")) };
        let message = format!("no partner is enrolled in {} on {day}{others}{hint}", quoted(name));
        findings.push(Finding { metric: None, code: "nobody_enrolled", rows: 0, message });
    }
    Some(rows)
}
