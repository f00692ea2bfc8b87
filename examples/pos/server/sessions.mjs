// Who uses the till: a cookie no script and no other site can use, and a token that proves that a
// request comes from our own page.
import { randomBytes, timingSafeEqual } from "node:crypto";

/** A till is open for a working day. */
const LIFETIME_MS = 12 * 60 * 60 * 1000;
/** More tills than any shop has; the oldest make room. */
const SESSIONS_MAX = 1000;

/** The open sessions, in memory: a restart closes them. */
export class Sessions {
  #origin;
  #name;
  #sessions = new Map();

  constructor(origin) {
    this.#origin = origin;
    const { protocol, port } = new URL(origin);
    // Cookies know no ports: two tills on one machine must not share a name.
    this.#name = protocol === "https:" ? "__Host-till" : `till-${port || "80"}`;
  }

  /** Opens a session. */
  open() {
    const session = {
      id: randomBytes(32).toString("base64url"),
      csrfToken: randomBytes(32).toString("base64url"),
      until: Date.now() + LIFETIME_MS,
    };
    this.#sessions.set(session.id, session);
    if (this.#sessions.size > SESSIONS_MAX) {
      this.#sessions.delete(this.#sessions.keys().next().value);
    }
    return session;
  }

  /** The session of a request, if it has one. */
  of(request) {
    for (const item of (request.headers.cookie ?? "").split("; ")) {
      const [name, id] = item.split("=");
      if (name !== this.#name) continue;
      const session = this.#sessions.get(id);
      if (session !== undefined && session.until > Date.now()) return session;
    }
    return undefined;
  }

  /** The header that keeps a session in the browser. */
  cookie(session) {
    const secure = this.#name.startsWith("__Host-") ? "; Secure" : "";
    return `${this.#name}=${session.id}; Path=/; HttpOnly; SameSite=Strict${secure}`;
  }

  /** Whether a request may change or sign something: ours by session, by token and by origin. */
  mayChange(request) {
    const session = this.of(request);
    if (session === undefined) return false;
    const { origin, "sec-fetch-site": site, "x-csrf-token": token } = request.headers;
    if (origin !== this.#origin) return false;
    if (site !== undefined && site !== "same-origin") return false;
    const given = Buffer.from(String(token));
    const expected = Buffer.from(session.csrfToken);
    return given.length === expected.length && timingSafeEqual(given, expected);
  }
}
