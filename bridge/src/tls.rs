//! TLS of the browser port: rustls with ring, TLS 1.2 and 1.3, `http/1.1`.
//!
//! TLS is transport here, not the trust anchor: page and agent authenticate
//! inside the protocol, the same way with and without it. Which certificate
//! serves is asked at each handshake, by the clock: one follows the other
//! without a task, and a clock that is set is right at once.

use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use platen_protocol::TimestampMs;
use rustls::ServerConfig;
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;

use crate::certificate::{self, Leaf, MachineCertificate, Span};
use crate::clock::Clock;

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
    /// TLS with the one of these certificates that serves at the time.
    ///
    /// # Errors
    /// When key and certificate do not fit.
    pub fn new(certificate: &MachineCertificate, clock: Clock) -> Result<Self, TlsError> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let certified = certified(certificate)?;
        let current = Arc::new(Current {
            served: AtomicUsize::new(certified.serving(clock.now())),
            certified: RwLock::new(certified),
            clock,
        });
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

    /// New connections get one of these certificates.
    ///
    /// # Errors
    /// When key and certificate do not fit; the old one stays.
    pub fn replace(&self, certificate: &MachineCertificate) -> Result<(), TlsError> {
        let certified = certified(certificate)?;
        *self
            .current
            .certified
            .write()
            .unwrap_or_else(PoisonError::into_inner) = certified;
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

fn certified(certificate: &MachineCertificate) -> Result<Certified, TlsError> {
    let key = |leaf: &Leaf| {
        let key = rustls::crypto::ring::sign::any_supported_type(&leaf.key)?;
        let chain = vec![leaf.certificate.clone(), certificate.ca.clone()];
        let certified = CertifiedKey::new(chain, key);
        certified.keys_match()?;
        Ok(Arc::new(certified))
    };
    Ok(Certified {
        keys: (certificate.leaves().iter())
            .map(key)
            .collect::<Result<_, TlsError>>()?,
        spans: certificate.spans().collect(),
    })
}

/// The leaves, ready to serve; as many keys as spans.
struct Certified {
    keys: Vec<Arc<CertifiedKey>>,
    spans: Vec<Span>,
}

impl Certified {
    fn serving(&self, now: TimestampMs) -> usize {
        certificate::serving(&self.spans, now)
    }
}

/// Gives every client the certificate of the day, whatever name it asks for.
struct Current {
    certified: RwLock<Certified>,
    /// Which leaf served last, to tell of a switch once.
    served: AtomicUsize,
    clock: Clock,
}

impl ResolvesServerCert for Current {
    fn resolve(&self, _hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let certified = self
            .certified
            .read()
            .unwrap_or_else(PoisonError::into_inner);
        let serving = certified.serving(self.clock.now());
        if self.served.swap(serving, Ordering::Relaxed) != serving {
            let not_after = certified.spans.get(serving).map(|span| span.not_after);
            tracing::info!(
                not_after,
                "another certificate of the same authority serves now"
            );
        }
        certified.keys.get(serving).cloned()
    }
}

impl fmt::Debug for Current {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Current")
    }
}
