/** What a site signs: a statement that binds a call to page, machine, connection and payload. */
import { canonicalJson } from "./canonical.js";
import { sha256, utf8 } from "./encoding.js";
import type { Method, Statement } from "./generated/protocol.js";

/**
 * How long a statement lives. The protocol allows 300 s; a signature is used at once, so what it
 * must outlive is a slow line to the site's server.
 */
export const LIFETIME_MS = 120_000;

/** The digest of a call. `params` is the text that is sent, to the octet. */
export async function callDigest(
  subtle: SubtleCrypto,
  method: Method,
  params: string,
): Promise<string> {
  return sha256(subtle, utf8(`{"method":"${method}","params":${params}}`));
}

/** What a statement is made from. */
export type StatementParts = Pick<
  Statement,
  "purpose" | "origin" | "agent" | "challenge" | "sequence" | "digest"
>;

/** The statement for a call made at `now`, and the text to sign. */
export function makeStatement(
  parts: StatementParts,
  now: number,
): { readonly statement: Statement; readonly text: string } {
  const statement: Statement = {
    platen: 1,
    ...parts,
    issued_at: now,
    expires_at: now + LIFETIME_MS,
  };
  return { statement, text: canonicalJson(statement) };
}
