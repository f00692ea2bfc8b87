//! A USB printer while no job runs on it.
//!
//! One that nobody waits for is given back, and only whether it is plugged in
//! is watched: to ask it would take it from the kernel's driver. One that jobs
//! wait for is claimed and asked, until it can print; the job then finds it
//! claimed.

use std::time::Duration;

use platen_protocol::{PrinterStateReason, StatusSource};
use tokio::sync::mpsc;
use tokio::time::timeout;

use super::line::UsbLine;
use super::{UsbPrinter, find, given_back};
use crate::backend::{DeviceStatus, Pace};

/// Between two looks at a printer that jobs wait for: somebody has just put
/// paper in, and watches it.
const WAITING_PAUSE: Duration = Duration::from_millis(250);
/// Between two words that it is not there: several are needed to be believed.
const AWAY_PAUSE: Duration = Duration::from_millis(300);
/// Between two words that nothing changed.
const IDLE_PAUSE: Duration = Duration::from_secs(10);
/// So many words that it is not there come soon after each other.
const AWAY_WORDS: u32 = 4;

impl UsbPrinter {
    pub(super) async fn keep_looking(&self, pace: Pace, seen: mpsc::Sender<DeviceStatus>) {
        match pace {
            Pace::Idle => self.watch_the_plug(&seen).await,
            Pace::Waiting => self.wait_for_it(&seen).await,
        }
    }

    async fn watch_the_plug(&self, seen: &mpsc::Sender<DeviceStatus>) {
        if let Some(line) = self.held.lock().await.take() {
            given_back(line).await;
        }
        let mut changes = self.bus.changes();
        let mut away_words = 0;
        let mut is_there = self.is_there();
        loop {
            let status = if is_there {
                away_words = 0;
                DeviceStatus::ready(StatusSource::Connection)
            } else {
                away_words += 1;
                self.raw.was_unreachable();
                away()
            };
            if seen.send(status).await.is_err() {
                return;
            }
            let pause = if is_there || away_words >= AWAY_WORDS {
                IDLE_PAUSE
            } else {
                AWAY_PAUSE
            };
            if let Ok(Ok(())) = timeout(pause, changes.changed()).await {
                is_there = self.is_there();
            }
        }
    }

    async fn wait_for_it(&self, seen: &mpsc::Sender<DeviceStatus>) {
        let mut changes = self.bus.changes();
        loop {
            let mut held = self.held.lock().await;
            let (status, line) = self.look(held.take()).await;
            *held = line;
            drop(held);
            let is_away = status.reachable == Some(false);
            if seen.send(status).await.is_err() {
                return;
            }
            let pause = if is_away { IDLE_PAUSE } else { WAITING_PAUSE };
            // Woken or not, it is looked at.
            timeout(pause, changes.changed()).await.ok();
        }
    }

    fn is_there(&self) -> bool {
        find::locate(&self.address).is_ok()
    }

    /// How it is; and the line over which it was asked.
    pub(super) async fn look(&self, held: Option<UsbLine>) -> (DeviceStatus, Option<UsbLine>) {
        let (mut line, port) = match self.claimed(held).await {
            Ok(claimed) => claimed,
            Err(detail) => {
                tracing::debug!(detail, "a USB printer is away");
                self.raw.was_unreachable();
                return (away(), None);
            }
        };
        if let Some(status) = port.filter(DeviceStatus::stops) {
            return (status, Some(line));
        }
        match self.raw.look(&mut line).await {
            Ok(status) => (status, Some(line)),
            Err(_) => {
                given_back(line).await;
                (away(), None)
            }
        }
    }
}

fn away() -> DeviceStatus {
    DeviceStatus::unreachable(PrinterStateReason::OFFLINE, StatusSource::Connection)
}
