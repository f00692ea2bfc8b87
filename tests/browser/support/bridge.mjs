// A real `platen run` with a state directory and ports of its own.
import { rm, writeFile } from "node:fs/promises";

import { built, run, Running } from "./program.mjs";
import { freePorts } from "./scene.mjs";

/** The agent of a scene. */
export class Bridge {
  /** Where it listens. */
  ports;
  #scene;
  #printers;
  #cups;
  #running;

  /**
   * An agent with one printer, called Kitchen (or several, as `[[printers]]`); `cups` is more of its
   * `[cups]`. Not started yet.
   */
  static async new(scene, printers = "virtual:", cups = "") {
    const bridge = new Bridge();
    const [wss, ws] = await freePorts(2);
    bridge.ports = { wss, ws };
    bridge.#scene = scene;
    bridge.#printers = printers.includes("[[printers]]")
      ? printers
      : `[[printers]]\nname = "Kitchen"\nuri = "${printers}"`;
    bridge.#cups = cups;
    scene.atEnd(async () => bridge.kill());
    return bridge;
  }

  /** The same, started. */
  static async start(scene, printers, cups) {
    const bridge = await Bridge.new(scene, printers, cups);
    await bridge.start();
    return bridge;
  }

  /** Starts the program (again); it listens when this resolves. */
  async start({ wss, ws } = this.ports) {
    const config = this.#scene.path("platen.toml");
    const lines = [
      `[listen]\nwss_ports = [${wss}]\nws_ports = [${ws}]`,
      this.#printers,
      `[cups]\ndiscover = false\n${this.#cups}`,
    ];
    await writeFile(config, lines.join("\n\n"));
    this.#running = new Running(built("platen"), ["run", "--config", config, ...this.#state()]);
    await this.#running.says("listening on loopback");
  }

  /** Its id in the system, while it runs. */
  get pid() {
    return this.#running?.pid;
  }

  /** Ends it as a power cut would. */
  async kill() {
    await this.#running?.end("SIGKILL");
    this.#running = undefined;
  }

  /** Asks it to stop, and waits until it did. */
  async stop() {
    await this.#running?.end("SIGTERM");
    this.#running = undefined;
  }

  /** Puts another agent in its place: installed anew, or somebody else's program. */
  async replace() {
    await this.stop();
    await rm(this.#scene.path("state"), { recursive: true });
    await this.start();
  }

  /** What a verb of the command line answers. */
  async verb(...args) {
    return JSON.parse(await run(built("platen"), ...args, "--json", ...this.#state()));
  }

  #state() {
    return ["--state", this.#scene.path("state")];
  }
}
