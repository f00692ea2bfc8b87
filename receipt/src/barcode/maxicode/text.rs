//! Text in codewords of MaxiCode: five sets of characters, of which capitals and
//! small letters can be stayed in, and numbers of nine digits in six codewords.

/// Sets of characters that text stays in, and what stands for others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Set {
    Capitals,
    Small,
}

impl Set {
    fn other(self) -> Self {
        match self {
            Self::Capitals => Self::Small,
            Self::Small => Self::Capitals,
        }
    }

    /// The codeword of a character.
    fn word(self, byte: u8) -> Option<u16> {
        const SMALL: &[u8] = b"{\xff}~\x7f;<=>?[\\]^_ ,./:@!|";
        let plain = match (self, byte) {
            (Self::Capitals, b'\r') => 0,
            (Self::Capitals, b'A'..=b'Z') => byte - b'A' + 1,
            (_, 0x1C..=0x1E) | (Self::Capitals, b' ' | b'"'..=b':') => byte,
            (Self::Small, b'`') => 0,
            (Self::Small, b'a'..=b'z') => byte - b'a' + 1,
            (Self::Small, _) if byte < 0x80 => {
                32 + u8::try_from(SMALL.iter().position(|&mark| mark == byte)?).ok()?
            }
            _ => return None,
        };
        Some(plain.into())
    }
}

const EXTENDED_CHANNEL: u16 = 27;
const NUMBER: u16 = 31;
const PADDING: u16 = 33;
/// From each of the two sets to the other, for a character and for good.
const SHIFT: u16 = 59;
const LATCH: u16 = 63;
/// For one character of set C, D or E.
const SHIFT_OTHERS: u16 = 60;

/// Digits that are written as one number, and the codewords it takes.
const NUMBER_DIGITS: usize = 9;

/// Which of the sets C, D and E has each character from 80h on, and its codeword.
#[rustfmt::skip]
const OTHERS: [(u8, u8); 128] = [
    (0, 48), (0, 49), (0, 50), (0, 51), (0, 52), (0, 53), (0, 54), (0, 55), (0, 56), (0, 57),
    (1, 47), (1, 48), (1, 49), (1, 50), (1, 51), (1, 52), (1, 53), (1, 54), (1, 55), (1, 56), (1, 57),
    (2, 48), (2, 49), (2, 50), (2, 51), (2, 52), (2, 53), (2, 54), (2, 55), (2, 56), (2, 57),
    (2, 36), (2, 37), (1, 37), (2, 38), (2, 39), (2, 40), (2, 41), (2, 42), (2, 43), (1, 38),
    (2, 44), (0, 37), (1, 39), (0, 38), (2, 45), (2, 46), (1, 40), (1, 41), (0, 39), (0, 40),
    (0, 41), (1, 42), (0, 42), (2, 47), (1, 43), (1, 44), (0, 43), (0, 44), (1, 45), (0, 45),
    (0, 46), (0, 47), (1, 46),
    (0, 0), (0, 1), (0, 2), (0, 3), (0, 4), (0, 5), (0, 6), (0, 7), (0, 8), (0, 9), (0, 10),
    (0, 11), (0, 12), (0, 13), (0, 14), (0, 15), (0, 16), (0, 17), (0, 18), (0, 19), (0, 20),
    (0, 21), (0, 22), (0, 23), (0, 24), (0, 25), (0, 26), (0, 32), (0, 33), (0, 34), (0, 35),
    (0, 36),
    (1, 0), (1, 1), (1, 2), (1, 3), (1, 4), (1, 5), (1, 6), (1, 7), (1, 8), (1, 9), (1, 10),
    (1, 11), (1, 12), (1, 13), (1, 14), (1, 15), (1, 16), (1, 17), (1, 18), (1, 19), (1, 20),
    (1, 21), (1, 22), (1, 23), (1, 24), (1, 25), (1, 26), (1, 32), (1, 33), (1, 34), (1, 35),
    (1, 36),
];

/// The codeword of a character of set C, D or E, and which of them has it.
fn other_word(byte: u8) -> (u16, u16) {
    let (set, word) = match byte {
        0..=0x1A => (2, byte),
        0x1B => (2, 30),
        0x1F => (2, 35),
        byte => OTHERS[usize::from(byte & 0x7F)],
    };
    (set.into(), word.into())
}

/// One way to go on from a place.
#[derive(Debug, Clone)]
struct Step {
    words: Vec<u16>,
    octets: usize,
    then: Set,
}

/// A message in as few codewords as there can be, filled up to so many. `None`
/// when it is longer.
pub(super) fn message(data: &[u8], length: usize) -> Option<Vec<u16>> {
    // No message of this length has more octets, but numbers.
    if data.len() > length * 2 {
        return None;
    }
    let mut words = Vec::new();
    if !data.is_ascii() && std::str::from_utf8(data).is_ok() {
        words.extend([EXTENDED_CHANNEL, 26]);
    }
    // From the back: what the rest costs in each set, and the first step of it.
    let mut table: Vec<[(usize, Option<Step>); 2]> = vec![[(0, None), (0, None)]; data.len() + 1];
    for place in (0..data.len()).rev() {
        table[place] = [Set::Capitals, Set::Small].map(|set| {
            let cost =
                |step: &Step| step.words.len() + table[place + step.octets][step.then as usize].0;
            let best = steps(set, &data[place..])
                .into_iter()
                .min_by_key(|step| cost(step));
            (best.as_ref().map_or(0, cost), best)
        });
    }
    let (mut set, mut place) = (Set::Capitals, 0);
    while let Some(step) = &table[place][set as usize].1 {
        words.extend(&step.words);
        place += step.octets;
        set = step.then;
    }
    if words.len() > length {
        return None;
    }
    words.resize(length, PADDING);
    Some(words)
}

/// The ways to write what is next.
fn steps(set: Set, rest: &[u8]) -> Vec<Step> {
    let mut steps = Vec::new();
    let mut add = |words: Vec<u16>, octets: usize, then: Set| {
        steps.push(Step {
            words,
            octets,
            then,
        });
    };
    if let Some(digits) = rest
        .get(..NUMBER_DIGITS)
        .filter(|digits| digits.iter().all(u8::is_ascii_digit))
    {
        let number = digits
            .iter()
            .fold(0u32, |number, digit| number * 10 + u32::from(digit - b'0'));
        let parts = (0..5)
            .rev()
            .map(|part| (number >> (6 * part) & 0x3F) as u16);
        add(
            [NUMBER].into_iter().chain(parts).collect(),
            NUMBER_DIGITS,
            set,
        );
    }
    let byte = rest[0];
    let other = set.other();
    match (set.word(byte), other.word(byte)) {
        (Some(word), _) => add(vec![word], 1, set),
        (None, Some(word)) => {
            add(vec![SHIFT, word], 1, set);
            add(vec![LATCH, word], 1, other);
        }
        (None, None) => {
            let (which, word) = other_word(byte);
            add(vec![SHIFT_OTHERS + which, word], 1, set);
        }
    }
    if let (Some(_), Some(word)) = (set.word(byte), other.word(byte)) {
        add(vec![LATCH, word], 1, other);
    }
    steps
}

/// The primary message of a carrier (modes 2 and 3), and the data that are left:
/// postcode, country and service class, parted by GS, after the header of the
/// format if there is one.
pub(super) fn carrier(data: &[u8]) -> Option<(Vec<u16>, Vec<u8>)> {
    const HEADER: &[u8] = b"[)>\x1e01\x1d";
    const HEADER_OCTETS: usize = 9;
    let header = if data.starts_with(HEADER) {
        data.get(..HEADER_OCTETS)?
    } else {
        &[]
    };
    let mut fields = data[header.len()..].splitn(4, |&byte| byte == 0x1D);
    let (postcode, country, service) = (fields.next()?, fields.next()?, fields.next()?);
    let rest = [header, fields.next().unwrap_or_default()].concat();
    let (country, service) = (three_digits(country)?, three_digits(service)?);
    if postcode.is_empty() || postcode.len() > 9 {
        return None;
    }
    // 60 bits, the first ones in the last codeword.
    let mut bits: u64 = u64::from(service) << 10 | u64::from(country);
    if postcode.iter().all(u8::is_ascii_digit) {
        let number = postcode
            .iter()
            .fold(0, |number, digit| number * 10 + u64::from(digit - b'0'));
        bits = (bits << 6 | postcode.len() as u64) << 30 | number;
        bits = bits << 4 | 2;
    } else {
        for place in 0..6 {
            let letter = postcode.get(place).unwrap_or(&b' ').to_ascii_uppercase();
            let word = Set::Capitals.word(letter).filter(|_| letter >= b' ')?;
            bits = bits << 6 | u64::from(word);
        }
        bits = bits << 4 | 3;
    }
    let words = (0..10)
        .map(|word| (bits >> (6 * word) & 0x3F) as u16)
        .collect();
    Some((words, rest))
}

fn three_digits(field: &[u8]) -> Option<u16> {
    let digits = !field.is_empty() && field.len() <= 3 && field.iter().all(u8::is_ascii_digit);
    digits.then(|| {
        field
            .iter()
            .fold(0, |number, digit| number * 10 + u16::from(digit - b'0'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &[u8]) -> Vec<u16> {
        let mut words = message(text, 60).expect("it fits");
        while words.last() == Some(&PADDING) {
            words.pop();
        }
        words
    }

    #[test]
    fn text_stays_in_a_set_where_that_is_shorter() {
        assert_eq!(words(b"MAXI"), [13, 1, 24, 9]);
        assert_eq!(words(b"AbC"), [1, SHIFT, 2, 3]);
        assert_eq!(words(b"abc"), [LATCH, 1, 2, 3]);
        assert_eq!(words(b"ab, c"), [LATCH, 1, 2, 48, 47, 3]);
        assert_eq!(words(b"\t"), [62, 9]);
        // 123456789 in base 64.
        assert_eq!(words(b"123456789"), [NUMBER, 7, 22, 60, 52, 21]);
        // Latin-1 as UTF-8, which is said first.
        assert_eq!(words("é".as_bytes()), [27, 26, 60, 3, 62, 44]);
    }

    #[test]
    fn a_carriers_address_is_the_primary_message() {
        let (primary, rest) =
            carrier(b"[)>\x1e01\x1d96152382802\x1d840\x1d001\x1d1Z0").expect("one");
        assert_eq!(rest, b"[)>\x1e01\x1d961Z0");
        // The number 152382802 above the mode, from the lowest bits.
        let number = 152_382_802_u32;
        assert_eq!(u32::from(primary[0]), (number & 3) << 4 | 2);
        assert_eq!(u32::from(primary[1]), number >> 2 & 0x3F);
        let (primary, rest) = carrier(b"B1050\x1d056\x1d999").expect("one");
        assert_eq!((primary[0] & 0xF, rest.len()), (3, 0));
        assert!(carrier(b"no address").is_none());
    }
}
