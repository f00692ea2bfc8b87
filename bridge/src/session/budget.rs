//! Octets of documents on their way in, over all sessions.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use platen_protocol::Origin;

/// How much may be received at one time. One origin gets at most half of it,
/// so that no site keeps the others from printing.
#[derive(Debug)]
pub(crate) struct Receiving {
    octets_max: u64,
    taken: Mutex<Taken>,
}

#[derive(Debug, Default)]
struct Taken {
    octets: u64,
    by_origin: HashMap<Origin, u64>,
}

/// A part of the budget; given back when dropped.
#[derive(Debug)]
pub(crate) struct Share {
    receiving: Arc<Receiving>,
    origin: Origin,
    octets: u64,
}

impl Receiving {
    pub(crate) fn new(octets_max: u64) -> Arc<Self> {
        Arc::new(Self {
            octets_max,
            taken: Mutex::default(),
        })
    }

    /// Room for `octets` of a document of `origin`, if there is any.
    pub(crate) fn take(self: &Arc<Self>, origin: &Origin, octets: u64) -> Option<Share> {
        let mut taken = self.taken();
        let theirs = taken.by_origin.get(origin).copied().unwrap_or(0);
        let all = taken.octets.checked_add(octets)?;
        let theirs = theirs.checked_add(octets)?;
        if all > self.octets_max || theirs > self.octets_max / 2 {
            return None;
        }
        taken.octets = all;
        taken.by_origin.insert(origin.clone(), theirs);
        drop(taken);
        Some(Share {
            receiving: Arc::clone(self),
            origin: origin.clone(),
            octets,
        })
    }

    fn taken(&self) -> MutexGuard<'_, Taken> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        let mut taken = self.receiving.taken();
        taken.octets -= self.octets;
        if let Some(theirs) = taken.by_origin.get_mut(&self.origin) {
            *theirs -= self.octets;
            if *theirs == 0 {
                taken.by_origin.remove(&self.origin);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_site_leaves_half_for_the_others_and_gives_back_what_it_took() {
        let receiving = Receiving::new(100);
        let pos: Origin = "https://pos.example".parse().unwrap();
        let shop: Origin = "https://shop.example".parse().unwrap();
        let first = receiving.take(&pos, 50).unwrap();
        assert!(receiving.take(&pos, 1).is_none());
        let second = receiving.take(&shop, 40).unwrap();
        assert!(receiving.take(&shop, 11).is_none());
        drop(first);
        assert!(receiving.take(&pos, 51).is_none());
        assert!(receiving.take(&pos, u64::MAX).is_none());
        let _third = receiving.take(&pos, 50).unwrap();
        drop(second);
        assert_eq!(receiving.taken().octets, 50);
        assert_eq!(receiving.taken().by_origin.len(), 1);
    }
}
