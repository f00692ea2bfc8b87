//! `print`: what goes to which printer, as octets.

use std::fmt;

use base64::Engine as _;
use base64::alphabet::STANDARD as ALPHABET;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use serde::Deserialize;
use serde_json::Value;

use super::charset::Charset;

/// More is a mistake, and paper.
const COPIES_MAX: u32 = 1_000;

/// Base64 as pages write it: with or without its padding.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &ALPHABET,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// What a page asked to print.
#[derive(PartialEq, Eq)]
pub(crate) struct Print {
    /// Where.
    pub(crate) target: Target,
    /// `jobName`, where the page gave one.
    pub(crate) name: Option<String>,
    /// One job each, in their order.
    pub(crate) jobs: Vec<Vec<u8>>,
    /// How many times each.
    pub(crate) copies: u32,
}

/// Tells how much, never what.
impl fmt::Debug for Print {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let octets: usize = self.jobs.iter().map(Vec::len).sum();
        write!(f, "Print({:?}, {octets} octets)", self.target)
    }
}

/// Where a page prints.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Target {
    /// The printer with this name.
    Name(String),
    /// A device that the page names by its address.
    Host(String),
    /// A file.
    File(String),
}

#[derive(Deserialize)]
struct Params {
    #[serde(default)]
    printer: Option<Value>,
    #[serde(default)]
    options: Options,
    #[serde(default)]
    data: Vec<Value>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Options {
    copies: Option<Value>,
    job_name: Option<Value>,
    encoding: Option<Value>,
    spool: Option<Value>,
    per_spool: Option<Value>,
    end_of_doc: Option<String>,
}

/// The set of a page's text, and the one its octets are in.
#[derive(Clone, Copy)]
struct Encoding {
    from: Option<Charset>,
    to: Charset,
}

/// Reads the params of `print`.
///
/// # Errors
/// In the words that pages look for, without anything of the document.
pub(crate) fn read(params: &str) -> Result<Print, String> {
    let params: Params =
        serde_json::from_str(params).map_err(|_| "The print request cannot be read".to_owned())?;
    let target = target(params.printer.as_ref())?;
    let first = params
        .data
        .first()
        .ok_or_else(|| "No data has been specified for printing".to_owned())?;
    let encoding = encoding(params.options.encoding.as_ref())?;
    let kind = Kind::of(first);
    if kind.pixel {
        if let Target::Host(_) | Target::File(_) = target {
            let what = if matches!(target, Target::Host(_)) {
                "host"
            } else {
                "file"
            };
            return Err(format!("PIXEL cannot print to a raw {what}"));
        }
        return Err(kind.unavailable());
    }
    let mut octets = Vec::new();
    for item in &params.data {
        octets.extend(command(item, encoding)?);
    }
    if octets.is_empty() {
        return Err("No data has been specified for printing".to_owned());
    }
    let copies = number(params.options.copies.as_ref()).unwrap_or(1);
    Ok(Print {
        target,
        name: text(params.options.job_name.as_ref()).filter(|name| !name.is_empty()),
        jobs: split(octets, &params.options, encoding.to),
        copies: u32::try_from(copies)
            .unwrap_or(COPIES_MAX)
            .clamp(1, COPIES_MAX),
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
        Ok(Target::Host(host))
    } else if let Some(file) = member("file") {
        Ok(Target::File(file))
    } else {
        Err("No printer output has been specified".to_owned())
    }
}

fn encoding(option: Option<&Value>) -> Result<Encoding, String> {
    let named = |value: Option<&Value>| {
        text(value)
            .filter(|name| !name.is_empty())
            .map(|name| Charset::named(&name))
            .transpose()
    };
    let (from, to) = match option {
        Some(pair @ Value::Object(_)) => (named(pair.get("from"))?, named(pair.get("to"))?),
        other => (None, named(other)?),
    };
    Ok(Encoding {
        from,
        to: to.unwrap_or(Charset::Utf8),
    })
}

/// `type`, `format` and `flavor` of an item, in lower case, old spellings
/// brought to the new ones.
struct Kind {
    pixel: bool,
    format: String,
    flavor: String,
}

impl Kind {
    fn of(item: &Value) -> Self {
        let member = |name: &str| text(item.get(name)).unwrap_or_default().to_lowercase();
        let (mut kind, mut format, mut flavor) =
            (member("type"), member("format"), member("flavor"));
        if matches!(kind.as_str(), "html" | "image" | "pdf") {
            format = std::mem::replace(&mut kind, "pixel".to_owned());
        }
        if matches!(format.as_str(), "base64" | "file" | "hex" | "plain" | "xml") {
            flavor = std::mem::take(&mut format);
        }
        let pixel = kind == "pixel";
        if format.is_empty() {
            format = if pixel { "image" } else { "command" }.to_owned();
        }
        if flavor.is_empty() {
            flavor = match (pixel, format.as_str()) {
                (true, _) | (false, "image" | "pdf") => "file",
                (false, _) => "plain",
            }
            .to_owned();
        }
        Self {
            pixel,
            format,
            flavor,
        }
    }

    fn unavailable(&self) -> String {
        let kind = if self.pixel { "pixel" } else { "raw" };
        format!(
            "Printing {kind} {} ({}) is not available in this version of Platen; raw commands are",
            self.format, self.flavor
        )
    }
}

/// The octets of one item.
fn command(item: &Value, encoding: Encoding) -> Result<Vec<u8>, String> {
    let kind = Kind::of(item);
    if kind.pixel || kind.format != "command" {
        return Err(kind.unavailable());
    }
    let data = match item {
        Value::String(data) => data.as_str(),
        _ => item
            .get("data")
            .and_then(Value::as_str)
            .ok_or_else(|| "Data of a print item must be text".to_owned())?,
    };
    let wrong = |why: &str| {
        let flavor = kind.flavor.to_uppercase();
        format!("Cannot parse ({flavor}) data into a raw COMMAND command: {why}")
    };
    let octets = match kind.flavor.as_str() {
        "plain" => return Ok(encoding.to.encode(data)),
        "base64" => {
            let dense: String = data.split_ascii_whitespace().collect();
            BASE64
                .decode(dense)
                .map_err(|_| wrong("it is not base64"))?
        }
        "hex" => hex(data).ok_or_else(|| wrong("it is not hexadecimal"))?,
        _ => return Err(kind.unavailable()),
    };
    Ok(match encoding.from {
        Some(from) => encoding.to.encode(&from.decode(&octets)),
        None => octets,
    })
}

/// Octets of `1B40`, `1b 40`, `x1Bx40`, `0x1B,0x40`, `\x1B\x40`.
fn hex(text: &str) -> Option<Vec<u8>> {
    let lower = text.to_ascii_lowercase();
    let digits: String = lower
        .replace("0x", "")
        .chars()
        .filter(|c| !c.is_ascii_whitespace() && !matches!(c, 'x' | ',' | '\\'))
        .collect();
    if !digits.len().is_multiple_of(2) || !digits.is_ascii() {
        return None;
    }
    (0..digits.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&digits[at..at + 2], 16).ok())
        .collect()
}

/// Cuts the octets after every so many ends of a document.
fn split(octets: Vec<u8>, options: &Options, charset: Charset) -> Vec<Vec<u8>> {
    let spool = options.spool.as_ref();
    let end = spool
        .and_then(|spool| text(spool.get("end")))
        .or_else(|| options.end_of_doc.clone())
        .map(|end| charset.encode(&end))
        .filter(|end| !end.is_empty());
    let Some(end) = end else {
        return vec![octets];
    };
    let size = number(spool.and_then(|spool| spool.get("size")))
        .or_else(|| number(options.per_spool.as_ref()))
        .unwrap_or(1)
        .max(1);
    let mut jobs = Vec::new();
    let (mut start, mut at, mut ends) = (0, 0, 0);
    while at + end.len() <= octets.len() {
        if !octets[at..].starts_with(&end) {
            at += 1;
            continue;
        }
        at += end.len();
        ends += 1;
        if ends == size {
            jobs.push(octets[start..at].to_vec());
            (start, ends) = (at, 0);
        }
    }
    if start < octets.len() {
        jobs.push(octets[start..].to_vec());
    }
    jobs
}

fn text(value: Option<&Value>) -> Option<String> {
    value.and_then(Value::as_str).map(str::to_owned)
}

/// A whole number, also where the page wrote it as text.
fn number(value: Option<&Value>) -> Option<u64> {
    match value? {
        Value::Number(number) => number.as_u64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn jobs(params: &Value) -> Result<Vec<Vec<u8>>, String> {
        read(&params.to_string()).map(|print| print.jobs)
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
                "Printing pixel html (file) is not available in this version of Platen; raw commands are",
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
