// The unmodified client of the npm package `qz-tray`, one copy for each connection.
import { createRequire } from "node:module";

import WebSocket from "ws";

const require = createRequire(import.meta.url);

/** A fresh copy of the client: it keeps its connection in the module. */
export function freshClient({ origin, frames } = {}) {
  const file = require.resolve("qz-tray");
  delete require.cache[file];
  const qz = require(file);
  qz.api.showDebug(false);
  qz.api.setWebSocketType(socketType(origin, frames));
  return qz;
}

/** A client connected to an agent, signing as a site does. */
export async function connected(bridge, site, options = {}) {
  const { algorithm = "SHA512", origin, frames } = options;
  const qz = freshClient({ origin, frames });
  qz.security.setCertificatePromise((resolve) => {
    resolve(site.pem);
  });
  qz.security.setSignatureAlgorithm(algorithm);
  qz.security.setSignaturePromise((text) => (resolve) => {
    resolve(site.sign(text, algorithm));
  });
  await connect(qz, bridge);
  return qz;
}

/** Connects a client to an agent's port without TLS. */
export async function connect(qz, bridge) {
  const port = { secure: [bridge.ports.wss], insecure: [bridge.ports.ws] };
  await qz.websocket.connect({ host: "127.0.0.1", usingSecure: false, port, keepAlive: 0 });
}

/** A WebSocket that says an origin, as a browser would, and writes down what passes. */
function socketType(origin, frames) {
  return class extends WebSocket {
    constructor(url) {
      super(url, origin === undefined ? {} : { origin });
      this.on("message", (data) => frames?.push({ from: "agent", text: data.toString() }));
    }

    send(text, ...rest) {
      frames?.push({ from: "page", text });
      super.send(text, ...rest);
    }
  };
}
