//! A printer of `tools/usb-rig` in the guest, and what it printed.

use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::process::{Child, Command};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};

/// Longer than anything here takes on an emulated processor.
const DEADLINE: Duration = Duration::from_secs(30);

/// An emulated printer. Unplugged when dropped.
pub(crate) struct UsbPrinter {
    process: Child,
    control: BufReader<UnixStream>,
    capture: PathBuf,
}

impl UsbPrinter {
    /// Plugs one in, with these settings.
    pub(crate) fn plug(settings: &[&str]) -> Result<Self> {
        static PLUGGED: AtomicU32 = AtomicU32::new(0);
        let number = PLUGGED.fetch_add(1, Ordering::Relaxed);
        let control = format!("/tmp/control-{number}");
        let capture = PathBuf::from(format!("/tmp/printed-{number}"));
        let process = Command::new("usb-rig")
            .args(["printer", &control])
            .arg(&capture)
            .args(settings)
            .spawn()
            .context("this test runs in the guest of tools/usb-rig")?;
        let mut stream = None;
        until("the emulator listens", || {
            stream = UnixStream::connect(&control).ok();
            stream.is_some()
        })?;
        let stream = stream.context("a connection")?;
        let mut printer = Self {
            process,
            control: BufReader::new(stream),
            capture,
        };
        // It answers when it is plugged in.
        printer.say("received")?;
        Ok(printer)
    }

    /// Tells the emulator something; its answer.
    pub(crate) fn say(&mut self, line: &str) -> Result<String> {
        writeln!(self.control.get_mut(), "{line}")?;
        let mut answer = String::new();
        self.control.read_line(&mut answer)?;
        match answer.strip_prefix("ok") {
            Some(note) => Ok(note.trim().to_owned()),
            None => bail!("{line}: {answer}"),
        }
    }

    /// Every octet that is on paper.
    pub(crate) fn printed(&self) -> Result<Vec<u8>> {
        Ok(std::fs::read(&self.capture)?)
    }
}

impl Drop for UsbPrinter {
    fn drop(&mut self) {
        self.say("unplug").ok();
        self.process.kill().ok();
        self.process.wait().ok();
    }
}

/// Looks again and again until it is so.
pub(crate) fn until(what: &str, mut is_so: impl FnMut() -> bool) -> Result<()> {
    let deadline = Instant::now() + DEADLINE;
    while !is_so() {
        ensure!(Instant::now() < deadline, "never: {what}");
        std::thread::sleep(Duration::from_millis(10));
    }
    Ok(())
}
