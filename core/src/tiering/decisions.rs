//! The tables of a review.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::gaps::{Progress, Reach, chosen, tier_column};
use super::program::{ColumnRole, Compiled, Formula, Node};
use super::review::{Decided, ProgramReview, cards, codes};
use super::standing::{Decision, Recommendation};
use super::top::Cutoffs;
use crate::calendar::Date;
use crate::error::Result;
use crate::table::result::{TextColumn, column};
use crate::table::{Column, ColumnData, NULL, Table};

/// A column of texts.
pub(crate) fn texts<'a>(name: &str, values: impl Iterator<Item = Option<&'a str>>) -> Column {
    let mut column = TextColumn::default();
    values.for_each(|value| column.push(value));
    column.finish(name)
}

/// A column of days.
pub(crate) fn days(name: &str, values: impl Iterator<Item = Option<Date>>) -> Column {
    column(name, ColumnData::Date(values.map(|d| d.map_or(i32::MIN, |d| d.0)).collect()))
}

impl ProgramReview {
    /// The ids of partners by their codes.
    pub(crate) fn partner_ids(&self, codes: impl Iterator<Item = u32>) -> Column {
        column("partner_id", ColumnData::Keys(codes.collect(), Arc::clone(&self.base.partners)))
    }

    /// The scopes of rows, where the programme has them.
    pub(crate) fn scope_names(&self, rows: impl Iterator<Item = usize>) -> Option<Column> {
        let rule = self.program.document().scope.as_ref()?;
        let codes = rows.map(|row| self.base.scope.get(row).copied().unwrap_or(NULL)).collect();
        Some(column(&rule.by, ColumnData::Keys(codes, Arc::clone(&self.base.scopes))))
    }

    pub(crate) fn tier_name(&self, tier: Option<usize>) -> Option<&str> {
        tier.and_then(|t| self.program.compiled().tiers.get(t)).map(|t| t.tier.as_str())
    }
}

/// The decisions.
pub(super) fn table(review: &ProgramReview) -> Result<Table> {
    let program = review.program.compiled();
    let all = || review.decided.iter();
    // What is beyond the last tier has no name.
    let number = |tier: Option<usize>| tier.unwrap_or(usize::MAX);
    let tiers = |name: &str, of: fn(&Decision) -> Option<usize>| {
        tier_column(program, name, all().map(|d| number(of(&d.decision))))
    };
    let same = |name: &str, text: &str| chosen(name, [Some(text)].into_iter(), all().map(|_| 0));
    let dates = |name: &str, of: fn(&Decision) -> Option<Date>| days(name, all().map(|d| of(&d.decision)));
    let mut next: Vec<Option<Progress>> = vec![None; review.base.rows()];
    for progress in review.find_progress(Reach::Next)? {
        next[progress.row as usize] = Some(progress);
    }
    let next_tier = |d: &Decided| next[d.row].map(|p| usize::from(p.tier));
    let count = |of: fn(&Progress) -> u32| {
        ColumnData::Int(all().map(|d| next[d.row].as_ref().map(|p| i64::from(of(p)))).collect())
    };
    let scores = all().map(|d| Some(review.evaluated.score[d.row]).filter(|s| !s.is_nan())).collect();
    let tracks = program.track_names.iter().map(Option::as_deref);
    let words = Recommendation::ALL.iter().map(|word| Some(word.as_str()));
    let mut columns = vec![review.partner_ids(all().map(|d| d.partner))];
    columns.extend(review.scope_names(all().map(|d| d.row)));
    columns.extend([
        same("program", &program.document.program),
        same("version", &program.document.version),
        days("as_of", all().map(|_| Some(review.as_of))),
        chosen("track", tracks, all().map(|d| number(d.decision.track))),
        column("score", ColumnData::Float(scores)),
        tiers("qualified", |d| d.qualified),
        tiers("earned", |d| d.earned),
        tiers("previous", |d| d.previous),
        tiers("effective", |d| d.effective),
        chosen("recommendation", words, all().map(|d| d.decision.recommendation as usize)),
        because(review),
        tier_column(program, "next_tier", all().map(|d| number(next_tier(d)))),
        column("satisfied", count(|p| p.satisfied)),
        column("total", count(|p| p.total)),
        tiers("standing", |d| d.standing),
        dates("standing_since", |d| d.standing_since),
        dates("track_since", |d| d.track_since),
        dates("short_since", |d| d.short_since),
        dates("grace_until", |d| d.grace_until),
        tiers("pending", |d| d.pending),
        column("pending_demotion", ColumnData::Bool(all().map(|d| Some(d.decision.pending_demotion)).collect())),
        tiers("kept_tier", |d| d.kept_tier),
        dates("kept_until", |d| d.kept_until),
        dates("enrolled_on", |d| d.enrolled_on),
    ]);
    Ok(Table::new(columns))
}

/// The codes of each decision's reasons. There are few different lists of them.
fn because(review: &ProgramReview) -> Column {
    let mut known: BTreeMap<Vec<&'static str>, usize> = BTreeMap::new();
    let (mut own, mut texts, mut numbers) = (Vec::new(), Vec::new(), Vec::with_capacity(review.decided.len()));
    for decided in &review.decided {
        own.clear();
        own.extend(decided.decision.reasons.iter().map(|reason| reason.code));
        let number = known.get(own.as_slice()).copied().unwrap_or_else(|| {
            known.insert(own.clone(), texts.len());
            texts.push(codes(&decided.decision.reasons));
            texts.len() - 1
        });
        numbers.push(number);
    }
    chosen("because", texts.iter().map(|text| Some(text.as_str())), numbers.into_iter())
}

/// The reasons of decisions.
pub(super) fn reasons(review: &ProgramReview) -> Table {
    let all =
        || review.decided.iter().flat_map(|d| d.decision.reasons.iter().enumerate().map(move |(at, r)| (d, at, r)));
    Table::new(vec![
        review.partner_ids(all().map(|(d, ..)| d.partner)),
        column("place", ColumnData::Int(all().map(|(_, at, _)| Some(at as i64 + 1)).collect())),
        texts("code", all().map(|(.., r)| Some(r.code))),
        texts("tier", all().map(|(.., r)| review.tier_name(r.tier))),
        days("on", all().map(|(.., r)| r.on)),
    ])
}

/// The lines and totals of scorecards.
pub(super) fn scorecards(review: &ProgramReview) -> Table {
    let program = review.program.compiled();
    let cards = cards(program);
    let (mut partners, mut at) = (Vec::new(), Vec::new());
    let (mut names, mut lines) = (TextColumn::default(), TextColumn::default());
    let (mut points, mut maxima) = (Vec::new(), Vec::new());
    for decided in &review.decided {
        let Some(rules) = decided.decision.track.map(|t| &program.tracks[t]) else { continue };
        let columns = review.columns_of(decided.row);
        for (card, (total, of_card)) in &cards {
            for &place in of_card.iter().chain([total]) {
                let formula = rules.formulas.iter().find(|(column, _)| *column == place).map(|(_, f)| f);
                let max = match formula {
                    Some(Formula::Line { max, .. } | Formula::Total { max, .. }) => Some(*max),
                    _ => None,
                };
                partners.push(decided.partner);
                at.push(decided.row);
                names.push(Some(card));
                lines.push(program.columns[place].name.split_once('.').map(|(_, line)| line));
                points.push(Some(columns.at(place, 0)).filter(|v| !v.is_nan()));
                maxima.push(max);
            }
        }
    }
    let mut columns = vec![review.partner_ids(partners.into_iter())];
    columns.extend(review.scope_names(at.into_iter()));
    columns.extend([
        names.finish("scorecard"),
        lines.finish("line"),
        column("points", ColumnData::Float(points)),
        column("max_points", ColumnData::Float(maxima)),
    ]);
    Table::new(columns)
}

/// The metrics of every row.
pub(super) fn metrics(review: &ProgramReview) -> Table {
    let program = review.program.compiled();
    let rows = review.base.rows();
    let shown: Vec<usize> = (0..program.columns.len())
        .filter(|&c| {
            let rule = &program.columns[c];
            rule.months_ago == 0 && matches!(rule.kind, ColumnRole::Base | ColumnRole::Derived)
        })
        .collect();
    let mut values: Vec<Vec<Option<f64>>> = vec![Vec::with_capacity(rows); shown.len()];
    for row in 0..rows {
        let columns = review.columns_of(row);
        for (of, &place) in values.iter_mut().zip(&shown) {
            of.push(Some(columns.at(place, 0)).filter(|v| !v.is_nan()));
        }
    }
    let mut columns = vec![review.partner_ids(review.base.partner.iter().copied())];
    columns.extend(review.scope_names(0..rows));
    columns.extend(
        shown
            .iter()
            .zip(values)
            .map(|(&place, values)| column(&program.columns[place].name, ColumnData::Float(values))),
    );
    Table::new(columns)
}

/// The cut-offs of populations.
pub(super) fn cutoffs(program: &Compiled, cutoffs: &Cutoffs) -> Table {
    let all = || cutoffs.groups.iter();
    let metric = |track: usize, node: usize| match &program.tracks[track].nodes[node] {
        Node::Top(top) => Some(program.columns[top.column].name.as_str()),
        _ => None,
    };
    Table::new(vec![
        texts("criterion", all().map(|((t, n, _), _)| Some(program.tracks[*t].paths[*n].as_str()))),
        texts("track", all().map(|((t, ..), _)| program.track_names[*t].as_deref())),
        texts("metric", all().map(|((t, n, _), _)| metric(*t, *n))),
        texts("within", all().map(|((.., group), _)| Some(group.as_str()))),
        column("cutoff", ColumnData::Float(all().map(|(_, c)| Some(c.value)).collect())),
        column("population", ColumnData::Int(all().map(|(_, c)| c.population.map(|p| p as i64)).collect())),
    ])
}

/// What has to be said of the metrics.
pub(super) fn findings(review: &ProgramReview) -> Table {
    let all = || review.findings.iter();
    Table::new(vec![
        texts("metric", all().map(|f| f.metric.as_deref())),
        texts("code", all().map(|f| Some(f.code))),
        column("rows", ColumnData::Int(all().map(|f| i64::try_from(f.rows).ok()).collect())),
        texts("message", all().map(|f| Some(f.message.as_str()))),
    ])
}
