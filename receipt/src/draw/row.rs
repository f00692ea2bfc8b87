//! A row: its things on one base line, turned as the row is turned.

use super::canvas::{Canvas, Ink};
use super::frame::{Frame, Rectangle};
use super::text;
use crate::command::{HriPosition, PrintDirection};
use crate::font::Fonts;
use crate::layout::{Barcode, Content, Picture, Row};
use crate::profile::Profile;

/// Draws a row of the paper.
pub(super) fn draw(canvas: &mut Canvas, row: &Row, profile: &Profile, fonts: &Fonts) {
    let (frame, origin) = frame(row);
    let upright = Frame {
        direction: PrintDirection::LeftToRight,
        ..frame
    };
    for item in &row.items {
        if canvas.is_exhausted() {
            return;
        }
        let place = Rectangle {
            x: i64::from(item.x_dots) - origin.x,
            y: origin.y + i64::from(item.top_dots),
            width: item.width_dots,
            height: item.height_dots,
        };
        match &item.content {
            Content::Run(run) => text::draw(canvas, frame, place, run, profile, fonts),
            Content::UserDefined(defined) => {
                text::draw_user_defined(canvas, frame, place, defined);
            }
            // `ESC {` turns strips, but neither raster pictures nor graphics.
            Content::Picture(drawn) if row.upside_down && drawn.strips == 0 => {
                picture(canvas, upright, place, drawn, Ink::Black);
            }
            Content::Picture(drawn) => picture(canvas, frame, place, drawn, Ink::Black),
            Content::Barcode(drawn) => barcode(canvas, frame, place, drawn, profile, fonts),
            Content::Symbol(drawn) => {
                if let Some(modules) = &drawn.modules {
                    picture(canvas, frame, place, modules, Ink::Black);
                }
            }
            Content::StoredPicture { .. } => {}
        }
    }
}

/// Where the coordinates of the items of a row begin, seen from its frame.
struct Origin {
    x: i64,
    y: i64,
}

/// The area of a row: its own stretch of paper, or that of the page where the
/// page is turned.
fn frame(row: &Row) -> (Frame, Origin) {
    if let Some(page) = row.page
        && page.direction != PrintDirection::LeftToRight
    {
        let frame = Frame {
            area: Rectangle {
                x: page.x_dots.into(),
                y: page.y_dots.into(),
                width: page.width_dots,
                height: page.height_dots,
            },
            direction: page.direction,
        };
        // Items count from the corner at which writing starts.
        let origin = Origin {
            x: 0,
            y: page.down_dots.into(),
        };
        return (frame, origin);
    }
    let frame = Frame {
        area: Rectangle {
            x: row.area_x_dots.into(),
            y: row.y_dots.into(),
            width: row.area_width_dots,
            height: row.height_dots,
        },
        direction: if row.upside_down {
            PrintDirection::RightToLeft
        } else {
            PrintDirection::LeftToRight
        },
    };
    // Items count from the edge of the paper.
    let origin = Origin {
        x: row.area_x_dots.into(),
        y: 0,
    };
    (frame, origin)
}

/// Draws a picture, each of its dots as large as its scales say.
pub(super) fn picture(
    canvas: &mut Canvas,
    frame: Frame,
    place: Rectangle,
    picture: &Picture,
    ink: Ink,
) {
    let bitmap = &picture.bitmap;
    let (scale_x, scale_y) = (u32::from(picture.scale_x), u32::from(picture.scale_y));
    if frame.is_upright() && (scale_x, scale_y, ink) == (1, 1, Ink::Black) {
        let corner = frame.on_paper(place);
        canvas.add(corner.x, corner.y, bitmap);
        return;
    }
    let row_octets = bitmap.width_dots().div_ceil(8).max(1) as usize;
    for (y, row) in (0..).zip(bitmap.rows().chunks_exact(row_octets)) {
        // Looking for the black dots takes time as well.
        if !canvas.spend(row_octets) {
            return;
        }
        for (x, length) in stretches(row) {
            let dots = Rectangle {
                x: place.x + i64::from(x * scale_x),
                y: place.y + i64::from(y * scale_y),
                width: length * scale_x,
                height: scale_y,
            };
            canvas.fill(frame.on_paper(dots), ink);
        }
    }
}

/// Draws bars, and their text above or below in the middle.
fn barcode(
    canvas: &mut Canvas,
    frame: Frame,
    place: Rectangle,
    barcode: &Barcode,
    profile: &Profile,
    fonts: &Fonts,
) {
    let Some(bars) = &barcode.bars else { return };
    let (above, below) = match barcode.hri_position {
        HriPosition::None => (false, false),
        HriPosition::Above => (true, false),
        HriPosition::Below => (false, true),
        HriPosition::Both => (true, true),
    };
    let cell = profile.cell(barcode.hri_font);
    let bars_y = place.y + if above { cell.height_dots.into() } else { 0 };
    for (x, length) in stretches(bars.rows()) {
        let bar = Rectangle {
            x: place.x + i64::from(x),
            y: bars_y,
            width: length,
            height: barcode.height_dots.into(),
        };
        canvas.fill(frame.on_paper(bar), Ink::Black);
    }
    let below_y = bars_y + i64::from(barcode.height_dots);
    let rows = [(above, place.y), (below, below_y)];
    for (_, y) in rows.into_iter().filter(|(wanted, _)| *wanted) {
        text::draw_beside_bars(
            canvas,
            frame,
            Rectangle { y, ..place },
            barcode,
            cell,
            fonts,
        );
    }
}

/// The black stretches of a row of dots: first dot and length.
pub(super) fn stretches(row: &[u8]) -> impl Iterator<Item = (u32, u32)> {
    let mut x = 0;
    let dots = row.len() * 8;
    let is_black = move |x: usize| row[x / 8] & (0x80 >> (x % 8)) != 0;
    std::iter::from_fn(move || {
        while x < dots && !is_black(x) {
            x += if x % 8 == 0 && row[x / 8] == 0 { 8 } else { 1 };
        }
        if x >= dots {
            return None;
        }
        let start = x;
        while x < dots && is_black(x) {
            x += if x % 8 == 0 && row[x / 8] == 0xFF {
                8
            } else {
                1
            };
        }
        Some((u32::try_from(start).ok()?, u32::try_from(x - start).ok()?))
    })
}
