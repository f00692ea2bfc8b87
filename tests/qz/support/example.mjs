// The examples of docs/devices.md, run as they stand there.
import { readFile } from "node:fs/promises";
import path from "node:path";

import { ROOT } from "../../browser/support/program.mjs";

const AsyncFunction = (async () => undefined).constructor;

/** Runs the example with this name, in whose place these values are there. */
export async function example(name, values) {
  const document = await readFile(path.join(ROOT, "docs/devices.md"), "utf8");
  const [, code] = document.split(`<!-- example: ${name} -->`)[1]?.match(/```js\n([^]*?)```/) ?? [];
  if (code === undefined) throw new Error(`docs/devices.md has no example "${name}"`);
  await new AsyncFunction(...Object.keys(values), code)(...Object.values(values));
}
