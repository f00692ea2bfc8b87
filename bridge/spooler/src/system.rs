//! The system's print library: two of its calls, and nothing it says of states.
//!
//! Of crate `printers` only the list and the hand-over of a file are used. Its
//! job states cannot tell aborted from canceled, its `print` leaves documents
//! in the temporary folder, and its errors carry no reason; the bridge learns
//! all that over IPP.

use platen_spooler_wire::SystemPrinter;
use printers::common::base::job::PrinterJobOptions;
use printers::common::base::printer::{Printer, PrinterState};
use printers::common::converters::Converter;

/// A list longer than this is no list of a machine's printers.
const PRINTERS_MAX: usize = 1_000;
/// Longer texts are cut: they come from drivers and network announcements.
const TEXT_CHARS_MAX: usize = 256;

/// What a print system can do.
pub(crate) trait System {
    /// The printers; empty also when there is no print service.
    fn printers(&self) -> Vec<SystemPrinter>;

    /// Hands the file at `path` over and returns the print service's job id.
    ///
    /// # Errors
    /// What the library says, which is not much.
    fn print(
        &self,
        printer: &str,
        title: &str,
        options: &[(String, String)],
        path: &str,
    ) -> Result<u64, String>;
}

/// CUPS or winspool through crate `printers`.
pub(crate) struct PrintLibrary;

impl System for PrintLibrary {
    fn printers(&self) -> Vec<SystemPrinter> {
        printers::get_printers()
            .into_iter()
            // CUPS also lists what it hears of on the network; without a queue it has no state.
            .filter(|printer| printer.state != PrinterState::UNKNOWN)
            .take(PRINTERS_MAX)
            .map(system_printer)
            .collect()
    }

    fn print(
        &self,
        printer: &str,
        title: &str,
        options: &[(String, String)],
        path: &str,
    ) -> Result<u64, String> {
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
            .map_err(|error| text(&error.message))
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

fn text(text: &str) -> String {
    text.chars()
        .filter(|c| !c.is_control())
        .take(TEXT_CHARS_MAX)
        .collect()
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
        assert_eq!(listed.info.chars().count(), TEXT_CHARS_MAX);
        assert!(listed.info.starts_with("Till[2J"));
        assert_eq!(listed.reasons, ["media-empty"]);
    }
}
