//! One file out of many: tar in gzip, its owner's only, never over another.

use std::fs::File;
use std::io::{self, Write as _};
use std::path::Path;

use flate2::Compression;
use flate2::write::GzEncoder;

use super::Part;
use crate::secret_file;

/// Writes a new file.
///
/// # Errors
/// When there is one of this name already, or it cannot be written.
pub(super) fn write(path: &Path, folder: &str, parts: &[Part], at_s: u64) -> io::Result<()> {
    let file = secret_file::create_private(path)?;
    fill(file, folder, parts, at_s).inspect_err(|_| {
        // Half an archive helps nobody; that it stays is no second error.
        let _ = std::fs::remove_file(path);
    })
}

fn fill(file: File, folder: &str, parts: &[Part], at_s: u64) -> io::Result<()> {
    let mut archive = tar::Builder::new(GzEncoder::new(file, Compression::default()));
    for part in parts {
        let mut header = tar::Header::new_ustar();
        header.set_size(part.content.len() as u64);
        header.set_mode(0o600);
        header.set_mtime(at_s);
        header.set_entry_type(tar::EntryType::Regular);
        let name = format!("{folder}/{}", part.name);
        archive.append_data(&mut header, name, part.content.as_bytes())?;
    }
    let mut file = archive.into_inner()?.finish()?;
    file.flush()?;
    file.sync_all()
}
