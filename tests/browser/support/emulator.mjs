// `platen emulator`: a receipt printer that fails when told to.
import { built, run, Running } from "./program.mjs";
import { freePorts } from "./scene.mjs";

/** An emulated printer of a scene. */
export class Emulator {
  /** The device to configure. */
  uri;
  #control;

  /** Starts one that ends with the scene. */
  static async start(scene) {
    const emulator = new Emulator();
    const [port, control] = await freePorts(2);
    emulator.uri = `socket://127.0.0.1:${port}`;
    emulator.#control = `127.0.0.1:${control}`;
    const running = new Running(built("platen"), [
      ...["emulator", "run", "--port", String(port), "--control", emulator.#control],
    ]);
    scene.atEnd(async () => running.end());
    await running.says(String(port));
    return emulator;
  }

  /** Does something at the printer, as `paper-out`, or asks it, as `jobs`. */
  async control(...words) {
    return run(built("platen"), "emulator", "control", "--address", this.#control, ...words);
  }
}
