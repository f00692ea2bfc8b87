// What a queue owes a page: every job, in order, one at a time, and the truth about its end.
import assert from "node:assert/strict";

import { check, differs, works } from "./support/check.mjs";

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
  },
);

check(
  "numbers_and_letters_that_others_spell_otherwise_verify",
  [differs("security: numbers and letters", "`1e-7`, `1e21` verify, too")],
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
    const data = "é \u2028 \u007f / ✓ \u0085\n";
    await qz.print(config, [{ type: "raw", format: "command", flavor: "plain", data }]);
    await shop.sink.received(1);
    assert.equal(shop.sink.jobs[0].toString(), data);
  },
);

check(
  "a_job_to_a_dead_printer_is_not_printed_where_the_grant_waits_for_the_end",
  [works("print", "`until-completed` in the grant holds the promise until the job has ended")],
  async ({ open }) => {
    const shop = await open({ grant: "--qz=until-completed" });
    const { bridge } = shop;
    const qz = await shop.connect();
    const config = qz.configs.create("Kitchen");
    await qz.print(config, ["there\n"]);
    assert.equal(shop.sink.jobs.length, 1);
    await bridge.verb("pause", "kitchen");
    let settled = false;
    const waiting = qz.print(config, ["not yet\n"]).finally(() => {
      settled = true;
    });
    const canceled = assert.rejects(waiting, /Printing cancelled/);
    let unfinished;
    while (unfinished === undefined) {
      const jobs = await bridge.verb("jobs");
      unfinished = jobs.find(({ job }) => job.state !== "completed");
    }
    assert.equal(settled, false);
    await bridge.verb("jobs", "cancel", unfinished.job.job_id);
    await canceled;
  },
);
