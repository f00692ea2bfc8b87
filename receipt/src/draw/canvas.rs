//! White paper that rectangles and pictures are put on, dot by dot.
//!
//! The paper grows downwards as it is used and never beyond its bounds; every
//! stroke costs as many steps as it touches octets, and when the steps are used
//! up nothing more is drawn. So neither a mile of paper nor a million things on
//! the same place cost more than the bounds say.

use super::frame::Rectangle;
use crate::layout::Bitmap;
use crate::limits::Limits;

/// Black or white.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ink {
    Black,
    White,
}

/// What a stroke costs beside the octets it touches.
const STROKE_STEPS: usize = 4;

/// Paper being drawn on.
#[derive(Debug)]
pub(super) struct Canvas {
    width_dots: u32,
    row_octets: usize,
    rows: Vec<u8>,
    octets_max: usize,
    steps_left: u64,
    cut_short: bool,
}

impl Canvas {
    pub(super) fn new(width_dots: u32, limits: &Limits) -> Self {
        Self {
            width_dots,
            row_octets: width_dots.div_ceil(8).max(1) as usize,
            rows: Vec::new(),
            octets_max: limits.drawing_octets_max,
            steps_left: limits.drawing_steps_max,
            cut_short: false,
        }
    }

    /// Whether a bound was met.
    pub(super) fn cut_short(&self) -> bool {
        self.cut_short
    }

    /// Whether nothing more can be drawn.
    pub(super) fn is_exhausted(&self) -> bool {
        self.steps_left == 0
    }

    /// Whether this row of dots is beyond what may be drawn.
    pub(super) fn ends_before(&self, y_dots: u32) -> bool {
        self.row_octets.saturating_mul(y_dots as usize) >= self.octets_max
    }

    /// The paper at least this long, as far as the bounds allow.
    pub(super) fn reach(&mut self, height_dots: u32) {
        let wanted = self.row_octets.saturating_mul(height_dots as usize);
        let granted = wanted.min(self.octets_max - self.octets_max % self.row_octets);
        self.cut_short |= granted < wanted;
        if granted > self.rows.len() {
            self.rows.resize(granted, 0);
        }
    }

    pub(super) fn into_bitmap(self) -> Bitmap {
        let height_dots = self.rows.len() / self.row_octets;
        Bitmap::from_rows(
            self.width_dots,
            u32::try_from(height_dots).unwrap_or(u32::MAX),
            self.rows,
        )
    }

    /// Fills a rectangle, as far as it lies on the paper.
    pub(super) fn fill(&mut self, rectangle: Rectangle, ink: Ink) {
        let Some((left, right, rows)) = self.visible(rectangle) else {
            self.spend(STROKE_STEPS);
            return;
        };
        let (first, last) = (left / 8, (right - 1) / 8);
        if !self.spend(STROKE_STEPS + (last - first + 1) * rows.len()) {
            return;
        }
        let first_mask = 0xFF >> (left % 8);
        let last_mask = 0xFF << (7 - (right - 1) % 8);
        let (mut at, width) = (rows.start * self.row_octets + first, last - first);
        for _ in rows {
            if width == 0 {
                put(&mut self.rows[at], first_mask & last_mask, ink);
            } else {
                put(&mut self.rows[at], first_mask, ink);
                for between in at + 1..at + width {
                    put(&mut self.rows[between], 0xFF, ink);
                }
                put(&mut self.rows[at + width], last_mask, ink);
            }
            at += self.row_octets;
        }
    }

    /// Adds the black dots of a picture at its own size.
    pub(super) fn add(&mut self, x_dots: i64, y_dots: i64, picture: &Bitmap) {
        let rectangle = Rectangle {
            x: x_dots,
            y: y_dots,
            width: picture.width_dots(),
            height: picture.height_dots(),
        };
        let Some((left, right, rows)) = self.visible(rectangle) else {
            self.spend(STROKE_STEPS);
            return;
        };
        let source_octets = picture.width_dots().div_ceil(8) as usize;
        if !self.spend((source_octets + 1) * rows.len()) {
            return;
        }
        // Pictures begin on the paper: what stands left of it is not drawn here.
        debug_assert!(x_dots >= 0);
        let shift = left % 8;
        for y in rows {
            let source_y = usize::try_from(y as i64 - y_dots).unwrap_or(0);
            let source = &picture.rows()[source_y * source_octets..(source_y + 1) * source_octets];
            let row = &mut self.rows[y * self.row_octets..(y + 1) * self.row_octets];
            let target = &mut row[left / 8..];
            for (place, &octet) in source.iter().enumerate() {
                if let Some(target) = target.get_mut(place) {
                    *target |= octet >> shift;
                }
                if shift > 0
                    && let Some(target) = target.get_mut(place + 1)
                {
                    *target |= octet << (8 - shift);
                }
            }
            // What stands beyond the width but within the last octet is white.
            if right + 8 > self.row_octets * 8 {
                row[self.row_octets - 1] &= 0xFF << ((8 - self.width_dots % 8) % 8);
            }
        }
    }

    /// What of a rectangle lies on the paper: left and right edge, and the rows.
    fn visible(&mut self, rectangle: Rectangle) -> Option<(usize, usize, std::ops::Range<usize>)> {
        let clip = |from: i64, length: u32, end: u32| {
            let to = from.saturating_add(length.into()).min(end.into());
            let from = from.max(0);
            (from < to).then_some((from, to))
        };
        let (left, right) = clip(rectangle.x, rectangle.width, self.width_dots)?;
        let (top, bottom) = clip(rectangle.y, rectangle.height, u32::MAX)?;
        self.reach(u32::try_from(bottom).ok()?);
        let height = self.rows.len() / self.row_octets;
        let index = |dots: i64| usize::try_from(dots).ok();
        let (top, bottom) = (index(top)?, index(bottom)?.min(height));
        (top < bottom).then_some((index(left)?, index(right)?, top..bottom))
    }

    /// Takes the steps for so many octets; `false` when there are no more.
    pub(super) fn spend(&mut self, octets: usize) -> bool {
        let steps = octets as u64;
        if steps > self.steps_left {
            self.steps_left = 0;
            self.cut_short = true;
            return false;
        }
        self.steps_left -= steps;
        true
    }
}

fn put(octet: &mut u8, mask: u8, ink: Ink) {
    match ink {
        Ink::Black => *octet |= mask,
        Ink::White => *octet &= !mask,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rectangle(x: i64, y: i64, width: u32, height: u32) -> Rectangle {
        Rectangle {
            x,
            y,
            width,
            height,
        }
    }

    #[test]
    fn a_rectangle_is_filled_dot_by_dot_and_clipped_to_the_paper() {
        let mut canvas = Canvas::new(20, &Limits::default());
        canvas.fill(rectangle(6, 0, 4, 1), Ink::Black);
        canvas.fill(rectangle(-5, 1, 7, 1), Ink::Black);
        canvas.fill(rectangle(18, 2, 50, 1), Ink::Black);
        canvas.fill(rectangle(7, 0, 1, 9), Ink::White);
        let bitmap = canvas.into_bitmap();
        let rows = [[0x02, 0xC0, 0], [0xC0, 0, 0], [0, 0, 0x30], [0, 0, 0]];
        assert_eq!(bitmap.rows()[..12], rows.concat());
    }

    #[test]
    fn a_picture_is_added_at_any_place() {
        let picture = Bitmap::from_rows(10, 2, vec![0xFF, 0xC0, 0x80, 0x40]);
        let mut canvas = Canvas::new(20, &Limits::default());
        canvas.add(3, 1, &picture);
        canvas.add(14, 0, &picture);
        let bitmap = canvas.into_bitmap();
        let rows = [[0x00, 0x03, 0xF0], [0x1F, 0xFA, 0x00], [0x10, 0x08, 0x00]];
        assert_eq!(bitmap.rows(), rows.concat());
    }

    #[test]
    fn neither_paper_nor_work_goes_beyond_its_bounds() {
        let limits = Limits {
            drawing_octets_max: 1000,
            drawing_steps_max: 5000,
            ..Limits::default()
        };
        let mut canvas = Canvas::new(80, &limits);
        canvas.fill(rectangle(0, 90, 8, u32::MAX), Ink::Black);
        assert!(canvas.cut_short());
        while !canvas.is_exhausted() {
            canvas.fill(rectangle(0, 0, 80, 100), Ink::Black);
        }
        assert_eq!(canvas.into_bitmap().height_dots(), 100);
    }
}
