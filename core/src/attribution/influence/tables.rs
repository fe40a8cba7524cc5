//! The tables of the candidates: per partner, per deal, and the figures.

use hashbrown::{HashMap, HashSet};
use serde_json::{Value, json};

use super::judge::Verdict;
use super::presence::{Pair, Presences, account_count};
use super::{Case, Cases, InferredInfluenceOptions, State};
use crate::attribution::involvement::{names, partner_ids};
use crate::calendar::Date;
use crate::facts::{Ecosystem, account_partners, opportunities};
use crate::review::{InferredInfluence, MetricRows, Ratio};
use crate::table::result::{TextColumn, column};
use crate::table::{Column, ColumnData, KeySpace, NULL, Table, Unit};

/// What the tables are made of, beside the candidates.
pub(super) struct Facts<'a> {
    pub(super) options: &'a InferredInfluenceOptions,
    pub(super) as_of: i64,
    pub(super) cases: &'a Cases,
    pub(super) presences: &'a Presences,
    pub(super) own_account_pairs: i64,
}

impl Facts<'_> {
    pub(super) fn result(&self, eco: &Ecosystem, inferred: &[Pair], verdicts: &[Verdict]) -> InferredInfluence {
        InferredInfluence {
            partners: partner_table(eco, verdicts),
            deals: self.deal_table(eco, inferred, verdicts),
            metrics: self.metrics(eco, inferred, verdicts),
            diagnostics: self.diagnostics(eco, inferred, verdicts),
        }
    }

    /// One row per candidate and deal: by the rank of the partner, then by the id of the deal.
    fn deal_table(&self, eco: &Ecosystem, inferred: &[Pair], verdicts: &[Verdict]) -> Table {
        let rank_of: HashMap<u32, usize> = verdicts.iter().enumerate().map(|(at, v)| (v.partner, at)).collect();
        let mut pairs: Vec<&Pair> = inferred.iter().collect();
        pairs.sort_unstable_by_key(|pair| (rank_of.get(&pair.partner).copied(), pair.case));
        let cases: Vec<&Case> = pairs.iter().map(|pair| &self.cases.list[pair.case as usize]).collect();
        let chunk = eco.keyed("opportunities");
        let accounts = cases.iter().map(|c| chunk.code(opportunities::Col::account_id as usize, c.row)).collect();
        let created = cases.iter().map(|c| chunk.instant(opportunities::Col::created_at as usize, c.row));
        let closed = cases.iter().map(|case| {
            let at = chunk.instant(opportunities::Col::closed_at as usize, case.row);
            at.filter(|_| case.state != State::Open)
        });
        let relationship = |pair: &Pair| {
            let stored = eco.stored("account_partners").filter(|_| pair.relationship != NULL)?;
            stored.dictionaries[account_partners::Col::relationship as usize].show(pair.relationship)
        };
        Table::new(vec![
            column("partner_id", partner_ids(eco, pairs.iter().map(|p| p.partner))),
            names(eco, pairs.iter().map(|p| p.partner)),
            ids("opportunity_id", cases.iter().map(|c| c.opportunity).collect(), eco, KeySpace::Opportunity),
            ids("account_id", accounts, eco, KeySpace::Account),
            texts("status", cases.iter().map(|c| Some(status(c.state)))),
            instants("created_at", created),
            instants("closed_at", closed),
            money(eco, "value", cases.iter().map(|c| c.value.map(i128::from))),
            texts("evidence", pairs.iter().map(|p| Some(evidence(p)))),
            texts("relationship", pairs.iter().map(|p| relationship(p))),
            instants("relationship_from", pairs.iter().map(|p| p.relationship_from)),
            ints("touches", pairs.iter().map(|p| p.touches)),
            instants("last_touch_at", pairs.iter().map(|p| p.last_touch)),
            texts("ask", pairs.iter().zip(&cases).map(|(pair, case)| Some(ask(pair, case)))),
        ])
    }

    /// Figures over all candidates, each deal once.
    fn metrics(&self, eco: &Ecosystem, inferred: &[Pair], verdicts: &[Verdict]) -> Table {
        let shared: HashSet<u32> = inferred.iter().map(|pair| pair.case).collect();
        let sum = |state: State, all: bool| {
            let cases = self.cases.list.iter().enumerate();
            let cases = cases.filter(|(at, case)| case.state == state && (all || shared.contains(&(*at as u32))));
            cases.fold((0_i64, 0_i128), |(n, sum), (_, case)| (n + 1, sum + i128::from(case.value.unwrap_or(0))))
        };
        let unit = eco.currency().map_or(Unit::Minor, Unit::Currency);
        let (won, all, open) = (sum(State::Won, false), sum(State::Won, true), sum(State::Open, false));
        let mut rows = MetricRows::default();
        let convention =
            "won deals that a partner shares by the account, with nothing on the deal; each deal once; not credit";
        rows.push_amount("shared_won_revenue", (won.1, unit), won.0, convention);
        let ratio = Ratio::of_amounts(won.1, all.1, unit, all.0);
        let note = (all.1 == 0).then_some("no_won_revenue");
        let value = if note.is_none() { ratio.value() } else { None };
        rows.push("shared_won_share", value, ratio, "share", "of all revenue won in the period; not credit", note);
        let convention = "the same of open deals, at the exchange rates of the day";
        rows.push_amount("shared_open_pipeline", (open.1, unit), open.0, convention);
        let beyond = verdicts.iter().filter(|v| v.reason == "beyond_chance").count();
        let judged = verdicts.iter().filter(|v| v.judged()).count() as i64;
        let convention = "candidates that win more often than comparable deals do, of those that could be judged (n)";
        let note = (judged == 0).then_some("no_judged_partner");
        let value = note.is_none().then_some(beyond as f64);
        rows.push("partners_beyond_chance", value, Ratio::none(judged), "count", convention, note);
        rows.finish()
    }

    fn diagnostics(&self, eco: &Ecosystem, inferred: &[Pair], verdicts: &[Verdict]) -> Value {
        let state = |state: State| self.cases.list.iter().filter(|case| case.state == state).count();
        let refused = |reason: &str| verdicts.iter().filter(|v| v.reason == reason).count();
        json!({
            "as_of": Date::to_string(&eco.zone().date_of(self.as_of)),
            "deals": {"won": state(State::Won), "lost": state(State::Lost), "open": state(State::Open)},
            "accounts": account_count(eco, self.cases, self.presences),
            "relationships": self.presences.relationships,
            "relationships_without_a_beginning": self.presences.undated,
            "pairs_of_partner_and_deal": inferred.len(),
            "pairs_left_out_as_own_account": self.own_account_pairs,
            "candidates": verdicts.len(),
            "judged": verdicts.iter().filter(|v| v.judged()).count(),
            "beyond_chance": refused("beyond_chance"),
            "not_judged": {
                "too_few_deals": refused("too_few_deals"),
                "too_few_comparable_deals": refused("too_few_comparable_deals"),
                "too_few_accounts": refused("too_few_accounts"),
                "no_expected_wins": refused("no_expected_wins"),
            },
            "compared_by": self.options.compare_by,
            "false_discovery_rate": self.options.false_discovery_rate,
            "is_credit": false,
        })
    }
}

/// One row per candidate, in the order of asking.
fn partner_table(eco: &Ecosystem, verdicts: &[Verdict]) -> Table {
    let of = |f: &dyn Fn(&Verdict) -> i64| ColumnData::Int(verdicts.iter().map(|v| Some(f(v))).collect());
    let compared = |f: &dyn Fn(&Verdict) -> Option<f64>| ColumnData::Float(verdicts.iter().map(f).collect());
    let judged = |v: &Verdict| v.comparison.filter(|_| v.judged());
    Table::new(vec![
        column("partner_id", partner_ids(eco, verdicts.iter().map(|v| v.partner))),
        names(eco, verdicts.iter().map(|v| v.partner)),
        ints("rank", 1..=verdicts.len() as i64),
        column("deals", of(&|v| v.won + v.lost + v.open)),
        column("won", of(&|v| v.won)),
        column("lost", of(&|v| v.lost)),
        column("open", of(&|v| v.open)),
        money(eco, "won_value", verdicts.iter().map(|v| Some(v.won_value))),
        money(eco, "open_value", verdicts.iter().map(|v| Some(v.open_value))),
        column("accounts", of(&|v| v.accounts)),
        column("late_deals", of(&|v| v.late)),
        column("undated_deals", of(&|v| v.undated)),
        column("shared_deals", of(&|v| v.shared)),
        column("on_record_deals", of(&|v| v.on_record)),
        column("shared_by_chance", compared(&|v| Some(v.shared_by_chance))),
        column("compared_deals", of(&|v| v.comparison.map_or(0, |c| c.deals))),
        column("compared_won", of(&|v| v.comparison.map_or(0, |c| c.won))),
        column("expected_won", compared(&|v| v.comparison.map(|c| c.expected))),
        column("lift", compared(&|v| judged(v).and_then(|c| c.lift))),
        column("low", compared(&|v| judged(v).and_then(|c| c.interval).map(|i| i.0))),
        column("high", compared(&|v| judged(v).and_then(|c| c.interval).map(|i| i.1))),
        column("p_value", compared(&|v| judged(v).map(|c| c.p))),
        column("q_value", compared(&|v| v.q)),
        texts("reason", verdicts.iter().map(|v| Some(v.reason))),
    ])
}

fn status(state: State) -> &'static str {
    match state {
        State::Won => "won",
        State::Lost => "lost",
        State::Open => "open",
    }
}

fn evidence(pair: &Pair) -> &'static str {
    match (pair.relationship != NULL, pair.touches > 0) {
        (true, true) => "relationship_and_account_touch",
        (true, false) => "relationship",
        (false, _) => "account_touch",
    }
}

/// The code of the question.
fn ask(pair: &Pair, case: &Case) -> &'static str {
    match case.state {
        State::Open => "open_deal",
        _ if !pair.standing => "came_during",
        _ if pair.undated => "since_when",
        _ => "present_before",
    }
}

fn ids(name: &str, codes: Vec<u32>, eco: &Ecosystem, space: KeySpace) -> Column {
    column(name, ColumnData::Keys(codes, std::sync::Arc::clone(eco.keys(space))))
}

fn texts<T: AsRef<str>>(name: &str, values: impl Iterator<Item = Option<T>>) -> Column {
    let mut texts = TextColumn::default();
    values.for_each(|value| texts.push(value.as_ref().map(AsRef::as_ref)));
    texts.finish(name)
}

fn ints(name: &str, values: impl Iterator<Item = i64>) -> Column {
    column(name, ColumnData::Int(values.map(Some).collect()))
}

fn instants(name: &str, values: impl Iterator<Item = Option<i64>>) -> Column {
    column(name, ColumnData::Instant(values.map(|at| at.unwrap_or(i64::MIN)).collect()))
}

fn money(eco: &Ecosystem, name: &str, values: impl Iterator<Item = Option<i128>>) -> Column {
    column(name, ColumnData::Money(values.collect(), eco.currency().map_or(Unit::Minor, Unit::Currency)))
}
