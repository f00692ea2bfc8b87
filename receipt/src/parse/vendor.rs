//! Commands of compatible printers that Epson's leave room for.

use super::cursor::{Cursor, Halt};
use super::escape::other;
use crate::command::control::{ESC, NUL};
use crate::command::{Command, VendorPulse, VendorSymbol};

/// The longest QR data there are have 7,089 digits.
const QR_OCTETS_MAX: usize = 7_100;

/// Whether this is `ESC v`: Epson's older models answer it, Bematech's and
/// Elgin's take the octet after it for the time of a drawer pulse.
pub(crate) fn asks_about_paper(command: &Command) -> bool {
    matches!(command, Command::Other(octets) if *octets == [ESC, b'v'])
}

/// The time of a pulse after `ESC v`: 50 to 250 ms, by the manual.
pub(super) fn pulse_time(rest: &[u8]) -> Option<VendorPulse> {
    match rest.first() {
        Some(&on_ms @ 50..=250) => Some(VendorPulse::First { on_ms }),
        _ => None,
    }
}

/// Whether these octets, which begin with `ESC v`, open a drawer on such makes.
pub(crate) fn opens_drawer(octets: &[u8]) -> bool {
    octets.get(2..).and_then(pulse_time).is_some()
}

/// Two bytes of length, then so many bytes.
pub(super) fn counted(cursor: &mut Cursor<'_>) -> Result<Vec<u8>, Halt> {
    let count = cursor.word()?;
    Ok(cursor.take(count.into())?.to_vec())
}

/// Four arguments before counted data.
fn four_and_counted(cursor: &mut Cursor<'_>) -> Result<([u8; 4], Vec<u8>), Halt> {
    let arguments = [
        cursor.byte()?,
        cursor.byte()?,
        cursor.byte()?,
        cursor.byte()?,
    ];
    Ok((arguments, counted(cursor)?))
}

/// Reads what follows `GS k 81`.
pub(super) fn qr_with_length(cursor: &mut Cursor<'_>) -> Result<Command, Halt> {
    let (arguments, data) = four_and_counted(cursor)?;
    Ok(Command::PrintVendorSymbol(VendorSymbol::WithLength {
        arguments,
        data,
    }))
}

/// Reads what follows `GS k 11`.
pub(super) fn qr_with_nul(cursor: &mut Cursor<'_>) -> Result<Command, Halt> {
    match cursor.until_nul(QR_OCTETS_MAX)? {
        Some(data) => Ok(Command::PrintVendorSymbol(VendorSymbol::WithNul(
            data.to_vec(),
        ))),
        None => Err(cursor.unknown()),
    }
}

/// Reads what follows `GS p`.
pub(super) fn seiko_qr(cursor: &mut Cursor<'_>) -> Result<Command, Halt> {
    if cursor.peek()? != 1 {
        return Err(cursor.unknown());
    }
    cursor.byte()?;
    let (arguments, data) = four_and_counted(cursor)?;
    Ok(Command::PrintVendorSymbol(VendorSymbol::WithModel {
        arguments,
        data,
    }))
}

/// Reads what follows `ESC 81h`.
pub(super) fn daruma_qr(cursor: &mut Cursor<'_>) -> Result<Command, Halt> {
    let count = cursor.word()?;
    if count < 2 {
        return Err(cursor.unknown());
    }
    let arguments = [cursor.byte()?, cursor.byte()?];
    let data = cursor.take(u64::from(count) - 2)?.to_vec();
    Ok(Command::PrintVendorSymbol(VendorSymbol::AfterSize {
        arguments,
        data,
    }))
}

/// Reads what follows `ESC b`.
pub(super) fn daruma_barcode(cursor: &mut Cursor<'_>) -> Result<Command, Halt> {
    // A letter here would be the text behind a command nobody knows.
    if cursor.peek()? > 0x0F {
        return Err(cursor.unknown());
    }
    let kind = cursor.byte()?;
    let module_dots = cursor.byte()?;
    let height_dots = cursor.byte()?;
    let hri = cursor.byte()?;
    match cursor.until_nul(255)? {
        Some(data) => Ok(Command::PrintVendorBarcode {
            kind,
            module_dots,
            height_dots,
            hri,
            data: data.to_vec(),
        }),
        None => Err(cursor.unknown()),
    }
}

/// Reads what follows `DC2`, which alone means nothing to most printers: its
/// commands are told by an argument that is no text.
pub(super) fn read_device_control(cursor: &mut Cursor<'_>) -> Result<Command, Halt> {
    let alone = cursor.unknown();
    let letter = cursor.byte()?;
    if !matches!(letter, b';' | b'q') {
        return Err(alone);
    }
    match (letter, cursor.byte()?) {
        (b';', n @ NUL..=0x1F) => Ok(Command::SetVendorModuleSize(n)),
        // `DC2 q n`: status.
        (b'q', NUL..=0x1F) => other(cursor, 0),
        _ => Err(alone),
    }
}
