//! One module per command: arguments in, library calls, results out.

pub(crate) mod authority;
pub(crate) mod examine;
pub(crate) mod provision;
pub(crate) mod revoke;
pub(crate) mod serve;
pub(crate) mod sign;
pub(crate) mod site;
pub(crate) mod update;

use anyhow::{Result, ensure};
use platen_protocol::trust::Certificate;
use platen_protocol::{Method, TimestampMs};
use platen_sign::{DEFAULT_PURPOSES, Overwrite, Signer, is_exposed};
use std::collections::BTreeSet;
use std::io::{IsTerminal as _, Read as _};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::cli::SiteFiles;
use crate::report::say;

/// The longest input read from standard input, in octets.
const INPUT_OCTETS_MAX: u64 = 1 << 20;

fn overwrite(force: bool) -> Overwrite {
    if force {
        Overwrite::Replace
    } else {
        Overwrite::Refuse
    }
}

fn rfc3339(timestamp: TimestampMs) -> String {
    let seconds = i64::try_from(timestamp / 1000).unwrap_or(i64::MAX);
    OffsetDateTime::from_unix_timestamp(seconds)
        .ok()
        .and_then(|time| time.format(&Rfc3339).ok())
        .unwrap_or_else(|| timestamp.to_string())
}

/// The site's signer, with a word about a key that others can read.
fn signer(site: &SiteFiles) -> Result<Signer> {
    if is_exposed(&site.key) {
        let file = site.key.display();
        say(&format!(
            "warning: others on this machine can read {file}; chmod 600 {file}"
        ));
    }
    let purposes: BTreeSet<Method> = if site.purposes.is_empty() {
        DEFAULT_PURPOSES.iter().copied().collect()
    } else {
        site.purposes.iter().copied().collect()
    };
    Ok(Signer::load(&site.key, &site.cert)?.with_purposes(purposes))
}

/// What is piped in; `None` where standard input is a terminal.
fn standard_input() -> Result<Option<String>> {
    let input = std::io::stdin();
    if input.is_terminal() {
        return Ok(None);
    }
    let mut text = String::new();
    input.take(INPUT_OCTETS_MAX + 1).read_to_string(&mut text)?;
    ensure!(
        text.len() as u64 <= INPUT_OCTETS_MAX,
        "standard input is longer than {INPUT_OCTETS_MAX} octets; is it the right one?"
    );
    Ok(Some(text))
}

/// A text file's text without the one line end that editors add.
fn without_line_end(text: &str) -> &str {
    let text = text.strip_suffix('\n').unwrap_or(text);
    text.strip_suffix('\r').unwrap_or(text)
}

/// The first certificate of a PEM file.
fn first_certificate(path: &std::path::Path) -> Result<Certificate> {
    let chain = platen_sign::read_chain(path)?;
    Certificate::from_der(&chain[0], 0)
        .map_err(|error| anyhow::anyhow!("{}: {error}", path.display()))
}
