//! Whether a file can only be what root or this agent's own user made it.
//!
//! Each folder on the way counts: who may write one of them may put another
//! file in the place of this one. Access lists need no look of their own, for
//! where there is one, the group's bits of the mode are its upper bound.

use std::fs::{File, Metadata, OpenOptions};
use std::io;
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

/// A user, by number.
pub(super) type Account = u32;

/// Whose files are believed beside root's: the agent's own.
pub(super) fn own_user() -> Account {
    rustix::process::geteuid().as_raw()
}

/// Why somebody else may have made a file what it is.
#[derive(Debug, thiserror::Error)]
pub(super) enum Unprotected {
    #[error("{} is a link; put the file itself there", .0.display())]
    Link(PathBuf),
    #[error("{} is no file", .0.display())]
    NotAFile(PathBuf),
    #[error("{} belongs to user {owner}; `chown root` it", path.display())]
    Owner { path: PathBuf, owner: u32 },
    #[error("others than its owner may write {} (mode {mode:o}); `chmod go-w` it", path.display())]
    Writable { path: PathBuf, mode: u32 },
    #[error("{} cannot be looked at: {source}", path.display())]
    System {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
}

const WRITABLE_BY_OTHERS: u32 = 0o022;
/// In such a folder everybody may make files, and nobody change another's.
const STICKY: u32 = 0o1000;

/// Opens the file for reading, if it is protected.
pub(super) fn open(path: &Path, own: Account) -> Result<File, Unprotected> {
    let at = |path: &Path| {
        let path = path.to_owned();
        move |source| Unprotected::System { path, source }
    };
    let written = std::path::absolute(path).map_err(at(path))?;
    let (Some(folder), Some(name)) = (written.parent(), written.file_name()) else {
        return Err(Unprotected::NotAFile(written));
    };
    // The way as it is written, with its links, and the way these lead.
    let real = folder.canonicalize().map_err(at(folder))?;
    for folder in [folder, &real] {
        for ancestor in folder.ancestors() {
            let metadata = ancestor.symlink_metadata().map_err(at(ancestor))?;
            let sticky_counts = ancestor != folder;
            check(ancestor, &metadata, own, sticky_counts)?;
        }
    }
    let file = real.join(name);
    let listed = file.symlink_metadata().map_err(at(&file))?;
    if listed.is_symlink() {
        return Err(Unprotected::Link(file));
    }
    let flags = libc::O_NOFOLLOW | libc::O_NONBLOCK;
    let mut options = OpenOptions::new();
    let opened = options.read(true).custom_flags(flags).open(&file);
    let opened = opened.map_err(at(&file))?;
    let metadata = opened.metadata().map_err(at(&file))?;
    if !metadata.is_file() {
        return Err(Unprotected::NotAFile(file));
    }
    check(&file, &metadata, own, false)?;
    Ok(opened)
}

fn check(
    path: &Path,
    metadata: &Metadata,
    own: Account,
    sticky_counts: bool,
) -> Result<(), Unprotected> {
    let owner = metadata.uid();
    if owner != 0 && owner != own {
        return Err(Unprotected::Owner {
            path: path.to_owned(),
            owner,
        });
    }
    // A link's mode means nothing.
    let mode = metadata.mode();
    let sticky = sticky_counts && metadata.is_dir() && mode & STICKY != 0;
    if !metadata.is_symlink() && mode & WRITABLE_BY_OTHERS != 0 && !sticky {
        return Err(Unprotected::Writable {
            path: path.to_owned(),
            mode: mode & 0o7777,
        });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::{Permissions, create_dir, set_permissions, write};
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    fn refusal(path: &Path, own: Account) -> String {
        open(path, own).map_or_else(|error| error.to_string(), |_| "accepted".to_owned())
    }

    #[test]
    fn a_file_is_protected_when_nobody_else_may_write_it_or_a_folder_above_it() {
        let home = tempfile::tempdir().unwrap();
        let folder = home.path().join("platen");
        create_dir(&folder).unwrap();
        let file = folder.join("provision.toml");
        write(&file, "").unwrap();
        let mode = |path: &Path, mode| set_permissions(path, Permissions::from_mode(mode)).unwrap();
        let (group, all, sticky) = (0o664, 0o777, 0o1777);
        for (file_mode, folder_mode, above_mode, expected) in [
            (0o644, 0o755, 0o700, "accepted"),
            (0o600, 0o700, sticky, "accepted"),
            (group, 0o755, 0o700, "provision.toml (mode 664)"),
            (0o646, 0o755, 0o700, "provision.toml (mode 646)"),
            (0o644, 0o775, 0o700, "platen (mode 775)"),
            (0o644, sticky, 0o700, "platen (mode 1777)"),
            (0o644, 0o755, all, "(mode 777)"),
        ] {
            mode(&file, file_mode);
            mode(&folder, folder_mode);
            mode(home.path(), above_mode);
            let found = refusal(&file, own_user());
            assert!(found.contains(expected), "{expected}: {found}");
        }
    }

    #[test]
    fn a_link_in_the_last_part_is_refused_and_one_before_it_leads_to_protected_folders_only() {
        let home = tempfile::tempdir().unwrap();
        let (real, open_folder) = (home.path().join("real"), home.path().join("open"));
        for folder in [&real, &open_folder] {
            create_dir(folder).unwrap();
            write(folder.join("provision.toml"), "").unwrap();
        }
        set_permissions(&open_folder, Permissions::from_mode(0o777)).unwrap();
        symlink(real.join("provision.toml"), home.path().join("link.toml")).unwrap();
        symlink(&real, home.path().join("to-real")).unwrap();
        symlink(&open_folder, home.path().join("to-open")).unwrap();
        let found = |path: &str| refusal(&home.path().join(path), own_user());
        assert!(found("link.toml").contains("is a link"));
        assert_eq!(found("to-real/provision.toml"), "accepted");
        assert!(found("to-open/provision.toml").contains("open (mode 777)"));
        assert!(found("real").contains("is no file"));
        assert!(found("real/none.toml").contains("cannot be looked at"));
    }

    #[test]
    fn a_file_of_another_user_is_refused() {
        let home = tempfile::tempdir().unwrap();
        let file = home.path().join("provision.toml");
        write(&file, "").unwrap();
        let somebody = 54_321;
        if std::os::unix::fs::chown(&file, Some(somebody), None).is_err() {
            // Not root: then the file is ours, and the agent's user another.
            assert!(refusal(&file, somebody).contains("belongs to user"));
            return;
        }
        assert!(refusal(&file, own_user()).contains("belongs to user 54321"));
        assert_eq!(refusal(&file, somebody), "accepted");
    }
}
