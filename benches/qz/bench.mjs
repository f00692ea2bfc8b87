// `cargo xtask bench qz`: the unmodified client of QZ Tray in node, against Platen and against a
// floor (`src/main.rs`), turn by turn in one run. `--write` puts the table into benches/README.md.
import { createHash } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { setTimeout } from "node:timers/promises";
import { parseArgs } from "node:util";

import { Bridge } from "../../tests/browser/support/bridge.mjs";
import { built, ROOT, Running } from "../../tests/browser/support/program.mjs";
import { Scene } from "../../tests/browser/support/scene.mjs";
import { nodeClient } from "../../tests/qz/support/client.mjs";
import { Site } from "../../tests/qz/support/site.mjs";
import { labelPng } from "./picture.mjs";

const ORIGIN = "https://pos.example";
const README = path.join(ROOT, "benches/README.md");
const BEGIN = "<!-- qz begins: cargo xtask bench qz --write -->";
const END = "<!-- qz ends -->";

const { values: asked } = parseArgs({
  options: { write: { type: "boolean" }, jobs: { type: "string", default: "1000" } },
});

let printed = 0;

/** How much longer than the floor Platen may take. */
const RATIO_MAX = 1.15;
const CPU_MS_MAX = 0.5;
const IDLE_MB_MAX = 12;
const LOADED_MB_MAX = 40;

const small = [`${".".repeat(2_047)}\n`];
const command = { type: "raw", format: "command", flavor: "base64" };
const large = [{ ...command, data: Buffer.from(".".repeat(1_000_000)).toString("base64") }];
const picture = [
  {
    type: "raw",
    format: "image",
    flavor: "base64",
    data: labelPng(1_000, 600).toString("base64"),
    options: { language: "ESCPOS", dotDensity: "double" },
  },
];

let atEnd;
const scene = await Scene.open({ after: (close) => (atEnd = close) });
try {
  await measure();
} finally {
  await atEnd();
}

async function measure() {
  const floor = new Running(process.env.PLATEN_QZ_FLOOR, []);
  scene.atEnd(async () => floor.end());
  const said = await floor.says("floor: ws ");
  const [, floorPort, printerPort] = /ws (\d+) printer (\d+)/.exec(said);
  const bridge = await Bridge.start(
    scene,
    `[[printers]]\nname = "Kitchen"\nuri = "socket://127.0.0.1:${printerPort}"\nstatus = "none"`,
  );
  const site = await Site.new(scene);
  await bridge.verb("trust", "add", site.certificate, "--qz", "--origin", ORIGIN);
  // A start leaves memory behind that is given back a moment later.
  await setTimeout(3_000);
  const idle = await memory(bridge.pid);
  const ports = [bridge.ports.ws, Number(floorPort)];
  /** Clients of Platen, and as many of the floor. */
  const both = async (count) =>
    Promise.all(
      ports.map(async (port) =>
        Promise.all(Array.from({ length: count }, async () => connected(site, port))),
      ),
    );

  const rows = [];
  const [ours, floors] = (await both(1)).map(([one]) => one);
  await alternately(
    50,
    async () => print(ours, small),
    async () => print(floors, small),
  );
  const cpuBefore = await cpu(bridge.pid);
  const jobs = Number(asked.jobs);
  const sequential = await alternately(
    jobs,
    async () => print(ours, small),
    async () => print(floors, small),
  );
  const cpuEach = ((await cpu(bridge.pid)) - cpuBefore) / jobs;
  rows.push(compared("raw, 2 KB, one after the other", sequential));

  const eight = await both(8);
  const crowd = async (clients, times) =>
    Promise.all(
      clients.map(async (qz) => {
        for (let job = 0; job < 25; job++) times.push(await print(qz, small));
      }),
    );
  const crowded = [[], []];
  for (let round = 0; round < 10; round++) {
    for (const which of round % 2 === 0 ? [0, 1] : [1, 0])
      await crowd(eight[which], crowded[which]);
  }
  rows.push(compared("raw, 2 KB, 8 connections at once", crowded));

  for (const [what, data, count] of [
    ["raw, 1 MB as base64", large, 40],
    ["PNG 1000 x 600 to ESC/POS", picture, 100],
  ]) {
    const pair = [async () => print(ours, data), async () => print(floors, data)];
    await alternately(5, ...pair);
    const before = await cpu(bridge.pid);
    rows.push(compared(what, await alternately(count, ...pair)));
    const each = ((await cpu(bridge.pid)) - before) / count;
    rows.push(["the same: agent's CPU per job", `${each.toFixed(2)} ms`, "", "", "", ""]);
  }

  rows.push(
    single("agent's CPU per 2 KB job", `${cpuEach.toFixed(2)} ms`, CPU_MS_MAX, cpuEach, "ms"),
  );
  rows.push(
    single("agent's memory, idle", `${idle.now.toFixed(1)} MB`, IDLE_MB_MAX, idle.now, "MB"),
  );
  const { peak } = await memory(bridge.pid);
  rows.push(single("agent's memory, the most", `${peak.toFixed(1)} MB`, LOADED_MB_MAX, peak, "MB"));
  const signing = signatures(site);
  rows.push(["the site's signature and the hash before it", "", signing, "", "", ""]);
  await report(rows);
}

/** A client of the agent or the floor at this port. */
async function connected(site, port) {
  const { qz, close } = await nodeClient({ origin: ORIGIN, site, algorithm: "SHA512" });
  await qz.websocket.connect({
    host: "127.0.0.1",
    usingSecure: false,
    port: { secure: [port], insecure: [port] },
    keepAlive: 0,
  });
  scene.atEnd(close);
  return qz;
}

/** Prints, and tells how many milliseconds the page waited. */
async function print(qz, data) {
  // Two connections that sign one text in one millisecond would look like a message heard twice.
  const config = qz.configs.create("Kitchen", { jobName: `Job ${++printed}` });
  const begun = performance.now();
  await qz.print(config, structuredClone(data));
  return performance.now() - begun;
}

/** The times of two things, done in turn so that what disturbs one disturbs both. */
async function alternately(count, one, other) {
  const times = [[], []];
  for (let turn = 0; turn < count; turn++) {
    const order = turn % 2 === 0 ? [0, 1] : [1, 0];
    for (const which of order) times[which].push(await [one, other][which]());
  }
  return times;
}

/** User and system time so far, in milliseconds. */
async function cpu(pid) {
  const stat = await readFile(`/proc/${pid}/stat`, "utf8");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  // Linux tells programs 100 ticks a second.
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

/** Resident memory in megabytes. */
async function memory(pid) {
  const status = await readFile(`/proc/${pid}/status`, "utf8");
  const of = (field) => Number(new RegExp(`${field}:\\s+(\\d+) kB`).exec(status)[1]) * 1.024e-3;
  return { now: of("VmRSS"), peak: of("VmHWM") };
}

/** What the site and the client take before anything is sent: the same for both. */
function signatures(site) {
  const times = Array.from({ length: 200 }, () => {
    const begun = performance.now();
    site.sign(createHash("sha256").update(small[0]).digest("hex"));
    return performance.now() - begun;
  });
  return figure(times);
}

function at(times, part) {
  const sorted = [...times].sort((one, other) => one - other);
  return sorted[Math.floor((times.length - 1) * part)];
}

function figure(times) {
  return `${[0.5, 0.95, 0.99].map((part) => at(times, part).toFixed(2)).join(" / ")} ms`;
}

function verdict(holds) {
  return holds ? "holds" : "missed";
}

function compared(what, [ours, floors]) {
  const ratio = at(ours, 0.5) / at(floors, 0.5);
  const target = `<= ${RATIO_MAX} times`;
  const holds = verdict(ratio <= RATIO_MAX);
  return [what, figure(ours), figure(floors), ratio.toFixed(2), target, holds];
}

function single(what, shown, most, value, unit) {
  return [what, shown, "", "", `<= ${most} ${unit}`, verdict(value <= most)];
}

async function report(rows) {
  const head = ["what", "Platen", "the floor", "p50, times the floor", "target", ""];
  const lines = [head, head.map(() => "---"), ...rows].map((row) => `| ${row.join(" | ")} |`);
  const table = lines.join("\n");
  console.log(table);
  if (asked.write !== true) return;
  const readme = await readFile(README, "utf8");
  const [before, rest] = readme.split(BEGIN);
  const [, after] = rest.split(END);
  await writeFile(README, `${before}${BEGIN}\n\n${table}\n\n${END}${after}`);
  console.log(`written to ${README}; the programs were ${built("platen")}`);
}
