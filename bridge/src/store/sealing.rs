//! What an older version stored in the clear is sealed, once.
//!
//! The rows change in one transaction. That leaves traces: free pages of the
//! file still hold documents that were purged, and its log what was there
//! before. So the whole file is written anew after it; until that worked, the
//! file says so itself ([`REWRITE`]), and each start tries again.

use platen_protocol::Digest;
use rusqlite::{Connection, OptionalExtension as _, params};

use super::StoreError;
use super::documents::{self, Place};
use super::seal::{Label, Vault};

/// The chore that is left when rows were sealed.
const REWRITE: &str = "rewrite";

/// Seals every document, and keys the digests of what was asked.
pub(super) fn seal_everything(connection: &Connection, vault: &Vault) -> Result<(), StoreError> {
    connection.execute_batch(
        "
        -- What a migration could not do within its transaction.
        CREATE TABLE chore (name TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
        -- Tells what a document holds to whoever can guess it.
        ALTER TABLE document DROP COLUMN sha256;
        ",
    )?;
    let is_last = |place: Place| -> rusqlite::Result<bool> {
        let follows = connection
            .prepare_cached("SELECT 1 FROM document_piece WHERE place = ?1")?
            .exists(params![place.plus(1)?])?;
        Ok(!follows)
    };
    for place in places(connection, "SELECT place FROM document")? {
        let (format, octets, data): (String, u64, Vec<u8>) = connection
            .prepare_cached("SELECT format, octets, data FROM document WHERE place = ?1")?
            .query_row(params![place], |row| {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?))
            })?;
        let begins = Some((&*format, octets));
        let sealed = documents::seal(vault, &Label { place, begins }, &data, is_last(place)?)?;
        connection
            .prepare_cached("UPDATE document SET data = ?2 WHERE place = ?1")?
            .execute(params![place, sealed])?;
    }
    for place in places(connection, "SELECT place FROM document_piece")? {
        let data: Vec<u8> = connection
            .prepare_cached("SELECT data FROM document_piece WHERE place = ?1")?
            .query_row(params![place], |row| row.get(0))?;
        let label = Label {
            place,
            begins: None,
        };
        let sealed = documents::seal(vault, &label, &data, is_last(place)?)?;
        connection
            .prepare_cached("UPDATE document_piece SET data = ?2 WHERE place = ?1")?
            .execute(params![place, sealed])?;
    }
    let mut jobs = connection.prepare("SELECT sequence, digest FROM job")?;
    let jobs: Vec<(u64, Vec<u8>)> = jobs
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<rusqlite::Result<_>>()?;
    if !jobs.is_empty() {
        connection.execute("INSERT INTO chore (name) VALUES (?1)", params![REWRITE])?;
    }
    for (sequence, digest) in jobs {
        // One that is no digest never fits anything, before and after.
        let Ok(digest) = <[u8; 32]>::try_from(digest) else {
            continue;
        };
        connection
            .prepare_cached("UPDATE job SET digest = ?2 WHERE sequence = ?1")?
            .execute(params![
                sequence,
                vault.keyed(&Digest::from_octets(digest)).as_slice()
            ])?;
    }
    Ok(())
}

fn places(connection: &Connection, sql: &str) -> rusqlite::Result<Vec<Place>> {
    connection
        .prepare(sql)?
        .query_map([], |row| row.get(0))?
        .collect()
}

/// Writes the file anew where that is due. What stands in its way stops no
/// agent.
pub(super) fn rewrite_if_due(connection: &Connection) {
    match rewrite(connection) {
        Ok(false) => {}
        Ok(true) => tracing::info!(
            "the store was written anew: its documents cannot be read without their key"
        ),
        Err(error) => tracing::warn!(
            %error,
            "the store's documents are sealed, but unused parts of its file may still hold older ones in the clear; make as much room on the disk as the file takes and start the agent again"
        ),
    }
}

fn rewrite(connection: &Connection) -> rusqlite::Result<bool> {
    let due = connection
        .query_row(
            "SELECT 1 FROM chore WHERE name = ?1",
            params![REWRITE],
            |_| Ok(()),
        )
        .optional()?;
    if due.is_none() {
        return Ok(false);
    }
    connection.execute_batch("VACUUM")?;
    // The old pages are in the file until the log is copied over them, and in
    // the log until it is cut off.
    let busy: bool =
        connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0))?;
    if busy {
        return Err(rusqlite::Error::SqliteFailure(
            rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_BUSY),
            None,
        ));
    }
    connection.execute("DELETE FROM chore WHERE name = ?1", params![REWRITE])?;
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::super::{KeySource, Store, open, schema};
    use super::*;
    use crate::limits::Limits;
    use crate::state_directory::StateDirectory;
    use platen_protocol::JobId;
    use std::path::Path;

    const TEXT: &str = "one cup of tea for Anna Moeller";

    fn files_with_text(directory: &Path) -> Vec<String> {
        let mut found = Vec::new();
        for entry in std::fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            if path.ends_with("reserve") {
                continue; // megabytes of zeros
            }
            let octets = std::fs::read(&path).unwrap();
            let has_text = octets
                .windows(TEXT.len())
                .any(|window| window == TEXT.as_bytes());
            if has_text {
                found.push(path.file_name().unwrap().to_string_lossy().into_owned());
            }
        }
        found
    }

    /// A file as the version before left it after a crash: a job that waits
    /// (with a document of two pieces and one of one), one whose documents were
    /// purged, and a log that was not tidied up.
    fn file_of_the_version_before(directory: &Path) {
        let path = directory.join(open::FILE);
        let connection = Connection::open(&path).unwrap();
        connection
            .pragma_update(None, "journal_mode", "WAL")
            .unwrap();
        connection
            .pragma_update(None, "secure_delete", "FAST")
            .unwrap();
        schema::tests::steps_to(&connection, 4);
        let text = TEXT.repeat(1_000);
        connection
            .execute_batch(&format!(
                "INSERT INTO job (sequence, job_id, printer, name, priority, state, reasons,
                     attempt, octets, accepted_at, changed_at, repeat_safe, digest,
                     idempotency_key)
                 VALUES (7, '{}', 'till', 'a', 5, 'pending', '', 0, 3, 1, 1, 0,
                         x'{}', 'sale-17'),
                        (8, '{}', 'till', 'b', 5, 'completed', '', 1, 1, 2, 3, 0, x'', NULL);
                 INSERT INTO document (place, format, octets, sha256, data)
                 VALUES (7 << 20, 'text/plain', 62000, zeroblob(32), CAST('{text}' AS BLOB)),
                        ((7 << 20) + 2, 'text/b', 1, zeroblob(32), x'64'),
                        (8 << 20, 'text/c', 31000, zeroblob(32), CAST('{text}' AS BLOB));
                 INSERT INTO document_piece (place, data)
                 VALUES ((7 << 20) + 1, CAST('{text}' AS BLOB));
                 DELETE FROM document WHERE place = 8 << 20;",
                JobId::from_random(7),
                Digest::of(b"asked").to_hex(),
                JobId::from_random(8),
            ))
            .unwrap();
        // As kill -9 leaves it: with its log.
        let kept = directory.join("kept");
        for suffix in ["", "-wal"] {
            let name = format!("{}{suffix}", open::FILE);
            std::fs::copy(directory.join(&name), format!("{}{suffix}", kept.display())).unwrap();
        }
        drop(connection);
        for suffix in ["", "-wal"] {
            let name = format!("{}{suffix}", open::FILE);
            std::fs::rename(format!("{}{suffix}", kept.display()), directory.join(&name)).unwrap();
        }
    }

    fn open_store(directory: &Path) -> Store {
        Store::open(
            &StateDirectory::claim(directory).unwrap(),
            &Limits::default(),
            &KeySource::default(),
            crate::clock::Clock::system(),
        )
        .unwrap()
    }

    #[test]
    fn a_store_of_the_version_before_keeps_its_documents_and_shows_none_of_them() {
        let directory = tempfile::tempdir().unwrap();
        file_of_the_version_before(directory.path());
        assert!(!files_with_text(directory.path()).is_empty());

        let store = open_store(directory.path());
        assert_eq!(files_with_text(directory.path()), [] as [&str; 0]);
        let documents = store
            .reader()
            .copy_documents(&JobId::from_random(7))
            .unwrap();
        let octets: Vec<Vec<u8>> = documents
            .iter()
            .map(|document| document.body.pieces.concat())
            .collect();
        assert_eq!(octets, [TEXT.repeat(2_000).into_bytes(), b"d".to_vec()]);
        let vault = KeySource::default().load(directory.path()).unwrap();
        let stored: Vec<u8> = store
            .reader()
            .with(|connection| {
                let sql = "SELECT digest FROM job WHERE sequence = 7";
                Ok(connection.query_row(sql, [], |row| row.get(0))?)
            })
            .unwrap();
        assert!(vault.is_keyed(&Digest::of(b"asked"), &stored));
        store.close();
        drop(store);
        let chores: u64 = super::super::open_reader(&directory.path().join(open::FILE))
            .unwrap()
            .query_row("SELECT count(*) FROM chore", [], |row| row.get(0))
            .unwrap();
        assert_eq!(chores, 0, "written anew once");
    }

    #[test]
    fn a_file_that_was_not_written_anew_yet_is_at_the_next_start() {
        let directory = tempfile::tempdir().unwrap();
        file_of_the_version_before(directory.path());
        let vault = KeySource::default().load(directory.path()).unwrap();
        // Sealed, and cut off before the file was written anew.
        let mut connection = Connection::open(directory.path().join(open::FILE)).unwrap();
        schema::migrate(&mut connection, &vault).unwrap();
        drop(connection);
        assert!(!files_with_text(directory.path()).is_empty());
        open_store(directory.path()).close();
        assert_eq!(files_with_text(directory.path()), [] as [&str; 0]);
    }
}
