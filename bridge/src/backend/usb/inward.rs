//! Octets from a printer: what it says of itself.

use std::io;
use std::time::Duration;

use nusb::Endpoint;
use nusb::transfer::{Buffer, Bulk, In, TransferError};
use tokio::time::{Instant, sleep_until, timeout};

use super::outward::described;
use crate::backend::delivery::Pace;

/// Room for a reply: some packets.
const REPLY_PACKETS: usize = 8;
/// A way back that fails so often in a row is not listened to any more.
const FAILURES_MAX: u32 = 3;
/// What a printer still had to say to whoever used it before comes at once ...
const STALE_WAIT: Duration = Duration::from_millis(5);
/// ... and ends.
const STALE_REPLIES_MAX: usize = 64;

/// The endpoint that leads from a printer.
#[derive(Debug)]
pub(super) struct Inward {
    endpoint: Endpoint<Bulk, In>,
    is_halted: bool,
    failures: u32,
    pace: Pace,
}

impl Inward {
    pub(super) fn new(endpoint: Endpoint<Bulk, In>) -> Self {
        Self {
            endpoint,
            is_halted: false,
            failures: 0,
            pace: Pace::default(),
        }
    }

    /// Whether it failed so often that nothing more is to be expected.
    pub(super) fn is_broken(&self) -> bool {
        self.failures > FAILURES_MAX
    }

    /// Throws away what was said before anybody here asked: it is about
    /// nothing we know.
    pub(super) async fn forget(&mut self) {
        for _ in 0..STALE_REPLIES_MAX {
            match timeout(STALE_WAIT, self.hear()).await {
                Ok(Ok(octets)) if !octets.is_empty() => {}
                Ok(_) | Err(_) => return,
            }
        }
    }

    /// Waits for the next reply, which may be empty. Cancel safe.
    pub(super) async fn hear(&mut self) -> io::Result<Vec<u8>> {
        if let Some(at) = self.pace.pause().filter(|at| *at > Instant::now()) {
            sleep_until(at).await;
        }
        if self.is_halted {
            self.endpoint.clear_halt().await?;
            self.is_halted = false;
        }
        if self.endpoint.pending() == 0 {
            let room = REPLY_PACKETS * self.endpoint.max_packet_size();
            self.endpoint.submit(Buffer::new(room));
        }
        let done = self.endpoint.next_complete().await;
        self.pace.note(done.actual_len, Instant::now());
        match done.status {
            Ok(()) => {
                self.failures = 0;
                let octets = done.actual_len.min(done.buffer.len());
                Ok(done.buffer[..octets].to_vec())
            }
            Err(TransferError::Disconnected) => Err(described(TransferError::Disconnected)),
            Err(error) => {
                self.is_halted = error == TransferError::Stall;
                self.failures += 1;
                tracing::debug!(%error, "a printer's answer was lost");
                Ok(Vec::new())
            }
        }
    }
}
