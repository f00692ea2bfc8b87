//! Files of keys and certificates: written whole or not at all, secrets for
//! the owner only, nothing overwritten unless told to.

use std::fs::{self, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// Whether a file that exists may be replaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Overwrite {
    /// It stays; writing fails.
    Refuse,
    /// It is replaced, at once and whole.
    Replace,
}

/// Why a file could not be read or written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FileError {
    /// It exists.
    #[error("{} exists and is kept; choose another folder, or replace it with --force", .path.display())]
    Exists {
        /// Which file.
        path: PathBuf,
    },
    /// The system says no.
    #[error("cannot {action} {}: {source}", .path.display())]
    Io {
        /// What was tried.
        action: &'static str,
        /// Which file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// More than such a file ever holds.
    #[error("{} is larger than {max} octets; is it the right file?", .path.display())]
    TooLarge {
        /// Which file.
        path: PathBuf,
        /// How much is read.
        max: u64,
    },
    /// No certificates inside.
    #[error("{} holds no certificates in PEM (-----BEGIN CERTIFICATE-----)", .path.display())]
    NoCertificates {
        /// Which file.
        path: PathBuf,
    },
}

/// The longest file of keys or certificates read, in octets.
const TEXT_OCTETS_MAX: u64 = 1 << 16;

/// Writes a file that only its owner may read (mode 0600 from its first
/// instant on).
///
/// # Errors
/// [`FileError::Exists`], [`FileError::Io`].
pub fn write_secret(path: &Path, text: &str, overwrite: Overwrite) -> Result<(), FileError> {
    write(path, text.as_bytes(), overwrite, 0o600)
}

/// Writes a file that everybody may read.
///
/// # Errors
/// [`FileError::Exists`], [`FileError::Io`].
pub fn write_public(path: &Path, text: &str, overwrite: Overwrite) -> Result<(), FileError> {
    write(path, text.as_bytes(), overwrite, 0o644)
}

fn write(path: &Path, octets: &[u8], overwrite: Overwrite, mode: u32) -> Result<(), FileError> {
    let failed = |action| {
        let path = path.to_owned();
        move |source| FileError::Io {
            action,
            path,
            source,
        }
    };
    if let Some(folder) = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
    {
        create_folder(folder).map_err(failed("make the folder of"))?;
    }
    match overwrite {
        Overwrite::Refuse => {
            let created = create_exclusively(path, mode);
            let mut file = match created {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                    return Err(FileError::Exists {
                        path: path.to_owned(),
                    });
                }
                other => other.map_err(failed("create"))?,
            };
            let written = file.write_all(octets).and_then(|()| file.sync_all());
            written.map_err(failed("write"))
        }
        Overwrite::Replace => {
            // A file beside it, then a rename: readers see the old or the new.
            let mut beside = path.as_os_str().to_owned();
            beside.push(format!(".{}.new", std::process::id()));
            let beside = PathBuf::from(beside);
            let written = create_exclusively(&beside, mode)
                .and_then(|mut file| file.write_all(octets).and_then(|()| file.sync_all()))
                .and_then(|()| fs::rename(&beside, path));
            written.map_err(|source| {
                // Best effort: the error that matters is the first.
                let _ = fs::remove_file(&beside);
                failed("write")(source)
            })
        }
    }
}

fn create_exclusively(path: &Path, mode: u32) -> io::Result<fs::File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, mode);
    #[cfg(not(unix))]
    let _ = mode; // The folder's access list decides.
    options.open(path)
}

fn create_folder(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// That none of these files exists, before the first is written.
pub(crate) fn check_absent(paths: &[&Path], overwrite: Overwrite) -> Result<(), FileError> {
    for path in paths {
        if overwrite == Overwrite::Refuse && path.symlink_metadata().is_ok() {
            return Err(FileError::Exists {
                path: (*path).to_owned(),
            });
        }
    }
    Ok(())
}

/// Reads a file of keys, certificates or statements. The text is wiped from
/// memory when dropped.
///
/// # Errors
/// [`FileError::Io`], [`FileError::TooLarge`].
pub fn read_text(path: &Path) -> Result<Zeroizing<String>, FileError> {
    read_bounded(path, TEXT_OCTETS_MAX)
}

pub(crate) fn read_bounded(path: &Path, max: u64) -> Result<Zeroizing<String>, FileError> {
    let failed = |source| FileError::Io {
        action: "read",
        path: path.to_owned(),
        source,
    };
    let file = fs::File::open(path).map_err(failed)?;
    let mut text = Zeroizing::new(String::new());
    file.take(max + 1)
        .read_to_string(&mut text)
        .map_err(failed)?;
    if text.len() as u64 > max {
        return Err(FileError::TooLarge {
            path: path.to_owned(),
            max,
        });
    }
    Ok(text)
}

/// The certificates of a PEM file as DER, in its order.
///
/// # Errors
/// [`FileError::NoCertificates`], or those of [`read_text`].
pub fn read_chain(path: &Path) -> Result<Vec<Vec<u8>>, FileError> {
    let text = read_text(path)?;
    let blocks = pem::parse_many(text.as_bytes()).unwrap_or_default();
    let chain: Vec<_> = blocks
        .into_iter()
        .filter(|block| block.tag() == "CERTIFICATE")
        .map(pem::Pem::into_contents)
        .collect();
    if chain.is_empty() {
        return Err(FileError::NoCertificates {
            path: path.to_owned(),
        });
    }
    Ok(chain)
}

/// Whether others than the owner may read this file.
#[must_use]
pub fn is_exposed(path: &Path) -> bool {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        fs::metadata(path).is_ok_and(|metadata| metadata.permissions().mode() & 0o077 != 0)
    }
    #[cfg(not(unix))]
    {
        let _ = path;
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_exists_is_kept_unless_told_otherwise() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("new/site.key");
        write_secret(&path, "one", Overwrite::Refuse).unwrap();
        assert!(matches!(
            write_secret(&path, "two", Overwrite::Refuse),
            Err(FileError::Exists { .. })
        ));
        assert_eq!(read_text(&path).unwrap().as_str(), "one");
        write_secret(&path, "two", Overwrite::Replace).unwrap();
        assert_eq!(read_text(&path).unwrap().as_str(), "two");
        assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1);
    }

    #[cfg(unix)]
    #[test]
    fn a_secret_is_its_owners_only_even_when_it_replaces_an_exposed_file() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("site.key");
        fs::write(&path, "old").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o666)).unwrap();
        assert!(is_exposed(&path));
        write_secret(&path, "new", Overwrite::Replace).unwrap();
        let mode = fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        assert!(!is_exposed(&path));
    }

    #[cfg(unix)]
    #[test]
    fn a_link_in_the_place_of_a_key_is_not_followed() {
        let folder = tempfile::tempdir().unwrap();
        let (target, link) = (folder.path().join("target"), folder.path().join("link"));
        std::os::unix::fs::symlink(&target, &link).unwrap();
        assert!(write_secret(&link, "x", Overwrite::Refuse).is_err());
        assert!(!target.exists());
    }

    #[test]
    fn a_file_far_too_large_is_not_read_to_its_end() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("site.pem");
        fs::write(&path, "x".repeat(70_000)).unwrap();
        assert!(matches!(read_text(&path), Err(FileError::TooLarge { .. })));
    }
}
