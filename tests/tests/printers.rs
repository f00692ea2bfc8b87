//! Several printers, and one over time: pauses of all of them, copies, backup
//! printers, and what is known of a printer after a crash.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use platen_emulator::{Emulator, Fault, Operation, Options, When};
use platen_protocol::Method;
use platen_tests::bridge::{Bridge, Settings};
use platen_tests::client::Client;
use platen_tests::printer::Sink;
use platen_tests::site::Site;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::mpsc::UnboundedReceiver;

const ORIGIN: &str = "https://pos.example";
/// Longer than anything here takes.
const DEADLINE: Duration = Duration::from_secs(60);

/// A receipt that says which it is.
fn receipt(text: &str) -> Vec<u8> {
    [b"\x1b@", text.as_bytes(), b"\n\x1dV\x42\x00"].concat()
}

/// A page of the site, with the events of its jobs.
async fn page(bridge: &Bridge, site: &Arc<Site>) -> Result<(Client, UnboundedReceiver<Value>)> {
    let client = Client::connect(bridge.ports.ws, None, site).await?;
    let events = client.notifications().context("notifications")?;
    let topics = json!({ "topics": ["jobs"] });
    client.call(Method::EventsSubscribe, &topics, false).await?;
    Ok((client, events))
}

/// The first event that is wanted.
async fn event(
    events: &mut UnboundedReceiver<Value>,
    wanted: impl Fn(&Value) -> bool,
) -> Result<Value> {
    let mut seen = Vec::new();
    let found = async {
        while let Some(message) = events.recv().await {
            let event = message["params"]["event"].clone();
            if wanted(&event) {
                return Some(event);
            }
            seen.push(event);
        }
        None
    };
    let found = tokio::time::timeout(DEADLINE, found).await.ok().flatten();
    found.with_context(|| format!("the event did not come, but {seen:#?}"))
}

async fn completed(events: &mut UnboundedReceiver<Value>, job: &str) -> Result<Value> {
    event(events, |event| {
        event["job_id"] == job && event["state"] == "completed"
    })
    .await
}

async fn job(client: &Client, job: &str) -> Result<Value> {
    let asked = json!({ "job_id": job });
    client.call(Method::JobsGet, &asked, false).await
}

/// A place where no printer listens, until one is put there.
async fn no_printer() -> Result<String> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    Ok(format!("socket://{}", listener.local_addr()?))
}

/// `till`, which is away, with `kitchen` as its backup.
fn with_backup(till: &str, kitchen: &str) -> Settings {
    Settings {
        more: format!(
            "[[printers]]\nid = 'till'\nname = 'Till'\nuri = '{till}'\nbackup = 'kitchen'\n\
             backup_after_ms = 1000\n\n[[printers]]\nid = 'kitchen'\nname = 'Kitchen'\n\
             uri = '{kitchen}'\n"
        ),
        ..Settings::default()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_printer_proved_is_known_after_a_crash() -> Result<()> {
    let emulator = Emulator::start(Options::default()).await?;
    let control = emulator.control();
    let settings = Settings {
        more: format!(
            "[[printers]]\nid = 'till'\nname = 'Till'\nuri = '{}'\nwatch_ms = 0\n",
            emulator.uri()
        ),
        ..Settings::default()
    };
    let mut bridge = Bridge::start(&settings).await?;
    let site = Arc::new(Site::new(ORIGIN)?);
    bridge.trust(&site, &[]).await?;
    let (client, mut events) = page(&bridge, &site).await?;
    let first = client.submit("till", &receipt("ONE")).await?.job_id;
    let told = completed(&mut events, first.as_str()).await?;
    assert_eq!(told["evidence"], "device");

    bridge.kill().await?;
    control.arm(Fault::Mute, When::Now).await?;
    bridge.run().await?;
    let (client, mut events) = page(&bridge, &site).await?;
    // A printer nobody knows would be taken for one that never answers.
    let second = client.submit("till", &receipt("TWO")).await?.job_id;
    let waits = event(&mut events, |event| {
        event["job_id"] == second.as_str()
            && event["reasons"].to_string().contains("printer-stopped")
    });
    waits.await?;
    control.operate(Operation::Heal).await?;
    let told = completed(&mut events, second.as_str()).await?;
    assert_eq!(told["evidence"], "device");
    assert_eq!(control.printed().await?.len(), 2);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_that_initializes_the_printer_in_its_middle_has_the_devices_word_all_the_same()
-> Result<()> {
    let options = Options {
        window_octets: Some(4096),
        ..Options::default()
    };
    let emulator = Emulator::start(options).await?;
    let control = emulator.control();
    let bridge = Bridge::start(&Settings::with_printers([("till", emulator.uri())])).await?;
    let site = Arc::new(Site::new(ORIGIN)?);
    bridge.trust(&site, &[]).await?;
    let (client, mut events) = page(&bridge, &site).await?;
    let half = "1 x Flat white                      3.80\n".repeat(300);
    let octets = [receipt(&half), receipt(&half)].concat();
    // In the second half, where the printer says nothing by itself any more.
    control
        .arm(Fault::PaperOut, When::AfterOctets(16_000))
        .await?;
    let id = client.submit("till", &octets).await?.job_id;
    control.wait_for(|status| status.armed.is_empty()).await?;
    control.operate(Operation::Heal).await?;
    let told = completed(&mut events, id.as_str()).await?;
    assert_eq!(told["evidence"], "device");
    let printed = control.printed().await?;
    assert_eq!(printed.len(), 1);
    assert_eq!(printed[0].text().matches("Flat white").count(), 600);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pause_of_all_printers_holds_each_until_it_is_taken_back() -> Result<()> {
    let (till, kitchen) = (Sink::start().await?, Sink::start().await?);
    let printers = [("till", till.uri()), ("kitchen", kitchen.uri())];
    let bridge = Bridge::start(&Settings::with_printers(printers)).await?;
    let site = Arc::new(Site::new(ORIGIN)?);
    bridge.trust(&site, &[]).await?;
    let (client, mut events) = page(&bridge, &site).await?;
    bridge.json(&["pause", "--all"]).await?;
    let one = client.submit("till", &receipt("ONE")).await?.job_id;
    let two = client.submit("kitchen", &receipt("TWO")).await?.job_id;
    // Who resumes one printer does not end the pause of all.
    bridge.verb(&["resume", "till"]).await?;
    for id in [&one, &two] {
        let told = job(&client, id.as_str()).await?;
        assert_eq!(told["state"], "pending", "{told}");
    }
    ensure!(till.arrivals().is_empty() && kitchen.arrivals().is_empty());
    bridge.json(&["resume", "--all"]).await?;
    let mut open = vec![one.as_str(), two.as_str()];
    while !open.is_empty() {
        let done = event(&mut events, |event| event["state"] == "completed").await?;
        open.retain(|id| done["job_id"] != *id);
    }
    assert_eq!((till.arrivals().len(), kitchen.arrivals().len()), (1, 1));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reprint_says_once_on_paper_that_it_is_a_copy_and_the_original_does_not() -> Result<()> {
    const LABEL: &[u8] = b"*** COPY ***";
    let emulator = Emulator::start(Options::default()).await?;
    let bridge = Bridge::start(&Settings::with_printers([("till", emulator.uri())])).await?;
    let site = Arc::new(Site::new(ORIGIN)?);
    bridge.trust(&site, &[]).await?;
    let (client, mut events) = page(&bridge, &site).await?;
    let original = client.submit("till", &receipt("ONE")).await?.job_id;
    completed(&mut events, original.as_str()).await?;
    let copy = bridge.json(&["jobs", "reprint", original.as_str()]).await?;
    let copy = copy["job_id"].as_str().context("a job id")?;
    completed(&mut events, copy).await?;
    let printed = emulator.control().printed().await?;
    let labels: Vec<usize> = printed
        .iter()
        .map(|job| {
            let windows = job.octets.windows(LABEL.len());
            windows.filter(|window| *window == LABEL).count()
        })
        .collect();
    assert_eq!(labels, [0, 1]);
    assert!(printed.iter().all(|job| job.text().contains("ONE")));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_moves_to_the_backup_printer_where_its_site_may_print_there() -> Result<()> {
    let kitchen = Sink::start().await?;
    let bridge = Bridge::start(&with_backup(&no_printer().await?, &kitchen.uri())).await?;
    let everywhere = Arc::new(Site::new(ORIGIN)?);
    bridge.trust(&everywhere, &[]).await?;
    let only_till = Arc::new(Site::new("https://bar.example")?);
    bridge.trust(&only_till, &["--printer", "till"]).await?;
    let (bar, _) = page(&bridge, &only_till).await?;
    let stays = bar.submit("till", &receipt("BAR")).await?.job_id;
    let (client, mut events) = page(&bridge, &everywhere).await?;
    let moves = client.submit("till", &receipt("ONE")).await?.job_id;

    let moved = event(&mut events, |event| {
        event["job_id"] == moves.as_str() && event["reasons"].to_string().contains("rerouted")
    });
    assert_eq!(moved.await?["state"], "pending");
    completed(&mut events, moves.as_str()).await?;
    assert_eq!(job(&client, moves.as_str()).await?["printer"], "kitchen");
    let story = bridge.json(&["jobs", "show", moves.as_str()]).await?;
    let history = story["history"].to_string();
    assert!(
        history.contains("moved from till (offline) to kitchen"),
        "{history}"
    );

    // Offered at the same time, and before; not taken.
    let told = job(&bar, stays.as_str()).await?;
    assert_eq!(
        (&told["printer"], &told["state"]),
        (&json!("till"), &json!("pending"))
    );
    let arrived = kitchen.arrivals();
    assert_eq!(arrived.len(), 1);
    // After what the agent asked the printer.
    assert!(arrived[0].octets.ends_with(&receipt("ONE")));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_is_called_off_wherever_it_is_on_its_way_to_the_backup_printer() -> Result<()> {
    const JOBS: usize = 60;
    // It takes connections and reads nothing: what moved waits there.
    let kitchen = TcpListener::bind("127.0.0.1:0").await?;
    let uri = format!("socket://{}", kitchen.local_addr()?);
    let bridge = Bridge::start(&with_backup(&no_printer().await?, &uri)).await?;
    let site = Arc::new(Site::new(ORIGIN)?);
    bridge.trust(&site, &[]).await?;
    let (client, mut events) = page(&bridge, &site).await?;
    let mut jobs = Vec::new();
    for number in 0..JOBS {
        let text = format!("JOB {number}");
        jobs.push(client.submit("till", &receipt(&text)).await?.job_id);
    }
    event(&mut events, |event| {
        event["reasons"].to_string().contains("rerouted")
    })
    .await?;
    // The last first: they are still moving.
    let client = &client;
    let cancels = jobs.iter().rev().map(|id| async move {
        let asked = json!({ "job_id": id });
        client.call(Method::JobsCancel, &asked, true).await
    });
    for canceled in futures_util::future::join_all(cancels).await {
        assert_eq!(canceled?["state"], "canceled");
    }
    let listed = bridge.json(&["jobs", "list", "--limit", "1000"]).await?;
    assert_eq!(listed.as_array().map(Vec::len), Some(JOBS));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_is_on_exactly_one_printer_also_after_a_crash_in_the_middle_of_a_move() -> Result<()>
{
    const JOBS: usize = 60;
    let kitchen = Sink::start().await?;
    let mut bridge = Bridge::start(&with_backup(&no_printer().await?, &kitchen.uri())).await?;
    let site = Arc::new(Site::new(ORIGIN)?);
    bridge.trust(&site, &[]).await?;
    let (client, mut events) = page(&bridge, &site).await?;
    for number in 0..JOBS {
        let text = format!("JOB {number:02}");
        client.submit("till", &receipt(&text)).await?;
    }
    event(&mut events, |event| {
        event["reasons"].to_string().contains("rerouted")
    })
    .await?;
    bridge.kill().await?;
    bridge.run().await?;
    let (client, mut events) = page(&bridge, &site).await?;
    // One more, behind all others: when it is out, they are.
    let last = client.submit("till", &receipt("LAST")).await?.job_id;
    completed(&mut events, last.as_str()).await?;
    let listed = bridge.json(&["jobs", "list", "--limit", "1000"]).await?;
    let listed = listed.as_array().context("a list")?;
    assert_eq!(listed.len(), JOBS + 1);
    // Before a job may stand what the agent asked the printer.
    let mut arrived: Vec<String> = kitchen
        .arrivals()
        .iter()
        .map(|arrival| String::from_utf8_lossy(&arrival.octets).into_owned())
        .filter_map(|text| text.split_once("JOB ").map(|(_, job)| job[..2].to_owned()))
        .collect();
    arrived.sort();
    let doubled: Vec<_> = arrived
        .windows(2)
        .filter(|pair| pair[0] == pair[1])
        .collect();
    ensure!(doubled.is_empty(), "printed twice: {doubled:?}");
    for entry in listed {
        let state = entry["job"]["state"].as_str().unwrap_or_default();
        // At most the one that was under way at the crash.
        ensure!(["completed", "interrupted"].contains(&state), "{entry}");
    }
    ensure!(arrived.len() >= JOBS - 1, "{} arrived", arrived.len());
    Ok(())
}
