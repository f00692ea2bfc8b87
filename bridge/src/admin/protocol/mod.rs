//! The words of administration: a closed list of calls and answers.
//!
//! A call is `POST /v1` with one line of JSON, an [`AdminRequest`]; the octets
//! of a document to print follow that line. The answer is a [`Reply`]. Events
//! are a stream of lines, each a [`StreamLine`]. Members nobody knows are
//! refused in both directions: client and agent are one program.

mod status;

use std::collections::BTreeSet;

use platen_protocol::{
    Capability, Cursor, CustomerText, Event, Job, JobId, JobState, OriginPattern, Printer,
    PrinterId, PrinterStateReason, Signing, StatusSource, TimestampMs, WireError,
};
use serde::{Deserialize, Serialize};

pub use self::status::{
    Certificate, JobCount, Listener, MachineUser, Scheme, ServerLeaf, Status, UserSessions,
};
use super::found::{Found, Look, NewName, NewPrinter, Removal, Removed};
use crate::authorize::PendingSite;
use crate::grant::{DeviceRule, Grant, QzTerms};
use crate::provision::{Outcome, ProvisionStatus};
use crate::store::{AddedPrinter, KeptDocuments};
use crate::waits::WaitsFor;

/// Everything the command line can ask.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(
    tag = "method",
    content = "params",
    rename_all = "kebab-case",
    deny_unknown_fields
)]
pub enum AdminRequest {
    /// How the agent is.
    Status,
    /// The newest lines of its log.
    Log,
    /// Its printers.
    Printers,
    /// Look which printers there are.
    Discover(Look),
    /// Add a printer.
    AddPrinter(NewPrinter),
    /// Give a printer another name.
    RenamePrinter(NewName),
    /// Remove a printer that was added.
    RemovePrinter(Removal),
    /// Jobs of every origin, newest first.
    Jobs(JobQuery),
    /// One job with its history.
    Job(JobChoice),
    /// The job that a printer works on, or would work on next.
    FirstInLine(PrinterChoice),
    /// Call a job off.
    Cancel(JobChoice),
    /// Keep a pending job from starting.
    Hold(JobChoice),
    /// Let a held job start.
    Release(JobChoice),
    /// Decide that an interrupted job is to be delivered again.
    Retry(JobChoice),
    /// Decide that an interrupted job was printed.
    Resolve(JobChoice),
    /// Print a finished job again, as a new job.
    Reprint(JobChoice),
    /// Ask a printer's device how it is.
    Probe(PrinterChoice),
    /// Stop a printer from starting jobs.
    Pause(PrinterChoice),
    /// Let a printer start jobs again.
    Resume(PrinterChoice),
    /// Stop all printers from starting jobs, also those to come.
    PauseAll,
    /// End that; what was paused by itself stays so.
    ResumeAll,
    /// Print the document that follows.
    Print(PrintOrder),
    /// What sites are allowed.
    Grants,
    /// Sites that were refused and may be allowed.
    PendingSites,
    /// Allow a site something.
    AddGrant(NewGrant),
    /// Take a grant back.
    RemoveGrant(GrantChoice),
    /// Take the word of certificates back.
    Revoke(RevocationOrder),
    /// What the provisioning file says, and whether it is believed.
    Provision,
    /// Look at the provisioning file again and do what it says.
    ApplyProvision,
    /// The certificate of the `wss` ports.
    Certificate,
    /// Make a new certificate and use it for new connections.
    RenewCertificate,
}

/// Which jobs.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct JobQuery {
    /// Only of this printer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub printer: Option<PrinterId>,
    /// Only in these states; empty: in any.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub states: Vec<JobState>,
    /// At most this many.
    pub limit: u32,
}

/// One job.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct JobChoice {
    /// Its id.
    pub job_id: JobId,
}

/// One printer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PrinterChoice {
    /// Its id, or its name where only one printer has it.
    pub printer: String,
}

/// One grant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GrantChoice {
    /// Its number.
    pub id: i64,
}

/// A document to print on the machine's own account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PrintOrder {
    /// Where: id, or name where only one printer has it.
    pub printer: String,
    /// `job-name`.
    pub name: CustomerText,
    /// `document-format`.
    pub format: String,
}

/// What a site is to be allowed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewGrant {
    /// A note for people; left out: the certificate's subject.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// A root or a leaf, base64 of DER; empty with `thumbprint`.
    pub certificate: String,
    /// The SHA-1 of a leaf for pages written for QZ Tray, hexadecimal, where
    /// nothing else is known. Such a grant may be without capabilities: then
    /// it refuses that leaf.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thumbprint: Option<String>,
    /// The origins it may speak for. May be empty for a leaf: those that it
    /// names.
    pub origins: Vec<OriginPattern>,
    /// What it may do.
    pub capabilities: BTreeSet<Capability>,
    /// Where, by id or name; empty: on every printer.
    pub printers: Vec<String>,
    /// For which users of the machine; empty: for everybody.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub users: Vec<String>,
    /// What the capabilities `serial`, `usb`, `hid` and `socket` reach.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub devices: BTreeSet<DeviceRule>,
    /// What must be signed.
    pub signing: Signing,
    /// Whether clients that send no `Origin` may use it.
    pub native: bool,
    /// Whether pages written for QZ Tray may use it, and how.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub qz: Option<QzTerms>,
    /// How many days old the newest list of revocations of a root may be.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revocations_max_age_days: Option<u32>,
    /// When it ends.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<TimestampMs>,
}

/// Certificates whose word no longer counts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RevocationOrder {
    /// The list as `platen-sign revoke` wrote it.
    pub signed_list: String,
}

/// What the agent answers, one variant for each kind of value.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(
    tag = "type",
    content = "value",
    rename_all = "kebab-case",
    deny_unknown_fields
)]
pub enum AdminResponse {
    /// To `status`.
    Status(Box<Status>),
    /// To `log`, oldest first.
    Log(Vec<String>),
    /// To `printers`, `pause-all` and `resume-all`.
    Printers(Vec<PrinterDetail>),
    /// To `jobs`.
    Jobs(Vec<JobSummary>),
    /// To `job`, and to the calls that change one.
    Job(Box<JobDetail>),
    /// To `first-in-line`; `None` when no job is ready.
    FirstInLine(Option<Box<JobDetail>>),
    /// To `print` and `reprint`.
    Submitted(Submitted),
    /// To `grants`.
    Grants(Vec<Grant>),
    /// To `pending-sites`, the newest first.
    PendingSites(Vec<PendingSite>),
    /// To `add-grant` and `remove-grant`: the grant made or gone.
    Grant(Box<Grant>),
    /// To `revoke`.
    Revocation(Revocation),
    /// To `provision`.
    Provision(Box<ProvisionStatus>),
    /// To `apply-provision`.
    Provisioned(Box<Outcome>),
    /// To `certificate` and `renew-certificate`.
    Certificate(Certificate),
    /// To `pause`, `resume`, `add-printer` and `rename-printer`: the printer as
    /// it is now.
    Printer(Box<PrinterDetail>),
    /// To `discover`.
    Found(Found),
    /// To `remove-printer`.
    Removed(Removed),
    /// To `probe`.
    Probe(Probe),
}

/// Body of an answer to `POST /v1`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reply {
    /// It was done.
    Result(AdminResponse),
    /// It was not.
    Error(WireError),
}

/// A printer as its owner sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PrinterDetail {
    /// As a page sees it, with every origin's jobs counted.
    pub printer: Printer,
    /// Its device.
    pub uri: String,
    /// Whether it is named in the configuration; else it was added, or belongs
    /// to the print service.
    pub configured: bool,
    /// Where a person added it: what is known of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub added: Option<AddedPrinter>,
}

/// What a device says of itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Probe {
    /// Whether it answered; `None` where it cannot be asked, or was busy with
    /// a job.
    pub reachable: Option<bool>,
    /// `printer-state-reasons`.
    pub reasons: Vec<PrinterStateReason>,
    /// Who says so; `None` where it was not asked.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub source: Option<StatusSource>,
    /// When the device last gave a sign of itself before.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub heard_at: Option<TimestampMs>,
    /// The device itself, where the printer is a print queue that says less of
    /// its jobs than the device would.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub direct: Option<String>,
}

/// A job as the machine's owner sees it in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct JobSummary {
    /// The job.
    pub job: Job,
    /// Whose it is; `None`: submitted on the machine.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<String>,
    /// In whose browser it was submitted, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<MachineUser>,
}

/// A job with everything known about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct JobDetail {
    /// The job.
    pub job: Job,
    /// Whose it is; `None`: submitted on the machine.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<String>,
    /// In whose browser it was submitted, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<MachineUser>,
    /// What happened, in words, where something went wrong.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// The spooler's number of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub spooler_job: Option<i32>,
    /// Whether what it prints is still stored.
    pub documents: KeptDocuments,
    /// What it waits for; `None` when it has ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waits_for: Option<WaitsFor>,
    /// Every step, oldest first.
    pub history: Vec<HistoryStep>,
}

/// One step in a job's life.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HistoryStep {
    /// When.
    pub at: TimestampMs,
    /// The state it left; `None` for the first step.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// The state it entered.
    pub state: String,
    /// What made it move.
    pub cause: String,
    /// `job-state-reasons`, separated by blanks.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reasons: String,
    /// Delivery attempt.
    pub attempt: u32,
    /// Octets that had left for the printer.
    pub octets_sent: u64,
    /// Who said that it is done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evidence: Option<String>,
    /// Error code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// In words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
}

/// What a revocation list did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Revocation {
    /// How many certificates the list names; `None`: a list as new, or newer,
    /// was there already.
    pub revoked: Option<u64>,
}

/// A job that is now durable.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Submitted {
    /// The job.
    pub job_id: JobId,
    /// Where it prints.
    pub printer: PrinterId,
}

/// A line of `GET /v1/events`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StreamLine {
    /// Something happened.
    Event(EventLine),
    /// Everything up to here was told; what follows is live.
    Live {
        /// Where the log stands.
        cursor: Cursor,
    },
    /// The reader was too slow and missed events: ask again after the last
    /// cursor seen. The stream ends.
    Resync,
}

/// An event with its place and whose it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventLine {
    /// Place in the log; `None` for progress, which is not durable.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<Cursor>,
    /// Whose job; `None` for printers and for jobs of the machine itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<String>,
    /// What happened.
    #[serde(flatten)]
    pub event: Event,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_read_back_and_have_one_spelling() {
        for (request, text) in [
            (AdminRequest::Status, r#"{"method":"status"}"#),
            (
                AdminRequest::Cancel(JobChoice {
                    job_id: "j1".parse().unwrap(),
                }),
                r#"{"method":"cancel","params":{"job_id":"j1"}}"#,
            ),
            (
                AdminRequest::Jobs(JobQuery {
                    printer: None,
                    states: vec![JobState::Interrupted],
                    limit: 5,
                }),
                r#"{"method":"jobs","params":{"states":["interrupted"],"limit":5}}"#,
            ),
        ] {
            assert_eq!(serde_json::to_string(&request).unwrap(), text);
            assert_eq!(serde_json::from_str::<AdminRequest>(text).unwrap(), request);
        }
    }

    #[test]
    fn unknown_calls_and_members_are_refused() {
        for text in [
            r#"{"method":"shutdown"}"#,
            r#"{"method":"status","extra":1}"#,
            r#"{"method":"cancel","params":{"job_id":"j1","force":true}}"#,
            r#"{"method":"cancel","params":{"job_id":"../j1"}}"#,
            r#"{"method":"cancel"}"#,
            r#"{"params":{}}"#,
            "[]",
        ] {
            assert!(
                serde_json::from_str::<AdminRequest>(text).is_err(),
                "{text}"
            );
        }
    }

    #[test]
    fn an_event_line_is_one_flat_object() {
        let line = EventLine {
            cursor: Some(Cursor(31)),
            origin: Some("https://pos.example".to_owned()),
            event: Event::JobProgress {
                job_id: "j1".parse().unwrap(),
                octets_sent: 1,
                octets_total: 2,
            },
        };
        let text = serde_json::to_string(&line).unwrap();
        assert_eq!(
            text,
            r#"{"cursor":"c1f","origin":"https://pos.example","type":"job-progress","job_id":"j1","octets_sent":1,"octets_total":2}"#
        );
        assert_eq!(serde_json::from_str::<EventLine>(&text).unwrap(), line);
    }
}
