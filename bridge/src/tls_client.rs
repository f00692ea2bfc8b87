//! TLS to servers of the network: with the authorities that the machine trusts.

use std::sync::Arc;

use rustls::{ClientConfig, RootCertStore};
use rustls_pki_types::CertificateDer;

/// Where systems keep the authorities that they trust: Debian and Arch, Fedora,
/// SUSE, Alpine and macOS.
const AUTHORITIES: [&str; 4] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
];

/// TLS with the authorities that this machine trusts.
pub(crate) fn trusting_the_machines_authorities() -> Result<ClientConfig, String> {
    let bundle = AUTHORITIES
        .iter()
        .find_map(|path| std::fs::read(path).ok())
        .ok_or("this system's list of authorities was not found; install the package `ca-certificates`")?;
    let blocks = pem::parse_many(bundle).unwrap_or_default();
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(
        blocks
            .into_iter()
            .map(|block| CertificateDer::from(block.into_contents())),
    );
    client(roots)
}

/// TLS that believes these roots and nothing else.
pub(crate) fn client(roots: RootCertStore) -> Result<ClientConfig, String> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let versions = [&rustls::version::TLS13, &rustls::version::TLS12];
    let config = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&versions)
        .map_err(|error| error.to_string())?;
    Ok(config.with_root_certificates(roots).with_no_client_auth())
}
