//! A Windows machine, as wine plays it: a copy of the folder that the suite
//! made, with a registry, services and a spooler of its own.
//!
//! Programs of it are Unix processes, so sockets on loopback and files are
//! those of this machine. What a test started ends with the machine.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use tempfile::TempDir;
use tokio::process::Command;

/// The wine folder to copy, and the program that runs others in one.
const MACHINE: &str = "PLATEN_WINE_MACHINE";
const RUN: &str = "PLATEN_WINE_RUN";

/// How long one program may take before the test gives up.
const PROGRAM_WAIT: Duration = Duration::from_secs(120);

/// Parts of the registry that wine writes by itself whenever it starts, and
/// where Windows Installer keeps whom it knows.
const NOT_OURS: &[&str] = &[
    "[Software\\\\Classes\\\\Installer\\\\Features]",
    "[Software\\\\Classes\\\\Installer\\\\Products]",
    "[Software\\\\Classes\\\\Installer\\\\UpgradeCodes]",
    "[Software\\\\Microsoft\\\\Windows NT\\\\",
    "[Software\\\\Microsoft\\\\Windows\\\\CurrentVersion\\\\Fonts]",
    "[Software\\\\Microsoft\\\\Windows\\\\CurrentVersion\\\\Installer\\\\",
    "[Software\\\\Microsoft\\\\Windows\\\\CurrentVersion\\\\Uninstall]",
    "[Software\\\\Wine\\\\Fonts",
    "[Software\\\\Wow6432Node\\\\Microsoft\\\\Windows\\\\CurrentVersion\\\\Run]",
    "[System\\\\CurrentControlSet\\\\Control\\\\Class\\\\",
    "[System\\\\CurrentControlSet\\\\Control\\\\DeviceClasses\\\\",
    "[System\\\\CurrentControlSet\\\\Control\\\\Session Manager]",
    "[System\\\\CurrentControlSet\\\\Enum\\\\",
];

/// The machine. Its programs end when it is dropped.
#[derive(Debug)]
pub struct Machine {
    folder: TempDir,
    run: PathBuf,
}

impl Machine {
    /// A fresh one.
    ///
    /// # Errors
    /// When the suite did not say where to copy from, or copying fails.
    pub async fn fresh() -> Result<Self> {
        let made = std::env::var_os(MACHINE)
            .with_context(|| format!("{MACHINE} is not set; run `cargo xtask test windows`"))?;
        let run = std::env::var_os(RUN).with_context(|| format!("{RUN} is not set"))?;
        // On the same disk, files that wine brought are shared and not copied:
        // nobody writes them. wine writes into a registry that has two names.
        let folder = tempfile::tempdir_in(Path::new(&made).parent().context("a folder")?)?;
        let copied = Command::new("cp")
            .arg("-al")
            .arg(Path::new(&made).join("."))
            .arg(folder.path())
            .status()
            .await?;
        ensure!(copied.success(), "the wine folder cannot be copied");
        for name in ["system.reg", "user.reg", "userdef.reg"] {
            let copy = folder.path().join(name);
            std::fs::remove_file(&copy)?;
            std::fs::copy(Path::new(&made).join(name), copy)?;
        }
        Ok(Self {
            folder,
            run: run.into(),
        })
    }

    /// A program of it, by its path there or here. Its words are lost unless
    /// somebody takes them: wine's own processes hold pipes open, so they
    /// must go to a file.
    #[must_use]
    pub fn command(&self, program: &str) -> Command {
        let mut command = Command::new(&self.run);
        command
            .arg(program)
            .env("WINEPREFIX", self.folder.path())
            .env_remove("PLATEN_CONFIG")
            .env_remove("PLATEN_STATE")
            .env_remove("PLATEN_PROVISION")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .kill_on_drop(true);
        command
    }

    /// Runs a program to its end and answers what it printed.
    ///
    /// # Errors
    /// When it fails, or does not end.
    pub async fn must(&self, program: &str, arguments: &[&str]) -> Result<String> {
        let said = tempfile::NamedTempFile::new()?;
        let file = said.reopen()?;
        let status = self
            .command(program)
            .args(arguments)
            .stdout(file.try_clone()?)
            .stderr(file)
            .status();
        let status = tokio::time::timeout(PROGRAM_WAIT, status)
            .await
            .with_context(|| format!("{program} {arguments:?} does not end"))??;
        let text = String::from_utf8_lossy(&std::fs::read(said.path())?).into_owned();
        ensure!(
            status.success(),
            "{program} {arguments:?} ended with {status}: {text}"
        );
        Ok(text)
    }

    /// Waits until no program of it runs any more.
    ///
    /// # Errors
    /// When one goes on.
    pub async fn rest(&self) -> Result<()> {
        let waits = self.server("-w").status();
        tokio::time::timeout(PROGRAM_WAIT, waits)
            .await
            .context("a program of the machine does not end")??;
        Ok(())
    }

    /// Ends every program of it at once.
    ///
    /// # Errors
    /// When that is not possible.
    pub async fn power_cut(&self) -> Result<()> {
        // Exit code 2: none ran.
        self.server("-k").status().await?;
        self.rest().await
    }

    /// Where `C:\path` lies here.
    #[must_use]
    pub fn path(&self, path: &str) -> PathBuf {
        let path = path.trim_start_matches(r"C:\").replace('\\', "/");
        self.folder.path().join("drive_c").join(path)
    }

    /// The folder of its only user, who is called as whoever runs wine.
    ///
    /// # Errors
    /// When there is none.
    pub fn home(&self) -> Result<String> {
        for entry in std::fs::read_dir(self.path("users"))? {
            let name = entry?.file_name();
            if name != "Public" {
                return Ok(format!(r"C:\users\{}", name.display()));
            }
        }
        anyhow::bail!("the machine has no user")
    }

    /// What programs of it call a file of this machine.
    #[must_use]
    pub fn name_of(&self, file: &Path) -> String {
        format!("Z:{}", file.display().to_string().replace('/', "\\"))
    }

    /// Every file and folder of drive C, and every value of the registry, as
    /// lines. Nothing may run meanwhile.
    ///
    /// # Errors
    /// When something cannot be read.
    pub fn snapshot(&self) -> Result<BTreeSet<String>> {
        let mut lines = BTreeSet::new();
        let drive = self.folder.path().join("drive_c");
        let mut folders = vec![drive.clone()];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(&folder)? {
                let entry = entry?;
                let path = entry.path();
                lines.insert(format!("C: {}", path.strip_prefix(&drive)?.display()));
                if entry.file_type()?.is_dir() {
                    folders.push(path);
                }
            }
        }
        for name in ["system.reg", "user.reg"] {
            let octets = std::fs::read(self.folder.path().join(name))?;
            lines.extend(registry(name, &String::from_utf8_lossy(&octets)));
        }
        Ok(lines)
    }

    fn server(&self, what: &str) -> Command {
        let mut server = Command::new("wineserver");
        server
            .arg(what)
            .env("WINEPREFIX", self.folder.path())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        server
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        // It waits until all have ended: the folder goes next.
        let _ = self.server("-k").into_std().status();
        let _ = self.server("-w").into_std().status();
    }
}

/// The keys and values of a file of the registry that are somebody's decision.
fn registry(name: &str, text: &str) -> Vec<String> {
    let mut lines = Vec::new();
    let mut key = "";
    for line in text.lines() {
        if line.starts_with('[') {
            key = line.rfind(']').map_or(line, |end| &line[..=end]);
            if !is_of_system(key) {
                lines.push(format!("{name} {key}"));
            }
        } else if line.starts_with(['"', '@']) && !is_of_system(key) {
            lines.push(format!("{name} {key} {line}"));
        }
    }
    lines
}

fn is_of_system(key: &str) -> bool {
    // Stores of certificates are made when somebody looks at them first; what
    // is in them is below.
    let store = key.starts_with("[Software\\\\Microsoft\\\\SystemCertificates")
        && [
            "SystemCertificates]",
            "\\\\Certificates]",
            "\\\\CRLs]",
            "\\\\CTLs]",
        ]
        .iter()
        .any(|end| key.ends_with(end));
    store || NOT_OURS.iter().any(|own| key.starts_with(own))
}
