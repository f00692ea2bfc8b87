//! What customers print is on the paper and in the memory of the agent, and
//! nowhere in its state directory: there it is sealed with a key.

use std::io::BufRead as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use platen_protocol::Digest;
use platen_tests::bridge::{Bridge, Settings};
use platen_tests::client::Client;
use platen_tests::printer::Sink;
use platen_tests::site::Site;
use serde_json::{Value, json};

const ORIGIN: &str = "https://pos.example";
/// In everything that is printed here.
const SEED: &str = "Anna Moeller, 4711, one cup of tea";
const BIG_OCTETS: usize = 5 * 1024 * 1024;

/// Every file below `folder`.
fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            found.extend(files(&path)?);
        } else if path.is_file() {
            found.push(path);
        }
    }
    Ok(found)
}

fn holds(octets: &[u8], needle: &[u8]) -> bool {
    let (Some(first), mut rest) = (needle.first(), octets) else {
        return false;
    };
    // A slice cannot fail to be read.
    while rest.skip_until(*first).is_ok_and(|skipped| skipped > 0) {
        let found = &octets[octets.len() - rest.len() - 1..];
        if found.starts_with(needle) {
            return true;
        }
    }
    false
}

/// Nothing of the state directory tells what was printed.
fn search(bridge: &Bridge, printed: &[Vec<u8>], when: &str) -> Result<()> {
    let mut needles = vec![SEED.as_bytes().to_vec()];
    for document in printed {
        // A digest tells it to whoever can guess.
        let digest = Digest::of(document);
        needles.push(digest.octets().to_vec());
        needles.push(digest.to_string().into_bytes());
    }
    let files = files(&bridge.state.path().join("state"))?;
    ensure!(files.len() >= 4, "{files:?}");
    for file in files {
        let octets = std::fs::read(&file)?;
        for needle in &needles {
            assert!(
                !holds(&octets, needle),
                "{when}: {} is in {}",
                String::from_utf8_lossy(needle),
                file.display()
            );
        }
    }
    Ok(())
}

/// A document that no other is equal to.
fn document(number: usize, octets: usize) -> Vec<u8> {
    let line = format!("{number}: {SEED}\n");
    let mut text = line.repeat(octets / line.len() + 1).into_bytes();
    text.truncate(octets);
    text
}

async fn submit(client: &Client, printer: &str, format: &str, document: &[u8]) -> Result<String> {
    let documents = json!([{
        "format": format,
        "octets": document.len(),
        "sha256": Digest::of(document).to_string(),
    }]);
    let more = json!({ "documents": documents });
    let submitted = client.submit_with(printer, document, more).await?;
    Ok(submitted.job_id.as_str().to_owned())
}

/// Asks until the job is in this state. Each question is a program that starts,
/// asks and ends: that is pause enough.
async fn wait_for(bridge: &Bridge, job: &str, state: &str) -> Result<Value> {
    let wait = async {
        loop {
            let detail = bridge.json(&["jobs", "show", job]).await?;
            if detail["job"]["state"] == state {
                return anyhow::Ok(detail);
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(60), wait)
        .await
        .with_context(|| format!("{job} does not become {state}"))?
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_printed_is_nowhere_in_the_state_directory() -> Result<()> {
    let (till, kitchen) = (Sink::start().await?, Sink::start().await?);
    let mut settings = Settings::with_printers([("till", till.uri()), ("kitchen", kitchen.uri())]);
    settings.more = "[limits]\nfinished_documents_max = 2\n".to_owned();
    settings.log = Some("debug".to_owned());
    let mut bridge = Bridge::start(&settings).await?;
    let site = Arc::new(Site::new(ORIGIN)?);
    bridge.trust(&site, &[]).await?;
    bridge.json(&["pause", "kitchen"]).await?;
    let client = Client::connect(bridge.ports.ws, None, &site).await?;

    const RAW: &str = "application/octet-stream";
    const TEXT: &str = "text/plain";
    let kinds = [
        (RAW, 2 * 1024),
        (TEXT, 2 * 1024),
        (RAW, BIG_OCTETS),
        (TEXT, BIG_OCTETS),
    ];
    let mut printed = Vec::new();
    let mut finished = Vec::new();
    for (format, octets) in kinds {
        let document = document(printed.len(), octets);
        let job = submit(&client, "till", format, &document).await?;
        wait_for(&bridge, &job, "completed").await?;
        search(&bridge, &[document.clone()], "finished")?;
        finished.push(job);
        printed.push(document);
    }
    let mut waiting = Vec::new();
    for (format, octets) in kinds {
        let document = document(printed.len(), octets);
        waiting.push(submit(&client, "kitchen", format, &document).await?);
        printed.push(document);
    }
    search(&bridge, &printed, "waiting")?;
    bridge.kill().await?;
    search(&bridge, &printed, "killed")?;
    bridge.run().await?;
    search(&bridge, &printed, "started again")?;

    // The oldest are purged, and say so.
    let client = Client::connect(bridge.ports.ws, None, &site).await?;
    for number in 0..3 {
        let job = submit(&client, "till", RAW, format!("{number}").as_bytes()).await?;
        wait_for(&bridge, &job, "completed").await?;
    }
    let purged = async {
        loop {
            let refused = bridge.verb(&["jobs", "reprint", &finished[0]]).await?;
            if String::from_utf8_lossy(&refused.stderr).contains("purged") {
                return anyhow::Ok(());
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(60), purged).await??;
    search(&bridge, &printed, "purged")?;
    let detail = bridge.json(&["jobs", "show", &finished[0]]).await?;
    assert_eq!(detail["documents"], "purged", "{detail}");
    assert_eq!(detail["job"]["state"], "completed", "the history stays");

    // What waited through the crash is printed, octet by octet.
    bridge.json(&["resume", "kitchen"]).await?;
    for job in &waiting {
        wait_for(&bridge, job, "completed").await?;
    }
    kitchen.wait_for(kinds.len()).await;
    let arrivals = kitchen.arrivals();
    for (index, (format, _)) in kinds.iter().enumerate() {
        let (document, arrived) = (&printed[kinds.len() + index], &arrivals[index].octets);
        ensure!(holds(arrived, SEED.as_bytes()), "the search finds it");
        if *format == RAW {
            ensure!(arrived == document, "job {index} is not what was submitted");
        }
    }
    bridge.stop().await?;
    search(&bridge, &printed, "stopped")?;
    ensure!(!bridge.log().contains(SEED), "in the log");

    use std::os::unix::fs::PermissionsExt as _;
    let key = bridge.state.path().join("state/documents.key");
    assert_eq!(std::fs::metadata(key)?.permissions().mode() & 0o777, 0o600);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn jobs_whose_key_is_gone_end_with_a_code_and_new_ones_print() -> Result<()> {
    let sink = Sink::start().await?;
    let settings = Settings::with_printers([("till", sink.uri())]);
    let mut bridge = Bridge::start(&settings).await?;
    let site = Arc::new(Site::new(ORIGIN)?);
    bridge.trust(&site, &[]).await?;
    bridge.json(&["pause", "till"]).await?;
    let client = Client::connect(bridge.ports.ws, None, &site).await?;
    let big = document(1, 300_000);
    let lost = [
        client.submit("till", &document(0, 2048)).await?,
        client.submit("till", &big).await?,
    ];
    bridge.stop().await?;

    // Others can read it: nothing starts before somebody has decided.
    use std::os::unix::fs::PermissionsExt as _;
    let key = bridge.state.path().join("state/documents.key");
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o644))?;
    let refused = bridge.run().await.expect_err("a key that others can read");
    ensure!(format!("{refused:#}").contains("chmod 600"), "{refused:#}");

    std::fs::remove_file(&key)?;
    bridge.run().await?;
    ensure!(
        bridge.log().contains("documents-former.key"),
        "the log says what to do: {}",
        bridge.log()
    );
    let doctor = bridge.verb(&["doctor"]).await?;
    let doctor = String::from_utf8_lossy(&doctor.stdout).into_owned();
    ensure!(doctor.contains("documents-former.key"), "{doctor}");
    bridge.json(&["resume", "till"]).await?;
    for job in &lost {
        let detail = wait_for(&bridge, job.job_id.as_str(), "aborted").await?;
        assert_eq!(detail["job"]["code"], "payload-lost", "{detail}");
        assert_eq!(detail["documents"], "key-missing", "{detail}");
    }
    let client = Client::connect(bridge.ports.ws, None, &site).await?;
    let fresh = document(2, 2048);
    let job = client.submit("till", &fresh).await?;
    wait_for(&bridge, job.job_id.as_str(), "completed").await?;
    sink.wait_for(1).await;
    let arrivals = sink.arrivals();
    ensure!(
        arrivals.len() == 1 && arrivals[0].octets == fresh,
        "only the new job is on paper"
    );
    Ok(())
}
