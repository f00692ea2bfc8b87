//! The tables, and how an older file becomes a newer one.
//!
//! `PRAGMA user_version` counts the migrations that a file has seen. A
//! migration is never changed after a release; a new one is added below it.

use rusqlite::Connection;

use super::seal::Vault;
use super::sealing;

/// How a file comes one version further.
enum Step {
    Sql(&'static str),
    /// Documents are sealed from here on: see [`sealing`].
    Seal,
}

/// One step each, in order.
const MIGRATIONS: &[Step] = &[
    Step::Sql(
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
    ),
    Step::Sql(
        "
    -- A new log begins at a place of its own, so that a page that comes back
    -- with a cursor of another log (this file was lost, or put in the place of
    -- another) is told that it missed something, and not what it never asked.
    INSERT INTO sqlite_sequence (name, seq)
        SELECT 'event', abs(random() % 1125899906842624)
        WHERE NOT EXISTS (SELECT 1 FROM sqlite_sequence WHERE name = 'event');
    ",
    ),
    Step::Sql(
        "
    -- A job writes as few pages as it can, for each costs twice: in the log
    -- and in the file. A document that is one piece long lies in its own row,
    -- and a row's place says whose it is (see documents.rs).
    CREATE TABLE stored_document (
        place INTEGER PRIMARY KEY,         -- job, and number of the first piece
        format TEXT NOT NULL,
        octets INTEGER NOT NULL,
        sha256 BLOB NOT NULL,
        data BLOB NOT NULL                 -- the first piece
    ) STRICT;
    CREATE TABLE stored_piece (            -- the others
        place INTEGER PRIMARY KEY,
        data BLOB NOT NULL
    ) STRICT;
    INSERT INTO stored_piece (place, data)
        SELECT job << 20 | row_number() OVER (PARTITION BY job ORDER BY document, piece) - 1, data
        FROM document_piece;
    INSERT INTO stored_document (place, format, octets, sha256, data)
        SELECT first.place, format, octets, sha256, stored_piece.data
        FROM document JOIN (
            SELECT job, document, job << 20 | min(number) AS place FROM (
                SELECT job, document,
                    row_number() OVER (PARTITION BY job ORDER BY document, piece) - 1 AS number
                FROM document_piece
            ) GROUP BY job, document
        ) AS first USING (job, document) JOIN stored_piece USING (place);
    DELETE FROM stored_piece WHERE place IN (SELECT place FROM stored_document);
    DROP TABLE document_piece;
    DROP TABLE document;
    ALTER TABLE stored_document RENAME TO document;
    ALTER TABLE stored_piece RENAME TO document_piece;

    -- The rows of a job are a chain, its end is in the job's row: an index of
    -- them would be one page more for each change.
    CREATE TABLE chained_event (
        cursor INTEGER PRIMARY KEY,        -- never used again: the newest row is never purged
        at INTEGER NOT NULL,
        job INTEGER,
        previous INTEGER,                  -- the row of the same job before this one
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
    CREATE TABLE log (
        begin INTEGER NOT NULL             -- the place before the first row ever
    ) STRICT;
    INSERT INTO log SELECT seq FROM sqlite_sequence WHERE name = 'event';
    INSERT INTO chained_event
        SELECT cursor, at, job,
            iif(job IS NULL, NULL, lag(cursor) OVER (PARTITION BY job ORDER BY cursor)),
            origin, printer, cause, from_state, state, reasons, attempt, octets_sent, evidence,
            code, detail
        FROM event;
    ALTER TABLE job ADD COLUMN last_event INTEGER;
    UPDATE job SET last_event = (SELECT max(cursor) FROM event WHERE event.job = job.sequence);
    DROP TABLE event;
    ALTER TABLE chained_event RENAME TO event;

    -- A job that has not ended has documents, and few others have.
    DROP INDEX job_unfinished;
    ",
    ),
    Step::Sql(
        "
    -- Who has which printer paused; the printer '*': all, also those to come.
    CREATE TABLE pause (
        printer TEXT NOT NULL,
        source TEXT NOT NULL,              -- operator, site, machine
        origin TEXT NOT NULL,              -- the site's; empty otherwise
        at INTEGER NOT NULL,
        PRIMARY KEY (printer, source, origin)
    ) STRICT, WITHOUT ROWID;
    INSERT INTO pause (printer, source, origin, at)
        SELECT printer, 'operator', '', at FROM paused;
    DROP TABLE paused;
    ",
    ),
    Step::Seal,
    Step::Sql(
        "
    -- How long the store has lived, and which event was the newest then: see
    -- age.rs.
    CREATE TABLE age (
        lived_ms INTEGER NOT NULL,
        latest_at INTEGER NOT NULL,        -- the latest time the clock was believed to tell
        doubted_ms INTEGER NOT NULL
    ) STRICT;
    CREATE TABLE age_mark (
        lived_ms INTEGER PRIMARY KEY,
        cursor INTEGER NOT NULL
    ) STRICT;
    ",
    ),
    Step::Sql(
        "
    -- What a printer's device has proved it can do.
    CREATE TABLE proven (
        printer TEXT PRIMARY KEY,
        device TEXT NOT NULL,              -- the URI: another device is another
        automatic_status INTEGER NOT NULL,
        process_id INTEGER NOT NULL,
        at INTEGER NOT NULL                -- when that was last seen to be so
    ) STRICT, WITHOUT ROWID;
    ",
    ),
    Step::Sql(
        "
    -- Ids of keys that sealed what may still be here: who has them all need
    -- not look at each document.
    CREATE TABLE sealing_key (id BLOB PRIMARY KEY) STRICT, WITHOUT ROWID;
    ",
    ),
    Step::Sql(
        "
    -- Printers that a person added. `terms` is JSON: see printers.rs.
    CREATE TABLE printer (
        id TEXT PRIMARY KEY,
        added_at INTEGER NOT NULL,
        terms TEXT NOT NULL
    ) STRICT, WITHOUT ROWID;
    ",
    ),
    Step::Sql(
        "
    -- In whose browser it was: the user of the machine, and what they were
    -- called then. NULL: nobody in particular, as in every row until here.
    ALTER TABLE job ADD COLUMN user TEXT;
    ALTER TABLE job ADD COLUMN user_name TEXT;
    ALTER TABLE event ADD COLUMN user TEXT;
    DROP INDEX job_by_key;
    CREATE UNIQUE INDEX job_by_key
        ON job (coalesce(origin, ''), idempotency_key, coalesce(user, ''))
        WHERE idempotency_key IS NOT NULL;
    ",
    ),
];

/// Brings the file to this program's version.
///
/// # Errors
/// When the file was written by a newer program, or SQLite fails.
pub(super) fn migrate(connection: &mut Connection, vault: &Vault) -> Result<(), super::StoreError> {
    let known = i64::try_from(MIGRATIONS.len()).unwrap_or(i64::MAX);
    let seen: i64 = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    if seen > known {
        return Err(super::StoreError::Newer { seen, known });
    }
    for (step, migration) in (0_i64..).zip(MIGRATIONS).filter(|(step, _)| *step >= seen) {
        let transaction = connection.transaction()?;
        match migration {
            Step::Sql(sql) => transaction.execute_batch(sql)?,
            Step::Seal => sealing::seal_everything(&transaction, vault)?,
        }
        transaction.pragma_update(None, "user_version", step + 1)?;
        transaction.commit()?;
    }
    Ok(())
}

/// Whether a newer program has changed the file so that this one refuses it.
#[cfg(unix)]
pub(crate) fn is_written_by_newer(file: &std::path::Path) -> bool {
    let seen = || -> rusqlite::Result<i64> {
        let connection = Connection::open(file)?;
        connection.query_row("PRAGMA user_version", [], |row| row.get(0))
    };
    let known = i64::try_from(MIGRATIONS.len()).unwrap_or(i64::MAX);
    seen().is_ok_and(|seen| seen > known)
}

#[cfg(test)]
pub(super) mod tests {
    use super::super::documents;
    use super::*;

    fn vault() -> Vault {
        Vault::new(&[7; 32])
    }

    /// Makes the file one of an older version.
    pub(in super::super) fn steps_to(connection: &Connection, version: usize) {
        for step in &MIGRATIONS[..version] {
            let Step::Sql(sql) = step else {
                panic!("sealed files have tests of their own");
            };
            connection.execute_batch(sql).unwrap();
        }
        connection
            .pragma_update(None, "user_version", version)
            .unwrap();
    }

    #[test]
    fn migrating_twice_changes_nothing_and_a_newer_file_is_refused() {
        let mut connection = Connection::open_in_memory().unwrap();
        migrate(&mut connection, &vault()).unwrap();
        migrate(&mut connection, &vault()).unwrap();
        connection.pragma_update(None, "user_version", 99).unwrap();
        assert!(matches!(
            migrate(&mut connection, &vault()),
            Err(super::super::StoreError::Newer { seen: 99, .. })
        ));
    }

    #[test]
    fn a_file_of_the_first_schema_keeps_its_jobs_documents_and_histories() {
        let mut connection = Connection::open_in_memory().unwrap();
        steps_to(&connection, 1);
        connection
            .execute_batch(
                "INSERT INTO job (sequence, job_id, printer, name, priority, state, reasons,
                     attempt, octets, accepted_at, changed_at, repeat_safe, digest)
                 VALUES (7, 'seven', 'till', 'a', 5, 'pending', '', 0, 3, 1, 1, 0, x''),
                        (8, 'eight', 'till', 'b', 5, 'completed', '', 1, 1, 2, 3, 0, x'');
                 INSERT INTO document VALUES (7, 0, 'text/a', 3, zeroblob(32)),
                     (7, 1, 'text/b', 1, zeroblob(32));
                 INSERT INTO document_piece VALUES (7, 0, 0, x'61'), (7, 0, 1, x'6263'), (7, 1, 0, x'64');
                 INSERT INTO event (at, job, printer, cause, state, reasons, attempt, octets_sent)
                 VALUES (1, 7, 'till', 'accepted', 'pending', '', 0, 0),
                        (2, 8, 'till', 'accepted', 'pending', '', 0, 0),
                        (2, NULL, 'till', 'printer-state-changed', 'idle', '', 0, 0),
                        (3, 8, 'till', 'completed', 'completed', '', 1, 1);",
            )
            .unwrap();
        migrate(&mut connection, &vault()).unwrap();
        let job_id = "seven".parse().unwrap();
        let documents: Vec<(String, Vec<u8>)> = documents::of_job(&connection, &job_id)
            .unwrap()
            .into_iter()
            .map(|row| {
                let pieces = documents::pieces(&connection, &vault(), row.place).unwrap();
                (row.format, pieces.concat())
            })
            .collect();
        assert_eq!(
            documents,
            [
                ("text/a".to_owned(), b"abc".to_vec()),
                ("text/b".to_owned(), b"d".to_vec())
            ]
        );
        let chains: Vec<(u64, Option<u64>)> = connection
            .prepare("SELECT cursor, previous FROM event ORDER BY cursor")
            .unwrap()
            .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))
            .unwrap()
            .collect::<rusqlite::Result<_>>()
            .unwrap();
        assert_eq!(chains, [(1, None), (2, None), (3, None), (4, Some(2))]);
        let ends: Vec<Option<u64>> = connection
            .prepare("SELECT last_event FROM job ORDER BY sequence")
            .unwrap()
            .query_map([], |row| row.get(0))
            .unwrap()
            .collect::<rusqlite::Result<_>>()
            .unwrap();
        assert_eq!(ends, [Some(1), Some(4)]);
    }

    #[test]
    fn jobs_of_an_older_file_are_bound_to_no_user_and_keep_their_keys() {
        let mut connection = Connection::open_in_memory().unwrap();
        steps_to(&connection, 1);
        connection
            .execute_batch(
                "INSERT INTO job (sequence, job_id, origin, printer, name, priority, state,
                     reasons, attempt, octets, accepted_at, changed_at, repeat_safe, digest,
                     idempotency_key)
                 VALUES (7, 'seven', 'https://pos.example', 'till', 'a', 5, 'completed', '', 0,
                     3, 1, 1, 0, x'', 'order 7');",
            )
            .unwrap();
        migrate(&mut connection, &vault()).unwrap();
        let sql = format!("SELECT {} FROM job", super::super::rows::JOB_COLUMNS);
        let records: Vec<_> = connection
            .prepare(&sql)
            .unwrap()
            .query_map([], super::super::rows::job_record)
            .unwrap()
            .collect::<rusqlite::Result<_>>()
            .unwrap();
        let whose = records[0].submitter.clone().unwrap();
        assert_eq!(whose, "https://pos.example".into());
        let anna = crate::job::Submitter {
            user: Some(crate::owner::User::new("1000", Some("anna"))),
            ..whose.clone()
        };
        assert!(whose.is_open_to(&anna) && !anna.is_open_to(&whose));
        let same_key = connection.execute(
            "INSERT INTO job SELECT 8, 'eight', origin, printer, name, priority, state, reasons,
                 evidence, code, detail, attempt, octets, accepted_at, changed_at, not_before,
                 expires_at, repeat_safe, reprint_of, idempotency_key, digest, spooler_job,
                 last_event, user, user_name FROM job",
            [],
        );
        assert!(same_key.is_err(), "a key is one job's");
    }
}
