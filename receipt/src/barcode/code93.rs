//! CODE93 with its two check characters, and pairs for what it has no
//! character for.

use super::strokes::Strokes;

/// The last four are the shifts ($), (%), (/) and (+).
const CHARACTERS: &[u8] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-. $/+%abcd";

/// Nine modules a character, 1 black.
const PATTERNS: [u16; 47] = [
    0x114, 0x148, 0x144, 0x142, 0x128, 0x124, 0x122, 0x150, 0x112, 0x10A, 0x1A8, 0x1A4, 0x1A2,
    0x194, 0x192, 0x18A, 0x168, 0x164, 0x162, 0x134, 0x11A, 0x158, 0x14C, 0x146, 0x12C, 0x116,
    0x1B4, 0x1B2, 0x1AC, 0x1A6, 0x196, 0x19A, 0x16C, 0x166, 0x136, 0x13A, 0x12E, 0x1D4, 0x1D2,
    0x1CA, 0x16E, 0x176, 0x1AE, 0x126, 0x1DA, 0x1D6, 0x132,
];
const START_STOP: u16 = 0x15E;

/// Any ASCII character.
pub(super) fn encode(data: &[u8]) -> Option<(Strokes, String)> {
    if data.is_empty() {
        return None;
    }
    let mut values: Vec<usize> = Vec::new();
    for &byte in data {
        for character in characters(byte)? {
            values.push(CHARACTERS.iter().position(|&known| known == character)?);
        }
    }
    for weights in [20, 15] {
        let sum: usize = values
            .iter()
            .rev()
            .zip((1..=weights).cycle())
            .map(|(value, weight)| value * weight)
            .sum();
        values.push(sum % 47);
    }
    let mut strokes = Strokes::default();
    character(&mut strokes, START_STOP);
    for value in values {
        character(&mut strokes, PATTERNS[value]);
    }
    character(&mut strokes, START_STOP);
    strokes.modules([1]);
    Some((strokes, data.iter().map(|&byte| char::from(byte)).collect()))
}

/// The one or two characters that stand for an ASCII character.
fn characters(byte: u8) -> Option<Vec<u8>> {
    let pair = |shift, from: u8, to: u8| vec![shift, byte - from + to];
    Some(match byte {
        b'0'..=b'9' | b'A'..=b'Z' | b'-' | b'.' | b' ' | b'$' | b'/' | b'+' | b'%' => vec![byte],
        0 => vec![b'b', b'U'],
        1..=26 => pair(b'a', 1, b'A'),
        27..=31 => pair(b'b', 27, b'A'),
        b'!'..=b',' => pair(b'c', b'!', b'A'),
        b':' => vec![b'c', b'Z'],
        b';'..=b'?' => pair(b'b', b';', b'F'),
        b'@' => vec![b'b', b'V'],
        b'['..=b'_' => pair(b'b', b'[', b'K'),
        b'`' => vec![b'b', b'W'],
        b'a'..=b'z' => pair(b'd', b'a', b'A'),
        b'{'..=127 => pair(b'b', b'{', b'P'),
        128.. => return None,
    })
}

fn character(strokes: &mut Strokes, pattern: u16) {
    let mut widths = Vec::with_capacity(6);
    let mut previous = None;
    for bit in (0..9).rev() {
        let black = pattern >> bit & 1;
        if previous == Some(black) {
            if let Some(width) = widths.last_mut() {
                *width += 1;
            }
        } else {
            widths.push(1);
        }
        previous = Some(black);
    }
    strokes.modules(widths);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_character_takes_nine_modules() {
        let (strokes, _) = encode(b"TEST93").expect("characters of the code");
        // Start, six, two check characters, stop, and the closing bar.
        assert_eq!(strokes.dots(1).width_dots(), 10 * 9 + 1);
    }

    #[test]
    fn small_letters_and_control_codes_are_pairs() {
        let (strokes, _) = encode(b"a\n").expect("ASCII");
        assert_eq!(strokes.dots(1).width_dots(), (4 + 4) * 9 + 1);
        assert!(encode(b"\xe9").is_none());
    }
}
