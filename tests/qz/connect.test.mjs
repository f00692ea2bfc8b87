// Pages written for QZ Tray meet Platen: who may connect, what is signed, what counts twice.
import assert from "node:assert/strict";
import { test } from "node:test";

import WebSocket from "ws";

import { Bridge } from "../browser/support/bridge.mjs";
import { Scene } from "../browser/support/scene.mjs";
import { Sink } from "../browser/support/sink.mjs";
import { connect, connected, freshClient } from "./support/client.mjs";
import { Site } from "./support/site.mjs";

const POS = "https://pos.example";

async function shop(t, options = "--qz") {
  const scene = await Scene.open(t);
  const sink = await Sink.start(scene);
  const printer = `[[printers]]\nname = "Kitchen"\nuri = "${sink.uri}"\nstatus = "none"`;
  const bridge = await Bridge.start(scene, printer);
  const site = await Site.new(scene);
  await bridge.verb("trust", "add", site.certificate, options, "--origin", POS, "--native");
  return { scene, sink, bridge, site };
}

test("a_trusted_page_connects_lists_and_prints", async (t) => {
  const { sink, bridge, site } = await shop(t);
  const qz = await connected(bridge, site, { origin: POS });
  assert.equal(await qz.api.getVersion(), "2.2.6");
  assert.deepEqual(await qz.printers.find(), ["Kitchen"]);
  assert.equal(await qz.printers.find("kit"), "Kitchen");
  assert.equal(await qz.printers.getDefault(), "Kitchen");
  assert.equal((await qz.printers.details())[0].name, "Kitchen");
  await assert.rejects(qz.printers.find("absent"), /Specified printer could not be found\./);
  const config = qz.configs.create("Kitchen", { jobName: "Receipt" });
  await qz.print(config, ["Hello\n", { type: "raw", format: "hex", data: "1D5600" }]);
  await sink.received(1);
  assert.equal(sink.jobs[0].toString("latin1"), "Hello\n\x1dV\0");
  const [job] = await bridge.verb("jobs");
  assert.equal(job.job.name, "Receipt");
  await qz.websocket.disconnect();
});

test("who_is_not_allowed_hears_only_that", async (t) => {
  const { scene, sink, bridge, site } = await shop(t);
  const stranger = await Site.new(scene, "stranger");
  for (const [who, origin] of [
    [stranger, POS],
    [site, "https://evil.example"],
    [{ pem: "nonsense" }, POS],
    [{ pem: null }, POS],
  ]) {
    await assert.rejects(connected(bridge, who, { origin }), /Connection blocked by client/);
  }
  const forger = { pem: site.pem, sign: (text) => stranger.sign(text) };
  const qz = await connected(bridge, forger, { origin: POS });
  await assert.rejects(qz.printers.find(), /Request blocked/);
  await assert.rejects(qz.print(qz.configs.create("Kitchen"), ["x"]), /Request blocked/);
  await qz.websocket.disconnect();
  assert.equal(sink.jobs.length, 0);
});

test("sha1_counts_only_where_the_machine_says_so", async (t) => {
  const strict = await shop(t);
  const refused = await connected(strict.bridge, strict.site, { algorithm: "SHA1" });
  await assert.rejects(refused.printers.find(), /Request blocked/);
  await refused.websocket.disconnect();
  const lenient = await shop(t, "--qz=allow-sha1");
  const qz = await connected(lenient.bridge, lenient.site, { algorithm: "SHA1" });
  assert.deepEqual(await qz.printers.find(), ["Kitchen"]);
  await qz.websocket.disconnect();
});

test("a_signed_print_counts_once", async (t) => {
  const { sink, bridge, site } = await shop(t);
  const frames = [];
  const qz = await connected(bridge, site, { origin: POS, frames });
  await qz.print(qz.configs.create("Kitchen"), ["once\n"]);
  const print = frames.find(({ from, text }) => from === "page" && text.includes('"print"'));
  await qz.websocket.disconnect();
  const message = JSON.parse(print.text);
  const certificate = { certificate: site.pem, timestamp: Date.now(), uid: "cert" };
  for (const again of [print.text, JSON.stringify({ ...message, uid: "other" })]) {
    const answers = await talk(bridge, POS, [JSON.stringify(certificate), again]);
    assert.equal(answers.at(-1).error, "Request blocked");
  }
  assert.equal(sink.jobs.length, 1);
});

test("the_same_label_five_times_at_once_is_five_labels", async (t) => {
  const { sink, bridge, site } = await shop(t);
  const qz = await connected(bridge, site, { origin: POS });
  const config = qz.configs.create("Kitchen");
  await Promise.all(Array.from({ length: 5 }, async () => qz.print(config, ["^XA^FDx^FS^XZ"])));
  await sink.received(5);
  await qz.websocket.disconnect();
});

test("two_hundred_jobs_at_once_arrive_in_order", async (t) => {
  const { sink, bridge, site } = await shop(t);
  const qz = await connected(bridge, site, { origin: POS });
  const config = qz.configs.create("Kitchen");
  const names = Array.from({ length: 200 }, (_, index) => `job ${index}\n`);
  await Promise.all(names.map(async (name) => qz.print(config, [name])));
  await sink.received(200);
  assert.deepEqual(
    sink.jobs.map((job) => job.toString()),
    names,
  );
  await qz.websocket.disconnect();
});

test("numbers_and_letters_that_others_spell_otherwise_verify", async (t) => {
  const { sink, bridge, site } = await shop(t);
  const qz = await connected(bridge, site, { origin: POS });
  const config = qz.configs.create("Kitchen", { margins: 1e-7, density: 1e21 });
  const data = "é \u2028 \u007f / ✓\n";
  await qz.print(config, [{ type: "raw", format: "command", flavor: "plain", data }]);
  await sink.received(1);
  assert.equal(sink.jobs[0].toString(), data);
  await qz.websocket.disconnect();
});

test("before_the_certificate_nothing_is_told", async (t) => {
  const { bridge } = await shop(t);
  const frames = [
    '{"call":"getVersion","uid":"1"}',
    '{"call":"printers.find","params":{},"uid":"2"}',
    "ping",
    '{"call":"print","params":{"printer":{"name":"Kitchen"},"data":["x"]},"uid":"3"}',
    "",
    "{",
    '{"call":"no.such.thing","uid":"4"}',
  ];
  const answers = await talk(bridge, "https://evil.example", frames, 6);
  assert.deepEqual(answers, [
    { uid: "1", result: "2.2.6" },
    { uid: "2", error: "Request blocked" },
    { uid: "3", error: "Request blocked" },
    { error: "Message is empty" },
    { error: "Message is not valid JSON" },
    { uid: "4", error: "Request blocked" },
  ]);
});

test("a_job_to_a_dead_printer_is_not_printed_where_the_grant_waits_for_the_end", async (t) => {
  const { sink, bridge, site } = await shop(t, "--qz=until-completed");
  const qz = await connected(bridge, site, { origin: POS });
  const config = qz.configs.create("Kitchen");
  await qz.print(config, ["there\n"]);
  assert.equal(sink.jobs.length, 1);
  await bridge.verb("pause", "kitchen");
  let settled = false;
  const waiting = qz.print(config, ["not yet\n"]).finally(() => {
    settled = true;
  });
  const canceled = assert.rejects(waiting, /Printing cancelled/);
  let open;
  while (open === undefined) {
    const jobs = await bridge.verb("jobs");
    open = jobs.find(({ job }) => job.state !== "completed");
  }
  assert.equal(settled, false);
  await bridge.verb("jobs", "cancel", open.job.job_id);
  await canceled;
  await qz.websocket.disconnect();
});

test("a_client_without_signer_or_certificate_is_blocked", async (t) => {
  const { bridge } = await shop(t);
  const qz = freshClient({ origin: POS });
  await assert.rejects(connect(qz, bridge), /Connection blocked by client/);
});

/** Sends frames over a connection of its own; the answers, parsed. */
async function talk(bridge, origin, frames, count = frames.length) {
  const socket = new WebSocket(`ws://127.0.0.1:${bridge.ports.ws}`, { origin });
  const answers = [];
  await new Promise((resolve, reject) => {
    socket.on("open", () => {
      for (const frame of frames) socket.send(frame);
    });
    socket.on("message", (data) => {
      answers.push(JSON.parse(data.toString()));
      if (answers.length === count) resolve();
    });
    socket.on("error", reject);
    socket.on("close", resolve);
  });
  socket.close();
  return answers;
}
