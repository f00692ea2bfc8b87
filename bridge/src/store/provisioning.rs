//! What a provisioning file changes, in one transaction.

use platen_protocol::PrinterId;
use rusqlite::{Connection, params};

use super::{AddedPrinter, printers};
use crate::grant::Grant;

/// What is to be written, all of it or nothing.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Provisioning {
    /// Grants that go, by their numbers.
    pub remove_grants: Vec<i64>,
    /// Grants that come.
    pub add_grants: Vec<Grant>,
    /// Grants with other terms under the same number.
    pub replace_grants: Vec<Grant>,
    /// Printers that come, or are new in something.
    pub keep_printers: Vec<AddedPrinter>,
    /// Printers that go.
    pub forget_printers: Vec<PrinterId>,
}

impl Provisioning {
    /// Whether nothing is to be written.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// Writes it; within a transaction.
pub(super) fn write(connection: &Connection, all: &Provisioning) -> rusqlite::Result<()> {
    for id in &all.remove_grants {
        connection.execute("DELETE FROM trust WHERE id = ?1", params![id])?;
    }
    for grant in &all.add_grants {
        connection.execute(
            "INSERT INTO trust (certificate, terms) VALUES (?1, ?2)",
            params![grant.certificate, terms(grant)?],
        )?;
    }
    for grant in &all.replace_grants {
        connection.execute(
            "UPDATE trust SET certificate = ?2, terms = ?3 WHERE id = ?1",
            params![grant.id, grant.certificate, terms(grant)?],
        )?;
    }
    for printer in &all.keep_printers {
        printers::keep(connection, printer)?;
    }
    for id in &all.forget_printers {
        printers::forget(connection, id)?;
    }
    Ok(())
}

fn terms(grant: &Grant) -> rusqlite::Result<String> {
    serde_json::to_string(grant)
        .map_err(|error| rusqlite::Error::ToSqlConversionFailure(error.into()))
}
