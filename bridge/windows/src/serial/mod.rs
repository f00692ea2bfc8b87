//! COM ports: overlapped reads and writes, line settings, signals.
//!
//! A [`Port`] is open to one program at a time, which Windows sees to. Its reads
//! and writes block the thread that asks, beside each other, until [`Port::stop`]
//! ends them. Which ports there are, and on which USB adapter, is in [`list`].

mod list;
mod port;
mod settings;

use std::io;

use windows_sys::Win32::Foundation::{
    ERROR_ACCESS_DENIED, ERROR_BAD_COMMAND, ERROR_BAD_NET_NAME, ERROR_BAD_PATHNAME,
    ERROR_BROKEN_PIPE, ERROR_BUSY, ERROR_DEV_NOT_EXIST, ERROR_DEVICE_NOT_CONNECTED,
    ERROR_DEVICE_REMOVED, ERROR_FILE_NOT_FOUND, ERROR_GEN_FAILURE, ERROR_INVALID_NAME,
    ERROR_IO_DEVICE, ERROR_NO_SUCH_DEVICE, ERROR_NOT_READY, ERROR_OPERATION_ABORTED,
    ERROR_PATH_NOT_FOUND, ERROR_SHARING_VIOLATION,
};

pub use list::{Adapter, Listed, list};
pub use port::{Port, Turn};
pub use settings::{Parity, Settings, StopBits};

/// Why a port cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Another program has it open.
    #[error("another program has the port open")]
    InUse,
    /// No such port.
    #[error("there is no such port")]
    NotThere,
    /// A device that has no line settings.
    #[error("it is no serial port")]
    NotALine,
    /// The driver refuses these settings.
    #[error("the port does not take these settings")]
    Refused,
    /// It was there, and is no more.
    #[error("the port was unplugged")]
    Gone,
    /// [`Port::stop`] was called.
    #[error("the port was stopped")]
    Stopped,
    /// [`Port::discard_output`] threw it away.
    #[error("what was written was thrown away")]
    Discarded,
    /// Anything else that the system says.
    #[error(transparent)]
    System(io::Error),
}

/// What the wires say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Signals {
    /// The device lets us send.
    pub clear_to_send: bool,
    /// The device is there.
    pub data_set_ready: bool,
}

/// What an error of opening means. Windows denies access to a port that
/// somebody has open.
fn opening(error: &io::Error) -> Error {
    match code(error) {
        ERROR_ACCESS_DENIED | ERROR_SHARING_VIOLATION | ERROR_BUSY => Error::InUse,
        ERROR_FILE_NOT_FOUND
        | ERROR_PATH_NOT_FOUND
        | ERROR_BAD_PATHNAME
        | ERROR_BAD_NET_NAME
        | ERROR_INVALID_NAME
        | ERROR_DEV_NOT_EXIST
        | ERROR_NO_SUCH_DEVICE
        | ERROR_NOT_READY
        | ERROR_DEVICE_NOT_CONNECTED
        | ERROR_GEN_FAILURE
        | ERROR_IO_DEVICE => Error::NotThere,
        other => Error::System(from_code(other)),
    }
}

/// What an error of an open port means: each driver has its own word for a
/// plug that was pulled.
fn using(error: io::Error) -> Error {
    match code(&error) {
        ERROR_GEN_FAILURE
        | ERROR_BAD_COMMAND
        | ERROR_ACCESS_DENIED
        | ERROR_FILE_NOT_FOUND
        | ERROR_DEV_NOT_EXIST
        | ERROR_NO_SUCH_DEVICE
        | ERROR_DEVICE_REMOVED
        | ERROR_DEVICE_NOT_CONNECTED
        | ERROR_IO_DEVICE
        | ERROR_BROKEN_PIPE
        | ERROR_OPERATION_ABORTED => Error::Gone,
        _ => Error::System(error),
    }
}

fn code(error: &io::Error) -> u32 {
    error.raw_os_error().map_or(0, i32::cast_unsigned)
}

fn from_code(code: u32) -> io::Error {
    io::Error::from_raw_os_error(code.cast_signed())
}
