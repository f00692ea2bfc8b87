// Generated from the Rust types in protocol/src; do not edit.
// Renew with: PLATEN_UPDATE=1 cargo test -p platen-protocol

/**
 * A SHA-256 digest (FIPS 180-4); 43 characters on the wire.
 */
export type Digest = string;

/**
 * One job of one agent: 26 random characters, so that nobody can count or guess.
 */
export type JobId = string;

/**
 * One printer of one agent, stable over renames and moves of its port.
 */
export type PrinterId = string;

/**
 * Who an agent is to one origin, and only to it: the digest of the key it
 * uses there (see [`crate::proof`]).
 */
export type AgentId = string;

/**
 * A tuple origin in its one spelling: `https://pos.example`, or
 * `http://localhost:3000`. Only `https`, and `http` for loopback hosts and
 * private test hosts that a grant names.
 */
export type Origin = string;

/**
 * A place in an agent's event log. Opaque to a page: keep the last one seen,
 * send it back in `events.subscribe { after }`.
 */
export type Cursor = string;

/**
 * One of `printer-state-reasons` (RFC 8011 §5.4.12): an IPP keyword such as
 * `media-empty`, `cover-open`, `offline`, `paused`.
 */
export type PrinterStateReason = string;

/**
 * What went wrong. Stable on the wire.
 */
export type ErrorCode = "parse-error" | "invalid-request" | "unknown-method" | "invalid-params" | "internal" | "not-authorized" | "certificate-malformed" | "certificate-untrusted" | "certificate-expired" | "certificate-origin-mismatch" | "certificate-revoked" | "signature-required" | "signature-invalid" | "statement-malformed" | "statement-expired" | "statement-mismatch" | "statement-replayed" | "not-permitted" | "session-already-open" | "printer-not-found" | "job-not-found" | "job-not-possible" | "idempotency-conflict" | "document-empty" | "document-too-large" | "document-mismatch" | "document-format-not-supported" | "chunk-unexpected" | "raw-command-refused" | "accessory-missing" | "device-not-open" | "device-in-use" | "device-not-found" | "queue-full" | "limit-exceeded" | "frame-too-large" | "slow-consumer" | "shutting-down" | "storage-full" | "storage-failed" | "device-unreachable" | "device-lost" | "device-rejected" | "spooler-unavailable" | "spooler-failed" | "job-expired" | "agent-restarted" | "payload-lost" | "device-not-ready";

/**
 * Whether the same call may be made again.
 */
export type Retry = "later" | "after-fix" | "never";

/**
 * An error on the wire (`error` of JSON-RPC 2.0).
 */
export type WireError = { 
/**
 * [`ErrorCode::number`].
 */
code: number, 
/**
 * What happened, for people: never document content or keys.
 */
message: string, 
/**
 * The parts a program reads.
 */
data: WireErrorData, };

/**
 * `error.data`.
 */
export type WireErrorData = { 
/**
 * The stable name.
 */
code: ErrorCode, 
/**
 * What to do next.
 */
next: string, 
/**
 * Whether the same call may be made again.
 */
retry: Retry, };

/**
 * Something a grant may allow. Denied unless named.
 */
export type Capability = "printers" | "print" | "status" | "jobs" | "raw-commands" | "drawer" | "buzzer" | "display" | "serial" | "usb" | "hid" | "socket" | "files" | "admin";

/**
 * What must be signed under a grant.
 */
export type Signing = "request" | "session";

/**
 * What a subscription is about.
 */
export type Topic = "jobs" | "printers";

/**
 * Something that happened. A page that meets a `type` it has no word for
 * ignores it: a newer agent may say more.
 */
export type Event = { "type": "job-state-changed", 
/**
 * Which job.
 */
job_id: JobId, 
/**
 * On which printer.
 */
printer: PrinterId, 
/**
 * The state it entered.
 */
state: JobState, 
/**
 * `job-state-reasons`.
 */
reasons: Array<JobStateReason>, 
/**
 * Which delivery attempt, from 1; 0 before the first.
 */
attempt: number, 
/**
 * In `completed`: who said so.
 */
evidence?: Evidence | null, 
/**
 * Why, where something went wrong.
 */
code?: ErrorCode | null, 
/**
 * When.
 */
at: number, } | { "type": "job-progress", 
/**
 * Which job.
 */
job_id: JobId, 
/**
 * Octets handed to the printer in this attempt.
 */
octets_sent: number, 
/**
 * Octets of the whole job.
 */
octets_total: number, } | { "type": "printer-state-changed", 
/**
 * Which printer.
 */
printer: PrinterId, 
/**
 * `printer-state`.
 */
state: PrinterState, 
/**
 * `printer-state-reasons`.
 */
reasons: Array<PrinterStateReason>, 
/**
 * When.
 */
at: number, };

/**
 * `job-state` (RFC 8011 §5.3.7), with `interrupted` for what IPP has no word
 * for: contact was lost and nobody knows.
 */
export type JobState = "pending-held" | "pending" | "processing" | "processing-stopped" | "interrupted" | "completed" | "aborted" | "canceled";

/**
 * `job-state-reasons` (RFC 8011 §5.3.8), and ours where IPP has none.
 */
export type JobStateReason = "job-hold-until-specified" | "job-held-by-operator" | "job-scheduled" | "printer-stopped" | "rerouted" | "waiting-to-retry" | "agent-restarted" | "contact-lost" | "job-canceled-by-user" | "job-canceled-by-operator" | "aborted-by-system" | "job-expired" | "printer-needs-attention" | "decided-by-operator";

/**
 * Who says that a job is done.
 */
export type Evidence = "transport" | "spooler" | "device";

/**
 * Whether a job may be delivered again when nobody knows whether it printed.
 */
export type Repeat = "never" | "safe";

/**
 * A document a job announces; its octets follow in binary frames.
 */
export type DocumentInfo = { 
/**
 * `document-format` (RFC 8011 §5.3.4.3), a media type:
 * `application/octet-stream` is raw data for the device.
 */
format: string, 
/**
 * Length in octets; at least 1.
 */
octets: number, 
/**
 * SHA-256 of the octets.
 */
sha256: Digest, };

/**
 * A job as its origin sees it.
 */
export type Job = { 
/**
 * Its id.
 */
job_id: JobId, 
/**
 * Where it prints.
 */
printer: PrinterId, 
/**
 * `job-name`.
 */
name: string, 
/**
 * `job-state`.
 */
state: JobState, 
/**
 * `job-state-reasons`.
 */
reasons: Array<JobStateReason>, 
/**
 * In `completed`: who said so.
 */
evidence?: Evidence | null, 
/**
 * Why, where something went wrong.
 */
code?: ErrorCode | null, 
/**
 * Delivery attempts so far.
 */
attempt: number, 
/**
 * 0 (first) to 9 (last).
 */
priority: number, 
/**
 * Length of all documents.
 */
octets: number, 
/**
 * When it was accepted.
 */
accepted_at: number, 
/**
 * When it last changed its state.
 */
changed_at: number, 
/**
 * Not delivered before this time.
 */
not_before?: number | null, 
/**
 * Aborted when it has not started by then.
 */
expires_at?: number | null, 
/**
 * The job this one prints again.
 */
reprint_of?: JobId | null, };

/**
 * `printer-state` (RFC 8011 §5.4.11).
 */
export type PrinterState = "idle" | "processing" | "stopped";

/**
 * Who says how a printer is.
 */
export type StatusSource = "esc-pos" | "ipp" | "spooler" | "snmp" | "connection" | "agent" | "operator" | "machine" | "site";

/**
 * One of a printer's reasons: who says so, and since when.
 */
export type StatusDetail = { 
/**
 * The keyword, as in [`Printer::reasons`].
 */
reason: PrinterStateReason, 
/**
 * Who says so.
 */
source: StatusSource, 
/**
 * When it was first heard of, in this stretch.
 */
since: number, 
/**
 * When it was last confirmed.
 */
seen_at: number, };

/**
 * A printer as a page sees it.
 */
export type Printer = { 
/**
 * Stable id: use this in `jobs.submit`.
 */
printer: PrinterId, 
/**
 * A label for people; may change.
 */
name: string, 
/**
 * Whether a job that names no printer goes here.
 */
default: boolean, 
/**
 * `printer-state`.
 */
state: PrinterState, 
/**
 * `printer-state-reasons`; empty when there is nothing to say.
 */
reasons: Array<PrinterStateReason>, 
/**
 * The same reasons, each with its source and age.
 */
status: Array<StatusDetail>, 
/**
 * When `state` or `reasons` last changed.
 */
state_at: number, 
/**
 * How many of this origin's jobs wait here.
 */
queued_jobs: number, 
/**
 * The strongest evidence a completed job can carry here.
 */
evidence: Evidence, };

/**
 * Everything that can be called.
 */
export type Method = "agent.prove" | "session.open" | "printers.list" | "printers.get" | "jobs.submit" | "jobs.preview" | "jobs.get" | "jobs.list" | "jobs.cancel" | "jobs.hold" | "jobs.release" | "jobs.retry" | "jobs.reprint" | "drawer.open" | "buzzer.sound" | "display.show" | "devices.list" | "devices.open" | "devices.send" | "devices.receive" | "devices.close" | "queue.pause" | "queue.resume" | "events.subscribe" | "events.unsubscribe";

/**
 * What a site signs. Its canonical JSON is the signed text.
 */
export type Statement = { 
/**
 * Domain separation and version: always 1.
 */
platen: 1, 
/**
 * The method this allows.
 */
purpose: Method, 
/**
 * The page's origin.
 */
origin: Origin, 
/**
 * The machine it is for.
 */
agent: AgentId, 
/**
 * The challenge of this connection's `hello`.
 */
challenge: string, 
/**
 * Counts up within a connection; each number is accepted once.
 */
sequence: number, 
/**
 * When it was made.
 */
issued_at: number, 
/**
 * When it ends: at most [`LIFETIME_MS_MAX`] later.
 */
expires_at: number, 
/**
 * Digest of method and params: [`call_digest`].
 */
digest: Digest, };

/**
 * A signed statement on the wire: the member `signed` of a request.
 */
export type Signed = { 
/**
 * The canonical text of the [`Statement`], exactly as signed.
 */
statement: string, 
/**
 * The signature over that text's octets, base64url without padding.
 * ECDSA P-256 with SHA-256 as ASN.1 DER (RFC 3279 §2.2.3), Ed25519
 * (RFC 8032) or RSA-PSS with SHA-256 and a salt of 32 octets (RFC 8017),
 * as the key of the leaf certificate has it.
 */
signature: string, };

/**
 * What the agent signs: the canonical JSON of this.
 */
export type ProofText = { 
/**
 * Always 1.
 */
platen: 1, 
/**
 * Always `agent.prove`.
 */
purpose: "agent.prove", 
/**
 * The page's origin.
 */
origin: Origin, 
/**
 * Who the agent says it is.
 */
agent: AgentId, 
/**
 * The challenge of this connection's `hello`.
 */
challenge: string, 
/**
 * The page's nonce.
 */
nonce: string, };

/**
 * What the agent says unasked.
 */
export type Notification = { "method": "hello", "params": { 
/**
 * [`crate::SUBPROTOCOL`].
 */
protocol: string, 
/**
 * 32 random octets in base64url; goes into every statement.
 */
challenge: string, } } | { "method": "event", "params": { 
/**
 * Where in the log; absent for events that are not durable.
 */
cursor?: Cursor | null, 
/**
 * What changed.
 */
event: Event, } } | { "method": "device", "params": { 
/**
 * Which, as the page opened it.
 */
device: DeviceName, 
/**
 * What.
 */
event: DeviceEvent, } } | { "method": "resync", "params": { 
/**
 * The place up to which the log is now known.
 */
cursor: Cursor, } };

/**
 * Params of `drawer.open`.
 */
export type DrawerOpen = { 
/**
 * The printer that it hangs on; left out: the machine's default printer.
 */
printer?: PrinterId | null, 
/**
 * 1 or 2; left out: the first.
 */
drawer?: number | null, 
/**
 * Milliseconds for which its solenoid is on, 10 to 510; left out: 120.
 */
on_ms?: number | null, 
/**
 * Milliseconds in which it must have opened, or stays shut: 1 to 600,000;
 * left out: 10,000.
 */
within_ms?: number | null, 
/**
 * The same key opens once, however often it is asked. 1 to 128 characters.
 */
idempotency_key?: string | null, };

/**
 * Params of `buzzer.sound`.
 */
export type BuzzerSound = { 
/**
 * The printer that it is in; left out: the machine's default printer.
 */
printer?: PrinterId | null, 
/**
 * How often, 1 to 9; left out: once.
 */
times?: number | null, 
/**
 * As for a drawer.
 */
within_ms?: number | null, 
/**
 * The same key sounds once, however often it is asked.
 */
idempotency_key?: string | null, };

/**
 * Params of `display.show`.
 */
export type DisplayShow = { 
/**
 * The printer that it hangs on; left out: the machine's default printer.
 */
printer?: PrinterId | null, 
/**
 * What it shows, one text for each row from the top; rows without one are
 * empty, and none at all clears it.
 */
rows: Array<string>, 
/**
 * As for a drawer.
 */
within_ms?: number | null, 
/**
 * The same key is shown once, however often it is asked.
 */
idempotency_key?: string | null, };

/**
 * A kind of device.
 */
export type DeviceClass = "serial" | "usb" | "hid" | "socket";

/**
 * A device as grants name it: `serial:/dev/ttyUSB0`, `usb:04b8:0202`,
 * `hid:0922:8003:SERIAL`, `socket:192.0.2.7:4001`.
 */
export type DeviceName = string;

/**
 * Params of `devices.list`.
 */
export type DevicesList = { 
/**
 * Only of this class; left out: of every class that the grant has.
 */
class?: DeviceClass | null, 
/**
 * Whether to tell from now on which HID devices come and go, until the
 * session ends; left out: no.
 */
follow?: boolean | null, };

/**
 * Result of `devices.list`.
 */
export type Devices = { 
/**
 * Those that the grant names and that are there; hosts to connect to are
 * not looked for.
 */
devices: Array<Device>, };

/**
 * A device that a page may open.
 */
export type Device = { 
/**
 * What to open it by.
 */
device: DeviceName, 
/**
 * What it is a device of.
 */
class: DeviceClass, 
/**
 * What it says that it is; may be empty.
 */
label: string, 
/**
 * The usage pages of a HID device.
 */
usage_pages?: Array<number>, };

/**
 * Params of `devices.open`.
 */
export type DevicesOpen = { 
/**
 * Which.
 */
device: DeviceName, 
/**
 * How a serial line is set; left out: 9600 baud, 8N1, pieces as they come.
 */
serial?: SerialSettings | null, 
/**
 * What is used of a USB device.
 */
usb?: UsbSettings | null, 
/**
 * What is used of a HID device with several usage pages.
 */
usage_page?: number | null, 
/**
 * That it is a scale, whose weight is told in place of octets; of a serial
 * port with the settings that such scales come with, unless `serial` says
 * others.
 */
scale?: ScaleSettings | null, };

/**
 * How a serial line is set. What is left out is as the system has it, but
 * for 9600 baud, eight bits, no parity, one stop bit and no flow control.
 */
export type SerialSettings = { 
/**
 * Symbols a second.
 */
baud?: number | null, 
/**
 * 5 to 8.
 */
data_bits?: number | null, 
/**
 * `none`, `odd`, `even`, `mark`, `space`.
 */
parity?: string | null, 
/**
 * 1 or 2.
 */
stop_bits?: number | null, 
/**
 * `none`, `rts-cts`, `xon-xoff`.
 */
flow?: string | null, 
/**
 * How what arrives is cut; left out: pieces as they come.
 */
framing?: SerialFraming | null, };

/**
 * How what arrives on a line is cut into pieces that a page hears of. Marks
 * are base64.
 */
export type SerialFraming = { "by": "line" } | { "by": "mark", 
/**
 * What a frame begins with; left out: where the one before ended.
 */
start?: string | null, 
/**
 * What it ends with.
 */
end: string, } | { "by": "width", 
/**
 * What a frame begins with.
 */
start?: string | null, 
/**
 * How many octets come then.
 */
octets: number, } | { "by": "length", 
/**
 * What a frame begins with.
 */
start?: string | null, 
/**
 * How many octets stand before the number.
 */
index: number, 
/**
 * How many octets it has, 1 to 4.
 */
octets: number, 
/**
 * Whether its least significant octet comes first.
 */
little_endian: boolean, };

/**
 * What is used of a USB device.
 */
export type UsbSettings = { 
/**
 * The number of the interface.
 */
interface: number, 
/**
 * The endpoint whose octets are told as they come (its address, 128 and
 * more); left out: none is listened to, and `devices.receive` asks.
 */
listen?: number | null, };

/**
 * How a scale speaks.
 */
export type ScaleSettings = { 
/**
 * `mt-sics`, `toledo-8217`, `nci`, `sma` or `and-standard` on a serial
 * port, `hid` on a HID device.
 */
profile: string, 
/**
 * What a scale counts in that does not say so: `kg`, `lb`, ...
 */
unit?: string | null, };

/**
 * Params of `devices.send`.
 */
export type DevicesSend = { 
/**
 * An open device.
 */
device: DeviceName, 
/**
 * What, base64. Of a HID device a whole report, its number first (0 where
 * it has no numbers).
 */
data: string, 
/**
 * Of a USB device the address of the endpoint.
 */
endpoint?: number | null, 
/**
 * Of a HID device, that it is a feature report.
 */
feature?: boolean | null, };

/**
 * Params of `devices.receive`.
 */
export type DevicesReceive = { 
/**
 * An open USB or HID device; what arrives of others is told as it comes.
 */
device: DeviceName, 
/**
 * How many octets at most: 1 to 65,536.
 */
octets: number, 
/**
 * Of a USB device the address of the endpoint.
 */
endpoint?: number | null, 
/**
 * Of a HID device the number of the feature report that is asked for.
 */
feature?: number | null, };

/**
 * Result of `devices.receive`.
 */
export type DeviceData = { 
/**
 * Base64.
 */
data: string, };

/**
 * Params of `devices.close`.
 */
export type DevicesClose = { 
/**
 * An open device.
 */
device: DeviceName, };

/**
 * What happens to a device.
 */
export type DeviceEvent = { "type": "received", 
/**
 * Base64.
 */
data: string, } | { "type": "frame-lost" } | { "type": "weight", 
/**
 * A decimal number, with the places that the scale shows.
 */
weight: string, 
/**
 * `g`, `kg`, `oz`, `lb`, ...
 */
unit: string, 
/**
 * Whether it is at rest: only such a weight may be sold by.
 */
stable: boolean, 
/**
 * Whether nothing is on the scale.
 */
zero: boolean, 
/**
 * Whether something was taken off as tare.
 */
tare: boolean, } | { "type": "no-weight", 
/**
 * `under-range`, `over-range`, `silent` (it does not answer), or what
 * is wrong with it.
 */
problem: string, } | { "type": "lost", 
/**
 * Why, for people.
 */
problem: string, } | { "type": "attached" } | { "type": "detached" };

/**
 * Params of a method that takes none: `{}`.
 */
export type NoParams = Record<symbol, never>;

/**
 * Params of `agent.prove`.
 */
export type AgentProve = { 
/**
 * Fresh randomness of the page: 16 to 128 characters.
 */
nonce: string, 
/**
 * Only from a client that is no browser and sent no `Origin`: the origin
 * it will speak for.
 */
origin?: Origin | null, };

/**
 * Params of `session.open`. The call is signed by the leaf's key.
 */
export type SessionOpen = { 
/**
 * The chain, leaf first, each base64 (RFC 4648 §4) of DER; the root may
 * be left out.
 */
certificates: Array<string>, };

/**
 * Params that name a printer.
 */
export type PrinterParams = { 
/**
 * Its id.
 */
printer: PrinterId, };

/**
 * Params that name a job.
 */
export type JobParams = { 
/**
 * Its id.
 */
job_id: JobId, };

/**
 * Params of `jobs.submit`.
 */
export type JobsSubmit = { 
/**
 * Where to print; left out: the machine's default printer.
 */
printer?: PrinterId | null, 
/**
 * At least one; their octets follow in binary frames.
 */
documents: Array<DocumentInfo>, 
/**
 * `job-name`, for people; at most 255 characters.
 */
name?: string | null, 
/**
 * The same key with the same content gets the stored answer, never a
 * second job. 1 to 128 characters.
 */
idempotency_key?: string | null, 
/**
 * 0 (first) to 9 (last); left out: 3.
 */
priority?: number | null, 
/**
 * Abort the job when it has not started by then.
 */
expires_at?: number | null, 
/**
 * Do not start the job before then.
 */
not_before?: number | null, 
/**
 * Whether a second copy is harmless; left out: it is not.
 */
repeat?: Repeat | null, };

/**
 * Params of `jobs.preview`. What the printer would refuse is refused here too,
 * with the same codes.
 */
export type JobsPreview = { 
/**
 * Where it would be printed; left out: on the machine's default printer.
 */
printer?: PrinterId | null, 
/**
 * At least one; their octets follow in binary frames.
 */
documents: Array<DocumentInfo>, 
/**
 * What is wanted.
 */
form: PreviewForm, 
/**
 * The printer model to show it for, by a name of `platen preview
 * --profile`; left out: the printer's own.
 */
profile?: string | null, };

/**
 * How a preview is told.
 */
export type PreviewForm = "text" | "svg" | "png";

/**
 * Params of `jobs.list`.
 */
export type JobsList = { 
/**
 * Only of this printer.
 */
printer?: PrinterId | null, 
/**
 * Only in these states.
 */
states?: Array<JobState> | null, 
/**
 * At most this many, 1 to 500; left out: 100.
 */
limit?: number | null, 
/**
 * Continue after this job.
 */
after?: JobId | null, 
/**
 * Only the job that was submitted with this key: what became of a submit
 * whose answer was lost.
 */
idempotency_key?: string | null, };

/**
 * Params of `events.subscribe`; replaces the session's subscription.
 */
export type EventsSubscribe = { 
/**
 * What about.
 */
topics: Array<Topic>, 
/**
 * Replay what came after this; left out: from now.
 */
after?: Cursor | null, };

/**
 * Result of `agent.prove`.
 */
export type AgentProof = { 
/**
 * Who the agent is to this origin: the digest of `public_key`.
 */
agent: AgentId, 
/**
 * The P-256 key as an uncompressed point (65 octets), base64url.
 */
public_key: string, 
/**
 * ECDSA with SHA-256 over the canonical [`crate::proof::ProofText`],
 * `r || s` (64 octets, IEEE P1363), base64url.
 */
signature: string, };

/**
 * Result of `session.open`.
 */
export type SessionOpened = { 
/**
 * The origin this session speaks for.
 */
origin: Origin, 
/**
 * What it may do.
 */
capabilities: Array<Capability>, 
/**
 * What it must sign.
 */
signing: Signing, 
/**
 * Version of the agent (Semantic Versioning).
 */
version: string, 
/**
 * Bounds the page keeps to.
 */
limits: SessionLimits, };

/**
 * Bounds of a session.
 */
export type SessionLimits = { 
/**
 * Octets of one frame, header included.
 */
frame_octets_max: number, 
/**
 * Octets of all documents of one job.
 */
job_octets_max: number, 
/**
 * Documents of one job.
 */
documents_per_job_max: number, 
/**
 * Calls without an answer yet.
 */
calls_in_flight_max: number, };

/**
 * Result of `printers.list`.
 */
export type Printers = { 
/**
 * In the order of the configuration, then by name.
 */
printers: Array<Printer>, };

/**
 * Result of `jobs.submit`.
 */
export type Submitted = { 
/**
 * The job, now durable.
 */
job_id: JobId, 
/**
 * The printer it waits for.
 */
printer: PrinterId, 
/**
 * Whether this is the stored answer to an earlier submit with the same
 * idempotency key.
 */
repeated: boolean, };

/**
 * Result of `jobs.preview`.
 */
export type Preview = { 
/**
 * As it was asked for.
 */
form: PreviewForm, 
/**
 * The text or the SVG; the PNG in base64 (RFC 4648 §4).
 */
content: string, 
/**
 * The printer model it is for.
 */
profile: string, 
/**
 * Dots across the paper.
 */
width_dots: number, 
/**
 * Dots along the paper that the documents take.
 */
height_dots: number, 
/**
 * Where the paper is cut, in dots from its beginning, in order.
 */
cuts_dots: Array<number>, 
/**
 * Whether something was left out because there was too much of it.
 */
cut_short: boolean, 
/**
 * What the documents say (rows, codes, pictures, cuts, drawer pulses) and
 * what reading them brought to light, as `platen preview --facts` has it.
 */
facts: Record<string, unknown>, };

/**
 * Result of `jobs.list`.
 */
export type Jobs = { 
/**
 * Newest first.
 */
jobs: Array<Job>, };

/**
 * Result of `events.subscribe`.
 */
export type Subscribed = { 
/**
 * Events after this cursor will come.
 */
cursor: Cursor, };

/** Every error code of the protocol. */
export const ERROR_CODES = [
  "parse-error",
  "invalid-request",
  "unknown-method",
  "invalid-params",
  "internal",
  "not-authorized",
  "certificate-malformed",
  "certificate-untrusted",
  "certificate-expired",
  "certificate-origin-mismatch",
  "certificate-revoked",
  "signature-required",
  "signature-invalid",
  "statement-malformed",
  "statement-expired",
  "statement-mismatch",
  "statement-replayed",
  "not-permitted",
  "session-already-open",
  "printer-not-found",
  "job-not-found",
  "job-not-possible",
  "idempotency-conflict",
  "document-empty",
  "document-too-large",
  "document-mismatch",
  "document-format-not-supported",
  "chunk-unexpected",
  "raw-command-refused",
  "accessory-missing",
  "device-not-open",
  "device-in-use",
  "device-not-found",
  "queue-full",
  "limit-exceeded",
  "frame-too-large",
  "slow-consumer",
  "shutting-down",
  "storage-full",
  "storage-failed",
  "device-unreachable",
  "device-lost",
  "device-rejected",
  "spooler-unavailable",
  "spooler-failed",
  "job-expired",
  "agent-restarted",
  "payload-lost",
  "device-not-ready",
] as const;

/** Every method of the protocol. */
export const METHODS = [
  "agent.prove",
  "session.open",
  "printers.list",
  "printers.get",
  "jobs.submit",
  "jobs.preview",
  "jobs.get",
  "jobs.list",
  "jobs.cancel",
  "jobs.hold",
  "jobs.release",
  "jobs.retry",
  "jobs.reprint",
  "drawer.open",
  "buzzer.sound",
  "display.show",
  "devices.list",
  "devices.open",
  "devices.send",
  "devices.receive",
  "devices.close",
  "queue.pause",
  "queue.resume",
  "events.subscribe",
  "events.unsubscribe",
] as const;

/** Methods of a session that change nothing; the others are signed under the signing rule `request`. */
export const READING_METHODS = [
  "printers.list",
  "printers.get",
  "jobs.preview",
  "jobs.get",
  "jobs.list",
  "devices.list",
  "devices.receive",
  "devices.close",
  "events.subscribe",
  "events.unsubscribe",
] as const;

