/**
 * Print from a web page on the machine its user sits at, and know what became of the paper.
 *
 * Start with {@link connect}; everything that goes wrong is a {@link BridgeError}.
 *
 * @packageDocumentation
 */
export { connect, type Client } from "./client.js";
export type {
  AgentEvent,
  JobEvent,
  JobInfo,
  JobProgress,
  JobStateChanged,
  PrinterInfo,
  PrinterStateChanged,
  ReasonDetail,
  Resync,
  SessionInfo,
  UnknownEvent,
} from "./decode.js";
export type { DocumentData, DocumentInput } from "./document.js";
export type { Environment, PermissionWatch, TextStore } from "./environment.js";
export {
  BridgeError,
  type BridgeErrorCode,
  type BridgeErrorOptions,
  type ClientErrorCode,
} from "./errors.js";
export { DEFAULT_PORTS, type Ports } from "./find.js";
export type {
  Capability,
  ErrorCode,
  Evidence,
  JobState,
  Method,
  PrinterState,
  Repeat,
  Retry,
  SessionLimits,
  Signing,
  Statement,
  StatusSource,
  Topic,
} from "./generated/protocol.js";
export type { Job, JobDone, JobStatus } from "./job.js";
export type { Jobs } from "./jobs.js";
export type { Live } from "./live.js";
export type {
  CallOptions,
  ConnectionState,
  ConnectOptions,
  EventsQuery,
  JobsQuery,
  PrintRequest,
} from "./options.js";
export type { AgentPins } from "./proof.js";
export { forgetAgent } from "./search.js";
export type { Certificates, Sign } from "./session.js";
export type { OpenTransport, Transport, TransportEvents } from "./transport.js";
export type { Permission } from "./verdict.js";
