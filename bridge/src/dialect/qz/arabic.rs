//! Arabic for printers with code page 864, which has shapes of letters and
//! knows no direction.
//!
//! Text is joined and put in the order in which it is seen, line by line;
//! commands between the lines stay as they are, octet for octet. The page has
//! one or two shapes of most letters: another one is printed as the nearest.

use platen_receipt::build::visual_order;
use platen_receipt::command::Command;
use platen_receipt::{CodeTable, parse};

/// What stands where the page lacks a character.
const REPLACEMENT: u8 = b'?';
/// Stands for a letter where commands are looked for.
const LETTER: u8 = b'x';

/// The octets of a text with commands in it.
pub(super) fn encode(text: &str) -> Vec<u8> {
    let characters: Vec<char> = text.chars().collect();
    let stand_in: Vec<u8> = characters
        .iter()
        .map(|c| plain(*c).unwrap_or(LETTER))
        .collect();
    if characters.iter().all(|c| plain(*c).is_some()) {
        return stand_in;
    }
    let mut out = Vec::with_capacity(stand_in.len());
    let mut done = 0;
    for located in parse(&stand_in).commands {
        let Command::Text(line) = &located.command else {
            continue;
        };
        let start = usize::try_from(located.offset).unwrap_or(stand_in.len());
        out.extend_from_slice(&stand_in[done..start]);
        done = start + line.len();
        let line = &characters[start..done];
        if line.iter().all(|c| plain(*c).is_some()) {
            out.extend_from_slice(&stand_in[start..done]);
        } else {
            let line: String = line.iter().collect();
            out.extend(visual_order(&line).chars().filter_map(octet));
        }
    }
    out.extend_from_slice(&stand_in[done..]);
    out
}

/// Characters that are octets in commands as pages write them.
fn plain(character: char) -> Option<u8> {
    u8::try_from(u32::from(character)).ok()
}

/// The octet that prints this character; `None` where nothing needs to be.
fn octet(character: char) -> Option<u8> {
    let of = |character: char| {
        (0..=u8::MAX).find(|octet| CodeTable::Cp864.character(*octet) == character)
    };
    match character {
        '\0'..='\x7f' => plain(character),
        // Marks, and what steers the direction of text.
        '\u{64b}'..='\u{650}' | '\u{652}'..='\u{65f}' | '\u{670}' => None,
        '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => None,
        _ => of(character)
            .or_else(|| nearest(character).find_map(of))
            .or(Some(REPLACEMENT)),
    }
}

/// Shapes that may stand for this one: those of the same letter before it,
/// which is the initial one for the medial and the isolated one for the final.
fn nearest(character: char) -> impl Iterator<Item = char> {
    let code = u32::from(character);
    let (first, last) = match code {
        0x66A => (0x25, 0x25),
        // Alef with hamza below: without it. Yeh with hamza has one shape.
        0xFE87 | 0xFE88 => (code + 6, code + 6),
        0xFE89 | 0xFE8A => (0xFE8B, 0xFE8B),
        0xFEF9 | 0xFEFA => (code + 2, code + 2),
        0xFE80..=0xFEFC => (code - 3, code - 1),
        _ => (1, 0),
    };
    (first..=last).rev().filter_map(char::from_u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arabic_is_joined_and_in_the_order_in_which_it_is_seen() {
        for (text, expected) in [
            // Marhaban: from the left alef final, beh medial (as initial), hah
            // initial, reh final (as isolated), meem initial.
            ("مرحبا", b"\xa8\xc8\xcd\xd1\xe5".as_slice()),
            // Lam and alef are one.
            ("سلام", b"\xef\x9e\xd3"),
            ("السعر: 12.50", b"12.50 :\xd1\xec\xd3\xe4\xc7"),
            ("Total مرحبا", b"Total \xa8\xc8\xcd\xd1\xe5"),
            ("٣٪", b"\xb3%"),
            ("إ", b"\xc7"),
            // Marks are left out, Persian letters the page does not have are not.
            ("مَ", b"\xef"),
            ("پ", b"?"),
        ] {
            let octets = encode(text);
            assert_eq!(octets, expected, "{text}: {octets:x?}");
        }
    }

    #[test]
    fn commands_stay_where_they_are() {
        let text = "\u{1b}@\u{1b}!\u{30}مرحبا\n\u{1b}a\u{1}مرحبا\n\u{1d}V\u{0}\u{ff}";
        let mut expected = b"\x1b@\x1b!\x30\xa8\xc8\xcd\xd1\xe5\n".to_vec();
        expected.extend(b"\x1ba\x01\xa8\xc8\xcd\xd1\xe5\n\x1dV\0\xff");
        assert_eq!(encode(text), expected);
        assert_eq!(encode("\u{1b}@é\u{ff}"), b"\x1b@\xe9\xff");
    }

    #[test]
    fn every_shape_of_every_letter_has_an_octet() {
        for code in 0xFE80..=0xFEFC {
            let shape = char::from_u32(code).unwrap();
            let found = octet(shape);
            assert!(
                found.is_some_and(|octet| octet > 0x7f),
                "{code:x}: {found:x?}"
            );
        }
    }
}
