//! One item of a print: what it is, and its octets.
//!
//! Everything that is text in the message is decoded while it is read; what
//! stands behind a URL, and pictures, become octets later ([`Item::octets`]),
//! when the call has been admitted.

use serde_json::Value;

use super::options::{Encoding, text};
use crate::dialect::qz::data;
use crate::dialect::qz::picture::{RawPicture, Turn};

/// Elements of an XML file that holds commands: far more than any has.
const XML_NODES_MAX: u32 = 100_000;

const NO_TEXT: &str = "Data of a print item must be text";

/// `type`, `format` and `flavor` of an item, in lower case, old spellings
/// brought to the new ones.
pub(super) struct Kind {
    pub(super) pixel: bool,
    pub(super) format: String,
    /// `None` where the page named none.
    flavor: Option<String>,
}

impl Kind {
    pub(super) fn of(item: &Value) -> Self {
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
        Self {
            pixel,
            format,
            flavor: (!flavor.is_empty()).then_some(flavor),
        }
    }

    /// The flavor, or the one that this format has by itself.
    fn flavor(&self) -> &str {
        self.flavor
            .as_deref()
            .unwrap_or(match (self.pixel, self.format.as_str()) {
                (false, "command" | "html") => "plain",
                _ => "file",
            })
    }

    /// What a page is told whose item this version cannot print.
    pub(super) fn unavailable(&self) -> String {
        format!(
            "Printing {} {} ({}) is not available in this version of Platen; commands and images are",
            if self.pixel { "pixel" } else { "raw" },
            self.format,
            self.flavor()
        )
    }

    /// What a page is told whose item is not what it says.
    fn wrong(&self, why: &str) -> String {
        let (flavor, format) = (self.flavor().to_uppercase(), self.format.to_uppercase());
        let kind = if self.pixel { "pixel" } else { "raw" };
        format!("Cannot parse ({flavor}) data into a {kind} {format} command: {why}")
    }
}

/// Where the octets of an item are.
#[derive(PartialEq, Eq)]
pub(crate) enum Source {
    /// In the message.
    Octets(Vec<u8>),
    /// Behind this URL.
    Url(String),
}

/// What the octets of an item are.
enum Form {
    /// Ready: commands, or a picture file for a page.
    Ready,
    /// Commands, in another set of characters perhaps.
    Transcoded(Encoding),
    /// XML, with commands in base64 in the element of this name.
    Xml(String, Encoding),
    /// A picture file.
    Picture(Box<RawPicture>),
}

/// One item of a raw print.
pub(crate) struct Item {
    source: Source,
    form: Form,
    kind: Kind,
}

impl Item {
    /// Reads an item of a raw print.
    ///
    /// # Errors
    /// In the words that pages look for, without anything of the document.
    pub(super) fn read(
        item: &Value,
        encoding: Encoding,
        turn: &Result<Turn, String>,
    ) -> Result<Self, String> {
        let kind = Kind::of(item);
        if kind.pixel {
            return Err(kind.unavailable());
        }
        let data = match item {
            Value::String(data) => data.as_str(),
            _ => item
                .get("data")
                .and_then(Value::as_str)
                .ok_or_else(|| NO_TEXT.to_owned())?,
        };
        let options = item.get("options");
        let (source, form) = match kind.format.as_str() {
            "command" => command(data, &kind, options, encoding)?,
            "image" => {
                let picture = RawPicture::read(options, turn.clone()?)?;
                (
                    picture_source(data, &kind)?,
                    Form::Picture(Box::new(picture)),
                )
            }
            _ => return Err(kind.unavailable()),
        };
        Ok(Self { source, form, kind })
    }

    /// Reads an item of a pixel print: a picture file.
    ///
    /// # Errors
    /// As [`Item::read`].
    pub(super) fn read_pixel(item: &Value) -> Result<Self, String> {
        let kind = Kind::of(item);
        if !kind.pixel || kind.format != "image" {
            return Err(kind.unavailable());
        }
        let data = item.get("data").and_then(Value::as_str);
        let data = data.ok_or_else(|| NO_TEXT.to_owned())?;
        Ok(Self {
            source: picture_source(data, &kind)?,
            form: Form::Ready,
            kind,
        })
    }

    /// The URL that must be asked for the item's octets.
    pub(crate) fn url(&self) -> Option<&str> {
        match &self.source {
            Source::Octets(_) => None,
            Source::Url(url) => Some(url),
        }
    }

    /// Whether making octets of it takes more than a moment.
    pub(super) fn is_work(&self) -> bool {
        matches!(self.form, Form::Picture(_) | Form::Xml(..))
    }

    /// The octets for the printer; `fetched` is what its URL answered.
    ///
    /// # Errors
    /// In the words that pages look for, without anything of the document.
    pub(super) fn octets(self, fetched: Option<Vec<u8>>) -> Result<Vec<u8>, String> {
        let Self { source, form, kind } = self;
        let octets = match (source, fetched) {
            (Source::Octets(octets), _) => octets,
            (Source::Url(_), Some(fetched)) => fetched,
            (Source::Url(_), None) => return Err(kind.wrong("its URL was not asked")),
        };
        match form {
            Form::Ready => Ok(octets),
            Form::Transcoded(encoding) => Ok(encoding.transcoded(octets)),
            Form::Xml(tag, encoding) => {
                let octets = inside_xml(&octets, &tag).map_err(|why| kind.wrong(why))?;
                Ok(encoding.transcoded(octets))
            }
            Form::Picture(picture) => picture.octets(&octets).map_err(|why| kind.wrong(&why)),
        }
    }
}

fn command(
    data: &str,
    kind: &Kind,
    options: Option<&Value>,
    encoding: Encoding,
) -> Result<(Source, Form), String> {
    let transcoded = Form::Transcoded(encoding);
    Ok(match kind.flavor() {
        "plain" => (Source::Octets(encoding.encode(data)), Form::Ready),
        "base64" => (Source::Octets(base64(data, kind)?), transcoded),
        "hex" => (Source::Octets(hex(data, kind)?), transcoded),
        "file" => (url(data, kind)?, transcoded),
        "xml" => {
            let tag = text(options.and_then(|options| options.get("xmlTag")));
            let tag = tag.ok_or_else(|| kind.wrong("options.xmlTag names no element"))?;
            (url(data, kind)?, Form::Xml(tag, encoding))
        }
        _ => return Err(kind.unavailable()),
    })
}

/// Where a picture's file is: a page may have written any flavor before a
/// `data:` URL, and none before base64.
fn picture_source(data: &str, kind: &Kind) -> Result<Source, String> {
    if let Some((_, data)) = data
        .strip_prefix("data:image/")
        .and_then(|data| data.split_once(";base64,"))
    {
        return Ok(Source::Octets(base64(data, kind)?));
    }
    match kind.flavor.as_deref() {
        Some("base64") => Ok(Source::Octets(base64(data, kind)?)),
        Some("hex") => Ok(Source::Octets(hex(data, kind)?)),
        None if !data.contains("://") => Ok(Source::Octets(base64(data, kind)?)),
        None | Some("file" | "plain") => url(data, kind),
        Some(_) => Err(kind.unavailable()),
    }
}

fn base64(text: &str, kind: &Kind) -> Result<Vec<u8>, String> {
    data::base64(text).ok_or_else(|| kind.wrong("it is not base64"))
}

fn hex(text: &str, kind: &Kind) -> Result<Vec<u8>, String> {
    data::hex(text).ok_or_else(|| kind.wrong("it is not hexadecimal"))
}

fn url(data: &str, kind: &Kind) -> Result<Source, String> {
    let scheme = data
        .split_once("://")
        .map(|(scheme, _)| scheme.to_ascii_lowercase());
    match scheme.as_deref() {
        Some("http" | "https") => Ok(Source::Url(data.to_owned())),
        _ => Err(kind.wrong("only URLs of http and https are asked; files of the machine are not")),
    }
}

/// What the first element of this name holds, in base64.
fn inside_xml(xml: &[u8], tag: &str) -> Result<Vec<u8>, &'static str> {
    let xml = std::str::from_utf8(xml).map_err(|_| "the XML is not UTF-8")?;
    let options = roxmltree::ParsingOptions {
        allow_dtd: false,
        nodes_limit: XML_NODES_MAX,
        ..roxmltree::ParsingOptions::default()
    };
    let document = roxmltree::Document::parse_with_options(xml, options)
        .map_err(|_| "it is not well-formed XML, or has a document type")?;
    let element = document
        .descendants()
        .find(|node| node.is_element() && node.tag_name().name() == tag)
        .ok_or("the XML has no element with the name in options.xmlTag")?;
    let held: String = element
        .descendants()
        .filter(roxmltree::Node::is_text)
        .filter_map(|node| node.text())
        .flat_map(str::split_ascii_whitespace)
        .collect();
    data::base64(&held).ok_or("what the element holds is not base64")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_element_of_xml_holds_commands() {
        let xml = b"<?xml version=\"1.0\"?><label><x/><cmd>\n G0\n<![CDATA[A=]]></cmd><cmd>AAAA</cmd></label>";
        assert_eq!(inside_xml(xml, "cmd"), Ok(b"\x1b@".to_vec()));
        for (xml, tag) in [
            (xml.as_slice(), "other"),
            (b"<cmd>?</cmd>", "cmd"),
            (b"<cmd>", "cmd"),
            (b"\xff", "cmd"),
            (b"<!DOCTYPE a [<!ENTITY b 'G0A='>]><cmd>&b;</cmd>", "cmd"),
        ] {
            assert!(inside_xml(xml, tag).is_err());
        }
    }
}
