// Pixel images: pages for a printer with a driver, receipts for one without.
import assert from "node:assert/strict";

import { check, differs, later, works } from "./support/check.mjs";
import { black, png, white } from "./support/png.mjs";

const red = [255, 0, 0, 255];
/** 4 by 2. */
const WIDE = png([
  [black, white, white, red],
  [white, white, white, white],
]).toString("base64");

const image = (data, more = {}) => ({
  type: "pixel",
  format: "image",
  flavor: "base64",
  data,
  ...more,
});

check(
  "a_pixel_image_is_a_page_for_the_print_service",
  [
    differs("pixel image base64", "a PDF with a page for each image"),
    differs("configs.size", "without one, the print service fits the image to its media"),
    works("configs.units"),
    works("configs.margins"),
    works("configs.bounds"),
    works("configs.scaleContent"),
    works("configs.rotation", "pixel images by any angle, raw ones by quarter turns"),
    works("configs.orientation"),
    works("configs.interpolation", "`nearest-neighbor`, or what the print service does"),
    works("configs.colorType"),
  ],
  async ({ open }) => {
    const shop = await open({ service: {} });
    const qz = await shop.connect();
    const size = { width: 2, height: 2 };
    for (const [options, data, expected] of [
      [
        { units: "mm", size: { width: 100, height: 50 }, colorType: "blackwhite" },
        [image(WIDE)],
        ["/MediaBox [0 0 283.465 141.732]", "q 283.4646 ", "/DeviceGray /BitsPerComponent 1 "],
      ],
      [
        { size, margins: 0.5, interpolation: "nearest-neighbor", colorType: "grayscale" },
        [image(WIDE)],
        ["q 72.0000 0.0000 0.0000 36.0000 36.0000 72.0000 cm", "/Interpolate false", "/DeviceGray"],
      ],
      [
        { size, bounds: { x: 1, y: 0, width: 1, height: 1 }, rotation: 90 },
        [image(WIDE)],
        ["q 0.0000 -72.0000 36.0000 0.0000 72.0000 144.0000 cm"],
      ],
      [
        { size: { width: 1, height: 2 }, orientation: "landscape", scaleContent: false },
        [image(WIDE)],
        ["/MediaBox [0 0 144.000 72.000]", "q 4.0000 0.0000 0.0000 2.0000 0.0000 70.0000 cm"],
      ],
      [{}, [image(WIDE), image(`data:image/png;base64,${WIDE}`)], ["/Count 2 ", "/DeviceRGB"]],
    ]) {
      const count = shop.sink.jobs.length;
      await qz.print(qz.configs.create("Kitchen", options), data);
      await shop.sink.received(count + 1);
      const pdf = shop.sink.jobs.at(-1).toString("latin1");
      assert.ok(pdf.includes("\n%PDF-1.4\n"), pdf);
      for (const part of expected) assert.ok(pdf.includes(part), `${part}: ${pdf}`);
    }
  },
  // Geometry knows no clients, and a print service takes its time.
  { clients: ["node"] },
);

check(
  "what_only_the_printer_can_do_is_asked_of_the_print_service",
  [
    works("configs.density"),
    works("configs.duplex"),
    works("configs.printerTray", "as the driver calls it"),
    ...["fallbackDensity", "legacy", "paperThickness", "rasterize"].map((name) =>
      works(`configs.${name}`, "changes nothing"),
    ),
  ],
  async ({ open }) => {
    const shop = await open({ service: {} });
    const qz = await shop.connect();
    const config = qz.configs.create("Kitchen", {
      copies: 2,
      duplex: "long-edge",
      colorType: "grayscale",
      density: { cross: 300, feed: 600 },
      printerTray: "Tray 2",
      size: { width: 4, height: 6 },
      fallbackDensity: 600,
      legacy: true,
      paperThickness: 1,
      rasterize: true,
    });
    await qz.print(config, [image(WIDE)]);
    await shop.sink.received(1);
    const [asked] = shop.sink.jobs[0].toString("latin1").split("\n", 1);
    for (const option of [
      "sides=two-sided-long-edge",
      "print-color-mode=monochrome",
      "InputSlot=Tray\\ 2",
      "media=custom_101.6x152.4mm_101.6x152.4mm",
      "printer-resolution=300x600dpi",
      "print-scaling=none",
      "copies=2",
    ]) {
      assert.ok(asked.includes(option), `${option} in ${asked}`);
    }
  },
);

check(
  "a_raw_printer_gets_a_pixel_image_as_dots_of_its_width",
  [differs("pixel image base64", "a receipt, dithered, for a printer without a driver")],
  async ({ open }) => {
    const { sink, ...shop } = await opened(open);
    const config = shop.qz.configs.create("Kitchen", { copies: 2 });
    await shop.qz.print(config, [image(WIDE)]);
    await sink.received(1);
    const job = sink.jobs[0].toString("latin1");
    // Two pictures of 576 by 288 dots, each in two bands.
    assert.equal(job.split("\x1dv0\0\x48\0").length, 5);
  },
);

check(
  "what_is_no_image_for_a_page_is_refused_without_a_word_of_it",
  [
    "pixel pdf",
    "pixel html",
    "pixel command",
    "options.pageWidth, pageHeight",
    "options.pageRanges",
    "options.ignoreTransparency",
    "options.altFontRendering",
  ].map((name) => later(name)),
  async ({ open }) => {
    const { sink, qz } = await opened(open);
    const config = qz.configs.create("Kitchen");
    const secret = Buffer.from("SECRET").toString("base64");
    const notYet = /is not available in this version of Platen/;
    for (const [item, expected] of [
      [image(secret), /Cannot parse data as an image: the picture cannot be read/],
      [image("§"), /Cannot parse \(BASE64\) data into a pixel IMAGE command: it is not base64/],
      [image(secret, { format: "pdf" }), notYet],
      [image("SECRET", { format: "html", flavor: "plain" }), notYet],
      [image("SECRET", { format: "command", flavor: "plain" }), notYet],
    ]) {
      await assert.rejects(qz.print(config, [item]), (error) => {
        assert.match(error.message, expected);
        assert.ok(!error.message.includes("SECRET") && !error.message.includes(secret));
        return true;
      });
    }
    assert.equal(sink.jobs.length, 0);
  },
);

/** A shop, and a client connected to it. */
async function opened(open) {
  const shop = await open();
  return { sink: shop.sink, qz: await shop.connect() };
}
