//! The record folder: what each job printed, as octets, as text, as a picture
//! and as facts.
//!
//! A thread of its own writes, one job after the other: `job-000001.bin`,
//! `job-000001.txt`, `job-000001.png`, `job-000001.json`. The facts come last, so
//! that who sees them finds the rest.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use crate::job::PrintedJob;

/// Jobs that wait to be written; the printer waits when there are more.
const JOBS_WAITING_MAX: usize = 256;

/// A folder that is written to.
#[derive(Debug)]
pub(crate) struct Record {
    jobs: mpsc::Sender<Arc<PrintedJob>>,
    writer: JoinHandle<()>,
}

impl Record {
    /// Makes the folder where there is none.
    pub(crate) fn open(folder: PathBuf) -> io::Result<Self> {
        std::fs::create_dir_all(&folder)?;
        let (jobs, mut waiting) = mpsc::channel::<Arc<PrintedJob>>(JOBS_WAITING_MAX);
        let writer = tokio::task::spawn_blocking(move || {
            while let Some(job) = waiting.blocking_recv() {
                if let Err(error) = write(&folder, &job) {
                    eprintln!(
                        "platen emulator: job {} cannot be recorded in {}: {error}; make room \
                         there, or choose another folder",
                        job.number,
                        folder.display()
                    );
                }
            }
        });
        Ok(Self { jobs, writer })
    }

    pub(crate) async fn write(&self, job: Arc<PrintedJob>) {
        // The writer lives as long as the sender.
        let _ = self.jobs.send(job).await;
    }

    /// Returns when everything is written.
    pub(crate) async fn close(self) {
        drop(self.jobs);
        let _ = self.writer.await;
    }
}

fn write(folder: &Path, job: &PrintedJob) -> io::Result<()> {
    let file = |extension| folder.join(format!("job-{:06}.{extension}", job.number));
    std::fs::write(file("bin"), &job.octets)?;
    std::fs::write(file("txt"), job.text())?;
    std::fs::write(file("png"), job.png())?;
    let mut facts = serde_json::to_string_pretty(&job.facts())?;
    facts.push('\n');
    std::fs::write(file("json"), facts)
}
