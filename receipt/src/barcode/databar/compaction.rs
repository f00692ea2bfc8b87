//! General-purpose data compaction: digits, letters and other characters of
//! element strings in as few bits as there can be (ISO/IEC 24724, 7.2.5.5).

use crate::barcode::gs1::Element;

/// What the bits mean at a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    /// Pairs of digits; what a field begins in.
    Numeric,
    /// Digits and capitals.
    Alphanumeric,
    /// Small letters too.
    Iso646,
}

impl Mode {
    const ALL: [Self; 3] = [Self::Numeric, Self::Alphanumeric, Self::Iso646];
}

/// Some bits and how many of them.
type Bits = (u16, u8);

/// What fills a symbol up in the modes of letters; in the mode of digits what
/// leaves that comes before it.
const FILLER: Bits = (0b00100, 5);
const LEAVE_NUMERIC: Bits = (0b0000, 4);
const TO_NUMERIC: Bits = (0b000, 3);
const TO_OTHER_LETTERS: Bits = (0b00100, 5);
const FNC1: Bits = (0b01111, 5);

/// Bits in a row.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct BitRow(Vec<bool>);

impl BitRow {
    /// Adds the lower bits of a number.
    pub(super) fn push(&mut self, value: u16, count: u8) {
        self.0
            .extend((0..count).rev().map(|bit| value >> bit & 1 == 1));
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// Changes a bit.
    pub(super) fn set(&mut self, place: usize, bit: bool) {
        self.0[place] = bit;
    }

    /// As numbers of so many bits.
    pub(super) fn numbers(&self, bits: usize) -> impl Iterator<Item = u64> {
        let number = |bits: &[bool]| {
            bits.iter()
                .fold(0, |value, bit| value << 1 | u64::from(*bit))
        };
        self.0.chunks(bits).map(number)
    }

    /// Fills up what the elements left over.
    pub(super) fn fill(&mut self, length: usize, ends_numeric: bool) {
        if ends_numeric {
            self.push(LEAVE_NUMERIC.0, LEAVE_NUMERIC.1);
        }
        while self.0.len() < length {
            self.push(FILLER.0, FILLER.1);
        }
        self.0.truncate(length);
    }
}

/// One way to go on from a place.
#[derive(Debug, Clone, Copy)]
struct Step {
    bits: Bits,
    elements: usize,
    then: Mode,
}

/// The bits of the elements, and whether they end in the mode of digits. `None`
/// where GS1 has no such character.
pub(super) fn compacted(elements: &[Element], row: &mut BitRow) -> Option<bool> {
    const NEVER: u32 = u32::MAX / 2;
    let end = elements.len();
    // From the back: what the rest costs in each mode, and the first step of it.
    let mut table: Vec<[(u32, Option<Step>); 3]> = vec![[(NEVER, None); 3]; end + 1];
    table[end] = [(0, None); 3];
    for place in (0..end).rev() {
        let without_change = Mode::ALL.map(|mode| {
            step(mode, &elements[place..]).map_or((NEVER, None), |step| {
                let rest = table[place + step.elements][step.then as usize].0;
                (rest + u32::from(step.bits.1), Some(step))
            })
        });
        table[place] = Mode::ALL.map(|mode| {
            let changes = Mode::ALL.into_iter().filter_map(|other| {
                let bits = change(mode, other)?;
                let step = Step {
                    bits,
                    elements: 0,
                    then: other,
                };
                let (cost, _) = without_change[other as usize];
                Some((cost + u32::from(bits.1), Some(step)))
            });
            let best = changes
                .chain([without_change[mode as usize]])
                .min_by_key(|(cost, _)| *cost);
            best.unwrap_or((NEVER, None))
        });
    }
    let (mut mode, mut place, mut changed) = (Mode::Numeric, 0, false);
    while place < end {
        let step = match changed {
            true => step(mode, &elements[place..])?,
            false => table[place][mode as usize].1?,
        };
        row.push(step.bits.0, step.bits.1);
        changed = step.elements == 0;
        place += step.elements;
        mode = step.then;
    }
    Some(mode == Mode::Numeric)
}

/// What changes the mode; two changes lead from digits to small letters.
fn change(from: Mode, to: Mode) -> Option<Bits> {
    match (from, to) {
        (Mode::Numeric, Mode::Alphanumeric) => Some(LEAVE_NUMERIC),
        (Mode::Numeric, Mode::Iso646) => Some((0b0_0000_0100, 9)),
        (Mode::Alphanumeric | Mode::Iso646, Mode::Numeric) => Some(TO_NUMERIC),
        (Mode::Alphanumeric, Mode::Iso646) | (Mode::Iso646, Mode::Alphanumeric) => {
            Some(TO_OTHER_LETTERS)
        }
        _ => None,
    }
}

/// The next elements in a mode.
fn step(mode: Mode, elements: &[Element]) -> Option<Step> {
    let first = *elements.first()?;
    if mode == Mode::Numeric {
        let number = |element: &Element| match element {
            Element::Fnc1 => Some(10),
            Element::Character(digit @ b'0'..=b'9') => Some(u16::from(digit - b'0')),
            Element::Character(_) => None,
        };
        let one = number(&first)?;
        // A digit at the end stands with an FNC1 that ends nothing.
        let two = elements.get(1).map_or(Some(10), number)?;
        return (one < 10 || two < 10).then_some(Step {
            bits: (11 * one + two + 8, 7),
            elements: elements.len().min(2),
            then: mode,
        });
    }
    let (bits, then) = match first {
        Element::Fnc1 => (FNC1, Mode::Numeric),
        Element::Character(digit @ b'0'..=b'9') => ((u16::from(digit - b'0') + 5, 5), mode),
        Element::Character(other) if mode == Mode::Alphanumeric => (alphanumeric(other)?, mode),
        Element::Character(other) => (iso_646(other)?, mode),
    };
    Some(Step {
        bits,
        elements: 1,
        then,
    })
}

/// Table 12.
fn alphanumeric(character: u8) -> Option<Bits> {
    let value = match character {
        b'A'..=b'Z' => character - b'A',
        other => 26 + u8::try_from(b"*,-./".iter().position(|&mark| mark == other)?).ok()?,
    };
    Some((0b10_0000 + u16::from(value), 6))
}

/// Table 13.
fn iso_646(character: u8) -> Option<Bits> {
    const MARKS: &[u8] = b"!\"%&'()*+,-./:;<=>?_ ";
    Some(match character {
        b'A'..=b'Z' => (64 + u16::from(character - b'A'), 7),
        b'a'..=b'z' => (90 + u16::from(character - b'a'), 7),
        other => {
            let place = MARKS.iter().position(|&mark| mark == other)?;
            (232 + u16::try_from(place).ok()?, 8)
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bits(text: &str) -> Option<(String, bool)> {
        let elements: Vec<Element> = text
            .bytes()
            .map(|byte| match byte {
                b'|' => Element::Fnc1,
                other => Element::Character(other),
            })
            .collect();
        let mut row = BitRow::default();
        let ends_numeric = compacted(&elements, &mut row)?;
        Some((
            row.0
                .iter()
                .map(|&bit| if bit { '1' } else { '0' })
                .collect(),
            ends_numeric,
        ))
    }

    #[test]
    fn digits_are_pairs_and_letters_change_the_mode() {
        // 11 times the first digit, the second and 8.
        assert_eq!(bits("12"), Some(("0010101".to_owned(), true)));
        // A digit alone stands with FNC1.
        assert_eq!(bits("5"), Some(("1001001".to_owned(), true)));
        assert_eq!(bits("A"), Some(("0000100000".to_owned(), false)));
        assert_eq!(bits("a"), Some(("0000001001011010".to_owned(), false)));
        // After FNC1 there are digits again, without a change.
        assert_eq!(
            bits("A|12"),
            Some(("0000100000011110010101".to_owned(), true))
        );
        assert_eq!(bits("#"), None);
        assert_eq!(bits("12\u{e9}"), None);
    }
}
