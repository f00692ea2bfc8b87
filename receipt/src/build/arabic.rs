//! Arabic letters as they join their neighbors.
//!
//! A letter has up to four shapes, which Unicode keeps as presentation forms;
//! our fonts have those. This is done in reading order, before a row is put in
//! visual order. What does not join is left alone.

use super::wrap::{Line, Unit};

/// Letter, its isolated form, and how many forms follow each other there:
/// isolated; final; initial and medial. From the Unicode Character Database.
const FORMS: &[(u32, u32, u32)] = &[
    (0x0621, 0xFE80, 1),
    (0x0622, 0xFE81, 2),
    (0x0623, 0xFE83, 2),
    (0x0624, 0xFE85, 2),
    (0x0625, 0xFE87, 2),
    (0x0626, 0xFE89, 4),
    (0x0627, 0xFE8D, 2),
    (0x0628, 0xFE8F, 4),
    (0x0629, 0xFE93, 2),
    (0x062A, 0xFE95, 4),
    (0x062B, 0xFE99, 4),
    (0x062C, 0xFE9D, 4),
    (0x062D, 0xFEA1, 4),
    (0x062E, 0xFEA5, 4),
    (0x062F, 0xFEA9, 2),
    (0x0630, 0xFEAB, 2),
    (0x0631, 0xFEAD, 2),
    (0x0632, 0xFEAF, 2),
    (0x0633, 0xFEB1, 4),
    (0x0634, 0xFEB5, 4),
    (0x0635, 0xFEB9, 4),
    (0x0636, 0xFEBD, 4),
    (0x0637, 0xFEC1, 4),
    (0x0638, 0xFEC5, 4),
    (0x0639, 0xFEC9, 4),
    (0x063A, 0xFECD, 4),
    (0x0641, 0xFED1, 4),
    (0x0642, 0xFED5, 4),
    (0x0643, 0xFED9, 4),
    (0x0644, 0xFEDD, 4),
    (0x0645, 0xFEE1, 4),
    (0x0646, 0xFEE5, 4),
    (0x0647, 0xFEE9, 4),
    (0x0648, 0xFEED, 2),
    (0x0649, 0xFEEF, 2),
    (0x064A, 0xFEF1, 4),
    (0x0671, 0xFB50, 2),
    (0x0679, 0xFB66, 4),
    (0x067A, 0xFB5E, 4),
    (0x067B, 0xFB52, 4),
    (0x067E, 0xFB56, 4),
    (0x067F, 0xFB62, 4),
    (0x0680, 0xFB5A, 4),
    (0x0683, 0xFB76, 4),
    (0x0684, 0xFB72, 4),
    (0x0686, 0xFB7A, 4),
    (0x0687, 0xFB7E, 4),
    (0x0688, 0xFB88, 2),
    (0x068C, 0xFB84, 2),
    (0x068D, 0xFB82, 2),
    (0x068E, 0xFB86, 2),
    (0x0691, 0xFB8C, 2),
    (0x0698, 0xFB8A, 2),
    (0x06A4, 0xFB6A, 4),
    (0x06A6, 0xFB6E, 4),
    (0x06A9, 0xFB8E, 4),
    (0x06AD, 0xFBD3, 4),
    (0x06AF, 0xFB92, 4),
    (0x06B1, 0xFB9A, 4),
    (0x06B3, 0xFB96, 4),
    (0x06BA, 0xFB9E, 2),
    (0x06BB, 0xFBA0, 4),
    (0x06BE, 0xFBAA, 4),
    (0x06C0, 0xFBA4, 2),
    (0x06C1, 0xFBA6, 4),
    (0x06C5, 0xFBE0, 2),
    (0x06C6, 0xFBD9, 2),
    (0x06C7, 0xFBD7, 2),
    (0x06C8, 0xFBDB, 2),
    (0x06C9, 0xFBE2, 2),
    (0x06CB, 0xFBDE, 2),
    (0x06CC, 0xFBFC, 4),
    (0x06D0, 0xFBE4, 4),
    (0x06D2, 0xFBAE, 2),
    (0x06D3, 0xFBB0, 2),
];

/// Joins on both sides and has one shape.
const TATWEEL: char = '\u{640}';
/// Keeps its neighbors from joining.
const NON_JOINER: char = '\u{200c}';
const LAM: char = '\u{644}';

/// How a letter joins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Joining {
    /// With nothing.
    None,
    /// With the letter before it.
    Before,
    /// With both.
    Both,
}

/// The row with its letters joined, still in reading order.
pub(super) fn joined(line: Line) -> Line {
    if !line.iter().any(|unit| forms(unit).is_some()) {
        return line;
    }
    let mut out: Line = Vec::with_capacity(line.len());
    let mut joins = false;
    let mut units = line.into_iter().peekable();
    while let Some(mut unit) = units.next() {
        let next = units.peek();
        let joins_next = joining(&unit) == Joining::Both
            && !unit.text.contains(NON_JOINER)
            && next.is_some_and(|next| joining(next) != Joining::None);
        let joins_before = joins && joining(&unit) != Joining::None;
        if joins_next
            && let Some(ligature) = next.and_then(|alef| lam_alef(&unit, alef))
            && let Some(alef) = units.next()
        {
            let marks = unit.text.chars().chain(alef.text.chars()).filter(is_mark);
            let form = char::from_u32(ligature + u32::from(joins_before));
            unit.text = form.into_iter().chain(marks).collect();
            joins = false;
            out.push(unit);
            continue;
        }
        if let Some((isolated, count)) = forms(&unit) {
            let shape = match (joins_before, joins_next) {
                (false, false) => 0,
                (true, false) => 1,
                (false, true) => 2,
                (true, true) => 3,
            };
            if shape < count {
                let marks = unit.text.chars().skip(1);
                let form = char::from_u32(isolated + shape);
                unit.text = form.into_iter().chain(marks).collect();
            }
        }
        joins = joins_next;
        out.push(unit);
    }
    out
}

fn forms(unit: &Unit) -> Option<(u32, u32)> {
    let letter = u32::from(unit.text.chars().next()?);
    let at = FORMS
        .binary_search_by_key(&letter, |(base, ..)| *base)
        .ok()?;
    let (_, isolated, count) = FORMS[at];
    Some((isolated, count))
}

fn joining(unit: &Unit) -> Joining {
    if unit.text.starts_with(TATWEEL) {
        return Joining::Both;
    }
    match forms(unit) {
        Some((_, 4)) => Joining::Both,
        Some((_, 2)) => Joining::Before,
        Some(_) | None => Joining::None,
    }
}

/// The isolated form of lam and alef in one; the final one follows it.
fn lam_alef(lam: &Unit, alef: &Unit) -> Option<u32> {
    if !lam.text.starts_with(LAM) || lam.style != alef.style {
        return None;
    }
    match alef.text.chars().next()? {
        '\u{622}' => Some(0xFEF5),
        '\u{623}' => Some(0xFEF7),
        '\u{625}' => Some(0xFEF9),
        '\u{627}' => Some(0xFEFB),
        _ => None,
    }
}

fn is_mark(character: &char) -> bool {
    matches!(character, '\u{64b}'..='\u{65f}' | '\u{670}')
}

#[cfg(test)]
mod tests {
    use super::super::wrap::{first_row as row, wrap};
    use super::*;
    use crate::Profile;

    #[test]
    fn letters_take_the_shape_of_their_place() {
        // Marhaban: initial, final, initial, medial, final; from the right.
        assert_eq!(row("مرحبا"), "\u{fe8e}\u{fe92}\u{fea3}\u{feae}\u{fee3}");
        // One letter, and two that do not join.
        assert_eq!(row("ب"), "\u{fe8f}");
        assert_eq!(row("دار"), "\u{fead}\u{fe8d}\u{fea9}");
        // Persian.
        assert_eq!(row("پگ"), "\u{fb93}\u{fb58}");
    }

    #[test]
    fn lam_and_alef_are_one() {
        assert_eq!(row("لا"), "\u{fefb}");
        assert_eq!(row("سلام"), "\u{fee1}\u{fefc}\u{feb3}");
        let lines = wrap(&"سلام".into(), 576, &Profile::default());
        assert_eq!(lines[0].len(), 3);
    }

    #[test]
    fn blanks_other_scripts_and_a_non_joiner_part_words() {
        assert_eq!(row("ب ب"), "\u{fe8f} \u{fe8f}");
        assert_eq!(row("x"), "x");
        assert_eq!(row("ب\u{200c}ب"), "\u{fe8f}\u{fe8f}\u{200c}");
    }

    #[test]
    fn the_table_is_sorted_and_its_forms_are_where_it_says() {
        assert!(FORMS.is_sorted_by_key(|(base, ..)| *base));
        assert!(FORMS.iter().all(|(_, _, count)| matches!(count, 1 | 2 | 4)));
    }
}
