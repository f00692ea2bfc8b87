//! The commands of labels (ZPL II): which are more than printing, and how many
//! labels they make.
//!
//! A command begins with one of two prefixes, which commands can change, and
//! has two letters; control codes between them do not count. Text of a label
//! has no way to hide a prefix. Binary pictures do, and are told to the caller.

use super::sgd::Sgd;
use super::zpl_commands::restricted;
use super::{Class, Finding};

/// `^PQ` takes eight digits.
const DIGITS_VALUE_MAX: u64 = 99_999_999;

/// What was heard.
#[derive(Debug, Clone, Copy)]
pub(super) enum Heard {
    /// A command that is more than printing.
    Restricted(Finding),
    /// So many octets follow that are dots.
    Binary { octets: u64 },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Prefix {
    Caret,
    Tilde,
    Delimiter,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Between,
    /// After a prefix.
    Letters {
        prefix: Prefix,
        first: Option<u8>,
    },
    /// The next octet becomes a prefix.
    Change(Prefix),
    /// `^PQ`: how many labels.
    Quantity,
    /// `^GF`: form and octets, in the first two of five fields.
    Picture {
        field: u8,
        is_binary: bool,
        octets: u64,
    },
}

/// See the module.
#[derive(Debug, Clone, Copy)]
pub(super) struct Zpl {
    caret: u8,
    tilde: u8,
    delimiter: u8,
    state: State,
    began_at: u64,
    quantity: u64,
    labels: u64,
    copies_max: u64,
    has_begun: bool,
    sgd: Sgd,
}

impl Zpl {
    pub(super) fn new() -> Self {
        Self {
            caret: b'^',
            tilde: b'~',
            delimiter: b',',
            state: State::Between,
            began_at: 0,
            quantity: 1,
            labels: 0,
            copies_max: 0,
            has_begun: false,
            sgd: Sgd::default(),
        }
    }

    /// As it stood before data of a receipt command, once they are through. The
    /// prefix of a command before them waits for its letters only if it still
    /// did after the data: a printer of labels has read them all.
    pub(super) fn resumed(mut self, through: &Self) -> Self {
        let waits = through.state == self.state && through.began_at == self.began_at;
        if matches!(self.state, State::Letters { .. }) && !waits {
            self.state = State::Between;
        }
        self
    }

    /// Labels so far, each copy counted.
    pub(super) fn labels(&self) -> u64 {
        self.labels
    }

    /// The most copies one label asked for.
    pub(super) fn copies_max(&self) -> u64 {
        self.copies_max
    }

    /// Whether a label has begun (`^XA`).
    pub(super) fn has_begun(&self) -> bool {
        self.has_begun
    }

    /// Whether the next octet matters, whatever it is.
    pub(super) fn is_busy(&self) -> bool {
        !matches!(self.state, State::Between) || self.sgd.is_busy()
    }

    /// The two octets with which commands begin.
    pub(super) fn prefixes(&self) -> [u8; 2] {
        [self.caret, self.tilde]
    }

    fn minds(&self, octet: u8) -> bool {
        self.prefixes().contains(&octet) || Sgd::minds(octet)
    }

    /// Takes the next octet, which stands `at` this offset.
    pub(super) fn push(&mut self, octet: u8, at: u64) -> Option<Heard> {
        if !self.is_busy() && !self.minds(octet) {
            return None;
        }
        let setting = self.sgd.push(octet, at).map(Heard::Restricted);
        setting.or(self.step(octet, at))
    }

    fn step(&mut self, octet: u8, at: u64) -> Option<Heard> {
        if let State::Change(prefix) = self.state {
            return self.change(prefix, octet);
        }
        if octet == self.caret || octet == self.tilde {
            self.began_at = at;
            self.state = State::Letters {
                prefix: if octet == self.caret {
                    Prefix::Caret
                } else {
                    Prefix::Tilde
                },
                first: None,
            };
            return None;
        }
        match self.state {
            State::Between | State::Change(_) => None,
            // Printers pass over control codes, also within a command.
            _ if octet < 0x20 => None,
            State::Letters {
                prefix,
                first: None,
            } => {
                self.state = State::Letters {
                    prefix,
                    first: Some(octet.to_ascii_uppercase()),
                };
                None
            }
            State::Letters {
                prefix,
                first: Some(first),
            } => self.command(prefix, [first, octet.to_ascii_uppercase()]),
            State::Quantity => {
                self.count(octet);
                None
            }
            State::Picture {
                field,
                is_binary,
                octets,
            } => self.picture(octet, field, is_binary, octets),
        }
    }

    fn command(&mut self, prefix: Prefix, letters: [u8; 2]) -> Option<Heard> {
        self.state = match &letters {
            b"CC" => State::Change(Prefix::Caret),
            b"CT" => State::Change(Prefix::Tilde),
            b"CD" => State::Change(Prefix::Delimiter),
            b"PQ" => {
                self.quantity = 0;
                State::Quantity
            }
            b"GF" => State::Picture {
                field: 0,
                is_binary: false,
                octets: 0,
            },
            _ => State::Between,
        };
        match (prefix, &letters) {
            (Prefix::Caret, b"XA") => {
                self.has_begun = true;
                self.quantity = 1;
            }
            (Prefix::Caret, b"XZ") => {
                self.labels = self.labels.saturating_add(self.quantity.max(1));
                self.copies_max = self.copies_max.max(self.quantity.max(1));
                self.quantity = 1;
            }
            _ => {}
        }
        let (class, command) = restricted(prefix == Prefix::Tilde, letters)?;
        Some(Heard::Restricted(Finding {
            offset: self.began_at,
            class,
            command,
        }))
    }

    /// A prefix other than the usual one stays after the job.
    fn change(&mut self, prefix: Prefix, octet: u8) -> Option<Heard> {
        self.state = State::Between;
        let (place, usual, command) = match prefix {
            Prefix::Caret => (&mut self.caret, b'^', "^CC, ~CC Change caret"),
            Prefix::Tilde => (&mut self.tilde, b'~', "^CT, ~CT Change tilde"),
            Prefix::Delimiter => (&mut self.delimiter, b',', "^CD, ~CD Change delimiter"),
        };
        *place = octet;
        (octet != usual).then_some(Heard::Restricted(Finding {
            offset: self.began_at,
            class: Class::Settings,
            command,
        }))
    }

    fn count(&mut self, octet: u8) {
        match octet {
            b'0'..=b'9' => {
                let digit = u64::from(octet - b'0');
                self.quantity = (self.quantity * 10 + digit).min(DIGITS_VALUE_MAX);
            }
            b' ' => {}
            _ => self.state = State::Between,
        }
    }

    fn picture(&mut self, octet: u8, field: u8, is_binary: bool, octets: u64) -> Option<Heard> {
        let digit = octet.is_ascii_digit().then(|| u64::from(octet & 0x0F));
        self.state = match (field, digit) {
            _ if octet == self.delimiter => {
                if field == 3 {
                    self.state = State::Between;
                    return is_binary.then_some(Heard::Binary { octets });
                }
                State::Picture {
                    field: field + 1,
                    is_binary,
                    octets,
                }
            }
            (0, _) => State::Picture {
                field,
                is_binary: matches!(octet, b'B' | b'b' | b'C' | b'c'),
                octets,
            },
            (1, Some(digit)) => State::Picture {
                field,
                is_binary,
                octets: (octets * 10 + digit).min(DIGITS_VALUE_MAX),
            },
            _ => self.state,
        };
        None
    }
}
