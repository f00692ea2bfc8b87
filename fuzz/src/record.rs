//! What a run of libFuzzer tells beside its own numbers: the most memory and
//! the longest time that one input took so far, one line each time it grows.

use std::cell::Cell;
use std::time::{Duration, Instant};

use crate::Target;

thread_local! {
    static MOST_HELD: Cell<usize> = const { Cell::new(0) };
    static SLOWEST: Cell<Duration> = const { Cell::new(Duration::ZERO) };
}

/// Runs a target once and tells when it took more than ever before.
pub fn execute(target: Target, input: &[u8]) {
    let started = Instant::now();
    let held = target.run(input);
    let took = started.elapsed();
    // By a tenth at least: a run of millions tells a few dozen times.
    let holds_more = held > MOST_HELD.get() / 10 * 11;
    let is_slower = took > SLOWEST.get() / 10 * 11;
    if holds_more || is_slower {
        MOST_HELD.set(held.max(MOST_HELD.get()));
        SLOWEST.set(took.max(SLOWEST.get()));
        eprintln!(
            "most so far: {} KB held, {} us",
            MOST_HELD.get() / 1024,
            SLOWEST.get().as_micros()
        );
    }
}
