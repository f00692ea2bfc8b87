//! What an installation would change, before it changes anything.

use serde::Serialize;
use serde_json::{Value, json};

use crate::change::Change;
use crate::environment::Environment;

/// One part of an installation. It says what should be; the engine makes it
/// so, and undoes it by the journal.
pub trait Step {
    /// What it is about, in a few words: `Firefox policies`.
    fn name(&self) -> String;

    /// What must change, in order, so that the machine is as this step wants
    /// it; nothing when it is. Changes nothing itself.
    ///
    /// # Errors
    /// [`Blocked`] when it cannot be done here; the other steps go on.
    fn check(&self, environment: &Environment<'_>) -> Result<Vec<Change>, Blocked>;
}

/// Why a step cannot be done, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, thiserror::Error)]
#[error("{why}; {next}")]
pub struct Blocked {
    /// What is in the way.
    pub why: String,
    /// What to do.
    pub next: String,
}

impl Blocked {
    /// A reason with its remedy.
    #[must_use]
    pub fn new(why: impl Into<String>, next: impl Into<String>) -> Self {
        Self {
            why: why.into(),
            next: next.into(),
        }
    }

    /// A path that cannot be looked at.
    #[must_use]
    pub fn unreadable(path: &std::path::Path, error: &std::io::Error) -> Self {
        Self::new(
            format!("{} cannot be looked at: {error}", path.display()),
            "check who may read it",
        )
    }
}

/// What all steps want changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// In the order in which they are done.
    pub steps: Vec<PlannedStep>,
}

/// What one step wants changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlannedStep {
    /// Its name.
    pub name: String,
    /// What it wants changed, or why it cannot.
    pub wants: Result<Vec<Change>, Blocked>,
}

impl Plan {
    /// Asks every step.
    #[must_use]
    pub fn of(steps: &[Box<dyn Step>], environment: &Environment<'_>) -> Self {
        let steps = steps.iter().map(|step| PlannedStep {
            name: step.name(),
            wants: step.check(environment),
        });
        Self {
            steps: steps.collect(),
        }
    }

    /// Every change with the name of its step, in order.
    pub fn changes(&self) -> impl Iterator<Item = (&str, &Change)> {
        self.steps.iter().flat_map(|step| {
            let changes = step.wants.iter().flatten();
            changes.map(|change| (step.name.as_str(), change))
        })
    }

    /// The steps that cannot be done here.
    pub fn blocked(&self) -> impl Iterator<Item = (&str, &Blocked)> {
        self.steps.iter().filter_map(|step| {
            let blocked = step.wants.as_ref().err()?;
            Some((step.name.as_str(), blocked))
        })
    }

    /// Whether nothing would change.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.changes().next().is_none()
    }

    /// For people.
    #[must_use]
    pub fn describe(&self) -> String {
        let mut out = String::new();
        for step in &self.steps {
            out.push_str(&step.name);
            match &step.wants {
                Ok(changes) if changes.is_empty() => out.push_str(": as it should be\n"),
                Ok(changes) => {
                    out.push_str(":\n");
                    for change in changes {
                        out.push_str(&format!("  {}\n", change.describe()));
                    }
                }
                Err(blocked) => {
                    out.push_str(&format!(
                        ": not done: {}\n  -> {}\n",
                        blocked.why, blocked.next
                    ));
                }
            }
        }
        out
    }

    /// For programs.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let steps = self.steps.iter().map(|step| match &step.wants {
            Ok(changes) => {
                let changes: Vec<_> = changes.iter().map(Change::describe).collect();
                json!({ "step": step.name, "changes": changes })
            }
            Err(blocked) => json!({ "step": step.name, "changes": [], "blocked": blocked }),
        });
        Value::Array(steps.collect())
    }
}
