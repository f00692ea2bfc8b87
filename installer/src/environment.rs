//! What an installation is given: a machine, for whom, and what is wanted.
//!
//! Steps read nothing else. The program's command line makes one; tests make
//! theirs.

use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::machine::Machine;

/// Everything that steps know.
#[derive(Clone)]
pub struct Environment<'m> {
    /// The machine that is changed.
    pub machine: &'m dyn Machine,
    /// Which steps there are, and where files lie.
    pub platform: Platform,
    /// For whom.
    pub scope: Scope,
    /// The agent's state directory.
    pub state: PathBuf,
    /// The authority that browsers are to trust.
    pub authority: AuthorityCertificate,
    /// Sites that may reach this machine without the browser asking.
    pub sites: Vec<Site>,
    /// The provisioning file that is to be put in place, already checked.
    pub provision: Option<Place>,
    /// Files that are to be put in place; none where a package brings them.
    pub places: Vec<Place>,
    /// Whether the service is to be enabled and started.
    pub service: bool,
}

/// What kind of system is installed on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Platform {
    /// Linux.
    Unix,
    /// Windows.
    Windows,
}

impl Platform {
    /// The one this program was built for.
    #[must_use]
    pub fn current() -> Self {
        if cfg!(windows) {
            Self::Windows
        } else {
            Self::Unix
        }
    }
}

/// For whom Platen is installed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scope {
    /// Every user of the machine; needs an administrator.
    System,
    /// One user alone.
    User {
        /// The user's home directory.
        home: PathBuf,
    },
}

/// The certificate of this machine's own authority.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AuthorityCertificate {
    /// Its DER; empty while a plan is only shown and there is none yet.
    pub der: Vec<u8>,
    /// What is to be put into the certificates' folder of the state directory,
    /// where none was made before.
    pub new_files: Vec<NewFile>,
}

impl AuthorityCertificate {
    /// As the contents of a file for everybody: RFC 7468.
    #[must_use]
    pub fn to_pem(&self) -> String {
        let text = STANDARD.encode(&self.der);
        let lines = text.as_bytes().chunks(64).map(String::from_utf8_lossy);
        let lines: String = lines.map(|line| format!("{line}\n")).collect();
        format!("-----BEGIN CERTIFICATE-----\n{lines}-----END CERTIFICATE-----\n")
    }
}

/// A file that is made new.
#[derive(Clone, PartialEq, Eq)]
pub struct NewFile {
    /// Its name in its folder.
    pub name: String,
    /// What is in it.
    pub octets: Vec<u8>,
    /// Its permissions.
    pub mode: u32,
}

/// May hold a key.
impl std::fmt::Debug for NewFile {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "NewFile({}, {:o})", self.name, self.mode)
    }
}

/// A file of ours and where it belongs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// Where.
    pub path: PathBuf,
    /// What is in it.
    pub octets: Vec<u8>,
    /// Its permissions.
    pub mode: u32,
}

/// A site that may reach this machine.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Site {
    /// Its host name; with `subdomains`, of the domain above.
    pub host: String,
    /// Its port, where it is not that of https.
    pub port: Option<u16>,
    /// Whether the sites below it are meant.
    pub subdomains: bool,
}

impl Site {
    /// As a pattern of the policies of Chromium.
    #[must_use]
    pub fn to_chromium(&self) -> String {
        let below = if self.subdomains { "[*.]" } else { "" };
        let port = self.port.map(|port| format!(":{port}")).unwrap_or_default();
        format!("https://{below}{}{port}", self.host)
    }

    /// As a domain of the policies of Firefox, which know no ports.
    #[must_use]
    pub fn to_firefox(&self) -> String {
        let below = if self.subdomains { "*." } else { "" };
        format!("{below}{}", self.host)
    }
}

impl Environment<'_> {
    /// The folder of the agent's certificates.
    #[must_use]
    pub fn certificate_folder(&self) -> PathBuf {
        self.state.join("tls")
    }

    /// Our public copy of the authority, for everything that wants a file.
    /// Where the whole machine trusts it, it lies where only an administrator
    /// writes.
    #[must_use]
    pub fn authority_file(&self) -> PathBuf {
        match self.scope {
            Scope::System => PathBuf::from("/etc/platen/ca.pem"),
            Scope::User { .. } => self.certificate_folder().join("ca.pem"),
        }
    }

    /// Where the journal of the installation lies: beside the state directory
    /// and not in it, because the agent's user can write there, and undoing
    /// believes the journal.
    #[must_use]
    pub fn journal_file(&self) -> PathBuf {
        journal_file(self.platform, &self.scope, &self.state)
    }
}

/// Where the journal lies for a state directory.
#[must_use]
pub fn journal_file(platform: Platform, scope: &Scope, state: &Path) -> PathBuf {
    match (platform, scope) {
        (Platform::Unix, Scope::System) => PathBuf::from("/var/lib/platen-installer/journal"),
        (Platform::Unix, Scope::User { .. }) | (Platform::Windows, _) => {
            let mut folder = state.as_os_str().to_owned();
            folder.push("-installer");
            PathBuf::from(folder).join("journal")
        }
    }
}
