//! Files only their owner may read: the agent's secret, the server's key, the
//! key of the stored documents.
//!
//! A secret is written beside its place and renamed into it, so that a crash
//! leaves the old file or the new one, never half of one.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::path::Path;

use zeroize::Zeroizing;

/// Longest file read; ours are a few kilobytes.
const OCTETS_MAX: u64 = 64 * 1024;

/// Reads a secret; `None` where no such file is.
///
/// # Errors
/// When the file cannot be read, is too long, is another user's, or when
/// others than its owner may read it.
pub(crate) fn read(path: &Path) -> io::Result<Option<Zeroizing<Vec<u8>>>> {
    read_checked(path, 0o077, OCTETS_MAX)
}

/// [`read`] of a file that is longer than a key.
///
/// # Errors
/// As [`read`].
pub(crate) fn read_long(path: &Path, octets_max: u64) -> io::Result<Option<Zeroizing<Vec<u8>>>> {
    read_checked(path, 0o077, octets_max)
}

/// Reads a secret that an administrator or the system keeps for us: its group
/// may read it, for that is how we can.
///
/// # Errors
/// As [`read`]; and when its group may write it, or anybody read it.
pub(crate) fn read_given(path: &Path) -> io::Result<Option<Zeroizing<Vec<u8>>>> {
    read_checked(path, 0o037, OCTETS_MAX)
}

fn read_checked(
    path: &Path,
    forbidden: u32,
    octets_max: u64,
) -> io::Result<Option<Zeroizing<Vec<u8>>>> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    check_private(&file, path, forbidden)?;
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
    place(path, octets, 0o600)
}

/// Writes a file that anybody may read, the same way.
///
/// # Errors
/// When the folder cannot be written.
pub(crate) fn write_public(path: &Path, octets: &[u8]) -> io::Result<()> {
    place(path, octets, 0o644)
}

fn place(path: &Path, octets: &[u8], mode: u32) -> io::Result<()> {
    let mut beside = path.as_os_str().to_owned();
    beside.push(".new");
    let beside = Path::new(&beside);
    // Left over by a crash, or put there by someone: never written into.
    match fs::remove_file(beside) {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(error),
    }
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    set_mode(&mut options, mode);
    let mut file = options.open(beside)?;
    file.write_all(octets)?;
    file.sync_all()?;
    fs::rename(beside, path)?;
    if let Some(folder) = path.parent() {
        File::open(folder)?.sync_all()?;
    }
    Ok(())
}

#[cfg(unix)]
fn set_mode(options: &mut OpenOptions, mode: u32) {
    use std::os::unix::fs::OpenOptionsExt as _;
    options.mode(mode);
}

#[cfg(not(unix))]
fn set_mode(_options: &mut OpenOptions, _mode: u32) {}

#[cfg(unix)]
fn check_private(file: &File, path: &Path, forbidden: u32) -> io::Result<()> {
    use std::os::unix::fs::MetadataExt as _;
    let metadata = file.metadata()?;
    let own = rustix::process::geteuid().as_raw();
    let refused = |what: String| Err(io::Error::new(io::ErrorKind::PermissionDenied, what));
    if !may_keep(metadata.uid(), own) {
        return refused(format!(
            "{} belongs to another user ({}); run `chown` on it, or remove it to have a new one made",
            path.display(),
            metadata.uid()
        ));
    }
    let mode = metadata.mode() & 0o777;
    if mode & forbidden != 0 {
        return refused(format!(
            "{} may be read by others (mode {mode:o}); run `chmod 600` on it, or remove it to have a new one made",
            path.display()
        ));
    }
    Ok(())
}

/// Whether a file of the user `owner` may hold a secret of ours: whoever else
/// owns it knows it, and can change it. Root can anyway.
#[cfg(unix)]
fn may_keep(owner: u32, own: u32) -> bool {
    owner == own || owner == 0
}

#[cfg(not(unix))]
fn check_private(_file: &File, _path: &Path, _forbidden: u32) -> io::Result<()> {
    Ok(())
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
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = fs::metadata(&path).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
            fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
            assert!(read(&path).is_err());
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_secret_of_another_user_is_none() {
        assert!(may_keep(1000, 1000) && may_keep(0, 1000));
        assert!(!may_keep(1000, 0) && !may_keep(1001, 1000));
    }

    #[cfg(unix)]
    #[test]
    fn a_given_secret_may_be_read_by_its_group_and_by_nobody_else() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret");
        write(&path, b"given").unwrap();
        for (mode, readable) in [(0o400, true), (0o440, true), (0o460, false), (0o444, false)] {
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            assert_eq!(read_given(&path).is_ok(), readable, "{mode:o}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_link_laid_beside_a_secret_is_not_followed() {
        let folder = tempfile::tempdir().unwrap();
        let victim = folder.path().join("victim");
        fs::write(&victim, b"untouched").unwrap();
        std::os::unix::fs::symlink(&victim, folder.path().join("secret.new")).unwrap();
        write(&folder.path().join("secret"), b"key").unwrap();
        assert_eq!(fs::read(&victim).unwrap(), b"untouched");
    }
}
