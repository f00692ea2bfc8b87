/**
 * One subscription per connection, shared by every listener of the page. Remembers the last place
 * seen in the agent's log, so that a new connection goes on from there.
 */
import type { Session } from "./session.js";
import { members, text, type AgentEvent, type IncomingNotification } from "./decode.js";
import { asBridgeError, BridgeError } from "./errors.js";
import type { Capability, Topic } from "./generated/protocol.js";

/** The capability each topic needs. */
const NEEDS: Readonly<Record<Topic, Capability>> = { jobs: "jobs", printers: "status" };

/** Somebody who listens. */
export interface Listener {
  /** What about. */
  readonly topics: readonly Topic[];
  /** Hears an event. */
  readonly hear: (event: AgentEvent) => void;
  /** The subscription cannot go on. */
  readonly fail: (error: BridgeError) => void;
  /** The last place this listener heard of. */
  after: string | undefined;
  /** Whether it wants to hear of every job of the site, not only of those this page holds. */
  readonly everyJob: boolean;
}

/** Listeners and their subscription. */
export class Hub {
  readonly #listeners = new Set<Listener>();
  #session: Session | undefined;
  /** The last place in the log that this page knows of. */
  #cursor: string | undefined;
  /** Subscribes are made one after another; the last one's outcome. */
  #subscribing: Promise<void> = Promise.resolve();
  #subscribed = false;
  /** Hears what happens to devices: `platen/devices`. */
  onDevice: ((params: unknown) => void) | undefined;

  /** Takes up on a new session whatever is listened for. */
  async resume(session: Session): Promise<void> {
    this.#session = session;
    this.#subscribed = false;
    session.onNotification = (notification) => {
      this.#notified(session, notification);
    };
    this.#narrow();
    if (this.#listeners.size === 0) return;
    try {
      await this.#subscribe(this.#cursor);
    } catch (error) {
      if (!(error instanceof BridgeError) || error.retry === "later") throw error;
      // The agent's log does not know our place any more, or the grant has changed.
      this.#cursor = undefined;
      await this.#subscribe(undefined);
      this.#tell({ type: "resync" });
    }
  }

  /** The session is over; listeners wait for the next. */
  suspend(): void {
    this.#session = undefined;
    this.#subscribed = false;
  }

  /** Adds a listener; resolves when it misses nothing from its `after` on. */
  async add(listener: Listener): Promise<void> {
    this.#check(listener);
    this.#listeners.add(listener);
    this.#narrow();
    try {
      if (listener.after !== undefined) {
        // Replayed for this listener; the others know these places already.
        await this.#subscribe(earlier(listener.after, this.#cursor));
      } else {
        if (!this.#subscribed) await this.#subscribe(this.#cursor);
        listener.after ??= this.#cursor;
      }
    } catch (error) {
      this.#listeners.delete(listener);
      throw error;
    }
  }

  /** Removes a listener; the last one ends the subscription. */
  remove(listener: Listener): void {
    this.#listeners.delete(listener);
    this.#narrow();
    if (this.#listeners.size > 0) return;
    // For the next listener the past is over.
    this.#cursor = undefined;
    if (!this.#subscribed) return;
    this.#subscribed = false;
    this.#session?.callBeside("events.unsubscribe", {}).catch(() => undefined);
  }

  /** Ends every listener. */
  fail(error: BridgeError): void {
    for (const listener of [...this.#listeners]) listener.fail(error);
    this.#listeners.clear();
  }

  #narrow(): void {
    this.#session?.hearEveryJob?.([...this.#listeners].some(({ everyJob }) => everyJob));
  }

  #check({ topics }: Listener): void {
    const capabilities = this.#session?.info.capabilities;
    if (capabilities === undefined) throw new BridgeError("connection-lost");
    const missing = topics
      .map((topic) => NEEDS[topic])
      .find((need) => !capabilities.includes(need));
    if (missing !== undefined) {
      throw new BridgeError("not-permitted", {
        message: `these events need the capability ${missing}`,
        next: `on the machine, allow it with \`platen trust add ... --capability ${missing}\``,
        retry: "after-fix",
      });
    }
  }

  /** Subscribes to all the grant allows: listeners then come and go without touching the agent. */
  async #subscribe(after: string | undefined): Promise<void> {
    const run = async (): Promise<void> => {
      const session = this.#session;
      if (session === undefined) throw new BridgeError("connection-lost");
      const topics = (["jobs", "printers"] as const).filter((topic) =>
        session.info.capabilities.includes(NEEDS[topic]),
      );
      const answer = await session.callBeside("events.subscribe", { topics, after });
      this.#subscribed = true;
      this.#cursor ??= after ?? text(members(answer), "cursor");
    };
    this.#subscribing = this.#subscribing.catch(() => undefined).then(run);
    return this.#subscribing;
  }

  #tell(event: AgentEvent): void {
    for (const listener of [...this.#listeners]) listener.hear(event);
  }

  #notified(session: Session, notification: IncomingNotification): void {
    if (session !== this.#session) return;
    if (notification.method === "resync") {
      this.#cursor = notification.cursor;
      for (const listener of this.#listeners) listener.after = notification.cursor;
      this.#tell({ type: "resync" });
      // Without a subscription nothing would be heard any more, and nobody would know.
      this.#subscribe(notification.cursor).catch((error: unknown) => {
        session.close(asBridgeError(error, "connection-lost"));
      });
    } else if (notification.method === "event") {
      const { cursor, event } = notification;
      this.#cursor = later(this.#cursor, cursor);
      for (const listener of [...this.#listeners]) {
        if (isKnown(listener.after, cursor)) continue;
        listener.after = cursor ?? listener.after;
        if (isAbout(event, listener.topics)) listener.hear(event);
      }
    } else if (notification.method === "device") {
      this.onDevice?.(notification.params);
    }
  }
}

function isAbout(event: AgentEvent, topics: readonly Topic[]): boolean {
  switch (event.type) {
    case "job-state-changed":
    case "job-progress":
      return topics.includes("jobs");
    case "printer-state-changed":
      return topics.includes("printers");
    case "resync":
    case "unknown":
      return true;
    default:
      return event satisfies never;
  }
}

// Cursors are opaque to a page; this package knows that they are `c` and a number without leading
// zeros in hexadecimal, so a longer one is a later one.

function isBefore(a: string, b: string): boolean {
  return a.length === b.length ? a < b : a.length < b.length;
}

function isKnown(after: string | undefined, cursor: string | undefined): boolean {
  return after !== undefined && cursor !== undefined && !isBefore(after, cursor);
}

function earlier(a: string, b: string | undefined): string {
  return b === undefined || isBefore(a, b) ? a : b;
}

function later(a: string | undefined, b: string | undefined): string | undefined {
  return a === undefined || (b !== undefined && isBefore(a, b)) ? b : a;
}
