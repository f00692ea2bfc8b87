// PNG files of a few pixels: red, green, blue and opacity, eight bits each.
import { crc32, deflateSync } from "node:zlib";

export const black = [0, 0, 0, 255];
export const white = [255, 255, 255, 255];

/** A file of these rows of pixels. */
export function png(rows) {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(rows[0].length, 0);
  header.writeUInt32BE(rows.length, 4);
  header.set([8, 6, 0, 0, 0], 8);
  const lines = rows.map((row) => Buffer.from([0, ...row.flat()]));
  return Buffer.concat([
    Buffer.from("\x89PNG\r\n\x1a\n", "latin1"),
    chunk("IHDR", header),
    chunk("IDAT", deflateSync(Buffer.concat(lines))),
    chunk("IEND", Buffer.alloc(0)),
  ]);
}

function chunk(kind, data) {
  const named = Buffer.concat([Buffer.from(kind), data]);
  const whole = Buffer.alloc(8 + named.length);
  whole.writeUInt32BE(data.length, 0);
  whole.set(named, 4);
  whole.writeUInt32BE(crc32(named) >>> 0, 4 + named.length);
  return whole;
}
