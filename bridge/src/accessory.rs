//! What hangs on a printer beside its paper, and the octets that use it: cash
//! drawer, buzzer, customer display.
//!
//! What there is, and which commands it takes, is the configuration's word:
//! no such thing can be asked whether it is there. Pure; the job around the
//! octets is made in [`crate::dispatch`].

use clap::ValueEnum;
use platen_protocol::accessory::{BuzzerSound, DisplayShow, DrawerOpen};
use platen_receipt::{CodeTable, Feature, Profile, REPLACEMENT};
use serde::Serialize;

const BEL: u8 = 0x07;
const CLR: u8 = 0x0c;
const SUB: u8 = 0x1a;
const ESC: u8 = 0x1b;
const US: u8 = 0x1f;

/// Enough for every drawer's solenoid.
const DRAWER_ON_MS: u16 = 120;
/// Between two pulses, so that no solenoid burns: what the command can say.
const DRAWER_OFF_STEPS: u8 = 240;
/// Steps of 100 ms of a buzzer's tone.
const BUZZER_STEPS: u8 = 2;

/// How a drawer is opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum DrawerCommands {
    /// There is none.
    None,
    /// `ESC p`.
    EscPos,
    /// `ESC BEL` with `BEL` or `SUB`, as Star's printers in their own mode.
    Star,
}

/// How a buzzer sounds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum BuzzerCommands {
    /// There is none.
    None,
    /// `ESC B`, as many compatible printers.
    EscB,
    /// `ESC ( A`, as Epson's with a built-in or an external buzzer.
    Epson,
}

/// How a display is written to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum DisplayCommands {
    /// There is none.
    None,
    /// `ESC =` and the commands of Epson's DM-D displays.
    EscPos,
}

/// What hangs on one printer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Accessories {
    /// Its drawer.
    pub drawer: DrawerCommands,
    /// Its buzzer.
    pub buzzer: BuzzerCommands,
    /// Its display.
    pub display: DisplayCommands,
}

impl Accessories {
    /// What a model has of itself.
    #[must_use]
    pub fn of(profile: &Profile) -> Self {
        Self {
            drawer: if profile.has(Feature::Drawer) {
                DrawerCommands::EscPos
            } else {
                DrawerCommands::None
            },
            buzzer: BuzzerCommands::None,
            display: DisplayCommands::None,
        }
    }

    /// What opens the drawer; `None` where there is none.
    #[must_use]
    pub fn open_drawer(&self, asked: &DrawerOpen) -> Option<Vec<u8>> {
        let is_second = asked.drawer == Some(2);
        let on_ms = asked.on_ms.unwrap_or(DRAWER_ON_MS);
        match self.drawer {
            DrawerCommands::None => None,
            DrawerCommands::EscPos => {
                // Steps of 2 ms, rounded up: too short does not open.
                let on = u8::try_from(on_ms.div_ceil(2)).unwrap_or(u8::MAX);
                Some(initialized(&[
                    ESC,
                    b'p',
                    u8::from(is_second),
                    on,
                    DRAWER_OFF_STEPS,
                ]))
            }
            DrawerCommands::Star => {
                // Steps of 10 ms, up to 1270 ms; only the first drawer's time can be set.
                let on = u8::try_from(on_ms.div_ceil(10)).unwrap_or(127).min(127);
                Some(if is_second {
                    vec![SUB]
                } else {
                    vec![ESC, BEL, on, 20, BEL]
                })
            }
        }
    }

    /// What sounds the buzzer; `None` where there is none.
    #[must_use]
    pub fn sound_buzzer(&self, asked: &BuzzerSound) -> Option<Vec<u8>> {
        let times = asked.times.unwrap_or(1);
        match self.buzzer {
            BuzzerCommands::None => None,
            BuzzerCommands::EscB => Some(initialized(&[ESC, b'B', times, BUZZER_STEPS])),
            // Function 97: pattern A, so often.
            BuzzerCommands::Epson => Some(initialized(&[ESC, b'(', b'A', 4, 0, 97, 1, times, 0])),
        }
    }

    /// What shows the rows; `None` where there is no display. The printer is
    /// listening again behind it.
    #[must_use]
    pub fn show(&self, asked: &DisplayShow) -> Option<Vec<u8>> {
        match self.display {
            DisplayCommands::None => None,
            DisplayCommands::EscPos => {
                let mut octets = initialized(&[ESC, b'=', 2, CLR]);
                for (row, text) in (1_u8..).zip(&asked.rows) {
                    octets.extend([US, b'$', 1, row]);
                    write_row(&mut octets, text.as_str());
                }
                octets.extend([ESC, b'=', 1]);
                Some(octets)
            }
        }
    }
}

/// A job for an ESC/POS printer: `ESC @` ends what the job before left open,
/// and says which language this is, so that the printer is asked what it did.
fn initialized(commands: &[u8]) -> Vec<u8> {
    [&[ESC, b'@'], commands].concat()
}

/// The tables that such displays have, by their numbers of `ESC t`.
const DISPLAY_TABLES: [(u8, CodeTable); 5] = [
    (0, CodeTable::Cp437),
    (19, CodeTable::Cp858),
    (16, CodeTable::Windows1252),
    (18, CodeTable::Cp852),
    (17, CodeTable::Cp866),
];

/// Writes text in the first table that has all of it, else as much as the
/// first has.
fn write_row(octets: &mut Vec<u8>, text: &str) {
    let all = |table: CodeTable| text.chars().map(move |character| octet(table, character));
    let complete =
        (DISPLAY_TABLES.iter()).find(|(_, table)| all(*table).all(|octet| octet.is_some()));
    let (number, table) = complete.unwrap_or(&DISPLAY_TABLES[0]);
    octets.extend([ESC, b't', *number]);
    octets.extend(all(*table).map(|octet| octet.unwrap_or(REPLACEMENT as u8)));
}

/// The octet that shows a character, never a control character.
fn octet(table: CodeTable, character: char) -> Option<u8> {
    match character {
        ' '..='~' => Some(character as u8),
        _ => (0x80..=u8::MAX).find(|octet| table.character(*octet) == character),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: Accessories = Accessories {
        drawer: DrawerCommands::EscPos,
        buzzer: BuzzerCommands::EscB,
        display: DisplayCommands::EscPos,
    };

    fn drawer(text: &str) -> DrawerOpen {
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn a_drawer_opens_by_its_printers_commands() {
        let star = Accessories {
            drawer: DrawerCommands::Star,
            ..ALL
        };
        for (accessories, asked, expected) in [
            (ALL, "{}", &b"\x1b@\x1bp\x00\x3c\xf0"[..]),
            (
                ALL,
                r#"{"drawer":2,"on_ms":510}"#,
                b"\x1b@\x1bp\x01\xff\xf0",
            ),
            (ALL, r#"{"on_ms":11}"#, b"\x1b@\x1bp\x00\x06\xf0"),
            (star, "{}", b"\x1b\x07\x0c\x14\x07"),
            (star, r#"{"drawer":2}"#, b"\x1a"),
        ] {
            let octets = accessories.open_drawer(&drawer(asked)).unwrap();
            assert_eq!(octets, expected, "{asked}");
        }
    }

    #[test]
    fn what_is_not_there_is_not_used() {
        let none = Accessories {
            drawer: DrawerCommands::None,
            ..Accessories::of(&Profile::default())
        };
        assert_eq!(none.open_drawer(&drawer("{}")), None);
        assert_eq!(
            none.sound_buzzer(&serde_json::from_str("{}").unwrap()),
            None
        );
        assert_eq!(
            none.show(&serde_json::from_str(r#"{"rows":["a"]}"#).unwrap()),
            None
        );
        let model = Accessories::of(&Profile::default());
        assert_eq!(model.drawer, DrawerCommands::EscPos);
    }

    #[test]
    fn a_buzzer_sounds_as_often_as_asked() {
        let epson = Accessories {
            buzzer: BuzzerCommands::Epson,
            ..ALL
        };
        let asked = serde_json::from_str(r#"{"times":3}"#).unwrap();
        assert_eq!(ALL.sound_buzzer(&asked).unwrap(), b"\x1b@\x1bB\x03\x02");
        assert_eq!(
            epson.sound_buzzer(&asked).unwrap(),
            b"\x1b@\x1b(A\x04\x00\x61\x01\x03\x00"
        );
    }

    #[test]
    fn a_display_shows_text_and_no_command_in_it_and_the_printer_prints_on() {
        let show = |rows: &str| {
            let asked = serde_json::from_str(&format!(r#"{{"rows":{rows}}}"#)).unwrap();
            ALL.show(&asked).unwrap()
        };
        assert_eq!(show("[]"), b"\x1b@\x1b=\x02\x0c\x1b=\x01");
        assert_eq!(
            show(r#"["Total","2,50 €"]"#),
            b"\x1b@\x1b=\x02\x0c\x1f$\x01\x01\x1bt\x00Total\x1f$\x01\x02\x1bt\x132,50 \xd5\x1b=\x01"
        );
        assert_eq!(
            show(r#"["a\u001b=\u0001b\n日"]"#),
            b"\x1b@\x1b=\x02\x0c\x1f$\x01\x01\x1bt\x00a?=?b??\x1b=\x01"
        );
    }
}
