//! Where the key of the documents comes from.
//!
//! By itself the agent makes one at its first start, a file beside the store
//! that its owner alone can read. Who wants the key elsewhere names a
//! [`KeySource`]; another kind of source is another variant here. A key that
//! is gone stops nothing but the documents it sealed: they stay as they are,
//! for the day it is found, and new ones get a new key.

use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use ring::rand::{SecureRandom as _, SystemRandom};
use zeroize::Zeroizing;

use super::seal::{KEY_OCTETS, Vault};
use crate::secret_file;

/// The key's file in the state directory.
const FILE: &str = "documents.key";
/// Keys that open and do not seal: `documents-ANYTHING.key`.
const FORMER: (&str, &str) = ("documents-", ".key");
/// What a file that is no key is called from then on, before its time.
const ASIDE: &str = "documents.key.damaged-";

/// Where the key comes from that seals documents in the store.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum KeySource {
    /// `documents.key` in the state directory, made at the first start.
    #[default]
    StateDirectory,
    /// A file that somebody else keeps; never made and never written here.
    File(PathBuf),
    /// A credential that systemd hands to the service (`LoadCredential=`).
    Credential {
        /// Its name.
        name: String,
        /// `CREDENTIALS_DIRECTORY`, where there is one.
        folder: Option<PathBuf>,
    },
}

/// Not a key source.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("write \"state\", \"file:PATH\" or \"credential:NAME\"")]
pub struct NotAKeySource;

impl FromStr for KeySource {
    type Err = NotAKeySource;

    fn from_str(text: &str) -> Result<Self, NotAKeySource> {
        let name_is_plain = |name: &str| {
            !name.is_empty()
                && !name.starts_with('.')
                && name
                    .bytes()
                    .all(|octet| octet.is_ascii_alphanumeric() || b"._-".contains(&octet))
        };
        match text.split_once(':') {
            None if text == "state" => Ok(Self::StateDirectory),
            Some(("file", path)) if !path.is_empty() => Ok(Self::File(path.into())),
            Some(("credential", name)) if name_is_plain(name) => Ok(Self::Credential {
                name: name.to_owned(),
                folder: None,
            }),
            _ => Err(NotAKeySource),
        }
    }
}

impl fmt::Display for KeySource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::StateDirectory => f.write_str("state"),
            Self::File(path) => write!(f, "file:{}", path.display()),
            Self::Credential { name, .. } => write!(f, "credential:{name}"),
        }
    }
}

/// Why there is no key, and with it no agent.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// The agent's own file cannot be read or written, or others may read it.
    #[error("the key of the stored documents cannot be used: {0}")]
    File(#[from] io::Error),
    /// The file that was named is not there, or not to be used.
    #[error(
        "the key of the stored documents cannot be read from {path}: {source}; put the key there, or change document_key in the configuration", path = .path.display()
    )]
    Given {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// No credentials of systemd.
    #[error(
        "systemd hands this agent no credential {0}; add LoadCredential={0}:PATH to its unit, or change document_key in the configuration"
    )]
    NoCredentials(String),
    /// The system gives no randomness.
    #[error("the system gives no random octets; look at the system's log")]
    Random,
}

impl KeySource {
    /// The keys. `directory` is the state directory, locked by the caller.
    pub(super) fn load(&self, directory: &Path) -> Result<Vault, KeyError> {
        let current = match self {
            Self::StateDirectory => own(directory)?,
            Self::File(path) => given(path.clone())?,
            Self::Credential {
                name,
                folder: Some(folder),
            } => given(folder.join(name))?,
            Self::Credential { name, folder: None } => {
                return Err(KeyError::NoCredentials(name.clone()));
            }
        };
        let mut vault = Vault::new(&current);
        for path in former(directory)? {
            match secret_file::read(&path).map(|found| found.and_then(|octets| key(&octets))) {
                Ok(Some(secret)) => vault.add_former(&secret),
                Ok(None) => tracing::warn!(file = %path.display(), "is no former key; left out"),
                Err(error) => {
                    tracing::warn!(file = %path.display(), %error, "a former key is left out");
                }
            }
        }
        Ok(vault)
    }
}

type Secret = Zeroizing<[u8; KEY_OCTETS]>;

fn key(octets: &[u8]) -> Option<Secret> {
    Some(Zeroizing::new(octets.try_into().ok()?))
}

/// The agent's own key, made where there is none.
fn own(directory: &Path) -> Result<Secret, KeyError> {
    let path = directory.join(FILE);
    if let Some(kept) = secret_file::read(&path)? {
        if let Some(secret) = key(&kept) {
            return Ok(secret);
        }
        // Kept: somebody may know what became of it.
        let aside = directory.join(format!("{ASIDE}{}", super::open::stamp()));
        fs::rename(&path, &aside)?;
        tracing::error!(
            octets = kept.len(),
            aside = %aside.display(),
            "the key of the stored documents was damaged and is put aside; a new one is made"
        );
    }
    let mut secret = Zeroizing::new([0; KEY_OCTETS]);
    SystemRandom::new()
        .fill(secret.as_mut_slice())
        .map_err(|_| KeyError::Random)?;
    secret_file::write(&path, secret.as_slice())?;
    Ok(secret)
}

/// A key that somebody else keeps.
fn given(path: PathBuf) -> Result<Secret, KeyError> {
    let read = secret_file::read_given(&path).and_then(|found| match found {
        None => Err(io::Error::from(io::ErrorKind::NotFound)),
        Some(octets) => key(&octets).ok_or_else(|| {
            io::Error::other(format!(
                "it has {} octets, and a key has {KEY_OCTETS}",
                octets.len()
            ))
        }),
    });
    read.map_err(|source| KeyError::Given { path, source })
}

fn former(directory: &Path) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(directory)? {
        let entry = entry?;
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if name.starts_with(FORMER.0) && name.ends_with(FORMER.1) {
            found.push(entry.path());
        }
    }
    found.sort();
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_is_made_once_and_only_its_owner_may_read_it() {
        let folder = tempfile::tempdir().unwrap();
        let first = KeySource::StateDirectory.load(folder.path()).unwrap();
        let again = KeySource::StateDirectory.load(folder.path()).unwrap();
        assert_eq!(first.ids(), again.ids());
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let path = folder.path().join(FILE);
            let mode = fs::metadata(&path).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
            fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
            let refused = KeySource::StateDirectory.load(folder.path()).unwrap_err();
            assert!(refused.to_string().contains("chmod 600"), "{refused}");
        }
    }

    #[test]
    fn a_damaged_key_is_put_aside_and_a_new_one_made() {
        let folder = tempfile::tempdir().unwrap();
        secret_file::write(&folder.path().join(FILE), b"short").unwrap();
        let vault = KeySource::StateDirectory.load(folder.path()).unwrap();
        assert_eq!(vault.ids().len(), 1);
        let aside: Vec<String> = fs::read_dir(folder.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .filter(|name| name.starts_with(ASIDE))
            .collect();
        assert_eq!(aside.len(), 1, "{aside:?}");
    }

    #[test]
    fn a_key_that_was_renamed_still_opens_what_it_sealed() {
        let folder = tempfile::tempdir().unwrap();
        let before = KeySource::StateDirectory.load(folder.path()).unwrap();
        fs::rename(
            folder.path().join(FILE),
            folder.path().join("documents-2026.key"),
        )
        .unwrap();
        let now = KeySource::StateDirectory.load(folder.path()).unwrap();
        assert_ne!(now.ids()[0], before.ids()[0]);
        assert_eq!(now.ids()[1], before.ids()[0]);
    }

    #[test]
    fn a_key_from_elsewhere_is_read_and_never_made() {
        let folder = tempfile::tempdir().unwrap();
        let elsewhere = tempfile::tempdir().unwrap();
        let path = elsewhere.path().join("key");
        let sources = [
            KeySource::File(path.clone()),
            KeySource::Credential {
                name: "key".to_owned(),
                folder: Some(elsewhere.path().to_owned()),
            },
        ];
        for source in &sources {
            assert!(matches!(
                source.load(folder.path()),
                Err(KeyError::Given { .. })
            ));
        }
        assert!(!path.exists());
        secret_file::write(&path, &[7; 31]).unwrap();
        assert!(sources[0].load(folder.path()).is_err(), "too short");
        secret_file::write(&path, &[7; 32]).unwrap();
        for source in &sources {
            assert_eq!(
                source.load(folder.path()).unwrap().ids(),
                Vault::new(&[7; 32]).ids()
            );
        }
        assert!(!folder.path().join(FILE).exists());
        let outside = "credential:key".parse::<KeySource>().unwrap();
        assert!(matches!(
            outside.load(folder.path()),
            Err(KeyError::NoCredentials(_))
        ));
    }

    #[test]
    fn a_key_source_is_written_as_it_is_read() {
        for text in ["state", "file:/etc/platen/key", "credential:platen.key"] {
            assert_eq!(text.parse::<KeySource>().unwrap().to_string(), text);
        }
        for text in [
            "",
            "file:",
            "credential:",
            "credential:../key",
            "credential:..",
            "elsewhere",
        ] {
            assert!(text.parse::<KeySource>().is_err(), "{text}");
        }
    }
}
