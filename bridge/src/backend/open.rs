//! From a [`DeviceUri`] to the [`Backend`] behind it.
//!
//! Opening connects to nobody: a printer that is switched off is a printer
//! all the same. [`Backends`] holds what several printers share.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use super::cups::{CupsPrinter, CupsService, CupsSettings};
use super::serial::SerialPrinter;
use super::snmp::{SnmpSettings, Supplemented};
use super::socket::{SocketPrinter, SocketSettings};
#[cfg(windows)]
use super::spooler::{Spooler, SpoolerProgram};
use super::system_printers::PrintService;
use super::usb::{UsbBus, UsbPrinter, UsbSettings};
use super::virtual_printer::{VirtualPrinter, VirtualSettings};
#[cfg(windows)]
use super::winspool::{WinspoolPrinter, WinspoolService};
use super::{Backend, DeliverySettings, DeviceQuestions, DeviceUri, SnmpMode, SystemPrinters};
use crate::claims::Claims;

/// A device URI names a backend that cannot be opened.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BackendError {
    /// The built-in printer's folder.
    #[error(
        "the built-in printer cannot use the folder {}; make it writable for the agent's user or configure another", .folder.display()
    )]
    Folder {
        /// The folder.
        folder: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// No backend of this system prints there.
    #[error(
        "{uri} is no printer of this system; use `virtual:`, `socket://HOST:PORT`, `usb://VENDOR:PRODUCT/SERIAL`, or its own print service (`cups:QUEUE`; on Windows `winspool:PRINTER`)"
    )]
    NotOnThisSystem {
        /// As configured.
        uri: DeviceUri,
    },
}

/// What the backends need to know beyond a URI.
#[derive(Debug, Clone)]
pub struct BackendSettings {
    /// Of `virtual:`.
    pub virtual_printer: VirtualSettings,
    /// Of `socket:`.
    pub socket: SocketSettings,
    /// Of `cups:`.
    pub cups: CupsSettings,
}

/// Opens devices.
#[derive(Debug)]
pub struct Backends {
    settings: BackendSettings,
    /// The port of a serial printer is claimed while it is used, as is a printer
    /// on USB.
    claims: Claims,
    usb: Arc<UsbBus>,
    cups: Arc<CupsService>,
    #[cfg(windows)]
    winspool: Arc<WinspoolService>,
}

impl Backends {
    /// With these settings, beside those who claim devices elsewhere. Starts
    /// nothing.
    #[must_use]
    pub fn new(settings: BackendSettings, claims: Claims) -> Self {
        Self {
            cups: Arc::new(CupsService::new(settings.cups.clone())),
            #[cfg(windows)]
            winspool: Arc::new(winspool(&settings.cups)),
            usb: Arc::new(UsbBus::new(claims.clone())),
            claims,
            settings,
        }
    }

    #[cfg(unix)]
    fn print_service(&self) -> Arc<dyn PrintService> {
        Arc::clone(&self.cups) as Arc<dyn PrintService>
    }

    #[cfg(windows)]
    fn print_service(&self) -> Arc<dyn PrintService> {
        Arc::clone(&self.winspool) as Arc<dyn PrintService>
    }

    /// The printers of the system's print service.
    #[must_use]
    pub fn system_printers(&self) -> SystemPrinters {
        let age_max = Duration::from_millis(self.settings.cups.list_age_ms_max);
        SystemPrinters::new(self.print_service(), age_max)
    }

    /// The backend of one printer.
    ///
    /// # Errors
    /// When the URI names a device this machine cannot have.
    pub fn open(
        &self,
        uri: &DeviceUri,
        questions: &DeviceQuestions,
    ) -> Result<Arc<dyn Backend>, BackendError> {
        match uri {
            DeviceUri::Virtual { name } => {
                let mut settings = self.settings.virtual_printer.clone();
                if let Some(name) = name {
                    settings.folder.push(name);
                }
                let folder = settings.folder.clone();
                let printer = VirtualPrinter::open(settings)
                    .map_err(|source| BackendError::Folder { folder, source })?;
                Ok(Arc::new(printer))
            }
            DeviceUri::Socket { host, port } => {
                let mut settings = self.settings.socket.clone();
                settings.delivery.questions = questions.clone();
                let printer = Arc::new(SocketPrinter::new(host.clone(), *port, settings));
                Ok(match questions.snmp {
                    SnmpMode::Off => printer,
                    SnmpMode::Auto => {
                        let settings = SnmpSettings {
                            community: questions.snmp_community.clone(),
                            ..SnmpSettings::default()
                        };
                        Arc::new(Supplemented::new(printer, host.clone(), settings))
                    }
                })
            }
            DeviceUri::Usb { address } => {
                let settings = UsbSettings {
                    interface: questions.usb_interface,
                    delivery: DeliverySettings {
                        questions: questions.clone(),
                        ..DeliverySettings::default()
                    },
                };
                let bus = Arc::clone(&self.usb);
                Ok(Arc::new(UsbPrinter::new(address.clone(), settings, bus)))
            }
            DeviceUri::Serial { address } => {
                let settings = DeliverySettings {
                    questions: questions.clone(),
                    ..DeliverySettings::default()
                };
                let claims = self.claims.clone();
                Ok(Arc::new(SerialPrinter::new(
                    address.clone(),
                    settings,
                    claims,
                )))
            }
            // The helper that hands over to CUPS is built for Unix alone.
            DeviceUri::Cups { .. } if cfg!(not(unix)) => {
                Err(BackendError::NotOnThisSystem { uri: uri.clone() })
            }
            DeviceUri::Cups { queue } => Ok(Arc::new(CupsPrinter::new(
                queue.clone(),
                Arc::clone(&self.cups),
            ))),
            #[cfg(windows)]
            DeviceUri::Winspool { printer } => Ok(Arc::new(WinspoolPrinter::new(
                printer.clone(),
                Arc::clone(&self.winspool),
            ))),
            #[cfg(not(windows))]
            DeviceUri::Winspool { .. } => Err(BackendError::NotOnThisSystem { uri: uri.clone() }),
        }
    }
}

/// The program that hands documents over is the same for both print services.
#[cfg(windows)]
fn winspool(cups: &CupsSettings) -> WinspoolService {
    let program = SpoolerProgram {
        program: cups.spooler_program.clone(),
        folder: cups.spooler_folder.clone(),
        environment: Vec::new(),
        call_wait: Duration::from_millis(cups.call_wait_ms_max),
    };
    let contact_wait = Duration::from_millis(cups.contact_wait_ms_max);
    WinspoolService::new(Spooler::new(program), contact_wait)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Clock;
    use platen_protocol::Evidence;

    fn backends(folder: PathBuf) -> Backends {
        Backends::new(
            BackendSettings {
                socket: SocketSettings::default(),
                cups: CupsSettings::new(
                    "till".to_owned(),
                    folder.join("platen-spooler"),
                    folder.join("documents"),
                ),
                virtual_printer: VirtualSettings::in_folder(folder),
            },
            Claims::new(Clock::system()),
        )
    }

    #[test]
    fn a_uri_opens_its_backend_without_asking_the_device() {
        let folder = tempfile::tempdir().unwrap();
        let backends = backends(folder.path().join("receipts"));
        for (uri, evidence) in [
            ("virtual:", Evidence::Device),
            ("virtual:kitchen", Evidence::Device),
            ("socket://192.0.2.1:9100", Evidence::Transport),
            ("usb://04b8:0e28/X5TG", Evidence::Transport),
            ("serial:/dev/ttyUSB0", Evidence::Transport),
            #[cfg(unix)]
            ("cups:till", Evidence::Spooler),
        ] {
            let backend = backends
                .open(&uri.parse().unwrap(), &DeviceQuestions::default())
                .unwrap();
            assert_eq!(backend.evidence(), evidence, "{uri}");
        }
        assert!(folder.path().join("receipts/kitchen").is_dir());
    }

    #[test]
    fn a_folder_that_cannot_be_made_is_named() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let refused = backends(file.path().join("below-a-file"))
            .open(
                &DeviceUri::Virtual { name: None },
                &DeviceQuestions::default(),
            )
            .unwrap_err();
        assert!(refused.to_string().contains("below-a-file"), "{refused}");
    }
}
