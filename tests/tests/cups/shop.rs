//! A private print service with the backends under test beside it.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use platen_bridge::backend::cups::{CupsServer, CupsSettings, current_user};
use platen_bridge::backend::socket::SocketSettings;
use platen_bridge::backend::virtual_printer::VirtualSettings;
use platen_bridge::backend::{
    BackendSettings, Backends, DeviceQuestions, DeviceStatus, DeviceUri, Document, Outcome, Pace,
    PayloadSource, Report, Work,
};
use platen_bridge::claims::Claims;
use platen_bridge::clock::Clock;
use platen_protocol::{JobId, PrinterStateReason};
use platen_tests::cupsd::{Cupsd, ScriptedPrinter};
use platen_tests::program;
use tempfile::TempDir;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

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
pub(crate) struct Shop {
    pub(crate) cupsd: Cupsd,
    pub(crate) own: TempDir,
    pub(crate) backends: Backends,
}

/// A delivery on its way.
pub(crate) struct Delivery {
    pub(crate) reports: mpsc::Receiver<Report>,
    pub(crate) cancel: CancellationToken,
    outcome: JoinHandle<Outcome>,
}

impl Shop {
    pub(crate) fn open() -> Self {
        let spooler = program::built("platen-spooler", "PLATEN_SPOOLER_BIN").unwrap();
        Self::open_with(&spooler)
    }

    /// A shop whose `platen-spooler` is these lines of shell.
    pub(crate) fn open_with_script(script: &str) -> Self {
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

    pub(crate) fn open_with(spooler: &Path) -> Self {
        Self::beside(Cupsd::start().unwrap(), spooler)
    }

    pub(crate) fn beside(cupsd: Cupsd, spooler: &Path) -> Self {
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
    pub(crate) fn with_settings(&mut self, change: impl FnOnce(&mut CupsSettings)) {
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

    pub(crate) fn scripted(&self, error_policy: &str, script: &str) -> ScriptedPrinter {
        self.cupsd
            .add_scripted_queue("till", error_policy, script)
            .unwrap()
    }

    /// Starts to print on `queue`.
    pub(crate) fn print(&self, queue: &str, octets: impl Into<Bytes>) -> Delivery {
        let uri: DeviceUri = format!("cups:{queue}").parse().unwrap();
        let backend = self
            .backends
            .open(&uri, &DeviceQuestions::default())
            .unwrap();
        let (sender, reports) = mpsc::channel(256);
        let cancel = CancellationToken::new();
        let canceled = cancel.clone();
        let work = Work {
            job_id: JobId::from_random(1),
            name: "Receipt 1".into(),
            documents: vec![Document {
                format: "application/octet-stream".to_owned(),
                payload: Arc::new(InMemory(octets.into())),
            }],
            profile: Arc::default(),
        };
        let outcome = tokio::spawn(async move { backend.deliver(work, sender, canceled).await });
        Delivery {
            reports,
            cancel,
            outcome,
        }
    }

    /// Watches the printer of `queue`.
    pub(crate) fn watch(&self, queue: &str) -> Watching {
        let uri: DeviceUri = format!("cups:{queue}").parse().unwrap();
        let backend = self
            .backends
            .open(&uri, &DeviceQuestions::default())
            .unwrap();
        let (sender, seen) = mpsc::channel(256);
        let task = tokio::spawn(async move { backend.watch(Pace::Waiting, sender).await });
        Watching { seen, task }
    }

    /// No document stayed in the helper's folder.
    pub(crate) fn left_documents(&self) -> usize {
        std::fs::read_dir(self.own.path().join("documents"))
            .map(Iterator::count)
            .unwrap_or(0)
    }
}

impl Watching {
    /// Waits for a status with exactly these reasons.
    pub(crate) async fn sees(&mut self, expected: &[&str]) -> DeviceStatus {
        self.sees_until(expected).await.1
    }

    /// The same, when no other reason is to be seen before.
    pub(crate) async fn sees_nothing_until(&mut self, expected: &[&str]) {
        let (before, _) = self.sees_until(expected).await;
        assert!(
            before.iter().all(|status| status.reasons.is_empty()),
            "{before:?}"
        );
    }

    async fn sees_until(&mut self, expected: &[&str]) -> (Vec<DeviceStatus>, DeviceStatus) {
        let mut before = Vec::new();
        let found = async {
            loop {
                let status = self.seen.recv().await.unwrap();
                let reasons = status.reasons.iter().map(PrinterStateReason::as_str);
                if reasons.eq(expected.iter().copied()) {
                    return status;
                }
                before.push(status);
            }
        };
        match tokio::time::timeout(Duration::from_secs(30), found).await {
            Ok(status) => (before, status),
            Err(_) => panic!("{expected:?} was not seen, but {before:?}"),
        }
    }

    /// Waits until the print service is there again, however the printer is.
    pub(crate) async fn sees_the_service(&mut self) {
        while self.seen.recv().await.unwrap().reachable != Some(true) {}
    }
}

impl Drop for Watching {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Delivery {
    /// Waits for a stop with this reason.
    pub(crate) async fn stopped_for(&mut self, expected: &str) {
        while let Some(report) = self.reports.recv().await {
            if let Report::Device(status) = report
                && status.stops()
                && status
                    .reasons
                    .iter()
                    .any(|reason| reason.as_str() == expected)
            {
                return;
            }
        }
        panic!("the delivery ended without stopping for {expected}");
    }

    /// Waits until the print service has the job.
    pub(crate) async fn taken(&mut self) -> i32 {
        while let Some(report) = self.reports.recv().await {
            if let Report::SpoolerJob { id } = report {
                return id;
            }
        }
        panic!("the delivery ended before the print service had the job");
    }

    pub(crate) async fn end(self) -> Outcome {
        tokio::time::timeout(Duration::from_secs(60), self.outcome)
            .await
            .unwrap()
            .unwrap()
    }
}

/// A printer that is watched.
pub(crate) struct Watching {
    seen: mpsc::Receiver<DeviceStatus>,
    task: JoinHandle<()>,
}

fn backends(cups: CupsSettings, own: &Path) -> Backends {
    Backends::new(
        BackendSettings {
            virtual_printer: VirtualSettings::in_folder(PathBuf::from(own)),
            socket: SocketSettings::default(),
            cups,
        },
        Claims::new(Clock::system()),
    )
}
