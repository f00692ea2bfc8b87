//! A bitmap as an SVG: the same dots as shapes, which stay sharp at any size.
//!
//! Black dots that lie together are one rectangle of a single path. The text of
//! the receipt stands beside it for those who cannot see the dots.

use std::fmt::Write as _;

use super::row::stretches;
use crate::layout::Bitmap;

/// A rectangle that may go on in the next row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Open {
    x: u32,
    length: u32,
    top: u32,
}

/// Writes a bitmap as an SVG, one unit a dot, white paper. `text` says in words
/// what the picture shows.
#[must_use]
pub fn svg(bitmap: &Bitmap, text: &str) -> String {
    svg_within(bitmap, text, usize::MAX).expect("no string is longer than memory")
}

/// Writes an SVG as [`svg`] does, unless it would be longer than this: a photo
/// of many single dots is better told as PNG.
#[must_use]
pub fn svg_within(bitmap: &Bitmap, text: &str, octets_max: usize) -> Option<String> {
    let (width, height) = (bitmap.width_dots(), bitmap.height_dots());
    let mut out = String::new();
    out.push_str("<svg xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" ");
    add(
        &mut out,
        format_args!("width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\">"),
    );
    out.push_str("<title>Receipt</title><desc>");
    escape(&mut out, text);
    out.push_str("</desc><path fill=\"#fff\" d=\"");
    rectangle(&mut out, 0, 0, width, height);
    out.push_str("\"/><path shape-rendering=\"crispEdges\" d=\"");
    path(&mut out, bitmap, octets_max)?;
    out.push_str("\"/></svg>\n");
    (out.len() <= octets_max).then_some(out)
}

/// `None` as soon as it is too long.
fn path(out: &mut String, bitmap: &Bitmap, octets_max: usize) -> Option<()> {
    let row_octets = bitmap.width_dots().div_ceil(8).max(1) as usize;
    let mut open: Vec<Open> = Vec::new();
    for (y, row) in (0..).zip(bitmap.rows().chunks_exact(row_octets)) {
        let mut above = open.iter().peekable();
        let mut next = Vec::with_capacity(open.len());
        for (x, length) in stretches(row) {
            // Both go from left to right: what begins further left has ended.
            while let Some(ended) = above.next_if(|above| above.x < x) {
                close(out, *ended, y);
            }
            let same = above.next_if(|above| (above.x, above.length) == (x, length));
            let top = same.map_or(y, |above| above.top);
            next.push(Open { x, length, top });
        }
        for ended in above {
            close(out, *ended, y);
        }
        open = next;
        if out.len() > octets_max {
            return None;
        }
    }
    for ended in open {
        close(out, ended, bitmap.height_dots());
    }
    Some(())
}

fn close(out: &mut String, open: Open, bottom: u32) {
    rectangle(out, open.x, open.top, open.length, bottom - open.top);
}

fn rectangle(out: &mut String, x: u32, y: u32, width: u32, height: u32) {
    add(out, format_args!("M{x} {y}h{width}v{height}h-{width}z"));
}

fn add(out: &mut String, arguments: std::fmt::Arguments<'_>) {
    out.write_fmt(arguments)
        .expect("writing to a string does not fail");
}

/// Text inside an element; XML has no control characters.
fn escape(out: &mut String, text: &str) {
    for character in text.chars() {
        match character {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '\n' | '\t' => out.push(character),
            _ if character.is_control() || matches!(character, '\u{fffe}' | '\u{ffff}') => {
                out.push(char::REPLACEMENT_CHARACTER);
            }
            _ => out.push(character),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The dots that the rectangles of a path cover.
    fn covered(path: &str, width: u32, height: u32) -> Bitmap {
        let octets = width.div_ceil(8);
        let mut rows = vec![0u8; (octets * height) as usize];
        for part in path.split('M').skip(1) {
            let numbers: Vec<u32> = part
                .split(|c: char| !c.is_ascii_digit())
                .filter_map(|number| number.parse().ok())
                .collect();
            for y in numbers[1]..numbers[1] + numbers[3] {
                for x in numbers[0]..numbers[0] + numbers[2] {
                    let octet = &mut rows[(y * octets + x / 8) as usize];
                    assert_eq!(*octet & (0x80 >> (x % 8)), 0, "covered twice");
                    *octet |= 0x80 >> (x % 8);
                }
            }
        }
        Bitmap::from_rows(width, height, rows)
    }

    #[test]
    fn the_path_covers_every_black_dot_once_and_no_white_one() {
        let job = b"\x1d!\x21Svg \x1dB\x01g\n\x1dk\x49\x07{B12345\x1dB\x00\x1bE\x01end\n";
        let paper = crate::draw::draw_job(job, &crate::Profile::default()).paper;
        let mut drawn = String::new();
        path(&mut drawn, &paper, usize::MAX).expect("as long as it is");
        assert_eq!(
            covered(&drawn, paper.width_dots(), paper.height_dots()),
            paper
        );
    }

    #[test]
    fn text_is_no_markup() {
        let drawn = svg(&Bitmap::from_rows(8, 1, vec![0x18]), "a<b>&\u{1}\n");
        assert!(drawn.contains("<desc>a&lt;b&gt;&amp;\u{fffd}\n</desc>"));
        assert!(drawn.contains("M3 0h2v1h-2z"));
    }
}
