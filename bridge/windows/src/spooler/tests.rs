//! With the spooler of the system the tests run on: wine's.

use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::test_queue;
use super::*;

/// wine loses its place in a list of printers that changes meanwhile.
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

/// A queue whose port is a file, removed with it.
struct Queue {
    name: String,
    folder: tempfile::TempDir,
    _alone: MutexGuard<'static, ()>,
}

impl Queue {
    fn new(name: &str) -> Self {
        let alone = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
        let folder = tempfile::tempdir().unwrap();
        let queue = Self {
            name: format!("Platen {name} {}", std::process::id()),
            folder,
            _alone: alone,
        };
        test_queue::add(&queue.name, &queue.port()).unwrap();
        queue
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join("paper")
    }

    /// The file as wine's ports name it: a path of the system wine runs on.
    fn port(&self) -> String {
        let windows = self.file();
        let path = windows.to_str().unwrap().replace('\\', "/");
        let path = path.strip_prefix("Z:").map(ToOwned::to_owned);
        path.unwrap_or_else(|| {
            let prefix = std::env::var("WINEPREFIX").unwrap();
            let inside = windows.to_str().unwrap().replace('\\', "/");
            format!("{prefix}/drive_c{}", inside.strip_prefix("C:").unwrap())
        })
    }

    fn printer(&self) -> Printer {
        Printer::open(&self.name).unwrap()
    }
}

impl Drop for Queue {
    fn drop(&mut self) {
        let _ = test_queue::remove(&self.name);
    }
}

#[test]
fn the_list_tells_name_port_driver_and_condition() {
    let queue = Queue::new("list");
    let listed = list().unwrap();
    let found = listed.iter().find(|found| found.name == queue.name);
    let found = found.unwrap_or_else(|| panic!("{listed:?}"));
    assert_eq!(found.port, queue.port());
    assert_eq!(found.driver, "Platen Test Driver");
    assert_eq!(found.condition, Some(queue.printer().condition().unwrap()));
}

#[test]
fn the_very_octets_arrive_however_they_are_cut() {
    let queue = Queue::new("octets");
    let printer = queue.printer();
    let octets: Vec<u8> = (0..=255).cycle().take(300_001).collect();
    let mut document = Document::begin(&printer, "receipt").unwrap();
    for piece in octets.chunks(65_537) {
        document.write(piece).unwrap();
    }
    let job = document.job();
    assert_eq!(document.finish().unwrap(), job);
    assert_eq!(std::fs::read(queue.file()).unwrap(), octets);
    assert_eq!(printer.job(job).unwrap(), None);
}

/// Taking a job back is not tested: wine's spooler says yes and keeps it.
#[test]
fn a_job_is_in_the_list_while_it_is_written_and_gone_when_it_is_printed() {
    let queue = Queue::new("job");
    let printer = queue.printer();
    let mut document = Document::begin(&printer, "Bon 7 (Platen 0a1b)").unwrap();
    document.write(b"a receipt").unwrap();
    let other = queue.printer();
    let listed = other.job(document.job()).unwrap().unwrap();
    assert_eq!(listed.id, document.job());
    assert_eq!(listed.document, "Bon 7 (Platen 0a1b)");
    assert!(!queue.file().exists());
    let job = document.finish().unwrap();
    assert_eq!(other.job(job).unwrap(), None);
    assert_eq!(std::fs::read(queue.file()).unwrap(), b"a receipt");
}

#[test]
fn a_printer_that_is_not_there_and_a_name_that_is_more_than_a_name_open_nothing() {
    let queue = Queue::new("names");
    let job = format!("{},Job 1", queue.name);
    for name in ["", "No such printer", &job, ",XcvMonitor Local Port"] {
        let refused = Printer::open(name).unwrap_err();
        assert!(refused.is_unknown_printer(), "{name}: {refused:?}");
    }
}

#[test]
fn listening_tells_of_nothing_when_nothing_happens_or_says_that_it_cannot() {
    let queue = Queue::new("watch");
    match Watch::begin(queue.printer()) {
        Ok(watch) => {
            let heard = watch.wait(Duration::from_millis(50)).unwrap();
            assert_eq!(heard, Changes::default());
        }
        Err(error) => assert_eq!(error.call, "FindFirstPrinterChangeNotification"),
    }
}
