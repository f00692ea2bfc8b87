//! A program that a change runs, as a value: it can be printed, kept in the
//! journal, and run below another root.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

/// A program with its arguments.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Command {
    /// Its name, looked up in the system's folders of programs.
    pub program: String,
    /// Its arguments.
    pub arguments: Vec<Argument>,
    /// What it reads from standard input.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub input: Option<String>,
}

/// One argument. Paths are told apart because a machine may lie in a folder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Argument {
    /// Taken as it is.
    Text(String),
    /// A path of the machine, with what stands before it (`sql:`).
    Path {
        /// Before the path.
        prefix: String,
        /// The path.
        path: PathBuf,
    },
}

impl Command {
    /// A program without arguments.
    #[must_use]
    pub fn new(program: &str) -> Self {
        Self {
            program: program.to_owned(),
            arguments: Vec::new(),
            input: None,
        }
    }

    /// With more arguments.
    #[must_use]
    pub fn with(mut self, arguments: &[&str]) -> Self {
        let more = arguments
            .iter()
            .map(|text| Argument::Text((*text).to_owned()));
        self.arguments.extend(more);
        self
    }

    /// With a path as its next argument.
    #[must_use]
    pub fn with_path(mut self, prefix: &str, path: &Path) -> Self {
        self.arguments.push(Argument::Path {
            prefix: prefix.to_owned(),
            path: path.to_owned(),
        });
        self
    }

    /// With something to read.
    #[must_use]
    pub fn reading(mut self, input: String) -> Self {
        self.input = Some(input);
        self
    }
}

impl std::fmt::Display for Command {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(&self.program)?;
        for argument in &self.arguments {
            let text = match argument {
                Argument::Text(text) => text.clone(),
                Argument::Path { prefix, path } => format!("{prefix}{}", path.display()),
            };
            if text.is_empty() || text.contains(' ') {
                write!(formatter, " '{text}'")?;
            } else {
                write!(formatter, " {text}")?;
            }
        }
        Ok(())
    }
}

/// How a program ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finished {
    /// Whether it said that it did its work.
    pub success: bool,
    /// What it wrote to standard output.
    pub output: String,
    /// What it wrote to standard error.
    pub errors: String,
}
