//! A document as dots: what stands on the paper, one bit a dot of the printer.
//!
//! [`draw`] is the stage; [`png()`] and [`svg()`] write its bitmap as a file. Start at
//! `row`, which puts the things of a row on one base line; `text` draws
//! characters, `canvas` holds the paper, `frame` turns what is printed upside
//! down or along the paper. All arithmetic is in whole dots: the same receipt
//! is the same bitmap on every system.

mod canvas;
mod frame;
mod png;
mod row;
mod svg;
mod text;

use crate::font::Fonts;
use crate::layout::{Bitmap, Document, Element, Layout};
use crate::limits::Limits;
use crate::parse::parse_each;
use crate::profile::Profile;
use canvas::Canvas;

pub use png::png;
pub use svg::{svg, svg_within};

/// A receipt as dots.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Drawing {
    /// The paper from the first dot to the last feed, as wide as it can be printed on.
    pub paper: Bitmap,
    /// Where it is cut, in dots from the top, in order.
    pub cuts_dots: Vec<u32>,
    /// Whether something was left out because of a limit.
    pub cut_short: bool,
}

impl Drawing {
    /// The sheets that the cuts make, without empty ones.
    pub fn sheets(&self) -> impl Iterator<Item = Bitmap> {
        let row_octets = self.paper.width_dots().div_ceil(8) as usize;
        let ends = self.cuts_dots.iter().copied();
        let mut top = 0;
        ends.chain([self.paper.height_dots()])
            .filter_map(move |end| {
                let end = end.min(self.paper.height_dots());
                let height_dots = end.checked_sub(top).filter(|&height| height > 0)?;
                let rows = &self.paper.rows()[top as usize * row_octets..end as usize * row_octets];
                top = end;
                let sheet = Bitmap::from_rows(self.paper.width_dots(), height_dots, rows.to_vec());
                sheet
                    .rows()
                    .iter()
                    .any(|&octet| octet != 0)
                    .then_some(sheet)
            })
    }
}

/// Draws a document.
#[must_use]
pub fn draw(document: &Document, profile: &Profile, fonts: &Fonts, limits: &Limits) -> Drawing {
    let mut canvas = Canvas::new(profile.width_dots.into(), limits);
    let mut cuts_dots = Vec::new();
    for element in &document.elements {
        match element {
            // Nothing of it would be seen; that it is left out is noted below.
            Element::Row(row) if canvas.ends_before(row.y_dots) => {}
            Element::Row(row) => row::draw(&mut canvas, row, profile, fonts),
            Element::Cut { y_dots, .. } => cuts_dots.push(*y_dots),
            Element::Pulse { .. } => {}
        }
        if canvas.is_exhausted() {
            break;
        }
    }
    canvas.reach(document.height_dots);
    let cut_short = document.cut_short || canvas.cut_short();
    Drawing {
        paper: canvas.into_bitmap(),
        cuts_dots,
        cut_short,
    }
}

/// Draws a job: parse, lay out and draw in one step, in the bundled fonts.
///
/// ```
/// use platen_receipt::Profile;
/// use platen_receipt::draw::{draw_job, png};
///
/// let drawing = draw_job(b"\x1b@\x1d!\x11Hello\n", &Profile::default());
/// assert_eq!((drawing.paper.width_dots(), drawing.paper.height_dots()), (576, 48));
/// assert!(png(&drawing.paper).starts_with(b"\x89PNG"));
/// ```
#[must_use]
pub fn draw_job(job: &[u8], profile: &Profile) -> Drawing {
    draw_job_with(job, profile, Fonts::bundled())
}

/// Draws a job in fonts of one's choice.
#[must_use]
pub fn draw_job_with(job: &[u8], profile: &Profile, fonts: &Fonts) -> Drawing {
    let limits = Limits::default();
    let mut layout = Layout::new(profile, limits);
    parse_each(job, limits, |located| layout.apply(located));
    draw(&layout.finish(), profile, fonts, &limits)
}
