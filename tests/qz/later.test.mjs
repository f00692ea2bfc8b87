// What is not there yet answers with an error that says so.
//
// Who builds one of these takes it from here, and checks it elsewhere.
import assert from "node:assert/strict";

import { check, later } from "./support/check.mjs";

const NOT_YET = /is not available in this version of Platen/;
const DEVICE = { vendorId: "0x0001", productId: "0x0002", interface: "0x00", endpoint: "0x81" };

/** Calls that the agent refuses, with what a page would give them. */
const CALLS = {
  "usb.listDevices": [],
  "usb.listInterfaces": [DEVICE],
  "usb.listEndpoints": [DEVICE],
  "usb.claimDevice": [DEVICE],
  "usb.isClaimed": [DEVICE],
  "usb.sendData": [{ ...DEVICE, data: "x" }],
  "usb.readData": [{ ...DEVICE, responseSize: 8 }],
  "usb.openStream": [{ ...DEVICE, responseSize: 8 }],
  "usb.closeStream": [DEVICE],
  "usb.releaseDevice": [DEVICE],
  "hid.listDevices": [],
  "hid.startListening": [],
  "hid.stopListening": [],
  "hid.claimDevice": [DEVICE],
  "hid.isClaimed": [DEVICE],
  "hid.sendData": [{ ...DEVICE, data: "x" }],
  "hid.readData": [{ ...DEVICE, responseSize: 8 }],
  "hid.sendFeatureReport": [{ ...DEVICE, data: "x" }],
  "hid.getFeatureReport": [{ ...DEVICE, responseSize: 8 }],
  "hid.openStream": [{ ...DEVICE, responseSize: 8 }],
  "hid.closeStream": [DEVICE],
  "hid.releaseDevice": [DEVICE],
};

/** What only they need. */
const CALLBACKS = ["usb.setUsbCallbacks", "hid.setHidCallbacks"];

check(
  "a_call_that_is_not_there_yet_says_so",
  [...Object.keys(CALLS), ...CALLBACKS].map((name) => later(name)),
  async ({ open }) => {
    const shop = await open();
    const qz = await shop.connect();
    for (const [name, args] of Object.entries(CALLS)) {
      const [group, call] = name.split(".");
      await assert.rejects(qz[group][call](...args), NOT_YET, name);
    }
  },
);
