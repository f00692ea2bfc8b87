// Pages written for QZ Tray hear of printers and of their own jobs, and call jobs off.
import assert from "node:assert/strict";
import { EventEmitter, once } from "node:events";

import { Emulator } from "../browser/support/emulator.mjs";
import { Scene } from "../browser/support/scene.mjs";
import { check, differs, works } from "./support/check.mjs";
import { printer } from "./support/shop.mjs";
import { Site } from "./support/site.mjs";

const OWN_JOBS = "of the site's own jobs and the granted printers alone";

/** Two printers at one device. */
const TWO = {
  printers: ({ sink }) => [printer("Kitchen", sink.uri), printer("Bar", sink.uri)].join("\n\n"),
};

/** What a page heard, in order. */
class Heard {
  events = [];
  #news = new EventEmitter();

  /** Connects, and keeps what is heard. */
  static async by(qz) {
    const heard = new Heard();
    await qz.printers.setPrinterCallbacks((event) => {
      heard.events.push(event);
      heard.#news.emit("event");
    });
    return heard;
  }

  /** The first event with these members, when it is there. */
  async has(members) {
    const fits = (event) => Object.entries(members).every(([name, value]) => event[name] === value);
    while (!this.events.some(fits)) await once(this.#news, "event");
    return this.events.find(fits);
  }

  /** The words that were told of jobs, or of printers. */
  words(eventType) {
    return this.events
      .filter((event) => event.eventType === eventType)
      .map((event) => event.statusText);
  }
}

check(
  "a_page_hears_of_its_job_and_its_printer_until_the_end",
  [
    differs("printers.startListening", OWN_JOBS),
    works("printers.setPrinterCallbacks"),
    differs(
      "printers.startListening jobData",
      "`JOB_DATA` never comes, as with QZ Tray on other systems than Windows",
    ),
  ],
  async ({ open }) => {
    const { connect, bridge } = await opened(open);
    const qz = await connect();
    const heard = await Heard.by(qz);
    await qz.printers.startListening("Kitchen", { jobData: true, maxJobData: 100, flavor: "hex" });
    await qz.print(qz.configs.create("Kitchen", { jobName: "Receipt 7" }), ["Hello\n"]);
    const done = await heard.has({ eventType: "JOB", statusText: "COMPLETE" });
    assert.deepEqual(done, {
      type: "ACTION",
      printerName: "Kitchen",
      eventType: "JOB",
      statusText: "COMPLETE",
      severity: "INFO",
      statusCode: "job-completed-successfully",
      jobId: done.jobId,
      jobName: "Receipt 7",
      message:
        "COMPLETE: Level: INFO, From: Kitchen, EventType: JOB, Code: job-completed-successfully, " +
        `JobId: ${done.jobId}, Job Name: Receipt 7`,
    });
    assert.ok(Number.isSafeInteger(done.jobId));
    assert.deepEqual(heard.words("JOB"), ["SPOOLING", "PRINTING", "COMPLETE"]);
    await bridge.verb("pause", "kitchen");
    const paused = await heard.has({ eventType: "PRINTER", statusText: "PAUSED" });
    assert.deepEqual(paused, {
      type: "ACTION",
      printerName: "Kitchen",
      eventType: "PRINTER",
      statusText: "PAUSED",
      severity: "WARN",
      statusCode: "paused",
      message: "PAUSED: Level: WARN, From: Kitchen, EventType: PRINTER, Code: paused",
    });
    await bridge.verb("resume", "kitchen");
    await heard.has({ eventType: "PRINTER", statusText: "OK", statusCode: "idle" });
  },
);

check("a_job_without_a_name_is_called_by_its_id", [works("configs.jobName")], async ({ open }) => {
  const { connect, bridge } = await opened(open);
  const qz = await connect();
  const heard = await Heard.by(qz);
  await qz.printers.startListening([null]);
  await qz.print(qz.configs.create("Bar"), ["Hello\n"]);
  const { jobName } = await heard.has({ eventType: "JOB", statusText: "COMPLETE" });
  const [{ job }] = await bridge.verb("jobs");
  assert.equal(jobName, job.job_id);
});

check(
  "what_a_device_says_of_itself_is_told_and_only_what_changed",
  [works("printers.setPrinterCallbacks")],
  async ({ open, t }) => {
    const emulator = await Emulator.start(await Scene.open(t));
    const shop = await open({ printers: () => printer("Kitchen", emulator.uri, "") });
    const qz = await shop.connect();
    const heard = await Heard.by(qz);
    await qz.printers.startListening("Kitchen");
    await emulator.control("paper-out");
    await qz.print(qz.configs.create("Kitchen"), ["\x1b@waits for paper\n"]);
    await heard.has({ eventType: "PRINTER", statusText: "PAPER_OUT", statusCode: "media-empty" });
    await heard.has({ eventType: "JOB", statusText: "PAUSED", statusCode: "printer-stopped" });
    await emulator.control("paper-new");
    await heard.has({ eventType: "JOB", statusText: "COMPLETE" });
    const words = heard.words("PRINTER");
    assert.ok(
      words.every((word, index) => word !== words[index - 1]),
      words.join(" "),
    );
  },
);

check(
  "the_current_state_is_told_when_it_is_asked_for",
  [works("printers.getStatus"), works("printers.stopListening")],
  async ({ open }) => {
    const { connect } = await opened(open);
    const qz = await connect();
    const heard = await Heard.by(qz);
    await assert.rejects(qz.printers.getStatus(), {
      message: "No printer listeners started for this client.",
    });
    await qz.printers.startListening("Bar");
    await qz.printers.getStatus();
    await heard.has({ printerName: "Bar", statusText: "OK" });
    // All of them, beside the first.
    await qz.printers.startListening(null);
    await qz.printers.getStatus();
    await heard.has({ printerName: "Kitchen", statusText: "OK" });
    const told = heard.events.map(({ printerName }) => printerName);
    assert.deepEqual(told.toSorted(), ["Bar", "Bar", "Kitchen"]);
    await qz.printers.stopListening();
    await assert.rejects(qz.printers.getStatus(), /No printer listeners started/);
    await qz.printers.stopListening();
  },
);

check(
  "one_page_that_listens_no_more_leaves_the_others_alone",
  [differs("printers.stopListening", "ends what its own connection hears, and no other's")],
  async ({ open }) => {
    const { connect } = await opened(open);
    const [first, second] = [await connect(), await connect()];
    const [silent, heard] = [await Heard.by(first), await Heard.by(second)];
    await first.printers.startListening("Kitchen");
    await second.printers.startListening("Kitchen");
    await first.printers.stopListening();
    await first.print(first.configs.create("Kitchen"), ["Hello\n"]);
    await heard.has({ eventType: "JOB", statusText: "COMPLETE" });
    assert.deepEqual(silent.events, []);
  },
);

check(
  "a_site_hears_of_its_own_jobs_only",
  [differs("printers.startListening", OWN_JOBS)],
  async ({ open }) => {
    const { connect, foreigner, bridge } = await opened(open);
    const [ours, theirs] = [await connect(), await foreigner()];
    const [heard, overheard] = [await Heard.by(ours), await Heard.by(theirs)];
    for (const qz of [ours, theirs]) await qz.printers.startListening(null);
    await ours.print(ours.configs.create("Kitchen", { jobName: "secret" }), ["Hello\n"]);
    await heard.has({ eventType: "JOB", statusText: "COMPLETE" });
    await bridge.verb("pause", "kitchen");
    await overheard.has({ eventType: "PRINTER", statusText: "PAUSED" });
    assert.deepEqual(overheard.words("JOB"), []);
  },
);

check(
  "a_site_hears_of_its_granted_printers_only",
  [differs("printers.startListening", OWN_JOBS)],
  async ({ open }) => {
    const { connect, bridge } = await opened(open, { more: ["--printer", "bar"] });
    const qz = await connect();
    const heard = await Heard.by(qz);
    await qz.printers.startListening(["Kitchen", null]);
    await bridge.verb("pause", "kitchen");
    await bridge.verb("pause", "bar");
    await heard.has({ eventType: "PRINTER", statusText: "PAUSED" });
    await qz.printers.getStatus();
    assert.ok(heard.events.every(({ printerName }) => printerName === "Bar"));
  },
);

check(
  "a_page_clears_its_own_jobs_or_one_of_them",
  [
    differs("printers.clearQueue", "the site's own jobs alone"),
    works("printers.clearQueue jobId", "a number below 2^48, made of Platen's id of the job"),
  ],
  async ({ open }) => {
    const { connect, foreigner, bridge } = await opened(open);
    const [qz, theirs] = [await connect(), await foreigner()];
    const heard = await Heard.by(qz);
    await bridge.verb("pause", "kitchen");
    await qz.printers.startListening("Kitchen");
    for (const jobName of ["a", "b", "c"]) {
      await qz.print(qz.configs.create("Kitchen", { jobName }), [jobName]);
    }
    await theirs.print(theirs.configs.create("Kitchen", { jobName: "theirs" }), ["x"]);
    const { jobId } = await heard.has({ eventType: "JOB", jobName: "b" });
    await qz.printers.clearQueue({ printerName: "Kitchen", jobId });
    await heard.has({ jobName: "b", statusText: "CANCELED", statusCode: "job-canceled-by-user" });
    assert.deepEqual(await waiting(bridge), ["a", "c", "theirs"]);
    await assert.rejects(qz.printers.clearQueue({ printerName: "Kitchen", jobId }), {
      message: `Job# ${jobId} is not part of the 'Kitchen' print queue`,
    });
    await qz.printers.clearQueue("Kitchen");
    await heard.has({ jobName: "a", statusText: "CANCELED" });
    await heard.has({ jobName: "c", statusText: "CANCELED" });
    assert.deepEqual(await waiting(bridge), ["theirs"]);
    await qz.printers.clearQueue("Kitchen");
    await assert.rejects(qz.printers.clearQueue("absent"), {
      message: 'Printer "absent" not found',
    });
  },
);

check(
  "a_page_without_the_capability_neither_listens_nor_clears",
  [differs("printers.startListening", OWN_JOBS)],
  async ({ open }) => {
    const { connect } = await opened(open, { more: ["--capability", "printers"] });
    const qz = await connect();
    await assert.rejects(qz.printers.startListening(null), /Request blocked/);
    await assert.rejects(qz.printers.clearQueue("Kitchen"), /Request blocked/);
    await assert.rejects(qz.printers.clearQueue("absent"), /Request blocked/);
  },
);

/** A shop with two printers; `foreigner` is a page of somebody else, trusted as well. */
async function opened(open, options = {}) {
  const shop = await open({ ...TWO, ...options });
  const { bridge, foreignOrigin } = shop;
  const foreigner = async () => {
    const site = await Site.new(shop.scene, "foreigner");
    const origin = ["--origin", foreignOrigin];
    await bridge.verb("trust", "add", site.certificate, "--qz", ...origin);
    return shop.connect({ site, origin: foreignOrigin });
  };
  return { bridge, foreigner, connect: async () => shop.connect() };
}

/** The names of the jobs that wait, in order of acceptance. */
async function waiting(bridge) {
  const jobs = await bridge.verb("jobs");
  return jobs
    .map(({ job }) => job)
    .filter(({ state }) => state.startsWith("pending"))
    .map(({ name }) => name)
    .toReversed();
}
