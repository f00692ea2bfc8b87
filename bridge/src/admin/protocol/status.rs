//! How an agent is: the answer to `status`.

use std::path::PathBuf;

use platen_protocol::{JobState, TimestampMs};
use serde::{Deserialize, Serialize};

use crate::certificate::{self, MachineCertificate};
use crate::claims::Held;
use crate::owner::User;
use crate::provision::ProvisionStatus;

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
