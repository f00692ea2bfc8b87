//! What devices have proved they can do, over a restart.

use platen_protocol::{PrinterId, TimestampMs};
use rusqlite::{Connection, OptionalExtension as _, params};

use crate::backend::Abilities;

/// What one device proved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proven {
    /// The device's URI: behind another one stands another device.
    pub device: String,
    /// What it can do.
    pub abilities: Abilities,
    /// When that was last seen to be so.
    pub at: TimestampMs,
}

/// Keeps what a printer's device proved, or forgets it.
pub(super) fn keep(
    connection: &Connection,
    printer: &PrinterId,
    proven: Option<&Proven>,
) -> rusqlite::Result<()> {
    match proven {
        Some(proven) => connection.execute(
            "INSERT OR REPLACE INTO proven (printer, device, automatic_status, process_id, at)
             VALUES (?1, ?2, ?3, ?4, ?5)",
            params![
                printer.as_str(),
                proven.device,
                proven.abilities.automatic_status,
                proven.abilities.process_id,
                proven.at
            ],
        )?,
        None => connection.execute(
            "DELETE FROM proven WHERE printer = ?1",
            params![printer.as_str()],
        )?,
    };
    Ok(())
}

/// What was kept of a printer's device.
pub(super) fn of_printer(
    connection: &Connection,
    printer: &PrinterId,
) -> rusqlite::Result<Option<Proven>> {
    connection
        .query_row(
            "SELECT device, automatic_status, process_id, at FROM proven WHERE printer = ?1",
            params![printer.as_str()],
            |row| {
                Ok(Proven {
                    device: row.get(0)?,
                    abilities: Abilities {
                        automatic_status: row.get(1)?,
                        process_id: row.get(2)?,
                    },
                    at: row.get(3)?,
                })
            },
        )
        .optional()
}
