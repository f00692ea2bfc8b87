//! The event log as a session or a person on the machine follows it.

use std::sync::Arc;

use platen_protocol::{Cursor, Event, Topic};
use tokio::sync::broadcast;

use super::{DispatchError, Dispatcher};
use crate::authorize::Subject;
use crate::job::Submitter;

/// Something that happened, with whom it concerns.
#[derive(Debug, Clone)]
pub struct LoggedEvent {
    /// Place in the log; `None` for progress, which is not durable.
    pub cursor: Option<Cursor>,
    /// Whose job it is; `None` for printer events and for jobs submitted on
    /// the machine itself.
    pub submitter: Option<Submitter>,
    /// What happened.
    pub event: Event,
}

impl LoggedEvent {
    /// Whether `subject`, subscribed to `topics`, may see it.
    #[must_use]
    pub fn concerns(&self, subject: &Subject, topics: &[Topic]) -> bool {
        match &self.event {
            Event::JobStateChanged { .. } | Event::JobProgress { .. } => {
                let is_theirs = |whose: &Submitter| whose.is_open_to(&subject.submitter());
                topics.contains(&Topic::Jobs) && self.submitter.as_ref().is_some_and(is_theirs)
            }
            Event::PrinterStateChanged { printer, .. } => {
                topics.contains(&Topic::Printers) && subject.may_use(printer)
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
    /// Whether some of what was missed is gone from the log, or too much to
    /// replay: tell the page `resync` with `cursor`; `replay` is empty then.
    pub resync: bool,
    /// What comes. Not filtered: use [`LoggedEvent::concerns`]. Events at or
    /// before `cursor` may come once more; skip them.
    pub live: broadcast::Receiver<Arc<LoggedEvent>>,
}

/// Events replayed at most; who missed more reads the state anew.
const REPLAY_EVENTS_MAX: u32 = 10_000;

impl Dispatcher {
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
        let submitter = subject.submitter();
        let mut stream = self.open_log(Some(submitter), after).await?;
        stream
            .replay
            .retain(|event| event.concerns(subject, topics));
        Ok(stream)
    }

    /// Opens the event log for everybody's events, or one submitter's.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub(crate) async fn open_log(
        &self,
        submitter: Option<Submitter>,
        after: Option<Cursor>,
    ) -> Result<EventStream, DispatchError> {
        // Listening starts before the log is read, so that nothing falls
        // between the two; what comes twice is told apart by its cursor.
        let live = self.store.events();
        let read = move |reader: &Arc<crate::store::Reader>| {
            let newest = reader.last_cursor()?;
            let Some(after) = after else {
                return Ok((Vec::new(), newest, false));
            };
            if after > newest || after < reader.oldest_cursor()? {
                return Ok((Vec::new(), newest, after != newest));
            }
            let missed = reader.events_after(after, submitter.as_ref(), REPLAY_EVENTS_MAX + 1)?;
            if missed.len() > REPLAY_EVENTS_MAX as usize {
                return Ok((Vec::new(), newest, true));
            }
            let last = missed
                .last()
                .and_then(|event| event.cursor)
                .unwrap_or(newest);
            Ok((missed, last.max(newest), false))
        };
        let (replay, cursor, resync) = self.store.read(read).await?;
        Ok(EventStream {
            replay,
            cursor,
            resync,
            live,
        })
    }
}
