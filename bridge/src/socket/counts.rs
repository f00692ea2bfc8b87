//! What the edge counts, for `/metrics` and `platen status`.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use platen_protocol::ErrorCode;

use crate::owner::User;

/// Counters of all connections; read by anyone at any time.
#[derive(Debug)]
pub struct EdgeCounts {
    connections_open: AtomicUsize,
    connections_accepted: AtomicU64,
    connections_refused: AtomicU64,
    sessions_open: AtomicUsize,
    sessions_opened: AtomicU64,
    /// By place in [`ErrorCode::ALL`].
    refusals: Vec<AtomicU64>,
    /// Whose the open sessions are; few.
    users: Mutex<Vec<(Option<User>, usize)>>,
}

impl Default for EdgeCounts {
    fn default() -> Self {
        Self {
            connections_open: AtomicUsize::new(0),
            connections_accepted: AtomicU64::new(0),
            connections_refused: AtomicU64::new(0),
            sessions_open: AtomicUsize::new(0),
            sessions_opened: AtomicU64::new(0),
            refusals: ErrorCode::ALL.iter().map(|_| AtomicU64::new(0)).collect(),
            users: Mutex::default(),
        }
    }
}

impl EdgeCounts {
    /// Connections to the browser ports now.
    #[must_use]
    pub fn connections_open(&self) -> usize {
        self.connections_open.load(Ordering::Relaxed)
    }

    /// Connections since the start.
    #[must_use]
    pub fn connections_accepted(&self) -> u64 {
        self.connections_accepted.load(Ordering::Relaxed)
    }

    /// Connections closed since the start because there were too many.
    #[must_use]
    pub fn connections_refused(&self) -> u64 {
        self.connections_refused.load(Ordering::Relaxed)
    }

    /// Open sessions now.
    #[must_use]
    pub fn sessions_open(&self) -> usize {
        self.sessions_open.load(Ordering::Relaxed)
    }

    /// Sessions opened since the start.
    #[must_use]
    pub fn sessions_opened(&self) -> u64 {
        self.sessions_opened.load(Ordering::Relaxed)
    }

    /// Errors answered since the start, by code; codes never answered are
    /// left out.
    #[must_use]
    pub fn refusals(&self) -> Vec<(ErrorCode, u64)> {
        let count = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        ErrorCode::ALL
            .iter()
            .copied()
            .zip(self.refusals.iter().map(count))
            .filter(|(_, count)| *count > 0)
            .collect()
    }

    pub(crate) fn refused(&self, code: ErrorCode) {
        if let Some(place) = ErrorCode::ALL.iter().position(|known| *known == code) {
            self.refusals[place].fetch_add(1, Ordering::Relaxed);
        }
    }

    pub(super) fn connection_refused(&self) {
        self.connections_refused.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn connection_accepted(&self) {
        self.connections_accepted.fetch_add(1, Ordering::Relaxed);
        self.connections_open.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn connection_closed(&self) {
        self.connections_open.fetch_sub(1, Ordering::Relaxed);
    }

    /// Whose the open sessions are.
    #[must_use]
    pub fn session_users(&self) -> Vec<(Option<User>, usize)> {
        self.users().clone()
    }

    fn users(&self) -> MutexGuard<'_, Vec<(Option<User>, usize)>> {
        self.users.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn session_opened(&self, user: Option<&User>) {
        let mut users = self.users();
        match users.iter_mut().find(|(known, _)| known.as_ref() == user) {
            Some((_, sessions)) => *sessions += 1,
            None => users.push((user.cloned(), 1)),
        }
        drop(users);
        self.sessions_opened.fetch_add(1, Ordering::Relaxed);
        self.sessions_open.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn session_closed(&self, user: Option<&User>) {
        self.users().retain_mut(|(known, sessions)| {
            *sessions -= usize::from(known.as_ref() == user);
            *sessions > 0
        });
        self.sessions_open.fetch_sub(1, Ordering::Relaxed);
    }
}
