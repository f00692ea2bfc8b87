//! Signed calls of pages written for QZ Tray, and what is refused.

use super::*;
use crate::grant::QzTerms;
use crate::testing::{Agent, NOW, Site, origin};
use platen_protocol::method::{JobParams, NoParams};
use platen_protocol::{Fingerprint, JobId};
use ring::rand::SystemRandom;
use ring::signature::{RSA_PKCS1_SHA256, RsaKeyPair};
use std::sync::atomic::Ordering;

const POS: &str = "https://pos.example";
/// Not secret: the key of the test vectors.
const CERTIFICATE: &str = include_str!("../../../../protocol/vectors/test-keys/rsa.pem");
const KEY: &str = include_str!("../../../../protocol/vectors/test-keys/rsa.key.pem");

/// An agent that trusts one site, pinned, and the site's connection.
struct Scene {
    agent: Agent,
    authorizer: Authorizer,
    session: OpenSession,
    key: RsaKeyPair,
}

fn grant(terms: QzTerms) -> Grant {
    let der = pem::parse(CERTIFICATE).unwrap().into_contents();
    Grant {
        anchor: AnchorKind::Leaf,
        fingerprint: Fingerprint::of(&der).to_string(),
        certificate: der,
        qz: Some(terms),
        ..Site::new(&["pos.example"]).grant(1, &[POS])
    }
}

impl Scene {
    fn new(terms: QzTerms) -> Self {
        let agent = Agent::new(vec![grant(terms)]);
        let authorizer = agent.authorizer();
        let peer = Caller::from(Peer::Site(origin(POS)));
        let session = authorizer.open_qz(&peer, CERTIFICATE).unwrap();
        let key = pem::parse(KEY).unwrap();
        Self {
            agent,
            authorizer,
            session,
            key: RsaKeyPair::from_pkcs8(key.contents()).unwrap(),
        }
    }

    fn signed(&self, uid: &str, text: &str, timestamp: u64) -> QzSigned {
        let digest = Digest::of(format!("{text}{timestamp}").as_bytes()).to_hex();
        let mut signature = vec![0; self.key.public().modulus_len()];
        let random = SystemRandom::new();
        self.key
            .sign(
                &RSA_PKCS1_SHA256,
                &random,
                digest.as_bytes(),
                &mut signature,
            )
            .unwrap();
        QzSigned {
            connection: 1,
            uid: uid.to_owned(),
            digest,
            compact_digest: None,
            timestamp: Some(timestamp),
            signature: Some(STANDARD.encode(signature)),
            algorithm: Some("sha256".to_owned()),
        }
    }

    fn admit(&self, signed: &QzSigned) -> Result<(), QzRefusal> {
        let change = Request::JobsCancel(JobParams {
            job_id: JobId::from_random(1),
        });
        self.authorizer
            .admit_qz(&self.session, signed, vec![change])
            .map(|admitted| assert_eq!(admitted.len(), 1))
    }

    fn look(&self, signed: &QzSigned) -> Result<(), QzRefusal> {
        let look = vec![Request::PrintersList(NoParams {})];
        self.authorizer
            .admit_qz(&self.session, signed, look)
            .map(|_| ())
    }
}

#[test]
fn only_a_grant_for_this_dialect_opens_a_session() {
    let mut ours = grant(QzTerms::default());
    ours.qz = None;
    let agent = Agent::new(vec![ours]);
    let peer = Caller::from(Peer::Site(origin(POS)));
    let authorizer = agent.authorizer();
    assert!(!authorizer.knows_qz(&peer));
    let refused = authorizer.open_qz(&peer, CERTIFICATE);
    assert_eq!(refused.unwrap_err(), QzRefusal::NoGrant);
    agent.set_grants(vec![grant(QzTerms::default())]);
    assert!(authorizer.knows_qz(&peer));
    assert!(authorizer.open_qz(&peer, CERTIFICATE).is_ok());
    assert!(authorizer.pending().list(&[]).is_empty());
    for peer in [
        Peer::Site(origin("https://evil.example")),
        Peer::Native,
        Peer::Opaque,
    ] {
        let peer = Caller::from(peer);
        assert!(!authorizer.knows_qz(&peer), "{peer:?}");
        let refused = authorizer.open_qz(&peer, CERTIFICATE);
        assert_eq!(refused.unwrap_err(), QzRefusal::NoGrant);
    }
    let pending = authorizer.pending().list(&[]);
    let origins: Vec<_> = pending.iter().map(|site| site.origin.as_deref()).collect();
    assert_eq!(origins, [None, Some("https://evil.example")]);
}

#[test]
fn a_certificate_known_by_its_sha1_is_let_in_or_blocked_and_no_other() {
    let peer = Caller::from(Peer::Site(origin(POS)));
    let mut listed = grant(QzTerms::default());
    listed.fingerprint = Thumbprint::of(&listed.certificate).to_string();
    listed.certificate.clear();
    let agent = Agent::new(vec![listed.clone()]);
    let authorizer = agent.authorizer();
    let session = authorizer.open_qz(&peer, CERTIFICATE).unwrap();
    assert!(authorizer.renewed(&peer, &session).is_some());
    let mut foreign = listed.clone();
    foreign.fingerprint = Thumbprint::of(b"another").to_string();
    agent.set_grants(vec![foreign]);
    let refused = authorizer.open_qz(&peer, CERTIFICATE).unwrap_err();
    assert!(matches!(refused, QzRefusal::Certificate(_)), "{refused}");
    // Blocked, although it is trusted by another grant as well.
    let blocked = Grant {
        id: 2,
        capabilities: std::collections::BTreeSet::new(),
        ..listed
    };
    agent.set_grants(vec![grant(QzTerms::default()), blocked]);
    let refused = authorizer.open_qz(&peer, CERTIFICATE).unwrap_err();
    assert_eq!(refused, QzRefusal::Blocked);
}

#[test]
fn a_signature_counts_for_a_quarter_of_an_hour_either_way() {
    let scene = Scene::new(QzTerms {
        allow_repeats: true,
        ..QzTerms::default()
    });
    for (at, expected) in [
        (NOW - WINDOW_MS - 1, Err(QzRefusal::Time)),
        (NOW - WINDOW_MS, Ok(())),
        (NOW + WINDOW_MS, Ok(())),
        (NOW + WINDOW_MS + 1, Err(QzRefusal::Time)),
        (0, Err(QzRefusal::Time)),
        (u64::MAX, Err(QzRefusal::Time)),
    ] {
        assert_eq!(scene.admit(&scene.signed("a", "x", at)), expected, "{at}");
    }
    let mut timeless = scene.signed("a", "x", NOW);
    timeless.timestamp = None;
    assert_eq!(scene.admit(&timeless), Err(QzRefusal::Time));
}

#[test]
fn what_was_signed_before_the_start_may_have_been_heard() {
    let scene = Scene::new(QzTerms::default());
    scene.agent.now.fetch_add(60_000, Ordering::Relaxed);
    let before = scene.signed("a", "x", NOW - 1);
    assert_eq!(scene.admit(&before), Err(QzRefusal::BeforeStart));
    assert_eq!(scene.look(&before), Ok(()));
    assert_eq!(scene.admit(&scene.signed("a", "x", NOW)), Ok(()));
}

#[test]
fn a_message_counts_once_and_the_same_text_at_once_as_another_call() {
    let scene = Scene::new(QzTerms::default());
    let first = scene.signed("a", "label", NOW);
    assert_eq!(scene.admit(&first), Ok(()));
    assert_eq!(scene.admit(&first), Err(QzRefusal::Repeated));
    let sibling = QzSigned {
        uid: "b".to_owned(),
        ..first.clone()
    };
    assert_eq!(scene.admit(&sibling), Ok(()));
    assert_eq!(scene.admit(&sibling), Err(QzRefusal::Repeated));
    let elsewhere = QzSigned {
        uid: "c".to_owned(),
        connection: 2,
        ..first.clone()
    };
    assert_eq!(scene.admit(&elsewhere), Err(QzRefusal::Repeated));
    scene
        .agent
        .now
        .fetch_add(SAME_TEXT_MS_MAX + 1, Ordering::Relaxed);
    let late = QzSigned {
        uid: "d".to_owned(),
        ..first.clone()
    };
    assert_eq!(scene.admit(&late), Err(QzRefusal::Repeated));
    // It is remembered for as long as it would count.
    scene.agent.now.store(NOW + WINDOW_MS, Ordering::Relaxed);
    assert_eq!(scene.admit(&first), Err(QzRefusal::Repeated));
    scene
        .agent
        .now
        .store(NOW + WINDOW_MS + 1, Ordering::Relaxed);
    assert_eq!(scene.admit(&first), Err(QzRefusal::Time));
}

#[test]
fn a_message_made_readable_after_it_was_signed_is_the_same_message() {
    let scene = Scene::new(QzTerms::default());
    let compact = scene.signed("a", "x", NOW);
    let readable = |uid: &str, connection| QzSigned {
        uid: uid.to_owned(),
        connection,
        digest: Digest::of(b"with white space").to_hex(),
        compact_digest: Some(compact.digest.clone()),
        ..compact.clone()
    };
    assert_eq!(scene.admit(&readable("b", 2)), Ok(()));
    assert_eq!(scene.admit(&compact), Err(QzRefusal::Repeated));
    assert_eq!(scene.admit(&readable("c", 3)), Err(QzRefusal::Repeated));
}

#[test]
fn a_forged_or_missing_signature_is_refused_and_not_remembered() {
    let scene = Scene::new(QzTerms::default());
    let good = scene.signed("a", "x", NOW);
    let change = |change: fn(&mut QzSigned)| {
        let mut signed = good.clone();
        change(&mut signed);
        scene.admit(&signed)
    };
    assert_eq!(change(|s| s.signature = None), Err(QzRefusal::Unsigned));
    assert_eq!(
        change(|s| s.signature = Some(String::new())),
        Err(QzRefusal::Unsigned)
    );
    for forged in ["AAAA", "?", &"A".repeat(10_000)] {
        let mut signed = good.clone();
        signed.signature = Some(forged.to_owned());
        assert_eq!(scene.admit(&signed), Err(QzRefusal::Signature));
    }
    assert_eq!(
        change(|s| s.digest = Digest::of(b"other").to_hex()),
        Err(QzRefusal::Signature)
    );
    for (algorithm, named) in [(None, "SHA1"), (Some("SHA384"), "SHA384")] {
        let mut signed = good.clone();
        signed.algorithm = algorithm.map(str::to_owned);
        assert_eq!(
            scene.admit(&signed),
            Err(QzRefusal::Algorithm(named.to_owned()))
        );
    }
    assert_eq!(scene.admit(&good), Ok(()));
}

#[test]
fn a_look_needs_a_standing_grant_and_changes_nothing() {
    let scene = Scene::new(QzTerms::default());
    let look = |request| {
        scene
            .authorizer
            .admit_qz_look(&scene.session, request)
            .map(|_| ())
    };
    assert_eq!(look(Request::PrintersList(NoParams {})), Ok(()));
    let change = Request::JobsCancel(JobParams {
        job_id: JobId::from_random(1),
    });
    assert_eq!(look(change), Err(QzRefusal::Unsigned));
    let mut poor = grant(QzTerms::default());
    poor.capabilities.clear();
    scene.agent.set_grants(vec![poor]);
    let peer = Caller::from(Peer::Site(origin(POS)));
    let renewed = scene.authorizer.renewed(&peer, &scene.session).unwrap();
    let refused = scene
        .authorizer
        .admit_qz_look(&renewed, Request::PrintersList(NoParams {}));
    assert!(matches!(refused, Err(QzRefusal::NotPermitted(_))));
}

#[test]
fn a_grant_that_is_taken_back_ends_what_it_allowed() {
    let scene = Scene::new(QzTerms::default());
    let peer = Caller::from(Peer::Site(origin(POS)));
    assert!(scene.authorizer.renewed(&peer, &scene.session).is_some());
    scene.agent.set_grants(Vec::new());
    assert!(scene.authorizer.renewed(&peer, &scene.session).is_none());
}
