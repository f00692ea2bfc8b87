//! Pictures for receipt printers, octet for octet as QZ Tray writes them: in
//! bands of 24 rows, as wide as whole octets.
//!
//! `imageEncoding` names the form: `esc_asterisk` (also where none is named),
//! `gs_l` or `gs_v_0`. `dotDensity` is the mode of `ESC *`: `single` 32,
//! `double` 33, `triple` 39 or a number; `-legacy`, and numbers below 0, set a
//! line spacing of 24 and feed by lines.

use platen_receipt::image::Bitmap;
use serde_json::Value;

use super::{ESC, row_octets, signed, text, too_large};

const GS: u8 = 0x1D;
/// Rows in a band.
const BAND_ROWS: usize = 24;
/// What the two octets of a length say about a band of `GS ( L`; `ESC *` and
/// `GS v 0` would take more.
const WIDTH_DOTS_MAX: usize = 21_840;
const SINGLE_DENSITY: i64 = 32;

/// How the dots are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// `ESC *`.
    Columns {
        /// Its mode.
        mode: u8,
        /// Bands are joined by the line spacing.
        legacy: bool,
    },
    /// `GS ( L`, stored and printed.
    Stored,
    /// `GS v 0`.
    Raster,
}

impl Form {
    pub(super) fn read(options: &Value) -> Self {
        let encoding = text(options.get("imageEncoding")).unwrap_or_default();
        match encoding.to_lowercase().as_str() {
            "gs_l" => return Self::Stored,
            "gs_v_0" => return Self::Raster,
            _ => {}
        }
        let named = text(options.get("dotDensity")).unwrap_or_default();
        let density = match named.to_lowercase().as_str() {
            "single" => SINGLE_DENSITY,
            "double" => 33,
            "triple" => 39,
            "single-legacy" => -SINGLE_DENSITY,
            "double-legacy" => -33,
            _ => signed(options.get("dotDensity")).unwrap_or(SINGLE_DENSITY),
        };
        let mode = u8::try_from(density.unsigned_abs()).unwrap_or(u8::MAX);
        Self::Columns {
            mode,
            legacy: density < 0,
        }
    }

    /// The commands that print these dots.
    pub(super) fn commands(self, dots: &Bitmap) -> Result<Vec<u8>, String> {
        if row_octets(dots) * 8 > WIDTH_DOTS_MAX {
            return Err(too_large(dots, "ESC/POS", WIDTH_DOTS_MAX));
        }
        Ok(match self {
            Self::Columns { mode, legacy } => columns(dots, mode, legacy),
            Self::Stored => bands(dots, stored),
            Self::Raster => bands(dots, raster),
        })
    }
}

fn bands(dots: &Bitmap, write: fn(&mut Vec<u8>, usize, &[u8])) -> Vec<u8> {
    let row_octets = row_octets(dots);
    let mut out = Vec::with_capacity(dots.rows().len() + 1_024);
    for band in dots.rows().chunks(row_octets * BAND_ROWS) {
        write(&mut out, row_octets, band);
    }
    out
}

fn stored(out: &mut Vec<u8>, row_octets: usize, band: &[u8]) {
    // m and fn, tone, scale across and down, color; then the two sizes.
    const HEADER_OCTETS: usize = 10;
    out.extend([GS, b'(', b'L']);
    out.extend(word(HEADER_OCTETS + band.len()));
    out.extend([48, 112, 48, 1, 1, 49]);
    out.extend(word(row_octets * 8));
    out.extend(word(band.len() / row_octets));
    out.extend_from_slice(band);
    out.extend([GS, b'(', b'L', 2, 0, 48, 50]);
}

fn raster(out: &mut Vec<u8>, row_octets: usize, band: &[u8]) {
    out.extend([GS, b'v', b'0', 0]);
    out.extend(word(row_octets));
    out.extend(word(band.len() / row_octets));
    out.extend_from_slice(band);
}

/// Strips, each with the feed to the next. Mode 1 is for impact printers: even
/// and odd rows of sixteen in two passes, half a dot apart.
fn columns(dots: &Bitmap, mode: u8, legacy: bool) -> Vec<u8> {
    let height = dots.height_dots() as usize;
    let (column_octets, feed) = match mode {
        0 => (1, 16),
        1 => (1, 8),
        _ => (3, 24),
    };
    let mut out = Vec::with_capacity(dots.rows().len() * 8 / 7 + 1_024);
    if legacy {
        out.extend([ESC, b'3', 24]);
    }
    for first in (0..height).step_by(8 * column_octets) {
        let rows = first..first + 8 * column_octets;
        match mode {
            1 => {
                for (pass, feed) in [(0, 1), (1, feed - 1)] {
                    let rows = (first + pass..).step_by(2).take(8);
                    strip(&mut out, dots, mode, column_octets, rows);
                    out.extend([ESC, b'J', feed]);
                }
            }
            _ => {
                strip(&mut out, dots, mode, column_octets, rows);
                if legacy {
                    out.push(b'\n');
                } else {
                    out.extend([ESC, b'J', feed]);
                }
            }
        }
    }
    if legacy {
        out.extend([ESC, b'3', 30]);
    }
    out
}

/// One `ESC *` of these rows, the first in the highest bit of each column.
fn strip(
    out: &mut Vec<u8>,
    dots: &Bitmap,
    mode: u8,
    column_octets: usize,
    rows: impl Iterator<Item = usize>,
) {
    let row_octets = row_octets(dots);
    let width = row_octets * 8;
    out.extend([ESC, b'*', mode]);
    out.extend(word(width));
    let start = out.len();
    out.resize(start + width * column_octets, 0);
    let columns = &mut out[start..];
    for (place, y) in rows.enumerate() {
        let Some(row) = dots.rows().get(y * row_octets..(y + 1) * row_octets) else {
            break;
        };
        let bit = 0x80 >> (place % 8);
        for (at, &octet) in row.iter().enumerate().filter(|(_, octet)| **octet != 0) {
            for x in (0..8).filter(|x| octet & 0x80 >> x != 0) {
                columns[(at * 8 + x) * column_octets + place / 8] |= bit;
            }
        }
    }
}

/// Two octets, the low one first; what they hold was checked.
fn word(number: usize) -> [u8; 2] {
    u16::try_from(number).unwrap_or(u16::MAX).to_le_bytes()
}

#[cfg(test)]
mod tests {
    use super::super::tests::{png, written};
    use super::*;
    use platen_receipt::{Limits, Profile, layout, parse};
    use serde_json::json;

    fn escpos(options: &[(&str, Value)], rows: &[&str]) -> Vec<u8> {
        let mut all = json!({"language": "ESCPOS"});
        for (name, value) in options {
            all[name] = value.clone();
        }
        written(&all, &png(rows)).unwrap()
    }

    /// What a printer makes of it: the black dots by row, from the first one.
    fn printed(job: &[u8]) -> Vec<(u32, u32)> {
        let parsed = parse(job);
        let document = layout::lay_out(parsed.commands, &Profile::default(), Limits::default());
        let mut black = Vec::new();
        for element in &document.elements {
            let layout::Element::Row(row) = element else {
                continue;
            };
            for item in &row.items {
                let layout::Content::Picture(picture) = &item.content else {
                    continue;
                };
                let bitmap = &picture.bitmap;
                for y in 0..bitmap.height_dots() {
                    for x in 0..bitmap.width_dots() {
                        let octet = bitmap.rows()[y as usize * row_octets(bitmap) + x as usize / 8];
                        if octet & 0x80 >> (x % 8) != 0 {
                            black.push((row.y_dots + y, item.x_dots + x));
                        }
                    }
                }
            }
        }
        black.sort_unstable();
        black.dedup();
        black
    }

    #[test]
    fn columns_stand_in_bands_of_24_with_a_feed() {
        let job = escpos(&[], &["#..", ".#.", "..#"]);
        let mut expected = b"\x1b*\x20\x08\0".to_vec();
        expected.extend([0x80, 0, 0, 0x40, 0, 0, 0x20, 0, 0]);
        expected.extend([0; 15]);
        expected.extend(b"\x1bJ\x18");
        assert_eq!(job, expected);
    }

    #[test]
    fn density_is_a_name_or_a_number() {
        let head = |density: Value| escpos(&[("dotDensity", density)], &["#"])[..5].to_vec();
        for (density, expected) in [
            (json!("single"), b"\x1b*\x20\x08\0"),
            (json!("Double"), b"\x1b*\x21\x08\0"),
            (json!("triple"), b"\x1b*\x27\x08\0"),
            (json!(33), b"\x1b*\x21\x08\0"),
            (json!("39"), b"\x1b*\x27\x08\0"),
            (json!(0), b"\x1b*\x00\x08\0"),
            (json!(null), b"\x1b*\x20\x08\0"),
            (json!("huge"), b"\x1b*\x20\x08\0"),
            (json!("single-legacy"), b"\x1b3\x18\x1b*"),
            (json!(-33), b"\x1b3\x18\x1b*"),
        ] {
            assert_eq!(head(density.clone()), expected, "{density}");
        }
    }

    #[test]
    fn the_legacy_form_feeds_by_lines() {
        let job = escpos(&[("dotDensity", json!("double-legacy"))], &["#"]);
        let mut expected = b"\x1b3\x18\x1b*\x21\x08\0\x80".to_vec();
        expected.extend([0; 23]);
        expected.extend(b"\n\x1b3\x1e");
        assert_eq!(job, expected);
    }

    #[test]
    fn an_impact_printer_gets_even_and_odd_rows() {
        let job = escpos(&[("dotDensity", json!(1))], &["#", "#", ".", "#"]);
        let mut expected = b"\x1b*\x01\x08\0\x80\0\0\0\0\0\0\0\x1bJ\x01".to_vec();
        expected.extend(b"\x1b*\x01\x08\0\xc0\0\0\0\0\0\0\0\x1bJ\x07");
        assert_eq!(job, expected);
    }

    #[test]
    fn rasters_and_stored_pictures_stand_in_bands_of_24() {
        let rows = ["#........"; 25];
        let band = [0x80, 0].repeat(24);
        let job = escpos(&[("imageEncoding", json!("gs_v_0"))], &rows);
        let expected = [
            b"\x1dv0\0\x02\0\x18\0".as_slice(),
            &band,
            b"\x1dv0\0\x02\0\x01\0\x80\0",
        ];
        assert_eq!(job, expected.concat());
        let job = escpos(&[("imageEncoding", json!("GS_L"))], &rows);
        let expected = [
            b"\x1d(L\x3a\x000p0\x01\x011\x10\0\x18\0".as_slice(),
            &band,
            b"\x1d(L\x02\x0002",
            b"\x1d(L\x0c\x000p0\x01\x011\x10\0\x01\0\x80\0",
            b"\x1d(L\x02\x0002",
        ];
        assert_eq!(job, expected.concat());
    }

    #[test]
    fn every_form_puts_the_same_dots_on_paper() {
        let rows: Vec<String> = (0..60)
            .map(|y| {
                (0..43)
                    .map(|x| if (x * 7 + y * 5) % 11 < 4 { '#' } else { '.' })
                    .collect()
            })
            .collect();
        let rows: Vec<&str> = rows.iter().map(String::as_str).collect();
        let mut expected = Vec::new();
        for (y, row) in (0..).zip(&rows) {
            expected.extend(
                (0..)
                    .zip(row.chars())
                    .filter(|(_, dot)| *dot == '#')
                    .map(|(x, _)| (y, x)),
            );
        }
        for form in [
            ("imageEncoding", json!("gs_v_0")),
            ("imageEncoding", json!("gs_l")),
            ("dotDensity", json!("double")),
            ("dotDensity", json!("double-legacy")),
        ] {
            let job = escpos(std::slice::from_ref(&form), &rows);
            let mut dots = printed(&job);
            let first = dots.first().map_or(0, |dot| dot.0);
            dots.iter_mut().for_each(|dot| dot.0 -= first);
            assert_eq!(dots, expected, "{form:?}");
        }
    }

    #[test]
    fn a_picture_wider_than_any_printer_is_refused() {
        let wide = Bitmap::from_rows(22_000, 1, vec![0; 2_750]);
        for form in [
            Form::Raster,
            Form::Stored,
            Form::Columns {
                mode: 33,
                legacy: false,
            },
        ] {
            assert!(form.commands(&wide).unwrap_err().contains("ESC/POS"));
        }
    }
}
