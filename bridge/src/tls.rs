//! TLS of the browser port: rustls with ring, TLS 1.2 and 1.3, `http/1.1`.
//!
//! TLS is transport here, not the trust anchor: page and agent authenticate
//! inside the protocol, the same way with and without it.

use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};

use rustls::ServerConfig;
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;

use crate::certificate::MachineCertificate;

/// Why TLS cannot be offered.
#[derive(Debug, thiserror::Error)]
#[error("the server's certificate and key do not make a TLS server: {0}")]
pub struct TlsError(#[from] rustls::Error);

/// The server's side of TLS; its certificate can change while it runs.
#[derive(Clone)]
pub struct Tls {
    config: Arc<ServerConfig>,
    current: Arc<Current>,
}

impl Tls {
    /// TLS with this certificate.
    ///
    /// # Errors
    /// When key and certificate do not fit.
    pub fn new(certificate: &MachineCertificate) -> Result<Self, TlsError> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let current = Arc::new(Current(RwLock::new(certified(certificate)?)));
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_protocol_versions(&[&rustls::version::TLS13, &rustls::version::TLS12])?
            .with_no_client_auth()
            .with_cert_resolver(Arc::clone(&current) as Arc<dyn ResolvesServerCert>);
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        // A loopback handshake is cheap, and a ticket would outlive a session.
        config.send_tls13_tickets = 0;
        Ok(Self {
            config: Arc::new(config),
            current,
        })
    }

    /// New connections get this certificate.
    ///
    /// # Errors
    /// When key and certificate do not fit; the old one stays.
    pub fn replace(&self, certificate: &MachineCertificate) -> Result<(), TlsError> {
        let key = certified(certificate)?;
        *self
            .current
            .0
            .write()
            .unwrap_or_else(PoisonError::into_inner) = key;
        Ok(())
    }

    pub(crate) fn acceptor(&self) -> tokio_rustls::TlsAcceptor {
        tokio_rustls::TlsAcceptor::from(Arc::clone(&self.config))
    }
}

impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Tls")
    }
}

fn certified(certificate: &MachineCertificate) -> Result<Arc<CertifiedKey>, TlsError> {
    let key = rustls::crypto::ring::sign::any_supported_type(&certificate.key)?;
    let certified = CertifiedKey::new(certificate.chain.clone(), key);
    certified.keys_match()?;
    Ok(Arc::new(certified))
}

/// Gives every client the one certificate, whatever name it asks for.
struct Current(RwLock<Arc<CertifiedKey>>);

impl ResolvesServerCert for Current {
    fn resolve(&self, _hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let current = self.0.read().unwrap_or_else(PoisonError::into_inner);
        Some(Arc::clone(&current))
    }
}

impl fmt::Debug for Current {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Current")
    }
}
