//! The configuration: one TOML file, read once, validated whole, passed down
//! as values.
//!
//! [`Config::parse`] is pure: text in, [`Config`] or every [`Problem`] out.
//! [`Config::load`] finds the file. What the keys mean is in
//! `read` (how they are read) and [`mod@reference`] (what they are
//! called in the documentation); a test holds the two together.

mod printers;
mod read;
pub(crate) mod reader;
pub mod reference;

use std::fmt;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use platen_protocol::PrinterId;
use serde::{Serialize, Serializer};

pub use reader::Problem;

use crate::backend::{DeviceQuestions, DeviceUri};
use crate::limits::Limits;
use crate::model::PrinterModel;
use crate::owner::Users;
use crate::paths::Environment;
use crate::provision::{Policy, ProvisionKey};
use crate::queue::Backup;
use crate::store::KeySource;
use crate::update::UpdateSettings;

/// Everything a person can decide about an agent. Serializes into the TOML it
/// could have been read from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Config {
    /// Where the agent keeps its store, its keys and its administration
    /// socket.
    pub state_directory: PathBuf,
    /// Where the key comes from that seals documents in the store.
    #[serde(serialize_with = "as_text")]
    pub document_key: KeySource,
    /// Where a job goes that names no printer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default_printer: Option<PrinterId>,
    /// What a reprint says on paper, before its documents; empty: nothing.
    pub copy_label: String,
    /// Where browsers connect.
    pub listen: Listen,
    /// Printers named here; discovered ones come after them.
    pub printers: Vec<ConfiguredPrinter>,
    /// The system's print service.
    pub cups: Cups,
    /// Looking for printers.
    pub discovery: Discovery,
    /// The built-in printer.
    #[serde(rename = "virtual")]
    pub virtual_printer: VirtualPrinter,
    /// Every bound.
    pub limits: Limits,
    /// Newer versions of this program.
    pub update: UpdateSettings,
    /// What the agent says of itself.
    pub log: Log,
    /// Metrics over TCP.
    pub metrics: MetricsListen,
    /// Provisioning files.
    pub provision: Provisioning,
}

/// `[provision]`: which provisioning files are believed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Provisioning {
    /// Keys whose signature makes a file believed that others can write.
    #[serde(serialize_with = "as_texts")]
    pub keys: Vec<ProvisionKey>,
}

/// `[listen]`: the browser ports, always on loopback.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Listen {
    /// Ports for `wss`; the first free one is used. 0 lets the system choose.
    pub wss_ports: Vec<u16>,
    /// Ports for `ws`; the first free one is used. 0 lets the system choose.
    pub ws_ports: Vec<u16>,
    /// Whether to listen without TLS as well.
    pub ws: bool,
    /// Whose connections are served.
    pub users: ServedUsers,
}

/// Whose connections an agent serves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ServedUsers {
    /// Every user's as root or a service; under a person's account, theirs.
    #[default]
    Auto,
    /// Those of the user the agent runs as.
    Own,
    /// Every user's.
    All,
}

/// One of `[[printers]]`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ConfiguredPrinter {
    /// Its stable id.
    pub id: PrinterId,
    /// Its label for people.
    pub name: String,
    /// Which users of the machine it is for.
    #[serde(skip_serializing_if = "Users::is_everybody")]
    pub users: Users,
    /// Which device it is.
    #[serde(serialize_with = "as_text")]
    pub uri: DeviceUri,
    /// What it is.
    #[serde(flatten)]
    pub model: PrinterModel,
    /// What its device is asked.
    #[serde(flatten)]
    pub questions: DeviceQuestions,
    /// Where its jobs go when it stays out.
    #[serde(flatten)]
    pub backup: Option<Backup>,
}

/// `[cups]`: the system's print service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Cups {
    /// Whether its printers are printers of this agent.
    pub discover: bool,
    /// Where it listens, when not where CUPS does by itself: a socket's path
    /// or `host:port`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub server: Option<String>,
    /// The program `platen-spooler`, when not beside `platen`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub spooler_program: Option<PathBuf>,
}

/// `[discovery]`: looking for printers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Discovery {
    /// Whether the network is listened on when somebody looks.
    pub network: bool,
}

/// `[virtual]`: the built-in printer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct VirtualPrinter {
    /// Where it puts what it printed.
    pub folder: PathBuf,
}

/// `[log]`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Log {
    /// The least important events that are written.
    pub level: LogLevel,
    /// How they are written.
    pub format: LogFormat,
    /// Where to; left out: standard error.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<PathBuf>,
}

/// How important an event is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum LogLevel {
    /// What somebody must act on.
    Error,
    /// What somebody should know.
    Warn,
    /// One line per change of state.
    Info,
    /// What a developer wants to know.
    Debug,
    /// Everything.
    Trace,
}

/// How an event is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// One line for people.
    Text,
    /// One JSON object per line.
    Json,
}

/// `[metrics]`: `/metrics` and `/readyz` over TCP, beside the administration
/// socket, which always has them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MetricsListen {
    /// A loopback address and port; left out: no TCP.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tcp: Option<SocketAddr>,
    /// The file that holds the token a caller must present.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token_file: Option<PathBuf>,
}

/// A configuration that cannot be used, with everything wrong with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigError {
    /// The file; `None` when there is none.
    pub file: Option<PathBuf>,
    /// At least one.
    pub problems: Vec<Problem>,
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.file {
            Some(file) => write!(f, "{} cannot be used:", file.display())?,
            None => f.write_str("the configuration cannot be used:")?,
        }
        for problem in &self.problems {
            write!(f, "\n  {problem}")?;
        }
        Ok(())
    }
}

impl std::error::Error for ConfigError {}

/// A configuration, and the file it came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Loaded {
    /// The values in effect.
    pub config: Config,
    /// Where they were read; `None` when no file was found and every value is
    /// the built-in one.
    pub file: Option<PathBuf>,
    /// Keys of the file whose value the provisioning file replaced.
    pub decided: Vec<String>,
}

/// What the command line says about where things lie.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Overrides {
    /// `--config`, else `PLATEN_CONFIG`.
    pub config: Option<PathBuf>,
    /// `--state`, else `PLATEN_STATE`.
    pub state: Option<PathBuf>,
}

impl Config {
    /// Finds, reads and validates the configuration.
    ///
    /// # Errors
    /// Every problem of the file, or that a named file cannot be read. A file
    /// that nobody named and that does not exist is no error.
    pub fn load(overrides: &Overrides, environment: &Environment) -> Result<Loaded, ConfigError> {
        Self::load_under(overrides, environment, &Policy::default())
    }

    /// [`Config::load`], with values that a provisioning file decides over
    /// those of the configuration file.
    ///
    /// # Errors
    /// As [`Config::load`]; and where the two together are no configuration.
    pub fn load_under(
        overrides: &Overrides,
        environment: &Environment,
        policy: &Policy,
    ) -> Result<Loaded, ConfigError> {
        let named = overrides.config.clone();
        let found = named.or_else(|| {
            let mut candidates = environment.config_candidates().into_iter();
            candidates.find(|file| file.exists())
        });
        let Some(file) = found else {
            let base = Base {
                environment,
                state: overrides.state.as_deref(),
                folder: None,
            };
            let config = parse_under("", policy, &base).map_err(|problems| ConfigError {
                file: None,
                problems,
            })?;
            return Ok(Loaded {
                config,
                file: None,
                decided: Vec::new(),
            });
        };
        let refuse = |problems| ConfigError {
            file: Some(file.clone()),
            problems,
        };
        let text = std::fs::read_to_string(&file).map_err(|error| {
            refuse(vec![Problem {
                line: None,
                key: String::new(),
                value: None,
                message: format!("cannot be read: {error}; name another file with --config"),
            }])
        })?;
        let base = Base {
            environment,
            state: overrides.state.as_deref(),
            folder: file.parent(),
        };
        let config = parse_under(&text, policy, &base).map_err(refuse)?;
        Ok(Loaded {
            decided: policy.differs_from(&text),
            config,
            file: Some(file),
        })
    }

    /// Reads the text of a configuration file.
    ///
    /// # Errors
    /// Every problem found, in the order of the text.
    pub fn parse(text: &str, base: &Base<'_>) -> Result<Self, Vec<Problem>> {
        read::config(text, base)
    }

    /// The values in effect as a configuration file.
    #[must_use]
    pub fn to_toml(&self) -> String {
        toml::to_string(self).expect("every value of a Config has a TOML form")
    }
}

fn parse_under(text: &str, policy: &Policy, base: &Base<'_>) -> Result<Config, Vec<Problem>> {
    let own = Config::parse(text, base)?;
    let Some(merged) = policy.over(text) else {
        return Ok(own);
    };
    Config::parse(&merged, base).map_err(|mut problems| {
        for problem in &mut problems {
            // No line of any file says this.
            problem.line = None;
            problem
                .message
                .push_str(", with what the provisioning file decides");
        }
        problems
    })
}

/// Checks a part of a configuration that stands in another file; what is wrong
/// with it is told to the table's reading.
pub(crate) fn check_part(part: reader::Table<'_, '_>) {
    let environment = Environment::read(crate::paths::Platform::current(), false, |_| None);
    let base = Base {
        environment: &environment,
        // Where the state lies is none of the part's business.
        state: Some(Path::new("/")),
        folder: None,
    };
    read::table(part, &base);
}

/// What the values of a file depend on besides its text.
#[derive(Debug, Clone, Copy)]
pub struct Base<'a> {
    /// For the conventional folders.
    pub environment: &'a Environment,
    /// The state directory, where the command line or the environment names it.
    pub state: Option<&'a Path>,
    /// The folder relative paths start from: the file's own.
    pub folder: Option<&'a Path>,
}

fn as_texts<S: Serializer>(values: &[impl fmt::Display], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(values.iter().map(ToString::to_string))
}

fn as_text<S: Serializer>(value: &impl fmt::Display, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(value)
}

#[cfg(test)]
mod tests;
