//! Versions, in the order of Semantic Versioning 2.0.0 (§11). Build metadata
//! is refused: two versions that differ in it alone would be equal.

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Characters of a version; it becomes a folder's name.
const CHARACTERS_MAX: usize = 64;

/// A version such as `1.4.0` or `1.5.0-rc.1`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Version {
    numbers: [u64; 3],
    /// Identifiers after the hyphen; none: a release.
    pre: Vec<String>,
}

/// The text is no version.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no version; write it as 1.4.0 or 1.5.0-rc.1")]
pub struct VersionError(String);

impl FromStr for Version {
    type Err = VersionError;

    fn from_str(text: &str) -> Result<Self, VersionError> {
        read(text).ok_or_else(|| VersionError(text.to_owned()))
    }
}

fn read(text: &str) -> Option<Version> {
    if text.len() > CHARACTERS_MAX {
        return None;
    }
    let (core, pre) = match text.split_once('-') {
        Some((core, pre)) => (core, pre.split('.').map(str::to_owned).collect()),
        None => (text, Vec::new()),
    };
    let mut numbers = core.split('.').map(number);
    let numbers = [numbers.next()??, numbers.next()??, numbers.next()??];
    let is_three = core.split('.').count() == 3;
    let fits = |identifier: &String| {
        let bytes = identifier.as_bytes();
        let all = |is: fn(&u8) -> bool| bytes.iter().all(is);
        !bytes.is_empty()
            && all(|byte| byte.is_ascii_alphanumeric() || *byte == b'-')
            && (!all(u8::is_ascii_digit) || number(identifier).is_some())
    };
    (is_three && pre.iter().all(fits)).then_some(Version { numbers, pre })
}

/// A number without leading zeros.
fn number(text: &str) -> Option<u64> {
    let is_number = text.bytes().all(|byte| byte.is_ascii_digit());
    let is_plain = text.len() == 1 || !text.starts_with('0');
    (is_number && is_plain).then(|| text.parse().ok()).flatten()
}

impl TryFrom<String> for Version {
    type Error = VersionError;

    fn try_from(text: String) -> Result<Self, VersionError> {
        text.parse()
    }
}

impl From<Version> for String {
    fn from(version: Version) -> Self {
        version.to_string()
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [major, minor, patch] = self.numbers;
        write!(f, "{major}.{minor}.{patch}")?;
        if self.pre.is_empty() {
            Ok(())
        } else {
            write!(f, "-{}", self.pre.join("."))
        }
    }
}

impl Ord for Version {
    fn cmp(&self, other: &Self) -> Ordering {
        let release = |version: &Self| version.pre.is_empty();
        self.numbers
            .cmp(&other.numbers)
            .then_with(|| release(self).cmp(&release(other)))
            .then_with(|| {
                let ours = self.pre.iter().map(|text| Identifier::of(text));
                ours.cmp(other.pre.iter().map(|text| Identifier::of(text)))
            })
    }
}

impl PartialOrd for Version {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// Numbers stand before words.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Identifier<'a> {
    Number(u64),
    Word(&'a str),
}

impl<'a> Identifier<'a> {
    fn of(text: &'a str) -> Self {
        number(text).map_or(Self::Word(text), Self::Number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_stand_in_the_order_of_the_specification() {
        let ordered = [
            "0.9.0",
            "1.0.0-alpha",
            "1.0.0-alpha.1",
            "1.0.0-alpha.beta",
            "1.0.0-beta",
            "1.0.0-beta.2",
            "1.0.0-beta.11",
            "1.0.0-rc.1",
            "1.0.0",
            "1.0.1",
            "1.2.0",
            "1.10.0",
        ];
        let versions: Vec<Version> = ordered.iter().map(|text| text.parse().unwrap()).collect();
        assert!(versions.is_sorted_by(|one, next| one < next));
        for (version, text) in versions.iter().zip(ordered) {
            assert_eq!(version.to_string(), text);
        }
    }

    #[test]
    fn what_is_no_version_or_no_name_of_a_folder_is_refused() {
        let long = format!("1.0.0-{}", "a".repeat(64));
        for text in [
            "",
            "1",
            "1.0",
            "1.0.0.0",
            "v1.0.0",
            "1.00.0",
            "1.0.0-",
            "1.0.0-a..b",
            "1.0.0-01",
            "1.0.0+build",
            "1.0.0-a/b",
            "../1.0.0",
            "1.0.0-..",
            " 1.0.0",
            "+1.0.0",
            &long,
        ] {
            assert!(text.parse::<Version>().is_err(), "{text:?}");
        }
    }
}
