//! Room on the disk that is kept for jobs already accepted.
//!
//! A file of zeros beside the store. When the disk is full it is given up, so
//! that what happens to accepted jobs can still be written, and new jobs are
//! refused until it could be made again, or until finished jobs have left as
//! much room within the store's own file.

use std::fs::File;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// The file's name in the state directory.
const FILE: &str = "reserve";
/// The log's 2,000 pages, and the rows of some ten thousand jobs.
const OCTETS: u64 = 12 * 1024 * 1024;
/// A full disk is not asked for room more often than this.
const ASK_AGAIN: Duration = Duration::from_secs(1);

/// The reserve: kept, or given up.
pub(super) struct Reserve {
    path: PathBuf,
    state: State,
}

enum State {
    Kept,
    /// Given up; asked for again after this moment.
    GivenUp {
        ask_at: Instant,
    },
}

impl Reserve {
    /// Makes the reserve where there is none.
    pub(super) fn keep(directory: &Path) -> Self {
        let mut reserve = Self {
            path: directory.join(FILE),
            state: State::GivenUp {
                ask_at: Instant::now(),
            },
        };
        if !reserve.is_kept(|| 0) {
            tracing::error!("the disk is full; no job is accepted until there is room again");
        }
        reserve
    }

    /// Whether new jobs may be written; asks for room where it was given up.
    /// `free_within` says how many octets of the store's file are unused.
    pub(super) fn is_kept(&mut self, free_within: impl FnOnce() -> u64) -> bool {
        let State::GivenUp { ask_at } = self.state else {
            return true;
        };
        if free_within() >= OCTETS {
            return true;
        }
        if Instant::now() < ask_at {
            return false;
        }
        match self.make() {
            Ok(()) => {
                self.state = State::Kept;
                true
            }
            Err(_) => {
                // Half a reserve would only take the room away.
                let _ = std::fs::remove_file(&self.path);
                self.state = State::GivenUp {
                    ask_at: Instant::now() + ASK_AGAIN,
                };
                false
            }
        }
    }

    fn make(&self) -> io::Result<()> {
        if std::fs::metadata(&self.path).is_ok_and(|file| file.len() == OCTETS) {
            return Ok(());
        }
        reserve(&File::create(&self.path)?)
    }

    /// Gives the reserve up; `false` when it was already.
    pub(super) fn give_up(&mut self) -> bool {
        let was_kept = matches!(self.state, State::Kept);
        if was_kept {
            tracing::error!(
                "the disk is full: accepted jobs are finished, new ones are refused until there is room again"
            );
            let removed = std::fs::remove_file(&self.path);
            if let Err(error) = removed {
                tracing::warn!(%error, "the reserve could not be given up");
            }
            self.state = State::GivenUp {
                ask_at: Instant::now() + ASK_AGAIN,
            };
        }
        was_kept
    }
}

/// Takes the room, not only the size: a file with a hole reserves nothing.
fn reserve(file: &File) -> io::Result<()> {
    #[cfg(target_os = "linux")]
    {
        use rustix::fs::{FallocateFlags, fallocate};
        match fallocate(file, FallocateFlags::empty(), 0, OCTETS) {
            Err(rustix::io::Errno::OPNOTSUPP) => {}
            result => return result.map_err(Into::into),
        }
    }
    let zeros = vec![0; 64 * 1024];
    for _ in 0..OCTETS / zeros.len() as u64 {
        (&*file).write_all(&zeros)?;
    }
    Ok(())
}
