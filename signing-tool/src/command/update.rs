//! `platen-sign update`: who publishes versions of Platen signs them, on a
//! machine that is connected to nothing.

use anyhow::{Context as _, Result, ensure};
use pem::{EncodeConfig, LineEnding, Pem};
use platen_sign::{now, read_text, write_public, write_secret};
use platen_update::envelope::{PublicKey, seal};
use platen_update::manifest::{Artifact, FILE_OCTETS_MAX, Manifest, hex};
use ring::digest::{SHA256, digest};
use ring::rand::SystemRandom;
use ring::signature::{Ed25519KeyPair, KeyPair as _};
use serde_json::json;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use super::{overwrite, rfc3339};
use crate::cli::{UpdateFile, UpdateManifest, UpdateNewKey};
use crate::report::{Exit, Outcome, print_json, say};

const DAY_MS: u64 = 24 * 60 * 60 * 1000;
const TAG: &str = "PRIVATE KEY";

pub(crate) fn new_key(arguments: &UpdateNewKey) -> Outcome {
    let UpdateNewKey { out, force, json } = arguments;
    let secret = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new())
        .ok()
        .context("the system gives no random octets")?;
    let key = public(
        &Ed25519KeyPair::from_pkcs8(secret.as_ref())
            .ok()
            .context("a new key")?,
    )?;
    let text = pem::encode_config(
        &Pem::new(TAG, secret.as_ref()),
        EncodeConfig::new().set_line_ending(LineEnding::LF),
    );
    write_secret(out, &text, overwrite(*force))?;
    if *json {
        print_json(&json!({ "key": key.to_string(), "key_id": key.id(), "secret": out }));
    } else {
        println!("secret  {}", out.display());
        println!("key     {key}");
        println!("key id  {}", key.id());
    }
    say(&format!(
        "Keep {} where no network is: whoever has it can install programs on your machines.\n\
         On each machine, in [update] of the configuration: key = \"{key}\"",
        out.display(),
    ));
    Ok(Exit::Done)
}

pub(crate) fn manifest(arguments: &UpdateManifest) -> Outcome {
    let UpdateManifest {
        key,
        version,
        sequence,
        channel,
        days,
        delay_hours,
        files,
        out,
        force,
        json,
    } = arguments;
    let secret = read(key)?;
    let issued_at = now();
    let mut platforms: BTreeMap<String, Vec<Artifact>> = BTreeMap::new();
    fs::create_dir_all(out).with_context(|| format!("cannot make {}", out.display()))?;
    for file in files {
        let artifact = publish(file, &version.to_string(), out)?;
        platforms
            .entry(file.platform.clone())
            .or_default()
            .push(artifact);
    }
    let manifest = Manifest {
        format: 1,
        channel: channel.clone(),
        version: version.clone(),
        sequence: *sequence,
        issued_at,
        expires_at: issued_at + u64::from(*days) * DAY_MS,
        not_before: delay_hours.map(|hours| issued_at + u64::from(hours) * 60 * 60 * 1000),
        platforms,
    };
    let envelope = seal(manifest.to_text()?, &secret);
    let place = out.join("manifest.json");
    let text = serde_json::to_string(&envelope)?;
    write_public(&place, &text, overwrite(*force))?;
    if *json {
        print_json(&json!({
            "manifest": place,
            "version": version,
            "sequence": sequence,
            "key_id": envelope.key_id,
            "expires_at": rfc3339(manifest.expires_at),
        }));
    } else {
        println!("manifest  {}", place.display());
        println!("version   {version}, number {sequence}, channel {channel}");
        println!("until     {}", rfc3339(manifest.expires_at));
    }
    say(
        "Publish the folder as it is; the next manifest of this channel needs a higher --sequence.",
    );
    Ok(Exit::Done)
}

/// Puts a file beside the manifest, and says which it is.
fn publish(file: &UpdateFile, version: &str, out: &Path) -> Result<Artifact> {
    let UpdateFile {
        platform,
        name,
        path,
    } = file;
    let cannot = || format!("cannot read {}", path.display());
    let length = fs::metadata(path).with_context(cannot)?.len();
    ensure!(
        length <= FILE_OCTETS_MAX,
        "{} is larger than {FILE_OCTETS_MAX} octets",
        path.display()
    );
    let octets = fs::read(path).with_context(cannot)?;
    let published = format!("{name}-{version}-{platform}");
    let place = out.join(&published);
    fs::write(&place, &octets).with_context(|| format!("cannot write {}", place.display()))?;
    Ok(Artifact {
        name: name.clone(),
        file: published,
        octets: octets.len() as u64,
        sha256: hex(digest(&SHA256, &octets).as_ref()),
    })
}

fn read(path: &Path) -> Result<Ed25519KeyPair> {
    let text = read_text(path)?;
    let what = || {
        format!(
            "{} is no key of `platen-sign update new-key`",
            path.display()
        )
    };
    let block = pem::parse(text.as_str()).with_context(what)?;
    ensure!(block.tag() == TAG, what());
    Ed25519KeyPair::from_pkcs8(block.contents())
        .ok()
        .with_context(what)
}

fn public(key: &Ed25519KeyPair) -> Result<PublicKey> {
    PublicKey::new(key.public_key().as_ref()).context("Ed25519 keys have 32 octets")
}
