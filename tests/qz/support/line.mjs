// A device on a serial line: the other end of a pseudo-terminal that socat makes.
import { spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";

/** One device. What it hears is text, each character an octet. */
export class LineDevice {
  /** What an agent opens. */
  port;
  #socat;
  #heard = "";

  /** Starts one that ends with the test of this context. */
  static async start(t, folder, name = "line") {
    const device = new LineDevice();
    device.port = path.join(folder, name);
    const socat = spawn("socat", ["-d", "-d", `PTY,link=${device.port},raw,echo=0`, "STDIO"]);
    device.#socat = socat;
    t.after(() => device.unplug());
    socat.stdout.on("data", (piece) => {
      device.#heard += piece.toString("latin1");
      socat.emit("heard");
    });
    socat.stdin.on("error", () => undefined);
    let said = "";
    while (!said.includes("starting data transfer loop")) {
      const [piece] = await once(socat.stderr, "data");
      said += piece.toString();
    }
    socat.stderr.resume();
    return device;
  }

  /** Sends this, each character an octet. */
  say(text) {
    this.#socat.stdin.write(Buffer.from(text, "latin1"));
  }

  /** Resolves when exactly this has arrived since it was asked last. */
  async received(text) {
    while (this.#heard.length < text.length) await once(this.#socat, "heard");
    if (this.#heard !== text) throw new Error(`heard ${JSON.stringify(this.#heard.slice(0, 500))}`);
    this.#heard = "";
  }

  /** Pulls the plug; resolves when it is out. */
  async unplug() {
    if (this.#socat.exitCode !== null || this.#socat.signalCode !== null) return;
    this.#socat.kill("SIGKILL");
    await once(this.#socat, "exit");
  }
}
