//! A script: what kind of printers, and what happens to them by itself.
//!
//! A file in TOML, or in JSON when its name ends so:
//!
//! ```toml
//! [printer]
//! roll_mm = 500
//!
//! [random]
//! seed = 7
//! one_in = 10
//! lasts_ms_max = 2000
//!
//! [[step]]
//! connection = 3
//! fault = "jam"
//! when = "after-lines:2"
//! lasts_ms = 5000
//!
//! [[step]]
//! printer = 2
//! after_ms = 60000
//! do = "cover-open"
//! ```

use std::io;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::fault::{Arming, Fault, When};
use crate::operation::Operation;
use crate::options::{CloseWhen, Drain, JobEnds, Options, PaperWidth, RandomFaults};

/// Why a script cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ScriptError {
    /// The file.
    #[error("the script {} cannot be read; check its name and its rights", file.display())]
    Unreadable {
        /// Which file.
        file: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// What it says.
    #[error("the script {} says what nobody understands: {problem}", file.display())]
    Wrong {
        /// Which file.
        file: PathBuf,
        /// What, and where.
        problem: String,
    },
}

/// A script.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Script {
    /// What kind of printers.
    #[serde(default)]
    pub printer: PrinterSettings,
    /// Faults by chance. Each printer throws its own dice.
    pub random: Option<RandomFaults>,
    /// What happens.
    #[serde(default)]
    step: Vec<WrittenStep>,
}

impl Script {
    /// Reads a file.
    ///
    /// # Errors
    /// When it cannot be read, or says what nobody understands.
    pub fn read(file: &Path) -> Result<Self, ScriptError> {
        let text = std::fs::read_to_string(file).map_err(|source| ScriptError::Unreadable {
            file: file.to_owned(),
            source,
        })?;
        let is_json = file
            .extension()
            .is_some_and(|extension| extension == "json");
        Self::parse(&text, is_json).map_err(|problem| ScriptError::Wrong {
            file: file.to_owned(),
            problem,
        })
    }

    fn parse(text: &str, is_json: bool) -> Result<Self, String> {
        if is_json {
            serde_json::from_str(text).map_err(|error| error.to_string())
        } else {
            toml::from_str(text).map_err(|error| error.to_string())
        }
    }

    /// What happens to one of the printers, counted from 1.
    #[must_use]
    pub fn plan(&self, printer: usize) -> Vec<Step> {
        let concerns = |step: &&WrittenStep| step.printer.is_none_or(|one| one == printer);
        self.step
            .iter()
            .filter(concerns)
            .map(|step| step.step)
            .collect()
    }
}

/// What kind of printer; what is not said stays as it is.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PrinterSettings {
    /// Width of the paper: `80mm` or `58mm`.
    pub paper: Option<PaperWidth>,
    /// Length of a new roll; 0 never ends.
    pub roll_mm: Option<u32>,
    /// With this much paper left the near-end sensor speaks.
    pub near_end_mm: Option<u32>,
    /// Octets of the buffer.
    pub buffer_octets: Option<usize>,
    /// Octets interpreted a second; 0 is at once.
    pub octets_per_second: Option<u32>,
    /// Lines printed a second; 0 is at once.
    pub lines_per_second: Option<u32>,
    /// Connections served beside each other.
    pub connections_max: Option<usize>,
    /// When a finished connection is closed: `received` or `printed`.
    pub close: Option<CloseWhen>,
    /// What one job is: `connection`, `cut` or `process-id`.
    pub job_ends: Option<JobEnds>,
}

impl PrinterSettings {
    /// Changes options as said here.
    pub fn apply(&self, options: &mut Options) {
        let set = |place: &mut usize, value: Option<usize>| *place = value.unwrap_or(*place);
        set(&mut options.buffer_octets, self.buffer_octets);
        set(&mut options.connections_max, self.connections_max);
        options.paper = self.paper.unwrap_or(options.paper);
        options.close = self.close.unwrap_or(options.close);
        options.job_ends = self.job_ends.unwrap_or(options.job_ends);
        options.near_end_mm = self.near_end_mm.unwrap_or(options.near_end_mm);
        if let Some(mm) = self.roll_mm {
            options.roll_mm = Some(mm).filter(|mm| *mm > 0);
        }
        options.drain = match (self.octets_per_second, self.lines_per_second) {
            (Some(pace), _) if pace > 0 => Drain::OctetsPerSecond(pace),
            (_, Some(pace)) if pace > 0 => Drain::LinesPerSecond(pace),
            (None, None) => options.drain,
            (_, _) => Drain::AtOnce,
        };
    }
}

/// When a step is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StepMoment {
    /// So long after the printer was started.
    AfterMs(u64),
    /// When this connection is made, counted from 1.
    Connection(u64),
}

/// What is done in a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StepAct {
    /// Somebody does something.
    Operation(Operation),
    /// A fault is armed.
    Fault(Arming),
}

/// One step of a script.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Step {
    /// When.
    pub moment: StepMoment,
    /// What.
    pub act: StepAct,
}

/// A step and whom it concerns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "StepFields")]
struct WrittenStep {
    /// One printer, or all.
    printer: Option<usize>,
    step: Step,
}

/// A step as it is written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct StepFields {
    printer: Option<usize>,
    after_ms: Option<u64>,
    connection: Option<u64>,
    #[serde(rename = "do")]
    operation: Option<Operation>,
    fault: Option<Fault>,
    when: Option<When>,
    lasts_ms: Option<u64>,
}

impl TryFrom<StepFields> for WrittenStep {
    type Error = String;

    fn try_from(fields: StepFields) -> Result<Self, String> {
        let moment = match (fields.after_ms, fields.connection) {
            (Some(ms), None) => StepMoment::AfterMs(ms),
            (None, Some(number)) => StepMoment::Connection(number),
            (None, None) => StepMoment::AfterMs(0),
            (Some(_), Some(_)) => {
                return Err("a step has `after_ms` or `connection`, not both".to_owned());
            }
        };
        let act = match (fields.operation, fields.fault) {
            (Some(operation), None) if fields.when.is_none() && fields.lasts_ms.is_none() => {
                StepAct::Operation(operation)
            }
            (None, Some(fault)) => StepAct::Fault(Arming {
                fault,
                when: fields.when.unwrap_or_default(),
                lasts_ms: fields.lasts_ms,
            }),
            (Some(_), None) => {
                return Err("`when` and `lasts_ms` belong to a `fault`".to_owned());
            }
            (None, None) | (Some(_), Some(_)) => {
                return Err("a step has either `do` or `fault`".to_owned());
            }
        };
        Ok(Self {
            printer: fields.printer,
            step: Step { moment, act },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SCRIPT: &str = r#"
        [printer]
        roll_mm = 0
        lines_per_second = 20

        [random]
        seed = 7
        one_in = 10
        lasts_ms_max = 2000

        [[step]]
        connection = 3
        fault = "jam"
        when = "after-lines:2"
        lasts_ms = 5000

        [[step]]
        printer = 2
        after_ms = 60000
        do = "cover-open"
    "#;

    #[test]
    fn a_script_says_what_happens_to_whom() {
        let script = Script::parse(SCRIPT, false).unwrap();
        let jam = Step {
            moment: StepMoment::Connection(3),
            act: StepAct::Fault(Arming::new(Fault::Jam, When::AfterLines(2)).lasting_ms(5000)),
        };
        let open = Step {
            moment: StepMoment::AfterMs(60_000),
            act: StepAct::Operation(Operation::CoverOpen),
        };
        assert_eq!(script.plan(1), [jam]);
        assert_eq!(script.plan(2), [jam, open]);
        let mut options = Options::default();
        script.printer.apply(&mut options);
        assert_eq!(options.roll_mm, None);
        assert_eq!(options.drain, Drain::LinesPerSecond(20));
        assert_eq!(options.buffer_octets, Options::default().buffer_octets);
    }

    #[test]
    fn the_same_script_can_be_written_in_json() {
        let json = r#"{"step": [{"connection": 1, "fault": "stall"}]}"#;
        let toml = "[[step]]\nconnection = 1\nfault = \"stall\"\n";
        assert_eq!(Script::parse(json, true), Script::parse(toml, false));
    }

    #[test]
    fn what_makes_no_sense_is_named() {
        for (step, said) in [
            ("connection = 1", "either `do` or `fault`"),
            (
                "do = \"recover\"\nfault = \"jam\"",
                "either `do` or `fault`",
            ),
            ("do = \"recover\"\nwhen = \"now\"", "belong to a `fault`"),
            ("after_ms = 1\nconnection = 1\nfault = \"jam\"", "not both"),
            ("fault = \"fire\"", "is no fault"),
            ("folt = \"jam\"", "unknown field `folt`"),
        ] {
            let error = Script::parse(&format!("[[step]]\n{step}\n"), false).unwrap_err();
            assert!(error.contains(said), "{error}");
        }
    }
}
