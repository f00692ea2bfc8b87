/**
 * From what a page can observe to what a person can do about it. Browsers give no reasons; this
 * table is what was measured in Chromium and Firefox.
 */
import type { ClientErrorCode } from "./errors.js";
import { SUBPROTOCOL } from "./transport.js";

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
  /** Who answered when asked for liveness. */
  readonly health: Health;
}

/** Who answers `GET /healthz`. */
export interface Health {
  /** Who answered what; over TLS only where the browser trusts the certificate. */
  readonly answered: readonly { readonly url: string; readonly protocol: string }[];
  /** Whether some question had no answer in time. */
  readonly pending: boolean;
}

/** Close code of a TLS handshake that failed; Firefox tells, Chromium does not. */
const TLS_HANDSHAKE = 1015;

/** What the observations mean. */
export function judge(observed: Observed): ClientErrorCode {
  const { tries, health } = observed;
  if (!observed.secure) return "page-must-be-https";
  if (tries.some(({ closeCode }) => closeCode === TLS_HANDSHAKE)) return "certificate-not-trusted";
  if (health.answered.length > 0) {
    if (health.answered.every(({ protocol }) => protocol !== SUBPROTOCOL)) return "wrong-version";
    // Over TLS its certificate is trusted, and a plain port has none: an agent that refused there
    // is full, or about to stop.
    const trusted = health.answered.some(({ url }) => url.startsWith("https:"));
    const refused = tries.some(
      ({ url, outcome }) => url.startsWith("ws:") && outcome === "refused",
    );
    return trusted || refused ? "refused" : "certificate-not-trusted";
  }
  if (observed.frameBlocks) return "iframe-not-allowed";
  if (health.pending && observed.permission === "prompt") return "certificate-not-trusted";
  if (observed.permission === "denied") return "permission-denied";
  return tries.some(({ outcome }) => outcome === "silent") ? "timeout" : "not-running";
}
