//! A clean Debian with a systemd that boots: `systemd-nspawn` on an overlay of the tree that
//! `cargo xtask` keeps, thrown away when the test ends.
//!
//! It has a network of its own with nothing but loopback, and sees two folders of this machine,
//! read only: the sources, and node.

use std::fs;
use std::os::unix::net::UnixDatagram;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};

/// How long a machine may take to boot, or a service to be as it should: a machine that builds
/// something else beside it.
pub(crate) const LIMIT: Duration = Duration::from_secs(90);

/// What is mounted before the machine starts, in a mount namespace that ends with it. The unified
/// hierarchy of control groups is mounted anew: where there is another one, or none, as in a
/// change-root, systemd boots all the same.
const BOOT: &str = r#"
set -e
mount --make-rprivate / 2>/dev/null || true
mount -t tmpfs tmpfs "$1/scratch"
mkdir "$1/scratch/upper" "$1/scratch/work"
mount -t overlay overlay -o "lowerdir=$2,upperdir=$1/scratch/upper,workdir=$1/scratch/work" "$1/root"
umount -R /sys/fs/cgroup 2>/dev/null || true
mount -t cgroup2 cgroup2 /sys/fs/cgroup
mkdir "/sys/fs/cgroup/$5"
echo $$ > "/sys/fs/cgroup/$5/cgroup.procs"
exec systemd-nspawn --quiet --boot --directory="$1/root" --register=no --keep-unit --private-network \
    --notify-ready=yes --console=pipe --machine="$5" --hostname=till --resolv-conf=off \
    --timezone=off --link-journal=no --bind-ro="$3:/opt/platen" --bind-ro="$4:/opt/node"
"#;

/// Ends what runs in a machine's control groups and removes them: they are this machine's, and
/// outlive a mount.
const CLEAR: &str = r#"
mount --make-rprivate / 2>/dev/null
umount -R /sys/fs/cgroup 2>/dev/null
mount -t cgroup2 cgroup2 /sys/fs/cgroup
echo 1 > "/sys/fs/cgroup/$1/cgroup.kill"
while grep -q "populated 1" "/sys/fs/cgroup/$1/cgroup.events"; do :; done
find "/sys/fs/cgroup/$1" -depth -type d -exec rmdir {} +
"#;

/// The name of a machine's control group: that of its folder, which no other has.
fn control_group(folder: &Path) -> String {
    let name = folder.file_name().unwrap_or_default().to_string_lossy();
    format!("platen-test-{}", name.trim_start_matches('.'))
}

/// A machine that has booted.
pub(crate) struct Machine {
    nspawn: Child,
    leader: u32,
    folder: tempfile::TempDir,
}

impl Machine {
    /// Boots one.
    pub(crate) fn boot() -> Result<Self> {
        ensure!(
            rustix::process::geteuid().is_root(),
            "machines are root's to boot: run this as root"
        );
        let folder = tempfile::tempdir()?;
        for name in ["scratch", "root"] {
            fs::create_dir(folder.path().join(name))?;
        }
        let ready = folder.path().join("ready");
        let manager = UnixDatagram::bind(&ready)?;
        manager.set_read_timeout(Some(LIMIT))?;
        let sources = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("..")
            .canonicalize()?;
        let log = fs::File::create(folder.path().join("console"))?;
        let nspawn = Command::new("unshare")
            .args(["--mount", "sh", "-c", BOOT, "boot"])
            .arg(folder.path())
            .arg(told("PLATEN_DEBIAN_TREE")?)
            .arg(sources)
            .arg(told("PLATEN_NODE")?)
            .arg(control_group(folder.path()))
            .env("NOTIFY_SOCKET", &ready)
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .spawn()
            .context("unshare cannot be started")?;
        let mut machine = Self {
            nspawn,
            leader: 0,
            folder,
        };
        machine.wait_until_booted(&manager)?;
        let failed = machine.must("systemctl --failed --plain --no-legend")?;
        ensure!(failed.trim().is_empty(), "booted without: {failed}");
        Ok(machine)
    }

    /// Hears from nspawn which process is the machine's first, and that it has started everything.
    fn wait_until_booted(&mut self, manager: &UnixDatagram) -> Result<()> {
        let mut message = [0; 4096];
        loop {
            let length = manager.recv(&mut message).with_context(|| {
                let said = fs::read_to_string(self.folder.path().join("console"));
                format!("the machine does not boot: {}", said.unwrap_or_default())
            })?;
            let text = String::from_utf8_lossy(&message[..length]).into_owned();
            for line in text.lines() {
                if let Some(leader) = line.strip_prefix("X_NSPAWN_LEADER_PID=") {
                    self.leader = leader.parse()?;
                }
                if line == "READY=1" && self.leader != 0 {
                    return Ok(());
                }
            }
        }
    }

    /// A command inside, by root, not started yet.
    pub(crate) fn command(&self, line: &str) -> Command {
        let mut command = Command::new("nsenter");
        command
            .args([
                "--target",
                &self.leader.to_string(),
                "--all",
                "--root",
                "--wd",
            ])
            .args(["--", "env", "-i", "--chdir=/", "HOME=/root", "LANG=C.UTF-8"])
            .arg("PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin")
            .args(["DEBIAN_FRONTEND=noninteractive", "timeout", "120"])
            .args(["sh", "-c", line])
            .stdin(Stdio::null());
        command
    }

    /// Runs it and answers what came of it.
    pub(crate) fn run(&self, line: &str) -> Result<Output> {
        Ok(self.command(line).output()?)
    }

    /// Runs it, must succeed, and answers its standard output.
    pub(crate) fn must(&self, line: &str) -> Result<String> {
        let output = self.run(line)?;
        let said = String::from_utf8_lossy(&output.stderr);
        let out = String::from_utf8_lossy(&output.stdout).into_owned();
        ensure!(output.status.success(), "`{line}` failed:\n{out}{said}");
        Ok(out)
    }

    /// Runs it as a person without rights, and answers whether it succeeded.
    pub(crate) fn person_can(&self, line: &str) -> Result<bool> {
        let quoted = line.replace('\'', r"'\''");
        let output = self.run(&format!("runuser -u person -- sh -c '{quoted}'"))?;
        Ok(output.status.success())
    }

    /// A command in the network of the machine alone, with this machine's programs.
    pub(crate) fn in_its_network(&self) -> Command {
        let mut command = Command::new("nsenter");
        command.args(["--target", &self.leader.to_string(), "--net", "--"]);
        command
    }

    /// The machine's first process, as this machine counts.
    pub(crate) fn leader(&self) -> u32 {
        self.leader
    }

    /// A file of the machine, as seen from here.
    pub(crate) fn path(&self, path: &str) -> PathBuf {
        PathBuf::from(format!("/proc/{}/root{path}", self.leader))
    }

    /// What was changed since the tree was made: the upper layer, as seen from here.
    pub(crate) fn changed(&self) -> PathBuf {
        let own = self.folder.path().display();
        PathBuf::from(format!(
            "/proc/{}/root{own}/scratch/upper",
            self.nspawn.id()
        ))
    }

    /// Writes a file inside, with the folders above it.
    pub(crate) fn write(&self, path: &str, octets: impl AsRef<[u8]>) -> Result<()> {
        let file = self.path(path);
        if let Some(folder) = file.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::write(&file, octets).with_context(|| format!("writing {path} in the machine"))
    }

    /// Installs a package as an administrator's script does: nobody answers a question.
    pub(crate) fn install(&self, package: &str) -> Result<()> {
        let octets = fs::read(told(package)?)?;
        self.write("/tmp/platen.deb", octets)?;
        self.must("dpkg --install /tmp/platen.deb")?;
        fs::remove_file(self.path("/tmp/platen.deb"))?;
        Ok(())
    }

    /// Waits until the command succeeds.
    pub(crate) fn until(&self, line: &str) -> Result<String> {
        let started = Instant::now();
        loop {
            let output = self.run(line)?;
            if output.status.success() {
                return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
            }
            if started.elapsed() > LIMIT {
                let log = self.must("journalctl --no-pager --unit platen -n 30")?;
                bail!("`{line}` did not come true; the log says:\n{log}");
            }
            std::thread::sleep(Duration::from_millis(100));
        }
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        // The machine's first process outlives nspawn: its control group is what ends it.
        self.nspawn.kill().ok();
        self.nspawn.wait().ok();
        let group = control_group(self.folder.path());
        let mut clear = Command::new("unshare");
        clear.args(["--mount", "sh", "-c", CLEAR, "clear", &group]);
        clear.stderr(Stdio::null()).status().ok();
    }
}

/// What `cargo xtask test install` says in this variable.
pub(crate) fn told(variable: &str) -> Result<PathBuf> {
    let value = std::env::var_os(variable);
    let value =
        value.with_context(|| format!("{variable} is not set; run `cargo xtask test install`"))?;
    Ok(PathBuf::from(value))
}
