//! An open serial line on systems with termios.
//!
//! Exclusive twice: `flock` keeps out every program that asks as politely as we
//! do, `TIOCEXCL` everybody but the administrator. A line that is gone reads as
//! an end of file and refuses what is written; both become
//! [`SerialError::Gone`]. Closing a held line would make the system wait for
//! half a minute for a device that takes nothing, so what is unsent is thrown
//! away first: who wants it on its way waits for [`SerialLine::drain`].

use std::io;
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::time::Duration;

use rustix::fs::{FileType, FlockOperation, Mode, OFlags};
use rustix::io::Errno;
use rustix::termios::{
    ControlModes, InputModes, OptionalActions, QueueSelector, Termios, ioctl_tiocexcl,
    ioctl_tiocnxcl, isatty, tcflush, tcgetattr, tcsetattr,
};
use tokio::io::unix::AsyncFd;
use tokio::time::sleep;

use super::{DataBits, FlowControl, LineSettings, Parity, PortName, SerialError, StopBits};

/// The system makes no event of an empty buffer, so it is asked: at first as
/// fast as a short message leaves, then at the pace of paper.
const DRAIN_PAUSE_MIN: Duration = Duration::from_millis(1);
const DRAIN_PAUSE_MAX: Duration = Duration::from_millis(50);

/// What wires say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Signals {
    /// The device lets us send.
    pub clear_to_send: bool,
    /// The device is there.
    pub data_set_ready: bool,
}

/// An open line. Reading and writing go on beside each other.
#[derive(Debug)]
pub struct SerialLine {
    fd: AsyncFd<OwnedFd>,
    /// The other side is a program: bits and parity mean nothing there.
    is_pseudo: bool,
}

impl SerialLine {
    /// Opens a port, and sets it. What arrived before is thrown away. Waits for
    /// nothing but the system; needs a runtime.
    ///
    /// # Errors
    /// [`SerialError`].
    pub fn open(port: &PortName, settings: &LineSettings) -> Result<Self, SerialError> {
        let flags = OFlags::RDWR | OFlags::NOCTTY | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let fd = rustix::fs::open(port.as_str(), flags, Mode::empty()).map_err(opening)?;
        let stat = rustix::fs::fstat(&fd).map_err(system)?;
        if FileType::from_raw_mode(stat.st_mode) != FileType::CharacterDevice || !isatty(&fd) {
            return Err(SerialError::NotALine);
        }
        rustix::fs::flock(&fd, FlockOperation::NonBlockingLockExclusive).map_err(opening)?;
        ioctl_tiocexcl(&fd).map_err(opening)?;
        let line = Self {
            is_pseudo: is_pseudo(stat.st_rdev),
            fd: register(fd).map_err(SerialError::System)?,
        };
        line.configure(settings)?;
        tcflush(line.fd.get_ref(), QueueSelector::IFlush).map_err(system)?;
        Ok(line)
    }

    /// Sets the line; what is on its way keeps going.
    ///
    /// # Errors
    /// What the port cannot do.
    pub fn configure(&self, settings: &LineSettings) -> Result<(), SerialError> {
        let fd = self.fd.get_ref();
        let mut wanted = tcgetattr(fd).map_err(system)?;
        set(&mut wanted, settings)?;
        tcsetattr(fd, OptionalActions::Now, &wanted).map_err(|error| match error {
            Errno::INVAL => SerialError::Setting("these settings"),
            error => system(error),
        })?;
        if self.is_pseudo {
            return Ok(());
        }
        // The system calls it a success when it did a part of it.
        let got = tcgetattr(fd).map_err(system)?;
        let differs = |bits: ControlModes| {
            wanted.control_modes.intersection(bits) != got.control_modes.intersection(bits)
        };
        for (bits, name) in [
            (ControlModes::CSIZE, "this number of data bits"),
            (parity_bits(), "this parity"),
            (ControlModes::CSTOPB, "this number of stop bits"),
            (ControlModes::CRTSCTS, "flow control by wires"),
        ] {
            if differs(bits) {
                return Err(SerialError::Setting(name));
            }
        }
        if !is_close(wanted.output_speed(), got.output_speed()) {
            return Err(SerialError::Setting("this baud rate"));
        }
        Ok(())
    }

    /// Returns when there is something to read, or the line is gone. Cancel
    /// safe.
    ///
    /// # Errors
    /// The system's.
    pub async fn readable(&self) -> io::Result<()> {
        self.fd.readable().await?.retain_ready();
        Ok(())
    }

    /// Returns when the line takes more, or is gone. Cancel safe.
    ///
    /// # Errors
    /// The system's.
    pub async fn writable(&self) -> io::Result<()> {
        self.fd.writable().await?.retain_ready();
        Ok(())
    }

    /// Reads what has come. Zero: the line is gone.
    ///
    /// # Errors
    /// [`io::ErrorKind::WouldBlock`], or the system's.
    pub fn try_read(&self, octets: &mut [u8]) -> io::Result<usize> {
        let read = self.fd.try_io(tokio::io::Interest::READABLE, |fd| {
            Ok(rustix::io::read(fd, &mut *octets)?)
        });
        match read {
            Err(error) if is_gone(&error) => Ok(0),
            read => read,
        }
    }

    /// Writes what the line takes. Zero: the line is gone.
    ///
    /// # Errors
    /// [`io::ErrorKind::WouldBlock`], or the system's.
    pub fn try_write(&self, octets: &[u8]) -> io::Result<usize> {
        let written = self.fd.try_io(tokio::io::Interest::WRITABLE, |fd| {
            Ok(rustix::io::write(fd, octets)?)
        });
        match written {
            Err(error) if is_gone(&error) => Ok(0),
            written => written,
        }
    }

    /// Reads what comes, at least one octet. Cancel safe.
    ///
    /// # Errors
    /// [`SerialError::Gone`], or the system's.
    pub async fn read(&self, octets: &mut [u8]) -> Result<usize, SerialError> {
        loop {
            self.readable().await.map_err(SerialError::System)?;
            match self.try_read(octets) {
                Ok(0) => return Err(SerialError::Gone),
                Ok(count) => return Ok(count),
                Err(error) if is_passing(&error) => {}
                Err(error) => return Err(SerialError::System(error)),
            }
        }
    }

    /// Hands all of it to the system, as fast as the line takes it.
    ///
    /// # Errors
    /// [`SerialError::Gone`], or the system's.
    pub async fn write_all(&self, mut octets: &[u8]) -> Result<(), SerialError> {
        while !octets.is_empty() {
            match self.try_write(octets) {
                Ok(0) => return Err(SerialError::Gone),
                Ok(count) => octets = &octets[count..],
                Err(error) if is_passing(&error) => {
                    self.writable().await.map_err(SerialError::System)?;
                }
                Err(error) => return Err(SerialError::System(error)),
            }
        }
        Ok(())
    }

    /// Octets that the system holds and has not sent (`TIOCOUTQ`). What an
    /// adapter holds itself is not among them.
    ///
    /// # Errors
    /// The system's.
    #[allow(unsafe_code)]
    pub fn octets_waiting(&self) -> io::Result<u64> {
        let mut octets: libc::c_int = 0;
        let fd = self.fd.get_ref().as_raw_fd();
        // SAFETY: `self` keeps the descriptor open for the length of the call.
        // TIOCOUTQ (`ioctl_tty(2)`) writes one `int` to the address given,
        // which is that of a live, aligned `c_int`.
        let result = unsafe { libc::ioctl(fd, libc::TIOCOUTQ, &raw mut octets) };
        if result == -1 {
            return Err(io::Error::last_os_error());
        }
        Ok(u64::try_from(octets).unwrap_or(0))
    }

    /// Returns when the system has sent everything. Cancel safe.
    ///
    /// # Errors
    /// [`SerialError::Gone`], or the system's.
    pub async fn drain(&self) -> Result<(), SerialError> {
        let mut pause = DRAIN_PAUSE_MIN;
        loop {
            match self.octets_waiting() {
                Ok(0) => return Ok(()),
                Ok(_) => sleep(pause).await,
                Err(error) if is_gone(&error) => return Err(SerialError::Gone),
                Err(error) => return Err(SerialError::System(error)),
            }
            pause = (pause * 2).min(DRAIN_PAUSE_MAX);
        }
    }

    /// Throws away what the system has not sent.
    pub fn discard_output(&self) {
        if let Err(error) = tcflush(self.fd.get_ref(), QueueSelector::OFlush) {
            tracing::debug!(%error, "what a line holds could not be thrown away");
        }
    }

    /// What the wires say; `None` where there are none.
    #[must_use]
    #[allow(unsafe_code)]
    pub fn signals(&self) -> Option<Signals> {
        let mut bits: libc::c_int = 0;
        let fd = self.fd.get_ref().as_raw_fd();
        // SAFETY: as in `octets_waiting`; TIOCMGET writes one `int` as well.
        let result = unsafe { libc::ioctl(fd, libc::TIOCMGET, &raw mut bits) };
        (result == 0).then_some(Signals {
            clear_to_send: bits & libc::TIOCM_CTS != 0,
            data_set_ready: bits & libc::TIOCM_DSR != 0,
        })
    }
}

impl Drop for SerialLine {
    fn drop(&mut self) {
        self.discard_output();
        // Else it would stay so for as long as anybody has the port open.
        if let Err(error) = ioctl_tiocnxcl(self.fd.get_ref()) {
            tracing::debug!(%error, "a line was closed, and others may be kept out of it");
        }
    }
}

impl AsFd for SerialLine {
    fn as_fd(&self) -> std::os::fd::BorrowedFd<'_> {
        self.fd.get_ref().as_fd()
    }
}

/// Has the runtime tell when something can be read or written.
#[allow(unsafe_code)]
pub(super) fn register(fd: OwnedFd) -> io::Result<AsyncFd<OwnedFd>> {
    // SAFETY: an `OwnedFd` is the same open descriptor until it is dropped, and
    // nothing takes it out of the `AsyncFd`.
    let registered = unsafe { AsyncFd::register(fd) };
    Ok(registered?)
}

fn set(termios: &mut Termios, settings: &LineSettings) -> Result<(), SerialError> {
    termios.make_raw();
    let control = &mut termios.control_modes;
    control.insert(ControlModes::CREAD | ControlModes::CLOCAL);
    // A device would take the end of each job for the end of the call, and start anew.
    control.remove(ControlModes::HUPCL);
    control.remove(ControlModes::CSIZE | parity_bits() | ControlModes::CSTOPB);
    control.insert(match settings.data_bits {
        DataBits::Five => ControlModes::CS5,
        DataBits::Six => ControlModes::CS6,
        DataBits::Seven => ControlModes::CS7,
        DataBits::Eight => ControlModes::CS8,
    });
    control.insert(match settings.parity {
        Parity::None => ControlModes::empty(),
        Parity::Even => ControlModes::PARENB,
        Parity::Odd => ControlModes::PARENB | ControlModes::PARODD,
        Parity::Mark | Parity::Space => fixed_parity(settings.parity)?,
    });
    match (settings.stop_bits, settings.data_bits) {
        (StopBits::One, _) => {}
        // Two stop bits of a character of five are one and a half.
        (StopBits::Two, _) | (StopBits::OneAndHalf, DataBits::Five) => {
            control.insert(ControlModes::CSTOPB);
        }
        (StopBits::OneAndHalf, DataBits::Six | DataBits::Seven | DataBits::Eight) => {
            return Err(SerialError::Setting("one and a half stop bits"));
        }
    }
    control.set(ControlModes::CRTSCTS, settings.flow == FlowControl::RtsCts);
    let input = &mut termios.input_modes;
    input.remove(InputModes::IXON | InputModes::IXOFF | InputModes::IXANY | InputModes::IGNPAR);
    // A character whose parity is wrong is read as zero: dropped, it would make
    // 1.5 of 12.5.
    input.set(InputModes::INPCK, settings.parity != Parity::None);
    match settings.flow {
        FlowControl::None | FlowControl::RtsCts => {}
        FlowControl::XonXoff => input.insert(InputModes::IXON | InputModes::IXOFF),
        FlowControl::XonXoffOut => input.insert(InputModes::IXON),
        FlowControl::XonXoffIn => input.insert(InputModes::IXOFF),
    }
    if let Some(baud) = settings.baud {
        let unknown = |_| SerialError::Setting("this baud rate");
        termios.set_speed(baud.get()).map_err(unknown)?;
    }
    Ok(())
}

#[cfg(target_os = "linux")]
fn parity_bits() -> ControlModes {
    ControlModes::PARENB | ControlModes::PARODD | ControlModes::CMSPAR
}

#[cfg(not(target_os = "linux"))]
fn parity_bits() -> ControlModes {
    ControlModes::PARENB | ControlModes::PARODD
}

/// A parity bit that is always the same.
#[cfg(target_os = "linux")]
#[allow(clippy::unnecessary_wraps)]
fn fixed_parity(parity: Parity) -> Result<ControlModes, SerialError> {
    let space = ControlModes::PARENB | ControlModes::CMSPAR;
    Ok(if parity == Parity::Mark {
        space | ControlModes::PARODD
    } else {
        space
    })
}

#[cfg(not(target_os = "linux"))]
fn fixed_parity(_: Parity) -> Result<ControlModes, SerialError> {
    Err(SerialError::Setting("mark and space parity"))
}

/// Clocks are divided by whole numbers: within what a receiver tolerates.
fn is_close(wanted: u32, got: u32) -> bool {
    u64::from(wanted.abs_diff(got)) * 33 <= u64::from(wanted)
}

/// Whether these are the numbers of a pseudo-terminal (`pty(7)`).
#[cfg(target_os = "linux")]
fn is_pseudo(device: u64) -> bool {
    (136..=143).contains(&rustix::fs::major(device))
}

#[cfg(not(target_os = "linux"))]
fn is_pseudo(_: rustix::fs::Dev) -> bool {
    false
}

/// What an error of opening means.
fn opening(error: Errno) -> SerialError {
    match error {
        Errno::BUSY | Errno::WOULDBLOCK => SerialError::InUse,
        Errno::NOENT | Errno::NODEV | Errno::NXIO | Errno::NOTDIR => SerialError::NotThere,
        Errno::ACCESS | Errno::PERM => SerialError::NotAllowed,
        Errno::NOTTY | Errno::ISDIR => SerialError::NotALine,
        // A port of a mainboard whose chip is not there.
        Errno::IO => SerialError::NotThere,
        error => system(error),
    }
}

fn system(error: Errno) -> SerialError {
    match error {
        Errno::IO | Errno::NXIO | Errno::NODEV => SerialError::Gone,
        error => SerialError::System(error.into()),
    }
}

/// A line that was there, and is no more.
fn is_gone(error: &io::Error) -> bool {
    let errno = error.raw_os_error();
    [libc::EIO, libc::ENXIO, libc::ENODEV, libc::EPIPE]
        .iter()
        .any(|gone| errno == Some(*gone))
}

fn is_passing(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted
    )
}

#[cfg(test)]
mod tests {
    use super::super::pair::Pair;
    use super::*;
    use crate::serial::BaudRate;

    #[tokio::test]
    async fn octets_go_both_ways_as_they_are() {
        let mut pair = Pair::new();
        let line = pair.open();
        let all: Vec<u8> = (0..=255).collect();
        line.write_all(&all).await.unwrap();
        assert_eq!(pair.read(256).await, all);
        pair.write(&all).await;
        let mut heard: Vec<u8> = Vec::new();
        let mut piece = [0; 64];
        while heard.len() < 256 {
            let count = line.read(&mut piece).await.unwrap();
            heard.extend(&piece[..count]);
        }
        assert_eq!(heard, all);
        assert_eq!(line.signals(), None, "there are no wires here");
        line.drain().await.unwrap();
    }

    #[tokio::test]
    async fn a_line_is_held_once_and_free_when_it_was_closed() {
        let pair = Pair::new();
        let line = pair.open();
        let again = SerialLine::open(pair.name(), &LineSettings::default());
        assert!(matches!(again, Err(SerialError::InUse)), "{again:?}");
        drop(line);
        pair.open();
    }

    #[tokio::test]
    async fn a_line_that_is_gone_says_so_to_who_reads_and_who_writes() {
        let pair = Pair::new();
        let line = pair.open();
        drop(pair);
        let read = line.read(&mut [0; 8]).await;
        assert!(matches!(read, Err(SerialError::Gone)), "{read:?}");
        let written = line.write_all(b"x").await;
        assert!(matches!(written, Err(SerialError::Gone)), "{written:?}");
    }

    #[tokio::test]
    async fn what_cannot_be_opened_says_why() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        std::fs::write(&file, "").unwrap();
        let open = |path: &str| SerialLine::open(&path.parse().unwrap(), &LineSettings::default());
        for path in [file.to_str().unwrap(), "/dev/null", "/dev"] {
            let refused = open(path);
            assert!(matches!(refused, Err(SerialError::NotALine)), "{refused:?}");
        }
        let refused = open("/dev/no-such-port");
        assert!(matches!(refused, Err(SerialError::NotThere)), "{refused:?}");
    }

    #[tokio::test]
    async fn settings_reach_the_system() {
        let pair = Pair::new();
        let line = pair.open();
        for (flow, expected) in [
            (FlowControl::None, InputModes::empty()),
            (FlowControl::XonXoff, InputModes::IXON | InputModes::IXOFF),
            (FlowControl::XonXoffOut, InputModes::IXON),
            (FlowControl::XonXoffIn, InputModes::IXOFF),
        ] {
            for baud in [110, 9_600, 115_200, 250_000] {
                let settings = LineSettings {
                    baud: BaudRate::new(baud),
                    flow,
                    ..LineSettings::default()
                };
                line.configure(&settings).unwrap();
                let got = tcgetattr(&line).unwrap();
                let xon = InputModes::IXON | InputModes::IXOFF;
                assert_eq!(got.input_modes.intersection(xon), expected);
                assert_eq!(got.output_speed(), baud);
            }
        }
        let odd = LineSettings {
            stop_bits: StopBits::OneAndHalf,
            ..LineSettings::default()
        };
        let refused = line.configure(&odd).unwrap_err().to_string();
        assert!(refused.contains("one and a half stop bits"), "{refused}");
    }

    /// XOFF holds what is written, XON lets it go on, and a line that was held
    /// can be emptied.
    #[tokio::test]
    async fn a_held_line_waits_and_goes_on() {
        let mut pair = Pair::new();
        let line = pair.open_with(&LineSettings {
            flow: FlowControl::XonXoff,
            ..LineSettings::default()
        });
        pair.write(b"\x13").await;
        // The system takes it in its own time.
        while line.try_write(b"a").is_ok() {
            tokio::task::yield_now().await;
        }
        let mut waiting = std::pin::pin!(line.write_all(b"held"));
        let held = futures_util::poll!(waiting.as_mut());
        assert!(held.is_pending());
        pair.write(b"\x11").await;
        waiting.await.unwrap();
        let mut heard: Vec<u8> = Vec::new();
        while !heard.ends_with(b"held") {
            heard.extend(pair.read(1).await);
        }
        let before = &heard[..heard.len() - 4];
        assert!(before.iter().all(|octet| *octet == b'a'), "{heard:?}");
    }
}
