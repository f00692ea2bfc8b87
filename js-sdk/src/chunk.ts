/** Binary frames: pieces of the documents that a `jobs.submit` announced. */
import type { Octets } from "./encoding.js";

/** Octets of the header: request (u32), document (u16), two zero octets; big-endian. */
export const HEADER_OCTETS = 8;

/** The frames of one document, none longer than `frameOctetsMax`. */
export function* chunks(
  request: number,
  document: number,
  octets: Octets,
  frameOctetsMax: number,
): Generator<Octets> {
  const step = Math.max(1, frameOctetsMax - HEADER_OCTETS);
  for (let start = 0; start < octets.length; start += step) {
    const piece = octets.subarray(start, start + step);
    const frame = new Uint8Array(HEADER_OCTETS + piece.length);
    const header = new DataView(frame.buffer);
    header.setUint32(0, request);
    header.setUint16(4, document);
    frame.set(piece, HEADER_OCTETS);
    yield frame;
  }
}
