//! Opens the file, and puts a damaged one aside so that the agent can start.
//!
//! A file that is no database, is cut off or does not fit together is renamed
//! with its log to `platen.db.damaged-TIME`, for somebody who can read more of
//! it, and a fresh one takes its place. Grants and revocations are taken over
//! when both can be read whole: half of them could allow what was revoked.
//! Jobs and idempotency keys of the damaged file are unknown from then on.

use std::path::{Path, PathBuf};

use rusqlite::{Connection, params};

use super::seal::Vault;
use super::{StoreError, documents, open_reader, restrict, schema, sealing};

/// The file's name in the state directory.
pub(crate) const FILE: &str = "platen.db";
/// What a file that was put aside is called, before its time.
const ASIDE: &str = "platen.db.damaged-";
/// Damaged files that are kept.
const ASIDE_MAX: usize = 3;
/// Up to this size a file is read through at the start (tens of milliseconds);
/// of a larger one only what is used.
const CHECKED_OCTETS_MAX: u64 = 256 * 1024 * 1024;

/// Opens the store's file in `directory`.
///
/// # Errors
/// When it cannot be opened for another reason than damage.
pub(super) fn open(directory: &Path, vault: &Vault) -> Result<Connection, StoreError> {
    match open_file(&directory.join(FILE), vault) {
        Err(error) if is_damage(&error) => {
            let aside = put_aside(directory)?;
            tracing::error!(
                %error,
                aside = %aside.display(),
                "the store was damaged and is put aside; jobs that were waiting in it are not printed, and a repeated idempotency key is not recognized: look at what was printed before you print again"
            );
            let connection = open_file(&directory.join(FILE), vault)?;
            match take_over(&connection, &aside) {
                Ok(grants) => tracing::warn!(grants, "grants were taken over from it"),
                Err(error) => tracing::error!(
                    %error,
                    "its grants cannot be read; add them again with `platen trust add`"
                ),
            }
            Ok(connection)
        }
        result => result,
    }
}

/// Stores that were damaged and put aside, oldest first.
#[must_use]
pub fn damaged_stores(directory: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(directory) else {
        return Vec::new();
    };
    let mut found: Vec<PathBuf> = entries
        .filter_map(Result::ok)
        .filter(|entry| {
            let name = entry.file_name();
            let name = name.to_string_lossy();
            name.starts_with(ASIDE) && !name.ends_with("-wal") && !name.ends_with("-shm")
        })
        .map(|entry| entry.path())
        .collect();
    found.sort();
    found
}

fn open_file(path: &Path, vault: &Vault) -> Result<Connection, StoreError> {
    let mut connection = Connection::open(path)?;
    restrict(path)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "cache_size", -1024)?;
    connection.pragma_update(None, "journal_size_limit", 16 * 1024 * 1024)?;
    // Pages between checkpoints: about 8 MB of log for fewer, larger ones.
    connection.pragma_update(None, "wal_autocheckpoint", 2_000)?;
    // What is deleted is overwritten where that costs no extra write; free
    // pages may still hold traces of it, of documents sealed ones.
    connection.pragma_update(None, "secure_delete", "FAST")?;
    check(&connection, path)?;
    schema::migrate(&mut connection, vault)?;
    sealing::rewrite_if_due(&connection);
    Ok(connection)
}

/// Notes which key seals from now on, and returns how many documents were
/// sealed with a key that is not here. They stay as they are.
pub(super) fn documents_without_key(
    connection: &Connection,
    vault: &Vault,
) -> Result<u64, StoreError> {
    let ids = vault.ids();
    connection.execute(
        "INSERT OR IGNORE INTO sealing_key (id) VALUES (?1)",
        params![ids[0].octets()],
    )?;
    let missing: Vec<Vec<u8>> = connection
        .prepare("SELECT id FROM sealing_key")?
        .query_map([], |row| row.get(0))?
        .filter(|id| !matches!(id, Ok(id) if ids.iter().any(|known| known.octets() == id)))
        .collect::<rusqlite::Result<_>>()?;
    if missing.is_empty() {
        return Ok(0);
    }
    let (documents, waiting) = documents::without_key(connection, vault)?;
    if documents > 0 {
        tracing::error!(
            documents,
            waiting,
            "stored documents were sealed with a key that is not here: jobs among them end with payload-lost when their turn comes; if there is a copy of the key, put it into the state directory as documents-former.key and start the agent again"
        );
        return Ok(documents);
    }
    for id in missing {
        connection.execute("DELETE FROM sealing_key WHERE id = ?1", params![id])?;
    }
    Ok(0)
}

/// Reads the file through, unless it is very large.
fn check(connection: &Connection, path: &Path) -> Result<(), StoreError> {
    let octets = std::fs::metadata(path).map_or(0, |file| file.len());
    if octets > CHECKED_OCTETS_MAX {
        tracing::warn!(
            octets,
            "the store is too large to be read through at the start"
        );
        return Ok(());
    }
    let finding: String = connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
    if finding == "ok" {
        Ok(())
    } else {
        Err(StoreError::Damaged(finding))
    }
}

fn is_damage(error: &StoreError) -> bool {
    use rusqlite::ErrorCode as Code;
    match error {
        StoreError::Damaged(_) => true,
        StoreError::Sqlite(error) => matches!(
            error.sqlite_error_code(),
            Some(Code::DatabaseCorrupt | Code::NotADatabase)
        ),
        StoreError::Directory { .. }
        | StoreError::Newer { .. }
        | StoreError::Key(_)
        | StoreError::Sealed(_)
        | StoreError::Closed => false,
    }
}

/// Renames the file with its log, and removes the oldest of those put aside
/// before.
fn put_aside(directory: &Path) -> Result<PathBuf, StoreError> {
    let failed = |source| StoreError::Directory {
        path: directory.to_owned(),
        source,
    };
    let aside = directory.join(format!("{ASIDE}{}", stamp()));
    for suffix in ["", "-wal", "-shm"] {
        match std::fs::rename(
            with_suffix(&directory.join(FILE), suffix),
            with_suffix(&aside, suffix),
        ) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(failed(error));
            }
            Ok(()) | Err(_) => {}
        }
    }
    let kept = damaged_stores(directory);
    for old in kept.iter().take(kept.len().saturating_sub(ASIDE_MAX)) {
        for suffix in ["", "-wal", "-shm"] {
            // One that cannot be removed stays, and is tried again next time.
            let _ = std::fs::remove_file(with_suffix(old, suffix));
        }
    }
    Ok(aside)
}

/// The time, for the name of what is put aside.
pub(super) fn stamp() -> String {
    let now = time::OffsetDateTime::now_utc();
    let (year, month, day) = (now.year(), u8::from(now.month()), now.day());
    let (hour, minute, second, ms) = now.to_hms_milli();
    format!("{year:04}{month:02}{day:02}T{hour:02}{minute:02}{second:02}.{ms:03}Z")
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

/// Copies grants and revocations; all of them or none.
fn take_over(connection: &Connection, aside: &Path) -> Result<usize, StoreError> {
    let damaged = open_reader(aside)?;
    let grants: Vec<(i64, Vec<u8>, String)> = damaged
        .prepare("SELECT id, certificate, terms FROM trust")?
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?
        .collect::<rusqlite::Result<_>>()?;
    let revocations: Vec<(String, u64, String)> = damaged
        .prepare("SELECT issuer, number, signed FROM revocation")?
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?
        .collect::<rusqlite::Result<_>>()?;
    let transaction = connection.unchecked_transaction()?;
    for (id, certificate, terms) in &grants {
        transaction.execute(
            "INSERT INTO trust (id, certificate, terms) VALUES (?1, ?2, ?3)",
            params![id, certificate, terms],
        )?;
    }
    for (issuer, number, signed) in &revocations {
        transaction.execute(
            "INSERT INTO revocation (issuer, number, signed) VALUES (?1, ?2, ?3)",
            params![issuer, number, signed],
        )?;
    }
    // What does not read back as grants is not taken over.
    super::writer::read_grants(&transaction)?;
    transaction.commit()?;
    Ok(grants.len())
}
