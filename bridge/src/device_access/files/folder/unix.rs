//! Steps by `openat(2)`, each from the open folder before it, and none through
//! a symbolic link.

use std::fs::File;
use std::io::{self, Read as _, Write as _};
use std::os::fd::{AsFd, OwnedFd};
use std::path::Path;

use rustix::fs::{AtFlags, Dir, FileType, Mode, OFlags, Stat};

use super::super::path::RelativePath;
use super::{ENTRIES_MAX, Seen, Writing};

/// A folder, open.
#[derive(Debug)]
pub(in super::super) struct Folder(OwnedFd);

impl Folder {
    /// Opens a folder of the machine.
    pub(in super::super) fn open(path: &Path) -> io::Result<Self> {
        Ok(Self(rustix::fs::open(path, FOLDER, Mode::empty())?))
    }

    /// Opens a folder of the agent's own, and makes it where it is missing.
    pub(in super::super) fn open_own(path: &Path) -> io::Result<Self> {
        use std::os::unix::fs::DirBuilderExt as _;
        let mut builder = std::fs::DirBuilder::new();
        builder.recursive(true).mode(0o700).create(path)?;
        Self::open(path)
    }

    /// The folder with these names below this one.
    pub(in super::super) fn below(&self, names: &[String]) -> io::Result<Self> {
        self.walk(names, None)
    }

    /// The same, made where it is missing.
    fn below_or_made(&self, names: &[String]) -> io::Result<Self> {
        self.walk(names, Some(Mode::RWXU | Mode::RGRP | Mode::XGRP))
    }

    fn walk(&self, names: &[String], make: Option<Mode>) -> io::Result<Self> {
        let mut folder = self.0.try_clone()?;
        for name in names {
            let step = |folder: &OwnedFd| {
                rustix::fs::openat(folder, name, FOLDER | OFlags::NOFOLLOW, Mode::empty())
            };
            folder = match (step(&folder), make) {
                (Err(rustix::io::Errno::NOENT), Some(mode)) => {
                    match rustix::fs::mkdirat(&folder, name, mode) {
                        Ok(()) | Err(rustix::io::Errno::EXIST) => step(&folder)?,
                        Err(error) => return Err(error.into()),
                    }
                }
                (step, _) => step?,
            };
        }
        Ok(Self(folder))
    }

    /// What is in it: names of files and folders, sorted, and what is known of
    /// each. Links, pipes, sockets and devices are left out.
    pub(in super::super) fn entries(&self) -> io::Result<Vec<(String, Seen)>> {
        let mut entries = Vec::new();
        for entry in Dir::read_from(&self.0)? {
            let entry = entry?;
            let Ok(name) = entry.file_name().to_str() else {
                continue;
            };
            if matches!(name, "." | "..") {
                continue;
            }
            // It may be gone already.
            let Ok(stat) = rustix::fs::statat(&self.0, name, AtFlags::SYMLINK_NOFOLLOW) else {
                continue;
            };
            if matches!(kind(&stat), FileType::RegularFile | FileType::Directory) {
                entries.push((name.to_owned(), Seen::of(&stat)));
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
        let flags = FILE | OFlags::RDONLY;
        let file = rustix::fs::openat(&self.0, name, flags, Mode::empty())?;
        regular(file).map(|(file, _)| file)
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
        let folder = self.below_or_made(folders)?;
        let flags = FILE | OFlags::WRONLY | OFlags::CREATE;
        let flags = match writing {
            Writing::Append => flags | OFlags::APPEND,
            Writing::Whole => flags,
        };
        // Never executable; who else reads it is the folder's and the user's business.
        let mode = Mode::RUSR | Mode::WUSR | Mode::RGRP;
        let file = rustix::fs::openat(&folder.0, name, flags, mode)?;
        let (mut file, stat) = regular(file)?;
        if stat.st_nlink > 1 {
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
        let stat = rustix::fs::statat(&folder.0, name, AtFlags::SYMLINK_NOFOLLOW)?;
        let flags = match kind(&stat) {
            FileType::Directory => AtFlags::REMOVEDIR,
            FileType::RegularFile => AtFlags::empty(),
            _ => return Err(io::ErrorKind::PermissionDenied.into()),
        };
        Ok(rustix::fs::unlinkat(&folder.0, name, flags)?)
    }

    /// Octets of all files in it and below.
    pub(in super::super) fn octets(&self) -> io::Result<u64> {
        let (mut octets, mut seen) = (0, 0);
        let mut folders = vec![Self(self.0.try_clone()?)];
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
}

impl AsFd for Folder {
    fn as_fd(&self) -> std::os::fd::BorrowedFd<'_> {
        self.0.as_fd()
    }
}

const FOLDER: OFlags = OFlags::RDONLY
    .union(OFlags::DIRECTORY)
    .union(OFlags::CLOEXEC);
/// A pipe must not make us wait for its other end.
const FILE: OFlags = OFlags::NOFOLLOW
    .union(OFlags::NONBLOCK)
    .union(OFlags::NOCTTY)
    .union(OFlags::CLOEXEC);

/// A file and no pipe, device or folder.
fn regular(file: OwnedFd) -> io::Result<(File, Stat)> {
    let stat = rustix::fs::fstat(&file)?;
    match kind(&stat) {
        FileType::RegularFile => Ok((File::from(file), stat)),
        FileType::Directory => Err(io::ErrorKind::IsADirectory.into()),
        _ => Err(io::ErrorKind::PermissionDenied.into()),
    }
}

impl Seen {
    fn of(stat: &Stat) -> Self {
        let seconds = i128::from(stat.st_mtime) * 1_000_000_000;
        Self {
            is_folder: kind(stat) == FileType::Directory,
            number: stat.st_ino,
            octets: u64::try_from(stat.st_size).unwrap_or(0),
            written: seconds + i128::from(stat.st_mtime_nsec),
        }
    }
}

/// What a file is.
fn kind(stat: &Stat) -> FileType {
    FileType::from_raw_mode(stat.st_mode)
}

#[cfg(test)]
mod tests {
    use super::super::super::path::PagePath;
    use super::*;
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    fn at(text: &str) -> RelativePath {
        match PagePath::read(text).unwrap() {
            PagePath::Relative(path) => path,
            PagePath::Absolute(path) => panic!("{path:?}"),
        }
    }

    #[test]
    fn what_is_written_is_read_and_removed() {
        let root = tempfile::tempdir().unwrap();
        let folder = Folder::open_own(&root.path().join("own")).unwrap();
        let path = at("a/b/out.csv");
        folder.write(&path, b"one\n", Writing::Whole).unwrap();
        folder.write(&path, b"two\n", Writing::Append).unwrap();
        assert_eq!(folder.read(&path, 8).unwrap(), b"one\ntwo\n");
        assert_eq!(
            folder.read(&path, 7).unwrap_err().kind(),
            io::ErrorKind::FileTooLarge
        );
        folder.write(&path, b"3", Writing::Whole).unwrap();
        assert_eq!(folder.read(&path, 8).unwrap(), b"3");
        assert_eq!(
            (folder.length(&path).unwrap(), folder.octets().unwrap()),
            (1, 1)
        );
        assert_eq!(folder.length(&at("absent")).unwrap(), 0);
        let names = |path: &str| -> Vec<String> {
            let entries = folder.below(at(path).names()).unwrap().entries().unwrap();
            entries.into_iter().map(|(name, _)| name).collect()
        };
        assert_eq!(
            (names(""), names("a/b")),
            (vec!["a".into()], vec!["out.csv".into()])
        );
        let mode = std::fs::metadata(root.path().join("own/a/b/out.csv")).unwrap();
        assert_eq!(mode.permissions().mode() & 0o111, 0);
        assert!(folder.remove(&at("a")).is_err(), "it is not empty");
        for path in ["a/b/out.csv", "a/b", "a"] {
            folder.remove(&at(path)).unwrap();
        }
        assert_eq!(names(""), [""; 0]);
        assert!(folder.remove(&at("")).is_err());
    }

    #[test]
    fn no_link_leads_out_of_the_folder() {
        let root = tempfile::tempdir().unwrap();
        let secret = root.path().join("secret");
        std::fs::create_dir(&secret).unwrap();
        std::fs::write(secret.join("key.txt"), "SECRET").unwrap();
        let own = root.path().join("own");
        let folder = Folder::open_own(&own).unwrap();
        symlink(&secret, own.join("folder")).unwrap();
        symlink(secret.join("key.txt"), own.join("file")).unwrap();
        symlink(secret.join("new.txt"), own.join("new")).unwrap();
        std::fs::hard_link(secret.join("key.txt"), own.join("hard")).unwrap();
        rustix::fs::mkfifoat(rustix::fs::CWD, own.join("pipe"), Mode::RUSR | Mode::WUSR).unwrap();
        for path in ["folder/key.txt", "file", "new", "pipe"] {
            assert!(folder.read(&at(path), 100).is_err(), "{path}");
        }
        for path in [
            "folder/key.txt",
            "folder/new.txt",
            "file",
            "new",
            "hard",
            "pipe",
        ] {
            for writing in [Writing::Whole, Writing::Append] {
                assert!(folder.write(&at(path), b"x", writing).is_err(), "{path}");
            }
        }
        for path in ["folder/key.txt", "folder", "file", "pipe"] {
            assert!(folder.remove(&at(path)).is_err(), "{path}");
        }
        assert!(folder.below(at("folder").names()).is_err());
        let names: Vec<_> = folder
            .entries()
            .unwrap()
            .into_iter()
            .map(|(name, _)| name)
            .collect();
        assert_eq!(names, ["hard"]);
        assert_eq!(
            std::fs::read_to_string(secret.join("key.txt")).unwrap(),
            "SECRET"
        );
        assert!(!secret.join("new.txt").exists());
    }
}
