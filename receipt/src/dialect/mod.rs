//! Printer languages besides ESC/POS, as far as one must read them to know
//! what a job says.
//!
//! A job of another language becomes the ESC/POS commands that do the same,
//! each with the octets it came from: laying out, drawing and telling facts are
//! then the same for all. [`Dialect::of`] recognizes the language by itself.

mod star;
mod zpl;

use crate::command::Command;
use crate::encode::encode;
use crate::layout::{Document, Layout};
use crate::limits::Limits;
use crate::parse::{Located, parse, parse_each};
use crate::profile::Profile;

/// The language of a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Dialect {
    /// ESC/POS, of Epson and most others.
    EscPos,
    /// Star line mode and StarPRNT.
    Star,
    /// ZPL, of Zebra label printers.
    Zpl,
}

/// A stretch of a job in another language, and the ESC/POS commands that do
/// the same.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Translated {
    /// Offset of its first octet in the job.
    offset: usize,
    /// How many octets it takes.
    octets: usize,
    /// What it does; empty where that is nothing one sees.
    commands: Vec<Command>,
}

/// Octets looked at to tell the language: a job says it early.
const LOOKED_AT: usize = 16 * 1024;

impl Dialect {
    /// The language a job looks like; ESC/POS when nothing speaks for another.
    ///
    /// ```
    /// use platen_receipt::Dialect;
    ///
    /// assert_eq!(Dialect::of(b"\x1b@Tea\n\x1dV\x00"), Dialect::EscPos);
    /// assert_eq!(Dialect::of(b"\x1b@\x1b\x1da\x01Tea\n\x1bd\x03"), Dialect::Star);
    /// assert_eq!(Dialect::of(b"^XA^FDTea^FS^XZ"), Dialect::Zpl);
    /// ```
    #[must_use]
    pub fn of(job: &[u8]) -> Self {
        let start = &job[..job.len().min(LOOKED_AT)];
        if zpl::speaks(start) {
            Self::Zpl
        } else if star::speaks(start) {
            Self::Star
        } else {
            Self::EscPos
        }
    }

    /// The profile of a printer that speaks this language: Star numbers its code
    /// tables otherwise, and labels may be wider than receipts.
    #[must_use]
    pub fn profile(self, profile: Profile) -> Profile {
        match self {
            Self::EscPos => profile,
            Self::Star => star::profile(profile),
            Self::Zpl => zpl::profile(profile),
        }
    }

    /// Lays out a job of this language for a printer of such a
    /// [`profile`](Self::profile).
    #[must_use]
    pub fn document(self, job: &[u8], profile: &Profile, limits: Limits) -> Document {
        match self {
            Self::EscPos => {
                let mut layout = Layout::new(profile, limits);
                let findings = parse_each(job, limits, |located| layout.apply(located));
                let mut document = layout.finish();
                document.findings.join(findings, &limits);
                document
            }
            Self::Star => lay_out_translated(&star::translate(job), profile, limits),
            Self::Zpl => lay_out_translated(&zpl::translate(job), profile, limits),
        }
    }

    /// Takes a job apart and puts it together again.
    #[must_use]
    pub fn reencode(self, job: &[u8]) -> Vec<u8> {
        let pieces = match self {
            Self::EscPos => return encode(&parse(job).commands),
            Self::Star => star::translate(job),
            Self::Zpl => zpl::translate(job),
        };
        let mut out = Vec::with_capacity(job.len());
        for piece in pieces {
            out.extend_from_slice(&job[piece.offset..piece.offset + piece.octets]);
        }
        out
    }
}

fn lay_out_translated(pieces: &[Translated], profile: &Profile, limits: Limits) -> Document {
    let mut layout = Layout::new(profile, limits);
    for piece in pieces {
        for command in &piece.commands {
            layout.apply(Located {
                offset: piece.offset as u64,
                command: command.clone(),
            });
        }
    }
    layout.finish()
}

/// Reads a job octet by octet; `None` at its end.
struct Reader<'a> {
    job: &'a [u8],
    position: usize,
}

impl<'a> Reader<'a> {
    fn new(job: &'a [u8]) -> Self {
        Self { job, position: 0 }
    }

    fn peek(&self) -> Option<u8> {
        self.job.get(self.position).copied()
    }

    fn byte(&mut self) -> Option<u8> {
        let byte = self.peek()?;
        self.position += 1;
        Some(byte)
    }

    fn word(&mut self) -> Option<u16> {
        Some(u16::from_le_bytes([self.byte()?, self.byte()?]))
    }

    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let end = self.position.checked_add(count)?;
        let taken = self.job.get(self.position..end)?;
        self.position = end;
        Some(taken)
    }

    /// What stands before `end`, which is read too.
    fn until(&mut self, end: u8) -> Option<&'a [u8]> {
        let rest = &self.job[self.position..];
        let length = rest.iter().position(|&byte| byte == end)?;
        self.position += length + 1;
        Some(&rest[..length])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_language_is_told_by_the_first_command_that_only_it_has() {
        for (job, expected) in [
            (b"".as_slice(), Dialect::EscPos),
            (b"plain text\n", Dialect::EscPos),
            (b"\x1b@\x1d!\x11x\x1b\x1da\x01", Dialect::EscPos),
            (b"\x1b@\x1b\x1da\x01x\x1d!\x11", Dialect::Star),
            (b"\x1b\x1eF\x01Tea\n\x1bd\x02", Dialect::Star),
            (b"\x1b*rA\x1b*rP0\x00b\x01\x00\xff", Dialect::Star),
            (b"\x1b*\x21\x01\x00abc\n\x1dVA\x00", Dialect::EscPos),
            (b"\r\n^XA^FO0,0^FDx^FS^XZ", Dialect::Zpl),
            (b"~DGR:LOGO.GRF,8,1,FF^XA^XZ", Dialect::Zpl),
            (b"^ no label\n", Dialect::EscPos),
        ] {
            assert_eq!(Dialect::of(job), expected, "{job:?}");
        }
    }

    proptest! {
        /// Whatever arrives, no octet is lost, and nothing panics.
        #[test]
        fn every_language_comes_back_byte_for_byte(
            job in prop::collection::vec(
                prop_oneof![
                    any::<u8>(),
                    prop::sample::select(b"\x1b\x1b\x1b\x1d\x1e^^~\x07*rAbkKSXdiay".to_vec()),
                    0u8..3,
                ],
                0..200,
            )
        ) {
            for dialect in [Dialect::EscPos, Dialect::Star, Dialect::Zpl] {
                prop_assert_eq!(dialect.reencode(&job), job.clone());
                let _ = dialect.document(&job, &Profile::default(), Limits::default());
            }
        }
    }
}
