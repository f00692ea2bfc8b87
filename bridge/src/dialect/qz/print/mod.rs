//! `print`: what goes to which printer, as octets.
//!
//! [`read`] takes the call apart; [`Print::jobs`] makes octets of it, once it
//! has been admitted and what stands behind URLs has been fetched.

mod item;
mod options;

use std::fmt;
use std::sync::Arc;

use platen_protocol::job::FORMAT_RAW;
use platen_receipt::Profile;
use serde::Deserialize;
use serde_json::Value;

use self::item::{Item, Kind};
use self::options::{Options, Spool};
pub(super) use self::options::{number, text};
use super::page::PixelPrint;
use super::surrogate::without_halves;

/// More is a mistake, and paper.
const COPIES_MAX: u32 = 1_000;

/// What raw printing calls its port where the page names none.
const RAW_PORT: u16 = 9100;

const NO_DATA: &str = "No data has been specified for printing";

/// What a page asked to print.
pub(crate) struct Print {
    /// Where.
    pub(crate) target: Target,
    /// `jobName`, where the page gave one.
    pub(crate) name: Option<String>,
    /// How many times.
    copies: u32,
    items: Vec<Item>,
    form: Form,
}

/// What the items of a print become.
enum Form {
    /// One stream for the printer, cut where the page says so.
    Commands(Option<Spool>),
    /// Pages.
    Pages(PixelPrint),
}

/// A job of a print.
pub(crate) struct Job {
    /// Its media type.
    pub(crate) format: String,
    /// Its document.
    pub(crate) octets: Vec<u8>,
}

/// What makes something printable of pages at the printer.
pub(crate) enum Pages {
    /// The print service.
    Driver,
    /// Nothing: a picture becomes a receipt for this model.
    Raw(Arc<Profile>),
}

/// Tells where and how often, never what.
impl fmt::Debug for Print {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (target, items) = (&self.target, self.items.len());
        write!(f, "Print({target:?}, {items} items, {} times)", self.copies)
    }
}

/// Where a page prints.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Target {
    /// The printer with this name.
    Name(String),
    /// A device that the page names by its address.
    Host {
        /// Name or address.
        host: String,
        /// TCP port.
        port: u16,
    },
    /// A file.
    File(String),
}

impl Print {
    /// The URLs that must be asked, in the order in which [`Print::jobs`] wants
    /// what they answered.
    pub(crate) fn urls(&self) -> impl Iterator<Item = &str> {
        self.items.iter().filter_map(Item::url)
    }

    /// Whether making documents takes more than a moment.
    pub(crate) fn is_work(&self) -> bool {
        matches!(self.form, Form::Pages(_)) || self.items.iter().any(Item::is_work)
    }

    /// The jobs in their order, and how many times all of them are printed.
    ///
    /// # Errors
    /// In the words that pages look for, without anything of the document.
    pub(crate) fn jobs(
        self,
        fetched: Vec<Vec<u8>>,
        pages: &Pages,
    ) -> Result<(Vec<Job>, u32), String> {
        let mut fetched = fetched.into_iter();
        let octets = self.items.into_iter().map(|item| {
            let answer = item.url().and_then(|_| fetched.next());
            item.octets(answer)
        });
        let octets: Vec<Vec<u8>> = octets.collect::<Result<_, _>>()?;
        let raw = |octets| Job {
            format: FORMAT_RAW.to_owned(),
            octets,
        };
        let wrong = |why: String| format!("Cannot parse data as an image: {why}");
        match (self.form, pages) {
            (Form::Commands(spool), _) => {
                let stream = octets.concat();
                if stream.is_empty() {
                    return Err(NO_DATA.to_owned());
                }
                let jobs = match &spool {
                    Some(spool) => spool.split(&stream),
                    None => vec![stream],
                };
                Ok((jobs.into_iter().map(raw).collect(), self.copies))
            }
            (Form::Pages(print), Pages::Driver) => {
                let document = print.pages(&octets, self.copies).map_err(wrong)?;
                let job = Job {
                    format: document.format,
                    octets: document.octets,
                };
                Ok((vec![job], 1))
            }
            (Form::Pages(print), Pages::Raw(profile)) => {
                let receipt = print.receipt(&octets, profile).map_err(wrong)?;
                Ok((vec![raw(receipt)], self.copies))
            }
        }
    }
}

#[derive(Deserialize)]
struct Params {
    #[serde(default)]
    printer: Option<Value>,
    #[serde(default)]
    options: Value,
    #[serde(default)]
    data: Vec<Value>,
}

/// Reads the params of `print`.
///
/// # Errors
/// In the words that pages look for, without anything of the document.
pub(crate) fn read(params: &str) -> Result<Print, String> {
    let params: Params = serde_json::from_str(params)
        .or_else(|_| serde_json::from_str(&without_halves(params)))
        .map_err(|_| "The print request cannot be read".to_owned())?;
    let target = target(params.printer.as_ref())?;
    let first = params.data.first().ok_or_else(|| NO_DATA.to_owned())?;
    let kind = Kind::of(first);
    match &target {
        Target::Host { .. } if kind.pixel => {
            return Err("PIXEL cannot print to a raw host".to_owned());
        }
        Target::File(_) if kind.pixel => {
            return Err("PIXEL cannot print to a raw file".to_owned());
        }
        Target::Name(_) | Target::Host { .. } | Target::File(_) => {}
    }
    let options = Options::deserialize(&params.options).unwrap_or_default();
    let items = params.data.iter();
    let (items, form) = if kind.pixel {
        let items: Vec<Item> = items.map(Item::read_pixel).collect::<Result<_, _>>()?;
        let pages = PixelPrint::read(&params.options);
        (items, Form::Pages(pages))
    } else {
        let encoding = options.encoding()?;
        // Only pictures are turned.
        let turn = options.turn();
        let items = items.map(|item| Item::read(item, encoding, &turn));
        let items: Vec<Item> = items.collect::<Result<_, _>>()?;
        (items, Form::Commands(options.spool(encoding)))
    };
    let copies = number(options.copies.as_ref()).unwrap_or(1);
    Ok(Print {
        target,
        name: text(options.job_name.as_ref()).filter(|name| !name.is_empty()),
        copies: u32::try_from(copies)
            .unwrap_or(COPIES_MAX)
            .clamp(1, COPIES_MAX),
        items,
        form,
    })
}

fn target(printer: Option<&Value>) -> Result<Target, String> {
    let printer = printer
        .filter(|printer| !printer.is_null())
        .ok_or_else(|| "A printer must be specified before printing".to_owned())?;
    let member = |name: &str| text(printer.get(name));
    if let Some(name) = text(Some(printer)).or_else(|| member("name")) {
        Ok(Target::Name(name))
    } else if let Some(host) = member("host") {
        let port = number(printer.get("port")).and_then(|port| u16::try_from(port).ok());
        Ok(Target::Host {
            host,
            port: port.unwrap_or(RAW_PORT),
        })
    } else if let Some(file) = member("file") {
        Ok(Target::File(file))
    } else {
        Err("No printer output has been specified".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn jobs(params: &Value) -> Result<Vec<Vec<u8>>, String> {
        let print = read(&params.to_string())?;
        let (jobs, _) = print.jobs(Vec::new(), &Pages::Driver)?;
        Ok(jobs.into_iter().map(|job| job.octets).collect())
    }

    fn one(data: &Value, options: &Value) -> Result<Vec<u8>, String> {
        jobs(&json!({ "printer": { "name": "p" }, "options": options, "data": [data] }))
            .map(|jobs| jobs.concat())
    }

    #[test]
    fn every_flavor_of_a_command_becomes_its_octets() {
        for (data, options, expected) in [
            (json!("a\u{1b}é"), json!({}), "a\u{1b}é".as_bytes()),
            (json!("é"), json!({"encoding": "Cp850"}), b"\x82"),
            (
                json!({"type": "raw", "format": "command", "flavor": "base64", "data": "G0A="}),
                json!({}),
                b"\x1b@",
            ),
            (
                json!({"type": "raw", "format": "base64", "data": "G0\nA"}),
                json!({}),
                b"\x1b@",
            ),
            (
                json!({"type": "raw", "flavor": "hex", "data": "1B40"}),
                json!({}),
                b"\x1b@",
            ),
            (
                json!({"type": "raw", "flavor": "hex", "data": "x1Bx40"}),
                json!({}),
                b"\x1b@",
            ),
            (
                json!({"type": "raw", "flavor": "hex", "data": "0x1B, 0x40"}),
                json!({}),
                b"\x1b@",
            ),
            (
                json!({"flavor": "base64", "data": "w6k="}),
                json!({"encoding": {"from": "UTF-8", "to": "Cp437"}}),
                b"\x82",
            ),
        ] {
            assert_eq!(one(&data, &options).unwrap(), expected, "{data}");
        }
    }

    #[test]
    fn what_is_wrong_is_said_and_the_document_is_not() {
        let secret = "SECRET*";
        for (params, expected) in [
            (json!({}), "A printer must be specified before printing"),
            (
                json!({"printer": null}),
                "A printer must be specified before printing",
            ),
            (
                json!({"printer": {}}),
                "No printer output has been specified",
            ),
            (
                json!({"printer": {"name": "p"}}),
                "No data has been specified for printing",
            ),
            (
                json!({"printer": {"name": "p"}, "data": [{"flavor": "base64", "data": secret}]}),
                "Cannot parse (BASE64) data into a raw COMMAND command: it is not base64",
            ),
            (
                json!({"printer": {"name": "p"}, "data": [{"flavor": "hex", "data": secret}]}),
                "Cannot parse (HEX) data into a raw COMMAND command: it is not hexadecimal",
            ),
            (
                json!({"printer": {"name": "p"}, "data": [secret], "options": {"encoding": "Klingon"}}),
                "Klingon",
            ),
            (
                json!({"printer": {"host": "h"}, "data": [{"type": "pixel", "data": secret}]}),
                "PIXEL cannot print to a raw host",
            ),
            (
                json!({"printer": {"name": "p"}, "data": [{"type": "html", "data": secret}]}),
                "Printing pixel html (file) is not available in this version of Platen; commands and images are",
            ),
        ] {
            assert_eq!(jobs(&params).unwrap_err(), expected, "{params}");
        }
    }

    #[test]
    fn a_stream_is_cut_after_so_many_ends() {
        let print = |options: &Value| {
            jobs(&json!({"printer": "p", "options": options, "data": ["1^XZ2^XZ", "3^XZ4"]}))
                .unwrap()
                .into_iter()
                .map(|job| String::from_utf8(job).unwrap())
                .collect::<Vec<_>>()
        };
        assert_eq!(print(&json!({})), ["1^XZ2^XZ3^XZ4"]);
        assert_eq!(
            print(&json!({"spool": {"size": 2, "end": "^XZ"}})),
            ["1^XZ2^XZ", "3^XZ4"]
        );
        assert_eq!(
            print(&json!({"perSpool": "1", "endOfDoc": "^XZ"})),
            ["1^XZ", "2^XZ", "3^XZ", "4"]
        );
    }

    #[test]
    fn copies_are_counted_within_reason() {
        for (copies, expected) in [
            (json!(null), 1),
            (json!(3), 3),
            (json!("2"), 2),
            (json!(0), 1),
            (json!(-4), 1),
            (json!(1_000_000_000), 1_000),
        ] {
            let params = json!({"printer": "p", "options": {"copies": copies}, "data": ["x"]});
            assert_eq!(read(&params.to_string()).unwrap().copies, expected);
        }
    }
}
