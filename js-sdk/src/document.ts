/** What a page wants printed, and the form in which it is announced and sent. */
import { sha256, utf8, type Octets } from "./encoding.js";
import type { DocumentInfo } from "./generated/protocol.js";

/** Octets, or a text that is sent as UTF-8. */
export type DocumentData = Uint8Array | ArrayBuffer | Blob | string;

/**
 * A document: its data, and its media type where that is not raw data for the device.
 *
 * @example
 * ```ts
 * import type { DocumentInput } from "platen";
 *
 * const raw: DocumentInput = new Uint8Array([0x1b, 0x40, 0x0a]);
 * const pdf: DocumentInput = { data: new Blob([]), format: "application/pdf" };
 * console.log([raw, pdf].length);
 * ```
 */
export type DocumentInput =
  DocumentData | { readonly data: DocumentData; readonly format?: string | undefined };

/** `document-format` of data that goes to the device as it is. */
const RAW = "application/octet-stream";

/** A document as it is announced, and its octets. */
export interface PreparedDocument {
  readonly info: DocumentInfo;
  readonly octets: Octets;
}

/** Reads a document and digests it. */
export async function prepare(
  subtle: SubtleCrypto,
  input: DocumentInput,
): Promise<PreparedDocument> {
  const { data, format } = isData(input) ? { data: input, format: undefined } : input;
  const octets = await read(data);
  const type = data instanceof Blob && data.type !== "" ? data.type : RAW;
  return {
    info: {
      format: format ?? type,
      octets: octets.length,
      sha256: await sha256(subtle, octets),
    },
    octets,
  };
}

function isData(input: DocumentInput): input is DocumentData {
  return (
    typeof input === "string" ||
    input instanceof Uint8Array ||
    input instanceof ArrayBuffer ||
    input instanceof Blob
  );
}

async function read(data: DocumentData): Promise<Octets> {
  if (typeof data === "string") return utf8(data);
  if (data instanceof Blob) return new Uint8Array(await data.arrayBuffer());
  // A copy: the caller may go on writing into its buffer while we sign.
  return new Uint8Array(data instanceof ArrayBuffer ? data.slice(0) : data);
}
