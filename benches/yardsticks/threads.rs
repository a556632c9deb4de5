//! As many threads as dropoff itself takes: one for each processor that the process may use.

use std::sync::atomic::{AtomicUsize, Ordering};

use crate::measure::Fallible;

pub fn threads() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// Does every job once, whichever thread is free, and adds up what they count.
pub fn side_by_side<Job: Sync>(jobs: &[Job], work: impl Fn(&Job) -> Fallible<u64> + Sync) -> Fallible<u64> {
    let next = AtomicUsize::new(0);
    let run = || -> Fallible<u64> {
        let mut counted = 0;
        while let Some(job) = jobs.get(next.fetch_add(1, Ordering::Relaxed)) {
            counted += work(job)?;
        }
        Ok(counted)
    };
    std::thread::scope(|scope| -> Fallible<u64> {
        let running: Vec<_> = (0..threads()).map(|_| scope.spawn(run)).collect();
        let mut counted = 0;
        for thread in running {
            counted += thread.join().map_err(|_| "a thread panicked")??;
        }
        Ok(counted)
    })
}
