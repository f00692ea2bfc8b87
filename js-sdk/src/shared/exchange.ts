/**
 * The worker's part: one connection for all tabs that open the same session. Each tab is answered
 * by the ids of its own requests, signs its own jobs, and hears of the jobs it holds.
 *
 * Knows no `SharedWorker`: it is given ports, locks and an environment.
 */
import { canonicalJson } from "../canonical.js";
import type { Environment } from "../environment.js";
import { asBridgeError, BridgeError, type ClientErrorCode } from "../errors.js";
import { establishOwn } from "../establish.js";
import type { Search } from "../find.js";
import { Hub } from "../hub.js";
import type { OwnSession, Sign } from "../session.js";
import type { Locks } from "./locks.js";
import {
  fromFailure,
  toFailure,
  type FromTab,
  type FromWorker,
  type OpenRequest,
} from "./messages.js";
import { Seat } from "./seat.js";

/** What surrounds an exchange. */
export interface Host {
  readonly environment: Environment;
  readonly locks: Locks;
  /** The lock this worker holds. */
  readonly lock: string;
}

/** One open session, and who uses it. */
export interface Line {
  readonly number: number;
  readonly session: OwnSession;
  readonly hub: Hub;
  readonly seats: Set<Seat>;
}

/** All tabs of one origin, and their sessions. */
export class Exchange {
  readonly #host: Host;
  readonly #lines = new Map<string, Promise<Line>>();
  #lastLine = 0;

  constructor(host: Host) {
    this.#host = host;
  }

  /** Takes in a tab. */
  join(port: MessagePort): void {
    const tab = new Tab(this, port);
    // Ports of this worker lead to this package in a page of the same origin.
    port.onmessage = ({ data }: MessageEvent<FromTab>) => {
      if (data.type !== "hello") {
        tab.take(data);
        return;
      }
      const { lock, locks } = this.#host;
      tab.say({ type: "ready", lock });
      const gone = (): void => {
        tab.leave();
        port.close();
      };
      locks.whenFree(data.lock, tab.over.signal).then(gone, gone);
    };
  }

  /** The session these tabs share, opened by the first who asks. */
  async line(request: OpenRequest, sign: Sign, signal: AbortSignal): Promise<Line> {
    const { chain, ports } = request;
    const key = canonicalJson({ chain, ports: { ...ports } });
    const open = this.#lines.get(key);
    if (open !== undefined) {
      return open.catch((error: unknown) => {
        // Whoever opened it went away meanwhile: that is no failure of this tab's.
        if (signal.aborted || asBridgeError(error, "aborted").code !== "aborted") throw error;
        throw new BridgeError("connection-lost");
      });
    }
    const opening = this.#open(request, sign, signal);
    this.#lines.set(key, opening);
    const forget = (): void => {
      this.#lines.delete(key);
    };
    opening.then(async ({ session }) => session.ended.then(forget), forget);
    return opening;
  }

  async #open(request: OpenRequest, sign: Sign, signal: AbortSignal): Promise<Line> {
    const { environment } = this.#host;
    const { origin, subtle } = environment;
    if (origin === undefined || subtle === undefined) throw new BridgeError("page-must-be-https");
    const { chain, ports, lastUrl, pinned, askFirst } = request;
    const search: Search = {
      ...{ origin, subtle, ports, lastUrl, askFirst },
      // The tabs keep the pin: a worker has no store.
      pins: { get: () => pinned, set: () => undefined },
      tellOrigin: false,
      onWaiting: () => undefined,
    };
    const onFound = (): void => undefined;
    const session = await establishOwn({ environment, search, chain, sign, signal, onFound });
    const line: Line = { number: ++this.#lastLine, session, hub: new Hub(), seats: new Set() };
    await line.hub.resume(session);
    void session.ended.then(({ code, error }) => {
      line.hub.suspend();
      for (const seat of line.seats) seat.end(code, error);
    });
    return line;
  }
}

/** One tab, as the worker sees it. */
export class Tab {
  /** Given when the tab is gone. */
  readonly over = new AbortController();
  readonly #exchange: Exchange;
  readonly #port: MessagePort;
  readonly #seats = new Map<number, Seat>();
  readonly #running = new Map<number, AbortController>();
  readonly #questions = new Map<
    number,
    { readonly resolve: (signature: string) => void; readonly reject: (error: BridgeError) => void }
  >();
  #lastQuestion = 0;

  constructor(exchange: Exchange, port: MessagePort) {
    this.#exchange = exchange;
    this.#port = port;
  }

  /** Says something to the tab. */
  say(message: FromWorker): void {
    this.#port.postMessage(message);
  }

  /** Takes what the tab says. */
  take(message: Exclude<FromTab, { type: "hello" }>): void {
    switch (message.type) {
      case "open":
        this.#run(message.id, async (sign, signal) => this.#open(message.request, sign, signal));
        break;
      case "call":
        this.#run(message.id, async (sign, signal) =>
          this.#seat(message.session).call(message, { sign, signal }),
        );
        break;
      case "submit":
        this.#run(message.id, async (sign, signal) =>
          this.#seat(message.session).submit(message, { sign, signal }),
        );
        break;
      case "stop":
        this.#running.get(message.id)?.abort();
        break;
      case "signed":
        this.#questions.get(message.question)?.resolve(message.signature);
        break;
      case "unsigned":
        this.#questions.get(message.question)?.reject(fromFailure(message.error));
        break;
      case "every-job":
        this.#seats.get(message.session)?.hearEveryJob(message.every);
        break;
      case "heard":
        this.#seats.get(message.session)?.heard();
        break;
      case "leave":
        this.#seats.get(message.session)?.leave();
        this.#seats.delete(message.session);
        break;
      default:
        message satisfies never;
    }
  }

  /** The tab is gone: gives back all it held. What it had sent to the agent goes on there. */
  leave(): void {
    this.over.abort();
    for (const running of this.#running.values()) running.abort();
    for (const seat of this.#seats.values()) seat.leave();
    this.#seats.clear();
  }

  #seat(number: number): Seat {
    const seat = this.#seats.get(number);
    // It ended while the message was on its way.
    if (seat === undefined) throw new BridgeError("connection-lost");
    return seat;
  }

  async #open(request: OpenRequest, sign: Sign, signal: AbortSignal): Promise<unknown> {
    const line = await this.#exchange.line(request, sign, signal);
    const { number, session } = line;
    if (signal.aborted) {
      if (line.seats.size === 0) session.close();
      throw new BridgeError("aborted");
    }
    const seat = new Seat(line, request.jobs, {
      notify: (notification) => {
        this.say({ type: "notification", session: number, notification });
      },
      end: (code, error) => {
        this.#seats.delete(number);
        this.say({ type: "ended", session: number, code, error: toFailure(error) });
      },
    });
    this.#seats.set(number, seat);
    const { info, agent, url } = session;
    return { session: number, info, agent, url };
  }

  #run(id: number, run: (sign: Sign, signal: AbortSignal) => Promise<unknown>): void {
    const running = new AbortController();
    this.#running.set(id, running);
    const failed = (error: unknown, code: ClientErrorCode): void => {
      this.say({ type: "failed", id, error: toFailure(asBridgeError(error, code)) });
    };
    const start = async (): Promise<void> => {
      try {
        const result = await run(this.#signer(id), running.signal);
        this.say({ type: "answer", id, result });
      } catch (error) {
        failed(error, "connection-lost");
      } finally {
        this.#running.delete(id);
      }
    };
    void start();
  }

  /** Has the tab sign what belongs to its request: only its page can ask the site's server. */
  #signer(id: number): Sign {
    return async (text, statement, { signal }) => {
      const question = ++this.#lastQuestion;
      try {
        return await new Promise<string>((resolve, reject) => {
          const giveUp = (): void => {
            reject(new BridgeError("aborted"));
          };
          this.#questions.set(question, { resolve, reject });
          AbortSignal.any([signal, this.over.signal]).addEventListener("abort", giveUp);
          this.say({ type: "sign", question, id, text, statement });
        });
      } finally {
        this.#questions.delete(question);
      }
    };
  }
}
