//! What the bridge and `platen-spooler` say to each other over a pipe.
//!
//! A frame is `[length: u32, big endian][kind: u8][payload]`, the length being
//! that of the payload. A call is one JSON frame; a document follows it in
//! chunks, closed by an end frame. Answers are JSON frames, in the order of
//! the calls. Neither side believes a length before it has checked it. This
//! crate does no I/O but on the readers and writers it is given.

mod message;

use std::io::{self, Read, Write};

pub use message::{Answer, Call, Failure, PrinterCondition, SpoolerJob, SystemPrinter};

/// Octets of a frame before its payload.
pub const HEAD_OCTETS: usize = 5;

/// No payload is longer: room for a list of a thousand printers.
pub const PAYLOAD_OCTETS_MAX: usize = 1024 * 1024;

/// What a frame's payload is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FrameKind {
    /// A [`Call`], in JSON.
    Call,
    /// Octets of the document.
    Chunk,
    /// The document is whole; no payload.
    End,
    /// An [`Answer`], in JSON.
    Answer,
}

/// What arrived is no frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FrameError {
    /// A kind without a name.
    #[error("a frame has the unknown kind {0}; both programs must come from one release")]
    UnknownKind(u8),
    /// Longer than [`PAYLOAD_OCTETS_MAX`].
    #[error("a frame of {0} octets is longer than {PAYLOAD_OCTETS_MAX}; send less at once")]
    TooLong(u64),
}

impl From<FrameError> for io::Error {
    fn from(error: FrameError) -> Self {
        Self::new(io::ErrorKind::InvalidData, error)
    }
}

impl FrameKind {
    const ALL: [Self; 4] = [Self::Call, Self::Chunk, Self::End, Self::Answer];

    fn number(self) -> u8 {
        match self {
            Self::Call => 1,
            Self::Chunk => 2,
            Self::End => 3,
            Self::Answer => 4,
        }
    }
}

/// The head of a frame of this kind and length.
///
/// # Errors
/// When the payload is too long.
pub fn frame_head(kind: FrameKind, payload: usize) -> Result<[u8; HEAD_OCTETS], FrameError> {
    let too_long = FrameError::TooLong(payload as u64);
    if payload > PAYLOAD_OCTETS_MAX {
        return Err(too_long);
    }
    let [a, b, c, d] = u32::try_from(payload).map_err(|_| too_long)?.to_be_bytes();
    Ok([a, b, c, d, kind.number()])
}

/// Kind and payload length of the frame with this head.
///
/// # Errors
/// When no frame of ours starts like that.
pub fn read_frame_head(head: [u8; HEAD_OCTETS]) -> Result<(FrameKind, usize), FrameError> {
    let [a, b, c, d, number] = head;
    let length = u32::from_be_bytes([a, b, c, d]);
    let kind = FrameKind::ALL
        .into_iter()
        .find(|kind| kind.number() == number)
        .ok_or(FrameError::UnknownKind(number))?;
    usize::try_from(length)
        .ok()
        .filter(|length| *length <= PAYLOAD_OCTETS_MAX)
        .map(|length| (kind, length))
        .ok_or(FrameError::TooLong(u64::from(length)))
}

/// Reads one frame, blocking; `None` when the other side has closed the pipe
/// between two frames.
///
/// # Errors
/// When the pipe breaks, closes inside a frame, or carries something else.
pub fn read_frame(from: &mut impl Read) -> io::Result<Option<(FrameKind, Vec<u8>)>> {
    let mut head = [0; HEAD_OCTETS];
    let mut filled = 0;
    while filled < HEAD_OCTETS {
        match from.read(&mut head[filled..]) {
            Ok(0) if filled == 0 => return Ok(None),
            Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(octets) => filled += octets,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    let (kind, length) = read_frame_head(head)?;
    let mut payload = vec![0; length];
    from.read_exact(&mut payload)?;
    Ok(Some((kind, payload)))
}

/// Writes one frame, blocking, and flushes it.
///
/// # Errors
/// When the pipe is broken or the payload too long.
pub fn write_frame(to: &mut impl Write, kind: FrameKind, payload: &[u8]) -> io::Result<()> {
    to.write_all(&frame_head(kind, payload.len())?)?;
    to.write_all(payload)?;
    to.flush()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn frames_come_out_as_they_went_in() {
        let mut pipe = Vec::new();
        write_frame(&mut pipe, FrameKind::Call, b"{}").unwrap();
        write_frame(&mut pipe, FrameKind::Chunk, &[0, 255]).unwrap();
        write_frame(&mut pipe, FrameKind::End, &[]).unwrap();
        let mut read = pipe.as_slice();
        for expected in [
            (FrameKind::Call, b"{}".to_vec()),
            (FrameKind::Chunk, vec![0, 255]),
            (FrameKind::End, vec![]),
        ] {
            assert_eq!(read_frame(&mut read).unwrap(), Some(expected));
        }
        assert_eq!(read_frame(&mut read).unwrap(), None);
    }

    #[test]
    fn a_frame_that_is_too_long_is_refused_before_it_is_read() {
        let head = [0xff, 0xff, 0xff, 0xff, 2];
        assert_eq!(
            read_frame_head(head),
            Err(FrameError::TooLong(u64::from(u32::MAX)))
        );
        assert!(frame_head(FrameKind::Chunk, PAYLOAD_OCTETS_MAX + 1).is_err());
    }

    #[test]
    fn a_pipe_that_closes_inside_a_frame_is_an_error() {
        let mut pipe = Vec::new();
        write_frame(&mut pipe, FrameKind::Chunk, b"abc").unwrap();
        for cut in 1..pipe.len() {
            assert!(read_frame(&mut &pipe[..cut]).is_err(), "cut at {cut}");
        }
    }

    proptest! {
        /// Whatever comes out of the pipe, reading it ends without a panic.
        #[test]
        fn nothing_in_the_pipe_panics(octets: Vec<u8>) {
            let mut read = octets.as_slice();
            while let Ok(Some((kind, payload))) = read_frame(&mut read) {
                match kind {
                    FrameKind::Call => drop(Call::from_json(&payload)),
                    FrameKind::Answer => drop(Answer::from_json(&payload)),
                    FrameKind::Chunk | FrameKind::End => {}
                }
            }
        }
    }
}
