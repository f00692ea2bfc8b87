//! What a job looks like on paper, within the agent's bounds.
//!
//! Pure work, and a lot of it: call it where blocking is allowed. The built-in
//! printer and `jobs.preview` show the same dots, because both come here.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use platen_protocol::job::FORMAT_TEXT;
use platen_protocol::preview::{Preview, PreviewForm};
use platen_receipt::draw::{Drawing, draw, png, svg_within};
use platen_receipt::layout::Document;
use platen_receipt::{Dialect, Facts, Fonts, Limits, Profile, TextEncoder, document_text};

use crate::job::NewDocument;

/// How much is drawn of one job: almost four meters of 80 mm paper, each dot
/// of it a few times. A page that wants more is no receipt.
const DRAWING_OCTETS_MAX: usize = 2 * 1024 * 1024;
const DRAWING_STEPS_MAX: u64 = 16 * 1024 * 1024;
/// Encoding codes is the slowest work: two thousand short ones, or forty of the largest.
const CODE_OCTETS_MAX: usize = 128 * 1024;
/// What macros repeat, and what is told in words: more than four meters hold.
const MACRO_OCTETS_MAX: usize = 256 * 1024;
const TEXT_OCTETS_MAX: usize = 256 * 1024;
/// An answer that waits for a slow page is in memory: this much of it.
const CONTENT_OCTETS_MAX: usize = 512 * 1024;
/// What is wrong with a job is clear from the first ones.
const FINDINGS_MAX: usize = 100;

/// The bounds of what is drawn for people and pages.
pub(crate) fn limits() -> Limits {
    let mut limits = Limits::default();
    limits.drawing_octets_max = DRAWING_OCTETS_MAX;
    limits.drawing_steps_max = DRAWING_STEPS_MAX;
    limits.code_octets_max = CODE_OCTETS_MAX;
    limits.macro_octets_max = MACRO_OCTETS_MAX;
    limits.text_octets_max = TEXT_OCTETS_MAX;
    limits.findings_max = FINDINGS_MAX;
    limits
}

/// A preview that is too long to be told in the form asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "the preview has more than {CONTENT_OCTETS_MAX} octets in this form; ask for `png`, or preview less at a time"
)]
pub(crate) struct TooLong;

/// The octets a printer would get, text laid out for it.
pub(crate) fn as_one_job(documents: &[NewDocument], profile: &Profile) -> Vec<u8> {
    let mut job = Vec::new();
    for document in documents {
        let pieces = document.body.pieces.iter();
        if document.format == FORMAT_TEXT {
            let mut encoder = TextEncoder::new(profile);
            pieces.for_each(|piece| job.extend(encoder.feed(piece)));
            job.extend(encoder.finish());
        } else {
            pieces.for_each(|piece| job.extend_from_slice(piece));
        }
    }
    job
}

/// A job laid out in its own language, for a printer of this model.
pub(crate) fn lay_out(job: &[u8], profile: Profile) -> (Document, Profile) {
    let dialect = Dialect::of(job);
    let profile = dialect.profile(profile);
    (dialect.document(job, &profile, limits()), profile)
}

/// A document as dots.
pub(crate) fn drawn(document: &Document, profile: &Profile) -> Drawing {
    draw(document, profile, Fonts::complete(), &limits())
}

/// Shows a job.
///
/// # Errors
/// When it is too long to be told in this form.
pub(crate) fn preview(job: &[u8], profile: Profile, form: PreviewForm) -> Result<Preview, TooLong> {
    let limits = limits();
    let (document, profile) = lay_out(job, profile);
    let drawing = drawn(&document, &profile);
    let facts = Facts::of(&document, &profile, &limits);
    let facts_json = facts.to_json();
    let content = match form {
        PreviewForm::Text => document_text(&document, &profile, &limits),
        PreviewForm::Svg => {
            let text = document_text(&document, &profile, &limits);
            svg_within(&drawing.paper, &text, CONTENT_OCTETS_MAX).ok_or(TooLong)?
        }
        PreviewForm::Png => STANDARD.encode(png(&drawing.paper)),
    };
    if content.len() + facts_json.len() > 2 * CONTENT_OCTETS_MAX
        || content.len() > CONTENT_OCTETS_MAX
    {
        return Err(TooLong);
    }
    Ok(Preview {
        form,
        content,
        profile: profile.name.clone().into_owned(),
        width_dots: drawing.paper.width_dots(),
        height_dots: drawing.paper.height_dots(),
        cuts_dots: drawing.cuts_dots,
        cut_short: drawing.cut_short || facts.cut_short,
        facts: serde_json::from_str(&facts_json).expect("facts are JSON"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(job: &[u8], form: PreviewForm) -> Result<Preview, TooLong> {
        preview(job, Profile::default(), form)
    }

    #[test]
    fn a_preview_is_the_drawing_in_the_form_asked_for() {
        let job = b"\x1b@\x1ba\x01Two <b>rolls</b>\n\x1dV\x00";
        let text = shown(job, PreviewForm::Text).unwrap();
        assert!(
            text.content.contains("  Two <b>rolls</b>\n"),
            "{}",
            text.content
        );
        assert_eq!(text.facts["lines"], serde_json::json!(["Two <b>rolls</b>"]));
        let paper = platen_receipt::draw::draw_job(job, &Profile::default());
        assert_eq!(
            (text.width_dots, text.height_dots, text.cuts_dots),
            (
                paper.paper.width_dots(),
                paper.paper.height_dots(),
                paper.cuts_dots
            )
        );
        let png_of = shown(job, PreviewForm::Png).unwrap().content;
        assert_eq!(STANDARD.decode(png_of).unwrap(), png(&paper.paper));
        let svg = shown(job, PreviewForm::Svg).unwrap().content;
        assert!(svg.starts_with("<svg ") && svg.contains("Two &lt;b&gt;rolls"));
    }

    #[test]
    fn what_goes_on_without_end_is_cut_short_or_refused() {
        let feeds = shown(&b"\x1bd\xff".repeat(10_000), PreviewForm::Png).unwrap();
        assert!(feeds.cut_short);
        // Every second dot black, as on a chessboard: an SVG of it would be huge.
        let gray = [[0x55; 72], [0xAA; 72]].concat().repeat(500);
        let picture = [b"\x1dv0\x00\x48\x00\xe8\x03", gray.as_slice()].concat();
        assert!(shown(&picture, PreviewForm::Svg).is_err());
        assert_eq!(shown(&picture, PreviewForm::Png).unwrap().height_dots, 1000);
    }

    #[test]
    fn findings_say_what_reading_brought_to_light() {
        let preview = shown(b"Tea\n\x1dv0\x00\x48\x00\xff\xff", PreviewForm::Text).unwrap();
        assert_eq!(preview.facts["findings"][0]["offset"], 4);
    }
}
