//! `SHA256SUMS`, as `sha256sum --check` reads it.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use sha2::{Digest as _, Sha256};

/// The digest in lower-case hexadecimal.
pub(crate) fn sha256(octets: &[u8]) -> String {
    let digest = Sha256::digest(octets);
    digest.iter().map(|octet| format!("{octet:02x}")).collect()
}

/// Writes the sums of these files of the folder.
pub(crate) fn write(folder: &Path, names: &[String]) -> Result<()> {
    let mut names = names.to_vec();
    names.sort();
    let mut lines = String::new();
    for name in names {
        let file = folder.join(&name);
        let octets = fs::read(&file).with_context(|| format!("reading {}", file.display()))?;
        lines += &format!("{}  {name}\n", sha256(&octets));
    }
    let file = folder.join("SHA256SUMS");
    fs::write(&file, lines).with_context(|| format!("writing {}", file.display()))
}
