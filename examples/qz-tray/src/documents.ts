// What the page prints, one document in each language.

/** A receipt: centered title, a row, feed, partial cut. */
export const escPos = "\x1b@\x1ba1Corner Shop\n\x1ba0Flat white      3.80\n\x1bd\x03\x1dV1";

/** A label of a Zebra printer. */
export const zpl = "^XA^FO40,40^A0N,40,40^FDCorner Shop^FS^FO40,100^BCN,80^FD4006381333931^FS^XZ\n";

/** The same in EPL. */
export const epl =
  '\nN\nq609\nA50,50,0,4,1,1,N,"Corner Shop"\nB50,100,0,1,2,4,80,B,"40063813"\nP1\n';

/** What stands around a picture on a receipt. */
export const label = { begin: "\x1b@", end: "\n\x1dV1" };

/** A PNG of 8 by 24 dots: a black bar beside a white one. */
export const logo =
  "iVBORw0KGgoAAAANSUhEUgAAAAgAAAAYAQAAAADvooG9AAAADUlEQVR42mPgZyAJAgAh8AFpc0T4AwAAAABJRU5ErkJggg==";
