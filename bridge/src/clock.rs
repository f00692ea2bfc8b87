//! The wall clock, and the time that passes whatever is done to it; both
//! handed in so that a test can set them.
//!
//! The wall clock is for times that are told or compared with times others
//! told (expiry, history); it may be wrong, and be set. What is measured or
//! waited for uses tokio's clock. How old something is goes by what passed.

use std::fmt;
use std::sync::Arc;
use std::time::SystemTime;

use platen_protocol::TimestampMs;

/// A clock that moved more than this beside the time that passed was set:
/// clocks that are steered towards the right time move slowly.
const SET_MS_MIN: u64 = 30_000;

/// Tells the time.
#[derive(Clone)]
pub struct Clock {
    wall: Arc<dyn Fn() -> TimestampMs + Send + Sync>,
    passed: Arc<dyn Fn() -> u64 + Send + Sync>,
}

impl Clock {
    /// The system's clocks.
    #[must_use]
    pub fn system() -> Self {
        let wall = || {
            SystemTime::now()
                .duration_since(SystemTime::UNIX_EPOCH)
                .map_or(0, |since| u64::try_from(since.as_millis()).unwrap_or(0))
        };
        Self::new(wall, passed_in_system())
    }

    /// A clock that says what `now` says, and that nobody sets.
    #[must_use]
    pub fn from_fn(now: impl Fn() -> TimestampMs + Clone + Send + Sync + 'static) -> Self {
        Self::new(now.clone(), now)
    }

    /// A clock that says what `wall` says, while `passed` milliseconds passed
    /// since some moment.
    #[must_use]
    pub fn new(
        wall: impl Fn() -> TimestampMs + Send + Sync + 'static,
        passed: impl Fn() -> u64 + Send + Sync + 'static,
    ) -> Self {
        Self {
            wall: Arc::new(wall),
            passed: Arc::new(passed),
        }
    }

    /// Milliseconds since the Unix epoch, as far as the machine knows.
    #[must_use]
    pub fn now(&self) -> TimestampMs {
        (self.wall)()
    }

    /// Milliseconds since some moment, also while the machine slept where the
    /// system counts that; only differences mean something.
    #[must_use]
    pub fn passed_ms(&self) -> u64 {
        (self.passed)()
    }

    /// Watches for somebody who sets this clock.
    #[must_use]
    pub fn watch(&self) -> ClockWatch {
        ClockWatch {
            wall: self.now(),
            passed: self.passed_ms(),
            clock: self.clone(),
        }
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Clock")
    }
}

/// What the system counts while nobody can set it.
#[cfg(target_os = "linux")]
fn passed_in_system() -> impl Fn() -> u64 + Send + Sync {
    use rustix::time::{ClockId, clock_gettime};
    || {
        let since_boot = clock_gettime(ClockId::Boottime);
        let seconds = u64::try_from(since_boot.tv_sec).unwrap_or(0);
        let nanoseconds = u64::try_from(since_boot.tv_nsec).unwrap_or(0);
        seconds * 1_000 + nanoseconds / 1_000_000
    }
}

/// What the system counts while nobody can set it.
#[cfg(windows)]
fn passed_in_system() -> impl Fn() -> u64 + Send + Sync {
    platen_windows::machine::passed_ms
}

/// What the system counts while nobody can set it.
#[cfg(not(any(target_os = "linux", windows)))]
fn passed_in_system() -> impl Fn() -> u64 + Send + Sync {
    let begin = std::time::Instant::now();
    move || u64::try_from(begin.elapsed().as_millis()).unwrap_or(u64::MAX)
}

/// Notices that a clock was set.
#[derive(Debug)]
pub struct ClockWatch {
    clock: Clock,
    /// Both clocks when it was last right, or just set.
    wall: TimestampMs,
    passed: u64,
}

impl ClockWatch {
    /// By how much the clock was set since the last call: forward, or back
    /// where negative.
    pub fn set_by_ms(&mut self) -> Option<i64> {
        let (wall, passed) = (self.clock.now(), self.clock.passed_ms());
        let should = self.wall.saturating_add(passed.saturating_sub(self.passed));
        let moved = wall.abs_diff(should);
        if moved < SET_MS_MIN {
            return None;
        }
        (self.wall, self.passed) = (wall, passed);
        let moved = i64::try_from(moved).unwrap_or(i64::MAX);
        Some(if wall > should { moved } else { -moved })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicU64, Ordering};

    #[test]
    fn a_clock_that_was_set_is_noticed_once_and_one_that_is_steered_is_not() {
        let wall = Arc::new(AtomicU64::new(1_000_000));
        let passed = Arc::new(AtomicU64::new(0));
        let read = |value: &Arc<AtomicU64>| {
            let value = Arc::clone(value);
            move || value.load(Ordering::Relaxed)
        };
        let mut watch = Clock::new(read(&wall), read(&passed)).watch();
        for (wall_ms, passed_ms, expected) in [
            (10_000, 10_000, None),
            (20_000, 10_000, None),
            (3_600_000, 1_000, Some(3_609_000)),
            (1_000, 1_000, None),
            (500_000, 10_000, Some(490_000)),
        ] {
            wall.fetch_add(wall_ms, Ordering::Relaxed);
            passed.fetch_add(passed_ms, Ordering::Relaxed);
            assert_eq!(watch.set_by_ms(), expected, "{wall_ms} in {passed_ms}");
        }
        wall.fetch_sub(100_000, Ordering::Relaxed);
        assert_eq!(watch.set_by_ms(), Some(-100_000));
        assert_eq!(watch.set_by_ms(), None);
    }

    #[test]
    fn the_systems_clocks_go_forward_together() {
        let clock = Clock::system();
        let before = clock.passed_ms();
        assert!(clock.passed_ms() >= before);
        assert_eq!(clock.watch().set_by_ms(), None);
    }
}
