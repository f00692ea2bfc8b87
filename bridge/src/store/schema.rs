//! The tables, and how an older file becomes a newer one.
//!
//! `PRAGMA user_version` counts the migrations that a file has seen. A
//! migration is never changed after a release; a new one is added below it.

use rusqlite::Connection;

/// One step each, in order.
const MIGRATIONS: &[&str] = &[
    "
    -- A job. `sequence` is the order of acceptance on this machine.
    CREATE TABLE job (
        sequence INTEGER PRIMARY KEY,
        job_id TEXT NOT NULL UNIQUE,
        origin TEXT,                       -- NULL: submitted on the machine itself
        printer TEXT NOT NULL,
        name TEXT NOT NULL,
        priority INTEGER NOT NULL,
        state TEXT NOT NULL,               -- job-state
        reasons TEXT NOT NULL,             -- job-state-reasons, joined by blanks
        evidence TEXT,
        code TEXT,
        detail TEXT,
        attempt INTEGER NOT NULL,
        octets INTEGER NOT NULL,
        accepted_at INTEGER NOT NULL,      -- every time: ms since the Unix epoch
        changed_at INTEGER NOT NULL,
        not_before INTEGER,
        expires_at INTEGER,
        repeat_safe INTEGER NOT NULL,
        reprint_of TEXT,
        idempotency_key TEXT,
        digest BLOB NOT NULL,              -- of what was asked
        spooler_job INTEGER
    ) STRICT;
    CREATE UNIQUE INDEX job_by_key ON job (coalesce(origin, ''), idempotency_key)
        WHERE idempotency_key IS NOT NULL;
    CREATE INDEX job_unfinished ON job (printer, sequence)
        WHERE state NOT IN ('completed', 'aborted', 'canceled');
    CREATE INDEX job_by_origin ON job (origin, sequence);

    -- What a job prints. Purged by retention; the job's row stays.
    CREATE TABLE document (
        job INTEGER NOT NULL REFERENCES job (sequence) ON DELETE CASCADE,
        document INTEGER NOT NULL,
        format TEXT NOT NULL,
        octets INTEGER NOT NULL,
        sha256 BLOB NOT NULL,
        PRIMARY KEY (job, document)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE document_piece (
        job INTEGER NOT NULL,
        document INTEGER NOT NULL,
        piece INTEGER NOT NULL,
        data BLOB NOT NULL,
        PRIMARY KEY (job, document, piece)
    ) STRICT;

    -- What happened: a job's history and the event log in one. A row is
    -- written in the transaction of the change it tells.
    CREATE TABLE event (
        cursor INTEGER PRIMARY KEY AUTOINCREMENT,
        at INTEGER NOT NULL,
        job INTEGER REFERENCES job (sequence) ON DELETE CASCADE,
        origin TEXT,
        printer TEXT NOT NULL,
        cause TEXT NOT NULL,
        from_state TEXT,
        state TEXT NOT NULL,
        reasons TEXT NOT NULL,
        attempt INTEGER NOT NULL,
        octets_sent INTEGER NOT NULL,
        evidence TEXT,
        code TEXT,
        detail TEXT
    ) STRICT;
    CREATE INDEX event_by_job ON event (job, cursor) WHERE job IS NOT NULL;

    -- What this machine allows whom. `terms` is JSON: see grant.rs.
    CREATE TABLE trust (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        certificate BLOB NOT NULL,
        terms TEXT NOT NULL
    ) STRICT;

    -- Newest signed revocation list of each root.
    CREATE TABLE revocation (
        issuer TEXT PRIMARY KEY,
        number INTEGER NOT NULL,
        signed TEXT NOT NULL
    ) STRICT;

    -- Printers an operator paused.
    CREATE TABLE paused (
        printer TEXT PRIMARY KEY,
        at INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
    ",
    "
    -- A new log begins at a place of its own, so that a page that comes back
    -- with a cursor of another log (this file was lost, or put in the place of
    -- another) is told that it missed something, and not what it never asked.
    INSERT INTO sqlite_sequence (name, seq)
        SELECT 'event', abs(random() % 1125899906842624)
        WHERE NOT EXISTS (SELECT 1 FROM sqlite_sequence WHERE name = 'event');
    ",
];

/// Brings the file to this program's version.
///
/// # Errors
/// When the file was written by a newer program, or SQLite fails.
pub(super) fn migrate(connection: &mut Connection) -> Result<(), super::StoreError> {
    let known = i64::try_from(MIGRATIONS.len()).unwrap_or(i64::MAX);
    let seen: i64 = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    if seen > known {
        return Err(super::StoreError::Newer { seen, known });
    }
    for (step, migration) in (0_i64..).zip(MIGRATIONS).filter(|(step, _)| *step >= seen) {
        let transaction = connection.transaction()?;
        transaction.execute_batch(migration)?;
        transaction.pragma_update(None, "user_version", step + 1)?;
        transaction.commit()?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn migrating_twice_changes_nothing_and_a_newer_file_is_refused() {
        let mut connection = Connection::open_in_memory().unwrap();
        migrate(&mut connection).unwrap();
        migrate(&mut connection).unwrap();
        connection.pragma_update(None, "user_version", 99).unwrap();
        assert!(matches!(
            migrate(&mut connection),
            Err(super::super::StoreError::Newer { seen: 99, .. })
        ));
    }
}
