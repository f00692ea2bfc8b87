//! A device behind a URI: it takes the bytes of one job and says what became
//! of them.
//!
//! A backend knows no sessions, no origins, no queues and no retry rules: it
//! delivers one [`Work`] and returns one [`Outcome`], reporting on the way.
//! The queue's actor (`queue::actor`) is its only caller and never runs two
//! deliveries of one printer at the same time. [`Backends`] makes one from a
//! [`DeviceUri`].

pub mod cups;
mod delivery;
mod equipment;
pub mod escpos;
mod movable;
mod open;
mod pieces;
mod plain_text;
mod questions;
mod reporter;
pub mod serial;
pub mod snmp;
pub mod socket;
mod spooler;
mod system_printers;
pub mod uri;
pub mod usb;
pub mod virtual_printer;
pub mod winspool;
mod zpl;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use platen_receipt::Profile;

use platen_protocol::{
    CustomerText, ErrorCode, Evidence, PrinterState, PrinterStateReason, StatusSource,
};

pub use delivery::DeliverySettings;
pub use equipment::{Equipment, PaperSize};
pub use escpos::Abilities;
pub use movable::{Movable, UnderWay};
pub use open::{BackendError, BackendSettings, Backends};
pub use pieces::read_piece;
pub use questions::{DeviceQuestions, SnmpMode, StatusMode};
pub use spooler::SpoolerError;
pub use system_printers::{DiscoveryError, FoundPrinter, SystemPrinters};
pub use uri::{DeviceUri, DeviceUriError, QueueName};
pub use winspool::WindowsPrinterName;

/// The bytes of one document, read piece by piece so that a large job is never
/// in memory as a whole.
pub trait PayloadSource: Send + Sync + fmt::Debug {
    /// Length of the whole document, in octets.
    fn octets(&self) -> u64;
    /// The next piece at or after `piece` (0-based), `None` after the last.
    /// Blocking (it reads the store); call it on a blocking thread or through
    /// [`read_piece`].
    ///
    /// # Errors
    /// When the store cannot be read.
    fn piece(&self, piece: u32) -> std::io::Result<Option<Bytes>>;
    /// What [`Self::piece`] would answer, where it is in memory already:
    /// saves a small job the way over another thread. Never blocks; `None`
    /// means "ask [`Self::piece`]".
    fn piece_now(&self, piece: u32) -> Option<std::io::Result<Option<Bytes>>> {
        let _ = piece;
        None
    }
}

/// One document of a job.
#[derive(Debug, Clone)]
pub struct Document {
    /// MIME media type as submitted, for instance
    /// `application/octet-stream` (raw) or `text/plain`.
    pub format: String,
    /// Where the bytes come from.
    pub payload: Arc<dyn PayloadSource>,
}

/// One delivery attempt of one job.
#[derive(Debug, Clone)]
pub struct Work {
    /// Platen's job id, for records (file names of `virtual:`), never sent to
    /// a device as an identity to match on.
    pub job_id: platen_protocol::JobId,
    /// `job-name` (RFC 8011 §5.3.5), free of control characters.
    pub name: CustomerText,
    /// The documents, in order. Never empty.
    pub documents: Vec<Document>,
    /// What the printer is, as far as somebody said: text is laid out for it.
    pub profile: Arc<Profile>,
}

/// What a delivery says while it runs. Dropped when the receiver is slow:
/// progress is a courtesy, the [`Outcome`] is the truth.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Report {
    /// The first octet is about to leave, or this many have left the process.
    Progress {
        /// Octets handed to the device or spooler so far.
        octets_sent: u64,
    },
    /// What the device says of itself now. One that stops
    /// ([`DeviceStatus::stops`]) is waited for by the delivery, which says so
    /// again when it goes on.
    Device(DeviceStatus),
    /// The spooler's own id of the job (CUPS `job-id`), for history.
    SpoolerJob {
        /// `job-id` as the spooler counts.
        id: i32,
    },
}

/// How a delivery ended. There is no variant for "probably".
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The job is done, and this is how we know.
    Completed {
        /// Who said so.
        evidence: Evidence,
        /// Octets delivered.
        octets_sent: u64,
    },
    /// Not one octet left the process: trying again is safe.
    NotStarted {
        /// What stood in the way.
        code: ErrorCode,
        /// For people: what happened, to what.
        detail: String,
    },
    /// Not one octet left the process, and none can for now: the printer is
    /// out of reach or says that it cannot print. To be waited for, which
    /// costs no attempt.
    Unready {
        /// What it said, or that it said nothing.
        status: DeviceStatus,
        /// What stood in the way.
        code: ErrorCode,
        /// For people: what happened, to what.
        detail: String,
    },
    /// Contact was lost after the first octet; nobody knows what was printed.
    Interrupted {
        /// Octets that had left.
        octets_sent: u64,
        /// What happened.
        code: ErrorCode,
        /// For people.
        detail: String,
    },
    /// Device or spooler says the job failed.
    Aborted {
        /// Why.
        code: ErrorCode,
        /// For people.
        detail: String,
    },
    /// Stopped on request (the token passed to [`Backend::deliver`]).
    Canceled {
        /// Octets that had left before it stopped.
        octets_sent: u64,
    },
}

/// A snapshot of what the device says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceStatus {
    /// `printer-state` (RFC 8011 §5.4.11); `None` where the device cannot be
    /// asked.
    pub state: Option<PrinterState>,
    /// `printer-state-reasons`.
    pub reasons: Vec<PrinterStateReason>,
    /// Whether the device answered at all; `None` where it was not asked.
    pub reachable: Option<bool>,
    /// Who says so.
    pub source: StatusSource,
}

impl DeviceStatus {
    /// A device that can print, with nothing to say.
    #[must_use]
    pub fn ready(source: StatusSource) -> Self {
        Self {
            state: Some(PrinterState::Idle),
            reasons: Vec::new(),
            reachable: Some(true),
            source,
        }
    }

    /// A device that cannot print, for this reason.
    #[must_use]
    pub fn stopped(reason: &str, source: StatusSource) -> Self {
        Self {
            state: Some(PrinterState::Stopped),
            reasons: reason.parse().into_iter().collect(),
            reachable: Some(true),
            source,
        }
    }

    /// A device that cannot be reached, for this reason.
    #[must_use]
    pub fn unreachable(reason: &str, source: StatusSource) -> Self {
        Self {
            state: None,
            reachable: Some(false),
            ..Self::stopped(reason, source)
        }
    }

    /// Whether it can print nothing for now.
    #[must_use]
    pub fn stops(&self) -> bool {
        self.state == Some(PrinterState::Stopped)
            || self.reachable == Some(false)
            || self.reasons.iter().any(PrinterStateReason::stops)
    }
}

/// How eagerly a device is watched while no delivery runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pace {
    /// Nothing waits: seldom, and only where asking disturbs nobody.
    Idle,
    /// Jobs wait for the device to come back.
    Waiting,
}

/// Between two questions to a device nobody waits for.
const WATCH_IDLE: Duration = Duration::from_secs(10);
/// Between two questions to a device that jobs wait for: a person has just put
/// paper in, and looks at it.
const WATCH_WAITING: Duration = Duration::from_millis(500);

/// Boxed future of a backend's answers.
pub type Answer<'a, T> = std::pin::Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// A device behind a URI.
pub trait Backend: Send + Sync + fmt::Debug {
    /// Delivers `work` and says how it ended. Not cancel safe: ask through
    /// `cancel` and wait for [`Outcome::Canceled`] (or whatever came first).
    fn deliver<'a>(
        &'a self,
        work: Work,
        reports: mpsc::Sender<Report>,
        cancel: CancellationToken,
    ) -> Answer<'a, Outcome>;

    /// Asks the device how it is, within the backend's own deadline. Never
    /// called while a delivery runs on a device that takes one connection.
    fn status(&self) -> Answer<'_, DeviceStatus>;

    /// Observes the device and sends what it sees, again and again or only
    /// when it changed: the listener picks out the changes. Runs while no
    /// delivery does, until it is dropped, and lets go of the device then.
    fn watch<'a>(&'a self, pace: Pace, seen: mpsc::Sender<DeviceStatus>) -> Answer<'a, ()> {
        Box::pin(async move {
            let wait = match pace {
                Pace::Idle => WATCH_IDLE,
                Pace::Waiting => WATCH_WAITING,
            };
            while seen.send(self.status().await).await.is_ok() {
                tokio::time::sleep(wait).await;
            }
        })
    }

    /// A shorter way to the same device, on which more is known of each job,
    /// where there is one.
    fn direct(&self) -> Answer<'_, Option<DeviceUri>> {
        Box::pin(std::future::ready(None))
    }

    /// What the printer has, where a print system knows.
    fn equipment(&self) -> Answer<'_, Option<Equipment>> {
        Box::pin(std::future::ready(None))
    }

    /// What the device has proved it can do, where that is worth keeping over a
    /// restart.
    fn proven(&self) -> Option<Abilities> {
        None
    }

    /// Tells what the device proved before the agent was started.
    fn recall(&self, proven: Abilities) {
        let _ = proven;
    }

    /// The strongest evidence a completed job can carry here.
    fn evidence(&self) -> Evidence;
}
