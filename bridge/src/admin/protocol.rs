//! The words of administration: a closed list of calls and answers.
//!
//! A call is `POST /v1` with one line of JSON, an [`AdminRequest`]; the octets
//! of a document to print follow that line. The answer is a [`Reply`]. Events
//! are a stream of lines, each a [`StreamLine`]. Members nobody knows are
//! refused in both directions: client and agent are one program.

use std::collections::BTreeSet;
use std::path::PathBuf;

use platen_protocol::{
    Capability, Cursor, CustomerText, Event, Job, JobId, JobState, OriginPattern, Printer,
    PrinterId, PrinterStateReason, Signing, StatusSource, TimestampMs, WireError,
};
use serde::{Deserialize, Serialize};

use super::found::{Found, Look, NewName, NewPrinter, Removal, Removed};
use crate::authorize::PendingSite;
use crate::certificate::{self, MachineCertificate};
use crate::claims::Held;
use crate::grant::{DeviceRule, Grant, QzTerms};
use crate::owner::User;
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

/// How the agent is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Status {
    /// Version of the agent.
    pub version: String,
    /// Its process.
    pub pid: u32,
    /// Since when it runs.
    pub started_at: TimestampMs,
    /// Where its state lies.
    pub state_directory: PathBuf,
    /// The configuration it was started with; `None`: the built-in one.
    pub config_file: Option<PathBuf>,
    /// Where browsers reach it.
    pub listeners: Vec<Listener>,
    /// Ports it wanted, but somebody else has.
    pub ports_taken: Vec<u16>,
    /// The certificate of its `wss` ports.
    pub certificate: Certificate,
    /// Who decides over this machine, where somebody does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provision: Option<ProvisionStatus>,
    /// How many printers it has.
    pub printers: u64,
    /// Since when all of them are paused, also those to come.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paused_at: Option<TimestampMs>,
    /// How many jobs are in which state; states without jobs are left out.
    pub jobs: Vec<JobCount>,
    /// Open connections to the browser ports.
    pub connections: u64,
    /// Open sessions.
    pub sessions: u64,
    /// Whose connections are served; `None`: every user's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub serves_only: Option<MachineUser>,
    /// Whose the open sessions are.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub users: Vec<UserSessions>,
    /// How many grants hold.
    pub grants: u64,
    /// Stores that were damaged and put aside, for a person to look at and
    /// remove.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub damaged_stores: Vec<PathBuf>,
    /// Devices that pages or printers have for themselves.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub devices: Vec<Held>,
    /// Documents that could not be opened at the start, because the key that
    /// sealed them is not here.
    #[serde(default)]
    pub documents_without_key: u64,
    /// Resident memory, where the system tells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resident_octets: Option<u64>,
    /// Whether it is stopping and takes no more jobs.
    pub draining: bool,
}

/// A user of the machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MachineUser {
    /// Number, or SID on Windows.
    pub id: String,
    /// What they are called.
    pub name: String,
}

impl From<&User> for MachineUser {
    fn from(user: &User) -> Self {
        Self {
            id: user.id().to_owned(),
            name: user.name().to_owned(),
        }
    }
}

/// How many sessions a user has open.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UserSessions {
    /// Who; `None`: nobody in particular.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<MachineUser>,
    /// Open sessions.
    pub sessions: u64,
}

/// A browser port that is open.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Listener {
    /// `wss` or `ws`.
    pub scheme: Scheme,
    /// On 127.0.0.1 and, where the machine has it, on ::1.
    pub port: u16,
}

/// With or without TLS.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Scheme {
    /// With TLS.
    Wss,
    /// Without.
    Ws,
}

impl Scheme {
    /// The word in a URL.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Wss => "wss",
            Self::Ws => "ws",
        }
    }
}

/// The certificate of the `wss` ports.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Certificate {
    /// The CA's certificate as PEM: what a browser is to trust.
    pub ca_file: PathBuf,
    /// SHA-256 of the CA's DER, lowercase hexadecimal.
    pub ca_fingerprint: String,
    /// When its last leaf ends, and browsers must be told of another CA.
    pub not_after: TimestampMs,
    /// Its leaves, in the order in which they serve.
    pub leaves: Vec<ServerLeaf>,
    /// When the next leaf takes over by itself; `None`: this is the last one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_switch: Option<TimestampMs>,
}

/// One of the server's certificates.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServerLeaf {
    /// It holds from here.
    pub not_before: TimestampMs,
    /// It holds until here.
    pub not_after: TimestampMs,
    /// Whether new connections get it.
    pub serving: bool,
}

impl Certificate {
    /// What a kept certificate is at this time.
    #[must_use]
    pub fn of(kept: &MachineCertificate, now: TimestampMs) -> Self {
        let spans: Vec<_> = kept.spans().collect();
        let serving = certificate::serving(&spans, now);
        let leaves = spans.iter().enumerate().map(|(index, span)| ServerLeaf {
            not_before: span.not_before,
            not_after: span.not_after,
            serving: index == serving,
        });
        Self {
            ca_file: kept.ca_file.clone(),
            ca_fingerprint: kept.ca_fingerprint.clone(),
            not_after: kept.not_after(),
            leaves: leaves.collect(),
            next_switch: certificate::next_switch(&spans, now),
        }
    }
}

/// How many jobs are in a state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct JobCount {
    /// `job-state`.
    pub state: JobState,
    /// How many.
    pub count: u64,
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
