// A till with more than a printer: a page has a scale, talks to a display on the network, and opens
// the drawer, each as its grant says and no other.
import assert from "node:assert/strict";
import { realpath } from "node:fs/promises";
import { test } from "node:test";

import { Device } from "../qz/support/device.mjs";
import { LineDevice } from "../qz/support/line.mjs";
import { Bridge } from "./support/bridge.mjs";
import { openPage, startBrowser } from "./support/browser.mjs";
import { Emulator } from "./support/emulator.mjs";
import { Scene } from "./support/scene.mjs";
import { openClient } from "./support/sdk.mjs";
import { Till } from "./support/till.mjs";

test("a_page_weighs_shows_and_opens_the_drawer", async (t) => {
  const scene = await Scene.open(t);
  const scale = await LineDevice.start(t, scene.path());
  const display = await Device.start(t);
  const printer = await Emulator.start(scene);
  const bridge = await Bridge.start(scene, printer.uri);
  const { wss, ws } = bridge.ports;
  const till = await Till.start(scene, { ports: `wss:${wss},ws:${ws}` });
  const names = { scale: `serial:${scale.port}`, display: `socket:127.0.0.1:${display.port}` };
  const devices = Object.values(names).flatMap((name) => ["--device", name]);
  // The till's own server signs prints and nothing else.
  const rights = ["--capability", "printers,print,status,jobs,drawer", "--signing", "session"];
  await bridge.verb("trust", "add", till.root, "--origin", till.origin, ...devices, ...rights);
  const page = await openPage(await startBrowser(scene));
  await page.goto(till.origin);
  await openClient(page);

  const states = page.evaluate(async ({ scale: name }) => {
    const { openScale } = await import("/sdk/devices.js");
    const opened = await openScale(globalThis.client, name, { profile: "mt-sics" });
    const heard = [];
    for await (const state of opened.states()) {
      heard.push(
        state.type === "weight" ? `${state.weight} ${state.unit} ${state.stable}` : state.problem,
      );
      if (state.stable) break;
    }
    return heard;
  }, names);
  await scale.received("SI\r\n");
  scale.say("S +\r\nS D      0.412 kg\r\nS S      0.420 kg\r\n");
  assert.deepEqual(await states, ["over-range", "0.412 kg false", "0.420 kg true"]);
  // Leaving the loop has closed nothing but the loop; the page closes the scale with itself.
  const { devices: held } = await bridge.verb("status");
  assert.deepEqual(
    held.map(({ device, holder }) => [device, holder.session.origin]),
    [[`serial:${await realpath(scale.port)}`, till.origin]],
  );

  const answer = page.evaluate(async ({ display: name }) => {
    const { openDevice } = await import("/sdk/devices.js");
    const opened = await openDevice(globalThis.client, name);
    await opened.send("Total 12,50");
    for await (const octets of opened.received()) return [...octets];
    return [];
  }, names);
  await display.received("Total 12,50");
  display.say("\x06");
  assert.deepEqual(await answer, [6]);
  const refusal = await page.evaluate(async () => {
    const { openDevice } = await import("/sdk/devices.js");
    const opening = openDevice(globalThis.client, "hid:0922:8003");
    return opening.then(
      () => "opened",
      ({ code }) => code,
    );
  });
  assert.equal(refusal, "not-permitted");

  const end = await page.evaluate(async () => {
    const { openDrawer } = await import("/sdk/devices.js");
    const job = await openDrawer(globalThis.client, { idempotencyKey: "sale 7" });
    const { state, evidence } = await job.done();
    return [state, evidence];
  });
  assert.deepEqual(end, ["completed", "device"]);
  assert.match(await printer.control("status"), /drawer open/u);
  await page.close();
  let left = held;
  while (left !== undefined) ({ devices: left } = await bridge.verb("status"));
});
