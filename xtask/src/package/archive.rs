//! Archives that are the same octets wherever and whenever they are written.

use anyhow::Result;
use tar::{Builder, EntryType, Header};

use super::image::{Entry, Image, gzip};

/// A compressed tar of an image, folders first, every path below `prefix`; all belongs to root.
pub(crate) fn tar_gz(image: &Image, prefix: &str, epoch_seconds: u64) -> Result<Vec<u8>> {
    let mut tar = Builder::new(Vec::new());
    if prefix == "./" {
        folder(&mut tar, "./", epoch_seconds)?;
    }
    for path in image.folders() {
        folder(&mut tar, &format!("{prefix}{path}/"), epoch_seconds)?;
    }
    for entry in image.entries() {
        file(&mut tar, prefix, entry, epoch_seconds)?;
    }
    gzip(&tar.into_inner()?)
}

fn folder(tar: &mut Builder<Vec<u8>>, path: &str, epoch_seconds: u64) -> Result<()> {
    let mut header = header(EntryType::Directory, 0o755, 0, epoch_seconds)?;
    tar.append(named(&mut header, path)?, &[][..])?;
    Ok(())
}

fn file(tar: &mut Builder<Vec<u8>>, prefix: &str, entry: &Entry, epoch_seconds: u64) -> Result<()> {
    let octets = u64::try_from(entry.octets.len())?;
    let mut header = header(EntryType::Regular, entry.mode, octets, epoch_seconds)?;
    let path = format!("{prefix}{}", entry.path);
    tar.append(named(&mut header, &path)?, &*entry.octets)?;
    Ok(())
}

fn header(kind: EntryType, mode: u32, octets: u64, epoch_seconds: u64) -> Result<Header> {
    let mut header = Header::new_gnu();
    header.set_entry_type(kind);
    header.set_mode(mode);
    header.set_size(octets);
    header.set_mtime(epoch_seconds);
    header.set_uid(0);
    header.set_gid(0);
    header.set_username("root")?;
    header.set_groupname("root")?;
    Ok(header)
}

/// `set_path` would leave out the `./` that Debian's packages begin with.
fn named<'header>(header: &'header mut Header, path: &str) -> Result<&'header Header> {
    let name = &mut header.as_old_mut().name;
    anyhow::ensure!(path.len() < name.len(), "{path} is too long for an archive");
    name[..path.len()].copy_from_slice(path.as_bytes());
    header.set_cksum();
    Ok(header)
}
