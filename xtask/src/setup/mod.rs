//! What a command needs beyond Rust, node and git, and how it gets there.
//!
//! A [`Need`] is looked for first; what is there is left alone, so a second call does nothing.
//! Debian packages come in one `apt-get` call (`apt.rs`), npm packages from the lock file
//! (`node.rs`), cargo-deny from crates.io into the target folder (`cargo_deny.rs`), what builds WebAssembly
//! and programs for Windows and checks types for macOS by the scripts of `tools/toolchain/` (`toolchain.rs`).

use anyhow::Result;

use crate::workspace::Workspace;

mod apt;
pub(crate) mod cargo_deny;
mod node;
pub(crate) mod readers;
mod rust;
pub(crate) mod toolchain;

pub(crate) use apt::{chromium, cups_headers_are_installed};

/// Something a suite or the demo cannot run without.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Need {
    /// `cargo fmt` and `cargo clippy`.
    RustComponents,
    /// The licenses, bans and sources check, at the version pinned here.
    CargoDeny,
    /// node 20 with what `package-lock.json` names.
    NodePackages,
    /// The headers of libcups, which `platen-spooler` links.
    CupsHeaders,
    /// A cupsd to start privately, and its command line.
    CupsServer,
    /// A headless Chromium.
    Chromium,
    /// Firefox ESR.
    Firefox,
    /// `certutil`, which puts a root into Chromium's trust store.
    Certutil,
    /// `openssl`, which makes the certificate of a test's https site.
    Openssl,
    /// PHP, for the PHP signer.
    Php,
    /// Go, for the Go signer.
    Go,
    /// Python 3 with its `cryptography`, for the Python signer.
    Python,
    /// A C++ compiler, which libFuzzer is built with.
    CxxCompiler,
    /// zbar and zxing-cpp, which read barcodes from pictures.
    BarcodeReaders,
    /// tesseract, which reads text from pictures, with the languages of the receipts that it reads.
    TextReader,
    /// socat, which makes pseudo-terminals.
    Socat,
    /// What makes a clean Debian and boots it.
    SystemdMachine,
    /// Network namespaces, with what announces printers and answers SNMP in them.
    NetworkRig,
    /// What builds the receipt module for browsers.
    WasmToolchain,
    /// What builds programs and set-ups for Windows, and wine to run them.
    WindowsToolchain,
    /// What checks types for macOS.
    MacosCheck,
    /// What the guest of `tools/usb-rig` is made of and runs in.
    UsbRig,
}

/// Makes sure that all of them are there. Says what it installs; silent when nothing is missing.
pub(crate) fn ensure(workspace: &Workspace, needs: &[Need]) -> Result<()> {
    // Debian packages first, and all at once: the rest may build against them.
    apt::ensure(workspace, needs)?;
    for need in needs {
        match need {
            Need::RustComponents => rust::ensure(workspace)?,
            Need::CargoDeny => cargo_deny::ensure(workspace)?,
            Need::NodePackages => node::ensure(workspace)?,
            Need::BarcodeReaders => readers::ensure(workspace)?,
            Need::WasmToolchain => toolchain::ensure_wasm(workspace)?,
            Need::WindowsToolchain => toolchain::ensure_windows(workspace)?,
            Need::MacosCheck => toolchain::ensure_macos_check(workspace)?,
            Need::CupsHeaders
            | Need::CupsServer
            | Need::Chromium
            | Need::Firefox
            | Need::Certutil
            | Need::Openssl
            | Need::Php
            | Need::Go
            | Need::Python
            | Need::CxxCompiler
            | Need::Socat
            | Need::SystemdMachine
            | Need::TextReader
            | Need::NetworkRig
            | Need::UsbRig => {}
        }
    }
    Ok(())
}
