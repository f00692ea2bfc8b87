//! Printers that are found on a network: real avahi and snmpd in one network
//! namespace, the agent in another; and a neighbor who lies.

mod hostile;
mod shop;

use anyhow::{Context as _, Result};
use serde_json::json;
use shop::{PRINTER, Shop, eventually};

const ID: &str = "uuid:12345678-9abc-def0-1234-56789abcdef0";
const SERVICES: [(&str, u16); 4] = [
    ("_pdl-datastream._tcp", 9100),
    ("_ipp._tcp", 631),
    ("_ipps._tcp", 631),
    // An IPP printer that holds the name: no LPD.
    ("_printer._tcp", 0),
];

#[tokio::test(flavor = "multi_thread")]
async fn a_printer_of_four_services_and_snmp_is_found_once_within_two_seconds() -> Result<()> {
    let mut shop = Shop::open().await?;
    shop.avahi().await?;
    shop.snmp().await?;
    for (service, port) in SERVICES {
        shop.announce("Bar", service, port)?;
    }
    eventually("avahi's word", || async {
        Ok(shop.log("announced").contains("Established").then_some(()))
    })
    .await?;
    let found = shop.found().await?;
    assert_eq!(found.len(), 1, "{found:#?}");
    let printer = &found[0];
    assert_eq!(printer["identity"], ID);
    assert_eq!(printer["name"], "Bar");
    assert_eq!(printer["device"], format!("socket://{PRINTER}:9100"));
    assert_eq!(printer["profile"], "TM-T88V");
    assert_eq!(printer["sources"], json!(["mdns", "snmp"]));
    assert_eq!(printer["state"], "stopped");
    assert_eq!(printer["reasons"], json!(["media-empty"]));
    // A link-local address keeps its scope.
    let others = printer["other_devices"].to_string();
    assert!(
        others.contains("fe80") && others.contains("%25net0"),
        "{others}"
    );
    // What is found is no printer.
    assert_eq!(
        shop.json(&["printers"]).await?.as_array().map(Vec::len),
        Some(1)
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_renamed_and_readdressed_printer_keeps_its_queue_its_grants_and_its_history() -> Result<()>
{
    let mut shop = Shop::open().await?;
    shop.avahi().await?;
    shop.receipt_printer().await?;
    let announced = shop.announce("Bar", "_pdl-datastream._tcp", 9100)?;
    let mut watch = shop.watch()?;
    let line =
        watch.next(|line| line["type"] == "printer.found" && line["printer"]["name"] == "Bar");
    let number = line.await?["printer"]["number"].to_string();
    let added = shop.json(&["printers", "add", &number]).await?;
    assert_eq!(added["printer"]["printer"], ID);
    assert_eq!(added["added"]["profile"], "TM-T88V");
    let site = platen_tests::site::Site::new("https://pos.example")?;
    let root = tempfile::NamedTempFile::new()?;
    std::fs::write(root.path(), &site.root_pem)?;
    let root = root.path().to_str().context("a path")?;
    let trust = [
        "trust",
        "add",
        root,
        "--origin",
        "https://pos.example",
        "--printer",
        "Bar",
    ];
    shop.json(&trust).await?;
    shop.verb(&["printers", "test", "Bar"]).await?;
    // A job waits while its printer is renamed, here and there, and moves.
    shop.verb(&["pause", ID]).await?;
    let receipt = tempfile::NamedTempFile::new()?;
    std::fs::write(receipt.path(), b"\x1b@Waiting\n\x1dV\x42\x00")?;
    let receipt = receipt.path().to_str().context("a path")?;
    let job = shop.json(&["print", receipt, "--printer", "Bar"]).await?;
    shop.verb(&["printers", "rename", "Bar", "Counter"]).await?;
    shop.end(announced).await?;
    let number: u64 = number.parse()?;
    let lost = watch.next(|line| line["type"] == "printer.lost");
    assert_eq!(lost.await?["printer"]["number"], number);
    shop.move_printer("10.77.0.3").await?;
    shop.announce("Counter 2", "_pdl-datastream._tcp", 9100)?;
    let back = watch
        .next(|line| line["type"] == "printer.found" && line["printer"]["name"] == "Counter 2")
        .await?;
    assert_eq!(back["printer"]["number"], number, "it is the same device");
    eventually("the new address", || async {
        Ok((shop.device_of(ID).await? == "socket://10.77.0.3:9100").then_some(()))
    })
    .await?;
    // By the name it had.
    shop.verb(&["resume", "Bar"]).await?;
    let job_id = job["job_id"].as_str().context("a job")?;
    let done = eventually("the job's end", || async {
        let detail = shop.json(&["jobs", "show", job_id]).await?;
        Ok((detail["job"]["state"] == "completed").then_some(detail))
    });
    assert_eq!(done.await?["job"]["evidence"], "device");
    let jobs = shop.json(&["jobs", "--printer", ID]).await?;
    assert_eq!(jobs.as_array().map(Vec::len), Some(2));
    let grants = shop.json(&["trust", "list"]).await?;
    assert!(grants.to_string().contains(ID), "{grants}");
    assert!(
        shop.log("agent").contains("another address"),
        "{}",
        shop.log("agent")
    );
    Ok(())
}
