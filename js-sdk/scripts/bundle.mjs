// Puts the receipt module beside the SDK, bundles the SDK into one file each and weighs everything:
// a page on a slow line pays for every octet. Fails above the limit, so that growth is a decision.
import { build } from "esbuild";
import { gzipSync } from "node:zlib";
import { cp, readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { minify } from "terser";

/** What is bundled, and the promise of the README: octets after minification and gzip. */
const BUNDLES = [
  { entry: "src/index.ts", file: "platen.min.js", gzipOctetsMax: 12_000 },
  { entry: "src/shared/index.ts", file: "platen.shared.min.js", gzipOctetsMax: 14_500 },
  { entry: "src/shared/worker.ts", file: "platen.worker.min.js", gzipOctetsMax: 10_500 },
  // From what is built: the module's own JavaScript is not among the sources.
  { entry: "dist/receipt/index.js", file: "platen.receipt.min.js", gzipOctetsMax: 6_000 },
  { entry: "dist/element/index.js", file: "platen.element.min.js", gzipOctetsMax: 8_500 },
];

/** The receipt module: octets as they are, and with node's gzip. `gzip -9` makes it 500 kB. */
const MODULE = {
  file: "wasm/pkg/platen_wasm_bg.wasm",
  octetsMax: 1_500_000,
  gzipOctetsMax: 508_000,
};

/** Among the bundles, the worker beside the page's part has the bundle's name. */
const nameTheWorker = {
  name: "name-the-worker",
  setup: ({ onLoad }) => {
    onLoad({ filter: /src\/shared\/index\.ts$/ }, async ({ path: file }) => {
      const text = await readFile(file, "utf8");
      return { contents: text.replace("./worker.js", "./platen.worker.min.js"), loader: "ts" };
    });
  },
};

/** Among the bundles, the module and the font are in the same folder, not beside it. */
const nameTheModule = {
  name: "name-the-module",
  setup: ({ onLoad }) => {
    onLoad({ filter: /dist\/receipt\/load\.js$/ }, async ({ path: file }) => {
      const text = await readFile(file, "utf8");
      return { contents: text.replaceAll(/new URL\("\.\.\//g, 'new URL("./'), loader: "js" };
    });
  },
};

const folder = new URL("../", import.meta.url);
const path = (name) => fileURLToPath(new URL(name, folder));

// The sources import these as if they lay among them; `dist/check/` is where the tests run.
for (const place of ["dist", "dist/check/src"]) {
  await cp(path("wasm/pkg"), path(`${place}/wasm/pkg`), { recursive: true });
  await cp(path("../receipt/fonts/east-asia-24.packed"), path(`${place}/east-asia-24.packed`));
}

for (const { entry, file, gzipOctetsMax } of BUNDLES) {
  const { outputFiles } = await build({
    entryPoints: [path(entry)],
    bundle: true,
    write: false,
    format: "esm",
    target: "es2022",
    platform: "browser",
    legalComments: "none",
    logLevel: "warning",
    plugins: [nameTheWorker, nameTheModule],
  });
  // esbuild's own minifier leaves two octets in a hundred that terser does not.
  const { code } = await minify(outputFiles[0].text, {
    module: true,
    ecma: 2020,
    compress: { passes: 3, keep_fargs: false, pure_getters: true },
  });
  await writeFile(path(`dist/${file}`), code);
  weigh(file, Buffer.from(code), { gzipOctetsMax });
}

weigh(MODULE.file, await readFile(path(MODULE.file)), MODULE);

function weigh(file, content, { octetsMax = Infinity, gzipOctetsMax }) {
  const [octets, gzip] = [content.length, gzipSync(content, { level: 9 }).length];
  console.log(`${file}: ${octets} octets, ${gzip} with gzip (limit ${gzipOctetsMax})`);
  if (octets > octetsMax || gzip > gzipOctetsMax) {
    console.error(`${file} is over its limit; find what made it grow`);
    process.exitCode = 1;
  }
}
