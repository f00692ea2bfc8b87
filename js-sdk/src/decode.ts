/**
 * The edge: what arrives becomes types here, checked once. Behind this file nothing looks at JSON.
 *
 * Wire names become the page's (`octets_sent`, `octetsSent`), times become `Date`.
 */
import { BridgeError } from "./errors.js";
import type {
  AgentProof,
  Capability,
  ErrorCode,
  Evidence,
  JobState,
  PrinterState,
  Retry,
  SessionLimits,
  Signing,
  StatusSource,
} from "./generated/protocol.js";

/** A job as its site sees it. */
export interface JobInfo {
  /** Its id. */
  readonly id: string;
  /** The id of the printer it is for. */
  readonly printer: string;
  /** Its name, for people. */
  readonly name: string;
  /** Where it stands. */
  readonly state: JobState;
  /** `job-state-reasons`: IPP keywords that say why. */
  readonly reasons: readonly string[];
  /** Of a completed job: who said so. */
  readonly evidence: Evidence | undefined;
  /** Why, where something went wrong. */
  readonly code: ErrorCode | undefined;
  /** Deliveries tried so far. */
  readonly attempt: number;
  /** 0 (first) to 9 (last). */
  readonly priority: number;
  /** Length of all its documents. */
  readonly octets: number;
  /** When it was accepted. */
  readonly acceptedAt: Date;
  /** When its state last changed. */
  readonly changedAt: Date;
  /** Not delivered before this time. */
  readonly notBefore: Date | undefined;
  /** Aborted when it has not started by then. */
  readonly expiresAt: Date | undefined;
  /** The job this one prints again. */
  readonly reprintOf: string | undefined;
}

/** One of a printer's reasons: who says so, and since when. */
export interface ReasonDetail {
  /** The keyword, as in `reasons`. */
  readonly reason: string;
  /** Who says so. */
  readonly source: StatusSource;
  /** When it was first heard of, in this stretch. */
  readonly since: Date;
  /** When it was last confirmed. */
  readonly seenAt: Date;
}

/** A printer as a site sees it. */
export interface PrinterInfo {
  /** Stable id: print with this. */
  readonly id: string;
  /** A label for people; may change. */
  readonly name: string;
  /** Whether a job that names no printer goes here. */
  readonly isDefault: boolean;
  /** `printer-state`. */
  readonly state: PrinterState;
  /** `printer-state-reasons`: IPP keywords such as `media-empty`. */
  readonly reasons: readonly string[];
  /** Who says so, for the reasons there were when it was read: events tell the keywords only. */
  readonly details: readonly ReasonDetail[];
  /** When state and reasons were last learned. */
  readonly stateAt: Date;
  /** How many of this site's jobs wait here. */
  readonly queuedJobs: number;
  /** The strongest evidence a completed job can have here. */
  readonly evidence: Evidence;
}

/** A job entered a state. */
export interface JobStateChanged {
  readonly type: "job-state-changed";
  /** Which job. */
  readonly jobId: string;
  /** On which printer. */
  readonly printer: string;
  /** The state it entered. */
  readonly state: JobState;
  /** `job-state-reasons`. */
  readonly reasons: readonly string[];
  /** Which delivery, from 1; 0 before the first. */
  readonly attempt: number;
  /** Of `completed`: who said so. */
  readonly evidence: Evidence | undefined;
  /** Why, where something went wrong. */
  readonly code: ErrorCode | undefined;
  /** When. */
  readonly at: Date;
  /** Its place in the agent's log: `events({ after })` goes on from here. */
  readonly cursor: string | undefined;
}

/** Octets left for the printer. */
export interface JobProgress {
  readonly type: "job-progress";
  /** Which job. */
  readonly jobId: string;
  /** Octets handed over in this delivery. */
  readonly octetsSent: number;
  /** Octets of the whole job. */
  readonly octetsTotal: number;
}

/** A printer's state or reasons changed. */
export interface PrinterStateChanged {
  readonly type: "printer-state-changed";
  /** Which printer. */
  readonly printer: string;
  /** `printer-state`. */
  readonly state: PrinterState;
  /** `printer-state-reasons`. */
  readonly reasons: readonly string[];
  /** When. */
  readonly at: Date;
  /** Its place in the agent's log: `events({ after })` goes on from here. */
  readonly cursor: string | undefined;
}

/** Events were lost because the page read too slowly: read the state anew. */
export interface Resync {
  readonly type: "resync";
}

/** A newer agent said something this package has no word for. */
export interface UnknownEvent {
  readonly type: "unknown";
  /** The name the agent gave it. */
  readonly name: string;
  /** All it said. */
  readonly members: Readonly<Record<string, unknown>>;
  /** Its place in the agent's log. */
  readonly cursor: string | undefined;
}

/** What is heard of one job. */
export type JobEvent = JobStateChanged | JobProgress | UnknownEvent;

/** What is heard from an agent. */
export type AgentEvent = JobEvent | PrinterStateChanged | Resync;

/** An event off the wire, before anything is lost. */
export type LoggedEvent = Exclude<AgentEvent, Resync>;

/** What the agent says unasked. */
export type IncomingNotification =
  | { readonly method: "hello"; readonly protocol: string; readonly challenge: string }
  | { readonly method: "event"; readonly cursor: string | undefined; readonly event: LoggedEvent }
  | { readonly method: "resync"; readonly cursor: string }
  | { readonly method: "device"; readonly params: unknown };

/** What a session may do. */
export interface SessionInfo {
  /** The origin it speaks for. */
  readonly origin: string;
  /** What the grant allows. */
  readonly capabilities: readonly Capability[];
  /** What must be signed. */
  readonly signing: Signing;
  /** Version of the agent. */
  readonly version: string;
  /** Bounds the SDK keeps to. */
  readonly limits: SessionLimits;
}

const JOB_STATES = [
  "pending-held",
  "pending",
  "processing",
  "processing-stopped",
  "interrupted",
  "completed",
  "aborted",
  "canceled",
] as const satisfies readonly JobState[];
const PRINTER_STATES = ["idle", "processing", "stopped"] as const satisfies readonly PrinterState[];
const EVIDENCE = ["transport", "spooler", "device"] as const satisfies readonly Evidence[];
const SIGNING = ["request", "session"] as const satisfies readonly Signing[];
const RETRY = ["later", "after-fix", "never"] as const satisfies readonly Retry[];

type Members = Readonly<Record<string, unknown>>;

/** The members of an object. */
export function members(value: unknown): Members {
  if (typeof value !== "object" || value === null) throw misfit("an object");
  return value as Members;
}

/** The items of a list under `name`. */
export function list<T>(from: Members, name: string, read: (item: unknown) => T): T[] {
  const value = from[name];
  if (!Array.isArray(value)) throw misfit(name);
  return value.map((item) => read(item));
}

/** The text under `name`. */
export function text(from: Members, name: string): string {
  const value = from[name];
  if (typeof value !== "string") throw misfit(name);
  return value;
}

/** The number under `name`. */
export function number(from: Members, name: string): number {
  const value = from[name];
  if (typeof value !== "number") throw misfit(name);
  return value;
}

function numbers<K extends string>(from: Members, names: readonly K[]): Record<K, number> {
  return Object.fromEntries(names.map((name) => [name, number(from, name)])) as Record<K, number>;
}

function time(from: Members, name: string): Date {
  return new Date(number(from, name));
}

function oneOf<T extends string>(from: Members, name: string, known: readonly T[]): T {
  const value = text(from, name);
  const found = known.find((item) => item === value);
  if (found === undefined) throw misfit(name);
  return found;
}

function optional<T>(from: Members, name: string, read: (from: Members, name: string) => T) {
  return from[name] === undefined || from[name] === null ? undefined : read(from, name);
}

function reasons(from: Members): string[] {
  return list(from, "reasons", String);
}

function details(from: Members, name: string): ReasonDetail[] {
  return list(from, name, (item) => {
    const detail = members(item);
    return {
      reason: text(detail, "reason"),
      // A source of a newer agent is kept: it is only ever shown.
      source: text(detail, "source") as StatusSource,
      since: time(detail, "since"),
      seenAt: time(detail, "seen_at"),
    };
  });
}

function evidence(from: Members): Evidence {
  return oneOf(from, "evidence", EVIDENCE);
}

function errorCode(from: Members, name: string): ErrorCode {
  // A code of a newer agent is kept: it says more than one we would put in its place.
  return text(from, name) as ErrorCode;
}

function misfit(what: string): BridgeError {
  return new BridgeError("invalid-answer", {
    message: `the agent sent an answer whose ${what} fits no known type`,
  });
}

/** A job off the wire. */
export function readJob(value: unknown): JobInfo {
  const from = members(value);
  return {
    id: text(from, "job_id"),
    printer: text(from, "printer"),
    name: text(from, "name"),
    state: oneOf(from, "state", JOB_STATES),
    reasons: reasons(from),
    evidence: optional(from, "evidence", evidence),
    code: optional(from, "code", errorCode),
    attempt: number(from, "attempt"),
    priority: number(from, "priority"),
    octets: number(from, "octets"),
    acceptedAt: time(from, "accepted_at"),
    changedAt: time(from, "changed_at"),
    notBefore: optional(from, "not_before", time),
    expiresAt: optional(from, "expires_at", time),
    reprintOf: optional(from, "reprint_of", text),
  };
}

/** A printer off the wire. */
export function readPrinter(value: unknown): PrinterInfo {
  const from = members(value);
  return {
    id: text(from, "printer"),
    name: text(from, "name"),
    isDefault: from["default"] === true,
    state: oneOf(from, "state", PRINTER_STATES),
    reasons: reasons(from),
    details: optional(from, "status", details) ?? [],
    stateAt: time(from, "state_at"),
    queuedJobs: number(from, "queued_jobs"),
    evidence: evidence(from),
  };
}

/** The result of `agent.prove`. */
export function readProof(value: unknown): AgentProof {
  const from = members(value);
  return {
    agent: text(from, "agent"),
    public_key: text(from, "public_key"),
    signature: text(from, "signature"),
  };
}

/** The result of `session.open`. */
export function readSession(value: unknown): SessionInfo {
  const from = members(value);
  const limits = members(from["limits"]);
  return {
    origin: text(from, "origin"),
    // A capability of a newer agent is kept: it is only ever looked for by name.
    capabilities: list(from, "capabilities", (item) => item as Capability),
    signing: oneOf(from, "signing", SIGNING),
    version: text(from, "version"),
    limits: numbers(limits, [
      "frame_octets_max",
      "job_octets_max",
      "documents_per_job_max",
      "calls_in_flight_max",
    ]),
  };
}

/** An event off the wire; `unknown` when it, or a word in it, is news to us. */
export function readEvent(value: unknown, cursor: string | undefined): LoggedEvent {
  const from = members(value);
  const type = text(from, "type");
  try {
    switch (type) {
      case "job-state-changed":
        return {
          type,
          jobId: text(from, "job_id"),
          printer: text(from, "printer"),
          state: oneOf(from, "state", JOB_STATES),
          reasons: reasons(from),
          attempt: number(from, "attempt"),
          evidence: optional(from, "evidence", evidence),
          code: optional(from, "code", errorCode),
          at: time(from, "at"),
          cursor,
        };
      case "job-progress":
        return {
          type,
          jobId: text(from, "job_id"),
          octetsSent: number(from, "octets_sent"),
          octetsTotal: number(from, "octets_total"),
        };
      case "printer-state-changed":
        return {
          type,
          printer: text(from, "printer"),
          state: oneOf(from, "state", PRINTER_STATES),
          reasons: reasons(from),
          at: time(from, "at"),
          cursor,
        };
      default:
    }
  } catch {
    // Known by name, but not as we know it.
  }
  return { type: "unknown", name: type, members: from, cursor };
}

/** A notification; `undefined` when it is none we know. */
export function readNotification(message: {
  readonly method?: unknown;
  readonly params?: unknown;
}): IncomingNotification | undefined {
  const { method } = message;
  try {
    const params = members(message.params);
    switch (method) {
      case "hello":
        return { method, protocol: text(params, "protocol"), challenge: text(params, "challenge") };
      case "event": {
        const cursor = optional(params, "cursor", text);
        return { method, cursor, event: readEvent(params["event"], cursor) };
      }
      case "resync":
        return { method, cursor: text(params, "cursor") };
      case "device":
        return { method, params };
      default:
        return undefined;
    }
  } catch {
    return undefined;
  }
}

/** The error of an answer. */
export function readWireError(value: unknown): BridgeError {
  try {
    const from = members(value);
    const data = members(from["data"]);
    return new BridgeError(errorCode(data, "code"), {
      message: text(from, "message"),
      next: text(data, "next"),
      retry: oneOf(data, "retry", RETRY),
    });
  } catch {
    return new BridgeError("invalid-answer");
  }
}
