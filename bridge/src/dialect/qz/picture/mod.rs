//! A raw image: a picture file becomes the commands that print it.
//!
//! The octets are those that pages know from QZ Tray: one pixel is one dot,
//! nothing is scaled, and only the picture's own commands are written, for the
//! page to put its label around. [`escpos`] has the three forms of receipt
//! printers, [`card`] the panels of a card; the others are `receipt`'s.
//!
//! Which pixels are black is the option `quantization`: `luma` (also where none
//! is named), `alpha`, `black` or `dither`, with `threshold` 127. The client's
//! own documentation calls `alpha` the default; the agent it was written for
//! took `luma`, which also prints what has no transparency.

mod card;
mod escpos;

use platen_receipt::image::language::{cpcl, epl, pgl, star, tspl};
use platen_receipt::image::{Bitmap, Dither, GrayPicture};
use serde_json::Value;

use super::print::{number, text};
use card::Card;
use escpos::Form;

const THRESHOLD: i64 = 127;
const ESC: u8 = 0x1B;

/// What the page asked of a raw image.
pub(crate) struct RawPicture {
    language: Language,
    quantization: Quantization,
    turn: Turn,
}

/// The language of the printer, with its options.
enum Language {
    EscPos(Form),
    Zpl,
    Epl { x: u16, y: u16 },
    Cpcl { x: u16, y: u16 },
    Sbpl,
    Pgl { logo: String, igp_dots: bool },
    Evolis(Card),
    Star,
    Tspl { x: u16, y: u16 },
}

/// Which pixels are black.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Quantization {
    /// Darker than this, where they are not more transparent than this.
    Luma(i64),
    /// More opaque than this, whatever their color.
    Alpha(i64),
    /// Black and nothing else.
    Black,
    /// As many as the shade asks for.
    Dither,
}

impl Quantization {
    fn read(options: &Value) -> Self {
        let threshold = signed(options.get("threshold")).unwrap_or(THRESHOLD);
        let name = text(options.get("quantization")).unwrap_or_default();
        match name.to_lowercase().as_str() {
            "alpha" => Self::Alpha(threshold),
            "black" => Self::Black,
            "dither" => Self::Dither,
            _ => Self::Luma(threshold),
        }
    }

    fn is_black(self, &[red, green, blue, opacity]: &[u8; 4]) -> bool {
        match self {
            Self::Luma(threshold) => {
                // In thousandths, which asks for no division at each of a million pixels.
                let of = |level: u8| u32::from(level);
                let luma = of(red) * 299 + of(green) * 587 + of(blue) * 114;
                i64::from(opacity) >= threshold && i64::from(luma) < threshold.saturating_mul(1_000)
            }
            Self::Alpha(threshold) => i64::from(opacity) > threshold,
            Self::Black => [red, green, blue, opacity] == [0, 0, 0, 255],
            Self::Dither => false,
        }
    }

    /// The dots of a picture file.
    fn dots(self, file: &[u8], turn: Turn) -> Result<Bitmap, String> {
        let (picture, dither) = match self {
            Self::Dither => (GrayPicture::read(file), Dither::FloydSteinberg),
            Self::Luma(_) | Self::Alpha(_) | Self::Black => {
                let level = |pixel: &[u8; 4]| if self.is_black(pixel) { 0 } else { 255 };
                (GrayPicture::read_by(file, level), Dither::Threshold(128))
            }
        };
        let picture = picture.map_err(|error| error.to_string())?;
        Ok(turn.of(picture)?.dithered(dither))
    }
}

impl RawPicture {
    /// Reads the options of an item.
    ///
    /// # Errors
    /// When the language is none that pictures are written in.
    pub(crate) fn read(options: Option<&Value>, turn: Turn) -> Result<Self, String> {
        let options = options.unwrap_or(&Value::Null);
        Ok(Self {
            language: language(options)?,
            quantization: Quantization::read(options),
            turn,
        })
    }

    /// The commands that print this picture file.
    ///
    /// # Errors
    /// When it is none, or more than the language takes.
    pub(crate) fn octets(&self, file: &[u8]) -> Result<Vec<u8>, String> {
        if let Language::Evolis(card) = &self.language {
            return card.panels(file, self.turn);
        }
        let dots = self.quantization.dots(file, self.turn)?;
        let written = match &self.language {
            Language::EscPos(form) => return form.commands(&dots),
            Language::Zpl => return Ok(zpl(&dots)),
            Language::Sbpl => return sbpl(&dots),
            Language::Pgl { logo, igp_dots } => return logo_of(&dots, logo, *igp_dots),
            // The panels are written above.
            Language::Evolis(_) => return Ok(Vec::new()),
            Language::Epl { x, y } => epl::graphic(&dots, (*x, *y)),
            Language::Cpcl { x, y } => {
                cpcl::graphic(&dots, (*x, *y), cpcl::GraphicCoding::Expanded)
            }
            Language::Star => star::graphics(&dots),
            Language::Tspl { x, y } => tspl::graphic(&dots, (*x, *y)),
        };
        written.map_err(|error| error.to_string())
    }
}

/// The language with this name, in any case. Older versions of that agent
/// called receipt printers ESCP.
fn language(options: &Value) -> Result<Language, String> {
    let name = text(options.get("language")).unwrap_or_default();
    let place = |axis: &str| {
        let place = number(options.get(axis)).unwrap_or_default();
        u16::try_from(place).unwrap_or(u16::MAX)
    };
    let (x, y) = (place("x"), place("y"));
    Ok(match name.to_uppercase().as_str() {
        "ESCPOS" | "ESC/POS" | "ESC" | "ESCP" | "ESC/P" | "ESC\\P" | "ESCP2" | "ESC/P2"
        | "ESCP/P2" | "EPSON" => Language::EscPos(Form::read(options)),
        "ZPL" | "ZPL2" | "ZPLII" | "ZEBRA" => Language::Zpl,
        "EPL" | "EPL2" | "EPLII" | "ELTRON" => Language::Epl { x, y },
        "CPCL" | "COMTEC" => Language::Cpcl { x, y },
        "SBPL" | "SATO" => Language::Sbpl,
        "PGL" | "IGP/PGL" | "PRINTRONIX" => Language::Pgl {
            logo: text(options.get("logoId")).unwrap_or_default(),
            igp_dots: flag(options.get("igpDots")),
        },
        "EVOLIS" => Language::Evolis(Card::read(options)?),
        "STAR" | "STARPRNT" => Language::Star,
        "TSPL" | "TSPL2" | "TSC" => Language::Tspl { x, y },
        _ => {
            let named: String = name.chars().take(16).collect();
            let named = if named.is_empty() { "UNKNOWN" } else { &named };
            return Err(format!(
                "{named} image conversion is not yet supported; options.language is one of \
                 ESCPOS, ZPL, EPL, CPCL, SBPL, PGL, EVOLIS, STAR, TSPL"
            ));
        }
    })
}

/// Quarter turns clockwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Turn(u8);

impl Turn {
    /// A turn by whole quarters.
    ///
    /// # Errors
    /// By any other angle.
    pub(crate) fn by_degrees(degrees: f64) -> Result<Self, String> {
        let degrees = degrees.rem_euclid(360.0);
        [0, 90, 180, 270]
            .iter()
            .position(|quarter| f64::from(*quarter).to_bits() == degrees.to_bits())
            .and_then(|quarters| u8::try_from(quarters).ok())
            .map(Self)
            .ok_or_else(|| {
                "Raw images are turned by 0, 90, 180 or 270 degrees; set options.rotation to one \
                 of them"
                    .to_owned()
            })
    }

    /// The picture, turned.
    ///
    /// # Errors
    /// Never in practice: it has as many pixels as before.
    pub(crate) fn of(self, picture: GrayPicture) -> Result<GrayPicture, String> {
        let (width, height) = (picture.width_pixels(), picture.height_pixels());
        let levels = picture.levels();
        let (turned_width, turned) = match self.0 {
            1 => {
                let columns =
                    (0..width).flat_map(|x| (0..height).rev().map(move |y| levels[y * width + x]));
                (height, columns.collect::<Vec<u8>>())
            }
            2 => (width, levels.iter().rev().copied().collect()),
            3 => {
                let columns = (0..width)
                    .rev()
                    .flat_map(|x| (0..height).map(move |y| levels[y * width + x]));
                (height, columns.collect())
            }
            _ => return Ok(picture),
        };
        let side = |pixels: usize| u32::try_from(pixels).unwrap_or(u32::MAX);
        let turned_height = width * height / turned_width;
        GrayPicture::from_levels(side(turned_width), side(turned_height), turned)
            .map_err(|error| error.to_string())
    }
}

/// `^GFA`, without a label around it.
fn zpl(dots: &Bitmap) -> Vec<u8> {
    let octets = dots.rows().len();
    let mut out = format!("^GFA,{octets},{octets},{},", row_octets(dots)).into_bytes();
    push_hex(&mut out, dots.rows());
    out
}

/// `ESC G H`, in blocks of eight by eight dots; the last ones are filled with
/// white, where that agent left dots behind the end.
fn sbpl(dots: &Bitmap) -> Result<Vec<u8>, String> {
    const BLOCKS_MAX: usize = 999;
    let (across, down) = (row_octets(dots), dots.height_dots().div_ceil(8) as usize);
    if across > BLOCKS_MAX || down > BLOCKS_MAX {
        return Err(too_large(dots, "SBPL", BLOCKS_MAX * 8));
    }
    let mut out = vec![ESC];
    out.extend(format!("GH{across:03}{down:03}").as_bytes());
    let mut rows = dots.rows().to_vec();
    rows.resize(across * down * 8, 0);
    push_hex(&mut out, &rows);
    Ok(out)
}

/// A logo under the page's own name, which its form calls.
fn logo_of(dots: &Bitmap, name: &str, igp_dots: bool) -> Result<Vec<u8>, String> {
    let name = name.trim();
    if name.is_empty() || name.contains([';', '~']) || name.contains(char::is_control) {
        return Err("Printronix graphics require a logoId".to_owned());
    }
    let (width, height) = (dots.width_dots(), dots.height_dots());
    if igp_dots && (width > 240 || height > 252) {
        return Err("IGP dots is enabled; Size values HL/VL cannot exceed 240x252".to_owned());
    }
    let unit = if igp_dots { "" } else { ";DOT" };
    let mut out = format!("~LOGO;{name};{height};{width}{unit}\n").into_bytes();
    let logo = pgl::logo(dots, "").map_err(|error| error.to_string())?;
    // The rows stand below the name.
    let rows = logo.iter().position(|&octet| octet == b'\n');
    out.extend_from_slice(&logo[rows.map_or(0, |end| end + 1)..]);
    Ok(out)
}

fn too_large(dots: &Bitmap, language: &str, most: usize) -> String {
    let (width, height) = (dots.width_dots(), dots.height_dots());
    format!(
        "a picture of {width} by {height} dots is more than {language} takes ({most}); scale it down"
    )
}

fn row_octets(dots: &Bitmap) -> usize {
    dots.width_dots().div_ceil(8) as usize
}

/// Octets as two hexadecimal digits each, in capitals.
fn push_hex(out: &mut Vec<u8>, octets: &[u8]) {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    out.extend(
        octets
            .iter()
            .flat_map(|octet| [octet >> 4, octet & 0xF].map(|digit| DIGITS[usize::from(digit)])),
    );
}

/// A whole number of either sign, also where the page wrote it as text.
fn signed(value: Option<&Value>) -> Option<i64> {
    match value? {
        Value::Number(number) => number.as_i64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}

fn flag(value: Option<&Value>) -> bool {
    match value {
        Some(Value::Bool(flag)) => *flag,
        Some(Value::String(text)) => text.eq_ignore_ascii_case("true"),
        _ => false,
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use platen_receipt::draw;
    use serde_json::json;

    /// A PNG of these rows, `#` black and anything else white.
    pub(in crate::dialect::qz) fn png(rows: &[&str]) -> Vec<u8> {
        let width = rows[0].len();
        let mut octets = Vec::new();
        for row in rows {
            for eight in row.as_bytes().chunks(8) {
                let dots = eight.iter().enumerate().filter(|(_, dot)| **dot == b'#');
                octets.push(dots.fold(0, |octet, (x, _)| octet | 0x80 >> x));
            }
        }
        let side = |side: usize| u32::try_from(side).unwrap();
        draw::png(&Bitmap::from_rows(side(width), side(rows.len()), octets))
    }

    pub(super) fn written(options: &Value, file: &[u8]) -> Result<Vec<u8>, String> {
        RawPicture::read(Some(options), Turn(0)).and_then(|picture| picture.octets(file))
    }

    #[test]
    fn every_language_has_its_bytes() {
        let file = png(&["##......#", "#........"]);
        let white = "0".repeat(6 * 4);
        for (options, expected) in [
            (json!({"language": "ZPL"}), b"^GFA,4,4,2,C0808000".to_vec()),
            (
                json!({"language": "zebra"}),
                b"^GFA,4,4,2,C0808000".to_vec(),
            ),
            (
                json!({"language": "EPL", "x": 12, "y": "7"}),
                b"GW12,7,2,2,\x3f\x7f\x7f\xff\n".to_vec(),
            ),
            (
                json!({"language": "Eltron"}),
                b"GW0,0,2,2,\x3f\x7f\x7f\xff\n".to_vec(),
            ),
            (
                json!({"language": "CPCL", "x": 1}),
                b"EG 2 2 1 0 C0808000\r\n".to_vec(),
            ),
            (
                json!({"language": "SATO"}),
                format!("\x1bGH002001C0808000{white}").into_bytes(),
            ),
            (
                json!({"language": "PGL", "logoId": "Shop 1"}),
                b"~LOGO;Shop 1;2;9;DOT\n1;1-2;9\n2;1\nEND\n".to_vec(),
            ),
            (
                json!({"language": "Printronix", "logoId": "A", "igpDots": true}),
                b"~LOGO;A;2;9\n1;1-2;9\n2;1\nEND\n".to_vec(),
            ),
            (
                json!({"language": "STAR"}),
                b"\x1b\x1dS\x01\x02\0\x02\0\0\xc0\x80\x80\0".to_vec(),
            ),
            (
                json!({"language": "TSPL", "y": 3}),
                b"BITMAP 0,3,2,2,0,\x3f\x7f\x7f\xff\r\n".to_vec(),
            ),
        ] {
            let octets = written(&options, &file).unwrap();
            assert_eq!(
                String::from_utf8_lossy(&octets),
                String::from_utf8_lossy(&expected),
                "{options}"
            );
        }
    }

    #[test]
    fn what_a_language_does_not_take_is_said() {
        let wide = png(&[&"#".repeat(241)]);
        for (options, expected) in [
            (
                json!({"language": "CPL"}),
                "CPL image conversion is not yet supported",
            ),
            (json!({}), "UNKNOWN image conversion is not yet supported"),
            (
                json!({"language": "PGL"}),
                "Printronix graphics require a logoId",
            ),
            (
                json!({"language": "PGL", "logoId": "a\n~EXECUTE;B"}),
                "Printronix graphics require a logoId",
            ),
            (
                json!({"language": "PGL", "logoId": "a", "igpDots": true}),
                "IGP dots is enabled; Size values HL/VL cannot exceed 240x252",
            ),
        ] {
            let error = written(&options, &wide).unwrap_err();
            assert!(error.starts_with(expected), "{error}");
        }
        let error = written(&json!({"language": "ZPL"}), b"no picture").unwrap_err();
        assert!(error.starts_with("the picture cannot be read"), "{error}");
    }

    #[test]
    fn which_pixels_are_black_is_the_pages_choice() {
        let black = |options: Value, pixel: [u8; 4]| Quantization::read(&options).is_black(&pixel);
        for (options, pixel, expected) in [
            (json!({}), [0, 0, 0, 255], true),
            (json!({}), [126, 126, 126, 255], true),
            (json!({}), [127, 127, 127, 255], false),
            (json!({}), [0, 0, 0, 126], false),
            (json!({}), [0, 0, 0, 127], true),
            // Red is dark, green is light.
            (json!({"quantization": "luma"}), [255, 0, 0, 255], true),
            (json!({"quantization": "LUMA"}), [0, 255, 0, 255], false),
            (json!({"threshold": "200"}), [0, 255, 0, 255], true),
            (json!({"quantization": "alpha"}), [255, 255, 255, 128], true),
            (json!({"quantization": "alpha"}), [0, 0, 0, 127], false),
            (json!({"quantization": "black"}), [0, 0, 0, 255], true),
            (json!({"quantization": "black"}), [1, 0, 0, 255], false),
            (json!({"quantization": "black"}), [0, 0, 0, 254], false),
        ] {
            assert_eq!(
                black(options.clone(), pixel),
                expected,
                "{options} {pixel:?}"
            );
        }
    }

    #[test]
    fn a_picture_is_dithered_where_the_page_says_so() {
        let file = png(&["#.#.", ".#.#"]);
        let octets = written(&json!({"language": "ZPL", "quantization": "dither"}), &file);
        assert_eq!(octets.unwrap(), b"^GFA,2,2,1,A050");
    }

    #[test]
    fn a_picture_is_turned_by_quarters() {
        let file = png(&["##.", "#.."]);
        for (degrees, expected) in [
            (0.0, "^GFA,2,2,1,C080"),
            (90.0, "^GFA,3,3,1,C04000"),
            (180.0, "^GFA,2,2,1,2060"),
            (-90.0, "^GFA,3,3,1,0080C0"),
            (630.0, "^GFA,3,3,1,0080C0"),
        ] {
            let turn = Turn::by_degrees(degrees).unwrap();
            let picture = RawPicture::read(Some(&json!({"language": "ZPL"})), turn).unwrap();
            let octets = picture.octets(&file).unwrap();
            assert_eq!(String::from_utf8_lossy(&octets), expected, "{degrees}");
        }
        assert!(Turn::by_degrees(45.0).is_err());
        assert!(Turn::by_degrees(f64::NAN).is_err());
    }
}
