/**
 * Canonical JSON (RFC 8785): the one text for a value. Digests and signatures are made over it.
 *
 * ECMAScript already writes numbers and strings as the RFC asks; what is left is the order of
 * members, which is by UTF-16 code units, as `sort` compares.
 */

/** A value that has a JSON text. `undefined` members are left out. */
export type Json =
  | null
  | boolean
  | number
  | string
  | readonly Json[]
  | { readonly [name: string]: Json | undefined };

/** The canonical text of a value. */
export function canonicalJson(value: Json): string {
  if (typeof value === "number" && !Number.isFinite(value)) {
    throw new RangeError(`${value} has no canonical JSON`);
  }
  if (typeof value === "string" && /\p{Surrogate}/u.test(value)) {
    throw new RangeError("a text with half a surrogate pair has no canonical JSON");
  }
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  if (isArray(value)) return `[${value.map(canonicalJson).join(",")}]`;
  const members = Object.entries(value)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([name, member]) =>
      member === undefined ? [] : [`${canonicalJson(name)}:${canonicalJson(member)}`],
    );
  return `{${members.join(",")}}`;
}

// `Array.isArray` does not narrow readonly arrays.
function isArray(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}
