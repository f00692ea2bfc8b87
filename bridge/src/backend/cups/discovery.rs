//! CUPS's printers: their names from `platen-spooler`, their states from CUPS
//! itself.
//!
//! An empty list from the print library also means "no print service", so the
//! service is asked for first.

use platen_protocol::{PrinterState, PrinterStateReason};
use platen_spooler_wire::SystemPrinter;

use super::CupsService;
use crate::backend::system_printers::{DiscoveryError, FoundPrinter, PrintService};
use crate::backend::{Answer, DeviceUri, QueueName};

impl PrintService for CupsService {
    fn printers(&self) -> Answer<'_, Result<Vec<FoundPrinter>, DiscoveryError>> {
        Box::pin(self.ask())
    }
}

impl CupsService {
    async fn ask(&self) -> Result<Vec<FoundPrinter>, DiscoveryError> {
        self.ipp
            .probe()
            .await
            .map_err(DiscoveryError::NoPrintService)?;
        let mut found = Vec::new();
        for listed in self.spooler.printers().await? {
            // A name we could not print to is no printer of ours.
            if let Ok(name) = listed.name.parse() {
                let asked = self.ipp.printer(&name).await.ok();
                let (state, reasons) = match asked {
                    Some(printer) => (Some(printer.state), printer.reasons),
                    None => (None, keywords(&listed.reasons)),
                };
                found.push(found_printer(name, listed, state, reasons));
            }
        }
        Ok(found)
    }
}

fn found_printer(
    name: QueueName,
    listed: SystemPrinter,
    state: Option<PrinterState>,
    reasons: Vec<PrinterStateReason>,
) -> FoundPrinter {
    FoundPrinter {
        name: name.to_string(),
        uri: DeviceUri::Cups { queue: name },
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
