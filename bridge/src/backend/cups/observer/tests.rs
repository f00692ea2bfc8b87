//! The observer before a service that says what a test wants, recorded or hostile.

use platen_protocol::PrinterStateReason;
use tokio::time::timeout;

use super::*;
use crate::backend::cups::events::recorded;
use crate::backend::cups::scripted::{Reply, ScriptedCups};
use crate::backend::cups::server::CupsServer;

fn reply(octets: &[u8]) -> Reply {
    Reply::Http(200, octets.to_vec())
}

/// What a service says of each operation, in order; the last for ever.
struct Script {
    subscribe: Vec<Reply>,
    events: Vec<Reply>,
    printer: Vec<Reply>,
}

impl Script {
    fn new(events: &[Reply], printer: &[&[u8]]) -> Self {
        Self {
            subscribe: vec![reply(recorded::SUBSCRIBED)],
            events: events.to_vec(),
            printer: printer.iter().map(|octets| reply(octets)).collect(),
        }
    }

    fn start(mut self) -> ScriptedCups {
        ScriptedCups::answering(move |operation| {
            let replies = match operation {
                0x16 => &mut self.subscribe,
                0x1c => &mut self.events,
                _ => &mut self.printer,
            };
            if replies.len() > 1 {
                replies.remove(0)
            } else {
                replies[0].clone()
            }
        })
    }
}

fn observer(cups: &ScriptedCups) -> Observer {
    let server = CupsServer::Socket(cups.socket());
    let deadline = Duration::from_millis(200);
    let connection = IppConnection::new(server, "till-user".to_owned(), deadline);
    Observer::new(connection, Duration::from_millis(5))
}

/// What is seen, by its reasons, until it is this.
async fn sees(observation: &mut Observation, expected: &str) {
    let mut seen = String::new();
    let found = async {
        loop {
            seen = match observation.sight() {
                None => "unknown".to_owned(),
                Some(Sight::NoQueue) => "no queue".to_owned(),
                Some(Sight::NoService) => "no service".to_owned(),
                Some(Sight::Printer(printer)) => {
                    let reasons = printer.reasons.iter().map(PrinterStateReason::as_str);
                    reasons.collect::<Vec<_>>().join(" ")
                }
            };
            if seen == expected {
                return;
            }
            observation.news().await;
        }
    };
    let in_time = timeout(Duration::from_secs(30), found).await.is_ok();
    assert!(in_time, "{expected:?} is not seen, but {seen:?}");
}

fn till() -> QueueName {
    "Till".parse().unwrap()
}

#[tokio::test]
async fn a_recorded_stream_is_heard_as_it_happened() {
    let events = [
        recorded::NOTHING,
        recorded::TWO_JOBS,
        recorded::TWO_ENDS,
        recorded::NOTHING,
    ];
    let printer = [
        recorded::PRINTING,
        recorded::OUT_OF_PAPER,
        recorded::PRINTING,
    ];
    let cups = Script::new(&events.map(reply), &printer).start();
    let observer = observer(&cups);
    let mut early = observer.observe(&till(), Interest::OpenJob);
    sees(&mut early, "").await;
    // Once subscribed: only what begins then hears of all ends.
    let mut observation = observer.observe(&till(), Interest::OpenJob);
    sees(&mut observation, "media-empty media-needed").await;
    sees(&mut observation, "").await;
    assert_eq!(observation.end_of(1), Some(SpoolerJobState::Completed));
    assert_eq!(observation.end_of(2), None, "a job of another queue");
    assert_eq!(observation.end_of(3), Some(SpoolerJobState::Canceled));
    assert_eq!(early.end_of(1), None, "begun before the service was heard");
}

#[tokio::test]
async fn t13_hostile_answers_of_the_print_service_are_survived_and_nothing_stale_stays() {
    let cut = recorded::TWO_JOBS[..2_000].to_vec();
    for hostile in [
        Reply::Silence,
        Reply::Endless,
        Reply::Close,
        Reply::Http(200, b"<html>".to_vec()),
        Reply::Http(200, vec![]),
        Reply::Http(200, cut),
        Reply::Http(500, vec![0; 4096]),
        reply(recorded::NO_SUBSCRIPTION),
    ] {
        let events = [reply(recorded::NOTHING), hostile, reply(recorded::NOTHING)];
        let printer = [recorded::PRINTING, recorded::OUT_OF_PAPER];
        let cups = Script::new(&events, &printer).start();
        let observer = observer(&cups);
        let mut observation = observer.observe(&till(), Interest::OpenJob);
        sees(&mut observation, "media-empty media-needed").await;
        assert_eq!(observation.end_of(1), None);
    }
}

#[tokio::test]
async fn a_service_that_answers_nothing_is_out_of_sight() {
    let cups = ScriptedCups::answering(|_| Reply::Close);
    let observer = observer(&cups);
    let mut observation = observer.observe(&till(), Interest::OpenJob);
    sees(&mut observation, "no service").await;
}

#[tokio::test]
async fn a_service_that_grants_no_subscription_is_asked_in_turn() {
    for refusal in [Reply::Http(403, vec![]), reply(recorded::NO_SUBSCRIPTION)] {
        let printer = [
            recorded::PRINTING,
            recorded::OUT_OF_PAPER,
            recorded::PRINTING,
        ];
        let mut script = Script::new(&[Reply::Close], &printer);
        script.subscribe = vec![refusal];
        let cups = script.start();
        let observer = observer(&cups);
        let mut observation = observer.observe(&till(), Interest::OpenJob);
        sees(&mut observation, "media-empty media-needed").await;
        sees(&mut observation, "").await;
    }
}

#[tokio::test]
async fn another_server_behind_the_same_address_is_not_believed_about_earlier_jobs() {
    // The connection closes, and who answers next knows an end of a job with our number.
    let events = [recorded::NOTHING, recorded::TWO_ENDS];
    let mut events = events.map(reply).to_vec();
    events.insert(1, Reply::Close);
    let printer = [
        recorded::PRINTING,
        recorded::PRINTING,
        recorded::OUT_OF_PAPER,
    ];
    let cups = Script::new(&events, &printer).start();
    let observer = observer(&cups);
    let mut first = observer.observe(&till(), Interest::OpenJob);
    sees(&mut first, "").await;
    let mut observation = observer.observe(&till(), Interest::OpenJob);
    sees(&mut observation, "media-empty media-needed").await;
    assert_eq!(observation.end_of(1), None);
}

#[tokio::test]
async fn who_looks_no_more_is_forgotten() {
    let cups = Script::new(&[reply(recorded::NOTHING)], &[recorded::PRINTING]).start();
    let observer = observer(&cups);
    let mut observation = observer.observe(&till(), Interest::OpenJob);
    sees(&mut observation, "").await;
    drop(observation);
    assert_eq!(observer.shared.open_jobs.load(Ordering::Relaxed), 0);
    assert!(observer.shared.observed().is_empty());
}
