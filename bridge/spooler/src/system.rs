//! What a print system can do, and a failure of it in words.

use platen_spooler_wire::{Answer, Call, Failure, SystemPrinter};

/// A list longer than this is no list of a machine's printers.
pub(crate) const PRINTERS_MAX: usize = 1_000;
/// Longer texts are cut: they come from drivers and network announcements.
const TEXT_CHARS_MAX: usize = 256;

/// Why a print system did not do what was asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SystemError {
    pub(crate) failure: Failure,
    /// For people.
    pub(crate) detail: String,
}

impl From<SystemError> for Answer {
    fn from(error: SystemError) -> Self {
        Self::Failed {
            failure: error.failure,
            detail: error.detail,
        }
    }
}

/// The print system of this machine.
pub(crate) trait System {
    /// The printers; empty also when there is no print service and the library
    /// does not say so.
    ///
    /// # Errors
    /// When there is no print service, where that is known.
    fn printers(&mut self) -> Result<Vec<SystemPrinter>, SystemError>;

    /// Hands the file at `path` over and returns the print service's job id.
    ///
    /// # Errors
    /// What the library says, which is not much.
    fn print(
        &mut self,
        printer: &str,
        title: &str,
        options: &[(String, String)],
        path: &str,
    ) -> Result<u64, SystemError>;

    /// Answers a call about a job or a printer that has neither list nor
    /// document.
    fn ask(&mut self, call: &Call) -> Answer;
}

/// Free of control characters, and cut.
pub(crate) fn text(text: &str) -> String {
    text.chars()
        .filter(|c| !c.is_control())
        .take(TEXT_CHARS_MAX)
        .collect()
}
