//! Programs of other users of the machine: connections that the kernel counts
//! to them, and agents that run as them.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use anyhow::{Context as _, Result, ensure};
use tokio::process::Command;

use crate::client::{Socket, Transport, upgrade};

/// A user that every Debian has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MachineUser {
    /// In `/etc/passwd`.
    pub name: &'static str,
    /// Number.
    pub uid: u32,
}

/// One of two users (base-passwd of Debian gives both the same number everywhere).
pub const ANNA: MachineUser = MachineUser {
    name: "games",
    uid: 5,
};
/// The other.
pub const BEN: MachineUser = MachineUser {
    name: "news",
    uid: 9,
};

impl MachineUser {
    /// A command that runs as this user, with nothing of ours.
    #[must_use]
    pub fn command(self, program: &Path) -> Command {
        let mut command = Command::new("setpriv");
        command
            .arg(format!("--reuid={}", self.uid))
            .arg(format!("--regid={}", self.uid))
            .args(["--clear-groups", "--"])
            .arg(program);
        command
    }

    /// A connection to a port of this machine that belongs to this user.
    ///
    /// # Errors
    /// When there is no other user to be.
    pub fn connect(self, port: u16) -> Result<Box<dyn Transport>> {
        let relay = format!("exec 3<>/dev/tcp/127.0.0.1/{port} || exit 1; cat <&3 & exec cat >&3");
        let mut child = self
            .command(Path::new("bash"))
            .args(["-c", &relay])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .context("setpriv runs")?;
        let output = child.stdout.take().context("its output")?;
        let input = child.stdin.take().context("its input")?;
        Ok(Box::new(tokio::io::join(output, input)))
    }

    /// A WebSocket of a page at `origin` in this user's browser.
    ///
    /// # Errors
    /// When the handshake fails.
    pub async fn open_socket(self, port: u16, origin: &str) -> Result<Socket> {
        let url = format!("ws://localhost:{port}/");
        upgrade(self.connect(port)?, &url, Some(origin)).await
    }
}

/// Whether these tests can be other users here; says so where they cannot.
#[must_use]
pub fn can_be_others() -> bool {
    let is_root = rustix::process::geteuid().is_root();
    if !is_root {
        eprintln!("this test is other users of the machine, which only root can be: not run");
    }
    is_root
}

/// A copy of a program that every user may run, in a folder they may enter.
///
/// # Errors
/// When it cannot be made.
pub fn for_everybody(program: &Path, folder: &Path) -> Result<PathBuf> {
    use std::os::unix::fs::PermissionsExt as _;
    ensure!(program.is_file(), "{} is built", program.display());
    let name = program.file_name().context("a name")?;
    let copy = folder.join(name);
    if std::fs::hard_link(program, &copy).is_err() {
        std::fs::copy(program, &copy)?;
    }
    std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o755))?;
    std::fs::set_permissions(&copy, std::fs::Permissions::from_mode(0o755))?;
    Ok(copy)
}
