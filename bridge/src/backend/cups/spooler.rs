//! The bridge's end of the pipe to `platen-spooler`.
//!
//! A process is started when a call needs one and kept for the next call; a
//! few calls run beside each other, each in a process of its own, so that a
//! driver that hangs for one printer does not hold up another. A process that
//! hangs, dies or talks nonsense is killed, reaped, and its document removed:
//! one answer is lost. What a lost answer means for the paper is said exactly,
//! by [`HandOver`].

use std::io;
use std::path::PathBuf;
use std::process::Stdio;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use bytes::{Buf, BytesMut};
use platen_spooler_wire::{
    Answer, Call, FrameError, FrameKind, HEAD_OCTETS, SystemPrinter, frame_head, read_frame_head,
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
    /// The answer is no.
    #[error("{detail}")]
    Failed {
        /// For people.
        detail: String,
    },
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
        let _slot = self.slots.acquire().await;
        let mut process = self.process()?;
        let answered = self.in_time(process.list()).await;
        match answered {
            Ok(Answer::Printers { printers }) => {
                self.keep(process);
                Ok(printers)
            }
            Ok(Answer::Failed { detail, .. }) => {
                self.keep(process);
                Err(SpoolerError::Failed { detail })
            }
            Ok(Answer::HandingOver {} | Answer::Printed { .. }) => {
                self.end(process).await;
                Err(SpoolerError::OutOfTurn)
            }
            Err(error) => {
                self.end(process).await;
                Err(error)
            }
        }
    }

    /// Hands a document to the print service. `call` is [`Call::Print`].
    pub(crate) async fn hand_over(
        &self,
        call: &Call,
        mut pieces: Pieces<'_>,
        cancel: &CancellationToken,
    ) -> HandOver {
        let _slot = self.slots.acquire().await;
        let mut process = match self.process() {
            Ok(process) => process,
            Err(error) => return HandOver::NotTaken(error),
        };
        if let Err(not_taken) = self.send(&mut process, call, &mut pieces, cancel).await {
            self.end(process).await;
            return not_taken;
        }
        let mut handing_over = false;
        loop {
            let error = match self.in_time(process.answer()).await {
                Ok(Answer::HandingOver {}) => {
                    handing_over = true;
                    continue;
                }
                Ok(Answer::Printed { job_id }) => match i32::try_from(job_id) {
                    Ok(job_id) => {
                        self.keep(process);
                        return HandOver::Taken(job_id);
                    }
                    Err(_) => SpoolerError::OutOfTurn,
                },
                Ok(Answer::Failed { detail, .. }) => {
                    self.keep(process);
                    let error = SpoolerError::Failed { detail };
                    return if handing_over {
                        HandOver::Unknown(error)
                    } else {
                        HandOver::NotTaken(error)
                    };
                }
                Ok(Answer::Printers { .. }) => SpoolerError::OutOfTurn,
                Err(error) => error,
            };
            // What it said before it was killed counts too.
            let last_words = self.end(process).await;
            let said_so = last_words.contains(&Answer::HandingOver {});
            return if handing_over || said_so {
                HandOver::Unknown(error)
            } else {
                HandOver::NotTaken(error)
            };
        }
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
        let mut child = Command::new(&program.program)
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

    async fn list(&mut self) -> Result<Answer, SpoolerError> {
        self.call(&Call::List {}).await?;
        self.answer().await
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backend::pieces::fixtures::document;

    /// A helper that is these lines of shell.
    struct Scripted {
        folder: tempfile::TempDir,
        spooler: Spooler,
    }

    fn scripted(script: &str, call_wait_ms: u64) -> Scripted {
        let folder = tempfile::tempdir().unwrap();
        let program = folder.path().join("platen-spooler");
        let source = folder.path().join("source");
        std::fs::write(&source, format!("#!/bin/sh\n{script}\n")).unwrap();
        // By another process: what this one still has open for writing, it cannot run.
        let installed = std::process::Command::new("install")
            .args(["-m", "755"])
            .args([&source, &program])
            .status();
        assert!(installed.unwrap().success());
        let documents = folder.path().join("documents");
        std::fs::create_dir(&documents).unwrap();
        std::fs::write(documents.join("123-0"), "left by a crash").unwrap();
        std::fs::write(documents.join("notes.txt"), "mine").unwrap();
        let spooler = Spooler::new(SpoolerProgram {
            program,
            folder: documents,
            environment: vec![],
            call_wait: Duration::from_millis(call_wait_ms),
        });
        Scripted { folder, spooler }
    }

    fn print_call() -> Call {
        Call::Print {
            printer: "till".to_owned(),
            title: "receipt".to_owned(),
            options: vec![],
        }
    }

    /// Hands seven octets over.
    async fn hand_over(spooler: &Spooler) -> HandOver {
        let documents = [document("receipt")];
        let cancel = CancellationToken::new();
        spooler
            .hand_over(&print_call(), Pieces::of(&documents), &cancel)
            .await
    }

    /// The length of all frames of [`hand_over`] together.
    fn call_octets() -> usize {
        print_call().to_json().unwrap().len() + 7 + 3 * HEAD_OCTETS
    }

    /// A line of shell that says an answer.
    fn say(answer: &Answer) -> String {
        let payload = String::from_utf8(answer.to_json().unwrap()).unwrap();
        let length = payload.len();
        format!("printf '\\000\\000\\000\\{length:03o}\\004{payload}'")
    }

    #[tokio::test]
    async fn a_helper_that_hangs_costs_one_answer_and_is_gone() {
        let helper = scripted("echo $$ > \"$1/../pid\"; exec sleep 600", 100);
        let listed = helper.spooler.printers().await;
        assert!(
            matches!(listed, Err(SpoolerError::Hung { .. })),
            "{listed:?}"
        );
        let process = std::fs::read_to_string(helper.folder.path().join("pid")).unwrap();
        assert!(!std::path::Path::new("/proc").join(process.trim()).exists());
    }

    #[tokio::test]
    async fn a_helper_that_crashes_or_talks_nonsense_costs_one_answer() {
        let printed = say(&Answer::Printed { job_id: 1 });
        for script in [
            "exit 1",
            "kill -SEGV $$",
            "printf 'hello world, this is no frame'; exec sleep 600",
            "printf '\\377\\377\\377\\377\\004'; exec sleep 600",
            "printf '\\000\\000\\000\\002\\004{]'; exec sleep 600",
            &printed,
        ] {
            let helper = scripted(script, 5_000);
            let listed = helper.spooler.printers().await;
            assert!(
                matches!(
                    listed,
                    Err(SpoolerError::Died { .. } | SpoolerError::OutOfTurn)
                ),
                "{script}: {listed:?}"
            );
        }
    }

    #[tokio::test]
    async fn a_missing_helper_is_named() {
        let helper = scripted("", 5_000);
        std::fs::remove_file(helper.folder.path().join("platen-spooler")).unwrap();
        let refused = helper.spooler.printers().await.unwrap_err();
        assert!(refused.to_string().contains("platen-spooler"), "{refused}");
        assert!(matches!(
            hand_over(&helper.spooler).await,
            HandOver::NotTaken(SpoolerError::NotStarted { .. })
        ));
    }

    #[tokio::test]
    async fn only_what_was_said_before_the_end_decides_who_has_the_document() {
        let read = format!("head -c {} > /dev/null", call_octets());
        let handing_over = say(&Answer::HandingOver {});
        let printed = say(&Answer::Printed { job_id: 7 });
        let failed = say(&Answer::Failed {
            failure: platen_spooler_wire::Failure::PrintService,
            detail: "no".to_owned(),
        });
        for (script, expected) in [
            (format!("{read}; {handing_over}; {printed}; cat"), "taken"),
            (format!("{read}; {failed}; cat"), "not taken"),
            (format!("{read}; exit 1"), "not taken"),
            ("exit 1".to_owned(), "not taken"),
            (format!("{read}; exec sleep 600"), "not taken"),
            (format!("{read}; {handing_over}; {failed}; cat"), "unknown"),
            (format!("{read}; {handing_over}; exit 1"), "unknown"),
            (format!("{read}; {handing_over}; exec sleep 600"), "unknown"),
        ] {
            let helper = scripted(&script, 1_000);
            let became = match hand_over(&helper.spooler).await {
                HandOver::Taken(job) => {
                    assert_eq!(job, 7);
                    "taken"
                }
                HandOver::NotTaken(_) => "not taken",
                HandOver::Unknown(_) => "unknown",
                HandOver::PayloadLost(_) | HandOver::Canceled => "something else",
            };
            assert_eq!(became, expected, "{script}");
        }
    }

    #[tokio::test]
    async fn a_driver_that_hangs_for_one_printer_holds_up_no_other() {
        let to = |printer: &str| Call::Print {
            printer: printer.to_owned(),
            title: "receipt".to_owned(),
            options: vec![],
        };
        let helper = scripted(
            &format!(
                "case \"$(head -c {} | tr -d '\\000')\" in *jammed*) exec sleep 600;; esac; {}; {}; cat",
                to("jammed").to_json().unwrap().len() + 7 + 3 * HEAD_OCTETS,
                say(&Answer::HandingOver {}),
                say(&Answer::Printed { job_id: 7 }),
            ),
            600_000,
        );
        let documents = [document("receipt")];
        let cancel = CancellationToken::new();
        let (jammed, normal) = (to("jammed"), to("normal"));
        let hand_over = |call| {
            helper
                .spooler
                .hand_over(call, Pieces::of(&documents), &cancel)
        };
        tokio::select! {
            biased;
            end = hand_over(&jammed) => panic!("{end:?}"),
            end = hand_over(&normal) => assert!(matches!(end, HandOver::Taken(7)), "{end:?}"),
        }
    }

    #[tokio::test]
    async fn a_canceled_hand_over_leaves_nothing_with_the_print_service() {
        let helper = scripted("exec sleep 600", 5_000);
        let documents = [document("receipt")];
        let cancel = CancellationToken::new();
        cancel.cancel();
        let handed_over = helper
            .spooler
            .hand_over(&print_call(), Pieces::of(&documents), &cancel)
            .await;
        assert!(matches!(handed_over, HandOver::Canceled), "{handed_over:?}");
    }

    #[tokio::test]
    async fn documents_a_crash_left_are_removed_and_other_files_are_not() {
        let helper = scripted("echo x > \"$1/$$-0\"; exit 1", 5_000);
        let folder = helper.folder.path().join("documents");
        let left = || {
            let mut names: Vec<_> = std::fs::read_dir(&folder)
                .unwrap()
                .map(|entry| entry.unwrap().file_name())
                .collect();
            names.sort();
            names
        };
        assert_eq!(left(), ["notes.txt"]);
        assert!(helper.spooler.printers().await.is_err());
        assert_eq!(left(), ["notes.txt"]);
    }
}
