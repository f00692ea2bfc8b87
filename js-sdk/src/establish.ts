/** From a search to an open session: this page's own connection. */
import { isLate, type Environment } from "./environment.js";
import { BridgeError } from "./errors.js";
import { find, type Found, type Search } from "./find.js";
import { OwnSession, type Session, type Sign } from "./session.js";
import { keepVigil } from "./vigil.js";

/** How long opening a session may take, with the site's signature. */
const OPEN_MS = 30_000;

/** One try to get an open session. */
export interface Attempt {
  readonly environment: Environment;
  readonly search: Search;
  /** The site's chain, each certificate base64 of DER. */
  readonly chain: readonly string[];
  readonly sign: Sign;
  /** Gives it up. */
  readonly signal: AbortSignal;
  /** An agent was found; what is left is to open the session. */
  readonly onFound: () => void;
}

/** Gets an open session, or says in a {@link BridgeError} why there is none. */
export type Establish = (attempt: Attempt) => Promise<Session>;

/** Finds the agent and opens a session on a connection of this page's own. */
export async function establishOwn(attempt: Attempt): Promise<OwnSession> {
  const found = await find(attempt.environment, attempt.search, attempt.signal);
  attempt.onFound();
  return openFound(attempt, found);
}

async function openFound(attempt: Attempt, found: Found): Promise<OwnSession> {
  const { environment, search, chain, sign, signal } = attempt;
  const { origin, subtle } = search;
  const opening = OwnSession.open(found, environment, { origin, subtle, sign }, chain, signal);
  if (await isLate(environment, OPEN_MS, signal, async () => opening)) {
    found.connection.close(new BridgeError("timeout"));
  }
  const session = await opening;
  void keepVigil(environment, session);
  return session;
}
