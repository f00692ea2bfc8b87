//! The options of a print that are about its octets, and how pages write them.

use serde::Deserialize;
use serde_json::Value;

use crate::dialect::qz::charset::Charset;
use crate::dialect::qz::picture::Turn;

/// The options of a print, nulls and all.
#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Options {
    pub(super) copies: Option<Value>,
    pub(super) job_name: Option<Value>,
    encoding: Option<Value>,
    orientation: Option<Value>,
    rotation: Option<Value>,
    spool: Option<Value>,
    per_spool: Option<Value>,
    end_of_doc: Option<Value>,
}

/// The set of a page's text, and the one its octets are in.
#[derive(Clone, Copy)]
pub(crate) struct Encoding {
    from: Option<Charset>,
    to: Charset,
}

impl Encoding {
    /// The octets of a text.
    pub(super) fn encode(self, text: &str) -> Vec<u8> {
        self.to.encode(text)
    }

    /// Octets, in the other set where the page says which one they are in.
    pub(super) fn transcoded(self, octets: Vec<u8>) -> Vec<u8> {
        match self.from {
            Some(from) => self.to.encode(&from.decode(&octets)),
            None => octets,
        }
    }
}

impl Options {
    /// The sets of characters.
    ///
    /// # Errors
    /// The name of the one that is not known.
    pub(super) fn encoding(&self) -> Result<Encoding, String> {
        let named = |value: Option<&Value>| {
            text(value)
                .filter(|name| !name.is_empty())
                .map(|name| Charset::named(&name))
                .transpose()
        };
        let (from, to) = match &self.encoding {
            Some(pair @ Value::Object(_)) => (named(pair.get("from"))?, named(pair.get("to"))?),
            other => (None, named(other.as_ref())?),
        };
        Ok(Encoding {
            from,
            to: to.unwrap_or(Charset::Utf8),
        })
    }

    /// How pictures are turned.
    ///
    /// # Errors
    /// By an angle that pictures of dots cannot be turned by.
    pub(super) fn turn(&self) -> Result<Turn, String> {
        let orientation = text(self.orientation.as_ref()).unwrap_or_default();
        // Landscape is a quarter turn counterclockwise (RFC 8011 §5.2.10).
        let degrees = match orientation.to_lowercase().as_str() {
            "landscape" => 270,
            "reverse-landscape" => 90,
            "reverse-portrait" => 180,
            _ => 0,
        };
        let rotation = self.rotation.as_ref().and_then(|value| match value {
            Value::Number(number) => number.as_f64(),
            Value::String(text) => text.trim().parse().ok(),
            _ => None,
        });
        Turn::by_degrees(f64::from(degrees) + rotation.unwrap_or_default())
    }

    /// Where a stream is cut.
    pub(super) fn spool(&self, encoding: Encoding) -> Option<Spool> {
        let spool = self.spool.as_ref();
        let end = spool
            .and_then(|spool| text(spool.get("end")))
            .or_else(|| text(self.end_of_doc.as_ref()))
            .map(|end| encoding.encode(&end))
            .filter(|end| !end.is_empty())?;
        let ends = number(spool.and_then(|spool| spool.get("size")))
            .or_else(|| number(self.per_spool.as_ref()))
            .unwrap_or(1)
            .max(1);
        Some(Spool { end, ends })
    }
}

/// A stream is cut after every so many ends of a document.
pub(crate) struct Spool {
    end: Vec<u8>,
    ends: u64,
}

impl Spool {
    /// The stream in pieces.
    pub(super) fn split(&self, octets: &[u8]) -> Vec<Vec<u8>> {
        let end = &self.end;
        let mut pieces = Vec::new();
        let (mut start, mut at, mut ends) = (0, 0, 0);
        while at + end.len() <= octets.len() {
            if !octets[at..].starts_with(end) {
                at += 1;
                continue;
            }
            at += end.len();
            ends += 1;
            if ends == self.ends {
                pieces.push(octets[start..at].to_vec());
                (start, ends) = (at, 0);
            }
        }
        if start < octets.len() {
            pieces.push(octets[start..].to_vec());
        }
        pieces
    }
}

/// Text, as text.
pub(crate) fn text(value: Option<&Value>) -> Option<String> {
    value.and_then(Value::as_str).map(str::to_owned)
}

/// A whole number, also where the page wrote it as text.
pub(crate) fn number(value: Option<&Value>) -> Option<u64> {
    match value? {
        Value::Number(number) => number.as_u64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}
