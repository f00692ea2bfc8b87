//! `! U1 setvar` and its kin: the settings language of label printers.
//!
//! `! U1` opens it to the end of the line, `! U` and `! UTILITIES` until `END`
//! or `PRINT`; `setvar` and `do` change something or start something. `{}{`
//! opens the same as JSON. `GS ! U` before a text, or a strip of 85 columns, has
//! no blank before the `U`, and is none of it.

use super::{Class, Finding};

/// Longer words are none of ours.
const WORD_OCTETS_MAX: usize = 9;

/// See the module.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Sgd {
    state: State,
    /// Octets of the JSON opening so far.
    braces: u8,
    braces_at: u64,
}

#[derive(Debug, Clone, Copy, Default)]
enum State {
    #[default]
    Closed,
    /// After `!`, and whether blanks followed.
    Opening { blanks: bool },
    /// In the word after it, which begins with `U`.
    Naming { blanks: bool, word: Word },
    /// Commands follow.
    Open { until: Until, word: Word },
}

/// Where commands end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Until {
    LineEnd,
    /// A word says so.
    Told,
}

/// A word, in small letters, and where it begins.
#[derive(Debug, Clone, Copy, Default)]
struct Word {
    letters: [u8; WORD_OCTETS_MAX],
    octets: usize,
    at: u64,
}

impl Word {
    fn push(&mut self, octet: u8, at: u64) {
        if self.octets == 0 {
            self.at = at;
        }
        if let Some(place) = self.letters.get_mut(self.octets) {
            *place = octet.to_ascii_lowercase();
        }
        self.octets = self.octets.saturating_add(1);
    }

    /// Nothing for a word that is too long.
    fn as_slice(&self) -> &[u8] {
        self.letters.get(..self.octets).unwrap_or_default()
    }
}

impl Sgd {
    /// Whether the next octet matters, whatever it is.
    pub(super) fn is_busy(&self) -> bool {
        self.braces > 0 || !matches!(self.state, State::Closed)
    }

    /// Whether something can begin with `octet`.
    pub(super) const fn minds(octet: u8) -> bool {
        matches!(octet, b'!' | b'{')
    }

    /// Takes the next octet, which stands `at` this offset.
    pub(super) fn push(&mut self, octet: u8, at: u64) -> Option<Finding> {
        self.json(octet, at).or_else(|| self.line(octet, at))
    }

    fn json(&mut self, octet: u8, at: u64) -> Option<Finding> {
        let wanted = [b'{', b'}', b'{'][usize::from(self.braces)];
        if octet == wanted {
            if self.braces == 0 {
                self.braces_at = at;
            }
            self.braces += 1;
            if self.braces == 3 {
                self.braces = 0;
                return Some(Finding {
                    offset: self.braces_at,
                    class: Class::Settings,
                    command: "{}{ Set-Get-Do in JSON",
                });
            }
        } else if !octet.is_ascii_whitespace() {
            self.braces = u8::from(octet == b'{');
            self.braces_at = at;
        }
        None
    }

    fn line(&mut self, octet: u8, at: u64) -> Option<Finding> {
        match &mut self.state {
            State::Closed if octet == b'!' => self.state = State::Opening { blanks: false },
            State::Closed => {}
            State::Opening { blanks } => match octet {
                b' ' | b'\t' => *blanks = true,
                b'!' => *blanks = false,
                b'U' | b'u' => {
                    let mut word = Word::default();
                    word.push(octet, at);
                    let blanks = *blanks;
                    self.state = State::Naming { blanks, word };
                }
                _ => self.state = State::Closed,
            },
            State::Naming { blanks, word } => {
                if octet.is_ascii_alphanumeric() {
                    word.push(octet, at);
                    return None;
                }
                let until = match word.as_slice() {
                    _ if !octet.is_ascii_whitespace() => None,
                    b"u1" if octet != b'\n' => Some(Until::LineEnd),
                    b"u" if *blanks => Some(Until::Told),
                    b"utilities" => Some(Until::Told),
                    _ => None,
                };
                self.state = match until {
                    Some(until) => State::Open {
                        until,
                        word: Word::default(),
                    },
                    None => State::Closed,
                };
            }
            State::Open { until, word } => {
                if octet.is_ascii_alphabetic() {
                    word.push(octet, at);
                    return None;
                }
                let ended = std::mem::take(word);
                let command = match ended.as_slice() {
                    b"setvar" => Some("! U1 setvar"),
                    b"do" => Some("! U1 do"),
                    b"end" | b"print" if *until == Until::Told => {
                        self.state = State::Closed;
                        return None;
                    }
                    _ => None,
                };
                if octet == b'\n' && *until == Until::LineEnd {
                    self.state = State::Closed;
                }
                return command.map(|command| Finding {
                    offset: ended.at,
                    class: Class::Settings,
                    command,
                });
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(job: &[u8], commands: &[&str]) {
        let mut sgd = Sgd::default();
        let found: Vec<_> = job
            .iter()
            .zip(0..)
            .filter_map(|(&octet, at)| sgd.push(octet, at))
            .map(|finding| finding.command)
            .collect();
        assert_eq!(found, commands, "{}", job.escape_ascii());
    }

    #[test]
    fn a_line_that_opens_it_ends_it() {
        check(b"! U1 setvar \"ip.addr\" \"1\"\r\n", &["! U1 setvar"]);
        check(b"! U1 do \"device.reset\" \"\"\r\n", &["! U1 do"]);
        check(b"! U1 getvar \"ip.addr\"\r\nWhat we do\r\n", &[]);
    }

    #[test]
    fn without_the_one_it_ends_where_it_is_told_to() {
        let job = b"! U getvar \"a\"\r\nsetvar \"b\" \"c\"\r\nEND \r\nWe do it\r\n";
        check(job, &["! U1 setvar"]);
        check(b"! UTILITIES\r\ndo \"x\" \"y\"\r\nPRINT\r\n", &["! U1 do"]);
    }

    #[test]
    fn a_size_and_a_strip_that_look_like_it_are_none_of_it() {
        check(b"\x1d!UTotal\nAs we do \n", &[]);
        check(b"\x1d!U\nAs we do \n", &[]);
        check(b"\x1b*!U\x00... do \n", &[]);
        check(b"Hello! Unser Angebot: do it\n", &[]);
    }
}
