//! Pictures in ZPL: `^GF`, as hexadecimal digits, run lengths or zlib.
//!
//! Facts: Zebra's ZPL II programming guide, "^GF Graphic Field", "Alternative
//! Data Compression Scheme for ~DG and ~DB" and "ZB64 Encoding"; that its LZ77
//! is zlib's format and its CRC is CRC-16/XMODEM over the base64 text is what
//! everybody found who tried. A set bit is black.

use std::io::Write;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::write::ZlibEncoder;

use super::{Bounds, PictureTooLarge, PrinterLanguage, push_hex, row_octets, rows};
use crate::layout::Bitmap;

/// How the dots of a graphic field are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FieldCoding {
    /// Two digits an octet: understood by everything that speaks ZPL.
    Hex,
    /// Run lengths and repeated rows (the alternative compression scheme).
    RunLengths,
    /// zlib, base64 and a checksum (`:Z64:`): the smallest.
    Z64,
}

/// b and c of `^GF`: the most octets one field holds.
const FIELD_OCTETS_MAX: usize = 99_999;

/// x and y of `^FO` go up to 32000.
const BOUNDS: Bounds = Bounds {
    language: PrinterLanguage::Zpl,
    width_dots_max: 32_000,
    height_dots_max: 32_000,
};

/// A whole label with the picture, in the smallest coding that every printer
/// understands.
pub fn label(bitmap: &Bitmap) -> Result<Vec<u8>, PictureTooLarge> {
    let mut out = b"^XA".to_vec();
    out.extend(graphic_fields(bitmap, (0, 0), FieldCoding::RunLengths)?);
    out.extend(b"^XZ\n");
    Ok(out)
}

/// The picture as graphic fields, the upper left corner of the first at this
/// place. One field holds 99,999 octets; what is more follows below.
pub fn graphic_fields(
    bitmap: &Bitmap,
    (x, y): (u16, u16),
    coding: FieldCoding,
) -> Result<Vec<u8>, PictureTooLarge> {
    BOUNDS.check(bitmap)?;
    let row_octets = row_octets(bitmap).max(1);
    let rows_per_field = (FIELD_OCTETS_MAX / row_octets).max(1);
    let mut out = Vec::new();
    let mut y = u32::from(y);
    for data in bitmap.rows().chunks(row_octets * rows_per_field) {
        let octets = data.len();
        out.extend(format!("^FO{x},{y}^GFA,{octets},{octets},{row_octets},").as_bytes());
        match coding {
            FieldCoding::Hex => push_hex(&mut out, data),
            FieldCoding::RunLengths => push_run_lengths(&mut out, data, row_octets),
            FieldCoding::Z64 => push_z64(&mut out, data),
        }
        out.extend(b"^FS");
        y += u32::try_from(octets / row_octets).unwrap_or(u32::MAX);
    }
    if rows(bitmap).next().is_none() {
        // A label without a picture is a label.
        out.clear();
    }
    Ok(out)
}

/// `G` to `Y` repeat the next digit 1 to 19 times, `g` to `z` 20 to 400 times
/// in steps of 20; `,` fills a row with 0, `!` with 1, `:` repeats the last.
fn push_run_lengths(out: &mut Vec<u8>, data: &[u8], row_octets: usize) {
    let mut last_row = None;
    let mut digits = Vec::with_capacity(row_octets * 2);
    for row in data.chunks_exact(row_octets) {
        if last_row.replace(row) == Some(row) {
            out.push(b':');
            continue;
        }
        digits.clear();
        push_hex(&mut digits, row);
        for run in digits.chunk_by(|one, next| one == next) {
            let digit = run[0];
            let to_the_end = run.as_ptr_range().end == digits.as_ptr_range().end;
            match digit {
                b'0' if to_the_end => out.push(b','),
                b'F' if to_the_end => out.push(b'!'),
                digit => push_run(out, digit, run.len()),
            }
        }
    }
}

fn push_run(out: &mut Vec<u8>, digit: u8, mut times: usize) {
    while times > 400 {
        out.extend([b'z', digit]);
        times -= 400;
    }
    // Two digits say themselves as short as a count says them, and plainer.
    if times <= 2 {
        out.extend(std::iter::repeat_n(digit, times));
        return;
    }
    let letter = |base: u8, steps: usize| base + u8::try_from(steps - 1).unwrap_or_default();
    if times >= 20 {
        out.push(letter(b'g', times / 20));
    }
    if !times.is_multiple_of(20) {
        out.push(letter(b'G', times % 20));
    }
    out.push(digit);
}

/// `:Z64:`, the compressed octets in base64, and their checksum.
fn push_z64(out: &mut Vec<u8>, data: &[u8]) {
    let mut compressor = ZlibEncoder::new(Vec::new(), Compression::best());
    let compressed = compressor
        .write_all(data)
        .and_then(|()| compressor.finish())
        .expect("writing to memory does not fail");
    let text = STANDARD.encode(compressed);
    out.extend(format!(":Z64:{text}:{:04X}", crc(text.as_bytes())).as_bytes());
}

/// CRC-16/XMODEM: x^16 + x^12 + x^5 + 1, beginning with 0.
fn crc(octets: &[u8]) -> u16 {
    octets.iter().fold(0, |mut crc: u16, &octet| {
        crc ^= u16::from(octet) << 8;
        for _ in 0..8 {
            let carry = crc & 0x8000 != 0;
            crc <<= 1;
            if carry {
                crc ^= 0x1021;
            }
        }
        crc
    })
}

#[cfg(test)]
mod tests {
    use super::super::sample::{from_hex, numbers, pictures, until};
    use super::*;
    use proptest::prelude::*;
    use std::io::Read;

    /// A reader of graphic fields: the dots by row, the first field's place.
    fn read(mut fields: &[u8]) -> (u32, u32, Vec<u8>, usize) {
        let mut rows = Vec::new();
        let mut place = None;
        let mut row_octets = 0;
        while !fields.is_empty() {
            let (field, rest) = until(fields, b"^FS");
            fields = rest;
            let (origin, graphic) = until(field, b"^GFA,");
            let origin = numbers(origin.strip_prefix(b"^FO").expect("an origin"), ',');
            let mut parts = graphic.splitn(4, |&octet| octet == b',');
            let mut number = || -> usize {
                let part = parts.next().expect("a number");
                std::str::from_utf8(part)
                    .expect("digits")
                    .parse()
                    .expect("a number")
            };
            let (total, count) = (number(), number());
            row_octets = number();
            let data = parts.next().expect("data");
            assert!(total == count && total <= 99_999);
            let (x, y) = *place.get_or_insert((origin[0], origin[1]));
            assert_eq!(origin[0], x);
            assert_eq!(origin[1] as usize, y as usize + rows.len() / row_octets);
            let octets = if let Some(coded) = data.strip_prefix(b":Z64:") {
                let (text, sum) = until(coded, b":");
                assert_eq!(format!("{:04X}", crc(text)).as_bytes(), sum);
                let mut octets = Vec::new();
                let compressed = STANDARD.decode(text).expect("base64");
                flate2::read::ZlibDecoder::new(compressed.as_slice())
                    .read_to_end(&mut octets)
                    .expect("zlib");
                octets
            } else {
                expand(data, row_octets * 2)
            };
            assert_eq!(octets.len(), total);
            rows.extend(octets);
        }
        let (x, y) = place.expect("a field");
        (x, y, rows, row_octets)
    }

    /// Undoes the run lengths.
    fn expand(data: &[u8], row_digits: usize) -> Vec<u8> {
        let mut digits: Vec<u8> = Vec::new();
        let mut times = 0;
        for &letter in data {
            let left = row_digits - digits.len() % row_digits;
            match letter {
                b'G'..=b'Y' => times += usize::from(letter - b'G') + 1,
                b'g'..=b'z' => times += (usize::from(letter - b'g') + 1) * 20,
                b',' => digits.extend(std::iter::repeat_n(b'0', left)),
                b'!' => digits.extend(std::iter::repeat_n(b'F', left)),
                b':' => digits.extend_from_within(digits.len() - row_digits..),
                digit => {
                    digits.extend(std::iter::repeat_n(digit, times.max(1)));
                    times = 0;
                }
            }
        }
        from_hex(&digits)
    }

    #[test]
    fn runs_are_written_as_the_manual_does() {
        for (times, written) in [
            (1, "A"),
            (2, "AA"),
            (3, "IA"),
            (19, "YA"),
            (20, "gA"),
            (26, "gLA"),
            (327, "vMA"),
            (400, "zA"),
            (401, "zAA"),
        ] {
            let mut out = Vec::new();
            push_run(&mut out, b'A', times);
            assert_eq!(String::from_utf8_lossy(&out), written);
        }
    }

    #[test]
    fn the_checksum_is_that_of_xmodem() {
        assert_eq!(crc(b"123456789"), 0x31C3);
    }

    #[test]
    fn a_picture_of_more_than_a_field_holds_goes_on_below() {
        let rows: Vec<u8> = (0..100 * 2500_u32).map(|at| (at % 253) as u8).collect();
        let bitmap = Bitmap::from_rows(800, 2500, rows);
        let fields = graphic_fields(&bitmap, (8, 16), FieldCoding::Hex).expect("fits");
        assert_eq!(fields.windows(4).filter(|w| w == b"^GFA").count(), 3);
        assert_eq!(read(&fields), (8, 16, bitmap.rows().to_vec(), 100));
    }

    #[test]
    fn compression_makes_an_ordinary_picture_smaller() {
        let mut rows = vec![0; 72 * 300];
        rows[72 * 100..72 * 140].fill(0xFF);
        let bitmap = Bitmap::from_rows(576, 300, rows);
        let octets = |coding| graphic_fields(&bitmap, (0, 0), coding).expect("fits").len();
        let (hex, runs, z64) = (
            octets(FieldCoding::Hex),
            octets(FieldCoding::RunLengths),
            octets(FieldCoding::Z64),
        );
        assert!(runs < hex / 50 && z64 < hex / 50, "{hex} {runs} {z64}");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        /// Whatever the coding, the same dots come out.
        #[test]
        fn every_coding_holds_the_same_dots(bitmap in pictures(1200, 30)) {
            for coding in [FieldCoding::Hex, FieldCoding::RunLengths, FieldCoding::Z64] {
                let fields = graphic_fields(&bitmap, (0, 0), coding).expect("fits");
                let (_, _, rows, row_octets) = read(&fields);
                prop_assert_eq!(&rows, bitmap.rows(), "{:?}", coding);
                prop_assert_eq!(row_octets, super::row_octets(&bitmap));
            }
        }
    }
}
