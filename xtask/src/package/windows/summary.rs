//! What wixl chooses by chance or by the clock in a package: its code, and when it was made.
//!
//! Both stand in the package's summary, a property set ([MS-OLEPS]) that is found by its format
//! identifier. Only values of a fixed size are replaced, in place.

use anyhow::{Context, Result, ensure};

/// `FMTID_SummaryInformation`, as it stands in a file.
const FORMAT: [u8; 16] = [
    0xE0, 0x85, 0x9F, 0xF2, 0xF9, 0x4F, 0x68, 0x10, 0xAB, 0x91, 0x08, 0x00, 0x2B, 0x27, 0xB3, 0xD9,
];
/// From the beginning of the property set to its format identifier.
const FORMAT_OFFSET: usize = 28;

/// Property `PIDSI_REVNUMBER`, where Windows Installer keeps the package's code.
const CODE: u32 = 9;
/// Properties `PIDSI_CREATE_DTM` and `PIDSI_LASTSAVE_DTM`.
const TIMES: [u32; 2] = [12, 13];
/// Types of properties: a string, and 100 nanoseconds since 1601.
const STRING: u32 = 30;
const TIME: u32 = 64;
/// From 1601 to 1970.
const EPOCH_SECONDS: u64 = 11_644_473_600;

/// Sets the package's code and its times.
pub(super) fn decide(package: &mut [u8], code: &str, epoch_seconds: u64) -> Result<()> {
    let found = package
        .windows(FORMAT.len())
        .position(|octets| octets == FORMAT)
        .context("wixl wrote no summary")?;
    let set = found
        .checked_sub(FORMAT_OFFSET)
        .context("the summary has no beginning")?;
    let section = set + number(package, found + FORMAT.len())?;
    let place = |id: u32| -> Result<usize> {
        for entry in 0..number(package, section + 4)? {
            let at = section + 8 + 8 * entry;
            if u32::try_from(number(package, at)?)? == id {
                return Ok(section + number(package, at + 4)?);
            }
        }
        anyhow::bail!("the summary has no property {id}")
    };
    let code_at = place(CODE)?;
    let times_at = [place(TIMES[0])?, place(TIMES[1])?];

    ensure!(
        number(package, code_at)? == STRING as usize,
        "the package's code is no string"
    );
    let octets = number(package, code_at + 4)?;
    ensure!(
        octets == code.len() + 1,
        "the package's code has another size"
    );
    put(package, code_at + 8, code.as_bytes())?;
    let time = (epoch_seconds + EPOCH_SECONDS) * 10_000_000;
    for at in times_at {
        ensure!(
            number(package, at)? == TIME as usize,
            "a time of the package is none"
        );
        put(package, at + 4, &time.to_le_bytes())?;
    }
    Ok(())
}

/// The number of four octets that stands there.
fn number(package: &[u8], at: usize) -> Result<usize> {
    let octets = package
        .get(at..at + 4)
        .context("the summary ends too soon")?;
    Ok(u32::from_le_bytes(octets.try_into()?).try_into()?)
}

fn put(package: &mut [u8], at: usize, octets: &[u8]) -> Result<()> {
    package
        .get_mut(at..at + octets.len())
        .context("the summary ends too soon")?
        .copy_from_slice(octets);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A property set of these three, after some other octets.
    fn package(code: &str, time: u64) -> Vec<u8> {
        let mut package = vec![0xAA; 100];
        package.extend([0; FORMAT_OFFSET]);
        package.extend(FORMAT);
        package.extend(48u32.to_le_bytes());
        package.extend(0u32.to_le_bytes());
        package.extend(3u32.to_le_bytes());
        for (id, offset) in [(CODE, 32u32), (TIMES[0], 48), (TIMES[1], 60)] {
            package.extend(id.to_le_bytes());
            package.extend(offset.to_le_bytes());
        }
        package.extend(STRING.to_le_bytes());
        package.extend(u32::try_from(code.len() + 1).unwrap().to_le_bytes());
        package.extend(code.as_bytes());
        package.resize(100 + 48 + 48, 0);
        for _ in TIMES {
            package.extend(TIME.to_le_bytes());
            package.extend(time.to_le_bytes());
        }
        package
    }

    #[test]
    fn packages_that_differ_by_chance_and_time_alone_become_the_same() {
        let mut one = package("{1111}", 1);
        let mut other = package("{2222}", 2);
        decide(&mut one, "{3333}", 0).unwrap();
        decide(&mut other, "{3333}", 0).unwrap();
        assert_eq!(one, other);
        assert_eq!(one, package("{3333}", EPOCH_SECONDS * 10_000_000));
    }

    #[test]
    fn a_package_without_a_summary_is_an_error() {
        decide(&mut [0; 200], "{3333}", 0).unwrap_err();
        let mut cut = package("{1111}", 1);
        cut.truncate(160);
        decide(&mut cut, "{3333}", 0).unwrap_err();
    }
}
