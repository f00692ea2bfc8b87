//! Events: one's own, in order, coalesced, and resumed after a gap.

use std::sync::Arc;

use platen_protocol::{Cursor, ErrorCode, Method};

use super::{House, POS, assert_code};
use crate::dispatch::LoggedEvent;
use crate::testing::{progress, state_changed};

const SUBSCRIBE: &str = r#"{"topics":["jobs"]}"#;

fn logged(cursor: u64, origin: &str) -> Arc<LoggedEvent> {
    Arc::new(LoggedEvent {
        cursor: Some(Cursor(cursor)),
        submitter: Some(origin.into()),
        event: state_changed(cursor),
    })
}

fn moving(octets_sent: u64) -> Arc<LoggedEvent> {
    Arc::new(LoggedEvent {
        cursor: None,
        submitter: Some(POS.into()),
        event: progress(1, octets_sent),
    })
}

#[tokio::test]
async fn a_session_hears_of_its_own_jobs_after_the_cursor_it_was_told() {
    let house = House::new();
    let mut client = house.open().await;
    let subscribed = client.call(Method::EventsSubscribe, SUBSCRIBE).await;
    assert_eq!(subscribed["result"]["cursor"], "ca");
    for event in [
        logged(10, POS),
        logged(11, "https://shop.example"),
        logged(12, POS),
    ] {
        house.recorder.log.send(event).unwrap();
    }
    let event = client.next().await;
    assert_eq!(event["method"], "event");
    assert_eq!(event["params"]["cursor"], "cc");
    assert_eq!(event["params"]["event"]["type"], "job-state-changed");
}

#[tokio::test]
async fn an_unsubscribed_session_hears_nothing() {
    let house = House::new();
    let mut client = house.open().await;
    client.call(Method::EventsSubscribe, SUBSCRIBE).await;
    client.call(Method::EventsUnsubscribe, "{}").await;
    let _ = house.recorder.log.send(logged(11, POS));
    // The next message is this call's answer.
    client.call(Method::PrintersList, "{}").await;
}

#[tokio::test]
async fn topics_need_their_capabilities_and_lose_them() {
    let house = House::new();
    let mut grant = house.site.grant(1, &[POS]);
    grant
        .capabilities
        .remove(&platen_protocol::Capability::Status);
    house.agent.set_grants(vec![grant.clone()]);
    let mut client = house.open().await;
    let both = r#"{"topics":["jobs","printers"]}"#;
    let refused = client.call(Method::EventsSubscribe, both).await;
    assert_code(&refused, ErrorCode::NotPermitted);
    client.call(Method::EventsSubscribe, SUBSCRIBE).await;
    grant
        .capabilities
        .remove(&platen_protocol::Capability::Jobs);
    house.agent.set_grants(vec![grant]);
    client.call(Method::PrintersList, "{}").await;
    let _ = house.recorder.log.send(logged(11, POS));
    client.call(Method::PrintersList, "{}").await;
}

#[tokio::test]
async fn a_session_that_reads_too_slowly_is_told_where_to_begin_again() {
    let house = House::new();
    let mut client = house.open().await;
    client.call(Method::EventsSubscribe, SUBSCRIBE).await;
    // More than the log's ring holds, before the session gets to run.
    for cursor in 11..=200 {
        house.recorder.log.send(logged(cursor, POS)).unwrap();
    }
    let resync = client.next().await;
    assert_eq!(resync["method"], "resync");
    assert_eq!(resync["params"]["cursor"], "ca");
    let next = client.next().await;
    assert_eq!(next["params"]["cursor"], Cursor(200 - 63).to_string());
}

#[tokio::test]
async fn progress_is_told_as_it_is_and_not_as_it_was() {
    let house = House::new();
    let mut client = house.open().await;
    client.call(Method::EventsSubscribe, SUBSCRIBE).await;
    for octets in 1..=50 {
        house.recorder.log.send(moving(octets)).unwrap();
    }
    house.recorder.log.send(logged(11, POS)).unwrap();
    let mut told = Vec::new();
    loop {
        let event = client.next().await;
        if event["params"]["cursor"].is_string() {
            break;
        }
        told.push(event["params"]["event"]["octets_sent"].as_u64().unwrap());
    }
    assert_eq!(told.last(), Some(&50));
    assert!(told.is_sorted());
}
