// Several tabs of one till: one connection where the browser allows it, and each its own where not.
import assert from "node:assert/strict";
import { test } from "node:test";

import { Bridge } from "./support/bridge.mjs";
import { openPage, seen, startBrowser } from "./support/browser.mjs";
import { freePorts, Scene } from "./support/scene.mjs";
import { Sink } from "./support/sink.mjs";
import { makeServerCertificate, Till } from "./support/till.mjs";

/** A till on `http://localhost`, or at `https://pos.example` for the internet's browsers. */
async function shop(t, { isPublic = false, granted = isPublic } = {}) {
  const scene = await Scene.open(t);
  const sink = await Sink.start(scene);
  const bridge = await Bridge.start(scene, sink.uri);
  const { wss, ws } = bridge.ports;
  const [nextWss, nextWs] = await freePorts(2);
  const server = isPublic ? await makeServerCertificate(scene) : undefined;
  const till = await Till.start(scene, {
    ports: `wss:${wss},ws:${ws},wss:${nextWss},ws:${nextWs}`,
    server,
  });
  await till.trustedBy(bridge);
  const browser = await startBrowser(scene, {
    isPublic: isPublic ? [till.port] : [],
    trusts: isPublic ? [{ file: server.certificate, flags: "P,," }] : [],
  });
  const first = await openPage(browser, granted ? { granted: till.origin } : {});
  return {
    sink,
    bridge,
    till,
    next: { wss: nextWss, ws: nextWs },
    context: first.context(),
    first,
  };
}

/** Opens the till in a tab of this browser, and connects. */
async function connected(context, { origin }, page) {
  const tab = page ?? (await context.newPage());
  await tab.goto(origin);
  await seen(tab).connect.click();
  await seen(tab).connection("open");
  return tab;
}

/** Resolves when the agent has so many sessions; the test's limit ends the wait. */
async function sessions(bridge, count) {
  for (;;) {
    const status = await bridge.verb("status");
    if (status.sessions === count) return;
    assert.equal(typeof status.sessions, "number");
  }
}

for (const isPublic of [false, true]) {
  const from = isPublic ? "the_internet" : "this_machine";
  test(`two_tabs_of_a_till_from_${from}_share_one_session_and_each_sees_its_own_job`, async (t) => {
    const { sink, bridge, till, context, first } = await shop(t, { isPublic });
    const one = await connected(context, till, first);
    const two = await connected(context, till);
    await sessions(bridge, 1);
    await seen(one).print.click();
    await seen(one).job("completed");
    // The list of jobs is everybody's; the job under way is the tab's that printed it.
    await seen(two).history(1, "completed");
    assert.equal(await two.locator("#job").isHidden(), true);
    await seen(two).print.click();
    await seen(two).job("completed");
    await sink.received(2);
    await one.close();
    await two.getByTestId("product-espresso").click();
    await seen(two).print.click();
    await seen(two).history(3, "completed");
    await sessions(bridge, 1);
    await two.close();
    await sessions(bridge, 0);
  });
}

test("where_the_pages_policy_refuses_the_worker_each_tab_has_its_own_session", async (t) => {
  // A page that the test hands to the browser has no address, and would have to ask.
  const { sink, bridge, till, context, first } = await shop(t, { granted: true });
  await context.route(`${till.origin}/`, async (route) => {
    const response = await route.fetch();
    const headers = response.headers();
    const policy = headers["content-security-policy"];
    assert.match(policy, /worker-src 'self'/);
    headers["content-security-policy"] = policy.replace("worker-src 'self'", "worker-src 'none'");
    await route.fulfill({ response, headers });
  });
  const one = await connected(context, till, first);
  const two = await connected(context, till);
  await sessions(bridge, 2);
  for (const tab of [one, two]) {
    await seen(tab).print.click();
    await seen(tab).job("completed");
  }
  await sink.received(2);
});

test("an_agent_killed_and_back_on_another_port_finds_the_tabs_where_they_were", async (t) => {
  const { sink, bridge, till, next, context, first } = await shop(t);
  const one = await connected(context, till, first);
  const two = await connected(context, till);
  await bridge.verb("pause", "kitchen");
  await seen(one).print.click();
  await seen(one).job("pending");
  await seen(two).history(1, "pending");
  await bridge.kill();
  for (const tab of [one, two]) await seen(tab).connection("waiting-to-retry");
  await bridge.start(next);
  await bridge.verb("resume", "kitchen");
  // Both find it, over one connection, and hear what became of the job meanwhile.
  for (const tab of [one, two]) await seen(tab).connection("open");
  await seen(one).job("completed");
  await seen(two).history(1, "completed");
  await sessions(bridge, 1);
  await seen(two).print.click();
  await seen(two).job("completed");
  await sink.received(2);
  assert.equal(sink.jobs.length, 2);
});
