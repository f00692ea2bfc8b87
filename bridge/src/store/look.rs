//! A look into the store of an agent that may run or not: figures and what
//! happened, for people who help. Reads no document, and none of the columns
//! that hold customers' text (a job's name, its key, what a device said).

use std::path::{Path, PathBuf};

use platen_protocol::TimestampMs;
use rusqlite::Connection;
use serde::Serialize;

use super::{StoreError, open_reader};

/// A larger file is not checked page by page: it would take too long.
const CHECKED_OCTETS_MAX: u64 = 256 * 1024 * 1024;

/// An open store, read only.
#[derive(Debug)]
pub struct Look {
    directory: PathBuf,
    connection: Connection,
}

/// How much there is of everything.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StoreFigures {
    /// Version of the tables.
    pub schema: i64,
    /// Files and their sizes.
    pub files: Vec<(String, u64)>,
    /// Free pages, of all pages.
    pub free_pages: (u64, u64),
    /// Jobs by state.
    pub jobs: Vec<(String, u64)>,
    /// Documents kept.
    pub documents: u64,
    /// Events kept.
    pub events: u64,
    /// When the oldest event kept happened.
    pub oldest_event_at: Option<TimestampMs>,
    /// What SQLite says of the file's structure; `None` where it is too large
    /// to look.
    pub check: Option<String>,
}

/// A job without what is its customers' business.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[expect(missing_docs, reason = "each is the column of the same name")]
pub struct JobLine {
    pub job_id: String,
    pub origin: Option<String>,
    pub printer: String,
    pub priority: u8,
    pub state: String,
    pub reasons: String,
    pub evidence: Option<String>,
    pub code: Option<String>,
    pub attempt: u32,
    pub octets: u64,
    pub accepted_at: TimestampMs,
    pub changed_at: TimestampMs,
    pub not_before: Option<TimestampMs>,
    pub expires_at: Option<TimestampMs>,
    pub repeat_safe: bool,
    pub reprint_of: Option<String>,
    pub spooler_job: Option<i32>,
}

/// An event of the log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[expect(missing_docs, reason = "each is the column of the same name")]
pub struct HistoryLine {
    pub cursor: u64,
    pub at: TimestampMs,
    pub job_id: Option<String>,
    pub printer: String,
    pub cause: String,
    pub from_state: Option<String>,
    pub state: String,
    pub reasons: String,
    pub attempt: u32,
    pub octets_sent: u64,
    pub evidence: Option<String>,
    pub code: Option<String>,
}

impl Look {
    /// Opens the store in a state directory.
    ///
    /// # Errors
    /// When there is none, or it cannot be read.
    pub fn open(state_directory: &Path) -> Result<Self, StoreError> {
        Ok(Self {
            directory: state_directory.to_owned(),
            connection: open_reader(&state_directory.join(super::open::FILE))?,
        })
    }

    /// How much there is of everything.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn figures(&self) -> Result<StoreFigures, StoreError> {
        let one = |sql: &str| {
            self.connection
                .query_row(sql, [], |row| row.get::<_, Option<i64>>(0))
        };
        let count = |sql: &str| {
            let found = one(sql)?.unwrap_or(0);
            Ok::<_, rusqlite::Error>(u64::try_from(found).unwrap_or(0))
        };
        let files = self.files();
        let small = files.iter().map(|(_, octets)| octets).sum::<u64>() <= CHECKED_OCTETS_MAX;
        let check = if small {
            let found = self
                .connection
                .query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
            Some(found)
        } else {
            None
        };
        let mut statement = self
            .connection
            .prepare("SELECT state, count(*) FROM job GROUP BY state ORDER BY state")?;
        let jobs = statement
            .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
            .collect::<rusqlite::Result<_>>()?;
        Ok(StoreFigures {
            schema: one("PRAGMA user_version")?.unwrap_or(0),
            files,
            free_pages: (count("PRAGMA freelist_count")?, count("PRAGMA page_count")?),
            jobs,
            documents: count("SELECT count(*) FROM document")?,
            events: count("SELECT count(*) FROM event")?,
            oldest_event_at: one("SELECT min(at) FROM event")?
                .and_then(|at| TimestampMs::try_from(at).ok()),
            check,
        })
    }

    fn files(&self) -> Vec<(String, u64)> {
        let sizes = ["platen.db", "platen.db-wal"].map(|name| {
            let metadata = std::fs::metadata(self.directory.join(name));
            (
                name.to_owned(),
                metadata.map_or(0, |metadata| metadata.len()),
            )
        });
        sizes.into()
    }

    /// The newest jobs, newest first.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn jobs(&self, limit: u32) -> Result<Vec<JobLine>, StoreError> {
        let mut statement = self.connection.prepare(
            "SELECT job_id, origin, printer, priority, state, reasons, evidence, code, attempt,
                    octets, accepted_at, changed_at, not_before, expires_at, repeat_safe,
                    reprint_of, spooler_job
             FROM job ORDER BY sequence DESC LIMIT ?1",
        )?;
        let rows = statement.query_map([limit], |row| {
            Ok(JobLine {
                job_id: row.get(0)?,
                origin: row.get(1)?,
                printer: row.get(2)?,
                priority: row.get(3)?,
                state: row.get(4)?,
                reasons: row.get(5)?,
                evidence: row.get(6)?,
                code: row.get(7)?,
                attempt: row.get(8)?,
                octets: row.get(9)?,
                accepted_at: row.get(10)?,
                changed_at: row.get(11)?,
                not_before: row.get(12)?,
                expires_at: row.get(13)?,
                repeat_safe: row.get(14)?,
                reprint_of: row.get(15)?,
                spooler_job: row.get(16)?,
            })
        })?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }

    /// The newest events, newest first.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn history(&self, limit: u32) -> Result<Vec<HistoryLine>, StoreError> {
        let mut statement = self.connection.prepare(
            "SELECT event.cursor, event.at, job.job_id, event.printer, event.cause,
                    event.from_state, event.state, event.reasons, event.attempt,
                    event.octets_sent, event.evidence, event.code
             FROM event LEFT JOIN job ON job.sequence = event.job
             ORDER BY event.cursor DESC LIMIT ?1",
        )?;
        let rows = statement.query_map([limit], |row| {
            Ok(HistoryLine {
                cursor: row.get(0)?,
                at: row.get(1)?,
                job_id: row.get(2)?,
                printer: row.get(3)?,
                cause: row.get(4)?,
                from_state: row.get(5)?,
                state: row.get(6)?,
                reasons: row.get(7)?,
                attempt: row.get(8)?,
                octets_sent: row.get(9)?,
                evidence: row.get(10)?,
                code: row.get(11)?,
            })
        })?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }
}
