//! Pictures in Printronix' PGL: a logo, given row by row as ranges of dots.
//!
//! Facts: the IGP/PGL programmer's reference, "Create Logo", "Logo Call" and
//! "Execute Form". `DOT` after the size counts in the printer's own dots; rows
//! and dots count from 1. The special function character is the usual `~`.

use super::{Bounds, PictureTooLarge, PrinterLanguage, rows};
use crate::layout::Bitmap;

/// Forms are at most that many dots wide and long on the largest models.
const BOUNDS: Bounds = Bounds {
    language: PrinterLanguage::Pgl,
    width_dots_max: 9_999,
    height_dots_max: 9_999,
};

/// The name under which a whole job stores its picture.
const NAME: &str = "PLATEN";

/// A whole job: the logo, a form that shows it, the form printed once.
pub fn label(bitmap: &Bitmap) -> Result<Vec<u8>, PictureTooLarge> {
    let mut out = logo(bitmap, NAME)?;
    out.extend(
        format!(
            "~CREATE;{NAME}\nSCALE;DOT\nLOGO\n1;1;{NAME}\nSTOP\nEND\n\
             ~EXECUTE;{NAME};1\n~NORMAL\n"
        )
        .as_bytes(),
    );
    Ok(out)
}

/// The picture as a logo with this name, of which eight letters and digits are
/// kept. A form calls it by the same name.
pub fn logo(bitmap: &Bitmap, name: &str) -> Result<Vec<u8>, PictureTooLarge> {
    BOUNDS.check(bitmap)?;
    let name: String = name
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .take(8)
        .collect();
    let (width, height) = (bitmap.width_dots(), bitmap.height_dots());
    let mut out = format!("~LOGO;{name};{height};{width};DOT\n");
    for (row, octets) in (1..).zip(rows(bitmap)) {
        let mut ranges = ranges(octets).peekable();
        // What is not named stays white.
        if ranges.peek().is_none() {
            continue;
        }
        out.push_str(&format!("{row}"));
        for (first, last) in ranges {
            if first == last {
                out.push_str(&format!(";{first}"));
            } else {
                out.push_str(&format!(";{first}-{last}"));
            }
        }
        out.push('\n');
    }
    out.push_str("END\n");
    Ok(out.into_bytes())
}

/// The first and last dot of each black stretch, counted from 1.
fn ranges(octets: &[u8]) -> impl Iterator<Item = (usize, usize)> {
    let dots = octets.len() * 8;
    let black = move |x: usize| x < dots && octets[x / 8] & 0x80 >> (x % 8) != 0;
    let mut x = 0;
    std::iter::from_fn(move || {
        while x < dots && !black(x) {
            x += 1;
        }
        let first = x;
        while black(x) {
            x += 1;
        }
        (first < x).then_some((first + 1, x))
    })
}

#[cfg(test)]
mod tests {
    use super::super::sample::pictures;
    use super::*;
    use proptest::prelude::*;

    /// Reads a logo: its name and dots.
    fn read(logo: &[u8]) -> (String, Bitmap) {
        let mut lines = std::str::from_utf8(logo).expect("text").lines();
        let header: Vec<&str> = lines.next().expect("a header").split(';').collect();
        let ["~LOGO", name, height, width, "DOT"] = header[..] else {
            panic!("{header:?}")
        };
        let (width, height): (u32, u32) = (width.parse().unwrap(), height.parse().unwrap());
        let row_octets = width.div_ceil(8) as usize;
        let mut rows = vec![0; row_octets * height as usize];
        for line in lines.take_while(|&line| line != "END") {
            let mut parts = line.split(';');
            let row: usize = parts.next().unwrap().parse().expect("a row");
            for range in parts {
                let (first, last) = range.split_once('-').unwrap_or((range, range));
                let (first, last): (usize, usize) = (first.parse().unwrap(), last.parse().unwrap());
                for x in first - 1..last {
                    rows[(row - 1) * row_octets + x / 8] |= 0x80 >> (x % 8);
                }
            }
        }
        (name.to_owned(), Bitmap::from_rows(width, height, rows))
    }

    #[test]
    fn rows_are_ranges_and_white_rows_are_left_out() {
        let bitmap = Bitmap::from_rows(16, 3, vec![0xC1, 0x80, 0, 0, 0x00, 0x01]);
        assert_eq!(
            String::from_utf8_lossy(&logo(&bitmap, "a~b;c").expect("fits")),
            "~LOGO;abc;3;16;DOT\n1;1-2;8-9\n3;16\nEND\n"
        );
    }

    proptest! {
        /// The logo holds the dots.
        #[test]
        fn the_logo_holds_the_dots(bitmap in pictures(300, 40)) {
            let read = read(&logo(&bitmap, NAME).expect("fits"));
            prop_assert_eq!(read, (NAME.to_owned(), bitmap));
        }
    }
}
