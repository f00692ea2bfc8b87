//! What waits for one client to read it. Bounded: a slow page slows itself.
//!
//! Answers always fit, because nothing more is read from a client whose outbox
//! has no room for another answer. Events are only taken from the log while
//! the outbox is less than half full; progress of one job is one entry, and
//! the latest wins.

use std::collections::{HashMap, VecDeque};

use platen_protocol::JobId;
use tokio::time::Instant;

use crate::socket::{Message, Utf8Bytes};

/// Octets that may wait: a list of jobs is long, and many may be asked for.
const OCTETS_MAX: usize = 2 * 1024 * 1024;

/// The messages waiting for one client.
#[derive(Debug)]
pub(crate) struct Outbox {
    waiting: VecDeque<Entry>,
    progress: HashMap<JobId, String>,
    octets: usize,
    messages_max: usize,
    full_since: Option<Instant>,
}

#[derive(Debug)]
enum Entry {
    Text(String),
    /// The text is the latest in `progress`.
    Progress(JobId),
    Ping,
}

impl Outbox {
    pub(crate) fn new(messages_max: usize) -> Self {
        Self {
            waiting: VecDeque::new(),
            progress: HashMap::new(),
            octets: 0,
            messages_max,
            full_since: None,
        }
    }

    /// An answer or a durable event.
    pub(crate) fn push(&mut self, text: String) {
        self.octets += text.len();
        self.waiting.push_back(Entry::Text(text));
        self.note_fullness();
    }

    /// Progress of a job: replaces what still waits of the same job.
    pub(crate) fn push_progress(&mut self, job: JobId, text: String) {
        self.octets += text.len();
        match self.progress.insert(job.clone(), text) {
            Some(older) => self.octets -= older.len(),
            None => self.waiting.push_back(Entry::Progress(job)),
        }
        self.note_fullness();
    }

    /// A ping.
    pub(crate) fn push_ping(&mut self) {
        self.waiting.push_back(Entry::Ping);
    }

    /// The next message to write.
    pub(crate) fn pop(&mut self) -> Option<Message> {
        let text = match self.waiting.pop_front()? {
            Entry::Text(text) => text,
            Entry::Progress(job) => self.progress.remove(&job).unwrap_or_default(),
            Entry::Ping => return Some(Message::Ping(bytes::Bytes::new())),
        };
        self.octets -= text.len();
        self.note_fullness();
        Some(Message::Text(Utf8Bytes::from(text)))
    }

    /// Whether another call may be read, with `calls` answers still to come.
    pub(crate) fn has_room_for_answers(&self, calls: usize) -> bool {
        self.waiting.len() + calls < self.messages_max && self.octets < OCTETS_MAX
    }

    /// Whether an event may be taken from the log.
    pub(crate) fn has_room_for_events(&self) -> bool {
        !self.is_full()
    }

    /// Since when it has been full.
    pub(crate) fn full_since(&self) -> Option<Instant> {
        self.full_since
    }

    fn is_full(&self) -> bool {
        self.waiting.len() >= self.messages_max / 2 || self.octets >= OCTETS_MAX
    }

    fn note_fullness(&mut self) {
        match (self.is_full(), self.full_since) {
            (true, None) => self.full_since = Some(Instant::now()),
            (false, Some(_)) => self.full_since = None,
            (true, Some(_)) | (false, None) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(outbox: &mut Outbox) -> Vec<String> {
        std::iter::from_fn(|| outbox.pop())
            .map(|message| message.to_text().unwrap().to_owned())
            .collect()
    }

    fn job(n: u128) -> JobId {
        JobId::from_random(n)
    }

    #[test]
    fn the_latest_progress_of_a_job_takes_the_place_of_the_first() {
        let mut outbox = Outbox::new(10);
        outbox.push_progress(job(1), "a1".to_owned());
        outbox.push("x".to_owned());
        outbox.push_progress(job(2), "b1".to_owned());
        outbox.push_progress(job(1), "a2 longer".to_owned());
        assert_eq!(texts(&mut outbox), ["a2 longer", "x", "b1"]);
        assert_eq!(outbox.octets, 0);
        outbox.push_progress(job(1), "a3".to_owned());
        assert_eq!(texts(&mut outbox), ["a3"]);
    }

    #[tokio::test(start_paused = true)]
    async fn fullness_begins_at_half_and_ends_when_the_client_reads() {
        let mut outbox = Outbox::new(4);
        outbox.push("1".to_owned());
        assert!(outbox.has_room_for_events());
        assert_eq!(outbox.full_since(), None);
        outbox.push("2".to_owned());
        let since = outbox.full_since().unwrap();
        assert!(!outbox.has_room_for_events());
        assert!(outbox.has_room_for_answers(1));
        assert!(!outbox.has_room_for_answers(2));
        outbox.push("3".to_owned());
        assert_eq!(outbox.full_since(), Some(since));
        assert_eq!(texts(&mut outbox), ["1", "2", "3"]);
        assert_eq!(outbox.full_since(), None);
    }

    #[tokio::test]
    async fn few_but_long_messages_fill_it_too() {
        let mut outbox = Outbox::new(100);
        outbox.push("x".repeat(OCTETS_MAX));
        assert!(!outbox.has_room_for_answers(0));
        assert!(outbox.full_since().is_some());
    }
}
