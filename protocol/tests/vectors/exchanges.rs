//! `exchanges.json`: whole conversations, message by message.

use platen_protocol::chunk::ChunkHeader;
use platen_protocol::job::DocumentInfo;
use platen_protocol::message::{Answer, Call, Notification, Refusal};
use platen_protocol::method::{
    AgentProof, AgentProve, EventsSubscribe, JobParams, Jobs, JobsList, JobsSubmit, NoParams,
    PrinterParams, Printers, Response, SessionLimits, SessionOpen, SessionOpened, Submitted,
    Subscribed,
};
use platen_protocol::{
    Capability, Cursor, Digest, ErrorCode, Event, Evidence, Job, JobState, JobStateReason, Method,
    Printer, PrinterState, SUBPROTOCOL, Signed, Signing, Statement, StatusDetail, StatusSource,
    Topic, WireError, canonical, statement,
};
use serde::Serialize;

#[derive(Serialize)]
struct Vectors {
    about: &'static str,
    exchanges: Vec<Exchange>,
}

#[derive(Serialize)]
struct Exchange {
    name: &'static str,
    messages: Vec<Message>,
}

/// One frame. Texts are exact: a writer of either side makes these octets.
#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
enum Message {
    /// The agent sends a text frame.
    Agent(String),
    /// The page sends a text frame.
    Page(String),
    /// The page sends a binary frame (hexadecimal).
    PageBinary(String),
}

const CHALLENGE: &str = "Y2hhbGxlbmdlIG9mIGEgcmVjb3JkZWQgY29ubmVjdGk";
const AGENT: &str = "k7Yk0t2mZJv1T0cD3mA8wqjJr0mJ2i6v3b9sWq1xQ5E";
const JOB: &str = "0123456789abcdefghjkmnpqrs";
const NOW: u64 = 1_780_315_200_000;
/// Exchanges show the form of messages; signatures are in `statements.json`.
const SIGNATURE: &str = "c2lnbmF0dXJl";

#[test]
fn exchanges_are_as_committed() {
    crate::check_committed(
        "exchanges.json",
        &Vectors {
            about: "Recorded conversations. Each message is the exact text of a frame (binary frames in hexadecimal): requests of a page are read and give the same members again, messages of the agent are what it writes. Signatures here are placeholders; real ones are in statements.json and proof.json.",
            exchanges: vec![opening(), printing(), looking(), refusals(), events()],
        },
    );
}

fn opening() -> Exchange {
    let prove = AgentProve {
        nonce: "bm9uY2Ugb2YgdGhlIHBhZ2U".to_owned(),
        origin: None,
    };
    let proof = AgentProof {
        agent: AGENT.parse().unwrap(),
        public_key: "BHB1YmxpYyBrZXk".to_owned(),
        signature: SIGNATURE.to_owned(),
    };
    let open = SessionOpen {
        certificates: vec!["MIIB".to_owned(), "MIIC".to_owned()],
    };
    let opened = SessionOpened {
        origin: "https://pos.example".parse().unwrap(),
        capabilities: Capability::FOR_PRINTING.to_vec(),
        signing: Signing::Request,
        version: "0.1.0".to_owned(),
        limits: SessionLimits {
            frame_octets_max: 262_144,
            job_octets_max: 33_554_432,
            documents_per_job_max: 16,
            calls_in_flight_max: 64,
        },
    };
    Exchange {
        name: "a page opens a session",
        messages: vec![
            hello(),
            call(1, Method::AgentProve, &prove),
            result(1, Response::Proof(proof)),
            signed_call(2, Method::SessionOpen, &open, 0),
            result(2, Response::SessionOpened(opened)),
        ],
    }
}

fn printing() -> Exchange {
    let octets = b"\x1b@hello\n";
    let submit = JobsSubmit {
        printer: Some("virtual:receipts".parse().unwrap()),
        documents: vec![DocumentInfo {
            format: "application/octet-stream".to_owned(),
            octets: octets.len() as u64,
            sha256: Digest::of(octets),
        }],
        name: Some("Küche №7".into()),
        idempotency_key: Some("order-1001".into()),
        priority: None,
        expires_at: None,
        not_before: None,
        repeat: None,
    };
    let header = ChunkHeader {
        request: 3,
        document: 0,
    };
    let frame = [&header.to_octets()[..], octets].concat();
    let hex = frame.iter().map(|octet| format!("{octet:02x}")).collect();
    let subscribe = EventsSubscribe {
        topics: vec![Topic::Jobs, Topic::Printers],
        after: None,
    };
    let submitted = Submitted {
        job_id: JOB.parse().unwrap(),
        printer: "virtual:receipts".parse().unwrap(),
        repeated: false,
    };
    Exchange {
        name: "a page subscribes and prints",
        messages: vec![
            call(2, Method::EventsSubscribe, &subscribe),
            result(2, Response::Subscribed(Subscribed { cursor: Cursor(41) })),
            signed_call(3, Method::JobsSubmit, &submit, 1),
            Message::PageBinary(hex),
            job_event(42, JobState::Pending, vec![], 0, None),
            result(3, Response::Submitted(submitted)),
            job_event(43, JobState::Processing, vec![], 1, None),
            event(
                None,
                Event::JobProgress {
                    job_id: JOB.parse().unwrap(),
                    octets_sent: 8,
                    octets_total: 8,
                },
            ),
            job_event(
                44,
                JobState::Completed,
                vec![],
                1,
                Some(Evidence::Transport),
            ),
        ],
    }
}

fn status_detail(reason: &str, source: StatusSource) -> StatusDetail {
    StatusDetail {
        reason: reason.parse().unwrap(),
        source,
        since: NOW,
        seen_at: NOW,
    }
}

fn looking() -> Exchange {
    let printers = Printers {
        printers: vec![
            Printer {
                printer: "virtual:receipts".parse().unwrap(),
                name: "Receipts".to_owned(),
                default: true,
                state: PrinterState::Idle,
                reasons: vec![],
                status: vec![],
                state_at: NOW,
                queued_jobs: 0,
                evidence: Evidence::Device,
            },
            Printer {
                printer: "socket:192.0.2.7:9100".parse().unwrap(),
                name: "Küche".to_owned(),
                default: false,
                state: PrinterState::Stopped,
                reasons: vec!["media-empty".parse().unwrap(), "offline".parse().unwrap()],
                status: vec![
                    status_detail("media-empty", StatusSource::EscPos),
                    status_detail("offline", StatusSource::Connection),
                ],
                state_at: NOW,
                queued_jobs: 2,
                evidence: Evidence::Transport,
            },
        ],
    };
    let job = Job {
        job_id: JOB.parse().unwrap(),
        printer: "virtual:receipts".parse().unwrap(),
        name: "Küche №7".into(),
        state: JobState::Interrupted,
        reasons: vec![JobStateReason::ContactLost],
        evidence: None,
        code: Some(ErrorCode::DeviceLost),
        attempt: 1,
        priority: 3,
        octets: 8,
        accepted_at: NOW,
        changed_at: NOW + 250,
        not_before: None,
        expires_at: None,
        reprint_of: None,
    };
    let list = JobsList {
        states: Some(vec![JobState::Interrupted, JobState::Aborted]),
        limit: Some(10),
        ..JobsList::default()
    };
    let one = JobParams {
        job_id: JOB.parse().unwrap(),
    };
    let printer = PrinterParams {
        printer: "virtual:receipts".parse().unwrap(),
    };
    Exchange {
        name: "a page looks at printers and jobs, and decides about one",
        messages: vec![
            call(4, Method::PrintersList, &NoParams {}),
            result(4, Response::Printers(printers.clone())),
            call(5, Method::PrintersGet, &printer),
            result(5, Response::Printer(printers.printers[0].clone())),
            call(6, Method::JobsList, &list),
            result(
                6,
                Response::Jobs(Jobs {
                    jobs: vec![job.clone()],
                }),
            ),
            call(7, Method::JobsGet, &one),
            result(7, Response::Job(job.clone())),
            signed_call(8, Method::JobsRetry, &one, 2),
            result(
                8,
                Response::Job(Job {
                    state: JobState::Pending,
                    reasons: vec![],
                    code: None,
                    ..job
                }),
            ),
            call(9, Method::EventsUnsubscribe, &NoParams {}),
            result(9, Response::Done(NoParams {})),
        ],
    }
}

fn refusals() -> Exchange {
    let mut messages = Vec::new();
    for text in [
        "{",
        r#"{"jsonrpc":"2.0","id":1}"#,
        r#"{"jsonrpc":"2.0","id":1,"method":"printers.lst","params":{}}"#,
        r#"{"jsonrpc":"2.0","id":1,"method":"printers.list","params":{"copies":2}}"#,
        r#"{"jsonrpc":"2.0","id":1,"method":"jobs.get","params":{"jobid":"x"}}"#,
    ] {
        let refusal: Refusal = Call::read(text).unwrap_err();
        messages.push(Message::Page(text.to_owned()));
        messages.push(agent(&Answer::<Response>::refusal(refusal)));
    }
    for (id, code) in (2..).zip([
        ErrorCode::NotAuthorized,
        ErrorCode::SignatureRequired,
        ErrorCode::StatementReplayed,
        ErrorCode::PrinterNotFound,
        ErrorCode::QueueFull,
    ]) {
        let printer = PrinterParams {
            printer: "virtual:receipts".parse().unwrap(),
        };
        messages.push(call(id, Method::QueuePause, &printer));
        let error = Err(WireError::new(code));
        messages.push(agent(&Answer::<Response>::to(id, error)));
    }
    Exchange {
        name: "what is refused, and with which words",
        messages,
    }
}

fn events() -> Exchange {
    let printer_event = Event::PrinterStateChanged {
        printer: "virtual:receipts".parse().unwrap(),
        state: PrinterState::Stopped,
        reasons: vec!["media-empty".parse().unwrap()],
        at: NOW,
    };
    let subscribe = EventsSubscribe {
        topics: vec![Topic::Jobs],
        after: Some(Cursor(44)),
    };
    let aborted = Event::JobStateChanged {
        job_id: JOB.parse().unwrap(),
        printer: "virtual:receipts".parse().unwrap(),
        state: JobState::Aborted,
        reasons: vec![JobStateReason::AbortedBySystem],
        attempt: 3,
        evidence: None,
        code: Some(ErrorCode::DeviceUnreachable),
        at: NOW,
    };
    Exchange {
        name: "a page comes back and hears what it missed",
        messages: vec![
            hello(),
            call(10, Method::EventsSubscribe, &subscribe),
            result(10, Response::Subscribed(Subscribed { cursor: Cursor(46) })),
            event(Some(45), aborted),
            event(Some(46), printer_event),
            notification(&Notification::Resync { cursor: Cursor(300) }),
            Message::Agent(
                r#"{"jsonrpc":"2.0","method":"event","params":{"cursor":"c12d","event":{"type":"a-newer-agent-says-more","anything":1}}}"#
                    .to_owned(),
            ),
        ],
    }
}

fn hello() -> Message {
    notification(&Notification::Hello {
        protocol: SUBPROTOCOL.to_owned(),
        challenge: CHALLENGE.to_owned(),
    })
}

fn notification(notification: &Notification) -> Message {
    let text = notification.to_text();
    assert_eq!(
        &serde_json::from_str::<Notification>(&text).unwrap(),
        notification
    );
    Message::Agent(text)
}

fn event(cursor: Option<u64>, event: Event) -> Message {
    let cursor = cursor.map(Cursor);
    notification(&Notification::Event { cursor, event })
}

fn job_event(
    cursor: u64,
    state: JobState,
    reasons: Vec<JobStateReason>,
    attempt: u32,
    evidence: Option<Evidence>,
) -> Message {
    event(
        Some(cursor),
        Event::JobStateChanged {
            job_id: JOB.parse().unwrap(),
            printer: "virtual:receipts".parse().unwrap(),
            state,
            reasons,
            attempt,
            evidence,
            code: None,
            at: NOW,
        },
    )
}

fn agent<T: Serialize>(answer: &Answer<T>) -> Message {
    Message::Agent(serde_json::to_string(answer).unwrap())
}

fn result(id: u32, response: Response) -> Message {
    agent(&Answer::to(id, Ok(response)))
}

fn call<P: Serialize>(id: u32, method: Method, params: &P) -> Message {
    request(id, method, params, None)
}

fn signed_call<P: Serialize>(id: u32, method: Method, params: &P, sequence: u64) -> Message {
    let params_text = canonical::to_string(params).unwrap();
    let statement = Statement {
        platen: 1,
        purpose: method,
        origin: "https://pos.example".parse().unwrap(),
        agent: AGENT.parse().unwrap(),
        challenge: CHALLENGE.to_owned(),
        sequence,
        issued_at: NOW,
        expires_at: NOW + 60_000,
        digest: statement::call_digest(method, &params_text),
    };
    let signed = Signed {
        statement: statement.to_canonical().unwrap(),
        signature: SIGNATURE.to_owned(),
    };
    request(id, method, params, Some(&signed))
}

fn request<P: Serialize>(id: u32, method: Method, params: &P, signed: Option<&Signed>) -> Message {
    let params = canonical::to_string(params).unwrap();
    let name = method.as_str();
    let more = signed.map_or(String::new(), |signed| {
        format!(",\"signed\":{}", serde_json::to_string(signed).unwrap())
    });
    let text = format!(
        "{{\"jsonrpc\":\"2.0\",\"id\":{id},\"method\":\"{name}\",\"params\":{params}{more}}}"
    );
    let read = Call::read(&text).unwrap();
    assert_eq!((read.id, read.request.method()), (id, method));
    assert_eq!(read.signed.as_ref(), signed);
    assert_eq!(read.digest, statement::call_digest(method, &params));
    Message::Page(text)
}
