//! Tells the answers of one back channel apart.
//!
//! All answers come in one stream, told apart by fixed bits (the maker's
//! "transmission status identification"):
//!
//! | octet | what it begins |
//! | --- | --- |
//! | `0xx1xx10` | the one octet that answers `DLE EOT` |
//! | `0xx1xx00` | the four octets of Automatic Status Back; the other three are `0xx0xxxx` |
//! | `0xx1xx11` | a block from a header to NUL (`37`, `3B`, `53`, `5F`), or XOFF (`13`) |
//! | `00010001` | XON |
//! | `0xx0xxxx` | the one octet that answers `GS r`, or `GS I` 1 to 3 |
//!
//! What breaks these rules is dropped and counted. The decoder holds at most
//! one unfinished answer, whatever comes.

/// One answer of a printer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// To `DLE EOT n`. The octet does not say to which n.
    RealTime(u8),
    /// Automatic Status Back.
    AutomaticStatus([u8; 4]),
    /// To `GS r n` or `GS I` 1 to 3.
    Status(u8),
    /// To `GS ( H` function 48: all before the request with this id is done.
    ProcessId([u8; 4]),
    /// To `DLE DC4` function 8: the buffers are empty.
    Cleared,
    /// Any other block, such as the text of `GS I 67`.
    Block {
        /// Its first octet.
        header: u8,
        /// What stands between header and NUL.
        data: Vec<u8>,
    },
}

/// The longest block that is read: names and versions have up to 80 octets.
const BLOCK_OCTETS_MAX: usize = 128;

const XON: u8 = 0x11;
const XOFF: u8 = 0x13;
const NUL: u8 = 0x00;

/// Header of responses (`GS ( H`, `DLE DC4`), and their identifiers.
const RESPONSE: u8 = 0x37;
const PROCESS_ID: u8 = 0x22;
const CLEARED: u8 = 0x25;

/// What an octet is where no answer has begun.
enum Beginning {
    RealTime,
    AutomaticStatus,
    Block,
    FlowControl,
    Status,
    Nothing,
}

fn beginning(octet: u8) -> Beginning {
    match octet {
        XON | XOFF => Beginning::FlowControl,
        RESPONSE | 0x3B | 0x53 | 0x5F => Beginning::Block,
        _ => match octet & 0x93 {
            0x12 => Beginning::RealTime,
            0x10 => Beginning::AutomaticStatus,
            _ if octet & 0x90 == 0 => Beginning::Status,
            _ => Beginning::Nothing,
        },
    }
}

/// What has come of an answer so far.
#[derive(Debug, Default)]
enum Begun {
    #[default]
    Nothing,
    AutomaticStatus {
        octets: [u8; 4],
        length: usize,
    },
    Block {
        header: u8,
        data: Vec<u8>,
    },
}

/// Reads a back channel in pieces of any size.
#[derive(Debug, Default)]
pub struct Decoder {
    begun: Begun,
    refused_octets: u64,
}

impl Decoder {
    /// Takes the next octet; says what it completed.
    pub fn take(&mut self, octet: u8) -> Option<Answer> {
        match std::mem::take(&mut self.begun) {
            Begun::Nothing => self.begin(octet),
            Begun::AutomaticStatus { mut octets, length } => {
                if matches!(octet, XON | XOFF) {
                    self.begun = Begun::AutomaticStatus { octets, length };
                    return None;
                }
                if octet & 0x90 != 0 {
                    self.refused_octets += length as u64;
                    return self.begin(octet);
                }
                octets[length] = octet;
                if length + 1 == octets.len() {
                    return Some(Answer::AutomaticStatus(octets));
                }
                self.begun = Begun::AutomaticStatus {
                    octets,
                    length: length + 1,
                };
                None
            }
            Begun::Block { header, mut data } => {
                if octet == NUL {
                    return Some(block(header, data));
                }
                let is_text = (0x20..=0x7E).contains(&octet);
                if is_text && data.len() < BLOCK_OCTETS_MAX {
                    data.push(octet);
                    self.begun = Begun::Block { header, data };
                    return None;
                }
                if octet == XON || octet == XOFF {
                    self.begun = Begun::Block { header, data };
                    return None;
                }
                self.refused_octets += 1 + data.len() as u64;
                self.begin(octet)
            }
        }
    }

    /// How many octets fitted nowhere.
    #[must_use]
    pub fn refused_octets(&self) -> u64 {
        self.refused_octets
    }

    fn begin(&mut self, octet: u8) -> Option<Answer> {
        match beginning(octet) {
            Beginning::RealTime => return Some(Answer::RealTime(octet)),
            Beginning::Status => return Some(Answer::Status(octet)),
            Beginning::AutomaticStatus => {
                self.begun = Begun::AutomaticStatus {
                    octets: [octet, 0, 0, 0],
                    length: 1,
                };
            }
            Beginning::Block => {
                self.begun = Begun::Block {
                    header: octet,
                    data: Vec::new(),
                };
            }
            Beginning::FlowControl => {}
            Beginning::Nothing => self.refused_octets += 1,
        }
        None
    }
}

fn block(header: u8, data: Vec<u8>) -> Answer {
    match (header, data.as_slice()) {
        (RESPONSE, &[PROCESS_ID, a, b, c, d]) => Answer::ProcessId([a, b, c, d]),
        (RESPONSE, &[CLEARED]) => Answer::Cleared,
        _ => Answer::Block { header, data },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn decode(octets: &[u8]) -> Vec<Answer> {
        let mut decoder = Decoder::default();
        octets
            .iter()
            .filter_map(|&octet| decoder.take(octet))
            .collect()
    }

    /// `< 37 22 ...` is what came, `= ProcessId(...)` what it says; see the
    /// folder `streams`.
    #[test]
    fn recorded_streams_say_what_they_said_when_they_were_recorded() {
        let folder =
            std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/backend/escpos/streams");
        let mut read = 0;
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_none_or(|extension| extension != "txt") {
                continue;
            }
            let text = std::fs::read_to_string(&path).unwrap();
            let lines = |mark: &'static str| {
                text.lines()
                    .filter_map(move |line| line.strip_prefix(mark).map(str::trim))
            };
            let octets: Vec<u8> = lines("<")
                .flat_map(str::split_whitespace)
                .map(|octet| u8::from_str_radix(octet, 16).unwrap())
                .collect();
            let expected: Vec<_> = lines("=").collect();
            let decoded: Vec<_> = decode(&octets)
                .iter()
                .map(|answer| format!("{answer:02x?}"))
                .collect();
            assert_eq!(decoded, expected, "{}", path.display());
            read += 1;
        }
        assert!(read >= 8, "the recorded streams are missing");
    }

    proptest! {
        /// Whatever comes, in pieces or not: no panic, bounded, and every octet
        /// is in an answer, refused, flow control, or still waited on.
        #[test]
        fn nothing_a_printer_sends_grows_or_breaks_the_decoder(octets: Vec<u8>) {
            let mut decoder = Decoder::default();
            for octet in octets {
                drop(decoder.take(octet));
                if let Begun::Block { data, .. } = &decoder.begun {
                    prop_assert!(data.len() <= BLOCK_OCTETS_MAX);
                }
            }
        }

        /// An answer that follows a NUL and four plain octets is found,
        /// whatever came before: nothing swallows the stream for good.
        #[test]
        fn no_noise_swallows_what_comes_after_its_end(noise: Vec<u8>) {
            let mut octets = noise;
            octets.extend([0, 0, 0, 0]);
            octets.extend(b"\x37\x22ab~ \x00");
            let answers = decode(&octets);
            prop_assert_eq!(answers.last(), Some(&Answer::ProcessId(*b"ab~ ")));
        }

        /// A process id is never made of noise that does not hold it.
        #[test]
        fn only_the_very_octets_make_a_process_id(octets: Vec<u8>) {
            for answer in decode(&octets) {
                if let Answer::ProcessId([a, b, c, d]) = answer {
                    let mut plain = octets.clone();
                    plain.retain(|octet| *octet != XON && *octet != XOFF);
                    let frame = [0x37, 0x22, a, b, c, d, 0x00];
                    prop_assert!(plain.windows(7).any(|window| window == frame));
                }
            }
        }
    }
}
