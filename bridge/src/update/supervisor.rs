//! Runs an installation's agent, and tries new versions of it.
//!
//! The service manager starts `confirmed/platen supervise`, a program that has
//! worked before, which runs `current/platen run` below itself. After an
//! update the two differ: the new one must answer on its administration socket
//! within a bound and keep running for a while; then it is confirmed. When it
//! does not, its process is ended and the old one runs again, at once. So a
//! version that does not even start is no reason for a person to come, and
//! whatever ends meanwhile (the power, too), the next start begins with a
//! program that has worked.
//!
//! Signals: SIGTERM and SIGINT end the agent in order, then this; SIGHUP looks
//! whether another version is the current one.

use std::path::PathBuf;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use platen_update::Version;
use platen_update::installation::{Installation, InstallationError, Lock};
use platen_update::journal::{Event, Journal, Phase};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::UnixStream;
use tokio::process::{Child, Command};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::time::{Instant, sleep, timeout};

use super::{UpdateSettings, store_copy};
use crate::paths;

/// Between two questions to an agent that is starting.
const ASK_AGAIN: Duration = Duration::from_millis(100);
/// How long an agent may finish its jobs before it is killed.
const END_WAIT: Duration = Duration::from_secs(90);
/// How long another process may be at the installation.
const LOCK_WAIT: Duration = Duration::from_secs(30);

/// What an agent is run with.
#[derive(Debug)]
pub(crate) struct Supervisor {
    /// Whose versions.
    pub(crate) installation: Installation,
    /// Arguments after `run`.
    pub(crate) arguments: Vec<std::ffi::OsString>,
    /// Where its state lies.
    pub(crate) state: PathBuf,
    /// How new versions are tried.
    pub(crate) settings: UpdateSettings,
}

/// What one may be told from outside.
struct Told {
    terminate: Signal,
    interrupt: Signal,
    look: Signal,
}

/// Why an agent is no longer waited for.
enum Ended {
    /// By itself.
    Exit(ExitStatus),
    /// It is to end, and so are we.
    Stop,
    /// Another version may be the current one.
    Look,
}

/// Whether a version works.
enum Trial {
    Works,
    Fails(String),
    /// We are to end before that is known; the next start tries again.
    Stop,
}

impl Told {
    async fn next(&mut self) -> Ended {
        tokio::select! {
            _ = self.terminate.recv() => Ended::Stop,
            _ = self.interrupt.recv() => Ended::Stop,
            _ = self.look.recv() => Ended::Look,
        }
    }
}

impl Supervisor {
    /// Runs until told to stop, or until the agent ends by itself; `ready` is
    /// called once it works. Returns the agent's exit code.
    pub(crate) async fn run(self, ready: impl Fn()) -> Result<i32> {
        let _alone = self.installation.supervise()?;
        let mut told = Told {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
            look: signal(SignalKind::hangup())?,
        };
        loop {
            let journal = self.installation.settle()?;
            let version = journal.current().clone();
            let tried = match &journal.phase {
                Phase::Swapped { .. } => Some(version.clone()),
                Phase::Confirmed | Phase::Staged { .. } | Phase::TakenBack { .. } => None,
            };
            if tried.is_some() {
                store_copy::keep(&self.state).context("the store cannot be copied")?;
            }
            let spawned = self.spawn(&version);
            let mut child = match (spawned, &tried) {
                (Ok(child), _) => child,
                (Err(error), Some(tried)) => {
                    self.take_back(tried, format!("it could not be started: {error:#}"))
                        .await?;
                    continue;
                }
                (Err(error), None) => return Err(error),
            };
            if let Some(tried) = &tried {
                tracing::info!(version = %tried, "a version is tried");
                match self.try_out(&mut child, &mut told).await {
                    Trial::Works => {
                        self.confirm().await?;
                        tracing::info!(version = %tried, "the version works");
                    }
                    Trial::Fails(reason) => {
                        end(&mut child).await?;
                        self.take_back(tried, reason).await?;
                        continue;
                    }
                    Trial::Stop => {
                        end(&mut child).await?;
                        return Ok(0);
                    }
                }
            }
            ready();
            match self.wait(&mut child, &mut told, &version).await? {
                Ended::Exit(status) => return Ok(status.code().unwrap_or(1)),
                Ended::Stop => {
                    let status = end(&mut child).await?;
                    return Ok(status.code().unwrap_or(1));
                }
                Ended::Look => {
                    end(&mut child).await?;
                }
            }
        }
    }

    fn spawn(&self, version: &Version) -> Result<Child> {
        let program = self.installation.program(version);
        Command::new(&program)
            .arg("run")
            .args(&self.arguments)
            // The service manager hears from us.
            .env_remove("NOTIFY_SOCKET")
            .stdin(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .with_context(|| format!("{}", program.display()))
    }

    /// Waits until the agent ends, or another version than its is to run.
    async fn wait(&self, child: &mut Child, told: &mut Told, version: &Version) -> Result<Ended> {
        loop {
            tokio::select! {
                status = child.wait() => return Ok(Ended::Exit(status?)),
                ended = told.next() => match ended {
                    Ended::Look if self.installation.settle()?.current() == version => {}
                    ended => return Ok(ended),
                },
            }
        }
    }

    /// Whether a new version answers within the bound, and keeps running.
    async fn try_out(&self, child: &mut Child, told: &mut Told) -> Trial {
        let socket = paths::admin_socket(&self.state);
        let pid = child.id();
        let start_wait = Duration::from_millis(self.settings.start_wait_ms);
        let deadline = Instant::now() + start_wait;
        let answers = async {
            while !answers(&socket, pid).await {
                sleep(ASK_AGAIN).await;
            }
            // It must go on answering, not only have answered once.
            sleep(Duration::from_millis(self.settings.trial_ms)).await;
            answers(&socket, pid).await
        };
        let trial = Duration::from_millis(self.settings.trial_ms);
        tokio::pin!(answers);
        loop {
            tokio::select! {
                biased;
                status = child.wait() => {
                    let how = status.map_or_else(|error| error.to_string(), |status| status.to_string());
                    return Trial::Fails(format!("it ended ({how})"));
                }
                ended = told.next() => match ended {
                    Ended::Stop | Ended::Exit(_) => return Trial::Stop,
                    Ended::Look => {}
                },
                works = &mut answers => return if works {
                    Trial::Works
                } else {
                    Trial::Fails("it stopped answering".to_owned())
                },
                () = tokio::time::sleep_until(deadline + trial) => {
                    return Trial::Fails(format!("it did not answer within {} ms", start_wait.as_millis()));
                }
            }
        }
    }

    async fn confirm(&self) -> Result<Journal> {
        let lock = self.lock().await?;
        let journal = self.installation.advance(&lock, Event::Healthy)?;
        self.installation.clear(&lock)?;
        store_copy::remove(&self.state)?;
        Ok(journal)
    }

    async fn take_back(&self, tried: &Version, reason: String) -> Result<()> {
        tracing::error!(version = %tried, reason, "the version does not work; the one before runs again");
        if let Some(aside) = store_copy::give_back(&self.state, tried)? {
            tracing::error!(
                file = %aside.display(),
                "the version had changed the store; jobs accepted by it are in this file, and were not printed by the version that runs now"
            );
        }
        let lock = self.lock().await?;
        self.installation.advance(&lock, Event::Failed { reason })?;
        Ok(self.installation.clear(&lock)?)
    }

    /// Waits until nobody else is at the installation.
    async fn lock(&self) -> Result<Lock> {
        let locked = async {
            loop {
                match self.installation.lock() {
                    Err(InstallationError::Busy) => sleep(ASK_AGAIN).await,
                    locked => return locked,
                }
            }
        };
        Ok(timeout(LOCK_WAIT, locked)
            .await
            .context("the installation stays busy")??)
    }
}

/// Whether the agent with this process answers on its administration socket. Asked in
/// words that no version changes: the agent may be newer than we are.
async fn answers(socket: &std::path::Path, pid: Option<u32>) -> bool {
    let ask = async {
        let mut stream = UnixStream::connect(socket).await?;
        let theirs = stream
            .peer_cred()?
            .pid()
            .and_then(|pid| u32::try_from(pid).ok());
        if pid.is_none() || theirs != pid {
            bail!("another process answers");
        }
        let request = "GET /readyz HTTP/1.1\r\nHost: platen\r\nConnection: close\r\n\r\n";
        stream.write_all(request.as_bytes()).await?;
        let mut answer = [0; 12];
        stream.read_exact(&mut answer).await?;
        Ok(answer.starts_with(b"HTTP/1.1 "))
    };
    matches!(timeout(Duration::from_secs(5), ask).await, Ok(Ok(true)))
}

/// Ends an agent in order, and else at once.
async fn end(child: &mut Child) -> Result<ExitStatus> {
    let pid = child.id().and_then(|pid| i32::try_from(pid).ok());
    if let Some(pid) = pid.and_then(rustix::process::Pid::from_raw) {
        // It may have ended by itself.
        let _ = rustix::process::kill_process(pid, rustix::process::Signal::TERM);
    }
    if let Ok(status) = timeout(END_WAIT, child.wait()).await {
        return Ok(status?);
    }
    child.start_kill()?;
    Ok(child.wait().await?)
}
