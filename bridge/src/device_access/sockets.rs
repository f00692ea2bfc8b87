//! Connections that a page has opened, to hosts and ports that its grant names.
//!
//! One task for each, joined by [`Sockets::end`]: it connects, writes what is
//! sent in order, and tells what arrives. A page that does not read makes the
//! other side wait. Names are looked up once, and a name cannot be made to mean
//! this machine ([`tcp::connect_for_page`]).

use std::io;
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::BoxFuture;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::sync::mpsc;
use tokio::time::timeout;

use super::orders::{Done, Name, Opened, Piece};
use super::{DeviceError, DeviceEvent};
use crate::claims::{Claimant, Sharing};
use crate::grant::{Destination, DeviceIdentity};
use crate::tcp;

/// How long a host may take to answer, and to take what is sent.
const WAIT: Duration = Duration::from_secs(10);
/// Octets that are told at one time.
const PIECE_OCTETS_MAX: usize = 16 * 1024;

/// The open connections of one page.
#[derive(Debug)]
pub(super) struct Sockets {
    claims: Claimant,
    open: Opened<Destination, Order>,
    events: mpsc::Sender<DeviceEvent>,
}

impl Name for Destination {
    fn open_already(&self) -> DeviceError {
        DeviceError::SocketOpen(self.clone())
    }

    fn not_open(&self) -> DeviceError {
        DeviceError::SocketNotOpen(self.clone())
    }

    fn busy(&self) -> DeviceError {
        DeviceError::SocketBusy(self.clone())
    }

    fn too_many(max: usize) -> DeviceError {
        DeviceError::TooManySockets(max)
    }
}

#[derive(Debug)]
enum Order {
    Send(Piece, Done),
    Close(Done),
}

/// How a connection ended.
enum End {
    /// The page closed it, and waits to hear so.
    Closed(Done),
    /// It broke, or the other side closed it.
    Broken(String),
    /// The page is gone.
    Abandoned,
}

impl Sockets {
    pub(super) fn new(
        sockets_max: usize,
        claims: Claimant,
        events: mpsc::Sender<DeviceEvent>,
    ) -> Self {
        Self {
            claims,
            open: Opened::new(sockets_max),
            events,
        }
    }

    /// Whether a connection leads there, or is about to.
    pub(super) fn is_open(&self, to: &Destination) -> bool {
        self.open.is_open(to)
    }

    /// Connects. What is sent from now on waits for the connection.
    pub(super) fn open(
        &mut self,
        destination: Destination,
    ) -> BoxFuture<'static, Result<(), DeviceError>> {
        let (claims, events) = (self.claims.clone(), self.events.clone());
        self.open
            .open(destination.clone(), |orders, opened| async move {
                let device = DeviceIdentity::Socket(destination.clone()).to_string();
                // Shared: what is at the other end tells its connections apart.
                let _claim = claims.claim(&device, Sharing::Shared);
                let task = Task {
                    destination,
                    orders,
                    events,
                };
                task.run(opened).await;
            })
    }

    /// Sends octets after those that were sent before.
    pub(super) fn send(
        &mut self,
        destination: &Destination,
        octets: Vec<u8>,
    ) -> BoxFuture<'static, Result<(), DeviceError>> {
        self.open.send(destination, octets, Order::Send)
    }

    /// Closes after everything was sent.
    pub(super) fn close(
        &mut self,
        destination: &Destination,
    ) -> BoxFuture<'static, Result<(), DeviceError>> {
        self.open.order(destination, Order::Close)
    }

    /// Ends every connection, and waits until it has.
    pub(super) async fn end(&self) {
        self.open.end().await;
    }
}

struct Task {
    destination: Destination,
    orders: mpsc::Receiver<Order>,
    events: mpsc::Sender<DeviceEvent>,
}

impl Task {
    async fn run(self, opened: Done) {
        let (host, port) = (self.destination.host(), self.destination.port());
        let connected = timeout(WAIT, tcp::connect_for_page(host, port)).await;
        let connected = connected.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()));
        let Self {
            destination,
            mut orders,
            events,
        } = self;
        let stream = match connected {
            Ok(stream) => stream,
            Err(source) => {
                // First, so that who hears of it finds the place free.
                drop(orders);
                let _ = opened.send(Err(DeviceError::SocketCannotOpen {
                    to: destination,
                    source,
                }));
                return;
            }
        };
        let _ = opened.send(Ok(()));
        let (reader, writer) = stream.into_split();
        let end = tokio::select! {
            end = read(reader, &destination, &events) => end,
            end = write(writer, &mut orders) => end,
        };
        drop(orders);
        match end {
            End::Closed(done) => {
                let _ = done.send(Ok(()));
            }
            End::Broken(problem) => {
                let event = DeviceEvent::SocketBroken {
                    to: destination,
                    problem,
                };
                let _ = events.send(event).await;
            }
            End::Abandoned => {}
        }
    }
}

/// Tells what arrives.
async fn read(
    mut reader: impl AsyncRead + Unpin,
    destination: &Destination,
    events: &mpsc::Sender<DeviceEvent>,
) -> End {
    let mut buffer = vec![0; PIECE_OCTETS_MAX];
    loop {
        let octets = match reader.read(&mut buffer).await {
            Ok(0) => return End::Broken("Connection closed by the other side".to_owned()),
            Ok(count) => Bytes::copy_from_slice(&buffer[..count]),
            Err(error) => return End::Broken(error.to_string()),
        };
        let event = DeviceEvent::SocketReceived {
            from: destination.clone(),
            octets,
        };
        if events.send(event).await.is_err() {
            return End::Abandoned;
        }
    }
}

/// Writes what is sent.
async fn write(mut writer: impl AsyncWrite + Unpin, orders: &mut mpsc::Receiver<Order>) -> End {
    while let Some(order) = orders.recv().await {
        match order {
            Order::Send(piece, done) => {
                let written = timeout(WAIT, writer.write_all(&piece.octets)).await;
                let written = written.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()));
                if let Err(error) = written {
                    let problem = error.to_string();
                    let _ = done.send(Err(DeviceError::SocketCannotSend(error)));
                    return End::Broken(problem);
                }
                let _ = done.send(Ok(()));
            }
            Order::Close(done) => {
                let _ = timeout(WAIT, writer.shutdown()).await;
                return End::Closed(done);
            }
        }
    }
    End::Abandoned
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::claims::{Claims, Holder};
    use crate::clock::Clock;
    use crate::device_access::orders::OCTETS_WAITING_MAX;
    use tokio::net::{TcpListener, TcpStream};

    /// A listener on loopback, as a destination.
    async fn listener() -> (TcpListener, Destination) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let destination = listener.local_addr().unwrap().to_string();
        (listener, destination.parse().unwrap())
    }

    fn sockets(max: usize) -> (Sockets, mpsc::Receiver<DeviceEvent>) {
        let (events, told) = mpsc::channel(4);
        let holder = Holder::Printer("test:".to_owned());
        let claimant = Claimant::new(Claims::new(Clock::system()), holder);
        (Sockets::new(max, claimant, events), told)
    }

    async fn octets(stream: &mut TcpStream, count: usize) -> Vec<u8> {
        let mut octets = vec![0; count];
        stream.read_exact(&mut octets).await.unwrap();
        octets
    }

    #[tokio::test]
    async fn what_is_sent_arrives_in_order_and_what_comes_back_is_told() {
        let (listener, to) = listener().await;
        let (mut sockets, mut told) = sockets(1);
        // Nothing waits for anything here: the order of the calls counts.
        let opened = sockets.open(to.clone());
        let sent = ["one ", "two ", "three"].map(|text| sockets.send(&to, text.into()));
        let closed = sockets.close(&to);
        let (mut device, _) = listener.accept().await.unwrap();
        opened.await.unwrap();
        assert_eq!(octets(&mut device, 13).await, b"one two three");
        for sent in sent {
            sent.await.unwrap();
        }
        closed.await.unwrap();
        assert_eq!(device.read(&mut [0]).await.unwrap(), 0);
        // The place is free again.
        sockets.open(to.clone()).await.unwrap();
        let (mut device, _) = listener.accept().await.unwrap();
        device.write_all(b"7.5 kg").await.unwrap();
        let event = told.recv().await.unwrap();
        assert!(
            matches!(&event, DeviceEvent::SocketReceived { octets, .. } if octets == "7.5 kg"),
            "{event:?}"
        );
        sockets.end().await;
        drop(sockets);
        assert_eq!(device.read(&mut [0]).await.unwrap(), 0);
        assert!(told.recv().await.is_none());
    }

    #[tokio::test]
    async fn a_connection_that_the_other_side_closes_is_told_and_its_place_is_free() {
        let (listener, to) = listener().await;
        let (mut sockets, mut told) = sockets(1);
        sockets.open(to.clone()).await.unwrap();
        drop(listener.accept().await.unwrap());
        let event = told.recv().await.unwrap();
        assert!(
            matches!(event, DeviceEvent::SocketBroken { .. }),
            "{event:?}"
        );
        let late = sockets.send(&to, b"x".to_vec()).await;
        assert!(matches!(late, Err(DeviceError::SocketNotOpen(_))));
        sockets.open(to).await.unwrap();
        sockets.end().await;
    }

    #[tokio::test]
    async fn what_is_open_or_not_open_or_too_much_is_refused() {
        let (_first, to) = listener().await;
        let (_second, other) = listener().await;
        let (mut sockets, _told) = sockets(1);
        let closed = sockets.close(&to).await;
        assert!(matches!(closed, Err(DeviceError::SocketNotOpen(_))));
        sockets.open(to.clone()).await.unwrap();
        let again = sockets.open(to.clone()).await;
        assert!(matches!(again, Err(DeviceError::SocketOpen(_))));
        let one_more = sockets.open(other).await;
        assert!(matches!(one_more, Err(DeviceError::TooManySockets(1))));
        // What waits has a bound, and whatever becomes of it is answered.
        let piece = || vec![0; OCTETS_WAITING_MAX / 2];
        let waiting = [sockets.send(&to, piece()), sockets.send(&to, piece())];
        let much = sockets.send(&to, vec![0; OCTETS_WAITING_MAX]).await;
        assert!(matches!(much, Err(DeviceError::SocketBusy(_))));
        sockets.end().await;
        for waiting in waiting {
            let _ = waiting.await;
        }
    }

    #[tokio::test]
    async fn a_port_that_nobody_listens_on_is_said() {
        let (listener, to) = listener().await;
        drop(listener);
        let (mut sockets, _told) = sockets(1);
        let refused = sockets.open(to.clone()).await;
        assert!(matches!(refused, Err(DeviceError::SocketCannotOpen { .. })));
        let (_other, free) = self::listener().await;
        sockets.open(free).await.unwrap();
        sockets.end().await;
    }
}
