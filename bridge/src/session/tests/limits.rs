//! Bounds: who asks for too much, or does not listen, slows only themselves.

use std::sync::Arc;

use futures_util::SinkExt as _;
use platen_protocol::{Cursor, ErrorCode, Method};

use super::{House, Message, POS, assert_code};
use crate::authorize::Peer;
use crate::dispatch::LoggedEvent;
use crate::limits::Limits;
use crate::testing::{origin, state_changed};

fn closed_as(code: u16, reason: &str) -> Option<(u16, String)> {
    Some((code, reason.to_owned()))
}

#[tokio::test]
async fn before_a_session_only_small_messages_are_taken() {
    let house = House::new();
    for peer in [Peer::Opaque, Peer::Site(origin(POS))] {
        let mut client = house.connect(peer).await;
        let _ = client
            .socket
            .send(Message::text(" ".repeat(32 * 1024 + 1)))
            .await;
        assert_eq!(client.closed().await, closed_as(1009, "frame-too-large"));
    }
}

#[tokio::test]
async fn in_a_session_messages_are_bounded_whole_and_in_fragments() {
    use tokio_tungstenite::tungstenite::protocol::frame::Frame;
    use tokio_tungstenite::tungstenite::protocol::frame::coding::{Data, OpCode};
    let house = House::with(Limits {
        frame_octets_max: 64 * 1024,
        ..Limits::default()
    });
    let mut client = house.open().await;
    let _ = client
        .socket
        .send(Message::binary(vec![0; 64 * 1024 + 1]))
        .await;
    assert_eq!(client.closed().await, closed_as(1009, "frame-too-large"));

    let mut client = house.open().await;
    for n in 0..5 {
        let opcode = if n == 0 { Data::Binary } else { Data::Continue };
        let fragment = Frame::message(vec![0; 16 * 1024], OpCode::Data(opcode), false);
        let _ = client.socket.send(Message::Frame(fragment)).await;
    }
    assert_eq!(client.closed().await, closed_as(1009, "frame-too-large"));
}

#[tokio::test]
async fn text_that_is_not_utf8_ends_its_connection() {
    use tokio_tungstenite::tungstenite::protocol::frame::Frame;
    use tokio_tungstenite::tungstenite::protocol::frame::coding::{Data, OpCode};
    let house = House::new();
    let mut client = house.open().await;
    for octets in [&b"\xff\xfe"[..], b"\xc0\xaf", b"\xed\xa0\x80"] {
        let frame = Frame::message(octets.to_vec(), OpCode::Data(Data::Text), true);
        let _ = client.socket.send(Message::Frame(frame)).await;
    }
    assert_eq!(client.closed().await, closed_as(1002, "malformed"));
    assert_eq!(house.started(), []);
}

#[tokio::test]
async fn a_flood_of_pings_ends_its_connection() {
    let house = House::new();
    for (mut client, reads) in [
        (house.connect(Peer::Opaque).await, 17),
        (house.open().await, 257),
    ] {
        for _ in 0..reads {
            let _ = client.socket.feed(Message::Ping("x".into())).await;
        }
        let _ = client.socket.flush().await;
        assert_eq!(client.closed().await, closed_as(1008, "limit-exceeded"));
    }
}

#[tokio::test(start_paused = true)]
async fn a_client_that_never_reads_is_closed_and_holds_up_nobody() {
    let house = House::with(Limits {
        outbox_messages_max: 16,
        ..Limits::default()
    });
    let mut deaf = house.open().await;
    deaf.call(Method::EventsSubscribe, r#"{"topics":["jobs"]}"#)
        .await;
    let mut other = house.open().await;
    // More than the stream between us and the outbox hold together.
    let mut cursor = 10;
    while !deaf.task.is_finished() {
        cursor += 1;
        let event = LoggedEvent {
            cursor: Some(Cursor(cursor)),
            submitter: Some(POS.into()),
            event: state_changed(cursor),
        };
        let _ = house.recorder.log.send(Arc::new(event));
        let answer = other.call(Method::PrintersList, "{}").await;
        assert!(answer["result"].is_object());
        assert!(cursor < 1_000_000, "the deaf client is never closed");
        tokio::time::advance(std::time::Duration::from_millis(10)).await;
    }
}

#[tokio::test]
async fn a_client_that_asks_and_never_reads_is_no_longer_read_and_then_closed() {
    let house = House::with(Limits {
        outbox_messages_max: 16,
        outbox_full_ms_max: 100,
        ..Limits::default()
    });
    let mut deaf = house.open().await;
    let (_, text) = deaf.call_text(Method::PrintersList, "{}");
    // Until the other side has hung up.
    while deaf.socket.send(Message::text(text.clone())).await.is_ok() {}
    deaf.task.await.unwrap();
    let started = house.started().len();
    assert!(
        started < 5_000,
        "{started} calls of a client that does not read"
    );
}

#[tokio::test(start_paused = true)]
async fn a_silent_client_is_pinged_and_a_dead_one_closed() {
    use futures_util::StreamExt as _;
    let house = House::new();
    let mut alive = house.open().await;
    let dead = house.open().await;
    // Reading answers pings; the dead one does not even read.
    let mut pings = 0;
    while pings < 10 {
        if let Some(Ok(Message::Ping(_))) = alive.socket.next().await {
            pings += 1;
        }
    }
    dead.task.await.unwrap();
    alive.call(Method::PrintersList, "{}").await;
}

#[tokio::test]
async fn deep_json_is_refused_and_the_session_goes_on() {
    let house = House::new();
    let mut client = house.open().await;
    for deep in ["[".repeat(500_000), "{\"a\":".repeat(100_000)] {
        client.send(deep.clone()).await;
        let answer = client.next().await;
        assert!(answer["error"].is_object(), "{answer}");
        let params = format!(r#"{{"jsonrpc":"2.0","id":7,"method":"jobs.get","params":{deep}"#);
        client.send(params).await;
        assert_code(&client.next().await, ErrorCode::ParseError);
    }
    client.call(Method::PrintersList, "{}").await;
}
