//! The one thread that writes.
//!
//! It takes everything that waits, writes it in one transaction and answers
//! after the fsync: while one commit is under way the next one gathers (group
//! commit). When a whole transaction fails, each request is tried alone, so
//! that one bad request fails alone.

use std::collections::VecDeque;
use std::sync::{Arc, mpsc};

use platen_protocol::job::Repeat;
use platen_protocol::{Cursor, CustomerText, Event, JobId, JobStateReason, PrinterId, TimestampMs};
use rusqlite::{Connection, OptionalExtension as _, params};
use tokio::sync::{broadcast, watch};

use super::rows::{join_job_reasons, join_printer_reasons, printer_state_keyword};
use super::{StoreError, Write, code_of};
use crate::dispatch::LoggedEvent;
use crate::grant::Grant;
use crate::job::{NewJob, Transition};
use crate::limits::Limits;
use crate::queue::{Change, CommitResult};

/// Requests in one transaction, so that nobody waits for a crowd.
const GATHER_MAX: usize = 256;
/// Documents are kept in pieces of at most this size.
const PIECE_OCTETS_MAX: usize = 256 * 1024;
/// Old history is looked for after this many finished jobs.
const PURGE_EVERY: u64 = 512;
const DAY_MS: u64 = 24 * 60 * 60 * 1000;

pub(super) struct Writer {
    connection: Connection,
    events: broadcast::Sender<Arc<LoggedEvent>>,
    grants: watch::Sender<Arc<Vec<Arc<Grant>>>>,
    /// Finished jobs whose documents are still kept, oldest first.
    finished: VecDeque<i64>,
    finished_documents_max: usize,
    history_days_max: u32,
    ended_count: u64,
}

/// What a written request has to say once it is durable.
#[derive(Default)]
struct Told {
    events: Vec<LoggedEvent>,
    ended: Vec<i64>,
}

impl Writer {
    pub(super) fn new(
        connection: Connection,
        events: broadcast::Sender<Arc<LoggedEvent>>,
        grants: watch::Sender<Arc<Vec<Arc<Grant>>>>,
        limits: &Limits,
    ) -> Result<Self, StoreError> {
        let finished = {
            let mut statement = connection.prepare(
                "SELECT DISTINCT job.sequence FROM job JOIN document ON document.job = job.sequence
                 WHERE job.state IN ('completed', 'aborted', 'canceled')
                 ORDER BY job.changed_at, job.sequence",
            )?;
            let rows = statement.query_map([], |row| row.get(0))?;
            rows.collect::<rusqlite::Result<_>>()?
        };
        Ok(Self {
            connection,
            events,
            grants,
            finished,
            finished_documents_max: limits.finished_documents_max,
            history_days_max: limits.history_days_max,
            ended_count: 0,
        })
    }

    /// Works until [`Write::Close`], or until nobody can ask any more.
    pub(super) fn run(mut self, inbox: &mpsc::Receiver<Write>) {
        while let Ok(first) = inbox.recv() {
            let mut batch = vec![first];
            while batch.len() < GATHER_MAX {
                let Ok(next) = inbox.try_recv() else { break };
                batch.push(next);
            }
            if !self.work_off(batch) {
                break;
            }
        }
        if let Err(error) = self
            .connection
            .execute_batch("PRAGMA wal_checkpoint(TRUNCATE)")
        {
            tracing::warn!(%error, "the store was not tidied up; the next start does it");
        }
    }

    /// Returns whether to go on.
    fn work_off(&mut self, batch: Vec<Write>) -> bool {
        let mut commits = Vec::with_capacity(batch.len());
        for write in batch {
            match write {
                Write::Commit {
                    printer,
                    changes,
                    done,
                } => commits.push((printer, changes, done)),
                // Everything else is rare: written alone, in its place.
                other => {
                    self.commit_together(std::mem::take(&mut commits));
                    match other {
                        Write::AddGrant { grant, done } => done(self.add_grant(&grant)),
                        Write::RemoveGrant { id, done } => done(self.remove_grant(id)),
                        Write::Revoke {
                            issuer,
                            number,
                            signed,
                            done,
                        } => {
                            done(self.revoke(&issuer, number, &signed));
                        }
                        Write::TellGrants { done } => done(self.publish_grants()),
                        Write::Close => return false,
                        Write::Commit { .. } => {}
                    }
                }
            }
        }
        self.commit_together(commits);
        true
    }

    #[allow(clippy::type_complexity)] // private, and named by its use
    fn commit_together(
        &mut self,
        commits: Vec<(PrinterId, Vec<Change>, Box<dyn FnOnce(CommitResult) + Send>)>,
    ) {
        if commits.is_empty() {
            return;
        }
        let all: Vec<_> = commits
            .iter()
            .map(|(printer, changes, _)| (printer, &changes[..]))
            .collect();
        match self.transact(&all) {
            Ok((results, told)) => {
                self.tell(told);
                for ((_, _, done), result) in commits.into_iter().zip(results) {
                    done(result);
                }
            }
            Err(error) if commits.len() == 1 => {
                tracing::error!(%error, "the store refused a change");
                for (_, _, done) in commits {
                    done(CommitResult::Failed {
                        code: code_of(&error),
                    });
                }
            }
            Err(_) => {
                for commit in commits {
                    self.commit_together(vec![commit]);
                }
            }
        }
    }

    fn transact(
        &mut self,
        commits: &[(&PrinterId, &[Change])],
    ) -> Result<(Vec<CommitResult>, Told), rusqlite::Error> {
        let transaction = self
            .connection
            .transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
        let mut told = Told::default();
        let mut results = Vec::with_capacity(commits.len());
        for (printer, changes) in commits {
            results.push(write_changes(&transaction, printer, changes, &mut told)?);
        }
        let purge = self.finished.len() + told.ended.len();
        for sequence in self
            .finished
            .iter()
            .chain(&told.ended)
            .take(purge.saturating_sub(self.finished_documents_max))
        {
            forget_documents(&transaction, *sequence)?;
        }
        transaction.commit()?;
        Ok((results, told))
    }

    /// After the fsync: what happened becomes known.
    fn tell(&mut self, told: Told) {
        for event in told.events {
            let _ = self.events.send(Arc::new(event));
        }
        self.ended_count += told.ended.len() as u64;
        self.finished.extend(told.ended);
        while self.finished.len() > self.finished_documents_max {
            self.finished.pop_front();
        }
        if self.ended_count >= PURGE_EVERY {
            self.ended_count = 0;
            if let Err(error) = self.purge_history() {
                tracing::warn!(%error, "old history was not purged; it is tried again later");
            }
        }
    }

    fn purge_history(&mut self) -> Result<(), rusqlite::Error> {
        let newest: Option<TimestampMs> = self
            .connection
            .query_row("SELECT max(at) FROM event", [], |row| row.get(0))
            .optional()?
            .flatten();
        let kept = u64::from(self.history_days_max) * DAY_MS;
        let Some(end) = newest.and_then(|newest| newest.checked_sub(kept)) else {
            return Ok(());
        };
        let transaction = self.connection.transaction()?;
        transaction.execute(
            "DELETE FROM document_piece WHERE job IN (SELECT sequence FROM job
             WHERE changed_at < ?1 AND state IN ('completed', 'aborted', 'canceled'))",
            params![end],
        )?;
        transaction.execute(
            "DELETE FROM job
             WHERE changed_at < ?1 AND state IN ('completed', 'aborted', 'canceled')",
            params![end],
        )?;
        transaction.execute(
            "DELETE FROM event WHERE job IS NULL AND at < ?1",
            params![end],
        )?;
        transaction.commit()
    }

    fn add_grant(&mut self, grant: &Grant) -> Result<i64, StoreError> {
        let terms = serde_json::to_string(grant)
            .map_err(|error| rusqlite::Error::ToSqlConversionFailure(error.into()))?;
        self.connection.execute(
            "INSERT INTO trust (certificate, terms) VALUES (?1, ?2)",
            params![grant.certificate, terms],
        )?;
        let id = self.connection.last_insert_rowid();
        self.publish_grants()?;
        Ok(id)
    }

    fn remove_grant(&mut self, id: i64) -> Result<bool, StoreError> {
        let removed = self
            .connection
            .execute("DELETE FROM trust WHERE id = ?1", params![id])?;
        self.publish_grants()?;
        Ok(removed > 0)
    }

    fn publish_grants(&mut self) -> Result<(), StoreError> {
        self.grants
            .send_replace(Arc::new(read_grants(&self.connection)?));
        Ok(())
    }

    fn revoke(&mut self, issuer: &str, number: u64, signed: &str) -> Result<bool, StoreError> {
        let changed = self.connection.execute(
            "INSERT INTO revocation (issuer, number, signed) VALUES (?1, ?2, ?3)
             ON CONFLICT (issuer) DO UPDATE SET number = ?2, signed = ?3 WHERE number < ?2",
            params![issuer, number, signed],
        )?;
        Ok(changed > 0)
    }
}

/// The grants as the store has them.
pub(super) fn read_grants(connection: &Connection) -> Result<Vec<Arc<Grant>>, StoreError> {
    let mut statement =
        connection.prepare("SELECT id, certificate, terms FROM trust ORDER BY id")?;
    let rows = statement.query_map([], |row| {
        let terms: String = row.get(2)?;
        let mut grant: Grant = serde_json::from_str(&terms).map_err(|error| {
            rusqlite::Error::FromSqlConversionFailure(2, rusqlite::types::Type::Text, error.into())
        })?;
        grant.id = row.get(0)?;
        grant.certificate = row.get(1)?;
        Ok(Arc::new(grant))
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Writes one request. An acceptance under a key that is taken writes nothing,
/// and neither does what came with it.
fn write_changes(
    connection: &Connection,
    printer: &PrinterId,
    changes: &[Change],
    told: &mut Told,
) -> Result<CommitResult, rusqlite::Error> {
    for change in changes {
        match change {
            Change::Accept {
                job,
                sequence,
                at,
                held,
            } => {
                if let Some(duplicate) = find_duplicate(connection, job)? {
                    return Ok(duplicate);
                }
                accept(connection, job, *sequence, *at, *held, told)?;
            }
            Change::Transition(transition) => write_transition(connection, transition, told)?,
            Change::SpoolerJob {
                job_id,
                spooler_job,
            } => {
                connection
                    .prepare_cached("UPDATE job SET spooler_job = ?2 WHERE job_id = ?1")?
                    .execute(params![job_id.as_str(), spooler_job])?;
            }
            Change::PrinterState {
                state,
                reasons,
                paused,
                at,
            } => {
                let cursor = insert_event(
                    connection,
                    &EventRow {
                        at: *at,
                        job: None,
                        origin: None,
                        printer: printer.as_str(),
                        cause: "printer-state-changed",
                        from: None,
                        state: printer_state_keyword(*state),
                        reasons: &join_printer_reasons(reasons),
                        attempt: 0,
                        octets_sent: 0,
                        evidence: None,
                        code: None,
                        detail: None,
                    },
                )?;
                if *paused {
                    connection.execute(
                        "INSERT OR IGNORE INTO paused (printer, at) VALUES (?1, ?2)",
                        params![printer.as_str(), at],
                    )?;
                } else {
                    connection.execute(
                        "DELETE FROM paused WHERE printer = ?1",
                        params![printer.as_str()],
                    )?;
                }
                told.events.push(LoggedEvent {
                    cursor: Some(cursor),
                    origin: None,
                    event: Event::PrinterStateChanged {
                        printer: printer.clone(),
                        state: *state,
                        reasons: reasons.clone(),
                        at: *at,
                    },
                });
            }
        }
    }
    Ok(CommitResult::Done)
}

fn find_duplicate(
    connection: &Connection,
    job: &NewJob,
) -> Result<Option<CommitResult>, rusqlite::Error> {
    let Some(key) = &job.idempotency_key else {
        return Ok(None);
    };
    connection
        .prepare_cached(
            "SELECT job_id, printer, digest FROM job
             WHERE coalesce(origin, '') = ?1 AND idempotency_key = ?2",
        )?
        .query_row(
            params![
                job.origin
                    .as_ref()
                    .map_or("", platen_protocol::Origin::as_str),
                key.as_str()
            ],
            |row| {
                let job_id: String = row.get(0)?;
                let printer: String = row.get(1)?;
                let digest: Vec<u8> = row.get(2)?;
                let damaged = || rusqlite::Error::InvalidQuery;
                Ok(CommitResult::Duplicate {
                    job_id: job_id.parse().map_err(|_| damaged())?,
                    printer: printer.parse().map_err(|_| damaged())?,
                    same: digest == job.digest.octets(),
                })
            },
        )
        .optional()
}

fn accept(
    connection: &Connection,
    job: &NewJob,
    sequence: u64,
    at: TimestampMs,
    held: Option<JobStateReason>,
    told: &mut Told,
) -> Result<(), rusqlite::Error> {
    let state = match held {
        Some(_) => platen_protocol::JobState::PendingHeld,
        None => platen_protocol::JobState::Pending,
    };
    let reasons: Vec<JobStateReason> = held.into_iter().collect();
    let joined = join_job_reasons(&reasons);
    let origin = job.origin.as_ref().map(platen_protocol::Origin::as_str);
    connection
        .prepare_cached(
            "INSERT INTO job (sequence, job_id, origin, printer, name, priority, state, reasons,
                 attempt, octets, accepted_at, changed_at, not_before, expires_at, repeat_safe,
                 reprint_of, idempotency_key, digest)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, 0, ?9, ?10, ?10, ?11, ?12, ?13, ?14, ?15, ?16)",
        )?
        .execute(params![
            sequence,
            job.job_id.as_str(),
            origin,
            job.printer.as_str(),
            job.name.as_str(),
            job.priority,
            state.as_str(),
            joined,
            job.octets(),
            at,
            job.not_before,
            job.expires_at,
            job.repeat == Repeat::Safe,
            job.reprint_of.as_ref().map(JobId::as_str),
            job.idempotency_key.as_ref().map(CustomerText::as_str),
            job.digest.octets().as_slice(),
        ])?;
    for (index, document) in (0_u32..).zip(&job.documents) {
        connection
            .prepare_cached(
                "INSERT INTO document (job, document, format, octets, sha256)
                 VALUES (?1, ?2, ?3, ?4, ?5)",
            )?
            .execute(params![
                sequence,
                index,
                document.format,
                document.octets,
                document.sha256.octets().as_slice()
            ])?;
        let mut insert = connection.prepare_cached(
            "INSERT INTO document_piece (job, document, piece, data) VALUES (?1, ?2, ?3, ?4)",
        )?;
        let pieces = document
            .body
            .pieces
            .iter()
            .flat_map(|piece| piece.chunks(PIECE_OCTETS_MAX));
        for (number, piece) in (0_u32..).zip(pieces) {
            insert.execute(params![sequence, index, number, piece])?;
        }
    }
    let cursor = insert_event(
        connection,
        &EventRow {
            at,
            job: Some(sequence),
            origin,
            printer: job.printer.as_str(),
            cause: "accepted",
            from: None,
            state: state.as_str(),
            reasons: &joined,
            attempt: 0,
            octets_sent: 0,
            evidence: None,
            code: None,
            detail: None,
        },
    )?;
    told.events.push(LoggedEvent {
        cursor: Some(cursor),
        origin: origin.map(Arc::from),
        event: Event::JobStateChanged {
            job_id: job.job_id.clone(),
            printer: job.printer.clone(),
            state,
            reasons,
            attempt: 0,
            evidence: None,
            code: None,
            at,
        },
    });
    Ok(())
}

fn write_transition(
    connection: &Connection,
    transition: &Transition,
    told: &mut Told,
) -> Result<(), rusqlite::Error> {
    let after = &transition.after;
    let reasons = join_job_reasons(&after.reasons);
    let evidence = after.evidence.map(platen_protocol::Evidence::as_str);
    let code = after.code.map(platen_protocol::ErrorCode::as_str);
    let (sequence, origin, printer): (u64, Option<String>, String) = connection
        .prepare_cached(
            "UPDATE job SET state = ?2, reasons = ?3, evidence = ?4, code = ?5, detail = ?6,
                 attempt = ?7, changed_at = ?8
             WHERE job_id = ?1 RETURNING sequence, origin, printer",
        )?
        .query_row(
            params![
                transition.job_id.as_str(),
                after.state.as_str(),
                reasons,
                evidence,
                code,
                transition.detail,
                transition.attempt,
                transition.at
            ],
            |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
        )?;
    let cursor = insert_event(
        connection,
        &EventRow {
            at: transition.at,
            job: Some(sequence),
            origin: origin.as_deref(),
            printer: &printer,
            cause: transition.cause,
            from: Some(transition.from.as_str()),
            state: after.state.as_str(),
            reasons: &reasons,
            attempt: transition.attempt,
            octets_sent: transition.octets_sent,
            evidence,
            code,
            detail: transition.detail.as_deref(),
        },
    )?;
    if after.state.is_terminal() {
        told.ended.push(i64::try_from(sequence).unwrap_or(i64::MAX));
    }
    told.events.push(LoggedEvent {
        cursor: Some(cursor),
        origin: origin.map(Arc::from),
        event: Event::JobStateChanged {
            job_id: transition.job_id.clone(),
            printer: printer.parse().map_err(|_| rusqlite::Error::InvalidQuery)?,
            state: after.state,
            reasons: after.reasons.clone(),
            attempt: transition.attempt,
            evidence: after.evidence,
            code: after.code,
            at: transition.at,
        },
    });
    Ok(())
}

fn forget_documents(connection: &Connection, sequence: i64) -> Result<(), rusqlite::Error> {
    connection
        .prepare_cached("DELETE FROM document_piece WHERE job = ?1")?
        .execute(params![sequence])?;
    connection
        .prepare_cached("DELETE FROM document WHERE job = ?1")?
        .execute(params![sequence])?;
    Ok(())
}

struct EventRow<'a> {
    at: TimestampMs,
    job: Option<u64>,
    origin: Option<&'a str>,
    printer: &'a str,
    cause: &'a str,
    from: Option<&'a str>,
    state: &'a str,
    reasons: &'a str,
    attempt: u32,
    octets_sent: u64,
    evidence: Option<&'a str>,
    code: Option<&'a str>,
    detail: Option<&'a str>,
}

fn insert_event(connection: &Connection, row: &EventRow<'_>) -> Result<Cursor, rusqlite::Error> {
    connection
        .prepare_cached(
            "INSERT INTO event (at, job, origin, printer, cause, from_state, state, reasons,
                 attempt, octets_sent, evidence, code, detail)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)",
        )?
        .execute(params![
            row.at,
            row.job,
            row.origin,
            row.printer,
            row.cause,
            row.from,
            row.state,
            row.reasons,
            row.attempt,
            row.octets_sent,
            row.evidence,
            row.code,
            row.detail
        ])?;
    Ok(Cursor(
        u64::try_from(connection.last_insert_rowid()).unwrap_or(0),
    ))
}
