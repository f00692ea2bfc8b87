// A shop whose pages were written for QZ Tray: an agent, a printer, a site that the agent trusts.
import WebSocket from "ws";

import { Bridge } from "../../browser/support/bridge.mjs";
import { PrintService } from "../../browser/support/cupsd.mjs";
import { Scene } from "../../browser/support/scene.mjs";
import { Sink } from "../../browser/support/sink.mjs";
import { Site } from "./site.mjs";

/** What a check works with. */
export class Shop {
  /** The test's folder, and what ends with it. */
  scene;
  /** The device behind the printer Kitchen: one buffer for each job. */
  sink;
  /** The print service between agent and device, where one was asked for. */
  service;
  /** The agent. */
  bridge;
  /** The site that it trusts. */
  site;
  /** The origin of the site's pages, which the grant names. */
  origin;
  #pages;
  #client;

  /**
   * Opens one that ends with the test of this context.
   *
   * @param {object} pages where the site's pages come from
   * @param {Function} client makes a client of node or of a page
   * @param {object} options `grant` is the option `--qz` of the trust, `more` its further arguments;
   *   `printers` what the configuration says in place of Kitchen at the sink; `service` an object
   *   for which a print service is started, whose only queue, with a driver, is Kitchen then
   */
  static async open(t, pages, client, { grant = "--qz", more = [], printers, service } = {}) {
    const shop = new Shop();
    shop.scene = await Scene.open(t);
    shop.sink = await Sink.start(shop.scene);
    shop.#pages = pages;
    shop.#client = client;
    shop.origin = pages.origin();
    shop.service =
      service && (await PrintService.start(shop.scene, shop.sink, { driver: true, ...service }));
    const kitchen = printer("Kitchen", shop.service?.uri ?? shop.sink.uri, shop.service && "");
    [shop.bridge, shop.site] = await Promise.all([
      Bridge.start(shop.scene, printers?.(shop) ?? kitchen, shop.service?.config),
      Site.new(shop.scene),
    ]);
    await shop.trust(shop.site, grant, ...more);
    return shop;
  }

  /** Trusts a site at the shop's origin. */
  async trust(site, grant = "--qz", ...more) {
    const origin = ["--origin", this.origin, "--native"];
    await this.bridge.verb("trust", "add", site.certificate, grant, ...origin, ...more);
  }

  /** The origin of somebody else's pages. */
  get foreignOrigin() {
    return this.#pages.origin("evil.example");
  }

  /**
   * A client that is not connected yet.
   *
   * @param {object} options `site` signs, at `origin`, with `algorithm`; `frames` is an array that
   *   hears what passes, as `{ from: "page" | "agent", text }`; `secure` goes over TLS. In node only:
   *   `local` is the address to come from, `sockets` an array that gets the WebSocket
   */
  async client({ site = this.site, origin = this.origin, algorithm = "SHA512", ...more } = {}) {
    const ca = more.secure
      ? (await this.bridge.verb("cert", "show")).certificate.ca_file
      : undefined;
    const options = { site, origin, algorithm, ca, ...more };
    const { qz, close } = await this.#client(this.#pages, this.scene, options);
    this.scene.atEnd(close);
    return qz;
  }

  /** A client that is connected; rejects with what the client says where it is blocked. */
  async connect(options = {}) {
    const qz = await this.client(options);
    await qz.websocket.connect(this.address(options.secure));
    return qz;
  }

  /** What `qz.websocket.connect` is told, so that it finds this agent. */
  address(secure = false) {
    const { wss, ws } = this.bridge.ports;
    const port = { secure: [wss], insecure: [ws] };
    return { host: "localhost", usingSecure: secure, port, keepAlive: 0 };
  }

  /** Resolves when so many jobs were accepted, with the last of them. */
  async accepted(count) {
    for (;;) {
      const jobs = await this.bridge.verb("jobs");
      if (jobs.length >= count) return jobs[0].job;
    }
  }

  /** Sends frames as they are over a connection of its own; the answers, parsed. */
  async talk(frames, { origin = this.origin, count = frames.length } = {}) {
    const socket = new WebSocket(`ws://127.0.0.1:${this.bridge.ports.ws}`, { origin });
    const answers = [];
    await new Promise((resolve, reject) => {
      socket.on("open", () => {
        for (const frame of frames) socket.send(frame);
      });
      socket.on("message", (data) => {
        answers.push(JSON.parse(data.toString()));
        if (answers.length === count) resolve();
      });
      socket.on("error", reject);
      socket.on("close", resolve);
    });
    socket.close();
    return answers;
  }
}

/** A printer of the configuration. */
export function printer(name, uri, more = 'status = "none"') {
  return `[[printers]]\nname = "${name}"\nuri = "${uri}"\n${more}`;
}
