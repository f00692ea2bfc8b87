//! A real `platen` process with a state directory of its own.

use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Output, Stdio};
use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};
use serde_json::Value;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::process::{Child, Command};

use crate::program;
use crate::site::Site;

/// How long a start may take before the test gives up.
const START_WAIT: Duration = Duration::from_secs(30);

/// A printer to configure.
#[derive(Debug, Clone)]
pub struct ConfiguredPrinter {
    /// Its id.
    pub id: String,
    /// Its device.
    pub uri: String,
}

/// The configuration of a test's agent.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// Its printers.
    pub printers: Vec<ConfiguredPrinter>,
    /// More lines of the configuration file.
    pub more: String,
    /// Log level; `warn` unless given.
    pub log: Option<String>,
    /// Whether the log is JSON.
    pub log_as_json: bool,
}

impl Settings {
    /// With these printers, as (id, uri).
    #[must_use]
    pub fn with_printers<'a>(printers: impl IntoIterator<Item = (&'a str, String)>) -> Self {
        let printers = printers
            .into_iter()
            .map(|(id, uri)| ConfiguredPrinter {
                id: id.to_owned(),
                uri,
            })
            .collect();
        Self {
            printers,
            ..Self::default()
        }
    }

    /// As the text of a configuration file.
    #[must_use]
    pub fn to_toml(&self, ports: &Ports) -> String {
        let mut text = format!(
            "[listen]\nwss_ports = [{}]\nws_ports = [{}]\n\n[log]\nlevel = \"{}\"\nformat = \"{}\"\n\n",
            ports.wss,
            ports.ws,
            self.log.as_deref().unwrap_or("warn"),
            if self.log_as_json { "json" } else { "text" },
        );
        for printer in &self.printers {
            let ConfiguredPrinter { id, uri } = printer;
            text.push_str(&format!(
                "[[printers]]\nid = \"{id}\"\nname = \"{id}\"\nuri = '{uri}'\n\n"
            ));
        }
        if !self.more.contains("[cups]") {
            text.push_str("[cups]\ndiscover = false\n\n");
        }
        text + &self.more
    }
}

/// Where a test's agent listens.
#[derive(Debug, Clone, Copy)]
pub struct Ports {
    /// With TLS.
    pub wss: u16,
    /// Without.
    pub ws: u16,
}

/// Two ports that are free on both loopback addresses right now.
///
/// # Errors
/// When none is.
pub fn free_ports() -> Result<Ports> {
    let mut found = Vec::new();
    for _ in 0..100 {
        let v4 = std::net::TcpListener::bind("127.0.0.1:0")?;
        let port = v4.local_addr()?.port();
        // A machine without IPv6 has nothing to collide with there.
        let v6 = std::net::TcpListener::bind(("::1", port));
        let taken = matches!(&v6, Err(error) if error.kind() == std::io::ErrorKind::AddrInUse);
        if !taken {
            found.push((port, v4, v6));
        }
        if let [(wss, ..), (ws, ..)] = &found[..] {
            return Ok(Ports { wss: *wss, ws: *ws });
        }
    }
    bail!("no two free ports")
}

/// A running agent. Killed when dropped.
#[derive(Debug)]
pub struct Bridge {
    /// Its state directory; kept over restarts.
    pub state: TempDir,
    /// Where it listens.
    pub ports: Ports,
    child: Option<Child>,
}

impl Bridge {
    /// Starts an agent and waits until it listens.
    ///
    /// # Errors
    /// When it does not start.
    pub async fn start(settings: &Settings) -> Result<Self> {
        let state = tempfile::tempdir()?;
        let ports = free_ports()?;
        std::fs::write(state.path().join("platen.toml"), settings.to_toml(&ports))?;
        let mut bridge = Self {
            state,
            ports,
            child: None,
        };
        bridge.run().await?;
        Ok(bridge)
    }

    fn command(&self) -> Result<Command> {
        let mut command = Command::new(program::built("platen", "PLATEN_BIN")?);
        command
            .env_remove("PLATEN_CONFIG")
            .env_remove("PLATEN_STATE")
            .env_remove("PLATEN_PROVISION")
            .kill_on_drop(true);
        let provision = self.provision();
        if provision.exists() {
            command.env("PLATEN_PROVISION", provision);
        }
        Ok(command)
    }

    /// Path of its provisioning file; where one is, every start names it.
    #[must_use]
    pub fn provision(&self) -> PathBuf {
        self.state.path().join("provision.toml")
    }

    /// Path of its configuration file.
    #[must_use]
    pub fn config(&self) -> PathBuf {
        self.state.path().join("platen.toml")
    }

    /// Starts the process (again) and waits until it listens.
    ///
    /// # Errors
    /// When it ends, or does not listen in time.
    pub async fn run(&mut self) -> Result<()> {
        let log = std::fs::OpenOptions::new()
            .create(true)
            .append(true)
            .open(self.state.path().join("log"))?;
        let mut command = self.command()?;
        command
            .arg("run")
            .arg("--config")
            .arg(self.config())
            .arg("--state")
            .arg(self.state.path().join("state"))
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log);
        let mut child = command.spawn()?;
        let listens = async {
            loop {
                if let Some(status) = child.try_wait()? {
                    bail!("platen ended with {status}: {}", self.log());
                }
                if tokio::net::TcpStream::connect(("127.0.0.1", self.ports.ws))
                    .await
                    .is_ok()
                {
                    return Ok(());
                }
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
        };
        tokio::time::timeout(START_WAIT, listens)
            .await
            .with_context(|| format!("platen does not listen: {}", self.log()))??;
        self.child = Some(child);
        Ok(())
    }

    /// What it logged so far.
    #[must_use]
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.state.path().join("log")).unwrap_or_default()
    }

    /// Its process id, while it runs.
    #[must_use]
    pub fn pid(&self) -> Option<u32> {
        self.child.as_ref().and_then(Child::id)
    }

    /// Ends it as a power cut would: SIGKILL.
    ///
    /// # Errors
    /// When it does not run.
    pub async fn kill(&mut self) -> Result<()> {
        let mut child = self.child.take().context("platen does not run")?;
        child.start_kill()?;
        child.wait().await?;
        Ok(())
    }

    /// Asks it to stop (SIGTERM) and waits until it did.
    ///
    /// # Errors
    /// When it does not end well.
    pub async fn stop(&mut self) -> Result<()> {
        let status = self.end_by(rustix::process::Signal::TERM).await?;
        ensure!(
            status.success(),
            "platen ended with {status}: {}",
            self.log()
        );
        Ok(())
    }

    /// Runs a verb of the command line against it.
    ///
    /// # Errors
    /// When the program cannot be started.
    pub async fn verb(&self, arguments: &[&str]) -> Result<Output> {
        let mut command = self.command()?;
        command
            .args(arguments)
            .arg("--config")
            .arg(self.config())
            .arg("--state")
            .arg(self.state.path().join("state"));
        Ok(command.output().await?)
    }

    /// Runs a verb that must succeed and answer with JSON.
    ///
    /// # Errors
    /// When it does not.
    pub async fn json(&self, arguments: &[&str]) -> Result<Value> {
        let mut arguments = arguments.to_vec();
        arguments.push("--json");
        let output = self.verb(&arguments).await?;
        let talk = String::from_utf8_lossy(&output.stderr).into_owned();
        ensure!(
            output.status.success(),
            "platen {arguments:?}: {talk} {}",
            self.log()
        );
        serde_json::from_slice(&output.stdout).with_context(|| {
            format!(
                "platen {arguments:?}: {}",
                String::from_utf8_lossy(&output.stdout)
            )
        })
    }

    /// Its metrics, as a monitor on the administration socket reads them.
    ///
    /// # Errors
    /// When nobody answers.
    pub async fn metrics(&self) -> Result<String> {
        let socket = self.state.path().join("state").join("admin.sock");
        let mut stream = tokio::net::UnixStream::connect(socket).await?;
        let request = "GET /metrics HTTP/1.1\r\nHost: platen\r\nConnection: close\r\n\r\n";
        stream.write_all(request.as_bytes()).await?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await?;
        Ok(answer)
    }

    /// Sends it a signal that should end it and returns how it ended.
    ///
    /// # Errors
    /// When it does not run, or does not end.
    pub async fn end_by(&mut self, signal: rustix::process::Signal) -> Result<ExitStatus> {
        let mut child = self.child.take().context("platen does not run")?;
        let pid = child.id().and_then(|pid| i32::try_from(pid).ok());
        let pid = pid
            .and_then(rustix::process::Pid::from_raw)
            .context("no process id")?;
        rustix::process::kill_process(pid, signal)?;
        Ok(tokio::time::timeout(START_WAIT, child.wait()).await??)
    }

    /// Allows a site, as a person would.
    ///
    /// # Errors
    /// When it is refused.
    pub async fn trust(&self, site: &Site, more: &[&str]) -> Result<Value> {
        let file = self.state.path().join("root.pem");
        std::fs::write(&file, &site.root_pem)?;
        let file = file.to_str().context("a readable path")?;
        let mut arguments = vec!["trust", "add", file, "--origin", site.origin.as_str()];
        arguments.extend_from_slice(more);
        self.json(&arguments).await
    }

    /// The CA of its TLS certificate, as PEM.
    ///
    /// # Errors
    /// When it is not there.
    pub async fn tls_ca(&self) -> Result<String> {
        let certificate = self.json(&["cert", "show"]).await?;
        let file = certificate["certificate"]["ca_file"]
            .as_str()
            .context("cert show names its CA's file")?;
        Ok(std::fs::read_to_string(Path::new(file))?)
    }
}
