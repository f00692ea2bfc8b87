//! Who stands where in a printer's line.

use platen_protocol::{JobId, PrinterId};
use rusqlite::{OptionalExtension as _, params};

use super::StoreError;
use super::reader::{Reader, UNFINISHED};
use crate::job::JobRecord;

impl Reader {
    /// The job that a printer works on, or would work on next; of those that
    /// wait for a time or a decision, none.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn first_in_line(&self, printer: &PrinterId) -> Result<Option<JobRecord>, StoreError> {
        let first: Option<String> = self.with(|connection| {
            let mut statement = connection.prepare(&format!(
                "SELECT job_id FROM job
                 WHERE printer = ?1 AND {UNFINISHED}
                   AND state IN ('pending', 'processing', 'processing-stopped')
                 ORDER BY state = 'pending', priority, sequence LIMIT 1"
            ))?;
            Ok(statement
                .query_row(params![printer.as_str()], |row| row.get(0))
                .optional()?)
        })?;
        match first.and_then(|job_id| job_id.parse::<JobId>().ok()) {
            Some(job_id) => self.job(&job_id),
            None => Ok(None),
        }
    }

    /// How many jobs of its printer go before this one.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn jobs_before(&self, record: &JobRecord) -> Result<u64, StoreError> {
        self.with(|connection| {
            let mut statement = connection.prepare(&format!(
                "SELECT count(*) FROM job
                 WHERE printer = ?1 AND {UNFINISHED} AND sequence <> ?3
                   AND (state IN ('processing', 'processing-stopped')
                        OR (state = 'pending' AND (priority, sequence) < (?2, ?3)))"
            ))?;
            Ok(statement.query_row(
                params![
                    record.job.printer.as_str(),
                    record.job.priority,
                    record.sequence
                ],
                |row| row.get(0),
            )?)
        })
    }
}
