// The examples of docs/devices.md for serial lines, run as they stand there. Those for USB are in hid.test.mjs.
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";

import { check } from "./support/check.mjs";
import { Heard } from "./support/device.mjs";
import { example } from "./support/example.mjs";
import { LineDevice } from "./support/line.mjs";

/** A device on a line that the grant names, and a page. */
async function atLine(open, t) {
  const folder = await mkdtemp(path.join(tmpdir(), "platen-line-"));
  t.after(async () => rm(folder, { recursive: true, force: true }));
  const device = await LineDevice.start(t, folder, "line");
  const shop = await open({ more: ["--device", `serial:${device.port}`] });
  return { device, port: device.port, qz: await shop.connect() };
}

check("a_scanner_on_a_serial_line_tells_whole_codes", [], async ({ open, t }) => {
  const { device, port, qz } = await atLine(open, t);
  const codes = new Heard();
  await example("a_scanner_on_a_serial_line_tells_whole_codes", { qz, port, found: codes.push });
  device.say("4006381333931\r\n400638");
  device.say("1333948\r\n");
  const found = await codes.until((all) => (all.length === 2 ? all : undefined));
  assert.deepEqual(found, ["4006381333931", "4006381333948"]);
});

check("a_customer_display_on_a_serial_line_shows_two_lines", [], async ({ open, t }) => {
  const { device, port, qz } = await atLine(open, t);
  await example("a_customer_display_on_a_serial_line_shows_two_lines", { qz, port });
  await device.received(`\f${"Espresso".padEnd(20)}${"2.50 EUR".padStart(20)}`);
});
