/** A scripted agent behind the transport, a clock that stands still, and a page around them. */
import assert from "node:assert/strict";

import { canonicalJson, type Json } from "../src/canonical.js";
import { connect, type Client } from "../src/client.js";
import type { ConnectionState, ConnectOptions } from "../src/options.js";
import { text } from "../src/decode.js";
import { toBase64url, utf8, type Octets } from "../src/encoding.js";
import type { Environment, TextStore } from "../src/environment.js";
import type { Method, ProofText, Statement } from "../src/generated/protocol.js";
import { SUBPROTOCOL, type OpenTransport, type TransportEvents } from "../src/transport.js";
import type { Permission } from "../src/verdict.js";

export const ORIGIN = "https://pos.example";
export const PEM = "-----BEGIN CERTIFICATE-----\nAQID\nBAUG\n-----END CERTIFICATE-----\n";
const DEFAULT_URL = "wss://localhost:8181/";

export type Object = Readonly<Record<string, Json>>;

/** A call as the fake agent received it, with its exact text. */
export interface Received {
  readonly id: number;
  readonly method: Method;
  readonly params: Object;
  readonly text: string;
  readonly signed: { readonly statement: string; readonly signature: string } | undefined;
  readonly link: Link;
}

/** One turn of the event loop. */
async function turnOver(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

/** Waits until something is so, while promises settle; no clock is involved. */
export async function until(condition: () => boolean, what = "the condition"): Promise<void> {
  for (let turn = 0; turn < 5_000; turn++) {
    if (condition()) return;
    await turnOver();
  }
  assert.fail(`${what} never came true`);
}

/** Lets everything that can happen without the clock happen. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 50; turn++) await turnOver();
}

/** A clock that only moves when told. */
export class Clock {
  now = 1_700_000_000_000;
  readonly #sleepers = new Set<{ readonly at: number; readonly wake: () => void }>();

  readonly sleep = async (ms: number, signal: AbortSignal): Promise<void> =>
    new Promise((resolve, reject) => {
      const sleeper = { at: this.now + ms, wake: resolve };
      const stop = (): void => {
        this.#sleepers.delete(sleeper);
        reject(new Error("the wait was given up"));
      };
      if (signal.aborted) {
        stop();
        return;
      }
      this.#sleepers.add(sleeper);
      signal.addEventListener("abort", stop, { once: true });
    });

  /** Moves on, waking whoever is due, in order. */
  async advance(ms: number): Promise<void> {
    await settle();
    const end = this.now + ms;
    for (;;) {
      const due = [...this.#sleepers].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
      if (due === undefined) break;
      this.now = Math.max(this.now, due.at);
      this.#sleepers.delete(due);
      due.wake();
      await settle();
    }
    this.now = end;
    await settle();
  }
}

/** The agent's end of one connection. */
export class Link {
  readonly frames: Octets[] = [];
  bufferedAmount = 0;
  over = false;
  readonly url: string;
  readonly challenge: string;
  readonly #agent: FakeAgent;
  readonly #events: TransportEvents;

  constructor(agent: FakeAgent, url: string, events: TransportEvents) {
    this.#agent = agent;
    this.url = url;
    this.challenge = `challenge-${agent.links.length}`;
    this.#events = events;
  }

  open(protocol = SUBPROTOCOL): void {
    this.#events.opened(protocol);
  }

  say(message: Json): void {
    if (!this.over) this.#events.text(JSON.stringify(message));
  }

  answer(id: number, result: Json): void {
    this.say({ jsonrpc: "2.0", id, result });
  }

  refuse(id: number | null, code: string, retry = "never"): void {
    const data = { code, next: `what to do about ${code}`, retry };
    this.say({ jsonrpc: "2.0", id, error: { code: -32000, message: `it is ${code}`, data } });
  }

  event(event: Json, cursor?: string): void {
    const params = cursor === undefined ? { event } : { cursor, event };
    this.say({ jsonrpc: "2.0", method: "event", params });
  }

  end(code = 1006): void {
    if (this.over) return;
    this.over = true;
    this.#events.closed(code);
  }

  receive(frame: string | Octets): void {
    if (this.over) return;
    if (typeof frame === "string") this.#agent.receive(this, frame);
    else this.frames.push(frame);
  }
}

/** An agent that proves itself, opens sessions and keeps a list of what it was asked. */
export class FakeAgent {
  readonly links: Link[] = [];
  readonly received: Received[] = [];
  /** Every address that was tried. */
  readonly tried: string[] = [];
  capabilities: string[] = ["printers", "print", "status", "jobs", "admin"];
  signing: "request" | "session" = "request";
  protocol = SUBPROTOCOL;
  trusts = true;
  limits = {
    frame_octets_max: 1024,
    job_octets_max: 1_000_000,
    documents_per_job_max: 8,
    calls_in_flight_max: 8,
  };
  /** Where it listens; `silent` accepts and says nothing. */
  listens = new Map<string, "answers" | "silent">([[DEFAULT_URL, "answers"]]);
  /** Answers instead of the default; `false` leaves it to the default. */
  onCall: (call: Received) => boolean = () => false;
  agent = "";
  publicKey = "";
  #key: CryptoKey | undefined;

  static async make(): Promise<FakeAgent> {
    const made = new FakeAgent();
    await made.newKey();
    return made;
  }

  /** As a new installation has one. */
  async newKey(): Promise<void> {
    const curve = { name: "ECDSA", namedCurve: "P-256" };
    const pair = await crypto.subtle.generateKey(curve, true, ["sign", "verify"]);
    const point = new Uint8Array(await crypto.subtle.exportKey("raw", pair.publicKey));
    this.#key = pair.privateKey;
    this.publicKey = toBase64url(point);
    this.agent = toBase64url(new Uint8Array(await crypto.subtle.digest("SHA-256", point)));
  }

  readonly open: OpenTransport = (url, events) => {
    this.tried.push(url);
    const link = new Link(this, url, events);
    const how = this.listens.get(url);
    queueMicrotask(() => {
      if (how === undefined) {
        link.end();
      } else if (how === "answers" && !link.over) {
        this.links.push(link);
        link.open();
        const { challenge } = link;
        link.say({
          jsonrpc: "2.0",
          method: "hello",
          params: { protocol: this.protocol, challenge },
        });
      }
    });
    return {
      get bufferedAmount() {
        return link.bufferedAmount;
      },
      send: (frame) => {
        queueMicrotask(() => {
          link.receive(frame);
        });
      },
      close: () => {
        queueMicrotask(() => {
          link.end(1000);
        });
      },
    };
  };

  /** The connection that lives. */
  get link(): Link {
    const live = this.links.findLast(({ over }) => !over);
    assert.ok(live, "a connection lives");
    return live;
  }

  /** Whether it answers to the liveness question at this address. */
  lives(url: string): boolean {
    return this.listens.get(url.replace("http", "ws").replace("healthz", "")) === "answers";
  }

  /** Calls of a method, as they came. */
  calls(method: Method): Received[] {
    return this.received.filter((call) => call.method === method);
  }

  receive(link: Link, text: string): void {
    const { id, method, params, signed } = JSON.parse(text) as Omit<Received, "text" | "link">;
    const call = { id, method, params, signed, text, link };
    this.received.push(call);
    if (!this.onCall(call)) this.#answer(call);
  }

  #answer({ link, id, method, params }: Received): void {
    switch (method) {
      case "agent.prove":
        if (this.trusts) void this.prove(link, id, text(params, "nonce"));
        else link.refuse(id, "not-authorized", "after-fix");
        break;
      case "session.open": {
        const { capabilities, signing, limits } = this;
        link.answer(id, { origin: ORIGIN, capabilities, signing, version: "1.2.3", limits });
        break;
      }
      case "jobs.submit":
        link.answer(id, { job_id: `job-${id}`, printer: "p1", repeated: false });
        break;
      case "jobs.preview":
        link.answer(id, previewed());
        break;
      case "jobs.get":
      case "jobs.cancel":
        link.answer(id, job(text(params, "job_id"), "pending"));
        break;
      case "events.subscribe":
        link.answer(id, { cursor: params["after"] ?? "c10" });
        break;
      case "printers.list":
        link.answer(id, { printers: [printer("p1")] });
        break;
      default:
        link.answer(id, {});
    }
  }

  async prove(link: Link, id: number, nonce: string): Promise<void> {
    const text: ProofText = {
      platen: 1,
      purpose: "agent.prove",
      origin: ORIGIN,
      agent: this.agent,
      challenge: link.challenge,
      nonce,
    };
    assert.ok(this.#key);
    const algorithm = { name: "ECDSA", hash: "SHA-256" };
    const octets = utf8(canonicalJson(text));
    const signature = new Uint8Array(await crypto.subtle.sign(algorithm, this.#key, octets));
    link.answer(id, {
      agent: this.agent,
      public_key: this.publicKey,
      signature: toBase64url(signature),
    });
  }
}

/** A job as the agent tells it. */
export function job(id: string, state: string): Object {
  return {
    ...{ job_id: id, printer: "p1", name: "", state, reasons: [], attempt: 0, priority: 3 },
    ...{ octets: 3, accepted_at: 1, changed_at: 2 },
  };
}

/** A preview as the agent tells it. */
export function previewed(): Object {
  const facts = { lines: ["Tea"], findings: [{ offset: 3, finding: "cut off" }] };
  return {
    ...{ form: "png", content: "iVBO", profile: "TM-T88V", width_dots: 512, height_dots: 30 },
    ...{ cuts_dots: [30], cut_short: false, facts },
  };
}

/** A job's change of state as the agent tells it. */
export function changed(id: string, state: string, more: Object = {}): Object {
  return {
    type: "job-state-changed",
    ...{ job_id: id, printer: "p1", state, reasons: [], attempt: 1, at: 5 },
    ...more,
  };
}

/** A printer as the agent tells it. */
export function printer(id: string): Object {
  return {
    ...{
      printer: id,
      name: "Till",
      default: true,
      state: "idle",
      reasons: [],
      status: [],
      state_at: 1,
    },
    ...{ queued_jobs: 0, evidence: "transport" },
  };
}

/** What `localStorage` is to a page. */
export function textStore(): TextStore & { readonly texts: Map<string, string> } {
  const texts = new Map<string, string>();
  return {
    texts,
    getItem: (key) => texts.get(key) ?? null,
    setItem: (key, value) => {
      texts.set(key, value);
    },
    removeItem: (key) => {
      texts.delete(key);
    },
  };
}

/** The browser's permission, for a test to answer. */
export class FakePermission {
  #state: Permission;
  readonly #waiting: (() => void)[] = [];

  constructor(state: Permission) {
    this.#state = state;
  }

  readonly state = (): Permission => this.#state;

  readonly changed = async (signal: AbortSignal): Promise<void> =>
    new Promise((resolve) => {
      this.#waiting.push(resolve);
      signal.addEventListener("abort", () => {
        resolve();
      });
    });

  become(state: Permission): void {
    this.#state = state;
    for (const wake of this.#waiting.splice(0)) wake();
  }
}

/** The user's coming back to the page, for a test to play. */
export class Attention {
  readonly #waiting = new Set<() => void>();

  readonly next = async (signal: AbortSignal): Promise<void> =>
    new Promise((resolve) => {
      this.#waiting.add(resolve);
      signal.addEventListener("abort", () => this.#waiting.delete(resolve), { once: true });
    });

  come(): void {
    for (const wake of this.#waiting) wake();
    this.#waiting.clear();
  }
}

/** A page with an agent beside it. */
export class Page {
  readonly agent: FakeAgent;
  readonly clock = new Clock();
  readonly store = textStore();
  readonly permission = new FakePermission("granted");
  readonly attention = new Attention();
  readonly states: ConnectionState[] = [];
  readonly signed: Statement[] = [];
  readonly environment: Environment;
  options: ConnectOptions;

  constructor(agent: FakeAgent) {
    this.agent = agent;
    this.environment = {
      origin: ORIGIN,
      secure: true,
      frameBlocks: false,
      subtle: crypto.subtle,
      store: this.store,
      open: agent.open,
      permission: async () => Promise.resolve(this.permission),
      servedFromHere: false,
      askHealth: async (url) => Promise.resolve(agent.lives(url) ? agent.protocol : undefined),
      attended: this.attention.next,
      now: () => this.clock.now,
      sleep: this.clock.sleep,
      random: () => 0.5,
    };
    this.options = {
      certificates: PEM,
      sign: async (text, statement) => {
        this.signed.push(statement);
        return Promise.resolve(toBase64url(utf8(`signed:${text.length}`)));
      },
      onState: (state) => {
        this.states.push(state);
      },
      environment: this.environment,
    };
  }

  static async make(): Promise<Page> {
    return new Page(await FakeAgent.make());
  }

  async connect(options: Partial<ConnectOptions> = {}): Promise<Client> {
    return connect({ ...this.options, ...options });
  }
}
