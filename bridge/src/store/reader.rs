//! Reads the store beside the writer (WAL): nobody waits for a commit to look
//! at a job.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use platen_protocol::{Cursor, CustomerText, Digest, JobId, JobState, PrinterId, TimestampMs};
use rusqlite::{Connection, OptionalExtension as _, params};
use serde::Serialize;

use super::changes::user_id;
use super::documents::{self, KeptDocuments, Place};
use super::rows::{EVENT_COLUMNS, JOB_COLUMNS, job_record, logged_event};
use super::seal::Vault;
use super::{AddedPrinter, Proven, StoreError, StoredDocument, pauses, printers, proven};
use crate::backend::Document;
use crate::dispatch::{DocumentBody, LoggedEvent};
use crate::job::{JobRecord, NewDocument, Submitter};
use crate::queue::Pause;

/// Documents up to this size are read together with their job: a small one
/// takes one way over a blocking thread, not three.
const READ_WHOLE_OCTETS_MAX: u64 = 64 * 1024;
/// Which jobs have not ended: looked for among those that have documents, for
/// these are few, and such a job always has some.
pub(super) const UNFINISHED: &str = "sequence IN (SELECT place >> 20 FROM document) \
    AND state NOT IN ('completed', 'aborted', 'canceled')";
/// Connections kept for the next reader.
const KEPT_MAX: usize = 2;

/// Which jobs to list.
#[derive(Debug, Clone, Default)]
pub struct JobFilter {
    /// Only those that are this one's to see; everybody's when `None`.
    pub submitter: Option<Submitter>,
    /// Only on these printers; on all when `None`.
    pub printers: Option<Vec<PrinterId>>,
    /// Only in these states; in all when empty.
    pub states: Vec<JobState>,
    /// Only those accepted before this one.
    pub before: Option<u64>,
    /// Only the one that was submitted with this key.
    pub idempotency_key: Option<CustomerText>,
    /// At most this many.
    pub limit: u32,
}

/// One row of a job's history.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct HistoryRow {
    /// When, in milliseconds since the Unix epoch.
    pub at: TimestampMs,
    /// The state before; `None` for the acceptance.
    pub from: Option<String>,
    /// The state after.
    pub state: String,
    /// What happened.
    pub cause: String,
    /// `job-state-reasons`, joined by blanks.
    pub reasons: String,
    /// Delivery attempt.
    pub attempt: u32,
    /// Octets that had left in this attempt.
    pub octets_sent: u64,
    /// Who said so.
    pub evidence: Option<String>,
    /// Why it went wrong.
    pub code: Option<String>,
    /// For people.
    pub detail: Option<String>,
}

/// Read-only access. Every call blocks.
#[derive(Debug)]
pub struct Reader {
    path: PathBuf,
    vault: Arc<Vault>,
    kept: Mutex<Vec<Connection>>,
}

impl Reader {
    pub(super) fn new(path: PathBuf, vault: Arc<Vault>) -> Self {
        Self {
            path,
            vault,
            kept: Mutex::new(Vec::new()),
        }
    }

    /// Lends a connection to `read`.
    pub(super) fn with<T>(
        &self,
        read: impl FnOnce(&Connection) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let kept = self
            .kept
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .pop();
        let connection = match kept {
            Some(connection) => connection,
            None => super::open_reader(&self.path)?,
        };
        let result = read(&connection);
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if result.is_ok() && kept.len() < KEPT_MAX {
            kept.push(connection);
        }
        result
    }

    /// The job with this id.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn job(&self, job_id: &JobId) -> Result<Option<JobRecord>, StoreError> {
        self.with(|connection| {
            let sql = format!("SELECT {JOB_COLUMNS} FROM job WHERE job_id = ?1");
            let mut statement = connection.prepare_cached(&sql)?;
            Ok(statement
                .query_row(params![job_id.as_str()], job_record)
                .optional()?)
        })
    }

    /// Jobs, newest first.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn jobs(&self, filter: &JobFilter) -> Result<Vec<JobRecord>, StoreError> {
        let list = |words: &mut dyn Iterator<Item = &str>| -> String {
            // A JSON array for json_each, so that any number of words is one parameter.
            serde_json::Value::from(words.map(serde_json::Value::from).collect::<Vec<_>>())
                .to_string()
        };
        let states = (!filter.states.is_empty())
            .then(|| list(&mut filter.states.iter().map(|state| state.as_str())));
        let printers = filter
            .printers
            .as_ref()
            .map(|printers| list(&mut printers.iter().map(PrinterId::as_str)));
        // In the words of the index of keys, so that it is used.
        let keyed = match filter.idempotency_key {
            Some(_) => "coalesce(origin, '') = coalesce(?1, '') AND idempotency_key = ?6",
            None => "?6 IS NULL",
        };
        self.with(|connection| {
            let sql = format!(
                "SELECT {JOB_COLUMNS} FROM job
                 WHERE {keyed}
                   AND (?1 IS NULL OR (origin = ?1 AND coalesce(user, '') IN ('', ?7)))
                   AND (?2 IS NULL OR printer IN (SELECT value FROM json_each(?2)))
                   AND (?3 IS NULL OR state IN (SELECT value FROM json_each(?3)))
                   AND sequence < ?4
                 ORDER BY sequence DESC LIMIT ?5"
            );
            let mut statement = connection.prepare_cached(&sql)?;
            let rows = statement.query_map(
                params![
                    filter.submitter.as_ref().map(|whose| &*whose.origin),
                    printers,
                    states,
                    filter
                        .before
                        .map_or(i64::MAX, |before| i64::try_from(before).unwrap_or(i64::MAX)),
                    filter.limit,
                    filter.idempotency_key.as_ref().map(CustomerText::as_str),
                    user_id(filter.submitter.as_ref())
                ],
                job_record,
            )?;
            Ok(rows.collect::<rusqlite::Result<_>>()?)
        })
    }

    /// The jobs of a printer that have not ended, in the order of acceptance.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn unfinished(&self, printer: &PrinterId) -> Result<Vec<JobRecord>, StoreError> {
        self.with(|connection| {
            let sql = format!(
                "SELECT {JOB_COLUMNS} FROM job
                 WHERE printer = ?1 AND {UNFINISHED} ORDER BY sequence"
            );
            let mut statement = connection.prepare(&sql)?;
            let rows = statement.query_map(params![printer.as_str()], job_record)?;
            Ok(rows.collect::<rusqlite::Result<_>>()?)
        })
    }

    /// Printers that have jobs which have not ended.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn printers_with_jobs(&self) -> Result<Vec<PrinterId>, StoreError> {
        self.with(|connection| {
            let sql = format!("SELECT DISTINCT printer FROM job WHERE {UNFINISHED}");
            let mut statement = connection.prepare(&sql)?;
            let rows = statement.query_map([], |row| row.get::<_, String>(0))?;
            let names: Vec<String> = rows.collect::<rusqlite::Result<_>>()?;
            Ok(names
                .into_iter()
                .filter_map(|name| name.parse().ok())
                .collect())
        })
    }

    /// Unfinished jobs and their octets, by origin.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn usage(&self) -> Result<Vec<(Option<String>, u64, u64)>, StoreError> {
        self.with(|connection| {
            let sql = format!(
                "SELECT origin, count(*), coalesce(sum(octets), 0) FROM job
                 WHERE {UNFINISHED} GROUP BY origin"
            );
            let mut statement = connection.prepare(&sql)?;
            let rows =
                statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
            Ok(rows.collect::<rusqlite::Result<_>>()?)
        })
    }

    /// How many jobs are in each state.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn counts(&self) -> Result<Vec<(JobState, u64)>, StoreError> {
        self.with(|connection| {
            let mut statement =
                connection.prepare("SELECT state, count(*) FROM job GROUP BY state")?;
            let rows = statement.query_map([], |row| {
                Ok((row.get::<_, String>(0)?, row.get::<_, u64>(1)?))
            })?;
            let counts: Vec<(String, u64)> = rows.collect::<rusqlite::Result<_>>()?;
            Ok(counts
                .into_iter()
                .filter_map(|(state, count)| Some((JobState::from_keyword(&state)?, count)))
                .collect())
        })
    }

    /// The largest sequence number used.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn last_sequence(&self) -> Result<u64, StoreError> {
        self.with(|connection| {
            Ok(
                connection.query_row("SELECT coalesce(max(sequence), 0) FROM job", [], |row| {
                    row.get(0)
                })?,
            )
        })
    }

    /// Who has this printer paused, and since when.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn pauses(&self, printer: &PrinterId) -> Result<Vec<(Pause, TimestampMs)>, StoreError> {
        self.with(|connection| Ok(pauses::of_printer(connection, printer)?))
    }

    /// What this printer's device proved before.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn proven(&self, printer: &PrinterId) -> Result<Option<Proven>, StoreError> {
        self.with(|connection| Ok(proven::of_printer(connection, printer)?))
    }

    /// Since when all printers are paused.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn machine_pause(&self) -> Result<Option<TimestampMs>, StoreError> {
        self.with(|connection| Ok(pauses::of_machine(connection)?))
    }

    /// A job's history, oldest first.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn history(&self, sequence: u64) -> Result<Vec<HistoryRow>, StoreError> {
        self.with(|connection| {
            let mut statement = connection.prepare_cached(
                "WITH RECURSIVE chain (link) AS (
                     SELECT last_event FROM job WHERE sequence = ?1
                     UNION ALL SELECT previous FROM event JOIN chain ON cursor = link
                 )
                 SELECT at, from_state, state, cause, reasons, attempt, octets_sent, evidence,
                        code, detail
                 FROM event JOIN chain ON cursor = link ORDER BY cursor",
            )?;
            let rows = statement.query_map(params![sequence], |row| {
                Ok(HistoryRow {
                    at: row.get(0)?,
                    from: row.get(1)?,
                    state: row.get(2)?,
                    cause: row.get(3)?,
                    reasons: row.get(4)?,
                    attempt: row.get(5)?,
                    octets_sent: row.get(6)?,
                    evidence: row.get(7)?,
                    code: row.get(8)?,
                    detail: row.get(9)?,
                })
            })?;
            Ok(rows.collect::<rusqlite::Result<_>>()?)
        })
    }

    /// Events after `after`, oldest first, at most `limit`. With a submitter:
    /// the events of jobs that are theirs to see, and those of printers.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn events_after(
        &self,
        after: Cursor,
        submitter: Option<&Submitter>,
        limit: u32,
    ) -> Result<Vec<LoggedEvent>, StoreError> {
        self.with(|connection| {
            let sql = format!(
                "SELECT {EVENT_COLUMNS} FROM event LEFT JOIN job ON job.sequence = event.job
                 WHERE event.cursor > ?1 AND (?2 IS NULL OR event.job IS NULL
                     OR (event.origin = ?2 AND coalesce(event.user, '') IN ('', ?4)))
                 ORDER BY event.cursor LIMIT ?3"
            );
            let mut statement = connection.prepare_cached(&sql)?;
            let rows = statement.query_map(
                params![
                    i64::try_from(after.0).unwrap_or(i64::MAX),
                    submitter.map(|whose| &*whose.origin),
                    limit,
                    user_id(submitter)
                ],
                logged_event,
            )?;
            Ok(rows.collect::<rusqlite::Result<_>>()?)
        })
    }

    /// The newest event's place, whether or not it is still kept; where the
    /// log begins when there was none.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn last_cursor(&self) -> Result<Cursor, StoreError> {
        self.with(|connection| {
            let newest: u64 = connection.query_row(
                "SELECT coalesce((SELECT max(cursor) FROM event), (SELECT begin FROM log))",
                [],
                |row| row.get(0),
            )?;
            Ok(Cursor(newest))
        })
    }

    /// The place before the oldest event kept; what came before is gone.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn oldest_cursor(&self) -> Result<Cursor, StoreError> {
        self.with(|connection| {
            let oldest: u64 = connection.query_row(
                "SELECT coalesce(
                     (SELECT min(cursor) - 1 FROM event),
                     (SELECT begin FROM log))",
                [],
                |row| row.get(0),
            )?;
            Ok(Cursor(oldest))
        })
    }

    /// The newest revocation list kept of each root, as signed.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn revocation_lists(&self) -> Result<Vec<String>, StoreError> {
        self.with(|connection| {
            let mut statement = connection.prepare("SELECT signed FROM revocation")?;
            let rows = statement.query_map([], |row| row.get(0))?;
            Ok(rows.collect::<rusqlite::Result<_>>()?)
        })
    }

    /// The latest time that the clock was believed to say; 0 in a store that
    /// has not written it yet.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn latest_time(&self) -> Result<TimestampMs, StoreError> {
        self.with(|connection| {
            let latest =
                connection.query_row("SELECT coalesce(max(latest_at), 0) FROM age", [], |row| {
                    row.get(0)
                })?;
            Ok(latest)
        })
    }

    /// The printers that a person added, in that order.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn added_printers(&self) -> Result<Vec<AddedPrinter>, StoreError> {
        self.with(|connection| Ok(printers::all(connection)?))
    }

    /// What there is of a job's documents.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn kept_documents(&self, sequence: u64) -> Result<KeptDocuments, StoreError> {
        self.with(|connection| Ok(documents::kept(connection, &self.vault, sequence)?))
    }

    /// A job's documents; empty when retention has purged them.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn documents(self: &Arc<Self>, job_id: &JobId) -> Result<Vec<Document>, StoreError> {
        self.with(|connection| {
            let rows = documents::of_job(connection, job_id)?;
            let mut documents = Vec::with_capacity(rows.len());
            for row in rows {
                let whole = if row.octets <= READ_WHOLE_OCTETS_MAX {
                    Some(Bytes::from(
                        documents::pieces(connection, &self.vault, row.place)?.concat(),
                    ))
                } else {
                    None
                };
                documents.push(Document {
                    format: row.format,
                    payload: Arc::new(StoredDocument {
                        reader: Arc::clone(self),
                        place: row.place,
                        octets: row.octets,
                        whole,
                    }),
                });
            }
            Ok(documents)
        })
    }

    /// A job's documents whole, for a new job; empty when retention has purged
    /// them.
    ///
    /// # Errors
    /// When the store cannot be read, or is damaged.
    pub fn copy_documents(&self, job_id: &JobId) -> Result<Vec<NewDocument>, StoreError> {
        self.with(|connection| {
            let rows = documents::of_job(connection, job_id)?;
            let mut documents = Vec::with_capacity(rows.len());
            for row in rows {
                let pieces = documents::pieces(connection, &self.vault, row.place)?;
                documents.push(NewDocument {
                    format: row.format,
                    octets: row.octets,
                    sha256: Digest::of_pieces(pieces.iter().map(Vec::as_slice)),
                    body: DocumentBody {
                        pieces: pieces.into_iter().map(Bytes::from).collect(),
                    },
                });
            }
            Ok(documents)
        })
    }

    /// Piece `piece` of the document that begins at `place`.
    pub(super) fn piece(&self, place: Place, piece: u32) -> Result<Option<Vec<u8>>, StoreError> {
        self.with(|connection| documents::piece(connection, &self.vault, place, piece))
    }
}
