//! What the browser ports say to plain HTTP: nothing that varies.
//!
//! The `Host` is checked before anything else, so that a name rebound to
//! loopback gets nothing. Then there is `GET /healthz`, constant on every
//! machine and in every version; the upgrade of `/` to `platen.v1`, or without
//! a subprotocol to the QZ dialect; and constant refusals without a body. No
//! request has an effect.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http_body_util::Full;
use hyper::header::{
    ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN, CACHE_CONTROL, CONNECTION,
    CONTENT_TYPE, HOST, HeaderName, HeaderValue, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_KEY,
    SEC_WEBSOCKET_PROTOCOL, SEC_WEBSOCKET_VERSION, UPGRADE, X_CONTENT_TYPE_OPTIONS,
};
use hyper::http::request::Parts;
use hyper::{HeaderMap, Method, Response, StatusCode, Version};
use platen_protocol::SUBPROTOCOL;

use crate::dialect::Dialect;

/// The whole answer of `/healthz`: that a Platen agent listens, and which
/// protocol it speaks. The SDK reads it over the plain port to tell "not
/// running" from "certificate not trusted".
pub const HEALTHZ: &str = r#"{"product":"platen","protocol":"platen.v1"}"#;

/// Appended to the key of a handshake (RFC 6455 §1.3).
const ACCEPT_SUFFIX: &[u8] = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/// What becomes of a request.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Decision {
    /// Becomes a WebSocket.
    Upgrade {
        /// What it speaks.
        dialect: Dialect,
        /// `Sec-WebSocket-Accept`.
        accept: String,
    },
    /// The constant health answer.
    Healthz,
    /// The health answer's preflight.
    HealthzPreflight,
    /// Refused with this status and nothing else.
    Refuse(StatusCode),
}

/// Decides on a request to our port `port`.
pub(super) fn decide(request: &Parts, port: u16) -> Decision {
    // An absolute-form target names a host of its own, whatever `Host` says.
    let is_ours = request.uri.authority().is_none() && host_is_ours(&request.headers, port);
    if !is_ours {
        return Decision::Refuse(StatusCode::MISDIRECTED_REQUEST);
    }
    match (request.uri.path(), &request.method) {
        ("/healthz", &Method::GET) => Decision::Healthz,
        ("/healthz", &Method::OPTIONS) => Decision::HealthzPreflight,
        ("/", &Method::GET) => match (asked_dialect(&request.headers), websocket_accept(request)) {
            (Some(dialect), Some(accept)) => Decision::Upgrade { dialect, accept },
            (_, _) => Decision::Refuse(StatusCode::UPGRADE_REQUIRED),
        },
        ("/healthz" | "/", _) => Decision::Refuse(StatusCode::METHOD_NOT_ALLOWED),
        (_, _) => Decision::Refuse(StatusCode::NOT_FOUND),
    }
}

/// Exactly one `Host`, and exactly ours. A browser lowercases a host and
/// leaves no dot behind it, so every other spelling comes from elsewhere.
fn host_is_ours(headers: &HeaderMap, port: u16) -> bool {
    let mut hosts = headers.get_all(HOST).iter();
    let (Some(host), None) = (hosts.next(), hosts.next()) else {
        return false;
    };
    let Ok(host) = host.to_str() else {
        return false;
    };
    ["localhost:", "127.0.0.1:", "[::1]:"]
        .iter()
        .any(|name| host.strip_prefix(name) == Some(port.to_string().as_str()))
}

/// The dialect that a handshake asks for: ours by its name, the other by asking
/// for none.
fn asked_dialect(headers: &HeaderMap) -> Option<Dialect> {
    if !headers.contains_key(&SEC_WEBSOCKET_PROTOCOL) {
        return Some(Dialect::Qz);
    }
    has_token(headers, &SEC_WEBSOCKET_PROTOCOL, |token| {
        token == SUBPROTOCOL
    })
    .then_some(Dialect::PlatenV1)
}

/// `Sec-WebSocket-Accept`, if this is a handshake (RFC 6455 §4.2.1).
fn websocket_accept(request: &Parts) -> Option<String> {
    let headers = &request.headers;
    let is_handshake = request.version == Version::HTTP_11
        && has_token(headers, &CONNECTION, |token| {
            token.eq_ignore_ascii_case("upgrade")
        })
        && has_token(headers, &UPGRADE, |token| {
            token.eq_ignore_ascii_case("websocket")
        })
        && only(headers, &SEC_WEBSOCKET_VERSION)? == "13";
    let key = only(headers, &SEC_WEBSOCKET_KEY)?;
    let key_fits = STANDARD.decode(key).is_ok_and(|octets| octets.len() == 16);
    if !is_handshake || !key_fits {
        return None;
    }
    let mut digest = ring::digest::Context::new(&ring::digest::SHA1_FOR_LEGACY_USE_ONLY);
    digest.update(key.as_bytes());
    digest.update(ACCEPT_SUFFIX);
    Some(STANDARD.encode(digest.finish()))
}

fn has_token(headers: &HeaderMap, name: &HeaderName, fits: impl Fn(&str) -> bool) -> bool {
    headers
        .get_all(name)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|token| fits(token.trim()))
}

fn only<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (Some(value), None) => value.to_str().ok(),
        _ => None,
    }
}

impl Decision {
    /// The answer, the same on every machine.
    pub(super) fn response(&self) -> Response<Full<Bytes>> {
        let (status, headers, body): (_, &[(HeaderName, &str)], _) = match self {
            Self::Upgrade { dialect, accept } => return upgrade(*dialect, accept),
            Self::Healthz => (
                StatusCode::OK,
                &[
                    (CONTENT_TYPE, "application/json"),
                    (CACHE_CONTROL, "no-store"),
                    (X_CONTENT_TYPE_OPTIONS, "nosniff"),
                    // Constant and without identity, so anyone may read it.
                    (ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
                ],
                HEALTHZ,
            ),
            Self::HealthzPreflight => (
                StatusCode::NO_CONTENT,
                &[
                    (ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
                    (ACCESS_CONTROL_ALLOW_METHODS, "GET"),
                    (ALLOW_PRIVATE_NETWORK, "true"),
                ],
                "",
            ),
            Self::Refuse(StatusCode::UPGRADE_REQUIRED) => {
                (StatusCode::UPGRADE_REQUIRED, &[(UPGRADE, "websocket")], "")
            }
            Self::Refuse(status) => (*status, &[], ""),
        };
        let mut response = Response::new(Full::new(Bytes::from_static(body.as_bytes())));
        *response.status_mut() = status;
        for (name, value) in headers {
            let value = HeaderValue::from_static(value);
            response.headers_mut().insert(name, value);
        }
        // One request, one connection: nothing waits for a second.
        let close = HeaderValue::from_static("close");
        response.headers_mut().insert(CONNECTION, close);
        response
    }
}

/// Chromium before 147 asked for this in the preflight of a private network
/// request.
const ALLOW_PRIVATE_NETWORK: HeaderName =
    HeaderName::from_static("access-control-allow-private-network");

fn upgrade(dialect: Dialect, accept: &str) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::default());
    *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
    let headers = response.headers_mut();
    headers.insert(CONNECTION, HeaderValue::from_static("upgrade"));
    headers.insert(UPGRADE, HeaderValue::from_static("websocket"));
    if dialect == Dialect::PlatenV1 {
        let ours = HeaderValue::from_static(SUBPROTOCOL);
        headers.insert(SEC_WEBSOCKET_PROTOCOL, ours);
    }
    if let Ok(accept) = HeaderValue::from_str(accept) {
        headers.insert(SEC_WEBSOCKET_ACCEPT, accept);
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;
    use hyper::Request;

    const PORT: u16 = 8181;

    fn parts(method: &str, target: &str, headers: &[(&str, &str)]) -> Parts {
        let mut request = Request::builder().method(method).uri(target);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.body(()).unwrap().into_parts().0
    }

    fn handshake(change: &[(&str, &str)]) -> Decision {
        let mut headers = vec![
            ("host", "localhost:8181"),
            ("connection", "keep-alive, Upgrade"),
            ("upgrade", "websocket"),
            ("sec-websocket-version", "13"),
            ("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="),
            ("sec-websocket-protocol", "platen.v1"),
        ];
        for (name, value) in change {
            headers.retain(|(kept, _)| kept != name);
            if !value.is_empty() {
                headers.push((name, value));
            }
        }
        decide(&parts("GET", "/", &headers), PORT)
    }

    #[test]
    fn only_our_own_loopback_hosts_are_answered() {
        for host in ["localhost:8181", "127.0.0.1:8181", "[::1]:8181"] {
            let request = parts("GET", "/healthz", &[("host", host)]);
            assert_eq!(decide(&request, PORT), Decision::Healthz, "{host}");
        }
        for host in [
            "",
            "localhost",
            "localhost:",
            "localhost:80",
            "localhost:8182",
            "localhost:08181",
            "localhost:+8181",
            "localhost:8181 ",
            " localhost:8181",
            "localhost:8181,evil.example",
            "localhost:8181@evil.example",
            "localhost:8181/",
            "localhost.:8181",
            ".localhost:8181",
            "LOCALHOST:8181",
            "Localhost:8181",
            "localhost%00:8181",
            "www.localhost:8181",
            "localhost.localdomain:8181",
            "localhost.evil.example:8181",
            "evil.example",
            "evil.example:8181",
            "pos.example:8181",
            "evil.example#localhost:8181",
            "a@localhost:8181",
            "127.0.0.1",
            "127.0.0.1:80",
            "127.0.0.1.:8181",
            "127.0.0.2:8181",
            "127.1:8181",
            "127.0.0.01:8181",
            "0177.0.0.1:8181",
            "0x7f.0.0.1:8181",
            "0x7f000001:8181",
            "2130706433:8181",
            "0.0.0.0",
            "0.0.0.0:8181",
            "0:8181",
            "192.168.1.2:8181",
            "10.0.0.1:8181",
            "169.254.169.254:8181",
            "255.255.255.255:8181",
            "::1",
            "::1:8181",
            "[::1]",
            "[::1]:80",
            "[::1]:",
            "[::1%25lo]:8181",
            "[0:0:0:0:0:0:0:1]:8181",
            "[::]:8181",
            "[::ffff:127.0.0.1]:8181",
            "[::ffff:7f00:1]:8181",
            "[fe80::1]:8181",
            "[::1].evil.example:8181",
            "127.0.0.1.nip.io:8181",
            "localtest.me:8181",
            "xn--lcalhost-n2a:8181",
            "host.docker.internal:8181",
            "my-till:8181",
            "my-till.local:8181",
            "null",
            "*",
            "file://",
            "http://localhost:8181",
        ] {
            let request = parts("GET", "/healthz", &[("host", host)]);
            let refused = Decision::Refuse(StatusCode::MISDIRECTED_REQUEST);
            assert_eq!(decide(&request, PORT), refused, "{host:?}");
            assert_eq!(handshake(&[("host", host)]), refused, "{host:?}");
        }
    }

    #[test]
    fn a_doubled_host_or_an_absolute_target_is_misdirected() {
        let refused = Decision::Refuse(StatusCode::MISDIRECTED_REQUEST);
        let ours = ("host", "localhost:8181");
        for headers in [
            vec![ours, ours],
            vec![ours, ("host", "evil.example")],
            vec![("host", "evil.example"), ours],
            vec![],
        ] {
            assert_eq!(decide(&parts("GET", "/healthz", &headers), PORT), refused);
        }
        for target in [
            "http://localhost:8181/healthz",
            "http://evil.example/healthz",
        ] {
            assert_eq!(decide(&parts("GET", target, &[ours]), PORT), refused);
        }
    }

    #[test]
    fn nothing_but_the_health_answer_and_the_upgrade_is_there() {
        let check = |method: &str, target: &str, status: StatusCode| {
            let request = parts(method, target, &[("host", "localhost:8181")]);
            assert_eq!(
                decide(&request, PORT),
                Decision::Refuse(status),
                "{method} {target}"
            );
        };
        for method in ["POST", "PUT", "DELETE", "HEAD", "PATCH", "TRACE", "BREW"] {
            check(method, "/healthz", StatusCode::METHOD_NOT_ALLOWED);
            check(method, "/", StatusCode::METHOD_NOT_ALLOWED);
            check(method, "/metrics", StatusCode::NOT_FOUND);
        }
        check("OPTIONS", "/", StatusCode::METHOD_NOT_ALLOWED);
        check("GET", "/", StatusCode::UPGRADE_REQUIRED);
        for target in [
            "/healthz/",
            "/healthz/x",
            "/readyz",
            "/metrics",
            "//",
            "/../healthz",
        ] {
            check("GET", target, StatusCode::NOT_FOUND);
        }
    }

    #[test]
    fn a_handshake_is_upgraded_to_the_dialect_it_asks_for() {
        // The example of RFC 6455 §1.3.
        let accept = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=".to_owned();
        let upgrade = |dialect| Decision::Upgrade {
            dialect,
            accept: accept.clone(),
        };
        assert_eq!(handshake(&[]), upgrade(Dialect::PlatenV1));
        let several = handshake(&[("sec-websocket-protocol", "other, platen.v1")]);
        assert_eq!(several, upgrade(Dialect::PlatenV1));
        let none = handshake(&[("sec-websocket-protocol", "")]);
        assert_eq!(none, upgrade(Dialect::Qz));
    }

    #[test]
    fn a_handshake_that_misses_something_is_no_upgrade() {
        for change in [
            ("sec-websocket-protocol", ","),
            ("sec-websocket-protocol", "platen.v2"),
            ("sec-websocket-protocol", "PLATEN.V1"),
            ("sec-websocket-version", ""),
            ("sec-websocket-version", "8"),
            ("sec-websocket-key", ""),
            ("sec-websocket-key", "short"),
            ("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ"),
            ("upgrade", "h2c"),
            ("connection", "close"),
        ] {
            let refused = Decision::Refuse(StatusCode::UPGRADE_REQUIRED);
            assert_eq!(handshake(&[change]), refused, "{change:?}");
        }
    }

    #[test]
    fn a_refusal_tells_nothing_but_its_status() {
        for status in [
            StatusCode::MISDIRECTED_REQUEST,
            StatusCode::NOT_FOUND,
            StatusCode::METHOD_NOT_ALLOWED,
        ] {
            let response = Decision::Refuse(status).response();
            assert_eq!(response.status(), status);
            assert_eq!(response.headers().len(), 1, "connection: close");
        }
    }

    #[test]
    fn the_health_answer_names_the_protocol_this_agent_speaks() {
        assert!(HEALTHZ.contains(&format!("\"{SUBPROTOCOL}\"")));
    }
}
