//! Questions to a printer while no job is on the line: before the first octet
//! of one, and while it is watched.
//!
//! Three things are found out, each once: whether it answers `DLE EOT` at all,
//! how it is, and what else it can do. That last trial puts octets into the
//! printer's buffer that a simple printer may take for text, so it comes only
//! before a job that begins with `ESC @`, which throws such a line away, or
//! where the configuration says that the printer speaks ESC/POS.

use std::io;
use std::time::Duration;

use tokio::time::Instant;

use super::RawPrinter;
use super::line::{Line, listen, say};
use crate::backend::escpos::{
    AUTOMATIC_STATUS_ON, Abilities, Approach, Conversation, INITIALIZE, ProcessId, speaks_escpos,
};
use crate::backend::{DeviceStatus, StatusMode};

/// What a printer can do of which nothing is known.
const NOTHING: Abilities = Abilities {
    automatic_status: false,
    process_id: false,
};

impl RawPrinter {
    /// Whether the printer is to be asked before a job that begins like this.
    pub(super) fn asks_before(&self, first: &[u8]) -> bool {
        let speaks = match (
            self.settings.questions.status,
            self.knowledge.approach(Instant::now()),
        ) {
            (StatusMode::None | StatusMode::Zpl, _) | (_, Approach::Silent) => false,
            (StatusMode::EscPos, _) | (StatusMode::Auto, Approach::Expect) => true,
            (StatusMode::Auto, Approach::Try) => speaks_escpos(first),
        };
        tracing::trace!(printer = %self, speaks, "whether the printer is asked");
        speaks
    }

    /// Whether the printer may be asked while no job says what it speaks.
    pub(crate) fn asks_unprompted(&self) -> bool {
        self.asks_before(&[])
    }

    /// Asks how the printer is. `None`: it said nothing that makes sense.
    pub(crate) async fn ask(&self, line: &mut impl Line) -> io::Result<Option<DeviceStatus>> {
        let wait_ms = match self.knowledge.approach(Instant::now()) {
            Approach::Silent => return Ok(None),
            Approach::Try => self.settings.answer_wait_ms_max,
            Approach::Expect => self.settings.expected_answer_wait_ms_max,
        };
        let conversation = line
            .conversation_mut()
            .get_or_insert_with(Conversation::default);
        let before = conversation.answers();
        if let Some(question) = conversation.ask_status() {
            say(line, &question).await?;
        }
        let deadline = Instant::now() + Duration::from_millis(wait_ms);
        let is_answered = listen(line, deadline, |heard| heard.answers() > before).await?;
        if is_answered {
            self.knowledge.answered();
        }
        let conversation = line.conversation().filter(|_| is_answered);
        Ok(conversation.and_then(Conversation::status))
    }

    /// What the printer can do, tried out where that is not known yet.
    pub(super) async fn abilities(
        &self,
        line: &mut impl Line,
        first: &[u8],
    ) -> io::Result<Abilities> {
        if let Some(known) = self.knowledge.abilities(Instant::now()) {
            return Ok(known);
        }
        let may_try =
            first.starts_with(&INITIALIZE) || self.settings.questions.status == StatusMode::EscPos;
        let Some(conversation) = line.conversation_mut().as_mut().filter(|_| may_try) else {
            return Ok(NOTHING);
        };
        let mut trial = AUTOMATIC_STATUS_ON.to_vec();
        trial.extend(conversation.ask_process_id(random_id()?));
        say(line, &trial).await?;
        let deadline = Instant::now() + Duration::from_millis(self.settings.answer_wait_ms_max);
        let process_id = listen(line, deadline, Conversation::is_confirmed).await?;
        let found = Abilities {
            automatic_status: line
                .conversation()
                .is_some_and(Conversation::has_automatic_status),
            process_id,
        };
        self.knowledge.learn(found, Instant::now());
        tracing::info!(printer = %self, ?found, "what the printer can say of itself");
        Ok(found)
    }
}

/// An id nobody can guess or repeat by chance.
pub(super) fn random_id() -> io::Result<ProcessId> {
    let random = ring::rand::SystemRandom::new();
    let octets: [u8; 4] = ring::rand::generate(&random)
        .map_err(|_| io::Error::other("the system has no random numbers"))?
        .expose();
    Ok(ProcessId::from_random(u32::from_le_bytes(octets)))
}
