//! What is seen of a printer while nothing is printed on it.

use platen_protocol::{PrinterState, StatusSource};
use platen_tests::cupsd::{Cupsd, Policy};
use platen_tests::program;

use crate::shop::Shop;

/// Says what the file `say` holds, until there is a file `go`.
const SAY: &str = "while [ -d \"$folder\" ] && [ ! -e \"$folder/go\" ]; do
  [ -e \"$folder/say\" ] && mv \"$folder/say\" \"$folder/said\" && cat \"$folder/said\" >&2
  sleep 0.02
done";

/// Somebody else prints.
fn print(cupsd: &Cupsd, own: &std::path::Path, queue: &str) {
    let file = own.join("other");
    std::fs::write(&file, "other").unwrap();
    let file = file.to_str().unwrap();
    cupsd
        .command("lp", &["-d", queue, "-o", "raw", file])
        .unwrap();
}

#[tokio::test]
async fn what_a_driver_says_is_seen_in_the_agents_words() {
    let shop = Shop::open();
    let printer = shop.scripted("stop-printer", SAY);
    let mut watching = shop.watch("till");
    let ready = watching.sees(&[]).await;
    assert_eq!(ready.source, StatusSource::Ipp);
    assert_eq!(ready.reachable, Some(true));
    print(&shop.cupsd, shop.own.path(), "till");
    for (said, seen, stops) in [
        (
            "+media-empty-error,media-low-warning",
            &["media-empty", "media-low-warning"][..],
            true,
        ),
        ("-media-empty-error", &["media-low-warning"], false),
        (
            "+cover-open,com.example-blink",
            &[
                "media-low-warning",
                "cover-open",
                "com.example-blink-report",
            ],
            true,
        ),
        (
            "-media-low-warning,cover-open,com.example-blink",
            &[],
            false,
        ),
        ("+offline-report", &["offline"], true),
        ("-offline-report", &[], false),
    ] {
        printer.say("say", &format!("STATE: {said}\n")).unwrap();
        assert_eq!(watching.sees(seen).await.stops(), stops, "{said}");
    }
    printer.tell("go").unwrap();
    shop.cupsd.command("cupsdisable", &["till"]).unwrap();
    let disabled = watching.sees(&["paused"]).await;
    assert_eq!(disabled.state, Some(PrinterState::Stopped));
    shop.cupsd.command("cupsenable", &["till"]).unwrap();
    watching.sees(&[]).await;
}

#[tokio::test]
async fn jobs_of_others_are_no_news_of_the_printer() {
    let shop = Shop::open();
    shop.scripted("stop-printer", "echo 'STATE: +connecting-to-device' >&2\nsleep 0.01\necho 'STATE: -connecting-to-device' >&2");
    let mut watching = shop.watch("till");
    watching.sees(&[]).await;
    for _ in 0..3 {
        print(&shop.cupsd, shop.own.path(), "till");
    }
    shop.cupsd.wait_until_done("till").unwrap();
    // What came before this change would be seen before it.
    shop.cupsd.command("cupsdisable", &["till"]).unwrap();
    watching.sees_nothing_until(&["paused"]).await;
}

#[tokio::test]
async fn a_service_that_restarts_or_crashes_is_unavailable_and_then_seen_again() {
    let mut shop = Shop::open();
    shop.scripted("stop-printer", "");
    let mut watching = shop.watch("till");
    watching.sees(&[]).await;
    shop.cupsd.stop().unwrap();
    let gone = watching.sees(&["spooler-unavailable"]).await;
    assert_eq!(gone.reachable, Some(false));
    shop.cupsd.start_again().unwrap();
    watching.sees(&[]).await;
    // Changes are heard on the new subscription as well.
    shop.cupsd.command("cupsdisable", &["till"]).unwrap();
    watching.sees(&["paused"]).await;
    shop.cupsd.crash().unwrap();
    watching.sees(&["spooler-unavailable"]).await;
    shop.cupsd.start_again().unwrap();
    watching.sees_the_service().await;
}

#[tokio::test]
async fn a_service_that_hangs_is_unavailable() {
    let mut shop = Shop::open();
    shop.with_settings(|cups| cups.answer_wait_ms_max = 300);
    shop.scripted("stop-printer", "");
    let mut watching = shop.watch("till");
    watching.sees(&[]).await;
    shop.cupsd.freeze().unwrap();
    watching.sees(&["spooler-unavailable"]).await;
    shop.cupsd.thaw().unwrap();
    watching.sees(&[]).await;
}

#[tokio::test]
async fn a_queue_that_is_deleted_is_offline_and_seen_again_when_it_is_back() {
    let shop = Shop::open();
    shop.cupsd.add_raw_queue("till", 1).unwrap();
    let mut watching = shop.watch("till");
    let mut other = shop.watch("bar");
    watching.sees(&[]).await;
    other.sees(&["offline"]).await;
    shop.cupsd.command("lpadmin", &["-x", "till"]).unwrap();
    watching.sees(&["offline"]).await;
    shop.cupsd.add_raw_queue("till", 1).unwrap();
    watching.sees(&[]).await;
    shop.cupsd.add_raw_queue("bar", 1).unwrap();
    other.sees(&[]).await;
}

#[tokio::test]
async fn with_the_policy_cups_is_shipped_with_printers_are_heard_of() {
    let cupsd = Cupsd::start_with(Policy::Stock).unwrap();
    let spooler = program::built("platen-spooler", "PLATEN_SPOOLER_BIN").unwrap();
    let shop = Shop::beside(cupsd, &spooler);
    shop.scripted("stop-printer", "");
    let mut watching = shop.watch("till");
    watching.sees(&[]).await;
    shop.cupsd.command("cupsdisable", &["till"]).unwrap();
    watching.sees(&["paused"]).await;
    assert_eq!(shop.cupsd.asked("Create-Printer-Subscriptions"), 1);
}

#[tokio::test]
async fn a_service_that_grants_no_subscription_is_asked_instead() {
    let cupsd = Cupsd::start_with(Policy::NoSubscriptions).unwrap();
    let spooler = program::built("platen-spooler", "PLATEN_SPOOLER_BIN").unwrap();
    let shop = Shop::beside(cupsd, &spooler);
    let printer = shop.scripted("stop-printer", "");
    let mut watching = shop.watch("till");
    watching.sees(&[]).await;
    shop.cupsd.command("cupsdisable", &["till"]).unwrap();
    watching.sees(&["paused"]).await;
    let mut delivery = shop.print("till", "receipt");
    delivery.stopped_for("paused").await;
    shop.cupsd.command("cupsenable", &["till"]).unwrap();
    assert_eq!(delivery.end().await, crate::completed(7));
    assert_eq!(printer.printed().unwrap(), b"receipt");
}
