//! The closed list of error codes: what went wrong, and what to do next.
//!
//! Programs read `code`, people read `message`, nobody parses the message. A
//! code is never renamed and never reused. The list with its texts is
//! committed as `protocol/errors.md`; a test fails when that is stale.

use serde::{Deserialize, Serialize};
use std::fmt;

/// Whether the same call may be made again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "kebab-case")]
pub enum Retry {
    /// As it is, after a moment.
    Later,
    /// After what `next` says was done.
    AfterFix,
    /// Not at all.
    Never,
}

macro_rules! codes {
    ($($(#[$doc:meta])* $variant:ident = $number:literal, $keyword:literal, $retry:ident, $message:literal, $next:literal;)*) => {
        /// What went wrong. Stable on the wire.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[cfg_attr(test, derive(ts_rs::TS))]
        #[non_exhaustive]
        pub enum ErrorCode {
            $($(#[$doc])* #[serde(rename = $keyword)] $variant,)*
        }

        impl ErrorCode {
            /// Every code, in the order of the list.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// The name on the wire.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $keyword,)* }
            }

            /// `error.code` of JSON-RPC 2.0 (§5.1).
            #[must_use]
            pub fn number(self) -> i32 {
                match self { $(Self::$variant => $number,)* }
            }

            /// What happened, where nothing more exact is known.
            #[must_use]
            pub fn message(self) -> &'static str {
                match self { $(Self::$variant => $message,)* }
            }

            /// What to do next.
            #[must_use]
            pub fn next_step(self) -> &'static str {
                match self { $(Self::$variant => $next,)* }
            }

            /// Whether the call may be made again.
            #[must_use]
            pub fn retry(self) -> Retry {
                match self { $(Self::$variant => Retry::$retry,)* }
            }
        }
    };
}

codes! {
    /// Not JSON.
    ParseError = -32700, "parse-error", AfterFix, "the message is not JSON", "send one JSON-RPC 2.0 request in UTF-8 per text frame";
    /// JSON, but no request.
    InvalidRequest = -32600, "invalid-request", AfterFix, "the message is not a platen.v1 request", "send exactly jsonrpc, id (an unsigned 32-bit number), method, params and, where needed, signed";
    /// No such method.
    UnknownMethod = -32601, "unknown-method", AfterFix, "no method has this name", "compare the name with the method list of platen.v1";
    /// The members of `params` do not fit.
    InvalidParams = -32602, "invalid-params", AfterFix, "the params do not fit the method", "compare the params with the method's type; unknown members are refused";
    /// Something broke on our side.
    Internal = -32603, "internal", Later, "the agent failed to answer", "try again; if it stays, run `platen doctor` on the machine and report what it says";

    /// The constant answer before authorization.
    NotAuthorized = -32001, "not-authorized", AfterFix, "this connection is not authorized", "open a session with a certificate this machine trusts for this page's origin; on the machine, `platen trust add` allows a site";
    /// The chain cannot be read.
    CertificateMalformed = -32002, "certificate-malformed", AfterFix, "a certificate cannot be read", "send the chain as base64 DER, leaf first; `platen-sign explain` names the broken one";
    /// The chain ends at no root this machine trusts for this origin.
    CertificateUntrusted = -32003, "certificate-untrusted", AfterFix, "the certificate chain ends at no root this machine trusts for this origin", "on the machine, add the site's root with `platen trust add ca.pem --origin ...`";
    /// Outside its validity.
    CertificateExpired = -32004, "certificate-expired", AfterFix, "a certificate of the chain is outside its validity", "renew it with `platen-sign site new`, and check the machine's clock";
    /// The leaf names other origins.
    CertificateOriginMismatch = -32005, "certificate-origin-mismatch", AfterFix, "the certificate does not name this page's origin", "make a certificate whose origins include this page's: `platen-sign site new --origin ...`";
    /// On the revocation list.
    CertificateRevoked = -32006, "certificate-revoked", AfterFix, "the certificate was revoked", "make a new key and certificate with `platen-sign site new`";
    /// The call needs a signature and has none.
    SignatureRequired = -32007, "signature-required", AfterFix, "this call must be signed", "have the site's server sign a statement for this call and send it as `signed`";
    /// The signature does not fit text and key.
    SignatureInvalid = -32008, "signature-invalid", AfterFix, "the signature does not fit the statement and the certificate's key", "sign the statement's exact text with the leaf's key; `platen-sign verify` tells which part is wrong";
    /// Not a statement.
    StatementMalformed = -32009, "statement-malformed", AfterFix, "the statement is not canonical or lives too long", "send the canonical text that was signed, unchanged";
    /// Its time is over, or has not come.
    StatementExpired = -32010, "statement-expired", AfterFix, "the statement is outside its lifetime", "sign a new statement; compare the clocks of site and machine";
    /// For another call, page, machine or connection.
    StatementMismatch = -32011, "statement-mismatch", AfterFix, "the statement was made for another call, page, machine or connection", "sign a statement for exactly this call on this connection";
    /// Seen before.
    StatementReplayed = -32012, "statement-replayed", AfterFix, "this statement was used before", "use each sequence number once; sign a new statement";
    /// The grant does not say so.
    NotPermitted = -32013, "not-permitted", AfterFix, "this site's grant does not allow that", "on the machine, allow it with `platen trust add ... --capability ...`";
    /// A second `session.open`.
    SessionAlreadyOpen = -32014, "session-already-open", Never, "the session is open already", "open another connection to speak for another certificate";

    /// Unknown, or not in the grant: a page cannot tell which.
    PrinterNotFound = -32020, "printer-not-found", AfterFix, "no printer with this id is granted to this site", "list the printers and use one of their ids";
    /// Unknown, or another origin's.
    JobNotFound = -32021, "job-not-found", Never, "this site has no job with this id", "list the jobs and use one of their ids";
    /// The state forbids it.
    JobNotPossible = -32022, "job-not-possible", Never, "the job's state does not allow that", "read the job's state; a finished job can be printed again with jobs.reprint";
    /// Same key, other content.
    IdempotencyConflict = -32023, "idempotency-conflict", Never, "this idempotency key was used for another job", "use a new key for a new job; the same key only to ask about the same job again";
    /// No octets.
    DocumentEmpty = -32024, "document-empty", AfterFix, "a document has no octets", "submit at least one document, and at least one octet in each";
    /// Over the limit.
    DocumentTooLarge = -32025, "document-too-large", AfterFix, "the documents are larger than this agent accepts", "split the job, or raise `limits.job_octets_max` on the machine";
    /// The octets are not those announced.
    DocumentMismatch = -32026, "document-mismatch", AfterFix, "the octets that arrived are not the document that was announced", "announce length and SHA-256 of exactly the octets you send";
    /// No way to print this format there.
    DocumentFormatNotSupported = -32027, "document-format-not-supported", AfterFix, "the printer does not take this document format", "send application/octet-stream (raw) or a format the printer lists";
    /// A chunk nobody asked for.
    ChunkUnexpected = -32028, "chunk-unexpected", AfterFix, "a binary frame belongs to no open submit", "send a document's frames after its jobs.submit, in order, and no more octets than announced";
    /// A command that reaches more than paper, without the capability for it.
    RawCommandRefused = -32029, "raw-command-refused", AfterFix, "the document holds a command that does more than print", "leave the command out, or allow it on the machine with `platen trust add ... --capability raw-commands`";
    /// The configuration names no such thing for the printer.
    AccessoryMissing = -32030, "accessory-missing", AfterFix, "the printer has no such drawer, buzzer or display", "name a printer that has one; on the machine, the configuration says which do (`drawer`, `buzzer`, `display` in [[printers]])";

    /// Nobody has opened it here.
    DeviceNotOpen = -32031, "device-not-open", AfterFix, "this session does not have the device open", "open it with devices.open first; what was lost must be opened again";
    /// It is somebody's already.
    DeviceInUse = -32032, "device-in-use", Later, "the device is in use", "close it where it is open; `platen status` on the machine says who has it";
    /// No such device.
    DeviceNotFound = -32033, "device-not-found", AfterFix, "there is no such device", "plug it in, and compare its name with devices.list";

    /// The printer's queue is full.
    QueueFull = -32040, "queue-full", Later, "the printer's queue is full", "wait for a job to complete, then print again";
    /// A budget is used up.
    LimitExceeded = -32041, "limit-exceeded", Later, "this site asks for more than its limits allow", "wait, or raise the limit on the machine";
    /// A frame over the limit.
    FrameTooLarge = -32042, "frame-too-large", AfterFix, "a frame is larger than this agent accepts", "send documents in smaller binary frames";
    /// The client does not read.
    SlowConsumer = -32043, "slow-consumer", Later, "the client does not read its messages", "connect again and subscribe after the last cursor seen";
    /// Draining.
    ShuttingDown = -32044, "shutting-down", Later, "the agent is stopping", "connect again in a moment; accepted jobs are kept";
    /// The disk refuses.
    StorageFull = -32045, "storage-full", Later, "the machine's disk takes no more jobs", "free space on the machine; jobs already accepted are kept";
    /// The store failed.
    StorageFailed = -32046, "storage-failed", Later, "the agent cannot write its store", "run `platen doctor` on the machine";

    /// Nobody answers.
    DeviceUnreachable = -32060, "device-unreachable", Later, "the printer does not answer", "check power, cable and address of the printer";
    /// Contact lost.
    DeviceLost = -32061, "device-lost", AfterFix, "contact with the printer was lost while it printed", "look at the paper, then decide: jobs.retry prints again, jobs.cancel gives up";
    /// The device says no.
    DeviceRejected = -32062, "device-rejected", AfterFix, "the printer or its driver refused the job", "look at the printer's own message";
    /// No print service.
    SpoolerUnavailable = -32063, "spooler-unavailable", Later, "the system's print service does not answer", "start the print service (CUPS), then print again";
    /// The print service failed.
    SpoolerFailed = -32064, "spooler-failed", AfterFix, "the system's print service failed on the job", "look at the job in the system's print service";
    /// Too late.
    JobExpired = -32065, "job-expired", Never, "the job's time ran out before it could start", "submit it again if it is still wanted";
    /// The agent stopped in the middle.
    AgentRestarted = -32066, "agent-restarted", AfterFix, "the agent stopped while the job was printing", "look at the paper, then decide: jobs.retry prints again, jobs.cancel gives up";
    /// The document in the store cannot be read.
    PayloadLost = -32067, "payload-lost", Never, "the job's document can no longer be read", "submit it again";
    /// It says that it cannot print.
    DeviceNotReady = -32068, "device-not-ready", Later, "the printer says that it cannot print now", "look at the printer: paper, cover, cutter; the job waits and goes on by itself";
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl ErrorCode {
    /// The code a keyword names.
    #[must_use]
    pub fn from_keyword(keyword: &str) -> Option<Self> {
        Self::ALL
            .iter()
            .copied()
            .find(|code| code.as_str() == keyword)
    }
}

/// An error on the wire (`error` of JSON-RPC 2.0).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct WireError {
    /// [`ErrorCode::number`].
    pub code: i32,
    /// What happened, for people: never document content or keys.
    pub message: String,
    /// The parts a program reads.
    pub data: WireErrorData,
}

/// `error.data`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct WireErrorData {
    /// The stable name.
    pub code: ErrorCode,
    /// What to do next.
    pub next: String,
    /// Whether the same call may be made again.
    pub retry: Retry,
}

impl WireError {
    /// The error with its list text.
    #[must_use]
    pub fn new(code: ErrorCode) -> Self {
        Self::with_message(code, code.message())
    }

    /// The error with a more exact message.
    #[must_use]
    pub fn with_message(code: ErrorCode, message: impl Into<String>) -> Self {
        Self {
            code: code.number(),
            message: message.into(),
            data: WireErrorData {
                code,
                next: code.next_step().to_owned(),
                retry: code.retry(),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;
    use std::fmt::Write as _;

    #[test]
    fn names_and_numbers_are_used_once() {
        let names: BTreeSet<_> = ErrorCode::ALL.iter().map(|c| c.as_str()).collect();
        let numbers: BTreeSet<_> = ErrorCode::ALL.iter().map(|c| c.number()).collect();
        assert_eq!(names.len(), ErrorCode::ALL.len());
        assert_eq!(numbers.len(), ErrorCode::ALL.len());
    }

    #[test]
    fn texts_read_like_one_person_wrote_them() {
        for code in ErrorCode::ALL {
            for text in [code.message(), code.next_step()] {
                assert!(!text.ends_with('.'), "{code}: {text}");
                assert!(!text.starts_with(char::is_uppercase), "{code}: {text}");
            }
        }
    }

    #[test]
    fn the_committed_error_table_is_fresh() {
        let mut table = String::from(
            "# Error codes of platen.v1\n\nGenerated from `protocol/src/error.rs`; a test fails when it is stale.\nTo renew: `PLATEN_UPDATE=1 cargo test -p platen-protocol`.\n\n| code | number | what happened | what to do next | retry |\n| --- | --- | --- | --- | --- |\n",
        );
        for code in ErrorCode::ALL {
            let retry = serde_json::to_value(code.retry()).unwrap();
            let retry = retry.as_str().unwrap();
            writeln!(
                table,
                "| `{code}` | {} | {} | {} | {retry} |",
                code.number(),
                code.message(),
                code.next_step()
            )
            .unwrap();
        }
        crate::typescript::check_committed("errors.md", &table);
    }
}
