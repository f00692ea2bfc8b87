//! CODABAR, also called NW-7 (EN 798).

use super::strokes::Strokes;

const CHARACTERS: &[u8] = b"0123456789-$:/.+ABCD";

/// Seven bars and spaces a character, wide where the bit is 1.
const PATTERNS: [u16; 20] = [
    0x03, 0x06, 0x09, 0x60, 0x12, 0x42, 0x21, 0x24, 0x30, 0x48, 0x0C, 0x18, 0x45, 0x51, 0x54, 0x15,
    0x1A, 0x29, 0x0B, 0x0E,
];

/// From its start letter to its stop letter; a printer adds an A on both sides
/// of data without them.
pub(super) fn encode(data: &[u8]) -> Option<(Strokes, String)> {
    let mut all = data.to_ascii_uppercase();
    let is_letter = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphabetic);
    if !is_letter(all.first()) && !is_letter(all.last()) {
        all = [b"A", all.as_slice(), b"A"].concat();
    }
    let [first, inner @ .., last] = all.as_slice() else {
        return None;
    };
    if !is_letter(Some(first)) || !is_letter(Some(last)) {
        return None;
    }
    if inner.is_empty() || inner.iter().any(u8::is_ascii_alphabetic) {
        return None;
    }
    let mut strokes = Strokes::default();
    for (place, byte) in all.iter().enumerate() {
        let character = CHARACTERS.iter().position(|known| known == byte)?;
        if place > 0 {
            strokes.two_widths(0, 1);
        }
        strokes.two_widths(PATTERNS[character], 7);
    }
    let hri = data.iter().map(|&byte| char::from(byte)).collect();
    Some((strokes, hri))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn start_and_stop_letters_are_kept_or_added() {
        assert!(encode(b"A123B").is_some());
        assert!(encode(b"a123b").is_some());
        assert!(encode(b"123").is_some());
        assert!(encode(b"A123").is_none());
        assert!(encode(b"A1B2C").is_none());
    }
}
