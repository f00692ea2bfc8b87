// How the machine's owner comes to allow a site whose pages were written for QZ Tray.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";

import { check, differs, works } from "./support/check.mjs";
import { Site } from "./support/site.mjs";

const WHO = "security: who may connect";
const NO_DIALOG = "no dialog: the grants of the machine decide";

check(
  "a_site_that_was_refused_is_listed_and_allowed_with_one_command",
  [differs(WHO, NO_DIALOG)],
  async ({ open }) => {
    const shop = await open();
    const { bridge, foreignOrigin } = shop;
    const site = await Site.new(shop.scene, "newcomer");
    const as = { site, origin: foreignOrigin };
    assert.deepEqual(await bridge.verb("trust", "pending"), []);
    for (let times = 0; times < 2; times++) {
      await assert.rejects(shop.connect(as), /Connection blocked by client/);
    }
    const [waiting, ...more] = await bridge.verb("trust", "pending");
    assert.deepEqual(more, []);
    assert.equal(waiting.origin, foreignOrigin);
    assert.equal(waiting.times, 2);
    assert.equal(waiting.certificate.subject, "CN=newcomer");
    const grant = await bridge.verb("trust", "allow", String(waiting.id), "--name", "Newcomer");
    assert.deepEqual(await bridge.verb("trust", "pending"), []);
    const qz = await shop.connect(as);
    assert.deepEqual(await qz.printers.find(), ["Kitchen"]);
    // And taken back again.
    await bridge.verb("trust", "remove", String(grant.id));
    await assert.rejects(shop.connect(as), /Connection blocked by client/);
    assert.equal((await bridge.verb("trust", "pending")).length, 1);
  },
);

check(
  "a_page_without_a_certificate_is_listed_and_cannot_be_allowed",
  [differs(WHO, NO_DIALOG)],
  async ({ open }) => {
    const shop = await open();
    await assert.rejects(shop.connect({ site: { pem: null } }), /Connection blocked by client/);
    const [{ id, certificate }] = await shop.bridge.verb("trust", "pending");
    assert.equal(certificate, undefined);
    await assert.rejects(
      shop.bridge.verb("trust", "allow", String(id)),
      /showed no certificate.*setCertificatePromise/,
    );
  },
);

check(
  "a_message_made_readable_after_it_was_signed_verifies_and_counts_once",
  [works("security.setSignaturePromise")],
  async ({ open }) => {
    const shop = await open();
    const { site, sink } = shop;
    const params = { printer: { name: "Kitchen" }, data: ["readable\n"] };
    const signed = { call: "print", params, timestamp: Date.now() };
    const digest = createHash("sha256").update(JSON.stringify(signed)).digest("hex");
    const signature = site.sign(digest, "SHA512");
    const message = { ...signed, uid: "1", signature, signAlgorithm: "SHA512" };
    const certificate = { certificate: site.pem, timestamp: Date.now(), uid: "0" };
    const frames = [certificate, message, { ...message, uid: "2" }];
    const texts = [
      JSON.stringify(frames[0]),
      JSON.stringify(frames[1], undefined, 2),
      JSON.stringify(frames[2]).replaceAll('":', '" :\t'),
    ];
    const answers = await shop.talk([...texts.slice(0, 2)]);
    assert.deepEqual(answers, [{ uid: "0" }, { uid: "1" }]);
    await sink.received(1);
    const again = await shop.talk([texts[0], texts[2]]);
    assert.equal(again[1].error, "Request blocked");
    assert.equal(sink.jobs.length, 1);
  },
  { clients: ["node"] },
);
