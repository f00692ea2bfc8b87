/** The tab's part: a worker that was started, and sessions that are used through it. */
import type { Ended, Params } from "../connection.js";
import { members, text, type IncomingNotification, type SessionInfo } from "../decode.js";
import { isLate } from "../environment.js";
import { abortable, aborted, asBridgeError, BridgeError, throwIfAborted } from "../errors.js";
import type { Attempt } from "../establish.js";
import type { Method } from "../generated/protocol.js";
import { checkPin, freshNonce } from "../proof.js";
import type { CallContext, Session, Sign, Submit } from "../session.js";
import type { HeldJobs } from "./held.js";
import type { Locks } from "./locks.js";
import {
  fromFailure,
  HEARD_STEP,
  toFailure,
  type FromTab,
  type FromWorker,
  type Opened,
} from "./messages.js";

/** How long a worker may take to start. */
const READY_MS = 5_000;

/** A worker that was started, or joined. */
export interface WorkerHandle {
  readonly port: MessagePort;
  /** Resolves when its script cannot be loaded, or the page's policy forbids it. */
  readonly failed: Promise<void>;
}

interface Pending {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: BridgeError) => void;
  readonly sign: Sign;
  /** From here on the agent may hear of it. */
  readonly onSigned: () => void;
  readonly signal: AbortSignal | undefined;
}

/** A live worker. */
export class Bond {
  readonly #port: MessagePort;
  readonly #over = new AbortController();
  readonly #pending = new Map<number, Pending>();
  readonly #sessions = new Map<number, SharedSession>();
  #lastId = 0;

  /** The jobs of this tab: they outlive sessions and workers. */
  readonly held: HeldJobs;

  private constructor(port: MessagePort, held: HeldJobs) {
    this.#port = port;
    this.held = held;
  }

  /** Starts the worker, or joins the one that runs; throws where the browser does not let us. */
  static async start(
    start: () => WorkerHandle,
    locks: Locks,
    held: HeldJobs,
    { environment, signal }: Pick<Attempt, "environment" | "signal">,
  ): Promise<Bond> {
    const { port, failed } = start();
    const bond = new Bond(port, held);
    const lock = `platen.tab.${freshNonce()}`;
    try {
      await locks.hold(lock, bond.#over.signal);
      const ready = new Promise<string>((resolve, reject) => {
        void failed.then(() => {
          reject(new Error("the browser does not start the shared worker"));
        });
        // The other end is this package, in a worker of the same origin.
        port.onmessage = ({ data }: MessageEvent<FromWorker>) => {
          if (data.type === "ready") resolve(data.lock);
          else bond.#take(data);
        };
      });
      bond.#say({ type: "hello", lock });
      if (await isLate(environment, READY_MS, signal, async () => ready)) {
        throw new Error("the shared worker does not answer");
      }
      const other = await ready;
      const gone = (): void => {
        bond.end();
      };
      locks.whenFree(other, bond.#over.signal).then(gone, gone);
      // The client was closed.
      void aborted(signal).then(gone);
      return bond;
    } catch (error) {
      bond.end();
      throw error;
    }
  }

  /** Whether the worker is gone. */
  get isOver(): boolean {
    return this.#over.signal.aborted;
  }

  /** Has the worker open a session, or take us into the one that is open. */
  async open({ search, chain, sign, signal }: Attempt): Promise<Session> {
    const { ports, lastUrl, pins, origin, askFirst } = search;
    const pinned = await pins.get(origin);
    const request = { chain, ports, lastUrl, pinned, askFirst, jobs: this.held.ids };
    // The worker is this package: it answers in these words.
    const opened = (await this.request({ type: "open", request }, sign, { signal })) as Opened;
    const session = new SharedSession(this, opened, sign);
    this.#sessions.set(opened.session, session);
    try {
      await checkPin(pins, origin, opened.agent);
    } catch (error) {
      session.close();
      throw error;
    }
    return session;
  }

  /** Asks the worker something; the answer, by its id. */
  async request(
    message: Unnumbered,
    sign: Sign,
    { signal }: CallContext,
    onSigned: () => void = () => undefined,
  ): Promise<unknown> {
    throwIfAborted(signal);
    if (this.isOver) throw new BridgeError("connection-lost");
    const id = ++this.#lastId;
    const answer = new Promise<unknown>((resolve, reject) => {
      this.#pending.set(id, { resolve, reject, sign, onSigned, signal });
    });
    this.#say({ ...message, id });
    try {
      return await abortable(answer, signal);
    } finally {
      if (this.#pending.delete(id)) this.#say({ type: "stop", id });
    }
  }

  /** Says something that gets no answer. */
  tell(message: Extract<FromTab, { type: "every-job" | "heard" | "leave" }>): void {
    if (message.type === "leave") this.#sessions.delete(message.session);
    if (!this.isOver) this.#say(message);
  }

  /** Ends it, and whatever goes on through it. */
  end(): void {
    if (this.isOver) return;
    this.#over.abort();
    this.#port.close();
    const error = new BridgeError("connection-lost");
    for (const { reject, onSigned } of this.#pending.values()) {
      // The worker may have sent it just before.
      onSigned();
      reject(error);
    }
    this.#pending.clear();
    for (const session of this.#sessions.values()) session.over({ code: 1006, error });
    this.#sessions.clear();
  }

  #say(message: FromTab): void {
    this.#port.postMessage(message);
  }

  #take(message: Exclude<FromWorker, { type: "ready" }>): void {
    switch (message.type) {
      case "answer":
        this.#settle(message.id)?.resolve(message.result);
        break;
      case "failed":
        this.#settle(message.id)?.reject(fromFailure(message.error));
        break;
      case "sign":
        void this.#sign(message);
        break;
      case "notification":
        this.#sessions.get(message.session)?.hear(message.notification);
        break;
      case "ended": {
        const session = this.#sessions.get(message.session);
        this.#sessions.delete(message.session);
        session?.over({ code: message.code, error: fromFailure(message.error) });
        break;
      }
      default:
        message satisfies never;
    }
  }

  #settle(id: number): Pending | undefined {
    const pending = this.#pending.get(id);
    this.#pending.delete(id);
    return pending;
  }

  async #sign({
    question,
    id,
    text,
    statement,
  }: Extract<FromWorker, { type: "sign" }>): Promise<void> {
    const pending = this.#pending.get(id);
    const over = this.#over.signal;
    const signal = pending?.signal === undefined ? over : AbortSignal.any([pending.signal, over]);
    try {
      if (pending === undefined) throw new BridgeError("aborted");
      const signature = await abortable(pending.sign(text, statement, { signal }), signal);
      pending.onSigned();
      this.#say({ type: "signed", question, signature });
    } catch (error) {
      if (this.isOver) return;
      const failure =
        error instanceof BridgeError
          ? error
          : new BridgeError("signing-failed", {
              message: `the site's server did not sign (${String(error)})`,
            });
      this.#say({ type: "unsigned", question, error: toFailure(failure) });
    }
  }
}

type Unnumbered = FromTab extends infer Message
  ? Message extends { type: "open" | "call" | "submit" }
    ? Omit<Message, "id">
    : never
  : never;

/** A session whose connection lives in the worker. */
class SharedSession implements Session {
  readonly info: SessionInfo;
  readonly agent: string;
  readonly url: string;
  readonly ended: Promise<Ended>;
  onNotification: (notification: IncomingNotification) => void = () => undefined;
  readonly #bond: Bond;
  readonly #number: number;
  readonly #sign: Sign;
  #end: (ended: Ended) => void = () => undefined;
  #heard = 0;
  #lastTurn: Promise<void> = Promise.resolve();
  readonly #over = new AbortController();

  constructor(bond: Bond, { session, info, agent, url }: Opened, sign: Sign) {
    this.#bond = bond;
    this.#number = session;
    this.#sign = sign;
    this.info = info;
    this.agent = agent;
    this.url = url;
    this.ended = new Promise((resolve) => {
      this.#end = resolve;
    });
  }

  async call(method: Method, params: Params, context: CallContext = {}): Promise<unknown> {
    const { documents } = context;
    return this.#request({ type: "call", method, params, documents, beside: false }, context);
  }

  async callBeside(method: Method, params: Params): Promise<unknown> {
    return this.#request({ type: "call", method, params, beside: true }, {});
  }

  async inTurn<T>(run: (submit: Submit) => Promise<T>): Promise<T> {
    const before = this.#lastTurn;
    let leave: () => void = () => undefined;
    this.#lastTurn = new Promise<void>((resolve) => {
      leave = resolve;
    });
    const submit: Submit = async (params, documents, onSent, context = {}) => {
      await before;
      throwIfAborted(context.signal);
      // Where nothing is signed, the worker sends it as soon as it hears of it.
      if (this.info.signing === "session") onSent();
      const answer = this.#request({ type: "submit", params, documents }, context, onSent);
      leave();
      return answer;
    };
    return run(submit).finally(leave);
  }

  hearEveryJob(every: boolean): void {
    this.#bond.tell({ type: "every-job", session: this.#number, every });
  }

  close(error?: BridgeError): void {
    this.#bond.tell({ type: "leave", session: this.#number });
    this.over({ code: 1000, error: error ?? new BridgeError("connection-lost") });
  }

  /** It is over; what is under way ends with the error. */
  over(ended: Ended): void {
    this.#end(ended);
    this.#over.abort(ended.error);
  }

  /** The worker passes something on. */
  hear(notification: IncomingNotification): void {
    if (++this.#heard % HEARD_STEP === 0) {
      this.#bond.tell({ type: "heard", session: this.#number });
    }
    this.#bond.held.hear(notification);
    this.onNotification(notification);
  }

  async #request(
    message: SessionMessage,
    context: CallContext,
    onSigned?: () => void,
  ): Promise<unknown> {
    const over = this.#over.signal;
    const lost = aborted(over).then(() => {
      throw asBridgeError(over.reason, "connection-lost");
    });
    const numbered = { ...message, session: this.#number };
    const { job_id: asked } = message.params;
    if (typeof asked === "string") this.#bond.held.add(asked);
    const answer = this.#bond.request(numbered, this.#sign, context, onSigned);
    const result = await Promise.race([lost, answer]);
    if (message.type === "submit") this.#bond.held.add(text(members(result), "job_id"));
    return result;
  }
}

type SessionMessage = Unnumbered extends infer Message
  ? Message extends { session: number }
    ? Omit<Message, "session">
    : never
  : never;
