//! The devices that are there now, numbered, and what changed since.
//!
//! Numbers are for a person to point at one. A device keeps its number while
//! the agent runs, also when it went away and came back.

use std::collections::BTreeMap;

use crate::devices::Device;

/// Devices that are listed; more are left out.
pub const DEVICES_MAX: usize = 256;
/// Numbers that are remembered for devices that went away.
const NUMBERS_MAX: usize = 4_096;

/// What became of a device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// It is there.
    Found(u32, Device),
    /// It says something else of itself.
    Changed(u32, Device),
    /// It is no longer there.
    Lost(u32, Device),
}

/// What a device is known by.
fn names(device: &Device) -> impl Iterator<Item = String> {
    let sure = device.sure.iter().chain([&device.identity]);
    sure.map(ToString::to_string).chain([device.key.clone()])
}

/// The devices that are there.
#[derive(Debug, Default)]
pub struct Watched {
    devices: BTreeMap<u32, Device>,
    numbers: BTreeMap<String, u32>,
    last: u32,
}

impl Watched {
    /// These are there now.
    pub fn update(&mut self, devices: Vec<Device>) -> Vec<Change> {
        let mut now: BTreeMap<u32, Device> = BTreeMap::new();
        // Who is listed stays listed, whoever comes.
        let (there, new): (Vec<_>, Vec<_>) = devices
            .into_iter()
            .partition(|device| self.known(device, &self.devices).is_some());
        for device in there.into_iter().chain(new).take(DEVICES_MAX) {
            let number = self.number(&device, &now);
            now.insert(number, device);
        }
        let mut changes = Vec::new();
        for (number, device) in &self.devices {
            if !now.contains_key(number) {
                changes.push(Change::Lost(*number, device.clone()));
            }
        }
        for (number, device) in &now {
            match self.devices.get(number) {
                None => changes.push(Change::Found(*number, device.clone())),
                Some(before) if before != device => {
                    changes.push(Change::Changed(*number, device.clone()));
                }
                Some(_) => {}
            }
        }
        self.devices = now;
        changes
    }

    /// The number of a device among `there`, by anything that tells it from
    /// others.
    fn known(&self, device: &Device, there: &BTreeMap<u32, Device>) -> Option<u32> {
        let numbers = names(device).filter_map(|name| self.numbers.get(&name).copied());
        numbers
            .into_iter()
            .find(|number| there.contains_key(number))
    }

    /// The number it had, if nobody has it now: as more is learned of a device,
    /// it is known by more.
    fn number(&mut self, device: &Device, now: &BTreeMap<u32, Device>) -> u32 {
        let known = names(device).find_map(|name| {
            let number = self.numbers.get(&name)?;
            (!now.contains_key(number)).then_some(*number)
        });
        let number = known.unwrap_or_else(|| {
            self.last += 1;
            self.last
        });
        for name in names(device) {
            if self.numbers.len() >= NUMBERS_MAX && !self.numbers.contains_key(&name) {
                let there = &self.devices;
                self.numbers
                    .retain(|_, number| there.contains_key(number) || now.contains_key(number));
            }
            if self.numbers.len() < NUMBERS_MAX {
                self.numbers.entry(name).or_insert(number);
            }
        }
        number
    }

    /// Everything that is there, by number.
    #[must_use]
    pub fn devices(&self) -> &BTreeMap<u32, Device> {
        &self.devices
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::devices::put_together;
    use crate::sighting::{Sighting, Source};

    fn devices(ways: &[&str]) -> Vec<Device> {
        let sightings: Vec<_> = ways
            .iter()
            .map(|way| {
                let mut sighting = Sighting::new(Source::Usb, (*way).to_owned());
                sighting.ways = vec![(*way).to_owned()];
                sighting
            })
            .collect();
        put_together(&sightings)
    }

    #[test]
    fn a_device_is_found_changes_is_lost_and_keeps_its_number() {
        let mut watched = Watched::default();
        let found = watched.update(devices(&["usb://a", "usb://b"]));
        assert!(matches!(
            found[..],
            [Change::Found(1, _), Change::Found(2, _)]
        ));
        assert_eq!(watched.update(devices(&["usb://a", "usb://b"])), []);
        let lost = watched.update(devices(&["usb://b"]));
        assert!(matches!(lost[..], [Change::Lost(1, _)]));
        let mut renamed = devices(&["usb://a", "usb://b"]);
        renamed[1].name = Some("Bar".to_owned());
        let back = watched.update(renamed);
        assert!(matches!(
            back[..],
            [Change::Found(1, _), Change::Changed(2, _)]
        ));
    }

    #[test]
    fn two_that_claim_one_place_have_two_numbers() {
        let mut watched = Watched::default();
        let mut two = devices(&["socket://a", "socket://b"]);
        two[1].identity = two[0].identity.clone();
        assert_eq!(watched.update(two).len(), 2);
    }

    #[test]
    fn t13_a_flood_is_listed_to_the_bound() {
        let mut watched = Watched::default();
        for round in 0..8 {
            let ways: Vec<_> = (0..2_000).map(|n| format!("usb://{round}/{n}")).collect();
            let ways: Vec<&str> = ways.iter().map(String::as_str).collect();
            watched.update(devices(&ways));
            assert_eq!(watched.devices().len(), DEVICES_MAX);
            assert!(watched.numbers.len() <= NUMBERS_MAX);
        }
    }
}
