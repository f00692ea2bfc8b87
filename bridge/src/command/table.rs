//! Columns for people.

use crate::visible;

/// A table as text: columns as wide as their widest cell, two blanks between
/// them. A cell is one line, whatever a page or a printer put into it.
pub(super) fn table<const N: usize>(header: [&str; N], rows: Vec<[String; N]>) -> String {
    let rows: Vec<[String; N]> = std::iter::once(header.map(str::to_owned))
        .chain(
            rows.into_iter()
                .map(|row| row.map(|cell| visible::line(&cell).into_owned())),
        )
        .collect();
    let mut widths = [0; N];
    for row in &rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let mut out = String::new();
    for row in &rows {
        let mut line = String::new();
        for (width, cell) in widths.iter().zip(row) {
            line.push_str(cell);
            line.extend(std::iter::repeat_n(' ', width + 2 - cell.chars().count()));
        }
        out.push_str(line.trim_end());
        out.push('\n');
    }
    out
}

/// Octets for people: `2.0 KiB`.
pub(super) fn octets(count: u64) -> String {
    let (mut rest, mut unit) = (count, "B");
    let mut tenths = 0;
    for larger in ["KiB", "MiB", "GiB", "TiB"] {
        if rest < 1024 {
            break;
        }
        tenths = rest % 1024 * 10 / 1024;
        rest /= 1024;
        unit = larger;
    }
    if unit == "B" {
        format!("{rest} B")
    } else {
        format!("{rest}.{tenths} {unit}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_line_up_and_lines_end_without_blanks() {
        let text = table(
            ["ID", "NAME"],
            vec![
                ["kitchen".into(), "Küche".into()],
                ["a".into(), String::new()],
            ],
        );
        assert_eq!(text, "ID       NAME\nkitchen  Küche\na\n");
    }

    #[test]
    fn nothing_from_elsewhere_controls_the_terminal() {
        let text = table(["NAME"], vec![["a\u{1b}[2J\nb".into()]]);
        assert_eq!(text, "NAME\na\\u001b[2J\\u000ab\n");
    }

    #[test]
    fn octets_are_counted_in_readable_units() {
        for (count, expected) in [
            (0, "0 B"),
            (1023, "1023 B"),
            (1024, "1.0 KiB"),
            (1536, "1.5 KiB"),
            (5 * 1024 * 1024, "5.0 MiB"),
            (u64::MAX, "16777215.9 TiB"),
        ] {
            assert_eq!(octets(count), expected);
        }
    }
}
