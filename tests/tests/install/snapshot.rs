//! Every file of a machine, to compare before and after.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use anyhow::Result;

use crate::machine::{Machine, told};

/// What lives only as long as the machine runs, or is of this machine.
const ELSEWHERE: [&str; 6] = ["/proc", "/sys", "/dev", "/run", "/tmp", "/opt"];

/// What the system writes on its own account whatever is installed: logs, locks, the copy that
/// dpkg keeps of its list, and the cache of apt.
const THE_SYSTEMS_OWN: [&str; 8] = [
    "/var/log/",
    "/var/lib/dpkg/lock",
    "/var/lib/dpkg/status-old",
    "/var/lib/dpkg/triggers/Lock",
    "/var/lib/dpkg/triggers/Unincorp",
    "/var/lib/systemd/timers/",
    "/var/lib/systemd/random-seed",
    "/var/cache/apt/",
];

/// A file system as it stands.
pub(crate) struct Snapshot {
    files: BTreeMap<PathBuf, Standing>,
}

#[derive(PartialEq, Eq)]
struct Standing {
    mode: u32,
    owner: (u32, u32),
    content: Content,
}

#[derive(PartialEq, Eq)]
enum Content {
    Folder,
    Link(PathBuf),
    Octets(Vec<u8>),
    /// As in the tree the machine was made of, which never changes.
    AsMade,
}

impl Snapshot {
    /// Looks at all of it.
    pub(crate) fn take(machine: &Machine) -> Result<Self> {
        let mut files = BTreeMap::new();
        look(machine, Path::new("/"), &mut files)?;
        Ok(Self { files })
    }

    /// What is different in `after`, a line each; empty when nothing is.
    pub(crate) fn difference(&self, after: &Self) -> Result<Vec<String>> {
        let mut lines = Vec::new();
        for (path, before) in &self.files {
            match after.files.get(path) {
                None => lines.push(format!("- {}", path.display())),
                Some(now) if !same(path, before, now)? => {
                    lines.push(format!("! {}", path.display()));
                }
                Some(_) => {}
            }
        }
        let new = after
            .files
            .keys()
            .filter(|path| !self.files.contains_key(*path));
        lines.extend(new.map(|path| format!("+ {}", path.display())));
        Ok(lines)
    }
}

fn look(machine: &Machine, folder: &Path, files: &mut BTreeMap<PathBuf, Standing>) -> Result<()> {
    for entry in fs::read_dir(machine.path(&folder.to_string_lossy()))? {
        let path = folder.join(entry?.file_name());
        let text = path.to_string_lossy();
        if ELSEWHERE.contains(&&*text) || THE_SYSTEMS_OWN.iter().any(|own| text.starts_with(own)) {
            continue;
        }
        let seen = machine.path(&text);
        let metadata = fs::symlink_metadata(&seen)?;
        let upper = machine.changed().join(text.trim_start_matches('/'));
        let content = if metadata.is_dir() {
            Content::Folder
        } else if metadata.is_symlink() {
            Content::Link(fs::read_link(&seen)?)
        } else if metadata.is_file() && fs::symlink_metadata(upper).is_ok() {
            Content::Octets(fs::read(&seen)?)
        } else {
            Content::AsMade
        };
        let is_folder = metadata.is_dir();
        files.insert(
            path.clone(),
            Standing {
                mode: metadata.mode(),
                owner: (metadata.uid(), metadata.gid()),
                content,
            },
        );
        if is_folder {
            look(machine, &path, files)?;
        }
    }
    Ok(())
}

/// A file that was written again with what stood in it is the same file.
fn same(path: &Path, before: &Standing, now: &Standing) -> Result<bool> {
    if (before.mode, before.owner) != (now.mode, now.owner) {
        return Ok(false);
    }
    match (&before.content, &now.content) {
        (Content::AsMade, Content::Octets(octets)) => {
            let made = told("PLATEN_DEBIAN_TREE")?.join(path.strip_prefix("/")?);
            Ok(fs::read(made)? == *octets)
        }
        (before, now) => Ok(before == now),
    }
}
