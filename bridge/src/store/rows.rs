//! Between rows and values: the only place that knows column names and
//! keywords at once.

use platen_protocol::job::Repeat;
use platen_protocol::{
    Cursor, ErrorCode, Event, Evidence, Job, JobState, JobStateReason, PrinterId, PrinterState,
    PrinterStateReason,
};
use rusqlite::Row;
use rusqlite::types::Type;

use crate::dispatch::LoggedEvent;
use crate::job::{JobRecord, Submitter};
use crate::owner::User;

/// Columns of `job`, as [`job_record`] reads them.
pub(super) const JOB_COLUMNS: &str = "sequence, job_id, origin, printer, name, priority, state, \
    reasons, evidence, code, detail, attempt, octets, accepted_at, changed_at, not_before, \
    expires_at, repeat_safe, reprint_of, spooler_job, origin, user, user_name";

/// Columns of `event` joined with `job`, as [`logged_event`] reads them.
pub(super) const EVENT_COLUMNS: &str = "event.cursor, event.at, job.job_id, event.origin, \
    event.printer, event.cause, event.from_state, event.state, event.reasons, event.attempt, \
    event.octets_sent, event.evidence, event.code, event.detail, event.origin, event.user, NULL";

/// A keyword that this program does not know: a damaged file.
fn unknown(column: usize, keyword: &str) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(
        column,
        Type::Text,
        format!("unknown keyword {keyword:?}").into(),
    )
}

fn parsed<T: std::str::FromStr>(row: &Row<'_>, column: usize) -> rusqlite::Result<T> {
    let text = row.get_ref(column)?.as_str()?;
    text.parse().map_err(|_| unknown(column, text))
}

fn keyword<T>(
    row: &Row<'_>,
    column: usize,
    read: impl Fn(&str) -> Option<T>,
) -> rusqlite::Result<T> {
    let text = row.get_ref(column)?.as_str()?;
    read(text).ok_or_else(|| unknown(column, text))
}

fn optional_keyword<T>(
    row: &Row<'_>,
    column: usize,
    read: impl Fn(&str) -> Option<T>,
) -> rusqlite::Result<Option<T>> {
    match row.get_ref(column)?.as_str_or_null()? {
        None => Ok(None),
        Some(text) => read(text).map(Some).ok_or_else(|| unknown(column, text)),
    }
}

fn job_reasons(row: &Row<'_>, column: usize) -> rusqlite::Result<Vec<JobStateReason>> {
    row.get_ref(column)?
        .as_str()?
        .split_ascii_whitespace()
        .map(|word| JobStateReason::from_keyword(word).ok_or_else(|| unknown(column, word)))
        .collect()
}

/// `job-state-reasons` as one column.
pub(super) fn join_job_reasons(reasons: &[JobStateReason]) -> String {
    let words: Vec<&str> = reasons.iter().map(|reason| reason.as_str()).collect();
    words.join(" ")
}

/// `printer-state-reasons` as one column.
pub(super) fn join_printer_reasons(reasons: &[PrinterStateReason]) -> String {
    let words: Vec<&str> = reasons.iter().map(PrinterStateReason::as_str).collect();
    words.join(" ")
}

/// `printer-state` as a keyword.
pub(super) fn printer_state_keyword(state: PrinterState) -> &'static str {
    match state {
        PrinterState::Idle => "idle",
        PrinterState::Processing => "processing",
        PrinterState::Stopped => "stopped",
    }
}

fn printer_state(keyword: &str) -> Option<PrinterState> {
    [
        PrinterState::Idle,
        PrinterState::Processing,
        PrinterState::Stopped,
    ]
    .into_iter()
    .find(|state| printer_state_keyword(*state) == keyword)
}

/// Reads who submitted: the columns `origin`, `user` and `user_name`, from
/// `column` on.
pub(super) fn submitter(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<Submitter>> {
    let Some(origin) = row.get_ref(column)?.as_str_or_null()? else {
        return Ok(None);
    };
    let name = row.get_ref(column + 2)?.as_str_or_null()?;
    let user = row.get_ref(column + 1)?.as_str_or_null()?;
    Ok(Some(Submitter {
        origin: origin.into(),
        user: user.map(|id| User::new(id, name)),
    }))
}

/// Reads a row of [`JOB_COLUMNS`].
pub(super) fn job_record(row: &Row<'_>) -> rusqlite::Result<JobRecord> {
    let repeat = if row.get(17)? {
        Repeat::Safe
    } else {
        Repeat::Never
    };
    Ok(JobRecord {
        sequence: row.get(0)?,
        submitter: submitter(row, 20)?,
        repeat,
        detail: row.get(10)?,
        spooler_job: row.get(19)?,
        job: Job {
            job_id: parsed(row, 1)?,
            printer: parsed(row, 3)?,
            name: row.get::<_, String>(4)?.into(),
            priority: row.get(5)?,
            state: keyword(row, 6, JobState::from_keyword)?,
            reasons: job_reasons(row, 7)?,
            evidence: optional_keyword(row, 8, Evidence::from_keyword)?,
            code: optional_keyword(row, 9, ErrorCode::from_keyword)?,
            attempt: row.get(11)?,
            octets: row.get(12)?,
            accepted_at: row.get(13)?,
            changed_at: row.get(14)?,
            not_before: row.get(15)?,
            expires_at: row.get(16)?,
            reprint_of: optional_keyword(row, 18, |text| text.parse().ok())?,
        },
    })
}

/// Reads a row of [`EVENT_COLUMNS`].
pub(super) fn logged_event(row: &Row<'_>) -> rusqlite::Result<LoggedEvent> {
    let printer: PrinterId = parsed(row, 4)?;
    let at = row.get(1)?;
    let event = match row.get_ref(2)?.as_str_or_null()? {
        Some(job_id) => Event::JobStateChanged {
            job_id: job_id.parse().map_err(|_| unknown(2, job_id))?,
            printer,
            state: keyword(row, 7, JobState::from_keyword)?,
            reasons: job_reasons(row, 8)?,
            attempt: row.get(9)?,
            evidence: optional_keyword(row, 11, Evidence::from_keyword)?,
            code: optional_keyword(row, 12, ErrorCode::from_keyword)?,
            at,
        },
        None => Event::PrinterStateChanged {
            printer,
            state: keyword(row, 7, printer_state)?,
            reasons: row
                .get_ref(8)?
                .as_str()?
                .split_ascii_whitespace()
                .map(|word| word.parse().map_err(|_| unknown(8, word)))
                .collect::<rusqlite::Result<_>>()?,
            at,
        },
    };
    Ok(LoggedEvent {
        cursor: Some(Cursor(row.get(0)?)),
        submitter: submitter(row, 14)?,
        event,
    })
}
