//! What changes in a printer and its jobs, as it happens.
//!
//! A job leaves the list when it is done, and with it the word of how it
//! ended: who wants to know listens before the job begins.

use std::ptr::{null, null_mut};
use std::time::Duration;

use windows_sys::Win32::Foundation::{HANDLE, INVALID_HANDLE_VALUE, WAIT_OBJECT_0, WAIT_TIMEOUT};
use windows_sys::Win32::Graphics::Printing::{
    FindClosePrinterChangeNotification, FindFirstPrinterChangeNotification,
    FindNextPrinterChangeNotification, FreePrinterNotifyInfo, JOB_NOTIFY_FIELD_STATUS,
    JOB_NOTIFY_TYPE, PRINTER_NOTIFY_FIELD_STATUS, PRINTER_NOTIFY_INFO,
    PRINTER_NOTIFY_INFO_DISCARDED, PRINTER_NOTIFY_OPTIONS, PRINTER_NOTIFY_OPTIONS_REFRESH,
    PRINTER_NOTIFY_OPTIONS_TYPE, PRINTER_NOTIFY_TYPE,
};
use windows_sys::Win32::System::Threading::WaitForSingleObject;

use super::{Printer, SpoolerError};

/// `PRINTER_NOTIFY_OPTIONS` has this version.
const OPTIONS_VERSION: u32 = 2;

/// A printer that is listened to, until this is dropped.
#[derive(Debug)]
pub struct Watch {
    change: HANDLE,
    /// The handle listens on this one, which must stay open.
    _printer: Printer,
}

// SAFETY: the handle belongs to the process, and its functions take it on any thread.
unsafe impl Send for Watch {}

/// What was heard.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Changes {
    /// Jobs whose status changed, in order: id and bits of `JOB_STATUS_*`.
    pub jobs: Vec<(u32, u32)>,
    /// Something was not heard of, because too much happened.
    pub missed: bool,
}

impl Watch {
    /// Begins to listen.
    ///
    /// # Errors
    /// When the spooler or the printer's server does not tell changes.
    pub fn begin(printer: Printer) -> Result<Self, SpoolerError> {
        let options = Options::new(0);
        // SAFETY: the printer is open; the options and all they point to outlive the call.
        let change = unsafe {
            FindFirstPrinterChangeNotification(printer.handle(), 0, 0, options.pointer().cast())
        };
        if change == INVALID_HANDLE_VALUE || change.is_null() {
            return Err(SpoolerError::last("FindFirstPrinterChangeNotification"));
        }
        Ok(Self {
            change,
            _printer: printer,
        })
    }

    /// Waits for changes, no longer than this. None is an answer too.
    ///
    /// # Errors
    /// When nothing will be told any more.
    pub fn wait(&self, timeout: Duration) -> Result<Changes, SpoolerError> {
        let timeout_ms = u32::try_from(timeout.as_millis()).unwrap_or(u32::MAX - 1);
        // SAFETY: the handle is open.
        match unsafe { WaitForSingleObject(self.change, timeout_ms) } {
            WAIT_OBJECT_0 => self.next(),
            WAIT_TIMEOUT => Ok(Changes::default()),
            _ => Err(SpoolerError::last("WaitForSingleObject")),
        }
    }

    fn next(&self) -> Result<Changes, SpoolerError> {
        let mut changes = self.told(&Options::new(0))?;
        if changes.missed {
            // Until it is asked to begin anew, the spooler tells nothing more.
            let anew = self.told(&Options::new(PRINTER_NOTIFY_OPTIONS_REFRESH))?;
            changes.jobs.extend(anew.jobs);
        }
        Ok(changes)
    }

    fn told(&self, options: &Options) -> Result<Changes, SpoolerError> {
        let mut change = 0;
        let mut info: *mut PRINTER_NOTIFY_INFO = null_mut();
        let asked = match options.options.Flags {
            0 => null(),
            _ => options.pointer(),
        };
        // SAFETY: the handle is open; the options outlive the call, which writes a number and a pointer.
        let told = unsafe {
            FindNextPrinterChangeNotification(
                self.change,
                &raw mut change,
                asked.cast(),
                (&raw mut info).cast(),
            )
        };
        if told == 0 {
            return Err(SpoolerError::last("FindNextPrinterChangeNotification"));
        }
        if info.is_null() {
            return Ok(Changes::default());
        }
        // SAFETY: the spooler wrote it, and it is freed below only.
        let changes = unsafe { read(info) };
        // SAFETY: the spooler allocated it, and nothing points to it any more.
        unsafe { FreePrinterNotifyInfo(info) };
        Ok(changes)
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        // SAFETY: the handle is open and not used after.
        unsafe { FindClosePrinterChangeNotification(self.change) };
    }
}

/// # Safety
/// `info` is what `FindNextPrinterChangeNotification` gave.
unsafe fn read(info: *const PRINTER_NOTIFY_INFO) -> Changes {
    // SAFETY: the caller says it is such a structure; it ends in `Count` entries.
    let (flags, entries) = unsafe {
        let entries = std::slice::from_raw_parts(
            (&raw const (*info).aData)
                .cast::<windows_sys::Win32::Graphics::Printing::PRINTER_NOTIFY_INFO_DATA>(),
            (*info).Count as usize,
        );
        ((*info).Flags, entries)
    };
    let jobs = entries.iter().filter_map(|entry| {
        let of_a_job = u32::from(entry.Type) == JOB_NOTIFY_TYPE
            && u32::from(entry.Field) == JOB_NOTIFY_FIELD_STATUS;
        // SAFETY: a status is told as numbers, of which the first is it.
        of_a_job.then(|| (entry.Id, unsafe { entry.NotifyData.adwData[0] }))
    });
    Changes {
        jobs: jobs.collect(),
        missed: flags & PRINTER_NOTIFY_INFO_DISCARDED != 0,
    }
}

/// What is listened for, with what it points to.
struct Options {
    options: Box<PRINTER_NOTIFY_OPTIONS>,
    _types: Box<[PRINTER_NOTIFY_OPTIONS_TYPE; 2]>,
    _fields: Box<[u16; 2]>,
}

impl Options {
    fn new(flags: u32) -> Self {
        let mut fields = Box::new([
            number(JOB_NOTIFY_FIELD_STATUS),
            number(PRINTER_NOTIFY_FIELD_STATUS),
        ]);
        let [job, printer] = fields.as_mut();
        let mut types = Box::new([
            PRINTER_NOTIFY_OPTIONS_TYPE {
                Type: number(JOB_NOTIFY_TYPE),
                Count: 1,
                pFields: job,
                ..Default::default()
            },
            PRINTER_NOTIFY_OPTIONS_TYPE {
                Type: number(PRINTER_NOTIFY_TYPE),
                Count: 1,
                pFields: printer,
                ..Default::default()
            },
        ]);
        Self {
            options: Box::new(PRINTER_NOTIFY_OPTIONS {
                Version: OPTIONS_VERSION,
                Flags: flags,
                Count: 2,
                pTypes: types.as_mut_ptr(),
            }),
            _types: types,
            _fields: fields,
        }
    }

    fn pointer(&self) -> *const PRINTER_NOTIFY_OPTIONS {
        &raw const *self.options
    }
}

/// The system's constants are wider than its fields.
fn number(constant: u32) -> u16 {
    u16::try_from(constant).unwrap_or(u16::MAX)
}
