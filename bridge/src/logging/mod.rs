//! Where the agent's log goes and how it looks.
//!
//! Events carry fields, one line each. Documents, tokens and keys have no
//! `Debug` that would show them, and neither has customers' text
//! ([`CustomerText`](platen_protocol::CustomerText)), so that no level of
//! detail can leak one. What devices and print services said is made
//! [`visible`] here, for every event. [`recent`] keeps the newest lines for a
//! support bundle.

mod file;
pub mod recent;

use std::io::{self, Write};
use std::sync::Mutex;

use tracing::level_filters::LevelFilter;

use crate::config::{Log, LogFormat, LogLevel};
use crate::visible;
use file::LogFile;
pub use file::predecessor;
pub use recent::RecentLines;

/// Sends every event of this process where `log` says, and returns what keeps
/// the newest lines. Once per process.
///
/// # Errors
/// When the log file cannot be opened, or a subscriber is set already.
pub fn start(log: &Log) -> io::Result<RecentLines> {
    let out: Box<dyn Write + Send> = match &log.file {
        None => Box::new(io::stderr()),
        Some(path) => Box::new(LogFile::open(path)?),
    };
    let recent = RecentLines::default();
    let lines = Lines {
        out,
        recent: recent.clone(),
    };
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(level(log.level))
        // Colors are escape sequences; a line has none of its own.
        .with_ansi(false)
        .with_writer(Mutex::new(lines));
    match log.format {
        LogFormat::Text => subscriber.with_target(false).try_init(),
        LogFormat::Json => subscriber.json().flatten_event(true).try_init(),
    }
    .map_err(io::Error::other)?;
    Ok(recent)
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

/// Takes one event per write and makes one line of it.
struct Lines {
    out: Box<dyn Write + Send>,
    recent: RecentLines,
}

impl Write for Lines {
    fn write(&mut self, event: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(event);
        let line = visible::line(text.strip_suffix('\n').unwrap_or(&text));
        self.recent.push(&line);
        self.out.write_all(format!("{line}\n").as_bytes())?;
        Ok(event.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_one_line_whatever_a_device_said() {
        let recent = RecentLines::default();
        let out = tempfile::NamedTempFile::new().unwrap();
        let mut lines = Lines {
            out: Box::new(out.reopen().unwrap()),
            recent: recent.clone(),
        };
        lines
            .write_all(b"INFO said=\"a\x1b[2J\nINFO forged\"\n")
            .unwrap();
        let expected = "INFO said=\"a\\u001b[2J\\u000aINFO forged\"";
        let written = std::fs::read_to_string(out.path()).unwrap();
        assert_eq!(written, format!("{expected}\n"));
        assert_eq!(recent.lines(), [expected]);
    }
}
