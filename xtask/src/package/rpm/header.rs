//! The header of a package: tags with values, as rpm stores them.
//!
//! Written by hand: the crate for it brings second versions of half a dozen crates that are here
//! already, which `deny.toml` refuses. The format has not changed since 1998.

/// A value of a tag.
#[derive(Clone, Debug)]
pub(crate) enum Value {
    /// One text.
    Text(String),
    /// A text that could be translated.
    Translated(String),
    /// Several.
    Texts(Vec<String>),
    /// Numbers of 16 bits.
    Shorts(Vec<u16>),
    /// Numbers of 32 bits.
    Numbers(Vec<u32>),
}

/// Which of the two headers: each is closed by a mark of its own.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Region {
    /// Of the digests.
    Signature = 62,
    /// Of everything else.
    Immutable = 63,
}

const TYPE_SHORT: u32 = 3;
const TYPE_NUMBER: u32 = 4;
const TYPE_TEXT: u32 = 6;
const TYPE_OCTETS: u32 = 7;
const TYPE_TEXTS: u32 = 8;
const TYPE_TRANSLATED: u32 = 9;

/// An entry of the index, and the mark at the end, take this much.
const ENTRY_OCTETS: u32 = 16;

/// The octets of a header. Tags must come in ascending order.
pub(crate) fn write(region: Region, tags: &[(u32, Value)]) -> Vec<u8> {
    let mut index = Vec::new();
    let mut store = Vec::new();
    for (tag, value) in tags {
        while store.len() % value.alignment() != 0 {
            store.push(0);
        }
        let offset = size(store.len());
        add_entry(&mut index, *tag, value.kind(), offset, value.count());
        value.append_to(&mut store);
    }
    let entries = size(tags.len()) + 1;
    let mut whole = Vec::new();
    add_entry(
        &mut whole,
        region as u32,
        TYPE_OCTETS,
        size(store.len()),
        ENTRY_OCTETS,
    );
    whole.extend(index);
    // The mark says, as a negative number, how far back the index begins.
    let back = (entries * ENTRY_OCTETS).wrapping_neg();
    add_entry(&mut store, region as u32, TYPE_OCTETS, back, ENTRY_OCTETS);
    let mut header = vec![0x8e, 0xad, 0xe8, 1, 0, 0, 0, 0];
    header.extend(entries.to_be_bytes());
    header.extend(size(store.len()).to_be_bytes());
    header.extend(whole);
    header.extend(store);
    header
}

fn add_entry(to: &mut Vec<u8>, tag: u32, kind: u32, offset: u32, count: u32) {
    for number in [tag, kind, offset, count] {
        to.extend(number.to_be_bytes());
    }
}

fn size(length: usize) -> u32 {
    u32::try_from(length).expect("headers are a few kilobytes")
}

impl Value {
    fn kind(&self) -> u32 {
        match self {
            Self::Text(_) => TYPE_TEXT,
            Self::Translated(_) => TYPE_TRANSLATED,
            Self::Texts(_) => TYPE_TEXTS,
            Self::Shorts(_) => TYPE_SHORT,
            Self::Numbers(_) => TYPE_NUMBER,
        }
    }

    fn alignment(&self) -> usize {
        match self {
            Self::Text(_) | Self::Translated(_) | Self::Texts(_) => 1,
            Self::Shorts(_) => 2,
            Self::Numbers(_) => 4,
        }
    }

    fn count(&self) -> u32 {
        size(match self {
            Self::Text(_) | Self::Translated(_) => 1,
            Self::Texts(texts) => texts.len(),
            Self::Shorts(numbers) => numbers.len(),
            Self::Numbers(numbers) => numbers.len(),
        })
    }

    fn append_to(&self, store: &mut Vec<u8>) {
        let mut add = |text: &str| {
            store.extend(text.as_bytes());
            store.push(0);
        };
        match self {
            Self::Text(text) | Self::Translated(text) => add(text),
            Self::Texts(texts) => texts.iter().for_each(|text| add(text)),
            Self::Shorts(numbers) => {
                store.extend(numbers.iter().flat_map(|number| number.to_be_bytes()));
            }
            Self::Numbers(numbers) => {
                store.extend(numbers.iter().flat_map(|number| number.to_be_bytes()));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_aligned_and_the_region_is_closed_by_its_mark() {
        let tags = [
            (1000, Value::Text("ab".to_owned())),
            (1009, Value::Numbers(vec![7])),
        ];
        let header = write(Region::Immutable, &tags);
        let entries = 3;
        let store = &header[16 + entries * 16..];
        assert_eq!(&store[..8], b"ab\0\0\0\0\0\x07");
        assert_eq!(&store[8..12], 63_u32.to_be_bytes());
        assert_eq!(&store[16..20], (-48_i32).to_be_bytes());
    }
}
