//! Threads: one pool, keyed by process id.
//!
//! `fork` copies a process without its worker threads, so a pool made before it would wait for ever in the child: the
//! pool is remembered together with the id of the process that made it, and a child makes its own. Results never depend
//! on the number of threads: workers return values that are merged in the order of their inputs.

use crate::error::{Error, Result};

/// The most threads that [`set_threads`] takes.
pub const MAX_THREADS: usize = 1024;

/// Work of fewer items than this runs on the caller's thread.
pub const SMALL: usize = 1 << 14;

#[cfg(feature = "parallel")]
mod pool {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::sync::{Arc, Mutex, PoisonError};

    use rayon::{ThreadPool, ThreadPoolBuilder};

    use super::{Error, Result};

    struct Entry {
        process: u32,
        threads: usize,
        pool: Arc<ThreadPool>,
    }

    /// 0 means as many as the machine offers.
    static WANTED: AtomicUsize = AtomicUsize::new(0);
    static POOL: Mutex<Option<Entry>> = Mutex::new(None);

    pub(super) fn set_threads(threads: usize) {
        WANTED.store(threads, Ordering::Relaxed);
    }

    pub(super) fn threads() -> usize {
        match WANTED.load(Ordering::Relaxed) {
            0 => std::thread::available_parallelism().map_or(1, std::num::NonZero::get),
            n => n,
        }
    }

    pub(super) fn get() -> Result<Arc<ThreadPool>> {
        let (process, threads) = (std::process::id(), threads());
        let mut known = POOL.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(entry) = known.as_ref().filter(|e| e.process == process && e.threads == threads) {
            return Ok(Arc::clone(&entry.pool));
        }
        let pool = ThreadPoolBuilder::new()
            .num_threads(threads)
            .thread_name(|i| format!("cosell-{i}"))
            .build()
            .map_err(|e| Error::internal(format!("cannot start {threads} threads ({e})")))?;
        let pool = Arc::new(pool);
        if let Some(old) = known.replace(Entry { process, threads, pool: Arc::clone(&pool) })
            && old.process != process
        {
            // Its threads live in the parent only: dropping it here would wait for them.
            std::mem::forget(old.pool);
        }
        Ok(pool)
    }
}

/// Sets how many threads large work uses in this process; 0 means as many as the machine offers.
///
/// # Errors
/// [`crate::Code::OptionOutOfRange`] above [`MAX_THREADS`].
pub fn set_threads(threads: usize) -> Result<()> {
    set_threads_to(threads as f64)
}

/// [`set_threads`] for callers whose numbers may be negative or have a fraction.
///
/// # Errors
/// [`crate::Code::OptionOutOfRange`] for what is no whole number from 0 to [`MAX_THREADS`].
pub fn set_threads_to(threads: f64) -> Result<()> {
    if threads.fract() != 0.0 || !(0.0..=MAX_THREADS as f64).contains(&threads) {
        let expected = format!("a whole number from 0 (all cores) to {MAX_THREADS}");
        return Err(crate::document::out_of_range("threads", threads, &expected));
    }
    let threads = threads as usize;
    #[cfg(feature = "parallel")]
    pool::set_threads(threads);
    Ok(())
}

/// How many threads large work uses.
pub fn threads() -> usize {
    #[cfg(feature = "parallel")]
    return pool::threads();
    #[cfg(not(feature = "parallel"))]
    1
}

/// Applies `work` to every item, on the pool where `size` (the rows behind the items) is large; results come in the
/// order of the items, and the first error in that order wins.
pub(crate) fn map<T, R>(items: Vec<T>, size: usize, work: impl Fn(T) -> Result<R> + Sync + Send) -> Result<Vec<R>>
where
    T: Send,
    R: Send,
{
    #[cfg(feature = "parallel")]
    if size >= SMALL && items.len() > 1 && threads() > 1 {
        use rayon::prelude::*;
        let results: Vec<Result<R>> =
            pool::get()?.install(|| items.into_par_iter().with_max_len(1).map(work).collect());
        return results.into_iter().collect();
    }
    let _ = size;
    items.into_iter().map(work).collect()
}

/// Cuts `0..rows` into pieces of about `size` rows.
pub(crate) fn pieces(rows: usize, size: usize) -> Vec<std::ops::Range<usize>> {
    let size = size.max(1);
    (0..rows.div_ceil(size)).map(|i| i * size..rows.min((i + 1) * size)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_come_in_the_order_of_the_items() {
        let doubled = map((0..1000).collect(), SMALL, |i: i32| Ok(i * 2)).unwrap();
        assert!(doubled.iter().enumerate().all(|(i, d)| *d == i as i32 * 2));
    }

    #[test]
    fn the_first_error_in_order_wins() {
        let fail = |i: i32| if i % 7 == 6 { Err(Error::internal(i)) } else { Ok(i) };
        let error = map((0..1000).collect(), SMALL, fail).unwrap_err();
        assert!(error.message().starts_with("6;"), "{error}");
    }

    #[test]
    fn pieces_cover_all_rows_once() {
        assert_eq!(pieces(10, 4), [0..4, 4..8, 8..10]);
        assert!(pieces(0, 4).is_empty());
    }

    #[test]
    fn too_many_threads_are_refused() {
        assert_eq!(set_threads(MAX_THREADS + 1).unwrap_err().code(), crate::Code::OptionOutOfRange);
    }
}
