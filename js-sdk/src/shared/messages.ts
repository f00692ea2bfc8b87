/** What a tab and the shared worker say to each other: structured clones, over one port. */
import type { Params } from "../connection.js";
import type { IncomingNotification, SessionInfo } from "../decode.js";
import type { Octets } from "../encoding.js";
import { BridgeError, type BridgeErrorCode } from "../errors.js";
import type { Ports } from "../find.js";
import type { Method, Retry, Statement } from "../generated/protocol.js";

/** Part of the worker's name: tabs of another version of this package have another worker. */
export const VERSION = 1;

/** Notifications a tab takes before it says so. */
export const HEARD_STEP = 64;

/** What a tab says. `id` is the tab's own, of a request that gets one answer. */
export type FromTab =
  /** The first word. The tab holds this lock for as long as it lives. */
  | { readonly type: "hello"; readonly lock: string }
  | { readonly type: "open"; readonly id: number; readonly request: OpenRequest }
  | {
      readonly type: "call";
      readonly id: number;
      readonly session: number;
      readonly method: Method;
      readonly params: Params;
      /** The documents that the params announce. */
      readonly documents?: readonly Octets[] | undefined;
      readonly beside: boolean;
    }
  | {
      readonly type: "submit";
      readonly id: number;
      readonly session: number;
      readonly params: Params;
      readonly documents: readonly Octets[];
    }
  /** Nobody waits for the answer any more. */
  | { readonly type: "stop"; readonly id: number }
  /** The answer to `sign`. */
  | { readonly type: "signed"; readonly question: number; readonly signature: string }
  | { readonly type: "unsigned"; readonly question: number; readonly error: Failure }
  /** Whether it wants to hear of jobs that it does not hold. */
  | { readonly type: "every-job"; readonly session: number; readonly every: boolean }
  /** It has taken another {@link HEARD_STEP} notifications. */
  | { readonly type: "heard"; readonly session: number }
  | { readonly type: "leave"; readonly session: number };

/** What the worker says. */
export type FromWorker =
  /** The answer to `hello`. The worker holds this lock for as long as it lives. */
  | { readonly type: "ready"; readonly lock: string }
  | { readonly type: "answer"; readonly id: number; readonly result: unknown }
  | { readonly type: "failed"; readonly id: number; readonly error: Failure }
  /** Has the site's server sign, for the request with this id. */
  | {
      readonly type: "sign";
      readonly question: number;
      readonly id: number;
      readonly text: string;
      readonly statement: Statement;
    }
  | {
      readonly type: "notification";
      readonly session: number;
      readonly notification: IncomingNotification;
    }
  | {
      readonly type: "ended";
      readonly session: number;
      readonly code: number;
      readonly error: Failure;
    };

/** What a session is opened with. Tabs that say the same share one. */
export interface OpenRequest {
  readonly chain: readonly string[];
  readonly ports: Ports;
  /** The way that worked last. */
  readonly lastUrl: string | undefined;
  /** The agent this site met before. */
  readonly pinned: string | undefined;
  readonly askFirst: boolean;
  /** The jobs this tab holds, from sessions before. */
  readonly jobs: readonly string[];
}

/** The answer to `open`. */
export interface Opened {
  readonly session: number;
  readonly info: SessionInfo;
  readonly agent: string;
  readonly url: string;
}

/** A {@link BridgeError} as it goes over a port, which knows no classes. */
export interface Failure {
  readonly code: BridgeErrorCode;
  readonly message: string;
  readonly next: string;
  readonly retry: Retry;
}

/** An error for the other side. */
export function toFailure({ code, message, next, retry }: BridgeError): Failure {
  return { code, message, next, retry };
}

/** An error of the other side. */
export function fromFailure({ code, ...more }: Failure): BridgeError {
  return new BridgeError(code, more);
}
