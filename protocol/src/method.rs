//! The methods: what a page can ask, and what it is told.
//!
//! [`Method`] is the whole table. What each needs (a session, a capability, a
//! signature) is a property here, not a check somewhere.

use serde::{Deserialize, Serialize};

use crate::accessory::{BuzzerSound, DisplayShow, DrawerOpen};
use crate::device::{
    DeviceClass, DeviceData, Devices, DevicesClose, DevicesList, DevicesOpen, DevicesReceive,
    DevicesSend,
};
use crate::job::{DocumentInfo, Job, Repeat};
use crate::preview::{JobsPreview, Preview};
use crate::printer::Printer;
use crate::{
    AgentId, Capability, Cursor, CustomerText, ErrorCode, JobId, JobState, Origin, PrinterId,
    Signing, TimestampMs, Topic, WireError,
};

macro_rules! methods {
    ($($(#[$doc:meta])* $variant:ident($params:ty) = $name:literal;)*) => {
        /// Everything that can be called.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[cfg_attr(test, derive(ts_rs::TS))]
        pub enum Method {
            $($(#[$doc])* #[serde(rename = $name)] $variant,)*
        }

        impl Method {
            /// The whole table.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// The name on the wire.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }
        }

        /// A method with its params, typed.
        #[derive(Debug, Clone, PartialEq)]
        pub enum Request {
            $($(#[$doc])* $variant($params),)*
        }

        impl Request {
            /// Which method this calls.
            #[must_use]
            pub fn method(&self) -> Method {
                match self { $(Self::$variant(_) => Method::$variant,)* }
            }

            /// Reads the params of `method` from JSON text.
            ///
            /// # Errors
            /// When they do not fit: unknown, missing, doubled or mistyped members.
            pub fn read(method: Method, params: &str) -> Result<Self, serde_json::Error> {
                Ok(match method {
                    $(Method::$variant => Self::$variant(serde_json::from_str(params)?),)*
                })
            }
        }
    };
}

methods! {
    /// The agent proves who it is to an origin that some grant names.
    AgentProve(AgentProve) = "agent.prove";
    /// The page presents its certificates and a signed statement.
    SessionOpen(SessionOpen) = "session.open";
    /// The printers the grant names.
    PrintersList(NoParams) = "printers.list";
    /// One printer.
    PrintersGet(PrinterParams) = "printers.get";
    /// Submit a job; answered after it is durable.
    JobsSubmit(JobsSubmit) = "jobs.submit";
    /// What documents would look like on paper; prints nothing and keeps nothing.
    JobsPreview(JobsPreview) = "jobs.preview";
    /// One of the origin's jobs.
    JobsGet(JobParams) = "jobs.get";
    /// The origin's jobs, newest first.
    JobsList(JobsList) = "jobs.list";
    /// Call a job off.
    JobsCancel(JobParams) = "jobs.cancel";
    /// Keep a job from starting.
    JobsHold(JobParams) = "jobs.hold";
    /// Let a held job start.
    JobsRelease(JobParams) = "jobs.release";
    /// Decide that an interrupted job is to be delivered again.
    JobsRetry(JobParams) = "jobs.retry";
    /// Print a finished job again, as a new job.
    JobsReprint(JobParams) = "jobs.reprint";
    /// Open a cash drawer; answered as a submit is.
    DrawerOpen(DrawerOpen) = "drawer.open";
    /// Sound a buzzer; answered as a submit is.
    BuzzerSound(BuzzerSound) = "buzzer.sound";
    /// Show text on a customer display; answered as a submit is.
    DisplayShow(DisplayShow) = "display.show";
    /// The devices that the grant names and that are there.
    DevicesList(DevicesList) = "devices.list";
    /// Have a device, until it is closed or the session ends.
    DevicesOpen(DevicesOpen) = "devices.open";
    /// Send to an open device.
    DevicesSend(DevicesSend) = "devices.send";
    /// Ask an open device.
    DevicesReceive(DevicesReceive) = "devices.receive";
    /// Let a device go.
    DevicesClose(DevicesClose) = "devices.close";
    /// Stop a printer from starting jobs.
    QueuePause(PrinterParams) = "queue.pause";
    /// Let a printer start jobs again.
    QueueResume(PrinterParams) = "queue.resume";
    /// Hear of changes, from now or after a cursor.
    EventsSubscribe(EventsSubscribe) = "events.subscribe";
    /// Hear of no more.
    EventsUnsubscribe(NoParams) = "events.unsubscribe";
}

impl Method {
    /// The method with this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL
            .iter()
            .copied()
            .find(|method| method.as_str() == name)
    }

    /// The capability a session's grant must have; `None` where opening a
    /// session is what the method is for, or where the session suffices.
    #[must_use]
    pub fn capability(self) -> Option<Capability> {
        match self {
            Self::AgentProve | Self::SessionOpen => None,
            // The topics are checked one by one: `jobs` or `status`.
            Self::EventsSubscribe | Self::EventsUnsubscribe => None,
            // That for its class: `Request::device_class`.
            Self::DevicesList
            | Self::DevicesOpen
            | Self::DevicesSend
            | Self::DevicesReceive
            | Self::DevicesClose => None,
            Self::PrintersList | Self::PrintersGet => Some(Capability::Printers),
            // Who may not print there may not look either.
            Self::JobsSubmit
            | Self::JobsPreview
            | Self::JobsCancel
            | Self::JobsHold
            | Self::JobsRelease
            | Self::JobsRetry
            | Self::JobsReprint => Some(Capability::Print),
            Self::JobsGet | Self::JobsList => Some(Capability::Jobs),
            Self::DrawerOpen => Some(Capability::Drawer),
            Self::BuzzerSound => Some(Capability::Buzzer),
            Self::DisplayShow => Some(Capability::Display),
            Self::QueuePause | Self::QueueResume => Some(Capability::Admin),
        }
    }

    /// Whether it works without an open session.
    #[must_use]
    pub fn opens_session(self) -> bool {
        matches!(self, Self::AgentProve | Self::SessionOpen)
    }

    /// Whether it changes something, and so must be signed under
    /// [`Signing::Request`].
    #[must_use]
    pub fn changes(self) -> bool {
        match self {
            Self::JobsSubmit
            | Self::JobsCancel
            | Self::JobsHold
            | Self::JobsRelease
            | Self::JobsRetry
            | Self::JobsReprint
            | Self::DrawerOpen
            | Self::BuzzerSound
            | Self::DisplayShow
            | Self::DevicesOpen
            | Self::DevicesSend
            | Self::QueuePause
            | Self::QueueResume => true,
            Self::AgentProve
            | Self::SessionOpen
            | Self::PrintersList
            | Self::PrintersGet
            | Self::JobsPreview
            | Self::JobsGet
            | Self::JobsList
            | Self::DevicesList
            | Self::DevicesReceive
            | Self::DevicesClose
            | Self::EventsSubscribe
            | Self::EventsUnsubscribe => false,
        }
    }

    /// Whether a call must carry a signed statement under a grant's rule.
    #[must_use]
    pub fn must_be_signed(self, signing: Signing) -> bool {
        self == Self::SessionOpen || (signing == Signing::Request && self.changes())
    }
}

/// Params of a method that takes none: `{}`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub struct NoParams {}

/// Params of `agent.prove`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub struct AgentProve {
    /// Fresh randomness of the page: 16 to 128 characters.
    pub nonce: String,
    /// Only from a client that is no browser and sent no `Origin`: the origin
    /// it will speak for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<Origin>,
}

/// Params of `session.open`. The call is signed by the leaf's key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub struct SessionOpen {
    /// The chain, leaf first, each base64 (RFC 4648 §4) of DER; the root may
    /// be left out.
    pub certificates: Vec<String>,
}

/// Params that name a printer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub struct PrinterParams {
    /// Its id.
    pub printer: PrinterId,
}

/// Params that name a job.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub struct JobParams {
    /// Its id.
    pub job_id: JobId,
}

/// Params of `jobs.submit`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub struct JobsSubmit {
    /// Where to print; left out: the machine's default printer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub printer: Option<PrinterId>,
    /// At least one; their octets follow in binary frames.
    pub documents: Vec<DocumentInfo>,
    /// `job-name`, for people; at most 255 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(as = "Option<String>"))]
    pub name: Option<CustomerText>,
    /// The same key with the same content gets the stored answer, never a
    /// second job. 1 to 128 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(as = "Option<String>"))]
    pub idempotency_key: Option<CustomerText>,
    /// 0 (first) to 9 (last); left out: 3.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub priority: Option<u8>,
    /// Abort the job when it has not started by then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<TimestampMs>,
    /// Do not start the job before then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_before: Option<TimestampMs>,
    /// Whether a second copy is harmless; left out: it is not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repeat: Option<Repeat>,
}

/// Characters of an idempotency key, at most.
pub const KEY_CHARACTERS_MAX: usize = 128;
/// Jobs listed at once, at most.
pub const LIST_MAX: u32 = 500;
/// Characters of a page's nonce.
pub const NONCE_CHARACTERS: std::ops::RangeInclusive<usize> = 16..=128;

impl Request {
    /// The documents it announces, whose octets follow in binary frames.
    #[must_use]
    pub fn documents(&self) -> Option<&[DocumentInfo]> {
        match self {
            Self::JobsSubmit(params) => Some(&params.documents),
            Self::JobsPreview(params) => Some(&params.documents),
            _ => None,
        }
    }

    /// The class of devices that it is about; `None` also where it is about
    /// all of them.
    #[must_use]
    pub fn device_class(&self) -> Option<DeviceClass> {
        match self {
            Self::DevicesList(params) => params.class,
            Self::DevicesOpen(params) => params.device.class(),
            Self::DevicesSend(params) => params.device.class(),
            Self::DevicesReceive(params) => params.device.class(),
            Self::DevicesClose(params) => params.device.class(),
            _ => None,
        }
    }

    /// What the types cannot say: ranges, lengths and order. Checked when a
    /// call is read, before anything is received or asked.
    ///
    /// # Errors
    /// `invalid-params` or `document-empty`.
    pub fn check(&self) -> Result<(), WireError> {
        match self {
            Self::JobsSubmit(params) => params.check(),
            Self::JobsPreview(params) => check_documents(&params.documents),
            Self::JobsList(params) => params.check(),
            Self::DevicesOpen(params) => params.check(),
            Self::DevicesSend(params) => params.check(),
            Self::DevicesReceive(params) => params.check(),
            Self::DevicesClose(params) => params.check(),
            Self::DrawerOpen(params) => {
                params.check()?;
                check_key(params.idempotency_key.as_ref())
            }
            Self::BuzzerSound(params) => {
                params.check()?;
                check_key(params.idempotency_key.as_ref())
            }
            Self::DisplayShow(params) => {
                params.check()?;
                check_key(params.idempotency_key.as_ref())
            }
            Self::AgentProve(params) if !NONCE_CHARACTERS.contains(&params.nonce.len()) => {
                invalid("a nonce has 16 to 128 characters")
            }
            _ => Ok(()),
        }
    }
}

impl JobsList {
    fn check(&self) -> Result<(), WireError> {
        if self
            .limit
            .is_some_and(|limit| !(1..=LIST_MAX).contains(&limit))
        {
            return invalid("limit goes from 1 to 500");
        }
        check_key(self.idempotency_key.as_ref())
    }
}

impl JobsSubmit {
    fn check(&self) -> Result<(), WireError> {
        check_documents(&self.documents)?;
        if self
            .priority
            .is_some_and(|priority| priority > PRIORITY_MAX)
        {
            return invalid("priority goes from 0 (first) to 9 (last)");
        }
        check_key(self.idempotency_key.as_ref())?;
        match (self.not_before, self.expires_at) {
            (Some(start), Some(end)) if start >= end => {
                invalid("not_before must come before expires_at")
            }
            _ => Ok(()),
        }
    }
}

fn check_documents(documents: &[DocumentInfo]) -> Result<(), WireError> {
    if documents.is_empty() || documents.iter().any(|document| document.octets == 0) {
        return Err(WireError::new(ErrorCode::DocumentEmpty));
    }
    Ok(())
}

fn check_key(key: Option<&CustomerText>) -> Result<(), WireError> {
    match key.map(|key| key.as_str().chars().count()) {
        Some(length) if !(1..=KEY_CHARACTERS_MAX).contains(&length) => {
            invalid("an idempotency_key has 1 to 128 characters")
        }
        _ => Ok(()),
    }
}

fn invalid(message: &str) -> Result<(), WireError> {
    Err(WireError::with_message(ErrorCode::InvalidParams, message))
}

/// Priority of a job that names none.
pub const PRIORITY_DEFAULT: u8 = 3;
/// The last priority.
pub const PRIORITY_MAX: u8 = 9;

/// Params of `jobs.list`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub struct JobsList {
    /// Only of this printer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub printer: Option<PrinterId>,
    /// Only in these states.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub states: Option<Vec<JobState>>,
    /// At most this many, 1 to 500; left out: 100.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
    /// Continue after this job.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<JobId>,
    /// Only the job that was submitted with this key: what became of a submit
    /// whose answer was lost.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(as = "Option<String>"))]
    pub idempotency_key: Option<CustomerText>,
}

/// Params of `events.subscribe`; replaces the session's subscription.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub struct EventsSubscribe {
    /// What about.
    pub topics: Vec<Topic>,
    /// Replay what came after this; left out: from now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<Cursor>,
}

/// What the methods return.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Response {
    /// Of `agent.prove`.
    Proof(AgentProof),
    /// Of `session.open`.
    SessionOpened(SessionOpened),
    /// Of `printers.list`.
    Printers(Printers),
    /// Of `printers.get`.
    Printer(Printer),
    /// Of `jobs.submit`, `jobs.reprint`, `drawer.open`, `buzzer.sound` and
    /// `display.show`.
    Submitted(Submitted),
    /// Of `jobs.preview`.
    Preview(Preview),
    /// Of `jobs.get`, and of the methods that change a job.
    Job(Job),
    /// Of `jobs.list`.
    Jobs(Jobs),
    /// Of `devices.list`.
    Devices(Devices),
    /// Of `devices.receive`.
    DeviceData(DeviceData),
    /// Of `events.subscribe`.
    Subscribed(Subscribed),
    /// Of methods with nothing to say.
    Done(NoParams),
}

/// Result of `agent.prove`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct AgentProof {
    /// Who the agent is to this origin: the digest of `public_key`.
    pub agent: AgentId,
    /// The P-256 key as an uncompressed point (65 octets), base64url.
    pub public_key: String,
    /// ECDSA with SHA-256 over the canonical [`crate::proof::ProofText`],
    /// `r || s` (64 octets, IEEE P1363), base64url.
    pub signature: String,
}

/// Result of `session.open`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct SessionOpened {
    /// The origin this session speaks for.
    pub origin: Origin,
    /// What it may do.
    pub capabilities: Vec<Capability>,
    /// What it must sign.
    pub signing: Signing,
    /// Version of the agent (Semantic Versioning).
    pub version: String,
    /// Bounds the page keeps to.
    pub limits: SessionLimits,
}

/// Bounds of a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct SessionLimits {
    /// Octets of one frame, header included.
    pub frame_octets_max: u64,
    /// Octets of all documents of one job.
    pub job_octets_max: u64,
    /// Documents of one job.
    pub documents_per_job_max: u32,
    /// Calls without an answer yet.
    pub calls_in_flight_max: u32,
}

/// Result of `printers.list`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Printers {
    /// In the order of the configuration, then by name.
    pub printers: Vec<Printer>,
}

/// Result of `jobs.submit`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Submitted {
    /// The job, now durable.
    pub job_id: JobId,
    /// The printer it waits for.
    pub printer: PrinterId,
    /// Whether this is the stored answer to an earlier submit with the same
    /// idempotency key.
    pub repeated: bool,
}

/// Result of `jobs.list`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Jobs {
    /// Newest first.
    pub jobs: Vec<Job>,
}

/// Result of `events.subscribe`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Subscribed {
    /// Events after this cursor will come.
    pub cursor: Cursor,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_that_changes_something_needs_a_capability() {
        for method in Method::ALL {
            if method.changes() {
                let of_its_class = method.as_str().starts_with("devices.");
                let is_limited = method.capability().is_some() || of_its_class;
                assert!(is_limited, "{}", method.as_str());
                assert!(method.must_be_signed(Signing::Request));
                assert!(!method.must_be_signed(Signing::Session));
            }
        }
    }

    #[test]
    fn what_the_types_cannot_say_is_checked_too() {
        let sha256 = crate::Digest::of(b"x");
        let document =
            format!(r#"{{"format":"application/octet-stream","octets":1,"sha256":"{sha256}"}}"#);
        let check = |method, params: &str, code| {
            let checked = Request::read(method, params).unwrap().check();
            assert_eq!(checked.err().map(|error| error.data.code), code, "{params}");
        };
        let submit = |more: &str, code| {
            let params = format!(r#"{{"documents":[{document}]{more}}}"#);
            check(Method::JobsSubmit, &params, code);
        };
        let invalid = Some(ErrorCode::InvalidParams);
        let key = |length| format!(r#","idempotency_key":"{}""#, "k".repeat(length));
        submit("", None);
        submit(r#","priority":9"#, None);
        submit(r#","priority":10"#, invalid);
        submit(&key(0), invalid);
        submit(&key(128), None);
        submit(&key(129), invalid);
        submit(r#","not_before":5,"expires_at":5"#, invalid);
        check(
            Method::JobsSubmit,
            r#"{"documents":[]}"#,
            Some(ErrorCode::DocumentEmpty),
        );
        check(
            Method::JobsPreview,
            r#"{"documents":[],"form":"text"}"#,
            Some(ErrorCode::DocumentEmpty),
        );
        check(Method::JobsList, r#"{"limit":0}"#, invalid);
        check(Method::JobsList, r#"{"limit":501}"#, invalid);
        check(Method::JobsList, r#"{"idempotency_key":""}"#, invalid);
        check(Method::JobsList, r#"{"idempotency_key":"k"}"#, None);
        check(Method::AgentProve, r#"{"nonce":"short"}"#, invalid);
    }

    #[test]
    fn no_method_touches_the_life_of_the_agent() {
        for method in Method::ALL {
            for word in [
                "stop", "shutdown", "restart", "quit", "exit", "update", "install", "config",
            ] {
                assert!(!method.as_str().contains(word), "{}", method.as_str());
            }
        }
    }
}
