//! What printers announce on the links of this machine (DNS-SD, RFC 6763, over
//! multicast DNS, RFC 6762): kept as long as they say, within bounds.
//!
//! Who floods fills his own share: what one address may announce is bounded,
//! and so is the whole. What is over a bound is passed over and counted.

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use crate::device_id::DeviceId;
use crate::dns::{Data, Kind, Name, Record};
use crate::identity::Uuid;
use crate::sighting::{Place, Sighting, Source};
use crate::text::said;

/// Services that are kept. A shop has few, an office has dozens.
pub const SERVICES_MAX: usize = 512;
/// Of these, services that one address announced. A print server shares its queues.
pub const SERVICES_PER_SPEAKER_MAX: usize = 64;
/// Hosts that are kept.
const HOSTS_MAX: usize = 512;
/// Of these, hosts that one address announced.
const HOSTS_PER_SPEAKER_MAX: usize = 64;
/// Addresses of one host.
const PLACES_MAX: usize = 8;
/// Questions for what is missing, in one message.
const QUESTIONS_MAX: usize = 16;
/// A missing answer is asked for this often.
const ASKED_MAX: u8 = 3;
/// Nothing holds longer without being said again.
const SECONDS_MAX: u32 = 75 * 60;

/// How a printer offers itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Service {
    /// `_pdl-datastream._tcp`: octets as they are.
    Raw,
    /// `_ipp._tcp`.
    Ipp,
    /// `_ipps._tcp`.
    Ipps,
    /// `_printer._tcp`: LPD, or with port 0 an IPP printer that holds the name.
    Lpd,
}

impl Service {
    /// All that are asked for.
    pub const ALL: [Self; 4] = [Self::Raw, Self::Ipp, Self::Ipps, Self::Lpd];

    /// What everybody is asked for.
    #[must_use]
    pub fn name(self) -> Name {
        let label = match self {
            Self::Raw => "_pdl-datastream",
            Self::Ipp => "_ipp",
            Self::Ipps => "_ipps",
            Self::Lpd => "_printer",
        };
        Name::of(&[label, "_tcp", "local"])
    }
}

/// Who said something, and where it was heard.
#[derive(Debug, Clone, Copy)]
pub struct Speaker<'a> {
    /// Its address.
    pub address: IpAddr,
    /// The interface it was heard on.
    pub interface: &'a str,
}

/// Something said, until when.
#[derive(Debug, Clone)]
struct Until<T> {
    value: T,
    ms: u64,
}

#[derive(Debug, Clone)]
struct Announced {
    service: Service,
    speaker: IpAddr,
    interface: String,
    /// Until when somebody vouches for it.
    until_ms: u64,
    host: Option<Until<(Name, u16)>>,
    text: Option<Until<Vec<(String, String)>>>,
    asked: u8,
}

#[derive(Debug, Clone)]
struct Host {
    speaker: IpAddr,
    /// Each with whether it said so itself.
    places: BTreeMap<Place, Until<bool>>,
}

/// Everything that is announced.
#[derive(Debug, Clone, Default)]
pub struct Neighborhood {
    services: BTreeMap<Name, Announced>,
    hosts: BTreeMap<Name, Host>,
    /// Our own addresses: nobody else has them.
    own: BTreeSet<IpAddr>,
    passed_over: u64,
}

impl Neighborhood {
    /// Nobody yet; `own` are this machine's addresses.
    #[must_use]
    pub fn new(own: BTreeSet<IpAddr>) -> Self {
        Self {
            own,
            ..Self::default()
        }
    }

    /// This machine's addresses have changed.
    pub fn set_own(&mut self, own: BTreeSet<IpAddr>) {
        for host in self.hosts.values_mut() {
            host.places.retain(|place, _| !own.contains(&place.ip));
        }
        self.own = own;
    }

    /// How many announcements were over a bound.
    #[must_use]
    pub fn passed_over(&self) -> u64 {
        self.passed_over
    }

    /// Takes one message. Addresses come last: they need their hosts, and
    /// hosts are kept only where a service names them.
    pub fn hear(&mut self, records: Vec<Record>, speaker: Speaker<'_>, now_ms: u64) {
        let (addresses, others): (Vec<_>, Vec<_>) = records
            .into_iter()
            .filter(|record| record.name.is_local())
            .partition(|record| matches!(record.data, Data::Address(_)));
        let (pointers, others): (Vec<_>, Vec<_>) = others
            .into_iter()
            .partition(|record| matches!(record.data, Data::Pointer(_)));
        for record in pointers.into_iter().chain(others) {
            let until_ms = until(&record, now_ms);
            match record.data {
                Data::Pointer(instance) => {
                    if instance.parent().as_ref() == Some(&record.name) {
                        self.announced(instance, speaker, until_ms, now_ms);
                    }
                }
                Data::Service { host, port } => {
                    let known = self.instance(&record.name, speaker, until_ms, now_ms);
                    if let Some(announced) = known.filter(|_| host.is_local()) {
                        announced.host = Some(Until {
                            value: (host, port),
                            ms: until_ms,
                        });
                    }
                }
                Data::Text(pairs) => {
                    if let Some(announced) = self.instance(&record.name, speaker, until_ms, now_ms)
                    {
                        announced.text = Some(Until {
                            value: pairs,
                            ms: until_ms,
                        });
                    }
                }
                Data::Address(_) => {}
            }
        }
        self.hear_addresses(addresses, speaker, now_ms);
    }

    fn hear_addresses(&mut self, addresses: Vec<Record>, speaker: Speaker<'_>, now_ms: u64) {
        // What replaces the old ones replaces them once, not each other.
        for record in addresses.iter().filter(|record| record.flush) {
            if let Some(host) = self.hosts.get_mut(&record.name) {
                let is_ip4 = matches!(record.data, Data::Address(IpAddr::V4(_)));
                host.places.retain(|place, _| place.ip.is_ipv4() != is_ip4);
            }
        }
        for record in addresses {
            let until_ms = until(&record, now_ms);
            let Data::Address(ip) = record.data else {
                continue;
            };
            let Some(place) = Place::of(ip, speaker.interface) else {
                self.passed_over += 1;
                continue;
            };
            if self.own.contains(&place.ip) {
                self.passed_over += 1;
                continue;
            }
            let is_wanted = self.services.values().any(|announced| {
                announced
                    .host
                    .as_ref()
                    .is_some_and(|host| host.value.0 == record.name)
            });
            if !is_wanted {
                continue;
            }
            let fits = self.hosts.contains_key(&record.name) || {
                let of_speaker = self
                    .hosts
                    .values()
                    .filter(|host| host.speaker == speaker.address);
                self.hosts.len() < HOSTS_MAX && of_speaker.count() < HOSTS_PER_SPEAKER_MAX
            };
            if !fits {
                self.passed_over += 1;
                continue;
            }
            let host = self.hosts.entry(record.name).or_insert_with(|| Host {
                speaker: speaker.address,
                places: BTreeMap::new(),
            });
            let itself = place.ip == speaker.address.to_canonical();
            if host.places.len() < PLACES_MAX || host.places.contains_key(&place) {
                let said_before = host.places.get(&place).is_some_and(|place| place.value);
                host.places.insert(
                    place,
                    Until {
                        value: itself || said_before,
                        ms: until_ms,
                    },
                );
            } else {
                self.passed_over += 1;
            }
        }
    }

    /// The service of this name, if it is one that is looked for; made known
    /// where there is room.
    fn instance(
        &mut self,
        name: &Name,
        speaker: Speaker<'_>,
        until_ms: u64,
        now_ms: u64,
    ) -> Option<&mut Announced> {
        if !self.services.contains_key(name) {
            self.announced(name.clone(), speaker, until_ms, now_ms);
        }
        self.services.get_mut(name)
    }

    fn announced(&mut self, instance: Name, speaker: Speaker<'_>, until_ms: u64, now_ms: u64) {
        let parent = instance.parent();
        let Some(service) = Service::ALL
            .into_iter()
            .find(|service| parent == Some(service.name()))
        else {
            return;
        };
        if let Some(known) = self.services.get_mut(&instance) {
            known.until_ms = until_ms;
            return;
        }
        if until_ms <= now_ms {
            return;
        }
        let of_speaker = self
            .services
            .values()
            .filter(|known| known.speaker == speaker.address);
        if self.services.len() >= SERVICES_MAX || of_speaker.count() >= SERVICES_PER_SPEAKER_MAX {
            self.passed_over += 1;
            return;
        }
        self.services.insert(
            instance,
            Announced {
                service,
                speaker: speaker.address,
                interface: speaker.interface.to_owned(),
                until_ms,
                host: None,
                text: None,
                asked: 0,
            },
        );
    }

    /// Forgets what nobody vouches for any more.
    pub fn forget(&mut self, now_ms: u64) {
        self.services.retain(|_, known| known.until_ms > now_ms);
        for known in self.services.values_mut() {
            known.host = known.host.take().filter(|host| host.ms > now_ms);
            known.text = known.text.take().filter(|text| text.ms > now_ms);
        }
        let named: BTreeSet<&Name> = self
            .services
            .values()
            .filter_map(|known| known.host.as_ref().map(|host| &host.value.0))
            .collect();
        self.hosts.retain(|name, host| {
            host.places.retain(|_, place| place.ms > now_ms);
            named.contains(name) && !host.places.is_empty()
        });
    }

    /// What is announced by name only, and must be asked for. Each is asked for
    /// a few times.
    pub fn missing(&mut self) -> Vec<(Name, Kind)> {
        let mut asked = Vec::new();
        for (name, known) in &mut self.services {
            if known.asked >= ASKED_MAX || asked.len() + 4 > QUESTIONS_MAX {
                continue;
            }
            let before = asked.len();
            match &known.host {
                None => asked.push((name.clone(), Kind::Service)),
                Some(host) if !self.hosts.contains_key(&host.value.0) => {
                    asked.push((host.value.0.clone(), Kind::Ip4));
                    asked.push((host.value.0.clone(), Kind::Ip6));
                }
                Some(_) => {}
            }
            if known.text.is_none() {
                asked.push((name.clone(), Kind::Text));
            }
            if asked.len() > before {
                known.asked += 1;
            }
        }
        asked
    }

    /// What is announced, each service by itself, less what only holds a name
    /// or is nowhere.
    #[must_use]
    pub fn sightings(&self) -> Vec<Sighting> {
        self.services
            .iter()
            .filter_map(|(name, known)| self.sighting(name, known))
            .collect()
    }

    fn sighting(&self, name: &Name, known: &Announced) -> Option<Sighting> {
        let (host_name, port) = &known.host.as_ref()?.value;
        if *port == 0 {
            return None;
        }
        let host = self.hosts.get(host_name)?;
        let mut sighting = Sighting::new(
            Source::Mdns,
            format!("{}%{}", name.text().to_lowercase(), known.interface),
        );
        sighting.name = name.first();
        sighting.host = said(host_name.text().to_lowercase().as_bytes());
        sighting.places = host.places.keys().cloned().collect();
        sighting.spoke = host
            .places
            .iter()
            .filter(|(_, itself)| itself.value)
            .map(|(place, _)| place.clone())
            .collect();
        if known.service == Service::Raw {
            let ranked = Place::ranked(&sighting.places);
            sighting.ways = ranked.into_iter().map(|place| place.uri(*port)).collect();
        }
        let pairs = known.text.as_ref().map_or(&[][..], |text| &text.value);
        let value = |key: &str| {
            let found = pairs.iter().find(|(known, _)| known == key);
            found.map(|(_, value)| value.clone())
        };
        sighting.marks.uuid = value("uuid").and_then(|text| Uuid::read(&text));
        let id = value("usb_id")
            .map(|id| DeviceId::read(id.as_bytes()))
            .unwrap_or_default();
        sighting.manufacturer = value("usb_mfg").or(id.manufacturer);
        let product = value("product").map(|product| product.trim_matches(['(', ')']).to_owned());
        sighting.model = value("ty")
            .or(product)
            .or_else(|| value("usb_mdl"))
            .or(id.model);
        sighting.location = value("note");
        Some(sighting)
    }
}

/// Until when a record holds. Nothing that said goodbye holds longer, and that
/// is not waited for (RFC 6762 §10.1 would wait a second).
fn until(record: &Record, now_ms: u64) -> u64 {
    now_ms + u64::from(record.seconds.min(SECONDS_MAX)) * 1_000
}
