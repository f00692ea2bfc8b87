/**
 * One job, and what becomes of it: over lost connections, restarts of the agent and lost events.
 */
import { Channel } from "./channel.js";
import type { AgentEvent, JobEvent, JobInfo, JobProgress, JobStateChanged } from "./decode.js";
import { abortable, BridgeError } from "./errors.js";
import type { ErrorCode, Evidence, JobState } from "./generated/protocol.js";
import type { Hub, Listener } from "./hub.js";
import { Live } from "./live.js";
import type { CallOptions } from "./options.js";

/** Where a job stands, as far as this page has heard: all a till shows of it. */
export interface JobStatus {
  /** `undefined` until the agent has said it. */
  readonly state: JobState | undefined;
  /** `job-state-reasons`: IPP keywords that say why. */
  readonly reasons: readonly string[];
  /** Of a completed job: who said so. */
  readonly evidence: Evidence | undefined;
  /** Why, where something went wrong. */
  readonly code: ErrorCode | undefined;
  /** Which delivery, from 1; 0 before the first. */
  readonly attempt: number;
  /** Octets that left for the printer in this delivery, where that was said. */
  readonly progress: Pick<JobProgress, "octetsSent" | "octetsTotal"> | undefined;
}

const UNKNOWN: JobStatus = {
  state: undefined,
  reasons: [],
  evidence: undefined,
  code: undefined,
  attempt: 0,
  progress: undefined,
};

/** How a job ended: the event that said so. */
export type JobDone = JobStateChanged & { readonly state: "completed" | "aborted" | "canceled" };

/** Whether a job is over with this event. */
function isDone(event: JobEvent): event is JobDone {
  return (
    event.type === "job-state-changed" &&
    (["completed", "aborted", "canceled"] as readonly JobState[]).includes(event.state)
  );
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
  /** Where the job stands. */
  readonly status = new Live<JobStatus>(UNKNOWN);
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
      this.status.set({ ...event, progress: undefined });
    } else if (event.type === "job-progress") {
      this.status.set({ ...this.status.current, progress: event });
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
    this.status.end();
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
  /** Events were lost, and not every job was asked for yet. */
  #stale = false;
  #listening: Promise<void> | undefined;

  constructor(hub: Hub, ask: (jobId: string) => Promise<JobInfo>) {
    this.#hub = hub;
    this.#ask = ask;
    this.#listener = {
      topics: ["jobs"],
      after: undefined,
      everyJob: false,
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

  /** There is a connection again: asks for what the last one could not answer any more. */
  resume(): void {
    if (!this.#stale) return;
    const asked = [...this.#courses].map(async ([jobId, course]) => {
      const job = await this.#ask(jobId);
      this.#pass(jobId, () => {
        course.learn(job);
      });
    });
    Promise.all(asked).then(
      () => {
        this.#stale = false;
      },
      // Lost again while asking: the next connection asks.
      () => undefined,
    );
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
        this.#stale = true;
        this.resume();
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

/** How a {@link Job} reaches the agent. */
export interface JobAccess {
  follow(): Promise<Course>;
  ask(options?: CallOptions): Promise<JobInfo>;
  cancel(options?: CallOptions): Promise<JobInfo>;
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
  /**
   * Where it stands, now and as it changes; ends when the job does. Of a job from some other time
   * it is unknown until somebody subscribes, or asks.
   *
   * @example
   * ```ts
   * import type { Job } from "platen";
   *
   * function showJob(job: Job, line: HTMLElement, bar: HTMLProgressElement): () => void {
   *   return job.status.subscribe(({ state, reasons, evidence, progress }) => {
   *     line.textContent = [state, ...reasons, evidence].join(" ");
   *     bar.value = progress === undefined ? 0 : progress.octetsSent / progress.octetsTotal;
   *   });
   * }
   * ```
   */
  readonly status: Live<JobStatus>;
  readonly #access: JobAccess;
  #course: Promise<Course> | undefined;

  /** @internal */
  constructor(id: string, course: Course | undefined, access: JobAccess) {
    this.id = id;
    this.#access = access;
    this.status = new Live<JobStatus>(UNKNOWN, () => {
      // Who wants to hear why it cannot be followed loops over its events.
      this.#followed().catch(() => undefined);
      return () => undefined;
    });
    if (course === undefined) return;
    this.#course = Promise.resolve(course);
    course.status.feed(this.status);
  }

  /** Where it stands, as far as this page has heard; `undefined` until then. */
  get state(): JobState | undefined {
    return this.status.current.state;
  }

  /** Why it stands there: IPP's `job-state-reasons`. */
  get reasons(): readonly string[] {
    return this.status.current.reasons;
  }

  /** Of a completed job: who said so. */
  get evidence(): Evidence | undefined {
    return this.status.current.evidence;
  }

  /** Why, where something went wrong. */
  get code(): ErrorCode | undefined {
    return this.status.current.code;
  }

  /** How much of it left for the printer, where that was said. */
  get progress(): JobStatus["progress"] {
    return this.status.current.progress;
  }

  /**
   * What happens to it, from its first state to its last. Ends by itself when the job does; goes
   * on over lost connections. A loop that starts late hears first what it missed.
   */
  async *events({ signal }: CallOptions = {}): AsyncGenerator<JobEvent, void, undefined> {
    yield* (await abortable(this.#followed(), signal)).events(signal);
  }

  /**
   * Resolves when the job has ended: `completed` with its evidence, `aborted` with its code, or
   * `canceled`. A job that is `interrupted` has not ended: somebody must look at the paper.
   */
  async done(options: CallOptions = {}): Promise<JobDone> {
    for await (const event of this.events(options)) if (isDone(event)) return event;
    throw new BridgeError("connection-lost");
  }

  /** Asks the agent for all it knows of the job. */
  async ask(options?: CallOptions): Promise<JobInfo> {
    return this.#access.ask(options);
  }

  /** Calls it off. */
  async cancel(options?: CallOptions): Promise<JobInfo> {
    return this.#access.cancel(options);
  }

  async #followed(): Promise<Course> {
    this.#course ??= this.#access.follow().then(
      (course) => {
        course.status.feed(this.status);
        return course;
      },
      (error: unknown) => {
        this.#course = undefined;
        throw error;
      },
    );
    return this.#course;
  }
}
