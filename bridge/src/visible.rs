//! Text from elsewhere, made fit for a terminal, a log line or an export.
//!
//! A page names jobs, a device describes itself, a print service complains:
//! any of it may hold escape sequences that drive a terminal, line breaks that
//! forge a log line, or marks that turn text around. [`line()`] and [`lines`]
//! write such characters as `\u001b`, which is also how JSON writes them, so
//! that JSON stays JSON with the same meaning. The command line prints through
//! `command::output` and the log writes through [`crate::logging`]; both come
//! here, and nothing else has to remember to.

use std::borrow::Cow;
use std::fmt::Write as _;

/// One line: nothing in it controls a terminal, hides, turns text around or
/// begins another line.
#[must_use]
pub fn line(text: &str) -> Cow<'_, str> {
    escape(text, steers)
}

/// As [`line()`], for text of our own making that has several lines.
#[must_use]
pub fn lines(text: &str) -> Cow<'_, str> {
    escape(text, |c| c != '\n' && steers(c))
}

/// Whether a character does something to the text around it instead of being
/// seen.
#[must_use]
pub fn steers(c: char) -> bool {
    matches!(c,
        // C0, DEL and C1: escape sequences, also in their one-octet form.
        '\0'..='\u{1f}' | '\u{7f}'..='\u{9f}'
        // Direction marks, overrides and isolates.
        | '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{206f}'
        // Line and paragraph separators.
        | '\u{2028}' | '\u{2029}'
        // Invisible: zero-width space, word joiner and mathematical ones, byte
        // order mark, annotations, tags.
        | '\u{200b}' | '\u{2060}'..='\u{2064}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}'
        | '\u{e0000}'..='\u{e007f}')
}

fn escape(text: &str, unwanted: impl Fn(char) -> bool) -> Cow<'_, str> {
    if !text.chars().any(&unwanted) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    let mut units = [0; 2];
    for c in text.chars() {
        if !unwanted(c) {
            out.push(c);
            continue;
        }
        // As JSON has it: above the first plane, two surrogates.
        for unit in c.encode_utf16(&mut units) {
            write!(out, "\\u{unit:04x}").expect("writing to a String succeeds");
        }
    }
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_from_elsewhere_steers_what_shows_it() {
        for (hostile, shown) in [
            ("a\u{1b}[2Jb", "a\\u001b[2Jb"),
            ("a\u{9b}31mb", "a\\u009b31mb"),
            ("a\r\n2026 INFO forged", "a\\u000d\\u000a2026 INFO forged"),
            ("invoice\u{202e}fdp.exe", "invoice\\u202efdp.exe"),
            ("a\u{2066}b\u{2069}", "a\\u2066b\\u2069"),
            ("a\u{e0041}b", "a\\udb40\\udc41b"),
            ("a\u{2028}b\u{feff}", "a\\u2028b\\ufeff"),
        ] {
            assert_eq!(line(hostile), shown);
        }
    }

    #[test]
    fn what_people_write_stays_as_it_is() {
        for text in [
            "Küche №7",
            "注文 12",
            "שלום",
            "नमस्ते",
            "👩\u{200d}🍳",
            "a\\b",
        ] {
            assert_eq!(line(text), text);
        }
        assert_eq!(lines("a\nb\tc"), "a\nb\\u0009c");
    }

    #[test]
    fn json_keeps_its_meaning() {
        let value = serde_json::json!({ "name": "a\u{9b}\u{202e}\u{e0041}\n" });
        let text = serde_json::to_string_pretty(&value).unwrap();
        let shown = lines(&text);
        assert!(!shown.chars().any(|c| c != '\n' && steers(c)), "{shown}");
        let back: serde_json::Value = serde_json::from_str(&shown).unwrap();
        assert_eq!(back, value);
    }
}
