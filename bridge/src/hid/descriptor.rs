//! Report descriptors (HID 1.11 §6.2.2): what a device says that it is.
//!
//! Only what the agent needs is read: the usage of each collection that stands
//! at the top, and whether reports begin with their number. A descriptor comes
//! from the device, so anything may stand in it: reading never fails, and ends
//! where it makes no sense any more. Pure, and by itself, so that the fuzz
//! targets can take this file alone.

/// Octets of a descriptor that are read: what Linux reads, at most.
pub(crate) const OCTETS_MAX: usize = 4096;
/// Collections at the top that are told; devices have one to five.
const COLLECTIONS_MAX: usize = 32;
/// How deep `Push` may go; devices need one.
const PUSHES_MAX: usize = 16;

/// Tag and type of the items that count (HID 1.11 §6.2.2.4 and after), without
/// the two bits of their size.
mod item {
    pub(super) const COLLECTION: u8 = 0xa0;
    pub(super) const END_COLLECTION: u8 = 0xc0;
    pub(super) const USAGE_PAGE: u8 = 0x04;
    pub(super) const REPORT_ID: u8 = 0x84;
    pub(super) const PUSH: u8 = 0xa4;
    pub(super) const POP: u8 = 0xb4;
    pub(super) const USAGE: u8 = 0x08;
    pub(super) const USAGE_MINIMUM: u8 = 0x18;
    /// The octet that begins a long item.
    pub(super) const LONG: u8 = 0xfe;
}
/// Of the two bits that say an item's type.
const TYPE: u8 = 0x0c;
/// The type of items that tell what a report, or a collection, holds.
const MAIN: u8 = 0x00;

/// What something is for (HID Usage Tables).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Usage {
    /// The table, as `0x8d` for scales.
    pub(crate) page: u16,
    /// The row in it.
    pub(crate) id: u16,
}

impl Usage {
    /// Whether no page may have it, whatever a grant says: what a person types
    /// and points at is for the program in front, and a security key signs for
    /// whoever asks.
    pub(crate) fn is_protected(self) -> bool {
        const GENERIC_DESKTOP: u16 = 0x01;
        const FIDO: u16 = 0xf1d0;
        /// Pointer, mouse, keyboard, keypad, system control.
        const INPUT: [u16; 5] = [0x01, 0x02, 0x06, 0x07, 0x80];
        self.page == FIDO || (self.page == GENERIC_DESKTOP && INPUT.contains(&self.id))
    }
}

/// What a descriptor says.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct ReportDescriptor {
    /// The usages of the collections at the top, in their order.
    pub(crate) collections: Vec<Usage>,
    /// Whether the first octet of every report is its number.
    pub(crate) is_numbered: bool,
}

/// What global items have set.
#[derive(Clone, Copy, Default)]
struct Globals {
    page: u16,
}

impl ReportDescriptor {
    /// Reads a descriptor as far as it can be.
    pub(crate) fn parse(octets: &[u8]) -> Self {
        let mut rest = &octets[..octets.len().min(OCTETS_MAX)];
        let mut read = Self::default();
        let mut globals = Globals::default();
        let mut pushed = Vec::new();
        // The first usage since the last main item: that of the next collection.
        let mut usage = None;
        let mut depth = 0_usize;
        while let Some((tag, value, after)) = next_item(rest) {
            rest = after;
            match tag {
                item::USAGE_PAGE => globals.page = low(value),
                item::PUSH if pushed.len() < PUSHES_MAX => pushed.push(globals),
                item::POP => globals = pushed.pop().unwrap_or(globals),
                item::REPORT_ID => read.is_numbered = true,
                item::USAGE | item::USAGE_MINIMUM => usage = usage.or(Some(value)),
                item::COLLECTION => {
                    if depth == 0 && read.collections.len() < COLLECTIONS_MAX {
                        let usage = whole(usage.unwrap_or_default(), globals.page);
                        read.collections.push(usage);
                    }
                    depth += 1;
                }
                item::END_COLLECTION => depth = depth.saturating_sub(1),
                _ => {}
            }
            if tag & TYPE == MAIN {
                usage = None;
            }
        }
        read
    }
}

/// A usage of four octets has its page with it.
fn whole(usage: u32, page: u16) -> Usage {
    let own = low(usage >> 16);
    Usage {
        page: if own == 0 { page } else { own },
        id: low(usage),
    }
}

fn low(value: u32) -> u16 {
    let [a, b, ..] = value.to_le_bytes();
    u16::from_le_bytes([a, b])
}

/// The next item: its tag and type, its value, and what follows it.
fn next_item(octets: &[u8]) -> Option<(u8, u32, &[u8])> {
    let (&prefix, rest) = octets.split_first()?;
    if prefix == item::LONG {
        // Nobody has defined one; its length is the octet after the first.
        let length = usize::from(*rest.first()?);
        return Some((item::LONG & !0x03, 0, rest.get(length + 2..)?));
    }
    let length = match prefix & 0x03 {
        3 => 4,
        length => usize::from(length),
    };
    let (data, rest) = rest.split_at_checked(length)?;
    let mut value = [0; 4];
    value[..length].copy_from_slice(data);
    Some((prefix & !0x03, u32::from_le_bytes(value), rest))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn check(descriptor: &[u8], collections: &[(u16, u16)], is_numbered: bool) {
        let expected = ReportDescriptor {
            collections: collections
                .iter()
                .map(|&(page, id)| Usage { page, id })
                .collect(),
            is_numbered,
        };
        assert_eq!(ReportDescriptor::parse(descriptor), expected);
    }

    #[test]
    fn the_collections_at_the_top_are_found() {
        // A scale: usage page 0x8d, weighing device, data report 3.
        let scale = [
            0x05, 0x8d, 0x09, 0x20, 0xa1, 0x01, 0x85, 0x03, 0x09, 0x21, 0xa1, 0x02, 0xc0, 0xc0,
        ];
        check(&scale, &[(0x8d, 0x20)], true);
        // A scanner without numbers, and a keyboard behind it.
        let two = [
            0x05, 0x8c, 0x09, 0x02, 0xa1, 0x01, 0xc0, 0x05, 0x01, 0x09, 0x06, 0xa1, 0x01, 0xc0,
        ];
        check(&two, &[(0x8c, 0x02), (0x01, 0x06)], false);
        // A vendor's page of two octets, restored by a pop.
        let pushed = [
            0x06, 0x00, 0xff, 0xa4, 0x05, 0x01, 0xb4, 0x09, 0x01, 0xa1, 0x01, 0xc0,
        ];
        check(&pushed, &[(0xff00, 0x01)], false);
        // A usage that brings its page along.
        check(
            &[0x0b, 0x01, 0x00, 0x66, 0x00, 0xa1, 0x01],
            &[(0x66, 0x01)],
            false,
        );
    }

    #[test]
    fn what_makes_no_sense_ends_the_reading() {
        for descriptor in [
            &b""[..],
            b"\xfe",
            b"\xfe\x05\x00\x01",
            b"\x07\x01",
            b"\xc0\xc0\xb4\xb4",
        ] {
            check(descriptor, &[], false);
        }
        // A long item is stepped over.
        check(
            &[0xfe, 0x02, 0x10, 1, 2, 0x05, 0x8d, 0x09, 0x20, 0xa1, 0x01],
            &[(0x8d, 0x20)],
            false,
        );
    }

    #[test]
    fn what_people_type_with_is_protected() {
        for (page, id, expected) in [
            (0x01, 0x06, true),
            (0x01, 0x02, true),
            (0xf1d0, 0x01, true),
            (0x01, 0x05, false),
            (0x8c, 0x02, false),
            (0x8d, 0x20, false),
            (0xff00, 0x06, false),
        ] {
            assert_eq!(Usage { page, id }.is_protected(), expected, "{page:x} {id}");
        }
    }

    proptest! {
        /// Whatever a device says, reading ends and stays within its bounds.
        #[test]
        fn no_descriptor_is_a_surprise(octets in prop::collection::vec(any::<u8>(), 0..5000)) {
            let read = ReportDescriptor::parse(&octets);
            prop_assert!(read.collections.len() <= COLLECTIONS_MAX);
        }
    }
}
