/** What the package promises in words: its examples compile, its interface is the committed one. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

import ts from "typescript";

// From dist/check/tests to the package.
const PACKAGE = fileURLToPath(new URL("../../../", import.meta.url));

function options(): ts.CompilerOptions {
  const file = `${PACKAGE}tsconfig.build.json`;
  const { config } = ts.readConfigFile(file, (path) => ts.sys.readFile(path)) as {
    config: unknown;
  };
  return ts.parseJsonConfigFileContent(config, ts.sys, PACKAGE).options;
}

function complaints(program: ts.Program): string {
  return ts.formatDiagnostics(ts.getPreEmitDiagnostics(program), {
    getCanonicalFileName: (name) => name,
    getCurrentDirectory: () => PACKAGE,
    getNewLine: () => "\n",
  });
}

/** The TypeScript examples of a file, without the margin of the comment they are in. */
function examples(path: string): string[] {
  const blocks = readFileSync(path, "utf8").matchAll(/^( \* ?| {3}\* ?|)```ts\n(.*?)^\1```$/gms);
  return Array.from(blocks, ([, margin = "", body = ""]) =>
    body
      .split("\n")
      .map((line) =>
        line.startsWith(margin) ? line.slice(margin.length) : line.trimStart().slice(1),
      )
      .join("\n"),
  );
}

test("every_example_in_the_documentation_compiles_against_the_package", () => {
  const sources = readdirSync(`${PACKAGE}src`, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts"))
    .map((name) => `${PACKAGE}src/${name}`);
  const files = new Map<string, string>();
  for (const path of [`${PACKAGE}README.md`, ...sources]) {
    for (const [index, example] of examples(path).entries()) {
      const name = path.slice(PACKAGE.length).replaceAll(/[^A-Za-z]/g, "-");
      files.set(`${PACKAGE}example-${name}-${index}.ts`, `${example}\nexport {};\n`);
    }
  }
  assert.ok(files.size >= 10, `${files.size} examples were found`);
  const host = ts.createCompilerHost({});
  const onDisk = ts.createCompilerHost({});
  host.fileExists = (name) => files.has(name) || onDisk.fileExists(name);
  host.getSourceFile = (name, how) => {
    const text = files.get(name);
    return text === undefined
      ? onDisk.getSourceFile(name, how)
      : ts.createSourceFile(name, text, how);
  };
  const program = ts.createProgram({
    rootNames: [...files.keys()],
    // Functions of examples are often not called there.
    options: { ...options(), noEmit: true, noUnusedLocals: false, rootDir: PACKAGE },
    host,
  });
  assert.equal(complaints(program), "");
});

/** What a page can import: the name, and the declarations of it. */
function entries(): [string, string][] {
  const { exports } = JSON.parse(readFileSync(`${PACKAGE}package.json`, "utf8")) as {
    exports: Record<string, string | { types: string }>;
  };
  return Object.entries(exports).flatMap(([name, target]) =>
    typeof target === "string" ? [] : [[name.replace(".", "platen"), `${PACKAGE}${target.types}`]],
  );
}

/** The declarations of one entry, in an order of their own. */
function declarations(file: string): string[] {
  const program = ts.createProgram([file], options());
  const checker = program.getTypeChecker();
  const source = program.getSourceFile(file);
  const module = source === undefined ? undefined : checker.getSymbolAtLocation(source);
  assert.ok(module, "the package is built");
  const printer = ts.createPrinter({ removeComments: true });
  const texts = checker.getExportsOfModule(module).flatMap((symbol) => {
    const { flags } = symbol;
    const original =
      (flags & ts.SymbolFlags.Alias) === 0 ? symbol : checker.getAliasedSymbol(symbol);
    return (original.declarations ?? []).map((node) => {
      const text = printer.printNode(ts.EmitHint.Unspecified, node, node.getSourceFile());
      return `\n${text.replaceAll(/^\s*(#private;|constructor\(\);)\n/gm, "")}\n`;
    });
  });
  return texts.sort();
}

test("the_committed_interface_is_the_one_that_is_built", () => {
  const interfaceText = [
    "// The public interface of the package, without its words. A test fails when it is stale;\n",
    "// renew with: PLATEN_UPDATE=1 npm test --workspace js-sdk\n",
    ...entries().flatMap(([name, file]) => [`\n// ${name}\n`, ...declarations(file)]),
  ].join("");
  const committed = `${PACKAGE}api.txt`;
  if (process.env["PLATEN_UPDATE"] !== undefined) writeFileSync(committed, interfaceText);
  assert.equal(readFileSync(committed, "utf8"), interfaceText);
});
