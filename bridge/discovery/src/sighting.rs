//! One thing that one source said of one device.

use std::collections::BTreeSet;
use std::fmt;
use std::net::{IpAddr, Ipv6Addr};

use crate::identity::{Identity, Mac, SerialNumber, UsbSerial, Uuid, is_serial_number};

/// Who told of a device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Source {
    /// It announces itself on the network (DNS-SD over multicast DNS).
    Mdns,
    /// It answered by SNMP.
    Snmp,
    /// It is plugged in.
    Usb,
    /// A serial port, behind which may be a printer.
    Serial,
    /// The system's print service has a queue for it.
    PrintService,
}

impl Source {
    /// The word for it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Mdns => "mdns",
            Self::Snmp => "snmp",
            Self::Usb => "usb",
            Self::Serial => "serial",
            Self::PrintService => "print-service",
        }
    }
}

/// A network address that a printer can have.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Place {
    /// The address.
    pub ip: IpAddr,
    /// The interface behind which it holds, for link-local IPv6 addresses.
    pub zone: Option<String>,
}

impl Place {
    /// The address, if another machine can have it: not loopback, nobody's or
    /// everybody's. `interface` is where it was heard of.
    #[must_use]
    pub fn of(ip: IpAddr, interface: &str) -> Option<Self> {
        let ip = ip.to_canonical();
        let (possible, is_scoped) = match ip {
            IpAddr::V4(ip4) => (
                !ip4.is_loopback()
                    && !ip4.is_multicast()
                    && !ip4.is_broadcast()
                    && ip4.octets()[0] != 0,
                false,
            ),
            IpAddr::V6(ip6) => (
                !ip6.is_loopback()
                    && !ip6.is_multicast()
                    && !ip6.is_unspecified()
                    && !embeds_ip4(ip6),
                ip6.is_unicast_link_local(),
            ),
        };
        possible.then(|| Self {
            ip,
            zone: is_scoped.then(|| interface.to_owned()),
        })
    }

    /// As a host name in a URI has it.
    #[must_use]
    pub fn uri(&self, port: u16) -> String {
        match (&self.ip, &self.zone) {
            (IpAddr::V4(ip), _) => format!("socket://{ip}:{port}"),
            (IpAddr::V6(ip), None) => format!("socket://[{ip}]:{port}"),
            (IpAddr::V6(ip), Some(zone)) => format!("socket://[{ip}%25{zone}]:{port}"),
        }
    }

    /// Which of a printer's addresses is the best to print to: IPv4, then IPv6
    /// that holds everywhere, then link-local.
    fn rank(&self) -> u8 {
        match self.ip {
            IpAddr::V4(_) => 0,
            IpAddr::V6(_) if self.zone.is_none() => 1,
            IpAddr::V6(_) => 2,
        }
    }

    /// The best first.
    #[must_use]
    pub fn ranked<'a>(places: impl IntoIterator<Item = &'a Self>) -> Vec<&'a Self> {
        let mut ranked: Vec<_> = places.into_iter().collect();
        ranked.sort_by_key(|place| (place.rank(), *place));
        ranked
    }
}

/// Addresses of old transition schemes reach IPv4 hosts, this one among them.
fn embeds_ip4(ip6: Ipv6Addr) -> bool {
    let segments = ip6.segments();
    // ::/96, 64:ff9b::/96, 2002::/16, 2001::/32.
    segments[..6] == [0; 6]
        || segments[..6] == [0x64, 0xff9b, 0, 0, 0, 0]
        || segments[0] == 0x2002
        || segments[..2] == [0x2001, 0]
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.zone {
            None => self.ip.fmt(f),
            Some(zone) => write!(f, "{}%{zone}", self.ip),
        }
    }
}

/// What may tell a device from all others, as it says.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Marks {
    /// Of the USB device.
    pub usb: Option<UsbSerial>,
    /// Of its device id.
    pub serial: Option<SerialNumber>,
    /// As it announces.
    pub uuid: Option<Uuid>,
    /// Of its network card.
    pub mac: Option<Mac>,
}

impl Marks {
    /// The identities these make, the surest first.
    #[must_use]
    pub fn ladder(&self) -> Vec<Identity> {
        let usb = self.usb.clone().filter(|usb| is_serial_number(&usb.serial));
        let serial = self
            .serial
            .clone()
            .filter(|number| is_serial_number(&number.serial));
        [
            usb.map(Identity::Usb),
            serial.map(Identity::DeviceId),
            self.uuid.map(Identity::Uuid),
            self.mac.map(Identity::Mac),
        ]
        .into_iter()
        .flatten()
        .collect()
    }

    /// Takes what the other knows and this one does not.
    pub fn add(&mut self, other: &Self) {
        self.usb = self.usb.take().or_else(|| other.usb.clone());
        self.serial = self.serial.take().or_else(|| other.serial.clone());
        self.uuid = self.uuid.or(other.uuid);
        self.mac = self.mac.or(other.mac);
    }
}

/// What one source said.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Sighting {
    /// Who said it.
    pub source: Source,
    /// What makes it the same sighting when it is said again.
    pub key: String,
    /// Its name; of a printer that announces itself, the one its owner gave.
    pub name: Option<String>,
    /// Its name on the network.
    pub host: Option<String>,
    /// Where it says it is.
    pub places: BTreeSet<Place>,
    /// Those of them that said so themselves.
    pub spoke: BTreeSet<Place>,
    /// Where octets can be sent that it prints, as device URIs, the best first.
    pub ways: Vec<String>,
    /// What tells it from others.
    pub marks: Marks,
    /// Who made it.
    pub manufacturer: Option<String>,
    /// What it is.
    pub model: Option<String>,
    /// Where it stands.
    pub location: Option<String>,
}

impl Sighting {
    /// Nothing but who said it of what.
    #[must_use]
    pub fn new(source: Source, key: String) -> Self {
        Self {
            source,
            key,
            name: None,
            host: None,
            places: BTreeSet::new(),
            spoke: BTreeSet::new(),
            ways: Vec::new(),
            marks: Marks::default(),
            manufacturer: None,
            model: None,
            location: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_addresses_another_machine_can_have_are_places() {
        for (ip, expected) in [
            ("192.0.2.7", Some("192.0.2.7")),
            ("169.254.3.4", Some("169.254.3.4")),
            ("fe80::7", Some("fe80::7%eth0")),
            ("2001:db8::7", Some("2001:db8::7")),
            ("127.0.0.1", None),
            ("127.8.8.8", None),
            ("0.0.0.0", None),
            ("0.1.2.3", None),
            ("224.0.0.251", None),
            ("255.255.255.255", None),
            ("::", None),
            ("::1", None),
            ("::ffff:127.0.0.1", None),
            ("::127.0.0.1", None),
            ("64:ff9b::7f00:1", None),
            ("2002:7f00:1::", None),
            ("ff02::fb", None),
        ] {
            let place = Place::of(ip.parse().unwrap(), "eth0").map(|place| place.to_string());
            assert_eq!(place.as_deref(), expected, "{ip}");
        }
    }

    #[test]
    fn the_best_way_comes_first_and_scopes_are_kept() {
        let places = ["fe80::7", "2001:db8::7", "192.0.2.7"]
            .map(|ip| Place::of(ip.parse().unwrap(), "eth0").unwrap());
        let ways: Vec<_> = Place::ranked(&places)
            .iter()
            .map(|place| place.uri(9100))
            .collect();
        assert_eq!(
            ways,
            [
                "socket://192.0.2.7:9100",
                "socket://[2001:db8::7]:9100",
                "socket://[fe80::7%25eth0]:9100"
            ]
        );
    }

    #[test]
    fn the_ladder_begins_with_what_survives_most() {
        let marks = Marks {
            usb: Some(UsbSerial {
                vendor: 0x04b8,
                product: 0x0e15,
                serial: "J7AF012345".to_owned(),
            }),
            serial: None,
            uuid: Uuid::read("12345678-9abc-def0-1234-56789abcdef0"),
            mac: "00:26:ab:11:22:33".parse().ok(),
        };
        let rungs: Vec<_> = marks.ladder().iter().map(ToString::to_string).collect();
        assert_eq!(
            rungs,
            [
                "usb:04b8:0e15:J7AF012345",
                "uuid:12345678-9abc-def0-1234-56789abcdef0",
                "mac:0026ab112233"
            ]
        );
    }
}
