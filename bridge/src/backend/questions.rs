//! What a printer's device may be asked, as configured for each printer.

use serde::Serialize;

/// Whether a printer is asked in ESC/POS how it is and what it printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum StatusMode {
    /// From the first job on that is ESC/POS, if the printer answers.
    #[default]
    Auto,
    /// Always: the printer is known to speak it.
    EscPos,
    /// Never: nothing but the job's own octets is sent.
    None,
}

/// What a printer's device may be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct DeviceQuestions {
    /// Whether it is asked at all.
    pub status: StatusMode,
    /// Between two looks at an idle printer that answers; 0: none.
    pub watch_ms: u64,
}

impl Default for DeviceQuestions {
    fn default() -> Self {
        Self {
            status: StatusMode::Auto,
            // Half of the second in which a page is to hear of paper out.
            watch_ms: 500,
        }
    }
}
