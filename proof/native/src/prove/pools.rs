//! Threads for proofs. A proof has its threads to itself, so that proofs with one thread each really run side by side;
//! threads that have nothing to do are kept for the next proof.

use crate::error::{Error, Result};
use rayon::{ThreadPool, ThreadPoolBuilder};
use std::sync::Mutex;

static IDLE: Mutex<Vec<ThreadPool>> = Mutex::new(Vec::new());
/// Pools that are kept: more proofs at once than this are rare, and an idle thread costs 8 KiB.
const MOST_IDLE: usize = 16;

/// Runs work in a pool of its own with this many threads.
///
/// # Errors
/// `THREADS_UNAVAILABLE` when the system gives no more threads.
pub fn run_with_threads<T: Send>(threads: usize, work: impl FnOnce() -> T + Send) -> Result<T> {
    let idle = {
        let mut idle = IDLE.lock().expect("nobody panics holding it");
        let place = idle.iter().position(|pool| pool.current_num_threads() == threads);
        place.map(|place| idle.swap_remove(place))
    };
    let pool = match idle {
        Some(pool) => pool,
        None => ThreadPoolBuilder::new().num_threads(threads).build().map_err(|error| {
            Error::new(
                "THREADS_UNAVAILABLE",
                format!("cannot start {threads} threads: {error}"),
                "Prove with fewer threads, or raise the limit of processes (ulimit -u).",
            )
        })?,
    };
    let result = pool.install(work);
    let mut idle = IDLE.lock().expect("nobody panics holding it");
    if idle.len() < MOST_IDLE {
        idle.push(pool);
    }
    Ok(result)
}
