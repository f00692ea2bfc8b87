//! What a person does to the printer.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// An act of the person at the printer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Operation {
    /// Takes the paper out.
    PaperOut,
    /// Lets only as much paper as makes the near-end sensor speak.
    PaperLow,
    /// Puts a new roll in and closes the cover.
    PaperNew,
    /// Opens the cover.
    CoverOpen,
    /// Closes the cover.
    CoverClose,
    /// Pulls the drawer open.
    DrawerOpen,
    /// Pushes the drawer shut.
    DrawerClose,
    /// Removes what jammed; the print head has cooled.
    Recover,
    /// Switches off.
    PowerOff,
    /// Switches on.
    PowerOn,
    /// Ends every fault and forgets those that are armed. Paper, cover and
    /// power come back as well.
    Heal,
}

impl Operation {
    /// All of them.
    pub const ALL: [Self; 11] = [
        Self::PaperOut,
        Self::PaperLow,
        Self::PaperNew,
        Self::CoverOpen,
        Self::CoverClose,
        Self::DrawerOpen,
        Self::DrawerClose,
        Self::Recover,
        Self::PowerOff,
        Self::PowerOn,
        Self::Heal,
    ];

    /// Its name on the command line and on the control socket.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::PaperOut => "paper-out",
            Self::PaperLow => "paper-low",
            Self::PaperNew => "paper-new",
            Self::CoverOpen => "cover-open",
            Self::CoverClose => "cover-close",
            Self::DrawerOpen => "drawer-open",
            Self::DrawerClose => "drawer-close",
            Self::Recover => "recover",
            Self::PowerOff => "power-off",
            Self::PowerOn => "power-on",
            Self::Heal => "heal",
        }
    }
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Operation {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let known = Self::ALL.into_iter().find(|known| known.name() == text);
        known.ok_or_else(|| {
            let names: Vec<_> = Self::ALL.iter().map(|known| known.name()).collect();
            format!("`{text}` is no operation; choose from {}", names.join(", "))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operations_have_the_same_names_everywhere() {
        for operation in Operation::ALL {
            assert_eq!(operation.name().parse(), Ok(operation));
            assert_eq!(
                serde_json::to_value(operation).unwrap(),
                serde_json::Value::from(operation.name())
            );
        }
    }
}
