//! Where the commands of a receipt begin, and where their data end.
//!
//! The same grammar as [`parse()`](crate::parse()), read octet by octet and
//! without keeping the data. What a printer might read otherwise than we do is
//! not believed: after a command nobody knows, or arguments a printer would
//! refuse, every octet may be the first of a command until the job ends.

use super::grammar::{Step, decide, decide_part};
use super::matcher::Matcher;
use super::paper::Paper;
use super::patterns::US;
use super::{Class, Finding, Language};
use crate::command::control::{DLE, ESC, FF, FS, GS, HT, LF};

/// The longest head of a command: `GS 8 L` up to the size of the picture.
const HEAD_OCTETS_MAX: usize = 17;

const BEL: u8 = 0x07;
const DC2: u8 = 0x12;
const EM: u8 = 0x19;
const SUB: u8 = 0x1A;
const RS: u8 = 0x1E;

/// What the octet at an offset is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Region {
    /// The first of a command.
    Command,
    /// Text or an argument, on every printer.
    Certain,
    /// Data, if the command they belong to completes.
    Data,
    /// A printer might take it for anything.
    Doubtful,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Text,
    /// Octets of a command that is not decided.
    Head,
    Data {
        left: u64,
        believed: bool,
    },
    UntilNul {
        left: u64,
    },
}

/// See the module.
#[derive(Debug)]
pub(super) struct EscPos {
    state: State,
    head: [u8; HEAD_OCTETS_MAX],
    head_octets: usize,
    /// Where the newest command begins.
    command_at: u64,
    /// Where the newest data begin.
    data_at: u64,
    data_believed: bool,
    /// Nothing is believed any more.
    doubt: bool,
    /// The command whose parts are still to come, and how many.
    parts_of: [u8; 3],
    parts_left: u16,
    /// The octet before the command may have been the first of two.
    after_high: bool,
    previous_high: bool,
    language: Language,
    star_raster: bool,
    pub(super) paper: Paper,
}

impl EscPos {
    pub(super) fn new() -> Self {
        Self {
            state: State::Text,
            head: [0; HEAD_OCTETS_MAX],
            head_octets: 0,
            command_at: u64::MAX,
            data_at: 0,
            data_believed: false,
            doubt: false,
            parts_of: [0; 3],
            parts_left: 0,
            after_high: false,
            previous_high: false,
            language: Language::Unknown,
            star_raster: false,
            paper: Paper::new(),
        }
    }

    /// Whether the next octet is data, if their command completes.
    pub(super) fn is_in_data(&self) -> bool {
        matches!(self.state, State::Data { believed: true, .. })
    }

    pub(super) fn language(&self) -> Language {
        self.language
    }

    /// How many octets may pass that begin nothing; `None` inside a head.
    pub(super) fn dull_octets_max(&self) -> Option<u64> {
        match self.state {
            State::Text if !self.star_raster => Some(u64::MAX),
            State::Data { left, .. } => Some(left.saturating_sub(1)),
            State::Text | State::Head | State::UntilNul { .. } => None,
        }
    }

    /// Whether the next octet is text, or the first of a command.
    pub(super) fn is_text(&self) -> bool {
        self.state == State::Text
    }

    /// Octets that begin nothing have passed.
    pub(super) fn skip(&mut self, octets: u64) {
        match &mut self.state {
            State::Data { left, .. } => *left -= octets,
            _ => {
                self.paper.characters(octets);
                self.previous_high = false;
            }
        }
    }

    /// What the octet at `offset`, one of the last few, is.
    pub(super) fn region(&self, offset: u64) -> Region {
        if offset == self.command_at {
            return Region::Command;
        }
        if self.doubt {
            return Region::Doubtful;
        }
        if offset >= self.data_at
            && matches!(self.state, State::Data { .. } | State::UntilNul { .. })
        {
            return if self.data_believed {
                Region::Data
            } else {
                Region::Doubtful
            };
        }
        Region::Certain
    }

    /// Takes the next octet, which stands `at` this offset. Returns a drawer
    /// command of a single octet, which is one if the job speaks Star.
    pub(super) fn push(&mut self, octet: u8, at: u64) -> Option<Finding> {
        match self.state {
            State::Text => return self.text(octet, at),
            State::Head => return self.take_head(octet, at),
            State::Data { left, believed } => {
                // A printer that refused these data may be inside a command now.
                self.doubt |= !believed && Matcher::minds(octet);
                match left {
                    0 | 1 => self.end_data(),
                    _ => {
                        self.state = State::Data {
                            left: left - 1,
                            believed,
                        };
                    }
                }
            }
            State::UntilNul { .. } if octet == 0 => self.end_data(),
            State::UntilNul { left: 0 } => {
                self.doubt = true;
                self.end_data();
                return self.text(octet, at);
            }
            State::UntilNul { left } => {
                self.doubt |= Matcher::minds(octet);
                self.state = State::UntilNul { left: left - 1 };
            }
        }
        None
    }

    /// A command, or a part of one, is complete.
    fn end_data(&mut self) {
        self.head_octets = 0;
        self.state = if self.parts_left > 0 {
            State::Head
        } else {
            State::Text
        };
    }

    fn begin_head(&mut self, octet: u8, at: u64) {
        self.head[0] = octet;
        self.head_octets = 1;
        self.command_at = at;
        self.state = State::Head;
    }

    fn take_head(&mut self, octet: u8, at: u64) -> Option<Finding> {
        self.head[self.head_octets] = octet;
        self.head_octets += 1;
        let octets = self.head;
        let head = &octets[..self.head_octets];
        let is_part = self.parts_left > 0;
        // To a printer that is not Star's the arguments are text and commands.
        if let [ESC, GS | b'b'] = head {
            self.doubt = true;
        }
        let step = if is_part {
            decide_part(self.parts_of, head)
        } else {
            decide(head, self.language == Language::Star)
        };
        match step {
            Step::More if head.len() < HEAD_OCTETS_MAX => return None,
            Step::Unknown | Step::UnknownPrefix | Step::More => {
                self.unknown(head);
                self.doubt = true;
                self.head_octets = 0;
                self.state = State::Text;
                if step == Step::UnknownPrefix {
                    return self.text(octet, at);
                }
                return None;
            }
            Step::Done | Step::Data(_) | Step::Doubtful(_) | Step::UntilNul(_) | Step::Parts(_) => {
            }
        }
        if is_part {
            self.parts_left -= 1;
        } else {
            self.known(head);
        }
        self.data_at = at + 1;
        match step {
            Step::Data(left) => {
                // What stands before may have swallowed the first octet.
                self.data_believed = !self.doubt && !self.after_high;
                self.state = State::Data {
                    left,
                    believed: self.data_believed,
                };
            }
            Step::Doubtful(left) => {
                self.data_believed = false;
                self.state = State::Data {
                    left,
                    believed: false,
                };
            }
            Step::UntilNul(left) => {
                self.data_believed = false;
                self.state = State::UntilNul { left };
            }
            Step::Parts(count) => {
                self.parts_of = [head[0], head[1], head[2]];
                self.parts_left = count;
                self.end_data();
            }
            Step::Done | Step::More | Step::Unknown | Step::UnknownPrefix => self.end_data(),
        }
        None
    }

    /// What a command nobody knows says of the language.
    fn unknown(&mut self, head: &[u8]) {
        if let [ESC, GS | RS, ..] = head {
            self.language = Language::Star;
        }
        if let [ESC, b'*', b'r'] = head {
            self.language = Language::Star;
            self.star_raster = true;
        }
    }

    /// What a command does to the paper, once its head is there.
    fn known(&mut self, head: &[u8]) {
        let is_star = self.language == Language::Star;
        let paper = &mut self.paper;
        match *head {
            [ESC, GS, ..] => self.language = Language::Star,
            [ESC, b'b', ..] => {}
            [b'b' | b'k', ..] => paper.feed(1),
            // Commands that both languages have say nothing of it.
            [ESC, b'@' | b'E' | b'R' | b'D' | b'J' | b'a', ..] => {}
            _ if self.language == Language::Unknown => self.language = Language::EscPos,
            _ => {}
        }
        match *head {
            [ESC, b'@'] => paper.initialize(),
            [ESC, b'd', _] if is_star => paper.cut(true),
            [ESC, b'd', n] => paper.lines(n),
            [ESC, b'J', n] => paper.feed(n.into()),
            [ESC, b'2'] => paper.set_default_line(),
            [ESC, b'3', n] => paper.set_line(n),
            [ESC, b'!', n] => paper.set_size(1 + (n >> 5 & 1), 1 + (n >> 4 & 1)),
            [GS, b'!', n] => paper.set_size(1 + (n >> 4 & 7), 1 + (n & 7)),
            [ESC, b'*', mode, ..] => paper.strip(if mode < 71 { 24 } else { 48 }),
            [ESC, b'i' | b'm'] => paper.cut(false),
            [GS, b'V', _] => paper.cut(false),
            [GS, b'V', _, n] => {
                paper.cut(true);
                paper.feed(n.into());
            }
            [ESC, b'p', ..] | [DLE, 0x14, 1, ..] => paper.drawer_kick(),
            // The printer is off until it is switched on again, among
            // whatever stands there.
            [ESC, b'=', n] if n & 1 == 0 => self.doubt = true,
            [GS, b'v', _, scale, _, _, low, high] => {
                let height = u64::from(u16::from_le_bytes([low, high]));
                paper.feed(height * if scale & 2 == 0 { 1 } else { 2 });
            }
            [GS, b'Q', _, _, _, _, low, high] => {
                paper.feed(u64::from(u16::from_le_bytes([low, high])) * 8);
            }
            [GS, b'h', n] => paper.set_barcode(n),
            [GS, b'k', ..] => paper.barcode(),
            [GS, b'(', b'k', _, _, _, 67, n] => paper.set_module(n),
            [GS, b'(', b'k', _, _, _, 81, ..] => paper.symbol(),
            [
                GS,
                b'(',
                b'L',
                _,
                _,
                _,
                112 | 113,
                _,
                _,
                times,
                _,
                _,
                _,
                low,
                high,
            ]
            | [
                GS,
                b'8',
                b'L',
                _,
                _,
                _,
                _,
                _,
                112 | 113,
                _,
                _,
                times,
                _,
                _,
                _,
                low,
                high,
            ] => {
                let height = u64::from(u16::from_le_bytes([low, high]));
                paper.store(height * u64::from(times.clamp(1, 2)));
            }
            [GS, b'(', b'L', _, _, _, 2 | 50, ..] | [GS, b'8', b'L', _, _, _, _, _, 2 | 50, ..] => {
                paper.print_stored();
            }
            [GS, b':'] => paper.start_or_end_macro(),
            [GS, b'^', times, ..] => paper.run_macro(times),
            _ => {}
        }
    }

    /// Whether the octet is one of the two after `ESC i`: to Star's printers they
    /// are the size of characters.
    fn is_in_star_size(&self, at: u64) -> bool {
        self.head[..2] == [ESC, b'i'] && matches!(at.checked_sub(self.command_at), Some(2 | 3))
    }

    fn text(&mut self, octet: u8, at: u64) -> Option<Finding> {
        let is_high = octet >= 0x80;
        self.after_high = std::mem::replace(&mut self.previous_high, is_high);
        match octet {
            LF => self.paper.line(),
            FF => self.paper.feed(0),
            ESC | FS | GS | DLE => self.begin_head(octet, at),
            // Star opens its drawers by one octet.
            // The arguments of its `ESC i` are no such octets.
            BEL | EM | SUB if self.is_in_star_size(at) => {}
            BEL | EM | SUB => {
                self.command_at = at;
                return Some(Finding {
                    offset: at,
                    class: Class::Drawer,
                    command: match octet {
                        BEL => "BEL Drive external device 1",
                        EM => "EM Drive external device 2",
                        _ => "SUB Drive external device 2",
                    },
                });
            }
            // Other makers' commands begin with these.
            DC2 | US => {
                self.command_at = at;
                self.doubt = true;
            }
            HT => self.paper.characters(8),
            0x00..=0x1F => {}
            b'b' | b'k' if self.star_raster => self.begin_head(octet, at),
            _ => self.paper.characters(1),
        }
        None
    }
}
