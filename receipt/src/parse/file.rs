//! Commands that begin with `FS`, and those that begin with `DLE`.

use super::cursor::{Cursor, Halt};
use super::escape::{argument, kanji_print_modes, length_prefixed, other};
use crate::command::control::{DC4, ENQ, EOT};
use crate::command::{Argument, Command, Prefix};

/// `FS 2`: 24 columns of three octets.
const USER_DEFINED_KANJI_OCTETS: u64 = 72;

/// Reads what follows `FS`.
pub(super) fn read(cursor: &mut Cursor<'_>) -> Result<Command, Halt> {
    let at_prefix = cursor.unknown();
    let letter = cursor.byte()?;
    Ok(match letter {
        b'!' => Command::SelectKanjiPrintModes(kanji_print_modes(cursor)?),
        b'&' => Command::SelectKanjiMode,
        b'(' => function(length_prefixed(cursor, Prefix::Fs)?),
        b'-' => Command::TurnKanjiUnderlineMode(argument(cursor)?),
        b'.' => Command::CancelKanjiMode,
        b'2' => Command::DefineUserDefinedKanji {
            code: [cursor.byte()?, cursor.byte()?],
            data: cursor.take(USER_DEFINED_KANJI_OCTETS)?.to_vec(),
        },
        b'?' => Command::CancelUserDefinedKanji([cursor.byte()?, cursor.byte()?]),
        b'C' => Command::SelectKanjiCodeSystem(argument(cursor)?),
        b'S' => Command::SetKanjiSpacing {
            left: cursor.byte()?,
            right: cursor.byte()?,
        },
        b'W' => Command::TurnKanjiQuadrupleSize(argument(cursor)?),
        b'a' => match cursor.byte()? {
            // `FS a 0 n`: read a check; `FS a 1`, `FS a 2`: load it, eject it.
            b'0' => other(cursor, 1)?,
            b'1' | b'2' => other(cursor, 0)?,
            _ => return Err(cursor.unknown()),
        },
        b'g' => user_memory(cursor)?,
        b'p' => Command::PrintNvBitImage {
            n: cursor.byte()?,
            scale: argument(cursor)?,
        },
        b'q' => nv_bit_images(cursor)?,
        0x00..=0x1F => return Err(at_prefix),
        _ => return Err(cursor.unknown()),
    })
}

/// Reads the functions of `FS ( A` and `FS ( C` out of a whole command; what
/// does not have their form stays as it is.
fn function(command: Command) -> Command {
    let Command::LengthPrefixed { letter, data, .. } = &command else {
        return command;
    };
    match (letter, data.as_slice()) {
        (b'A', &[48, n]) => Command::SelectKanjiFont(Argument::new(n)),
        (b'C', &[48, n]) => Command::SelectCharacterEncoding(Argument::new(n)),
        _ => command,
    }
}

/// Reads what follows `DLE`.
pub(super) fn read_real_time(cursor: &mut Cursor<'_>) -> Result<Command, Halt> {
    let at_prefix = cursor.unknown();
    Ok(match cursor.byte()? {
        EOT => {
            let n = cursor.byte()?;
            let a = match n {
                7 | 8 | 18 => Some(cursor.byte()?),
                _ => None,
            };
            Command::TransmitRealTimeStatus { n, a }
        }
        // `DLE ENQ n`: recover from an error.
        ENQ => other(cursor, 1)?,
        DC4 => match cursor.byte()? {
            1 => Command::GenerateRealTimePulse {
                pin: argument(cursor)?,
                time: cursor.byte()?,
            },
            // Power off; send a status; clear the buffers.
            2 => other(cursor, 2)?,
            7 => other(cursor, 1)?,
            8 => other(cursor, 7)?,
            _ => return Err(cursor.unknown()),
        },
        _ => return Err(at_prefix),
    })
}

/// `FS g 1 m a1-a4 nL nH d...` writes, `FS g 2 m a1-a4 nL nH` reads NV user memory.
fn user_memory(cursor: &mut Cursor<'_>) -> Result<Command, Halt> {
    let kind = cursor.byte()?;
    if !matches!(kind, b'1' | b'2') {
        return Err(cursor.unknown());
    }
    cursor.take(5)?;
    let count = cursor.word()?;
    other(cursor, if kind == b'1' { count.into() } else { 0 })
}

/// `FS q n`, then for each picture xL xH yL yH and x * y * 8 octets.
fn nv_bit_images(cursor: &mut Cursor<'_>) -> Result<Command, Halt> {
    let count = cursor.byte()?;
    let start = cursor.position();
    for _ in 0..count {
        let width_octets = cursor.word()?;
        let height_octets = cursor.word()?;
        cursor.take(u64::from(width_octets) * u64::from(height_octets) * 8)?;
    }
    Ok(Command::DefineNvBitImages {
        count,
        data: cursor.whole()[start..].to_vec(),
    })
}
