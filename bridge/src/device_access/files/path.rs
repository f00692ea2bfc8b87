//! Which file a page means. Pure: nothing here touches a file system.

use std::path::PathBuf;

/// Folders in folders.
const DEPTH_MAX: usize = 32;
/// What file systems take for a name.
const NAME_OCTETS_MAX: usize = 255;
/// Names that are devices on some systems, with any extension.
const DEVICES: [&str; 4] = ["con", "prn", "aux", "nul"];
/// Devices with a digit after their name.
const NUMBERED_DEVICES: [&str; 2] = ["com", "lpt"];
/// What systems run, or show as if it were something else, when it is opened.
const EXECUTABLE: &[&str] = &[
    "a",
    "action",
    "apk",
    "app",
    "appimage",
    "application",
    "bash",
    "bat",
    "bin",
    "cmd",
    "com",
    "command",
    "cpl",
    "csh",
    "deb",
    "desktop",
    "dll",
    "dmg",
    "dylib",
    "elf",
    "exe",
    "fish",
    "gadget",
    "hta",
    "inf",
    "ins",
    "inx",
    "ipa",
    "isu",
    "jar",
    "jnlp",
    "job",
    "js",
    "jse",
    "jsp",
    "kext",
    "ksh",
    "lnk",
    "ms",
    "msc",
    "msh",
    "msi",
    "msp",
    "mst",
    "o",
    "osx",
    "out",
    "paf",
    "php",
    "pif",
    "pkg",
    "pl",
    "plist",
    "prg",
    "ps1",
    "ps2",
    "psc1",
    "psc2",
    "pssc",
    "py",
    "rb",
    "reg",
    "rgs",
    "rpm",
    "run",
    "scf",
    "scpt",
    "scr",
    "sct",
    "service",
    "sh",
    "shb",
    "shs",
    "shx",
    "so",
    "sys",
    "terminal",
    "timer",
    "tool",
    "u3p",
    "url",
    "vb",
    "vbe",
    "vbs",
    "vbscript",
    "webloc",
    "workflow",
    "ws",
    "wsc",
    "wsf",
    "wsh",
    "zsh",
];

/// What a page writes for a file or folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum PagePath {
    /// Below a folder that is chosen otherwise.
    Relative(RelativePath),
    /// From the root.
    Absolute(PathBuf),
}

/// Names of folders, each in the one before, and perhaps of a file in the
/// last.
///
/// Invariant: only [`PagePath::read`] makes one that is not empty. No name is
/// empty, `.` or `..`, and none has a separator of any system in it, or
/// anything that stands for more than itself.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(crate) struct RelativePath(Vec<String>);

/// Why a path is none, in words for people.
pub(crate) type PathError = &'static str;

/// What may not be written, wherever it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Prohibited {
    /// For what the file is called.
    Extension,
    /// For where it is.
    Directory,
}

impl PagePath {
    /// The path in a page's text.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(crate) fn read(text: &str) -> Result<Self, PathError> {
        let mut names = Vec::new();
        for name in text.split('/').filter(|name| !matches!(*name, "" | ".")) {
            check_name(name)?;
            names.push(name.to_owned());
        }
        if names.len() > DEPTH_MAX {
            return Err("the path is too deep");
        }
        if text.starts_with('/') {
            let root = PathBuf::from("/");
            Ok(Self::Absolute(
                names.iter().fold(root, |path, name| path.join(name)),
            ))
        } else {
            Ok(Self::Relative(RelativePath(names)))
        }
    }
}

impl RelativePath {
    /// The names, from the outermost folder on.
    pub(super) fn names(&self) -> &[String] {
        &self.0
    }

    /// The folder and the name in it; `None` for the folder itself that all
    /// is below.
    pub(super) fn split(&self) -> Option<(&[String], &str)> {
        let (last, folders) = self.0.split_last()?;
        Some((folders, last))
    }

    /// The rest of an absolute path below `folder`.
    pub(super) fn below(folder: &std::path::Path, path: &std::path::Path) -> Option<Self> {
        let rest = path.strip_prefix(folder).ok()?;
        let names = rest.components().map(|part| match part {
            std::path::Component::Normal(name) => name.to_str().map(str::to_owned),
            _ => None,
        });
        names.collect::<Option<Vec<_>>>().map(Self)
    }

    /// Whether it may be written by a page.
    pub(super) fn prohibited(&self) -> Option<Prohibited> {
        let (folders, name) = self.split()?;
        let is_hidden = |name: &str| name.starts_with('.');
        if folders
            .iter()
            .any(|name| is_hidden(name) || is_executable(name))
        {
            return Some(Prohibited::Directory);
        }
        (is_hidden(name) || is_executable(name)).then_some(Prohibited::Extension)
    }
}

fn check_name(name: &str) -> Result<(), PathError> {
    if name == ".." {
        return Err("the path must not leave its folder");
    }
    if name.len() > NAME_OCTETS_MAX {
        return Err("a name in the path is too long");
    }
    let steers =
        |c: char| c.is_control() || matches!(c, '\\' | ':' | '*' | '?' | '"' | '<' | '>' | '|');
    if name.contains(steers) || name.ends_with(['.', ' ']) || crate::visible::line(name) != name {
        return Err("a name in the path has characters that not every system takes");
    }
    let stem = name
        .split('.')
        .next()
        .unwrap_or(name)
        .trim()
        .to_ascii_lowercase();
    let is_numbered = NUMBERED_DEVICES.iter().any(|device| {
        let number = stem.strip_prefix(device);
        number.is_some_and(|number| {
            number.chars().count() == 1 && !number.starts_with(char::is_alphabetic)
        })
    });
    if is_numbered || DEVICES.contains(&stem.as_str()) {
        return Err("a name in the path is a device on some systems");
    }
    Ok(())
}

fn is_executable(name: &str) -> bool {
    let extension = name.rsplit_once('.').map(|(_, extension)| extension);
    let extension = extension.unwrap_or_default().to_lowercase();
    EXECUTABLE.contains(&extension.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::path::Path;

    fn relative(text: &str) -> RelativePath {
        match PagePath::read(text).unwrap() {
            PagePath::Relative(path) => path,
            PagePath::Absolute(path) => panic!("{path:?}"),
        }
    }

    #[test]
    fn a_path_is_names_and_nothing_else() {
        for (text, expected) in [
            ("", &[][..]),
            (".", &[]),
            ("a", &["a"]),
            ("a/b.txt", &["a", "b.txt"]),
            ("./a//b/", &["a", "b"]),
            ("Küche/zwei Wörter.csv", &["Küche", "zwei Wörter.csv"]),
            ("console.txt", &["console.txt"]),
            ("comx", &["comx"]),
        ] {
            assert_eq!(relative(text).names(), expected, "{text}");
        }
        let absolute = PagePath::read("/srv//exchange/./out.csv").unwrap();
        assert_eq!(absolute, PagePath::Absolute("/srv/exchange/out.csv".into()));
    }

    #[test]
    fn what_leads_out_or_means_more_than_a_name_is_refused() {
        for text in [
            "..",
            "../a",
            "a/..",
            "a/../../b",
            "/srv/../etc/passwd",
            "a\\b",
            "..\\a",
            "C:\\Windows",
            "c:a",
            "\\\\server\\share",
            "\\\\?\\C:\\a",
            "file.txt::$DATA",
            "a\0b",
            "a\nb",
            "a\u{202e}txt.b",
            "a.",
            "a ",
            "...",
            "con",
            "CON.txt",
            "nul",
            "com1",
            "LPT9.txt",
            "COM¹",
            "a*",
        ] {
            assert!(PagePath::read(text).is_err(), "{text}");
        }
        assert!(PagePath::read(&"x".repeat(256)).is_err());
        assert!(PagePath::read(&"x/".repeat(33)).is_err());
    }

    #[test]
    fn what_a_system_would_run_is_not_written() {
        for (text, expected) in [
            ("out.csv", None),
            ("a/b/receipt.txt", None),
            ("noextension", None),
            ("run.exe", Some(Prohibited::Extension)),
            ("RUN.EXE", Some(Prohibited::Extension)),
            ("a.txt.sh", Some(Prohibited::Extension)),
            ("page.desktop", Some(Prohibited::Extension)),
            (".bashrc", Some(Prohibited::Extension)),
            (".config/x.txt", Some(Prohibited::Directory)),
            ("Thing.app/x.txt", Some(Prohibited::Directory)),
        ] {
            assert_eq!(relative(text).prohibited(), expected, "{text}");
        }
    }

    #[test]
    fn an_absolute_path_is_below_its_folder_by_whole_names() {
        let below = |path: &str| RelativePath::below(Path::new("/srv/exchange"), Path::new(path));
        assert_eq!(below("/srv/exchange/a/b").unwrap().names(), ["a", "b"]);
        assert_eq!(below("/srv/exchange").unwrap().names(), [""; 0]);
        assert_eq!(below("/srv/exchange2/a"), None);
        assert_eq!(below("/srv"), None);
        assert_eq!(below("/srv/exchange/../a"), None);
    }

    proptest! {
        /// Whatever a page writes, no part of it is more than a name.
        #[test]
        fn no_text_leads_out_of_its_folder(text in "(\\PC|[./\\\\:\0]){0,40}") {
            if let Ok(PagePath::Relative(path)) = PagePath::read(&text) {
                for name in path.names() {
                    prop_assert!(!name.is_empty() && name != "." && name != "..");
                    prop_assert!(!name.contains(['/', '\\', ':', '\0']));
                }
            }
        }
    }
}
