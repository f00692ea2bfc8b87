// What one test sets up: a folder and programs of its own, all gone when it ends.
import { mkdtemp, rm } from "node:fs/promises";
import net from "node:net";
import os from "node:os";
import path from "node:path";

/** A test's folder, and what is to be undone at its end: what came last goes first. */
export class Scene {
  folder;
  #undo = [];

  /** Opens a scene that ends with the test (or suite) of this context. */
  static async open(t) {
    const scene = new Scene();
    scene.folder = await mkdtemp(path.join(os.tmpdir(), "platen-browser-"));
    scene.atEnd(async () => rm(scene.folder, { recursive: true, force: true, maxRetries: 5 }));
    t.after(async () => scene.#close());
    return scene;
  }

  /** A path in the folder. */
  path(...names) {
    return path.join(this.folder, ...names);
  }

  /** Undoes something at the end, however the test ends. */
  atEnd(undo) {
    this.#undo.push(undo);
  }

  async #close() {
    while (this.#undo.length > 0) await this.#undo.pop()();
  }
}

/** As many ports as asked for, all free now and different. */
export async function freePorts(count) {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => listening(net.createServer(), "127.0.0.1")),
  );
  const ports = servers.map((server) => server.address().port);
  for (const server of servers) server.close();
  return ports;
}

/** The server, when it listens. */
export async function listening(server, host, port = 0) {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, () => {
      resolve(server);
    });
  });
}
