//! Machines that a file provisions: the real agent, a page that prints by what
//! the file says, and files that are not believed.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};
use platen_tests::bridge::{Bridge, Settings};
use platen_tests::client::Client;
use platen_tests::printer::Sink;
use platen_tests::program;
use platen_tests::site::Site;
use serde_json::{Value, json};
use tokio::process::Command;

const ORIGIN: &str = "https://pos.example";

/// A machine with one printer of the file, which a person has to add nothing to.
struct Machine {
    bridge: Bridge,
    site: Arc<Site>,
    sink: Sink,
}

impl Machine {
    async fn start(settings: &Settings) -> Result<Self> {
        Ok(Self {
            bridge: Bridge::start(settings).await?,
            site: Arc::new(Site::new(ORIGIN)?),
            sink: Sink::start().await?,
        })
    }

    fn printer(&self) -> String {
        format!(
            "[[printers]]\nid = \"bar\"\nname = \"Bar\"\nuri = \"{}\"\n",
            self.sink.uri()
        )
    }

    fn site(&self) -> String {
        format!(
            "[[sites]]\nname = \"POS\"\norigins = [\"{ORIGIN}\"]\nprinters = [\"Bar\"]\ncertificate = '''\n{}'''\n",
            self.site.root_pem
        )
    }

    fn write(&self, text: &str) -> Result<()> {
        let file = self.bridge.provision();
        std::fs::write(&file, text)?;
        Ok(std::fs::set_permissions(
            file,
            Permissions::from_mode(0o644),
        )?)
    }

    async fn restart(&mut self) -> Result<()> {
        self.bridge.stop().await?;
        self.bridge.run().await
    }

    /// Prints from the site's page.
    async fn print(&self, octets: &[u8]) -> Result<()> {
        let client = Client::connect(self.bridge.ports.ws, None, &self.site).await?;
        client.submit("bar", octets).await?;
        Ok(())
    }

    /// Waits until every job has ended.
    async fn all_printed(&self) -> Result<()> {
        let ended = async {
            loop {
                let jobs = self.bridge.json(&["jobs"]).await?;
                let mut jobs = jobs.as_array().context("a list")?.iter();
                if jobs.all(|job| job["job"]["state"] == "completed") {
                    return Ok(());
                }
            }
        };
        tokio::time::timeout(Duration::from_secs(30), ended).await?
    }

    async fn names(&self) -> Result<Vec<String>> {
        let grants = self.bridge.json(&["trust", "list"]).await?;
        let grants = grants.as_array().context("a list")?.iter();
        Ok(grants
            .map(|grant| grant["name"].as_str().unwrap_or_default().to_owned())
            .collect())
    }

    async fn apply(&self) -> Result<Vec<(String, String)>> {
        let applied = self.bridge.json(&["provision", "apply"]).await?;
        let changes = applied["changes"].as_array().context("changes")?.iter();
        Ok(changes
            .map(|change| {
                let text = |key: &str| change[key].as_str().unwrap_or_default().to_owned();
                (text("what"), text("name"))
            })
            .collect())
    }
}

fn changes(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    let own = |(what, name): &(&str, &str)| ((*what).to_owned(), (*name).to_owned());
    expected.iter().map(own).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_prints_by_the_file_and_no_more_when_it_left_the_file() -> Result<()> {
    let mut machine = Machine::start(&Settings::default()).await?;
    ensure!(machine.print(b"before").await.is_err(), "nobody allowed it");
    let (site, printer) = (machine.site(), machine.printer());
    machine.write(&format!("name = \"Example Shop\"\n{site}{printer}"))?;
    machine.restart().await?;
    machine.print(b"by the file").await?;
    machine.sink.wait_for(1).await;
    ensure!(machine.sink.arrivals()[0].octets == b"by the file");
    let status = machine.bridge.json(&["status"]).await?;
    ensure!(status["provision"]["name"] == "Example Shop", "{status}");

    // A person adds another site; the file goes on without its own.
    let other = Site::new("https://office.example")?;
    machine.bridge.trust(&other, &["--name", "by hand"]).await?;
    machine.write(&printer)?;
    machine.restart().await?;
    ensure!(machine.names().await? == ["by hand"]);
    ensure!(machine.print(b"after").await.is_err(), "the grant is gone");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn applying_needs_no_restart_and_a_second_time_nothing_is_done() -> Result<()> {
    let mut machine = Machine::start(&Settings::default()).await?;
    machine.write("")?;
    machine.restart().await?;
    let (site, printer) = (machine.site(), machine.printer());
    machine.write(&format!("{site}{printer}"))?;
    let added = changes(&[("site-added", "POS"), ("printer-added", "Bar")]);
    ensure!(machine.apply().await? == added);
    machine.print(b"without a restart").await?;
    machine.sink.wait_for(1).await;
    ensure!(machine.apply().await?.is_empty());
    let before = machine.bridge.json(&["provision", "show"]).await?;
    machine.restart().await?;
    ensure!(machine.bridge.json(&["provision", "show"]).await? == before);

    // A person takes the grant back, and the file names it still.
    let grants = machine.bridge.json(&["trust", "list"]).await?;
    let id = grants[0]["id"].to_string();
    let said = machine.bridge.verb(&["trust", "remove", &id]).await?;
    let said = String::from_utf8(said.stdout)? + &String::from_utf8(said.stderr)?;
    ensure!(said.contains("provisioning file still names it"), "{said}");
    let returned = changes(&[("site-returned", "POS")]);
    ensure!(machine.apply().await? == returned);
    machine.print(b"again").await?;

    machine.sink.wait_for(2).await;
    machine.all_printed().await?;
    machine.write("")?;
    let gone = changes(&[("site-removed", "POS"), ("printer-removed", "Bar")]);
    ensure!(machine.apply().await? == gone);
    ensure!(machine.names().await?.is_empty());
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_others_can_write_changes_nothing_and_the_doctor_says_what_to_mend()
-> Result<()> {
    let mut machine = Machine::start(&Settings::default()).await?;
    let (site, printer) = (machine.site(), machine.printer());
    machine.write(&format!("{site}{printer}"))?;
    machine.restart().await?;
    // Somebody has the site replaced by theirs, in a file they can write.
    let theirs = site.replace("POS", "Evil");
    machine.write(&format!("{theirs}{printer}"))?;
    let file = machine.bridge.provision();
    std::fs::set_permissions(&file, Permissions::from_mode(0o666))?;
    let applied = machine.bridge.verb(&["provision", "apply"]).await?;
    let said = String::from_utf8(applied.stderr)?;
    ensure!(applied.status.code() == Some(1), "{said}");
    ensure!(said.contains("chmod go-w"), "{said}");
    machine.restart().await?;
    ensure!(machine.names().await? == ["POS"], "what was accepted stays");
    let doctor = machine.bridge.verb(&["doctor"]).await?;
    let found = String::from_utf8(doctor.stdout)?;
    ensure!(
        found.contains("FAIL  provisioning") && found.contains("chmod go-w"),
        "{found}"
    );
    // One with a mistake is refused by its line.
    machine.write("[[sites]]\nnam = \"x\"\n")?;
    let said = machine.bridge.verb(&["provision", "apply"]).await?;
    let said = String::from_utf8(said.stderr)?;
    ensure!(said.contains("line 2: sites.nam"), "{said}");
    ensure!(machine.names().await? == ["POS"]);
    Ok(())
}

async fn sign(folder: &Path, arguments: &[&str]) -> Result<Value> {
    let output = Command::new(program::built("platen-sign", "PLATEN_SIGN_BIN")?)
        .arg("provision")
        .args(arguments)
        .arg("--json")
        .current_dir(folder)
        .output()
        .await?;
    if !output.status.success() {
        bail!("{}", String::from_utf8_lossy(&output.stderr));
    }
    Ok(serde_json::from_slice(&output.stdout)?)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signed_file_is_believed_wherever_it_lies_and_an_older_one_is_not() -> Result<()> {
    let keys = tempfile::tempdir()?;
    let made = sign(keys.path(), &["new", "--out", "."]).await?;
    let key = keys.path().join("provision.key").display().to_string();
    let mut settings = Settings::default();
    settings.more = format!("[provision]\nkeys = [{}]\n", made["public_key"]);
    let mut machine = Machine::start(&settings).await?;
    let (site, printer) = (machine.site(), machine.printer());
    let file = machine.bridge.provision();
    let open = async |text: String| -> Result<()> {
        std::fs::write(&file, text)?;
        std::fs::set_permissions(&file, Permissions::from_mode(0o666))?;
        sign(
            keys.path(),
            &["sign", &file.display().to_string(), "--key", &key],
        )
        .await?;
        Ok(())
    };
    let first = format!("number = 1\n{site}{printer}");
    open(first.clone()).await?;
    machine.restart().await?;
    machine.print(b"signed").await?;
    let shown = machine.bridge.json(&["provision", "show"]).await?;
    ensure!(
        shown["warrant"] == "signed" && shown["number"] == 1,
        "{shown}"
    );

    open(format!("number = 2\n{printer}")).await?;
    ensure!(machine.apply().await? == changes(&[("site-removed", "POS")]));
    // The older file is played back, with its good signature; and one that was
    // altered after it was signed.
    open(first.clone()).await?;
    let refused = machine.bridge.verb(&["provision", "apply"]).await?;
    let said = String::from_utf8(refused.stderr)?;
    ensure!(
        said.contains("its number is 1, and 2 was applied"),
        "{said}"
    );
    open(format!("number = 3\n{printer}")).await?;
    std::fs::write(&file, format!("number = 3\n{site}{printer}"))?;
    let refused = machine.bridge.verb(&["provision", "apply"]).await?;
    let said = String::from_utf8(refused.stderr)?;
    ensure!(said.contains("is no signature"), "{said}");
    machine.restart().await?;
    ensure!(machine.names().await?.is_empty());
    ensure!(machine.print(b"revived").await.is_err());
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_policy_is_stronger_than_the_configuration_file() -> Result<()> {
    let mut settings = Settings::default();
    settings.more = "[limits]\nhistory_days_max = 5\n".to_owned();
    let mut machine = Machine::start(&settings).await?;
    machine.write("[policy.limits]\nhistory_days_max = 9\n")?;
    machine.restart().await?;
    let shown = machine.bridge.json(&["config", "show"]).await?;
    ensure!(shown["limits"]["history_days_max"] == json!(9), "{shown}");
    ensure!(machine.bridge.log().contains("limits.history_days_max"));
    machine.write("[policy.limits]\nhistory_days_max = 10\n")?;
    let applied = machine.bridge.json(&["provision", "apply"]).await?;
    ensure!(
        applied["status"]["restart_needed"] == json!(true),
        "{applied}"
    );
    Ok(())
}
