//! The certificates over ten years of a clock that is played, and what a CA of
//! ours is worth to who has its key.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use proptest::prelude::*;
use rcgen::{Issuer, KeyPair, PKCS_ECDSA_P256_SHA256};
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::ServerCertVerifier as _;
use rustls_pki_types::{ServerName, UnixTime};
use time::{Duration, OffsetDateTime};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream};

use super::make::{ca_params, leaf_params};
use super::*;
use crate::clock::Clock;
use crate::tls::Tls;

const NOW: TimestampMs = 1_800_000_000_000;

fn day(number: u64) -> TimestampMs {
    NOW + number * DAY_MS
}

fn verify(
    ca: &CertificateDer<'static>,
    leaf: &CertificateDer<'static>,
    name: &str,
    now: TimestampMs,
) -> Result<(), rustls::Error> {
    let mut roots = rustls::RootCertStore::empty();
    roots.add(ca.clone()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider)
        .build()
        .unwrap();
    let name = ServerName::try_from(name).unwrap();
    let now = UnixTime::since_unix_epoch(std::time::Duration::from_millis(now));
    verifier
        .verify_server_cert(leaf, &[], &name, &[], now)
        .map(|_| ())
}

fn serving_leaf(made: &MachineCertificate, now: TimestampMs) -> &Leaf {
    let spans: Vec<_> = made.spans().collect();
    &made.leaves()[serving(&spans, now)]
}

#[test]
fn a_leaf_is_good_for_loopback_names_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let made = load_or_make(folder.path(), NOW).unwrap();
    assert!(made.fresh);
    for leaf in made.leaves() {
        let then = leaf.span.not_before + DAY_MS;
        for name in ["localhost", "127.0.0.1", "::1"] {
            verify(&made.ca, &leaf.certificate, name, then).unwrap();
        }
        for name in ["pos.example", "127.0.0.2", "www.localhost"] {
            assert!(
                verify(&made.ca, &leaf.certificate, name, then).is_err(),
                "{name}"
            );
        }
    }
}

#[test]
fn on_each_day_of_ten_years_a_leaf_serves_that_browsers_take() {
    let folder = tempfile::tempdir().unwrap();
    let made = load_or_make(folder.path(), NOW).unwrap();
    let mut keys = std::collections::BTreeSet::new();
    for number in 0..3650 {
        let leaf = serving_leaf(&made, day(number));
        verify(&made.ca, &leaf.certificate, "localhost", day(number)).unwrap();
        keys.insert(leaf.key.secret_der().to_vec());
        // Weeks are left of it until the last of all ends.
        let left = leaf.span.not_after - day(number);
        assert!(left > 20 * DAY_MS || number > 3600, "day {number}: {left}");
    }
    assert_eq!(
        keys.len(),
        made.leaves().len(),
        "each with a key of its own"
    );
    for span in made.spans() {
        assert!(
            span.not_after - span.not_before <= 820 * DAY_MS,
            "Apple's limit is 825"
        );
    }
    let spans: Vec<_> = made.spans().collect();
    for pair in spans.windows(2) {
        assert!(
            pair[0].not_after - pair[1].not_before >= 50 * DAY_MS,
            "weeks of overlap"
        );
    }
}

#[test]
fn the_next_switch_is_when_another_leaf_begins_to_serve() {
    let folder = tempfile::tempdir().unwrap();
    let made = load_or_make(folder.path(), NOW).unwrap();
    let spans: Vec<_> = made.spans().collect();
    let mut now = NOW;
    for leaf in 0..spans.len() {
        assert_eq!(serving(&spans, now), leaf);
        let Some(switch) = next_switch(&spans, now) else {
            assert_eq!(leaf, spans.len() - 1);
            break;
        };
        assert_eq!(serving(&spans, switch - 1), leaf);
        assert!(switch < spans[leaf].not_after);
        now = switch;
    }
}

proptest! {
    /// However wrong the clock is, what is valid goes before what is not.
    #[test]
    fn no_leaf_serves_that_is_not_valid_while_another_one_is(
        spans in prop::collection::vec((0_u64..10_000, 1_u64..900), 1..8),
        now in 0_u64..12_000,
    ) {
        let mut spans: Vec<_> = spans
            .into_iter()
            .map(|(begin, days)| Span {
                not_before: begin * DAY_MS,
                not_after: (begin + days) * DAY_MS,
            })
            .collect();
        spans.sort_by_key(|span| span.not_after);
        let now = now * DAY_MS;
        let chosen = spans[serving(&spans, now)];
        prop_assert!(chosen.holds_at(now) || !spans.iter().any(|span| span.holds_at(now)));
    }
}

/// A handshake with the agent's side of TLS, at the time the clock says.
async fn connect(
    tls: &Tls,
    ca: &CertificateDer<'static>,
    now: TimestampMs,
) -> (
    tokio_rustls::client::TlsStream<DuplexStream>,
    tokio_rustls::server::TlsStream<DuplexStream>,
) {
    #[derive(Debug)]
    struct At(TimestampMs);
    impl rustls::time_provider::TimeProvider for At {
        fn current_time(&self) -> Option<UnixTime> {
            let since = std::time::Duration::from_millis(self.0);
            Some(UnixTime::since_unix_epoch(since))
        }
    }
    let mut roots = rustls::RootCertStore::empty();
    roots.add(ca.clone()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ClientConfig::builder_with_details(provider, Arc::new(At(now)))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let (near, far) = tokio::io::duplex(1 << 16);
    let connector = tokio_rustls::TlsConnector::from(Arc::new(config));
    let (client, server) = tokio::join!(
        connector.connect("localhost".try_into().unwrap(), near),
        tls.acceptor().accept(far),
    );
    (client.unwrap(), server.unwrap())
}

#[tokio::test]
async fn the_running_agent_goes_on_to_the_next_leaf_and_open_connections_live_on() {
    let folder = tempfile::tempdir().unwrap();
    let made = load_or_make(folder.path(), NOW).unwrap();
    let now = Arc::new(AtomicU64::new(NOW));
    let read = Arc::clone(&now);
    let tls = Tls::new(&made, Clock::from_fn(move || read.load(Ordering::Relaxed))).unwrap();
    let shown = |client: &tokio_rustls::client::TlsStream<DuplexStream>| {
        client.get_ref().1.peer_certificates().unwrap()[0].clone()
    };
    let (mut first, mut first_server) = connect(&tls, &made.ca, NOW).await;
    assert_eq!(shown(&first), made.leaves()[0].certificate);
    // Far beyond the first leaf's end, the same CA is trusted and that is all
    // there is to it; set back, the clock is right about that as well.
    for number in [900, 1700, 2400, 3200, 3640, 0] {
        now.store(day(number), Ordering::Relaxed);
        let (client, _server) = connect(&tls, &made.ca, day(number)).await;
        assert_eq!(
            shown(&client),
            serving_leaf(&made, day(number)).certificate,
            "day {number}"
        );
        first.write_all(b"still here").await.unwrap();
        let mut heard = [0; 10];
        first_server.read_exact(&mut heard).await.unwrap();
        assert_eq!(&heard, b"still here");
    }
}

#[test]
fn the_same_authority_serves_until_the_end_of_its_last_leaf_is_near() {
    let folder = tempfile::tempdir().unwrap();
    let first = load_or_make(folder.path(), NOW).unwrap();
    for number in [1, 700, 900, 2000, 3600] {
        let again = load_or_make(folder.path(), day(number)).unwrap();
        assert_eq!(again.ca_fingerprint, first.ca_fingerprint, "day {number}");
        assert!(!again.fresh);
    }
    let late = load_or_make(folder.path(), day(3640)).unwrap();
    assert_ne!(late.ca_fingerprint, first.ca_fingerprint);
    assert!(late.fresh);
    assert!(late.not_after() > day(7000));
}

/// The file that earlier versions made: one leaf, its CA, its key.
fn write_older_file(folder: &Path) -> String {
    let at = |days: i64| {
        OffsetDateTime::from_unix_timestamp(1_800_000_000).unwrap() + Duration::days(days)
    };
    let ca_key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap();
    let params = ca_params(at(-2), at(820)).unwrap();
    let ca = params.self_signed(&ca_key).unwrap();
    let issuer = Issuer::from_params(&params, ca_key);
    let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap();
    let leaf = leaf_params(at(-2), at(820))
        .unwrap()
        .signed_by(&key, &issuer)
        .unwrap();
    let text = format!("{}{}{}", leaf.pem(), ca.pem(), key.serialize_pem());
    secret_file::write(&folder.join(SERVER_FILE), text.as_bytes()).unwrap();
    platen_protocol::Digest::of(ca.der()).to_hex()
}

#[test]
fn a_certificate_of_an_earlier_version_serves_until_its_end_is_near() {
    let folder = tempfile::tempdir().unwrap();
    let older = write_older_file(folder.path());
    let kept = load_or_make(folder.path(), day(800)).unwrap();
    assert_eq!((kept.leaves().len(), &kept.ca_fingerprint), (1, &older));
    verify(
        &kept.ca,
        &kept.leaves()[0].certificate,
        "localhost",
        day(800),
    )
    .unwrap();
    Tls::new(&kept, Clock::system()).unwrap();
    let next = load_or_make(folder.path(), day(810)).unwrap();
    assert_ne!(next.ca_fingerprint, older);
    assert!(next.leaves().len() > 1);
}

#[test]
fn a_clock_that_ran_decades_ahead_or_behind_costs_no_trust() {
    let folder = tempfile::tempdir().unwrap();
    let trusted = load_or_make(folder.path(), NOW).unwrap().ca_fingerprint;
    // Behind: before everything, and nothing is made.
    let behind = load_or_make(folder.path(), 0).unwrap();
    assert_eq!(behind.ca_fingerprint, trusted);
    // Ahead: nothing else can serve there. Right again: what browsers trust.
    let ahead = load_or_make(folder.path(), day(20_000)).unwrap();
    assert_ne!(ahead.ca_fingerprint, trusted);
    let right_again = load_or_make(folder.path(), day(1)).unwrap();
    assert_eq!(right_again.ca_fingerprint, trusted);
    assert!(!folder.path().join(FORMER_FILE).exists());
}

#[test]
fn a_certificate_that_a_person_renewed_never_comes_back() {
    let folder = tempfile::tempdir().unwrap();
    let first = load_or_make(folder.path(), NOW).unwrap().ca_fingerprint;
    load_or_make(folder.path(), day(20_000)).unwrap();
    let wanted = renew(folder.path(), day(20_000)).unwrap().ca_fingerprint;
    let later = load_or_make(folder.path(), day(1)).unwrap().ca_fingerprint;
    assert_eq!(later, wanted);
    assert_ne!(later, first);
}

#[test]
fn nothing_in_the_certificates_names_the_machine_and_serials_differ() {
    let read = |certificate: &CertificateDer<'_>| {
        let (_, parsed) = x509_parser::parse_x509_certificate(certificate).unwrap();
        (parsed.subject().to_string(), parsed.raw_serial_as_string())
    };
    let folders = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    let [one, other] = folders.map(|folder| load_or_make(folder.path(), NOW).unwrap());
    let all = |made: &MachineCertificate| {
        let leaves = made.leaves().iter().map(|leaf| read(&leaf.certificate));
        leaves.chain([read(&made.ca)]).collect::<Vec<_>>()
    };
    for ((subject, serial), (other_subject, other_serial)) in all(&one).into_iter().zip(all(&other))
    {
        assert_eq!(subject, other_subject);
        assert_ne!(serial, other_serial);
    }
}

#[cfg(unix)]
#[test]
fn the_keys_are_their_owners_and_the_ca_is_anybodys() {
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
}

#[test]
fn the_authoritys_key_is_nowhere() {
    let folder = tempfile::tempdir().unwrap();
    let made = load_or_make(folder.path(), NOW).unwrap();
    let (_, ca) = x509_parser::parse_x509_certificate(&made.ca).unwrap();
    let files: Vec<_> = std::fs::read_dir(folder.path())
        .unwrap()
        .map(|entry| std::fs::read(entry.unwrap().path()).unwrap())
        .collect();
    assert_eq!(files.len(), 2);
    for file in files {
        for block in pem::parse_many(&file).unwrap() {
            if block.tag() == "CERTIFICATE" {
                continue;
            }
            let key = KeyPair::try_from(block.contents()).unwrap();
            assert_ne!(
                rcgen::PublicKeyData::der_bytes(&key),
                ca.public_key().subject_public_key.data.as_ref()
            );
        }
    }
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

#[test]
fn a_file_that_is_cut_or_mixed_up_is_none() {
    let folder = tempfile::tempdir().unwrap();
    load_or_make(folder.path(), NOW).unwrap();
    let whole = std::fs::read(folder.path().join(SERVER_FILE)).unwrap();
    assert!(parse(&whole).is_some());
    for cut in (0..whole.len() - 2).step_by(37) {
        assert!(parse(&whole[..cut]).is_none(), "{cut}");
    }
    assert!(parse(b"-----BEGIN X-----\nAAAA\n-----END X-----\n").is_none());
}
