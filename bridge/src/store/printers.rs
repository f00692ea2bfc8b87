//! Printers that a person or the provisioning file added, beside those of the configuration file, which
//! is the administrator's.

use platen_protocol::{PrinterId, TimestampMs};
use rusqlite::{Connection, params, types};
use serde::{Deserialize, Serialize};

/// A printer that a person added.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AddedPrinter {
    /// Its id: what grants and jobs name. It never changes.
    pub id: PrinterId,
    /// Its label.
    pub name: String,
    /// Labels it had before, the newest last.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub aliases: Vec<String>,
    /// Its device URI.
    pub uri: String,
    /// Which device it is, as it said when it was added; `None` where that is
    /// not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub identity: Option<String>,
    /// The name of its model.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub profile: Option<String>,
    /// Whether the provisioning file names it, so that it goes and comes with
    /// that file.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub provisioned: bool,
    /// When it was added.
    pub added_at: TimestampMs,
}

/// Keeps a printer, or what is new of it.
pub(super) fn keep(connection: &Connection, printer: &AddedPrinter) -> rusqlite::Result<()> {
    let terms = serde_json::to_string(printer)
        .map_err(|error| rusqlite::Error::ToSqlConversionFailure(error.into()))?;
    connection.execute(
        "INSERT INTO printer (id, added_at, terms) VALUES (?1, ?2, ?3)
         ON CONFLICT (id) DO UPDATE SET terms = ?3",
        params![printer.id.as_str(), printer.added_at, terms],
    )?;
    Ok(())
}

/// Forgets a printer, and what was kept for it alone.
pub(super) fn forget(connection: &Connection, id: &PrinterId) -> rusqlite::Result<()> {
    for forget in [
        "DELETE FROM printer WHERE id = ?1",
        "DELETE FROM pause WHERE printer = ?1",
        "DELETE FROM proven WHERE printer = ?1",
    ] {
        connection.execute(forget, params![id.as_str()])?;
    }
    Ok(())
}

/// All of them, in the order in which they were added.
pub(super) fn all(connection: &Connection) -> rusqlite::Result<Vec<AddedPrinter>> {
    let mut statement = connection.prepare("SELECT terms FROM printer ORDER BY added_at, id")?;
    let rows = statement.query_map([], |row| {
        let terms: String = row.get(0)?;
        serde_json::from_str(&terms).map_err(|error| {
            rusqlite::Error::FromSqlConversionFailure(0, types::Type::Text, error.into())
        })
    })?;
    rows.collect()
}
