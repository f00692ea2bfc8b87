//! From places as a person reads them to places on the paper.
//!
//! Whatever is printed upside down or along the paper is laid out as if it were
//! upright in an area of its own, and turned with that area when it is drawn.

use crate::command::PrintDirection;

/// Dots in a rectangle. Its corner may lie outside the paper.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Rectangle {
    pub(super) x: i64,
    pub(super) y: i64,
    pub(super) width: u32,
    pub(super) height: u32,
}

/// An area of the paper and how it is turned.
#[derive(Debug, Clone, Copy)]
pub(super) struct Frame {
    pub(super) area: Rectangle,
    pub(super) direction: PrintDirection,
}

impl Frame {
    /// Whether it is as the paper comes out.
    pub(super) fn is_upright(self) -> bool {
        self.direction == PrintDirection::LeftToRight
    }

    /// Where a rectangle of the area is on the paper.
    pub(super) fn on_paper(self, own: Rectangle) -> Rectangle {
        let area = self.area;
        let from_right = i64::from(area.width) - own.x - i64::from(own.width);
        let from_bottom = i64::from(area.height) - own.y - i64::from(own.height);
        let (x, y, width, height) = match self.direction {
            PrintDirection::LeftToRight => (own.x, own.y, own.width, own.height),
            PrintDirection::RightToLeft => (from_right, from_bottom, own.width, own.height),
            PrintDirection::BottomToTop => {
                let from_bottom = i64::from(area.height) - own.x - i64::from(own.width);
                (own.y, from_bottom, own.height, own.width)
            }
            PrintDirection::TopToBottom => {
                let from_right = i64::from(area.width) - own.y - i64::from(own.height);
                (from_right, own.x, own.height, own.width)
            }
        };
        Rectangle {
            x: area.x + x,
            y: area.y + y,
            width,
            height,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_beginning_of_a_turned_area_is_in_another_corner() {
        let rectangle = |(x, y): (i64, i64), (width, height)| Rectangle {
            x,
            y,
            width,
            height,
        };
        // Ten by four dots of the first row, in an area of 100 by 60.
        for (direction, corner, size) in [
            (PrintDirection::LeftToRight, (5, 7), (10, 4)),
            (PrintDirection::BottomToTop, (5, 57), (4, 10)),
            (PrintDirection::RightToLeft, (95, 63), (10, 4)),
            (PrintDirection::TopToBottom, (101, 7), (4, 10)),
        ] {
            let frame = Frame {
                area: rectangle((5, 7), (100, 60)),
                direction,
            };
            assert_eq!(
                frame.on_paper(rectangle((0, 0), (10, 4))),
                rectangle(corner, size),
                "{direction:?}"
            );
        }
    }
}
