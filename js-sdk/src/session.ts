/**
 * An open session on one connection: signs what must be signed, keeps to the agent's limits, and
 * sends documents. It ends with its connection; nothing is sent twice.
 */
import { canonicalJson } from "./canonical.js";
import { chunks } from "./chunk.js";
import type { Ended, Params, Sent } from "./connection.js";
import { readSession, type IncomingNotification, type SessionInfo } from "./decode.js";
import { certificatesFromPem, type Octets } from "./encoding.js";
import type { Environment } from "./environment.js";
import { abortable, asBridgeError, BridgeError, isAborted, throwIfAborted } from "./errors.js";
import { siteNotTrusted, type Found } from "./find.js";
import { READING_METHODS, type Method, type Signed, type Statement } from "./generated/protocol.js";
import { callDigest, makeStatement } from "./statement.js";

/**
 * Has a statement signed by the site's server: answers the signature over the octets of `text`,
 * base64url without padding.
 *
 * @example
 * ```ts
 * import type { Sign } from "platen";
 *
 * const sign: Sign = async (text, _statement, { signal }) => {
 *   const answer = await fetch("/platen/sign", { method: "POST", body: text, signal });
 *   if (!answer.ok) throw new Error(await answer.text());
 *   return answer.text();
 * };
 * ```
 */
export type Sign = (
  text: string,
  statement: Statement,
  options: { readonly signal: AbortSignal },
) => Promise<string>;

/**
 * The site's certificate chain as PEM text, leaf first; or a function that fetches it.
 *
 * @example
 * ```ts
 * import type { Certificates } from "platen";
 *
 * const certificates: Certificates = async ({ signal }) => {
 *   const answer = await fetch("/platen/certificates", { signal });
 *   return answer.text();
 * };
 * ```
 */
export type Certificates =
  | string
  | readonly string[]
  | ((options: { readonly signal: AbortSignal }) => Promise<string | readonly string[]>);

/** What a session signs with. */
export interface Credentials {
  readonly origin: string;
  readonly subtle: SubtleCrypto;
  readonly sign: Sign;
}

/** Octets that may wait in the socket before the next piece is handed over. */
const BUFFERED_OCTETS_MAX = 4 << 20;
/** How often a full socket is looked at. */
const DRAIN_MS = 5;

/** The chain as `session.open` takes it. */
export async function loadCertificates(
  certificates: Certificates,
  signal: AbortSignal,
): Promise<string[]> {
  let pem: string | readonly string[];
  try {
    pem = typeof certificates === "function" ? await certificates({ signal }) : certificates;
  } catch (error) {
    throwIfAborted(signal);
    throw new BridgeError("signing-failed", {
      message: "the site's server did not give its certificates",
      cause: error,
    });
  }
  const chain = (typeof pem === "string" ? [pem] : pem).flatMap(certificatesFromPem);
  if (chain.length === 0) {
    throw new BridgeError("signing-failed", {
      message: "there is no certificate in what the site's server gave",
      next: "give the PEM text of the site's chain: site.pem of `platen-sign site new`",
    });
  }
  return chain;
}

/** Sends a job in its turn. `onSent` is called when the agent may have heard of it. */
export type Submit = (
  params: Params,
  documents: readonly Octets[],
  onSent: () => void,
  context?: CallContext,
) => Promise<unknown>;

/** What is said with a call, and who signs it. */
export interface CallContext {
  /** Ends the wait for the answer. */
  readonly signal?: AbortSignal | undefined;
  /** Signs instead of the one who opened the session. */
  readonly sign?: Sign | undefined;
  /** The documents that the params announce. */
  readonly documents?: readonly Octets[] | undefined;
}

/** An open session, wherever its connection lives. It ends with that. */
export interface Session {
  /** What the grant allows, and the bounds. */
  readonly info: SessionInfo;
  /** Who the agent is to this origin. */
  readonly agent: string;
  /** Where its connection leads. */
  readonly url: string;
  /** Resolves when it is over; never rejects. */
  readonly ended: Promise<Ended>;
  /** Hears every notification. */
  onNotification: (notification: IncomingNotification) => void;
  /** Makes a call, signed where it must be. */
  call(method: Method, params: Params, context?: CallContext): Promise<unknown>;
  /** Makes a call beside the bound: the one place that is kept for the subscription. */
  callBeside(method: Method, params: Params): Promise<unknown>;
  /**
   * Runs what leads to a submit, within the agent's bound on unanswered calls. `submit` sends the
   * job when those of earlier calls are sent, however their signatures and documents come back.
   */
  inTurn<T>(run: (submit: Submit) => Promise<T>): Promise<T>;
  /**
   * Says whether this page wants to hear of every job of its site, or only of those it holds: a
   * shared connection tells no tab more than it wants to know.
   */
  hearEveryJob?(every: boolean): void;
  /** Ends it, and what is under way with this error. */
  close(error?: BridgeError): void;
}

/** A session on a connection of one's own. */
export class OwnSession implements Session {
  readonly #found: Found;
  readonly #environment: Environment;
  readonly #credentials: Credentials;
  readonly #over = new AbortController();
  #info: SessionInfo | undefined;
  #sequence = 0;
  #inFlight = 0;
  readonly #waiting: (() => void)[] = [];
  /** Resolves when the last submit has handed over its octets, or gave up. */
  #lastTurn: Promise<void> = Promise.resolve();

  private constructor(found: Found, environment: Environment, credentials: Credentials) {
    this.#found = found;
    this.#environment = environment;
    this.#credentials = credentials;
    void found.connection.ended.then(({ error }) => {
      this.#over.abort(error);
      for (const wake of this.#waiting.splice(0)) wake();
    });
  }

  /** Presents the certificates, signed, to an agent that has proved itself. */
  static async open(
    found: Found,
    environment: Environment,
    credentials: Credentials,
    certificates: readonly string[],
    signal: AbortSignal,
  ): Promise<OwnSession> {
    const session = new OwnSession(found, environment, credentials);
    try {
      const params = canonicalJson({ certificates });
      const signed = await session.#sign("session.open", params, { signal });
      const { answer } = found.connection.send("session.open", params, signed);
      session.#info = readSession(await abortable(answer, signal));
      return session;
    } catch (error) {
      found.connection.close();
      throw error instanceof BridgeError && error.code === "not-authorized"
        ? siteNotTrusted(credentials.origin, error)
        : error;
    }
  }

  get info(): SessionInfo {
    if (this.#info === undefined) throw new BridgeError("connection-lost");
    return this.#info;
  }

  /** The connection under it. */
  get connection(): Found["connection"] {
    return this.#found.connection;
  }

  get agent(): string {
    return this.#found.agent;
  }

  get url(): string {
    return this.connection.url;
  }

  get ended(): Promise<Ended> {
    return this.connection.ended;
  }

  set onNotification(hear: (notification: IncomingNotification) => void) {
    this.connection.onNotification = hear;
  }

  async call(method: Method, params: Params, context: CallContext = {}): Promise<unknown> {
    throwIfAborted(context.signal);
    return abortable(
      this.#bounded(async () => this.#call(method, params, context)),
      context.signal,
    );
  }

  async callBeside(method: Method, params: Params): Promise<unknown> {
    return this.#call(method, params, {});
  }

  close(error?: BridgeError): void {
    this.connection.close(error);
  }

  async inTurn<T>(run: (submit: Submit) => Promise<T>): Promise<T> {
    const before = this.#lastTurn;
    let leave: () => void = () => undefined;
    this.#lastTurn = new Promise<void>((resolve) => {
      leave = resolve;
    });
    const submit: Submit = async (params, documents, onSent, context = {}) => {
      const text = canonicalJson(params);
      const signed = await this.#signIfNeeded("jobs.submit", text, context);
      await before;
      throwIfAborted(context.signal);
      const sent = this.connection.send("jobs.submit", text, signed);
      onSent();
      // From here on the signal only ends the wait: half a document helps nobody.
      await this.#sendDocuments(sent, documents);
      leave();
      return sent.answer;
    };
    return this.#bounded(async () => run(submit)).finally(leave);
  }

  async #call(method: Method, params: Params, context: CallContext): Promise<unknown> {
    const text = canonicalJson(params);
    const signed = await this.#signIfNeeded(method, text, context);
    throwIfAborted(context.signal);
    const sent = this.connection.send(method, text, signed);
    await this.#sendDocuments(sent, context.documents);
    return sent.answer;
  }

  async #sendDocuments(sent: Sent, documents: readonly Octets[] = []): Promise<void> {
    // A refusal may come before the last octet: then nobody wants the rest.
    const refused = new AbortController();
    sent.answer.catch(() => {
      refused.abort();
    });
    const frameOctetsMax = this.info.limits.frame_octets_max;
    const stop = AbortSignal.any([refused.signal, this.#over.signal]);
    for (const [index, octets] of documents.entries()) {
      for (const frame of chunks(sent.id, index, octets, frameOctetsMax)) {
        while (this.connection.bufferedAmount > BUFFERED_OCTETS_MAX && !isAborted(stop)) {
          await this.#environment.sleep(DRAIN_MS, stop).catch(() => undefined);
        }
        if (isAborted(stop)) return;
        this.connection.sendChunk(frame);
      }
    }
  }

  /** Runs a call when there is room for it; places are handed on in the order of the calls. */
  async #bounded<T>(run: () => Promise<T>): Promise<T> {
    if (this.#inFlight < Math.max(1, this.info.limits.calls_in_flight_max - 1)) {
      this.#inFlight++;
    } else if (!this.#over.signal.aborted) {
      await new Promise<void>((resolve) => {
        this.#waiting.push(resolve);
      });
    }
    try {
      return await run();
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#inFlight--;
      else next();
    }
  }

  async #signIfNeeded(
    method: Method,
    params: string,
    context: CallContext,
  ): Promise<Signed | undefined> {
    const changes = !(READING_METHODS as readonly Method[]).includes(method);
    if (!changes || this.info.signing === "session") return undefined;
    return this.#sign(method, params, context);
  }

  async #sign(method: Method, params: string, context: CallContext): Promise<Signed> {
    const { origin, subtle } = this.#credentials;
    const { signal, sign = this.#credentials.sign } = context;
    const { agent, challenge } = this.#found;
    // Taken before the first wait, so that numbers follow the order of the calls.
    const sequence = this.#sequence++;
    const digest = await callDigest(subtle, method, params);
    const { statement, text } = makeStatement(
      { purpose: method, origin, agent, challenge, sequence, digest },
      this.#environment.now(),
    );
    const over = this.#over.signal;
    const either = signal === undefined ? over : AbortSignal.any([signal, over]);
    try {
      const signature = await abortable(sign(text, statement, { signal: either }), either);
      return { statement: text, signature };
    } catch (error) {
      throwIfAborted(signal);
      // The connection ended while the server signed: the statement is worth nothing now.
      if (isAborted(over)) throw asBridgeError(over.reason, "connection-lost");
      if (error instanceof BridgeError) throw error;
      throw new BridgeError("signing-failed", {
        message: `the site's server did not sign (${String(error)})`,
        cause: error,
      });
    }
  }
}
