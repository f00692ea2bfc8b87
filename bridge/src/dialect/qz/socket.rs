//! `socket.*`: connections to hosts, as that agent opens them and tells of them.

use std::fmt;

use serde::Deserialize;
use serde_json::{Value, json};

use super::answer::stream;
use super::charset::{Charset, PieceDecoder};
use super::data;
use crate::device_access::DeviceRequest;
use crate::grant::Destination;

#[derive(Deserialize)]
struct Params {
    host: String,
    port: u16,
    #[serde(default)]
    options: Option<Options>,
    #[serde(default)]
    data: Value,
}

#[derive(Deserialize)]
struct Options {
    #[serde(default)]
    encoding: Option<String>,
}

/// A connection as its page knows it.
pub(crate) struct PageSocket {
    /// As the page wrote it.
    host: String,
    port: u16,
    charset: Charset,
    decoder: PieceDecoder,
}

impl fmt::Debug for PageSocket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PageSocket({}:{})", self.host, self.port)
    }
}

impl PageSocket {
    /// The set that text is sent in.
    pub(crate) fn charset(&self) -> Charset {
        self.charset
    }

    /// What arrived, as text for the page: nothing while a character is not
    /// whole.
    pub(crate) fn received(&mut self, octets: &[u8]) -> Option<String> {
        let response = self.decoder.decode(octets);
        let event = json!({
            "type": "RECEIVE",
            "host": self.host,
            "port": self.port,
            "response": response,
        });
        (!response.is_empty()).then(|| stream("SOCKET", &event))
    }

    /// That the connection is no more, as text for the page.
    pub(crate) fn broken(&self, problem: &str) -> String {
        let event = json!({
            "type": "ERROR",
            "host": self.host,
            "port": self.port,
            "exception": problem,
        });
        stream("SOCKET", &event)
    }
}

/// Where a connection leads, and how its page knows it.
///
/// # Errors
/// What is wrong with the call.
pub(super) fn open(params: &str) -> Result<(DeviceRequest, PageSocket), String> {
    let (to, params) = read(params)?;
    let encoding = params.options.and_then(|options| options.encoding);
    let charset = match encoding.filter(|name| !name.is_empty()) {
        Some(name) => Charset::named(&name)?,
        None => Charset::Utf8,
    };
    let socket = PageSocket {
        host: params.host,
        port: params.port,
        charset,
        decoder: PieceDecoder::new(charset),
    };
    Ok((DeviceRequest::OpenSocket(to), socket))
}

/// What is sent where; `charset` tells what a connection's text is sent in.
///
/// # Errors
/// What is wrong with the call.
pub(super) fn send(
    params: &str,
    charset: impl FnOnce(&Destination) -> Option<Charset>,
) -> Result<DeviceRequest, String> {
    let (to, params) = read(params)?;
    let charset = charset(&to).unwrap_or(Charset::Utf8);
    let octets = data::octets(&params.data, charset)?;
    Ok(DeviceRequest::SendToSocket { to, octets })
}

/// Which connection is to be closed.
///
/// # Errors
/// What is wrong with the call.
pub(super) fn close(params: &str) -> Result<DeviceRequest, String> {
    let (to, _) = read(params)?;
    Ok(DeviceRequest::CloseSocket(to))
}

fn read(params: &str) -> Result<(Destination, Params), String> {
    let params: Params = serde_json::from_str(params)
        .map_err(|_| "A socket needs a host, and a port from 1 to 65535".to_owned())?;
    let to = Destination::new(&params.host, params.port)
        .ok_or_else(|| format!("Unable to open socket [{}:{}]", params.host, params.port))?;
    Ok((to, params))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn destination(text: &str) -> Destination {
        text.parse().unwrap()
    }

    #[test]
    fn a_host_is_one_however_it_is_written_and_events_name_it_as_the_page_does() {
        let params = r#"{"host":"Scale.Example","port":4001,"options":{"encoding":"UTF-16LE"}}"#;
        let (request, mut socket) = open(params).unwrap();
        let to = destination("scale.example:4001");
        assert_eq!(request, DeviceRequest::OpenSocket(to));
        assert_eq!(socket.received(b"7"), None);
        assert_eq!(
            socket.received(b"\0").unwrap(),
            r#"{"event":"{\"host\":\"Scale.Example\",\"port\":4001,\"response\":\"7\",\"type\":\"RECEIVE\"}","type":"SOCKET"}"#
        );
        assert_eq!(
            socket.broken("Socket closed"),
            r#"{"event":"{\"exception\":\"Socket closed\",\"host\":\"Scale.Example\",\"port\":4001,\"type\":\"ERROR\"}","type":"SOCKET"}"#
        );
    }

    #[test]
    fn text_is_sent_in_the_set_that_the_connection_was_opened_with() {
        let params = r#"{"host":"2001:db8::7","port":1,"data":{"data":"é kg","type":"PLAIN"}}"#;
        let sent = send(params, |to| {
            assert_eq!(to, &destination("[2001:db8::7]:1"));
            Some(Charset::Latin1)
        });
        let expected = DeviceRequest::SendToSocket {
            to: destination("[2001:db8::7]:1"),
            octets: b"\xe9 kg".to_vec(),
        };
        assert_eq!(sent.unwrap(), expected);
    }

    #[test]
    fn what_names_no_connection_is_refused() {
        for params in [
            "null",
            "{}",
            r#"{"host":"a"}"#,
            r#"{"host":"a","port":0}"#,
            r#"{"host":"a","port":65536}"#,
            r#"{"host":"a/b","port":1}"#,
            r#"{"host":"","port":1}"#,
            r#"{"host":7,"port":1}"#,
        ] {
            assert!(open(params).is_err(), "{params}");
            assert!(close(params).is_err(), "{params}");
            assert!(send(params, |_| None).is_err(), "{params}");
        }
        let params = r#"{"host":"a","port":1,"options":{"encoding":"Klingon"}}"#;
        assert_eq!(open(params).unwrap_err(), "Klingon");
    }
}
