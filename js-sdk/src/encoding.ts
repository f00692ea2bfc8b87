/** Octets and texts: UTF-8, base64url, PEM, SHA-256. */

/** Octets that WebCrypto and sockets take. */
export type Octets = Uint8Array<ArrayBuffer>;

/** The UTF-8 octets of a text. */
export function utf8(text: string): Octets {
  return new TextEncoder().encode(text);
}

/** base64url without padding (RFC 4648 §5). */
export function toBase64url(octets: Uint8Array): string {
  let text = "";
  for (const octet of octets) text += String.fromCharCode(octet);
  return btoa(text).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

/** The octets of a base64url text. Throws when it is none. */
export function fromBase64url(text: string): Octets {
  const plain = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(plain, (character) => character.charCodeAt(0));
}

/** The certificates of a PEM text, each as base64 of DER, in their order. */
export function certificatesFromPem(pem: string): string[] {
  const blocks = pem.matchAll(/-----BEGIN CERTIFICATE-----([^-]+)-----END CERTIFICATE-----/g);
  return Array.from(blocks, ([, body = ""]) => body.replace(/\s+/g, ""));
}

/** The SHA-256 digest as base64url. */
export async function sha256(subtle: SubtleCrypto, octets: Octets): Promise<string> {
  return toBase64url(new Uint8Array(await subtle.digest("SHA-256", octets)));
}
