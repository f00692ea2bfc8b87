// The table of docs/qz-tray.md is what the checks declare. `PLATEN_UPDATE=1` writes it.
import assert from "node:assert/strict";
import { readdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { test } from "node:test";

import { ROOT } from "../browser/support/program.mjs";
import { CATALOG } from "./support/catalog.mjs";
import { DECLARED } from "./support/check.mjs";

const DOCUMENT = path.join(ROOT, "docs/qz-tray.md");
const BEGIN = "<!-- table begins: PLATEN_UPDATE=1 cargo xtask test qz -->";
const END = "<!-- table ends -->";
const WORDS = { works: "works", differs: "differs on purpose", later: "later" };

/** What every check says that it proves. */
async function declarations() {
  globalThis[DECLARED] = [];
  const files = (await readdir(import.meta.dirname)).filter((file) => file.endsWith(".test.mjs"));
  for (const file of files.sort()) {
    if (file !== path.basename(import.meta.filename)) await import(`./${file}`);
  }
  return globalThis[DECLARED];
}

/** The row of one name: the worst of what is said of it, and every note. */
function row(name, said) {
  const states = new Set(said.map(({ state }) => state));
  assert.ok(states.size > 0, `no check proves "${name}"`);
  assert.ok(
    !states.has("later") || states.size === 1,
    `"${name}" is there now: take it from the checks that say it comes later`,
  );
  const state = states.has("differs") ? "differs" : [...states][0];
  const notes = new Set(said.map(({ note }) => note).filter((note) => note !== ""));
  return `| \`${name}\` | ${WORDS[state]} | ${[...notes].join("; ")} |`;
}

function table(said) {
  const known = new Set(CATALOG.flatMap(([, names]) => names));
  const unknown = said.filter(({ name }) => !known.has(name)).map(({ name }) => name);
  assert.deepEqual(unknown, [], "checks name what is not in support/catalog.mjs");
  return CATALOG.map(([title, names]) => {
    const rows = names.map((name) =>
      row(
        name,
        said.filter((one) => one.name === name),
      ),
    );
    return `### ${title}\n\n| | state | |\n| --- | --- | --- |\n${rows.join("\n")}`;
  }).join("\n\n");
}

test("the_table_in_the_documents_is_what_the_checks_prove", async () => {
  const fresh = table(await declarations());
  const document = await readFile(DOCUMENT, "utf8");
  const [before, rest] = document.split(BEGIN);
  const [stands, after] = rest.split(END);
  if (process.env.PLATEN_UPDATE === "1") {
    await writeFile(DOCUMENT, `${before}${BEGIN}\n\n${fresh}\n\n${END}${after}`);
    return;
  }
  assert.equal(stands.trim(), fresh, "stale: run PLATEN_UPDATE=1 cargo xtask test qz");
});
