//! `serial:PORT`: raw octets to a printer on a serial line, opened for each
//! job.
//!
//! How a job is delivered is [`crate::backend::delivery`]'s: a printer that
//! answers is asked, heard and has the last word. Of any other a job is
//! complete when the system has sent its last octet and the line is still
//! there ([`Evidence::Transport`]). A printer that holds the line is stopped,
//! not lost. While it is used, the port is claimed.

mod address;
mod line;
#[cfg(test)]
#[cfg(unix)]
mod tests;

use std::time::Duration;

use platen_protocol::{Evidence, PrinterStateReason, StatusSource};
use tokio::sync::mpsc;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

pub use self::address::{Place, SerialAddress};

use self::address::Found;
use self::line::PrinterLine;
use super::delivery::{DeliverySettings, RawPrinter, first_piece};
use super::escpos::Abilities;
use super::pieces::Pieces;
use super::plain_text::as_receipts;
use super::{Answer, Backend, DeviceStatus, Outcome, Pace, Report, Work};
use crate::claims::{Claim, Claims, Holder, Sharing};
use crate::serial::{SerialError, SerialLine, list, look_up};

/// After the last octet was sent a line that stays is a job that arrived: an
/// adapter holds less than this long.
const CLOSE_WAIT_MS: u64 = 250;
/// Between two looks at a printer that jobs wait for.
const WAITING_PAUSE: Duration = Duration::from_millis(250);
/// After a look that met nobody.
const AWAY_PAUSE: Duration = Duration::from_secs(3);

/// A printer on a serial line.
#[derive(Debug)]
pub struct SerialPrinter {
    address: SerialAddress,
    claims: Claims,
    raw: RawPrinter,
}

/// Why a line cannot be opened.
#[derive(Debug, thiserror::Error)]
enum OpenError {
    #[error("{0} has it; it prints when that is done")]
    Claimed(Holder),
    #[error(
        "several adapters of this kind are plugged in; add the serial number of one to the URI"
    )]
    Several,
    #[error(transparent)]
    Line(SerialError),
}

impl SerialPrinter {
    /// The printer there. Opens nothing.
    #[must_use]
    pub fn new(address: SerialAddress, mut settings: DeliverySettings, claims: Claims) -> Self {
        settings.close_wait_ms_max = CLOSE_WAIT_MS;
        Self {
            raw: RawPrinter::new(format!("serial:{address}"), settings),
            address,
            claims,
        }
    }

    /// Finds and opens the line, on a thread: the system may take its time.
    async fn open(&self) -> Result<(PrinterLine, Claim), OpenError> {
        let address = self.address.clone();
        let claims = self.claims.clone();
        let opened = tokio::task::spawn_blocking(move || open(&address, &claims)).await;
        opened.unwrap_or(Err(OpenError::Line(SerialError::Gone)))
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
        let opened = tokio::select! {
            biased;
            () = cancel.cancelled() => return Outcome::Canceled { octets_sent: 0 },
            opened = self.open() => opened,
        };
        match opened {
            Ok((mut line, _claim)) => {
                let delivery = self.raw.deliver(&mut line, first, pieces, reports, cancel);
                delivery.await
            }
            Err(error) => {
                let detail = format!("{} cannot be opened: {error}", self.raw);
                self.raw.out_of_reach(detail)
            }
        }
    }

    /// How the printer is, over a use of its own.
    async fn look(&self) -> DeviceStatus {
        let away =
            || DeviceStatus::unreachable(PrinterStateReason::OFFLINE, StatusSource::Connection);
        match self.open().await {
            Ok((mut line, _claim)) => {
                let seen = self.raw.look(&mut line).await;
                seen.unwrap_or_else(|_| away())
            }
            Err(_) => {
                self.raw.was_unreachable();
                away()
            }
        }
    }

    async fn keep_looking(&self, pace: Pace, seen: mpsc::Sender<DeviceStatus>) {
        let watch_ms = self.raw.settings().questions.watch_ms;
        let pause = match pace {
            Pace::Waiting => WAITING_PAUSE,
            Pace::Idle if watch_ms > 0 && self.raw.asks_unprompted() => {
                Duration::from_millis(watch_ms)
            }
            // A page may want the port, and there is nothing to see.
            Pace::Idle => return seen.closed().await,
        };
        loop {
            let status = self.look().await;
            let is_away = status.reachable == Some(false);
            let is_news = pace == Pace::Waiting || status.source == StatusSource::EscPos;
            if (is_news || is_away) && seen.send(status).await.is_err() {
                return;
            }
            sleep(match pace {
                Pace::Idle if is_away => AWAY_PAUSE.max(pause),
                Pace::Idle | Pace::Waiting => pause,
            })
            .await;
        }
    }
}

fn open(address: &SerialAddress, claims: &Claims) -> Result<(PrinterLine, Claim), OpenError> {
    let ports = match address.place {
        Place::Port(_) => Vec::new(),
        Place::Adapter(_) => list(),
    };
    let name = match address.place.among(&ports) {
        Found::Port(name) => name,
        Found::Nowhere => return Err(OpenError::Line(SerialError::NotThere)),
        Found::Several => return Err(OpenError::Several),
    };
    let port = look_up(&name).map_err(|_| OpenError::Line(SerialError::NotThere))?;
    let holder = Holder::Printer(format!("serial:{address}"));
    let claim = claims
        .claim(&port.identity().to_string(), holder, Sharing::Alone)
        .map_err(OpenError::Claimed)?;
    let line = SerialLine::open(&port.name, &address.settings).map_err(OpenError::Line)?;
    Ok((PrinterLine::new(line), claim))
}

impl Backend for SerialPrinter {
    fn deliver<'a>(
        &'a self,
        work: Work,
        reports: mpsc::Sender<Report>,
        cancel: CancellationToken,
    ) -> Answer<'a, Outcome> {
        Box::pin(async move { self.deliver_work(&work, reports, cancel).await })
    }

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
