//! Blocks to what stands on the paper of one printer.
//!
//! The decision for each run of characters is here: a set of the printer has
//! them, or they are drawn, in a strip beside the others or, where that is not
//! high enough, with the whole row as a picture.

use super::abilities;
use super::emit::{Op, START, emit};
use super::lettering;
use super::style::{Align, TextStyle};
use super::table::{PlacedLine, table};
use super::wrap::{Line, Unit, is_blank, width_dots, wrap};
use super::{Block, Composed, Rule, Symbol, SymbolKind};
use crate::code_table::CharacterSets;
use crate::command::{BitImageMode, Command, QrModel, SymbolFunction, Symbology};
use crate::font::Fonts;
use crate::image::language::escpos;
use crate::image::{Bitmap, Dither, GrayPicture};
use crate::profile::{Feature, Profile};

/// Writes blocks for a printer in an unknown state.
pub(super) fn compose(blocks: &[Block], profile: &Profile, fonts: &Fonts) -> Composed {
    let mut composer = Composer::new(profile, fonts);
    for block in blocks {
        composer.block(block);
    }
    Composed {
        commands: START.into_iter().chain(composer.emitted()).collect(),
        missing: composer.missing,
    }
}

/// Text in rows from the left edge, for a printer that has had [`START`] and
/// whose code table may be any.
pub(crate) fn text_rows(text: String, profile: &Profile, fonts: &Fonts) -> Vec<Command> {
    let mut composer = Composer::new(profile, fonts);
    composer.block(&Block::Text {
        align: Align::Left,
        text: text.into(),
    });
    composer.emitted()
}

struct Composer<'a> {
    profile: &'a Profile,
    fonts: &'a Fonts,
    sets: CharacterSets,
    ops: Vec<Op>,
    missing: String,
}

/// How a character comes on the paper.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Means {
    /// The printer has it.
    Printed,
    /// It is drawn.
    Drawn,
}

impl<'a> Composer<'a> {
    fn new(profile: &'a Profile, fonts: &'a Fonts) -> Self {
        Self {
            profile,
            fonts,
            sets: CharacterSets::new(profile),
            ops: Vec::new(),
            missing: String::new(),
        }
    }

    fn emitted(&mut self) -> Vec<Command> {
        emit(std::mem::take(&mut self.ops), &self.sets)
    }

    fn block(&mut self, block: &Block) {
        match block {
            Block::Text { align, text } => {
                for line in wrap(text, self.profile.width_dots.into(), self.profile) {
                    self.line(*align, vec![(0, line)]);
                }
            }
            Block::Row { columns, cells } => {
                for line in table(columns, cells, self.profile) {
                    self.line(Align::Left, line);
                }
            }
            Block::Rule(rule) => self.rule(*rule),
            Block::Barcode { align, barcode } => {
                let known = self.profile.has(Feature::LongBarcodes);
                self.code(*align, barcode.commands(), known);
            }
            Block::Symbol { align, symbol } => {
                // Readers want white around a code, and printers leave none.
                let quiet_dots = quiet_modules(symbol.kind).saturating_mul(symbol.module_dots);
                let quiet = Command::PrintAndFeedPaper(quiet_dots);
                self.command(quiet.clone());
                let known = abilities::has_symbol(self.profile, symbol);
                self.code(*align, symbol_commands(symbol), known);
                self.command(quiet);
            }
            Block::Picture {
                align,
                picture,
                dither,
                width_dots,
            } => {
                if let Some(bitmap) = self.fitted(picture, *dither, *width_dots) {
                    self.picture(*align, &bitmap);
                }
            }
            Block::Dots { align, bitmap } => self.picture(*align, bitmap),
            Block::Feed(rows) => self.command(Command::PrintAndFeedLines(*rows)),
            Block::Cut(mode) => self.command(abilities::cut(self.profile, *mode)),
            Block::OpenDrawer(_) if !self.profile.has(Feature::Drawer) => {}
            Block::OpenDrawer(pin) => self.command(Command::GeneratePulse {
                pin: (*pin).into(),
                // 120 ms on, 480 ms off: enough for every drawer's solenoid.
                on: 60,
                off: 240,
            }),
        }
    }

    /// A code by the printer's own commands, or as the dots they would give.
    fn code(&mut self, align: Align, commands: Vec<Command>, known: bool) {
        if known {
            self.ops.push(Op::Align(align));
            self.ops.push(Op::Commands(commands));
        } else if let Some(bitmap) = abilities::drawn(commands, self.profile, self.fonts) {
            self.picture(align, &bitmap);
        }
    }

    fn command(&mut self, command: Command) {
        self.ops.push(Op::Commands(vec![command]));
    }

    fn rule(&mut self, rule: Rule) {
        let character = match rule {
            Rule::Single => '─',
            Rule::Double => '═',
            Rule::Dashed => '-',
        };
        let text: String = std::iter::repeat_n(character, self.profile.columns.into()).collect();
        for line in wrap(&text.into(), self.profile.width_dots.into(), self.profile) {
            self.line(Align::Left, vec![(0, line)]);
        }
    }

    /// A picture in the width that is wanted, or that the paper has.
    fn fitted(
        &self,
        picture: &GrayPicture,
        dither: Dither,
        width_dots: Option<u32>,
    ) -> Option<Bitmap> {
        let paper = u32::from(self.profile.width_dots);
        let scaled = match width_dots {
            Some(width) => picture.scaled_to_width(width.clamp(1, paper)),
            None => picture.clone().fitted_to_width(paper),
        };
        // A narrow picture that would become absurdly long is left as it is.
        Some(scaled.as_ref().unwrap_or(picture).dithered(dither))
    }

    fn picture(&mut self, align: Align, bitmap: &Bitmap) {
        let Some(commands) = abilities::picture(self.profile, bitmap) else {
            return;
        };
        self.ops.push(Op::Align(align));
        self.ops.push(Op::Commands(commands));
    }

    /// A row of paper.
    fn line(&mut self, align: Align, parts: PlacedLine) {
        self.ops.push(Op::Align(align));
        let has_strips = abilities::has_strips_in_rows(self.profile);
        let must_be_picture = parts.iter().flat_map(|(_, line)| line).any(|unit| {
            let fits = has_strips && lettering::fits_a_strip(unit, self.profile);
            self.means(unit) == Means::Drawn && !fits
        });
        if must_be_picture {
            self.note_missing(&parts);
            let bitmap = lettering::row(&parts, self.profile, self.fonts);
            self.picture(align, &bitmap);
            return;
        }
        self.note_missing(&parts);
        let mut x = 0;
        for (place, line) in parts {
            self.move_to(&mut x, place);
            x += width_dots(&line);
            self.runs(&line);
        }
        self.command(Command::PrintAndLineFeed);
    }

    /// Goes to a place in the row: with blanks where they lead there.
    fn move_to(&mut self, x: &mut u32, place: u32) {
        let blank_dots = u32::from(self.profile.font_a.width_dots).max(1);
        let gap = place.saturating_sub(*x);
        if gap.is_multiple_of(blank_dots) {
            let blanks = " ".repeat((gap / blank_dots) as usize);
            self.text(blanks, TextStyle::new());
        } else {
            let place = u16::try_from(place).unwrap_or(u16::MAX);
            self.command(Command::SetAbsolutePrintPosition(place));
        }
        *x = place;
    }

    fn text(&mut self, text: String, style: TextStyle) {
        if text.is_empty() {
            return;
        }
        match self.ops.last_mut() {
            Some(Op::Text {
                text: before,
                style: same,
            }) if *same == style => before.push_str(&text),
            _ => self.ops.push(Op::Text { text, style }),
        }
    }

    fn runs(&mut self, line: &Line) {
        let means: Vec<Means> = self.joined_means(line);
        let mut start = 0;
        while start < line.len() {
            let same = |at: usize| line[at].style == line[start].style && means[at] == means[start];
            let end = (start..line.len())
                .find(|&at| !same(at))
                .unwrap_or(line.len());
            let run = &line[start..end];
            match means[start] {
                Means::Printed => {
                    let text = run.iter().flat_map(|unit| unit.text.chars());
                    let text = text
                        .filter_map(|character| self.printed(character))
                        .collect();
                    self.text(text, run[0].style);
                }
                Means::Drawn => {
                    let strip = lettering::strip(run, self.profile, self.fonts);
                    let mode = BitImageMode::TwentyFourDotsDouble;
                    self.ops
                        .push(Op::Commands(escpos::strip_in_row(&strip, mode)));
                }
            }
            start = end;
        }
    }

    /// How each character comes on the paper; a blank between drawn words is
    /// drawn with them.
    fn joined_means(&self, line: &Line) -> Vec<Means> {
        let mut means: Vec<Means> = line.iter().map(|unit| self.means(unit)).collect();
        for at in 1..line.len() {
            let next_ink = (at..line.len()).find(|&at| !line[at].is_blank());
            if line[at].is_blank()
                && means[at - 1] == Means::Drawn
                && next_ink.is_some_and(|next| means[next] == Means::Drawn)
            {
                means[at] = Means::Drawn;
            }
        }
        means
    }

    fn means(&self, unit: &Unit) -> Means {
        let shaped = unit.text.chars().any(needs_shaping)
            && unit.text.chars().all(|character| self.fonts.has(character));
        // `GS ! 55h` is `!U`, with which the settings of label printers begin, and
        // nothing after it ends them: who inspects the job would hear a command
        // in the text.
        let like_settings = matches!((unit.style.width, unit.style.height), (6 | 8, 6));
        if !shaped && !like_settings && unit.text.chars().all(|c| self.can_print(c)) {
            Means::Printed
        } else {
            Means::Drawn
        }
    }

    fn can_print(&self, character: char) -> bool {
        lettering::is_invisible(character)
            || self
                .printed(character)
                .is_some_and(|plain| self.sets.has(plain))
    }

    /// The character that is sent for one: itself, or one that looks the same.
    fn printed(&self, character: char) -> Option<char> {
        if lettering::is_invisible(character) {
            return None;
        }
        if is_blank(character) && character != '\u{3000}' {
            return Some(' ');
        }
        if self.sets.has(character) {
            return Some(character);
        }
        Some(match character {
            '\u{2010}' | '\u{2011}' | '\u{2212}' => '-',
            '\u{2013}' if self.sets.has('─') => '─',
            '\u{2019}' | '\u{2032}' => '\'',
            other => other,
        })
    }

    fn note_missing(&mut self, parts: &PlacedLine) {
        for unit in parts.iter().flat_map(|(_, line)| line) {
            if self.means(unit) == Means::Drawn {
                for character in unit.text.chars() {
                    let known = self.fonts.has(character)
                        || is_blank(character)
                        || lettering::is_invisible(character);
                    if !known && !self.missing.contains(character) {
                        self.missing.push(character);
                    }
                }
            }
        }
    }
}

/// Scripts whose letters change with their neighbors or stand above each
/// other, and marks: a printer's character sets have the letters, not the joining.
pub(crate) fn needs_shaping(character: char) -> bool {
    matches!(
        character,
        '\u{300}'..='\u{36f}' | '\u{591}'..='\u{5c7}' | '\u{600}'..='\u{7bf}' | '\u{8a0}'..='\u{109f}' | '\u{1780}'..='\u{17ff}'
            | '\u{fb50}'..='\u{fdff}' | '\u{fe70}'..='\u{fefc}'
    )
}

/// The white that a code's standard asks for above and below it.
fn quiet_modules(kind: SymbolKind) -> u8 {
    match kind {
        SymbolKind::Qr(_) => 4,
        SymbolKind::Pdf417 => 2,
        // Aztec needs none, but for text that touches it.
        SymbolKind::DataMatrix | SymbolKind::Aztec => 1,
    }
}

/// Sets a two-dimensional code up, stores its data and prints it.
fn symbol_commands(symbol: &Symbol) -> Vec<Command> {
    let module_dots = symbol.module_dots.clamp(1, 16);
    let other = |function, arguments: &[u8]| SymbolFunction::Other {
        function,
        arguments: arguments.to_vec(),
    };
    let (symbology, m, settings) = match symbol.kind {
        SymbolKind::Qr(level) => (
            Symbology::Qr,
            48,
            vec![
                SymbolFunction::SelectQrModel(QrModel::Model2.into(), 0),
                SymbolFunction::SetQrModuleSize(module_dots),
                SymbolFunction::SelectQrErrorCorrection(level.into()),
            ],
        ),
        SymbolKind::Pdf417 => (
            Symbology::Pdf417,
            48,
            vec![
                SymbolFunction::SetPdf417Columns(0),
                SymbolFunction::SetPdf417Rows(0),
                SymbolFunction::SetPdf417ModuleWidth(module_dots.clamp(2, 8)),
                SymbolFunction::SetPdf417RowHeight(3),
            ],
        ),
        // A square, as large as it must be.
        SymbolKind::DataMatrix => (
            Symbology::DataMatrix,
            48,
            vec![
                other(66, &[0, 0, 0]),
                other(67, &[module_dots.clamp(2, 16)]),
            ],
        ),
        SymbolKind::Aztec => (
            Symbology::Aztec,
            48,
            vec![other(66, &[0, 0]), other(67, &[module_dots.clamp(2, 16)])],
        ),
    };
    settings
        .into_iter()
        .chain([
            SymbolFunction::StoreData {
                m,
                data: symbol.data.clone(),
            },
            SymbolFunction::Print { m: 48 },
        ])
        .map(|function| Command::Symbol {
            symbology: symbology.into(),
            function,
        })
        .collect()
}
