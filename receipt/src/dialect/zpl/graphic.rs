//! `^GF`: pictures, in hexadecimal with run lengths, in base64, or as octets.

use std::io::Read as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::{Parameters, Reader, skip_to_command};
use crate::command::{Command, RasterScale};

/// The most octets that all pictures of a job may have: a few letters ask for
/// very many.
pub(super) const OCTETS_MAX: usize = 16 * 1024 * 1024;

/// Reads what follows `^GF` and gives the picture, if it is one and there are
/// enough of `octets_left`, which it takes.
pub(super) fn read(reader: &mut Reader<'_>, octets_left: &mut usize) -> Option<Command> {
    let start = reader.position;
    // a, b, c, d: format, octets sent, octets of the picture, octets a row.
    let mut commas = 0;
    let header = loop {
        match reader.peek()? {
            b'^' | b'~' => return None,
            byte => {
                reader.position += 1;
                if byte == b',' {
                    commas += 1;
                    if commas == 4 {
                        break &reader.job[start..reader.position - 1];
                    }
                }
            }
        }
    };
    let parameters = Parameters(header);
    let octets_of = |place: usize| {
        let text = std::str::from_utf8(parameters.text(place)).ok()?;
        text.trim().parse::<usize>().ok()
    };
    let row_octets = octets_of(3)?;
    let sent = octets_of(1)?;
    let whole = octets_of(2)?;
    let dots = match parameters.text(0) {
        b"B" | b"b" => reader.take(sent)?.to_vec(),
        _ => {
            let data = skip_to_command(reader);
            let Some(dots) = text_dots(data, row_octets, *octets_left) else {
                // What cannot be read has cost work all the same.
                *octets_left -= *octets_left / 4;
                return None;
            };
            dots
        }
    };
    let octets = whole.max(dots.len());
    if row_octets == 0 || dots.is_empty() || octets > *octets_left {
        return None;
    }
    *octets_left -= octets;
    let mut data = dots;
    let height = whole.max(row_octets) / row_octets;
    data.resize(row_octets * height, 0);
    Some(Command::PrintRasterBitImage {
        scale: RasterScale::Normal.into(),
        width_octets: u16::try_from(row_octets).ok()?,
        height_dots: u16::try_from(height).ok()?,
        data,
    })
}

fn text_dots(data: &[u8], row_octets: usize, octets_max: usize) -> Option<Vec<u8>> {
    if let Some(packed) = data.strip_prefix(b":Z64:") {
        let octets = base64_octets(packed)?;
        let mut dots = Vec::new();
        let limit = u64::try_from(octets_max).unwrap_or(u64::MAX);
        flate2::read::ZlibDecoder::new(octets.as_slice())
            .take(limit)
            .read_to_end(&mut dots)
            .ok()?;
        return Some(dots);
    }
    if let Some(packed) = data.strip_prefix(b":B64:") {
        return base64_octets(packed);
    }
    hexadecimal(data, row_octets, octets_max)
}

/// Base64 before its checksum, which a colon begins.
fn base64_octets(text: &[u8]) -> Option<Vec<u8>> {
    let end = text.iter().position(|&byte| byte == b':');
    let text: Vec<u8> = text[..end.unwrap_or(text.len())]
        .iter()
        .copied()
        .filter(|byte| !byte.is_ascii_whitespace())
        .collect();
    STANDARD.decode(text).ok()
}

/// Hexadecimal digits; `G` to `Y` repeat the next one 1 to 19 times, `g` to
/// `z` 20 to 400 times; a comma fills the row with white, an exclamation mark
/// with black, a colon repeats the row above.
fn hexadecimal(data: &[u8], row_octets: usize, octets_max: usize) -> Option<Vec<u8>> {
    let in_bounds = (1..=octets_max).contains(&row_octets);
    let row_digits = in_bounds.then_some(row_octets * 2)?;
    let mut digits: Vec<u8> = Vec::new();
    let mut times = 0;
    for &byte in data {
        if digits.len() / 2 > octets_max || times / 2 > octets_max {
            return None;
        }
        let in_row = digits.len() % row_digits;
        match byte {
            b'G'..=b'Y' => times += usize::from(byte - b'G') + 1,
            b'g'..=b'z' => times += (usize::from(byte - b'g') + 1) * 20,
            b'0'..=b'9' | b'A'..=b'F' | b'a'..=b'f' => {
                let digit = (byte as char)
                    .to_digit(16)
                    .and_then(|n| u8::try_from(n).ok())?;
                digits.extend(std::iter::repeat_n(digit, times.max(1)));
                times = 0;
            }
            b',' => digits.extend(std::iter::repeat_n(0, row_digits - in_row)),
            b'!' => digits.extend(std::iter::repeat_n(0xF, row_digits - in_row)),
            b':' => {
                let above = digits.len().checked_sub(row_digits)?;
                digits.extend_from_within(above..);
            }
            _ => {}
        }
    }
    Some(
        digits
            .chunks(2)
            .map(|pair| pair[0] << 4 | pair.get(1).copied().unwrap_or(0))
            .collect(),
    )
}
