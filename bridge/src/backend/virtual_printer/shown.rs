//! A document as a person sees it: what the paper says, and what it looks like.

use platen_receipt::draw::{draw, png};
use platen_receipt::layout::Layout;
use platen_receipt::{Fonts, Limits, Profile, parse_each, render_text};

/// How much is drawn of one document: almost four meters of 80 mm paper, each dot
/// of it a few times. A page that wants more is no receipt.
const DRAWING_OCTETS_MAX: usize = 2 * 1024 * 1024;
const DRAWING_STEPS_MAX: u64 = 16 * 1024 * 1024;

/// The text of the start of a document; says so when it was `cut`.
pub(super) fn text(start: &[u8], cut: bool) -> String {
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

/// The start of a document as a PNG, one pixel a dot.
pub(super) fn picture(start: &[u8]) -> Vec<u8> {
    let mut limits = Limits::default();
    limits.drawing_octets_max = DRAWING_OCTETS_MAX;
    limits.drawing_steps_max = DRAWING_STEPS_MAX;
    let profile = Profile::default();
    let mut layout = Layout::new(&profile, limits);
    parse_each(start, limits, |located| layout.apply(located));
    png(&draw(&layout.finish(), &profile, Fonts::complete(), &limits).paper)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn raw_data_reads_like_the_paper() {
        let text = text(b"\x1b@\x1ba\x01Two rolls\n\x1dV\x00", false);
        assert!(text.contains("  Two rolls\n"), "{text:?}");
        assert!(text.contains("[cut]"), "{text:?}");
    }

    #[test]
    fn a_cut_document_says_so() {
        assert!(text(b"a", true).contains(".bin"));
        assert_eq!(text(b"a", false), "a\n");
    }
}
