//! The signer: turns a statement into a signed statement, and nothing else
//! into anything. A signing endpoint built on it is no oracle.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use platen_protocol::statement::{CLOCK_SKEW_MS_MAX, StatementError};
use platen_protocol::trust::{CHAIN_CERTIFICATES_MAX, Certificate, TrustError};
use platen_protocol::{ErrorCode, Method, Signed, Statement, TimestampMs};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::authority::belong_together;
use crate::files::{self, FileError};
use crate::key::{KeyError, PrivateKey};

/// What a signer signs unless told otherwise: opening a session, and what a
/// page does with its own jobs. Pausing printers must be asked for.
pub const DEFAULT_PURPOSES: &[Method] = &[
    Method::SessionOpen,
    Method::JobsSubmit,
    Method::JobsCancel,
    Method::JobsHold,
    Method::JobsRelease,
    Method::JobsRetry,
    Method::JobsReprint,
];

/// Why nothing was signed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SignError {
    /// A file.
    #[error(transparent)]
    File(#[from] FileError),
    /// The key's file.
    #[error("{}: {source}", .path.display())]
    Key {
        /// Which file.
        path: PathBuf,
        /// What is wrong with it.
        source: KeyError,
    },
    /// The chain's file.
    #[error("{}: {source}", .path.display())]
    Certificate {
        /// Which file.
        path: PathBuf,
        /// What is wrong with it.
        source: TrustError,
    },
    /// Key and certificate are of different pairs.
    #[error(
        "the key does not belong to the site certificate; use the site.key and site.pem that were made together"
    )]
    Mismatch,
    /// Anything but one canonical statement: a digest, other JSON, another
    /// spelling.
    #[error("only a statement of platen.v1 is signed, as the page made it: {0}")]
    NotAStatement(#[source] StatementError),
    /// It is over, or dated ahead.
    #[error(transparent)]
    Time(StatementError),
    /// For a method that is not on the list.
    #[error("{} is not among the purposes signed here; allow it with --purpose, if pages shall do that", .purpose.as_str())]
    Purpose {
        /// What it asks for.
        purpose: Method,
    },
    /// For another site's page.
    #[error(transparent)]
    Origin(TrustError),
    /// The certificate's time is over, or has not come.
    #[error(transparent)]
    CertificateExpired(TrustError),
    /// The key cannot sign.
    #[error(transparent)]
    Sign(KeyError),
}

impl SignError {
    /// The code an agent would refuse such a signature with; `None` for
    /// failures that are this machine's own.
    #[must_use]
    pub fn code(&self) -> Option<ErrorCode> {
        match self {
            Self::File(_) | Self::Key { .. } | Self::Mismatch | Self::Sign(_) => None,
            Self::Certificate { source, .. } => Some(source.code()),
            Self::Origin(source) | Self::CertificateExpired(source) => Some(source.code()),
            Self::NotAStatement(source) | Self::Time(source) => Some(source.code()),
            Self::Purpose { .. } => Some(ErrorCode::NotPermitted),
        }
    }
}

/// A site's key with its certificates.
#[derive(Debug)]
pub struct Signer {
    key: PrivateKey,
    leaf: Certificate,
    chain: Vec<Vec<u8>>,
    purposes: BTreeSet<Method>,
}

impl Signer {
    /// Loads a key (PEM, PKCS #8) and its chain (PEM, leaf first).
    ///
    /// # Errors
    /// [`SignError`] when a file cannot be read, or they do not belong together.
    pub fn load(key_file: &Path, chain_file: &Path) -> Result<Self, SignError> {
        let key = PrivateKey::from_pem(&files::read_text(key_file)?).map_err(|source| {
            SignError::Key {
                path: key_file.to_owned(),
                source,
            }
        })?;
        let of_chain = |source| SignError::Certificate {
            path: chain_file.to_owned(),
            source,
        };
        let chain = files::read_chain(chain_file)?;
        if chain.len() > CHAIN_CERTIFICATES_MAX {
            return Err(of_chain(TrustError::TooManyCertificates {
                count: chain.len(),
            }));
        }
        let leaf = Certificate::from_der(&chain[0], 0).map_err(of_chain)?;
        leaf.verifying_key().map_err(of_chain)?;
        if !belong_together(&key, &leaf).map_err(SignError::Sign)? {
            return Err(SignError::Mismatch);
        }
        Ok(Self {
            key,
            leaf,
            chain,
            purposes: DEFAULT_PURPOSES.iter().copied().collect(),
        })
    }

    /// Signs only statements for these methods.
    #[must_use]
    pub fn with_purposes(mut self, purposes: impl IntoIterator<Item = Method>) -> Self {
        self.purposes = purposes.into_iter().collect();
        self
    }

    /// The site's certificate.
    #[must_use]
    pub fn certificate(&self) -> &Certificate {
        &self.leaf
    }

    /// The chain as `session.open` carries it: base64 of DER, leaf first.
    #[must_use]
    pub fn certificates(&self) -> Vec<String> {
        self.chain.iter().map(|der| STANDARD.encode(der)).collect()
    }

    /// Signs a statement as it is, if it is one to sign now.
    ///
    /// # Errors
    /// [`SignError`], saying what about it is refused.
    pub fn sign(&self, statement: &Statement) -> Result<Signed, SignError> {
        self.sign_at(statement, crate::now())
    }

    /// Signs a statement given as text: what a page sends to its server.
    ///
    /// # Errors
    /// [`SignError::NotAStatement`] for anything but the canonical text of a
    /// statement, else as [`Signer::sign`].
    pub fn sign_text(&self, text: &str) -> Result<Signed, SignError> {
        self.sign_text_at(text, crate::now())
    }

    /// [`Signer::sign_text`] at a given time.
    ///
    /// # Errors
    /// As [`Signer::sign_text`].
    pub fn sign_text_at(&self, text: &str, now: TimestampMs) -> Result<Signed, SignError> {
        let statement = Statement::read(text).map_err(SignError::NotAStatement)?;
        self.sign_at(&statement, now)
    }

    /// [`Signer::sign`] at a given time.
    ///
    /// # Errors
    /// As [`Signer::sign`].
    pub fn sign_at(&self, statement: &Statement, now: TimestampMs) -> Result<Signed, SignError> {
        let malformed =
            |reason: String| SignError::NotAStatement(StatementError::Malformed(reason));
        let text = statement
            .to_canonical()
            .map_err(|error| malformed(error.to_string()))?;
        // A statement built in code has been through no check yet.
        Statement::read(&text).map_err(SignError::NotAStatement)?;
        if !self.purposes.contains(&statement.purpose) {
            return Err(SignError::Purpose {
                purpose: statement.purpose,
            });
        }
        self.leaf
            .check_names(&statement.origin)
            .map_err(SignError::Origin)?;
        if now > statement.expires_at {
            let late = now - statement.expires_at;
            return Err(SignError::Time(StatementError::Expired(late)));
        }
        let ahead = statement.issued_at.saturating_sub(now);
        if ahead > CLOCK_SKEW_MS_MAX {
            return Err(SignError::Time(StatementError::FromTheFuture(ahead)));
        }
        self.leaf
            .check_validity(Some(0), now)
            .map_err(SignError::CertificateExpired)?;
        let signature = self.key.sign(text.as_bytes()).map_err(SignError::Sign)?;
        Ok(Signed {
            statement: text,
            signature: URL_SAFE_NO_PAD.encode(signature),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{signer, statement, vector_file};
    use platen_protocol::Digest;

    fn refused(text: &str) -> SignError {
        signer("p256").sign_text(text).unwrap_err()
    }

    fn canonical(change: impl Fn(&mut Statement)) -> String {
        let mut statement = statement();
        change(&mut statement);
        statement.to_canonical().unwrap()
    }

    #[test]
    fn every_kind_of_key_signs_what_verifies() {
        for name in ["p256", "ed25519", "rsa"] {
            let signer = signer(name);
            let signed = signer.sign(&statement()).unwrap();
            let key = signer.certificate().verifying_key().unwrap();
            let text = signed.statement.as_bytes();
            assert_eq!(key.verify(text, &signed.signature), Ok(()), "{name}");
            assert_eq!(signer.certificates().len(), 2);
        }
    }

    #[test]
    fn opaque_data_is_never_signed() {
        let digest = Digest::of(b"anything").to_string();
        let hex = Digest::of(b"anything").to_hex();
        let good = canonical(|_| {});
        for text in [
            "",
            &digest,
            &hex,
            &format!("\"{digest}\""),
            "{}",
            "[]",
            "null",
            "1",
            r#"{"call":"printers.find","params":{},"timestamp":1}"#,
            &format!("{{\"digest\":\"{digest}\"}}"),
            &format!("{good}{good}"),
            &format!("{good}\n"),
            &format!("{good}\0"),
            &format!(" {good}"),
            &format!("[{good}]"),
            &good.replace(',', ", "),
            &good.replace('{', "{\"a\":1,"),
            &good.replace("\"platen\":1", "\"platen\":2"),
            &good.replace("jobs.cancel", "jobs.everything"),
            &good.replace("https://pos.example", "https://pos.example/"),
            &"x".repeat(100_000),
        ] {
            let error = refused(text);
            assert!(
                matches!(error, SignError::NotAStatement(_)),
                "{text}: {error}"
            );
        }
    }

    #[test]
    fn a_page_of_another_site_gets_no_signature() {
        for origin in [
            "https://evil.example",
            "http://pos.example",
            "https://pos.example:9443",
            "https://a.b.shop.example",
            "https://xpos.example",
            "http://localhost:3001",
        ] {
            let error = refused(&canonical(|statement| {
                statement.origin = origin.parse().unwrap();
            }));
            assert!(matches!(error, SignError::Origin(_)), "{origin}: {error}");
        }
        let text = canonical(|statement| {
            statement.origin = "https://kasse.shop.example".parse().unwrap();
        });
        assert!(signer("p256").sign_text(&text).is_ok());
    }

    #[test]
    fn a_statement_that_lives_too_long_is_refused() {
        let long = canonical(|statement| statement.expires_at = statement.issued_at + 300_001);
        let error = refused(&long);
        assert_eq!(error.code(), Some(ErrorCode::StatementMalformed), "{error}");
        let backwards = canonical(|statement| statement.expires_at = statement.issued_at - 1);
        assert!(matches!(refused(&backwards), SignError::NotAStatement(_)));
        // One built in code is held to the same.
        let mut statement = statement();
        statement.expires_at += 300_000;
        assert!(signer("p256").sign(&statement).is_err());
    }

    #[test]
    fn a_statement_of_another_time_is_refused() {
        let signer = signer("p256");
        let statement = statement();
        for now in [statement.expires_at + 1, statement.issued_at - 60_001] {
            let error = signer.sign_at(&statement, now).unwrap_err();
            assert_eq!(error.code(), Some(ErrorCode::StatementExpired), "{error}");
        }
        assert!(signer.sign_at(&statement, statement.expires_at).is_ok());
        assert!(
            signer
                .sign_at(&statement, statement.issued_at - 60_000)
                .is_ok()
        );
    }

    #[test]
    fn only_listed_purposes_are_signed() {
        for purpose in Method::ALL {
            let text = canonical(|statement| statement.purpose = *purpose);
            let listed = DEFAULT_PURPOSES.contains(purpose);
            assert_eq!(
                signer("p256").sign_text(&text).is_ok(),
                listed,
                "{purpose:?}"
            );
        }
        let only = signer("p256").with_purposes([Method::QueuePause]);
        let pause = canonical(|statement| statement.purpose = Method::QueuePause);
        assert!(only.sign_text(&pause).is_ok());
        assert!(matches!(
            only.sign_text(&canonical(|_| {})),
            Err(SignError::Purpose { .. })
        ));
    }

    #[test]
    fn a_certificate_past_its_validity_signs_nothing() {
        let expired = Signer::load(
            &vector_file("test-keys/p256.key.pem"),
            &vector_file("test-keys/expired.pem"),
        )
        .unwrap();
        let error = expired.sign(&statement()).unwrap_err();
        assert_eq!(error.code(), Some(ErrorCode::CertificateExpired), "{error}");
    }

    #[test]
    fn key_and_certificate_must_belong_together() {
        let error = Signer::load(
            &vector_file("test-keys/p256.key.pem"),
            &vector_file("test-keys/ed25519.pem"),
        )
        .unwrap_err();
        assert!(matches!(error, SignError::Mismatch), "{error}");
    }
}
