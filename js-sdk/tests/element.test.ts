import assert from "node:assert/strict";
import { test } from "node:test";

import { PlatenReceiptElement } from "../src/element/index.js";
import { fit } from "../src/element/scale.js";
import { AttributeError, printerOf, sourceOf } from "../src/element/source.js";

function attributes(named: Readonly<Record<string, string>>): (name: string) => string | null {
  return (name) => named[name] ?? null;
}

test("a_dot_is_as_many_whole_pixels_as_fit_and_smaller_only_where_none_does", () => {
  const dots = { width: 576, height: 100 };
  const shown = (room: number, ratio: number): [number, boolean] => {
    const { width, height, isCrisp } = fit(dots, room, ratio, 2);
    assert.ok(Math.abs(height * 576 - width * 100) < 1e-6, "the form is kept");
    return [width, isCrisp];
  };
  assert.deepEqual(shown(600, 1), [576, true]);
  assert.deepEqual(shown(2000, 1), [1152, true], "no larger than it is to be");
  assert.deepEqual(shown(300, 2), [288, true], "one pixel of a fine screen");
  assert.deepEqual(shown(500, 3), [384, true], "two of a finer one");
  assert.deepEqual(shown(300, 1), [300, false]);
  assert.deepEqual(shown(-5, 1), [0, false]);
});

test("attributes_name_a_receipt_and_its_printer", () => {
  assert.equal(sourceOf(attributes({ data: "{}" })), undefined);
  const job = new TextEncoder().encode("\x1b@Tea\n");
  assert.deepEqual(sourceOf(attributes({ job: "G0BUZWEK" })), job);
  assert.deepEqual(sourceOf(attributes({ markup: "<receipt/>", data: '{"a":1}', locale: "de" })), {
    ...{ markup: "<receipt/>", data: { a: 1 }, locale: "de", currency: undefined },
  });
  const { profile, columns, dialect } = printerOf(
    attributes({ profile: "TM-T88V", columns: "42", dialect: "star" }),
  );
  assert.deepEqual([profile, columns, dialect], ["TM-T88V", 42, "star"]);
});

test("an_attribute_that_says_nothing_is_named", () => {
  const wrong: readonly [string, () => unknown][] = [
    ["job", () => sourceOf(attributes({ job: "***" }))],
    ["data", () => sourceOf(attributes({ markup: "<receipt/>", data: "{" }))],
    ["columns", () => printerOf(attributes({ columns: "0" }))],
    ["dots", () => printerOf(attributes({ dots: "1e9" }))],
    ["multibyte", () => printerOf(attributes({ multibyte: "utf-8" }))],
  ];
  for (const [name, read] of wrong) {
    assert.throws(
      read,
      (error) => error instanceof AttributeError && error.message.includes(`"${name}"`),
    );
  }
});

test("where_there_are_no_elements_importing_it_does_nothing", () => {
  assert.equal(typeof PlatenReceiptElement, "function");
});
