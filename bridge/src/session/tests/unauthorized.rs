//! What a connection learns and causes before a session is open.

use platen_protocol::{Capability, ErrorCode, Method};
use proptest::prelude::*;
use serde_json::Value;

use super::{Client, House, POS, assert_code};
use crate::authorize::Peer;
use crate::limits::Limits;
use crate::session::tests::Message;
use crate::socket::peer_of;
use crate::testing::{HOSTILE_ORIGINS, origin, request};
use futures_util::SinkExt as _;

/// The one answer, with the id taken out.
const REFUSAL: &str = r#"{"jsonrpc":"2.0","id":ID,"error":{"code":-32001,"message":"this connection is not authorized","data":{"code":"not-authorized","next":"open a session with a certificate this machine trusts for this page's origin; on the machine, `platen trust add` allows a site","retry":"after-fix"}}}"#;

const PATIENT: u32 = 1_000_000;

fn patient() -> House {
    House::with(Limits {
        refusals_max: PATIENT,
        ..Limits::default()
    })
}

async fn assert_refused(client: &mut Client, text: &str, id: &str) {
    client.send(text).await;
    let answer = client.next_text().await.unwrap();
    assert_eq!(answer, REFUSAL.replace("ID", id), "{text}");
}

/// Everything there is to ask, well made and not.
fn requests() -> Vec<(String, &'static str)> {
    let mut requests = Vec::new();
    for method in Method::ALL.iter().copied() {
        for params in [
            "{}",
            r#"{"job_id":"abc"}"#,
            r#"{"printer":"kitchen"}"#,
            "[]",
            "7",
        ] {
            requests.push((request(1, method, params, None), "1"));
        }
    }
    for (text, id) in [
        ("", "null"),
        ("{", "null"),
        ("[]", "null"),
        ("null", "null"),
        (r#"{"id":7}"#, "7"),
        (r#"{"id":"7","method":"jobs.list"}"#, "null"),
        (r#"{"jsonrpc":"2.0","id":7,"method":"agent.shutdown"}"#, "7"),
        (
            r#"{"jsonrpc":"2.0","id":7,"method":"jobs.list","extra":1}"#,
            "7",
        ),
        (r#"{"jsonrpc":"1.0","id":7,"method":"jobs.list"}"#, "7"),
        (r#"[{"jsonrpc":"2.0","id":7,"method":"jobs.list"}]"#, "null"),
    ] {
        requests.push((text.to_owned(), id));
    }
    requests.push(("[".repeat(20_000), "null"));
    requests.push((
        format!(r#"{{"id":7,"params":{}"#, "{\"a\":".repeat(5_000)),
        "null",
    ));
    requests
}

#[tokio::test]
async fn a_connection_without_a_session_can_call_nothing() {
    let house = patient();
    for peer in [
        Peer::Native,
        Peer::Opaque,
        Peer::Site(origin("https://evil.example")),
    ] {
        let mut client = house.connect(peer).await;
        for (text, id) in requests() {
            assert_refused(&mut client, &text, id).await;
        }
    }
    assert_eq!(house.started(), []);
}

#[tokio::test]
async fn a_granted_origin_can_call_nothing_but_what_opens_a_session() {
    let house = patient();
    let mut client = house.connect(Peer::Site(origin(POS))).await;
    for (text, id) in requests() {
        let opens = text.contains("agent.prove") || text.contains("session.open");
        if !opens {
            assert_refused(&mut client, &text, id).await;
        }
    }
    assert_eq!(house.started(), []);
}

#[tokio::test]
async fn every_hostile_origin_gets_the_same_constant_refusals() {
    let house = patient();
    // Even with a good certificate, signed for this very connection.
    for text in HOSTILE_ORIGINS {
        let mut headers = hyper::HeaderMap::new();
        let value = hyper::header::HeaderValue::from_bytes(text.as_bytes()).unwrap();
        headers.insert(hyper::header::ORIGIN, value);
        let mut client = house.connect(peer_of(&headers)).await;
        client.origin = POS.to_owned();
        client.agent = house.agent.id_for(POS);
        let (_, open) = client.call_text(Method::SessionOpen, &house.site.open_params());
        assert_refused(&mut client, &open, "1").await;
        let prove = r#"{"nonce":"0123456789abcdef"}"#;
        let prove = request(2, Method::AgentProve, prove, None);
        assert_refused(&mut client, &prove, "2").await;
    }
    assert_eq!(house.started(), []);
}

#[tokio::test]
async fn two_agents_tell_a_stranger_the_same_but_for_the_challenge() {
    let mut transcripts = Vec::new();
    for grants in [true, false] {
        let house = House::new();
        if !grants {
            house.agent.set_grants(Vec::new());
        }
        let stranger = Peer::Site(origin("https://evil.example"));
        let mut client = house.connect(stranger).await;
        let mut transcript = Vec::new();
        for id in 1..=5 {
            client
                .send(request(id, Method::PrintersList, "{}", None))
                .await;
            transcript.push(client.next_text().await.unwrap());
        }
        assert_eq!(client.challenge.len(), 43);
        let how = client.closed().await;
        assert_eq!(how, Some((1008, "not-authorized".to_owned())));
        transcripts.push(transcript);
    }
    assert_eq!(transcripts[0], transcripts[1]);
}

#[tokio::test]
async fn challenges_never_come_again() {
    let house = House::new();
    let mut seen = std::collections::BTreeSet::new();
    for _ in 0..50 {
        assert!(seen.insert(house.connect(Peer::Opaque).await.challenge.clone()));
    }
}

#[tokio::test]
async fn binary_frames_without_a_session_are_refused_too() {
    let house = patient();
    let mut client = house.connect(Peer::Site(origin(POS))).await;
    client
        .socket
        .send(Message::binary(vec![0; 100]))
        .await
        .unwrap();
    let answer = client.next_text().await.unwrap();
    assert_eq!(answer, REFUSAL.replace("ID", "null"));
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_opens_no_session_is_closed_in_time() {
    let house = House::new();
    let client = house.connect(Peer::Site(origin(POS))).await;
    let how = client.closed().await;
    assert_eq!(how, Some((1008, "not-authorized".to_owned())));
}

#[tokio::test]
async fn an_origin_that_a_grant_names_is_told_what_is_wrong() {
    let house = patient();
    let mut client = house.connect(Peer::Site(origin(POS))).await;
    let check = |answer: Value, code| assert_code(&answer, code);
    let prove = client
        .call(Method::AgentProve, r#"{"nonce":"short"}"#)
        .await;
    check(prove, ErrorCode::InvalidParams);
    let prove = client.call(Method::AgentProve, r#"{"nonces":"x"}"#).await;
    check(prove, ErrorCode::InvalidParams);
    let open = client
        .call(Method::SessionOpen, r#"{"certificates":["AAAA"]}"#)
        .await;
    check(open, ErrorCode::CertificateMalformed);
    let unsigned = request(9, Method::SessionOpen, &house.site.open_params(), None);
    client.send(unsigned).await;
    check(client.next().await, ErrorCode::SignatureRequired);
    // And may still do it right.
    let opened = client.open().await;
    assert!(opened["result"].is_object(), "{opened}");
}

#[tokio::test]
async fn the_agent_proves_itself_and_opens_a_session_that_says_what_it_may() {
    let house = House::new();
    let mut client = house.connect(Peer::Site(origin(POS))).await;
    let nonce = "0123456789abcdef";
    let proof = client
        .call(Method::AgentProve, &format!(r#"{{"nonce":"{nonce}"}}"#))
        .await;
    let proof = serde_json::from_value(proof["result"].clone()).unwrap();
    let challenge = client.challenge.clone();
    platen_protocol::trust::verify_agent_proof(&proof, &origin(POS), &challenge, nonce).unwrap();
    let opened = client.open().await;
    let capabilities = opened["result"]["capabilities"].as_array().unwrap().len();
    assert_eq!(capabilities, Capability::FOR_PRINTING.len());
    assert_eq!(opened["result"]["limits"]["calls_in_flight_max"], 256);
    assert_code(&client.open().await, ErrorCode::SessionAlreadyOpen);
}

#[tokio::test]
async fn a_recorded_opening_is_worth_nothing_on_the_next_connection() {
    let house = House::new();
    let mut first = house.connect(Peer::Site(origin(POS))).await;
    let (_, recorded) = first.call_text(Method::SessionOpen, &house.site.open_params());
    first.send(recorded.clone()).await;
    assert!(first.next().await["result"].is_object());
    let mut second = house.connect(Peer::Site(origin(POS))).await;
    second.send(recorded).await;
    assert_code(&second.next().await, ErrorCode::StatementMismatch);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever a stranger says, the answer is the same but for the id.
    #[test]
    fn any_text_of_a_stranger_gets_the_one_answer(texts in proptest::collection::vec(".{0,200}", 1..20)) {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(async {
            let house = patient();
            let mut client = house.connect(Peer::Native).await;
            for text in texts {
                assert_refused(&mut client, &text, "null").await;
            }
        });
    }
}
