// Raw USB for pages written for QZ Tray: by interfaces and endpoints, beside the kernel's own driver.
//
// The device is the printer of tools/usb-rig, and real to the kernel.
import assert from "node:assert/strict";

import { differs, works } from "./support/check.mjs";
import { guestCheck } from "./support/guest.mjs";

const DEVICE = { vendorId: "0x1209", productId: "0x0001" };
const FACE = { ...DEVICE, interface: "0x00" };
const OUT = { ...DEVICE, endpoint: "0x01" };
const IN = { ...DEVICE, endpoint: "0x82" };
const GRANTED = "only devices that the grant names: `--device usb:04b8:0202`";
/** The kernel's driver has the printer. */
const BY_KERNEL = "test -e /dev/usb/lp0";

guestCheck(
  "a_page_sees_the_usb_devices_that_its_grant_names",
  [differs("usb.listDevices", GRANTED), works("usb.listInterfaces"), works("usb.listEndpoints")],
  async (guest) => {
    await guest.plug("printer", "printer");
    await guest.plug("other", "printer", "product=0002");
    await guest.plug("drive", "printer", "product=0003", "interface=8/6/50");
    await guest.until("test $(grep -lx 1209 /sys/bus/usb/devices/*/idVendor | wc -l) = 3");
    const { qz } = await guest.shop("usb:1209:0001:RIG0001", "usb:1209:0003");
    const listed = await qz.usb.listDevices(true);
    const known = listed.find(({ productId }) => productId === "0001");
    assert.deepEqual(known, {
      vendorId: "1209",
      productId: "0001",
      hub: false,
      manufacturer: "RIG",
      product: "Receipt 80",
    });
    assert.deepEqual(listed.map(({ productId }) => productId).sort(), ["0001", "0003"]);
    assert.deepEqual(await qz.usb.listInterfaces(DEVICE), ["00"]);
    assert.deepEqual((await qz.usb.listEndpoints(FACE)).sort(), ["01", "82"]);
    await assert.rejects(
      qz.usb.listEndpoints({ ...FACE, interface: "0x07" }),
      /the device has no interface 07/,
    );
    const other = { ...FACE, productId: "0x0002" };
    for (const ask of ["listInterfaces", "listEndpoints", "claimDevice"]) {
      await assert.rejects(
        qz.usb[ask](other),
        /Could not find USB device matching \[ vendorId: '0x1209', productId: '0x0002' \]/,
      );
    }
    // What the machine may keep its files on is no page's, whatever a grant says.
    await assert.rejects(
      qz.usb.claimDevice({ ...FACE, productId: "0x0003" }),
      /no page may use keyboards, mice, security keys, hubs and drives/,
    );
  },
);

guestCheck(
  "a_page_talks_with_a_usb_device_and_gives_it_back_to_the_kernel",
  [
    differs("usb.claimDevice", `${GRANTED}; a device has one page at a time`),
    works("usb.isClaimed"),
    works("usb.sendData", "`PLAIN`, `HEX`, `BASE64`; no `FILE` yet"),
    works("usb.readData", "waits 5 s at most"),
    works("usb.openStream", "silence is no error"),
    works("usb.closeStream"),
    works("usb.releaseDevice"),
    works("usb.setUsbCallbacks"),
  ],
  async (guest) => {
    await guest.plug("printer", "printer");
    await guest.until(BY_KERNEL);
    const { qz, heard, site } = await guest.shop("usb:1209:0001");
    await assert.rejects(
      qz.usb.sendData({ ...OUT, data: "x" }),
      /USB Device \[v:0x1209 p:0x0001\] must be claimed first\./,
    );
    await qz.usb.claimDevice(FACE);
    await guest.until(`! ${BY_KERNEL}`);
    assert.equal(await qz.usb.isClaimed(DEVICE), true);
    await assert.rejects(qz.usb.claimDevice(FACE), /is already claimed\./);
    const other = await guest.connect(site);
    assert.equal(await other.qz.usb.isClaimed(DEVICE), false);
    await assert.rejects(other.qz.usb.claimDevice(FACE), /is already claimed by another page/);
    // Out, in order, and more than fits one transfer.
    await qz.usb.sendData({ ...OUT, data: { data: "1b40", type: "HEX" } });
    const long = "0123456789abcdef".repeat(2500);
    await qz.usb.sendData({ ...OUT, data: { data: `${long}\\n`, type: "PLAIN" } });
    assert.equal(await guest.tell("printer", "received"), String(2 + long.length + 1));
    const printed = await guest.sh("tail -c +3 /tmp/printer.prn | md5sum; printf 'x'");
    const expected = await guest.sh(
      "i=0; while [ $i -lt 2500 ]; do printf 0123456789abcdef; i=$((i+1)); done > /tmp/long; " +
        "echo >> /tmp/long; md5sum < /tmp/long; printf 'x'",
    );
    assert.equal(printed, expected);
    await assert.rejects(
      qz.usb.sendData({ ...DEVICE, endpoint: "0x07", data: "x" }),
      /the device has no endpoint 07/,
    );
    // In.
    await guest.tell("printer", "reply", "1612");
    assert.deepEqual(await qz.usb.readData({ ...IN, responseSize: 4 }), ["16", "12", "00", "00"]);
    await qz.usb.openStream({ ...IN, responseSize: 2, interval: 1 });
    await assert.rejects(
      qz.usb.openStream({ ...IN, responseSize: 2 }),
      /is already streaming data\./,
    );
    await guest.tell("printer", "reply", "0a0b");
    const event = await heard.until(([first]) => first);
    assert.deepEqual(
      [event.type, event.vendorId, event.productId, event.output],
      ["RECEIVE", "1209", "0001", ["0a", "0b"]],
    );
    await qz.usb.closeStream(IN);
    await assert.rejects(qz.usb.closeStream(IN), /is not streaming data\./);
    // A stall costs one call.
    await guest.tell("printer", "stall", "out");
    await assert.rejects(qz.usb.sendData({ ...OUT, data: "x" }), /stall/);
    await guest.tell("printer", "stall", "off");
    await qz.usb.sendData({ ...OUT, data: "x" });
    await qz.usb.releaseDevice(DEVICE);
    await guest.until(BY_KERNEL);
    await assert.rejects(qz.usb.releaseDevice(DEVICE), /is not claimed\./);
    // A page that is gone has nothing.
    await other.qz.usb.claimDevice(FACE);
    await guest.until(`! ${BY_KERNEL}`);
    await other.qz.websocket.disconnect();
    await guest.until(BY_KERNEL);
  },
);

guestCheck("a_page_hears_that_its_usb_device_was_unplugged", [], async (guest) => {
  await guest.plug("printer", "printer");
  await guest.until(BY_KERNEL);
  const { qz, heard } = await guest.shop("usb:1209:0001");
  // Nobody reads from it: that it is gone is noticed all the same.
  await qz.usb.claimDevice(FACE);
  await guest.tell("printer", "unplug");
  const event = await heard.until(([first]) => first);
  assert.deepEqual(
    [event.type, event.vendorId, event.productId, event.exception],
    ["ERROR", "1209", "0001", "The device was unplugged"],
  );
  assert.equal(await qz.usb.isClaimed(DEVICE), false);
  await assert.rejects(qz.usb.claimDevice(FACE), /Could not find USB device/);
  await guest.tell("printer", "plug");
  await guest.until(BY_KERNEL);
  await qz.usb.claimDevice(FACE);
  await qz.usb.openStream({ ...IN, responseSize: 8 });
  await guest.tell("printer", "unplug");
  await heard.until((events) => events[1]);
  assert.equal(heard.events[1].exception, "The device was unplugged");
});

guestCheck("devices_are_off_until_a_grant_names_them", [], async (guest) => {
  await guest.plug("printer", "printer");
  await guest.plug("scale", "hid", "scale");
  await guest.until(`${BY_KERNEL} && test -e /dev/hidraw0`);
  const { qz } = await guest.shop();
  const scale = { vendorId: "0x1209", productId: "0x0010" };
  for (const ask of [
    async () => qz.usb.listDevices(),
    async () => qz.usb.listInterfaces(DEVICE),
    async () => qz.usb.listEndpoints(FACE),
    async () => qz.usb.claimDevice(FACE),
    async () => qz.usb.sendData({ ...OUT, data: "x" }),
    async () => qz.usb.readData({ ...IN, responseSize: 8 }),
    async () => qz.usb.openStream({ ...IN, responseSize: 8 }),
    async () => qz.hid.listDevices(),
    async () => qz.hid.startListening(),
    async () => qz.hid.claimDevice(scale),
    async () => qz.hid.sendData({ ...scale, data: "x" }),
    async () => qz.hid.readData({ ...scale, responseSize: 8 }),
    async () => qz.hid.openStream({ ...scale, responseSize: 8 }),
    async () => qz.hid.sendFeatureReport({ ...scale, data: "x" }),
    async () => qz.hid.getFeatureReport({ ...scale, responseSize: 8 }),
  ]) {
    await assert.rejects(ask(), /Request blocked/, ask.toString());
  }
  // The kernel still has it.
  await guest.sh(BY_KERNEL);
});

guestCheck(
  "a_grant_taken_back_and_a_device_that_takes_nothing_hold_nobody_up",
  [],
  async (guest) => {
    await guest.plug("printer", "printer");
    await guest.plug("scale", "hid", "scale");
    await guest.until(`${BY_KERNEL} && test -e /dev/hidraw0`);
    const { qz } = await guest.shop("usb:1209:0001", "hid:1209:0010");
    const scale = { vendorId: "0x1209", productId: "0x0010" };
    await qz.usb.claimDevice(FACE);
    await qz.hid.claimDevice(scale);
    // A full buffer costs the call its time, and nothing of it comes later.
    await guest.tell("printer", "accept", "0");
    const full = qz.usb.sendData({ ...OUT, data: "lost" });
    await guest.tell("printer", "reply", "16");
    assert.deepEqual(await qz.usb.readData({ ...IN, responseSize: 1 }), ["16"]);
    await assert.rejects(full, /the device did nothing in 5 s/);
    await guest.tell("printer", "accept", "all");
    await qz.usb.sendData({ ...OUT, data: "kept" });
    assert.equal(await guest.sh("cat /tmp/printer.prn"), "kept");
    const [grant] = await guest.verb("trust list");
    await guest.verb(`trust remove ${grant.id}`);
    await guest.until(BY_KERNEL);
    await guest.until("! platen status --state /tmp/state | grep -q 1209");
  },
);
