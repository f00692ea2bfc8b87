//! Who may do what by pages written for QZ Tray.
//!
//! That protocol binds a signature to nothing but 15 minutes: the certificate
//! is shown and not proved, and a call is signed over its own text. So what
//! our own protocol gets from challenges, this one gets from memory: no
//! signed call that changes something counts twice ([`Repeats`]), nor one
//! signed before the agent started. The origin is the browser's word, held
//! against the grant.

use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use platen_protocol::method::JobsSubmit;
use platen_protocol::trust::{self, Anchor, Certificate, LegacyHash, VerifiedChain, VerifyingKey};
use platen_protocol::{Capability, Digest, Fingerprint, Origin, Request, TimestampMs};

use super::{Authorized, Authorizer, Caller, OpenSession, Peer, check_capabilities, serves};
use crate::grant::{AnchorKind, DeviceIdentity, Grant};
use crate::thumbprint::Thumbprint;

/// How far a call's time may be from ours, either way.
const WINDOW_MS: u64 = 15 * 60 * 1_000;
/// A page that prints the same label five times in one millisecond signs the
/// same text five times. For as long as this after its time, the connection
/// that brought it may bring it again, as a call with another `uid`.
const SAME_TEXT_MS_MAX: u64 = 2_000;
/// Entries remembered, two for each call: a hundred calls a second for as long
/// as they count.
const REMEMBERED_MAX: usize = 200_000;
const MINUTE_MS: u64 = 60_000;

/// A call's signature, what it is over, and how it came.
#[derive(Debug, Clone)]
pub struct QzSigned {
    /// Which connection brought it.
    pub connection: u64,
    /// The call's own name, which nobody signs.
    pub uid: String,
    /// The 64 characters that are signed.
    pub digest: String,
    /// Those of the same text without white space between its parts, where it
    /// has some: a client may sign before it makes the text readable.
    pub compact_digest: Option<String>,
    /// When, as the client says: ms since 1970.
    pub timestamp: Option<u64>,
    /// Base64; empty or `None` for a page without a signer.
    pub signature: Option<String>,
    /// `SHA1`, `SHA256` or `SHA512`; `None` means the first.
    pub algorithm: Option<String>,
}

/// What a grant must say for a call that only this dialect has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum QzNeed {
    /// That the machine may be identified.
    Networking,
    /// Some device of this class; which, is for the engine to choose from
    /// those that [`Grant::allows_device`].
    Class(Capability),
    /// This device.
    Device(DeviceIdentity),
    /// That there are files of its own, and those in common.
    Files,
    /// That files below a folder of the machine's are its to use.
    Folder(PathBuf),
}

impl QzNeed {
    fn check(&self, grant: &Grant) -> Result<(), QzRefusal> {
        if grant.qz.is_none() {
            return Err(QzRefusal::GrantEnded);
        }
        self.check_named(grant).map_err(QzRefusal::NotPermitted)
    }

    /// Whether the grant names it, in whatever dialect it is asked for.
    ///
    /// # Errors
    /// How it is allowed.
    pub(super) fn check_named(&self, grant: &Grant) -> Result<(), String> {
        let terms = grant.qz.as_ref();
        let (is_allowed, option) = match self {
            Self::Networking => (
                terms.is_some_and(|terms| terms.networking),
                "--qz=networking".to_owned(),
            ),
            Self::Class(class) => {
                let is_named =
                    grant.capabilities.contains(class) && !grant.names_no_device_for(*class);
                (is_named, format!("--device {class}:..."))
            }
            Self::Device(device) => (grant.allows_device(device), format!("--device {device}")),
            Self::Files => {
                let may_use = grant.capabilities.contains(&Capability::Files);
                (may_use, "--qz=files".to_owned())
            }
            Self::Folder(path) => {
                let may_use = grant.capabilities.contains(&Capability::Files);
                let mut folders = terms.into_iter().flat_map(|terms| &terms.folders);
                let is_below = folders.any(|folder| path.starts_with(folder));
                (may_use && is_below, "--qz=folder=PATH".to_owned())
            }
        };
        if is_allowed {
            Ok(())
        } else {
            Err(format!(
                "this site's grant does not name it; allow it with `platen trust add ... {option}`"
            ))
        }
    }
}

/// Why nothing came of it: for the log, never for the page.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum QzRefusal {
    /// No grant for this origin, or none for this dialect.
    #[error(
        "no grant lets this site use the QZ dialect; `platen trust pending` lists it with the command that allows it"
    )]
    NoGrant,
    /// The certificate is not one this machine trusts.
    #[error("the certificate is not trusted: {0}")]
    Certificate(String),
    /// A grant that allows nothing pins the certificate.
    #[error(
        "its certificate is blocked on this machine; `platen trust list` shows by which grant, and `platen trust remove` ends that"
    )]
    Blocked,
    /// The grant has ended, or names this origin no more.
    #[error("the grant has ended")]
    GrantEnded,
    /// The grant allows less.
    #[error("{0}")]
    NotPermitted(String),
    /// No signature.
    #[error("the call is not signed; the page must call qz.security.setSignaturePromise")]
    Unsigned,
    /// A hash we do not know, or do not take from this site.
    #[error(
        "signatures with {0} do not count; have the page call qz.security.setSignatureAlgorithm(\"SHA512\"), or allow SHA1 with `platen trust add ... --qz=allow-sha1`"
    )]
    Algorithm(String),
    /// Signed too long ago, or in the future.
    #[error(
        "the call was signed at another time than it came; set the clock of the server or of this machine"
    )]
    Time,
    /// Signed before the agent started: it may have been heard before.
    #[error(
        "the call was signed before the agent started; let the page sign it again, or allow repeats with `platen trust add ... --qz=allow-repeats`"
    )]
    BeforeStart,
    /// The signature does not fit.
    #[error("the signature does not fit the call and the certificate")]
    Signature,
    /// Heard before.
    #[error(
        "the signed call was heard before; sign each call anew, or allow repeats with `platen trust add ... --qz=allow-repeats`"
    )]
    Repeated,
    /// More calls than can be remembered.
    #[error("too many signed calls within a quarter of an hour")]
    TooMany,
}

impl Authorizer {
    /// Whether some grant could let this peer use the QZ dialect.
    #[must_use]
    pub fn knows_qz(&self, caller: &Caller) -> bool {
        let now = self.clock.now();
        self.any_grant(|grant| grant.qz.is_some() && origin_of(grant, caller, now).is_some())
    }

    /// Answers the page that shows its certificate: PEM, with an intermediate
    /// after it.
    ///
    /// # Errors
    /// [`QzRefusal`].
    pub fn open_qz(&self, caller: &Caller, pem: &str) -> Result<OpenSession, QzRefusal> {
        let now = self.clock.now();
        let chain = certificates(pem);
        let opened = match &chain {
            Ok(chain) => self.open_chain(caller, chain, now),
            Err(error) => Err(error.clone()),
        };
        match &opened {
            Ok(session) => self.pending.opened(&caller.peer, session.chain().leaf()),
            Err(refusal) => {
                let shown = chain.ok().and_then(|chain| {
                    let leaf = chain.into_iter().next()?;
                    Certificate::from_der(&leaf, 0).ok()
                });
                let reason = refusal.to_string();
                self.pending
                    .refused(&caller.peer, shown.as_ref(), &reason, now);
            }
        }
        opened
    }

    fn open_chain(
        &self,
        caller: &Caller,
        chain: &[Vec<u8>],
        now: TimestampMs,
    ) -> Result<OpenSession, QzRefusal> {
        let candidates: Vec<_> = self
            .grants
            .borrow()
            .iter()
            .filter(|grant| grant.qz.is_some())
            .filter_map(|grant| Some((origin_of(grant, caller, now)?, grant.clone())))
            .collect();
        if candidates.is_empty() {
            return Err(QzRefusal::NoGrant);
        }
        let certificate = |error: &dyn ToString| QzRefusal::Certificate(error.to_string());
        let anchors: Vec<Anchor> = candidates
            .iter()
            .flat_map(|(_, grant)| anchors(grant))
            .chain(anchor_by_thumbprint(&candidates, chain))
            .collect();
        let chain =
            trust::verify_chain(chain, &anchors, now).map_err(|error| certificate(&error))?;
        let (origin, grant) = candidates
            .into_iter()
            .filter(|(_, grant)| ends_at(&chain, grant))
            .max_by_key(|(_, grant)| (grant.anchor == AnchorKind::Leaf, grant.id))
            .ok_or(QzRefusal::NoGrant)?;
        self.check_revoked(&chain, &grant)
            .map_err(|error| certificate(&error.message))?;
        if grant.capabilities.is_empty() {
            return Err(QzRefusal::Blocked);
        }
        let agent = self.agent.id_for(&origin);
        let subject = self.subject(caller, origin, grant);
        Ok(OpenSession::new(subject, agent, chain))
    }

    /// Admits one call, which may become several requests.
    ///
    /// # Errors
    /// [`QzRefusal`].
    pub fn admit_qz(
        &self,
        session: &OpenSession,
        signed: &QzSigned,
        requests: Vec<Request>,
    ) -> Result<Vec<Authorized<Request>>, QzRefusal> {
        let subject = session.subject();
        for request in &requests {
            check_capabilities(request, &subject.grant)
                .map_err(|error| QzRefusal::NotPermitted(error.message))?;
        }
        let changes = requests.iter().any(|request| request.method().changes());
        self.check_call(session, signed, changes)?;
        let admitted = requests.into_iter().map(|request| Authorized {
            request,
            subject: subject.clone(),
        });
        Ok(admitted.collect())
    }

    /// Admits a look at what a signed call began to listen to. That client signs
    /// no such call.
    ///
    /// # Errors
    /// [`QzRefusal`]: for what changes something, always.
    pub fn admit_qz_look(
        &self,
        session: &OpenSession,
        request: Request,
    ) -> Result<Authorized<Request>, QzRefusal> {
        let subject = session.subject();
        if request.method().changes() {
            return Err(QzRefusal::Unsigned);
        }
        if subject.grant.qz.is_none() {
            return Err(QzRefusal::GrantEnded);
        }
        self.check_standing(session, self.clock.now())
            .map_err(|_| QzRefusal::GrantEnded)?;
        check_capabilities(&request, &subject.grant)
            .map_err(|error| QzRefusal::NotPermitted(error.message))?;
        Ok(Authorized {
            request,
            subject: subject.clone(),
        })
    }

    /// Admits one call that only this dialect has: what it needs, and whether
    /// it changes something (so that it counts once), is its caller's to know.
    ///
    /// # Errors
    /// [`QzRefusal`].
    pub fn admit_qz_call<T>(
        &self,
        session: &OpenSession,
        signed: &QzSigned,
        needed: Capability,
        changes: bool,
        call: T,
    ) -> Result<Authorized<T>, QzRefusal> {
        let subject = session.subject();
        if !subject.grant.capabilities.contains(&needed) {
            return Err(QzRefusal::NotPermitted(format!(
                "this site's grant lacks the capability {needed}"
            )));
        }
        self.check_call(session, signed, changes)?;
        Ok(Authorized {
            request: call,
            subject: subject.clone(),
        })
    }

    /// Admits one call about this machine or what it reaches, where the
    /// grant's terms name it.
    ///
    /// # Errors
    /// [`QzRefusal`].
    pub fn admit_qz_access<T>(
        &self,
        session: &OpenSession,
        signed: &QzSigned,
        need: &QzNeed,
        changes: bool,
        call: T,
    ) -> Result<Authorized<T>, QzRefusal> {
        let subject = session.subject();
        need.check(&subject.grant)?;
        self.check_call(session, signed, changes)?;
        Ok(Authorized {
            request: call,
            subject: subject.clone(),
        })
    }

    /// Admits one `print`, whose documents may still have to be made.
    ///
    /// # Errors
    /// [`QzRefusal`].
    pub fn admit_qz_print(
        &self,
        session: &OpenSession,
        signed: &QzSigned,
    ) -> Result<Authorized<QzPrint>, QzRefusal> {
        self.admit_qz_call(session, signed, Capability::Print, true, QzPrint(()))
    }

    /// That the session stands, and that its site signed this call just now.
    fn check_call(
        &self,
        session: &OpenSession,
        signed: &QzSigned,
        changes: bool,
    ) -> Result<(), QzRefusal> {
        let now = self.clock.now();
        let terms = session.subject().grant.qz.as_ref();
        let terms = terms.ok_or(QzRefusal::GrantEnded)?;
        self.check_standing(session, now)
            .map_err(|_| QzRefusal::GrantEnded)?;
        let signature = signed
            .signature
            .as_deref()
            .filter(|text| !text.is_empty())
            .ok_or(QzRefusal::Unsigned)?;
        let hash = hash(signed.algorithm.as_deref(), terms.allow_sha1)?;
        let timestamp = signed
            .timestamp
            .filter(|at| at.abs_diff(now) <= WINDOW_MS)
            .ok_or(QzRefusal::Time)?;
        // To look twice harms nobody, and pages do it with one signature.
        let counts_once = changes && !terms.allow_repeats;
        if counts_once && timestamp < self.repeats.since {
            return Err(QzRefusal::BeforeStart);
        }
        let key = session.chain().key();
        let digest = signed_digest(key, hash, signed, signature)?;
        if counts_once {
            // Last, so that only the site itself fills the memory.
            self.repeats.note(signed, digest, timestamp, now)?;
        }
        Ok(())
    }
}

/// A `print` that was admitted, before it is known which jobs it becomes.
///
/// Invariant: only [`Authorizer::admit_qz_print`] makes one.
#[derive(Debug)]
pub struct QzPrint(());

impl Authorized<QzPrint> {
    /// The jobs that the call became. One signature is for all of them.
    #[must_use]
    pub fn submits(&self, jobs: Vec<JobsSubmit>) -> Vec<Authorized<Request>> {
        jobs.into_iter()
            .map(|job| Authorized {
                request: Request::JobsSubmit(job),
                subject: self.subject.clone(),
            })
            .collect()
    }
}

/// The certificates in PEM, as DER.
fn certificates(pem: &str) -> Result<Vec<Vec<u8>>, QzRefusal> {
    let blocks = pem::parse_many(pem)
        .map_err(|_| QzRefusal::Certificate("it is no PEM".to_owned()))?
        .into_iter();
    let certificates = blocks.filter(|block| block.tag() == "CERTIFICATE");
    Ok(certificates.map(pem::Pem::into_contents).collect())
}

/// The origin a peer speaks for under this grant. A program that is no browser
/// names none; it has the only one that the grant names.
fn origin_of(grant: &Grant, caller: &Caller, now: TimestampMs) -> Option<Origin> {
    let origin = match (&caller.peer, &grant.origins[..]) {
        (Peer::Site(origin), _) => origin.clone(),
        (Peer::Native, [only]) => only.to_string().parse().ok()?,
        (Peer::Native | Peer::Opaque, _) => return None,
    };
    serves(grant, caller, &origin, now).then_some(origin)
}

/// What a grant of this dialect trusts: sites of QZ Tray sign with a
/// certificate that is its own root as well.
fn anchors(grant: &Grant) -> impl Iterator<Item = Anchor> {
    let itself = grant.fingerprint.parse().ok().map(Anchor::leaf);
    let root = (grant.anchor == AnchorKind::Root)
        .then(|| Certificate::from_der(&grant.certificate, 0))
        .and_then(Result::ok)
        .and_then(|certificate| Anchor::root(certificate).ok());
    itself.into_iter().chain(root)
}

/// The leaf, where a grant knows it by its SHA-1.
fn anchor_by_thumbprint(candidates: &[(Origin, Arc<Grant>)], chain: &[Vec<u8>]) -> Option<Anchor> {
    let leaf = chain.first()?;
    let thumbprint = Thumbprint::of(leaf).to_string();
    let mut grants = candidates.iter().map(|(_, grant)| grant);
    grants
        .any(|grant| grant.fingerprint == thumbprint)
        .then(|| Anchor::leaf(Fingerprint::of(leaf)))
}

/// Whether a verified chain ends at what this grant trusts.
fn ends_at(chain: &VerifiedChain, grant: &Grant) -> bool {
    let leaf = chain.leaf();
    let is_pinned = chain.anchor() == leaf.fingerprint
        && grant.fingerprint == Thumbprint::of(leaf.der()).to_string();
    is_pinned || grant.fingerprint == chain.anchor().to_string()
}

fn hash(algorithm: Option<&str>, allow_sha1: bool) -> Result<LegacyHash, QzRefusal> {
    let name = algorithm.unwrap_or("SHA1").to_ascii_uppercase();
    match name.as_str() {
        "SHA1" if allow_sha1 => Ok(LegacyHash::Sha1),
        "SHA256" => Ok(LegacyHash::Sha256),
        "SHA512" => Ok(LegacyHash::Sha512),
        _ => Err(QzRefusal::Algorithm(name.chars().take(16).collect())),
    }
}

/// Which of a call's digests the signature is over.
fn signed_digest<'a>(
    key: &VerifyingKey,
    hash: LegacyHash,
    signed: &'a QzSigned,
    signature: &str,
) -> Result<&'a str, QzRefusal> {
    let check = |digest: &str| check_signature(key, hash, digest, signature);
    match (check(&signed.digest), &signed.compact_digest) {
        (Ok(()), _) => Ok(&signed.digest),
        (Err(_), Some(compact)) => check(compact).map(|()| compact.as_str()),
        (Err(error), None) => Err(error),
    }
}

fn check_signature(
    key: &VerifyingKey,
    hash: LegacyHash,
    digest: &str,
    signature: &str,
) -> Result<(), QzRefusal> {
    // An RSA signature of 8192 bits, with line ends in its base64.
    const SIGNATURE_TEXT_OCTETS_MAX: usize = 1_500;
    if signature.len() > SIGNATURE_TEXT_OCTETS_MAX {
        return Err(QzRefusal::Signature);
    }
    let dense: String = signature.split_ascii_whitespace().collect();
    let octets = STANDARD.decode(dense).map_err(|_| QzRefusal::Signature)?;
    key.verify_legacy_rsa(hash, digest.as_bytes(), &octets)
        .map_err(|_| QzRefusal::Signature)
}

/// The signed calls that were heard and would still count.
#[derive(Debug)]
pub(super) struct Repeats {
    since: TimestampMs,
    /// By the minute in which they were signed: the text, and the text with
    /// its `uid`; and which connection brought it.
    heard: Mutex<BTreeMap<u64, HashMap<[u8; 16], u64>>>,
}

impl Repeats {
    pub(super) fn new(since: TimestampMs) -> Self {
        Self {
            since,
            heard: Mutex::default(),
        }
    }

    fn note(
        &self,
        call: &QzSigned,
        digest: &str,
        timestamp: u64,
        now: TimestampMs,
    ) -> Result<(), QzRefusal> {
        let (text, message) = (short(&[digest]), short(&[digest, &call.uid]));
        let mut heard = self.heard.lock().unwrap_or_else(PoisonError::into_inner);
        let oldest = now.saturating_sub(WINDOW_MS) / MINUTE_MS;
        *heard = heard.split_off(&oldest);
        if heard.values().map(HashMap::len).sum::<usize>() >= REMEMBERED_MAX {
            return Err(QzRefusal::TooMany);
        }
        let heard = heard.entry(timestamp / MINUTE_MS).or_default();
        let brought_by = heard.get(&text).copied();
        heard.entry(text).or_insert(call.connection);
        let is_new_message = heard.insert(message, call.connection).is_none();
        let is_at_once = now.abs_diff(timestamp) <= SAME_TEXT_MS_MAX;
        match brought_by {
            None => Ok(()),
            Some(connection) if connection == call.connection && is_new_message && is_at_once => {
                Ok(())
            }
            Some(_) => Err(QzRefusal::Repeated),
        }
    }
}

fn short(parts: &[&str]) -> [u8; 16] {
    let digest = Digest::of_pieces(parts.iter().map(|part| part.as_bytes()));
    let mut short = [0; 16];
    short.copy_from_slice(&digest.octets()[..16]);
    short
}

#[cfg(test)]
mod tests;
