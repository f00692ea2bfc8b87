//! Sources to module: cargo, wasm-bindgen, wasm-opt, so that no folder of this machine is in it.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result};
use flate2::Compression;
use flate2::write::GzEncoder;

use super::version;
use crate::command::run;
use crate::setup::toolchain::program;

/// What is made, and committed.
pub(super) const FILES: [&str; 4] = [
    super::MODULE,
    "platen_wasm.js",
    "platen_wasm.d.ts",
    "platen_wasm_bg.wasm.d.ts",
];

/// Several times what the tests take on a small machine.
pub(super) const LIMIT: Duration = Duration::from_secs(10 * 60);

const TARGET: &str = "wasm32-unknown-unknown";

/// Builds the sources in `root` into `package`.
pub(super) fn build(root: &Path, target: &Path, package: &Path) -> Result<()> {
    // Another library of the same compiler does not make cargo compile again; another folder does.
    let target = target.join(&super::record::digest(compiler()?.as_bytes())[..16]);
    run(Command::new(program("cargo")?)
        .current_dir(root)
        .args(["build", "--quiet", "--locked", "--profile", "wasm"])
        .args(["--target", TARGET, "--package", "platen-wasm"])
        .env("CARGO_TARGET_DIR", &target)
        .env_remove("RUSTFLAGS")
        .env("CARGO_ENCODED_RUSTFLAGS", flags(root)?.join("\u{1f}")))?;
    if package.exists() {
        fs::remove_dir_all(package)?;
    }
    run(Command::new(program("wasm-bindgen")?)
        .arg(target.join(TARGET).join("wasm/platen_wasm.wasm"))
        .args(["--target", "web", "--omit-default-module-path"])
        .args(["--remove-name-section", "--remove-producers-section"])
        .arg("--out-dir")
        .arg(package))?;
    let module = package.join(super::MODULE);
    run(Command::new(program("wasm-opt")?)
        .args(["--flatten", "--rereloop", "-O3", "-Oz"])
        .arg(&module)
        .arg("-o")
        .arg(&module))
}

/// What panics tell of their place is the same wherever it is built; and digests, of which there
/// are few, come in their small form.
fn flags(root: &Path) -> Result<Vec<String>> {
    let mut flags = vec![
        format!("--remap-path-prefix={}=/platen", root.display()),
        "--cfg=sha2_backend_soft=\"compact\"".to_owned(),
    ];
    let registries = cargo_home()?.join("registry/src");
    for registry in fs::read_dir(&registries).into_iter().flatten() {
        flags.push(format!(
            "--remap-path-prefix={}=/crates",
            registry?.path().display()
        ));
    }
    Ok(flags)
}

fn cargo_home() -> Result<PathBuf> {
    let folder = |name| std::env::var_os(name).map(PathBuf::from);
    folder("CARGO_HOME")
        .or_else(|| folder("HOME").map(|home| home.join(".cargo")))
        .context("neither CARGO_HOME nor HOME is set")
}

/// The compiler and the standard library it builds with.
pub(super) fn compiler() -> Result<String> {
    let rustc = program("rustc")?;
    let name = version(&rustc, &["--version"])?;
    let library = version(&rustc, &["--print", "target-libdir", "--target", TARGET])?;
    // The toolchain's script leaves this where it has compiled the library itself.
    let made = fs::read_to_string(Path::new(&library).join(".made"));
    Ok(match made {
        Ok(made) => format!("{name}, library: {}", made.trim()),
        Err(_) => format!("{name}, library as distributed"),
    })
}

/// The versions of what works on the module after the compiler.
pub(super) fn tools() -> Result<(String, String)> {
    Ok((
        version(&program("wasm-bindgen")?, &["--version"])?,
        version(&program("wasm-opt")?, &["--version"])?,
    ))
}

/// What a page loads.
pub(super) fn weight(module: &Path) -> Result<String> {
    let octets = fs::read(module)?;
    let mut packed = GzEncoder::new(Vec::new(), Compression::best());
    packed.write_all(&octets)?;
    Ok(format!(
        "{}: {} octets, {} with gzip",
        super::MODULE,
        octets.len(),
        packed.finish()?.len()
    ))
}
