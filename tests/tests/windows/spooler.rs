//! Printers of Windows' spooler.

use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use platen_tests::bridge::Settings;
use platen_tests::wine::Machine;

use crate::shop::{Shop, document};

/// The program that makes print queues, as the suite built it.
const TEST_QUEUE: &str = "PLATEN_WINDOWS_TEST_QUEUE";

/// Makes a print queue, or takes one away.
async fn queue(machine: &Machine, arguments: &[&str]) -> Result<()> {
    let program = std::env::var_os(TEST_QUEUE)
        .with_context(|| format!("{TEST_QUEUE} is not set; run `cargo xtask test windows`"))?;
    let program = machine.name_of(Path::new(&program));
    machine.must(&program, arguments).await?;
    Ok(())
}

/// wine says nothing of a job that is printed: its octets left, and no more is
/// known.
#[tokio::test(flavor = "multi_thread")]
async fn a_page_prints_through_windows_spooler_byte_for_byte() -> Result<()> {
    let machine = Machine::fresh().await?;
    let paper = machine.path(r"C:\paper");
    let port = paper.to_str().context("a path of text")?;
    queue(&machine, &["add", "Till 1", port]).await?;
    let settings = Settings::with_printers([("till", "winspool:Till%201".to_owned())]);
    let shop = Shop::open_on(machine, &settings).await?;

    let client = shop.client(false).await?;
    client.submit("till", &document()).await?;
    shop.until_printed(1).await?;
    ensure!(std::fs::read(&paper)? == document(), "other octets arrived");
    let jobs = shop.json(&["jobs"]).await?;
    ensure!(jobs[0]["job"]["evidence"] == "transport", "{jobs}");

    // A printer that is taken away is waited for, and nothing is lost.
    queue(&shop.machine, &["remove", "Till 1"]).await?;
    client.submit("till", b"later").await?;
    queue(&shop.machine, &["add", "Till 1", port]).await?;
    shop.until_printed(2).await?;
    ensure!(std::fs::read(&paper)? == b"later", "other octets arrived");
    let kept = shop.machine.path(r"C:\shop\state\spooler");
    ensure!(
        std::fs::read_dir(kept)?.next().is_none(),
        "a document stayed"
    );
    Ok(())
}
