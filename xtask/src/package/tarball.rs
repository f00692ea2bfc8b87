//! The archive for any Linux: unpacked anywhere, `platen install` does the rest.
//!
//! `platen` and `platen-sign` are linked statically. `platen-spooler` is not: it is there for the
//! machine's own libcups, and where there is none, printers on the network and on USB print all
//! the same.

use anyhow::Result;

use super::Release;
use super::archive::tar_gz;
use super::image::{Entry, Image};

/// `platen-0.1.0-linux-x86_64.tar.gz`.
pub(crate) fn file_name(release: &Release) -> String {
    format!("{}.tar.gz", stem(release))
}

/// The archive, in a folder of its own name.
pub(crate) fn write(image: &Image, release: &Release) -> Result<Vec<u8>> {
    let inside = |entry: &Entry| Entry {
        path: entry.path.trim_start_matches("usr/").to_owned(),
        mode: entry.mode,
        octets: entry.octets.clone(),
    };
    let image = Image::new(image.entries().iter().map(inside).collect());
    tar_gz(
        &image,
        &format!("{}/", stem(release)),
        release.epoch_seconds,
    )
}

fn stem(release: &Release) -> String {
    format!(
        "platen-{}-linux-{}",
        release.version,
        std::env::consts::ARCH
    )
}
