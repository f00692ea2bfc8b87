/** What the module does, in the words of a page. */
import type { Statement } from "../generated/protocol.js";
import {
  Pictures,
  call_digest,
  canonical_statement,
  dither,
  parse,
  profiles,
  type Composed as Written,
  type Engine,
} from "../wasm/pkg/platen_wasm.js";
import { ReceiptBuilder, type Composed } from "./builder.js";
import { guarded } from "./error.js";
import { Preview } from "./preview.js";
import type {
  PictureJobOptions,
  Pixels,
  PrinterOptions,
  Template,
  TemplateOptions,
} from "./printer.js";

/** What a job says, command by command. */
export interface Parsed {
  /** The commands in order: together they are the whole job. */
  readonly commands: readonly ParsedCommand[];
  /** What is worth telling. */
  readonly findings: readonly Finding[];
  /** How many more findings there were. */
  readonly findingsLeftOff: number;
}

/** A command and where it stood. */
export interface ParsedCommand {
  /** Offset of its first octet in the job. */
  readonly offset: number;
  /** The maker's title of the command in one word: `SelectJustification`. `Unknown` is nobody's. */
  readonly name: string;
  /** Its octets. */
  readonly bytes: Uint8Array;
}

/** Something worth telling about a job. Reading never fails. */
export interface Finding {
  /** Offset of the first octet it is about. */
  readonly offset: number;
  /** What it is: `truncated`, `unknown-bytes`. A newer module may say one that is not known here. */
  readonly kind: string;
  /** The same in words. */
  readonly message: string;
}

/**
 * Receipts: read, written and shown. `loadReceipt()` gives one.
 *
 * @example
 * ```ts
 * import { loadReceipt } from "platen/receipt";
 *
 * const receipts = await loadReceipt();
 * using preview = receipts.preview(new TextEncoder().encode("Flat white   3.80\n"));
 * document.body.insertAdjacentHTML("beforeend", preview.svg());
 * ```
 */
export class Receipts {
  readonly #engine: Engine;

  /** @internal */
  constructor(engine: Engine) {
    this.#engine = engine;
  }

  /**
   * Lays out a receipt for a printer: from the bytes of a job, from a template with its data, or
   * from a builder.
   */
  preview(source: Uint8Array | Template | ReceiptBuilder, printer: PrinterOptions = {}): Preview {
    if (source instanceof Uint8Array) return this.#previewJob(source, "", printer);
    const { bytes, missing } =
      source instanceof ReceiptBuilder
        ? this.compose(source, printer)
        : this.#render(source.markup, source.data ?? {}, source, printer);
    return this.#previewJob(bytes, missing, printer);
  }

  /** Takes a job apart, without loss: the bytes of all commands are those of the job. */
  parse(job: Uint8Array): Parsed {
    const { commands, ...rest } = JSON.parse(guarded(() => parse(job))) as ParsedJson;
    return {
      ...rest,
      commands: commands.map(({ offset, octets, name }) => ({
        offset,
        name,
        bytes: job.subarray(offset, offset + octets),
      })),
    };
  }

  /** A template filled with data, as the job for a printer. */
  render(
    template: string,
    data: unknown,
    options: TemplateOptions & PrinterOptions = {},
  ): Uint8Array<ArrayBuffer> {
    const { locale, currency, pictures, ...printer } = options;
    return this.#render(template, data, { locale, currency, pictures }, printer).bytes;
  }

  /** A picture as a whole job in a printer's language. */
  dither(pixels: Pixels, options: PictureJobOptions = {}): Uint8Array<ArrayBuffer> {
    const { width, height, data } = pixels;
    return own(guarded(() => dither(width, height, plain(data), JSON.stringify(options))));
  }

  /** A receipt to be built. */
  builder(): ReceiptBuilder {
    return new ReceiptBuilder(this);
  }

  /** What a builder collected, as the job for a printer. */
  compose(builder: ReceiptBuilder, printer: PrinterOptions = {}): Composed {
    const blocks = JSON.stringify(builder.blocks);
    return withPictures(builder.pictures, (pictures) =>
      taken(this.#engine.compose(blocks, pictures, JSON.stringify(printer))),
    );
  }

  /**
   * Adds a font. The East Asian one lies beside the module: `receipts.addFonts(await
   * eastAsianFonts())`.
   */
  addFonts(file: Uint8Array): void {
    guarded(() => {
      this.#engine.add_fonts(file);
    });
  }

  /** Whether the fonts have every character of a text. */
  has(text: string): boolean {
    return guarded(() => this.#engine.has(text));
  }

  /** The names of the printer models that are known. */
  profiles(): readonly string[] {
    return JSON.parse(guarded(() => profiles())) as string[];
  }

  /**
   * The octets of a statement that a site signs: canonical JSON in UTF-8. What an agent would
   * refuse, of this form or of such a long life, is refused here.
   */
  canonicalStatement(statement: Statement): Uint8Array<ArrayBuffer> {
    const text = guarded(() => canonical_statement(JSON.stringify(statement)));
    return new TextEncoder().encode(text);
  }

  /** The digest of a call, as its statement names it; `params` is the text that is sent. */
  callDigest(method: Statement["purpose"], params: string): string {
    return guarded(() => call_digest(method, params));
  }

  #render(
    markup: string,
    data: unknown,
    { locale, currency, pictures }: TemplateOptions,
    printer: PrinterOptions,
  ): Composed {
    const [values, locality] = [JSON.stringify(data), JSON.stringify({ locale, currency })];
    return withPictures(pictures ?? {}, (named) =>
      taken(this.#engine.render(markup, values, locality, named, JSON.stringify(printer))),
    );
  }

  #previewJob(job: Uint8Array, missing: string, printer: PrinterOptions): Preview {
    const handle = guarded(() => this.#engine.preview(job, JSON.stringify(printer)));
    return new Preview(handle, job, missing);
  }
}

/** What the module writes for a job. */
interface ParsedJson {
  readonly commands: readonly { offset: number; octets: number; name: string }[];
  readonly findings: readonly Finding[];
  readonly findingsLeftOff: number;
}

/** Hands pictures over for the time of a call. */
function withPictures(
  named: Readonly<Record<string, Pixels>>,
  call: (pictures: Pictures) => Composed,
): Composed {
  return guarded(() => {
    const pictures = new Pictures();
    try {
      for (const [name, { width, height, data }] of Object.entries(named)) {
        pictures.add(name, width, height, plain(data));
      }
      return call(pictures);
    } finally {
      pictures.free();
    }
  });
}

/** Takes the job over, and gives the module its memory back. */
function taken(written: Written): Composed {
  try {
    return { bytes: own(written.bytes()), missing: written.missing() };
  } finally {
    written.free();
  }
}

function plain(data: Uint8ClampedArray | Uint8Array): Uint8Array {
  return data instanceof Uint8Array
    ? data
    : new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

/** The module gives copies, each in a buffer of its own. */
function own(given: Uint8Array): Uint8Array<ArrayBuffer> {
  return given as Uint8Array<ArrayBuffer>;
}
