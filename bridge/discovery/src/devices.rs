//! Sightings put together to devices, each with one identity.
//!
//! One printer announces up to four services, answers by SNMP, and has a queue
//! of the print service: it is one device. Two devices that claim one serial
//! number or one UUID stay two, lose that rung of the ladder, and it is said.

use std::collections::{BTreeMap, BTreeSet};

use crate::identity::{Identity, Uuid};
use crate::sighting::{Marks, Place, Sighting, Source};

/// Several sightings of one thing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Device {
    /// Which it is.
    pub identity: Identity,
    /// Everything that tells it from all others, the surest first.
    pub sure: Vec<Identity>,
    /// Why a surer identity could not be used.
    pub doubt: Option<Doubt>,
    /// Who told of it.
    pub sources: BTreeSet<Source>,
    /// Its name.
    pub name: Option<String>,
    /// Its name on the network.
    pub host: Option<String>,
    /// Where it is on the network.
    pub places: BTreeSet<Place>,
    /// Those of them that said so themselves.
    pub spoke: BTreeSet<Place>,
    /// Where octets can be sent that it prints, the best first.
    pub ways: Vec<String>,
    /// What tells it from others.
    pub marks: Marks,
    /// Who made it.
    pub manufacturer: Option<String>,
    /// What it is, in every source's words, the best first.
    pub models: Vec<String>,
    /// Where it stands.
    pub location: Option<String>,
    /// What makes it the same device when it is put together again.
    pub key: String,
}

/// Why a device is known by less than it says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Doubt {
    /// Another device says the same.
    Shared(Identity),
    /// It says two things that cannot both be so.
    Contradicts(Identity),
}

/// Ways that are kept of one device.
const WAYS_MAX: usize = 8;
/// Words for the model that are kept.
const MODELS_MAX: usize = 6;

/// Puts sightings together. The order of what comes does not matter.
#[must_use]
pub fn put_together(sightings: &[Sighting]) -> Vec<Device> {
    let mut sightings: Vec<&Sighting> = sightings.iter().collect();
    // What knows most of a device goes first: its own connector, then its own
    // word, then what others say.
    sightings.sort_by_key(|sighting| (rank(sighting.source), *sighting));
    let groups = grouped(&sightings);
    let mut shares: BTreeMap<Identity, usize> = BTreeMap::new();
    let merged: Vec<(Device, Vec<Identity>)> = groups
        .iter()
        .map(|group| {
            let of_group: Vec<&Sighting> = group.iter().map(|index| sightings[*index]).collect();
            let device = merged(&of_group);
            let ladder = device.marks.ladder();
            for rung in &ladder {
                *shares.entry(rung.clone()).or_default() += 1;
            }
            (device, ladder)
        })
        .collect();
    let mut devices: Vec<Device> = merged
        .into_iter()
        .map(|(mut device, ladder)| {
            let contradicted = match &device.doubt {
                Some(Doubt::Contradicts(identity)) => Some(identity.clone()),
                Some(Doubt::Shared(_)) | None => None,
            };
            for rung in ladder {
                if contradicted.as_ref() == Some(&rung) {
                    continue;
                }
                if shares.get(&rung) == Some(&1) {
                    device.sure.push(rung);
                } else if device.sure.is_empty() {
                    device.doubt.get_or_insert(Doubt::Shared(rung));
                }
            }
            if let Some(surest) = device.sure.first() {
                device.identity = surest.clone();
            }
            device
        })
        .collect();
    devices.sort_by(|one, other| (&one.identity, &one.key).cmp(&(&other.identity, &other.key)));
    devices
}

fn rank(source: Source) -> u8 {
    match source {
        Source::Usb => 0,
        Source::Serial => 1,
        Source::Mdns => 2,
        Source::Snmp => 3,
        Source::PrintService => 4,
    }
}

/// What makes two announcements those of one device.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Bond<'a> {
    /// One UUID of one host.
    UuidAt(Uuid, &'a str),
    /// One name of one host.
    NameAt(&'a str, &'a str),
}

/// Indexes of sightings of one device each.
fn grouped(sightings: &[&Sighting]) -> Vec<Vec<usize>> {
    let mut groups = Groups::new(sightings.len());
    let mut bonds: BTreeMap<Bond<'_>, usize> = BTreeMap::new();
    for (index, sighting) in sightings.iter().enumerate() {
        let Some(host) = sighting
            .host
            .as_deref()
            .filter(|_| sighting.source == Source::Mdns)
        else {
            continue;
        };
        let uuid = sighting.marks.uuid.map(|uuid| Bond::UuidAt(uuid, host));
        let name = sighting
            .name
            .as_deref()
            .map(|name| Bond::NameAt(name, host));
        for bond in uuid.into_iter().chain(name) {
            let first = *bonds.entry(bond).or_insert(index);
            groups.join(first, index);
        }
    }
    // What was asked at an address belongs to whoever spoke from there; what
    // the print service says of a queue, to the one device it can mean.
    for (index, sighting) in sightings.iter().enumerate() {
        let means = |other: &Sighting| match sighting.source {
            Source::Snmp => !other.spoke.is_disjoint(&sighting.places),
            Source::PrintService => {
                let by_uuid =
                    sighting.marks.uuid.is_some() && sighting.marks.uuid == other.marks.uuid;
                let by_usb = sighting.marks.usb.is_some() && sighting.marks.usb == other.marks.usb;
                by_uuid || by_usb || !other.places.is_disjoint(&sighting.places)
            }
            Source::Mdns | Source::Usb | Source::Serial => false,
        };
        let meant: BTreeSet<usize> = (0..index)
            .filter(|other| rank(sightings[*other].source) < rank(sighting.source))
            .filter(|other| means(sightings[*other]))
            .map(|other| groups.root(other))
            .collect();
        if let (1, Some(one)) = (meant.len(), meant.first()) {
            groups.join(*one, index);
        }
    }
    groups.list()
}

/// Which belongs to which.
struct Groups(Vec<usize>);

impl Groups {
    fn new(count: usize) -> Self {
        Self((0..count).collect())
    }

    fn root(&self, mut index: usize) -> usize {
        while self.0[index] != index {
            index = self.0[index];
        }
        index
    }

    fn join(&mut self, one: usize, other: usize) {
        let (one, other) = (self.root(one), self.root(other));
        self.0[one.max(other)] = one.min(other);
    }

    fn list(&self) -> Vec<Vec<usize>> {
        let mut groups: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for index in 0..self.0.len() {
            groups.entry(self.root(index)).or_default().push(index);
        }
        groups.into_values().collect()
    }
}

/// One device of its sightings, the best first. Its identity is its place for
/// now.
fn merged(sightings: &[&Sighting]) -> Device {
    let first = |value: fn(&Sighting) -> &Option<String>| {
        sightings
            .iter()
            .find_map(|sighting| value(sighting).clone())
    };
    let all = |value: fn(&Sighting) -> &BTreeSet<Place>| -> BTreeSet<Place> {
        sightings
            .iter()
            .flat_map(|sighting| value(sighting).clone())
            .collect()
    };
    let mut ways: Vec<String> = Vec::new();
    let mut models: Vec<String> = Vec::new();
    let mut marks = Marks::default();
    let mut doubt = None;
    for sighting in sightings {
        for way in &sighting.ways {
            if ways.len() < WAYS_MAX && !ways.contains(way) {
                ways.push(way.clone());
            }
        }
        if let Some(model) = &sighting.model
            && models.len() < MODELS_MAX
            && !models.contains(model)
        {
            models.push(model.clone());
        }
        if let (Some(known), Some(said)) = (marks.uuid, sighting.marks.uuid)
            && known != said
        {
            doubt = Some(Doubt::Contradicts(Identity::Uuid(known)));
        }
        marks.add(&sighting.marks);
    }
    let key = sightings
        .iter()
        .map(|sighting| sighting.key.clone())
        .min()
        .unwrap_or_default();
    Device {
        identity: Identity::Place(ways.first().unwrap_or(&key).clone()),
        sure: Vec::new(),
        doubt,
        sources: sightings.iter().map(|sighting| sighting.source).collect(),
        name: first(|sighting| &sighting.name),
        host: first(|sighting| &sighting.host),
        places: all(|sighting| &sighting.places),
        spoke: all(|sighting| &sighting.spoke),
        ways,
        marks,
        manufacturer: first(|sighting| &sighting.manufacturer),
        models,
        location: first(|sighting| &sighting.location),
        key,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::identity::{Mac, UsbSerial};

    const UUID: &str = "12345678-9abc-def0-1234-56789abcdef0";

    fn place(ip: &str) -> BTreeSet<Place> {
        Place::of(ip.parse().unwrap(), "eth0").into_iter().collect()
    }

    fn announced(service: &str, name: &str, host: &str, ip: &str, uuid: Option<&str>) -> Sighting {
        let mut sighting = Sighting::new(Source::Mdns, format!("{name}.{service}.{host}"));
        sighting.name = Some(name.to_owned());
        sighting.host = Some(host.to_owned());
        sighting.places = place(ip);
        sighting.spoke = place(ip);
        sighting.marks.uuid = uuid.and_then(Uuid::read);
        if service == "raw" {
            sighting.ways = vec![format!("socket://{ip}:9100")];
        }
        sighting
    }

    fn answered(ip: &str, mac: &str) -> Sighting {
        let mut sighting = Sighting::new(Source::Snmp, format!("snmp {ip}"));
        sighting.places = place(ip);
        sighting.spoke = place(ip);
        sighting.marks.mac = mac.parse().ok();
        sighting.model = Some("ZTC ZT411".to_owned());
        sighting
    }

    fn identities(devices: &[Device]) -> Vec<String> {
        devices
            .iter()
            .map(|device| device.identity.to_string())
            .collect()
    }

    #[test]
    fn four_services_snmp_and_a_queue_are_one_device() {
        let mut queue = Sighting::new(Source::PrintService, "Dock".to_owned());
        queue.places = place("192.0.2.7");
        queue.ways = vec!["cups:Dock".to_owned()];
        let sightings = [
            queue,
            answered("192.0.2.7", "00:07:4d:11:22:33"),
            announced("ipp", "Zebra Dock", "dock", "192.0.2.7", Some(UUID)),
            announced("ipps", "Zebra Dock", "dock", "192.0.2.7", Some(UUID)),
            // These two do not say which they are.
            announced("raw", "Zebra Dock", "dock", "192.0.2.7", None),
            announced("lpd", "Zebra Dock", "dock", "192.0.2.7", None),
        ];
        let devices = put_together(&sightings);
        assert_eq!(identities(&devices), [format!("uuid:{UUID}")]);
        assert_eq!(devices[0].ways, ["socket://192.0.2.7:9100", "cups:Dock"]);
        assert_eq!(
            devices[0].marks.mac,
            Mac::from_octets(&[0, 7, 0x4d, 0x11, 0x22, 0x33])
        );
        assert_eq!(devices[0].sources.len(), 3);
        assert_eq!(devices[0].models, ["ZTC ZT411"]);
    }

    #[test]
    fn two_devices_with_one_uuid_stay_two_and_it_is_said() {
        let devices = put_together(&[
            announced("raw", "Bar", "bar", "192.0.2.7", Some(UUID)),
            announced("raw", "Kitchen", "kitchen", "192.0.2.8", Some(UUID)),
        ]);
        assert_eq!(
            identities(&devices),
            [
                "place:socket://192.0.2.7:9100",
                "place:socket://192.0.2.8:9100"
            ]
        );
        for device in &devices {
            assert!(matches!(
                &device.doubt,
                Some(Doubt::Shared(Identity::Uuid(_)))
            ));
        }
    }

    #[test]
    fn two_devices_with_one_uuid_are_told_apart_by_their_next_rung() {
        let devices = put_together(&[
            announced("raw", "Bar", "bar", "192.0.2.7", Some(UUID)),
            announced("raw", "Kitchen", "kitchen", "192.0.2.8", Some(UUID)),
            answered("192.0.2.7", "00074d000001"),
            answered("192.0.2.8", "00074d000002"),
        ]);
        assert_eq!(
            identities(&devices),
            ["mac:00074d000001", "mac:00074d000002"]
        );
        assert!(devices[0].doubt.is_some());
    }

    #[test]
    fn two_usb_printers_with_one_serial_number_stay_two() {
        let plugged = |port: &str| {
            let mut sighting = Sighting::new(Source::Usb, port.to_owned());
            sighting.ways = vec![format!("usb://{port}")];
            sighting.marks.usb = Some(UsbSerial {
                vendor: 0x0416,
                product: 0x5011,
                serial: "A1B2C3".to_owned(),
            });
            sighting
        };
        let devices = put_together(&[plugged("1-1"), plugged("1-2")]);
        assert_eq!(identities(&devices), ["place:usb://1-1", "place:usb://1-2"]);
        assert!(devices.iter().all(|device| device.doubt.is_some()));
    }

    #[test]
    fn one_host_with_two_printers_is_two() {
        let other = "22345678-9abc-def0-1234-56789abcdef0";
        let devices = put_together(&[
            announced("ipp", "Office", "server", "192.0.2.7", Some(UUID)),
            announced("ipp", "Stock", "server", "192.0.2.7", Some(other)),
        ]);
        assert_eq!(devices.len(), 2);
        assert!(devices.iter().all(|device| device.doubt.is_none()));
    }

    #[test]
    fn t13_who_names_anothers_address_is_not_put_together_with_it() {
        let mut evil = announced("raw", "Evil", "evil", "192.0.2.7", None);
        evil.spoke.clear();
        let devices = put_together(&[
            announced("raw", "Till", "till", "192.0.2.7", None),
            evil,
            answered("192.0.2.7", "00074d000001"),
        ]);
        assert_eq!(devices.len(), 2);
        let till = devices
            .iter()
            .find(|device| device.name.as_deref() == Some("Till"));
        assert_eq!(till.unwrap().identity.to_string(), "mac:00074d000001");
        let evil = devices
            .iter()
            .find(|device| device.name.as_deref() == Some("Evil"));
        assert!(evil.unwrap().marks.mac.is_none());
    }

    #[test]
    fn a_device_that_says_two_uuids_is_known_by_none() {
        let other = "22345678-9abc-def0-1234-56789abcdef0";
        let devices = put_together(&[
            announced("ipp", "Bar", "bar", "192.0.2.7", Some(UUID)),
            announced("raw", "Bar", "bar", "192.0.2.7", Some(other)),
        ]);
        assert_eq!(identities(&devices), ["place:socket://192.0.2.7:9100"]);
        assert!(matches!(devices[0].doubt, Some(Doubt::Contradicts(_))));
    }

    fn any_sighting() -> impl Strategy<Value = Sighting> {
        let few = || 0..4_u8;
        (
            few(),
            few(),
            few(),
            few(),
            proptest::option::of(few()),
            proptest::option::of(few()),
        )
            .prop_map(|(kind, name, host, ip, uuid, serial)| {
                let ip = format!("192.0.2.{}", ip + 1);
                let uuid = uuid.map(|uuid| format!("{uuid}2345678-9abc-def0-1234-56789abcdef0"));
                match kind {
                    0 | 1 => {
                        let service = if kind == 0 { "raw" } else { "ipp" };
                        announced(
                            service,
                            &format!("n{name}"),
                            &format!("h{host}"),
                            &ip,
                            uuid.as_deref(),
                        )
                    }
                    2 => answered(&ip, &format!("00074d00000{host}")),
                    _ => {
                        let mut sighting = Sighting::new(Source::Usb, format!("port {name}"));
                        sighting.marks.usb = serial.map(|serial| UsbSerial {
                            vendor: 1,
                            product: 2,
                            serial: format!("SN{serial}X"),
                        });
                        sighting
                    }
                }
            })
    }

    proptest! {
        #[test]
        fn sure_identities_are_never_shared_and_the_order_does_not_matter(
            sightings in proptest::collection::vec(any_sighting(), 0..16),
        ) {
            let devices = put_together(&sightings);
            let sure: Vec<_> = devices.iter().map(|device| &device.identity)
                .filter(|identity| identity.survives_a_move()).collect();
            let distinct: BTreeSet<_> = sure.iter().collect();
            prop_assert_eq!(sure.len(), distinct.len());
            let mut turned = sightings.clone();
            turned.reverse();
            let turned = identities(&put_together(&turned));
            prop_assert_eq!(turned, identities(&devices));
            prop_assert!(devices.len() <= sightings.len());
        }

        #[test]
        fn a_device_is_the_same_wherever_it_is(ip in 1..200_u8, other in 1..200_u8) {
            let at = |ip: u8| {
                let seen = announced("raw", "Bar", "bar", &format!("192.0.2.{ip}"), Some(UUID));
                put_together(&[seen])[0].identity.clone()
            };
            prop_assert_eq!(at(ip), at(other));
        }
    }
}
