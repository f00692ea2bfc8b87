//! The task around the machine: sockets, clock and questions go in, effects
//! come out. It owns the connections' tasks, and ends when it is stopped.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpStream;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until};

use crate::connection::{Connection, Order};
use crate::job::PrintedJob;
use crate::machine::{ConnectionId, Effect, Input, Machine};
use crate::options::Options;
use crate::port::Port;
use crate::record::Record;
use crate::status::Status;

/// After this long a port that could not be listened on is tried again.
const LISTEN_AGAIN: Duration = Duration::from_millis(50);

/// What the printer hears of.
#[derive(Debug)]
pub(crate) enum Message {
    /// From a connection.
    Event(ConnectionId, Event),
    /// From whoever controls it; answered when its effects have begun.
    Do(Input, oneshot::Sender<()>),
    /// What was printed, from this job number on.
    Printed(u64, oneshot::Sender<Vec<Arc<PrintedJob>>>),
    /// The jobs that have ended after so many others.
    Ended(u64, oneshot::Sender<Vec<Arc<PrintedJob>>>),
    /// Forgets the jobs that have ended.
    Forget(oneshot::Sender<()>),
    /// Ends.
    Stop,
}

/// What happens on a connection.
#[derive(Debug)]
pub(crate) enum Event {
    Received(Vec<u8>),
    Finished,
    Lost,
}

/// A connection as the printer sees it.
#[derive(Debug)]
struct Line {
    orders: mpsc::UnboundedSender<Order>,
    /// Octets it may read at present.
    allowed_octets: usize,
}

/// The printer.
#[derive(Debug)]
pub(crate) struct Printer {
    machine: Machine,
    port: Port,
    connections_max: usize,
    connections: u64,
    lines: HashMap<ConnectionId, Line>,
    tasks: JoinSet<()>,
    inbox: mpsc::Receiver<Message>,
    /// For the connections.
    to_inbox: mpsc::Sender<Message>,
    started: Instant,
    status: watch::Sender<Status>,
    /// Those that have ended, and how many are forgotten.
    jobs: VecDeque<Arc<PrintedJob>>,
    jobs_forgotten: u64,
    kept_octets: usize,
    kept_octets_max: usize,
    record: Option<Record>,
}

impl Printer {
    pub(crate) fn new(
        options: Options,
        port: Port,
        record: Option<Record>,
        (to_inbox, inbox): (mpsc::Sender<Message>, mpsc::Receiver<Message>),
    ) -> (Self, watch::Receiver<Status>) {
        let (connections_max, kept_octets_max) = (options.connections_max, options.kept_octets_max);
        let machine = Machine::new(options);
        let (status, watched) = watch::channel(machine.status());
        let printer = Self {
            machine,
            port,
            connections_max: connections_max.max(1),
            connections: 0,
            lines: HashMap::new(),
            tasks: JoinSet::new(),
            inbox,
            to_inbox,
            started: Instant::now(),
            status,
            jobs: VecDeque::new(),
            jobs_forgotten: 0,
            kept_octets: 0,
            kept_octets_max,
            record,
        };
        (printer, watched)
    }

    /// Runs until it is told to stop.
    pub(crate) async fn run(mut self) {
        loop {
            let is_listening = self.port.turn(self.machine.listening()).is_ok();
            let retry = (!is_listening).then(|| Instant::now() + LISTEN_AGAIN);
            let wake = self.machine.next_wake().map(|wake| self.started + wake);
            let wake = wake.into_iter().chain(retry).min();
            let has_room = self.lines.len() < self.connections_max;
            tokio::select! {
                message = self.inbox.recv() => match message {
                    Some(Message::Stop) | None => break,
                    Some(message) => self.hear(message).await,
                },
                accepted = self.port.accept(), if has_room => {
                    // A client that left the backlog again is no connection.
                    if let Ok(stream) = accepted {
                        self.take(stream).await;
                    }
                }
                () = sleep_until(wake.unwrap_or(self.started)), if wake.is_some() => {
                    self.step(Input::Tick).await;
                }
                Some(_) = self.tasks.join_next() => {}
            }
        }
        self.tasks.shutdown().await;
        if let Some(record) = self.record {
            record.close().await;
        }
    }

    async fn take(&mut self, stream: TcpStream) {
        self.connections += 1;
        let id = ConnectionId(self.connections);
        // Single octets of status are to leave at once.
        let _ = stream.set_nodelay(true);
        let (orders, to_follow) = mpsc::unbounded_channel();
        let connection = Connection::new(id, stream, self.to_inbox.clone());
        self.tasks.spawn(connection.run(to_follow));
        let line = Line {
            orders,
            allowed_octets: 0,
        };
        self.lines.insert(id, line);
        self.step(Input::Connected(id)).await;
    }

    async fn hear(&mut self, message: Message) {
        match message {
            Message::Event(connection, event) => {
                let input = match event {
                    Event::Received(octets) => {
                        if let Some(line) = self.lines.get_mut(&connection) {
                            line.allowed_octets = 0;
                        }
                        Input::Received { connection, octets }
                    }
                    Event::Finished => Input::Finished(connection),
                    Event::Lost => {
                        self.lines.remove(&connection);
                        Input::Lost(connection)
                    }
                };
                self.step(input).await;
            }
            Message::Do(input, done) => {
                self.step(input).await;
                let _ = done.send(());
            }
            Message::Printed(from, answer) => {
                let ended = self.jobs.iter().cloned();
                let under_way = self.machine.jobs_under_way().into_iter().map(Arc::new);
                let jobs = ended.chain(under_way).filter(|job| job.number >= from);
                let _ = answer.send(jobs.collect());
            }
            Message::Ended(after, answer) => {
                let known = after.saturating_sub(self.jobs_forgotten);
                let known = usize::try_from(known).unwrap_or(usize::MAX);
                let _ = answer.send(self.jobs.iter().skip(known).cloned().collect());
            }
            Message::Forget(done) => {
                self.jobs_forgotten += self.jobs.len() as u64;
                self.jobs.clear();
                self.kept_octets = 0;
                let _ = done.send(());
            }
            // `run` has taken it.
            Message::Stop => {}
        }
    }

    async fn step(&mut self, input: Input) {
        for effect in self.machine.step(input, self.started.elapsed()) {
            self.perform(effect).await;
        }
        for (&id, line) in &mut self.lines {
            let wanted = self.machine.wanted(id);
            if wanted != line.allowed_octets {
                line.allowed_octets = wanted;
                // A task that has ended has said so, or is about to.
                let _ = line.orders.send(Order::Read(wanted));
            }
        }
        self.status.send_replace(self.machine.status());
    }

    async fn perform(&mut self, effect: Effect) {
        match effect {
            Effect::Send { connection, octets } => self.order(connection, Order::Send(octets)),
            Effect::Babble { connection, on } => self.order(connection, Order::Babble(on)),
            Effect::ShutWindow(connection) => self.order(connection, Order::ShutWindow),
            Effect::HalfClose(connection) => self.order(connection, Order::HalfClose),
            Effect::Close(connection) => {
                self.order(connection, Order::Close);
                self.lines.remove(&connection);
            }
            Effect::Reset(connection) => {
                self.order(connection, Order::Reset);
                self.lines.remove(&connection);
            }
            Effect::JobEnded(job) => self.keep(*job).await,
        }
    }

    fn order(&self, connection: ConnectionId, order: Order) {
        if let Some(line) = self.lines.get(&connection) {
            let _ = line.orders.send(order);
        }
    }

    async fn keep(&mut self, job: PrintedJob) {
        let job = Arc::new(job);
        if let Some(record) = &self.record {
            record.write(Arc::clone(&job)).await;
        }
        self.kept_octets += kept_octets(&job);
        self.jobs.push_back(job);
        while self.kept_octets > self.kept_octets_max
            && let Some(oldest) = self.jobs.pop_front()
        {
            self.kept_octets -= kept_octets(&oldest);
            self.jobs_forgotten += 1;
        }
    }
}

/// What a job costs to keep.
fn kept_octets(job: &PrintedJob) -> usize {
    job.octets.len() + size_of::<PrintedJob>()
}
