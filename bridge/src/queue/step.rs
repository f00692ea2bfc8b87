//! Everything that can wake a printer's queue, and everything it can do.

use std::sync::Arc;

use platen_protocol::{ErrorCode, JobId, PrinterId, PrinterStateReason, TimestampMs};

use super::{Backup, Moving, Pause};
use crate::backend::{DeviceStatus, Outcome, Report};
use crate::job::{By, NewJob, Submitter, Transition};

/// Names whoever waits for an answer; the actor knows the channel behind it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Ticket(pub u64);

/// Names one transaction the store was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CommitId(pub u64);

/// What can be asked about one job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JobCommand {
    /// Call it off.
    Cancel(By),
    /// Keep it from starting.
    Hold(By),
    /// Let it start. What an operator holds, only an operator releases.
    Release(By),
    /// Deliver an interrupted job again.
    Repeat(By),
    /// An interrupted job is on paper.
    MarkPrinted,
}

/// Everything that can wake a queue.
#[derive(Debug)]
pub enum Input {
    /// A job to accept.
    Submit {
        /// The job.
        job: Arc<NewJob>,
        /// Its place in the order of acceptance.
        sequence: u64,
        /// Who waits.
        ticket: Ticket,
    },
    /// Something is asked about a job.
    Command {
        /// Which job.
        job_id: JobId,
        /// What.
        command: JobCommand,
        /// Who waits.
        ticket: Ticket,
    },
    /// Start no more jobs.
    Pause {
        /// Who says so.
        pause: Pause,
        /// Who waits.
        ticket: Ticket,
    },
    /// Start jobs again, where nobody else has the printer paused.
    Resume {
        /// Who says so.
        who: Pause,
        /// Who waits.
        ticket: Ticket,
    },
    /// The store did, or did not, what [`Effect::Commit`] asked for.
    Committed {
        /// Which transaction.
        commit: CommitId,
        /// What became of it.
        result: CommitResult,
    },
    /// The delivery says something on the way.
    Report(Report),
    /// The delivery ended.
    Outcome(Outcome),
    /// Somebody looked at the device while no delivery ran.
    Device(DeviceStatus),
    /// Another printer takes a job that was offered.
    Taken {
        /// Which job.
        job_id: JobId,
    },
    /// A job that comes from a printer that is out; its row is this printer's
    /// already.
    Adopt {
        /// Which job.
        job_id: JobId,
        /// The job.
        moving: Box<Moving>,
    },
    /// Somebody set the machine's clock: what happens now may happen because of
    /// that.
    ClockSet {
        /// By how much: forward, or back where negative.
        by_ms: i64,
    },
    /// The time that [`Queue::wake_at`](super::Queue::wake_at) named has come.
    Tick,
    /// Start nothing more; the agent stops.
    Drain,
}

/// What became of a transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CommitResult {
    /// Durable.
    Done,
    /// The job of an [`Change::Accept`] was there already under its
    /// idempotency key; nothing was written.
    Duplicate {
        /// The job that has the key.
        job_id: JobId,
        /// Where it prints.
        printer: PrinterId,
        /// Whether the same was asked then.
        same: bool,
    },
    /// Nothing was written.
    Failed {
        /// `storage-full` or `storage-failed`.
        code: ErrorCode,
    },
}

/// One change for the store. All changes of a commit become durable together.
#[derive(Debug, Clone)]
pub enum Change {
    /// A new job with its documents, in state `pending` or `pending-held`.
    Accept {
        /// The job.
        job: Arc<NewJob>,
        /// Its place in the order of acceptance.
        sequence: u64,
        /// When.
        at: TimestampMs,
        /// Whether it is held, and why.
        held: Option<platen_protocol::JobStateReason>,
    },
    /// A job changes its state.
    Transition(Transition),
    /// The spooler's own id of a job, beside its history.
    SpoolerJob {
        /// Which job.
        job_id: JobId,
        /// `job-id` as the spooler counts.
        spooler_job: i32,
    },
    /// Somebody paused the printer, to be remembered over a restart.
    Pause {
        /// Who.
        pause: Pause,
        /// When.
        at: TimestampMs,
    },
    /// Somebody's pause ended.
    Resume {
        /// Whose.
        pause: Pause,
    },
    /// The printer's state or reasons changed.
    PrinterState {
        /// `printer-state`.
        state: platen_protocol::PrinterState,
        /// `printer-state-reasons`.
        reasons: Vec<PrinterStateReason>,
        /// When.
        at: TimestampMs,
    },
}

/// What an asker is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reply {
    /// The job is durable.
    Accepted {
        /// Its id.
        job_id: JobId,
    },
    /// The stored answer to the same submit.
    Repeated {
        /// The job of then.
        job_id: JobId,
        /// Where it prints.
        printer: PrinterId,
    },
    /// Done and durable.
    Done,
    /// Not done.
    Refused {
        /// Why.
        code: ErrorCode,
        /// For people; empty where the code's text says it all.
        message: String,
    },
}

/// Everything a queue can do.
#[derive(Debug)]
pub enum Effect {
    /// Make these durable together, then say [`Input::Committed`].
    Commit {
        /// Which transaction.
        commit: CommitId,
        /// What to write.
        changes: Vec<Change>,
    },
    /// Deliver a job; its lease is durable.
    Deliver {
        /// Which job.
        job_id: JobId,
        /// The job as submitted, where it still is in memory.
        job: Option<Arc<NewJob>>,
    },
    /// Ask the running delivery to stop.
    CancelDelivery,
    /// Answer somebody.
    Reply {
        /// Whom.
        ticket: Ticket,
        /// What.
        reply: Reply,
    },
    /// Ask the backup printer whether it would take a job.
    Offer {
        /// Which job.
        job_id: JobId,
        /// Whose it is.
        submitter: Option<Submitter>,
        /// Where it would go, and on what terms.
        to: Backup,
    },
    /// Give a job to the printer that its row names now.
    HandOver {
        /// Which job.
        job_id: JobId,
        /// Which printer.
        to: PrinterId,
        /// The job.
        moving: Box<Moving>,
    },
    /// Octets left; not durable.
    Progress {
        /// Which job.
        job_id: JobId,
        /// Octets of this attempt.
        octets_sent: u64,
        /// Octets of the job.
        octets_total: u64,
    },
    /// A job ended; whatever is kept for it can go.
    Ended {
        /// Which job.
        job_id: JobId,
        /// How many octets it had.
        octets: u64,
        /// Whose it was.
        submitter: Option<Submitter>,
    },
}
