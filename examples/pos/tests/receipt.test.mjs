import assert from "node:assert/strict";
import { test } from "node:test";

import { COLUMNS, encodeReceipt, encodeText, pair, receiptRows } from "../public/receipt.mjs";
import { money, Sale } from "../public/shop.mjs";

function sampleSale() {
  const sale = new Sale(1001);
  sale.add("espresso");
  sale.add("creme-brulee", 2);
  return sale;
}

test("prices_are_whole_cents_and_names_give_way_to_them", () => {
  assert.equal(sampleSale().cents, 1260);
  assert.equal(money(1260), "€12.60");
  assert.equal(pair("a", "b", 5), "a   b");
  assert.equal(pair("a name that is too long", "€1.00", 12), "a name €1.00");
});

test("no_row_is_wider_than_the_paper", () => {
  for (const { text = "", big } of receiptRows(sampleSale())) {
    assert.ok(text.length <= (big ? COLUMNS / 2 : COLUMNS), text);
  }
});

test("the_bytes_begin_with_a_reset_and_end_with_a_cut", () => {
  const bytes = encodeReceipt(receiptRows(sampleSale()));
  assert.deepEqual([...bytes.subarray(0, 5)], [0x1b, 0x40, 0x1b, 0x74, 19]);
  assert.deepEqual([...bytes.subarray(-4)], [0x1d, 0x56, 66, 0]);
  const text = Buffer.from(bytes).toString("latin1");
  assert.ok(text.includes("Cr\x8ame br\x96l\x82e"));
  assert.ok(text.includes(`TOTAL${" ".repeat(37)}\xd512.60\n`), "the euro sign of PC858");
});

test("a_products_name_is_never_a_command", () => {
  assert.deepEqual(encodeText("a\x1bp\x00\x7fb"), [0x61, 0x70, 0x62]);
  assert.deepEqual(encodeText("é€ü"), [0x82, 0xd5, 0x81]);
  assert.deepEqual(encodeText("e\u0301"), [0x82], "composed first");
  assert.deepEqual(encodeText("語"), [0x3f]);
});

test("another_content_is_another_receipt_to_the_printer", () => {
  const sale = sampleSale();
  const before = sale.id;
  sale.add("tea");
  assert.notEqual(sale.id, before);
});
