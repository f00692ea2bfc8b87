//! From the octets of an answer to IPP attributes. Pure.
//!
//! Reading is crate `ipp`'s. What it does not survive is looked for first: a
//! text with a language that is shorter than it says makes it panic, and
//! collections in collections in collections end the process when they are
//! dropped.

use ipp::parser::IppParser;
use ipp::request::IppRequestResponse;

/// Of what the agent asks for, nothing is a collection.
const DEPTH_MAX: u32 = 16;

/// Version, operation or status, request id.
const HEADER_OCTETS: usize = 8;

/// Tags (RFC 8010 §3.5).
const END_OF_ATTRIBUTES: u8 = 0x03;
const VALUES: std::ops::RangeInclusive<u8> = 0x10..=0xff;
const BEGIN_COLLECTION: u8 = 0x34;
const TEXT_WITH_LANGUAGE: u8 = 0x35;
const NAME_WITH_LANGUAGE: u8 = 0x36;
const END_COLLECTION: u8 = 0x37;

/// Reads an answer; what is wrong with it, if it is none.
pub(super) fn read(octets: &[u8]) -> Result<IppRequestResponse, String> {
    if !is_sound(octets) {
        return Err("its attributes are cut short or nested too deeply".to_owned());
    }
    IppParser::new(std::io::Cursor::new(octets.to_vec()))
        .parse()
        .map_err(|error| error.to_string())
}

/// Whether every value lies within the answer, and each within its own length.
fn is_sound(octets: &[u8]) -> bool {
    let Some(mut rest) = octets.get(HEADER_OCTETS..) else {
        return false;
    };
    let mut depth = 0;
    while let Some((tag, after)) = rest.split_first() {
        rest = after;
        if *tag == END_OF_ATTRIBUTES {
            return true;
        }
        if !VALUES.contains(tag) {
            continue;
        }
        let Some((_name, after)) = take(rest) else {
            return false;
        };
        let Some((value, after)) = take(after) else {
            return false;
        };
        rest = after;
        match *tag {
            BEGIN_COLLECTION if depth == DEPTH_MAX => return false,
            BEGIN_COLLECTION => depth += 1,
            END_COLLECTION => depth = depth.saturating_sub(1),
            TEXT_WITH_LANGUAGE | NAME_WITH_LANGUAGE
                if take(value).and_then(|(_, text)| take(text)).is_none() =>
            {
                return false;
            }
            _ => {}
        }
    }
    false
}

/// The octets after a length, and what comes then.
fn take(octets: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = octets.split_first_chunk::<2>()?;
    rest.split_at_checked(usize::from(u16::from_be_bytes(*length)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::backend::cups::events::recorded;

    fn answer(attributes: &[u8]) -> Vec<u8> {
        let header = [1, 1, 0, 0, 0, 0, 0, 1];
        [&header[..], &[7], attributes, &[END_OF_ATTRIBUTES]].concat()
    }

    #[test]
    fn a_text_shorter_than_it_says_is_no_answer() {
        let text = |value: &[u8]| {
            let length = u8::try_from(value.len()).unwrap();
            answer(&[&[TEXT_WITH_LANGUAGE, 0, 1, b'a', 0, length], value].concat())
        };
        assert!(read(&text(&[0, 2, b'e', b'n', 0, 1, b'x'])).is_ok());
        for short in [&[][..], &[0], &[0, 9, b'e'], &[0, 1, b'e', 0, 2, b'x']] {
            assert!(read(&text(short)).is_err(), "{short:?}");
        }
    }

    #[test]
    fn collections_end_somewhere() {
        let nested = |depth| {
            let member = [0x4a, 0, 0, 0, 1, b'm'];
            let begin = [&[BEGIN_COLLECTION, 0, 0, 0, 0], &member[..]].concat();
            let end = [END_COLLECTION, 0, 0, 0, 0];
            answer(
                &[
                    &[BEGIN_COLLECTION, 0, 1, b'a', 0, 0],
                    &begin.repeat(depth)[..],
                    &end.repeat(depth + 1),
                ]
                .concat(),
            )
        };
        assert!(read(&nested(3)).is_ok());
        assert!(read(&nested(50_000)).is_err());
    }

    proptest! {
        #[test]
        fn no_answer_makes_the_reader_panic(
            edits in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..16),
            end in any::<prop::sample::Index>(),
            noise in proptest::collection::vec(any::<u8>(), 0..200),
        ) {
            let mut octets = recorded::TWO_ENDS.to_vec();
            for (at, octet) in edits {
                let at = at.index(octets.len());
                octets[at] = octet;
            }
            let _ = read(&octets);
            let _ = read(&octets[..end.index(octets.len())]);
            let _ = read(&answer(&noise));
        }
    }
}
