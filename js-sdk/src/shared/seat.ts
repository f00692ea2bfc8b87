/** One tab's place at a shared session: what it asks, what it holds, and what it wants to hear. */
import { members, text, type AgentEvent, type IncomingNotification } from "../decode.js";
import type { BridgeError } from "../errors.js";
import type { Topic } from "../generated/protocol.js";
import type { Listener } from "../hub.js";
import type { CallContext } from "../session.js";
import type { Line } from "./exchange.js";
import { HeldJobs } from "./held.js";
import { HEARD_STEP, type FromTab } from "./messages.js";

/** Notifications on their way to a tab that has not taken them: a tab the browser froze. */
const UNHEARD_MAX = 4_096;

/** How a seat reaches its tab. */
export interface SeatOwner {
  notify(notification: IncomingNotification): void;
  end(code: number, error: BridgeError): void;
}

/** A tab's place at a line. */
export class Seat {
  readonly #line: Line;
  readonly #owner: SeatOwner;
  readonly #jobs: HeldJobs;
  #listener: Listener | undefined;
  #everyJob = false;
  #submits = 0;
  #unheard = 0;
  /** Events were not sent, because too many were on their way. */
  #missed = false;
  /** The place of the last event that was sent. */
  #told: string | undefined;

  constructor(line: Line, jobs: readonly string[], owner: SeatOwner) {
    this.#jobs = new HeldJobs(jobs);
    this.#line = line;
    this.#owner = owner;
    line.seats.add(this);
  }

  /** Makes a call; the subscription is the seat's own. */
  async call(
    { method, params, documents, beside }: Extract<FromTab, { type: "call" }>,
    context: CallContext,
  ): Promise<unknown> {
    const { session } = this.#line;
    if (method === "events.subscribe") return this.#subscribe(params["topics"], params["after"]);
    if (method === "events.unsubscribe") {
      this.#unsubscribe();
      return {};
    }
    const { job_id: jobId } = params;
    if (typeof jobId === "string") this.#jobs.add(jobId);
    return beside
      ? session.callBeside(method, params)
      : session.call(method, params, { ...context, documents });
  }

  /** Sends a job. Until its id is known, the tab hears of every job. */
  async submit(
    { params, documents }: Extract<FromTab, { type: "submit" }>,
    context: CallContext,
  ): Promise<unknown> {
    this.#submits++;
    try {
      const answer = await this.#line.session.inTurn(async (submit) =>
        submit(params, documents, () => undefined, context),
      );
      this.#jobs.add(text(members(answer), "job_id"));
      return answer;
    } finally {
      this.#submits--;
    }
  }

  /** Whether it wants to hear of jobs it does not hold. */
  hearEveryJob(every: boolean): void {
    this.#everyJob = every;
  }

  /** The tab has taken some notifications. */
  heard(): void {
    this.#unheard -= HEARD_STEP;
    if (!this.#missed || this.#unheard > 0) return;
    this.#missed = false;
    // From here it asks for what it missed; the agent's log has it.
    this.#resync(this.#told);
  }

  /** The session is over. */
  end(code: number, error: BridgeError): void {
    this.#owner.end(code, error);
  }

  /** The tab has left; the last one ends the session. */
  leave(): void {
    this.#unsubscribe();
    this.#line.seats.delete(this);
    if (this.#line.seats.size === 0) this.#line.session.close();
  }

  async #subscribe(topics: unknown, after: unknown): Promise<unknown> {
    this.#unsubscribe();
    const listener: Listener = {
      topics: topics as readonly Topic[],
      after: typeof after === "string" ? after : undefined,
      everyJob: true,
      hear: (event) => {
        this.#tell(event);
      },
      fail: () => undefined,
    };
    this.#listener = listener;
    await this.#line.hub.add(listener);
    this.#told = typeof after === "string" ? after : listener.after;
    return { cursor: this.#told };
  }

  #unsubscribe(): void {
    if (this.#listener !== undefined) this.#line.hub.remove(this.#listener);
    this.#listener = undefined;
  }

  #tell(event: AgentEvent): void {
    if (event.type === "resync") {
      this.#resync(this.#listener?.after);
    } else if (this.#wants(event)) {
      if (this.#unheard >= UNHEARD_MAX) this.#missed = true;
      if (this.#missed) return;
      const cursor = event.type === "job-progress" ? undefined : event.cursor;
      this.#told = cursor ?? this.#told;
      this.#notify({ method: "event", cursor, event });
    }
  }

  #resync(cursor: string | undefined): void {
    if (cursor !== undefined) this.#notify({ method: "resync", cursor });
  }

  #notify(notification: IncomingNotification): void {
    this.#unheard++;
    this.#jobs.hear(notification);
    this.#owner.notify(notification);
  }

  #wants(event: Exclude<AgentEvent, { type: "resync" }>): boolean {
    switch (event.type) {
      case "job-state-changed":
      case "job-progress":
        return this.#everyJob || this.#submits > 0 || this.#jobs.has(event.jobId);
      case "printer-state-changed":
      case "unknown":
        return true;
      default:
        return event satisfies never;
    }
  }
}
