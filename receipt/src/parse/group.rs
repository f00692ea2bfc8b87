//! Commands that begin with `GS`.

use super::cursor::{Cursor, Halt};
use super::escape::{argument, character_size, length_prefixed, other};
use super::vendor;
use crate::command::control::NUL;
use crate::command::{
    Argument, BarcodeSystem, Command, CutMode, GraphicsForm, GraphicsFunction, Prefix,
    SymbolFunction,
};

/// The longest data of a barcode that ends with NUL: as many as the form with a
/// length can say.
const BARCODE_OCTETS_MAX: usize = 255;

/// `GS C ;` has five numbers of up to five digits, each with its semicolon.
const COUNTER_OCTETS_MAX: usize = 40;

/// Reads what follows `GS`.
pub(super) fn read(cursor: &mut Cursor<'_>) -> Result<Command, Halt> {
    let at_prefix = cursor.unknown();
    let letter = cursor.byte()?;
    Ok(match letter {
        b'!' => Command::SelectCharacterSize(character_size(cursor)?),
        b'$' => Command::SetAbsoluteVerticalPosition(cursor.word()?),
        b'(' => function(length_prefixed(cursor, Prefix::Gs)?),
        b'*' => {
            let width_octets = cursor.byte()?;
            let height_octets = cursor.byte()?;
            let count = u64::from(width_octets) * u64::from(height_octets) * 8;
            Command::DefineDownloadedBitImage {
                width_octets,
                height_octets,
                data: cursor.take(count)?.to_vec(),
            }
        }
        b'/' => Command::PrintDownloadedBitImage(argument(cursor)?),
        b'8' => long_function(cursor)?,
        b':' => Command::StartOrEndMacro,
        // `GS A m n`: adjust a position in label printing.
        b'A' => other(cursor, 2)?,
        b'B' => Command::TurnReverseMode(argument(cursor)?),
        b'C' => counter(cursor)?,
        // `GS E n`: printing speed.
        b'E' => other(cursor, 1)?,
        b'H' => Command::SelectHriPosition(argument(cursor)?),
        b'I' => Command::TransmitPrinterId(cursor.byte()?),
        b'L' => Command::SetLeftMargin(cursor.word()?),
        b'P' => Command::SetMotionUnits {
            x: cursor.byte()?,
            y: cursor.byte()?,
        },
        b'Q' => variable_bit_image(cursor)?,
        b'T' => Command::SetPositionToLineBeginning(cursor.byte()?),
        b'V' => cut(cursor)?,
        b'W' => Command::SetPrintAreaWidth(cursor.word()?),
        b'Z' => Command::SelectVendorSymbology(cursor.byte()?),
        b'\\' => Command::SetRelativeVerticalPosition(cursor.word()?.cast_signed()),
        b'^' => Command::ExecuteMacro {
            times: cursor.byte()?,
            wait: cursor.byte()?,
            mode: cursor.byte()?,
        },
        b'a' => Command::EnableAutomaticStatusBack(cursor.byte()?),
        b'b' => Command::TurnSmoothingMode(argument(cursor)?),
        // `GS c`: print the serial counter.
        b'c' => other(cursor, 0)?,
        b'f' => Command::SelectHriFont(argument(cursor)?),
        // `GS g 0 m nL nH`, `GS g 2 m nL nH`: maintenance counters.
        b'g' => other(cursor, 4)?,
        b'h' => Command::SetBarcodeHeight(cursor.byte()?),
        // `GS j n`: ink status.
        b'j' => other(cursor, 1)?,
        b'k' => barcode(cursor)?,
        // `GS o 0 s 0 t`: module size and type of QR codes (Elgin).
        b'o' => other(cursor, 4)?,
        b'p' => vendor::seiko_qr(cursor)?,
        b'r' => Command::TransmitStatus(cursor.byte()?),
        b'v' => raster_bit_image(cursor)?,
        b'w' => Command::SetBarcodeWidth(cursor.byte()?),
        // `GS z 0 t1 t2`: waiting times.
        b'z' => other(cursor, 3)?,
        b'|' => Command::SetPrintDensity(cursor.byte()?),
        // Character set and command set of Bematech.
        0xF9 => other(cursor, 2)?,
        0x00..=0x1F => return Err(at_prefix),
        _ => return Err(cursor.unknown()),
    })
}

/// Reads the functions of `GS ( k` and `GS ( L` out of a whole command; what
/// does not have their form stays as it is.
fn function(command: Command) -> Command {
    let Command::LengthPrefixed { letter, data, .. } = &command else {
        return command;
    };
    match (letter, data.as_slice()) {
        (b'k', [symbology, function, arguments @ ..]) => {
            let symbology = Argument::new(*symbology);
            Command::Symbol {
                symbology,
                function: SymbolFunction::read(symbology, *function, arguments),
            }
        }
        (b'L', [48, function, arguments @ ..]) => Command::Graphics {
            form: GraphicsForm::Short,
            function: GraphicsFunction::read(*function, arguments),
        },
        _ => command,
    }
}

/// `GS 8 L p1 p2 p3 p4 m fn ...`.
fn long_function(cursor: &mut Cursor<'_>) -> Result<Command, Halt> {
    let letter = cursor.byte()?;
    if letter != b'L' {
        return Err(cursor.unknown());
    }
    let count = cursor.long()?;
    let data = cursor.take(count.into())?;
    Ok(match data {
        [48, function, arguments @ ..] => Command::Graphics {
            form: GraphicsForm::Long,
            function: GraphicsFunction::read(*function, arguments),
        },
        _ => Command::Other(cursor.whole().to_vec()),
    })
}

fn barcode(cursor: &mut Cursor<'_>) -> Result<Command, Halt> {
    let m = cursor.byte()?;
    match m {
        11 => return vendor::qr_with_nul(cursor),
        81 => return vendor::qr_with_length(cursor),
        _ => {}
    }
    let Some(system) = BarcodeSystem::new(m) else {
        return Err(cursor.unknown());
    };
    let data = if system.ends_with_nul() {
        let at_data = cursor.unknown();
        match cursor.until_nul(BARCODE_OCTETS_MAX)? {
            // None of these codes has control characters: this is no barcode,
            // and what follows is read as if the command had not been there.
            Some(data) if data.iter().any(|&byte| byte < b' ') => return Err(at_data),
            Some(data) => data,
            None => return Err(at_data),
        }
    } else {
        let count = cursor.byte()?;
        cursor.take(count.into())?
    };
    Ok(Command::PrintBarcode {
        system,
        data: data.to_vec(),
    })
}

fn cut(cursor: &mut Cursor<'_>) -> Result<Command, Halt> {
    let m = cursor.byte()?;
    // The two letters of each pair differ in how far the cut goes.
    let mode = if matches!(m, 65 | 97 | 103) {
        CutMode::Full
    } else {
        CutMode::Partial
    };
    Ok(match m {
        0 | 1 | b'0' | b'1' => Command::CutPaper(Argument::new(m)),
        65 | 66 => Command::FeedAndCutPaper {
            mode,
            feed_units: cursor.byte()?,
        },
        97 | 98 => Command::PresetCuttingPosition {
            mode,
            feed_units: cursor.byte()?,
        },
        103 | 104 => Command::FeedCutAndReturn {
            mode,
            feed_units: cursor.byte()?,
        },
        _ => return Err(cursor.unknown()),
    })
}

fn raster_bit_image(cursor: &mut Cursor<'_>) -> Result<Command, Halt> {
    let kind = cursor.byte()?;
    if kind != b'0' {
        return Err(cursor.unknown());
    }
    let scale = argument(cursor)?;
    let width_octets = cursor.word()?;
    let height_dots = cursor.word()?;
    let count = u64::from(width_octets) * u64::from(height_dots);
    Ok(Command::PrintRasterBitImage {
        scale,
        width_octets,
        height_dots,
        data: cursor.take(count)?.to_vec(),
    })
}

fn variable_bit_image(cursor: &mut Cursor<'_>) -> Result<Command, Halt> {
    let kind = cursor.byte()?;
    if kind != b'0' {
        return Err(cursor.unknown());
    }
    let scale = argument(cursor)?;
    let columns = cursor.word()?;
    let octets_per_column = cursor.word()?;
    let count = u64::from(columns) * u64::from(octets_per_column);
    Ok(Command::PrintVariableBitImage {
        scale,
        columns,
        octets_per_column,
        data: cursor.take(count)?.to_vec(),
    })
}

/// `GS C 0 n m`, `GS C 1` and six bytes, `GS C 2 nL nH`, `GS C ;` and five
/// numbers with their semicolons: the serial counter.
fn counter(cursor: &mut Cursor<'_>) -> Result<Command, Halt> {
    match cursor.byte()? {
        b'0' | b'2' => other(cursor, 2),
        b'1' => other(cursor, 6),
        b';' => {
            let mut semicolons = 0;
            while semicolons < 5 {
                match cursor.byte()? {
                    b';' => semicolons += 1,
                    NUL..=0x1F => return Err(cursor.unknown()),
                    _ if cursor.position() > COUNTER_OCTETS_MAX => return Err(cursor.unknown()),
                    _ => {}
                }
            }
            other(cursor, 0)
        }
        _ => Err(cursor.unknown()),
    }
}
