//! CUPS through its library: two of its calls, and nothing it says of states.
//!
//! Of crate `printers` only the list and the hand-over of a file are used. Its
//! job states cannot tell aborted from canceled, its `print` leaves documents
//! in the temporary folder, and its errors carry no reason; the bridge learns
//! all that over IPP.

use platen_spooler_wire::{Answer, Call, Failure, SystemPrinter};
use printers::common::base::job::PrinterJobOptions;
use printers::common::base::printer::{Printer, PrinterState};
use printers::common::converters::Converter;

use crate::system::{PRINTERS_MAX, System, SystemError, text};

/// CUPS through crate `printers`.
#[derive(Debug)]
pub(crate) struct PrintLibrary;

impl PrintLibrary {
    pub(crate) fn new() -> Self {
        Self
    }
}

impl System for PrintLibrary {
    fn printers(&mut self) -> Result<Vec<SystemPrinter>, SystemError> {
        Ok(printers::get_printers()
            .into_iter()
            // CUPS also lists what it hears of on the network; without a queue it has no state.
            .filter(|printer| printer.state != PrinterState::UNKNOWN)
            .take(PRINTERS_MAX)
            .map(system_printer)
            .collect())
    }

    fn print(
        &mut self,
        printer: &str,
        title: &str,
        options: &[(String, String)],
        path: &str,
    ) -> Result<u64, SystemError> {
        let raw_properties: Vec<(&str, &str)> = options
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        by_name(printer)
            .print_file(
                path,
                PrinterJobOptions {
                    name: Some(title),
                    raw_properties: &raw_properties,
                    converter: Converter::None,
                },
            )
            .map_err(|error| SystemError {
                failure: Failure::PrintService,
                detail: text(&error.message),
            })
    }

    fn ask(&mut self, _: &Call) -> Answer {
        Answer::Failed {
            failure: Failure::Refused,
            detail: "CUPS is asked over IPP, not here".to_owned(),
        }
    }
}

fn system_printer(printer: Printer) -> SystemPrinter {
    SystemPrinter {
        // Not cut: it is what one prints to.
        name: printer.system_name,
        info: text(&printer.name),
        location: text(&printer.location),
        make_and_model: text(&printer.driver_name),
        device_uri: without_password(&text(&printer.port_name)),
        reasons: printer
            .state_reasons
            .into_iter()
            .filter(|reason| reason != "none")
            .collect(),
        condition: None,
        default: printer.is_default,
    }
}

/// The library's handle of a queue. Made here, because looking it up lists all
/// printers first, which takes 300 ms where CUPS also asks the network.
fn by_name(system_name: &str) -> Printer {
    Printer {
        name: String::new(),
        system_name: system_name.to_owned(),
        driver_name: String::new(),
        uri: String::new(),
        port_name: String::new(),
        processor: String::new(),
        data_type: String::new(),
        description: String::new(),
        location: String::new(),
        is_default: false,
        is_shared: false,
        state: PrinterState::UNKNOWN,
        state_reasons: Vec::new(),
    }
}

/// A URI without the user and password some queues carry (`smb://me:secret@host`).
fn without_password(uri: &str) -> String {
    let Some((scheme, rest)) = uri.split_once("://") else {
        return uri.to_owned();
    };
    let authority_end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    match rest[..authority_end].rfind('@') {
        Some(at) => format!("{scheme}://{}", &rest[at + 1..]),
        None => uri.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_in_a_device_uri_stays_here() {
        for (uri, shown) in [
            ("socket://192.0.2.7:9100", "socket://192.0.2.7:9100"),
            ("smb://me:se@cret@host/till", "smb://host/till"),
            (
                "usb://EPSON/TM-T20?serial=A@1",
                "usb://EPSON/TM-T20?serial=A@1",
            ),
            ("file:/dev/null", "file:/dev/null"),
        ] {
            assert_eq!(without_password(uri), shown);
        }
    }

    #[test]
    fn what_a_printer_says_of_itself_is_cut_and_free_of_control_characters() {
        let printer = Printer {
            name: format!("Till\u{1b}[2J{}", "x".repeat(1_000)),
            state_reasons: vec!["none".to_owned(), "media-empty".to_owned()],
            ..by_name("till")
        };
        let listed = system_printer(printer);
        assert_eq!(listed.name, "till");
        assert_eq!(listed.info.chars().count(), 256);
        assert!(listed.info.starts_with("Till[2J"));
        assert_eq!(listed.reasons, ["media-empty"]);
    }
}
