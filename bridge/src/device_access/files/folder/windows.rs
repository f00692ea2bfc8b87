//! Steps by path, while each folder on the way is held open so that nobody can
//! rename it, remove it or put a link in its place.
//!
//! A handle that does not share deletion is what holds a folder. It is opened
//! as itself, not as where it leads, and then looked at: links of every kind
//! are reparse points, and no step is taken through one.

use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::windows::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::super::path::RelativePath;
use super::{ENTRIES_MAX, Seen, Writing};

/// What opening is told (`CreateFileW`): folders too, and links themselves.
const BACKUP_SEMANTICS: u32 = 0x0200_0000;
const OPEN_REPARSE_POINT: u32 = 0x0020_0000;
/// What others may do meanwhile: read and write, and not remove.
const SHARE_READ_WRITE: u32 = 0x1 | 0x2;
/// A link, a mount, or what else leads somewhere.
const REPARSE_POINT: u32 = 0x400;
/// To look at a folder is all that is wanted of its handle.
const READ_ATTRIBUTES: u32 = 0x80;

/// A folder, held, with all that lead to it from the one opened first.
#[derive(Debug, Clone)]
pub(in super::super) struct Folder {
    path: PathBuf,
    _held: Vec<Arc<File>>,
}

impl Folder {
    /// Opens a folder of the machine.
    pub(in super::super) fn open(path: &Path) -> io::Result<Self> {
        // Without links from here on.
        let path = path.canonicalize()?;
        let held = hold(&path)?;
        Ok(Self {
            path,
            _held: vec![Arc::new(held)],
        })
    }

    /// Opens a folder of the agent's own, and makes it where it is missing.
    pub(in super::super) fn open_own(path: &Path) -> io::Result<Self> {
        // Closed to others by the state directory it is in.
        fs::create_dir_all(path)?;
        Self::open(path)
    }

    /// The folder with these names below this one.
    pub(in super::super) fn below(&self, names: &[String]) -> io::Result<Self> {
        self.walk(names, false)
    }

    fn walk(&self, names: &[String], make: bool) -> io::Result<Self> {
        let mut folder = self.clone();
        for name in names {
            let path = folder.path.join(name);
            let held = match hold(&path) {
                Err(error) if make && error.kind() == io::ErrorKind::NotFound => {
                    match fs::create_dir(&path) {
                        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
                            return Err(error);
                        }
                        Ok(()) | Err(_) => hold(&path)?,
                    }
                }
                held => held?,
            };
            folder.path = path;
            folder._held.push(Arc::new(held));
        }
        Ok(folder)
    }

    /// What is in it: names of files and folders, sorted, and what is known of
    /// each. Links are left out.
    pub(in super::super) fn entries(&self) -> io::Result<Vec<(String, Seen)>> {
        let mut entries = Vec::new();
        for entry in fs::read_dir(&self.path)? {
            let entry = entry?;
            let Ok(name) = entry.file_name().into_string() else {
                continue;
            };
            // It may be gone already.
            let Ok(metadata) = fs::symlink_metadata(entry.path()) else {
                continue;
            };
            if !leads_elsewhere(&metadata) {
                entries.push((name, Seen::of(&metadata)));
            }
            if entries.len() > ENTRIES_MAX {
                return Err(io::Error::other("the folder holds too many files"));
            }
        }
        entries.sort_by(|(one, _), (other, _)| one.cmp(other));
        Ok(entries)
    }

    /// The file with this path, to read.
    pub(in super::super) fn open_file(&self, path: &RelativePath) -> io::Result<File> {
        let (folders, name) = path.split().ok_or(io::ErrorKind::IsADirectory)?;
        self.below(folders)?.open_named(name)
    }

    /// The file with this name in it, to read.
    pub(in super::super) fn open_named(&self, name: &str) -> io::Result<File> {
        self.regular(name, OpenOptions::new().read(true))
    }

    /// Reads a file of at most so many octets.
    pub(in super::super) fn read(
        &self,
        path: &RelativePath,
        octets_max: u64,
    ) -> io::Result<Vec<u8>> {
        let mut octets = Vec::new();
        let file = self.open_file(path)?;
        file.take(octets_max + 1).read_to_end(&mut octets)?;
        if octets.len() as u64 > octets_max {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        Ok(octets)
    }

    /// How long the file with this path is; none is no octets long.
    pub(in super::super) fn length(&self, path: &RelativePath) -> io::Result<u64> {
        match self.open_file(path) {
            Ok(file) => Ok(file.metadata()?.len()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(0),
            Err(error) => Err(error),
        }
    }

    /// Writes a file, and makes the folders that it is in.
    pub(in super::super) fn write(
        &self,
        path: &RelativePath,
        octets: &[u8],
        writing: Writing,
    ) -> io::Result<()> {
        let (folders, name) = path.split().ok_or(io::ErrorKind::IsADirectory)?;
        let folder = self.walk(folders, true)?;
        let mut options = OpenOptions::new();
        match writing {
            Writing::Append => options.create(true).append(true),
            // Cut short only once it is known what it is.
            Writing::Whole => options.create(true).write(true).truncate(false),
        };
        let mut file = folder.regular(name, &mut options)?;
        if platen_windows::access::links(&file)? > 1 {
            // It is a file of another folder as well.
            return Err(io::ErrorKind::PermissionDenied.into());
        }
        if writing == Writing::Whole {
            file.set_len(0)?;
        }
        file.write_all(octets)
    }

    /// Removes a file or an empty folder.
    pub(in super::super) fn remove(&self, path: &RelativePath) -> io::Result<()> {
        let (folders, name) = path.split().ok_or(io::ErrorKind::PermissionDenied)?;
        let folder = self.below(folders)?;
        let path = folder.path.join(name);
        let metadata = fs::symlink_metadata(&path)?;
        if leads_elsewhere(&metadata) {
            return Err(io::ErrorKind::PermissionDenied.into());
        }
        // Neither follows a link that was put there since.
        if metadata.is_dir() {
            fs::remove_dir(&path)
        } else {
            fs::remove_file(&path)
        }
    }

    /// Octets of all files in it and below.
    pub(in super::super) fn octets(&self) -> io::Result<u64> {
        let (mut octets, mut seen) = (0, 0);
        let mut folders = vec![self.clone()];
        while let Some(folder) = folders.pop() {
            for (name, there) in folder.entries()? {
                seen += 1;
                if seen > ENTRIES_MAX {
                    return Err(io::ErrorKind::QuotaExceeded.into());
                }
                if there.is_folder {
                    folders.push(folder.below(&[name])?);
                } else {
                    octets += there.octets;
                }
            }
        }
        Ok(octets)
    }

    /// A file and no link or folder.
    fn regular(&self, name: &str, options: &mut OpenOptions) -> io::Result<File> {
        let path = self.path.join(name);
        if fs::symlink_metadata(&path).is_ok_and(|there| there.is_dir()) {
            return Err(io::ErrorKind::IsADirectory.into());
        }
        let options = options
            .custom_flags(OPEN_REPARSE_POINT)
            .share_mode(SHARE_READ_WRITE);
        let file = options.open(path)?;
        let metadata = file.metadata()?;
        if leads_elsewhere(&metadata) || !metadata.is_file() {
            return Err(io::ErrorKind::PermissionDenied.into());
        }
        Ok(file)
    }
}

impl Seen {
    fn of(metadata: &Metadata) -> Self {
        Self {
            is_folder: metadata.is_dir(),
            // Another file with the name was made at another time.
            number: metadata.creation_time(),
            octets: metadata.len(),
            written: i128::from(metadata.last_write_time()) * 100,
        }
    }
}

/// Opens a folder that is none in name only, and keeps it where it is.
fn hold(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    let options = options
        .access_mode(READ_ATTRIBUTES)
        .share_mode(SHARE_READ_WRITE)
        .custom_flags(BACKUP_SEMANTICS | OPEN_REPARSE_POINT);
    let file = options.open(path)?;
    let metadata = file.metadata()?;
    if leads_elsewhere(&metadata) {
        return Err(io::ErrorKind::PermissionDenied.into());
    }
    if !metadata.is_dir() {
        return Err(io::ErrorKind::NotADirectory.into());
    }
    Ok(file)
}

fn leads_elsewhere(metadata: &Metadata) -> bool {
    metadata.file_attributes() & REPARSE_POINT != 0
}
