//! The agent, started by hand.

use anyhow::{Result, ensure};
use platen_tests::bridge::Settings;
use platen_tests::printer::Sink;

use crate::shop::{DEADLINE, Shop, document};

#[tokio::test(flavor = "multi_thread")]
async fn a_page_prints_through_the_agent_byte_for_byte() -> Result<()> {
    let sink = Sink::start().await?;
    let shop = Shop::open(&Settings::with_printers([("till", sink.uri())])).await?;
    for tls in [false, true] {
        let client = shop.client(tls).await?;
        client.submit("till", &document()).await?;
    }
    tokio::time::timeout(DEADLINE, sink.wait_for(2)).await?;
    for arrival in sink.arrivals() {
        ensure!(arrival.octets == document(), "other octets arrived");
    }
    shop.until_printed(2).await?;
    let status = shop.json(&["status"]).await?;
    ensure!(status["pid"].is_u64(), "{status}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_the_agent_keeps_its_queue_and_prints_each_job_once() -> Result<()> {
    let sink = Sink::start().await?;
    let mut shop = Shop::open(&Settings::with_printers([("till", sink.uri())])).await?;
    shop.json(&["pause", "till"]).await?;
    let client = shop.client(false).await?;
    let documents = [document(), b"second".to_vec(), b"third".to_vec()];
    for document in &documents {
        client.submit("till", document).await?;
    }
    shop.kill().await?;
    shop.run().await?;
    shop.json(&["resume", "till"]).await?;
    shop.until_printed(documents.len()).await?;
    let arrived: Vec<_> = sink.arrivals().into_iter().map(|job| job.octets).collect();
    ensure!(arrived == documents, "other jobs arrived");
    Ok(())
}
