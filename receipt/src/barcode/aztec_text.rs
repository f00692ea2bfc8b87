//! Data as the bits of Aztec, in the fewest there can be.
//!
//! Five modes write characters in five bits or four, with latches and shifts
//! between them; octets that no mode has are shifted in groups. The cheapest way
//! is found from the back: for each place and mode, what follows costs least.

/// A mode.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    Upper,
    Lower,
    Mixed,
    Punctuation,
    Digit,
}

const MODES: [Mode; 5] = [
    Mode::Upper,
    Mode::Lower,
    Mode::Mixed,
    Mode::Punctuation,
    Mode::Digit,
];

/// The characters of mixed mode from 1 on.
const MIXED: &[u8] =
    b" \x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x1b\x1c\x1d\x1e\x1f@\\^_`|~\x7f";
/// The single characters of punctuation from 6 on.
const PUNCTUATION: &[u8] = b"!\"#$%&'()*+,-./:;<=>?[]{}";

/// The most octets shifted in one group.
const GROUP_MAX: usize = 31;

impl Mode {
    fn bits(self) -> usize {
        match self {
            Self::Digit => 4,
            Self::Upper | Self::Lower | Self::Mixed | Self::Punctuation => 5,
        }
    }

    fn value(self, byte: u8) -> Option<u16> {
        let place = |table: &[u8], first: usize| {
            let place = table.iter().position(|&known| known == byte)?;
            u16::try_from(place + first).ok()
        };
        match (self, byte) {
            (Self::Upper | Self::Lower | Self::Digit, b' ') => Some(1),
            (Self::Upper, b'A'..=b'Z') => Some(u16::from(byte - b'A') + 2),
            (Self::Lower, b'a'..=b'z') => Some(u16::from(byte - b'a') + 2),
            (Self::Digit, b'0'..=b'9') => Some(u16::from(byte - b'0') + 2),
            (Self::Digit, b',') => Some(12),
            (Self::Digit, b'.') => Some(13),
            (Self::Mixed, _) => place(MIXED, 1),
            (Self::Punctuation, b'\r') => Some(1),
            (Self::Punctuation, _) => place(PUNCTUATION, 6),
            (Self::Upper | Self::Lower | Self::Digit, _) => None,
        }
    }

    /// The values, each with its bits, that change to another mode for good.
    fn latch(self, to: Self) -> &'static [(u16, usize)] {
        const TO_LOWER: (u16, usize) = (28, 5);
        const TO_MIXED: (u16, usize) = (29, 5);
        const TO_DIGIT: (u16, usize) = (30, 5);
        const MIXED_TO_UPPER: (u16, usize) = (29, 5);
        const MIXED_TO_PUNCTUATION: (u16, usize) = (30, 5);
        const PUNCTUATION_TO_UPPER: (u16, usize) = (31, 5);
        const DIGIT_TO_UPPER: (u16, usize) = (14, 4);
        match (self, to) {
            (Self::Upper, Self::Lower) | (Self::Mixed, Self::Lower) => &[TO_LOWER],
            (Self::Upper | Self::Lower, Self::Mixed) => &[TO_MIXED],
            (Self::Upper | Self::Lower, Self::Digit) => &[TO_DIGIT],
            (Self::Upper | Self::Lower, Self::Punctuation) => &[TO_MIXED, MIXED_TO_PUNCTUATION],
            (Self::Lower, Self::Upper) => &[TO_DIGIT, DIGIT_TO_UPPER],
            (Self::Mixed, Self::Upper) => &[MIXED_TO_UPPER],
            (Self::Mixed, Self::Punctuation) => &[MIXED_TO_PUNCTUATION],
            (Self::Mixed, Self::Digit) => &[MIXED_TO_UPPER, TO_DIGIT],
            (Self::Punctuation, Self::Upper) => &[PUNCTUATION_TO_UPPER],
            (Self::Punctuation, Self::Lower) => &[PUNCTUATION_TO_UPPER, TO_LOWER],
            (Self::Punctuation, Self::Mixed) => &[PUNCTUATION_TO_UPPER, TO_MIXED],
            (Self::Punctuation, Self::Digit) => &[PUNCTUATION_TO_UPPER, TO_DIGIT],
            (Self::Digit, Self::Upper) => &[DIGIT_TO_UPPER],
            (Self::Digit, Self::Lower) => &[DIGIT_TO_UPPER, TO_LOWER],
            (Self::Digit, Self::Mixed) => &[DIGIT_TO_UPPER, TO_MIXED],
            (Self::Digit, Self::Punctuation) => &[DIGIT_TO_UPPER, TO_MIXED, MIXED_TO_PUNCTUATION],
            (Self::Upper, Self::Upper)
            | (Self::Lower, Self::Lower)
            | (Self::Mixed, Self::Mixed)
            | (Self::Punctuation, Self::Punctuation)
            | (Self::Digit, Self::Digit) => &[],
        }
    }

    /// The value that takes one character of another mode.
    fn shift(self, to: Self) -> Option<u16> {
        match (self, to) {
            (Self::Punctuation, _) => None,
            (_, Self::Punctuation) => Some(0),
            (Self::Lower, Self::Upper) => Some(28),
            (Self::Digit, Self::Upper) => Some(15),
            _ => None,
        }
    }

    /// Whether groups of octets can be shifted from here.
    fn shifts_octets(self) -> bool {
        matches!(self, Self::Upper | Self::Lower | Self::Mixed)
    }
}

/// What is written next at a place.
#[derive(Debug, Clone, Copy)]
enum Step {
    Character,
    Latch(Mode),
    Shift(Mode),
    Octets(usize),
}

/// The bits of some data; UTF-8 that is not ASCII is named as such.
pub(super) fn bits(data: &[u8]) -> Option<Vec<bool>> {
    let mut bits = Vec::new();
    if !data.is_ascii() && std::str::from_utf8(data).is_ok() {
        // A shift to punctuation, FLG(2), and the two digits of 26.
        for (value, count) in [(0, 5), (0, 5), (2, 3), (4, 4), (8, 4)] {
            push(&mut bits, value, count);
        }
    }
    let steps = cheapest(data);
    let (mut place, mut mode) = (0, Mode::Upper);
    while place < data.len() {
        let byte = data[place];
        match steps[place][mode as usize] {
            Step::Character => {
                push(&mut bits, mode.value(byte)?, mode.bits());
                place += 1;
            }
            Step::Latch(next) => {
                for &(value, count) in mode.latch(next) {
                    push(&mut bits, value, count);
                }
                mode = next;
            }
            Step::Shift(other) => {
                push(&mut bits, mode.shift(other)?, mode.bits());
                push(&mut bits, other.value(byte)?, other.bits());
                place += 1;
            }
            Step::Octets(count) => {
                push(&mut bits, 31, 5);
                push(&mut bits, u16::try_from(count).ok()?, 5);
                for &octet in &data[place..place + count] {
                    push(&mut bits, octet.into(), 8);
                }
                place += count;
            }
        }
    }
    Some(bits)
}

/// What to do at each place in each mode.
fn cheapest(data: &[u8]) -> Vec<[Step; 5]> {
    const NEVER: usize = usize::MAX / 2;
    let mut costs = vec![[0; 5]; data.len() + 1];
    let mut steps = vec![[Step::Character; 5]; data.len()];
    for place in (0..data.len()).rev() {
        let byte = data[place];
        let mut best = [(NEVER, Step::Character); 5];
        for mode in MODES {
            let after = |count: usize| costs[place + count][mode as usize];
            let mut consider = |cost: usize, step: Step| {
                if cost < best[mode as usize].0 {
                    best[mode as usize] = (cost, step);
                }
            };
            if mode.value(byte).is_some() {
                consider(mode.bits() + after(1), Step::Character);
            }
            for other in MODES {
                if mode.shift(other).is_some() && other.value(byte).is_some() {
                    consider(mode.bits() + other.bits() + after(1), Step::Shift(other));
                }
            }
            if mode.shifts_octets() {
                for count in 1..=GROUP_MAX.min(data.len() - place) {
                    consider(10 + 8 * count + after(count), Step::Octets(count));
                }
            }
        }
        // Then a change of mode before one of those.
        let own = best;
        for mode in MODES {
            for next in MODES {
                let bits: usize = mode.latch(next).iter().map(|(_, bits)| bits).sum();
                let cost = own[next as usize].0 + bits;
                if next != mode && cost < best[mode as usize].0 {
                    best[mode as usize] = (cost, Step::Latch(next));
                }
            }
        }
        for mode in MODES {
            (costs[place][mode as usize], steps[place][mode as usize]) = best[mode as usize];
        }
    }
    steps
}

fn push(bits: &mut Vec<bool>, value: u16, count: usize) {
    bits.extend((0..count).rev().map(|bit| value >> bit & 1 == 1));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn length(data: &[u8]) -> usize {
        bits(data).expect("any data can be written").len()
    }

    #[test]
    fn every_kind_of_data_is_written_the_cheapest_way() {
        assert_eq!(length(b"ABC"), 15);
        // A latch to lower.
        assert_eq!(length(b"abc"), 5 + 15);
        // A latch to digit, four bits each.
        assert_eq!(length(b"1234"), 5 + 16);
        // One shifted capital among small letters.
        assert_eq!(length(b"aBc"), 5 + 5 + 10 + 5);
        // Octets in a group.
        assert_eq!(length(b"\xff\xfe"), 10 + 16);
        // Punctuation shifted from digits.
        assert_eq!(length(b"12:34"), 5 + 8 + 4 + 5 + 8);
    }
}
