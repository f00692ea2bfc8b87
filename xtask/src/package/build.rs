//! The programs, built so that they are the same octets in whatever folder that happens.
//!
//! A compiler writes paths into programs: of the sources, of the crates, of what build scripts
//! wrote. Here they are all given other names. The lock file is taken as it is.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use super::image::Programs;
use crate::command::{cargo, command, output_of, run};
use crate::end_to_end::build_programs;
use crate::workspace::Workspace;

/// What static programs are built for; naming a target keeps the flags from build scripts.
const TARGET: &str = "x86_64-unknown-linux-gnu";

/// When the commit was made, or what `SOURCE_DATE_EPOCH` says.
pub(crate) fn epoch(workspace: &Workspace) -> Result<u64> {
    let given = env::var("SOURCE_DATE_EPOCH").ok();
    let commit = || output_of(command(workspace, "git").args(["log", "-1", "--format=%ct"]));
    given
        .or_else(commit)
        .and_then(|text| text.trim().parse().ok())
        .context("no commit says when this was made; set SOURCE_DATE_EPOCH to seconds since 1970")
}

/// The programs that packages of a distribution install.
pub(crate) fn programs(workspace: &Workspace, debug: bool) -> Result<Programs> {
    if debug {
        build_programs(workspace)?;
        return built(workspace);
    }
    let out = workspace.target("package/build");
    let packages = ["platen-bridge", "platen-sign", "platen-spooler"];
    run(&mut reproducible(
        workspace,
        workspace.root(),
        &out,
        &packages,
        Profile::Release,
    )?)?;
    stripped(workspace, &out.join("release"), &out.join("release"))
}

/// The development profile's programs, as they lie there.
pub(crate) fn built(workspace: &Workspace) -> Result<Programs> {
    let folder = workspace.target("debug");
    stripped(workspace, &folder, &folder)
}

/// The same, `platen` and `platen-sign` without a shared library.
pub(crate) fn static_programs(workspace: &Workspace, debug: bool) -> Result<Programs> {
    let profile = if debug {
        Profile::Development
    } else {
        Profile::Release
    };
    let shared = if debug {
        build_programs(workspace)?;
        workspace.target("debug")
    } else {
        let out = workspace.target("package/build");
        run(&mut reproducible(
            workspace,
            workspace.root(),
            &out,
            &["platen-spooler"],
            profile,
        )?)?;
        out.join("release")
    };
    // With --debug where the suite `usb` builds the same programs in the same way.
    let out = if debug {
        workspace.target("")
    } else {
        workspace.target("package/build")
    };
    let packages = ["platen-bridge", "platen-sign"];
    let mut build = if debug {
        let mut build = cargo(workspace);
        build.args(["build", "--bins"]);
        for package in packages {
            build.args(["--package", package]);
        }
        build.env("CARGO_TARGET_X86_64_UNKNOWN_LINUX_GNU_RUSTFLAGS", STATIC);
        build
    } else {
        let mut build = reproducible(workspace, workspace.root(), &out, &packages, profile)?;
        let flags = remapping(workspace.root(), &out)?;
        build.env(
            "CARGO_ENCODED_RUSTFLAGS",
            [flags, STATIC.replace(' ', "\x1f")].join("\x1f"),
        );
        build
    };
    run(build.args(["--target", TARGET]))?;
    stripped(workspace, &out.join(TARGET).join(profile.folder()), &shared)
}

/// Links the C library in.
const STATIC: &str = "-C target-feature=+crt-static";

/// Which of cargo's profiles.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Profile {
    /// `--release`.
    Release,
    /// What tests are built with.
    Development,
}

impl Profile {
    /// The folder of its programs.
    pub(crate) fn folder(self) -> &'static str {
        match self {
            Self::Release => "release",
            Self::Development => "debug",
        }
    }
}

/// A build of these packages from the sources in `root` into `out`, whose octets do not depend on either.
pub(crate) fn reproducible(
    workspace: &Workspace,
    root: &Path,
    out: &Path,
    packages: &[&str],
    profile: Profile,
) -> Result<Command> {
    reproducible_by(cargo(workspace), workspace, root, out, packages, profile)
}

/// The same by another cargo.
pub(crate) fn reproducible_by(
    mut build: Command,
    workspace: &Workspace,
    root: &Path,
    out: &Path,
    packages: &[&str],
    profile: Profile,
) -> Result<Command> {
    build.current_dir(root);
    build.args(["build", "--quiet", "--locked", "--bins"]);
    if profile == Profile::Release {
        build.arg("--release");
    }
    for package in packages {
        build.args(["--package", package]);
    }
    let prefixes = prefixes(root, out)?;
    let c_flags: Vec<String> = prefixes
        .iter()
        .map(|(from, to)| format!("-ffile-prefix-map={}={to}", from.display()))
        .collect();
    build
        .env("CARGO_TARGET_DIR", out)
        .env("CARGO_ENCODED_RUSTFLAGS", remapping(root, out)?)
        .env("CFLAGS", c_flags.join(" "))
        .env("SOURCE_DATE_EPOCH", epoch(workspace)?.to_string());
    Ok(build)
}

/// The flags that give folders other names in programs, as cargo takes several flags.
pub(crate) fn remapping(root: &Path, out: &Path) -> Result<String> {
    let flags: Vec<String> = prefixes(root, out)?
        .iter()
        .map(|(from, to)| format!("--remap-path-prefix={}={to}", from.display()))
        .collect();
    Ok(flags.join("\x1f"))
}

/// Folders that would stand in a program, and what stands there instead. The last that fits counts.
fn prefixes(root: &Path, out: &Path) -> Result<[(PathBuf, &'static str); 3]> {
    let cargo_home = env::var_os("CARGO_HOME").map(PathBuf::from);
    let cargo_home = cargo_home
        .or_else(|| Some(PathBuf::from(env::var_os("HOME")?).join(".cargo")))
        .context("neither CARGO_HOME nor HOME is set; set one to where cargo keeps crates")?;
    Ok([
        (cargo_home, "/cargo"),
        (root.to_owned(), "/platen"),
        (out.to_owned(), "/target"),
    ])
}

/// Copies without symbols: a tester's programs are ten times what they need to be.
fn stripped(workspace: &Workspace, own: &Path, shared: &Path) -> Result<Programs> {
    let folder = workspace
        .target("package/programs")
        .join(own.file_name().unwrap_or_default());
    std::fs::create_dir_all(&folder).with_context(|| format!("creating {}", folder.display()))?;
    let strip = |from: &Path, name: &str| -> Result<PathBuf> {
        let to = folder.join(name);
        // Of binutils, which Rust's linker comes from.
        run(command(workspace, "strip")
            .arg("-o")
            .arg(&to)
            .arg(from.join(name)))?;
        Ok(to)
    };
    Ok(Programs {
        platen: strip(own, "platen")?,
        platen_sign: strip(own, "platen-sign")?,
        platen_spooler: strip(shared, "platen-spooler")?,
    })
}
