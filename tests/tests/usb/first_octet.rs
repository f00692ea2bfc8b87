//! How soon the first octet of a job reaches a USB printer, beside a bare write
//! through nusb in the same run.
//!
//! Dispatch is the call of `Backend::deliver`. The processor is emulated: the
//! ratio says more than the milliseconds. `cargo xtask bench usb`.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use bytes::Bytes;
use nusb::transfer::{Bulk, Out};
use nusb::{Endpoint, MaybeFuture as _};
use platen_bridge::backend::usb::{UsbBus, UsbPrinter, UsbSettings};
use platen_bridge::backend::{Backend as _, Document, Outcome, PayloadSource, Work};
use platen_protocol::JobId;
use rustix::time::{ClockId, clock_gettime};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::URI;
use super::rig;

const JOBS: u32 = 200;
const WAIT: Duration = Duration::from_secs(10);

/// A receipt of 2 KB.
#[derive(Debug)]
struct Receipt;

impl Receipt {
    fn octets() -> Bytes {
        let mut octets = b"\x1b@".to_vec();
        octets.resize(2048, b'x');
        octets.into()
    }
}

impl PayloadSource for Receipt {
    fn octets(&self) -> u64 {
        Self::octets().len() as u64
    }

    fn piece(&self, piece: u32) -> std::io::Result<Option<Bytes>> {
        Ok((piece == 0).then(Self::octets))
    }

    fn piece_now(&self, piece: u32) -> Option<std::io::Result<Option<Bytes>>> {
        Some(self.piece(piece))
    }
}

fn now_ns() -> u64 {
    let now = clock_gettime(ClockId::Monotonic);
    let [seconds, nanoseconds] = [now.tv_sec, now.tv_nsec].map(i64::unsigned_abs);
    seconds * 1_000_000_000 + nanoseconds
}

/// A row of the table: median and 95th percentile.
fn row(what: &str, mut waits_ns: Vec<u64>) -> Result<u64> {
    waits_ns.sort_unstable();
    let at = |part: usize| waits_ns.get(waits_ns.len() * part / 100).copied();
    let (p50, p95) = at(50).zip(at(95)).context("some were measured")?;
    let [p50_ms, p95_ms] = [p50, p95].map(|ns| Duration::from_nanos(ns).as_secs_f64() * 1e3);
    println!("| {what}, p50 / p95 | {p50_ms:.3} / {p95_ms:.3} ms |");
    Ok(p50)
}

fn bare_writes(printer: &mut rig::UsbPrinter) -> Result<Vec<u64>> {
    let mut devices = nusb::list_devices().wait()?;
    let info = devices
        .find(|device| device.serial_number() == Some("RIG0001"))
        .context("the printer")?;
    let interface = info.open().wait()?.detach_and_claim_interface(0).wait()?;
    let mut out: Endpoint<Bulk, Out> = interface.endpoint(0x01)?;
    let mut waits = Vec::new();
    for _ in 0..JOBS {
        let begun = now_ns();
        out.submit(Receipt::octets().to_vec().into());
        let done = out.wait_next_complete(WAIT).context("in time")?;
        done.status?;
        waits.push(
            printer
                .say("arrived")?
                .parse::<u64>()?
                .saturating_sub(begun),
        );
    }
    Ok(waits)
}

async fn jobs(printer: &mut rig::UsbPrinter) -> Result<Vec<u64>> {
    let address = URI.trim_start_matches("usb://").parse();
    let address = address.map_err(anyhow::Error::msg)?;
    let device = UsbPrinter::new(address, UsbSettings::default(), Arc::new(UsbBus::default()));
    let mut waits = Vec::new();
    for number in 0..=JOBS {
        let work = Work {
            job_id: JobId::from_random(u128::from(number)),
            name: "receipt".into(),
            documents: vec![Document {
                format: "application/octet-stream".to_owned(),
                payload: Arc::new(Receipt),
            }],
            profile: Arc::default(),
        };
        let (reports, _heard) = mpsc::channel(64);
        let begun = now_ns();
        let outcome = device
            .deliver(work, reports, CancellationToken::new())
            .await;
        ensure!(matches!(outcome, Outcome::Completed { .. }), "{outcome:?}");
        // The first one takes the printer from the kernel's driver.
        if number > 0 {
            waits.push(
                printer
                    .say("arrived")?
                    .parse::<u64>()?
                    .saturating_sub(begun),
            );
        }
    }
    Ok(waits)
}

#[tokio::test]
#[ignore = "a measurement: cargo xtask bench usb"]
async fn the_first_octet_follows_dispatch() -> Result<()> {
    let mut printer = rig::UsbPrinter::plug(&[])?;
    rig::until("it is there", || {
        platen_bridge::backend::usb::list().is_ok_and(|found| found.len() == 1)
    })?;
    println!("| what | measured |\n| --- | --- |");
    let floor = row("floor: a bare write", bare_writes(&mut printer)?)?;
    let plain = row(
        "a printer that never answers: dispatch to first octet",
        jobs(&mut printer).await?,
    )?;
    drop(printer);
    let mut printer = rig::UsbPrinter::plug(&["speaks=escpos"])?;
    rig::until("it is there", || {
        platen_bridge::backend::usb::list().is_ok_and(|found| found.len() == 1)
    })?;
    let asked = row(
        "one that is asked before each job: dispatch to first text",
        jobs(&mut printer).await?,
    )?;
    let times = |ns: u64| {
        Duration::from_nanos(ns).as_secs_f64() / Duration::from_nanos(floor).as_secs_f64()
    };
    println!(
        "| times the floor | {:.1}, {:.1} |",
        times(plain),
        times(asked)
    );
    Ok(())
}
