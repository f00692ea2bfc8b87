/**
 * Finds this site's agent: tries the way that worked last or the usual ports, asks where else
 * somebody lives, and takes the first that proves to be the agent we know. Nothing else is told
 * anything.
 */
import { canonicalJson } from "./canonical.js";
import { Connection } from "./connection.js";
import { readProof } from "./decode.js";
import { judge, type Health, type Try } from "./verdict.js";
import { isLate, type Environment, type PermissionWatch } from "./environment.js";
import {
  abortable,
  aborted,
  asBridgeError,
  BridgeError,
  isAborted,
  throwIfAborted,
} from "./errors.js";
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

/**
 * The literal is for systems whose `localhost` leads elsewhere. Not `[::1]` as well: wherever that
 * is the only way `localhost` leads to it, and no Content Security Policy can name it.
 */
const HOSTS = ["localhost", "127.0.0.1"];

/**
 * How long a port may stay silent, once the browser asks nobody any more. Chromium delays each
 * WebSocket of a page that had many fail by up to 5 s: that is not silence.
 */
const SILENCE_MS = 8_000;
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
  /** Ask for liveness before anything is opened: the search before this one found nobody. */
  readonly askFirst: boolean;
  /** Called when the browser is waiting for its user, and when it no longer is. */
  readonly onWaiting: (waiting: boolean) => void;
}

/** Every way to an agent on this host, in the order in which they are tried. */
export function waysTo(host: string, ports: Ports): string[] {
  return [
    ...ports.wss.map((port) => `wss://${host}:${port}/`),
    ...ports.ws.map((port) => `ws://${host}:${port}/`),
  ];
}

/** What is tried before anything is asked: the way that worked last, else the usual ports. */
export function firstWays({ wss, ws }: Ports, lastUrl: string | undefined): string[] {
  const all = HOSTS.flatMap((host) => waysTo(host, { wss, ws }));
  // What is remembered must still be one of the ways: it comes from a store others can write.
  return lastUrl !== undefined && all.includes(lastUrl)
    ? [lastUrl]
    : waysTo("localhost", { wss: wss.slice(0, 1), ws: ws.slice(0, 1) });
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
    const { errors, tries, health } = outcome;
    const told = mostTelling(errors);
    if (told !== undefined) throw told;
    const { secure, frameBlocks } = environment;
    throw new BridgeError(
      judge({ secure, frameBlocks, permission: permission.state(), tries, health }),
    );
  } finally {
    over.abort();
  }
}

interface Failures {
  readonly tries: readonly Try[];
  readonly errors: readonly BridgeError[];
  readonly health: Health;
}

/**
 * Starts tries one after another, the next when the one before failed or took long; the first that
 * leads to our agent wins and ends the others.
 *
 * Chromium makes a page that had a dozen WebSockets fail wait seconds for each further one. So the
 * usual ports are tried, then `fetch`, which is not delayed, tells where somebody listens; only
 * where it could not know are the other ports tried blindly.
 */
async function race(
  environment: Environment,
  search: Search,
  permission: PermissionWatch,
  signal: AbortSignal,
): Promise<{ readonly found: Found } | Failures> {
  const { ports } = search;
  const tries: Try[] = [];
  const errors: BridgeError[] = [];
  const won = new AbortController();
  const stop = AbortSignal.any([signal, won.signal]);
  const running: Promise<void>[] = [];
  const tried = new Set<string>();
  let found: Found | undefined;

  const start = async (url: string): Promise<void> => {
    try {
      const result = await tryOne(environment, search, permission, url, stop);
      if (!("connection" in result)) {
        tries.push(result);
      } else if (isAborted(stop)) {
        result.connection.close();
      } else {
        found = result;
        won.abort();
      }
    } catch (error) {
      errors.push(asBridgeError(error, "connection-lost"));
    }
  };
  const startAll = async (urls: readonly string[]): Promise<void> => {
    for (const url of urls) {
      if (tried.has(url) || isAborted(stop)) continue;
      tried.add(url);
      const attempt = start(url);
      running.push(attempt);
      await isLate(environment, STAGGER_MS, stop, async () => attempt);
    }
  };
  const ask = async (): Promise<Health> => askHealth(environment, ports, stop);

  // With nothing between the page and the port, no answer means that nobody is there.
  const telling = (): boolean => environment.servedFromHere || permission.state() === "granted";
  let health: Health = { answered: [], pending: false };
  if (search.askFirst && telling()) {
    health = await ask();
    if (health.answered.length === 0) return { tries, errors, health };
  }
  await startAll(firstWays(ports, search.lastUrl));
  const patience = new AbortController();
  const slow = silence(permission, AbortSignal.any([stop, patience.signal]));
  const ended = Promise.all(running);
  await Promise.race([
    ended,
    slow.then(async () => isLate(environment, STAGGER_MS, stop, async () => ended)),
    aborted(stop),
  ]);
  patience.abort();
  if (!isAborted(stop)) {
    health = await ask();
    const all = HOSTS.flatMap((host) => waysTo(host, ports));
    const told = all.filter((way) => health.answered.some(({ url }) => url === healthUrl(way)));
    await startAll(told.length > 0 || telling() ? told : waysTo("localhost", ports));
  }
  await Promise.race([Promise.all(running), aborted(stop)]);
  return found === undefined ? { tries, errors, health } : { found };
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
  const { opened, ended } = connection;
  const over = new AbortController();
  const stop = AbortSignal.any([signal, over.signal]);
  const giveUp = (): void => {
    connection.close();
  };
  signal.addEventListener("abort", giveUp, { once: true });
  const hello = new Promise<{ protocol: string; challenge: string }>((resolve) => {
    connection.onNotification = (notification) => {
      if (notification.method === "hello") resolve(notification);
    };
  });
  const settled = Promise.race([opened, ended]);
  const endIfLate = async (ms: number, what: Promise<unknown>): Promise<void> => {
    if (await isLate(environment, ms, stop, async () => what)) {
      connection.close(new BridgeError("timeout"));
    }
  };
  try {
    void silence(permission, stop).then(async () => endIfLate(SILENCE_MS, settled));
    const protocol = await settled;
    if (typeof protocol !== "string") {
      const silent = protocol.error.code === "timeout";
      return { url, outcome: silent ? "silent" : "refused", closeCode: protocol.code };
    }
    if (protocol !== SUBPROTOCOL) throw new BridgeError("wrong-version");
    const failed = ended.then(({ error }) => {
      throw error;
    });
    const greeted = Promise.race([greet(search, connection, hello), failed]);
    void endIfLate(HELLO_MS, greeted);
    return await greeted;
  } catch (error) {
    connection.close();
    throw error;
  } finally {
    over.abort();
    signal.removeEventListener("abort", giveUp);
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
 * Resolves when the browser asks its user nothing. Until then nothing is slow or silent: a slow
 * reader of the prompt must not be taken for a missing installation.
 */
async function silence(permission: PermissionWatch, signal: AbortSignal): Promise<void> {
  while (permission.state() === "prompt" && !isAborted(signal)) await permission.changed(signal);
}

/** Tells when the browser waits for its user: some while, and no event. */
async function watchPermission(
  environment: Environment,
  permission: PermissionWatch,
  onWaiting: (waiting: boolean) => void,
  signal: AbortSignal,
): Promise<void> {
  if (permission.state() !== "prompt") return;
  if (!(await isLate(environment, STAGGER_MS, signal, aborted))) return;
  onWaiting(true);
  await silence(permission, signal);
  if (!isAborted(signal)) onWaiting(false);
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

/** Where to ask whether the agent of this way lives. */
function healthUrl(way: string): string {
  return `${way.replace("ws", "http")}healthz`;
}

/** Asks everywhere at once; answers early only when all have answered. */
async function askHealth(
  environment: Environment,
  { wss, ws, health }: Ports,
  signal: AbortSignal,
): Promise<Health> {
  const answered: Health["answered"][number][] = [];
  const ways = HOSTS.flatMap((host) => waysTo(host, { wss, ws: [...ws, ...(health ?? [])] }));
  const pending = await isLate(environment, HEALTH_MS, signal, async (stop) =>
    Promise.all(
      ways.map(async (way) => {
        const url = healthUrl(way);
        // Nobody, somebody else, or an answer the browser keeps from us: no agent to be had here.
        const protocol = await environment.askHealth(url, stop).catch(() => undefined);
        if (protocol !== undefined) answered.push({ url, protocol });
      }),
    ),
  );
  return { answered, pending };
}
