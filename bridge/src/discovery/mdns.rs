//! Ears and mouth of multicast DNS (RFC 6762): one socket for each interface
//! and family, open only while somebody looks.
//!
//! Only what was sent on the link itself counts, from the port of multicast
//! DNS. What comes faster than any network of printers talks is dropped and
//! counted, and costs no more than that.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use platen_discovery::dns::MESSAGE_OCTETS_MAX;
use socket2::{Domain, Protocol, Socket, Type};
use tokio::net::UdpSocket;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::device_access::interfaces::{Link, links};

const PORT: u16 = 5_353;
const GROUP_4: Ipv4Addr = Ipv4Addr::new(224, 0, 0, 251);
const GROUP_6: Ipv6Addr = Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 0, 0xfb);
/// Interfaces that are listened on. Machines with more are no tills.
const SOCKETS_MAX: usize = 32;
/// Messages of one second and interface. An office announces a few.
const MESSAGES_PER_SECOND_MAX: u32 = 400;
/// Messages that wait to be read.
const WAITING_MAX: usize = 256;

/// A message that was heard.
#[derive(Debug)]
pub(super) struct Heard {
    pub(super) octets: Vec<u8>,
    pub(super) from: IpAddr,
    pub(super) interface: Arc<str>,
}

/// Listens and asks on every link, until dropped.
#[derive(Debug)]
pub(super) struct Ears {
    mouths: Vec<(Arc<UdpSocket>, SocketAddr)>,
    heard: mpsc::Receiver<Heard>,
    dropped: Arc<AtomicU64>,
    links: Vec<Link>,
    /// Aborted when dropped.
    _listening: JoinSet<()>,
}

impl Ears {
    /// On the links that there are now.
    ///
    /// # Errors
    /// When the system does not tell its interfaces. One that cannot be
    /// listened on is left out.
    pub(super) fn open() -> io::Result<Self> {
        let links = links()?;
        let (sender, heard) = mpsc::channel(WAITING_MAX);
        let dropped = Arc::new(AtomicU64::new(0));
        let mut listening = JoinSet::new();
        let mut mouths = Vec::new();
        let mut taken: Vec<(&str, bool)> = Vec::new();
        for link in &links {
            let family = (link.interface.as_str(), link.address.is_ipv4());
            // An IPv6 group is joined by the interface's number.
            let is_usable = link.address.is_ipv4() || link.scope != 0;
            if !is_usable || taken.contains(&family) || taken.len() == SOCKETS_MAX {
                continue;
            }
            let (socket, group) = match open(link) {
                Ok(opened) => opened,
                Err(error) => {
                    tracing::info!(interface = link.interface, %error, "printers are not looked for on an interface");
                    continue;
                }
            };
            taken.push(family);
            let socket = Arc::new(socket);
            mouths.push((Arc::clone(&socket), group));
            let ear = Ear {
                socket,
                interface: link.interface.as_str().into(),
                links: links
                    .iter()
                    .filter(|other| other.interface == link.interface)
                    .cloned()
                    .collect(),
                heard: sender.clone(),
                dropped: Arc::clone(&dropped),
            };
            listening.spawn(ear.listen());
        }
        Ok(Self {
            mouths,
            heard,
            dropped,
            links,
            _listening: listening,
        })
    }

    /// The links that are listened on.
    pub(super) fn links(&self) -> &[Link] {
        &self.links
    }

    /// Whether the links of this machine are still these.
    pub(super) fn are_current(&self) -> bool {
        links().is_ok_and(|links| links == self.links)
    }

    /// Messages that came too fast to be read.
    pub(super) fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }

    /// Asks everybody on every link.
    pub(super) async fn ask(&self, question: &[u8]) {
        for (socket, group) in &self.mouths {
            // A link that is down hears nothing; the next question finds it up.
            if let Err(error) = socket.send_to(question, group).await {
                tracing::debug!(%group, %error, "a question about printers was not sent");
            }
        }
    }

    /// What is heard next. Cancel safe.
    pub(super) async fn next(&mut self) -> Heard {
        match self.heard.recv().await {
            Some(heard) => heard,
            // Nothing to listen on.
            None => std::future::pending().await,
        }
    }
}

struct Ear {
    socket: Arc<UdpSocket>,
    interface: Arc<str>,
    links: Vec<Link>,
    heard: mpsc::Sender<Heard>,
    dropped: Arc<AtomicU64>,
}

impl Ear {
    async fn listen(self) {
        let mut octets = vec![0; MESSAGE_OCTETS_MAX + 1];
        let (mut second, mut count) = (Instant::now(), 0);
        loop {
            let Ok((length, from)) = self.socket.recv_from(&mut octets).await else {
                // The interface is gone; new ones are looked for.
                return;
            };
            if second.elapsed() >= Duration::from_secs(1) {
                (second, count) = (Instant::now(), 0);
            }
            count += 1;
            if count > MESSAGES_PER_SECOND_MAX {
                self.dropped.fetch_add(1, Ordering::Relaxed);
                // The system drops the rest of the second, which costs nothing.
                tokio::time::sleep_until(second + Duration::from_secs(1)).await;
                continue;
            }
            if length > MESSAGE_OCTETS_MAX || !self.is_of_the_link(from) {
                self.dropped.fetch_add(1, Ordering::Relaxed);
                continue;
            }
            let heard = Heard {
                octets: octets[..length].to_vec(),
                from: from.ip(),
                interface: Arc::clone(&self.interface),
            };
            match self.heard.try_send(heard) {
                Ok(()) => {}
                Err(mpsc::error::TrySendError::Full(_)) => {
                    self.dropped.fetch_add(1, Ordering::Relaxed);
                }
                Err(mpsc::error::TrySendError::Closed(_)) => return,
            }
        }
    }

    /// Sent by a neighbor, as multicast DNS (RFC 6762 §11): a router lets
    /// nobody else pretend that.
    fn is_of_the_link(&self, from: SocketAddr) -> bool {
        from.port() == PORT && self.links.iter().any(|link| link.has(from.ip()))
    }
}

fn open(link: &Link) -> io::Result<(UdpSocket, SocketAddr)> {
    let domain = Domain::for_address(SocketAddr::new(link.address, PORT));
    let socket = Socket::new(domain, Type::DGRAM, Some(Protocol::UDP))?;
    // The system's own responder listens there as well.
    socket.set_reuse_address(true)?;
    #[cfg(unix)]
    socket.set_reuse_port(true)?;
    socket.set_nonblocking(true)?;
    let group = match link.address {
        IpAddr::V4(own) => {
            socket.bind(&SocketAddr::from((Ipv4Addr::UNSPECIFIED, PORT)).into())?;
            socket.join_multicast_v4(&GROUP_4, &own)?;
            socket.set_multicast_if_v4(&own)?;
            socket.set_multicast_ttl_v4(255)?;
            // What other sockets of this machine joined is heard by theirs.
            #[cfg(target_os = "linux")]
            socket.set_multicast_all_v4(false)?;
            SocketAddr::from((GROUP_4, PORT))
        }
        IpAddr::V6(_) => {
            socket.set_only_v6(true)?;
            socket.bind(&SocketAddr::from((Ipv6Addr::UNSPECIFIED, PORT)).into())?;
            socket.join_multicast_v6(&GROUP_6, link.scope)?;
            socket.set_multicast_if_v6(link.scope)?;
            socket.set_multicast_hops_v6(255)?;
            #[cfg(target_os = "linux")]
            socket.set_multicast_all_v6(false)?;
            SocketAddr::from((GROUP_6, PORT))
        }
    };
    Ok((UdpSocket::from_std(socket.into())?, group))
}
