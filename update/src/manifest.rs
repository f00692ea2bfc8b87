//! A manifest: one version of Platen for one channel, and the files it is made
//! of, for each platform.
//!
//! Nothing in it is a path or an address: files are named, and lie beside the
//! manifest. What it does not know it refuses: an older program would else
//! pass over a condition that somebody signed.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::Version;

/// The only `format`.
const FORMAT: u32 = 1;
/// Octets of one file; more than any program of ours.
pub const FILE_OCTETS_MAX: u64 = 512 * 1024 * 1024;
/// Files of one platform.
const FILES_MAX: usize = 16;
/// Characters of a file's name.
const NAME_CHARACTERS_MAX: usize = 128;
/// The program that every version has.
pub const PROGRAM: &str = "platen";

/// A version, and what it is made of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// Of this text.
    pub format: u32,
    /// Which line of versions it belongs to, such as `stable`.
    pub channel: String,
    /// The version.
    pub version: Version,
    /// Grows with each manifest of a channel, also with one that leads back.
    pub sequence: u64,
    /// When it was signed, in milliseconds since the Unix epoch.
    pub issued_at: u64,
    /// From when on it is no longer to be believed.
    pub expires_at: u64,
    /// From when on machines may take it; left out: at once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_before: Option<u64>,
    /// The files by platform: see [`platform`].
    pub platforms: BTreeMap<String, Vec<Artifact>>,
}

/// One file of a version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Artifact {
    /// What it is called where it is installed, such as `platen`.
    pub name: String,
    /// What it is called beside the manifest.
    pub file: String,
    /// Its length.
    pub octets: u64,
    /// Its SHA-256, hexadecimal.
    pub sha256: String,
}

/// A text that is no manifest.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the manifest cannot be used: {0}; install a newer version by hand, or ask who signed it")]
pub struct ManifestError(String);

impl Manifest {
    /// Reads the text that was signed.
    ///
    /// # Errors
    /// [`ManifestError`].
    pub fn read(text: &str) -> Result<Self, ManifestError> {
        let manifest: Self =
            serde_json::from_str(text).map_err(|error| ManifestError(error.to_string()))?;
        manifest.check()?;
        Ok(manifest)
    }

    /// As the text that is to be signed.
    ///
    /// # Errors
    /// [`ManifestError`]: no machine would read it.
    pub fn to_text(&self) -> Result<String, ManifestError> {
        self.check()?;
        serde_json::to_string(self).map_err(|error| ManifestError(error.to_string()))
    }

    fn check(&self) -> Result<(), ManifestError> {
        let refuse = |what: String| Err(ManifestError(what));
        if self.format != FORMAT {
            return refuse(format!("its format is {}", self.format));
        }
        if self.expires_at <= self.issued_at {
            return refuse("it ends before it begins".to_owned());
        }
        for (platform, files) in &self.platforms {
            let mut names: Vec<&str> = files.iter().map(|file| file.name.as_str()).collect();
            names.sort_unstable();
            if files.len() > FILES_MAX || !names.is_sorted_by(|one, next| one < next) {
                return refuse(format!("{platform} has a file twice, or too many"));
            }
            if !names.contains(&PROGRAM) {
                return refuse(format!("{platform} has no program `{PROGRAM}`"));
            }
            for file in files {
                file.check()?;
            }
        }
        Ok(())
    }
}

impl Artifact {
    fn check(&self) -> Result<(), ManifestError> {
        let is_digest = self.sha256.len() == 64
            && (self.sha256.bytes()).all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        if !is_plain(&self.name) || !is_plain(&self.file) {
            return Err(ManifestError("a file has no plain name".to_owned()));
        }
        if !is_digest {
            return Err(ManifestError(format!("{} has no SHA-256", self.name)));
        }
        if self.octets == 0 || self.octets > FILE_OCTETS_MAX {
            return Err(ManifestError(format!(
                "{} has {} octets, and may have 1 to {FILE_OCTETS_MAX}",
                self.name, self.octets
            )));
        }
        Ok(())
    }
}

/// Whether it names a file in a folder, on every system, and nothing else.
fn is_plain(name: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    (1..=NAME_CHARACTERS_MAX).contains(&name.len())
        && name.bytes().all(fits)
        && !name.starts_with(['.', '-'])
        && !name.ends_with('.')
}

/// What this program was built for, as manifests call it.
#[must_use]
pub fn platform() -> String {
    format!("{}-{}", std::env::consts::OS, std::env::consts::ARCH)
}

/// Octets as hexadecimal digits.
#[must_use]
pub fn hex(octets: &[u8]) -> String {
    octets.iter().map(|octet| format!("{octet:02x}")).collect()
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) fn manifest(version: &str, sequence: u64) -> Manifest {
        Manifest {
            format: 1,
            channel: "stable".to_owned(),
            version: version.parse().unwrap(),
            sequence,
            issued_at: 1_000,
            expires_at: 9_000,
            not_before: None,
            platforms: [(platform(), vec![artifact(PROGRAM)])].into(),
        }
    }

    pub(crate) fn artifact(name: &str) -> Artifact {
        Artifact {
            name: name.to_owned(),
            file: format!("{name}-1"),
            octets: 3,
            sha256: "0".repeat(64),
        }
    }

    #[test]
    fn what_is_written_is_read_and_nothing_is_added_unseen() {
        let manifest = manifest("1.4.0", 7);
        let text = manifest.to_text().unwrap();
        assert_eq!(Manifest::read(&text).unwrap(), manifest);
        let more = text.replacen('{', r#"{"run_after":"x","#, 1);
        assert!(Manifest::read(&more).is_err());
    }

    #[test]
    fn names_that_lead_elsewhere_and_impossible_files_are_refused() {
        type Change = fn(&mut Artifact);
        let changes: [Change; 10] = [
            |file| file.file = "../platen".to_owned(),
            |file| file.file = "/etc/passwd".to_owned(),
            |file| file.file = "https://evil.example/platen".to_owned(),
            |file| file.file = ".hidden".to_owned(),
            |file| file.file = String::new(),
            |file| file.name = "..".to_owned(),
            |file| file.name = r"a\b".to_owned(),
            |file| file.sha256 = "00".to_owned(),
            |file| file.octets = 0,
            |file| file.octets = FILE_OCTETS_MAX + 1,
        ];
        for (place, change) in changes.iter().enumerate() {
            let mut wrong = manifest("1.4.0", 7);
            let files = wrong.platforms.get_mut(&platform()).unwrap();
            let mut file = artifact("platen-spooler");
            change(&mut file);
            files.push(file);
            assert!(wrong.to_text().is_err(), "{place}");
        }
        let mut twice = manifest("1.4.0", 7);
        twice
            .platforms
            .get_mut(&platform())
            .unwrap()
            .push(artifact(PROGRAM));
        assert!(twice.to_text().is_err());
        let mut without = manifest("1.4.0", 7);
        without.platforms.get_mut(&platform()).unwrap()[0].name = "other".to_owned();
        assert!(without.to_text().is_err());
    }
}
