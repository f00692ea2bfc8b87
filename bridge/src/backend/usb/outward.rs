//! Octets to a printer, one small bulk transfer at a time.
//!
//! When a transfer is done the printer has taken its octets, so that a slow
//! printer is seen to move, and little is in doubt when the plug is pulled. Of
//! one that failed the printer may have taken any part: only where it refused
//! the first packet, or we gave it up, is known what it did not take.

use std::io;
use std::time::Duration;

use nusb::Endpoint;
use nusb::transfer::{Bulk, Completion, Out, TransferError};
use tokio::time::timeout;

/// A printer that takes one octet in a millisecond is done with this in four
/// seconds, before it would be called stuck.
const TRANSFER_OCTETS: usize = 4 * 1024;
/// An endpoint that is halted before anything was taken is cleared this often.
const CLEARED_MAX: u32 = 3;
/// How long giving up a transfer may take: as long as the host controller needs.
const GIVE_UP_WAIT: Duration = Duration::from_secs(2);

/// What is on its way to the printer.
#[derive(Debug)]
struct Sent {
    octets: Vec<u8>,
    state: State,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// The host controller has it.
    UnderWay,
    /// The printer refused all of it, and its endpoint is halted.
    Refused,
}

/// The endpoint that leads to a printer.
#[derive(Debug)]
pub(super) struct Outward {
    endpoint: Endpoint<Bulk, Out>,
    sent: Option<Sent>,
    /// The last packet was full: a job ends with one that is not.
    last_is_full: bool,
    /// The end of the job is to be told after what is on its way.
    owes_end: bool,
    /// Octets taken since the job began.
    taken: u64,
    cleared: u32,
}

impl Outward {
    pub(super) fn new(endpoint: Endpoint<Bulk, Out>) -> Self {
        Self {
            endpoint,
            sent: None,
            last_is_full: false,
            owes_end: false,
            taken: 0,
            cleared: 0,
        }
    }

    /// Begins a job; whether the one before it left nothing behind.
    pub(super) fn begin(&mut self) -> bool {
        self.taken = 0;
        self.cleared = 0;
        self.last_is_full = false;
        self.is_free() && !self.owes_end
    }

    /// Whether more can be handed over.
    pub(super) fn is_free(&self) -> bool {
        self.sent.is_none()
    }

    /// Hands over as much as one transfer holds.
    pub(super) fn write(&mut self, octets: &[u8]) -> usize {
        let length = octets.len().min(TRANSFER_OCTETS);
        self.submit(octets[..length].to_vec());
        length
    }

    fn submit(&mut self, octets: Vec<u8>) {
        let packet = self.endpoint.max_packet_size().max(1);
        self.last_is_full = !octets.is_empty() && octets.len().is_multiple_of(packet);
        self.endpoint.submit(octets.clone().into());
        self.sent = Some(Sent {
            octets,
            state: State::UnderWay,
        });
    }

    /// Tells that this was all: a printer may wait for the rest of a packet
    /// that would be full.
    pub(super) fn end(&mut self) {
        self.owes_end = true;
        self.tell_end();
    }

    fn tell_end(&mut self) {
        if self.is_free() && std::mem::take(&mut self.owes_end) && self.last_is_full {
            self.submit(Vec::new());
        }
    }

    /// What is not known to be taken; the packet that ends a job counts as one.
    pub(super) fn left(&self) -> u64 {
        let sent = self.sent.as_ref();
        sent.map_or(0, |sent| sent.octets.len().max(1) as u64)
    }

    /// Waits until the printer took something, or forever where nothing is on
    /// its way. Cancel safe: what was begun is begun again.
    pub(super) async fn moved(&mut self) -> io::Result<()> {
        match self.sent.as_ref().map(|sent| sent.state) {
            None => std::future::pending().await,
            Some(State::UnderWay) => {
                let done = self.endpoint.next_complete().await;
                self.settle(&done)
            }
            Some(State::Refused) => {
                self.endpoint.clear_halt().await?;
                self.cleared += 1;
                if let Some(sent) = self.sent.take() {
                    self.submit(sent.octets);
                }
                Ok(())
            }
        }
    }

    fn settle(&mut self, done: &Completion) -> io::Result<()> {
        let Some(Sent { mut octets, .. }) = self.sent.take() else {
            return Ok(());
        };
        let taken = done.actual_len.min(octets.len());
        self.taken += taken as u64;
        let rest = octets.split_off(taken);
        match done.status {
            Ok(()) if rest.is_empty() => {
                self.tell_end();
                Ok(())
            }
            Ok(()) => {
                self.submit(rest);
                Ok(())
            }
            Err(TransferError::Stall) if octets.is_empty() && rest.is_empty() => {
                tracing::debug!("the printer refused the empty packet after a job");
                Ok(())
            }
            Err(error) => {
                let is_refused = error == TransferError::Stall;
                let may_go_on = self.taken == 0 && self.cleared < CLEARED_MAX;
                if is_refused {
                    self.sent = Some(Sent {
                        octets: rest,
                        state: State::Refused,
                    });
                }
                if is_refused && may_go_on {
                    // Nothing of the job is in the printer: it can begin again.
                    Ok(())
                } else {
                    Err(described(error))
                }
            }
        }
    }

    /// Gives up what is on its way; says how much of it surely was not taken.
    pub(super) async fn give_up(&mut self) -> u64 {
        self.owes_end = false;
        let Some(sent) = self.sent.take() else {
            return 0;
        };
        match sent.state {
            State::Refused => {
                // For the next job; what is halted here was never taken.
                if let Err(error) = self.endpoint.clear_halt().await {
                    tracing::debug!(%error, "the printer stays halted");
                }
                sent.octets.len() as u64
            }
            State::UnderWay => {
                self.endpoint.cancel_all();
                let done = timeout(GIVE_UP_WAIT, self.endpoint.next_complete()).await;
                match done {
                    Ok(Completion {
                        actual_len,
                        status: Ok(()) | Err(TransferError::Cancelled),
                        ..
                    }) => sent.octets.len().saturating_sub(actual_len) as u64,
                    Ok(_) | Err(_) => 0,
                }
            }
        }
    }
}

/// In our words: the system's are different on each.
pub(super) fn described(error: TransferError) -> io::Error {
    let (kind, words) = match error {
        TransferError::Disconnected => (io::ErrorKind::NotConnected, "its plug was pulled"),
        TransferError::Stall => (io::ErrorKind::BrokenPipe, "it refused octets (USB stall)"),
        TransferError::Cancelled => (io::ErrorKind::Interrupted, "the transfer was given up"),
        TransferError::Fault => (
            io::ErrorKind::ConnectionAborted,
            "the USB connection is disturbed; try another cable or port",
        ),
        TransferError::InvalidArgument | TransferError::Unknown(_) => {
            (io::ErrorKind::Other, "the system refused a USB transfer")
        }
    };
    io::Error::new(kind, words)
}
