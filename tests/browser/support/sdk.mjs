// Calls of the SDK from within a page, for what the till has no button for.

/** Octets that tell their place, the same here and in a page. */
export function pattern(length) {
  return Uint8Array.from({ length }, (_, index) => Math.imul(index, 2_654_435_761) >>> 24);
}

/** Prints `pattern(length)` from the page as one raw job; the events it heard and how it ended. */
export async function printPattern(page, length) {
  await page.evaluate(`globalThis.pattern = ${pattern}`);
  return page.evaluate(async (octets) => {
    const { connect } = await import("/sdk/index.js");
    const config = await (await fetch("/config.json")).json();
    const client = await connect({
      ports: config.ports,
      certificates: async () => (await fetch("/platen/certificates")).text(),
      sign: async (statement) => {
        const headers = { "content-type": "text/plain", "x-csrf-token": config.csrfToken };
        const options = { method: "POST", headers, body: statement };
        return (await fetch("/platen/sign", options)).text();
      },
    });
    const job = await client.print({ document: globalThis.pattern(octets) });
    const heard = [];
    for await (const event of job.events()) heard.push(event.state ?? event.type);
    const { state, evidence } = await job.done();
    const { url } = client.state;
    await client.close();
    return { state, evidence, heard, url };
  }, length);
}
