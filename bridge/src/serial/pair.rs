//! A pseudo-terminal pair: one side is a line to open, the other the device
//! behind it. Dropped, the device is unplugged.

use std::os::fd::OwnedFd;

use rustix::fs::{Mode, OFlags};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{OptionalActions, tcgetattr, tcsetattr};
use tokio::io::unix::AsyncFd;

use super::{LineSettings, PortName, SerialLine};

pub(crate) struct Pair {
    device: AsyncFd<OwnedFd>,
    /// While nobody has the line open, the system would call it gone.
    _anchor: OwnedFd,
    name: PortName,
}

impl Pair {
    pub(crate) fn new() -> Self {
        let device = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
        grantpt(&device).unwrap();
        unlockpt(&device).unwrap();
        let name = ptsname(&device, Vec::new()).unwrap();
        rustix::io::ioctl_fionbio(&device, true).unwrap();
        let flags = OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC;
        let anchor = rustix::fs::open(&name, flags, Mode::empty()).unwrap();
        let mut raw = tcgetattr(&anchor).unwrap();
        raw.make_raw();
        tcsetattr(&anchor, OptionalActions::Now, &raw).unwrap();
        Self {
            device: super::unix::register(device).unwrap(),
            _anchor: anchor,
            name: name.to_str().unwrap().parse().unwrap(),
        }
    }

    pub(crate) fn name(&self) -> &PortName {
        &self.name
    }

    pub(crate) fn open(&self) -> SerialLine {
        self.open_with(&LineSettings::default())
    }

    pub(crate) fn open_with(&self, settings: &LineSettings) -> SerialLine {
        SerialLine::open(&self.name, settings).unwrap()
    }

    /// What the line sent: so many octets.
    pub(crate) async fn read(&mut self, count: usize) -> Vec<u8> {
        let mut octets = vec![0; count];
        let mut at = 0;
        while at < count {
            let read = self
                .device
                .async_io(tokio::io::Interest::READABLE, |fd| {
                    Ok(rustix::io::read(fd, &mut octets[at..])?)
                })
                .await
                .unwrap();
            at += read;
        }
        octets
    }

    /// What the device says.
    pub(crate) async fn write(&mut self, mut octets: &[u8]) {
        while !octets.is_empty() {
            let written = self
                .device
                .async_io(tokio::io::Interest::WRITABLE, |fd| {
                    Ok(rustix::io::write(fd, octets)?)
                })
                .await
                .unwrap();
            octets = &octets[written..];
        }
    }
}
