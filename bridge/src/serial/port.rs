//! The serial ports of this machine, as the system names them.
//!
//! On Linux they are read from sysfs, with what a USB adapter says of itself; on
//! Windows from the registry, with what its driver calls an adapter.
//! Pseudo-terminals are not listed, as nothing is plugged in there; who knows
//! the name of one may use it all the same. What an adapter says is a
//! stranger's word: short, and nothing in it steers a terminal.

use std::fmt;
use std::io;
use std::str::FromStr;

use crate::grant::{DeviceIdentity, UsbIdentity};

/// More are multiplexers of a machine room.
const PORTS_MAX: usize = 256;
/// Characters of a name.
const NAME_CHARACTERS_MAX: usize = 255;

/// What the system calls a port: `/dev/ttyUSB0`, `COM3`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PortName(String);

/// The text names no port.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "no port is called that; write its name as the system has it, like `/dev/ttyUSB0` or `COM3`"
)]
pub struct PortNameError;

impl PortName {
    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for PortName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for PortName {
    type Err = PortNameError;

    fn from_str(name: &str) -> Result<Self, PortNameError> {
        let is_path = name.starts_with('/') && !name.split('/').any(|part| part == "..");
        let is_com = name.strip_prefix("COM").is_some_and(|number| {
            (1..=3).contains(&number.len()) && number.bytes().all(|octet| octet.is_ascii_digit())
        });
        let fits = name.chars().count() <= NAME_CHARACTERS_MAX
            && !name.chars().any(crate::visible::steers);
        if fits && (is_path || is_com) {
            Ok(Self(name.to_owned()))
        } else {
            Err(PortNameError)
        }
    }
}

/// What a USB adapter says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UsbAdapter {
    /// Who made it, which of theirs it is, and which one of these.
    pub identity: UsbIdentity,
    /// What it calls itself.
    pub product_name: Option<String>,
    /// What its maker is called.
    pub manufacturer: Option<String>,
}

/// A port of this machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PortInfo {
    /// What the system calls it.
    pub name: PortName,
    /// The USB adapter that it is on, if it is on one.
    pub adapter: Option<UsbAdapter>,
}

/// The ports of this machine, by name. Blocks, for as long as the system
/// takes to tell.
#[must_use]
pub fn list() -> Vec<PortInfo> {
    #[cfg(target_os = "linux")]
    let mut ports = sysfs::list(std::path::Path::new("/sys/class/tty"));
    #[cfg(all(unix, not(target_os = "linux")))]
    let mut ports = devices::list(std::path::Path::new("/dev"));
    #[cfg(windows)]
    let mut ports = registry::list();
    ports.sort_by(|a, b| a.name.cmp(&b.name));
    ports
}

impl PortInfo {
    /// As grants know it.
    #[must_use]
    pub fn identity(&self) -> DeviceIdentity {
        DeviceIdentity::Serial {
            port: self.name.to_string(),
            adapter: self
                .adapter
                .as_ref()
                .map(|adapter| adapter.identity.clone()),
        }
    }
}

/// The port that a name leads to, also one that is not listed: a link counts
/// as what it leads to. Blocks.
///
/// # Errors
/// Nothing of that name, or nothing that could be a port.
pub fn look_up(name: &PortName) -> io::Result<PortInfo> {
    #[cfg(unix)]
    let name = {
        let path = std::fs::canonicalize(name.as_str())?;
        let name: Option<PortName> = path.to_str().and_then(|path| path.parse().ok());
        name.ok_or(io::ErrorKind::InvalidFilename)?
    };
    #[cfg(not(unix))]
    let name = name.clone();
    let listed = list().into_iter().find(|port| port.name == name);
    Ok(listed.unwrap_or(PortInfo {
        name: name.clone(),
        adapter: None,
    }))
}

#[cfg(target_os = "linux")]
mod sysfs {
    //! `/sys/class/tty`: a folder for each terminal, with a link `device`
    //! where something is behind it.

    use std::fs;
    use std::path::{Path, PathBuf};

    use super::{NAME_CHARACTERS_MAX, PORTS_MAX, PortInfo, UsbAdapter};
    use crate::grant::UsbIdentity;

    /// Folders between a port and its USB device, at most.
    const LEVELS_MAX: usize = 4;

    pub(super) fn list(class: &Path) -> Vec<PortInfo> {
        let Ok(entries) = fs::read_dir(class) else {
            return Vec::new();
        };
        let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
        names
            .filter_map(|name| port(class, &name))
            .take(PORTS_MAX)
            .collect()
    }

    fn port(class: &Path, name: &str) -> Option<PortInfo> {
        let folder = class.join(name);
        let device = fs::canonicalize(folder.join("device")).ok()?;
        // What a mainboard has room for and nothing was built in: type 0.
        if attribute(&folder, "type").as_deref() == Some("0") {
            return None;
        }
        Some(PortInfo {
            name: format!("/dev/{name}").parse().ok()?,
            adapter: adapter(device),
        })
    }

    fn adapter(mut folder: PathBuf) -> Option<UsbAdapter> {
        let number = |folder: &Path, name| {
            let text = attribute(folder, name)?;
            u16::from_str_radix(&text, 16).ok()
        };
        for _ in 0..LEVELS_MAX {
            if let Some(vendor) = number(&folder, "idVendor") {
                return Some(UsbAdapter {
                    identity: UsbIdentity {
                        vendor,
                        product: number(&folder, "idProduct")?,
                        serial_number: attribute(&folder, "serial"),
                    },
                    product_name: attribute(&folder, "product"),
                    manufacturer: attribute(&folder, "manufacturer"),
                });
            }
            folder.pop();
        }
        None
    }

    /// What a file of one line says.
    fn attribute(folder: &Path, name: &str) -> Option<String> {
        let octets = fs::read(folder.join(name)).ok()?;
        let text = String::from_utf8_lossy(&octets);
        let text = crate::visible::line(text.trim_end_matches('\n'));
        let text: String = text.trim().chars().take(NAME_CHARACTERS_MAX).collect();
        (!text.is_empty()).then_some(text)
    }
}

#[cfg(all(unix, not(target_os = "linux")))]
mod devices {
    //! `/dev/cu.*`: the side of each port that does not wait for a caller.

    use std::fs;
    use std::path::Path;

    use super::{PORTS_MAX, PortInfo};

    pub(super) fn list(folder: &Path) -> Vec<PortInfo> {
        let Ok(entries) = fs::read_dir(folder) else {
            return Vec::new();
        };
        let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
        names
            .filter(|name| name.starts_with("cu."))
            .filter_map(|name| format!("{}/{name}", folder.display()).parse().ok())
            .map(|name| PortInfo {
                name,
                adapter: None,
            })
            .take(PORTS_MAX)
            .collect()
    }
}

#[cfg(windows)]
mod registry {
    //! What drivers wrote of their ports and of what these are on.

    use platen_windows::serial::{self as system, Listed};

    use super::{NAME_CHARACTERS_MAX, PORTS_MAX, PortInfo, UsbAdapter};
    use crate::grant::UsbIdentity;

    pub(super) fn list() -> Vec<PortInfo> {
        let ports = system::list().into_iter();
        ports.filter_map(port).take(PORTS_MAX).collect()
    }

    fn port(listed: Listed) -> Option<PortInfo> {
        Some(PortInfo {
            name: listed.name.parse().ok()?,
            adapter: listed.adapter.map(|adapter| UsbAdapter {
                identity: UsbIdentity {
                    vendor: adapter.vendor,
                    product: adapter.product,
                    serial_number: adapter.serial_number.as_deref().and_then(line),
                },
                product_name: adapter.product_name.as_deref().and_then(line),
                manufacturer: adapter.manufacturer.as_deref().and_then(line),
            }),
        })
    }

    /// One line that steers nothing.
    fn line(text: &str) -> Option<String> {
        let text = crate::visible::line(text);
        let text: String = text.trim().chars().take(NAME_CHARACTERS_MAX).collect();
        (!text.is_empty()).then_some(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_ports() {
        for name in [
            "/dev/ttyUSB0",
            "/dev/serial/by-id/usb-a_b-if00",
            "COM3",
            "COM256",
        ] {
            assert_eq!(name.parse::<PortName>().unwrap().as_str(), name);
        }
        for name in [
            "",
            "ttyUSB0",
            "COM",
            "COM1234",
            "COM1:",
            "/dev/../etc/passwd",
            "/dev/a\nb",
        ] {
            assert_eq!(name.parse::<PortName>(), Err(PortNameError), "{name}");
        }
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn ports_are_listed_with_what_their_adapters_say_and_nothing_of_it_steers_a_terminal() {
        use std::fs;
        use std::os::unix::fs::symlink;

        let root = tempfile::tempdir().unwrap();
        let (class, devices) = (root.path().join("class"), root.path().join("devices"));
        let port = |name: &str, device: &str| {
            let behind = devices.join(device);
            fs::create_dir_all(&behind).unwrap();
            fs::create_dir_all(class.join(name)).unwrap();
            symlink(behind, class.join(name).join("device")).unwrap();
        };
        port("ttyUSB0", "usb1/1-2/1-2:1.0/ttyUSB0");
        port("ttyACM0", "usb1/1-3/1-3:1.0");
        port("ttyS0", "pnp0/00:01");
        port("ttyS1", "platform/serial8250");
        fs::create_dir_all(class.join("console")).unwrap();
        fs::create_dir_all(class.join("pts7")).unwrap();
        let write = |path: &str, text: &[u8]| fs::write(devices.join(path), text).unwrap();
        write("usb1/1-2/idVendor", b"0403\n");
        write("usb1/1-2/idProduct", b"6001\n");
        write("usb1/1-2/serial", b"A5\x1b[2J\n");
        write("usb1/1-2/product", "x".repeat(9_000).as_bytes());
        write("usb1/1-3/idVendor", b"0922\n");
        write("usb1/1-3/idProduct", b"not a number\n");
        fs::write(class.join("ttyS0/type"), "4\n").unwrap();
        fs::write(class.join("ttyS1/type"), "0\n").unwrap();

        let mut ports = sysfs::list(&class);
        ports.sort_by(|a, b| a.name.cmp(&b.name));
        let names: Vec<_> = ports.iter().map(|port| port.name.as_str()).collect();
        assert_eq!(names, ["/dev/ttyACM0", "/dev/ttyS0", "/dev/ttyUSB0"]);
        assert_eq!(ports[0].adapter, None);
        assert_eq!(ports[1].adapter, None);
        let adapter = ports[2].adapter.as_ref().unwrap();
        assert_eq!(adapter.identity.to_string(), "0403:6001:A5\\u001b[2J");
        assert_eq!(adapter.product_name.as_ref().unwrap().len(), 255);
        assert_eq!(adapter.manufacturer, None);
    }
}
