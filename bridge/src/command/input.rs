//! A file named on the command line, where `-` is standard input.

use std::io::Read as _;
use std::path::Path;

use anyhow::Context as _;

/// The whole of it.
pub(super) fn read(file: &Path) -> anyhow::Result<Vec<u8>> {
    if file.as_os_str() == "-" {
        let mut document = Vec::new();
        std::io::stdin()
            .read_to_end(&mut document)
            .context("standard input cannot be read")?;
        return Ok(document);
    }
    std::fs::read(file).with_context(|| format!("{} cannot be read", file.display()))
}
