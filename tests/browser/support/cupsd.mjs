// A real print service of the test's own, with a raw queue to a sink.
import { built, Running } from "./program.mjs";

/** A `cupsd` that ends with the scene. */
export class PrintService {
  /** The device to configure for the one queue. */
  uri = "cups:kitchen";
  /** What the agent's `[cups]` must say. */
  config;

  /** Starts one whose queue sends to this sink; with `driver`, a line of options and PDF. */
  static async start(scene, sink, { driver = false } = {}) {
    const service = new PrintService();
    const queue = `kitchen=${driver ? "pdf:" : ""}${sink.port}`;
    const running = new Running(built("platen-private-cupsd"), [queue]);
    scene.atEnd(async () => running.hangUp());
    const said = await running.says("print service: ");
    const [, socket] = /^print service: (.+)$/m.exec(said);
    service.config = `server = "${socket}"\nspooler_program = "${built("platen-spooler")}"`;
    return service;
  }
}
