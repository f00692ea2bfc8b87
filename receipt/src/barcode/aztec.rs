//! Aztec (ISO/IEC 24778): layers of data around a bull's eye.
//!
//! `aztec_text` writes data as bits; here they become words with check words,
//! and the words a spiral of dominoes.

use super::aztec_text;
use super::matrix::Matrix;
use super::reed_solomon::Field;
use crate::layout::{Bitmap, SymbolSettings};

/// How large a symbol is.
#[derive(Debug, Clone, Copy)]
struct Size {
    compact: bool,
    layers: usize,
}

impl Size {
    /// Bits of a word of data, and the polynomial of its field.
    fn word(self) -> (usize, u16) {
        match self.layers {
            0..=2 => (6, 0x43),
            3..=8 => (8, 0x12D),
            9..=22 => (10, 0x409),
            _ => (12, 0x1069),
        }
    }

    fn bits(self) -> usize {
        (if self.compact { 88 } else { 112 } + 16 * self.layers) * self.layers
    }

    /// How many words of data the mode message can tell.
    fn words_max(self) -> usize {
        if self.compact { 64 } else { 2048 }
    }
}

/// The smallest symbol that holds the data with its error correction, or the
/// one that is set, if it does.
pub(super) fn encode(data: &[u8], settings: &SymbolSettings) -> Option<Bitmap> {
    if data.is_empty() {
        return None;
    }
    let bits = aztec_text::bits(data)?;
    let check_bits = bits.len() * usize::from(settings.aztec_error_correction) / 100 + 11;
    let compact = (1..=4).map(|layers| Size {
        compact: true,
        layers,
    });
    let full = (1..=32).map(|layers| Size {
        compact: false,
        layers,
    });
    let layers = usize::from(settings.aztec_layers);
    let wanted = move |size: &Size| layers == 0 || size.layers == layers;
    let mut sizes: Vec<Size> = if settings.aztec_compact {
        compact.clone().filter(wanted).collect()
    } else {
        full.clone().filter(wanted).collect()
    };
    // What does not fit into the size that is set takes the next that does.
    sizes.extend(compact.clone().filter(|_| settings.aztec_compact));
    sizes.extend(full);
    sizes
        .into_iter()
        .find_map(|size| message(&bits, check_bits, size).map(|message| draw(&message, size)))
}

/// The bits of all words of a symbol, and how many words are data.
struct Message {
    bits: Vec<bool>,
    data_words: usize,
}

fn message(bits: &[bool], check_bits: usize, size: Size) -> Option<Message> {
    let (word_bits, polynomial) = size.word();
    if bits.len() + check_bits > size.bits() {
        return None;
    }
    let mut words = stuffed(bits, word_bits);
    let data_words = words.len();
    let all_words = size.bits() / word_bits;
    if data_words * word_bits + check_bits > all_words * word_bits || data_words > size.words_max()
    {
        return None;
    }
    let check = Field::new(polynomial).check_words(&words, all_words - data_words);
    words.extend(check);
    let mut bits = vec![false; size.bits() % word_bits];
    for word in words {
        push(&mut bits, word, word_bits);
    }
    Some(Message { bits, data_words })
}

/// Words in which neither all bits nor all but the last are the same.
fn stuffed(bits: &[bool], word_bits: usize) -> Vec<u16> {
    let mut words = Vec::new();
    let mut at = 0;
    let all = (1u16 << (word_bits - 1)) - 1;
    while at < bits.len() {
        // What is missing at the end is filled with ones.
        let bit = |place: usize| bits.get(place).copied().unwrap_or(true);
        let head =
            (at..at + word_bits - 1).fold(0, |word, place| word << 1 | u16::from(bit(place)));
        if head == all {
            words.push(head << 1);
            at += word_bits - 1;
        } else if head == 0 {
            words.push(1);
            at += word_bits - 1;
        } else {
            words.push(head << 1 | u16::from(bit(at + word_bits - 1)));
            at += word_bits;
        }
    }
    words
}

fn push(bits: &mut Vec<bool>, value: u16, count: usize) {
    bits.extend((0..count).rev().map(|bit| value >> bit & 1 == 1));
}

/// The message that tells readers the size, with its own check words.
fn mode_message(size: Size, data_words: usize) -> Vec<bool> {
    let field = Field::new(0x13);
    let layers = size.layers - 1;
    let (value, nibbles, check) = if size.compact {
        (layers << 6 | (data_words - 1), 2, 5)
    } else {
        (layers << 11 | (data_words - 1), 4, 6)
    };
    let words: Vec<u16> = (0..nibbles)
        .rev()
        // Four bits each.
        .map(|place| u16::try_from(value >> (4 * place) & 15).unwrap_or(0))
        .collect();
    let mut bits = Vec::new();
    for word in [words.clone(), field.check_words(&words, check)].concat() {
        push(&mut bits, word, 4);
    }
    bits
}

fn draw(message: &Message, size: Size) -> Bitmap {
    let base = if size.compact { 11 } else { 14 } + size.layers * 4;
    // Full symbols have a line of the reference grid every sixteen modules;
    // data goes around it.
    let (width, map): (usize, Vec<usize>) = if size.compact {
        (base, (0..base).collect())
    } else {
        let width = base + 1 + 2 * ((base / 2 - 1) / 15);
        let (center, half) = (width / 2, base / 2);
        let mut map = vec![0; base];
        for place in 0..half {
            let offset = place + place / 15;
            map[half - place - 1] = center - offset - 1;
            map[half + place] = center + offset + 1;
        }
        (width, map)
    };
    let mut matrix = Matrix::new(width, width);
    let mut offset = 0;
    for layer in 0..size.layers {
        let length = (size.layers - layer) * 4 + if size.compact { 9 } else { 12 };
        let (near, far) = (layer * 2, base - 1 - layer * 2);
        for along in 0..length {
            for deep in 0..2 {
                let bit = offset + along * 2 + deep;
                let sides = [
                    (map[near + deep], map[near + along]),
                    (map[near + along], map[far - deep]),
                    (map[far - deep], map[far - along]),
                    (map[far - along], map[near + deep]),
                ];
                for (side, (x, y)) in sides.into_iter().enumerate() {
                    if message.bits[bit + side * length * 2] {
                        matrix.set(x, y);
                    }
                }
            }
        }
        offset += length * 8;
    }
    draw_mode(
        &mut matrix,
        &mode_message(size, message.data_words),
        size,
        width / 2,
    );
    if size.compact {
        draw_eye(&mut matrix, width / 2, 5);
    } else {
        draw_eye(&mut matrix, width / 2, 7);
        draw_grid(&mut matrix, width);
    }
    matrix.into_bitmap()
}

/// The mode message around the eye, clockwise from the upper left.
fn draw_mode(matrix: &mut Matrix, bits: &[bool], size: Size, center: usize) {
    let (side, distance) = if size.compact { (7, 5) } else { (10, 7) };
    for place in 0..side {
        let gap = if size.compact { 0 } else { place / 5 };
        let along = center - side / 2 + place + gap;
        let (near, far) = (center - distance, center + distance);
        let dots = [
            (bits[place], (along, near)),
            (bits[side + place], (far, along)),
            (bits[3 * side - 1 - place], (along, far)),
            (bits[4 * side - 1 - place], (near, along)),
        ];
        for (black, (x, y)) in dots {
            if black {
                matrix.set(x, y);
            }
        }
    }
}

/// Rings, and the marks that tell which way is up.
fn draw_eye(matrix: &mut Matrix, center: usize, size: usize) {
    for ring in (0..size).step_by(2) {
        for along in center - ring..=center + ring {
            matrix.set(along, center - ring);
            matrix.set(along, center + ring);
            matrix.set(center - ring, along);
            matrix.set(center + ring, along);
        }
    }
    let (near, far) = (center - size, center + size);
    for (x, y) in [
        (near, near),
        (near + 1, near),
        (near, near + 1),
        (far, near),
        (far, near + 1),
        (far, far - 1),
    ] {
        matrix.set(x, y);
    }
}

fn draw_grid(matrix: &mut Matrix, width: usize) {
    let center = width / 2;
    for distance in (0..=center).step_by(16) {
        for along in (center % 2..width).step_by(2) {
            for line in [center - distance, center + distance] {
                matrix.set(line, along);
                matrix.set(along, line);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_word_has_all_bits_the_same() {
        for bits in [vec![false; 40], vec![true; 40]] {
            for word in stuffed(&bits, 6) {
                assert!(word != 0 && word != 63, "{word}");
            }
        }
    }

    #[test]
    fn a_symbol_that_is_too_small_for_its_data_is_chosen_larger() {
        let width = |layers, compact, data: &[u8]| {
            let settings = SymbolSettings {
                aztec_layers: layers,
                aztec_compact: compact,
                ..SymbolSettings::default()
            };
            encode(data, &settings).map(|bitmap| bitmap.width_dots())
        };
        assert_eq!(width(1, true, b"A"), Some(15));
        assert_eq!(width(0, false, b"A"), Some(19));
        assert_eq!(width(4, true, &[b'a'; 200]), Some(45));
        assert_eq!(width(0, false, &[0xFF; 3000]), None);
    }
}
