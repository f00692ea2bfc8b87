/** What a page can show about the way to its agent, before or beside a client. */
import { asBridgeError, BridgeError, type BridgeErrorCode } from "./errors.js";
import { find } from "./find.js";
import type { ConnectOptions } from "./options.js";
import { searchFor } from "./search.js";

/**
 * The state of the way to the agent: `ready`, waiting for the user's answer to the browser's
 * prompt, or why there is none.
 */
export interface Diagnosis {
  /** What it is: show `message` and `next`, branch on this. */
  readonly state: "ready" | "waiting-for-permission" | BridgeErrorCode;
  /** What it is, for people. */
  readonly message: string;
  /** What to do next, for people; empty when there is nothing to do. */
  readonly next: string;
}

/**
 * Finds out how things stand, without certificates and without a session. It looks for the agent
 * as `connect` does, so the browser may ask its user: call it on a click.
 *
 * @example
 * ```ts
 * import { diagnose } from "platen/diagnose";
 *
 * const { state, message, next } = await diagnose({ signal: AbortSignal.timeout(20_000) });
 * console.log(state === "ready" ? "ready to print" : `${message}: ${next}`);
 * ```
 */
export async function diagnose(
  options: Omit<ConnectOptions, "certificates" | "sign"> = {},
): Promise<Diagnosis> {
  const over = new AbortController();
  const { signal } = options;
  const stop = signal === undefined ? over.signal : AbortSignal.any([signal, over.signal]);
  try {
    return await new Promise<Diagnosis>((resolve, reject) => {
      const waiting = (): void => {
        resolve({
          state: "waiting-for-permission",
          message: "the browser asks whether this site may reach this machine",
          next: "answer the browser's question beside the address bar",
        });
      };
      const { environment, search } = searchFor(options, (isWaiting) => {
        if (isWaiting) waiting();
      });
      find(environment, search, stop).then(({ connection }) => {
        connection.close();
        resolve({ state: "ready", message: "the agent answers and knows this site", next: "" });
      }, reject);
    });
  } catch (error) {
    if (signal?.aborted === true) throw new BridgeError("aborted", { cause: signal.reason });
    const { code, message, next } = asBridgeError(error, "connection-lost");
    return { state: code, message, next };
  } finally {
    over.abort();
  }
}
