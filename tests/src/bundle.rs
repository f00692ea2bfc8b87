//! Support bundles, as somebody who helps reads them.

use std::collections::BTreeMap;
use std::io::Read as _;

use anyhow::{Context as _, Result, ensure};
use flate2::read::GzDecoder;

use crate::bridge::Bridge;

/// Has the agent's command line write a bundle beside its state directory,
/// and returns what is inside, by file.
///
/// # Errors
/// When it is not written, can be read by others, or is no archive.
pub async fn make(bridge: &Bridge, name: &str, more: &[&str]) -> Result<BTreeMap<String, String>> {
    let file = bridge.state.path().join(name);
    let path = file.to_str().context("a readable path")?;
    let mut arguments = vec!["support-bundle", path];
    arguments.extend_from_slice(more);
    let output = bridge.verb(&arguments).await?;
    let talk = String::from_utf8_lossy(&output.stderr).into_owned();
    ensure!(output.status.success(), "platen support-bundle: {talk}");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = std::fs::metadata(&file)?.permissions().mode() & 0o777;
        ensure!(mode == 0o600, "the bundle has mode {mode:o}");
    }
    let mut archive = tar::Archive::new(GzDecoder::new(std::fs::File::open(&file)?));
    let mut parts = BTreeMap::new();
    for entry in archive.entries()? {
        let mut entry = entry?;
        let path = entry.path()?.into_owned();
        let name = path.file_name().context("a file")?.to_string_lossy();
        let mut text = String::new();
        entry.read_to_string(&mut text)?;
        parts.insert(name.into_owned(), text);
    }
    Ok(parts)
}
