//! What CODE128 data say, in Epson's form and as raw symbol values.

/// The text of the data of `GS k` 73.
pub(super) fn text(data: &[u8]) -> String {
    from_symbol_values(data).unwrap_or_else(|| marked(data))
}

/// The text of raw symbol values; `None` for data in Epson's form.
pub(super) fn from_symbol_values(data: &[u8]) -> Option<String> {
    match data {
        [103..=105, .., 105 | 106] if is_raw(data) => Some(raw(data)),
        _ => None,
    }
}

/// Symbol values of a printer that takes them as they are (Seiko). Words that
/// begin and end like them have nothing but letters and digits.
fn is_raw(data: &[u8]) -> bool {
    data.iter().all(|&value| value <= 106) && !data.iter().all(u8::is_ascii_alphanumeric)
}

/// `{A`, `{B`, `{C` choose the code set, `{{` is a brace, `{1` to `{4` are
/// functions, `{S` shifts one character. In code set C a byte of 0 to 99 stands
/// for two digits.
fn marked(data: &[u8]) -> String {
    let mut text = String::with_capacity(data.len());
    let mut in_code_set_c = false;
    let mut bytes = data.iter().copied();
    while let Some(byte) = bytes.next() {
        if byte == b'{' {
            match bytes.next() {
                Some(b'A' | b'B') => in_code_set_c = false,
                Some(b'C') => in_code_set_c = true,
                Some(b'{') => text.push('{'),
                Some(b'1'..=b'4' | b'S') | None => {}
                Some(other) => text.push(char::from(other)),
            }
        } else if in_code_set_c && byte < 100 {
            digits(&mut text, byte);
        } else {
            text.push(char::from(byte));
        }
    }
    text
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum CodeSet {
    A,
    B,
    C,
}

/// Symbol values from the start symbol to the stop symbol.
fn raw(data: &[u8]) -> String {
    let mut text = String::with_capacity(data.len());
    let mut set = CodeSet::B;
    let mut shifted = false;
    for &value in &data[..data.len() - 1] {
        let now = match (shifted, set) {
            (true, CodeSet::A) => CodeSet::B,
            (true, CodeSet::B) => CodeSet::A,
            (_, set) => set,
        };
        shifted = false;
        match (value, now) {
            (103, _) | (101, CodeSet::B | CodeSet::C) => set = CodeSet::A,
            (104, _) | (100, CodeSet::A | CodeSet::C) => set = CodeSet::B,
            (105, _) | (99, CodeSet::A | CodeSet::B) => set = CodeSet::C,
            (98, CodeSet::A | CodeSet::B) => shifted = true,
            (value @ 0..=99, CodeSet::C) => digits(&mut text, value),
            (value @ 64..=95, CodeSet::A) => text.push(char::from(value - 64)),
            (value @ 0..=95, _) => text.push(char::from(value + 32)),
            _ => {}
        }
    }
    text
}

fn digits(text: &mut String, pair: u8) {
    text.push(char::from(b'0' + pair / 10));
    text.push(char::from(b'0' + pair % 10));
}

#[cfg(test)]
mod tests {
    use super::text;

    #[test]
    fn code_set_c_writes_two_digits_a_byte() {
        assert_eq!(text(b"{BHC-{C\x14\x1a\x02\x03{B-7"), "HC-20260203-7");
    }

    #[test]
    fn a_doubled_brace_is_a_brace() {
        assert_eq!(text(b"{Ba{{b{"), "a{b");
    }

    #[test]
    fn symbol_values_are_read_as_text() {
        // Start B, H C -, code set C, 20 26, code set B, - 7, stop.
        let values = [104, 40, 35, 13, 99, 20, 26, 100, 13, 23, 105];
        assert_eq!(text(&values), "HC-2026-7");
        assert_eq!(text(b"hi"), "hi");
    }
}
