//! Paper, cover, drawer and errors, and the octets that tell of them.
//!
//! The bits are those of the maker's manual. In the octets of `DLE EOT` bits 1
//! and 4 are always set and bits 0 and 7 never; the four octets of automatic
//! status are told from them by bits 0, 1, 4 and 7.

use serde::Serialize;

use crate::options::{DOTS_PER_MM, Options};

/// Why the mechanism stands still.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum PrinterError {
    /// The mechanism is stuck; `DLE ENQ` or the operator recovers.
    Mechanical,
    /// The cutter is jammed; `DLE ENQ` or the operator recovers.
    Cutter,
    /// Only switching off and on helps.
    Unrecoverable,
    /// The print head is too hot; it passes by itself.
    HeadTemperature,
}

/// What the paper sensors see.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Paper {
    /// Enough.
    Adequate,
    /// The near-end sensor speaks.
    NearEnd,
    /// None.
    Out,
}

/// The parts that move.
#[derive(Debug)]
pub(crate) struct Mechanism {
    pub(crate) cover_open: bool,
    pub(crate) drawer_open: bool,
    pub(crate) error: Option<PrinterError>,
    /// Paper left; `None` never ends.
    pub(crate) paper_dots: Option<u64>,
    roll_dots: Option<u64>,
    near_end_dots: u64,
}

/// Status groups of `GS a`.
const GROUP_DRAWER: u8 = 0x01;
const GROUP_ONLINE: u8 = 0x02;
const GROUP_ERROR: u8 = 0x04;
const GROUP_PAPER: u8 = 0x08;

impl Mechanism {
    pub(crate) fn new(options: &Options) -> Self {
        let roll_dots = options.roll_mm.map(|mm| u64::from(mm) * DOTS_PER_MM);
        Self {
            cover_open: false,
            drawer_open: false,
            error: None,
            paper_dots: roll_dots,
            roll_dots,
            near_end_dots: u64::from(options.near_end_mm) * DOTS_PER_MM,
        }
    }

    pub(crate) fn paper(&self) -> Paper {
        match self.paper_dots {
            Some(0) => Paper::Out,
            Some(dots) if dots <= self.near_end_dots => Paper::NearEnd,
            Some(_) | None => Paper::Adequate,
        }
    }

    /// Whether it can print; otherwise it is off-line.
    pub(crate) fn is_online(&self) -> bool {
        !self.cover_open && self.error.is_none() && self.paper() != Paper::Out
    }

    pub(crate) fn new_roll(&mut self) {
        self.paper_dots = self.roll_dots;
    }

    /// Leaves so little that the near-end sensor speaks.
    pub(crate) fn run_low(&mut self) {
        let left = self.paper_dots.unwrap_or(u64::MAX);
        self.paper_dots = Some(left.min(self.near_end_dots));
    }

    pub(crate) fn run_out(&mut self) {
        self.paper_dots = Some(0);
    }

    /// Moves the paper by at most `dots`; says by how much.
    pub(crate) fn feed(&mut self, dots: u64) -> u64 {
        match &mut self.paper_dots {
            Some(left) => {
                let moved = dots.min(*left);
                *left -= moved;
                moved
            }
            None => dots,
        }
    }

    /// What `DLE ENQ` can do.
    pub(crate) fn recover(&mut self) {
        if matches!(
            self.error,
            Some(PrinterError::Mechanical | PrinterError::Cutter)
        ) {
            self.error = None;
        }
    }

    /// The octet of `DLE EOT n`; `None` for an n it does not know.
    pub(crate) fn real_time_status(&self, n: u8) -> Option<u8> {
        let bits = match n {
            1 => bit(self.drawer_open, 0x04) | bit(!self.is_online(), 0x08),
            2 => {
                bit(self.cover_open, 0x04)
                    | bit(self.paper() == Paper::Out, 0x20)
                    | bit(self.error.is_some(), 0x40)
            }
            3 => self.error_bits(),
            4 => match self.paper() {
                Paper::Adequate => 0,
                Paper::NearEnd => 0x0C,
                Paper::Out => 0x6C,
            },
            _ => return None,
        };
        Some(0x12 | bits)
    }

    /// The four octets of automatic status.
    pub(crate) fn automatic_status(&self) -> [u8; 4] {
        let first = 0x10
            | bit(self.drawer_open, 0x04)
            | bit(!self.is_online(), 0x08)
            | bit(self.cover_open, 0x20);
        let third = self.paper_sensors();
        [first, self.error_bits(), third, 0]
    }

    /// Which bits of them the groups of `GS a` watch.
    pub(crate) fn watched(groups: u8) -> [u8; 4] {
        [
            bit(groups & GROUP_DRAWER != 0, 0x04) | bit(groups & GROUP_ONLINE != 0, 0x68),
            bit(groups & GROUP_ERROR != 0, 0x6C),
            bit(groups & GROUP_PAPER != 0, 0x0F),
            0,
        ]
    }

    /// The octet of `GS r 1` and `ESC v`, and the third of automatic status.
    pub(crate) fn paper_sensors(&self) -> u8 {
        match self.paper() {
            Paper::Adequate => 0,
            Paper::NearEnd => 0x03,
            Paper::Out => 0x0F,
        }
    }

    /// The octet of `GS r 2` and `ESC u`.
    pub(crate) fn drawer_sensor(&self) -> u8 {
        bit(self.drawer_open, 0x01)
    }

    fn error_bits(&self) -> u8 {
        match self.error {
            None => 0,
            Some(PrinterError::Mechanical) => 0x04,
            Some(PrinterError::Cutter) => 0x08,
            Some(PrinterError::Unrecoverable) => 0x20,
            Some(PrinterError::HeadTemperature) => 0x40,
        }
    }
}

fn bit(is_set: bool, bits: u8) -> u8 {
    if is_set { bits } else { 0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_status_octets_are_those_of_the_manual() {
        type Act = fn(&mut Mechanism);
        let rows: [(Act, [u8; 4], [u8; 4]); 8] = [
            (|_| {}, [0x12, 0x12, 0x12, 0x12], [0x10, 0, 0, 0]),
            (
                |m| m.drawer_open = true,
                [0x16, 0x12, 0x12, 0x12],
                [0x14, 0, 0, 0],
            ),
            (
                |m| m.cover_open = true,
                [0x1A, 0x16, 0x12, 0x12],
                [0x38, 0, 0, 0],
            ),
            (
                Mechanism::run_low,
                [0x12, 0x12, 0x12, 0x1E],
                [0x10, 0, 0x03, 0],
            ),
            (
                Mechanism::run_out,
                [0x1A, 0x32, 0x12, 0x7E],
                [0x18, 0, 0x0F, 0],
            ),
            (
                |m| m.error = Some(PrinterError::Cutter),
                [0x1A, 0x52, 0x1A, 0x12],
                [0x18, 0x08, 0, 0],
            ),
            (
                |m| m.error = Some(PrinterError::Unrecoverable),
                [0x1A, 0x52, 0x32, 0x12],
                [0x18, 0x20, 0, 0],
            ),
            (
                |m| m.error = Some(PrinterError::HeadTemperature),
                [0x1A, 0x52, 0x52, 0x12],
                [0x18, 0x40, 0, 0],
            ),
        ];
        for (row, (act, real_time, automatic)) in rows.into_iter().enumerate() {
            let mut mechanism = Mechanism::new(&Options::default());
            act(&mut mechanism);
            let octets = [1, 2, 3, 4].map(|n| mechanism.real_time_status(n).unwrap());
            assert_eq!(octets, real_time, "row {row}");
            assert_eq!(mechanism.automatic_status(), automatic, "row {row}");
            assert!(octets.iter().all(|octet| octet & 0x93 == 0x12));
        }
    }

    #[test]
    fn recovering_helps_against_what_can_be_recovered() {
        for (error, stays) in [
            (PrinterError::Cutter, false),
            (PrinterError::Mechanical, false),
            (PrinterError::Unrecoverable, true),
            (PrinterError::HeadTemperature, true),
        ] {
            let mut mechanism = Mechanism::new(&Options::default());
            mechanism.error = Some(error);
            mechanism.recover();
            assert_eq!(mechanism.error.is_some(), stays, "{error:?}");
        }
    }

    #[test]
    fn paper_is_used_up_to_its_last_dot() {
        let options = Options {
            roll_mm: Some(10),
            near_end_mm: 5,
            ..Options::default()
        };
        let mut mechanism = Mechanism::new(&options);
        assert_eq!(mechanism.feed(30), 30);
        assert_eq!(mechanism.paper(), Paper::Adequate);
        assert_eq!(mechanism.feed(30), 30);
        assert_eq!(mechanism.paper(), Paper::NearEnd);
        assert_eq!(mechanism.feed(30), 20);
        assert_eq!(mechanism.paper(), Paper::Out);
        mechanism.new_roll();
        assert!(mechanism.is_online());
    }
}
