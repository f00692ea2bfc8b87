//! Sites, grants and agents for the tests of this crate.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use platen_protocol::grant::Signing;
use platen_protocol::statement::call_digest;
use platen_protocol::{
    AgentId, Capability, Event, Fingerprint, JobId, JobState, Method, Origin, PrinterId, Signed,
    Statement, TimestampMs,
};
use rcgen::{
    BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, SanType, SigningKey as _,
    date_time_ymd,
};

use tokio::sync::watch;

use crate::agent_identity::AgentIdentity;
use crate::authorize::{Authorizer, Revocations, Subject};
use crate::clock::Clock;
use crate::grant::{AnchorKind, Grant, PrinterScope};

/// Noon of 1 June 2026; every certificate here is valid from 2026 to 2027.
pub(crate) const NOW: TimestampMs = 1_780_315_200_000;

pub(crate) fn origin(text: &str) -> Origin {
    text.parse().unwrap()
}

/// A site with its own root and a leaf below it.
pub(crate) struct Site {
    pub(crate) root: Vec<u8>,
    pub(crate) leaf: Vec<u8>,
    key: KeyPair,
    sequence: AtomicU64,
}

impl Site {
    /// A site whose leaf names these DNS names or URIs.
    pub(crate) fn new(names: &[&str]) -> Self {
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, "root");
        params.not_before = date_time_ymd(2026, 1, 1);
        params.not_after = date_time_ymd(2027, 1, 1);
        let mut leaf_params = params.clone();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let root_key = KeyPair::generate().unwrap();
        let root = params.self_signed(&root_key).unwrap().der().to_vec();
        let issuer = Issuer::new(params, root_key);
        leaf_params.subject_alt_names = names
            .iter()
            .map(|name| {
                if name.contains("://") {
                    SanType::URI((*name).try_into().unwrap())
                } else {
                    SanType::DnsName((*name).try_into().unwrap())
                }
            })
            .collect();
        let key = KeyPair::generate().unwrap();
        let leaf = leaf_params.signed_by(&key, &issuer).unwrap();
        Self {
            root,
            leaf: leaf.der().to_vec(),
            key,
            sequence: AtomicU64::new(1),
        }
    }

    /// A grant of this site's root for these origins: everything but what
    /// only a machine's owner does.
    pub(crate) fn grant(&self, id: i64, origins: &[&str]) -> Grant {
        Grant {
            users: crate::owner::Users::everybody(),
            id,
            name: "test".into(),
            anchor: AnchorKind::Root,
            fingerprint: Fingerprint::of(&self.root).to_string(),
            certificate: self.root.clone(),
            origins: origins.iter().map(|text| text.parse().unwrap()).collect(),
            capabilities: BTreeSet::from(Capability::FOR_PRINTING),
            printers: PrinterScope::All,
            devices: BTreeSet::new(),
            signing: Signing::Request,
            native: false,
            qz: None,
            provisioned: false,
            created_at: NOW,
            revocations_max_age_days: None,
            expires_at: None,
        }
    }

    /// Params of `session.open` with this site's chain.
    pub(crate) fn open_params(&self) -> String {
        format!(r#"{{"certificates":["{}"]}}"#, STANDARD.encode(&self.leaf))
    }

    pub(crate) fn statement(
        &self,
        origin: &str,
        agent: &AgentId,
        challenge: &str,
        method: Method,
        params: &str,
    ) -> Statement {
        Statement {
            platen: 1,
            purpose: method,
            origin: origin.parse().unwrap(),
            agent: agent.clone(),
            challenge: challenge.to_owned(),
            sequence: self.sequence.fetch_add(1, Ordering::Relaxed),
            issued_at: NOW,
            expires_at: NOW + 60_000,
            digest: call_digest(method, params),
        }
    }

    pub(crate) fn sign(&self, statement: &Statement) -> Signed {
        self.sign_text(statement.to_canonical().unwrap())
    }

    pub(crate) fn sign_text(&self, statement: String) -> Signed {
        let signature = self.key.sign(statement.as_bytes()).unwrap();
        Signed {
            signature: URL_SAFE_NO_PAD.encode(signature),
            statement,
        }
    }
}

/// The text of a request.
pub(crate) fn request(id: u32, method: Method, params: &str, signed: Option<&Signed>) -> String {
    let method = method.as_str();
    let signed = signed.map_or(String::new(), |signed| {
        format!(r#","signed":{}"#, serde_json::to_string(signed).unwrap())
    });
    format!(r#"{{"jsonrpc":"2.0","id":{id},"method":"{method}","params":{params}{signed}}}"#)
}

pub(crate) fn subject(text: &str) -> Subject {
    let site = Site::new(&["pos.example"]);
    Subject {
        origin: origin(text),
        user: None,
        grant: Arc::new(site.grant(1, &[text])),
        reserved: Arc::default(),
    }
}

pub(crate) fn state_changed(n: u64) -> Event {
    Event::JobStateChanged {
        job_id: JobId::from_random(u128::from(n)),
        printer: printer(),
        state: JobState::Completed,
        reasons: Vec::new(),
        attempt: 1,
        evidence: None,
        code: None,
        at: NOW,
    }
}

pub(crate) fn progress(n: u64, octets_sent: u64) -> Event {
    Event::JobProgress {
        job_id: JobId::from_random(u128::from(n)),
        octets_sent,
        octets_total: 1_000_000,
    }
}

pub(crate) fn printer() -> PrinterId {
    "kitchen".parse().unwrap()
}

/// An agent with a fixed identity, at a fixed time.
pub(crate) struct Agent {
    pub(crate) identity: Arc<AgentIdentity>,
    pub(crate) grants: watch::Sender<Arc<Vec<Arc<Grant>>>>,
    pub(crate) now: Arc<AtomicU64>,
    pub(crate) revoked: Arc<Mutex<BTreeSet<Fingerprint>>>,
    /// When the list of every root was made.
    pub(crate) list_made_at: Arc<Mutex<Option<TimestampMs>>>,
}

/// What is in an [`Agent`] at the time.
#[derive(Debug)]
struct KnownRevocations {
    revoked: Arc<Mutex<BTreeSet<Fingerprint>>>,
    list_made_at: Arc<Mutex<Option<TimestampMs>>>,
    now: Arc<AtomicU64>,
}

impl Revocations for KnownRevocations {
    fn is_revoked(&self, certificate: &Fingerprint) -> bool {
        self.revoked.lock().unwrap().contains(certificate)
    }

    fn list_made_at(&self, _root: &str) -> Option<TimestampMs> {
        *self.list_made_at.lock().unwrap()
    }

    fn latest_time(&self) -> TimestampMs {
        self.now.load(Ordering::Relaxed)
    }
}

impl Agent {
    pub(crate) fn new(grants: Vec<Grant>) -> Self {
        Self {
            identity: Arc::new(AgentIdentity::from_secret([7; 32])),
            grants: watch::Sender::new(shared(grants)),
            now: Arc::new(AtomicU64::new(NOW)),
            revoked: Arc::default(),
            list_made_at: Arc::default(),
        }
    }

    pub(crate) fn authorizer(&self) -> Authorizer {
        let now = Arc::clone(&self.now);
        let revocations = KnownRevocations {
            revoked: Arc::clone(&self.revoked),
            list_made_at: Arc::clone(&self.list_made_at),
            now: Arc::clone(&self.now),
        };
        Authorizer::new(
            self.grants.subscribe(),
            Arc::clone(&self.identity),
            Clock::from_fn(move || now.load(Ordering::Relaxed)),
            Arc::new(revocations),
        )
    }

    pub(crate) fn set_grants(&self, grants: Vec<Grant>) {
        self.grants.send_replace(shared(grants));
    }

    /// Who the agent is to `text`.
    pub(crate) fn id_for(&self, text: &str) -> AgentId {
        self.identity.id_for(&origin(text))
    }
}

fn shared(grants: Vec<Grant>) -> Arc<Vec<Arc<Grant>>> {
    Arc::new(grants.into_iter().map(Arc::new).collect())
}

/// Origins that are nearly `https://pos.example`, or want to be.
pub(crate) const HOSTILE_ORIGINS: &[&str] = &[
    "null",
    "*",
    "https://",
    "https://pos.example.",
    "https://pos.example/",
    "https://pos.example//",
    "https://pos.example/a",
    "https://pos.example?",
    "https://pos.example#",
    "https://pos.example:",
    "https://pos.example:0",
    "https://pos.example:80",
    "https://pos.example:443",
    "https://pos.example:8443",
    "https://pos.example:65536",
    "https://pos.example:00443",
    "https://pos.example@evil.example",
    "https://evil.example@pos.example",
    "https://a:b@pos.example",
    "https://pos.example.evil.example",
    "https://pos.example-evil.example",
    "https://evil.example/pos.example",
    "https://evil.example?pos.example",
    "https://evil.example#pos.example",
    "https://evilpos.example",
    "https://evil-pos.example",
    "https://www.pos.example",
    "https://pos.example.com",
    "https://pos.exampl",
    "https://pos.examples",
    "https://pos-example",
    "https://pos..example",
    "https://.pos.example",
    "https://pos.example%00",
    "https://pos.example%2eevil.example",
    "https://pos.example\\.evil.example",
    "https://pos.example, https://pos.example",
    "https://pos.example,https://evil.example",
    "https://pos.example https://evil.example",
    "https://xn--pos-example-9k0d",
    "https://xn--ps-vma.example",
    "https://p\u{f6}s.example",
    "https://p\u{43e}s.example",
    "https://POS.EXAMPLE",
    "https://Pos.example",
    "HTTPS://pos.example",
    "Https://pos.example",
    "http://pos.example",
    "http://pos.example:443",
    "https:/pos.example",
    "https:pos.example",
    "//pos.example",
    "pos.example",
    "wss://pos.example",
    "ws://pos.example",
    "ftp://pos.example",
    "file://",
    "file:///pos.example",
    "data:text/html,pos.example",
    "blob:https://pos.example",
    "javascript://pos.example",
    "about:blank",
    "chrome-extension://abcdefghijklmnop",
    "moz-extension://pos.example",
    "safari-web-extension://pos.example",
    "capacitor://pos.example",
    "app://pos.example",
    "http://localhost",
    "http://localhost:8181",
    "https://localhost:8181",
    "http://127.0.0.1:8182",
    "http://[::1]:8182",
    "http://0.0.0.0:8182",
    "https://192.0.2.7",
    "https://evil.example",
];
