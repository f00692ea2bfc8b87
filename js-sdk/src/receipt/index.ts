/**
 * Receipts in the page: build them, read them, show them as they will stand on the paper, dot for
 * dot. The work is done by a WebAssembly module of Platen's own receipt crate, which loads when
 * {@link loadReceipt} is called and not before.
 */
export { loadReceipt, eastAsianFonts, type ModuleSource } from "./load.js";
export { Receipts, type Finding, type Parsed, type ParsedCommand } from "./receipts.js";
export { Preview, type Bits, type CodeFact, type Facts } from "./preview.js";
export { ReceiptError, type ReceiptErrorCode } from "./error.js";
export {
  ReceiptBuilder,
  type Align,
  type BarcodeKind,
  type BarcodeOptions,
  type Column,
  type Composed,
  type PictureOptions,
  type QrOptions,
  type Span,
  type SymbolOptions,
  type Text,
  type TextStyle,
} from "./builder.js";
export type {
  DitherMethod,
  DitherOptions,
  PictureJobOptions,
  Pixels,
  PrinterLanguage,
  PrinterOptions,
  Template,
  TemplateOptions,
} from "./printer.js";
