//! Documents: announced, received in pieces, checked, or refused.

use platen_protocol::{ErrorCode, Method};
use proptest::prelude::*;
use serde_json::json;
use tokio::time::Duration;

use super::{Client, House, assert_code};
use crate::limits::Limits;

fn octets(count: usize) -> Vec<u8> {
    (0..=250).cycle().take(count).collect()
}

/// The session still takes a good job, and answers only that.
async fn assert_still_prints(house: &House, client: &mut Client) {
    let before = house.started().len();
    let answer = client.submit("good", b"good").await;
    assert!(answer["result"]["job_id"].is_string(), "{answer}");
    assert_eq!(house.started().len(), before + 1);
}

#[tokio::test]
async fn documents_arrive_octet_for_octet_however_they_are_cut() {
    let house = House::new();
    let mut client = house.open().await;
    let (first, second) = (octets(100_000), octets(7));
    let id = client.announce("two", &[&first, &second]).await;
    client.chunk(id, 0, &first[..1]).await;
    client.chunk(id, 1, &second[..3]).await;
    client.chunk(id, 0, &first[1..60_000]).await;
    client.chunk(id, 1, &second[3..]).await;
    client.chunk(id, 0, &first[60_000..]).await;
    assert!(client.next().await["result"].is_object());
    assert_eq!(house.started()[0].documents, [first, second]);
}

#[tokio::test]
async fn five_megabytes_arrive_in_large_frames() {
    let house = House::new();
    let mut client = house.open().await;
    let document = octets(5_000_000);
    let id = client.announce("large", &[&document]).await;
    for piece in document.chunks(256 * 1024) {
        client.chunk(id, 0, piece).await;
    }
    assert!(client.next().await["result"].is_object());
    assert_eq!(house.started()[0].documents, [document]);
}

#[tokio::test]
async fn uploads_of_one_session_may_be_interleaved() {
    let house = House::new();
    let mut client = house.open().await;
    let a = client.announce("a", &[b"aa"]).await;
    let b = client.announce("b", &[b"bb"]).await;
    client.chunk(a, 0, b"a").await;
    client.chunk(b, 0, b"b").await;
    client.chunk(b, 0, b"b").await;
    assert_eq!(client.next().await["id"], b);
    client.chunk(a, 0, b"a").await;
    assert_eq!(client.next().await["id"], a);
}

#[tokio::test]
async fn other_octets_than_announced_are_refused() {
    let house = House::new();
    let mut client = house.open().await;
    let id = client.announce("changed", &[b"good"]).await;
    client.chunk(id, 0, b"evil").await;
    assert_code(&client.next().await, ErrorCode::DocumentMismatch);
    let id = client.announce("longer", &[b"good"]).await;
    client.chunk(id, 0, b"good and more").await;
    assert_code(&client.next().await, ErrorCode::DocumentMismatch);
    assert_still_prints(&house, &mut client).await;
}

#[tokio::test]
async fn what_cannot_be_taken_is_refused_before_its_octets_come() {
    let house = House::with(Limits {
        job_octets_max: 1000,
        documents_per_job_max: 2,
        ..Limits::default()
    });
    let mut client = house.open().await;
    for (documents, code) in [
        (vec![], ErrorCode::DocumentEmpty),
        (vec![0], ErrorCode::DocumentEmpty),
        (vec![5, 0], ErrorCode::DocumentEmpty),
        (vec![1001], ErrorCode::DocumentTooLarge),
        (vec![600, 600], ErrorCode::DocumentTooLarge),
        (vec![u64::MAX >> 11, 1], ErrorCode::DocumentTooLarge),
        (vec![1, 1, 1], ErrorCode::DocumentTooLarge),
    ] {
        let digest = platen_protocol::Digest::of(b"");
        let documents: Vec<_> = documents
            .into_iter()
            .map(|octets| json!({"format": "application/octet-stream", "octets": octets, "sha256": digest}))
            .collect();
        let params = json!({ "documents": documents }).to_string();
        let answer = client.call(Method::JobsSubmit, &params).await;
        assert_code(&answer, code);
    }
    assert_still_prints(&house, &mut client).await;
}

#[tokio::test]
async fn frames_of_a_refused_submit_are_swallowed() {
    let house = House::new();
    let mut client = house.open().await;
    let empty = client.announce("empty", &[b"", b"x"]).await;
    client.chunk(empty, 1, b"x").await;
    let misspelled = r#"{"document":[]}"#;
    let (id, text) = client.call_text(Method::JobsSubmit, misspelled);
    client.send(text).await;
    client.chunk(id, 0, &octets(10_000)).await;
    client.chunk(id, 0, &octets(10_000)).await;
    assert_code(&client.next().await, ErrorCode::DocumentEmpty);
    assert_code(&client.next().await, ErrorCode::InvalidParams);
    assert_still_prints(&house, &mut client).await;
}

#[tokio::test]
async fn a_printer_that_is_not_there_is_said_before_the_documents_come() {
    let house = House::new();
    let mut client = house.open().await;
    let params = super::submit_params("lost", &[b"receipt"]);
    let params = params.replacen('{', r#"{"printer":"attic","#, 1);
    let answer = client.call(Method::JobsSubmit, &params).await;
    assert_code(&answer, ErrorCode::PrinterNotFound);
    assert_still_prints(&house, &mut client).await;
}

#[tokio::test]
async fn frames_that_nobody_asked_for_are_named() {
    let house = House::new();
    let mut client = house.open().await;
    client.chunk(77, 0, b"x").await;
    let answer = client.next().await;
    assert_eq!(answer["id"], 77);
    assert_code(&answer, ErrorCode::ChunkUnexpected);
    client.chunk(77, 0, b"").await;
    let answer = client.next().await;
    assert!(answer["id"].is_null());
    assert_code(&answer, ErrorCode::ChunkUnexpected);
    let id = client.announce("one", &[b"x"]).await;
    client.chunk(id, 1, b"x").await;
    assert_code(&client.next().await, ErrorCode::ChunkUnexpected);
    assert_still_prints(&house, &mut client).await;
}

#[tokio::test]
async fn an_id_whose_documents_are_on_their_way_is_not_used_again() {
    let house = House::new();
    let mut client = house.open().await;
    let id = client.announce("one", &[b"xy"]).await;
    let again = format!(r#"{{"jsonrpc":"2.0","id":{id},"method":"printers.list"}}"#);
    client.send(again).await;
    assert_code(&client.next().await, ErrorCode::InvalidRequest);
    client.chunk(id, 0, b"xy").await;
    assert!(client.next().await["result"].is_object());
}

#[tokio::test]
async fn one_site_cannot_take_all_the_room_for_documents() {
    let house = House::with(Limits {
        receiving_octets_max: 100,
        ..Limits::default()
    });
    let mut greedy = house.open().await;
    greedy.announce("half", &[&octets(50)]).await;
    let more = greedy.announce("more", &[b"x"]).await;
    let refused = greedy.next().await;
    assert_eq!(refused["id"], more);
    assert_code(&refused, ErrorCode::LimitExceeded);
    let mut other = house.open_as("https://shop.example").await;
    assert_still_prints(&house, &mut other).await;
    drop(greedy.socket);
    greedy.task.await.unwrap();
    let mut again = house.open().await;
    assert_still_prints(&house, &mut again).await;
}

#[tokio::test(start_paused = true)]
async fn an_upload_that_stalls_is_given_up() {
    let house = House::new();
    let mut client = house.open().await;
    let id = client.announce("stalled", &[b"xyz"]).await;
    client.chunk(id, 0, b"x").await;
    // Reads, and so answers pings, but sends no more of the document.
    let refused = tokio::time::timeout(Duration::from_secs(90), client.next()).await;
    let refused = refused.unwrap();
    assert_eq!(refused["id"], id);
    assert_code(&refused, ErrorCode::DocumentMismatch);
    client.chunk(id, 0, b"yz").await;
    assert_still_prints(&house, &mut client).await;
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// However a document is cut, and whatever else comes in between, it
    /// arrives as it was, once.
    #[test]
    fn a_document_arrives_as_it_was(
        document in proptest::collection::vec(any::<u8>(), 1..4000),
        cuts in proptest::collection::vec((1_usize..1500, any::<bool>()), 1..20),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(async {
            let house = House::new();
            let mut client = house.open().await;
            let id = client.announce("cut", &[&document]).await;
            let mut rest = document.as_slice();
            let mut stray = 0;
            for (length, comes_between) in cuts.into_iter().cycle() {
                let (piece, after) = rest.split_at(length.min(rest.len()));
                client.chunk(id, 0, piece).await;
                rest = after;
                if rest.is_empty() {
                    break;
                }
                if comes_between {
                    client.chunk(id + 1000, 0, b"stray").await;
                    stray += 1;
                }
            }
            for _ in 0..stray {
                assert_code(&client.next().await, ErrorCode::ChunkUnexpected);
            }
            assert_eq!(client.next().await["id"], id);
            assert_eq!(house.started()[0].documents, [document]);
        });
    }
}
