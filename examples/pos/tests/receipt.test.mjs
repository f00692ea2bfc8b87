import assert from "node:assert/strict";
import { test } from "node:test";

import { loadReceipt } from "platen/receipt";

import { receiptOf } from "../public/receipt.mjs";
import { money, Sale } from "../public/shop.mjs";

const receipts = await loadReceipt();

function sampleSale() {
  const sale = new Sale(1001);
  sale.startedAt = new Date(2026, 2, 7, 15, 4);
  sale.add("espresso");
  sale.add("creme-brulee", 2);
  return sale;
}

test("prices_are_whole_cents", () => {
  assert.equal(sampleSale().cents, 1260);
  assert.equal(money(1260), "€12.60");
});

test("the_receipt_says_what_was_sold_and_fits_its_paper", () => {
  for (const profile of ["default", "POS-5890"]) {
    const preview = receipts.preview(receiptOf(sampleSale()), { profile });
    const { lines, codes2d, images, cuts, findings } = preview.facts();
    const said = lines.map((line) => line.replaceAll(/ +/g, " "));
    assert.ok(said.includes("2 x Crème brûlée €10.40"), said.join("\n"));
    assert.ok(said.includes("TOTAL €12.60"), said.join("\n"));
    assert.ok(said.includes("includes 10 % VAT €1.15"), said.join("\n"));
    // The small printer knows no QR code and has no knife: its code is a picture, and it is fed.
    const isAble = profile === "default";
    const code = { symbology: "QR", data: "receipt:1001:1260" };
    assert.deepEqual([codes2d, images.length], isAble ? [[code], 0] : [[], 1]);
    assert.equal(cuts.length, isAble ? 1 : 0);
    assert.deepEqual(findings, []);
    assert.equal(preview.missing, "");
  }
});

test("a_products_name_is_never_a_command_and_prints_in_any_script", () => {
  const receipt = receiptOf(sampleSale());
  receipt.data.items[0].name = "a\x1bp\x00<cut/>b ☕ Καφές";
  const preview = receipts.preview(receipt);
  const { lines, drawer, cuts } = preview.facts();
  assert.deepEqual([drawer, cuts.length], [[], 1]);
  assert.ok(
    lines.some((line) => line.includes("<cut/>b")),
    lines.join("\n"),
  );
});

test("another_content_is_another_receipt_to_the_printer", () => {
  const sale = sampleSale();
  const before = sale.id;
  sale.add("tea");
  assert.notEqual(sale.id, before);
});
