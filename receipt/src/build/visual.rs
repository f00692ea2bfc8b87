//! Reading order to visual order (UAX #9): printers print from left to right.

use unicode_bidi::{BidiInfo, Level};

use super::wrap::{Line, Unit};

/// The levels of a text, where it has anything that reads from right to left.
pub(super) struct Order<'a> {
    info: Option<BidiInfo<'a>>,
}

impl<'a> Order<'a> {
    pub(super) fn of(text: &'a str) -> Self {
        // Nothing before the Hebrew block reads from right to left.
        let may_be_mixed = text.chars().any(|character| character >= '\u{590}');
        let info = may_be_mixed.then(|| BidiInfo::new(text, None));
        Self {
            info: info.filter(BidiInfo::has_rtl),
        }
    }

    /// A row of the text as it is to be printed.
    pub(super) fn visual(&self, line: Line) -> Line {
        let (Some(info), Some(first), Some(last)) = (&self.info, line.first(), line.last()) else {
            return line;
        };
        // What was joined has other lengths than the text it is from.
        let end = info.text[last.place..]
            .chars()
            .next()
            .map_or(last.place, |character| last.place + character.len_utf8());
        let range = first.place..end;
        let paragraph = info
            .paragraphs
            .iter()
            .find(|paragraph| paragraph.range.contains(&range.start));
        let Some(paragraph) = paragraph else {
            return line;
        };
        let (levels, runs) = info.visual_runs(paragraph, range);
        let mut visual = Vec::with_capacity(line.len());
        for run in runs {
            let level = levels.get(run.start).copied().unwrap_or(Level::ltr());
            let units = line
                .iter()
                .filter(|unit| run.contains(&unit.place))
                .cloned();
            if level.is_rtl() {
                visual.extend(units.rev().map(mirrored));
            } else {
                visual.extend(units);
            }
        }
        visual
    }
}

/// Brackets open to where the reader comes from.
fn mirrored(mut unit: Unit) -> Unit {
    const PAIRS: [(&str, &str); 6] = [
        ("(", ")"),
        ("[", "]"),
        ("{", "}"),
        ("<", ">"),
        ("«", "»"),
        ("‹", "›"),
    ];
    for (one, other) in PAIRS {
        if unit.text == one {
            unit.text = other.to_owned();
            break;
        }
        if unit.text == other {
            unit.text = one.to_owned();
            break;
        }
    }
    unit
}

#[cfg(test)]
mod tests {
    use super::super::wrap::{first_row as row, wrap};
    use crate::Profile;

    #[test]
    fn hebrew_is_written_from_the_right_and_its_numbers_from_the_left() {
        assert_eq!(row("abc 12"), "abc 12");
        assert_eq!(row("שלום"), "םולש");
        assert_eq!(row("קפה 12.50 (גדול)"), "(לודג) 12.50 הפק");
        assert_eq!(row("Total: קפה x2"), "Total: הפק x2");
    }

    #[test]
    fn each_row_is_put_in_order_by_itself() {
        let lines = wrap(&"שלום עולם".into(), 12 * 5, &Profile::default());
        let rows: Vec<String> = lines
            .iter()
            .map(|line| line.iter().map(|unit| unit.text.as_str()).collect())
            .collect();
        assert_eq!(rows, ["םולש", "םלוע"]);
    }
}
