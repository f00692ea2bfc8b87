//! A bitmap as a PNG of one bit a dot.
//!
//! The same bitmap is the same file everywhere: one filter, one compressor
//! written in Rust, no time stamp.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::ZlibEncoder;

use crate::layout::Bitmap;

const SIGNATURE: &[u8] = b"\x89PNG\r\n\x1a\n";

/// How hard to compress: beyond this receipts hardly get smaller.
const LEVEL: u32 = 6;

/// Dots a meter at 203 dots an inch, so that a viewer knows the size on paper.
const DOTS_PER_METER: u32 = 7992;

/// Writes a bitmap as a PNG, one pixel a dot, white paper.
#[must_use]
pub fn png(bitmap: &Bitmap) -> Vec<u8> {
    let (width, height) = (bitmap.width_dots().max(1), bitmap.height_dots().max(1));
    let mut header = Vec::with_capacity(13);
    header.extend(width.to_be_bytes());
    header.extend(height.to_be_bytes());
    // One bit a pixel, gray: 0 is black, 1 white. No interlacing.
    header.extend([1, 0, 0, 0, 0]);

    let mut resolution = Vec::with_capacity(9);
    resolution.extend(DOTS_PER_METER.to_be_bytes());
    resolution.extend(DOTS_PER_METER.to_be_bytes());
    resolution.push(1);

    let mut out = SIGNATURE.to_vec();
    chunk(&mut out, b"IHDR", &header);
    chunk(&mut out, b"pHYs", &resolution);
    chunk(
        &mut out,
        b"IDAT",
        &compressed(&scan_lines(bitmap, width, height)),
    );
    chunk(&mut out, b"IEND", &[]);
    out
}

fn compressed(data: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::new(LEVEL));
    encoder
        .write_all(data)
        .and_then(|()| encoder.finish())
        .expect("memory takes every octet")
}

/// The rows as PNG has them: each after its filter, which is none.
fn scan_lines(bitmap: &Bitmap, width: u32, height: u32) -> Vec<u8> {
    let row_octets = width.div_ceil(8) as usize;
    let mut lines = Vec::with_capacity((row_octets + 1) * height as usize);
    for row in bitmap.rows().chunks_exact(row_octets) {
        lines.push(0);
        lines.extend(row.iter().map(|octet| !octet));
    }
    // A file holds at least one pixel.
    if lines.is_empty() {
        lines.resize(1 + row_octets, 0xFF);
        lines[0] = 0;
    }
    lines
}

fn chunk(out: &mut Vec<u8>, kind: &[u8; 4], data: &[u8]) {
    // At most what a drawing may hold, far below 4 GB.
    let octets = u32::try_from(data.len()).unwrap_or(u32::MAX);
    out.extend(octets.to_be_bytes());
    let start = out.len();
    out.extend(kind);
    out.extend(data);
    let check = crc(&out[start..]);
    out.extend(check.to_be_bytes());
}

/// CRC-32 of PNG (ISO 3309), eight bits at a time.
fn crc(data: &[u8]) -> u32 {
    const TABLE: [u32; 256] = {
        let mut table = [0; 256];
        let mut octet = 0u32;
        while octet < 256 {
            let mut value = octet;
            let mut bit = 0;
            while bit < 8 {
                value = if value & 1 == 1 {
                    0xEDB8_8320 ^ (value >> 1)
                } else {
                    value >> 1
                };
                bit += 1;
            }
            table[octet as usize] = value;
            octet += 1;
        }
        table
    };
    !data.iter().fold(u32::MAX, |crc, &octet| {
        TABLE[((crc ^ u32::from(octet)) & 0xFF) as usize] ^ (crc >> 8)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_check_of_a_chunk_is_that_of_the_standard() {
        assert_eq!(crc(b"123456789"), 0xCBF4_3926);
        assert_eq!(crc(b"IEND"), 0xAE42_6082);
    }

    #[test]
    fn a_picture_without_dots_is_one_white_pixel() {
        let empty = png(&Bitmap::from_rows(0, 0, Vec::new()));
        assert_eq!(empty[16..24], [0, 0, 0, 1, 0, 0, 0, 1]);
    }
}
