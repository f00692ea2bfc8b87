// Pages written for QZ Tray and serial ports: each rule of framing, and who may use which port.
import assert from "node:assert/strict";
import { mkdtemp, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";

import { check, differs, works } from "./support/check.mjs";
import { Heard } from "./support/device.mjs";
import { LineDevice } from "./support/line.mjs";

const GRANT = "only ports that the grant names: `--device serial:/dev/ttyUSB0`";

/** So many devices, a shop whose grant names the first of them, and a page that hears of them. */
async function atLine(open, t, { count = 1, named = 1 } = {}) {
  const folder = await mkdtemp(path.join(tmpdir(), "platen-line-"));
  t.after(async () => rm(folder, { recursive: true, force: true }));
  const devices = [];
  for (let at = 0; at < count; at += 1) {
    devices.push(await LineDevice.start(t, folder, `line${at}`));
  }
  const rules = devices.slice(0, named).flatMap(({ port }) => ["--device", `serial:${port}`]);
  const shop = await open({ more: rules });
  const qz = await shop.connect();
  const heard = new Heard();
  await qz.serial.setSerialCallbacks(heard.push);
  return { devices, device: devices[0], port: devices[0].port, shop, qz, heard };
}

/** Resolves when so many events came, with what they tell. */
async function outputs(heard, count) {
  await heard.until((events) => (events.length >= count ? true : undefined));
  return heard.events.splice(0).map((event) => event.output ?? event.exception);
}

check(
  "a_page_talks_with_a_serial_device_that_its_grant_names",
  [
    differs("serial.findPorts", GRANT),
    differs(
      "serial.openPort",
      `${GRANT}; every speed that the port has; \`AUTO\` bits and parity are 8N1`,
    ),
    works("serial.sendData", "`PLAIN`, `HEX`, `BASE64`; no `FILE` yet"),
    works("serial.closePort"),
    differs(
      "serial.setSerialCallbacks",
      "every response at once, however they arrive; `ERROR` when a port is unplugged",
    ),
  ],
  async ({ open, t }) => {
    const { device, port, qz, heard, shop } = await atLine(open, t);
    // Nothing is plugged in where a pseudo-terminal is.
    assert.deepEqual(await qz.serial.findPorts(), []);
    await assert.rejects(
      qz.serial.sendData(port, "x"),
      /Serial port \[.*\] must be opened first\./,
    );
    await assert.rejects(qz.serial.closePort(port), /Serial port \[.*\] is not open\./);
    await qz.serial.openPort(port, { baudRate: 19200, encoding: "windows-1252", rx: {} });
    await assert.rejects(qz.serial.openPort(port), /Serial port \[.*\] is already open\./);
    assert.deepEqual(
      (await shop.bridge.verb("status")).devices.map((held) => held.device),
      [`serial:${await realpath(port)}`],
    );
    await qz.serial.sendData(port, "W\\r\\n");
    await qz.serial.sendData(port, "0x05");
    await qz.serial.sendData(port, { data: "1B 40", type: "HEX" });
    await qz.serial.sendData(port, { data: "6QA=", type: "BASE64" });
    await qz.serial.sendData(port, { data: [2, 87], type: "PLAIN" });
    await qz.serial.sendData(port, "\u00e9 kg");
    await device.received("W\r\n\x05\x1b@\xe9\0\x02W\xe9 kg");
    // Another speed and another set from here on.
    await qz.serial.sendData(port, "\u00e9!", { baudRate: 9600, encoding: "IBM437" });
    await device.received("\x82!");
    device.say("7,5 kg \xe9");
    const text = () => heard.events.map(({ output }) => output).join("");
    await heard.until(() => (text() === "7,5 kg \u00e9" ? true : undefined));
    assert.ok(heard.events.every((event) => event.type === "RECEIVE" && event.portName === port));
    await qz.serial.closePort(port);
    await assert.rejects(qz.serial.closePort(port), /is not open\./);
    await qz.serial.openPort(port);
  },
);

check("every_rule_of_framing_cuts_responses_as_it_says", [], async ({ open, t }) => {
  const { device, port, qz, heard } = await atLine(open, t);
  for (const [options, said, expected] of [
    // What the options are in a page that says nothing of `rx`.
    [{}, "xx\x021.5\r\x03\x022.5\r", ["1.5", "2.5"]],
    [{ start: "\x01", end: "\n" }, "\x01a\n", ["a"]],
    [{ start: "S", end: "", width: 3 }, "xS123S456", ["123", "456"]],
    [{ rx: { start: "0x02", end: "0x0D" } }, "\x02a\r\x02\r\x02b\r", ["a", "b"]],
    [{ rx: { start: "\x02", end: "\r", includeHeader: true } }, "\x02a\r", ["\x02a\r"]],
    // A start of several characters.
    [{ rx: { start: ["0x10", "0x02"], end: "\x10\x03" } }, "\x02\x10\x02a\x10\x03", ["a"]],
    [{ rx: { start: "S", width: 4 } }, "..S1234S5678", ["1234", "5678"]],
    [{ rx: { start: "S", width: 4, includeHeader: true } }, "S1234", ["S1234"]],
    [{ rx: { width: 2 } }, "1234", ["12", "34"]],
    [{ rx: { start: "S", lengthBytes: 1 } }, "SA\x03abcSB\x01d", ["abc", "d"]],
    [
      {
        rx: {
          start: "S",
          lengthBytes: { index: 1, length: 2, endian: "LITTLE" },
          crcBytes: { index: 0, length: 2 },
        },
      },
      "SA\x03\x00abc12",
      ["abc12"],
    ],
    [
      { rx: { start: "S", lengthBytes: { length: 2 }, crcBytes: 1, includeHeader: true } },
      "S\x00\x03abc1",
      ["S\x00\x03abc1"],
    ],
    [{ rx: { untilNewline: true } }, "a\r\nb\n\rc\r", ["a", "b", "c"]],
    [{ rx: { start: "\x02", end: "\r", encoding: "IBM437" } }, "\x02\x82\r", ["\u00e9"]],
  ]) {
    await qz.serial.openPort(port, options);
    device.say(said);
    assert.deepEqual(await outputs(heard, expected.length), expected, JSON.stringify(options));
    await qz.serial.closePort(port);
  }
  // As it arrives, where nothing says how it ends.
  for (const options of [undefined, { rx: {} }, { rx: { end: "\r" } }]) {
    await qz.serial.openPort(port, options);
    device.say("1.5 kg");
    await heard.until((events) =>
      events.map(({ output }) => output).join("") === "1.5 kg" ? true : undefined,
    );
    heard.events.splice(0);
    await qz.serial.closePort(port);
  }
  // A device that never ends a response is told of once.
  await qz.serial.openPort(port, { rx: { start: "\x02", end: "\r" } });
  device.say("\x02");
  for (let at = 0; at < 40; at += 1) device.say("x".repeat(4096));
  device.say("\r\x02ok\r");
  const said = await outputs(heard, 2);
  assert.match(said[0].slice(0, 100), /did not end within 65536 octets/);
  assert.ok(said[1] === "ok" && said.length === 2, "one error, and the next response");
});

check("a_page_opens_no_port_that_its_grant_does_not_name", [], async ({ open, t }) => {
  const { devices, port, qz } = await atLine(open, t, { count: 2 });
  const [, other] = devices;
  await assert.rejects(qz.serial.openPort(other.port), /Request blocked/);
  for (const name of ["/dev/tty", "/dev/null", "/etc/passwd", `${port}/../line1`, "COM1", ""]) {
    await assert.rejects(qz.serial.openPort(name), /Request blocked|serial port/, name);
  }
  await assert.rejects(qz.serial.sendData(other.port, "x"), /must be opened first/);
  await assert.rejects(
    qz.serial.openPort(port, { baudRate: 12 }),
    /option `baudRate` is not supported/,
  );
  await assert.rejects(qz.serial.openPort(port, { rx: { width: -1 } }), /rx\.width/);
  await qz.serial.openPort(port);
  await assert.rejects(
    qz.serial.sendData(port, { data: "http://x/", type: "FILE" }),
    /not available in this version/,
  );
});

check("without_a_device_in_the_grant_there_are_no_ports", [], async ({ open, t }) => {
  const { port, qz } = await atLine(open, t, { named: 0 });
  const asks = [
    () => qz.serial.findPorts(),
    () => qz.serial.openPort(port),
    () => qz.serial.sendData(port, "x"),
    () => qz.serial.closePort(port),
  ];
  for (const ask of asks) await assert.rejects(ask(), /Request blocked/);
});

check("a_port_has_one_page_at_a_time_and_is_free_when_that_leaves", [], async ({ open, t }) => {
  const { device, port, qz, shop } = await atLine(open, t);
  await qz.serial.openPort(port);
  const other = await shop.connect();
  await assert.rejects(
    other.serial.openPort(port),
    /Port name - .*; Method name - openPort\(\); Exception type - Port busy\./,
  );
  await assert.rejects(other.serial.sendData(port, "x"), /must be opened first/);
  await qz.websocket.disconnect();
  for (;;) {
    // The agent hears of it when it hears of it.
    try {
      await other.serial.openPort(port);
      break;
    } catch (error) {
      assert.match(String(error), /Port busy/);
    }
  }
  await other.serial.sendData(port, "x");
  await device.received("x");
});

check("an_unplugged_port_is_told_and_can_be_opened_when_it_is_back", [], async ({ open, t }) => {
  const { device, port, qz, heard } = await atLine(open, t);
  await qz.serial.openPort(port);
  await device.unplug();
  const event = await heard.until((events) => events.find(({ type }) => type === "ERROR"));
  assert.equal(event.portName, port);
  assert.match(event.exception, /unplugged/);
  await assert.rejects(qz.serial.sendData(port, "x"), /must be opened first/);
  await assert.rejects(qz.serial.openPort(port), /Exception type - Port not found\./);
  const again = await LineDevice.start(t, path.dirname(port), path.basename(port));
  await qz.serial.openPort(port);
  await qz.serial.sendData(port, "x");
  await again.received("x");
});

check("a_device_that_holds_the_line_makes_a_page_wait", [], async ({ open, t }) => {
  const { device, port, qz } = await atLine(open, t);
  await qz.serial.openPort(port, { flowControl: "XONXOFF" });
  await qz.serial.sendData(port, "one ");
  await device.received("one ");
  device.say("\x13");
  const long = Array.from({ length: 800 }, (_, at) => `${at};`).join("");
  const sent = qz.serial.sendData(port, long);
  device.say("\x11");
  await sent;
  await device.received(long);
});
