//! The octets we add to a connection, beside the job's own.
//!
//! Each of them leaves the paper alone: real-time requests are answered
//! without entering the buffer, the others only set or answer.

use std::fmt;

/// `DLE EOT 1` to `4` — transmit real-time status: printer, cause of being
/// off-line, cause of the error, paper roll. Four answers of one octet each.
pub const STATUS: [u8; 12] = [0x10, 0x04, 1, 0x10, 0x04, 2, 0x10, 0x04, 3, 0x10, 0x04, 4];

/// `GS a` — Automatic Status Back for on-line/off-line, errors and paper. The
/// drawer is left out: it changes with every sale and says nothing of printing.
pub const AUTOMATIC_STATUS_ON: [u8; 3] = [0x1D, b'a', 0x0E];

/// `GS a 0` — what every maker documents as the setting after power-on.
pub const AUTOMATIC_STATUS_OFF: [u8; 3] = [0x1D, b'a', 0];

/// `DLE DC4` function 8 — clear the buffers at once. Its seven arguments are
/// fixed, so that it is not met by chance.
pub const CLEAR_BUFFERS: [u8; 10] = [0x10, 0x14, 8, 1, 3, 20, 1, 6, 2, 8];

/// Names the end of a job to the printer, which says the name back when all
/// before it is printed (`GS ( H` function 48).
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct ProcessId([u8; 4]);

impl ProcessId {
    /// The octets a process id may hold are 32 to 126; `random` is folded
    /// into them.
    #[must_use]
    pub fn from_random(random: u32) -> Self {
        const SYMBOLS: u32 = 95;
        let mut left = random;
        Self(std::array::from_fn(|_| {
            let symbol = (left % SYMBOLS).to_le_bytes()[0];
            left /= SYMBOLS;
            b' ' + symbol
        }))
    }

    /// `GS ( H pL pH fn m d1 d2 d3 d4`.
    #[must_use]
    pub fn request(self) -> [u8; 11] {
        let [a, b, c, d] = self.0;
        [0x1D, b'(', b'H', 6, 0, 48, 48, a, b, c, d]
    }

    /// Whether a printer's answer names this one.
    #[must_use]
    pub fn is(self, answered: [u8; 4]) -> bool {
        self.0 == answered
    }
}

impl fmt::Debug for ProcessId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ProcessId({})", self.0.escape_ascii())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_process_id_is_always_one_a_printer_takes(random: u32) {
            let request = ProcessId::from_random(random).request();
            prop_assert!(request[7..].iter().all(|octet| (32..=126).contains(octet)));
            prop_assert!(platen_receipt::parse(&request).findings.kept.is_empty());
        }
    }

    #[test]
    fn different_random_numbers_give_different_ids() {
        let id = ProcessId::from_random(95 * 95 * 95 * 95 - 1);
        assert_eq!(&id.request()[7..], b"~~~~");
        assert_ne!(id, ProcessId::from_random(7));
    }
}
