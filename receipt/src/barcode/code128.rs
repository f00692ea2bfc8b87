//! CODE128 and GS1-128 (ISO/IEC 15417).
//!
//! A printer takes the data in three ways: with marks that name the code sets
//! (`GS k` 73), as GS1 element strings (74), or plain (79). All become symbol
//! values; the last two are written in as few as there can be.

use super::gs1::{self, Element};
use super::strokes::Strokes;

const FNC3: u8 = 96;
const FNC2: u8 = 97;
const SHIFT: u8 = 98;
const CODE_C: u8 = 99;
const CODE_B: u8 = 100;
const CODE_A: u8 = 101;
const FNC1: u8 = 102;
const START_A: u8 = 103;

/// Bars and spaces of the values 0 to 105.
#[rustfmt::skip]
const PATTERNS: [&str; 106] = [
    "212222", "222122", "222221", "121223", "121322", "131222", "122213", "122312", "132212",
    "221213", "221312", "231212", "112232", "122132", "122231", "113222", "123122", "123221",
    "223211", "221132", "221231", "213212", "223112", "312131", "311222", "321122", "321221",
    "312212", "322112", "322211", "212123", "212321", "232121", "111323", "131123", "131321",
    "112313", "132113", "132311", "211313", "231113", "231311", "112133", "112331", "132131",
    "113123", "113321", "133121", "313121", "211331", "231131", "213113", "213311", "213131",
    "311123", "311321", "331121", "312113", "312311", "332111", "314111", "221411", "431111",
    "111224", "111422", "121124", "121421", "141122", "141221", "112214", "112412", "122114",
    "122411", "142112", "142211", "241211", "221114", "413111", "241112", "134111", "111242",
    "121142", "121241", "114212", "124112", "124211", "411212", "421112", "421211", "212141",
    "214121", "412121", "111143", "111341", "131141", "114113", "114311", "411113", "411311",
    "113141", "114131", "311141", "411131", "211412", "211214", "211232",
];
const STOP: &str = "2331112";

/// A code set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Set {
    A,
    B,
    C,
}

impl Set {
    fn start(self) -> u8 {
        match self {
            Self::A => START_A,
            Self::B => START_A + 1,
            Self::C => START_A + 2,
        }
    }

    /// The value that changes to this set.
    fn latch(self) -> u8 {
        match self {
            Self::A => CODE_A,
            Self::B => CODE_B,
            Self::C => CODE_C,
        }
    }

    /// The value of a character in this set; two digits of set C are one octet
    /// of 0 to 99.
    fn value(self, byte: u8) -> Option<u8> {
        match (self, byte) {
            (Self::A, 32..=95) | (Self::B, 32..=127) => Some(byte - 32),
            (Self::A, 0..=31) => Some(byte + 64),
            (Self::C, 0..=99) => Some(byte),
            _ => None,
        }
    }

    /// FNC4 is the value that would change to the set one is in.
    fn fnc4(self) -> Option<u8> {
        match self {
            Self::A => Some(CODE_A),
            Self::B => Some(CODE_B),
            Self::C => None,
        }
    }
}

/// What stands in the data: a character, or FNC1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Unit {
    Character(u8),
    Fnc1,
}

/// `GS k` 73: `{A`, `{B`, `{C` choose the set, `{S` shifts one character, `{1` to
/// `{4` are functions, `{{` is a brace. Data without a set at its beginning is
/// taken to be in set B.
pub(super) fn encode_marked(data: &[u8]) -> Option<(Strokes, String)> {
    let mut hri = String::new();
    let mut values = Vec::new();
    let mut set = Set::B;
    let mut shifted = false;
    let mut bytes = data.iter().copied();
    while let Some(byte) = bytes.next() {
        let mark = if byte == b'{' {
            Some(bytes.next()?)
        } else {
            None
        };
        let chosen = match mark {
            Some(b'A') => Some(Set::A),
            Some(b'B') => Some(Set::B),
            Some(b'C') => Some(Set::C),
            _ => None,
        };
        if values.is_empty() {
            set = chosen.unwrap_or(Set::B);
            values.push(set.start());
            if chosen.is_some() {
                continue;
            }
        }
        match (mark, chosen) {
            (_, Some(chosen)) => {
                if chosen != set {
                    values.push(chosen.latch());
                    set = chosen;
                }
            }
            (Some(b'S'), _) if set != Set::C => {
                values.push(SHIFT);
                shifted = true;
            }
            (Some(b'1'), _) => values.push(FNC1),
            (Some(b'2'), _) if set != Set::C => values.push(FNC2),
            (Some(b'3'), _) if set != Set::C => values.push(FNC3),
            (Some(b'4'), _) => values.push(set.fnc4()?),
            (Some(b'{') | None, _) => {
                let own = match (set, std::mem::take(&mut shifted)) {
                    (Set::A, true) => Set::B,
                    (Set::B, true) => Set::A,
                    (set, _) => set,
                };
                values.push(own.value(byte)?);
                if own == Set::C {
                    hri.push(char::from(b'0' + byte / 10));
                    hri.push(char::from(b'0' + byte % 10));
                } else {
                    hri.push(visible(byte));
                }
            }
            (Some(_), _) => return None,
        }
    }
    Some((strokes(values)?, hri))
}

/// `GS k` 79: ASCII in whatever sets are shortest.
pub(super) fn encode_plain(data: &[u8]) -> Option<(Strokes, String)> {
    let units: Vec<Unit> = data.iter().copied().map(Unit::Character).collect();
    let hri = data.iter().copied().map(visible).collect();
    Some((strokes(shortest(&units)?)?, hri))
}

/// `GS k` 74: application identifiers in parentheses, which are not encoded;
/// `{1` is FNC1, and blanks are only shown. FNC1 also goes where a field without
/// a length of its own ends.
pub(super) fn encode_gs1(data: &[u8]) -> Option<(Strokes, String)> {
    let (elements, hri) = gs1::elements(data)?;
    let units: Vec<Unit> = [Element::Fnc1]
        .into_iter()
        .chain(elements)
        .map(|element| match element {
            Element::Fnc1 => Unit::Fnc1,
            Element::Character(byte) => Unit::Character(byte),
        })
        .collect();
    Some((strokes(shortest(&units)?)?, hri))
}

/// The shortest row of values for the units, found from the back: for each
/// place and set, what follows costs least.
fn shortest(units: &[Unit]) -> Option<Vec<u8>> {
    const SETS: [Set; 3] = [Set::A, Set::B, Set::C];
    const NEVER: usize = usize::MAX / 2;
    // By place and set: the cost from here, and the set the next units are in.
    let mut table = vec![[(NEVER, Set::B); 3]; units.len() + 1];
    table[units.len()] = SETS.map(|set| (0, set));
    for place in (0..units.len()).rev() {
        let own = SETS.map(|set| {
            consumed(units, place, set)
                .map_or(NEVER, |(_, count)| table[place + count][set as usize].0 + 1)
        });
        for set in SETS {
            table[place][set as usize] = SETS
                .into_iter()
                .map(|next| (own[next as usize] + usize::from(next != set), next))
                .min_by_key(|&(cost, next)| (cost, next != set))?;
        }
    }
    let mut set = SETS
        .into_iter()
        .min_by_key(|&set| table[0][set as usize].0)
        .filter(|&set| table[0][set as usize].0 < NEVER)?;
    // Nothing changes sets at the very beginning.
    set = table[0][set as usize].1;
    let mut values = vec![set.start()];
    let mut place = 0;
    while place < units.len() {
        let next = table[place][set as usize].1;
        if next != set {
            values.push(next.latch());
            set = next;
        }
        let (value, count) = consumed(units, place, set)?;
        values.push(value);
        place += count;
    }
    Some(values)
}

/// The value a set writes at a place, and how many units it stands for.
fn consumed(units: &[Unit], place: usize, set: Set) -> Option<(u8, usize)> {
    match (units.get(place)?, set) {
        (Unit::Fnc1, _) => Some((FNC1, 1)),
        (Unit::Character(first), Set::C) => match units.get(place + 1)? {
            Unit::Character(second) if first.is_ascii_digit() && second.is_ascii_digit() => {
                Some(((first - b'0') * 10 + (second - b'0'), 2))
            }
            _ => None,
        },
        (Unit::Character(byte), set) => Some((set.value(*byte)?, 1)),
    }
}

/// Values with start at their head, check character and stop.
fn strokes(values: Vec<u8>) -> Option<Strokes> {
    if values.len() < 2 {
        return None;
    }
    let sum: usize = values
        .iter()
        .enumerate()
        .map(|(place, &value)| place.max(1) * usize::from(value))
        .sum();
    let mut strokes = Strokes::default();
    for value in values {
        strokes.pattern(PATTERNS[usize::from(value)]);
    }
    strokes.pattern(PATTERNS[sum % 103]);
    strokes.pattern(STOP);
    Some(strokes)
}

/// A character as it is shown below the bars.
pub(super) fn visible(byte: u8) -> char {
    if byte.is_ascii_graphic() || byte == b' ' {
        char::from(byte)
    } else {
        ' '
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn characters(strokes: &Strokes) -> u32 {
        // Eleven modules a character, two more for the stop.
        (strokes.dots(1).width_dots() - 2) / 11
    }

    #[test]
    fn marks_choose_the_sets_and_are_not_shown() {
        let (strokes, hri) = encode_marked(b"{BHC-{C\x14\x1a\x02\x03{B-7").expect("CODE128");
        assert_eq!(hri, "HC-20260203-7");
        // Start, 3, code C, 4, code B, 2, check, stop.
        assert_eq!(characters(&strokes), 14);
        assert!(encode_marked(b"{C\x64").is_none());
        assert!(encode_marked(b"{A{").is_none());
        assert!(encode_marked(b"{A").is_none());
    }

    #[test]
    fn plain_data_is_written_as_short_as_can_be() {
        let length = |data: &[u8]| characters(&encode_plain(data).expect("ASCII").0);
        // Start, values, check, stop.
        assert_eq!(length(b"123456"), 3 + 3);
        assert_eq!(length(b"ABCdef"), 3 + 6);
        assert_eq!(length(b"AB123456"), 3 + 2 + 1 + 3);
        assert_eq!(length(b"A1B"), 3 + 3);
        assert!(encode_plain(b"\xe9").is_none());
    }

    #[test]
    fn a_field_without_a_length_ends_with_fnc1() {
        let (one, hri) = encode_gs1(b"(01)04012345678901(10)AB").expect("GS1");
        assert_eq!(hri, "(01)04012345678901(10)AB");
        let (two, _) = encode_gs1(b"(10)AB(01)04012345678901").expect("GS1");
        let (marked, _) = encode_gs1(b"(10)AB{1(01)04012345678901").expect("GS1");
        assert_eq!(two.dots(1), marked.dots(1));
        assert!(characters(&two) > characters(&one));
    }
}
