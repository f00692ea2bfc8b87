//! Certificates whose word was taken back: the lists this machine keeps.
//!
//! A list is made by `platen-sign revoke`, signed by a root that some grant
//! trusts, and brought here through the administration socket. Only a newer
//! list replaces a kept one, so a stolen key cannot be revived by an old list
//! or a clock set back.

use std::collections::BTreeSet;
use std::sync::{Arc, PoisonError, RwLock};

use platen_protocol::revocation::{RevocationList, SignedRevocationList};
use platen_protocol::trust::{Certificate, RevocationError, Revocations, TrustError};
use platen_protocol::{ErrorCode, Fingerprint};

use crate::authorize::IsRevoked;
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
    fingerprints: Arc<RwLock<BTreeSet<Fingerprint>>>,
    store: Store,
}

impl Revoked {
    /// What the store has. Blocking. Its lists were checked when they came.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn load(store: &Store) -> Result<Self, StoreError> {
        let mut fingerprints = BTreeSet::new();
        for text in store.reader().revocation_lists()? {
            match read(&text) {
                Ok((_, list)) => fingerprints.extend(list.revoked),
                Err(error) => tracing::error!(%error, "a kept revocation list cannot be read"),
            }
        }
        Ok(Self {
            fingerprints: Arc::new(RwLock::new(fingerprints)),
            store: store.clone(),
        })
    }

    /// Whether a certificate was revoked, for those who decide.
    #[must_use]
    pub fn check(&self) -> IsRevoked {
        let fingerprints = Arc::clone(&self.fingerprints);
        Arc::new(move |fingerprint| {
            fingerprints
                .read()
                .unwrap_or_else(PoisonError::into_inner)
                .contains(fingerprint)
        })
    }

    /// Takes a signed list (JSON). Returns how many certificates of its root
    /// are revoked now; `None` when a list as new is kept already.
    ///
    /// # Errors
    /// [`RefusedList`].
    pub async fn take(&self, signed_list: &str) -> Result<Option<usize>, RefusedList> {
        let (signed, claimed) = read(signed_list).map_err(RefusedList::Unreadable)?;
        let grants = self.store.grants().borrow().clone();
        let issuer = claimed.issuer.to_string();
        let grant = grants
            .iter()
            .find(|grant| grant.anchor == AnchorKind::Root && grant.fingerprint == issuer)
            .ok_or(RefusedList::UnknownRoot(claimed.issuer))?;
        let root = Certificate::from_der(&grant.certificate, 0)?;
        let list = Revocations::verify(&signed, &root)?;
        if !self
            .store
            .revoke(issuer, list.number(), signed_list.to_owned())
            .await?
        {
            return Ok(None);
        }
        let count = list.iter().count();
        // A newer list of a root can only add: what was revoked stays so.
        self.fingerprints
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .extend(list.iter());
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
