//! Tallies: what a scan has counted, cell by cell (a cell is a partner, or a scope of it), and the numbers it comes to.
//!
//! Counts and money are integers; other numbers are collected and summed exactly, cell by cell, at the end; distinct values
//! are collected and counted once. So tallies of parts merge to the same bits in any order.

use crate::engine::exact_sum::ExactSum;
use crate::money::fixed_to_f64;

/// What was counted.
#[derive(Debug)]
pub(super) enum Tally {
    Counts(Vec<u64>),
    /// Sums of minor units, and of how many.
    Money(Vec<i128>, Vec<u64>),
    /// Numbers to sum.
    Numbers(Vec<(u32, f64)>),
    /// Distinct codes.
    Codes(Vec<(u32, u32)>),
    /// Distinct keys of numbers.
    Keys(Vec<(u32, i64)>),
    /// The value with the highest key; of equal keys the highest value.
    Best(Vec<Option<(i64, f64)>>),
    /// Rows that are worth the same, by class.
    Classes(Vec<Option<Tally>>),
    /// Cells and groups, with nothing, minor units or numbers to add up.
    Groups(Vec<(u32, u32)>),
    MoneyGroups(Vec<(u32, u32, i64)>),
    NumberGroups(Vec<(u32, u32, f64)>),
    /// Partners and scopes.
    Pairs(Vec<(u32, u32)>),
    /// Cells and days.
    Leaves(Vec<(u32, i32)>),
    /// The rows themselves.
    Rows(Vec<CountedRow>),
}

/// A row that counted.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct CountedRow {
    pub(super) cell: u32,
    /// The number of its chunk, and its place there.
    pub(super) chunk: u32,
    pub(super) row: u32,
    /// The key of its date.
    pub(super) at: i64,
    /// What tells it apart from others that count: the code or key of a distinct value, the group, or the class of points.
    pub(super) mark: i64,
    /// What is added up, as the tally has it: minor units or a plain number.
    pub(super) number: Option<(i64, f64)>,
}

/// A tally, and what could not be counted.
#[derive(Debug)]
pub(super) struct Counted {
    pub(super) tally: Tally,
    pub(super) cells: usize,
    /// Rows without a date.
    pub(super) undated: u64,
    /// Rows without a scope.
    pub(super) unscoped: u64,
    /// Rows without a value of the field that is counted.
    pub(super) valueless: u64,
}

impl Default for Counted {
    fn default() -> Self {
        Self { tally: Tally::Counts(Vec::new()), cells: 0, undated: 0, unscoped: 0, valueless: 0 }
    }
}

impl Counted {
    pub(super) fn merge(self, other: Self) -> Self {
        Self {
            tally: self.tally.merge(other.tally),
            cells: self.cells,
            undated: self.undated + other.undated,
            unscoped: self.unscoped + other.unscoped,
            valueless: self.valueless + other.valueless,
        }
    }
}

fn joined<T>(mut a: Vec<T>, b: Vec<T>) -> Vec<T> {
    a.extend(b);
    a
}

fn added<T: std::ops::AddAssign + Copy>(mut a: Vec<T>, b: &[T]) -> Vec<T> {
    a.iter_mut().zip(b).for_each(|(a, b)| *a += *b);
    a
}

impl Tally {
    pub(super) fn counts(cells: usize) -> Self {
        Self::Counts(vec![0; cells])
    }

    pub(super) fn sum(money: bool, cells: usize) -> Self {
        if money { Self::Money(vec![0; cells], vec![0; cells]) } else { Self::Numbers(Vec::new()) }
    }

    pub(super) fn best(cells: usize) -> Self {
        Self::Best(vec![None; cells])
    }

    /// Groups whose rows are counted (`None`), or whose money (`true`) or numbers are added up.
    pub(super) fn groups(money: Option<bool>) -> Self {
        match money {
            None => Self::Groups(Vec::new()),
            Some(true) => Self::MoneyGroups(Vec::new()),
            Some(false) => Self::NumberGroups(Vec::new()),
        }
    }

    /// Adds a number to a cell: minor units or a plain number, as the tally has them.
    #[inline]
    pub(super) fn add(&mut self, cell: u32, number: Option<(i64, f64)>) {
        match (self, number) {
            (Self::Counts(counts), _) => counts[cell as usize] += 1,
            (Self::Money(sums, counts), Some((minor, _))) => {
                sums[cell as usize] += i128::from(minor);
                counts[cell as usize] += 1;
            }
            (Self::Numbers(list), Some((_, number))) => list.push((cell, number)),
            _ => {}
        }
    }

    pub(super) fn add_group(&mut self, cell: u32, group: u32, number: Option<(i64, f64)>) {
        match (self, number) {
            (Self::Groups(list), _) => list.push((cell, group)),
            (Self::MoneyGroups(list), Some((minor, _))) => list.push((cell, group, minor)),
            (Self::NumberGroups(list), Some((_, number))) => list.push((cell, group, number)),
            _ => {}
        }
    }

    pub(super) fn add_class(
        &mut self,
        class: usize,
        cells: usize,
        money: Option<bool>,
        cell: u32,
        number: Option<(i64, f64)>,
    ) {
        if let Self::Classes(classes) = self
            && let Some(place) = classes.get_mut(class)
        {
            let start = || money.map_or_else(|| Self::counts(cells), |money| Self::sum(money, cells));
            place.get_or_insert_with(start).add(cell, number);
        }
    }

    /// Keeps the better of what a cell has and a candidate.
    #[inline]
    pub(super) fn better(best: &mut [Option<(i64, f64)>], cell: u32, candidate: Option<(i64, f64)>) {
        let (Some(place), Some((key, value))) = (best.get_mut(cell as usize), candidate) else { return };
        if place.is_none_or(|(k, v)| key > k || (key == k && value > v)) {
            // Both zeros are the same number.
            *place = Some((key, value + 0.0));
        }
    }

    /// Drops pairs that stand twice, where there are many.
    pub(super) fn settle(pairs: &mut Vec<(u32, u32)>) {
        if pairs.len() > 1 << 16 {
            pairs.sort_unstable();
            pairs.dedup();
        }
    }

    fn merge(self, other: Self) -> Self {
        match (self, other) {
            (Self::Counts(a), Self::Counts(b)) => Self::Counts(added(a, &b)),
            (Self::Money(a, n), Self::Money(b, m)) => Self::Money(added(a, &b), added(n, &m)),
            (Self::Numbers(a), Self::Numbers(b)) => Self::Numbers(joined(a, b)),
            (Self::Codes(a), Self::Codes(b)) => Self::Codes(joined(a, b)),
            (Self::Keys(a), Self::Keys(b)) => Self::Keys(joined(a, b)),
            (Self::Best(mut a), Self::Best(b)) => {
                (0_u32..).zip(b).for_each(|(cell, candidate)| Self::better(&mut a, cell, candidate));
                Self::Best(a)
            }
            (Self::Classes(a), Self::Classes(b)) => {
                let merge = |pair| match pair {
                    (Some(a), Some(b)) => Some(Self::merge(a, b)),
                    (a, b) => a.or(b),
                };
                Self::Classes(a.into_iter().zip(b).map(merge).collect())
            }
            (Self::Groups(a), Self::Groups(b)) => Self::Groups(joined(a, b)),
            (Self::MoneyGroups(a), Self::MoneyGroups(b)) => Self::MoneyGroups(joined(a, b)),
            (Self::NumberGroups(a), Self::NumberGroups(b)) => Self::NumberGroups(joined(a, b)),
            (Self::Pairs(a), Self::Pairs(b)) => {
                let mut pairs = joined(a, b);
                Self::settle(&mut pairs);
                Self::Pairs(pairs)
            }
            (Self::Leaves(a), Self::Leaves(b)) => Self::Leaves(joined(a, b)),
            (Self::Rows(a), Self::Rows(b)) => Self::Rows(joined(a, b)),
            (a, _) => {
                debug_assert!(false, "one job has one kind of tally");
                a
            }
        }
    }

    /// The number of each cell; NaN where there is none. `digits` are those of minor units.
    pub(super) fn numbers(self, cells: usize, digits: u8) -> Vec<f64> {
        match self {
            Self::Counts(counts) => counts.into_iter().map(|n| n as f64).collect(),
            Self::Money(sums, _) => sums.into_iter().map(|sum| fixed_to_f64(sum, digits)).collect(),
            Self::Numbers(list) => sums(&list, cells).into_iter().map(|(sum, _)| sum).collect(),
            Self::Codes(list) => distinct(&list, cells),
            Self::Keys(mut list) => {
                list.sort_unstable();
                list.dedup();
                let mut counts = vec![0.0; cells];
                list.iter().for_each(|(cell, _)| counts[*cell as usize] += 1.0);
                counts
            }
            Self::Best(best) => best.into_iter().map(|b| b.map_or(f64::NAN, |(_, value)| value)).collect(),
            _ => vec![f64::NAN; cells],
        }
    }

    /// The mean of each cell; NaN where it has no rows.
    pub(super) fn means(self, cells: usize, digits: u8) -> Vec<f64> {
        let mean = |(sum, count): (f64, u64)| if count == 0 { f64::NAN } else { sum / count as f64 };
        match self {
            Self::Money(sums, counts) => {
                sums.into_iter().zip(counts).map(|(sum, n)| mean((fixed_to_f64(sum, digits), n))).collect()
            }
            Self::Numbers(list) => sums(&list, cells).into_iter().map(mean).collect(),
            _ => vec![f64::NAN; cells],
        }
    }

    /// The cells and groups that reach a limit, in order.
    pub(super) fn reached(self, at_least: f64, digits: u8) -> Vec<(u32, u32)> {
        fn runs<T: Copy>(mut list: Vec<(u32, u32, T)>, reaches: impl Fn(&[(u32, u32, T)]) -> bool) -> Vec<(u32, u32)> {
            list.sort_unstable_by_key(|&(cell, group, _)| (cell, group));
            let runs = list.chunk_by(|a, b| (a.0, a.1) == (b.0, b.1)).filter(|run| reaches(run));
            runs.filter_map(|run| run.first().map(|&(cell, group, _)| (cell, group))).collect()
        }
        match self {
            Self::Groups(list) => {
                let list = list.into_iter().map(|(cell, group)| (cell, group, ())).collect();
                runs(list, |run| run.len() as f64 >= at_least)
            }
            Self::MoneyGroups(list) => {
                runs(list, |run| fixed_to_f64(run.iter().map(|r| i128::from(r.2)).sum(), digits) >= at_least)
            }
            Self::NumberGroups(list) => {
                runs(list, |run| run.iter().map(|r| r.2).collect::<ExactSum>().value() >= at_least)
            }
            _ => Vec::new(),
        }
    }
}

/// The exact sum of each cell, rounded once, and how many numbers it has.
fn sums(list: &[(u32, f64)], cells: usize) -> Vec<(f64, u64)> {
    let (starts, values) = by_cell(list, cells);
    let of = |cell: usize| {
        let own = &values[starts[cell]..starts[cell + 1]];
        let sum = match own {
            [] => 0.0,
            // Both zeros are the same number.
            [one] => *one + 0.0,
            several => several.iter().copied().collect::<ExactSum>().value(),
        };
        (sum, own.len() as u64)
    };
    (0..cells).map(of).collect()
}

/// How many different codes each cell has.
fn distinct(list: &[(u32, u32)], cells: usize) -> Vec<f64> {
    let (starts, codes) = by_cell(list, cells);
    // Codes are days or numbers of a dictionary; days may be negative as such and then are high here.
    let Some(high) = codes.iter().max() else { return vec![0.0; cells] };
    let dense = (*high as usize) < (codes.len() * 8).max(1 << 16);
    let mut seen = vec![u32::MAX; if dense { *high as usize + 1 } else { 0 }];
    let mut own = Vec::new();
    let mut count = |cell: usize| {
        let codes = &codes[starts[cell]..starts[cell + 1]];
        if dense {
            return codes
                .iter()
                .filter(|&&c| std::mem::replace(&mut seen[c as usize], cell as u32) != cell as u32)
                .count();
        }
        own.clear();
        own.extend_from_slice(codes);
        own.sort_unstable();
        own.dedup();
        own.len()
    };
    (0..cells).map(|cell| count(cell) as f64).collect()
}

/// Values by cell: where those of each begin, and one end more.
fn by_cell<T: Copy + Default>(list: &[(u32, T)], cells: usize) -> (Vec<usize>, Vec<T>) {
    let mut starts = vec![0_usize; cells + 1];
    list.iter().for_each(|(cell, _)| starts[*cell as usize + 1] += 1);
    for cell in 1..starts.len() {
        starts[cell] += starts[cell - 1];
    }
    let mut next = starts.clone();
    let mut values = vec![T::default(); list.len()];
    for &(cell, value) in list {
        values[next[cell as usize]] = value;
        next[cell as usize] += 1;
    }
    (starts, values)
}
