//! `! U1 setvar` and its kin: the settings language of label printers.
//!
//! A line that begins with `! U` opens it; `setvar` and `do` change something
//! or start something. `{}{` opens the same as JSON.

use super::{Class, Finding};

/// Longer words are none of ours.
const WORD_OCTETS_MAX: usize = 8;

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
    /// After `!` and blanks.
    Opening,
    /// After `! U`: words follow.
    Open {
        word: [u8; WORD_OCTETS_MAX],
        octets: usize,
        at: u64,
    },
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
        let open = State::Open {
            word: [0; WORD_OCTETS_MAX],
            octets: 0,
            at: at + 1,
        };
        match &mut self.state {
            State::Closed if octet == b'!' => self.state = State::Opening,
            State::Closed => {}
            State::Opening => match octet {
                b' ' | b'\t' | b'!' => {}
                b'U' | b'u' => self.state = open,
                _ => self.state = State::Closed,
            },
            State::Open { word, octets, at } => {
                if octet.is_ascii_alphabetic() {
                    if let Some(place) = word.get_mut(*octets) {
                        *place = octet.to_ascii_lowercase();
                    }
                    *octets = octets.saturating_add(1);
                } else {
                    let command = match word.get(..*octets) {
                        Some(b"setvar") => Some("! U1 setvar"),
                        Some(b"do") => Some("! U1 do"),
                        _ => None,
                    };
                    let offset = *at;
                    self.state = open;
                    return command.map(|command| Finding {
                        offset,
                        class: Class::Settings,
                        command,
                    });
                }
            }
        }
        None
    }
}
