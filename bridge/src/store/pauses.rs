//! Who has which printer paused, over a restart.

use std::sync::Arc;

use platen_protocol::{PrinterId, TimestampMs};
use rusqlite::{Connection, params};

use crate::queue::Pause;

/// In the place of a printer: all of them, also those to come. No printer's id
/// looks like this.
const ALL_PRINTERS: &str = "*";

fn words(pause: &Pause) -> (&'static str, &str) {
    match pause {
        Pause::Operator => ("operator", ""),
        Pause::Site(origin) => ("site", origin),
        Pause::Machine => ("machine", ""),
    }
}

pub(super) fn add(
    connection: &Connection,
    printer: &PrinterId,
    pause: &Pause,
    at: TimestampMs,
) -> rusqlite::Result<()> {
    let (source, origin) = words(pause);
    connection.execute(
        "INSERT OR IGNORE INTO pause (printer, source, origin, at) VALUES (?1, ?2, ?3, ?4)",
        params![printer.as_str(), source, origin, at],
    )?;
    Ok(())
}

pub(super) fn remove(
    connection: &Connection,
    printer: &PrinterId,
    pause: &Pause,
) -> rusqlite::Result<()> {
    let (source, origin) = words(pause);
    connection.execute(
        "DELETE FROM pause WHERE printer = ?1 AND source = ?2 AND origin = ?3",
        params![printer.as_str(), source, origin],
    )?;
    Ok(())
}

/// Since when the whole machine is paused, or that it is not.
pub(super) fn set_machine(
    connection: &Connection,
    since: Option<TimestampMs>,
) -> rusqlite::Result<()> {
    match since {
        Some(at) => connection.execute(
            "INSERT OR IGNORE INTO pause (printer, source, origin, at) VALUES (?1, 'machine', '', ?2)",
            params![ALL_PRINTERS, at],
        )?,
        None => connection.execute(
            "DELETE FROM pause WHERE printer = ?1",
            params![ALL_PRINTERS],
        )?,
    };
    Ok(())
}

/// The pauses of one printer.
pub(super) fn of_printer(
    connection: &Connection,
    printer: &PrinterId,
) -> rusqlite::Result<Vec<(Pause, TimestampMs)>> {
    let mut statement =
        connection.prepare("SELECT source, origin, at FROM pause WHERE printer = ?1")?;
    let rows = statement.query_map(params![printer.as_str()], |row| {
        let source: String = row.get(0)?;
        let origin: String = row.get(1)?;
        let pause = if source == "site" {
            Pause::Site(Arc::from(origin))
        } else {
            Pause::Operator
        };
        Ok((pause, row.get(2)?))
    })?;
    rows.collect()
}

/// Since when the whole machine is paused.
pub(super) fn of_machine(connection: &Connection) -> rusqlite::Result<Option<TimestampMs>> {
    connection.query_row(
        "SELECT min(at) FROM pause WHERE printer = ?1",
        params![ALL_PRINTERS],
        |row| row.get(0),
    )
}
