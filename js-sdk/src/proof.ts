/**
 * Who the agent is. It signs a nonce of ours with the key it has for this origin; the SDK pins
 * that key on first use, so that another program on the port is noticed before it is told anything.
 */
import { canonicalJson } from "./canonical.js";
import { fromBase64url, sha256, toBase64url, utf8 } from "./encoding.js";
import { BridgeError } from "./errors.js";
import type { AgentProof, ProofText } from "./generated/protocol.js";

/** Octets of the nonce: 43 characters on the wire. */
const NONCE_OCTETS = 32;
/** Octets of an uncompressed point on P-256. */
const POINT_OCTETS = 65;

/** Fresh randomness for `agent.prove`. */
export function freshNonce(): string {
  return toBase64url(crypto.getRandomValues(new Uint8Array(NONCE_OCTETS)));
}

/** Whether the proof is by the key it names, over exactly this exchange. */
export async function isProof(
  subtle: SubtleCrypto,
  proof: AgentProof,
  origin: string,
  challenge: string,
  nonce: string,
): Promise<boolean> {
  try {
    const point = fromBase64url(proof.public_key);
    // An uncompressed point and nothing else: one key, one id.
    if (point.length !== POINT_OCTETS || point[0] !== 4) return false;
    if ((await sha256(subtle, point)) !== proof.agent) return false;
    const curve = { name: "ECDSA", namedCurve: "P-256" };
    const key = await subtle.importKey("raw", point, curve, false, ["verify"]);
    const text: ProofText = {
      platen: 1,
      purpose: "agent.prove",
      origin,
      agent: proof.agent,
      challenge,
      nonce,
    };
    return await subtle.verify(
      { name: "ECDSA", hash: "SHA-256" },
      key,
      fromBase64url(proof.signature),
      utf8(canonicalJson(text)),
    );
  } catch {
    // Not base64url, or not a point on the curve: no proof.
    return false;
  }
}

/**
 * Remembers which agent this site met on this machine. The default keeps it in `localStorage`,
 * which is the origin's own.
 *
 * @example
 * ```ts
 * import type { AgentPins } from "platen";
 *
 * // Pins of a till whose pages are served from several origins, kept by the site's server.
 * const pins: AgentPins = {
 *   async get(origin) {
 *     const answer = await fetch(`/tills/agent?origin=${encodeURIComponent(origin)}`);
 *     return answer.ok ? answer.text() : undefined;
 *   },
 *   async set(origin, agent) {
 *     await fetch("/tills/agent", { method: "POST", body: JSON.stringify({ origin, agent }) });
 *   },
 * };
 * ```
 */
export interface AgentPins {
  /** The agent met before under this origin. */
  get(origin: string): Promise<string | undefined> | string | undefined;
  /** Called once, when an agent is met first. */
  set(origin: string, agent: string): Promise<void> | void;
}

/** Refuses an agent that proved nothing, or is not the one met before. */
export async function checkPin(pins: AgentPins, origin: string, agent: string): Promise<void> {
  const pinned = await pins.get(origin);
  if (pinned === undefined) await pins.set(origin, agent);
  else if (pinned !== agent) throw new BridgeError("agent-mismatch");
}
