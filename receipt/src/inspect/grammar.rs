//! What the first octets of a receipt command say about its length. Pure.
//!
//! Follows [`parse`](crate::parse) command by command, and adds what tells
//! data that every printer takes as such from data that some refuse.

use crate::command::BarcodeSystem;
use crate::command::control::{DC4, DLE, ENQ, EOT, ESC, FF, FS, GS};

/// Longer data are not believed; the largest honest picture has 4.7 MB.
const DATA_OCTETS_MAX: u64 = 16 * 1024 * 1024;
/// Octets of a row of dots: A4 at 300 dpi has 310.
const WIDTH_OCTETS_MAX: u16 = 320;
/// Columns of `ESC *`.
const COLUMNS_MAX: u16 = 4096;
/// `GS *`: by the manual x * y is at most 1536, and y at most 48.
const DOWNLOADED_AREA_MAX: u16 = 1536;
const DOWNLOADED_HEIGHT_MAX: u8 = 48;
/// The longest data that end with NUL.
const BARCODE_OCTETS_MAX: u64 = 255;
const TAB_POSITIONS_MAX: u64 = 32;
/// `FS 2`.
const USER_DEFINED_KANJI_OCTETS: u64 = 72;
/// Of `GS ( L` and `GS 8 L`, up to the size of the picture.
const GRAPHICS_ARGUMENTS: u64 = 10;
/// Of `GS ( k`, up to what functions 67 and 81 say.
const SYMBOL_ARGUMENTS: u64 = 3;

/// What the octets of a head say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    /// One more octet is needed.
    More,
    /// The command is complete.
    Done,
    /// No command we know.
    Unknown,
    /// No command we know; the last octet begins anew.
    UnknownPrefix,
    /// So many octets of data, which every printer takes as such.
    Data(u64),
    /// So many octets of data, which some printers refuse and read on.
    Doubtful(u64),
    /// Data up to a NUL, at most so many.
    UntilNul(u64),
    /// So many parts, each with a head of its own.
    Parts(u16),
}

/// Complete when the head has so many octets.
fn of(head: &[u8], octets: usize) -> Step {
    if head.len() < octets {
        Step::More
    } else {
        Step::Done
    }
}

fn word(head: &[u8], at: usize) -> u16 {
    u16::from_le_bytes([head[at], head[at + 1]])
}

fn data(octets: u64, is_believed: bool) -> Step {
    match octets {
        0 => Step::Done,
        1..=DATA_OCTETS_MAX if is_believed => Step::Data(octets),
        _ => Step::Doubtful(octets),
    }
}

/// What `head` says; `star` once the job has spoken Star.
pub(super) fn decide(head: &[u8], star: bool) -> Step {
    let &[prefix, letter, ..] = head else {
        return if star_strip(head) {
            Step::More
        } else {
            of(head, 2)
        };
    };
    match (prefix, letter) {
        (b'b' | b'k', _) => match head {
            [_, low, high] => data(u16::from_le_bytes([*low, *high]).into(), false),
            _ => of(head, 3),
        },
        (ESC, _) => escape(head, letter, star),
        (FS, _) => file(head, letter),
        (GS, _) => group(head, letter),
        (DLE, EOT) => match head.get(2) {
            Some(7 | 8 | 18) => of(head, 4),
            _ => of(head, 3),
        },
        (DLE, ENQ) => of(head, 3),
        (DLE, DC4) => match head.get(2) {
            None => Step::More,
            Some(1 | 2) => of(head, 5),
            Some(7) => of(head, 4),
            Some(8) => of(head, 10),
            Some(_) => Step::Unknown,
        },
        _ => Step::UnknownPrefix,
    }
}

fn star_strip(head: &[u8]) -> bool {
    matches!(head, [b'b' | b'k'])
}

fn escape(head: &[u8], letter: u8, star: bool) -> Step {
    match letter {
        FF | b'2' | b'4' | b'5' | b'<' | b'@' | b'L' | b'S' | b'i' | b'm' | b'v' => Step::Done,
        b'X' if star => match head {
            [_, _, _, _] => data(u64::from(word(head, 2)) * 3, false),
            _ => Step::More,
        },
        b' ' | b'!' | b'%' | b'-' | b'3' | b'=' | b'?' | b'E' | b'G' | b'J' | b'K' | b'M'
        | b'R' | b'T' | b'U' | b'V' | b'a' | b'd' | b'e' | b'r' | b't' | b'u' | b'{' => of(head, 3),
        b'$' | b'\\' | b'B' => of(head, 4),
        b'p' => of(head, 5),
        // The area of a page, or on other printers double width and then text.
        b'W' => match head {
            [_, _, 0 | 1 | b'0' | b'1', 4..=u8::MAX] => Step::UnknownPrefix,
            _ => of(head, 10),
        },
        b'D' => Step::UntilNul(TAB_POSITIONS_MAX),
        b'c' => match head.get(2) {
            None => Step::More,
            Some(b'0' | b'1' | b'3' | b'4' | b'5') => of(head, 4),
            Some(_) => Step::Unknown,
        },
        b'(' => length_prefixed(head),
        b'*' => bit_image(head),
        // Heating of small printers, which others read as text.
        b'7' => Step::Doubtful(3),
        // Drawers, Bematech's and Diebold's.
        0x80 => of(head, 3),
        b'&' => match head {
            [_, _, b'0' | b'1', ..] => of(head, 5),
            [_, _, _, first, last] if first <= last => Step::Parts(u16::from(last - first) + 1),
            [_, _, _, _, _] => Step::Unknown,
            _ => Step::More,
        },
        GS => star_group(head),
        // Star's barcodes, up to their data.
        b'b' => of(head, 6),
        0x00..=0x1F => Step::UnknownPrefix,
        _ => Step::Unknown,
    }
}

/// Star's `ESC GS`: only so far that an argument is not taken for a command of
/// one octet. To other printers all of it is text.
fn star_group(head: &[u8]) -> Step {
    match head.get(2..) {
        // Raster pictures of StarPRNT: m xL xH yL yH n and the dots.
        Some([b'S', ..]) if head.len() == 9 => {
            data(u64::from(word(head, 4)) * u64::from(word(head, 6)), false)
        }
        Some([b'S', ..] | []) => Step::More,
        // QR and PDF417: settings, and data after their length.
        Some([b'y' | b'x', b'D', ..]) if head.len() == 8 => data(word(head, 6).into(), false),
        Some([b'y' | b'x'] | [b'y' | b'x', b'D', ..]) => Step::More,
        Some([b'y' | b'x', b'S', ..]) => of(head, 6),
        Some([b't' | b'a', ..]) => of(head, 4),
        Some([b'A' | b'R' | b')', ..]) => of(head, 5),
        _ => Step::Unknown,
    }
}

fn file(head: &[u8], letter: u8) -> Step {
    match letter {
        b'&' | b'.' => Step::Done,
        b'!' | b'-' | b'C' | b'W' => of(head, 3),
        b'?' | b'S' | b'p' => of(head, 4),
        b'(' => length_prefixed(head),
        b'2' => match head {
            [_, _, _, _] => Step::Doubtful(USER_DEFINED_KANJI_OCTETS),
            _ => Step::More,
        },
        b'a' => match head.get(2) {
            None => Step::More,
            Some(b'0') => of(head, 4),
            Some(b'1' | b'2') => Step::Done,
            Some(_) => Step::Unknown,
        },
        b'g' => match head.get(2) {
            None => Step::More,
            Some(b'1') if head.len() == 10 => data(word(head, 8).into(), false),
            Some(b'1' | b'2') => of(head, 10),
            Some(_) => Step::Unknown,
        },
        b'q' => match head {
            [_, _, count] => Step::Parts((*count).into()),
            _ => Step::More,
        },
        0x00..=0x1F => Step::UnknownPrefix,
        _ => Step::Unknown,
    }
}

fn group(head: &[u8], letter: u8) -> Step {
    match letter {
        b':' | b'c' => Step::Done,
        b'!' | b'/' | b'B' | b'E' | b'H' | b'I' | b'T' | b'a' | b'b' | b'f' | b'h' | b'j'
        | b'r' | b'w' | b'|' => of(head, 3),
        b'$' | b'A' | b'L' | b'P' | b'W' | b'\\' => of(head, 4),
        b'^' | b'z' => of(head, 5),
        b'g' => of(head, 6),
        b'(' => length_prefixed(head),
        b'*' => match head {
            [_, _, width, height] => {
                let area = u16::from(*width) * u16::from(*height);
                let is_believed = area <= DOWNLOADED_AREA_MAX && *height <= DOWNLOADED_HEIGHT_MAX;
                data(u64::from(area) * 8, is_believed)
            }
            _ => Step::More,
        },
        b'8' => match head.get(2) {
            None => Step::More,
            Some(b'L') => graphics(head, 7),
            Some(_) => Step::Unknown,
        },
        b'C' => match head.get(2) {
            None => Step::More,
            Some(b'0' | b'2') => of(head, 5),
            Some(b'1') => of(head, 9),
            // `GS C ;`: numbers and semicolons are read as text.
            Some(_) => Step::Unknown,
        },
        b'Q' => match head.get(2) {
            None => Step::More,
            // Few printers know it: to the others its data are commands.
            Some(b'0') if head.len() == 8 => {
                data(u64::from(word(head, 4)) * u64::from(word(head, 6)), false)
            }
            Some(b'0') => Step::More,
            Some(_) => Step::Unknown,
        },
        b'V' => match head.get(2) {
            None => Step::More,
            Some(0 | 1 | b'0' | b'1') => Step::Done,
            Some(65 | 66 | 97 | 98 | 103 | 104) => of(head, 4),
            Some(_) => Step::Unknown,
        },
        b'k' => barcode(head),
        b'v' => match head.get(2) {
            None => Step::More,
            Some(b'0') if head.len() == 8 => {
                let (width, height) = (word(head, 4), word(head, 6));
                let is_believed =
                    matches!(head[3], 0..=3 | b'0'..=b'3') && width <= WIDTH_OCTETS_MAX;
                data(u64::from(width) * u64::from(height), is_believed)
            }
            Some(b'0') => Step::More,
            Some(_) => Step::Unknown,
        },
        0x00..=0x1F => Step::UnknownPrefix,
        _ => Step::Unknown,
    }
}

/// Printers stop at a character that a barcode cannot have, and read on.
fn barcode(head: &[u8]) -> Step {
    let Some(&m) = head.get(2) else {
        return Step::More;
    };
    match BarcodeSystem::new(m) {
        None => Step::Unknown,
        Some(system) if system.ends_with_nul() => Step::UntilNul(BARCODE_OCTETS_MAX),
        Some(_) => match head.get(3) {
            None => Step::More,
            Some(&count) => data(count.into(), false),
        },
    }
}

fn bit_image(head: &[u8]) -> Step {
    let Some(&mode) = head.get(2) else {
        return Step::More;
    };
    let (octets_per_column, is_common) = match mode {
        0 | 1 => (1, true),
        32 | 33 => (3, true),
        2..=7 => (1, false),
        34..=40 => (3, false),
        71..=73 => (6, false),
        // `ESC * r` is Star's, with a letter and perhaps digits up to NUL.
        _ => return Step::Unknown,
    };
    if head.len() < 5 {
        return Step::More;
    }
    let columns = word(head, 3);
    data(
        u64::from(columns) * octets_per_column,
        is_common && columns <= COLUMNS_MAX,
    )
}

/// `ESC (`, `FS (`, `GS (`.
fn length_prefixed(head: &[u8]) -> Step {
    let is_graphics = matches!(head, [GS, _, b'L', ..]);
    let is_symbol = matches!(head, [GS, _, b'k', ..]);
    if is_graphics {
        return graphics(head, 5);
    }
    if head.len() < 5 {
        return Step::More;
    }
    let count = u64::from(word(head, 3));
    if !is_symbol {
        return data(count, false);
    }
    rest(head, 5, count, SYMBOL_ARGUMENTS, true)
}

/// `GS ( L` and `GS 8 L`, whose arguments begin at `start`.
fn graphics(head: &[u8], start: usize) -> Step {
    if head.len() < start {
        return Step::More;
    }
    let high = if start == 7 { word(head, 5) } else { 0 };
    let count = u64::from(high) << 16 | u64::from(word(head, 3));
    let is_believed = head.get(start).is_none_or(|&m| m == 48);
    rest(head, start, count, GRAPHICS_ARGUMENTS, is_believed)
}

/// The data of which the first few are arguments, and in the head.
fn rest(head: &[u8], start: usize, count: u64, arguments: u64, is_believed: bool) -> Step {
    let taken = (head.len() - start) as u64;
    if taken < count.min(arguments) {
        return Step::More;
    }
    data(count - taken, is_believed)
}

/// What the head of a part says: a picture of `FS q`, or a character of `ESC &`.
pub(super) fn decide_part(command: [u8; 3], head: &[u8]) -> Step {
    match (command, head) {
        ([FS, ..], [_, _, _, _]) => {
            let octets = u64::from(word(head, 0)) * u64::from(word(head, 2)) * 8;
            data(octets, true)
        }
        ([FS, ..], _) => Step::More,
        ([_, _, octets_per_column], [width, ..]) => {
            data(u64::from(*width) * u64::from(octets_per_column), false)
        }
        (_, []) => Step::More,
    }
}
