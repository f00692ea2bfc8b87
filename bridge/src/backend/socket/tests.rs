//! Printers that never answer: what TCP says is all there is.

use super::scripted::{Script, ScriptedPrinter};
use super::*;
use crate::backend::pieces::fixtures::{document, document_with, pattern, work};
use platen_protocol::ErrorCode;

fn quick() -> SocketSettings {
    SocketSettings {
        connect_wait_ms_max: 2_000,
        delivery: DeliverySettings {
            stall_ms: 20,
            close_wait_ms_max: 50,
            ..DeliverySettings::default()
        },
    }
}

struct Run {
    outcome: Outcome,
    reports: Vec<Report>,
}

/// Prints `work` on `printer` and gathers what it says.
async fn print(printer: &ScriptedPrinter, work: Work) -> Run {
    print_with(quick(), printer, work).await
}

async fn print_with(settings: SocketSettings, printer: &ScriptedPrinter, work: Work) -> Run {
    let device = SocketPrinter::new("127.0.0.1".to_owned(), printer.port(), settings);
    let (sender, mut receiver) = mpsc::channel(1024);
    let outcome = device.deliver(work, sender, CancellationToken::new()).await;
    let mut reports = Vec::new();
    while let Some(report) = receiver.recv().await {
        reports.push(report);
    }
    Run { outcome, reports }
}

fn completed(octets_sent: u64) -> Outcome {
    Outcome::Completed {
        evidence: Evidence::Transport,
        octets_sent,
    }
}

fn is_interrupted(outcome: &Outcome) -> bool {
    matches!(
        outcome,
        Outcome::Interrupted {
            code: ErrorCode::DeviceLost,
            ..
        }
    )
}

#[tokio::test]
async fn a_receipt_and_five_megabytes_arrive_byte_for_byte() {
    for octets in [1, 2_048, 5_000_000] {
        let sent = pattern(octets);
        let printer = ScriptedPrinter::start(Script::Print).await;
        let run = print(&printer, work(vec![document(sent.clone())])).await;
        assert_eq!(run.outcome, completed(octets as u64));
        assert_eq!(
            run.reports.last(),
            Some(&Report::Progress {
                octets_sent: octets as u64
            })
        );
        assert!(printer.printed().await == sent, "{octets} octets differ");
    }
}

#[tokio::test]
async fn documents_of_one_job_share_one_connection_in_order() {
    let printer = ScriptedPrinter::start(Script::Print).await;
    let run = print(&printer, work(vec![document("first"), document("second")])).await;
    assert_eq!(run.outcome, completed(11));
    assert_eq!(printer.printed().await, b"firstsecond");
}

#[tokio::test]
async fn nobody_listening_means_that_nothing_left() {
    let port = ScriptedPrinter::closed_port().await;
    let device = SocketPrinter::new("127.0.0.1".to_owned(), port, quick());
    let (sender, _receiver) = mpsc::channel(16);
    let outcome = device
        .deliver(work(vec![document("x")]), sender, CancellationToken::new())
        .await;
    let Outcome::Unready { code, detail, .. } = outcome else {
        panic!("{outcome:?}");
    };
    assert_eq!(code, ErrorCode::DeviceUnreachable);
    assert!(detail.contains("connection refused"), "{detail}");
    let status = device.status().await;
    assert_eq!(status.reachable, Some(false));
    assert_eq!(status.reasons[0].as_str(), "offline");
}

#[tokio::test]
async fn a_slow_printer_is_reported_stopped_and_then_finishes_the_whole_job() {
    let sent = pattern(4_000_000);
    let printer = ScriptedPrinter::start(Script::PrintWhenTold).await;
    let device = SocketPrinter::new("127.0.0.1".to_owned(), printer.port(), quick());
    let (sender, mut reports) = mpsc::channel(1024);
    let delivery = device.deliver(
        work(vec![document(sent.clone())]),
        sender,
        CancellationToken::new(),
    );
    let watch = async {
        let mut seen = Vec::new();
        while let Some(report) = reports.recv().await {
            match report {
                Report::Device(status) if status.stops() => {
                    seen.push(status.reasons[0].to_string());
                    printer.go_on();
                }
                Report::Device(_) => seen.push("resumed".to_owned()),
                Report::Progress { .. } | Report::SpoolerJob { .. } => {}
            }
        }
        seen
    };
    let (outcome, seen) = tokio::join!(delivery, watch);
    assert_eq!(outcome, completed(4_000_000));
    assert_eq!(seen[..2], ["timed-out", "resumed"]);
    assert!(printer.printed().await == sent);
}

#[tokio::test]
async fn a_canceled_job_stops_in_the_middle_and_the_device_sees_a_reset() {
    let printer = ScriptedPrinter::start(Script::PrintWhenTold).await;
    let device = SocketPrinter::new("127.0.0.1".to_owned(), printer.port(), quick());
    let (sender, mut reports) = mpsc::channel(1024);
    let cancel = CancellationToken::new();
    let delivery = device.deliver(
        work(vec![document(pattern(20_000_000))]),
        sender,
        cancel.clone(),
    );
    let watch = async {
        while let Some(report) = reports.recv().await {
            if matches!(&report, Report::Device(status) if status.stops()) {
                cancel.cancel();
            }
        }
    };
    let (outcome, ()) = tokio::join!(delivery, watch);
    let Outcome::Canceled { octets_sent } = outcome else {
        panic!("{outcome:?}");
    };
    assert!((1..20_000_000).contains(&octets_sent));
    printer.go_on();
    printer.lost().await;
}

#[tokio::test]
async fn a_job_canceled_before_it_starts_sends_nothing() {
    let printer = ScriptedPrinter::start(Script::Print).await;
    let device = SocketPrinter::new("127.0.0.1".to_owned(), printer.port(), quick());
    let (sender, _receiver) = mpsc::channel(16);
    let cancel = CancellationToken::new();
    cancel.cancel();
    let outcome = device
        .deliver(work(vec![document("x")]), sender, cancel)
        .await;
    assert_eq!(outcome, Outcome::Canceled { octets_sent: 0 });
}

#[tokio::test]
async fn a_reset_in_the_middle_is_an_interruption() {
    let printer = ScriptedPrinter::start(Script::ResetAfter(100_000)).await;
    let run = print(&printer, work(vec![document(pattern(20_000_000))])).await;
    assert!(is_interrupted(&run.outcome), "{:?}", run.outcome);
}

#[tokio::test]
async fn a_device_that_closes_before_the_end_is_an_interruption() {
    let printer = ScriptedPrinter::start(Script::CloseAfter(100_000)).await;
    let run = print(&printer, work(vec![document(pattern(20_000_000))])).await;
    assert!(is_interrupted(&run.outcome), "{:?}", run.outcome);
}

#[tokio::test]
async fn a_reset_after_the_last_octet_was_acknowledged_is_still_doubt() {
    let printer = ScriptedPrinter::start(Script::ResetAfter(2_048)).await;
    let run = print(&printer, work(vec![document(pattern(2_048))])).await;
    assert!(is_interrupted(&run.outcome), "{:?}", run.outcome);
}

#[tokio::test]
async fn a_device_that_never_closes_has_still_accepted_everything() {
    let printer = ScriptedPrinter::start(Script::NeverClose).await;
    let run = print(&printer, work(vec![document(pattern(2_048))])).await;
    assert_eq!(run.outcome, completed(2_048));
}

#[tokio::test]
async fn a_device_that_never_stops_talking_hinders_nothing() {
    let sent = pattern(300_000);
    let printer = ScriptedPrinter::start(Script::Talk(&[0x12])).await;
    let job = work(vec![document(sent.clone())]);
    let run = print_with(SocketSettings::default(), &printer, job).await;
    assert_eq!(run.outcome, completed(300_000));
    assert!(printer.printed().await == sent);
}

#[tokio::test]
async fn a_half_closed_answer_channel_hinders_nothing() {
    let sent = pattern(300_000);
    let printer = ScriptedPrinter::start(Script::HalfClose).await;
    let run = print(&printer, work(vec![document(sent.clone())])).await;
    assert_eq!(run.outcome, completed(300_000));
    assert!(printer.printed().await == sent);
}

#[tokio::test]
async fn a_document_that_cannot_be_read_never_starts_or_is_interrupted() {
    let printer = ScriptedPrinter::start(Script::Print).await;
    let unreadable = work(vec![document_with("abcd", 2, Some(0))]);
    let run = print(&printer, unreadable).await;
    assert!(matches!(
        run.outcome,
        Outcome::NotStarted {
            code: ErrorCode::PayloadLost,
            ..
        }
    ));
    let printer = ScriptedPrinter::start(Script::Print).await;
    let torn = work(vec![document_with("abcd", 2, Some(1))]);
    let run = print(&printer, torn).await;
    assert!(matches!(
        run.outcome,
        Outcome::Interrupted {
            octets_sent: 2,
            code: ErrorCode::PayloadLost,
            ..
        }
    ));
}

#[tokio::test]
async fn a_job_without_octets_never_starts() {
    let printer = ScriptedPrinter::start(Script::Print).await;
    let run = print(&printer, work(vec![document("")])).await;
    assert!(matches!(
        run.outcome,
        Outcome::NotStarted {
            code: ErrorCode::DocumentEmpty,
            ..
        }
    ));
}
