//! A printer that was added and turned up at another address or port.
//!
//! It is followed only by an identity that survives a move, only where the
//! device itself spoke from there, and only while nothing answers where it was.
//! A job under way is not touched, and nothing moves while one is.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::time::Duration;

use platen_discovery::devices::Device;
use platen_discovery::identity::Identity;
use platen_discovery::sighting::Place;
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout};

use super::finder::Finder;
use crate::backend::DeviceUri;
use crate::backend::snmp::{self, SnmpSettings};
use crate::store::AddedPrinter;

/// Whether anybody is left where it was. Printers answer within milliseconds,
/// sleeping ones within a second.
const OLD_WAIT: Duration = Duration::from_secs(2);
/// How often that is tried: one lost packet is no move.
const OLD_TRIES: usize = 2;
/// A device that was looked at is looked at again after this long.
const AGAIN: Duration = Duration::from_secs(3);
/// Devices that are looked at, at one time.
const AT_ONCE: usize = 4;

/// Follows printers that were added.
#[derive(Debug)]
pub(super) struct Follower {
    finder: Finder,
    snmp: SnmpSettings,
    looked_at: BTreeMap<String, Instant>,
    looks: JoinSet<()>,
}

impl Follower {
    pub(super) fn new(finder: Finder, snmp: SnmpSettings) -> Self {
        Self {
            finder,
            snmp,
            looked_at: BTreeMap::new(),
            looks: JoinSet::new(),
        }
    }

    /// Whether a printer is one that may turn up at another network address.
    pub(super) fn may_move(added: &AddedPrinter) -> bool {
        let by_network = added.uri.starts_with("socket://");
        let identity = added
            .identity
            .as_deref()
            .and_then(|text| text.parse::<Identity>().ok());
        by_network && identity.is_some_and(|identity| identity.survives_a_move())
    }

    /// Whether only SNMP tells which device it is.
    pub(super) fn is_known_by_snmp(added: &AddedPrinter) -> bool {
        let identity = added.identity.as_deref();
        identity.is_some_and(|identity| identity.starts_with("mac:"))
    }

    /// These devices are there. What may be a printer's new place is looked at
    /// beside everything else.
    pub(super) fn look(&mut self, devices: &[Device]) {
        while self.looks.try_join_next().is_some() {}
        let now = Instant::now();
        self.looked_at.retain(|_, at| now - *at < AGAIN);
        for device in devices {
            let identity = device.identity.to_string();
            let ways = spoken(device);
            let is_due = !device.sure.is_empty()
                && !ways.is_empty()
                && !self.looked_at.contains_key(&identity)
                && self.looks.len() < AT_ONCE;
            if is_due {
                self.looked_at.insert(identity, now);
                let (finder, settings) = (self.finder.clone(), self.snmp.clone());
                let device = device.clone();
                self.looks
                    .spawn(async move { follow(&finder, &settings, &device, ways).await });
            }
        }
    }
}

/// The ways to addresses that spoke themselves, the best first.
fn spoken(device: &Device) -> Vec<DeviceUri> {
    let said_so = |host: &str| device.spoke.iter().any(|place| place.to_string() == host);
    let ways = device.ways.iter().filter_map(|way| way.parse().ok());
    ways.filter(|way| matches!(way, DeviceUri::Socket { host, .. } if said_so(host)))
        .collect()
}

async fn follow(finder: &Finder, settings: &SnmpSettings, device: &Device, ways: Vec<DeviceUri>) {
    let roster = &finder.shared.roster;
    let all = roster.list().await;
    let by = |added: &AddedPrinter| {
        let known_by = added.identity.as_ref()?;
        device
            .sure
            .iter()
            .find(|identity| identity.to_string() == *known_by)
    };
    let Some((added, identity)) = all.iter().find_map(|added| Some((added, by(added)?))) else {
        return;
    };
    let is_where_it_was = ways.iter().any(|way| way.to_string() == added.uri);
    let Some(old) = old_address(added).filter(|_| !is_where_it_was) else {
        return;
    };
    if answers(&old).await || !shows(device, identity, settings).await {
        return;
    }
    let Some(way) = ways.into_iter().next() else {
        return;
    };
    if let Err(error) = roster.move_to(&added.id, &way).await {
        tracing::info!(printer = %added.id, %way, %error, "a printer was seen at another address and is not followed yet");
    }
}

/// Where it was, if that is an address: a name is its owner's to point elsewhere.
fn old_address(added: &AddedPrinter) -> Option<(String, u16)> {
    let Ok(DeviceUri::Socket { host, port }) = added.uri.parse() else {
        return None;
    };
    let is_address = host.split('%').next()?.parse::<IpAddr>().is_ok();
    is_address.then_some((host, port))
}

async fn answers((host, port): &(String, u16)) -> bool {
    for _ in 0..OLD_TRIES {
        if let Ok(Ok(_)) = timeout(OLD_WAIT, TcpStream::connect((host.as_str(), *port))).await {
            return true;
        }
    }
    false
}

/// Whether the device shows its identity where it is now. A UUID it has just
/// announced from there; what SNMP told is asked once more.
async fn shows(device: &Device, identity: &Identity, settings: &SnmpSettings) -> bool {
    match identity {
        Identity::Uuid(_) => true,
        Identity::Mac(mac) => {
            for place in Place::ranked(&device.spoke) {
                if let Ok(about) = snmp::about(&place.to_string(), settings).await {
                    return about.mac == Some(*mac);
                }
            }
            false
        }
        // No network tells these.
        Identity::Usb(_) | Identity::DeviceId(_) | Identity::Place(_) => false,
    }
}
