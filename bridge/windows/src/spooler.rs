//! Windows' print spooler (winspool): its printers, raw documents, jobs and
//! notifications.
//!
//! Every call goes to the spooler service and may load a driver: a call can
//! hang for as long as a driver likes, so the caller is a process that may be
//! killed. States are the system's own bits (`JOB_STATUS_*`,
//! `PRINTER_STATUS_*`); what they mean to a job is the caller's to say.

mod buffer;
mod document;
mod job;
mod printer;
#[cfg(any(test, feature = "test-queue"))]
pub mod test_queue;
mod watch;

#[cfg(test)]
mod tests;

use windows_sys::Win32::Foundation::{ERROR_INVALID_PRINTER_NAME, GetLastError};

pub use document::Document;
pub use job::Job;
pub use printer::{Condition, ListedPrinter, Printer, list};
pub use watch::{Changes, Watch};

/// No service listens (`RPC_S_SERVER_UNAVAILABLE`).
const SERVER_UNAVAILABLE: u32 = 1722;

/// A call the spooler refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{call}: {}", std::io::Error::from_raw_os_error(code.cast_signed()))]
pub struct SpoolerError {
    /// The function of Windows that failed.
    pub call: &'static str,
    /// `GetLastError`.
    pub code: u32,
}

impl SpoolerError {
    /// What the system says of the call that just failed on this thread.
    fn last(call: &'static str) -> Self {
        // SAFETY: takes nothing and reads a number of this thread.
        let code = unsafe { GetLastError() };
        Self { call, code }
    }

    /// Whether no printer has that name.
    #[must_use]
    pub fn is_unknown_printer(&self) -> bool {
        self.code == ERROR_INVALID_PRINTER_NAME
    }

    /// Whether the spooler service does not run.
    #[must_use]
    pub fn is_no_service(&self) -> bool {
        self.code == SERVER_UNAVAILABLE
    }
}
