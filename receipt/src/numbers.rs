//! Numbers in tables that are small to load: seven bits an octet, and
//! differences rather than values.

/// Numbers of seven bits an octet, the lowest first; a set high bit says that
/// more follow.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Numbers(&'static [u8]);

impl Numbers {
    pub(crate) fn new(octets: &'static [u8]) -> Self {
        Self(octets)
    }

    /// So many octets, which are no numbers.
    pub(crate) fn octets(&mut self, count: u32) -> Option<&'static [u8]> {
        let (taken, rest) = self.0.split_at_checked(count as usize)?;
        self.0 = rest;
        Some(taken)
    }

    /// The next number as the difference from another; that other at the end.
    pub(crate) fn after(&mut self, before: u32) -> u32 {
        let folded = self.next().unwrap_or(0);
        // Small differences in both directions are small numbers: 0, -1, 1, -2, 2.
        let difference = (folded >> 1).cast_signed() ^ -(folded & 1).cast_signed();
        before.wrapping_add_signed(difference)
    }
}

impl Iterator for Numbers {
    type Item = u32;

    fn next(&mut self) -> Option<u32> {
        let mut number = 0;
        for shift in (0..32).step_by(7) {
            let (&octet, rest) = self.0.split_first()?;
            self.0 = rest;
            number |= u32::from(octet & 0x7F) << shift;
            if octet < 0x80 {
                return Some(number);
            }
        }
        None
    }
}

/// The other direction, for the tests that make the tables.
#[cfg(test)]
pub(crate) mod writing {
    pub(crate) fn push(out: &mut Vec<u8>, mut number: u32) {
        while number >= 0x80 {
            out.push(u8::try_from(number & 0x7F).expect("seven bits") | 0x80);
            number >>= 7;
        }
        out.push(u8::try_from(number).expect("seven bits"));
    }

    pub(crate) fn push_difference(out: &mut Vec<u8>, from: u32, to: u32) {
        let difference = to.cast_signed() - from.cast_signed();
        push(
            out,
            ((difference << 1) ^ (difference >> 31)).cast_unsigned(),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::writing::{push, push_difference};
    use super::*;

    #[test]
    fn numbers_and_differences_come_back() {
        let mut out = Vec::new();
        let all = [0, 1, 127, 128, 0x10_FFFF, 5];
        for (before, number) in [0].iter().chain(&all).zip(&all) {
            push(&mut out, *number);
            push_difference(&mut out, *before, *number);
        }
        let mut numbers = Numbers::new(out.leak());
        let mut before = 0;
        for number in all {
            assert_eq!(numbers.next(), Some(number));
            before = numbers.after(before);
            assert_eq!(before, number);
        }
        assert_eq!(numbers.next(), None);
    }
}
