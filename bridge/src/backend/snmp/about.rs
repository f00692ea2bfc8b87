//! What a device says by SNMP of what it is: its model, its serial number, its
//! hardware address. Text that the other files of this folder never read.
//!
//! Asked when a person looks for printers, or one is looked for that has moved;
//! never because a record said so.

use std::time::Duration;

use platen_discovery::identity::Mac;
use platen_discovery::snmp::{Oid, Question, Value};
use platen_discovery::text::said;

use super::session::{NoAnswer, Session};
use super::{PRINTER_STATUS, SnmpSettings, row};

/// `sysDescr`.
const SYSTEM: Oid<'static> = &[1, 3, 6, 1, 2, 1, 1, 1];
/// `sysLocation`.
const LOCATION: Oid<'static> = &[1, 3, 6, 1, 2, 1, 1, 6];
/// `hrDeviceDescr`: one row for each device of the host.
const DEVICE: Oid<'static> = &[1, 3, 6, 1, 2, 1, 25, 3, 2, 1, 3];
/// `prtGeneralPrinterName`.
const NAME: Oid<'static> = &[1, 3, 6, 1, 2, 1, 43, 5, 1, 1, 16];
/// `prtGeneralSerialNumber`.
const SERIAL: Oid<'static> = &[1, 3, 6, 1, 2, 1, 43, 5, 1, 1, 17];
/// `ifPhysAddress`: one row for each interface, the loopback's among them.
const ADDRESS: Oid<'static> = &[1, 3, 6, 1, 2, 1, 2, 2, 1, 6];
/// Interfaces that are looked at for one with an address.
const INTERFACES_MAX: usize = 6;

/// What a device says it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct About {
    /// Whether it has a printer's rows at all.
    pub is_printer: bool,
    /// What it is, in its words, the best first.
    pub models: Vec<String>,
    /// Its name, as somebody set it.
    pub name: Option<String>,
    /// Its serial number.
    pub serial: Option<String>,
    /// Its hardware address.
    pub mac: Option<Mac>,
    /// Where it stands.
    pub location: Option<String>,
}

/// Asks the device at `host` what it is.
///
/// # Errors
/// When nothing answers in time.
pub async fn about(host: &str, settings: &SnmpSettings) -> Result<About, NoAnswer> {
    let wait = Duration::from_millis(settings.answer_wait_ms_max);
    let device = (host, settings.port);
    let mut session = Session::open(device, settings.community.clone(), wait).await?;
    let columns = [PRINTER_STATUS, SYSTEM, DEVICE, NAME, SERIAL, LOCATION];
    let names: Vec<Vec<u32>> = columns.iter().map(|column| column.to_vec()).collect();
    let mut answer = session.ask(Question::After, &names).await?;
    if answer.is_empty() {
        // In the first version, one name without an answer refuses them all.
        for name in names {
            answer.extend(session.ask(Question::After, &[name]).await?);
        }
    }
    let cell = |column: Oid<'_>| {
        let found = answer.iter().find(|(name, _)| row(name, column).is_some());
        found.map(|(_, value)| value)
    };
    let text = |column| cell(column).and_then(Value::octets).and_then(said);
    Ok(About {
        is_printer: cell(PRINTER_STATUS).and_then(Value::number).is_some(),
        models: [DEVICE, SYSTEM].into_iter().filter_map(text).collect(),
        name: text(NAME),
        serial: text(SERIAL),
        location: text(LOCATION),
        mac: mac(&mut session).await,
    })
}

/// The first hardware address that can be one device's.
async fn mac(session: &mut Session) -> Option<Mac> {
    let mut after = ADDRESS.to_vec();
    for _ in 0..INTERFACES_MAX {
        let answer = session.ask(Question::After, &[after.clone()]).await.ok()?;
        let (name, value) = answer.into_iter().next()?;
        row(&name, ADDRESS)?;
        if let Some(mac) = value.octets().and_then(Mac::from_octets) {
            return Some(mac);
        }
        // A table that goes backwards has no end.
        if name <= after {
            return None;
        }
        after = name;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::super::responder::{Cell, Manner, Responder};
    use super::*;

    fn settings(responder: &Responder) -> SnmpSettings {
        SnmpSettings {
            port: responder.port(),
            answer_wait_ms_max: 150,
            ..SnmpSettings::default()
        }
    }

    fn printer() -> Vec<(Vec<u32>, Cell)> {
        let cell = |column: Oid<'_>, row: &[u32], cell| ([column, row].concat(), cell);
        let text = |text: &str| Cell::Octets(text.as_bytes().to_vec());
        vec![
            cell(SYSTEM, &[0], text("EPSON Built-in 11b/g/n Print Server")),
            cell(LOCATION, &[0], text("Bar\u{1b}[2J")),
            cell(ADDRESS, &[1], Cell::Octets(Vec::new())),
            cell(ADDRESS, &[2], Cell::Octets(vec![0, 0x26, 0xab, 1, 2, 3])),
            cell(DEVICE, &[1], text("EPSON TM-T88V")),
            cell(PRINTER_STATUS, &[1], Cell::Number(3)),
            cell(NAME, &[1], text("bar-printer")),
            cell(SERIAL, &[1], text(&"S".repeat(3_000)[..400])),
        ]
    }

    #[tokio::test]
    async fn a_printer_says_what_it_is_in_either_version_and_within_bounds() {
        for manner in [Manner::Version2, Manner::Version1] {
            let responder = Responder::start(printer(), manner).await;
            let about = about("127.0.0.1", &settings(&responder)).await.unwrap();
            assert!(about.is_printer);
            assert_eq!(
                about.models,
                ["EPSON TM-T88V", "EPSON Built-in 11b/g/n Print Server"]
            );
            assert_eq!(about.name.as_deref(), Some("bar-printer"));
            assert_eq!(
                about.mac.map(|mac| mac.to_string()).as_deref(),
                Some("0026ab010203")
            );
            assert_eq!(about.serial.map(|serial| serial.len()), Some(80));
        }
    }

    #[tokio::test]
    async fn what_is_no_printer_is_said_to_be_none() {
        let system = vec![([SYSTEM, &[0]].concat(), Cell::Octets(b"Linux".to_vec()))];
        let responder = Responder::start(system, Manner::Version2).await;
        let about = about("127.0.0.1", &settings(&responder)).await.unwrap();
        assert!(!about.is_printer && about.mac.is_none());
    }

    #[tokio::test]
    async fn t13_hostile_answers_say_nothing_of_a_device_and_end() {
        for manner in [
            Manner::Noise,
            Manner::Cut,
            Manner::Oversized,
            Manner::Flood,
            Manner::Elsewhere,
        ] {
            let responder = Responder::start(printer(), manner).await;
            assert_eq!(
                about("127.0.0.1", &settings(&responder)).await,
                Err(NoAnswer),
                "{manner:?}"
            );
        }
        let responder = Responder::start(printer(), Manner::Endless).await;
        assert!(about("127.0.0.1", &settings(&responder)).await.is_ok());
        assert!(responder.asked() <= 2 + INTERFACES_MAX);
    }
}
