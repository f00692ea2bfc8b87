//! Text and pictures to commands: the only place where octets are written.
//!
//! Each [`Op`] is plain; what must be switched before it is found here, so that
//! nothing is switched twice. Character sets are chosen over the whole receipt
//! (`code_table/choice.rs`).

use super::style::{Align, TextStyle};
use crate::code_table::{CharacterSet, CharacterSets, Placed};
use crate::command::{
    Argument, CharacterSize, Command, Justification, KanjiCodeSystem, Rotation, Switch, Underline,
};
use crate::profile::Multibyte;

/// Octets that begin commands of label printers, in whatever position. What
/// follows one of them is an underline set as it is: no change, but an end to
/// the command on every such printer.
const BEGIN_LABEL_COMMANDS: &[u8] = b"^~!{";

/// What stands on the paper, one after the other.
pub(super) enum Op {
    /// What follows stands there.
    Align(Align),
    /// Characters that the printer has, and blanks.
    Text {
        /// They.
        text: String,
        /// How they look.
        style: TextStyle,
    },
    /// Anything that needs no switching.
    Commands(Vec<Command>),
}

/// What brings a printer from an unknown state to the one that [`emit`] expects.
pub(super) const START: [Command; 2] = [
    Command::InitializePrinter,
    // The characters of ASCII, whatever the printer's switches say.
    Command::SelectInternationalCharacterSet(0),
];

/// Writes it all, for a printer that has had [`START`].
pub(super) fn emit(ops: Vec<Op>, sets: &CharacterSets) -> Vec<Command> {
    let text = ops.iter().flat_map(|op| {
        match op {
            Op::Text { text, .. } => text.as_str(),
            Op::Align(_) | Op::Commands(_) => "",
        }
        .chars()
    });
    let assigned = sets.assign(text);
    let mut emitter = Emitter {
        commands: Vec::new(),
        align: Align::Left,
        style: TextStyle::new(),
        set: None,
        multibyte: sets.multibyte(),
        table: None,
    };
    let mut assigned = assigned.into_iter();
    for op in ops {
        match op {
            Op::Align(align) => emitter.align(align),
            Op::Text { text, style } => {
                let all_blank = text.chars().all(|character| character == ' ');
                emitter.style(style, all_blank);
                for character in text.chars() {
                    emitter.character(character, assigned.next().flatten());
                }
            }
            Op::Commands(commands) => emitter.commands(commands),
        }
    }
    emitter.commands
}

struct Emitter {
    commands: Vec<Command>,
    align: Align,
    style: TextStyle,
    set: Option<CharacterSet>,
    multibyte: Option<Multibyte>,
    /// The table last selected, which two-byte characters do not change.
    table: Option<u8>,
}

impl Emitter {
    /// Where a printer reads two octets a character, the last of a text may take
    /// the next one with it: that of a command without data, which changes
    /// nothing, and not that of a picture.
    fn commands(&mut self, commands: Vec<Command>) {
        if let Some(Command::SelectBitImageMode { .. }) = commands.first()
            && let Some(Command::Text(octets)) = self.commands.last()
            && octets.last().is_some_and(|&octet| octet >= 0x80)
        {
            self.commands.push(underline(self.style.underline));
        }
        self.commands.extend(commands);
    }

    fn align(&mut self, align: Align) {
        if self.align != align {
            self.align = align;
            let justification = Justification::from(align);
            self.commands
                .push(Command::SelectJustification(justification.into()));
        }
    }

    /// Switches what is different. How bold a blank is, nobody sees.
    fn style(&mut self, style: TextStyle, all_blank: bool) {
        let now = self.style;
        if now.font != style.font {
            self.commands
                .push(Command::SelectCharacterFont(style.font.into()));
        }
        if (now.width, now.height) != (style.width, style.height) {
            let size = CharacterSize::new(style.width, style.height);
            self.commands.push(Command::SelectCharacterSize(size));
        }
        if now.bold != style.bold && !all_blank {
            self.commands
                .push(Command::TurnEmphasizedMode(switch(style.bold)));
        }
        if now.underline != style.underline {
            self.commands.push(underline(style.underline));
        }
        if now.inverse != style.inverse {
            self.commands
                .push(Command::TurnReverseMode(switch(style.inverse)));
        }
        if now.rotated != style.rotated {
            let rotation = if style.rotated {
                Rotation::Clockwise
            } else {
                Rotation::Off
            };
            self.commands.push(Command::TurnRotation(rotation.into()));
        }
        let bold = if all_blank { now.bold } else { style.bold };
        self.style = TextStyle { bold, ..style };
    }

    fn character(&mut self, character: char, placed: Option<Placed>) {
        match (character, placed) {
            (' '..='~', _) => {
                let mut octet = [0];
                character.encode_utf8(&mut octet);
                self.octets(&octet);
            }
            (_, Some(placed)) => {
                self.select(placed.set);
                self.octets(placed.octets());
            }
            // `compose` sends nothing else; a control character least of all.
            (_, None) => {}
        }
    }

    fn select(&mut self, set: CharacterSet) {
        if self.set == Some(set) {
            return;
        }
        let shift_jis = self.multibyte == Some(Multibyte::ShiftJis);
        match set {
            // Japanese models know these characters by their first octet, once told.
            CharacterSet::Multibyte if shift_jis => {
                let system = KanjiCodeSystem::ShiftJis.into();
                self.commands.push(Command::SelectKanjiCodeSystem(system));
            }
            CharacterSet::Multibyte => self.commands.push(Command::SelectKanjiMode),
            CharacterSet::Table(number) => {
                let from_two_octets = matches!(self.set, None | Some(CharacterSet::Multibyte));
                if from_two_octets && shift_jis {
                    let system = KanjiCodeSystem::Jis.into();
                    self.commands.push(Command::SelectKanjiCodeSystem(system));
                }
                // Printers made for East Asia would take two of these octets
                // for one character, and begin so.
                if from_two_octets {
                    self.commands.push(Command::CancelKanjiMode);
                }
                if self.table.replace(number) != Some(number) {
                    self.commands
                        .push(Command::SelectCharacterCodeTable(number));
                }
            }
        }
        self.set = Some(set);
    }

    fn octets(&mut self, octets: &[u8]) {
        if self.commands.last().is_some_and(ends_like_a_beginning) {
            self.commands.push(underline(self.style.underline));
        }
        match self.commands.last_mut() {
            Some(Command::Text(text)) => text.extend_from_slice(octets),
            _ => self.commands.push(Command::Text(octets.to_vec())),
        }
        if octets
            .iter()
            .any(|octet| BEGIN_LABEL_COMMANDS.contains(octet))
        {
            self.commands.push(underline(self.style.underline));
        }
    }
}

/// Whether a command ends in octets that, with text after them, would begin
/// a command of a label printer: `GS ! 20h` before `U1 setvar`.
fn ends_like_a_beginning(command: &Command) -> bool {
    match command {
        Command::SelectCharacterSize(size) => {
            matches!(size.0, b' ' | b'!' | b'^' | b'~' | b'{')
        }
        Command::PrintAndFeedLines(n) | Command::SelectCharacterCodeTable(n) => {
            BEGIN_LABEL_COMMANDS.contains(n)
        }
        // Text is kept apart where it is written; the others end in an
        // argument that is none of these, or in dots.
        _ => false,
    }
}

fn switch(on: bool) -> Argument<Switch> {
    if on { Switch::On } else { Switch::Off }.into()
}

fn underline(on: bool) -> Command {
    let underline = if on {
        Underline::OneDot
    } else {
        Underline::Off
    };
    Command::TurnUnderlineMode(underline.into())
}
