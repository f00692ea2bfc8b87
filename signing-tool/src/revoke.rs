//! Revocation lists: made by the root, numbered, only ever growing.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use platen_protocol::revocation::{RevocationList, SignedRevocationList};
use platen_protocol::trust::{
    Certificate, REVOCATION_LIST_OCTETS_MAX, RevocationError, Revocations,
};
use platen_protocol::{Fingerprint, TimestampMs, canonical};
use std::collections::BTreeSet;
use std::path::Path;

use crate::authority::Authority;
use crate::files::{self, FileError, Overwrite};
use crate::key::KeyError;

/// Why no list was made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RevokeError {
    /// A file.
    #[error(transparent)]
    File(#[from] FileError),
    /// The file holds something else.
    #[error("the file is no revocation list: {0}")]
    NotAList(#[from] serde_json::Error),
    /// The list there is not this root's.
    #[error(transparent)]
    List(#[from] RevocationError),
    /// The root would revoke itself.
    #[error(
        "a root cannot revoke itself; on each machine, `platen trust remove` ends the trust in it"
    )]
    Root,
    /// No number is higher.
    #[error("the list's number cannot grow any more; make a new root")]
    Number,
    /// The list does not serialize, or no signature could be made.
    #[error("the list cannot be signed: {0}")]
    Sign(String),
}

impl From<KeyError> for RevokeError {
    fn from(error: KeyError) -> Self {
        Self::Sign(error.to_string())
    }
}

/// Reads a list from its file, believing nothing yet.
///
/// # Errors
/// [`RevokeError::File`], [`RevokeError::NotAList`].
pub fn read_signed(path: &Path) -> Result<SignedRevocationList, RevokeError> {
    // Escaping in JSON makes a text longer, never by more than this.
    let max = 2 * REVOCATION_LIST_OCTETS_MAX as u64;
    Ok(serde_json::from_str(&files::read_bounded(path, max)?)?)
}

/// Reads a list from its file and verifies it by its root.
///
/// # Errors
/// [`RevokeError`].
pub fn read(path: &Path, root: &Certificate) -> Result<Revocations, RevokeError> {
    Ok(Revocations::verify(&read_signed(path)?, root)?)
}

/// The list after `known`: its certificates and these, its number plus one.
///
/// # Errors
/// [`RevokeError`].
pub fn extend(
    authority: &Authority,
    known: Option<&Revocations>,
    revoked: impl IntoIterator<Item = Fingerprint>,
    now: TimestampMs,
) -> Result<SignedRevocationList, RevokeError> {
    let mut all: BTreeSet<Fingerprint> = known.into_iter().flat_map(Revocations::iter).collect();
    all.extend(revoked);
    if all.contains(&authority.fingerprint()) {
        return Err(RevokeError::Root);
    }
    let number = known
        .map_or(0, Revocations::number)
        .checked_add(1)
        .filter(|number| *number <= canonical::INTEGER_MAX)
        .ok_or(RevokeError::Number)?;
    let list = canonical::to_string(&RevocationList {
        platen_revocations: 1,
        issuer: authority.fingerprint(),
        number,
        issued_at: now,
        revoked: all.into_iter().collect(),
    })
    .map_err(|error| RevokeError::Sign(error.to_string()))?;
    let signature = URL_SAFE_NO_PAD.encode(authority.sign(&list)?);
    let signed = SignedRevocationList { list, signature };
    // What leaves this function is what every agent will accept.
    Revocations::verify(&signed, authority.certificate())?;
    Ok(signed)
}

/// Adds certificates to the list in `path`, which is made if there is none.
///
/// # Errors
/// [`RevokeError`]; the file is replaced whole or stays as it was.
pub fn revoke(
    authority: &Authority,
    path: &Path,
    revoked: impl IntoIterator<Item = Fingerprint>,
    now: TimestampMs,
) -> Result<Revocations, RevokeError> {
    let known = match path.symlink_metadata() {
        Ok(_) => Some(read(path, authority.certificate())?),
        Err(_) => None,
    };
    let signed = extend(authority, known.as_ref(), revoked, now)?;
    let overwrite = match known {
        Some(_) => Overwrite::Replace,
        None => Overwrite::Refuse,
    };
    let text = serde_json::to_string_pretty(&signed)? + "\n";
    files::write_public(path, &text, overwrite)?;
    Ok(Revocations::verify(&signed, authority.certificate())?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_grows_and_its_number_with_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("revoked.json");
        let authority = Authority::create(folder.path(), "Shop", 30, Overwrite::Refuse).unwrap();
        let (one, two) = (Fingerprint::of(b"1"), Fingerprint::of(b"2"));
        let first = revoke(&authority, &path, [one], 1).unwrap();
        let second = revoke(&authority, &path, [two], 2).unwrap();
        assert_eq!((first.number(), second.number()), (1, 2));
        assert!(second.is_revoked(one) && second.is_revoked(two));
        assert_eq!(second.check_replaces(&first), Ok(()));
        let refreshed = revoke(&authority, &path, [], 3).unwrap();
        assert_eq!((refreshed.number(), refreshed.issued_at()), (3, 3));
        assert_eq!(read(&path, authority.certificate()).unwrap(), refreshed);
    }

    #[test]
    fn a_list_that_is_not_this_roots_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("revoked.json");
        let make = |name: &str| {
            Authority::create(&folder.path().join(name), name, 30, Overwrite::Refuse).unwrap()
        };
        let (ours, other) = (make("ours"), make("other"));
        revoke(&ours, &path, [], 1).unwrap();
        let before = std::fs::read(&path).unwrap();
        assert!(matches!(
            revoke(&other, &path, [], 2),
            Err(RevokeError::List(RevocationError::Signature(_)))
        ));
        assert_eq!(std::fs::read(&path).unwrap(), before);
        std::fs::write(&path, "{}").unwrap();
        assert!(matches!(
            revoke(&ours, &path, [], 2),
            Err(RevokeError::NotAList(_))
        ));
    }

    #[test]
    fn a_root_does_not_revoke_itself() {
        let folder = tempfile::tempdir().unwrap();
        let authority = Authority::create(folder.path(), "Shop", 30, Overwrite::Refuse).unwrap();
        assert!(matches!(
            extend(&authority, None, [authority.fingerprint()], 1),
            Err(RevokeError::Root)
        ));
    }
}
