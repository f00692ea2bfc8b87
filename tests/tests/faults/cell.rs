//! One cell: a printer that works, one job that meets one fault at one moment,
//! and a later job that must come out.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use platen_emulator::{Control, Fault, Operation, PrintedJob, When};
use tokio::io::AsyncReadExt as _;
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::shop::{Place, Shop, Told};

/// Lines of a job. From the middle on they are more than the emulator's buffer
/// and its network interface hold.
const LINES: u32 = 600;
/// Where the middle is, in octets.
const MIDDLE: u64 = 6_000;
/// A fault goes on until its job has ended, or at least for this long: longer
/// than the agent waits for an answer of a printer that has answered before.
const LASTS: Duration = Duration::from_secs(3);
/// Longer than anything here takes, on a machine that has other things to do
/// as well: 60 s are waited for a printer's last word, 90 s by CUPS for the end
/// of a connection.
const DEADLINE: Duration = Duration::from_secs(180);

/// How a job gets to the printer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    /// `socket://`, to a printer that answers.
    Socket,
    /// `socket://` with `status = "none"`: nothing is asked.
    Unasked,
    /// A raw queue of CUPS, whose device is the printer's port.
    Cups,
}

impl Way {
    /// All of them.
    pub(crate) const ALL: [Self; 3] = [Self::Socket, Self::Unasked, Self::Cups];

    fn name(self) -> &'static str {
        match self {
            Self::Socket => "socket",
            Self::Unasked => "unasked",
            Self::Cups => "cups",
        }
    }

    /// What a job without fault ends with.
    fn evidence(self) -> &'static str {
        match self {
            Self::Socket => "device",
            Self::Unasked => "transport",
            Self::Cups => "spooler",
        }
    }
}

/// When the fault happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Moment {
    /// The job's connection is made, and nothing of it was read or printed.
    BeforeFirstOctet,
    /// Some of it was read, or printed.
    MidJob,
    /// All of it was.
    AfterLastOctet,
    /// Before there is a connection for the job.
    BetweenJobs,
}

impl Moment {
    /// All of them, in the order of a job's life.
    pub(crate) const ALL: [Self; 4] = [
        Self::BetweenJobs,
        Self::BeforeFirstOctet,
        Self::MidJob,
        Self::AfterLastOctet,
    ];

    fn name(self) -> &'static str {
        match self {
            Self::BeforeFirstOctet => "before",
            Self::MidJob => "middle",
            Self::AfterLastOctet => "after",
            Self::BetweenJobs => "between",
        }
    }

    fn when(self) -> When {
        match self {
            Self::BeforeFirstOctet => When::NextConnection,
            Self::MidJob => When::AfterOctets(MIDDLE),
            Self::AfterLastOctet => When::AfterLastOctet,
            Self::BetweenJobs => When::BetweenJobs,
        }
    }
}

/// Whether the job may be printed twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Repeat {
    /// It said nothing of it.
    No,
    /// `repeat: safe`.
    Safe,
}

/// One fault, at one moment, on one way.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cell {
    fault: Fault,
    moment: Moment,
    /// How its jobs get to the printer.
    pub(crate) way: Way,
    repeat: Repeat,
}

/// What became of the job.
#[derive(Debug, Clone)]
pub(crate) struct Ended {
    /// What the agent says.
    told: Told,
    paper: Paper,
}

/// What is on paper of one job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Paper {
    begins: usize,
    wholes: usize,
}

impl Cell {
    /// A cell.
    pub(crate) fn new(fault: Fault, moment: Moment, way: Way, repeat: Repeat) -> Self {
        Self {
            fault,
            moment,
            way,
            repeat,
        }
    }

    /// The printer's id, which is also its queue's name.
    pub(crate) fn printer(&self) -> String {
        let repeat = match self.repeat {
            Repeat::No => "",
            Repeat::Safe => "-safe",
        };
        let (way, moment) = (self.way.name(), self.moment.name());
        format!("{way}-{}-{moment}{repeat}", self.fault.name())
    }

    /// Prints a job, lets another meet the fault, heals it, and prints a third.
    pub(crate) async fn run(&self, shop: &Shop) -> Result<Ended> {
        self.meet(shop).await.with_context(|| self.to_string())
    }

    /// Waits for what must come. Waiting for a place is no part of it: how long
    /// that takes is the machine's affair.
    async fn in_time<T>(
        &self,
        shop: &Shop,
        what: &'static str,
        coming: impl Future<Output = Result<T>>,
    ) -> Result<T> {
        shop.waits_for(self, what);
        timeout(DEADLINE, coming)
            .await
            .with_context(|| format!("{what} did not come; {}", shop.show(self)))?
    }

    async fn meet(&self, shop: &Shop) -> Result<Ended> {
        let emulator = shop.emulator(self);
        self.prints_well(shop, "FIRST").await?;
        shop.waits_for(self, "a place");
        let place = shop.place().await?;
        let told = self
            .in_time(shop, "the end of the job", self.meet_fault(shop, place))
            .await?;
        let paper = Paper::of("MET", &emulator.printed().await?);
        self.prints_well(shop, "LATER").await?;
        // Nothing more came of it with the later job.
        ensure!(
            Paper::of("MET", &emulator.printed().await?) == paper,
            "it came later"
        );
        Ok(Ended { told, paper })
    }

    /// The job that meets the fault, until printer and agent rest. The place is
    /// another's once the fault has happened.
    async fn meet_fault(&self, shop: &Shop, place: Place<'_>) -> Result<Told> {
        let emulator = shop.emulator(self);
        emulator.arm(self.fault, self.moment.when()).await?;
        let is_momentary = matches!(self.fault, Fault::Reset | Fault::Close | Fault::HalfClose);
        if is_momentary && self.moment == Moment::BetweenJobs {
            self.meet_another_host(&emulator, shop).await?;
        }
        let job = shop.submit(self, &receipt("MET"), self.repeat).await?;
        shop.waits_for(self, "the fault");
        emulator.wait_for(|status| status.armed.is_empty()).await?;
        drop(place);
        shop.waits_for(self, "the job's end");
        let told = match timeout(LASTS, shop.ended(&job)).await {
            Ok(told) => {
                let told = told?;
                emulator.operate(Operation::Heal).await?;
                told
            }
            Err(_) => {
                emulator.operate(Operation::Heal).await?;
                shop.ended_with_a_person_at_the_queue(self, &job).await?
            }
        };
        shop.waits_for(self, "the printer to rest");
        rest(&emulator).await?;
        Ok(told)
    }

    /// A job on a printer without fault.
    async fn prints_well(&self, shop: &Shop, name: &'static str) -> Result<()> {
        let emulator = shop.emulator(self);
        shop.waits_for(self, "a place");
        let _place = shop.place().await?;
        let ending = async {
            shop.waits_for(self, "an answer to the submission");
            let job = shop.submit(self, &receipt(name), Repeat::No).await?;
            let told = shop.ended_with_a_person_at_the_queue(self, &job).await?;
            shop.waits_for(self, "the printer to rest");
            rest(&emulator).await?;
            Ok(told)
        };
        let told = self.in_time(shop, name, ending).await?;
        let paper = Paper::of(name, &emulator.printed().await?);
        let is_well = told.evidence.as_deref() == Some(self.way.evidence());
        ensure!(is_well && paper == Paper::ONCE, "{name}: {told}; {paper}");
        Ok(())
    }

    /// Between jobs a connection is another host's.
    async fn meet_another_host(&self, emulator: &Control, shop: &Shop) -> Result<()> {
        // However that ends; it may be over before it has begun.
        if let Ok(mut other) = TcpStream::connect(shop.address(self)).await {
            let _ = other.read(&mut [0]).await;
        }
        emulator.wait_for(|status| status.armed.is_empty()).await?;
        rest(emulator).await
    }

    /// What the table says: what happened or, where the moment at which the
    /// sender notices is chance, everything that may happen.
    pub(crate) fn outcome(&self, ended: &Ended) -> String {
        let now = ended.to_string();
        let known = self.known_outcomes();
        if known.contains(&now.as_str()) {
            known.join(", or ")
        } else {
            now
        }
    }

    /// The outcomes of a cell that has several.
    fn known_outcomes(&self) -> &'static [&'static str] {
        if self.fault == Fault::Stuck && self.way == Way::Cups && self.repeat == Repeat::Safe {
            // Whether CUPS had stopped the queue before the printer was mended.
            return &[
                "completed (spooler); whole",
                "completed (spooler); begun 2 times, 2 whole",
            ];
        }
        if self.way == Way::Cups && self.may_close_first() {
            // Whether CUPS had closed its half before: if not, the printer's
            // close says nothing of the octets behind it.
            return match self.repeat {
                Repeat::No => &[
                    "completed (spooler); whole",
                    "interrupted (device-lost); whole",
                ],
                Repeat::Safe => &[
                    "completed (spooler); whole",
                    "completed (spooler); begun 2 times, 2 whole",
                ],
            };
        }
        if !self.cuts_the_connection() {
            return &[];
        }
        match (self.way, self.moment, self.repeat) {
            // Whether the first octet had left when the connection broke.
            (Way::Unasked, Moment::BeforeFirstOctet, Repeat::No) => &[
                "interrupted (device-lost); no paper",
                "completed (transport); whole",
            ],
            // Whether CUPS had an octet left to write, and sent it all again.
            (Way::Cups, Moment::BeforeFirstOctet, Repeat::No) => &[
                "interrupted (device-lost); no paper",
                "completed (spooler); whole",
            ],
            (Way::Socket | Way::Unasked | Way::Cups, _, _) => &[],
        }
    }

    /// Whether the printer closes while CUPS is about to.
    fn may_close_first(&self) -> bool {
        match self.fault {
            Fault::HalfClose => {
                matches!(self.moment, Moment::BeforeFirstOctet | Moment::MidJob)
            }
            Fault::Close => self.moment == Moment::AfterLastOctet,
            _ => false,
        }
    }

    fn cuts_the_connection(&self) -> bool {
        matches!(self.fault, Fault::Reset | Fault::Close | Fault::PowerOff)
    }

    /// What must never be, whatever the table says.
    pub(crate) fn broken_promises(&self, ended: &Ended) -> Vec<String> {
        let Ended { told, paper } = ended;
        let mut broken = Vec::new();
        let mut breaks = |what: &str| broken.push(format!("{self}: {what}: {told}, {paper}"));
        if told.state == "completed" && paper.wholes == 0 {
            breaks("completed without paper");
        }
        if self.repeat == Repeat::No && paper.begins > 1 {
            breaks("printed twice");
        }
        if told.state == "completed" && told.evidence.is_none() {
            breaks("completed without evidence");
        }
        if ["aborted", "canceled"].contains(&told.state.as_str()) && paper.begins > 0 {
            breaks("called not printed, and is on paper");
        }
        broken
    }
}

impl fmt::Display for Cell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.printer())
    }
}

impl fmt::Display for Ended {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}; {}", self.told, self.paper)
    }
}

impl Paper {
    const ONCE: Self = Self {
        begins: 1,
        wholes: 1,
    };

    fn of(name: &str, printed: &[Arc<PrintedJob>]) -> Self {
        let count = |text: &[u8]| {
            let within = |job: &Arc<PrintedJob>| {
                job.octets
                    .windows(text.len())
                    .filter(|window| *window == text)
                    .count()
            };
            printed.iter().map(within).sum()
        };
        Self {
            begins: count(begin(name).as_bytes()),
            wholes: count(body(name).as_bytes()),
        }
    }
}

impl fmt::Display for Paper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.begins, self.wholes) {
            (0, _) => f.write_str("no paper"),
            (1, 0) => f.write_str("part of it"),
            (1, 1) => f.write_str("whole"),
            (begins, wholes) => write!(f, "begun {begins} times, {wholes} whole"),
        }
    }
}

/// Waits until nothing is under way.
async fn rest(emulator: &Control) -> Result<()> {
    emulator
        .wait_for(|status| status.connections_open == 0 && status.jobs_under_way == 0)
        .await?;
    Ok(())
}

fn begin(name: &str) -> String {
    format!("{name} BEGIN\n")
}

fn body(name: &str) -> String {
    let mut text = begin(name);
    for line in 0..LINES {
        text.push_str(&format!("{line:>3} x Flat white            3.80\n"));
    }
    text.push_str(&format!("{name} END\n"));
    text
}

/// The job in ESC/POS.
fn receipt(name: &str) -> Vec<u8> {
    [b"\x1b@", body(name).as_bytes(), b"\x1dV\x42\x00"].concat()
}
