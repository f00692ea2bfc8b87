//! Printing through a real print service: octets, outcomes, and what is known
//! when the service, a driver or `platen-spooler` fails.

// A helper of a test fails as the test does; clippy knows that only of the tests themselves.
#![allow(clippy::unwrap_used)]

use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use platen_bridge::backend::cups::{CupsServer, CupsSettings, DiscoveryError, current_user};
use platen_bridge::backend::socket::SocketSettings;
use platen_bridge::backend::virtual_printer::VirtualSettings;
use platen_bridge::backend::{
    BackendSettings, Backends, DeviceUri, Document, Outcome, PayloadSource, Report, Work,
};
use platen_protocol::{ErrorCode, Evidence, JobId, PrinterState};
use platen_tests::cupsd::{Cupsd, Policy, ScriptedPrinter};
use platen_tests::program;
use tempfile::TempDir;
use tokio::io::AsyncReadExt;
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// Waits until the printer's folder has a file `go`.
const WAIT_FOR_GO: &str = "while [ -d \"$folder\" ] && [ ! -e \"$folder/go\" ]; do sleep 0.02; done";
/// Out of paper until `go`.
const PAPER_OUT: &str = "echo 'STATE: +media-empty-error' >&2
while [ -d \"$folder\" ] && [ ! -e \"$folder/go\" ]; do sleep 0.02; done
echo 'STATE: -media-empty-error' >&2";

#[derive(Debug)]
struct InMemory(Bytes);

impl PayloadSource for InMemory {
    fn octets(&self) -> u64 {
        self.0.len() as u64
    }

    fn piece(&self, piece: u32) -> std::io::Result<Option<Bytes>> {
        Ok((piece == 0).then(|| self.0.clone()))
    }
}

/// A print service with the backends under test beside it.
struct Shop {
    cupsd: Cupsd,
    own: TempDir,
    backends: Backends,
}

/// A delivery on its way.
struct Delivery {
    reports: mpsc::Receiver<Report>,
    cancel: CancellationToken,
    outcome: JoinHandle<Outcome>,
}

impl Shop {
    fn open() -> Self {
        let spooler = program::built("platen-spooler", "PLATEN_SPOOLER_BIN").unwrap();
        Self::open_with(&spooler)
    }

    /// A shop whose `platen-spooler` is these lines of shell.
    fn open_with_script(script: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let program = folder.path().join("platen-spooler");
        let source = folder.path().join("source");
        std::fs::write(&source, format!("#!/bin/sh\n{script}\n")).unwrap();
        // By another process: what this one still has open for writing, it cannot run.
        let installed = std::process::Command::new("install")
            .args(["-m", "755"])
            .args([&source, &program])
            .status();
        assert!(installed.unwrap().success());
        let mut shop = Self::open_with(&program);
        shop.own = folder;
        shop
    }

    fn open_with(spooler: &Path) -> Self {
        Self::beside(Cupsd::start().unwrap(), spooler)
    }

    fn beside(cupsd: Cupsd, spooler: &Path) -> Self {
        let own = tempfile::tempdir().unwrap();
        let folder = own.path().join("documents");
        let cups = CupsSettings {
            server: CupsServer::Socket(cupsd.socket()),
            call_wait_ms_max: 3_000,
            answer_wait_ms_max: 2_000,
            contact_wait_ms_max: 10_000,
            poll_ms: 20,
            list_age_ms_max: 0,
            ..CupsSettings::new(current_user(), spooler.to_owned(), folder)
        };
        let backends = backends(cups, own.path());
        Self {
            cupsd,
            own,
            backends,
        }
    }

    /// The same print service, with other patience.
    fn with_settings(&mut self, change: impl FnOnce(&mut CupsSettings)) {
        let spooler = program::built("platen-spooler", "PLATEN_SPOOLER_BIN").unwrap();
        let folder = self.own.path().join("documents");
        let mut cups = CupsSettings {
            server: CupsServer::Socket(self.cupsd.socket()),
            poll_ms: 20,
            ..CupsSettings::new(current_user(), spooler, folder)
        };
        change(&mut cups);
        self.backends = backends(cups, self.own.path());
    }

    fn scripted(&self, error_policy: &str, script: &str) -> ScriptedPrinter {
        self.cupsd
            .add_scripted_queue("till", error_policy, script)
            .unwrap()
    }

    /// Starts to print on `queue`.
    fn print(&self, queue: &str, octets: impl Into<Bytes>) -> Delivery {
        let uri: DeviceUri = format!("cups:{queue}").parse().unwrap();
        let backend = self.backends.open(&uri).unwrap();
        let (sender, reports) = mpsc::channel(256);
        let cancel = CancellationToken::new();
        let canceled = cancel.clone();
        let work = Work {
            job_id: JobId::from_random(1),
            name: "Receipt 1".to_owned(),
            documents: vec![Document {
                format: "application/octet-stream".to_owned(),
                payload: Arc::new(InMemory(octets.into())),
            }],
        };
        let outcome = tokio::spawn(async move { backend.deliver(work, sender, canceled).await });
        Delivery {
            reports,
            cancel,
            outcome,
        }
    }

    /// No document stayed in the helper's folder.
    fn left_documents(&self) -> usize {
        std::fs::read_dir(self.own.path().join("documents"))
            .map(Iterator::count)
            .unwrap_or(0)
    }
}

impl Delivery {
    /// Waits for a stop with this reason.
    async fn stopped_for(&mut self, expected: &str) {
        while let Some(report) = self.reports.recv().await {
            if let Report::Stopped { reasons } = report
                && reasons.iter().any(|reason| reason.as_str() == expected)
            {
                return;
            }
        }
        panic!("the delivery ended without stopping for {expected}");
    }

    /// Waits until the print service has the job.
    async fn taken(&mut self) -> i32 {
        while let Some(report) = self.reports.recv().await {
            if let Report::SpoolerJob { id } = report {
                return id;
            }
        }
        panic!("the delivery ended before the print service had the job");
    }

    async fn end(self) -> Outcome {
        tokio::time::timeout(Duration::from_secs(60), self.outcome)
            .await
            .unwrap()
            .unwrap()
    }
}

fn backends(cups: CupsSettings, own: &Path) -> Backends {
    Backends::new(BackendSettings {
        virtual_printer: VirtualSettings::in_folder(PathBuf::from(own)),
        socket: SocketSettings::default(),
        cups,
    })
}

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
    delivery.stopped_for("media-empty-error").await;
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
