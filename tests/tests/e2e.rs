//! The promise, end to end: the real agent, a signing site, printers that
//! count what arrives.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use platen_protocol::Method;
use platen_tests::bridge::{Bridge, Settings};
use platen_tests::client::Client;
use platen_tests::printer::Sink;
use platen_tests::site::Site;
use serde_json::{Value, json};
use tokio::io::AsyncReadExt as _;
use tokio::net::TcpListener;

const ORIGIN: &str = "https://pos.example";

/// A printer that accepts connections and never reads.
async fn jammed_printer() -> Result<(TcpListener, String)> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let uri = format!("socket://{}", listener.local_addr()?);
    Ok((listener, uri))
}

/// The octets of the first job that comes. Looks at the printer come and go;
/// the job is the connection that says something.
async fn first_job(printer: TcpListener) -> Result<Vec<u8>> {
    loop {
        let (mut stream, _) = printer.accept().await?;
        let mut octets = Vec::new();
        stream.read_to_end(&mut octets).await?;
        if !octets.is_empty() {
            return Ok(octets);
        }
    }
}

/// Letters in no order: the firewall would take other octets for commands.
fn payload(octets: usize, seed: u8) -> Vec<u8> {
    let mut state = u32::from(seed) | 1;
    std::iter::repeat_with(|| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        b'A' + state.to_be_bytes()[0] % 26
    })
    .take(octets)
    .collect()
}

async fn start(settings: &Settings) -> Result<(Bridge, Arc<Site>)> {
    let bridge = Bridge::start(settings).await?;
    let site = Arc::new(Site::new(ORIGIN)?);
    bridge.trust(&site, &[]).await?;
    Ok((bridge, site))
}

/// Reads notifications until the job has the state.
async fn wait_for_state(
    events: &mut tokio::sync::mpsc::UnboundedReceiver<Value>,
    job_id: &str,
    state: &str,
) -> Result<Value> {
    let found = async {
        while let Some(message) = events.recv().await {
            let event = &message["params"]["event"];
            if event["job_id"] == job_id && event["state"] == state {
                return Ok(message);
            }
        }
        anyhow::bail!("the connection ended before {job_id} was {state}")
    };
    tokio::time::timeout(Duration::from_secs(60), found)
        .await
        .with_context(|| format!("{job_id} did not become {state}"))?
}

#[tokio::test(flavor = "multi_thread")]
async fn small_and_large_jobs_arrive_byte_for_byte_over_ws_and_wss() -> Result<()> {
    let sink = Sink::start().await?;
    let (bridge, site) = start(&Settings::with_printers([("till", sink.uri())])).await?;
    let ca = bridge.tls_ca().await?;
    let jobs = [payload(2_048, 1), payload(5 * 1024 * 1024, 2)];
    let mut sent = Vec::new();
    for (port, ca) in [
        (bridge.ports.ws, None),
        (bridge.ports.wss, Some(ca.as_str())),
    ] {
        let client = Client::connect(port, ca, &site).await?;
        for job in &jobs {
            let submitted = client.submit("till", job).await?;
            ensure!(!submitted.repeated);
            sent.push(job.clone());
        }
    }
    sink.wait_for(sent.len()).await;
    let arrived: Vec<Vec<u8>> = sink.arrivals().into_iter().map(|job| job.octets).collect();
    assert!(arrived == sent, "what arrived is not what was sent");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn jobs_of_eight_connections_arrive_in_the_order_of_acceptance_without_interleaving()
-> Result<()> {
    const CONNECTIONS: u32 = 8;
    const JOBS: u32 = 500;
    let sink = Sink::start().await?;
    let (bridge, site) = start(&Settings::with_printers([("till", sink.uri())])).await?;
    let mut tasks = Vec::new();
    for connection in 0..CONNECTIONS {
        let client = Client::connect(bridge.ports.ws, None, &site).await?;
        tasks.push(tokio::spawn(async move {
            let mut accepted = Vec::new();
            let mut answers = Vec::new();
            for n in (connection..JOBS).step_by(CONNECTIONS as usize) {
                let mut octets = payload(2_048, u8::try_from(n % 251)?);
                octets[..4].copy_from_slice(format!("{n:04}").as_bytes());
                answers.push((n, client.start_submit("till", &octets, json!({})).await?));
            }
            for (n, answer) in answers {
                let answer = answer
                    .await?
                    .map_err(|error| anyhow::anyhow!(error.message))?;
                let job_id = answer["job_id"].as_str().context("a job id")?.to_owned();
                accepted.push((job_id, n));
            }
            anyhow::Ok(accepted)
        }));
    }
    let mut number_of = HashMap::new();
    for task in tasks {
        number_of.extend(task.await??);
    }
    sink.wait_for(JOBS as usize).await;

    let arrivals = sink.arrivals();
    let mut arrived = Vec::new();
    for job in &arrivals {
        assert_eq!(
            job.octets.len(),
            2_048,
            "a job was cut or joined with another"
        );
        let n: u32 = std::str::from_utf8(&job.octets[..4])?.parse()?;
        let expected = payload(2_048, u8::try_from(n % 251)?);
        assert!(
            job.octets[4..] == expected[4..],
            "job {n} was mixed with another"
        );
        arrived.push(n);
    }
    let listed = bridge.json(&["jobs", "list", "--limit", "500"]).await?;
    let accepted: Vec<u32> = listed
        .as_array()
        .context("a list of jobs")?
        .iter()
        .rev()
        .filter_map(|job| number_of.get(job["job"]["job_id"].as_str()?).copied())
        .collect();
    assert_eq!(arrived, accepted, "order of arrival and of acceptance");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_jammed_printer_stops_itself_only() -> Result<()> {
    let (_jammed, uri) = jammed_printer().await?;
    let sink = Sink::start().await?;
    let settings = Settings::with_printers([("jammed", uri), ("till", sink.uri())]);
    let (bridge, site) = start(&settings).await?;
    let client = Client::connect(bridge.ports.ws, None, &site).await?;
    let large = payload(8 * 1024 * 1024, 3);
    client.submit("jammed", &large).await?;
    for _ in 0..20 {
        client.submit("jammed", b"waits").await?;
        client.submit("till", b"prints").await?;
    }
    sink.wait_for(20).await;
    let printers = client.call(Method::PrintersList, &json!({}), false).await?;
    assert_eq!(printers["printers"][0]["queued_jobs"], 21, "{printers}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_idempotency_key_gets_the_stored_answer_even_after_a_restart() -> Result<()> {
    let sink = Sink::start().await?;
    let (mut bridge, site) = start(&Settings::with_printers([("till", sink.uri())])).await?;
    let key = json!({ "idempotency_key": "sale-17" });
    let client = Client::connect(bridge.ports.ws, None, &site).await?;
    let first = client
        .submit_with("till", b"receipt 17", key.clone())
        .await?;
    let second = client
        .submit_with("till", b"receipt 17", key.clone())
        .await?;
    assert_eq!((&second.job_id, second.repeated), (&first.job_id, true));
    sink.wait_for(1).await;
    drop(client);
    bridge.stop().await?;
    bridge.run().await?;
    let client = Client::connect(bridge.ports.ws, None, &site).await?;
    let third = client
        .submit_with("till", b"receipt 17", key.clone())
        .await?;
    assert_eq!((&third.job_id, third.repeated), (&first.job_id, true));
    let other = client
        .submit_with("till", b"receipt 18", key)
        .await
        .unwrap_err();
    assert!(
        other.to_string().starts_with("idempotency-conflict"),
        "{other}"
    );
    client.submit("till", b"the last").await?;
    sink.wait_for(2).await;
    assert_eq!(sink.arrivals().len(), 2, "no second copy was printed");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_waits_is_printed_after_a_restart_and_events_go_on_after_their_cursor() -> Result<()> {
    let sink = Sink::start().await?;
    let (mut bridge, site) = start(&Settings::with_printers([("till", sink.uri())])).await?;
    let client = Client::connect(bridge.ports.ws, None, &site).await?;
    let subscribed = client
        .call(
            Method::EventsSubscribe,
            &json!({ "topics": ["jobs"] }),
            false,
        )
        .await?;
    let cursor = subscribed["cursor"].clone();
    bridge.json(&["pause", "till"]).await?;
    let mut jobs = Vec::new();
    for n in 0..10_u8 {
        jobs.push(client.submit("till", &[b'A' + n; 100]).await?.job_id);
    }
    assert!(
        sink.arrivals().is_empty(),
        "a paused printer prints nothing"
    );
    drop(client);
    bridge.stop().await?;
    bridge.run().await?;
    assert!(sink.arrivals().is_empty(), "it is still paused");

    let client = Client::connect(bridge.ports.ws, None, &site).await?;
    let mut events = client.notifications().context("notifications")?;
    let params = json!({ "topics": ["jobs"], "after": cursor });
    client.call(Method::EventsSubscribe, &params, false).await?;
    bridge.json(&["resume", "till"]).await?;
    for job_id in &jobs {
        wait_for_state(&mut events, job_id.as_str(), "completed").await?;
    }
    let arrived: Vec<u8> = sink.arrivals().iter().map(|job| job.octets[0]).collect();
    assert_eq!(arrived, b"ABCDEFGHIJ");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_follows_its_job_from_acceptance_to_its_evidence() -> Result<()> {
    let sink = Sink::start().await?;
    let (bridge, site) = start(&Settings::with_printers([("till", sink.uri())])).await?;
    let client = Client::connect(bridge.ports.ws, None, &site).await?;
    let mut events = client.notifications().context("notifications")?;
    let topics = json!({ "topics": ["jobs", "printers"] });
    client.call(Method::EventsSubscribe, &topics, false).await?;
    let job_id = client.submit("till", b"receipt").await?.job_id;
    let mut states = Vec::new();
    while states.last().is_none_or(|state| state != "completed") {
        let message = events.recv().await.context("an event")?;
        let event = &message["params"]["event"];
        if event["type"] == "job-state-changed" {
            states.push(event["state"].as_str().context("a state")?.to_owned());
        }
    }
    assert_eq!(states, ["pending", "processing", "completed"]);
    let job = client
        .call(Method::JobsGet, &json!({ "job_id": job_id }), false)
        .await?;
    assert_eq!(job["evidence"], "transport", "{job}");
    let story = bridge.json(&["jobs", "show", job_id.as_str()]).await?;
    let causes: Vec<&str> = story["history"]
        .as_array()
        .context("a history")?
        .iter()
        .filter_map(|row| row["cause"].as_str())
        .collect();
    assert_eq!(causes, ["accepted", "started", "completed"]);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_can_be_held_released_canceled_and_printed_again() -> Result<()> {
    let sink = Sink::start().await?;
    let (bridge, site) = start(&Settings::with_printers([("till", sink.uri())])).await?;
    let client = Client::connect(bridge.ports.ws, None, &site).await?;
    let mut events = client.notifications().context("notifications")?;
    client
        .call(
            Method::EventsSubscribe,
            &json!({ "topics": ["jobs"] }),
            false,
        )
        .await?;
    bridge.json(&["pause", "till"]).await?;
    let held = client.submit("till", b"held").await?.job_id;
    let canceled = client.submit("till", b"canceled").await?.job_id;
    let call = async |method, job: &platen_protocol::JobId| {
        client.call(method, &json!({ "job_id": job }), true).await
    };
    assert_eq!(
        call(Method::JobsHold, &held).await?["state"],
        "pending-held"
    );
    assert_eq!(
        call(Method::JobsCancel, &canceled).await?["state"],
        "canceled"
    );
    bridge.json(&["resume", "till"]).await?;
    let last = client.submit("till", b"last").await?.job_id;
    wait_for_state(&mut events, last.as_str(), "completed").await?;
    let released = call(Method::JobsRelease, &held).await?;
    assert_ne!(released["state"], "pending-held", "{released}");
    wait_for_state(&mut events, held.as_str(), "completed").await?;
    let refused = call(Method::JobsCancel, &held).await.unwrap_err();
    assert!(
        refused.to_string().starts_with("job-not-possible"),
        "{refused}"
    );
    let copy = call(Method::JobsReprint, &held).await?;
    sink.wait_for(3).await;
    let arrived: Vec<Vec<u8>> = sink.arrivals().into_iter().map(|job| job.octets).collect();
    assert_eq!(
        arrived,
        [b"last".to_vec(), b"held".to_vec(), b"held".to_vec()]
    );
    let copy = client
        .call(Method::JobsGet, &json!({ "job_id": copy["job_id"] }), false)
        .await?;
    assert_eq!(
        (&copy["reprint_of"], &copy["name"]),
        (&json!(held), &json!("COPY Platen job"))
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_printer_that_is_away_is_waited_for_and_costs_no_attempt() -> Result<()> {
    let (away, uri) = jammed_printer().await?;
    let address = away.local_addr()?;
    drop(away);
    let (bridge, site) = start(&Settings::with_printers([("till", uri)])).await?;
    let client = Client::connect(bridge.ports.ws, None, &site).await?;
    let mut events = client.notifications().context("notifications")?;
    client
        .call(
            Method::EventsSubscribe,
            &json!({ "topics": ["jobs"] }),
            false,
        )
        .await?;
    let job_id = client.submit("till", b"receipt").await?.job_id;
    let waits = loop {
        let event = wait_for_state(&mut events, job_id.as_str(), "pending").await?;
        let event = event["params"]["event"].clone();
        if event["reasons"] == json!(["printer-stopped"]) {
            break event;
        }
    };
    assert_eq!(
        (&waits["code"], &waits["attempt"]),
        (&json!("device-unreachable"), &json!(0))
    );
    let printer = client
        .call(Method::PrintersGet, &json!({ "printer": "till" }), false)
        .await?;
    assert_eq!(
        (&printer["state"], &printer["reasons"]),
        (&json!("stopped"), &json!(["offline"]))
    );
    let back = TcpListener::bind(address).await?;
    let taken = tokio::spawn(first_job(back));
    let end = wait_for_state(&mut events, job_id.as_str(), "completed").await?;
    assert_eq!(end["params"]["event"]["attempt"], json!(1));
    assert_eq!(taken.await??, b"receipt");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn stopping_lets_the_running_job_end_and_takes_no_more() -> Result<()> {
    let (printer, uri) = jammed_printer().await?;
    let (mut bridge, site) = start(&Settings::with_printers([("till", uri)])).await?;
    let client = Client::connect(bridge.ports.ws, None, &site).await?;
    let mut events = client.notifications().context("notifications")?;
    let topics = json!({ "topics": ["jobs"] });
    client.call(Method::EventsSubscribe, &topics, false).await?;
    let large = payload(8 * 1024 * 1024, 5);
    let running = client.submit("till", &large).await?.job_id;
    let waiting = client.submit("till", b"waits").await?.job_id;
    wait_for_state(&mut events, running.as_str(), "processing").await?;
    let read = tokio::spawn(first_job(printer));
    bridge.stop().await?;
    assert!(read.await?? == large, "the running job was cut");
    bridge.run().await?;
    let state = async |job: &platen_protocol::JobId| {
        anyhow::Ok(bridge.json(&["jobs", "show", job.as_str()]).await?["job"]["state"].clone())
    };
    assert_eq!(state(&running).await?, "completed");
    assert_ne!(state(&waiting).await?, "completed");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_printed_is_refused_with_a_code_and_costs_nobody_else() -> Result<()> {
    let sink = Sink::start().await?;
    let (_jammed, uri) = jammed_printer().await?;
    let mut settings = Settings::with_printers([("till", sink.uri()), ("full", uri)]);
    settings.more = "[limits]\njobs_per_printer_max = 3\njob_octets_max = 1000000\n".to_owned();
    let (bridge, site) = start(&settings).await?;
    let client = Client::connect(bridge.ports.ws, None, &site).await?;
    let bystander = Client::connect(bridge.ports.ws, None, &site).await?;
    let refused = |result: Result<platen_protocol::method::Submitted>, code: &str| {
        let error = result.unwrap_err().to_string();
        assert!(error.starts_with(code), "{error} is not {code}");
    };
    refused(client.submit("nowhere", b"x").await, "printer-not-found");
    refused(client.submit("till", b"").await, "document-empty");
    refused(
        client.submit("till", &payload(1_000_001, 1)).await,
        "document-too-large",
    );
    refused(
        client
            .submit_with("till", b"x", json!({ "priority": 10 }))
            .await,
        "invalid-params",
    );
    refused(
        client
            .submit_with("till", b"x", json!({ "expires_at": 1 }))
            .await,
        "invalid-params",
    );
    refused(
        client
            .submit_with("till", b"x", json!({ "copys": 2 }))
            .await,
        "invalid-params",
    );
    let text = json!({ "documents": [{ "format": "application/pdf", "octets": 1,
        "sha256": platen_protocol::Digest::of(b"x").to_string() }] });
    refused(
        client.submit_with("till", b"x", text).await,
        "document-format-not-supported",
    );
    let lie = json!({ "documents": [{ "format": "application/octet-stream", "octets": 1,
        "sha256": platen_protocol::Digest::of(b"y").to_string() }] });
    refused(
        client.submit_with("till", b"x", lie).await,
        "document-mismatch",
    );
    for _ in 0..3 {
        client.submit("full", &payload(900_000, 1)).await?;
    }
    refused(client.submit("full", b"x").await, "queue-full");
    bystander.submit("till", b"fine").await?;
    client.submit("till", b"fine too").await?;
    sink.wait_for(2).await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn one_sites_jobs_and_printers_are_not_anothers() -> Result<()> {
    let sink = Sink::start().await?;
    let settings = Settings::with_printers([("till", sink.uri()), ("office", sink.uri())]);
    let (bridge, site) = start(&settings).await?;
    let other = Arc::new(Site::new("https://other.example")?);
    bridge.trust(&other, &["--printer", "office"]).await?;
    let client = Client::connect(bridge.ports.ws, None, &site).await?;
    let stranger = Client::connect(bridge.ports.ws, None, &other).await?;
    assert_ne!(
        client.agent(),
        stranger.agent(),
        "two sites cannot tell it is one machine"
    );
    let job_id = client.submit("till", b"mine").await?.job_id;
    let refused = stranger.submit("till", b"x").await.unwrap_err();
    assert!(
        refused.to_string().starts_with("printer-not-found"),
        "{refused}"
    );
    let seen = stranger
        .call(Method::PrintersList, &json!({}), false)
        .await?;
    assert_eq!(seen["printers"].as_array().map(Vec::len), Some(1), "{seen}");
    for (method, signed) in [(Method::JobsGet, false), (Method::JobsCancel, true)] {
        let refused = stranger
            .call(method, &json!({ "job_id": job_id }), signed)
            .await;
        let refused = refused.unwrap_err().to_string();
        assert!(refused.starts_with("job-not-found"), "{refused}");
    }
    let list = stranger.call(Method::JobsList, &json!({}), false).await?;
    assert_eq!(list["jobs"], json!([]));
    let refused = client
        .call(Method::QueuePause, &json!({ "printer": "till" }), true)
        .await;
    assert!(
        refused
            .unwrap_err()
            .to_string()
            .starts_with("not-permitted")
    );
    Ok(())
}
