// The page's files and the built SDK, read once: what is not in the list does not exist.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";

const TYPES = {
  ".html": "text/html; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".mjs": "text/javascript; charset=utf-8",
  ".svg": "image/svg+xml",
  ".wasm": "application/wasm",
};

/** The folders of the SDK that a page loads from. */
const SDK_FOLDERS = ["element", "generated", "pkg", "receipt", "shared", "wasm"];

/** Files by the path a browser asks for. */
export class Files {
  #files = new Map();

  constructor(folder) {
    this.#add("/", path.join(folder, "public"));
    const sdk = path.join(folder, "../../js-sdk/dist");
    if (!existsSync(path.join(sdk, "index.js"))) {
      throw new Error("the SDK is not built; run `npm run build --workspace js-sdk`");
    }
    this.#add("/sdk/", sdk);
    this.#files.set("/", this.#files.get("/index.html"));
  }

  /** Content and type of the file at a path, if there is one. */
  find(at) {
    return this.#files.get(at);
  }

  #add(prefix, folder) {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      const file = path.join(folder, entry.name);
      const type = TYPES[path.extname(entry.name)];
      if (entry.isDirectory() && SDK_FOLDERS.includes(entry.name)) {
        this.#add(`${prefix}${entry.name}/`, file);
      } else if (entry.isFile() && type !== undefined) {
        this.#files.set(prefix + entry.name, [readFileSync(file), type]);
      }
    }
  }
}
