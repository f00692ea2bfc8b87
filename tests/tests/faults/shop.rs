//! What all cells share: one agent with a printer for each, a private print
//! service with a queue for each, a page that hears of all jobs.

use std::collections::HashMap;
use std::fmt;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use platen_emulator::{Control, Emulator, Options};
use platen_protocol::Method;
use platen_tests::bridge::{Bridge, Settings};
use platen_tests::client::Client;
use platen_tests::cupsd::Cupsd;
use platen_tests::program;
use platen_tests::site::Site;
use serde_json::{Value, json};
use tokio::sync::{Semaphore, SemaphorePermit, watch};
use tokio::task::JoinHandle;
use tokio::time::timeout;

use crate::cell::{Cell, Repeat, Way};

/// How often a person looks whether a queue has stopped again.
const LOOKS: Duration = Duration::from_secs(1);

/// Cells whose jobs run at the same time. With all at once every printer would
/// look slow on a small machine.
const PLACES: usize = 3;

/// What the network interface of a printer takes beyond its buffer.
const WINDOW_OCTETS: u32 = 4096;

/// One of them; free again when it is dropped.
pub(crate) type Place<'a> = SemaphorePermit<'a>;

/// What the agent told last of each job.
type Jobs = HashMap<String, Told>;

/// How far a cell has come, for the report of one that hangs.
#[derive(Debug, Default)]
struct Stand {
    waits_for: &'static str,
    job: Option<String>,
}

/// What the agent says of a job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Told {
    /// Its state.
    pub(crate) state: String,
    /// Who says that it is completed.
    pub(crate) evidence: Option<String>,
    /// Why it is not.
    pub(crate) code: Option<String>,
    reasons: String,
}

/// The agent, its printers, its page.
#[derive(Debug)]
pub(crate) struct Shop {
    emulators: HashMap<String, Emulator>,
    cupsd: Cupsd,
    bridge: Bridge,
    client: Client,
    jobs: Arc<watch::Sender<Jobs>>,
    /// How often the agent said that the page has missed something.
    missed: watch::Receiver<u32>,
    submitted: AtomicUsize,
    places: Semaphore,
    /// By printer.
    stands: Mutex<HashMap<String, Stand>>,
    listener: JoinHandle<()>,
}

impl Shop {
    /// Starts everything that these cells need.
    pub(crate) async fn open(cells: &[Cell]) -> Result<Self> {
        let cupsd = Cupsd::start()?;
        let spooler = program::built("platen-spooler", "PLATEN_SPOOLER_BIN")?;
        let mut more = format!(
            "[cups]\ndiscover = false\nserver = '{}'\nspooler_program = '{}'\n\n",
            cupsd.socket().display(),
            spooler.display()
        );
        let mut emulators = HashMap::new();
        for cell in cells {
            let options = Options {
                roll_mm: None,
                window_octets: Some(WINDOW_OCTETS),
                ..Options::default()
            };
            let emulator = Emulator::start(options).await?;
            let id = cell.printer();
            let status = match cell.way {
                Way::Socket | Way::Cups => "auto",
                Way::Unasked => "none",
            };
            let uri = match cell.way {
                Way::Socket | Way::Unasked => emulator.uri(),
                Way::Cups => {
                    cupsd.add_raw_queue(&id, emulator.address().port())?;
                    format!("cups:{id}")
                }
            };
            // Looks at idle printers would meet the faults before the jobs do.
            more.push_str(&format!(
                "[[printers]]\nid = '{id}'\nname = '{id}'\nuri = '{uri}'\nstatus = '{status}'\nwatch_ms = 0\n\n"
            ));
            emulators.insert(id, emulator);
        }
        let bridge = Bridge::start(&Settings {
            more,
            ..Settings::default()
        })
        .await?;
        let site = Arc::new(Site::new("https://pos.example")?);
        bridge.trust(&site, &[]).await?;
        let client = Client::connect(bridge.ports.ws, None, &site).await?;
        let topics = json!({ "topics": ["jobs"] });
        client.call(Method::EventsSubscribe, &topics, false).await?;
        let mut events = client.notifications().context("notifications")?;
        let jobs = Arc::new(watch::Sender::new(Jobs::new()));
        let tell = Arc::clone(&jobs);
        let (tell_missed, missed) = watch::channel(0);
        let listener = tokio::spawn(async move {
            while let Some(message) = events.recv().await {
                if message["method"] == "resync" {
                    tell_missed.send_modify(|times| *times += 1);
                }
                let event = &message["params"]["event"];
                if event["type"] == "job-state-changed"
                    && let Some(id) = event["job_id"].as_str()
                {
                    tell.send_modify(|jobs| {
                        jobs.insert(id.to_owned(), Told::by(event));
                    });
                }
            }
        });
        Ok(Self {
            emulators,
            cupsd,
            bridge,
            client,
            jobs,
            missed,
            submitted: AtomicUsize::new(0),
            places: Semaphore::new(PLACES),
            stands: Mutex::default(),
            listener,
        })
    }

    /// The cell's printer.
    pub(crate) fn emulator(&self, cell: &Cell) -> Control {
        self.emulators[&cell.printer()].control()
    }

    /// Where the cell's printer listens.
    pub(crate) fn address(&self, cell: &Cell) -> SocketAddr {
        self.emulators[&cell.printer()].address()
    }

    /// Waits until few enough jobs run that this one is served at once.
    pub(crate) async fn place(&self) -> Result<Place<'_>> {
        Ok(self.places.acquire().await?)
    }

    /// Has a job accepted; gives its id.
    pub(crate) async fn submit(
        &self,
        cell: &Cell,
        octets: &[u8],
        repeat: Repeat,
    ) -> Result<String> {
        let more = match repeat {
            Repeat::No => json!({}),
            Repeat::Safe => json!({ "repeat": "safe" }),
        };
        let submitted = self
            .client
            .submit_with(&cell.printer(), octets, more)
            .await?;
        self.submitted.fetch_add(1, Ordering::Relaxed);
        let job = submitted.job_id.as_str().to_owned();
        self.stand(cell, |stand| {
            *stand = Stand {
                waits_for: "the job's end",
                job: Some(job.clone()),
            };
        });
        Ok(job)
    }

    /// Waits until nothing more happens to the job by itself.
    pub(crate) async fn ended(&self, job: &str) -> Result<Told> {
        self.told(job, Told::has_ended).await
    }

    async fn told(&self, job: &str, wanted: impl Fn(&Told) -> bool) -> Result<Told> {
        let mut jobs = self.jobs.subscribe();
        let mut missed = self.missed.clone();
        loop {
            tokio::select! {
                told = jobs.wait_for(|jobs| jobs.get(job).is_some_and(&wanted)) => {
                    return told?.get(job).cloned().context("just seen");
                }
                more = missed.changed() => {
                    more.context("the page's connection has ended")?;
                    self.ask(job).await?;
                }
            }
        }
    }

    /// What a page does that has missed events: it asks.
    async fn ask(&self, job: &str) -> Result<()> {
        let asked = json!({ "job_id": job });
        let answer = self.client.call(Method::JobsGet, &asked, false).await?;
        let told = Told::by(&answer["job"]);
        self.jobs.send_modify(|jobs| {
            jobs.insert(job.to_owned(), told);
        });
        Ok(())
    }

    /// The same; a queue of the print service that has stopped is started
    /// again, as often as it stops.
    pub(crate) async fn ended_with_a_person_at_the_queue(
        &self,
        cell: &Cell,
        job: &str,
    ) -> Result<Told> {
        loop {
            if let Ok(told) = timeout(LOOKS, self.ended(job)).await {
                return told;
            }
            // A job that begins on a queue that has stopped already is pending.
            let may_be_stopped = self.jobs.borrow().get(job).is_none_or(|told| {
                ["processing-stopped", "pending"].contains(&told.state.as_str())
            });
            if cell.way == Way::Cups && may_be_stopped {
                self.cupsd.command("cupsenable", &[&cell.printer()])?;
            }
        }
    }

    /// Every accepted job is in the agent's list, and has ended.
    pub(crate) async fn nothing_is_missing(&self) -> Result<()> {
        let listed = self
            .bridge
            .json(&["jobs", "list", "--limit", "1000000"])
            .await?;
        let listed = listed.as_array().context("a list of jobs")?;
        let submitted = self.submitted.load(Ordering::Relaxed);
        ensure!(
            listed.len() == submitted,
            "{submitted} jobs were accepted, {} are listed",
            listed.len()
        );
        for entry in listed {
            let told = Told::by(&entry["job"]);
            ensure!(told.has_ended(), "has not ended: {entry}");
        }
        Ok(())
    }

    /// Notes what a cell waits for next.
    pub(crate) fn waits_for(&self, cell: &Cell, what: &'static str) {
        self.stand(cell, |stand| stand.waits_for = what);
    }

    fn stand<T>(&self, cell: &Cell, change: impl FnOnce(&mut Stand) -> T) -> T {
        let mut stands = self.stands.lock().unwrap_or_else(PoisonError::into_inner);
        change(stands.entry(cell.printer()).or_default())
    }

    /// What a failing cell shows: what it waits for, what the agent told last
    /// of its job, and how its printer is.
    pub(crate) fn show(&self, cell: &Cell) -> String {
        let (waits_for, job) = self.stand(cell, |stand| (stand.waits_for, stand.job.clone()));
        let told = job.map(|job| (self.jobs.borrow().get(&job).cloned(), job));
        let status = self.emulator(cell).status();
        format!("waits for {waits_for}; last told of its job: {told:?}; printer: {status:?}")
    }

    /// What the agent logged.
    pub(crate) fn log(&self) -> String {
        self.bridge.log()
    }
}

impl Drop for Shop {
    fn drop(&mut self) {
        self.listener.abort();
    }
}

impl Told {
    fn by(job: &Value) -> Self {
        let text = |name: &str| job[name].as_str().map(str::to_owned);
        Self {
            state: text("state").unwrap_or_default(),
            evidence: text("evidence"),
            code: text("code"),
            reasons: job["reasons"].to_string(),
        }
    }

    fn has_ended(&self) -> bool {
        ["completed", "aborted", "canceled", "interrupted"].contains(&self.state.as_str())
    }
}

impl fmt::Display for Told {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.state)?;
        match (&self.evidence, &self.code) {
            (Some(evidence), _) => write!(f, " ({evidence})"),
            (None, Some(code)) => write!(f, " ({code})"),
            (None, None) => Ok(()),
        }
    }
}
