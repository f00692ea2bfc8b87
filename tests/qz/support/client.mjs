// The unmodified client of the npm package `qz-tray` in node, one copy for each connection.
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";

import WebSocket from "ws";

const require = createRequire(import.meta.url);

/** A fresh copy of the client that signs as this site does: it keeps its connection in the module. */
export async function nodeClient({ origin, site, algorithm, ca, ...more }) {
  const file = require.resolve("qz-tray");
  delete require.cache[file];
  const qz = require(file);
  qz.api.showDebug(false);
  const headers = origin === undefined ? {} : { origin };
  const root = ca === undefined ? {} : { ca: await readFile(ca) };
  qz.api.setWebSocketType(socketType({ ...headers, ...root, ...more.local }, more));
  qz.security.setCertificatePromise((resolve) => {
    resolve(site.pem);
  });
  qz.security.setSignatureAlgorithm(algorithm);
  qz.security.setSignaturePromise((text) => (resolve) => {
    resolve(site.sign(text, algorithm));
  });
  return {
    qz,
    close: async () => (qz.websocket.isActive() ? qz.websocket.disconnect() : undefined),
  };
}

/** A WebSocket that says an origin, as a browser would, and writes down what passes. */
function socketType(options, { frames, sockets }) {
  return class extends WebSocket {
    constructor(url) {
      super(url, options);
      sockets?.push(this);
      this.on("message", (data) => frames?.push({ from: "agent", text: data.toString() }));
    }

    send(text, ...rest) {
      frames?.push({ from: "page", text });
      super.send(text, ...rest);
    }
  };
}
