// A way to the agent that a test can hold shut, as a browser does while its prompt stands: the
// connection is made, and nothing goes on.
import net from "node:net";

import { listening } from "./scene.mjs";

/** Stands before an agent's plain port. */
export class Gate {
  /** Where it listens. */
  port;
  #held = [];
  #behind;
  #state = "held";

  /** A gate that holds whatever comes, until it is opened or shut. */
  static async start(scene, behind) {
    const gate = new Gate();
    gate.#behind = behind;
    const server = await listening(
      net.createServer((socket) => {
        gate.#take(socket);
      }),
      "127.0.0.1",
    );
    gate.port = server.address().port;
    scene.atEnd(() => {
      server.close();
      gate.shut();
    });
    return gate;
  }

  /** Lets through what waits, and what comes. */
  open() {
    this.#go("open");
  }

  /** Ends what waits, and what comes. */
  shut() {
    this.#go("shut");
  }

  #go(state) {
    this.#state = state;
    for (const socket of this.#held.splice(0)) this.#take(socket);
  }

  #take(socket) {
    socket.on("error", () => undefined);
    if (this.#state === "held") this.#held.push(socket.pause());
    else if (this.#state === "shut") socket.destroy();
    else this.#forward(socket);
  }

  #forward(socket) {
    const agent = net.connect(this.#behind, "127.0.0.1");
    agent.on("error", () => undefined);
    agent.on("close", () => socket.destroy());
    socket.on("close", () => agent.destroy());
    // The agent answers only to its own name: the request, all in the first piece, must say it.
    socket.once("data", (first) => {
      const request = first.toString("latin1");
      const host = `localhost:${this.#behind}`;
      agent.write(request.replace(/^(Host:) .*$/im, `$1 ${host}`), "latin1");
      socket.pipe(agent);
    });
    agent.pipe(socket);
    socket.resume();
  }
}
