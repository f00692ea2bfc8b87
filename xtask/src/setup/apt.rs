//! What comes from the operating system, as Debian packages.
//!
//! Each need is looked for by what it gives (a program, a header), not by package name, so a machine
//! that has it from elsewhere is left alone. With root or sudo rights the missing packages are
//! installed in one call; without, the one line to run is the error.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Result, bail};

use super::Need;
use crate::command::{command, find_program, output_of, run, succeeds};
use crate::workspace::Workspace;

/// How long a look at a tool may take (a Python import on a cold disk is the slowest).
const LOOK_LIMIT: Duration = Duration::from_secs(30);

/// The Debian packages that give it; empty when it does not come from there.
fn packages(need: Need) -> &'static [&'static str] {
    match need {
        Need::CupsHeaders => &["libcups2-dev"],
        Need::CupsServer => &["cups", "cups-client"],
        Need::Chromium => &["chromium"],
        Need::Firefox => &["firefox-esr"],
        Need::Certutil => &["libnss3-tools"],
        Need::Openssl => &["openssl"],
        Need::Php => &["php-cli"],
        Need::Go => &["golang-go"],
        Need::Python => &["python3", "python3-cryptography"],
        Need::CxxCompiler => &["g++"],
        Need::BarcodeReaders => &["zbar-tools", "python3-venv"],
        Need::TextReader => TEXT_READER,
        Need::NetworkRig => &["avahi-daemon", "avahi-utils", "dbus", "iproute2", "snmpd"],
        Need::Socat => &["socat"],
        Need::SystemdMachine => &["debootstrap", "systemd-container"],
        Need::UsbRig => &["qemu-system-x86", "seabios", "busybox-static", "xz-utils"],
        Need::RustComponents
        | Need::CargoDeny
        | Need::NodePackages
        | Need::WasmToolchain
        | Need::WindowsToolchain
        | Need::MacosCheck => &[],
    }
}

/// tesseract and the languages of `receipt/tests/languages/languages.json`: 30 MB.
const TEXT_READER: &[&str] = &[
    "tesseract-ocr",
    "tesseract-ocr-ara",
    "tesseract-ocr-bul",
    "tesseract-ocr-ces",
    "tesseract-ocr-chi-sim",
    "tesseract-ocr-chi-tra",
    "tesseract-ocr-deu",
    "tesseract-ocr-ell",
    "tesseract-ocr-eng",
    "tesseract-ocr-fas",
    "tesseract-ocr-fra",
    "tesseract-ocr-heb",
    "tesseract-ocr-hye",
    "tesseract-ocr-jpn",
    "tesseract-ocr-kat",
    "tesseract-ocr-kor",
    "tesseract-ocr-pol",
    "tesseract-ocr-por",
    "tesseract-ocr-rus",
    "tesseract-ocr-spa",
    "tesseract-ocr-tha",
    "tesseract-ocr-tur",
    "tesseract-ocr-vie",
];

/// Whether tesseract has each language that it is to read.
fn text_reader_is_complete() -> bool {
    let Some(list) = output_of(Command::new("tesseract").arg("--list-langs")) else {
        return false;
    };
    let has = |language: &str| list.lines().any(|line| line == language.replace('-', "_"));
    let mut languages = TEXT_READER
        .iter()
        .filter_map(|package| package.strip_prefix("tesseract-ocr-"));
    languages.all(has)
}

fn is_there(need: Need) -> bool {
    match need {
        Need::CupsHeaders => cups_headers_are_installed(),
        Need::CupsServer => find_program("cupsd").is_some() && find_program("lpadmin").is_some(),
        Need::Chromium => chromium().is_some(),
        Need::Firefox => find_program("firefox-esr").is_some(),
        Need::Certutil => find_program("certutil").is_some(),
        Need::Openssl => find_program("openssl").is_some(),
        Need::Php => find_program("php").is_some(),
        Need::Go => find_program("go").is_some(),
        Need::Python => ["python3", "/usr/bin/python3"].iter().any(|python| {
            let mut look = Command::new(python);
            succeeds(look.args(["-c", "import cryptography"]), LOOK_LIMIT)
        }),
        Need::CxxCompiler => find_program("c++").is_some(),
        Need::BarcodeReaders => {
            let mut look = Command::new("python3");
            find_program("zbarimg").is_some()
                && succeeds(look.args(["-c", "import ensurepip, venv"]), LOOK_LIMIT)
        }
        Need::TextReader => text_reader_is_complete(),
        Need::NetworkRig => [
            "avahi-daemon",
            "avahi-publish",
            "dbus-daemon",
            "ip",
            "snmpd",
        ]
        .iter()
        .all(|program| find_program(program).is_some()),
        Need::Socat => find_program("socat").is_some(),
        Need::SystemdMachine => ["debootstrap", "systemd-nspawn"]
            .iter()
            .all(|program| find_program(program).is_some()),
        Need::UsbRig => {
            find_program("qemu-system-x86_64").is_some()
                && find_program("xz").is_some()
                && Path::new("/bin/busybox").is_file()
        }
        Need::RustComponents
        | Need::CargoDeny
        | Need::NodePackages
        | Need::WasmToolchain
        | Need::WindowsToolchain
        | Need::MacosCheck => true,
    }
}

/// Whether `platen-spooler` can be built here.
pub(crate) fn cups_headers_are_installed() -> bool {
    // macOS has them in its SDK; Windows has another spooler.
    cfg!(not(target_os = "linux"))
        || Path::new("/usr/include/cups/cups.h").is_file()
        || find_program("cups-config").is_some()
}

/// The Chromium to test with: `PLATEN_CHROMIUM`, or the first that is installed.
pub(crate) fn chromium() -> Option<PathBuf> {
    let chosen = env::var_os("PLATEN_CHROMIUM").map(PathBuf::from);
    chosen.or_else(|| {
        ["chromium", "chromium-browser", "google-chrome"]
            .iter()
            .find_map(|name| find_program(name))
    })
}

/// Installs the packages of the needs that are not met.
pub(super) fn ensure(workspace: &Workspace, needs: &[Need]) -> Result<()> {
    let missing: Vec<Need> = needs.iter().copied().filter(|&n| !is_there(n)).collect();
    let packages: Vec<&str> = missing.iter().flat_map(|&n| packages(n)).copied().collect();
    if packages.is_empty() {
        return Ok(());
    }
    let names = packages.join(" ");
    let by_hand = format!(
        "sudo apt-get update && sudo apt-get install --yes --no-install-recommends {names}"
    );
    if find_program("apt-get").is_none() {
        bail!(
            "this machine lacks what the Debian packages {names} give, and has no apt-get; \
             install their counterparts, then run this again"
        );
    }
    let Some(prefix) = privilege() else {
        bail!(
            "these Debian packages are missing; install them, then run this again:\n\n    {by_hand}\n"
        );
    };
    println!("setup: installing the Debian packages {names}");
    run(&mut apt_get(workspace, prefix, &["update", "-qq"]))?;
    let mut install = vec![
        "install",
        "--yes",
        "-qq",
        "--no-install-recommends",
        "-o",
        "Dpkg::Use-Pty=0",
    ];
    install.extend(packages);
    run(&mut apt_get(workspace, prefix, &install))?;
    match missing.iter().find(|&&need| !is_there(need)) {
        Some(need) => bail!(
            "{need:?} is still not found after installing {names}; see the output of apt-get above"
        ),
        None => Ok(()),
    }
}

/// What stands before `apt-get`: nothing for root, `sudo` for who may use it, `None` for the rest.
fn privilege() -> Option<&'static [&'static str]> {
    let user = output_of(Command::new("id").arg("-u"))?;
    if user == "0" {
        return Some(&[]);
    }
    // `--non-interactive`: a password prompt in the middle of a test run helps nobody.
    let allowed = succeeds(
        Command::new("sudo").args(["--non-interactive", "true"]),
        LOOK_LIMIT,
    );
    allowed.then_some(&["sudo", "--non-interactive", "env"])
}

fn apt_get(workspace: &Workspace, prefix: &[&str], arguments: &[&str]) -> Command {
    // sudo clears the environment, so the setting travels as an argument of `env` there.
    let mut words = prefix.iter().copied();
    let mut apt = match words.next() {
        Some(first) => {
            let mut sudo = command(workspace, first);
            sudo.args(words);
            sudo.args(["DEBIAN_FRONTEND=noninteractive", "apt-get"]);
            sudo
        }
        None => {
            let mut apt = command(workspace, "apt-get");
            apt.env("DEBIAN_FRONTEND", "noninteractive");
            apt
        }
    };
    apt.args(arguments);
    apt
}
