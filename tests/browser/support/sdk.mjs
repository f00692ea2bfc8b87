// Calls of the SDK from within a page, for what the till has no button for.

/** Octets that tell their place, the same here and in a page. */
export function pattern(length) {
  return Uint8Array.from({ length }, (_, index) => Math.imul(index, 2_654_435_761) >>> 24);
}

/** Connects as the till does; the page then has `client` and `pattern`. */
export async function openClient(page) {
  await page.evaluate(`globalThis.pattern = ${pattern}`);
  await page.evaluate(async () => {
    const { connect } = await import("/sdk/index.js");
    const config = await (await fetch("/config.json")).json();
    globalThis.client = await connect({
      ports: config.ports,
      certificates: async () => (await fetch("/platen/certificates")).text(),
      sign: async (statement) => {
        const headers = { "content-type": "text/plain", "x-csrf-token": config.csrfToken };
        const options = { method: "POST", headers, body: statement };
        return (await fetch("/platen/sign", options)).text();
      },
    });
  });
}

/** Prints `pattern(length)` from the page as one raw job; the events it heard and how it ended. */
export async function printPattern(page, length) {
  await openClient(page);
  return page.evaluate(async (octets) => {
    const { client } = globalThis;
    const job = await client.print({ document: globalThis.pattern(octets) });
    const heard = [];
    for await (const event of job.events()) heard.push(event.state ?? event.type);
    const { state, evidence } = await job.done();
    const { url } = client.state;
    await client.close();
    return { state, evidence, heard, url };
  }, length);
}

/** Has the page keep, in `heard`, what its client hears of jobs: `[job, state]`, or what it was. */
export async function listen(page) {
  await page.evaluate(() => {
    globalThis.heard = [];
    const keep = async () => {
      for await (const event of globalThis.client.events({ topics: ["jobs"] })) {
        if (event.type === "job-progress") continue;
        globalThis.heard.push([event.jobId ?? event.type, event.state]);
      }
    };
    keep().catch((error) => {
      globalThis.heard.push([error.code, undefined]);
    });
  });
}

/** Resolves when the page has heard that a job is in this state. */
export async function heard(page, job, state) {
  await page.waitForFunction(
    ([id, wanted]) => globalThis.heard.some((one) => one[0] === id && one[1] === wanted),
    [job, state],
  );
}
