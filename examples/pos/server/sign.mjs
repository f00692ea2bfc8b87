// Signs statements for Platen. It is given a statement and understands all of it, so that it can
// refuse what this site would never say: it is no oracle that signs whatever it is handed.
import { constants, createPrivateKey, sign } from "node:crypto";

/** The longest statement there is. */
export const STATEMENT_OCTETS_MAX = 2048;

/** The longest a statement may live. */
const LIFETIME_MS_MAX = 300_000;
/** How far the till's clock may be from ours. */
const CLOCK_SKEW_MS_MAX = 10 * 60_000;

/** What this till does. It never pauses a printer, so nobody gets a signature for that. */
const PURPOSES = [
  "session.open",
  "jobs.submit",
  "jobs.cancel",
  "jobs.hold",
  "jobs.release",
  "jobs.retry",
  "jobs.reprint",
];

const MEMBERS = [
  "agent",
  "challenge",
  "digest",
  "expires_at",
  "issued_at",
  "origin",
  "platen",
  "purpose",
  "sequence",
];

/** Why a statement was not signed. */
export class Refused extends Error {}

/** Signs statements of one origin with the site's key. */
export class Signer {
  #origin;
  #key;

  constructor({ origin, key }) {
    this.#origin = origin;
    this.#key = createPrivateKey(key);
  }

  /** The signature over a statement's text, base64url; throws {@link Refused}. */
  sign(text, now) {
    this.#check(text, now);
    return this.#signature(Buffer.from(text)).toString("base64url");
  }

  #check(text, now) {
    const statement = read(text);
    const digest = /^[A-Za-z0-9_-]{43}$/;
    const random = /^[A-Za-z0-9_-]{16,128}$/;
    demand(statement.platen === 1, "this is not version 1");
    demand(PURPOSES.includes(statement.purpose), "this till does not do that");
    demand(statement.origin === this.#origin, `this site is ${this.#origin}`);
    demand(digest.test(statement.agent), "agent is no digest");
    demand(random.test(statement.challenge), "challenge is no challenge");
    demand(isCount(statement.sequence), "sequence is no number");
    demand(digest.test(statement.digest), "digest is no digest");
    demand(isCount(statement.issued_at) && isCount(statement.expires_at), "the times are no times");
    const lifetime = statement.expires_at - statement.issued_at;
    demand(lifetime > 0 && lifetime <= LIFETIME_MS_MAX, "it lives too long, or not at all");
    demand(
      Math.abs(now - statement.issued_at) <= CLOCK_SKEW_MS_MAX,
      "the clocks of till and server differ by more than ten minutes; set the till's clock",
    );
  }

  #signature(octets) {
    switch (this.#key.asymmetricKeyType) {
      case "ec":
        return sign("sha256", octets, { key: this.#key, dsaEncoding: "der" });
      case "ed25519":
        return sign(null, octets, this.#key);
      case "rsa":
        return sign("sha256", octets, {
          key: this.#key,
          padding: constants.RSA_PKCS1_PSS_PADDING,
          saltLength: 32,
        });
      default:
        throw new Error("the site's key is none that signs statements: make one with platen-sign");
    }
  }
}

/** A statement from its one spelling: exactly its members, in order, without blanks. */
function read(text) {
  let statement;
  try {
    statement = JSON.parse(text);
  } catch {
    throw new Refused("this is no statement");
  }
  demand(typeof statement === "object" && statement !== null, "this is no statement");
  // Members in the canonical order: written again, they must be the text that came.
  const again = JSON.stringify(Object.fromEntries(MEMBERS.map((name) => [name, statement[name]])));
  demand(again === text, "this is no statement in canonical form");
  return statement;
}

function isCount(value) {
  return Number.isSafeInteger(value) && value >= 0;
}

function demand(condition, otherwise) {
  if (!condition) throw new Refused(otherwise);
}
