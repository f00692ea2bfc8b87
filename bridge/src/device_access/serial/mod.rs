//! Serial ports that a page has opened, of those that its grant names.
//!
//! One task for each, joined by [`SerialPorts::end`]: it opens the port, writes
//! what is sent in order, and tells what arrives in frames. A port has one user
//! on this machine. A page that does not read makes the device wait; a device
//! that holds the line makes what is sent fail after a while, and what the
//! system still held of it is thrown away, so that it does not come later.

#[cfg(test)]
#[cfg(unix)]
mod tests;

use std::future::pending;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::future::{BoxFuture, FutureExt as _};
use tokio::sync::mpsc;
use tokio::time::{MissedTickBehavior, interval, timeout};

use super::orders::{Done, Name, Opened, Piece};
use super::{DeviceAnswer, DeviceError, DeviceEvent, on_a_thread};
use crate::authorize::Subject;
use crate::claims::{Claim, Claimant, Sharing};
use crate::grant::{DeviceIdentity, Grant};
use crate::scale::{ScaleSetup, ScaleState, ScaleStream};
use crate::serial::{
    Framed, Framer, Framing, LineSettings, PortInfo, PortName, SerialError, SerialLine, list,
    look_up,
};

/// How long a device may take nothing of what is sent.
const WAIT: Duration = Duration::from_secs(10);
/// Ports of one page: a till has a scale, a display, a terminal.
const PORTS_MAX: usize = 16;
/// Octets that are written between two looks at whether the device takes any.
const PIECE_OCTETS_MAX: usize = 256;
/// Octets that are read at one time.
const READ_OCTETS_MAX: usize = 4 * 1024;

/// What a page wants of a serial port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum SerialWork {
    /// To open it.
    Open {
        /// How it is set.
        settings: LineSettings,
        /// What becomes of what arrives.
        using: SerialUse,
    },
    /// To send.
    Send {
        /// What.
        octets: Vec<u8>,
        /// How the line is set from here on, unless as before.
        settings: Option<LineSettings>,
        /// How what arrives is cut from here on, unless as before. Means
        /// nothing to a scale.
        framing: Option<Framing>,
    },
    /// To close it.
    Close,
}

/// What becomes of what arrives on a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum SerialUse {
    /// It is told in frames.
    Frames(Framing),
    /// It is a scale's word; the scale is asked now and then.
    Scale(ScaleSetup),
}

/// The open ports of one page.
#[derive(Debug)]
pub(super) struct SerialPorts {
    claims: Claimant,
    open: Opened<PortName, Order>,
    events: mpsc::Sender<DeviceEvent>,
}

impl Name for PortName {
    fn open_already(&self) -> DeviceError {
        DeviceError::SerialOpen(self.clone())
    }

    fn not_open(&self) -> DeviceError {
        DeviceError::SerialNotOpen(self.clone())
    }

    fn busy(&self) -> DeviceError {
        DeviceError::SerialBusy(self.clone())
    }

    fn too_many(max: usize) -> DeviceError {
        DeviceError::TooManySerialPorts(max)
    }
}

#[derive(Debug)]
enum Order {
    Send {
        piece: Piece,
        settings: Option<LineSettings>,
        framing: Option<Framing>,
        done: Done,
    },
    Close(Done),
}

/// How a port's use ended.
enum End {
    /// The page closed it, and waits to hear so.
    Closed(Done),
    /// It is gone, or does not work any more.
    Lost(SerialError),
    /// The page is gone.
    Abandoned,
}

impl SerialPorts {
    pub(super) fn new(claims: Claimant, events: mpsc::Sender<DeviceEvent>) -> Self {
        Self {
            claims,
            open: Opened::new(PORTS_MAX),
            events,
        }
    }

    /// The ports of this machine that the grant names.
    pub(super) fn list(subject: Subject) -> BoxFuture<'static, Result<DeviceAnswer, DeviceError>> {
        async move {
            let ports = on_a_thread(move || {
                let mut ports = list();
                ports.retain(|port| subject.grant.allows_device(&port.identity()));
                Ok(ports)
            });
            Ok(DeviceAnswer::SerialPorts(ports.await?))
        }
        .boxed()
    }

    /// Whether the page has it open, or is about to.
    pub(super) fn is_open(&self, port: &PortName) -> bool {
        self.open.is_open(port)
    }

    /// Begins one piece of work; the future is its end.
    pub(super) fn start(
        &mut self,
        subject: Subject,
        port: PortName,
        work: SerialWork,
    ) -> BoxFuture<'static, Result<(), DeviceError>> {
        match work {
            SerialWork::Open { settings, using } => self.open(subject, port, settings, using),
            SerialWork::Send {
                octets,
                settings,
                framing,
            } => self.open.send(&port, octets, |piece, done| Order::Send {
                piece,
                settings,
                framing,
                done,
            }),
            SerialWork::Close => self.open.order(&port, Order::Close),
        }
    }

    /// Opens it. What is sent from now on waits for that.
    fn open(
        &mut self,
        subject: Subject,
        port: PortName,
        settings: LineSettings,
        using: SerialUse,
    ) -> BoxFuture<'static, Result<(), DeviceError>> {
        let (claims, events) = (self.claims.clone(), self.events.clone());
        self.open.open(port.clone(), |orders, opened| {
            let task = Task {
                port,
                orders,
                events,
                ear: Mutex::new(Ear::new(using)),
            };
            task.run(subject.grant, claims, settings, opened)
        })
    }

    /// Closes every port, and waits until it is.
    pub(super) async fn end(&self) {
        self.open.end().await;
    }
}

struct Task {
    port: PortName,
    orders: mpsc::Receiver<Order>,
    events: mpsc::Sender<DeviceEvent>,
    /// Of both halves: one hears, the other says how, and asks.
    ear: Mutex<Ear>,
}

/// What makes events of octets.
enum Ear {
    Frames(Framer),
    Scale(ScaleStream),
}

impl Ear {
    fn new(using: SerialUse) -> Self {
        match using {
            SerialUse::Frames(framing) => Self::Frames(Framer::new(framing)),
            SerialUse::Scale(setup) => Self::Scale(ScaleStream::new(setup)),
        }
    }

    fn hear(&mut self, port: &PortName, octets: &[u8]) -> Vec<DeviceEvent> {
        match self {
            Self::Frames(framer) => {
                let told = framer.take(octets).into_iter();
                told.map(|framed| match framed {
                    Framed::Frame(octets) => DeviceEvent::SerialReceived {
                        port: port.clone(),
                        octets,
                    },
                    Framed::TooLong => DeviceEvent::SerialFrameLost(port.clone()),
                })
                .collect()
            }
            Self::Scale(scale) => {
                let told = scale.hear(octets).into_iter();
                told.map(|state| changed(port, state)).collect()
            }
        }
    }
}

fn changed(port: &PortName, state: ScaleState) -> DeviceEvent {
    DeviceEvent::ScaleChanged {
        device: format!("serial:{port}"),
        state,
    }
}

fn lock(ear: &Mutex<Ear>) -> MutexGuard<'_, Ear> {
    ear.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Task {
    async fn run(self, grant: Arc<Grant>, claims: Claimant, settings: LineSettings, opened: Done) {
        let name = self.port.clone();
        let open = on_a_thread(move || open(&name, &grant, &claims, &settings));
        let (line, claim) = match open.await {
            Ok(open) => open,
            Err(error) => {
                // First, so that who hears of it finds the place free.
                drop(self.orders);
                let _ = opened.send(Err(error));
                return;
            }
        };
        let _ = opened.send(Ok(()));
        let Self {
            port,
            mut orders,
            events,
            ear,
        } = self;
        let end = tokio::select! {
            end = read(&line, &port, &ear, &events) => end,
            end = write(&line, &port, &ear, &mut orders) => end,
            end = ask(&line, &port, &ear, &events) => end,
        };
        if let End::Closed(_) = end {
            // What was sent is on its way; a held line is not waited for long.
            let _ = timeout(WAIT, line.drain()).await;
        }
        drop((line, claim));
        drop(orders);
        match end {
            End::Closed(done) => {
                let _ = done.send(Ok(()));
            }
            End::Lost(error) => {
                let problem = error.to_string();
                let _ = events.send(DeviceEvent::SerialLost { port, problem }).await;
            }
            End::Abandoned => {}
        }
    }
}

/// Opens the port if the grant names it and nobody has it. Blocks.
fn open(
    name: &PortName,
    grant: &Grant,
    claims: &Claimant,
    settings: &LineSettings,
) -> Result<(SerialLine, Claim), DeviceError> {
    let cannot = |source| DeviceError::SerialCannotOpen {
        port: name.clone(),
        source,
    };
    let found = look_up(name);
    let real = found.as_ref().map(PortInfo::identity).ok();
    let adapter = match &real {
        Some(DeviceIdentity::Serial { adapter, .. }) => adapter.clone(),
        _ => None,
    };
    // A link counts by its own name and by that of what it leads to.
    let named = DeviceIdentity::Serial {
        port: name.to_string(),
        adapter,
    };
    let is_allowed =
        grant.allows_device(&named) || real.is_some_and(|real| grant.allows_device(&real));
    if !is_allowed {
        return Err(DeviceError::NotNamed(named));
    }
    let port = found.map_err(|_| cannot(SerialError::NotThere))?;
    let claim = claims
        .claim(&port.identity().to_string(), Sharing::Alone)
        .map_err(|_| cannot(SerialError::InUse))?;
    let line = SerialLine::open(&port.name, settings).map_err(cannot)?;
    Ok((line, claim))
}

/// Tells what arrives.
async fn read(
    line: &SerialLine,
    port: &PortName,
    ear: &Mutex<Ear>,
    events: &mpsc::Sender<DeviceEvent>,
) -> End {
    let mut buffer = vec![0; READ_OCTETS_MAX];
    loop {
        let count = match line.read(&mut buffer).await {
            Ok(count) => count,
            Err(error) => return End::Lost(error),
        };
        let told = lock(ear).hear(port, &buffer[..count]);
        for event in told {
            if events.send(event).await.is_err() {
                return End::Abandoned;
            }
        }
    }
}

/// Writes what is sent.
async fn write(
    line: &SerialLine,
    port: &PortName,
    ear: &Mutex<Ear>,
    orders: &mut mpsc::Receiver<Order>,
) -> End {
    while let Some(order) = orders.recv().await {
        match order {
            Order::Send {
                piece,
                settings,
                framing,
                done,
            } => {
                let set = settings.map_or(Ok(()), |settings| line.configure(&settings));
                if let Some(framing) = framing
                    && let Ear::Frames(framer) = &mut *lock(ear)
                {
                    framer.change(framing);
                }
                let sent = match set {
                    Ok(()) => send(line, &piece.octets).await,
                    Err(error) => Err(error),
                };
                let sent = sent.map_err(|source| DeviceError::SerialCannotSend {
                    port: port.clone(),
                    source,
                });
                // Whether the line is gone is the other half's to hear.
                let _ = done.send(sent);
            }
            Order::Close(done) => return End::Closed(done),
        }
    }
    End::Abandoned
}

/// Asks a scale, again and again; anything else, never.
async fn ask(
    line: &SerialLine,
    port: &PortName,
    ear: &Mutex<Ear>,
    events: &mpsc::Sender<DeviceEvent>,
) -> End {
    let mut pause = interval(ScaleStream::PAUSE);
    pause.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        pause.tick().await;
        let asked = match &mut *lock(ear) {
            Ear::Frames(_) => None,
            Ear::Scale(scale) => Some(scale.ask()),
        };
        let Some((question, news)) = asked else {
            return pending().await;
        };
        if let Some(state) = news
            && events.send(changed(port, state)).await.is_err()
        {
            return End::Abandoned;
        }
        // One that takes nothing says nothing, which is told.
        match send(line, question).await {
            Ok(()) | Err(SerialError::Held) => {}
            Err(error) => return End::Lost(error),
        }
    }
}

/// Writes octets, as long as the device takes some of them now and then.
async fn send(line: &SerialLine, octets: &[u8]) -> Result<(), SerialError> {
    for part in octets.chunks(PIECE_OCTETS_MAX) {
        match timeout(WAIT, line.write_all(part)).await {
            Ok(written) => written?,
            Err(_) => {
                line.discard_output();
                return Err(SerialError::Held);
            }
        }
    }
    Ok(())
}
