// Raw commands: what a page writes, and what comes out of the printer.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import http from "node:http";

import { listening } from "../browser/support/scene.mjs";
import { check, differs, works } from "./support/check.mjs";
import { black, png } from "./support/png.mjs";

check(
  "raw_commands_come_out_as_their_octets",
  [
    works("raw command plain"),
    works("raw command base64"),
    works("raw command hex"),
    works("configs.encoding", "UTF-8 where it says nothing, on every system"),
    works("configs.encoding from, to"),
    works("old spellings of type and format"),
  ],
  async ({ open }) => {
    const { sink, qz } = await opened(open);
    const raw = { type: "raw", format: "command" };
    for (const [item, options, expected] of [
      ["Grüße\n", {}, "4772c3bcc39f650a"],
      [{ ...raw, flavor: "plain", data: "\x1b@café" }, { encoding: "Cp850" }, "1b4063616682"],
      [{ ...raw, flavor: "base64", data: "G0BIZWxsbwo=" }, {}, "1b4048656c6c6f0a"],
      [{ ...raw, flavor: "hex", data: "1B40 0x48,x69" }, {}, "1b404869"],
      [{ type: "raw", format: "base64", data: "G0BB" }, {}, "1b4041"],
      [
        { ...raw, flavor: "base64", data: "w6k=" },
        { encoding: { from: "UTF-8", to: "Cp437" } },
        "82",
      ],
    ]) {
      const count = sink.jobs.length;
      await qz.print(qz.configs.create("Kitchen", options), [item]);
      await sink.received(count + 1);
      assert.equal(sink.jobs.at(-1).toString("hex"), expected, JSON.stringify(item));
    }
  },
);

check(
  "what_a_page_splits_are_jobs_of_their_own_and_copies_follow_each_other",
  [works("configs.copies"), works("configs.spool"), works("configs.perSpool, endOfDoc")],
  async ({ open }) => {
    const { sink, qz } = await opened(open);
    const spool = { size: 2, end: "^XZ" };
    await qz.print(qz.configs.create("Kitchen", { spool }), ["1^XZ2^XZ", "3^XZ4"]);
    await qz.print(qz.configs.create("Kitchen", { perSpool: 1, endOfDoc: "^XZ" }), ["5^XZ6^XZ"]);
    await qz.print(qz.configs.create("Kitchen", { copies: 3 }), ["7"]);
    const labels = { copies: 2, spool: { size: 1, end: "^XZ" } };
    await qz.print(qz.configs.create("Kitchen", labels), ["8^XZ9^XZ"]);
    await sink.received(9);
    assert.deepEqual(sink.jobs.map(String), [
      "1^XZ2^XZ",
      "3^XZ4",
      "5^XZ",
      "6^XZ",
      "777",
      "8^XZ",
      "9^XZ",
      "8^XZ",
      "9^XZ",
    ]);
  },
);

check(
  "several_prints_of_one_call_keep_their_order",
  [works("print of several configs")],
  async ({ open }) => {
    const { sink, qz } = await opened(open);
    const configs = [qz.configs.create("Kitchen"), qz.configs.create({ name: "Kitchen" })];
    await qz.print(configs, [["first"], ["second"], ["third"]]);
    await sink.received(3);
    assert.deepEqual(sink.jobs.map(String), ["first", "second", "third"]);
  },
);

check(
  "a_raw_job_never_passes_a_driver",
  ["forceRaw", "altPrinting", "retainTemp"].map((name) =>
    works(`configs.${name}`, "changes nothing: no raw job passes a driver, none is kept in a file"),
  ),
  async ({ open }) => {
    const { sink, qz } = await opened(open);
    const options = { forceRaw: true, altPrinting: true, retainTemp: true };
    await qz.print(qz.configs.create("Kitchen", options), ["raw\n"]);
    await sink.received(1);
    assert.equal(String(sink.jobs[0]), "raw\n");
  },
);

check(
  "a_page_prints_to_printers_of_the_machine_and_nowhere_else",
  [
    differs(
      "printer.host, port",
      "where it is a `socket:` printer of the configuration and of the grant",
    ),
    differs("printer.file", "refused"),
  ],
  async ({ open }) => {
    const { shop, sink, qz } = await opened(open);
    const to = (target) => qz.configs.create(target);
    const kitchen = { host: "127.0.0.1", port: sink.port };
    await qz.print(to(kitchen), ["to the host"]);
    await sink.received(1);
    assert.equal(String(sink.jobs[0]), "to the host");
    const [{ job }] = await shop.bridge.verb("jobs");
    assert.equal(job.printer, "kitchen");
    for (const [target, expected] of [
      [{ host: "127.0.0.1", port: 1 }, "Printing to host '127.0.0.1' is not permitted"],
      [{ host: "192.0.2.1" }, "Printing to host '192.0.2.1' is not permitted"],
      [{ host: "a b" }, "Printing to host 'a b' is not permitted"],
      [{ file: "/tmp/receipt" }, "Printing to file '/tmp/receipt' is not permitted"],
    ]) {
      await assert.rejects(qz.print(to(target), ["x"]), { message: expected });
    }
    const pixel = [{ type: "pixel", format: "image", flavor: "base64", data: "AAAA" }];
    await assert.rejects(qz.print(to(kitchen), pixel), /PIXEL cannot print to a raw host/);
    await assert.rejects(qz.print(to({ file: "x" }), pixel), /PIXEL cannot print to a raw file/);
    assert.equal(sink.jobs.length, 1);
  },
);

check(
  "a_print_names_a_url_of_its_own_site_where_the_grant_says_so",
  ["raw command file", "raw command xml", "raw image file", "pixel image file"].map((name) =>
    differs(name, "only where the grant says `urls`, from the page's own origin"),
  ),
  async ({ open }) => {
    const { shop, sink } = await opened(open);
    const dot = png([[black]]);
    const files = { "/raw": "\x1b@Hi\n", "/xml": "<a><b>G0BI</b></a>", "/dot.png": dot };
    const server = http.createServer(({ url }, response) => {
      response.writeHead(files[url] === undefined ? 404 : 200);
      response.end(files[url]);
    });
    await listening(server, "127.0.0.1");
    shop.scene.atEnd(() => server.close());
    const origin = `http://127.0.0.1:${server.address().port}`;
    const raw = { type: "raw", format: "command" };
    const items = [
      [{ ...raw, flavor: "file", data: `${origin}/raw` }, "\x1b@Hi\n"],
      [{ ...raw, flavor: "xml", data: `${origin}/xml`, options: { xmlTag: "b" } }, "\x1b@H"],
      [
        { ...raw, format: "image", data: `${origin}/dot.png`, options: { language: "ZPL" } },
        "^GFA,1,1,1,80",
      ],
      [{ type: "pixel", format: "image", data: `${origin}/dot.png` }, "\x1dv0\0\x48\0"],
    ];
    assert.match(await printed(shop, shop.origin, items[0][0]), /^Printing from URLs is not/);
    await shop.trust(shop.site, "--qz=urls", "--origin", origin);
    for (const [item, expected] of items) {
      const count = sink.jobs.length;
      assert.equal(await printed(shop, origin, item), undefined);
      await sink.received(count + 1);
      assert.ok(sink.jobs.at(-1).includes(expected, "latin1"), item.data);
    }
    const from = (data) => printed(shop, origin, { ...raw, flavor: "file", data });
    assert.match(await from(`${origin}/absent`), /answered 404$/);
    for (const elsewhere of [`${shop.origin}/`, "http://127.0.0.1:1/", "http://192.0.2.1/"]) {
      assert.match(await from(elsewhere), /^Printing from other places than .* is not permitted$/);
    }
    assert.match(await from("file:///etc/passwd"), /only URLs of http and https/);
    assert.equal(sink.jobs.length, items.length);
  },
  // There the client makes a path of the machine of a URL, so it is not asked.
  { clients: ["node"] },
);

/** Prints an item as the client of a page at this origin would; the error, if there is one. */
async function printed(shop, origin, item) {
  const timestamp = Date.now();
  const params = { printer: { name: "Kitchen" }, options: {}, data: [item] };
  const text = JSON.stringify({ call: "print", params, timestamp });
  const digest = createHash("sha256").update(text).digest("hex");
  const signature = await shop.site.sign(digest, "SHA512");
  const print = { call: "print", params, timestamp, uid: "print", signature };
  const frames = [
    { certificate: shop.site.pem, timestamp, uid: "certificate" },
    { ...print, signAlgorithm: "SHA512" },
  ];
  const answers = await shop.talk(
    frames.map((frame) => JSON.stringify(frame)),
    { origin },
  );
  return answers.at(-1).error;
}

check(
  "arabic_is_joined_and_in_the_order_in_which_it_is_seen",
  [
    differs(
      "configs.encoding CP864",
      "line by line, and never across a command; marks of vowels are left out",
    ),
  ],
  async ({ open }) => {
    const { sink, qz } = await opened(open);
    const text = ["\x1b@\x1ba\x01", "مرحبا 5\n", "plain\n"];
    for (const encoding of ["IBM864", "cp864", "raw/CP864"]) {
      const count = sink.jobs.length;
      await qz.print(qz.configs.create("Kitchen", { encoding }), text);
      await sink.received(count + 1);
      assert.equal(
        sink.jobs.at(-1).toString("hex"),
        "1b401b610135" + "20a8c8cdd1e50a" + Buffer.from("plain\n").toString("hex"),
      );
    }
  },
);

check("what_cannot_be_printed_is_said", [works("print")], async ({ open }) => {
  const { sink, qz } = await opened(open);
  const secret = "SECRET*";
  for (const [printer, item, expected] of [
    [null, "x", /A printer must be specified before printing/],
    [{}, "x", /No printer output has been specified/],
    ["absent", "x", /Cannot find printer with name "absent"/],
    ["Kitchen", { flavor: "base64", data: secret }, /Cannot parse \(BASE64\)/],
    ["Kitchen", { flavor: "hex", data: secret }, /Cannot parse \(HEX\)/],
    [{ host: "127.0.0.1" }, { type: "pixel", data: "x" }, /PIXEL cannot print to a raw host/],
  ]) {
    await assert.rejects(qz.print(qz.configs.create(printer), [item]), (error) => {
      assert.match(error.message, expected);
      assert.ok(!error.message.includes(secret));
      return true;
    });
  }
  assert.equal(sink.jobs.length, 0);
});

/** A shop, and a client connected to it. */
async function opened(open, options) {
  const shop = await open(options);
  return { shop, sink: shop.sink, qz: await shop.connect() };
}
