//! A document as a person reads it: what the paper says, without commands.

use platen_receipt::{Profile, render_text};

/// The text of the start of a document; says so when it was `cut`.
pub(super) fn readable(start: &[u8], cut: bool) -> String {
    // Profiles per printer come with its configuration; 80 mm paper is what most have.
    let mut text = render_text(start, &Profile::default());
    if !text.ends_with('\n') {
        text.push('\n');
    }
    if cut {
        text.push_str("[the document goes on; the .bin file has all of it]\n");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn raw_data_reads_like_the_paper() {
        let text = readable(b"\x1b@\x1ba\x01Two rolls\n\x1dV\x00", false);
        assert!(text.contains("  Two rolls\n"), "{text:?}");
        assert!(text.contains("[cut]"), "{text:?}");
    }

    #[test]
    fn a_cut_document_says_so() {
        assert!(readable(b"a", true).contains(".bin"));
        assert_eq!(readable(b"a", false), "a\n");
    }
}
