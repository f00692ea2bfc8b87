//! T15: what the machine's own certificate authority is worth to somebody who
//! would have its key. Nobody has, for it is destroyed when the certificates
//! are made; so a CA with the same constraints, to the octet, stands in for it.

#![allow(clippy::unwrap_used)] // a test of one file, with helpers

use std::path::Path;
use std::process::{Command, Output};

use platen_bridge::certificate;
use rcgen::{
    BasicConstraints, CertificateParams, CustomExtension, DnType, ExtendedKeyUsagePurpose, IsCa,
    Issuer, KeyPair, KeyUsagePurpose, SanType,
};
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::ServerCertVerifier as _;
use rustls_pki_types::{CertificateDer, ServerName, UnixTime};
use std::sync::Arc;
use std::time::SystemTime;

const NAME_CONSTRAINTS: [u64; 4] = [2, 5, 29, 30];

/// A CA of which everything but its key is the machine's.
struct Stolen {
    certificate: rcgen::Certificate,
    issuer: Issuer<'static, KeyPair>,
}

impl Stolen {
    fn of(ca: &CertificateDer<'_>) -> Self {
        let (_, parsed) = x509_parser::parse_x509_certificate(ca).unwrap();
        let extensions = parsed.extensions().iter();
        let constraints: Vec<_> = extensions
            .filter(|extension| extension.oid.to_id_string() == "2.5.29.30")
            .collect();
        let [constraints] = &constraints[..] else {
            panic!("one extension constrains the names");
        };
        assert!(constraints.critical, "nobody may overlook it");
        let mut same =
            CustomExtension::from_oid_content(&NAME_CONSTRAINTS, constraints.value.to_vec());
        same.set_criticality(true);
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, "stolen");
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        params.custom_extensions = vec![same];
        let key = KeyPair::generate().unwrap();
        let certificate = params.self_signed(&key).unwrap();
        let issuer = Issuer::new(params, key);
        Self {
            certificate,
            issuer,
        }
    }

    /// A leaf for `name`.
    fn leaf(&self, name: &SanType, common_name: &str) -> rcgen::Certificate {
        let mut params = CertificateParams::default();
        params
            .distinguished_name
            .push(DnType::CommonName, common_name);
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        params.use_authority_key_identifier_extension = true;
        params.subject_alt_names = vec![name.clone()];
        let key = KeyPair::generate().unwrap();
        params.signed_by(&key, &self.issuer).unwrap()
    }
}

fn names() -> Vec<(&'static str, SanType, bool)> {
    let dns = |name: &'static str| SanType::DnsName(name.try_into().unwrap());
    let ip = |address: &str| SanType::IpAddress(address.parse().unwrap());
    vec![
        ("localhost", dns("localhost"), true),
        ("127.0.0.1", ip("127.0.0.1"), true),
        ("::1", ip("::1"), true),
        ("bank.example", dns("bank.example"), false),
        ("localhost.example", dns("localhost.example"), false),
        ("127.0.0.2", ip("127.0.0.2"), false),
        ("192.0.2.1", ip("192.0.2.1"), false),
        ("::2", ip("::2"), false),
    ]
}

fn run(program: &str, arguments: &[&str], folder: &Path) -> Output {
    let run = Command::new(program)
        .args(arguments)
        .current_dir(folder)
        .output();
    run.unwrap_or_else(|error| panic!("{program}: {error}; `cargo xtask setup unit` installs it"))
}

fn said(output: &Output) -> String {
    let text = |octets: &[u8]| String::from_utf8_lossy(octets).into_owned();
    text(&output.stdout) + &text(&output.stderr)
}

fn stolen() -> Stolen {
    let folder = tempfile::tempdir().unwrap();
    let now = SystemTime::UNIX_EPOCH.elapsed().unwrap().as_millis();
    let made = certificate::load_or_make(folder.path(), u64::try_from(now).unwrap()).unwrap();
    Stolen::of(&made.ca)
}

#[test]
fn t15_a_leaf_for_another_name_is_worth_nothing_in_rustls() {
    let stolen = stolen();
    let mut roots = rustls::RootCertStore::empty();
    roots.add(stolen.certificate.der().clone()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider)
        .build()
        .unwrap();
    for (name, san, good) in names() {
        let leaf = stolen.leaf(&san, "x");
        let server = ServerName::try_from(name).unwrap();
        let verified = verifier.verify_server_cert(leaf.der(), &[], &server, &[], UnixTime::now());
        match verified {
            Ok(_) => assert!(good, "{name}"),
            Err(error) => {
                assert!(!good, "{name}: {error}");
                assert!(
                    error.to_string().contains("NameConstraint"),
                    "{name}: {error}"
                );
            }
        }
    }
}

#[test]
fn t15_a_leaf_for_another_name_is_worth_nothing_in_openssl() {
    let folder = tempfile::tempdir().unwrap();
    let stolen = stolen();
    std::fs::write(folder.path().join("ca.pem"), stolen.certificate.pem()).unwrap();
    for (name, san, good) in names() {
        std::fs::write(folder.path().join("leaf.pem"), stolen.leaf(&san, "x").pem()).unwrap();
        let arguments = [
            "verify",
            "-x509_strict",
            "-purpose",
            "sslserver",
            "-CAfile",
            "ca.pem",
            "leaf.pem",
        ];
        let output = run("openssl", &arguments, folder.path());
        assert_eq!(output.status.success(), good, "{name}: {}", said(&output));
        assert!(
            good || said(&output).contains("permitted subtree violation"),
            "{name}"
        );
    }
}

#[test]
fn t15_a_leaf_for_another_name_is_worth_nothing_in_nss() {
    let folder = tempfile::tempdir().unwrap();
    let stolen = stolen();
    let write = |name: &str, pem: String| std::fs::write(folder.path().join(name), pem).unwrap();
    let certutil = |arguments: &[&str]| {
        run(
            "certutil",
            &[&["-d", "sql:."][..], arguments].concat(),
            folder.path(),
        )
    };
    write("ca.pem", stolen.certificate.pem());
    let made = certutil(&["-N", "--empty-password"]);
    assert!(made.status.success(), "{}", said(&made));
    let trusted = certutil(&["-A", "-n", "ca", "-t", "C,,", "-i", "ca.pem", "-a"]);
    assert!(trusted.status.success(), "{}", said(&trusted));
    for (name, san, good) in names() {
        // Before a colon NSS reads the name of a token.
        let nickname = name.replace(':', "_");
        write("leaf.pem", stolen.leaf(&san, &nickname).pem());
        let added = certutil(&["-A", "-n", &nickname, "-t", ",,", "-i", "leaf.pem", "-a"]);
        assert!(added.status.success(), "{}", said(&added));
        let output = certutil(&["-V", "-n", &nickname, "-u", "V"]);
        assert_eq!(output.status.success(), good, "{name}: {}", said(&output));
        assert!(
            good || said(&output).contains("not permitted to issue a certificate with this name"),
            "{name}: {}",
            said(&output)
        );
    }
}
