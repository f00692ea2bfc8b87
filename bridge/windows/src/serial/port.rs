//! One open port: reads and writes that another thread can end.

use std::io;
use std::os::windows::io::{AsRawHandle, FromRawHandle, OwnedHandle};
use std::ptr;
use std::sync::{Mutex, MutexGuard, PoisonError};

use windows_sys::Win32::Devices::Communication::{
    COMMTIMEOUTS, COMSTAT, ClearCommError, DCB, GetCommModemStatus, GetCommState, MS_CTS_ON,
    MS_DSR_ON, PURGE_RXCLEAR, PURGE_TXABORT, PURGE_TXCLEAR, PurgeComm, SetCommState,
    SetCommTimeouts, SetupComm,
};
use windows_sys::Win32::Foundation::{
    ERROR_CALL_NOT_IMPLEMENTED, ERROR_INVALID_FUNCTION, ERROR_INVALID_HANDLE,
    ERROR_INVALID_PARAMETER, ERROR_IO_PENDING, ERROR_NOT_SUPPORTED, ERROR_OPERATION_ABORTED,
    GENERIC_READ, GENERIC_WRITE, HANDLE, INVALID_HANDLE_VALUE, WAIT_OBJECT_0,
};
use windows_sys::Win32::Storage::FileSystem::{
    CreateFileW, FILE_FLAG_OVERLAPPED, OPEN_EXISTING, ReadFile, WriteFile,
};
use windows_sys::Win32::System::IO::{CancelIoEx, GetOverlappedResult, OVERLAPPED};
use windows_sys::Win32::System::Threading::{INFINITE, WaitForMultipleObjects};

use super::settings::apply;
use super::{Error, Settings, Signals, code, opening, using};
use crate::event::Event;

/// What the driver is asked to hold in each direction: as much as it holds
/// anyway.
const QUEUE_OCTETS: u32 = 4096;
/// Since when something was to be written: what [`Port::discard_output`] threw
/// away is not written any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Turn(u64);

/// An open port.
#[derive(Debug)]
pub struct Port {
    handle: OwnedHandle,
    stopped: Event,
    /// Held for the length of a read.
    read: Mutex<Event>,
    /// Held for the length of a write.
    written: Mutex<Event>,
    /// Held while a write is started, and while output is thrown away.
    turn: Mutex<u64>,
    /// Output is thrown away: signaled until the next write.
    discarded: Event,
}

impl Port {
    /// Opens a port (`COM3`), sets it, and throws away what arrived before.
    ///
    /// # Errors
    /// [`Error`].
    pub fn open(name: &str, settings: &Settings) -> Result<Self, Error> {
        // Anything else may be a file, a pipe or a device of another kind.
        let number = name.strip_prefix("COM").ok_or(Error::NotThere)?;
        if number.is_empty() || !number.bytes().all(|octet| octet.is_ascii_digit()) {
            return Err(Error::NotThere);
        }
        let path: Vec<u16> = format!("\\\\.\\{name}\0").encode_utf16().collect();
        // SAFETY: `path` is text that ends with a zero and lives through the
        // call; the other pointers may be null.
        let handle = unsafe {
            CreateFileW(
                path.as_ptr(),
                GENERIC_READ | GENERIC_WRITE,
                0, // ports cannot be shared
                ptr::null(),
                OPEN_EXISTING,
                FILE_FLAG_OVERLAPPED,
                ptr::null_mut(),
            )
        };
        if handle == INVALID_HANDLE_VALUE {
            return Err(opening(&io::Error::last_os_error()));
        }
        let port = Self {
            // SAFETY: the handle is open, and nobody else's.
            handle: unsafe { OwnedHandle::from_raw_handle(handle) },
            stopped: Event::new().map_err(Error::System)?,
            read: Mutex::new(Event::new().map_err(Error::System)?),
            written: Mutex::new(Event::new().map_err(Error::System)?),
            turn: Mutex::new(0),
            discarded: Event::new().map_err(Error::System)?,
        };
        port.state().map_err(|error| match code(&error) {
            ERROR_INVALID_FUNCTION
            | ERROR_INVALID_HANDLE
            | ERROR_INVALID_PARAMETER
            | ERROR_NOT_SUPPORTED
            | ERROR_CALL_NOT_IMPLEMENTED => Error::NotALine,
            _ => using(error),
        })?;
        // SAFETY: the handle is open; a driver may ignore the sizes.
        unsafe { SetupComm(port.raw(), QUEUE_OCTETS, QUEUE_OCTETS) };
        port.set(settings)?;
        port.wait_for_one_octet()?;
        // SAFETY: the handle is open.
        if unsafe { PurgeComm(port.raw(), PURGE_RXCLEAR) } == 0 {
            return Err(using(io::Error::last_os_error()));
        }
        Ok(port)
    }

    /// Sets the line; what is on its way keeps going.
    ///
    /// # Errors
    /// [`Error::Refused`], or the system's.
    pub fn set(&self, settings: &Settings) -> Result<(), Error> {
        let mut state = self.state().map_err(using)?;
        apply(&mut state, settings);
        // SAFETY: the handle is open, and `state` is a whole DCB.
        if unsafe { SetCommState(self.raw(), &raw const state) } == 0 {
            let error = io::Error::last_os_error();
            return Err(match code(&error) {
                ERROR_INVALID_PARAMETER | ERROR_NOT_SUPPORTED => Error::Refused,
                _ => using(error),
            });
        }
        Ok(())
    }

    /// Waits until something arrives, and reads what is there. One thread at a
    /// time.
    ///
    /// # Errors
    /// [`Error::Gone`], [`Error::Stopped`], or the system's.
    pub fn read(&self, octets: &mut [u8]) -> Result<usize, Error> {
        let event = lock(&self.read);
        let [first, rest @ ..] = octets else {
            return Ok(0);
        };
        // No timeout is set: a read of nothing is the end of the line.
        if self.read_exactly(&event, std::slice::from_mut(first))? == 0 {
            return Err(if self.stopped.is_set() {
                Error::Stopped
            } else {
                Error::Gone
            });
        }
        // What came with it is read without waiting.
        let there = usize::try_from(self.queued()?.cbInQue).unwrap_or(usize::MAX);
        let there = there.min(rest.len());
        if there == 0 {
            return Ok(1);
        }
        Ok(1 + self.read_exactly(&event, &mut rest[..there])?)
    }

    fn read_exactly(&self, event: &Event, octets: &mut [u8]) -> Result<usize, Error> {
        let count = length(octets);
        let into = octets.as_mut_ptr();
        let wait = [event, &self.stopped];
        // SAFETY: `octets` is borrowed until `transfer` returns, which it does
        // not before the read has ended; so is `overlapped`, which is its own.
        self.transfer(&wait, None, |handle, overlapped| unsafe {
            ReadFile(handle, into, count, ptr::null_mut(), overlapped)
        })
    }

    /// The turn of what is to be written from now on.
    #[must_use]
    pub fn turn(&self) -> Turn {
        Turn(*lock(&self.turn))
    }

    /// Writes some of it, and waits until the driver has sent that. One thread
    /// at a time.
    ///
    /// # Errors
    /// [`Error::Gone`], [`Error::Stopped`], [`Error::Discarded`], or the
    /// system's.
    pub fn write(&self, octets: &[u8], turn: Turn) -> Result<usize, Error> {
        let event = lock(&self.written);
        let count = length(octets);
        let wait = [&*event, &self.stopped, &self.discarded];
        // SAFETY: as in `read_exactly`; what is written is only read.
        self.transfer(&wait, Some(turn), |handle, overlapped| unsafe {
            WriteFile(handle, octets.as_ptr(), count, ptr::null_mut(), overlapped)
        })
    }

    /// Starts a read or a write, and returns when it has ended; the first event
    /// tells that, each other one has it canceled.
    fn transfer(
        &self,
        wait: &[&Event],
        turn: Option<Turn>,
        start: impl FnOnce(HANDLE, *mut OVERLAPPED) -> i32,
    ) -> Result<usize, Error> {
        let mut overlapped = OVERLAPPED {
            hEvent: wait[0].raw(),
            ..OVERLAPPED::default()
        };
        let started = {
            let now = turn.map(|turn| (turn, lock(&self.turn)));
            if let Some((turn, now)) = &now {
                if turn.0 != **now {
                    return Err(Error::Discarded);
                }
                self.discarded.reset();
            }
            match start(self.raw(), &raw mut overlapped) {
                0 => Err(io::Error::last_os_error()),
                _ => Ok(()),
            }
        };
        match started {
            Ok(()) => {}
            Err(error) if code(&error) == ERROR_IO_PENDING => {
                let handles: Vec<HANDLE> = wait.iter().map(|event| event.raw()).collect();
                let count = u32::try_from(handles.len()).unwrap_or(u32::MAX);
                // SAFETY: `handles` has `count` open events.
                let woken = unsafe { WaitForMultipleObjects(count, handles.as_ptr(), 0, INFINITE) };
                if woken != WAIT_OBJECT_0 {
                    // SAFETY: the handle is open, and `overlapped` that of the
                    // transfer. One that has ended meanwhile cannot be canceled,
                    // and need not be.
                    unsafe { CancelIoEx(self.raw(), &raw const overlapped) };
                }
            }
            Err(error) => return Err(using(error)),
        }
        let mut count = 0;
        // SAFETY: the handle is open, and `overlapped` that of the transfer; with
        // the last argument the system is done with both when this returns.
        let ended =
            unsafe { GetOverlappedResult(self.raw(), &raw const overlapped, &raw mut count, 1) };
        if ended != 0 {
            return Ok(usize::try_from(count).unwrap_or(usize::MAX));
        }
        let error = io::Error::last_os_error();
        if code(&error) == ERROR_OPERATION_ABORTED {
            if self.stopped.is_set() {
                return Err(Error::Stopped);
            }
            if turn.is_some_and(|turn| turn != self.turn()) {
                return Err(Error::Discarded);
            }
        }
        Err(using(error))
    }

    /// Octets that the driver holds and has not sent.
    ///
    /// # Errors
    /// [`Error::Gone`], or the system's.
    pub fn output_waiting(&self) -> Result<u64, Error> {
        Ok(self.queued()?.cbOutQue.into())
    }

    /// Throws away what the driver has not sent, and what is being written.
    ///
    /// # Errors
    /// [`Error::Gone`], or the system's.
    pub fn discard_output(&self) -> Result<(), Error> {
        let mut turn = lock(&self.turn);
        *turn += 1;
        self.discarded.set();
        // SAFETY: the handle is open.
        if unsafe { PurgeComm(self.raw(), PURGE_TXABORT | PURGE_TXCLEAR) } == 0 {
            return Err(using(io::Error::last_os_error()));
        }
        Ok(())
    }

    /// What the wires say; `None` where there are none.
    #[must_use]
    pub fn signals(&self) -> Option<Signals> {
        let mut bits = 0;
        // SAFETY: the handle is open, and `bits` a live number.
        if unsafe { GetCommModemStatus(self.raw(), &raw mut bits) } == 0 {
            return None;
        }
        Some(Signals {
            clear_to_send: bits & MS_CTS_ON != 0,
            data_set_ready: bits & MS_DSR_ON != 0,
        })
    }

    /// Ends the read and the write that are under way, and refuses all others.
    pub fn stop(&self) {
        self.stopped.set();
    }

    /// Has a read return when the first octet is there, however late.
    fn wait_for_one_octet(&self) -> Result<(), Error> {
        let timeouts = COMMTIMEOUTS {
            ReadIntervalTimeout: 0,
            ReadTotalTimeoutMultiplier: 0,
            ReadTotalTimeoutConstant: 0,
            WriteTotalTimeoutMultiplier: 0,
            WriteTotalTimeoutConstant: 0,
        };
        // SAFETY: the handle is open, and `timeouts` is whole.
        if unsafe { SetCommTimeouts(self.raw(), &raw const timeouts) } == 0 {
            return Err(using(io::Error::last_os_error()));
        }
        Ok(())
    }

    fn state(&self) -> io::Result<DCB> {
        let mut state = DCB {
            DCBlength: u32::try_from(size_of::<DCB>()).unwrap_or_default(),
            ..DCB::default()
        };
        // SAFETY: the handle is open, and `state` says its length.
        if unsafe { GetCommState(self.raw(), &raw mut state) } == 0 {
            return Err(io::Error::last_os_error());
        }
        Ok(state)
    }

    fn queued(&self) -> Result<COMSTAT, Error> {
        let mut errors = 0;
        let mut queued = COMSTAT::default();
        // SAFETY: the handle is open; both are live and whole.
        if unsafe { ClearCommError(self.raw(), &raw mut errors, &raw mut queued) } == 0 {
            return Err(using(io::Error::last_os_error()));
        }
        if errors != 0 {
            tracing::debug!(errors, "a serial port reports errors of its line");
        }
        Ok(queued)
    }

    fn raw(&self) -> HANDLE {
        self.handle.as_raw_handle()
    }
}

/// As the system counts.
fn length(octets: &[u8]) -> u32 {
    u32::try_from(octets.len()).unwrap_or(u32::MAX)
}

/// What a mutex guards here is whole whenever it is free.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
