//! Owner and mode of a secret's file.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::Path;

/// What a person does about a file that others can read.
pub(crate) const CLOSE_IT: &str = "close it with `chmod 600`";

/// Who else may read a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Readers {
    /// Its owner alone.
    Owner,
    /// Its group as well, and nobody who is not in it.
    Chosen,
}

/// Makes a file that its owner alone may read, where there is none.
pub(crate) fn create_private(path: &Path) -> io::Result<File> {
    create(path, 0o600)
}

/// Makes a file that anybody may read, where there is none.
pub(super) fn create_public(path: &Path) -> io::Result<File> {
    create(path, 0o644)
}

fn create(path: &Path, mode: u32) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true).mode(mode).open(path)
}

/// Makes names in a folder durable.
pub(super) fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// Whether others than its owner can read a file.
pub(crate) fn others_read(path: &Path) -> io::Result<bool> {
    Ok(fs::metadata(path)?.permissions().mode() & 0o077 != 0)
}

pub(super) fn check_private(file: &File, path: &Path, readers: Readers) -> io::Result<()> {
    let metadata = file.metadata()?;
    let own = rustix::process::geteuid().as_raw();
    let refused = |what: String| Err(io::Error::new(io::ErrorKind::PermissionDenied, what));
    if !may_keep(metadata.uid(), own) {
        return refused(format!(
            "{} belongs to another user ({}); run `chown` on it, or remove it to have a new one made",
            path.display(),
            metadata.uid()
        ));
    }
    let forbidden = match readers {
        Readers::Owner => 0o077,
        Readers::Chosen => 0o037,
    };
    let mode = metadata.mode() & 0o777;
    if mode & forbidden != 0 {
        return refused(format!(
            "{} may be read by others (mode {mode:o}); run `chmod 600` on it, or remove it to have a new one made",
            path.display()
        ));
    }
    Ok(())
}

/// Whether a file of the user `owner` may hold a secret of ours: whoever else
/// owns it knows it, and can change it. Root can anyway.
fn may_keep(owner: u32, own: u32) -> bool {
    owner == own || owner == 0
}

#[cfg(test)]
mod tests {
    use super::super::{read, read_given, write};
    use super::*;

    #[test]
    fn a_secret_is_made_for_its_owner_and_refused_where_others_may_read_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret");
        write(&path, b"key").unwrap();
        let mode = fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        assert!(read(&path).is_err());
    }

    #[test]
    fn a_secret_of_another_user_is_none() {
        assert!(may_keep(1000, 1000) && may_keep(0, 1000));
        assert!(!may_keep(1000, 0) && !may_keep(1001, 1000));
    }

    #[test]
    fn a_given_secret_may_be_read_by_its_group_and_by_nobody_else() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret");
        write(&path, b"given").unwrap();
        for (mode, readable) in [(0o400, true), (0o440, true), (0o460, false), (0o444, false)] {
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            assert_eq!(read_given(&path).is_ok(), readable, "{mode:o}");
        }
    }

    #[test]
    fn a_link_laid_beside_a_secret_is_not_followed() {
        let folder = tempfile::tempdir().unwrap();
        let victim = folder.path().join("victim");
        fs::write(&victim, b"untouched").unwrap();
        std::os::unix::fs::symlink(&victim, folder.path().join("secret.new")).unwrap();
        write(&folder.path().join("secret"), b"key").unwrap();
        assert_eq!(fs::read(&victim).unwrap(), b"untouched");
    }
}
