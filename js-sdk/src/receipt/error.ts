/** What goes wrong with a receipt, and the one way in which it comes out of the module. */

/**
 * What can go wrong with a receipt.
 *
 * - `not-loaded`: the module, or the fonts, could not be fetched or compiled; `cause` has the reason.
 * - `invalid-request`: an option, a block or a statement is none.
 * - `unknown-profile`: no printer model has this name.
 * - `invalid-markup`: the template, or the data it was filled with; `line` and `column` say where.
 * - `invalid-barcode`: a barcode cannot hold its data.
 * - `invalid-picture`: a picture is missing, empty, too large, or not as long as its size says.
 * - `invalid-font`: a file is no font, or a damaged one.
 * - `freed`: this preview gave its memory back.
 * - `internal`: the module failed, which is a mistake of ours.
 */
export type ReceiptErrorCode =
  | "not-loaded"
  | "invalid-request"
  | "unknown-profile"
  | "invalid-markup"
  | "invalid-barcode"
  | "invalid-picture"
  | "invalid-font"
  | "freed"
  | "internal";

const CODES: ReadonlySet<string> = new Set<ReceiptErrorCode>([
  "invalid-request",
  "unknown-profile",
  "invalid-markup",
  "invalid-barcode",
  "invalid-picture",
  "invalid-font",
]);

/**
 * Everything that goes wrong with a receipt is one of these. Branch on `code`; `message` says what
 * happened and what to do.
 *
 * @example
 * ```ts
 * import { ReceiptError, type Receipts } from "platen/receipt";
 *
 * function tryTemplate(receipts: Receipts, markup: string, editor: HTMLElement): void {
 *   try {
 *     receipts.preview({ markup, data: {} });
 *   } catch (error) {
 *     if (!(error instanceof ReceiptError)) throw error;
 *     editor.dataset["line"] = String(error.line ?? "");
 *     editor.title = error.message;
 *   }
 * }
 * ```
 */
export class ReceiptError extends Error {
  override readonly name = "ReceiptError";
  /** What went wrong; never renamed. */
  readonly code: ReceiptErrorCode;
  /** The line of the markup, from 1. */
  readonly line: number | undefined;
  /** The character in it, from 1. */
  readonly column: number | undefined;

  constructor(
    code: ReceiptErrorCode,
    message: string,
    more: {
      readonly line?: number | undefined;
      readonly column?: number | undefined;
      readonly cause?: unknown;
    } = {},
  ) {
    super(message, "cause" in more ? { cause: more.cause } : undefined);
    this.code = code;
    this.line = more.line;
    this.column = more.column;
  }
}

/**
 * Calls the module, and makes what it throws a {@link ReceiptError}.
 *
 * @internal
 */
export function guarded<T>(call: () => T): T {
  try {
    return call();
  } catch (error) {
    throw typeof error === "string" ? told(error) : failed(error);
  }
}

/** The module tells its faults as JSON. */
function told(text: string): ReceiptError {
  const fault: unknown = JSON.parse(text);
  if (
    typeof fault === "object" &&
    fault !== null &&
    "code" in fault &&
    "message" in fault &&
    typeof fault.message === "string" &&
    isCode(fault.code)
  ) {
    return new ReceiptError(fault.code, fault.message, {
      line: "line" in fault && typeof fault.line === "number" ? fault.line : undefined,
      column: "column" in fault && typeof fault.column === "number" ? fault.column : undefined,
    });
  }
  return failed(text);
}

function isCode(code: unknown): code is ReceiptErrorCode {
  return typeof code === "string" && CODES.has(code);
}

function failed(cause: unknown): ReceiptError {
  return new ReceiptError(
    "internal",
    "the receipt module failed; load the page again, and tell the maintainers with what receipt",
    { cause },
  );
}
