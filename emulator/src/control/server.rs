//! Answers on the control socket.
//!
//! One task accepts, one task serves each connection; all end when the server
//! is stopped. A line that is no request ends its connection: what a web page
//! could send here begins with a line of HTTP, and nothing after it is heard.

use std::io;
use std::net::SocketAddr;

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};
use tokio_util::sync::CancellationToken;

use super::{REQUEST_OCTETS_MAX, Request};
use crate::emulator::{Control, Gone};
use crate::fault::Arming;
use crate::job::PrintedJob;
use crate::operation::Operation;

/// Connections served beside each other.
const CONNECTIONS_MAX: usize = 32;

/// Jobs in one answer.
const JOBS_MAX: usize = 1000;

/// The socket, and who serves it.
#[derive(Debug)]
pub(crate) struct Server {
    address: SocketAddr,
    stop: CancellationToken,
    stop_asked: CancellationToken,
    task: JoinHandle<()>,
}

impl Server {
    /// Listens, on loopback only.
    pub(crate) fn start(address: SocketAddr, printers: Vec<Control>) -> io::Result<Self> {
        if !address.ip().is_loopback() {
            return Err(io::Error::other(format!(
                "the control socket can do anything to the printers and listens on loopback \
                 only; choose an address like 127.0.0.1:9180 instead of {address}"
            )));
        }
        let listener = std::net::TcpListener::bind(address)?;
        listener.set_nonblocking(true)?;
        let listener = TcpListener::from_std(listener)?;
        let address = listener.local_addr()?;
        let stop = CancellationToken::new();
        let stop_asked = CancellationToken::new();
        let desk = Desk {
            printers,
            stop_asked: stop_asked.clone(),
        };
        let task = tokio::spawn(serve(listener, desk, stop.clone()));
        Ok(Self {
            address,
            stop,
            stop_asked,
            task,
        })
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    pub(crate) fn stop_asked(&self) -> CancellationToken {
        self.stop_asked.clone()
    }

    pub(crate) async fn stop(self) {
        self.stop.cancel();
        // It panicked, or it has ended.
        let _ = self.task.await;
    }
}

async fn serve(listener: TcpListener, desk: Desk, stop: CancellationToken) {
    let mut connections = JoinSet::new();
    loop {
        let has_room = connections.len() < CONNECTIONS_MAX;
        tokio::select! {
            () = stop.cancelled() => break,
            accepted = listener.accept(), if has_room => {
                if let Ok((stream, _)) = accepted {
                    connections.spawn(converse(stream, desk.clone()));
                }
            }
            Some(_) = connections.join_next() => {}
        }
    }
    connections.shutdown().await;
}

/// Answers line after line, until one is no request.
async fn converse(stream: TcpStream, desk: Desk) {
    let (reader, mut writer) = stream.into_split();
    let mut reader = BufReader::new(reader);
    loop {
        let mut line = Vec::new();
        let limit = u64::try_from(REQUEST_OCTETS_MAX).unwrap_or(u64::MAX);
        let read = (&mut reader).take(limit).read_until(b'\n', &mut line).await;
        if read.is_err() || line.is_empty() {
            return;
        }
        let request = serde_json::from_slice::<Request>(&line);
        let is_request = request.is_ok();
        let answer = match request {
            Ok(request) => match desk.answer(&request).await {
                Ok(answer) => json!({ "ok": answer }),
                Err(error) => json!({ "error": error }),
            },
            Err(error) => json!({ "error": format!(
                "this is no request: {error}; send a line like {{\"do\": \"status\"}}"
            ) }),
        };
        let mut line = answer.to_string().into_bytes();
        line.push(b'\n');
        if writer.write_all(&line).await.is_err() || !is_request {
            return;
        }
    }
}

/// Who knows the printers.
#[derive(Debug, Clone)]
struct Desk {
    printers: Vec<Control>,
    stop_asked: CancellationToken,
}

impl Desk {
    async fn answer(&self, request: &Request) -> Result<Value, String> {
        match request.act.as_str() {
            "status" => self.status(request),
            "jobs" => self.jobs(request).await,
            "wait" => self.wait(request).await,
            "fault" => {
                let fault = request
                    .fault
                    .ok_or("say which `fault`, as in {\"do\": \"fault\", \"fault\": \"jam\"}")?;
                let arming = Arming {
                    fault,
                    when: request.when.unwrap_or_default(),
                    lasts_ms: request.lasts_ms,
                };
                for (_, printer) in self.concerned(request)? {
                    printer.arm_with(arming).await.map_err(gone)?;
                }
                Ok(json!({}))
            }
            "forget" => {
                for (_, printer) in self.concerned(request)? {
                    printer.forget().await.map_err(gone)?;
                }
                Ok(json!({}))
            }
            "stop" => {
                self.stop_asked.cancel();
                Ok(json!({}))
            }
            operation => {
                let operation: Operation = operation
                    .parse()
                    .map_err(|error| format!("{error}, fault, status, jobs, wait, forget, stop"))?;
                for (_, printer) in self.concerned(request)? {
                    printer.operate(operation).await.map_err(gone)?;
                }
                Ok(json!({}))
            }
        }
    }

    /// The printers a request is about, with their numbers.
    fn concerned(&self, request: &Request) -> Result<Vec<(usize, &Control)>, String> {
        let all = self.printers.iter().enumerate();
        let all = all.map(|(place, printer)| (place + 1, printer));
        let concerned: Vec<_> = all
            .filter(|(number, _)| request.printer.is_none_or(|wanted| wanted == *number))
            .collect();
        if concerned.is_empty() {
            return Err(format!(
                "there is no such printer; choose a number from 1 to {}",
                self.printers.len()
            ));
        }
        Ok(concerned)
    }

    fn status(&self, request: &Request) -> Result<Value, String> {
        let mut answer = Vec::new();
        for (number, printer) in self.concerned(request)? {
            let mut status = serde_json::to_value(printer.status()).map_err(|e| e.to_string())?;
            status["printer"] = number.into();
            answer.push(status);
        }
        Ok(answer.into())
    }

    async fn jobs(&self, request: &Request) -> Result<Value, String> {
        let mut answer = Vec::new();
        for (number, printer) in self.concerned(request)? {
            let from = request.from.unwrap_or(0);
            for job in printer.printed_from(from).await.map_err(gone)? {
                answer.push(describe(number, &job, request.octets));
                if answer.len() == JOBS_MAX {
                    return Ok(answer.into());
                }
            }
        }
        Ok(answer.into())
    }

    async fn wait(&self, request: &Request) -> Result<Value, String> {
        let jobs = request
            .jobs
            .ok_or("say how many, as in {\"do\": \"wait\", \"jobs\": 3}")?;
        let (_, printer) = self.concerned(request)?[0];
        let status = printer.wait_for(|status| status.jobs_ended >= jobs).await;
        Ok(json!({ "jobs_ended": status.map_err(gone)?.jobs_ended }))
    }
}

fn describe(printer: usize, job: &PrintedJob, with_octets: bool) -> Value {
    let mut facts = job.facts();
    facts["printer"] = printer.into();
    facts["text"] = job.text().into();
    if with_octets {
        facts["octets_base64"] = job.octets_base64().into();
    }
    facts
}

fn gone(gone: Gone) -> String {
    gone.to_string()
}
