//! What may follow `--qz=`: one option of the terms for pages written for QZ
//! Tray.

use std::path::{Path, PathBuf};
use std::str::FromStr;

/// What pages written for QZ Tray may do beside what is safe.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum QzOption {
    /// Signatures over SHA-1 count, which is what its client makes unless the
    /// page says otherwise.
    AllowSha1,
    /// A signed message may be sent again within a quarter of an hour.
    AllowRepeats,
    /// `print` is answered when the job has ended, and not when it is kept.
    UntilCompleted,
    /// `networking.*`: the machine's name, its user and its addresses.
    Networking,
    /// `print` of URLs of the page's own site.
    Urls,
    /// `file.*`, in a folder of the site's own; the capability `files`.
    Files,
    /// `file.*` in this folder as well.
    Folder(PathBuf),
}

impl FromStr for QzOption {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, value) = match text.split_once('=') {
            Some((name, value)) => (name, Some(value)),
            None => (text, None),
        };
        match (name, value) {
            ("allow-sha1", None) => Ok(Self::AllowSha1),
            ("allow-repeats", None) => Ok(Self::AllowRepeats),
            ("until-completed", None) => Ok(Self::UntilCompleted),
            ("networking", None) => Ok(Self::Networking),
            ("urls", None) => Ok(Self::Urls),
            ("files", None) => Ok(Self::Files),
            ("folder", Some(path)) if Path::new(path).is_absolute() => {
                Ok(Self::Folder(PathBuf::from(path)))
            }
            ("folder", _) => Err("name the folder from the root: `folder=/srv/exchange`".to_owned()),
            _ => Err(
                "choose from allow-sha1, allow-repeats, until-completed, networking, urls, files, folder=PATH".to_owned(),
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_read_and_what_is_missing_is_said() {
        let folder = "folder=/srv/exchange".parse();
        assert_eq!(folder, Ok(QzOption::Folder("/srv/exchange".into())));
        for (text, expected) in [
            ("folder=exchange", "from the root"),
            ("folder", "from the root"),
            ("files=yes", "choose from"),
            ("everything", "choose from"),
        ] {
            let error = text.parse::<QzOption>().unwrap_err();
            assert!(error.contains(expected), "{text}: {error}");
        }
    }
}
