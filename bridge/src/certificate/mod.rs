//! The certificate of this machine's own server: made here, for loopback only.
//!
//! A certificate authority (CA) of this one machine, constrained to loopback
//! names, issues every server certificate (leaf) of its ten years in advance,
//! and its key is gone when making them ends: nobody can ever issue another
//! with it, so trusting it gives away nothing. One leaf follows the other by
//! the clock, at each handshake ([`serving`]): nothing is
//! to be done, in no store and in no browser, until the last of them ends.
//! Nothing in any certificate names the machine or its user.

mod make;

use std::io;
use std::path::{Path, PathBuf};

use platen_protocol::TimestampMs;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};

use self::make::make;
use crate::secret_file;

/// The CA's certificate, for trust stores.
const CA_FILE: &str = "ca.pem";
/// The leaves, each with its key, and the CA's certificate, in one file so that
/// they can only change together.
const SERVER_FILE: &str = "server.pem";
/// What [`SERVER_FILE`] was before the clock said that it has ended: taken back
/// when the clock was wrong.
const FORMER_FILE: &str = "server-former.pem";

/// A CA whose last leaf is this close to its end is followed by a new one at
/// the next start.
const RENEW_DAYS: u64 = 14;
/// The next leaf serves from here on before the end of the one before it: the
/// clock of a till may be wrong by days, and both are good.
const SWITCH_DAYS: u64 = 21;
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

/// The server's certificates with their keys, and the CA that browsers trust.
#[derive(Debug)]
pub struct MachineCertificate {
    /// At least one, in the order of their ends.
    leaves: Vec<Leaf>,
    /// The CA's certificate.
    pub ca: CertificateDer<'static>,
    /// Where the CA's certificate lies as PEM.
    pub ca_file: PathBuf,
    /// SHA-256 of the CA's DER, lowercase hexadecimal.
    pub ca_fingerprint: String,
    /// Whether it was made just now, so that nobody trusts it yet.
    pub fresh: bool,
}

/// One server certificate.
#[derive(Debug)]
pub struct Leaf {
    /// The certificate.
    pub certificate: CertificateDer<'static>,
    /// Its key.
    pub key: PrivateKeyDer<'static>,
    /// When it holds.
    pub span: Span,
}

/// From when until when a certificate holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// From here.
    pub not_before: TimestampMs,
    /// Until here.
    pub not_after: TimestampMs,
}

impl Span {
    fn holds_at(self, now: TimestampMs) -> bool {
        (self.not_before..self.not_after).contains(&now)
    }
}

impl MachineCertificate {
    /// The leaves, in the order in which they serve.
    #[must_use]
    pub fn leaves(&self) -> &[Leaf] {
        &self.leaves
    }

    /// When each leaf holds, in the same order.
    pub fn spans(&self) -> impl Iterator<Item = Span> {
        self.leaves.iter().map(|leaf| leaf.span)
    }

    /// When the last leaf ends, and browsers must be told of another CA.
    #[must_use]
    pub fn not_after(&self) -> TimestampMs {
        self.spans().map(|span| span.not_after).max().unwrap_or(0)
    }
}

/// Which of these leaves serves: the first one that holds and has some weeks
/// left, else one that holds. Where the clock is so wrong that none does, the
/// one that is nearest to holding.
#[must_use]
pub fn serving(spans: &[Span], now: TimestampMs) -> usize {
    let later = now.saturating_add(SWITCH_DAYS * DAY_MS);
    let comfortable = |span: &Span| span.holds_at(now) && span.not_after > later;
    let distance = |span: &Span| {
        let until = span.not_before.saturating_sub(now);
        until.max(now.saturating_sub(span.not_after))
    };
    spans
        .iter()
        .position(comfortable)
        .or_else(|| spans.iter().rposition(|span| span.holds_at(now)))
        .or_else(|| (0..spans.len()).min_by_key(|index| distance(&spans[*index])))
        .unwrap_or(0)
}

/// When the leaf after the serving one takes over; `None` for the last one.
#[must_use]
pub fn next_switch(spans: &[Span], now: TimestampMs) -> Option<TimestampMs> {
    let current = serving(spans, now);
    let next = spans.get(current + 1)?;
    let weeks_before = spans[current]
        .not_after
        .saturating_sub(SWITCH_DAYS * DAY_MS);
    Some(weeks_before.max(next.not_before))
}

/// The certificate kept in `folder`; made on the first start, and anew when
/// the end of its last leaf is near.
///
/// # Errors
/// [`CertificateError`].
pub fn load_or_make(
    folder: &Path,
    now: TimestampMs,
) -> Result<MachineCertificate, CertificateError> {
    let Some(kept) = load(folder)? else {
        return renew(folder, now);
    };
    if kept.spans().all(|span| now < span.not_before)
        && let Some(former) = take_back_former(folder, now)?
    {
        return Ok(former);
    }
    if kept.not_after() > now.saturating_add(RENEW_DAYS * DAY_MS) {
        return Ok(kept);
    }
    tracing::warn!(
        not_after = kept.not_after(),
        "the server's last certificate ends soon and a new authority follows it; browsers must trust the new one: run `platen doctor`"
    );
    let server = folder.join(SERVER_FILE);
    // By a copy: whenever this is cut short, there is a certificate.
    if let Some(octets) = secret_file::read(&server).map_err(in_folder(folder))? {
        secret_file::write(&folder.join(FORMER_FILE), &octets).map_err(in_folder(folder))?;
    }
    write_new(folder, now)
}

/// Makes a new certificate in `folder`, whatever is there.
///
/// # Errors
/// [`CertificateError`].
pub fn renew(folder: &Path, now: TimestampMs) -> Result<MachineCertificate, CertificateError> {
    forget_former(folder)?;
    write_new(folder, now)
}

fn write_new(folder: &Path, now: TimestampMs) -> Result<MachineCertificate, CertificateError> {
    let made = make(now)?;
    std::fs::create_dir_all(folder).map_err(in_folder(folder))?;
    let server = folder.join(SERVER_FILE);
    secret_file::write(&server, made.as_bytes()).map_err(in_folder(folder))?;
    let mut loaded = load(folder)?.ok_or(CertificateError::Unreadable { file: server })?;
    loaded.fresh = true;
    Ok(loaded)
}

/// What browsers trust since long, when a clock that ran far ahead had it
/// replaced and is right again.
fn take_back_former(
    folder: &Path,
    now: TimestampMs,
) -> Result<Option<MachineCertificate>, CertificateError> {
    let file = folder.join(FORMER_FILE);
    let Some(octets) = secret_file::read(&file).map_err(in_folder(folder))? else {
        return Ok(None);
    };
    let Some(Parsed { leaves, .. }) = parse(&octets) else {
        return Ok(None);
    };
    if !leaves.iter().any(|leaf| leaf.span.holds_at(now)) {
        return Ok(None);
    }
    secret_file::write(&folder.join(SERVER_FILE), &octets).map_err(in_folder(folder))?;
    forget_former(folder)?;
    tracing::warn!("the clock ran ahead and is right again: the certificate from before serves");
    load(folder)
}

fn forget_former(folder: &Path) -> Result<(), CertificateError> {
    match std::fs::remove_file(folder.join(FORMER_FILE)) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(in_folder(folder)(error)),
        Ok(()) | Err(_) => Ok(()),
    }
}

/// What is in `folder`, if something is.
///
/// # Errors
/// [`CertificateError`].
pub fn load(folder: &Path) -> Result<Option<MachineCertificate>, CertificateError> {
    let file = folder.join(SERVER_FILE);
    let Some(pem) = secret_file::read(&file).map_err(in_folder(folder))? else {
        return Ok(None);
    };
    let Parsed { leaves, ca } = parse(&pem).ok_or(CertificateError::Unreadable { file })?;
    let ca_fingerprint = platen_protocol::Digest::of(&ca).to_hex();
    // The CA's own file follows from the server's: a crash between the two is
    // repaired by the next start.
    let ca_file = folder.join(CA_FILE);
    let ca_pem = certificate_pem(&ca);
    if std::fs::read(&ca_file).ok().as_deref() != Some(ca_pem.as_bytes()) {
        secret_file::write_public(&ca_file, ca_pem.as_bytes()).map_err(in_folder(folder))?;
    }
    Ok(Some(MachineCertificate {
        leaves,
        ca,
        ca_file,
        ca_fingerprint,
        fresh: false,
    }))
}

struct Parsed {
    leaves: Vec<Leaf>,
    ca: CertificateDer<'static>,
}

/// Leaves with their keys in the same order, and one CA, wherever it stands:
/// also the file of an earlier version, which has one leaf.
fn parse(pem: &[u8]) -> Option<Parsed> {
    let (mut certificates, mut keys, mut authorities) = (Vec::new(), Vec::new(), Vec::new());
    for block in pem::parse_many(pem).ok()? {
        match block.tag() {
            "CERTIFICATE" => {
                let der = CertificateDer::from(block.into_contents());
                let (span, is_ca) = examine(&der)?;
                if is_ca {
                    authorities.push(der);
                } else {
                    certificates.push((der, span));
                }
            }
            "PRIVATE KEY" => keys.push(PrivateKeyDer::Pkcs8(block.into_contents().into())),
            _ => return None,
        }
    }
    if certificates.is_empty() || certificates.len() != keys.len() || authorities.len() != 1 {
        return None;
    }
    let leaves = certificates.into_iter().zip(keys);
    let mut leaves: Vec<_> = leaves
        .map(|((certificate, span), key)| Leaf {
            certificate,
            key,
            span,
        })
        .collect();
    leaves.sort_by_key(|leaf| leaf.span.not_after);
    let ca = authorities.pop()?;
    Some(Parsed { leaves, ca })
}

fn examine(certificate: &CertificateDer<'_>) -> Option<(Span, bool)> {
    let (_, parsed) = x509_parser::parse_x509_certificate(certificate).ok()?;
    let ms = |time: x509_parser::time::ASN1Time| {
        let seconds = u64::try_from(time.timestamp()).ok()?;
        seconds.checked_mul(1000)
    };
    let validity = parsed.validity();
    let span = Span {
        not_before: ms(validity.not_before)?,
        not_after: ms(validity.not_after)?,
    };
    Some((span, parsed.is_ca()))
}

fn certificate_pem(certificate: &CertificateDer<'_>) -> String {
    pem::encode(&pem::Pem::new("CERTIFICATE", certificate.to_vec()))
}

fn in_folder(folder: &Path) -> impl Fn(io::Error) -> CertificateError {
    let folder = folder.to_owned();
    move |source| CertificateError::File {
        folder: folder.clone(),
        source,
    }
}

#[cfg(test)]
mod tests;
