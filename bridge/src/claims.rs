//! Who has which device of this machine, for as long as they have it.
//!
//! One [`Claims`] for the agent: a page's session claims what it opens, a
//! printer its device while it prints. A [`Claim`] ends when it is dropped, so
//! that nothing stays claimed by who is gone.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use platen_protocol::{Origin, TimestampMs};
use serde::{Deserialize, Serialize};

use crate::clock::Clock;

/// Who has a device.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Holder {
    /// A page's session.
    Session {
        /// The page's origin.
        origin: Origin,
        /// What the log calls the session.
        session_id: u64,
    },
    /// A printer of this agent, by its device URI.
    Printer(String),
}

impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Session { origin, .. } => write!(f, "a page of {origin}"),
            Self::Printer(uri) => write!(f, "the printer {uri}"),
        }
    }
}

/// A device that somebody has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Held {
    /// Which, as grants name it.
    pub device: String,
    /// Who has it.
    pub holder: Holder,
    /// Since when.
    pub since: TimestampMs,
}

/// Whether somebody else may have the device at the same time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sharing {
    /// Nobody.
    Alone,
    /// Everybody: what is at the other end tells them apart.
    Shared,
}

/// Who has what. Clones are about the same devices.
#[derive(Debug, Clone)]
pub struct Claims {
    clock: Clock,
    held: Arc<Mutex<Table>>,
}

#[derive(Debug, Default)]
struct Table {
    next: u64,
    /// With whether others may have it as well.
    held: BTreeMap<u64, (Held, Sharing)>,
}

/// A device that is claimed until this is dropped.
#[derive(Debug)]
pub struct Claim {
    number: u64,
    held: Arc<Mutex<Table>>,
}

impl Claims {
    /// Nothing is claimed. `clock` says since when something is.
    #[must_use]
    pub fn new(clock: Clock) -> Self {
        Self {
            clock,
            held: Arc::default(),
        }
    }

    /// Claims `device`, as grants name it.
    ///
    /// # Errors
    /// Who has it already.
    pub fn claim(&self, device: &str, holder: Holder, sharing: Sharing) -> Result<Claim, Holder> {
        let since = self.clock.now();
        let mut table = lock(&self.held);
        let others = table.held.values();
        let mut in_the_way = others.filter(|(held, theirs)| {
            held.device == device && (sharing == Sharing::Alone || *theirs == Sharing::Alone)
        });
        if let Some((held, _)) = in_the_way.next() {
            return Err(held.holder.clone());
        }
        let number = table.next;
        table.next += 1;
        let held = Held {
            device: device.to_owned(),
            holder,
            since,
        };
        table.held.insert(number, (held, sharing));
        Ok(Claim {
            number,
            held: Arc::clone(&self.held),
        })
    }

    /// What is claimed, the longest first.
    #[must_use]
    pub fn list(&self) -> Vec<Held> {
        let table = lock(&self.held);
        table.held.values().map(|(held, _)| held.clone()).collect()
    }
}

/// Claims on behalf of one holder.
#[derive(Debug, Clone)]
pub struct Claimant {
    claims: Claims,
    holder: Holder,
}

impl Claimant {
    /// For this holder.
    #[must_use]
    pub fn new(claims: Claims, holder: Holder) -> Self {
        Self { claims, holder }
    }

    /// Claims `device`, as grants name it.
    ///
    /// # Errors
    /// Who has it already.
    pub fn claim(&self, device: &str, sharing: Sharing) -> Result<Claim, Holder> {
        self.claims.claim(device, self.holder.clone(), sharing)
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        lock(&self.held).held.remove(&self.number);
    }
}

fn lock(held: &Mutex<Table>) -> MutexGuard<'_, Table> {
    held.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(session_id: u64) -> Holder {
        Holder::Session {
            origin: "https://pos.example".parse().unwrap(),
            session_id,
        }
    }

    #[test]
    fn a_device_has_one_holder_until_it_lets_go() {
        let claims = Claims::new(Clock::system());
        let scale = claims
            .claim("hid:0922:8003", page(1), Sharing::Alone)
            .unwrap();
        let refused = claims.claim("hid:0922:8003", page(2), Sharing::Alone);
        assert_eq!(refused.unwrap_err(), page(1));
        let refused = claims.claim("hid:0922:8003", page(2), Sharing::Shared);
        assert!(refused.is_err());
        let _port = claims
            .claim("serial:COM3", page(2), Sharing::Alone)
            .unwrap();
        let held = claims.list();
        let devices: Vec<_> = held.iter().map(|held| held.device.as_str()).collect();
        assert_eq!(devices, ["hid:0922:8003", "serial:COM3"]);
        drop(scale);
        let printer = Holder::Printer("usb://0922:8003".to_owned());
        assert!(
            claims
                .claim("hid:0922:8003", printer, Sharing::Alone)
                .is_ok()
        );
    }

    #[test]
    fn what_is_shared_has_many_holders() {
        let claims = Claims::new(Clock::system());
        let first = claims
            .claim("socket:a:1", page(1), Sharing::Shared)
            .unwrap();
        let second = claims
            .claim("socket:a:1", page(2), Sharing::Shared)
            .unwrap();
        assert!(claims.claim("socket:a:1", page(3), Sharing::Alone).is_err());
        drop((first, second));
        assert_eq!(claims.list(), []);
    }
}
