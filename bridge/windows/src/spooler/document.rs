//! A raw document on its way to the spooler.

use windows_sys::Win32::Foundation::ERROR_WRITE_FAULT;
use windows_sys::Win32::Graphics::Printing::{
    AbortPrinter, DOC_INFO_1W, EndDocPrinter, EndPagePrinter, JOB_CONTROL_DELETE, SetJobW,
    StartDocPrinterW, StartPagePrinter, WritePrinter,
};

use super::buffer::wide;
use super::{Printer, SpoolerError};

/// A document begun. Unless it is finished, it is taken back when dropped:
/// half a document is not left for the spooler to print.
#[derive(Debug)]
pub struct Document<'a> {
    printer: &'a Printer,
    job: u32,
    finished: bool,
}

impl<'a> Document<'a> {
    /// Begins a document under this title. From here on the spooler has a job.
    ///
    /// # Errors
    /// When the spooler takes no document; it has no job then.
    pub fn begin(printer: &'a Printer, title: &str) -> Result<Self, SpoolerError> {
        let mut title = wide(title);
        let mut datatype = wide(printer.raw_datatype());
        let info = DOC_INFO_1W {
            pDocName: title.as_mut_ptr(),
            pOutputFile: std::ptr::null_mut(),
            pDatatype: datatype.as_mut_ptr(),
        };
        // SAFETY: the printer is open; both texts end in a zero and outlive the call.
        let job = unsafe { StartDocPrinterW(printer.handle(), 1, &raw const info) };
        if job == 0 {
            return Err(SpoolerError::last("StartDocPrinterW"));
        }
        let document = Self {
            printer,
            job,
            finished: false,
        };
        // SAFETY: the printer is open and a document was begun on it.
        if unsafe { StartPagePrinter(printer.handle()) } == 0 {
            return Err(SpoolerError::last("StartPagePrinter"));
        }
        Ok(document)
    }

    /// The spooler's id of the job.
    #[must_use]
    pub fn job(&self) -> u32 {
        self.job
    }

    /// Writes all of these octets.
    ///
    /// # Errors
    /// When the spooler takes no more; what it took is in its job.
    pub fn write(&mut self, mut octets: &[u8]) -> Result<(), SpoolerError> {
        while !octets.is_empty() {
            let asked = u32::try_from(octets.len()).unwrap_or(u32::MAX);
            let mut written = 0;
            // SAFETY: the printer is open, and the octets are as many as is said.
            let ok = unsafe {
                WritePrinter(
                    self.printer.handle(),
                    octets.as_ptr().cast(),
                    asked,
                    &raw mut written,
                )
            };
            if ok == 0 {
                return Err(SpoolerError::last("WritePrinter"));
            }
            // A driver's port may take a part, and nothing when it is stuck.
            match octets.get(written as usize..) {
                Some(rest) if written > 0 => octets = rest,
                Some(_) | None => {
                    return Err(SpoolerError {
                        call: "WritePrinter",
                        code: ERROR_WRITE_FAULT,
                    });
                }
            }
        }
        Ok(())
    }

    /// Ends the document: the spooler has all of it, and prints it.
    ///
    /// # Errors
    /// When the spooler does not say that it has all of it. What it makes of
    /// the job is not known then.
    pub fn finish(mut self) -> Result<u32, SpoolerError> {
        // SAFETY: the printer is open and a page was begun on it.
        if unsafe { EndPagePrinter(self.printer.handle()) } == 0 {
            return Err(SpoolerError::last("EndPagePrinter"));
        }
        // SAFETY: the printer is open and a document was begun on it.
        if unsafe { EndDocPrinter(self.printer.handle()) } == 0 {
            return Err(SpoolerError::last("EndDocPrinter"));
        }
        self.finished = true;
        Ok(self.job)
    }
}

impl Drop for Document<'_> {
    fn drop(&mut self) {
        if self.finished {
            return;
        }
        // Deleted first: a job that is only aborted may print what it has.
        // SAFETY: the printer is open; deleting a job takes no structure.
        unsafe {
            SetJobW(
                self.printer.handle(),
                self.job,
                0,
                std::ptr::null(),
                JOB_CONTROL_DELETE,
            )
        };
        // SAFETY: the printer is open, with a document begun on it or without.
        unsafe { AbortPrinter(self.printer.handle()) };
    }
}
