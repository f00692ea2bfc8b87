//! What stands at a path, whole, so that it can stand there again.

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use std::path::PathBuf;

/// What stands at a path.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// Nothing.
    Absent,
    /// A folder; what is in it is not looked at.
    Folder,
    /// A file.
    File(FileStanding),
    /// A symbolic link.
    Link {
        /// Where it leads, as it is written.
        target: PathBuf,
    },
}

/// A file as it stands.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileStanding {
    /// What is in it.
    #[serde(with = "base64_text")]
    pub octets: Vec<u8>,
    /// Its permissions.
    pub mode: u32,
    /// User and group it belongs to; `None` means whoever writes it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<(u32, u32)>,
}

/// May hold a key.
impl std::fmt::Debug for FileStanding {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            formatter,
            "FileStanding({} octets, {:o})",
            self.octets.len(),
            self.mode
        )
    }
}

/// What a path is recognized by, without keeping what stands there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Stamp {
    /// Nothing.
    Absent,
    /// A folder.
    Folder,
    /// A file with these contents.
    File {
        /// SHA-256, hexadecimal.
        sha256: String,
    },
    /// A symbolic link.
    Link {
        /// Where it leads.
        target: PathBuf,
    },
}

impl Standing {
    /// What it is recognized by.
    #[must_use]
    pub fn stamp(&self) -> Stamp {
        match self {
            Self::Absent => Stamp::Absent,
            Self::Folder => Stamp::Folder,
            Self::File(file) => Stamp::of(&file.octets),
            Self::Link { target } => Stamp::Link {
                target: target.clone(),
            },
        }
    }
}

impl Stamp {
    /// Of a file with these contents.
    #[must_use]
    pub fn of(octets: &[u8]) -> Self {
        let digest = Sha256::digest(octets);
        Self::File {
            sha256: digest.iter().map(|octet| format!("{octet:02x}")).collect(),
        }
    }
}

mod base64_text {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    use serde::{Deserialize as _, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(octets: &[u8], to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&STANDARD.encode(octets))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<u8>, D::Error> {
        let text = String::deserialize(from)?;
        STANDARD.decode(text).map_err(serde::de::Error::custom)
    }
}
