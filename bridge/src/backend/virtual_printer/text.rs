//! A document as a person reads it: what the paper says, without commands.

use platen_protocol::job::FORMAT_TEXT;
use platen_receipt::{Profile, render_text};

/// The text of the start of a document; says so when it was `cut`.
pub(super) fn readable(format: &str, start: &[u8], cut: bool) -> String {
    let mut text = if format == FORMAT_TEXT {
        plain(&String::from_utf8_lossy(start))
    } else {
        // Profiles per printer come with its configuration; 80 mm paper is what most have.
        render_text(start, &Profile::default())
    };
    if !text.ends_with('\n') {
        text.push('\n');
    }
    if cut {
        text.push_str("[the document goes on; the .bin file has all of it]\n");
    }
    text
}

/// Text without control characters: a file to read must not steer a terminal.
fn plain(text: &str) -> String {
    text.replace("\r\n", "\n")
        .chars()
        .filter(|c| matches!(c, '\n' | '\t') || !c.is_control())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use platen_protocol::job::FORMAT_RAW;

    #[test]
    fn text_keeps_its_letters_and_loses_what_steers_a_terminal() {
        let text = readable(
            FORMAT_TEXT,
            "Käse\r\n\u{1b}[2J\u{7}2,10 €".as_bytes(),
            false,
        );
        assert_eq!(text, "Käse\n[2J2,10 €\n");
    }

    #[test]
    fn raw_data_reads_like_the_paper() {
        let text = readable(FORMAT_RAW, b"\x1b@\x1ba\x01Two rolls\n\x1dV\x00", false);
        assert!(text.contains("  Two rolls\n"), "{text:?}");
        assert!(text.contains("[cut]"), "{text:?}");
    }

    #[test]
    fn a_cut_document_says_so() {
        assert!(readable(FORMAT_TEXT, b"a", true).contains(".bin"));
        assert_eq!(readable(FORMAT_TEXT, b"a", false), "a\n");
    }
}
