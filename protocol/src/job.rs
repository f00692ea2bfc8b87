//! Jobs in IPP's words (RFC 8011 §5.3).

use serde::{Deserialize, Serialize};

use crate::{CustomerText, Digest, ErrorCode, JobId, PrinterId, TimestampMs};

/// `job-state` (RFC 8011 §5.3.7), with `interrupted` for what IPP has no word
/// for: contact was lost and nobody knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "kebab-case")]
pub enum JobState {
    /// Accepted durably; waits for time, approval or an operator.
    PendingHeld,
    /// May run.
    Pending,
    /// Leased by the printer: bytes flow or the spooler works.
    Processing,
    /// The printer cannot go on; resumes by itself.
    ProcessingStopped,
    /// Contact lost after the first byte; nobody knows what was printed.
    Interrupted,
    /// Done; the evidence says who said so.
    Completed,
    /// Failed, for good.
    Aborted,
    /// Called off.
    Canceled,
}

impl JobState {
    /// Every state.
    pub const ALL: [Self; 8] = [
        Self::PendingHeld,
        Self::Pending,
        Self::Processing,
        Self::ProcessingStopped,
        Self::Interrupted,
        Self::Completed,
        Self::Aborted,
        Self::Canceled,
    ];

    /// Whether nothing can happen to the job any more.
    #[must_use]
    pub fn is_terminal(self) -> bool {
        matches!(self, Self::Completed | Self::Aborted | Self::Canceled)
    }

    /// The keyword on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::PendingHeld => "pending-held",
            Self::Pending => "pending",
            Self::Processing => "processing",
            Self::ProcessingStopped => "processing-stopped",
            Self::Interrupted => "interrupted",
            Self::Completed => "completed",
            Self::Aborted => "aborted",
            Self::Canceled => "canceled",
        }
    }

    /// The state a keyword names.
    #[must_use]
    pub fn from_keyword(keyword: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|state| state.as_str() == keyword)
    }
}

/// `job-state-reasons` (RFC 8011 §5.3.8), and ours where IPP has none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "kebab-case")]
pub enum JobStateReason {
    /// Held by the site that submitted it until released.
    JobHoldUntilSpecified,
    /// Held on the machine; only there it is released.
    JobHeldByOperator,
    /// Waits for `not_before`.
    JobScheduled,
    /// Its printer cannot take it for now, and is waited for.
    PrinterStopped,
    /// Its printer was out, and it moved to that one's backup printer.
    Rerouted,
    /// A delivery did not start; the next attempt waits.
    WaitingToRetry,
    /// The agent stopped or crashed while it was delivered.
    AgentRestarted,
    /// Contact with the device or the spooler was lost.
    ContactLost,
    /// Canceled by the site that submitted it.
    JobCanceledByUser,
    /// Canceled on the machine.
    JobCanceledByOperator,
    /// Given up by the agent after its attempts.
    AbortedBySystem,
    /// `expires_at` passed before it started.
    JobExpired,
    /// The device asks for something (paper, cover, ...): see the printer.
    PrinterNeedsAttention,
    /// Somebody decided what became of an interrupted job.
    DecidedByOperator,
}

impl JobStateReason {
    const ALL: [Self; 14] = [
        Self::JobHoldUntilSpecified,
        Self::JobHeldByOperator,
        Self::JobScheduled,
        Self::PrinterStopped,
        Self::Rerouted,
        Self::WaitingToRetry,
        Self::AgentRestarted,
        Self::ContactLost,
        Self::JobCanceledByUser,
        Self::JobCanceledByOperator,
        Self::AbortedBySystem,
        Self::JobExpired,
        Self::PrinterNeedsAttention,
        Self::DecidedByOperator,
    ];

    /// The keyword on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::JobHoldUntilSpecified => "job-hold-until-specified",
            Self::JobHeldByOperator => "job-held-by-operator",
            Self::JobScheduled => "job-scheduled",
            Self::PrinterStopped => "printer-stopped",
            Self::Rerouted => "rerouted",
            Self::WaitingToRetry => "waiting-to-retry",
            Self::AgentRestarted => "agent-restarted",
            Self::ContactLost => "contact-lost",
            Self::JobCanceledByUser => "job-canceled-by-user",
            Self::JobCanceledByOperator => "job-canceled-by-operator",
            Self::AbortedBySystem => "aborted-by-system",
            Self::JobExpired => "job-expired",
            Self::PrinterNeedsAttention => "printer-needs-attention",
            Self::DecidedByOperator => "decided-by-operator",
        }
    }

    /// The reason a keyword names.
    #[must_use]
    pub fn from_keyword(keyword: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|reason| reason.as_str() == keyword)
    }
}

/// Who says that a job is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "kebab-case")]
pub enum Evidence {
    /// A device accepted all bytes. It may still be out of paper.
    Transport,
    /// The spooler says completed.
    Spooler,
    /// The printer itself confirmed.
    Device,
}

impl Evidence {
    /// The keyword on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Transport => "transport",
            Self::Spooler => "spooler",
            Self::Device => "device",
        }
    }

    /// The evidence a keyword names.
    #[must_use]
    pub fn from_keyword(keyword: &str) -> Option<Self> {
        [Self::Transport, Self::Spooler, Self::Device]
            .into_iter()
            .find(|e| e.as_str() == keyword)
    }
}

/// Whether a job may be delivered again when nobody knows whether it printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "kebab-case")]
pub enum Repeat {
    /// Never by itself: a second copy would do harm.
    #[default]
    Never,
    /// A second copy is harmless.
    Safe,
}

/// A document a job announces; its octets follow in binary frames.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub struct DocumentInfo {
    /// `document-format` (RFC 8011 §5.3.4.3), a media type:
    /// `application/octet-stream` is raw data for the device.
    pub format: String,
    /// Length in octets; at least 1.
    pub octets: u64,
    /// SHA-256 of the octets.
    pub sha256: Digest,
}

/// Raw data for the device, untouched.
pub const FORMAT_RAW: &str = "application/octet-stream";
/// Plain text in UTF-8.
pub const FORMAT_TEXT: &str = "text/plain";

/// A job as its origin sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Job {
    /// Its id.
    pub job_id: JobId,
    /// Where it prints.
    pub printer: PrinterId,
    /// `job-name`.
    #[cfg_attr(test, ts(as = "String"))]
    pub name: CustomerText,
    /// `job-state`.
    pub state: JobState,
    /// `job-state-reasons`.
    pub reasons: Vec<JobStateReason>,
    /// In `completed`: who said so.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub evidence: Option<Evidence>,
    /// Why, where something went wrong.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub code: Option<ErrorCode>,
    /// Delivery attempts so far.
    pub attempt: u32,
    /// 0 (first) to 9 (last).
    pub priority: u8,
    /// Length of all documents.
    pub octets: u64,
    /// When it was accepted.
    pub accepted_at: TimestampMs,
    /// When it last changed its state.
    pub changed_at: TimestampMs,
    /// Not delivered before this time.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub not_before: Option<TimestampMs>,
    /// Aborted when it has not started by then.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub expires_at: Option<TimestampMs>,
    /// The job this one prints again.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub reprint_of: Option<JobId>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keywords_are_what_serde_writes() {
        for state in JobState::ALL {
            assert_eq!(serde_json::to_value(state).unwrap(), state.as_str());
            assert_eq!(JobState::from_keyword(state.as_str()), Some(state));
        }
        for reason in JobStateReason::ALL {
            assert_eq!(serde_json::to_value(reason).unwrap(), reason.as_str());
        }
    }
}
