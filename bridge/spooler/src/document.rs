//! Documents on their way: files nobody else can read, gone after use.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use platen_spooler_wire::{FrameKind, read_frame};

use crate::out_of_place;

/// The folder of this program's own.
#[derive(Debug)]
pub(crate) struct DocumentFolder {
    path: PathBuf,
    received: AtomicU64,
}

/// A document in its file; removed when dropped.
#[derive(Debug)]
pub(crate) struct Document {
    path: PathBuf,
    octets: u64,
}

impl DocumentFolder {
    /// Makes the folder, for its owner only.
    pub(crate) fn open(path: PathBuf) -> io::Result<Self> {
        make_folder(&path)?;
        Ok(Self {
            path,
            received: AtomicU64::new(0),
        })
    }

    /// Reads chunks to the end frame into a file of its own. The inner error
    /// is the file's: the document was read to its end all the same, and the
    /// next call can follow.
    ///
    /// # Errors
    /// When the pipe breaks or closes first.
    pub(crate) fn receive(&self, calls: &mut impl Read) -> io::Result<Result<Document, String>> {
        let mut file = self.create();
        loop {
            match read_frame(calls)? {
                Some((FrameKind::Chunk, chunk)) => {
                    if let Ok((to, document)) = &mut file {
                        match to.write_all(&chunk) {
                            Ok(()) => document.octets += chunk.len() as u64,
                            Err(error) => file = Err(error),
                        }
                    }
                }
                Some((FrameKind::End, _)) => {
                    return Ok(file.map(|(_, document)| document).map_err(|error| {
                        format!("the document cannot be kept in a file: {}", error.kind())
                    }));
                }
                Some((FrameKind::Call | FrameKind::Answer, _)) => return Err(out_of_place()),
                None => return Err(io::ErrorKind::UnexpectedEof.into()),
            }
        }
    }

    /// The file stands first, to be closed first: Windows removes no file that is open.
    fn create(&self) -> io::Result<(File, Document)> {
        // The bridge removes what a killed process left, by its process id.
        let name = format!(
            "{}-{}",
            std::process::id(),
            self.received.fetch_add(1, Ordering::Relaxed)
        );
        let path = self.path.join(name);
        let file = make_file(&path)?;
        Ok((file, Document { path, octets: 0 }))
    }
}

#[cfg(unix)]
fn make_folder(path: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

#[cfg(windows)]
fn make_folder(path: &Path) -> io::Result<()> {
    use platen_windows::access::{create_private_folder, make_private, own_account};

    let own = own_account()?;
    if path.is_dir() {
        return make_private(path, &own);
    }
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent)?;
    }
    create_private_folder(path, &own)
}

#[cfg(unix)]
fn make_file(path: &Path) -> io::Result<File> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

#[cfg(windows)]
fn make_file(path: &Path) -> io::Result<File> {
    use platen_windows::access::{create_private_file, own_account};

    create_private_file(path, &own_account()?)
}

impl Document {
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.octets == 0
    }
}

impl Drop for Document {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_file(&self.path) {
            eprintln!(
                "platen-spooler could not remove a document: {}",
                error.kind()
            );
        }
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn folder_and_file_are_their_owners_only_and_links_are_not_followed() {
        let directory = tempfile::tempdir().unwrap();
        let own = directory.path().join("own");
        let folder = DocumentFolder::open(own.clone()).unwrap();
        let (_file, document) = folder.create().unwrap();
        for (path, mode) in [(own.as_path(), 0o700), (document.path(), 0o600)] {
            let permissions = fs::metadata(path).unwrap().permissions();
            assert_eq!(permissions.mode() & 0o777, mode);
        }
        let next = own.join(format!("{}-1", std::process::id()));
        std::os::unix::fs::symlink(directory.path().join("elsewhere"), next).unwrap();
        assert!(folder.create().is_err());
        assert!(!directory.path().join("elsewhere").exists());
    }
}

#[cfg(all(test, windows))]
mod windows_tests {
    use super::*;
    use platen_windows::access::{exposure_of, own_account};

    #[test]
    fn folder_and_file_are_their_owners_only() {
        let directory = tempfile::tempdir().unwrap();
        let own = own_account().unwrap();
        let path = directory.path().join("state").join("own");
        let folder = DocumentFolder::open(path.clone()).unwrap();
        let (file, document) = folder.create().unwrap();
        drop(file);
        for path in [path.as_path(), document.path()] {
            assert_eq!(exposure_of(path, &own).unwrap().others, [], "{path:?}");
        }
    }
}
