//! Printing through a real print service: octets, outcomes, and what is known
//! when the service, a driver or `platen-spooler` fails.

// A helper of a test fails as the test does; clippy knows that only of the tests themselves.
#![allow(clippy::unwrap_used)]

mod shop;
mod status;

use std::os::unix::fs::symlink;

use bytes::Bytes;
use platen_bridge::backend::DiscoveryError;
use platen_bridge::backend::Outcome;
use platen_bridge::backend::cups::{CupsServer, current_user};
use platen_protocol::{ErrorCode, Evidence, PrinterState};
use platen_tests::cupsd::{Cupsd, Policy};
use platen_tests::program;
use tokio::io::AsyncReadExt;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use shop::Shop;

/// Waits until the printer's folder has a file `go`.
const WAIT_FOR_GO: &str =
    "while [ -d \"$folder\" ] && [ ! -e \"$folder/go\" ]; do sleep 0.02; done";
/// The same, but with a file `fail` it fails.
const WAIT_FOR_GO_OR_FAIL: &str = "while [ -d \"$folder\" ] && [ ! -e \"$folder/go\" ]; do
[ -e \"$folder/fail\" ] && exit 1
sleep 0.02
done";
/// Out of paper until `go`.
const PAPER_OUT: &str = "echo 'STATE: +media-empty-error' >&2
while [ -d \"$folder\" ] && [ ! -e \"$folder/go\" ]; do sleep 0.02; done
echo 'STATE: -media-empty-error' >&2";

/// A TCP printer that takes one job.
async fn sink() -> (u16, JoinHandle<Vec<u8>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let printed = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut octets = Vec::new();
        stream.read_to_end(&mut octets).await.unwrap();
        octets
    });
    (port, printed)
}

/// A TCP printer that breaks the connection of its first job under way.
async fn breaks_off() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        stream.read_exact(&mut [0; 6_000]).await.unwrap();
        // What it has not read makes the system reset the connection.
        drop(stream);
        std::future::pending::<()>().await;
    });
    port
}

fn pattern(octets: usize) -> Bytes {
    (0..octets)
        .map(|at| (at.wrapping_mul(2_654_435_761) >> 13).to_le_bytes()[0])
        .collect()
}

fn completed(octets: usize) -> Outcome {
    Outcome::Completed {
        evidence: Evidence::Spooler,
        octets_sent: octets as u64,
    }
}

#[tokio::test]
async fn a_receipt_and_five_megabytes_arrive_byte_for_byte_through_a_raw_queue() {
    let shop = Shop::open();
    for (queue, octets) in [("small", 2_048), ("large", 5_000_000)] {
        let (port, printed) = sink().await;
        shop.cupsd.add_raw_queue(queue, port).unwrap();
        let sent = pattern(octets);
        let outcome = shop.print(queue, sent.clone()).end().await;
        assert_eq!(outcome, completed(octets), "{}", shop.cupsd.log());
        assert!(printed.await.unwrap() == sent, "{octets} octets differ");
    }
    assert_eq!(shop.left_documents(), 0);
}

#[tokio::test]
async fn a_job_whose_connection_breaks_under_way_is_interrupted_and_never_sent_again() {
    let shop = Shop::open();
    for error_policy in ["stop-printer", "abort-job", "retry-job"] {
        let queue = error_policy;
        shop.cupsd.add_raw_queue(queue, breaks_off().await).unwrap();
        let policy = format!("printer-error-policy={error_policy}");
        let change = ["-p", queue, "-o", &policy];
        shop.cupsd.command("lpadmin", &change).unwrap();
        // More than the system keeps for a connection.
        let outcome = shop.print(queue, pattern(16_000_000)).end().await;
        assert!(
            matches!(
                &outcome,
                Outcome::Interrupted {
                    code: ErrorCode::DeviceLost,
                    ..
                }
            ),
            "{error_policy}: {outcome:?}; {}",
            shop.cupsd.log()
        );
        // Not even when somebody starts the queue again.
        shop.cupsd.command("cupsenable", &[queue]).unwrap();
        shop.cupsd.wait_until_done(queue).unwrap();
    }
}

#[tokio::test]
async fn a_job_the_print_service_did_not_wait_out_is_interrupted() {
    const WAITS: &str = "cups-waiting-for-job-completed";
    for (patience_ms, gives_up) in [(90_000, false), (0, true)] {
        let mut shop = Shop::open();
        shop.with_settings(|settings| settings.finish_wait_ms = patience_ms);
        let script =
            format!("echo 'STATE: +{WAITS}' >&2\n{WAIT_FOR_GO}\necho 'STATE: -{WAITS}' >&2");
        let printer = shop.cupsd.replace_socket_backend(&script).unwrap();
        shop.cupsd.add_raw_queue("till", 9).unwrap();
        let delivery = shop.print("till", pattern(2_048));
        shop.watch("till").sees(&[&format!("{WAITS}-report")]).await;
        printer.tell("go").unwrap();
        let outcome = delivery.end().await;
        let is_doubt = matches!(
            &outcome,
            Outcome::Interrupted {
                code: ErrorCode::DeviceLost,
                ..
            }
        );
        assert_eq!(is_doubt, gives_up, "{outcome:?}; {}", shop.cupsd.log());
        assert!(gives_up || outcome == completed(2_048), "{outcome:?}");
    }
}

#[tokio::test]
async fn the_systems_printers_are_found_with_their_states() {
    let mut shop = Shop::open();
    let none = shop.backends.system_printers().list().await.unwrap();
    assert!(none.is_empty());
    shop.cupsd.add_raw_queue("kitchen", 1).unwrap();
    shop.cupsd.add_raw_queue("till", 2).unwrap();
    shop.cupsd.command("lpadmin", &["-d", "till"]).unwrap();
    shop.cupsd
        .command("lpadmin", &["-p", "till", "-D", "Till 1"])
        .unwrap();
    shop.cupsd.command("cupsdisable", &["kitchen"]).unwrap();
    let found = shop.backends.system_printers().list().await.unwrap();
    let [kitchen, till] = &found[..] else {
        panic!("{found:?}");
    };
    assert_eq!(kitchen.uri.to_string(), "cups:kitchen");
    assert_eq!(kitchen.state, Some(PrinterState::Stopped));
    assert_eq!(kitchen.reasons[0].as_str(), "paused");
    assert_eq!(till.info, "Till 1");
    assert_eq!(till.state, Some(PrinterState::Idle));
    assert_eq!(till.device_uri, "socket://127.0.0.1:2");
    assert!(till.default && !kitchen.default);

    let printers = shop.backends.system_printers();
    assert_eq!(printers.known(), None);
    printers.list().await.unwrap();
    shop.cupsd.crash().unwrap();
    let gone = printers.list().await;
    assert_eq!(printers.known().map(|known| known.len()), Some(2));
    assert!(
        matches!(gone, Err(DiscoveryError::NoPrintService(_))),
        "{gone:?}"
    );
}

#[tokio::test]
async fn a_printer_without_paper_is_a_stopped_job_and_new_paper_completes_it() {
    let shop = Shop::open();
    let printer = shop.scripted("stop-printer", PAPER_OUT);
    let mut delivery = shop.print("till", "receipt");
    delivery.stopped_for("media-empty").await;
    printer.tell("go").unwrap();
    assert_eq!(delivery.end().await, completed(7), "{}", shop.cupsd.log());
    assert_eq!(printer.printed().unwrap(), b"receipt");
}

#[tokio::test]
async fn a_job_the_print_service_aborts_is_aborted() {
    let shop = Shop::open();
    shop.scripted(
        "abort-job",
        "echo 'ERROR: the head is too hot' >&2\nRESULT=1",
    );
    let outcome = shop.print("till", "receipt").end().await;
    let Outcome::Aborted { code, detail } = outcome else {
        panic!("{outcome:?}: {}", shop.cupsd.log());
    };
    assert_eq!(code, ErrorCode::SpoolerFailed);
    assert!(detail.contains("aborted by the print service"), "{detail}");
}

#[tokio::test]
async fn a_canceled_job_is_canceled_in_the_print_service() {
    let shop = Shop::open();
    shop.scripted("stop-printer", WAIT_FOR_GO);
    let mut delivery = shop.print("till", "receipt");
    let job = delivery.taken().await;
    delivery.cancel.cancel();
    let outcome = delivery.end().await;
    assert!(matches!(outcome, Outcome::Canceled { .. }), "{outcome:?}");
    let finished = shop.cupsd.command("lpstat", &["-W", "completed"]).unwrap();
    assert!(finished.contains(&format!("till-{job} ")), "{finished}");
}

#[tokio::test]
async fn with_the_policy_cups_is_shipped_with_a_user_follows_and_cancels_own_jobs() {
    let cupsd = Cupsd::start_with(Policy::Stock).unwrap();
    let spooler = program::built("platen-spooler", "PLATEN_SPOOLER_BIN").unwrap();
    let mut shop = Shop::beside(cupsd, &spooler);
    let printer = shop.scripted("stop-printer", WAIT_FOR_GO);
    for user in [current_user(), "nobody".to_owned()] {
        shop.with_settings(|cups| cups.user = user.clone());
        let mut delivery = shop.print("till", "receipt");
        delivery.taken().await;
        delivery.cancel.cancel();
        let outcome = delivery.end().await;
        assert!(
            matches!(outcome, Outcome::Canceled { .. }),
            "{user}: {outcome:?}"
        );
        printer.tell("go").unwrap();
        assert_eq!(shop.print("till", "receipt").end().await, completed(7));
        printer.untell("go").unwrap();
    }
}

#[tokio::test]
async fn a_job_somebody_else_cancels_is_aborted() {
    let shop = Shop::open();
    shop.scripted("stop-printer", WAIT_FOR_GO);
    let mut delivery = shop.print("till", "receipt");
    let job = delivery.taken().await;
    shop.cupsd
        .command("cancel", &[&format!("till-{job}")])
        .unwrap();
    let outcome = delivery.end().await;
    let Outcome::Aborted { detail, .. } = outcome else {
        panic!("{outcome:?}");
    };
    assert!(
        detail.contains("was canceled in the print service"),
        "{detail}"
    );
}

#[tokio::test]
async fn a_stopped_queue_stops_the_job_and_goes_on_when_enabled() {
    let shop = Shop::open();
    let printer = shop.scripted("stop-printer", "");
    shop.cupsd.command("cupsdisable", &["till"]).unwrap();
    let mut delivery = shop.print("till", "receipt");
    delivery.stopped_for("paused").await;
    shop.cupsd.command("cupsenable", &["till"]).unwrap();
    assert_eq!(delivery.end().await, completed(7));
    assert_eq!(printer.printed().unwrap(), b"receipt");
}

#[tokio::test]
async fn without_a_print_service_queue_or_permission_nothing_starts() {
    let mut shop = Shop::open();
    let code_of = |outcome| match outcome {
        Outcome::NotStarted { code, .. } | Outcome::Unready { code, .. } => code,
        other => panic!("{other:?}"),
    };
    let unknown = shop.print("nowhere", "receipt").end().await;
    assert_eq!(code_of(unknown), ErrorCode::DeviceUnreachable);

    shop.scripted("stop-printer", "");
    shop.cupsd.command("cupsreject", &["till"]).unwrap();
    let rejected = shop.print("till", "receipt").end().await;
    assert_eq!(code_of(rejected), ErrorCode::DeviceRejected);

    let empty = shop.print("till", "").end().await;
    assert_eq!(code_of(empty), ErrorCode::DocumentEmpty);

    shop.with_settings(|cups| cups.answer_wait_ms_max = 200);
    shop.cupsd.freeze().unwrap();
    let frozen = shop.print("till", "receipt").end().await;
    assert_eq!(code_of(frozen), ErrorCode::SpoolerUnavailable);
    shop.cupsd.thaw().unwrap();

    shop.cupsd.crash().unwrap();
    let gone = shop.print("till", "receipt").end().await;
    assert_eq!(code_of(gone), ErrorCode::SpoolerUnavailable);
}

#[tokio::test]
async fn a_print_service_that_is_gone_for_good_leaves_doubt() {
    let mut shop = Shop::open();
    shop.with_settings(|cups| cups.contact_wait_ms_max = 300);
    shop.scripted("stop-printer", WAIT_FOR_GO);
    let mut delivery = shop.print("till", "receipt");
    delivery.taken().await;
    shop.cupsd.crash().unwrap();
    delivery.stopped_for("spooler-unavailable").await;
    let outcome = delivery.end().await;
    assert!(
        matches!(
            outcome,
            Outcome::Interrupted {
                code: ErrorCode::SpoolerUnavailable,
                octets_sent: 7,
                ..
            }
        ),
        "{outcome:?}"
    );
}

#[tokio::test]
async fn a_print_service_that_comes_back_is_believed_about_the_job() {
    let mut shop = Shop::open();
    let printer = shop.scripted("stop-printer", WAIT_FOR_GO);
    let mut delivery = shop.print("till", "receipt");
    delivery.taken().await;
    shop.cupsd.stop().unwrap();
    delivery.stopped_for("spooler-unavailable").await;
    shop.cupsd.start_again().unwrap();
    printer.tell("go").unwrap();
    assert_eq!(delivery.end().await, completed(7), "{}", shop.cupsd.log());
    assert_eq!(printer.printed().unwrap(), b"receipt");
}

#[tokio::test]
async fn a_job_the_print_service_forgot_is_not_mistaken_for_another_with_its_id() {
    let mut shop = Shop::open();
    let link = shop.own.path().join("cups.sock");
    symlink(shop.cupsd.socket(), &link).unwrap();
    shop.with_settings(|cups| cups.server = CupsServer::Socket(link.clone()));
    shop.scripted("stop-printer", WAIT_FOR_GO);
    // CUPS writes down what it knows when it stops, else after a while: here the queue, but no job.
    shop.cupsd.stop().unwrap();
    shop.cupsd.start_again().unwrap();
    let mut delivery = shop.print("till", "receipt");
    assert_eq!(delivery.taken().await, 1);
    std::fs::remove_file(&link).unwrap();
    shop.cupsd.crash().unwrap();
    delivery.stopped_for("spooler-unavailable").await;
    shop.cupsd.start_again().unwrap();
    let file = shop.own.path().join("other");
    std::fs::write(&file, "other").unwrap();
    let file = file.to_str().unwrap();
    let other = shop.cupsd.command("lp", &["-d", "till", "-o", "raw", file]);
    assert!(other.unwrap().contains("till-1 "));
    symlink(shop.cupsd.socket(), &link).unwrap();
    let outcome = delivery.end().await;
    assert!(
        matches!(
            outcome,
            Outcome::Interrupted {
                code: ErrorCode::SpoolerFailed,
                ..
            }
        ),
        "{outcome:?}"
    );
}

#[tokio::test]
async fn a_helper_that_hangs_or_crashes_before_it_hands_over_printed_nothing() {
    for script in ["exec sleep 60", "exit 3", "cat > \"$1/4242-0\"; exit 3"] {
        let mut shop = Shop::open_with_script(script);
        shop.cupsd.add_raw_queue("till", 1).unwrap();
        let outcome = shop.print("till", "receipt").end().await;
        assert!(
            matches!(
                outcome,
                Outcome::NotStarted {
                    code: ErrorCode::SpoolerFailed,
                    ..
                }
            ),
            "{script}: {outcome:?}"
        );
        let listed = shop.backends.system_printers().list().await;
        assert!(
            matches!(listed, Err(DiscoveryError::Spooler(_))),
            "{listed:?}"
        );
        // The agent goes on with a helper that works.
        shop.with_settings(|_| {});
        assert_eq!(
            shop.backends.system_printers().list().await.unwrap().len(),
            1
        );
    }
}

/// What a helper that breaks during the hand-over does after it said so: 30
/// octets are the frame `{"answer":"handing-over"}`.
fn breaking_helper(then: &str) -> String {
    let helper = program::built("platen-spooler", "PLATEN_SPOOLER_BIN").unwrap();
    format!("'{}' \"$1\" | {{ head -c 30; {then}; }}", helper.display())
}

#[tokio::test]
async fn a_job_whose_hand_over_was_not_answered_is_found_and_followed() {
    for then in ["exit 3", "sleep 5"] {
        let shop = Shop::open_with_script(&breaking_helper(then));
        let printer = shop.scripted("stop-printer", "");
        // A job of another in the same queue is not mistaken for it.
        let file = shop.own.path().join("other");
        std::fs::write(&file, "other").unwrap();
        shop.cupsd
            .command("lp", &["-d", "till", "-o", "raw", file.to_str().unwrap()])
            .unwrap();
        let mut delivery = shop.print("till", "receipt");
        assert_eq!(delivery.taken().await, 2);
        assert_eq!(delivery.end().await, completed(7), "{}", shop.cupsd.log());
        assert_eq!(printer.printed().unwrap(), b"receipt");
        assert_eq!(shop.left_documents(), 0);
    }
}

#[tokio::test]
async fn a_hand_over_that_failed_without_a_job_printed_nothing() {
    let helper = program::built("platen-spooler", "PLATEN_SPOOLER_BIN").unwrap();
    // The helper asks a print service that is not there; the agent asks the one that is.
    let lost = format!("CUPS_SERVER=/nowhere exec '{}' \"$1\"", helper.display());
    let shop = Shop::open_with_script(&lost);
    shop.scripted("stop-printer", "");
    let outcome = shop.print("till", "receipt").end().await;
    assert!(
        matches!(
            outcome,
            Outcome::NotStarted {
                code: ErrorCode::SpoolerFailed,
                ..
            }
        ),
        "{outcome:?}"
    );
    assert_eq!(shop.left_documents(), 0);
}

#[tokio::test]
async fn a_job_held_in_the_print_service_waits_and_goes_on_when_released() {
    let shop = Shop::open();
    let printer = shop.scripted("stop-printer", "");
    shop.cupsd.command("cupsdisable", &["till"]).unwrap();
    let mut delivery = shop.print("till", "receipt");
    let job = format!("till-{}", delivery.taken().await);
    shop.cupsd
        .command("lp", &["-i", &job, "-H", "hold"])
        .unwrap();
    shop.cupsd.command("cupsenable", &["till"]).unwrap();
    delivery.stopped_for("other").await;
    assert_eq!(printer.printed(), None);
    shop.cupsd
        .command("lp", &["-i", &job, "-H", "resume"])
        .unwrap();
    assert_eq!(delivery.end().await, completed(7), "{}", shop.cupsd.log());
    assert_eq!(printer.printed().unwrap(), b"receipt");
}

#[tokio::test]
async fn a_job_is_told_from_another_of_the_same_name_by_its_id() {
    let shop = Shop::open();
    let printer = shop.scripted("stop-printer", WAIT_FOR_GO);
    let mut first = shop.print("till", "first");
    let first_job = first.taken().await;
    let mut second = shop.print("till", "second");
    let second_job = second.taken().await;
    assert_ne!(first_job, second_job);
    let second_job = format!("till-{second_job}");
    shop.cupsd.command("cancel", &[&second_job]).unwrap();
    let outcome = second.end().await;
    assert!(matches!(outcome, Outcome::Aborted { .. }), "{outcome:?}");
    printer.tell("go").unwrap();
    assert_eq!(first.end().await, completed(5));
    assert_eq!(printer.printed().unwrap(), b"first");
}

#[tokio::test]
async fn a_job_the_print_service_keeps_no_record_of_ends_as_its_events_said() {
    let cupsd = Cupsd::start_with(Policy::NoHistory).unwrap();
    let spooler = program::built("platen-spooler", "PLATEN_SPOOLER_BIN").unwrap();
    let shop = Shop::beside(cupsd, &spooler);
    let printer = shop.scripted("abort-job", WAIT_FOR_GO_OR_FAIL);
    // As the agent does all the time: only who listens before can hear of the end.
    let mut watching = shop.watch("till");
    watching.sees(&[]).await;
    let mut delivery = shop.print("till", "receipt");
    delivery.taken().await;
    printer.tell("go").unwrap();
    assert_eq!(delivery.end().await, completed(7), "{}", shop.cupsd.log());
    printer.untell("go").unwrap();
    let mut delivery = shop.print("till", "receipt");
    delivery.taken().await;
    printer.tell("fail").unwrap();
    let outcome = delivery.end().await;
    assert!(matches!(outcome, Outcome::Aborted { .. }), "{outcome:?}");
}

#[tokio::test]
async fn a_job_without_record_whose_end_nobody_heard_is_interrupted() {
    let cupsd = Cupsd::start_with(Policy::NoHistory).unwrap();
    let spooler = program::built("platen-spooler", "PLATEN_SPOOLER_BIN").unwrap();
    let mut shop = Shop::beside(cupsd, &spooler);
    let link = shop.own.path().join("cups.sock");
    symlink(shop.cupsd.socket(), &link).unwrap();
    shop.with_settings(|cups| cups.server = CupsServer::Socket(link.clone()));
    let printer = shop.scripted("stop-printer", WAIT_FOR_GO);
    let mut watching = shop.watch("till");
    watching.sees(&[]).await;
    let mut delivery = shop.print("till", "receipt");
    delivery.taken().await;
    // It restarts, and while nobody sees it the job is done and forgotten.
    std::fs::remove_file(&link).unwrap();
    shop.cupsd.stop().unwrap();
    delivery.stopped_for("spooler-unavailable").await;
    printer.tell("go").unwrap();
    shop.cupsd.start_again().unwrap();
    shop.cupsd.wait_until_done("till").unwrap();
    symlink(shop.cupsd.socket(), &link).unwrap();
    let outcome = delivery.end().await;
    assert!(
        matches!(
            outcome,
            Outcome::Interrupted {
                code: ErrorCode::SpoolerFailed,
                octets_sent: 7,
                ..
            }
        ),
        "{outcome:?}"
    );
}

#[tokio::test]
async fn a_queue_deleted_with_its_job_does_not_complete_it() {
    let shop = Shop::open();
    shop.scripted("stop-printer", WAIT_FOR_GO);
    let mut watching = shop.watch("till");
    watching.sees(&[]).await;
    let mut delivery = shop.print("till", "receipt");
    delivery.taken().await;
    shop.cupsd.command("lpadmin", &["-x", "till"]).unwrap();
    let outcome = delivery.end().await;
    assert!(
        matches!(
            outcome,
            Outcome::Aborted { .. } | Outcome::Interrupted { .. }
        ),
        "{outcome:?}"
    );
}
