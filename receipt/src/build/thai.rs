//! Thai vowels and tones at their place above and below a letter.
//!
//! A tone stands above a vowel, or lower where there is none; both stand more to
//! the left beside a letter that is high. Our fonts have the marks for each
//! place where Windows' Thai fonts keep them, in Unicode's private use area.

use super::wrap::Unit;

/// Stands above its letter, and an `AA` after it.
const SARA_AM: char = '\u{e33}';
const SARA_AA: char = '\u{e32}';
const NIKHAHIT: char = '\u{e4d}';

/// The first tone, and the first one at each other place.
const TONE: u32 = 0x0E48;
const TONE_LOW_LEFT: u32 = 0xF705;
const TONE_LOW: u32 = 0xF70A;
const TONE_LEFT: u32 = 0xF713;

/// The character with its marks where they belong.
pub(super) fn stacked(mut unit: Unit) -> Unit {
    if unit
        .text
        .chars()
        .any(|character| is_above(character) || is_below(character))
    {
        unit.text = placed(&unit.text);
    }
    unit
}

/// Whether it is a mark at a place of its own, made by [`stacked`].
pub(super) fn is_placed_mark(character: char) -> bool {
    matches!(character, '\u{f701}'..='\u{f70e}' | '\u{f710}'..='\u{f717}')
}

fn placed(text: &str) -> String {
    let high = text.starts_with(['ป', 'ฝ', 'ฟ', 'ฬ']);
    let has_vowel = text.chars().any(is_above_vowel);
    let has_below = text.chars().any(is_below);
    let mut out = String::new();
    for character in text.chars() {
        match character {
            // Below the tone that was written before it.
            SARA_AM => {
                out.push(if high { left(NIKHAHIT) } else { NIKHAHIT });
                out.push(SARA_AA);
            }
            tone if is_tone(tone) => {
                let first = match (has_vowel, high) {
                    (true, false) => TONE,
                    (true, true) => TONE_LEFT,
                    (false, false) => TONE_LOW,
                    (false, true) => TONE_LOW_LEFT,
                };
                let placed = first + (u32::from(tone) - TONE);
                out.extend(char::from_u32(placed));
            }
            vowel if high => out.push(left(vowel)),
            // These lose their tail.
            'ฐ' if has_below => out.push('\u{f700}'),
            'ญ' if has_below => out.push('\u{f70f}'),
            other => out.push(other),
        }
    }
    out
}

/// A mark beside a letter that is high.
fn left(mark: char) -> char {
    match mark {
        '\u{e31}' => '\u{f710}',
        '\u{e34}' => '\u{f701}',
        '\u{e35}' => '\u{f702}',
        '\u{e36}' => '\u{f703}',
        '\u{e37}' => '\u{f704}',
        '\u{e47}' => '\u{f712}',
        NIKHAHIT => '\u{f711}',
        other => other,
    }
}

fn is_tone(character: char) -> bool {
    matches!(character, '\u{e48}'..='\u{e4c}')
}

fn is_above_vowel(character: char) -> bool {
    matches!(
        character,
        '\u{e31}' | SARA_AM | '\u{e34}'..='\u{e37}' | '\u{e47}' | NIKHAHIT | '\u{e4e}'
    )
}

fn is_above(character: char) -> bool {
    is_tone(character) || is_above_vowel(character)
}

fn is_below(character: char) -> bool {
    matches!(character, '\u{e38}'..='\u{e3a}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_stand_at_the_height_and_side_that_their_letter_leaves() {
        for (text, expected) in [
            ("ก", "ก"),
            // Without a vowel the tone is low, above one it is high.
            ("ก่", "ก\u{f70a}"),
            ("กี่", "กี\u{e48}"),
            ("กั้", "กั\u{e49}"),
            // A high letter.
            ("ป่", "ป\u{f705}"),
            ("ปี", "ป\u{f702}"),
            ("ปี่", "ป\u{f702}\u{f713}"),
            // AM is two, the first of them above the letter.
            ("ำ", "\u{e4d}\u{e32}"),
            ("น้ำ", "น\u{e49}\u{e4d}\u{e32}"),
            // Vowels below, and the letters that make room for them.
            ("กู่", "กู\u{f70a}"),
            ("ญู", "\u{f70f}ู"),
        ] {
            assert_eq!(placed(text), expected, "{text}");
        }
    }
}
