//! Texts beside each other: how wide the columns are, and what stands where.

use super::style::{Align, Column, ColumnWidth, Text};
use super::wrap::{Line, width_dots, wrap};
use crate::profile::Profile;

/// Characters left free between two columns.
const GAP: u16 = 1;

/// A row of paper: pieces of text with their places from the left, in dots.
pub(super) type PlacedLine = Vec<(u32, Line)>;

/// The rows of paper that a row of columns takes. Where the paper is too
/// narrow for so many columns, the texts stand below each other.
pub(super) fn table(columns: &[Column], cells: &[Text], profile: &Profile) -> Vec<PlacedLine> {
    let used = &columns[..cells.len().min(columns.len())];
    let character_dots = u32::from(profile.font_a.width_dots);
    let paper_dots = u32::from(profile.columns) * character_dots;
    let Some(widths) = widths(used, profile.columns).filter(|_| cells.len() <= columns.len())
    else {
        let below = cells
            .iter()
            .flat_map(|cell| wrap(cell, paper_dots, profile));
        return below.map(|line| vec![(0, line)]).collect();
    };
    let mut rows: Vec<PlacedLine> = Vec::new();
    let mut left = 0;
    for ((column, cell), width) in used.iter().zip(cells).zip(widths) {
        let column_dots = u32::from(width) * character_dots;
        for (number, line) in wrap(cell, column_dots, profile).into_iter().enumerate() {
            if rows.len() == number {
                rows.push(Vec::new());
            }
            let free = column_dots.saturating_sub(width_dots(&line));
            let shift = match column.align {
                Align::Left => 0,
                // By whole characters, so that blanks can say it.
                Align::Center => free / 2 / character_dots * character_dots,
                Align::Right => free,
            };
            if !line.is_empty() {
                rows[number].push((left + shift, line));
            }
        }
        left += column_dots + u32::from(GAP) * character_dots;
    }
    rows
}

/// The width of each column in characters; `None` when one would have none.
fn widths(columns: &[Column], paper: u16) -> Option<Vec<u16>> {
    let gaps = u16::try_from(columns.len()).ok()?.saturating_sub(1) * GAP;
    let fixed = columns.iter().map(|column| match column.width {
        ColumnWidth::Characters(width) => u32::from(width),
        ColumnWidth::Share(_) => 0,
    });
    let weights = columns.iter().map(|column| match column.width {
        ColumnWidth::Characters(_) => 0,
        ColumnWidth::Share(weight) => u32::from(weight.max(1)),
    });
    let (fixed, mut weight_left): (u32, u32) = (fixed.sum(), weights.sum());
    let mut left = u32::from(paper).checked_sub(fixed + u32::from(gaps))?;
    let widths = columns.iter().map(|column| match column.width {
        ColumnWidth::Characters(width) => width,
        ColumnWidth::Share(weight) => {
            // What rounding leaves goes to the last.
            let weight = u32::from(weight.max(1));
            let share = left * weight / weight_left;
            left -= share;
            weight_left -= weight;
            u16::try_from(share).unwrap_or(u16::MAX)
        }
    });
    let widths: Vec<u16> = widths.collect();
    widths.iter().all(|&width| width > 0).then_some(widths)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(columns: &[Column], cells: &[&str], paper: u16) -> Vec<String> {
        let cells: Vec<Text> = cells.iter().map(|&cell| cell.into()).collect();
        let profile = Profile::new(paper, paper * 12);
        table(columns, &cells, &profile)
            .iter()
            .map(|row| {
                let mut text = String::new();
                for (x, line) in row {
                    let column = (x / 12) as usize;
                    text.push_str(&" ".repeat(column - text.chars().count()));
                    text.extend(line.iter().map(|unit| unit.text.as_str()));
                }
                text
            })
            .collect()
    }

    #[test]
    fn columns_share_the_paper_and_wrap_each_for_itself() {
        let columns = [
            Column::characters(3).right(),
            Column::rest(),
            Column::characters(6).right(),
        ];
        assert_eq!(
            rows(&columns, &["2", "Tea with milk", "12.50"], 20),
            ["  2 Tea with   12.50", "    milk"]
        );
    }

    #[test]
    fn shares_are_by_weight_and_fill_the_paper() {
        let columns = [Column::share(2), Column::share(1), Column::share(1)];
        assert_eq!(widths(&columns, 22), Some(vec![10, 5, 5]));
        assert_eq!(widths(&columns, 21), Some(vec![9, 5, 5]));
        let center = [Column::rest().center()];
        assert_eq!(rows(&center, &["ab"], 8), ["   ab"]);
    }

    #[test]
    fn what_does_not_fit_beside_stands_below() {
        let columns = [Column::characters(30), Column::characters(30)];
        assert_eq!(rows(&columns, &["one", "two"], 20), ["one", "two"]);
        let one = [Column::rest()];
        assert_eq!(rows(&one, &["one", "two"], 20), ["one", "two"]);
    }
}
