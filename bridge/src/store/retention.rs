//! What the file forgets, and when: documents of finished jobs soon, history
//! after its days.
//!
//! Runs on the writer's thread, many jobs at a time, because forgetting one
//! alone costs as much as printing it, and a bounded number at once, because
//! jobs may wait. What is old, says [`super::age`]; where there is too much,
//! the oldest go. The history is walked a stretch at a time.

use std::collections::VecDeque;
use std::ops::Range;
use std::time::Duration;

use platen_protocol::JobState;
use rusqlite::{Connection, params};

use super::age::{AgeMarks, Written};
use super::changes::{Ended, Told};
use super::{StoreError, documents};
use crate::clock::Clock;
use crate::limits::Limits;

/// Finished jobs whose documents are worth a transaction of their own.
const DOCUMENTS_AT_ONCE: usize = 64;
/// As many octets are worth one, too.
const OCTETS_AT_ONCE: u64 = 8 * 1024 * 1024;
/// Surplus history is looked for after this many finished jobs ...
const WALK_EVERY: u64 = 512;
/// ... among this many rows, which is more than those jobs made.
const WALK_ROWS: u32 = 4096;
/// A printer's own rows go with the jobs that came so many rows later.
const ROWS_PER_JOB_MAX: u64 = 8;
const HOUR_MS: u64 = 60 * 60 * 1000;
const DAY_MS: u64 = 24 * HOUR_MS;
/// Things grow old also while nothing is asked.
const LOOK_EVERY: Duration = Duration::from_millis(HOUR_MS);

/// When to purge.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Due {
    /// Nothing is to be purged before this has passed.
    After(Duration),
    /// Something is, and more may come that can go with it.
    WhenIdle,
    /// Enough is.
    Now,
}

/// A finished job whose documents are still kept.
struct Finished {
    job: u64,
    octets: u64,
    /// How old the store was when it ended.
    ended_ms: u64,
}

/// What is kept, and what is due to go.
pub(super) struct Retention {
    marks: AgeMarks,
    /// In the order in which they ended.
    finished: VecDeque<Finished>,
    finished_octets: u64,
    finished_documents_max: usize,
    finished_documents_octets_max: u64,
    finished_documents_ms_max: u64,
    history_ms_max: u64,
    history_jobs_max: u64,
    ended_count: u64,
    newest_event: u64,
    /// Where the next walk through the history begins.
    walked_to: u64,
    /// Up to where what is old was removed.
    aged_to: u64,
}

impl Retention {
    pub(super) fn new(
        connection: &Connection,
        limits: &Limits,
        clock: Clock,
    ) -> Result<Self, StoreError> {
        let mut marks = AgeMarks::load(connection, clock)?;
        let mut statement = connection.prepare(&format!(
            "SELECT DISTINCT job.sequence, job.octets, coalesce(job.last_event, 0)
             FROM document JOIN job ON job.sequence = document.place >> {}
             WHERE job.state IN ('completed', 'aborted', 'canceled')
             ORDER BY job.last_event, job.sequence",
            documents::PIECE_BITS
        ))?;
        let finished: VecDeque<Finished> = statement
            .query_map([], |row| {
                Ok(Finished {
                    job: row.get(0)?,
                    octets: row.get(1)?,
                    ended_ms: marks.lived_at_ms(row.get(2)?),
                })
            })?
            .collect::<rusqlite::Result<_>>()?;
        let newest_event =
            connection.query_row("SELECT coalesce(max(cursor), 0) FROM event", [], |row| {
                row.get(0)
            })?;
        // Only now: what is in the file was written before the agent was off.
        marks.lived_ms();
        Ok(Self {
            marks,
            finished_octets: finished.iter().map(|job| job.octets).sum(),
            finished,
            finished_documents_max: limits.finished_documents_max,
            finished_documents_octets_max: limits.finished_documents_octets_max,
            finished_documents_ms_max: u64::from(limits.finished_documents_hours_max) * HOUR_MS,
            history_ms_max: u64::from(limits.history_days_max) * DAY_MS,
            history_jobs_max: limits.history_jobs_max,
            ended_count: 0,
            newest_event,
            walked_to: 0,
            aged_to: 0,
        })
    }

    /// This happened, durably.
    pub(super) fn note(&mut self, told: &Told) {
        let newest = told.events.iter().rev().find_map(|event| event.cursor);
        if let Some(newest) = newest {
            self.newest_event = newest.0;
        }
        if told.ended.is_empty() {
            return;
        }
        let ended_ms = self.marks.lived_ms();
        self.ended_count += told.ended.len() as u64;
        for Ended { job, octets } in &told.ended {
            self.finished_octets += octets;
            self.finished.push_back(Finished {
                job: *job,
                octets: *octets,
                ended_ms,
            });
        }
    }

    /// How many jobs' documents are to be forgotten now, and their octets: the
    /// oldest, until what is kept is few, small and young enough.
    fn surplus(&self, lived_ms: u64) -> (usize, u64) {
        let (mut jobs, mut octets) = (0, 0);
        for job in &self.finished {
            let too_many = self.finished.len() - jobs > self.finished_documents_max;
            let too_large = self.finished_octets - octets > self.finished_documents_octets_max;
            let too_old = lived_ms.saturating_sub(job.ended_ms) >= self.finished_documents_ms_max;
            let enough = jobs >= DOCUMENTS_AT_ONCE || octets >= OCTETS_AT_ONCE;
            if enough || !(too_many || too_large || too_old) {
                break;
            }
            jobs += 1;
            octets += job.octets;
        }
        (jobs, octets)
    }

    /// How urgent [`Self::purge`] is.
    pub(super) fn due(&mut self) -> Due {
        let lived_ms = self.marks.lived_ms();
        let (jobs, octets) = self.surplus(lived_ms);
        if jobs >= DOCUMENTS_AT_ONCE || octets >= OCTETS_AT_ONCE || self.ended_count >= WALK_EVERY {
            Due::Now
        } else if jobs > 0 || self.aged().is_some() || self.marks.is_due(self.newest_event) {
            Due::WhenIdle
        } else {
            let oldest_ends = self.finished.front().map_or(u64::MAX, |job| {
                let end = job.ended_ms.saturating_add(self.finished_documents_ms_max);
                end.saturating_sub(lived_ms)
            });
            Due::After(LOOK_EVERY.min(Duration::from_millis(oldest_ends)))
        }
    }

    /// What is old in the history and was not removed yet.
    fn aged(&self) -> Option<Range<u64>> {
        let end = self.marks.newest_of_age(self.history_ms_max)?;
        (end > self.aged_to).then_some(self.aged_to..end)
    }

    /// Forgets what is due, within the caller's transaction. When that fails,
    /// the same is due again.
    pub(super) fn purge(&mut self, connection: &Connection) -> rusqlite::Result<Purged> {
        let lived_ms = self.marks.lived_ms();
        let (documents, octets) = self.surplus(lived_ms);
        for job in self.finished.iter().take(documents) {
            documents::forget(connection, job.job)?;
        }
        let aged_to = match self.aged() {
            Some(Range { start, end }) => {
                let stretch = stretch(connection, start, end)?;
                self.forget_in(connection, &stretch)?;
                let whole = stretch.len() < WALK_ROWS as usize;
                Some(if whole {
                    end
                } else {
                    stretch.last().map_or(end, |row| row.cursor)
                })
            }
            None => None,
        };
        let walked_to = if self.ended_count >= WALK_EVERY {
            let stretch = stretch(connection, self.walked_to, u64::MAX >> 1)?;
            self.forget_in(connection, &stretch)?;
            let whole = stretch.len() < WALK_ROWS as usize;
            let last = stretch.last().filter(|_| !whole);
            Some(last.map_or(0, |row| row.cursor))
        } else {
            None
        };
        let written = if self.marks.is_due(self.newest_event) {
            let keep_ms = self.history_ms_max;
            Some(self.marks.write(connection, self.newest_event, keep_ms)?)
        } else {
            None
        };
        Ok(Purged {
            documents,
            octets,
            aged_to,
            walked_to,
            written,
        })
    }

    /// The purge is durable.
    pub(super) fn note_purged(&mut self, purged: &Purged) {
        self.finished.drain(..purged.documents);
        self.finished_octets -= purged.octets;
        if let Some(written) = &purged.written {
            self.marks.note_written(written);
        }
        if let Some(aged_to) = purged.aged_to {
            self.aged_to = aged_to;
        }
        if let Some(walked_to) = purged.walked_to {
            self.walked_to = walked_to;
            self.ended_count = 0;
        }
    }

    /// Removes what is too old or too much among these rows. A job's history
    /// goes as a whole, when its end is old enough. The newest row stays
    /// whatever its age, so that no cursor is ever given twice.
    fn forget_in(&self, connection: &Connection, stretch: &[Row]) -> rusqlite::Result<()> {
        let newest: Option<(u64, Option<u64>)> = connection
            .prepare_cached("SELECT cursor, job FROM event ORDER BY cursor DESC LIMIT 1")?
            .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
            .next()
            .transpose()?;
        let Some((newest, newest_job)) = newest else {
            return Ok(());
        };
        let old_end = self.marks.newest_of_age(self.history_ms_max).unwrap_or(0);
        let newest_accepted: u64 = connection
            .prepare_cached("SELECT coalesce(max(sequence), 0) FROM job")?
            .query_row([], |row| row.get(0))?;
        let jobs_end = newest_accepted.saturating_sub(self.history_jobs_max);
        let cursors_end =
            newest.saturating_sub(self.history_jobs_max.saturating_mul(ROWS_PER_JOB_MAX));
        for row in stretch {
            let is_surplus = match row.job {
                Some(job) => job <= jobs_end,
                None => row.cursor <= cursors_end,
            };
            if (row.cursor > old_end && !is_surplus) || row.cursor == newest {
                continue;
            }
            match row.job {
                None => {
                    connection
                        .prepare_cached("DELETE FROM event WHERE cursor = ?1")?
                        .execute(params![row.cursor])?;
                }
                Some(job) if row.ends_job && newest_job != Some(job) => {
                    forget_job(connection, job)?;
                }
                Some(_) => {}
            }
        }
        Ok(())
    }
}

/// A row of the history, as far as it matters here.
struct Row {
    cursor: u64,
    job: Option<u64>,
    ends_job: bool,
}

/// The rows after `start`, up to `end` or [`WALK_ROWS`] of them.
fn stretch(connection: &Connection, start: u64, end: u64) -> rusqlite::Result<Vec<Row>> {
    connection
        .prepare_cached(
            "SELECT cursor, job, state FROM event
             WHERE cursor > ?1 AND cursor <= ?2 ORDER BY cursor LIMIT ?3",
        )?
        .query_map(params![start, end, WALK_ROWS], |row| {
            let state = JobState::from_keyword(row.get_ref(2)?.as_str()?);
            Ok(Row {
                cursor: row.get(0)?,
                job: row.get(1)?,
                ends_job: state.is_some_and(JobState::is_terminal),
            })
        })?
        .collect()
}

/// What one purge did.
pub(super) struct Purged {
    documents: usize,
    octets: u64,
    aged_to: Option<u64>,
    walked_to: Option<u64>,
    written: Option<Written>,
}

fn forget_job(connection: &Connection, job: u64) -> rusqlite::Result<()> {
    documents::forget(connection, job)?;
    for sql in [
        "WITH RECURSIVE chain (link) AS (
             SELECT last_event FROM job WHERE sequence = ?1
             UNION ALL SELECT previous FROM event JOIN chain ON cursor = link
         )
         DELETE FROM event WHERE cursor IN (SELECT link FROM chain)",
        "DELETE FROM job WHERE sequence = ?1",
    ] {
        connection.prepare_cached(sql)?.execute(params![job])?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use platen_protocol::{Cursor, Event, PrinterState};
    use proptest::prelude::*;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU64, Ordering};

    const TODAY: u64 = 100;

    /// An empty file.
    fn empty() -> Connection {
        let mut connection = Connection::open_in_memory().unwrap();
        let vault = super::super::seal::Vault::new(&[7; 32]);
        super::super::schema::migrate(&mut connection, &vault).unwrap();
        connection
    }

    /// A file with these rows (day of the store's life, what the clock said,
    /// job, state), in the order of the log; it lives its hundredth day.
    fn file(rows: &[(u64, u64, Option<u64>, &str)]) -> Connection {
        let connection = empty();
        for (day, at, job, state) in rows {
            if let Some(job) = job {
                connection
                    .execute(
                        "INSERT INTO job (sequence, job_id, printer, name, priority, state, reasons,
                             attempt, octets, accepted_at, changed_at, repeat_safe, digest)
                         VALUES (?1, 'job-' || ?1, 'till', '', 5, ?2, '', 0, 0, 0, ?3, 0, x'')
                         ON CONFLICT (sequence) DO UPDATE SET state = ?2, changed_at = ?3",
                        params![job, state, at],
                    )
                    .unwrap();
            }
            connection
                .execute(
                    "INSERT INTO event (at, job, previous, printer, cause, state, reasons, attempt,
                         octets_sent)
                     VALUES (?1, ?2, (SELECT last_event FROM job WHERE sequence = ?2), 'till', '',
                         ?3, '', 0, 0)",
                    params![at, job, state],
                )
                .unwrap();
            let cursor = connection.last_insert_rowid();
            connection
                .execute(
                    "UPDATE job SET last_event = ?2 WHERE sequence = ?1",
                    params![job, cursor],
                )
                .unwrap();
            connection
                .execute(
                    "INSERT INTO age_mark (lived_ms, cursor) VALUES (?1, ?2)
                     ON CONFLICT (lived_ms) DO UPDATE SET cursor = ?2",
                    params![day * DAY_MS, cursor],
                )
                .unwrap();
        }
        connection
            .execute(
                "INSERT INTO age (lived_ms, latest_at, doubted_ms) VALUES (?1, ?1, 0)",
                params![TODAY * DAY_MS],
            )
            .unwrap();
        connection
    }

    /// As [`file`], with a clock that was always right.
    fn dated(rows: &[(u64, Option<u64>, &'static str)]) -> Connection {
        let rows: Vec<_> = rows
            .iter()
            .map(|(day, job, state)| (*day, day * DAY_MS, *job, *state))
            .collect();
        file(&rows)
    }

    fn today() -> Clock {
        Clock::from_fn(|| TODAY * DAY_MS)
    }

    /// Purges until nothing is due any more.
    fn purge_all(retention: &mut Retention, connection: &Connection) {
        while !matches!(retention.due(), Due::After(_)) {
            let purged = retention.purge(connection).unwrap();
            retention.note_purged(&purged);
        }
    }

    fn left_after(connection: &Connection, limits: &Limits) -> (Vec<u64>, Vec<u64>) {
        let mut retention = Retention::new(connection, limits, today()).unwrap();
        retention.ended_count = WALK_EVERY;
        purge_all(&mut retention, connection);
        let list = |sql| {
            connection
                .prepare(sql)
                .unwrap()
                .query_map([], |row| row.get(0))
                .unwrap()
                .collect::<rusqlite::Result<Vec<u64>>>()
                .unwrap()
        };
        (
            list("SELECT sequence FROM job ORDER BY sequence"),
            list("SELECT cursor FROM event ORDER BY cursor"),
        )
    }

    #[test]
    fn history_goes_by_whole_jobs_when_their_end_is_old_enough() {
        let connection = dated(&[
            (1, Some(1), "pending"),
            (1, Some(2), "pending"),
            (1, None, "stopped"),
            (2, Some(1), "completed"),
            (99, Some(3), "pending"),
            (99, Some(3), "canceled"),
            (100, None, "idle"),
        ]);
        let limits = Limits {
            history_days_max: 90,
            ..Limits::default()
        };
        let left = left_after(&connection, &limits);
        assert_eq!(left, (vec![2, 3], vec![2, 5, 6, 7]));
    }

    #[test]
    fn a_clock_that_once_ran_far_ahead_or_behind_purges_no_history() {
        const DECADES: u64 = 30_000 * DAY_MS;
        let connection = file(&[
            (60, 60 * DAY_MS, Some(1), "completed"),
            (61, DECADES, Some(2), "completed"),
            (62, 0, Some(3), "completed"),
            (63, 63 * DAY_MS, None, "idle"),
            (99, DECADES, Some(4), "completed"),
        ]);
        let limits = Limits {
            history_days_max: 90,
            ..Limits::default()
        };
        assert_eq!(left_after(&connection, &limits).1, vec![1, 2, 3, 4, 5]);
        // Old is what the store has lived long enough after.
        let limits = Limits {
            history_days_max: 38,
            ..Limits::default()
        };
        assert_eq!(left_after(&connection, &limits).1, vec![4, 5]);
    }

    #[test]
    fn the_oldest_ended_jobs_go_when_there_are_too_many() {
        let connection = dated(&[
            (99, Some(1), "completed"),
            (99, Some(2), "interrupted"),
            (99, Some(3), "completed"),
            (99, Some(4), "completed"),
            (99, Some(5), "pending"),
        ]);
        let limits = Limits {
            history_jobs_max: 2,
            ..Limits::default()
        };
        // What waits for a decision stays, whatever its age.
        assert_eq!(left_after(&connection, &limits).0, vec![2, 4, 5]);
    }

    #[test]
    fn the_newest_row_stays_so_that_no_cursor_is_given_twice() {
        let connection = dated(&[(1, None, "idle"), (1, Some(1), "canceled")]);
        let limits = Limits {
            history_days_max: 0,
            ..Limits::default()
        };
        assert_eq!(left_after(&connection, &limits), (vec![1], vec![2]));
    }

    /// A clock that a test moves, and nobody sets.
    #[derive(Clone, Default)]
    struct Hours(Arc<AtomicU64>);

    impl Hours {
        fn clock(&self) -> Clock {
            let now = Arc::clone(&self.0);
            Clock::from_fn(move || now.load(Ordering::Relaxed))
        }

        fn pass(&self, hours: u64) {
            self.0.fetch_add(hours * HOUR_MS, Ordering::Relaxed);
        }
    }

    fn ended(job: u64, octets: u64) -> Told {
        Told {
            events: vec![crate::dispatch::LoggedEvent {
                cursor: Some(Cursor(job)),
                submitter: None,
                event: Event::PrinterStateChanged {
                    printer: "till".parse().unwrap(),
                    state: PrinterState::Idle,
                    reasons: Vec::new(),
                    at: 0,
                },
            }],
            ended: vec![Ended { job, octets }],
        }
    }

    #[test]
    fn documents_go_after_their_hours_also_while_nothing_is_printed() {
        let (connection, hours) = (empty(), Hours::default());
        let limits = Limits {
            finished_documents_hours_max: 2,
            ..Limits::default()
        };
        let mut retention = Retention::new(&connection, &limits, hours.clock()).unwrap();
        retention.note(&ended(1, 10));
        purge_all(&mut retention, &connection);
        hours.pass(1);
        retention.note(&ended(2, 10));
        purge_all(&mut retention, &connection);
        assert_eq!(retention.finished.len(), 2);
        assert_eq!(retention.due(), Due::After(Duration::from_millis(HOUR_MS)));
        hours.pass(1);
        assert_eq!(retention.due(), Due::WhenIdle);
        purge_all(&mut retention, &connection);
        assert_eq!(retention.finished.len(), 1);
        hours.pass(1);
        purge_all(&mut retention, &connection);
        assert_eq!(retention.finished_octets, 0);
    }

    proptest! {
        /// However jobs end and time passes: what is kept is within every
        /// bound, it is the newest, none went that needed not, and no
        /// transaction is large.
        #[test]
        fn documents_are_kept_by_count_octets_and_age_and_the_oldest_go_first(
            steps in prop::collection::vec((1_u64..6_000_000, 0_u64..30), 1..200),
            count_max in 0_usize..80,
            octets_max in 0_u64..100_000_000,
            hours_max in 0_u32..200,
        ) {
            let (connection, hours) = (empty(), Hours::default());
            let limits = Limits {
                finished_documents_max: count_max,
                finished_documents_octets_max: octets_max,
                finished_documents_hours_max: hours_max,
                ..Limits::default()
            };
            let mut retention = Retention::new(&connection, &limits, hours.clock()).unwrap();
            // (job, octets, hours when it ended)
            let mut jobs: VecDeque<(u64, u64, u64)> = VecDeque::new();
            let mut passed = 0;
            for (job, (octets, pause)) in (1..).zip(steps) {
                retention.note(&ended(job, octets));
                jobs.push_back((job, octets, passed));
                hours.pass(pause);
                passed += pause;
                // At times nothing is idle, and much is due together.
                if job % 3 != 0 {
                    continue;
                }
                while !matches!(retention.due(), Due::After(_)) {
                    let purged = retention.purge(&connection).unwrap();
                    prop_assert!(purged.documents <= DOCUMENTS_AT_ONCE);
                    prop_assert!(purged.octets < OCTETS_AT_ONCE + 6_000_000);
                    retention.note_purged(&purged);
                }
                let sum = |jobs: &VecDeque<(u64, u64, u64)>| -> u64 {
                    jobs.iter().map(|(_, octets, _)| octets).sum()
                };
                while let Some((_, _, at)) = jobs.front() {
                    let too_old = passed - at >= u64::from(hours_max);
                    if jobs.len() <= count_max && sum(&jobs) <= octets_max && !too_old {
                        break;
                    }
                    jobs.pop_front();
                }
                let kept: Vec<u64> = retention.finished.iter().map(|job| job.job).collect();
                let expected: Vec<u64> = jobs.iter().map(|(job, ..)| *job).collect();
                prop_assert_eq!(kept, expected);
                prop_assert_eq!(retention.finished_octets, sum(&jobs));
            }
        }
    }
}
