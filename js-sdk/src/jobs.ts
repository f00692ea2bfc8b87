/** The jobs of a site, by id. */
import type { Params } from "./connection.js";
import { list, members, readJob, text, type JobInfo } from "./decode.js";
import type { Method } from "./generated/protocol.js";
import type { Job } from "./job.js";
import type { CallOptions, JobsQuery } from "./options.js";

/** How a {@link Jobs} reaches the agent. */
export interface JobsAccess {
  call(method: Method, params: Params, signal: AbortSignal | undefined): Promise<unknown>;
  handle(id: string): Job;
}

/**
 * The jobs of this site, by id. `client.jobs` is one.
 *
 * @example
 * ```ts
 * import type { Client } from "platen";
 *
 * async function cancelAllWaiting(client: Client): Promise<void> {
 *   for (const job of await client.jobs.list({ states: ["pending", "pending-held"] })) {
 *     await client.jobs.cancel(job.id);
 *   }
 * }
 * ```
 */
export class Jobs {
  readonly #access: JobsAccess;

  /** @internal */
  constructor(access: JobsAccess) {
    this.#access = access;
  }

  /** Where a job stands. */
  async get(id: string, options?: CallOptions): Promise<JobInfo> {
    return this.#one("jobs.get", id, options);
  }

  /** The site's jobs, newest first. */
  async list({ idempotencyKey, signal, ...query }: JobsQuery = {}): Promise<JobInfo[]> {
    const params = { ...query, idempotency_key: idempotencyKey };
    return list(members(await this.#access.call("jobs.list", params, signal)), "jobs", readJob);
  }

  /** Calls a job off. */
  async cancel(id: string, options?: CallOptions): Promise<JobInfo> {
    return this.#one("jobs.cancel", id, options);
  }

  /** Keeps a job from starting. */
  async hold(id: string, options?: CallOptions): Promise<JobInfo> {
    return this.#one("jobs.hold", id, options);
  }

  /** Lets a held job start. */
  async release(id: string, options?: CallOptions): Promise<JobInfo> {
    return this.#one("jobs.release", id, options);
  }

  /** Decides that an interrupted job is printed again: look at the paper first. */
  async retry(id: string, options?: CallOptions): Promise<JobInfo> {
    return this.#one("jobs.retry", id, options);
  }

  /** Prints a job again, as a new job. */
  async reprint(id: string, { signal }: CallOptions = {}): Promise<Job> {
    const answer = await this.#access.call("jobs.reprint", { job_id: id }, signal);
    return this.#access.handle(text(members(answer), "job_id"));
  }

  async #one(method: Method, id: string, { signal }: CallOptions = {}): Promise<JobInfo> {
    return readJob(await this.#access.call(method, { job_id: id }, signal));
  }
}
