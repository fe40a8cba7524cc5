//! Where partners are: their relationships with accounts and their touches on them, as spans of time, and the deals that
//! these spans meet.

use hashbrown::{HashMap, HashSet};

use super::{Cases, InferredInfluenceOptions};
use crate::engine::monitor::Monitor;
use crate::error::{Code, Error, Result, did_you_mean, one_of, quoted};
use crate::facts::account_partners::{self, RELATIONSHIPS};
use crate::facts::{Ecosystem, opportunities, opportunity_partners, partners, registrations, touchpoints};
use crate::table::{Key, NULL};

/// Why a partner is at an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Source {
    /// A relationship, by its place among all; whether its beginning is known.
    Relationship { place: u32, code: u32, dated: bool },
    /// A touch at that time.
    Touch(i64),
}

/// A partner at an account from one instant to another: a deal that is alive then is shared.
#[derive(Debug, Clone, Copy)]
struct Presence {
    account: u32,
    partner: u32,
    from: i64,
    to: i64,
    source: Source,
}

/// A partner and a deal that it shares.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pair {
    pub(super) partner: u32,
    pub(super) case: u32,
    /// Whether it was there when the deal was created.
    pub(super) standing: bool,
    /// Whether only a relationship whose beginning is not known says so.
    pub(super) undated: bool,
    /// The relationship, by the code of its dictionary; [`NULL`] is none.
    pub(super) relationship: u32,
    pub(super) relationship_from: Option<i64>,
    /// The touches on the account in the window.
    pub(super) touches: i64,
    pub(super) last_touch: Option<i64>,
}

/// Every presence.
pub(super) struct Presences {
    list: Vec<Presence>,
    /// Whether any partner touched an account.
    pub(super) any_touch: bool,
    /// Relationships, and those whose beginning is not known.
    pub(super) relationships: i64,
    pub(super) undated: i64,
}

impl Presences {
    pub(super) fn gather(
        eco: &Ecosystem,
        options: &InferredInfluenceOptions,
        as_of: i64,
        monitor: &Monitor,
    ) -> Result<Self> {
        let mut found = Self { list: Vec::new(), any_touch: false, relationships: 0, undated: 0 };
        found.add_relationships(eco, options.relationships.as_deref(), as_of)?;
        found.add_touches(eco, options, as_of, monitor)?;
        found.list.sort_unstable_by_key(|p| (p.account, p.partner, p.from, p.to));
        Ok(found)
    }

    fn add_relationships(&mut self, eco: &Ecosystem, wanted: Option<&[String]>, as_of: i64) -> Result<()> {
        use account_partners::Col;
        let Some(stored) = eco.stored("account_partners") else { return Ok(()) };
        let dictionary = &stored.dictionaries[Col::relationship as usize];
        let known = |code: u32| dictionary.show(code).unwrap_or_default();
        let mut counts = vec![wanted.is_none(); dictionary.len()];
        for name in wanted.unwrap_or_default() {
            match dictionary.find(Key::Text(name)) {
                Some(code) => counts[code as usize] = true,
                None if RELATIONSHIPS.contains(&name.as_str()) => {}
                None => {
                    let mut names: Vec<String> = RELATIONSHIPS.iter().map(|&n| n.to_owned()).collect();
                    names.extend(dictionary.order().into_iter().map(known).filter(|n| n.starts_with("custom:")));
                    let hint = did_you_mean(name, names.iter().map(String::as_str));
                    let message = format!(
                        "no account has the relationship {}; expected {}{hint}",
                        quoted(name),
                        one_of(names.iter().map(String::as_str))
                    );
                    return Err(Error::new(Code::UnknownName, "relationships", message));
                }
            }
        }
        // The relationships of the list in its order, then custom ones by name.
        let ranks = dictionary.ranks();
        let place = |code: u32| {
            let listed = RELATIONSHIPS.iter().position(|&name| name == known(code));
            listed.map_or(RELATIONSHIPS.len() as u32 + ranks[code as usize], |at| at as u32)
        };
        let places: Vec<u32> = (0..dictionary.len() as u32).map(place).collect();
        for chunk in &stored.chunks {
            for row in 0..chunk.rows {
                let code = chunk.code(Col::relationship as usize, row);
                let from = chunk.instant(Col::valid_from as usize, row);
                let to = chunk.instant(Col::valid_to as usize, row).unwrap_or(i64::MAX);
                if code == NULL || !counts[code as usize] || from.is_some_and(|from| from > to || from > as_of) {
                    continue;
                }
                self.relationships += 1;
                self.undated += i64::from(from.is_none());
                self.list.push(Presence {
                    account: eco.account_root(chunk.code(Col::account_id as usize, row)),
                    partner: eco.partner_root(chunk.code(Col::partner_id as usize, row)),
                    from: from.unwrap_or(i64::MIN),
                    to,
                    source: Source::Relationship { place: places[code as usize], code, dated: from.is_some() },
                });
            }
        }
        Ok(())
    }

    fn add_touches(
        &mut self,
        eco: &Ecosystem,
        options: &InferredInfluenceOptions,
        as_of: i64,
        monitor: &Monitor,
    ) -> Result<()> {
        use touchpoints::Col;
        let window = options.window_days.micros("window_days")?;
        let kinds = eco.wanted_kinds(&super::journeys_options(options, super::Outcome::Won))?;
        let Some(stored) = eco.stored("touchpoints") else { return Ok(()) };
        monitor.begin("inferred_influence", stored.rows())?;
        for chunk in &stored.chunks {
            for row in 0..chunk.rows {
                let partner = chunk.code(Col::partner_id as usize, row);
                let account = chunk.code(Col::account_id as usize, row);
                let on_deal = chunk.code(Col::opportunity_id as usize, row) != NULL;
                let Some(at) = chunk.instant(Col::at as usize, row).filter(|&at| at <= as_of) else { continue };
                if on_deal || partner == NULL || account == NULL {
                    continue;
                }
                self.any_touch = true;
                let kind = chunk.code(Col::kind as usize, row);
                if kinds.as_ref().is_some_and(|k| kind == NULL || !k[kind as usize]) {
                    continue;
                }
                self.list.push(Presence {
                    account: eco.account_root(account),
                    partner: eco.partner_root(partner),
                    from: at,
                    to: window.map_or(i64::MAX, |span| at.saturating_add(span)),
                    source: Source::Touch(at),
                });
            }
            monitor.advance(chunk.rows)?;
        }
        Ok(())
    }

    /// The presences of each partner at each account.
    fn groups(&self) -> impl Iterator<Item = &[Presence]> {
        self.list.chunk_by(|a, b| (a.account, a.partner) == (b.account, b.partner))
    }

    /// Every deal that a partner shares, and how many pairs were left out because the account is the partner itself.
    pub(super) fn pairs(&self, eco: &Ecosystem, cases: &Cases) -> (Vec<Pair>, i64) {
        let own = own_accounts(eco);
        let (mut pairs, mut left_out) = (Vec::new(), 0);
        for group in self.groups() {
            let (account, partner) = (group[0].account, group[0].partner);
            let itself = own.contains(&(partner, account));
            for &case in cases.of_account.get(&account).into_iter().flatten() {
                match meeting(group, cases, case) {
                    Some(_) if itself => left_out += 1,
                    Some(pair) => pairs.push(pair),
                    None => {}
                }
            }
        }
        (pairs, left_out)
    }

    /// The spans of each partner at each account, joined where they overlap.
    pub(super) fn spans(&self) -> (Vec<u32>, Vec<Vec<(i64, i64)>>) {
        let joined = |group: &[Presence]| {
            let mut spans: Vec<(i64, i64)> = Vec::new();
            for presence in group {
                match spans.last_mut().filter(|last| presence.from <= last.1) {
                    Some(last) => last.1 = last.1.max(presence.to),
                    None => spans.push((presence.from, presence.to)),
                }
            }
            (group[0].partner, spans)
        };
        self.groups().map(joined).unzip()
    }

    /// The accounts at which partners are.
    pub(super) fn accounts(&self) -> impl Iterator<Item = u32> {
        self.list.iter().map(|p| p.account)
    }
}

/// What the presences of a partner at an account say about a deal there; none where they do not meet it.
fn meeting(group: &[Presence], cases: &Cases, at: u32) -> Option<Pair> {
    let case = &cases.list[at as usize];
    let mut pair = Pair {
        partner: group[0].partner,
        case: at,
        standing: false,
        undated: true,
        relationship: NULL,
        relationship_from: None,
        touches: 0,
        last_touch: None,
    };
    let mut best = None;
    let mut met = false;
    for presence in group.iter().filter(|p| p.from <= case.end && p.to >= case.start) {
        met = true;
        let stands = presence.from <= case.start;
        pair.standing |= stands;
        match presence.source {
            Source::Relationship { place, code, dated } => {
                // What stood at the creation says more than what came later, and the list is in the order of weight.
                let order = (!stands, place, presence.from);
                if best.is_none_or(|known| order < known) {
                    best = Some(order);
                    (pair.relationship, pair.relationship_from) = (code, dated.then_some(presence.from));
                }
                pair.undated &= !(dated && stands);
            }
            Source::Touch(at) => {
                pair.touches += 1;
                pair.last_touch = pair.last_touch.max(Some(at));
                pair.undated &= !stands;
            }
        }
    }
    pair.undated &= pair.standing;
    met.then_some(pair)
}

/// The partners that are accounts themselves.
fn own_accounts(eco: &Ecosystem) -> HashSet<(u32, u32)> {
    use partners::Col;
    let chunk = eco.keyed("partners");
    (0..chunk.rows)
        .filter_map(|row| {
            let account = chunk.code(Col::account_id as usize, row);
            let partner = eco.partner_root(chunk.code(Col::partner_id as usize, row));
            (account != NULL).then(|| (partner, eco.account_root(account)))
        })
        .collect()
}

/// The deals on which each of the partners is on record: by a role, a touch, a registration, or as the source.
pub(super) fn recorded(
    eco: &Ecosystem,
    cases: &Cases,
    wanted: &HashSet<u32>,
    as_of: i64,
    monitor: &Monitor,
) -> Result<HashSet<(u32, u32)>> {
    let mut found = HashSet::new();
    let mut add = |opportunity: u32, partner: u32| {
        if opportunity != NULL
            && partner != NULL
            && let Some(&case) = cases.of_opportunity.get(&opportunity)
            && wanted.contains(&eco.partner_root(partner))
        {
            found.insert((case, eco.partner_root(partner)));
        }
    };
    // A record counts from the day on which it is known.
    let tables: [(&str, usize, usize, Option<usize>); 3] = [
        (
            "touchpoints",
            touchpoints::Col::opportunity_id as usize,
            touchpoints::Col::partner_id as usize,
            Some(touchpoints::Col::at as usize),
        ),
        (
            "registrations",
            registrations::Col::opportunity_id as usize,
            registrations::Col::partner_id as usize,
            Some(registrations::Col::submitted_at as usize),
        ),
        (
            "opportunity_partners",
            opportunity_partners::Col::opportunity_id as usize,
            opportunity_partners::Col::partner_id as usize,
            None,
        ),
    ];
    for (table, opportunity, partner, at) in tables {
        for chunk in eco.stored(table).into_iter().flat_map(|s| &s.chunks) {
            for row in 0..chunk.rows {
                let known = at.and_then(|at| chunk.instant(at, row)).is_none_or(|at| at <= as_of);
                if known {
                    add(chunk.code(opportunity, row), chunk.code(partner, row));
                }
            }
            monitor.check()?;
        }
    }
    let chunk = eco.keyed("opportunities");
    for case in &cases.list {
        add(case.opportunity, chunk.code(opportunities::Col::sourced_by as usize, case.row));
    }
    Ok(found)
}

/// How many accounts there are: those of the table, of the deals and of the presences.
pub(super) fn account_count(eco: &Ecosystem, cases: &Cases, presences: &Presences) -> usize {
    let chunk = eco.keyed("accounts");
    let listed = (0..chunk.rows).map(|row| eco.account_root(chunk.code(0, row)));
    let all: HashSet<u32> = listed.chain(cases.of_account.keys().copied()).chain(presences.accounts()).collect();
    all.len()
}

/// The place of each value of a column of the deals in the order of values; the last place is none.
pub(super) fn label_ranks(eco: &Ecosystem, column: usize) -> HashMap<u32, u32> {
    let Some(stored) = eco.stored("opportunities") else { return HashMap::new() };
    let ranks = stored.dictionaries[column].ranks();
    ranks.into_iter().enumerate().map(|(code, rank)| (code as u32, rank)).collect()
}
