//! The end of a job on a printer that answers: its own word that all is
//! printed, or as much as is known without it.
//!
//! After the job's last octet the printer is asked for a process id made for
//! this job alone. It comes back when all before it is on paper, and only that
//! completes the job with [`Evidence::Device`]. While the printer says that it
//! cannot print, it is waited for. A printer that answers but knows no process
//! ids is waited for in the same way, and then believed as far as the line goes.

use std::io;
use std::time::Duration;

use platen_protocol::Evidence;
use tokio::time::Instant;

use super::asking::random_id;
use super::job::{Break, Delivery, Trust};
use super::line::{Line, listen, say};
use crate::backend::escpos::{
    AUTOMATIC_STATUS_OFF, CLEAR_BUFFERS, Conversation, JobEnd, ProcessId,
};

/// Between two questions how the printer is, while its word is waited for.
const POLL_PAUSE: Duration = Duration::from_millis(300);

/// The process id is asked again when it does not come: an answer may have
/// been lost. At first after this, then after twice as long each time. The
/// same id will do, whichever request it answers: each stands after the job.
const ASK_AGAIN: Duration = Duration::from_secs(1);

/// What to wait for, and how.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Word {
    /// This process id.
    ProcessId(ProcessId),
    /// A status, asked after the last octet, that stops nothing.
    Status,
    /// The last status that was heard may do: asking cannot be told from what
    /// the job itself asks.
    LastStatus,
}

impl<L: Line> Delivery<'_, L> {
    /// Learns what became of the job, after its last octet.
    pub(super) async fn end(&mut self) -> Result<Evidence, Break> {
        let Some(watched) = self.watched.take() else {
            return self.confirm(Trust::Silence).await;
        };
        let JobEnd {
            is_whole,
            sets_automatic_status,
            asks_real_time,
        } = watched.reader.end();
        if !is_whole {
            // Whatever we said would be part of its last command.
            return self.hear_out(Word::LastStatus, false).await;
        }
        let mut last = Vec::new();
        let asked = self
            .line
            .conversation_mut()
            .as_mut()
            .filter(|_| watched.abilities.process_id);
        let word = match asked {
            Some(conversation) => {
                let id = random_id().map_err(Break::Lost)?;
                last.extend(conversation.ask_process_id(id));
                Word::ProcessId(id)
            }
            None if asks_real_time => Word::LastStatus,
            None => Word::Status,
        };
        // Behind the question: what stops the printer until then is still told.
        if watched.abilities.automatic_status && !sets_automatic_status {
            last.extend(AUTOMATIC_STATUS_OFF);
        }
        self.say(&last).await?;
        self.hear_out(word, !asks_real_time).await
    }

    /// Waits for the device's word, as long as it says that it cannot print;
    /// without such a reason only so long.
    async fn hear_out(&mut self, word: Word, may_poll: bool) -> Result<Evidence, Break> {
        let settings = &self.printer.settings;
        let patience = Duration::from_millis(match word {
            Word::ProcessId(_) => settings.process_id_wait_ms_max,
            Word::Status | Word::LastStatus => settings.expected_answer_wait_ms_max,
        });
        let mut deadline = Instant::now() + patience;
        let mut poll_at = match word {
            Word::ProcessId(_) => Instant::now() + POLL_PAUSE,
            Word::Status | Word::LastStatus => Instant::now(),
        };
        let answered_before = self.answers();
        let mut ask_pause = ASK_AGAIN;
        let mut ask_at = Instant::now() + ask_pause;
        loop {
            let now = Instant::now();
            if self.is_confirmed() {
                return self.part().await;
            }
            if self.line.is_closed() {
                return self.without_its_word(word).await;
            }
            let stops = self.device_stops();
            let is_settled = match word {
                Word::ProcessId(_) => false,
                Word::Status => self.answers() > answered_before,
                Word::LastStatus => true,
            };
            if is_settled && !stops {
                return self.confirm(Trust::Silence).await;
            }
            if stops {
                deadline = now + patience;
            } else if now >= deadline {
                return self.without_its_word(word).await;
            }
            if may_poll && now >= poll_at {
                poll_at = now + POLL_PAUSE;
                let conversation = self.line.conversation_mut().as_mut();
                if let Some(question) = conversation.and_then(Conversation::ask_status) {
                    self.say(&question).await?;
                    continue;
                }
            }
            if let Word::ProcessId(id) = word
                && now >= ask_at
            {
                ask_pause *= 2;
                ask_at = now + ask_pause;
                if !stops {
                    self.say(&id.request()).await?;
                    continue;
                }
            }
            let mut until = deadline.min(ask_at);
            if may_poll {
                until = until.min(poll_at);
            }
            self.wait(false, Some(until)).await?;
        }
    }

    /// The printer answered before the job and says nothing at its end. One
    /// that knows process ids would have, so that what TCP says is not enough:
    /// nobody knows what is on paper. Any other is believed as far as the line goes.
    async fn without_its_word(&mut self, word: Word) -> Result<Evidence, Break> {
        let evidence = self.confirm(Trust::Close).await?;
        match (word, evidence) {
            (Word::ProcessId(_), Evidence::Transport) => {
                Err(Break::Lost(io::ErrorKind::UnexpectedEof.into()))
            }
            (Word::ProcessId(_) | Word::Status | Word::LastStatus, evidence) => Ok(evidence),
        }
    }

    /// The job is printed. The line is left in order; nothing that happens to it
    /// now changes that.
    async fn part(&mut self) -> Result<Evidence, Break> {
        self.tell_the_last();
        if let Err(error) = self.line.finish().await {
            tracing::debug!(%error, "the connection was lost after the job was printed");
        }
        Ok(Evidence::Device)
    }

    /// After a cancel: what the printer still holds of the job must not come
    /// out with the next one. Says how much of the job it surely never had.
    pub(super) async fn stop_printing(&mut self) -> u64 {
        let can_clear = self.printer.can_clear();
        if can_clear
            && matches!(self.line.try_write(&CLEAR_BUFFERS), Ok(octets) if octets == CLEAR_BUFFERS.len())
        {
            let wait = Duration::from_millis(self.printer.settings.answer_wait_ms_max);
            let deadline = Instant::now() + wait;
            let cleared = listen(self.line, deadline, Conversation::is_cleared).await;
            if matches!(cleared, Ok(true)) {
                let off = say(self.line, &AUTOMATIC_STATUS_OFF).await;
                let closed = self.line.finish().await;
                tracing::debug!(?off, ?closed, "the printer's buffers are empty");
                return 0;
            }
        }
        self.break_off().await
    }

    fn answers(&self) -> u64 {
        let conversation = self.line.conversation();
        conversation.map_or(0, Conversation::answers)
    }
}
