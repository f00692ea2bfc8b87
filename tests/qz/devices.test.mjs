// Pages written for QZ Tray and what is no printer: the machine's network, sockets, files.
import assert from "node:assert/strict";
import { networkInterfaces, hostname, userInfo } from "node:os";

import { freePorts } from "../browser/support/scene.mjs";
import { check, differs, works } from "./support/check.mjs";
import { Device, Heard } from "./support/device.mjs";

const NETWORKING = "only where the grant says `networking`; asks nobody outside";

check(
  "the_network_is_told_where_the_grant_says_so_and_nobody_outside_hears_of_it",
  [
    differs("networking.device", NETWORKING),
    differs("networking.devices", NETWORKING),
    differs("networking.hostname", NETWORKING),
    differs("websocket.getNetworkInfo", NETWORKING),
  ],
  async ({ open }) => {
    const shop = await open({ grant: "--qz=networking" });
    const qz = await shop.connect();
    assert.equal(await qz.networking.hostname(), hostname());
    const devices = await qz.networking.devices();
    const known = Object.entries(networkInterfaces()).filter(([, all]) => !all[0].internal);
    for (const [name, addresses] of known) {
      const device = devices.find((device) => device.name === name);
      assert.deepEqual(
        [...device.ip4, ...device.ip6].sort(),
        addresses.map(({ address }) => address).sort(),
      );
      assert.equal(device.mac, addresses[0].mac.toUpperCase());
      assert.equal(device.hostname, hostname());
      assert.equal(device.username, userInfo().username);
    }
    // A name that nobody could look up is no reason to wait or to fail.
    const asked = qz.networking.device("no.such.host.invalid", 443);
    if (known.length === 0) {
      await assert.rejects(asked, /Unable to determine primary network device/);
      return;
    }
    const device = await asked;
    assert.equal(device.primary, true);
    assert.ok([...device.ip4, ...device.ip6].includes(device.ip));
    const info = await qz.websocket.getNetworkInfo();
    assert.equal(info.ipAddress, device.ip);
  },
);

check(
  "without_the_grants_word_nothing_beside_printers_is_told_or_done",
  [],
  async ({ open, t }) => {
    const device = await Device.start(t);
    const { host, port } = device;
    const shop = await open();
    const qz = await shop.connect();
    const asks = [
      () => qz.socket.open(host, port),
      () => qz.socket.sendData(host, port, "x"),
      () => qz.socket.close(host, port),
      () => qz.file.list(""),
      () => qz.file.read("x.txt"),
      () => qz.file.write("x.txt", { data: "x" }),
      () => qz.file.remove("x.txt"),
      () => qz.file.startListening(""),
      () => qz.networking.device(),
      () => qz.networking.devices(),
      () => qz.networking.hostname(),
    ];
    for (const ask of asks) await assert.rejects(ask(), /Request blocked/);
    assert.equal(device.connections, 0);
  },
);

/** The arguments of a grant for these. */
const reaching = (...devices) =>
  devices.flatMap(({ host, port }) => ["--device", `socket:${host}:${port}`]);

/** A shop whose grant lets its pages connect to this device, and a page that hears of it. */
async function atDevice(open, device, options = {}) {
  const shop = await open({ more: reaching(device), ...options });
  const qz = await shop.connect();
  const heard = new Heard();
  await qz.socket.setSocketCallbacks((event) => heard.push(event));
  return { shop, qz, heard };
}

check(
  "a_page_talks_with_a_device_that_its_grant_names",
  [
    differs(
      "socket.open",
      "only to hosts and ports that the grant names: `--device socket:192.0.2.7:4001`",
    ),
    works("socket.sendData", "`PLAIN`, `HEX`, `BASE64`; no `FILE` yet"),
    works("socket.close"),
    works("socket.setSocketCallbacks"),
  ],
  async ({ open, t }) => {
    const device = await Device.start(t);
    const { host, port } = device;
    const { qz, heard } = await atDevice(open, device);
    await qz.socket.open(host, port, { encoding: "windows-1252" });
    await assert.rejects(qz.socket.open(host, port), /is already open/);
    await qz.socket.sendData(host, port, "W\\r\\n");
    await qz.socket.sendData(host, port, "0x05");
    await qz.socket.sendData(host, port, { data: "1B 40", type: "HEX" });
    await qz.socket.sendData(host, port, { data: "6QA=", type: "BASE64" });
    await qz.socket.sendData(host, port, { data: [2, 87], type: "PLAIN" });
    await qz.socket.sendData(host, port, "\u00e9 kg");
    await device.received("W\r\n\x05\x1b@\xe9\0\x02W\xe9 kg");
    device.say("7,5 kg \xe9");
    // What arrives may come in pieces.
    const text = () => heard.events.map(({ response }) => response).join("");
    await heard.until(() => (text() === "7,5 kg \u00e9" ? true : undefined));
    assert.ok(heard.events.every((event) => event.type === "RECEIVE" && event.host === host));
    await qz.socket.close(host, port);
    await device.closed();
    await assert.rejects(qz.socket.sendData(host, port, "x"), /Socket \[.*\] is not open\./);
    await assert.rejects(qz.socket.close(host, port), /Socket \[.*\] is not open\./);
    await qz.socket.open(host, port);
  },
);

check(
  "a_connection_ends_with_its_page_and_a_page_hears_when_its_device_hangs_up",
  [],
  async ({ open, t }) => {
    const device = await Device.start(t);
    const { host, port } = device;
    const { shop, qz, heard } = await atDevice(open, device);
    await qz.socket.open(host, port);
    await device.connected(1);
    device.hangUp();
    const event = await heard.until((events) => events.find(({ type }) => type === "ERROR"));
    assert.deepEqual([event.host, event.port], [host, port]);
    assert.match(event.exception, /closed/);
    await qz.socket.open(host, port);
    await device.connected(2);
    // Another page of the same site has a connection of its own.
    const other = await shop.connect();
    await assert.rejects(other.socket.sendData(host, port, "x"), /is not open/);
    await qz.websocket.disconnect();
    await device.closed();
    await device.received("");
  },
);

check("a_page_connects_nowhere_else", [], async ({ open, t }) => {
  const [device, other] = [await Device.start(t), await Device.start(t)];
  const { shop, qz } = await atDevice(open, device);
  for (const [host, port] of [
    [device.host, other.port],
    ["localhost", device.port],
    ["127.1", device.port],
    ["2130706433", device.port],
    ["::ffff:127.0.0.1", device.port],
    [`${device.host}#`, device.port],
    [device.host, shop.bridge.ports.ws],
    ["169.254.169.254", 80],
    ["", device.port],
    [device.host, 0],
    [device.host, 65536],
    [device.host, "x"],
  ]) {
    await assert.rejects(qz.socket.open(host, port), /Request blocked|socket/, `${host}:${port}`);
  }
  await assert.rejects(
    qz.socket.sendData(device.host, device.port, { data: "http://x/", type: "FILE" }),
    /not available in this version/,
  );
  assert.equal(device.connections + other.connections, 0);
});

check("a_page_has_so_many_connections_and_no_more", [], async ({ open, t }) => {
  const devices = await Promise.all(Array.from({ length: 17 }, async () => Device.start(t)));
  const shop = await open({ more: reaching(...devices) });
  const qz = await shop.connect();
  for (const { host, port } of devices.slice(0, 16)) await qz.socket.open(host, port);
  const { host, port } = devices[16];
  await assert.rejects(qz.socket.open(host, port), /16 connections/);
  await qz.socket.close(devices[0].host, devices[0].port);
  await qz.socket.open(host, port);
});

check(
  "a_device_that_is_not_there_is_said_and_a_grant_taken_back_closes",
  [],
  async ({ open, t }) => {
    const [gone] = await freePorts(1);
    const device = await Device.start(t);
    const { host, port } = device;
    const { shop, qz } = await atDevice(open, device, {
      more: reaching(device, { host, port: gone }),
    });
    await assert.rejects(qz.socket.open(host, gone), /Unable to open socket \[127\.0\.0\.1:\d+\]/);
    await qz.socket.open(host, port);
    await device.connected();
    const [grant] = await shop.bridge.verb("trust", "list");
    await shop.bridge.verb("trust", "remove", grant.id);
    await device.closed();
  },
);

check("what_is_sent_to_a_device_arrives_in_the_order_it_was_sent", [], async ({ open, t }) => {
  const device = await Device.start(t);
  const { host, port } = device;
  const shop = await open({ more: reaching(device) });
  const frames = [];
  const qz = await shop.connect({ frames });
  await qz.socket.open(host, port);
  // Long messages are read on another thread.
  const pieces = Array.from({ length: 12 }, (_, index) =>
    `${index};`.repeat(index % 3 ? 1 : 40_000),
  );
  await Promise.all(pieces.map(async (piece) => qz.socket.sendData(host, port, piece)));
  const sent = frames
    .filter(({ from, text }) => from === "page" && text.includes('"call":"socket.sendData"'))
    .map(({ text }) => JSON.parse(text).params.data.data);
  assert.equal(sent.length, pieces.length);
  await device.received(sent.join(""));
});
