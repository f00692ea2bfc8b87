//! A connection and what its other side says on it.
//!
//! Replies are read at a bounded pace: a device that never stops talking costs
//! some reading, not a processor. Whether they are listened to or thrown away
//! is up to who opened the line.

use std::io;
use std::time::Duration;

use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep_until, timeout_at};

use crate::backend::escpos::Conversation;

/// Replies are read this much at a time ...
const REPLY_OCTETS: usize = 16 * 1024;
/// ... and not again before this has passed: 3 MB/s.
const REPLY_PAUSE: Duration = Duration::from_millis(5);

/// One connection to a printer.
#[derive(Debug)]
pub(super) struct Line {
    pub(super) stream: TcpStream,
    /// What the printer says; `None` where nobody listens.
    pub(super) conversation: Option<Conversation>,
    /// The device has closed its half: no replies will come.
    pub(super) device_closed: bool,
    /// Replies are not read before this. (Sleeping until a moment that has
    /// passed would cost a millisecond.)
    hear_at: Option<Instant>,
}

impl Line {
    pub(super) fn new(stream: TcpStream) -> Self {
        Self {
            stream,
            conversation: None,
            device_closed: false,
            hear_at: None,
        }
    }

    /// Returns when there is something to [`Self::hear`]. Cancel safe.
    pub(super) async fn readable(&self) -> io::Result<()> {
        if let Some(at) = self.hear_at {
            sleep_until(at).await;
        }
        self.stream.readable().await
    }

    /// Reads what has come.
    pub(super) fn hear(&mut self) -> io::Result<()> {
        let mut replies = [0; REPLY_OCTETS];
        self.hear_at = None;
        match self.stream.try_read(&mut replies) {
            Ok(0) => self.device_closed = true,
            Ok(octets) => {
                if octets == replies.len() {
                    self.hear_at = Some(Instant::now() + REPLY_PAUSE);
                }
                if let Some(conversation) = &mut self.conversation {
                    conversation.hear(&replies[..octets]);
                }
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Err(error) => return Err(error),
        }
        Ok(())
    }

    /// Says `octets`, on a line where nothing waits to be sent.
    pub(super) async fn say(&mut self, octets: &[u8]) -> io::Result<()> {
        self.stream.write_all(octets).await
    }

    /// Listens until `is_heard` or `deadline`; says whether it was heard.
    pub(super) async fn listen(
        &mut self,
        deadline: Instant,
        is_heard: impl Fn(&Conversation) -> bool,
    ) -> io::Result<bool> {
        loop {
            match &self.conversation {
                Some(conversation) if is_heard(conversation) => return Ok(true),
                Some(_) if !self.device_closed => {}
                Some(_) | None => return Ok(false),
            }
            match timeout_at(deadline, self.readable()).await {
                Ok(ready) => ready?,
                Err(_) => return Ok(false),
            }
            self.hear()?;
        }
    }
}
