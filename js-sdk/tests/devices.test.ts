import assert from "node:assert/strict";
import { test } from "node:test";

import type { Client } from "../src/client.js";
import {
  listDevices,
  openDevice,
  openDrawer,
  openScale,
  showOnDisplay,
  watchDevices,
} from "../src/devices.js";
import type { Json } from "../src/canonical.js";
import { BridgeError } from "../src/errors.js";
import { Page, type Link } from "./fake.js";

const SERIAL = "serial:/dev/ttyUSB0";

/** A page at an agent that does whatever is asked of devices. */
async function atTheTill(): Promise<{ page: Page; client: Client; link: () => Link }> {
  const page = await Page.make();
  page.agent.onCall = ({ method, link, id, params }) => {
    if (method === "devices.receive") link.answer(id, { data: btoa("\x02\x07") });
    else if (method === "devices.list" && params["follow"] !== true) {
      const scanner = {
        device: "hid:05e0:1200",
        class: "hid",
        label: "Scanner",
        usage_pages: [140],
      };
      link.answer(id, { devices: [scanner, { device: SERIAL, class: "serial", label: "" }] });
    } else if (method.startsWith("devices.")) link.answer(id, {});
    else if (method === "drawer.open" || method === "display.show") {
      link.answer(id, { job_id: "j1", printer: "till", repeated: false });
    } else return false;
    return true;
  };
  const client = await page.connect();
  const link = (): Link => {
    const last = page.agent.links.at(-1);
    assert.ok(last);
    return last;
  };
  return { page, client, link };
}

function tell(link: Link, device: string, event: Json): void {
  link.say({ jsonrpc: "2.0", method: "device", params: { device, event } });
}

const code = (wanted: string) => (error: unknown) =>
  error instanceof BridgeError && error.code === wanted;

test("a_serial_line_is_opened_as_it_was_described_and_told_in_order", async () => {
  const { page, client, link } = await atTheTill();
  const framing = { by: "mark", start: "\x02", end: Uint8Array.of(3) } as const;
  const line = await openDevice(client, SERIAL, { serial: { baud: 19_200, dataBits: 7, framing } });
  const [opened] = page.agent.calls("devices.open");
  assert.deepEqual(opened?.params, {
    device: SERIAL,
    serial: { baud: 19_200, data_bits: 7, framing: { by: "mark", start: "Ag==", end: "Aw==" } },
  });
  assert.ok(opened.signed);
  tell(link(), SERIAL, { type: "received", data: btoa("Tea") });
  tell(link(), "serial:/dev/ttyUSB1", { type: "received", data: btoa("another's") });
  tell(link(), SERIAL, { type: "received", data: btoa("\xff") });
  await line.send("ask");
  assert.equal(page.agent.calls("devices.send")[0]?.params["data"], btoa("ask"));
  const heard: number[][] = [];
  for await (const octets of line.received()) {
    heard.push([...octets]);
    if (heard.length === 2) break;
  }
  assert.deepEqual(heard, [[84, 101, 97], [255]]);
  tell(link(), SERIAL, { type: "received", data: btoa("more") });
  assert.equal((await line.received().next()).value?.length, 4);
  await line.close();
  assert.equal(page.agent.calls("devices.close").length, 1);
  await client.close();
});

test("a_device_that_is_lost_ends_its_loop_and_can_be_opened_again", async () => {
  const { page, client, link } = await atTheTill();
  const line = await openDevice(client, SERIAL);
  await assert.rejects(openDevice(client, SERIAL), code("device-in-use"));
  tell(link(), SERIAL, { type: "lost", problem: "it was unplugged" });
  await assert.rejects(async () => line.received().next(), code("device-not-open"));
  await line.close();
  assert.equal(page.agent.calls("devices.close").length, 0);
  const again = await openDevice(client, SERIAL);
  await again.close();
  assert.equal(page.agent.calls("devices.close").length, 1);
  assert.equal((await again.received().next()).done, true);
  await client.close();
});

test("a_lost_connection_closes_every_device", async () => {
  const { client, link } = await atTheTill();
  const line = await openDevice(client, SERIAL);
  const next = line.received().next();
  link().end();
  await assert.rejects(next, code("connection-lost"));
  await client.close();
});

test("a_scale_tells_weights_and_what_is_wrong", async () => {
  const { client, link } = await atTheTill();
  await using scale = await openScale(client, SERIAL, { profile: "toledo-8217" });
  const weight = { weight: "1.250", unit: "kg", stable: true, zero: false, tare: true };
  tell(link(), SERIAL, { type: "weight", ...weight });
  tell(link(), SERIAL, { type: "no-weight", problem: "over-range" });
  const states = scale.states();
  assert.deepEqual((await states.next()).value, { type: "weight", ...weight });
  assert.deepEqual((await states.next()).value, { type: "no-weight", problem: "over-range" });
});

test("devices_are_listed_asked_and_watched", async () => {
  const { page, client, link } = await atTheTill();
  const [scanner, line] = await listDevices(client);
  assert.deepEqual(scanner, {
    device: "hid:05e0:1200",
    class: "hid",
    label: "Scanner",
    usagePages: [140],
  });
  assert.deepEqual(line?.usagePages, []);
  const device = await openDevice(client, "hid:05e0:1200", { usagePage: 140 });
  assert.deepEqual([...(await device.receive({ octets: 2, feature: 2 }))], [2, 7]);
  const plugs = watchDevices(client);
  const next = plugs.next();
  while (page.agent.calls("devices.list").length < 2) await Promise.resolve();
  tell(link(), "hid:0922:8003", { type: "attached" });
  assert.deepEqual((await next).value, { device: "hid:0922:8003", attached: true });
  await plugs.return();
  await client.close();
});

test("a_drawer_and_a_display_are_jobs", async () => {
  const { page, client } = await atTheTill();
  const job = await openDrawer(client, { drawer: 2, withinMs: 500, idempotencyKey: "sale 7" });
  assert.equal(job.id, "j1");
  const [opened] = page.agent.calls("drawer.open");
  assert.deepEqual(opened?.params, { drawer: 2, within_ms: 500, idempotency_key: "sale 7" });
  await showOnDisplay(client, ["Total", "12,50"], { printer: "till" });
  const [shown] = page.agent.calls("display.show");
  assert.deepEqual(shown?.params, { rows: ["Total", "12,50"], printer: "till" });
  await client.close();
});
