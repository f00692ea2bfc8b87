// Real browsers on a machine that an installation may change, and a page that tries to reach the
// agent and reports how that ended.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import http from "node:http";
import https from "node:https";

import { startChromium } from "../browser/chromium.mjs";
import { built, run, Running } from "../browser/support/program.mjs";
import { freePorts, listening } from "../browser/support/scene.mjs";

/** A certificate that a policy puts in place is there a moment after Firefox has started. */
const ATTEMPTS = 5;
const BETWEEN_MS = 400;

/** `platen` with these words: its exit code and everything it said. */
export async function platen(words, env = {}) {
  return new Promise((resolve) => {
    const options = { env: { ...process.env, ...env } };
    execFile(built("platen"), words, options, (error, stdout, stderr) => {
      resolve({ code: error?.code ?? 0, said: stdout + stderr });
    });
  });
}

/** The same, which must succeed. */
export async function done(words, env) {
  const { code, said } = await platen(words, env);
  assert.equal(code, 0, said);
  return said;
}

/** Refuses to run where an installation would change the machine of a person. */
export function onTestMachine() {
  assert.ok(existsSync("/etc/platen-test-machine"), "run it with `cargo xtask test trust`");
}

/** An agent with this state directory, listening; `{ wss }` is its port. */
export async function startAgent(scene, state) {
  const [wss] = await freePorts(1);
  const config = scene.path(`platen-${wss}.toml`);
  await writeFile(
    config,
    `[listen]\nwss_ports = [${wss}]\nws = false\n\n[cups]\ndiscover = false\n`,
  );
  const agent = new Running(built("platen"), ["run", "--config", config, "--state", state]);
  scene.atEnd(async () => agent.end("SIGTERM"));
  await agent.says("listening on loopback");
  return { wss, config };
}

/** A page that tries `wss://localhost:PORT`; what it reports comes out of `next`. */
export class Page {
  #heard = [];
  #waiting = [];

  /** Serves it; over https with a certificate, as the site `pos.example`. */
  static async serve(scene, { wss }, server) {
    const page = new Page();
    const answer = (request, response) => {
      if (request.method === "POST") {
        page.#hear(request);
        response.end();
        return;
      }
      response.setHeader("Content-Type", "text/html");
      response.end(
        `<!doctype html><title>try</title><script type="module">${script(wss)}</script>`,
      );
    };
    const made =
      server === undefined
        ? http.createServer(answer)
        : https.createServer(
            { cert: await readFile(server.certificate), key: await readFile(server.key) },
            answer,
          );
    await listening(made, "127.0.0.1");
    scene.atEnd(async () => {
      made.closeAllConnections();
      made.close();
    });
    page.port = made.address().port;
    const secure = server !== undefined;
    page.url = secure ? `https://pos.example:${page.port}` : `http://127.0.0.1:${page.port}`;
    return page;
  }

  /** The next report: `open`, or the code it was closed with. */
  async next() {
    const heard = this.#heard.shift();
    if (heard !== undefined) return heard;
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
    });
  }

  #hear(request) {
    let text = "";
    request.setEncoding("utf8").on("data", (more) => (text += more));
    request.on("end", () => {
      const waiting = this.#waiting.shift();
      if (waiting === undefined) this.#heard.push(text);
      else waiting(text);
    });
  }
}

function script(wss) {
  return `
    const once = () => new Promise((end) => {
      const socket = new WebSocket("wss://localhost:${wss}", "platen.v1");
      socket.onopen = () => end("open");
      socket.onclose = ({ code }) => end(String(code));
    });
    let result;
    for (let attempt = 0; attempt < ${ATTEMPTS} && result !== "open"; attempt++) {
      if (attempt > 0) await new Promise((next) => setTimeout(next, ${BETWEEN_MS}));
      result = await once();
    }
    await fetch("/report", { method: "POST", body: result });
  `;
}

/** What the page reports in a fresh Chromium of the user with this home directory. */
export async function inChromium(page, home, switches = []) {
  await mkdir(home, { recursive: true });
  const browser = await startChromium(switches, { HOME: home });
  try {
    const tab = await browser.newPage();
    await tab.goto(page.url);
    return await page.next();
  } finally {
    await browser.close();
  }
}

/** The same in a fresh Firefox; `profile` is a folder, made where it is missing. */
export async function inFirefox(page, home, profile) {
  await mkdir(profile, { recursive: true });
  const settings = {
    "browser.aboutwelcome.enabled": false,
    "browser.shell.checkDefaultBrowser": false,
    "datareporting.policy.dataSubmissionEnabled": false,
    "toolkit.startup.max_resumed_crashes": -1,
    "network.captive-portal-service.enabled": false,
  };
  const lines = Object.entries(settings).map(
    ([name, value]) => `user_pref(${JSON.stringify(name)}, ${JSON.stringify(value)});\n`,
  );
  await writeFile(`${profile}/user.js`, lines.join(""));
  const words = [`HOME=${home}`, "MOZ_HEADLESS=1", "firefox-esr"];
  const firefox = new Running("/usr/bin/env", [
    ...words,
    "--no-remote",
    "--profile",
    profile,
    page.url,
  ]);
  try {
    return await page.next();
  } finally {
    await firefox.end("SIGTERM");
  }
}

/** An empty certificate store in a folder. */
export async function makeStore(folder) {
  await mkdir(folder, { recursive: true });
  await run("certutil", "-d", `sql:${folder}`, "-N", "--empty-password");
}
