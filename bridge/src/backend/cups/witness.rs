//! What the system's TCP saw of CUPS's connections to a device.
//!
//! CUPS's `socket` backend closes its half first and waits for the printer to
//! close the other. Afterwards the system keeps such a connection for a minute,
//! in TIME-WAIT (RFC 9293 §3.3.2); one that was reset it forgets at once. So on
//! the machine where CUPS runs it can be told whether the octets arrived, which
//! CUPS itself does not notice. On Linux anybody may look (proc_pid_net(5)).
//!
//! There are printers that end every connection with a reset, and print
//! services that run where nobody sees their connections. So a connection that
//! is missing says something only where one has been seen to end in order.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::backend::DeviceUri;

/// How the connections of one job ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ending {
    /// One was closed by both sides, with all octets acknowledged.
    Orderly,
    /// There is none that was, or is any more.
    Gone,
    /// It is not over, or nothing can be seen.
    Unknown,
}

/// A TCP state, as the system counts them (`include/net/tcp_states.h`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Both sides have closed, ours first.
    TimeWait,
    /// All our octets and our close are acknowledged; the device's is missing.
    HalfClosed,
    /// Anything before that.
    Open,
}

impl State {
    fn of(number: u8) -> Self {
        match number {
            0x06 => Self::TimeWait,
            0x05 | 0x0b => Self::HalfClosed,
            _ => Self::Open,
        }
    }
}

/// Our ports of the connections to a device, and how they are.
type Connections = BTreeMap<u16, State>;

/// Tells the connections of one job from those before it.
#[derive(Debug)]
pub(super) struct Witness {
    addresses: Vec<IpAddr>,
    port: u16,
    /// Our ports of those before.
    before: BTreeSet<u16>,
}

impl Witness {
    /// Begins before the job is handed over; `None` where nothing can be seen.
    pub(super) async fn begin(device: &DeviceUri) -> Option<Self> {
        let DeviceUri::Socket { host, port } = device else {
            return None;
        };
        let found = tokio::net::lookup_host((host.as_str(), *port)).await.ok()?;
        let mut witness = Self {
            addresses: found.map(|found| found.ip().to_canonical()).collect(),
            port: *port,
            before: BTreeSet::new(),
        };
        witness.before = witness.connections()?.into_keys().collect();
        Some(witness)
    }

    /// How it ended, once the print service says that the job is done.
    pub(super) fn ending(&self) -> Ending {
        let Some(mut connections) = self.connections() else {
            return Ending::Unknown;
        };
        connections.retain(|port, _| !self.before.contains(port));
        if connections.values().any(|state| *state != State::Open) {
            Ending::Orderly
        } else if connections.is_empty() {
            Ending::Gone
        } else {
            Ending::Unknown
        }
    }

    /// `None` where nothing is known to tell, as on other systems than Linux.
    fn connections(&self) -> Option<Connections> {
        if !cfg!(target_os = "linux") {
            return None;
        }
        let mut found = Connections::new();
        for table in ["/proc/net/tcp", "/proc/net/tcp6"] {
            // Without IPv6 there is no second one.
            if let Ok(text) = std::fs::read_to_string(table) {
                found.extend(self.of_table(&text));
            } else if table == "/proc/net/tcp" {
                return None;
            }
        }
        Some(found)
    }

    fn of_table(&self, text: &str) -> Connections {
        let rows = text.lines().skip(1).filter_map(row);
        rows.filter(|row| row.port == self.port && self.addresses.contains(&row.address))
            .map(|row| (row.our_port, row.state))
            .collect()
    }
}

/// A row of `/proc/net/tcp`.
#[derive(Debug, PartialEq, Eq)]
struct Row {
    our_port: u16,
    address: IpAddr,
    port: u16,
    state: State,
}

fn row(line: &str) -> Option<Row> {
    let mut fields = line.split_ascii_whitespace().skip(1);
    let (_, our_port) = fields.next()?.split_once(':')?;
    let (address, port) = fields.next()?.split_once(':')?;
    let state = fields.next()?;
    Some(Row {
        our_port: u16::from_str_radix(our_port, 16).ok()?,
        address: address_of(address)?,
        port: u16::from_str_radix(port, 16).ok()?,
        state: State::of(u8::from_str_radix(state, 16).ok()?),
    })
}

/// An address as the system prints it: words of the machine's own octet order.
fn address_of(text: &str) -> Option<IpAddr> {
    let word = |at: usize| {
        let word = text.get(at * 8..at * 8 + 8)?;
        Some(u32::from_str_radix(word, 16).ok()?.to_ne_bytes())
    };
    match text.len() {
        8 => Some(IpAddr::V4(Ipv4Addr::from(word(0)?))),
        32 => {
            let words = [word(0)?, word(1)?, word(2)?, word(3)?];
            let octets: [u8; 16] = words.concat().try_into().ok()?;
            Some(IpAddr::V6(Ipv6Addr::from(octets)).to_canonical())
        }
        _ => None,
    }
}

#[cfg(test)]
#[cfg(target_os = "linux")]
mod tests {
    use std::io::{Read as _, Write as _};
    use std::net::{SocketAddr, TcpListener, TcpStream};

    use super::*;

    async fn witness(device: SocketAddr) -> Witness {
        let uri = format!("socket://{device}").parse().unwrap();
        Witness::begin(&uri).await.unwrap()
    }

    fn connect(listener: &TcpListener) -> (TcpStream, TcpStream) {
        let client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        (client, listener.accept().unwrap().0)
    }

    #[tokio::test]
    async fn a_connection_that_both_sides_closed_ended_in_order() {
        for address in ["127.0.0.1:0", "[::1]:0"] {
            let Ok(listener) = TcpListener::bind(address) else {
                continue; // no IPv6 here
            };
            let witness = witness(listener.local_addr().unwrap()).await;
            assert_eq!(witness.ending(), Ending::Gone);
            let (mut client, mut device) = connect(&listener);
            client.write_all(b"Hello").unwrap();
            assert_eq!(witness.ending(), Ending::Unknown);
            client.shutdown(std::net::Shutdown::Write).unwrap();
            device.read_to_end(&mut Vec::new()).unwrap();
            drop(device);
            client.read_to_end(&mut Vec::new()).unwrap();
            drop(client);
            assert_eq!(witness.ending(), Ending::Orderly);
        }
    }

    #[tokio::test]
    async fn a_connection_that_was_reset_is_gone_whatever_ended_well_before() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let device_address = listener.local_addr().unwrap();
        for _ in 0..2 {
            let witness = witness(device_address).await;
            let (client, device) = connect(&listener);
            socket2::SockRef::from(&device)
                .set_linger(Some(std::time::Duration::ZERO))
                .unwrap();
            drop(device);
            (&client).read_to_end(&mut Vec::new()).unwrap_err();
            drop(client);
            assert_eq!(witness.ending(), Ending::Gone);
            // One that ends well, for the next round.
            let (client, device) = connect(&listener);
            drop(client);
            (&device).read_to_end(&mut Vec::new()).unwrap();
        }
    }

    #[test]
    fn an_ipv4_address_in_an_ipv6_row_is_the_same_address() {
        let line = "0: 0000000000000000FFFF00000100007F:C350 \
                    0000000000000000FFFF00000100007F:238C 06 00000000:00000000";
        let expected = Row {
            our_port: 50_000,
            address: "127.0.0.1".parse().unwrap(),
            port: 9_100,
            state: State::TimeWait,
        };
        if cfg!(target_endian = "little") {
            assert_eq!(row(line), Some(expected));
        }
        assert_eq!(row("  sl  local_address rem_address   st"), None);
    }
}
