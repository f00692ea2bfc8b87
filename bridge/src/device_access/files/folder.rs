//! A folder that nothing leads out of: every step is taken from the folder
//! before it, by name, and follows no link, so that what is put there
//! meanwhile changes nothing.
//!
//! Its own path is the machine owner's word, and links in it are followed. One
//! file per family of systems.

#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;

#[cfg(unix)]
pub(super) use unix::Folder;
#[cfg(windows)]
pub(super) use windows::Folder;

/// Names of one folder, and entries of all folders in one.
const ENTRIES_MAX: usize = 4096;

/// How a file is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Writing {
    /// In place of what it held.
    Whole,
    /// After what it holds.
    Append,
}

/// A file or folder, as it was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Seen {
    /// Whether it is a folder.
    pub(super) is_folder: bool,
    /// Tells it from another that has got its name.
    pub(super) number: u64,
    /// Its length.
    pub(super) octets: u64,
    /// When it was written, in nanoseconds.
    pub(super) written: i128,
}
