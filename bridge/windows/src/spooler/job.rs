//! Jobs in a printer's list.

use windows_sys::Win32::Foundation::{ERROR_INVALID_PARAMETER, ERROR_SUCCESS};
use windows_sys::Win32::Graphics::Printing::{
    EnumJobsW, GetJobW, JOB_CONTROL_DELETE, JOB_INFO_1W, SetJobW,
};

use super::buffer::{filled, text};
use super::{Printer, SpoolerError};

/// Jobs that are looked at, of a list that may be long.
const JOBS_MAX: u32 = 10_000;

/// A job in a printer's list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job {
    /// The spooler's id.
    pub id: u32,
    /// Its title.
    pub document: String,
    /// Bits of `JOB_STATUS_*`; 0 is waiting.
    pub status: u32,
    /// What a driver says instead; mostly empty.
    pub status_text: String,
    /// As far as the spooler counts them.
    pub pages_printed: u32,
}

impl Printer {
    /// The job of this id; `None` when it is in the list no more.
    ///
    /// # Errors
    /// When the spooler does not say.
    pub fn job(&self, id: u32) -> Result<Option<Job>, SpoolerError> {
        let found = filled("GetJobW", |start, octets, needed| {
            // SAFETY: the handle is open; the buffer has as many octets as is said.
            unsafe { GetJobW(self.handle(), id, 1, start, octets, needed) }
        });
        match found {
            // SAFETY: the spooler wrote a structure of this level to the start of the buffer.
            Ok(buffer) => Ok(Some(read(unsafe { &*buffer.start::<JOB_INFO_1W>() }))),
            // wine names no error.
            Err(error) if [ERROR_INVALID_PARAMETER, ERROR_SUCCESS].contains(&error.code) => {
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    /// The jobs in its list, in their order.
    ///
    /// # Errors
    /// When the spooler does not say.
    pub fn jobs(&self) -> Result<Vec<Job>, SpoolerError> {
        let mut count = 0;
        let buffer = filled("EnumJobsW", |start, octets, needed| {
            // SAFETY: the handle is open; the buffer has as many octets as is said; the numbers
            // live as long as the call.
            unsafe {
                EnumJobsW(
                    self.handle(),
                    0,
                    JOBS_MAX,
                    1,
                    start,
                    octets,
                    needed,
                    &raw mut count,
                )
            }
        })?;
        let count = count as usize;
        if count == 0 || !buffer.holds::<JOB_INFO_1W>(count) {
            return Ok(Vec::new());
        }
        // SAFETY: the spooler wrote `count` structures of this level, and they fit, as was just checked.
        let infos = unsafe { std::slice::from_raw_parts(buffer.start::<JOB_INFO_1W>(), count) };
        Ok(infos.iter().map(read).collect())
    }

    /// Takes a job out of the list, printed or not.
    ///
    /// # Errors
    /// When there is none of this id, or the spooler does not let go of it.
    pub fn delete_job(&self, id: u32) -> Result<(), SpoolerError> {
        // SAFETY: the handle is open; deleting a job takes no structure.
        let deleted =
            unsafe { SetJobW(self.handle(), id, 0, std::ptr::null(), JOB_CONTROL_DELETE) };
        if deleted == 0 {
            return Err(SpoolerError::last("SetJobW"));
        }
        Ok(())
    }
}

fn read(info: &JOB_INFO_1W) -> Job {
    Job {
        id: info.JobId,
        // SAFETY: the spooler wrote the structure and ends each text in a zero.
        document: unsafe { text(info.pDocument) },
        status: info.Status,
        // SAFETY: as above.
        status_text: unsafe { text(info.pStatus) },
        pages_printed: info.PagesPrinted,
    }
}
