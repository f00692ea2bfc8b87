//! The printers of this system's print service.
//!
//! The list is kept for a while, because asking can take a third of a second;
//! only one asks at a time. How they are found is the print service's to know:
//! CUPS's (`cups::discovery`) or Windows' (`winspool`).

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use platen_protocol::{PrinterState, PrinterStateReason};
use tokio::time::Instant;

use super::cups::IppError;
use super::spooler::SpoolerError;
use super::{Answer, DeviceUri};

/// How old a list may be before it is asked for again: long enough for a page
/// that lists again and again.
pub(crate) const LIST_AGE_MS_MAX: u64 = 10_000;

/// The system's printers cannot be listed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DiscoveryError {
    /// Nobody listens where CUPS should.
    #[error(
        "no print service answers on this machine ({0}); install or start CUPS to use its printers"
    )]
    NoPrintService(#[source] IppError),
    /// `platen-spooler` did not answer.
    #[error("the system's printers cannot be listed: {0}")]
    Spooler(#[from] SpoolerError),
}

/// A printer of the system, as found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundPrinter {
    /// The queue's name.
    pub name: String,
    /// A label for people; may be empty.
    pub info: String,
    /// Where it stands; may be empty.
    pub location: String,
    /// What it is; may be empty.
    pub make_and_model: String,
    /// What to print to.
    pub uri: DeviceUri,
    /// Where the print service sends the octets, without passwords.
    pub device_uri: String,
    /// `printer-state`; `None` when the print service did not say.
    pub state: Option<PrinterState>,
    /// `printer-state-reasons`.
    pub reasons: Vec<PrinterStateReason>,
    /// Whether the system prints here when nothing is chosen.
    pub default: bool,
}

/// A print service that knows its printers.
pub(crate) trait PrintService: Send + Sync + fmt::Debug {
    /// Asks for them. Cancel safe.
    fn printers(&self) -> Answer<'_, Result<Vec<FoundPrinter>, DiscoveryError>>;
}

/// The system's printers. Clones share what they know.
#[derive(Debug, Clone)]
pub struct SystemPrinters {
    service: Arc<dyn PrintService>,
    age_max: Duration,
    known: Arc<Mutex<Option<Known>>>,
    asking: Arc<tokio::sync::Mutex<()>>,
}

#[derive(Debug, Clone)]
struct Known {
    at: Instant,
    printers: Arc<[FoundPrinter]>,
}

impl SystemPrinters {
    /// Those of `service`, asked for anew when the list is older than this.
    pub(crate) fn new(service: Arc<dyn PrintService>, age_max: Duration) -> Self {
        Self {
            service,
            age_max,
            known: Arc::default(),
            asking: Arc::default(),
        }
    }

    /// The printers as last listed, however long ago; `None` before the first
    /// time. Never waits: a driver that hangs the list hangs nobody who asks
    /// here.
    #[must_use]
    pub fn known(&self) -> Option<Arc<[FoundPrinter]>> {
        self.last().map(|known| known.printers)
    }

    /// The printers, asked for anew when what is known is older than
    /// they may be. Cancel safe.
    ///
    /// # Errors
    /// When there is no print service, or the print library does not answer.
    pub async fn list(&self) -> Result<Arc<[FoundPrinter]>, DiscoveryError> {
        let _asking = self.asking.lock().await;
        if let Some(known) = self
            .last()
            .filter(|known| known.at.elapsed() < self.age_max)
        {
            return Ok(known.printers);
        }
        let printers: Arc<[FoundPrinter]> = self.service.printers().await?.into();
        *self.known.lock().unwrap_or_else(PoisonError::into_inner) = Some(Known {
            at: Instant::now(),
            printers: Arc::clone(&printers),
        });
        Ok(printers)
    }

    fn last(&self) -> Option<Known> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.clone()
    }
}
