// The module makes what the crate makes, to the octet: every fixture of the receipt crate in every
// form, in node, in a page and in a worker. The crate's side is `examples/forms.rs`, run natively.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { before, test } from "node:test";

import { startChromium } from "../../../tests/browser/chromium.mjs";
import { digests } from "./digests.mjs";

const DIST = new URL("../../dist/", import.meta.url);
const FORMS_MAX_OCTETS = 64 * 1024 * 1024;

let fixtures;

before(() => {
  const native = process.env.PLATEN_FORMS_BIN;
  assert.ok(native, "`cargo xtask test wasm` builds the native side and names it");
  fixtures = JSON.parse(execFileSync(native, { maxBuffer: FORMS_MAX_OCTETS }));
  assert.ok(fixtures.length > 90, `${fixtures.length} fixtures`);
});

/** Compares by name, so that a difference says which fixture and form. */
function compare(made) {
  assert.equal(made.length, fixtures.length);
  for (const [index, { name, job, template, forms }] of fixtures.entries()) {
    // What a template becomes is compared too; other jobs came from there.
    const expected = template === undefined ? forms : { ...forms, job };
    assert.deepEqual({ name, ...made[index] }, { name, ...expected });
  }
}

test("node_makes_what_the_crate_makes", async () => {
  const receipt = await import(new URL("receipt/index.js", DIST));
  compare(await digests(receipt, fixtures));
});

test("a_page_and_a_worker_in_chromium_make_what_the_crate_makes", async (t) => {
  const server = createServer(serve).listen(0, "127.0.0.1");
  t.after(() => server.close());
  await once(server, "listening");
  const browser = await startChromium();
  t.after(async () => browser.close());
  const page = await browser.newPage();
  await page.goto(`http://localhost:${server.address().port}/`);

  compare(
    await page.evaluate(async (all) => {
      const receipt = await import("/dist/receipt/index.js");
      const { digests } = await import("/digests.mjs");
      return digests(receipt, all);
    }, fixtures),
  );
  compare(
    await page.evaluate(async (all) => {
      const worker = new Worker("/worker.mjs", { type: "module" });
      return new Promise((resolve, reject) => {
        worker.onmessage = ({ data }) => resolve(data);
        worker.onerror = ({ message }) => reject(new Error(message));
        worker.postMessage(all);
      });
    }, fixtures),
  );
  compare(
    await page.evaluate(async (all) => {
      const receipt = await import("/dist/platen.receipt.min.js");
      const { digests } = await import("/digests.mjs");
      return digests(receipt, all);
    }, fixtures),
  );
});

const WORKER = `
  import * as receipt from "/dist/receipt/index.js";
  import { digests } from "/digests.mjs";
  addEventListener("message", async ({ data }) => postMessage(await digests(receipt, data)));
`;

const TYPES = { js: "text/javascript", mjs: "text/javascript", wasm: "application/wasm" };

/** The built package as a page finds it, under the strictest policy that the module works with. */
function serve(request, response) {
  const { pathname } = new URL(request.url, "http://localhost");
  const content =
    pathname === "/"
      ? "<!doctype html><title>receipts</title>"
      : pathname === "/worker.mjs"
        ? WORKER
        : pathname === "/digests.mjs"
          ? readFileSync(new URL("digests.mjs", import.meta.url))
          : pathname.startsWith("/dist/") && readFileSync(new URL(pathname.slice(6), DIST));
  if (content === false) return response.writeHead(404).end();
  const type = TYPES[pathname.split(".").at(-1)] ?? "text/html";
  return response
    .writeHead(200, {
      "content-type": type,
      "content-security-policy": "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'",
    })
    .end(content);
}
