// How long the module takes, in microseconds, the median of many runs each:
// `node js-sdk/wasm/bench.mjs` after `npm run build`. `--json` is for programs.
import { loadReceipt } from "../dist/receipt/index.js";

const started = performance.now();
const receipts = await loadReceipt();
const loaded = performance.now() - started;

const columns = [{ share: 1 }, { width: 10, align: "right" }];
const items = Array.from({ length: 16 }, (_, row) => [`Flat white no ${row}`, "3.80"]);

/** The receipt of 20 rows that `receipt/examples/draw_speed.rs` takes. */
function job() {
  const rows = Array.from({ length: 18 }, (_, row) =>
    `Flat white no ${row}`.padEnd(38).concat("3.80".padStart(10), "\n"),
  );
  const text =
    "\x1b@\x1ba\x01\x1d!\x11Harbour Coffee\n\x1d!\x00\x1ba\x00" +
    rows.join("") +
    `\x1bE\x01${"TOTAL".padEnd(43)}68.40\n\x1bE\x00\x1dVA\x03`;
  return new TextEncoder().encode(text);
}

function encode() {
  return receipts
    .builder()
    .align("center")
    .text("Harbour Coffee", { width: 2, height: 2 })
    .align("left")
    .table(columns, items)
    .rule()
    .row(columns, [{ text: "TOTAL", style: { bold: true } }, "68.40"])
    .cut()
    .bytes();
}

function preview(source, form) {
  const drawn = receipts.preview(source);
  form(drawn);
  drawn.free();
}

const receipt = job();
const photograph = {
  width: 576,
  height: 2000,
  data: Uint8ClampedArray.from({ length: 576 * 2000 * 4 }, (_, place) =>
    place % 4 === 3 ? 255 : (place * 7 + (place >> 11)) % 256,
  ),
};

const METHODS = ["threshold", "bayer4", "bayer8", "floyd-steinberg", "atkinson", "stucki"];
const more = ["burkes", "sierra", "sierra-two-row", "sierra-lite"];
const measured = {
  parse: median(200, () => receipts.parse(receipt)),
  "build and encode": median(200, encode),
  render: median(200, () => preview(receipt, (drawn) => drawn.bits())),
  "render and PNG": median(100, () => preview(receipt, (drawn) => drawn.png())),
  ...Object.fromEntries(
    [...METHODS, ...more].map((method) => [
      `dither ${method}`,
      median(15, () => receipts.dither(photograph, { method })),
    ]),
  ),
};

if (process.argv.includes("--json")) {
  console.log(JSON.stringify(measured));
} else {
  console.log(`load ${Math.round(loaded * 1000)}`);
  for (const [name, micros] of Object.entries(measured)) console.log(`${name} ${micros}`);
}

/** Microseconds, the median of so many runs after some to get warm. */
function median(runs, act) {
  for (let run = 0; run < runs / 5; run += 1) act();
  const times = Array.from({ length: runs }, () => {
    const start = performance.now();
    act();
    return performance.now() - start;
  });
  return Math.round(times.sort((a, b) => a - b)[Math.floor(runs / 2)] * 1000);
}
