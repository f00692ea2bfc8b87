/** One receipt laid out: its dots in every form a page can show, and what it says. */
import type { Preview as Handle } from "../wasm/pkg/platen_wasm.js";
import { guarded, ReceiptError } from "./error.js";

/** What a receipt says, in the form of `platen preview --facts`. */
export interface Facts {
  /** Rows of text without the blanks at both ends. */
  readonly lines: readonly string[];
  /** One-dimensional barcodes. */
  readonly barcodes: readonly CodeFact[];
  /** Two-dimensional codes. */
  readonly codes2d: readonly CodeFact[];
  /** Pictures, with the SHA-256 of each as a binary PBM file. */
  readonly images: readonly {
    readonly width: number;
    readonly height: number;
    readonly scale_x: number;
    readonly scale_y: number;
    /** How many strips were joined to make it. */
    readonly strips?: number;
    readonly sha256: string;
  }[];
  /** Cuts. */
  readonly cuts: readonly { readonly mode: "full" | "partial" }[];
  /** Pulses to the cash drawer. */
  readonly drawer: readonly {
    readonly pin: 2 | 5;
    readonly on_ms: number;
    readonly off_ms: number;
  }[];
  /** What reading it brought to light. */
  readonly findings: readonly { readonly offset: number; readonly finding: string }[];
  /** How many more findings there were. */
  readonly findings_left_off: number;
  /** Whether something was left out because of a limit. */
  readonly cut_short: boolean;
}

/** A code and what a reader of it would give. */
export interface CodeFact {
  readonly symbology: string;
  readonly data: string;
}

/** The dots of a receipt, eight an octet, the leftmost in the highest bit; 1 is black. */
export interface Bits {
  readonly widthDots: number;
  readonly heightDots: number;
  /** Rows of whole octets, from the top. */
  readonly rows: Uint8Array<ArrayBuffer>;
}

/**
 * A receipt as it will stand on the paper, dot for dot. It is drawn when dots are first asked for.
 *
 * It holds memory of the module until the garbage collector finds it; `using`, or {@link free},
 * gives it back at once.
 *
 * @example
 * ```ts
 * import { loadReceipt } from "platen/receipt";
 *
 * async function show(canvas: HTMLCanvasElement, job: Uint8Array): Promise<string> {
 *   const receipts = await loadReceipt();
 *   using preview = receipts.preview(job, { columns: 42, dots: 512 });
 *   const { width, height, data } = preview.pixels();
 *   canvas.width = width;
 *   canvas.height = height;
 *   canvas.getContext("2d")?.putImageData(new ImageData(data, width, height), 0, 0);
 *   return preview.text();
 * }
 * ```
 */
export class Preview implements Disposable {
  #handle: Handle | undefined;
  /** The job: what one prints to get this receipt. */
  readonly job: Uint8Array;
  /** Characters that neither the printer nor a font has, each once: a box stands in their places. */
  readonly missing: string;

  /** @internal */
  constructor(handle: Handle, job: Uint8Array, missing: string) {
    this.#handle = handle;
    this.job = job;
    this.missing = missing;
  }

  /** An SVG of its dots, with its text beside them for those who cannot see. */
  svg(): string {
    return this.#ask((handle) => handle.svg());
  }

  /** Plain text, columns kept. */
  text(): string {
    return this.#ask((handle) => handle.text());
  }

  /** HTML for those who read with other means than eyes: a whole document. */
  html(): string {
    return this.#ask((handle) => handle.html());
  }

  /** A PNG file of its dots. */
  png(): Uint8Array<ArrayBuffer> {
    return this.#ask((handle) => octets(handle.png()));
  }

  /** Its dots as pixels for a canvas, black on white: what `new ImageData(data, width)` takes. */
  pixels(): { width: number; height: number; data: Uint8ClampedArray<ArrayBuffer> } {
    return this.#ask((handle) => ({
      width: handle.width_dots(),
      height: handle.height_dots(),
      data: new Uint8ClampedArray(octets(handle.pixels()).buffer),
    }));
  }

  /** Its dots. */
  bits(): Bits {
    return this.#ask((handle) => ({
      widthDots: handle.width_dots(),
      heightDots: handle.height_dots(),
      rows: octets(handle.bits()),
    }));
  }

  /** What it says. */
  facts(): Facts {
    // The module wrote it: the form is ours.
    return JSON.parse(this.factsJson()) as Facts;
  }

  /** What it says, as the text that `platen preview --facts` writes. */
  factsJson(): string {
    return this.#ask((handle) => handle.facts());
  }

  /** Where it is cut, in dots from the top. */
  cuts(): readonly number[] {
    return this.#ask((handle) => Array.from(handle.cuts_dots()));
  }

  /** Gives its memory back; nothing can be asked of it afterwards. */
  free(): void {
    this.#handle?.free();
    this.#handle = undefined;
  }

  /** The same, at the end of a `using`. */
  [Symbol.dispose](): void {
    this.free();
  }

  #ask<T>(question: (handle: Handle) => T): T {
    const handle = this.#handle;
    if (handle === undefined) {
      throw new ReceiptError(
        "freed",
        "this preview gave its memory back; make another with preview()",
      );
    }
    return guarded(() => question(handle));
  }
}

/** The module gives copies, each in a buffer of its own. */
function octets(given: Uint8Array): Uint8Array<ArrayBuffer> {
  return given as Uint8Array<ArrayBuffer>;
}
