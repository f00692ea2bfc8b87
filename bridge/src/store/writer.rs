//! The one thread that writes.
//!
//! It takes everything that waits, writes it in one transaction and answers
//! after the fsync: while one commit is under way the next one gathers (group
//! commit). When a whole transaction fails, each request is tried alone, so
//! that one bad request fails alone.

use std::sync::{Arc, mpsc};
use std::time::Duration;

use platen_protocol::PrinterId;
use rusqlite::{Connection, params};
use tokio::sync::{broadcast, watch};

use super::changes::{Told, write_changes};
use super::reserve::Reserve;
use super::retention::{Due, Retention};
use super::seal::Vault;
use super::{
    Provisioning, StoreError, Write, code_of, is_full, pauses, printers, proven, provisioning,
};
use crate::clock::Clock;
use crate::dispatch::LoggedEvent;
use crate::grant::Grant;
use crate::limits::Limits;
use crate::queue::{Change, CommitResult};

/// Requests in one transaction, so that nobody waits for a crowd.
const GATHER_MAX: usize = 256;
/// Nothing asked for this long is a good time to tidy up.
const IDLE: Duration = Duration::from_millis(500);
/// A disk that refuses to be tidied up is not asked all the time.
const AFTER_FAILURE: Duration = Duration::from_secs(60);

pub(super) struct Writer {
    connection: Connection,
    vault: Arc<Vault>,
    events: broadcast::Sender<Arc<LoggedEvent>>,
    grants: watch::Sender<Arc<Vec<Arc<Grant>>>>,
    retention: Retention,
    reserve: Reserve,
}

impl Writer {
    pub(super) fn new(
        connection: Connection,
        vault: Arc<Vault>,
        events: broadcast::Sender<Arc<LoggedEvent>>,
        grants: watch::Sender<Arc<Vec<Arc<Grant>>>>,
        limits: &Limits,
        clock: Clock,
        reserve: Reserve,
    ) -> Result<Self, StoreError> {
        Ok(Self {
            retention: Retention::new(&connection, limits, clock)?,
            connection,
            vault,
            events,
            grants,
            reserve,
        })
    }

    /// Works until [`Write::Close`], or until nobody can ask any more.
    pub(super) fn run(mut self, inbox: &mpsc::Receiver<Write>) {
        while let Some(first) = self.next(inbox) {
            if !self.work_off(gather(first, inbox)) {
                break;
            }
            if self.retention.due() == Due::Now {
                self.purge();
            }
        }
        // What is due when the agent ends is due no more when it starts.
        while !matches!(self.retention.due(), Due::After(_)) && self.purge() {}
        if let Err(error) = self
            .connection
            .execute_batch("PRAGMA wal_checkpoint(TRUNCATE)")
        {
            tracing::warn!(%error, "the store was not tidied up; the next start does it");
        }
    }

    /// What is asked next; tidies up when nothing is for a while.
    fn next(&mut self, inbox: &mpsc::Receiver<Write>) -> Option<Write> {
        let mut failed = false;
        loop {
            let wait = match self.retention.due() {
                Due::After(wait) => wait,
                Due::WhenIdle | Due::Now if failed => AFTER_FAILURE,
                Due::WhenIdle | Due::Now => IDLE,
            };
            match inbox.recv_timeout(wait) {
                Ok(write) => return Some(write),
                Err(mpsc::RecvTimeoutError::Timeout) => {
                    if !matches!(self.retention.due(), Due::After(_)) {
                        failed = !self.purge();
                    }
                }
                Err(mpsc::RecvTimeoutError::Disconnected) => return None,
            }
        }
    }

    /// Returns whether to go on.
    fn work_off(&mut self, batch: Vec<Write>) -> bool {
        let mut commits = Vec::with_capacity(batch.len());
        for write in batch {
            match write {
                Write::Commit {
                    printer,
                    changes,
                    done,
                } => commits.push((printer, changes, done)),
                // Everything else is rare: written alone, in its place.
                other => {
                    self.commit_together(std::mem::take(&mut commits));
                    match other {
                        Write::AddGrant { grant, done } => done(self.add_grant(&grant)),
                        Write::RemoveGrant { id, done } => done(self.remove_grant(id)),
                        Write::Revoke {
                            issuer,
                            number,
                            signed,
                            done,
                        } => {
                            done(self.revoke(&issuer, number, &signed));
                        }
                        Write::MachinePause { since, done } => {
                            done(pauses::set_machine(&self.connection, since).map_err(Into::into));
                        }
                        Write::Proven { printer, proven } => {
                            let kept = proven::keep(&self.connection, &printer, proven.as_ref());
                            if let Err(error) = kept {
                                tracing::warn!(%printer, %error, "what the printer can do is not kept; it is tried again after a restart");
                            }
                        }
                        Write::KeepPrinter { printer, done } => {
                            done(printers::keep(&self.connection, &printer).map_err(Into::into));
                        }
                        Write::ForgetPrinter { id, done } => {
                            done(self.forget_printer(&id));
                        }
                        Write::Provision { all, done } => done(self.provision(&all)),
                        Write::TellGrants { done } => done(self.publish_grants()),
                        Write::Close => return false,
                        Write::Commit { .. } => {}
                    }
                }
            }
        }
        self.commit_together(commits);
        true
    }

    #[allow(clippy::type_complexity)] // private, and named by its use
    fn commit_together(
        &mut self,
        commits: Vec<(PrinterId, Vec<Change>, Box<dyn FnOnce(CommitResult) + Send>)>,
    ) {
        if commits.is_empty() {
            return;
        }
        let all: Vec<_> = commits
            .iter()
            .map(|(printer, changes, _)| (printer, &changes[..]))
            .collect();
        match self.transact_within_reserve(&all) {
            Ok((results, told)) => {
                self.tell(told);
                for ((_, _, done), result) in commits.into_iter().zip(results) {
                    done(result);
                }
            }
            Err(error) if commits.len() == 1 => {
                tracing::error!(%error, "the store refused a change");
                for (_, _, done) in commits {
                    done(CommitResult::Failed {
                        code: code_of(&error),
                    });
                }
            }
            Err(_) => {
                for commit in commits {
                    self.commit_together(vec![commit]);
                }
            }
        }
    }

    /// New jobs are written while the reserve is kept; changes of accepted
    /// ones as long as there is any room.
    fn transact_within_reserve(
        &mut self,
        commits: &[(&PrinterId, &[Change])],
    ) -> Result<(Vec<CommitResult>, Told), rusqlite::Error> {
        let accepts = commits
            .iter()
            .flat_map(|(_, changes)| *changes)
            .any(|change| matches!(change, Change::Accept { .. }));
        let connection = &self.connection;
        if accepts && !self.reserve.is_kept(|| free_within(connection)) {
            return Err(full());
        }
        match self.transact(commits) {
            Err(error) if is_full(&error) && !accepts && self.reserve.give_up() => {
                self.transact(commits)
            }
            result => result,
        }
    }

    fn transact(
        &mut self,
        commits: &[(&PrinterId, &[Change])],
    ) -> Result<(Vec<CommitResult>, Told), rusqlite::Error> {
        let vault = &self.vault;
        in_transaction(&self.connection, |connection| {
            let mut told = Told::default();
            let mut results = Vec::with_capacity(commits.len());
            for (printer, changes) in commits {
                results.push(write_changes(
                    connection, vault, printer, changes, &mut told,
                )?);
            }
            Ok((results, told))
        })
    }

    /// After the fsync: what happened becomes known.
    fn tell(&mut self, told: Told) {
        self.retention.note(&told);
        for event in told.events {
            let _ = self.events.send(Arc::new(event));
        }
    }

    /// Forgets what is due, and returns whether that worked. Nobody waits for
    /// this.
    fn purge(&mut self) -> bool {
        let retention = &mut self.retention;
        match in_transaction(&self.connection, |connection| retention.purge(connection)) {
            Ok(purged) => {
                self.retention.note_purged(&purged);
                true
            }
            Err(error) => {
                tracing::warn!(%error, "old documents and history were not purged; it is tried again");
                false
            }
        }
    }

    fn add_grant(&mut self, grant: &Grant) -> Result<i64, StoreError> {
        let terms = serde_json::to_string(grant)
            .map_err(|error| rusqlite::Error::ToSqlConversionFailure(error.into()))?;
        self.connection.execute(
            "INSERT INTO trust (certificate, terms) VALUES (?1, ?2)",
            params![grant.certificate, terms],
        )?;
        let id = self.connection.last_insert_rowid();
        self.publish_grants()?;
        Ok(id)
    }

    fn remove_grant(&mut self, id: i64) -> Result<bool, StoreError> {
        let removed = self
            .connection
            .execute("DELETE FROM trust WHERE id = ?1", params![id])?;
        self.publish_grants()?;
        Ok(removed > 0)
    }

    fn provision(&mut self, all: &Provisioning) -> Result<(), StoreError> {
        in_transaction(&self.connection, |connection| {
            provisioning::write(connection, all)
        })?;
        self.publish_grants()
    }

    fn forget_printer(&self, id: &PrinterId) -> Result<(), StoreError> {
        let forget = |connection: &Connection| printers::forget(connection, id);
        Ok(in_transaction(&self.connection, forget)?)
    }

    fn publish_grants(&mut self) -> Result<(), StoreError> {
        self.grants
            .send_replace(Arc::new(read_grants(&self.connection)?));
        Ok(())
    }

    fn revoke(&mut self, issuer: &str, number: u64, signed: &str) -> Result<bool, StoreError> {
        let changed = self.connection.execute(
            "INSERT INTO revocation (issuer, number, signed) VALUES (?1, ?2, ?3)
             ON CONFLICT (issuer) DO UPDATE SET number = ?2, signed = ?3 WHERE number < ?2",
            params![issuer, number, signed],
        )?;
        Ok(changed > 0)
    }
}

/// The grants as the store has them.
pub(super) fn read_grants(connection: &Connection) -> Result<Vec<Arc<Grant>>, StoreError> {
    let mut statement =
        connection.prepare("SELECT id, certificate, terms FROM trust ORDER BY id")?;
    let rows = statement.query_map([], |row| {
        let terms: String = row.get(2)?;
        let mut grant = Grant::from_terms(&terms).map_err(|error| {
            rusqlite::Error::FromSqlConversionFailure(2, rusqlite::types::Type::Text, error.into())
        })?;
        grant.id = row.get(0)?;
        grant.certificate = row.get(1)?;
        Ok(Arc::new(grant))
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Octets of the file that are unused.
fn free_within(connection: &Connection) -> u64 {
    let pragma = |name: &str| connection.query_row(name, [], |row| row.get::<_, u64>(0));
    match (pragma("PRAGMA freelist_count"), pragma("PRAGMA page_size")) {
        (Ok(pages), Ok(octets)) => pages * octets,
        _ => 0,
    }
}

/// What SQLite says when the disk is full.
fn full() -> rusqlite::Error {
    rusqlite::Error::SqliteFailure(rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_FULL), None)
}

/// Takes what waits.
fn gather(first: Write, inbox: &mpsc::Receiver<Write>) -> Vec<Write> {
    let mut batch = vec![first];
    batch.extend(inbox.try_iter().take(GATHER_MAX - 1));
    batch
}

/// Runs `work` in a transaction, which ends with a fsync. Its statements are
/// kept prepared: each job has two.
fn in_transaction<T>(
    connection: &Connection,
    work: impl FnOnce(&Connection) -> rusqlite::Result<T>,
) -> rusqlite::Result<T> {
    let run = |sql| connection.prepare_cached(sql)?.execute([]);
    run("BEGIN IMMEDIATE")?;
    let result = work(connection).and_then(|value| run("COMMIT").map(|_| value));
    if result.is_err() && !connection.is_autocommit() {
        run("ROLLBACK")?;
    }
    result
}
