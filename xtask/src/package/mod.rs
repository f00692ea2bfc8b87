//! `cargo xtask package`: what people install, in `target/package`.
//!
//! [`image`] is the one list of what is installed where; each format writes it down in its own way
//! (`deb`, `rpm`, `tarball`). All writers are here and few lines each: archives in a fixed order,
//! with fixed owners and the commit's time, are the same octets wherever they are written, and a
//! machine needs no packaging tools. [`build`] builds the programs so that they are the same too;
//! [`check`] proves it.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::{Args, ValueEnum};

mod archive;
mod build;
mod check;
mod deb;
mod elf;
mod image;
mod macos;
mod rpm;
mod sbom;
mod sums;
mod tarball;
pub(crate) mod windows;

use crate::setup::{self, Need};
use crate::workspace::Workspace;
use image::Image;

/// What Platen is, in the words of a list of packages.
const SUMMARY: &str = "Print from web pages on this machine's printers";

/// What a person can ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For Debian and Ubuntu.
    Deb,
    /// For Fedora, RHEL and openSUSE.
    Rpm,
    /// For any Linux: static programs, and `platen install`.
    Tarball,
    /// What the programs are made of, as CycloneDX.
    Sbom,
    /// For Windows: a set-up, and a package for Windows Installer.
    Windows,
    /// For macOS: what `pkgbuild` makes a package of, on a Mac.
    Macos,
}

/// How the packages are made.
#[derive(Args, Debug)]
pub(crate) struct Options {
    /// Which; all but those for Windows and macOS when none is named.
    formats: Vec<Format>,
    /// Package the development profile's programs, which tests have built already.
    #[arg(long)]
    debug: bool,
    /// A version of your own, to try an upgrade.
    #[arg(long, value_name = "VERSION")]
    package_version: Option<String>,
    /// Build twice, in different folders, and compare octets, instead of packaging.
    #[arg(long)]
    check: bool,
    /// With macos: the folder with the programs, built on a Mac.
    #[arg(long, value_name = "FOLDER")]
    programs: Option<PathBuf>,
    /// With --check: only these programs.
    #[arg(long, value_name = "NAME", requires = "check")]
    program: Vec<String>,
}

/// What every format is told beside the files.
pub(crate) struct Release {
    /// `0.1.0`.
    pub(crate) version: String,
    /// When the commit was made: the time of everything in a package.
    pub(crate) epoch_seconds: u64,
}

impl Release {
    fn of(workspace: &Workspace, version: Option<String>) -> Result<Self> {
        Ok(Self {
            version: version.map_or_else(|| workspace_version(workspace), Ok)?,
            epoch_seconds: build::epoch(workspace)?,
        })
    }
}

/// Makes the packages, or proves that they can be made again.
pub(crate) fn run(workspace: &Workspace, options: &Options) -> Result<()> {
    setup::ensure(workspace, &[Need::CupsHeaders])?;
    if options.check {
        return check::build_twice(workspace, &options.program);
    }
    let release = Release::of(workspace, options.package_version.clone())?;
    let wanted = |format| options.formats.is_empty() || options.formats.contains(&format);
    let folder = workspace.target("package");
    fs::create_dir_all(&folder).with_context(|| format!("creating {}", folder.display()))?;
    let mut written = Vec::new();
    let mut write = |name: String, octets: Vec<u8>| -> Result<()> {
        let file: PathBuf = folder.join(&name);
        fs::write(&file, octets).with_context(|| format!("writing {}", file.display()))?;
        println!("{}", file.display());
        written.push(name);
        Ok(())
    };
    if wanted(Format::Deb) || wanted(Format::Rpm) {
        let programs = build::programs(workspace, options.debug)?;
        let image = Image::of(workspace, &programs)?;
        if wanted(Format::Deb) {
            write(
                deb::file_name(&release),
                deb::write(workspace, &image, &release)?,
            )?;
        }
        if wanted(Format::Rpm) {
            write(
                rpm::file_name(&release),
                rpm::write(workspace, &image, &release)?,
            )?;
        }
    }
    if wanted(Format::Tarball) {
        let programs = build::static_programs(workspace, options.debug)?;
        let image = Image::of(workspace, &programs)?;
        write(
            tarball::file_name(&release),
            tarball::write(&image, &release)?,
        )?;
    }
    if wanted(Format::Sbom) {
        write(sbom::file_name(&release), sbom::write(workspace, &release)?)?;
    }
    if options.formats.contains(&Format::Windows) {
        for name in windows::write(workspace, &release, &folder, options.debug)? {
            println!("{}", folder.join(&name).display());
            written.push(name);
        }
    }
    if options.formats.contains(&Format::Macos) {
        let programs = options.programs.as_deref().context(
            "programs for macOS are built on a Mac, with `cargo build --release`; name their folder with --programs",
        )?;
        let to = folder.join("macos");
        macos::lay_out(workspace, programs, &to)?;
        println!("{}; on a Mac:", to.display());
        println!("{}", macos::pkgbuild(&release, &to));
    }
    sums::write(&folder, &written)
}

/// Writes a .deb of the development profile's programs as they lie there, and says where. The
/// version ends as told.
pub(crate) fn deb_of_built(workspace: &Workspace, ending: &str) -> Result<PathBuf> {
    let version = workspace_version(workspace)? + ending;
    let release = Release::of(workspace, Some(version))?;
    let image = Image::of(workspace, &build::built(workspace)?)?;
    let folder = workspace.target("package");
    let file = folder.join(deb::file_name(&release));
    fs::write(&file, deb::write(workspace, &image, &release)?)
        .with_context(|| format!("writing {}", file.display()))?;
    Ok(file)
}

/// `version` of the workspace's manifest.
fn workspace_version(workspace: &Workspace) -> Result<String> {
    let manifest =
        fs::read_to_string(workspace.path("Cargo.toml")).context("reading Cargo.toml")?;
    let manifest: toml::Table = manifest.parse().context("reading Cargo.toml")?;
    manifest
        .get("workspace")
        .and_then(|table| table.get("package")?.get("version")?.as_str())
        .map(str::to_owned)
        .context("Cargo.toml names no workspace.package.version")
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::Programs;

    /// Both packages and the archive, of programs that lie in this folder.
    fn packages(folder: &std::path::Path) -> Vec<Vec<u8>> {
        let workspace = Workspace::find().unwrap();
        let program = |name: &str| {
            let file = folder.join(name);
            fs::write(&file, name).unwrap();
            file
        };
        let programs = Programs {
            platen: program("platen"),
            platen_sign: program("platen-sign"),
            platen_spooler: program("platen-spooler"),
        };
        let image = Image::of(&workspace, &programs).unwrap();
        let release = Release {
            version: "1.2.3".to_owned(),
            epoch_seconds: 1_700_000_000,
        };
        vec![
            deb::write(&workspace, &image, &release).unwrap(),
            rpm::write(&workspace, &image, &release).unwrap(),
            tarball::write(&image, &release).unwrap(),
        ]
    }

    #[test]
    fn t29_the_same_programs_become_the_same_packages_to_the_octet() {
        let (one, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        assert!(packages(one.path()) == packages(other.path()));
    }
}
