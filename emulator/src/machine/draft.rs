//! A job while it is interpreted: which of its octets are on paper already.
//!
//! A command is executed as a whole, and moves the paper by some dots, which
//! are owed until the paper has moved. Octets count as printed when nothing is
//! owed and no row waits: what is in the print buffer is not on paper.

use std::collections::VecDeque;

use platen_receipt::command::Command;
use platen_receipt::layout::Layout;
use platen_receipt::{Limits, Located};

use crate::job::{JobEnd, PrintedJob};
use crate::options::PaperWidth;

/// What one line moves the paper by, for faults after so many lines and for a
/// pace in lines.
pub(super) const LINE_DOTS: u64 = 30;

/// Octets of one job that are kept; of more only the count is.
const OCTETS_KEPT_MAX: usize = 16 * 1024 * 1024;

/// Process ids of one job that are kept, and that may wait for their answer.
const PROCESS_IDS_MAX: usize = 64;

/// What a process id is.
pub(super) type ProcessId = [u8; 4];

/// The bounds of one job: pieces of text are short, so that what is on paper
/// is known to a few characters.
pub(super) fn limits() -> Limits {
    let mut limits = Limits::default();
    limits.piece_octets_max = 16;
    limits.findings_max = 0;
    // `GS v 0` with 72 octets (576 dots) by 65,535 rows is 4.7 MB.
    limits.command_octets_max = 5 * 1024 * 1024;
    limits
}

/// A job being printed.
#[derive(Debug)]
pub(super) struct Draft {
    layout: Layout<'static>,
    paper: PaperWidth,
    /// Executed, and waiting in the row; kept as far as there is room.
    waiting: Vec<u8>,
    waiting_octets: u64,
    printed: Vec<u8>,
    pub(super) octets_executed: u64,
    pub(super) octets_printed: u64,
    /// By how much the paper has still to move.
    pub(super) owed_dots: u64,
    pub(super) paper_dots: u64,
    pub(super) cuts: u32,
    pub(super) kicks: u32,
    /// Asked for, and what they stand for is not on paper.
    asked: VecDeque<ProcessId>,
    answered: VecDeque<ProcessId>,
}

impl Draft {
    pub(super) fn new(paper: PaperWidth) -> Self {
        Self {
            layout: Layout::new(paper.profile(), limits()),
            paper,
            waiting: Vec::new(),
            waiting_octets: 0,
            printed: Vec::new(),
            octets_executed: 0,
            octets_printed: 0,
            owed_dots: 0,
            paper_dots: 0,
            cuts: 0,
            kicks: 0,
            asked: VecDeque::new(),
            answered: VecDeque::new(),
        }
    }

    /// Executes a command; the paper has to follow.
    pub(super) fn execute(&mut self, located: Located) {
        let mut octets = Vec::new();
        located.command.encode_to(&mut octets);
        self.octets_executed += octets.len() as u64;
        let before = self.layout.height_dots();
        let wraps = matches!(located.command, Command::Text(_));
        self.layout.apply(located);
        // What came out is known by its octets.
        drop(self.layout.take_elements());
        self.owed_dots += u64::from(self.layout.height_dots().saturating_sub(before));
        if wraps && self.owed_dots > 0 && self.layout.has_unprinted() {
            // The row is full: what came before this piece is on it.
            self.waiting_is_printed();
        }
        self.waiting_octets += octets.len() as u64;
        let room = OCTETS_KEPT_MAX.saturating_sub(self.printed.len() + self.waiting.len());
        octets.truncate(room);
        self.waiting.extend(octets);
    }

    /// Ends the row, as the end of a job does.
    pub(super) fn end_row(&mut self) {
        if self.layout.has_unprinted() {
            let before = self.layout.height_dots();
            for command in [Command::PrintPage, Command::PrintAndLineFeed] {
                self.layout.apply(Located { offset: 0, command });
            }
            self.layout.apply(Located {
                offset: 0,
                command: Command::SelectStandardMode,
            });
            self.owed_dots += u64::from(self.layout.height_dots().saturating_sub(before));
        }
    }

    /// The paper has moved as far as it had to: tells which process ids are
    /// to be answered.
    pub(super) fn settle(&mut self) -> Vec<ProcessId> {
        if self.owed_dots > 0 || self.layout.has_unprinted() {
            return Vec::new();
        }
        self.waiting_is_printed();
        let due: Vec<_> = self.asked.drain(..).collect();
        for &id in &due {
            if self.answered.len() == PROCESS_IDS_MAX {
                self.answered.pop_front();
            }
            self.answered.push_back(id);
        }
        due
    }

    /// Notes that a process id is to be answered when all before it is printed.
    pub(super) fn ask(&mut self, id: ProcessId) {
        if self.asked.len() < PROCESS_IDS_MAX {
            self.asked.push_back(id);
        }
    }

    /// Whether nothing of it is on its way to the paper.
    pub(super) fn is_settled(&self) -> bool {
        self.owed_dots == 0 && self.waiting_octets == 0
    }

    /// Whether it did anything at the printer.
    pub(super) fn has_effect(&self) -> bool {
        self.paper_dots > 0 || self.cuts > 0 || self.kicks > 0 || !self.is_settled()
    }

    /// Lines on paper.
    pub(super) fn lines(&self) -> u64 {
        self.paper_dots / LINE_DOTS
    }

    /// The job as it stands.
    pub(super) fn job(
        &self,
        number: u64,
        connection: u64,
        octets_received: u64,
        end: Option<JobEnd>,
    ) -> PrintedJob {
        let text = |id: &ProcessId| String::from_utf8_lossy(id).into_owned();
        PrintedJob {
            number,
            connection,
            octets_received,
            octets_printed: self.octets_printed,
            octets: self.printed.clone(),
            paper_dots: self.paper_dots,
            cuts: self.cuts,
            kicks: self.kicks,
            process_ids: self.answered.iter().map(text).collect(),
            end,
            paper: self.paper,
        }
    }

    fn waiting_is_printed(&mut self) {
        self.octets_printed += std::mem::take(&mut self.waiting_octets);
        self.printed.append(&mut self.waiting);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use platen_receipt::parse;

    /// A page that is never printed keeps its octets waiting.
    #[test]
    fn a_job_without_end_takes_bounded_memory_and_every_octet_is_counted() {
        let mut draft = Draft::new(PaperWidth::Mm80);
        let piece = vec![b'\n'; 1024 * 1024];
        for located in parse(b"\x1bLtext").commands {
            draft.execute(located);
        }
        for _ in 0..20 {
            let located = Located {
                offset: 0,
                command: Command::Other(piece.clone()),
            };
            draft.execute(located);
        }
        assert_eq!(draft.settle(), [] as [ProcessId; 0]);
        assert_eq!(draft.waiting.len(), OCTETS_KEPT_MAX);
        draft.end_row();
        draft.owed_dots = 0;
        draft.settle();
        let job = draft.job(1, 1, 0, None);
        assert_eq!(job.octets_printed, 20 * 1024 * 1024 + 6);
        assert_eq!(job.octets.len(), OCTETS_KEPT_MAX);
    }
}
