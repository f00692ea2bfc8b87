//! Columns for people.

/// A table as text: columns as wide as their widest cell, two blanks between
/// them. Control characters, which may come from a page or a printer, never
/// reach the terminal.
pub(super) fn table<const N: usize>(header: [&str; N], rows: Vec<[String; N]>) -> String {
    let rows: Vec<[String; N]> = std::iter::once(header.map(str::to_owned))
        .chain(rows.into_iter().map(|row| row.map(|cell| clean(&cell))))
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

/// A text from elsewhere, fit for a terminal.
pub(super) fn clean(text: &str) -> String {
    let replace = |c: char| if c.is_control() { '\u{fffd}' } else { c };
    text.chars().map(replace).collect()
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
        assert_eq!(text, "NAME\na\u{fffd}[2J\u{fffd}b\n");
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
