//! Canonical composition (NFC, UAX #15): one character for each letter with
//! its accent, where there is one.
//!
//! The table is small on purpose, because a page loads it: `normal.table` has
//! the pairs that compose, the characters that are written otherwise, and the
//! classes of marks, as differences. A test makes the file from the crate
//! `unicode-normalization`, and another holds what is here against that crate.

use std::sync::OnceLock;

use crate::numbers::Numbers;

/// Made by the test `the_committed_table_is_fresh`.
static FILE: &[u8] = include_bytes!("normal.table");

/// All before this are in normal form as they are.
const FIRST_MARK: char = '\u{300}';

/// Hangul is composed by arithmetic (The Unicode Standard, 3.12).
mod hangul {
    pub(super) const SYLLABLES: u32 = 0xAC00;
    pub(super) const LEADS: u32 = 0x1100;
    pub(super) const VOWELS: u32 = 0x1161;
    /// One before the first trailing consonant: none at all counts as one.
    pub(super) const TRAILS: u32 = 0x11A7;
    pub(super) const LEAD_COUNT: u32 = 19;
    pub(super) const VOWEL_COUNT: u32 = 21;
    pub(super) const TRAIL_COUNT: u32 = 28;
    pub(super) const SYLLABLE_COUNT: u32 = LEAD_COUNT * VOWEL_COUNT * TRAIL_COUNT;
}

/// The normal form of a text.
pub(super) fn normal_form(text: &str) -> String {
    if text.chars().all(|character| character < FIRST_MARK) {
        return text.to_owned();
    }
    let table = table();
    let mut pieces: Vec<(u8, char)> = Vec::with_capacity(text.len());
    for character in text.chars() {
        table.decompose(character, &mut pieces);
    }
    // Marks of the same letter stand in the order of their classes.
    for marks in pieces.split_mut(|&(class, _)| class == 0) {
        marks.sort_by_key(|&(class, _)| class);
    }
    table.composed(&pieces).into_iter().collect()
}

/// What the file says.
#[derive(Debug, Default)]
struct Table {
    /// What a character is written as: one other, or two. Sorted by the first.
    parts: Vec<(u32, u32, u32)>,
    /// Two that become one. Sorted by the two.
    pairs: Vec<(u32, u32, u32)>,
    /// First and last character of a run, and its class; classes of 0 are left out.
    classes: Vec<(u32, u32, u8)>,
}

fn table() -> &'static Table {
    static TABLE: OnceLock<Table> = OnceLock::new();
    TABLE.get_or_init(|| {
        let mut numbers = Numbers::new(FILE);
        let mut table = Table::default();
        let (mut whole, mut first, mut second) = (0, 0, 0);
        for _ in 0..numbers.next().unwrap_or(0) {
            whole = numbers.after(whole);
            first = numbers.after(first);
            // Nothing, or the mark; and whether the two become one again.
            let said = numbers.next().unwrap_or(0);
            if said > 0 {
                second = numbers.after(second);
            }
            let mark = if said > 0 { second } else { 0 };
            table.parts.push((whole, first, mark));
            if said == 2 {
                table.pairs.push((first, mark, whole));
            }
        }
        table.pairs.sort_unstable();
        let mut end = 0;
        for _ in 0..numbers.next().unwrap_or(0) {
            let start = numbers.after(end);
            end = numbers.after(start);
            let class = numbers.next().and_then(|class| u8::try_from(class).ok());
            table.classes.push((start, end, class.unwrap_or(0)));
        }
        table
    })
}

impl Table {
    fn class(&self, character: u32) -> u8 {
        let after = self
            .classes
            .partition_point(|&(start, ..)| start <= character);
        match self.classes[..after].last() {
            Some(&(_, end, class)) if character <= end => class,
            _ => 0,
        }
    }

    fn decompose(&self, character: char, out: &mut Vec<(u8, char)>) {
        let code = u32::from(character);
        if (hangul::SYLLABLES..hangul::SYLLABLES + hangul::SYLLABLE_COUNT).contains(&code) {
            let index = code - hangul::SYLLABLES;
            let trail = index % hangul::TRAIL_COUNT;
            let vowel = index / hangul::TRAIL_COUNT % hangul::VOWEL_COUNT;
            let lead = index / hangul::TRAIL_COUNT / hangul::VOWEL_COUNT;
            let parts = [
                hangul::LEADS + lead,
                hangul::VOWELS + vowel,
                hangul::TRAILS + trail,
            ];
            let count = if trail == 0 { 2 } else { 3 };
            out.extend(
                parts
                    .into_iter()
                    .take(count)
                    .filter_map(char::from_u32)
                    .map(|part| (0, part)),
            );
            return;
        }
        match self.parts.binary_search_by_key(&code, |&(whole, ..)| whole) {
            Ok(at) => {
                let (_, first, second) = self.parts[at];
                // The first part may have parts itself, the second never has.
                if let Some(first) = char::from_u32(first) {
                    self.decompose(first, out);
                }
                if let Some(second) = char::from_u32(second).filter(|_| second > 0) {
                    self.decompose(second, out);
                }
            }
            Err(_) => out.push((self.class(code), character)),
        }
    }

    fn compose(&self, first: char, second: char) -> Option<char> {
        let (first, second) = (u32::from(first), u32::from(second));
        let lead = first.wrapping_sub(hangul::LEADS);
        let vowel = second.wrapping_sub(hangul::VOWELS);
        if lead < hangul::LEAD_COUNT && vowel < hangul::VOWEL_COUNT {
            let index = (lead * hangul::VOWEL_COUNT + vowel) * hangul::TRAIL_COUNT;
            return char::from_u32(hangul::SYLLABLES + index);
        }
        let syllable = first.wrapping_sub(hangul::SYLLABLES);
        let trail = second.wrapping_sub(hangul::TRAILS);
        if syllable < hangul::SYLLABLE_COUNT
            && syllable % hangul::TRAIL_COUNT == 0
            && (1..hangul::TRAIL_COUNT).contains(&trail)
        {
            return char::from_u32(first + trail);
        }
        let pair = (first, second);
        let at = self
            .pairs
            .binary_search_by_key(&pair, |&(first, second, _)| (first, second));
        char::from_u32(self.pairs[at.ok()?].2)
    }

    fn composed(&self, pieces: &[(u8, char)]) -> Vec<char> {
        let mut out: Vec<char> = Vec::with_capacity(pieces.len());
        let mut starter = None;
        let mut last_class = 0;
        for &(class, piece) in pieces {
            if let Some(at) = starter {
                // A mark of the same class, or a letter, in between keeps them apart.
                let reaches = at + 1 == out.len() || last_class < class;
                if let Some(both) = self.compose(out[at], piece).filter(|_| reaches) {
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
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::numbers::writing::{push, push_difference};
    use proptest::prelude::*;
    use std::collections::HashMap;
    use std::path::Path;
    use unicode_normalization::UnicodeNormalization;
    use unicode_normalization::char::{canonical_combining_class, compose, decompose_canonical};

    fn pieces(character: char) -> Vec<char> {
        let mut pieces = Vec::new();
        decompose_canonical(character, |piece| pieces.push(piece));
        pieces
    }

    /// The parts of a character: one other, or one and the last of its pieces.
    fn parts(
        character: char,
        by_pieces: &HashMap<Vec<char>, char>,
    ) -> Option<(char, Option<char>)> {
        let pieces = pieces(character);
        match *pieces {
            [same] if same == character => None,
            [other] => Some((other, None)),
            [.., last] => {
                let rest = &pieces[..pieces.len() - 1];
                let mut composed = rest[1..]
                    .iter()
                    .try_fold(rest[0], |whole, &piece| compose(whole, piece));
                // What is never composed again has a character of its own all the same.
                composed = composed.or_else(|| by_pieces.get(rest).copied());
                Some((
                    composed.expect("a character for all but the last piece"),
                    Some(last),
                ))
            }
            [] => None,
        }
    }

    fn file() -> Vec<u8> {
        let syllables = '\u{AC00}'..='\u{D7A3}';
        let all = || ('\u{80}'..=char::MAX).filter(|character| !syllables.contains(character));
        let by_pieces = all().map(|whole| (pieces(whole), whole)).collect();
        let found: Vec<_> = all()
            .filter_map(|whole| Some((whole, parts(whole, &by_pieces)?)))
            .collect();
        let mut out = Vec::new();
        push(&mut out, u32::try_from(found.len()).expect("few"));
        let (mut before, mut first_before, mut second_before) = (0, 0, 0);
        for (whole, (first, second)) in found {
            push_difference(&mut out, before, whole.into());
            push_difference(&mut out, first_before, first.into());
            (before, first_before) = (whole.into(), first.into());
            match second {
                None => push(&mut out, 0),
                Some(second) => {
                    let again = compose(first, second) == Some(whole);
                    push(&mut out, if again { 2 } else { 1 });
                    push_difference(&mut out, second_before, second.into());
                    second_before = second.into();
                }
            }
        }
        let mut runs: Vec<(u32, u32, u8)> = Vec::new();
        for character in all() {
            let (code, class) = (u32::from(character), canonical_combining_class(character));
            match runs.last_mut() {
                _ if class == 0 => {}
                Some((_, end, of)) if *end + 1 == code && *of == class => *end = code,
                _ => runs.push((code, code, class)),
            }
        }
        push(&mut out, u32::try_from(runs.len()).expect("few"));
        let mut before = 0;
        for (start, end, class) in runs {
            push_difference(&mut out, before, start);
            push_difference(&mut out, start, end);
            push(&mut out, class.into());
            before = end;
        }
        out
    }

    #[test]
    fn the_committed_table_is_fresh() {
        let file = file();
        if std::env::var_os("PLATEN_UPDATE").is_some() {
            let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/build/normal.table");
            std::fs::write(path, &file).expect("the file can be written");
        } else {
            assert!(
                FILE == file,
                "renew with PLATEN_UPDATE=1 cargo test -p platen-receipt --lib"
            );
        }
    }

    #[test]
    fn every_character_by_itself_has_the_form_that_the_standard_has() {
        for character in '\0'..=char::MAX {
            let alone = character.to_string();
            assert_eq!(
                normal_form(&alone),
                alone.nfc().collect::<String>(),
                "{character:?}"
            );
            let apart: String = alone.nfd().collect();
            assert_eq!(
                normal_form(&apart),
                apart.nfc().collect::<String>(),
                "{character:?}"
            );
        }
    }

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
