//! The log file: bounded, and its owner's only.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// A log file is renamed when it has grown to this.
const FILE_OCTETS_MAX: u64 = 10 * 1024 * 1024;

/// A file that never takes more than twice [`FILE_OCTETS_MAX`] of the disk:
/// itself and one predecessor, whose name ends in `.1`.
#[derive(Debug)]
pub(super) struct LogFile {
    path: PathBuf,
    file: File,
    octets: u64,
    octets_max: u64,
}

impl LogFile {
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        let file = append(path)?;
        Ok(Self {
            path: path.to_owned(),
            octets: file.metadata()?.len(),
            file,
            octets_max: FILE_OCTETS_MAX,
        })
    }

    fn rotate(&mut self) -> io::Result<()> {
        std::fs::rename(&self.path, predecessor(&self.path))?;
        self.file = append(&self.path)?;
        self.octets = 0;
        Ok(())
    }
}

impl Write for LogFile {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        if self.octets > 0 && self.octets + line.len() as u64 > self.octets_max {
            self.rotate()?;
        }
        let written = self.file.write(line)?;
        self.octets += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// Where a log file goes when it has grown large.
#[must_use]
pub fn predecessor(log: &Path) -> PathBuf {
    let mut old = log.as_os_str().to_owned();
    old.push(".1");
    old.into()
}

/// Origins and printer names are nobody else's business.
fn append(path: &Path) -> io::Result<File> {
    #[cfg(windows)]
    make_private(path)?;
    let mut options = OpenOptions::new();
    options.create(true).append(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Makes the file where it is missing, closed to others from the beginning.
#[cfg(windows)]
fn make_private(path: &Path) -> io::Result<()> {
    use platen_windows::access;
    match access::create_private_file(path, &access::own_account()?) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
        Ok(_) | Err(_) => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_file_is_renamed_before_it_grows_too_large() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("platen.log");
        let mut log = LogFile::open(&path).unwrap();
        log.octets_max = 10;
        for line in ["one two\n", "three\n", "four\n"] {
            log.write_all(line.as_bytes()).unwrap();
        }
        let read = |name: &str| std::fs::read_to_string(folder.path().join(name)).unwrap();
        assert_eq!(read("platen.log"), "four\n");
        assert_eq!(read("platen.log.1"), "three\n");
    }

    #[cfg(unix)]
    #[test]
    fn a_log_file_is_its_owners_only() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("platen.log");
        LogFile::open(&path).unwrap();
        let mode = std::fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}
