//! GS1 element strings: `(01)04012345678901(10)AB`.
//!
//! Identifiers stand in parentheses, which are read but not encoded; a field
//! without a length of its own ends in FNC1 where another follows.

use super::code128::visible;

/// What is encoded: a character, or FNC1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Element {
    Fnc1,
    Character(u8),
}

/// The elements of the data as `GS k` takes them (`{1` is FNC1, `{(` and `{)`
/// are left out), and the text that stands beside the bars.
pub(super) fn elements(data: &[u8]) -> Option<(Vec<Element>, String)> {
    let mut elements = Vec::new();
    let mut hri = String::new();
    // What has been written since the last identifier began, if that field has
    // no length of its own.
    let mut open_field = false;
    let mut bytes = data.iter().copied().enumerate();
    // None stands at the beginning, nor beside another.
    let end_field = |elements: &mut Vec<Element>| {
        if !matches!(elements.last(), None | Some(Element::Fnc1)) {
            elements.push(Element::Fnc1);
        }
    };
    while let Some((place, byte)) = bytes.next() {
        match byte {
            b'(' => {
                if open_field {
                    end_field(&mut elements);
                }
                open_field = !has_own_length(data.get(place + 1..)?);
                hri.push('(');
            }
            b')' | b' ' => hri.push(char::from(byte)),
            b'{' => match bytes.next()?.1 {
                b'1' => end_field(&mut elements),
                b'{' => {
                    elements.push(Element::Character(b'{'));
                    hri.push('{');
                }
                b'(' | b')' => {}
                _ => return None,
            },
            byte => {
                elements.push(Element::Character(byte));
                hri.push(visible(byte));
            }
        }
    }
    if elements.last() == Some(&Element::Fnc1) {
        elements.pop();
    }
    Some((elements, hri))
}

/// Whether a field has a length of its own, by its identifier's first two
/// digits (GS1 General Specifications 7.8.5).
fn has_own_length(identifier: &[u8]) -> bool {
    let Some([tens @ b'0'..=b'9', ones @ b'0'..=b'9']) = identifier.get(..2) else {
        return false;
    };
    let number = (tens - b'0') * 10 + (ones - b'0');
    matches!(number, 0..=4 | 11..=20 | 31..=36 | 41)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(data: &[u8]) -> Option<String> {
        let (elements, _) = elements(data)?;
        let characters = elements.into_iter().map(|element| match element {
            Element::Fnc1 => '|',
            Element::Character(byte) => char::from(byte),
        });
        Some(characters.collect())
    }

    #[test]
    fn only_fields_without_a_length_are_ended_and_only_before_others() {
        assert_eq!(
            text(b"(01)04012345678901(10)AB").as_deref(),
            Some("010401234567890110AB")
        );
        assert_eq!(text(b"(10)AB(21)9").as_deref(), Some("10AB|219"));
        assert_eq!(text(b"{1(10)AB{1(21)9{1").as_deref(), Some("10AB|219"));
        assert_eq!(text(b"(10)A{x").as_deref(), None);
    }
}
