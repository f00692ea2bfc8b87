//! Where the agent's log goes and how it looks.
//!
//! Events carry fields, one line each. Documents, tokens and keys have no
//! `Debug` that would show them, so that no level of detail can leak one.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use tracing::level_filters::LevelFilter;
use tracing_subscriber::fmt::writer::BoxMakeWriter;

use crate::config::{Log, LogFormat, LogLevel};

/// A log file is renamed when it has grown to this.
const FILE_OCTETS_MAX: u64 = 10 * 1024 * 1024;

/// Sends every event of this process where `log` says. Once per process.
///
/// # Errors
/// When the log file cannot be opened, or a subscriber is set already.
pub fn start(log: &Log) -> io::Result<()> {
    let (writer, colors) = match &log.file {
        None => (
            BoxMakeWriter::new(io::stderr),
            io::IsTerminal::is_terminal(&io::stderr()),
        ),
        Some(path) => (BoxMakeWriter::new(Mutex::new(LogFile::open(path)?)), false),
    };
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(level(log.level))
        .with_writer(writer);
    match log.format {
        LogFormat::Text => subscriber.with_ansi(colors).with_target(false).try_init(),
        LogFormat::Json => subscriber.json().flatten_event(true).try_init(),
    }
    .map_err(io::Error::other)
}

fn level(level: LogLevel) -> LevelFilter {
    match level {
        LogLevel::Error => LevelFilter::ERROR,
        LogLevel::Warn => LevelFilter::WARN,
        LogLevel::Info => LevelFilter::INFO,
        LogLevel::Debug => LevelFilter::DEBUG,
        LogLevel::Trace => LevelFilter::TRACE,
    }
}

/// A file that never takes more than twice [`FILE_OCTETS_MAX`] of the disk:
/// itself and one predecessor, whose name ends in `.1`.
#[derive(Debug)]
struct LogFile {
    path: PathBuf,
    file: File,
    octets: u64,
    octets_max: u64,
}

impl LogFile {
    fn open(path: &Path) -> io::Result<Self> {
        let file = append(path)?;
        Ok(Self {
            path: path.to_owned(),
            octets: file.metadata()?.len(),
            file,
            octets_max: FILE_OCTETS_MAX,
        })
    }

    fn rotate(&mut self) -> io::Result<()> {
        let mut old = self.path.clone().into_os_string();
        old.push(".1");
        std::fs::rename(&self.path, old)?;
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

/// Origins and printer names are nobody else's business: 0600.
fn append(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.create(true).append(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
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
