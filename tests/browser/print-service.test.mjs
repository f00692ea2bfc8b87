// From a page through the system's print service: a real cupsd with a raw queue.
import assert from "node:assert/strict";
import { test } from "node:test";

import { Bridge } from "./support/bridge.mjs";
import { openPage, startBrowser } from "./support/browser.mjs";
import { PrintService } from "./support/cupsd.mjs";
import { Scene } from "./support/scene.mjs";
import { pattern, printPattern } from "./support/sdk.mjs";
import { Sink } from "./support/sink.mjs";
import { Till } from "./support/till.mjs";

test("jobs_of_2_kb_and_5_mb_pass_a_raw_queue_byte_for_byte", async (t) => {
  const scene = await Scene.open(t);
  const sink = await Sink.start(scene);
  const service = await PrintService.start(scene, sink);
  const bridge = await Bridge.start(scene, service.uri, service.config);
  const { wss, ws } = bridge.ports;
  const till = await Till.start(scene, { ports: `wss:${wss},ws:${ws}` });
  await till.trustedBy(bridge);
  const page = await openPage(await startBrowser(scene));
  await page.goto(till.origin);
  for (const [index, length] of [2_048, 5 * 1024 * 1024].entries()) {
    const { state, evidence, heard } = await printPattern(page, length);
    assert.deepEqual({ state, evidence }, { state: "completed", evidence: "spooler" });
    assert.ok(heard.includes("processing") && heard.at(-1) === "completed", heard.join());
    await sink.received(index + 1);
    assert.ok(sink.jobs[index].equals(pattern(length)), `${length} octets arrived otherwise`);
  }
});
