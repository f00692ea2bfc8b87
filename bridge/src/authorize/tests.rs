//! Who may do what, row by row.

use std::sync::atomic::Ordering;

use platen_protocol::message::Call;
use platen_protocol::statement::SequenceWindow;
use platen_protocol::{
    AgentId, Capability, ErrorCode, Fingerprint, Method, Request, Signed, Signing, Statement,
    WireError,
};

use super::*;
use crate::testing::{Agent, NOW, Site, origin, request};

const POS: &str = "https://pos.example";

/// A site, an agent that trusts it, and one connection between them.
struct Scene {
    site: Site,
    agent: Agent,
    connection: Connection,
}

impl Scene {
    fn new() -> Self {
        let site = Site::new(&["pos.example"]);
        let agent = Agent::new(vec![site.grant(1, &[POS])]);
        Self {
            site,
            agent,
            connection: connection(Peer::Site(origin(POS)), "challenge"),
        }
    }

    fn statement(&self, method: Method, params: &str) -> Statement {
        let agent = self.agent.id_for(POS);
        let challenge = &self.connection.challenge;
        self.site.statement(POS, &agent, challenge, method, params)
    }

    fn open_with(&mut self, signed: Option<&Signed>) -> Result<OpenSession, WireError> {
        let text = request(1, Method::SessionOpen, &self.site.open_params(), signed);
        let call = Call::read(&text).unwrap();
        let Request::SessionOpen(params) = &call.request else {
            unreachable!()
        };
        let signed = call.signed.as_ref();
        self.agent
            .authorizer()
            .open_session(&mut self.connection, &call.digest, params, signed)
    }

    fn open(&mut self) -> Result<OpenSession, WireError> {
        let statement = self.statement(Method::SessionOpen, &self.site.open_params());
        let signed = self.site.sign(&statement);
        self.open_with(Some(&signed))
    }

    fn admit(
        &mut self,
        session: &OpenSession,
        method: Method,
        params: &str,
        signed: Option<&Signed>,
    ) -> Result<Authorized<Request>, WireError> {
        let call = Call::read(&request(2, method, params, signed)).unwrap();
        let authorizer = self.agent.authorizer();
        authorizer.admit(&mut self.connection, session, call)
    }

    fn signed(&self, method: Method, params: &str) -> Signed {
        self.site.sign(&self.statement(method, params))
    }
}

fn connection(peer: Peer, challenge: &str) -> Connection {
    Connection {
        caller: peer.into(),
        challenge: challenge.to_owned(),
        sequence: SequenceWindow::default(),
    }
}

#[track_caller]
fn refused<T: fmt::Debug>(result: Result<T, WireError>, code: ErrorCode) {
    let error = result.unwrap_err();
    assert_eq!(error.data.code, code, "{}", error.message);
}

const CANCEL: &str = r#"{"job_id":"abc"}"#;

#[test]
fn a_signed_session_opens_under_the_grant_that_fits() {
    let mut scene = Scene::new();
    let session = scene.open().unwrap();
    assert_eq!(session.subject().origin, origin(POS));
    assert_eq!(session.subject().grant.id, 1);
}

#[test]
fn a_statement_for_anything_else_opens_nothing() {
    type Change = fn(&mut Statement);
    let rows: [(Change, ErrorCode); 9] = [
        (
            |s| s.purpose = Method::JobsSubmit,
            ErrorCode::StatementMismatch,
        ),
        (
            |s| s.origin = origin("https://shop.example"),
            ErrorCode::StatementMismatch,
        ),
        (
            |s| s.agent = "other".parse().unwrap(),
            ErrorCode::StatementMismatch,
        ),
        (
            |s| s.challenge = "other".to_owned(),
            ErrorCode::StatementMismatch,
        ),
        (
            |s| s.digest = platen_protocol::Digest::of(b"other"),
            ErrorCode::StatementMismatch,
        ),
        (
            |s| s.expires_at = s.issued_at + 300_001,
            ErrorCode::StatementMalformed,
        ),
        (|s| s.platen = 2, ErrorCode::StatementMalformed),
        (
            |s| {
                s.issued_at = NOW - 20_000;
                s.expires_at = NOW - 1;
            },
            ErrorCode::StatementExpired,
        ),
        (
            |s| {
                s.issued_at = NOW + 60_001;
                s.expires_at = NOW + 70_000;
            },
            ErrorCode::StatementExpired,
        ),
    ];
    for (change, code) in rows {
        let mut scene = Scene::new();
        let mut statement = scene.statement(Method::SessionOpen, &scene.site.open_params());
        change(&mut statement);
        let signed = scene.site.sign(&statement);
        refused(scene.open_with(Some(&signed)), code);
    }
}

#[test]
fn a_signature_that_does_not_fit_opens_nothing() {
    let mut scene = Scene::new();
    refused(scene.open_with(None), ErrorCode::SignatureRequired);
    let statement = scene.statement(Method::SessionOpen, &scene.site.open_params());
    let good = scene.site.sign(&statement);
    let thief = Site::new(&["pos.example"]).sign(&statement);
    refused(scene.open_with(Some(&thief)), ErrorCode::SignatureInvalid);
    for signature in [
        "",
        "AAAA",
        &good.signature[1..],
        &format!("{}=", good.signature),
    ] {
        let signed = Signed {
            signature: signature.to_owned(),
            ..good.clone()
        };
        refused(scene.open_with(Some(&signed)), ErrorCode::SignatureInvalid);
    }
    let respelled = scene.site.sign_text(good.statement.replace(',', ", "));
    refused(
        scene.open_with(Some(&respelled)),
        ErrorCode::StatementMalformed,
    );
    scene.open_with(Some(&good)).unwrap();
}

#[test]
fn the_chain_must_end_at_the_grants_root_and_name_the_origin() {
    let mut scene = Scene::new();
    let foreign = Site::new(&["pos.example"]);
    scene.site = foreign;
    refused(scene.open(), ErrorCode::CertificateUntrusted);

    let mut scene = Scene::new();
    scene.site = Site::new(&["shop.example"]);
    scene.agent.set_grants(vec![scene.site.grant(1, &[POS])]);
    refused(scene.open(), ErrorCode::CertificateOriginMismatch);

    let mut scene = Scene::new();
    scene
        .agent
        .now
        .store(NOW + 400 * 86_400_000, Ordering::Relaxed);
    let mut statement = scene.statement(Method::SessionOpen, &scene.site.open_params());
    statement.issued_at = NOW + 400 * 86_400_000;
    statement.expires_at = statement.issued_at + 1000;
    let signed = scene.site.sign(&statement);
    refused(
        scene.open_with(Some(&signed)),
        ErrorCode::CertificateExpired,
    );

    let mut scene = Scene::new();
    let leaf = Fingerprint::of(&scene.site.leaf);
    scene.agent.revoked.lock().unwrap().insert(leaf);
    refused(scene.open(), ErrorCode::CertificateRevoked);
}

#[test]
fn certificates_that_cannot_be_read_are_refused_by_name() {
    for params in [
        r#"{"certificates":[]}"#,
        r#"{"certificates":["!"]}"#,
        r#"{"certificates":["AAAA"]}"#,
        r#"{"certificates":["A","B","C","D","E"]}"#,
    ] {
        let mut scene = Scene::new();
        let signed = scene.signed(Method::SessionOpen, params);
        let call = Call::read(&request(1, Method::SessionOpen, params, Some(&signed))).unwrap();
        let Request::SessionOpen(params) = &call.request else {
            unreachable!()
        };
        let opened = scene.agent.authorizer().open_session(
            &mut scene.connection,
            &call.digest,
            params,
            call.signed.as_ref(),
        );
        refused(opened, ErrorCode::CertificateMalformed);
    }
}

#[test]
fn whom_no_grant_names_learns_nothing_whatever_they_bring() {
    for peer in [
        Peer::Opaque,
        Peer::Native,
        Peer::Site(origin("https://pos.example:8443")),
        Peer::Site(origin("http://pos.example")),
        Peer::Site(origin("https://pos.example.evil.example")),
        Peer::Site(origin("http://localhost")),
        Peer::Site(origin("http://127.0.0.1:8181")),
    ] {
        let mut scene = Scene::new();
        scene.connection.caller = peer.clone().into();
        assert!(
            !scene.agent.authorizer().knows(&peer.clone().into()),
            "{peer:?}"
        );
        refused(scene.open(), ErrorCode::NotAuthorized);
        refused(scene.open_with(None), ErrorCode::NotAuthorized);
        let params = AgentProve {
            nonce: "n".repeat(16),
            origin: Some(origin(POS)),
        };
        let proof = scene.agent.authorizer().prove(&scene.connection, &params);
        refused(proof, ErrorCode::NotAuthorized);
    }
}

#[test]
fn a_client_without_an_origin_needs_a_grant_that_says_native() {
    let mut scene = Scene::new();
    scene.connection.caller = Peer::Native.into();
    refused(scene.open(), ErrorCode::NotAuthorized);
    let mut grant = scene.site.grant(1, &[POS]);
    grant.native = true;
    scene.agent.set_grants(vec![grant]);
    assert_eq!(scene.open().unwrap().subject().origin, origin(POS));
    let prove = |origin: Option<&str>| {
        let params = AgentProve {
            nonce: "n".repeat(16),
            origin: origin.map(|text| text.parse().unwrap()),
        };
        scene.agent.authorizer().prove(&scene.connection, &params)
    };
    assert_eq!(prove(Some(POS)).unwrap().agent, scene.agent.id_for(POS));
    refused(
        prove(Some("https://shop.example")),
        ErrorCode::NotAuthorized,
    );
    refused(prove(None), ErrorCode::NotAuthorized);
}

#[test]
fn an_expired_grant_is_no_grant() {
    let mut scene = Scene::new();
    let mut grant = scene.site.grant(1, &[POS]);
    grant.expires_at = Some(NOW);
    scene.agent.set_grants(vec![grant]);
    refused(scene.open(), ErrorCode::NotAuthorized);
}

#[test]
fn a_pinned_leaf_goes_before_a_root_and_the_newest_before_older_grants() {
    let mut scene = Scene::new();
    let leaf = |scene: &Scene, id: i64| {
        let mut grant = scene.site.grant(id, &[POS]);
        grant.anchor = AnchorKind::Leaf;
        grant.fingerprint = Fingerprint::of(&scene.site.leaf).to_string();
        grant
    };
    let roots = vec![scene.site.grant(1, &[POS]), scene.site.grant(7, &[POS])];
    scene.agent.set_grants(roots.clone());
    assert_eq!(scene.open().unwrap().subject().grant.id, 7);
    let mut all = roots;
    all.extend([leaf(&scene, 3), leaf(&scene, 2)]);
    scene.agent.set_grants(all);
    assert_eq!(scene.open().unwrap().subject().grant.id, 3);
}

#[test]
fn a_statement_is_good_once_on_its_connection_and_never_on_another() {
    let mut scene = Scene::new();
    let statement = scene.statement(Method::SessionOpen, &scene.site.open_params());
    let signed = scene.site.sign(&statement);
    let session = scene.open_with(Some(&signed)).unwrap();
    refused(scene.open_with(Some(&signed)), ErrorCode::StatementReplayed);

    let cancel = scene.signed(Method::JobsCancel, CANCEL);
    let cancel = Some(&cancel);
    scene
        .admit(&session, Method::JobsCancel, CANCEL, cancel)
        .unwrap();
    let again = scene.admit(&session, Method::JobsCancel, CANCEL, cancel);
    refused(again, ErrorCode::StatementReplayed);

    // Another connection, also after a restart: another challenge.
    scene.connection = connection(Peer::Site(origin(POS)), "another");
    refused(scene.open_with(Some(&signed)), ErrorCode::StatementMismatch);
    let moved = scene.admit(&session, Method::JobsCancel, CANCEL, cancel);
    refused(moved, ErrorCode::StatementMismatch);
}

#[test]
fn a_sequence_number_is_used_up_by_its_owner_only() {
    let mut scene = Scene::new();
    let session = scene.open().unwrap();
    let statement = scene.statement(Method::JobsCancel, CANCEL);
    let forged = Site::new(&["pos.example"]).sign(&statement);
    let refusal = scene.admit(&session, Method::JobsCancel, CANCEL, Some(&forged));
    refused(refusal, ErrorCode::SignatureInvalid);
    let good = scene.site.sign(&statement);
    let admitted = scene.admit(&session, Method::JobsCancel, CANCEL, Some(&good));
    admitted.unwrap();
}

#[test]
fn a_signed_call_is_good_for_exactly_its_method_and_params() {
    let mut scene = Scene::new();
    let session = scene.open().unwrap();
    let signed = scene.signed(Method::JobsCancel, CANCEL);
    for (method, params) in [
        (Method::JobsCancel, r#"{"job_id":"abd"}"#),
        (Method::JobsCancel, r#"{"job_id": "abc"}"#),
        (Method::JobsRetry, CANCEL),
        (Method::JobsGet, CANCEL),
    ] {
        let moved = scene.admit(&session, method, params, Some(&signed));
        refused(moved, ErrorCode::StatementMismatch);
    }
}

#[test]
fn each_method_needs_its_capability_and_its_signature() {
    let digest = platen_protocol::Digest::of(b"x");
    let submit =
        format!(r#"{{"documents":[{{"format":"text/plain","octets":1,"sha256":"{digest}"}}]}}"#);
    let preview = submit.replacen('{', r#"{"form":"text","#, 1);
    for method in Method::ALL.iter().copied() {
        let params = match method {
            Method::AgentProve | Method::SessionOpen => continue,
            Method::PrintersList | Method::JobsList | Method::EventsUnsubscribe => "{}",
            Method::PrintersGet | Method::QueuePause | Method::QueueResume => {
                r#"{"printer":"kitchen"}"#
            }
            Method::JobsSubmit => &submit,
            Method::JobsPreview => &preview,
            Method::DrawerOpen | Method::BuzzerSound => "{}",
            Method::DisplayShow => r#"{"rows":["1,00"]}"#,
            Method::DevicesList => "{}",
            Method::DevicesOpen | Method::DevicesClose => r#"{"device":"serial:COM3"}"#,
            Method::DevicesSend => r#"{"device":"serial:COM3","data":""}"#,
            Method::DevicesReceive => r#"{"device":"hid:0922:8003","octets":8,"feature":1}"#,
            Method::EventsSubscribe => r#"{"topics":["jobs"]}"#,
            Method::JobsGet
            | Method::JobsCancel
            | Method::JobsHold
            | Method::JobsRelease
            | Method::JobsRetry
            | Method::JobsReprint => CANCEL,
        };
        let mut scene = Scene::new();
        let mut grant = scene.site.grant(1, &[POS]);
        grant.capabilities = Capability::ALL.into();
        scene.agent.set_grants(vec![grant.clone()]);
        let session = scene.open().unwrap();
        let unsigned = scene.admit(&session, method, params, None);
        if method.must_be_signed(Signing::Request) {
            refused(unsigned, ErrorCode::SignatureRequired);
        } else {
            unsigned.unwrap();
        }
        let signed = scene.signed(method, params);
        let admitted = scene.admit(&session, method, params, Some(&signed));
        assert_eq!(admitted.unwrap().request().method(), method);

        grant.capabilities.clear();
        scene.agent.set_grants(vec![grant.clone()]);
        let poor = scene
            .agent
            .authorizer()
            .renewed(&scene.connection.caller, &session);
        let signed = scene.signed(method, params);
        let admitted = scene.admit(&poor.unwrap(), method, params, Some(&signed));
        if method == Method::EventsUnsubscribe {
            admitted.unwrap();
        } else {
            refused(admitted, ErrorCode::NotPermitted);
        }

        grant.capabilities = Capability::ALL.into();
        grant.signing = Signing::Session;
        scene.agent.set_grants(vec![grant]);
        let trusted = scene
            .agent
            .authorizer()
            .renewed(&scene.connection.caller, &session);
        scene
            .admit(&trusted.unwrap(), method, params, None)
            .unwrap();
    }
}

#[test]
fn a_session_ends_with_its_grant_its_certificate_and_its_key() {
    let mut scene = Scene::new();
    let session = scene.open().unwrap();
    let renewed = |scene: &Scene| {
        let authorizer = scene.agent.authorizer();
        authorizer
            .renewed(&scene.connection.caller, &session)
            .is_some()
    };
    assert!(renewed(&scene));

    let grant = scene.site.grant(1, &[POS]);
    let mut elsewhere = grant.clone();
    elsewhere.origins = vec!["https://shop.example".parse().unwrap()];
    let mut other_key = grant.clone();
    other_key.fingerprint = Fingerprint::of(b"other").to_string();
    let other_grant = scene.site.grant(2, &[POS]);
    for grants in [vec![], vec![elsewhere], vec![other_key], vec![other_grant]] {
        scene.agent.set_grants(grants);
        assert!(!renewed(&scene));
    }

    let mut limited = grant.clone();
    limited.expires_at = Some(NOW + 1000);
    scene.agent.set_grants(vec![limited]);
    let current = scene
        .agent
        .authorizer()
        .renewed(&scene.connection.caller, &session)
        .unwrap();
    assert_eq!(scene.agent.authorizer().ends_in_ms(&current), 1000);
    scene.agent.now.store(NOW + 1000, Ordering::Relaxed);
    assert!(!renewed(&scene));
    refused(
        scene.admit(&current, Method::PrintersList, "{}", None),
        ErrorCode::NotAuthorized,
    );

    scene.agent.now.store(NOW, Ordering::Relaxed);
    scene.agent.set_grants(vec![grant]);
    assert!(renewed(&scene));
    let leaf = Fingerprint::of(&scene.site.leaf);
    scene.agent.revoked.lock().unwrap().insert(leaf);
    assert!(!renewed(&scene));
    refused(
        scene.admit(&session, Method::PrintersList, "{}", None),
        ErrorCode::CertificateRevoked,
    );
}

#[test]
fn t23_below_a_root_whose_list_is_too_old_nobody_is_let_in_but_by_hand() {
    const DAY_MS: u64 = 24 * 60 * 60 * 1000;
    let mut scene = Scene::new();
    let mut bounded = scene.site.grant(1, &[POS]);
    bounded.revocations_max_age_days = Some(30);
    scene.agent.set_grants(vec![bounded.clone()]);
    refused(scene.open(), ErrorCode::CertificateUntrusted);
    let list_made_at = |scene: &Scene, at| *scene.agent.list_made_at.lock().unwrap() = Some(at);
    list_made_at(&scene, NOW - 30 * DAY_MS);
    refused(scene.open(), ErrorCode::CertificateUntrusted);
    list_made_at(&scene, NOW - 30 * DAY_MS + 5_000);
    let session = scene.open().unwrap();
    let authorizer = scene.agent.authorizer();
    assert_eq!(authorizer.ends_in_ms(&session), 5_000);

    // The session ends with it, and a newer list lets the site in again.
    list_made_at(&scene, NOW - 31 * DAY_MS);
    refused(
        scene.admit(&session, Method::PrintersList, "{}", None),
        ErrorCode::CertificateUntrusted,
    );
    let caller = &scene.connection.caller;
    assert!(authorizer.renewed(caller, &session).is_none());
    list_made_at(&scene, NOW);
    assert!(authorizer.renewed(caller, &session).is_some());

    // What a person trusts by itself needs no list.
    list_made_at(&scene, NOW - 31 * DAY_MS);
    let mut by_hand = scene.site.grant(2, &[POS]);
    by_hand.anchor = AnchorKind::Leaf;
    by_hand.fingerprint = Fingerprint::of(&scene.site.leaf).to_string();
    by_hand.certificate = scene.site.leaf.clone();
    scene.agent.set_grants(vec![bounded, by_hand]);
    scene.connection = connection(Peer::Site(origin(POS)), &scene.connection.challenge);
    assert_eq!(scene.open().unwrap().subject().grant.id, 2);
}

#[test]
fn a_session_is_opened_once_and_topics_are_named() {
    let mut scene = Scene::new();
    let session = scene.open().unwrap();
    let params = scene.site.open_params();
    let again = scene.admit(&session, Method::SessionOpen, &params, None);
    refused(again, ErrorCode::SessionAlreadyOpen);
    let nothing = scene.admit(&session, Method::EventsSubscribe, r#"{"topics":[]}"#, None);
    refused(nothing, ErrorCode::InvalidParams);
}

#[test]
fn a_proof_needs_a_nonce_of_its_own_length() {
    let scene = Scene::new();
    let prove = |nonce: &str, origin: Option<&str>| {
        let params = AgentProve {
            nonce: nonce.to_owned(),
            origin: origin.map(|text| text.parse().unwrap()),
        };
        scene.agent.authorizer().prove(&scene.connection, &params)
    };
    let agent: AgentId = scene.agent.id_for(POS);
    assert_eq!(prove(&"n".repeat(16), None).unwrap().agent, agent);
    assert_eq!(prove(&"é".repeat(128), Some(POS)).unwrap().agent, agent);
    for nonce in [String::new(), "n".repeat(15), "n".repeat(129)] {
        refused(prove(&nonce, None), ErrorCode::InvalidParams);
    }
    let other = prove(&"n".repeat(16), Some("https://shop.example"));
    refused(other, ErrorCode::InvalidParams);
}
