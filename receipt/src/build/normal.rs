//! Canonical composition (NFC, UAX #15): one character for each letter with
//! its accent, where there is one.
//!
//! The crate `unicode-normalization` has the tables. Its iterator would bring
//! those of the compatibility forms along, 60 KB that a page would load.

use unicode_normalization::char::{canonical_combining_class, compose, decompose_canonical};

/// All before this are in normal form as they are.
const FIRST_MARK: char = '\u{300}';

/// The normal form of a text.
pub(super) fn normal_form(text: &str) -> String {
    if text.chars().all(|character| character < FIRST_MARK) {
        return text.to_owned();
    }
    let mut pieces: Vec<(u8, char)> = Vec::with_capacity(text.len());
    for character in text.chars() {
        decompose_canonical(character, |piece| {
            pieces.push((canonical_combining_class(piece), piece));
        });
    }
    // Marks of the same letter stand in the order of their classes.
    for marks in pieces.split_mut(|&(class, _)| class == 0) {
        marks.sort_by_key(|&(class, _)| class);
    }
    composed(&pieces).into_iter().collect()
}

fn composed(pieces: &[(u8, char)]) -> Vec<char> {
    let mut out: Vec<char> = Vec::with_capacity(pieces.len());
    let mut starter = None;
    let mut last_class = 0;
    for &(class, piece) in pieces {
        if let Some(at) = starter {
            // A mark of the same class, or a letter, in between keeps them apart.
            let reaches = at + 1 == out.len() || last_class < class;
            if let Some(both) = compose(out[at], piece).filter(|_| reaches) {
                out[at] = both;
                continue;
            }
        }
        if class == 0 {
            starter = Some(out.len());
        }
        last_class = class;
        out.push(piece);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use unicode_normalization::UnicodeNormalization;

    #[test]
    fn letters_and_their_accents_are_one_character() {
        for (text, expected) in [
            ("Cafe\u{301}", "Café"),
            ("plain", "plain"),
            ("\u{1112}\u{1161}\u{11ab}", "한"),
            ("a\u{323}\u{302}", "ậ"),
            ("a\u{302}\u{323}", "ậ"),
            ("\u{212b}", "Å"),
            ("\u{301}e", "\u{301}e"),
        ] {
            assert_eq!(normal_form(text), expected);
        }
    }

    proptest! {
        #[test]
        fn it_is_the_form_that_the_standard_has(
            text in "([a-zA-Zèậ]|[\\u{300}-\\u{34e}]|[\\u{1100}-\\u{11ff}]|\\PC){0,30}"
        ) {
            prop_assert_eq!(normal_form(&text), text.nfc().collect::<String>());
        }
    }
}
