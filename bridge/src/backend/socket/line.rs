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

/// Replies are read this much in a time ...
const REPLY_OCTETS: usize = 16 * 1024;
/// ... of this length: 3 MB/s.
const REPLY_TIME: Duration = Duration::from_millis(5);
/// A read counts for at least so many octets: what comes in crumbs costs as
/// much. Without a pause a printer that talks as fast as it is read would keep
/// the agent's one thread to itself.
const CRUMB_OCTETS: usize = 128;

/// One connection to a printer.
#[derive(Debug)]
pub(super) struct Line {
    pub(super) stream: TcpStream,
    /// What the printer says; `None` where nobody listens.
    pub(super) conversation: Option<Conversation>,
    /// The device has closed its half: no replies will come.
    pub(super) device_closed: bool,
    pace: Pace,
}

/// How much was heard lately.
#[derive(Debug, Default)]
struct Pace {
    since: Option<Instant>,
    octets: usize,
}

impl Pace {
    /// So much was read; now is `now`.
    fn note(&mut self, octets: usize, now: Instant) {
        if self.since.is_none_or(|since| now >= since + REPLY_TIME) {
            self.since = Some(now);
            self.octets = 0;
        }
        self.octets += octets.max(CRUMB_OCTETS);
    }

    /// When to read again, unless at once.
    fn pause(&self) -> Option<Instant> {
        let is_enough = self.octets >= REPLY_OCTETS;
        self.since
            .filter(|_| is_enough)
            .map(|since| since + REPLY_TIME)
    }
}

impl Line {
    pub(super) fn new(stream: TcpStream) -> Self {
        Self {
            stream,
            conversation: None,
            device_closed: false,
            pace: Pace::default(),
        }
    }

    /// Returns when there is something to [`Self::hear`]. Cancel safe.
    pub(super) async fn readable(&self) -> io::Result<()> {
        // Sleeping until a moment that has passed would cost a millisecond.
        if let Some(at) = self.pace.pause().filter(|at| *at > Instant::now()) {
            sleep_until(at).await;
        }
        self.stream.readable().await
    }

    /// Reads what has come.
    pub(super) fn hear(&mut self) -> io::Result<()> {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_printer_that_talks_without_end_is_read_at_a_bounded_pace() {
        for reply in [1, 512, REPLY_OCTETS] {
            let mut pace = Pace::default();
            let mut now = Instant::now();
            let begun = now;
            let mut reads = 0;
            while now < begun + Duration::from_secs(1) {
                pace.note(reply, now);
                reads += 1;
                now = pace.pause().unwrap_or(now + Duration::from_micros(1));
            }
            let octets = reads * reply;
            assert!(octets <= 200 * (REPLY_OCTETS + reply), "{octets} octets");
            assert!(reads <= 200 * REPLY_OCTETS / CRUMB_OCTETS, "{reads} reads");
        }
    }

    #[test]
    fn a_printer_that_answers_is_never_waited_with() {
        let mut pace = Pace::default();
        let now = Instant::now();
        for answer in 0..100 {
            pace.note(4, now + Duration::from_millis(answer));
            assert_eq!(pace.pause(), None);
        }
    }
}
