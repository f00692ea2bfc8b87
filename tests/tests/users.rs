//! Several users on one machine: two users of the operating system, one
//! agent, the same page in the browsers of both.

use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use futures_util::{SinkExt as _, StreamExt as _};
use platen_protocol::Method;
use platen_tests::bridge::{Bridge, Settings, free_ports};
use platen_tests::client::{Client, hello, open_socket};
use platen_tests::machine_user::{ANNA, BEN, MachineUser, can_be_others, for_everybody};
use platen_tests::printer::Sink;
use platen_tests::program;
use platen_tests::site::Site;
use serde_json::{Value, json};
use tokio::sync::mpsc::UnboundedReceiver;
use tokio_tungstenite::tungstenite::Message;

const ORIGIN: &str = "https://pos.example";
const RECEIPT: &[u8] = b"RECEIPT";

async fn client(user: MachineUser, bridge: &Bridge, site: &Arc<Site>) -> Result<Client> {
    let socket = user.open_socket(bridge.ports.ws, ORIGIN).await?;
    Client::over(socket, site).await
}

async fn start(more: &str) -> Result<(Bridge, Arc<Site>, Sink)> {
    let sink = Sink::start().await?;
    let mut settings = Settings::with_printers([("till", sink.uri())]);
    settings.more = more.to_owned();
    let bridge = Bridge::start(&settings).await?;
    Ok((bridge, Arc::new(Site::new(ORIGIN)?), sink))
}

/// The code of a call that must be refused.
async fn code(client: &Client, method: Method, params: Value) -> Result<String> {
    let refused = client.call(method, &params, true).await;
    let error = refused.err().context("a refusal")?.to_string();
    let (code, _) = error.split_once(':').context("a code")?;
    Ok(code.to_owned())
}

/// The jobs that events are about, up to one that says `canceled`.
async fn jobs_until_canceled(events: &mut UnboundedReceiver<Value>) -> Result<Vec<String>> {
    let until_canceled = async {
        let mut jobs = Vec::new();
        while let Some(message) = events.recv().await {
            let event = message["params"]["event"].clone();
            jobs.extend(event["job_id"].as_str().map(str::to_owned));
            if event["state"] == "canceled" {
                break;
            }
        }
        jobs
    };
    Ok(tokio::time::timeout(Duration::from_secs(30), until_canceled).await?)
}

/// The job ids of a list.
fn ids(jobs: &Value) -> Vec<&str> {
    let jobs = jobs["jobs"].as_array().into_iter().flatten();
    jobs.filter_map(|job| job["job_id"].as_str()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn t14_a_page_in_another_users_browser_never_sees_changes_or_hears_of_a_users_jobs()
-> Result<()> {
    if !can_be_others() {
        return Ok(());
    }
    let (bridge, site, _sink) = start("").await?;
    bridge.trust(&site, &[]).await?;
    bridge.verb(&["pause", "till"]).await?;
    let (anna, ben) = (
        client(ANNA, &bridge, &site).await?,
        client(BEN, &bridge, &site).await?,
    );
    let topics = json!({ "topics": ["jobs", "printers"] });
    let begin = ben.call(Method::EventsSubscribe, &topics, false).await?;
    ensure!(!begin["cursor"].is_null(), "{begin}");
    let mut heard = ben.notifications().context("notifications")?;

    let key = json!({ "idempotency_key": "order 7" });
    let job = anna.submit_with("till", RECEIPT, key.clone()).await?;
    let id = json!({ "job_id": job.job_id });
    for method in [
        Method::JobsGet,
        Method::JobsCancel,
        Method::JobsHold,
        Method::JobsReprint,
    ] {
        let refused = code(&ben, method, id.clone()).await?;
        assert_eq!(refused, "job-not-found", "{}", method.as_str());
    }
    let all = json!({});
    let of_anna = anna.call(Method::JobsList, &all, false).await?;
    assert_eq!(ids(&of_anna), [job.job_id.as_str()]);
    let by_key = json!({ "idempotency_key": "order 7" });
    for params in [&all, &by_key] {
        let of_ben = ben.call(Method::JobsList, params, false).await?;
        assert!(ids(&of_ben).is_empty(), "{of_ben}");
    }
    let printers = ben.call(Method::PrintersList, &all, false).await?;
    assert_eq!(printers["printers"][0]["queued_jobs"], 0);

    // The same key is another key, and each is good once.
    let own = ben.submit_with("till", RECEIPT, key.clone()).await?;
    assert!(!own.repeated && own.job_id != job.job_id);
    let again = ben.submit_with("till", RECEIPT, key.clone()).await?;
    assert!(again.repeated && again.job_id == own.job_id);
    let again = anna.submit_with("till", RECEIPT, key).await?;
    assert!(again.repeated && again.job_id == job.job_id);

    // What he hears up to the end of his own job is his own, and so is what he
    // missed.
    ben.call(Method::JobsCancel, &json!({ "job_id": own.job_id }), true)
        .await?;
    let late = client(BEN, &bridge, &site).await?;
    let mut missed = late.notifications().context("notifications")?;
    let from_the_start = json!({ "topics": ["jobs", "printers"], "after": begin["cursor"] });
    late.call(Method::EventsSubscribe, &from_the_start, false)
        .await?;
    for events in [&mut heard, &mut missed] {
        let jobs = jobs_until_canceled(events).await?;
        assert!(!jobs.is_empty() && jobs.iter().all(|job| job == own.job_id.as_str()));
    }

    let listed = bridge.json(&["jobs", "list"]).await?;
    let names: Vec<_> = listed
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|job| job["user"]["name"].as_str())
        .collect();
    assert_eq!(names, [BEN.name, ANNA.name], "{listed}");
    let status = bridge.json(&["status"]).await?;
    assert_eq!(
        status["users"],
        json!([
            { "user": { "id": "5", "name": "games" }, "sessions": 1 },
            { "user": { "id": "9", "name": "news" }, "sessions": 2 },
        ])
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn t14_a_grant_and_a_printer_are_for_the_users_they_name() -> Result<()> {
    if !can_be_others() {
        return Ok(());
    }
    let office = "[[printers]]\nid = \"office\"\nname = \"Office\"\nuri = \"virtual:\"\nusers = [\"games\"]\n";
    let (bridge, site, sink) = start(office).await?;
    bridge
        .trust(&site, &["--user", "games", "--user", "root"])
        .await?;
    // To the other user the site is unknown, to the octet.
    let stranger = first_answer(BEN.open_socket(bridge.ports.ws, ORIGIN).await?).await?;
    let unknown = "https://unknown.example";
    let socket = ANNA.open_socket(bridge.ports.ws, unknown).await?;
    assert_eq!(stranger, first_answer(socket).await?);

    let anna = client(ANNA, &bridge, &site).await?;
    let root = Client::connect(bridge.ports.ws, None, &site).await?;
    let names = |printers: &Value| {
        let printers = printers["printers"].as_array().cloned().unwrap_or_default();
        let names = printers.into_iter().map(|one| one["printer"].clone());
        names.collect::<Vec<_>>()
    };
    let all = json!({});
    let of_anna = anna.call(Method::PrintersList, &all, false).await?;
    assert_eq!(names(&of_anna), ["till", "office"]);
    let of_root = root.call(Method::PrintersList, &all, false).await?;
    assert_eq!(names(&of_root), ["till"]);
    let office = json!({ "printer": "office" });
    let refused = code(&root, Method::PrintersGet, office).await?;
    assert_eq!(refused, "printer-not-found");
    let refused = root.submit("office", RECEIPT).await;
    let refused = refused.err().context("a refusal")?.to_string();
    assert!(refused.starts_with("printer-not-found"), "{refused}");
    anna.submit("office", RECEIPT).await?;
    root.submit("till", RECEIPT).await?;
    sink.wait_for(1).await;
    Ok(())
}

/// What the agent says to a call of somebody it does not know, without what is
/// fresh for every connection.
async fn first_answer(mut socket: platen_tests::client::Socket) -> Result<String> {
    let challenge = hello(&mut socket).await?;
    let call = json!({ "jsonrpc": "2.0", "id": 1, "method": "agent.prove",
        "params": { "nonce": "0123456789abcdef" } });
    socket.send(Message::text(call.to_string())).await?;
    let answer = socket.next().await.context("an answer")??;
    Ok(answer.into_text()?.replace(&challenge, ""))
}

#[tokio::test(flavor = "multi_thread")]
async fn t14_a_users_own_agent_answers_another_user_as_it_answers_an_unknown_site() -> Result<()> {
    if !can_be_others() {
        return Ok(());
    }
    let home = tempfile::tempdir()?;
    let own = program::built("platen", "PLATEN_BIN")?;
    let own = for_everybody(&own, home.path())?;
    let state = home.path().join("state");
    std::fs::create_dir(&state)?;
    std::os::unix::fs::chown(&state, Some(ANNA.uid), Some(ANNA.uid))?;
    let ports = free_ports()?;
    let config = home.path().join("platen.toml");
    std::fs::write(
        &config,
        format!(
            "[listen]\nwss_ports = [{}]\nws_ports = [{}]\nusers = \"own\"\n[cups]\ndiscover = false\n",
            ports.wss, ports.ws
        ),
    )?;
    let verb = |arguments: &[&str]| {
        let mut command = ANNA.command(&own);
        command
            .args(arguments)
            .args([Path::new("--config"), &config, Path::new("--state"), &state])
            .kill_on_drop(true);
        command
    };
    let mut agent = verb(&["run"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()?;
    let deadline = Instant::now() + Duration::from_secs(30);
    while open_socket(ports.ws, None, Some(ORIGIN)).await.is_err() {
        ensure!(Instant::now() < deadline, "the agent listens");
        ensure!(agent.try_wait()?.is_none(), "the agent runs");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let site = Arc::new(Site::new(ORIGIN)?);
    let root = home.path().join("root.pem");
    std::fs::write(&root, &site.root_pem)?;
    let root = root.to_str().context("a readable path")?;
    let trusted = verb(&["trust", "add", root, "--origin", ORIGIN])
        .output()
        .await?;
    ensure!(trusted.status.success(), "{trusted:?}");

    let anna = Client::over(ANNA.open_socket(ports.ws, ORIGIN).await?, &site).await?;
    anna.submit("receipt", RECEIPT).await?;
    let unknown = "https://unknown.example";
    let expected = first_answer(ANNA.open_socket(ports.ws, unknown).await?).await?;
    for stranger in [
        BEN.open_socket(ports.ws, ORIGIN).await?,
        open_socket(ports.ws, None, Some(ORIGIN)).await?,
    ] {
        assert_eq!(first_answer(stranger).await?, expected);
    }
    let status = verb(&["status", "--json"]).output().await?;
    let status: Value = serde_json::from_slice(&status.stdout)?;
    assert_eq!(status["serves_only"]["name"], ANNA.name);
    Ok(())
}
