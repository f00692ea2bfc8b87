//! What CUPS says of a job or a printer, as types. Pure.
//!
//! Keywords pass only when they are keywords, texts only without control
//! characters: they come from drivers and devices.

use ipp::attribute::{IppAttribute, IppAttributeGroup};
use ipp::model::DelimiterTag;
use ipp::request::IppRequestResponse;
use ipp::value::IppValue;
use platen_protocol::{PrinterState, PrinterStateReason};

use super::condition::normalized;
use crate::backend::{DeviceUri, Equipment};

/// More values than any attribute read here has.
const VALUES_MAX: usize = 64;
/// A message longer than this is cut.
const MESSAGE_CHARS_MAX: usize = 200;

/// `job-state` as CUPS counts (RFC 8011 §5.3.7).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SpoolerJobState {
    Pending,
    PendingHeld,
    Processing,
    ProcessingStopped,
    Canceled,
    Aborted,
    Completed,
}

impl SpoolerJobState {
    /// Whether nothing more will happen to the job.
    pub(super) fn is_over(self) -> bool {
        match self {
            Self::Canceled | Self::Aborted | Self::Completed => true,
            Self::Pending | Self::PendingHeld | Self::Processing | Self::ProcessingStopped => false,
        }
    }

    pub(super) fn from_number(number: i32) -> Option<Self> {
        Some(match number {
            3 => Self::Pending,
            4 => Self::PendingHeld,
            5 => Self::Processing,
            6 => Self::ProcessingStopped,
            7 => Self::Canceled,
            8 => Self::Aborted,
            9 => Self::Completed,
            _ => return None,
        })
    }
}

/// A job as the spooler sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SpoolerJob {
    pub(crate) id: i32,
    pub(crate) state: SpoolerJobState,
    /// `job-state-reasons`.
    pub(crate) reasons: Vec<String>,
    /// `job-printer-state-message`: what the device or its driver said last.
    pub(crate) message: String,
    /// Whether it was ever given to the device (`time-at-processing`).
    pub(crate) was_processed: bool,
    /// Our mark on it, if it has one.
    pub(crate) delivery: Option<String>,
}

/// The attributes [`SpoolerJob::from_group`] reads.
pub(crate) const JOB_ATTRIBUTES: [&str; 6] = [
    "job-id",
    "job-state",
    "job-state-reasons",
    "job-printer-state-message",
    "time-at-processing",
    DELIVERY_MARK,
];

/// The attribute that marks a job as one delivery of ours. CUPS keeps job
/// attributes it does not know.
pub(crate) const DELIVERY_MARK: &str = "platen-delivery";

/// What CUPS's `socket` backend says before it has a connection.
const WITHOUT_CONNECTION: [&str; 7] = [
    "Unable to locate printer",
    "Connecting to printer",
    "The printer is not responding",
    "The printer is unreachable",
    "The printer is in use",
    "The printer may not exist",
    "Unable to contact printer",
];

impl SpoolerJob {
    /// Whether a job without a driver was cut off under way: the device had it,
    /// and now it waits to be sent again from its beginning, or CUPS gave it up.
    /// A backend that says it never had a connection has sent nothing.
    pub(super) fn was_cut_off(&self) -> bool {
        let is_under_way_no_more = match self.state {
            SpoolerJobState::Pending | SpoolerJobState::PendingHeld | SpoolerJobState::Aborted => {
                true
            }
            SpoolerJobState::Processing
            | SpoolerJobState::ProcessingStopped
            | SpoolerJobState::Canceled
            | SpoolerJobState::Completed => false,
        };
        let never_connected = WITHOUT_CONNECTION
            .iter()
            .any(|words| self.message.starts_with(words));
        self.was_processed && is_under_way_no_more && !never_connected
    }

    /// The jobs of a response, in its order.
    pub(crate) fn all(response: &IppRequestResponse) -> Vec<Self> {
        response
            .attributes()
            .groups_of(DelimiterTag::JobAttributes)
            .filter_map(Self::from_group)
            .collect()
    }

    /// A job of which only the end is known.
    pub(super) fn ended(id: i32, state: SpoolerJobState) -> Self {
        Self {
            id,
            state,
            reasons: Vec::new(),
            message: String::new(),
            // Nobody said that it was not.
            was_processed: true,
            delivery: None,
        }
    }

    fn from_group(group: &IppAttributeGroup) -> Option<Self> {
        Some(Self {
            id: number(group, "job-id")?,
            state: SpoolerJobState::from_number(number(group, "job-state")?)?,
            reasons: keywords(group, "job-state-reasons"),
            message: text(group, "job-printer-state-message"),
            was_processed: number(group, "time-at-processing").is_some(),
            delivery: Some(text(group, DELIVERY_MARK)).filter(|mark| !mark.is_empty()),
        })
    }
}

/// A printer as the spooler sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SpoolerPrinter {
    pub(crate) state: PrinterState,
    /// As [`normalized`].
    pub(crate) reasons: Vec<PrinterStateReason>,
    pub(crate) accepts_jobs: bool,
    /// Whether the printer gets whatever arrives, as it is.
    pub(crate) is_raw: bool,
    /// Where CUPS sends the octets, without passwords; empty when it does not say.
    device_uri: String,
}

/// How CUPS calls a printer without a driver (`Local Raw Printer`).
const RAW_PRINTER: &str = "Raw Printer";

/// What the device of CUPS's `socket` backend is called.
const SOCKET_SCHEME: &str = "socket:";

/// What CUPS's network backends say while they wait for the printer to finish.
const WAITS_FOR_DEVICE: &str = "cups-waiting-for-job-completed";

/// The attributes [`SpoolerPrinter::of`] reads.
pub(crate) const PRINTER_ATTRIBUTES: [&str; 5] = [
    "printer-state",
    "printer-state-reasons",
    "printer-is-accepting-jobs",
    "printer-make-and-model",
    "device-uri",
];

impl SpoolerPrinter {
    pub(crate) fn of(response: &IppRequestResponse) -> Option<Self> {
        let group = response
            .attributes()
            .groups_of(DelimiterTag::PrinterAttributes)
            .next()?;
        let state = match number(group, "printer-state")? {
            3 => PrinterState::Idle,
            4 => PrinterState::Processing,
            5 => PrinterState::Stopped,
            _ => return None,
        };
        let reasons = keywords(group, "printer-state-reasons");
        Some(Self {
            state,
            reasons: normalized(state, reasons.iter().map(String::as_str)),
            accepts_jobs: boolean(group, "printer-is-accepting-jobs") != Some(false),
            is_raw: text(group, "printer-make-and-model").ends_with(RAW_PRINTER),
            device_uri: text(group, "device-uri"),
        })
    }

    /// Whether the octets go as they are to a TCP port, through CUPS's `socket`
    /// backend. That one knows little of what becomes of them: what the system
    /// has taken it calls sent, also when the connection breaks afterwards.
    pub(crate) fn is_bare_socket(&self) -> bool {
        self.is_raw && self.device_uri.starts_with(SOCKET_SCHEME)
    }

    /// The device of such a queue, as the agent could print to it itself.
    pub(crate) fn direct(&self) -> Option<DeviceUri> {
        let uri = self.device_uri.as_str();
        // CUPS's options stand behind the address (`?waiteof=false`).
        let address = uri.split_once('?').map_or(uri, |(address, _)| address);
        let direct = address.trim_end_matches('/').parse().ok();
        direct.filter(|_| self.is_bare_socket())
    }

    /// Whether CUPS has sent all of a job and waits for the printer to finish it.
    pub(crate) fn waits_for_the_device(&self) -> bool {
        let waits = |reason: &PrinterStateReason| reason.as_str().starts_with(WAITS_FOR_DEVICE);
        self.reasons.iter().any(waits)
    }

    /// Why a job cannot go on here; `None` when it can.
    pub(crate) fn stop(&self) -> Option<Vec<PrinterStateReason>> {
        let stopping = self.reasons.iter().filter(|reason| reason.stops());
        let stopping: Vec<_> = stopping.cloned().collect();
        Some(stopping).filter(|reasons| !reasons.is_empty())
    }
}

/// The attributes [`equipment`] reads.
pub(crate) const EQUIPMENT_ATTRIBUTES: [&str; 5] = [
    "printer-make-and-model",
    "printer-resolution-default",
    "printer-resolution-supported",
    "media-source-supported",
    "media-supported",
];

/// What a printer has, as far as its queue's driver says.
pub(crate) fn equipment(response: &IppRequestResponse) -> Equipment {
    let groups = response.attributes();
    let Some(group) = groups.groups_of(DelimiterTag::PrinterAttributes).next() else {
        return Equipment::default();
    };
    let default = value(group, "printer-resolution-default").and_then(density);
    let supported = value(group, "printer-resolution-supported");
    Equipment::new(
        text(group, "printer-make-and-model"),
        default,
        supported.into_iter().flatten().filter_map(density),
        all_keywords(group, "media-source-supported"),
        all_keywords(group, "media-supported"),
    )
}

/// The dots per inch of a resolution: those along the paper, where they differ.
fn density(value: &IppValue) -> Option<u32> {
    /// `units` of a resolution (RFC 8010 §3.9).
    const PER_INCH: i8 = 3;
    const PER_CENTIMETER: i8 = 4;
    let IppValue::Resolution { feed, units, .. } = value else {
        return None;
    };
    let feed = u32::try_from(*feed).ok().filter(|feed| *feed > 0)?;
    match *units {
        PER_INCH => Some(feed),
        PER_CENTIMETER => Some(feed.checked_mul(254)? / 100),
        _ => None,
    }
}

/// The message a failed request carries, for people.
pub(crate) fn status_message(response: &IppRequestResponse) -> String {
    response
        .attributes()
        .groups_of(DelimiterTag::OperationAttributes)
        .next()
        .map(|group| text(group, IppAttribute::STATUS_MESSAGE))
        .unwrap_or_default()
}

fn value<'a>(group: &'a IppAttributeGroup, name: &str) -> Option<&'a IppValue> {
    group
        .attributes()
        .iter()
        .find(|attribute| attribute.name().as_str() == name)
        .map(IppAttribute::value)
}

pub(super) fn number(group: &IppAttributeGroup, name: &str) -> Option<i32> {
    match value(group, name)? {
        IppValue::Integer(number) | IppValue::Enum(number) => Some(*number),
        _ => None,
    }
}

fn boolean(group: &IppAttributeGroup, name: &str) -> Option<bool> {
    match value(group, name)? {
        IppValue::Boolean(boolean) => Some(*boolean),
        _ => None,
    }
}

fn keywords(group: &IppAttributeGroup, name: &str) -> Vec<String> {
    all_keywords(group, name).take(VALUES_MAX).collect()
}

fn all_keywords(group: &IppAttributeGroup, name: &str) -> impl Iterator<Item = String> {
    let values = value(group, name).into_iter().flatten();
    values.filter_map(|value| match value {
        IppValue::Keyword(keyword) => Some(keyword.as_str().to_owned()),
        _ => None,
    })
}

pub(super) fn text(group: &IppAttributeGroup, name: &str) -> String {
    let Some(value) = value(group, name) else {
        return String::new();
    };
    let text = match value {
        IppValue::TextWithoutLanguage(text) => text.to_string(),
        IppValue::NameWithoutLanguage(name) => name.to_string(),
        IppValue::Keyword(keyword) => keyword.to_string(),
        IppValue::Uri(uri) => uri.to_string(),
        _ => String::new(),
    };
    text.chars()
        .filter(|c| !c.is_control())
        .take(MESSAGE_CHARS_MAX)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keyword(text: &str) -> IppValue {
        IppValue::new_keyword(text).unwrap()
    }

    fn response(tag: DelimiterTag, attributes: &[(&str, IppValue)]) -> IppRequestResponse {
        let mut response = IppRequestResponse::new_response(
            ipp::model::IppVersion::v1_1(),
            ipp::model::StatusCode::SuccessfulOk,
            1,
        )
        .unwrap();
        for (name, value) in attributes {
            let attribute = IppAttribute::with_name(name, value.clone()).unwrap();
            response.attributes_mut().add(tag, attribute);
        }
        response
    }

    #[test]
    fn what_a_printer_has_is_read_and_what_makes_no_sense_is_left_out() {
        let dots = |feed, units| IppValue::Resolution {
            cross_feed: 300,
            feed,
            units,
        };
        let make = IppValue::new_text_without_language("Shop Laser".to_owned()).unwrap();
        let response = response(
            DelimiterTag::PrinterAttributes,
            &[
                ("printer-make-and-model", make),
                ("printer-resolution-default", dots(600, 3)),
                (
                    "printer-resolution-supported",
                    IppValue::Array(vec![
                        dots(600, 3),
                        dots(118, 4),
                        dots(-1, 3),
                        dots(600, 9),
                        keyword("600dpi"),
                    ]),
                ),
                ("media-source-supported", keyword("tray-1")),
                (
                    "media-supported",
                    IppValue::Array(vec![
                        keyword("iso_a4_210x297mm"),
                        keyword("custom_max_210x3000mm"),
                        IppValue::Integer(4),
                    ]),
                ),
            ],
        );
        let has = equipment(&response);
        assert_eq!(has.driver, "Shop Laser");
        assert_eq!(
            (has.density, &has.densities[..]),
            (Some(600), &[299, 600][..])
        );
        assert_eq!(has.trays, ["tray-1"]);
        let names: Vec<_> = has.sizes.iter().map(|size| size.name.as_str()).collect();
        assert_eq!(names, ["iso-a4"]);
    }

    #[test]
    fn a_printer_is_stopped_by_what_keeps_paper_from_coming_out() {
        for (state, reasons, expected) in [
            (3, &["none"][..], None),
            (4, &["media-low-warning"], None),
            (4, &["connecting-to-device"], None),
            (4, &["media-empty-error"], Some(&["media-empty"][..])),
            (
                4,
                &["toner-low-warning", "cover-open"],
                Some(&["cover-open"]),
            ),
            (4, &["offline-report"], Some(&["offline"])),
            (5, &["paused"], Some(&["paused"])),
            (5, &["none"], Some(&["other"])),
        ] {
            let values = reasons.iter().map(|reason| keyword(reason)).collect();
            let response = response(
                DelimiterTag::PrinterAttributes,
                &[
                    ("printer-state", IppValue::Enum(state)),
                    ("printer-state-reasons", IppValue::Array(values)),
                ],
            );
            let stop = SpoolerPrinter::of(&response).unwrap().stop();
            let stop: Option<Vec<_>> = stop
                .as_ref()
                .map(|reasons| reasons.iter().map(PrinterStateReason::as_str).collect());
            let expected = expected.map(<[_]>::to_vec);
            assert_eq!(stop, expected, "{state} {reasons:?}");
        }
    }

    #[test]
    fn the_device_behind_a_queue_without_a_driver_can_be_named() {
        for (model, device, expected) in [
            (
                "Local Raw Printer",
                "socket://10.0.0.5",
                Some("socket://10.0.0.5:9100"),
            ),
            (
                "Local Raw Printer",
                "socket://10.0.0.5:9101/?waiteof=false",
                Some("socket://10.0.0.5:9101"),
            ),
            ("Local Raw Printer", "usb://EPSON/TM-T20", None),
            ("Local Raw Printer", "", None),
            ("Generic PCL Laser Printer", "socket://10.0.0.5", None),
        ] {
            let text = |text: &str| IppValue::new_text_without_language(text).unwrap();
            let response = response(
                DelimiterTag::PrinterAttributes,
                &[
                    ("printer-state", IppValue::Enum(3)),
                    ("printer-make-and-model", text(model)),
                    ("device-uri", IppValue::new_uri(device).unwrap()),
                ],
            );
            let direct = SpoolerPrinter::of(&response).unwrap().direct();
            let direct = direct.map(|uri| uri.to_string());
            assert_eq!(direct.as_deref(), expected, "{model} {device}");
        }
    }

    #[test]
    fn a_job_the_device_had_that_waits_again_was_cut_off() {
        use SpoolerJobState::{Aborted, Completed, Pending, PendingHeld, Processing};
        let broken = "Unable to write print data: Broken pipe";
        let refused = "The printer is in use.";
        for (state, message, was_processed, expected) in [
            (Pending, broken, true, true),
            (PendingHeld, broken, true, true),
            (Aborted, broken, true, true),
            (
                Pending,
                "Druckdaten k\u{f6}nnen nicht geschrieben werden",
                true,
                true,
            ),
            (Pending, "", false, false),
            (Pending, refused, true, false),
            (Aborted, refused, true, false),
            (Processing, broken, true, false),
            (Completed, broken, true, false),
        ] {
            let job = SpoolerJob {
                message: message.to_owned(),
                was_processed,
                ..SpoolerJob::ended(1, state)
            };
            assert_eq!(job.was_cut_off(), expected, "{job:?}");
        }
    }

    #[test]
    fn a_job_reads_as_far_as_it_makes_sense() {
        let job = |attributes: &[(&str, IppValue)]| {
            SpoolerJob::all(&response(DelimiterTag::JobAttributes, attributes)).pop()
        };
        let id = ("job-id", IppValue::Integer(7));
        let message = IppValue::new_text_without_language("a\u{7}b").unwrap();
        assert_eq!(
            job(&[
                id.clone(),
                ("job-state", IppValue::Enum(5)),
                ("job-printer-state-message", message),
                ("time-at-processing", IppValue::Integer(1)),
            ]),
            Some(SpoolerJob {
                id: 7,
                state: SpoolerJobState::Processing,
                reasons: vec![],
                message: "ab".to_owned(),
                was_processed: true,
                delivery: None,
            })
        );
        let waiting = job(&[
            id.clone(),
            ("job-state", IppValue::Enum(3)),
            ("time-at-processing", IppValue::NoValue),
        ]);
        assert!(!waiting.unwrap().was_processed);
        assert_eq!(job(std::slice::from_ref(&id)), None);
        assert_eq!(job(&[id, ("job-state", IppValue::Enum(42))]), None);
    }
}
