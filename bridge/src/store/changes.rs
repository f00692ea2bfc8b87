//! From changes to rows: what a job's acceptance and each change of it write.
//!
//! Runs inside the writer's transaction and notes what is to be told once it
//! is durable. Each page touched here is written twice, to the log and to the
//! file, and is most of what a job costs: see `benches/README.md`.

use platen_protocol::job::Repeat;
use platen_protocol::{Cursor, CustomerText, Event, JobId, JobStateReason, PrinterId, TimestampMs};
use rusqlite::{Connection, OptionalExtension as _, params};

use super::rows::{join_job_reasons, join_printer_reasons, printer_state_keyword, submitter};
use super::seal::Vault;
use super::{documents, pauses};
use crate::dispatch::LoggedEvent;
use crate::job::{NewJob, Submitter, Transition};
use crate::owner::User;
use crate::queue::{Change, CommitResult, Pause};

/// What a written request has to say once it is durable.
#[derive(Default)]
pub(super) struct Told {
    pub(super) events: Vec<LoggedEvent>,
    /// Jobs that ended.
    pub(super) ended: Vec<Ended>,
}

/// A job that ended.
pub(super) struct Ended {
    pub(super) job: u64,
    pub(super) octets: u64,
}

/// Writes one request. An acceptance under a key that is taken writes nothing,
/// and neither does what came with it.
pub(super) fn write_changes(
    connection: &Connection,
    vault: &Vault,
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
                if let Some(duplicate) = find_duplicate(connection, vault, job)? {
                    return Ok(duplicate);
                }
                accept(connection, vault, job, *sequence, *at, *held, told)?;
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
            // The machine's pause is not one printer's to keep.
            Change::Pause {
                pause: Pause::Machine,
                ..
            }
            | Change::Resume {
                pause: Pause::Machine,
            } => {}
            Change::Pause { pause, at } => pauses::add(connection, printer, pause, *at)?,
            Change::Resume { pause } => pauses::remove(connection, printer, pause)?,
            Change::PrinterState { state, reasons, at } => {
                let cursor = insert_event(
                    connection,
                    &EventRow {
                        at: *at,
                        job: None,
                        previous: None,
                        origin: None,
                        user: None,
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
                told.events.push(LoggedEvent {
                    cursor: cursor_of(cursor),
                    submitter: None,
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
    vault: &Vault,
    job: &NewJob,
) -> Result<Option<CommitResult>, rusqlite::Error> {
    let Some(key) = &job.idempotency_key else {
        return Ok(None);
    };
    connection
        .prepare_cached(
            "SELECT job_id, printer, digest FROM job
             WHERE coalesce(origin, '') = ?1 AND idempotency_key = ?2
                 AND coalesce(user, '') IN ('', ?3)",
        )?
        .query_row(
            params![
                job.submitter.as_ref().map_or("", |whose| &whose.origin),
                key.as_str(),
                user_id(job.submitter.as_ref()).unwrap_or_default()
            ],
            |row| {
                let job_id: String = row.get(0)?;
                let printer: String = row.get(1)?;
                let digest: Vec<u8> = row.get(2)?;
                let damaged = || rusqlite::Error::InvalidQuery;
                Ok(CommitResult::Duplicate {
                    job_id: job_id.parse().map_err(|_| damaged())?,
                    printer: printer.parse().map_err(|_| damaged())?,
                    same: vault.is_keyed(&job.digest, &digest),
                })
            },
        )
        .optional()
}

fn accept(
    connection: &Connection,
    vault: &Vault,
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
    let submitter = job.submitter.as_ref();
    let origin = submitter.map(|whose| &*whose.origin);
    let cursor = insert_event(
        connection,
        &EventRow {
            at,
            job: Some(sequence),
            previous: None,
            origin,
            user: user_id(submitter),
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
    connection
        .prepare_cached(
            "INSERT INTO job (sequence, job_id, origin, printer, name, priority, state, reasons,
                 attempt, octets, accepted_at, changed_at, not_before, expires_at, repeat_safe,
                 reprint_of, idempotency_key, digest, last_event, user, user_name)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, 0, ?9, ?10, ?10, ?11, ?12, ?13, ?14, ?15, ?16,
                 ?17, ?18, ?19)",
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
            vault.keyed(&job.digest).as_slice(),
            cursor,
            user_id(submitter),
            submitter.and_then(|whose| whose.user.as_ref().map(User::name)),
        ])?;
    documents::insert(connection, vault, sequence, &job.documents)?;
    told.events.push(LoggedEvent {
        cursor: cursor_of(cursor),
        submitter: job.submitter.clone(),
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
    // Two statements: RETURNING would build a table in memory for one row.
    let (sequence, submitter, printer, previous, octets): (
        u64,
        Option<Submitter>,
        String,
        Option<i64>,
        u64,
    ) = connection
        .prepare_cached(
            "SELECT sequence, origin, user, user_name, printer, last_event, octets
             FROM job WHERE job_id = ?1",
        )?
        .query_row(params![transition.job_id.as_str()], |row| {
            Ok((
                row.get(0)?,
                submitter(row, 1)?,
                row.get(4)?,
                row.get(5)?,
                row.get(6)?,
            ))
        })?;
    let printer = match &transition.moved_to {
        Some(to) => {
            connection
                .prepare_cached("UPDATE job SET printer = ?2 WHERE sequence = ?1")?
                .execute(params![sequence, to.as_str()])?;
            to.to_string()
        }
        None => printer,
    };
    let cursor = insert_event(
        connection,
        &EventRow {
            at: transition.at,
            job: Some(sequence),
            previous,
            origin: submitter.as_ref().map(|whose| &*whose.origin),
            user: user_id(submitter.as_ref()),
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
    connection
        .prepare_cached(
            "UPDATE job SET state = ?2, reasons = ?3, evidence = ?4, code = ?5, detail = ?6,
                 attempt = ?7, changed_at = ?8, last_event = ?9
             WHERE sequence = ?1",
        )?
        .execute(params![
            sequence,
            after.state.as_str(),
            reasons,
            evidence,
            code,
            transition.detail,
            transition.attempt,
            transition.at,
            cursor
        ])?;
    if after.state.is_terminal() {
        told.ended.push(Ended {
            job: sequence,
            octets,
        });
    }
    told.events.push(LoggedEvent {
        cursor: cursor_of(cursor),
        submitter,
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

struct EventRow<'a> {
    at: TimestampMs,
    job: Option<u64>,
    previous: Option<i64>,
    origin: Option<&'a str>,
    user: Option<&'a str>,
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

/// Adds to the log; returns the row's cursor.
fn insert_event(connection: &Connection, row: &EventRow<'_>) -> Result<i64, rusqlite::Error> {
    connection
        .prepare_cached(
            "INSERT INTO event (cursor, at, job, previous, origin, printer, cause, from_state,
                 state, reasons, attempt, octets_sent, evidence, code, detail, user)
             VALUES (
                 coalesce((SELECT max(cursor) FROM event), (SELECT begin FROM log)) + 1, ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)",
        )?
        .execute(params![
            row.at,
            row.job,
            row.previous,
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
            row.detail,
            row.user
        ])?;
    Ok(connection.last_insert_rowid())
}

/// The user a job is bound to.
pub(super) fn user_id(submitter: Option<&Submitter>) -> Option<&str> {
    submitter?.user.as_ref().map(User::id)
}

fn cursor_of(row: i64) -> Option<Cursor> {
    u64::try_from(row).ok().map(Cursor)
}
