//! Who may stay connected.
//!
//! Connections without an open session share a small waiting room. When it is
//! full, a newcomer takes the place of the one that has waited longest among
//! those that promise least: first those that have said nothing, then those
//! whose origin no grant names. So a flood pushes out its own connections,
//! and a site on its way to a session keeps its place. Open sessions are never
//! touched.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use platen_protocol::Origin;
use tokio_util::sync::CancellationToken;

use super::counts::EdgeCounts;
use crate::limits::Limits;
use crate::owner::User;

/// What a connection without a session promises, least first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Standing {
    /// It has not sent a request.
    Silent,
    /// It is a WebSocket of an origin that no grant names.
    Unknown,
    /// It is a WebSocket of an origin that a grant names.
    Granted,
}

/// The waiting room, and the count of everyone.
#[derive(Debug)]
pub(crate) struct Admission {
    connections_max: usize,
    waiting_max: usize,
    per_origin_max: usize,
    counts: Arc<EdgeCounts>,
    room: Mutex<Room>,
}

#[derive(Debug, Default)]
struct Room {
    next: u64,
    waiting: BTreeMap<u64, Waiting>,
    sessions: usize,
    per_origin: HashMap<Origin, usize>,
}

#[derive(Debug)]
struct Waiting {
    standing: Standing,
    evicted: CancellationToken,
}

/// A connection's place; gives it back when dropped.
#[derive(Debug)]
pub(crate) struct Admitted {
    admission: Arc<Admission>,
    place: u64,
    evicted: CancellationToken,
    origin: Option<Origin>,
    user: Option<User>,
    has_session: bool,
}

impl Admission {
    pub(crate) fn new(limits: &Limits, counts: Arc<EdgeCounts>) -> Arc<Self> {
        Arc::new(Self {
            connections_max: limits.connections_max,
            waiting_max: limits.connections_unauthorized_max,
            per_origin_max: limits.connections_per_origin_max,
            counts,
            room: Mutex::default(),
        })
    }

    /// A place for a new connection; `None` when there is none to give.
    pub(crate) fn admit(self: &Arc<Self>) -> Option<Admitted> {
        let mut room = self.room();
        let full = room.waiting.len() >= self.waiting_max
            || room.waiting.len() + room.sessions >= self.connections_max;
        if full && !room.evict() {
            self.counts.connection_refused();
            return None;
        }
        let place = room.next;
        room.next += 1;
        let evicted = CancellationToken::new();
        room.waiting.insert(
            place,
            Waiting {
                standing: Standing::Silent,
                evicted: evicted.clone(),
            },
        );
        drop(room);
        self.counts.connection_accepted();
        Some(Admitted {
            admission: Arc::clone(self),
            place,
            evicted,
            origin: None,
            user: None,
            has_session: false,
        })
    }

    fn room(&self) -> MutexGuard<'_, Room> {
        self.room.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Room {
    /// Ends the least promising, longest waiting connection.
    fn evict(&mut self) -> bool {
        let least = self
            .waiting
            .iter()
            .filter(|(_, waiting)| waiting.standing < Standing::Granted)
            .min_by_key(|(place, waiting)| (waiting.standing, **place))
            .map(|(place, _)| *place);
        let Some(waiting) = least.and_then(|place| self.waiting.remove(&place)) else {
            return false;
        };
        waiting.evicted.cancel();
        true
    }
}

impl Admitted {
    /// Canceled when the place is given to someone else.
    pub(crate) fn evicted(&self) -> &CancellationToken {
        &self.evicted
    }

    /// The connection is now a WebSocket of `origin`. `false` when that origin
    /// has too many.
    pub(crate) fn upgraded(&mut self, origin: Option<&Origin>, standing: Standing) -> bool {
        let mut room = self.admission.room();
        if let Some(waiting) = room.waiting.get_mut(&self.place) {
            waiting.standing = standing;
        }
        if let Some(origin) = origin {
            let connections = room.per_origin.entry(origin.clone()).or_default();
            if *connections >= self.admission.per_origin_max {
                return false;
            }
            *connections += 1;
            self.origin = Some(origin.clone());
        }
        true
    }

    /// The connection belongs to a program of this user.
    pub(crate) fn belongs_to(&mut self, user: Option<User>) {
        self.user = user;
    }

    /// The connection has an open session: it leaves the waiting room.
    pub(crate) fn session_opened(&mut self) {
        let mut room = self.admission.room();
        room.waiting.remove(&self.place);
        room.sessions += 1;
        drop(room);
        self.has_session = true;
        self.evicted = CancellationToken::new();
        self.admission.counts.session_opened(self.user.as_ref());
    }
}

impl Drop for Admitted {
    fn drop(&mut self) {
        let mut room = self.admission.room();
        room.waiting.remove(&self.place);
        if self.has_session {
            room.sessions -= 1;
            self.admission.counts.session_closed(self.user.as_ref());
        }
        if let Some(origin) = &self.origin
            && let Some(connections) = room.per_origin.get_mut(origin)
        {
            *connections -= 1;
            if *connections == 0 {
                room.per_origin.remove(origin);
            }
        }
        drop(room);
        self.admission.counts.connection_closed();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn admission(connections: usize, waiting: usize, per_origin: usize) -> Arc<Admission> {
        let limits = Limits {
            connections_max: connections,
            connections_unauthorized_max: waiting,
            connections_per_origin_max: per_origin,
            ..Limits::default()
        };
        Admission::new(&limits, Arc::default())
    }

    #[test]
    fn a_newcomer_takes_the_place_of_the_oldest_that_said_nothing() {
        let admission = admission(10, 3, 10);
        let mut asked = admission.admit().unwrap();
        assert!(asked.upgraded(None, Standing::Unknown));
        let silent = admission.admit().unwrap();
        let younger = admission.admit().unwrap();
        let newcomer = admission.admit().unwrap();
        assert!(silent.evicted().is_cancelled());
        for kept in [&asked, &younger, &newcomer] {
            assert!(!kept.evicted().is_cancelled());
        }
    }

    #[test]
    fn sites_on_their_way_to_a_session_keep_their_places() {
        let admission = admission(10, 2, 10);
        let mut granted: Vec<_> = (0..2).map(|_| admission.admit().unwrap()).collect();
        for place in &mut granted {
            assert!(place.upgraded(None, Standing::Granted));
        }
        assert!(admission.admit().is_none());
        granted[0].session_opened();
        assert!(admission.admit().is_some());
        assert!(!granted[1].evicted().is_cancelled());
    }

    #[test]
    fn open_sessions_fill_the_house_and_are_never_touched() {
        let admission = admission(2, 2, 10);
        let mut sessions: Vec<_> = (0..2).map(|_| admission.admit().unwrap()).collect();
        for session in &mut sessions {
            session.session_opened();
        }
        assert!(admission.admit().is_none());
        assert_eq!(admission.room().sessions, 2);
        sessions.pop();
        assert!(admission.admit().is_some());
        assert!(!sessions[0].evicted().is_cancelled());
    }

    #[test]
    fn one_origin_cannot_take_all_places() {
        let admission = admission(10, 10, 1);
        let origin: Origin = "https://pos.example".parse().unwrap();
        let mut first = admission.admit().unwrap();
        assert!(first.upgraded(Some(&origin), Standing::Granted));
        let mut second = admission.admit().unwrap();
        assert!(!second.upgraded(Some(&origin), Standing::Granted));
        drop((first, second));
        let mut third = admission.admit().unwrap();
        assert!(third.upgraded(Some(&origin), Standing::Granted));
        assert_eq!(admission.room().waiting.len(), 1);
    }
}
