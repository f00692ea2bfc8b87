//! Printers: the list of them, and one of them opened.

use std::ptr::{null, null_mut};

use windows_sys::Win32::Foundation::{ERROR_INVALID_PRINTER_NAME, HANDLE};
use windows_sys::Win32::Graphics::Printing::{
    ClosePrinter, DRIVER_INFO_2W, EnumPrintersW, GetDefaultPrinterW, GetPrinterDriverW,
    GetPrinterW, OpenPrinterW, PRINTER_ENUM_CONNECTIONS, PRINTER_ENUM_LOCAL, PRINTER_HANDLE,
    PRINTER_INFO_2W, PRINTER_INFO_4W,
};

use super::SpoolerError;
use super::buffer::{filled, text, wide};

/// Longer names are no printers' (the system allows 220 characters, and a
/// server's name before them).
const NAME_UNITS_MAX: usize = 512;
/// The drivers that take a page language only as `XPS_PASS` (`cVersion`).
const DRIVER_VERSION_4: u32 = 4;

/// A printer, as the list tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedPrinter {
    /// What [`Printer::open`] takes; `\\SERVER\NAME` for another machine's.
    pub name: String,
    /// Where the spooler sends the octets; empty for another machine's.
    pub port: String,
    /// The driver's name; empty for another machine's.
    pub driver: String,
    /// What somebody wrote about it; may be empty.
    pub comment: String,
    /// Where it stands; may be empty.
    pub location: String,
    /// How it is; `None` for another machine's, which is not asked.
    pub condition: Option<Condition>,
    /// Whether the user prints here when nothing is chosen.
    pub default: bool,
}

/// How a printer is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Condition {
    /// Bits of `PRINTER_STATUS_*`; 0 is ready.
    pub status: u32,
    /// Bits of `PRINTER_ATTRIBUTE_*`.
    pub attributes: u32,
    /// Jobs in its list.
    pub jobs: u32,
}

/// The printers of this machine, and those of other machines the user has
/// connected to. The others are not asked: a print server that is away would
/// hold up the list.
///
/// # Errors
/// When the spooler does not list them.
pub fn list() -> Result<Vec<ListedPrinter>, SpoolerError> {
    let default = default_name();
    let mut printers = local()?;
    printers.extend(connections()?);
    for printer in &mut printers {
        printer.default = default.as_ref() == Some(&printer.name);
    }
    Ok(printers)
}

fn local() -> Result<Vec<ListedPrinter>, SpoolerError> {
    enumerated::<PRINTER_INFO_2W, _>(PRINTER_ENUM_LOCAL, 2, |info| {
        // SAFETY: the spooler wrote the structure and ends each text in a zero.
        unsafe {
            ListedPrinter {
                name: text(info.pPrinterName),
                port: text(info.pPortName),
                driver: text(info.pDriverName),
                comment: text(info.pComment),
                location: text(info.pLocation),
                condition: Some(condition(info)),
                default: false,
            }
        }
    })
}

fn connections() -> Result<Vec<ListedPrinter>, SpoolerError> {
    enumerated::<PRINTER_INFO_4W, _>(PRINTER_ENUM_CONNECTIONS, 4, |info| ListedPrinter {
        // SAFETY: the spooler wrote the structure and ends each text in a zero.
        name: unsafe { text(info.pPrinterName) },
        port: String::new(),
        driver: String::new(),
        comment: String::new(),
        location: String::new(),
        condition: None,
        default: false,
    })
}

/// Asks for structures of `level`, which are of type `T`, and reads each.
fn enumerated<T, R>(
    which: u32,
    level: u32,
    read: impl Fn(&T) -> R,
) -> Result<Vec<R>, SpoolerError> {
    let mut count = 0;
    let buffer = filled("EnumPrintersW", |start, octets, needed| {
        // SAFETY: the buffer has as many octets as is said, and the numbers live as long as the call.
        unsafe { EnumPrintersW(which, null(), level, start, octets, needed, &raw mut count) }
    })?;
    let count = count as usize;
    if count == 0 || !buffer.holds::<T>(count) {
        return Ok(Vec::new());
    }
    // SAFETY: the spooler wrote `count` structures of this level, and they fit, as was just checked.
    let infos = unsafe { std::slice::from_raw_parts(buffer.start::<T>(), count) };
    Ok(infos.iter().map(read).collect())
}

fn condition(info: &PRINTER_INFO_2W) -> Condition {
    Condition {
        status: info.Status,
        attributes: info.Attributes,
        jobs: info.cJobs,
    }
}

fn default_name() -> Option<String> {
    let mut units = 0;
    // SAFETY: without a buffer the call only tells how long the name is.
    unsafe { GetDefaultPrinterW(null_mut(), &raw mut units) };
    if units == 0 {
        return None;
    }
    let mut name = vec![0_u16; units as usize + 1];
    // SAFETY: the buffer is as long as is said, and one unit longer.
    let told = unsafe { GetDefaultPrinterW(name.as_mut_ptr(), &raw mut units) };
    // SAFETY: the buffer ends in a zero that the call was not told of.
    (told != 0).then(|| unsafe { text(name.as_ptr()) })
}

/// A printer to print to, opened; closed when dropped.
#[derive(Debug)]
pub struct Printer {
    handle: HANDLE,
    name: String,
}

// SAFETY: a printer's handle belongs to the process, and the spooler's functions take it on any thread.
unsafe impl Send for Printer {}

impl Printer {
    /// Opens the printer of this name.
    ///
    /// # Errors
    /// When there is none, or the user may not print to it.
    pub fn open(name: &str) -> Result<Self, SpoolerError> {
        // `NAME,Job 7`, `,XcvMonitor ...` and the empty name open other things than printers.
        let units = name.encode_utf16().count();
        if units == 0 || units > NAME_UNITS_MAX || name.contains([',', '\0']) {
            return Err(SpoolerError {
                call: "OpenPrinterW",
                code: ERROR_INVALID_PRINTER_NAME,
            });
        }
        let name_units = wide(name);
        let mut handle = PRINTER_HANDLE::default();
        // SAFETY: the name ends in a zero; the handle lives as long as the call; no defaults are asked for.
        let opened = unsafe { OpenPrinterW(name_units.as_ptr(), &raw mut handle, null()) };
        if opened == 0 {
            return Err(SpoolerError::last("OpenPrinterW"));
        }
        Ok(Self {
            handle: handle.Value,
            name: name.to_owned(),
        })
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    pub(super) fn handle(&self) -> PRINTER_HANDLE {
        PRINTER_HANDLE { Value: self.handle }
    }

    /// How it is now.
    ///
    /// # Errors
    /// When the spooler does not say.
    pub fn condition(&self) -> Result<Condition, SpoolerError> {
        let buffer = filled("GetPrinterW", |start, octets, needed| {
            // SAFETY: the handle is open; the buffer has as many octets as is said.
            unsafe { GetPrinterW(self.handle(), 2, start, octets, needed) }
        })?;
        // SAFETY: the spooler wrote a structure of this level to the start of the buffer.
        Ok(condition(unsafe { &*buffer.start::<PRINTER_INFO_2W>() }))
    }

    /// The datatype under which the octets reach the printer untouched.
    #[must_use]
    pub fn raw_datatype(&self) -> &'static str {
        let buffer = filled("GetPrinterDriverW", |start, octets, needed| {
            // SAFETY: the handle is open; the buffer has as many octets as is said; no other
            // environment is asked for.
            unsafe { GetPrinterDriverW(self.handle(), null(), 2, start, octets, needed) }
        });
        let version = buffer.map(|buffer| {
            // SAFETY: the spooler wrote a structure of this level to the start of the buffer.
            unsafe { (*buffer.start::<DRIVER_INFO_2W>()).cVersion }
        });
        match version {
            Ok(DRIVER_VERSION_4) => "XPS_PASS",
            // A printer without a driver of its own here passes octets on as they are.
            Ok(_) | Err(_) => "RAW",
        }
    }
}

impl Drop for Printer {
    fn drop(&mut self) {
        // SAFETY: the handle is open and not used after.
        unsafe { ClosePrinter(self.handle()) };
    }
}
