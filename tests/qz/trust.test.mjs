// How the machine's owner comes to allow a site whose pages were written for QZ Tray.
import assert from "node:assert/strict";
import { createHash, X509Certificate } from "node:crypto";
import { writeFile } from "node:fs/promises";

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
  "what_qz_tray_had_allowed_and_blocked_is_taken_over",
  [differs(WHO, NO_DIALOG)],
  async ({ open }) => {
    const shop = await open();
    const { bridge, foreignOrigin } = shop;
    const [liked, disliked] = [
      await Site.new(shop.scene, "liked"),
      await Site.new(shop.scene, "disliked"),
    ];
    const as = (site) => ({ site, origin: foreignOrigin });
    const verb = async (file, ...options) =>
      bridge.verb("trust", "import", shop.scene.path(file), "--origin", foreignOrigin, ...options);
    await writeFile(shop.scene.path("allowed.dat"), line(liked) + line(disliked));
    await writeFile(shop.scene.path("blocked.dat"), line(disliked));
    await assert.rejects(shop.connect(as(liked)), /Connection blocked by client/);
    const [grant] = await verb("allowed.dat");
    assert.equal(grant.fingerprint, `sha1:${thumbprint(liked)}`);
    for (const site of [liked, disliked]) {
      assert.deepEqual(await (await shop.connect(as(site))).printers.find(), ["Kitchen"]);
    }
    const forger = { pem: liked.pem, sign: (text) => disliked.sign(text) };
    const forged = await shop.connect(as(forger));
    await assert.rejects(forged.printers.find(), /Request blocked/);
    const block = await verb("blocked.dat", "--blocked");
    assert.deepEqual(block.capabilities, []);
    await assert.rejects(shop.connect(as(disliked)), /Connection blocked by client/);
    await shop.connect(as(liked));
    await bridge.verb("trust", "remove", String(grant.id));
    await assert.rejects(shop.connect(as(liked)), /Connection blocked by client/);
  },
);

check(
  "each_root_of_a_file_is_trusted_and_an_intermediate_after_a_leaf_does_no_harm",
  [works("security.setCertificatePromise intermediate")],
  async ({ open }) => {
    const shop = await open();
    const { bridge, scene } = shop;
    const roots = [await Site.new(scene, "one"), await Site.new(scene, "two")];
    const file = scene.path("override.crt");
    const line = "--START INTERMEDIATE CERT--\n";
    await writeFile(file, roots.map(({ pem }) => pem).join(line));
    const grants = await bridge.verb("trust", "add", file, "--qz", "--origin", shop.foreignOrigin);
    assert.deepEqual(
      grants.map(({ name }) => name),
      ["CN=one", "CN=two"],
    );
    for (const site of roots) await shop.connect({ site, origin: shop.foreignOrigin });
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

/** The SHA-1 of a site's certificate, as QZ Tray's lists have it. */
function thumbprint(site) {
  return new X509Certificate(site.pem).fingerprint.replaceAll(":", "").toLowerCase();
}

/** A line of QZ Tray's lists. */
function line(site) {
  const { validFrom, validTo } = new X509Certificate(site.pem);
  const time = (text) => new Date(text).toISOString().replace("T", " ").slice(0, 19);
  return `${thumbprint(site)}\tShop\tShop Ltd\t${time(validFrom)}\t${time(validTo)}\ttrue\n`;
}
