// Signs Platen statements: Node's own crypto, no dependencies.
//
//   node signer.mjs KEYFILE ORIGIN... < statement        prints the signature
//
// Call signStatement after your own login and CSRF checks, as server.mjs shows.

import { constants, createPrivateKey, sign } from "node:crypto";
import { readFileSync, realpathSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** What pages of this site may ask for. Leave out what yours never do. */
export const PURPOSES = [
  "session.open",
  "jobs.submit",
  "jobs.cancel",
  "jobs.hold",
  "jobs.release",
  "jobs.retry",
  "jobs.reprint",
];

const STRINGS = ["agent", "challenge", "digest", "origin", "purpose"];
const NUMBERS = ["expires_at", "issued_at", "platen", "sequence"];

/** Signs `text` if it is a statement for this site and this moment; throws otherwise. */
export function signStatement(text, keyPem, allowedOrigins, now = Date.now()) {
  const statement = readStatement(text);
  if (!allowedOrigins.includes(statement.origin)) {
    throw new Error("the statement is for another site's page");
  }
  if (!PURPOSES.includes(statement.purpose)) {
    throw new Error("the statement is for something pages here never do");
  }
  const lifetime = statement.expires_at - statement.issued_at;
  if (lifetime < 0 || lifetime > 300_000) {
    throw new Error("the statement lives longer than 300 s");
  }
  if (now > statement.expires_at || statement.issued_at > now + 60_000) {
    throw new Error("the statement is not for now");
  }
  return signOctets(Buffer.from(text), createPrivateKey(keyPem)).toString("base64url");
}

/** Reads a statement from its one canonical spelling. A digest, or any other JSON, is none. */
function readStatement(text) {
  if (Buffer.byteLength(text) > 2048) throw new Error("too long for a statement");
  const value = JSON.parse(text);
  const names = [...STRINGS, ...NUMBERS].sort();
  const isStatement =
    typeof value === "object" &&
    value !== null &&
    STRINGS.every((name) => typeof value[name] === "string") &&
    NUMBERS.every((name) => Number.isSafeInteger(value[name]) && value[name] >= 0) &&
    value.platen === 1 &&
    /^[\w-]{43}$/.test(value.digest) &&
    // Canonical JSON (RFC 8785) of exactly these members: nothing more, nothing twice.
    JSON.stringify(Object.fromEntries(names.map((name) => [name, value[name]]))) === text;
  if (!isStatement) throw new Error("only a statement in its canonical form is signed");
  return value;
}

/** The key's kind fixes the algorithm. */
function signOctets(octets, key) {
  switch (key.asymmetricKeyDetails?.namedCurve ?? key.asymmetricKeyType) {
    case "prime256v1": // ECDSA P-256; Node writes ASN.1 DER, as wanted
      return sign("sha256", octets, key);
    case "ed25519":
      return sign(null, octets, key);
    case "rsa":
      return sign("sha256", octets, {
        key,
        padding: constants.RSA_PKCS1_PSS_PADDING,
        saltLength: 32,
      });
    default:
      throw new Error("use a key made by platen-sign");
  }
}

if (process.argv[1] && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const [keyFile, ...origins] = process.argv.slice(2);
  try {
    console.log(signStatement(readFileSync(0, "utf8"), readFileSync(keyFile, "utf8"), origins));
  } catch (error) {
    console.error(`refused: ${error.message}`);
    process.exitCode = 1;
  }
}
