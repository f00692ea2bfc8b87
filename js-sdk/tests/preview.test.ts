import assert from "node:assert/strict";
import { test } from "node:test";

import { BridgeError } from "../src/errors.js";
import { preview } from "../src/preview.js";
import { Page } from "./fake.js";

test("a_preview_sends_what_a_print_would_and_needs_no_signature", async () => {
  const page = await Page.make();
  await using client = await page.connect();
  const data = Uint8Array.from({ length: 3000 }, (_, index) => index & 0xff);
  const shown = await preview(client, { document: data, form: "png", profile: "TM-T88V" });
  assert.deepEqual(shown.content, Uint8Array.of(0x89, 0x50, 0x4e));
  assert.deepEqual([shown.widthDots, shown.heightDots, shown.cutsDots], [512, 30, [30]]);
  assert.deepEqual([shown.lines, shown.cutShort], [["Tea"], false]);
  assert.deepEqual(shown.findings, [{ offset: 3, finding: "cut off" }]);
  const [asked] = page.agent.calls("jobs.preview");
  assert.equal(asked?.signed, undefined);
  const frames = asked?.link.frames.map((frame) => frame.subarray(8)) ?? [];
  assert.deepEqual(Buffer.concat(frames), Buffer.from(data));
});

test("a_preview_of_text_keeps_the_agents_words", async () => {
  const page = await Page.make();
  await using client = await page.connect();
  page.agent.onCall = ({ method, link, id }) => {
    if (method !== "jobs.preview") return false;
    link.refuse(id, "raw-command-refused", "after-fix");
    return true;
  };
  await assert.rejects(
    preview(client, { document: "Tea", form: "text" }),
    (error) => error instanceof BridgeError && error.code === "raw-command-refused",
  );
});
