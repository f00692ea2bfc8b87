/** A value that changes: look at it, be told of it, or loop over it. */
import { Channel } from "./channel.js";
import type { CallOptions } from "./options.js";

/** Values that wait for a slow loop; the oldest make room. */
const WAITING_MAX = 4_096;

interface Listener<T> {
  readonly hear: (value: T) => void;
  readonly end: () => void;
}

/**
 * A value that changes. `subscribe` is told the value at once and at each change, which is what a
 * Svelte store does; with `current` it is what React's `useSyncExternalStore` takes.
 *
 * @example
 * ```ts
 * import type { Client } from "platen";
 *
 * function showConnection(client: Client, pill: HTMLElement): () => void {
 *   return client.connection.subscribe((state) => {
 *     pill.textContent = state.type;
 *   });
 * }
 * ```
 */
export class Live<T> implements AsyncIterable<T> {
  readonly #listeners = new Set<Listener<T>>();
  readonly #watched: () => () => void;
  #rest: (() => void) | undefined;
  #current: T;
  #over = false;

  /**
   * `watched` runs when the first listener comes; what it returns, when the last one goes.
   *
   * @internal
   */
  constructor(first: T, watched: () => () => void = () => () => undefined) {
    this.#current = first;
    this.#watched = watched;
  }

  /** The value now. A new object with each change, the same one until then. */
  get current(): T {
    return this.#current;
  }

  /** Calls `listener` with the value now and with each new one; what it returns ends that. */
  subscribe(listener: (value: T) => void): () => void {
    return this.#add({ hear: listener, end: () => undefined });
  }

  /** The value now, and each new one: a loop. Ends with the client. */
  values({ signal }: CallOptions = {}): AsyncIterableIterator<T> {
    let stop: () => void = () => undefined;
    const channel = new Channel<T>({
      signal,
      limit: WAITING_MAX,
      onEnd: () => {
        stop();
      },
    });
    stop = this.#add({
      hear: (value) => {
        channel.push(value);
      },
      end: () => {
        channel.end();
      },
    });
    if (signal?.aborted === true) stop();
    return channel;
  }

  [Symbol.asyncIterator](): AsyncIterableIterator<T> {
    return this.values();
  }

  /**
   * Makes another one follow this one.
   *
   * @internal
   */
  feed(other: Live<T>): void {
    this.#add({
      hear: (value) => {
        other.set(value);
      },
      end: () => {
        other.end();
      },
    });
  }

  /** @internal */
  set(value: T): void {
    if (this.#over) return;
    this.#current = value;
    for (const listener of [...this.#listeners]) tell(listener, value);
  }

  /** @internal */
  end(): void {
    this.#over = true;
    for (const { end } of [...this.#listeners]) end();
    this.#listeners.clear();
    this.#settle();
  }

  #add(listener: Listener<T>): () => void {
    tell(listener, this.#current);
    if (this.#over) listener.end();
    else this.#listeners.add(listener);
    this.#settle();
    return () => {
      this.#listeners.delete(listener);
      this.#settle();
    };
  }

  #settle(): void {
    if (this.#listeners.size > 0) {
      this.#rest ??= this.#watched();
    } else {
      this.#rest?.();
      this.#rest = undefined;
    }
  }
}

/** A page's listener that throws is the page's trouble, not the connection's. */
function tell<T>({ hear }: Listener<T>, value: T): void {
  try {
    hear(value);
  } catch (error) {
    queueMicrotask(() => {
      throw error;
    });
  }
}
