//! HID devices: which there are, and octets to and from one of them.
//!
//! No library: each system's own way stands in a file of its own (`linux`,
//! `windows`, `elsewhere`), and what a device says of itself is read in
//! [`descriptor`]. Nothing here knows who asks, nor what they may:
//! [`crate::device_access`] does. What comes from a device is hostile: its texts are made visible and
//! cut, its reports are bounded.

// Windows reads it for us; who lists devices on Linux does so here.
#[cfg_attr(not(target_os = "linux"), allow(dead_code))]
pub(crate) mod descriptor;
#[cfg(not(any(target_os = "linux", windows)))]
#[path = "elsewhere.rs"]
mod system;
#[cfg(target_os = "linux")]
#[path = "linux.rs"]
mod system;
#[cfg(windows)]
#[path = "windows.rs"]
mod system;
mod watch;

pub(crate) use self::descriptor::Usage;
pub(crate) use self::system::{Reader, Writer, list, open};
pub(crate) use self::watch::{Change, Watch};
use crate::grant::UsbIdentity;
#[cfg(any(target_os = "linux", windows, test))]
use crate::visible;

/// Octets of a report, with its number: what Linux takes, at most.
#[cfg(target_os = "linux")]
pub(crate) const REPORT_OCTETS_MAX: usize = 16 * 1024;
/// Characters of a text that a device says.
#[cfg(any(target_os = "linux", windows, test))]
const TEXT_CHARACTERS_MAX: usize = 255;

/// A HID device as it was found: of a device with several, one interface.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct HidDevice {
    /// What the system calls it, until it is unplugged.
    pub(crate) node: String,
    /// Who made it, and which of theirs it is.
    pub(crate) identity: UsbIdentity,
    /// Its maker's name.
    pub(crate) manufacturer: Option<String>,
    /// Its own.
    pub(crate) product: Option<String>,
    /// What it is for.
    pub(crate) collections: Vec<Usage>,
    /// Whether the first octet of its reports is their number.
    pub(crate) is_numbered: bool,
}

impl HidDevice {
    /// Whether no page may have it.
    pub(crate) fn is_protected(&self) -> bool {
        self.collections.iter().any(|usage| usage.is_protected())
    }
}

/// Text of a device, fit to be shown and compared; `None` for nothing.
#[cfg(any(target_os = "linux", windows, test))]
fn text(said: &str) -> Option<String> {
    let said = said.trim_matches(|c: char| c.is_whitespace() || c == '\0');
    let cut: String = said.chars().take(TEXT_CHARACTERS_MAX).collect();
    (!cut.is_empty()).then(|| visible::line(&cut).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_of_devices_are_cut_and_steer_nothing() {
        assert_eq!(text(" Scale 7\0\n").as_deref(), Some("Scale 7"));
        assert_eq!(text("\0\0"), None);
        assert_eq!(text("a\u{1b}[2J").as_deref(), Some("a\\u001b[2J"));
        assert_eq!(text(&"x".repeat(5000)).unwrap().len(), TEXT_CHARACTERS_MAX);
    }
}
