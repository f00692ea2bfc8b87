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
        /// Options of the print service, `document-format` among them. Windows
        /// takes every document raw and reads none.
        options: Vec<(String, String)>,
    },
    /// How a printer is: [`Answer::Condition`], or [`Answer::Failed`]. Like all
    /// that follow, of Windows only: CUPS is asked by the bridge itself.
    Condition {
        /// The queue's name.
        printer: String,
    },
    /// What became of a job, asked of the process that handed it over, which
    /// has listened since: [`Answer::Job`], or [`Answer::Failed`].
    Job {
        /// The queue's name.
        printer: String,
        /// The print service's id of the job.
        job_id: u64,
        /// How long to wait for news; none is an answer too.
        wait_ms: u32,
    },
    /// Which job has a title that ends in this: [`Answer::Found`], or
    /// [`Answer::Failed`].
    Find {
        /// The queue's name.
        printer: String,
        /// The end of the title.
        mark: String,
    },
    /// Takes a job out of the queue if its title ends in this:
    /// [`Answer::Canceled`], or [`Answer::Failed`].
    Cancel {
        /// The queue's name.
        printer: String,
        /// The print service's id of the job.
        job_id: u64,
        /// The end of the title.
        mark: String,
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
    /// To [`Call::Condition`].
    Condition {
        /// Now.
        condition: PrinterCondition,
    },
    /// To [`Call::Job`].
    Job {
        /// In the queue; `None` when it is there no more.
        job: Option<SpoolerJob>,
        /// All bits of `JOB_STATUS_*` heard of the job since it was begun, in
        /// the queue or in passing.
        heard: u32,
        /// Whether the print service told every change since the job was
        /// begun. Without that, what a job in passing was is not known.
        heard_all: bool,
        /// The printer's, unless the print service did not say.
        condition: Option<PrinterCondition>,
    },
    /// To [`Call::Find`].
    Found {
        /// The print service's id of the job; `None` when the queue has none
        /// of that title.
        job_id: Option<u64>,
    },
    /// To [`Call::Cancel`]: the print service agreed.
    Canceled {},
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
    /// The print service said no before it had anything.
    NothingTaken,
    /// The print service has no such printer, and nothing of a document.
    NoPrinter,
    /// The print service does not run, and has nothing of a document.
    NoService,
}

/// How a printer of Windows is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PrinterCondition {
    /// Bits of `PRINTER_STATUS_*`.
    pub status: u32,
    /// Bits of `PRINTER_ATTRIBUTE_*`.
    pub attributes: u32,
}

/// A job in a queue of Windows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SpoolerJob {
    /// Its title.
    pub title: String,
    /// Bits of `JOB_STATUS_*`.
    pub status: u32,
    /// What a driver says of it; mostly empty.
    pub text: String,
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
    /// `printer-state-reasons`, without `none`. Empty on Windows.
    pub reasons: Vec<String>,
    /// What Windows says instead; `None` where it is not known.
    pub condition: Option<PrinterCondition>,
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
    /// Whether it is what `call`, which has no document, asks for.
    #[must_use]
    pub fn answers(&self, call: &Call) -> bool {
        matches!(
            (call, self),
            (Call::List {}, Self::Printers { .. })
                | (Call::Condition { .. }, Self::Condition { .. })
                | (Call::Job { .. }, Self::Job { .. })
                | (Call::Find { .. }, Self::Found { .. })
                | (Call::Cancel { .. }, Self::Canceled {})
        )
    }

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
        let answer = Answer::Job {
            job: Some(SpoolerJob {
                title: "Bon 7 (Platen 0a1b)".to_owned(),
                status: 0x10,
                text: String::new(),
            }),
            heard: 0x18,
            heard_all: true,
            condition: None,
        };
        assert_eq!(
            Answer::from_json(&answer.to_json().unwrap()).unwrap(),
            answer
        );
        assert!(Call::from_json(br#"{"call":"list","more":1}"#).is_err());
        assert!(Answer::from_json(br#"{"answer":"shrug"}"#).is_err());
    }
}
