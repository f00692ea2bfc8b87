//! Printers on USB, with the real agent beside the kernel's own driver.
//!
//! Runs in the guest of `tools/usb-rig` only, one test at a time:
//! `cargo xtask test usb`.

mod first_octet;
mod rig;

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use platen_bridge::backend::usb::{Protocol, list};
use platen_protocol::Method;
use platen_tests::bridge::{Bridge, Settings};
use platen_tests::client::Client;
use platen_tests::site::Site;
use serde_json::{Value, json};
use tokio::sync::mpsc::UnboundedReceiver;

use rig::{UsbPrinter, until};

const ORIGIN: &str = "https://pos.example";
const URI: &str = "usb://1209:0001/RIG0001";
/// The kernel's driver has the printer.
const KERNELS: &str = "/dev/usb/lp0";
/// Longer than anything here takes on an emulated processor.
const DEADLINE: Duration = Duration::from_secs(60);

/// An agent and a page of a site that it trusts.
struct Shop {
    bridge: Bridge,
    client: Client,
    events: UnboundedReceiver<Value>,
    seen: Vec<Value>,
}

impl Shop {
    async fn open<'a>(printers: impl IntoIterator<Item = (&'a str, String)>) -> Result<Self> {
        Self::with(&Settings::with_printers(printers)).await
    }

    async fn with(settings: &Settings) -> Result<Self> {
        let bridge = Bridge::start(settings).await?;
        let site = Arc::new(Site::new(ORIGIN)?);
        bridge.trust(&site, &[]).await?;
        let client = Client::connect(bridge.ports.ws, None, &site).await?;
        let events = client.notifications().context("notifications")?;
        let topics = json!({ "topics": ["jobs"] });
        client.call(Method::EventsSubscribe, &topics, false).await?;
        Ok(Self {
            bridge,
            client,
            events,
            seen: Vec::new(),
        })
    }

    async fn print(&self, printer: &str, octets: &[u8]) -> Result<String> {
        let accepted = self.client.submit(printer, octets).await?;
        Ok(accepted.job_id.as_str().to_owned())
    }

    /// The first event of the job that is wanted, of those since the last.
    async fn event(&mut self, job: &str, wanted: impl Fn(&Value) -> bool) -> Result<Value> {
        let found = async {
            while let Some(message) = self.events.recv().await {
                let event = message["params"]["event"].clone();
                self.seen.push(event.clone());
                if event["job_id"] == job && wanted(&event) {
                    return Some(event);
                }
            }
            None
        };
        let found = tokio::time::timeout(DEADLINE, found).await.ok().flatten();
        found.with_context(|| {
            format!(
                "the event did not come, but {:#?}; {}",
                self.seen,
                self.bridge.log()
            )
        })
    }

    async fn state(&mut self, job: &str, state: &str) -> Result<Value> {
        self.event(job, |event| event["state"] == state).await
    }

    async fn reason(&mut self, job: &str, reason: &str) -> Result<Value> {
        self.event(job, |event| event["reasons"].to_string().contains(reason))
            .await
    }
}

/// Octets that no printer language claims, and in which no two places look alike.
fn pattern(octets: u32) -> Vec<u8> {
    (0..octets)
        .map(|at| b'0' + (at.wrapping_mul(2_654_435_761) >> 27).to_le_bytes()[0])
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_megabyte_arrives_byte_for_byte_and_the_kernels_driver_has_the_printer_again()
-> Result<()> {
    let printer = UsbPrinter::plug(&[])?;
    until("the kernel's driver takes it", || {
        Path::new(KERNELS).exists()
    })?;
    let mut shop = Shop::open([("till", URI.to_owned())]).await?;
    let octets = pattern(1_000_000);
    let started = Instant::now();
    let job = shop.print("till", &octets).await?;
    let told = shop.state(&job, "completed").await?;
    println!("1 MB in {:?}", started.elapsed());
    assert_eq!(told["evidence"], "transport");
    ensure!(printer.printed()? == octets, "other octets were printed");
    until("the kernel's driver has it again", || {
        Path::new(KERNELS).exists()
    })?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn no_paper_stops_the_queue_and_paper_resumes_it() -> Result<()> {
    let mut printer = UsbPrinter::plug(&[])?;
    let mut shop = Shop::open([("till", URI.to_owned())]).await?;
    printer.say("paper out")?;
    let octets = pattern(30_000);
    let before = shop.print("till", &octets).await?;
    shop.reason(&before, "printer-stopped").await?;
    assert_eq!(printer.say("received")?, "0", "not one octet is sent");
    printer.say("paper in")?;
    shop.state(&before, "completed").await?;

    // In the middle of a job: the printer takes nothing more.
    printer.say("status 30")?;
    printer.say("accept 0")?;
    printer.say("status 18")?;
    printer.say("accept 8192")?;
    let under_way = shop.print("till", &octets).await?;
    until("it is under way", || {
        printer
            .say("received")
            .is_ok_and(|octets| octets == "38192")
    })?;
    printer.say("paper out")?;
    shop.state(&under_way, "processing-stopped").await?;
    printer.say("paper in")?;
    let told = shop.state(&under_way, "completed").await?;
    assert_eq!(told["evidence"], "transport");
    ensure!(
        printer.printed()? == [octets.clone(), octets].concat(),
        "other octets"
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plug_pulled_under_way_interrupts_the_job_and_the_queue_goes_on_when_it_is_back()
-> Result<()> {
    let mut printer = UsbPrinter::plug(&[])?;
    let mut shop = Shop::open([("till", URI.to_owned())]).await?;
    printer.say("accept 8192")?;
    let octets = pattern(30_000);
    let first = shop.print("till", &octets).await?;
    until("it is under way", || {
        printer.say("received").is_ok_and(|octets| octets == "8192")
    })?;
    let second = shop.print("till", b"SECOND\n").await?;
    printer.say("unplug")?;
    let told = shop.state(&first, "interrupted").await?;
    assert_eq!(told["code"], "device-lost");
    shop.reason(&second, "printer-stopped").await?;
    printer.say("accept all")?;
    let plugged = Instant::now();
    printer.say("plug")?;
    shop.state(&second, "processing").await?;
    println!("seen and resumed {:?} after the plug", plugged.elapsed());
    shop.state(&second, "completed").await?;
    let printed = printer.printed()?;
    ensure!(
        printed == [&octets[..8192], b"SECOND\n"].concat(),
        "something was printed twice"
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_waits_for_a_printer_that_is_not_plugged_in_and_is_printed_once() -> Result<()> {
    let mut printer = UsbPrinter::plug(&[])?;
    printer.say("unplug")?;
    let mut shop = Shop::open([("till", URI.to_owned())]).await?;
    let job = shop.print("till", b"ONCE\n").await?;
    let asked = json!({ "job_id": job });
    let waiting = shop.client.call(Method::JobsGet, &asked, false).await?;
    assert_eq!(waiting["state"], "pending", "{waiting}");
    let plugged = Instant::now();
    printer.say("plug")?;
    shop.state(&job, "completed").await?;
    println!("seen and printed {:?} after the plug", plugged.elapsed());
    assert_eq!(printer.printed()?, b"ONCE\n");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_printer_that_refuses_the_first_packet_is_asked_again_and_one_in_the_middle_interrupts()
-> Result<()> {
    let mut printer = UsbPrinter::plug(&[])?;
    let mut shop = Shop::open([("till", URI.to_owned())]).await?;
    printer.say("stall out")?;
    let first = shop.print("till", b"FIRST\n").await?;
    shop.state(&first, "completed").await?;
    assert_eq!(printer.printed()?, b"FIRST\n");

    printer.say("accept 4096")?;
    let second = shop.print("till", &pattern(20_000)).await?;
    until("it is under way", || {
        printer.say("received").is_ok_and(|octets| octets == "4102")
    })?;
    printer.say("stall out")?;
    shop.state(&second, "interrupted").await?;
    printer.say("accept all")?;
    let third = shop.print("till", b"THIRD\n").await?;
    shop.state(&third, "completed").await?;
    ensure!(
        printer.printed()?.ends_with(b"THIRD\n"),
        "the halt was not cleared"
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn two_equal_printers_stay_two_by_serial_number_or_by_port() -> Result<()> {
    let one = UsbPrinter::plug(&["serial=A"])?;
    let two = UsbPrinter::plug(&["serial=B"])?;
    let three = UsbPrinter::plug(&["serial="])?;
    let four = UsbPrinter::plug(&["serial="])?;
    until("all are there", || {
        list().is_ok_and(|found| found.len() == 4)
    })?;
    let found = list()?;
    let by_port: Vec<String> = found
        .iter()
        .filter(|printer| printer.serial_number.is_none())
        .filter_map(|printer| printer.address.as_ref())
        .map(|address| format!("usb://{address}"))
        .collect();
    assert_eq!(by_port.len(), 2, "{found:?}");
    let mut shop = Shop::open([
        ("b", "usb://1209:0001/B".to_owned()),
        ("a", "usb://1209:0001/A".to_owned()),
        ("third", by_port[0].clone()),
        ("fourth", by_port[1].clone()),
    ])
    .await?;
    for (printer, text) in [
        ("a", "A\n"),
        ("b", "B\n"),
        ("third", "3\n"),
        ("fourth", "4\n"),
    ] {
        let job = shop.print(printer, text.as_bytes()).await?;
        shop.state(&job, "completed").await?;
    }
    assert_eq!(
        (one.printed()?, two.printed()?),
        (b"A\n".to_vec(), b"B\n".to_vec())
    );
    let mut others = [three.printed()?, four.printed()?];
    others.sort();
    assert_eq!(others, [b"3\n", b"4\n"]);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_printer_that_answers_has_the_last_word_on_each_job() -> Result<()> {
    let mut printer = UsbPrinter::plug(&["speaks=escpos"])?;
    let mut shop = Shop::open([("till", URI.to_owned())]).await?;
    let receipt = b"\x1b@1 x Flat white 3.80\n\x1dV\x42\x00";
    let first = shop.print("till", receipt).await?;
    let told = shop.state(&first, "completed").await?;
    assert_eq!(told["evidence"], "device");
    // Out of paper in the middle: it says so by itself, and says when it has printed.
    let before: u64 = printer.say("received")?.parse()?;
    printer.say("accept 5000")?;
    let long = [&b"\x1b@"[..], &pattern(20_000), b"\n"].concat();
    let second = shop.print("till", &long).await?;
    until("it is under way", || {
        let received = printer.say("received").ok();
        received.and_then(|octets| octets.parse().ok()) >= Some(before + 4096)
    })?;
    printer.say("paper out")?;
    shop.state(&second, "processing-stopped").await?;
    printer.say("paper in")?;
    let told = shop.state(&second, "completed").await?;
    assert_eq!(told["evidence"], "device");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_label_printer_says_that_it_has_no_paper_and_prints_when_it_has() -> Result<()> {
    let id = "id=MFG:RIG;MDL:Label;CMD:ZPL;";
    let mut printer = UsbPrinter::plug(&["speaks=zpl", id])?;
    let mut shop = Shop::open([("labels", URI.to_owned())]).await?;
    printer.say("paper out")?;
    // Its port claims that all is well, and it listens.
    printer.say("status 18")?;
    printer.say("accept all")?;
    let label = b"^XA^FO50,50^A0N,40,40^FDPlaten^FS^XZ";
    let job = shop.print("labels", label).await?;
    shop.reason(&job, "printer-stopped").await?;
    printer.say("paper in")?;
    shop.state(&job, "completed").await?;
    let printed = String::from_utf8(printer.printed()?)?.replace("~HS", "");
    assert_eq!(printed.as_bytes(), label);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn ipp_over_usb_is_left_to_the_print_service() -> Result<()> {
    let _printer = UsbPrinter::plug(&["interface=7/1/4"])?;
    until("it is there", || list().is_ok_and(|found| found.len() == 1))?;
    let found = list()?;
    assert_eq!(found[0].protocol(), Some(Protocol::IppOverUsb));
    assert_eq!(found[0].address, None);
    let mut shop = Shop::open([("office", URI.to_owned())]).await?;
    let job = shop.print("office", b"x").await?;
    shop.reason(&job, "printer-stopped").await?;
    let known = shop.bridge.json(&["jobs", "show", &job]).await?;
    assert!(known.to_string().contains("cups:QUEUE"), "{known:#}");
    Ok(())
}
