//! SNMP messages (RFC 1157, RFC 3416) as octets: questions out, answers in.
//! Pure.
//!
//! Written here because so little of it is needed: two questions, one answer,
//! numbers and short octet strings. A length is checked against what there is
//! before anything is read; nothing nests deeper than the message itself.

/// The name of an object.
pub type Oid<'a> = &'a [u32];

/// Longer names than RFC 3416 allows (128) do not exist.
const OID_NUMBERS_MAX: usize = 128;
/// An answer has at most what was asked for.
const BINDINGS_MAX: usize = 16;

/// `INTEGER` (X.690 §8.3).
pub const INTEGER: u8 = 0x02;
/// `OCTET STRING` (X.690 §8.7).
pub const OCTET_STRING: u8 = 0x04;
/// `NULL` (X.690 §8.8).
pub const NULL: u8 = 0x05;
/// `OBJECT IDENTIFIER` (X.690 §8.19).
pub const OBJECT_IDENTIFIER: u8 = 0x06;
/// `SEQUENCE` (X.690 §8.9).
pub const SEQUENCE: u8 = 0x30;
/// `Response-PDU` (RFC 3416 §3).
pub const RESPONSE: u8 = 0xa2;

/// Which version is spoken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Version {
    /// SNMPv1 (RFC 1157).
    One = 0,
    /// SNMPv2c (RFC 1901).
    Two = 1,
}

/// What is asked of each name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Question {
    /// Its value.
    Exactly = 0xa0,
    /// The first name after it, with its value.
    After = 0xa1,
}

/// A value of a kind that is read here, or of another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// `INTEGER`.
    Number(i64),
    /// `OCTET STRING`.
    Octets(Vec<u8>),
    /// Of another kind.
    Other,
}

impl Value {
    /// The number, if it is one.
    #[must_use]
    pub fn number(&self) -> Option<i64> {
        match self {
            Self::Number(number) => Some(*number),
            Self::Octets(_) | Self::Other => None,
        }
    }

    /// The octets, if it is some.
    #[must_use]
    pub fn octets(&self) -> Option<&[u8]> {
        match self {
            Self::Octets(octets) => Some(octets),
            Self::Number(_) | Self::Other => None,
        }
    }
}

/// An answer. An error answers with no bindings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// Of the question it answers.
    pub request_id: i64,
    /// Names and their values.
    pub bindings: Vec<(Vec<u32>, Value)>,
}

/// A question about these names.
#[must_use]
pub fn question(
    version: Version,
    community: &str,
    question: Question,
    request_id: i32,
    names: &[Vec<u32>],
) -> Vec<u8> {
    let bindings: Vec<u8> = names
        .iter()
        .flat_map(|name| {
            let name = element(OBJECT_IDENTIFIER, &oid_octets(name));
            element(SEQUENCE, &[name, element(NULL, &[])].concat())
        })
        .collect();
    let request = [
        element(INTEGER, &request_id.to_be_bytes()),
        element(INTEGER, &[0]),
        element(INTEGER, &[0]),
        element(SEQUENCE, &bindings),
    ];
    let message = [
        element(INTEGER, &[version as u8]),
        element(OCTET_STRING, community.as_bytes()),
        element(question as u8, &request.concat()),
    ];
    element(SEQUENCE, &message.concat())
}

/// Reads an answer in this version to this community; `None` when it is none.
#[must_use]
pub fn answer(octets: &[u8], version: Version, community: &str) -> Option<Answer> {
    let (message, _) = expect(octets, SEQUENCE)?;
    let (spoken, message) = expect(message, INTEGER)?;
    let (heard_by, message) = expect(message, OCTET_STRING)?;
    if number(spoken)? != version as i64 || heard_by != community.as_bytes() {
        return None;
    }
    let (response, _) = expect(message, RESPONSE)?;
    let (request_id, response) = expect(response, INTEGER)?;
    let (error, response) = expect(response, INTEGER)?;
    let (_error_index, response) = expect(response, INTEGER)?;
    let (mut list, _) = expect(response, SEQUENCE)?;
    let mut bindings = Vec::new();
    while number(error)? == 0 && !list.is_empty() {
        if bindings.len() == BINDINGS_MAX {
            return None;
        }
        let (binding, rest) = expect(list, SEQUENCE)?;
        let (name, value) = expect(binding, OBJECT_IDENTIFIER)?;
        let (tag, value, _) = split(value)?;
        let value = match tag {
            INTEGER => Value::Number(number(value)?),
            OCTET_STRING => Value::Octets(value.to_vec()),
            _ => Value::Other,
        };
        bindings.push((oid(name)?, value));
        list = rest;
    }
    Some(Answer {
        request_id: number(request_id)?,
        bindings,
    })
}

/// One element with its tag and length (X.690 §8.1).
#[must_use]
pub fn element(tag: u8, contents: &[u8]) -> Vec<u8> {
    let length = contents.len().to_be_bytes();
    let significant = &length[length.iter().take_while(|octet| **octet == 0).count()..];
    let mut element = vec![tag];
    match significant {
        [] => element.push(0),
        [short] if *short < 0x80 => element.push(*short),
        long => {
            // A length has at most eight octets.
            element.push(0x80 | long.len().to_be_bytes()[7]);
            element.extend(long);
        }
    }
    element.extend(contents);
    element
}

/// The contents of the first element, if it has this tag, and what follows it.
#[must_use]
pub fn expect(octets: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let (found, contents, rest) = split(octets)?;
    (found == tag).then_some((contents, rest))
}

/// The first element: its tag and contents, and what follows it.
fn split(octets: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (tag, rest) = octets.split_first()?;
    let (first, rest) = rest.split_first()?;
    let (length, rest) = match first {
        0..=0x7f => (usize::from(*first), rest),
        // More than two octets of length do not fit a datagram.
        0x81 => (usize::from(*rest.first()?), &rest[1..]),
        0x82 => {
            let (length, rest) = rest.split_first_chunk::<2>()?;
            (usize::from(u16::from_be_bytes(*length)), rest)
        }
        _ => return None,
    };
    let (contents, rest) = rest.split_at_checked(length)?;
    Some((*tag, contents, rest))
}

/// An integer of up to eight octets.
#[must_use]
pub fn number(octets: &[u8]) -> Option<i64> {
    let (first, rest) = octets.split_first()?;
    if rest.len() > 7 {
        return None;
    }
    let sign = i64::from(i8::from_be_bytes([*first]));
    Some(
        rest.iter()
            .fold(sign, |number, octet| number << 8 | i64::from(*octet)),
    )
}

/// A name as octets (X.690 §8.19).
#[must_use]
pub fn oid_octets(name: Oid<'_>) -> Vec<u8> {
    // The first two numbers share an octet (X.690 §8.19.4); all names here begin with 1.3.
    let mut octets = vec![0x2b];
    for number in name.iter().skip(2) {
        let mut groups = vec![(number & 0x7f).to_be_bytes()[3]];
        let mut rest = number >> 7;
        while rest > 0 {
            groups.push(0x80 | (rest & 0x7f).to_be_bytes()[3]);
            rest >>= 7;
        }
        octets.extend(groups.iter().rev());
    }
    octets
}

/// Reads a name; `None` when it does not end, or is too long.
#[must_use]
pub fn oid(octets: &[u8]) -> Option<Vec<u32>> {
    let (first, rest) = octets.split_first()?;
    let mut numbers = vec![u32::from(first / 40), u32::from(first % 40)];
    let mut number: u32 = 0;
    for octet in rest {
        number = number.checked_mul(128)? | u32::from(octet & 0x7f);
        if octet & 0x80 == 0 {
            numbers.push(std::mem::take(&mut number));
        }
        if numbers.len() > OID_NUMBERS_MAX {
            return None;
        }
    }
    // The last number must have ended.
    rest.last()
        .is_none_or(|octet| octet & 0x80 == 0)
        .then_some(numbers)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// What Debian's snmpd answered to the question for `hrPrinterStatus` and
    /// `hrPrinterDetectedErrorState`; and to the one for `hrDeviceStatus`.
    const RECORDED: [&[u8]; 2] = [
        include_bytes!("recorded/printer.snmp"),
        include_bytes!("recorded/device.snmp"),
    ];

    #[test]
    fn recorded_answers_read_as_what_was_set() {
        let read = |octets| answer(octets, Version::Two, "public").unwrap();
        assert_eq!(
            read(RECORDED[0]).bindings,
            [
                (vec![1, 3, 6, 1, 2, 1, 25, 3, 5, 1, 1, 1], Value::Number(1)),
                (
                    vec![1, 3, 6, 1, 2, 1, 25, 3, 5, 1, 2, 1],
                    Value::Octets(vec![0x4a])
                ),
            ]
        );
        assert_eq!(
            read(RECORDED[1]).bindings,
            [(vec![1, 3, 6, 1, 2, 1, 25, 3, 2, 1, 5, 1], Value::Number(5))]
        );
        assert_eq!(answer(RECORDED[0], Version::One, "public"), None);
        assert_eq!(answer(RECORDED[0], Version::Two, "private"), None);
    }

    #[test]
    fn a_question_is_what_other_managers_send() {
        // As snmpget -v2c asked for hrDeviceStatus.1, less its own request id.
        let names = [vec![1, 3, 6, 1, 2, 1, 25, 3, 2, 1, 5, 1]];
        let asked = question(
            Version::Two,
            "public",
            Question::Exactly,
            0x0102_0304,
            &names,
        );
        assert_eq!(
            asked,
            [
                &[0x30, 0x2c, 0x02, 0x01, 0x01, 0x04, 0x06][..],
                b"public",
                &[
                    0xa0, 0x1f, 0x02, 0x04, 1, 2, 3, 4, 0x02, 0x01, 0, 0x02, 0x01, 0
                ],
                &[0x30, 0x11, 0x30, 0x0f, 0x06, 0x0b],
                &[0x2b, 6, 1, 2, 1, 25, 3, 2, 1, 5, 1, 0x05, 0],
            ]
            .concat()
        );
    }

    #[test]
    fn numbers_keep_their_sign_and_lengths_their_size() {
        for (octets, expected) in [
            (&[0x7f][..], Some(127)),
            (&[0xff], Some(-1)),
            (&[0x00, 0x80], Some(128)),
            (&[0xff, 0xfe], Some(-2)),
            (&[0; 8], Some(0)),
            (&[0; 9], None),
            (&[], None),
        ] {
            assert_eq!(number(octets), expected, "{octets:?}");
        }
        for length in [0, 1, 127, 128, 255, 256, 65_535] {
            let element = element(OCTET_STRING, &vec![7; length]);
            let (contents, rest) = expect(&element, OCTET_STRING).unwrap();
            assert_eq!((contents.len(), rest.len()), (length, 0));
        }
    }

    proptest! {
        #[test]
        fn names_come_back_as_they_went(rest in proptest::collection::vec(any::<u32>(), 0..100)) {
            let name = [vec![1, 3], rest].concat();
            prop_assert_eq!(oid(&oid_octets(&name)), Some(name));
        }

        #[test]
        fn whatever_arrives_is_read_within_its_bounds(
            which in 0..2_usize,
            edits in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..8),
            end in any::<prop::sample::Index>(),
            noise in proptest::collection::vec(any::<u8>(), 0..300),
        ) {
            let mut octets = RECORDED[which].to_vec();
            for (at, octet) in edits {
                let at = at.index(octets.len());
                octets[at] = octet;
            }
            let cut = &octets[..end.index(octets.len())];
            for octets in [&octets[..], cut, &noise, &element(SEQUENCE, &noise)] {
                if let Some(answer) = answer(octets, Version::Two, "public") {
                    prop_assert!(answer.bindings.len() <= BINDINGS_MAX);
                }
            }
        }
    }
}
