//! GS1 DataBar Expanded and Expanded Stacked: element strings of up to 74 digits
//! in 4 to 22 characters, two beside each finder pattern.

use super::characters::EXPANDED;
use super::compaction::{BitRow, compacted};
use crate::barcode::gs1::{Element, elements};
use crate::barcode::matrix::Matrix;
use crate::barcode::strokes::Strokes;
use crate::layout::Bitmap;

/// Characters of data that there must be, and that there may be.
const CHARACTERS_MIN: usize = 3;
const CHARACTERS_MAX: usize = 21;
const CHARACTER_BITS: usize = 12;
/// What the check sum is divided by.
const CHECK: u64 = 211;

/// Finder patterns A1, A2, B1, ... F2 (table 15).
const FINDERS: [[u8; 5]; 12] = [
    [1, 8, 4, 1, 1],
    [1, 1, 4, 8, 1],
    [3, 6, 4, 1, 1],
    [1, 1, 4, 6, 3],
    [3, 4, 6, 1, 1],
    [1, 1, 6, 4, 3],
    [3, 2, 8, 1, 1],
    [1, 1, 8, 2, 3],
    [2, 6, 5, 1, 1],
    [1, 1, 5, 6, 2],
    [2, 2, 9, 1, 1],
    [1, 1, 9, 2, 2],
];

/// Which finder patterns stand in a symbol of two and more (table 16), from 0.
const SEQUENCES: [&[usize]; 10] = [
    &[0, 1],
    &[0, 3, 2],
    &[0, 5, 2, 7],
    &[0, 9, 2, 7, 4],
    &[0, 9, 2, 7, 6, 11],
    &[0, 9, 2, 7, 8, 11, 10],
    &[0, 1, 2, 3, 4, 5, 6, 7],
    &[0, 1, 2, 3, 4, 5, 6, 9, 8],
    &[0, 1, 2, 3, 4, 5, 6, 9, 10, 11],
    &[0, 1, 2, 3, 4, 7, 6, 9, 8, 11, 10],
];

/// Modules of a finder pattern with its two characters, and of the guards.
const BLOCK_MODULES: usize = 49;
const GUARD_MODULES: usize = 4;
/// Modules before the finder pattern of a block, and its own.
const FINDER_AT: usize = 19;
const FINDER_MODULES: usize = 15;
/// Modules of a character.
const CHARACTER_MODULES: usize = 17;
/// The height of a row, in modules.
const ROW_MODULES: usize = 34;

/// One row of bars, and its text.
pub(crate) fn expanded(data: &[u8]) -> Option<(Strokes, String)> {
    let (elements, hri) = elements(data)?;
    let blocks = blocks(&elements, None)?;
    let mut strokes = Strokes::default();
    // It begins with a space.
    strokes.modules([0, 1, 1]);
    strokes.modules(blocks.concat());
    strokes.modules([1, 1]);
    Some((strokes, hri))
}

/// Rows above each other, no wider than so many modules if they can be.
pub(crate) fn expanded_stacked(data: &[u8], modules_max: u32) -> Option<Bitmap> {
    let room = (modules_max as usize).saturating_sub(GUARD_MODULES) / BLOCK_MODULES;
    let per_row = room.clamp(1, SEQUENCES.len() + 1);
    let (elements, _) = elements(data)?;
    let blocks = blocks(&elements, Some(per_row))?;
    let per_row = per_row.min(blocks.len());
    let width = per_row * BLOCK_MODULES + GUARD_MODULES;
    let rows: Vec<Row> = blocks
        .chunks(per_row)
        .enumerate()
        .map(|(place, blocks)| Row::new(place, blocks, per_row, width))
        .collect();
    let height = rows.len() * ROW_MODULES + (rows.len() - 1) * 3;
    let mut matrix = Matrix::new(width, height);
    let mut top = 0;
    let mut draw = |modules: &[bool], height: usize| {
        for y in top..top + height {
            for (x, _) in modules.iter().enumerate().filter(|(_, black)| **black) {
                matrix.set(x, y);
            }
        }
        top += height;
    };
    for (place, row) in rows.iter().enumerate() {
        if place > 0 {
            let middle: Vec<bool> = (0..width)
                .map(|x| x % 2 == 1 && (5..per_row * BLOCK_MODULES).contains(&x))
                .collect();
            draw(&rows[place - 1].separator(), 1);
            draw(&middle, 1);
            draw(&row.separator(), 1);
        }
        draw(&row.modules, ROW_MODULES);
    }
    Some(matrix.into_bitmap())
}

/// The widths of each finder pattern with the characters beside it.
fn blocks(elements: &[Element], per_row: Option<usize>) -> Option<Vec<Vec<u8>>> {
    let values = values(elements, per_row)?;
    let finders = SEQUENCES[(values.len() + 1).div_ceil(2) - 2];
    let characters: Vec<Vec<u8>> = values.iter().map(|&value| EXPANDED.widths(value)).collect();
    let mut sum = 0;
    for (place, widths) in (1..).zip(&characters) {
        // Left and right of each finder pattern have weights of their own.
        let weights = 2 * finders[place / 2] + place % 2 - 1;
        let mut weight = (0..8 * weights).fold(1, |weight, _| weight * 3 % CHECK);
        for &width in widths {
            sum += weight * u64::from(width);
            weight = weight * 3 % CHECK;
        }
    }
    let count = values.len() as u64 + 1;
    let check = EXPANDED.widths(CHECK * (count - 4) + sum % CHECK);
    let all: Vec<Vec<u8>> = [check].into_iter().chain(characters).collect();
    let block = |(pair, finder): (&[Vec<u8>], &usize)| {
        let right = pair.get(1).into_iter().flatten().rev();
        pair[0]
            .iter()
            .chain(&FINDERS[*finder])
            .chain(right)
            .copied()
            .collect()
    };
    Some(all.chunks(2).zip(finders).map(block).collect())
}

/// The values of the characters of data.
fn values(elements: &[Element], per_row: Option<usize>) -> Option<Vec<u64>> {
    let mut bits = BitRow::default();
    // No composite component is linked.
    bits.push(0, 1);
    let (rest, length_at) = match gtin(elements) {
        Some(digits) => {
            bits.push(0b100, 3);
            bits.push(digits[0].into(), 4);
            // Its last digit is a check digit, which readers know.
            for group in digits[1..13].as_chunks::<3>().0 {
                let number = group
                    .iter()
                    .fold(0, |number, &digit| number * 10 + u16::from(digit));
                bits.push(number, 10);
            }
            (&elements[16..], 2)
        }
        None => {
            bits.push(0b0000, 4);
            (elements, 3)
        }
    };
    let ends_numeric = compacted(rest, &mut bits)?;
    let mut count = bits.len().div_ceil(CHARACTER_BITS).max(CHARACTERS_MIN);
    // The last row has two characters at least.
    if per_row.is_some_and(|per_row| (count + 1) % (2 * per_row) == 1) {
        count += 1;
    }
    if count > CHARACTERS_MAX {
        return None;
    }
    bits.fill(count * CHARACTER_BITS, ends_numeric);
    bits.set(length_at, count % 2 == 0);
    bits.set(length_at + 1, count + 1 > 14);
    Some(bits.numbers(CHARACTER_BITS).collect())
}

/// The digits of a GTIN with identifier 01, if the data begin with one.
fn gtin(elements: &[Element]) -> Option<[u8; 14]> {
    let first = elements.get(..16)?;
    let digit = |element: &Element| match element {
        Element::Character(digit @ b'0'..=b'9') => Some(digit - b'0'),
        Element::Character(_) | Element::Fnc1 => None,
    };
    let digits: Vec<u8> = first.iter().map(digit).collect::<Option<_>>()?;
    match digits.split_first_chunk() {
        Some(([0, 1], digits)) => digits.try_into().ok(),
        _ => None,
    }
}

/// A row of the stacked form.
struct Row {
    modules: Vec<bool>,
    /// Where its finder patterns begin.
    finders: Vec<usize>,
    from_the_right: bool,
}

impl Row {
    /// Every second row is reversed, so that a scanner that slips from one to the
    /// next notices. Where it would then look like the one above, the last row
    /// stands one module to the right instead.
    fn new(place: usize, blocks: &[Vec<u8>], per_row: usize, width: usize) -> Self {
        let turned = place % 2 == 1 && per_row.is_multiple_of(2);
        let shifted = turned && (per_row - blocks.len()) % 2 == 1;
        let from_the_right = turned && !shifted;
        let mut widths = blocks.concat();
        if from_the_right {
            widths.reverse();
        }
        let first = if shifted { 2 } else { 1 };
        let mut black = place % 2 == 1 && !shifted;
        let mut modules = Vec::with_capacity(width);
        for width in [first, 1].into_iter().chain(widths).chain([1, 1]) {
            modules.extend(std::iter::repeat_n(black, width.into()));
            black = !black;
        }
        let short = blocks.last().is_some_and(|block| block.len() < 21);
        let lacking = if from_the_right && short {
            CHARACTER_MODULES
        } else {
            0
        };
        let finders = (0..blocks.len())
            .map(|block| block * BLOCK_MODULES + FINDER_AT + usize::from(shifted) - lacking)
            .collect();
        Self {
            modules,
            finders,
            from_the_right,
        }
    }

    /// The opposite of the row, alternating where a finder's spaces are wide.
    fn separator(&self) -> Vec<bool> {
        let row = &self.modules;
        let inner = 4..row.len() - 4;
        let mut line: Vec<bool> = (0..row.len())
            .map(|x| inner.contains(&x) && !row[x])
            .collect();
        for &finder in &self.finders {
            let places = finder - 1..(finder + FINDER_MODULES - 1).min(row.len() - 1);
            let mut thin = |x: usize, before: usize| {
                if !row[before] && !row[x] && line[before] {
                    line[x] = false;
                }
            };
            if self.from_the_right {
                places.rev().for_each(|x| thin(x, x + 1));
            } else {
                places.for_each(|x| thin(x, x - 1));
            }
        }
        line
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_symbol_is_as_long_as_its_characters_are_wide() {
        // A GTIN alone is 48 bits: four characters and the check.
        let (strokes, hri) = expanded(b"(01)04012345678901").expect("a GTIN");
        assert_eq!(hri, "(01)04012345678901");
        assert_eq!(strokes.dots(1).width_dots(), 2 * 49 + 32 + 4);
        assert!(expanded(b"(10)\xe9").is_none());
        assert!(expanded(&[b"(10)".as_slice(), &[b'1'; 80]].concat()).is_none());
    }

    #[test]
    fn a_stack_has_rows_as_wide_as_they_may_be() {
        let data = b"(01)04012345678901(10)ABCDEF(3103)001750";
        let wide = expanded_stacked(data, 1000).expect("encodable");
        assert_eq!(wide.height_dots(), 34);
        for modules_max in [0, 53, 102, 151, 200] {
            let stack = expanded_stacked(data, modules_max).expect("encodable");
            assert!(stack.width_dots() <= modules_max.max(53), "{modules_max}");
            assert_eq!((stack.height_dots() + 3) % 37, 0, "{modules_max}");
        }
    }
}
