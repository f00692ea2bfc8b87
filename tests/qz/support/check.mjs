// A check: written once, run with the unmodified client in node and in Chromium.
//
//   check("a_job_keeps_its_name", [works("configs.jobName")], async ({ open }) => {
//     const shop = await open();
//     const qz = await shop.connect();
//     await qz.print(qz.configs.create("Kitchen", { jobName: "Receipt" }), ["Hello\n"]);
//     ...
//   });
//
// What it proves are names of `catalog.mjs`, each with its state. The table of docs/qz-tray.md is
// made from them (`table.test.mjs`). In Chromium `qz` is the client of a page, called from here:
// await whatever it gives, also what node gives at once.
import { after, test } from "node:test";

import { Scene } from "../../browser/support/scene.mjs";
import { nodeClient } from "./client.mjs";
import { Pages } from "./pages.mjs";
import { Shop } from "./shop.mjs";

/** Set by `table.test.mjs`, which wants the declarations and runs nothing. */
export const DECLARED = Symbol.for("platen.qz.declared");

/** It does what it does with QZ Tray; the note says what a page should know all the same. */
export const works = (name, note = "") => ({ name, state: "works", note });
/** It does something else, and shall. */
export const differs = (name, note) => ({ name, state: "differs", note });
/** It answers with an error that says so. */
export const later = (name, note = "") => ({ name, state: "later", note });

const CLIENTS = {
  node: async (_, __, options) => nodeClient(options),
  Chromium: async (pages, scene, options) => pages.client(scene, options),
};

/**
 * Declares a check.
 *
 * @param {string} name what is so, as a sentence
 * @param {object[]} proves what it proves: `works`, `differs`, `later`
 * @param {Function} run is given `open`, which opens a shop (see `Shop.open`), `client` (`"node"` or
 *   `"Chromium"`) and the test's context `t`
 * @param {object} options `clients`: which of them, where not both have a meaning
 */
export function check(name, proves, run, { clients = Object.keys(CLIENTS) } = {}) {
  const declared = globalThis[DECLARED];
  if (declared !== undefined) {
    declared.push(...proves.map((one) => ({ ...one, check: name })));
    return;
  }
  for (const client of clients) {
    test(`${name} (${client})`, async (t) => {
      const open = async (options) => Shop.open(t, await pages(), CLIENTS[client], options);
      await run({ open, client, t });
    });
  }
}

let started;
let end = async () => undefined;
// Said here, a test would take it for its own end.
after(async () => end());

/** The web server and the browser of this file. */
async function pages() {
  const file = { after: (close) => (end = close) };
  started ??= Scene.open(file).then(async (scene) => Pages.start(scene));
  return started;
}
