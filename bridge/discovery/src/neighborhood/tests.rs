//! What neighbors announce, in order and out of it, and what liars do not achieve.

use proptest::prelude::*;

use super::*;
use crate::dns;

fn record(name: &Name, data: Data) -> Record {
    Record {
        name: name.clone(),
        seconds: 120,
        flush: !matches!(data, Data::Pointer(_)),
        data,
    }
}

fn pairs(text: &[(&str, &str)]) -> Data {
    Data::Text(
        text.iter()
            .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
            .collect(),
    )
}

/// Everything one service says at once.
fn announcement(name: &str, service: Service, port: u16, host: &str, ip: &str) -> Vec<Record> {
    let service = service.name();
    let Some(label) = service.first() else {
        panic!("every service has a label")
    };
    let instance = Name::of(&[name, &label, "_tcp", "local"]);
    let host = Name::of(&[host, "local"]);
    vec![
        record(&service, Data::Pointer(instance.clone())),
        record(
            &instance,
            Data::Service {
                host: host.clone(),
                port,
            },
        ),
        record(
            &instance,
            pairs(&[
                ("uuid", "12345678-9abc-def0-1234-56789abcdef0"),
                ("ty", "Zebra ZT411"),
                ("note", "Dock"),
            ]),
        ),
        record(&host, Data::Address(ip.parse().unwrap())),
    ]
}

fn speaker(address: &str) -> Speaker<'static> {
    Speaker {
        address: address.parse().unwrap(),
        interface: "eth0",
    }
}

#[test]
fn a_printer_is_seen_with_what_it_says_until_it_says_goodbye() {
    let mut around = Neighborhood::default();
    let said = announcement("Zebra Dock", Service::Raw, 9100, "dock", "192.0.2.7");
    around.hear(said.clone(), speaker("192.0.2.7"), 0);
    let seen = around.sightings();
    assert_eq!(seen.len(), 1);
    assert_eq!(seen[0].name.as_deref(), Some("Zebra Dock"));
    assert_eq!(seen[0].model.as_deref(), Some("Zebra ZT411"));
    assert_eq!(seen[0].location.as_deref(), Some("Dock"));
    assert_eq!(seen[0].ways, ["socket://192.0.2.7:9100"]);
    assert_eq!(seen[0].spoke, seen[0].places);
    assert!(seen[0].marks.uuid.is_some());

    let goodbye = said.into_iter().map(|record| Record {
        seconds: 0,
        ..record
    });
    around.hear(goodbye.collect(), speaker("192.0.2.7"), 5_000);
    around.forget(5_000);
    assert_eq!(around.sightings(), []);
}

#[test]
fn what_is_not_said_again_is_forgotten() {
    let mut around = Neighborhood::default();
    around.hear(
        announcement("a", Service::Ipp, 631, "a", "192.0.2.7"),
        speaker("192.0.2.7"),
        0,
    );
    around.forget(119_000);
    assert_eq!(around.sightings().len(), 1);
    around.forget(120_000);
    assert_eq!(around.sightings(), []);
    assert!(around.hosts.is_empty() && around.services.is_empty());
}

#[test]
fn a_new_address_takes_the_place_of_the_old_one() {
    let mut around = Neighborhood::default();
    around.hear(
        announcement("a", Service::Raw, 9100, "a", "192.0.2.7"),
        speaker("192.0.2.7"),
        0,
    );
    around.hear(
        announcement("a", Service::Raw, 9100, "a", "192.0.2.8"),
        speaker("192.0.2.8"),
        1,
    );
    assert_eq!(around.sightings()[0].ways, ["socket://192.0.2.8:9100"]);
}

#[test]
fn port_0_and_hosts_without_an_address_are_no_printers() {
    let mut around = Neighborhood::default();
    around.hear(
        announcement("a", Service::Lpd, 0, "a", "192.0.2.7"),
        speaker("192.0.2.7"),
        0,
    );
    let mut nowhere = announcement("b", Service::Raw, 9100, "b", "192.0.2.8");
    nowhere.pop();
    around.hear(nowhere, speaker("192.0.2.8"), 0);
    assert_eq!(around.sightings(), []);
    assert_eq!(around.missing().len(), 2);
}

#[test]
fn what_is_announced_by_name_only_is_asked_for_a_few_times() {
    let mut around = Neighborhood::default();
    let said = announcement("a", Service::Raw, 9100, "a", "192.0.2.7");
    around.hear(said[..1].to_vec(), speaker("192.0.2.7"), 0);
    for _ in 0..ASKED_MAX {
        let kinds: Vec<_> = around.missing().into_iter().map(|(_, kind)| kind).collect();
        assert_eq!(kinds, [Kind::Service, Kind::Text]);
    }
    assert_eq!(around.missing(), []);
}

#[test]
fn t13_records_that_point_at_this_machine_lead_nowhere() {
    let own = BTreeSet::from(["192.0.2.1".parse().unwrap()]);
    let mut around = Neighborhood::new(own);
    for ip in [
        "127.0.0.1",
        "::1",
        "0.0.0.0",
        "192.0.2.1",
        "::ffff:127.0.0.1",
        "224.0.0.1",
    ] {
        around.hear(
            announcement(ip, Service::Raw, 8181, "evil", ip),
            speaker("192.0.2.66"),
            0,
        );
    }
    assert_eq!(around.sightings(), []);
    assert_eq!(around.passed_over(), 6);
}

#[test]
fn t13_an_address_that_another_host_names_did_not_speak_itself() {
    let mut around = Neighborhood::default();
    around.hear(
        announcement("a", Service::Raw, 9100, "a", "192.0.2.7"),
        speaker("192.0.2.66"),
        0,
    );
    let seen = around.sightings();
    assert!(seen[0].spoke.is_empty() && seen[0].places.len() == 1);
}

#[test]
fn t13_a_flood_fills_its_own_share_and_keeps_nobody_out() {
    let mut around = Neighborhood::default();
    for number in 0..5_000 {
        let name = format!("flood {number}");
        let host = format!("h{number}");
        around.hear(
            announcement(&name, Service::Raw, 9100, &host, "192.0.2.66"),
            speaker("192.0.2.66"),
            0,
        );
    }
    around.hear(
        announcement("till", Service::Raw, 9100, "till", "192.0.2.7"),
        speaker("192.0.2.7"),
        0,
    );
    let seen = around.sightings();
    assert_eq!(seen.len(), SERVICES_PER_SPEAKER_MAX + 1);
    assert!(seen.iter().any(|seen| seen.name.as_deref() == Some("till")));
    assert!(around.passed_over() >= 4_000);
    for number in 0..5_000_u32 {
        let ip = std::net::Ipv4Addr::from(0x0a00_0000 + number).to_string();
        around.hear(
            announcement(&ip, Service::Raw, 9100, &ip, &ip),
            speaker(&ip),
            0,
        );
    }
    assert_eq!(around.services.len(), SERVICES_MAX);
    assert!(around.hosts.len() <= HOSTS_MAX);
}

proptest! {
    #[test]
    fn whatever_is_heard_the_bounds_hold(
        messages in proptest::collection::vec(
            (proptest::collection::vec(any::<u8>(), 0..200), any::<[u8; 4]>(), 0..200_000_u64), 0..40),
    ) {
        let mut around = Neighborhood::default();
        let whole = dns::tests::message(&announcement("a", Service::Raw, 9100, "a", "192.0.2.7"));
        for (noise, address, now_ms) in messages {
            for octets in [[&whole[..12], &noise].concat(), noise] {
                if let Some(records) = dns::answer(&octets) {
                    let address = IpAddr::from(address);
                    around.hear(records, Speaker { address, interface: "eth0" }, now_ms);
                }
            }
            around.forget(now_ms);
            prop_assert!(around.services.len() <= SERVICES_MAX && around.hosts.len() <= HOSTS_MAX);
            prop_assert!(around.missing().len() <= QUESTIONS_MAX);
        }
    }
}
