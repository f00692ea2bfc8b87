//! One connection's questions and what its answers amount to.
//!
//! Real-time answers do not say what they answer, so they are paired in order,
//! one group of questions at a time: a group stays open until it is answered
//! in full, however late. An answer too many means that pairs can no longer be
//! trusted; then only what names itself (automatic status, process ids) is
//! heard. A process id counts when it is exactly the one that was asked.

use super::condition::Condition;
use super::decoder::{Answer, Decoder};
use super::request::{ProcessId, STATUS};
use crate::backend::DeviceStatus;

/// Answers to the group of real-time questions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum RealTime {
    /// No question is open.
    Quiet,
    /// Asked; so many of the four answers have come.
    Asked { octets: [u8; 4], length: usize },
    /// An answer came that nobody asked for.
    Confused,
}

/// What is known of the end of a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    NotAsked,
    Asked(ProcessId),
    Confirmed,
}

/// Everything one connection has said so far. Knows no time.
#[derive(Debug)]
pub struct Conversation {
    decoder: Decoder,
    real_time: RealTime,
    end: End,
    condition: Option<Condition>,
    has_automatic_status: bool,
    is_cleared: bool,
    answers: u64,
}

impl Default for Conversation {
    fn default() -> Self {
        Self {
            decoder: Decoder::default(),
            real_time: RealTime::Quiet,
            end: End::NotAsked,
            condition: None,
            has_automatic_status: false,
            is_cleared: false,
            answers: 0,
        }
    }
}

impl Conversation {
    /// The octets that ask for the status; `None` while an earlier question is
    /// open, or when answers can no longer be told apart.
    pub fn ask_status(&mut self) -> Option<[u8; STATUS.len()]> {
        match self.real_time {
            RealTime::Quiet => {
                self.real_time = RealTime::Asked {
                    octets: [0; 4],
                    length: 0,
                };
                Some(STATUS)
            }
            RealTime::Asked { .. } | RealTime::Confused => None,
        }
    }

    /// The octets that ask for `id`, once all before them is printed. Takes the
    /// place of an id asked before.
    pub fn ask_process_id(&mut self, id: ProcessId) -> [u8; 11] {
        self.end = End::Asked(id);
        id.request()
    }

    /// Hears what came.
    pub fn hear(&mut self, octets: &[u8]) {
        for &octet in octets {
            match self.decoder.take(octet) {
                Some(Answer::RealTime(octet)) => self.hear_real_time(octet),
                Some(Answer::AutomaticStatus(octets)) => {
                    self.has_automatic_status = true;
                    self.answers += 1;
                    self.condition = Some(Condition::from_automatic(octets));
                }
                Some(Answer::ProcessId(answered)) => match self.end {
                    End::Asked(id) if id.is(answered) => self.end = End::Confirmed,
                    End::NotAsked | End::Asked(_) | End::Confirmed => {}
                },
                Some(Answer::Cleared) => self.is_cleared = true,
                // Of requests that the job itself makes.
                Some(Answer::Status(_) | Answer::Block { .. }) | None => {}
            }
        }
    }

    fn hear_real_time(&mut self, octet: u8) {
        match &mut self.real_time {
            RealTime::Quiet | RealTime::Confused => self.real_time = RealTime::Confused,
            RealTime::Asked { octets, length } => {
                octets[*length] = octet;
                *length += 1;
                if *length == octets.len() {
                    self.condition = Some(Condition::from_real_time(*octets));
                    self.real_time = RealTime::Quiet;
                    self.answers += 1;
                }
            }
        }
    }

    /// Whether nothing is open that a later answer could be about, and answers
    /// can be told apart.
    #[must_use]
    pub fn is_quiet(&self) -> bool {
        self.real_time == RealTime::Quiet
    }

    /// What the printer last said of itself; `None` before it said anything.
    #[must_use]
    pub fn status(&self) -> Option<DeviceStatus> {
        self.condition.map(Condition::status)
    }

    /// How often it said how it is: signs of life.
    #[must_use]
    pub fn answers(&self) -> u64 {
        self.answers
    }

    /// Whether the printer has reported its status by itself.
    #[must_use]
    pub fn has_automatic_status(&self) -> bool {
        self.has_automatic_status
    }

    /// Whether the id that was asked last has come back.
    #[must_use]
    pub fn is_confirmed(&self) -> bool {
        self.end == End::Confirmed
    }

    /// Whether the printer said that its buffers are empty.
    #[must_use]
    pub fn is_cleared(&self) -> bool {
        self.is_cleared
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const ID: u32 = 4_711;

    fn answer(request: [u8; 11]) -> Vec<u8> {
        let mut answer = vec![0x37, 0x22];
        answer.extend(&request[7..]);
        answer.push(0);
        answer
    }

    fn stops(conversation: &Conversation) -> Option<bool> {
        conversation.status().map(|status| status.stops())
    }

    #[test]
    fn four_answers_make_a_status_however_they_are_cut() {
        let mut conversation = Conversation::default();
        assert_eq!(conversation.ask_status(), Some(STATUS));
        assert_eq!(conversation.ask_status(), None, "one group at a time");
        for octet in [0x1A, 0x32, 0x12] {
            conversation.hear(&[octet]);
            assert_eq!(stops(&conversation), None);
        }
        conversation.hear(&[0x7E]);
        assert_eq!(conversation.answers(), 1);
        assert_eq!(stops(&conversation), Some(true));
        assert!(conversation.ask_status().is_some());
    }

    #[test]
    fn an_answer_nobody_asked_for_is_no_evidence_and_ends_trust_in_pairs() {
        let mut conversation = Conversation::default();
        conversation.hear(&[0x12; 64]);
        assert_eq!(stops(&conversation), None);
        assert_eq!(conversation.ask_status(), None);
        conversation.hear(&[0x18, 0x00, 0x0F, 0x00]);
        assert_eq!(
            stops(&conversation),
            Some(true),
            "automatic status names itself"
        );
    }

    #[test]
    fn only_the_id_that_was_asked_last_confirms() {
        let mut conversation = Conversation::default();
        let other = ProcessId::from_random(1).request();
        let early = answer(ProcessId::from_random(ID).request());
        conversation.hear(&early);
        assert!(!conversation.is_confirmed(), "before it was asked");
        let asked = conversation.ask_process_id(ProcessId::from_random(ID));
        conversation.hear(&answer(other));
        assert!(!conversation.is_confirmed(), "another id");
        conversation.hear(&answer(asked));
        assert!(conversation.is_confirmed());
        conversation.ask_process_id(ProcessId::from_random(2));
        assert!(!conversation.is_confirmed(), "a new question is open");
    }

    proptest! {
        /// Noise that does not hold the very id never confirms a job.
        #[test]
        fn noise_never_confirms_a_job(noise: Vec<u8>, id: u32) {
            let mut conversation = Conversation::default();
            let asked = conversation.ask_process_id(ProcessId::from_random(id));
            let answer = answer(asked);
            let mut plain = noise.clone();
            plain.retain(|octet| !matches!(octet, 0x11 | 0x13));
            prop_assume!(!plain.windows(answer.len()).any(|window| window == answer));
            conversation.hear(&noise);
            prop_assert!(!conversation.is_confirmed());
        }
    }
}
