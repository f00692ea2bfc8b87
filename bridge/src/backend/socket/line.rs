//! A TCP connection to a printer, and what its other side says on it.

use std::io;

use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep_until};

use super::unacknowledged::unacknowledged_octets;
use crate::backend::delivery::{Happened, Line, Pace, REPLY_OCTETS};
use crate::backend::escpos::Conversation;

/// One connection to a printer.
#[derive(Debug)]
pub(super) struct TcpLine {
    stream: TcpStream,
    conversation: Option<Conversation>,
    /// The device has closed its half: no replies will come.
    device_closed: bool,
    pace: Pace,
}

impl TcpLine {
    pub(super) fn new(stream: TcpStream) -> Self {
        Self {
            stream,
            conversation: None,
            device_closed: false,
            pace: Pace::default(),
        }
    }

    /// Returns when there is something to hear. Cancel safe.
    async fn readable(&self) -> io::Result<()> {
        if self.device_closed {
            return std::future::pending().await;
        }
        // Sleeping until a moment that has passed would cost a millisecond.
        if let Some(at) = self.pace.pause().filter(|at| *at > Instant::now()) {
            sleep_until(at).await;
        }
        self.stream.readable().await
    }

    /// Reads what has come.
    fn hear(&mut self) -> io::Result<()> {
        let mut replies = [0; REPLY_OCTETS];
        match self.stream.try_read(&mut replies) {
            Ok(0) => self.device_closed = true,
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

impl Line for TcpLine {
    fn try_write(&mut self, octets: &[u8]) -> io::Result<usize> {
        match self.stream.try_write(octets)? {
            0 => Err(io::ErrorKind::WriteZero.into()),
            octets => Ok(octets),
        }
    }

    async fn happens(&mut self, room: bool) -> io::Result<Happened> {
        tokio::select! {
            biased;
            ready = self.stream.writable(), if room => ready.map(|()| Happened::Room),
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

    fn is_closed(&self) -> bool {
        self.device_closed
    }

    async fn finish(&mut self) -> io::Result<()> {
        self.stream.shutdown().await
    }

    fn left(&self) -> io::Result<Option<u64>> {
        // In this order: a reset empties the kernel's queue too, and leaves an error behind.
        let left = unacknowledged_octets(&self.stream)?;
        match self.stream.take_error()? {
            Some(error) => Err(error),
            None => Ok(left),
        }
    }

    /// Closes the connection so that the device sees a reset and the kernel
    /// sends nothing more of what it still holds. How much that is, nobody
    /// knows: what was acknowledged may be thrown away as well.
    async fn break_off(&mut self) -> u64 {
        if let Err(error) = self.stream.set_zero_linger() {
            tracing::debug!(%error, "the connection could not be reset and is closed instead");
        }
        0
    }
}
