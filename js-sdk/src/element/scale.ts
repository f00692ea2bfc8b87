/** How large a receipt is shown: dots are whole pixels of the screen where there is room for them. */

/** The size of the dots on the screen. */
export interface Shown {
  /** Width of the dots in CSS pixels. */
  readonly width: number;
  /** Height of the dots in CSS pixels. */
  readonly height: number;
  /** Whether a dot is a whole number of the screen's pixels: then nothing may be smoothed. */
  readonly isCrisp: boolean;
}

/**
 * The largest whole number of the screen's pixels for a dot that fits into `room` CSS pixels, and
 * at most `scaleMax` CSS pixels. Where not even one fits, the dots are made smaller, as a photo is.
 */
export function fit(
  dots: { readonly width: number; readonly height: number },
  room: number,
  pixelRatio: number,
  scaleMax: number,
): Shown {
  const ratio = pixelRatio > 0 ? pixelRatio : 1;
  const fitting = Math.floor((room * ratio) / Math.max(1, dots.width));
  const wanted = Math.max(1, Math.floor(scaleMax * ratio));
  const pixels = Math.min(fitting, wanted);
  const scale = pixels >= 1 ? pixels / ratio : Math.max(0, room) / Math.max(1, dots.width);
  return { width: dots.width * scale, height: dots.height * scale, isCrisp: pixels >= 1 };
}
