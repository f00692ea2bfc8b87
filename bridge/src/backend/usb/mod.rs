//! `usb://VVVV:PPPP/SERIAL`: raw octets to a printer on USB, beside the
//! kernel's own driver.
//!
//! A printer is claimed for a job, and given back when no other has followed
//! for two seconds (then it is watched). What is asked of it and what its
//! answers are worth is `backend::delivery`'s; a printer that does not answer
//! has its port's status (`class`). A transfer that failed may have been
//! printed or not (`outward`): a plug that is pulled under way interrupts the
//! job. Start at [`UsbPrinter`]; `find` knows which device is meant, `bus` when
//! to look for it.

mod address;
mod bus;
mod claim;
mod class;
mod device_id;
mod find;
mod inward;
mod line;
mod outward;
mod watching;

use std::sync::Arc;

use platen_protocol::Evidence;
use tokio::sync::{Mutex, mpsc};
use tokio_util::sync::CancellationToken;

pub use address::{PortPath, UsbAddress, Which};
pub use bus::UsbBus;
pub use device_id::DeviceId;
pub use find::{FoundInterface, FoundUsbPrinter, Protocol, list};

use self::line::UsbLine;
use super::delivery::{DeliverySettings, RawPrinter, first_piece};
use super::escpos::Abilities;
use super::pieces::Pieces;
use super::plain_text::as_receipts;
use super::{Answer, Backend, DeviceStatus, Outcome, Pace, Report, Work};

/// How a USB printer is used.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct UsbSettings {
    /// An interface that is not of the printer class, where the printer takes
    /// raw octets all the same.
    pub interface: Option<u8>,
    /// What happens once it is claimed.
    pub delivery: DeliverySettings,
}

/// A printer on USB.
#[derive(Debug)]
pub struct UsbPrinter {
    address: UsbAddress,
    interface: Option<u8>,
    raw: RawPrinter,
    bus: Arc<UsbBus>,
    /// Claimed, between two jobs that follow each other.
    held: Mutex<Option<UsbLine>>,
}

impl UsbPrinter {
    /// The printer at this address. Opens nothing.
    #[must_use]
    pub fn new(address: UsbAddress, mut settings: UsbSettings, bus: Arc<UsbBus>) -> Self {
        // There is no connection to close: what was taken was taken.
        settings.delivery.close_wait_ms_max = 0;
        Self {
            raw: RawPrinter::new(format!("usb://{address}"), settings.delivery),
            address,
            interface: settings.interface,
            bus,
            held: Mutex::new(None),
        }
    }

    /// The printer, claimed, and how its port is. One that is held from the
    /// job before may have been pulled out since.
    async fn claimed(
        &self,
        held: Option<UsbLine>,
    ) -> Result<(UsbLine, Option<DeviceStatus>), String> {
        if let Some(mut line) = held {
            if line.begin()
                && let Ok(status) = line.look_before_job().await
            {
                return Ok((line, status));
            }
            given_back(line).await;
        }
        let refused = |problem: String| format!("{} cannot be reached: {problem}", self.raw);
        let info = find::locate(&self.address).map_err(|error| refused(error.to_string()))?;
        let claim = self
            .bus
            .claim(&self.address)
            .map_err(|holder| refused(format!("{holder} has it until that is closed")))?;
        let mode = self.raw.settings().questions.status;
        let mut line = UsbLine::claim(&info, self.interface, mode, claim)
            .await
            .map_err(|error| refused(error.to_string()))?;
        tracing::debug!(printer = %self.raw, id = ?line.id(), "claimed");
        match line.look_before_job().await {
            Ok(status) => Ok((line, status)),
            Err(error) => Err(refused(error.to_string())),
        }
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
        let mut held = self.held.lock().await;
        let (mut line, port) = match self.claimed(held.take()).await {
            Ok(claimed) => claimed,
            Err(detail) => return self.raw.out_of_reach(detail),
        };
        if let Some(status) = port.filter(DeviceStatus::stops) {
            *held = Some(line);
            return self.raw.unready(status);
        }
        let delivery = self.raw.deliver(&mut line, first, pieces, reports, cancel);
        let outcome = delivery.await;
        match outcome {
            Outcome::Completed { .. } | Outcome::Unready { .. } | Outcome::Canceled { .. } => {
                *held = Some(line);
            }
            Outcome::NotStarted { .. } | Outcome::Interrupted { .. } | Outcome::Aborted { .. } => {
                given_back(line).await;
            }
        }
        outcome
    }
}

/// Lets go of a printer. The kernel's driver looks at it then, which takes a
/// moment.
async fn given_back(line: UsbLine) {
    if let Err(error) = tokio::task::spawn_blocking(move || drop(line)).await {
        tracing::debug!(%error, "giving a printer back failed");
    }
}

impl Backend for UsbPrinter {
    fn deliver<'a>(
        &'a self,
        work: Work,
        reports: mpsc::Sender<Report>,
        cancel: CancellationToken,
    ) -> Answer<'a, Outcome> {
        Box::pin(async move { self.deliver_work(&work, reports, cancel).await })
    }

    /// Claims it for a moment, and asks one that answers.
    fn status(&self) -> Answer<'_, DeviceStatus> {
        Box::pin(async {
            let mut held = self.held.lock().await;
            let (status, line) = self.look(held.take()).await;
            if let Some(line) = line {
                given_back(line).await;
            }
            status
        })
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

    fn evidence(&self) -> Evidence {
        self.raw.evidence()
    }
}
