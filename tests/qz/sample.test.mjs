// What people do with a sample page: the example's, compiled with the published types of the
// client, every button pressed in Chromium.
import assert from "node:assert/strict";
import path from "node:path";

import { openPage, startBrowser } from "../browser/support/browser.mjs";
import { ROOT, run, Running } from "../browser/support/program.mjs";
import { freePorts } from "../browser/support/scene.mjs";
import { check, works } from "./support/check.mjs";

const EXAMPLE = path.join(ROOT, "examples/qz-tray");
const CHROMIUM = { clients: ["Chromium"] };

/** The example's page, open in a browser that trusts the agent; and what its buttons say. */
async function sample(open, { tls }) {
  const shop = await open();
  const { scene, bridge, site } = shop;
  const pages = scene.path("pages");
  const compiler = path.join(ROOT, "node_modules/typescript/bin/tsc");
  await run(process.execPath, compiler, "--project", EXAMPLE, "--outDir", pages);
  const [port] = await freePorts(1);
  const origin = `http://localhost:${port}`;
  const device = `socket:127.0.0.1:${shop.sink.port}`;
  const reach = ["--origin", origin, "--device", device];
  await bridge.verb("trust", "add", site.certificate, "--qz", ...reach);
  const server = new Running(process.execPath, [
    path.join(EXAMPLE, "server.mjs"),
    ...["--port", String(port), "--pages", pages],
    ...["--certificate", site.certificate, "--key", scene.path("site.key")],
  ]);
  scene.atEnd(async () => server.end());
  await server.says("site: ");
  const { certificate } = await bridge.verb("cert", "show");
  const browser = await startBrowser(scene, {
    trusts: [{ file: certificate.ca_file, flags: "C,," }],
  });
  const page = await openPage(browser);
  const { wss, ws } = bridge.ports;
  await page.goto(`${origin}/?secure=${wss}&insecure=${ws}&tls=${tls ? "yes" : "no"}`);
  const log = page.locator("#log > li");
  return {
    shop,
    page,
    /** Presses a button; what the page says then. */
    press: async (id) => {
      const lines = page.locator(`#log > li[data-about=${id}]`);
      const count = await lines.count();
      await page.locator(`#${id}`).click();
      const line = lines.nth(count);
      await line.waitFor();
      assert.equal(await line.getAttribute("data-state"), "done", await line.innerText());
      return line.innerText();
    },
    /** Resolves with what the page said about something when that holds this. */
    said: async (about, text) =>
      log
        .and(page.locator(`[data-about=${about}]`))
        .filter({ hasText: text })
        .first()
        .innerText(),
  };
}

const RECEIPT = "\x1b@\x1ba1Corner Shop\n\x1ba0Flat white      3.80\n\x1bd\x03\x1dV1";

/** The example's picture, left half black: one band of `ESC *`, and the feed after it. */
const BAR = `\x1b*!\x08\0${"\xff".repeat(12)}${"\0".repeat(12)}\x1bJ\x18`;

for (const tls of [true, false]) {
  check(
    `the_sample_page_prints_over_${tls ? "wss" : "ws"}`,
    [
      works("print"),
      works("printers.setPrinterCallbacks"),
      works(`websocket.connect${tls ? " usingSecure" : ""}`),
    ],
    async ({ open }) => {
      const { shop, page, press, said } = await sample(open, { tls });
      const { wss, ws } = shop.bridge.ports;
      assert.equal(
        await press("connect"),
        `${tls ? "wss" : "ws"} ${tls ? wss : ws}, version 2.2.6`,
      );
      assert.equal(await press("find"), "Kitchen");
      assert.equal(await press("default"), "Kitchen");
      const expected = [
        ["escpos", RECEIPT],
        ["zpl", "^XA^FO40,40^A0N,40,40^FDCorner Shop^FS^FO40,100^BCN,80^FD4006381333931^FS^XZ\n"],
        ["epl", '\nN\nq609\nA50,50,0,4,1,1,N,"Corner Shop"\nB50,100,0,1,2,4,80,B,"40063813"\nP1\n'],
        ["base64", RECEIPT],
        ["hex", RECEIPT],
        ["image", `\x1b@${BAR}\n\x1dV1`],
      ];
      for (const [index, [button, octets]] of expected.entries()) {
        assert.equal(await press(button), "handed over");
        await shop.sink.received(index + 1);
        assert.equal(shop.sink.jobs[index].toString("latin1"), octets, button);
      }
      await heardOfAPrint(shop, press, said);
      assert.equal(await press("stop"), "not listening");
      await page.locator("#port").fill(String(shop.sink.port));
      assert.equal(await press("socket"), "sent");
      await shop.sink.received(expected.length + 2);
      assert.equal(String(shop.sink.jobs.at(-1)), "a line\n");
      const [{ job }] = await shop.bridge.verb("jobs");
      assert.equal(job.name, "Sample");
      assert.equal(await press("disconnect"), "disconnected");
    },
    CHROMIUM,
  );
}

/** Listens, prints, and hears of the job to its end, and of the printer when it is asked. */
async function heardOfAPrint(shop, press, said) {
  const count = shop.sink.jobs.length;
  assert.equal(await press("listen"), "listening");
  await press("escpos");
  await shop.sink.received(count + 1);
  const told = JSON.parse(await said("printer", '"statusText":"COMPLETE"'));
  const { printerName, eventType, jobName, severity } = told;
  assert.deepEqual(
    { printerName, eventType, jobName, severity },
    { printerName: "Kitchen", eventType: "JOB", jobName: "Sample", severity: "INFO" },
  );
  assert.equal(await press("status"), "asked");
  const printer = JSON.parse(await said("printer", '"eventType":"PRINTER"'));
  assert.equal(printer.printerName, "Kitchen");
}
