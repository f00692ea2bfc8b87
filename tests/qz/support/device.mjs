// A device on TCP that says what it is told to, and writes down what it hears.
import { once } from "node:events";
import net from "node:net";

import { listening } from "../../browser/support/scene.mjs";

/** One device; one connection at a time is talked to, the latest. */
export class Device {
  /** How often somebody connected. */
  connections = 0;
  host = "127.0.0.1";
  port;
  #server;
  #socket;
  #heard = "";

  /** Starts one that ends with the test of this context. */
  static async start(t, host = "127.0.0.1") {
    const device = new Device();
    device.host = host;
    device.#server = await listening(
      net.createServer((socket) => {
        device.#take(socket);
      }),
      host,
    );
    device.port = device.#server.address().port;
    t.after(() => {
      device.#server.close();
      device.#socket?.destroy();
    });
    return device;
  }

  /** Sends this, each character an octet. */
  say(text) {
    this.#socket.write(Buffer.from(text, "latin1"));
  }

  /** Ends the connection. */
  hangUp() {
    this.#socket.end();
  }

  /** Resolves when somebody has connected so many times. */
  async connected(times = 1) {
    while (this.connections < times) await once(this.#server, "connection");
  }

  /** Resolves when exactly this has arrived altogether, each octet a character. */
  async received(text) {
    while (this.#heard.length < text.length) await once(this.#server, "heard");
    if (this.#heard !== text) throw new Error(`heard ${JSON.stringify(this.#heard.slice(0, 500))}`);
  }

  /** Resolves when the other side has closed the connection. */
  async closed() {
    if (!this.#socket.closed) await once(this.#socket, "close");
  }

  #take(socket) {
    this.connections += 1;
    this.#socket = socket;
    socket.on("data", (piece) => {
      this.#heard += piece.toString("latin1");
      this.#server.emit("heard");
    });
    // A killed agent resets its connections.
    socket.on("error", () => undefined);
  }
}

/** Events that a page has heard. */
export class Heard {
  events = [];
  #waiting = [];

  /** For `qz.socket.setSocketCallbacks` and its like. */
  push = (event) => {
    this.events.push(event);
    for (const look of this.#waiting.splice(0)) look();
  };

  /** What `find` makes of the events, as soon as it is not undefined. */
  async until(find) {
    for (;;) {
      const found = find(this.events);
      if (found !== undefined) return found;
      await new Promise((resolve) => {
        this.#waiting.push(resolve);
      });
    }
  }
}
