/**
 * From what a page can observe to what a person can do about it. Browsers give no reasons; this
 * table is what was measured in Chromium and Firefox.
 */
import type { ClientErrorCode } from "./errors.js";

/** State of the browser's permission; `none` where the browser has no such permission. */
export type Permission = "granted" | "prompt" | "denied" | "none";

/**
 * How one try ended: the browser forbade the address, the connection ended before it opened (with
 * its close code), or nothing came within the limit.
 */
export interface Try {
  /** Where to. */
  readonly url: string;
  /** How it ended. */
  readonly outcome: "blocked" | "silent" | "refused";
  /** Close code, where it was refused. */
  readonly closeCode?: number;
}

/** What was seen when no try led to an agent. */
export interface Observed {
  /** Whether the page is a secure context. */
  readonly secure: boolean;
  /** Whether the frame around the page keeps it from this machine. */
  readonly frameBlocks: boolean;
  /** The permission, after the tries. */
  readonly permission: Permission;
  /** The tries. */
  readonly tries: readonly Try[];
  /** Whether some agent's plain `GET /healthz` answered. */
  readonly health: "answered" | "pending" | "failed";
}

/** Close code of a TLS handshake that failed; Firefox tells, Chromium does not. */
const TLS_HANDSHAKE = 1015;

/** What the observations mean. */
export function judge(observed: Observed): ClientErrorCode {
  const { tries, health } = observed;
  if (!observed.secure) return "page-must-be-https";
  if (tries.some(({ closeCode }) => closeCode === TLS_HANDSHAKE)) return "certificate-not-trusted";
  if (health === "answered") {
    // Plain loopback needs no certificate: when that was refused too, it was not about trust.
    const plain = tries.some(({ url, outcome }) => url.startsWith("ws:") && outcome === "refused");
    return plain ? "wrong-version" : "certificate-not-trusted";
  }
  if (observed.frameBlocks) return "iframe-not-allowed";
  if (health === "pending" && observed.permission === "prompt") return "certificate-not-trusted";
  if (observed.permission === "denied") return "permission-denied";
  return tries.some(({ outcome }) => outcome === "silent") ? "timeout" : "not-running";
}
