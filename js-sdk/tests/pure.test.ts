import assert from "node:assert/strict";
import { test } from "node:test";

import { canonicalJson, type Json } from "../src/canonical.js";
import { chunks } from "../src/chunk.js";
import { readEvent, readPrinter, readWireError } from "../src/decode.js";
import { certificatesFromPem, fromBase64url, toBase64url, utf8 } from "../src/encoding.js";
import { BridgeError } from "../src/errors.js";
import { callDigest, LIFETIME_MS, makeStatement } from "../src/statement.js";
import { printer } from "./fake.js";

test("canonical_json_sorts_by_utf_16_and_writes_as_ecmascript_does", () => {
  const euro = { "\u20ac": 1, "\r": 2, "\ufb33": 3, "1": 4, "\u{1f600}": 5, "\u0080": 6, ö: 7 };
  assert.equal(
    canonicalJson(euro),
    '{"\\r":2,"1":4,"\u0080":6,"ö":7,"€":1,"\u{1f600}":5,"\ufb33":3}',
  );
  assert.equal(
    canonicalJson([1e30, 4.5, 0.002, -0, "\u000f\n"]),
    '[1e+30,4.5,0.002,0,"\\u000f\\n"]',
  );
  assert.equal(canonicalJson({ b: undefined, a: [null, true] }), '{"a":[null,true]}');
});

test("what_is_no_json_has_no_canonical_form", () => {
  for (const value of [NaN, Infinity, "\ud800"]) {
    assert.throws(() => canonicalJson({ value }), RangeError);
  }
});

test("base64url_reads_back_what_it_writes", () => {
  for (let length = 0; length < 70; length++) {
    const octets = Uint8Array.from({ length }, (_, index) => (index * 89 + length) & 0xff);
    const text = toBase64url(octets);
    assert.match(text, /^[A-Za-z0-9_-]*$/);
    assert.deepEqual(fromBase64url(text), octets);
  }
});

test("certificates_are_read_from_pem_in_their_order", () => {
  const pem = ["AAAA", "BBBB"]
    .map((body) => `text\n-----BEGIN CERTIFICATE-----\r\n${body}\r\n-----END CERTIFICATE-----\n`)
    .join("");
  assert.deepEqual(certificatesFromPem(pem), ["AAAA", "BBBB"]);
  assert.deepEqual(
    certificatesFromPem("-----BEGIN PRIVATE KEY-----\nAA\n-----END PRIVATE KEY-----"),
    [],
  );
});

test("no_frame_is_longer_than_the_agent_accepts_and_no_octet_is_lost", () => {
  const octets = Uint8Array.from({ length: 2500 }, (_, index) => index & 0xff);
  const frames = [...chunks(0x01020304, 0x0506, octets, 1024)];
  assert.deepEqual(
    frames.map(({ length }) => length),
    [1024, 1024, 476],
  );
  for (const frame of frames) {
    assert.deepEqual([...frame.subarray(0, 8)], [1, 2, 3, 4, 5, 6, 0, 0]);
  }
  assert.deepEqual(Buffer.concat(frames.map((frame) => frame.subarray(8))), Buffer.from(octets));
});

test("a_statement_is_canonical_and_lives_no_longer_than_it_may", async () => {
  const digest = await callDigest(crypto.subtle, "jobs.get", '{"job_id":"abc"}');
  const whole = await crypto.subtle.digest(
    "SHA-256",
    utf8('{"method":"jobs.get","params":{"job_id":"abc"}}'),
  );
  assert.equal(digest, toBase64url(new Uint8Array(whole)));
  const { statement, text } = makeStatement(
    { purpose: "jobs.get", origin: "https://a", agent: "x", challenge: "y", sequence: 0, digest },
    1000,
  );
  assert.equal(text, canonicalJson(JSON.parse(text) as Json));
  assert.equal(statement.expires_at, 1000 + LIFETIME_MS);
  assert.ok(statement.expires_at - statement.issued_at <= 300_000);
});

test("an_event_or_a_word_we_do_not_know_is_unknown_and_not_an_error", () => {
  for (const event of [
    { type: "printer-caught-fire", printer: "p1" },
    {
      type: "job-state-changed",
      job_id: "j",
      printer: "p",
      state: "frozen",
      reasons: [],
      attempt: 1,
    },
    { type: "job-progress", job_id: "j" },
  ]) {
    const read = readEvent(event, "c1");
    assert.deepEqual(read, { type: "unknown", name: event.type, members: event, cursor: "c1" });
  }
});

test("a_printer_says_who_told_its_reasons_and_since_when", () => {
  const status = [{ reason: "media-empty", source: "esc-pos", since: 5, seen_at: 9 }];
  const wire = { ...printer("p1"), state: "stopped", reasons: ["media-empty"], status };
  const [detail] = readPrinter(wire).details;
  assert.deepEqual(detail, {
    reason: "media-empty",
    source: "esc-pos",
    since: new Date(5),
    seenAt: new Date(9),
  });
  assert.deepEqual(readPrinter(printer("p1")).details, [], "an older agent does not say");
});

test("an_error_keeps_code_message_and_next_step", () => {
  const data = { code: "queue-full", next: "wait", retry: "later" };
  const error = readWireError({ code: -32040, message: "full", data });
  assert.deepEqual(
    [error.code, error.message, error.next, error.retry],
    ["queue-full", "full", "wait", "later"],
  );
  const newer = readWireError({ code: 1, message: "odd", data: { ...data, code: "moon-phase" } });
  assert.deepEqual([newer.code, newer.message], ["moon-phase", "odd"]);
  assert.equal(readWireError("nonsense").code, "invalid-answer");
  assert.ok(error instanceof BridgeError && error instanceof Error);
});
