//! The whole way over a real socket: client, HTTP, server, a scripted desk.

use std::sync::Mutex;

use bytes::Bytes;
use platen_protocol::{Cursor, ErrorCode, Event, JobState, WireError};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::broadcast;

use super::*;
use crate::admin::protocol::{
    AdminRequest, AdminResponse, JobChoice, PrintOrder, StreamLine, Submitted,
};
use crate::admin::tcp::{Token, WatchServer};
use crate::admin::{Client, ClientError};
use crate::backend::Answer;
use crate::discovery::finder::Looking;
use crate::dispatch::{EventStream, LoggedEvent};

const DOCUMENT_OCTETS_MAX: u64 = 1024 * 1024;

/// Prints by keeping the document, and tells of three events.
#[derive(Debug)]
struct Scripted {
    printed: Mutex<Vec<Bytes>>,
    live: broadcast::Sender<Arc<LoggedEvent>>,
}

fn event(cursor: u64) -> LoggedEvent {
    LoggedEvent {
        cursor: Some(Cursor(cursor)),
        submitter: None,
        event: Event::JobStateChanged {
            job_id: "j1".parse().unwrap(),
            printer: "p".parse().unwrap(),
            state: JobState::Pending,
            reasons: Vec::new(),
            attempt: 0,
            evidence: None,
            code: None,
            at: cursor,
        },
    }
}

impl Desk for Scripted {
    fn answer(
        &self,
        request: AdminRequest,
        document: Bytes,
    ) -> Answer<'_, Result<AdminResponse, WireError>> {
        Box::pin(async move {
            match request {
                AdminRequest::Print(order) => {
                    self.printed.lock().unwrap().push(document);
                    Ok(AdminResponse::Submitted(Submitted {
                        job_id: "j1".parse().unwrap(),
                        printer: order.printer.parse().unwrap(),
                    }))
                }
                AdminRequest::Grants => Ok(AdminResponse::Grants(Vec::new())),
                _ => Err(WireError::new(ErrorCode::JobNotFound)),
            }
        })
    }

    fn discovery(&self) -> Answer<'_, Result<Looking, WireError>> {
        Box::pin(async { Err(WireError::new(ErrorCode::Internal)) })
    }

    fn events(&self, after: Option<Cursor>) -> Answer<'_, Result<EventStream, WireError>> {
        let after = after.unwrap_or(Cursor(2)).0;
        let replay = (after + 1..=2).map(event).collect();
        let live = self.live.subscribe();
        // As in life: an event already replayed comes once more.
        for cursor in 2..=3 {
            self.live.send(Arc::new(event(cursor))).unwrap();
        }
        Box::pin(async move {
            Ok(EventStream {
                resync: false,
                replay,
                cursor: Cursor(2),
                live,
            })
        })
    }

    fn ready(&self) -> Result<(), String> {
        Err("the store is being opened".to_owned())
    }

    fn metrics(&self) -> String {
        "platen_sessions 0\n# EOF\n".to_owned()
    }
}

struct Running {
    state: tempfile::TempDir,
    desk: Arc<Scripted>,
    shutdown: CancellationToken,
    task: tokio::task::JoinHandle<()>,
}

fn start() -> Running {
    let state = tempfile::tempdir().unwrap();
    let desk = Arc::new(Scripted {
        printed: Mutex::default(),
        live: broadcast::Sender::new(16),
    });
    let shutdown = CancellationToken::new();
    let socket =
        AdminSocket::bind(&crate::state_directory::StateDirectory::claim(state.path()).unwrap())
            .unwrap();
    let behind: Arc<dyn Desk> = Arc::clone(&desk) as _;
    let server = AdminServer::new(socket, behind, DOCUMENT_OCTETS_MAX, shutdown.clone());
    Running {
        state,
        desk,
        shutdown,
        task: tokio::spawn(server.run()),
    }
}

impl Running {
    async fn client(&self) -> Client {
        Client::connect(self.state.path()).await.unwrap()
    }

    async fn raw(&self, request: &str) -> String {
        let mut stream = crate::admin::socket::connect(self.state.path())
            .await
            .unwrap();
        exchange(&mut stream, request).await
    }

    async fn stop(self) {
        self.shutdown.cancel();
        self.task.await.unwrap();
    }
}

async fn exchange<S: AsyncReadExt + AsyncWriteExt + Unpin>(stream: &mut S, head: &str) -> String {
    let request = format!("{head}\r\nHost: platen\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}

fn order() -> AdminRequest {
    AdminRequest::Print(PrintOrder {
        printer: "p".to_owned(),
        name: "a".into(),
        format: "application/octet-stream".to_owned(),
    })
}

#[tokio::test]
async fn calls_answers_and_refusals_go_over_the_socket() {
    let agent = start();
    let mut client = agent.client().await;
    let answer = client.call(&AdminRequest::Grants).await.unwrap();
    assert_eq!(answer, AdminResponse::Grants(Vec::new()));
    let choice = JobChoice {
        job_id: "none".parse().unwrap(),
    };
    let refusal = client.call(&AdminRequest::Cancel(choice)).await;
    let Err(ClientError::Refused(error)) = refusal else {
        panic!("{refusal:?}");
    };
    assert_eq!(error.data.code, ErrorCode::JobNotFound);
    drop(client);
    agent.stop().await;
}

#[tokio::test]
async fn a_document_arrives_octet_for_octet_whatever_is_in_it() {
    let agent = start();
    let document: Vec<u8> = (0..=255).cycle().take(200_000).collect();
    let mut client = agent.client().await;
    client.call_with(&order(), &document).await.unwrap();
    assert_eq!(agent.desk.printed.lock().unwrap()[0], document);
    agent.stop().await;
}

#[tokio::test]
async fn a_document_over_the_limit_is_refused_and_not_printed() {
    let agent = start();
    let document = vec![0; 2 * 1024 * 1024];
    let answer = agent.client().await.call_with(&order(), &document).await;
    // The refusal may overtake the document: then the connection just ends.
    assert!(
        matches!(&answer, Err(ClientError::Refused(e)) if e.data.code == ErrorCode::DocumentTooLarge)
            || matches!(answer, Err(ClientError::Broken(_))),
    );
    assert!(agent.desk.printed.lock().unwrap().is_empty());
    agent.stop().await;
}

#[tokio::test]
async fn events_come_in_order_and_once() {
    let agent = start();
    let mut events = agent
        .client()
        .await
        .events(Some(Cursor(0)), true)
        .await
        .unwrap();
    let mut seen = Vec::new();
    while seen.len() < 4 {
        seen.push(match events.next().await.unwrap().unwrap() {
            StreamLine::Event(line) => line.cursor.unwrap().to_string(),
            StreamLine::Live { cursor } => format!("live {cursor}"),
            StreamLine::Resync => "resync".to_owned(),
        });
    }
    assert_eq!(seen, ["c1", "c2", "live c2", "c3"]);
    drop(events);
    agent.stop().await;
}

#[tokio::test]
async fn a_reader_that_is_too_slow_is_told_to_ask_again() {
    let agent = start();
    let mut events = agent.client().await.events(None, true).await.unwrap();
    for cursor in 4..1000 {
        let _ = agent.desk.live.send(Arc::new(event(cursor)));
    }
    let mut last = None;
    while let Some(line) = events.next().await.unwrap() {
        last = Some(line);
    }
    assert_eq!(last, Some(StreamLine::Resync));
    agent.stop().await;
}

#[tokio::test]
async fn who_does_not_follow_gets_the_log_and_its_end() {
    let agent = start();
    let mut events = agent
        .client()
        .await
        .events(Some(Cursor(0)), false)
        .await
        .unwrap();
    for _ in 0..2 {
        assert!(matches!(
            events.next().await.unwrap(),
            Some(StreamLine::Event(_))
        ));
    }
    assert_eq!(events.next().await.unwrap(), None);
    agent.stop().await;
}

#[tokio::test]
async fn a_stopping_agent_ends_its_followers() {
    let agent = start();
    let mut events = agent.client().await.events(None, true).await.unwrap();
    assert!(events.next().await.unwrap().is_some());
    let state = agent.state.path().join("admin.sock");
    agent.shutdown.cancel();
    agent.task.await.unwrap();
    while let Ok(Some(_)) = events.next().await {}
    assert!(!state.exists());
}

#[tokio::test]
async fn watchers_read_readiness_and_metrics() {
    let agent = start();
    let ready = agent.raw("GET /readyz HTTP/1.1").await;
    assert!(ready.starts_with("HTTP/1.1 503"), "{ready}");
    assert!(ready.ends_with("the store is being opened\n"), "{ready}");
    let metrics = agent.raw("GET /metrics HTTP/1.1").await;
    assert!(metrics.starts_with("HTTP/1.1 200"), "{metrics}");
    assert!(metrics.contains("platen_sessions 0"), "{metrics}");
    agent.stop().await;
}

#[tokio::test]
async fn other_pages_methods_and_texts_are_refused() {
    let agent = start();
    for (head, status) in [
        ("GET /v1 HTTP/1.1", "405"),
        ("POST /metrics HTTP/1.1", "405"),
        ("GET / HTTP/1.1", "404"),
        ("POST /v1 HTTP/1.1", "400"),
        ("GET /v1/events?after=yesterday HTTP/1.1", "400"),
    ] {
        let answer = agent.raw(head).await;
        assert!(
            answer.starts_with(&format!("HTTP/1.1 {status}")),
            "{head}: {answer}"
        );
    }
    agent.stop().await;
}

#[tokio::test]
async fn no_agent_is_an_answer_with_the_folder_in_it() {
    let state = tempfile::tempdir().unwrap();
    let error = Client::connect(state.path()).await.unwrap_err();
    assert!(matches!(&error, ClientError::NotRunning(folder) if folder == state.path()));
}

#[tokio::test]
async fn over_tcp_there_is_nothing_without_the_token_and_no_administration_with_it() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("token");
    let secret = "0123456789abcdef0123456789abcdef";
    crate::secret_file::write(&file, secret.as_bytes()).unwrap();
    let desk = Arc::new(Scripted {
        printed: Mutex::default(),
        live: broadcast::Sender::new(16),
    });
    let shutdown = CancellationToken::new();
    let server = WatchServer::bind(
        "127.0.0.1:0".parse().unwrap(),
        Token::read(&file).unwrap(),
        desk,
        shutdown.clone(),
    )
    .await
    .unwrap();
    let address = server.address().unwrap();
    let task = tokio::spawn(server.run());
    let ask = async |head: &str| {
        let mut stream = TcpStream::connect(address).await.unwrap();
        exchange(&mut stream, head).await
    };
    let right = format!("\r\nAuthorization: Bearer {secret}");
    let status = async |head: &str| ask(head).await[..12].to_owned();
    assert_eq!(status("GET /metrics HTTP/1.1").await, "HTTP/1.1 401");
    assert_eq!(status("GET /nothing HTTP/1.1").await, "HTTP/1.1 401");
    let metrics = format!("GET /metrics HTTP/1.1{right}");
    assert_eq!(status(&metrics).await, "HTTP/1.1 200");
    let call = format!("POST /v1 HTTP/1.1{right}");
    assert_eq!(status(&call).await, "HTTP/1.1 404");
    shutdown.cancel();
    task.await.unwrap();
}
