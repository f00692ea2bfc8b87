// The web server of the tests' sites, and a Chromium that opens their pages.
//
// Both are one for each test file: pages at `https://pos.example`, which the browser takes for a
// place on the internet, with the permission to reach this machine.
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import https from "node:https";
import path from "node:path";

import { openPage, startBrowser } from "../../browser/support/browser.mjs";
import { listening } from "../../browser/support/scene.mjs";
import { makeServerCertificate } from "../../browser/support/till.mjs";
import { remoteClient } from "./remote.mjs";

const require = createRequire(import.meta.url);
const CLIENT = require.resolve("qz-tray");
const IN_PAGE = path.join(import.meta.dirname, "in-page.js");
const PAGE = `<!doctype html><meta charset="utf-8"><title>A page for QZ Tray</title>
<script src="/qz-tray.js"></script><script src="/in-page.js"></script>`;

/** Serves the page, the client, and the signatures of the tests' sites. */
export class Pages {
  /** Where the server listens. */
  port;
  #scene;
  #certificate;
  #signers = [];
  #browser;

  /** Starts the server; it ends with the scene. */
  static async start(scene) {
    const pages = new Pages();
    pages.#scene = scene;
    pages.#certificate = await makeServerCertificate(scene);
    const { key, certificate } = pages.#certificate;
    const [client, inPage] = await Promise.all([readFile(CLIENT), readFile(IN_PAGE)]);
    const files = new Map([
      ["/", ["text/html", PAGE]],
      ["/qz-tray.js", ["text/javascript", client]],
      ["/in-page.js", ["text/javascript", inPage]],
    ]);
    const options = { key: await readFile(key), cert: await readFile(certificate) };
    const server = https.createServer(options, (request, response) => {
      const [type, content] = files.get(request.url) ?? [];
      if (content === undefined) return pages.#sign(request, response);
      response.writeHead(200, { "content-type": type });
      response.end(content);
    });
    await listening(server, "127.0.0.1");
    pages.port = server.address().port;
    scene.atEnd(() => {
      server.close();
      server.closeAllConnections();
    });
    return pages;
  }

  /** The origin of a site with this name. */
  origin(name = "pos.example") {
    return `https://${name}:${this.port}`;
  }

  /**
   * A page of this origin whose client signs as this site does; `frames` hears what passes. With
   * `ca`, the root of an agent that is asked over TLS, it is in a browser of the scene's own.
   */
  async client(scene, { origin, site, algorithm, ca, frames }) {
    const browser =
      ca === undefined
        ? await (this.#browser ??= this.#start(this.#scene, []))
        : await this.#start(scene, [ca]);
    const page = await openPage(browser, { granted: origin });
    page.on("websocket", (socket) => {
      socket.on("framesent", ({ payload }) => frames?.push({ from: "page", text: payload }));
      socket.on("framereceived", ({ payload }) => frames?.push({ from: "agent", text: payload }));
    });
    await page.goto(`${origin}/`);
    const signer = this.#signers.push((text) => site.sign(text, algorithm)) - 1;
    const given = { pem: site.pem, algorithm, signUrl: `/sign/${signer}` };
    await page.evaluate((what) => globalThis.setUp(what), given);
    return { qz: await remoteClient(page), close: async () => page.context().close() };
  }

  async #start(scene, roots) {
    const trusts = [
      { file: this.#certificate.certificate, flags: "P,," },
      ...roots.map((file) => ({ file, flags: "C,," })),
    ];
    return startBrowser(scene, { isPublic: [this.port], trusts });
  }

  #sign(request, response) {
    const sign = this.#signers[/^\/sign\/(\d+)$/.exec(request.url)?.[1]];
    if (sign === undefined) return response.writeHead(404).end();
    const pieces = [];
    request.on("data", (piece) => pieces.push(piece));
    request.on("end", () => response.end(sign(Buffer.concat(pieces).toString())));
  }
}
