//! The certificate of this machine's own server: made here, for loopback only.
//!
//! A certificate authority (CA) of this one machine, constrained to loopback
//! names, issues one leaf, and its key is gone when [`make`] returns: nobody
//! can ever issue another certificate with it, so trusting it gives away
//! nothing. Renewal makes a new pair, which browsers must be told to trust
//! anew. Nothing in either certificate names the machine or its user.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::path::{Path, PathBuf};

use platen_protocol::TimestampMs;
use rcgen::{
    BasicConstraints, CertificateParams, CidrSubnet, DistinguishedName, DnType,
    ExtendedKeyUsagePurpose, GeneralSubtree, IsCa, Issuer, KeyPair, KeyUsagePurpose,
    NameConstraints, PKCS_ECDSA_P256_SHA256, SanType, SerialNumber,
};
use ring::rand::{SecureRandom as _, SystemRandom};
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use time::{Duration, OffsetDateTime};

use crate::secret_file;

/// The CA's certificate, for trust stores.
const CA_FILE: &str = "ca.pem";
/// The leaf, the CA's certificate and the leaf's key, in one file so that they
/// can only change together.
const SERVER_FILE: &str = "server.pem";

/// Apple's limit for server certificates is 825 days.
const VALID_DAYS: i64 = 820;
/// Begins earlier than made: the clock of a till may be set back a little.
const EARLIER_DAYS: i64 = 2;
/// A certificate this close to its end is renewed at the next start.
const RENEW_DAYS: u64 = 14;
const DAY_MS: u64 = 86_400_000;

/// Why there is no certificate.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CertificateError {
    /// A file cannot be read or written.
    #[error("the server's certificate cannot be kept in {folder}: {source}")]
    File {
        /// Where.
        folder: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// A file is something else.
    #[error("{file} holds no certificate with its key; `platen cert renew` makes a new one")]
    Unreadable {
        /// Which.
        file: PathBuf,
    },
    /// Making one failed.
    #[error("no certificate could be made: {0}")]
    Make(#[from] rcgen::Error),
    /// The system gives no randomness.
    #[error("the system gives no random octets")]
    Random,
}

/// The server's certificate with its key, and the CA that browsers trust.
#[derive(Debug)]
pub struct MachineCertificate {
    /// Leaf, then CA.
    pub chain: Vec<CertificateDer<'static>>,
    /// The leaf's key.
    pub key: PrivateKeyDer<'static>,
    /// Where the CA's certificate lies as PEM.
    pub ca_file: PathBuf,
    /// SHA-256 of the CA's DER, lowercase hexadecimal.
    pub ca_fingerprint: String,
    /// When leaf and CA end.
    pub not_after: TimestampMs,
    /// Whether it was made just now, so that nobody trusts it yet.
    pub fresh: bool,
}

/// The certificate kept in `folder`; made on the first start, and anew when
/// its end is near.
///
/// # Errors
/// [`CertificateError`].
pub fn load_or_make(
    folder: &Path,
    now: TimestampMs,
) -> Result<MachineCertificate, CertificateError> {
    match load(folder)? {
        Some(kept) if kept.not_after > now.saturating_add(RENEW_DAYS * DAY_MS) => Ok(kept),
        Some(kept) => {
            tracing::warn!(
                not_after = kept.not_after,
                "the server's certificate ends soon and is renewed; browsers must trust the new one: run `platen doctor`"
            );
            renew(folder, now)
        }
        None => renew(folder, now),
    }
}

/// Makes a new certificate in `folder`, whatever is there.
///
/// # Errors
/// [`CertificateError`].
pub fn renew(folder: &Path, now: TimestampMs) -> Result<MachineCertificate, CertificateError> {
    let made = make(now)?;
    let file_error = |source| CertificateError::File {
        folder: folder.to_owned(),
        source,
    };
    std::fs::create_dir_all(folder).map_err(file_error)?;
    let server = folder.join(SERVER_FILE);
    secret_file::write(&server, made.server_pem.as_bytes()).map_err(file_error)?;
    let mut loaded = load(folder)?.ok_or(CertificateError::Unreadable { file: server })?;
    loaded.fresh = true;
    Ok(loaded)
}

/// What is in `folder`, if something is.
///
/// # Errors
/// [`CertificateError`].
pub fn load(folder: &Path) -> Result<Option<MachineCertificate>, CertificateError> {
    let file_error = |source| CertificateError::File {
        folder: folder.to_owned(),
        source,
    };
    let file = folder.join(SERVER_FILE);
    let Some(pem) = secret_file::read(&file).map_err(file_error)? else {
        return Ok(None);
    };
    let unreadable = || CertificateError::Unreadable { file: file.clone() };
    let chain = CertificateDer::pem_slice_iter(&pem)
        .collect::<Result<Vec<_>, _>>()
        .map_err(|_| unreadable())?;
    let key = PrivateKeyDer::from_pem_slice(&pem).map_err(|_| unreadable())?;
    let [leaf, ca] = chain.as_slice() else {
        return Err(unreadable());
    };
    let not_after = not_after(leaf).ok_or_else(unreadable)?;
    let ca_fingerprint = platen_protocol::Digest::of(ca).to_hex();
    // The CA's own file follows from the server's: a crash between the two is
    // repaired by the next start.
    let ca_file = folder.join(CA_FILE);
    let ca_pem = certificate_pem(ca);
    if std::fs::read(&ca_file).ok().as_deref() != Some(ca_pem.as_bytes()) {
        secret_file::write_public(&ca_file, ca_pem.as_bytes()).map_err(file_error)?;
    }
    Ok(Some(MachineCertificate {
        chain,
        key,
        ca_file,
        ca_fingerprint,
        not_after,
        fresh: false,
    }))
}

fn not_after(leaf: &CertificateDer<'_>) -> Option<TimestampMs> {
    let (_, parsed) = x509_parser::parse_x509_certificate(leaf).ok()?;
    let seconds = u64::try_from(parsed.validity().not_after.timestamp()).ok()?;
    seconds.checked_mul(1000)
}

fn certificate_pem(certificate: &CertificateDer<'_>) -> String {
    pem::encode(&pem::Pem::new("CERTIFICATE", certificate.to_vec()))
}

struct Made {
    server_pem: zeroize::Zeroizing<String>,
}

/// Makes CA and leaf. The CA's key lives in this function only; ring wipes
/// nothing, so what is kept here is the serialized key, and that is dropped
/// with the [`KeyPair`].
fn make(now: TimestampMs) -> Result<Made, CertificateError> {
    let ca_key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256)?;
    let ca_params = ca_params(now)?;
    let ca = ca_params.self_signed(&ca_key)?;
    let issuer = Issuer::from_params(&ca_params, ca_key);
    let leaf_key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256)?;
    let leaf = leaf_params(now)?.signed_by(&leaf_key, &issuer)?;
    drop(issuer);
    let key = PrivatePkcs8KeyDer::from(leaf_key.serialize_der());
    let key_pem = zeroize::Zeroizing::new(pem::encode(&pem::Pem::new(
        "PRIVATE KEY",
        key.secret_pkcs8_der(),
    )));
    Ok(Made {
        server_pem: zeroize::Zeroizing::new(format!(
            "{}{}{}",
            certificate_pem(leaf.der()),
            certificate_pem(ca.der()),
            key_pem.as_str()
        )),
    })
}

fn ca_params(now: TimestampMs) -> Result<CertificateParams, CertificateError> {
    let mut params = params("Platen, this machine only", now)?;
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    params.name_constraints = Some(NameConstraints {
        permitted_subtrees: vec![
            GeneralSubtree::DnsName("localhost".to_owned()),
            GeneralSubtree::IpAddress(CidrSubnet::from_v4_prefix(Ipv4Addr::LOCALHOST.octets(), 32)),
            GeneralSubtree::IpAddress(CidrSubnet::from_v6_prefix(
                Ipv6Addr::LOCALHOST.octets(),
                128,
            )),
        ],
        excluded_subtrees: Vec::new(),
    });
    Ok(params)
}

fn leaf_params(now: TimestampMs) -> Result<CertificateParams, CertificateError> {
    let mut params = params("Platen on this machine", now)?;
    params.is_ca = IsCa::ExplicitNoCa;
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params.use_authority_key_identifier_extension = true;
    params.subject_alt_names = vec![
        SanType::DnsName("localhost".try_into()?),
        SanType::IpAddress(IpAddr::V4(Ipv4Addr::LOCALHOST)),
        SanType::IpAddress(IpAddr::V6(Ipv6Addr::LOCALHOST)),
    ];
    Ok(params)
}

fn params(name: &str, now: TimestampMs) -> Result<CertificateParams, CertificateError> {
    let seconds = i64::try_from(now / 1000).unwrap_or(0);
    let now = OffsetDateTime::from_unix_timestamp(seconds).unwrap_or(OffsetDateTime::UNIX_EPOCH);
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, name);
    params.not_before = now - Duration::days(EARLIER_DAYS);
    params.not_after = now + Duration::days(VALID_DAYS);
    params.serial_number = Some(random_serial()?);
    Ok(params)
}

/// 127 random bits, positive (RFC 5280 §4.1.2.2): a name derived from nothing.
fn random_serial() -> Result<SerialNumber, CertificateError> {
    let mut octets = [0; 16];
    SystemRandom::new()
        .fill(&mut octets)
        .map_err(|_| CertificateError::Random)?;
    octets[0] = octets[0] & 0x7f | 0x40;
    Ok(SerialNumber::from_slice(&octets))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rustls::client::WebPkiServerVerifier;
    use rustls::client::danger::ServerCertVerifier as _;
    use rustls_pki_types::{ServerName, UnixTime};
    use std::sync::Arc;

    const NOW: TimestampMs = 1_800_000_000_000;

    fn verify(
        ca: &CertificateDer<'static>,
        leaf: &CertificateDer<'static>,
        name: &str,
    ) -> Result<(), rustls::Error> {
        let mut roots = rustls::RootCertStore::empty();
        roots.add(ca.clone()).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider)
            .build()
            .unwrap();
        let name = ServerName::try_from(name).unwrap();
        let now = UnixTime::since_unix_epoch(std::time::Duration::from_millis(NOW));
        verifier
            .verify_server_cert(leaf, &[], &name, &[], now)
            .map(|_| ())
    }

    #[test]
    fn the_leaf_is_good_for_loopback_names_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let made = load_or_make(folder.path(), NOW).unwrap();
        assert!(made.fresh);
        let [leaf, ca] = made.chain.as_slice() else {
            panic!("a leaf and its CA");
        };
        for name in ["localhost", "127.0.0.1", "::1"] {
            verify(ca, leaf, name).unwrap();
        }
        for name in ["pos.example", "127.0.0.2", "www.localhost"] {
            assert!(verify(ca, leaf, name).is_err(), "{name}");
        }
    }

    #[test]
    fn a_leaf_for_another_name_from_such_a_ca_is_worth_nothing() {
        let ca_key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap();
        let ca_params = ca_params(NOW).unwrap();
        let ca = ca_params.self_signed(&ca_key).unwrap();
        let issuer = Issuer::from_params(&ca_params, ca_key);
        for (name, san) in [
            (
                "bank.example",
                SanType::DnsName("bank.example".try_into().unwrap()),
            ),
            (
                "127.0.0.2",
                SanType::IpAddress("127.0.0.2".parse().unwrap()),
            ),
            (
                "192.0.2.1",
                SanType::IpAddress("192.0.2.1".parse().unwrap()),
            ),
            ("::2", SanType::IpAddress("::2".parse().unwrap())),
        ] {
            let mut params = leaf_params(NOW).unwrap();
            params.subject_alt_names = vec![san];
            let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap();
            let leaf = params.signed_by(&key, &issuer).unwrap();
            let error = verify(ca.der(), leaf.der(), name).unwrap_err();
            assert!(
                error.to_string().contains("NameConstraint"),
                "{name}: {error}"
            );
        }
    }

    #[test]
    fn the_same_certificate_serves_until_its_end_is_near() {
        let folder = tempfile::tempdir().unwrap();
        let first = load_or_make(folder.path(), NOW).unwrap();
        let again = load_or_make(folder.path(), NOW + 700 * DAY_MS).unwrap();
        assert_eq!(again.ca_fingerprint, first.ca_fingerprint);
        assert!(!again.fresh);
        let late = load_or_make(folder.path(), NOW + 810 * DAY_MS).unwrap();
        assert_ne!(late.ca_fingerprint, first.ca_fingerprint);
        assert!(late.fresh);
        assert!(late.not_after > NOW + 1600 * DAY_MS);
    }

    #[test]
    fn nothing_in_the_certificates_names_the_machine_and_serials_differ() {
        let read = |certificate: &CertificateDer<'_>| {
            let (_, parsed) = x509_parser::parse_x509_certificate(certificate).unwrap();
            (parsed.subject().to_string(), parsed.raw_serial_as_string())
        };
        let folders = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
        let [one, other] = folders.map(|folder| load_or_make(folder.path(), NOW).unwrap());
        for (a, b) in one.chain.iter().zip(&other.chain) {
            let ((subject, serial), (other_subject, other_serial)) = (read(a), read(b));
            assert_eq!(subject, other_subject);
            assert_ne!(serial, other_serial);
        }
    }

    #[cfg(unix)]
    #[test]
    fn the_key_is_its_owners_and_the_ca_is_anybodys() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        load_or_make(folder.path(), NOW).unwrap();
        let mode = |name: &str| {
            let path = folder.path().join(name);
            std::fs::metadata(path).unwrap().permissions().mode() & 0o777
        };
        assert_eq!(mode(SERVER_FILE), 0o600);
        assert_eq!(mode(CA_FILE), 0o644);
        let ca = std::fs::read_to_string(folder.path().join(CA_FILE)).unwrap();
        assert!(!ca.contains("PRIVATE"));
        let files = std::fs::read_dir(folder.path()).unwrap().count();
        assert_eq!(files, 2, "no key of the CA anywhere");
    }

    #[test]
    fn a_lost_ca_file_is_written_again() {
        let folder = tempfile::tempdir().unwrap();
        let made = load_or_make(folder.path(), NOW).unwrap();
        std::fs::remove_file(&made.ca_file).unwrap();
        let again = load_or_make(folder.path(), NOW).unwrap();
        assert_eq!(again.ca_fingerprint, made.ca_fingerprint);
        assert!(made.ca_file.exists());
    }
}
