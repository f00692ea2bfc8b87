// Who may connect, what is signed, what counts twice.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";

import { check, differs, works } from "./support/check.mjs";
import { Site } from "./support/site.mjs";

check(
  "a_trusted_page_connects_lists_and_prints",
  [
    works("websocket.connect"),
    works("websocket.disconnect"),
    works("websocket.isActive"),
    works("websocket.getConnectionInfo"),
    works("api.getVersion", "`2.2.6`"),
    works("api.getVersion details"),
    works("security.setCertificatePromise"),
    works("security.setSignaturePromise"),
    works("security.setSignatureAlgorithm SHA512"),
    works("printers.find"),
    works("printers.getDefault"),
    works("printer.name"),
    works("configs.jobName"),
    works("data as a string"),
    works("raw command hex"),
  ],
  async ({ open }) => {
    const shop = await open();
    const { sink, bridge } = shop;
    const qz = await shop.connect();
    assert.equal(await qz.websocket.isActive(), true);
    assert.equal((await qz.websocket.getConnectionInfo()).port, bridge.ports.ws);
    assert.equal(await qz.api.getVersion(), "2.2.6");
    const { title, version } = await qz.api.getVersion({ details: true });
    assert.deepEqual([title, version], ["Platen", "2.2.6"]);
    assert.deepEqual(await qz.printers.find(), ["Kitchen"]);
    assert.equal(await qz.printers.find("kit"), "Kitchen");
    assert.equal(await qz.printers.getDefault(), "Kitchen");
    await assert.rejects(qz.printers.find("absent"), /Specified printer could not be found\./);
    const config = qz.configs.create("Kitchen", { jobName: "Receipt" });
    await qz.print(config, ["Hello\n", { type: "raw", format: "hex", data: "1D5600" }]);
    await sink.received(1);
    assert.equal(sink.jobs[0].toString("latin1"), "Hello\n\x1dV\0");
    const [job] = await bridge.verb("jobs");
    assert.equal(job.job.name, "Receipt");
    await qz.websocket.disconnect();
    assert.equal(await qz.websocket.isActive(), false);
  },
);

check("over_tls_it_is_the_same", [works("websocket.connect usingSecure")], async ({ open }) => {
  const shop = await open();
  const qz = await shop.connect({ secure: true });
  const { socket, host, port } = await qz.websocket.getConnectionInfo();
  assert.deepEqual([socket, host, port], ["wss", "localhost", shop.bridge.ports.wss]);
  await qz.print(qz.configs.create("Kitchen"), ["over TLS\n"]);
  await shop.sink.received(1);
  assert.equal(shop.sink.jobs[0].toString(), "over TLS\n");
});

check(
  "an_agent_that_ends_is_told_to_the_page",
  [works("websocket.setClosedCallbacks"), works("websocket.setErrorCallbacks")],
  async ({ open }) => {
    const shop = await open();
    const qz = await shop.connect();
    const closed = new Promise((resolve) => {
      void qz.websocket.setClosedCallbacks(resolve);
    });
    await qz.websocket.setErrorCallbacks(() => undefined);
    await shop.bridge.stop();
    await closed;
    assert.equal(await qz.websocket.isActive(), false);
  },
);

check(
  "who_is_not_allowed_hears_only_that",
  [differs("security: who may connect", "no dialog: the grants of the machine decide")],
  async ({ open }) => {
    const shop = await open();
    const stranger = await Site.new(shop.scene, "stranger");
    for (const options of [
      { site: stranger },
      { origin: shop.foreignOrigin },
      { site: { pem: "nonsense" } },
      { site: { pem: null } },
    ]) {
      await assert.rejects(shop.connect(options), /Connection blocked by client/);
    }
    const forger = { pem: shop.site.pem, sign: (...text) => stranger.sign(...text) };
    const qz = await shop.connect({ site: forger });
    await assert.rejects(qz.printers.find(), /Request blocked/);
    await assert.rejects(qz.print(qz.configs.create("Kitchen"), ["x"]), /Request blocked/);
    assert.equal(shop.sink.jobs.length, 0);
  },
);

check(
  "a_page_without_signer_is_refused_what_must_be_signed",
  [differs("security: unsigned calls", "refused; there is no dialog to allow them in")],
  async ({ open }) => {
    const shop = await open();
    const qz = await shop.connect({ site: { pem: shop.site.pem, sign: () => "" } });
    assert.equal(await qz.api.getVersion(), "2.2.6");
    await assert.rejects(qz.printers.find(), /Request blocked/);
  },
);

check(
  "sha1_counts_only_where_the_machine_says_so",
  [
    differs("security.setSignatureAlgorithm SHA1", "only where the grant says `allow-sha1`"),
    works("security.setSignatureAlgorithm SHA256"),
  ],
  async ({ open }) => {
    const strict = await open();
    const refused = await strict.connect({ algorithm: "SHA1" });
    await assert.rejects(refused.printers.find(), /Request blocked/);
    const better = await strict.connect({ algorithm: "SHA256" });
    assert.deepEqual(await better.printers.find(), ["Kitchen"]);
    const lenient = await open({ grant: "--qz=allow-sha1" });
    const qz = await lenient.connect({ algorithm: "SHA1" });
    assert.deepEqual(await qz.printers.find(), ["Kitchen"]);
  },
);

check(
  "a_signed_print_counts_once",
  [differs("security: a message heard before", "refused, unless the grant says `allow-repeats`")],
  async ({ open }) => {
    const shop = await open();
    const frames = [];
    const qz = await shop.connect({ frames });
    await qz.print(qz.configs.create("Kitchen"), ["once\n"]);
    const print = frames.find(({ from, text }) => from === "page" && text.includes('"print"'));
    await qz.websocket.disconnect();
    const message = JSON.parse(print.text);
    const certificate = { certificate: shop.site.pem, timestamp: Date.now(), uid: "cert" };
    for (const again of [print.text, JSON.stringify({ ...message, uid: "other" })]) {
      const answers = await shop.talk([JSON.stringify(certificate), again]);
      assert.equal(answers.at(-1).error, "Request blocked");
    }
    await shop.sink.received(1);
    assert.equal(shop.sink.jobs.length, 1);
  },
);

check(
  "before_the_certificate_nothing_is_told",
  [works("frames that are no JSON"), differs("websocket.stop", "does nothing")],
  async ({ open }) => {
    const shop = await open();
    const frames = [
      '{"call":"getVersion","uid":"1"}',
      '{"call":"printers.find","params":{},"uid":"2"}',
      "ping",
      '{"call":"print","params":{"printer":{"name":"Kitchen"},"data":["x"]},"uid":"3"}',
      "",
      "{",
      '{"call":"websocket.stop","challenge":"AAAA","uid":"5"}',
      '{"call":"no.such.thing","uid":"4"}',
    ];
    const answers = await shop.talk(frames, { origin: "https://evil.example", count: 6 });
    assert.deepEqual(answers, [
      { uid: "1", result: "2.2.6" },
      { uid: "2", error: "Request blocked" },
      { uid: "3", error: "Request blocked" },
      { error: "Message is empty" },
      { error: "Message is not valid JSON" },
      { uid: "4", error: "Request blocked" },
    ]);
  },
  { clients: ["node"] },
);

check(
  "a_page_that_keeps_its_connection_alive_is_not_answered",
  [works("websocket.connect keepAlive")],
  async ({ open }) => {
    const shop = await open();
    const frames = [];
    const qz = await shop.client({ frames });
    await qz.websocket.connect({ ...shop.address(), keepAlive: 0.05 });
    const pings = () => frames.filter(({ text }) => text === "ping").length;
    while (pings() < 3) assert.equal(await qz.api.getVersion(), "2.2.6");
    assert.deepEqual(await qz.printers.find(), ["Kitchen"]);
    assert.ok(frames.every(({ from, text }) => from === "page" || "uid" in JSON.parse(text)));
  },
);

check(
  "what_was_signed_beforehand_counts_for_a_quarter_of_an_hour",
  [
    differs(
      "security: pre-signed calls",
      "the client names no algorithm for them, so they are SHA-1: only with `allow-sha1`; and prints only from the agent's start on",
    ),
    works("security: time window", "a quarter of an hour"),
  ],
  async ({ open }) => {
    const shop = await open({ grant: "--qz=allow-sha1" });
    const qz = await shop.connect();
    const find = async (minutes) => {
      const timestamp = Date.now() + minutes * 60_000;
      const text = JSON.stringify({ call: "printers.find", params: { query: "kit" }, timestamp });
      const digest = createHash("sha256").update(text).digest("hex");
      return qz.printers.find("kit", shop.site.sign(digest, "SHA1"), timestamp);
    };
    for (const minutes of [-14, 0, 14]) assert.equal(await find(minutes), "Kitchen");
    for (const minutes of [-16, 16]) await assert.rejects(find(minutes), /Request blocked/);
  },
);

check(
  "a_certificate_below_a_trusted_root_counts_with_its_intermediate",
  [works("security.setCertificatePromise intermediate", "one, as its line says")],
  async ({ open }) => {
    const shop = await open();
    const { root, site } = await Site.below(shop.scene, "vendor");
    await assert.rejects(shop.connect({ site }), /Connection blocked by client/);
    await shop.trust(root);
    const qz = await shop.connect({ site });
    assert.deepEqual(await qz.printers.find(), ["Kitchen"]);
    const [leaf] = site.pem.split("--START INTERMEDIATE CERT--");
    const alone = { pem: leaf, sign: (...text) => site.sign(...text) };
    await assert.rejects(shop.connect({ site: alone }), /Connection blocked by client/);
  },
);
