//! The store as it was before a new version opened it.
//!
//! A new version may bring the file to a format that the old one refuses. A
//! copy is made while neither runs; when the old one is to run again and
//! cannot read the file, the copy takes its place, and the newer file is put
//! aside with its jobs, for a person to look at.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use platen_update::Version;

use crate::store::{STORE_FILE, is_written_by_newer};

/// The file, and the log beside it that may hold its newest part.
const PARTS: [&str; 2] = ["", "-wal"];

fn copy_of(state: &Path, part: &str) -> PathBuf {
    state.join(format!("{STORE_FILE}.before-update{part}"))
}

/// Keeps the store as it is; no agent may run.
///
/// # Errors
/// When there is no room.
pub(crate) fn keep(state: &Path) -> io::Result<()> {
    remove(state)?;
    for part in PARTS {
        let from = state.join(format!("{STORE_FILE}{part}"));
        if from.is_file() {
            fs::copy(&from, copy_of(state, part))?;
        }
    }
    Ok(())
}

/// The copy is needed no more.
///
/// # Errors
/// When it cannot be removed.
pub(crate) fn remove(state: &Path) -> io::Result<()> {
    for part in PARTS {
        match fs::remove_file(copy_of(state, part)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    Ok(())
}

/// The version that was tried does not run, and this one is to: gives back the
/// copy where this program cannot read what the other wrote. Returns where
/// that is then.
///
/// # Errors
/// When files cannot be moved.
pub(crate) fn give_back(state: &Path, tried: &Version) -> io::Result<Option<PathBuf>> {
    let file = state.join(STORE_FILE);
    let aside = state.join(format!("{STORE_FILE}.of-{tried}"));
    if !copy_of(state, "").is_file() || !is_written_by_newer(&file) {
        remove(state)?;
        return Ok(None);
    }
    // The log first: a log beside a file that it is not of would be taken for its.
    for part in ["-wal", "-shm", ""] {
        let from = state.join(format!("{STORE_FILE}{part}"));
        let to = PathBuf::from(format!("{}{part}", aside.display()));
        match fs::rename(&from, to) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    for part in ["-wal", ""] {
        let copy = copy_of(state, part);
        if copy.is_file() {
            fs::rename(copy, state.join(format!("{STORE_FILE}{part}")))?;
        }
    }
    Ok(Some(aside))
}
