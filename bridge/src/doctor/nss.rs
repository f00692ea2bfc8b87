//! Whether a certificate store of NSS (Firefox; Chromium on Linux) trusts a
//! certificate.
//!
//! The store is an SQLite file (`cert9.db`), a table of PKCS #11 objects with
//! a column for each attribute. Reading it tells what `certutil` would,
//! without `certutil`, and never writes.

use std::path::Path;

use rusqlite::{Connection, OpenFlags, OptionalExtension};

/// What a store says of a certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum InStore {
    /// It is a trusted authority for servers.
    Trusted,
    /// It is there, but not trusted to issue server certificates.
    Untrusted,
    /// It is not there.
    Absent,
}

/// `CKO_NSS_TRUST`, an object that says how far a certificate is trusted.
const TRUST_OBJECT: [u8; 4] = 0xce53_4353_u32.to_be_bytes();
/// `CKT_NSS_TRUSTED_DELEGATOR`: trusted to issue.
const TRUSTED_DELEGATOR: [u8; 4] = 0xce53_4352_u32.to_be_bytes();

/// Looks a certificate up by its DER. The columns are attributes of PKCS #11:
/// `a0` class, `a11` value, `a81` issuer, `a82` serial number, `ace536358`
/// trust for server authentication.
pub(super) fn look_up(store: &Path, der: &[u8]) -> rusqlite::Result<InStore> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(store, flags)?;
    let found: Option<(Vec<u8>, Vec<u8>)> = connection
        .query_row(
            "SELECT a81, a82 FROM nssPublic WHERE a11 = ?1",
            [der],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )
        .optional()?;
    let Some((issuer, serial)) = found else {
        return Ok(InStore::Absent);
    };
    let trust: Option<Vec<u8>> = connection
        .query_row(
            "SELECT ace536358 FROM nssPublic WHERE a0 = ?1 AND a81 = ?2 AND a82 = ?3",
            (TRUST_OBJECT.as_slice(), issuer, serial),
            |row| row.get(0),
        )
        .optional()?
        .flatten();
    if trust.as_deref() == Some(TRUSTED_DELEGATOR.as_slice()) {
        Ok(InStore::Trusted)
    } else {
        Ok(InStore::Untrusted)
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(in crate::doctor) const TRUSTED: [u8; 4] = TRUSTED_DELEGATOR;

    /// A store with one certificate, as NSS lays it out.
    pub(in crate::doctor) fn store_with(path: &Path, der: &[u8], trust: Option<[u8; 4]>) {
        let connection = Connection::open(path).unwrap();
        connection
            .execute_batch("CREATE TABLE nssPublic (id, a0, a11, a81, a82, ace536358)")
            .unwrap();
        let class = 1_u32.to_be_bytes();
        connection
            .execute(
                "INSERT INTO nssPublic VALUES (1, ?1, ?2, x'30', x'02', NULL)",
                (class.as_slice(), der),
            )
            .unwrap();
        if let Some(trust) = trust {
            connection
                .execute(
                    "INSERT INTO nssPublic VALUES (2, ?1, NULL, x'30', x'02', ?2)",
                    (TRUST_OBJECT.as_slice(), trust.as_slice()),
                )
                .unwrap();
        }
    }

    #[test]
    fn a_store_trusts_what_it_holds_as_an_authority() {
        let folder = tempfile::tempdir().unwrap();
        let check = |name: &str, trust, der: &[u8], expected| {
            let path = folder.path().join(name);
            store_with(&path, b"our certificate", trust);
            assert_eq!(look_up(&path, der).unwrap(), expected, "{name}");
        };
        let valid_peer = 0xce53_4351_u32.to_be_bytes();
        check(
            "authority",
            Some(TRUSTED),
            b"our certificate",
            InStore::Trusted,
        );
        check(
            "peer",
            Some(valid_peer),
            b"our certificate",
            InStore::Untrusted,
        );
        check("no word", None, b"our certificate", InStore::Untrusted);
        check("another", Some(TRUSTED), b"another one", InStore::Absent);
    }

    #[test]
    fn a_file_that_is_no_store_is_an_error_and_stays_as_it_is() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "no database").unwrap();
        assert!(look_up(file.path(), b"x").is_err());
        assert_eq!(std::fs::read(file.path()).unwrap(), b"no database");
    }
}
