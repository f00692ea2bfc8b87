//! Questions to one device over UDP.
//!
//! The socket is connected, so the system passes on only what comes from the
//! asked address and port; among that, only an answer with the number of the
//! last question counts. Everything else is passed over until the deadline.

use std::time::Duration;

use platen_discovery::snmp::{Question, Value, Version, answer, question};
use tokio::net::{UdpSocket, lookup_host};
use tokio::time::{Instant, timeout, timeout_at};

use super::Community;

/// A name and its value, for each name asked.
pub(super) type Bindings = Vec<(Vec<u32>, Value)>;

/// Nothing that counts was heard in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the device does not answer by SNMP")]
pub struct NoAnswer;

/// A question is asked once more: datagrams get lost.
const TRIES: usize = 2;
/// Larger answers than a local network carries in one piece are cut.
const ANSWER_OCTETS_MAX: usize = 2_048;
/// Who sends more than this in place of an answer is not listened to.
const DATAGRAMS_MAX: usize = 32;

/// A device that is asked.
#[derive(Debug)]
pub(super) struct Session {
    socket: UdpSocket,
    community: Community,
    /// The one it answered in; `None` before its first answer.
    version: Option<Version>,
    wait: Duration,
}

impl Session {
    pub(super) async fn open(
        device: (&str, u16),
        community: Community,
        wait: Duration,
    ) -> Result<Self, NoAnswer> {
        let mut addresses = timeout(wait, lookup_host(device))
            .await
            .map_err(|_| NoAnswer)?
            .map_err(|_| NoAnswer)?;
        let address = addresses.next().ok_or(NoAnswer)?;
        let any = if address.is_ipv4() {
            "0.0.0.0:0"
        } else {
            "[::]:0"
        };
        let socket = UdpSocket::bind(any).await.map_err(|_| NoAnswer)?;
        socket.connect(address).await.map_err(|_| NoAnswer)?;
        Ok(Self {
            socket,
            community,
            version: None,
            wait,
        })
    }

    /// Asks about these names; an answer that refuses has no bindings.
    pub(super) async fn ask(
        &mut self,
        kind: Question,
        names: &[Vec<u32>],
    ) -> Result<Bindings, NoAnswer> {
        let versions = match self.version {
            Some(version) => [version; TRIES],
            None => [Version::Two, Version::One],
        };
        for version in versions {
            let id = fresh_id()?;
            let asked = question(version, &self.community.0, kind, id, names);
            // A closed port is reported by the next call, whichever that is.
            if self.socket.send(&asked).await.is_err() {
                continue;
            }
            if let Some(bindings) = self.hear(version, id).await {
                self.version = Some(version);
                return Ok(bindings);
            }
        }
        Err(NoAnswer)
    }

    /// The answer to the question of this number.
    async fn hear(&self, version: Version, id: i32) -> Option<Bindings> {
        let deadline = Instant::now() + self.wait;
        let mut octets = [0; ANSWER_OCTETS_MAX];
        for _ in 0..DATAGRAMS_MAX {
            let received = timeout_at(deadline, self.socket.recv(&mut octets)).await;
            let length = received.ok()?.ok()?;
            match answer(&octets[..length], version, &self.community.0) {
                Some(answer) if answer.request_id == i64::from(id) => return Some(answer.bindings),
                Some(_) | None => {}
            }
        }
        None
    }
}

/// A number nobody else can guess.
fn fresh_id() -> Result<i32, NoAnswer> {
    let random = ring::rand::SystemRandom::new();
    let octets: [u8; 4] = ring::rand::generate(&random)
        .map_err(|_| NoAnswer)?
        .expose();
    Ok(i32::from_be_bytes(octets))
}
