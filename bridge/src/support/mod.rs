//! What somebody who helps needs to know of a machine, and nothing else.
//!
//! [`gather`] makes texts, one per file of the archive: also while no agent
//! runs, then with less in them. Left out by construction: documents, names of
//! jobs, keys and tokens, what devices said, printers' labels. Sites get other
//! names and the home folder becomes `~` ([`redact`]). Every text says what it
//! could not find out instead of failing.

mod archive;
mod machine;
mod redact;

use std::fmt::Write as _;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::Path;

use platen_protocol::TimestampMs;
use serde::Serialize;
use serde_json::Value;

use crate::admin::{AdminRequest, AdminResponse, Client};
use crate::config::{Config, Loaded, Overrides};
use crate::doctor;
use crate::logging::predecessor;
use crate::paths::Environment;
use crate::store::{Look, StoreError};
use crate::visible;
use redact::Redaction;

/// Of each log file, at most its newest octets.
const LOG_OCTETS_MAX: u64 = 512 * 1024;
/// Newest jobs listed.
const JOBS_MAX: u32 = 500;
/// Newest events listed.
const EVENTS_MAX: u32 = 5_000;

/// One file of the archive.
#[derive(Debug, Clone, Serialize)]
pub struct Part {
    /// Its name.
    pub name: &'static str,
    /// What is in it.
    pub about: &'static str,
    /// The text itself.
    #[serde(skip)]
    pub content: String,
}

/// What is never in it, for people.
pub const LEFT_OUT: &str = "documents, names of jobs, idempotency keys, what devices said, printers' labels, keys, tokens, certificates";

/// Everything there is to know. With `with_origins`, sites are named.
pub async fn gather(
    overrides: &Overrides,
    environment: &Environment,
    with_origins: bool,
    now: TimestampMs,
) -> Vec<Part> {
    let home = environment.home.as_ref();
    let home = home.map(|home| home.display().to_string());
    let mut redaction = Redaction::new(home, with_origins);
    let mut parts = Vec::new();
    let mut add = |name, about, content: &str| {
        let content = redaction.apply(&visible::lines(content));
        parts.push(Part {
            name,
            about,
            content,
        });
    };

    let checks = doctor::examine(overrides, environment).await;
    add(
        "doctor.txt",
        "what `platen doctor` finds",
        &doctor::describe(&checks),
    );
    let loaded = Config::load(overrides, environment);
    let config = match &loaded {
        Ok(Loaded { config, .. }) => Some(config),
        Err(_) => None,
    };
    let shown = config.map_or_else(
        || "the configuration cannot be used; doctor.txt says why\n".to_owned(),
        configuration,
    );
    add(
        "config.toml",
        "the values in effect, without labels and token",
        &shown,
    );
    let state = overrides
        .state
        .clone()
        .or_else(|| config.map(|config| config.state_directory.clone()))
        .or_else(|| environment.default_state_directory());
    add(
        "machine.json",
        "versions, system, memory, disk",
        &machine::describe(state.as_deref(), environment, now),
    );
    let Some(state) = state else {
        return finish(parts, now);
    };

    let mut agent = Client::connect(&state).await;
    for (name, about, request) in [
        (
            "status.json",
            "what `platen status` tells",
            AdminRequest::Status,
        ),
        (
            "printers.json",
            "the printers and their states, without labels",
            AdminRequest::Printers,
        ),
        ("log.txt", "the agent's newest log lines", AdminRequest::Log),
    ] {
        let content = match &mut agent {
            Ok(client) => match client.call(&request).await {
                Ok(answer) => told(&answer),
                Err(error) => problem(&error),
            },
            Err(error) => problem(error),
        };
        add(name, about, &content);
    }
    let metrics = match &mut agent {
        Ok(client) => match client.metrics().await {
            Ok(text) => text,
            Err(error) => problem(&error),
        },
        Err(error) => problem(error),
    };
    add("metrics.txt", "what Prometheus would read", &metrics);

    if let Some(log) = config.and_then(|config| config.log.file.as_deref()) {
        let lines = [tail(&predecessor(log)), tail(log)].concat();
        add("log-file.txt", "the end of the log file", &lines);
    }
    // Reading a large file is blocking; nothing else waits in this program.
    let look = Look::open(&state);
    add(
        "store.json",
        "sizes and counts of the store",
        &read(&look, Look::figures),
    );
    add(
        "jobs.json",
        "the newest jobs, without their names",
        &read(&look, |look| look.jobs(JOBS_MAX)),
    );
    add(
        "history.json",
        "what happened to them, newest first",
        &read(&look, |look| look.history(EVENTS_MAX)),
    );
    finish(parts, now)
}

/// Writes the archive as a new file that only its owner can read.
///
/// # Errors
/// When there is a file of this name, or it cannot be written.
pub fn write(path: &Path, parts: &[Part], now: TimestampMs) -> std::io::Result<()> {
    archive::write(path, "platen-support", parts, now / 1_000)
}

/// Puts the table of contents in front.
fn finish(mut parts: Vec<Part>, now: TimestampMs) -> Vec<Part> {
    let mut text = format!(
        "Platen support bundle, made {} by platen {}.\n\n",
        crate::when::exact(now),
        env!("CARGO_PKG_VERSION")
    );
    for part in &parts {
        writeln!(text, "{:<15} {}", part.name, part.about).expect("writing to a String succeeds");
    }
    write!(
        text,
        "\nNot in it: {LEFT_OUT}.\nSites are called site-1, site-2, ... unless they were asked for with --with-origins;\nthe home folder is written ~.\n"
    )
    .expect("writing to a String succeeds");
    let contents = Part {
        name: "README.txt",
        about: "this table, and what was left out",
        content: text,
    };
    parts.insert(0, contents);
    parts
}

/// The configuration without what people called their printers, and without
/// where the token lies.
fn configuration(config: &Config) -> String {
    let mut config = config.clone();
    for printer in &mut config.printers {
        printer.name = printer.id.to_string();
    }
    if let Some(file) = &mut config.metrics.token_file {
        *file = "not shown".into();
    }
    config.to_toml()
}

fn told(answer: &AdminResponse) -> String {
    if let AdminResponse::Log(lines) = answer {
        return lines.iter().map(|line| format!("{line}\n")).collect();
    }
    let mut value = serde_json::to_value(answer).unwrap_or_default();
    let mut value = value["value"].take();
    if let AdminResponse::Printers(_) = answer {
        for printer in value.as_array_mut().into_iter().flatten() {
            if let Some(printer) = printer["printer"].as_object_mut() {
                printer.remove("name");
            }
        }
    }
    pretty(&value)
}

/// What is there in place of what could not be found out.
fn problem(error: &impl std::fmt::Display) -> String {
    pretty(&serde_json::json!({ "error": error.to_string() }))
}

fn pretty(value: &impl Serialize) -> String {
    let text = serde_json::to_string_pretty(value).unwrap_or_default();
    text + "\n"
}

fn read<T: Serialize>(
    look: &Result<Look, StoreError>,
    read: impl FnOnce(&Look) -> Result<T, StoreError>,
) -> String {
    let found: Result<Value, String> = match look {
        Ok(look) => read(look)
            .map_err(|error| error.to_string())
            .and_then(|found| serde_json::to_value(found).map_err(|error| error.to_string())),
        Err(error) => Err(error.to_string()),
    };
    match found {
        Ok(value) => pretty(&value),
        Err(error) => problem(&error),
    }
}

/// The end of a log file, from a whole line on; what is wrong where it cannot
/// be read.
fn tail(log: &Path) -> String {
    let read = || -> std::io::Result<String> {
        let mut file = std::fs::File::open(log)?;
        let start = file.metadata()?.len().saturating_sub(LOG_OCTETS_MAX);
        file.seek(SeekFrom::Start(start))?;
        let mut octets = Vec::new();
        file.take(LOG_OCTETS_MAX).read_to_end(&mut octets)?;
        let text = String::from_utf8_lossy(&octets).into_owned();
        let whole = text
            .find('\n')
            .filter(|_| start > 0)
            .map_or(0, |end| end + 1);
        Ok(text[whole..].to_owned())
    };
    match read() {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
        Err(error) => format!("{} cannot be read: {error}\n", log.display()),
    }
}
