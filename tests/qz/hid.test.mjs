// HID devices for pages written for QZ Tray: a scale, a scanner, a display, and what no page gets.
//
// The devices are real to the kernel: tools/usb-rig makes them with /dev/uhid.
import assert from "node:assert/strict";

import { differs, works } from "./support/check.mjs";
import { Heard } from "./support/device.mjs";
import { example } from "./support/example.mjs";
import { guestCheck } from "./support/guest.mjs";

const SCALE = { vendorId: "0x1209", productId: "0x0010" };
const SCANNER = { vendorId: "1209", productId: "0011" };
const DISPLAY = { vendorId: "0x1209", productId: "0x0012" };
const GRANTED = "only devices that the grant names: `--device hid:0922:8003`";

guestCheck(
  "a_page_sees_the_hid_devices_that_its_grant_names_and_no_keyboard",
  [differs("hid.listDevices", `${GRANTED}; never keyboards, mice and security keys`)],
  async (guest) => {
    await guest.plug("scale", "hid", "scale", "serial=S 7");
    await guest.plug("scanner", "hid", "scanner", "serial=A");
    await guest.plug("another", "hid", "scanner", "serial=B");
    await guest.plug("display", "hid", "display");
    await guest.plug("keyboard", "hid", "keyboard");
    await guest.until("test -e /dev/hidraw4");
    const { qz } = await guest.shop("hid:1209:0010", "hid:1209:0011:B", "hid:1209:0013");
    const devices = await qz.hid.listDevices();
    const sorted = devices.toSorted((one, other) => one.usagePage.localeCompare(other.usagePage));
    assert.deepEqual(sorted, [
      {
        vendorId: "1209",
        productId: "0011",
        usagePage: "008c",
        serial: "B",
        product: "RIG scanner",
      },
      {
        vendorId: "1209",
        productId: "0010",
        usagePage: "008d",
        serial: "S 7",
        product: "RIG scale",
      },
    ]);
    const keyboard = { vendorId: "0x1209", productId: "0x0013" };
    await assert.rejects(qz.hid.claimDevice(keyboard), /no page may use keyboards/);
    await assert.rejects(qz.hid.claimDevice(DISPLAY), /HID device could not be found/);
    await assert.rejects(
      qz.hid.claimDevice({ ...SCANNER, serial: "A" }),
      /HID device could not be found/,
    );
  },
);

guestCheck(
  "a_page_hears_what_a_scale_says_and_a_scale_has_one_page",
  [
    differs("hid.claimDevice", `${GRANTED}; a device has one page at a time`),
    works("hid.isClaimed"),
    works("hid.readData", "waits 5 s at most"),
    works("hid.sendData", "`PLAIN`, `HEX`, `BASE64`; no `FILE` yet"),
    works("hid.openStream", "tells each report once; silence is no error"),
    works("hid.closeStream"),
    works("hid.releaseDevice"),
    works("hid.setHidCallbacks"),
  ],
  async (guest) => {
    await guest.plug("scale", "hid", "scale");
    await guest.until("test -e /dev/hidraw0");
    const { qz, heard, site } = await guest.shop("hid:1209:0010");
    await assert.rejects(
      qz.hid.readData({ ...SCALE, responseSize: 8 }),
      /USB Device \[v:0x1209 p:0x0010\] must be claimed first\./,
    );
    assert.equal(await qz.hid.isClaimed(SCALE), false);
    await qz.hid.claimDevice(SCALE);
    assert.equal(await qz.hid.isClaimed(SCALE), true);
    assert.equal(await qz.hid.isClaimed({ ...SCALE, usagePage: "0x008d" }), true);
    await assert.rejects(qz.hid.claimDevice(SCALE), /is already claimed\./);
    const [claim] = (await guest.verb("status")).devices;
    assert.equal(claim.device, "hid:1209:0010 (hidraw0)");
    const other = await guest.connect(site);
    await assert.rejects(other.qz.hid.claimDevice(SCALE), /is already claimed by another page/);
    // A read, and its answer as long as the page wants it: 1.25 kg.
    const reading = qz.hid.readData({ ...SCALE, responseSize: 8 });
    await guest.tell("scale", "say", "030402ffe204");
    assert.deepEqual(await reading, ["03", "04", "02", "ff", "e2", "04", "00", "00"]);
    await qz.hid.openStream({ ...SCALE, responseSize: 6, interval: 1 });
    await assert.rejects(
      qz.hid.openStream({ ...SCALE, responseSize: 6 }),
      /is already streaming data\./,
    );
    await guest.tell("scale", "say", "030402ffe204");
    await guest.tell("scale", "say", "030402ff0000");
    const events = await heard.until((all) => (all.length === 2 ? all : undefined));
    assert.deepEqual(
      events.map(({ type, vendorId, productId, output }) => ({
        ...{ type, vendorId, productId },
        output: output.join(""),
      })),
      ["030402ffe204", "030402ff0000"].map((output) => ({
        type: "RECEIVE",
        vendorId: "1209",
        productId: "0010",
        output,
      })),
    );
    await qz.hid.closeStream(SCALE);
    await assert.rejects(qz.hid.closeStream(SCALE), /is not streaming data\./);
    // To zero.
    await qz.hid.sendData({ ...SCALE, endpoint: "0x02", data: { data: "03", type: "HEX" } });
    assert.equal(await guest.tell("scale", "heard"), "0203");
    await qz.hid.releaseDevice(SCALE);
    await assert.rejects(qz.hid.releaseDevice(SCALE), /is not claimed\./);
    await other.qz.hid.claimDevice(SCALE);
    // Its page is gone, so it is free.
    await other.qz.websocket.disconnect();
    await guest.until("! platen status --state /tmp/state | grep -q hid:1209");
    await qz.hid.claimDevice(SCALE);
  },
);

guestCheck(
  "feature_reports_are_set_and_read",
  [works("hid.sendFeatureReport"), works("hid.getFeatureReport")],
  async (guest) => {
    await guest.plug("scale", "hid", "scale");
    await guest.plug("display", "hid", "display");
    await guest.until("test -e /dev/hidraw1");
    const { qz } = await guest.shop("hid:1209:0010", "hid:1209:0012");
    await qz.hid.claimDevice(SCALE);
    await guest.tell("scale", "feature", "01", "0a0b0c");
    const attributes = { ...SCALE, endpoint: "0x01", responseSize: 3 };
    assert.deepEqual(await qz.hid.getFeatureReport(attributes), ["0a", "0b", "0c"]);
    await assert.rejects(
      qz.hid.getFeatureReport({ ...attributes, endpoint: "0x09" }),
      /the device failed/,
    );
    // Without numbers, a report is 0.
    await qz.hid.claimDevice(DISPLAY);
    const brightness = { data: [64, 0, 0, 1], type: "PLAIN" };
    await qz.hid.sendFeatureReport({ ...DISPLAY, data: brightness });
    assert.equal(await guest.tell("display", "feature", "00"), "40000001");
    assert.deepEqual(await qz.hid.getFeatureReport({ ...DISPLAY, responseSize: 4 }), [
      ...["40", "00", "00", "01"],
    ]);
  },
);

guestCheck(
  "a_page_hears_hid_devices_come_and_go",
  [works("hid.startListening", GRANTED), works("hid.stopListening")],
  async (guest) => {
    await guest.plug("scale", "hid", "scale");
    await guest.plug("display", "hid", "display");
    await guest.until("test -e /dev/hidraw1");
    const { qz, heard } = await guest.shop("hid:1209:0010");
    await assert.rejects(qz.hid.stopListening(), /Not already listening HID device events/);
    await qz.hid.startListening();
    await assert.rejects(qz.hid.startListening(), /Already listening HID device events/);
    await qz.hid.claimDevice(SCALE);
    await guest.tell("display", "unplug");
    await guest.tell("scale", "unplug");
    await heard.until((all) => (all.length === 2 ? all : undefined));
    const kinds = heard.events.map(({ type, vendorId, productId, actionType, exception }) =>
      [type, vendorId, productId, actionType ?? exception].join(" "),
    );
    assert.deepEqual(kinds.sort(), [
      "ACTION 1209 0010 Device Detached",
      "ERROR 1209 0010 The device was unplugged",
    ]);
    assert.equal(await qz.hid.isClaimed(SCALE), false);
    await guest.tell("scale", "plug");
    const attached = await heard.until((all) => all[2]);
    assert.equal(attached.actionType, "Device Attached");
    await qz.hid.claimDevice(SCALE);
    await qz.hid.stopListening();
  },
);

// The examples of docs/devices.md, run as they stand there.

guestCheck("a_scanner_tells_whole_codes", [], async (guest) => {
  await guest.plug("scanner", "hid", "scanner");
  await guest.until("test -e /dev/hidraw0");
  const { qz } = await guest.shop("hid:1209:0011");
  const codes = new Heard();
  await example("a_scanner_tells_whole_codes", { qz, found: codes.push });
  for (const code of ["4006381333931", "7"]) {
    const report = [1, code.length, ...Buffer.from(code)];
    await guest.tell("scanner", "say", Buffer.from(report).toString("hex").padEnd(66, "0"));
  }
  const found = await codes.until((all) => (all.length === 2 ? all : undefined));
  assert.deepEqual(found, ["4006381333931", "7"]);
});

guestCheck("a_customer_display_shows_two_lines", [], async (guest) => {
  await guest.plug("display", "hid", "display");
  await guest.until("test -e /dev/hidraw0");
  const { qz } = await guest.shop("hid:1209:0012");
  await example("a_customer_display_shows_two_lines", { qz });
  const heard = Buffer.from(await guest.tell("display", "heard"), "hex").toString("latin1");
  // A report of a device without numbers begins with 0.
  assert.equal(heard, `\0${"Espresso".padEnd(20)}${"2.50 EUR".padStart(20)}`);
});
