//! What a network printer says of itself by SNMP: the Host Resources MIB
//! (RFC 2790) and the Printer MIB (RFC 3805).
//!
//! Read only; of how a printer is, numbers only. What it says it is, in words,
//! is [`about`]'s alone. A question is
//! one datagram with one short deadline, and only an answer from the asked
//! address with the asked number counts (`session`, its octets in `platen-discovery`).
//! What the numbers mean is `condition`'s. [`Supplemented`] adds it to a
//! backend whose device does not tell more by itself.

mod about;
mod condition;
#[cfg(test)]
mod responder;
mod session;
mod supplement;

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use platen_discovery::snmp::{Oid, Question, Value};

use self::condition::{Readings, Supply};
use self::session::Session;
use super::DeviceStatus;

pub use self::about::{About, about};
pub use self::session::NoAnswer;
pub use self::supplement::Supplemented;

/// What SNMP takes for a password. Printers come with `public`.
#[derive(Clone, PartialEq, Eq)]
pub struct Community(String);

/// More octets than printers take.
const COMMUNITY_OCTETS_MAX: usize = 64;

/// The text is no community name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("write 1 to {COMMUNITY_OCTETS_MAX} printable ASCII characters")]
pub struct NotACommunity;

impl FromStr for Community {
    type Err = NotACommunity;

    fn from_str(text: &str) -> Result<Self, NotACommunity> {
        let fits = (1..=COMMUNITY_OCTETS_MAX).contains(&text.len())
            && text.bytes().all(|octet| (b' '..=b'~').contains(&octet));
        fits.then(|| Self(text.to_owned())).ok_or(NotACommunity)
    }
}

impl Default for Community {
    fn default() -> Self {
        Self("public".to_owned())
    }
}

impl fmt::Debug for Community {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Community(..)")
    }
}

/// How printers are asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SnmpSettings {
    /// As the printer's administrator set it.
    pub community: Community,
    /// UDP port.
    pub port: u16,
    /// For each answer. A question is asked twice.
    pub answer_wait_ms_max: u64,
}

impl Default for SnmpSettings {
    fn default() -> Self {
        Self {
            community: Community::default(),
            port: 161,
            // On a local network an answer takes a few milliseconds, from a sleeping printer more.
            answer_wait_ms_max: 400,
        }
    }
}

/// `hrPrinterStatus`: one row for each printer of the device.
const PRINTER_STATUS: Oid<'static> = &[1, 3, 6, 1, 2, 1, 25, 3, 5, 1, 1];
/// `hrPrinterDetectedErrorState`.
const ERROR_STATE: Oid<'static> = &[1, 3, 6, 1, 2, 1, 25, 3, 5, 1, 2];
/// `hrDeviceStatus`.
const DEVICE_STATUS: Oid<'static> = &[1, 3, 6, 1, 2, 1, 25, 3, 2, 1, 5];
/// `prtMarkerSuppliesClass`, `...MaxCapacity`, `...Level`.
const SUPPLIES: [Oid<'static>; 3] = [
    &[1, 3, 6, 1, 2, 1, 43, 11, 1, 1, 4],
    &[1, 3, 6, 1, 2, 1, 43, 11, 1, 1, 8],
    &[1, 3, 6, 1, 2, 1, 43, 11, 1, 1, 9],
];
/// No printer has more cartridges; one that claims so is not read to the end.
const SUPPLIES_MAX: usize = 8;

/// Asks the printer at `host` how it is.
///
/// `Ok(None)` when something answers that is no printer.
///
/// # Errors
/// When nothing answers in time.
pub async fn observe(
    host: &str,
    settings: &SnmpSettings,
) -> Result<Option<DeviceStatus>, NoAnswer> {
    let wait = Duration::from_millis(settings.answer_wait_ms_max);
    let mut session =
        Session::open((host, settings.port), settings.community.clone(), wait).await?;
    let first = session
        .ask(
            Question::After,
            &[PRINTER_STATUS.into(), ERROR_STATE.into()],
        )
        .await?;
    let Some((row, printer_status)) = first
        .iter()
        .find_map(|(name, value)| Some((row(name, PRINTER_STATUS)?, value.number()?)))
    else {
        return Ok(None);
    };
    let error_state = first
        .iter()
        .find(|(name, _)| self::row(name, ERROR_STATE) == Some(row))
        .and_then(|(_, value)| value.octets())
        .unwrap_or_default();
    // A lost answer from here on costs what it would have said, not the rest.
    let device = [DEVICE_STATUS, row].concat();
    let device_status = match session.ask(Question::Exactly, &[device]).await {
        Ok(answer) => answer.first().and_then(|(_, value)| value.number()),
        Err(NoAnswer) => None,
    };
    let readings = Readings {
        printer_status,
        device_status,
        error_state: error_state.to_vec(),
        supplies: supplies(&mut session).await,
    };
    Ok(Some(readings.status()))
}

/// The marker supplies, as far as they can be read.
async fn supplies(session: &mut Session) -> Vec<Supply> {
    let mut supplies = Vec::new();
    let mut after: Vec<Vec<u32>> = SUPPLIES.iter().map(|column| column.to_vec()).collect();
    while supplies.len() < SUPPLIES_MAX {
        let Ok(answer) = session.ask(Question::After, &after).await else {
            break;
        };
        let [class, max, level] = &answer[..] else {
            break;
        };
        let cell =
            |(name, value): &(Vec<u32>, Value), column| row(name, column).and(value.number());
        let (Some(class_number), Some(max_number), Some(level_number)) = (
            cell(class, SUPPLIES[0]),
            cell(max, SUPPLIES[1]),
            cell(level, SUPPLIES[2]),
        ) else {
            break;
        };
        supplies.push(Supply {
            class: class_number,
            max: max_number,
            level: level_number,
        });
        let next: Vec<_> = answer.into_iter().map(|(name, _)| name).collect();
        // A table that goes backwards has no end.
        if next <= after {
            break;
        }
        after = next;
    }
    supplies
}

/// The row of a cell, if it is one of this column.
fn row<'a>(name: &'a [u32], column: Oid<'_>) -> Option<&'a [u32]> {
    name.strip_prefix(column).filter(|row| !row.is_empty())
}

#[cfg(test)]
mod tests {
    use platen_protocol::{PrinterState, StatusSource};

    use super::responder::{Cell, Manner, Responder};
    use super::*;

    fn settings(responder: &Responder) -> SnmpSettings {
        SnmpSettings {
            port: responder.port(),
            answer_wait_ms_max: 150,
            ..SnmpSettings::default()
        }
    }

    async fn reasons(responder: &Responder) -> Result<Option<Vec<String>>, NoAnswer> {
        let status = observe("127.0.0.1", &settings(responder)).await?;
        Ok(status.map(|status| {
            assert_eq!(status.source, StatusSource::Snmp);
            status.reasons.iter().map(ToString::to_string).collect()
        }))
    }

    /// A laser printer out of paper, its black nearly used up.
    fn out_of_paper() -> Vec<(Vec<u32>, Cell)> {
        let cell = |column: Oid<'_>, row: &[u32], cell| ([column, row].concat(), cell);
        vec![
            cell(DEVICE_STATUS, &[1], Cell::Number(5)),
            cell(PRINTER_STATUS, &[1], Cell::Number(1)),
            cell(ERROR_STATE, &[1], Cell::Octets(vec![0x40])),
            cell(SUPPLIES[0], &[1, 1], Cell::Number(3)),
            cell(SUPPLIES[0], &[1, 2], Cell::Number(4)),
            cell(SUPPLIES[1], &[1, 1], Cell::Number(4_000)),
            cell(SUPPLIES[1], &[1, 2], Cell::Number(100)),
            cell(SUPPLIES[2], &[1, 1], Cell::Number(80)),
            cell(SUPPLIES[2], &[1, 2], Cell::Number(1)),
        ]
    }

    #[tokio::test]
    async fn a_printer_is_asked_in_either_version_and_says_how_it_is() {
        for manner in [Manner::Version2, Manner::Version1] {
            let responder = Responder::start(out_of_paper(), manner).await;
            let status = observe("127.0.0.1", &settings(&responder)).await;
            let status = status.unwrap().unwrap();
            assert_eq!(status.state, Some(PrinterState::Stopped), "{manner:?}");
            assert_eq!(
                reasons(&responder).await.unwrap().unwrap(),
                ["media-empty", "marker-supply-low-warning"]
            );
        }
    }

    #[tokio::test]
    async fn what_is_no_printer_says_nothing_of_a_printer() {
        let system = vec![(vec![1, 3, 6, 1, 2, 1, 1, 3, 0], Cell::Number(7))];
        for cells in [vec![], system] {
            let responder = Responder::start(cells, Manner::Version2).await;
            assert_eq!(reasons(&responder).await, Ok(None));
        }
    }

    #[tokio::test]
    async fn t13_hostile_answers_are_no_answers() {
        for manner in [
            Manner::Silent,
            Manner::Empty,
            Manner::Noise,
            Manner::Cut,
            Manner::Oversized,
            Manner::WrongNumber,
            Manner::WrongCommunity,
            Manner::Elsewhere,
            Manner::Flood,
        ] {
            let responder = Responder::start(out_of_paper(), manner).await;
            assert_eq!(reasons(&responder).await, Err(NoAnswer), "{manner:?}");
        }
    }

    #[tokio::test]
    async fn a_late_answer_is_not_taken_for_the_next() {
        let responder = Responder::start(out_of_paper(), Manner::OneBehind).await;
        assert_eq!(reasons(&responder).await, Err(NoAnswer));
    }

    #[tokio::test]
    async fn a_table_without_end_is_read_to_the_bound() {
        let responder = Responder::start(out_of_paper(), Manner::Endless).await;
        let reasons = reasons(&responder).await.unwrap().unwrap();
        assert_eq!(reasons[0], "media-empty");
        assert!(responder.asked() <= 2 * (2 + SUPPLIES_MAX));
    }

    #[test]
    fn a_community_is_one_line_and_shown_nowhere() {
        for text in ["", "a\nb", "ü", &"x".repeat(65)] {
            assert_eq!(text.parse::<Community>(), Err(NotACommunity));
        }
        let community: Community = "s3cret".parse().unwrap();
        assert!(!format!("{community:?}").contains("s3cret"));
    }

    #[tokio::test]
    async fn a_closed_port_is_no_answer() {
        let responder = Responder::start(vec![], Manner::Version2).await;
        let settings = settings(&responder);
        drop(responder);
        assert_eq!(observe("127.0.0.1", &settings).await, Err(NoAnswer));
        assert_eq!(observe("nowhere.invalid", &settings).await, Err(NoAnswer));
    }
}
