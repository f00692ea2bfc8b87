//! A site that signs: its own CA, a certificate for its origin, and what its
//! server does with a statement.

use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, Result};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use platen_protocol::{AgentId, Digest, Method, Origin, Signed, Statement};
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, SanType};
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair};

/// Milliseconds since the Unix epoch.
#[must_use]
pub fn now_ms() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| {
            u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
        })
}

/// A site with its keys.
#[derive(Debug)]
pub struct Site {
    /// The origin its page has.
    pub origin: Origin,
    /// The root as PEM, for `platen trust add`.
    pub root_pem: String,
    /// The chain as it goes over the wire, leaf first.
    pub chain: Vec<String>,
    key: EcdsaKeyPair,
    random: SystemRandom,
}

/// What a statement binds, beside the call itself.
#[derive(Debug, Clone)]
pub struct Binding {
    /// The machine.
    pub agent: AgentId,
    /// The connection.
    pub challenge: String,
    /// The place within the connection.
    pub sequence: u64,
}

impl Site {
    /// A site with a fresh CA and a certificate that names `origin`.
    ///
    /// # Errors
    /// When the origin is none, or keys cannot be made.
    pub fn new(origin: &str) -> Result<Self> {
        Self::with_names(origin, &[origin])
    }

    /// As [`Self::new`], with a certificate that names other origins.
    ///
    /// # Errors
    /// When the origin is none, or keys cannot be made.
    pub fn with_names(origin: &str, names: &[&str]) -> Result<Self> {
        let ca_key = KeyPair::generate()?;
        let mut ca = CertificateParams::default();
        ca.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        ca.distinguished_name
            .push(DnType::CommonName, "Test site CA");
        let ca_certificate = ca.self_signed(&ca_key)?;
        let issuer = Issuer::new(ca, ca_key);

        let key = KeyPair::generate()?;
        let mut leaf = CertificateParams::default();
        leaf.distinguished_name
            .push(DnType::CommonName, "Test site");
        for name in names {
            leaf.subject_alt_names
                .push(SanType::URI((*name).try_into()?));
        }
        let certificate = leaf.signed_by(&key, &issuer)?;
        let random = SystemRandom::new();
        let pkcs8 = key.serialize_der();
        let key = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &pkcs8, &random)
            .ok()
            .context("the key just made")?;
        Ok(Self {
            origin: origin.parse()?,
            root_pem: ca_certificate.pem(),
            chain: vec![
                STANDARD.encode(certificate.der()),
                STANDARD.encode(ca_certificate.der()),
            ],
            key,
            random,
        })
    }

    /// Signs a statement for one call.
    ///
    /// # Errors
    /// When the system has no randomness.
    pub fn sign(&self, method: Method, digest: Digest, binding: &Binding) -> Result<Signed> {
        let now = now_ms();
        self.sign_statement(&Statement {
            platen: 1,
            purpose: method,
            origin: self.origin.clone(),
            agent: binding.agent.clone(),
            challenge: binding.challenge.clone(),
            sequence: binding.sequence,
            issued_at: now,
            expires_at: now + 60_000,
            digest,
        })
    }

    /// Signs any statement, also one that should be refused.
    ///
    /// # Errors
    /// When the system has no randomness.
    pub fn sign_statement(&self, statement: &Statement) -> Result<Signed> {
        self.sign_text(statement.to_canonical()?)
    }

    /// Signs any text, also one that is no statement.
    ///
    /// # Errors
    /// When the system has no randomness.
    pub fn sign_text(&self, statement: String) -> Result<Signed> {
        let signature = self
            .key
            .sign(&self.random, statement.as_bytes())
            .ok()
            .context("no randomness to sign with")?;
        Ok(Signed {
            statement,
            signature: URL_SAFE_NO_PAD.encode(signature),
        })
    }
}
