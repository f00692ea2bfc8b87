//! What the committed module was made from, and by what.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use toml::{Table, Value};

use super::build;
use crate::docs;
use crate::workspace::Workspace;

/// `js-sdk/wasm/pkg/record.json`.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Record {
    /// Digest of all that the module is made from: [`inputs`].
    pub(super) inputs: String,
    /// The compiler and its library.
    pub(super) compiler: String,
    wasm_bindgen: String,
    wasm_opt: String,
    /// SHA-256 of the module.
    pub(super) module: String,
}

impl Record {
    /// The record of a package just built from these [`inputs`].
    pub(super) fn of(inputs: String, package: &Path) -> Result<Self> {
        let (wasm_bindgen, wasm_opt) = build::tools()?;
        Ok(Self {
            inputs,
            compiler: build::compiler()?,
            wasm_bindgen,
            wasm_opt,
            module: digest_of(&package.join(super::MODULE))?,
        })
    }

    pub(super) fn read(file: &Path) -> Result<Self> {
        let text = fs::read_to_string(file)
            .with_context(|| format!("{} is missing; run `cargo xtask wasm`", file.display()))?;
        serde_json::from_str(&text)
            .with_context(|| format!("{} is damaged; run `cargo xtask wasm`", file.display()))
    }

    pub(super) fn to_json(&self) -> Result<String> {
        Ok(serde_json::to_string_pretty(self)? + "\n")
    }
}

/// SHA-256 in hexadecimal.
pub(super) fn digest(octets: &[u8]) -> String {
    let digest = Sha256::digest(octets);
    digest.iter().map(|octet| format!("{octet:02x}")).collect()
}

pub(super) fn digest_of(file: &Path) -> Result<String> {
    let octets = fs::read(file).with_context(|| format!("reading {}", file.display()))?;
    Ok(digest(&octets))
}

/// Digest of the sources, of the versions they are built with, and of how they are built.
pub(super) fn inputs(workspace: &Workspace) -> Result<String> {
    let mut files = docs::tracked_files(workspace)?;
    files.retain(|file| is_source(file) && workspace.path(file).is_file());
    files.sort();
    let mut list = String::new();
    for file in &files {
        list.push_str(&format!("{} {file}\n", digest_of(&workspace.path(file))?));
    }
    let read = |file: &str| -> Result<Table> {
        Ok(fs::read_to_string(workspace.path(file))?.parse::<Table>()?)
    };
    list.push_str(&versions(&read("Cargo.lock")?, &read("Cargo.toml")?));
    Ok(digest(list.as_bytes()))
}

/// Whether the module is made from this file.
fn is_source(file: &str) -> bool {
    const CRATES: [&str; 3] = ["protocol/", "receipt/", "js-sdk/wasm/"];
    CRATES.iter().any(|folder| {
        file.strip_prefix(folder).is_some_and(|file| {
            let of =
                |folder: &str, ending: &str| file.starts_with(folder) && file.ends_with(ending);
            file == "Cargo.toml"
                || file.starts_with("src/")
                || of("fonts/", ".font")
                || of("profiles/", ".tsv")
        })
    })
}

/// The crates the module is made with, as they are locked and chosen, and the profile it is built in.
fn versions(lock: &Table, manifest: &Table) -> String {
    let packages = lock.get("package").and_then(Value::as_array);
    let packages: Vec<&Table> = packages
        .into_iter()
        .flatten()
        .filter_map(Value::as_table)
        .collect();
    let text = |package: &Table, field: &str| {
        let value = package.get(field).and_then(Value::as_str);
        value.unwrap_or_default().to_owned()
    };
    let mut wanted = vec!["platen-wasm".to_owned()];
    let mut found = BTreeSet::new();
    let mut names = BTreeSet::new();
    while let Some(name) = wanted.pop() {
        if !names.insert(name.clone()) {
            continue;
        }
        for package in packages
            .iter()
            .filter(|package| text(package, "name") == name)
        {
            found.insert(format!(
                "{name} {} {}",
                text(package, "version"),
                text(package, "checksum")
            ));
            let dependencies = package.get("dependencies").and_then(Value::as_array);
            // "name", or "name version" where there are several.
            let dependencies = dependencies.into_iter().flatten().filter_map(Value::as_str);
            wanted
                .extend(dependencies.filter_map(|line| line.split(' ').next().map(str::to_owned)));
        }
    }
    let chosen = manifest
        .get("workspace")
        .and_then(|workspace| workspace.get("dependencies"))
        .and_then(Value::as_table);
    for (name, choice) in chosen.into_iter().flatten() {
        if names.contains(name) {
            found.insert(format!("{name} = {choice}"));
        }
    }
    for name in ["release", "wasm"] {
        if let Some(profile) = manifest
            .get("profile")
            .and_then(|profiles| profiles.get(name))
        {
            found.insert(format!("profile {name} {profile}"));
        }
    }
    found.into_iter().map(|line| line + "\n").collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sources_are_what_is_compiled_in() {
        for file in [
            "receipt/src/lib.rs",
            "receipt/fonts/receipt-24.font",
            "receipt/profiles/models.tsv",
            "js-sdk/wasm/Cargo.toml",
        ] {
            assert!(is_source(file), "{file}");
        }
        for file in [
            "receipt/tests/cases.rs",
            "receipt/fonts/east-asia-24.packed",
            "js-sdk/wasm/pkg/platen_wasm.js",
            "js-sdk/src/index.ts",
            "bridge/src/main.rs",
        ] {
            assert!(!is_source(file), "{file}");
        }
    }

    #[test]
    fn versions_are_those_of_all_that_the_module_needs_and_of_nothing_else() {
        let lock: Table = r#"
            [[package]]
            name = "platen-wasm"
            version = "0.1.0"
            dependencies = ["one 1.0.0"]
            [[package]]
            name = "one"
            version = "1.0.0"
            checksum = "aa"
            dependencies = ["two"]
            [[package]]
            name = "two"
            version = "2.0.0"
            [[package]]
            name = "other"
            version = "3.0.0"
        "#
        .parse()
        .expect("TOML");
        let manifest: Table =
            "[workspace.dependencies]\none = \"1\"\nother = \"3\"\n[profile.wasm]\nlto = true"
                .parse()
                .expect("TOML");
        let text = versions(&lock, &manifest);
        let lines: Vec<&str> = text.lines().map(str::trim).collect();
        assert_eq!(
            lines,
            [
                "one 1.0.0 aa",
                "one = \"1\"",
                "platen-wasm 0.1.0",
                "profile wasm { lto = true }",
                "two 2.0.0"
            ]
        );
    }
}
