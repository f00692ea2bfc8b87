// The built programs, and others: run to their end, or kept while a test needs them.
import { execFile, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { once } from "node:events";
import path from "node:path";
import { promisify } from "node:util";

export const ROOT = path.join(import.meta.dirname, "../../..");

/** Where `cargo xtask` built a program, or where cargo puts it. */
export function built(name) {
  const variable = `${name.replaceAll("-", "_").toUpperCase()}_BIN`;
  const program = process.env[variable] ?? path.join(ROOT, "target/debug", name);
  if (!existsSync(program))
    throw new Error(`${program} is not built: run cargo xtask test browser`);
  return program;
}

/** Runs a program that must succeed; what it printed. */
export async function run(program, ...args) {
  const { stdout } = await promisify(execFile)(program, args);
  return stdout;
}

/** A program that runs until the test ends it, by its own id. */
export class Running {
  #child;
  #ended;
  #talk = "";

  constructor(program, args) {
    this.#child = spawn(program, args, { stdio: ["pipe", "pipe", "pipe"] });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream.setEncoding("utf8").on("data", (text) => {
        this.#talk += text;
        this.#child.emit("talk");
      });
    }
    this.#ended = once(this.#child, "exit").then(() => {
      this.#child.emit("talk");
    });
  }

  /** Its id in the system. */
  get pid() {
    return this.#child.pid;
  }

  /** What it printed so far. */
  get talk() {
    return this.#talk;
  }

  /** Resolves with its talk when that holds a line with this; rejects when it ends before. */
  async says(text) {
    while (!this.#hasLineWith(text)) {
      if (this.#child.exitCode !== null || this.#child.signalCode !== null) {
        throw new Error(`ended before it said "${text}":\n${this.#talk}`);
      }
      await once(this.#child, "talk");
    }
    return this.#talk;
  }

  #hasLineWith(text) {
    const at = this.#talk.indexOf(text);
    return at >= 0 && this.#talk.includes("\n", at);
  }

  /** Ends what it reads, which some programs take for their end; resolves when it is gone. */
  async hangUp() {
    this.#child.stdin.end();
    await this.#ended;
  }

  /** Ends it with a signal, and resolves when it is gone. */
  async end(signal = "SIGKILL") {
    this.#child.kill(signal);
    await this.#ended;
  }
}
