//! Interleaved 2 of 5 (ISO/IEC 16390).

use super::strokes::Strokes;

/// Five bars or spaces a digit, wide where the bit is 1.
const DIGITS: [u16; 10] = [
    0b00110, 0b10001, 0b01001, 0b11000, 0b00101, 0b10100, 0b01100, 0b00011, 0b10010, 0b01010,
];

/// Pairs of digits: the first in the bars, the second in the spaces between.
pub(super) fn encode(data: &[u8]) -> Option<(Strokes, String)> {
    if data.is_empty() || data.len() % 2 == 1 || !data.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let mut strokes = Strokes::default();
    strokes.two_widths(0b0000, 4);
    for pair in data.chunks_exact(2) {
        let bars = DIGITS[usize::from(pair[0] - b'0')];
        let spaces = DIGITS[usize::from(pair[1] - b'0')];
        for bit in (0..5).rev() {
            strokes.two_widths((bars >> bit & 1) << 1 | (spaces >> bit & 1), 2);
        }
    }
    strokes.two_widths(0b100, 3);
    Some((strokes, data.iter().map(|&byte| char::from(byte)).collect()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_come_in_pairs() {
        assert!(encode(b"1234").is_some());
        assert!(encode(b"123").is_none());
        assert!(encode(b"12A4").is_none());
    }
}
