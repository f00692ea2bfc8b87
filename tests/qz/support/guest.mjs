// A check in the guest of tools/usb-rig, where there are real USB and HID devices: the real agent runs
// there, and the unmodified client in node drives it from here.
//
//   guestCheck("a_scale_tells_its_weight", [works("hid.openStream")], async (guest) => {
//     await guest.plug("scale", "hid", "scale");
//     const { qz } = await guest.shop("hid:1209:0010");
//     ...
//   });
//
// What such a check proves stands in the table like everything else (`check.mjs`). It runs in the suite
// `usb`, which says where the agent for the guest is (`PLATEN_GUEST_BIN`); the suite `qz` only counts it.
import { readFile } from "node:fs/promises";
import net from "node:net";
import path from "node:path";
import { after, test } from "node:test";

import { ROOT, Running } from "../../browser/support/program.mjs";
import { freePorts, Scene } from "../../browser/support/scene.mjs";
import { DECLARED } from "./check.mjs";
import { nodeClient } from "./client.mjs";
import { Heard } from "./device.mjs";
import { Site } from "./site.mjs";

const RIG = path.join(ROOT, "tools/usb-rig/rig");
const AGENT = process.env.PLATEN_GUEST_BIN;
const ORIGIN = "https://pos.example";

/** Declares a check that runs in the guest; `run` is given the guest. */
export function guestCheck(name, proves, run) {
  const declared = globalThis[DECLARED];
  if (declared !== undefined) {
    declared.push(...proves.map((one) => ({ ...one, check: name })));
    return;
  }
  const skip = AGENT === undefined ? "cargo xtask test usb runs it" : false;
  test(name, { skip }, async (t) => {
    const guest = await started();
    guest.scene = await Scene.open(t);
    guest.scene.atEnd(async () => guest.clear());
    await run(guest);
  });
}

let starting;
// Said here, a test would take it for its own end.
after(async () => (starting === undefined ? undefined : (await starting).end()));

/** The guest of this file. */
async function started() {
  starting ??= Guest.start();
  return starting;
}

/** The machine with the devices. */
class Guest {
  /** What belongs to the check that runs. */
  scene;
  #ports;
  #running;
  /** How devices are controlled, by what the check calls them. */
  #devices = [];

  static async start() {
    const guest = new Guest();
    const [ws, wss, shell] = await freePorts(3);
    guest.#ports = { ws, wss, shell };
    const forwards = [ws, shell].flatMap((port) => ["--forward", `${port}:${port}`]);
    const job = `usb-rig shell ${shell}`;
    guest.#running = new Running(RIG, ["run", ...forwards, "-f", `${AGENT}:platen`, job]);
    await guest.#running.says("the guest's shell listens");
    return guest;
  }

  async end() {
    await this.#running.end("SIGTERM");
  }

  /** What a shell command in the guest says; rejects when it fails. */
  async sh(command) {
    const socket = net.connect(this.#ports.shell, "127.0.0.1");
    socket.setEncoding("utf8").write(`${command}\n`);
    let said = "";
    for await (const text of socket) said += text;
    const [, output, code] = said.match(/^([^]*)\nrig-exit (-?\d+)\n$/) ?? [];
    if (code !== "0") throw new Error(`${command}\n${said}`);
    return output;
  }

  /** Plugs a device in: `usb-rig KIND` and its settings. */
  async plug(name, kind, ...settings) {
    const control = `/tmp/${name}`;
    const capture = kind === "printer" ? [`/tmp/${name}.prn`] : [];
    const words = [kind, control, ...capture, ...settings.map((word) => `'${word}'`)].join(" ");
    await this.sh(`usb-rig ${words} > /tmp/${name}.log 2>&1 &`);
    this.#devices.push(name);
    await this.until(`test -S ${control}`);
  }

  /** Says one line to a device; what it answers. */
  async tell(name, ...words) {
    const answer = await this.sh(`usb-rig ctl /tmp/${name} ${words.join(" ")}`);
    return answer.trim().replace(/^ok ?/, "");
  }

  /** Resolves when a shell command in the guest succeeds. */
  async until(condition) {
    await this.sh(`timeout 20 sh -c 'until ${condition}; do sleep 0.05; done'`);
  }

  /**
   * An agent whose grant names these devices, and a page that is connected.
   *
   * @returns {object} `qz` the client, `heard` what USB and HID callbacks heard, `connect` for another
   *   page, `verb` for the agent's command line
   */
  async shop(...devices) {
    const site = await Site.new(this.scene);
    const { ws, wss } = this.#ports;
    const config = `[listen]\nwss_ports = [${wss}]\nws_ports = [${ws}]\n[cups]\ndiscover = false\n`;
    await this.#write("/tmp/platen.toml", config);
    await this.#write("/tmp/site.pem", await readFile(site.certificate));
    // Seconds, rounded down: no call was signed before the agent began.
    await this.sh(`date -s @${Math.floor(Date.now() / 1000)}`);
    await this.sh(
      "platen run --config /tmp/platen.toml --state /tmp/state > /tmp/agent.log 2>&1 &",
    );
    await this.until('grep -q "listening on loopback" /tmp/agent.log');
    const rules = devices.map((device) => `--device '${device}'`).join(" ");
    await this.verb(`trust add /tmp/site.pem --qz --origin ${ORIGIN} --native ${rules}`);
    return { ...(await this.connect(site)), site };
  }

  /** Another page of the same site. */
  async connect(site) {
    const { qz, close } = await nodeClient({ origin: ORIGIN, site, algorithm: "SHA512" });
    this.scene.atEnd(close);
    const heard = new Heard();
    qz.usb.setUsbCallbacks(heard.push);
    qz.hid.setHidCallbacks(heard.push);
    const port = { secure: [this.#ports.wss], insecure: [this.#ports.ws] };
    await qz.websocket.connect({ host: "localhost", usingSecure: false, port, keepAlive: 0 });
    return { qz, heard };
  }

  /** What a verb of the command line answers. */
  async verb(words) {
    return JSON.parse(await this.sh(`platen ${words} --json --state /tmp/state`));
  }

  /** Unplugs everything, and ends the agent. */
  async clear() {
    await this.sh("killall -q -KILL platen; rm -rf /tmp/state; true");
    for (const name of this.#devices.splice(0)) {
      await this.sh(`usb-rig ctl /tmp/${name} quit; rm -f /tmp/${name}; true`);
    }
    await this.until('test -z "$(ls /sys/class/hidraw)"');
  }

  async #write(file, content) {
    await this.sh(`echo ${Buffer.from(content).toString("base64")} | base64 -d > ${file}`);
  }
}
