//! Pictures for Evolis' card printers: a panel for each color of the ribbon.
//!
//! Yellow, magenta and cyan have as many levels as `precision` says, black and
//! overlay two; levels follow each other bit by bit. What is black itself is
//! printed by the black panel alone. `overlay` is `true`, rectangles of
//! `[x1, y1, x2, y2]` counted from 1, or a picture whose black is covered.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use platen_receipt::image::GrayPicture;
use serde_json::Value;

use super::{ESC, Turn, number};

const PRECISION: u64 = 128;
const FULL: u8 = 255;

/// How much of one ink a color takes.
type Ink = fn([u8; 3]) -> u8;

/// The options of a card.
pub(super) struct Card {
    /// Bits of a level.
    bits: u32,
    overlay: Option<Overlay>,
}

/// What is covered by the clear panel.
enum Overlay {
    All,
    /// From column and row to column and row, counted from 1.
    Parts(Vec<[u64; 4]>),
    /// A picture file.
    Mask(Vec<u8>),
}

impl Card {
    pub(super) fn read(options: &Value) -> Result<Self, String> {
        let precision = number(options.get("precision")).unwrap_or(PRECISION);
        if !(2..=PRECISION).contains(&precision) || !precision.is_power_of_two() {
            return Err("options.precision is 2, 4, 8, 16, 32, 64 or 128".to_owned());
        }
        Ok(Self {
            bits: precision.trailing_zeros(),
            overlay: overlay(options.get("overlay"))?,
        })
    }

    /// The panels of this picture file.
    pub(super) fn panels(&self, file: &[u8], turn: Turn) -> Result<Vec<u8>, String> {
        let channel = |level: Ink| {
            let picture = GrayPicture::read_by(file, |pixel| level(over_white(pixel)));
            turn.of(picture.map_err(|error| error.to_string())?)
        };
        let mut out = Vec::new();
        let inks: [(char, Ink); 3] = [
            ('y', |rgb| ink(rgb, 2)),
            ('m', |rgb| ink(rgb, 1)),
            ('c', |rgb| ink(rgb, 0)),
        ];
        for (ribbon, ink) in inks {
            push_panel(&mut out, ribbon, self.bits, channel(ink)?.levels());
        }
        let black = channel(|rgb| if rgb == [0; 3] { FULL } else { 0 })?;
        push_panel(&mut out, 'k', 1, black.levels());
        if let Some(overlay) = &self.overlay {
            let size = (black.width_pixels(), black.height_pixels());
            push_panel(&mut out, 'o', 1, &overlay.levels(size)?);
        }
        Ok(out)
    }
}

fn overlay(value: Option<&Value>) -> Result<Option<Overlay>, String> {
    let wrong = || {
        "options.overlay is true, rectangles of [x1, y1, x2, y2], or a picture in base64".to_owned()
    };
    Ok(match value {
        None | Some(Value::Null | Value::Bool(false)) => None,
        Some(Value::Bool(true)) => Some(Overlay::All),
        Some(Value::Array(parts)) => {
            let corner = |part: &Value, place| number(part.get(place)).ok_or_else(wrong);
            let part = |part| {
                Ok([
                    corner(part, 0)?,
                    corner(part, 1)?,
                    corner(part, 2)?,
                    corner(part, 3)?,
                ])
            };
            Some(Overlay::Parts(
                parts.iter().map(part).collect::<Result<_, String>>()?,
            ))
        }
        Some(Value::String(mask)) => {
            let data = mask
                .split_once(";base64,")
                .map_or(mask.as_str(), |(_, data)| data);
            Some(Overlay::Mask(STANDARD.decode(data).map_err(|_| wrong())?))
        }
        Some(_) => return Err(wrong()),
    })
}

impl Overlay {
    fn levels(&self, (width, height): (usize, usize)) -> Result<Vec<u8>, String> {
        let mut levels = vec![0; width * height];
        match self {
            Self::All => levels.fill(FULL),
            Self::Parts(parts) => {
                for (at, level) in levels.iter_mut().enumerate() {
                    let (x, y) = ((at % width) as u64 + 1, (at / width) as u64 + 1);
                    let covers = |&[x1, y1, x2, y2]: &[u64; 4]| {
                        (x1..=x2).contains(&x) && (y1..=y2).contains(&y)
                    };
                    if parts.iter().any(covers) {
                        *level = FULL;
                    }
                }
            }
            Self::Mask(file) => {
                let mask =
                    GrayPicture::read_by(
                        file,
                        |pixel| {
                            if *pixel == [0, 0, 0, 255] { FULL } else { 0 }
                        },
                    );
                let mask = mask.map_err(|error| error.to_string())?;
                levels
                    .iter_mut()
                    .zip(mask.levels())
                    .for_each(|(level, &covered)| *level = covered);
            }
        }
        Ok(levels)
    }
}

fn over_white(&[red, green, blue, opacity]: &[u8; 4]) -> [u8; 3] {
    let opacity = u16::from(opacity);
    [red, green, blue].map(|level| {
        let level = (u16::from(level) * opacity + 255 * (255 - opacity) + 127) / 255;
        u8::try_from(level).unwrap_or(FULL)
    })
}

/// How much ink of the color that swallows this one; none of any where the
/// black panel prints.
fn ink(rgb: [u8; 3], color: usize) -> u8 {
    if rgb == [0; 3] { 0 } else { FULL - rgb[color] }
}

/// `ESC Db;ribbon;precision;` levels CR.
fn push_panel(out: &mut Vec<u8>, ribbon: char, bits: u32, levels: &[u8]) {
    out.push(ESC);
    out.extend(format!("Db;{ribbon};{};", 1 << bits).as_bytes());
    let most = (1u32 << bits) - 1;
    let (mut held, mut held_bits) = (0u32, 0);
    for &level in levels {
        held = (held << bits) | (u32::from(level) * most / u32::from(FULL));
        held_bits += bits;
        if held_bits >= 8 {
            held_bits -= 8;
            out.push(low_octet(held >> held_bits));
        }
    }
    if held_bits > 0 {
        out.push(low_octet(held << (8 - held_bits)));
    }
    out.push(b'\r');
}

fn low_octet(bits: u32) -> u8 {
    let [octet, ..] = bits.to_le_bytes();
    octet
}

#[cfg(test)]
mod tests {
    use super::super::tests::{png, written};
    use super::*;
    use serde_json::json;

    #[test]
    fn a_card_has_a_panel_for_each_color() {
        let mut options = json!({"language": "EVOLIS", "precision": 2, "overlay": [[2, 1, 3, 1]]});
        let card = written(&options, &png(&["##......."])).unwrap();
        let panel = |ribbon, octets: [u8; 2]| {
            let mut panel = format!("\x1bDb;{ribbon};2;").into_bytes();
            panel.extend(octets);
            panel.push(b'\r');
            panel
        };
        let expected = [
            panel('y', [0, 0]),
            panel('m', [0, 0]),
            panel('c', [0, 0]),
            panel('k', [0xC0, 0]),
            panel('o', [0x60, 0]),
        ];
        assert_eq!(card, expected.concat());
        options["precision"] = json!(100);
        assert!(written(&options, &png(&["#"])).is_err());
    }

    #[test]
    fn colors_are_levels_of_ink_bit_by_bit() {
        // Red swallows no red, but all green and blue: no cyan, full magenta and yellow.
        assert_eq!(
            [0, 1, 2].map(|color| ink([255, 0, 0], color)),
            [0, 255, 255]
        );
        assert_eq!([0, 1, 2].map(|color| ink([0, 0, 0], color)), [0, 0, 0]);
        assert_eq!(over_white(&[0, 0, 0, 0]), [255; 3]);
        let mut out = Vec::new();
        push_panel(&mut out, 'y', 7, &[255, 0, 255, 128]);
        // 1111111 0000000 1111111 0111111, from the left.
        assert_eq!(out, b"\x1bDb;y;128;\xfe\x03\xfb\xf0\r");
    }
}
