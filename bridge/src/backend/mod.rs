//! A device behind a URI: it takes the bytes of one job and says what became
//! of them.
//!
//! A backend knows no sessions, no origins, no queues and no retry rules: it
//! delivers one [`Work`] and returns one [`Outcome`], reporting on the way.
//! The queue's actor (`queue::actor`) is its only caller and never runs two
//! deliveries of one printer at the same time. [`Backends`] makes one from a
//! [`DeviceUri`].

#[cfg(unix)]
pub mod cups;
mod open;
mod pieces;
mod reporter;
pub mod socket;
pub mod uri;
pub mod virtual_printer;

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use platen_protocol::{CustomerText, ErrorCode, Evidence, PrinterStateReason};

pub use open::{BackendError, BackendSettings, Backends};
pub use pieces::read_piece;
pub use uri::{DeviceUri, DeviceUriError, QueueName};

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
    /// The printer cannot go on; the delivery waits for it.
    Stopped {
        /// Why, in IPP's words.
        reasons: Vec<PrinterStateReason>,
    },
    /// The printer goes on after [`Report::Stopped`].
    Resumed,
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
    pub state: Option<platen_protocol::PrinterState>,
    /// `printer-state-reasons`.
    pub reasons: Vec<PrinterStateReason>,
    /// Whether the device answered at all; `None` where it was not asked.
    pub reachable: Option<bool>,
}

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

    /// The strongest evidence a completed job can carry here.
    fn evidence(&self) -> Evidence;
}
