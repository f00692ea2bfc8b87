//! What the file forgets, and when: documents of finished jobs soon, history
//! after its days.
//!
//! Runs on the writer's thread, many jobs at a time, because forgetting one
//! alone costs as much as printing it. The history is walked in a circle, a
//! stretch at a time: nothing is sorted by a clock that may have been wrong.

use std::collections::VecDeque;

use platen_protocol::{JobState, TimestampMs};
use rusqlite::{Connection, params};

use super::StoreError;
use super::documents;
use crate::limits::Limits;

/// Finished jobs whose documents are forgotten together.
const DOCUMENTS_AT_ONCE: usize = 64;
/// Old history is looked for after this many finished jobs ...
const WALK_EVERY: u64 = 512;
/// ... among this many rows, which is more than those jobs made.
const WALK_ROWS: u32 = 4096;
/// A printer's own rows go with the jobs that came so many rows later.
const ROWS_PER_JOB_MAX: u64 = 8;
const DAY_MS: u64 = 24 * 60 * 60 * 1000;

/// When to purge.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Due {
    /// Nothing is to be purged.
    No,
    /// Something is, and more may come that can go with it.
    WhenIdle,
    /// Enough is.
    Now,
}

/// What is kept, and what is due to go.
pub(super) struct Retention {
    /// Finished jobs whose documents are still kept, oldest first.
    finished: VecDeque<u64>,
    finished_documents_max: usize,
    history_ms_max: u64,
    history_jobs_max: u64,
    ended_count: u64,
    /// Where the next walk through the history begins.
    walked_to: u64,
}

impl Retention {
    pub(super) fn new(connection: &Connection, limits: &Limits) -> Result<Self, StoreError> {
        let mut statement = connection.prepare(&format!(
            "SELECT DISTINCT job.sequence
             FROM document JOIN job ON job.sequence = document.place >> {}
             WHERE job.state IN ('completed', 'aborted', 'canceled')
             ORDER BY job.changed_at, job.sequence",
            documents::PIECE_BITS
        ))?;
        let finished = statement
            .query_map([], |row| row.get(0))?
            .collect::<rusqlite::Result<_>>()?;
        Ok(Self {
            finished,
            finished_documents_max: limits.finished_documents_max,
            history_ms_max: u64::from(limits.history_days_max) * DAY_MS,
            history_jobs_max: limits.history_jobs_max,
            ended_count: 0,
            walked_to: 0,
        })
    }

    /// These jobs ended, durably.
    pub(super) fn note_ended(&mut self, ended: &[u64]) {
        self.ended_count += ended.len() as u64;
        self.finished.extend(ended);
    }

    /// How many jobs' documents are to be forgotten.
    fn surplus(&self) -> usize {
        self.finished
            .len()
            .saturating_sub(self.finished_documents_max)
    }

    /// How urgent [`Self::purge`] is.
    pub(super) fn due(&self) -> Due {
        if self.surplus() >= DOCUMENTS_AT_ONCE || self.ended_count >= WALK_EVERY {
            Due::Now
        } else if self.surplus() > 0 {
            Due::WhenIdle
        } else {
            Due::No
        }
    }

    /// Forgets what is due, within the caller's transaction. When that fails,
    /// the same is due again.
    pub(super) fn purge(&mut self, connection: &Connection) -> rusqlite::Result<Purged> {
        let documents = self.surplus();
        for job in self.finished.iter().take(documents) {
            documents::forget(connection, *job)?;
        }
        let walked_to = if self.ended_count >= WALK_EVERY {
            Some(self.walk(connection)?)
        } else {
            None
        };
        Ok(Purged {
            documents,
            walked_to,
        })
    }

    /// The purge is durable.
    pub(super) fn note_purged(&mut self, purged: &Purged) {
        self.finished.drain(..purged.documents);
        if let Some(walked_to) = purged.walked_to {
            self.walked_to = walked_to;
            self.ended_count = 0;
        }
    }

    /// Walks a stretch of the history and removes what is too old or too much;
    /// returns
    /// where the next walk begins. A job's history goes as a whole, when its
    /// end is old enough. The newest row stays whatever its age, so that no
    /// cursor is ever given twice.
    fn walk(&self, connection: &Connection) -> rusqlite::Result<u64> {
        let newest: Option<(u64, Option<u64>, TimestampMs)> = connection
            .prepare_cached("SELECT cursor, job, at FROM event ORDER BY cursor DESC LIMIT 1")?
            .query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?
            .next()
            .transpose()?;
        let Some((newest, newest_job, now)) = newest else {
            return Ok(0);
        };
        let end = now.saturating_sub(self.history_ms_max);
        let newest_accepted: u64 = connection
            .prepare_cached("SELECT coalesce(max(sequence), 0) FROM job")?
            .query_row([], |row| row.get(0))?;
        let jobs_end = newest_accepted.saturating_sub(self.history_jobs_max);
        let cursors_end =
            newest.saturating_sub(self.history_jobs_max.saturating_mul(ROWS_PER_JOB_MAX));
        let mut statement = connection.prepare_cached(
            "SELECT cursor, at, job, state FROM event WHERE cursor > ?1 ORDER BY cursor LIMIT ?2",
        )?;
        let stretch: Vec<(u64, TimestampMs, Option<u64>, String)> = statement
            .query_map(params![self.walked_to, WALK_ROWS], |row| {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
            })?
            .collect::<rusqlite::Result<_>>()?;
        for (cursor, at, job, state) in &stretch {
            let is_surplus = match job {
                Some(job) => *job <= jobs_end,
                None => *cursor <= cursors_end,
            };
            if (*at >= end && !is_surplus) || *cursor == newest {
                continue;
            }
            match job {
                None => {
                    connection
                        .prepare_cached("DELETE FROM event WHERE cursor = ?1")?
                        .execute(params![cursor])?;
                }
                Some(job) if JobState::from_keyword(state).is_some_and(JobState::is_terminal) => {
                    if newest_job != Some(*job) {
                        forget_job(connection, *job)?;
                    }
                }
                Some(_) => {}
            }
        }
        Ok(stretch
            .last()
            .filter(|_| stretch.len() == WALK_ROWS as usize)
            .map_or(0, |(cursor, ..)| *cursor))
    }
}

/// What one purge did.
pub(super) struct Purged {
    documents: usize,
    walked_to: Option<u64>,
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

    const DAY: u64 = DAY_MS;

    /// A file with a job for each of these ends (day, job), in the order of
    /// the log; a job without an end is under way.
    fn file(rows: &[(u64, Option<u64>, &str)]) -> Connection {
        let mut connection = Connection::open_in_memory().unwrap();
        let vault = super::super::seal::Vault::new(&[7; 32]);
        super::super::schema::migrate(&mut connection, &vault).unwrap();
        for (day, job, state) in rows {
            if let Some(job) = job {
                connection
                    .execute(
                        "INSERT INTO job (sequence, job_id, printer, name, priority, state, reasons,
                             attempt, octets, accepted_at, changed_at, repeat_safe, digest)
                         VALUES (?1, 'job-' || ?1, 'till', '', 5, ?2, '', 0, 0, 0, ?3, 0, x'')
                         ON CONFLICT (sequence) DO UPDATE SET state = ?2, changed_at = ?3",
                        params![job, state, day * DAY],
                    )
                    .unwrap();
            }
            connection
                .execute(
                    "INSERT INTO event (at, job, previous, printer, cause, state, reasons, attempt,
                         octets_sent)
                     VALUES (?1, ?2, (SELECT last_event FROM job WHERE sequence = ?2), 'till', '',
                         ?3, '', 0, 0)",
                    params![day * DAY, job, state],
                )
                .unwrap();
            connection
                .execute(
                    "UPDATE job SET last_event = last_insert_rowid() WHERE sequence = ?1",
                    params![job],
                )
                .unwrap();
        }
        connection
    }

    fn left(connection: &Connection) -> (Vec<u64>, Vec<u64>) {
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
        let connection = file(&[
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
        let mut retention = Retention::new(&connection, &limits).unwrap();
        retention.ended_count = WALK_EVERY;
        let purged = retention.purge(&connection).unwrap();
        retention.note_purged(&purged);
        assert_eq!(left(&connection), (vec![2, 3], vec![2, 5, 6, 7]));
        assert_eq!(retention.due(), Due::No);
    }

    #[test]
    fn the_oldest_ended_jobs_go_when_there_are_too_many() {
        let connection = file(&[
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
        let mut retention = Retention::new(&connection, &limits).unwrap();
        retention.ended_count = WALK_EVERY;
        retention.purge(&connection).unwrap();
        // What waits for a decision stays, whatever its age.
        assert_eq!(left(&connection).0, vec![2, 4, 5]);
    }

    #[test]
    fn the_newest_row_stays_so_that_no_cursor_is_given_twice() {
        let connection = file(&[(100, None, "idle"), (1, Some(1), "canceled")]);
        let limits = Limits {
            history_days_max: 0,
            ..Limits::default()
        };
        let mut retention = Retention::new(&connection, &limits).unwrap();
        retention.ended_count = WALK_EVERY;
        retention.purge(&connection).unwrap();
        assert_eq!(left(&connection), (vec![1], vec![1, 2]));
    }
}
