//! ZPL as ESC/POS: each label becomes a page, each field a thing at its place.
//!
//! Texts, codes and pictures are read; boxes and other drawing are not. Which
//! commands would change a printer is the business of `inspect`.

mod field;
mod graphic;

use super::{Reader, Translated};
use crate::code_table::CodeTable;
use crate::command::{CharacterEncoding, Command, CutMode};
use crate::profile::Profile;
use field::Field;

/// Labels are up to four inches wide where the job does not say it.
const WIDTH_DOTS: u16 = 832;
/// A label ends at least so far below its lowest field.
const MARGIN_DOTS: u16 = 64;

/// Whether a job begins as ZPL does.
pub(super) fn speaks(start: &[u8]) -> bool {
    let first = start.iter().position(|byte| !byte.is_ascii_whitespace());
    let start = &start[first.unwrap_or(start.len())..];
    matches!(start, [b'^' | b'~', letters @ ..] if letters.len() > 1)
        && start
            .windows(3)
            .any(|window| window.eq_ignore_ascii_case(b"^XA"))
}

/// The profile of a printer as wide as labels are.
pub(super) fn profile(profile: Profile) -> Profile {
    let width_dots = profile.width_dots.max(WIDTH_DOTS);
    let columns = width_dots / profile.font_a.width_dots.max(1);
    Profile {
        columns,
        width_dots,
        ..profile
    }
}

/// Takes a job apart.
pub(super) fn translate(job: &[u8]) -> Vec<Translated> {
    let mut reader = Reader::new(job);
    let mut label = Label::default();
    let mut pieces = Vec::new();
    while let Some(first) = reader.peek() {
        let offset = reader.position;
        let commands = if matches!(first, b'^' | b'~') {
            reader.position += 1;
            label.read(first, &mut reader)
        } else {
            skip_to_command(&mut reader);
            Vec::new()
        };
        pieces.push(Translated {
            offset,
            octets: reader.position - offset,
            commands,
        });
    }
    pieces
}

/// The parameters of a command: everything before the next one.
fn skip_to_command<'a>(reader: &mut Reader<'a>) -> &'a [u8] {
    let rest = &reader.job[reader.position..];
    let length = rest
        .iter()
        .position(|byte| matches!(byte, b'^' | b'~'))
        .unwrap_or(rest.len());
    reader.position += length;
    &rest[..length]
}

/// The label being put together.
#[derive(Debug)]
struct Label {
    field: Field,
    fields: Vec<Command>,
    home: (u16, u16),
    lowest_dots: u16,
    /// What pictures may still take in this job.
    picture_octets_left: usize,
    cuts: bool,
    encoding: Encoding,
    /// `^BY`: width of the narrowest bar, and height.
    module_dots: u8,
    bar_height_dots: u8,
    /// `^CF`: height of characters.
    height_dots: u16,
}

/// `^CI`: how texts are coded.
#[derive(Debug, Clone, Copy)]
enum Encoding {
    Table(CodeTable),
    Utf8,
}

impl Default for Label {
    fn default() -> Self {
        Self {
            field: Field::default(),
            fields: Vec::new(),
            home: (0, 0),
            lowest_dots: 0,
            picture_octets_left: graphic::OCTETS_MAX,
            cuts: false,
            encoding: Encoding::Table(CodeTable::Cp850),
            module_dots: 2,
            bar_height_dots: 10,
            height_dots: 24,
        }
    }
}

impl Label {
    fn read(&mut self, prefix: u8, reader: &mut Reader<'_>) -> Vec<Command> {
        let Some(name) = name(reader) else {
            return Vec::new();
        };
        if prefix == b'~' {
            skip_to_command(reader);
            return Vec::new();
        }
        if &name == b"GF" {
            if let Some(picture) = graphic::read(reader, &mut self.picture_octets_left) {
                self.place(30);
                self.fields.push(picture);
            }
            return Vec::new();
        }
        let text = skip_to_command(reader);
        let parameters = Parameters(text);
        match &name {
            b"XA" => {
                self.fields.clear();
                self.field = Field::default();
                self.lowest_dots = 0;
            }
            b"XZ" => return self.print(),
            b"LH" => self.home = (parameters.number(0), parameters.number(1)),
            b"FO" | b"FT" => self.field.position = (parameters.number(0), parameters.number(1)),
            b"MM" => self.cuts = text.first().is_some_and(|mode| b"Cc".contains(mode)),
            b"CI" => {
                self.encoding = match parameters.number(0) {
                    27 => Encoding::Table(CodeTable::Windows1252),
                    28..=30 => Encoding::Utf8,
                    _ => Encoding::Table(CodeTable::Cp850),
                };
            }
            b"CF" => self.height_dots = parameters.number(1).max(1),
            b"BY" => {
                if let Some(dots) = parameters.given(0) {
                    self.module_dots = u8::try_from(dots.clamp(1, 10)).unwrap_or(2);
                }
                if let Some(dots) = parameters.given(2) {
                    self.bar_height_dots = u8::try_from(dots.clamp(1, 255)).unwrap_or(u8::MAX);
                }
            }
            b"FH" => {
                let mark = text
                    .first()
                    .copied()
                    .filter(|byte| !byte.is_ascii_whitespace());
                self.field.hex_mark = Some(mark.unwrap_or(b'_'));
            }
            b"FD" | b"FV" | b"SN" => {
                let text = if &name == b"SN" {
                    parameters.text(0)
                } else {
                    text
                };
                self.field.data = self.field.unescape(text);
            }
            b"FS" => self.end_field(),
            [b'A', _] => self.field.height_dots = parameters.given(1),
            [b'B', kind] => self.field.code(*kind, &parameters),
            _ => {}
        }
        Vec::new()
    }

    fn place(&mut self, height_dots: u16) {
        let x = self.home.0.saturating_add(self.field.position.0);
        let y = self.home.1.saturating_add(self.field.position.1);
        self.lowest_dots = self.lowest_dots.max(y.saturating_add(height_dots));
        self.fields.push(Command::SetAbsoluteVerticalPosition(y));
        self.fields.push(Command::SetAbsolutePrintPosition(x));
    }

    fn end_field(&mut self) {
        let mut field = std::mem::take(&mut self.field);
        let position = field.position;
        if field.data.is_empty() {
            return;
        }
        self.field.position = position;
        let height_dots = field.height_dots.unwrap_or(self.height_dots);
        if field.is_code() {
            self.place(u16::from(self.bar_height_dots));
            let commands = field.code_commands(self.module_dots, self.bar_height_dots);
            self.fields.extend(commands);
        } else {
            let text = self.decode(&std::mem::take(&mut field.data));
            for (row, line) in text.split("\\&").enumerate() {
                let down = u16::try_from(row).unwrap_or(0).saturating_mul(height_dots);
                self.field.position = (position.0, position.1.saturating_add(down));
                self.place(height_dots);
                self.fields.extend(field::text_commands(line, height_dots));
            }
        }
        self.field = Field::default();
    }

    fn decode(&self, octets: &[u8]) -> String {
        match self.encoding {
            Encoding::Utf8 => String::from_utf8_lossy(octets).into_owned(),
            Encoding::Table(table) => octets.iter().map(|&byte| table.character(byte)).collect(),
        }
    }

    /// `^XZ`: the label as a page.
    fn print(&mut self) -> Vec<Command> {
        let fields = std::mem::take(&mut self.fields);
        if fields.is_empty() {
            return Vec::new();
        }
        let mut commands = vec![
            Command::SelectCharacterEncoding(CharacterEncoding::Utf8.into()),
            Command::SelectPageMode,
            Command::SetPrintAreaInPageMode {
                x: 0,
                y: 0,
                width: u16::MAX,
                height: self.lowest_dots.saturating_add(MARGIN_DOTS),
            },
        ];
        commands.extend(fields);
        commands.push(Command::FormFeed);
        if self.cuts {
            commands.push(Command::CutPaper(CutMode::Full.into()));
        }
        commands
    }
}

/// The two letters of a command, in capitals; of fonts and codes the second
/// says which.
fn name(reader: &mut Reader<'_>) -> Option<[u8; 2]> {
    let name = [reader.byte()?, reader.peek()?];
    if matches!(name[1], b'^' | b'~') {
        return None;
    }
    reader.position += 1;
    Some(name.map(|byte| byte.to_ascii_uppercase()))
}

/// Parameters between commas.
struct Parameters<'a>(&'a [u8]);

impl<'a> Parameters<'a> {
    fn text(&self, place: usize) -> &'a [u8] {
        self.0
            .split(|&byte| byte == b',')
            .nth(place)
            .unwrap_or_default()
    }

    fn given(&self, place: usize) -> Option<u16> {
        let text = std::str::from_utf8(self.text(place)).ok()?.trim();
        text.parse().ok()
    }

    fn number(&self, place: usize) -> u16 {
        self.given(place).unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use crate::{Dialect, Facts, Limits, Profile};

    fn facts(job: &[u8]) -> Facts {
        let profile = Dialect::Zpl.profile(Profile::default());
        let document = Dialect::Zpl.document(job, &profile, Limits::default());
        Facts::of(&document, &profile, &Limits::default())
    }

    #[test]
    fn texts_and_codes_of_a_label_are_found() {
        let job =
            b"^XA^CI28^FO30,20^A0N,40,40^FDK\xc3\xa4se^FS\n^FO30,80^BY3^BCN,100,Y,N,N^FD12345^FS\
            ^FO300,80^BQN,2,6^FDQA,https://example.org^FS^FO30,300^FH^FD_41_42^FS^XZ";
        let facts = facts(job);
        assert_eq!(facts.lines, ["K\u{e4}se", "AB"]);
        assert_eq!(
            (facts.barcodes[0].symbology, facts.barcodes[0].data.as_str()),
            ("CODE128", "12345")
        );
        assert_eq!(
            (facts.codes2d[0].symbology, facts.codes2d[0].data.as_str()),
            ("QR", "https://example.org")
        );
    }

    #[test]
    fn pictures_come_in_every_compression() {
        for data in [
            b"FF818181FF81FFFF".as_slice(),
            b"HFH81818100".as_slice(),
            b"FF81:::FF81FF:".as_slice(),
        ] {
            let job = [b"^XA^FO0,0^GFA,8,8,1,".as_slice(), data, b"^FS^XZ"].concat();
            let facts = facts(&job);
            assert_eq!(facts.images.len(), 1, "{data:?}");
            assert_eq!(facts.images[0].bitmap.width_dots(), 8);
        }
    }

    #[test]
    fn pictures_that_ask_for_much_with_few_letters_are_left_out() {
        let graphic = [b"^GFA,1,8000,8000,".as_slice(), b"!", &b":".repeat(1000)].concat();
        let facts = facts(&[b"^XA".as_slice(), &graphic.repeat(100), b"^XZ"].concat());
        assert!(facts.images.len() < 5, "{}", facts.images.len());
    }

    #[test]
    fn a_label_printer_with_a_cutter_cuts() {
        assert_eq!(facts(b"^XA^MMC^FDx^FS^XZ").cuts.len(), 1);
        assert_eq!(facts(b"^XA^FDx^FS^XZ").cuts.len(), 0);
    }
}
