/** A bounded queue between what pushes and one `for await`. */
import { BridgeError } from "./errors.js";

/** Items pushed from one side, taken from the other. Leaving the loop ends it. */
export class Channel<T> implements AsyncIterableIterator<T> {
  readonly #items: T[] = [];
  readonly #onEnd: () => void;
  readonly #limit: number;
  readonly #overflow: (() => T) | undefined;
  #taker:
    { resolve: (result: IteratorResult<T>) => void; reject: (error: unknown) => void } | undefined;
  #end: { readonly error?: unknown } | undefined;
  readonly #stopListening: () => void = () => undefined;

  /**
   * `overflow` makes the one item that stands for all that were dropped when more than `limit`
   * wait; without it the oldest item makes room.
   */
  constructor(options: {
    readonly onEnd: () => void;
    readonly signal: AbortSignal | undefined;
    readonly limit: number;
    readonly overflow?: () => T;
  }) {
    this.#onEnd = options.onEnd;
    this.#limit = options.limit;
    this.#overflow = options.overflow;
    const { signal } = options;
    if (signal === undefined) return;
    const abort = (): void => {
      this.end(new BridgeError("aborted", { cause: signal.reason }));
    };
    if (signal.aborted) {
      abort();
    } else {
      signal.addEventListener("abort", abort, { once: true });
      this.#stopListening = () => {
        signal.removeEventListener("abort", abort);
      };
    }
  }

  /** Adds an item; ignored after the end. */
  push(item: T): void {
    if (this.#end !== undefined) return;
    if (this.#taker !== undefined) {
      this.#taker.resolve({ value: item, done: false });
      this.#taker = undefined;
      return;
    }
    if (this.#items.length >= this.#limit) {
      if (this.#overflow === undefined) this.#items.shift();
      else this.#items.splice(0, this.#items.length, this.#overflow());
    }
    this.#items.push(item);
  }

  /** Ends it after what waits was taken; with an error, the loop then throws it. */
  end(error?: unknown): void {
    if (this.#end !== undefined) return;
    this.#end = error === undefined ? {} : { error };
    // Who aborts wants no more of what waits.
    if (error instanceof BridgeError && error.code === "aborted") this.#items.length = 0;
    this.#stopListening();
    this.#onEnd();
    const taker = this.#taker;
    this.#taker = undefined;
    if (error === undefined) taker?.resolve({ value: undefined, done: true });
    else taker?.reject(error);
  }

  async next(): Promise<IteratorResult<T>> {
    if (this.#items.length > 0) {
      const [value] = this.#items.splice(0, 1) as [T];
      return { value, done: false };
    }
    if (this.#end !== undefined) {
      const { error } = this.#end;
      this.#end = {};
      if (error !== undefined) throw error as Error;
      return { value: undefined, done: true };
    }
    return new Promise((resolve, reject) => {
      this.#taker = { resolve, reject };
    });
  }

  async return(): Promise<IteratorResult<T>> {
    this.end();
    this.#items.length = 0;
    return Promise.resolve({ value: undefined, done: true });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}
