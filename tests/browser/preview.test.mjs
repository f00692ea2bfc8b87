// The receipt that the page shows, and the paper that comes out: the same dots.
import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { test } from "node:test";

import { Bridge } from "./support/bridge.mjs";
import { openPage, seen, startBrowser } from "./support/browser.mjs";
import { Scene } from "./support/scene.mjs";
import { Till } from "./support/till.mjs";

/** A till before an agent with the built-in printer, and what that has printed as PNG files. */
async function openTill(t) {
  const scene = await Scene.open(t);
  const bridge = await Bridge.start(scene);
  const { wss, ws } = bridge.ports;
  const site = await Till.start(scene, { ports: `wss:${wss},ws:${ws}` });
  await site.trustedBy(bridge);
  const page = await openPage(await startBrowser(scene));
  const complaints = [];
  page.on("console", (message) => {
    if (message.type() === "error") complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(error.message));
  await page.goto(site.origin);
  await shown(page);
  const folder = scene.path("state", "printed");
  const printed = async () => {
    const names = (await readdir(folder)).filter((name) => name.endsWith(".png")).sort();
    return Promise.all(names.map(async (name) => readFile(`${folder}/${name}`)));
  };
  return { page, printed, complaints };
}

/** Resolves when the page shows its receipt. */
async function shown(page) {
  await page.waitForFunction(async () => {
    const element = document.querySelector("platen-receipt");
    await element.shown;
    return element.preview !== undefined;
  });
}

/** The canvas's own pixels, one character a dot; any color but black and white is an error. */
async function dotsOnScreen(page) {
  return page.evaluate(() => {
    const canvas = document.querySelector("platen-receipt").shadowRoot.querySelector("canvas");
    const { width, height } = canvas;
    const { data } = canvas.getContext("2d").getImageData(0, 0, width, height);
    return globalThis.asDots(data, width, height);
  });
}

/** The dots of a PNG file, read by the browser. */
async function dotsOfPng(page, png) {
  return page.evaluate(
    async (octets) => {
      const blob = new Blob([Uint8Array.from(octets)], { type: "image/png" });
      const picture = await createImageBitmap(blob);
      const { width, height } = picture;
      const context = new OffscreenCanvas(width, height).getContext("2d");
      context.drawImage(picture, 0, 0);
      return globalThis.asDots(context.getImageData(0, 0, width, height).data, width, height);
    },
    [...png],
  );
}

function asDots(data, width, height) {
  const rows = [];
  for (let y = 0; y < height; y++) {
    let row = "";
    for (let x = 0; x < width; x++) {
      const [red, green, blue] = data.subarray((y * width + x) * 4, (y * width + x) * 4 + 3);
      row += red === 0 && green === 0 && blue === 0 ? "#" : red + green + blue === 765 ? "." : "?";
    }
    rows.push(row);
  }
  return rows.join("\n");
}

/** Tells the first row that differs: all of them fill no screen, but a log. */
function assertSameDots(printed, shown) {
  const [paper, screen] = [printed.split("\n"), shown.split("\n")];
  const row = paper.findIndex((dots, y) => dots !== screen[y]);
  assert.equal(row, -1, `row ${row} of the paper is another on the screen`);
  assert.equal(paper.length, screen.length, "both are as long");
}

test("the_dots_on_the_page_are_the_dots_on_paper", async (t) => {
  const { page, printed, complaints } = await openTill(t);
  await page.evaluate(`globalThis.asDots = ${asDots}`);
  const till = seen(page);
  await page.getByTestId("product-creme-brulee").click();
  await page.getByTestId("product-espresso").click();
  await shown(page);
  const dots = await dotsOnScreen(page);
  assert.match(dots, /#/);
  assert.doesNotMatch(dots, /\?/);
  if (process.env.PLATEN_SCREENSHOTS !== undefined) {
    await page.screenshot({ path: `${process.env.PLATEN_SCREENSHOTS}/till-preview.png` });
  }
  await till.print.click();
  await till.job("completed");
  const [paper, ...more] = await printed();
  assert.equal(more.length, 0);
  assertSameDots(await dotsOfPng(page, paper), dots);
  assert.deepEqual(complaints, [], "nothing the page's policy forbids was tried");
});

test("the_preview_follows_the_sale_and_says_in_words_what_it_shows", async (t) => {
  const { page } = await openTill(t);
  const paper = page.getByRole("figure", { name: "The receipt as it will print" });
  await paper.getByText("TOTAL").waitFor({ state: "attached" });
  assert.match(await paper.innerText(), /2 *x *Cappuccino/);
  await page.getByTestId("product-cake").click();
  await shown(page);
  assert.match(await paper.innerText(), /1 *x *Rhubarb cake/);
});

test("what_a_receipt_says_is_text_and_nothing_else", async (t) => {
  const { page, complaints } = await openTill(t);
  const markup = "<receipt><text>{name}</text></receipt>";
  const name = "<script>globalThis.hurt = 1</script><img src=x onerror='globalThis.hurt = 2'>";
  const told = await page.evaluate(
    async (source) => {
      const element = document.createElement("platen-receipt");
      element.setAttribute("label", source.data.name);
      element.source = source;
      document.body.append(element);
      await element.shown;
      const { shadowRoot } = element;
      element.setAttribute("title", "x");
      const first = shadowRoot.querySelector("[part=text]").textContent;
      // The same by a job's bytes, and by a template that is none.
      element.source = new TextEncoder().encode(`${source.data.name}\n`);
      await element.shown;
      const second = shadowRoot.querySelector("[part=text]").textContent;
      element.source = { markup: source.data.name };
      await element.shown;
      const third = shadowRoot.querySelector("[part=error]").textContent;
      const elements = [...shadowRoot.querySelectorAll("script, img, svg")].length;
      return { first, second, third, elements, hurt: globalThis.hurt };
    },
    { markup, data: { name } },
  );
  assert.match(told.first, /<script>globalThis.hurt/);
  assert.match(told.second, /<img src=x/);
  assert.match(told.third, /line 1, column \d+: /);
  assert.deepEqual([told.elements, told.hurt], [0, undefined]);
  assert.deepEqual(complaints, []);
});

test("attributes_say_what_is_shown_and_mistakes_are_told_beside_it", async (t) => {
  const { page } = await openTill(t);
  const told = await page.evaluate(async () => {
    const element = document.createElement("platen-receipt");
    element.setAttribute("job", btoa("\x1b@Tea\n\x1dV\x00"));
    element.setAttribute("profile", "POS-5890");
    document.body.append(element);
    const { shadowRoot } = element;
    const part = (name) => shadowRoot.querySelector(`[part=${name}]`);
    const seen = async () => {
      await element.shown;
      const { width } = shadowRoot.querySelector("canvas");
      const error = part("error").hidden ? undefined : part("error").textContent;
      return { width, error, text: part("text").textContent, isThere: !part("paper").hidden };
    };
    const steps = [await seen()];
    const change = async (name, value) => {
      if (value === null) element.removeAttribute(name);
      else element.setAttribute(name, value);
      steps.push(await seen());
    };
    await change("columns", "many");
    await change("columns", null);
    await change("job", "***");
    await change("profile", "no such printer");
    await change("profile", null);
    await change("job", btoa("\x1dv0\x00\xff\xff\xff\xffcut off"));
    steps.push({ findings: part("findings").textContent });
    await change("job", null);
    return steps;
  });
  const [narrow, columns, mended, , , none, , { findings }, empty] = told;
  assert.deepEqual([narrow.width, narrow.text, narrow.error], [384, "Tea[cut]", undefined]);
  assert.match(columns.error, /"columns" is no whole number/);
  assert.equal(mended.error, undefined);
  assert.match(none.error, /no base64/);
  assert.equal(none.isThere, true, "the last good one stays");
  assert.match(findings, /At byte 0: /);
  assert.equal(empty.isThere, false);
});

test("a_dot_is_a_whole_number_of_the_screens_pixels_where_there_is_room", async (t) => {
  const { page } = await openTill(t);
  const sizes = await page.evaluate(async () => {
    const element = document.createElement("platen-receipt");
    element.setAttribute("job", btoa("Tea\n"));
    document.body.append(element);
    await element.shown;
    const canvas = element.shadowRoot.querySelector("canvas");
    const widths = [];
    for (const room of [2000, 1300, 700, 300]) {
      element.style.maxInlineSize = "none";
      element.style.setProperty("--platen-receipt-width", `${room}px`);
      // The observer of sizes has its turn before the next frame is painted.
      await new Promise((resolve) => {
        requestAnimationFrame(() => requestAnimationFrame(resolve));
      });
      const { width } = canvas.parentElement.getBoundingClientRect();
      widths.push([width / canvas.width, !canvas.hidden]);
    }
    return widths;
  });
  assert.deepEqual(sizes.slice(0, 3), [
    [2, true],
    [2, true],
    [1, true],
  ]);
  const [scale, crisp] = sizes[3];
  assert.ok(scale < 1 && scale > 0.3 && !crisp, `${scale}`);
});
