//! `cargo xtask bench`: the release build beside a floor measured in the same run.
//!
//! The agent as a whole is measured by `benches/`; `receipt` measures the
//! library of that name beside others, `qz` the client of QZ Tray on the agent
//! beside the least that answers it, `usb` the first octet on USB in the guest
//! of `tools/usb-rig` beside a bare write.

mod qz;
mod receipt;

use anyhow::Result;

use crate::command::{cargo, command, npm, output_of, run};
use crate::setup::{self, Need};
use crate::usb;
use crate::workspace::Workspace;

/// The SDK is built to weigh it.
const NEEDS: &[Need] = &[Need::NodePackages];

/// Builds the programs in release and hands over to the benchmark program.
pub(crate) fn measure(workspace: &Workspace, arguments: &[String]) -> Result<()> {
    match arguments.split_first() {
        Some((first, rest)) if first == "receipt" => return receipt::measure(workspace, rest),
        Some((first, rest)) if first == "qz" => return qz::measure(workspace, rest),
        Some((first, _)) if first == "usb" => return usb::measure(workspace),
        _ => {}
    }
    setup::ensure(workspace, NEEDS)?;
    run(npm(workspace).args(["run", "--silent", "build"]))?;
    run(cargo(workspace)
        .args(["build", "--release", "--package", "platen-bridge"])
        .args(["--package", "platen-sign", "--package", "platen-benches"]))?;
    let folder = workspace.target("release");
    let program = |name: &str| folder.join(format!("{name}{}", std::env::consts::EXE_SUFFIX));
    let mut benches = command(workspace, program("platen-benches"));
    if let Some(octets) = sdk_octets(workspace) {
        benches.env("PLATEN_SDK_OCTETS", octets);
    }
    run(benches
        .args(arguments)
        .env("PLATEN_BIN", program("platen"))
        .env("PLATEN_SIGN_BIN", program("platen-sign")))
}

/// What a page loads, minified and gzipped.
fn sdk_octets(workspace: &Workspace) -> Option<String> {
    const WEIGH: &str = "const { gzipSync } = require('node:zlib'); \
        const bundle = require('node:fs').readFileSync('js-sdk/dist/platen.min.js'); \
        console.log(gzipSync(bundle, { level: 9 }).length)";
    let octets = output_of(command(workspace, "node").args(["--eval", WEIGH]))?;
    Some(octets.trim().to_owned())
}
