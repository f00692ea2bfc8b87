//! What printers and jobs are doing, in the words of QZ Tray on Linux.
//!
//! Each reason of a state is told by itself: a word that pages look for
//! (`statusText`), how bad it is, and the IPP keyword it comes from
//! (`statusCode`). A reason without a word of its own is told with the word of
//! the state. Pure; the tables are those of that agent's CUPS part.

use platen_protocol::{Digest, JobId, JobState, JobStateReason, PrinterState, PrinterStateReason};
use serde_json::{Value, json};

/// One thing to tell of a printer or a job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Status {
    word: Word,
    /// An IPP keyword, or one of Platen's where IPP has none.
    code: String,
}

/// `statusText`, and `severity`.
type Word = (&'static str, &'static str);

const INFO: &str = "INFO";
const WARN: &str = "WARN";
const ERROR: &str = "ERROR";
const FATAL: &str = "FATAL";

/// What a printer has to say; never nothing.
pub(crate) fn of_printer(state: PrinterState, reasons: &[PrinterStateReason]) -> Vec<Status> {
    let by_state = match state {
        PrinterState::Idle => ("OK", INFO),
        PrinterState::Processing => ("PROCESSING", INFO),
        PrinterState::Stopped => ("PAUSED", WARN),
    };
    let told = reasons
        .iter()
        .map(PrinterStateReason::as_str)
        .filter(|reason| *reason != "none")
        .map(|reason| Status {
            word: printer_word(reason).unwrap_or(by_state),
            code: reason.to_owned(),
        });
    or_else_the_state(told.collect(), by_state, state.as_str())
}

/// What a job has to say; never nothing.
pub(crate) fn of_job(state: JobState, reasons: &[JobStateReason]) -> Vec<Status> {
    // Platen needs no reason to say what is usual; that agent's pages wait for
    // IPP's.
    let (by_state, usual) = match state {
        JobState::Pending => (("SPOOLING", INFO), "job-queued"),
        JobState::PendingHeld => (("PAUSED", WARN), "job-hold-until-specified"),
        JobState::Processing => (("PRINTING", INFO), "job-printing"),
        JobState::ProcessingStopped => (("PAUSED", WARN), "printer-stopped"),
        // Not an error: a page may print again after one.
        JobState::Interrupted => (("USER_INTERVENTION", WARN), "interrupted"),
        JobState::Completed => (("COMPLETE", INFO), "job-completed-successfully"),
        JobState::Aborted => (("ABORTED", ERROR), "aborted-by-system"),
        JobState::Canceled => (("CANCELED", WARN), "job-canceled-by-user"),
    };
    let told = reasons.iter().map(|reason| Status {
        word: job_word(*reason).unwrap_or(by_state),
        code: match reason {
            JobStateReason::JobScheduled => "job-delay-output-until-specified",
            other => other.as_str(),
        }
        .to_owned(),
    });
    or_else_the_state(told.collect(), by_state, usual)
}

fn or_else_the_state(told: Vec<Status>, word: Word, code: &str) -> Vec<Status> {
    if told.is_empty() {
        vec![Status {
            word,
            code: code.to_owned(),
        }]
    } else {
        told
    }
}

/// The word for one of `printer-state-reasons`.
fn printer_word(reason: &str) -> Option<Word> {
    exact_printer_word(reason).or_else(|| {
        let plain = reason
            .strip_suffix("-warning")
            .or_else(|| reason.strip_suffix("-report"))
            .or_else(|| reason.strip_suffix("-error"))?;
        exact_printer_word(plain)
    })
}

fn exact_printer_word(reason: &str) -> Option<Word> {
    Some(match reason {
        "offline" | "shutdown" => ("OFFLINE", FATAL),
        "media-needed" | "media-empty" => ("PAPER_OUT", WARN),
        "media-jam" => ("PAPER_JAM", FATAL),
        "media-low" | "input-tray-missing" | "output-tray-missing" => ("PAPER_PROBLEM", WARN),
        "cover-open" | "door-open" | "interlock-open" => ("DOOR_OPEN", WARN),
        "toner-low"
        | "marker-supply-low"
        | "developer-low"
        | "opc-near-eol"
        | "marker-waste-almost-full"
        | "output-area-almost-full" => ("TONER_LOW", WARN),
        "toner-empty"
        | "marker-supply-empty"
        | "marker-waste-full"
        | "developer-empty"
        | "opc-life-over" => ("NO_TONER", FATAL),
        "output-area-full" => ("OUTPUT_BIN_FULL", WARN),
        "spool-area-full" => ("OUT_OF_MEMORY", FATAL),
        "fuser-over-temp" | "fuser-under-temp" => ("WARMING_UP", INFO),
        // The second is Platen's: the print service itself is away.
        "timed-out" | PrinterStateReason::SPOOLER_UNAVAILABLE => ("NOT_AVAILABLE", FATAL),
        "connecting-to-device" => ("PROCESSING", INFO),
        "cups-waiting-for-job-completed" => ("PRINTING", INFO),
        "stopped-partly" => ("PAUSED", WARN),
        "moving-to-paused" | "stopping" => ("OK", INFO),
        "cups-missing-filter-warning" => ("ERROR", FATAL),
        "cups-insecure-filter-warning" | "interpreter-resource-unavailable" => {
            ("SERVER_UNKNOWN", WARN)
        }
        _ => return None,
    })
}

/// The word for one of `job-state-reasons`, where it says more than the state.
fn job_word(reason: JobStateReason) -> Option<Word> {
    match reason {
        JobStateReason::JobHoldUntilSpecified
        | JobStateReason::JobHeldByOperator
        | JobStateReason::PrinterStopped => Some(("PAUSED", WARN)),
        JobStateReason::JobScheduled => Some(("SCHEDULED", INFO)),
        JobStateReason::PrinterNeedsAttention => Some(("USER_INTERVENTION", WARN)),
        JobStateReason::JobCanceledByUser | JobStateReason::JobCanceledByOperator => {
            Some(("CANCELED", WARN))
        }
        JobStateReason::AbortedBySystem => Some(("ABORTED", ERROR)),
        JobStateReason::Rerouted
        | JobStateReason::WaitingToRetry
        | JobStateReason::AgentRestarted
        | JobStateReason::ContactLost
        | JobStateReason::JobExpired
        | JobStateReason::DecidedByOperator => None,
    }
}

/// The number a page knows a job by, where it wants one: always the same for
/// a job, and telling nothing of how many there were.
pub(crate) fn number(job: &JobId) -> u64 {
    let digest = Digest::of(job.as_str().as_bytes());
    let octets = digest.octets();
    // 48 bits: every one of them is a number in JavaScript.
    octets[..6]
        .iter()
        .fold(0, |number, octet| number << 8 | u64::from(*octet))
}

/// The event that tells a printer's status.
pub(crate) fn printer_event(printer: &str, status: &Status) -> Value {
    event(printer, "PRINTER", status)
}

/// The event that tells a job's status.
pub(crate) fn job_event(printer: &str, job: &JobId, name: &str, status: &Status) -> Value {
    let mut event = event(printer, "JOB", status);
    let number = number(job);
    let message = event["message"].as_str().unwrap_or_default();
    event["message"] = format!("{message}, JobId: {number}, Job Name: {name}").into();
    event["jobId"] = number.into();
    event["jobName"] = name.into();
    event
}

fn event(printer: &str, kind: &str, status: &Status) -> Value {
    let Status {
        word: (text, severity),
        code,
    } = status;
    json!({
        "type": "ACTION",
        "printerName": printer,
        "eventType": kind,
        "statusText": text,
        "severity": severity,
        "statusCode": code,
        "message": format!(
            "{text}: Level: {severity}, From: {printer}, EventType: {kind}, Code: {code}"
        ),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(statuses: &[Status]) -> Vec<(&str, &str, &str)> {
        let all = statuses.iter();
        all.map(|status| (status.word.0, status.word.1, status.code.as_str()))
            .collect()
    }

    fn printer(state: PrinterState, reasons: &[&str]) -> Vec<Status> {
        let reasons: Vec<_> = reasons
            .iter()
            .map(|reason| reason.parse().unwrap())
            .collect();
        of_printer(state, &reasons)
    }

    #[test]
    fn a_printer_without_reasons_is_told_by_its_state() {
        for state in PrinterState::ALL {
            let expected = match state {
                PrinterState::Idle => ("OK", "INFO", "idle"),
                PrinterState::Processing => ("PROCESSING", "INFO", "processing"),
                PrinterState::Stopped => ("PAUSED", "WARN", "stopped"),
            };
            assert_eq!(told(&printer(state, &[])), [expected]);
            assert_eq!(told(&printer(state, &["none"])), [expected]);
        }
    }

    #[test]
    fn each_reason_of_a_printer_has_its_word() {
        for (reason, text, severity) in [
            ("offline", "OFFLINE", "FATAL"),
            ("offline-report", "OFFLINE", "FATAL"),
            ("shutdown", "OFFLINE", "FATAL"),
            ("media-needed", "PAPER_OUT", "WARN"),
            ("media-empty", "PAPER_OUT", "WARN"),
            ("media-empty-warning", "PAPER_OUT", "WARN"),
            ("media-jam", "PAPER_JAM", "FATAL"),
            ("media-low", "PAPER_PROBLEM", "WARN"),
            ("media-low-report", "PAPER_PROBLEM", "WARN"),
            ("input-tray-missing", "PAPER_PROBLEM", "WARN"),
            ("output-tray-missing", "PAPER_PROBLEM", "WARN"),
            ("cover-open", "DOOR_OPEN", "WARN"),
            ("door-open", "DOOR_OPEN", "WARN"),
            ("interlock-open", "DOOR_OPEN", "WARN"),
            ("toner-low", "TONER_LOW", "WARN"),
            ("marker-supply-low", "TONER_LOW", "WARN"),
            ("developer-low", "TONER_LOW", "WARN"),
            ("opc-near-eol", "TONER_LOW", "WARN"),
            ("marker-waste-almost-full", "TONER_LOW", "WARN"),
            ("output-area-almost-full", "TONER_LOW", "WARN"),
            ("toner-empty", "NO_TONER", "FATAL"),
            ("marker-supply-empty", "NO_TONER", "FATAL"),
            ("marker-waste-full", "NO_TONER", "FATAL"),
            ("developer-empty", "NO_TONER", "FATAL"),
            ("opc-life-over", "NO_TONER", "FATAL"),
            ("output-area-full", "OUTPUT_BIN_FULL", "WARN"),
            ("spool-area-full", "OUT_OF_MEMORY", "FATAL"),
            ("fuser-over-temp", "WARMING_UP", "INFO"),
            ("fuser-under-temp", "WARMING_UP", "INFO"),
            ("timed-out", "NOT_AVAILABLE", "FATAL"),
            ("spooler-unavailable", "NOT_AVAILABLE", "FATAL"),
            ("connecting-to-device", "PROCESSING", "INFO"),
            ("cups-waiting-for-job-completed", "PRINTING", "INFO"),
            ("stopped-partly", "PAUSED", "WARN"),
            ("moving-to-paused", "OK", "INFO"),
            ("stopping", "OK", "INFO"),
            ("cups-missing-filter-warning", "ERROR", "FATAL"),
            ("cups-insecure-filter-warning", "SERVER_UNKNOWN", "WARN"),
            ("interpreter-resource-unavailable", "SERVER_UNKNOWN", "WARN"),
            // By the state.
            ("paused", "PAUSED", "WARN"),
            ("com.example-fan", "PAUSED", "WARN"),
        ] {
            let statuses = printer(PrinterState::Stopped, &[reason]);
            assert_eq!(told(&statuses), [(text, severity, reason)]);
        }
        let statuses = printer(PrinterState::Idle, &["media-low", "com.example-fan"]);
        assert_eq!(
            told(&statuses),
            [
                ("PAPER_PROBLEM", "WARN", "media-low"),
                ("OK", "INFO", "com.example-fan")
            ]
        );
    }

    #[test]
    fn a_job_without_reasons_is_told_by_its_state() {
        for state in JobState::ALL {
            let expected = match state {
                JobState::Pending => ("SPOOLING", "INFO", "job-queued"),
                JobState::PendingHeld => ("PAUSED", "WARN", "job-hold-until-specified"),
                JobState::Processing => ("PRINTING", "INFO", "job-printing"),
                JobState::ProcessingStopped => ("PAUSED", "WARN", "printer-stopped"),
                JobState::Interrupted => ("USER_INTERVENTION", "WARN", "interrupted"),
                JobState::Completed => ("COMPLETE", "INFO", "job-completed-successfully"),
                JobState::Aborted => ("ABORTED", "ERROR", "aborted-by-system"),
                JobState::Canceled => ("CANCELED", "WARN", "job-canceled-by-user"),
            };
            assert_eq!(told(&of_job(state, &[])), [expected]);
        }
    }

    #[test]
    fn each_reason_of_a_job_has_its_word() {
        use JobState::{Aborted, Canceled, Completed, Interrupted, Pending, PendingHeld};
        use JobStateReason as Reason;
        for (state, reason, expected) in [
            (
                PendingHeld,
                Reason::JobHoldUntilSpecified,
                ("PAUSED", "WARN", "job-hold-until-specified"),
            ),
            (
                PendingHeld,
                Reason::JobHeldByOperator,
                ("PAUSED", "WARN", "job-held-by-operator"),
            ),
            (
                PendingHeld,
                Reason::JobScheduled,
                ("SCHEDULED", "INFO", "job-delay-output-until-specified"),
            ),
            (
                Pending,
                Reason::PrinterStopped,
                ("PAUSED", "WARN", "printer-stopped"),
            ),
            (Pending, Reason::Rerouted, ("SPOOLING", "INFO", "rerouted")),
            (
                Pending,
                Reason::WaitingToRetry,
                ("SPOOLING", "INFO", "waiting-to-retry"),
            ),
            (
                Interrupted,
                Reason::AgentRestarted,
                ("USER_INTERVENTION", "WARN", "agent-restarted"),
            ),
            (
                Interrupted,
                Reason::ContactLost,
                ("USER_INTERVENTION", "WARN", "contact-lost"),
            ),
            (
                Canceled,
                Reason::JobCanceledByUser,
                ("CANCELED", "WARN", "job-canceled-by-user"),
            ),
            (
                Canceled,
                Reason::JobCanceledByOperator,
                ("CANCELED", "WARN", "job-canceled-by-operator"),
            ),
            (
                Aborted,
                Reason::AbortedBySystem,
                ("ABORTED", "ERROR", "aborted-by-system"),
            ),
            (
                Aborted,
                Reason::JobExpired,
                ("ABORTED", "ERROR", "job-expired"),
            ),
            (
                JobState::ProcessingStopped,
                Reason::PrinterNeedsAttention,
                ("USER_INTERVENTION", "WARN", "printer-needs-attention"),
            ),
            (
                Completed,
                Reason::DecidedByOperator,
                ("COMPLETE", "INFO", "decided-by-operator"),
            ),
        ] {
            assert_eq!(told(&of_job(state, &[reason])), [expected]);
        }
    }

    #[test]
    fn events_have_the_members_that_pages_read() {
        let idle = &of_printer(PrinterState::Idle, &[])[0];
        assert_eq!(
            printer_event("Receipt1", idle),
            json!({
                "printerName": "Receipt1", "eventType": "PRINTER", "statusText": "OK",
                "severity": "INFO", "statusCode": "idle", "type": "ACTION",
                "message": "OK: Level: INFO, From: Receipt1, EventType: PRINTER, Code: idle",
            })
        );
        let job = JobId::from_random(25);
        let number = number(&job);
        assert!(number < 1 << 48);
        let done = &of_job(JobState::Completed, &[])[0];
        let event = job_event("Receipt1", &job, "x", done);
        assert_eq!(event["jobId"], number);
        assert_eq!(event["jobName"], "x");
        assert_eq!(event["eventType"], "JOB");
        assert_eq!(
            event["message"],
            format!(
                "COMPLETE: Level: INFO, From: Receipt1, EventType: JOB, Code: job-completed-successfully, JobId: {number}, Job Name: x"
            )
        );
    }
}
