// Measures receiptline, @point-of-sale/receipt-printer-encoder, and our own
// module as WASM: a line for each task, with the fastest tenth in microseconds.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

import ReceiptPrinterEncoder from "@point-of-sale/receipt-printer-encoder";
import receiptline from "receiptline";

const folder = process.argv[2];
const receipt = new Uint8Array(readFileSync(join(folder, "receipt.bin")));
const pixels = new Uint8ClampedArray(readFileSync(join(folder, "picture.rgba")));
const size = { width: 576, height: 2000 };
const items = Array.from({ length: 18 }, (_, row) => [`Flat white no ${row}`, `${row}.80`]);

function measure(task, who, act) {
  for (let warm = performance.now(); performance.now() - warm < 300;) {
    if (act().length === 0) throw new Error(`${who} made nothing of ${task}`);
  }
  const times = [];
  for (const begun = performance.now(); times.length < 11 || performance.now() - begun < 400;) {
    const started = performance.now();
    act();
    times.push(performance.now() - started);
  }
  times.sort((a, b) => a - b);
  console.log(`${task}\t${who}\t${times[Math.floor(times.length / 10)] * 1000}`);
}

const markup = [
  "^^^Harbour Coffee",
  ...items.map(([name, price]) => `${name} | ${price}`),
  '"TOTAL | 167.40"',
  "=",
].join("\n");
const till = { cpl: 48, encoding: "cp437", upsideDown: false, spacing: false };
measure("markup", "receiptline", () =>
  receiptline.transform(markup, { ...till, command: "escpos" }),
);
measure("svg", "receiptline", () => receiptline.transform(markup, { ...till, command: "svg" }));

function encoder() {
  return new ReceiptPrinterEncoder({ language: "esc-pos", columns: 48 }).initialize();
}
const ENCODER = "receipt-printer-encoder";
measure("write", ENCODER, () => {
  const receipt = encoder().align("center").size(2, 2).line("Harbour Coffee").size(1, 1);
  receipt.align("left").table(
    [
      { width: 38, align: "left" },
      { width: 10, align: "right" },
    ],
    items,
  );
  return receipt.bold(true).line("TOTAL 167.40").bold(false).cut().encode();
});
for (const [task, way] of [
  ["threshold", "threshold"],
  ["bayer4", "bayer"],
  ["floyd-steinberg", "floydsteinberg"],
  ["atkinson", "atkinson"],
]) {
  measure(task, ENCODER, () => {
    // A canvas gives its pixels anew; dithering writes into them.
    const image = { ...size, data: new Uint8ClampedArray(pixels) };
    return encoder().image(image, size.width, size.height, way, 128).encode();
  });
}

const module = join(process.env.PLATEN_WASM, "platen_wasm_bg.wasm");
if (existsSync(module)) {
  const ours = await import(pathToFileURL(join(process.env.PLATEN_WASM, "platen_wasm.js")));
  ours.initSync({ module: readFileSync(module) });
  const engine = new ours.Engine();
  const [draw, picture] = ["Platen, WASM", "Platen, WASM"];
  measure("draw", draw, () => {
    const preview = engine.preview(receipt, "{}");
    const dots = preview.bits();
    preview.free();
    return dots;
  });
  measure("png", draw, () => {
    const preview = engine.preview(receipt, "{}");
    const file = preview.png();
    preview.free();
    return file;
  });
  for (const method of ["threshold", "bayer4", "floyd-steinberg", "atkinson", "stucki"]) {
    const options = JSON.stringify({ method });
    const octets = new Uint8Array(pixels.buffer);
    measure(method, picture, () => ours.dither(size.width, size.height, octets, options));
  }
} else {
  console.error("bench: no platen_wasm_bg.wasm; `cargo xtask wasm` makes it");
}
