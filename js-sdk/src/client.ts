/**
 * The client: one open way to the agent, kept open. A lost connection is made anew with the events
 * that were missed; a job is never sent twice.
 */
import { Channel } from "./channel.js";
import type { Params } from "./connection.js";
import { list, members, readPrinter, text, type AgentEvent, type PrinterInfo } from "./decode.js";
import { prepare, type DocumentInput } from "./document.js";
import { isLate, type Environment } from "./environment.js";
import {
  abortable,
  asBridgeError,
  BridgeError,
  isAborted,
  throwIfAborted,
  type BridgeErrorCode,
} from "./errors.js";
import { establishOwn, type Establish } from "./establish.js";
import type { Search } from "./find.js";
import type { Method } from "./generated/protocol.js";
import { Hub, type Listener } from "./hub.js";
import { Job, JobWatch, type Course } from "./job.js";
import { Jobs } from "./jobs.js";
import { Live } from "./live.js";
import type {
  CallOptions,
  ConnectionState,
  ConnectOptions,
  EventsQuery,
  PrintRequest,
} from "./options.js";
import { freshNonce } from "./proof.js";
import { keep, searchFor, WAY_KEY } from "./search.js";
import { loadCertificates, type CallContext, type Session } from "./session.js";

const RETRY_MS = 500;
const RETRY_MS_MAX = 30_000;
/** A connection that lived this long was good: the next loss starts counting anew. */
const STABLE_MS = 10_000;
/** Events that wait for a slow loop before it is told to read the state anew. */
const WAITING_MAX = 4_096;

/**
 * Connects to the agent on this machine. Call it on a click: the browser may ask its user first.
 *
 * @example
 * ```ts
 * import { connect } from "platen";
 *
 * const client = await connect({
 *   certificates: async ({ signal }) => (await fetch("/platen/certificates", { signal })).text(),
 *   sign: async (text, _statement, { signal }) => {
 *     const answer = await fetch("/platen/sign", { method: "POST", body: text, signal });
 *     if (!answer.ok) throw new Error(await answer.text());
 *     return answer.text();
 *   },
 *   onState: (state) => console.log(state.type),
 * });
 * const job = await client.print({ document: "Hello, paper\n\n\n" });
 * const { state, evidence } = await job.done();
 * console.log(state, evidence);
 * await client.close();
 * ```
 */
export async function connect(options: ConnectOptions): Promise<Client> {
  return connectBy(establishOwn, options);
}

/**
 * Connects, with sessions from `establish`.
 *
 * @internal
 */
export async function connectBy(establish: Establish, options: ConnectOptions): Promise<Client> {
  throwIfAborted(options.signal);
  const client = new Client(options, establish);
  try {
    await client.ready({ signal: options.signal });
    return client;
  } catch (error) {
    await client.close();
    throw error;
  }
}

/** An open way to the agent. Made by {@link connect}. */
export class Client implements AsyncDisposable {
  /** How the connection stands, now and as it changes. */
  readonly connection = new Live<ConnectionState>({ type: "connecting" });
  /** The jobs of this site. */
  readonly jobs: Jobs;

  readonly #options: ConnectOptions;
  readonly #establish: Establish;
  readonly #environment: Environment;
  readonly #search: Search;
  readonly #hub = new Hub();
  readonly #watch: JobWatch;
  readonly #closing = new AbortController();
  readonly #done: Promise<void>;
  #session: Session | undefined;

  /** @internal */
  constructor(options: ConnectOptions, establish: Establish) {
    this.#options = options;
    this.#establish = establish;
    const { environment, search } = searchFor(options, (waiting) => {
      this.#enter({ type: waiting ? "waiting-for-permission" : "connecting" });
    });
    this.#environment = environment;
    this.#search = search;
    this.jobs = new Jobs({
      call: async (method, params, signal) => this.call(method, params, { signal }),
      handle: (id) => this.#handle(id, undefined),
    });
    this.#watch = new JobWatch(this.#hub, async (id) => this.jobs.get(id));
    if (options.onState !== undefined) this.connection.subscribe(options.onState);
    this.#done = this.#run();
  }

  /** How the connection stands now. */
  get state(): ConnectionState {
    return this.connection.current;
  }

  /** Resolves when the connection is open; rejects when it is closed. */
  async ready({ signal }: CallOptions = {}): Promise<void> {
    for await (const state of this.connection.values({ signal })) {
      if (state.type === "open") return;
      if (state.type === "closed") throw state.error ?? new BridgeError("closed");
    }
  }

  /** The printers this site may use. */
  async printers({ signal }: CallOptions = {}): Promise<PrinterInfo[]> {
    const answer = await this.call("printers.list", {}, { signal });
    return list(members(answer), "printers", readPrinter);
  }

  /** One printer. */
  async printer(id: string, { signal }: CallOptions = {}): Promise<PrinterInfo> {
    return readPrinter(await this.call("printers.get", { printer: id }, { signal }));
  }

  /**
   * Prints. Resolves when the agent has the job durably, not when the paper is out: the
   * {@link Job} tells that. Jobs are submitted in the order of the calls.
   *
   * When the answer does not come (`connection-lost`, `aborted`), nobody knows whether the job was
   * accepted; the error carries the `idempotencyKey` to {@link Client.recover} with.
   */
  async print(request: PrintRequest, { signal }: CallOptions = {}): Promise<Job> {
    throwIfAborted(signal);
    const session = this.#open();
    const idempotencyKey = request.idempotencyKey ?? freshNonce();
    const progress = { sent: false };
    const printed = session.inTurn(async (submit) => {
      const inputs = isList(request.document) ? request.document : [request.document];
      const { subtle } = this.#search;
      const documents = await Promise.all(inputs.map(async (input) => prepare(subtle, input)));
      const watched = session.info.capabilities.includes("jobs");
      const release = watched ? await this.#watch.hold() : undefined;
      try {
        throwIfAborted(signal);
        const answer = await submit(
          {
            printer: request.printer,
            documents: documents.map(({ info }) => info),
            name: request.name,
            idempotency_key: idempotencyKey,
            priority: request.priority,
            expires_at: request.expiresAt?.getTime(),
            not_before: request.notBefore?.getTime(),
            repeat: request.repeat,
          },
          documents.map(({ octets }) => octets),
          () => {
            progress.sent = true;
          },
          { signal },
        );
        const id = text(members(answer), "job_id");
        // Where the grant lets nobody hear of jobs, the handle asks and is told so.
        return this.#handle(id, watched ? this.#watch.follow(id) : undefined);
      } finally {
        release?.();
      }
    });
    try {
      return await abortable(printed, signal);
    } catch (error) {
      throw progress.sent && error instanceof BridgeError
        ? afterSending(error, idempotencyKey)
        : error;
    }
  }

  /**
   * What became of a print whose answer was lost: the job, or `undefined` where the agent has none
   * under this key. Then print again, with the same key: it is never printed twice. Waits until the
   * client is open, and asks again where the connection is lost once more.
   *
   * @example
   * ```ts
   * import { BridgeError, type Client, type Job, type PrintRequest } from "platen";
   *
   * async function printOnce(client: Client, request: PrintRequest): Promise<Job> {
   *   try {
   *     return await client.print(request);
   *   } catch (error) {
   *     if (!(error instanceof BridgeError) || error.idempotencyKey === undefined) throw error;
   *     const { idempotencyKey } = error;
   *     const accepted = await client.recover(idempotencyKey);
   *     return accepted ?? client.print({ ...request, idempotencyKey });
   *   }
   * }
   * ```
   */
  async recover(idempotencyKey: string, { signal }: CallOptions = {}): Promise<Job | undefined> {
    for (;;) {
      await this.ready({ signal });
      try {
        const [found] = await this.jobs.list({ idempotencyKey, limit: 1, signal });
        return found === undefined ? undefined : this.job(found.id);
      } catch (error) {
        if (!(error instanceof BridgeError) || error.code !== "connection-lost") throw error;
      }
    }
  }

  /** A handle on a job whose id was kept. */
  job(id: string): Job {
    return this.#handle(id, undefined);
  }

  /** Keeps a printer from starting jobs. */
  async pause(printer: string, { signal }: CallOptions = {}): Promise<void> {
    await this.call("queue.pause", { printer }, { signal });
  }

  /** Lets a printer start jobs again. */
  async resume(printer: string, { signal }: CallOptions = {}): Promise<void> {
    await this.call("queue.resume", { printer }, { signal });
  }

  /**
   * What happens to this site's jobs and printers. Goes on over lost connections without a gap;
   * where one cannot be avoided, a `resync` says so. Leaving the loop ends it.
   *
   * @example
   * ```ts
   * import type { Client } from "platen";
   *
   * async function showPrinters(client: Client, show: (line: string) => void): Promise<void> {
   *   for await (const event of client.events({ topics: ["printers"] })) {
   *     if (event.type === "printer-state-changed") show(`${event.printer} ${event.state}`);
   *     if (event.type === "resync") for (const one of await client.printers()) show(one.name);
   *   }
   * }
   * ```
   */
  async *events({ topics = ["jobs", "printers"], after, signal }: EventsQuery = {}): AsyncGenerator<
    AgentEvent,
    void,
    undefined
  > {
    throwIfAborted(signal);
    this.#open();
    const channel = new Channel<AgentEvent>({
      signal,
      limit: WAITING_MAX,
      overflow: () => ({ type: "resync" }),
      onEnd: () => {
        this.#hub.remove(listener);
      },
    });
    const listener: Listener = {
      topics,
      after,
      everyJob: topics.includes("jobs"),
      hear: (event) => {
        channel.push(event);
      },
      fail: (error) => {
        channel.end(error);
      },
    };
    try {
      await abortable(this.#hub.add(listener), signal);
    } catch (error) {
      channel.end();
      throw error;
    }
    yield* channel;
  }

  /** Ends it. What is under way rejects with `closed`; accepted jobs print on. */
  async close(): Promise<void> {
    if (!this.#closing.signal.aborted) this.#finish(undefined);
    await this.#done;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /**
   * Makes a call of the protocol; the package's other entries add methods by it.
   *
   * @internal
   */
  async call(method: Method, params: Params, context: CallContext): Promise<unknown> {
    return this.#open().call(method, params, context);
  }

  /**
   * Hears what happens to devices; set by `platen/devices`.
   *
   * @internal
   */
  set onDevice(hear: (params: unknown) => void) {
    this.#hub.onDevice = hear;
  }

  #open(): Session {
    if (this.#session !== undefined) return this.#session;
    if (this.state.type === "closed") throw new BridgeError("closed");
    throw new BridgeError("connection-lost", {
      message: "there is no connection to the agent; nothing was sent",
    });
  }

  #handle(id: string, course: Course | undefined): Job {
    return new Job(id, course, {
      follow: async () => this.#watch.catchUp(id),
      ask: async (options) => this.jobs.get(id, options),
      cancel: async (options) => this.jobs.cancel(id, options),
    });
  }

  #enter(state: ConnectionState): void {
    if (this.state.type !== "closed") this.connection.set(state);
  }

  async #run(): Promise<void> {
    const { signal } = this.#closing;
    let failures = 0;
    let wasOpen = this.#options.keepTrying === true;
    while (!signal.aborted) {
      const error = await this.#live(signal, failures > 0, () => {
        wasOpen = true;
      });
      if (isAborted(signal)) return;
      if (error.since > STABLE_MS) failures = 0;
      if (!wasOpen || error.failure.retry !== "later") {
        this.#finish(error.failure);
        return;
      }
      const longest = Math.min(RETRY_MS_MAX, RETRY_MS * 2 ** failures++);
      const delayMs = Math.round(longest * this.#environment.random());
      this.#enter({ type: "waiting-to-retry", error: error.failure, delayMs });
      await this.#rest(delayMs, signal);
      this.#enter({ type: "connecting" });
    }
  }

  /** Waits before the next try, but not when the page has its user back. */
  async #rest(ms: number, signal: AbortSignal): Promise<void> {
    const environment = this.#environment;
    await isLate(environment, ms, signal, async (stop) => environment.attended(stop));
  }

  /** One connection from its search to its end; answers why it ended and how long it was open. */
  async #live(
    signal: AbortSignal,
    askFirst: boolean,
    onOpen: () => void,
  ): Promise<{ readonly failure: BridgeError; readonly since: number }> {
    let openedAt: number | undefined;
    const since = (): number => (openedAt === undefined ? 0 : this.#environment.now() - openedAt);
    try {
      const session = await this.#begin(signal, askFirst);
      openedAt = this.#environment.now();
      this.#session = session;
      onOpen();
      const { url, agent, info } = session;
      const resumed = this.#hub.resume(session);
      this.#enter({ type: "open", url, agent, session: info });
      this.#watch.resume();
      await resumed.catch((error: unknown) => {
        session.close(asBridgeError(error, "connection-lost"));
      });
      return { failure: (await session.ended).error, since: since() };
    } catch (error) {
      return { failure: asBridgeError(error, "connection-lost"), since: since() };
    } finally {
      this.#session = undefined;
      this.#hub.suspend();
    }
  }

  async #begin(signal: AbortSignal, askFirst: boolean): Promise<Session> {
    const { certificates, sign } = this.#options;
    const chain = await abortable(loadCertificates(certificates, signal), signal);
    const environment = this.#environment;
    const { store } = environment;
    const lastUrl = store?.getItem(WAY_KEY) ?? undefined;
    const session = await this.#establish({
      ...{ environment, chain, sign, signal },
      search: { ...this.#search, lastUrl, askFirst },
      onFound: () => {
        this.#enter({ type: "connecting" });
      },
    });
    keep(store, WAY_KEY, session.url);
    return session;
  }

  #finish(error: BridgeError | undefined): void {
    const session = this.#session;
    this.#session = undefined;
    this.#enter({ type: "closed", error });
    this.connection.end();
    const closed = error ?? new BridgeError("closed");
    this.#hub.fail(closed);
    session?.close(closed);
    this.#closing.abort(closed);
  }
}

/** What may end a print that the agent may have accepted; other codes are its answer. */
const UNANSWERED: readonly BridgeErrorCode[] = [
  "connection-lost",
  "aborted",
  "closed",
  "timeout",
  "slow-consumer",
  "shutting-down",
  "invalid-answer",
];

/** The failure of a print that was sent. */
function afterSending(failure: BridgeError, idempotencyKey: string): BridgeError {
  if (!UNANSWERED.includes(failure.code)) return failure;
  return new BridgeError(failure.code, {
    message: `${failure.message}; nobody knows whether the job was accepted`,
    next: "ask with recover(idempotencyKey), or print again with the same idempotencyKey: never twice",
    cause: failure.cause,
    idempotencyKey,
  });
}

function isList(input: PrintRequest["document"]): input is readonly DocumentInput[] {
  return Array.isArray(input);
}
