/** What a page says of printers, pictures and templates: the options of `platen/receipt`. */

/** The printer a receipt is for, as `platen preview` is told about it. All of it has a default. */
export interface PrinterOptions {
  /** The model: one of {@link Receipts.profiles}. Without one, 80 mm paper and Epson's code tables. */
  readonly profile?: string | undefined;
  /** Characters a row in font A, where they are not the model's. */
  readonly columns?: number | undefined;
  /** Printable width in dots, where it is not the model's. */
  readonly dots?: number | undefined;
  /** The two-byte characters of models made for East Asia. */
  readonly multibyte?: "none" | "shift_jis" | "gb18030" | "big5" | "ksc5601" | undefined;
  /** The language of the job; without it, the one it looks like. Receipts are written in `escpos`. */
  readonly dialect?: "escpos" | "star" | "zpl" | undefined;
}

/** Pixels as a canvas gives them: an `ImageData` is one. What is not opaque is white paper. */
export interface Pixels {
  readonly width: number;
  readonly height: number;
  /** Red, green, blue and opacity of each pixel, row by row. */
  readonly data: Uint8ClampedArray | Uint8Array;
}

/** How gray becomes black and white. */
export type DitherMethod =
  | "threshold"
  | "bayer4"
  | "bayer8"
  | "floyd-steinberg"
  | "atkinson"
  | "stucki"
  | "burkes"
  | "sierra"
  | "sierra-two-row"
  | "sierra-lite";

/** A language that takes pictures. */
export type PrinterLanguage =
  "escpos" | "starprnt" | "zpl" | "epl" | "cpcl" | "tspl" | "sbpl" | "pgl" | "evolis";

/** How a picture becomes black and white. */
export interface DitherOptions {
  /** The way; `floyd-steinberg` without one. */
  readonly method?: DitherMethod | undefined;
  /** Black below this level, 0 to 255; for the method `threshold`. */
  readonly threshold?: number | undefined;
  /** In percent: above 100 lighter, below darker in the middle levels. Thermal paper likes 150 to 200. */
  readonly gamma?: number | undefined;
}

/** How a picture becomes a job of its own. */
export interface PictureJobOptions extends DitherOptions {
  /** Brought to this width in dots, its height in proportion. */
  readonly width?: number | undefined;
  /** The printer's language; `escpos` without one. */
  readonly language?: PrinterLanguage | undefined;
}

/** What a template is filled with beside its data. */
export interface TemplateOptions {
  /** The locale, such as `de-CH`, for templates that name none. */
  readonly locale?: string | undefined;
  /** The currency (ISO 4217), for templates that name none. */
  readonly currency?: string | undefined;
  /** The pictures, by the names the template calls them. */
  readonly pictures?: Readonly<Record<string, Pixels>> | undefined;
}

/** A receipt as a template and its data. */
export interface Template extends TemplateOptions {
  /** Receipt markup. */
  readonly markup: string;
  /** Anything that has a JSON text. */
  readonly data?: unknown;
}
