//! What is installed where on Linux, for every format.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use flate2::{Compression, GzBuilder};

use crate::workspace::Workspace;

/// A file of a package.
pub(crate) struct Entry {
    /// From the root of the file system, without the leading slash.
    pub(crate) path: String,
    /// Its permissions.
    pub(crate) mode: u32,
    /// What is in it.
    pub(crate) octets: Vec<u8>,
}

/// The files of a package, by path.
pub(crate) struct Image {
    entries: Vec<Entry>,
}

/// The programs, built.
pub(crate) struct Programs {
    /// The agent and its command line.
    pub(crate) platen: PathBuf,
    /// The site owner's tool.
    pub(crate) platen_sign: PathBuf,
    /// What links libcups.
    pub(crate) platen_spooler: PathBuf,
}

/// What is copied from the repository as it is: where from, where to.
const FILES: &[(&str, &str)] = &[
    (
        "packaging/systemd/platen.service",
        "usr/lib/systemd/system/platen.service",
    ),
    (
        "packaging/systemd/platen-user.service",
        "usr/lib/systemd/user/platen.service",
    ),
    (
        "packaging/udev/60-platen.rules",
        "usr/lib/udev/rules.d/60-platen.rules",
    ),
    (
        "packaging/manual/completions/platen.bash",
        "usr/share/bash-completion/completions/platen",
    ),
    (
        "packaging/manual/completions/platen-sign.bash",
        "usr/share/bash-completion/completions/platen-sign",
    ),
    (
        "packaging/manual/completions/platen.zsh",
        "usr/share/zsh/site-functions/_platen",
    ),
    (
        "packaging/manual/completions/platen-sign.zsh",
        "usr/share/zsh/site-functions/_platen-sign",
    ),
    (
        "packaging/manual/completions/platen.fish",
        "usr/share/fish/vendor_completions.d/platen.fish",
    ),
    (
        "packaging/manual/completions/platen-sign.fish",
        "usr/share/fish/vendor_completions.d/platen-sign.fish",
    ),
    (
        "packaging/debian/copyright",
        "usr/share/doc/platen/copyright",
    ),
    ("LICENSE-MIT", "usr/share/doc/platen/LICENSE-MIT"),
    ("LICENSE-APACHE", "usr/share/doc/platen/LICENSE-APACHE"),
    (
        "docs/configuration.md",
        "usr/share/doc/platen/configuration.md",
    ),
];

/// What Debian's policy wants compressed.
const COMPRESSED: &[(&str, &str)] = &[
    (
        "packaging/manual/man/platen.1",
        "usr/share/man/man1/platen.1.gz",
    ),
    (
        "packaging/manual/man/platen-sign.1",
        "usr/share/man/man1/platen-sign.1.gz",
    ),
    ("CHANGELOG.md", "usr/share/doc/platen/changelog.gz"),
];

impl Image {
    /// Reads all of it.
    pub(crate) fn of(workspace: &Workspace, programs: &Programs) -> Result<Self> {
        let mut entries = vec![
            Entry::read(&programs.platen, "usr/bin/platen", 0o755)?,
            Entry::read(&programs.platen_sign, "usr/bin/platen-sign", 0o755)?,
            Entry::read(
                &programs.platen_spooler,
                "usr/libexec/platen/platen-spooler",
                0o755,
            )?,
        ];
        for (from, to) in FILES {
            entries.push(Entry::read(&workspace.path(from), to, 0o644)?);
        }
        for (from, to) in COMPRESSED {
            let mut entry = Entry::read(&workspace.path(from), to, 0o644)?;
            entry.octets = gzip(&entry.octets)?;
            entries.push(entry);
        }
        Ok(Self::new(entries))
    }

    /// These files, in the order of their paths.
    pub(crate) fn new(mut entries: Vec<Entry>) -> Self {
        entries.sort_by(|one, other| one.path.cmp(&other.path));
        Self { entries }
    }

    /// Every file, by path.
    pub(crate) fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Every folder above a file, a folder before what is in it.
    pub(crate) fn folders(&self) -> Vec<&str> {
        let mut folders = Vec::new();
        for Entry { path, .. } in &self.entries {
            folders.extend(path.match_indices('/').map(|(end, _)| &path[..end]));
        }
        folders.sort();
        folders.dedup();
        folders
    }

    /// The folders that are there for this package alone, and go with it.
    pub(crate) fn own_folders(&self) -> Vec<&str> {
        let folders = self.folders().into_iter();
        folders.filter(|path| path.ends_with("/platen")).collect()
    }

    /// How much room the files take.
    pub(crate) fn octets(&self) -> usize {
        self.entries.iter().map(|entry| entry.octets.len()).sum()
    }
}

impl Entry {
    fn read(from: &Path, to: &str, mode: u32) -> Result<Self> {
        let octets = fs::read(from).with_context(|| format!("reading {}", from.display()))?;
        Ok(Self {
            path: to.to_owned(),
            mode,
            octets,
        })
    }
}

/// gzip without a name and a time in it.
pub(crate) fn gzip(octets: &[u8]) -> Result<Vec<u8>> {
    use std::io::Write as _;
    let mut encoder = GzBuilder::new().write(Vec::new(), Compression::best());
    encoder.write_all(octets)?;
    Ok(encoder.finish()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_folder_above_a_file_is_known_and_comes_first() {
        let entry = |path: &str| Entry {
            path: path.to_owned(),
            mode: 0o644,
            octets: Vec::new(),
        };
        let image = Image::new(vec![entry("usr/share/doc/b"), entry("usr/bin/a")]);
        assert_eq!(image.entries()[0].path, "usr/bin/a");
        assert_eq!(
            image.folders(),
            ["usr", "usr/bin", "usr/share", "usr/share/doc"]
        );
    }

    #[test]
    fn a_folder_of_our_name_is_ours_alone() {
        let image = Image::new(vec![Entry {
            path: "usr/libexec/platen/platen-spooler".to_owned(),
            mode: 0o755,
            octets: Vec::new(),
        }]);
        assert_eq!(image.own_folders(), ["usr/libexec/platen"]);
    }
}
