//! Text that a device said: bounded before anything else is done with it.
//!
//! What steers a terminal is dealt with where text is shown; here it is only
//! kept short, and never breaks a character.

/// A name, a model, a place: nothing a person reads in a list is longer.
pub const TEXT_CHARACTERS_MAX: usize = 80;

/// At most [`TEXT_CHARACTERS_MAX`] characters of it, without blanks, line ends
/// and zero octets around; `None` when nothing is left.
#[must_use]
pub fn said(octets: &[u8]) -> Option<String> {
    // Four octets make the longest character, and one more shows a cut.
    let octets = &octets[..octets.len().min(4 * TEXT_CHARACTERS_MAX + 16)];
    let text = String::from_utf8_lossy(octets);
    let text = text.trim_matches(|c: char| c.is_whitespace() || c == '\0');
    let cut: String = text.chars().take(TEXT_CHARACTERS_MAX).collect();
    let cut = cut.trim_end();
    (!cut.is_empty()).then(|| cut.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_device_says_is_short_and_whole_characters() {
        for (octets, expected) in [
            (&b"  TM-T88V \r\n\0"[..], Some("TM-T88V")),
            (b"\0\0", None),
            (b"", None),
            ("Küche".as_bytes(), Some("Küche")),
            (b"a\xffb", Some("a\u{fffd}b")),
        ] {
            assert_eq!(said(octets).as_deref(), expected);
        }
        let long = said("é".repeat(100_000).as_bytes()).unwrap();
        assert_eq!(long.chars().count(), TEXT_CHARACTERS_MAX);
    }
}
