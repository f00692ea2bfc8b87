import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";

import { canonicalJson, type Json } from "../src/canonical.js";
import type { Client } from "../src/client.js";
import type { AgentEvent, JobEvent } from "../src/decode.js";
import { BridgeError, type BridgeErrorCode } from "../src/errors.js";
import { callDigest } from "../src/statement.js";
import { changed, job, Page, PEM, settle, until } from "./fake.js";

async function refusal(promise: Promise<unknown>, code: BridgeErrorCode): Promise<BridgeError> {
  try {
    await promise;
  } catch (error) {
    assert.ok(error instanceof BridgeError, String(error));
    assert.equal(error.code, code);
    return error;
  }
  return assert.fail(`it should have been refused with ${code}`);
}

/** Takes events into a list until the loop ends; the promise is that end. */
function collect<T>(events: AsyncIterable<T>): { readonly seen: T[]; readonly end: Promise<void> } {
  const seen: T[] = [];
  const take = async (): Promise<void> => {
    for await (const event of events) seen.push(event);
  };
  const end = take();
  // Most tests look at what was seen, and close the client while the loop still runs.
  end.catch(() => undefined);
  return { seen, end };
}

/** Loses the connection and lets the client find the agent again. */
async function loseAndReturn(page: Page, client: Client): Promise<void> {
  page.agent.link.end();
  await retry(page, client);
  await until(() => client.state.type === "open", "open again");
  await settle();
}

/** Lets the wait before the next try pass, and no more: proofs take real time, not the clock's. */
async function retry(page: Page, client: Client): Promise<void> {
  await until(() => client.state.type === "waiting-to-retry", "waiting");
  await page.clock.advance(client.state.type === "waiting-to-retry" ? client.state.delayMs : 0);
}

test("a_session_is_opened_with_the_chain_and_a_statement_for_exactly_that_call", async () => {
  const page = await Page.make();
  await using client = await page.connect();
  const [open] = page.agent.calls("session.open");
  assert.ok(open?.signed);
  assert.deepEqual(open.params, { certificates: ["AQIDBAUG"] });
  const statement = JSON.parse(open.signed.statement) as Record<string, Json>;
  assert.equal(open.signed.statement, canonicalJson(statement));
  assert.equal(
    statement["digest"],
    await callDigest(crypto.subtle, "session.open", canonicalJson(open.params)),
  );
  assert.ok(
    open.text.includes(`"params":${canonicalJson(open.params)}`),
    "params are sent as digested",
  );
  assert.deepEqual(
    [statement["purpose"], statement["agent"], statement["challenge"], statement["sequence"]],
    ["session.open", page.agent.agent, "challenge-0", 0],
  );
  assert.deepEqual(
    page.states.map(({ type }) => type),
    ["connecting", "connecting", "open"],
  );
  assert.equal(client.state.type, "open");
});

test("certificates_are_fetched_anew_for_every_connection", async () => {
  const page = await Page.make();
  let fetched = 0;
  await using client = await page.connect({
    certificates: async () => Promise.resolve([PEM, `${(++fetched).toString()}${PEM}`]),
  });
  await loseAndReturn(page, client);
  assert.equal(fetched, 2);
});

test("without_a_certificate_or_a_signature_the_cause_is_told", async () => {
  const page = await Page.make();
  await refusal(page.connect({ certificates: "no pem" }), "signing-failed");
  const cause = new Error("the user is signed out");
  const error = await refusal(
    page.connect({ sign: async () => Promise.reject(cause) }),
    "signing-failed",
  );
  assert.equal(error.cause, cause);
});

test("a_document_goes_out_in_frames_and_the_job_is_followed_to_its_end", async () => {
  const page = await Page.make();
  await using client = await page.connect();
  const data = Uint8Array.from({ length: 3000 }, (_, index) => index & 0xff);
  const printed = await client.print({ printer: "p1", document: data, name: "Receipt" });
  const [submit] = page.agent.calls("jobs.submit");
  assert.ok(submit?.signed, "it is signed");
  assert.deepEqual(submit.params["documents"], [
    {
      format: "application/octet-stream",
      octets: 3000,
      sha256: createHash("sha256").update(data).digest("base64url"),
    },
  ]);
  const { frames } = submit.link;
  assert.deepEqual(Buffer.concat(frames.map((frame) => frame.subarray(8))), Buffer.from(data));
  assert.ok(frames.every(({ length }) => length <= page.agent.limits.frame_octets_max));
  const { seen, end } = collect(printed.events());
  await settle();
  submit.link.event(changed(printed.id, "processing"), "c11");
  submit.link.event({
    type: "job-progress",
    job_id: printed.id,
    octets_sent: 1,
    octets_total: 3000,
  });
  submit.link.event(changed("job-of-another-tab", "completed"), "c12");
  submit.link.event(changed(printed.id, "completed", { evidence: "transport" }), "c13");
  await end;
  assert.deepEqual(
    seen.map((event) => (event.type === "job-state-changed" ? event.state : event.type)),
    ["processing", "job-progress", "completed"],
  );
  const done = await printed.done();
  assert.deepEqual([done.state, done.evidence], ["completed", "transport"]);
  await until(() => page.agent.calls("events.unsubscribe").length === 1, "nobody listens");
});

test("events_that_come_before_the_answer_to_the_submit_are_not_missed", async () => {
  const page = await Page.make();
  await using client = await page.connect();
  page.agent.onCall = ({ method, id, link }) => {
    if (method !== "jobs.submit") return false;
    link.event(changed("job-x", "pending"), "c11");
    link.event(changed("job-x", "completed", { evidence: "device" }), "c12");
    link.answer(id, { job_id: "job-x", printer: "p1", repeated: false });
    return true;
  };
  const printed = await client.print({ document: "hello" });
  const { seen, end } = collect(printed.events());
  await end;
  assert.equal(seen.length, 2);
  assert.equal((await printed.done()).evidence, "device");
});

test("under_the_rule_session_only_the_opening_is_signed", async () => {
  const page = await Page.make();
  page.agent.signing = "session";
  await using client = await page.connect();
  await client.print({ document: "hello" });
  assert.equal(page.signed.length, 1);
  assert.equal(page.agent.calls("jobs.submit")[0]?.signed, undefined);
});

test("calls_that_change_nothing_are_not_signed", async () => {
  const page = await Page.make();
  await using client = await page.connect();
  const [first] = await client.printers();
  assert.deepEqual([first?.id, first?.name, first?.isDefault], ["p1", "Till", true]);
  await client.jobs.get("j");
  await client.jobs.cancel("j");
  await client.pause("p1");
  assert.deepEqual(
    page.signed.map(({ purpose, sequence }) => [purpose, sequence]),
    [
      ["session.open", 0],
      ["jobs.cancel", 1],
      ["queue.pause", 2],
    ],
  );
});

test("jobs_are_sent_in_the_order_of_the_calls_however_the_signatures_come_back", async () => {
  const page = await Page.make();
  const waiting: (() => void)[] = [];
  await using client = await page.connect({
    sign: async (_, { purpose }) =>
      new Promise((resolve) => {
        if (purpose === "session.open") resolve("x");
        else
          waiting.unshift(() => {
            resolve("x");
          });
      }),
  });
  const names = ["a", "b", "c", "d", "e"];
  const jobs = names.map(async (name) => client.print({ name, document: name.repeat(2000) }));
  await until(() => waiting.length === names.length, "all ask for a signature");
  for (const sign of waiting) {
    sign();
    await settle();
  }
  await Promise.all(jobs);
  assert.deepEqual(
    page.agent.calls("jobs.submit").map(({ params }) => params["name"]),
    names,
  );
});

test("no_more_calls_are_unanswered_than_the_agent_allows", async () => {
  const page = await Page.make();
  page.agent.limits.calls_in_flight_max = 3;
  await using client = await page.connect();
  const held: (() => void)[] = [];
  let most = 0;
  let open = 0;
  page.agent.onCall = ({ method, id, link }) => {
    if (method !== "jobs.submit") return false;
    most = Math.max(most, ++open);
    held.push(() => {
      open--;
      link.answer(id, { job_id: `job-${id}`, printer: "p1", repeated: false });
    });
    return true;
  };
  const jobs = Array.from({ length: 10 }, async (_, n) => client.print({ document: `${n}` }));
  let answered = 0;
  void Promise.all(jobs.map(async (one) => one.then(() => answered++)));
  while (answered < jobs.length) {
    await until(() => held.length > 0 || answered === jobs.length, "the next submit");
    held.shift()?.();
    await settle();
  }
  assert.equal(most, 2, "one place is kept for the subscription");
});

test("a_print_that_loses_its_connection_is_not_sent_again_and_says_how_to_ask", async () => {
  const page = await Page.make();
  await using client = await page.connect();
  page.agent.onCall = ({ method }) => method === "jobs.submit";
  const printing = refusal(client.print({ document: "hello" }), "connection-lost");
  await until(() => page.agent.calls("jobs.submit").length === 1, "the submit");
  page.agent.link.end();
  const error = await printing;
  const [submit] = page.agent.calls("jobs.submit");
  assert.equal(error.idempotencyKey, submit?.params["idempotency_key"]);
  assert.match(error.message, /nobody knows whether the job was accepted/);
  assert.match(error.next, /same idempotencyKey/);
  await retry(page, client);
  await until(() => client.state.type === "open", "open again");
  await settle();
  assert.equal(page.agent.calls("jobs.submit").length, 1, "nothing was sent again");
});

test("a_print_while_there_is_no_connection_is_refused_and_never_sent", async () => {
  const page = await Page.make();
  await using client = await page.connect();
  page.agent.link.end();
  await until(() => client.state.type === "waiting-to-retry", "waiting");
  const error = await refusal(client.print({ document: "hello" }), "connection-lost");
  assert.match(error.message, /nothing was sent/);
  assert.equal(error.idempotencyKey, undefined);
  await retry(page, client);
  await client.ready();
  await settle();
  assert.equal(page.agent.calls("jobs.submit").length, 0);
});

test("after_a_lost_connection_events_go_on_from_the_last_cursor", async () => {
  const page = await Page.make();
  await using client = await page.connect();
  const { seen } = collect(client.events({ topics: ["jobs"] }));
  await until(() => page.agent.calls("events.subscribe").length === 1, "the subscription");
  await settle();
  page.agent.link.event(changed("j", "processing"), "c11");
  await settle();
  await loseAndReturn(page, client);
  const again = page.agent.calls("events.subscribe").at(-1);
  assert.deepEqual(again?.params, { topics: ["jobs", "printers"], after: "c11" });
  // The agent may replay the last one: it is heard once.
  page.agent.link.event(changed("j", "processing"), "c11");
  page.agent.link.event(changed("j", "completed"), "c12");
  await settle();
  assert.deepEqual(
    seen.map((event) => event.type === "job-state-changed" && event.state),
    ["processing", "completed"],
  );
});

test("a_job_is_followed_over_a_lost_connection", async () => {
  const page = await Page.make();
  await using client = await page.connect();
  const printed = await client.print({ document: "hello" });
  const done = printed.done();
  page.agent.link.event(changed(printed.id, "processing"), "c11");
  await loseAndReturn(page, client);
  page.agent.link.event(changed(printed.id, "aborted", { code: "device-rejected" }), "c12");
  assert.equal((await done).code, "device-rejected");
});

test("waits_between_tries_grow_and_an_open_connection_resets_them", async () => {
  const page = await Page.make();
  await using client = await page.connect();
  page.agent.listens.clear();
  page.agent.link.end();
  for (let turn = 0; turn < 8; turn++) {
    await retry(page, client);
  }
  const delays = page.states.flatMap((state) =>
    state.type === "waiting-to-retry" ? [state.delayMs] : [],
  );
  assert.deepEqual(delays.slice(0, 8), [250, 500, 1000, 2000, 4000, 8000, 15000, 15000]);
});

test("a_reason_that_does_not_pass_by_itself_ends_the_client", async () => {
  const page = await Page.make();
  await using client = await page.connect();
  page.agent.trusts = false;
  page.agent.link.end();
  await retry(page, client);
  await until(() => client.state.type === "closed", "closed");
  assert.equal(client.state.type === "closed" && client.state.error?.code, "site-not-trusted");
});

test("a_first_try_that_fails_is_the_last_unless_the_page_wants_to_go_on", async () => {
  const page = await Page.make();
  page.agent.listens.clear();
  await refusal(page.connect(), "not-running");
  const connecting = page.connect({ keepTrying: true });
  await until(() => page.states.at(-1)?.type === "waiting-to-retry", "waiting");
  page.agent.listens.set("wss://localhost:8181/", "answers");
  await page.clock.advance(250);
  await using client = await connecting;
  assert.equal(client.state.type, "open");
});

test("lost_events_are_told_and_held_jobs_are_asked_for", async () => {
  const page = await Page.make();
  await using client = await page.connect();
  const printed = await client.print({ document: "hello" });
  const { seen } = collect(client.events());
  await settle();
  page.agent.onCall = ({ method, id, link }) => {
    if (method !== "jobs.get") return false;
    link.answer(id, { ...job(printed.id, "completed"), attempt: 1, evidence: "spooler" });
    return true;
  };
  page.agent.link.say({ jsonrpc: "2.0", method: "resync", params: { cursor: "c99" } });
  assert.equal((await printed.done()).evidence, "spooler");
  assert.deepEqual(seen, [{ type: "resync" }]);
  assert.deepEqual(page.agent.calls("events.subscribe").at(-1)?.params["after"], "c99");
});

test("a_place_the_agent_does_not_know_any_more_is_a_resync_and_not_the_end", async () => {
  const page = await Page.make();
  await using client = await page.connect();
  const { seen } = collect(client.events());
  await until(() => page.agent.calls("events.subscribe").length === 1, "the subscription");
  await settle();
  page.agent.link.event(changed("j", "processing"), "c11");
  page.agent.onCall = ({ method, params, id, link }) => {
    if (method !== "events.subscribe" || params["after"] === undefined) return false;
    link.refuse(id, "invalid-params", "after-fix");
    return true;
  };
  await loseAndReturn(page, client);
  assert.deepEqual(
    seen.map(({ type }) => type),
    ["job-state-changed", "resync"],
  );
});

test("an_unknown_event_is_heard_as_unknown", async () => {
  const page = await Page.make();
  await using client = await page.connect();
  const printed = await client.print({ document: "hello" });
  const all: AgentEvent[] = [];
  const own: JobEvent[] = [];
  const ends = [
    (async () => {
      for await (const event of client.events()) all.push(event);
    })(),
    (async () => {
      for await (const event of printed.events()) own.push(event);
    })(),
  ];
  await settle();
  page.agent.link.event({ type: "job-folded", job_id: printed.id }, "c11");
  page.agent.link.event({ type: "moon-rose" }, "c12");
  page.agent.link.say({ jsonrpc: "2.0", method: "news", params: {} });
  await settle();
  assert.deepEqual(
    all.map((event) => event.type === "unknown" && event.name),
    ["job-folded", "moon-rose"],
  );
  assert.deepEqual(
    own.map((event) => event.type === "unknown" && event.name),
    ["job-folded"],
  );
  await client.close();
  const outcomes = await Promise.allSettled(ends);
  assert.ok(
    outcomes.every(({ status }) => status === "rejected"),
    "both loops learn that it is closed",
  );
});

test("a_listener_from_an_earlier_place_does_not_repeat_events_to_others", async () => {
  const page = await Page.make();
  await using client = await page.connect();
  const live = collect(client.events());
  await until(() => page.agent.calls("events.subscribe").length === 1, "the subscription");
  await settle();
  page.agent.link.event(changed("j", "processing"), "c11");
  await settle();
  const late = collect(client.events({ after: "cf" }));
  await until(() => page.agent.calls("events.subscribe").length === 2, "the second subscription");
  assert.equal(page.agent.calls("events.subscribe")[1]?.params["after"], "cf");
  page.agent.link.event(changed("i", "completed"), "c10");
  page.agent.link.event(changed("j", "processing"), "c11");
  page.agent.link.event(changed("j", "completed"), "c12");
  await settle();
  assert.deepEqual([live.seen.length, late.seen.length], [2, 3]);
});

test("events_the_grant_does_not_allow_are_refused_with_the_capability", async () => {
  const page = await Page.make();
  page.agent.capabilities = ["printers", "print"];
  await using client = await page.connect();
  const printed = await client.print({ document: "hello" });
  const error = await refusal(printed.done(), "not-permitted");
  assert.match(error.next, /--capability jobs/);
  await refusal(collect(client.events({ topics: ["printers"] })).end, "not-permitted");
  assert.equal(page.agent.calls("events.subscribe").length, 0);
});

test("every_call_can_be_aborted", async () => {
  const page = await Page.make();
  await using client = await page.connect();
  page.agent.onCall = () => true;
  const calls: readonly ((signal: AbortSignal) => Promise<unknown>)[] = [
    async (signal) => client.printers({ signal }),
    async (signal) => client.printer("p1", { signal }),
    async (signal) => client.print({ document: "x" }, { signal }),
    async (signal) => client.pause("p1", { signal }),
    async (signal) => client.resume("p1", { signal }),
    async (signal) => client.jobs.get("j", { signal }),
    async (signal) => client.jobs.list({ signal }),
    async (signal) => client.jobs.cancel("j", { signal }),
    async (signal) => client.jobs.hold("j", { signal }),
    async (signal) => client.jobs.release("j", { signal }),
    async (signal) => client.jobs.retry("j", { signal }),
    async (signal) => client.jobs.reprint("j", { signal }),
    async (signal) => client.job("j").ask({ signal }),
    async (signal) => client.job("j").done({ signal }),
    async (signal) => client.job("j").cancel({ signal }),
    async (signal) => collect(client.events({ signal })).end,
    async (signal) => collect(client.connection.values({ signal })).end,
  ];
  for (const [index, call] of calls.entries()) {
    const abort = new AbortController();
    const calling = refusal(call(abort.signal), "aborted");
    await settle();
    abort.abort(new Error("no longer wanted"));
    const error = await calling;
    assert.equal((error.cause as Error).message, "no longer wanted", `call ${index}`);
    if (index < calls.length - 1) await refusal(call(AbortSignal.abort()), "aborted");
  }
});

test("a_print_aborted_before_it_was_sent_is_never_sent", async () => {
  const page = await Page.make();
  let asked = false;
  await using client = await page.connect({
    sign: async (_, { purpose }) =>
      new Promise((resolve) => {
        if (purpose === "session.open") resolve("x");
        else asked = true;
      }),
  });
  const abort = new AbortController();
  const printing = refusal(client.print({ document: "x" }, { signal: abort.signal }), "aborted");
  await until(() => asked, "the signature is asked for");
  abort.abort();
  assert.equal((await printing).idempotencyKey, undefined);
  await settle();
  assert.equal(page.agent.calls("jobs.submit").length, 0);
});

test("a_print_aborted_after_it_was_sent_says_that_it_may_print", async () => {
  const page = await Page.make();
  await using client = await page.connect();
  page.agent.onCall = ({ method }) => method === "jobs.submit";
  const abort = new AbortController();
  const request = { document: "x", idempotencyKey: "order-7" };
  const printing = refusal(client.print(request, { signal: abort.signal }), "aborted");
  await until(() => page.agent.calls("jobs.submit").length === 1, "the submit");
  abort.abort();
  assert.equal((await printing).idempotencyKey, "order-7");
});

test("a_refused_job_keeps_the_agents_words", async () => {
  const page = await Page.make();
  await using client = await page.connect();
  page.agent.onCall = ({ method, id, link }) => {
    if (method !== "jobs.submit") return false;
    link.refuse(id, "queue-full", "later");
    return true;
  };
  const error = await refusal(client.print({ document: "x" }), "queue-full");
  assert.deepEqual(
    [error.message, error.next, error.retry, error.idempotencyKey],
    ["it is queue-full", "what to do about queue-full", "later", undefined],
  );
});

test("what_the_agent_says_last_is_why_the_connection_ended", async () => {
  const page = await Page.make();
  await using client = await page.connect();
  page.agent.link.refuse(null, "slow-consumer", "later");
  page.agent.link.end();
  await until(() => client.state.type === "waiting-to-retry", "waiting");
  assert.equal(
    client.state.type === "waiting-to-retry" && client.state.error.code,
    "slow-consumer",
  );
});

test("a_full_socket_is_waited_for", async () => {
  const page = await Page.make();
  await using client = await page.connect();
  page.agent.link.bufferedAmount = 64 << 20;
  const printing = client.print({ document: new Uint8Array(5000) });
  await until(() => page.agent.calls("jobs.submit").length === 1, "the submit");
  await settle();
  assert.equal(page.agent.link.frames.length, 0);
  page.agent.link.bufferedAmount = 0;
  await page.clock.advance(10);
  await printing;
  assert.equal(page.agent.link.frames.length, 5);
});

test("a_closed_client_ends_what_is_under_way_and_answers_nothing_more", async () => {
  const page = await Page.make();
  const client = await page.connect();
  page.agent.onCall = () => true;
  const listing = refusal(client.printers(), "closed");
  await settle();
  await client.close();
  await client.close();
  await listing;
  assert.equal(page.states.at(-1)?.type, "closed");
  await refusal(client.printers(), "closed");
  await refusal(client.ready(), "closed");
  assert.ok(page.agent.links.every(({ over }) => over));
});
