//! DNS messages (RFC 1035) as multicast DNS has them (RFC 6762): answers in,
//! questions out.
//!
//! Written here because so little of it is needed, and because all of it is
//! hostile: names go backwards only and come to an end, lengths are held
//! against what there is, and no message yields more than [`RECORDS_MAX`].

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::text::said;

/// Larger datagrams are none of multicast DNS (RFC 6762 §17).
pub const MESSAGE_OCTETS_MAX: usize = 9_000;
/// Records of one message that are read; the rest is passed over.
pub const RECORDS_MAX: usize = 128;
/// Octets of a name (RFC 1035 §2.3.4).
const NAME_OCTETS_MAX: usize = 255;
/// Octets of one label.
const LABEL_OCTETS_MAX: usize = 63;
/// Pairs of one `TXT` record that are read. Printers have about twenty.
const PAIRS_MAX: usize = 48;

/// `A`, `PTR`, `TXT`, `AAAA`, `SRV` (RFC 1035 §3.2.2, RFC 3596, RFC 2782).
const A: u16 = 1;
const PTR: u16 = 12;
const TXT: u16 = 16;
const AAAA: u16 = 28;
const SRV: u16 = 33;
/// The Internet's class, without the bit that multicast DNS adds.
const IN: u16 = 1;
/// That bit: in an answer, what is known otherwise is no longer so.
const FLUSH: u16 = 0x8000;

/// A name: labels, compared without regard to case.
#[derive(Debug, Clone, Eq)]
pub struct Name {
    labels: Vec<Vec<u8>>,
}

impl PartialEq for Name {
    fn eq(&self, other: &Self) -> bool {
        self.labels.len() == other.labels.len()
            && self
                .labels
                .iter()
                .zip(&other.labels)
                .all(|(one, other)| one.eq_ignore_ascii_case(other))
    }
}

impl PartialOrd for Name {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Name {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        let lower = |name: &Self| -> Vec<Vec<u8>> {
            name.labels
                .iter()
                .map(|label| label.to_ascii_lowercase())
                .collect()
        };
        lower(self).cmp(&lower(other))
    }
}

impl Name {
    /// The name with these labels, which are ours: short, and few.
    #[must_use]
    pub fn of(labels: &[&str]) -> Self {
        Self {
            labels: labels
                .iter()
                .map(|label| label.as_bytes().to_vec())
                .collect(),
        }
    }

    /// Its first label, as text.
    #[must_use]
    pub fn first(&self) -> Option<String> {
        self.labels.first().and_then(|label| said(label))
    }

    /// What is left without the first label.
    #[must_use]
    pub fn parent(&self) -> Option<Self> {
        let (_, rest) = self.labels.split_first()?;
        (!rest.is_empty()).then(|| Self {
            labels: rest.to_vec(),
        })
    }

    /// Whether its last label is `local`: what multicast DNS speaks of.
    #[must_use]
    pub fn is_local(&self) -> bool {
        self.labels.len() > 1
            && self
                .labels
                .last()
                .is_some_and(|label| label.eq_ignore_ascii_case(b"local"))
    }

    /// As a person reads it.
    #[must_use]
    pub fn text(&self) -> String {
        let labels: Vec<_> = self
            .labels
            .iter()
            .map(|label| String::from_utf8_lossy(label))
            .collect();
        labels.join(".")
    }

    fn write(&self, out: &mut Vec<u8>) {
        for label in &self.labels {
            // Read or made with at most 63 octets.
            out.push(u8::try_from(label.len()).unwrap_or_default());
            out.extend(label);
        }
        out.push(0);
    }
}

/// What is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Who there is.
    Pointer,
    /// Host and port.
    Service,
    /// What it says of itself.
    Text,
    /// IPv4 addresses.
    Ip4,
    /// IPv6 addresses.
    Ip6,
}

/// What a record says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Data {
    /// `PTR`.
    Pointer(Name),
    /// `SRV`.
    Service {
        /// The host.
        host: Name,
        /// Its port.
        port: u16,
    },
    /// `TXT`: pairs with their keys in lowercase.
    Text(Vec<(String, String)>),
    /// `A` or `AAAA`.
    Address(IpAddr),
}

/// A record of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// Whose.
    pub name: Name,
    /// How long it holds; 0: no longer.
    pub seconds: u32,
    /// Whether it replaces what was said before.
    pub flush: bool,
    /// What it says.
    pub data: Data,
}

/// The records of an answer that are read here; `None` for what is no answer.
/// A message that breaks in the middle counts up to there.
#[must_use]
pub fn answer(octets: &[u8]) -> Option<Vec<Record>> {
    if octets.len() > MESSAGE_OCTETS_MAX {
        return None;
    }
    let header = octets.first_chunk::<12>()?;
    // An answer, to a query, without an error (RFC 6762 §18).
    if header[2] & 0xf8 != 0x80 || header[3] & 0x0f != 0 {
        return None;
    }
    let count = |at: usize| usize::from(u16::from_be_bytes([header[at], header[at + 1]]));
    let mut at = 12;
    for _ in 0..count(4).min(RECORDS_MAX) {
        let (_, next) = name(octets, at)?;
        at = next + 4;
    }
    let mut records = Vec::new();
    let promised = count(6) + count(8) + count(10);
    for _ in 0..promised.min(RECORDS_MAX) {
        let Some((record, next)) = record(octets, at) else {
            break;
        };
        records.extend(record);
        at = next;
    }
    Some(records)
}

/// A record, or that it is of no kind read here, and where the next begins.
fn record(octets: &[u8], at: usize) -> Option<(Option<Record>, usize)> {
    let (owner, at) = name(octets, at)?;
    let fixed = octets.get(at..)?.first_chunk::<10>()?;
    let kind = u16::from_be_bytes([fixed[0], fixed[1]]);
    let class = u16::from_be_bytes([fixed[2], fixed[3]]);
    let seconds = u32::from_be_bytes([fixed[4], fixed[5], fixed[6], fixed[7]]);
    let length = usize::from(u16::from_be_bytes([fixed[8], fixed[9]]));
    let start = at + 10;
    let data = octets.get(start..start + length)?;
    let data = match kind {
        _ if class & !FLUSH != IN => None,
        A => data
            .try_into()
            .ok()
            .map(|octets: [u8; 4]| Data::Address(Ipv4Addr::from(octets).into())),
        AAAA => data
            .try_into()
            .ok()
            .map(|octets: [u8; 16]| Data::Address(Ipv6Addr::from(octets).into())),
        PTR => name(octets, start).map(|(name, _)| Data::Pointer(name)),
        SRV => data.first_chunk::<6>().and_then(|fixed| {
            let (host, _) = name(octets, start + 6)?;
            let port = u16::from_be_bytes([fixed[4], fixed[5]]);
            Some(Data::Service { host, port })
        }),
        TXT => Some(Data::Text(pairs(data))),
        _ => None,
    };
    let record = data.map(|data| Record {
        name: owner,
        seconds,
        flush: class & FLUSH != 0,
        data,
    });
    Some((record, start + length))
}

/// The name at `at`, and where what follows it begins. A pointer leads before
/// the place it stands at, so that each name ends.
fn name(octets: &[u8], at: usize) -> Option<(Name, usize)> {
    let mut labels = Vec::new();
    let mut length = 0;
    let mut at = at;
    let mut end = None;
    // Where this stretch of labels began: pointers lead before it.
    let mut begin = at;
    loop {
        let first = usize::from(*octets.get(at)?);
        match first & 0xc0 {
            0x00 if first == 0 => {
                return Some((Name { labels }, end.unwrap_or(at + 1)));
            }
            0x00 => {
                debug_assert!(first <= LABEL_OCTETS_MAX, "two bits are zero");
                length += first + 1;
                if length >= NAME_OCTETS_MAX {
                    return None;
                }
                labels.push(octets.get(at + 1..at + 1 + first)?.to_vec());
                at += 1 + first;
            }
            0xc0 => {
                let low = usize::from(*octets.get(at + 1)?);
                let target = (first & 0x3f) << 8 | low;
                if target >= begin {
                    return None;
                }
                end = end.or(Some(at + 2));
                at = target;
                begin = target;
            }
            _ => return None,
        }
    }
}

/// The pairs of a `TXT` record (RFC 6763 §6). The first of two equal keys
/// counts; a key without a value says nothing that is read here.
#[must_use]
pub fn pairs(mut octets: &[u8]) -> Vec<(String, String)> {
    let mut pairs: Vec<(String, String)> = Vec::new();
    while let Some((length, rest)) = octets.split_first() {
        let (pair, rest) = rest.split_at(usize::from(*length).min(rest.len()));
        octets = rest;
        let Some(equals) = pair.iter().position(|octet| *octet == b'=') else {
            continue;
        };
        let (Some(key), Some(value)) = (said(&pair[..equals]), said(&pair[equals + 1..])) else {
            continue;
        };
        let key = key.to_ascii_lowercase();
        if pairs.len() == PAIRS_MAX {
            break;
        }
        if pairs.iter().all(|(known, _)| *known != key) {
            pairs.push((key, value));
        }
    }
    pairs
}

/// A question to everybody on the link.
#[must_use]
pub fn question(asked: &[(Name, Kind)]) -> Vec<u8> {
    let count = u16::try_from(asked.len()).unwrap_or(u16::MAX);
    let mut out = vec![0, 0, 0, 0];
    out.extend(count.to_be_bytes());
    out.extend([0; 6]);
    for (name, kind) in asked.iter().take(usize::from(count)) {
        name.write(&mut out);
        let kind = match kind {
            Kind::Pointer => PTR,
            Kind::Service => SRV,
            Kind::Text => TXT,
            Kind::Ip4 => A,
            Kind::Ip6 => AAAA,
        };
        out.extend(kind.to_be_bytes());
        out.extend(IN.to_be_bytes());
    }
    out
}

/// Answers as a test's printer gives them.
#[cfg(test)]
pub(crate) mod tests {
    use proptest::prelude::*;

    use super::*;

    /// An answer with these records, uncompressed.
    pub(crate) fn message(records: &[Record]) -> Vec<u8> {
        let mut out = vec![0, 0, 0x84, 0, 0, 0];
        out.extend(u16::try_from(records.len()).unwrap().to_be_bytes());
        out.extend([0; 4]);
        for record in records {
            record.name.write(&mut out);
            let mut data = Vec::new();
            let kind = match &record.data {
                Data::Pointer(name) => {
                    name.write(&mut data);
                    PTR
                }
                Data::Service { host, port } => {
                    data.extend([0; 4]);
                    data.extend(port.to_be_bytes());
                    host.write(&mut data);
                    SRV
                }
                Data::Text(pairs) => {
                    for (key, value) in pairs {
                        let pair = format!("{key}={value}");
                        data.push(u8::try_from(pair.len()).unwrap());
                        data.extend(pair.as_bytes());
                    }
                    TXT
                }
                Data::Address(IpAddr::V4(address)) => {
                    data.extend(address.octets());
                    A
                }
                Data::Address(IpAddr::V6(address)) => {
                    data.extend(address.octets());
                    AAAA
                }
            };
            out.extend(kind.to_be_bytes());
            let class = IN | if record.flush { FLUSH } else { 0 };
            out.extend(class.to_be_bytes());
            out.extend(record.seconds.to_be_bytes());
            out.extend(u16::try_from(data.len()).unwrap().to_be_bytes());
            out.extend(data);
        }
        out
    }

    fn records() -> Vec<Record> {
        let instance = Name::of(&["Zebra Dock", "_pdl-datastream", "_tcp", "local"]);
        let host = Name::of(&["dock", "local"]);
        let record = |name: &Name, data| Record {
            name: name.clone(),
            seconds: 120,
            flush: true,
            data,
        };
        vec![
            record(&instance.parent().unwrap(), Data::Pointer(instance.clone())),
            record(
                &instance,
                Data::Service {
                    host: host.clone(),
                    port: 9100,
                },
            ),
            record(
                &instance,
                Data::Text(vec![("ty".to_owned(), "Zebra ZT411".to_owned())]),
            ),
            record(&host, Data::Address("192.0.2.7".parse().unwrap())),
            record(&host, Data::Address("fe80::7".parse().unwrap())),
        ]
    }

    #[test]
    fn an_answer_reads_as_it_was_written() {
        assert_eq!(answer(&message(&records())), Some(records()));
    }

    #[test]
    fn compressed_names_are_followed_backwards_and_no_other_way() {
        // A question for `a.local`, and a PTR whose owner points at it.
        let head = [0, 0, 0x84, 0, 0, 1, 0, 1, 0, 0, 0, 0];
        let asked = [1, b'a', 5, b'l', b'o', b'c', b'a', b'l', 0, 0, 12, 0, 1];
        let with = |pointer: [u8; 2], target: &[u8]| {
            let length = u8::try_from(target.len()).unwrap();
            let fixed = [0, 12, 0, 1, 0, 0, 0, 9, 0, length];
            answer(&[&head[..], &asked, &pointer, &fixed, target].concat()).unwrap()
        };
        let read = with([0xc0, 12], &[1, b'b', 0xc0, 14]);
        assert_eq!(read[0].name, Name::of(&["A", "LOCAL"]));
        assert_eq!(read[0].data, Data::Pointer(Name::of(&["b", "local"])));
        // To itself, forwards, and out of the message.
        assert_eq!(with([0xc0, 25], &[0]), []);
        assert_eq!(with([0xc0, 40], &[0]), []);
        assert_eq!(with([0xff, 0xff], &[0]), []);
        // In the data: the name goes back to itself.
        assert_eq!(with([0xc0, 12], &[1, b'b', 0xc0, 37]), []);
    }

    #[test]
    fn questions_errors_and_broken_messages_are_no_answers() {
        let whole = message(&records());
        let with = |at: usize, octet: u8| {
            let mut octets = whole.clone();
            octets[at] = octet;
            answer(&octets)
        };
        assert_eq!(with(2, 0), None);
        assert_eq!(with(3, 3), None);
        assert_eq!(answer(&whole[..11]), None);
        assert_eq!(answer(&vec![0x84; MESSAGE_OCTETS_MAX + 1]), None);
        // What came before the break counts.
        let cut = answer(&whole[..whole.len() - 3]).unwrap();
        assert_eq!(cut.len(), records().len() - 1);
    }

    #[test]
    fn a_message_of_a_thousand_records_is_read_to_the_bound() {
        let many: Vec<Record> = (0..300)
            .map(|number| Record {
                name: Name::of(&[&format!("h{number}"), "local"]),
                seconds: 1,
                flush: false,
                data: Data::Address("192.0.2.1".parse().unwrap()),
            })
            .collect();
        let mut octets = message(&many);
        assert_eq!(answer(&octets).unwrap().len(), RECORDS_MAX);
        octets[6..12].fill(0xff);
        assert_eq!(answer(&octets).unwrap().len(), RECORDS_MAX);
    }

    #[test]
    fn pairs_have_lowercase_keys_and_the_first_of_two_counts() {
        let text = b"\x09UUID=abcd\x04uuid\x06uuid=x\x02=y\x05ty=\x1b[\xffrest";
        let read = pairs(text);
        assert_eq!(read[0], ("uuid".to_owned(), "abcd".to_owned()));
        assert_eq!(read[1].0, "ty");
        assert_eq!(read.len(), 2);
        let many: Vec<u8> = (0..1_000)
            .flat_map(|n| format!("\x05{n:03}=x").into_bytes())
            .collect();
        assert_eq!(pairs(&many).len(), PAIRS_MAX);
    }

    proptest! {
        #[test]
        fn whatever_arrives_is_read_within_its_bounds(
            edits in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..12),
            end in any::<prop::sample::Index>(),
            noise in proptest::collection::vec(any::<u8>(), 0..600),
        ) {
            let mut octets = message(&records());
            for (at, octet) in edits {
                let at = at.index(octets.len());
                octets[at] = octet;
            }
            let cut = &octets[..end.index(octets.len())];
            for octets in [&octets[..], cut, &noise, &[&octets[..12], &noise].concat()] {
                for record in answer(octets).unwrap_or_default() {
                    prop_assert!(record.name.text().len() < 4 * NAME_OCTETS_MAX);
                }
            }
        }
    }
}
