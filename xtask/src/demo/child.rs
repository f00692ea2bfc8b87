//! A program the demo started: it ends when the demo does, politely first.

use std::process::{Child, Command, ExitStatus};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

/// How long a program may take to end by itself: the bridge drains its queues.
const END_LIMIT: Duration = Duration::from_secs(10);

const LOOK_EVERY: Duration = Duration::from_millis(20);

/// A running program, ended when dropped.
pub(super) struct Running {
    name: &'static str,
    child: Child,
}

impl Running {
    /// Starts it in a process group of its own, so that Ctrl-C in a terminal reaches only the demo,
    /// which then ends its programs in order.
    pub(super) fn start(name: &'static str, command: &mut Command) -> Result<Self> {
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(command, 0);
        let child = command
            .spawn()
            .with_context(|| format!("cannot start {name}"))?;
        Ok(Self { name, child })
    }

    /// Fails when it has ended: none of the demo's programs ends by itself.
    pub(super) fn check(&mut self) -> Result<()> {
        match self.child.try_wait()? {
            Some(status) => bail!("{} ended ({status}); its output is above", self.name),
            None => Ok(()),
        }
    }

    /// Asks again and again until the answer is yes, the program has ended, or the limit is over.
    pub(super) fn wait_until(
        &mut self,
        limit: Duration,
        mut ready: impl FnMut() -> bool,
    ) -> Result<()> {
        let started = Instant::now();
        while !ready() {
            self.check()?;
            if started.elapsed() > limit {
                bail!("{} did not answer within {} s", self.name, limit.as_secs());
            }
            thread::sleep(LOOK_EVERY);
        }
        Ok(())
    }

    fn end(&mut self) -> Option<ExitStatus> {
        if let Ok(Some(status)) = self.child.try_wait() {
            return Some(status);
        }
        ask_to_end(&mut self.child);
        let started = Instant::now();
        while started.elapsed() < END_LIMIT {
            if let Ok(Some(status)) = self.child.try_wait() {
                return Some(status);
            }
            thread::sleep(LOOK_EVERY);
        }
        self.child.kill().ok();
        self.child.wait().ok()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.end();
    }
}

#[cfg(unix)]
fn ask_to_end(child: &mut Child) {
    use rustix::process::{Pid, Signal, kill_process};
    // Not reaped yet, so the id is still this child's.
    let id = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
    if let Some(id) = id {
        kill_process(id, Signal::TERM).ok();
    }
}

#[cfg(not(unix))]
fn ask_to_end(child: &mut Child) {
    child.kill().ok();
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn a_program_is_asked_to_end_before_it_is_killed() {
        use std::os::unix::process::ExitStatusExt;
        let mut program = Running::start("cat", Command::new("sleep").arg("600")).expect("starts");
        let status = program.end().expect("it ends");
        assert_eq!(status.signal(), Some(15));
    }

    #[test]
    fn a_program_that_ended_by_itself_is_reported() {
        let mut program = Running::start("false", &mut Command::new("false")).expect("starts");
        let outcome = program.wait_until(END_LIMIT, || false);
        assert!(
            outcome
                .expect_err("it ended")
                .to_string()
                .starts_with("false ended")
        );
    }
}
