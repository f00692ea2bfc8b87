//! Web origins: who asks, and whom a certificate may speak for.
//!
//! Pure functions over text. An origin here is exactly what a browser sends in
//! the `Origin` header (RFC 6454 §6.1, serialized by the URL Standard):
//! anything else is no origin, never "nearly one".

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::str::FromStr;
use std::sync::Arc;

/// A tuple origin in its one spelling: `https://pos.example`, or
/// `http://localhost:3000`. Only `https`, and `http` for loopback hosts and
/// private test hosts that a grant names.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[cfg_attr(test, derive(ts_rs::TS), ts(type = "string"))]
pub struct Origin(Arc<str>);

/// Why a text is no origin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OriginError {
    /// Not `http://` or `https://`.
    #[error("an origin begins with https:// (or http:// for a loopback page)")]
    Scheme,
    /// Not a host in its normal form.
    #[error(
        "the host must be lowercase, without user, path or trailing dot, with non-ASCII names in punycode (xn--)"
    )]
    Host,
    /// Not a port in its normal form.
    #[error(
        "the port must be 1 to 65535 without leading zeros, and left out when it is the scheme's own"
    )]
    Port,
}

impl Origin {
    /// The origin as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The origin as text that many may hold.
    #[must_use]
    pub fn shared(&self) -> Arc<str> {
        Arc::clone(&self.0)
    }

    /// `https` or `http`.
    #[must_use]
    pub fn scheme(&self) -> &str {
        self.0.split_once("://").map_or("", |(scheme, _)| scheme)
    }

    /// Host and port as in the text: `pos.example`, `[::1]:8443`.
    #[must_use]
    pub fn authority(&self) -> &str {
        self.0
            .split_once("://")
            .map_or("", |(_, authority)| authority)
    }

    /// The host, IPv6 in brackets.
    #[must_use]
    pub fn host(&self) -> &str {
        split_authority(self.authority()).map_or("", |(host, _)| host)
    }

    /// The port, when it is not the scheme's own.
    #[must_use]
    pub fn port(&self) -> Option<u16> {
        split_authority(self.authority()).and_then(|(_, port)| port?.parse().ok())
    }

    /// Whether the page itself comes from this machine: its host is
    /// `localhost`, a name below it, or a loopback address.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        is_loopback_host(self.host())
    }
}

/// Whether a host (IPv6 in brackets) is this machine.
#[must_use]
pub fn is_loopback_host(host: &str) -> bool {
    host == "localhost"
        || host.ends_with(".localhost")
        || host == "[::1]"
        || host
            .parse::<Ipv4Addr>()
            .is_ok_and(|address| address.is_loopback())
}

impl FromStr for Origin {
    type Err = OriginError;

    fn from_str(text: &str) -> Result<Self, OriginError> {
        let (default_port, authority) = if let Some(rest) = text.strip_prefix("https://") {
            (443, rest)
        } else if let Some(rest) = text.strip_prefix("http://") {
            (80, rest)
        } else {
            return Err(OriginError::Scheme);
        };
        let (host, port) = split_authority(authority).ok_or(OriginError::Host)?;
        if !is_normal_host(host) {
            return Err(OriginError::Host);
        }
        if let Some(port) = port {
            let number: u16 = port.parse().map_err(|_| OriginError::Port)?;
            if number == 0 || number == default_port || number.to_string() != port {
                return Err(OriginError::Port);
            }
        }
        Ok(Self(text.into()))
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Serialize for Origin {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Origin {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// `(host, port)` of an authority; the host keeps its brackets.
fn split_authority(authority: &str) -> Option<(&str, Option<&str>)> {
    if authority.starts_with('[') {
        let end = authority.find(']')? + 1;
        let (host, rest) = authority.split_at(end);
        return match rest.strip_prefix(':') {
            Some(port) => Some((host, Some(port))),
            None if rest.is_empty() => Some((host, None)),
            None => None,
        };
    }
    match authority.split_once(':') {
        Some((host, port)) => Some((host, Some(port))),
        None => Some((authority, None)),
    }
}

/// Whether `host` is spelled as the URL Standard serializes it.
fn is_normal_host(host: &str) -> bool {
    if let Some(inside) = host
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'))
    {
        return inside.parse::<Ipv6Addr>().is_ok_and(|address| {
            // The URL Standard prints IPv4-mapped addresses in hexadecimal.
            let printed = match address.to_ipv4_mapped() {
                Some(v4) => {
                    let [a, b, c, d] = v4.octets();
                    format!(
                        "::ffff:{:x}:{:x}",
                        u16::from_be_bytes([a, b]),
                        u16::from_be_bytes([c, d])
                    )
                }
                None => address.to_string(),
            };
            printed == inside
        });
    }
    if host.is_empty() || host.len() > 253 {
        return false;
    }
    let labels_fit = host.split('.').all(is_normal_label);
    // A last label that is a number makes the whole host an IPv4 address
    // (URL Standard, "ends in a number checker").
    let last = host.rsplit('.').next().unwrap_or(host);
    let numeric = last.bytes().all(|b| b.is_ascii_digit())
        || (last.starts_with("0x") && last[2..].bytes().all(|b| b.is_ascii_hexdigit()));
    if numeric {
        return host
            .parse::<Ipv4Addr>()
            .is_ok_and(|address| address.to_string() == host);
    }
    labels_fit
}

fn is_normal_label(label: &str) -> bool {
    (1..=63).contains(&label.len())
        && !label.starts_with('-')
        && !label.ends_with('-')
        && label
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-' || b == b'_')
}

/// What a certificate or a grant says about origins.
///
/// A bare DNS name stands for `https` on the default port: `pos.example` is
/// `https://pos.example`, `*.example.com` is `https` on any one label below
/// `example.com`. A full origin stands for itself.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[cfg_attr(test, derive(ts_rs::TS), ts(type = "string"))]
pub enum OriginPattern {
    /// This origin and no other.
    Exact(Origin),
    /// `https` on the default port of any host one label below this name.
    Below(String),
}

impl OriginPattern {
    /// Whether `origin` is meant.
    #[must_use]
    pub fn matches(&self, origin: &Origin) -> bool {
        match self {
            Self::Exact(exact) => exact == origin,
            Self::Below(parent) => origin
                .as_str()
                .strip_prefix("https://")
                .and_then(|authority| authority.strip_suffix(parent.as_str()))
                .and_then(|label| label.strip_suffix('.'))
                .is_some_and(is_normal_label),
        }
    }

    /// Whether every origin of `other` is one of ours.
    #[must_use]
    pub fn covers(&self, other: &Self) -> bool {
        match (self, other) {
            (_, Self::Exact(origin)) => self.matches(origin),
            (Self::Below(ours), Self::Below(theirs)) => ours == theirs,
            (Self::Exact(_), Self::Below(_)) => false,
        }
    }
}

impl FromStr for OriginPattern {
    type Err = OriginError;

    fn from_str(text: &str) -> Result<Self, OriginError> {
        if text.contains("://") {
            if let Some(parent) = text.strip_prefix("https://*.") {
                return format!("*.{parent}").parse();
            }
            return text.parse().map(Self::Exact);
        }
        let (wildcard, name) = match text.strip_prefix("*.") {
            Some(parent) => (true, parent),
            None => (false, text),
        };
        // `*.com` would speak for every shop; one dot at least must follow.
        if wildcard && !name.contains('.') {
            return Err(OriginError::Host);
        }
        let origin: Origin = format!("https://{name}").parse()?;
        if wildcard {
            let address = name.parse::<Ipv4Addr>().is_ok() || name.starts_with('[');
            if address || origin.port().is_some() {
                return Err(OriginError::Host);
            }
            return Ok(Self::Below(name.to_owned()));
        }
        Ok(Self::Exact(origin))
    }
}

impl fmt::Display for OriginPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exact(origin) => origin.fmt(f),
            Self::Below(parent) => write!(f, "https://*.{parent}"),
        }
    }
}

impl Serialize for OriginPattern {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for OriginPattern {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origins_in_normal_form_are_read() {
        for text in [
            "https://pos.example",
            "https://pos.example:8443",
            "http://localhost:3000",
            "http://127.0.0.1",
            "https://[::1]:8443",
            "https://[::ffff:7f00:1]",
            "https://xn--bcher-kva.example",
            "https://a_b.example",
            "https://192.0.2.7",
        ] {
            let origin: Origin = text.parse().unwrap();
            assert_eq!(origin.as_str(), text);
        }
    }

    #[test]
    fn anything_that_a_browser_would_not_send_is_no_origin() {
        for text in [
            "",
            "null",
            "https://",
            "https:///",
            "https://pos.example/",
            "https://pos.example/a",
            "https://pos.example?",
            "https://pos.example#",
            "HTTPS://pos.example",
            "https://POS.example",
            "https://pos.example.",
            "https://pos.example:443",
            "http://localhost:80",
            "https://pos.example:",
            "https://pos.example:0",
            "https://pos.example:08443",
            "https://pos.example:65536",
            "https://pos.example:8443x",
            "https://a@pos.example",
            "https://a:b@pos.example",
            "https://pos.example\\@evil.example",
            "https://pos..example",
            "https://.pos.example",
            "https://-pos.example",
            "https://bücher.example",
            "https://pos.example%00",
            "https://pos.example\0",
            "https://pos.example ",
            " https://pos.example",
            "https://pos.example\n",
            "https://127.1",
            "https://0x7f.0.0.1",
            "https://2130706433",
            "https://127.0.0.01",
            "https://[::1",
            "https://::1",
            "https://[0:0:0:0:0:0:0:1]",
            "https://[::1]x",
            "https://[::ffff:127.0.0.1]",
            "https://[fe80::1%25eth0]",
            "ws://pos.example",
            "file://",
            "chrome-extension://abcdef",
            "data:text/html,x",
            "blob:https://pos.example",
            "javascript://pos.example",
            "https//pos.example",
            "//pos.example",
            "pos.example",
            "https://pos.example,https://evil.example",
            "https://pos.example https://evil.example",
            "https://*.example.com",
            "https://pos.0x7f",
        ] {
            assert!(text.parse::<Origin>().is_err(), "{text:?}");
        }
    }

    #[test]
    fn a_dns_name_stands_for_https_on_the_default_port_only() {
        let check = |pattern: &str, origin: &str, expected: bool| {
            let pattern: OriginPattern = pattern.parse().unwrap();
            let origin: Origin = origin.parse().unwrap();
            assert_eq!(pattern.matches(&origin), expected, "{pattern} and {origin}");
        };
        check("pos.example", "https://pos.example", true);
        check("pos.example", "http://pos.example", false);
        check("pos.example", "https://pos.example:8443", false);
        check("pos.example", "https://xpos.example", false);
        check("pos.example", "https://pos.example.evil.example", false);
        check("*.example.com", "https://pos.example.com", true);
        check("*.example.com", "https://a.pos.example.com", false);
        check("*.example.com", "https://example.com", false);
        check("*.example.com", "https://posexample.com", false);
        check("*.example.com", "https://pos.example.com:8443", false);
        check("http://localhost:3000", "http://localhost:3000", true);
        check("http://localhost:3000", "http://localhost:3001", false);
        check("https://*.example.com", "https://pos.example.com", true);
    }

    #[test]
    fn a_wildcard_over_a_whole_top_level_domain_or_an_address_is_refused() {
        for text in [
            "*",
            "*.com",
            "*.127.0.0.1",
            "*.*.example.com",
            "pos.*.com",
            "*.example.com:8443",
        ] {
            assert!(text.parse::<OriginPattern>().is_err(), "{text:?}");
        }
    }
}
