import assert from "node:assert/strict";
import { test } from "node:test";

import { BridgeError } from "../src/errors.js";
import type { JobStatus } from "../src/job.js";
import { livePrinters, tellConnection, tellJob, tellPrinter } from "../src/ui.js";
import { changed, job, Page, printer, settle, until } from "./fake.js";

test("a_job_shows_where_it_stands_without_a_loop", async () => {
  const page = await Page.make();
  await using client = await page.connect();
  const printed = await client.print({ document: "hello" });
  const seen: JobStatus[] = [];
  const stop = printed.status.subscribe((status) => seen.push(status));
  const { link } = page.agent;
  assert.equal(printed.state, undefined, "nothing was said yet");
  link.event(changed(printed.id, "processing"), "c11");
  link.event({ type: "job-progress", job_id: printed.id, octets_sent: 1, octets_total: 5 });
  assert.deepEqual(
    [printed.state, printed.progress?.octetsSent, printed.progress?.octetsTotal],
    ["processing", 1, 5],
  );
  link.event(changed(printed.id, "processing-stopped", { reasons: ["printer-stopped"] }), "c12");
  assert.deepEqual([printed.state, printed.reasons], ["processing-stopped", ["printer-stopped"]]);
  link.event(changed(printed.id, "completed", { evidence: "device" }), "c13");
  assert.deepEqual(
    [printed.state, printed.evidence, printed.code],
    ["completed", "device", undefined],
  );
  assert.deepEqual(
    seen.map(({ state, progress }) => [state, progress?.octetsSent]),
    [
      [undefined, undefined],
      ["processing", undefined],
      ["processing", 1],
      ["processing-stopped", undefined],
      ["completed", undefined],
    ],
  );
  assert.equal(seen.at(-1), printed.status.current, "the same object until the next change");
  stop();
});

test("a_job_from_another_time_is_asked_for_when_somebody_looks", async () => {
  const page = await Page.make();
  await using client = await page.connect();
  const kept = client.job("job-of-yesterday");
  await settle();
  assert.equal(page.agent.calls("jobs.get").length, 0);
  kept.status.subscribe(() => undefined);
  await until(() => kept.state === "pending", "the job's state");
  page.agent.link.event(changed("job-of-yesterday", "completed", { evidence: "spooler" }), "c11");
  assert.equal(kept.evidence, "spooler");
  const values: unknown[] = [];
  for await (const { state } of kept.status) values.push(state);
  assert.deepEqual(values, ["completed"], "the loop ends with the job");
});

test("a_listener_that_throws_troubles_nobody_else", async (t) => {
  const page = await Page.make();
  await using client = await page.connect();
  const printed = await client.print({ document: "hello" });
  // The page hears of it as of any error of its own, later.
  const later: (() => void)[] = [];
  printed.status.subscribe(({ state }) => {
    if (state !== undefined) throw new Error("the page's own");
  });
  t.mock.method(globalThis, "queueMicrotask", (run: () => void) => later.push(run));
  page.agent.link.event(changed(printed.id, "completed", { evidence: "device" }), "c11");
  t.mock.restoreAll();
  assert.equal((await printed.done()).evidence, "device");
  assert.throws(() => {
    for (const run of later) run();
  }, /the page's own/);
});

test("lost_events_are_made_up_for_even_when_the_connection_is_lost_while_asking", async () => {
  const page = await Page.make();
  await using client = await page.connect();
  const printed = await client.print({ document: "hello" });
  page.agent.onCall = ({ method }) => method === "jobs.get";
  page.agent.link.say({ jsonrpc: "2.0", method: "resync", params: { cursor: "c99" } });
  await until(() => page.agent.calls("jobs.get").length === 1, "it asks");
  page.agent.link.end();
  page.agent.onCall = ({ method, id, link }) => {
    if (method !== "jobs.get") return false;
    link.answer(id, { ...job(printed.id, "completed"), attempt: 1, evidence: "device" });
    return true;
  };
  await until(() => client.state.type === "waiting-to-retry", "waiting");
  page.attention.come();
  assert.equal((await printed.done()).evidence, "device");
});

test("a_subscription_that_cannot_be_taken_up_after_lost_events_ends_the_connection", async () => {
  const page = await Page.make();
  await using client = await page.connect();
  await client.print({ document: "hello" });
  page.agent.onCall = ({ method, params, id, link }) => {
    if (method !== "events.subscribe" || params["after"] !== "c99") return false;
    link.refuse(id, "internal", "later");
    return true;
  };
  page.agent.link.say({ jsonrpc: "2.0", method: "resync", params: { cursor: "c99" } });
  await until(() => client.state.type === "waiting-to-retry", "it is not silent");
});

test("the_answer_to_a_lost_print_is_found_by_its_key_when_there_is_a_connection_again", async () => {
  const page = await Page.make();
  await using client = await page.connect();
  page.agent.onCall = ({ method }) => method === "jobs.submit";
  const printing = client.print({ document: "hello" }).catch((error: unknown) => error);
  await until(() => page.agent.calls("jobs.submit").length === 1, "the submit");
  page.agent.link.end();
  const error = await printing;
  assert.ok(error instanceof BridgeError && error.idempotencyKey !== undefined);
  const { idempotencyKey } = error;
  assert.match(error.next, /recover/);
  const recovering = client.recover(idempotencyKey);
  let asked = 0;
  page.agent.onCall = ({ method, params, id, link }) => {
    if (method !== "jobs.list") return false;
    assert.equal(params["idempotency_key"], idempotencyKey);
    // The first time, the connection is lost once more.
    if (++asked === 1) link.end();
    else link.answer(id, { jobs: [job("job-x", "processing")] });
    return true;
  };
  for (const turn of [0, 1]) {
    const waits = () => client.state.type === "waiting-to-retry" && asked === turn;
    await until(waits, `waiting after ${turn} questions`);
    page.attention.come();
  }
  assert.equal((await recovering)?.id, "job-x");
  page.agent.onCall = ({ method, id, link }) => {
    if (method === "jobs.list") link.answer(id, { jobs: [] });
    return method === "jobs.list";
  };
  assert.equal(await client.recover("never-sent"), undefined);
});

test("every_call_under_way_ends_with_a_code_when_its_connection_is_lost", async () => {
  const page = await Page.make();
  page.agent.limits.calls_in_flight_max = 32;
  await using client = await page.connect();
  page.agent.onCall = ({ method }) => !method.startsWith("events.");
  const calls = [
    client.printers(),
    client.printer("p1"),
    client.print({ document: "x" }),
    client.pause("p1"),
    client.jobs.get("j"),
    client.jobs.list(),
    client.jobs.cancel("j"),
    client.jobs.reprint("j"),
    client.job("j").ask(),
  ];
  await until(() => page.agent.received.length >= 2 + calls.length, "all are under way");
  page.agent.link.end();
  const codes = (await Promise.allSettled(calls)).map((one) =>
    one.status === "rejected" ? (one.reason as BridgeError).code : "answered",
  );
  assert.deepEqual(
    codes,
    calls.map(() => "connection-lost"),
  );
});

test("the_list_of_printers_stays_true_over_events_lost_events_and_lost_connections", async () => {
  const page = await Page.make();
  await using client = await page.connect();
  const printers = livePrinters(client);
  const first = () => printers.current?.[0];
  assert.equal(first(), undefined);
  await settle();
  assert.equal(page.agent.calls("printers.list").length, 0, "nobody looks");
  const stop = printers.subscribe(() => undefined);
  await until(() => printers.current !== undefined, "the list");
  await until(() => page.agent.calls("events.subscribe").length === 1, "the subscription");
  await settle();
  const state = { type: "printer-state-changed", printer: "p1", state: "stopped", at: 9 };
  page.agent.link.event({ ...state, reasons: ["media-empty"] }, "c11");
  await until(() => first()?.state === "stopped", "the event");
  assert.deepEqual(first()?.reasons, ["media-empty"]);
  page.agent.link.event({ ...state, state: "idle", reasons: [], at: 3 }, "c12");
  await settle();
  assert.equal(first()?.state, "stopped", "older than what is known");

  let known = [printer("p1"), printer("p2")];
  page.agent.onCall = ({ method, id, link }) => {
    if (method === "printers.list") link.answer(id, { printers: known });
    return method === "printers.list";
  };
  page.agent.link.say({ jsonrpc: "2.0", method: "resync", params: { cursor: "c20" } });
  await until(() => printers.current?.length === 2, "read anew");
  known = [printer("p3")];
  page.agent.link.end();
  await until(() => client.state.type === "waiting-to-retry", "waiting");
  page.attention.come();
  await until(() => first()?.id === "p3", "read anew on the next connection");
  stop();
  await until(() => page.agent.calls("events.unsubscribe").length === 1, "nobody looks any more");
});

test("a_person_is_told_what_to_do_and_never_more_than_is_known", () => {
  const stopped = (...reasons: string[]) => ({ state: "stopped" as const, reasons });
  const status = { evidence: undefined, code: undefined };
  assert.equal(tellPrinter({ state: "idle", reasons: [] }).title, "Ready");
  assert.equal(tellPrinter(stopped("paused", "media-empty-error")).title, "Out of paper");
  assert.equal(tellPrinter(stopped("cover-open")).tone, "bad");
  assert.equal(tellPrinter({ state: "idle", reasons: ["media-low-warning"] }).tone, "warn");
  assert.deepEqual(tellPrinter(stopped("moon-full")), {
    tone: "bad",
    title: "The printer cannot go on",
    text: "moon-full",
  });
  const job = (state: JobStatus["state"], more = {}) => ({ ...status, state, ...more });
  assert.equal(tellJob(job("completed", { evidence: "device" })).title, "Printed");
  assert.equal(tellJob(job("completed", { evidence: "transport" })).title, "Sent");
  assert.equal(tellJob(job("pending"), stopped("offline")).title, "The printer does not answer");
  assert.match(tellJob(job("interrupted")).text, /Look at the paper/);
  assert.match(tellJob(job("aborted", { code: "device-rejected" })).text, /device-rejected/);
  const error = new BridgeError("not-running");
  assert.deepEqual(tellConnection({ type: "closed", error }), {
    tone: "bad",
    title: "Platen does not run on this machine.",
    text: "Start Platen, or install it, then connect again.",
  });
});
