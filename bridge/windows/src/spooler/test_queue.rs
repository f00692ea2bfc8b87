//! Print queues for tests.
//!
//! Under wine the port of a printer may be the path of a Unix file: each job
//! is written to that file as it is, and replaces what was there. Windows has
//! no such ports of its own; there `FILE:` asks a person, and a queue of these
//! is of no use.

use windows_sys::Win32::Foundation::{ERROR_PRINTER_ALREADY_EXISTS, HANDLE};
use windows_sys::Win32::Graphics::Printing::{
    APD_COPY_FROM_DIRECTORY, APD_COPY_NEW_FILES, AddPrinterDriverExW, AddPrinterW, ClosePrinter,
    DRIVER_INFO_3W, DeletePrinter, OpenPrinterW, PRINTER_ALL_ACCESS, PRINTER_ATTRIBUTE_LOCAL,
    PRINTER_DEFAULTSW, PRINTER_HANDLE, PRINTER_INFO_2W, SetDefaultPrinterW,
};

use super::SpoolerError;
use super::buffer::wide;

const DRIVER: &str = "Platen Test Driver";

/// Makes a queue whose jobs go to `port`, unless there is one of that name,
/// and makes it the default.
///
/// # Errors
/// When the system makes no printer.
pub fn add(name: &str, port: &str) -> Result<(), SpoolerError> {
    add_driver();
    let (mut name, mut port, mut driver) = (wide(name), wide(port), wide(DRIVER));
    let (mut processor, mut datatype) = (wide("WinPrint"), wide("RAW"));
    let info = PRINTER_INFO_2W {
        pPrinterName: name.as_mut_ptr(),
        pPortName: port.as_mut_ptr(),
        pDriverName: driver.as_mut_ptr(),
        pPrintProcessor: processor.as_mut_ptr(),
        pDatatype: datatype.as_mut_ptr(),
        Attributes: PRINTER_ATTRIBUTE_LOCAL,
        ..Default::default()
    };
    // SAFETY: the structure is of this level; its texts end in zeros and outlive the call.
    let handle = unsafe { AddPrinterW(std::ptr::null(), 2, (&raw const info).cast()) };
    if handle.is_null() {
        let error = SpoolerError::last("AddPrinterW");
        if error.code != ERROR_PRINTER_ALREADY_EXISTS {
            return Err(error);
        }
    } else {
        close(handle);
    }
    // SAFETY: the name ends in a zero.
    unsafe { SetDefaultPrinterW(name.as_ptr()) };
    Ok(())
}

/// Removes a queue.
///
/// # Errors
/// When there is none, or it cannot be removed.
pub fn remove(name: &str) -> Result<(), SpoolerError> {
    let name = wide(name);
    let wanted = PRINTER_DEFAULTSW {
        DesiredAccess: PRINTER_ALL_ACCESS,
        ..Default::default()
    };
    let mut handle = PRINTER_HANDLE::default();
    // SAFETY: the name ends in a zero; the structures live as long as the call.
    if unsafe { OpenPrinterW(name.as_ptr(), &raw mut handle, &raw const wanted) } == 0 {
        return Err(SpoolerError::last("OpenPrinterW"));
    }
    // SAFETY: the handle is open.
    let deleted = match unsafe { DeletePrinter(handle) } {
        0 => Err(SpoolerError::last("DeletePrinter")),
        _ => Ok(()),
    };
    close(handle.Value);
    deleted
}

/// Whether it is there already or cannot be made, making a queue tells.
fn add_driver() {
    let (mut name, mut file) = (wide(DRIVER), wide("wineps.drv"));
    let (mut data, mut datatype) = (wide("<datafile?>"), wide("RAW"));
    let info = DRIVER_INFO_3W {
        cVersion: 3,
        pName: name.as_mut_ptr(),
        pDriverPath: file.as_mut_ptr(),
        pConfigFile: file.as_mut_ptr(),
        pDataFile: data.as_mut_ptr(),
        pDefaultDataType: datatype.as_mut_ptr(),
        ..Default::default()
    };
    // SAFETY: the structure is of this level; its texts end in zeros and outlive the call.
    unsafe {
        AddPrinterDriverExW(
            std::ptr::null(),
            3,
            (&raw const info).cast(),
            APD_COPY_NEW_FILES | APD_COPY_FROM_DIRECTORY,
        )
    };
}

fn close(handle: HANDLE) {
    // SAFETY: the handle is open and not used after.
    unsafe { ClosePrinter(PRINTER_HANDLE { Value: handle }) };
}
