//! What a package for macOS is made of: `cargo xtask package macos --programs FOLDER`.
//!
//! Programs for macOS are built, signed and notarized on a Mac, and `pkgbuild` (Xcode's) makes the
//! package there; the files, their places and the scripts are decided here. Nothing of it was run
//! on a Mac: the suite `macos` type-checks the programs, and tests here read the scripts.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};

use super::Release;
use crate::workspace::Workspace;

/// What is copied from the repository: where from, where to, permissions.
const FILES: &[(&str, &str, u32)] = &[
    (
        "packaging/macos/platen.agent.plist",
        "root/Library/LaunchAgents/platen.agent.plist",
        0o644,
    ),
    (
        "packaging/macos/platen-trust",
        "root/usr/local/libexec/platen/platen-trust",
        0o755,
    ),
    (
        "packaging/macos/uninstall",
        "root/usr/local/libexec/platen/uninstall",
        0o755,
    ),
    (
        "packaging/manual/man/platen.1",
        "root/usr/local/share/man/man1/platen.1",
        0o644,
    ),
    (
        "packaging/manual/man/platen-sign.1",
        "root/usr/local/share/man/man1/platen-sign.1",
        0o644,
    ),
    (
        "packaging/macos/scripts/preinstall",
        "scripts/preinstall",
        0o755,
    ),
    (
        "packaging/macos/scripts/postinstall",
        "scripts/postinstall",
        0o755,
    ),
];

/// The programs, by name in the folder that is given, and where each belongs.
const PROGRAMS: &[(&str, &str)] = &[
    ("platen", "root/usr/local/bin/platen"),
    ("platen-sign", "root/usr/local/bin/platen-sign"),
    (
        "platen-spooler",
        "root/usr/local/libexec/platen/platen-spooler",
    ),
];

/// Lays the package out below `to`, with the programs of the folder `programs`. What was there is
/// replaced.
///
/// # Errors
/// A program that is missing, or is not one for macOS.
pub(crate) fn lay_out(workspace: &Workspace, programs: &Path, to: &Path) -> Result<()> {
    match fs::remove_dir_all(to) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            return Err(error).with_context(|| format!("replacing {}", to.display()));
        }
        Ok(()) | Err(_) => {}
    }
    for &(name, place) in PROGRAMS {
        let from = programs.join(name);
        let octets = fs::read(&from).with_context(|| {
            format!(
                "{} is missing; build it on a Mac with `cargo build --release`",
                from.display()
            )
        })?;
        ensure!(
            is_mach_o(&octets),
            "{} is no program for macOS; build it on a Mac with `cargo build --release`",
            from.display()
        );
        put(&to.join(place), &octets, 0o755)?;
    }
    for &(from, place, mode) in FILES {
        let from = workspace.path(from);
        let octets = fs::read(&from).with_context(|| format!("reading {}", from.display()))?;
        put(&to.join(place), &octets, mode)?;
    }
    Ok(())
}

/// What makes the package of `laid_out`, on a Mac.
pub(crate) fn pkgbuild(release: &Release, laid_out: &Path) -> String {
    let version = &release.version;
    let folder = laid_out.display();
    format!(
        "pkgbuild --root {folder}/root --scripts {folder}/scripts --identifier platen --version {version} --ownership recommended Platen-{version}.pkg"
    )
}

fn put(place: &Path, octets: &[u8], mode: u32) -> Result<()> {
    let folder = place.parent().map(PathBuf::from).unwrap_or_default();
    fs::create_dir_all(&folder).with_context(|| format!("making {}", folder.display()))?;
    fs::write(place, octets).with_context(|| format!("writing {}", place.display()))?;
    fs::set_permissions(place, fs::Permissions::from_mode(mode))?;
    Ok(())
}

/// A 64-bit Mach-O file, or several in one (`mach-o/loader.h`, `mach-o/fat.h`).
fn is_mach_o(octets: &[u8]) -> bool {
    matches!(
        octets.first_chunk(),
        Some([0xcf, 0xfa, 0xed, 0xfe] | [0xca, 0xfe, 0xba, 0xbe])
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::Command;

    #[test]
    fn everything_has_its_place_and_its_permissions() {
        let folder = tempfile::tempdir().unwrap();
        let programs = folder.path().join("programs");
        fs::create_dir(&programs).unwrap();
        for (name, _) in PROGRAMS {
            fs::write(programs.join(name), [0xcf, 0xfa, 0xed, 0xfe, 1]).unwrap();
        }
        let to = folder.path().join("laid-out");
        let workspace = Workspace::find().unwrap();
        lay_out(&workspace, &programs, &to).unwrap();
        lay_out(&workspace, &programs, &to).unwrap();
        for place in PROGRAMS.iter().map(|(_, place)| place) {
            let mode = fs::metadata(to.join(place)).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o755, "{place}");
        }
        fs::write(programs.join("platen"), b"\x7fELF").unwrap();
        let refused = lay_out(&workspace, &programs, &to).unwrap_err();
        assert!(refused.to_string().contains("Mac"), "{refused}");
    }

    #[test]
    fn the_agent_that_launchd_starts_is_where_the_package_puts_it() {
        let workspace = Workspace::find().unwrap();
        let path = workspace.path("packaging/macos/platen.agent.plist");
        let text = fs::read_to_string(path).unwrap();
        let options = roxmltree::ParsingOptions {
            allow_dtd: true,
            ..Default::default()
        };
        let plist = roxmltree::Document::parse_with_options(&text, options).unwrap();
        let strings: Vec<_> = plist
            .descendants()
            .filter(|node| node.has_tag_name("string"))
            .filter_map(|node| node.text())
            .collect();
        let (_, place) = PROGRAMS[0];
        assert!(strings.contains(&place.trim_start_matches("root")));
        let label = strings[0];
        let (_, agent, _) = FILES[0];
        assert!(agent.ends_with(&format!("/{label}.plist")), "{label}");
        for (script, _, _) in FILES.iter().filter(|(_, _, mode)| *mode == 0o755) {
            let text = fs::read_to_string(workspace.path(script)).unwrap();
            assert!(!text.contains("launchctl") || text.contains(&format!("label={label}")));
        }
    }

    #[test]
    fn a_shell_can_read_the_scripts() {
        let workspace = Workspace::find().unwrap();
        for (script, _, _) in FILES.iter().filter(|(_, _, mode)| *mode == 0o755) {
            let read = Command::new("sh")
                .arg("-n")
                .arg(workspace.path(script))
                .output()
                .unwrap();
            let said = String::from_utf8_lossy(&read.stderr);
            assert!(read.status.success() && said.is_empty(), "{script}: {said}");
        }
    }
}
