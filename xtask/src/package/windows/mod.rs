//! What people on Windows install: a set-up for one user or the machine, and a package for Windows
//! Installer.
//!
//! What they do is written in `packaging/windows/`, in the languages of makensis and wixl, which
//! write the files. [`build`] makes the programs; here they are laid out with the commit's time,
//! and what wixl chooses by chance is chosen ([`summary`]), so that the same programs become the
//! same octets.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use anyhow::{Context, Result, ensure};

mod build;
mod summary;

use super::Release;
use super::sums::sha256;
use crate::command::{command, run};
use crate::setup::{self, Need};
use crate::workspace::Workspace;

pub(crate) use build::cross_cargo;

/// What is installed beside the programs.
const LICENSES: [&str; 2] = ["LICENSE-APACHE", "LICENSE-MIT"];

/// Writes both to the folder; answers their names.
pub(super) fn write(
    workspace: &Workspace,
    release: &Release,
    folder: &Path,
    debug: bool,
) -> Result<Vec<String>> {
    setup::ensure(workspace, &[Need::WindowsToolchain])?;
    let programs = if debug {
        build::dev_programs(workspace)?
    } else {
        build::release_programs(workspace, &release.version)?
    };
    let names = vec![setup_name(release), msi_name(release)];
    let image = lay_out(workspace, release, &programs)?;
    write_setup(workspace, release, &image, &folder.join(&names[0]), debug)?;
    write_msi(workspace, release, &image, &folder.join(&names[1]))?;
    Ok(names)
}

/// What tests install.
pub(crate) struct Built {
    /// The folder of the programs.
    pub(crate) programs: PathBuf,
    pub(crate) setup: PathBuf,
    pub(crate) msi: PathBuf,
}

/// Makes both of the development profile's programs, twice: another time must not make others.
pub(crate) fn of_dev_programs(workspace: &Workspace) -> Result<Built> {
    let release = Release::of(workspace, None)?;
    let programs = build::dev_programs(workspace)?;
    let folder = workspace.target("package");
    let image = lay_out(workspace, &release, &programs)?;
    let [setup, msi] = [setup_name(&release), msi_name(&release)].map(|name| folder.join(name));
    let mut sums = Vec::new();
    for _ in 0..2 {
        write_setup(workspace, &release, &image, &setup, true)?;
        write_msi(workspace, &release, &image, &msi)?;
        sums.push([sha256(&fs::read(&setup)?), sha256(&fs::read(&msi)?)]);
    }
    ensure!(
        sums[0] == sums[1],
        "the same programs became other packages: {sums:?}"
    );
    Ok(Built {
        programs: image,
        setup,
        msi,
    })
}

/// `Platen-0.1.0-x64-setup.exe`.
pub(crate) fn setup_name(release: &Release) -> String {
    format!("Platen-{}-x64-setup.exe", release.version)
}

/// `Platen-0.1.0-x64.msi`.
pub(crate) fn msi_name(release: &Release) -> String {
    format!("Platen-{}-x64.msi", release.version)
}

/// A folder with everything that is installed, all of the commit's time.
fn lay_out(workspace: &Workspace, release: &Release, programs: &[PathBuf]) -> Result<PathBuf> {
    let image = workspace.target("package/windows/image");
    if image.exists() {
        fs::remove_dir_all(&image).with_context(|| format!("removing {}", image.display()))?;
    }
    fs::create_dir_all(&image).with_context(|| format!("creating {}", image.display()))?;
    let licenses = LICENSES.map(|name| workspace.path(name));
    let time = SystemTime::UNIX_EPOCH + Duration::from_secs(release.epoch_seconds);
    for from in programs.iter().chain(&licenses) {
        let to = image.join(from.file_name().context("a file has a name")?);
        fs::copy(from, &to).with_context(|| format!("copying {}", from.display()))?;
        let file = File::options().write(true).open(&to)?;
        file.set_modified(time)?;
    }
    Ok(image)
}

/// Compresses little where that is to be `quick`.
fn write_setup(
    workspace: &Workspace,
    release: &Release,
    image: &Path,
    to: &Path,
    quick: bool,
) -> Result<()> {
    let mut octets = 0;
    for entry in fs::read_dir(image)? {
        octets += entry?.metadata()?.len();
    }
    let mut make = command(workspace, "makensis");
    // Warnings are errors; paths are ours to say.
    make.args(["-V2", "-WX", "-NOCD"])
        .arg(format!("-DOUT={}", to.display()))
        .arg(format!("-DIMAGE={}", image.display()))
        .arg(format!("-DVERSION={}", release.version))
        .arg(format!("-DNUMBERS={}", numbers(&release.version)))
        .arg(format!("-DKILOBYTES={}", octets.div_ceil(1024)));
    if quick {
        make.arg("-DQUICK");
    }
    make.arg("packaging/windows/platen.nsi");
    run(&mut make)
}

fn write_msi(workspace: &Workspace, release: &Release, image: &Path, to: &Path) -> Result<()> {
    let product = guid(&format!("product {}", release.version));
    let mut make = command(workspace, "wixl");
    // wixl looks for files where it is started.
    make.current_dir(image)
        .args(["-a", "x64", "-D"])
        .arg(format!("VERSION={}", release.version))
        .arg("-D")
        .arg(format!("NUMBERS={}", numbers(&release.version)))
        .arg("-D")
        .arg(format!("PRODUCT={product}"))
        .arg("-o")
        .arg(to)
        .arg(workspace.path("packaging/windows/platen.wxs"));
    run(&mut make)?;
    let mut package = fs::read(to).with_context(|| format!("reading {}", to.display()))?;
    // What it is called follows from what it is: everything but the name.
    summary::decide(&mut package, &guid(""), release.epoch_seconds)?;
    let name = guid(&sha256(&package));
    summary::decide(&mut package, &name, release.epoch_seconds)?;
    fs::write(to, package).with_context(|| format!("writing {}", to.display()))
}

/// The numbers of a version, as Windows compares them: `0.1.0` of `0.1.0+newer`.
fn numbers(version: &str) -> &str {
    let end = version.find(['-', '+']).unwrap_or(version.len());
    &version[..end]
}

/// An identifier that follows from a text, as Windows Installer writes them.
fn guid(text: &str) -> String {
    let digest = sha256(format!("platen windows installer {text}").as_bytes()).to_uppercase();
    // Version 8 of RFC 9562: whatever the maker says.
    format!(
        "{{{}-{}-8{}-8{}-{}}}",
        &digest[..8],
        &digest[8..12],
        &digest[12..15],
        &digest[15..18],
        &digest[18..30]
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_compares_the_numbers_of_a_version_alone() {
        assert_eq!(numbers("0.1.0"), "0.1.0");
        assert_eq!(numbers("0.1.0+newer"), "0.1.0");
    }

    #[test]
    fn an_identifier_has_the_form_of_one_and_follows_from_its_text() {
        let one = guid("product 0.1.0");
        assert_eq!(one.len(), 38);
        assert_eq!(one, guid("product 0.1.0"));
        assert_ne!(one, guid("product 0.1.1"));
    }
}
