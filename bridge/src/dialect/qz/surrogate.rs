//! Halves of characters: what a page cuts in the middle of an emoji.
//!
//! JavaScript writes such a half as an escape of its own (`\ud83d`), which
//! stands for no character, so the reader of JSON refuses the whole text. What
//! is printed in its place is the replacement character; what was signed is
//! the text as it arrived, which nobody changes.

use std::ops::RangeInclusive;

/// First halves.
const HIGH: RangeInclusive<u16> = 0xD800..=0xDBFF;
/// Second halves.
const LOW: RangeInclusive<u16> = 0xDC00..=0xDFFF;
/// `\u` and four digits.
const ESCAPE_OCTETS: usize = 6;

/// The JSON text with a replacement character for each half without its other.
pub(super) fn without_halves(json: &str) -> String {
    let mut whole = String::with_capacity(json.len());
    let mut rest = json;
    while let Some(at) = rest.find('\\') {
        let (before, from) = rest.split_at(at);
        whole.push_str(before);
        let taken = match escaped(from) {
            Some(unit) if HIGH.contains(&unit) => {
                let after = escaped(&from[ESCAPE_OCTETS..]);
                if after.is_some_and(|unit| LOW.contains(&unit)) {
                    2 * ESCAPE_OCTETS
                } else {
                    0
                }
            }
            Some(unit) if LOW.contains(&unit) => 0,
            Some(_) => ESCAPE_OCTETS,
            // Another escape: the octet after the stroke begins none.
            None => from.len().min(2),
        };
        if taken == 0 {
            whole.push_str("\\ufffd");
            rest = &from[ESCAPE_OCTETS..];
            continue;
        }
        let taken = from.ceil_char_boundary(taken);
        whole.push_str(&from[..taken]);
        rest = &from[taken..];
    }
    whole.push_str(rest);
    whole
}

/// The code unit of an escape that the text begins with.
fn escaped(text: &str) -> Option<u16> {
    let digits = text.strip_prefix("\\u")?.get(..4)?;
    digits
        .bytes()
        .all(|digit| digit.is_ascii_hexdigit())
        .then(|| u16::from_str_radix(digits, 16).ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_halves_without_their_other_are_replaced() {
        for (json, expected) in [
            (r#""plain \n é""#, r#""plain \n é""#),
            (r#""\ud83d\ude00""#, r#""\ud83d\ude00""#),
            (r#""\ud83d""#, r#""\ufffd""#),
            (r#""\ude00\ud83d!""#, r#""\ufffd\ufffd!""#),
            (r#""\ud83d\ud83d\ude00""#, r#""\ufffd\ud83d\ude00""#),
            (r#""\\ud83d""#, r#""\\ud83d""#),
            (r#""\u00e9\ud8""#, r#""\u00e9\ud8""#),
            ("\"\\é", "\"\\é"),
            ("\\", "\\"),
        ] {
            assert_eq!(without_halves(json), expected, "{json}");
        }
    }
}
