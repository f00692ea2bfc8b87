//! What a ZPL label printer says of itself: the answer to `~HS`.
//!
//! Three lines, each from STX to ETX, with fields between commas. `~HS` is
//! obeyed at once and leaves no trace on paper. A stranger's words: bounded,
//! and what is not in this form is no answer.

use platen_protocol::{PrinterState, PrinterStateReason, StatusSource};

use super::DeviceStatus;

/// `~HS` — host status return.
pub(super) const STATUS: &[u8] = b"~HS";

/// An answer has 82 octets; what is longer is none.
const ANSWER_OCTETS_MAX: usize = 512;

const STX: u8 = 0x02;
const ETX: u8 = 0x03;

/// The back channel of a label printer.
#[derive(Debug, Default)]
pub(super) struct HostStatus {
    heard: Vec<u8>,
}

impl HostStatus {
    /// Hears what came; the status, once an answer is whole.
    pub(super) fn hear(&mut self, octets: &[u8]) -> Option<DeviceStatus> {
        self.heard.extend(octets);
        let status = read(&self.heard);
        if status.is_some() || self.heard.len() > ANSWER_OCTETS_MAX {
            self.heard.clear();
        }
        status
    }
}

/// The first two of the three lines say how the printer is.
fn read(heard: &[u8]) -> Option<DeviceStatus> {
    let mut lines = heard
        .split(|octet| *octet == ETX)
        .map(|line| line.rsplit(|octet| *octet == STX).next().unwrap_or(line));
    let (first, second, third) = (lines.next()?, lines.next()?, lines.next()?);
    // After the third ETX something follows, be it nothing.
    lines.next()?;
    let fields = |line| -> Option<Vec<&str>> {
        let text = std::str::from_utf8(line).ok()?;
        Some(text.split(',').map(str::trim).collect())
    };
    let (first, second) = (fields(first)?, fields(second)?);
    fields(third)?;
    if first.len() < 12 || second.len() < 4 {
        return None;
    }
    let is_set = |field: &&str| *field == "1";
    let conditions = [
        (is_set(&first[1]), PrinterStateReason::MEDIA_EMPTY),
        (is_set(&second[2]), PrinterStateReason::COVER_OPEN),
        (is_set(&second[3]), "marker-supply-empty"),
        (is_set(&first[2]), "paused"),
        (is_set(&first[11]), "fuser-over-temp"),
    ];
    let reasons: Vec<PrinterStateReason> = conditions
        .into_iter()
        .filter(|(is_so, _)| *is_so)
        .filter_map(|(_, reason)| reason.parse().ok())
        .collect();
    Some(DeviceStatus {
        state: Some(if reasons.is_empty() {
            PrinterState::Idle
        } else {
            PrinterState::Stopped
        }),
        reasons,
        reachable: Some(true),
        source: StatusSource::Connection,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn answer(first: &str, second: &str) -> Vec<u8> {
        format!("\x02{first}\x03\r\n\x02{second}\x03\r\n\x021234,0\x03\r\n").into_bytes()
    }

    const READY: &str = "030,0,0,1245,000,0,0,0,000,0,0,0";
    const AT_REST: &str = "000,0,0,0,0,2,4,0,00000000,1,000";

    #[test]
    fn the_fields_of_a_host_status_become_ipp_keywords() {
        let check = |first: &str, second: &str, expected: &[&str]| {
            let status = HostStatus::default().hear(&answer(first, second)).unwrap();
            let reasons: Vec<_> = status.reasons.iter().map(ToString::to_string).collect();
            assert_eq!(reasons, expected, "{first} {second}");
            assert_eq!(status.stops(), !expected.is_empty());
        };
        check(READY, AT_REST, &[]);
        check(
            "030,1,0,1245,000,0,0,0,000,0,0,0",
            AT_REST,
            &["media-empty"],
        );
        check("030,0,1,1245,000,0,0,0,000,0,0,0", AT_REST, &["paused"]);
        check(
            "030,0,0,1245,000,0,0,0,000,0,0,1",
            AT_REST,
            &["fuser-over-temp"],
        );
        check(READY, "000,0,1,0,0,2,4,0,00000000,1,000", &["cover-open"]);
        check(
            READY,
            "000,0,0,1,0,2,4,0,00000000,1,000",
            &["marker-supply-empty"],
        );
    }

    #[test]
    fn an_answer_in_crumbs_is_one_answer() {
        let mut status = HostStatus::default();
        let whole = answer(READY, AT_REST);
        let (last, before) = whole.split_last().unwrap();
        let early = before.iter().filter_map(|octet| status.hear(&[*octet]));
        let answers = early.count() + usize::from(status.hear(&[*last]).is_some());
        assert_eq!(answers, 1);
    }

    proptest! {
        /// Whatever comes, little of it is kept.
        #[test]
        fn a_printer_that_never_stops_talking_is_not_remembered(noise: Vec<Vec<u8>>) {
            let mut status = HostStatus::default();
            for octets in noise {
                status.hear(&octets);
                prop_assert!(status.heard.len() <= ANSWER_OCTETS_MAX + octets.len());
            }
        }
    }
}
