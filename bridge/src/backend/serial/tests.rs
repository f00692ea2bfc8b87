//! Printers on serial lines: such as hold the line, such as are unplugged, and
//! such as answer.

use platen_emulator::{Emulator, Fault, Operation, Options, When};
use platen_protocol::ErrorCode;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::*;
use crate::backend::pieces::fixtures::{document, pattern, work};
use crate::backend::{DeviceQuestions, StatusMode};
use crate::clock::Clock;
use crate::serial::pair::Pair;
use crate::serial::{FlowControl, LineSettings};

/// Longer than anything here takes; what misses it has hung.
const DEADLINE: Duration = Duration::from_secs(60);
const RECEIPT: &[u8] = b"\x1b@Flat white   3.80\n\x1dV\x42\x00";

fn printer(pair: &Pair, claims: &Claims, status: StatusMode) -> SerialPrinter {
    let address = SerialAddress {
        place: Place::Port(pair.name().clone()),
        settings: LineSettings {
            flow: FlowControl::XonXoff,
            ..LineSettings::default()
        },
    };
    let settings = DeliverySettings {
        stall_ms: 50,
        expected_answer_wait_ms_max: 400,
        process_id_wait_ms_max: 600,
        questions: DeviceQuestions {
            status,
            watch_ms: 20,
            ..DeviceQuestions::default()
        },
        ..DeliverySettings::default()
    };
    SerialPrinter::new(address, settings, claims.clone())
}

fn claims() -> Claims {
    Claims::new(Clock::system())
}

/// Prints, with everything that is told of the device on the way; `on_stop` is
/// done each time it stops.
async fn print_and(
    device: &SerialPrinter,
    job: impl Into<bytes::Bytes>,
    cancel: &CancellationToken,
    mut on_stop: impl AsyncFnMut(),
) -> (Outcome, Vec<String>) {
    let (sender, mut reports) = mpsc::channel(1024);
    let delivery = device.deliver(work(vec![document(job)]), sender, cancel.clone());
    let listen = async {
        let mut told = Vec::new();
        while let Some(report) = reports.recv().await {
            if let Report::Device(status) = report {
                let reason = status.reasons.first().map(ToString::to_string);
                told.push(reason.unwrap_or_else(|| "ready".to_owned()));
                if status.stops() {
                    on_stop().await;
                }
            }
        }
        told
    };
    timeout(DEADLINE, async { tokio::join!(delivery, listen) })
        .await
        .expect("a delivery ends")
}

async fn print(device: &SerialPrinter, job: impl Into<bytes::Bytes>) -> Outcome {
    let never = CancellationToken::new();
    print_and(device, job, &never, async || {}).await.0
}

fn completed(evidence: Evidence, octets: usize) -> Outcome {
    Outcome::Completed {
        evidence,
        octets_sent: octets as u64,
    }
}

#[tokio::test]
async fn a_job_arrives_byte_for_byte_however_slowly_it_is_taken() {
    let mut pair = Pair::new();
    let claims = claims();
    let device = printer(&pair, &claims, StatusMode::None);
    for octets in [1, 2_048, 200_000] {
        let job = pattern(octets);
        let (outcome, read) = tokio::join!(print(&device, job.clone()), pair.read(octets));
        assert_eq!(outcome, completed(Evidence::Transport, octets));
        assert!(read == job, "{octets} octets differ");
    }
    assert_eq!(claims.list(), []);
}

#[tokio::test]
async fn a_printer_that_holds_the_line_is_stopped_and_goes_on() {
    let mut pair = Pair::new();
    let device = printer(&pair, &claims(), StatusMode::None);
    let job = pattern(50_000);
    let never = CancellationToken::new();
    let (stopped, mut has_stopped) = mpsc::unbounded_channel();
    let take = async {
        let mut read = pair.read(1_000).await;
        pair.write(b"\x13").await;
        has_stopped.recv().await.unwrap();
        pair.write(b"\x11").await;
        read.extend(pair.read(49_000).await);
        read
    };
    let on_stop = async || stopped.send(()).unwrap();
    let printed = print_and(&device, job.clone(), &never, on_stop);
    let ((outcome, told), read) = tokio::join!(printed, take);
    assert_eq!(outcome, completed(Evidence::Transport, 50_000));
    // On a busy machine a printer may seem to stop once more.
    assert_eq!(told[..2], ["timed-out", "ready"]);
    assert_eq!(told.last().map(String::as_str), Some("ready"));
    assert!(read == job);
}

#[tokio::test]
async fn a_canceled_job_on_a_held_line_leaves_nothing_behind() {
    let mut pair = Pair::new();
    let claims = claims();
    let device = printer(&pair, &claims, StatusMode::None);
    pair.write(b"\x13").await;
    let cancel = CancellationToken::new();
    let hold = async {
        // What was said before a line is opened is thrown away with it.
        while claims.list().is_empty() {
            tokio::task::yield_now().await;
        }
        pair.read(1).await;
        pair.write(b"\x13").await;
    };
    let printed = print_and(&device, pattern(50_000), &cancel, async || cancel.cancel());
    let ((outcome, told), ()) = tokio::join!(printed, hold);
    let Outcome::Canceled { octets_sent } = outcome else {
        panic!("{outcome:?}");
    };
    assert!(octets_sent < 50_000, "{octets_sent}");
    assert_eq!(told, ["timed-out"]);
    assert_eq!(claims.list(), []);
}

#[tokio::test]
async fn a_plug_that_is_pulled_interrupts_a_job_and_the_next_one_waits() {
    let mut pair = Pair::new();
    let device = printer(&pair, &claims(), StatusMode::None);
    let pull = async {
        pair.read(1_000).await;
        drop(pair);
    };
    let (outcome, ()) = tokio::join!(print(&device, pattern(500_000)), pull);
    let Outcome::Interrupted { code, detail, .. } = outcome else {
        panic!("{outcome:?}");
    };
    assert_eq!(code, ErrorCode::DeviceLost);
    assert!(detail.contains("unplugged"), "{detail}");
    let outcome = print(&device, RECEIPT).await;
    let Outcome::Unready { detail, .. } = outcome else {
        panic!("{outcome:?}");
    };
    assert!(detail.contains("there is no such port"), "{detail}");
    assert_eq!(device.status().await.reachable, Some(false));
}

#[tokio::test]
async fn a_port_that_somebody_has_is_waited_for_and_not_called_unplugged() {
    let pair = Pair::new();
    let claims = claims();
    let device = printer(&pair, &claims, StatusMode::None);
    let other = pair.open();
    let Outcome::Unready { detail, .. } = print(&device, RECEIPT).await else {
        panic!("it is in use");
    };
    assert!(detail.contains("another program uses it"), "{detail}");
    drop(other);
    let holder = Holder::Session {
        origin: "https://pos.example".parse().unwrap(),
        session_id: 1,
    };
    let claim = claims.claim(&format!("serial:{}", pair.name()), holder, Sharing::Alone);
    let Outcome::Unready { detail, .. } = print(&device, RECEIPT).await else {
        panic!("it is claimed");
    };
    assert!(detail.contains("a page of https://pos.example"), "{detail}");
    drop(claim);
    assert_eq!(device.status().await.reachable, Some(true));
}

/// The emulator behind the line.
async fn connect(mut pair: Pair, emulator: &Emulator) {
    let mut stream = TcpStream::connect(emulator.address()).await.unwrap();
    let mut said = [0; 1024];
    loop {
        tokio::select! {
            octet = pair.read(1) => stream.write_all(&octet).await.unwrap(),
            count = stream.read(&mut said) => match count.unwrap() {
                0 => return,
                count => pair.write(&said[..count]).await,
            },
        }
    }
}

#[tokio::test]
async fn a_printer_that_answers_on_a_serial_line_gives_its_word_on_each_job() {
    let emulator = Emulator::start(Options::default()).await.unwrap();
    let pair = Pair::new();
    let device = printer(&pair, &claims(), StatusMode::Auto);
    let prints = async {
        for _ in 0..3 {
            let outcome = print(&device, RECEIPT).await;
            assert_eq!(outcome, completed(Evidence::Device, RECEIPT.len()));
        }
        assert_eq!(device.evidence(), Evidence::Device);
        emulator.arm(Fault::PaperOut, When::Now).await.unwrap();
        let outcome = print(&device, RECEIPT).await;
        let Outcome::Unready { status, .. } = outcome else {
            panic!("{outcome:?}");
        };
        assert_eq!(status.reasons[0].as_str(), "media-empty");
        emulator.operate(Operation::Heal).await.unwrap();
        assert!(!device.status().await.stops());
        let outcome = print(&device, RECEIPT).await;
        assert_eq!(outcome, completed(Evidence::Device, RECEIPT.len()));
    };
    tokio::select! {
        () = connect(pair, &emulator) => panic!("the emulator stays"),
        done = timeout(DEADLINE, prints) => done.expect("nothing hangs"),
    }
}
