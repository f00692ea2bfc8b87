//! Real-time commands, found while octets arrive.
//!
//! A printer obeys them as they come in, before what is already in its buffer,
//! and wherever they stand: also inside a picture that happens to hold these
//! octets. They stay in the stream, where they mean nothing a second time.

const DLE: u8 = 0x10;
const EOT: u8 = 0x04;
const ENQ: u8 = 0x05;
const DC4: u8 = 0x14;

/// `DLE DC4 8` takes these, so that it is not sent by accident.
const CLEAR_ARGUMENTS: [u8; 7] = [1, 3, 20, 1, 6, 2, 8];

/// `GS ( H` function 48, before its four octets of process id.
const PROCESS_ID: [u8; 7] = [0x1D, 0x28, 0x48, 0x06, 0x00, 0x30, 0x30];

/// The longest of them.
const SEQUENCE_OCTETS_MAX: usize = 11;

/// What is obeyed on arrival.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RealTime {
    /// `DLE EOT n` — transmit status.
    TransmitStatus(u8),
    /// `DLE ENQ 1` — recover, and print on.
    Recover,
    /// `DLE ENQ 2` — clear the buffers, and recover.
    ClearAndRecover,
    /// `DLE DC4 1 m t` — kick a drawer.
    Pulse,
    /// `DLE DC4 2 1 8` — switch off.
    PowerOff,
    /// `DLE DC4 7 1` — transmit the four octets of automatic status.
    TransmitAutomaticStatus,
    /// `DLE DC4 8 ...` — clear the buffers, recover, and say so.
    ClearAndTell,
    /// `GS ( H` function 48 has arrived. Not obeyed on arrival: it marks the
    /// end of a job.
    ProcessIdAsked,
}

impl RealTime {
    /// Octets it took in the stream, where it takes no room in the buffer.
    pub(crate) fn octets(self) -> usize {
        match self {
            Self::TransmitStatus(_) | Self::Recover | Self::ClearAndRecover => 3,
            Self::TransmitAutomaticStatus => 4,
            Self::Pulse | Self::PowerOff => 5,
            Self::ClearAndTell => 10,
            Self::ProcessIdAsked => 0,
        }
    }
}

/// Looks at octets one by one.
#[derive(Debug, Default)]
pub(crate) struct Scanner {
    /// What has come of a sequence that may still become one.
    begun: Vec<u8>,
}

/// What the octets so far are.
enum Reading {
    Found(RealTime),
    Unfinished,
    Nothing,
}

impl Scanner {
    /// Takes the next octet; says what it completed.
    pub(crate) fn take(&mut self, octet: u8) -> Option<RealTime> {
        self.begun.push(octet);
        while !self.begun.is_empty() {
            match read(&self.begun) {
                Reading::Found(found) => {
                    self.begun.clear();
                    return Some(found);
                }
                Reading::Unfinished => return None,
                // The sequence may begin anew inside what was no sequence.
                Reading::Nothing => drop(self.begun.remove(0)),
            }
        }
        None
    }
}

fn read(octets: &[u8]) -> Reading {
    debug_assert!(octets.len() <= SEQUENCE_OCTETS_MAX, "each ends by then");
    match octets {
        [DLE, EOT, n @ 1..=4] => Reading::Found(RealTime::TransmitStatus(*n)),
        [DLE, ENQ, 1] => Reading::Found(RealTime::Recover),
        [DLE, ENQ, 2] => Reading::Found(RealTime::ClearAndRecover),
        [DLE, DC4, 1, 0 | 1, 1..=8] => Reading::Found(RealTime::Pulse),
        [DLE, DC4, 2, 1, 8] => Reading::Found(RealTime::PowerOff),
        [DLE, DC4, 7, 1] => Reading::Found(RealTime::TransmitAutomaticStatus),
        [DLE, DC4, 8, arguments @ ..] if *arguments == CLEAR_ARGUMENTS => {
            Reading::Found(RealTime::ClearAndTell)
        }
        [DLE]
        | [DLE, EOT | ENQ | DC4]
        | [DLE, DC4, 1 | 2 | 7]
        | [DLE, DC4, 1, 0 | 1]
        | [DLE, DC4, 2, 1] => Reading::Unfinished,
        [DLE, DC4, 8, arguments @ ..] if CLEAR_ARGUMENTS.starts_with(arguments) => {
            Reading::Unfinished
        }
        _ if octets.len() == SEQUENCE_OCTETS_MAX && octets.starts_with(&PROCESS_ID) => {
            Reading::Found(RealTime::ProcessIdAsked)
        }
        _ if octets.starts_with(&PROCESS_ID) || PROCESS_ID.starts_with(octets) => {
            Reading::Unfinished
        }
        _ => Reading::Nothing,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn scan(octets: &[u8]) -> Vec<RealTime> {
        let mut scanner = Scanner::default();
        octets
            .iter()
            .filter_map(|&octet| scanner.take(octet))
            .collect()
    }

    #[test]
    fn every_real_time_command_is_found_between_other_octets() {
        for (octets, expected) in [
            (&b"A\x10\x04\x01B"[..], RealTime::TransmitStatus(1)),
            (b"\x10\x04\x04", RealTime::TransmitStatus(4)),
            (b"\x10\x05\x01", RealTime::Recover),
            (b"\x10\x05\x02", RealTime::ClearAndRecover),
            (b"\x10\x14\x01\x00\x01", RealTime::Pulse),
            (b"\x10\x14\x02\x01\x08", RealTime::PowerOff),
            (b"\x10\x14\x07\x01", RealTime::TransmitAutomaticStatus),
            (
                b"\x10\x14\x08\x01\x03\x14\x01\x06\x02\x08",
                RealTime::ClearAndTell,
            ),
            (b"\x1d(H\x06\x0000ABCD", RealTime::ProcessIdAsked),
        ] {
            assert_eq!(scan(octets), [expected], "{octets:x?}");
        }
    }

    #[test]
    fn what_only_begins_like_one_is_none_and_hides_none() {
        assert_eq!(scan(b"\x10\x04\x09\x10\x06\x10\x14\x08\x01\x04"), []);
        assert_eq!(scan(b"\x10\x10\x04\x01"), [RealTime::TransmitStatus(1)]);
        assert_eq!(
            scan(b"\x10\x14\x08\x01\x10\x04\x02"),
            [RealTime::TransmitStatus(2)]
        );
        assert_eq!(
            scan(b"\x1d(H\x06\x00\x10\x04\x03"),
            [RealTime::TransmitStatus(3)]
        );
    }

    proptest! {
        /// A command is found wherever it stands, unless what stands before it
        /// has swallowed its first octets.
        #[test]
        fn a_status_request_after_a_plain_octet_is_always_found(before: Vec<u8>, n in 1u8..=4) {
            let mut octets = before;
            // No sequence is longer: whatever was begun is over.
            octets.extend([b'A'; SEQUENCE_OCTETS_MAX]);
            let found = scan(&octets).len();
            octets.extend([DLE, EOT, n]);
            prop_assert_eq!(scan(&octets).len(), found + 1);
        }
    }
}
