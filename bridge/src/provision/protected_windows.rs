//! Whether a file can only be what the system, an administrator or this
//! agent's own account made it.
//!
//! Who may write the file or its folder may put another in its place, and so
//! may who can take away a folder above it. New folders may be made by others
//! in some of those (`C:\ProgramData`): they are not this one.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use platen_windows::access::{self, Allowed, Exposure, Sid};

/// The account that Windows' own files belong to.
const TRUSTED_INSTALLER: &str = "S-1-5-80-956008885-3418522649-1831038044-1853292631-2271478464";

/// Whose files are believed beside the system's and administrators'.
#[derive(Debug, Clone, Copy)]
pub(super) struct Account;

/// The agent's own, which [`open`] asks the system for.
pub(super) fn own_user() -> Account {
    Account
}

/// Why somebody else may have made a file what it is.
#[derive(Debug, thiserror::Error)]
pub(super) enum Unprotected {
    #[error("{} is a link; put the file itself there", .0.display())]
    Link(PathBuf),
    #[error("{} is no file", .0.display())]
    NotAFile(PathBuf),
    #[error("{} belongs to {owner}, who is no administrator; take it over (`takeown /a`)", path.display())]
    Owner { path: PathBuf, owner: Sid },
    #[error("{who} may change {}; take that away (Properties, Security)", path.display())]
    Writable { path: PathBuf, who: Sid },
    #[error("{} cannot be looked at: {source}", path.display())]
    System {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
}

/// Opens the file for reading, if it is protected.
pub(super) fn open(path: &Path, _: Account) -> Result<File, Unprotected> {
    let at = |path: &Path| {
        let path = path.to_owned();
        move |source| Unprotected::System { path, source }
    };
    let own = access::own_account().map_err(at(path))?;
    let written = std::path::absolute(path).map_err(at(path))?;
    let (Some(folder), Some(name)) = (written.parent(), written.file_name()) else {
        return Err(Unprotected::NotAFile(written));
    };
    let folder = folder.canonicalize().map_err(at(folder))?;
    for ancestor in folder.ancestors() {
        let exposure = access::exposure_of(ancestor, &own).map_err(at(ancestor))?;
        let changes = if ancestor == folder {
            Allowed::writes
        } else {
            Allowed::replaces
        };
        check(ancestor, exposure, &own, changes)?;
    }
    let file = folder.join(name);
    let listed = file.symlink_metadata().map_err(at(&file))?;
    if listed.is_symlink() {
        return Err(Unprotected::Link(file));
    }
    if !listed.is_file() {
        return Err(Unprotected::NotAFile(file));
    }
    let opened = File::open(&file).map_err(at(&file))?;
    let exposure = access::exposure_of_file(&opened, &own).map_err(at(&file))?;
    check(&file, exposure, &own, Allowed::writes)?;
    Ok(opened)
}

fn check(
    path: &Path,
    exposure: Exposure,
    own: &Sid,
    changes: fn(&Allowed) -> bool,
) -> Result<(), Unprotected> {
    let is_the_systems = |sid: &Sid| sid.as_str() == TRUSTED_INSTALLER;
    let Exposure { owner, others } = exposure;
    if !owner.is_trusted_by(own) && !is_the_systems(&owner) {
        return Err(Unprotected::Owner {
            path: path.to_owned(),
            owner,
        });
    }
    let mut others = others.into_iter();
    match others.find(|allowed| changes(allowed) && !is_the_systems(&allowed.who)) {
        None => Ok(()),
        Some(Allowed { who, .. }) => Err(Unprotected::Writable {
            path: path.to_owned(),
            who,
        }),
    }
}
