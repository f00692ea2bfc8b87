import assert from "node:assert/strict";
import { test } from "node:test";

import type { Client } from "../src/client.js";
import { connectBy } from "../src/client.js";
import type { AgentEvent, IncomingNotification } from "../src/decode.js";
import { BridgeError } from "../src/errors.js";
import { Hub } from "../src/hub.js";
import { preview } from "../src/preview.js";
import type { OwnSession } from "../src/session.js";
import type { WorkerHandle } from "../src/shared/bond.js";
import { Exchange, type Line } from "../src/shared/exchange.js";
import { shareBy } from "../src/shared/index.js";
import type { Locks } from "../src/shared/locks.js";
import { Seat } from "../src/shared/seat.js";
import { changed, FakePermission, Page, PEM, settle, until } from "./fake.js";

/** Locks whose holders a test can end. */
class FakeLocks implements Locks {
  readonly #held = new Map<string, () => void>();
  readonly #waiting = new Map<string, (() => void)[]>();

  readonly hold = async (name: string, signal: AbortSignal): Promise<void> => {
    const free = (): void => {
      this.free(name);
    };
    this.#held.set(name, free);
    signal.addEventListener("abort", free, { once: true });
    return Promise.resolve();
  };

  readonly whenFree = async (name: string, signal: AbortSignal): Promise<void> =>
    new Promise((resolve, reject) => {
      if (!this.#held.has(name)) {
        resolve();
        return;
      }
      this.#waiting.set(name, [...(this.#waiting.get(name) ?? []), resolve]);
      signal.addEventListener("abort", () => {
        reject(new Error("nobody waits any more"));
      });
    });

  /** The holder is gone. */
  free(name: string): void {
    this.#held.delete(name);
    for (const wake of this.#waiting.get(name) ?? []) wake();
    this.#waiting.delete(name);
  }

  /** Names of the locks that are held. */
  get names(): string[] {
    return [...this.#held.keys()];
  }
}

/** A browser with a shared worker and some tabs, before one agent. */
class Browser {
  readonly page: Page;
  readonly locks = new FakeLocks();
  /** How the next worker starts. */
  worker: "starts" | "is refused" | "throws" | "is silent" = "starts";
  workers = 0;
  #exchange: Exchange | undefined;

  constructor(page: Page) {
    this.page = page;
  }

  static async make(): Promise<Browser> {
    return new Browser(await Page.make());
  }

  /** Opens a tab: its client, and the words it was asked to sign. */
  async tab(name: string): Promise<{ readonly client: Client; readonly signed: string[] }> {
    const signed: string[] = [];
    const client = await connectBy(
      shareBy(() => this.#start(), this.locks),
      {
        ...this.page.options,
        sign: async (_, { purpose }) => {
          signed.push(`${name} ${purpose}`);
          return Promise.resolve("c2lnbmVk");
        },
      },
    );
    return { client, signed };
  }

  /** The browser ends the worker. */
  kill(): void {
    this.#exchange = undefined;
    this.locks.free(`worker ${this.workers}`);
  }

  #start(): WorkerHandle {
    const { port1, port2 } = new MessageChannel();
    const { worker } = this;
    if (worker === "throws") throw new Error("forbidden");
    if (worker === "starts" && this.#exchange === undefined) {
      const { environment } = this.page;
      const lock = `worker ${++this.workers}`;
      void this.locks.hold(lock, new AbortController().signal);
      // A worker has no store.
      this.#exchange = new Exchange({
        environment: { ...environment, store: undefined },
        locks: this.locks,
        lock,
      });
    }
    if (worker === "starts") this.#exchange?.join(port2);
    const failed = new Promise<void>((resolve) => {
      if (worker === "is refused") resolve();
    });
    return { port: port1, failed };
  }
}

/** Keeps what a loop hears; the loop ends with the client. */
function collect(events: AsyncIterable<AgentEvent>): AgentEvent[] {
  const seen: AgentEvent[] = [];
  const take = async (): Promise<void> => {
    for await (const event of events) seen.push(event);
  };
  take().catch(() => undefined);
  return seen;
}

test("two_tabs_have_one_connection_and_each_signs_its_own_jobs", async () => {
  const browser = await Browser.make();
  const { agent } = browser.page;
  const one = await browser.tab("one");
  const two = await browser.tab("two");
  assert.equal(agent.links.length, 1);
  assert.equal(agent.calls("session.open").length, 1);
  await Promise.all([one.client.print({ document: "a" }), two.client.print({ document: "b" })]);
  assert.deepEqual(one.signed, ["one session.open", "one jobs.submit"]);
  assert.deepEqual(two.signed, ["two jobs.submit"]);
  const sequences = agent
    .calls("jobs.submit")
    .map(({ signed }) => (JSON.parse(signed?.statement ?? "") as { sequence: number }).sequence);
  assert.deepEqual(sequences, [1, 2]);
  await one.client.close();
  await settle();
  assert.equal(agent.link.over, false, "the other tab still uses it");
  await two.client.printers();
  await two.client.close();
  await until(() => agent.links.every(({ over }) => over), "the last one ends it");
});

test("a_job_is_heard_by_the_tab_that_holds_it_and_printers_by_all", async () => {
  const browser = await Browser.make();
  const { agent } = browser.page;
  const one = await browser.tab("one");
  const two = await browser.tab("two");
  const printed = await one.client.print({ document: "a" });
  const printers = [one, two].map(({ client }) => collect(client.events({ topics: ["printers"] })));
  // It waits for a job of its own, so it hears of jobs: of its own.
  const other = await two.client.print({ document: "b" });
  await until(() => agent.calls("events.subscribe").length > 0, "a subscription");
  await settle();
  agent.link.event(changed(printed.id, "processing"), "c11");
  agent.link.event(
    { type: "printer-state-changed", printer: "p1", state: "stopped", reasons: [], at: 7 },
    "c12",
  );
  agent.link.event(changed(printed.id, "completed", { evidence: "device" }), "c13");
  assert.equal((await printed.done()).evidence, "device");
  await until(() => printers.every(({ length }) => length === 1), "both hear of the printer");
  assert.equal(other.state, undefined);
  const every = collect(two.client.events({ topics: ["jobs"] }));
  await settle();
  agent.link.event(changed("job-of-a-third", "completed", { evidence: "device" }), "c14");
  await until(() => every.length === 1, "who wants every job hears of every job");
  await one.client.close();
  await two.client.close();
});

test("a_preview_goes_through_the_worker_with_its_document", async () => {
  const browser = await Browser.make();
  const { agent } = browser.page;
  const { client } = await browser.tab("one");
  const shown = await preview(client, { document: "abc", form: "svg" });
  assert.equal(shown.profile, "TM-T88V");
  const frames = agent.link.frames.map((frame) => Buffer.from(frame.subarray(8)).toString());
  assert.deepEqual(frames, ["abc"]);
  await client.close();
});

test("a_closed_tab_gives_back_what_it_held_and_what_it_sent_goes_on", async () => {
  const browser = await Browser.make();
  const { agent } = browser.page;
  const one = await browser.tab("one");
  const two = await browser.tab("two");
  await one.client.print({ document: "a" });
  const [lock] = browser.locks.names.filter((name) => name.startsWith("platen.tab"));
  assert.ok(lock !== undefined);
  // The browser takes the tab without a word, with a call under way.
  agent.onCall = ({ method }) => method === "printers.list";
  const listing = one.client.printers().catch(() => undefined);
  await until(() => agent.calls("printers.list").length === 1, "the call");
  browser.locks.free(lock);
  await settle();
  agent.onCall = () => false;
  await two.client.print({ document: "b" });
  assert.equal(agent.links.length, 1);
  await two.client.close();
  await until(() => agent.links.every(({ over }) => over), "nobody is left");
  await one.client.close();
  await listing;
});

test("a_worker_that_dies_ends_what_was_under_way_and_another_takes_its_place", async () => {
  const browser = await Browser.make();
  const { agent } = browser.page;
  const { client } = await browser.tab("one");
  const printed = await client.print({ document: "a" });
  agent.link.event(changed(printed.id, "processing"), "c11");
  await until(() => printed.state === "processing", "the event");
  agent.onCall = ({ method }) => method === "jobs.submit";
  const lost = client.print({ document: "b" }).catch((error: unknown) => error);
  await until(() => agent.calls("jobs.submit").length === 2, "the second job");
  const before = agent.link;
  agent.onCall = () => false;
  browser.kill();
  const error = await lost;
  assert.ok(error instanceof BridgeError);
  assert.equal(error.code, "connection-lost");
  assert.ok(error.idempotencyKey !== undefined, "nobody knows, and the key asks");
  await until(() => client.state.type === "waiting-to-retry", "waiting");
  browser.page.attention.come();
  await until(() => client.state.type === "open", "open again");
  assert.equal(browser.workers, 2);
  await until(() => agent.calls("events.subscribe").at(-1)?.params["after"] === "c11", "resumed");
  await settle();
  before.end();
  agent.link.event(changed(printed.id, "completed", { evidence: "device" }), "c12");
  assert.equal((await printed.done()).state, "completed");
  await client.close();
});

test("all_tabs_come_back_over_one_connection_when_the_agent_moved", async () => {
  const browser = await Browser.make();
  const { agent } = browser.page;
  const one = await browser.tab("one");
  const two = await browser.tab("two");
  agent.listens = new Map([["ws://localhost:8283/", "answers"]]);
  agent.link.end();
  const tabs = [one, two];
  await until(() => tabs.every(({ client }) => client.state.type === "waiting-to-retry"), "lost");
  browser.page.attention.come();
  await until(() => tabs.every(({ client }) => client.state.type === "open"), "open again");
  assert.equal(agent.links.filter(({ over }) => !over).length, 1);
  const { state } = one.client;
  assert.equal(state.type === "open" && state.url, "ws://localhost:8283/");
  for (const { client } of tabs) await client.close();
});

test("where_the_worker_cannot_be_had_each_tab_has_a_connection_of_its_own", async () => {
  for (const worker of ["is refused", "throws"] as const) {
    const browser = await Browser.make();
    browser.worker = worker;
    const one = await browser.tab("one");
    const two = await browser.tab("two");
    assert.equal(browser.page.agent.links.length, 2, worker);
    await one.client.print({ document: "a" });
    await one.client.close();
    await two.client.close();
  }
});

test("a_worker_that_says_nothing_is_given_up", async () => {
  const browser = await Browser.make();
  browser.worker = "is silent";
  const opening = browser.tab("one");
  await settle();
  await browser.page.clock.advance(5_000);
  const { client } = await opening;
  assert.equal(browser.page.agent.links.length, 1);
  await client.close();
});

test("the_page_asks_its_user_and_the_worker_comes_after", async () => {
  const browser = await Browser.make();
  const permission = new FakePermission("prompt");
  const { environment, agent } = browser.page;
  browser.page.options = {
    ...browser.page.options,
    environment: {
      ...environment,
      permission: async () => Promise.resolve(permission),
      open: (url, events) => {
        assert.equal(browser.workers, 0, "the page goes first");
        permission.become("granted");
        return agent.open(url, events);
      },
    },
  };
  const { client } = await browser.tab("one");
  assert.equal(browser.workers, 1);
  assert.deepEqual(
    agent.links.map(({ over }) => over),
    [true, false],
  );
  const sessions = agent.calls("session.open");
  assert.deepEqual(
    sessions.map(({ link }) => link),
    [agent.link],
    "the page's own way was only to ask",
  );
  await client.close();
});

test("a_refusal_by_the_agent_is_told_and_not_tried_again_alone", async () => {
  const browser = await Browser.make();
  browser.page.agent.trusts = false;
  await assert.rejects(browser.tab("one"), { code: "site-not-trusted" });
  assert.equal(browser.page.agent.links.length, 1);
  browser.page.agent.trusts = true;
  browser.page.store.setItem("platen.agent", "another");
  await assert.rejects(browser.tab("two"), { code: "agent-mismatch" });
});

test("a_tab_that_the_browser_froze_is_told_to_read_anew_and_holds_up_nobody", async () => {
  const session: Partial<OwnSession> = {
    callBeside: async () => Promise.resolve({ cursor: "c0" }),
    onNotification: () => undefined,
  };
  Object.defineProperty(session, "info", { value: { capabilities: ["status"] } });
  const hub = new Hub();
  const line: Line = { number: 1, session: session as OwnSession, hub, seats: new Set() };
  const told: IncomingNotification[] = [];
  const owner = { notify: (one: IncomingNotification) => told.push(one), end: () => undefined };
  const seat = new Seat(line, [], owner);
  await hub.resume(line.session);
  const params = { topics: ["printers"], after: "c0" };
  const numbers = { id: 1, session: 1, beside: true };
  await seat.call({ type: "call", method: "events.subscribe", params, ...numbers }, {});
  const at = new Date(5);
  for (let place = 1; place <= 5_000; place++) {
    const cursor = `c${place.toString(16)}`;
    const event = { type: "printer-state-changed", printer: "p1", state: "idle" } as const;
    session.onNotification?.({
      method: "event",
      cursor,
      event: { ...event, reasons: [], at, cursor },
    });
  }
  assert.equal(told.length, 4_096, "no more than that is on its way");
  // It thaws, and takes them all.
  for (let step = 0; step < 4_096 / 64; step++) seat.heard();
  assert.deepEqual(told.slice(4_096), [{ method: "resync", cursor: "c1000" }]);
});

test("tabs_with_different_certificates_have_different_sessions", async () => {
  const browser = await Browser.make();
  const one = await browser.tab("one");
  browser.page.options = { ...browser.page.options, certificates: [PEM, PEM] };
  const two = await browser.tab("two");
  assert.equal(browser.page.agent.links.length, 2);
  await one.client.close();
  await two.client.close();
});
