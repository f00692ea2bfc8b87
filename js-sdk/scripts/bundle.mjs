// Bundles the SDK into one file and weighs it: a page on a slow line pays for every octet.
// Fails above the limit, so that growth is a decision.
import { build } from "esbuild";
import { gzipSync } from "node:zlib";
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";

/** The promise of the README, in octets after minification and gzip. */
const GZIP_OCTETS_MAX = 12_000;

const folder = new URL("../", import.meta.url);
const outfile = fileURLToPath(new URL("dist/platen.min.js", folder));

await build({
  entryPoints: [fileURLToPath(new URL("src/index.ts", folder))],
  outfile,
  bundle: true,
  minify: true,
  format: "esm",
  target: "es2022",
  platform: "browser",
  legalComments: "none",
  logLevel: "warning",
});

const bundle = await readFile(outfile);
const gzip = gzipSync(bundle, { level: 9 }).length;
console.log(`platen.min.js: ${bundle.length} octets, ${gzip} with gzip (limit ${GZIP_OCTETS_MAX})`);
if (gzip > GZIP_OCTETS_MAX) {
  console.error("the bundle is over its limit; find what made it grow");
  process.exitCode = 1;
}
