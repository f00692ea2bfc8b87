//! Running other programs: shown before it runs, an error when it fails.

use std::env;
use std::ffi::OsStr;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::workspace::Workspace;

/// A command in the root of the workspace.
pub(crate) fn command(workspace: &Workspace, program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(program);
    command.current_dir(workspace.root()).stdin(Stdio::null());
    command
}

/// The cargo that runs us, so that a toolchain named with `+` stays the same.
pub(crate) fn cargo(workspace: &Workspace) -> Command {
    command(workspace, env::var_os("CARGO").unwrap_or("cargo".into()))
}

/// npm under its own name: on Windows it is a batch file.
pub(crate) fn npm(workspace: &Workspace) -> Command {
    let name = if cfg!(windows) { "npm.cmd" } else { "npm" };
    command(workspace, name)
}

/// Shows the command, runs it with our output, and fails when it fails.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    let line = shown(command);
    println!("$ {line}");
    let status = command
        .status()
        .with_context(|| format!("cannot start `{line}`"))?;
    if !status.success() {
        bail!("`{line}` failed ({status})");
    }
    Ok(())
}

/// Runs tests: like [`run`], and what has not ended within the limit is ended with all that it started.
pub(crate) fn run_tests(command: &mut Command, limit: Duration) -> Result<()> {
    let line = shown(command);
    println!("$ {line}");
    let mut group = Group::start(command).with_context(|| format!("cannot start `{line}`"))?;
    let started = Instant::now();
    let status = loop {
        if let Some(status) = group.child.try_wait()? {
            break status;
        }
        if started.elapsed() >= limit {
            group.end();
            let minutes = limit.as_secs() / 60;
            bail!(
                "`{line}` had not ended after {minutes} minutes and was stopped: what was started last above hangs"
            );
        }
        thread::sleep(Duration::from_millis(50));
    };
    if !status.success() {
        bail!("`{line}` failed ({status})");
    }
    Ok(())
}

/// A program and all that it starts.
struct Group {
    child: Child,
}

#[cfg(unix)]
impl Group {
    fn start(command: &mut Command) -> io::Result<Self> {
        use std::os::unix::process::CommandExt as _;
        let child = command.process_group(0).spawn()?;
        RUNNING.store(child.id(), Ordering::SeqCst);
        Ok(Self { child })
    }

    fn end(&mut self) {
        end_group(self.child.id());
        self.child.wait().ok();
    }
}

#[cfg(not(unix))]
impl Group {
    fn start(command: &mut Command) -> io::Result<Self> {
        command.spawn().map(|child| Self { child })
    }

    fn end(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        RUNNING.store(0, Ordering::SeqCst);
    }
}

/// The process group of the tests that run, or 0. It is not the terminal's, which therefore does not end it.
static RUNNING: AtomicU32 = AtomicU32::new(0);

#[cfg(unix)]
fn end_group(leader: u32) {
    use rustix::process::{Pid, Signal, kill_process_group};
    if let Some(group) = i32::try_from(leader).ok().and_then(Pid::from_raw) {
        // It may have ended in this moment.
        kill_process_group(group, Signal::KILL).ok();
    }
}

#[cfg(not(unix))]
fn end_group(_leader: u32) {}

/// Makes Ctrl-C end the tests that run before it ends us.
pub(crate) fn end_tests_with_us() -> Result<()> {
    ctrlc::set_handler(|| {
        end_group(RUNNING.load(Ordering::SeqCst));
        std::process::exit(130);
    })
    .context("cannot hear Ctrl-C")
}

/// Runs the command in silence and answers whether it exited with success.
///
/// A program that cannot be started, or has not ended within the limit, is a no.
pub(crate) fn succeeds(command: &mut Command, limit: Duration) -> bool {
    let child = command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    let Ok(mut child) = child else {
        return false;
    };
    let started = Instant::now();
    while started.elapsed() < limit {
        match child.try_wait() {
            Ok(Some(status)) => return status.success(),
            Ok(None) => thread::sleep(Duration::from_millis(20)),
            Err(_) => break,
        }
    }
    // Past its limit: end it, and reap it so that none is left behind.
    child.kill().ok();
    child.wait().ok();
    false
}

/// The standard output of a command, or `None` when it cannot be started or fails.
pub(crate) fn output_of(command: &mut Command) -> Option<String> {
    let output = command.stderr(Stdio::null()).output().ok()?;
    output
        .status
        .success()
        .then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// Where a program of this name is found: on the `PATH`, or in the folders of administrators' programs.
pub(crate) fn find_program(name: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let name = format!("{name}{}", env::consts::EXE_SUFFIX);
    env::split_paths(&path)
        .chain(["/usr/sbin", "/sbin"].map(PathBuf::from))
        .map(|folder| folder.join(&name))
        .find(|file| file.is_file())
}

/// The command as a person would type it, its program by name only.
fn shown(command: &Command) -> String {
    let program = Path::new(command.get_program());
    let program = program.file_stem().unwrap_or(program.as_os_str());
    let mut line = program.to_string_lossy().into_owned();
    for argument in command.get_args() {
        line.push(' ');
        line.push_str(&argument.to_string_lossy());
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_shown_as_a_person_would_type_it() {
        let mut command = Command::new("/some/toolchain/bin/cargo");
        command.args(["test", "--workspace"]);
        assert_eq!(shown(&command), "cargo test --workspace");
    }

    #[test]
    fn tests_that_hang_are_an_error() {
        let mut command = Command::new("sleep");
        let error = run_tests(command.arg("30"), Duration::ZERO).unwrap_err();
        assert!(error.to_string().contains("hangs"), "{error}");
    }

    #[cfg(unix)]
    #[test]
    fn what_tests_started_ends_with_them() {
        use std::io::Read as _;
        let mut command = Command::new("sh");
        command.args(["-c", "(echo begun; sleep 30; echo survived) & wait"]);
        let mut group = Group::start(command.stdout(Stdio::piped())).unwrap();
        let mut output = group.child.stdout.take().unwrap();
        let mut begun = [0; 6];
        output.read_exact(&mut begun).unwrap();
        group.end();
        let mut rest = String::new();
        // Ends when nobody can write any more.
        output.read_to_string(&mut rest).unwrap();
        assert_eq!(rest, "");
    }

    #[test]
    fn a_program_that_does_not_exist_does_not_succeed() {
        let mut command = Command::new("no-such-program-anywhere");
        assert!(!succeeds(&mut command, Duration::from_secs(5)));
    }

    #[test]
    fn a_program_that_is_not_installed_is_not_found() {
        assert_eq!(find_program("no-such-program-anywhere"), None);
    }
}
