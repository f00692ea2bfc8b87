// The till's routes: its page, the site's certificates, and the endpoint that signs.
import http from "node:http";
import https from "node:https";
import path from "node:path";

import { Files } from "./files.mjs";
import { Sessions } from "./sessions.mjs";
import { Refused, Signer, STATEMENT_OCTETS_MAX } from "./sign.mjs";

/** The agent on this machine, on whatever port, is all the page talks to beside us. */
const AGENT = ["ws", "wss", "http", "https"].flatMap((scheme) =>
  ["localhost", "127.0.0.1"].map((host) => `${scheme}://${host}:*`),
);

/** Nothing from elsewhere, and nothing inline. */
function headers(frameAncestors) {
  const policy = [
    "default-src 'none'",
    // The preview is drawn by a WebAssembly module of the SDK; no text becomes a script by this.
    "script-src 'self' 'wasm-unsafe-eval'",
    // The worker that all tabs of the till share a connection through.
    "worker-src 'self'",
    "style-src 'self'",
    "img-src 'self'",
    `connect-src 'self' ${AGENT.join(" ")}`,
    "base-uri 'none'",
    "form-action 'none'",
    `frame-ancestors ${frameAncestors}`,
  ];
  return {
    "content-security-policy": policy.join("; "),
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cache-control": "no-cache",
  };
}

/**
 * The server, not yet listening. `key` and `certificates` are the site's as PEM texts; `tls` is
 * for an https origin.
 */
export function createTill({ origin, key, certificates, ports, frameAncestors = "'none'", tls }) {
  const signer = new Signer({ origin, key });
  const sessions = new Sessions(origin);
  const files = new Files(path.join(import.meta.dirname, ".."));
  const { host } = new URL(origin);
  const constant = headers(frameAncestors);

  async function handle(request) {
    // A name that was pointed at us by somebody else's DNS is not our origin.
    if (request.headers.host !== host) return answer(421, "this is not that host");
    const { pathname } = new URL(request.url, origin);
    switch (`${request.method} ${pathname}`) {
      case "GET /": {
        // A shop asks for name and password first. Here the cashier is whoever opens the till.
        const session = sessions.of(request) ?? sessions.open();
        return { ...file("/"), headers: { "set-cookie": sessions.cookie(session) } };
      }
      case "GET /config.json": {
        // Without a session, as in another site's frame, the page can say so but sign nothing.
        const csrfToken = sessions.of(request)?.csrfToken ?? "";
        const config = { csrfToken, ports: ports ?? null };
        return answer(200, JSON.stringify(config), "application/json");
      }
      case "GET /platen/certificates":
        return answer(200, certificates, "application/x-pem-file");
      case "POST /platen/sign":
        return sign(request);
      default:
        return request.method === "GET" ? file(pathname) : answer(405, "that cannot be done here");
    }
  }

  /** Only for the page of an open session, and only what the signer understands and allows. */
  async function sign(request) {
    if (!sessions.mayChange(request)) return answer(403, "this is not the page of an open till");
    const text = await bodyOf(request, STATEMENT_OCTETS_MAX);
    if (text === undefined) return answer(413, "that is too long for a statement");
    try {
      return answer(200, signer.sign(text, Date.now()));
    } catch (error) {
      if (error instanceof Refused) return answer(400, `not signed: ${error.message}`);
      throw error;
    }
  }

  function file(at) {
    const found = files.find(at);
    return found === undefined ? answer(404, "there is nothing here") : answer(200, ...found);
  }

  const listener = async (request, response) => {
    let reply;
    try {
      reply = await handle(request);
    } catch (error) {
      console.error(error);
      reply = answer(500, "the till's server failed");
    }
    const { status, type, content } = reply;
    response.writeHead(status, { ...constant, "content-type": type, ...reply.headers });
    response.end(content);
  };
  return tls === undefined ? http.createServer(listener) : https.createServer(tls, listener);
}

function answer(status, content, type = "text/plain; charset=utf-8") {
  return { status, content, type };
}

/** The text of a request, unless it is longer than it may be. */
async function bodyOf(request, octetsMax) {
  const pieces = [];
  let octets = 0;
  for await (const piece of request) {
    octets += piece.length;
    if (octets > octetsMax) return undefined;
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString("utf8");
}
