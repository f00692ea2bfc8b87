//! One connection's socket: reads as much as it is told to, sends what it is
//! told to, and ends as it is told to.
//!
//! The task is started by the printer's (`printer`), and ends with the
//! connection or when its orders end.

use std::collections::VecDeque;
use std::io;

use tokio::io::{AsyncWriteExt as _, Interest};
use tokio::net::TcpStream;
use tokio::sync::mpsc;

use crate::machine::ConnectionId;
use crate::printer::{Event, Message};

/// Replies the client has not taken; more are thrown away, as a printer does
/// whose send buffer is full.
const OUTBOX_OCTETS_MAX: usize = 64 * 1024;

/// What an endless talker says: looks like a real-time status.
const BABBLE: [u8; 512] = [0x16; 512];

/// What the socket is to do.
#[derive(Debug)]
pub(crate) enum Order {
    /// Read up to so many octets, once; replaces what was ordered before.
    Read(usize),
    /// Send.
    Send(Vec<u8>),
    /// Talk without end, or stop.
    Babble(bool),
    /// Take as little as possible from the network.
    ShutWindow,
    /// Close our half.
    HalfClose,
    /// Send what is to be sent, as far as the client takes it, and close.
    Close,
    /// Reset.
    Reset,
}

/// What an order leaves to be done.
#[derive(PartialEq, Eq)]
enum Next {
    GoOn,
    End,
}

/// A connection and what it has to do.
#[derive(Debug)]
pub(crate) struct Connection {
    id: ConnectionId,
    stream: TcpStream,
    inbox: mpsc::Sender<Message>,
    allowed_octets: usize,
    has_finished: bool,
    is_half_closed: bool,
    babbles: bool,
    outbox: VecDeque<u8>,
}

impl Connection {
    pub(crate) fn new(id: ConnectionId, stream: TcpStream, inbox: mpsc::Sender<Message>) -> Self {
        Self {
            id,
            stream,
            inbox,
            allowed_octets: 0,
            has_finished: false,
            is_half_closed: false,
            babbles: false,
            outbox: VecDeque::new(),
        }
    }

    /// Follows orders until the connection is over.
    pub(crate) async fn run(mut self, mut orders: mpsc::UnboundedReceiver<Order>) {
        loop {
            let may_read = self.allowed_octets > 0 && !self.has_finished;
            let may_write = !self.outbox.is_empty() || self.babbles;
            tokio::select! {
                biased;
                order = orders.recv() => match order {
                    Some(order) => if self.follow(order).await == Next::End {
                        return;
                    },
                    None => return,
                },
                Ok(()) = self.stream.readable(), if may_read => {
                    if let Err(error) = self.read().await {
                        return self.tell(error.kind()).await;
                    }
                }
                Ok(()) = self.stream.writable(), if may_write => {
                    if let Err(error) = self.write() {
                        return self.tell(error.kind()).await;
                    }
                    // A client that reads as fast as we talk would keep this
                    // thread to us, and the order to stop would never come.
                    tokio::task::yield_now().await;
                }
                Ok(ready) = self.stream.ready(Interest::ERROR), if !may_read => {
                    if ready.is_error() {
                        return self.tell(io::ErrorKind::ConnectionReset).await;
                    }
                }
            }
        }
    }

    async fn follow(&mut self, order: Order) -> Next {
        match order {
            Order::Read(octets) => self.allowed_octets = octets,
            Order::Send(octets) => {
                if self.outbox.len() + octets.len() <= OUTBOX_OCTETS_MAX && !self.is_half_closed {
                    self.outbox.extend(octets);
                }
            }
            Order::Babble(on) => self.babbles = on && !self.is_half_closed,
            Order::ShutWindow => {
                // The system takes the smallest size it knows.
                let socket = socket2::SockRef::from(&self.stream);
                let _ = socket.set_recv_buffer_size(1);
            }
            Order::HalfClose => {
                self.babbles = false;
                let _ = self.write();
                self.outbox.clear();
                self.is_half_closed = true;
                let _ = self.stream.shutdown().await;
            }
            Order::Close => {
                self.babbles = false;
                let _ = self.write();
                let _ = self.stream.shutdown().await;
                return Next::End;
            }
            Order::Reset => {
                let _ = self.stream.set_zero_linger();
                return Next::End;
            }
        }
        Next::GoOn
    }

    async fn read(&mut self) -> io::Result<()> {
        let mut octets = vec![0; self.allowed_octets];
        match self.stream.try_read(&mut octets) {
            Ok(0) => {
                self.has_finished = true;
                self.send(Event::Finished).await;
            }
            Ok(count) => {
                octets.truncate(count);
                self.allowed_octets = 0;
                self.send(Event::Received(octets)).await;
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Err(error) => return Err(error),
        }
        Ok(())
    }

    fn write(&mut self) -> io::Result<()> {
        if self.outbox.is_empty() && self.babbles {
            self.outbox.extend(BABBLE);
        }
        while !self.outbox.is_empty() {
            let (front, _) = self.outbox.as_slices();
            match self.stream.try_write(front) {
                Ok(count) => drop(self.outbox.drain(..count)),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(()),
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    async fn tell(&self, _: io::ErrorKind) {
        self.send(Event::Lost).await;
    }

    async fn send(&self, event: Event) {
        // Without a printer nobody needs to know.
        let _ = self.inbox.send(Message::Event(self.id, event)).await;
    }
}
