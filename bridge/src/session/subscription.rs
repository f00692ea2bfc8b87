//! A session's view of the event log: first what it missed, then what comes.

use std::collections::VecDeque;
use std::sync::Arc;

use platen_protocol::{Cursor, Topic};
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;

use crate::authorize::{Subject, needed_to_hear};
use crate::dispatch::{EventStream, LoggedEvent};
use crate::grant::Grant;

/// What a subscription has to tell.
#[derive(Debug)]
pub(super) enum News {
    /// Something happened.
    Event(Arc<LoggedEvent>),
    /// Something was missed after this cursor, because the session read too
    /// slowly.
    Missed(Cursor),
    /// The log is closed; nothing will come.
    Ended,
}

#[derive(Debug)]
pub(super) struct Subscription {
    topics: Vec<Topic>,
    replay: VecDeque<LoggedEvent>,
    /// Where the replay ends and the live part begins.
    start: Cursor,
    /// Up to here the session knows the log.
    known: Cursor,
    /// Part of what was missed cannot be replayed.
    is_broken: bool,
    live: Receiver<Arc<LoggedEvent>>,
}

impl Subscription {
    pub(super) fn new(topics: Vec<Topic>, after: Option<Cursor>, stream: EventStream) -> Self {
        let known = match after {
            Some(after) if !stream.resync => after,
            Some(_) | None => stream.cursor,
        };
        Self {
            topics,
            replay: stream.replay.into(),
            start: stream.cursor,
            known,
            is_broken: stream.resync,
            live: stream.live,
        }
    }

    /// After this cursor events will come.
    pub(super) fn cursor(&self) -> Cursor {
        self.known
    }

    /// Whether a grant lets its session hear of all that it is about.
    pub(super) fn is_allowed_by(&self, grant: &Grant) -> bool {
        let may_hear = |topic: &Topic| grant.capabilities.contains(&needed_to_hear(*topic));
        self.topics.iter().all(may_hear)
    }

    /// The next thing to tell `subject`. Cancel safe.
    pub(super) async fn next(&mut self, subject: &Subject) -> News {
        if std::mem::take(&mut self.is_broken) {
            return News::Missed(self.known);
        }
        if let Some(event) = self.replay.pop_front() {
            self.note(&event);
            return News::Event(Arc::new(event));
        }
        self.known = self.known.max(self.start);
        loop {
            match self.live.recv().await {
                Ok(event) => {
                    let is_new = self.note(&event);
                    if is_new && event.concerns(subject, &self.topics) {
                        return News::Event(event);
                    }
                }
                Err(RecvError::Lagged(_)) => return News::Missed(self.known),
                Err(RecvError::Closed) => return News::Ended,
            }
        }
    }

    /// Moves on to the event's place; `false` if the session was there before.
    fn note(&mut self, event: &LoggedEvent) -> bool {
        match event.cursor {
            Some(cursor) if cursor <= self.known => false,
            Some(cursor) => {
                self.known = cursor;
                true
            }
            None => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{progress, state_changed, subject};
    use tokio::sync::broadcast;

    fn logged(cursor: u64, origin: &str) -> LoggedEvent {
        LoggedEvent {
            cursor: Some(Cursor(cursor)),
            submitter: Some(origin.into()),
            event: state_changed(cursor),
        }
    }

    async fn cursors(subscription: &mut Subscription, count: usize) -> Vec<u64> {
        let subject = subject("https://pos.example");
        let mut seen = Vec::new();
        for _ in 0..count {
            match subscription.next(&subject).await {
                News::Event(event) => seen.push(event.cursor.map_or(0, |cursor| cursor.0)),
                other => panic!("{other:?} after {seen:?}"),
            }
        }
        seen
    }

    #[tokio::test]
    async fn each_event_of_ones_own_comes_once_whether_replayed_or_live() {
        let (log, live) = broadcast::channel(16);
        let ours = "https://pos.example";
        let stream = EventStream {
            replay: vec![logged(3, ours), logged(5, ours)],
            cursor: Cursor(6),
            resync: false,
            live,
        };
        let mut subscription = Subscription::new(vec![Topic::Jobs], Some(Cursor(2)), stream);
        assert_eq!(subscription.cursor(), Cursor(2));
        for event in [
            logged(4, "https://shop.example"),
            logged(5, ours),
            logged(7, "https://shop.example"),
            logged(8, ours),
        ] {
            log.send(Arc::new(event)).unwrap();
        }
        let moving = LoggedEvent {
            cursor: None,
            submitter: Some(ours.into()),
            event: progress(1, 10),
        };
        log.send(Arc::new(moving)).unwrap();
        assert_eq!(cursors(&mut subscription, 4).await, [3, 5, 8, 0]);
        drop(log);
        let end = subscription.next(&subject(ours)).await;
        assert!(matches!(end, News::Ended));
    }

    #[tokio::test]
    async fn who_falls_behind_is_told_from_where_to_read_again() {
        let (log, live) = broadcast::channel(2);
        let ours = "https://pos.example";
        let stream = EventStream {
            replay: Vec::new(),
            cursor: Cursor(1),
            resync: false,
            live,
        };
        let mut subscription = Subscription::new(vec![Topic::Jobs], None, stream);
        log.send(Arc::new(logged(2, ours))).unwrap();
        assert_eq!(cursors(&mut subscription, 1).await, [2]);
        for cursor in 3..=10 {
            log.send(Arc::new(logged(cursor, ours))).unwrap();
        }
        let missed = subscription.next(&subject(ours)).await;
        assert!(matches!(missed, News::Missed(Cursor(2))), "{missed:?}");
        assert_eq!(cursors(&mut subscription, 2).await, [9, 10]);
    }

    #[tokio::test]
    async fn what_cannot_be_replayed_is_said_first() {
        let (log, live) = broadcast::channel(2);
        let stream = EventStream {
            replay: Vec::new(),
            cursor: Cursor(9),
            resync: true,
            live,
        };
        let ours = "https://pos.example";
        let mut subscription = Subscription::new(vec![Topic::Jobs], Some(Cursor(1)), stream);
        assert_eq!(subscription.cursor(), Cursor(9));
        log.send(Arc::new(logged(10, ours))).unwrap();
        let missed = subscription.next(&subject(ours)).await;
        assert!(matches!(missed, News::Missed(Cursor(9))), "{missed:?}");
        assert_eq!(cursors(&mut subscription, 1).await, [10]);
    }
}
