//! Printers that answer, and everything that can go wrong with them: each
//! fault of the emulator at each moment.

use std::time::Duration;

use platen_emulator::{Arming, Emulator, Fault, JobEnd, Operation, Options, PrintedJob, When};
use platen_protocol::{ErrorCode, Evidence, PrinterStateReason};
use tokio::sync::mpsc;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use super::scripted::{Script, ScriptedPrinter};
use super::{SocketPrinter, SocketSettings};
use crate::backend::pieces::fixtures::{document, work};
use crate::backend::{
    Backend, DeliverySettings, DeviceQuestions, DeviceStatus, Outcome, Pace, Report, StatusMode,
};

const RECEIPT: &[u8] = b"\x1b@Flat white   3.80\nCroissant    2.40\nThank you\n\x1dV\x00";
const PAPER: &str = "Flat white   3.80\nCroissant    2.40\nThank you\n[cut]\n";

/// Longer than anything here takes; what misses it has hung.
const DEADLINE: Duration = Duration::from_secs(60);

fn settings(status: StatusMode) -> DeliverySettings {
    DeliverySettings {
        stall_ms: 150,
        close_wait_ms_max: 300,
        expected_answer_wait_ms_max: 400,
        process_id_wait_ms_max: 600,
        questions: DeviceQuestions {
            status,
            watch_ms: 20,
            ..DeviceQuestions::default()
        },
        ..DeliverySettings::default()
    }
}

fn at(host: String, port: u16, delivery: DeliverySettings) -> SocketPrinter {
    let settings = SocketSettings {
        delivery,
        ..SocketSettings::default()
    };
    SocketPrinter::new(host, port, settings)
}

fn printer(emulator: &Emulator, status: StatusMode) -> SocketPrinter {
    let address = emulator.address();
    at(address.ip().to_string(), address.port(), settings(status))
}

async fn emulator() -> Emulator {
    Emulator::start(Options::default()).await.unwrap()
}

/// Prints; `on_stop` is done each time the printer says that it stopped.
async fn print_and(
    device: &SocketPrinter,
    job: &'static [u8],
    cancel: &CancellationToken,
    mut on_stop: impl AsyncFnMut(&DeviceStatus),
) -> (Outcome, Vec<String>) {
    let (sender, mut reports) = mpsc::channel(1024);
    let delivery = device.deliver(work(vec![document(job)]), sender, cancel.clone());
    let listen = async {
        let mut told = Vec::new();
        while let Some(report) = reports.recv().await {
            let Report::Device(status) = report else {
                continue;
            };
            let reasons: Vec<_> = status.reasons.iter().map(ToString::to_string).collect();
            told.push(if reasons.is_empty() {
                "ready".to_owned()
            } else {
                reasons.join(" ")
            });
            if status.stops() {
                on_stop(&status).await;
            }
        }
        told
    };
    timeout(DEADLINE, async { tokio::join!(delivery, listen) })
        .await
        .expect("a delivery ends when the printer is healed")
}

async fn print(device: &SocketPrinter, job: &'static [u8]) -> Outcome {
    let never = CancellationToken::new();
    print_and(device, job, &never, async |_| {}).await.0
}

/// A printer that has answered before.
async fn known(emulator: &Emulator) -> SocketPrinter {
    let device = printer(emulator, StatusMode::Auto);
    assert_eq!(print(&device, RECEIPT).await, confirmed(RECEIPT));
    emulator.wait_for_jobs(1).await.unwrap();
    device
}

fn confirmed(job: &[u8]) -> Outcome {
    Outcome::Completed {
        evidence: Evidence::Device,
        octets_sent: job.len() as u64,
    }
}

fn accepted(job: &[u8]) -> Outcome {
    Outcome::Completed {
        evidence: Evidence::Transport,
        octets_sent: job.len() as u64,
    }
}

/// What is on paper, of all jobs that began after `connections`.
async fn paper(emulator: &Emulator, connections: u64) -> String {
    let jobs = emulator.printed().await.unwrap();
    let later = jobs.iter().filter(|job| job.connection > connections);
    later.map(|job| job.text()).collect()
}

#[tokio::test]
async fn the_printers_own_word_completes_a_job_and_the_paper_is_the_same_with_and_without_it() {
    let plain = emulator().await;
    let device = printer(&plain, StatusMode::None);
    assert_eq!(print(&device, RECEIPT).await, accepted(RECEIPT));
    let expected = plain.wait_for_jobs(1).await.unwrap();
    assert_eq!(expected[0].octets_received, RECEIPT.len() as u64);
    assert_eq!(device.evidence(), Evidence::Transport);

    let asked = emulator().await;
    let device = printer(&asked, StatusMode::Auto);
    for _ in 0..3 {
        assert_eq!(print(&device, RECEIPT).await, confirmed(RECEIPT));
    }
    assert_eq!(device.evidence(), Evidence::Device);
    for job in asked.wait_for_jobs(3).await.unwrap() {
        let same = |job: &PrintedJob| (job.text(), job.paper_dots, job.cuts, job.kicks);
        assert_eq!(same(&job), same(&expected[0]));
        assert!(job.is_complete());
    }
}

#[tokio::test]
async fn a_printer_without_paper_gets_not_one_octet_and_takes_the_job_when_it_has_some() {
    let emulator = emulator().await;
    let device = known(&emulator).await;
    for (fault, reason) in [
        (Fault::PaperOut, "media-empty"),
        (Fault::CoverOpen, "cover-open"),
        (Fault::Jam, "separation-cutter-jam"),
        (Fault::Stuck, "media-jam"),
        (Fault::Broken, "other"),
        (Fault::Hot, "fuser-over-temp"),
    ] {
        emulator.arm(fault, When::Now).await.unwrap();
        let before = emulator.status().connections;
        let outcome = print(&device, RECEIPT).await;
        let Outcome::Unready { status, code, .. } = outcome else {
            panic!("{fault}: {outcome:?}");
        };
        assert_eq!(status.reasons[0].as_str(), reason, "{fault}");
        assert_eq!(code, ErrorCode::DeviceNotReady);
        assert!(device.status().await.stops());
        emulator.operate(Operation::Heal).await.unwrap();
        assert_eq!(paper(&emulator, before).await, "", "{fault}");
        assert!(!device.status().await.stops(), "{fault}");
        assert_eq!(print(&device, RECEIPT).await, confirmed(RECEIPT));
    }
}

#[tokio::test]
async fn what_stops_a_printer_in_the_middle_is_told_and_the_job_goes_on_with_new_paper() {
    let emulator = emulator().await;
    let device = known(&emulator).await;
    let never = CancellationToken::new();
    for (fault, operation, reason) in [
        (Fault::PaperOut, Operation::PaperNew, "media-empty"),
        (Fault::CoverOpen, Operation::CoverClose, "cover-open"),
        (Fault::Jam, Operation::Recover, "separation-cutter-jam"),
        (Fault::Hot, Operation::Recover, "fuser-over-temp"),
    ] {
        for when in [
            When::AfterLines(1),
            When::AfterOctets(30),
            When::AfterLastOctet,
        ] {
            emulator.arm(fault, when).await.unwrap();
            let before = emulator.status().connections;
            let (outcome, told) = print_and(&device, RECEIPT, &never, async |_| {
                emulator.operate(operation).await.unwrap();
            })
            .await;
            assert_eq!(outcome, confirmed(RECEIPT), "{fault} {when}");
            assert_eq!(told, ["ready", reason, "ready"], "{fault} {when}");
            assert_eq!(paper(&emulator, before).await, PAPER, "{fault} {when}");
        }
    }
}

#[tokio::test]
async fn an_answer_that_was_lost_is_asked_for_again() {
    let emulator = emulator().await;
    let mut device = known(&emulator).await;
    device.raw.settings_mut().process_id_wait_ms_max = 60_000;
    emulator
        .arm_with(Arming::new(Fault::Mute, When::AfterLastOctet).lasting_ms(100))
        .await
        .unwrap();
    assert_eq!(print(&device, RECEIPT).await, confirmed(RECEIPT));
}

#[tokio::test]
async fn little_paper_is_told_and_stops_nothing() {
    let emulator = emulator().await;
    let device = known(&emulator).await;
    emulator.operate(Operation::PaperLow).await.unwrap();
    let never = CancellationToken::new();
    let (outcome, told) = print_and(&device, RECEIPT, &never, async |_| {}).await;
    assert_eq!(outcome, confirmed(RECEIPT));
    assert_eq!(told, ["media-low-warning"]);
}

#[tokio::test]
async fn a_printer_that_does_not_answer_is_asked_once_and_believed_as_far_as_tcp_goes() {
    for fault in [
        Fault::Mute,
        Fault::WrongReplies,
        Fault::DelayReplies { ms: 60_000 },
    ] {
        let emulator = emulator().await;
        emulator.arm(fault, When::Now).await.unwrap();
        let device = printer(&emulator, StatusMode::Auto);
        for _ in 0..2 {
            assert_eq!(print(&device, RECEIPT).await, accepted(RECEIPT), "{fault}");
        }
        let jobs = emulator.wait_for_jobs(2).await.unwrap();
        assert_eq!(jobs[1].text(), PAPER);
        assert_eq!(
            jobs[1].octets_received,
            RECEIPT.len() as u64,
            "{fault}: it is not asked again"
        );
    }
}

#[tokio::test]
async fn nothing_but_the_job_is_said_to_a_printer_of_another_language() {
    let emulator = emulator().await;
    let device = printer(&emulator, StatusMode::Auto);
    let label = b"^XA^FO20,20^FDHello^FS^XZ";
    assert_eq!(print(&device, label).await, accepted(label));
    let jobs = emulator.wait_for_jobs(1).await.unwrap();
    assert_eq!(jobs[0].octets_received, label.len() as u64);
}

#[tokio::test]
async fn a_job_that_ends_inside_a_command_gets_nothing_added() {
    let emulator = emulator().await;
    let device = known(&emulator).await;
    let torn = b"\x1b@Hello\n\x1dv0\x00\x01\x00\x03\x00A";
    assert_eq!(print(&device, torn).await, accepted(torn));
    let jobs = emulator.wait_for_jobs(2).await.unwrap();
    assert!(jobs[1].octets.ends_with(b"\x00\x03\x00A"));
}

#[tokio::test]
async fn a_job_that_asks_the_printer_itself_is_confirmed_all_the_same() {
    let emulator = emulator().await;
    let device = known(&emulator).await;
    let curious = b"\x1b@\x10\x04\x01\x1da\xffHello\n\x10\x04\x04\x1dr\x01";
    assert_eq!(print(&device, curious).await, confirmed(curious));
}

/// The promise: whatever happens, and whenever, a completed job is on paper,
/// and nothing but the printer's own word is called that.
#[tokio::test]
async fn no_fault_at_any_moment_makes_a_job_complete_that_is_not_on_paper() {
    let moments = [
        When::Now,
        When::NextConnection,
        When::AfterOctets(20),
        When::AfterLines(1),
        When::AfterLastOctet,
    ];
    for fault in Fault::ALL {
        for when in moments {
            let emulator = emulator().await;
            let device = known(&emulator).await;
            let before = emulator.status().connections;
            emulator.arm(fault, when).await.unwrap();
            let never = CancellationToken::new();
            let heal = async |_: &DeviceStatus| emulator.operate(Operation::Heal).await.unwrap();
            let (outcome, _) = print_and(&device, RECEIPT, &never, heal).await;
            emulator.operate(Operation::Heal).await.unwrap();
            let settled = emulator
                .wait_for(|status| status.connections_open == 0 && status.jobs_under_way == 0);
            timeout(DEADLINE, settled)
                .await
                .expect("the emulator rests")
                .unwrap();
            let paper = paper(&emulator, before).await;
            let case = format!("{fault} {when}: {outcome:?}, on paper {paper:?}");
            match outcome {
                Outcome::Completed { .. } => assert_eq!(paper, PAPER, "{case}"),
                Outcome::Unready { .. } | Outcome::NotStarted { .. } => {
                    assert_eq!(paper, "", "{case}");
                }
                Outcome::Interrupted { .. } => {}
                Outcome::Aborted { .. } | Outcome::Canceled { .. } => panic!("{case}"),
            }
        }
    }
}

/// T13: endless, mis-sized, contradictory, control characters.
#[tokio::test]
async fn t13_whatever_a_printer_says_is_bounded_and_never_evidence() {
    for words in [
        &[0x12][..],
        b"\x18\x00\x0f\x00\x10\x00\x00\x00",
        b"\x12\x12\x12\x12\x37\x22AAAA\x00",
        b"\x12\x12\x12\x12\x37\x22\x1b[2J\x1b]0;owned\x07\x00",
        b"\x5f",
        b"\x5fAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        b"\x10",
        b"\x00",
        b"\xff\xfe\x80",
        b"\x13\x11",
    ] {
        let hostile = ScriptedPrinter::start(Script::Talk(words)).await;
        let device = at(
            "127.0.0.1".to_owned(),
            hostile.port(),
            settings(StatusMode::EscPos),
        );
        let never = CancellationToken::new();
        let (outcome, told) = print_and(&device, RECEIPT, &never, async |_| {}).await;
        let case = format!("{}: {outcome:?}", words.escape_ascii());
        match outcome {
            Outcome::Completed { evidence, .. } => {
                assert_eq!(evidence, Evidence::Transport, "{case}");
            }
            Outcome::Unready { .. } | Outcome::NotStarted { .. } | Outcome::Interrupted { .. } => {}
            Outcome::Aborted { .. } | Outcome::Canceled { .. } => panic!("{case}"),
        }
        let known = ["ready", "media-empty", "timed-out"];
        assert!(
            told.iter().all(|told| known.contains(&told.as_str())),
            "{told:?}"
        );
        // At most ten a second, for as long as anything here takes.
        assert!(told.len() <= 600, "{case} told {} times", told.len());
    }
}

#[tokio::test]
async fn a_canceled_job_does_not_come_out_with_the_next_one() {
    let emulator = emulator().await;
    let device = known(&emulator).await;
    emulator
        .arm(Fault::PaperOut, When::AfterLines(1))
        .await
        .unwrap();
    let cancel = CancellationToken::new();
    let (outcome, _) = print_and(&device, RECEIPT, &cancel, async |_| cancel.cancel()).await;
    assert_eq!(
        outcome,
        Outcome::Canceled {
            octets_sent: RECEIPT.len() as u64
        }
    );
    let jobs = emulator.wait_for_jobs(2).await.unwrap();
    assert_eq!(jobs[1].end, Some(JobEnd::Cleared));
    assert_eq!(jobs[1].text(), "Flat white   3.80\n");
    emulator.operate(Operation::PaperNew).await.unwrap();
    assert_eq!(print(&device, RECEIPT).await, confirmed(RECEIPT));
    let jobs = emulator.wait_for_jobs(3).await.unwrap();
    assert_eq!(jobs[2].text(), PAPER);
}

#[tokio::test]
async fn an_idle_printer_is_watched_over_short_connections() {
    let emulator = emulator().await;
    let device = printer(&emulator, StatusMode::EscPos);
    let (sender, mut seen) = mpsc::channel::<DeviceStatus>(4);
    let look = async {
        let mut next = async |reason: Option<&str>| {
            while let Some(status) = seen.recv().await {
                if status.reasons.first().map(PrinterStateReason::as_str) == reason {
                    return;
                }
            }
        };
        next(None).await;
        emulator.operate(Operation::PaperOut).await.unwrap();
        next(Some("media-empty")).await;
        // Another host prints in between.
        emulator.operate(Operation::PaperNew).await.unwrap();
        let other = printer(&emulator, StatusMode::None);
        assert_eq!(print(&other, RECEIPT).await, accepted(RECEIPT));
        next(None).await;
    };
    tokio::select! {
        () = device.watch(Pace::Idle, sender) => panic!("a watch goes on until it is dropped"),
        done = timeout(DEADLINE, look) => done.unwrap(),
    }
}

#[tokio::test]
async fn an_idle_printer_of_which_nothing_is_known_is_left_in_peace() {
    let emulator = emulator().await;
    let device = printer(&emulator, StatusMode::Auto);
    let (sender, seen) = mpsc::channel(4);
    drop(seen);
    timeout(DEADLINE, device.watch(Pace::Idle, sender))
        .await
        .expect("it ends with its listener");
    assert_eq!(emulator.status().connections, 0);
    // Where jobs wait, it is seen whether it is there.
    assert_eq!(device.status().await.reachable, Some(true));
}
