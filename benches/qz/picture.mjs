// A picture as a page's canvas makes it: writing-like strokes above a field of grays.
import { black, png, white } from "../../tests/qz/support/png.mjs";

/** A PNG file of this size. */
export function labelPng(width, height) {
  const pixel = (x, y) => {
    if (y > height / 2) {
      const level = (x + y) % 256;
      return [level, level, level, 255];
    }
    return y % 40 < 24 && (x * 7 + (y % 40) * 3) % 19 < 6 ? black : white;
  };
  const row = (y) => Array.from({ length: width }, (_, x) => pixel(x, y));
  return png(Array.from({ length: height }, (_, y) => row(y)));
}
