// The agent is killed while a page is open: the page comes back by itself, hears what it missed,
// and nothing is printed twice.
import assert from "node:assert/strict";
import { test } from "node:test";

import { Bridge } from "./support/bridge.mjs";
import { openPage, seen, startBrowser } from "./support/browser.mjs";
import { Scene } from "./support/scene.mjs";
import { heard, listen, openClient } from "./support/sdk.mjs";
import { Sink } from "./support/sink.mjs";
import { Till } from "./support/till.mjs";

/** Has the page print these octets; the job's id. */
async function print(page, text) {
  return page.evaluate(async (document) => (await globalThis.client.print({ document })).id, text);
}

test("a_page_outlives_its_agent_and_hears_what_it_missed", async (t) => {
  const scene = await Scene.open(t);
  const sink = await Sink.start(scene);
  const bridge = await Bridge.start(scene, sink.uri);
  const { wss, ws } = bridge.ports;
  const till = await Till.start(scene, { ports: `wss:${wss},ws:${ws}` });
  await till.trustedBy(bridge);
  const page = await openPage(await startBrowser(scene));
  await page.goto(till.origin);
  await seen(page).connect.click();
  await seen(page).connection("open");
  await openClient(page);
  await listen(page);

  // The page is subscribed when it hears of its first job.
  const first = await print(page, "first");
  await heard(page, first, "completed");
  await bridge.verb("pause", "kitchen");
  const second = await print(page, "second");
  await heard(page, second, "pending");

  await bridge.kill();
  await seen(page).connection("waiting-to-retry");
  const refusal = await page.evaluate(async () =>
    globalThis.client.print({ document: "into the void" }).then(
      () => "accepted",
      (error) => error.code,
    ),
  );
  assert.equal(refusal, "connection-lost");

  // It prints where the page cannot see it, and only its log can tell the page later.
  await bridge.start({ wss: 0, ws: 0 });
  await bridge.verb("resume", "kitchen");
  await sink.received(2);
  await bridge.stop();
  await bridge.start();

  await seen(page).connection("open");
  await heard(page, second, "completed");
  const third = await print(page, "third");
  await heard(page, third, "completed");
  await sink.received(3);
  assert.deepEqual(sink.jobs.map(String), ["first", "second", "third"]);

  const all = await page.evaluate(() => globalThis.heard);
  const distinct = new Set(all.map(String));
  assert.equal(all.length, distinct.size, `heard twice: ${JSON.stringify(all)}`);
  assert.deepEqual(new Set(all.map(([job]) => job)), new Set([first, second, third]));
});
