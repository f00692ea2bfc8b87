//! CODE39 (ISO/IEC 16388).

use super::strokes::Strokes;

const CHARACTERS: &[u8] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-. $/+%*";

/// Nine bars and spaces a character, wide where the bit is 1.
const PATTERNS: [u16; 44] = [
    0x034, 0x121, 0x061, 0x160, 0x031, 0x130, 0x070, 0x025, 0x124, 0x064, 0x109, 0x049, 0x148,
    0x019, 0x118, 0x058, 0x00D, 0x10C, 0x04C, 0x01C, 0x103, 0x043, 0x142, 0x013, 0x112, 0x052,
    0x007, 0x106, 0x046, 0x016, 0x181, 0x0C1, 0x1C0, 0x091, 0x190, 0x0D0, 0x085, 0x184, 0x0C4,
    0x0A8, 0x0A2, 0x08A, 0x02A, 0x094,
];

/// With the stars at both ends, which the data may have already.
pub(super) fn encode(data: &[u8]) -> Option<(Strokes, String)> {
    let inner = data.strip_prefix(b"*").unwrap_or(data);
    let inner = inner.strip_suffix(b"*").unwrap_or(inner);
    if inner.is_empty() || inner.contains(&b'*') {
        return None;
    }
    let all = [b"*", inner, b"*"].concat();
    let mut strokes = Strokes::default();
    for (place, byte) in all.iter().enumerate() {
        let character = CHARACTERS.iter().position(|known| known == byte)?;
        if place > 0 {
            strokes.two_widths(0, 1);
        }
        strokes.two_widths(PATTERNS[character], 9);
    }
    Some((strokes, String::from_utf8(all).ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_are_added_once() {
        let (_, with) = encode(b"*AB-12*").expect("characters of the code");
        let (_, without) = encode(b"AB-12").expect("characters of the code");
        assert_eq!((with.as_str(), without.as_str()), ("*AB-12*", "*AB-12*"));
        assert!(encode(b"a").is_none());
    }
}
