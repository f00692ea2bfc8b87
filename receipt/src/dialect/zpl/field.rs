//! One field of a label: a text or a code.

use super::Parameters;
use crate::command::{
    BarcodeSystem, CharacterSize, Command, HriPosition, QrErrorCorrection, SymbolFunction,
    Symbology,
};

/// What `^FO` to `^FS` say.
#[derive(Debug, Default)]
pub(super) struct Field {
    pub(super) position: (u16, u16),
    pub(super) data: Vec<u8>,
    /// `^FH`: what marks two hexadecimal digits.
    pub(super) hex_mark: Option<u8>,
    /// `^A`: height of characters.
    pub(super) height_dots: Option<u16>,
    code: Option<Code>,
}

/// A code command, `^B` with its letter.
#[derive(Debug, Clone, Copy)]
struct Code {
    kind: u8,
    height_dots: Option<u16>,
    magnification: Option<u16>,
    shows_text: bool,
}

impl Field {
    pub(super) fn is_code(&self) -> bool {
        self.code.is_some()
    }

    /// `^B` and a letter.
    pub(super) fn code(&mut self, kind: u8, parameters: &Parameters<'_>) {
        if kind == b'Y' {
            return;
        }
        let (height, text) = match kind {
            b'3' | b'A' | b'K' | b'1' => (2, 3),
            _ => (1, 2),
        };
        self.code = Some(Code {
            kind,
            height_dots: parameters.given(height),
            magnification: parameters.given(2),
            shows_text: parameters.text(text) != b"N",
        });
    }

    /// Data with the hexadecimal digits of `^FH` resolved.
    pub(super) fn unescape(&self, text: &[u8]) -> Vec<u8> {
        let Some(mark) = self.hex_mark else {
            return text.to_vec();
        };
        let mut data = Vec::with_capacity(text.len());
        let mut rest = text;
        while let Some((&first, after)) = rest.split_first() {
            rest = after;
            let digits = (first == mark)
                .then(|| after.get(..2))
                .flatten()
                .and_then(|digits| std::str::from_utf8(digits).ok())
                .and_then(|digits| u8::from_str_radix(digits, 16).ok());
            match digits {
                Some(byte) => {
                    data.push(byte);
                    rest = &after[2..];
                }
                None => data.push(first),
            }
        }
        data
    }

    /// The commands that print the code.
    pub(super) fn code_commands(&self, module_dots: u8, bar_height_dots: u8) -> Vec<Command> {
        let Some(code) = self.code else {
            return Vec::new();
        };
        if let Some(symbology) = symbology(code.kind) {
            return self.symbol(code, symbology);
        }
        let Some(system) = system(code.kind).and_then(BarcodeSystem::new) else {
            return Vec::new();
        };
        let height_dots = code.height_dots.map_or(bar_height_dots, |dots| {
            u8::try_from(dots).unwrap_or(u8::MAX)
        });
        let position = if code.shows_text {
            HriPosition::Below
        } else {
            HriPosition::None
        };
        vec![
            Command::SetBarcodeHeight(height_dots),
            Command::SetBarcodeWidth(module_dots),
            Command::SelectHriPosition(position.into()),
            Command::PrintBarcode {
                system,
                data: bar_data(code.kind, &self.data),
            },
        ]
    }

    fn symbol(&self, code: Code, symbology: Symbology) -> Vec<Command> {
        let command = |function| Command::Symbol {
            symbology: symbology.into(),
            function,
        };
        let mut commands = Vec::new();
        let mut data = self.data.as_slice();
        if symbology == Symbology::Qr {
            let dots = code.magnification.unwrap_or(3).clamp(1, 16);
            commands.push(command(SymbolFunction::SetQrModuleSize(
                u8::try_from(dots).unwrap_or(3),
            )));
            // Error correction and input mode come before the data: `QA,`.
            if let [level, _, b',', rest @ ..] = data {
                let level = match level {
                    b'H' => QrErrorCorrection::H,
                    b'Q' => QrErrorCorrection::Q,
                    b'L' => QrErrorCorrection::L,
                    _ => QrErrorCorrection::M,
                };
                commands.push(command(SymbolFunction::SelectQrErrorCorrection(
                    level.into(),
                )));
                data = rest;
            }
        }
        commands.push(command(SymbolFunction::StoreData {
            m: 48,
            data: data.to_vec(),
        }));
        commands.push(command(SymbolFunction::Print { m: 48 }));
        commands
    }
}

/// The commands that print a text of this height.
pub(super) fn text_commands(text: &str, height_dots: u16) -> Vec<Command> {
    let times = u8::try_from((height_dots.saturating_add(12) / 24).clamp(1, 8)).unwrap_or(1);
    // A control character would be read as nothing; it never begins a command.
    let octets = text.replace(char::is_control, " ").into_bytes();
    vec![
        Command::SelectCharacterSize(CharacterSize::new(times, times)),
        Command::Text(octets),
    ]
}

fn symbology(kind: u8) -> Option<Symbology> {
    match kind {
        b'Q' => Some(Symbology::Qr),
        b'7' => Some(Symbology::Pdf417),
        b'X' => Some(Symbology::DataMatrix),
        b'0' | b'O' => Some(Symbology::Aztec),
        b'D' => Some(Symbology::MaxiCode),
        _ => None,
    }
}

/// The m of `GS k` for a bar code command.
fn system(kind: u8) -> Option<u8> {
    match kind {
        b'U' => Some(65),
        b'9' => Some(66),
        b'E' => Some(67),
        b'8' => Some(68),
        b'3' => Some(69),
        b'2' => Some(70),
        b'K' => Some(71),
        b'A' => Some(72),
        b'C' => Some(79),
        _ => None,
    }
}

/// Data without what only steers the printer: the code sets of CODE128 begin
/// with `>`.
fn bar_data(kind: u8, data: &[u8]) -> Vec<u8> {
    if kind != b'C' {
        return data.to_vec();
    }
    let mut out = Vec::with_capacity(data.len());
    let mut bytes = data.iter().copied();
    while let Some(byte) = bytes.next() {
        match byte {
            b'>' => match bytes.next() {
                Some(b'0') => out.push(b'>'),
                Some(b'=') => out.push(b'~'),
                // Start and change of code sets, function characters.
                Some(_) | None => {}
            },
            plain => out.push(plain),
        }
    }
    out
}
