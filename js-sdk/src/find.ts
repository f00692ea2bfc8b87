/**
 * Finds this site's agent: tries the known ports, the way that worked last first, and takes the
 * first that proves to be the agent we know. Nothing else is told anything.
 */
import { canonicalJson } from "./canonical.js";
import { Connection } from "./connection.js";
import { readProof } from "./decode.js";
import { judge, type Try } from "./verdict.js";
import type { Environment, PermissionWatch } from "./environment.js";
import { abortable, asBridgeError, BridgeError, throwIfAborted } from "./errors.js";
import { checkPin, freshNonce, isProof, type AgentPins } from "./proof.js";
import { SUBPROTOCOL } from "./transport.js";

/**
 * Where agents listen: the first port of each list, else the next.
 *
 * @example
 * ```ts
 * import type { Ports } from "platen";
 *
 * // Only over TLS; the plain ports are asked only whether anybody is there.
 * const ports: Ports = { wss: [8181, 8282, 8383, 8484], ws: [], health: [8182] };
 * ```
 */
export interface Ports {
  /** Ports with TLS. */
  readonly wss: readonly number[];
  /** Plain loopback ports. */
  readonly ws: readonly number[];
  /** Plain ports that answer `GET /healthz`; left out: those of `ws`. */
  readonly health?: readonly number[];
}

/**
 * The ports of every installation that was not told otherwise.
 *
 * @example
 * ```ts
 * import { connect, DEFAULT_PORTS, type ConnectOptions } from "platen";
 *
 * // A till whose administrator moved the agent, and the usual ports behind it.
 * async function connectHere(options: ConnectOptions): Promise<void> {
 *   const { wss, ws } = DEFAULT_PORTS;
 *   await using client = await connect({
 *     ...options,
 *     ports: { wss: [9443, ...wss], ws: [9080, ...ws] },
 *   });
 *   console.log(client.state.type);
 * }
 * ```
 */
export const DEFAULT_PORTS: Ports = {
  wss: [8181, 8282, 8383, 8484],
  ws: [8182, 8283, 8384, 8485],
};

/** The literals are for systems whose `localhost` leads elsewhere, or to the other family only. */
const HOSTS = ["localhost", "127.0.0.1", "[::1]"];

/** How long a port may stay silent, once the browser asks nobody any more. */
const SILENCE_MS = 4_000;
/** How long an agent may take for its first words and its proof. */
const HELLO_MS = 10_000;
/** When the next port is tried beside one that has not answered yet. */
const STAGGER_MS = 300;
/** How long the liveness question may take. */
const HEALTH_MS = 2_000;

/** An agent that proved who it is. */
export interface Found {
  readonly connection: Connection;
  readonly challenge: string;
  readonly agent: string;
}

/** What is looked for. */
export interface Search {
  readonly origin: string;
  readonly subtle: SubtleCrypto;
  readonly ports: Ports;
  readonly pins: AgentPins;
  /** Outside a browser nothing stamps an `Origin` on the handshake: the agent must be told. */
  readonly tellOrigin: boolean;
  /** The way that worked last. */
  readonly lastUrl: string | undefined;
  /** Called when the browser is waiting for its user, and when it no longer is. */
  readonly onWaiting: (waiting: boolean) => void;
}

/** Where to try, in this order. */
export function candidates(ports: Ports, lastUrl: string | undefined): string[] {
  const urls = HOSTS.flatMap((host) => [
    ...ports.wss.map((port) => `wss://${host}:${port}/`),
    ...ports.ws.map((port) => `ws://${host}:${port}/`),
  ]);
  // What is remembered must still be one of the ways: it comes from a store others can write.
  return lastUrl !== undefined && urls.includes(lastUrl)
    ? [lastUrl, ...urls.filter((url) => url !== lastUrl)]
    : urls;
}

/** Finds the agent, or says in a {@link BridgeError} what keeps us from it. */
export async function find(
  environment: Environment,
  search: Search,
  signal: AbortSignal,
): Promise<Found> {
  throwIfAborted(signal);
  const permission = await environment.permission();
  const over = new AbortController();
  const stop = AbortSignal.any([signal, over.signal]);
  try {
    const watching = watchPermission(environment, permission, search.onWaiting, stop);
    const outcome = await abortable(race(environment, search, permission, stop), signal);
    over.abort();
    await watching;
    if ("found" in outcome) return outcome.found;
    const told = mostTelling(outcome.errors);
    if (told !== undefined) throw told;
    const health = await healthOf(environment, search.ports, signal);
    const { secure, frameBlocks } = environment;
    const code = judge({
      ...{ secure, frameBlocks, permission: permission.state() },
      ...{ tries: outcome.tries, health },
    });
    throw new BridgeError(code);
  } finally {
    over.abort();
  }
}

interface Failures {
  readonly tries: readonly Try[];
  readonly errors: readonly BridgeError[];
}

/**
 * Starts the tries one after another, the next when the one before failed or took long; the first
 * that leads to our agent wins and ends the others.
 */
async function race(
  environment: Environment,
  search: Search,
  permission: PermissionWatch,
  signal: AbortSignal,
): Promise<{ readonly found: Found } | Failures> {
  const tries: Try[] = [];
  const errors: BridgeError[] = [];
  const won = new AbortController();
  const stop = AbortSignal.any([signal, won.signal]);
  const running: Promise<Found | undefined>[] = [];
  let found: Found | undefined;
  for (const url of candidates(search.ports, search.lastUrl)) {
    const attempt = tryOne(environment, search, permission, url, stop).then(
      (result) => {
        if (!("connection" in result)) {
          tries.push(result);
          return undefined;
        }
        if (found !== undefined || stop.aborted) {
          result.connection.close();
          return undefined;
        }
        found = result;
        won.abort();
        return result;
      },
      (error: unknown) => {
        errors.push(asBridgeError(error, "connection-lost"));
        return undefined;
      },
    );
    running.push(attempt);
    const patience = new AbortController();
    const slow = environment.sleep(STAGGER_MS, AbortSignal.any([stop, patience.signal]));
    await Promise.race([attempt, slow.catch(() => undefined)]);
    patience.abort();
    if (stop.aborted) break;
  }
  await Promise.race([Promise.all(running), once(stop)]);
  return found === undefined ? { tries, errors } : { found };
}

/** One way: open, hear the hello, ask for the proof, compare with the pin. */
async function tryOne(
  environment: Environment,
  search: Search,
  permission: PermissionWatch,
  url: string,
  signal: AbortSignal,
): Promise<Found | Try> {
  let connection: Connection;
  try {
    connection = new Connection(environment.open, url);
  } catch {
    return { url, outcome: "blocked" };
  }
  const over = new AbortController();
  const stop = AbortSignal.any([signal, over.signal]);
  const close = (): void => {
    connection.close();
  };
  signal.addEventListener("abort", close, { once: true });
  const hello = new Promise<{ protocol: string; challenge: string }>((resolve) => {
    connection.onNotification = (notification) => {
      if (notification.method === "hello") resolve(notification);
    };
  });
  try {
    const opened = await Promise.race([
      connection.opened,
      connection.ended,
      silence(environment, permission, stop),
    ]);
    if (opened === undefined) {
      connection.close();
      return { url, outcome: "silent" };
    }
    if (typeof opened !== "string") return { url, outcome: "refused", closeCode: opened.code };
    if (opened !== SUBPROTOCOL) throw new BridgeError("wrong-version");
    const late = environment.sleep(HELLO_MS, stop).then(() => {
      throw new BridgeError("timeout");
    });
    const ended = connection.ended.then(({ error }) => {
      throw error;
    });
    return await Promise.race([greet(search, connection, hello), late, ended]);
  } catch (error) {
    connection.close();
    throw error;
  } finally {
    over.abort();
    signal.removeEventListener("abort", close);
  }
}

async function greet(
  search: Search,
  connection: Connection,
  hello: Promise<{ protocol: string; challenge: string }>,
): Promise<Found> {
  const { origin, subtle, pins } = search;
  const { protocol, challenge } = await hello;
  if (protocol !== SUBPROTOCOL) throw new BridgeError("wrong-version");
  const nonce = freshNonce();
  let answer: unknown;
  try {
    const params = search.tellOrigin ? { nonce, origin } : { nonce };
    answer = await connection.send("agent.prove", canonicalJson(params)).answer;
  } catch (error) {
    if (error instanceof BridgeError && error.code === "not-authorized") {
      throw siteNotTrusted(origin, error);
    }
    throw error;
  }
  const proof = readProof(answer);
  if (!(await isProof(subtle, proof, origin, challenge, nonce))) {
    throw new BridgeError("agent-mismatch", {
      message: "what answers did not prove to be an agent; nothing was sent to it",
      next: "find out which program listens with `platen doctor` on the machine",
    });
  }
  await checkPin(pins, origin, proof.agent);
  return { connection, challenge, agent: proof.agent };
}

/** What the agent's constant refusal means for this page. */
export function siteNotTrusted(origin: string, cause: unknown): BridgeError {
  return new BridgeError("site-not-trusted", {
    message: `this machine does not trust ${origin}`,
    next: `on the machine, allow this site: platen trust add ca.pem --origin ${origin}`,
    cause,
  });
}

/**
 * Resolves when a port has been silent for too long. While the browser asks its user, nothing is
 * silent: a slow reader of the prompt must not be taken for a missing installation.
 */
async function silence(
  environment: Environment,
  permission: PermissionWatch,
  signal: AbortSignal,
): Promise<undefined> {
  try {
    while (permission.state() === "prompt" && !signal.aborted) await permission.changed(signal);
    await environment.sleep(SILENCE_MS, signal);
  } catch {
    // Given up: somebody else decided the race.
  }
  return undefined;
}

/** Tells when the browser waits for its user: some while, and no event. */
async function watchPermission(
  environment: Environment,
  permission: PermissionWatch,
  onWaiting: (waiting: boolean) => void,
  signal: AbortSignal,
): Promise<void> {
  if (permission.state() !== "prompt") return;
  try {
    await environment.sleep(STAGGER_MS, signal);
    onWaiting(true);
    while (permission.state() === "prompt" && !signal.aborted) await permission.changed(signal);
    onWaiting(false);
  } catch {
    // It was over before it could be called waiting.
  }
}

/** What an agent said of itself tells more than a port that did not open. */
function mostTelling(errors: readonly BridgeError[]): BridgeError | undefined {
  const rank = ["agent-mismatch", "site-not-trusted", "wrong-version"];
  return (
    rank
      .map((code) => errors.find((error) => error.code === code))
      .find((error) => error !== undefined) ?? errors[0]
  );
}

async function healthOf(
  environment: Environment,
  ports: Ports,
  signal: AbortSignal,
): Promise<"answered" | "pending" | "failed"> {
  const over = new AbortController();
  const stop = AbortSignal.any([signal, over.signal]);
  const asked = (ports.health ?? ports.ws).map(async (port) => {
    if (!(await environment.healthy(`http://localhost:${port}/healthz`, stop))) {
      throw new BridgeError("not-running");
    }
    return "answered" as const;
  });
  const late = environment.sleep(HEALTH_MS, stop).then(() => "pending" as const);
  try {
    return await abortable(
      Promise.race([Promise.any(asked).catch(() => "failed" as const), late]),
      signal,
    );
  } finally {
    over.abort();
    late.catch(() => undefined);
  }
}

async function once(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else
      signal.addEventListener(
        "abort",
        () => {
          resolve();
        },
        { once: true },
      );
  });
}
