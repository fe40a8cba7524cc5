//! What each row of a frame qualifies for today: its tier and track, in the order of the frame, and the gaps to the tiers
//! above.
//!
//! That is the part of a review which needs neither a past nor a policy: no tier that is held, no grace, no exceptions, no
//! reasons. A million partners take some hundredths of a second; [`Program::review_frame`] decides about partners.

mod highest;
mod rows;

use serde::{Deserialize, Serialize};

use self::highest::{Highest, highest_tiers};
use super::base::Base;
use super::decisions;
use super::document::TrackChoice;
use super::evaluate::{Context, NO_TRACK};
use super::gaps::{GapSearch, Reach, chosen, count_column, number_column, row_columns, tier_column};
use super::history::History;
use super::program::Program;
use super::review::{context, need_day};
use super::single::CutoffRow;
use super::top::Cutoffs;
use crate::engine::monitor::Monitor;
use crate::error::Result;
use crate::table::{Column, RawTable, Table};

/// What rows are judged by beside their metrics.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct QualifyOptions {
    /// The day; ISO 8601. Required where the programme keeps partners in their track for some months; otherwise nothing
    /// depends on it, and a day is only checked against those on which the version holds.
    pub as_of: Option<String>,
    /// Cut-offs of populations: the rows of a review's table `cutoffs`. `None`: the population is the frame itself.
    pub cutoffs: Option<Vec<CutoffRow>>,
}

/// What each row of a frame qualifies for.
#[derive(Debug, Clone)]
pub struct Qualified {
    program: Program,
    base: Base,
    context: Context,
    cutoffs: Cutoffs,
    highest: Highest,
}

impl Program {
    /// The tier that each row of a frame qualifies for, in the order of its rows: one column for each metric that is not made
    /// of others, and for each attribute that a criterion names. Ids and scopes are only carried along: they may be missing, and
    /// the rows of one partner are judged each by itself.
    ///
    /// It is what [`Program::review_frame`] calls `qualified` for a row without a past: where a tier must have been held
    /// before, it was not; a tier that is met on a day of the past does not count. Columns that own their numbers are
    /// taken as they are, borrowed ones are copied once.
    ///
    /// # Errors
    /// A missing metric, attribute or day; a value of the wrong type.
    ///
    /// ```
    /// use cosell::engine::monitor::Monitor;
    /// use cosell::table::{RawColumn, RawTable, RawValues};
    /// use cosell::tiering::{Program, QualifyOptions, Reach};
    /// let program = Program::from_json(r#"{
    ///     "program": "services", "version": "2026",
    ///     "tiers": [{"tier": "member", "rank": 1}, {"tier": "gold", "rank": 2}],
    ///     "metrics": {"deals": {"measure": "given", "unit": "count"}},
    ///     "qualification": {"gold": {"threshold": {"metric": "deals", "at_least": 5}}}
    /// }"#)?;
    /// let deals = RawColumn::new("deals", RawValues::F64(vec![3.0, 8.0].into()));
    /// let partners = RawTable::from_columns(vec![deals])?;
    /// let qualified = program.qualify(partners, &QualifyOptions::default(), &Monitor::none())?;
    /// assert_eq!(qualified.tier_names(), ["member", "gold"]);
    /// assert_eq!(qualified.codes(), [0, 1]);
    /// assert_eq!(qualified.gaps(Reach::Next)?.number(0, "missing"), Some(2.0));
    /// # Ok::<(), cosell::Error>(())
    /// ```
    pub fn qualify(&self, partners: RawTable<'_>, options: &QualifyOptions, monitor: &Monitor) -> Result<Qualified> {
        let program = self.compiled();
        let tracks = program.document.tracks.as_ref();
        let sticky = tracks.is_some_and(|t| t.sticky_months.is_some());
        let day =
            if sticky || options.as_of.is_some() { Some(need_day(program, options.as_of.as_deref())?) } else { None };
        let record: &[&str] = match tracks {
            Some(_) if sticky => &["track", "enrolled_on"],
            Some(tracks) if tracks.choose == TrackChoice::Enrolled => &["track"],
            _ => &[],
        };
        let base = rows::read(program, partners, record)?;
        monitor.begin("review", base.rows())?;
        let context = match day {
            Some(day) if sticky => context(program, &base, &History::default(), day),
            _ => Context::default(),
        };
        let cutoffs = match &options.cutoffs {
            Some(rows) => Cutoffs::given(program, rows),
            None => Cutoffs::of(program, &base),
        };
        let highest = highest_tiers(program, &base, &context, &cutoffs)?;
        monitor.advance(base.rows())?;
        Ok(Qualified { program: self.clone(), base, context, cutoffs, highest })
    }
}

impl Qualified {
    /// The programme.
    pub fn program(&self) -> &Program {
        &self.program
    }

    /// How many rows.
    pub fn len(&self) -> usize {
        self.highest.tier.len()
    }

    /// Whether there are no rows.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// About how many bytes it holds.
    pub fn bytes(&self) -> usize {
        let columns = self.base.columns.iter().flatten().map(Vec::len).sum::<usize>();
        8 * columns + (4 + 1 + 1) * self.len()
    }

    /// The tiers, the lowest first: what codes count.
    pub fn tier_names(&self) -> Vec<&str> {
        self.program.tier_names()
    }

    /// The tracks, in the order of the document: what codes of tracks count; none in a programme without tracks.
    pub fn track_names(&self) -> Vec<&str> {
        self.program.compiled().track_names.iter().flatten().map(String::as_str).collect()
    }

    /// For each row the number of its tier in [`Qualified::tier_names`]; -1: it qualifies for none.
    pub fn codes(&self) -> &[i8] {
        &self.highest.tier
    }

    /// For each row the number of its track in [`Qualified::track_names`]; -1: no track is for it.
    pub fn track_codes(&self) -> Vec<i8> {
        let named = !self.track_names().is_empty();
        let code = |&track: &u8| if named && track != NO_TRACK { track as i8 } else { -1 };
        self.highest.track.iter().map(code).collect()
    }

    /// For each row the total of its track's scorecard; NaN where there is none.
    pub fn scores(&self) -> Vec<f64> {
        if self.highest.score.is_empty() { vec![f64::NAN; self.len()] } else { self.highest.score.clone() }
    }

    /// One row for each row of the frame, in its order: partner_id (row, its number, where the frame has no ids), scope, tier,
    /// track, score.
    pub fn table(&self) -> Table {
        let program = self.program.compiled();
        let mut columns: Vec<Column> = row_columns(&self.base, 0..self.len() as u32).into();
        // What is no number of a tier, because it is below 0, has no name.
        let number = |code: &i8| usize::try_from(*code).unwrap_or(usize::MAX);
        columns.push(tier_column(program, "tier", self.highest.tier.iter().map(number)));
        let names = program.track_names.iter().map(Option::as_deref);
        columns.push(chosen("track", names, self.highest.track.iter().map(|&track| usize::from(track))));
        columns.push(number_column("score", self.scores().into_iter()));
        Table::new(columns)
    }

    /// How many rows qualify for each tier and no higher one: tier (null: for none), rows; the highest tier first.
    pub fn counts(&self) -> Table {
        let program = self.program.compiled();
        let mut rows = vec![0_u32; program.tiers.len() + 1];
        for code in &self.highest.tier {
            rows[(i32::from(*code) + 1) as usize] += 1;
        }
        let tiers = (0..rows.len()).rev().map(|at| at.checked_sub(1).unwrap_or(usize::MAX));
        Table::new(vec![tier_column(program, "tier", tiers), count_column("rows", rows.iter().rev().copied())])
    }

    /// The cut-offs of populations: criterion, track, metric, within, cutoff, population. `evaluate` takes them for one partner.
    pub fn cutoffs(&self) -> Table {
        decisions::cutoffs(self.program.compiled(), &self.cutoffs)
    }

    /// What stands between each row and the tier above the one that it qualifies for, or every tier above it: the columns of
    /// [`super::ProgramReview::gaps`], with `row` in place of partner_id where the frame has no ids; in the order of the rows,
    /// then of the tiers, then of the document.
    ///
    /// # Errors
    /// Only faults of this library.
    pub fn gaps(&self, reach: Reach) -> Result<Table> {
        let (program, base) = (self.program.compiled(), &self.base);
        let (context, cutoffs, tracks) = (&self.context, &self.cutoffs, self.highest.track.as_slice());
        let search = GapSearch { program, base, context, cutoffs, tracks, reach, list: true, progress: false };
        let found = search.run(&|row| usize::try_from(self.highest.tier[row]).ok())?;
        found.table(program, base)
    }
}
