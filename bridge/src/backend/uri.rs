//! Device URIs: which device a printer is, in one line of configuration.
//!
//! Only the syntax lives here; whether the device answers is its backend's
//! business. What is written back ([`fmt::Display`]) is the canonical form:
//! two URIs of one device are equal.

use std::fmt;
use std::str::FromStr;

use super::serial::SerialAddress;
use super::usb::UsbAddress;
use super::winspool::WindowsPrinterName;

/// The port of raw printing ("JetDirect", "AppSocket") when a URI names none.
pub const RAW_PORT: u16 = 9100;

/// The URI names no device this agent can print to.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DeviceUriError {
    /// No `scheme:` at all.
    #[error(
        "`{uri}` is no device URI; write `virtual:`, `socket://HOST:PORT`, `usb://VENDOR:PRODUCT/SERIAL`, `serial:PORT`, `cups:QUEUE` or `winspool:PRINTER`"
    )]
    NoScheme {
        /// As configured.
        uri: String,
    },
    /// A scheme of no backend.
    #[error(
        "no backend prints to `{scheme}:`; use `virtual:`, `socket://HOST:PORT`, `usb://VENDOR:PRODUCT/SERIAL`, `serial:PORT`, `cups:QUEUE` or `winspool:PRINTER`"
    )]
    UnknownScheme {
        /// As configured.
        scheme: String,
    },
    /// `socket:` without a usable host and port.
    #[error(
        "`{uri}` names no network printer: {problem}; write `socket://192.0.2.7:9100`, `socket://[2001:db8::7]` or `socket://printer.example`"
    )]
    Socket {
        /// As configured.
        uri: String,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// `usb:` without a printer that can be told from others.
    #[error(
        "`{uri}` names no USB printer: {problem}; write `usb://04b8:0e28/SERIAL`, or `usb://04b8:0e28@3-1.4` for one without serial number"
    )]
    Usb {
        /// As configured.
        uri: String,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// `serial:` without a usable port, or with settings that no line has.
    #[error(
        "`{uri}` names no serial printer: {problem}; write `serial:/dev/ttyUSB0?baud=19200&flow=rts-cts`, `serial:COM3`, or `serial:usb:0403:6001` for an adapter wherever it is plugged in"
    )]
    Serial {
        /// As configured.
        uri: String,
        /// What is wrong with it.
        problem: String,
    },
    /// `cups:` without a usable queue name.
    #[error(
        "`{uri}` names no CUPS queue; write `cups:` and the name `lpstat -p` shows, without blanks, `/` or `#`"
    )]
    Cups {
        /// As configured.
        uri: String,
    },
    /// `winspool:` without a usable name.
    #[error(
        "`{uri}` names no printer of Windows; write `winspool:` and the name its settings show, such as `winspool:Epson%20TM-T20`"
    )]
    Winspool {
        /// As configured.
        uri: String,
    },
    /// `virtual:` with an unusable name.
    #[error(
        "`{uri}` names no built-in printer; write `virtual:`, or `virtual:NAME` with a name of a-z, 0-9, `-` and `_`"
    )]
    Virtual {
        /// As configured.
        uri: String,
    },
}

/// Which device a printer is.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum DeviceUri {
    /// `virtual:` or `virtual:NAME`: the built-in printer; `NAME` is a folder
    /// of its own.
    Virtual {
        /// The folder below the built-in printer's folder.
        name: Option<String>,
    },
    /// `socket://HOST:PORT`: raw octets over TCP.
    Socket {
        /// Host name, IPv4 address, or IPv6 address without brackets (a zone
        /// may follow `%`).
        host: String,
        /// TCP port.
        port: u16,
    },
    /// `usb://VVVV:PPPP/SERIAL` or `usb://VVVV:PPPP@BUS-PORT`: raw octets over
    /// USB.
    Usb {
        /// Which printer.
        address: UsbAddress,
    },
    /// `serial:PORT?baud=...` or `serial:usb:VVVV:PPPP?baud=...`: raw octets
    /// over a serial line.
    Serial {
        /// Which line, and how it is set.
        address: SerialAddress,
    },
    /// `cups:QUEUE`: a queue of the system's print service.
    Cups {
        /// The queue's name.
        queue: QueueName,
    },
    /// `winspool:PRINTER`: a printer of Windows' spooler. Its name is
    /// percent-encoded.
    Winspool {
        /// The printer's name.
        printer: WindowsPrinterName,
    },
}

/// The name of a CUPS queue.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct QueueName(String);

impl QueueName {
    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for QueueName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for QueueName {
    type Err = DeviceUriError;

    /// What CUPS allows (`lpadmin(8)`: any printable character but `/`, `#`
    /// and blanks, 127 octets), less what would need escaping in a URI.
    fn from_str(name: &str) -> Result<Self, DeviceUriError> {
        let fits = (1..=127).contains(&name.len())
            && name
                .chars()
                .all(|c| !c.is_control() && !c.is_whitespace() && !r#"/\#?%'""#.contains(c));
        if fits {
            Ok(Self(name.to_owned()))
        } else {
            Err(DeviceUriError::Cups {
                uri: format!("cups:{name}"),
            })
        }
    }
}

impl FromStr for DeviceUri {
    type Err = DeviceUriError;

    fn from_str(uri: &str) -> Result<Self, DeviceUriError> {
        let Some((scheme, rest)) = uri.split_once(':') else {
            return Err(DeviceUriError::NoScheme {
                uri: uri.to_owned(),
            });
        };
        match scheme.to_ascii_lowercase().as_str() {
            "virtual" => virtual_printer(uri, rest),
            "socket" => socket(uri, rest),
            "usb" => usb(uri, rest),
            "serial" => serial(uri, rest),
            "cups" => {
                rest.parse()
                    .map(|queue| Self::Cups { queue })
                    .map_err(|_| DeviceUriError::Cups {
                        uri: uri.to_owned(),
                    })
            }
            "winspool" => rest
                .parse()
                .map(|printer| Self::Winspool { printer })
                .map_err(|_| DeviceUriError::Winspool {
                    uri: uri.to_owned(),
                }),
            _ => Err(DeviceUriError::UnknownScheme {
                scheme: scheme.to_owned(),
            }),
        }
    }
}

impl fmt::Display for DeviceUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Virtual { name: None } => f.write_str("virtual:"),
            Self::Virtual { name: Some(name) } => write!(f, "virtual:{name}"),
            Self::Socket { host, port } if host.contains(':') => {
                write!(f, "socket://[{}]:{port}", host.replace('%', "%25"))
            }
            Self::Socket { host, port } => write!(f, "socket://{host}:{port}"),
            Self::Usb { address } => write!(f, "usb://{address}"),
            Self::Serial { address } => write!(f, "serial:{address}"),
            Self::Cups { queue } => write!(f, "cups:{queue}"),
            Self::Winspool { printer } => write!(f, "winspool:{printer}"),
        }
    }
}

fn virtual_printer(uri: &str, name: &str) -> Result<DeviceUri, DeviceUriError> {
    let fits = name.len() <= 64
        && name
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-_".contains(&b));
    if !fits {
        return Err(DeviceUriError::Virtual {
            uri: uri.to_owned(),
        });
    }
    let name = (!name.is_empty()).then(|| name.to_owned());
    Ok(DeviceUri::Virtual { name })
}

fn socket(uri: &str, rest: &str) -> Result<DeviceUri, DeviceUriError> {
    let refuse = |problem| DeviceUriError::Socket {
        uri: uri.to_owned(),
        problem,
    };
    let authority = rest
        .strip_prefix("//")
        .ok_or_else(|| refuse("`//` is missing after the scheme"))?;
    let authority = authority.strip_suffix('/').unwrap_or(authority);
    let (host, port) = if let Some(bracketed) = authority.strip_prefix('[') {
        let (address, port) = bracketed
            .split_once(']')
            .ok_or_else(|| refuse("`]` is missing after the IPv6 address"))?;
        // A zone is written `%25eth0` in a URI (RFC 6874) and `%eth0` everywhere else.
        let address = address.replacen("%25", "%", 1);
        let (bare, zone) = match address.split_once('%') {
            Some((bare, zone)) => (bare, Some(zone)),
            None => (address.as_str(), None),
        };
        let bare: std::net::Ipv6Addr = bare
            .parse()
            .map_err(|_| refuse("the text in brackets is no IPv6 address"))?;
        let host = match zone {
            None => bare.to_string(),
            Some(zone) if is_host_text(zone) => format!("{bare}%{zone}"),
            Some(_) => return Err(refuse("the IPv6 zone is no interface name")),
        };
        (host, port)
    } else {
        let (host, port) = match authority.find(':') {
            Some(colon) => authority.split_at(colon),
            None => (authority, ""),
        };
        if host.is_empty() {
            return Err(refuse("the host is missing"));
        }
        if !is_host_text(host) {
            return Err(refuse("the host has characters no host name has"));
        }
        (host.to_ascii_lowercase(), port)
    };
    let port = match port {
        "" => RAW_PORT,
        text => text
            .strip_prefix(':')
            .filter(|digits| digits.bytes().all(|b| b.is_ascii_digit()))
            .and_then(|digits| digits.parse().ok())
            .filter(|port| *port != 0)
            .ok_or_else(|| refuse("the port is no number from 1 to 65535"))?,
    };
    Ok(DeviceUri::Socket { host, port })
}

fn usb(uri: &str, rest: &str) -> Result<DeviceUri, DeviceUriError> {
    rest.strip_prefix("//")
        .ok_or("`//` is missing after the scheme")
        .and_then(str::parse)
        .map(|address| DeviceUri::Usb { address })
        .map_err(|problem| DeviceUriError::Usb {
            uri: uri.to_owned(),
            problem,
        })
}

fn serial(uri: &str, rest: &str) -> Result<DeviceUri, DeviceUriError> {
    rest.parse()
        .map(|address| DeviceUri::Serial { address })
        .map_err(|problem| DeviceUriError::Serial {
            uri: uri.to_owned(),
            problem,
        })
}

fn is_host_text(text: &str) -> bool {
    (1..=253).contains(&text.len())
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"-._".contains(&b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_to_write_a_device_has_one_canonical_form() {
        for (text, canonical) in [
            ("virtual:", "virtual:"),
            ("virtual:kitchen-2", "virtual:kitchen-2"),
            ("socket://192.0.2.7", "socket://192.0.2.7:9100"),
            ("socket://192.0.2.7:9101/", "socket://192.0.2.7:9101"),
            ("SOCKET://Till.Example", "socket://till.example:9100"),
            ("socket://[2001:DB8::0:7]", "socket://[2001:db8::7]:9100"),
            ("socket://[fe80::1%eth0]:1", "socket://[fe80::1%25eth0]:1"),
            ("socket://[fe80::1%25eth0]:1", "socket://[fe80::1%25eth0]:1"),
            ("usb://04B8:0e28/X5TG", "usb://04b8:0e28/X5TG"),
            ("USB://0416:5011@003-1.4", "usb://0416:5011@3-1.4"),
            ("serial:/dev/ttyUSB0", "serial:/dev/ttyUSB0"),
            (
                "serial:/dev/ttyUSB0?baud=9600&parity=none&data-bits=8&stop-bits=1&flow=none",
                "serial:/dev/ttyUSB0",
            ),
            (
                "SERIAL:COM3?flow=rts-cts&baud=19200",
                "serial:COM3?baud=19200&flow=rts-cts",
            ),
            (
                "serial:usb:0403:6001:A5?data-bits=7&parity=even&stop-bits=2",
                "serial:usb:0403:6001:A5?data-bits=7&parity=even&stop-bits=2",
            ),
            ("cups:Receipt_1", "cups:Receipt_1"),
            ("cups:Küche", "cups:Küche"),
            ("winspool:Epson TM-T20", "winspool:Epson%20TM-T20"),
            (
                "winspool:%5C%5Cserver%5cTill",
                "winspool:%5C%5Cserver%5CTill",
            ),
        ] {
            let uri: DeviceUri = text.parse().unwrap_or_else(|e| panic!("{text}: {e}"));
            assert_eq!(uri.to_string(), canonical);
            assert_eq!(canonical.parse(), Ok(uri));
        }
    }

    #[test]
    fn what_names_no_device_is_refused_with_what_to_write_instead() {
        for text in [
            "",
            "kitchen",
            "ipp://host/ipp/print",
            "file:/etc/passwd",
            "virtual:../up",
            "virtual:a/b",
            "socket:",
            "socket://",
            "socket://:9100",
            "socket://host:0",
            "socket://host:65536",
            "socket://host:+1",
            "socket://host:1:2",
            "socket://[::1",
            "socket://[::1]x",
            "socket://[127.0.0.1]:9100",
            "socket://[::1%]:9100",
            "socket://user@host:9100",
            "socket://host/queue",
            "socket://ho st",
            "usb:04b8:0e28/1",
            "usb://04b8:0e28",
            "serial:",
            "serial:ttyUSB0",
            "serial:/dev/../etc/passwd",
            "serial:usb:0403",
            "serial:COM3?",
            "serial:COM3?baud",
            "serial:COM3?baud=fast",
            "serial:COM3?baud=9600&baud=9600",
            "serial:COM3?speed=9600",
            "serial:COM3?parity=maybe",
            "serial:COM3?flow=rts-cts#1",
            "cups:",
            "cups:a b",
            "cups:../x",
            "cups:a#b",
            "winspool:",
            "winspool:Till,Job 1",
        ] {
            let refused = text.parse::<DeviceUri>().unwrap_err().to_string();
            assert!(
                refused.contains("virtual:") || refused.contains("write"),
                "{refused}"
            );
        }
    }
}
