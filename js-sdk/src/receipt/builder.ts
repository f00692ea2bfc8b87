/** Receipts from what one wants to say, in the words of the Rust builder and of receipt markup. */
import type { DitherOptions, Pixels, PrinterOptions } from "./printer.js";

/** Where something stands. */
export type Align = "left" | "center" | "right";

/** How text looks; what is not said is plain. */
export interface TextStyle {
  /** Which of the printer's fonts. */
  readonly font?: "a" | "b" | "c" | undefined;
  /** Times as wide, 1 to 8. */
  readonly width?: number | undefined;
  /** Times as high, 1 to 8. */
  readonly height?: number | undefined;
  readonly bold?: boolean | undefined;
  readonly underline?: boolean | undefined;
  /** White on black. */
  readonly inverse?: boolean | undefined;
  /** Each character a quarter turn clockwise. */
  readonly rotated?: boolean | undefined;
}

/** Text in one style. */
export interface Span {
  readonly text: string;
  readonly style?: TextStyle | undefined;
}

/** Text in one style or several. A line feed begins a new row. */
export type Text = string | Span | readonly (string | Span)[];

/** One column of a row: so many characters of font A, or a share of what the others leave. */
export interface Column {
  /** So many characters. */
  readonly width?: number | undefined;
  /** Where there is no width: its share, by weight; 1 without. */
  readonly share?: number | undefined;
  readonly align?: Align | undefined;
}

/** A kind of barcode. */
export type BarcodeKind =
  | "upc-a"
  | "upc-e"
  | "ean13"
  | "ean8"
  | "code39"
  | "itf"
  | "codabar"
  | "code93"
  | "code128"
  | "gs1-128";

/** How a barcode is printed. */
export interface BarcodeOptions {
  /** Height of the bars, 1 to 255; 80 without. */
  readonly heightDots?: number | undefined;
  /** Width of the thinnest bar, 1 to 6; 2 without. */
  readonly moduleDots?: number | undefined;
  /** Where its text stands; below without. */
  readonly hriPosition?: "none" | "above" | "below" | "both" | undefined;
}

/** How a two-dimensional code is printed. */
export interface SymbolOptions {
  /** Dots a module, 1 to 16. */
  readonly moduleDots?: number | undefined;
}

/** How a QR code is printed. */
export interface QrOptions extends SymbolOptions {
  /** How much damage it survives; M without. */
  readonly level?: "L" | "M" | "Q" | "H" | undefined;
}

/** How a picture stands on a receipt. */
export interface PictureOptions extends DitherOptions {
  /** How wide it is to be; as wide as it is, or as the paper, without. */
  readonly widthDots?: number | undefined;
}

/**
 * One thing on a receipt, as the module takes it.
 *
 * @internal
 */
export type Block = Readonly<{ type: string } & Record<string, unknown>>;

/** A receipt written for a printer. */
export interface Composed {
  /** The job. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Characters that neither the printer nor a font has, each once: a box stands in their places. */
  readonly missing: string;
}

/**
 * What writes the receipts of a builder.
 *
 * @internal
 */
export interface Composer {
  compose(builder: ReceiptBuilder, printer: PrinterOptions): Composed;
}

/**
 * Collects what stands on a receipt. `Receipts.builder()` makes one.
 *
 * Text is any Unicode: what the printer has no character for is drawn. It can never become a
 * command.
 *
 * @example
 * ```ts
 * import { loadReceipt } from "platen/receipt";
 *
 * const receipts = await loadReceipt();
 * const receipt = receipts
 *   .builder()
 *   .align("center")
 *   .text("Café Sol", { bold: true, width: 2, height: 2 })
 *   .align("left")
 *   .row([{ share: 1 }, { width: 8, align: "right" }], ["Flat white", "3,80 €"])
 *   .rule()
 *   .qr("https://sol.example/r/1001")
 *   .cut();
 * const job = receipt.bytes({ profile: "TM-T88V" });
 * ```
 */
export class ReceiptBuilder {
  readonly #composer: Composer;
  readonly #blocks: Block[] = [];
  readonly #pictures: Pixels[] = [];
  #align: Align = "left";

  /** @internal */
  constructor(composer: Composer) {
    this.#composer = composer;
  }

  /** Where what follows stands; rows of columns always begin at the left. */
  align(align: Align): this {
    this.#align = align;
    return this;
  }

  /** Text in rows of its own. `style` is for the pieces that have none. */
  text(text: Text, style?: TextStyle): this {
    return this.#add("text", { align: this.#align, text: spans(text, style) });
  }

  /** Texts beside each other, each broken into rows within its column. */
  row(columns: readonly Column[], cells: readonly Text[]): this {
    return this.#add("row", { columns, cells: cells.map((cell) => spans(cell)) });
  }

  /** Rows of the same columns. */
  table(columns: readonly Column[], rows: readonly (readonly Text[])[]): this {
    for (const cells of rows) this.row(columns, cells);
    return this;
  }

  /** A line over the whole width. */
  rule(rule: "single" | "double" | "dashed" = "single"): this {
    return this.#add("rule", { rule });
  }

  /** A barcode. */
  barcode(kind: BarcodeKind, data: string, options: BarcodeOptions = {}): this {
    return this.#add("barcode", { align: this.#align, kind, data, ...options });
  }

  /** A QR code; text goes in as UTF-8. */
  qr(data: string | Uint8Array, options: QrOptions = {}): this {
    return this.#symbol("qr", data, options);
  }

  /** A PDF417 code. */
  pdf417(data: string | Uint8Array, options: SymbolOptions = {}): this {
    return this.#symbol("pdf417", data, options);
  }

  /** A DataMatrix code. */
  datamatrix(data: string | Uint8Array, options: SymbolOptions = {}): this {
    return this.#symbol("datamatrix", data, options);
  }

  /** An Aztec code. */
  aztec(data: string | Uint8Array, options: SymbolOptions = {}): this {
    return this.#symbol("aztec", data, options);
  }

  /** A picture; one that is wider than the paper is made as wide. */
  picture(pixels: Pixels, options: PictureOptions = {}): this {
    const picture = pictureName(this.#pictures.length);
    this.#pictures.push(pixels);
    return this.#add("picture", { align: this.#align, picture, ...options });
  }

  /** Empty rows, 0 to 255. */
  feed(rows = 1): this {
    return this.#add("feed", { rows });
  }

  /** Feeds to the cutter and cuts: all but a point, or right through. */
  cut(mode: "partial" | "full" = "partial"): this {
    return this.#add("cut", { mode });
  }

  /** Opens a cash drawer, for which a page needs the capability `raw-commands`. */
  openDrawer(pin: 2 | 5 = 2): this {
    return this.#add("drawer", { pin: String(pin) });
  }

  /** The job for a printer. */
  bytes(printer: PrinterOptions = {}): Uint8Array<ArrayBuffer> {
    return this.compose(printer).bytes;
  }

  /** The job for a printer, and the characters that nobody has. */
  compose(printer: PrinterOptions = {}): Composed {
    return this.#composer.compose(this, printer);
  }

  /** @internal */
  get blocks(): readonly Block[] {
    return this.#blocks;
  }

  /** @internal */
  get pictures(): Readonly<Record<string, Pixels>> {
    return Object.fromEntries(this.#pictures.map((pixels, index) => [pictureName(index), pixels]));
  }

  #symbol(type: string, data: string | Uint8Array, options: SymbolOptions): this {
    const said = typeof data === "string" ? data : Array.from(data);
    return this.#add(type, { align: this.#align, data: said, ...options });
  }

  #add(type: string, more: Readonly<Record<string, unknown>>): this {
    this.#blocks.push({ type, ...more });
    return this;
  }
}

function pictureName(index: number): string {
  return `picture-${index}`;
}

/** Text as its pieces, each with the style it has. */
function spans(text: Text, style: TextStyle = {}): readonly Span[] {
  const pieces = typeof text === "string" || "text" in text ? [text] : text;
  return pieces.map((piece) =>
    typeof piece === "string"
      ? { text: piece, style }
      : { text: piece.text, style: { ...style, ...piece.style } },
  );
}
