//! The commands of receipt printers that are more than printing, as octets.
//!
//! Epson's by its ESC/POS reference, Star's by its Line Mode and StarPRNT
//! manuals; those of other makers as far as they are known. Each pattern is
//! long enough that the dots of a picture seldom look like it.

use super::Class;
use crate::command::control::{CAN, DC4, DLE, ESC, FS, GS, LF, NUL};

/// What one octet of a pattern may be.
#[derive(Debug, Clone, Copy)]
pub(super) enum Octet {
    Is(u8),
    /// From the first to the last.
    From(u8, u8),
    OneOf(&'static [u8]),
    Any,
}

impl Octet {
    pub(super) fn matches(self, octet: u8) -> bool {
        match self {
            Self::Is(wanted) => octet == wanted,
            Self::From(first, last) => (first..=last).contains(&octet),
            Self::OneOf(wanted) => wanted.contains(&octet),
            Self::Any => true,
        }
    }
}

/// A command as octets.
#[derive(Debug)]
pub(super) struct Pattern {
    pub(super) octets: &'static [Octet],
    pub(super) class: Class,
    pub(super) command: &'static str,
    /// Acted on wherever it stands, also among the data of other commands.
    pub(super) real_time: bool,
    /// Too short to be told from data: counts only where commands begin.
    pub(super) only_as_command: bool,
}

use Octet::{Any, From, Is, OneOf};

const fn command(octets: &'static [Octet], class: Class, command: &'static str) -> Pattern {
    Pattern {
        octets,
        class,
        command,
        real_time: false,
        only_as_command: false,
    }
}

const fn real_time(octets: &'static [Octet], class: Class, name: &'static str) -> Pattern {
    Pattern {
        real_time: true,
        ..command(octets, class, name)
    }
}

const fn only_as_command(octets: &'static [Octet], class: Class, name: &'static str) -> Pattern {
    Pattern {
        only_as_command: true,
        ..command(octets, class, name)
    }
}

pub(super) const ACK: u8 = 0x06;
pub(super) const US: u8 = 0x1F;

const PULSE: &str = "ESC p Generate pulse";
const REAL_TIME_PULSE: &str = "DLE DC4 1 Generate pulse in real time";
const POWER_OFF: &str = "DLE DC4 2 Execute power-off sequence";
const BUZZER: &str = "DLE DC4 3 Sound buzzer in real time";
const CLEAR: &str = "DLE DC4 8 Clear buffers";
const DELETE_ALL_NV: &str = "GS ( L 65 Delete all NV graphics data";
const DELETE_NV: &str = "GS ( L 66 Delete the specified NV graphics data";
const DEFINE_NV: &str = "GS ( L 67, 68 Define NV graphics data";

pub(super) const PATTERNS: &[Pattern] = &[
    // m 0 and 48 are one drawer, 1 and 49 the other, 2 and 50 both on some.
    command(
        &[Is(ESC), Is(b'p'), OneOf(&[0, 1, 2, b'0', b'1', b'2'])],
        Class::Drawer,
        PULSE,
    ),
    only_as_command(&[Is(ESC), Is(b'p'), Any], Class::Drawer, PULSE),
    // Where `ESC E` has no argument, the pulse behind it is one.
    only_as_command(
        &[Is(ESC), Is(b'E'), Is(ESC), Is(b'p')],
        Class::Drawer,
        PULSE,
    ),
    only_as_command(
        &[Is(ESC), Is(b'E'), Is(DLE), Is(DC4), Is(1)],
        Class::Drawer,
        REAL_TIME_PULSE,
    ),
    // The time in milliseconds, by the manual; Epson's has none.
    only_as_command(
        &[Is(ESC), Is(b'v'), From(50, 250)],
        Class::Drawer,
        "ESC v Drive drawer 1 (Bematech, Elgin)",
    ),
    only_as_command(
        &[Is(ESC), Is(0x80), Any],
        Class::Drawer,
        "ESC 80h Drive drawer 2 (Bematech)",
    ),
    // Epson's has a character's height here, which is small.
    only_as_command(
        &[Is(ESC), Is(b'&'), From(b'0', b'1')],
        Class::Drawer,
        "ESC & Drive drawer (Diebold)",
    ),
    real_time(
        &[Is(DLE), Is(DC4), Is(1), From(0, 1), From(1, 8)],
        Class::Drawer,
        REAL_TIME_PULSE,
    ),
    // Pins as digits and other times, where a printer may take data for commands.
    command(
        &[Is(DLE), Is(DC4), Is(1), OneOf(&[0, 1, b'0', b'1'])],
        Class::Drawer,
        REAL_TIME_PULSE,
    ),
    only_as_command(&[Is(DLE), Is(DC4), Is(1)], Class::Drawer, REAL_TIME_PULSE),
    real_time(
        &[Is(DLE), Is(DC4), Is(2), Is(1), Is(8)],
        Class::Settings,
        POWER_OFF,
    ),
    only_as_command(&[Is(DLE), Is(DC4), Is(2)], Class::Settings, POWER_OFF),
    // The buzzer hangs on the drawer's connector.
    command(&[Is(DLE), Is(DC4), Is(3)], Class::Drawer, BUZZER),
    real_time(
        &[
            Is(DLE),
            Is(DC4),
            Is(8),
            Is(1),
            Is(3),
            Is(20),
            Is(1),
            Is(6),
            Is(2),
            Is(8),
        ],
        Class::Settings,
        CLEAR,
    ),
    only_as_command(&[Is(DLE), Is(DC4), Is(8)], Class::Settings, CLEAR),
    command(
        &[Is(GS), Is(b'('), Is(b'A')],
        Class::Settings,
        "GS ( A Execute test print",
    ),
    command(
        &[Is(GS), Is(b'('), Is(b'B')],
        Class::Settings,
        "GS ( B Customize automatic status back",
    ),
    command(
        &[Is(GS), Is(b'('), Is(b'C')],
        Class::Memory,
        "GS ( C Edit NV user memory",
    ),
    command(
        &[Is(GS), Is(b'('), Is(b'D')],
        Class::Settings,
        "GS ( D Enable or disable real-time commands",
    ),
    command(
        &[Is(GS), Is(b'('), Is(b'E')],
        Class::Settings,
        "GS ( E Set user setup commands",
    ),
    command(
        &[Is(GS), Is(b'('), Is(b'M')],
        Class::Settings,
        "GS ( M Customize printer control values",
    ),
    command(
        &[Is(GS), Is(b'('), Is(b'z')],
        Class::Settings,
        "GS ( z Set maintenance mode",
    ),
    command(
        &[Is(GS), Is(b'('), Is(b'L'), Any, Any, Is(48), Is(65)],
        Class::Memory,
        DELETE_ALL_NV,
    ),
    command(
        &[Is(GS), Is(b'('), Is(b'L'), Any, Any, Is(48), Is(66)],
        Class::Memory,
        DELETE_NV,
    ),
    command(
        &[Is(GS), Is(b'('), Is(b'L'), Any, Any, Is(48), From(67, 68)],
        Class::Memory,
        DEFINE_NV,
    ),
    command(
        &[
            Is(GS),
            Is(b'8'),
            Is(b'L'),
            Any,
            Any,
            Any,
            Any,
            Is(48),
            Is(65),
        ],
        Class::Memory,
        DELETE_ALL_NV,
    ),
    command(
        &[
            Is(GS),
            Is(b'8'),
            Is(b'L'),
            Any,
            Any,
            Any,
            Any,
            Is(48),
            Is(66),
        ],
        Class::Memory,
        DELETE_NV,
    ),
    command(
        &[
            Is(GS),
            Is(b'8'),
            Is(b'L'),
            Any,
            Any,
            Any,
            Any,
            Is(48),
            From(67, 68),
        ],
        Class::Memory,
        DEFINE_NV,
    ),
    only_as_command(
        &[Is(GS), Is(b'g'), Is(b'0')],
        Class::Settings,
        "GS g 0 Initialize maintenance counter",
    ),
    command(
        &[Is(GS), Is(b'g'), Is(b'0'), Is(0)],
        Class::Settings,
        "GS g 0 Initialize maintenance counter",
    ),
    // Widths to 1023 octets and heights to 288, by the manual.
    command(
        &[Is(FS), Is(b'q'), Any, Any, From(0, 3), Any, From(0, 1)],
        Class::Memory,
        "FS q Define NV bit image",
    ),
    only_as_command(
        &[Is(FS), Is(b'q')],
        Class::Memory,
        "FS q Define NV bit image",
    ),
    command(
        &[Is(FS), Is(b'g'), Is(b'1')],
        Class::Memory,
        "FS g 1 Write to NV user memory",
    ),
    command(
        &[Is(FS), Is(b'('), Is(b'E')],
        Class::Settings,
        "FS ( E Set top and bottom logos",
    ),
    // Star
    command(
        &[Is(ESC), Is(GS), Is(b'#')],
        Class::Settings,
        "ESC GS # Set memory switch",
    ),
    command(
        &[Is(ESC), Is(b'?'), Is(LF), Is(NUL)],
        Class::Settings,
        "ESC ? LF NUL Reset printer",
    ),
    command(
        &[Is(ESC), Is(ACK), Is(CAN)],
        Class::Settings,
        "ESC ACK CAN Reset printer in real time",
    ),
    // Other makers
    command(
        &[Is(US), Is(ESC), Is(US), Is(0x91), Is(0), Is(b'I'), Is(b'P')],
        Class::Network,
        "US ESC US 91h Set IP address",
    ),
    command(
        &[Is(US), Is(ESC), Is(US)],
        Class::Settings,
        "US ESC US Set printer configuration",
    ),
    command(
        &[Is(ESC), Is(b'#'), Is(b'#'), Is(b'U'), Is(b'P')],
        Class::Firmware,
        "ESC # # U P Update program",
    ),
    command(
        &[Is(ESC), Is(b'#'), Is(b'#')],
        Class::Settings,
        "ESC # # Set printer configuration",
    ),
    command(
        &[Is(ESC), Is(FS), Is(b'&'), Is(b' '), Is(b'V')],
        Class::Settings,
        "ESC FS & SP V Set printer configuration",
    ),
    command(
        &[Is(ESC), Is(b'('), Is(b'R'), Is(8), Is(0)],
        Class::Settings,
        "ESC ( R Enter remote mode",
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pattern_begins_with_two_octets_of_its_own_and_fits_the_window() {
        for pattern in PATTERNS {
            assert!(
                matches!(pattern.octets, [Is(_), Is(_), ..]),
                "{}",
                pattern.command
            );
            assert!(pattern.octets.len() <= 16, "{}", pattern.command);
        }
    }
}
