//! The suite `install`: the package on a clean Debian with a booted systemd.
//!
//! The tree that machines are made of is built once, by the machine's own apt and from where that
//! takes its packages, and kept in the user's cache. Tests boot it with systemd-nspawn, each an
//! overlay of its own; what they do there is in `tests/tests/install/`.

use std::env;
use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};

use crate::command::{cargo, command, find_program, output_of, run_tests};
use crate::end_to_end::{build_all, build_packages, with_programs};
use crate::package;
use crate::workspace::Workspace;

/// Several times what it takes on a small machine.
const LIMIT: Duration = Duration::from_secs(8 * 60);

/// Counts up when the script below makes another tree.
const TREE: &str = "2";

/// Makes a tree: `$1` where, `$2` the release of Debian. The last step names it complete.
///
/// Services do not start in it, `person` is somebody without rights, and files are not forced to
/// the disk one by one, which would take most of the time. This machine's certificates are there
/// for apt alone: then come Debian's own, as its program writes them.
const MAKE: &str = r#"
set -e
umask 022
rm -rf "$1"
mkdir -p "$1"
debootstrap --variant=minbase --include=systemd,systemd-sysv,dbus,libcups2,ca-certificates "$2" "$1/tree" >"$1/log" 2>&1
apt-get indextargets --format 'deb $(REPO_URI) $(RELEASE) $(COMPONENT)' 'Created-By: Packages' 'Origin: Debian' >"$1/tree/etc/apt/sources.list"
rm -rf "$1/tree/etc/ssl/certs"
mkdir -p "$1/tree/etc/ssl"
cp -aL /etc/ssl/certs "$1/tree/etc/ssl/certs"
cp -L /etc/resolv.conf "$1/tree/etc/resolv.conf"
printf 'force-unsafe-io\n' >"$1/tree/etc/dpkg/dpkg.cfg.d/tests"
printf '#!/bin/sh\nexit 101\n' >"$1/tree/usr/sbin/policy-rc.d"
chmod 755 "$1/tree/usr/sbin/policy-rc.d"
export DEBIAN_FRONTEND=noninteractive
unshare --mount sh -c '
    mount --make-rprivate / 2>/dev/null || true
    mount -t proc proc "$1/proc"
    chroot "$1" apt-get update -qq
    chroot "$1" apt-get install -y -qq --no-install-recommends chromium firefox-esr
    chroot "$1" apt-get clean
    rm -rf "$1/etc/ssl/certs"
    mkdir "$1/etc/ssl/certs"
    chroot "$1" update-ca-certificates
' tree "$1/tree" >>"$1/log" 2>&1
rm "$1/tree/usr/sbin/policy-rc.d" "$1/tree/etc/resolv.conf"
chroot "$1/tree" useradd --create-home person
touch "$1/complete"
"#;

/// Builds the packages and the tree, then runs what is to be shown on machines.
pub(crate) fn test(workspace: &Workspace) -> Result<()> {
    let user = output_of(Command::new("id").arg("-u"));
    ensure!(
        user.as_deref() == Some("0"),
        "the suite install boots machines, which only root may; run it with sudo, or in a container as root"
    );
    let tree = tree(workspace)?;
    build_packages(workspace)?;
    build_all(workspace)?;
    let package = package::deb_of_built(workspace, "")?;
    let newer = package::deb_of_built(workspace, "+newer")?;
    let node = find_program("node").context("node is not on the PATH; install it")?;
    let mut test = cargo(workspace);
    test.args(["test", "--workspace", "--test", "install"])
        .env("PLATEN_DEBIAN_TREE", tree)
        .env("PLATEN_DEB", package)
        .env("PLATEN_DEB_NEWER", newer)
        .env("PLATEN_NODE", fs::canonicalize(node)?);
    // All of cargo's options stand before those of the test program.
    test.args(["--", "--test-threads=2", "--nocapture"]);
    run_tests(with_programs(workspace, &mut test), LIMIT)
}

/// The tree, made unless it is there.
fn tree(workspace: &Workspace) -> Result<PathBuf> {
    let release = release()?;
    let folder = cache()?.join(format!("debian-{release}-{TREE}"));
    if !folder.join("complete").is_file() {
        println!(
            "install: making a clean Debian ({release}) with two browsers, about two minutes, once"
        );
        let mut make = command(workspace, "sh");
        make.args(["-c", MAKE, "make"]).arg(&folder).arg(&release);
        let status = make.status().context("sh cannot be started")?;
        if !status.success() {
            let log = fs::read_to_string(folder.join("log")).unwrap_or_default();
            let last: Vec<&str> = log.lines().rev().take(10).collect();
            let last: Vec<&str> = last.into_iter().rev().collect();
            bail!(
                "a clean Debian cannot be made; the log ends:\n{}",
                last.join("\n")
            );
        }
    }
    Ok(folder.join("tree"))
}

/// The release of this machine: its packages are here already, and programs that are built here
/// run there.
fn release() -> Result<String> {
    let text = fs::read_to_string("/etc/os-release").unwrap_or_default();
    let value = |name: &str| {
        let mut lines = text.lines();
        lines.find_map(|line| line.strip_prefix(name)?.strip_prefix('='))
    };
    match (value("ID"), value("VERSION_CODENAME")) {
        (Some("debian"), Some(release)) => Ok(release.to_owned()),
        _ => bail!(
            "the suite install makes a machine like this one, which is no Debian; run it on one"
        ),
    }
}

fn cache() -> Result<PathBuf> {
    let folder = |name| env::var_os(name).map(PathBuf::from);
    folder("XDG_CACHE_HOME")
        .or_else(|| folder("HOME").map(|home| home.join(".cache")))
        .map(|cache| cache.join("platen"))
        .context("neither XDG_CACHE_HOME nor HOME is set; set one to where a Debian may lie")
}
