//! How a port is set, and how Windows writes that down (`DCB`).

use windows_sys::Win32::Devices::Communication::{
    DCB, EVENPARITY, MARKPARITY, NOPARITY, ODDPARITY, ONE5STOPBITS, ONESTOPBIT, SPACEPARITY,
    TWOSTOPBITS,
};

/// XOFF and XON as every device has them.
const XON: i8 = 0x11;
const XOFF: i8 = 0x13;
/// When the driver tells the device to wait, and to go on: a quarter of its
/// queue.
const FLOW_LIMIT_OCTETS: u16 = 1024;

/// The bit that checks the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Parity {
    None,
    Even,
    Odd,
    Mark,
    Space,
}

/// Bits between characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum StopBits {
    One,
    OneAndHalf,
    Two,
}

/// How a port is set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settings {
    /// Symbols each second; `None`: as the driver has it.
    pub baud: Option<u32>,
    /// Bits of one character, 5 to 8.
    pub data_bits: u8,
    /// The bit that checks the others.
    pub parity: Parity,
    /// Bits between characters.
    pub stop_bits: StopBits,
    /// Flow control by wires, both ways.
    pub rts_cts: bool,
    /// The device's XOFF holds us.
    pub xon_xoff_out: bool,
    /// Our XOFF holds the device.
    pub xon_xoff_in: bool,
}

/// The bits of [`DCB`] that C calls `fBinary` and so on.
mod bits {
    pub(super) const BINARY: u32 = 1;
    pub(super) const PARITY: u32 = 1 << 1;
    pub(super) const OUT_CTS: u32 = 1 << 2;
    pub(super) const DTR_ENABLE: u32 = 1 << 4;
    /// We may send although we told the device to wait.
    pub(super) const SEND_AFTER_XOFF: u32 = 1 << 7;
    pub(super) const OUT_XON: u32 = 1 << 8;
    pub(super) const IN_XON: u32 = 1 << 9;
    pub(super) const ERROR_CHARACTER: u32 = 1 << 10;
    pub(super) const RTS_ENABLE: u32 = 1 << 12;
    pub(super) const RTS_HANDSHAKE: u32 = 2 << 12;
}

pub(super) fn apply(state: &mut DCB, settings: &Settings) {
    if let Some(baud) = settings.baud {
        state.BaudRate = baud;
    }
    state.ByteSize = settings.data_bits;
    state.Parity = match settings.parity {
        Parity::None => NOPARITY,
        Parity::Even => EVENPARITY,
        Parity::Odd => ODDPARITY,
        Parity::Mark => MARKPARITY,
        Parity::Space => SPACEPARITY,
    };
    state.StopBits = match settings.stop_bits {
        StopBits::One => ONESTOPBIT,
        StopBits::OneAndHalf => ONE5STOPBITS,
        StopBits::Two => TWOSTOPBITS,
    };
    let mut bits = bits::BINARY | bits::DTR_ENABLE | bits::SEND_AFTER_XOFF;
    if settings.parity != Parity::None {
        // A character whose parity is wrong is read as zero: dropped, it would
        // make 1.5 of 12.5.
        bits |= bits::PARITY | bits::ERROR_CHARACTER;
        state.ErrorChar = 0;
    }
    bits |= if settings.rts_cts {
        bits::OUT_CTS | bits::RTS_HANDSHAKE
    } else {
        bits::RTS_ENABLE
    };
    if settings.xon_xoff_out {
        bits |= bits::OUT_XON;
    }
    if settings.xon_xoff_in {
        bits |= bits::IN_XON;
    }
    state._bitfield = bits;
    state.XonChar = XON;
    state.XoffChar = XOFF;
    state.XonLim = FLOW_LIMIT_OCTETS;
    state.XoffLim = FLOW_LIMIT_OCTETS;
}
