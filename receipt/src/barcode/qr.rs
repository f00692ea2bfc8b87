//! QR codes, model 2 and micro, by the crate `qrcode`.
//!
//! The data is one segment: digits, the alphanumeric set, or octets. Kanji
//! segments are left out on purpose: octets of UTF-8 that look like Shift JIS
//! would be read back as other characters. UTF-8 is named as such, because some
//! readers take short texts for Shift JIS otherwise.

use qrcode::bits::Bits;
use qrcode::{Color, EcLevel, QrCode, Version};

use super::matrix::Matrix;
use crate::command::{QrErrorCorrection, QrModel};
use crate::layout::Bitmap;

/// The number of UTF-8 among the extended channel interpretations.
const UTF_8: u32 = 26;

/// The smallest symbol that holds the data; model 1, which hardly any reader
/// knows any more, is drawn as model 2.
pub(super) fn encode(data: &[u8], model: QrModel, level: QrErrorCorrection) -> Option<Bitmap> {
    if data.is_empty() {
        return None;
    }
    let level = match level {
        QrErrorCorrection::L => EcLevel::L,
        QrErrorCorrection::M => EcLevel::M,
        QrErrorCorrection::Q => EcLevel::Q,
        QrErrorCorrection::H => EcLevel::H,
    };
    let symbol = match model {
        QrModel::Model1 | QrModel::Model2 => {
            (1..=40).find_map(|number| version(data, Version::Normal(number), level))
        }
        QrModel::Micro => (1..=4).find_map(|number| version(data, Version::Micro(number), level)),
    }?;
    Some(bitmap(&symbol))
}

/// A symbol of one size, if the data fits.
fn version(data: &[u8], version: Version, level: EcLevel) -> Option<QrCode> {
    let mut bits = Bits::new(version);
    // A size too small is known before the data is written.
    let room = bits.max_len(level).ok()? / 8;
    if data.len() / 3 > room {
        return None;
    }
    if matches!(version, Version::Normal(_)) && is_unicode(data) {
        bits.push_eci_designator(UTF_8).ok()?;
    }
    let pushed = if data.iter().all(u8::is_ascii_digit) {
        bits.push_numeric_data(data)
    } else if data.iter().all(|&byte| is_alphanumeric(byte)) {
        bits.push_alphanumeric_data(data)
    } else {
        bits.push_byte_data(data)
    };
    pushed.and_then(|()| bits.push_terminator(level)).ok()?;
    QrCode::with_bits(bits, level).ok()
}

/// Whether the octets are UTF-8 and not just ASCII.
fn is_unicode(data: &[u8]) -> bool {
    !data.is_ascii() && std::str::from_utf8(data).is_ok()
}

fn is_alphanumeric(byte: u8) -> bool {
    matches!(byte, b'0'..=b'9' | b'A'..=b'Z' | b' ' | b'$' | b'%' | b'*' | b'+' | b'-' | b'.' | b'/' | b':')
}

fn bitmap(symbol: &QrCode) -> Bitmap {
    let width = symbol.width();
    let mut matrix = Matrix::new(width, width);
    for (place, color) in symbol.to_colors().into_iter().enumerate() {
        if color == Color::Dark {
            matrix.set(place % width, place / width);
        }
    }
    matrix.into_bitmap()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn width(data: &[u8], model: QrModel, level: QrErrorCorrection) -> Option<u32> {
        encode(data, model, level).map(|bitmap| bitmap.width_dots())
    }

    #[test]
    fn a_symbol_is_as_small_as_its_data_allows() {
        let model = QrModel::Model2;
        assert_eq!(width(b"HELLO", model, QrErrorCorrection::L), Some(21));
        assert_eq!(width(&[b'a'; 18], model, QrErrorCorrection::L), Some(25));
        assert_eq!(width(&[b'1'; 7089], model, QrErrorCorrection::L), Some(177));
        assert_eq!(width(&[b'1'; 7090], model, QrErrorCorrection::L), None);
        assert_eq!(
            width(b"12345", QrModel::Micro, QrErrorCorrection::L),
            Some(11)
        );
        assert_eq!(width(b"", model, QrErrorCorrection::L), None);
    }
}
