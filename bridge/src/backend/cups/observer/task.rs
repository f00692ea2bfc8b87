//! The task behind all observations: subscribe, fetch, renew, begin anew.
//!
//! Started by [`Observer::observe`](super::Observer::observe), ended with the
//! observer; owns the subscription. Events say where something happened and
//! how jobs ended; how a printer is, is asked for.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::{Shared, Sight};
use crate::backend::QueueName;
use crate::backend::cups::events::Event;
use crate::backend::cups::ipp::IppError;

/// What an agent that crashed leaves behind ends this soon.
const LEASE_SECONDS: i32 = 120;
/// Well before the lease ends, busy machines included.
const RENEW_AFTER: Duration = Duration::from_secs(50);
/// However sure we are to hear of everything, printers are asked this often.
const ASK_AFTER: Duration = Duration::from_secs(60);
/// A service that grants no subscription is asked for one again after this.
const SUBSCRIBE_AFTER: Duration = Duration::from_secs(60);
/// A service that loses a subscription sooner than this is asked instead: what
/// it lost may be in the way of others until its lease ends.
const SUBSCRIPTION_MIN: Duration = Duration::from_secs(5);
/// Between two looks while no job is open and nobody waits.
const LOOK_IDLE: Duration = Duration::from_secs(1);
/// Between two looks while jobs wait for a printer.
const LOOK_WAITING: Duration = Duration::from_millis(250);
/// The first look for an open job comes this soon: a receipt through CUPS takes 15 ms.
const LOOK_FIRST: Duration = Duration::from_millis(10);
/// A subscription, good on one connection.
#[derive(Debug)]
struct Subscription {
    id: i32,
    /// The number of the next event.
    next: i32,
    /// See [`IppConnection::opened`].
    connection: u64,
    made_at: Instant,
    renewed_at: Instant,
}

impl Subscription {
    /// What to do once it is lost.
    fn after_it(&self) -> Hearing {
        if self.made_at.elapsed() < SUBSCRIPTION_MIN {
            Hearing::Asking(Instant::now())
        } else {
            Hearing::Lost
        }
    }

    /// Counts the events on. Whether some were missed: a service keeps only so
    /// many of them.
    fn advance(&mut self, events: &[Event]) -> bool {
        let mut missed = false;
        for event in events {
            missed |= event.sequence != self.next;
            self.next = event.sequence.saturating_add(1);
        }
        missed
    }
}

/// How the service is heard.
#[derive(Debug)]
enum Hearing {
    /// Not at all yet, or not any more.
    Lost,
    /// By its events.
    Subscribed(Subscription),
    /// It grants no subscription: by asking, since then.
    Asking(Instant),
}

/// The observer's task.
pub(super) struct Task {
    shared: Arc<Shared>,
    hearing: Hearing,
    /// When all printers were last asked.
    asked_at: Option<Instant>,
    /// Grows from look to look while a job is open.
    look: Duration,
}

impl Task {
    pub(super) fn new(shared: Arc<Shared>) -> Self {
        Self {
            shared,
            hearing: Hearing::Lost,
            asked_at: None,
            look: LOOK_FIRST,
        }
    }

    pub(super) async fn run(mut self) {
        loop {
            let queues = self.shared.observed();
            if queues.is_empty() {
                self.shared.hurry.notified().await;
                continue;
            }
            if let Err(error) = self.look(&queues).await {
                self.lose_sight(&queues, &error);
            }
            self.rest().await;
        }
    }

    /// Until the next look.
    async fn rest(&mut self) {
        let wait = if self.shared.open_jobs.load(Ordering::Relaxed) > 0 {
            let wait = self.look.min(self.shared.look_open);
            self.look = (self.look * 2).min(self.shared.look_open);
            wait
        } else if self.shared.waiting.load(Ordering::Relaxed) > 0 {
            LOOK_WAITING
        } else {
            LOOK_IDLE
        };
        tokio::select! {
            () = sleep(wait) => {}
            () = self.shared.hurry.notified() => self.look = LOOK_FIRST,
        }
    }

    /// Brings every view up to now.
    async fn look(&mut self, queues: &[QueueName]) -> Result<(), IppError> {
        match &self.hearing {
            Hearing::Lost => self.make_contact(queues).await,
            Hearing::Asking(since) if since.elapsed() >= SUBSCRIBE_AFTER => {
                self.make_contact(queues).await
            }
            Hearing::Asking(_) => self.ask_all(queues).await,
            Hearing::Subscribed(_) => self.listen(queues).await,
        }
    }

    /// Begins anew: with a subscription if one is due, then by asking for
    /// everything, so that nothing is missed between.
    async fn make_contact(&mut self, queues: &[QueueName]) -> Result<(), IppError> {
        self.begin_epoch(queues);
        let is_due = match &self.hearing {
            Hearing::Lost | Hearing::Subscribed(_) => true,
            Hearing::Asking(since) => since.elapsed() >= SUBSCRIBE_AFTER,
        };
        if is_due {
            self.subscribe().await?;
        }
        self.ask_all(queues).await
    }

    /// Subscribes, where the service grants it.
    async fn subscribe(&mut self) -> Result<(), IppError> {
        let connection = &self.shared.connection;
        match connection.subscribe(LEASE_SECONDS).await {
            Ok(id) => {
                tracing::debug!(id, "subscribed to the print service's events");
                let now = Instant::now();
                self.hearing = Hearing::Subscribed(Subscription {
                    id,
                    next: 1,
                    connection: connection.opened(),
                    made_at: now,
                    renewed_at: now,
                });
            }
            Err(error @ (IppError::Unreachable { .. } | IppError::Malformed { .. })) => {
                return Err(error);
            }
            Err(error @ (IppError::Refused { .. } | IppError::NotFound)) => {
                if !matches!(self.hearing, Hearing::Asking(_)) {
                    tracing::info!(%error, "the print service grants no subscription; its printers are asked in turn");
                }
                self.hearing = Hearing::Asking(Instant::now());
            }
        }
        Ok(())
    }

    /// Fetches the events and renews the subscription when it is time.
    async fn listen(&mut self, queues: &[QueueName]) -> Result<(), IppError> {
        let Hearing::Subscribed(subscription) = &mut self.hearing else {
            return Ok(());
        };
        let connection = &self.shared.connection;
        let mut heard = connection.events(subscription.id, subscription.next).await;
        if heard.is_ok() && subscription.renewed_at.elapsed() >= RENEW_AFTER {
            let renewed = connection.renew(subscription.id, LEASE_SECONDS).await;
            subscription.renewed_at = Instant::now();
            heard = heard.and_then(|events| renewed.map(|()| events));
        }
        let same_connection = subscription.connection == connection.opened();
        let events = match heard {
            Ok(events) if same_connection => events,
            Err(error @ (IppError::Unreachable { .. } | IppError::Malformed { .. })) => {
                return Err(error);
            }
            // Restarted, or forgotten: the service counts anew.
            Ok(_) | Err(IppError::NotFound | IppError::Refused { .. }) => {
                self.hearing = subscription.after_it();
                return self.make_contact(queues).await;
            }
        };
        let missed = subscription.advance(&events);
        let unclear = self.take(queues, &events);
        let asked_at = self.asked_at;
        if missed || asked_at.is_none_or(|asked_at| asked_at.elapsed() >= ASK_AFTER) {
            return self.ask_all(queues).await;
        }
        for queue in unclear {
            self.ask(queue).await?;
        }
        Ok(())
    }

    /// Keeps the ends of jobs. The queues to be asked about: where something
    /// happened, and those that were never asked about.
    fn take<'a>(&self, queues: &'a [QueueName], events: &[Event]) -> Vec<&'a QueueName> {
        let mut unclear = Vec::new();
        for queue in queues {
            // As CUPS compares names.
            let is_own = |event: &&Event| event.queue.eq_ignore_ascii_case(queue.as_str());
            let own: Vec<_> = events.iter().filter(is_own).collect();
            self.shared.tell_if(queue, |view| {
                own.iter().for_each(|event| view.take(event));
                if !own.is_empty() || view.sight.is_none() {
                    unclear.push(queue);
                }
                // Told when it has been asked about.
                false
            });
        }
        unclear
    }

    async fn ask_all(&mut self, queues: &[QueueName]) -> Result<(), IppError> {
        for queue in queues {
            self.ask(queue).await?;
        }
        self.asked_at = Some(Instant::now());
        Ok(())
    }

    /// Asks how a queue's printer is.
    async fn ask(&self, queue: &QueueName) -> Result<(), IppError> {
        let sight = match self.shared.connection.printer(queue).await {
            Ok(printer) => Sight::Printer(printer),
            Err(IppError::NotFound | IppError::Refused { .. }) => Sight::NoQueue,
            Err(error @ (IppError::Unreachable { .. } | IppError::Malformed { .. })) => {
                return Err(error);
            }
        };
        self.shared.tell(queue, |view| view.sight = Some(sight));
        Ok(())
    }

    /// The service does not answer.
    fn lose_sight(&mut self, queues: &[QueueName], error: &IppError) {
        self.hearing = match &self.hearing {
            Hearing::Subscribed(subscription) => {
                tracing::info!(%error, "the print service is out of sight");
                subscription.after_it()
            }
            Hearing::Lost => Hearing::Lost,
            Hearing::Asking(since) => Hearing::Asking(*since),
        };
        self.begin_epoch(queues);
        for queue in queues {
            self.shared
                .tell(queue, |view| view.sight = Some(Sight::NoService));
        }
    }

    fn begin_epoch(&self, queues: &[QueueName]) {
        for queue in queues {
            self.shared.tell(queue, |view| {
                view.epoch += 1;
                view.ended.clear();
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gap_in_the_numbers_is_noticed() {
        let event = |sequence| Event {
            sequence,
            queue: String::new(),
            job: None,
        };
        let now = Instant::now();
        let mut subscription = Subscription {
            id: 1,
            next: 1,
            connection: 1,
            made_at: now,
            renewed_at: now,
        };
        assert!(!subscription.advance(&[]));
        assert!(!subscription.advance(&[event(1), event(2)]));
        assert!(subscription.advance(&[event(4)]));
        assert!(!subscription.advance(&[event(5)]));
        assert!(subscription.advance(&[event(i32::MAX)]));
        assert_eq!(subscription.next, i32::MAX);
    }
}
