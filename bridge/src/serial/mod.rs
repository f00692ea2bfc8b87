//! Serial lines: which ports there are, how they are set, and the octets on
//! them.
//!
//! Knows no page, no printer and no scale: [`SerialLine`] is one open port,
//! [`list`] names the ports of this machine, and [`Framer`] cuts what arrives
//! into frames (pure, no clock). A line is held by one program at a time;
//! "in use" and "unplugged" are different errors and never confused. The system
//! is spoken to directly (`unix.rs`, `windows.rs`): the crate there is for it is
//! under a license of its own and brings a second copy of two others.

mod framing;
mod port;
mod settings;
#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;

#[cfg(test)]
#[cfg(unix)]
pub(crate) mod pair;

use std::io;

pub use framing::{
    Body, Endian, FRAME_OCTETS_MAX, Field, Frame, Framed, Framer, Framing, FramingError,
};
pub use port::{PortInfo, PortName, PortNameError, UsbAdapter, list, look_up};
pub use settings::{BaudRate, DataBits, FlowControl, LineSettings, Parity, SettingError, StopBits};
#[cfg(unix)]
pub use unix::{SerialLine, Signals};
#[cfg(windows)]
pub use windows::{SerialLine, Signals};

/// Why a line cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SerialError {
    /// Another program has it, or another part of this one.
    #[error("another program uses it; close that one, then try again")]
    InUse,
    /// No such port.
    #[error("there is no such port; plug it in, or name one that is there")]
    NotThere,
    /// The system does not let us.
    #[error(
        "the agent may not use it; let its user do so (on many systems that is the group `dialout`)"
    )]
    NotAllowed,
    /// It is something else.
    #[error("it is no serial port")]
    NotALine,
    /// The port cannot do that.
    #[error("the port does not know {0}; choose another value")]
    Setting(&'static str),
    /// It was there, and is no more.
    #[error("it was unplugged")]
    Gone,
    /// It takes nothing: its flow control says so, or nobody is there.
    #[error("the device takes nothing; switch it on, or check its flow control")]
    Held,
    /// Anything else that the system says.
    #[error("the system reports an error")]
    System(#[source] io::Error),
}
