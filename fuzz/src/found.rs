//! What printers say of themselves, before anybody has chosen one.

use std::net::IpAddr;

use platen_discovery::device_id::DeviceId;
use platen_discovery::devices::put_together;
use platen_discovery::dns;
use platen_discovery::identity::Identity;
use platen_discovery::neighborhood::{Neighborhood, SERVICES_MAX, Speaker};
use platen_discovery::recognize::recognize;
use platen_discovery::snmp;
use platen_discovery::text::TEXT_CHARACTERS_MAX;
use platen_discovery::watched::{DEVICES_MAX, Watched};

/// Messages of one input.
const MESSAGES_MAX: usize = 64;

/// Messages of multicast DNS, each after an octet that says who speaks and one
/// that says how long it is, to devices with an identity each.
pub(crate) fn announcements(mut input: &[u8]) {
    let mut around = Neighborhood::default();
    let mut watched = Watched::default();
    for count in 0..MESSAGES_MAX as u64 {
        let [speaker, length, rest @ ..] = input else {
            break;
        };
        let (message, rest) = rest.split_at(usize::from(*length).min(rest.len()));
        input = rest;
        let address = IpAddr::from([192, 0, 2, *speaker]);
        let interface = "eth0";
        if let Some(records) = dns::answer(message) {
            assert!(records.len() <= dns::RECORDS_MAX);
            around.hear(records, Speaker { address, interface }, count * 1_000);
        }
        around.forget(count * 1_000);
        let _ = dns::question(&around.missing());
        let sightings = around.sightings();
        assert!(sightings.len() <= SERVICES_MAX);
        let devices = put_together(&sightings);
        assert!(devices.len() <= sightings.len());
        for device in &devices {
            let identity = &device.identity;
            assert_eq!(identity.to_string().parse(), Ok(identity.clone()));
            assert!(device.spoke.is_subset(&device.places));
        }
        watched.update(devices);
        assert!(watched.devices().len() <= DEVICES_MAX);
    }
}

/// A device id, the pairs of a `TXT` record, and an identity.
pub(crate) fn description(input: &[u8]) {
    let id = DeviceId::read(input);
    let words = [&id.manufacturer, &id.model, &id.serial, &id.description];
    let pairs = dns::pairs(input);
    let said = words.into_iter().flatten();
    for text in said.chain(pairs.iter().flat_map(|(key, value)| [key, value])) {
        assert!(text.chars().count() <= TEXT_CHARACTERS_MAX);
        let _ = recognize([text.as_str()]);
    }
    if let Ok(identity) = String::from_utf8_lossy(input).parse::<Identity>() {
        assert!((1..=96).contains(&identity.printer_id().len()));
    }
}

/// An answer of SNMP, in either version.
pub(crate) fn snmp_answer(input: &[u8]) {
    for version in [snmp::Version::One, snmp::Version::Two] {
        if let Some(answer) = snmp::answer(input, version, "public") {
            for (name, _) in answer.bindings {
                assert!(!name.is_empty());
            }
        }
    }
    if let Some(name) = snmp::oid(input) {
        let _ = snmp::oid_octets(&name);
    }
}
