//! A page that listens, in front of a dispatcher that says how things are.

use std::collections::HashMap;
use std::sync::Mutex;

use platen_protocol::method::{Jobs, Printers};
use platen_protocol::{Cursor, Evidence, PrinterState, PrinterStateReason};
use serde_json::Value;
use tokio::sync::broadcast;

use super::*;
use crate::authorize::{Authorized, Peer, Subject};
use crate::backend::Equipment;
use crate::dispatch::{DispatchError, DocumentBody, EventStream};
use crate::grant::{AnchorKind, Grant, QzTerms};
use crate::limits::Limits;
use crate::queue::printers::PrinterInfo;
use crate::session::Shares;
use crate::socket::EdgeCounts;
use crate::testing::{Agent, NOW, Site, origin, printer};

const POS: &str = "https://pos.example";
/// Not secret: a certificate of the test vectors.
const CERTIFICATE: &str = include_str!("../../../../../protocol/vectors/test-keys/rsa.pem");

/// One printer and some jobs, as they are now.
struct Shop {
    state: Mutex<(PrinterState, &'static str)>,
    jobs: Mutex<HashMap<JobId, JobState>>,
    log: broadcast::Sender<Arc<LoggedEvent>>,
}

impl Shop {
    fn new() -> Self {
        Self {
            state: Mutex::new((PrinterState::Idle, "none")),
            jobs: Mutex::default(),
            log: broadcast::Sender::new(2),
        }
    }

    fn job(&self, id: &JobId) -> Option<Job> {
        let state = *self.jobs.lock().unwrap().get(id)?;
        let json = serde_json::json!({
            "job_id": id, "printer": printer(), "name": format!("job {id}"), "state": state,
            "reasons": [], "attempt": 1, "priority": 5, "octets": 1,
            "accepted_at": NOW, "changed_at": NOW,
        });
        Some(serde_json::from_value(json).unwrap())
    }

    /// A job enters a state, and that is told.
    fn enters(&self, id: &JobId, state: JobState) {
        self.jobs.lock().unwrap().insert(id.clone(), state);
        self.tell(Event::JobStateChanged {
            job_id: id.clone(),
            printer: printer(),
            state,
            reasons: Vec::new(),
            attempt: 1,
            evidence: None,
            code: None,
            at: NOW,
        });
    }

    fn tell(&self, event: Event) {
        let logged = LoggedEvent {
            cursor: None,
            submitter: Some(POS.into()),
            event,
        };
        self.log.send(Arc::new(logged)).unwrap();
    }
}

impl Dispatch for Shop {
    fn check_documents(&self, _: &Subject, _: &Request) -> std::result::Result<(), DispatchError> {
        Ok(())
    }

    fn names(&self, _: &Subject) -> Vec<PrinterName> {
        vec![PrinterName {
            id: printer(),
            name: "Kitchen".to_owned(),
            aliases: Vec::new(),
            default: true,
        }]
    }

    fn known(&self, _: &Subject, _: &PrinterId) -> Option<PrinterInfo> {
        None
    }

    async fn equipment(&self, _: &Subject, _: &PrinterId) -> Option<Equipment> {
        None
    }

    async fn call(
        &self,
        call: Authorized<Request>,
        _: Vec<DocumentBody>,
    ) -> std::result::Result<Response, DispatchError> {
        let (request, _) = call.into_parts();
        match request {
            Request::PrintersList(_) => {
                let (state, reason) = *self.state.lock().unwrap();
                let printer = Printer {
                    printer: printer(),
                    name: "Kitchen".to_owned(),
                    default: true,
                    state,
                    reasons: vec![reason.parse::<PrinterStateReason>().unwrap()],
                    status: Vec::new(),
                    state_at: NOW,
                    queued_jobs: 0,
                    evidence: Evidence::Transport,
                };
                Ok(Response::Printers(Printers {
                    printers: vec![printer],
                }))
            }
            Request::JobsGet(params) => self
                .job(&params.job_id)
                .map(Response::Job)
                .ok_or_else(|| DispatchError::new(platen_protocol::ErrorCode::JobNotFound)),
            Request::JobsList(_) => {
                let ids: Vec<_> = self.jobs.lock().unwrap().keys().cloned().collect();
                let jobs = ids.iter().filter_map(|id| self.job(id));
                let unfinished = jobs.filter(|job| !job.state.is_terminal());
                Ok(Response::Jobs(Jobs {
                    jobs: unfinished.collect(),
                }))
            }
            other => panic!("{other:?}"),
        }
    }

    async fn subscribe(
        &self,
        _: &Subject,
        _: &[Topic],
        _: Option<Cursor>,
    ) -> std::result::Result<EventStream, DispatchError> {
        Ok(EventStream {
            replay: Vec::new(),
            cursor: Cursor(1),
            resync: false,
            live: self.log.subscribe(),
        })
    }
}

/// What is told next: of what, and the word.
async fn told(
    listening: &mut Listening,
    context: &Context<Shop>,
    session: &OpenSession,
) -> Vec<String> {
    let texts = listening.next(context, session).await.unwrap();
    let word = |text: &String| {
        let frame: Value = serde_json::from_str(text).unwrap();
        let event: Value = serde_json::from_str(frame["event"].as_str().unwrap()).unwrap();
        let name = event["jobName"].as_str().unwrap_or("printer").to_owned();
        format!("{name} {}", event["statusText"].as_str().unwrap())
    };
    let mut words: Vec<String> = texts.iter().map(word).collect();
    words.sort();
    words
}

#[tokio::test]
async fn a_page_that_missed_something_hears_how_everything_is() {
    let der = pem::parse(CERTIFICATE).unwrap().into_contents();
    let grant = Grant {
        anchor: AnchorKind::Leaf,
        fingerprint: platen_protocol::Fingerprint::of(&der).to_string(),
        certificate: der,
        qz: Some(QzTerms::default()),
        ..Site::new(&["pos.example"]).grant(1, &[POS])
    };
    let authorizer = Agent::new(vec![grant]).authorizer();
    let peer = Peer::Site(origin(POS));
    let session = authorizer.open_qz(&peer.into(), CERTIFICATE).unwrap();
    let counts = Arc::new(EdgeCounts::default());
    let limits = Limits::default();
    let context = Context::new(authorizer, Shop::new(), limits, counts, Shares::none());
    let shop = &context.dispatch;
    let wanted = Wanted::of(vec![Some("Kitchen".to_owned())]);
    let mut listening = Listening::start(&context, &session, wanted).await.unwrap();

    let [first, second, third] = [1, 2, 3].map(JobId::from_random);
    shop.enters(&first, JobState::Processing);
    let words = told(&mut listening, &context, &session).await;
    assert_eq!(words, [format!("job {first} PRINTING")]);

    // More than the page keeps up with: the first ends, two come, the printer
    // runs out of paper, and only the last events are still there.
    shop.enters(&first, JobState::Completed);
    shop.enters(&second, JobState::Pending);
    *shop.state.lock().unwrap() = (PrinterState::Stopped, "media-empty");
    for state in [JobState::Pending, JobState::Processing, JobState::Pending] {
        shop.enters(&third, state);
    }
    let words = told(&mut listening, &context, &session).await;
    let mut expected = vec![
        format!("job {first} COMPLETE"),
        format!("job {second} SPOOLING"),
        format!("job {third} SPOOLING"),
        "printer PAPER_OUT".to_owned(),
    ];
    expected.sort();
    assert_eq!(words, expected);

    // What it was told stays told; what comes is told again.
    let words = told(&mut listening, &context, &session).await;
    assert_eq!(words, [format!("job {third} PRINTING")]);
}
