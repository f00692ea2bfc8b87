//! HID where it is not there yet: nothing is listed, and why is said.

use std::convert::Infallible;
use std::io;

use super::HidDevice;

fn not_there_yet() -> io::Error {
    let help = "HID devices can be used on Linux and Windows only in this version of Platen";
    io::Error::new(io::ErrorKind::Unsupported, help)
}

/// An error: HID devices cannot be listed on this system yet.
pub(crate) fn list() -> io::Result<Vec<HidDevice>> {
    Err(not_there_yet())
}

/// An error: HID devices cannot be opened on this system yet.
pub(crate) fn open(_: &HidDevice) -> io::Result<(Reader, Writer)> {
    Err(not_there_yet())
}

/// Never made.
#[derive(Debug)]
pub(crate) struct Reader(Infallible);

impl Reader {
    /// Never called.
    pub(crate) async fn receive(&mut self) -> io::Result<Vec<u8>> {
        match self.0 {}
    }

    /// Never called.
    pub(crate) fn presence(&self) -> io::Result<Presence> {
        match self.0 {}
    }
}

/// Never made.
#[derive(Debug)]
pub(crate) struct Presence(Infallible);

impl Presence {
    /// Never called.
    pub(crate) async fn lost(&self) {
        match self.0 {}
    }
}

/// Never made.
#[derive(Debug)]
pub(crate) struct Writer(Infallible);

impl Writer {
    /// Never called.
    pub(crate) fn write(&mut self, _: &[u8]) -> io::Result<()> {
        match self.0 {}
    }

    /// Never called.
    pub(crate) fn send_feature(&mut self, _: &[u8]) -> io::Result<()> {
        match self.0 {}
    }

    /// Never called.
    pub(crate) fn feature(&mut self, _: u8, _: usize) -> io::Result<Vec<u8>> {
        match self.0 {}
    }
}
