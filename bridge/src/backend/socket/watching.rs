//! A printer while no job runs on it.
//!
//! One that answers is looked at over short connections, so that other hosts
//! get in between (most printers serve one at a time), and often enough that a
//! page hears of paper out within a second. One that does not answer is left
//! in peace until jobs wait for it. A look that meets silence is no news:
//! another host may be talking to the printer.

use std::time::Duration;

use platen_protocol::{PrinterStateReason, StatusSource};
use tokio::sync::mpsc;
use tokio::time::sleep;

use super::SocketPrinter;
use super::line::TcpLine;
use crate::backend::{DeviceStatus, Pace};

/// Between two looks at a printer that jobs wait for: somebody has just put
/// paper in, and watches it.
const WAITING_PAUSE: Duration = Duration::from_millis(250);
/// After a look that met nobody: some printers refuse other hosts while they
/// print, which is over when the next look comes.
const AWAY_PAUSE: Duration = Duration::from_secs(3);

impl SocketPrinter {
    pub(super) async fn keep_looking(&self, pace: Pace, seen: mpsc::Sender<DeviceStatus>) {
        let pause = match pace {
            Pace::Waiting => WAITING_PAUSE,
            Pace::Idle
                if self.raw.settings().questions.watch_ms > 0 && self.raw.asks_unprompted() =>
            {
                Duration::from_millis(self.raw.settings().questions.watch_ms)
            }
            // Nothing to see: only a job, which ends this watch, changes that.
            Pace::Idle => return seen.closed().await,
        };
        loop {
            let status = self.look().await;
            let is_news = pace == Pace::Waiting || status.source == StatusSource::EscPos;
            let is_away = status.reachable == Some(false);
            if (is_news || is_away) && seen.send(status).await.is_err() {
                return;
            }
            sleep(match pace {
                Pace::Idle if is_away => AWAY_PAUSE.max(pause),
                Pace::Idle | Pace::Waiting => pause,
            })
            .await;
        }
    }

    /// How the printer is, over a connection of its own.
    pub(super) async fn look(&self) -> DeviceStatus {
        let away =
            || DeviceStatus::unreachable(PrinterStateReason::OFFLINE, StatusSource::Connection);
        let Ok(stream) = self.connect().await else {
            self.raw.was_unreachable();
            return away();
        };
        let mut line = TcpLine::new(stream);
        self.raw.look(&mut line).await.unwrap_or_else(|_| away())
    }
}
