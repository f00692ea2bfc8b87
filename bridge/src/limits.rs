//! Every bound of the agent, in one place.
//!
//! Full is an answer with a code, never a wait: whoever meets a bound hears of
//! it. The values are read from the table `[limits]` of the configuration.

use serde::{Deserialize, Serialize};

/// Bounds, each with its unit last in the name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// Connections to the browser ports at one time.
    pub connections_max: usize,
    /// Of these, connections without an open session.
    pub connections_unauthorized_max: usize,
    /// Connections of one origin.
    pub connections_per_origin_max: usize,
    /// Octets of one frame before `session.open` succeeded.
    pub frame_unauthorized_octets_max: usize,
    /// Octets of one frame in an open session.
    pub frame_octets_max: usize,
    /// Octets of one message of a page written for QZ Tray, which carries whole documents.
    pub qz_message_octets_max: usize,
    /// Connections to other machines that one page written for QZ Tray may have open.
    pub qz_sockets_per_connection_max: usize,
    /// Octets of the files that one site whose pages were written for QZ Tray may keep here, of those that all such sites have in common, and of one file in a folder that its grant names.
    pub qz_files_octets_max: u64,
    /// How long the TLS handshake may take, and a request from its first octet.
    pub handshake_wait_ms_max: u64,
    /// How long a connection may say nothing before its request: a browser
    /// connects first, and sends the request when its user has answered the
    /// permission prompt.
    pub prompt_wait_ms_max: u64,
    /// How long a connection may stay without an open session.
    pub session_open_wait_ms_max: u64,
    /// Refused `session.open` and `agent.prove` calls before a connection is closed.
    pub refusals_max: u32,
    /// Silence after which the agent pings a client.
    pub ping_interval_ms: u64,
    /// Silence after which a connection is closed.
    pub silence_ms_max: u64,
    /// Calls of one session without an answer yet.
    pub calls_in_flight_max: usize,
    /// Messages waiting for one client to read.
    pub outbox_messages_max: usize,
    /// How long a full outbox may stay full before the session is closed.
    pub outbox_full_ms_max: u64,
    /// Octets of all documents of one job.
    pub job_octets_max: u64,
    /// Documents of one job.
    pub documents_per_job_max: usize,
    /// Octets of documents being received, over all sessions.
    pub receiving_octets_max: u64,
    /// Jobs of one printer that are not finished.
    pub jobs_per_printer_max: usize,
    /// Jobs of one origin that are not finished, over all printers.
    pub jobs_per_origin_max: usize,
    /// Jobs that one origin may submit within a minute.
    pub jobs_per_minute_max: u64,
    /// Octets of documents that one origin may submit within a minute.
    pub octets_per_minute_max: u64,
    /// Labels that one origin may print within a minute, each copy counted.
    pub labels_per_minute_max: u64,
    /// Receipt paper, in millimeters, that one origin may use within a minute; estimated from raw jobs and text.
    pub paper_per_minute_mm_max: u64,
    /// Cuts that one origin may make within a minute.
    pub cuts_per_minute_max: u64,
    /// Drawer pulses that one origin may send within a minute; it needs the capability `drawer`, or `raw-commands`, for any.
    pub drawer_kicks_per_minute_max: u64,
    /// Previews that one origin may ask for within a minute.
    pub previews_per_minute_max: u64,
    /// Previews of one origin without an answer yet.
    pub previews_per_origin_max: usize,
    /// Octets of the documents of one preview.
    pub preview_octets_max: u64,
    /// Copies of one label.
    pub copies_per_label_max: u64,
    /// Labels of one job, each copy counted.
    pub labels_per_job_max: u64,
    /// Receipt paper of one job, in millimeters.
    pub paper_per_job_mm_max: u64,
    /// Cuts of one job.
    pub cuts_per_job_max: u64,
    /// Drawer pulses of one job.
    pub drawer_kicks_per_job_max: u64,
    /// Octets of unfinished jobs in the store.
    pub stored_octets_max: u64,
    /// Delivery attempts of one job.
    pub attempts_max: u32,
    /// How long a stopping agent waits for deliveries to end.
    pub drain_wait_ms_max: u64,
    /// Days that finished jobs keep their history.
    pub history_days_max: u32,
    /// Jobs that keep their history, however young; the oldest go first.
    pub history_jobs_max: u64,
    /// Finished jobs whose documents are kept for a reprint.
    pub finished_documents_max: usize,
    /// Octets of the documents that finished jobs keep for a reprint; the oldest go first.
    pub finished_documents_octets_max: u64,
    /// Hours that finished jobs keep their documents for a reprint.
    pub finished_documents_hours_max: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections_max: 256,
            connections_unauthorized_max: 64,
            connections_per_origin_max: 64,
            // A chain of three RSA certificates fits.
            frame_unauthorized_octets_max: 32 * 1024,
            frame_octets_max: 1024 * 1024,
            // A picture of a long receipt, in base64.
            qz_message_octets_max: 24 * 1024 * 1024,
            // A till has a scale, a display, a terminal.
            qz_sockets_per_connection_max: 16,
            qz_files_octets_max: 64 * 1024 * 1024,
            handshake_wait_ms_max: 10_000,
            // People read prompts, or are called away from them.
            prompt_wait_ms_max: 300_000,
            // The site's server signs in between.
            session_open_wait_ms_max: 30_000,
            refusals_max: 5,
            ping_interval_ms: 20_000,
            silence_ms_max: 60_000,
            calls_in_flight_max: 256,
            outbox_messages_max: 512,
            outbox_full_ms_max: 10_000,
            job_octets_max: 64 * 1024 * 1024,
            documents_per_job_max: 16,
            receiving_octets_max: 128 * 1024 * 1024,
            jobs_per_printer_max: 20_000,
            jobs_per_origin_max: 40_000,
            // The most that one site was measured to get accepted: whoever
            // knows what the shop prints can set far less.
            jobs_per_minute_max: 150_000,
            octets_per_minute_max: 4 * 1024 * 1024 * 1024,
            labels_per_minute_max: 150_000,
            // A short receipt for each of those jobs.
            paper_per_minute_mm_max: 20_000_000,
            // A cut for each of those jobs.
            cuts_per_minute_max: 150_000,
            // Ten drawers, a pulse each second.
            drawer_kicks_per_minute_max: 600,
            // A till that shows every keystroke, five in a second.
            previews_per_minute_max: 300,
            // Each tab of a till keeps one under way.
            previews_per_origin_max: 4,
            // A receipt with a large picture, many times over.
            preview_octets_max: 1024 * 1024,
            copies_per_label_max: 10_000,
            labels_per_job_max: 10_000,
            // Twelve rolls: what goes on longer never ends.
            paper_per_job_mm_max: 1_000_000,
            // Tickets for a hall in one job.
            cuts_per_job_max: 2_000,
            drawer_kicks_per_job_max: 10,
            stored_octets_max: 1024 * 1024 * 1024,
            attempts_max: 3,
            drain_wait_ms_max: 10_000,
            history_days_max: 90,
            // A busy shop's quarter of a year, in less than 100 MB.
            history_jobs_max: 200_000,
            finished_documents_max: 200,
            finished_documents_octets_max: 256 * 1024 * 1024,
            // A week: whoever misses a receipt asks for it within days.
            finished_documents_hours_max: 7 * 24,
        }
    }
}
