//! Certificates whose word was taken back: the lists this machine keeps.
//!
//! A list is made by `platen-sign revoke`, signed by a root that some grant
//! trusts, and brought here through the administration socket. Only a newer
//! list replaces a kept one, so a stolen key cannot be revived by an old list
//! or a clock set back.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, PoisonError, RwLock};

use platen_protocol::revocation::{RevocationList, SignedRevocationList};
use platen_protocol::trust::{Certificate, RevocationError, Revocations, TrustError};
use platen_protocol::{ErrorCode, Fingerprint, TimestampMs};

use crate::authorize::Revocations as KnownRevocations;
use crate::clock::Clock;
use crate::dispatch::DispatchError;
use crate::grant::AnchorKind;
use crate::store::{Store, StoreError};

/// Why a list was not taken.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RefusedList {
    /// Not a list.
    #[error("this is no revocation list: {0}; make one with `platen-sign revoke`")]
    Unreadable(serde_json::Error),
    /// No grant trusts its root.
    #[error(
        "no grant trusts the root {0} that this list is of; `platen trust list` shows the roots"
    )]
    UnknownRoot(Fingerprint),
    /// The root's certificate cannot be read any more.
    #[error(transparent)]
    Root(#[from] TrustError),
    /// Not signed by its root, or malformed.
    #[error(transparent)]
    List(#[from] RevocationError),
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<RefusedList> for DispatchError {
    fn from(refused: RefusedList) -> Self {
        let code = match &refused {
            RefusedList::Unreadable(_) | RefusedList::List(_) => ErrorCode::InvalidParams,
            RefusedList::UnknownRoot(_) => ErrorCode::CertificateUntrusted,
            RefusedList::Root(error) => error.code(),
            RefusedList::Store(error) => error.code(),
        };
        Self::with_message(code, refused.to_string())
    }
}

/// The revoked certificates, and how more come to be. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Revoked {
    known: Arc<Known>,
    store: Store,
}

/// What the lists say, and how old they are.
#[derive(Debug)]
struct Known {
    lists: RwLock<Lists>,
    clock: Clock,
    /// The latest time this machine was known to have, `passed_ms` of the
    /// clock ago.
    latest_then: TimestampMs,
    passed_then_ms: u64,
}

#[derive(Debug, Default)]
struct Lists {
    revoked: BTreeSet<Fingerprint>,
    /// By root, when its newest list was made.
    made_at: BTreeMap<String, TimestampMs>,
}

impl Lists {
    /// A newer list of a root can only add: what was revoked stays so.
    fn add(
        &mut self,
        root: String,
        made_at: TimestampMs,
        revoked: impl IntoIterator<Item = Fingerprint>,
    ) {
        self.revoked.extend(revoked);
        self.made_at.insert(root, made_at);
    }
}

impl KnownRevocations for Known {
    fn is_revoked(&self, certificate: &Fingerprint) -> bool {
        let lists = self.lists.read().unwrap_or_else(PoisonError::into_inner);
        lists.revoked.contains(certificate)
    }

    fn list_made_at(&self, root: &str) -> Option<TimestampMs> {
        let lists = self.lists.read().unwrap_or_else(PoisonError::into_inner);
        lists.made_at.get(root).copied()
    }

    fn latest_time(&self) -> TimestampMs {
        let passed = self.clock.passed_ms().saturating_sub(self.passed_then_ms);
        self.clock.now().max(self.latest_then + passed)
    }
}

impl Revoked {
    /// What the store has. Blocking. Its lists were checked when they came.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn load(store: &Store, clock: Clock) -> Result<Self, StoreError> {
        let mut lists = Lists::default();
        for text in store.reader().revocation_lists()? {
            match read(&text) {
                Ok((_, list)) => {
                    lists.add(list.issuer.to_string(), list.issued_at, list.revoked);
                }
                Err(error) => tracing::error!(%error, "a kept revocation list cannot be read"),
            }
        }
        Ok(Self {
            known: Arc::new(Known {
                lists: RwLock::new(lists),
                latest_then: store.reader().latest_time()?,
                passed_then_ms: clock.passed_ms(),
                clock,
            }),
            store: store.clone(),
        })
    }

    /// What is known of them, for those who decide.
    #[must_use]
    pub fn known(&self) -> Arc<dyn KnownRevocations> {
        self.known.clone()
    }

    /// Takes a signed list (JSON). Returns how many certificates of its root
    /// are revoked now; `None` when a list as new is kept already.
    ///
    /// # Errors
    /// [`RefusedList`].
    pub async fn take(&self, signed_list: &str) -> Result<Option<usize>, RefusedList> {
        let (signed, claimed) = read(signed_list).map_err(RefusedList::Unreadable)?;
        let grants = self.store.grants().borrow().clone();
        let root_id = claimed.issuer.to_string();
        let grant = grants
            .iter()
            .find(|grant| grant.anchor == AnchorKind::Root && grant.fingerprint == root_id)
            .ok_or(RefusedList::UnknownRoot(claimed.issuer))?;
        let root = Certificate::from_der(&grant.certificate, 0)?;
        let list = Revocations::verify(&signed, &root)?;
        if !self
            .store
            .revoke(root_id.clone(), list.number(), signed_list.to_owned())
            .await?
        {
            return Ok(None);
        }
        let count = list.iter().count();
        self.known
            .lists
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .add(root_id, claimed.issued_at, list.iter());
        // Sessions look at grants and revocations again when grants are told.
        self.store.tell_grants().await?;
        Ok(Some(count))
    }
}

fn read(text: &str) -> Result<(SignedRevocationList, RevocationList), serde_json::Error> {
    let signed: SignedRevocationList = serde_json::from_str(text)?;
    let list = serde_json::from_str(&signed.list)?;
    Ok((signed, list))
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering};

    use super::*;

    #[test]
    fn t23_a_clock_that_is_set_back_makes_no_list_younger() {
        let wall = Arc::new(AtomicU64::new(1_000_000));
        let passed = Arc::new(AtomicU64::new(50));
        let (told, counted) = (Arc::clone(&wall), Arc::clone(&passed));
        let known = Known {
            lists: RwLock::default(),
            clock: Clock::new(
                move || told.load(Ordering::Relaxed),
                move || counted.load(Ordering::Relaxed),
            ),
            latest_then: 1_000_000,
            passed_then_ms: 50,
        };
        assert_eq!(known.latest_time(), 1_000_000);
        wall.store(3_000_000, Ordering::Relaxed);
        assert_eq!(known.latest_time(), 3_000_000);
        wall.store(200, Ordering::Relaxed);
        passed.store(700_050, Ordering::Relaxed);
        assert_eq!(known.latest_time(), 1_700_000);
    }
}
