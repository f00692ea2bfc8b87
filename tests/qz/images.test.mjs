// Images for raw printers: a picture file of the page comes out as the commands of its language.
import assert from "node:assert/strict";

import { check, differs, later, works } from "./support/check.mjs";
import { black, png, white } from "./support/png.mjs";

/** 11 by 26: a diagonal, and its last row black. */
const ROWS = Array.from({ length: 26 }, (_, y) =>
  Array.from({ length: 11 }, (__, x) => (y === 25 || x === y % 11 ? black : white)),
);
const PICTURE = png(ROWS);
const BASE64 = PICTURE.toString("base64");
/** The same as dots, two octets a row. */
const DOTS = ROWS.map((row) => {
  const octets = [0, 0];
  row.forEach((pixel, x) => {
    if (pixel === black) octets[x >> 3] |= 0x80 >> (x % 8);
  });
  return octets;
});
const DIGITS = Buffer.from(DOTS.flat()).toString("hex").toUpperCase();
const INVERTED = Buffer.from(DOTS.flat().map((octet) => octet ^ 0xff)).toString("latin1");

/** The band of 24 rows that begins here. */
const band = (first) => Buffer.from(DOTS.slice(first, first + 24).flat()).toString("latin1");

/** The same as 16 columns of 24 dots, the uppermost in the highest bit. */
function columns(first) {
  const out = Buffer.alloc(16 * 3);
  DOTS.slice(first, first + 24).forEach((row, y) => {
    for (let x = 0; x < 16; x += 1) {
      if (row[x >> 3] & (0x80 >> (x % 8))) out[x * 3 + (y >> 3)] |= 0x80 >> (y % 8);
    }
  });
  return out.toString("latin1");
}

/** An item of a raw image. */
const image = (options, { flavor = "base64", data = BASE64 } = {}) => ({
  type: "raw",
  format: "image",
  flavor,
  data,
  options,
});

check(
  "an_image_comes_out_as_the_commands_of_its_language",
  [
    works("raw image base64"),
    works("raw image hex"),
    works("raw image data URL"),
    works("options.language ESCPOS", "`ESC/POS`, and the older names `ESCP`, `EPSON`"),
    works("options.language ZPL"),
    works("options.language EPL"),
    works("options.language CPCL"),
    differs("options.language SBPL", "rows that fill no block of eight are filled with white"),
    works("options.language PGL"),
    works("options.imageEncoding"),
    works("options.x, y"),
    works("options.logoId, igpDots"),
  ],
  async ({ open }) => {
    const stored = (rows, octets) => `\x1d(L${octets}\0\x30\x70\x30\x01\x01\x31\x10\0${rows}\0`;
    await prints(open, [
      [
        image({ language: "ESCPOS", dotDensity: "double" }),
        `\x1b*\x21\x10\0${columns(0)}\x1bJ\x18\x1b*\x21\x10\0${columns(24)}\x1bJ\x18`,
      ],
      [
        image(
          { language: "esc/pos", imageEncoding: "gs_v_0" },
          { flavor: "hex", data: PICTURE.toString("hex") },
        ),
        `\x1dv0\0\x02\0\x18\0${band(0)}\x1dv0\0\x02\0\x02\0${band(24)}`,
      ],
      [
        image({ language: "ESCPOS", imageEncoding: "gs_l" }),
        `${stored("\x18", "\x3a")}${band(0)}\x1d(L\x02\x0002${stored("\x02", "\x0e")}${band(24)}\x1d(L\x02\x0002`,
      ],
      [image({ language: "ZPL" }), `^GFA,52,52,2,${DIGITS}`],
      [
        image(
          { language: "EPL", x: 10, y: 20 },
          { flavor: "file", data: `data:image/png;base64,${BASE64}` },
        ),
        `GW10,20,2,26,${INVERTED}\n`,
      ],
      [image({ language: "COMTEC", x: 1, y: 2 }), `EG 2 26 1 2 ${DIGITS}\r\n`],
      [image({ language: "SBPL" }), `\x1bGH002004${DIGITS.padEnd(2 * 2 * 32, "0")}`],
      [
        image(
          { language: "PGL", logoId: "Shop" },
          { data: png([[black, black, white, black]]).toString("base64") },
        ),
        "~LOGO;Shop;1;4;DOT\n1;1-2;4\nEND\n",
      ],
      [
        image(
          { language: "PGL", logoId: "Shop", igpDots: true },
          { data: png([[black]]).toString("base64") },
        ),
        "~LOGO;Shop;1;1\n1;1\nEND\n",
      ],
    ]);
  },
);

check(
  "a_card_is_printed_panel_by_panel",
  [
    differs("options.language EVOLIS", "what is transparent stays white"),
    differs("options.precision, overlay", "an overlay is a picture in base64, not its URL"),
  ],
  async ({ open }) => {
    const row = [black, [255, 0, 0, 255], white, white, white, white, white, white];
    const options = { language: "EVOLIS", precision: 2, overlay: [[1, 1, 2, 1]] };
    const panels = ["y;2;\x40", "m;2;\x40", "c;2;\0", "k;2;\x80", "o;2;\xc0"];
    const data = png([row]).toString("base64");
    const expected = panels.map((panel) => `\x1bDb;${panel}\r`).join("");
    await prints(open, [[image(options, { data }), expected]]);
  },
);

check(
  "the_density_of_columns_is_a_name_or_a_number",
  [works("options.dotDensity")],
  async ({ open }) => {
    const dot = { data: png([[black], [black], [white], [black]]).toString("base64") };
    const escpos = (dotDensity) => image({ language: "ESCPOS", dotDensity }, dot);
    const rest = "\0".repeat(23);
    await prints(open, [
      [escpos("single"), `\x1b*\x20\x08\0\xd0${rest}\x1bJ\x18`],
      [escpos("triple"), `\x1b*\x27\x08\0\xd0${rest}\x1bJ\x18`],
      [escpos(33), `\x1b*\x21\x08\0\xd0${rest}\x1bJ\x18`],
      [escpos("double-legacy"), `\x1b3\x18\x1b*\x21\x08\0\xd0${rest}\n\x1b3\x1e`],
      // Even rows, then odd ones, half a dot below.
      [
        escpos(1),
        `\x1b*\x01\x08\0\x80${"\0".repeat(7)}\x1bJ\x01\x1b*\x01\x08\0\xc0${"\0".repeat(7)}\x1bJ\x07`,
      ],
    ]);
  },
);

check(
  "which_pixels_are_black_is_the_pages_choice",
  [
    differs("options.quantization", "`luma` where it says nothing; `dither` works"),
    works("options.threshold"),
    works("configs.rotation", "raw images by quarter turns"),
    works("configs.orientation"),
  ],
  async ({ open }) => {
    const gray = [191, 191, 191, 255];
    const faint = [0, 0, 0, 64];
    const small = { data: png([[black, gray, faint]]).toString("base64") };
    const zpl = (options) => image({ language: "ZPL", ...options }, small);
    await prints(open, [
      [zpl({}), "^GFA,1,1,1,80"],
      [zpl({ quantization: "black" }), "^GFA,1,1,1,80"],
      [zpl({ quantization: "luma", threshold: 192 }), "^GFA,1,1,1,C0"],
      [zpl({ quantization: "alpha" }), "^GFA,1,1,1,C0"],
      [zpl({ quantization: "alpha", threshold: 10 }), "^GFA,1,1,1,E0"],
      [zpl({ quantization: "dither" }), "^GFA,1,1,1,80"],
      [zpl({}), "^GFA,3,3,1,800000", { rotation: 90 }],
      [zpl({}), "^GFA,1,1,1,20", { rotation: 180 }],
      [zpl({}), "^GFA,3,3,1,000080", { orientation: "landscape" }],
    ]);
  },
);

check(
  "an_image_that_cannot_be_printed_is_refused_without_a_word_of_it",
  [later("raw pdf"), later("raw html")],
  async ({ open }) => {
    const shop = await open();
    const qz = await shop.connect();
    const config = qz.configs.create("Kitchen");
    const secret = Buffer.from("SECRET").toString("base64");
    const of = (data, options) => image(options, { data });
    for (const [item, expected] of [
      [of(secret, { language: "ZPL" }), /\(BASE64\) data into a raw IMAGE command: the picture/],
      [of(secret, { language: "CPL" }), /^CPL image conversion is not yet supported/],
      [of("§", { language: "ZPL" }), /into a raw IMAGE command: it is not base64$/],
      [of(BASE64, { language: "PGL" }), /Printronix graphics require a logoId/],
      [{ ...of(secret, {}), format: "pdf" }, /is not available in this version of Platen/],
      [{ ...of("SECRET", {}), format: "html" }, /is not available in this version of Platen/],
    ]) {
      await assert.rejects(qz.print(config, [item]), (error) => {
        assert.match(error.message, expected);
        assert.ok(!error.message.includes("SECRET") && !error.message.includes(secret));
        return true;
      });
    }
    assert.equal(shop.sink.jobs.length, 0);
  },
);

/** Prints each item between two marks, with its options, and compares what came out. */
async function prints(open, cases) {
  const shop = await open();
  const qz = await shop.connect();
  for (const [item, expected, options] of cases) {
    const count = shop.sink.jobs.length;
    await qz.print(qz.configs.create("Kitchen", options), ["<", item, ">"]);
    await shop.sink.received(count + 1);
    const printed = shop.sink.jobs.at(-1).toString("latin1");
    assert.equal(printed, `<${expected}>`, JSON.stringify(item.options));
  }
}
