//! Threshold design: the bound that puts a wished share of the partners in a tier or above.
//!
//! With the bound open to everybody some partners are in, with it closed some still are (they come in another way). Those
//! between depend on it, and are in exactly while their value reaches it; so the bound that is looked for is one of their
//! values, an order statistic, and no search is needed. The wished number is `ceil(share x n)`, as of a population's top.

use serde::{Deserialize, Serialize};

use super::super::base::Base;
use super::super::compile::{compile, unknown_name};
use super::super::decisions::texts;
use super::super::evaluate::{evaluate, highest};
use super::super::formula::Columns;
use super::super::frame;
use super::super::history::History;
use super::super::measure::measure;
use super::super::program::{Bound, Compiled, Node, Program};
use super::super::review::{ReviewInputs, context, measure_inputs, need_day};
use super::super::top::{Cutoffs, ranks};
use crate::calendar::Date;
use crate::document::out_of_range;
use crate::engine::monitor::Monitor;
use crate::error::{Code, Error, Result, quoted};
use crate::facts::Ecosystem;
use crate::table::result::column;
use crate::table::{ColumnData, RawTable, Table};

/// Which bound is looked for.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct DesignOptions {
    /// The day that is decided about; ISO 8601. Required.
    pub as_of: Option<String>,
    /// The place of the threshold in the document, such as `qualification.gold.all[0].threshold`. Required.
    pub threshold: Option<String>,
    /// The tier that the share is of, it or above. `None`: that of the place.
    pub tier: Option<String>,
    /// The wished shares of the partners, each above 0 and up to 1. Required.
    pub shares: Vec<f64>,
}

impl Program {
    /// The bound that puts a wished share of the partners in a tier or above, all other rules as they are, one row for each
    /// share: share, wished (partners), threshold, partners, achieved, ties (partners with exactly that value), without_them
    /// (partners at the next bound that leaves the ties out), next_threshold, otherwise (partners that are in without it),
    /// note (`others_suffice`: more than wished are in without it; `too_few`: fewer meet the rest).
    ///
    /// # Errors
    /// Those of [`Program::review_frame`]; a place without `at_least` or `at_most`; a bound of which more lets some partners in
    /// and others out.
    ///
    /// ```
    /// use cosell::engine::monitor::Monitor;
    /// use cosell::table::RawTable;
    /// use cosell::tiering::{DesignOptions, Program};
    /// let program = Program::from_json(r#"{
    ///     "program": "services", "version": "2026",
    ///     "tiers": [{"tier": "member", "rank": 1}, {"tier": "gold", "rank": 2}],
    ///     "metrics": {"deals": {"measure": "given", "unit": "count"}},
    ///     "qualification": {"gold": {"threshold": {"metric": "deals", "at_least": 5}}}
    /// }"#)?;
    /// let rows: Vec<_> = (1..=10).map(|n| serde_json::json!({"partner_id": n, "deals": n * 10})).collect();
    /// let options = DesignOptions {
    ///     as_of: Some("2026-11-20".into()),
    ///     threshold: Some("qualification.gold.threshold".into()),
    ///     shares: vec![0.2],
    ///     ..Default::default()
    /// };
    /// let table = program.design_frame(&RawTable::from_json(&rows)?, None, &options, &Monitor::none())?;
    /// assert_eq!((table.number(0, "threshold"), table.number(0, "achieved")), (Some(90.0), Some(0.2)));
    /// # Ok::<(), cosell::Error>(())
    /// ```
    pub fn design_frame(
        &self,
        partners: &RawTable<'_>,
        previous: Option<&RawTable<'_>>,
        options: &DesignOptions,
        monitor: &Monitor,
    ) -> Result<Table> {
        let as_of = self.designed(options)?;
        let base = frame::read(self.compiled(), partners)?;
        let history = self.history(&base, previous, as_of)?;
        self.design_base(&base, &history, options, as_of, monitor)
    }

    /// The same over the partners of an ecosystem, measured once, as [`Program::review`] does.
    ///
    /// # Errors
    /// Those of [`Program::review`] and of [`Program::design_frame`].
    pub fn design(
        &self,
        eco: &Ecosystem,
        inputs: &ReviewInputs<'_>,
        options: &DesignOptions,
        monitor: &Monitor,
    ) -> Result<Table> {
        let as_of = self.designed(options)?;
        let history = self.history_of(eco, inputs, as_of)?;
        let base = measure(self.compiled(), eco, &measure_inputs(inputs, &history), as_of, monitor)?.base;
        self.design_base(&base, &history, options, as_of, monitor)
    }

    /// The day of checked options.
    fn designed(&self, options: &DesignOptions) -> Result<Date> {
        let as_of = need_day(self.compiled(), options.as_of.as_deref())?;
        if options.threshold.is_none() {
            let message = "threshold is missing: the place of a threshold, such as \"qualification.gold.threshold\"";
            return Err(Error::new(Code::MissingOption, "threshold", message));
        }
        if options.shares.is_empty() {
            let message = "shares are missing: the wished shares of the partners, such as [0.05, 0.2]";
            return Err(Error::new(Code::MissingOption, "shares", message));
        }
        for (at, share) in options.shares.iter().enumerate() {
            if !(*share > 0.0 && *share <= 1.0) {
                return Err(out_of_range(&format!("shares[{at}]"), share, "a share above 0 and up to 1"));
            }
        }
        Ok(as_of)
    }

    fn design_base(
        &self,
        base: &Base,
        history: &History,
        options: &DesignOptions,
        as_of: Date,
        monitor: &Monitor,
    ) -> Result<Table> {
        let place = options.threshold.as_deref().unwrap_or_default();
        let found = self.place(place)?;
        let tier = self.tier_of(place, options.tier.as_deref())?;
        monitor.begin("design", options.shares.len())?;
        let standing = standing(self, base, history, &found, tier, as_of)?;
        monitor.advance(options.shares.len())?;
        Ok(table(&options.shares, &standing, found.lower))
    }

    /// The nodes of a threshold.
    fn place(&self, place: &str) -> Result<Place> {
        let program = self.compiled();
        let (inner, track) =
            place.split_once(".by_track.").map_or((place, None), |(inner, track)| (inner, Some(track)));
        let bare = [".at_least", ".at_most", ".more_than", ".less_than"]
            .iter()
            .find_map(|end| inner.strip_suffix(end))
            .unwrap_or(inner);
        let path = bare.strip_suffix(".threshold").unwrap_or(bare);
        let mut nodes = Vec::new();
        let (mut lower, mut strict, mut both) = (true, false, false);
        for (at, rules) in program.tracks.iter().enumerate() {
            if track.is_some_and(|t| t != "otherwise" && rules.track.as_deref() != Some(t)) {
                continue;
            }
            for (node, own) in rules.paths.iter().enumerate() {
                let Node::Test(test) = &rules.nodes[node] else { continue };
                if own == path && !test.gate {
                    lower = test.low.is_some();
                    strict = test.low.or(test.high).is_some_and(|b| b.strict);
                    both = test.low.is_some() && test.high.is_some();
                    nodes.push((at, node));
                }
            }
        }
        if nodes.is_empty() {
            let known: std::collections::BTreeSet<String> = program
                .tracks
                .iter()
                .flat_map(|rules| rules.nodes.iter().zip(&rules.paths))
                .filter(|(node, _)| matches!(node, Node::Test(test) if !test.gate))
                .map(|(_, path)| format!("{path}.threshold"))
                .collect();
            return Err(unknown_name("threshold", "place of a threshold", place, known.iter().map(String::as_str)));
        }
        if strict || both {
            let text = "a threshold with one bound, at_least or at_most, can be designed";
            let message =
                format!("{} has {}; {text}", quoted(place), if both { "two bounds" } else { "more_than or less_than" });
            return Err(Error::new(Code::InvalidOption, "threshold", message));
        }
        Ok(Place { path: path.to_owned(), nodes, lower })
    }

    /// The tier that a share is of.
    fn tier_of(&self, place: &str, named: Option<&str>) -> Result<usize> {
        let program = self.compiled();
        let known = || program.tiers.iter().map(|t| t.tier.as_str());
        let of_place = || {
            let rest = place.split_once("qualification.").map(|(_, rest)| rest)?;
            // The longest name that fits, where one is the beginning of another.
            known()
                .filter(|tier| rest.strip_prefix(*tier).is_some_and(|r| r.starts_with('.') || r.is_empty()))
                .max_by_key(|t| t.len())
        };
        let Some(name) = named.or_else(of_place) else {
            let message = format!("the place {} names no tier: say which tier the share is of", quoted(place));
            return Err(Error::new(Code::MissingOption, "tier", message));
        };
        program.tier(name).ok_or_else(|| unknown_name("tier", "tier", name, known()))
    }
}

/// Where a threshold stands: (track, node).
struct Place {
    path: String,
    nodes: Vec<(usize, usize)>,
    /// It is a lower bound.
    lower: bool,
}

/// How the partners stand to a bound.
struct Standing {
    partners: usize,
    /// In without it.
    otherwise: usize,
    /// The best value of each partner that depends on it, the best first; turned round where less is better.
    values: Vec<f64>,
}

/// The programme with a bound that everybody or nobody meets.
fn opened(program: &Program, place: &Place, open: bool) -> Result<Compiled> {
    let mut compiled = compile(program.document().clone())?;
    let limit = if open == place.lower { f64::NEG_INFINITY } else { f64::INFINITY };
    for &(track, node) in &place.nodes {
        let bound = Some(Bound { limit, strict: !open });
        if let Node::Test(test) = &mut compiled.tracks[track].nodes[node] {
            (test.low, test.high) = if place.lower { (bound, None) } else { (None, bound) };
        }
    }
    Ok(compiled)
}

fn standing(
    program: &Program,
    base: &Base,
    history: &History,
    place: &Place,
    tier: usize,
    as_of: Date,
) -> Result<Standing> {
    let mut of = Vec::new();
    for open in [true, false] {
        let compiled = opened(program, place, open)?;
        let context = context(&compiled, base, history, as_of);
        let evaluated = evaluate(&compiled, base, &context, &Cutoffs::of(&compiled, base))?;
        of.push(evaluated);
    }
    let (open, closed) = (&of[0], &of[1]);
    let reached = |mask: u32| highest(mask) >= Some(tier);
    let compiled = program.compiled();
    let mut by_track: Vec<Option<Columns<'_>>> = Vec::new();
    for (track, rules) in compiled.tracks.iter().enumerate() {
        by_track.push(place.nodes.iter().any(|(t, _)| *t == track).then(|| {
            let mut columns = Columns::new(&base.columns, 0..base.rows());
            columns.derive(&rules.formulas);
            columns
        }));
    }
    let mut result = Standing { partners: 0, otherwise: 0, values: Vec::new() };
    let mut from = 0;
    while from < base.rows() {
        let partner = base.partner[from];
        let until = (from..base.rows()).find(|&row| base.partner[row] != partner).unwrap_or(base.rows());
        result.partners += 1;
        let is_in = (from..until).any(|row| reached(closed.qualifies[row]));
        let harmed = (from..until).any(|row| reached(closed.qualifies[row]) && !reached(open.qualifies[row]));
        let chosen = (from..until).any(|row| open.track[row] != closed.track[row]);
        if harmed || chosen {
            let message = format!(
                "{} does not only let partners in: opening it lowers a tier or changes a track; design it by hand",
                quoted(&place.path)
            );
            return Err(Error::new(Code::InvalidOption, "threshold", message));
        }
        if is_in {
            result.otherwise += 1;
        } else {
            let value = |row: usize| {
                let track = usize::from(open.track[row]);
                let (_, node) = place.nodes.iter().find(|(t, _)| *t == track)?;
                let Node::Test(test) = &compiled.tracks[track].nodes[*node] else { return None };
                let value = by_track.get(track)?.as_ref()?.at(test.column, row);
                (!value.is_nan()).then_some(if place.lower { value } else { -value })
            };
            let depends = (from..until).filter(|&row| reached(open.qualifies[row]));
            result.values.extend(depends.filter_map(value).reduce(f64::max));
        }
        from = until;
    }
    result.values.sort_by(|a, b| b.total_cmp(a));
    Ok(result)
}

/// What is achieved with the bound of one share.
struct Row {
    wished: usize,
    threshold: Option<f64>,
    partners: usize,
    ties: usize,
    next: Option<(f64, usize)>,
    note: Option<&'static str>,
}

fn row(share: f64, standing: &Standing) -> Row {
    let Standing { partners, otherwise, values } = standing;
    let wished = if *partners == 0 { 0 } else { ranks(share, *partners) };
    let none = Row { wished, threshold: None, partners: *otherwise, ties: 0, next: None, note: None };
    if *otherwise >= wished {
        let note = if *otherwise > wished { Some("others_suffice") } else { None };
        return Row { note, ..none };
    }
    let needed = wished - otherwise;
    let Some(&threshold) = values.get(needed - 1).or(values.last()) else {
        return Row { note: Some("too_few"), ..none };
    };
    let within = values.iter().filter(|v| **v >= threshold).count();
    let above = values.iter().filter(|v| **v > threshold).count();
    let next = above.checked_sub(1).and_then(|at| values.get(at)).map(|v| (*v, otherwise + above));
    let note = (needed > values.len()).then_some("too_few");
    Row { wished, threshold: Some(threshold), partners: otherwise + within, ties: within - above, next, note }
}

fn table(shares: &[f64], standing: &Standing, lower: bool) -> Table {
    let rows: Vec<Row> = shares.iter().map(|share| row(*share, standing)).collect();
    let turned = |v: f64| if lower { v } else { -v };
    let share_of = |partners: usize| (standing.partners > 0).then(|| partners as f64 / standing.partners as f64);
    let float =
        |name: &str, of: &dyn Fn(&Row) -> Option<f64>| column(name, ColumnData::Float(rows.iter().map(of).collect()));
    let int = |name: &str, of: &dyn Fn(&Row) -> Option<usize>| {
        column(name, ColumnData::Int(rows.iter().map(|r| of(r).map(|n| n as i64)).collect()))
    };
    Table::new(vec![
        column("share", ColumnData::Float(shares.iter().map(|s| Some(*s)).collect())),
        int("wished", &|r| Some(r.wished)),
        float("threshold", &|r| r.threshold.map(turned)),
        int("partners", &|r| Some(r.partners)),
        float("achieved", &|r| share_of(r.partners)),
        int("ties", &|r| Some(r.ties)),
        float("next_threshold", &|r| r.next.map(|(v, _)| turned(v))),
        int("without_them", &|r| r.next.map(|(_, n)| n)),
        int("otherwise", &|_| Some(standing.otherwise)),
        texts("note", rows.iter().map(|r| r.note)),
    ])
}
