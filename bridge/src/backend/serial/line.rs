//! A serial line to a printer, and what the printer says on it.
//!
//! What the system has sent counts as taken: what the adapter and the printer
//! hold, nobody can see. A line that is gone is lost, whatever was sent on it:
//! there is no orderly end of a plug.

use std::io;

use tokio::time::{Instant, sleep_until};

use crate::backend::delivery::{Happened, Line, Pace, REPLY_OCTETS};
use crate::backend::escpos::Conversation;
use crate::serial::{SerialError, SerialLine};

/// One use of a line.
#[derive(Debug)]
pub(super) struct PrinterLine {
    line: SerialLine,
    conversation: Option<Conversation>,
    pace: Pace,
}

impl PrinterLine {
    pub(super) fn new(line: SerialLine) -> Self {
        Self {
            line,
            conversation: None,
            pace: Pace::default(),
        }
    }

    /// Returns when there is something to hear. Cancel safe.
    async fn readable(&self) -> io::Result<()> {
        // Sleeping until a moment that has passed would cost a millisecond.
        if let Some(at) = self.pace.pause().filter(|at| *at > Instant::now()) {
            sleep_until(at).await;
        }
        self.line.readable().await
    }

    /// Reads what has come.
    fn hear(&mut self) -> io::Result<()> {
        let mut replies = [0; REPLY_OCTETS];
        match self.line.try_read(&mut replies) {
            Ok(0) => return Err(gone()),
            Ok(octets) => {
                self.pace.note(octets, Instant::now());
                if let Some(conversation) = &mut self.conversation {
                    conversation.hear(&replies[..octets]);
                }
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Err(error) => return Err(error),
        }
        Ok(())
    }
}

impl Line for PrinterLine {
    fn try_write(&mut self, octets: &[u8]) -> io::Result<usize> {
        match self.line.try_write(octets)? {
            0 => Err(gone()),
            octets => Ok(octets),
        }
    }

    async fn happens(&mut self, room: bool) -> io::Result<Happened> {
        tokio::select! {
            biased;
            ready = self.line.writable(), if room => ready.map(|()| Happened::Room),
            ready = self.readable() => {
                ready?;
                self.hear()?;
                Ok(Happened::Heard)
            }
        }
    }

    fn conversation(&self) -> Option<&Conversation> {
        self.conversation.as_ref()
    }

    fn conversation_mut(&mut self) -> &mut Option<Conversation> {
        &mut self.conversation
    }

    /// A line has no end but the plug, and that is a loss.
    fn is_closed(&self) -> bool {
        false
    }

    async fn finish(&mut self) -> io::Result<()> {
        Ok(())
    }

    fn left(&self) -> io::Result<Option<u64>> {
        self.line.octets_waiting().map(Some)
    }

    async fn break_off(&mut self) -> u64 {
        // Not known of a line that is gone.
        let left = self.line.octets_waiting().unwrap_or(0);
        self.line.discard_output();
        left
    }
}

/// A line that was there, and is no more.
fn gone() -> io::Error {
    io::Error::other(SerialError::Gone)
}
