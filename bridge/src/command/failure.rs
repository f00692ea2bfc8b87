//! How a command ends.

use std::process::ExitCode;

use serde_json::json;

use super::output::tell;
use crate::admin::ClientError;
use crate::config::ConfigError;

/// Exit codes; `platen --help` explains them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// Done.
    Done,
    /// The agent refused, or a check failed.
    Refused,
    /// No agent runs with this state directory.
    NotRunning,
    /// The configuration cannot be used.
    Config,
}

impl Exit {
    /// As a number.
    #[must_use]
    pub fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Refused => 1,
            // 2 is clap's.
            Self::NotRunning => 3,
            Self::Config => 4,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        exit.code().into()
    }
}

/// Why a command was not done.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// No agent, and what to do about it.
    #[error("{0}; {1}")]
    NotRunning(#[source] ClientError, String),
    /// The agent's answer.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// The configuration.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// Anything else, with what to do.
    #[error("{0:#}")]
    Other(#[from] anyhow::Error),
}

impl Failure {
    /// The exit code.
    #[must_use]
    pub fn exit(&self) -> Exit {
        match self {
            Self::NotRunning(..) => Exit::NotRunning,
            Self::Client(_) | Self::Other(_) => Exit::Refused,
            Self::Config(_) => Exit::Config,
        }
    }

    /// Says on standard error what went wrong.
    pub fn tell(&self, as_json: bool) {
        if as_json {
            tell(self.to_json());
        } else {
            tell(format!("platen: {self}"));
        }
    }

    fn to_json(&self) -> serde_json::Value {
        match self {
            Self::Client(ClientError::Refused(error)) => json!({ "error": error }),
            Self::Config(error) => json!({ "error": {
                "message": "the configuration cannot be used",
                "file": error.file,
                "problems": error.problems,
            }}),
            Self::NotRunning(..) | Self::Client(_) | Self::Other(_) => {
                json!({ "error": { "message": self.to_string() } })
            }
        }
    }
}
