//! What CODE93 data say where a printer takes raw symbol values (Seiko).

/// The characters of the symbol values; the last four shift the next one.
const CHARACTERS: &[u8; 47] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-. $/+%dcsp";
const STOP: u8 = 48;

/// The text of raw symbol values; `None` for data that are text already.
pub(super) fn text(data: &[u8]) -> Option<String> {
    let values = data.strip_suffix(&[STOP])?;
    if values.is_empty()
        || !values.iter().any(|&value| value < 0x20)
        || values.iter().any(|&value| value >= STOP)
    {
        return None;
    }
    let mut text = String::with_capacity(values.len());
    let mut shift = None;
    for &value in values {
        let Some(&character) = CHARACTERS.get(usize::from(value)) else {
            continue;
        };
        match (shift.take(), character) {
            (None, b'c' | b'd' | b's' | b'p') => shift = Some(character),
            (None, plain) => text.push(char::from(plain)),
            (Some(kind), letter) => text.extend(shifted(kind, letter)),
        }
    }
    Some(text)
}

/// The ASCII character of a pair (AIM USS-93, full ASCII).
fn shifted(kind: u8, letter: u8) -> Option<char> {
    let place = letter.checked_sub(b'A').filter(|&place| place < 26)?;
    let byte = match (kind, place) {
        (b'c', 0..=25) => place + 1,
        (b'p', 0..=25) => b'a' + place,
        (b's', 0..=25) => match place {
            25 => b':',
            place => b'!' + place,
        },
        (b'd', 0..=4) => 27 + place,
        (b'd', 5..=9) => b';' + place - 5,
        (b'd', 10..=14) => b'[' + place - 10,
        (b'd', 15..=19) => b'{' + place - 15,
        (b'd', 20) => 0,
        (b'd', 21) => b'@',
        (b'd', 22) => b'`',
        _ => return None,
    };
    Some(char::from(byte))
}

#[cfg(test)]
mod tests {
    use super::text;

    #[test]
    fn symbol_values_are_read_as_text() {
        assert_eq!(text(&[10, 11, 1, 2, 46, 10, 48]).as_deref(), Some("AB12a"));
        assert_eq!(text(b"AB-120"), None);
    }
}
