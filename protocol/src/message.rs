//! Framing: JSON-RPC 2.0 in text frames, one message each.
//!
//! [`Call::read`] turns text into types once; nothing behind it touches JSON.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::device::{DeviceEvent, DeviceName};
use crate::method::{Method, Request};
use crate::{Cursor, Digest, ErrorCode, Event, Signed, WireError, statement};

/// A request as it arrived: typed, with the exact text its signature is about.
#[derive(Debug, Clone, PartialEq)]
pub struct Call {
    /// `id`, chosen by the page.
    pub id: u32,
    /// The method and its params.
    pub request: Request,
    /// Digest of method and params as they arrived.
    pub digest: Digest,
    /// The signed statement, where one came along.
    pub signed: Option<Signed>,
}

/// Why a text is no call, with the `id` to answer to where one was readable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// `id` of the request, if it could be read.
    pub id: Option<u32>,
    /// The error to answer with.
    pub error: WireError,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Envelope<'a> {
    #[serde(borrow)]
    jsonrpc: std::borrow::Cow<'a, str>,
    id: u32,
    #[serde(borrow)]
    method: std::borrow::Cow<'a, str>,
    #[serde(borrow, default)]
    params: Option<&'a RawValue>,
    #[serde(default)]
    signed: Option<Signed>,
}

/// Only what is needed to answer a broken request to the right place.
#[derive(Deserialize)]
struct IdOnly {
    #[serde(default)]
    id: Option<u32>,
}

impl Call {
    /// Reads one text frame.
    ///
    /// # Errors
    /// A [`Refusal`]: `parse-error`, `invalid-request`, `unknown-method` or
    /// `invalid-params`.
    pub fn read(text: &str) -> Result<Self, Refusal> {
        let envelope: Envelope<'_> = serde_json::from_str(text).map_err(|error| {
            let code = if error.is_data() {
                ErrorCode::InvalidRequest
            } else {
                ErrorCode::ParseError
            };
            let id = serde_json::from_str::<IdOnly>(text)
                .ok()
                .and_then(|found| found.id);
            Refusal {
                id,
                error: WireError::with_message(code, explain(&error, code)),
            }
        })?;
        let refuse = |error| Refusal {
            id: Some(envelope.id),
            error,
        };
        if envelope.jsonrpc != "2.0" {
            return Err(refuse(WireError::with_message(
                ErrorCode::InvalidRequest,
                "the member jsonrpc must be \"2.0\"",
            )));
        }
        let method = Method::from_name(&envelope.method)
            .ok_or_else(|| refuse(WireError::new(ErrorCode::UnknownMethod)))?;
        let params_text = envelope.params.map_or("{}", RawValue::get);
        let request = Request::read(method, params_text).map_err(|error| {
            refuse(WireError::with_message(
                ErrorCode::InvalidParams,
                explain(&error, ErrorCode::InvalidParams),
            ))
        })?;
        request.check().map_err(&refuse)?;
        Ok(Self {
            id: envelope.id,
            request,
            digest: statement::call_digest(method, params_text),
            signed: envelope.signed,
        })
    }
}

/// What serde says of the input, without repeating the input: field names are
/// ours or the caller's own misspelling, values may be a customer's.
fn explain(error: &serde_json::Error, code: ErrorCode) -> String {
    let text = error.to_string();
    let known = [
        "unknown field",
        "missing field",
        "duplicate field",
        "unknown variant",
    ];
    // The variant somebody made up is a value; what we expected is ours.
    let text = match text.rsplit_once(", expected") {
        Some((_, expected)) if text.starts_with("unknown variant") => {
            format!("unknown variant, expected{expected}")
        }
        _ => text,
    };
    if known.iter().any(|prefix| text.starts_with(prefix)) && text.len() < 400 {
        let end = text.find(" at line").unwrap_or(text.len());
        let clean: String = text[..end]
            .chars()
            .map(|c| if c.is_control() { ' ' } else { c })
            .collect();
        return format!("{}: {clean}", code.message());
    }
    format!("{} (column {})", code.message(), error.column())
}

/// An answer to a call.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Answer<T> {
    /// It worked.
    Result {
        /// Always `2.0`.
        jsonrpc: JsonRpc,
        /// `id` of the request.
        id: u32,
        /// What the method returns.
        result: T,
    },
    /// It did not.
    Error {
        /// Always `2.0`.
        jsonrpc: JsonRpc,
        /// `id` of the request; `null` where it could not be read.
        id: Option<u32>,
        /// Why.
        error: WireError,
    },
}

/// The text `2.0`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct JsonRpc;

impl Serialize for JsonRpc {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str("2.0")
    }
}

impl<T> Answer<T> {
    /// The answer to request `id`.
    pub fn to(id: u32, result: Result<T, WireError>) -> Self {
        match result {
            Ok(result) => Self::Result {
                jsonrpc: JsonRpc,
                id,
                result,
            },
            Err(error) => Self::Error {
                jsonrpc: JsonRpc,
                id: Some(id),
                error,
            },
        }
    }

    /// The answer to something that was no request.
    #[must_use]
    pub fn refusal(refusal: Refusal) -> Self {
        Self::Error {
            jsonrpc: JsonRpc,
            id: refusal.id,
            error: refusal.error,
        }
    }
}

/// What the agent says unasked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(tag = "method", content = "params", rename_all = "kebab-case")]
pub enum Notification {
    /// The first message on every connection; the same for everyone but for
    /// the fresh challenge.
    Hello {
        /// [`crate::SUBPROTOCOL`].
        protocol: String,
        /// 32 random octets in base64url; goes into every statement.
        challenge: String,
    },
    /// Something changed.
    Event {
        /// Where in the log; absent for events that are not durable.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        cursor: Option<Cursor>,
        /// What changed.
        event: Event,
    },
    /// Something happened to a device.
    Device {
        /// Which, as the page opened it.
        device: DeviceName,
        /// What.
        event: DeviceEvent,
    },
    /// Events were dropped because the client read too slowly: read the state
    /// anew, then subscribe after this cursor.
    Resync {
        /// The place up to which the log is now known.
        cursor: Cursor,
    },
}

impl Notification {
    /// The text frame.
    #[must_use]
    pub fn to_text(&self) -> String {
        #[derive(Serialize)]
        struct Framed<'a> {
            jsonrpc: JsonRpc,
            #[serde(flatten)]
            notification: &'a Notification,
        }
        serde_json::to_string(&Framed {
            jsonrpc: JsonRpc,
            notification: self,
        })
        .unwrap_or_else(|_| String::from("{}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, id: Option<u32>, code: ErrorCode) {
        let refusal = Call::read(text).unwrap_err();
        assert_eq!((refusal.id, refusal.error.data.code), (id, code), "{text}");
    }

    #[test]
    fn a_call_is_read_and_its_digest_is_of_the_text_that_arrived() {
        let text = r#"{"jsonrpc":"2.0","id":7,"method":"jobs.get","params":{"job_id":"abc"}}"#;
        let call = Call::read(text).unwrap();
        assert_eq!(call.id, 7);
        assert_eq!(
            call.digest,
            Digest::of(br#"{"method":"jobs.get","params":{"job_id":"abc"}}"#)
        );
        let spaced = Call::read(&text.replace("\"abc\"", " \"abc\"")).unwrap();
        assert_eq!(spaced.request, call.request);
        assert_ne!(spaced.digest, call.digest);
    }

    #[test]
    fn a_refusal_does_not_repeat_what_was_sent() {
        for params in [
            r#"{"documents":[],"repeat":"Anna, expected `Anna`"}"#,
            r#"{"documents":[],"priority":"Anna"}"#,
            r#"{"documents":"Anna"}"#,
        ] {
            let text =
                format!(r#"{{"jsonrpc":"2.0","id":1,"method":"jobs.submit","params":{params}}}"#);
            let message = Call::read(&text).unwrap_err().error.message;
            assert!(!message.contains("Anna"), "{message}");
        }
    }

    #[test]
    fn what_is_no_call_is_refused_with_a_code() {
        check("", None, ErrorCode::ParseError);
        check("{", None, ErrorCode::ParseError);
        check("[]", None, ErrorCode::InvalidRequest);
        check("null", None, ErrorCode::InvalidRequest);
        check("[{\"jsonrpc\":\"2.0\"}]", None, ErrorCode::InvalidRequest);
        check(
            r#"{"jsonrpc":"2.0","id":1,"method":"x.y"}"#,
            Some(1),
            ErrorCode::UnknownMethod,
        );
        check(
            r#"{"jsonrpc":"1.0","id":1,"method":"jobs.get"}"#,
            Some(1),
            ErrorCode::InvalidRequest,
        );
        check(
            r#"{"jsonrpc":"2.0","id":1,"method":"jobs.get","x":1}"#,
            Some(1),
            ErrorCode::InvalidRequest,
        );
        check(
            r#"{"jsonrpc":"2.0","id":-1,"method":"jobs.get"}"#,
            None,
            ErrorCode::InvalidRequest,
        );
        check(
            r#"{"jsonrpc":"2.0","id":1.5,"method":"jobs.get"}"#,
            None,
            ErrorCode::InvalidRequest,
        );
        check(
            r#"{"jsonrpc":"2.0","id":1,"id":1,"method":"jobs.get"}"#,
            None,
            ErrorCode::InvalidRequest,
        );
        check(
            r#"{"jsonrpc":"2.0","id":1,"method":"jobs.get","params":[]}"#,
            Some(1),
            ErrorCode::InvalidParams,
        );
        check(
            r#"{"jsonrpc":"2.0","id":1,"method":"jobs.get","params":{}}"#,
            Some(1),
            ErrorCode::InvalidParams,
        );
        check(
            r#"{"jsonrpc":"2.0","id":1,"method":"jobs.get","params":{"job_id":"a","jobid":"b"}}"#,
            Some(1),
            ErrorCode::InvalidParams,
        );
        check(
            r#"{"jsonrpc":"2.0","id":1,"method":"printers.list","params":{"x":1}}"#,
            Some(1),
            ErrorCode::InvalidParams,
        );
        let deep = format!(
            r#"{{"jsonrpc":"2.0","id":1,"method":"jobs.get","params":{}}}"#,
            "[".repeat(100_000)
        );
        assert!(Call::read(&deep).is_err());
    }

    #[test]
    fn a_misspelled_member_is_named_and_values_are_not_repeated() {
        let text = r#"{"jsonrpc":"2.0","id":1,"method":"jobs.get","params":{"jobb_id":"secret"}}"#;
        let message = Call::read(text).unwrap_err().error.message;
        assert!(message.contains("jobb_id"), "{message}");
        let text = r#"{"jsonrpc":"2.0","id":1,"method":"jobs.get","params":{"job_id":["secret"]}}"#;
        let message = Call::read(text).unwrap_err().error.message;
        assert!(!message.contains("secret"), "{message}");
    }
}
