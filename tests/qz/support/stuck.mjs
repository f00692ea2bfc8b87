// A raw TCP printer that takes a connection and what its system's buffers hold, and does nothing.
import net from "node:net";

import { listening } from "../../browser/support/scene.mjs";

/** A printer on a port of its own. */
export class Stuck {
  /** The device to configure. */
  uri;
  /** Resolves when a job has begun to arrive. */
  reached;
  #sockets = [];

  /** Starts one that ends with the scene. */
  static async start(scene) {
    const stuck = new Stuck();
    let isReached;
    stuck.reached = new Promise((resolve) => {
      isReached = resolve;
    });
    const server = net.createServer({ allowHalfOpen: true }, (socket) => {
      socket.on("error", () => undefined);
      socket.once("data", () => {
        socket.pause();
        isReached();
      });
      stuck.#sockets.push(socket);
    });
    await listening(server, "127.0.0.1");
    stuck.uri = `socket://127.0.0.1:${server.address().port}`;
    scene.atEnd(() => {
      server.close();
      for (const socket of stuck.#sockets) socket.destroy();
    });
    return stuck;
  }

  /** Resets its connections, as a printer that is switched off does. */
  reset() {
    for (const socket of this.#sockets) socket.resetAndDestroy();
  }
}
