//! An open serial line on Windows.
//!
//! Two threads serve each line, one that reads and one that writes: overlapped
//! calls of a driver do not wake tokio. Between them and the line's holder are
//! two bounded buffers ([`Shared`]); they start in [`SerialLine::open`], hold
//! nothing but that, and end when the line is dropped, which waits for both.
//!
//! Windows keeps a port for who opened it. What the line's holder has written
//! and no driver was given yet is thrown away with the line: who wants it on its
//! way waits for [`SerialLine::drain`].

use std::collections::VecDeque;
use std::io;
use std::pin::pin;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use platen_windows::serial::{self as system, Port, Turn};
use tokio::sync::Notify;
use tokio::time::sleep;

use super::{DataBits, FlowControl, LineSettings, Parity, PortName, SerialError, StopBits};

/// What is held in each direction beside the driver: as much as it holds.
const BUFFER_OCTETS_MAX: usize = 4096;
/// What the driver is given at once. What is under way counts as not sent, so
/// this is how far the count can be behind.
const PIECE_OCTETS_MAX: usize = 512;
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
    shared: Arc<Shared>,
    threads: Vec<JoinHandle<()>>,
}

/// What the threads and the line's holder have in common.
#[derive(Debug)]
struct Shared {
    port: Port,
    buffers: Mutex<Buffers>,
    /// Something came, or the line ended.
    heard: Notify,
    /// There is room for more, or the line ended.
    room: Notify,
    /// There is something to write, room to read into, or the line is closed.
    work: Condvar,
}

#[derive(Debug, Default)]
struct Buffers {
    input: VecDeque<u8>,
    output: VecDeque<u8>,
    /// Octets that the driver was given and has not sent all of.
    under_way: usize,
    ended: Option<End>,
    /// The line's holder is gone.
    is_closed: bool,
}

/// Why a line is of no use any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    Gone,
    /// With the system's number.
    Failed(i32),
}

impl SerialLine {
    /// Opens a port, and sets it. What arrived before is thrown away. Waits for
    /// nothing but the system.
    ///
    /// # Errors
    /// [`SerialError`].
    pub fn open(port: &PortName, settings: &LineSettings) -> Result<Self, SerialError> {
        let port = Port::open(port.as_str(), &settings_of(settings)?).map_err(error)?;
        let mut line = Self {
            shared: Arc::new(Shared {
                port,
                buffers: Mutex::default(),
                heard: Notify::new(),
                room: Notify::new(),
                work: Condvar::new(),
            }),
            threads: Vec::new(),
        };
        for (name, work) in [
            ("serial-read", Shared::read as fn(&Shared)),
            ("serial-write", Shared::write),
        ] {
            let shared = Arc::clone(&line.shared);
            let thread = thread::Builder::new().name(name.to_owned());
            let thread = thread.spawn(move || work(&shared));
            line.threads.push(thread.map_err(SerialError::System)?);
        }
        Ok(line)
    }

    /// Sets the line; what is on its way keeps going.
    ///
    /// # Errors
    /// What the port cannot do.
    pub fn configure(&self, settings: &LineSettings) -> Result<(), SerialError> {
        let settings = settings_of(settings)?;
        self.shared.port.set(&settings).map_err(error)
    }

    /// Returns when there is something to read, or the line is gone. Cancel
    /// safe.
    ///
    /// # Errors
    /// None here; on other systems the system's.
    pub async fn readable(&self) -> io::Result<()> {
        let ready = |buffers: &Buffers| !buffers.input.is_empty();
        self.shared.wait(&self.shared.heard, ready).await;
        Ok(())
    }

    /// Returns when the line takes more, or is gone. Cancel safe.
    ///
    /// # Errors
    /// None here; on other systems the system's.
    pub async fn writable(&self) -> io::Result<()> {
        let ready = |buffers: &Buffers| buffers.output.len() < BUFFER_OCTETS_MAX;
        self.shared.wait(&self.shared.room, ready).await;
        Ok(())
    }

    /// Reads what has come. Zero: the line is gone.
    ///
    /// # Errors
    /// [`io::ErrorKind::WouldBlock`], or the system's.
    pub fn try_read(&self, octets: &mut [u8]) -> io::Result<usize> {
        let mut buffers = self.shared.buffers();
        if buffers.input.is_empty() {
            return buffers.ended.map_or(Err(passing()), End::answer);
        }
        let count = octets.len().min(buffers.input.len());
        for (octet, heard) in octets.iter_mut().zip(buffers.input.drain(..count)) {
            *octet = heard;
        }
        drop(buffers);
        self.shared.work.notify_all();
        Ok(count)
    }

    /// Writes what the line takes. Zero: the line is gone.
    ///
    /// # Errors
    /// [`io::ErrorKind::WouldBlock`], or the system's.
    pub fn try_write(&self, octets: &[u8]) -> io::Result<usize> {
        let mut buffers = self.shared.buffers();
        if let Some(end) = buffers.ended {
            return end.answer();
        }
        let room = BUFFER_OCTETS_MAX - buffers.output.len();
        if room == 0 {
            return Err(passing());
        }
        let count = octets.len().min(room);
        buffers.output.extend(&octets[..count]);
        drop(buffers);
        self.shared.work.notify_all();
        Ok(count)
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
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
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
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    self.writable().await.map_err(SerialError::System)?;
                }
                Err(error) => return Err(SerialError::System(error)),
            }
        }
        Ok(())
    }

    /// Octets that were written and that the driver has not sent. What an
    /// adapter holds itself is not among them.
    ///
    /// # Errors
    /// The line is gone, or the system's.
    pub fn octets_waiting(&self) -> io::Result<u64> {
        self.waiting().map_err(|error| match error {
            SerialError::System(error) => error,
            other => io::Error::other(other),
        })
    }

    fn waiting(&self) -> Result<u64, SerialError> {
        let (ours, under_way) = {
            let buffers = self.shared.buffers();
            if let Some(end) = buffers.ended {
                return Err(end
                    .answer()
                    .map_or_else(SerialError::System, |_| SerialError::Gone));
            }
            (buffers.output.len(), buffers.under_way)
        };
        let driver = self.shared.port.output_waiting().map_err(error)?;
        let [ours, under_way] =
            [ours, under_way].map(|octets| u64::try_from(octets).unwrap_or(u64::MAX));
        // What is under way is with the driver, in whole or in part.
        Ok(ours + under_way.max(driver))
    }

    /// Returns when the system has sent everything. Cancel safe.
    ///
    /// # Errors
    /// [`SerialError::Gone`], or the system's.
    pub async fn drain(&self) -> Result<(), SerialError> {
        let mut pause = DRAIN_PAUSE_MIN;
        while self.waiting()? > 0 {
            sleep(pause).await;
            pause = (pause * 2).min(DRAIN_PAUSE_MAX);
        }
        Ok(())
    }

    /// Throws away what the system has not sent.
    pub fn discard_output(&self) {
        let mut buffers = self.shared.buffers();
        buffers.output.clear();
        // With the buffers held, so that no piece is taken out meanwhile.
        if let Err(error) = self.shared.port.discard_output() {
            tracing::debug!(%error, "what a line holds could not be thrown away");
        }
        drop(buffers);
        self.shared.room.notify_waiters();
    }

    /// What the wires say; `None` where there are none.
    #[must_use]
    pub fn signals(&self) -> Option<Signals> {
        let signals = self.shared.port.signals()?;
        Some(Signals {
            clear_to_send: signals.clear_to_send,
            data_set_ready: signals.data_set_ready,
        })
    }
}

impl Drop for SerialLine {
    fn drop(&mut self) {
        self.discard_output();
        self.shared.buffers().is_closed = true;
        self.shared.port.stop();
        self.shared.work.notify_all();
        for thread in self.threads.drain(..) {
            // The port is free when nobody holds it any more.
            if thread.join().is_err() {
                tracing::error!("a thread of a serial line ended by a panic");
            }
        }
    }
}

impl Shared {
    /// Reads until the line ends.
    fn read(&self) {
        let mut piece = [0; BUFFER_OCTETS_MAX];
        loop {
            let room = {
                let full = |buffers: &mut Buffers| {
                    buffers.input.len() >= BUFFER_OCTETS_MAX && !buffers.is_closed
                };
                let buffers = self.work.wait_while(self.buffers(), full);
                let buffers = buffers.unwrap_or_else(PoisonError::into_inner);
                if buffers.is_closed {
                    return;
                }
                BUFFER_OCTETS_MAX - buffers.input.len()
            };
            match self.port.read(&mut piece[..room]) {
                Ok(count) => self.buffers().input.extend(&piece[..count]),
                Err(error) => return self.end(&error),
            }
            self.heard.notify_waiters();
        }
    }

    /// Writes until the line ends.
    fn write(&self) {
        while let Some((turn, piece)) = self.next_piece() {
            let mut left = &piece[..];
            while !left.is_empty() {
                match self.port.write(left, turn) {
                    Ok(count) => left = &left[count..],
                    Err(system::Error::Discarded) => left = &[],
                    Err(error) => return self.end(&error),
                }
                self.buffers().under_way = left.len();
            }
            self.room.notify_waiters();
        }
    }

    /// What is to be written next; `None`: the line is closed, or has ended.
    fn next_piece(&self) -> Option<(Turn, Vec<u8>)> {
        let idle = |buffers: &mut Buffers| {
            buffers.output.is_empty() && !buffers.is_closed && buffers.ended.is_none()
        };
        let buffers = self.work.wait_while(self.buffers(), idle);
        let mut buffers = buffers.unwrap_or_else(PoisonError::into_inner);
        if buffers.is_closed || buffers.ended.is_some() {
            return None;
        }
        let count = buffers.output.len().min(PIECE_OCTETS_MAX);
        let piece = buffers.output.drain(..count).collect();
        buffers.under_way = count;
        Some((self.port.turn(), piece))
    }

    fn end(&self, error: &system::Error) {
        let end = match error {
            system::Error::System(error) => End::Failed(error.raw_os_error().unwrap_or_default()),
            _ => End::Gone,
        };
        self.buffers().ended.get_or_insert(end);
        // The other thread has nothing left to wait for.
        self.port.stop();
        self.work.notify_all();
        self.heard.notify_waiters();
        self.room.notify_waiters();
    }

    /// Returns when the buffers are so, or the line has ended.
    async fn wait(&self, event: &Notify, ready: impl Fn(&Buffers) -> bool) {
        loop {
            let mut told = pin!(event.notified());
            // What is told between the question and the wait is heard.
            told.as_mut().enable();
            {
                let buffers = self.buffers();
                if ready(&buffers) || buffers.ended.is_some() {
                    return;
                }
            }
            told.await;
        }
    }

    /// Whole whenever nobody holds them.
    fn buffers(&self) -> MutexGuard<'_, Buffers> {
        self.buffers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl End {
    /// What is told to who reads or writes.
    fn answer(self) -> io::Result<usize> {
        match self {
            Self::Gone => Ok(0),
            Self::Failed(number) => Err(io::Error::from_raw_os_error(number)),
        }
    }
}

fn settings_of(settings: &LineSettings) -> Result<system::Settings, SerialError> {
    let stop_bits = match (settings.stop_bits, settings.data_bits) {
        (StopBits::One, _) => system::StopBits::One,
        // As of the chips that all drivers copy: two stop bits of a character of
        // five are one and a half.
        (StopBits::OneAndHalf | StopBits::Two, DataBits::Five) => system::StopBits::OneAndHalf,
        (StopBits::Two, _) => system::StopBits::Two,
        (StopBits::OneAndHalf, DataBits::Six | DataBits::Seven | DataBits::Eight) => {
            return Err(SerialError::Setting("one and a half stop bits"));
        }
    };
    Ok(system::Settings {
        baud: settings.baud.map(super::BaudRate::get),
        data_bits: match settings.data_bits {
            DataBits::Five => 5,
            DataBits::Six => 6,
            DataBits::Seven => 7,
            DataBits::Eight => 8,
        },
        parity: match settings.parity {
            Parity::None => system::Parity::None,
            Parity::Even => system::Parity::Even,
            Parity::Odd => system::Parity::Odd,
            Parity::Mark => system::Parity::Mark,
            Parity::Space => system::Parity::Space,
        },
        stop_bits,
        rts_cts: settings.flow == FlowControl::RtsCts,
        xon_xoff_out: matches!(
            settings.flow,
            FlowControl::XonXoff | FlowControl::XonXoffOut
        ),
        xon_xoff_in: matches!(settings.flow, FlowControl::XonXoff | FlowControl::XonXoffIn),
    })
}

fn error(error: system::Error) -> SerialError {
    match error {
        system::Error::InUse => SerialError::InUse,
        system::Error::NotThere => SerialError::NotThere,
        system::Error::NotALine => SerialError::NotALine,
        system::Error::Refused => SerialError::Setting("these settings"),
        system::Error::Gone => SerialError::Gone,
        system::Error::System(error) => SerialError::System(error),
        other => SerialError::System(io::Error::other(other)),
    }
}

fn passing() -> io::Error {
    io::ErrorKind::WouldBlock.into()
}
