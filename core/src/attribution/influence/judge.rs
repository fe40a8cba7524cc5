//! Each candidate with its counts, its money, what chance would give, and the order of asking.

use std::collections::BTreeMap;

use hashbrown::{HashMap, HashSet};

use super::chance::{Calendar, Cell, Comparison, Stratum, compare, pooled, q_values};
use super::presence::{Pair, Presences, account_count, label_ranks};
use super::{Cases, InferredInfluenceOptions, State};
use crate::facts::Ecosystem;

/// What is known about a candidate.
#[derive(Debug, Clone, Default)]
pub(super) struct Verdict {
    pub(super) partner: u32,
    pub(super) won: i64,
    pub(super) lost: i64,
    pub(super) open: i64,
    pub(super) won_value: i128,
    pub(super) open_value: i128,
    /// The accounts of its deals.
    pub(super) accounts: i64,
    /// Deals at whose creation it was not there yet.
    pub(super) late: i64,
    /// Deals at whose creation only a relationship without a beginning says that it was there.
    pub(super) undated: i64,
    /// Deals that it shares, those included on which it is on record.
    pub(super) shared: i64,
    pub(super) on_record: i64,
    /// The deals that it would share at accounts drawn at random.
    pub(super) shared_by_chance: f64,
    /// Wins beside those of comparable deals; none where no deal can be compared.
    pub(super) comparison: Option<Comparison>,
    /// Deals without enough comparable ones.
    pub(super) incomparable: i64,
    pub(super) q: Option<f64>,
    /// The code of what that says.
    pub(super) reason: &'static str,
}

impl Verdict {
    /// Whether its wins can be judged at all.
    pub(super) fn judged(&self) -> bool {
        self.q.is_some()
    }
}

/// Every candidate, the one to ask first in front.
pub(super) fn judge(
    eco: &Ecosystem,
    options: &InferredInfluenceOptions,
    cases: &Cases,
    presences: &Presences,
    inferred: &[Pair],
    on_record: &[Pair],
    recorded: &HashSet<(u32, u32)>,
) -> Vec<Verdict> {
    let mut found = counts(cases, inferred, on_record);
    let strata = Strata::new(eco, options, cases);
    let (cells, mut compared_accounts) = strata.cells(cases, inferred, recorded);
    by_chance(eco, cases, presences, &mut found);
    let mut verdicts: Vec<Verdict> = found.into_values().collect();
    let ranks = eco.partner_ranks();
    verdicts.sort_unstable_by_key(|v| ranks[v.partner as usize]);
    for verdict in &mut verdicts {
        let own = cells.get(&verdict.partner);
        let all = strata.totals.iter().map(|(stratum, total)| (*stratum, cell(*stratum, total, own))).collect();
        let (kept, incomparable) = pooled(all, options.compare_by.len(), i64::from(options.min_comparable));
        verdict.incomparable = incomparable;
        verdict.comparison = (!kept.is_empty()).then(|| compare(&kept));
        let accounts = compared_accounts.remove(&verdict.partner).map_or(0, |a| a.len());
        verdict.reason = refusal(options, verdict, accounts).unwrap_or_default();
    }
    let judged: Vec<usize> = (0..verdicts.len()).filter(|&at| verdicts[at].reason.is_empty()).collect();
    let p: Vec<f64> = judged.iter().filter_map(|&at| verdicts[at].comparison.map(|c| c.p)).collect();
    for (at, q) in judged.into_iter().zip(q_values(&p)) {
        let verdict = &mut verdicts[at];
        let more = verdict.comparison.is_some_and(|c| c.won as f64 > c.expected);
        verdict.q = Some(q);
        verdict.reason = if more && q <= options.false_discovery_rate { "beyond_chance" } else { "within_chance" };
    }
    // Candidates of the same standing and money stay in the order of their ids.
    verdicts.sort_by_key(|v| {
        let standing = ["beyond_chance", "within_chance"].iter().position(|&r| r == v.reason).unwrap_or(2);
        let deals = v.won + v.lost + v.open;
        (standing, std::cmp::Reverse((v.won_value, v.open_value, deals)))
    });
    verdicts
}

/// Why the wins of a partner cannot be judged.
fn refusal(options: &InferredInfluenceOptions, verdict: &Verdict, accounts: usize) -> Option<&'static str> {
    let compared = verdict.comparison.map_or(0, |c| c.deals);
    let least = i64::from(options.min_deals);
    match verdict.comparison {
        _ if compared + verdict.incomparable < least => Some("too_few_deals"),
        _ if compared < least => Some("too_few_comparable_deals"),
        _ if accounts < options.min_accounts as usize => Some("too_few_accounts"),
        Some(comparison) if comparison.lift.is_none() => Some("no_expected_wins"),
        _ => None,
    }
}

/// Deals and money of each candidate.
fn counts(cases: &Cases, inferred: &[Pair], on_record: &[Pair]) -> HashMap<u32, Verdict> {
    let mut found: HashMap<u32, Verdict> = HashMap::new();
    let mut accounts: HashSet<(u32, u32)> = HashSet::new();
    for pair in inferred {
        let case = &cases.list[pair.case as usize];
        let verdict =
            found.entry(pair.partner).or_insert_with(|| Verdict { partner: pair.partner, ..Verdict::default() });
        let value = i128::from(case.value.unwrap_or(0));
        match case.state {
            State::Won => (verdict.won, verdict.won_value) = (verdict.won + 1, verdict.won_value + value),
            State::Lost => verdict.lost += 1,
            State::Open => (verdict.open, verdict.open_value) = (verdict.open + 1, verdict.open_value + value),
        }
        verdict.shared += 1;
        verdict.late += i64::from(!pair.standing);
        verdict.undated += i64::from(pair.undated);
        verdict.accounts += i64::from(accounts.insert((pair.partner, case.account)));
    }
    for pair in on_record {
        if let Some(verdict) = found.get_mut(&pair.partner) {
            verdict.shared += 1;
            verdict.on_record += 1;
        }
    }
    found
}

/// Fills in how many deals each candidate would share at accounts drawn at random.
fn by_chance(eco: &Ecosystem, cases: &Cases, presences: &Presences, found: &mut HashMap<u32, Verdict>) {
    let accounts = account_count(eco, cases, presences);
    let (partners, spans) = presences.spans();
    let met = Calendar::new(cases.list.iter().map(|case| (case.start, case.end)).collect()).met(&spans);
    let mut sums: HashMap<u32, i64> = HashMap::new();
    for (partner, met) in partners.into_iter().zip(met) {
        *sums.entry(partner).or_default() += met;
    }
    for (partner, verdict) in found {
        verdict.shared_by_chance = sums.get(partner).copied().unwrap_or(0) as f64 / accounts.max(1) as f64;
    }
}

/// The partner's deals in a stratum, and those that have it on record.
#[derive(Debug, Clone, Copy, Default)]
struct Own {
    deals: i64,
    won: i64,
    recorded: i64,
    recorded_won: i64,
}

/// Deals that are alike.
struct Strata {
    /// The stratum of each case.
    of: Vec<Stratum>,
    /// Closed deals of each stratum, and the won ones, in the order of the strata.
    totals: BTreeMap<Stratum, (i64, i64)>,
}

/// Each partner's own part of the strata.
type OwnCells = HashMap<u32, BTreeMap<Stratum, Own>>;

impl Strata {
    fn new(eco: &Ecosystem, options: &InferredInfluenceOptions, cases: &Cases) -> Self {
        let chunk = eco.keyed("opportunities");
        let mut of: Vec<Stratum> = vec![[0; 3]; cases.list.len()];
        for (place, by) in options.compare_by.iter().enumerate() {
            let ranks = label_ranks(eco, by.column());
            for (case, stratum) in cases.list.iter().zip(&mut of) {
                stratum[place] = ranks.get(&chunk.code(by.column(), case.row)).copied().unwrap_or(u32::MAX);
            }
        }
        let mut totals: BTreeMap<Stratum, (i64, i64)> = BTreeMap::new();
        for (case, stratum) in cases.list.iter().zip(&of).filter(|(case, _)| case.state != State::Open) {
            let total = totals.entry(*stratum).or_default();
            *total = (total.0 + 1, total.1 + i64::from(case.state == State::Won));
        }
        Self { of, totals }
    }

    /// What each partner has in each stratum, and the accounts of the deals that are compared.
    fn cells(
        &self,
        cases: &Cases,
        inferred: &[Pair],
        recorded: &HashSet<(u32, u32)>,
    ) -> (OwnCells, HashMap<u32, HashSet<u32>>) {
        let mut cells: OwnCells = HashMap::new();
        let mut accounts: HashMap<u32, HashSet<u32>> = HashMap::new();
        let closed = |case: u32| cases.list[case as usize].state != State::Open;
        let won = |case: u32| i64::from(cases.list[case as usize].state == State::Won);
        for pair in inferred.iter().filter(|pair| pair.standing && closed(pair.case)) {
            let own = cells.entry(pair.partner).or_default().entry(self.of[pair.case as usize]).or_default();
            (own.deals, own.won) = (own.deals + 1, own.won + won(pair.case));
            accounts.entry(pair.partner).or_default().insert(cases.list[pair.case as usize].account);
        }
        for &(case, partner) in recorded.iter().filter(|(case, _)| closed(*case)) {
            let own = cells.entry(partner).or_default().entry(self.of[case as usize]).or_default();
            (own.recorded, own.recorded_won) = (own.recorded + 1, own.recorded_won + won(case));
        }
        (cells, accounts)
    }
}

/// A partner's deals of a stratum, and the others.
fn cell(stratum: Stratum, total: &(i64, i64), own: Option<&BTreeMap<Stratum, Own>>) -> Cell {
    let own = own.and_then(|own| own.get(&stratum)).copied().unwrap_or_default();
    Cell {
        deals: own.deals,
        won: own.won,
        others: total.0 - own.deals - own.recorded,
        others_won: total.1 - own.won - own.recorded_won,
    }
}
