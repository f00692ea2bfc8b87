//! Owner and access list of a secret's file.

use std::fs::File;
use std::io;
use std::path::Path;

use platen_windows::access::{self, Allowed, Exposure, Sid};

/// What a person does about a file that others can read.
pub(crate) const CLOSE_IT: &str =
    "take away what others may do with it (Properties, Security), inherited rights as well";

/// Who else may read a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Readers {
    /// Its owner alone, beside the system and administrators.
    Owner,
    /// Accounts that somebody named, and no group that anybody may be in.
    Chosen,
}

/// Makes a file that its owner, the system and administrators may open, where
/// there is none.
pub(crate) fn create_private(path: &Path) -> io::Result<File> {
    access::create_private_file(path, &access::own_account()?)
}

/// Makes a file that whoever may enter its folder may read, where there is
/// none.
pub(super) fn create_public(path: &Path) -> io::Result<File> {
    File::create_new(path)
}

/// The file system keeps names durable by itself; a folder cannot be flushed.
#[allow(clippy::unnecessary_wraps)] // as on Unix
pub(super) fn sync_folder(_folder: &Path) -> io::Result<()> {
    Ok(())
}

/// Whether others than its owner, the system and administrators can read a
/// file.
pub(crate) fn others_read(path: &Path) -> io::Result<bool> {
    let exposure = access::exposure_of(path, &access::own_account()?)?;
    Ok(exposure.others.iter().any(Allowed::reads))
}

pub(super) fn check_private(file: &File, path: &Path, readers: Readers) -> io::Result<()> {
    let own = access::own_account()?;
    let exposure = access::exposure_of_file(file, &own)?;
    judge(&exposure, &own, readers).map_err(|what| {
        let what = format!("{} {what}", path.display());
        io::Error::new(io::ErrorKind::PermissionDenied, what)
    })
}

/// What is wrong with who may use a file.
fn judge(exposure: &Exposure, own: &Sid, readers: Readers) -> Result<(), String> {
    if !exposure.owner.is_trusted_by(own) {
        return Err(format!(
            "belongs to another user ({}); take it over (`takeown`), or remove it to have a new one made",
            exposure.owner
        ));
    }
    let admitted = |allowed: &Allowed| match readers {
        Readers::Owner => !allowed.reads() && !allowed.writes(),
        Readers::Chosen => !allowed.writes() && !(allowed.reads() && allowed.is_a_crowd()),
    };
    match exposure.others.iter().find(|allowed| !admitted(allowed)) {
        None => Ok(()),
        Some(allowed) => Err(format!(
            "may be used by others ({}); {CLOSE_IT}, or remove it to have a new one made",
            allowed.who
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rights as Windows numbers them: to read, and to read and write data.
    const READ: u32 = 1;
    const CHANGE: u32 = 3;

    #[test]
    fn a_secret_is_its_owners_and_a_given_one_also_for_those_who_were_named() {
        let own = Sid::new("S-1-5-21-1-2-3-1001");
        let (other, everyone) = ("S-1-5-21-1-2-3-1002", "S-1-1-0");
        for (owner, others, for_owner, for_chosen) in [
            (own.as_str(), None, true, true),
            ("S-1-5-18", None, true, true),
            ("S-1-5-32-544", None, true, true),
            (other, None, false, false),
            (own.as_str(), Some((other, READ)), false, true),
            (own.as_str(), Some((other, CHANGE)), false, false),
            (own.as_str(), Some((everyone, READ)), false, false),
        ] {
            let exposure = Exposure {
                owner: Sid::new(owner),
                others: others
                    .map(|(who, rights)| Allowed {
                        who: Sid::new(who),
                        rights,
                    })
                    .into_iter()
                    .collect(),
            };
            let found = |readers| judge(&exposure, &own, readers).is_ok();
            assert_eq!(found(Readers::Owner), for_owner, "{exposure:?}");
            assert_eq!(found(Readers::Chosen), for_chosen, "{exposure:?}");
        }
    }
}
