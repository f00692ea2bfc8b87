/** What a page tells the client, and what it hears of the connection. */
import type { SessionInfo } from "./decode.js";
import type { DocumentInput } from "./document.js";
import type { Environment } from "./environment.js";
import type { BridgeError } from "./errors.js";
import type { Ports } from "./find.js";
import type { JobState, Repeat, Topic } from "./generated/protocol.js";
import type { AgentPins } from "./proof.js";
import type { Certificates, Sign } from "./session.js";

/** What every call takes. */
export interface CallOptions {
  /** Ends the call, and the wait for it. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * How the connection stands.
 *
 * - `connecting`: looking for the agent, or opening a session.
 * - `waiting-for-permission`: the browser asks its user; nothing goes on until the answer.
 * - `open`: ready.
 * - `waiting-to-retry`: lost, or not found yet; `error` says why, `delayMs` how long until the
 *   next try.
 * - `closed`: over; `error` says why, unless the page closed it.
 */
export type ConnectionState =
  | { readonly type: "connecting" }
  | { readonly type: "waiting-for-permission" }
  | {
      readonly type: "open";
      readonly url: string;
      readonly agent: string;
      readonly session: SessionInfo;
    }
  | { readonly type: "waiting-to-retry"; readonly error: BridgeError; readonly delayMs: number }
  | { readonly type: "closed"; readonly error: BridgeError | undefined };

/** What {@link connect} needs to know. */
export interface ConnectOptions {
  /** The site's chain as PEM text, leaf first, or a function that fetches it. */
  readonly certificates: Certificates;
  /** Has the site's server sign a statement. */
  readonly sign: Sign;
  /** Ends connecting; an open client is ended with `close`. */
  readonly signal?: AbortSignal | undefined;
  /** Hears of every change of the connection's state, from the first. */
  readonly onState?: ((state: ConnectionState) => void) | undefined;
  /** Goes on trying when the first try fails for a reason that may pass by itself. */
  readonly keepTrying?: boolean | undefined;
  /** Where agents listen, where it is not the usual place. */
  readonly ports?: Ports | undefined;
  /** Remembers which agent this site met here. */
  readonly pins?: AgentPins | undefined;
  /** Only outside a browser: the origin to speak for. */
  readonly origin?: string | undefined;
  /** For tests, and for programs that are no browser. */
  readonly environment?: Partial<Environment> | undefined;
}

/** A job to print. */
export interface PrintRequest {
  /** What to print; several documents make one job. */
  readonly document: DocumentInput | readonly DocumentInput[];
  /** Id of the printer; left out: the machine's default printer. */
  readonly printer?: string | undefined;
  /** A name for people. */
  readonly name?: string | undefined;
  /**
   * The same key with the same content is the same job, whenever and however often it is sent.
   * Left out: a fresh one, which an error without an answer carries.
   */
  readonly idempotencyKey?: string | undefined;
  /** 0 (first) to 9 (last); left out: 3. */
  readonly priority?: number | undefined;
  /** Abort the job when it has not started by then. */
  readonly expiresAt?: Date | undefined;
  /** Do not start it before then. */
  readonly notBefore?: Date | undefined;
  /** Whether a second copy is harmless; left out: it is not. */
  readonly repeat?: Repeat | undefined;
}

/** Which jobs to list. */
export interface JobsQuery extends CallOptions {
  /** Only of this printer. */
  readonly printer?: string | undefined;
  /** Only in these states. */
  readonly states?: readonly JobState[] | undefined;
  /** At most this many, 1 to 500; left out: 100. */
  readonly limit?: number | undefined;
  /** Continue after this job. */
  readonly after?: string | undefined;
  /** Only the job that was submitted with this key. */
  readonly idempotencyKey?: string | undefined;
}

/** Which events to hear. */
export interface EventsQuery extends CallOptions {
  /** What about; left out: jobs and printers. */
  readonly topics?: readonly Topic[] | undefined;
  /** Go on from this place in the log; left out: from now. */
  readonly after?: string | undefined;
}
