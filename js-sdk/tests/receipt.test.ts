/** `platen/receipt` over the committed module: what the builder makes, what is refused, and where it runs. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { before, test } from "node:test";
import { Worker } from "node:worker_threads";

import { canonicalJson } from "../src/canonical.js";
import { sha256 } from "../src/encoding.js";
import { callDigest, makeStatement } from "../src/statement.js";
import {
  eastAsianFonts,
  loadReceipt,
  ReceiptError,
  type Pixels,
  type PrinterOptions,
  type ReceiptBuilder,
  type Receipts,
} from "../src/receipt/index.js";

// From dist/check/tests to the package.
const PACKAGE = new URL("../../../", import.meta.url);

let receipts: Receipts;

before(async () => {
  receipts = await loadReceipt();
});

/** Gray that goes from dark to light, as in `js-sdk/wasm/tests/builder.rs`. */
function ramp(width: number, height: number): Pixels {
  const data = new Uint8ClampedArray(width * height * 4).fill(255);
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      data.fill((x * 7 + y * 3) % 256, (y * width + x) * 4, (y * width + x) * 4 + 3);
    }
  }
  return { width, height, data };
}

/** The receipts of `js-sdk/wasm/tests/builder.rs`, by their names there. */
const BUILT: Readonly<
  Record<string, readonly [PrinterOptions, (receipt: ReceiptBuilder) => ReceiptBuilder]>
> = {
  "text in many languages": [
    {},
    (receipt) => receipt.text("Café №7: 3,80 €\nZażółć gęślą jaźń, Ξεσκεπάζω, Съешь"),
  ],
  "scripts that are drawn": [{ profile: "TM-T88V" }, (receipt) => receipt.text("שלום")],
  styles: [
    {},
    (receipt) =>
      receipt
        .align("center")
        .text("TOTAL", { bold: true, width: 2, height: 3 })
        .align("right")
        .text([
          "plain ",
          { text: "under", style: { underline: true } },
          { text: "inverse", style: { inverse: true, font: "b" } },
          { text: "turned", style: { rotated: true } },
        ]),
  ],
  "a table and lines": [
    { columns: 32, dots: 384 },
    (receipt) =>
      receipt
        .table(
          [{ share: 2 }, { width: 4, align: "center" }, { width: 9, align: "right" }],
          [
            ["Flat white with oat milk", "2", "7,60"],
            ["Cake", "1", "3,40"],
          ],
        )
        .rule()
        .rule("double")
        .rule("dashed"),
  ],
  "barcodes and two-dimensional codes": [
    {},
    (receipt) =>
      receipt
        .barcode("code128", "HC-2026")
        .barcode("ean13", "400638133393", {
          heightDots: 60,
          moduleDots: 3,
          hriPosition: "above",
        })
        .align("center")
        .qr("https://sol.example/r/1001")
        .qr(Uint8Array.of(0, 255, 10), { level: "H", moduleDots: 4 })
        .pdf417("PDF417")
        .datamatrix("DataMatrix")
        .aztec("Aztec", { moduleDots: 5 }),
  ],
  pictures: [
    {},
    (receipt) =>
      receipt
        .picture(ramp(40, 12))
        .align("center")
        .picture(ramp(16, 8), { method: "atkinson", gamma: 150 })
        .align("right")
        .picture(ramp(20, 20), { threshold: 100, widthDots: 64 }),
  ],
  "feed, drawer and cut": [
    { profile: "POS-5890" },
    (receipt) => receipt.text("end").feed(3).openDrawer().cut().openDrawer(5).cut("full"),
  ],
};

test("the_builder_makes_the_jobs_that_the_builder_in_rust_makes", () => {
  const file = new URL("wasm/vectors/builder.json", PACKAGE);
  const vectors = JSON.parse(readFileSync(file, "utf8")) as Record<string, string>;
  assert.deepEqual(Object.keys(BUILT).sort(), Object.keys(vectors).sort());
  for (const [name, [printer, build]] of Object.entries(BUILT)) {
    const job = build(receipts.builder()).bytes(printer);
    assert.equal(Buffer.from(job).toString("hex"), vectors[name], name);
  }
});

test("every_form_of_a_preview_shows_the_same_receipt", () => {
  const receipt = receipts.builder().text("Tea").cut();
  const preview = receipts.preview(receipt, { columns: 10, dots: 121 });
  assert.equal(preview.text(), "Tea\n[cut]\n");
  assert.deepEqual(preview.job, receipt.bytes({ columns: 10, dots: 121 }));
  assert.deepEqual(preview.facts().lines, ["Tea"]);
  assert.deepEqual(preview.facts().cuts, [{ mode: "partial" }]);
  assert.match(preview.html(), /Tea/);
  assert.match(preview.svg(), /^<svg [^>]*width="121"/);
  assert.deepEqual(preview.png().subarray(1, 4), new TextEncoder().encode("PNG"));
  const { width, height, data } = preview.pixels();
  const { widthDots, heightDots, rows } = preview.bits();
  assert.deepEqual([width, height], [widthDots, heightDots]);
  for (let dot = 0; dot < width * height; dot += 1) {
    const [x, y] = [dot % width, Math.floor(dot / width)];
    const octet = rows[y * Math.ceil(width / 8) + (x >> 3)] ?? 0;
    assert.equal(data[dot * 4], (octet & (0x80 >> (x & 7))) === 0 ? 255 : 0);
  }
  assert.equal(preview.cuts().length, 1);
  preview.free();
  preview.free();
  assert.throws(() => preview.text(), refused("freed", /make another/));
});

test("a_template_is_previewed_and_rendered_to_the_same_job", () => {
  const markup = '<receipt><image src="logo"/><text>{name}: {price | currency}</text></receipt>';
  const data = { name: "Käse", price: 12.5 };
  const options = { locale: "de", currency: "EUR", pictures: { logo: ramp(8, 8) } };
  using preview = receipts.preview({ markup, data, ...options }, { columns: 32, dots: 384 });
  assert.equal(preview.text(), "[image 8x8]\nKäse: 12,50 €\n");
  const job = receipts.render(markup, data, { ...options, columns: 32, dots: 384 });
  assert.deepEqual(preview.job, job);
});

test("a_job_is_taken_apart_without_loss", () => {
  const job = new TextEncoder().encode("\x1b@Tea\n\x1ba\x01\x1d(");
  const { commands, findings, findingsLeftOff } = receipts.parse(job);
  assert.deepEqual(
    commands.map(({ name }) => name),
    ["InitializePrinter", "Text", "PrintAndLineFeed", "SelectJustification", "Unknown"],
  );
  assert.deepEqual(Buffer.concat(commands.map(({ bytes }) => bytes)), Buffer.from(job));
  assert.deepEqual(
    findings.map(({ offset, kind }) => [offset, kind]),
    [[9, "truncated"]],
  );
  assert.equal(findingsLeftOff, 0);
});

test("a_picture_becomes_a_job_in_the_language_of_the_printer", () => {
  const pixels = { width: 1, height: 1, data: Uint8Array.of(0, 0, 0, 255) };
  const label = receipts.dither(pixels, { method: "threshold", language: "zpl" });
  assert.equal(new TextDecoder().decode(label), "^XA^FO0,0^GFA,1,1,1,8,^FS^XZ\n");
});

test("fonts_that_are_added_draw_what_was_missing_and_only_there", async () => {
  const asian = await loadReceipt();
  const missing = (here: Receipts): string => here.builder().text("領収書").compose().missing;
  assert.equal(missing(asian), "領収書");
  asian.addFonts(await eastAsianFonts());
  assert.equal(missing(asian), "");
  assert.equal(missing(receipts), "領収書");
  assert.equal(asian.has("領収書"), true);
});

function refused(code: string, message: RegExp): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof ReceiptError);
    assert.equal(error.code, code);
    assert.match(error.message, message);
    return true;
  };
}

test("what_cannot_be_is_refused_with_what_to_do", () => {
  const job = new Uint8Array();
  const misspelled = { colums: 32 } as PrinterOptions;
  const builder = receipts.builder();
  for (const [code, message, act] of [
    ["invalid-request", /no "colums"; there are profile/, () => receipts.preview(job, misspelled)],
    ["unknown-profile", /profiles\(\)/, () => receipts.preview(job, { profile: "TM-X" })],
    ["invalid-request", /0 to 65535/, () => receipts.preview(job, { columns: 70_000 })],
    ["invalid-markup", /line 1, column 10/, () => receipts.render("<receipt><x/></receipt>", {})],
    [
      "invalid-markup",
      /no "name"/,
      () => receipts.render("<receipt><text>{name}</text></receipt>", {}),
    ],
    ["invalid-barcode", /12 or 13 digits/, () => builder.barcode("ean13", "1").bytes()],
    [
      "invalid-picture",
      /brings 3 octets/,
      () => receipts.dither({ width: 1, height: 1, data: new Uint8Array(3) }),
    ],
    [
      "invalid-font",
      /no font of ours/,
      () => {
        receipts.addFonts(new Uint8Array(9));
      },
    ],
    ["invalid-request", /dither\(\)/, () => receipts.builder().bytes({ dialect: "zpl" })],
  ] as const) {
    assert.throws(act, refused(code, message));
  }
  assert.throws(
    () => receipts.render("<receipt>\n <what/>\n</receipt>", {}),
    (error) => error instanceof ReceiptError && error.line === 2 && error.column === 2,
  );
});

test("the_octets_of_a_statement_are_those_that_the_client_signs", async () => {
  const digest = await callDigest(crypto.subtle, "jobs.submit", "{}");
  assert.equal(receipts.callDigest("jobs.submit", "{}"), digest);
  const { statement, text } = makeStatement(
    {
      purpose: "jobs.submit",
      origin: "https://pos.example",
      agent: await sha256(crypto.subtle, new Uint8Array()),
      challenge: "abc",
      sequence: 7,
      digest,
    },
    1_780_315_200_000,
  );
  assert.equal(text, canonicalJson(statement));
  assert.equal(new TextDecoder().decode(receipts.canonicalStatement(statement)), text);
  assert.throws(
    () => receipts.canonicalStatement({ ...statement, expires_at: statement.issued_at + 300_001 }),
    refused("invalid-request", /300000 ms/),
  );
});

test("a_worker_loads_the_module_for_itself", async () => {
  const entry = new URL("../src/receipt/index.js", import.meta.url).href;
  const script = `
    import { parentPort } from "node:worker_threads";
    import { loadReceipt } from ${JSON.stringify(entry)};
    const receipts = await loadReceipt();
    parentPort.postMessage(receipts.preview(new TextEncoder().encode("Tea\\n")).text());
  `;
  const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(script)}`));
  const text = await new Promise((resolve, reject) => {
    worker.once("message", resolve);
    worker.once("error", reject);
  });
  await worker.terminate();
  assert.equal(text, "Tea\n");
});

test("a_module_that_is_not_there_is_said_and_can_be_loaded_later", async () => {
  const script = new URL(`../src/receipt/load.js?${Date.now()}`, import.meta.url);
  const fresh = (await import(script.href)) as { loadReceipt: typeof loadReceipt };
  const nowhere = new URL("nowhere.wasm", import.meta.url);
  await assert.rejects(fresh.loadReceipt(nowhere), (error) => {
    return error instanceof ReceiptError && error.code === "not-loaded";
  });
  const later = await fresh.loadReceipt();
  assert.equal(later.preview(new TextEncoder().encode("Tea\n")).text(), "Tea\n");
});
