//! Windows' spooler: raw documents, and what becomes of them.
//!
//! A job leaves its queue when it is done, and with it the word of how it
//! ended. So the queue is listened to from before a job begins until the next
//! one does, and what was heard is told with what is seen.

use std::fs::File;
use std::io::{self, Read};
use std::time::Duration;

use platen_spooler_wire::{Answer, Call, Failure, PrinterCondition, SpoolerJob, SystemPrinter};
use platen_windows::spooler::{
    self, Condition, Document, Job, ListedPrinter, Printer, SpoolerError, Watch,
};

use crate::system::{PRINTERS_MAX, System, SystemError, text};

/// Octets of the document that are handed over at once.
const PIECE_OCTETS: usize = 64 * 1024;
/// Nobody waits longer for news in one call.
const WAIT_MAX: Duration = Duration::from_secs(2);
/// Where nothing is told, the queue is looked at this often.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// Windows' spooler, and the job that was handed over last.
#[derive(Debug)]
pub(crate) struct PrintLibrary {
    heard: Option<Heard>,
}

/// What was heard of a job since before it began.
#[derive(Debug)]
struct Heard {
    printer: String,
    /// Not known before the job has begun.
    job: Option<u32>,
    /// Bits of `JOB_STATUS_*`.
    status: u32,
    /// `None` when the spooler tells nothing, or nothing any more.
    watch: Option<Watch>,
    /// Something was not told.
    missed: bool,
}

impl System for PrintLibrary {
    fn printers(&mut self) -> Result<Vec<SystemPrinter>, SystemError> {
        let printers = spooler::list().map_err(failed)?;
        let printers = printers.into_iter().take(PRINTERS_MAX);
        Ok(printers.map(system_printer).collect())
    }

    fn print(
        &mut self,
        printer: &str,
        title: &str,
        _options: &[(String, String)],
        path: &str,
    ) -> Result<u64, SystemError> {
        self.heard = None;
        let mut file = File::open(path).map_err(|error| unreadable(&error))?;
        let opened = Printer::open(printer).map_err(failed)?;
        let mut heard = Heard::begin(printer);
        let mut document = Document::begin(&opened, title).map_err(failed)?;
        heard.job = Some(document.job());
        let mut piece = vec![0; PIECE_OCTETS];
        loop {
            match file.read(&mut piece) {
                Ok(0) => break,
                Ok(octets) => document.write(&piece[..octets]).map_err(in_the_middle)?,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => {
                    return Err(SystemError {
                        failure: Failure::PrintService,
                        ..unreadable(&error)
                    });
                }
            }
        }
        let job = document.finish().map_err(in_the_middle)?;
        self.heard = Some(heard);
        Ok(u64::from(job))
    }

    fn ask(&mut self, call: &Call) -> Answer {
        let answered = match call {
            Call::Condition { printer } => open(printer).and_then(|printer| {
                let condition = wire(printer.condition().map_err(failed)?);
                Ok(Answer::Condition { condition })
            }),
            Call::Job {
                printer,
                job_id,
                wait_ms,
            } => {
                let wait = Duration::from_millis(u64::from(*wait_ms)).min(WAIT_MAX);
                self.job(printer, *job_id, wait)
            }
            Call::Find { printer, mark } => open(printer).and_then(|printer| {
                let jobs = printer.jobs().map_err(failed)?;
                let found = jobs.iter().find(|job| job.document.ends_with(mark));
                Ok(Answer::Found {
                    job_id: found.map(|job| u64::from(job.id)),
                })
            }),
            Call::Cancel {
                printer,
                job_id,
                mark,
            } => open(printer).and_then(|printer| cancel(&printer, *job_id, mark)),
            Call::List {} | Call::Print { .. } => Err(SystemError {
                failure: Failure::Refused,
                detail: "this is answered elsewhere".to_owned(),
            }),
        };
        answered.unwrap_or_else(Answer::from)
    }
}

impl PrintLibrary {
    pub(crate) fn new() -> Self {
        Self { heard: None }
    }

    fn job(&mut self, name: &str, job_id: u64, wait: Duration) -> Result<Answer, SystemError> {
        let id = number(job_id)?;
        let printer = open(name)?;
        let of_this = |heard: &&mut Heard| heard.printer == name && heard.job == Some(id);
        let mut heard = self.heard.as_mut().filter(of_this);
        match &mut heard {
            Some(heard) if heard.watch.is_some() => heard.listen(wait),
            Some(_) | None => look_for_news(&printer, id, wait),
        }
        let job = printer.job(id).map_err(failed)?;
        if let Some(heard) = &mut heard {
            // What was told while the queue was looked at.
            heard.listen(Duration::ZERO);
            heard.status |= job.as_ref().map_or(0, |job| job.status);
        }
        let seen = job.as_ref().map_or(0, |job| job.status);
        Ok(Answer::Job {
            heard: heard.as_ref().map_or(seen, |heard| heard.status),
            heard_all: heard.is_some_and(|heard| heard.watch.is_some() && !heard.missed),
            job: job.map(spooler_job),
            condition: printer.condition().ok().map(wire),
        })
    }
}

impl Heard {
    /// Listens from now on, where the spooler tells anything.
    fn begin(printer: &str) -> Self {
        let watch = Printer::open(printer).and_then(Watch::begin);
        Self {
            printer: printer.to_owned(),
            job: None,
            status: 0,
            watch: watch.ok(),
            missed: false,
        }
    }

    fn listen(&mut self, wait: Duration) {
        let Some(watch) = &self.watch else {
            return;
        };
        match watch.wait(wait) {
            Ok(changes) => {
                self.missed |= changes.missed;
                for (job, status) in changes.jobs {
                    if self.job == Some(job) {
                        self.status |= status;
                    }
                }
            }
            Err(_) => self.watch = None,
        }
    }
}

/// Waits for a job to change or to leave, where nothing is told.
fn look_for_news(printer: &Printer, id: u32, wait: Duration) {
    let status = |job: Option<Job>| job.map(|job| job.status);
    let Ok(before) = printer.job(id).map(status) else {
        return;
    };
    let mut left = wait;
    while before.is_some() && !left.is_zero() {
        let pause = left.min(LOOK_EVERY);
        std::thread::sleep(pause);
        left -= pause;
        match printer.job(id).map(status) {
            Ok(now) if now == before => {}
            Ok(_) | Err(_) => return,
        }
    }
}

/// Takes a job back that is still the one it was: the spooler counts anew when
/// it starts.
fn cancel(printer: &Printer, job_id: u64, mark: &str) -> Result<Answer, SystemError> {
    let id = number(job_id)?;
    let job = printer.job(id).map_err(failed)?;
    if !job.is_some_and(|job| job.document.ends_with(mark)) {
        return Err(SystemError {
            failure: Failure::Refused,
            detail: format!("the print queue has no job {id} of this name"),
        });
    }
    printer.delete_job(id).map_err(failed)?;
    Ok(Answer::Canceled {})
}

fn open(name: &str) -> Result<Printer, SystemError> {
    Printer::open(name).map_err(failed)
}

fn number(job_id: u64) -> Result<u32, SystemError> {
    u32::try_from(job_id).map_err(|_| SystemError {
        failure: Failure::Refused,
        detail: format!("{job_id} is no job's number"),
    })
}

/// A call that failed while the spooler had nothing of a document.
fn failed(error: SpoolerError) -> SystemError {
    SystemError {
        failure: if error.is_unknown_printer() {
            Failure::NoPrinter
        } else if error.is_no_service() {
            Failure::NoService
        } else {
            Failure::NothingTaken
        },
        detail: text(&error.to_string()),
    }
}

/// A call that failed while the spooler had a part: what it makes of that is
/// not known.
fn in_the_middle(error: SpoolerError) -> SystemError {
    SystemError {
        failure: Failure::PrintService,
        detail: text(&error.to_string()),
    }
}

fn unreadable(error: &io::Error) -> SystemError {
    SystemError {
        failure: Failure::NothingTaken,
        detail: format!(
            "the document cannot be read from its file: {}",
            error.kind()
        ),
    }
}

fn wire(condition: Condition) -> PrinterCondition {
    PrinterCondition {
        status: condition.status,
        attributes: condition.attributes,
    }
}

fn spooler_job(job: Job) -> SpoolerJob {
    SpoolerJob {
        title: text(&job.document),
        status: job.status,
        text: text(&job.status_text),
    }
}

fn system_printer(printer: ListedPrinter) -> SystemPrinter {
    SystemPrinter {
        info: text(&printer.comment),
        location: text(&printer.location),
        make_and_model: text(&printer.driver),
        device_uri: text(&printer.port),
        reasons: Vec::new(),
        condition: printer.condition.map(wire),
        default: printer.default,
        // Not cut: it is what one prints to.
        name: printer.name,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use platen_windows::spooler::test_queue;

    /// wine's name of a file on the system it runs on.
    fn port(file: &std::path::Path) -> String {
        let path = file.to_str().unwrap().replace('\\', "/");
        match path.strip_prefix("C:") {
            Some(inside) => format!("{}/drive_c{inside}", std::env::var("WINEPREFIX").unwrap()),
            None => path.trim_start_matches("Z:").to_owned(),
        }
    }

    /// wine prints a document before it says that it has it, and tells no
    /// changes: what a job in passing was is not known there.
    #[test]
    fn a_document_reaches_its_port_and_its_job_is_told_truly() {
        let folder = tempfile::tempdir().unwrap();
        let (file, paper) = (folder.path().join("document"), folder.path().join("paper"));
        let octets: Vec<u8> = (0..=255).cycle().take(200_000).collect();
        std::fs::write(&file, &octets).unwrap();
        let name = format!("Platen spooler {}", std::process::id());
        test_queue::add(&name, &port(&paper)).unwrap();
        let mut library = PrintLibrary::new();

        let listed = library.printers().unwrap();
        let listed = listed.iter().find(|printer| printer.name == name).unwrap();
        assert_eq!(listed.device_uri, port(&paper));

        let title = "Bon 7 (Platen 0a1b)";
        let job_id = library
            .print(&name, title, &[], file.to_str().unwrap())
            .unwrap();
        assert_eq!(std::fs::read(&paper).unwrap(), octets);
        let asked = library.ask(&Call::Job {
            printer: name.clone(),
            job_id,
            wait_ms: 100,
        });
        let Answer::Job {
            job: None,
            condition: Some(condition),
            ..
        } = asked
        else {
            panic!("{asked:?}");
        };
        assert_eq!(listed.condition, Some(condition));
        let canceled = library.ask(&Call::Cancel {
            printer: name.clone(),
            job_id,
            mark: "(Platen 0a1b)".to_owned(),
        });
        assert!(
            matches!(
                canceled,
                Answer::Failed {
                    failure: Failure::Refused,
                    ..
                }
            ),
            "{canceled:?}"
        );
        test_queue::remove(&name).unwrap();

        let gone = library.print(&name, title, &[], file.to_str().unwrap());
        assert_eq!(gone.unwrap_err().failure, Failure::NoPrinter);
        let gone = library.ask(&Call::Condition { printer: name });
        assert!(
            matches!(
                gone,
                Answer::Failed {
                    failure: Failure::NoPrinter,
                    ..
                }
            ),
            "{gone:?}"
        );
    }
}
