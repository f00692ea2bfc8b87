//! A dispatcher that writes down what it was asked.

use std::sync::{Arc, Mutex};

use platen_protocol::method::{NoParams, Submitted};
use platen_protocol::{
    Cursor, ErrorCode, JobId, Method, Origin, PrinterId, Request, Response, Topic,
};
use tokio::sync::{Semaphore, broadcast};

use crate::authorize::{Authorized, Subject};
use crate::backend::Equipment;
use crate::dispatch::{DispatchError, DocumentBody, EventStream, LoggedEvent, PrinterName};
use crate::queue::printers::PrinterInfo;
use crate::session::Dispatch;
use crate::testing::printer;

/// What a recorder was asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Recorded {
    pub(crate) origin: Origin,
    pub(crate) method: Method,
    pub(crate) name: Option<String>,
    pub(crate) documents: Vec<Vec<u8>>,
}

/// Answers everything, and writes it down.
#[derive(Debug, Clone)]
pub(crate) struct Recorder {
    pub(crate) started: Arc<Mutex<Vec<Recorded>>>,
    pub(crate) ended: Arc<Mutex<usize>>,
    /// Every submit takes one.
    pub(crate) permits: Arc<Semaphore>,
    pub(crate) log: broadcast::Sender<Arc<LoggedEvent>>,
}

impl Default for Recorder {
    fn default() -> Self {
        Self {
            started: Arc::default(),
            ended: Arc::default(),
            permits: Arc::new(Semaphore::new(1_000_000)),
            log: broadcast::Sender::new(64),
        }
    }
}

impl Dispatch for Recorder {
    fn check_documents(&self, _subject: &Subject, request: &Request) -> Result<(), DispatchError> {
        let wanted = match request {
            Request::JobsSubmit(params) => &params.printer,
            Request::JobsPreview(params) => &params.printer,
            _ => &None,
        };
        match wanted {
            Some(other) if *other != printer() => {
                Err(DispatchError::new(ErrorCode::PrinterNotFound))
            }
            Some(_) | None => Ok(()),
        }
    }

    fn names(&self, _subject: &Subject) -> Vec<PrinterName> {
        vec![PrinterName {
            id: printer(),
            name: "Kitchen".to_owned(),
            aliases: Vec::new(),
            default: true,
        }]
    }

    fn known(&self, _subject: &Subject, _printer: &PrinterId) -> Option<PrinterInfo> {
        None
    }

    async fn equipment(&self, _subject: &Subject, _printer: &PrinterId) -> Option<Equipment> {
        None
    }

    async fn call(
        &self,
        call: Authorized<Request>,
        documents: Vec<DocumentBody>,
    ) -> Result<Response, DispatchError> {
        let (request, subject) = call.into_parts();
        let number = {
            let mut started = self.started.lock().unwrap();
            started.push(Recorded {
                origin: subject.origin,
                method: request.method(),
                name: match &request {
                    Request::JobsSubmit(submit) => {
                        submit.name.as_ref().map(|name| name.as_str().to_owned())
                    }
                    _ => None,
                },
                documents: documents
                    .iter()
                    .map(|document| document.pieces.concat())
                    .collect(),
            });
            started.len()
        };
        let response = match request {
            Request::JobsSubmit(_) => {
                self.permits.acquire().await.unwrap().forget();
                Response::Submitted(Submitted {
                    job_id: JobId::from_random(number as u128),
                    printer: printer(),
                    repeated: false,
                })
            }
            _ => Response::Done(NoParams {}),
        };
        *self.ended.lock().unwrap() += 1;
        Ok(response)
    }

    async fn subscribe(
        &self,
        _subject: &Subject,
        _topics: &[Topic],
        _after: Option<Cursor>,
    ) -> Result<EventStream, DispatchError> {
        Ok(EventStream {
            replay: Vec::new(),
            cursor: Cursor(10),
            resync: false,
            live: self.log.subscribe(),
        })
    }
}
