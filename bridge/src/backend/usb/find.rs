//! The USB printers that are plugged in, and which of them an address means.
//!
//! A list opens no device: what is in it the system read when the device was
//! plugged in. Only [`FoundUsbPrinter::ask_device_id`] talks to one, and takes
//! it from the kernel's driver for that moment.

use std::io;

use nusb::{DeviceInfo, MaybeFuture};

use super::address::{PortPath, UsbAddress, Which};
use super::class;
use super::device_id::{DeviceId, cleaned};

/// More than fit on the ports of any till.
const PRINTERS_MAX: usize = 64;

/// The class of printers, and its one subclass.
const PRINTER_CLASS: u8 = 7;
const PRINTER_SUBCLASS: u8 = 1;

/// How an interface of the printer class talks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Protocol {
    /// 7/1/4: IPP over USB, the business of the system's print service.
    IppOverUsb,
    /// 7/1/1: to the printer only.
    OneWay,
    /// 7/1/2: both ways.
    TwoWay,
}

impl Protocol {
    /// Of class, subclass and protocol, where it is a printer's that we know.
    #[must_use]
    pub fn of(class: u8, subclass: u8, protocol: u8) -> Option<Self> {
        match (class, subclass, protocol) {
            (PRINTER_CLASS, PRINTER_SUBCLASS, 1) => Some(Self::OneWay),
            (PRINTER_CLASS, PRINTER_SUBCLASS, 2) => Some(Self::TwoWay),
            (PRINTER_CLASS, PRINTER_SUBCLASS, 4) => Some(Self::IppOverUsb),
            _ => None,
        }
    }
}

/// One interface of a device.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FoundInterface {
    /// `bInterfaceNumber`.
    pub number: u8,
    /// `bInterfaceClass`, `bInterfaceSubClass` and `bInterfaceProtocol`.
    pub class: [u8; 3],
}

impl FoundInterface {
    /// What it is to a printer, if anything.
    #[must_use]
    pub fn protocol(&self) -> Option<Protocol> {
        let [class, subclass, protocol] = self.class;
        Protocol::of(class, subclass, protocol)
    }
}

/// A printer that is plugged in.
#[derive(Debug, Clone)]
pub struct FoundUsbPrinter {
    /// `idVendor`.
    pub vendor: u16,
    /// `idProduct`.
    pub product: u16,
    /// As the device says; harmless to show.
    pub manufacturer: Option<String>,
    /// As the device says; harmless to show.
    pub product_name: Option<String>,
    /// As the device says, to the character: many cheap printers have none,
    /// and some of one kind all have the same.
    pub serial_number: Option<String>,
    /// Where it is plugged in.
    pub port: Option<PortPath>,
    /// All its interfaces.
    pub interfaces: Vec<FoundInterface>,
    /// What to write into the configuration; `None` where nothing would tell
    /// it from another of its kind, or only the print service can use it.
    pub address: Option<UsbAddress>,
    info: DeviceInfo,
}

impl FoundUsbPrinter {
    fn of(info: DeviceInfo) -> Self {
        let interfaces = info.interfaces().map(|interface| FoundInterface {
            number: interface.interface_number(),
            class: [
                interface.class(),
                interface.subclass(),
                interface.protocol(),
            ],
        });
        Self {
            vendor: info.vendor_id(),
            product: info.product_id(),
            manufacturer: info.manufacturer_string().map(cleaned),
            product_name: info.product_string().map(cleaned),
            serial_number: serial_number(&info).map(str::to_owned),
            port: PortPath::new(info.bus_id(), info.port_chain()),
            interfaces: interfaces.collect(),
            address: None,
            info,
        }
    }

    /// How it can be printed to; the best of its interfaces.
    #[must_use]
    pub fn protocol(&self) -> Option<Protocol> {
        let protocols = self.interfaces.iter().filter_map(FoundInterface::protocol);
        protocols.max()
    }

    /// Asks it what it is. Takes it from the kernel's driver, which has it
    /// again afterwards: not for a printer that somebody prints on.
    ///
    /// # Errors
    /// When it cannot be opened, or is gone.
    pub async fn ask_device_id(&self) -> io::Result<Option<DeviceId>> {
        let usable = |interface: &&FoundInterface| {
            matches!(
                interface.protocol(),
                Some(Protocol::OneWay | Protocol::TwoWay)
            )
        };
        let Some(interface) = self.interfaces.iter().find(usable) else {
            return Ok(None);
        };
        let device = self.info.open().await?;
        let claimed = device.detach_and_claim_interface(interface.number).await?;
        Ok(class::device_id(&claimed).await)
    }

    /// Whether this is the printer that is meant.
    fn is_at(&self, address: &UsbAddress) -> bool {
        (self.vendor, self.product) == (address.vendor, address.product)
            && match &address.which {
                Which::SerialNumber(number) => self.serial_number.as_ref() == Some(number),
                Which::Port(port) => self.port.as_ref() == Some(port),
            }
    }
}

/// Empty ones are none.
fn serial_number(info: &DeviceInfo) -> Option<&str> {
    info.serial_number().filter(|number| !number.is_empty())
}

/// The printers that are plugged in. Opens none of them.
///
/// # Errors
/// When the system does not tell.
pub fn list() -> io::Result<Vec<FoundUsbPrinter>> {
    let devices = nusb::list_devices().wait()?;
    let mut found: Vec<_> = devices
        .map(FoundUsbPrinter::of)
        .filter(|printer| printer.protocol().is_some())
        .take(PRINTERS_MAX)
        .collect();
    let addresses: Vec<_> = found.iter().map(|one| suggested(one, &found)).collect();
    for (printer, address) in found.iter_mut().zip(addresses) {
        printer.address = address;
    }
    Ok(found)
}

/// By serial number where it has one of its own, else by port.
fn suggested(printer: &FoundUsbPrinter, all: &[FoundUsbPrinter]) -> Option<UsbAddress> {
    if printer.protocol() == Some(Protocol::IppOverUsb) {
        return None;
    }
    let at = |which| UsbAddress {
        vendor: printer.vendor,
        product: printer.product,
        which,
    };
    let by_number = printer
        .serial_number
        .clone()
        .map(|number| at(Which::SerialNumber(number)))
        // What cannot be written and read again, names nothing.
        .filter(|address| address.to_string().parse().as_ref() == Ok(address))
        .filter(|address| all.iter().filter(|other| other.is_at(address)).count() == 1);
    by_number.or_else(|| Some(at(Which::Port(printer.port.clone()?))))
}

/// Why an address means no device that can be opened.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum Missing {
    #[error("it is not plugged in")]
    NotThere,
    #[error(
        "several printers that are plugged in have this serial number; \
         write `@` and the port in place of it (`platen doctor` shows both)"
    )]
    Several,
    #[error("the system does not tell what is plugged in: {0}")]
    Unknown(String),
}

/// The device that an address means, printer or not: a vendor's interface may
/// stand behind it.
pub(super) fn locate(address: &UsbAddress) -> Result<DeviceInfo, Missing> {
    let devices = nusb::list_devices()
        .wait()
        .map_err(|error| Missing::Unknown(error.to_string()))?;
    let mut fitting = devices
        .filter(|info| (info.vendor_id(), info.product_id()) == (address.vendor, address.product))
        .map(FoundUsbPrinter::of)
        .filter(|printer| printer.is_at(address));
    match (fitting.next(), fitting.next()) {
        (None, _) => Err(Missing::NotThere),
        (Some(_), Some(_)) => Err(Missing::Several),
        (Some(printer), None) => Ok(printer.info),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_interfaces_of_printers_are_told_from_others() {
        assert_eq!(Protocol::of(7, 1, 1), Some(Protocol::OneWay));
        assert_eq!(Protocol::of(7, 1, 2), Some(Protocol::TwoWay));
        assert_eq!(Protocol::of(7, 1, 4), Some(Protocol::IppOverUsb));
        assert_eq!(Protocol::of(7, 1, 3), None);
        assert_eq!(Protocol::of(0xff, 1, 2), None);
        assert!(Protocol::TwoWay > Protocol::OneWay);
        assert!(Protocol::OneWay > Protocol::IppOverUsb);
    }

    #[test]
    fn a_printer_that_is_not_plugged_in_is_missing_and_no_panic() {
        let address = "ffff:fffe/none".parse().unwrap();
        assert!(locate(&address).is_err());
    }
}
