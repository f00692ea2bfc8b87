//! Serial lines of a system whose part is not written yet: each is an error
//! that says so.

use std::io;

use super::{LineSettings, PortName, SerialError};

/// A line that cannot be opened here.
#[derive(Debug)]
pub enum SerialLine {}

/// What wires say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Signals {
    /// The device lets us send.
    pub clear_to_send: bool,
    /// The device is there.
    pub data_set_ready: bool,
}

impl SerialLine {
    /// Always an error.
    ///
    /// # Errors
    /// [`SerialError::System`].
    pub fn open(_: &PortName, _: &LineSettings) -> Result<Self, SerialError> {
        let text = "serial lines are not there yet on this system";
        Err(SerialError::System(io::Error::new(
            io::ErrorKind::Unsupported,
            text,
        )))
    }

    /// There is no such value.
    pub fn configure(&self, _: &LineSettings) -> Result<(), SerialError> {
        match *self {}
    }

    /// There is no such value.
    pub async fn readable(&self) -> io::Result<()> {
        match *self {}
    }

    /// There is no such value.
    pub async fn writable(&self) -> io::Result<()> {
        match *self {}
    }

    /// There is no such value.
    pub fn try_read(&self, _: &mut [u8]) -> io::Result<usize> {
        match *self {}
    }

    /// There is no such value.
    pub fn try_write(&self, _: &[u8]) -> io::Result<usize> {
        match *self {}
    }

    /// There is no such value.
    pub async fn read(&self, _: &mut [u8]) -> Result<usize, SerialError> {
        match *self {}
    }

    /// There is no such value.
    pub async fn write_all(&self, _: &[u8]) -> Result<(), SerialError> {
        match *self {}
    }

    /// There is no such value.
    pub fn octets_waiting(&self) -> io::Result<u64> {
        match *self {}
    }

    /// There is no such value.
    pub async fn drain(&self) -> Result<(), SerialError> {
        match *self {}
    }

    /// There is no such value.
    pub fn discard_output(&self) {
        match *self {}
    }

    /// There is no such value.
    pub fn signals(&self) -> Option<Signals> {
        match *self {}
    }
}
