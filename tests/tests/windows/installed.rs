//! The agent, as people install it: silently, started, printing, and removed
//! without a trace.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use platen_tests::bridge::{Ports, Settings, free_ports};
use platen_tests::client::Client;
use platen_tests::printer::Sink;
use platen_tests::site::Site;
use platen_tests::wine::Machine;

use crate::shop::{DEADLINE, ORIGIN, configuration, document, until_listening};

/// What the suite made.
const SETUP: &str = "PLATEN_WINDOWS_SETUP";

const MSI: &str = "PLATEN_WINDOWS_MSI";

/// Where programs are, for the machine.
const MACHINES: &str = r"C:\Program Files\Platen";
/// Where its service looks for a configuration: to services, wine says that
/// `%ProgramData%` is this folder, and to everybody else `C:\ProgramData`.
const SERVICES_SETTINGS: &str = r"C:\users\Public\Platen";
/// The state of the machine's agent: an administrator names it.
const STATE: &str = r"C:\ProgramData\Platen\State";

/// A machine before anything was installed on it, and what is to be on it.
struct Till {
    machine: Machine,
    before: BTreeSet<String>,
    ports: Ports,
    site: Arc<Site>,
    sink: Sink,
}

impl Till {
    async fn new() -> Result<Self> {
        let machine = Machine::fresh().await?;
        // What wine writes when it runs for the first time is there before.
        machine.must("cmd", &["/c", "ver"]).await?;
        machine.rest().await?;
        let before = machine.snapshot()?;
        Ok(Self {
            machine,
            before,
            ports: free_ports()?,
            site: Arc::new(Site::new(ORIGIN)?),
            sink: Sink::start().await?,
        })
    }

    /// Puts a configuration there before anything is installed.
    fn configure(&self, folder: &str) -> Result<()> {
        let folder = self.machine.path(folder);
        std::fs::create_dir_all(&folder)?;
        let settings = Settings::with_printers([("till", self.sink.uri())]);
        std::fs::write(
            folder.join("platen.toml"),
            configuration(&settings, &self.ports),
        )?;
        Ok(())
    }

    /// Allows the site, as a person would, with the program that was installed.
    async fn trust(&self, platen: &str, more: &[&str]) -> Result<()> {
        until_listening(self.ports.ws).await?;
        let root = tempfile::NamedTempFile::new()?;
        std::fs::write(root.path(), &self.site.root_pem)?;
        let root = self.machine.name_of(root.path());
        let mut trust = vec!["trust", "add", &root, "--origin", ORIGIN];
        trust.extend(more);
        self.machine.must(platen, &trust).await?;
        Ok(())
    }

    /// A session with whoever answers: the agent may still be taking over from
    /// the one before.
    async fn client(&self) -> Client {
        loop {
            match Client::connect(self.ports.ws, None, &self.site).await {
                Ok(client) => return client,
                Err(error) => println!("not yet: {error:#}"),
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    }

    /// Prints one more document and waits until it arrived.
    async fn print(&self) -> Result<()> {
        let client = tokio::time::timeout(DEADLINE, self.client()).await;
        let client = client.context("the agent lets nobody in")?;
        let number = self.sink.arrivals().len() + 1;
        client.submit("till", &document()).await?;
        let arrives = tokio::time::timeout(DEADLINE, self.sink.wait_for(number));
        arrives.await.context("nothing arrives")?;
        let arrivals = self.sink.arrivals();
        let last = arrivals.last().context("an arrival")?;
        ensure!(last.octets == document(), "other octets arrived");
        Ok(())
    }

    /// Waits until nothing runs, and fails where the machine is not as it was.
    async fn nothing_is_left(&self, but: &[&str]) -> Result<()> {
        self.machine.rest().await?;
        let after = self.machine.snapshot()?;
        let known = |line: &&String| but.iter().any(|known| line.contains(known));
        let left = after.difference(&self.before).filter(|line| !known(line));
        let gone = self.before.difference(&after);
        let changes: Vec<_> = left
            .map(|line| format!("+ {line}"))
            .chain(gone.map(|line| format!("- {line}")))
            .collect();
        ensure!(changes.is_empty(), "changed:\n{}", changes.join("\n"));
        println!("nothing is left among {} entries", after.len());
        Ok(())
    }
}

fn told(variable: &str) -> Result<PathBuf> {
    let file = std::env::var_os(variable)
        .with_context(|| format!("{variable} is not set; run `cargo xtask test windows`"))?;
    Ok(file.into())
}

/// Set-ups of NSIS remove themselves from there, and what they cannot when
/// the machine starts again.
const UNINSTALLER: &str = "Temp/~nsu";
/// Windows Installer's own folder, which stays when the last package goes.
const INSTALLER: &str = "C: windows/Installer";

#[tokio::test(flavor = "multi_thread")]
async fn set_up_for_a_user_it_prints_and_starts_at_logon_and_leaves_nothing() -> Result<()> {
    let till = Till::new().await?;
    let setup = till.machine.name_of(&told(SETUP)?);
    let home = till.machine.home()?;
    let programs = format!(r"{home}\AppData\Local\Programs\Platen");
    till.configure(&format!(r"{home}\AppData\Roaming\Platen"))?;
    till.machine.must(&setup, &["/S", "/CurrentUser"]).await?;
    let platen = format!(r"{programs}\platen.exe");
    till.trust(&platen, &[]).await?;
    till.print().await?;

    // The user logs off without a word to programs, and on again.
    till.machine.power_cut().await?;
    till.machine.must("wineboot", &[]).await?;
    till.print().await?;

    let uninstall = format!(r"{programs}\uninstall.exe");
    till.machine.must(&uninstall, &["/S"]).await?;
    till.nothing_is_left(&[UNINSTALLER]).await
}

#[tokio::test(flavor = "multi_thread")]
async fn set_up_for_the_machine_its_service_prints_and_leaves_nothing() -> Result<()> {
    let till = Till::new().await?;
    let setup = till.machine.name_of(&told(SETUP)?);
    till.configure(SERVICES_SETTINGS)?;
    till.machine.must(&setup, &["/S", "/AllUsers"]).await?;
    let platen = format!(r"{MACHINES}\platen.exe");
    till.trust(&platen, &["--state", STATE]).await?;
    till.print().await?;

    // Installed again, it ends what runs and goes on with what it kept.
    till.machine.must(&setup, &["/S", "/AllUsers"]).await?;
    till.print().await?;

    // The machine's certificate is trusted; a site's permission goes as well.
    let check = ["install", "--system", "--check"];
    till.machine.must(&platen, &check).await?;
    let install = ["install", "--system", "--allow-origin", ORIGIN];
    till.machine.must(&platen, &install).await?;
    std::fs::remove_dir_all(till.machine.path(SERVICES_SETTINGS))?;
    let uninstall = format!(r"{MACHINES}\uninstall.exe");
    till.machine.must(&uninstall, &["/S"]).await?;
    till.nothing_is_left(&[UNINSTALLER]).await
}

#[tokio::test(flavor = "multi_thread")]
async fn by_windows_installer_its_service_prints_and_leaves_nothing() -> Result<()> {
    let till = Till::new().await?;
    let package = till.machine.name_of(&told(MSI)?);
    till.configure(SERVICES_SETTINGS)?;
    till.machine
        .must("msiexec", &["/i", &package, "/qn"])
        .await?;
    let platen = format!(r"{MACHINES}\platen.exe");
    till.trust(&platen, &["--state", STATE]).await?;
    till.print().await?;
    // The machine's certificate is trusted; a site's permission goes as well.
    let check = ["install", "--system", "--check"];
    till.machine.must(&platen, &check).await?;
    let install = ["install", "--system", "--allow-origin", ORIGIN];
    till.machine.must(&platen, &install).await?;
    std::fs::remove_dir_all(till.machine.path(SERVICES_SETTINGS))?;
    till.machine
        .must("msiexec", &["/x", &package, "/qn"])
        .await?;
    till.nothing_is_left(&[INSTALLER]).await
}
