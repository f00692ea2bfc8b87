//! Files only their owner may read: the agent's secret, the server's key, the
//! key of the stored documents.
//!
//! A secret is written beside its place and renamed into it, so that a crash
//! leaves the old file or the new one, never half of one.

#[cfg_attr(unix, path = "secret_file/unix.rs")]
#[cfg_attr(windows, path = "secret_file/windows.rs")]
mod system;

use std::fs::{self, File};
use std::io::{self, Read as _, Write as _};
use std::path::Path;

use zeroize::Zeroizing;

use system::Readers;
pub(crate) use system::{CLOSE_IT, create_private, others_read};

/// Longest file read; ours are a few kilobytes.
const OCTETS_MAX: u64 = 64 * 1024;

/// Reads a secret; `None` where no such file is.
///
/// # Errors
/// When the file cannot be read, is too long, is another user's, or when
/// others than its owner may read it.
pub(crate) fn read(path: &Path) -> io::Result<Option<Zeroizing<Vec<u8>>>> {
    read_checked(path, Readers::Owner, OCTETS_MAX)
}

/// [`read`] of a file that is longer than a key.
///
/// # Errors
/// As [`read`].
pub(crate) fn read_long(path: &Path, octets_max: u64) -> io::Result<Option<Zeroizing<Vec<u8>>>> {
    read_checked(path, Readers::Owner, octets_max)
}

/// Reads a secret that an administrator or the system keeps for us: its group
/// may read it, for that is how we can.
///
/// # Errors
/// As [`read`]; and when its group may write it, or anybody read it.
pub(crate) fn read_given(path: &Path) -> io::Result<Option<Zeroizing<Vec<u8>>>> {
    read_checked(path, Readers::Chosen, OCTETS_MAX)
}

fn read_checked(
    path: &Path,
    readers: Readers,
    octets_max: u64,
) -> io::Result<Option<Zeroizing<Vec<u8>>>> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    system::check_private(&file, path, readers)?;
    let mut octets = Zeroizing::new(Vec::new());
    let length = file.take(octets_max + 1).read_to_end(&mut octets)?;
    if length as u64 > octets_max {
        return Err(io::Error::other(format!(
            "{} is longer than a key; remove it to have a new one made",
            path.display()
        )));
    }
    Ok(Some(octets))
}

/// Writes a secret, readable by its owner only, durably.
///
/// # Errors
/// When the folder cannot be written.
pub(crate) fn write(path: &Path, octets: &[u8]) -> io::Result<()> {
    place(path, octets, create_private)
}

/// Writes a file that anybody may read, the same way.
///
/// # Errors
/// When the folder cannot be written.
pub(crate) fn write_public(path: &Path, octets: &[u8]) -> io::Result<()> {
    place(path, octets, system::create_public)
}

fn place(path: &Path, octets: &[u8], create: fn(&Path) -> io::Result<File>) -> io::Result<()> {
    let mut beside = path.as_os_str().to_owned();
    beside.push(".new");
    let beside = Path::new(&beside);
    // Left over by a crash, or put there by someone: never written into.
    match fs::remove_file(beside) {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(error),
    }
    let mut file = create(beside)?;
    file.write_all(octets)?;
    file.sync_all()?;
    // Closed first: open files are not renamed on Windows.
    drop(file);
    fs::rename(beside, path)?;
    path.parent().map_or(Ok(()), system::sync_folder)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_reads_back_and_only_its_owner_may_read_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret");
        assert!(read(&path).unwrap().is_none());
        write(&path, b"first").unwrap();
        write(&path, b"second").unwrap();
        assert_eq!(read(&path).unwrap().unwrap().as_slice(), b"second");
        assert!(!others_read(&path).unwrap());
    }
}
