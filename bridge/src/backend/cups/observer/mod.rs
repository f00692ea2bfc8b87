//! What happens in the print service, heard once for all queues.
//!
//! One task subscribes to all printers over a connection of its own, fetches
//! the events and keeps a [`View`] of each queue that somebody observes. It
//! starts with the first [`Observation`], sleeps while there is none and ends
//! with the service. A subscription belongs to one connection: when that
//! breaks the service may have restarted and count anew, so another is made and
//! everything is asked again. Where the service grants no subscription, its
//! printers are asked in turn.

mod task;
#[cfg(test)]
#[cfg(unix)]
mod tests;

use std::collections::{HashMap, VecDeque};
use std::future::pending;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use tokio::sync::{Notify, watch};
use tokio::task::JoinHandle;

use self::task::Task;
use super::attributes::{SpoolerJobState, SpoolerPrinter};
use super::events::Event;
use super::ipp::IppConnection;
use crate::backend::QueueName;

/// Jobs whose end is remembered, for each queue.
const ENDED_MAX: usize = 64;

/// How a queue's printer is, as far as is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Sight {
    /// As the service says.
    Printer(SpoolerPrinter),
    /// The service has no such queue.
    NoQueue,
    /// The service does not answer.
    NoService,
}

/// What is known of one queue.
#[derive(Debug, Default)]
pub(super) struct View {
    /// `None` before it was asked for.
    sight: Option<Sight>,
    /// Grows whenever events may have been missed, or ids may count anew.
    epoch: u64,
    /// Jobs that ended in this epoch, by the service's own ids.
    ended: VecDeque<(i32, SpoolerJobState)>,
}

impl View {
    fn take(&mut self, event: &Event) {
        if let Some((job, state)) = event.job
            && state.is_over()
        {
            self.ended.push_back((job, state));
            if self.ended.len() > ENDED_MAX {
                self.ended.pop_front();
            }
        }
    }
}

/// One who looks at a queue. What the observer learns wakes it.
#[derive(Debug)]
pub(super) struct Observation {
    seen: watch::Receiver<View>,
    /// The view's epoch when it began.
    epoch: u64,
    shared: Arc<Shared>,
    interest: Interest,
}

/// Why somebody looks at a queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Interest {
    /// To know how it is.
    Idle,
    /// Jobs wait for the printer to come back.
    Waiting,
    /// A job is in the service.
    OpenJob,
}

impl Observation {
    /// Resolves when the service said something about the queue or a job in it
    /// since the last time. Cancel safe.
    pub(super) async fn news(&mut self) {
        if self.seen.changed().await.is_err() {
            // The observer ends with the service, and nobody waits then.
            pending::<()>().await;
        }
    }

    /// Has the observer look at once, and often again.
    pub(super) fn hurry(&self) {
        self.shared.hurry.notify_one();
    }

    /// What the queue's printer is now, where that is known; news up to here
    /// are no longer news.
    pub(super) fn sight(&mut self) -> Option<Sight> {
        self.seen.borrow_and_update().sight.clone()
    }

    /// How a job ended, handed over since this began, that the service has
    /// forgotten meanwhile; `None` also when the service was out of sight.
    pub(super) fn end_of(&self, job: i32) -> Option<SpoolerJobState> {
        let view = self.seen.borrow();
        let mut ended = view.ended.iter().filter(|_| view.epoch == self.epoch);
        ended.find(|(id, _)| *id == job).map(|(_, state)| *state)
    }
}

impl Drop for Observation {
    fn drop(&mut self) {
        if let Some(count) = self.shared.count_of(self.interest) {
            count.fetch_sub(1, Ordering::Relaxed);
        }
    }
}

/// The observer of one print service.
#[derive(Debug)]
pub(super) struct Observer {
    shared: Arc<Shared>,
    task: OnceLock<JoinHandle<()>>,
}

/// What the task and those who look share.
#[derive(Debug)]
struct Shared {
    connection: IppConnection,
    /// Between two looks while a job is open.
    look_open: Duration,
    views: Mutex<HashMap<QueueName, watch::Sender<View>>>,
    open_jobs: AtomicUsize,
    waiting: AtomicUsize,
    /// Somebody new looks.
    hurry: Notify,
}

impl Observer {
    /// Over a connection of its own. Asks nothing until somebody observes.
    pub(super) fn new(connection: IppConnection, look_open: Duration) -> Self {
        Self {
            shared: Arc::new(Shared {
                connection,
                look_open,
                views: Mutex::default(),
                open_jobs: AtomicUsize::new(0),
                waiting: AtomicUsize::new(0),
                hurry: Notify::new(),
            }),
            task: OnceLock::new(),
        }
    }

    /// Observes a queue.
    pub(super) fn observe(&self, queue: &QueueName, interest: Interest) -> Observation {
        let shared = Arc::clone(&self.shared);
        let seen = shared
            .views()
            .entry(queue.clone())
            .or_insert_with(|| watch::Sender::new(View::default()))
            .subscribe();
        if let Some(count) = shared.count_of(interest) {
            count.fetch_add(1, Ordering::Relaxed);
        }
        shared.hurry.notify_one();
        let epoch = seen.borrow().epoch;
        self.task
            .get_or_init(|| tokio::spawn(Task::new(Arc::clone(&shared)).run()));
        Observation {
            seen,
            epoch,
            shared,
            interest,
        }
    }
}

impl Drop for Observer {
    fn drop(&mut self) {
        if let Some(task) = self.task.get() {
            task.abort();
        }
    }
}

impl Shared {
    fn views(&self) -> MutexGuard<'_, HashMap<QueueName, watch::Sender<View>>> {
        self.views.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn count_of(&self, interest: Interest) -> Option<&AtomicUsize> {
        match interest {
            Interest::Idle => None,
            Interest::Waiting => Some(&self.waiting),
            Interest::OpenJob => Some(&self.open_jobs),
        }
    }

    /// The queues that somebody looks at; the others are forgotten.
    fn observed(&self) -> Vec<QueueName> {
        let mut views = self.views();
        views.retain(|_, view| view.receiver_count() > 0);
        views.keys().cloned().collect()
    }

    /// Changes what is known of a queue; those who look are woken.
    fn tell(&self, queue: &QueueName, change: impl FnOnce(&mut View)) {
        self.tell_if(queue, |view| {
            change(view);
            true
        });
    }

    /// The same; those who look are woken when `change` says so.
    fn tell_if(&self, queue: &QueueName, change: impl FnOnce(&mut View) -> bool) {
        if let Some(view) = self.views().get(queue) {
            view.send_if_modified(change);
        }
    }
}
