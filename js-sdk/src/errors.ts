/**
 * The one error class, and every code it can carry.
 *
 * Codes of the agent come from the protocol; the codes here are for what happens on the page's
 * side of the connection, before or without an answer.
 */
import type { ErrorCode, Retry } from "./generated/protocol.js";

/**
 * What can go wrong on this side of the connection.
 *
 * - `not-running`: nothing answers on this machine.
 * - `permission-denied`: the user, or a policy, keeps this site from the machine.
 * - `iframe-not-allowed`: the page is framed without `allow="loopback-network"`.
 * - `page-must-be-https`: the page is not a secure context.
 * - `certificate-not-trusted`: the browser does not trust the agent's certificate.
 * - `wrong-version`: an agent answers, but does not speak `platen.v1`.
 * - `refused`: an agent answers, but takes no connection now.
 * - `site-not-trusted`: the machine has no grant for this page's origin.
 * - `agent-mismatch`: what answers is not the agent this site knows; nothing was sent to it.
 * - `signing-failed`: the site's server did not sign, or gave no certificates.
 * - `connection-lost`: the connection ended, or there is none.
 * - `timeout`: the agent did not answer in time.
 * - `aborted`: the caller's signal said so.
 * - `closed`: this client was closed.
 * - `invalid-answer`: the agent said something that fits no type.
 */
export type ClientErrorCode =
  | "not-running"
  | "permission-denied"
  | "iframe-not-allowed"
  | "page-must-be-https"
  | "certificate-not-trusted"
  | "wrong-version"
  | "refused"
  | "site-not-trusted"
  | "agent-mismatch"
  | "signing-failed"
  | "connection-lost"
  | "timeout"
  | "aborted"
  | "closed"
  | "invalid-answer";

/**
 * Every code a {@link BridgeError} can carry: the agent's and this side's. A newer agent may say
 * one that is not listed: keep a `default` where you branch.
 */
export type BridgeErrorCode = ErrorCode | ClientErrorCode;

/** What happened, what to do next, and whether the same call may be made again: after that. */
type Text = readonly [message: string, next: string, retry?: Retry];

const TEXTS: Readonly<Record<ClientErrorCode, Text>> = {
  "not-running": [
    "Platen does not run on this machine",
    "start Platen, or install it, then connect again",
    "later",
  ],
  "permission-denied": [
    "the browser keeps this site from reaching Platen on this machine",
    "allow this site access to apps and services on this device (beside the address bar), then connect again",
  ],
  "iframe-not-allowed": [
    "this page is framed, and the frame is not allowed to reach this machine",
    'add allow="loopback-network" to the iframe element, or open the page by itself',
  ],
  "page-must-be-https": [
    "this page is not a secure context, which browsers keep from this machine",
    "serve the page over https (or from localhost)",
  ],
  "certificate-not-trusted": [
    "Platen runs, but this browser does not trust its certificate",
    "run `platen doctor` on the machine; it names the trust stores that miss the certificate",
  ],
  "wrong-version": [
    "what answers does not speak platen.v1",
    "update Platen on the machine, or the platen package of this site",
  ],
  refused: ["Platen runs, but takes no connection now", "try again in a moment", "later"],
  "site-not-trusted": [
    "this machine does not trust this site",
    "on the machine, allow this site: platen trust add",
  ],
  "agent-mismatch": [
    "what answers is not the agent this site knows on this machine; nothing was sent to it",
    "find out which program listens with `platen doctor`; after a new installation, forgetAgent()",
  ],
  "signing-failed": [
    "the site's server did not sign",
    "look whether that server is there, and the user still signed in",
    "later",
  ],
  "connection-lost": [
    "there is no connection to the agent",
    "wait for ready(), then call again",
    "later",
  ],
  timeout: ["the agent did not answer in time", "run `platen doctor` on the machine", "later"],
  aborted: ["the call was aborted", "call again", "never"],
  closed: ["this client was closed", "connect again", "never"],
  "invalid-answer": [
    "the agent sent an answer of no known type",
    "update the platen package of this site",
  ],
};

/** What can be said of a {@link BridgeError} beside its code. */
export interface BridgeErrorOptions {
  /** What happened, where more is known than the code says. */
  readonly message?: string | undefined;
  /** What to do next. */
  readonly next?: string | undefined;
  /** Whether the same call may be made again. */
  readonly retry?: Retry | undefined;
  /** What led to it. */
  readonly cause?: unknown;
  /** The key of the job that was under way. */
  readonly idempotencyKey?: string | undefined;
}

/**
 * Everything that goes wrong is one of these. Branch on `code`, show `message` and `next`.
 *
 * @example
 * ```ts
 * import { BridgeError, type Client } from "platen";
 *
 * async function printTwiceAtMost(client: Client, receipt: Uint8Array): Promise<void> {
 *   try {
 *     await client.print({ document: receipt });
 *   } catch (error) {
 *     if (error instanceof BridgeError && error.code === "queue-full") {
 *       console.warn(error.message, error.next);
 *       return;
 *     }
 *     throw error;
 *   }
 * }
 * ```
 */
export class BridgeError extends Error {
  override readonly name = "BridgeError";
  /** What went wrong; never renamed. */
  readonly code: BridgeErrorCode;
  /** What to do next, for people. */
  readonly next: string;
  /** Whether the same call may be made again. */
  readonly retry: Retry;
  /**
   * Where a `print` ended without an answer: nobody knows whether the job was accepted. Print
   * again with this key, and the agent gives the stored answer or takes the job: never both.
   */
  readonly idempotencyKey: string | undefined;

  constructor(code: BridgeErrorCode, options: BridgeErrorOptions = {}) {
    const [message, next, retry = "after-fix"]: Text = isClientCode(code)
      ? TEXTS[code]
      : [code, "", "never"];
    super(options.message ?? message, "cause" in options ? { cause: options.cause } : undefined);
    this.code = code;
    this.next = options.next ?? next;
    this.retry = options.retry ?? retry;
    this.idempotencyKey = options.idempotencyKey;
  }
}

function isClientCode(code: BridgeErrorCode): code is ClientErrorCode {
  return code in TEXTS;
}

/**
 * Any failure as a {@link BridgeError}.
 *
 * @internal
 */
export function asBridgeError(error: unknown, code: ClientErrorCode): BridgeError {
  return error instanceof BridgeError ? error : new BridgeError(code, { cause: error });
}

/**
 * Waits, but no longer than the signal allows.
 *
 * @internal
 */
export async function abortable<T>(
  promise: Promise<T>,
  signal: AbortSignal | undefined,
): Promise<T> {
  if (signal === undefined) return promise;
  const over = new AbortController();
  const given = AbortSignal.any([signal, over.signal]);
  const refusal = aborted(given).then(() => {
    throw asAborted(signal);
  });
  return Promise.race([refusal, promise]).finally(() => {
    refusal.catch(() => undefined);
    over.abort();
  });
}

function asAborted(signal: AbortSignal): BridgeError {
  return new BridgeError("aborted", { cause: signal.reason });
}

/**
 * Resolves when the signal is given.
 *
 * @internal
 */
export async function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const give = (): void => {
      resolve();
    };
    if (signal.aborted) give();
    else signal.addEventListener("abort", give, { once: true });
  });
}

/**
 * Throws when the signal has been given.
 *
 * @internal
 */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) throw asAborted(signal);
}

/**
 * Whether the signal has been given, asked anew: the compiler takes the property for constant.
 *
 * @internal
 */
export function isAborted(signal: AbortSignal): boolean {
  return signal.aborted;
}
