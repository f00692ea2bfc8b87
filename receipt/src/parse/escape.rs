//! Commands that begin with `ESC`.

use super::cursor::{Cursor, Halt};
use super::vendor;
use crate::command::control::FF;
use crate::command::{
    Argument, BitImageMode, CharacterSize, Command, DrawerPin, KanjiPrintModes, Meaning, Prefix,
    PrintModes, VendorPulse, VendorSymbol,
};

/// `ESC D` takes up to 32 positions.
const TAB_POSITIONS_MAX: usize = 32;

/// Reads what follows `ESC`.
pub(super) fn read(cursor: &mut Cursor<'_>) -> Result<Command, Halt> {
    let at_prefix = cursor.unknown();
    let letter = cursor.byte()?;
    Ok(match letter {
        FF => Command::PrintPage,
        b' ' => Command::SetRightSideCharacterSpacing(cursor.byte()?),
        b'!' => Command::SelectPrintModes(PrintModes(cursor.byte()?)),
        b'$' => Command::SetAbsolutePrintPosition(cursor.word()?),
        // `ESC # # Q P I X n`: module size of QR codes (QS printers).
        b'#' => match cursor.byte()? {
            b'#' => other(cursor, 5)?,
            _ => return Err(cursor.unknown()),
        },
        b'%' => Command::SelectUserDefinedCharacters(argument(cursor)?),
        // No printer has characters of 48 octets a column: a drawer (Diebold).
        b'&' => match cursor.peek()? {
            b'0' | b'1' => Command::GenerateVendorPulse(VendorPulse::WithTimes {
                pin: argument(cursor)?,
                on: cursor.byte()?,
                off: cursor.byte()?,
            }),
            _ => user_defined_characters(cursor)?,
        },
        b'(' => length_prefixed(cursor, Prefix::Esc)?,
        b'*' => bit_image(cursor)?,
        b'-' => Command::TurnUnderlineMode(argument(cursor)?),
        b'2' => Command::SelectDefaultLineSpacing,
        b'3' => Command::SetLineSpacing(cursor.byte()?),
        b'4' => match cursor.peek_if_any()? {
            // One library switches it on and off with an argument.
            Some(0 | 1) => Command::TurnItalicMode(argument(cursor)?),
            _ => Command::SelectItalic,
        },
        b'5' => Command::CancelItalic,
        // Heating dots, time and interval of small 58 mm printers.
        b'7' => other(cursor, 3)?,
        b'<' => Command::ReturnHome,
        b'=' => Command::SelectPeripheralDevice(argument(cursor)?),
        b'?' => Command::CancelUserDefinedCharacter(cursor.byte()?),
        b'@' => Command::InitializePrinter,
        b'B' => Command::SoundBuzzer {
            times: cursor.byte()?,
            time: cursor.byte()?,
        },
        b'D' => match cursor.until_nul(TAB_POSITIONS_MAX)? {
            Some(columns) => Command::SetHorizontalTabPositions(columns.to_vec()),
            None => return Err(cursor.unknown()),
        },
        b'E' => match cursor.peek()? {
            0..=7 | b'0' | b'1' | 0x80.. => Command::TurnEmphasizedMode(argument(cursor)?),
            // No encoder writes these for on or off: here the command has no
            // argument, and this is the text or the next command.
            _ => Command::SelectEmphasizedMode,
        },
        b'F' => Command::CancelEmphasizedMode,
        b'G' => Command::TurnDoubleStrikeMode(argument(cursor)?),
        b'J' => Command::PrintAndFeedPaper(cursor.byte()?),
        b'K' => Command::PrintAndReverseFeed(cursor.byte()?),
        b'L' => Command::SelectPageMode,
        b'M' => Command::SelectCharacterFont(argument(cursor)?),
        b'R' => Command::SelectInternationalCharacterSet(cursor.byte()?),
        b'S' => Command::SelectStandardMode,
        b'T' => Command::SelectPrintDirection(argument(cursor)?),
        b'U' => Command::TurnUnidirectionalPrintMode(argument(cursor)?),
        b'V' => Command::TurnRotation(argument(cursor)?),
        b'W' => area_or_width(cursor)?,
        b'Z' => Command::PrintVendorSymbol(VendorSymbol::Selected {
            arguments: [cursor.byte()?, cursor.byte()?, cursor.byte()?],
            data: vendor::counted(cursor)?,
        }),
        b'\\' => Command::SetRelativePrintPosition(cursor.word()?.cast_signed()),
        b'a' => Command::SelectJustification(argument(cursor)?),
        b'b' => vendor::daruma_barcode(cursor)?,
        b'c' => match cursor.byte()? {
            b'5' => Command::EnablePanelButtons(argument(cursor)?),
            kind @ (b'3' | b'4') => Command::SelectPaperSensors {
                kind,
                n: cursor.byte()?,
            },
            // `ESC c 0`, `ESC c 1`: paper types of models with several.
            b'0' | b'1' => other(cursor, 1)?,
            _ => return Err(cursor.unknown()),
        },
        // Margins of older models.
        b'O' | b'Q' | b'l' => other(cursor, 1)?,
        b'j' => Command::SelectVendorJustification(argument(cursor)?),
        // Condensed off; double height or a cut, by what follows.
        b'H' => other(cursor, 0)?,
        b'w' => match cursor.peek_if_any()? {
            Some(0 | 1 | b'0' | b'1') => other(cursor, 1)?,
            _ => Command::CutVendorPaper,
        },
        0x80 => Command::GenerateVendorPulse(VendorPulse::Second {
            on_ms: cursor.byte()?,
        }),
        0x81 => vendor::daruma_qr(cursor)?,
        b'd' => Command::PrintAndFeedLines(cursor.byte()?),
        b'e' => Command::PrintAndReverseFeedLines(cursor.byte()?),
        b'i' => Command::PartialCutOnePoint,
        b'm' => Command::PartialCutThreePoints,
        b'p' => pulse(cursor)?,
        b'r' => Command::SelectPrintColor(argument(cursor)?),
        b't' => Command::SelectCharacterCodeTable(cursor.byte()?),
        // `ESC u n`, `ESC v`: status of drawer and paper sensor, older models.
        b'u' => other(cursor, 1)?,
        // Who asks the latter waits for the answer: it has no octet to wait for,
        // and one that makes it open a drawer is a command of its own.
        b'v' => other(cursor, 0)?,
        b'{' => Command::TurnUpsideDownMode(argument(cursor)?),
        // A control code after `ESC` is more likely the next command than a
        // part of one nobody knows: text after it stays text.
        0x00..=0x1F => return Err(at_prefix),
        _ => return Err(cursor.unknown()),
    })
}

pub(super) fn argument<T: Meaning>(cursor: &mut Cursor<'_>) -> Result<Argument<T>, Halt> {
    Ok(Argument::new(cursor.byte()?))
}

pub(super) fn character_size(cursor: &mut Cursor<'_>) -> Result<CharacterSize, Halt> {
    Ok(CharacterSize(cursor.byte()?))
}

pub(super) fn kanji_print_modes(cursor: &mut Cursor<'_>) -> Result<KanjiPrintModes, Halt> {
    Ok(KanjiPrintModes(cursor.byte()?))
}

/// A command of which only the length is known: `count` more bytes.
pub(super) fn other(cursor: &mut Cursor<'_>, count: u64) -> Result<Command, Halt> {
    cursor.take(count)?;
    Ok(Command::Other(cursor.whole().to_vec()))
}

/// `pL pH` and so many bytes, after the letter that names the command.
pub(super) fn length_prefixed(cursor: &mut Cursor<'_>, prefix: Prefix) -> Result<Command, Halt> {
    let letter = cursor.byte()?;
    let count = cursor.word()?;
    Ok(Command::LengthPrefixed {
        prefix,
        letter,
        data: cursor.take(count.into())?.to_vec(),
    })
}

/// `ESC W` with an area of page mode, or with one argument on makes where it
/// sets double width: no page area begins a thousand dots to the right.
fn area_or_width(cursor: &mut Cursor<'_>) -> Result<Command, Halt> {
    if matches!(cursor.peek()?, 0 | 1 | b'0' | b'1') && cursor.peek_at(1)? > 3 {
        return Ok(Command::TurnDoubleWidthMode(argument(cursor)?));
    }
    Ok(Command::SetPrintAreaInPageMode {
        x: cursor.word()?,
        y: cursor.word()?,
        width: cursor.word()?,
        height: cursor.word()?,
    })
}

/// `ESC p m t1 t2`. With another m it takes no argument: one make has it so,
/// and elsewhere what follows is printed all the same.
fn pulse(cursor: &mut Cursor<'_>) -> Result<Command, Halt> {
    let pin = Argument::<DrawerPin>::new(cursor.peek()?);
    if pin.meaning().is_none() {
        return other(cursor, 0);
    }
    Ok(Command::GeneratePulse {
        pin: argument(cursor)?,
        on: cursor.byte()?,
        off: cursor.byte()?,
    })
}

fn bit_image(cursor: &mut Cursor<'_>) -> Result<Command, Halt> {
    let mode = argument::<BitImageMode>(cursor)?;
    let octets_per_column = match mode.meaning() {
        Some(mode) => mode.octets_per_column(),
        // Densities of printers with other heads: known by their length.
        None => match mode.byte() {
            2..=7 => 1,
            34..=40 => 3,
            71..=73 => 6,
            _ => return Err(cursor.unknown()),
        },
    };
    let columns = cursor.word()?;
    let count = u64::from(columns) * u64::from(octets_per_column);
    Ok(Command::SelectBitImageMode {
        mode,
        columns,
        data: cursor.take(count)?.to_vec(),
    })
}

fn user_defined_characters(cursor: &mut Cursor<'_>) -> Result<Command, Halt> {
    let octets_per_column = cursor.byte()?;
    let first = cursor.byte()?;
    let last = cursor.byte()?;
    if first > last {
        return Err(cursor.unknown());
    }
    let start = cursor.position();
    for _ in first..=last {
        let width_dots = cursor.byte()?;
        cursor.take(u64::from(width_dots) * u64::from(octets_per_column))?;
    }
    Ok(Command::DefineUserDefinedCharacters {
        octets_per_column,
        first,
        last,
        data: cursor.whole()[start..].to_vec(),
    })
}
