//! Buffers the spooler fills, and the texts in them.

use windows_sys::Win32::Foundation::{
    ERROR_INSUFFICIENT_BUFFER, ERROR_SUCCESS, GetLastError, SetLastError,
};
use windows_sys::core::BOOL;

use super::SpoolerError;

/// A list that grows between two calls is asked for again, this often.
const TRIES_MAX: usize = 8;
/// No text of a printer or job is longer.
const TEXT_UNITS_MAX: usize = 1_024;

/// What the spooler wrote: structures, and behind them the texts they point to.
///
/// Of words, because the structures are aligned like pointers.
pub(super) struct Buffer(Vec<u64>);

impl Buffer {
    /// Where the structures begin.
    pub(super) fn start<T>(&self) -> *const T {
        self.0.as_ptr().cast()
    }

    /// Whether this many structures fit in it.
    pub(super) fn holds<T>(&self, count: usize) -> bool {
        size_of::<T>()
            .checked_mul(count)
            .is_some_and(|octets| octets <= self.0.len() * size_of::<u64>())
    }
}

/// Calls until the buffer is large enough. `fill` gets the buffer, its length
/// in octets and where to put the length needed.
pub(super) fn filled(
    call: &'static str,
    mut fill: impl FnMut(*mut u8, u32, &mut u32) -> BOOL,
) -> Result<Buffer, SpoolerError> {
    let mut buffer = Buffer(Vec::new());
    for _ in 0..TRIES_MAX {
        let octets = u32::try_from(buffer.0.len() * size_of::<u64>()).unwrap_or(u32::MAX);
        // An empty buffer is none: wine writes to any address it is given.
        let start = match octets {
            0 => std::ptr::null_mut(),
            _ => buffer.0.as_mut_ptr().cast(),
        };
        let mut needed = 0;
        // So that a call that fails without saying why is not blamed on an earlier one.
        // SAFETY: writes a number of this thread.
        unsafe { SetLastError(ERROR_SUCCESS) };
        if fill(start, octets, &mut needed) != 0 {
            return Ok(buffer);
        }
        // SAFETY: takes nothing and reads a number of this thread.
        let code = unsafe { GetLastError() };
        if code != ERROR_INSUFFICIENT_BUFFER || needed <= octets {
            return Err(SpoolerError { call, code });
        }
        let words = (needed as usize).div_ceil(size_of::<u64>());
        buffer.0 = vec![0; words];
    }
    Err(SpoolerError {
        call,
        code: ERROR_INSUFFICIENT_BUFFER,
    })
}

/// The text at `start`; empty where there is none.
///
/// # Safety
/// `start` is null or points to UTF-16 that ends in a zero.
pub(super) unsafe fn text(start: *const u16) -> String {
    if start.is_null() {
        return String::new();
    }
    let mut units = Vec::new();
    for at in 0..TEXT_UNITS_MAX {
        // SAFETY: every unit before `at` was not the zero that ends the text.
        match unsafe { *start.add(at) } {
            0 => break,
            unit => units.push(unit),
        }
    }
    String::from_utf16_lossy(&units)
}

/// A text as Windows takes it. A zero inside would end it early and is left
/// out.
pub(super) fn wide(text: &str) -> Vec<u16> {
    text.encode_utf16()
        .filter(|unit| *unit != 0)
        .chain([0])
        .collect()
}
