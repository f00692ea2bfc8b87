//! Tables for a spreadsheet (RFC 4180).

use crate::visible;

/// A table as CSV. A cell that a spreadsheet would take for a formula gets an
/// apostrophe in front: a page may call its job `=HYPERLINK(...)`.
pub(super) fn csv<const N: usize>(header: [&str; N], rows: Vec<[String; N]>) -> String {
    let header = header.map(str::to_owned);
    let lines = std::iter::once(header)
        .chain(rows)
        .map(|row| row.map(|cell| quoted(&cell)).join(",") + "\n");
    lines.collect()
}

fn quoted(cell: &str) -> String {
    let cell = visible::line(cell);
    let formula = cell.trim_start().starts_with(['=', '+', '-', '@']);
    let cell = if formula {
        format!("'{cell}")
    } else {
        cell.into_owned()
    };
    if cell.contains([',', '"', ' ']) {
        format!("\"{}\"", cell.replace('"', "\"\""))
    } else {
        cell
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_is_a_text_and_never_a_formula() {
        for (cell, expected) in [
            ("receipt", "receipt"),
            ("Table 7, terrace", "\"Table 7, terrace\""),
            ("the \"best\"", "\"the \"\"best\"\"\""),
            ("=1+1", "'=1+1"),
            (" =1+1", "\"' =1+1\""),
            ("+4930", "'+4930"),
            ("-1", "'-1"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("\t=1+1", "\\u0009=1+1"),
            ("a\r\nb", "a\\u000d\\u000ab"),
        ] {
            assert_eq!(
                csv(["X"], vec![[cell.to_owned()]]),
                format!("X\n{expected}\n")
            );
        }
    }
}
