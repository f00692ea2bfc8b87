//! Grants: what this machine allows which site to do.
//!
//! A grant is data. Who may act on it is decided in [`crate::authorize`]; it
//! is made, listed and removed through the administration socket only.

mod device;

use std::collections::BTreeSet;
use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;

use platen_protocol::{Capability, Origin, OriginPattern, PrinterId, Signing, TimestampMs};
use serde::{Deserialize, Serialize};
use tokio::sync::watch;

pub use self::device::{DeviceIdentity, DeviceRule, DeviceRuleError, UsbIdentity};
use crate::backend::DeviceUri;
use crate::owner::Users;

/// Which certificate a grant trusts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AnchorKind {
    /// A root: leaves below it count.
    Root,
    /// This leaf and no other.
    Leaf,
}

/// Which printers a grant names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PrinterScope {
    /// Every printer of the machine, also those added later.
    All,
    /// These.
    Only(BTreeSet<PrinterId>),
}

impl PrinterScope {
    /// Whether `printer` is named.
    #[must_use]
    pub fn contains(&self, printer: &PrinterId) -> bool {
        match self {
            Self::All => true,
            Self::Only(printers) => printers.contains(printer),
        }
    }
}

/// A host and a port that a page may connect to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Destination {
    host: String,
    port: u16,
}

/// The text names no host with a port.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is no HOST:PORT; write `192.0.2.7:9100`, `[2001:db8::7]:9100` or `scale.example:4001`"
)]
pub struct DestinationError(String);

impl Destination {
    /// The destination with this host, as a page writes it, and this port.
    #[must_use]
    pub fn new(host: &str, port: u16) -> Option<Self> {
        let authority = if host.contains(':') && !host.starts_with('[') {
            format!("[{host}]:{port}")
        } else {
            format!("{host}:{port}")
        };
        authority.parse().ok()
    }

    /// Host name or address, in lower case, IPv6 without brackets.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    /// TCP port.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }
}

impl FromStr for Destination {
    type Err = DestinationError;

    fn from_str(text: &str) -> Result<Self, DestinationError> {
        let has_port = text.rsplit_once(':').is_some_and(|(host, port)| {
            !port.is_empty() && (host.ends_with(']') || !host.contains(':'))
        });
        // As in the URI of a printer, which has a port of its own where none is named.
        match format!("socket://{text}").parse() {
            Ok(DeviceUri::Socket { host, port }) if has_port => Ok(Self { host, port }),
            _ => Err(DestinationError(text.to_owned())),
        }
    }
}

impl TryFrom<String> for Destination {
    type Error = DestinationError;

    fn try_from(text: String) -> Result<Self, DestinationError> {
        text.parse()
    }
}

impl From<Destination> for String {
    fn from(destination: Destination) -> Self {
        destination.to_string()
    }
}

impl fmt::Display for Destination {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.host.contains(':') {
            write!(f, "[{}]:{}", self.host, self.port)
        } else {
            write!(f, "{}:{}", self.host, self.port)
        }
    }
}

/// What pages written for QZ Tray may do beside or instead of what they must
/// in our own protocol.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
pub struct QzTerms {
    /// Signatures over SHA-1, the client's default, count as well.
    pub allow_sha1: bool,
    /// A message that was heard before is heard again.
    pub allow_repeats: bool,
    /// `print` is answered when the job has ended, not when it is kept.
    pub until_completed: bool,
    /// The machine's name, its user and its network addresses may be asked.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub networking: bool,
    /// What a print names by a URL of the page's own site is fetched from there.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub urls: bool,
    /// Folders of this machine that the capability `files` reaches beside its
    /// sandbox.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub folders: BTreeSet<PathBuf>,
}

/// What one site may do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grant {
    /// Number in this machine's list.
    pub id: i64,
    /// A note for people; the certificate's subject unless given.
    pub name: String,
    /// Whether the certificate is a root or a leaf.
    pub anchor: AnchorKind,
    /// SHA-256 of the certificate's DER, lowercase hexadecimal; `sha1:` and the
    /// SHA-1 where a list of QZ Tray told no more.
    pub fingerprint: String,
    /// The certificate, DER; empty where only its SHA-1 is known.
    #[serde(skip)]
    pub certificate: Vec<u8>,
    /// Origins it may speak for, within what its certificate names.
    pub origins: Vec<OriginPattern>,
    /// What it may do; nothing: it is refused, whoever vouches for it.
    pub capabilities: BTreeSet<Capability>,
    /// Where.
    pub printers: PrinterScope,
    /// In whose browsers and programs.
    #[serde(default, skip_serializing_if = "Users::is_everybody")]
    pub users: Users,
    /// What the capabilities `serial`, `usb`, `hid` and `socket` reach.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub devices: BTreeSet<DeviceRule>,
    /// What must be signed.
    pub signing: Signing,
    /// Whether clients that send no `Origin` (no browsers) may use it.
    pub native: bool,
    /// Whether pages written for QZ Tray may use it, and how.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub qz: Option<QzTerms>,
    /// Whether the provisioning file names it, so that it goes and comes with
    /// that file.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub provisioned: bool,
    /// When it was made.
    pub created_at: TimestampMs,
    /// How many days old the newest list of revocations of its root may be;
    /// nothing: any, and none at all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revocations_max_age_days: Option<u32>,
    /// When it ends.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<TimestampMs>,
}

impl Grant {
    /// Whether the grant names `origin` and still runs at `now`.
    #[must_use]
    pub fn names(&self, origin: &Origin, now: TimestampMs) -> bool {
        self.expires_at.is_none_or(|end| now < end)
            && self.origins.iter().any(|pattern| pattern.matches(origin))
    }

    /// Whether it lets its site use this device.
    #[must_use]
    pub fn allows_device(&self, device: &DeviceIdentity) -> bool {
        self.capabilities.contains(&device.capability())
            && self.devices.iter().any(|rule| rule.names(device))
    }

    /// Whether it has `capability`, which is about devices, and names none.
    #[must_use]
    pub fn names_no_device_for(&self, capability: Capability) -> bool {
        use Capability::{Hid, Serial, Socket, Usb};
        self.capabilities.contains(&capability)
            && [Serial, Usb, Hid, Socket].contains(&capability)
            && (self.devices.iter()).all(|rule| rule.capability() != capability)
    }

    /// Reads the terms of a grant as a store keeps them, also those of an
    /// older agent.
    ///
    /// # Errors
    /// When they are no terms.
    pub fn from_terms(terms: &str) -> Result<Self, serde_json::Error> {
        let mut grant: Self = serde_json::from_str(terms)?;
        let older: OlderTerms = serde_json::from_str(terms)?;
        let sockets = older.qz.unwrap_or_default().sockets;
        grant
            .devices
            .extend(sockets.into_iter().map(DeviceRule::Socket));
        Ok(grant)
    }
}

/// Where connections could lead, before grants named devices.
#[derive(Deserialize)]
struct OlderTerms {
    #[serde(default)]
    qz: Option<OlderQzTerms>,
}

#[derive(Default, Deserialize)]
struct OlderQzTerms {
    #[serde(default)]
    sockets: BTreeSet<Destination>,
}

/// The current grants, seen by everyone who needs them without asking the
/// store. The store's writer is the only one that publishes.
pub type Grants = watch::Receiver<Arc<Vec<Arc<Grant>>>>;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Site;

    #[test]
    fn a_destination_is_a_host_with_its_port() {
        for (text, expected) in [
            ("192.0.2.7:9100", Some("192.0.2.7:9100")),
            ("Scale.Example:4001", Some("scale.example:4001")),
            ("[2001:DB8::7]:1", Some("[2001:db8::7]:1")),
            ("localhost:4001", Some("localhost:4001")),
            ("192.0.2.7", None),
            ("192.0.2.7:", None),
            ("[2001:db8::7]", None),
            ("2001:db8::7:9100", None),
            ("192.0.2.7:0", None),
            ("192.0.2.7:65536", None),
            ("a b:1", None),
            ("a/b:1", None),
            (":1", None),
        ] {
            let read = text.parse::<Destination>().ok();
            assert_eq!(
                read.as_ref().map(ToString::to_string).as_deref(),
                expected,
                "{text}"
            );
        }
        let page = Destination::new("2001:db8::7", 1).unwrap();
        assert_eq!(page, "[2001:db8::7]:1".parse().unwrap());
        assert_eq!(Destination::new("a:1@b", 1), None);
    }

    #[test]
    fn connections_that_an_older_agent_allowed_are_allowed() {
        let mut grant = Site::new(&["pos.example"]).grant(1, &["https://pos.example"]);
        grant.qz = Some(QzTerms::default());
        let mut terms = serde_json::to_value(&grant).unwrap();
        terms["qz"]["sockets"] = serde_json::json!(["192.0.2.7:4001"]);
        let read = Grant::from_terms(&terms.to_string()).unwrap();
        grant.devices = ["socket:192.0.2.7:4001".parse().unwrap()].into();
        grant.certificate = Vec::new();
        assert_eq!(read, grant);
        let again = Grant::from_terms(&serde_json::to_string(&read).unwrap());
        assert_eq!(again.unwrap(), read);
    }

    #[test]
    fn a_device_needs_its_capability_and_a_rule() {
        let mut grant = Site::new(&["pos.example"]).grant(1, &["https://pos.example"]);
        let scale = DeviceIdentity::Hid("0922:8003:7".parse().unwrap());
        assert!(!grant.allows_device(&scale));
        grant.devices = ["hid:0922:8003".parse().unwrap()].into();
        assert!(!grant.allows_device(&scale));
        grant.capabilities.insert(Capability::Hid);
        assert!(grant.allows_device(&scale));
        grant.devices = ["usb:0922:8003".parse().unwrap()].into();
        assert!(!grant.allows_device(&scale));
        assert!(grant.names_no_device_for(Capability::Hid));
        assert!(!grant.names_no_device_for(Capability::Print));
    }

    #[test]
    fn terms_of_an_older_agent_are_read() {
        let old = r#"{"allow-sha1":true,"allow-repeats":false,"until-completed":true}"#;
        let terms: QzTerms = serde_json::from_str(old).unwrap();
        assert!(terms.allow_sha1 && terms.until_completed && !terms.networking);
        assert!(terms.folders.is_empty());
        assert_eq!(serde_json::to_string(&terms).unwrap(), old);
    }
}
