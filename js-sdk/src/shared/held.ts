/** The jobs a tab holds: those it is told of although it does not hear of every job. */
import type { IncomingNotification } from "../decode.js";

/** More than a screen follows; the oldest make room. */
const JOBS_MAX = 4_096;

/** Ids of jobs, until they end. */
export class HeldJobs {
  readonly #ids = new Set<string>();

  constructor(ids: Iterable<string> = []) {
    for (const id of ids) this.add(id);
  }

  /** All of them. */
  get ids(): string[] {
    return [...this.#ids];
  }

  /** Holds one more. */
  add(id: string): void {
    this.#ids.add(id);
    const [oldest] = this.#ids;
    if (this.#ids.size > JOBS_MAX && oldest !== undefined) this.#ids.delete(oldest);
  }

  /** Whether this one is held. */
  has(id: string): boolean {
    return this.#ids.has(id);
  }

  /** Lets go of a job that has ended. */
  hear(notification: IncomingNotification): void {
    if (notification.method !== "event") return;
    const { event } = notification;
    if (event.type !== "job-state-changed") return;
    if (["completed", "aborted", "canceled"].includes(event.state)) this.#ids.delete(event.jobId);
  }
}
