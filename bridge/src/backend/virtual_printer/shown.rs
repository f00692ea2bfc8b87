//! A document as a person sees it: what the paper says, and what it looks like.

use platen_receipt::draw::png;
use platen_receipt::{Limits, Profile, document_text};

use crate::preview::{drawn, lay_out};

/// The text of the start of a document; says so when it was `cut`.
pub(super) fn text(start: &[u8], profile: &Profile, cut: bool) -> String {
    let (document, profile) = lay_out(start, profile.clone());
    let mut text = document_text(&document, &profile, &Limits::default());
    if !text.ends_with('\n') {
        text.push('\n');
    }
    if cut {
        text.push_str("[the document goes on; the .bin file has all of it]\n");
    }
    text
}

/// The start of a document as a PNG, one pixel a dot.
pub(super) fn picture(start: &[u8], profile: &Profile) -> Vec<u8> {
    let (document, profile) = lay_out(start, profile.clone());
    png(&drawn(&document, &profile).paper)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn raw_data_reads_like_the_paper() {
        let job = b"\x1b@\x1ba\x01Two rolls\n\x1dV\x00";
        let text = text(job, &Profile::default(), false);
        assert!(text.contains("  Two rolls\n"), "{text:?}");
        assert!(text.contains("[cut]"), "{text:?}");
    }

    #[test]
    fn a_cut_document_says_so() {
        let profile = Profile::default();
        assert!(text(b"a", &profile, true).contains(".bin"));
        assert_eq!(text(b"a", &profile, false), "a\n");
    }
}
