//! Codes as compatible printers take them, where Epson's commands leave room.
//!
//! Only what no Epson printer would read otherwise stands here: such a command
//! can be read whatever the printer is.

use super::argument::{Argument, DrawerPin, QrErrorCorrection, Symbology};
use super::barcode::BarcodeSymbology;
use super::control::{ESC, GS, NUL};

/// A two-dimensional code with everything it needs, in one command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum VendorSymbol {
    /// `ESC Z m n k dL dH d` — the code that `GS Z` selected: version or
    /// columns, error correction, module size.
    Selected {
        /// m, n and k.
        arguments: [u8; 3],
        /// The data.
        data: Vec<u8>,
    },
    /// `GS k 81 e s v m dL dH d` — QR (Bematech).
    WithLength {
        /// Error correction, module size, version and mode.
        arguments: [u8; 4],
        /// The data.
        data: Vec<u8>,
    },
    /// `GS k 11 d NUL` — QR (Elgin); the data begin with error correction,
    /// mode and a comma.
    WithNul(Vec<u8>),
    /// `ESC 81h nL nH s e d` — QR (Daruma); the length counts s and e.
    AfterSize {
        /// Module size and error correction.
        arguments: [u8; 2],
        /// The data.
        data: Vec<u8>,
    },
    /// `GS p 1 m e v k nL nH d` — QR (Seiko).
    WithModel {
        /// Model, error correction, version and mode.
        arguments: [u8; 4],
        /// The data.
        data: Vec<u8>,
    },
}

impl VendorSymbol {
    /// Writes the whole command.
    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        match self {
            Self::Selected { arguments, data } => {
                out.extend([ESC, b'Z']);
                out.extend(arguments);
                counted(out, data);
            }
            Self::WithLength { arguments, data } => {
                out.extend([GS, b'k', 81]);
                out.extend(arguments);
                counted(out, data);
            }
            Self::WithNul(data) => {
                out.extend([GS, b'k', 11]);
                out.extend_from_slice(data);
                out.push(NUL);
            }
            Self::AfterSize { arguments, data } => {
                out.extend([ESC, 0x81]);
                let octets = u16::try_from(data.len() + arguments.len()).unwrap_or(u16::MAX);
                out.extend(octets.to_le_bytes());
                out.extend(arguments);
                out.extend_from_slice(data);
            }
            Self::WithModel { arguments, data } => {
                out.extend([GS, b'p', 1]);
                out.extend(arguments);
                counted(out, data);
            }
        }
    }

    /// The data as a reader of the code gives them.
    #[must_use]
    pub fn data(&self) -> &[u8] {
        match self {
            // One library counts a NUL and the line end after the data.
            Self::WithLength { data, .. } => match data.as_slice() {
                [text @ .., 0, b'\r', b'\n'] => text,
                whole => whole,
            },
            Self::Selected { data, .. }
            | Self::AfterSize { data, .. }
            | Self::WithModel { data, .. } => data,
            Self::WithNul(data) => match data.as_slice() {
                [_, _, b',', rest @ ..] => rest,
                whole => whole,
            },
        }
    }

    /// Dots a module, where the command says it.
    #[must_use]
    pub fn module_dots(&self) -> Option<u8> {
        let dots = match self {
            Self::Selected { arguments, .. } => arguments[2],
            Self::WithLength { arguments, .. } => arguments[1],
            Self::AfterSize { arguments, .. } => arguments[0],
            Self::WithNul(_) | Self::WithModel { .. } => 0,
        };
        (dots > 0).then(|| dots.min(16))
    }

    /// How much may be damaged, where the command says it.
    #[must_use]
    pub fn error_correction(&self) -> Option<QrErrorCorrection> {
        let letter = match self {
            Self::Selected { arguments, .. } => arguments[1],
            Self::WithModel { arguments, .. } => arguments[1],
            Self::AfterSize { arguments, .. } => arguments[1],
            Self::WithLength { arguments, .. } => b"LMQH"[usize::from(arguments[0] & 3)],
            Self::WithNul(data) => *data.first()?,
        };
        match letter {
            b'L' => Some(QrErrorCorrection::L),
            b'M' => Some(QrErrorCorrection::M),
            b'Q' => Some(QrErrorCorrection::Q),
            b'H' => Some(QrErrorCorrection::H),
            _ => None,
        }
    }
}

/// A drawer pulse as compatible printers take it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VendorPulse {
    /// n of `ESC v n` (Bematech, Elgin). `ESC v` stands before it as a command
    /// of its own: Epson's asks about the paper and takes no argument.
    First {
        /// Milliseconds on.
        on_ms: u8,
    },
    /// `ESC 80h n` (Bematech).
    Second {
        /// Milliseconds on.
        on_ms: u8,
    },
    /// `ESC & m t1 t2` (Diebold).
    WithTimes {
        /// m: which drawer.
        pin: Argument<DrawerPin>,
        /// On for this many times 2 ms.
        on: u8,
        /// Off for this many times 2 ms.
        off: u8,
    },
}

impl VendorPulse {
    /// Writes the whole command.
    pub(crate) fn write(self, out: &mut Vec<u8>) {
        match self {
            Self::First { on_ms } => out.push(on_ms),
            Self::Second { on_ms } => out.extend([ESC, 0x80, on_ms]),
            Self::WithTimes { pin, on, off } => out.extend([ESC, b'&', pin.byte(), on, off]),
        }
    }

    /// Which drawer.
    #[must_use]
    pub fn pin(self) -> Option<DrawerPin> {
        match self {
            Self::First { .. } => Some(DrawerPin::Pin2),
            Self::Second { .. } => Some(DrawerPin::Pin5),
            Self::WithTimes { pin, .. } => pin.meaning(),
        }
    }

    /// Milliseconds on and, where the command says it, off.
    #[must_use]
    pub fn times_ms(self) -> (u32, u32) {
        match self {
            Self::First { on_ms } | Self::Second { on_ms } => (on_ms.into(), 0),
            Self::WithTimes { on, off, .. } => (u32::from(on) * 2, u32::from(off) * 2),
        }
    }
}

/// The code that `GS Z n` selects for `ESC Z`.
pub(crate) fn selected_symbology(n: u8) -> Option<Symbology> {
    match n {
        0 => Some(Symbology::Pdf417),
        1 => Some(Symbology::DataMatrix),
        2 => Some(Symbology::Qr),
        _ => None,
    }
}

/// The code that the first argument of `ESC b` names (Daruma).
pub(crate) fn daruma_symbology(n: u8) -> Option<BarcodeSymbology> {
    match n {
        1 => Some(BarcodeSymbology::Ean13),
        2 => Some(BarcodeSymbology::Ean8),
        4 => Some(BarcodeSymbology::Itf),
        5 => Some(BarcodeSymbology::Code128Auto),
        6 => Some(BarcodeSymbology::Code39),
        7 => Some(BarcodeSymbology::Code93),
        8 => Some(BarcodeSymbology::UpcA),
        9 => Some(BarcodeSymbology::Codabar),
        _ => None,
    }
}

fn counted(out: &mut Vec<u8>, data: &[u8]) {
    let octets = u16::try_from(data.len()).unwrap_or(u16::MAX);
    out.extend(octets.to_le_bytes());
    out.extend_from_slice(data);
}
