/**
 * One connection for all tabs of a site. An entry of its own, `platen/shared`: a page with one tab
 * does not pay for it.
 *
 * @packageDocumentation
 */
import { connectBy, type Client } from "../client.js";
import { BridgeError, type BridgeErrorCode } from "../errors.js";
import { establishOwn, type Attempt, type Establish } from "../establish.js";
import { find } from "../find.js";
import type { ConnectOptions } from "../options.js";
import type { Session } from "../session.js";
import { Bond, type WorkerHandle } from "./bond.js";
import { HeldJobs } from "./held.js";
import { browserLocks, type Locks } from "./locks.js";
import { VERSION } from "./messages.js";

/** What {@link connectShared} needs to know. */
export interface SharedOptions extends ConnectOptions {
  /** Where the worker's script is, on this origin; left out: beside this module. */
  readonly worker?: string | URL | undefined;
}

/**
 * Connects as `connect` does, over one connection that all tabs of this site share. Where the
 * browser has no shared workers, or the page's policy refuses the script, the tab has a connection
 * of its own, and nothing else is different.
 *
 * @example
 * ```ts
 * import { connectShared } from "platen/shared";
 *
 * const client = await connectShared({
 *   certificates: async ({ signal }) => (await fetch("/platen/certificates", { signal })).text(),
 *   sign: async (text, _statement, { signal }) => {
 *     const answer = await fetch("/platen/sign", { method: "POST", body: text, signal });
 *     if (!answer.ok) throw new Error(await answer.text());
 *     return answer.text();
 *   },
 * });
 * const job = await client.print({ document: "Hello, paper\n\n\n" });
 * console.log(await job.done());
 * ```
 */
export async function connectShared(options: SharedOptions): Promise<Client> {
  const canShare =
    typeof SharedWorker !== "undefined" &&
    "locks" in navigator &&
    // A frame's worker is another site's guest; whom its user allowed is not said.
    window === window.parent;
  if (!canShare) return connectBy(establishOwn, options);
  return connectBy(
    shareBy(() => startWorker(options.worker), browserLocks),
    options,
  );
}

function startWorker(at: string | URL | undefined): WorkerHandle {
  const name = `platen ${VERSION}`;
  const worker =
    at === undefined
      ? new SharedWorker(new URL("./worker.js", import.meta.url), { type: "module", name })
      : new SharedWorker(at, { type: "module", name });
  const failed = new Promise<void>((resolve) => {
    worker.onerror = () => {
      resolve();
    };
  });
  return { port: worker.port, failed };
}

/** Failures that a tab by itself might not meet, in a browser we do not know. */
const OF_THE_WAY: readonly BridgeErrorCode[] = [
  "not-running",
  "permission-denied",
  "certificate-not-trusted",
  "refused",
  "timeout",
];

/**
 * Opens sessions through a worker, and on connections of our own where that does not work.
 *
 * @internal
 */
export function shareBy(start: () => WorkerHandle, locks: Locks): Establish {
  const held = new HeldJobs();
  let bond: Bond | undefined;
  let means: "unknown" | "shared" | "own" = "unknown";

  const join = async (attempt: Attempt): Promise<Bond | undefined> => {
    try {
      if (bond?.isOver !== false) bond = await Bond.start(start, locks, held, attempt);
      return bond;
    } catch {
      return undefined;
    }
  };

  return async (attempt) => {
    const { environment, search, signal } = attempt;
    if (means === "own") return establishOwn(attempt);
    let { lastUrl } = search;
    const permission = await environment.permission();
    if (permission.state() === "prompt") {
      // Browsers ask the user of a page, and refuse a worker whose user was not asked yet.
      const { connection } = await find(environment, search, signal);
      connection.close();
      lastUrl = connection.url;
    }
    const joined = await join(attempt);
    if (joined === undefined) {
      means = "own";
      return establishOwn(attempt);
    }
    try {
      const session: Session = await joined.open({ ...attempt, search: { ...search, lastUrl } });
      means = "shared";
      return session;
    } catch (error) {
      const isOfTheWay = error instanceof BridgeError && OF_THE_WAY.includes(error.code);
      if (means === "shared" || !isOfTheWay) throw error;
      // Is it the worker that cannot? If we cannot either, ours is the reason to tell.
      const session = await establishOwn(attempt);
      means = "own";
      joined.end();
      return session;
    }
  };
}
