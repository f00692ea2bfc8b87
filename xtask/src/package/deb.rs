//! The package for Debian and Ubuntu: an `ar` of two tars.
//!
//! Written here and not by `cargo-deb` or `dpkg-deb`: it is a page of code, needs nothing on the
//! machine, and every octet of it is decided.

use std::fs;

use anyhow::{Context, Result};

use super::archive::tar_gz;
use super::elf;
use super::image::{Entry, Image};
use super::{Release, SUMMARY};
use crate::workspace::Workspace;

/// The maintainer scripts of `packaging/debian/`.
const SCRIPTS: [&str; 3] = ["postinst", "prerm", "postrm"];

/// `platen_0.1.0_amd64.deb`.
pub(crate) fn file_name(release: &Release) -> String {
    format!("platen_{}_{}.deb", release.version, architecture())
}

/// The package.
pub(crate) fn write(workspace: &Workspace, image: &Image, release: &Release) -> Result<Vec<u8>> {
    let mut control = vec![Entry {
        path: "control".to_owned(),
        mode: 0o644,
        octets: control(image, release).into_bytes(),
    }];
    for script in SCRIPTS {
        let path = workspace.path(&format!("packaging/debian/{script}"));
        control.push(Entry {
            path: script.to_owned(),
            mode: 0o755,
            octets: fs::read(&path).with_context(|| format!("reading {}", path.display()))?,
        });
    }
    let control = tar_gz(&Image::new(control), "./", release.epoch_seconds)?;
    let data = tar_gz(image, "./", release.epoch_seconds)?;
    let members = [
        ("debian-binary", &b"2.0\n"[..]),
        ("control.tar.gz", &control),
        ("data.tar.gz", &data),
    ];
    Ok(ar(&members, release.epoch_seconds))
}

/// The archive format of Unix libraries, which a Debian package is (deb(5)).
fn ar(members: &[(&str, &[u8])], epoch_seconds: u64) -> Vec<u8> {
    let mut archive = Vec::from(*b"!<arch>\n");
    for (name, octets) in members {
        let length = octets.len();
        let owner = 0;
        let header =
            format!("{name:<16}{epoch_seconds:<12}{owner:<6}{owner:<6}100644  {length:<10}`\n");
        archive.extend_from_slice(header.as_bytes());
        archive.extend_from_slice(octets);
        if length % 2 == 1 {
            archive.push(b'\n');
        }
    }
    archive
}

fn control(image: &Image, release: &Release) -> String {
    let depends = match elf::glibc_needed(image) {
        Some(version) => format!("libc6 (>= {version}), libgcc-s1, libcups2 | libcups2t64"),
        None => "libcups2 | libcups2t64".to_owned(),
    };
    format!(
        "Package: platen\n\
         Version: {version}\n\
         Architecture: {architecture}\n\
         Maintainer: The Platen developers <platen@localhost>\n\
         Installed-Size: {kilobytes}\n\
         Depends: {depends}\n\
         Recommends: cups\n\
         Section: net\n\
         Priority: optional\n\
         Description: {SUMMARY}\n \
         Web pages that this machine trusts print on its printers, without a dialog\n \
         and without a warning, through an agent that listens on loopback only.\n",
        version = release.version,
        architecture = architecture(),
        kilobytes = image.octets().div_ceil(1024),
    )
}

/// Debian's name of the processor the programs are for.
fn architecture() -> &'static str {
    match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_member_of_the_archive_begins_at_an_even_place() {
        let archive = ar(&[("odd", b"123"), ("even", b"12")], 7);
        assert_eq!(archive.len(), 8 + 60 + 4 + 60 + 2);
        assert!(archive[72..].starts_with(b"even            7 "));
        assert!(archive[..72].ends_with(b"123\n"));
    }
}
