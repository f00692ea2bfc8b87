//! PDF417 (ISO/IEC 15438): data to codewords, codewords to rows of modules.
//!
//! Stretches of digits, text and octets are written each in the mode that suits
//! them; text that is not ASCII is named UTF-8 where it is.

use super::pdf417_patterns::PATTERNS;
use crate::layout::{Bitmap, SymbolSettings};

const CODEWORDS_MAX: usize = 928;
const ROWS: std::ops::RangeInclusive<usize> = 3..=90;
const COLUMNS_MAX: usize = 30;

const TEXT: u16 = 900;
const OCTETS: u16 = 901;
const DIGITS: u16 = 902;
const OCTET_SHIFT: u16 = 913;
const OCTETS_SIX: u16 = 924;
const INTERPRETATION: u16 = 927;
const UTF_8: u16 = 26;

/// Start and stop as modules, 1 black.
const START: (u32, u8) = (0x1_FEA8, 17);
const STOP: (u32, u8) = (0x3_FA29, 18);
/// All that truncated symbols have of the stop.
const TRUNCATED_STOP: (u32, u8) = (1, 1);

/// Digits are worth a mode of their own from this many on.
const DIGITS_MIN: usize = 13;
/// Text is worth leaving octets for from this many characters on.
const TEXT_MIN: usize = 5;
/// How many digits become one number.
const DIGITS_A_GROUP: usize = 44;

/// The symbol, one module a dot and one row a dot, no wider than `modules_max`
/// where its columns are not given.
pub(super) fn encode(data: &[u8], settings: &SymbolSettings, modules_max: usize) -> Option<Bitmap> {
    if data.is_empty() {
        return None;
    }
    let mut codewords = codewords(data);
    let level = level(settings.pdf417_error_correction, codewords.len());
    let check_count = 2usize << level;
    // The first codeword tells how many there are.
    let count = 1 + codewords.len() + check_count;
    let (columns, rows) = size(count, settings, modules_max)?;
    let room = columns * rows - check_count;
    codewords.insert(0, u16::try_from(room).ok()?);
    codewords.resize(room, TEXT);
    codewords.extend(check_words(&codewords, check_count));

    let mut modules = Vec::new();
    for (row, words) in codewords.chunks_exact(columns).enumerate() {
        let cluster = row % 3;
        let of_rows = (rows - 1) / 3;
        let of_level = usize::from(level) * 3 + (rows - 1) % 3;
        let of_columns = columns - 1;
        let (left, right) = match cluster {
            0 => (of_rows, of_columns),
            1 => (of_level, of_rows),
            _ => (of_columns, of_level),
        };
        let indicator = |value: usize| (row / 3 * 30 + value) % 929;
        let mut line = Line::default();
        line.push(START);
        line.codeword(cluster, indicator(left));
        for &word in words {
            line.codeword(cluster, word.into());
        }
        if settings.pdf417_truncated {
            line.push(TRUNCATED_STOP);
        } else {
            line.codeword(cluster, indicator(right));
            line.push(STOP);
        }
        modules.push(line.modules);
    }
    let width = modules.first()?.len();
    let mut octets = Vec::new();
    for line in &modules {
        octets.extend(line.chunks(8).map(|eight| {
            eight.iter().enumerate().fold(0u8, |octet, (bit, &black)| {
                octet | u8::from(black) << (7 - bit)
            })
        }));
    }
    Some(Bitmap::from_rows(
        u32::try_from(width).ok()?,
        u32::try_from(rows).ok()?,
        octets,
    ))
}

/// A row of modules being written.
#[derive(Default)]
struct Line {
    modules: Vec<bool>,
}

impl Line {
    fn push(&mut self, (bits, count): (u32, u8)) {
        self.modules
            .extend((0..count).rev().map(|bit| bits >> bit & 1 == 1));
    }

    fn codeword(&mut self, cluster: usize, word: usize) {
        self.push((0x1_0000 | u32::from(PATTERNS[cluster][word]), 17));
    }
}

/// The error correction level: given itself, or as the part of the data in
/// tenths, which printers translate by this table.
fn level((kind, n): (u8, u8), data_count: usize) -> u8 {
    if kind == 48 {
        return n.saturating_sub(48).min(8);
    }
    let wanted = (data_count * usize::from(n.clamp(1, 40))).div_ceil(10);
    match wanted {
        0..=3 => 1,
        4..=10 => 2,
        11..=20 => 3,
        21..=45 => 4,
        46..=100 => 5,
        101..=200 => 6,
        201..=400 => 7,
        _ => 8,
    }
}

/// Columns and rows for so many codewords. Without any given, the symbol comes
/// out about twice as wide as high.
fn size(count: usize, settings: &SymbolSettings, modules_max: usize) -> Option<(usize, usize)> {
    let fits = |&(columns, rows): &(usize, usize)| {
        ROWS.contains(&rows)
            && (1..=COLUMNS_MAX).contains(&columns)
            && (count..=CODEWORDS_MAX).contains(&(columns * rows))
    };
    let rows_for = |columns: usize| count.div_ceil(columns).max(*ROWS.start());
    let given_columns = usize::from(settings.pdf417_columns);
    let given_rows = usize::from(settings.pdf417_rows);
    match (given_columns, given_rows) {
        (0, 0) => {
            let width = |columns: usize| 17 * columns + 69;
            let height = |rows: usize| rows * usize::from(settings.pdf417_row_height);
            (1..=COLUMNS_MAX)
                .map(|columns| (columns, rows_for(columns)))
                .filter(fits)
                .min_by_key(|&(columns, rows)| {
                    let too_wide = width(columns).saturating_sub(modules_max);
                    (too_wide, width(columns).abs_diff(2 * height(rows)))
                })
        }
        (columns, 0) => Some((columns, rows_for(columns))).filter(fits),
        (0, rows) => Some((count.div_ceil(rows), rows)).filter(fits),
        (columns, rows) => Some((columns, rows))
            .filter(fits)
            .or_else(|| Some((columns, rows_for(columns))).filter(fits)),
    }
}

/// Reed-Solomon over the integers modulo 929, with powers of 3.
fn check_words(data: &[u16], count: usize) -> Vec<u16> {
    const FIELD: u32 = 929;
    let mut generator = vec![1u32];
    let mut root = 1;
    for _ in 0..count {
        root = root * 3 % FIELD;
        // Times (x - root), lowest power first.
        let mut next = vec![0; generator.len() + 1];
        for (power, &factor) in generator.iter().enumerate() {
            next[power + 1] = (next[power + 1] + factor) % FIELD;
            next[power] = (next[power] + factor * (FIELD - root)) % FIELD;
        }
        generator = next;
    }
    let mut rest = vec![0u32; count];
    for &word in data {
        let top = (u32::from(word) + rest[count - 1]) % FIELD;
        for power in (0..count).rev() {
            let below = if power == 0 { 0 } else { rest[power - 1] };
            rest[power] = (below + FIELD - top * generator[power] % FIELD) % FIELD;
        }
    }
    rest.iter()
        .rev()
        // All values are below 929.
        .map(|&value| u16::try_from((FIELD - value) % FIELD).unwrap_or(0))
        .collect()
}

/// The data as codewords of up to three modes.
fn codewords(data: &[u8]) -> Vec<u16> {
    let mut words = Vec::new();
    if !data.is_ascii() && std::str::from_utf8(data).is_ok() {
        words.extend([INTERPRETATION, UTF_8]);
    }
    let mut in_text = true;
    let mut submode = Submode::Alpha;
    let mut rest = data;
    while !rest.is_empty() {
        let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        if digits >= DIGITS_MIN {
            words.push(DIGITS);
            for group in rest[..digits].chunks(DIGITS_A_GROUP) {
                words.extend(number(group));
            }
            in_text = false;
            rest = &rest[digits..];
            continue;
        }
        let text = text_length(rest);
        if text >= TEXT_MIN || text == rest.len() {
            if !in_text {
                words.push(TEXT);
                submode = Submode::Alpha;
            }
            in_text = true;
            words.extend(text_words(&rest[..text], &mut submode));
            rest = &rest[text..];
            continue;
        }
        let octets = octets_length(rest);
        if octets == 1 && in_text {
            words.extend([OCTET_SHIFT, rest[0].into()]);
        } else {
            words.push(if octets.is_multiple_of(6) {
                OCTETS_SIX
            } else {
                OCTETS
            });
            let sixes = rest[..octets].chunks_exact(6);
            let single = sixes.remainder();
            for six in sixes {
                words.extend(base_900(six));
            }
            words.extend(single.iter().map(|&octet| u16::from(octet)));
            in_text = false;
        }
        rest = &rest[octets..];
    }
    words
}

/// How much from here on is text, up to digits worth a mode of their own.
fn text_length(data: &[u8]) -> usize {
    let mut digits = 0;
    for (place, &byte) in data.iter().enumerate() {
        if !Submode::ALL
            .iter()
            .any(|submode| submode.value(byte).is_some())
        {
            return place;
        }
        digits = if byte.is_ascii_digit() { digits + 1 } else { 0 };
        if digits >= DIGITS_MIN {
            return place + 1 - digits;
        }
    }
    data.len()
}

/// How much from here on is best written as octets: up to what is worth
/// leaving them for.
fn octets_length(data: &[u8]) -> usize {
    (1..data.len())
        .find(|&place| text_length(&data[place..]) >= TEXT_MIN)
        .unwrap_or(data.len())
}

/// Six octets as five codewords.
fn base_900(six: &[u8]) -> [u16; 5] {
    let mut value = six
        .iter()
        .fold(0u64, |value, &octet| value << 8 | u64::from(octet));
    let mut words = [0; 5];
    for word in words.iter_mut().rev() {
        *word = u16::try_from(value % 900).unwrap_or(0);
        value /= 900;
    }
    words
}

/// Digits as codewords: a 1 before them, and the number to base 900.
fn number(digits: &[u8]) -> Vec<u16> {
    let mut decimal: Vec<u32> = std::iter::once(1)
        .chain(digits.iter().map(|digit| u32::from(digit - b'0')))
        .collect();
    let mut words = Vec::new();
    while !decimal.is_empty() {
        let mut remainder = 0;
        let mut quotient = Vec::with_capacity(decimal.len());
        for digit in decimal {
            let value = remainder * 10 + digit;
            remainder = value % 900;
            if value >= 900 || !quotient.is_empty() {
                quotient.push(value / 900);
            }
        }
        words.push(u16::try_from(remainder).unwrap_or(0));
        decimal = quotient;
    }
    words.reverse();
    words
}

/// The submodes of text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Submode {
    Alpha,
    Lower,
    Mixed,
    Punctuation,
}

const MIXED: &[u8] = b"0123456789&\r\t,:#-.$/+%*=^";
const PUNCTUATION: &[u8] = b";<>@[\\]_`~!\r\t,:\n-.$/\"|*()?{}'";
const PUNCTUATION_SHIFT: u16 = 29;
const ALPHA_SHIFT: u16 = 27;

impl Submode {
    const ALL: [Self; 4] = [Self::Alpha, Self::Lower, Self::Mixed, Self::Punctuation];

    fn value(self, byte: u8) -> Option<u16> {
        let place = |table: &[u8]| table.iter().position(|&known| known == byte);
        let place = match (self, byte) {
            (Self::Alpha | Self::Lower | Self::Mixed, b' ') => Some(26),
            (Self::Alpha, b'A'..=b'Z') => Some(usize::from(byte - b'A')),
            (Self::Lower, b'a'..=b'z') => Some(usize::from(byte - b'a')),
            (Self::Mixed, _) => place(MIXED),
            (Self::Punctuation, _) => place(PUNCTUATION),
            _ => None,
        }?;
        u16::try_from(place).ok()
    }

    /// The values that change to another submode for good.
    fn latch(self, to: Self) -> &'static [u16] {
        match (self, to) {
            (Self::Alpha, Self::Lower) | (Self::Mixed, Self::Lower) => &[27],
            (Self::Alpha | Self::Lower, Self::Mixed) => &[28],
            (Self::Alpha | Self::Lower, Self::Punctuation) => &[28, 25],
            (Self::Lower, Self::Alpha) => &[28, 28],
            (Self::Mixed, Self::Alpha) => &[28],
            (Self::Mixed, Self::Punctuation) => &[25],
            (Self::Punctuation, Self::Alpha) => &[29],
            (Self::Punctuation, Self::Lower) => &[29, 27],
            (Self::Punctuation, Self::Mixed) => &[29, 28],
            (Self::Alpha, Self::Alpha)
            | (Self::Lower, Self::Lower)
            | (Self::Mixed, Self::Mixed)
            | (Self::Punctuation, Self::Punctuation) => &[],
        }
    }
}

/// Text as codewords of two values each.
fn text_words(text: &[u8], submode: &mut Submode) -> Vec<u16> {
    let mut values: Vec<u16> = Vec::new();
    for (place, &byte) in text.iter().enumerate() {
        if let Some(value) = submode.value(byte) {
            values.push(value);
            continue;
        }
        let next = text.get(place + 1);
        let stays = |other: Submode| next.is_some_and(|&next| other.value(next).is_some());
        // One character of another kind is shifted to where there is a shift.
        if *submode == Submode::Lower
            && let Some(value) = Submode::Alpha.value(byte)
            && !stays(Submode::Alpha)
        {
            values.extend([ALPHA_SHIFT, value]);
            continue;
        }
        if *submode != Submode::Punctuation
            && let Some(value) = Submode::Punctuation.value(byte)
            && (Submode::Mixed.value(byte).is_none() && !stays(Submode::Punctuation)
                || stays(*submode))
        {
            values.extend([PUNCTUATION_SHIFT, value]);
            continue;
        }
        for other in [
            Submode::Lower,
            Submode::Alpha,
            Submode::Mixed,
            Submode::Punctuation,
        ] {
            if let Some(value) = other.value(byte) {
                values.extend(submode.latch(other));
                values.push(value);
                *submode = other;
                break;
            }
        }
    }
    if values.len() % 2 == 1 {
        // A shift that nothing follows: readers drop it, except in the submode
        // where this value is the way back.
        values.push(29);
        if *submode == Submode::Punctuation {
            *submode = Submode::Alpha;
        }
    }
    values
        .chunks_exact(2)
        .map(|pair| pair[0] * 30 + pair[1])
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_become_one_number() {
        // The example of the standard.
        assert_eq!(number(b"000213298174000"), [1, 624, 434, 632, 282, 200]);
    }

    #[test]
    fn octets_become_five_for_six() {
        // The example of the standard: "alcool".
        assert_eq!(base_900(b"alcool"), [163, 238, 432, 766, 244]);
    }

    #[test]
    fn check_words_are_those_of_the_standard() {
        // The example of the standard, level 1.
        assert_eq!(
            check_words(&[5, 453, 178, 121, 239], 4),
            [452, 327, 657, 619]
        );
    }

    #[test]
    fn rows_and_columns_given_are_kept() {
        let settings = SymbolSettings {
            pdf417_columns: 4,
            pdf417_rows: 12,
            ..SymbolSettings::default()
        };
        let bitmap = encode(b"PDF417", &settings, 600).expect("fits");
        assert_eq!(
            (bitmap.width_dots(), bitmap.height_dots()),
            (4 * 17 + 69, 12)
        );
        assert!(encode(&[0xFF; 2000], &settings, 600).is_none());
    }
}
