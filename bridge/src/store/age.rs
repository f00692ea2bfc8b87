//! How old things are, by a clock that may be wrong.
//!
//! The store counts how long it has lived ([`Age`]), and now and then marks
//! which event was the newest at that age ([`AgeMarks`]). What is to be kept
//! for ninety days goes when the mark is ninety days old that was set after
//! it: no time that was told by a clock is ever compared with another. In
//! doubt things get old later: nothing goes early because a clock once ran
//! ahead, or behind.

use std::collections::VecDeque;

use platen_protocol::TimestampMs;
use rusqlite::{Connection, OptionalExtension as _, params};

use crate::clock::Clock;

const HOUR_MS: u64 = 60 * 60 * 1000;
/// What no clock set by mistake explains as well: a machine that was off for a
/// night, a weekend, a short holiday. Believed at once.
const GAP_BELIEVED_MS: u64 = 7 * 24 * HOUR_MS;
/// A longer gap is believed when the clock has told it for this long while
/// the agent ran: a clock that is wrong is noticed meanwhile.
const GAP_DOUBTED_MS: u64 = 72 * HOUR_MS;
/// Between two marks.
const MARK_EVERY_MS: u64 = HOUR_MS;
/// The count is written after this, where nothing else is written.
const SAVE_EVERY_MS: u64 = 24 * HOUR_MS;

/// How long the store has lived.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Age {
    lived_ms: u64,
    /// What the clock should say now, or the latest it was believed to say.
    latest: TimestampMs,
    /// How long a gap has been doubted.
    doubted_ms: u64,
}

impl Age {
    /// A store that begins now.
    fn born(now: TimestampMs) -> Self {
        Self {
            lived_ms: 0,
            latest: now,
            doubted_ms: 0,
        }
    }

    /// The clock says `now`, and `passed_ms` passed for certain since it last
    /// said something.
    fn observe(&mut self, now: TimestampMs, passed_ms: u64) {
        self.lived_ms = self.lived_ms.saturating_add(passed_ms);
        self.latest = self.latest.saturating_add(passed_ms);
        let Some(gap) = now.checked_sub(self.latest) else {
            // Behind: set back, or ahead before. Time passes all the same.
            self.doubted_ms = 0;
            return;
        };
        if gap > GAP_BELIEVED_MS && self.doubted_ms + passed_ms < GAP_DOUBTED_MS {
            self.doubted_ms += passed_ms;
            return;
        }
        self.lived_ms = self.lived_ms.saturating_add(gap);
        self.latest = now;
        self.doubted_ms = 0;
    }
}

/// The store's age, and which event was the newest at which age.
pub(super) struct AgeMarks {
    clock: Clock,
    passed_ms: u64,
    age: Age,
    saved: Option<Age>,
    /// (age, newest event), oldest first.
    marks: VecDeque<(u64, u64)>,
}

/// What [`AgeMarks::write`] wrote.
pub(super) struct Written {
    age: Age,
    mark: Option<(u64, u64)>,
    needless: usize,
}

impl AgeMarks {
    pub(super) fn load(connection: &Connection, clock: Clock) -> rusqlite::Result<Self> {
        let saved = connection
            .query_row(
                "SELECT lived_ms, latest_at, doubted_ms FROM age",
                [],
                |row| {
                    Ok(Age {
                        lived_ms: row.get(0)?,
                        latest: row.get(1)?,
                        doubted_ms: row.get(2)?,
                    })
                },
            )
            .optional()?;
        let marks = connection
            .prepare("SELECT lived_ms, cursor FROM age_mark ORDER BY lived_ms")?
            .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
            .collect::<rusqlite::Result<_>>()?;
        Ok(Self {
            passed_ms: clock.passed_ms(),
            age: saved.unwrap_or_else(|| Age::born(clock.now())),
            saved,
            clock,
            marks,
        })
    }

    /// How old the store is now.
    pub(super) fn lived_ms(&mut self) -> u64 {
        let passed = self.clock.passed_ms();
        self.age
            .observe(self.clock.now(), passed.saturating_sub(self.passed_ms));
        self.passed_ms = passed;
        self.age.lived_ms
    }

    /// How old the store was when this event was written, at most an hour
    /// wrong; of the newest, when the store was last written.
    pub(super) fn lived_at_ms(&self, cursor: u64) -> u64 {
        let later = self.marks.partition_point(|(_, newest)| *newest < cursor);
        match self.marks.get(later) {
            Some((lived, _)) => *lived,
            None => self.saved.unwrap_or(self.age).lived_ms,
        }
    }

    /// The newest event that is at least this old.
    pub(super) fn newest_of_age(&self, age_ms: u64) -> Option<u64> {
        let end = self.age.lived_ms.checked_sub(age_ms)?;
        let younger = self.marks.partition_point(|(lived, _)| *lived <= end);
        Some(self.marks.get(younger.checked_sub(1)?)?.1)
    }

    /// Whether [`Self::write`] has something to write, when `newest` is the
    /// newest event.
    pub(super) fn is_due(&self, newest: u64) -> bool {
        let since = |lived: u64| self.age.lived_ms.saturating_sub(lived);
        self.mark(newest).is_some()
            || self
                .saved
                .is_none_or(|saved| since(saved.lived_ms) >= SAVE_EVERY_MS)
    }

    fn mark(&self, newest: u64) -> Option<(u64, u64)> {
        let mark = Some((self.age.lived_ms, newest));
        match self.marks.back() {
            None => mark.filter(|_| newest > 0),
            Some((lived, cursor)) => {
                let hour_passed = self.age.lived_ms.saturating_sub(*lived) >= MARK_EVERY_MS;
                mark.filter(|_| hour_passed && newest > *cursor)
            }
        }
    }

    /// Writes the age and a mark where one is due, and removes the marks that
    /// are needed for nothing younger than `keep_ms`; within the caller's
    /// transaction.
    pub(super) fn write(
        &self,
        connection: &Connection,
        newest: u64,
        keep_ms: u64,
    ) -> rusqlite::Result<Written> {
        let Age {
            lived_ms,
            latest,
            doubted_ms,
        } = self.age;
        connection.prepare_cached("DELETE FROM age")?.execute([])?;
        connection
            .prepare_cached(
                "INSERT INTO age (lived_ms, latest_at, doubted_ms) VALUES (?1, ?2, ?3)",
            )?
            .execute(params![lived_ms, latest, doubted_ms])?;
        let mark = self.mark(newest);
        if let Some((lived, cursor)) = mark {
            connection
                .prepare_cached("INSERT INTO age_mark (lived_ms, cursor) VALUES (?1, ?2)")?
                .execute(params![lived, cursor])?;
        }
        // The newest that is old enough stays: it says up to where.
        let end = lived_ms.saturating_sub(keep_ms);
        let needless = self
            .marks
            .partition_point(|(lived, _)| *lived <= end)
            .saturating_sub(1);
        if let Some((kept, _)) = self.marks.get(needless).filter(|_| needless > 0) {
            connection
                .prepare_cached("DELETE FROM age_mark WHERE lived_ms < ?1")?
                .execute(params![kept])?;
        }
        Ok(Written {
            age: self.age,
            mark,
            needless,
        })
    }

    /// That is durable.
    pub(super) fn note_written(&mut self, written: &Written) {
        self.saved = Some(written.age);
        self.marks.drain(..written.needless);
        self.marks.extend(written.mark);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const DAY: u64 = 24 * HOUR_MS;
    const BEGIN: u64 = 20_000 * DAY;

    /// The age in hours after these observations (clock and what passed, in
    /// hours, the clock since the begin).
    fn age_after(observations: &[(i64, u64)]) -> u64 {
        let mut age = Age::born(BEGIN);
        for (now, passed) in observations {
            let now = BEGIN.saturating_add_signed(now * HOUR_MS.cast_signed());
            age.observe(now, passed * HOUR_MS);
        }
        age.lived_ms / HOUR_MS
    }

    #[test]
    fn time_that_passed_counts_whatever_the_clock_says() {
        assert_eq!(age_after(&[(1, 1), (2, 1)]), 2);
        assert_eq!(age_after(&[(-100_000, 1), (-100_000, 1)]), 2, "far behind");
        assert_eq!(age_after(&[(900_000, 1), (900_000, 1)]), 2, "far ahead");
    }

    #[test]
    fn nights_and_weekends_without_the_agent_count() {
        assert_eq!(age_after(&[(9, 9), (24, 0), (33, 9), (72, 0)]), 72);
    }

    #[test]
    fn a_clock_that_once_ran_ahead_or_behind_ages_nothing() {
        let decades = 600_000;
        assert_eq!(
            age_after(&[(1, 1), (decades, 0), (decades, 71), (73, 1)]),
            73
        );
        assert_eq!(
            age_after(&[(1, 1), (-decades, 0), (200 - decades, 200), (202, 1)]),
            202
        );
    }

    #[test]
    fn a_long_holiday_counts_when_the_clock_was_right_for_three_days_of_work() {
        let days: Vec<(i64, u64)> = (0..8)
            .flat_map(|day| [(1000 + day * 24, 0), (1009 + day * 24, 9)])
            .collect();
        assert_eq!(age_after(&days[..14]), 7 * 9, "not yet");
        assert_eq!(age_after(&days), 1009 + 7 * 24);
    }

    proptest! {
        /// However the clock is set, what passed for certain counts, and never
        /// more than that and gaps that could be true.
        #[test]
        fn the_age_never_runs_back_and_never_ahead_of_what_can_be(
            observations in prop::collection::vec((-1_000_000_i64..1_000_000, 0_u64..24), 1..50),
        ) {
            let mut age = Age::born(BEGIN);
            let (mut passed_ms, mut latest) = (0, BEGIN);
            for (now, passed) in observations {
                let before = age.lived_ms;
                let now = BEGIN.saturating_add_signed(now * HOUR_MS.cast_signed());
                age.observe(now, passed * HOUR_MS);
                passed_ms += passed * HOUR_MS;
                latest = latest.max(now);
                prop_assert!(age.lived_ms >= before + passed * HOUR_MS);
                prop_assert!(age.lived_ms <= passed_ms + (latest - BEGIN));
            }
        }
    }
}
