//! `platen-sign verify` and `platen-sign explain`: one list of checks, shown
//! as a verdict or in full.

use anyhow::{Context as _, Result, bail};
use platen_protocol::message::Call;
use platen_protocol::method::SessionOpen;
use platen_protocol::trust::decode_chain;
use platen_protocol::{Digest, Method, Request, Signed};
use platen_sign::examine::{Check, Evidence, examine, to_text};
use platen_sign::revoke;
use serde::Deserialize;
use serde_json::json;
use std::path::PathBuf;

use super::{first_certificate, standard_input};
use crate::cli::Examine;
use crate::report::{Exit, Outcome, print_json, say};

/// A verdict: the first check that failed, or that none did.
pub(crate) fn verify(arguments: &Examine) -> Outcome {
    let checks = examine(&evidence(arguments)?);
    let failed = checks.iter().find(|check| !check.passed);
    if arguments.json {
        print_json(&json!({ "valid": failed.is_none(), "failed": failed }));
    } else {
        match failed {
            None => println!("valid"),
            Some(check) => print!("not valid\n{}", to_text(std::slice::from_ref(check))),
        }
    }
    Ok(exit(failed))
}

/// Every check.
pub(crate) fn explain(arguments: &Examine) -> Outcome {
    let checks = examine(&evidence(arguments)?);
    let failed = checks.iter().find(|check| !check.passed);
    if arguments.json {
        print_json(&json!({ "valid": failed.is_none(), "checks": checks }));
    } else {
        print!("{}", to_text(&checks));
        let count = checks.iter().filter(|check| !check.passed).count();
        match count {
            0 => say("An agent that trusts this anchor accepts this."),
            1 => say("1 check failed."),
            _ => say(&format!(
                "{count} checks failed; an agent answers with the first."
            )),
        }
    }
    Ok(exit(failed))
}

fn exit(failed: Option<&Check>) -> Exit {
    match failed {
        None => Exit::Done,
        Some(_) => Exit::Refused,
    }
}

/// What `platen-sign sign` prints.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Printed {
    statement: String,
    signature: String,
    #[serde(default)]
    certificates: Vec<String>,
}

/// What there is to examine besides the chain's file.
#[derive(Default)]
struct Input {
    signed: Option<Signed>,
    certificates: Vec<String>,
    call: Option<(Method, Digest)>,
}

fn evidence(arguments: &Examine) -> Result<Evidence> {
    let text = match &arguments.signed {
        Some(path) => Some(platen_sign::read_text(path)?.to_string()),
        None => standard_input()?.filter(|text| !text.trim().is_empty()),
    };
    let input = text.map_or_else(|| Ok(Input::default()), |text| read_input(&text))?;
    let chain = match &arguments.cert {
        Some(path) => platen_sign::read_chain(path)?,
        None if input.certificates.is_empty() => {
            bail!("name the site's chain with --cert site.pem: no certificates came along")
        }
        None => decode_chain(&input.certificates)?,
    };
    let roots: Result<Vec<_>> = arguments
        .roots
        .iter()
        .map(|path| first_certificate(path))
        .collect();
    let read_list = |path: &PathBuf| {
        revoke::read_signed(path).map_err(|error| anyhow::anyhow!("{}: {error}", path.display()))
    };
    let revocations = arguments.revocations.as_ref().map(read_list).transpose()?;
    Ok(Evidence {
        chain,
        roots: roots?,
        pins: arguments.pins.clone(),
        revocations,
        signed: input.signed,
        call: input.call,
        origin: arguments.origin.clone(),
        now: arguments.at.map_or_else(platen_sign::now, |time| time.0),
    })
}

/// A whole request as a page sends it, or what `sign` printed.
fn read_input(text: &str) -> Result<Input> {
    let text = text.trim();
    if text.contains("\"jsonrpc\"") {
        let call = Call::read(text).map_err(|refusal| {
            anyhow::anyhow!("the request cannot be read: {}", refusal.error.message)
        })?;
        let method = call.request.method();
        let certificates = match call.request {
            Request::SessionOpen(SessionOpen { certificates }) => certificates,
            _ => Vec::new(),
        };
        let signed = call
            .signed
            .context("the request carries no signature: it has no member signed")?;
        return Ok(Input {
            signed: Some(signed),
            certificates,
            call: Some((method, call.digest)),
        });
    }
    let printed: Printed = serde_json::from_str(text)
        .context("expected {\"statement\", \"signature\"}, as `platen-sign sign` prints it")?;
    Ok(Input {
        signed: Some(Signed {
            statement: printed.statement,
            signature: printed.signature,
        }),
        certificates: printed.certificates,
        call: None,
    })
}
