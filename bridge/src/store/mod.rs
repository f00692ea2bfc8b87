//! The truth about jobs, events and grants: one SQLite file.
//!
//! [`writer`] is the only one that writes: a thread that gathers what is
//! asked, commits it in one transaction (one fsync for many jobs) and only
//! then tells anybody. [`reader`] reads beside it. The store decides nothing:
//! which change is legal is the queue's business.

mod age;
mod changes;
mod documents;
mod key;
mod line;
mod look;
mod open;
mod pauses;
mod payload;
mod printers;
mod proven;
mod provisioning;
mod reader;
mod reserve;
mod retention;
mod rows;
mod schema;
mod seal;
mod sealing;
mod writer;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, mpsc};
use std::thread::JoinHandle;

use platen_protocol::{ErrorCode, PrinterId, TimestampMs};
use rusqlite::{Connection, OpenFlags};
use tokio::sync::{broadcast, watch};

use crate::clock::Clock;
use crate::dispatch::LoggedEvent;
use crate::grant::{Grant, Grants};
use crate::limits::Limits;
use crate::queue::{Change, CommitResult};
use crate::state_directory::StateDirectory;
use reserve::Reserve;

pub use documents::KeptDocuments;
pub use key::{KeyError, KeySource, NotAKeySource};
pub use look::{HistoryLine, JobLine, Look, StoreFigures};
#[cfg(unix)]
pub(crate) use open::FILE as STORE_FILE;
pub use open::damaged_stores;
pub use payload::{StoredDocument, documents_in_memory};
pub use printers::AddedPrinter;
pub use proven::Proven;
pub use provisioning::Provisioning;
pub use reader::{HistoryRow, JobFilter, Reader};
#[cfg(unix)]
pub(crate) use schema::is_written_by_newer;
pub use seal::{KeyId, SealError};

/// Events a slow listener may be behind before it must read the log anew.
const LIVE_EVENTS_MAX: usize = 4096;

/// Why the store cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// SQLite failed.
    #[error("the store failed: {0}; run `platen doctor`")]
    Sqlite(#[from] rusqlite::Error),
    /// The directory cannot be used.
    #[error("{path} cannot be used: {source}; check its owner and permissions", path = .path.display())]
    Directory {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A newer program wrote it.
    #[error(
        "the store was written by a newer platen (schema {seen}, this one knows {known}); install that version again"
    )]
    Newer {
        /// Version of the file.
        seen: i64,
        /// Version of this program.
        known: i64,
    },
    /// The file does not fit together.
    #[error("the store is damaged: {0}; run `platen doctor`")]
    Damaged(String),
    /// There is no key to seal documents with.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// A document cannot be opened.
    #[error(transparent)]
    Sealed(#[from] SealError),
    /// The writer thread has ended.
    #[error("the store is closed; the agent is stopping")]
    Closed,
}

impl StoreError {
    /// The name on the wire.
    #[must_use]
    pub fn code(&self) -> ErrorCode {
        match self {
            Self::Sqlite(error) => code_of(error),
            Self::Closed => ErrorCode::ShuttingDown,
            Self::Sealed(_) => ErrorCode::PayloadLost,
            Self::Directory { .. } | Self::Newer { .. } | Self::Damaged(_) | Self::Key(_) => {
                ErrorCode::StorageFailed
            }
        }
    }
}

fn code_of(error: &rusqlite::Error) -> ErrorCode {
    if is_full(error) {
        ErrorCode::StorageFull
    } else {
        ErrorCode::StorageFailed
    }
}

/// Whether the disk has no room: for the file and its log, or for the log's
/// index.
fn is_full(error: &rusqlite::Error) -> bool {
    error.sqlite_error().is_some_and(|error| {
        error.code == rusqlite::ErrorCode::DiskFull
            || error.extended_code == rusqlite::ffi::SQLITE_IOERR_SHMSIZE
    })
}

/// What the writer thread is asked.
enum Write {
    Commit {
        printer: PrinterId,
        changes: Vec<Change>,
        done: Box<dyn FnOnce(CommitResult) + Send>,
    },
    AddGrant {
        grant: Box<Grant>,
        done: Box<dyn FnOnce(Result<i64, StoreError>) + Send>,
    },
    RemoveGrant {
        id: i64,
        done: Box<dyn FnOnce(Result<bool, StoreError>) + Send>,
    },
    Revoke {
        issuer: String,
        number: u64,
        signed: String,
        done: Box<dyn FnOnce(Result<bool, StoreError>) + Send>,
    },
    MachinePause {
        since: Option<TimestampMs>,
        done: Box<dyn FnOnce(Result<(), StoreError>) + Send>,
    },
    Proven {
        printer: PrinterId,
        proven: Option<Proven>,
    },
    KeepPrinter {
        printer: Box<AddedPrinter>,
        done: Box<dyn FnOnce(Result<(), StoreError>) + Send>,
    },
    ForgetPrinter {
        id: PrinterId,
        done: Box<dyn FnOnce(Result<(), StoreError>) + Send>,
    },
    Provision {
        all: Box<Provisioning>,
        done: Box<dyn FnOnce(Result<(), StoreError>) + Send>,
    },
    TellGrants {
        done: Box<dyn FnOnce(Result<(), StoreError>) + Send>,
    },
    Close,
}

/// The store: cheap to clone, shared by everyone.
#[derive(Debug, Clone)]
pub struct Store {
    writes: mpsc::Sender<Write>,
    reader: Arc<Reader>,
    events: broadcast::Sender<Arc<LoggedEvent>>,
    grants: Grants,
    thread: Arc<Mutex<Option<JoinHandle<()>>>>,
    documents_without_key: u64,
    // Held, so that the file is nobody else's until the last clone is dropped.
    _state: StateDirectory,
}

impl Store {
    /// Opens (or makes) the store in the state directory and starts the
    /// writer thread. Documents are sealed with the key of `key`, and
    /// grow old by `clock`.
    ///
    /// # Errors
    /// When the file cannot be used, or there is no key.
    pub fn open(
        state: &StateDirectory,
        limits: &Limits,
        key: &KeySource,
        clock: Clock,
    ) -> Result<Self, StoreError> {
        let directory = state.path();
        let path = directory.join(open::FILE);
        let vault = Arc::new(key.load(directory)?);
        let connection = open::open(directory, &vault)?;
        let documents_without_key = open::documents_without_key(&connection, &vault)?;
        let (grants_out, grants) = watch::channel(Arc::new(writer::read_grants(&connection)?));
        let (events, _) = broadcast::channel(LIVE_EVENTS_MAX);
        let (writes, inbox) = mpsc::channel();
        let writer = writer::Writer::new(
            connection,
            Arc::clone(&vault),
            events.clone(),
            grants_out,
            limits,
            clock,
            Reserve::keep(directory),
        )?;
        let thread = std::thread::Builder::new()
            .name("store".to_owned())
            .spawn(move || writer.run(&inbox))
            .map_err(|source| StoreError::Directory {
                path: directory.to_owned(),
                source,
            })?;
        let reader = Arc::new(Reader::new(path, vault));
        // Opening one now finds a broken file before anybody is told "ready".
        reader.with(|_| Ok(()))?;
        Ok(Self {
            writes,
            reader,
            events,
            grants,
            thread: Arc::new(Mutex::new(Some(thread))),
            documents_without_key,
            _state: state.clone(),
        })
    }

    /// Makes `changes` durable together, then calls `done` on the writer's
    /// thread. Calls come back in the order of this call.
    pub fn commit(
        &self,
        printer: PrinterId,
        changes: Vec<Change>,
        done: impl FnOnce(CommitResult) + Send + 'static,
    ) {
        let write = Write::Commit {
            printer,
            changes,
            done: Box::new(done),
        };
        if let Err(mpsc::SendError(Write::Commit { done, .. })) = self.writes.send(write) {
            done(CommitResult::Failed {
                code: ErrorCode::ShuttingDown,
            });
        }
    }

    /// Adds a grant; its `id` is chosen here.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub async fn add_grant(&self, grant: Grant) -> Result<i64, StoreError> {
        self.ask(|done| Write::AddGrant {
            grant: Box::new(grant),
            done,
        })
        .await
    }

    /// Removes a grant; `false` when there is none with this number.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub async fn remove_grant(&self, id: i64) -> Result<bool, StoreError> {
        self.ask(|done| Write::RemoveGrant { id, done }).await
    }

    /// Keeps a root's revocation list if it is newer than the one kept;
    /// `false` when it is not. Its signature must have been checked.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub async fn revoke(
        &self,
        issuer: String,
        number: u64,
        signed: String,
    ) -> Result<bool, StoreError> {
        self.ask(|done| Write::Revoke {
            issuer,
            number,
            signed,
            done,
        })
        .await
    }

    /// Remembers since when all printers are paused, or that they are not.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub async fn set_machine_pause(&self, since: Option<TimestampMs>) -> Result<(), StoreError> {
        self.ask(|done| Write::MachinePause { since, done }).await
    }

    /// Keeps what a printer's device has proved, or forgets it, before anything
    /// that is asked later. Nobody waits for it: lost, it is proved again.
    pub fn keep_proven(&self, printer: PrinterId, proven: Option<Proven>) {
        // A store that is closed keeps nothing more.
        drop(self.writes.send(Write::Proven { printer, proven }));
    }

    /// Keeps a printer that a person added, as it is now.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub async fn keep_printer(&self, printer: AddedPrinter) -> Result<(), StoreError> {
        let printer = Box::new(printer);
        self.ask(|done| Write::KeepPrinter { printer, done }).await
    }

    /// Forgets a printer that a person added; its jobs keep their history.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub async fn forget_printer(&self, id: PrinterId) -> Result<(), StoreError> {
        self.ask(|done| Write::ForgetPrinter { id, done }).await
    }

    /// Writes what a provisioning file changes, all of it or nothing, and
    /// publishes the grants.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub async fn provision(&self, all: Provisioning) -> Result<(), StoreError> {
        let all = Box::new(all);
        self.ask(|done| Write::Provision { all, done }).await
    }

    /// Publishes the grants again, for listeners to look at what belongs to
    /// them.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn tell_grants(&self) -> Result<(), StoreError> {
        self.ask(|done| Write::TellGrants { done }).await
    }

    async fn ask<T: Send + 'static>(
        &self,
        write: impl FnOnce(Box<dyn FnOnce(Result<T, StoreError>) + Send>) -> Write,
    ) -> Result<T, StoreError> {
        let (sender, answer) = tokio::sync::oneshot::channel();
        let done = Box::new(move |result| {
            // The asker may have gone; what was written stays written.
            let _ = sender.send(result);
        });
        self.writes
            .send(write(done))
            .map_err(|_| StoreError::Closed)?;
        answer.await.map_err(|_| StoreError::Closed)?
    }

    /// Reads beside the writer. Its calls block: use them on a blocking thread.
    #[must_use]
    pub fn reader(&self) -> &Arc<Reader> {
        &self.reader
    }

    /// Runs `read` on a blocking thread.
    ///
    /// # Errors
    /// Whatever `read` says, or [`StoreError::Closed`].
    pub async fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Arc<Reader>) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let reader = Arc::clone(&self.reader);
        tokio::task::spawn_blocking(move || read(&reader))
            .await
            .map_err(|_| StoreError::Closed)?
    }

    /// How many documents could not be opened at the start, because the key
    /// that sealed them is not here.
    #[must_use]
    pub fn documents_without_key(&self) -> u64 {
        self.documents_without_key
    }

    /// The current grants.
    #[must_use]
    pub fn grants(&self) -> Grants {
        self.grants.clone()
    }

    /// What becomes durable from now on, in order, and progress.
    #[must_use]
    pub fn events(&self) -> broadcast::Receiver<Arc<LoggedEvent>> {
        self.events.subscribe()
    }

    /// Tells listeners of something that is not durable.
    pub fn tell(&self, event: LoggedEvent) {
        // Nobody listening is fine.
        let _ = self.events.send(Arc::new(event));
    }

    /// Writes what is left and ends the thread. Blocking.
    pub fn close(&self) {
        let _ = self.writes.send(Write::Close);
        let thread = self.thread.lock().map(|mut slot| slot.take());
        if let Ok(Some(thread)) = thread
            && thread.join().is_err()
        {
            tracing::error!("the store's writer panicked");
        }
    }
}

/// Only the owner may read what customers printed.
fn restrict(path: &Path) -> Result<(), StoreError> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)).map_err(
            |source| StoreError::Directory {
                path: path.to_owned(),
                source,
            },
        )?;
    }
    let _ = path;
    Ok(())
}

/// A connection that only reads.
fn open_reader(path: &Path) -> Result<Connection, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.pragma_update(None, "cache_size", -256)?;
    Ok(connection)
}

#[cfg(test)]
mod tests;
