//! Macros: commands recorded between two `GS :` and run again by `GS ^`.
//!
//! What is recorded also prints while it is recorded. A macro cannot contain
//! `GS ^`, so it never runs itself; how much all runs of a job may repeat is
//! bounded by [`Limits::macro_octets_max`](crate::Limits).

use crate::command::Command;

/// Printers keep so many octets of a macro and drop the rest.
const RECORDED_OCTETS_MAX: usize = 2048;

/// The macro of a printer. `ESC @` leaves it alone.
#[derive(Debug, Default)]
pub(super) struct Recording {
    state: State,
    commands: Vec<Command>,
    octets: usize,
    /// Octets that runs have repeated so far.
    repeated_octets: usize,
}

#[derive(Debug, Default, PartialEq, Eq)]
enum State {
    #[default]
    Idle,
    Recording,
}

impl Recording {
    /// `GS :` — starts over, or ends what was started.
    pub(super) fn start_or_end(&mut self) {
        self.state = match self.state {
            State::Idle => {
                self.clear();
                State::Recording
            }
            State::Recording => State::Idle,
        };
    }

    /// Keeps a command while recording, if there is still room.
    pub(super) fn take_note(&mut self, command: &Command) {
        if self.state == State::Idle {
            return;
        }
        let mut bytes = Vec::new();
        command.encode_to(&mut bytes);
        self.octets = self.octets.saturating_add(bytes.len());
        if self.octets <= RECORDED_OCTETS_MAX {
            self.commands.push(command.clone());
        }
    }

    /// `GS ^` — gives what to run, and how often, within `octets_max` for the
    /// whole job. While recording it drops the macro instead.
    pub(super) fn run(&mut self, times: u8, octets_max: usize) -> Run {
        if self.state == State::Recording {
            self.state = State::Idle;
            self.clear();
        }
        let octets = self.octets.clamp(1, RECORDED_OCTETS_MAX);
        let affordable = octets_max.saturating_sub(self.repeated_octets) / octets;
        let times = usize::from(times);
        let granted = times.min(affordable);
        self.repeated_octets += granted * octets;
        Run {
            commands: if granted == 0 {
                Vec::new()
            } else {
                self.commands.clone()
            },
            times: granted,
            cut_short: granted < times,
        }
    }

    fn clear(&mut self) {
        self.commands.clear();
        self.octets = 0;
    }
}

/// What `GS ^` does.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Run {
    pub(super) commands: Vec<Command>,
    pub(super) times: usize,
    /// Whether the job asked for more than it may repeat.
    pub(super) cut_short: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn recorded(command: &Command) -> Recording {
        let mut recording = Recording::default();
        recording.start_or_end();
        recording.take_note(command);
        recording.start_or_end();
        recording
    }

    #[test]
    fn runs_stop_where_a_job_has_repeated_enough() {
        let mut recording = recorded(&Command::Text(b"ten octets".to_vec()));
        assert_eq!(recording.run(3, 45).times, 3);
        let last = recording.run(3, 45);
        assert_eq!((last.times, last.cut_short), (1, true));
        assert_eq!(recording.run(1, 45).commands, []);
    }

    #[test]
    fn what_does_not_fit_into_a_macro_is_not_recorded() {
        let mut recording = recorded(&Command::Text(vec![b'x'; RECORDED_OCTETS_MAX + 1]));
        assert_eq!(recording.run(1, 10_000).commands, []);
    }

    #[test]
    fn starting_and_ending_at_once_clears_the_macro() {
        let mut recording = recorded(&Command::PrintAndLineFeed);
        recording.start_or_end();
        recording.start_or_end();
        assert_eq!(recording.run(1, 10_000).commands, []);
    }
}
