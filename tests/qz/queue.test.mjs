// What a queue owes a page: every job, in order, one at a time, and the truth about its end.
import assert from "node:assert/strict";

import { freePorts, Scene } from "../browser/support/scene.mjs";
import { check, differs, works } from "./support/check.mjs";
import { printer } from "./support/shop.mjs";
import { Stuck } from "./support/stuck.mjs";

check("the_same_label_five_times_at_once_is_five_labels", [works("print")], async ({ open }) => {
  const shop = await open();
  const qz = await shop.connect();
  const config = qz.configs.create("Kitchen");
  await Promise.all(Array.from({ length: 5 }, async () => qz.print(config, ["^XA^FDx^FS^XZ"])));
  await shop.sink.received(5);
});

check(
  "two_hundred_jobs_at_once_arrive_in_the_order_they_were_sent",
  [works("print")],
  async ({ open }) => {
    const shop = await open();
    const frames = [];
    const qz = await shop.connect({ frames });
    const config = qz.configs.create("Kitchen");
    const jobs = Array.from({ length: 200 }, (_, index) => `job ${index}\n`);
    await Promise.all(jobs.map(async (job) => qz.print(config, [job])));
    await shop.sink.received(200);
    // A page's signatures may come back in another order than it asked for them.
    const sent = frames
      .filter(({ from, text }) => from === "page" && text.includes('"call":"print"'))
      .map(({ text }) => JSON.parse(text).params.data[0]);
    assert.deepEqual([...sent].sort(), [...jobs].sort());
    assert.deepEqual(shop.sink.jobs.map(String), sent);
    assert.equal(shop.sink.atOnceMax, 1, "two jobs were under way at one time");
  },
);

check(
  "numbers_and_letters_that_others_spell_otherwise_verify",
  [differs("security: numbers and letters", "`1e-7`, `1e21` and halves of characters verify, too")],
  async ({ open }) => {
    const shop = await open();
    const qz = await shop.connect();
    const numbers = {
      margins: 1e-7,
      density: 1e21,
      rotation: 12345678901234567000,
      size: 10000000.5,
    };
    const config = qz.configs.create("Kitchen", numbers);
    // The last is half an emoji, as of a name that was cut to its first letters.
    const data = "é \u2028 \u007f / ✓ \u0085 \ud83d";
    await qz.print(config, [{ type: "raw", format: "command", flavor: "plain", data }]);
    await shop.sink.received(1);
    assert.equal(shop.sink.jobs[0].toString(), data.toWellFormed());
  },
);

check(
  "twelve_stuck_printers_leave_the_thirteenth_as_it_was",
  [works("print")],
  async ({ open, t }) => {
    const scene = await Scene.open(t);
    const stuck = await Promise.all(Array.from({ length: 12 }, async () => Stuck.start(scene)));
    const shop = await open({
      printers: ({ sink }) =>
        [
          printer("Kitchen", sink.uri),
          ...stuck.map(({ uri }, index) => printer(`Stuck ${index}`, uri)),
        ].join("\n\n"),
    });
    const qz = await shop.connect();
    const tenToTheThirteenth = async () => {
      const [begun, count] = [performance.now(), shop.sink.jobs.length];
      for (let job = 1; job <= 10; job++) {
        await qz.print(qz.configs.create("Kitchen"), [`job ${job}\n`]);
        await shop.sink.received(count + job);
      }
      return Math.round(performance.now() - begun);
    };
    const before = await tenToTheThirteenth();
    // More than the buffers between agent and printer take.
    const long = "held\n".repeat(100_000);
    for (const index of stuck.keys()) {
      await qz.print(qz.configs.create(`Stuck ${index}`), [long]);
      await qz.print(qz.configs.create(`Stuck ${index}`), ["waits\n"]);
    }
    await Promise.all(stuck.map(async (one) => one.reached));
    const beside = await tenToTheThirteenth();
    t.diagnostic(`ten jobs took ${before} ms alone, ${beside} ms beside twelve stuck printers`);
    // Not one of the twelve had gone on when the last of the twenty was out.
    const jobs = (await shop.bridge.verb("jobs")).map(({ job }) => job);
    const held = jobs.filter((job) => job.printer.startsWith("stuck"));
    assert.equal(held.length, 24);
    assert.deepEqual(
      held.filter((job) => job.state === "completed"),
      [],
    );
    assert.equal(shop.sink.jobs.length, 20);
  },
  { clients: ["node"] },
);

check(
  "a_client_that_never_reads_disturbs_nobody",
  [works("websocket.connect")],
  async ({ open, t }) => {
    // Many printers, so that each answer is long.
    const many = Array.from({ length: 200 }, (_, index) => printer(`Label ${index}`, "virtual:"));
    const shop = await open({
      printers: ({ sink }) => [printer("Kitchen", sink.uri), ...many].join("\n\n"),
    });
    const sockets = [];
    const deaf = await shop.connect({ sockets });
    const [socket] = sockets;
    socket.pause();
    const details = Array.from({ length: 400 }, async () => deaf.printers.details());
    const told = Promise.allSettled(details);
    const qz = await shop.connect();
    for (let job = 1; job <= 20; job++) {
      assert.equal((await qz.printers.find()).length, 201);
      await qz.print(qz.configs.create("Kitchen"), [`job ${job}\n`]);
    }
    await shop.sink.received(20);
    // Who reads again is told everything, or was given up.
    socket.resume();
    const answers = (await told).filter(({ status }) => status === "fulfilled");
    assert.ok(answers.length === 400 || socket.readyState !== socket.OPEN);
    t.diagnostic(`${answers.length} of 400 answers were read in the end`);
  },
  { clients: ["node"] },
);

check(
  "two_peers_with_one_source_port_are_two_peers",
  [works("websocket.connect")],
  async ({ open }) => {
    const shop = await open({ grant: "--qz=until-completed" });
    const [localPort] = await freePorts(1);
    const connectFrom = async (localAddress) => {
      const qz = await shop.client({ local: { localAddress, localPort } });
      await qz.websocket.connect({ ...shop.address(), host: "127.0.0.1" });
      return qz;
    };
    const [one, other] = [await connectFrom("127.0.0.2"), await connectFrom("127.0.0.3")];
    await shop.bridge.verb("pause", "kitchen");
    const print = async (qz, text) => qz.print(qz.configs.create("Kitchen"), [text]);
    const lost = assert.rejects(print(one, "one\n"), /Connection closed before response received/);
    await shop.accepted(1);
    const waiting = print(other, "other\n");
    await shop.accepted(2);
    await one.websocket.disconnect();
    await lost;
    // The other's call is still open, and is answered with its own end.
    assert.deepEqual(await other.printers.find(), ["Kitchen"]);
    await shop.bridge.verb("resume", "kitchen");
    await waiting;
    assert.deepEqual(shop.sink.jobs.map(String), ["one\n", "other\n"]);
  },
  { clients: ["node"] },
);

check(
  "a_job_to_a_dead_printer_is_not_printed_where_the_grant_waits_for_the_end",
  [works("print", "`until-completed` in the grant holds the promise until the job has ended")],
  async ({ open, t }) => {
    const scene = await Scene.open(t);
    const broken = await Stuck.start(scene);
    const [nobody] = await freePorts(1);
    const shop = await open({
      grant: "--qz=until-completed",
      printers: ({ sink }) =>
        [
          printer("Kitchen", sink.uri),
          printer("Broken", broken.uri),
          printer("Dead", `socket://127.0.0.1:${nobody}`),
        ].join("\n\n"),
    });
    const qz = await shop.connect();
    await qz.print(qz.configs.create("Kitchen"), ["there\n"]);
    assert.equal(shop.sink.jobs.length, 1);

    let settled = false;
    const waiting = qz.print(qz.configs.create("Dead"), ["not there\n"]).finally(() => {
      settled = true;
    });
    const canceled = assert.rejects(waiting, /Printing cancelled/);
    const dead = await shop.accepted(2);
    assert.equal(settled, false);
    await shop.bridge.verb("jobs", "cancel", dead.job_id);
    await canceled;

    const doubtful = assert.rejects(qz.print(qz.configs.create("Broken"), ["half\n"]));
    await broken.reached;
    broken.reset();
    await doubtful;
  },
);
