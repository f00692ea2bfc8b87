//! A site owner's own certificate authority: one root, trusted by their
//! machines, and short-lived site certificates from it.

use platen_protocol::trust::{Anchor, Certificate, TrustError, verify_chain};
use platen_protocol::{Fingerprint, OriginPattern, TimestampMs};
use rcgen::string::Ia5String;
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer,
    KeyUsagePurpose, PublicKeyData, SanType, SigningKey,
};
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};
use time::{Duration, OffsetDateTime};

use crate::files::{self, FileError, Overwrite};
use crate::key::{Algorithm, KeyError, PrivateKey};

/// Name of the root's certificate in its folder.
const CA_CERTIFICATE: &str = "ca.pem";
/// Name of the root's key in its folder.
const CA_KEY: &str = "ca.key";
/// Name of the site's chain in its folder.
const SITE_CERTIFICATE: &str = "site.pem";
/// Name of the site's key in its folder.
const SITE_KEY: &str = "site.key";

/// Clocks differ: a certificate is valid an hour before it is made.
const BACKDATED: Duration = Duration::HOUR;

/// Why no certificate was made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AuthorityError {
    /// A file.
    #[error(transparent)]
    File(#[from] FileError),
    /// A key.
    #[error("{}: {source}", .path.display())]
    Key {
        /// Which file.
        path: PathBuf,
        /// What is wrong with it.
        source: KeyError,
    },
    /// No key could be made.
    #[error(transparent)]
    MakeKey(#[from] KeyError),
    /// The folder's certificate is no root's.
    #[error("{}: {source}", .path.display())]
    Root {
        /// Which file.
        path: PathBuf,
        /// What is wrong with it.
        source: TrustError,
    },
    /// Key and certificate in the folder do not belong together.
    #[error("{} does not belong to {}; use the folder that `platen-sign ca new` made", .key.display(), .certificate.display())]
    RootMismatch {
        /// The key's file.
        key: PathBuf,
        /// The certificate's file.
        certificate: PathBuf,
    },
    /// A key that must be P-256 is not.
    #[error("{}: a root's key is ECDSA P-256; make one with `platen-sign ca new`", .path.display())]
    RootKey {
        /// Which file.
        path: PathBuf,
    },
    /// `--algorithm` and `--key` differ.
    #[error("{} is a {found:?} key, not {wanted:?}; leave --algorithm out", .path.display())]
    OtherAlgorithm {
        /// The key's file.
        path: PathBuf,
        /// Asked for.
        wanted: Algorithm,
        /// What it is.
        found: Algorithm,
    },
    /// No name given.
    #[error("a site certificate names at least one origin; give --origin")]
    NoOrigin,
    /// The encoder says no.
    #[error("the certificate cannot be made: {0}")]
    Encode(#[from] rcgen::Error),
    /// What was made does not verify.
    #[error("the certificate that was made does not verify: {0}")]
    Unusable(#[from] TrustError),
}

/// A root with its key: makes site certificates and signs revocation lists.
#[derive(Debug)]
pub struct Authority {
    certificate: Certificate,
    issuer: Issuer<'static, RootKey>,
    folder: PathBuf,
}

/// A site certificate that was made.
#[derive(Debug)]
pub struct SiteCertificate {
    /// The leaf.
    pub certificate: Certificate,
    /// File of the chain: leaf, then root.
    pub chain_file: PathBuf,
    /// File of its key.
    pub key_file: PathBuf,
}

/// What goes into a site certificate.
#[derive(Debug)]
pub struct SiteRequest<'a> {
    /// The origins it may speak for.
    pub origins: &'a [OriginPattern],
    /// How long it is valid; never longer than its root.
    pub days: u32,
    /// Kind of the key; `None`: that of `key`, else P-256.
    pub algorithm: Option<Algorithm>,
    /// An existing key to use instead of a new one.
    pub key: Option<&'a Path>,
}

/// A P-256 key in the role of a root's.
#[derive(Debug)]
struct RootKey(PrivateKey);

impl PublicKeyData for RootKey {
    fn der_bytes(&self) -> &[u8] {
        self.0.der_bytes()
    }

    fn algorithm(&self) -> &'static rcgen::SignatureAlgorithm {
        PublicKeyData::algorithm(&self.0)
    }
}

impl SigningKey for RootKey {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, rcgen::Error> {
        let signature = self.0.sign(message);
        signature.map_err(|_| rcgen::Error::RemoteKeyError)
    }
}

impl Authority {
    /// Makes a root in `folder`: `ca.pem` and `ca.key`.
    ///
    /// # Errors
    /// [`AuthorityError`]; nothing that exists is touched without `overwrite`.
    pub fn create(
        folder: &Path,
        name: &str,
        days: u32,
        overwrite: Overwrite,
    ) -> Result<Self, AuthorityError> {
        let (certificate_file, key_file) = (folder.join(CA_CERTIFICATE), folder.join(CA_KEY));
        files::check_absent(&[&key_file, &certificate_file], overwrite)?;
        let key = RootKey(PrivateKey::generate(Algorithm::P256)?);
        let mut params = validity(days);
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.key_usages = vec![
            KeyUsagePurpose::KeyCertSign,
            KeyUsagePurpose::CrlSign,
            // For revocation lists, which are statements, not X.509 CRLs.
            KeyUsagePurpose::DigitalSignature,
        ];
        let made = params.self_signed(&key)?;
        let certificate = Certificate::from_der(made.der(), 0)?;
        Anchor::root(certificate.clone())?;
        files::write_secret(&key_file, &key.0.to_pem(), overwrite)?;
        files::write_public(&certificate_file, &pem_of(&[made.der()]), overwrite)?;
        Ok(Self {
            certificate,
            issuer: Issuer::new(params, key),
            folder: folder.to_owned(),
        })
    }

    /// Opens the root in `folder`.
    ///
    /// # Errors
    /// [`AuthorityError`] for a folder without a root and its key.
    pub fn load(folder: &Path) -> Result<Self, AuthorityError> {
        let (certificate_file, key_file) = (folder.join(CA_CERTIFICATE), folder.join(CA_KEY));
        let chain = files::read_chain(&certificate_file)?;
        let of_root = |source| AuthorityError::Root {
            path: certificate_file.clone(),
            source,
        };
        let certificate = Certificate::from_der(&chain[0], 0).map_err(of_root)?;
        Anchor::root(certificate.clone()).map_err(of_root)?;
        let key = PrivateKey::from_pem(&files::read_text(&key_file)?).map_err(|source| {
            AuthorityError::Key {
                path: key_file.clone(),
                source,
            }
        })?;
        if key.algorithm() != Algorithm::P256 {
            return Err(AuthorityError::RootKey { path: key_file });
        }
        if !belong_together(&key, &certificate)? {
            return Err(AuthorityError::RootMismatch {
                key: key_file,
                certificate: certificate_file,
            });
        }
        let der = rustls_pki_types::CertificateDer::from(chain[0].as_slice());
        let issuer = Issuer::from_ca_cert_der(&der, RootKey(key))?;
        Ok(Self {
            certificate,
            issuer,
            folder: folder.to_owned(),
        })
    }

    /// The root's certificate.
    #[must_use]
    pub fn certificate(&self) -> &Certificate {
        &self.certificate
    }

    /// File of the root's certificate: what machines trust.
    #[must_use]
    pub fn certificate_file(&self) -> PathBuf {
        self.folder.join(CA_CERTIFICATE)
    }

    /// File of the root's key: what nobody but its owner sees.
    #[must_use]
    pub fn key_file(&self) -> PathBuf {
        self.folder.join(CA_KEY)
    }

    /// Makes a site certificate in `folder`: `site.pem` (leaf, then root) and,
    /// unless an existing key is used, `site.key`.
    ///
    /// # Errors
    /// [`AuthorityError`]; nothing that exists is touched without `overwrite`.
    pub fn issue(
        &self,
        request: &SiteRequest<'_>,
        folder: &Path,
        overwrite: Overwrite,
    ) -> Result<SiteCertificate, AuthorityError> {
        if request.origins.is_empty() {
            return Err(AuthorityError::NoOrigin);
        }
        let chain_file = folder.join(SITE_CERTIFICATE);
        let key_file = request
            .key
            .map_or_else(|| folder.join(SITE_KEY), Path::to_owned);
        let new_files = match request.key {
            Some(_) => vec![chain_file.as_path()],
            None => vec![key_file.as_path(), chain_file.as_path()],
        };
        files::check_absent(&new_files, overwrite)?;
        let key = site_key(request)?;
        let mut params = validity(request.days);
        params.not_after = params.not_after.min(end_of(&self.certificate));
        let subject = request.origins[0].to_string();
        params.distinguished_name.push(DnType::CommonName, subject);
        params.is_ca = IsCa::ExplicitNoCa;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        params.use_authority_key_identifier_extension = true;
        for origin in request.origins {
            params.subject_alt_names.push(name_of(origin)?);
        }
        let made = params.signed_by(&key, &self.issuer)?;
        let chain = [made.der().to_vec(), self.certificate.der().to_vec()];
        // What leaves this function is what every agent will accept.
        let anchors = [Anchor::root(self.certificate.clone())?];
        let verified = verify_chain(&chain, &anchors, crate::now())?;
        if request.key.is_none() {
            files::write_secret(&key_file, &key.to_pem(), overwrite)?;
        }
        let text = pem_of(&[&chain[0], &chain[1]]);
        files::write_public(&chain_file, &text, overwrite)?;
        Ok(SiteCertificate {
            certificate: verified.leaf().clone(),
            chain_file,
            key_file,
        })
    }

    /// The root's signature over a revocation list's text.
    pub(crate) fn sign(&self, text: &str) -> Result<Vec<u8>, KeyError> {
        self.issuer.key().0.sign(text.as_bytes())
    }

    /// The root's fingerprint.
    #[must_use]
    pub fn fingerprint(&self) -> Fingerprint {
        self.certificate.fingerprint
    }
}

fn site_key(request: &SiteRequest<'_>) -> Result<PrivateKey, AuthorityError> {
    let Some(path) = request.key else {
        let algorithm = request.algorithm.unwrap_or(Algorithm::P256);
        return Ok(PrivateKey::generate(algorithm)?);
    };
    let key =
        PrivateKey::from_pem(&files::read_text(path)?).map_err(|source| AuthorityError::Key {
            path: path.to_owned(),
            source,
        })?;
    let found = key.algorithm();
    match request.algorithm {
        Some(wanted) if wanted != found => Err(AuthorityError::OtherAlgorithm {
            path: path.to_owned(),
            wanted,
            found,
        }),
        Some(_) | None => Ok(key),
    }
}

/// Whether the certificate holds this key's public half: a signature tells.
pub(crate) fn belong_together(
    key: &PrivateKey,
    certificate: &Certificate,
) -> Result<bool, KeyError> {
    use base64::Engine as _;
    const PROBE: &[u8] = b"platen-sign: do this key and this certificate belong together?";
    let signature = base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(key.sign(PROBE)?);
    Ok(certificate
        .verifying_key()
        .is_ok_and(|public| public.verify(PROBE, &signature).is_ok()))
}

fn validity(days: u32) -> CertificateParams {
    let now = OffsetDateTime::now_utc();
    let mut params = CertificateParams::default();
    params.not_before = now - BACKDATED;
    params.not_after = now + Duration::days(i64::from(days));
    params
}

fn end_of(certificate: &Certificate) -> OffsetDateTime {
    time_of(certificate.not_after)
}

/// A wire time for people and for certificates.
pub(crate) fn time_of(timestamp: TimestampMs) -> OffsetDateTime {
    let seconds = i64::try_from(timestamp / 1000).unwrap_or(i64::MAX);
    OffsetDateTime::from_unix_timestamp(seconds).unwrap_or(OffsetDateTime::UNIX_EPOCH)
}

/// How a certificate names an origin: `https` on the default port by the DNS
/// name alone, everything else by its URI.
fn name_of(origin: &OriginPattern) -> Result<SanType, AuthorityError> {
    let text = |text: String| Ia5String::try_from(text);
    Ok(match origin {
        OriginPattern::Below(parent) => SanType::DnsName(text(format!("*.{parent}"))?),
        OriginPattern::Exact(origin) => {
            let host = origin.host();
            let is_name = !host.starts_with('[') && host.parse::<Ipv4Addr>().is_err();
            if origin.scheme() == "https" && origin.port().is_none() && is_name {
                SanType::DnsName(text(host.to_owned())?)
            } else {
                SanType::URI(text(origin.to_string())?)
            }
        }
    })
}

fn pem_of(chain: &[&[u8]]) -> String {
    let config = pem::EncodeConfig::new().set_line_ending(pem::LineEnding::LF);
    let blocks: Vec<pem::Pem> = chain
        .iter()
        .map(|der| pem::Pem::new("CERTIFICATE", der.to_vec()))
        .collect();
    pem::encode_many_config(&blocks, config)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{NAMES, vector_file};

    fn origins(names: &[&str]) -> Vec<OriginPattern> {
        names.iter().map(|name| name.parse().unwrap()).collect()
    }

    fn request(origins: &[OriginPattern]) -> SiteRequest<'_> {
        SiteRequest {
            origins,
            days: 90,
            algorithm: None,
            key: None,
        }
    }

    #[test]
    fn a_site_certificate_names_its_origins_and_nothing_more() {
        let folder = tempfile::tempdir().unwrap();
        let authority =
            Authority::create(&folder.path().join("ca"), "Shop", 3650, Overwrite::Refuse).unwrap();
        let origins = origins(NAMES);
        let site = authority
            .issue(
                &request(&origins),
                &folder.path().join("site"),
                Overwrite::Refuse,
            )
            .unwrap();
        assert_eq!(site.certificate.origins, origins);
        assert!(site.certificate.ignored_names.is_empty());
        assert!(!site.certificate.is_authority);
        let chain = files::read_chain(&site.chain_file).unwrap();
        assert_eq!(chain[1], authority.certificate().der());
        let days = (site.certificate.not_after - crate::now()) / 86_400_000;
        assert!((89..=90).contains(&days), "{days}");
    }

    #[test]
    fn every_kind_of_key_gets_a_certificate_that_verifies() {
        let folder = tempfile::tempdir().unwrap();
        Authority::create(folder.path(), "Shop", 3650, Overwrite::Refuse).unwrap();
        let authority = Authority::load(folder.path()).unwrap();
        let origins = origins(&["pos.example"]);
        let rsa = vector_file("test-keys/rsa.key.pem");
        for (name, algorithm, key) in [
            ("p256", Some(Algorithm::P256), None),
            ("ed25519", Some(Algorithm::Ed25519), None),
            ("rsa", None, Some(rsa.as_path())),
        ] {
            let request = SiteRequest {
                algorithm,
                key,
                ..request(&origins)
            };
            let site = authority
                .issue(&request, &folder.path().join(name), Overwrite::Refuse)
                .unwrap();
            let key = PrivateKey::from_pem(&files::read_text(&site.key_file).unwrap()).unwrap();
            assert!(belong_together(&key, &site.certificate).unwrap(), "{name}");
        }
        let other = SiteRequest {
            algorithm: Some(Algorithm::P256),
            key: Some(&rsa),
            ..request(&origins)
        };
        assert!(matches!(
            authority.issue(&other, &folder.path().join("x"), Overwrite::Refuse),
            Err(AuthorityError::OtherAlgorithm { .. })
        ));
    }

    #[test]
    fn a_site_certificate_ends_no_later_than_its_root() {
        let folder = tempfile::tempdir().unwrap();
        let authority = Authority::create(folder.path(), "Shop", 30, Overwrite::Refuse).unwrap();
        let origins = origins(&["pos.example"]);
        let site = authority
            .issue(
                &request(&origins),
                &folder.path().join("site"),
                Overwrite::Refuse,
            )
            .unwrap();
        assert_eq!(
            site.certificate.not_after / 1000,
            authority.certificate().not_after / 1000
        );
    }

    #[test]
    fn keys_are_never_overwritten_by_accident_and_belong_to_their_owner() {
        let folder = tempfile::tempdir().unwrap();
        let first = Authority::create(folder.path(), "Shop", 30, Overwrite::Refuse).unwrap();
        let again = Authority::create(folder.path(), "Shop", 30, Overwrite::Refuse);
        assert!(matches!(
            again,
            Err(AuthorityError::File(FileError::Exists { .. }))
        ));
        assert!(!files::is_exposed(&first.key_file()));
        let loaded = Authority::load(folder.path()).unwrap();
        assert_eq!(loaded.certificate(), first.certificate());
        let origins = origins(&["pos.example"]);
        let site = folder.path().join("site");
        let made = first
            .issue(&request(&origins), &site, Overwrite::Refuse)
            .unwrap();
        assert!(!files::is_exposed(&made.key_file));
        assert!(
            first
                .issue(&request(&origins), &site, Overwrite::Refuse)
                .is_err()
        );
        assert!(
            first
                .issue(&request(&origins), &site, Overwrite::Replace)
                .is_ok()
        );
    }

    #[test]
    fn a_folder_that_holds_no_root_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        assert!(matches!(
            Authority::load(folder.path()),
            Err(AuthorityError::File(_))
        ));
        Authority::create(folder.path(), "Shop", 30, Overwrite::Refuse).unwrap();
        let other = PrivateKey::generate(Algorithm::P256).unwrap();
        let key_file = folder.path().join(CA_KEY);
        files::write_secret(&key_file, &other.to_pem(), Overwrite::Replace).unwrap();
        assert!(matches!(
            Authority::load(folder.path()),
            Err(AuthorityError::RootMismatch { .. })
        ));
        let rsa = files::read_text(&vector_file("test-keys/rsa.key.pem")).unwrap();
        files::write_secret(&key_file, &rsa, Overwrite::Replace).unwrap();
        assert!(matches!(
            Authority::load(folder.path()),
            Err(AuthorityError::RootKey { .. })
        ));
        let leaf = files::read_text(&vector_file("test-keys/p256.pem")).unwrap();
        let certificate_file = folder.path().join(CA_CERTIFICATE);
        files::write_public(&certificate_file, &leaf, Overwrite::Replace).unwrap();
        assert!(matches!(
            Authority::load(folder.path()),
            Err(AuthorityError::Root { .. })
        ));
    }
}
