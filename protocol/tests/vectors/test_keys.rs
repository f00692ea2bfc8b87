//! Keys and certificates of the vectors. They are public: nothing may ever
//! trust them, and each subject says so.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use platen_protocol::trust::{Anchor, Certificate};
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, PKCS_ECDSA_P256_SHA256, PKCS_ECDSA_P384_SHA384, PKCS_ED25519, PKCS_RSA_SHA256,
    SanType, SignatureAlgorithm, date_time_ymd,
};
use ring::rand::SystemRandom;
use ring::signature::{
    ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, Ed25519KeyPair, RSA_PSS_SHA256, RsaKeyPair,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A chain of the vectors, as `session.open` carries it.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Chain {
    /// Leaf first, base64 of DER.
    pub(crate) certificates: Vec<String>,
    /// File of the leaf's key.
    pub(crate) key: String,
}

pub(crate) const ROOT: &str = "root";
const OTHER_ROOT: &str = "other-root";

/// Name of the chain, key file, issuer, names, and what is unusual about it.
const CHAINS: &[(&str, &str, &str, &[&str], Unusual)] = &[
    ("p256", "p256", ROOT, SHOP, Unusual::Nothing),
    ("ed25519", "ed25519", ROOT, SHOP, Unusual::Nothing),
    ("rsa", "rsa", ROOT, SHOP, Unusual::Nothing),
    ("p384", "p384", ROOT, SHOP, Unusual::Nothing),
    (
        "other-site",
        "p256",
        ROOT,
        &["other.example"],
        Unusual::Nothing,
    ),
    ("other-root", "p256", OTHER_ROOT, SHOP, Unusual::Nothing),
    ("expired", "p256", ROOT, SHOP, Unusual::Expired),
    ("server", "p256", ROOT, SHOP, Unusual::ForServers),
    ("authority", "p256", ROOT, SHOP, Unusual::Authority),
    ("revoked", "p256", ROOT, SHOP, Unusual::Nothing),
];

const SHOP: &[&str] = &[
    "pos.example",
    "*.shop.example",
    "https://pos.example:8443",
    "http://localhost:3000",
];

#[derive(Clone, Copy, PartialEq, Eq)]
enum Unusual {
    Nothing,
    Expired,
    ForServers,
    Authority,
}

pub(crate) fn read_key(name: &str) -> String {
    let path = crate::path(&format!("test-keys/{name}.key.pem"));
    std::fs::read_to_string(path).unwrap()
}

/// The committed key, or a new one where there is none. The RSA and Ed25519
/// keys come from `openssl genpkey`: ring makes no RSA keys, and writes Ed25519
/// keys in a form (RFC 5958, version 2) that OpenSSL 3.0 does not read.
fn key(name: &str, algorithm: &'static SignatureAlgorithm) -> KeyPair {
    let path = crate::path(&format!("test-keys/{name}.key.pem"));
    if !path.exists() {
        let key = KeyPair::generate_for(algorithm).unwrap();
        std::fs::write(&path, key.serialize_pem()).unwrap();
    }
    KeyPair::from_pkcs8_pem_and_sign_algo(&read_key(name), algorithm).unwrap()
}

fn algorithm(key: &str) -> &'static SignatureAlgorithm {
    match key {
        "ed25519" => &PKCS_ED25519,
        "rsa" => &PKCS_RSA_SHA256,
        "p384" => &PKCS_ECDSA_P384_SHA384,
        _ => &PKCS_ECDSA_P256_SHA256,
    }
}

fn params(name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    let subject = format!("TEST ONLY, key is public, never trust: {name}");
    params.distinguished_name.push(DnType::CommonName, subject);
    params.not_before = date_time_ymd(2026, 1, 1);
    params.not_after = date_time_ymd(2126, 1, 1);
    params
}

fn pem(der: &[u8]) -> String {
    let text = STANDARD.encode(der);
    let lines: Vec<&str> = (0..text.len())
        .step_by(64)
        .map(|start| &text[start..text.len().min(start + 64)])
        .collect();
    format!(
        "-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n",
        lines.join("\n")
    )
}

fn make_root(name: &str) -> (Vec<u8>, Issuer<'static, KeyPair>) {
    let key = key(name, &PKCS_ECDSA_P256_SHA256);
    let mut params = params(name);
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(1));
    params.key_usages = vec![
        KeyUsagePurpose::KeyCertSign,
        KeyUsagePurpose::CrlSign,
        KeyUsagePurpose::DigitalSignature,
    ];
    let der = params.self_signed(&key).unwrap().der().to_vec();
    std::fs::write(crate::path(&format!("test-keys/{name}.pem")), pem(&der)).unwrap();
    (der, Issuer::new(params, key))
}

/// Makes every certificate anew, with the keys there are.
pub(crate) fn make_chains() -> BTreeMap<String, Chain> {
    let roots = BTreeMap::from([ROOT, OTHER_ROOT].map(|name| (name, make_root(name))));
    let chain = |(name, key_name, root, names, unusual): &(&str, &str, &str, &[&str], Unusual)| {
        let key = key(key_name, algorithm(key_name));
        let mut params = params(name);
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        match unusual {
            Unusual::Nothing => {}
            Unusual::Expired => params.not_after = date_time_ymd(2026, 2, 1),
            Unusual::ForServers => {
                params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
            }
            Unusual::Authority => params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained),
        }
        params.subject_alt_names = names
            .iter()
            .map(|name| match name.contains("://") {
                true => SanType::URI((*name).try_into().unwrap()),
                false => SanType::DnsName((*name).try_into().unwrap()),
            })
            .collect();
        let (root_der, issuer) = &roots[root];
        let leaf = params.signed_by(&key, issuer).unwrap().der().to_vec();
        let file = crate::path(&format!("test-keys/{name}.pem"));
        std::fs::write(file, pem(&leaf) + &pem(root_der)).unwrap();
        let chain = Chain {
            certificates: vec![STANDARD.encode(&leaf), STANDARD.encode(root_der)],
            key: format!("test-keys/{key_name}.key.pem"),
        };
        ((*name).to_owned(), chain)
    };
    CHAINS.iter().map(chain).collect()
}

pub(crate) fn root_certificate() -> Certificate {
    let text = std::fs::read_to_string(crate::path("test-keys/root.pem")).unwrap();
    let base64: String = text.lines().filter(|line| !line.starts_with('-')).collect();
    Certificate::from_der(&STANDARD.decode(base64).unwrap(), 0).unwrap()
}

pub(crate) fn root_anchor() -> Anchor {
    Anchor::root(root_certificate()).unwrap()
}

/// The PKCS#8 octets of a committed key.
pub(crate) fn pkcs8(name: &str) -> Vec<u8> {
    KeyPair::from_pkcs8_pem_and_sign_algo(&read_key(name), algorithm(name))
        .unwrap()
        .serialize_der()
}

/// A signature as the key's kind has it.
pub(crate) fn sign(key: &str, text: &str) -> Vec<u8> {
    let (random, pkcs8) = (SystemRandom::new(), pkcs8(key));
    match key {
        "ed25519" => Ed25519KeyPair::from_pkcs8_maybe_unchecked(&pkcs8)
            .unwrap()
            .sign(text.as_bytes())
            .as_ref()
            .to_vec(),
        "rsa" => {
            let key = RsaKeyPair::from_pkcs8(&pkcs8).unwrap();
            let mut signature = vec![0; key.public().modulus_len()];
            key.sign(&RSA_PSS_SHA256, &random, text.as_bytes(), &mut signature)
                .unwrap();
            signature
        }
        _ => EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &pkcs8, &random)
            .unwrap()
            .sign(&random, text.as_bytes())
            .unwrap()
            .as_ref()
            .to_vec(),
    }
}

pub(crate) fn base64url(octets: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(octets)
}
