/** Gets the module, when somebody wants it: in a page, in a worker, in node. */
import initialize, { Engine } from "../wasm/pkg/platen_wasm.js";
import { ReceiptError } from "./error.js";
import { Receipts } from "./receipts.js";

/** Where the module comes from: an address, an answer, its octets, or the module compiled. */
export type ModuleSource =
  string | URL | Response | BufferSource | WebAssembly.Module | Promise<Response>;

let loading: Promise<unknown> | undefined;

/**
 * Loads the receipt module, once however often it is called; each call gives receipts with fonts of
 * their own. Nothing is fetched before.
 *
 * The module lies beside this file, where bundlers find it; elsewhere say where: a page that copies
 * `platen_wasm_bg.wasm` to its own folder passes the address. A Content Security Policy must allow
 * it: `script-src 'self' 'wasm-unsafe-eval'`.
 *
 * @example
 * ```ts
 * import { loadReceipt } from "platen/receipt";
 *
 * const receipts = await loadReceipt();
 * const job = receipts.render("<receipt><text>{name}</text><cut/></receipt>", { name: "Käse" });
 * ```
 */
export async function loadReceipt(source?: ModuleSource): Promise<Receipts> {
  loading ??= initialized(source);
  try {
    await loading;
  } catch (cause) {
    // The next call may have a better source, or a better line.
    loading = undefined;
    throw new ReceiptError(
      "not-loaded",
      "the receipt module could not be loaded; serve platen_wasm_bg.wasm where it is looked for, or pass its address, and allow 'wasm-unsafe-eval' in the Content Security Policy",
      { cause },
    );
  }
  return new Receipts(new Engine());
}

/**
 * The font for Japanese, Chinese and Korean, for `Receipts.addFonts`: 0.7 MB that most receipts do
 * without. It lies beside the package's other files; elsewhere say where.
 */
export async function eastAsianFonts(source?: string | URL): Promise<Uint8Array<ArrayBuffer>> {
  try {
    return await octets(source ?? new URL("../east-asia-24.packed", import.meta.url));
  } catch (cause) {
    throw new ReceiptError(
      "not-loaded",
      "the East Asian font could not be loaded; serve east-asia-24.packed where it is looked for, or pass its address",
      { cause },
    );
  }
}

async function initialized(source: ModuleSource | undefined): Promise<unknown> {
  const given = source ?? new URL("../wasm/pkg/platen_wasm_bg.wasm", import.meta.url);
  const local = given instanceof URL && given.protocol === "file:";
  return initialize({ module_or_path: local ? await octets(given) : given });
}

/** The octets of a file that is served, or lies on this machine: node's `fetch` reads no files. */
async function octets(source: string | URL): Promise<Uint8Array<ArrayBuffer>> {
  if (source instanceof URL && source.protocol === "file:") {
    return Uint8Array.from(await files().readFile(source));
  }
  const answer = await fetch(source);
  if (!answer.ok) throw new Error(`${answer.url} answered ${answer.status}`);
  return new Uint8Array(await answer.arrayBuffer());
}

interface Files {
  readFile(path: URL): Promise<Uint8Array>;
}

/** node's own files, asked for in a way that bundlers for browsers do not follow. */
function files(): Files {
  const { process } = globalThis as {
    process?: { getBuiltinModule?: (name: "node:fs/promises") => Files | undefined };
  };
  const found = process?.getBuiltinModule?.("node:fs/promises");
  if (found === undefined) throw new Error("files of this machine can be read in node only");
  return found;
}
