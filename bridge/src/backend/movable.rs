//! A device that may turn up at another address.
//!
//! What runs keeps the device it began with; what starts later meets the new
//! one. While a delivery runs, nothing moves.

use std::sync::{Arc, Mutex, PoisonError};

use platen_protocol::Evidence;
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;

use super::{
    Abilities, Answer, Backend, DeviceStatus, DeviceUri, Equipment, Outcome, Pace, Report, Work,
};

/// A job is on its way to the device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a job is under way")]
pub struct UnderWay;

/// A backend whose device can be moved.
#[derive(Debug)]
pub struct Movable {
    device: watch::Sender<Arc<dyn Backend>>,
    /// Deliveries that run. A move holds it.
    deliveries: Arc<Mutex<usize>>,
}

impl Movable {
    /// With the device where it is now.
    #[must_use]
    pub fn new(device: Arc<dyn Backend>) -> Self {
        Self {
            device: watch::Sender::new(device),
            deliveries: Arc::default(),
        }
    }

    /// The same device is there now. It can do what it could before.
    ///
    /// # Errors
    /// When a delivery runs; nothing has moved then.
    pub fn move_to(&self, device: Arc<dyn Backend>) -> Result<(), UnderWay> {
        let deliveries = self
            .deliveries
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if *deliveries > 0 {
            return Err(UnderWay);
        }
        if let Some(proven) = self.device().proven() {
            device.recall(proven);
        }
        self.device.send_replace(device);
        Ok(())
    }

    fn device(&self) -> Arc<dyn Backend> {
        Arc::clone(&self.device.borrow())
    }

    /// The device, which does not move until the delivery is dropped.
    fn begin(&self) -> (Arc<dyn Backend>, Delivery) {
        let mut deliveries = self
            .deliveries
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        *deliveries += 1;
        (self.device(), Delivery(Arc::clone(&self.deliveries)))
    }
}

/// Counts as long as it lives.
struct Delivery(Arc<Mutex<usize>>);

impl Drop for Delivery {
    fn drop(&mut self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) -= 1;
    }
}

impl Backend for Movable {
    fn deliver<'a>(
        &'a self,
        work: Work,
        reports: mpsc::Sender<Report>,
        cancel: CancellationToken,
    ) -> Answer<'a, Outcome> {
        Box::pin(async move {
            let (device, _delivery) = self.begin();
            device.deliver(work, reports, cancel).await
        })
    }

    fn status(&self) -> Answer<'_, DeviceStatus> {
        Box::pin(async move { self.device().status().await })
    }

    fn watch<'a>(&'a self, pace: Pace, seen: mpsc::Sender<DeviceStatus>) -> Answer<'a, ()> {
        Box::pin(async move {
            let mut moves = self.device.subscribe();
            loop {
                let device = Arc::clone(&moves.borrow_and_update());
                tokio::select! {
                    () = device.watch(pace, seen.clone()) => return,
                    Ok(()) = moves.changed() => {}
                }
            }
        })
    }

    fn direct(&self) -> Answer<'_, Option<DeviceUri>> {
        Box::pin(async move { self.device().direct().await })
    }

    fn equipment(&self) -> Answer<'_, Option<Equipment>> {
        Box::pin(async move { self.device().equipment().await })
    }

    fn proven(&self) -> Option<Abilities> {
        self.device().proven()
    }

    fn recall(&self, proven: Abilities) {
        self.device().recall(proven);
    }

    fn evidence(&self) -> Evidence {
        self.device().evidence()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use platen_protocol::StatusSource;
    use tokio::sync::Notify;

    use super::*;

    /// Delivers when it is told to, and counts looks.
    #[derive(Debug, Default)]
    struct Device {
        delivered: Notify,
        looks: AtomicUsize,
    }

    impl Backend for Device {
        fn deliver<'a>(
            &'a self,
            _: Work,
            _: mpsc::Sender<Report>,
            _: CancellationToken,
        ) -> Answer<'a, Outcome> {
            Box::pin(async {
                self.delivered.notified().await;
                Outcome::Canceled { octets_sent: 0 }
            })
        }

        fn status(&self) -> Answer<'_, DeviceStatus> {
            self.looks.fetch_add(1, Ordering::Relaxed);
            Box::pin(std::future::ready(DeviceStatus::ready(StatusSource::Agent)))
        }

        fn evidence(&self) -> Evidence {
            Evidence::Transport
        }
    }

    fn work() -> Work {
        Work {
            job_id: "j1".parse().unwrap(),
            name: "a".into(),
            documents: Vec::new(),
            profile: Arc::default(),
        }
    }

    #[tokio::test]
    async fn nothing_moves_while_a_job_is_under_way() {
        let (old, new) = (Arc::new(Device::default()), Arc::new(Device::default()));
        let movable = Arc::new(Movable::new(Arc::clone(&old) as Arc<dyn Backend>));
        let runs = {
            let movable = Arc::clone(&movable);
            tokio::spawn(async move {
                let reports = mpsc::channel(1).0;
                movable
                    .deliver(work(), reports, CancellationToken::new())
                    .await
            })
        };
        while *movable.deliveries.lock().unwrap() == 0 {
            tokio::task::yield_now().await;
        }
        assert_eq!(
            movable.move_to(Arc::clone(&new) as Arc<dyn Backend>),
            Err(UnderWay)
        );
        old.delivered.notify_one();
        runs.await.unwrap();
        assert_eq!(
            movable.move_to(Arc::clone(&new) as Arc<dyn Backend>),
            Ok(())
        );
        movable.status().await;
        assert_eq!(new.looks.load(Ordering::Relaxed), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn a_watch_goes_on_at_the_new_address() {
        let (old, new) = (Arc::new(Device::default()), Arc::new(Device::default()));
        let movable = Arc::new(Movable::new(Arc::clone(&old) as Arc<dyn Backend>));
        let (seen, mut looks) = mpsc::channel(1);
        let watching = {
            let movable = Arc::clone(&movable);
            tokio::spawn(async move { movable.watch(Pace::Idle, seen).await })
        };
        looks.recv().await.unwrap();
        let before = old.looks.load(Ordering::Relaxed);
        movable
            .move_to(Arc::clone(&new) as Arc<dyn Backend>)
            .unwrap();
        looks.recv().await.unwrap();
        looks.recv().await.unwrap();
        assert!(new.looks.load(Ordering::Relaxed) > 0);
        assert!(old.looks.load(Ordering::Relaxed) <= before + 1);
        watching.abort();
    }
}
