//! Calls of an open session: order, permission, and what ends them.

use platen_protocol::{Capability, ErrorCode, Method, Signing};

use super::{House, POS, assert_code};
use crate::authorize::Peer;
use crate::limits::Limits;
use crate::testing::{origin, request};

#[tokio::test]
async fn a_call_reaches_the_dispatcher_on_behalf_of_its_origin() {
    let house = House::new();
    let mut client = house.open_as("https://shop.example").await;
    let answer = client.call(Method::PrintersList, "{}").await;
    assert!(answer["result"].is_object(), "{answer}");
    let started = house.started();
    assert_eq!(started.len(), 1);
    assert_eq!(started[0].origin, origin("https://shop.example"));
    assert_eq!(started[0].method, Method::PrintersList);
}

#[tokio::test]
async fn submits_start_in_the_order_in_which_they_arrived() {
    let house = House::new();
    // Nothing ends before everything has started.
    house.recorder.permits.forget_permits(usize::MAX);
    let mut client = house.open().await;
    let mut names = Vec::new();
    for n in 0..100 {
        let name = format!("job {n}");
        let id = client.announce(&name, &[b"receipt"]).await;
        client.chunk(id, 0, b"receipt").await;
        names.push(name);
    }
    // A call that is answered at once shows that all before it have started.
    let (last, text) = client.call_text(Method::PrintersList, "{}");
    client.send(text).await;
    assert_eq!(client.next().await["id"], last);
    let started: Vec<String> = house
        .started()
        .into_iter()
        .filter_map(|recorded| recorded.name)
        .collect();
    assert_eq!(started, names);
    house.recorder.permits.add_permits(100);
    let mut answered = 0;
    while answered < 100 {
        assert!(client.next().await["result"]["job_id"].is_string());
        answered += 1;
    }
}

#[tokio::test]
async fn an_unsigned_print_never_reaches_the_dispatcher() {
    let house = House::new();
    let mut client = house.open().await;
    let params = super::submit_params("x", &[b"receipt"]);
    client
        .send(request(7, Method::JobsSubmit, &params, None))
        .await;
    assert_code(&client.next().await, ErrorCode::SignatureRequired);
    client.chunk(7, 0, b"receipt").await;
    client.call(Method::PrintersList, "{}").await;
    assert_eq!(house.started().len(), 1);
}

#[tokio::test]
async fn what_is_no_call_is_refused_precisely_and_the_session_goes_on() {
    let house = House::new();
    let mut client = house.open().await;
    for (text, code) in [
        ("{", ErrorCode::ParseError),
        ("[]", ErrorCode::InvalidRequest),
        (
            r#"{"jsonrpc":"2.0","id":1,"method":"agent.stop"}"#,
            ErrorCode::UnknownMethod,
        ),
        (
            r#"{"jsonrpc":"2.0","id":1,"method":"jobs.get","params":{"jobid":"a"}}"#,
            ErrorCode::InvalidParams,
        ),
    ] {
        client.send(text).await;
        assert_code(&client.next().await, code);
    }
    let answer = client
        .call(Method::QueuePause, r#"{"printer":"kitchen"}"#)
        .await;
    assert_code(&answer, ErrorCode::NotPermitted);
    assert_eq!(house.started(), []);
    client.call(Method::JobsList, "{}").await;
}

#[tokio::test]
async fn too_many_calls_without_an_answer_are_refused_and_not_queued() {
    let house = House::with(Limits {
        calls_in_flight_max: 2,
        ..Limits::default()
    });
    house.recorder.permits.forget_permits(usize::MAX);
    let mut client = house.open().await;
    for name in ["a", "b"] {
        let id = client.announce(name, &[b"x"]).await;
        client.chunk(id, 0, b"x").await;
    }
    let third = client.announce("c", &[b"x"]).await;
    client.chunk(third, 0, b"x").await;
    let refused = client.next().await;
    assert_eq!(refused["id"], third);
    assert_code(&refused, ErrorCode::LimitExceeded);
    house.recorder.permits.add_permits(2);
    client.next().await;
    client.next().await;
    assert_eq!(house.started().len(), 2);
}

#[tokio::test]
async fn a_session_ends_at_once_when_its_grant_is_taken_back() {
    let house = House::new();
    let client = house.open().await;
    house.agent.set_grants(Vec::new());
    let how = client.closed().await;
    assert_eq!(how, Some((4403, "not-authorized".to_owned())));
}

#[tokio::test]
async fn a_session_lives_on_under_a_changed_grant() {
    let house = House::new();
    let mut client = house.open().await;
    let mut grant = house.site.grant(1, &[POS]);
    grant.capabilities.insert(Capability::Admin);
    grant.signing = Signing::Session;
    house.agent.set_grants(vec![grant]);
    let paused = request(99, Method::QueuePause, r#"{"printer":"kitchen"}"#, None);
    client.send(paused).await;
    let answer = client.next().await;
    assert!(answer["result"].is_object(), "{answer}");
}

#[tokio::test]
async fn a_client_that_is_no_browser_speaks_for_the_origin_it_signed_for() {
    let house = House::new();
    let mut grant = house.site.grant(1, &[POS]);
    grant.native = true;
    house.agent.set_grants(vec![grant]);
    let mut client = house.connect(Peer::Native).await;
    let opened = client.open().await;
    assert_eq!(opened["result"]["origin"], POS, "{opened}");
    client.call(Method::PrintersList, "{}").await;
    assert_eq!(house.started()[0].origin, origin(POS));
}

#[tokio::test]
async fn what_was_begun_is_finished_although_its_client_is_gone() {
    let house = House::new();
    house.recorder.permits.forget_permits(usize::MAX);
    let mut client = house.open().await;
    let id = client.announce("last", &[b"x"]).await;
    client.chunk(id, 0, b"x").await;
    // Answered at once, so the submit before it has started.
    client.call(Method::PrintersList, "{}").await;
    drop(client.socket);
    house.recorder.permits.add_permits(1);
    client.task.await.unwrap();
    assert_eq!(*house.recorder.ended.lock().unwrap(), 2);
}

#[tokio::test]
async fn a_stopping_agent_finishes_calls_and_says_goodbye() {
    let house = House::new();
    house.recorder.permits.forget_permits(usize::MAX);
    let mut client = house.open().await;
    let complete = client.announce("complete", &[b"x"]).await;
    client.chunk(complete, 0, b"x").await;
    let incomplete = client.announce("incomplete", &[b"xyz"]).await;
    client.chunk(incomplete, 0, b"x").await;
    client.call(Method::PrintersList, "{}").await;
    house.stop.cancel();
    house.recorder.permits.add_permits(1);
    let refused = client.next().await;
    assert_eq!(refused["id"], incomplete);
    assert_code(&refused, ErrorCode::ShuttingDown);
    let answer = client.next().await;
    assert_eq!(answer["id"], complete);
    assert!(answer["result"]["job_id"].is_string(), "{answer}");
    let how = client.closed().await;
    assert_eq!(how, Some((1001, "shutting-down".to_owned())));
}

#[tokio::test(start_paused = true)]
async fn a_session_ends_when_its_certificate_is_revoked_or_expires() {
    use platen_protocol::Fingerprint;
    let house = House::new();
    let client = house.open().await;
    let leaf = Fingerprint::of(&house.site.leaf);
    house.agent.revoked.lock().unwrap().insert(leaf);
    let how = client.closed().await;
    assert_eq!(how, Some((4403, "not-authorized".to_owned())));

    let house = House::new();
    let client = house.open().await;
    let next_year = crate::testing::NOW + 400 * 86_400_000;
    let now = &house.agent.now;
    now.store(next_year, std::sync::atomic::Ordering::Relaxed);
    let how = client.closed().await;
    assert_eq!(how, Some((4403, "not-authorized".to_owned())));
}

#[tokio::test]
async fn a_client_that_closes_is_answered_in_kind() {
    use futures_util::SinkExt as _;
    use tokio_tungstenite::tungstenite::protocol::CloseFrame;
    use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
    let house = House::new();
    let stranger = house.connect(Peer::Opaque).await;
    for mut client in [stranger, house.open().await] {
        let frame = CloseFrame {
            code: CloseCode::Normal,
            reason: "done".into(),
        };
        let close = super::Message::Close(Some(frame));
        client.socket.send(close).await.unwrap();
        assert_eq!(client.closed().await, Some((1000, "done".to_owned())));
    }
}
