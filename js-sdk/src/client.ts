/**
 * The client: one open way to the agent, kept open. A lost connection is made anew with the events
 * that were missed; a job is never sent twice.
 */
import { Channel } from "./channel.js";
import { list, members, readPrinter, text, type AgentEvent, type PrinterInfo } from "./decode.js";
import { prepare, type DocumentInput } from "./document.js";
import type { Environment } from "./environment.js";
import { abortable, asBridgeError, BridgeError, isAborted, throwIfAborted } from "./errors.js";
import { find, type Search } from "./find.js";
import { Hub, type Listener } from "./hub.js";
import { Job, JobWatch, type CallOptions, type Course } from "./job.js";
import { Jobs } from "./jobs.js";
import type { ConnectionState, ConnectOptions, EventsQuery, PrintRequest } from "./options.js";
import { freshNonce } from "./proof.js";
import { keep, searchFor, WAY_KEY } from "./search.js";
import { loadCertificates, Session } from "./session.js";

const RETRY_MS = 500;
const RETRY_MS_MAX = 30_000;
/** A connection that lived this long was good: the next loss starts counting anew. */
const STABLE_MS = 10_000;
/** How long opening a session may take, with the site's signature. */
const OPEN_MS = 30_000;
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
  throwIfAborted(options.signal);
  const client = new Client(options);
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
  /** The jobs of this site. */
  readonly jobs: Jobs;

  readonly #options: ConnectOptions;
  readonly #environment: Environment;
  readonly #search: Search;
  readonly #hub = new Hub();
  readonly #watch: JobWatch;
  readonly #closing = new AbortController();
  readonly #stateChannels = new Set<Channel<ConnectionState>>();
  readonly #done: Promise<void>;
  #state: ConnectionState = { type: "connecting" };
  #session: Session | undefined;

  /** @internal */
  constructor(options: ConnectOptions) {
    this.#options = options;
    const { environment, search } = searchFor(options, (waiting) => {
      this.#enter({ type: waiting ? "waiting-for-permission" : "connecting" });
    });
    this.#environment = environment;
    this.#search = search;
    this.jobs = new Jobs({
      call: async (method, params, signal) => this.#open().call(method, params, signal),
      handle: (id) => this.#handle(id, undefined),
    });
    this.#watch = new JobWatch(this.#hub, async (id) => this.jobs.get(id));
    tell(options.onState, this.#state);
    this.#done = this.#run();
  }

  /** How the connection stands now. */
  get state(): ConnectionState {
    return this.#state;
  }

  /** How the connection stands now, and each change from here on; ends when the client is closed. */
  states({ signal }: CallOptions = {}): AsyncIterableIterator<ConnectionState> {
    const channel = new Channel<ConnectionState>({
      signal,
      limit: WAITING_MAX,
      onEnd: () => {
        this.#stateChannels.delete(channel);
      },
    });
    channel.push(this.#state);
    if (this.#state.type === "closed") channel.end();
    else this.#stateChannels.add(channel);
    return channel;
  }

  /** Resolves when the connection is open; rejects when it is closed. */
  async ready({ signal }: CallOptions = {}): Promise<void> {
    for await (const state of this.states({ signal })) {
      if (state.type === "open") return;
      if (state.type === "closed") throw state.error ?? new BridgeError("closed");
    }
  }

  /** The printers this site may use. */
  async printers({ signal }: CallOptions = {}): Promise<PrinterInfo[]> {
    const answer = await this.#open().call("printers.list", {}, signal);
    return list(members(answer), "printers", readPrinter);
  }

  /** One printer. */
  async printer(id: string, { signal }: CallOptions = {}): Promise<PrinterInfo> {
    return readPrinter(await this.#open().call("printers.get", { printer: id }, signal));
  }

  /**
   * Prints. Resolves when the agent has the job durably, not when the paper is out: the
   * {@link Job} tells that. Jobs are submitted in the order of the calls.
   *
   * When the answer does not come (`connection-lost`, `aborted`), nobody knows whether the job was
   * accepted; the error carries the `idempotencyKey` to print with again.
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
          signal,
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
        ? unanswered(error, idempotencyKey)
        : error;
    }
  }

  /** A handle on a job whose id was kept. */
  job(id: string): Job {
    return this.#handle(id, undefined);
  }

  /** Keeps a printer from starting jobs. */
  async pause(printer: string, { signal }: CallOptions = {}): Promise<void> {
    await this.#open().call("queue.pause", { printer }, signal);
  }

  /** Lets a printer start jobs again. */
  async resume(printer: string, { signal }: CallOptions = {}): Promise<void> {
    await this.#open().call("queue.resume", { printer }, signal);
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

  #open(): Session {
    if (this.#session !== undefined) return this.#session;
    if (this.#state.type === "closed") throw new BridgeError("closed");
    throw new BridgeError("connection-lost", {
      message: "there is no connection to the agent now; nothing was sent",
      next: "wait for ready(), then call again",
    });
  }

  #handle(id: string, course: Course | undefined): Job {
    return new Job(
      id,
      async () => course ?? this.#watch.catchUp(id),
      async (jobId, options) => this.jobs.get(jobId, options),
      async (jobId, options) => this.jobs.cancel(jobId, options),
    );
  }

  #enter(state: ConnectionState): void {
    if (this.#state.type === "closed") return;
    this.#state = state;
    for (const channel of [...this.#stateChannels]) channel.push(state);
    tell(this.#options.onState, state);
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
      await this.#environment.sleep(delayMs, signal).catch(() => undefined);
      this.#enter({ type: "connecting" });
    }
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
      const session = await this.#establish(signal, askFirst);
      openedAt = this.#environment.now();
      this.#session = session;
      onOpen();
      const { connection, agent, info } = session;
      const resumed = this.#hub.resume(session);
      this.#enter({ type: "open", url: connection.url, agent, session: info });
      await resumed.catch((error: unknown) => {
        connection.close(asBridgeError(error, "connection-lost"));
      });
      return { failure: (await connection.ended).error, since: since() };
    } catch (error) {
      return { failure: asBridgeError(error, "connection-lost"), since: since() };
    } finally {
      this.#session = undefined;
      this.#hub.suspend();
    }
  }

  async #establish(signal: AbortSignal, askFirst: boolean): Promise<Session> {
    const { certificates, sign } = this.#options;
    const chain = await abortable(loadCertificates(certificates, signal), signal);
    const { store } = this.#environment;
    const lastUrl = store?.getItem(WAY_KEY) ?? undefined;
    const search = { ...this.#search, lastUrl, askFirst };
    const found = await find(this.#environment, search, signal);
    this.#enter({ type: "connecting" });
    const over = new AbortController();
    const late = this.#environment.sleep(OPEN_MS, AbortSignal.any([signal, over.signal])).then(
      () => {
        found.connection.close(new BridgeError("timeout"));
      },
      () => undefined,
    );
    try {
      const { origin, subtle } = this.#search;
      const credentials = { origin, subtle, sign };
      const session = await Session.open(found, this.#environment, credentials, chain, signal);
      keep(store, WAY_KEY, found.connection.url);
      return session;
    } finally {
      over.abort();
      await late;
    }
  }

  #finish(error: BridgeError | undefined): void {
    const session = this.#session;
    this.#session = undefined;
    this.#enter({ type: "closed", error });
    for (const channel of [...this.#stateChannels]) channel.end();
    const closed = error ?? new BridgeError("closed");
    this.#hub.fail(closed);
    session?.connection.close(closed);
    this.#closing.abort(closed);
  }
}

/** The failure of a print whose job the agent may have accepted. */
function unanswered(failure: BridgeError, idempotencyKey: string): BridgeError {
  switch (failure.code) {
    case "connection-lost":
    case "aborted":
    case "closed":
    case "timeout":
    case "slow-consumer":
    case "shutting-down":
    case "invalid-answer":
      return new BridgeError(failure.code, {
        message: `${failure.message}; nobody knows whether the job was accepted`,
        next: "print again with the same idempotencyKey: it is never printed twice",
        cause: failure.cause,
        idempotencyKey,
      });
    default:
      // An answer to the job: it was refused.
      return failure;
  }
}

function isList(input: PrintRequest["document"]): input is readonly DocumentInput[] {
  return Array.isArray(input);
}

/** A page's listener that throws is the page's trouble, not the connection's. */
function tell(onState: ConnectOptions["onState"], state: ConnectionState): void {
  try {
    onState?.(state);
  } catch (error) {
    queueMicrotask(() => {
      throw error;
    });
  }
}
