//! The only maker of [`Authorized`]: who may do what, decided once.
//!
//! [`Authorizer`] knows the grants, the agent's identity, the revocations and
//! the time. [`Authorizer::open_session`] turns a signed `session.open` into an
//! [`OpenSession`]; [`Authorizer::admit`] turns each further call into an
//! [`Authorized`] request. It knows no sockets and does no I/O.
//!
//! No replay cache is kept, because nothing is left for one: a statement names
//! the challenge of one connection, 32 random octets that never come again,
//! and within that connection each sequence number is accepted once. A
//! statement played back on another connection, after a restart or to another
//! agent fails on `challenge` or `agent`.

mod peer;
mod pending;
mod qz;
mod revocations;
mod session;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use platen_protocol::device::{DeviceClass, DevicesList};
use platen_protocol::method::{AgentProof, AgentProve, SessionOpen};
use platen_protocol::statement::{Expected, SequenceWindow};
use platen_protocol::trust::{self, Anchor, Certificate, TrustError, VerifiedChain};
use platen_protocol::{
    Capability, ErrorCode, Method, Origin, PrinterId, Request, Signed, Statement, TimestampMs,
    Topic, WireError,
};

pub use self::peer::{Caller, Peer};
pub use self::pending::{Pending, PendingSite, ShownCertificate};
pub use self::qz::{QzNeed, QzPrint, QzRefusal, QzSigned};
pub use self::revocations::Revocations;
pub use self::session::OpenSession;
use crate::agent_identity::AgentIdentity;
use crate::clock::Clock;
use crate::device_access::DeviceRequest;
use crate::grant::{AnchorKind, Grant, Grants};
use crate::job::Submitter;
use crate::owner::{User, Users};

/// On whose behalf a request is made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject {
    /// The origin that asks.
    pub origin: Origin,
    /// The user of the machine in whose browser it runs; `None` where nobody
    /// knows.
    pub user: Option<User>,
    /// What allows it.
    pub grant: Arc<Grant>,
    /// Printers that are for other users.
    pub reserved: Arc<BTreeSet<PrinterId>>,
}

impl Subject {
    /// Whether it may know of this printer: the grant names it, and it is no
    /// other user's.
    #[must_use]
    pub fn may_use(&self, printer: &PrinterId) -> bool {
        self.grant.printers.contains(printer) && !self.reserved.contains(printer)
    }

    /// As what it submits jobs, and which of them are its own.
    #[must_use]
    pub fn submitter(&self) -> Submitter {
        Submitter {
            origin: self.origin.shared(),
            user: self.user.clone(),
        }
    }
}

/// A request whose origin, signature and freshness have been checked, and
/// whose capability the grant has.
///
/// Invariant: only this module makes one. Code that takes `Authorized<T>` has
/// nothing left to check but which printer and which job are meant.
#[derive(Debug)]
pub struct Authorized<T> {
    request: T,
    subject: Subject,
}

impl<T> Authorized<T> {
    /// The request.
    pub fn request(&self) -> &T {
        &self.request
    }

    /// On whose behalf.
    pub fn subject(&self) -> &Subject {
        &self.subject
    }

    /// The request and on whose behalf.
    pub fn into_parts(self) -> (T, Subject) {
        (self.request, self.subject)
    }
}

/// A connection as the authorizer sees it: who asks, and what was said to it.
#[derive(Debug)]
pub struct Connection {
    /// The other side.
    pub caller: Caller,
    /// The challenge of its `hello`.
    pub challenge: String,
    /// Which of its sequence numbers were used.
    pub sequence: SequenceWindow,
}

/// Decides who may do what.
#[derive(Clone)]
pub struct Authorizer {
    grants: Grants,
    agent: Arc<AgentIdentity>,
    clock: Clock,
    revocations: Arc<dyn Revocations>,
    repeats: Arc<qz::Repeats>,
    pending: Arc<Pending>,
    printer_users: Arc<BTreeMap<PrinterId, Users>>,
}

impl fmt::Debug for Authorizer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Authorizer")
    }
}

impl Authorizer {
    /// An authorizer over the current grants.
    #[must_use]
    pub fn new(
        grants: Grants,
        agent: Arc<AgentIdentity>,
        clock: Clock,
        revocations: Arc<dyn Revocations>,
    ) -> Self {
        Self {
            repeats: Arc::new(qz::Repeats::new(clock.now())),
            pending: Arc::default(),
            printer_users: Arc::default(),
            grants,
            agent,
            clock,
            revocations,
        }
    }

    /// The same with printers that are for some users of the machine only.
    #[must_use]
    pub fn with_printer_users(self, printer_users: BTreeMap<PrinterId, Users>) -> Self {
        Self {
            printer_users: Arc::new(printer_users),
            ..self
        }
    }

    /// The grants, to hear of changes.
    #[must_use]
    pub fn grants(&self) -> Grants {
        self.grants.clone()
    }

    /// The sites that were refused, for the machine's owner.
    #[must_use]
    pub fn pending(&self) -> Arc<Pending> {
        Arc::clone(&self.pending)
    }

    /// Whether some grant could come to matter for this peer. Everyone else
    /// is told nothing but `not-authorized`.
    #[must_use]
    pub fn knows(&self, caller: &Caller) -> bool {
        let now = self.clock.now();
        let is_for = |grant: &Grant| grant.users.admits(caller.user.as_ref());
        match &caller.peer {
            Peer::Site(origin) => self.any_grant(|grant| is_for(grant) && grant.names(origin, now)),
            Peer::Native => self.any_grant(|grant| is_for(grant) && grant.native),
            Peer::Opaque => false,
        }
    }

    /// Answers `agent.prove`.
    ///
    /// # Errors
    /// `not-authorized` where no grant names the origin; `invalid-params`.
    pub fn prove(
        &self,
        connection: &Connection,
        params: &AgentProve,
    ) -> Result<AgentProof, WireError> {
        let claimed = params.origin.as_ref();
        let origin = match (&connection.caller.peer, claimed) {
            (Peer::Site(origin), _) => origin,
            (Peer::Native, Some(origin)) => origin,
            (Peer::Native, None) | (Peer::Opaque, _) => return Err(not_authorized()),
        };
        if self.candidates(&connection.caller, origin).is_empty() {
            return Err(not_authorized());
        }
        if claimed.is_some_and(|claimed| claimed != origin) {
            return Err(WireError::with_message(
                ErrorCode::InvalidParams,
                "a browser's page speaks for its own origin; leave params.origin out",
            ));
        }
        if !(16..=128).contains(&params.nonce.chars().count()) {
            return Err(WireError::with_message(
                ErrorCode::InvalidParams,
                "params.nonce must have 16 to 128 characters",
            ));
        }
        self.agent
            .prove(origin, &connection.challenge, &params.nonce)
            .ok_or_else(|| WireError::new(ErrorCode::Internal))
    }

    /// Answers `session.open`. Of several grants that fit, a pinned leaf goes
    /// before a root, and the newest before older ones; grants are never
    /// joined, so each means what its maker was shown.
    ///
    /// # Errors
    /// `not-authorized` where no grant names the origin, else what exactly is
    /// wrong with certificate, statement or signature.
    pub fn open_session(
        &self,
        connection: &mut Connection,
        digest: &platen_protocol::Digest,
        params: &SessionOpen,
        signed: Option<&Signed>,
    ) -> Result<OpenSession, WireError> {
        let now = self.clock.now();
        let statement = signed.map(|signed| Statement::read(&signed.statement));
        let origin = match (&connection.caller.peer, &statement) {
            (Peer::Site(origin), _) => origin.clone(),
            // No browser: it speaks for whom its certificate allows.
            (Peer::Native, Some(Ok(statement))) => statement.origin.clone(),
            (Peer::Native, _) | (Peer::Opaque, _) => return Err(not_authorized()),
        };
        let candidates = self.candidates(&connection.caller, &origin);
        if candidates.is_empty() {
            return Err(not_authorized());
        }
        let (Some(signed), Some(statement)) = (signed, statement) else {
            return Err(WireError::new(ErrorCode::SignatureRequired));
        };
        let statement = statement.map_err(|error| statement_error(&error))?;
        let (chain, grant) =
            verify(&candidates, &params.certificates, now).map_err(|error| trust_error(&error))?;
        chain
            .leaf()
            .check_names(&origin)
            .map_err(|error| trust_error(&error))?;
        self.check_revoked(&chain, &grant)?;
        let agent = self.agent.id_for(&origin);
        let expected = Expected {
            purpose: Method::SessionOpen,
            origin: &origin,
            agent: &agent,
            challenge: &connection.challenge,
            digest,
            now,
        };
        check_signed(
            &chain,
            signed,
            &statement,
            expected,
            &mut connection.sequence,
        )?;
        let subject = self.subject(&connection.caller, origin, grant);
        Ok(OpenSession::new(subject, agent, chain))
    }

    /// Admits one call of an open session.
    ///
    /// # Errors
    /// What is missing: the capability, the signature, or that the session
    /// has ended in the meantime.
    pub fn admit(
        &self,
        connection: &mut Connection,
        session: &OpenSession,
        call: platen_protocol::message::Call,
    ) -> Result<Authorized<Request>, WireError> {
        let now = self.clock.now();
        let subject = session.subject();
        let method = call.request.method();
        if method == Method::SessionOpen {
            return Err(WireError::new(ErrorCode::SessionAlreadyOpen));
        }
        self.check_standing(session, now)?;
        check_capabilities(&call.request, &subject.grant)?;
        match &call.signed {
            Some(signed) => {
                let statement =
                    Statement::read(&signed.statement).map_err(|error| statement_error(&error))?;
                let expected = Expected {
                    purpose: method,
                    origin: &subject.origin,
                    agent: session.agent(),
                    challenge: &connection.challenge,
                    digest: &call.digest,
                    now,
                };
                let sequence = &mut connection.sequence;
                check_signed(session.chain(), signed, &statement, expected, sequence)?;
            }
            None if method.must_be_signed(subject.grant.signing) => {
                return Err(WireError::new(ErrorCode::SignatureRequired));
            }
            None => {}
        }
        Ok(Authorized {
            request: call.request,
            subject: subject.clone(),
        })
    }

    /// That a session's grant and certificates still count.
    fn check_standing(&self, session: &OpenSession, now: TimestampMs) -> Result<(), WireError> {
        let subject = session.subject();
        if !subject.grant.names(&subject.origin, now) {
            return Err(not_authorized());
        }
        for certificate in session.chain().path() {
            certificate
                .check_validity(None, now)
                .map_err(|error| trust_error(&error))?;
        }
        self.check_revoked(session.chain(), &subject.grant)
    }

    /// The session under the grants as they are now; `None` when its grant is
    /// gone, changed its certificate or no longer names the origin.
    #[must_use]
    pub fn renewed(&self, caller: &Caller, session: &OpenSession) -> Option<OpenSession> {
        let now = self.clock.now();
        let subject = session.subject();
        let grants = self.grants.borrow();
        let grant = grants.iter().find(|grant| {
            grant.id == subject.grant.id
                && grant.fingerprint == subject.grant.fingerprint
                && grant.anchor == subject.grant.anchor
                && serves(grant, caller, &subject.origin, now)
        })?;
        self.check_revoked(session.chain(), grant).ok()?;
        Some(session.under(Arc::clone(grant)))
    }

    /// When the session ends by itself: with its grant, its certificates, or
    /// the list that says they were not revoked.
    #[must_use]
    pub fn ends_in_ms(&self, session: &OpenSession) -> u64 {
        let grant = &session.subject().grant;
        let chain = session.chain().expires_at().saturating_add(1000);
        let end = grant.expires_at.unwrap_or(u64::MAX).min(chain);
        end.saturating_sub(self.clock.now())
            .min(self.list_counts_for_ms(grant))
    }

    fn candidates(&self, caller: &Caller, origin: &Origin) -> Vec<Arc<Grant>> {
        let now = self.clock.now();
        let grants = self.grants.borrow();
        grants
            .iter()
            .filter(|grant| serves(grant, caller, origin, now))
            .cloned()
            .collect()
    }

    /// On whose behalf this caller's session makes its calls.
    fn subject(&self, caller: &Caller, origin: Origin, grant: Arc<Grant>) -> Subject {
        let user = caller.user.clone();
        let others = self.printer_users.iter();
        let others = others.filter(|(_, users)| !users.admits(user.as_ref()));
        Subject {
            origin,
            grant,
            reserved: Arc::new(others.map(|(printer, _)| printer.clone()).collect()),
            user,
        }
    }

    fn any_grant(&self, fits: impl Fn(&Grant) -> bool) -> bool {
        self.grants.borrow().iter().any(|grant| fits(grant))
    }
}

impl Authorized<Request> {
    /// The same call as what it asks of a device, where the grant names that.
    ///
    /// # Errors
    /// `not-permitted`.
    pub(crate) fn to_device(
        &self,
        request: DeviceRequest,
    ) -> Result<Authorized<DeviceRequest>, WireError> {
        let named = request.need().check_named(&self.subject.grant);
        named.map_err(|message| WireError::with_message(ErrorCode::NotPermitted, message))?;
        Ok(Authorized {
            request,
            subject: self.subject.clone(),
        })
    }
}

/// Whether `grant` is one for this caller to speak for `origin`.
fn serves(grant: &Grant, caller: &Caller, origin: &Origin, now: TimestampMs) -> bool {
    let may_connect = match &caller.peer {
        Peer::Site(site) => site == origin,
        Peer::Native => grant.native,
        Peer::Opaque => false,
    };
    may_connect && grant.users.admits(caller.user.as_ref()) && grant.names(origin, now)
}

/// Verifies the chain against the candidates, and picks the one it fits.
fn verify(
    candidates: &[Arc<Grant>],
    certificates: &[String],
    now: TimestampMs,
) -> Result<(VerifiedChain, Arc<Grant>), TrustError> {
    let chain = trust::decode_chain(certificates)?;
    let anchors: Vec<(Anchor, &Arc<Grant>)> = candidates
        .iter()
        .filter_map(|grant| Some((anchor(grant)?, grant)))
        .collect();
    let known: Vec<Anchor> = anchors.iter().map(|(anchor, _)| anchor.clone()).collect();
    let verified = trust::verify_chain(&chain, &known, now)?;
    let grant = anchors
        .iter()
        .filter(|(anchor, _)| anchor.fingerprint() == verified.anchor())
        .map(|(_, grant)| *grant)
        .max_by_key(|grant| (grant.anchor == AnchorKind::Leaf, grant.id))
        .expect("a chain is verified up to one of the anchors given");
    Ok((verified, Arc::clone(grant)))
}

/// What a grant trusts. A root that cannot be read trusts nothing.
fn anchor(grant: &Grant) -> Option<Anchor> {
    match grant.anchor {
        AnchorKind::Leaf => grant.fingerprint.parse().ok().map(Anchor::leaf),
        AnchorKind::Root => Certificate::from_der(&grant.certificate, 0)
            .and_then(Anchor::root)
            .inspect_err(|error| {
                tracing::warn!(grant = grant.id, %error, "a grant's certificate is no root; add it again with `platen trust add`");
            })
            .ok(),
    }
}

fn check_signed(
    chain: &VerifiedChain,
    signed: &Signed,
    statement: &Statement,
    expected: Expected<'_>,
    sequence: &mut SequenceWindow,
) -> Result<(), WireError> {
    statement
        .check(expected)
        .map_err(|error| statement_error(&error))?;
    chain
        .key()
        .verify(signed.statement.as_bytes(), &signed.signature)
        .map_err(|error| trust_error(&error))?;
    // Last: a number is used up by its owner's signature only.
    if sequence.accept(statement.sequence) {
        Ok(())
    } else {
        Err(WireError::new(ErrorCode::StatementReplayed))
    }
}

fn check_capabilities(request: &Request, grant: &Grant) -> Result<(), WireError> {
    let mut needed: Vec<Capability> = request.method().capability().into_iter().collect();
    needed.extend(request.device_class().map(DeviceClass::capability));
    if let Request::DevicesList(DevicesList { class: None, .. }) = request {
        let mut classes = DeviceClass::ALL.into_iter().map(DeviceClass::capability);
        // One class is enough; without any, the first is missing.
        if !classes.any(|class| grant.capabilities.contains(&class)) {
            needed.push(Capability::Serial);
        }
    }
    if let Request::EventsSubscribe(params) = request {
        if params.topics.is_empty() {
            return Err(WireError::with_message(
                ErrorCode::InvalidParams,
                "params.topics names no topic; choose from jobs, printers",
            ));
        }
        needed.extend(params.topics.iter().copied().map(needed_to_hear));
    }
    match needed
        .iter()
        .find(|capability| !grant.capabilities.contains(capability))
    {
        Some(missing) => Err(WireError::with_message(
            ErrorCode::NotPermitted,
            format!("this site's grant lacks the capability {missing}"),
        )),
        None => Ok(()),
    }
}

/// The capability it takes to hear of a topic.
pub(crate) fn needed_to_hear(topic: Topic) -> Capability {
    match topic {
        Topic::Jobs => Capability::Jobs,
        Topic::Printers => Capability::Status,
    }
}

fn not_authorized() -> WireError {
    WireError::new(ErrorCode::NotAuthorized)
}

fn statement_error(error: &platen_protocol::statement::StatementError) -> WireError {
    WireError::with_message(error.code(), error.to_string())
}

fn trust_error(error: &TrustError) -> WireError {
    WireError::with_message(error.code(), error.to_string())
}
