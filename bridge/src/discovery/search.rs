//! The task that looks for printers: it hears what is announced, asks for what
//! is missing, and asks neighbors by SNMP what they are.
//!
//! Started by the bridge, ended by its stop token; owns the sockets and the
//! questions under way. Nobody is contacted because a record says so: only
//! neighbors on this machine's own links, that spoke themselves, are asked by
//! SNMP, while a person looks or a printer is followed by its answers.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use platen_discovery::devices::put_together;
use platen_discovery::dns::{self, Kind};
use platen_discovery::neighborhood::{Neighborhood, Service, Speaker};
use platen_discovery::sighting::{Place, Sighting, Source};
use tokio::task::JoinSet;
use tokio::time::{Instant, MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

use super::finder::Finder;
use super::follow::Follower;
use super::mdns::{Ears, Heard};
use super::sources;
use crate::backend::DeviceStatus;
use crate::backend::SystemPrinters;
use crate::backend::snmp::{self, SnmpSettings};

/// What was heard is told this soon.
const TOLD_EVERY: Duration = Duration::from_millis(200);
/// USB, ports and queues are listed this often while somebody looks.
const LISTED_EVERY: Duration = Duration::from_secs(2);
/// Networks may have come or gone.
const LINKS_EVERY: Duration = Duration::from_secs(5);
/// When everybody is asked, from the moment somebody begins to look; then each
/// time after the last of these.
const ASKED_AFTER: [Duration; 4] = [
    Duration::ZERO,
    Duration::from_millis(700),
    Duration::from_secs(3),
    Duration::from_secs(20),
];
/// While nobody looks and only moves are waited for, which printers announce by
/// themselves.
const ASKED_EVERY_UNWATCHED: Duration = Duration::from_secs(600);
/// A neighbor is asked by SNMP once in this time.
const NEIGHBOR_AGAIN: Duration = Duration::from_secs(60);
/// Neighbors that are asked at one time.
const NEIGHBORS_AT_ONCE: usize = 8;
/// Neighbors that are remembered; more are not asked.
const NEIGHBORS_MAX: usize = 128;

/// What the search is made of.
#[derive(Debug)]
pub struct Search {
    finder: Finder,
    /// The print service, where its printers are looked for.
    system: Option<SystemPrinters>,
    /// Whether the network is listened on at all.
    network: bool,
    snmp: SnmpSettings,
}

/// What a neighbor answered.
type Answered = (Place, Option<(Sighting, Option<DeviceStatus>)>);

/// One stretch of looking.
struct Round<'a> {
    search: &'a Search,
    ears: Option<Ears>,
    around: Neighborhood,
    local: Vec<Sighting>,
    neighbors: BTreeMap<Place, Neighbor>,
    asking: JoinSet<Answered>,
    listing: JoinSet<Vec<Sighting>>,
    follower: Follower,
    began: Instant,
    asked: usize,
    ask_at: Instant,
    /// Whether a printer is followed by what only SNMP tells.
    follows_by_snmp: bool,
}

#[derive(Debug)]
struct Neighbor {
    asked_at: Instant,
    answer: Option<(Sighting, Option<DeviceStatus>)>,
}

impl Search {
    /// Looks on the network if `network` says so, and at `system`'s queues.
    #[must_use]
    pub fn new(finder: Finder, system: Option<SystemPrinters>, network: bool) -> Self {
        Self {
            finder,
            system,
            network,
            snmp: SnmpSettings::default(),
        }
    }

    /// Looks while somebody wants it, until stopped.
    pub async fn run(self, stop: CancellationToken) {
        let mut looking = self.finder.shared.looking.subscribe();
        loop {
            if *looking.borrow_and_update() == 0 && !self.waits_for_moves().await {
                tokio::select! {
                    () = stop.cancelled() => return,
                    _ = looking.changed() => {}
                    () = tokio::time::sleep(LINKS_EVERY) => {}
                }
                continue;
            }
            let round = Round::begin(&self);
            tokio::select! {
                () = stop.cancelled() => return,
                () = round.run() => {}
            }
        }
    }

    /// Whether a printer was added that may turn up elsewhere on the network.
    async fn waits_for_moves(&self) -> bool {
        self.network
            && self
                .finder
                .shared
                .roster
                .list()
                .await
                .iter()
                .any(Follower::may_move)
    }
}

impl<'a> Round<'a> {
    fn begin(search: &'a Search) -> Self {
        let now = Instant::now();
        let mut round = Self {
            search,
            ears: None,
            around: Neighborhood::default(),
            local: Vec::new(),
            neighbors: BTreeMap::new(),
            asking: JoinSet::new(),
            listing: JoinSet::new(),
            follower: Follower::new(search.finder.clone(), search.snmp.clone()),
            began: now,
            asked: 0,
            ask_at: now,
            follows_by_snmp: false,
        };
        round.open();
        round
    }

    fn open(&mut self) {
        if !self.search.network {
            return;
        }
        match Ears::open() {
            Ok(ears) => {
                let own: BTreeSet<_> = ears.links().iter().map(|link| link.address).collect();
                self.around.set_own(own);
                self.ears = Some(ears);
                (self.asked, self.ask_at) = (0, Instant::now());
            }
            Err(error) => tracing::warn!(%error, "printers are not looked for on the network"),
        }
    }

    fn now_ms(&self) -> u64 {
        u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    async fn run(mut self) {
        let shared = self.search.finder.shared.clone();
        let mut looking = shared.looking.subscribe();
        let mut tell = interval(TOLD_EVERY);
        let mut list = interval(LISTED_EVERY);
        let mut links = interval(LINKS_EVERY);
        for ticks in [&mut tell, &mut list, &mut links] {
            ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        }
        links.tick().await;
        loop {
            let watched = *looking.borrow() > 0;
            let ears = &mut self.ears;
            let hear = async {
                match ears {
                    Some(ears) => ears.next().await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                heard = hear => self.hear(&heard),
                Ok(()) = looking.changed() => {
                    // Who begins to look wants an answer now.
                    (self.asked, self.ask_at) = (0, Instant::now());
                }
                () = tokio::time::sleep_until(self.ask_at) => self.ask(watched).await,
                _ = list.tick(), if watched => self.list(),
                Some(listed) = self.listing.join_next() => {
                    self.local = listed.unwrap_or_default();
                }
                Some(Ok((place, answer))) = self.asking.join_next() => {
                    let asked_at = Instant::now();
                    self.neighbors.insert(place, Neighbor { asked_at, answer });
                }
                _ = links.tick() => {
                    if self.ears.as_ref().is_none_or(|ears| !ears.are_current()) {
                        self.open();
                    }
                    let roster = shared.roster.list().await;
                    let mut moving = roster.iter().filter(|added| Follower::may_move(added));
                    self.follows_by_snmp = moving.clone().any(Follower::is_known_by_snmp);
                    let waits = self.search.network && moving.next().is_some();
                    if !watched && !waits {
                        return;
                    }
                }
                _ = tell.tick() => self.tell(watched).await,
            }
        }
    }

    fn hear(&mut self, heard: &Heard) {
        let now_ms = self.now_ms();
        if let Some(records) = dns::answer(&heard.octets) {
            let speaker = Speaker {
                address: heard.from,
                interface: &heard.interface,
            };
            self.around.hear(records, speaker, now_ms);
        }
    }

    /// Asks everybody who there is.
    async fn ask(&mut self, watched: bool) {
        let wait = match ASKED_AFTER.get(self.asked + 1) {
            Some(after) => *after - ASKED_AFTER[self.asked],
            None if watched => ASKED_AFTER[ASKED_AFTER.len() - 1],
            None => ASKED_EVERY_UNWATCHED,
        };
        self.asked += 1;
        self.ask_at = Instant::now() + wait;
        let names: Vec<_> = Service::ALL
            .into_iter()
            .map(|service| (service.name(), Kind::Pointer))
            .collect();
        if let Some(ears) = &self.ears {
            ears.ask(&dns::question(&names)).await;
        }
    }

    /// Lists what needs no network, beside everything else.
    fn list(&mut self) {
        if !self.listing.is_empty() {
            return;
        }
        let system = self.search.system.clone();
        self.listing.spawn(async move {
            let mut listed = tokio::task::spawn_blocking(sources::plugged_in)
                .await
                .unwrap_or_default();
            if let Some(system) = system {
                listed.extend(sources::queues(&system).await);
            }
            listed
        });
    }

    /// Puts together what is there, tells it, and asks for what is missing.
    async fn tell(&mut self, watched: bool) {
        self.around.forget(self.now_ms());
        let missing = self.around.missing();
        if let Some(ears) = self.ears.as_ref().filter(|_| !missing.is_empty()) {
            ears.ask(&dns::question(&missing)).await;
        }
        let announced = self.around.sightings();
        if watched || self.follows_by_snmp {
            self.ask_neighbors(&announced);
        }
        let answered = self
            .neighbors
            .values()
            .filter_map(|neighbor| neighbor.answer.as_ref());
        let mut sightings = announced;
        sightings.extend(answered.clone().map(|(sighting, _)| sighting.clone()));
        sightings.extend(self.local.iter().cloned());
        let statuses = answered.filter_map(|(sighting, status)| {
            Some((sighting.places.first()?.clone(), status.clone()?))
        });
        let statuses = statuses.collect();
        let devices = put_together(&sightings);
        self.follower.look(&devices);
        let dropped = self.ears.as_ref().map_or(0, Ears::dropped);
        let passed_over = self.around.passed_over() + dropped;
        let shared = &self.search.finder.shared;
        shared.update(devices, statuses, passed_over).await;
    }

    /// Asks those who announced themselves what they are: neighbors only, and
    /// only where the address itself spoke.
    fn ask_neighbors(&mut self, announced: &[Sighting]) {
        let Some(ears) = &self.ears else {
            return;
        };
        let spoke: BTreeSet<&Place> = announced
            .iter()
            .flat_map(|sighting| &sighting.spoke)
            .collect();
        let now = Instant::now();
        self.neighbors.retain(|place, neighbor| {
            spoke.contains(place) || now - neighbor.asked_at < NEIGHBOR_AGAIN
        });
        for place in spoke {
            let is_near = ears.links().iter().any(|link| link.has(place.ip));
            let is_due = match self.neighbors.get(place) {
                Some(neighbor) => now - neighbor.asked_at >= NEIGHBOR_AGAIN,
                None => self.neighbors.len() < NEIGHBORS_MAX,
            };
            if !is_near || !is_due || self.asking.len() >= NEIGHBORS_AT_ONCE {
                continue;
            }
            let before = self
                .neighbors
                .remove(place)
                .and_then(|neighbor| neighbor.answer);
            let asked = Neighbor {
                asked_at: now,
                answer: before,
            };
            self.neighbors.insert(place.clone(), asked);
            let (place, settings) = (place.clone(), self.search.snmp.clone());
            self.asking.spawn(async move {
                let answer = neighbor(&place, &settings).await;
                (place, answer)
            });
        }
    }
}

/// What a neighbor says by SNMP, if it is a printer.
async fn neighbor(
    place: &Place,
    settings: &SnmpSettings,
) -> Option<(Sighting, Option<DeviceStatus>)> {
    let host = place.to_string();
    let about = snmp::about(&host, settings)
        .await
        .ok()
        .filter(|about| about.is_printer)?;
    let status = snmp::observe(&host, settings).await.ok().flatten();
    let mut sighting = Sighting::new(Source::Snmp, format!("snmp {host}"));
    sighting.places = BTreeSet::from([place.clone()]);
    sighting.spoke.clone_from(&sighting.places);
    sighting.name = about.name;
    sighting.location = about.location;
    sighting.marks.mac = about.mac;
    sighting.model = about.models.first().cloned();
    Some((sighting, status))
}
