//! Commands that meet a job on its way between two printers.
//!
//! From the moment a move is asked of the store until the other printer has
//! taken the job over, neither queue can say what a command does. It waits with
//! whichever printer it met, and is carried out, or looked for at the other
//! printer, once the job has arrived.

use platen_protocol::JobId;
use tokio::sync::oneshot;

use super::actor::Actor;
use super::{Input, JobCommand, Reply};

/// A command that waits for its job to arrive.
#[derive(Debug)]
pub(super) struct Waiting {
    job_id: JobId,
    command: JobCommand,
    reply: oneshot::Sender<Reply>,
}

impl Actor {
    /// Carries a command out, or keeps it until its job has arrived.
    pub(super) fn command(
        &mut self,
        job_id: JobId,
        command: JobCommand,
        reply: oneshot::Sender<Reply>,
    ) {
        if self.is_crossing(&job_id) {
            self.crossing.push(Waiting {
                job_id,
                command,
                reply,
            });
            return;
        }
        let ticket = self.ticket(reply);
        self.take(Input::Command {
            job_id,
            command,
            ticket,
        });
    }

    /// Carries out what waited for jobs that have arrived, here or there.
    pub(super) fn catch_up(&mut self) {
        let waiting = std::mem::take(&mut self.crossing);
        for Waiting {
            job_id,
            command,
            reply,
        } in waiting
        {
            self.command(job_id, command, reply);
        }
    }

    /// Whether the job is leaving this printer, or coming to it.
    fn is_crossing(&self, job_id: &JobId) -> bool {
        self.queue.is_moving(job_id) || (!self.queue.has(job_id) && self.place.expects(job_id))
    }
}
