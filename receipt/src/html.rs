//! A document as a page for a browser: real text in rows, so that it can be
//! read aloud, enlarged and searched.
//!
//! Columns are kept by blanks in a font of one width; enlarged characters keep
//! theirs by letter spacing, so that words stay words. Pictures and codes are
//! in the page, each with its text beside it. The page holds no script and asks
//! for nothing from elsewhere. How the paper looks dot for dot is the business
//! of the picture, not of this page.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::command::{CutMode, DrawerPin, Justification, PrintColor, Underline};
use crate::draw::png;
use crate::layout::{Bitmap, Content, Document, Element, Item, Row, Style};
use crate::limits::Limits;
use crate::profile::Profile;
use crate::text::{code_text, column_dots, columns, is_blank};

const HEAD: &str = "<!DOCTYPE html>
<html lang=\"en\">
<head>
<meta charset=\"utf-8\">
<meta name=\"viewport\" content=\"width=device-width\">
<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; img-src data:; style-src 'unsafe-inline'\">
<title>Receipt</title>
<style>
main { width: max-content; margin: 1em auto; padding: 1em; background: #fff; color: #000;
  font: 1em/1.3 ui-monospace, monospace; box-shadow: 0 0 4px #888 }
p { margin: 0; white-space: pre; unicode-bidi: plaintext }
p.turned { transform: rotate(180deg) }
figure { margin: .3em 0 } img { display: inline-block; image-rendering: pixelated } figure.center { text-align: center } figure.right { text-align: right }
hr { border: 0; border-top: 1px dashed #888 }
.r { background: #000; color: #fff }
.red { color: #b00 }
</style>
</head>
<body>
<main aria-label=\"Receipt\">
";

/// The most octets of dots that are put into one page as pictures; beyond
/// that a picture is told only by its text.
const PICTURE_OCTETS_MAX: usize = 32 * 1024 * 1024;

const FOOT: &str = "</main>\n</body>\n</html>\n";

/// Writes a document as a page of its own.
///
/// ```
/// use platen_receipt::{Limits, Profile, document_html, layout::lay_out, parse};
///
/// let profile = Profile::default();
/// let document = lay_out(parse(b"Tea & <cake>\n").commands, &profile, Limits::default());
/// let page = document_html(&document, &profile, &Limits::default());
/// assert!(page.contains("Tea &amp; &lt;cake&gt;"));
/// ```
#[must_use]
pub fn document_html(document: &Document, profile: &Profile, limits: &Limits) -> String {
    let mut page = String::from(HEAD);
    let mut y_dots = 0;
    let mut picture_octets = 0;
    for element in &document.elements {
        match element {
            Element::Row(row) => {
                blank_rows(&mut page, y_dots, row.y_dots, profile, limits);
                row_html(&mut page, row, profile, &mut picture_octets);
                y_dots = row.y_dots.saturating_add(row.advance_dots);
            }
            Element::Cut { mode, .. } => page.push_str(match mode {
                CutMode::Full => "<hr aria-label=\"cut\">\n",
                CutMode::Partial => "<hr aria-label=\"partial cut\">\n",
            }),
            Element::Pulse { pin, .. } => page.push_str(match pin {
                DrawerPin::Pin2 => "<p><em>[opens drawer 1]</em></p>\n",
                DrawerPin::Pin5 => "<p><em>[opens drawer 2]</em></p>\n",
            }),
        }
        if page.len() > limits.text_octets_max {
            break;
        }
    }
    if document.cut_short || page.len() > limits.text_octets_max {
        page.push_str("<p><em>[the rest is left out]</em></p>\n");
    }
    page.push_str(FOOT);
    page
}

fn blank_rows(page: &mut String, from: u32, to: u32, profile: &Profile, limits: &Limits) {
    let row_dots = u32::from(profile.line_spacing_dots.max(1));
    let rows = to.saturating_sub(from).saturating_add(row_dots / 2) / row_dots;
    for _ in 0..(rows as usize).min(limits.blank_rows_max) {
        page.push_str("<p>&#8203;</p>\n");
    }
}

fn row_html(page: &mut String, row: &Row, profile: &Profile, picture_octets: &mut usize) {
    if let Some(column_dots) = column_dots(row, profile) {
        page.push_str(if row.upside_down {
            "<p class=\"turned\">"
        } else {
            "<p>"
        });
        let mut items: Vec<&Item> = row.items.iter().collect();
        items.sort_by_key(|item| item.x_dots);
        let mut column = 0;
        for item in items {
            let Some((text, style)) = characters(&item.content) else {
                continue;
            };
            let start = columns(item.x_dots, column_dots);
            if start < column && text.chars().all(is_blank) {
                continue;
            }
            let gap = start.saturating_sub(column);
            page.extend(std::iter::repeat_n(' ', gap));
            span(page, &text, style);
            column = start.max(column) + columns(item.width_dots, column_dots);
        }
        page.push_str("</p>\n");
    }
    for item in &row.items {
        figure(page, row, item, picture_octets);
    }
}

fn characters(content: &Content) -> Option<(String, Style)> {
    match content {
        Content::Run(run) => Some((run.text.clone(), run.style)),
        Content::UserDefined(defined) => Some((defined.character.into(), defined.style)),
        Content::Picture(_)
        | Content::StoredPicture { .. }
        | Content::Barcode(_)
        | Content::Symbol(_) => None,
    }
}

fn span(page: &mut String, text: &str, style: Style) {
    let mut css = String::new();
    if style.bold {
        css.push_str("font-weight:bold;");
    }
    if style.italic {
        css.push_str("font-style:italic;");
    }
    if style.underline != Underline::Off {
        css.push_str("text-decoration:underline;");
    }
    if style.width > 1 {
        let _ = write!(css, "letter-spacing:{}ch;", style.width - 1);
    }
    if style.height > 1 {
        // Tenths: a row is 1.3 times as high as its characters.
        let tenths = u32::from(style.height) * 13;
        let _ = write!(css, "line-height:{}.{};", tenths / 10, tenths % 10);
    }
    let class = match (style.reverse, style.color) {
        (true, _) => " class=\"r\"",
        (false, PrintColor::Red) => " class=\"red\"",
        (false, PrintColor::Black) => "",
    };
    if css.is_empty() && class.is_empty() {
        escape(page, text);
        return;
    }
    page.push_str("<span");
    page.push_str(class);
    if !css.is_empty() {
        let _ = write!(page, " style=\"{css}\"");
    }
    page.push('>');
    escape(page, text);
    page.push_str("</span>");
}

fn figure(page: &mut String, row: &Row, item: &Item, picture_octets: &mut usize) {
    let (kind, data, dots) = match &item.content {
        Content::Run(_) | Content::UserDefined(_) => return,
        Content::Picture(picture) => {
            let bitmap = picture.bitmap.as_ref();
            let size = format!("{} by {} dots", bitmap.width_dots(), bitmap.height_dots());
            ("picture", size, Some(bitmap))
        }
        Content::StoredPicture { key, .. } => ("picture stored in the printer", key.clone(), None),
        Content::Barcode(barcode) => (
            barcode.symbology.name(),
            barcode.symbology.text(&barcode.data),
            barcode.bars.as_ref(),
        ),
        Content::Symbol(symbol) => (
            symbol.symbology.name(),
            code_text(&symbol.data),
            symbol
                .modules
                .as_ref()
                .map(|modules| modules.bitmap.as_ref()),
        ),
    };
    let side = match row.justification {
        Justification::Left => "left",
        Justification::Center => "center",
        Justification::Right => "right",
    };
    let _ = write!(page, "<figure class=\"{side}\">");
    if let Some(bitmap) = dots {
        image(page, bitmap, item, picture_octets);
    }
    let _ = write!(page, "<figcaption>[{kind} ");
    escape(page, &data);
    page.push_str("]</figcaption></figure>\n");
}

/// The dots of a picture or code; its caption is the text for it.
fn image(page: &mut String, bitmap: &Bitmap, item: &Item, picture_octets: &mut usize) {
    *picture_octets = picture_octets.saturating_add(bitmap.rows().len());
    if *picture_octets > PICTURE_OCTETS_MAX {
        return;
    }
    // A column of 12 dots is a little less than 10 pixels wide.
    let pixels = |dots: u32| dots.saturating_mul(4).div_ceil(5);
    let _ = write!(
        page,
        "<img alt=\"\" width=\"{}\" height=\"{}\" src=\"data:image/png;base64,",
        pixels(item.width_dots),
        pixels(item.height_dots)
    );
    STANDARD.encode_string(png(bitmap), page);
    page.push_str("\">");
}

/// Text in an element or an attribute; controls are shown as what they are not.
fn escape(page: &mut String, text: &str) {
    for character in text.chars() {
        match character {
            '&' => page.push_str("&amp;"),
            '<' => page.push_str("&lt;"),
            '>' => page.push_str("&gt;"),
            '"' => page.push_str("&quot;"),
            control if control.is_control() => page.push(char::REPLACEMENT_CHARACTER),
            other => page.push(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layout::lay_out;
    use crate::parse;

    fn page(job: &[u8]) -> String {
        let profile = Profile::default();
        let document = lay_out(parse(job).commands, &profile, Limits::default());
        document_html(&document, &profile, &Limits::default())
    }

    #[test]
    fn words_stay_words_and_columns_stay_columns() {
        let page = page(b"\x1d!\x10Total\x1d!\x00\x1b$\x90\x009.80\n");
        assert!(
            page.contains("<p><span style=\"letter-spacing:1ch;\">Total</span>  9.80</p>"),
            "{page}"
        );
    }

    #[test]
    fn codes_and_pictures_have_a_text_for_those_who_do_not_see_them() {
        let page = page(b"\x1ba\x01\x1dkC\x0d4006381333931\x1dv0\x00\x01\x00\x01\x00\xff");
        assert!(page.contains("<figcaption>[EAN13 4006381333931]"));
        assert!(page.contains("<figcaption>[picture 8 by 1 dots]"));
        let images = page
            .matches("<figure class=\"center\"><img alt=\"\"")
            .count();
        assert_eq!(images, 2, "{page}");
    }

    #[test]
    fn nothing_in_a_receipt_becomes_markup() {
        let page = page(b"<script>\n\x1d(k\x0b\x001P0\"><img>\x01\x1d(k\x03\x001Q0");
        assert!(!page.contains("<script>") && !page.contains("<img>"));
        assert!(page.contains("&lt;script&gt;"));
    }
}
