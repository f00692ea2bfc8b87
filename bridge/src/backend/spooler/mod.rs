//! The bridge's end of the pipe to `platen-spooler`, for all print services.
//!
//! A process is started when a call needs one and kept for the next call; a
//! few calls run beside each other, each in a process of its own, so that a
//! driver that hangs for one printer does not hold up another. A process that
//! hangs, dies or talks nonsense is killed, reaped, and its document removed:
//! one answer is lost. What a lost answer means for the paper is said exactly,
//! by [`HandOver`].

#[cfg(test)]
#[cfg(unix)]
pub(crate) mod scripted;
#[cfg(test)]
#[cfg(unix)]
mod tests;

use std::io;
use std::path::PathBuf;
use std::process::Stdio;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use bytes::{Buf, BytesMut};
use platen_spooler_wire::{
    Answer, Call, Failure, FrameError, FrameKind, HEAD_OCTETS, SystemPrinter, frame_head,
    read_frame_head,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::sync::Semaphore;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use crate::backend::pieces::Pieces;

/// Calls beside each other. More would only wait in the print service.
const PROCESSES_MAX: usize = 4;
/// Octets of a document per frame.
const CHUNK_OCTETS: usize = 64 * 1024;

/// An agent that is a service or was started without a console opens none.
#[cfg(windows)]
const CREATE_NO_WINDOW: u32 = 0x0800_0000;

/// A call that got no answer, or a bad one.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SpoolerError {
    /// The program is not there or may not be run.
    #[error(
        "{} cannot be started: {reason}; install Platen again, or correct its path in the configuration", .program.display()
    )]
    NotStarted {
        /// As configured.
        program: PathBuf,
        /// What the system said.
        reason: String,
    },
    /// No answer in time; the process was killed.
    #[error("the print library or a printer driver did not answer within {waited_ms} ms")]
    Hung {
        /// How long was waited.
        waited_ms: u128,
    },
    /// The process ended or its pipe broke.
    #[error("the print library or a printer driver crashed ({reason})")]
    Died {
        /// What the system said.
        reason: String,
    },
    /// The process answered something else.
    #[error("platen-spooler answered out of turn; both programs must come from one release")]
    OutOfTurn,
    /// The print service does not run.
    #[error("the print service does not run ({detail})")]
    NoService {
        /// For people.
        detail: String,
    },
    /// The print service has no printer of this name.
    #[error("the print service has no such printer ({detail})")]
    NoPrinter {
        /// For people.
        detail: String,
    },
    /// The answer is no.
    #[error("{detail}")]
    Failed {
        /// For people.
        detail: String,
    },
}

impl SpoolerError {
    fn answered(failure: Failure, detail: String) -> Self {
        match failure {
            Failure::NoService => Self::NoService { detail },
            Failure::NoPrinter => Self::NoPrinter { detail },
            Failure::Refused | Failure::File | Failure::PrintService | Failure::NothingTaken => {
                Self::Failed { detail }
            }
        }
    }
}

impl From<io::Error> for SpoolerError {
    fn from(error: io::Error) -> Self {
        Self::Died {
            reason: error.kind().to_string(),
        }
    }
}

impl From<FrameError> for SpoolerError {
    fn from(_: FrameError) -> Self {
        Self::OutOfTurn
    }
}

/// What became of a document that was to be handed to the print service.
#[derive(Debug)]
pub(crate) enum HandOver {
    /// The print service has all of it, under this id.
    Taken(i32),
    /// The print service has nothing of it.
    NotTaken(SpoolerError),
    /// The answer is lost: the print service may have it.
    Unknown(SpoolerError),
    /// The document could not be read; the print service has nothing of it.
    PayloadLost(io::Error),
    /// Called off in time; the print service has nothing of it.
    Canceled,
}

/// How `platen-spooler` is run.
#[derive(Debug, Clone)]
pub(crate) struct SpoolerProgram {
    pub(crate) program: PathBuf,
    /// Where it keeps documents on their way; only its own files are in it.
    pub(crate) folder: PathBuf,
    /// Variables of its environment beyond the agent's own.
    pub(crate) environment: Vec<(&'static str, String)>,
    pub(crate) call_wait: Duration,
}

/// The client of `platen-spooler`.
#[derive(Debug)]
pub(crate) struct Spooler {
    program: SpoolerProgram,
    idle: Mutex<Vec<Process>>,
    slots: Semaphore,
}

impl Spooler {
    /// Starts nothing; removes documents a crash of the machine left behind.
    pub(crate) fn new(program: SpoolerProgram) -> Self {
        remove_documents(&program.folder, "");
        Self {
            program,
            idle: Mutex::new(Vec::new()),
            slots: Semaphore::new(PROCESSES_MAX),
        }
    }

    /// The system's printers.
    pub(crate) async fn printers(&self) -> Result<Vec<SystemPrinter>, SpoolerError> {
        match self.ask(&Call::List {}).await? {
            Answer::Printers { printers } => Ok(printers),
            _ => Err(SpoolerError::OutOfTurn),
        }
    }

    /// The answer to a call without a document. That it fails is an error.
    pub(crate) async fn ask(&self, call: &Call) -> Result<Answer, SpoolerError> {
        let _slot = self.slots.acquire().await;
        let mut process = self.process()?;
        let answered = self.asked(&mut process, call).await;
        match answered {
            Ok(Answer::Failed { failure, detail }) => {
                self.keep(process);
                Err(SpoolerError::answered(failure, detail))
            }
            Ok(answer) if answer.answers(call) => {
                self.keep(process);
                Ok(answer)
            }
            Ok(_) => {
                self.end(process).await;
                Err(SpoolerError::OutOfTurn)
            }
            Err(error) => {
                self.end(process).await;
                Err(error)
            }
        }
    }

    async fn asked(&self, process: &mut Process, call: &Call) -> Result<Answer, SpoolerError> {
        let answer = async {
            process.call(call).await?;
            process.answer().await
        };
        self.in_time(answer).await
    }

    /// Hands a document to the print service. `call` is [`Call::Print`].
    pub(crate) async fn hand_over(
        &self,
        call: &Call,
        pieces: Pieces<'_>,
        cancel: &CancellationToken,
    ) -> HandOver {
        let (handed_over, process) = self.handed_over(call, pieces, cancel).await;
        if let Some(process) = process {
            self.keep(process);
        }
        handed_over
    }

    /// The same, with the process that did it: it knows more of the job than
    /// another would.
    #[cfg(any(windows, test))]
    pub(crate) async fn hand_over_and_stay(
        &self,
        call: &Call,
        pieces: Pieces<'_>,
        cancel: &CancellationToken,
    ) -> (HandOver, Attendant<'_>) {
        let (handed_over, process) = self.handed_over(call, pieces, cancel).await;
        let spooler = self;
        (handed_over, Attendant { spooler, process })
    }

    async fn handed_over(
        &self,
        call: &Call,
        mut pieces: Pieces<'_>,
        cancel: &CancellationToken,
    ) -> (HandOver, Option<Process>) {
        let _slot = self.slots.acquire().await;
        let mut process = match self.process() {
            Ok(process) => process,
            Err(error) => return (HandOver::NotTaken(error), None),
        };
        if let Err(not_taken) = self.send(&mut process, call, &mut pieces, cancel).await {
            self.end(process).await;
            return (not_taken, None);
        }
        let mut handing_over = false;
        let error = loop {
            match self.in_time(process.answer()).await {
                Ok(Answer::HandingOver {}) => handing_over = true,
                Ok(Answer::Printed { job_id }) => match i32::try_from(job_id) {
                    Ok(job_id) => return (HandOver::Taken(job_id), Some(process)),
                    Err(_) => break SpoolerError::OutOfTurn,
                },
                Ok(Answer::Failed { failure, detail }) => {
                    let untouched = matches!(
                        failure,
                        Failure::NothingTaken | Failure::NoPrinter | Failure::NoService
                    );
                    let error = SpoolerError::answered(failure, detail);
                    let handed_over = if handing_over && !untouched {
                        HandOver::Unknown(error)
                    } else {
                        HandOver::NotTaken(error)
                    };
                    return (handed_over, Some(process));
                }
                Ok(_) => break SpoolerError::OutOfTurn,
                Err(error) => break error,
            }
        };
        // What it said before it was killed counts too.
        let last_words = self.end(process).await;
        let said_so = last_words.contains(&Answer::HandingOver {});
        let handed_over = if handing_over || said_so {
            HandOver::Unknown(error)
        } else {
            HandOver::NotTaken(error)
        };
        (handed_over, None)
    }

    /// The call and the whole document. Until the end frame, nothing is handed
    /// over.
    async fn send(
        &self,
        process: &mut Process,
        call: &Call,
        pieces: &mut Pieces<'_>,
        cancel: &CancellationToken,
    ) -> Result<(), HandOver> {
        let not_taken = HandOver::NotTaken;
        self.in_time(process.call(call)).await.map_err(not_taken)?;
        loop {
            let piece = pieces.next().await.map_err(HandOver::PayloadLost)?;
            if cancel.is_cancelled() {
                return Err(HandOver::Canceled);
            }
            let Some(piece) = piece else {
                let end = process.write(FrameKind::End, &[]);
                return self.in_time(end).await.map_err(not_taken);
            };
            for chunk in piece.chunks(CHUNK_OCTETS) {
                let write = process.write(FrameKind::Chunk, chunk);
                self.in_time(write).await.map_err(not_taken)?;
            }
        }
    }

    async fn in_time<T>(
        &self,
        answer: impl Future<Output = Result<T, SpoolerError>>,
    ) -> Result<T, SpoolerError> {
        timeout(self.program.call_wait, answer)
            .await
            .unwrap_or(Err(SpoolerError::Hung {
                waited_ms: self.program.call_wait.as_millis(),
            }))
    }

    /// An idle process, or a new one.
    fn process(&self) -> Result<Process, SpoolerError> {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        while let Some(mut process) = idle.pop() {
            if process.lives() {
                return Ok(process);
            }
        }
        Process::start(&self.program)
    }

    /// One idle process is enough; another is ended.
    fn keep(&self, process: Process) {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.is_empty() {
            idle.push(process);
        }
    }

    /// Kills and reaps a process and removes its document. Returns what it had
    /// still said.
    async fn end(&self, process: Process) -> Vec<Answer> {
        let id = process.id;
        let last_words = process.end().await;
        remove_documents(&self.program.folder, &format!("{id}-"));
        last_words
    }
}

/// The process that handed a document over, while the job is followed. When it
/// is gone, any other answers, knowing less.
#[cfg(any(windows, test))]
#[derive(Debug)]
pub(crate) struct Attendant<'a> {
    spooler: &'a Spooler,
    process: Option<Process>,
}

#[cfg(any(windows, test))]
impl Attendant<'_> {
    /// The answer to a call without a document. That it fails is an error.
    pub(crate) async fn ask(&mut self, call: &Call) -> Result<Answer, SpoolerError> {
        let Some(mut process) = self.process.take() else {
            return self.spooler.ask(call).await;
        };
        match self.spooler.asked(&mut process, call).await {
            Ok(Answer::Failed { failure, detail }) => {
                self.process = Some(process);
                Err(SpoolerError::answered(failure, detail))
            }
            Ok(answer) if answer.answers(call) => {
                self.process = Some(process);
                Ok(answer)
            }
            Ok(_) => {
                self.spooler.end(process).await;
                Err(SpoolerError::OutOfTurn)
            }
            Err(error) => {
                self.spooler.end(process).await;
                Err(error)
            }
        }
    }
}

#[cfg(any(windows, test))]
impl Drop for Attendant<'_> {
    fn drop(&mut self) {
        if let Some(process) = self.process.take() {
            self.spooler.keep(process);
        }
    }
}

/// A running `platen-spooler`; killed when dropped.
#[derive(Debug)]
struct Process {
    id: u32,
    child: Child,
    input: ChildStdin,
    output: ChildStdout,
    /// What was read of the next answer.
    heard: BytesMut,
}

impl Process {
    fn start(program: &SpoolerProgram) -> Result<Self, SpoolerError> {
        let not_started = |reason: String| SpoolerError::NotStarted {
            program: program.program.clone(),
            reason,
        };
        let mut command = Command::new(&program.program);
        #[cfg(windows)]
        command.creation_flags(CREATE_NO_WINDOW);
        let mut child = command
            .arg(&program.folder)
            .envs(
                program
                    .environment
                    .iter()
                    .map(|(name, value)| (name, value)),
            )
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .map_err(|error| not_started(error.kind().to_string()))?;
        match (child.id(), child.stdin.take(), child.stdout.take()) {
            (Some(id), Some(input), Some(output)) => Ok(Self {
                id,
                child,
                input,
                output,
                heard: BytesMut::new(),
            }),
            _ => Err(not_started("it ended at once".to_owned())),
        }
    }

    fn lives(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    async fn call(&mut self, call: &Call) -> Result<(), SpoolerError> {
        let payload = call.to_json().map_err(|_| SpoolerError::OutOfTurn)?;
        self.write(FrameKind::Call, &payload).await
    }

    async fn write(&mut self, kind: FrameKind, payload: &[u8]) -> Result<(), SpoolerError> {
        self.input
            .write_all(&frame_head(kind, payload.len())?)
            .await?;
        self.input.write_all(payload).await?;
        self.input.flush().await?;
        Ok(())
    }

    /// The next answer. Cancel safe: what was read stays.
    async fn answer(&mut self) -> Result<Answer, SpoolerError> {
        loop {
            if let Some(answer) = self.heard_answer()? {
                return Ok(answer);
            }
            if self.output.read_buf(&mut self.heard).await? == 0 {
                return Err(io::Error::from(io::ErrorKind::UnexpectedEof).into());
            }
        }
    }

    /// The next answer, if all of it was read.
    fn heard_answer(&mut self) -> Result<Option<Answer>, SpoolerError> {
        let Some(head) = self.heard.first_chunk::<HEAD_OCTETS>() else {
            return Ok(None);
        };
        let (kind, length) = read_frame_head(*head)?;
        if kind != FrameKind::Answer {
            return Err(SpoolerError::OutOfTurn);
        }
        if self.heard.len() < HEAD_OCTETS + length {
            return Ok(None);
        }
        self.heard.advance(HEAD_OCTETS);
        let payload = self.heard.split_to(length);
        Answer::from_json(&payload)
            .map(Some)
            .map_err(|_| SpoolerError::OutOfTurn)
    }

    async fn end(mut self) -> Vec<Answer> {
        if let Err(error) = self.child.kill().await {
            tracing::warn!(process = self.id, %error, "platen-spooler could not be killed");
            return Vec::new();
        }
        let mut last_words = Vec::new();
        // Its end of the pipe is closed unless a driver left a process of its own behind.
        let rest = async {
            while let Ok(answer) = self.answer().await {
                last_words.push(answer);
            }
        };
        drop(timeout(Duration::from_millis(100), rest).await);
        last_words
    }
}

/// Removes the documents whose names start with `prefix`. What cannot be
/// removed now is tried again at the next start.
fn remove_documents(folder: &std::path::Path, prefix: &str) {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return;
    };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let ours = name.to_str().is_some_and(|name| {
            name.starts_with(prefix) && name.bytes().all(|b| b.is_ascii_digit() || b == b'-')
        });
        if ours {
            drop(std::fs::remove_file(entry.path()));
        }
    }
}
