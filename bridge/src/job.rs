//! A job, and the one place where it changes its state.
//!
//! The table is that of DESIGN and of RFC 8011 §5.3.7, with `interrupted` for
//! "nobody knows". Nothing here does I/O or reads a clock.

use std::sync::Arc;

use platen_protocol::job::Repeat;
use platen_protocol::{
    CustomerText, Digest, ErrorCode, Evidence, Job, JobId, JobState, JobStateReason, PrinterId,
    TimestampMs,
};

use crate::dispatch::DocumentBody;
use crate::owner::User;

/// Who asks for a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// The origin that submitted the job.
    Origin,
    /// Somebody on the machine, through the administration socket.
    Operator,
}

/// What happens to a job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum JobEvent {
    /// Leased by its printer: octets may leave from now on.
    Started,
    /// The printer cannot go on.
    PrinterStopped,
    /// The printer goes on.
    PrinterResumed,
    /// Somebody who can know says it is done.
    Completed {
        /// Who.
        evidence: Evidence,
    },
    /// Nothing left the process; it will be tried again.
    NotStarted {
        /// What stood in the way.
        code: ErrorCode,
    },
    /// Nothing left the process, and nothing can for now: the printer is out of
    /// reach or cannot print. It is waited for, which costs no attempt.
    PrinterNotReady {
        /// What it said.
        code: ErrorCode,
    },
    /// Contact was lost, but a second copy is harmless: it will be tried again.
    RepeatedSafely {
        /// What happened.
        code: ErrorCode,
    },
    /// Nothing left the process, and it was tried often enough.
    GivenUp {
        /// What stood in the way.
        code: ErrorCode,
    },
    /// Contact was lost after the first octet.
    ContactLost {
        /// What happened.
        code: ErrorCode,
    },
    /// The agent ended while the job was being delivered.
    AgentRestarted,
    /// Device or spooler says it failed.
    Rejected {
        /// Why.
        code: ErrorCode,
    },
    /// `expires_at` passed.
    Expired,
    /// Called off.
    Canceled {
        /// By whom.
        by: By,
    },
    /// Not to start for now.
    Held {
        /// Who says so.
        by: By,
    },
    /// May start.
    Released {
        /// Who says so.
        by: By,
    },
    /// Nobody holds it any more, and its time has not come.
    BackToSchedule {
        /// Who released it.
        by: By,
    },
    /// `not_before` has come.
    TimeCame,
    /// Its printer is out: another one takes it. Not one octet has left.
    Rerouted,
    /// Somebody looked at the paper: print it again.
    DecidedToRepeat {
        /// Who decided.
        by: By,
    },
    /// Somebody looked at the paper: it is there.
    DecidedPrinted,
}

/// What a job's row says after an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct After {
    /// `job-state`.
    pub state: JobState,
    /// `job-state-reasons`.
    pub reasons: Vec<JobStateReason>,
    /// Who says that it is done.
    pub evidence: Option<Evidence>,
    /// Why it went wrong.
    pub code: Option<ErrorCode>,
}

impl JobEvent {
    /// The name of the cause in the history.
    #[must_use]
    pub fn cause(&self) -> &'static str {
        match self {
            Self::Started => "started",
            Self::PrinterStopped => "printer-stopped",
            Self::PrinterResumed => "printer-resumed",
            Self::Completed { .. } => "completed",
            Self::NotStarted { .. } => "not-started",
            Self::PrinterNotReady { .. } => "printer-not-ready",
            Self::RepeatedSafely { .. } => "repeated-safely",
            Self::GivenUp { .. } => "given-up",
            Self::ContactLost { .. } => "contact-lost",
            Self::AgentRestarted => "agent-restarted",
            Self::Rejected { .. } => "rejected",
            Self::Expired => "expired",
            Self::Canceled { by: By::Origin } => "canceled-by-origin",
            Self::Canceled { by: By::Operator } => "canceled-by-operator",
            Self::Held { by: By::Origin } => "held-by-origin",
            Self::Held { by: By::Operator } => "held-by-operator",
            Self::Released { by: By::Origin } | Self::BackToSchedule { by: By::Origin } => {
                "released-by-origin"
            }
            Self::Released { by: By::Operator } | Self::BackToSchedule { by: By::Operator } => {
                "released-by-operator"
            }
            Self::TimeCame => "time-came",
            Self::Rerouted => "rerouted",
            Self::DecidedToRepeat { by: By::Origin } => "repeat-decided-by-origin",
            Self::DecidedToRepeat { by: By::Operator } => "repeat-decided-by-operator",
            Self::DecidedPrinted => "printed-decided-by-operator",
        }
    }
}

/// The one place where a job changes its state. `None` when the event has no
/// meaning in `state`: the caller says so to whoever asked.
#[must_use]
pub fn after(state: JobState, event: &JobEvent) -> Option<After> {
    use JobState as S;
    use JobStateReason as R;
    let to = |state, reasons: &[R]| {
        Some(After {
            state,
            reasons: reasons.to_vec(),
            evidence: None,
            code: None,
        })
    };
    let failed = |state, reason: R, code: ErrorCode| {
        Some(After {
            state,
            reasons: vec![reason],
            evidence: None,
            code: Some(code),
        })
    };
    match (state, event) {
        (S::Pending, JobEvent::Started) => to(S::Processing, &[]),
        (S::Processing, JobEvent::PrinterStopped) => {
            to(S::ProcessingStopped, &[R::PrinterNeedsAttention])
        }
        (S::ProcessingStopped, JobEvent::PrinterResumed) => to(S::Processing, &[]),
        (S::Processing | S::ProcessingStopped, JobEvent::Completed { evidence }) => Some(After {
            state: S::Completed,
            reasons: Vec::new(),
            evidence: Some(*evidence),
            code: None,
        }),
        (S::Processing | S::ProcessingStopped, JobEvent::NotStarted { code }) => {
            failed(S::Pending, R::WaitingToRetry, *code)
        }
        (S::Processing | S::ProcessingStopped, JobEvent::PrinterNotReady { code }) => {
            failed(S::Pending, R::PrinterStopped, *code)
        }
        (
            S::Processing | S::ProcessingStopped | S::Interrupted,
            JobEvent::RepeatedSafely { code },
        ) => failed(S::Pending, R::WaitingToRetry, *code),
        (S::Processing | S::ProcessingStopped, JobEvent::GivenUp { code }) => {
            failed(S::Aborted, R::AbortedBySystem, *code)
        }
        (S::Processing | S::ProcessingStopped, JobEvent::ContactLost { code }) => {
            failed(S::Interrupted, R::ContactLost, *code)
        }
        (S::Processing | S::ProcessingStopped, JobEvent::AgentRestarted) => {
            failed(S::Interrupted, R::AgentRestarted, ErrorCode::AgentRestarted)
        }
        (S::Processing | S::ProcessingStopped, JobEvent::Rejected { code }) => {
            failed(S::Aborted, R::AbortedBySystem, *code)
        }
        // Under way, it must not have sent an octet: the queue sees to that.
        (S::Pending | S::PendingHeld | S::Processing | S::ProcessingStopped, JobEvent::Expired) => {
            failed(S::Aborted, R::JobExpired, ErrorCode::JobExpired)
        }
        (
            S::PendingHeld | S::Pending | S::Processing | S::ProcessingStopped | S::Interrupted,
            JobEvent::Canceled { by },
        ) => match by {
            By::Origin => to(S::Canceled, &[R::JobCanceledByUser]),
            By::Operator => to(S::Canceled, &[R::JobCanceledByOperator]),
        },
        (S::Pending | S::PendingHeld, JobEvent::Held { by }) => match by {
            By::Origin => to(S::PendingHeld, &[R::JobHoldUntilSpecified]),
            By::Operator => to(S::PendingHeld, &[R::JobHeldByOperator]),
        },
        (S::Pending, JobEvent::Rerouted) => to(S::Pending, &[R::Rerouted]),
        (S::PendingHeld, JobEvent::BackToSchedule { .. }) => to(S::PendingHeld, &[R::JobScheduled]),
        (S::PendingHeld, JobEvent::Released { .. } | JobEvent::TimeCame) => to(S::Pending, &[]),
        (S::Interrupted, JobEvent::DecidedToRepeat { .. }) => to(S::Pending, &[]),
        (S::Interrupted, JobEvent::DecidedPrinted) => to(S::Completed, &[R::DecidedByOperator]),
        // The default of a transition table is refusal.
        _ => None,
    }
}

/// Who submitted a job: an origin, in the browser of a user of the machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Submitter {
    /// The origin.
    pub origin: Arc<str>,
    /// The user; `None`: nobody in particular, as in the files of agents that
    /// did not ask.
    pub user: Option<User>,
}

impl Submitter {
    /// Whether what this one submitted is `asker`'s to see. What is bound to no
    /// user is everybody's of that origin.
    #[must_use]
    pub fn is_open_to(&self, asker: &Self) -> bool {
        self.origin == asker.origin && (self.user.is_none() || self.user == asker.user)
    }
}

/// Nobody in particular at this origin.
impl From<&str> for Submitter {
    fn from(origin: &str) -> Self {
        Self {
            origin: origin.into(),
            user: None,
        }
    }
}

/// A job that is about to be accepted.
#[derive(Debug, Clone)]
pub struct NewJob {
    /// Its id.
    pub job_id: JobId,
    /// Who submits it; `None` on the machine itself.
    pub submitter: Option<Submitter>,
    /// Where it prints.
    pub printer: PrinterId,
    /// `job-name`, without control characters.
    pub name: CustomerText,
    /// 0 to 9.
    pub priority: u8,
    /// The documents, complete.
    pub documents: Vec<NewDocument>,
    /// The key under which its answer is kept.
    pub idempotency_key: Option<CustomerText>,
    /// Digest of what was asked, to tell the same key with other content.
    pub digest: Digest,
    /// Not before this time.
    pub not_before: Option<TimestampMs>,
    /// Not after this time.
    pub expires_at: Option<TimestampMs>,
    /// Whether a second copy is harmless.
    pub repeat: Repeat,
    /// Which job it prints again.
    pub reprint_of: Option<JobId>,
}

/// A document of a [`NewJob`].
#[derive(Debug, Clone)]
pub struct NewDocument {
    /// Media type.
    pub format: String,
    /// Length in octets.
    pub octets: u64,
    /// SHA-256 of the octets.
    pub sha256: Digest,
    /// The octets.
    pub body: DocumentBody,
}

impl NewJob {
    /// Octets of all documents.
    #[must_use]
    pub fn octets(&self) -> u64 {
        self.documents.iter().map(|document| document.octets).sum()
    }
}

/// A job as the store has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobRecord {
    /// Place in the order of acceptance on this machine.
    pub sequence: u64,
    /// Who submitted it; `None` on the machine itself.
    pub submitter: Option<Submitter>,
    /// Whether a second copy is harmless.
    pub repeat: Repeat,
    /// What a page may see.
    pub job: Job,
    /// What happened last, for people.
    pub detail: Option<String>,
    /// The spooler's own id of the job.
    pub spooler_job: Option<i32>,
}

/// One row of a job's history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transition {
    /// Which job.
    pub job_id: JobId,
    /// The state it left.
    pub from: JobState,
    /// What it is now.
    pub after: After,
    /// Name of the cause ([`JobEvent::cause`]).
    pub cause: &'static str,
    /// Delivery attempt, from 1; 0 before the first.
    pub attempt: u32,
    /// Octets that had left in this attempt.
    pub octets_sent: u64,
    /// For people: what happened, without document content.
    pub detail: Option<String>,
    /// The printer it is on from now on, where that changes.
    pub moved_to: Option<PrinterId>,
    /// When.
    pub at: TimestampMs,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn events() -> Vec<JobEvent> {
        let code = ErrorCode::DeviceLost;
        vec![
            JobEvent::Started,
            JobEvent::PrinterStopped,
            JobEvent::PrinterResumed,
            JobEvent::Completed {
                evidence: Evidence::Device,
            },
            JobEvent::NotStarted { code },
            JobEvent::PrinterNotReady { code },
            JobEvent::RepeatedSafely { code },
            JobEvent::GivenUp { code },
            JobEvent::ContactLost { code },
            JobEvent::AgentRestarted,
            JobEvent::Rejected { code },
            JobEvent::Expired,
            JobEvent::Canceled { by: By::Origin },
            JobEvent::Canceled { by: By::Operator },
            JobEvent::Held { by: By::Origin },
            JobEvent::Held { by: By::Operator },
            JobEvent::Released { by: By::Origin },
            JobEvent::BackToSchedule { by: By::Operator },
            JobEvent::TimeCame,
            JobEvent::Rerouted,
            JobEvent::DecidedToRepeat { by: By::Origin },
            JobEvent::DecidedPrinted,
        ]
    }

    #[test]
    fn nothing_happens_to_a_job_that_has_ended() {
        for state in JobState::ALL
            .into_iter()
            .filter(|state| state.is_terminal())
        {
            for event in events() {
                assert_eq!(after(state, &event), None, "{state:?} {event:?}");
            }
        }
    }

    #[test]
    fn the_edges_are_those_of_the_design() {
        use JobState as S;
        let allowed = |from: S| -> Vec<S> {
            match from {
                // Expiry ends a job that never started.
                S::PendingHeld => vec![S::Pending, S::PendingHeld, S::Canceled, S::Aborted],
                S::Pending => vec![
                    S::Pending,
                    S::Processing,
                    S::PendingHeld,
                    S::Canceled,
                    S::Aborted,
                ],
                S::Processing => vec![
                    S::Completed,
                    S::ProcessingStopped,
                    S::Interrupted,
                    S::Aborted,
                    S::Canceled,
                    S::Pending,
                ],
                S::ProcessingStopped => vec![
                    S::Processing,
                    S::Interrupted,
                    S::Canceled,
                    S::Aborted,
                    S::Completed,
                    S::Pending,
                ],
                S::Interrupted => vec![S::Pending, S::Completed, S::Canceled],
                S::Completed | S::Aborted | S::Canceled => vec![],
            }
        };
        for from in S::ALL {
            for event in events() {
                if let Some(after) = after(from, &event) {
                    assert!(allowed(from).contains(&after.state), "{from:?} {event:?}");
                }
            }
        }
    }

    #[test]
    fn only_evidence_or_a_person_completes_a_job() {
        for from in JobState::ALL {
            for event in events() {
                if let Some(After {
                    state: JobState::Completed,
                    evidence,
                    reasons,
                    ..
                }) = after(from, &event)
                {
                    assert!(
                        evidence.is_some() || reasons == [JobStateReason::DecidedByOperator],
                        "{event:?}"
                    );
                }
            }
        }
    }
}
