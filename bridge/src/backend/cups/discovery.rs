//! The system's printers: their names from `platen-spooler`, their states from
//! CUPS itself.
//!
//! An empty list from the print library also means "no print service", so the
//! service is asked for first. The list is kept for a while, because asking
//! can take a third of a second; only one asks at a time.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use platen_protocol::{PrinterState, PrinterStateReason};
use platen_spooler_wire::SystemPrinter;
use tokio::time::Instant;

use super::CupsService;
use super::ipp::IppError;
use super::spooler::SpoolerError;
use crate::backend::{DeviceUri, QueueName};

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
    pub name: QueueName,
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

/// The system's printers. Clones share what they know.
#[derive(Debug, Clone)]
pub struct SystemPrinters {
    service: Arc<CupsService>,
    known: Arc<Mutex<Option<Known>>>,
    asking: Arc<tokio::sync::Mutex<()>>,
}

#[derive(Debug, Clone)]
struct Known {
    at: Instant,
    printers: Arc<[FoundPrinter]>,
}

impl SystemPrinters {
    pub(crate) fn new(service: Arc<CupsService>) -> Self {
        Self {
            service,
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
    /// `list_age_ms_max`. Cancel safe.
    ///
    /// # Errors
    /// When there is no print service, or the print library does not answer.
    pub async fn list(&self) -> Result<Arc<[FoundPrinter]>, DiscoveryError> {
        let age_max = Duration::from_millis(self.service.settings.list_age_ms_max);
        let _asking = self.asking.lock().await;
        if let Some(known) = self.last().filter(|known| known.at.elapsed() < age_max) {
            return Ok(known.printers);
        }
        let printers = self.ask().await?;
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

    async fn ask(&self) -> Result<Arc<[FoundPrinter]>, DiscoveryError> {
        let service = &self.service;
        service
            .ipp
            .probe()
            .await
            .map_err(DiscoveryError::NoPrintService)?;
        let mut found = Vec::new();
        for listed in service.spooler.printers().await? {
            // A name we could not print to is no printer of ours.
            if let Ok(name) = listed.name.parse() {
                let asked = service.ipp.printer(&name).await.ok();
                let (state, reasons) = match asked {
                    Some(printer) => (Some(printer.state), printer.reasons),
                    None => (None, keywords(&listed.reasons)),
                };
                found.push(found_printer(name, listed, state, reasons));
            }
        }
        Ok(found.into())
    }
}

fn found_printer(
    name: QueueName,
    listed: SystemPrinter,
    state: Option<PrinterState>,
    reasons: Vec<PrinterStateReason>,
) -> FoundPrinter {
    FoundPrinter {
        uri: DeviceUri::Cups {
            queue: name.clone(),
        },
        name,
        info: listed.info,
        location: listed.location,
        make_and_model: listed.make_and_model,
        device_uri: listed.device_uri,
        state,
        reasons,
        default: listed.default,
    }
}

fn keywords(reasons: &[String]) -> Vec<PrinterStateReason> {
    reasons
        .iter()
        .filter_map(|reason| reason.parse().ok())
        .collect()
}
