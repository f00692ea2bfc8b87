//! `socket://HOST:PORT`: raw octets over TCP, one connection per job.
//!
//! A printer that answers ESC/POS status requests is asked before the job,
//! heard during it and has the last word on it (`backend::delivery`):
//! [`Evidence::Device`]. Of any other the acknowledgment is TCP's:
//! [`Evidence::Transport`] when every octet was acknowledged and the device
//! closed the connection (or kept it open without complaint for
//! `close_wait_ms_max`). A reset at any time before that means that octets may
//! have been thrown away, also those acknowledged already: the job is
//! interrupted, never completed. Start at [`SocketPrinter`]; `line` is one
//! connection, `watching` what happens while no job runs.

#[cfg(test)]
mod answering;
mod line;
#[cfg(test)]
mod scripted;
#[cfg(test)]
mod tests;
mod unacknowledged;
mod watching;

use std::io;
use std::time::Duration;

use platen_protocol::Evidence;
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use self::line::TcpLine;
use super::delivery::{DeliverySettings, RawPrinter, first_piece};
use super::escpos::Abilities;
use super::pieces::Pieces;
use super::plain_text::as_receipts;
use super::{Answer, Backend, DeviceStatus, Outcome, Pace, Report, Work};
use crate::tcp;

/// How long a network printer may take.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SocketSettings {
    /// For name lookup and connecting together; then the device counts as
    /// unreachable and nothing was sent.
    pub connect_wait_ms_max: u64,
    /// What happens once it is reached.
    pub delivery: DeliverySettings,
}

impl Default for SocketSettings {
    fn default() -> Self {
        Self {
            // Longer than one lost SYN (retransmitted after 1 s and 3 s).
            connect_wait_ms_max: 5_000,
            delivery: DeliverySettings::default(),
        }
    }
}

/// A network printer behind a raw TCP port.
#[derive(Debug)]
pub struct SocketPrinter {
    host: String,
    port: u16,
    connect_wait: Duration,
    raw: RawPrinter,
}

impl SocketPrinter {
    /// The printer at `host` (name or address) and `port`. Connects to nobody.
    #[must_use]
    pub fn new(host: String, port: u16, settings: SocketSettings) -> Self {
        let name = if host.contains(':') {
            format!("[{host}]:{port}")
        } else {
            format!("{host}:{port}")
        };
        Self {
            host,
            port,
            connect_wait: Duration::from_millis(settings.connect_wait_ms_max),
            raw: RawPrinter::new(name, settings.delivery),
        }
    }

    async fn connect(&self) -> io::Result<TcpStream> {
        timeout(self.connect_wait, tcp::connect(&self.host, self.port))
            .await
            .unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))
    }

    async fn deliver_work(
        &self,
        work: &Work,
        reports: mpsc::Sender<Report>,
        cancel: CancellationToken,
    ) -> Outcome {
        let documents = as_receipts(&work.documents, &work.profile);
        let mut pieces = Pieces::of(&documents);
        let first = match first_piece(&mut pieces).await {
            Ok(first) => first,
            Err(outcome) => return outcome,
        };
        let connected = tokio::select! {
            biased;
            () = cancel.cancelled() => return Outcome::Canceled { octets_sent: 0 },
            connected = self.connect() => connected,
        };
        match connected {
            Ok(stream) => {
                let mut line = TcpLine::new(stream);
                let delivery = self.raw.deliver(&mut line, first, pieces, reports, cancel);
                delivery.await
            }
            Err(error) => self.raw.out_of_reach(self.raw.unreachable(&error)),
        }
    }
}

impl Backend for SocketPrinter {
    fn deliver<'a>(
        &'a self,
        work: Work,
        reports: mpsc::Sender<Report>,
        cancel: CancellationToken,
    ) -> Answer<'a, Outcome> {
        Box::pin(async move { self.deliver_work(&work, reports, cancel).await })
    }

    /// One short connection: asks a printer that answers, and sees of any
    /// other that it can be reached.
    fn status(&self) -> Answer<'_, DeviceStatus> {
        Box::pin(self.look())
    }

    fn watch<'a>(&'a self, pace: Pace, seen: mpsc::Sender<DeviceStatus>) -> Answer<'a, ()> {
        Box::pin(self.keep_looking(pace, seen))
    }

    fn proven(&self) -> Option<Abilities> {
        self.raw.proven()
    }

    fn recall(&self, proven: Abilities) {
        self.raw.recall(proven);
    }

    /// The device's own word, once it has given it.
    fn evidence(&self) -> Evidence {
        self.raw.evidence()
    }
}
