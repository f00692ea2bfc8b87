import assert from "node:assert/strict";
import { test } from "node:test";

import { diagnose } from "../src/diagnose.js";
import { BridgeError, type BridgeErrorCode } from "../src/errors.js";
import { DEFAULT_PORTS, firstWays, waysTo } from "../src/find.js";
import { judge, type Observed } from "../src/verdict.js";
import { FakePermission, Page, settle, until } from "./fake.js";

async function refusal(promise: Promise<unknown>, code: BridgeErrorCode): Promise<BridgeError> {
  try {
    await promise;
  } catch (error) {
    assert.ok(error instanceof BridgeError, String(error));
    assert.equal(error.code, code);
    assert.notEqual(error.next, "");
    return error;
  }
  return assert.fail(`it should have been refused with ${code}`);
}

test("what_a_page_observes_tells_its_user_what_to_do", () => {
  const refused = (url: string, closeCode = 1006) =>
    ({ url, outcome: "refused", closeCode }) as const;
  const both = [refused("wss://localhost:8181/"), refused("ws://localhost:8182/")];
  const tls = [refused("wss://localhost:8181/")];
  const answers = (url: string, protocol = "platen.v1") => ({
    answered: [{ url, protocol }],
    pending: false,
  });
  const plain = answers("http://localhost:8182/healthz");
  const trusted = answers("https://localhost:8181/healthz");
  const newer = answers("http://localhost:8182/healthz", "platen.v9");
  const pending = { answered: [], pending: true };
  const rows: readonly [string, Partial<Observed>, ReturnType<typeof judge>][] = [
    ["nothing listens", { tries: both }, "not-running"],
    ["nothing listens, the prompt stands", { tries: both, permission: "prompt" }, "not-running"],
    ["http page from elsewhere", { tries: both, secure: false }, "page-must-be-https"],
    ["the user said no", { tries: both, permission: "denied" }, "permission-denied"],
    ["a frame without allow", { permission: "denied", frameBlocks: true }, "iframe-not-allowed"],
    [
      "Firefox tells of the certificate",
      { tries: [refused("wss://localhost:8181/", 1015)] },
      "certificate-not-trusted",
    ],
    ["only TLS was tried", { tries: tls, health: plain }, "certificate-not-trusted"],
    [
      "the browser forbids plain loopback",
      { tries: [...tls, { url: "ws://localhost:8182/", outcome: "blocked" }], health: plain },
      "certificate-not-trusted",
    ],
    [
      "TLS failed before the prompt was answered",
      { tries: tls, permission: "prompt", health: pending },
      "certificate-not-trusted",
    ],
    ["another protocol", { tries: both, health: newer }, "wrong-version"],
    ["a plain port lives and refuses", { tries: both, health: plain }, "refused"],
    ["a trusted port lives and refuses", { tries: tls, health: trusted }, "refused"],
    [
      "a port accepts and says nothing",
      { tries: [{ url: "wss://localhost:8181/", outcome: "silent" }] },
      "timeout",
    ],
  ];
  const usual: Observed = {
    secure: true,
    frameBlocks: false,
    permission: "granted",
    tries: [],
    health: { answered: [], pending: false },
  };
  for (const [name, seen, expected] of rows)
    assert.equal(judge({ ...usual, ...seen }), expected, name);
});

test("tls_is_tried_first_and_the_way_that_worked_last_before_it", () => {
  assert.deepEqual(waysTo("localhost", DEFAULT_PORTS), [
    "wss://localhost:8181/",
    "wss://localhost:8282/",
    "wss://localhost:8383/",
    "wss://localhost:8484/",
    "ws://localhost:8182/",
    "ws://localhost:8283/",
    "ws://localhost:8384/",
    "ws://localhost:8485/",
  ]);
  const usual = ["wss://localhost:8181/", "ws://localhost:8182/"];
  assert.deepEqual(firstWays(DEFAULT_PORTS, undefined), usual);
  assert.deepEqual(firstWays(DEFAULT_PORTS, "ws://127.0.0.1:8384/"), ["ws://127.0.0.1:8384/"]);
  assert.deepEqual(firstWays(DEFAULT_PORTS, "wss://evil.example:8181/"), usual);
});

test("a_browser_that_may_hide_liveness_makes_every_port_be_tried", async () => {
  const page = await Page.make();
  page.agent.listens = new Map([["ws://localhost:8485/", "answers"]]);
  const permission = new FakePermission("none");
  const environment = {
    ...page.environment,
    permission: async () => Promise.resolve(permission),
    askHealth: async () => Promise.reject(new TypeError("mixed content")),
  };
  await using client = await page.connect({ environment });
  assert.equal(client.state.type === "open" && client.state.url, "ws://localhost:8485/");
  assert.equal(page.agent.tried.length, 8);
});

test("where_nobody_lives_no_more_than_the_usual_ports_are_opened_and_later_none", async () => {
  const page = await Page.make();
  page.agent.listens.clear();
  const abort = new AbortController();
  const connecting = page.connect({ keepTrying: true, signal: abort.signal });
  for (let turn = 0; turn < 5; turn++) {
    await until(() => page.states.at(-1)?.type === "waiting-to-retry", "waiting");
    const state = page.states.at(-1);
    await page.clock.advance(state?.type === "waiting-to-retry" ? state.delayMs : 0);
  }
  assert.deepEqual(page.agent.tried, ["wss://localhost:8181/", "ws://localhost:8182/"]);
  abort.abort();
  await refusal(connecting, "aborted");
});

test("the_next_port_is_found_and_remembered", async () => {
  const page = await Page.make();
  page.agent.listens = new Map([["ws://127.0.0.1:8283/", "answers"]]);
  await using client = await page.connect();
  assert.equal(client.state.type === "open" && client.state.url, "ws://127.0.0.1:8283/");
  assert.equal(page.store.getItem("platen.way"), "ws://127.0.0.1:8283/");
});

test("a_silent_port_does_not_keep_the_agent_from_being_found", async () => {
  const page = await Page.make();
  page.agent.listens = new Map([
    ["wss://localhost:8181/", "silent"],
    ["wss://localhost:8282/", "answers"],
  ]);
  const connecting = page.connect();
  await page.clock.advance(900);
  await using client = await connecting;
  assert.equal(client.state.type === "open" && client.state.url, "wss://localhost:8282/");
});

test("a_silent_port_alone_ends_in_a_timeout", async () => {
  const page = await Page.make();
  page.agent.listens = new Map([["wss://localhost:8181/", "silent"]]);
  const connecting = refusal(page.connect(), "timeout");
  await page.clock.advance(20_000);
  await connecting;
});

test("while_the_browser_asks_its_user_nothing_times_out", async () => {
  const page = await Page.make();
  const permission = new FakePermission("prompt");
  // The prompt holds the handshake back.
  page.agent.listens = new Map([["wss://localhost:8181/", "silent"]]);
  const connecting = page.connect({
    environment: { ...page.environment, permission: async () => Promise.resolve(permission) },
  });
  await page.clock.advance(10 * 60_000);
  assert.equal(page.states.at(-1)?.type, "waiting-for-permission");
  permission.become("denied");
  const denied = refusal(connecting, "permission-denied");
  page.agent.listens.clear();
  await page.clock.advance(20_000);
  await denied.catch(async () => refusal(connecting, "timeout"));
});

test("a_site_without_a_grant_hears_so", async () => {
  const page = await Page.make();
  page.agent.trusts = false;
  const error = await refusal(page.connect(), "site-not-trusted");
  assert.match(error.next, /platen trust add ca\.pem --origin https:\/\/pos\.example/);
});

test("another_dialect_is_a_wrong_version", async () => {
  const page = await Page.make();
  page.agent.protocol = "platen.v9";
  await refusal(page.connect(), "wrong-version");
});

test("a_page_that_is_not_secure_is_told_before_anything_is_tried", async () => {
  const page = await Page.make();
  await refusal(
    page.connect({ environment: { ...page.environment, subtle: undefined, secure: false } }),
    "page-must-be-https",
  );
  assert.equal(page.agent.received.length, 0);
});

test("an_agent_is_pinned_when_met_first_and_another_is_told_nothing", async () => {
  const page = await Page.make();
  await (await page.connect()).close();
  assert.equal(page.store.getItem("platen.agent"), page.agent.agent);
  await page.agent.newKey();
  page.agent.received.length = 0;
  await refusal(page.connect(), "agent-mismatch");
  assert.deepEqual(
    page.agent.received.map(({ method }) => method),
    ["agent.prove"],
  );
  assert.equal(page.signed.length, 1, "only the first connection signed something");
});

test("where_nothing_can_be_kept_a_client_still_notices_that_its_agent_is_another", async () => {
  const page = await Page.make();
  await using client = await page.connect({
    environment: { ...page.environment, store: undefined },
  });
  await page.agent.newKey();
  page.agent.link.end();
  await until(() => client.state.type === "waiting-to-retry", "waiting");
  await page.clock.advance(250);
  await until(() => client.state.type === "closed", "closed");
  assert.equal(client.state.type === "closed" && client.state.error?.code, "agent-mismatch");
});

test("a_full_store_is_no_reason_not_to_connect", async () => {
  const page = await Page.make();
  const setItem = (): never => {
    throw new DOMException("full", "QuotaExceededError");
  };
  await using client = await page.connect({
    environment: { ...page.environment, store: { ...page.store, setItem } },
  });
  assert.equal(client.state.type, "open");
});

test("a_program_that_squats_on_the_port_gets_the_handshake_and_the_real_agent_is_found", async () => {
  const page = await Page.make();
  await (await page.connect()).close();
  const squatter = (await Page.make()).agent;
  squatter.listens = new Map([["wss://localhost:8181/", "answers"]]);
  page.agent.listens = new Map([["wss://localhost:8282/", "answers"]]);
  await using client = await page.connect({
    environment: {
      ...page.environment,
      open: (url, events) => (url.includes("8181") ? squatter : page.agent).open(url, events),
    },
  });
  assert.equal(client.state.type === "open" && client.state.url, "wss://localhost:8282/");
  assert.deepEqual(
    squatter.received.map(({ method }) => method),
    ["agent.prove"],
  );
});

test("a_proof_made_for_another_connection_is_no_proof", async () => {
  const page = await Page.make();
  page.agent.onCall = ({ method, id, link }) => {
    if (method !== "agent.prove") return false;
    void page.agent.prove(link, id, "another nonce");
    return true;
  };
  await refusal(page.connect(), "agent-mismatch");
  assert.equal(page.store.getItem("platen.agent"), null);
});

test("diagnosing_needs_no_session", async () => {
  const page = await Page.make();
  const { environment } = page;
  assert.equal((await diagnose({ environment })).state, "ready");
  assert.deepEqual(
    page.agent.received.map(({ method }) => method),
    ["agent.prove"],
  );
  page.agent.listens.clear();
  assert.equal((await diagnose({ environment })).state, "not-running");
  const askHealth = async (url: string): Promise<string | undefined> =>
    Promise.resolve(url.includes(":8182/") ? "platen.v1" : undefined);
  const diagnosis = await diagnose({
    environment: { ...environment, askHealth },
    ports: { wss: [8181], ws: [], health: [8182] },
  });
  assert.equal(diagnosis.state, "certificate-not-trusted");
});

test("diagnosing_says_that_the_browser_asks_its_user", async () => {
  const page = await Page.make();
  const permission = new FakePermission("prompt");
  page.agent.listens = new Map([["wss://localhost:8181/", "silent"]]);
  const diagnosing = diagnose({
    environment: { ...page.environment, permission: async () => Promise.resolve(permission) },
  });
  await page.clock.advance(1_000);
  assert.equal((await diagnosing).state, "waiting-for-permission");
});

test("connecting_can_be_aborted_at_any_moment", async () => {
  for (const hang of ["never", "agent.prove", "session.open"] as const) {
    const page = await Page.make();
    if (hang === "never") page.agent.listens = new Map([["wss://localhost:8181/", "silent"]]);
    page.agent.onCall = ({ method }) => method === hang;
    const abort = new AbortController();
    const connecting = refusal(page.connect({ signal: abort.signal }), "aborted");
    if (hang !== "never") await until(() => page.agent.calls(hang).length > 0);
    await settle();
    abort.abort();
    await connecting;
    assert.ok(
      page.agent.links.every(({ over }) => over),
      "no connection is left",
    );
  }
});
