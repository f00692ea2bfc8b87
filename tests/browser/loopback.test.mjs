// A till served from this machine: no browser asks anybody, and everything goes over plain
// loopback or TLS, whichever works.
import assert from "node:assert/strict";
import { test } from "node:test";

import { Bridge } from "./support/bridge.mjs";
import { openPage, seen, startBrowser } from "./support/browser.mjs";
import { Scene } from "./support/scene.mjs";
import { pattern, printPattern } from "./support/sdk.mjs";
import { Sink } from "./support/sink.mjs";
import { Till } from "./support/till.mjs";

async function shop(t) {
  const scene = await Scene.open(t);
  const sink = await Sink.start(scene);
  const bridge = await Bridge.start(scene, sink.uri);
  const { wss, ws } = bridge.ports;
  const till = await Till.start(scene, { ports: `wss:${wss},ws:${ws}` });
  await till.trustedBy(bridge);
  const page = await openPage(await startBrowser(scene));
  await page.goto(till.origin);
  return { scene, sink, bridge, till, page };
}

test("the_till_prints_a_receipt_and_shows_what_became_of_it", async (t) => {
  const { sink, page } = await shop(t);
  const till = seen(page);
  await till.print.click();
  await till.job("completed");
  await till.connection("open");
  assert.equal(await till.evidence.innerText(), "transport");
  await till.history(1, "completed");
  await sink.received(1);
  assert.equal(sink.jobs.length, 1);
  assert.match(sink.jobs[0].toString("latin1"), /TOTAL[^\n]*\d/);
});

test("jobs_of_2_kb_and_5_mb_arrive_byte_for_byte", async (t) => {
  const { sink, page } = await shop(t);
  for (const [index, length] of [2_048, 5 * 1024 * 1024].entries()) {
    const { state, evidence, heard } = await printPattern(page, length);
    assert.deepEqual({ state, evidence }, { state: "completed", evidence: "transport" });
    assert.ok(heard.includes("processing") && heard.at(-1) === "completed", heard.join());
    await sink.received(index + 1);
    assert.ok(sink.jobs[index].equals(pattern(length)), `${length} octets arrived otherwise`);
  }
});

test("a_click_before_the_till_is_ready_is_not_lost", async (t) => {
  const { page } = await shop(t);
  let release;
  const held = new Promise((resolve) => {
    release = resolve;
  });
  await page.route("**/config.json", async (route) => {
    await held;
    await route.continue();
  });
  await page.reload();
  const till = seen(page);
  assert.equal(await till.print.isDisabled(), true);
  assert.equal(await till.connect.isDisabled(), true);
  release();
  await till.print.click();
  await till.job("completed");
});
