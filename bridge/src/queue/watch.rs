//! Watches a printer's device while no delivery runs.
//!
//! The task is started a moment after the last delivery, so that a busy
//! printer is not watched between two jobs, and is gone before the next one
//! begins: many devices take one connection.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::Instant;

use crate::backend::{Backend, DeviceStatus, Pace};

/// How long a printer has nothing to do before it is watched.
const QUIET: Duration = Duration::from_secs(2);
/// How long to wait after a watch that ended, or failed, by itself.
const AGAIN: Duration = Duration::from_secs(30);
/// Looks the listener may be behind; the watch waits then.
const LOOKS_MAX: usize = 4;

#[derive(Debug)]
enum Watching {
    Off,
    Due(Instant),
    On {
        looks: mpsc::Receiver<DeviceStatus>,
        task: JoinHandle<()>,
    },
}

/// The watch of one printer.
#[derive(Debug)]
pub(super) struct Watch {
    backend: Arc<dyn Backend>,
    pace: Option<Pace>,
    watching: Watching,
    /// Aborted, and not joined yet: it may still hold the device.
    ending: Option<JoinHandle<()>>,
}

impl Watch {
    pub(super) fn new(backend: Arc<dyn Backend>) -> Self {
        Self {
            backend,
            pace: None,
            watching: Watching::Off,
            ending: None,
        }
    }

    /// Watches at this pace from now on, or not at all.
    pub(super) fn keep(&mut self, pace: Option<Pace>) {
        if pace == self.pace {
            return;
        }
        self.pace = pace;
        let next = match pace {
            None => Watching::Off,
            // Who waits for paper is told of it at once.
            Some(Pace::Waiting) => Watching::Due(Instant::now()),
            Some(Pace::Idle) => Watching::Due(Instant::now() + QUIET),
        };
        if let Watching::On { task, .. } = std::mem::replace(&mut self.watching, next) {
            task.abort();
            self.ending = Some(task);
        }
    }

    /// The task that was ended by [`Self::keep`], for whoever needs the device
    /// next: once joined, it has let go.
    pub(super) fn ending(&mut self) -> Option<JoinHandle<()>> {
        self.ending.take()
    }

    /// What is seen next. Cancel safe: what was begun goes on.
    pub(super) async fn next(&mut self) -> DeviceStatus {
        loop {
            match (&mut self.watching, self.pace) {
                (Watching::Off, _) | (Watching::Due(_), None) => std::future::pending().await,
                (Watching::Due(at), Some(pace)) => {
                    tokio::time::sleep_until(*at).await;
                    let (seen, looks) = mpsc::channel(LOOKS_MAX);
                    let backend = Arc::clone(&self.backend);
                    let before = self.ending.take();
                    let task = tokio::spawn(async move {
                        join(before).await;
                        backend.watch(pace, seen).await;
                    });
                    self.watching = Watching::On { looks, task };
                }
                (Watching::On { looks, .. }, _) => {
                    if let Some(status) = looks.recv().await {
                        return status;
                    }
                    self.watching = Watching::Due(Instant::now() + AGAIN);
                }
            }
        }
    }
}

/// Waits until an aborted watch has let go of the device.
pub(super) async fn join(ending: Option<JoinHandle<()>>) {
    if let Some(ending) = ending {
        // Aborted, or panicked: either way it is gone.
        let _ = ending.await;
    }
}

#[cfg(test)]
mod tests {
    use platen_protocol::{Evidence, StatusSource};
    use tokio_util::sync::CancellationToken;

    use super::*;
    use crate::backend::{Answer, Outcome, Report, Work};

    /// Counts looks, and whether somebody holds it.
    #[derive(Debug, Default)]
    struct Held(std::sync::atomic::AtomicUsize);

    impl Backend for Held {
        fn deliver<'a>(
            &'a self,
            _: Work,
            _: mpsc::Sender<Report>,
            _: CancellationToken,
        ) -> Answer<'a, Outcome> {
            Box::pin(async { Outcome::Canceled { octets_sent: 0 } })
        }

        fn status(&self) -> Answer<'_, DeviceStatus> {
            self.0.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            Box::pin(async { DeviceStatus::ready(StatusSource::Agent) })
        }

        fn evidence(&self) -> Evidence {
            Evidence::Transport
        }
    }

    #[tokio::test(start_paused = true)]
    async fn an_idle_device_is_looked_at_seldom_and_a_waited_for_one_often_and_nobody_between_jobs()
    {
        let device = Arc::new(Held::default());
        let looks = || device.0.load(std::sync::atomic::Ordering::Relaxed);
        let mut watch = Watch::new(Arc::clone(&device) as Arc<dyn Backend>);
        let minute = Duration::from_secs(60);
        let listen = async |watch: &mut Watch, time: Duration| {
            let _ = tokio::time::timeout(time, async {
                loop {
                    watch.next().await;
                }
            })
            .await;
        };
        // A busy printer: a second between two jobs.
        for _ in 0..10 {
            watch.keep(Some(Pace::Idle));
            listen(&mut watch, Duration::from_secs(1)).await;
            watch.keep(None);
            assert!(watch.ending().is_none(), "none was started");
        }
        assert_eq!(looks(), 0);
        watch.keep(Some(Pace::Idle));
        listen(&mut watch, minute).await;
        let idle = looks();
        assert!((5..=7).contains(&idle), "{idle} in a minute");
        watch.keep(Some(Pace::Waiting));
        listen(&mut watch, minute).await;
        assert!(looks() - idle > 100);
        let seen = looks();
        watch.keep(None);
        let gone = watch.ending().expect("one was running");
        assert!(gone.await.unwrap_err().is_cancelled());
        listen(&mut watch, minute).await;
        assert_eq!(looks(), seen);
    }
}
