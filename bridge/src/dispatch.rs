//! Takes an authorized request to whoever answers it.
//!
//! Knows the printers, the store and the event log; knows no sockets, no
//! sessions and no dialects.

use std::sync::Arc;

use bytes::Bytes;
use platen_protocol::{Cursor, ErrorCode, Event, Request, Response, Topic, WireError};
use tokio::sync::broadcast;

use crate::authorize::{Authorized, Subject};

/// A document whose octets have all arrived and whose digest fits, in the
/// pieces in which it came.
#[derive(Debug, Clone, Default)]
pub struct DocumentBody {
    /// The pieces, in order.
    pub pieces: Vec<Bytes>,
}

/// Why a request was not done.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct DispatchError {
    /// The name on the wire.
    pub code: ErrorCode,
    /// What happened, to what, what to do.
    pub message: String,
}

impl DispatchError {
    /// The error as it goes over the wire.
    #[must_use]
    pub fn to_wire(&self) -> WireError {
        WireError::with_message(self.code, self.message.clone())
    }
}

/// Something that happened, with whom it concerns.
#[derive(Debug, Clone)]
pub struct LoggedEvent {
    /// Place in the log; `None` for progress, which is not durable.
    pub cursor: Option<Cursor>,
    /// The origin whose job it is; `None` for printer events and for jobs
    /// submitted on the machine itself.
    pub origin: Option<Arc<str>>,
    /// What happened.
    pub event: Event,
}

impl LoggedEvent {
    /// Whether `subject`, subscribed to `topics`, may see it.
    #[must_use]
    pub fn concerns(&self, subject: &Subject, topics: &[Topic]) -> bool {
        match &self.event {
            Event::JobStateChanged { .. } | Event::JobProgress { .. } => {
                topics.contains(&Topic::Jobs)
                    && self.origin.as_deref() == Some(subject.origin.as_str())
            }
            Event::PrinterStateChanged { printer, .. } => {
                topics.contains(&Topic::Printers) && subject.grant.printers.contains(printer)
            }
        }
    }
}

/// A live view of the event log, starting after a cursor.
#[derive(Debug)]
pub struct EventStream {
    /// What was missed, oldest first; already filtered.
    pub replay: Vec<LoggedEvent>,
    /// Where the live part begins.
    pub cursor: Cursor,
    /// What comes. Not filtered: use [`LoggedEvent::concerns`]. Events at or
    /// before `cursor` may come once more; skip them.
    pub live: broadcast::Receiver<Arc<LoggedEvent>>,
}

/// Answers authorized requests.
#[derive(Debug, Clone)]
pub struct Dispatcher {}

impl Dispatcher {
    /// Answers one request. `documents` are those of a `jobs.submit`, complete
    /// and checked; empty for every other method. `agent.prove`,
    /// `session.open`, `events.subscribe` and `events.unsubscribe` belong to
    /// the session and never come here.
    ///
    /// # Errors
    /// A [`DispatchError`] with its code.
    pub async fn call(
        &self,
        call: Authorized<Request>,
        documents: Vec<DocumentBody>,
    ) -> Result<Response, DispatchError> {
        let _ = (call, documents);
        Err(DispatchError {
            code: ErrorCode::Internal,
            message: "the dispatcher is being written".to_owned(),
        })
    }

    /// Opens the event log for `subject` after `after` (or from now).
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn subscribe(
        &self,
        subject: &Subject,
        topics: &[Topic],
        after: Option<Cursor>,
    ) -> Result<EventStream, DispatchError> {
        let _ = (subject, topics, after);
        Err(DispatchError {
            code: ErrorCode::Internal,
            message: "the dispatcher is being written".to_owned(),
        })
    }
}
