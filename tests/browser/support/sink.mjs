// A raw TCP printer that takes everything: one connection is one job.
import { once } from "node:events";
import net from "node:net";

import { listening } from "./scene.mjs";

/** A printer on a port of its own. */
export class Sink {
  /** What arrived, in order: one buffer for each job. */
  jobs = [];
  /** The most jobs that were under way at one time. */
  atOnceMax = 0;
  #atOnce = 0;
  #server;

  /** Starts one that ends with the scene. */
  static async start(scene) {
    const sink = new Sink();
    sink.#server = await listening(
      net.createServer((socket) => {
        sink.#take(socket);
      }),
      "127.0.0.1",
    );
    scene.atEnd(() => {
      sink.#server.close();
    });
    return sink;
  }

  /** Where it listens. */
  get port() {
    return this.#server.address().port;
  }

  /** The device to configure. */
  get uri() {
    return `socket://127.0.0.1:${this.port}`;
  }

  /** Resolves when so many jobs have arrived altogether. */
  async received(count) {
    while (this.jobs.length < count) await once(this.#server, "job");
  }

  #take(socket) {
    const pieces = [];
    socket.on("data", (piece) => {
      if (pieces.push(piece) === 1) this.atOnceMax = Math.max(this.atOnceMax, ++this.#atOnce);
    });
    // A killed agent resets its connections.
    socket.on("error", () => undefined);
    socket.on("close", () => {
      // A connection without data is a look at the door, not a job.
      if (pieces.length === 0) return;
      this.#atOnce--;
      this.jobs.push(Buffer.concat(pieces));
      this.#server.emit("job");
    });
  }
}
