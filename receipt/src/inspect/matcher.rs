//! Finds the [`PATTERNS`] in a stream, wherever they begin, also inside one
//! another.
//!
//! It remembers the last 16 octets and the few places where a pattern may have
//! begun. Whether what was found is a command or a part of a picture is not
//! known here.

use super::Finding;
use super::patterns::{ACK, PATTERNS, Pattern, US};
use crate::command::control::{DC4, DLE, ESC, FS, GS};

/// As many patterns as can have begun and be undecided: each begins with two
/// octets of its own, and the longest has ten.
const CANDIDATES_MAX: usize = 10;

/// A pattern, found.
#[derive(Debug, Clone, Copy)]
pub(super) struct Found {
    pub(super) finding: Finding,
    /// Printers act on it wherever it stands.
    pub(super) real_time: bool,
    /// Counts only where commands begin.
    pub(super) only_as_command: bool,
}

/// See the module.
#[derive(Debug, Clone)]
pub(super) struct Matcher {
    /// The last octets; the newest lowest.
    window: u128,
    /// Lengths of what has begun, oldest first.
    candidates: [u8; CANDIDATES_MAX],
    count: usize,
}

impl Matcher {
    pub(super) fn new() -> Self {
        Self {
            window: 0,
            candidates: [0; CANDIDATES_MAX],
            count: 0,
        }
    }

    /// Whether the next octet matters, whatever it is.
    pub(super) fn is_busy(&self) -> bool {
        self.count > 0
    }

    /// Whether a pattern can begin with `octet`.
    pub(super) const fn minds(octet: u8) -> bool {
        matches!(octet, DLE | ESC | FS | GS | US)
    }

    /// Takes the next octet, which stands `at` this offset.
    pub(super) fn push(&mut self, octet: u8, at: u64) -> Option<Found> {
        if self.count == 0 && !Self::minds(octet) {
            return None;
        }
        self.window = self.window << 8 | u128::from(octet);
        let mut found: Option<Found> = None;
        let mut kept = 0;
        for index in 0..self.count {
            let length = self.candidates[index] + 1;
            let (whole, may_go_on) = self.compare(length);
            if let Some(pattern) = whole {
                found.get_or_insert(Found {
                    finding: Finding {
                        offset: at + 1 - u64::from(length),
                        class: pattern.class,
                        command: pattern.command,
                    },
                    real_time: pattern.real_time,
                    only_as_command: pattern.only_as_command,
                });
            }
            if may_go_on {
                self.candidates[kept] = length;
                kept += 1;
            }
        }
        self.count = kept;
        if Self::minds(octet) && self.count < CANDIDATES_MAX {
            self.candidates[self.count] = 1;
            self.count += 1;
        }
        found
    }

    /// The pattern that the last `length` octets are, and whether they may
    /// become another.
    fn compare(&self, length: u8) -> (Option<&'static Pattern>, bool) {
        let window = self.window.to_be_bytes();
        let octets = &window[window.len() - usize::from(length)..];
        // Most commands are ruled out here, at little cost.
        if let [first, second] = *octets
            && !begins_a_pattern(first, second)
        {
            return (None, false);
        }
        let mut whole = None;
        let mut may_go_on = false;
        for pattern in PATTERNS {
            let Some(beginning) = pattern.octets.get(..octets.len()) else {
                continue;
            };
            let mut pairs = beginning.iter().zip(octets);
            if !pairs.all(|(wanted, octet)| wanted.matches(*octet)) {
                continue;
            }
            if pattern.octets.len() == octets.len() {
                whole = whole.or(Some(pattern));
            } else {
                may_go_on = true;
            }
        }
        (whole, may_go_on)
    }
}

/// Whether some pattern begins with these two octets; a test compares.
fn begins_a_pattern(first: u8, second: u8) -> bool {
    match first {
        ESC => matches!(
            second,
            b'p' | b'E' | b'v' | b'&' | 0x80 | b'#' | b'?' | b'(' | GS | FS | ACK
        ),
        FS => matches!(second, b'q' | b'g' | b'('),
        GS => matches!(second, b'(' | b'8' | b'g'),
        DLE => second == DC4,
        US => second == ESC,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::super::patterns::Octet;
    use super::*;

    #[test]
    fn the_first_two_octets_rule_out_no_pattern() {
        for pattern in PATTERNS {
            let [Octet::Is(first), Octet::Is(second), ..] = pattern.octets else {
                panic!("{} begins with others", pattern.command);
            };
            assert!(Matcher::minds(*first), "{}", pattern.command);
            assert!(begins_a_pattern(*first, *second), "{}", pattern.command);
        }
    }

    #[test]
    fn a_pattern_that_begins_inside_another_is_found() {
        let mut matcher = Matcher::new();
        let found: Vec<_> = b"\x1d(L\x1bp\x00"
            .iter()
            .zip(0..)
            .filter_map(|(&octet, at)| matcher.push(octet, at))
            .collect();
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].finding.offset, 3);
    }
}
