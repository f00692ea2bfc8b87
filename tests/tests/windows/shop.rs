//! A shop whose till is a Windows machine: its site, its printer, and the
//! agent between them.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};
use platen_tests::bridge::{Ports, Settings, free_ports};
use platen_tests::client::Client;
use platen_tests::site::Site;
use platen_tests::wine::Machine;
use serde_json::Value;
use tokio::net::TcpStream;
use tokio::process::Child;

pub(crate) const ORIGIN: &str = "https://pos.example";
/// Longer than anything here takes on a machine that is busy.
pub(crate) const DEADLINE: Duration = Duration::from_secs(60);

/// The folder that the suite built programs into.
const PROGRAMS: &str = "PLATEN_WINDOWS_PROGRAMS";

/// An agent that a test started by itself. It is killed with its machine.
pub(crate) struct Shop {
    pub(crate) machine: Machine,
    pub(crate) ports: Ports,
    pub(crate) site: Arc<Site>,
    platen: String,
    agent: Option<Child>,
}

impl Shop {
    /// An agent with these printers, and a site that may print on them.
    pub(crate) async fn open(settings: &Settings) -> Result<Self> {
        Self::open_on(Machine::fresh().await?, settings).await
    }

    /// The same, on a machine that was prepared.
    pub(crate) async fn open_on(machine: Machine, settings: &Settings) -> Result<Self> {
        let programs = std::env::var_os(PROGRAMS)
            .with_context(|| format!("{PROGRAMS} is not set; run `cargo xtask test windows`"))?;
        let ports = free_ports()?;
        std::fs::create_dir(machine.path(r"C:\shop"))?;
        std::fs::write(machine.path(CONFIG), configuration(settings, &ports))?;
        let mut shop = Self {
            platen: machine.name_of(&Path::new(&programs).join("platen.exe")),
            machine,
            ports,
            site: Arc::new(Site::new(ORIGIN)?),
            agent: None,
        };
        shop.run().await?;
        std::fs::write(shop.machine.path(r"C:\shop\root.pem"), &shop.site.root_pem)?;
        let trust = ["trust", "add", r"C:\shop\root.pem", "--origin", ORIGIN];
        shop.json(&trust).await?;
        Ok(shop)
    }

    /// Starts the agent (again) and waits until it listens.
    pub(crate) async fn run(&mut self) -> Result<()> {
        let log = std::fs::OpenOptions::new()
            .create(true)
            .append(true)
            .open(self.machine.path(LOG))?;
        let mut command = self.machine.command(&self.platen);
        command
            .args(["run", "--config", CONFIG, "--state", STATE])
            .stdout(log.try_clone()?)
            .stderr(log);
        let mut agent = command.spawn()?;
        let ended = async { agent.wait().await };
        tokio::select! {
            listens = until_listening(self.ports.ws) => listens.with_context(|| self.log())?,
            status = ended => bail!("platen ended with {}: {}", status?, self.log()),
        }
        self.agent = Some(agent);
        Ok(())
    }

    /// Ends the agent as a power cut would.
    pub(crate) async fn kill(&mut self) -> Result<()> {
        let mut agent = self.agent.take().context("platen does not run")?;
        agent.kill().await?;
        // wine closes what it had a moment later.
        let listens = async {
            while TcpStream::connect(("127.0.0.1", self.ports.ws))
                .await
                .is_ok()
            {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        tokio::time::timeout(DEADLINE, listens).await?;
        Ok(())
    }

    /// Opens a session, with TLS or without.
    pub(crate) async fn client(&self, tls: bool) -> Result<Client> {
        if !tls {
            return Client::connect(self.ports.ws, None, &self.site).await;
        }
        let certificate = self.json(&["cert", "show"]).await?;
        let file = certificate["certificate"]["ca_file"]
            .as_str()
            .context("cert show names its CA's file")?;
        let ca = std::fs::read_to_string(self.machine.path(file))?;
        Client::connect(self.ports.wss, Some(&ca), &self.site).await
    }

    /// Runs a verb of the command line, which must answer with JSON.
    pub(crate) async fn json(&self, arguments: &[&str]) -> Result<Value> {
        let mut arguments = arguments.to_vec();
        arguments.extend(["--config", CONFIG, "--state", STATE, "--json"]);
        let said = self.machine.must(&self.platen, &arguments).await;
        let said = said.with_context(|| self.log())?;
        serde_json::from_str(&said).with_context(|| format!("platen {arguments:?}: {said}"))
    }

    /// Waits until that many jobs have ended well, and no other is there.
    pub(crate) async fn until_printed(&self, jobs: usize) -> Result<()> {
        let printed = async {
            loop {
                let list = self.json(&["jobs"]).await?;
                let list = list.as_array().context("a list")?;
                ensure!(
                    list.len() <= jobs,
                    "more jobs than were submitted: {list:?}"
                );
                let mut states = list.iter().map(|job| &job["job"]["state"]);
                if list.len() == jobs && states.all(|state| state == "completed") {
                    return Ok(());
                }
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        };
        let in_time = tokio::time::timeout(DEADLINE, printed).await;
        in_time.with_context(|| format!("jobs are left: {}", self.log()))?
    }

    /// What the agent logged.
    pub(crate) fn log(&self) -> String {
        let text = std::fs::read_to_string(self.machine.path(LOG)).unwrap_or_default();
        format!("the agent's log: {text}")
    }
}

const CONFIG: &str = r"C:\shop\platen.toml";
const STATE: &str = r"C:\shop\state";
const LOG: &str = r"C:\shop\log";

/// Waits until somebody listens there.
pub(crate) async fn until_listening(port: u16) -> Result<()> {
    let listens = async {
        while TcpStream::connect(("127.0.0.1", port)).await.is_err() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(DEADLINE, listens)
        .await
        .with_context(|| format!("nobody listens on port {port}"))
}

/// The configuration file. The client is a program of this machine and not of
/// wine's, which cannot tell whose it is: every user is served.
pub(crate) fn configuration(settings: &Settings, ports: &Ports) -> String {
    let text = settings.to_toml(ports);
    text.replacen("[listen]\n", "[listen]\nusers = \"all\"\n", 1)
}

/// Every octet there is, and more than one buffer of them.
pub(crate) fn document() -> Vec<u8> {
    (0..=u8::MAX).cycle().take(300_000).collect()
}
