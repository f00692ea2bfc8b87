//! What the programs are made of: CycloneDX 1.5, from cargo's own record.
//!
//! Crates that only build or test are not in it; the digests are those of the lock file.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use anyhow::{Context, Result};
use serde_json::{Value, json};

use super::{Release, SUMMARY};
use crate::command::{cargo, output_of};
use crate::workspace::Workspace;

/// The packages whose programs are installed.
const ROOTS: [&str; 3] = ["platen-bridge", "platen-sign", "platen-spooler"];

/// `platen-0.1.0.cdx.json`.
pub(crate) fn file_name(release: &Release) -> String {
    format!("platen-{}.cdx.json", release.version)
}

/// The bill of materials.
pub(crate) fn write(workspace: &Workspace, release: &Release) -> Result<Vec<u8>> {
    let metadata = output_of(cargo(workspace).args([
        "metadata",
        "--locked",
        "--format-version=1",
        "--filter-platform",
        "x86_64-unknown-linux-gnu",
    ]))
    .context("cargo metadata failed; run it by hand to see why")?;
    let metadata: Value = serde_json::from_str(&metadata).context("reading cargo metadata")?;
    let lock = fs::read_to_string(workspace.path("Cargo.lock")).context("reading Cargo.lock")?;
    let bill = bill(&metadata, &digests(&lock)?, &release.version)?;
    Ok((serde_json::to_string_pretty(&bill)? + "\n").into_bytes())
}

fn bill(metadata: &Value, digests: &BTreeMap<String, String>, version: &str) -> Result<Value> {
    let edges = edges(metadata)?;
    let packages: BTreeMap<&str, &Value> = list(metadata, "packages")?
        .iter()
        .filter_map(|package| Some((package["id"].as_str()?, package)))
        .collect();
    let shipped = shipped(&edges, &packages);
    let purl = |id: &str| {
        let package = packages[id];
        let word = |field: &str| package[field].as_str().unwrap_or_default().to_owned();
        format!("pkg:cargo/{}@{}", word("name"), word("version"))
    };
    let mut components: Vec<Value> = Vec::new();
    for &id in &shipped {
        let package = packages[id];
        let key = purl(id);
        let mut component = json!({
            "type": "library",
            "bom-ref": key,
            "name": package["name"],
            "version": package["version"],
            "purl": key,
        });
        if let Some(license) = package["license"].as_str() {
            component["licenses"] = json!([{ "expression": license.replace('/', " OR ") }]);
        }
        if let Some(digest) = digests.get(&key) {
            component["hashes"] = json!([{ "alg": "SHA-256", "content": digest }]);
        }
        components.push(component);
    }
    components.sort_by_key(|component| component["bom-ref"].as_str().map(str::to_owned));
    let mut dependencies: Vec<Value> = Vec::new();
    for &id in &shipped {
        let needs = edges.get(id).into_iter().flatten();
        let needs: BTreeSet<String> = needs.map(|id| purl(id)).collect();
        dependencies.push(json!({ "ref": purl(id), "dependsOn": needs }));
    }
    dependencies.sort_by_key(|dependency| dependency["ref"].as_str().map(str::to_owned));
    Ok(json!({
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": { "component": {
            "type": "application",
            "bom-ref": "platen",
            "name": "platen",
            "version": version,
            "description": SUMMARY,
        } },
        "components": components,
        "dependencies": dependencies,
    }))
}

/// Which package needs which at run time.
fn edges(metadata: &Value) -> Result<BTreeMap<&str, Vec<&str>>> {
    let mut edges = BTreeMap::new();
    for node in list(&metadata["resolve"], "nodes")? {
        let id = node["id"].as_str().context("a package has an id")?;
        let needs = list(node, "deps")?.iter().filter(|need| {
            let kinds = need["dep_kinds"].as_array();
            kinds.is_none_or(|kinds| kinds.iter().any(|kind| kind["kind"].is_null()))
        });
        edges.insert(id, needs.filter_map(|need| need["pkg"].as_str()).collect());
    }
    Ok(edges)
}

/// The roots and all that they need.
fn shipped<'a>(
    edges: &BTreeMap<&'a str, Vec<&'a str>>,
    packages: &BTreeMap<&'a str, &'a Value>,
) -> BTreeSet<&'a str> {
    let is_root = |package: &Value| ROOTS.iter().any(|root| package["name"] == *root);
    let roots = packages.iter().filter(|(_, package)| is_root(package));
    let mut waiting: Vec<&str> = roots.map(|(id, _)| *id).collect();
    let mut shipped = BTreeSet::new();
    while let Some(id) = waiting.pop() {
        if shipped.insert(id) {
            waiting.extend(edges.get(id).into_iter().flatten());
        }
    }
    shipped
}

/// The digests of the lock file, by package URL.
fn digests(lock: &str) -> Result<BTreeMap<String, String>> {
    let lock: toml::Table = lock.parse().context("reading Cargo.lock")?;
    let packages = lock.get("package").and_then(toml::Value::as_array);
    let packages = packages.context("Cargo.lock names no packages")?;
    let word = |package: &toml::Value, field| Some(package.get(field)?.as_str()?.to_owned());
    Ok(packages
        .iter()
        .filter_map(|package| {
            let (name, version) = (word(package, "name")?, word(package, "version")?);
            let key = format!("pkg:cargo/{name}@{version}");
            Some((key, word(package, "checksum")?))
        })
        .collect())
}

fn list<'a>(value: &'a Value, field: &str) -> Result<&'a [Value]> {
    let list = value[field].as_array();
    list.map(Vec::as_slice)
        .with_context(|| format!("cargo metadata has no {field}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn metadata() -> Value {
        let package = |name: &str| json!({ "id": name, "name": name, "version": "1.0.0", "license": "MIT/Apache-2.0" });
        let need =
            |name: &str, kind: Value| json!({ "pkg": name, "dep_kinds": [{ "kind": kind }] });
        json!({
            "packages": [package("platen-bridge"), package("ring"), package("proptest"), package("cc")],
            "resolve": { "nodes": [
                { "id": "platen-bridge", "deps": [need("ring", Value::Null), need("proptest", json!("dev"))] },
                { "id": "ring", "deps": [need("cc", json!("build"))] },
                { "id": "proptest", "deps": [] },
                { "id": "cc", "deps": [] },
            ] },
        })
    }

    #[test]
    fn what_only_builds_or_tests_is_not_in_the_bill() {
        let bill = bill(&metadata(), &BTreeMap::new(), "1.2.3").unwrap();
        let names: Vec<&str> = bill["components"]
            .as_array()
            .unwrap()
            .iter()
            .filter_map(|component| component["name"].as_str())
            .collect();
        assert_eq!(names, ["platen-bridge", "ring"]);
        assert_eq!(
            bill["components"][1]["licenses"][0]["expression"],
            "MIT OR Apache-2.0"
        );
        assert_eq!(
            bill["dependencies"][0]["dependsOn"],
            json!(["pkg:cargo/ring@1.0.0"])
        );
    }

    #[test]
    fn crates_of_the_registry_have_the_digest_of_the_lock_file() {
        let lock = "[[package]]\nname = \"ring\"\nversion = \"1.0.0\"\nchecksum = \"ab\"\n";
        let digests = digests(lock).unwrap();
        let bill = bill(&metadata(), &digests, "1.2.3").unwrap();
        assert_eq!(bill["components"][1]["hashes"][0]["content"], "ab");
    }
}
