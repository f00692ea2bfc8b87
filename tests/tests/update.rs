//! Updates with real programs: an installation, its supervisor, the agent in
//! two versions, and whatever else somebody may publish in their place.

use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use futures_util::SinkExt as _;
use platen_protocol::Method;
use platen_tests::bridge::{Ports, free_ports};
use platen_tests::client::{Client, hello, open_socket};
use platen_tests::program;
use platen_tests::site::Site;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::process::{Child, Command};
use tokio_tungstenite::tungstenite::Message;

const ORIGIN: &str = "https://pos.example";
const OLD: &str = env!("CARGO_PKG_VERSION");
const NEW: &str = "0.9.9";
const WAIT: Duration = Duration::from_secs(60);

/// The agent, and the same agent as another version: its version's text is
/// other octets of the same length.
struct Programs {
    _folder: TempDir,
    old: PathBuf,
    new: PathBuf,
}

fn programs() -> &'static Programs {
    static PROGRAMS: OnceLock<Programs> = OnceLock::new();
    PROGRAMS.get_or_init(|| make_programs().expect("platen is built"))
}

fn make_programs() -> Result<Programs> {
    let folder = tempfile::tempdir()?;
    let built = program::built("platen", "PLATEN_BIN")?;
    let old = folder.path().join("platen");
    std::fs::copy(&built, &old)?;
    // Its symbols would be copied, sent and hashed with it many times. Where
    // there is no `strip`, they are.
    let _ = std::process::Command::new("strip").arg(&old).status();
    let mut octets = std::fs::read(&old)?;
    let places: Vec<usize> = octets
        .windows(OLD.len())
        .enumerate()
        .filter(|(_, octets)| *octets == OLD.as_bytes())
        .map(|(place, _)| place)
        .collect();
    ensure!(!places.is_empty() && NEW.len() == OLD.len());
    for place in places {
        octets[place..place + NEW.len()].copy_from_slice(NEW.as_bytes());
    }
    let new = folder.path().join("platen-new");
    std::fs::copy(&old, &new)?;
    std::fs::write(&new, octets)?;
    Ok(Programs {
        _folder: folder,
        old,
        new,
    })
}

/// An installation, the place of updates, and who signs there.
struct Scene {
    folder: TempDir,
    ports: Ports,
    key: String,
    supervisor: Option<Child>,
}

impl Scene {
    async fn new(more: &str) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let mut scene = Self {
            folder,
            ports: free_ports()?,
            key: String::new(),
            supervisor: None,
        };
        let made = scene
            .sign(&[
                "update",
                "new-key",
                "--json",
                "--out",
                &scene.text("key.pem"),
            ])
            .await?;
        scene.key = made["key"].as_str().context("a key")?.to_owned();
        scene.configure(&format!("folder = '{}'\n{more}", scene.text("published")))?;
        let prepared = scene
            .run(&programs().old, &["update", "prepare", &scene.text("root")])
            .await?;
        ensure!(prepared.status.success(), "{prepared:?}");
        Ok(scene)
    }

    fn configure(&self, update: &str) -> Result<()> {
        let text = format!(
            "[listen]\nwss_ports = [{}]\nws_ports = [{}]\n[cups]\ndiscover = false\n[update]\nkey = \"{}\"\nstart_wait_ms = 30000\ntrial_ms = 300\n{update}\n",
            self.ports.wss, self.ports.ws, self.key
        );
        Ok(std::fs::write(self.path("platen.toml"), text)?)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn text(&self, name: &str) -> String {
        self.path(name).display().to_string()
    }

    async fn sign(&self, arguments: &[&str]) -> Result<Value> {
        let program = program::built("platen-sign", "PLATEN_SIGN_BIN")?;
        let output = Command::new(program).args(arguments).output().await?;
        ensure!(output.status.success(), "{output:?}");
        Ok(serde_json::from_slice(&output.stdout)?)
    }

    /// Publishes `program` as `version`.
    async fn publish(
        &self,
        program: &Path,
        version: &str,
        sequence: u64,
        more: &[&str],
    ) -> Result<()> {
        let platform = format!("{}-{}", std::env::consts::OS, std::env::consts::ARCH);
        let file = format!("{platform}/platen={}", program.display());
        let (key, out) = (self.text("key.pem"), self.text("published"));
        let sequence = sequence.to_string();
        let mut arguments = vec![
            "update",
            "manifest",
            "--json",
            "--force",
            "--key",
            &key,
            "--out",
            &out,
            "--version",
            version,
            "--sequence",
            &sequence,
            "--file",
            &file,
        ];
        arguments.extend_from_slice(more);
        self.sign(&arguments).await?;
        Ok(())
    }

    /// The file that was published for `version`.
    fn published(&self, version: &str) -> PathBuf {
        let platform = format!("{}-{}", std::env::consts::OS, std::env::consts::ARCH);
        self.path("published")
            .join(format!("platen-{version}-{platform}"))
    }

    async fn run(&self, program: &Path, arguments: &[&str]) -> Result<Output> {
        let output = Command::new(program)
            .args(arguments)
            .args([Path::new("--config"), &self.path("platen.toml")])
            .args([Path::new("--state"), &self.path("state")])
            .env_remove("PLATEN_CONFIG")
            .env_remove("PLATEN_STATE")
            .kill_on_drop(true)
            .output();
        Ok(tokio::time::timeout(2 * WAIT, output).await??)
    }

    /// A verb of the version that was found to work.
    async fn verb(&self, arguments: &[&str]) -> Result<Output> {
        self.run(&self.path("root/confirmed/platen"), arguments)
            .await
    }

    /// `platen update apply`, which must refuse with this.
    async fn refused(&self, expected: &str) -> Result<()> {
        let before = self.journal()?;
        let output = self.verb(&["update", "apply"]).await?;
        let said = String::from_utf8_lossy(&output.stderr);
        ensure!(
            !output.status.success() && said.contains(expected),
            "{expected}: {output:?}"
        );
        let after = self.journal()?;
        ensure!(after["running"] == before["running"], "{after}");
        ensure!(self.current()? == before["running"].as_str().unwrap_or_default());
        Ok(())
    }

    fn journal(&self) -> Result<Value> {
        Ok(serde_json::from_slice(&std::fs::read(
            self.path("root/journal.json"),
        )?)?)
    }

    /// The version that `current` leads to.
    fn current(&self) -> Result<String> {
        let to = std::fs::read_link(self.path("root/current"))?;
        Ok(to
            .file_name()
            .context("a version")?
            .to_string_lossy()
            .into_owned())
    }

    fn spawn(&self) -> Result<Child> {
        let log = std::fs::File::options()
            .create(true)
            .append(true)
            .open(self.path("log"))?;
        Ok(Command::new(self.path("root/confirmed/platen"))
            .arg("supervise")
            .args([Path::new("--config"), &self.path("platen.toml")])
            .args([Path::new("--state"), &self.path("state")])
            .env_remove("PLATEN_CONFIG")
            .env_remove("PLATEN_STATE")
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .kill_on_drop(true)
            .spawn()?)
    }

    /// Starts the supervisor, as a service manager would, and waits until its
    /// agent listens.
    async fn start(&mut self) -> Result<()> {
        self.supervisor = Some(self.spawn()?);
        self.wait_for_version(None).await.map(drop)
    }

    /// Waits until an agent answers (of this version), and says which it is.
    async fn wait_for_version(&self, version: Option<&str>) -> Result<String> {
        let answers = async {
            loop {
                let status = self.verb(&["status", "--json"]).await?;
                let status: Option<Value> = serde_json::from_slice(&status.stdout).ok();
                let found = status.and_then(|status| status["version"].as_str().map(str::to_owned));
                match found {
                    Some(found) if version.is_none_or(|wanted| wanted == found) => {
                        return Ok(found);
                    }
                    _ => tokio::time::sleep(Duration::from_millis(50)).await,
                }
            }
        };
        tokio::time::timeout(WAIT, answers)
            .await
            .with_context(|| std::fs::read_to_string(self.path("log")).unwrap_or_default())?
    }

    /// Ends the supervisor as a power cut would, its agent with it.
    async fn power_cut(&mut self) -> Result<()> {
        let mut supervisor = self.supervisor.take().context("a supervisor")?;
        let status = self.verb(&["status", "--json"]).await?;
        let agent: Option<Value> = serde_json::from_slice(&status.stdout).ok();
        supervisor.start_kill()?;
        supervisor.wait().await?;
        let pid = agent.and_then(|agent| i32::try_from(agent["pid"].as_i64()?).ok());
        if let Some(pid) = pid.and_then(rustix::process::Pid::from_raw) {
            rustix::process::kill_process(pid, rustix::process::Signal::KILL)?;
        }
        Ok(())
    }

    async fn stop(&mut self) -> Result<()> {
        let mut supervisor = self.supervisor.take().context("a supervisor")?;
        let pid = supervisor.id().and_then(|pid| i32::try_from(pid).ok());
        let pid = pid
            .and_then(rustix::process::Pid::from_raw)
            .context("a process")?;
        rustix::process::kill_process(pid, rustix::process::Signal::TERM)?;
        let status = tokio::time::timeout(WAIT, supervisor.wait()).await??;
        ensure!(status.success(), "{status}");
        Ok(())
    }

    /// A program that says it is `version`, and does `what` when it is run.
    fn script(&self, version: &str, what: &str) -> Result<PathBuf> {
        use std::os::unix::fs::PermissionsExt as _;
        let path = self.path("script");
        std::fs::write(
            &path,
            format!(
                "#!/bin/sh\nif [ \"$1\" = --version ]; then echo \"platen {version}\"; exit 0; fi\n{what}\n"
            ),
        )?;
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755))?;
        Ok(path)
    }
}

fn said(output: &Output) -> Result<Value> {
    serde_json::from_slice(&output.stdout).with_context(|| format!("{output:?}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn t17_a_good_update_runs_keeps_what_waits_and_a_person_can_go_back() -> Result<()> {
    let mut scene = Scene::new("").await?;
    scene.start().await?;
    let site = Arc::new(Site::new(ORIGIN)?);
    let root = scene.text("site.pem");
    std::fs::write(&root, &site.root_pem)?;
    let trusted = scene
        .verb(&["trust", "add", &root, "--origin", ORIGIN])
        .await?;
    ensure!(trusted.status.success(), "{trusted:?}");
    scene.verb(&["pause", "receipt"]).await?;
    let client = Client::connect(scene.ports.ws, None, &site).await?;
    let job = client.submit("receipt", b"waits").await?;
    drop(client);

    scene.publish(&programs().new, NEW, 1, &[]).await?;
    let found = said(&scene.verb(&["update", "check", "--json"]).await?)?;
    assert_eq!(
        (&found["found"], &found["is_newer"]),
        (&json!(NEW), &json!(true))
    );
    let applied = scene.verb(&["update", "apply", "--json"]).await?;
    assert_eq!(said(&applied)?["outcome"], "confirmed", "{applied:?}");
    assert_eq!(scene.wait_for_version(None).await?, NEW);
    assert_eq!(scene.current()?, NEW);

    // The job, the grant and the pause are where they were.
    let client = Client::connect(scene.ports.ws, None, &site).await?;
    let id = json!({ "job_id": job.job_id });
    let kept = client.call(Method::JobsGet, &id, false).await?;
    assert_eq!(kept["state"], "pending");
    scene.verb(&["resume", "receipt"]).await?;
    let completed = async {
        while client.call(Method::JobsGet, &id, false).await?["state"] != "completed" {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        anyhow::Ok(())
    };
    tokio::time::timeout(WAIT, completed).await??;
    let again = scene.verb(&["update", "apply", "--json"]).await?;
    assert_eq!(said(&again)?["outcome"], "up-to-date");

    let back = scene.verb(&["update", "rollback", "--json"]).await?;
    assert_eq!(said(&back)?["running"], OLD, "{back:?}");
    assert_eq!(scene.wait_for_version(Some(OLD)).await?, OLD);
    assert_eq!(scene.journal()?["sequence"], 1, "the number never falls");
    // What a person took back does not come again by itself.
    scene.refused("--again").await?;
    scene.stop().await
}

#[tokio::test(flavor = "multi_thread")]
async fn t17_what_is_not_signed_whole_new_and_in_time_changes_nothing() -> Result<()> {
    let scene = Scene::new("").await?;
    let good = scene.script(NEW, "exit 1")?;
    let manifest = scene.path("published/manifest.json");
    let program = scene.published(NEW);

    // Wrong signature: another key, another text, cut short, no manifest at all.
    scene.publish(&good, NEW, 5, &[]).await?;
    let signed = std::fs::read_to_string(&manifest)?;
    std::fs::write(
        &manifest,
        signed.replacen(r#"\"sequence\":5"#, r#"\"sequence\":6"#, 1),
    )?;
    scene.refused("signature does not fit").await?;
    std::fs::write(&manifest, &signed[..signed.len() - 20])?;
    scene.refused("no signed manifest").await?;
    std::fs::write(&manifest, "<html>")?;
    scene.refused("no signed manifest").await?;
    let other = scene.text("other.pem");
    scene
        .sign(&["update", "new-key", "--json", "--out", &other])
        .await?;
    std::fs::rename(scene.path("key.pem"), scene.path("ours.pem"))?;
    std::fs::rename(&other, scene.path("key.pem"))?;
    scene.publish(&good, NEW, 5, &[]).await?;
    scene.refused("this machine trusts").await?;
    std::fs::rename(scene.path("ours.pem"), scene.path("key.pem"))?;

    // Downgrade, another channel, not yet, another version than was signed.
    scene.publish(&good, "0.0.9", 5, &[]).await?;
    scene.refused("only a person goes back").await?;
    scene.publish(&good, NEW, 5, &["--channel", "beta"]).await?;
    scene.refused("channel").await?;
    scene
        .publish(&good, NEW, 5, &["--delay-hours", "48"])
        .await?;
    scene.refused("48 hours").await?;
    scene.publish(&good, "0.9.8", 5, &[]).await?;
    scene.refused("not 0.9.8").await?;

    // Truncated, longer than declared, other octets.
    scene.publish(&good, NEW, 6, &[]).await?;
    let octets = std::fs::read(&program)?;
    std::fs::write(&program, &octets[..octets.len() - 1])?;
    scene.refused("ended after").await?;
    std::fs::write(&program, [&octets[..], b"#"].concat())?;
    scene.refused("longer than its manifest says").await?;
    let mut changed = octets.clone();
    changed[20] ^= 1;
    std::fs::write(&program, changed)?;
    scene.refused("not the file its manifest means").await?;
    std::fs::remove_file(&program)?;
    scene.refused("cannot be read").await?;

    // Played back: a lower number than was seen.
    scene.publish(&good, NEW, 4, &[]).await?;
    scene.refused("played back").await?;
    // Pinned.
    scene.configure(&format!(
        "folder = '{}'\npin = \"0.9.5\"",
        scene.text("published")
    ))?;
    scene.publish(&good, NEW, 7, &[]).await?;
    scene.refused("pinned").await?;
    // Off.
    scene.configure("")?;
    scene.refused("updates are off").await?;
    ensure!(!scene.path("root/staging").exists() || scene.current()? == OLD);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn t17_a_version_that_does_not_work_is_taken_back_by_itself() -> Result<()> {
    let mut scene = Scene::new("").await?;
    scene.start().await?;
    for (sequence, what) in [(1, "exit 3"), (2, "kill -SEGV $$")] {
        let broken = scene.script(NEW, what)?;
        scene.publish(&broken, NEW, sequence, &[]).await?;
        let mut arguments = vec!["update", "apply", "--json"];
        arguments.extend((sequence > 1).then_some("--again"));
        let applied = scene.verb(&arguments).await?;
        ensure!(!applied.status.success(), "{applied:?}");
        assert_eq!(said(&applied)?["outcome"], "taken-back", "{applied:?}");
        assert_eq!(scene.wait_for_version(None).await?, OLD);
        assert_eq!(scene.current()?, OLD);
        scene.refused("was taken back").await?;
    }
    // What works comes afterwards as ever.
    scene.publish(&programs().new, NEW, 3, &[]).await?;
    let applied = scene
        .verb(&["update", "apply", "--json", "--again"])
        .await?;
    assert_eq!(said(&applied)?["outcome"], "confirmed", "{applied:?}");
    scene.stop().await
}

#[tokio::test(flavor = "multi_thread")]
async fn t17_after_a_power_cut_in_a_trial_the_next_start_decides() -> Result<()> {
    let mut scene = Scene::new("").await?;
    scene.start().await?;
    scene.power_cut().await?;
    // Swapped while nothing ran, and it hangs: the cut comes in its trial.
    let hangs = scene.script(NEW, "sleep 1000")?;
    scene.publish(&hangs, NEW, 1, &[]).await?;
    let applied = scene.verb(&["update", "apply", "--json"]).await?;
    assert_eq!(said(&applied)?["outcome"], "at-next-start", "{applied:?}");
    assert_eq!(scene.journal()?["phase"]["phase"], "swapped");
    let mut supervisor = scene.spawn()?;
    let trying = async {
        loop {
            let log = std::fs::read_to_string(scene.path("log")).unwrap_or_default();
            if log.contains("a version is tried") {
                return;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(WAIT, trying).await?;
    supervisor.start_kill()?;
    supervisor.wait().await?;
    // Its files are gone as well: the next start still runs the one that worked.
    std::fs::remove_file(scene.path(&format!("root/versions/{NEW}/platen")))?;
    scene.start().await?;
    assert_eq!(scene.wait_for_version(None).await?, OLD);
    assert_eq!(scene.journal()?["phase"]["phase"], "taken-back");
    scene.stop().await
}

/// Answers each request with what `answer` says to its path; returns the port
/// and how often it was asked.
async fn server(
    answer: impl Fn(&str) -> Vec<u8> + Send + 'static,
) -> Result<(u16, Arc<std::sync::atomic::AtomicUsize>)> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let port = listener.local_addr()?.port();
    let asked = Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let count = Arc::clone(&asked);
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            count.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
            let mut request = Vec::new();
            while !request.ends_with(b"\r\n\r\n") {
                match stream.read_u8().await {
                    Ok(octet) => request.push(octet),
                    Err(_) => break,
                }
            }
            let request = String::from_utf8_lossy(&request).into_owned();
            let path = request.split(' ').nth(1).unwrap_or_default();
            // Whoever has heard enough goes away.
            let _ = stream.write_all(&answer(path)).await;
        }
    });
    Ok((port, asked))
}

fn ok(octets: &[u8]) -> Vec<u8> {
    let head = format!(
        "HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n",
        octets.len()
    );
    [head.as_bytes(), octets].concat()
}

#[tokio::test(flavor = "multi_thread")]
async fn t17_an_address_that_points_elsewhere_or_sends_too_much_changes_nothing() -> Result<()> {
    let scene = Scene::new("").await?;
    let good = scene.script(NEW, "exit 1")?;
    scene.publish(&good, NEW, 1, &[]).await?;
    let manifest = std::fs::read(scene.path("published/manifest.json"))?;
    let (elsewhere, reached) = server(|_| ok(b"")).await?;
    let octets = std::fs::read(&good)?;
    let (port, _) = server(move |path| match path {
        "/moved/manifest.json" => {
            format!("HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:{elsewhere}/\r\ncontent-length: 0\r\n\r\n").into_bytes()
        }
        "/endless/manifest.json" => ok(&vec![b' '; 1024 * 1024]),
        _ if path.ends_with("manifest.json") => ok(&manifest),
        _ if path.starts_with("/long/") => ok(&[&octets[..], &vec![0; 1024 * 1024]].concat()),
        _ => ok(&octets[..octets.len() / 2]),
    })
    .await?;
    for (folder, expected) in [
        ("moved", "points to another address"),
        ("endless", "longer than"),
        ("long", "longer than its manifest says"),
        ("short", "ended after"),
    ] {
        scene.configure(&format!(
            "url = \"http://127.0.0.1:{port}/{folder}/manifest.json\""
        ))?;
        scene.refused(expected).await?;
    }
    assert_eq!(
        reached.load(std::sync::atomic::Ordering::SeqCst),
        0,
        "nothing is followed"
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn t17_no_page_and_no_address_installs_updates_or_launches_anything() -> Result<()> {
    for method in Method::ALL {
        for word in [
            "update", "install", "launch", "version", "exec", "rollback", "restart",
        ] {
            assert!(!method.as_str().contains(word), "{}", method.as_str());
        }
    }
    let (place, reached) = server(|_| ok(b"")).await?;
    let mut scene = Scene::new("").await?;
    scene.configure(&format!("url = \"http://127.0.0.1:{place}/manifest.json\""))?;
    scene.start().await?;
    let site = Arc::new(Site::new(ORIGIN)?);
    let root = scene.text("site.pem");
    std::fs::write(&root, &site.root_pem)?;
    let all = "printers,print,status,jobs,raw-commands,drawer,buzzer,display,admin";
    let trusted = scene
        .verb(&[
            "trust",
            "add",
            &root,
            "--origin",
            ORIGIN,
            "--capability",
            all,
        ])
        .await?;
    ensure!(trusted.status.success(), "{trusted:?}");
    let before = scene.journal()?;

    // A page with every capability, and one with none: calls of any such name.
    let client = Client::connect(scene.ports.ws, None, &site).await?;
    let mut stranger = open_socket(scene.ports.ws, None, Some("https://evil.example")).await?;
    hello(&mut stranger).await?;
    for name in [
        "update.apply",
        "update.check",
        "agent.update",
        "agent.restart",
        "supervise",
        "install",
    ] {
        let id = client.fresh_id();
        let call = json!({ "jsonrpc": "2.0", "id": id, "method": name,
            "params": { "url": format!("http://127.0.0.1:{place}/manifest.json") } });
        let call = Message::text(call.to_string());
        let refused = client.send(id, vec![call.clone()]).await?.await?;
        ensure!(refused.is_err(), "{name}");
        stranger.send(call).await?;
    }
    // Addresses, as a link, a form or a script could ask for them.
    for request in [
        "GET /update/apply HTTP/1.1",
        "POST /update HTTP/1.1",
        "POST /v1 HTTP/1.1",
        "GET /?update=1 HTTP/1.1",
        "GET /install?url=http://127.0.0.1/ HTTP/1.1",
    ] {
        let mut stream = tokio::net::TcpStream::connect(("127.0.0.1", scene.ports.ws)).await?;
        let body = r#"{"method":"update"}"#;
        let text = format!(
            "{request}\r\nHost: localhost:{}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
            scene.ports.ws,
            body.len()
        );
        stream.write_all(text.as_bytes()).await?;
        let mut answer = Vec::new();
        // Refused, or hung up on.
        let _ = stream.read_to_end(&mut answer).await;
        let answer = String::from_utf8_lossy(&answer).into_owned();
        ensure!(!answer.starts_with("HTTP/1.1 2"), "{request}: {answer}");
    }
    assert_eq!(scene.journal()?, before);
    assert_eq!(scene.wait_for_version(None).await?, OLD);
    assert_eq!(
        reached.load(std::sync::atomic::Ordering::SeqCst),
        0,
        "nothing was fetched"
    );
    scene.stop().await
}
