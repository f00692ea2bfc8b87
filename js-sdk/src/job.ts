/**
 * One job, and what becomes of it: over lost connections, restarts of the agent and lost events.
 */
import { Channel } from "./channel.js";
import type { AgentEvent, JobEvent, JobInfo, JobStateChanged } from "./decode.js";
import { abortable, BridgeError } from "./errors.js";
import type { Hub, Listener } from "./hub.js";

/** What every call takes. */
export interface CallOptions {
  /** Ends the call, and the wait for it. */
  readonly signal?: AbortSignal | undefined;
}

/** How a job ended: the event that said so. */
export type JobDone = JobStateChanged & { readonly state: "completed" | "aborted" | "canceled" };

/** Whether a state is the last one. */
function isDone(event: JobEvent): event is JobDone {
  if (event.type !== "job-state-changed") return false;
  switch (event.state) {
    case "completed":
    case "aborted":
    case "canceled":
      return true;
    case "pending-held":
    case "pending":
    case "processing":
    case "processing-stopped":
    case "interrupted":
      return false;
    default:
      return event.state satisfies never;
  }
}

/** State changes kept for a loop that starts late. A job that retries all day has no more news. */
const HISTORY_MAX = 64;
/** Events that wait for a slow loop; the oldest make room. */
const WAITING_MAX = 256;
/** Jobs whose events came before the answer to their submit. */
const EARLY_MAX = 1_000;

/** What is known of one job's course. */
export class Course {
  readonly #channels = new Set<Channel<JobEvent>>();
  readonly #history: JobEvent[] = [];
  #last: JobStateChanged | undefined;
  #over = false;

  /** Whether the job has ended. */
  get over(): boolean {
    return this.#over;
  }

  /** Takes in what was heard. */
  hear(event: JobEvent): void {
    if (this.#over) return;
    if (event.type === "job-state-changed") {
      this.#last = event;
      this.#history.push(event);
      if (this.#history.length > HISTORY_MAX) this.#history.shift();
    }
    for (const channel of [...this.#channels]) channel.push(event);
    if (isDone(event)) this.end();
  }

  /** Takes in what was asked: news only if no event has said it. */
  learn(job: JobInfo): void {
    if (this.#last?.state === job.state && this.#last.attempt === job.attempt) return;
    const { id: jobId, printer, state, reasons, attempt, evidence, code, changedAt: at } = job;
    this.hear({
      type: "job-state-changed",
      ...{ jobId, printer, state, reasons, attempt, evidence, code, at },
      cursor: undefined,
    });
  }

  /** Nothing more will be heard. */
  end(error?: BridgeError): void {
    this.#over = true;
    for (const channel of [...this.#channels]) channel.end(error);
  }

  /** What was heard so far, and what will be. */
  events(signal: AbortSignal | undefined): Channel<JobEvent> {
    const channel = new Channel<JobEvent>({
      signal,
      limit: WAITING_MAX,
      onEnd: () => {
        this.#channels.delete(channel);
      },
    });
    for (const event of this.#history) channel.push(event);
    if (this.#over) channel.end();
    else this.#channels.add(channel);
    return channel;
  }
}

/** Follows the courses of the jobs somebody holds, with one listener. */
export class JobWatch {
  readonly #hub: Hub;
  readonly #ask: (jobId: string) => Promise<JobInfo>;
  readonly #courses = new Map<string, Course>();
  readonly #early = new Map<string, JobEvent[]>();
  readonly #listener: Listener;
  #holds = 0;
  #listening: Promise<void> | undefined;

  constructor(hub: Hub, ask: (jobId: string) => Promise<JobInfo>) {
    this.#hub = hub;
    this.#ask = ask;
    this.#listener = {
      topics: ["jobs"],
      after: undefined,
      hear: (event) => {
        this.#hear(event);
      },
      fail: (error) => {
        this.#listening = undefined;
        for (const course of this.#courses.values()) course.end(error);
        this.#courses.clear();
      },
    };
  }

  /** Listens from now on, until the hold is released, so that a job's first event is not missed. */
  async hold(): Promise<() => void> {
    this.#holds++;
    let held = true;
    const release = (): void => {
      if (!held) return;
      held = false;
      this.#holds--;
      if (this.#holds === 0) this.#early.clear();
      this.#rest();
    };
    try {
      await this.#listen();
    } catch (error) {
      release();
      throw error;
    }
    return release;
  }

  /** The course of a job submitted under a hold. */
  follow(jobId: string): Course {
    const known = this.#courses.get(jobId);
    if (known !== undefined) return known;
    const course = new Course();
    this.#courses.set(jobId, course);
    for (const event of this.#early.get(jobId) ?? []) course.hear(event);
    this.#early.delete(jobId);
    if (course.over) this.#courses.delete(jobId);
    return course;
  }

  /** The course of a job from some other time: asks where it stands. */
  async catchUp(jobId: string): Promise<Course> {
    const release = await this.hold();
    try {
      const course = this.follow(jobId);
      try {
        course.learn(await this.#ask(jobId));
      } finally {
        if (course.over) this.#courses.delete(jobId);
      }
      return course;
    } catch (error) {
      this.#courses.delete(jobId);
      throw error;
    } finally {
      release();
    }
  }

  async #listen(): Promise<void> {
    this.#listener.after = undefined;
    this.#listening ??= this.#hub.add(this.#listener);
    try {
      await this.#listening;
    } catch (error) {
      this.#listening = undefined;
      throw error;
    }
  }

  #rest(): void {
    if (this.#holds > 0 || this.#courses.size > 0 || this.#listening === undefined) return;
    this.#listening = undefined;
    this.#hub.remove(this.#listener);
  }

  #hear(event: AgentEvent): void {
    switch (event.type) {
      case "resync":
        for (const [jobId, course] of this.#courses) {
          // Lost again while asking: the next resync, or the next event, tells.
          this.#ask(jobId).then(
            (job) => {
              this.#pass(jobId, () => {
                course.learn(job);
              });
            },
            () => undefined,
          );
        }
        break;
      case "job-state-changed":
      case "job-progress":
        this.#pass(event.jobId, (course) => {
          if (course !== undefined) course.hear(event);
          else this.#keepEarly(event.jobId, event);
        });
        break;
      case "unknown": {
        const { job_id: jobId } = event.members;
        if (typeof jobId === "string") this.#courses.get(jobId)?.hear(event);
        break;
      }
      case "printer-state-changed":
        break;
      default:
        event satisfies never;
    }
  }

  #pass(jobId: string, tell: (course: Course | undefined) => void): void {
    const course = this.#courses.get(jobId);
    tell(course);
    if (course?.over !== true) return;
    this.#courses.delete(jobId);
    this.#rest();
  }

  #keepEarly(jobId: string, event: JobEvent): void {
    if (this.#holds === 0) return;
    const events = this.#early.get(jobId);
    if (events !== undefined) events.push(event);
    else if (this.#early.size < EARLY_MAX) this.#early.set(jobId, [event]);
  }
}

/**
 * A job the agent has accepted, durably.
 *
 * @example
 * ```ts
 * import type { Client } from "platen";
 *
 * async function printAndShow(client: Client, receipt: Uint8Array, show: (text: string) => void) {
 *   const job = await client.print({ document: receipt, name: "Receipt 42" });
 *   for await (const event of job.events()) {
 *     switch (event.type) {
 *       case "job-state-changed":
 *         show(`${event.state} ${event.reasons.join(", ")}`);
 *         break;
 *       case "job-progress":
 *         show(`${event.octetsSent} of ${event.octetsTotal}`);
 *         break;
 *       case "unknown":
 *         break; // a newer agent said something this package has no word for
 *       default:
 *         event satisfies never; // a new kind of event stops the build here
 *     }
 *   }
 *   const { state, evidence } = await job.done();
 *   show(state === "completed" ? `printed, says the ${evidence ?? "agent"}` : state);
 * }
 * ```
 */
export class Job {
  /** Its id: keep it to ask later what became of the job. */
  readonly id: string;
  readonly #course: () => Promise<Course>;
  readonly #ask: (jobId: string, options?: CallOptions) => Promise<JobInfo>;
  readonly #cancel: (jobId: string, options?: CallOptions) => Promise<JobInfo>;

  /** @internal */
  constructor(
    id: string,
    course: () => Promise<Course>,
    ask: (jobId: string, options?: CallOptions) => Promise<JobInfo>,
    cancel: (jobId: string, options?: CallOptions) => Promise<JobInfo>,
  ) {
    this.id = id;
    this.#course = course;
    this.#ask = ask;
    this.#cancel = cancel;
  }

  /**
   * What happens to it, from its first state to its last. Ends by itself when the job does; goes
   * on over lost connections. A loop that starts late hears first what it missed.
   */
  async *events({ signal }: CallOptions = {}): AsyncGenerator<JobEvent, void, undefined> {
    yield* (await abortable(this.#course(), signal)).events(signal);
  }

  /**
   * Resolves when the job has ended: `completed` with its evidence, `aborted` with its code, or
   * `canceled`. A job that is `interrupted` has not ended: somebody must look at the paper.
   */
  async done(options: CallOptions = {}): Promise<JobDone> {
    for await (const event of this.events(options)) if (isDone(event)) return event;
    throw new BridgeError("connection-lost");
  }

  /** Asks the agent where it stands. */
  async state(options?: CallOptions): Promise<JobInfo> {
    return this.#ask(this.id, options);
  }

  /** Calls it off. */
  async cancel(options?: CallOptions): Promise<JobInfo> {
    return this.#cancel(this.id, options);
  }
}
