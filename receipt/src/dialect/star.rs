//! Star line mode and StarPRNT as ESC/POS.
//!
//! Lengths of the commands are Star's (StarPRNT and Line Mode command
//! specifications); what prints nothing has no commands. Raster mode
//! (`ESC * r A` to `ESC * r B`) becomes one picture.

use super::{Reader, Translated};
use crate::command::control::{CAN, CR, ESC, FF, FS, GS, HT, LF, NUL};
use crate::command::{
    Argument, BarcodeSystem, BitImageMode, CharacterSize, Command, CutMode, DrawerPin, Font,
    HriPosition, Justification, QrErrorCorrection, QrModel, RasterScale, SymbolFunction, Symbology,
    Underline,
};
use crate::encode::encode;
use crate::parse::first_command;
use crate::profile::Profile;

const BEL: u8 = 0x07;
const SO: u8 = 0x0E;
const SI: u8 = 0x0F;
const DC2: u8 = 0x12;
const DC4: u8 = 0x14;
const EM: u8 = 0x19;
const SUB: u8 = 0x1A;
const RS: u8 = 0x1E;

/// The longest row of raster mode, in octets: more than any print head has.
const RASTER_OCTETS_MAX: usize = 512;
/// The most octets that all raster pages of a job may take, and what a row
/// takes besides its dots: rows of nothing are cheap to ask for.
const RASTER_PAGES_OCTETS_MAX: usize = 16 * 1024 * 1024;
const ROW_OCTETS: usize = 32;

/// Whether a job speaks Star's language: the first command that only one of
/// the two has decides, since what follows may be dots.
pub(super) fn speaks(start: &[u8]) -> bool {
    let mut before = 0;
    for window in start.windows(4) {
        match window {
            [ESC, b'*', b'r', b'A' | b'B' | b'C' | b'R']
            | [
                ESC,
                GS,
                b'a' | b't' | b'A' | b'R' | b'S' | b'x' | b'y' | 0x03,
                _,
            ]
            | [ESC, RS, b'F' | b'a' | b'd' | b'r' | b'C' | b'R', _] => return true,
            [
                GS,
                b'!' | b'(' | b'8' | b'B' | b'H' | b'L' | b'V' | b'W' | b'a' | b'f',
                _,
                _,
            ]
            | [GS, b'h' | b'k' | b'r' | b'v' | b'w', _, _]
            | [ESC, b'!' | b'M' | b't', _, _]
                if before != ESC =>
            {
                return false;
            }
            _ => {}
        }
        before = window[0];
    }
    false
}

/// The profile with the numbers of Star's code tables.
pub(super) fn profile(mut profile: Profile) -> Profile {
    if !profile.maker.starts_with("Star")
        && let Some(star) = Profile::named("TSP600")
    {
        profile.code_tables = star.code_tables;
    }
    profile
}

/// Takes a job apart.
pub(super) fn translate(job: &[u8]) -> Vec<Translated> {
    let mut reader = Reader::new(job);
    let mut star = Star::default();
    let mut pieces = Vec::new();
    while reader.peek().is_some() {
        let offset = reader.position;
        let commands = star.read(&mut reader).unwrap_or_else(|| {
            // The job ends inside a command.
            reader.position = job.len();
            Vec::new()
        });
        pieces.push(Translated {
            offset,
            octets: reader.position - offset,
            commands,
        });
    }
    if let Some(command) = star.raster.page() {
        pieces.push(Translated {
            offset: job.len(),
            octets: 0,
            commands: vec![command],
        });
    }
    pieces
}

/// What commands build up on.
#[derive(Debug, Default)]
struct Star {
    /// Width and height, less one.
    enlarged: (u8, u8),
    /// On and off times of the first drawer, where `ESC BEL` set them.
    pulse_tens_ms: Option<(u8, u8)>,
    raster: Raster,
}

/// Raster mode, and the rows of its page.
#[derive(Debug, Default)]
struct Raster {
    on: bool,
    rows: Vec<Vec<u8>>,
    /// Taken so far by all pages.
    octets: usize,
}

impl Raster {
    fn add(&mut self, row: &[u8]) {
        let row = &row[..row.len().min(RASTER_OCTETS_MAX)];
        self.octets = self.octets.saturating_add(row.len() + ROW_OCTETS);
        if self.octets <= RASTER_PAGES_OCTETS_MAX && self.rows.len() < usize::from(u16::MAX) {
            self.rows.push(row.to_vec());
        }
    }

    /// The page so far as a picture.
    fn page(&mut self) -> Option<Command> {
        let rows = std::mem::take(&mut self.rows);
        let width = rows.iter().map(Vec::len).max().filter(|&width| width > 0)?;
        // Short rows grow to the width of the widest.
        self.octets = self.octets.saturating_add(width * rows.len());
        if self.octets > RASTER_PAGES_OCTETS_MAX {
            return None;
        }
        let mut data = Vec::with_capacity(width * rows.len());
        for row in &rows {
            data.extend_from_slice(row);
            data.resize(data.len() + width - row.len(), 0);
        }
        Some(picture(
            u16::try_from(width).ok()?,
            u16::try_from(rows.len()).ok()?,
            data,
        ))
    }
}

impl Star {
    /// Reads one command or a run of text; `None` when the job ends in it.
    fn read(&mut self, reader: &mut Reader<'_>) -> Option<Vec<Command>> {
        if self.raster.on {
            return self.read_raster(reader);
        }
        let command = match reader.byte()? {
            LF => Command::PrintAndLineFeed,
            HT => Command::HorizontalTab,
            CR => return Some(Vec::new()),
            FF => Command::PrintAndLineFeed,
            CAN => Command::SetPositionToLineBeginning(0),
            SO => return Some(vec![self.enlarge(Some(1), None)]),
            DC4 => return Some(vec![self.enlarge(Some(0), None)]),
            SI => Command::TurnUpsideDownMode(Argument::new(1)),
            DC2 => Command::TurnUpsideDownMode(Argument::new(0)),
            BEL | FS => self.pulse(DrawerPin::Pin2),
            SUB | EM => self.pulse(DrawerPin::Pin5),
            ESC => return self.read_escape(reader),
            // Star has none; one library writes ESC/POS's among its own.
            GS => return Some(foreign(reader)),
            first @ (0x20.. | NUL..=0x1F) => {
                if first < 0x20 {
                    return Some(Vec::new());
                }
                let mut text = vec![first];
                while let Some(byte) = reader.peek().filter(|&byte| byte >= 0x20) {
                    text.push(byte);
                    reader.position += 1;
                }
                Command::Text(text)
            }
        };
        Some(vec![command])
    }

    fn enlarge(&mut self, width: Option<u8>, height: Option<u8>) -> Command {
        let times = |n: u8| if n >= b'0' { n - b'0' } else { n }.min(5);
        self.enlarged.0 = width.map_or(self.enlarged.0, times);
        self.enlarged.1 = height.map_or(self.enlarged.1, times);
        Command::SelectCharacterSize(CharacterSize::new(self.enlarged.0 + 1, self.enlarged.1 + 1))
    }

    fn pulse(&self, pin: DrawerPin) -> Command {
        // 200 ms where nothing else is set; ESC/POS counts in 2 ms.
        let (on, off) = self.pulse_tens_ms.unwrap_or((20, 20));
        Command::GeneratePulse {
            pin: pin.into(),
            on: on.saturating_mul(5),
            off: off.saturating_mul(5),
        }
    }

    #[allow(clippy::too_many_lines)] // one arm a command: the table of what Star's commands do
    fn read_escape(&mut self, reader: &mut Reader<'_>) -> Option<Vec<Command>> {
        let skip = |reader: &mut Reader<'_>, count: usize| {
            reader.take(count)?;
            Some(Vec::new())
        };
        let command = match reader.byte()? {
            b'@' => {
                self.enlarged = (0, 0);
                Command::InitializePrinter
            }
            b'E' | b'G' => Command::TurnEmphasizedMode(Argument::new(1)),
            b'F' | b'H' => Command::TurnEmphasizedMode(Argument::new(0)),
            b'4' => Command::TurnReverseMode(Argument::new(1)),
            b'5' => Command::TurnReverseMode(Argument::new(0)),
            b'-' => match reader.byte()? {
                1 | b'1' => Command::TurnUnderlineMode(Underline::OneDot.into()),
                _ => Command::TurnUnderlineMode(Underline::Off.into()),
            },
            SO => self.enlarge(None, Some(1)),
            DC4 => self.enlarge(None, Some(0)),
            b'i' => {
                let (height, width) = (reader.byte()?, reader.byte()?);
                self.enlarge(Some(width), Some(height))
            }
            b'W' => {
                let n = reader.byte()?;
                self.enlarge(Some(n), None)
            }
            b'h' => {
                let n = reader.byte()?;
                self.enlarge(None, Some(n))
            }
            b' ' => {
                let n = reader.byte()?;
                Command::SetRightSideCharacterSpacing(if n >= b'0' { n - b'0' } else { n })
            }
            b'R' => Command::SelectInternationalCharacterSet(international(reader.byte()?)),
            b'a' => Command::PrintAndFeedLines(reader.byte()?),
            b'J' => Command::PrintAndFeedPaper(reader.byte()?.saturating_mul(2)),
            b'I' => Command::PrintAndFeedPaper(reader.byte()?),
            b'z' => Command::SetLineSpacing(match reader.byte()? {
                1 | b'1' => 32,
                _ => 24,
            }),
            b'0' => Command::SetLineSpacing(24),
            b'1' => Command::SetLineSpacing(32),
            b'd' => {
                let n = reader.byte()? & 3;
                let mode = if n & 1 == 1 {
                    CutMode::Partial
                } else {
                    CutMode::Full
                };
                if n < 2 {
                    Command::CutPaper(mode.into())
                } else {
                    Command::FeedAndCutPaper {
                        mode,
                        feed_units: 0,
                    }
                }
            }
            b'D' => Command::SetHorizontalTabPositions(reader.until(NUL)?.to_vec()),
            b'l' => {
                // In characters of font A.
                let n = reader.byte()?;
                Command::SetLeftMargin(u16::from(n) * 12)
            }
            b'p' => Command::SelectKanjiMode,
            b'q' => Command::CancelKanjiMode,
            b'$' => Command::SelectKanjiCodeSystem(Argument::new(reader.byte()?)),
            b'b' => return barcode(reader),
            b'X' => {
                let columns = reader.word()?;
                strip(BitImageMode::TwentyFourDotsDouble, columns, reader)?
            }
            b'K' => {
                let columns = reader.word()?;
                strip(BitImageMode::EightDotsSingle, columns, reader)?
            }
            b'L' => {
                let columns = reader.word()?;
                strip(BitImageMode::EightDotsDouble, columns, reader)?
            }
            b'k' => {
                let width = reader.word()?;
                rows_as_strip(width, reader.take(usize::from(width) * 24)?)
            }
            b'*' => return self.read_raster_command(reader),
            BEL => {
                self.pulse_tens_ms = Some((reader.byte()?, reader.byte()?));
                return Some(Vec::new());
            }
            FS => match reader.byte()? {
                b'p' => {
                    let n = reader.byte()?;
                    let scale = Argument::new(reader.byte()?);
                    Command::PrintNvBitImage { n, scale }
                }
                _ => return Some(Vec::new()),
            },
            GS => return self.read_group(reader),
            RS => match reader.byte()? {
                b'F' => Command::SelectCharacterFont(match reader.byte()? {
                    0 | b'0' | 16 => Font::A.into(),
                    1 | b'1' | 17 => Font::B.into(),
                    _ => Font::C.into(),
                }),
                b'L' => return skip(reader, 2),
                _ => return skip(reader, 1),
            },
            b'B' => {
                reader.until(NUL)?;
                return Some(Vec::new());
            }
            b'&' => return skip(reader, 51),
            // Room of two-byte characters.
            b's' | b't' => return skip(reader, 2),
            0x06 | b'r' | b'Q' | b'A' | b'3' | b'_' | b'C' | b'N' | b'%' | b'c' | b'u' | b'U'
            | b'x' | b'y' | b'=' | 0x05 => return skip(reader, 1),
            b'#' => {
                reader.until(NUL)?;
                return Some(Vec::new());
            }
            // No arguments: pitches, home, `ESC 2`, status.
            _ => return Some(Vec::new()),
        };
        Some(vec![command])
    }

    fn read_group(&mut self, reader: &mut Reader<'_>) -> Option<Vec<Command>> {
        let command = match reader.byte()? {
            b'a' => Command::SelectJustification(Argument::<Justification>::new(reader.byte()?)),
            b't' => Command::SelectCharacterCodeTable(reader.byte()?),
            b'A' => Command::SetAbsolutePrintPosition(reader.word()?),
            b'R' => Command::SetRelativePrintPosition(reader.word()?.cast_signed()),
            b'S' => {
                let _mode = reader.byte()?;
                let width = reader.word()?;
                let height = reader.word()?;
                let _color = reader.byte()?;
                let data = reader.take(usize::from(width) * usize::from(height))?;
                picture(width, height, data.to_vec())
            }
            b'y' => return qr(reader),
            b'x' => return pdf417(reader),
            b')' | b'(' => {
                reader.byte()?;
                let count = reader.word()?;
                reader.take(count.into())?;
                return Some(Vec::new());
            }
            b'#' => {
                reader.take(8)?;
                return Some(Vec::new());
            }
            0x03 => {
                reader.take(3)?;
                return Some(Vec::new());
            }
            BEL => {
                reader.take(3)?;
                return Some(Vec::new());
            }
            EM => {
                reader.take(4)?;
                return Some(Vec::new());
            }
            b'b' | b'c' | b'e' | b'V' => {
                reader.take(1)?;
                return Some(Vec::new());
            }
            b'P' => {
                let count = match reader.byte()? {
                    2 | b'2' => 1,
                    3 | b'3' => 8,
                    4 | b'4' | 5 | b'5' => 2,
                    _ => 0,
                };
                reader.take(count)?;
                return Some(Vec::new());
            }
            _ => return Some(Vec::new()),
        };
        Some(vec![command])
    }

    /// `ESC * r ...`, in raster mode and before it.
    fn read_raster_command(&mut self, reader: &mut Reader<'_>) -> Option<Vec<Command>> {
        if reader.byte()? != b'r' {
            return Some(Vec::new());
        }
        Some(match reader.byte()? {
            b'A' => {
                self.raster.on = true;
                Vec::new()
            }
            b'B' => {
                self.raster.on = false;
                self.raster.page().into_iter().collect()
            }
            b'R' => {
                self.raster.on = false;
                self.raster.rows.clear();
                Vec::new()
            }
            b'C' => {
                self.raster.rows.clear();
                Vec::new()
            }
            b'Y' => {
                // White rows.
                let text = reader.until(NUL)?;
                let rows = std::str::from_utf8(text).ok().and_then(|n| n.parse().ok());
                for _ in 0..rows.unwrap_or(0u16) {
                    if self.raster.octets > RASTER_PAGES_OCTETS_MAX {
                        break;
                    }
                    self.raster.add(&[]);
                }
                Vec::new()
            }
            b'D' => {
                // Drawers: 1, 2 or both.
                match reader.until(NUL)? {
                    b"1" => vec![self.pulse(DrawerPin::Pin2)],
                    b"2" => vec![self.pulse(DrawerPin::Pin5)],
                    _ => Vec::new(),
                }
            }
            _ => {
                reader.until(NUL)?;
                Vec::new()
            }
        })
    }

    fn read_raster(&mut self, reader: &mut Reader<'_>) -> Option<Vec<Command>> {
        match reader.byte()? {
            kind @ (b'b' | b'k') => {
                let count = reader.word()?;
                let row = reader.take(count.into())?;
                self.raster.add(row);
                if kind == b'k' {
                    // Without moving on: more of the same row follows.
                    return Some(Vec::new());
                }
                Some(Vec::new())
            }
            ESC => match reader.byte()? {
                b'*' => self.read_raster_command(reader),
                FF => {
                    reader.byte()?;
                    Some(self.raster.page().into_iter().collect())
                }
                _ => Some(Vec::new()),
            },
            BEL | FS => Some(vec![self.pulse(DrawerPin::Pin2)]),
            SUB | EM => Some(vec![self.pulse(DrawerPin::Pin5)]),
            _ => Some(Vec::new()),
        }
    }
}

fn picture(width_octets: u16, height_dots: u16, data: Vec<u8>) -> Command {
    Command::PrintRasterBitImage {
        scale: RasterScale::Normal.into(),
        width_octets,
        height_dots,
        data,
    }
}

fn strip(mode: BitImageMode, columns: u16, reader: &mut Reader<'_>) -> Option<Command> {
    let octets = usize::from(columns) * usize::from(mode.octets_per_column());
    Some(Command::SelectBitImageMode {
        mode: mode.into(),
        columns,
        data: reader.take(octets)?.to_vec(),
    })
}

/// `ESC k`: 24 rows, which stand in the line as a strip of columns does.
fn rows_as_strip(width_octets: u16, rows: &[u8]) -> Command {
    let width = usize::from(width_octets);
    let mut data = vec![0; width * 8 * 3];
    for (y, row) in rows.chunks_exact(width.max(1)).enumerate() {
        for x in 0..width * 8 {
            if row[x / 8] & (0x80 >> (x % 8)) != 0 {
                data[x * 3 + y / 8] |= 0x80 >> (y % 8);
            }
        }
    }
    Command::SelectBitImageMode {
        mode: BitImageMode::TwentyFourDotsDouble.into(),
        columns: width_octets.saturating_mul(8),
        data,
    }
}

/// Star counts Latin America as 12 like Epson, and Korea as 13; both also as
/// characters.
fn international(n: u8) -> u8 {
    match n {
        b'0'..=b'9' => n - b'0',
        b'A'..=b'F' => n - b'A' + 10,
        other => other,
    }
}

/// A command of ESC/POS that begins with `GS`, which has been read; nothing for
/// one that nobody knows.
fn foreign(reader: &mut Reader<'_>) -> Vec<Command> {
    let start = reader.position - 1;
    match first_command(&reader.job[start..]) {
        None | Some(Command::Unknown(_)) => Vec::new(),
        Some(command) => {
            reader.position = start + encode(std::slice::from_ref(&command)).len();
            vec![command]
        }
    }
}

/// `ESC b n1 n2 n3 n4 d RS`.
fn barcode(reader: &mut Reader<'_>) -> Option<Vec<Command>> {
    let number = |n: u8| if n >= b'0' { n - b'0' } else { n };
    let kind = number(reader.byte()?);
    let hri = number(reader.byte()?);
    let width = number(reader.byte()?);
    let height = reader.byte()?;
    let data = reader.until(RS)?;
    let (m, data) = match kind {
        0 => (66, data.to_vec()),
        1 => (65, data.to_vec()),
        2 => (68, data.to_vec()),
        3 => (67, data.to_vec()),
        4 => (69, data.to_vec()),
        5 => (70, data.to_vec()),
        6 => (79, code128(data)),
        7 => (72, data.to_vec()),
        8 => (71, data.to_vec()),
        9 => (74, data.to_vec()),
        10..=13 => (65 + kind, data.to_vec()),
        _ => return Some(Vec::new()),
    };
    let system = BarcodeSystem::new(m)?;
    let position = match hri {
        2 | 4 => HriPosition::Below,
        _ => HriPosition::None,
    };
    Some(vec![
        Command::SelectHriPosition(position.into()),
        Command::SetBarcodeHeight(height),
        Command::SetBarcodeWidth(1 + (width + 2) % 3 + 1),
        Command::PrintBarcode { system, data },
    ])
}

/// Star's CODE128 data write what is no text with a percent sign.
fn code128(data: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(data.len());
    let mut bytes = data.iter().copied();
    while let Some(byte) = bytes.next() {
        match byte {
            b'%' => match bytes.next() {
                Some(b'0') => out.push(b'%'),
                Some(b'5') => out.push(0x7F),
                Some(letter @ b'@'..=b'_') => out.push(letter - b'@'),
                // Function characters and code sets.
                Some(_) | None => {}
            },
            plain => out.push(plain),
        }
    }
    out
}

/// `ESC GS y ...`: QR codes.
fn qr(reader: &mut Reader<'_>) -> Option<Vec<Command>> {
    let function = match reader.byte()? {
        b'S' => {
            let kind = reader.byte()?;
            let n = reader.byte()?;
            match kind {
                0 | b'0' => {
                    let model = if n == 1 {
                        QrModel::Model1
                    } else {
                        QrModel::Model2
                    };
                    SymbolFunction::SelectQrModel(model.into(), 0)
                }
                1 | b'1' => SymbolFunction::SelectQrErrorCorrection(
                    match n {
                        0 => QrErrorCorrection::L,
                        1 => QrErrorCorrection::M,
                        2 => QrErrorCorrection::Q,
                        _ => QrErrorCorrection::H,
                    }
                    .into(),
                ),
                _ => SymbolFunction::SetQrModuleSize(n),
            }
        }
        b'D' => {
            reader.byte()?;
            reader.byte()?;
            store_data(reader)?
        }
        b'P' => SymbolFunction::Print { m: 48 },
        _ => return Some(Vec::new()),
    };
    Some(symbol(Symbology::Qr, function))
}

/// Two octets of length and the data of a symbol.
fn store_data(reader: &mut Reader<'_>) -> Option<SymbolFunction> {
    let count = reader.word()?;
    Some(SymbolFunction::StoreData {
        m: 48,
        data: reader.take(count.into())?.to_vec(),
    })
}

fn symbol(symbology: Symbology, function: SymbolFunction) -> Vec<Command> {
    vec![Command::Symbol {
        symbology: symbology.into(),
        function,
    }]
}

/// `ESC GS x ...`: PDF417.
fn pdf417(reader: &mut Reader<'_>) -> Option<Vec<Command>> {
    let function = match reader.byte()? {
        b'S' => match reader.byte()? {
            0 | b'0' => {
                reader.take(3)?;
                return Some(Vec::new());
            }
            1 | b'1' => SymbolFunction::SetPdf417ErrorCorrection {
                m: 48,
                n: 48 + reader.byte()?.min(8),
            },
            2 | b'2' => SymbolFunction::SetPdf417ModuleWidth(reader.byte()?),
            _ => SymbolFunction::SetPdf417RowHeight(reader.byte()?),
        },
        b'D' => store_data(reader)?,
        b'P' => SymbolFunction::Print { m: 48 },
        _ => return Some(Vec::new()),
    };
    Some(symbol(Symbology::Pdf417, function))
}

#[cfg(test)]
mod tests {
    use crate::{Dialect, Facts, Limits, Profile, document_text};

    fn text(job: &[u8]) -> String {
        let profile = Dialect::Star.profile(Profile::default());
        let document = Dialect::Star.document(job, &profile, Limits::default());
        document_text(&document, &profile, &Limits::default())
    }

    #[test]
    fn a_star_receipt_reads_like_any_other() {
        let job = b"\x1b@\x1b\x1da\x01\x1bEShop\x1bF\n\x1b\x1da\x00\x1b\x1dt\x04\x1bi\x01\x01Tea \xd5\x1bi\x00\x00\n\x1bd\x02";
        assert_eq!(text(job).trim_start(), "Shop\nT e a   \u{20ac}\n[cut]\n");
    }

    #[test]
    fn codes_and_drawers_of_star_are_found() {
        let job = b"\x1bb\x03\x02\x02<4006381333931\x1e\x1b\x1dyS0\x02\x1b\x1dyD1\x00\x02\x00ab\x1b\x1dyP\x1b\x07\x14\x1e\x07\x1bd\x03";
        let profile = Dialect::Star.profile(Profile::default());
        let document = Dialect::Star.document(job, &profile, Limits::default());
        let facts = Facts::of(&document, &profile, &Limits::default());
        assert_eq!(facts.barcodes[0].data, "4006381333931");
        assert_eq!(facts.codes2d[0].data, "ab");
        assert_eq!((facts.drawer[0].on_ms, facts.drawer[0].off_ms), (200, 300));
        assert_eq!(facts.cuts.len(), 1);
    }

    #[test]
    fn commands_of_escpos_among_those_of_star_are_read() {
        assert_eq!(
            text(b"\x1b\x1dt\x00\x1d!\x10a\x1d!\x00b\x1dB\x00\n\x1dV0\x1d\x01c\x1d"),
            "a b\n[cut]\nc\n"
        );
    }

    #[test]
    fn raster_mode_is_one_picture() {
        assert_eq!(
            text(b"\x1b*rA\x1b*rP0\x00b\x02\x00\xff\x00b\x01\x00\x80\x1b*rB\x1bd\x03"),
            "[image 16x2]\n[cut]\n"
        );
        assert_eq!(
            text(b"\x1b\x1dS\x01\x01\x00\x02\x00\x00\xff\x81"),
            "[image 8x2]\n"
        );
    }

    #[test]
    fn raster_pages_that_ask_for_much_with_few_letters_are_left_out() {
        let page = b"\x1b*rAb\x01\x00\xff\x1b*rY65535\x00\x1b*rB";
        let profile = Profile::default();
        let document = Dialect::Star.document(&page.repeat(200), &profile, Limits::default());
        let facts = Facts::of(&document, &profile, &Limits::default());
        assert!(
            (1..20).contains(&facts.images.len()),
            "{}",
            facts.images.len()
        );
    }
}
