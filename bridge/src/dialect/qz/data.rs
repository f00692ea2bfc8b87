//! `data` of the calls that send it: text in the ways in which that agent
//! reads it, as octets.

use base64::Engine as _;
use base64::alphabet::STANDARD as ALPHABET;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use serde_json::Value;

use super::charset::Charset;

/// Base64 as pages write it: with or without its padding.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &ALPHABET,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

pub(super) const NOT_HEX: &str = "Data of type HEX is not hexadecimal";
pub(super) const NOT_BASE64: &str = "Data of type BASE64 is not base64";

/// The octets of `data`: text, or `{data, type}`.
///
/// # Errors
/// What is wrong with it; never a part of it.
pub(super) fn octets(data: &Value, charset: Charset) -> Result<Vec<u8>, String> {
    let (data, kind) = match data {
        Value::Object(members) => (
            members.get("data").unwrap_or(&Value::Null),
            members
                .get("type")
                .and_then(Value::as_str)
                .unwrap_or("PLAIN"),
        ),
        text => (text, "PLAIN"),
    };
    match (kind.to_ascii_uppercase().as_str(), data) {
        ("PLAIN", Value::String(text)) => Ok(characters(text, charset)),
        ("PLAIN", Value::Array(numbers)) => numbers.iter().map(octet).collect(),
        ("HEX", Value::String(text)) => hex(text).ok_or_else(|| NOT_HEX.to_owned()),
        ("BASE64", Value::String(text)) => base64(text).ok_or_else(|| NOT_BASE64.to_owned()),
        ("FILE", _) => {
            Err("Data of type FILE is not available in this version of Platen".to_owned())
        }
        _ => Err("Data must be text of type PLAIN, HEX or BASE64".to_owned()),
    }
}

/// A single octet where everything after two characters is a number of base
/// 16 (`0x0D`, and to the surprise of many `READ`), else the text with
/// its escapes taken for what they mean.
pub(super) fn characters(text: &str, charset: Charset) -> Vec<u8> {
    let after_two = text.char_indices().nth(2).map(|(at, _)| &text[at..]);
    let number = after_two.and_then(|rest| i32::from_str_radix(rest, 16).ok());
    match number {
        Some(number) => vec![number.to_le_bytes()[0]],
        None => charset.encode(&unescape(text)),
    }
}

/// Java's escapes: octal, `\u0041`, and those of one letter. Any other
/// backslash is left out.
fn unescape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        out.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        rest = octal(rest, &mut out)
            .or_else(|| unicode(rest, &mut out))
            .or_else(|| letter(rest, &mut out))
            .unwrap_or(rest);
    }
    out.push_str(rest);
    out
}

/// `\7`, `\33`, `\377`: what follows it.
fn octal<'a>(rest: &'a str, out: &mut String) -> Option<&'a str> {
    let most = if rest.starts_with(['0', '1', '2', '3']) {
        3
    } else {
        2
    };
    let count = rest
        .bytes()
        .take(most)
        .take_while(|octet| (b'0'..=b'7').contains(octet))
        .count();
    let value = u8::from_str_radix(&rest[..count], 8).ok()?;
    out.push(char::from(value));
    Some(&rest[count..])
}

/// `\u0041`, also with several letters u, and as two halves.
fn unicode<'a>(rest: &'a str, out: &mut String) -> Option<&'a str> {
    let (first, rest) = unit(rest)?;
    let second = rest.strip_prefix('\\').and_then(unit);
    let pair = second.and_then(|(second, after)| {
        let pair = char::decode_utf16([first, second]).next()?.ok()?;
        (pair.len_utf16() == 2).then_some((pair, after))
    });
    let (character, after) = pair.unwrap_or_else(|| {
        let single = char::from_u32(first.into());
        (single.unwrap_or(char::REPLACEMENT_CHARACTER), rest)
    });
    out.push(character);
    Some(after)
}

fn unit(text: &str) -> Option<(u16, &str)> {
    let digits = text.trim_start_matches('u');
    let digits = if digits.len() < text.len() {
        digits.strip_prefix('+').unwrap_or(digits)
    } else {
        return None;
    };
    let four = digits.get(..4)?;
    if !four.bytes().all(|octet| octet.is_ascii_hexdigit()) {
        return None;
    }
    let unit = u16::from_str_radix(four, 16).ok()?;
    Some((unit, &digits[4..]))
}

fn letter<'a>(rest: &'a str, out: &mut String) -> Option<&'a str> {
    let first = rest.chars().next()?;
    out.push(match first {
        'b' => '\u{8}',
        'n' => '\n',
        't' => '\t',
        'f' => '\u{c}',
        'r' => '\r',
        '\\' | '"' | '\'' => first,
        _ => return None,
    });
    Some(&rest[first.len_utf8()..])
}

/// A number as Java makes an octet of it: its lowest eight bits.
fn octet(number: &Value) -> Result<u8, String> {
    let number = number
        .as_i64()
        .ok_or_else(|| "Data of numbers must hold whole numbers only".to_owned())?;
    Ok(number.to_le_bytes()[0])
}

/// Octets of `1B40`, `1b 40`, `x1Bx40`, `0x1B,0x40`, `\x1B\x40`; `None` for
/// anything else.
pub(super) fn hex(text: &str) -> Option<Vec<u8>> {
    let digits: Vec<u8> = text
        .to_ascii_lowercase()
        .replace("0x", "")
        .chars()
        .filter(|c| !c.is_ascii_whitespace() && !matches!(c, 'x' | ',' | '\\'))
        .map(|c| c.to_digit(16).and_then(|digit| u8::try_from(digit).ok()))
        .collect::<Option<_>>()?;
    let (pairs, rest) = digits.as_chunks();
    rest.is_empty()
        .then(|| pairs.iter().map(|[high, low]| high << 4 | low).collect())
}

/// Octets of base64, with or without its padding, in lines or in one; `None`
/// for anything else.
pub(super) fn base64(text: &str) -> Option<Vec<u8>> {
    // Few pages break their lines, and looking for that takes as long as decoding.
    BASE64
        .decode(text)
        .or_else(|_| BASE64.decode(text.split_ascii_whitespace().collect::<String>()))
        .ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn text_is_read_as_that_agent_reads_it() {
        for (text, expected) in [
            ("", &b""[..]),
            ("W\r\n", b"W\r\n"),
            // A number after two characters is one octet, whatever it was meant to be.
            ("0x0D", b"\x0d"),
            ("\\x0D", b"\x0d"),
            ("READ", b"\xad"),
            ("0x0D0A", b"\x0a"),
            ("ab-1", b"\xff"),
            ("ab12345678", b"\x78"),
            ("abFFFFFFFF", b"abFFFFFFFF"),
            // Two characters are text.
            ("41", b"41"),
            ("\\r", b"\r"),
            ("hello\\x41", b"hellox41"),
            ("\\u0002W\\r\\n", b"\x02W\r\n"),
            ("\\uu0002W", b"\x02W"),
            ("\\ud83d\\ude00!", "😀!".as_bytes()),
            ("\\u12 stays", b"u12 stays"),
            ("\\33@\\0", b"\x1b@\0"),
            ("\\400!", b" 0!"),
            ("\\\\ \\\" \\'", b"\\ \" '"),
            ("ends\\", b"ends"),
            ("é\\t€", "é\t€".as_bytes()),
        ] {
            assert_eq!(
                octets(&json!(text), Charset::Utf8).unwrap(),
                expected,
                "{text}"
            );
        }
        let latin = octets(&json!("é kg"), Charset::Latin1);
        assert_eq!(latin.unwrap(), b"\xe9 kg");
    }

    #[test]
    fn every_type_of_data_becomes_its_octets_or_an_error_without_it() {
        for (data, expected) in [
            (json!({"data": "W", "type": "PLAIN"}), &b"W"[..]),
            (json!({"data": "W"}), b"W"),
            (
                json!({"data": [2, 87, 255, -1, 256], "type": "plain"}),
                b"\x02W\xff\xff\0",
            ),
            (json!({"data": "02 57", "type": "HEX"}), b"\x02W"),
            (json!({"data": "0x02,0x57", "type": "hex"}), b"\x02W"),
            (json!({"data": "Alc=", "type": "BASE64"}), b"\x02W"),
        ] {
            assert_eq!(octets(&data, Charset::Utf8).unwrap(), expected, "{data}");
        }
        for data in [
            json!({"data": "SECRET", "type": "HEX"}),
            json!({"data": "123", "type": "HEX"}),
            json!({"data": "SECRET*", "type": "BASE64"}),
            json!({"data": "http://192.0.2.1/SECRET", "type": "FILE"}),
            json!({"data": "SECRET", "type": "SECRET"}),
            json!({"data": {"SECRET": 1}}),
            json!({"data": [1, "SECRET"]}),
            json!({}),
            json!(null),
            json!(7),
        ] {
            let error = octets(&data, Charset::Utf8).unwrap_err();
            assert!(!error.contains("SECRET"), "{error}");
        }
    }
}
