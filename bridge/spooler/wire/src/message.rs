//! The calls, and what is answered.

use serde::{Deserialize, Serialize};

/// What the bridge asks for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "call", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Call {
    /// The system's printers: [`Answer::Printers`].
    List {},
    /// Hands a document to the print service. The document follows in chunks
    /// and an end frame; then come [`Answer::HandingOver`] and
    /// [`Answer::Printed`], or [`Answer::Failed`] at any point.
    Print {
        /// The queue's name.
        printer: String,
        /// `job-name`.
        title: String,
        /// Options of the print service, `document-format` among them.
        options: Vec<(String, String)>,
    },
}

/// What `platen-spooler` answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "answer", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Answer {
    /// To [`Call::List`].
    Printers {
        /// All of them; empty also when the print service is not there.
        printers: Vec<SystemPrinter>,
    },
    /// From here on the print service may have the job, whatever becomes of
    /// this program. Until here, it has nothing.
    HandingOver {},
    /// The print service took the whole job.
    Printed {
        /// Its id of the job.
        job_id: u64,
    },
    /// The call failed.
    Failed {
        /// At what.
        failure: Failure,
        /// For people; never document content.
        detail: String,
    },
}

/// What a call failed at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Failure {
    /// The call makes no sense.
    Refused,
    /// The document could not be kept in a file.
    File,
    /// The print service said no, or is not there. The library does not say
    /// which.
    PrintService,
}

/// A printer of the system.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SystemPrinter {
    /// The queue's name: what [`Call::Print`] takes.
    pub name: String,
    /// A label for people (`printer-info`); may be empty.
    pub info: String,
    /// `printer-location`; may be empty.
    pub location: String,
    /// `printer-make-and-model`; may be empty.
    pub make_and_model: String,
    /// Where the print service sends the octets (`device-uri`).
    pub device_uri: String,
    /// `printer-state-reasons`, without `none`.
    pub reasons: Vec<String>,
    /// Whether the system prints here when nothing is chosen.
    pub default: bool,
}

impl Call {
    /// As the payload of a call frame.
    ///
    /// # Errors
    /// Never in practice: every call can be written as JSON.
    pub fn to_json(&self) -> serde_json::Result<Vec<u8>> {
        serde_json::to_vec(self)
    }

    /// From the payload of a call frame.
    ///
    /// # Errors
    /// When it is no call.
    pub fn from_json(payload: &[u8]) -> serde_json::Result<Self> {
        serde_json::from_slice(payload)
    }
}

impl Answer {
    /// As the payload of an answer frame.
    ///
    /// # Errors
    /// Never in practice: every answer can be written as JSON.
    pub fn to_json(&self) -> serde_json::Result<Vec<u8>> {
        serde_json::to_vec(self)
    }

    /// From the payload of an answer frame.
    ///
    /// # Errors
    /// When it is no answer.
    pub fn from_json(payload: &[u8]) -> serde_json::Result<Self> {
        serde_json::from_slice(payload)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_read_back_and_unknown_members_are_refused() {
        let call = Call::Print {
            printer: "till".to_owned(),
            title: "receipt".to_owned(),
            options: vec![("raw".to_owned(), "true".to_owned())],
        };
        assert_eq!(Call::from_json(&call.to_json().unwrap()).unwrap(), call);
        assert!(Call::from_json(br#"{"call":"list","more":1}"#).is_err());
        assert!(Answer::from_json(br#"{"answer":"shrug"}"#).is_err());
    }
}
