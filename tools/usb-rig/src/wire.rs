//! The part of USB/IP that a device speaks once it is attached.
//!
//! Submit and unlink commands from the host, and their replies. All fields are
//! big-endian; every message starts with a header of 48 octets.

use std::io::{self, Read, Write};

use rustix::io::Errno;

const CMD_SUBMIT: u32 = 1;
const CMD_UNLINK: u32 = 2;
const RET_SUBMIT: u32 = 3;
const RET_UNLINK: u32 = 4;
const HEADER_OCTETS: usize = 48;
/// Larger than any transfer a test makes; guards against a broken peer.
const TRANSFER_OCTETS_MAX: u32 = 64 << 20;

/// How a transfer ended, as the host's USB core is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ending {
    /// As asked. Of an unlink: there was nothing left to end.
    Done,
    /// The endpoint is halted.
    Stalled,
    /// The host gave up on it before it was done.
    Unlinked,
}

impl Ending {
    /// The status field: an error number, negated.
    fn status(self) -> i32 {
        match self {
            Self::Done => 0,
            Self::Stalled => -Errno::PIPE.raw_os_error(),
            Self::Unlinked => -Errno::CONNRESET.raw_os_error(),
        }
    }
}

/// One transfer that the host asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Submit {
    pub(crate) sequence: u32,
    /// Endpoint number without the direction bit.
    pub(crate) endpoint: u8,
    pub(crate) to_host: bool,
    /// Room for IN transfers, length of the data for OUT transfers.
    pub(crate) octets: u32,
    pub(crate) setup: [u8; 8],
    pub(crate) data: Vec<u8>,
}

/// What the host says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Command {
    Submit(Submit),
    /// Give up the transfer `target`.
    Unlink {
        sequence: u32,
        target: u32,
    },
}

/// Reads one command, or `None` when the host closed the connection.
pub(crate) fn read_command(from: &mut impl Read) -> io::Result<Option<Command>> {
    let mut header = [0; HEADER_OCTETS];
    match from.read_exact(&mut header) {
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
        other => other?,
    }
    let refuse = |problem: String| io::Error::new(io::ErrorKind::InvalidData, problem);
    let sequence = word(&header, 4);
    match word(&header, 0) {
        CMD_SUBMIT => {
            let octets = word(&header, 24);
            if octets > TRANSFER_OCTETS_MAX {
                return Err(refuse(format!("a transfer of {octets} octets is too long")));
            }
            let to_host = word(&header, 12) == 1;
            let mut data = Vec::new();
            if !to_host {
                data.resize(octets as usize, 0);
                from.read_exact(&mut data)?;
            }
            let mut setup = [0; 8];
            setup.copy_from_slice(&header[40..48]);
            let [.., endpoint] = word(&header, 16).to_be_bytes();
            Ok(Some(Command::Submit(Submit {
                sequence,
                endpoint: endpoint & 0x0f,
                to_host,
                octets,
                setup,
                data,
            })))
        }
        CMD_UNLINK => Ok(Some(Command::Unlink {
            sequence,
            target: word(&header, 20),
        })),
        other => Err(refuse(format!("unknown USB/IP command {other:#x}"))),
    }
}

fn word(header: &[u8; HEADER_OCTETS], at: usize) -> u32 {
    u32::from_be_bytes([header[at], header[at + 1], header[at + 2], header[at + 3]])
}

/// Completes an OUT transfer that moved so many octets.
pub(crate) fn complete_out(
    to: &mut impl Write,
    sequence: u32,
    ending: Ending,
    octets: usize,
) -> io::Result<()> {
    to.write_all(&reply(RET_SUBMIT, sequence, ending, octets)?)
}

/// Completes an IN transfer with `data`.
pub(crate) fn complete_in(
    to: &mut impl Write,
    sequence: u32,
    ending: Ending,
    data: &[u8],
) -> io::Result<()> {
    let mut message = reply(RET_SUBMIT, sequence, ending, data.len())?;
    message.extend(data);
    to.write_all(&message)
}

/// Answers an unlink.
pub(crate) fn complete_unlink(
    to: &mut impl Write,
    sequence: u32,
    ending: Ending,
) -> io::Result<()> {
    to.write_all(&reply(RET_UNLINK, sequence, ending, 0)?)
}

fn reply(kind: u32, sequence: u32, ending: Ending, octets: usize) -> io::Result<Vec<u8>> {
    let octets = u32::try_from(octets).map_err(io::Error::other)?;
    let mut message = Vec::with_capacity(HEADER_OCTETS);
    message.extend(kind.to_be_bytes());
    message.extend(sequence.to_be_bytes());
    // Device, direction and endpoint are not used in replies.
    message.extend([0; 12]);
    message.extend(ending.status().to_be_bytes());
    message.extend(octets.to_be_bytes());
    message.resize(HEADER_OCTETS, 0);
    Ok(message)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn submit(to_host: bool, endpoint: u32, octets: u32, data: &[u8]) -> Vec<u8> {
        let mut message = Vec::new();
        let direction = u32::from(to_host);
        for word in [
            CMD_SUBMIT, 7, 0x10002, direction, endpoint, 0, octets, 0, 0, 0,
        ] {
            message.extend(word.to_be_bytes());
        }
        message.extend([0xa1, 0, 0, 0, 0, 0, 0, 4]);
        message.extend(data);
        message
    }

    fn read(octets: &[u8]) -> Submit {
        match read_command(&mut &octets[..]).unwrap() {
            Some(Command::Submit(submit)) => submit,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn an_out_transfer_carries_its_data() {
        let submit = read(&submit(false, 1, 3, b"abc"));
        assert_eq!((submit.sequence, submit.endpoint), (7, 1));
        assert_eq!(
            (submit.to_host, submit.data.as_slice()),
            (false, &b"abc"[..])
        );
    }

    #[test]
    fn an_in_transfer_has_room_but_no_data() {
        let submit = read(&submit(true, 2, 512, b""));
        assert_eq!(
            (submit.endpoint, submit.to_host, submit.octets),
            (2, true, 512)
        );
        assert_eq!((submit.data.len(), submit.setup[0]), (0, 0xa1));
    }

    #[test]
    fn the_end_of_the_stream_is_no_error_but_a_cut_transfer_is() {
        assert_eq!(read_command(&mut [].as_slice()).unwrap(), None);
        assert!(read_command(&mut submit(false, 1, 3, b"a").as_slice()).is_err());
        assert!(read_command(&mut submit(false, 1, u32::MAX, b"").as_slice()).is_err());
    }

    #[test]
    fn a_reply_is_a_header_and_the_data() {
        let mut out = Vec::new();
        complete_in(&mut out, 9, Ending::Done, b"hi").unwrap();
        assert_eq!(out.len(), HEADER_OCTETS + 2);
        assert_eq!(&out[0..8], &[0, 0, 0, 3, 0, 0, 0, 9]);
        assert_eq!(&out[20..28], &[0, 0, 0, 0, 0, 0, 0, 2]);
        assert_eq!(&out[48..], b"hi");

        let mut out = Vec::new();
        complete_out(&mut out, 9, Ending::Stalled, 0).unwrap();
        assert_eq!(i32::from_be_bytes(out[20..24].try_into().unwrap()), -32);

        let mut out = Vec::new();
        complete_unlink(&mut out, 9, Ending::Unlinked).unwrap();
        assert_eq!(&out[0..4], &[0, 0, 0, 4]);
        assert_eq!(out.len(), HEADER_OCTETS);
    }
}
