/**
 * JSON-RPC over one transport: calls out, answers and notifications in. Knows no sessions and
 * signs nothing.
 */
import type { Json } from "./canonical.js";
import { readNotification, readWireError, type IncomingNotification } from "./decode.js";
import type { Octets } from "./encoding.js";
import { BridgeError } from "./errors.js";
import type { Method, Signed } from "./generated/protocol.js";
import type { OpenTransport, Transport } from "./transport.js";

interface Pending {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: BridgeError) => void;
}

/** A call on its way: its id, for the frames that belong to it, and its answer. */
export interface Sent {
  readonly id: number;
  readonly answer: Promise<unknown>;
}

/** How a connection ended. */
export interface Ended {
  readonly code: number;
  readonly error: BridgeError;
}

/** Close code of a connection that this side ended. */
const NORMAL = 1000;

/** One connection to something that may be an agent. */
export class Connection {
  /** Where to. */
  readonly url: string;
  /** Resolves with the chosen subprotocol when the handshake is done. */
  readonly opened: Promise<string>;
  /** Resolves when it is over; never rejects. */
  readonly ended: Promise<Ended>;
  /** Hears every notification that is no answer. */
  onNotification: (notification: IncomingNotification) => void = () => undefined;

  readonly #transport: Transport;
  readonly #pending = new Map<number, Pending>();
  readonly #ended: (ended: Ended) => void;
  #nextId = 1;
  #heard = 0;
  #lastError: BridgeError | undefined;
  #over: Ended | undefined;

  /** Throws where the environment forbids the address. */
  constructor(open: OpenTransport, url: string) {
    this.url = url;
    let opened: (protocol: string) => void = () => undefined;
    let ended: (ended: Ended) => void = () => undefined;
    this.opened = new Promise((resolve) => {
      opened = resolve;
    });
    this.ended = new Promise((resolve) => {
      ended = resolve;
    });
    this.#ended = ended;
    this.#transport = open(url, {
      opened: (protocol) => {
        opened(protocol);
      },
      text: (text) => {
        this.#receive(text);
      },
      closed: (code) => {
        this.#end(code);
      },
    });
  }

  /** How many messages came: who sees it change has heard from the other side. */
  get heard(): number {
    return this.#heard;
  }

  /** Octets handed over and not yet sent. */
  get bufferedAmount(): number {
    return this.#transport.bufferedAmount;
  }

  /** Sends a call. `params` is its exact text, which a signature may be about. */
  send(method: Method, params: string, signed?: Signed): Sent {
    if (this.#over !== undefined) throw this.#over.error;
    const id = this.#nextId++ >>> 0;
    const tail = signed === undefined ? "" : `,"signed":${JSON.stringify(signed)}`;
    const answer = new Promise<unknown>((resolve, reject) => {
      this.#pending.set(id, { resolve, reject });
    });
    this.#transport.send(
      `{"jsonrpc":"2.0","id":${id},"method":"${method}","params":${params}${tail}}`,
    );
    return { id, answer };
  }

  /** Sends a piece of a document. */
  sendChunk(frame: Octets): void {
    if (this.#over !== undefined) throw this.#over.error;
    this.#transport.send(frame);
  }

  /**
   * Ends it now, and what is under way with this error: a socket whose other side is gone would
   * take minutes to say so.
   */
  close(error?: BridgeError): void {
    this.#lastError ??= error;
    this.#end(NORMAL);
    this.#transport.close();
  }

  #end(code: number): void {
    if (this.#over !== undefined) return;
    // What the agent said last is why it closed.
    const error = this.#lastError ?? new BridgeError("connection-lost");
    this.#over = { code, error };
    for (const { reject } of this.#pending.values()) reject(error);
    this.#pending.clear();
    this.#ended(this.#over);
  }

  #receive(text: string): void {
    if (this.#over !== undefined) return;
    this.#heard++;
    let message: unknown;
    try {
      message = JSON.parse(text);
    } catch {
      message = undefined;
    }
    if (!isMessage(message)) {
      this.close(new BridgeError("invalid-answer"));
    } else if (message.method !== undefined) {
      const notification = readNotification(message);
      // A notification without a known name is a newer agent's.
      if (notification !== undefined) this.onNotification(notification);
    } else if (message.error !== undefined) {
      const error = readWireError(message.error);
      const pending = this.#take(message.id);
      if (pending === undefined) this.#lastError = error;
      else pending.reject(error);
    } else {
      this.#take(message.id)?.resolve(message.result);
    }
  }

  #take(id: unknown): Pending | undefined {
    if (typeof id !== "number") return undefined;
    const pending = this.#pending.get(id);
    this.#pending.delete(id);
    return pending;
  }
}

interface Message {
  readonly id?: unknown;
  readonly method?: unknown;
  readonly params?: unknown;
  readonly result?: unknown;
  readonly error?: unknown;
}

function isMessage(value: unknown): value is Message {
  return typeof value === "object" && value !== null;
}

/** Params as JSON values, before they become text. */
export type Params = Readonly<Record<string, Json | undefined>>;
